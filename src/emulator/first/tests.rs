//! A whole call in each of the first generations: answers, and events as they are posted.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::emulator::api::Asked;
use crate::emulator::cloud::Cloud;
use crate::emulator::effect::Effect;
use crate::emulator::keys::LostKeys;

const ADA: &str = "+441632960100";
const BOB: &str = "8:acs:app_bob";

/// A cloud of one version, its time, and the events it has posted.
struct Line {
    cloud: Cloud,
    version: &'static str,
    now: u64,
    posted: Vec<(String, Value)>,
}

impl Line {
    fn new(version: &'static str) -> Line {
        let cloud = Cloud::new(7, Timestamp::UNIX_EPOCH, version);
        Line { cloud, version, now: 0, posted: Vec::new() }
    }

    fn wait(&mut self, ms: u64) {
        let until = self.now + ms;
        loop {
            for effect in self.cloud.take_effects() {
                match effect {
                    Effect::Webhook { url, body, .. } => {
                        let body: Value = serde_json::from_str(&body).expect("JSON");
                        assert_eq!(body.as_array().map(Vec::len), Some(1));
                        self.posted.push((url, body[0].clone()));
                    }
                    // Every file lasts two seconds.
                    Effect::Measure { ticket, .. } => self.cloud.measured(self.now, ticket, Some(2_000)),
                    Effect::Grid { .. } | Effect::Socket { .. } => {}
                }
            }
            let Some(due) = self.cloud.next_due().filter(|due| *due <= until) else { break };
            self.now = self.now.max(due);
            self.cloud.advance(self.now);
        }
        self.now = until;
        self.cloud.advance(until);
    }

    fn ask(&mut self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let query = format!("api-version={}", self.version);
        let asked = Asked {
            method,
            path,
            query: Some(query.as_str()).filter(|_| self.version != "private-preview"),
            is_secure: false,
            host: None,
            content_type: Some("application/json"),
            repeat_id: None,
            repeat_first_sent: None,
            body: body.as_bytes(),
        };
        let answer = self.cloud.rest(self.now, &asked);
        self.wait(0);
        (answer.status, answer.body.map_or(Value::Null, |body| serde_json::from_str(&body).expect("JSON")))
    }

    fn human(&mut self, path: &str, body: &Value) {
        let segments: Vec<&str> = path.split('/').collect();
        let answer = self.cloud.human(self.now, "POST", &segments, body.to_string().as_bytes());
        assert!(answer.status < 300, "{answer:?}");
        self.wait(0);
    }

    /// What was posted since: types without the prefix, and data.
    fn told(&mut self) -> Vec<(String, Value)> {
        let told = std::mem::take(&mut self.posted).into_iter().map(|(_, event)| {
            let name = event["type"].as_str().or(event["eventType"].as_str()).expect("a type");
            (name.trim_start_matches("Microsoft.Communication.").to_owned(), event["data"].clone())
        });
        told.collect()
    }

    fn names(&mut self) -> Vec<String> {
        self.told().into_iter().map(|(name, _)| name).collect()
    }
}

fn create(caller: &str, media: &str) -> Value {
    json!({ "targets": [{ "phoneNumber": { "value": ADA } }], "source": { "communicationUser": { "id": "8:acs:app_me" } },
        caller: { "value": "+18005550100" }, "callbackUri": "https://app.example/cb", media: ["audio"],
        "requestedCallEvents": ["participantsUpdated", "dtmfReceived"] })
}

#[test]
fn a_call_of_call_connections() {
    for version in ["2021-06-15-preview", "2021-08-30-preview"] {
        let mut line = Line::new(version);
        let (status, made) =
            line.ask("POST", "/calling/callConnections", &create("alternateCallerId", "requestedMediaTypes"));
        let id = made["callConnectionId"].as_str().expect("an id").to_owned();
        assert_eq!((status, made.as_object().map(serde_json::Map::len)), (201, Some(1)));
        let connecting = json!({ "callConnectionId": id, "callConnectionState": "connecting" });
        assert_eq!(line.told(), [("CallConnectionStateChanged".to_owned(), connecting)]);
        line.wait(1_000);
        let told = line.told();
        let whole = told[0].1["serverCallId"].as_str().expect("an id").to_owned();
        let connected = json!({ "callConnectionId": id, "serverCallId": whole, "callConnectionState": "connected" });
        assert_eq!(told[0], ("CallConnectionStateChanged".to_owned(), connected));
        assert_eq!(
            (told[1].0.as_str(), told[1].1["participants"].as_array().map(Vec::len)),
            ("ParticipantsUpdated", Some(2))
        );
        assert_eq!(
            told[1].1["participants"][0]["identifier"],
            json!({ "rawId": format!("4:{ADA}"), "phoneNumber": { "value": ADA } })
        );

        let at = format!("/calling/callConnections/{id}");
        let file = json!({ "audioFileUri": "https://a.example/a.wav", "loop": false, "operationContext": "p" });
        let (status, playing) = line.ask("POST", &format!("{at}/:playAudio"), &file);
        assert_eq!((status, &playing["status"], &playing["operationContext"]), (202, &json!("running"), &json!("p")));
        assert_eq!(playing["resultInfo"]["subcode"], 0);
        line.human("calls/call-1/press", &json!({ "digits": "1#" }));
        line.wait(5_000);
        let told = line.told();
        let told: Vec<(&str, &Value)> = told.iter().map(|(name, data)| (name.as_str(), data)).collect();
        assert_eq!((told[0].0, &told[0].1["status"]), ("PlayAudioResult", &json!("running")));
        let tone = |number: i64, name: &str| json!({ "callConnectionId": id, "toneInfo": { "sequenceId": number, "tone": name } });
        assert_eq!((told[1], told[2]), (("ToneReceived", &tone(1, "tone1")), ("ToneReceived", &tone(2, "pound"))));
        assert_eq!(
            (told[3].1["status"].as_str(), told[3].1["operationContext"].as_str()),
            (Some("completed"), Some("p"))
        );

        let looped = json!({ "audioFileUri": "https://a.example/a.wav", "loop": true, "operationContext": "l" });
        line.ask("POST", &format!("{at}/:playAudio"), &looped);
        line.wait(500);
        let (status, over) =
            line.ask("POST", &format!("{at}/:cancelAllMediaOperations"), &json!({ "operationContext": "c" }));
        assert_eq!((status, &over["status"]), (200, &json!("completed")));
        let told = line.told();
        let cut = &told.last().expect("an event").1;
        assert_eq!(
            (&cut["status"], &cut["resultInfo"]["code"], &cut["resultInfo"]["subcode"]),
            (&json!("completed"), &json!(400), &json!(8508))
        );

        let add = json!({ "participant": { "communicationUser": { "id": BOB } }, "operationContext": "a" });
        let (status, added) = line.ask("POST", &format!("{at}/participants"), &add);
        assert_eq!(status, 202);
        line.wait(1_000);
        assert_eq!(line.names(), ["AddParticipantResult", "ParticipantsUpdated"]);
        let bob = added["participantId"].as_str().expect("an id").to_owned();
        assert_eq!(line.ask("DELETE", &format!("{at}/participants/{bob}"), &Value::Null), (202, Value::Null));
        line.wait(500);
        assert_eq!(line.names(), ["ParticipantsUpdated"]);

        let tapes = format!("/calling/serverCalls/{whole}/recordings");
        let start = json!({ "recordingStateCallbackUri": "https://tape.example/" });
        let (status, tape) = line.ask("POST", &tapes, &start);
        assert_eq!(status, 200);
        assert_eq!(line.posted.last().map(|(url, _)| url.as_str()), Some("https://tape.example/"));
        let tape = format!("{tapes}/{}", tape["recordingId"].as_str().expect("an id"));
        assert_eq!(line.ask("GET", &tape, &Value::Null), (200, json!({ "recordingState": "active" })));
        assert_eq!(line.ask("POST", &format!("{tape}/:pause"), &Value::Null), (200, Value::Null));
        assert_eq!(line.ask("GET", &tape, &Value::Null), (200, json!({ "recordingState": "inactive" })));
        assert_eq!(line.ask("POST", &format!("{tape}/:resume"), &Value::Null), (200, Value::Null));
        assert_eq!(line.ask("DELETE", &tape, &Value::Null), (200, Value::Null));
        let states: Vec<Value> = line.told().iter().map(|(_, data)| data["state"].clone()).collect();
        assert_eq!(states, ["active", "inactive", "active", "inactive"]);
        let (status, gone) = line.ask("GET", &tape, &Value::Null);
        assert_eq!((status, &gone["error"]["code"]), (404, &json!("8522")));

        assert_eq!(line.ask("POST", &format!("{at}/:hangup"), &Value::Null), (202, Value::Null));
        let states: Vec<Value> = line.told().iter().map(|(_, data)| data["callConnectionState"].clone()).collect();
        assert_eq!(states, ["disconnecting", "disconnected"]);
        assert_eq!(line.ask("POST", &format!("{at}/:hangup"), &Value::Null).0, 404);
    }
}

#[test]
fn a_call_of_call_legs() {
    let mut line = Line::new("2021-04-15-preview1");
    let (status, made) = line.ask("POST", "/calling/calls", &create("sourceAlternateIdentity", "requestedModalities"));
    assert_eq!(status, 201);
    let id = made["callLegId"].as_str().expect("an id").to_owned();
    line.wait(1_000);
    let (_, event) = line.posted[1].clone();
    assert_eq!(event["subject"], format!("callLeg/{id}/callState"));
    assert_eq!((&event["topic"], &event["dataVersion"], event.get("source")), (&Value::Null, &Value::Null, None));
    assert_eq!((&event["data"]["callState"], &event["data"]["callLegId"]), (&json!("established"), &json!(id)));
    let whole = event["data"]["conversationId"].as_str().expect("an id").to_owned();
    assert_eq!(line.names(), ["CallLegStateChanged", "CallLegStateChanged", "ParticipantsUpdated"]);

    let invite = json!({ "participants": [{ "communicationUser": { "id": BOB } }, { "communicationUser": { "id": "8:acs:app_cy" } }],
        "operationContext": "i" });
    assert_eq!(line.ask("POST", &format!("/calling/calls/{id}/participants"), &invite), (202, Value::Null));
    line.wait(1_000);
    let names = line.names();
    assert_eq!(names.iter().filter(|name| *name == "InviteParticipantsResult").count(), 2, "{names:?}");

    // Out of call: by the conversation, with an address of its own for what becomes of it.
    let file =
        json!({ "audioFileUri": "https://a.example/a.wav", "loop": false, "callbackUri": "https://play.example/" });
    let (status, playing) = line.ask("POST", &format!("/calling/conversations/{whole}/PlayAudio"), &file);
    assert_eq!((status, playing["id"].is_string(), &playing["status"]), (202, true, &json!("running")));
    line.wait(3_000);
    assert!(
        line.posted.iter().all(|(url, _)| url == "https://play.example/") && line.posted.len() == 2,
        "{:?}",
        line.posted
    );
    line.told();

    // A second leg of ours: it is told everything too.
    let join = json!({ "source": { "communicationUser": { "id": "8:acs:app_me2" } }, "callbackUri": "https://join.example/",
        "requestedModalities": ["audio"], "requestedCallEvents": [] });
    let (status, joined) = line.ask("POST", &format!("/calling/conversations/{whole}/Join"), &join);
    assert_eq!((status, joined["callLegId"].is_string()), (202, true));
    line.wait(500);
    let mine =
        |(url, event): &(String, Value)| (url == "https://join.example/").then(|| event["data"]["callState"].clone());
    let states: Vec<Value> = line.posted.iter().filter_map(mine).collect();
    assert_eq!(states, ["establishing", "established"]);

    // Deleting a call ends it for everybody.
    assert_eq!(line.ask("DELETE", &format!("/calling/calls/{id}"), &Value::Null), (202, Value::Null));
    let (status, gone) = line.ask("POST", &format!("/calling/calls/{id}/Hangup"), &Value::Null);
    assert_eq!((status, &gone["code"]), (400, &json!("8522")), "a bare error, and 404 is not documented here");
}

#[test]
fn a_call_of_the_private_preview() {
    let mut line = Line::new("private-preview");
    let (status, made) = line.ask("POST", "/calls", &create("alternateCallerId", "requestedModalities"));
    assert_eq!(status, 200);
    let id = made["callLegId"].as_str().expect("an id").to_owned();
    line.wait(1_000);
    let told = line.told();
    let establishing = json!({ "ConversationId": null, "CallLegId": id, "CallState": "Establishing" });
    assert_eq!(told[0], ("CallLegStateChanged".to_owned(), establishing));
    assert_eq!((&told[1].1["CallState"], told[1].1["ConversationId"].is_string()), (&json!("Established"), true));
    assert_eq!(told[2].1["Participants"][0]["Identifier"]["PhoneNumber"]["Value"], ADA);
    let file =
        json!({ "audioFileUri": "https://a.example/a.wav", "loop": true, "resourceId": "r", "operationContext": "p" });
    assert_eq!(line.ask("POST", &format!("/calls/{id}/PlayAudio"), &file).0, 202);
    line.human("calls/call-1/press", &json!({ "digits": "*" }));
    line.wait(500);
    let (status, cancelled) =
        line.ask("POST", &format!("/calls/{id}/CancelMediaProcessing"), &json!({ "operationContext": "c" }));
    assert_eq!((status, cancelled["id"].is_string()), (202, true));
    let told = line.told();
    let tone = json!({ "CallLegId": id, "ToneInfo": { "SequenceId": 1, "Tone": "Star" } });
    assert!(told.contains(&("DtmfReceived".to_owned(), tone)), "{told:#?}");
    let cut = &told.last().expect("an event").1;
    assert_eq!(
        (&cut["Status"], &cut["ResultInfo"]["Subcode"], &cut["CallLegId"]),
        (&json!("Completed"), &json!(8508), &json!(id))
    );
    assert_eq!(line.ask("POST", &format!("/calls/{id}/Hangup"), &Value::Null), (202, Value::Null));
    let states: Vec<Value> = line.told().iter().map(|(_, data)| data["CallState"].clone()).collect();
    assert_eq!(states, ["Terminating", "Terminated"]);
}

#[test]
fn bodies_are_read_strictly_and_refusals_are_in_their_words() {
    let mut line = Line::new("2021-06-15-preview");
    let refused = |line: &mut Line, change: &dyn Fn(&mut Value)| {
        let mut body = create("alternateCallerId", "requestedMediaTypes");
        change(&mut body);
        let (status, answer) = line.ask("POST", "/calling/callConnections", &body);
        (status, answer["error"]["message"].as_str().unwrap_or_default().to_owned())
    };
    for (change, start) in [
        (
            &(|body: &mut Value| body["operationContext"] = json!("x")) as &dyn Fn(&mut Value),
            "operationContext: unknown field",
        ),
        (&|body| body["source"] = Value::Null, "source: is missing"),
        (&|body| body["source"] = json!({ "phoneNumber": { "value": ADA } }), "source: must be a communication user"),
        (&|body| body["alternateCallerId"] = Value::Null, "alternateCallerId: is needed to call a phone number"),
        (&|body| body["alternateCallerId"] = json!({ "value": "5" }), "alternateCallerId.value: "),
        (&|body| body["requestedCallEvents"] = json!(["toneReceived"]), "requestedCallEvents[0]: must be one of"),
        (&|body| body["requestedMediaTypes"] = json!("audio"), "requestedMediaTypes: must be a list"),
        (&|body| body["callbackUri"] = json!("nowhere"), "callbackUri: "),
    ] {
        let (status, message) = refused(&mut line, change);
        assert!(status == 400 && message.starts_with(start), "{status} {message}: {start}");
    }
    // What later versions have is not there, and another version is not spoken.
    assert_eq!(line.ask("GET", "/calling/callConnections/x", &Value::Null).0, 404);
    assert_eq!(line.ask("POST", "/calling/callConnections:answer", &json!({})).0, 404);
    line.version = "2026-03-12";
    assert_eq!(refused(&mut line, &|_| {}).0, 400);
}

/// Nobody asked: neither rosters nor tones.
#[test]
fn what_was_not_asked_for_is_not_told() {
    let mut line = Line::new("2021-06-15-preview");
    let mut body = create("alternateCallerId", "requestedMediaTypes");
    body["requestedCallEvents"] = Value::Null;
    line.ask("POST", "/calling/callConnections", &body);
    line.wait(1_000);
    line.human("calls/call-1/press", &json!({ "digits": "1" }));
    line.wait(1_000);
    assert_eq!(line.names(), ["CallConnectionStateChanged"; 2]);
}

#[test]
fn no_key_is_lost_where_no_event_could_say_so() {
    let mut line = Line::new("2021-06-15-preview");
    line.cloud.lose_keys(LostKeys { seed: 1, chance: 1.0 });
    line.ask("POST", "/calling/callConnections", &create("alternateCallerId", "requestedMediaTypes"));
    line.wait(1_000);
    line.told();
    line.human("calls/call-1/press", &json!({ "digits": "1" }));
    line.wait(1_000);
    assert_eq!(line.names(), ["ToneReceived"]);
}

#[test]
fn one_of_several_who_cannot_be_invited_keeps_all_away() {
    let mut line = Line::new("2021-04-15-preview1");
    let (_, made) = line.ask("POST", "/calling/calls", &create("sourceAlternateIdentity", "requestedModalities"));
    let path = format!("/calling/calls/{}/participants", made["callLegId"].as_str().expect("an id"));
    line.wait(1_000);
    line.told();
    let invite =
        json!({ "participants": [{ "communicationUser": { "id": BOB } }, { "phoneNumber": { "value": ADA } }] });
    let (status, refused) = line.ask("POST", &path, &invite);
    assert_eq!(status, 400);
    assert!(refused["message"].as_str().is_some_and(|message| message.contains("alternateCallerId")), "{refused}");
    line.wait(2_000);
    assert_eq!(line.names(), Vec::<String>::new());
}
