//! Raw ids and bare numbers to the wire's identifier objects, and back to raw ids.
//! Written with kind, raw id and sub-object; read from whichever is there.

use crate::machine::event::Present;
use crate::platform::identifier::Identifier;
use crate::provider::acs::wire;

/// The identifier object of a raw id or a bare number.
#[must_use]
pub fn to_wire(id: &str) -> wire::Identifier {
    let identifier = Identifier::parse(id);
    let raw_id = Some(identifier.raw_id());
    let of_kind = |kind: &str| wire::Identifier { kind: Some(kind.to_owned()), raw_id, ..wire::Identifier::default() };
    match identifier {
        Identifier::Phone(number) => wire::Identifier { phone_number: Some(phone(&number)), ..of_kind("phoneNumber") },
        Identifier::AcsUser(id) => {
            wire::Identifier { communication_user: Some(wire::User { id }), ..of_kind("communicationUser") }
        }
        Identifier::TeamsUser(id) => {
            wire::Identifier { microsoft_teams_user: Some(teams_user(&id)), ..of_kind("microsoftTeamsUser") }
        }
        Identifier::TeamsApp(id) => {
            let (cloud, app_id) = cloud_and_id(&id);
            let app = wire::TeamsApp { app_id: app_id.to_owned(), cloud: Some(cloud.to_owned()) };
            wire::Identifier { microsoft_teams_app: Some(app), ..of_kind("microsoftTeamsApp") }
        }
        Identifier::Unknown(_) => of_kind("unknown"),
    }
}

/// The raw id of an identifier in something received; `None` when it names nobody.
#[must_use]
pub fn raw_id(identifier: &wire::LooseIdentifier) -> Option<String> {
    let user = || identifier.communication_user.as_ref().map(|user| user.id.clone());
    let phone = || identifier.phone_number.as_ref().map(|phone| format!("4:{}", phone.value));
    identifier.raw_id.clone().or_else(user).or_else(phone).filter(|id| !id.is_empty())
}

/// Somebody on the call; `None` when the platform does not say who.
#[must_use]
pub fn present(one: &wire::CallParticipant) -> Option<Present> {
    Some(Present { id: raw_id(&one.identifier)?.into(), muted: one.is_muted, held: one.is_on_hold })
}

/// A phone whose raw id may carry an asserted id behind `_`.
fn phone(number: &str) -> wire::Phone {
    match number.split_once('_') {
        Some((value, asserted)) => {
            wire::Phone { value: value.to_owned(), is_anonymous: None, asserted_id: Some(asserted.to_owned()) }
        }
        None => wire::Phone { value: number.to_owned(), ..wire::Phone::default() },
    }
}

fn teams_user(raw_id: &str) -> wire::TeamsUser {
    let (cloud, user_id) = cloud_and_id(raw_id);
    let is_anonymous = raw_id.starts_with("8:teamsvisitor:").then_some(true);
    wire::TeamsUser { user_id: user_id.to_owned(), is_anonymous, cloud: Some(cloud.to_owned()) }
}

/// `8:dod:x` is `x` in the cloud `dod`.
fn cloud_and_id(raw_id: &str) -> (&'static str, &str) {
    let mut parts = raw_id.splitn(3, ':').skip(1);
    let cloud = match parts.next() {
        Some("dod") => "dod",
        Some("gcch") => "gcch",
        _ => "public",
    };
    (cloud, parts.next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use crate::provider::acs::party::{raw_id, to_wire};
    use crate::provider::acs::wire;
    use serde_json::json;

    #[test]
    fn every_kind_is_written_whole_and_reads_back() {
        for (id, expected) in [
            (
                "+16041234567",
                json!({"kind": "phoneNumber", "rawId": "4:+16041234567", "phoneNumber": {"value": "+16041234567"}}),
            ),
            (
                "4:+16_x",
                json!({"kind": "phoneNumber", "rawId": "4:+16_x", "phoneNumber": {"value": "+16", "assertedId": "x"}}),
            ),
            (
                "8:acs:a_b",
                json!({"kind": "communicationUser", "rawId": "8:acs:a_b", "communicationUser": {"id": "8:acs:a_b"}}),
            ),
            (
                "8:orgid:u",
                json!({"kind": "microsoftTeamsUser", "rawId": "8:orgid:u", "microsoftTeamsUser": {"userId": "u", "cloud": "public"}}),
            ),
            (
                "8:teamsvisitor:v",
                json!({"kind": "microsoftTeamsUser", "rawId": "8:teamsvisitor:v",
                    "microsoftTeamsUser": {"userId": "v", "isAnonymous": true, "cloud": "public"}}),
            ),
            (
                "28:gcch:p",
                json!({"kind": "microsoftTeamsApp", "rawId": "28:gcch:p", "microsoftTeamsApp": {"appId": "p", "cloud": "gcch"}}),
            ),
            ("8:other:z", json!({"kind": "unknown", "rawId": "8:other:z"})),
        ] {
            let written = serde_json::to_value(to_wire(id)).unwrap();
            assert_eq!(written, expected);
            let read: wire::LooseIdentifier = serde_json::from_value(written.clone()).unwrap();
            assert_eq!(raw_id(&read).as_deref(), written["rawId"].as_str());
        }
    }

    #[test]
    fn a_sub_object_alone_names_somebody() {
        let read = |json| raw_id(&serde_json::from_value(json).unwrap());
        assert_eq!(read(json!({"phoneNumber": {"value": "+16"}})).as_deref(), Some("4:+16"));
        assert_eq!(read(json!({"communicationUser": {"id": "8:acs:a"}})).as_deref(), Some("8:acs:a"));
        assert_eq!(read(json!({})), None);
        assert_eq!(read(json!({"rawId": ""})), None);
    }
}
