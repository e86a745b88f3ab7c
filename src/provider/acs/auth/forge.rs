//! Tokens as tests need them: good ones, and every kind of bad one. Signed by aws-lc-rs itself, so that the library that checks
//! is not its own witness.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaEncoding};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::sync::OnceLock;

/// Two keys, made once: making one takes a while.
pub(crate) fn pairs() -> &'static [KeyPair; 2] {
    static PAIRS: OnceLock<[KeyPair; 2]> = OnceLock::new();
    PAIRS.get_or_init(|| [0, 1].map(|_| KeyPair::generate(KeySize::Rsa2048).unwrap()))
}

/// The key as a key set has it.
pub(crate) fn published(kid: &str, pair: &KeyPair) -> Value {
    let key = pair.public_key();
    let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    json!({ "kty": "RSA", "use": "sig", "kid": kid,
        "n": number(key.modulus().big_endian_without_leading_zero()),
        "e": number(key.exponent().big_endian_without_leading_zero()) })
}

/// One of the first two parts of a token.
pub(crate) fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// A token, signed in any way.
pub(crate) fn signed(pair: &KeyPair, by: &'static dyn RsaEncoding, header: &Value, claims: &Value) -> String {
    let text = format!("{}.{}", part(header), part(claims));
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(by, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// An `Authorization` header with a token of five minutes, by the key of that number (0 or 1) under that id.
pub(crate) fn bearing(key: usize, kid: &str, issuer: &str, audience: &str, now: i64) -> String {
    let header = json!({ "alg": "RS256", "typ": "JWT", "kid": kid });
    let claims = json!({ "iss": issuer, "aud": audience, "nbf": now, "exp": now + 300 });
    format!("Bearer {}", signed(&pairs()[key], &RSA_PKCS1_SHA256, &header, &claims))
}

/// The value with one member set.
pub(crate) fn with(mut value: Value, name: &str, new: Value) -> Value {
    value[name] = new;
    value
}

/// The value without one member.
pub(crate) fn without(mut value: Value, name: &str) -> Value {
    value.as_object_mut().unwrap().remove(name);
    value
}
