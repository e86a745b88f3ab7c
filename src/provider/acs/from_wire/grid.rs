//! The body of an Event Grid delivery, in its own schema or as cloud events, to incoming calls, notices, or the handshake.

use crate::platform::events::{self, Notice};
use crate::platform::headers;
use crate::platform::hidden::Hidden;
use crate::provider::acs::from_wire::{BodyError, Unreadable, bounded, elements, part, sha256};
use crate::provider::acs::party;
use crate::provider::acs::wire;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// What a delivery is.
#[derive(Clone, Debug, PartialEq)]
pub enum Grid {
    /// The handshake of a new subscription: to be answered with this code.
    Validation {
        /// `validationCode`.
        code: String,
    },
    /// Events.
    Events {
        /// Calls that ring.
        incoming: Vec<Incoming>,
        /// What else it tells of calls.
        told: Vec<Told>,
        /// The types of elements of which nothing is known here.
        unknown: Vec<String>,
        /// Elements that should be known and cannot be read.
        unreadable: Vec<Unreadable>,
    },
}

/// What Event Grid tells of a call or a recording. Calls do not wait for it.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// A call began, ended, or somebody came or went.
    Call {
        /// Which of them.
        what: Notice,
        /// Which call, and what is said of it.
        call: Hidden<Box<wire::CallTold>>,
    },
    /// Files of a recording can be fetched.
    Recording(RecordingReady),
}

/// Files of a recording that can be fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordingReady {
    /// The recording; empty where the subject does not name it.
    pub recording: String,
    /// `serverCallId` of the call that was recorded, as far as the subject names it.
    pub server_call: Option<String>,
    /// How they are written, in lower case (`wav`, `mp3`, `mp4`), as far as it is said.
    pub format: Option<String>,
    /// Each file.
    pub files: Vec<RecordingFile>,
}

/// One file of a recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordingFile {
    /// Its document id.
    pub document: String,
    /// Its place among the recording's files.
    pub index: u32,
    /// Where it is.
    pub content: String,
    /// Where it is deleted.
    pub delete: Option<String>,
}

/// A call that rings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// The call's natural key, hex SHA-256 of the context: the same in each delivery and each subscription.
    pub key: String,
    /// `incomingCallContext`: good for one answer, redirect or reject while the call rings.
    pub context: Hidden<String>,
    /// Raw id of the caller.
    pub from: Hidden<String>,
    /// Raw id of the one called.
    pub to: Hidden<String>,
    /// `serverCallId`.
    pub server_call: Option<String>,
    /// Correlation id.
    pub correlation: Option<String>,
    /// How the caller calls themselves; never empty.
    pub display_name: Option<Hidden<String>>,
    /// SIP and VoIP headers that came with the call, by the names of [`headers::known_as`]; a SIP header wins over a VoIP
    /// header of the same name. No more than [`headers::KEPT_BYTES`] of them, in the order of their names.
    pub headers: BTreeMap<String, Hidden<String>>,
}

/// An event of either schema, its data unread.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "eventType")]
    own_type: Option<String>,
    #[serde(rename = "type")]
    cloud_type: Option<String>,
    subject: Option<String>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

/// Reads a delivery, each element by itself.
///
/// # Errors
/// When the body is no array or object, or nests too deep.
pub fn read(body: &[u8]) -> Result<Grid, BodyError> {
    let (mut incoming, mut told, mut unknown, mut unreadable) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for raw in elements(body)? {
        match element(raw) {
            Ok(Element::Validation(code)) => return Ok(Grid::Validation { code }),
            Ok(Element::Incoming(call)) => incoming.push(*call),
            Ok(Element::Told(one)) => told.push(*one),
            Ok(Element::Unknown(wire_type)) => unknown.push(wire_type),
            Ok(Element::Nothing) => {}
            Err(bad) => unreadable.push(bad),
        }
    }
    Ok(Grid::Events { incoming, told, unknown, unreadable })
}

enum Element {
    Validation(String),
    Incoming(Box<Incoming>),
    Told(Box<Told>),
    Unknown(String),
    Nothing,
}

fn element(raw: &RawValue) -> Result<Element, Unreadable> {
    let unreadable = |wire_type: &str, reason| Unreadable { wire_type: bounded(wire_type), reason };
    let envelope: Envelope = part("envelope", raw).map_err(|reason| unreadable("", reason))?;
    let wire_type = envelope.own_type.or(envelope.cloud_type).unwrap_or_default();
    let data = envelope.data.ok_or_else(|| unreadable(&wire_type, "data: missing".to_owned()));
    let read = match wire_type.as_str() {
        events::SUBSCRIPTION_VALIDATION => part::<wire::SubscriptionValidation>("data", data?)
            .map(|handshake| Element::Validation(handshake.validation_code)),
        events::INCOMING_CALL => {
            part::<wire::IncomingCall>("data", data?).and_then(call).map(|call| Element::Incoming(Box::new(call)))
        }
        events::SUBSCRIPTION_DELETED => Ok(Element::Nothing),
        "" => Err("envelope: neither `eventType` nor `type`".to_owned()),
        other => match Notice::from_wire_type(other) {
            Some(notice) => told(notice, envelope.subject.as_deref(), data?).map(|told| Element::Told(Box::new(told))),
            None => Ok(Element::Unknown(bounded(other))),
        },
    };
    read.map_err(|reason| unreadable(&wire_type, reason))
}

fn told(what: Notice, subject: Option<&str>, data: &RawValue) -> Result<Told, String> {
    match what {
        Notice::CallEnded | Notice::CallStarted | Notice::ParticipantAdded | Notice::ParticipantRemoved => {
            part("data", data).map(|call| Told::Call { what, call: Hidden(Box::new(call)) })
        }
        Notice::RecordingFileStatusUpdated => {
            // `/recording/call/{call}/serverCallId/{server call}/recordingId/{recording}`; older ones lack the middle.
            let (call, recording) =
                subject.and_then(|subject| subject.rsplit_once("/recordingId/")).unwrap_or_default();
            let server_call = call.rsplit_once("/serverCallId/").map(|(_, id)| bounded(id));
            let status: wire::RecordingFileStatus = part("data", data)?;
            let files = status.recording_storage_info.recording_chunks.into_iter().map(|chunk| RecordingFile {
                document: chunk.document_id,
                index: chunk.index,
                content: chunk.content_location,
                delete: chunk.delete_location,
            });
            let (files, format) = (files.collect(), status.recording_format_type.map(|name| name.to_ascii_lowercase()));
            Ok(Told::Recording(RecordingReady { recording: bounded(recording), server_call, format, files }))
        }
    }
}

fn call(data: wire::IncomingCall) -> Result<Incoming, String> {
    if data.incoming_call_context.is_empty() {
        return Err("data: `incomingCallContext` is empty".to_owned());
    }
    let somebody = |who, name: &str| party::raw_id(who).ok_or_else(|| format!("data: `{name}` names nobody"));
    let custom = data.custom_context.unwrap_or_default();
    let told = custom.voip_headers.into_iter().chain(custom.sip_headers).flatten();
    Ok(Incoming {
        key: sha256(&data.incoming_call_context),
        from: somebody(&data.from, "from")?.into(),
        to: somebody(&data.to, "to")?.into(),
        context: data.incoming_call_context.into(),
        server_call: data.server_call_id,
        correlation: data.correlation_id,
        display_name: data.caller_display_name.filter(|name| !name.is_empty()).map(Hidden),
        headers: with_room(told.map(|(name, value)| (headers::known_as(&name), value.into())).collect()),
    })
}

/// The headers that there is room for.
fn with_room(mut headers: BTreeMap<String, Hidden<String>>) -> BTreeMap<String, Hidden<String>> {
    let mut room = headers::KEPT_BYTES;
    headers.retain(|name, value| match room.checked_sub(name.len() + value.len()) {
        Some(rest) => {
            room = rest;
            true
        }
        None => false,
    });
    headers
}

#[cfg(test)]
mod tests {
    use crate::platform::events::Notice;
    use crate::provider::acs::from_wire::BodyError;
    use crate::provider::acs::from_wire::grid::{Grid, Incoming, RecordingFile, Told, read};
    use serde_json::{Value, json};
    use std::collections::BTreeMap;

    fn data() -> Value {
        json!({"to": {"kind": "phoneNumber", "rawId": "4:+18001112222", "phoneNumber": {"value": "+18001112222"}},
            "from": {"kind": "phoneNumber", "rawId": "4:+16041234567", "phoneNumber": {"value": "+16041234567"}},
            "serverCallId": "aHR0", "callerDisplayName": "", "incomingCallContext": "eyJhbGci", "correlationId": "d732",
            "customContext": {"sipHeaders": {"userToUser": "u", "X-MS-Custom-id": "42"}, "voipHeaders": {"userToUser": "v", "a": "b"},
                "onBehalfOfCallee": {"rawId": "8:acs:x"}}, "onBehalfOfCallee": {"rawId": "8:acs:x"}})
    }

    fn own(event_type: &str, data: Value) -> Value {
        json!({"id": "e800", "topic": "/subscriptions/x", "subject": "s", "data": data, "eventType": event_type,
            "dataVersion": "1.0", "metadataVersion": "1", "eventTime": "2023-04-04T17:18:42.5542219Z"})
    }

    fn cloud(data: Value) -> Value {
        json!({"id": "e801", "source": "/subscriptions/x", "subject": "s", "data": data, "specversion": "1.0",
            "type": "Microsoft.Communication.IncomingCall", "time": "2023-04-04T17:18:42.5542219Z"})
    }

    fn expected() -> Incoming {
        let headers = [("user-to-user", "u"), ("id", "42"), ("a", "b")];
        Incoming {
            key: "55fec599d7049c416570c4145605a661153edcf418753ae09002366243e17b8f".to_owned(),
            context: "eyJhbGci".into(),
            from: "4:+16041234567".into(),
            to: "4:+18001112222".into(),
            server_call: Some("aHR0".to_owned()),
            correlation: Some("d732".to_owned()),
            display_name: None,
            headers: headers.map(|(k, v)| (k.to_owned(), v.into())).into(),
        }
    }

    fn calls(body: &Value) -> (Vec<Incoming>, Vec<String>) {
        match read(body.to_string().as_bytes()).unwrap() {
            Grid::Events { incoming, unreadable, .. } => {
                (incoming, unreadable.into_iter().map(|bad| bad.reason).collect())
            }
            Grid::Validation { code } => panic!("a handshake: {code}"),
        }
    }

    #[test]
    fn an_incoming_call_in_either_schema_alone_or_in_an_array() {
        let (grid, cloud) = (own("Microsoft.Communication.IncomingCall", data()), cloud(data()));
        for body in [json!([grid]), json!([cloud]), grid, cloud] {
            assert_eq!(calls(&body), (vec![expected()], Vec::new()));
        }
    }

    #[test]
    fn a_call_without_headers_and_names() {
        let bare = json!({"to": {"rawId": "8:acs:t"}, "from": {"phoneNumber": {"value": "anonymous"}},
            "incomingCallContext": "eyJhbGci", "callerDisplayName": "Ann"});
        let call = calls(&own("Microsoft.Communication.IncomingCall", bare)).0.remove(0);
        assert_eq!((call.from.as_str(), call.to.as_str()), ("4:anonymous", "8:acs:t"));
        assert_eq!(
            (call.display_name.as_ref().map(|name| name.as_str()), call.server_call, call.headers),
            (Some("Ann"), None, BTreeMap::new())
        );
    }

    #[test]
    fn headers_are_kept_as_far_as_there_is_room() {
        let mut many = data();
        many["customContext"] =
            json!({"voipHeaders": {"a": "1", "b": "x".repeat(65_530), "c": "3", "d": "y".repeat(9)}});
        let call = calls(&own("Microsoft.Communication.IncomingCall", many)).0.remove(0);
        assert_eq!(call.headers.keys().collect::<Vec<_>>(), ["a", "b", "c"]);
    }

    #[test]
    fn the_handshake() {
        let data = json!({"validationCode": "512d38b6", "validationUrl": "https://x.example"});
        let body = json!([own("Microsoft.EventGrid.SubscriptionValidationEvent", data)]);
        assert_eq!(read(body.to_string().as_bytes()), Ok(Grid::Validation { code: "512d38b6".to_owned() }));
    }

    #[test]
    fn what_else_is_told_of_calls() {
        let ended = json!({"startedBy": {"communicationIdentifier": {"rawId": "8:acs:x"}, "role": "{unknown}"},
            "serverCallId": "aHR0", "group": {"id": "g"}, "isTwoParty": true, "correlationId": "d732",
            "isRoomsCall": false, "durationOfCall": 12.5});
        let chunk = json!({"documentId": "0-eus-d3", "index": 0, "endReason": "SessionEnded", "contentLocation":
            "https://storage.example/a/content/video", "metadataLocation": "https://storage.example/a/content/acsmetadata",
            "deleteLocation": "https://storage.example/a"});
        let files = json!({"recordingStorageInfo": {"recordingChunks": [chunk]}, "recordingStartTime": "2023-04-04T17:18:42Z",
            "recordingDurationMs": 6620, "recordingContentType": "Audio", "recordingChannelType": "Mixed",
            "recordingFormatType": "Wav", "sessionEndReason": "CallEnded"});
        let mut recorded = own("Microsoft.Communication.RecordingFileStatusUpdated", files.clone());
        recorded["subject"] = json!("/recording/call/c/serverCallId/s/recordingId/r1");
        let mut cloud = cloud(ended.clone());
        cloud["type"] = json!("Microsoft.Communication.CallParticipantAdded");
        let body = json!([
            own("Microsoft.Communication.CallEnded", ended),
            recorded,
            cloud,
            own("Microsoft.EventGrid.SubscriptionDeletedEvent", json!({})),
            own("Microsoft.Communication.SomethingNew", json!(7)),
            own("Microsoft.Communication.RecordingFileStatusUpdated", json!({})),
            own("Microsoft.Communication.CallStarted", json!(7))
        ]);
        let Grid::Events { incoming, told, unknown, unreadable } = read(body.to_string().as_bytes()).unwrap() else {
            panic!("a handshake")
        };
        assert_eq!((incoming.len(), unknown), (0, vec!["Microsoft.Communication.SomethingNew".to_owned()]));
        assert_eq!(unreadable.len(), 2, "{unreadable:?}");
        let Told::Call { what: Notice::CallEnded, call } = &told[0] else { panic!("{told:?}") };
        assert_eq!((call.server_call_id.as_str(), call.duration_of_call), ("aHR0", Some(12.5)));
        let Told::Recording(ready) = &told[1] else { panic!("{told:?}") };
        assert_eq!((ready.recording.as_str(), ready.server_call.as_deref()), ("r1", Some("s")));
        let chunk = &files["recordingStorageInfo"]["recordingChunks"][0];
        let file = |name: &str| chunk[name].as_str().unwrap().to_owned();
        let (document, content) = (file("documentId"), file("contentLocation"));
        let delete = chunk["deleteLocation"].as_str().map(str::to_owned);
        assert_eq!(ready.files, [RecordingFile { document, index: 0, content, delete }]);
        assert_eq!(ready.format.as_deref(), Some("wav"));
        assert!(matches!(&told[2], Told::Call { what: Notice::ParticipantAdded, .. }), "{told:?}");
        assert_eq!(told.len(), 3);
    }

    #[test]
    fn other_types_are_ignored_and_bad_elements_reported() {
        let mut nobody = data();
        nobody["from"] = json!({});
        let mut blank = data();
        blank["incomingCallContext"] = json!("");
        let incoming = "Microsoft.Communication.IncomingCall";
        let body = json!([own("Microsoft.Storage.BlobCreated", json!(7)), own(incoming, nobody), own(incoming, blank),
            own(incoming, json!({"to": 1})), {"id": "1"}, own(incoming, data())]);
        let (incoming, bad) = calls(&body);
        assert_eq!(incoming, vec![expected()]);
        assert_eq!(bad.len(), 4);
        assert!(bad[0].contains("`from` names nobody") && bad[1].contains("is empty"), "{bad:?}");
        assert!(matches!(read(b"7"), Err(BodyError::NotEvents(_))));
    }
}
