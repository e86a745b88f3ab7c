//! Addresses in requests: absolute, and plain http only where the contract's developer mode allows it.

use hyper::Uri;

use crate::emulator::answer::Refusal;

/// A callback address: https, or http to this machine; no user-info, no fragment. The query is kept as written.
pub(crate) fn callback(path: &str, text: &str) -> Result<(), Refusal> {
    let uri = absolute(path, text)?;
    if uri.scheme_str() == Some("http") && !uri.host().is_some_and(is_loopback) {
        return Err(Refusal::field(path, "must be https; plain http is taken to loopback addresses only"));
    }
    Ok(())
}

/// An audio file: http or https anywhere.
pub(crate) fn file(path: &str, text: &str) -> Result<(), Refusal> {
    absolute(path, text).map(|_| ())
}

/// Where a stream goes: a web socket, plain only to this machine.
pub(crate) fn socket(path: &str, text: &str) -> Result<(), Refusal> {
    let uri: Uri = text.parse().map_err(|_| Refusal::field(path, "must be an absolute URI"))?;
    let host = uri.host().unwrap_or_default();
    match uri.scheme_str() {
        Some("wss") if !host.is_empty() => Ok(()),
        Some("ws") if is_loopback(host) => Ok(()),
        _ => Err(Refusal::field(path, "must be wss; plain ws is taken to loopback addresses only")),
    }
}

/// The host of an absolute URI.
pub(crate) fn host(text: &str) -> Option<String> {
    text.parse::<Uri>().ok()?.host().map(str::to_ascii_lowercase)
}

fn absolute(path: &str, text: &str) -> Result<Uri, Refusal> {
    let uri: Uri = text.parse().map_err(|_| Refusal::field(path, "must be an absolute URI"))?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none_or(str::is_empty) {
        return Err(Refusal::field(path, "must be an absolute http or https URI"));
    }
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err(Refusal::field(path, "must not carry user-info"));
    }
    if text.contains('#') {
        return Err(Refusal::field(path, "must not carry a fragment"));
    }
    Ok(uri)
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use crate::emulator::uri::{callback, file, socket};

    #[test]
    fn callbacks() {
        for good in ["https://app.example/cb?k=1", "http://127.0.0.1:8080/cb", "http://localhost/", "http://[::1]:9/x"]
        {
            assert_eq!(callback("callbackUri", good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "/cb",
            "ftp://h/x",
            "http://app.example/cb",
            "https://",
            "https://u:p@h/",
            "https://h/#f",
            "http://127.0.0.1.evil.example/",
        ] {
            let refusal = callback("callbackUri", bad).expect_err(bad);
            assert_eq!((refusal.code.code, refusal.code.sub), (400, 8523));
            assert!(refusal.message.starts_with("callbackUri: "), "{}", refusal.message);
        }
        assert_eq!(file("f", "http://media.example/a.wav"), Ok(()));
        assert!(socket("u", "wss://app.example/x").is_ok() && socket("u", "ws://127.0.0.1:9/x").is_ok());
        for bad in ["https://app.example/", "ws://app.example/", "wss://", "x", ""] {
            assert!(socket("u", bad).is_err(), "{bad}");
        }
    }
}
