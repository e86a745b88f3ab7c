//! Identifiers between the wire's models and the platform's raw ids.

use crate::emulator::answer::Refusal;
use crate::platform::identifier::Identifier;
use crate::platform::limits::is_phone;
use crate::provider::acs::wire;

/// Reads an identifier: the kind comes from the one sub-object, else from the raw id; what is said twice must agree.
pub(crate) fn read(path: &str, model: &wire::Identifier) -> Result<Identifier, Refusal> {
    let mut named = Vec::new();
    if let Some(phone) = &model.phone_number {
        named.push(("phoneNumber", self::phone(&format!("{path}.phoneNumber"), phone)?));
    }
    if let Some(user) = &model.communication_user {
        named.push(("communicationUser", acs_user(&format!("{path}.communicationUser.id"), &user.id)?));
    }
    if let Some(user) = &model.microsoft_teams_user {
        let id = non_empty(&format!("{path}.microsoftTeamsUser.userId"), &user.user_id)?;
        let cloud = cloud(&format!("{path}.microsoftTeamsUser.cloud"), user.cloud.as_deref())?;
        let prefix = if user.is_anonymous == Some(true) {
            "8:teamsvisitor:".to_owned()
        } else {
            format!("8:{}:", cloud.teams())
        };
        named.push(("microsoftTeamsUser", Identifier::TeamsUser(format!("{prefix}{id}"))));
    }
    if let Some(app) = &model.microsoft_teams_app {
        let id = non_empty(&format!("{path}.microsoftTeamsApp.appId"), &app.app_id)?;
        let cloud = cloud(&format!("{path}.microsoftTeamsApp.cloud"), app.cloud.as_deref())?;
        named.push(("microsoftTeamsApp", Identifier::TeamsApp(format!("28:{}:{id}", cloud.teams()))));
    }
    if let Some(user) = &model.teams_extension_user {
        let cloud = cloud(&format!("{path}.teamsExtensionUser.cloud"), user.cloud.as_deref())?;
        let id = format!("{}{}_{}_{}", cloud.acs(), user.resource_id, user.tenant_id, user.user_id);
        named.push(("teamsExtensionUser", Identifier::AcsUser(id)));
    }
    match named.as_slice() {
        [] => by_raw_id(path, model),
        [(kind, identifier)] => {
            agrees(path, model, kind, identifier)?;
            Ok(identifier.clone())
        }
        _ => Err(Refusal::field(path, "must have one of phoneNumber, communicationUser and the like, not several")),
    }
}

/// A bare phone object that is dialled from or to: a real number.
pub(crate) fn number(path: &str, phone: &wire::Phone) -> Result<Identifier, Refusal> {
    if is_phone(&phone.value) {
        return Ok(Identifier::Phone(phone.value.clone()));
    }
    Err(Refusal::field(&format!("{path}.value"), "must be a phone number in E.164 form, such as +441632960100"))
}

/// An identifier that can be called: a phone number that is one, or a user or app.
pub(crate) fn callable(path: &str, model: &wire::Identifier) -> Result<Identifier, Refusal> {
    let identifier = read(path, model)?;
    match &identifier {
        Identifier::Phone(number) if !is_phone(number) => {
            Err(Refusal::field(path, "must be somebody who can be called"))
        }
        Identifier::Unknown(_) => Err(Refusal::field(path, "must be a phone number, a user or an application")),
        Identifier::AcsUser(_) | Identifier::Phone(_) | Identifier::TeamsApp(_) | Identifier::TeamsUser(_) => {
            Ok(identifier)
        }
    }
}

/// An ACS user's id, as bare users and `communicationUser` carry it.
pub(crate) fn acs_user(path: &str, id: &str) -> Result<Identifier, Refusal> {
    match Identifier::parse(id) {
        user @ Identifier::AcsUser(_) => Ok(user),
        _ => Err(Refusal::field(path, "must be the id of a communication user, such as 8:acs:<resource>_<user>")),
    }
}

/// The full model of an identifier, as responses and events carry it.
pub(crate) fn model(identifier: &Identifier) -> wire::Identifier {
    let mut model = wire::Identifier { raw_id: Some(identifier.raw_id()), ..wire::Identifier::default() };
    let kind = match identifier {
        Identifier::Phone(number) => {
            model.phone_number = Some(wire::Phone { value: number.clone(), ..wire::Phone::default() });
            "phoneNumber"
        }
        Identifier::AcsUser(id) => {
            model.communication_user = Some(wire::User { id: id.clone() });
            "communicationUser"
        }
        Identifier::TeamsUser(id) => {
            let (prefix, user_id) = split_raw(id);
            let is_anonymous = (prefix == "8:teamsvisitor").then_some(true);
            model.microsoft_teams_user = Some(wire::TeamsUser { user_id, is_anonymous, cloud: cloud_of(prefix) });
            "microsoftTeamsUser"
        }
        Identifier::TeamsApp(id) => {
            let (prefix, app_id) = split_raw(id);
            model.microsoft_teams_app = Some(wire::TeamsApp { app_id, cloud: cloud_of(prefix) });
            "microsoftTeamsApp"
        }
        Identifier::Unknown(_) => "unknown",
    };
    model.kind = Some(kind.to_owned());
    model
}

/// The same for webhooks, whose type keeps only what the receiver reads.
pub(crate) fn loose(identifier: &Identifier) -> wire::LooseIdentifier {
    let model = model(identifier);
    wire::LooseIdentifier {
        kind: model.kind,
        raw_id: model.raw_id,
        communication_user: model.communication_user.map(|user| wire::LooseUser { id: user.id }),
        phone_number: model.phone_number.map(|phone| wire::LoosePhone { value: phone.value }),
        microsoft_teams_user: model.microsoft_teams_user.as_ref().and_then(|user| serde_json::to_value(user).ok()),
        microsoft_teams_app: model.microsoft_teams_app.as_ref().and_then(|app| serde_json::to_value(app).ok()),
    }
}

fn phone(path: &str, phone: &wire::Phone) -> Result<Identifier, Refusal> {
    if phone.value == "anonymous" { Ok(Identifier::Phone(phone.value.clone())) } else { number(path, phone) }
}

fn by_raw_id(path: &str, model: &wire::Identifier) -> Result<Identifier, Refusal> {
    let Some(raw_id) = model.raw_id.as_deref().filter(|raw| !raw.is_empty()) else {
        return Err(Refusal::field(path, "must have a sub-object such as phoneNumber, or a rawId"));
    };
    let identifier = Identifier::parse(raw_id);
    let kinds: &[&str] = match &identifier {
        Identifier::Phone(number) if !is_phone(number) && number != "anonymous" => {
            return Err(Refusal::field(&format!("{path}.rawId"), "must be 4: and a phone number in E.164 form"));
        }
        Identifier::Phone(_) => &["phoneNumber"],
        Identifier::AcsUser(_) => &["communicationUser", "teamsExtensionUser"],
        Identifier::TeamsUser(_) => &["microsoftTeamsUser"],
        Identifier::TeamsApp(_) => &["microsoftTeamsApp"],
        Identifier::Unknown(_) => &["unknown"],
    };
    match model.kind.as_deref() {
        Some(kind) if !kinds.contains(&kind) && kind != "unknown" => {
            Err(Refusal::field(&format!("{path}.kind"), format!("contradicts the rawId {raw_id}")))
        }
        _ => Ok(identifier),
    }
}

/// `kind` and `rawId`, where given, must say what the sub-object says.
fn agrees(path: &str, model: &wire::Identifier, kind: &str, identifier: &Identifier) -> Result<(), Refusal> {
    if model.kind.as_deref().is_some_and(|given| given != kind) {
        return Err(Refusal::field(&format!("{path}.kind"), format!("contradicts the sub-object {kind}")));
    }
    let asserted = model.phone_number.as_ref().and_then(|phone| phone.asserted_id.as_deref());
    let mut allowed = vec![identifier.raw_id()];
    allowed.extend(asserted.map(|asserted| format!("{}_{asserted}", identifier.raw_id())));
    match &model.raw_id {
        Some(raw_id) if !allowed.contains(raw_id) => Err(Refusal::field(
            &format!("{path}.rawId"),
            format!("contradicts the sub-object, which is {}", allowed[0]),
        )),
        _ => Ok(()),
    }
}

/// The clouds a Teams identity can be in.
#[derive(Clone, Copy)]
enum Cloud {
    Dod,
    Gcch,
    Public,
}

impl Cloud {
    fn teams(self) -> &'static str {
        match self {
            Cloud::Dod => "dod",
            Cloud::Gcch => "gcch",
            Cloud::Public => "orgid",
        }
    }

    fn acs(self) -> &'static str {
        match self {
            Cloud::Dod => "8:dod-acs:",
            Cloud::Gcch => "8:gcch-acs:",
            Cloud::Public => "8:acs:",
        }
    }
}

fn cloud(path: &str, name: Option<&str>) -> Result<Cloud, Refusal> {
    // The official Python SDK writes them in capitals.
    match name.map(str::to_ascii_lowercase).as_deref() {
        None | Some("public") => Ok(Cloud::Public),
        Some("dod") => Ok(Cloud::Dod),
        Some("gcch") => Ok(Cloud::Gcch),
        Some(_) => Err(Refusal::field(path, "must be public, dod or gcch")),
    }
}

/// `8:orgid:<id>` into `8:orgid` and the id.
fn split_raw(raw_id: &str) -> (&str, String) {
    let (prefix, id) = raw_id.rsplit_once(':').unwrap_or(("", raw_id));
    (prefix, id.to_owned())
}

fn cloud_of(prefix: &str) -> Option<String> {
    let cloud = prefix.rsplit(':').next()?;
    Some(if matches!(cloud, "dod" | "gcch") { cloud } else { "public" }.to_owned())
}

fn non_empty<'a>(path: &str, text: &'a str) -> Result<&'a str, Refusal> {
    if text.is_empty() { Err(Refusal::field(path, "must not be empty")) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use crate::emulator::identity::{callable, loose, model, read};
    use crate::platform::identifier::Identifier;

    fn parse(json: &str) -> Result<Identifier, String> {
        let model = serde_json::from_str(json).expect("the wire's shape");
        read("p", &model).map_err(|refusal| refusal.message)
    }

    #[test]
    fn all_spellings_of_clients_are_read() {
        let phone = Identifier::Phone("+16041234567".to_owned());
        for json in [
            r#"{"phoneNumber":{"value":"+16041234567"}}"#,
            r#"{"rawId":"4:+16041234567","phoneNumber":{"value":"+16041234567","isAnonymous":false}}"#,
            r#"{"kind":"phoneNumber","phoneNumber":{"value":"+16041234567"}}"#,
            r#"{"rawId":"4:+16041234567"}"#,
            r#"{"rawId":"4:+16041234567_x","phoneNumber":{"value":"+16041234567","assertedId":"x"}}"#,
        ] {
            assert_eq!(parse(json), Ok(phone.clone()), "{json}");
        }
        let gcch = r#"{"microsoftTeamsUser":{"userId":"u","cloud":"gcch"}}"#;
        assert_eq!(parse(gcch), Ok(Identifier::TeamsUser("8:gcch:u".to_owned())));
    }

    #[test]
    fn contradictions_name_the_field() {
        for (json, start) in [
            ("{}", "p: "),
            (r#"{"phoneNumber":{"value":"16041234567"}}"#, "p.phoneNumber.value: "),
            (r#"{"phoneNumber":{"value":"+16041234567"},"communicationUser":{"id":"8:acs:a_b"}}"#, "p: "),
            (r#"{"rawId":"4:+1999999","phoneNumber":{"value":"+16041234567"}}"#, "p.rawId: "),
            (r#"{"kind":"communicationUser","phoneNumber":{"value":"+16041234567"}}"#, "p.kind: "),
            (r#"{"kind":"phoneNumber","rawId":"8:acs:a_b"}"#, "p.kind: "),
            (r#"{"communicationUser":{"id":"ada"}}"#, "p.communicationUser.id: "),
            (r#"{"microsoftTeamsUser":{"userId":"u","cloud":"moon"}}"#, "p.microsoftTeamsUser.cloud: "),
            (r#"{"rawId":"4:banana"}"#, "p.rawId: "),
        ] {
            let message = parse(json).expect_err(json);
            assert!(message.starts_with(start), "{json} -> {message}");
        }
        let anonymous = serde_json::from_str(r#"{"rawId":"4:anonymous"}"#).expect("the wire's shape");
        assert!(callable("p", &anonymous).is_err());
    }

    #[test]
    fn models_read_back() {
        for raw in [
            "4:+16041234567",
            "4:anonymous",
            "8:acs:a_b",
            "8:orgid:u",
            "8:teamsvisitor:u",
            "8:dod:u",
            "28:orgid:a",
            "28:gcch:a",
            "8:odd:x",
        ] {
            let identifier = Identifier::parse(raw);
            assert_eq!(read("p", &model(&identifier)).as_ref(), Ok(&identifier), "{raw}");
            assert_eq!(loose(&identifier).raw_id.as_deref(), Some(raw));
        }
    }
}
