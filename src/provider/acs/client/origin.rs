//! Where the platform is: what an endpoint's text says, and that nothing is sent in the clear to another machine.

use crate::provider::acs::client::Error;
use reqwest::Url;
use std::net::Ipv4Addr;

/// The origin and the Host header of an endpoint; https, or plain http to this machine.
pub(super) fn origin(endpoint: &str) -> Result<(String, String), Error> {
    let unusable = |reason: &str| Error::Endpoint { endpoint: endpoint.to_owned(), reason: reason.to_owned() };
    let url = Url::parse(endpoint).map_err(|error| unusable(&error.to_string()))?;
    let name = url.host_str().filter(|name| !name.is_empty()).ok_or_else(|| unusable("it has no host"))?;
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(unusable("it has more than scheme, host and port"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(unusable("it has a user name or password"));
    }
    let this_machine = name.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback());
    let loopback = this_machine || name == "localhost" || name == "[::1]";
    match url.scheme() {
        "https" => {}
        "http" if loopback => {}
        "http" => return Err(Error::Plain { endpoint: endpoint.to_owned() }),
        _ => return Err(unusable("its scheme is neither https nor http")),
    }
    let host = url.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"));
    Ok((format!("{}://{host}", url.scheme()), host))
}

#[cfg(test)]
mod tests {
    use crate::provider::acs::client::Error;
    use crate::provider::acs::client::origin::origin;

    #[test]
    fn endpoints() {
        for (endpoint, expected, host) in [
            (
                "https://Contoso.communication.azure.com/",
                "https://contoso.communication.azure.com",
                "contoso.communication.azure.com",
            ),
            ("https://a.example:443", "https://a.example", "a.example"),
            ("https://a.example:8443", "https://a.example:8443", "a.example:8443"),
            ("http://127.0.0.1:8077", "http://127.0.0.1:8077", "127.0.0.1:8077"),
            ("http://[::1]:8077", "http://[::1]:8077", "[::1]:8077"),
            ("http://localhost", "http://localhost", "localhost"),
        ] {
            assert_eq!(origin(endpoint).unwrap(), (expected.to_owned(), host.to_owned()));
        }
        for plain in ["http://a.example", "http://127.evil.example", "http://localhost.evil.example", "http://10.0.0.1"]
        {
            assert!(matches!(origin(plain), Err(Error::Plain { .. })), "{plain}");
        }
        for bad in [
            "a.example",
            "ftp://a.example",
            "https://",
            "https://a.example/x",
            "https://a.example?x",
            "https://u:p@a.example",
        ] {
            assert!(matches!(origin(bad), Err(Error::Endpoint { .. })), "{bad}");
        }
    }
}
