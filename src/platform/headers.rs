//! Custom headers by the names flows use. SIP wants a prefix and writes one name in two ways; flows need not know. A call to a
//! phone carries SIP headers, a call to anybody else VoIP headers.

use crate::platform::identifier::Identifier;

/// What SIP wants before a custom header's name.
pub const SIP_PREFIX: &str = "X-MS-Custom-";
/// The one header that SIP knows by itself.
pub const SIP_USER_TO_USER: &str = "User-To-User";
/// The same where the platform tells of an incoming call.
const USER_TO_USER_TOLD: &str = "userToUser";
/// Most characters of a name.
pub const NAME_CHARS: usize = 64;
/// Most SIP headers of one's own.
const MOST_SIP: usize = 5;
/// Most VoIP headers.
const MOST_VOIP: usize = 1_000;
/// Longest value of a SIP header.
const SIP_CHARS: usize = 256;
/// Longest value of a VoIP header.
const VOIP_CHARS: usize = 1_024;
/// What is kept of the headers of one call, names and values together, in bytes (own bound; SIP has room for far less).
pub const KEPT_BYTES: usize = 65_536;

/// The name under which a header is looked up: small letters, without the prefix of SIP.
#[must_use]
pub fn known_as(name: &str) -> String {
    if name.eq_ignore_ascii_case(USER_TO_USER_TOLD) {
        return SIP_USER_TO_USER.to_ascii_lowercase();
    }
    let name = if has_prefix(name) { &name[SIP_PREFIX.len()..] } else { name };
    name.to_ascii_lowercase()
}

/// Whether a header can have this name (documented: letters, digits and a few signs).
#[must_use]
pub fn is_name(name: &str) -> bool {
    let sign = |b: u8| b.is_ascii_alphanumeric() || b".!%*_+~-".contains(&b);
    !known_as(name).is_empty() && name.len() <= NAME_CHARS && name.bytes().all(sign)
}

/// Which headers go with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// To a phone.
    Sip,
    /// To everybody else.
    Voip,
}

impl Kind {
    /// The kind that whoever is called takes.
    #[must_use]
    pub fn of(who: &str) -> Kind {
        match Identifier::parse(who) {
            Identifier::Phone(_) => Kind::Sip,
            Identifier::AcsUser(_) | Identifier::TeamsUser(_) | Identifier::TeamsApp(_) | Identifier::Unknown(_) => {
                Kind::Voip
            }
        }
    }
}

/// The name under which a header goes to a phone.
#[must_use]
pub fn sip_name(name: &str) -> String {
    if has_prefix(name) {
        format!("{SIP_PREFIX}{}", &name[SIP_PREFIX.len()..])
    } else if is_user_to_user(name) {
        SIP_USER_TO_USER.to_owned()
    } else {
        format!("{SIP_PREFIX}{name}")
    }
}

fn has_prefix(name: &str) -> bool {
    name.get(..SIP_PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(SIP_PREFIX))
}

/// Whether a header is the one that SIP has besides those of one's own.
#[must_use]
pub fn is_user_to_user(name: &str) -> bool {
    name.eq_ignore_ascii_case(SIP_USER_TO_USER)
}

/// The longest name that may be written here; of a kind that is not known, what either takes.
#[must_use]
pub fn longest_name(name: &str, kind: Option<Kind>) -> usize {
    match kind {
        Some(Kind::Sip) if !has_prefix(name) && !is_user_to_user(name) => NAME_CHARS - SIP_PREFIX.len(),
        Some(Kind::Sip | Kind::Voip) | None => NAME_CHARS,
    }
}

/// The longest value.
#[must_use]
pub fn longest_value(kind: Option<Kind>) -> usize {
    match kind {
        Some(Kind::Sip) => SIP_CHARS,
        Some(Kind::Voip) | None => VOIP_CHARS,
    }
}

/// Most headers, `User-To-User` not counted.
#[must_use]
pub fn most(kind: Option<Kind>) -> usize {
    match kind {
        Some(Kind::Sip) => MOST_SIP,
        Some(Kind::Voip) | None => MOST_VOIP,
    }
}

/// Whether a character may stand in a value.
#[must_use]
pub fn may_stand(c: char, kind: Option<Kind>) -> bool {
    match kind {
        Some(Kind::Sip) => c.is_ascii_alphanumeric() || "=;.!%*_+~-".contains(c),
        Some(Kind::Voip) | None => true,
    }
}

#[cfg(test)]
mod tests {
    use crate::platform::headers::{Kind, is_name, known_as, longest_name, may_stand, sip_name};

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

    #[test]
    fn names_to_a_phone() {
        let names = ["Case", "x-ms-custom-Case", "user-to-user"].map(sip_name);
        assert_eq!(names, ["X-MS-Custom-Case", "X-MS-Custom-Case", "User-To-User"]);
        assert_eq!(longest_name("Case", Some(Kind::Sip)), 52);
        assert_eq!(longest_name("X-MS-Custom-Case", Some(Kind::Sip)), 64);
    }

    #[test]
    fn kinds() {
        assert_eq!((Kind::of("+441632960100"), Kind::of("8:acs:a_b")), (Kind::Sip, Kind::Voip));
        assert!(!may_stand(' ', Some(Kind::Sip)) && may_stand(' ', Some(Kind::Voip)) && may_stand(' ', None));
    }
}
