//! Custom headers by the names flows use. SIP wants a prefix and writes one name in two ways; flows need not know.

/// What SIP wants before a custom header's name.
pub const SIP_PREFIX: &str = "X-MS-Custom-";
/// The one header that SIP knows by itself.
pub const SIP_USER_TO_USER: &str = "User-To-User";
/// The same where the platform tells of an incoming call.
const USER_TO_USER_TOLD: &str = "userToUser";
/// Most characters of a name.
pub const NAME_CHARS: usize = 64;
/// What is kept of the headers of one call, names and values together, in bytes (own bound; SIP has room for far less).
pub const KEPT_BYTES: usize = 65_536;

/// The name under which a header is looked up: small letters, without the prefix of SIP.
#[must_use]
pub fn known_as(name: &str) -> String {
    if name.eq_ignore_ascii_case(USER_TO_USER_TOLD) {
        return SIP_USER_TO_USER.to_ascii_lowercase();
    }
    let begins = name.get(..SIP_PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(SIP_PREFIX));
    let name = if begins { &name[SIP_PREFIX.len()..] } else { name };
    name.to_ascii_lowercase()
}

/// Whether a header can have this name (documented: letters, digits and a few signs).
#[must_use]
pub fn is_name(name: &str) -> bool {
    let sign = |b: u8| b.is_ascii_alphanumeric() || b".!%*_+~-".contains(&b);
    !known_as(name).is_empty() && name.len() <= NAME_CHARS && name.bytes().all(sign)
}

#[cfg(test)]
mod tests {
    use crate::platform::headers::{is_name, known_as};

    #[test]
    fn one_name_for_all_spellings() {
        for (written, known) in [
            ("X-MS-Custom-Case", "case"),
            ("x-ms-custom-case", "case"),
            ("Case", "case"),
            ("userToUser", "user-to-user"),
            ("User-To-User", "user-to-user"),
            ("é", "é"),
        ] {
            assert_eq!(known_as(written), known);
        }
    }

    #[test]
    fn names() {
        assert!(is_name("X-Case") && is_name("case.1_a~b"));
        for bad in ["", "X-MS-Custom-", "a b", "a:b", "é", &"x".repeat(65)] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
