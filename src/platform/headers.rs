//! Headers that go with a call to somebody who is added or to whom it is transferred: SIP headers to a phone, VoIP headers to
//! everybody else.

use crate::platform::identifier::Identifier;

/// What names of SIP headers of one's own begin with; put before names that do not.
pub const SIP_PREFIX: &str = "X-MS-Custom-";
/// The SIP header besides.
pub const SIP_USER_TO_USER: &str = "User-To-User";
/// Most SIP headers of one's own.
const MOST_SIP: usize = 5;
/// Most VoIP headers.
const MOST_VOIP: usize = 1_000;
/// Longest name of a header, a prefix included.
const NAME_CHARS: usize = 64;
/// Longest value of a SIP header.
const SIP_CHARS: usize = 256;
/// Longest value of a VoIP header.
const VOIP_CHARS: usize = 1_024;

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
    use crate::platform::headers::{Kind, longest_name, may_stand, sip_name};

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
