//! The path MAC of callbacks: binds an address to a call that this service made, before anything is read.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use aws_lc_rs::hmac;

/// Version of what is signed.
const SCOPE: &str = "flowc callback 1";
/// Bytes of the MAC that stand in the address: 128 bits.
const BYTES: usize = 16;

/// The key of callback MACs. Never printed.
#[derive(Clone)]
pub struct Key(hmac::Key);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    /// A key from a secret of the store.
    #[must_use]
    pub fn new(secret: &[u8]) -> Key {
        Key(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// The MAC of a call's callback address, 32 hex digits.
    #[must_use]
    pub fn mac(&self, call: &str) -> String {
        let tag = hmac::sign(&self.0, format!("{SCOPE}\n{call}").as_bytes());
        tag.as_ref()[..BYTES].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether `mac` is the MAC of `call`; takes the same time whatever is wrong with it.
    #[must_use]
    pub fn is_mac(&self, call: &str, mac: &str) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(self.mac(call).as_bytes(), mac.as_bytes()).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use crate::runtime::mac::Key;

    #[test]
    fn only_its_own_mac_fits() {
        let key = Key::new(b"secret");
        let mac = key.mac("call-1");
        assert_eq!(mac.len(), 32);
        assert!(key.is_mac("call-1", &mac));
        assert!(!key.is_mac("call-2", &mac));
        assert!(!key.is_mac("call-1", &mac[..31]));
        assert!(!key.is_mac("call-1", &mac.to_uppercase()) || mac == mac.to_uppercase());
        assert!(!Key::new(b"other").is_mac("call-1", &mac));
    }
}
