//! The address of a service, `https://crm.example.com:8443/api`, taken apart. Stricter than a browser: what could be read in two
//! ways is no address, so that what was checked is what is connected to.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The longest address that is read.
const MAX_BYTES: usize = 2_000;

/// Where a service is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Whether it is reached by https.
    pub secure: bool,
    /// The host.
    pub host: Host,
    /// The port, where one is named.
    pub port: Option<u16>,
    /// The path before an operation's own: empty, or it begins with a slash and ends without one.
    pub base: String,
}

/// A host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Host {
    /// A name, in small letters.
    Name(String),
    /// An address of version 4.
    V4(Ipv4Addr),
    /// An address of version 6.
    V6(Ipv6Addr),
}

/// Why a text is no address of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnOrigin {
    /// Neither `https://` nor `http://` stands at its beginning.
    #[error("it does not begin with `https://`")]
    Scheme,
    /// A user name or a password stands in it.
    #[error("it holds a user name or a password")]
    User,
    /// The host is missing, or is neither a name nor an address.
    #[error("it has no host that can be read")]
    Host,
    /// The port is no number from 1 to 65535.
    #[error("its port is no number from 1 to 65535")]
    Port,
    /// Something stands behind the path, or the path holds more than plain segments.
    #[error("it has more than scheme, host, port and path")]
    Rest,
    /// Plain http to another machine.
    #[error("plain http is for this machine alone")]
    Plain,
    /// It is longer than anybody writes.
    #[error("it is too long")]
    Long,
}

impl Origin {
    /// Reads an address.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Origin, NotAnOrigin> {
        if text.len() > MAX_BYTES {
            return Err(NotAnOrigin::Long);
        }
        let scheme = |name: &str| text.get(..name.len()).filter(|head| head.eq_ignore_ascii_case(name));
        let (secure, rest) = match (scheme("https://"), scheme("http://")) {
            (Some(head), _) => (true, &text[head.len()..]),
            (None, Some(head)) => (false, &text[head.len()..]),
            (None, None) => return Err(NotAnOrigin::Scheme),
        };
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        if authority.contains('@') {
            return Err(NotAnOrigin::User);
        }
        let (host, port) = split_port(authority)?;
        Ok(Origin { secure, host: Host::parse(host)?, port, base: base(path)? })
    }

    /// Reads an address with whatever path and query follow, as one written in place has them.
    ///
    /// # Errors
    /// When it is none, leads upwards, or holds a character that readers encode each in their own way.
    pub fn split(text: &str) -> Result<(Origin, &str), NotAnOrigin> {
        let start = text.find("://").ok_or(NotAnOrigin::Scheme)? + 3;
        let end = text[start..].find(['/', '?']).map_or(text.len(), |at| start + at);
        let (head, rest) = text.split_at(end);
        let origin = Origin::parse(head)?;
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~:@,+/?&=%!$()*;".contains(&b);
        let upwards = |segment: &str| matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..");
        let path = rest.split('?').next().unwrap_or_default();
        if rest.len() > MAX_BYTES || !rest.bytes().all(plain) || path.split('/').any(upwards) {
            return Err(NotAnOrigin::Rest);
        }
        if origin.secure || origin.host.is_loopback() { Ok((origin, rest)) } else { Err(NotAnOrigin::Plain) }
    }

    /// Scheme, host and port as a request names them.
    #[must_use]
    pub fn head(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        match self.port.filter(|port| *port != self.usual_port()) {
            Some(port) => format!("{scheme}://{}:{port}", self.host),
            None => format!("{scheme}://{}", self.host),
        }
    }

    /// The port that is connected to.
    #[must_use]
    pub fn connected_port(&self) -> u16 {
        self.port.unwrap_or(self.usual_port())
    }

    fn usual_port(&self) -> u16 {
        if self.secure { 443 } else { 80 }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.head(), self.base)
    }
}

impl Host {
    /// Reads a name, an address of version 4, or one of version 6 in brackets.
    ///
    /// # Errors
    /// When it is none of them.
    pub fn parse(text: &str) -> Result<Host, NotAnOrigin> {
        if let Some(inner) = text.strip_prefix('[') {
            let address = inner.strip_suffix(']').and_then(|inner| inner.parse().ok());
            return address.map(Host::V6).ok_or(NotAnOrigin::Host);
        }
        if let Ok(address) = text.parse() {
            return Ok(Host::V4(address));
        }
        let name = text.to_ascii_lowercase();
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let labels: Vec<&str> = name.split('.').collect();
        // A last label that begins with a digit is an address to some readers: `0x7f.1`, `2130706433`.
        let last_is_word = labels.last().is_some_and(|last| last.starts_with(|c: char| c.is_ascii_lowercase()));
        if name.len() <= 253 && last_is_word && labels.into_iter().all(label) {
            return Ok(Host::Name(name));
        }
        Err(NotAnOrigin::Host)
    }

    /// Whether it can only be this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self {
            Host::Name(name) => name == "localhost" || name.ends_with(".localhost"),
            Host::V4(address) => address.is_loopback(),
            Host::V6(address) => address.is_loopback(),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Name(name) => f.write_str(name),
            Host::V4(address) => write!(f, "{address}"),
            Host::V6(address) => write!(f, "[{address}]"),
        }
    }
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), NotAnOrigin> {
    let after_host = match authority.strip_prefix('[') {
        Some(rest) => rest.find(']').map(|at| at + 2).ok_or(NotAnOrigin::Host)?,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, port) = authority.split_at(after_host);
    if port.is_empty() {
        return Ok((host, None));
    }
    let digits = port.strip_prefix(':').filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
    match digits.and_then(|digits| digits.parse::<u16>().ok()).filter(|port| *port > 0) {
        Some(port) => Ok((host, Some(port))),
        None => Err(NotAnOrigin::Port),
    }
}

fn base(path: &str) -> Result<String, NotAnOrigin> {
    let base = path.trim_end_matches('/');
    if base.is_empty() || is_plain_path(base) { Ok(base.to_owned()) } else { Err(NotAnOrigin::Rest) }
}

/// Whether a path has segments of unreserved characters only, each with something in it, and none that leads upwards.
#[must_use]
pub fn is_plain_path(path: &str) -> bool {
    path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(is_plain_segment))
}

/// Whether a segment of a path stands for itself wherever it is read.
#[must_use]
pub fn is_plain_segment(segment: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b':' | b'@' | b',' | b'+');
    !segment.is_empty() && segment != "." && segment != ".." && segment.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use crate::language::flow::origin::{Host, NotAnOrigin, Origin, is_plain_path};

    #[test]
    fn addresses_are_taken_apart() {
        for (text, shown) in [
            ("https://crm.example.com", "https://crm.example.com"),
            ("HTTPS://CRM.Example.com/", "https://crm.example.com"),
            ("https://crm.example.com:8443/api/v2/", "https://crm.example.com:8443/api/v2"),
            ("https://crm.example.com:443/api", "https://crm.example.com/api"),
            ("http://127.0.0.1:9001", "http://127.0.0.1:9001"),
            ("http://[::1]:9001/x", "http://[::1]:9001/x"),
            ("http://localhost", "http://localhost"),
        ] {
            assert_eq!(Origin::parse(text).map(|origin| origin.to_string()), Ok(shown.to_owned()), "{text}");
        }
        assert_eq!(Origin::parse("http://localhost").unwrap().connected_port(), 80);
        assert_eq!(Origin::parse("https://a.example").unwrap().connected_port(), 443);
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_none() {
        for (text, why) in [
            ("crm.example.com", NotAnOrigin::Scheme),
            ("ftp://crm.example.com", NotAnOrigin::Scheme),
            ("https:/crm.example.com", NotAnOrigin::Scheme),
            ("https://", NotAnOrigin::Host),
            ("https://user@crm.example.com", NotAnOrigin::User),
            ("https://good.example\\@evil.example", NotAnOrigin::Rest),
            ("https://0x7f.1", NotAnOrigin::Host),
            ("https://2130706433", NotAnOrigin::Host),
            ("https://127.1", NotAnOrigin::Host),
            ("https://127.0.0.1.", NotAnOrigin::Host),
            ("https://bücher.example", NotAnOrigin::Host),
            ("https://a_b.example", NotAnOrigin::Host),
            ("https://[::1", NotAnOrigin::Host),
            ("https://[1.2.3.4]", NotAnOrigin::Host),
            ("https://a.example:", NotAnOrigin::Port),
            ("https://a.example:0", NotAnOrigin::Port),
            ("https://a.example:99999", NotAnOrigin::Port),
            ("https://a.example:+1", NotAnOrigin::Port),
            ("https://a.example?x=1", NotAnOrigin::Rest),
            ("https://a.example/x#y", NotAnOrigin::Rest),
            ("https://a.example/../x", NotAnOrigin::Rest),
            ("https://a.example/%2e%2e", NotAnOrigin::Rest),
            ("https://a.example//x", NotAnOrigin::Rest),
        ] {
            assert_eq!(Origin::parse(text), Err(why), "{text}");
        }
    }

    #[test]
    fn addresses_in_place() {
        let split = |text| Origin::split(text).map(|(origin, rest)| (origin.to_string(), rest.to_owned()));
        let of = |head: &str, rest: &str| Ok((head.to_owned(), rest.to_owned()));
        assert_eq!(split("https://A.example/ping/%20x?y=1&z"), of("https://a.example", "/ping/%20x?y=1&z"));
        assert_eq!(split("https://a.example?y=1"), of("https://a.example", "?y=1"));
        assert_eq!(split("http://127.0.0.1:9001"), of("http://127.0.0.1:9001", ""));
        assert_eq!(split("http://a.example/x"), Err(NotAnOrigin::Plain));
        for bad in
            ["https://a.example/../x", "https://a.example/%2E./x", "https://a.example/x#y", "https://a.example/a b"]
        {
            assert_eq!(split(bad), Err(NotAnOrigin::Rest), "{bad}");
        }
        assert_eq!(split("https://u@a.example/x"), Err(NotAnOrigin::User));
        assert_eq!(split("a.example"), Err(NotAnOrigin::Scheme));
    }

    #[test]
    fn this_machine() {
        for (text, here) in [("localhost", true), ("127.9.9.9", true), ("[::1]", true), ("10.0.0.1", false)] {
            assert_eq!(Host::parse(text).unwrap().is_loopback(), here, "{text}");
        }
        assert!(!Host::parse("localhost.evil.example").unwrap().is_loopback());
        assert!(is_plain_path("/a/b.c") && !is_plain_path("/a//b") && !is_plain_path("a") && !is_plain_path("/a/.."));
    }
}
