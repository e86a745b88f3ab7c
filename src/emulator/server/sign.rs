//! The emulator as a signer: its keys, what it publishes of them, and the token of each webhook. Tokens are of the real time,
//! whatever the emulated one is: receivers look at their own clock.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::emulator::server::rs256::Key;

/// Where the discovery document and the keys stand, as at the platform; the first also without the prefix.
pub(crate) const DOCUMENT: &str = "/calling/.well-known/acsopenidconfiguration";
pub(crate) const DOCUMENT_AT_ROOT: &str = "/.well-known/acsopenidconfiguration";
pub(crate) const KEYS: &str = "/calling/keys";
/// How long a token is good, in seconds.
const LIFE_SECONDS: i64 = 300;
/// The same of the token that a stream's web socket is opened with.
const STREAM_LIFE_SECONDS: i64 = 24 * 3600;

/// Signs webhooks.
#[derive(Debug)]
pub(crate) struct Signing {
    issuer: String,
    audience: String,
    keys: Mutex<Keys>,
}

struct Keys {
    current: Key,
    /// The key before, which receivers may still see tokens of.
    former: Option<Key>,
    /// The last token and the second it was made in. Signing costs as much as a dozen webhooks: those of one second share it.
    token: Option<(i64, String)>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("current", &self.current.id).finish_non_exhaustive()
    }
}

impl Signing {
    /// A signer with a new key, reached at `base`, for `audience`; `None` when the system gives no randomness.
    pub(crate) fn new(base: &str, audience: &str) -> Option<Signing> {
        let keys = Keys { current: Key::new()?, former: None, token: None };
        let issuer = base.trim_end_matches('/').to_owned();
        Some(Signing { issuer, audience: audience.to_owned(), keys: Mutex::new(keys) })
    }

    /// What is published at a path, if anything.
    pub(crate) fn published(&self, path: &str) -> Option<Value> {
        match path {
            DOCUMENT | DOCUMENT_AT_ROOT => Some(json!({
                "issuer": self.issuer,
                "jwks_uri": format!("{}{KEYS}", self.issuer),
                "id_token_signing_alg_values_supported": ["RS256"],
                "response_types_supported": ["id_token"],
                "subject_types_supported": ["public"],
            })),
            KEYS => {
                let keys = self.keys();
                let all: Vec<Value> =
                    std::iter::once(&keys.current).chain(keys.former.as_ref()).map(Key::published).collect();
                Some(json!({ "keys": all }))
            }
            _ => None,
        }
    }

    /// From now on signs with a new key, whose id is given back. The one before stays published until the next change.
    pub(crate) fn rotate(&self) -> Option<String> {
        let new = Key::new()?;
        let id = new.id.clone();
        let mut keys = self.keys();
        keys.former = Some(std::mem::replace(&mut keys.current, new));
        keys.token = None;
        Some(id)
    }

    /// A token made at this time, in seconds since the epoch.
    pub(crate) fn token(&self, now: i64) -> Option<String> {
        let mut keys = self.keys();
        if let Some((_, token)) = keys.token.as_ref().filter(|(made, _)| *made == now) {
            return Some(token.clone());
        }
        let token = self.signed(&keys.current, now, LIFE_SECONDS)?;
        keys.token = Some((now, token.clone()));
        Some(token)
    }

    /// A token for a stream's web socket, made at this time.
    pub(crate) fn stream_token(&self, now: i64) -> Option<String> {
        self.signed(&self.keys().current, now, STREAM_LIFE_SECONDS)
    }

    fn signed(&self, key: &Key, now: i64, life: i64) -> Option<String> {
        key.token(&json!({ "iss": self.issuer, "aud": self.audience, "iat": now, "nbf": now, "exp": now + life }))
    }

    fn keys(&self) -> MutexGuard<'_, Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::server::sign::{DOCUMENT, DOCUMENT_AT_ROOT, KEYS, Signing};
    use serde_json::Value;

    fn kids(signing: &Signing) -> Vec<String> {
        let keys = signing.published(KEYS).expect("keys");
        keys["keys"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|key| key["kid"].as_str().expect("an id").to_owned())
            .collect()
    }

    fn kid_of(token: &str) -> String {
        use base64::Engine as _;
        let header = token.split('.').next().expect("three parts");
        let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header).expect("base64");
        let header: Value = serde_json::from_slice(&header).expect("JSON");
        header["kid"].as_str().expect("an id").to_owned()
    }

    #[test]
    fn keys_change_and_the_one_before_stays_for_a_while() {
        let signing = Signing::new("http://127.0.0.1:9000/", "0f3f").expect("randomness");
        let document = signing.published(DOCUMENT).expect("a document");
        assert_eq!(signing.published(DOCUMENT_AT_ROOT).as_ref(), Some(&document));
        assert_eq!(document["issuer"], "http://127.0.0.1:9000");
        assert_eq!(document["jwks_uri"], "http://127.0.0.1:9000/calling/keys");
        assert_eq!(signing.published("/calling/callConnections"), None);

        let first = kids(&signing);
        let token = signing.token(7).expect("signed");
        assert_eq!((kid_of(&token), Some(&token)), (first[0].clone(), signing.token(7).as_ref()));
        assert_ne!(Some(&token), signing.token(8).as_ref());
        let second = signing.rotate().expect("randomness");
        assert_eq!(kids(&signing), [second.clone(), first[0].clone()]);
        assert_eq!(kid_of(&signing.token(8).expect("signed")), second, "also within the second");
        let third = signing.rotate().expect("randomness");
        assert_eq!(kids(&signing), [third, second]);
    }
}
