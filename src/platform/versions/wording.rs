//! A message's JSON in the words of an api-version, and back in those of the newest one.

use crate::platform::versions::{Member, Message, Version};
use serde_json::{Map, Value};

/// What is wrong with a request in the words of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// A member that the version does not have.
    Unknown(&'static str),
    /// A member that it requires.
    Missing(&'static str),
}

/// Whether a version says a message otherwise than the newest does.
#[must_use]
pub fn differs(version: Version, message: Message) -> bool {
    let requires = match message {
        Message::Request(operation) => version.requires(operation).next().is_some(),
        Message::Answer(_) | Message::Event(_) => false,
    };
    requires || version.spells(message).next().is_some() || version.lacks(message).next().is_some()
}

/// Says in a version's words what is said in the newest's: under other names, and without what it does not have. Gives what was
/// left out.
pub fn said(version: Version, message: Message, whole: &mut Value) -> Vec<&'static Member> {
    for spelling in version.spells(message) {
        if let Some(value) = take(whole, spelling.newest) {
            put(whole, spelling.own, value);
        }
    }
    version.lacks(message).filter(|member| take(whole, member.path).is_some_and(|value| !value.is_null())).collect()
}

/// Says a request in the newest's words that is said in a version's.
///
/// # Errors
/// When it has what the version does not have, or not what the version requires.
pub fn understood(version: Version, message: Message, whole: &mut Value) -> Result<(), Wrong> {
    if let Some(unknown) = version.lacks(message).find(|member| is_there(whole, member.path)) {
        return Err(Wrong::Unknown(unknown.path));
    }
    if let Message::Request(operation) = message {
        let is_missing = |path: &str| {
            let (outer, _) = split(path);
            (outer.is_empty() || is_there(whole, outer)) && !is_there(whole, path)
        };
        if let Some(missing) = version.requires(operation).find(|path| is_missing(path)) {
            return Err(Wrong::Missing(missing));
        }
    }
    for spelling in version.spells(message) {
        if let Some(value) = take(whole, spelling.own) {
            put(whole, spelling.newest, value);
        }
    }
    Ok(())
}

/// What a path goes through, and the member at its end.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('.').unwrap_or(("", path))
}

/// The objects that a path leads to the member of: through lists, to each of their elements.
fn holders<'a>(whole: &'a mut Value, outer: &str) -> Vec<&'a mut Map<String, Value>> {
    let mut at = vec![whole];
    for step in outer.split('.').filter(|step| !step.is_empty()) {
        let members = at.into_iter().filter_map(|value| value.get_mut(step));
        at = members
            .flat_map(|value| match value {
                Value::Array(items) => items.iter_mut().collect(),
                other => vec![other],
            })
            .collect();
    }
    at.into_iter().filter_map(Value::as_object_mut).collect()
}

/// Whether there is something at a path; null is nothing.
fn is_there(whole: &Value, path: &str) -> bool {
    let (outer, name) = split(path);
    let mut at = vec![whole];
    for step in outer.split('.').filter(|step| !step.is_empty()) {
        let members = at.into_iter().filter_map(|value| value.get(step));
        at = members
            .flat_map(|value| match value {
                Value::Array(items) => items.iter().collect(),
                other => vec![other],
            })
            .collect();
    }
    at.into_iter().filter_map(|holder| holder.get(name)).any(|value| !value.is_null())
}

/// Takes a member out wherever it is; of several, one that says something.
fn take(whole: &mut Value, path: &str) -> Option<Value> {
    let (outer, name) = split(path);
    let taken: Vec<Value> = holders(whole, outer).into_iter().filter_map(|holder| holder.remove(name)).collect();
    taken.into_iter().max_by_key(|value| !value.is_null())
}

/// Puts a member in, with the objects that it is in.
fn put(whole: &mut Value, path: &str, value: Value) {
    let (outer, name) = split(path);
    let mut at = whole;
    for step in outer.split('.').filter(|step| !step.is_empty()) {
        let Some(holder) = at.as_object_mut() else { return };
        at = holder.entry(step).or_insert_with(|| Value::Object(Map::new()));
    }
    if let Some(holder) = at.as_object_mut() {
        holder.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use crate::platform::events::Webhook;
    use crate::platform::operations::Operation;
    use crate::platform::versions::wording::{Wrong, differs, said, understood};
    use crate::platform::versions::{Message, Version};
    use serde_json::{Value, json};

    const OLD: Version = Version::V2023_06_15Preview;

    fn request(operation: Operation) -> Message {
        Message::Request(operation)
    }

    #[test]
    fn what_is_called_otherwise_is_said_and_understood_so() {
        for (version, message, newest, own) in [
            (
                OLD,
                request(Operation::AnswerCall),
                json!({"callbackUri": "https://a.example/", "callIntelligenceOptions": {"cognitiveServicesEndpoint": "x"}}),
                json!({"callbackUri": "https://a.example/", "cognitiveServicesEndpoint": "x"}),
            ),
            (
                Version::V2024_11_15Preview,
                request(Operation::UpdateTranscription),
                json!({"locale": "en-US", "speechModelEndpointId": "m"}),
                json!({"locale": "en-US", "speechRecognitionModelEndpointId": "m"}),
            ),
        ] {
            let mut whole = newest.clone();
            assert!(differs(version, message) && !differs(Version::NEWEST, message));
            // An object that everything was taken from is still left out, and nothing with it.
            assert!(said(version, message, &mut whole).len() < 2);
            assert_eq!(whole, own);
            assert_eq!(understood(version, message, &mut whole), Ok(()));
            assert_eq!(whole, newest);
        }
        let tone = Message::Event(Webhook::ContinuousDtmfRecognitionToneReceived);
        let mut event = json!({"callConnectionId": "c", "sequenceId": 2, "tone": "five"});
        assert!(said(OLD, tone, &mut event).is_empty());
        assert_eq!(event, json!({"callConnectionId": "c", "toneInfo": {"sequenceId": 2, "tone": "five"}}));
    }

    #[test]
    fn what_is_lacked_is_left_out_of_lists_too() {
        let people =
            || json!({"sequenceNumber": 1, "participants": [{"isOnHold": false}, {"isMuted": true, "isOnHold": true}]});
        let mut roster = people();
        let left = said(Version::V2024_04_15, Message::Event(Webhook::ParticipantsUpdated), &mut roster);
        assert_eq!(left.len(), 1);
        assert_eq!(roster, json!({"sequenceNumber": 1, "participants": [{}, {"isMuted": true}]}));
        let mut roster = people();
        assert!(
            said(Version::V2024_06_15Preview, Message::Event(Webhook::ParticipantsUpdated), &mut roster).is_empty()
        );
        assert_eq!(roster, people());
    }

    #[test]
    fn what_is_unknown_or_missing_is_named() {
        let wrong = |version, operation, mut body: Value| understood(version, request(operation), &mut body).err();
        let (create, update) = (Operation::CreateCall, Operation::UpdateTranscription);
        let june = Version::V2024_06_15Preview;
        let set =
            |name: &str| json!({"mediaStreamingOptions": {"transportUrl": "w", "contentType": "audio", name: true}});
        assert_eq!(wrong(june, create, set("startMediaStreaming")), None);
        let unknown = Some(Wrong::Unknown("mediaStreamingOptions.enableBidirectional"));
        assert_eq!(wrong(june, create, set("enableBidirectional")), unknown);
        assert_eq!(wrong(Version::V2024_11_15Preview, create, set("enableBidirectional")), None);
        let missing = Some(Wrong::Missing("mediaStreamingOptions.transportUrl"));
        assert_eq!(wrong(june, create, json!({"mediaStreamingOptions": {"transportUrl": null}})), missing);
        assert_eq!(wrong(june, create, json!({"mediaStreamingOptions": null})), None);
        assert_eq!(wrong(june, update, json!({})), Some(Wrong::Missing("locale")));
        assert_eq!(wrong(Version::NEWEST, update, json!({})), None);
        let text = json!({"playSources": [{"kind": "file"}, {"kind": "text", "text": {"text": "Hi."}}]});
        assert_eq!(
            wrong(Version::V2023_03_06, Operation::Play, text.clone()),
            Some(Wrong::Unknown("playSources.text"))
        );
        assert_eq!(wrong(OLD, Operation::Play, text), None);
        assert_eq!(
            wrong(OLD, create, json!({"callIntelligenceOptions": {}})),
            Some(Wrong::Unknown("callIntelligenceOptions"))
        );
    }
}
