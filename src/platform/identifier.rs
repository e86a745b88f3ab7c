//! Raw ids of the people and applications on a call.

use crate::platform::limits;

/// What a raw id or a bare number names.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Identifier {
    /// A phone number, E.164, or `anonymous`.
    Phone(String),
    /// An ACS user: the whole raw id, `8:acs:<resource>_<user>`.
    AcsUser(String),
    /// A Teams user: the whole raw id, `8:orgid:<id>` and its clouds.
    TeamsUser(String),
    /// A Teams application: the whole raw id, `28:orgid:<id>` and its clouds.
    TeamsApp(String),
    /// Anything else.
    Unknown(String),
}

impl std::fmt::Debug for Identifier {
    /// What kind of id it is, and not whose.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Identifier::Phone(_) => "Phone(…)",
            Identifier::AcsUser(_) => "AcsUser(…)",
            Identifier::TeamsUser(_) => "TeamsUser(…)",
            Identifier::TeamsApp(_) => "TeamsApp(…)",
            Identifier::Unknown(_) => "Unknown(…)",
        })
    }
}

impl Identifier {
    /// Reads a raw id (`4:+16041234567`, `8:acs:…`) or a bare number (`+16041234567`).
    #[must_use]
    pub fn parse(text: &str) -> Identifier {
        let starts = |prefixes: &[&str]| prefixes.iter().any(|p| text.starts_with(p));
        if let Some(number) = text.strip_prefix("4:") {
            return Identifier::Phone(number.to_owned());
        }
        // As flows write a Teams user; the platform's ids of them are GUIDs.
        if let Some(id) = text.strip_prefix("teams:").filter(|id| is_guid(id)) {
            return Identifier::TeamsUser(format!("8:orgid:{id}"));
        }
        if limits::is_phone(text) {
            Identifier::Phone(text.to_owned())
        } else if starts(&["8:acs:", "8:spool:", "8:dod-acs:", "8:gcch-acs:"]) {
            Identifier::AcsUser(text.to_owned())
        } else if starts(&["8:orgid:", "8:dod:", "8:gcch:", "8:teamsvisitor:"]) {
            Identifier::TeamsUser(text.to_owned())
        } else if starts(&["28:orgid:", "28:dod:", "28:gcch:"]) {
            Identifier::TeamsApp(text.to_owned())
        } else {
            Identifier::Unknown(text.to_owned())
        }
    }

    /// The raw id.
    #[must_use]
    pub fn raw_id(&self) -> String {
        match self {
            Identifier::Phone(number) => format!("4:{number}"),
            Identifier::AcsUser(id)
            | Identifier::TeamsUser(id)
            | Identifier::TeamsApp(id)
            | Identifier::Unknown(id) => id.clone(),
        }
    }

    /// The number of a phone, the raw id of everybody else: how flows and people write it.
    #[must_use]
    pub fn plain(&self) -> String {
        match self {
            Identifier::Phone(number) => number.clone(),
            other => other.raw_id(),
        }
    }
}

/// Whether a text is a GUID: `f1e2d3c4-0000-4000-8000-0123456789ab`.
fn is_guid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let hex = |group: &&str| group.bytes().all(|b| b.is_ascii_hexdigit());
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]) && groups.iter().all(hex)
}

/// What is shown of a number or a raw id to those who need not know it: of a number its beginning and its last two digits, of
/// an id its kind.
#[must_use]
pub fn masked(text: &str) -> String {
    let plain = Identifier::parse(text).plain();
    if limits::is_phone(&plain) {
        // Too short a number would be given away by what is shown of it.
        let end = if plain.len() > 8 { &plain[plain.len() - 2..] } else { "" };
        return format!("{}…{end}", &plain[..plain.len().min(3)]);
    }
    let kind = plain.rfind(':').map_or("", |at| &plain[..=at]);
    let known = ["8:acs:", "8:spool:", "8:orgid:", "28:orgid:", "8:teamsvisitor:", "4:"];
    match plain.as_str() {
        "" | "anonymous" => plain,
        _ if known.contains(&kind) => format!("{kind}…"),
        _ => "…".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::platform::identifier::{Identifier, masked};

    #[test]
    fn a_teams_user_as_flows_write_one() {
        let user = Identifier::parse("teams:f1e2d3c4-0000-4000-8000-0123456789ab");
        assert_eq!(user, Identifier::TeamsUser("8:orgid:f1e2d3c4-0000-4000-8000-0123456789ab".to_owned()));
        for bad in ["teams:", "teams:ada", "teams:f1e2d3c4-0000-4000-8000-0123456789ag"] {
            assert_eq!(Identifier::parse(bad), Identifier::Unknown(bad.to_owned()));
        }
    }

    #[test]
    fn raw_ids_read_back() {
        for raw in ["4:+16041234567", "4:anonymous", "8:acs:a_b", "8:orgid:x", "28:orgid:y", "8:unheard:z"] {
            assert_eq!(Identifier::parse(raw).raw_id(), raw);
        }
        assert_eq!(Identifier::parse("+16041234567").raw_id(), "4:+16041234567");
    }

    #[test]
    fn a_masked_number_is_told_from_others_and_not_read() {
        for (whole, shown) in [
            ("+441632960100", "+44…00"),
            ("4:+18005550189", "+18…89"),
            ("+4411", "+44…"),
            ("8:acs:aa-bb_cc-dd", "8:acs:…"),
            ("somebody@example.com", "…"),
            ("anonymous", "anonymous"),
            ("", ""),
        ] {
            assert_eq!(masked(whole), shown, "{whole}");
        }
    }
}
