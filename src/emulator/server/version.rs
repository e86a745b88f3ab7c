//! The emulator in another api-version than the newest: requests come in that version's words, and answers and events go out in them.
//! Operations and members that it does not have are refused, events and members that it does not have are not sent. Which has what
//! stands in `platform::versions`.

use serde_json::Value;
use std::borrow::Cow;

use crate::emulator::answer::{Answer, Refusal};
use crate::emulator::route::route;
use crate::platform::codes::Code;
use crate::platform::events::WEBHOOKS;
use crate::platform::operations::Operation;
use crate::platform::versions::wording::{self, Wrong};
use crate::platform::versions::{Message, Version};

/// The operation that a request is, where it is one of a version whose messages have words of their own. The first generations
/// know what is theirs by themselves.
fn operation(version: Version, method: &str, path: &str) -> Option<Operation> {
    if version.generation().is_some() {
        return None;
    }
    Some(route(method, path).ok()?.operation)
}

/// The body of a request in the newest version's words, or its refusal where the version does not know it.
pub(crate) fn understood<'a>(
    version: Version,
    method: &str,
    path: &str,
    body: &'a [u8],
) -> Result<Cow<'a, [u8]>, Refusal> {
    let same = Ok(Cow::Borrowed(body));
    let Some(operation) = operation(version, method, path) else { return same };
    if !version.has(operation) {
        let message = format!("api-version {} does not have this operation", version.name());
        return Err(Refusal::new(Code::new(404, 8522), message));
    }
    let message = Message::Request(operation);
    if !wording::differs(version, message) {
        return same;
    }
    // What is no JSON is somebody else's to refuse.
    let Ok(mut whole) = serde_json::from_slice::<Value>(body) else { return same };
    wording::understood(version, message, &mut whole).map_err(|wrong| match wrong {
        Wrong::Unknown(path) => Refusal::field(path, format!("api-version {} does not have it", version.name())),
        Wrong::Missing(path) => Refusal::field(path, format!("api-version {} requires it", version.name())),
    })?;
    if version.spells(message).next().is_none() {
        return same;
    }
    serde_json::to_vec(&whole).map_or(same, |body| Ok(Cow::Owned(body)))
}

/// An answer in the version's words. Refusals are the same in all.
pub(crate) fn answered(version: Version, method: &str, path: &str, answer: Answer) -> Answer {
    let Some(operation) = operation(version, method, path) else { return answer };
    if answer.status >= 300 {
        return answer;
    }
    let usual = answer.status == operation.row().success;
    let status = if usual { version.success(operation) } else { answer.status };
    Answer {
        status,
        body: answer.body.map(|body| said(version, Message::Answer(operation), body, |whole| Some(whole))),
    }
}

/// The body of a webhook as the version has it; `None` when it does not have the webhook at all.
pub(crate) fn webhook(version: Version, name: &str, body: String) -> Option<String> {
    if version.generation().is_some() {
        return Some(body);
    }
    let Some((webhook, _)) = WEBHOOKS.iter().find(|(_, known)| *known == name) else { return Some(body) };
    if !version.tells(*webhook) {
        return None;
    }
    Some(said(version, Message::Event(*webhook), body, |events| events.get_mut(0)?.get_mut("data")))
}

/// A body in the version's words; what they are about may be a part of it.
fn said(version: Version, message: Message, body: String, part: impl Fn(&mut Value) -> Option<&mut Value>) -> String {
    if !wording::differs(version, message) {
        return body;
    }
    let Ok(mut whole) = serde_json::from_str::<Value>(&body) else { return body };
    if let Some(part) = part(&mut whole) {
        wording::said(version, message, part);
    }
    whole.to_string()
}

#[cfg(test)]
mod tests {
    use crate::emulator::answer::Answer;
    use crate::emulator::server::version::{answered, understood, webhook};
    use crate::platform::versions::Version;
    use serde_json::{Value, json};

    fn refusal(version: Version, path: &str, body: &str) -> Option<(i32, String)> {
        let path = format!("/calling/callConnections/c{path}");
        let refusal = understood(version, "POST", &path, body.as_bytes()).err()?;
        Some((refusal.code.code, refusal.message))
    }

    #[test]
    fn what_came_later_is_refused() {
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
    fn a_preview_is_spoken_in_its_own_words() {
        let (old, june) = (Version::V2023_06_15Preview, Version::V2024_06_15Preview);
        let body = br#"{"callbackUri":"u","cognitiveServicesEndpoint":"https://ai.example/"}"#;
        let heard = understood(old, "POST", "/calling/callConnections:answer", body).expect("it is known");
        let heard: Value = serde_json::from_slice(&heard).expect("JSON");
        assert_eq!(heard["callIntelligenceOptions"]["cognitiveServicesEndpoint"], "https://ai.example/");
        assert_eq!(heard.as_object().map(serde_json::Map::len), Some(2));
        // Of two streaming operations between the same stable versions, one is asked for as the next stable one has it.
        assert_eq!(refusal(june, ":startMediaStreaming", r#"{"operationCallbackUri": "u"}"#), None);
        let message = "operationCallbackUri: api-version 2024-06-15-preview does not have it".to_owned();
        assert_eq!(refusal(june, ":stopTranscription", r#"{"operationCallbackUri": "u"}"#), Some((400, message)));
        let message = "locale: api-version 2024-06-15-preview requires it".to_owned();
        assert_eq!(refusal(june, ":updateTranscription", "{}"), Some((400, message)));
        assert_eq!(refusal(Version::V2024_09_15, ":startMediaStreaming", "{}").map(|(status, _)| status), Some(404));

        let muted = "/calling/callConnections/c/participants:mute";
        let answer =
            |version, status| answered(version, "POST", muted, Answer::json(status, &json!({"operationContext": "1"})));
        assert_eq!((answer(old, 200).status, answer(old, 400).status, answer(june, 200).status), (202, 400, 200));
        let call = json!({"answeredFor": {}, "transcriptionSubscription": {"id": "i", "locale": "en-US"}});
        let read = |version| answered(version, "GET", "/calling/callConnections/c", Answer::json(200, &call)).body;
        assert_eq!(read(old).as_deref(), Some("{}"));
        assert!(read(june).is_some_and(|body| body.contains(r#"{"id":"i"}"#) && body.contains("answeredFor")));
        assert_eq!(read(Version::NEWEST), Some(call.to_string()));

        let tone = r#"[{"type":"x","data":{"sequenceId":1,"tone":"two"}}]"#;
        let told = webhook(old, "ContinuousDtmfRecognitionToneReceived", tone.to_owned());
        assert_eq!(told.as_deref(), Some(r#"[{"data":{"toneInfo":{"sequenceId":1,"tone":"two"}},"type":"x"}]"#));
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
        assert_eq!(sent(Version::V2024_06_15Preview, "PlayStarted"), Some(body()));
        assert_eq!(sent(Version::V2024_06_15Preview, "AnswerFailed"), None);
    }
}
