//! A key of the emulator's, its public half as key sets have it, and tokens signed with it by RS256.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use serde_json::{Value, json};

/// An RSA key with its id.
pub(crate) struct Key {
    pub(crate) id: String,
    pair: KeyPair,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Key {
    /// A new key; `None` when the system gives no randomness.
    pub(crate) fn new() -> Option<Key> {
        let pair = KeyPair::generate(KeySize::Rsa2048).ok()?;
        Some(Key { id: uuid::Uuid::new_v4().simple().to_string(), pair })
    }

    /// Its public half, as an entry of a key set.
    pub(crate) fn published(&self) -> Value {
        let key = self.pair.public_key();
        let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.id,
            "n": number(key.modulus().big_endian_without_leading_zero()),
            "e": number(key.exponent().big_endian_without_leading_zero()) })
    }

    /// Its public half, to check signatures with.
    pub(crate) fn checks(&self) -> DecodingKey {
        let key = self.pair.public_key();
        DecodingKey::from_rsa_raw_components(
            key.modulus().big_endian_without_leading_zero(),
            key.exponent().big_endian_without_leading_zero(),
        )
    }

    /// A token with these claims; `None` when the system gives no randomness.
    pub(crate) fn token(&self, claims: &Value) -> Option<String> {
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": self.id });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", part(&header), part(claims));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).ok()?;
        Some(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}
