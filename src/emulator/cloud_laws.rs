//! Laws over random histories: the cloud never panics, never fails itself, and CallDisconnected is every connection's last word.

use std::collections::BTreeMap;

use proptest::prelude::{Just, Strategy, prop, prop_oneof};
use serde_json::{Value, json};

use crate::emulator::stage::{CALLER, Event, LINE, Stage, choices, create, play, recognize};

/// One thing that somebody does. Numbers choose among the calls there are.
#[derive(Clone, Debug)]
enum Act {
    Answer,
    Create(bool),
    Dial,
    HangUp(usize),
    Human(usize, &'static str, Value),
    Measured(Option<u64>),
    Join(usize),
    Lost(usize),
    Media(usize, &'static str, Value),
    Move(usize, usize),
    Page(usize),
    Record(usize),
    Tape(usize, &'static str, &'static str),
    Phone(Value),
    Wait(u64),
}

fn act() -> impl Strategy<Value = Act> {
    let which = 0..4usize;
    let file = json!({"playSources": [{"kind": "file", "file": {"uri": "https://media.example/a.wav"}}], "playOptions": {"loop": true}});
    let mut urgent = play();
    urgent["interruptCallMediaOperation"] = json!(true);
    let transfer = json!({"targetParticipant": {"phoneNumber": {"value": "+441632960101"}}});
    let media = vec![
        (":play", play()),
        (":play", urgent),
        (":play", file),
        (":recognize", recognize(json!({}))),
        (":recognize", recognize(json!({"interruptPrompt": false}))),
        (":recognize", choices(json!({}))),
        (":cancelAllMediaOperations", Value::Null),
        (":transferToParticipant", transfer),
        (":play", json!({"playSources": [{}]})),
    ];
    let phone = json!({"phoneNumber": {"value": "+441632960101"}});
    let own = json!({"phoneNumber": {"value": LINE}});
    let user = json!({"communicationUser": {"id": "8:acs:a_b"}});
    let caller = json!({"phoneNumber": {"value": CALLER}});
    let add = |who: &Value| json!({"participantToAdd": who, "sourceCallerIdNumber": {"value": LINE}, "invitationTimeoutInSeconds": 4});
    let target = |who: &Value| json!({"targetParticipant": who});
    let music = json!({"targetParticipant": caller, "playSourceInfo": {"kind": "file", "file": {"uri": "https://media.example/m.wav"}}});
    let away = json!({"targetParticipant": own, "transferee": phone});
    let people = vec![
        ("/participants:add", add(&phone)),
        ("/participants:add", add(&user)),
        ("/participants:add", add(&own)),
        ("/participants:remove", json!({"participantToRemove": phone})),
        ("/participants:remove", json!({"participantToRemove": user})),
        ("/participants:mute", json!({"targetParticipants": [user]})),
        ("/participants:cancelAddParticipant", json!({"invitationId": "7"})),
        (":transferToParticipant", away),
        (":transferToParticipant", target(&own)),
        (":hold", target(&phone)),
        (":hold", music),
        (":unhold", target(&caller)),
        (":startContinuousDtmfRecognition", target(&caller)),
        (":stopContinuousDtmfRecognition", target(&caller)),
        (":sendDtmfTones", json!({"targetParticipant": own, "tones": ["one", "two"]})),
        (":sendDtmfTones", json!({"targetParticipant": caller, "tones": ["one"]})),
        (":startMediaStreaming", json!({})),
        (":stopMediaStreaming", json!({})),
        (":updateTranscription", json!({"locale": "cy-GB"})),
        (":terminate", Value::Null),
    ];
    let tapes = vec![("POST", ":pause"), ("POST", ":resume"), ("GET", ""), ("DELETE", "")];
    let human = vec![
        ("press", json!({"digits": "1,2#"})),
        ("press", json!({"digits": "3", "as": "+441632960101"})),
        ("hangup", json!({"as": "+441632960101"})),
        ("hangup", json!({})),
        ("press", json!({})),
        ("say", json!({"text": "sales please"})),
        ("say", json!({"text": "help", "as": "8:acs:a_b"})),
    ];
    let phones = vec![
        json!({"answer": "busy"}),
        json!({"answer": "never"}),
        json!({"answer": "3s", "script": ["press 1 2", "silence 1s", "hang up"]}),
        json!({"answer": "0s"}),
    ];
    prop_oneof![
        2 => Just(Act::Dial),
        2 => Just(Act::Answer),
        1 => prop::bool::ANY.prop_map(Act::Create),
        1 => which.clone().prop_map(Act::HangUp),
        3 => (which.clone(), prop::sample::select(human)).prop_map(|(call, (verb, body))| Act::Human(call, verb, body)),
        2 => prop::option::of(0..3000u64).prop_map(Act::Measured),
        1 => which.clone().prop_map(Act::Join),
        1 => which.clone().prop_map(Act::Lost),
        1 => (which.clone(), which.clone()).prop_map(|(from, to)| Act::Move(from, to)),
        1 => which.clone().prop_map(Act::Page),
        1 => which.clone().prop_map(Act::Record),
        2 => (which.clone(), prop::sample::select(tapes)).prop_map(|(tape, (method, verb))| Act::Tape(tape, method, verb)),
        8 => (which.clone(), prop::sample::select(people)).prop_map(|(call, (verb, body))| Act::Media(call, verb, body)),
        6 => (which, prop::sample::select(media)).prop_map(|(call, (verb, body))| Act::Media(call, verb, body)),
        1 => prop::sample::select(phones).prop_map(Act::Phone),
        6 => (0..8000u64).prop_map(Act::Wait),
    ]
}

/// What a history has brought so far.
struct History {
    stage: Stage,
    contexts: Vec<Value>,
    connections: Vec<String>,
    tapes: Vec<String>,
}

/// A page of the participants is asked for, or nothing is.
fn parsed(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or_default()
}

impl History {
    fn act(&mut self, act: Act) {
        let connection = |which: usize| self.connections.get(which).cloned().unwrap_or_else(|| "nobody".to_owned());
        let (status, body) = match act {
            Act::Answer => {
                let newest =
                    self.stage.cloud.calls.values().filter_map(|call| call.incoming_context.clone()).next_back();
                let context = self.contexts.pop().or(newest.map(Value::String)).unwrap_or_else(|| json!("none"));
                let speaks = json!({"cognitiveServicesEndpoint": "https://ai.example/"});
                let body = json!({"incomingCallContext": context, "callbackUri": "https://app.example/", "callIntelligenceOptions": speaks});
                self.stage.rest("POST", ":answer", body)
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
                self.stage.human("POST", &format!("calls/call-{}/{verb}", which + 1), body)
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
                let body =
                    json!({"targetParticipants": [{"phoneNumber": {"value": CALLER}}], "fromCall": connection(from)});
                self.stage.rest("POST", &format!("/{}/participants:moveHere", connection(to)), body)
            }
            Act::Page(which) => self.stage.rest("GET", &format!("/{}/participants", connection(which)), Value::Null),
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
            Act::Media(which, verb, body) => self.stage.rest("POST", &format!("/{}{verb}", connection(which)), body),
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

fn count(words: &[&str], name: &str) -> usize {
    words.iter().filter(|word| **word == name).count()
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

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 128, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(2_026), ..Default::default() })]

    #[test]
    fn disconnected_is_the_last_word(acts in prop::collection::vec(act(), 1..60)) {
        let mut history = History { stage: Stage::new(), contexts: Vec::new(), connections: Vec::new(), tapes: Vec::new() };
        for act in acts {
            history.act(act);
        }
        history.stage.wait(60_000);
        for id in history.connections.clone() {
            history.stage.rest("DELETE", &format!("/{id}"), Value::Null);
        }
        // Longer than people talk on whom the application has left.
        history.stage.wait(4_000_000);
        let mut words: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
        for event in &history.stage.events {
            let id = event.data["callConnectionId"].as_str().expect("every event has it").to_owned();
            words.entry(id).or_default().push(event.name);
        }
        assert_eq!(words.len(), history.connections.len(), "each connection says something");
        for words in words.values() {
            assert_eq!(words.iter().filter(|word| **word == "CallDisconnected").count(), 1, "{words:?}");
            assert_eq!(words.last(), Some(&"CallDisconnected"), "{words:?}");
            let started = words.iter().filter(|word| **word == "PlayStarted").count();
            let ended = words.iter().filter(|word| matches!(**word, "PlayCompleted" | "PlayCanceled" | "PlayFailed")).count();
            assert!(started <= ended, "every play that starts ends: {words:?}");
            assert!(words.iter().filter(|word| **word == "CallConnected").count() <= 1, "{words:?}");
            for (started, stopped, failed) in [
                ("MediaStreamingStarted", "MediaStreamingStopped", "MediaStreamingFailed"),
                ("TranscriptionStarted", "TranscriptionStopped", "TranscriptionFailed"),
            ] {
                assert!(count(words, started) == 0 || count(words, stopped) + count(words, failed) > 0, "{words:?}");
            }
        }
        for (id, rosters) in &rosters(&history.stage.events) {
            let numbers: Vec<i64> = rosters.iter().map(|(number, _)| *number).collect();
            assert_eq!(numbers, (1..=i64::try_from(numbers.len()).expect("few")).collect::<Vec<_>>(), "{id}");
            assert!(rosters.windows(2).all(|pair| !pair[1].1.is_empty()), "the application is there as long as it hears: {id}");
        }
        let calls = history.stage.human("GET", "calls", Value::Null).1;
        for call in calls["calls"].as_array().expect("a list") {
            assert_eq!(call["state"], "ended", "nothing goes on for ever: {call}");
        }
        assert!(history.stage.cloud.world.sockets.is_empty(), "no socket is left open");
        assert_eq!(history.stage.cloud.next_due(), None, "nothing is planned for calls that are over");
    }
}
