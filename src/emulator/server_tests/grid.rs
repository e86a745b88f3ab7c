//! What Event Grid tells, in both of its schemas, each after its own handshake, and as the service's own reader understands it.

use serde_json::{Value, json};

use crate::emulator::server_tests::{Stage, quiet_stage, read};
use crate::platform::events::Notice;
use crate::provider::acs::from_wire::grid::{self, Grid, Incoming, RecordingReady, Told};
use crate::provider::acs::wire;

const USER: &str = "8:acs:0f3f4e5d-1111-4222-8333-444455556666_0a0b0c0d-1111-4222-8333-444455556666";
const LINE: &str = "+18005550100";

/// What was delivered of one call, and what it was about.
struct Seen {
    events: Vec<Value>,
    context: Value,
    server_call: String,
    recording: String,
}

/// A user calls, is answered and recorded, and hangs up.
async fn seen(path: &str, schema: &str) -> Seen {
    let stage = quiet_stage().await;
    let subscription = json!({"url": stage.callback(path), "schema": schema});
    assert_eq!(stage.human("PUT", "event-grid", subscription).await.0, 204, "the handshake of {schema}");
    let (_, dialled) = stage.human("POST", "calls", json!({"from": USER, "to": LINE})).await;
    let context = dialled["incomingCallContext"].clone();
    let answer = json!({"incomingCallContext": context, "callbackUri": stage.callback("/cb")});
    let (status, answered) = stage.rest("POST", ":answer", answer).await;
    assert_eq!(status, 200, "{answered}");
    // Rings, began, somebody came.
    told(&stage, path, 3).await;
    let recordings = async |method: &str, path: &str, body: Value| {
        let target = format!("/calling/recordings{path}?api-version=2026-03-12");
        read(stage.asked(method, &target, body).await).await
    };
    let locator = json!({"callLocator": {"kind": "serverCallLocator", "serverCallId": answered["serverCallId"]},
        "recordingContentType": "audio", "recordingFormatType": "wav"});
    let started = recordings("POST", "", locator).await.1;
    let recording = started["recordingId"].as_str().expect("an id").to_owned();
    assert_eq!(recordings("DELETE", &format!("/{recording}"), Value::Null).await.0, 204);
    told(&stage, path, 4).await;
    assert_eq!(stage.human("POST", "calls/call-1/hangup", json!({})).await.0, 202);
    let events = told(&stage, path, 6).await;
    let server_call = answered["serverCallId"].as_str().expect("an id").to_owned();
    Seen { events, context, server_call, recording }
}

/// Waits until so much was told at an address.
async fn told(stage: &Stage, path: &str, count: usize) -> Vec<Value> {
    for all in 0..1_000 {
        let got = stage.deliveries(all).await.len();
        let there = stage.got.lock().expect("not poisoned").clone();
        let there: Vec<Value> = there.into_iter().filter(|(to, _)| to == path).map(|(_, event)| event).collect();
        if there.len() >= count {
            assert_eq!(there.len(), count, "no more than that");
            return there;
        }
        assert!(got >= all, "only {there:?}");
    }
    panic!("not told");
}

/// What the service makes of an event as it was delivered.
fn understood(event: &Value) -> (Vec<Incoming>, Vec<Told>) {
    let raw = event["raw"].as_str().expect("as it came");
    match grid::read(raw.as_bytes()).expect("readable") {
        Grid::Events { incoming, told, unknown, unreadable } => {
            assert!(unknown.is_empty() && unreadable.is_empty(), "{raw}");
            (incoming, told)
        }
        Grid::Validation { .. } => panic!("a handshake: {raw}"),
    }
}

/// What is told of a call, by kind.
fn of_call(told: &[Told], wanted: Notice) -> &wire::CallTold {
    let found = told.iter().find_map(|one| match one {
        Told::Call { what, call } if *what == wanted => Some(&**call),
        Told::Call { .. } | Told::Recording(_) => None,
    });
    found.unwrap_or_else(|| panic!("{wanted:?} is not in {told:?}"))
}

fn of_recording(told: &[Told]) -> &RecordingReady {
    let found = told.iter().find_map(|one| match one {
        Told::Recording(ready) => Some(ready),
        Told::Call { .. } => None,
    });
    found.expect("a recording")
}

fn is_understood(seen: &Seen) {
    let (mut incoming, mut told) = (Vec::new(), Vec::new());
    for event in &seen.events {
        let (rings, tells) = understood(event);
        incoming.extend(rings);
        told.extend(tells);
    }
    assert_eq!((incoming.len(), told.len()), (1, 5), "{told:?}");
    let call = &incoming[0];
    assert_eq!((call.from.as_str(), call.to.as_str()), (USER, "4:+18005550100"));
    assert_eq!(
        (Some(call.context.as_str()), call.server_call.as_deref()),
        (seen.context.as_str(), Some(&*seen.server_call))
    );
    for notice in [Notice::CallStarted, Notice::ParticipantAdded, Notice::ParticipantRemoved, Notice::CallEnded] {
        let call = of_call(&told, notice);
        assert_eq!(call.server_call_id, seen.server_call, "{notice:?}");
        let is_of_somebody = matches!(notice, Notice::ParticipantAdded | Notice::ParticipantRemoved);
        let who = call.user.as_ref().and_then(|user| user.communication_identifier.raw_id.as_deref());
        assert_eq!(who, is_of_somebody.then_some(USER), "{notice:?}");
        assert_eq!(call.duration_of_call.is_some(), notice == Notice::CallEnded, "{notice:?}");
    }
    let came = of_call(&told, Notice::ParticipantAdded).participant_id.clone();
    assert!(came.is_some() && came == of_call(&told, Notice::ParticipantRemoved).participant_id, "the same person");
    let ready = of_recording(&told);
    assert_eq!((ready.recording.as_str(), ready.server_call.as_deref()), (&*seen.recording, Some(&*seen.server_call)));
    assert_eq!((ready.format.as_deref(), ready.files.len()), (Some("wav"), 1));
    assert!(ready.files[0].content.starts_with("http://127.0.0.1:") && ready.files[0].delete.is_some(), "{ready:?}");
}

/// The members of an envelope, without what the tests' receiver adds.
fn members(event: &Value) -> Vec<&str> {
    let added = ["authorization", "content-type", "raw"];
    let members = event.as_object().expect("an object").keys().map(String::as_str);
    let mut members: Vec<&str> = members.filter(|name| !added.contains(name)).collect();
    members.sort_unstable();
    members
}

/// Subject and members of data of each event, by its type; ids cut out.
fn shapes(events: &[Value], type_member: &str) -> Vec<String> {
    let shape = |event: &Value| {
        let mut data: Vec<&String> = event["data"].as_object().expect("an object").keys().collect();
        data.sort();
        let subject = event["subject"].as_str().expect("a subject");
        let kinds: Vec<&str> =
            subject.split('/').filter(|part| part.bytes().all(|byte| byte.is_ascii_alphabetic())).collect();
        format!("{} {kinds:?} {data:?}", event[type_member].as_str().expect("a type"))
    };
    let mut shapes: Vec<String> = events.iter().map(shape).collect();
    shapes.sort();
    shapes
}

#[tokio::test]
async fn everything_that_is_told_is_understood_in_both_schemas() {
    let own = seen("/grid", "eventGrid").await;
    is_understood(&own);
    for event in &own.events {
        let wanted = ["data", "dataVersion", "eventTime", "eventType", "id", "metadataVersion", "subject", "topic"];
        assert_eq!(members(event), wanted, "{event}");
        assert!(event["raw"].as_str().is_some_and(|raw| raw.starts_with('[')), "a list of one: {event}");
        assert_eq!(event["content-type"], "application/json; charset=utf-8");
    }
    let cloud = seen("/cloud", "cloudEvents").await;
    is_understood(&cloud);
    for event in &cloud.events {
        assert_eq!(members(event), ["data", "id", "source", "specversion", "subject", "time", "type"], "{event}");
        assert!(event["raw"].as_str().is_some_and(|raw| raw.starts_with('{')), "by itself: {event}");
        assert_eq!(event["content-type"], "application/cloudevents+json; charset=utf-8");
    }
    assert_eq!(shapes(&own.events, "eventType"), shapes(&cloud.events, "type"), "the same but for the envelope");
}
