//! What somebody may do in a random history.

use proptest::prelude::{Just, Strategy, prop, prop_oneof};
use serde_json::{Value, json};

use crate::emulator::stage::{CALLER, LINE, choices, play, recognize};

/// One thing that somebody does. Numbers choose among the calls there are.
#[derive(Clone, Debug)]
pub(super) enum Act {
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
    Look(usize),
    Person(usize, &'static str),
    Phone(Value),
    Redirect(Value),
    Reject,
    TakeBack(usize, usize),
    Wait(u64),
}

fn act() -> impl Strategy<Value = Act> {
    // Mostly the newest.
    let which = prop_oneof![3 => Just(0), 1 => 0..4usize];
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
        (":startTranscription", json!({})),
        (":startTranscription", json!({"locale": "en-GB"})),
        (":stopTranscription", json!({})),
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
    let somebody = prop::sample::select(vec!["4%3A%2B441632960100", "4%3A%2B441632960101", "8%3Aacs%3Aa_b"]);
    let elsewhere = prop::sample::select(vec![phone.clone(), user.clone(), own.clone()]);
    prop_oneof![
        1 => which.clone().prop_map(Act::Look),
        1 => (which.clone(), somebody).prop_map(|(call, who)| Act::Person(call, who)),
        1 => elsewhere.prop_map(Act::Redirect),
        1 => Just(Act::Reject),
        2 => (which.clone(), which.clone()).prop_map(|(call, invitation)| Act::TakeBack(call, invitation)),
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

/// A history: somebody is on the line, then anything happens.
pub(super) fn history() -> impl Strategy<Value = Vec<Act>> {
    let on_the_line = prop_oneof![
        Just(vec![Act::Dial, Act::Answer, Act::Wait(100)]),
        prop::bool::ANY.prop_map(|group| vec![Act::Create(group), Act::Wait(100)]),
    ];
    let then = prop::collection::vec(act(), 1..60);
    (on_the_line, then).prop_map(|(first, then)| first.into_iter().chain(then).collect())
}
