//! Where questions may go: to the origins of the services that are served, found out at start, and to private hosts only where
//! the operator names them.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::invoke::Failure;
use crate::invoke::address;
use crate::language::flow::origin::{Host, Origin};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Where questions may go.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// Scheme, host and port of each service.
    origins: BTreeSet<String>,
    /// Hosts that may be private.
    private: BTreeSet<Host>,
}

impl Reach {
    /// Nowhere, but for private hosts: names and addresses, with commas between them, as the setting `allow_private` has them.
    ///
    /// # Errors
    /// When one of them is neither a name nor an address, or is an address that no service can have.
    pub fn new(allow_private: &str) -> Result<Reach, String> {
        let mut private = BTreeSet::new();
        for text in allow_private.split(',').map(str::trim).filter(|text| !text.is_empty()) {
            let bracketed =
                if text.contains(':') && !text.starts_with('[') { format!("[{text}]") } else { text.to_owned() };
            let host =
                Host::parse(&bracketed).map_err(|_| format!("`{text}` is neither a host's name nor an address"))?;
            if literal(&host).is_some_and(|address| !address::admits(address, true)) {
                return Err(format!("`{text}` is an address that no service may have"));
            }
            private.insert(host);
        }
        Ok(Reach { origins: BTreeSet::new(), private })
    }

    /// Takes in a service's address.
    ///
    /// # Errors
    /// When questions may not go there.
    pub fn open(&mut self, url: &str) -> Result<(), Failure> {
        let origin = self.usable(url)?;
        self.origins.insert(origin.head());
        Ok(())
    }

    /// The address of a service, held against the list.
    ///
    /// # Errors
    /// When it is none, or not on the list.
    pub fn origin(&self, url: &str) -> Result<Origin, Failure> {
        let origin = self.usable(url)?;
        if self.origins.contains(&origin.head()) {
            return Ok(origin);
        }
        Err(Failure::Address("it is not that of a service which is served".to_owned()))
    }

    fn usable(&self, url: &str) -> Result<Origin, Failure> {
        let origin = Origin::parse(url).map_err(|error| Failure::Address(error.to_string()))?;
        let refuse = |why: &str| Err(Failure::Address(why.to_owned()));
        if !origin.secure && !origin.host.is_loopback() {
            return refuse("plain http is for this machine alone");
        }
        let private = self.may_be_private(&origin.host);
        if literal(&origin.host).is_some_and(|address| !address::admits(address, private)) {
            return refuse("it is private; name it in `allow_private` if it is meant");
        }
        Ok(origin)
    }

    /// Whether the operator has named a host.
    #[must_use]
    pub fn may_be_private(&self, host: &Host) -> bool {
        self.private.contains(host)
    }
}

/// The address that a host is by itself.
#[must_use]
pub fn literal(host: &Host) -> Option<IpAddr> {
    match host {
        Host::Name(_) => None,
        Host::V4(address) => Some(IpAddr::V4(*address)),
        Host::V6(address) => Some(IpAddr::V6(*address)),
    }
}

#[cfg(test)]
mod tests {
    use crate::invoke::reach::Reach;

    fn opens(allow_private: &str, url: &str) -> bool {
        Reach::new(allow_private).unwrap().open(url).is_ok()
    }

    #[test]
    fn private_hosts_are_named() {
        assert!(opens("", "https://crm.example.com/api"));
        assert!(!opens("", "http://127.0.0.1:9001") && opens("127.0.0.1", "http://127.0.0.1:9001"));
        assert!(!opens("", "https://10.0.0.5") && opens("10.0.0.5, [::1]", "https://10.0.0.5"));
        assert!(!opens("", "http://[::1]") && opens("::1", "http://[::1]"));
        assert!(!opens("10.0.0.5", "http://10.0.0.5"), "plain http leaves this machine");
        assert!(!opens("crm.internal", "https://169.254.169.254"));
        assert!(!opens("127.0.0.1", "http://127.0.0.2"));
    }

    #[test]
    fn what_cannot_be_allowed() {
        for text in ["169.254.169.254", "0.0.0.0", "fe80::1", "crm internal", "10.0.0.0/8"] {
            assert!(Reach::new(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_what_was_opened() {
        let mut reach = Reach::new("").unwrap();
        reach.open("https://crm.example.com/api").unwrap();
        assert!(reach.origin("https://CRM.example.com:443/other").is_ok());
        for other in
            ["https://crm.example.com:8443", "https://evil.example", "http://crm.example.com", "crm.example.com"]
        {
            assert!(reach.origin(other).is_err(), "{other}");
        }
    }
}
