//! Turns a connection string into an endpoint and a key, and a request into the three headers that sign it.
//! Knows nothing of clocks and sockets: the date comes in with the request.

pub mod discovery;
#[cfg(test)]
pub(crate) mod forge;
pub mod token;

use aws_lc_rs::{digest, hmac};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The form of a connection string, for messages.
pub const EXAMPLE: &str = "endpoint=https://<resource>.communication.azure.com/;accesskey=<key>";

/// What a connection string says.
#[derive(Clone, Debug)]
pub struct ConnectionString {
    /// Scheme, host and port, without a trailing slash.
    pub endpoint: String,
    /// The access key.
    pub access_key: AccessKey,
}

/// Why a connection string cannot be used. No message repeats any part of the text: it holds a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A part without `=`.
    #[error("{setting}: part {part} has no `=`; the form is `{EXAMPLE}`")]
    NotAPair {
        /// The setting the text came from.
        setting: String,
        /// Which part, counted from 1.
        part: usize,
    },
    /// `endpoint` or `accesskey` is missing or empty.
    #[error("{setting}: `{name}` is missing; the form is `{EXAMPLE}`")]
    Missing {
        /// The setting the text came from.
        setting: String,
        /// The part.
        name: &'static str,
    },
    /// The endpoint is no http or https address.
    #[error("{setting}: the endpoint does not begin with `https://`; the form is `{EXAMPLE}`")]
    Endpoint {
        /// The setting the text came from.
        setting: String,
    },
    /// The key is not base64.
    #[error(
        "{setting}: the access key is not base64 text; copy it whole, with the `=` at its end; the form is `{EXAMPLE}`"
    )]
    Key {
        /// The setting the text came from.
        setting: String,
    },
}

impl ConnectionString {
    /// Reads the text of `setting` (its name is for the messages): parts in any order, names in any letter case.
    ///
    /// # Errors
    /// When a part is missing or cannot be read.
    pub fn parse(setting: &str, text: &str) -> Result<ConnectionString, Error> {
        let (mut endpoint, mut key) = ("", "");
        let parts = text.split(';').map(str::trim).enumerate().filter(|(_, part)| !part.is_empty());
        for (index, part) in parts {
            let pair = part.split_once('=');
            let (name, value) = pair.ok_or_else(|| Error::NotAPair { setting: setting.to_owned(), part: index + 1 })?;
            match name.trim().to_ascii_lowercase().as_str() {
                "endpoint" => endpoint = value.trim(),
                "accesskey" => key = value.trim(),
                _ => {}
            }
        }
        let missing = |name| Error::Missing { setting: setting.to_owned(), name };
        let endpoint = endpoint.trim_end_matches('/');
        if endpoint.is_empty() {
            return Err(missing("endpoint"));
        }
        if !["https://", "http://"].iter().any(|scheme| endpoint.to_ascii_lowercase().starts_with(scheme)) {
            return Err(Error::Endpoint { setting: setting.to_owned() });
        }
        if key.is_empty() {
            return Err(missing("accesskey"));
        }
        let access_key = AccessKey::parse(key).ok_or_else(|| Error::Key { setting: setting.to_owned() })?;
        Ok(ConnectionString { endpoint: endpoint.to_owned(), access_key })
    }
}

/// An access key. It can sign and check; it cannot be read or printed.
#[derive(Clone)]
pub struct AccessKey(hmac::Key);

impl std::fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccessKey(…)")
    }
}

impl AccessKey {
    /// Reads the base64 text of a key; `None` when it is not base64 or empty.
    #[must_use]
    pub fn parse(text: &str) -> Option<AccessKey> {
        let bytes = STANDARD.decode(text).ok().filter(|bytes| !bytes.is_empty())?;
        Some(AccessKey(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }
}

/// What of a request is signed.
#[derive(Clone, Copy, Debug)]
pub struct Signable<'a> {
    /// The method in capitals.
    pub method: &'a str,
    /// Path and query exactly as on the request line.
    pub path_and_query: &'a str,
    /// The Host header: lower case, with the port where it is not the scheme's own.
    pub host: &'a str,
    /// The `x-ms-date` header.
    pub date: &'a str,
    /// The body's bytes; empty without a body.
    pub body: &'a [u8],
}

/// The headers of a signed request that depend on it, beside `x-ms-date`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// `x-ms-content-sha256`.
    pub content_hash: String,
    /// `Authorization`.
    pub authorization: String,
}

/// Signs requests with one key.
#[derive(Clone, Debug)]
pub struct Signer {
    key: AccessKey,
}

/// What stands before the signature in the `Authorization` header.
const SCHEME: &str = "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=";

impl Signer {
    /// A signer with this key.
    #[must_use]
    pub fn new(key: AccessKey) -> Signer {
        Signer { key }
    }

    /// Signs a request.
    #[must_use]
    pub fn sign(&self, request: &Signable) -> Signed {
        let content_hash = content_hash(request.body);
        let tag = hmac::sign(&self.key.0, text_to_sign(request, &content_hash).as_bytes());
        Signed { authorization: format!("{SCHEME}{}", STANDARD.encode(tag.as_ref())), content_hash }
    }

    /// Whether `authorization` is this request's signature, compared in constant time.
    #[must_use]
    pub fn verify(&self, request: &Signable, authorization: &str) -> bool {
        let Some(tag) = authorization.strip_prefix(SCHEME).and_then(|tag| STANDARD.decode(tag).ok()) else {
            return false;
        };
        let text = text_to_sign(request, &content_hash(request.body));
        hmac::verify(&self.key.0, text.as_bytes(), &tag).is_ok()
    }
}

/// Base64 of the SHA-256 of a body.
#[must_use]
pub fn content_hash(body: &[u8]) -> String {
    STANDARD.encode(digest::digest(&digest::SHA256, body))
}

/// The three lines that are signed; no newline at the end.
fn text_to_sign(request: &Signable, content_hash: &str) -> String {
    let Signable { method, path_and_query, host, date, body: _ } = request;
    format!("{method}\n{path_and_query}\n{date};{host};{content_hash}")
}

#[cfg(test)]
mod tests {
    use crate::provider::acs::auth::{AccessKey, ConnectionString, EXAMPLE, Error, Signable, Signed, Signer};

    const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    const DATE: &str = "Fri, 20 Nov 2026 14:00:00 GMT";
    const NO_BODY: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

    fn signer() -> Signer {
        Signer::new(AccessKey::parse(KEY).unwrap())
    }

    fn check(method: &str, path_and_query: &str, host: &str, body: &str, hash: &str, signature: &str) {
        let request = Signable { method, path_and_query, host, date: DATE, body: body.as_bytes() };
        let authorization =
            format!("HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}");
        let expected = Signed { content_hash: hash.to_owned(), authorization: authorization.clone() };
        assert_eq!(signer().sign(&request), expected);
        assert!(signer().verify(&request, &authorization));
        assert!(!signer().verify(&Signable { date: "Fri, 20 Nov 2026 14:00:01 GMT", ..request }, &authorization));
        assert!(!signer().verify(&Signable { body: b"other", ..request }, &authorization));
        assert!(!signer().verify(&request, signature));
    }

    #[test]
    fn a_post_with_a_body() {
        check(
            "POST",
            "/calling/callConnections/411f0b00-d97f-49ad-a6ff-3f8c05dc64d7:play?api-version=2026-03-12",
            "contoso.communication.azure.com",
            r#"{"playSources":[{"kind":"file","file":{"uri":"https://media.example/welcome.wav"}}],"playTo":[],"playOptions":{"loop":false},"operationContext":"welcome"}"#,
            "i01VBph75sj3JXBFp+ftLKW8goJQ+ql5uSYOSBuaYjQ=",
            "O2KRBetykBhi5cQF6NDC+EDfstSbiaK6C2hOoauFzCc=",
        );
    }

    #[test]
    fn a_get_with_an_encoded_segment() {
        check(
            "GET",
            "/calling/callConnections/411f0b00-d97f-49ad-a6ff-3f8c05dc64d7/participants/4%3A%2B16041234567?api-version=2026-03-12",
            "contoso.communication.azure.com",
            "",
            NO_BODY,
            "noOhPZ7XPr7tSu3ol3iKfBsdEbBvpyF4qvxXD1Gf0Vo=",
        );
    }

    #[test]
    fn a_delete_against_a_port() {
        let path = "/calling/callConnections/abc?api-version=2026-03-12";
        check("DELETE", path, "127.0.0.1:8077", "", NO_BODY, "e6jZujOgVfYHlSvyn+cpRht2XrOBYgtGBgi03lL1t20=");
    }

    #[test]
    fn connection_strings_in_any_order_and_case() {
        for text in [
            format!("endpoint=https://a.example/;accesskey={KEY}"),
            format!("AccessKey={KEY};Endpoint=https://a.example"),
            format!(" ENDPOINT = https://a.example// ; ACCESSKEY = {KEY} ;"),
        ] {
            let read = ConnectionString::parse("acs.connection_string", &text).unwrap();
            assert_eq!(read.endpoint, "https://a.example");
            let request = Signable { method: "GET", path_and_query: "/", host: "h", date: DATE, body: b"" };
            assert_eq!(Signer::new(read.access_key).sign(&request), signer().sign(&request));
        }
    }

    #[test]
    fn errors_name_the_setting_and_an_example_and_hide_the_key() {
        let setting = || "acs.connection_string".to_owned();
        let secret = "c2VjcmV0LWtleQ";
        let cases = [
            (format!("accesskey={KEY}"), Error::Missing { setting: setting(), name: "endpoint" }),
            ("endpoint=https://a.example".to_owned(), Error::Missing { setting: setting(), name: "accesskey" }),
            (String::new(), Error::Missing { setting: setting(), name: "endpoint" }),
            (format!("endpoint=a.example;accesskey={KEY}"), Error::Endpoint { setting: setting() }),
            (format!("endpoint=https://a.example;accesskey={secret}"), Error::Key { setting: setting() }),
            (format!("endpoint=https://a.example;{secret}"), Error::NotAPair { setting: setting(), part: 2 }),
        ];
        for (text, expected) in cases {
            let error = ConnectionString::parse("acs.connection_string", &text).unwrap_err();
            assert_eq!(error, expected, "{text}");
            let message = error.to_string();
            assert!(message.starts_with("acs.connection_string: ") && message.contains(EXAMPLE), "{message}");
            assert!(!message.contains(secret) && !message.contains(KEY), "{message}");
        }
    }

    #[test]
    fn a_key_prints_as_nothing() {
        let read = ConnectionString::parse("s", &format!("endpoint=https://a.example;accesskey={KEY}")).unwrap();
        assert_eq!(format!("{:?}", read.access_key), "AccessKey(…)");
        assert!(!format!("{read:?} {:?}", signer()).contains("0123"));
    }
}
