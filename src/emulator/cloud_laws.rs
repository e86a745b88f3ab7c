//! Laws over random histories: the cloud never panics, never fails itself, says nothing that contradicts the state, ends everything
//! that it took on, and CallDisconnected is every connection's last word. `FLOWC_SEED` has it make up others.

mod acts;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::ProptestConfig;
use proptest::test_runner::{RngSeed, TestRunner};
use serde_json::{Value, json};

use crate::emulator::cloud_laws::acts::{Act, history};
use crate::emulator::stage::{CALLER, Event, LINE, Stage, create};

/// What is accepted under a context of its own, and the events of which exactly one ends it under that context.
const ENDS: &[(&str, &[&str])] = &[
    (":play", &["PlayCompleted", "PlayCanceled", "PlayFailed"]),
    (":recognize", &["RecognizeCompleted", "RecognizeCanceled", "RecognizeFailed"]),
    (":transferToParticipant", &["CallTransferAccepted", "CallTransferFailed"]),
    (":sendDtmfTones", &["SendDtmfTonesCompleted", "SendDtmfTonesFailed"]),
    (":stopContinuousDtmfRecognition", &["ContinuousDtmfRecognitionStopped"]),
    // One that is taken back is told of under the context of whoever took it back.
    ("/participants:add", &["AddParticipantSucceeded", "AddParticipantFailed"]),
    ("/participants:remove", &["RemoveParticipantSucceeded", "RemoveParticipantFailed"]),
    ("/participants:cancelAddParticipant", &["CancelAddParticipantSucceeded", "CancelAddParticipantFailed"]),
    ("/participants:moveHere", &["MoveParticipantSucceeded", "MoveParticipantFailed"]),
];

/// What else must have come about in some history.
const BESIDE: &[&str] = &[
    ":cancelAllMediaOperations",
    ":hold",
    ":unhold",
    ":startContinuousDtmfRecognition",
    ":startMediaStreaming",
    ":stopMediaStreaming",
    ":startTranscription",
    ":stopTranscription",
    ":updateTranscription",
    ":terminate",
    "/participants:mute",
    "look",
    "people",
    "person",
    "redirect",
    "reject",
    "taken back",
];

/// A request that was accepted.
#[derive(Debug)]
struct Accepted {
    verb: &'static str,
    context: String,
    invitation: Option<String>,
}

/// What a history has brought so far.
struct History {
    stage: Stage,
    contexts: Vec<Value>,
    connections: Vec<String>,
    tapes: Vec<String>,
    accepted: Vec<Accepted>,
    asked: usize,
    /// What has been carried out at least once.
    done: BTreeSet<&'static str>,
}

fn parsed(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or_default()
}

impl History {
    fn new() -> History {
        History {
            stage: Stage::new(),
            contexts: Vec::new(),
            connections: Vec::new(),
            tapes: Vec::new(),
            accepted: Vec::new(),
            asked: 0,
            done: BTreeSet::new(),
        }
    }

    /// The context of somebody who calls, or did.
    fn context(&mut self) -> Value {
        let newest = self.stage.cloud.calls.values().filter_map(|call| call.incoming_context.clone()).next_back();
        self.contexts.pop().or(newest.map(Value::String)).unwrap_or_else(|| json!("none"))
    }

    /// A request on a connection, under a context of its own where it has a body.
    fn media(&mut self, connection: &str, verb: &'static str, mut body: Value) -> (u16, Value) {
        self.asked += 1;
        let context = format!("asked-{}", self.asked);
        if body.is_object() {
            body["operationContext"] = json!(context);
        }
        let (status, answer) = self.stage.rest("POST", &format!("/{connection}{verb}"), body);
        if status < 300 {
            self.done.insert(verb);
        }
        if status < 300 && ENDS.iter().any(|(ended, _)| *ended == verb) {
            let invitation = answer["invitationId"].as_str().map(str::to_owned);
            self.accepted.push(Accepted { verb, context, invitation });
        }
        (status, answer)
    }

    /// One of the connections that live, the newest first; where there are not so many, one that may not.
    fn connection(&self, which: usize) -> String {
        let live = |id: &&String| !self.was_told(id, "CallDisconnected");
        let chosen = self.connections.iter().rev().filter(live).nth(which).or(self.connections.get(which));
        chosen.cloned().unwrap_or_else(|| "nobody".to_owned())
    }

    /// Whether a connection was told this.
    fn was_told(&self, connection: &str, name: &str) -> bool {
        let events = &self.stage.events;
        events.iter().any(|event| event.name == name && event.data["callConnectionId"] == connection)
    }

    /// What a connection looks like is what it was told.
    fn look(&mut self, connection: &str) -> (u16, Value) {
        let (status, body) = self.stage.rest("GET", &format!("/{connection}"), Value::Null);
        let is_known = self.connections.iter().any(|known| known == connection);
        assert_eq!(status == 200, is_known && !self.was_told(connection, "CallDisconnected"), "{status} {body}");
        if status == 200 {
            self.done.insert("look");
            let is_up = matches!(body["callConnectionState"].as_str(), Some("connected" | "transferring"));
            assert_eq!(is_up, self.was_told(connection, "CallConnected"), "{body}");
        }
        (status, body)
    }

    /// Who is on a call is whom its newest roster named, the application aside.
    fn people(&mut self, connection: &str) -> (u16, Value) {
        let (status, list) = self.stage.rest("GET", &format!("/{connection}/participants"), Value::Null);
        if status != 200 || !self.was_told(connection, "CallConnected") {
            return (status, list);
        }
        let is_its =
            |event: &&Event| event.name == "ParticipantsUpdated" && event.data["callConnectionId"] == connection;
        let newest = self.stage.events.iter().rfind(is_its);
        let legs = self.stage.cloud.calls.values().flat_map(|call| &call.legs);
        let applications: Vec<String> = legs.map(|leg| leg.identity.raw_id()).collect();
        let is_person = |one: &&Value| {
            let raw_id = one["identifier"]["rawId"].as_str().expect("an id");
            !applications.iter().any(|application| application == raw_id)
        };
        let told = newest.expect("a roster").data["participants"].as_array().expect("a list");
        let mut told: Vec<Value> = told.iter().filter(is_person).cloned().collect();
        let mut here = list["value"].as_array().expect("a list").clone();
        for people in [&mut told, &mut here] {
            people.sort_by_key(|one| one["identifier"]["rawId"].as_str().map(str::to_owned));
        }
        assert_eq!(told, here, "{connection}");
        self.done.insert("people");
        (status, list)
    }

    /// Somebody is found who is listed, and nobody else.
    fn person(&mut self, connection: &str, who: &str) -> (u16, Value) {
        let (_, list) = self.people(connection);
        let (status, body) = self.stage.rest("GET", &format!("/{connection}/participants/{who}"), Value::Null);
        let raw_id = who.replace("%3A", ":").replace("%2B", "+");
        let listed =
            list["value"].as_array().and_then(|all| all.iter().find(|one| one["identifier"]["rawId"] == raw_id));
        assert_eq!((status == 200).then_some(&body), listed, "{who} of {list}");
        if status == 200 {
            self.done.insert("person");
        }
        (status, body)
    }

    fn act(&mut self, act: Act) {
        let connection = |which: usize| self.connection(which);
        let (status, body) = match act {
            Act::Answer => {
                let context = self.context();
                let speaks = json!({"cognitiveServicesEndpoint": "https://ai.example/"});
                let body = json!({"incomingCallContext": context, "callbackUri": "https://app.example/", "callIntelligenceOptions": speaks});
                self.stage.rest("POST", ":answer", body)
            }
            Act::Redirect(target) => {
                let body = json!({"incomingCallContext": self.context(), "target": target});
                let answer = self.stage.rest("POST", ":redirect", body);
                self.done.extend((answer.0 == 204).then_some("redirect"));
                answer
            }
            Act::Reject => {
                let body = json!({"incomingCallContext": self.context()});
                let answer = self.stage.rest("POST", ":reject", body);
                self.done.extend((answer.0 == 204).then_some("reject"));
                answer
            }
            Act::Look(which) => {
                let connection = connection(which);
                self.look(&connection)
            }
            Act::Person(which, who) => {
                let connection = connection(which);
                self.person(&connection, who)
            }
            Act::TakeBack(which, invitation) => {
                let connection = connection(which);
                let invitations = self.accepted.iter().rev().filter_map(|accepted| accepted.invitation.clone());
                let id = invitations.clone().nth(invitation).unwrap_or_else(|| "7".to_owned());
                self.media(&connection, "/participants:cancelAddParticipant", json!({ "invitationId": id }))
            }
            Act::Create(group) => {
                let mut body = create();
                if group {
                    body["targets"] =
                        json!([{"phoneNumber": {"value": CALLER}}, {"phoneNumber": {"value": "+441632960101"}}]);
                }
                body["callIntelligenceOptions"] = json!({"cognitiveServicesEndpoint": "https://ai.example/"});
                body["mediaStreamingOptions"] = json!({"transportType": "websocket", "audioChannelType": "mixed", "startMediaStreaming": group,
                        "transportUrl": if group { "wss://nobody.example/" } else { "wss://app.example/" }});
                body["transcriptionOptions"] = json!({"transportType": "websocket", "locale": "en-GB", "startTranscription": group,
                        "transportUrl": "wss://app.example/words", "enableIntermediateResults": group});
                self.stage.rest("POST", "", body)
            }
            Act::Dial => {
                let (status, body) = self.stage.human("POST", "calls", json!({"from": CALLER, "to": LINE}));
                self.contexts.push(body["incomingCallContext"].clone());
                (status, body)
            }
            Act::HangUp(which) => self.stage.rest("DELETE", &format!("/{}", connection(which)), Value::Null),
            Act::Human(which, verb, body) => {
                let newest = self.stage.cloud.calls.len();
                self.stage.human("POST", &format!("calls/call-{}/{verb}", newest.saturating_sub(which)), body)
            }
            Act::Join(which) => {
                let server = self.stage.cloud.calls.values().nth(which).map(|call| call.server_call_id.clone());
                let locator = server.map_or_else(|| json!({"roomId": "7"}), |id| json!({"serverCallId": id}));
                let body = json!({"callLocator": locator, "callbackUri": "https://app.example/"});
                self.stage.rest("POST", ":connect", body)
            }
            Act::Lost(which) => {
                if let Some((socket, _)) = self.stage.sockets.get(which) {
                    self.stage.cloud.socket_closed(self.stage.now, *socket);
                    self.stage.collect();
                }
                (200, Value::Null)
            }
            Act::Move(from, to) => {
                let (from, to) = (connection(from), connection(to));
                let body = json!({"targetParticipants": [{"phoneNumber": {"value": CALLER}}], "fromCall": from});
                self.media(&to, "/participants:moveHere", body)
            }
            Act::Page(which) => {
                let connection = connection(which);
                self.people(&connection)
            }
            Act::Record(which) => {
                let body = json!({"callConnectionId": connection(which)}).to_string();
                let answer = self.stage.raw("POST", "/calling/recordings", &body, None);
                let body = parsed(&answer.body.unwrap_or_default());
                self.tapes.extend(body["recordingId"].as_str().map(str::to_owned));
                (answer.status, body)
            }
            Act::Tape(which, method, verb) => {
                let tape = self.tapes.get(which).cloned().unwrap_or_else(|| "none".to_owned());
                let answer = self.stage.raw(method, &format!("/calling/recordings/{tape}{verb}"), "", None);
                (answer.status, parsed(&answer.body.unwrap_or_default()))
            }
            Act::Measured(lasts) => (200, (self.stage.measured(lasts), Value::Null).1),
            Act::Media(which, verb, body) => {
                let connection = connection(which);
                self.media(&connection, verb, body)
            }
            Act::Phone(body) => self.stage.human("PUT", "phones/+441632960101", body),
            Act::Wait(ms) => (200, (self.stage.wait(ms), Value::Null).1),
        };
        assert!(status < 500, "{status} {body}");
        self.connections.extend(
            body["callConnectionId"]
                .as_str()
                .filter(|id| !self.connections.iter().any(|known| known == id))
                .map(str::to_owned),
        );
    }
}

/// Sequence numbers and lists of each leg's rosters.
fn rosters(events: &[Event]) -> BTreeMap<String, Vec<(i64, Vec<Value>)>> {
    let mut rosters: BTreeMap<String, Vec<(i64, Vec<Value>)>> = BTreeMap::new();
    for event in events.iter().filter(|event| event.name == "ParticipantsUpdated") {
        let id = event.data["callConnectionId"].as_str().expect("every event has it").to_owned();
        let people = event.data["participants"].as_array().expect("a list").clone();
        let mut raw_ids: Vec<&str> = people.iter().filter_map(|one| one["identifier"]["rawId"].as_str()).collect();
        raw_ids.sort_unstable();
        assert!(raw_ids.windows(2).all(|pair| pair[0] != pair[1]), "nobody is there twice: {raw_ids:?}");
        rosters.entry(id).or_default().push((event.data["sequenceNumber"].as_i64().expect("a number"), people));
    }
    rosters
}

/// Decides the histories.
fn seed() -> u64 {
    std::env::var("FLOWC_SEED").map_or(2_026, |seed| seed.parse().expect("FLOWC_SEED is a number"))
}

#[test]
fn what_is_begun_ends_and_disconnected_is_the_last_word() {
    let seed = seed();
    let config =
        ProptestConfig { cases: 512, failure_persistence: None, rng_seed: RngSeed::Fixed(seed), ..Default::default() };
    let mut runner = TestRunner::new(config);
    let done = RefCell::new(BTreeSet::new());
    let broken = runner.run(&history(), |acts| {
        done.borrow_mut().extend(lived_through(acts));
        Ok(())
    });
    if let Err(broken) = broken {
        panic!("FLOWC_SEED={seed}: {broken}");
    }
    let never = ENDS.iter().map(|(verb, _)| verb).chain(BESIDE).filter(|verb| !done.borrow().contains(*verb));
    assert_eq!(never.collect::<Vec<_>>(), [&""; 0], "FLOWC_SEED={seed}: never carried out");
}

/// Lives through a history to its end, holding the laws. What was carried out.
fn lived_through(acts: Vec<Act>) -> BTreeSet<&'static str> {
    let mut history = History::new();
    for act in acts {
        history.act(act);
    }
    history.stage.wait(60_000);
    for id in history.connections.clone() {
        history.look(&id);
        history.people(&id);
        history.stage.rest("DELETE", &format!("/{id}"), Value::Null);
    }
    // Longer than people talk on whom the application has left.
    history.stage.wait(4_000_000);
    holds_of_events(&history);
    holds_of_requests(&history);
    let calls = history.stage.human("GET", "calls", Value::Null).1;
    for call in calls["calls"].as_array().expect("a list") {
        assert_eq!(call["state"], "ended", "nothing goes on for ever: {call}");
    }
    assert!(history.stage.cloud.world.sockets.is_empty(), "no socket is left open");
    assert_eq!(history.stage.cloud.next_due(), None, "nothing is planned for calls that are over");
    let is_taken_back = |event: &Event| event.name == "CancelAddParticipantSucceeded";
    history.done.extend(history.stage.events.iter().any(is_taken_back).then_some("taken back"));
    history.done
}

fn holds_of_events(history: &History) {
    let mut words: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
    for event in &history.stage.events {
        let id = event.data["callConnectionId"].as_str().expect("every event has it").to_owned();
        words.entry(id).or_default().push(event.name);
    }
    assert_eq!(words.len(), history.connections.len(), "each connection says something");
    for words in words.values() {
        assert_eq!(words.iter().filter(|word| **word == "CallDisconnected").count(), 1, "{words:?}");
        assert_eq!(words.last(), Some(&"CallDisconnected"), "{words:?}");
        assert!(words.iter().filter(|word| **word == "CallConnected").count() <= 1, "{words:?}");
        for kinds in [
            ["MediaStreamingStarted", "MediaStreamingStopped", "MediaStreamingFailed"],
            ["TranscriptionStarted", "TranscriptionStopped", "TranscriptionFailed"],
        ] {
            let last = words.iter().rfind(|word| kinds.contains(*word));
            assert_ne!(last, Some(&kinds[0]), "nothing streams on: {words:?}");
        }
    }
    for (id, rosters) in &rosters(&history.stage.events) {
        let numbers: Vec<i64> = rosters.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, (1..=i64::try_from(numbers.len()).expect("few")).collect::<Vec<_>>(), "{id}");
        let is_there = rosters.windows(2).all(|pair| !pair[1].1.is_empty());
        assert!(is_there, "the application is there as long as it hears: {id}");
    }
}

/// Everything that was taken on ended, once.
fn holds_of_requests(history: &History) {
    for accepted in &history.accepted {
        let Accepted { verb, context, invitation } = accepted;
        let ends = ENDS.iter().find(|(ended, _)| ended == verb).expect("only such are kept").1;
        let of = |event: &&Event| event.data["operationContext"] == *context;
        let told: Vec<&str> = history.stage.events.iter().filter(of).map(|event| event.name).collect();
        let ended = told.iter().filter(|name| ends.contains(*name)).count();
        let is_taken_back = |event: &&Event| {
            event.name == "CancelAddParticipantSucceeded"
                && *verb == "/participants:add"
                && invitation.as_deref() == event.data["invitationId"].as_str()
        };
        let taken_back = history.stage.events.iter().filter(is_taken_back).count();
        assert_eq!(ended + taken_back, 1, "{accepted:?}: {told:?}, taken back {taken_back} times");
        let started = told.iter().filter(|name| **name == "PlayStarted").count();
        assert!(started <= usize::from(*verb == ":play"), "{accepted:?}: {told:?}");
    }
}
