//! Checks the signature of a request, in the order of the contract: headers, content hash, date, signature.

use aws_lc_rs::{constant_time, digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use crate::emulator::answer::Refusal;
use crate::platform::codes::refusal::SIGNATURE;

/// How far a request's date may be off, in seconds.
const TOLERANCE_SECONDS: i64 = 300;

/// The parts of a request that are signed, as received.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signed<'a> {
    /// Method in capitals.
    pub(crate) method: &'a str,
    /// Raw path and query.
    pub(crate) target: &'a str,
    /// `Host`.
    pub(crate) host: Option<&'a str>,
    /// `x-ms-date`.
    pub(crate) date: Option<&'a str>,
    /// `x-ms-content-sha256`.
    pub(crate) content_hash: Option<&'a str>,
    /// `Authorization`.
    pub(crate) authorization: Option<&'a str>,
    /// The body's bytes.
    pub(crate) body: &'a [u8],
}

/// Checks a request against the decoded access key at time `now`.
pub(crate) fn check(signed: &Signed<'_>, key: &[u8], now: Timestamp) -> Result<(), Refusal> {
    let authorization = present("Authorization", signed.authorization)?;
    let date = present("x-ms-date", signed.date)?;
    let content_hash = present("x-ms-content-sha256", signed.content_hash)?;
    let host = present("Host", signed.host)?.to_ascii_lowercase();
    let computed = STANDARD.encode(digest::digest(&digest::SHA256, signed.body));
    if constant_time::verify_slices_are_equal(computed.as_bytes(), content_hash.as_bytes()).is_err() {
        return Err(denied("x-ms-content-sha256 is not the hash of the body"));
    }
    let sent = http_date(date).ok_or_else(|| denied("x-ms-date is not an RFC 1123 date"))?;
    if (now.as_second() - sent.as_second()).abs() > TOLERANCE_SECONDS {
        return Err(denied("x-ms-date is more than five minutes off"));
    }
    let signature = authorization
        .strip_prefix("HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=")
        .and_then(|signature| STANDARD.decode(signature).ok())
        .ok_or_else(|| denied("Authorization is not HMAC-SHA256 over x-ms-date;host;x-ms-content-sha256"))?;
    let text = format!("{}\n{}\n{date};{host};{content_hash}", signed.method, signed.target);
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes(), &signature)
        .map_err(|_| denied("the signature does not fit the request"))
}

/// Reads an RFC 1123 date, as HTTP writes it.
pub(crate) fn http_date(text: &str) -> Option<Timestamp> {
    let zoned = jiff::fmt::rfc2822::parse(text).ok()?;
    text.ends_with("GMT").then(|| zoned.timestamp())
}

fn present<'a>(name: &str, value: Option<&'a str>) -> Result<&'a str, Refusal> {
    value.ok_or_else(|| denied(&format!("the header {name} is missing")))
}

fn denied(message: &str) -> Refusal {
    Refusal::new(SIGNATURE, message)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use jiff::{SignedDuration, Timestamp};

    use crate::emulator::signature::{Signed, check, http_date};

    const DATE: &str = "Fri, 20 Nov 2026 14:00:00 GMT";
    const EMPTY: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    const PLAY: &str = r#"{"playSources":[{"kind":"file","file":{"uri":"https://media.example/welcome.wav"}}],"playTo":[],"playOptions":{"loop":false},"operationContext":"welcome"}"#;

    fn key() -> Vec<u8> {
        STANDARD.decode("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=").expect("base64")
    }

    fn then() -> Timestamp {
        http_date(DATE).expect("a date")
    }

    fn authorization(signature: &str) -> String {
        format!("HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}")
    }

    /// Method, target, host, hash, body, signature of the contract's worked examples.
    type Example = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str);
    const EXAMPLES: [Example; 3] = [
        (
            "POST",
            "/calling/callConnections/411f0b00-d97f-49ad-a6ff-3f8c05dc64d7:play?api-version=2026-03-12",
            "contoso.communication.azure.com",
            "i01VBph75sj3JXBFp+ftLKW8goJQ+ql5uSYOSBuaYjQ=",
            PLAY,
            "O2KRBetykBhi5cQF6NDC+EDfstSbiaK6C2hOoauFzCc=",
        ),
        (
            "GET",
            "/calling/callConnections/411f0b00-d97f-49ad-a6ff-3f8c05dc64d7/participants/4%3A%2B16041234567?api-version=2026-03-12",
            "contoso.communication.azure.com",
            EMPTY,
            "",
            "noOhPZ7XPr7tSu3ol3iKfBsdEbBvpyF4qvxXD1Gf0Vo=",
        ),
        (
            "DELETE",
            "/calling/callConnections/abc?api-version=2026-03-12",
            "127.0.0.1:8077",
            EMPTY,
            "",
            "e6jZujOgVfYHlSvyn+cpRht2XrOBYgtGBgi03lL1t20=",
        ),
    ];

    fn with(example: &Example, change: impl Fn(&mut Signed<'_>), now: Timestamp) -> Result<(), String> {
        let (method, target, host, hash, body, signature) = *example;
        let authorization = authorization(signature);
        let mut signed = Signed {
            method,
            target,
            host: Some(host),
            date: Some(DATE),
            content_hash: Some(hash),
            authorization: Some(&authorization),
            body: body.as_bytes(),
        };
        change(&mut signed);
        check(&signed, &key(), now).map_err(|refusal| {
            assert_eq!((refusal.code.code, refusal.code.sub), (401, 7509));
            refusal.message
        })
    }

    #[test]
    fn worked_examples_hold() {
        for example in &EXAMPLES {
            assert_eq!(with(example, |_| {}, then()), Ok(()), "{}", example.1);
        }
    }

    #[test]
    fn every_signed_part_is_bound() {
        for example in &EXAMPLES {
            let refused = |change: &dyn Fn(&mut Signed<'_>)| with(example, change, then()).expect_err("tampered");
            assert!(refused(&|s| s.method = "PUT").contains("does not fit"));
            assert!(
                refused(&|s| s.target = "/calling/callConnections/abd?api-version=2026-03-12").contains("does not fit")
            );
            assert!(refused(&|s| s.host = Some("evil.example")).contains("does not fit"));
            assert!(refused(&|s| s.date = Some("Fri, 20 Nov 2026 14:00:01 GMT")).contains("does not fit"));
            assert!(refused(&|s| s.body = b"{}").contains("hash of the body"));
            assert!(refused(&|s| s.date = Some("yesterday")).contains("RFC 1123"));
            assert!(refused(&|s| s.date = Some("Fri, 20 Nov 2026 14:00:00 +0000")).contains("RFC 1123"));
            assert!(refused(&|s| s.authorization = Some("Bearer x")).contains("HMAC-SHA256"));
            assert!(refused(&|s| s.authorization = None).contains("Authorization is missing"));
            assert!(refused(&|s| s.content_hash = None).contains("x-ms-content-sha256 is missing"));
            assert!(refused(&|s| s.date = None).contains("x-ms-date is missing"));
        }
    }

    #[test]
    fn dates_may_be_five_minutes_off() {
        for (seconds, fine) in [(300, true), (-300, true), (301, false), (-301, false)] {
            let now = then() + SignedDuration::from_secs(seconds);
            assert_eq!(with(&EXAMPLES[0], |_| {}, now).is_ok(), fine, "{seconds}");
        }
    }
}
