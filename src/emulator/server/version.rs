//! The emulator in an older api-version: operations and members that came later are refused, events and members that came later are
//! not sent. Which came when stands in `platform::versions`.

use serde_json::Value;

use crate::emulator::answer::Refusal;
use crate::emulator::route::route;
use crate::platform::codes::Code;
use crate::platform::events::WEBHOOKS;
use crate::platform::versions::{EVENT_MEMBERS, MEMBERS, Version};

/// The refusal of a request that the version does not know, if it does not.
pub(crate) fn refused(version: Version, method: &str, path: &str, body: &[u8]) -> Option<Refusal> {
    // The first generations know what is theirs by themselves.
    if version.generation().is_some() {
        return None;
    }
    let operation = route(method, path).ok()?.operation;
    if operation.since() > version {
        let message = format!("api-version {} does not have this operation", version.name());
        return Some(Refusal::new(Code::new(404, 8522), message));
    }
    let mut later = MEMBERS.iter().filter(|member| member.operation == operation && member.since > version).peekable();
    later.peek()?;
    let body: Value = serde_json::from_slice(body).ok()?;
    let there =
        |path: &str| path.split('.').try_fold(&body, |at, step| at.get(step)).is_some_and(|value| !value.is_null());
    let unknown = later.find(|member| there(member.path))?;
    Some(Refusal::field(unknown.path, format!("api-version {} does not have it", version.name())))
}

/// The body of a webhook as the version has it; `None` when it does not have the webhook at all.
pub(crate) fn webhook(version: Version, name: &str, body: String) -> Option<String> {
    if version.generation().is_some() {
        return Some(body);
    }
    let Some((webhook, _)) = WEBHOOKS.iter().find(|(_, known)| *known == name) else { return Some(body) };
    if webhook.since() > version {
        return None;
    }
    let later: Vec<&str> = EVENT_MEMBERS
        .iter()
        .filter(|(of, _, since)| of == webhook && *since > version)
        .map(|(_, member, _)| *member)
        .collect();
    if later.is_empty() {
        return Some(body);
    }
    let Ok(mut events) = serde_json::from_str::<Value>(&body) else { return Some(body) };
    if let Some(data) = events[0]["data"].as_object_mut() {
        data.retain(|member, _| !later.contains(&member.as_str()));
    }
    Some(events.to_string())
}

#[cfg(test)]
mod tests {
    use crate::emulator::server::version::{refused, webhook};
    use crate::platform::versions::Version;

    #[test]
    fn what_came_later_is_refused() {
        let refusal = |version, path: &str, body: &str| {
            let path = format!("/calling/callConnections/c{path}");
            refused(version, "POST", &path, body.as_bytes()).map(|refusal| (refusal.code.code, refusal.message))
        };
        let (old, new) = (Version::V2023_10_15, Version::NEWEST);
        let cutting = r#"{"playSources": [], "interruptCallMediaOperation": false}"#;
        let message = "interruptCallMediaOperation: api-version 2023-10-15 does not have it".to_owned();
        assert_eq!(refusal(old, ":play", cutting), Some((400, message)));
        assert_eq!(refusal(old, ":play", r#"{"playSources": [], "interruptCallMediaOperation": null}"#), None);
        assert_eq!(refusal(new, ":play", cutting), None);
        let choices = r#"{"recognizeOptions": {"choices": []}}"#;
        assert_eq!(refusal(Version::V2023_03_06, ":recognize", choices).map(|(status, _)| status), Some(400));
        assert_eq!(refusal(old, ":recognize", choices), None);
        assert_eq!(refusal(old, ":hold", "{}").map(|(status, _)| status), Some(404));
        // What is no address or no JSON is somebody else's to refuse.
        assert_eq!((refusal(old, ":dance", "{}"), refusal(old, ":play", "x")), (None, None));
    }

    #[test]
    fn what_came_later_is_not_sent() {
        let body = || r#"[{"type":"x","data":{"callConnectionId":"c","resultInformation":{"code":200}}}]"#.to_owned();
        let sent = |version, name| webhook(version, name, body());
        assert_eq!(sent(Version::NEWEST, "CallConnected"), Some(body()));
        let bare = sent(Version::V2023_10_15, "CallConnected").expect("it has it");
        assert!(!bare.contains("resultInformation") && bare.contains("callConnectionId"), "{bare}");
        assert!(sent(Version::V2023_10_15, "PlayCompleted").expect("it has it").contains("resultInformation"));
        assert_eq!(sent(Version::V2024_04_15, "PlayStarted"), None);
        assert_eq!(sent(Version::V2024_09_15, "PlayStarted"), Some(body()));
    }
}
