//! `collect`: keys and words against the variable's type, asked again for what is not valid.

use crate::language::flow::state::{Input, Kind, Question};
use crate::language::flow::types::Type;
use crate::language::flow::value::Value;
use crate::language::graph::program::Head;
use crate::language::graph::{CallKind, Program};
use crate::machine::call::Origin;
use crate::machine::command::{Command, Listen, Media};
use crate::machine::event::{Heard, WebhookKind};
use crate::machine::tests::wait::hangup;
use crate::machine::tests::{Drive, constant_ms, outcome, state, words};
use crate::platform::codes::{self, Code};
use crate::platform::outcomes::Outcome;
use crate::platform::tones::Tone;
use std::collections::BTreeMap;

const SPOKEN: Code = Code::new(200, 8569);

pub(crate) fn asking(ty: Type, input: Input) -> Program {
    let question = Question {
        ask: words("Your number?"),
        after_no_input: vec![],
        after_no_match: vec![words("Eight digits, please.")],
        retry_no_input: 1,
        retry_no_match: 1,
        first_key: constant_ms(60_000),
        must_hear: false,
        hear: None,
    };
    let states = vec![
        state("pick_up", Kind::Answer),
        state(
            "ask",
            Kind::Collect {
                save: "account".into(),
                input,
                question,
                stop: vec![Tone::Pound],
                between_keys: constant_ms(3_000),
                end_silence: None,
            },
        ),
        hangup("filled"),
        hangup("exhausted"),
        hangup("failed"),
    ];
    let edges = vec![
        outcome("pick_up", Outcome::Connected, "ask"),
        outcome("ask", Outcome::Filled, "filled"),
        outcome("ask", Outcome::Exhausted, "exhausted"),
        outcome("ask", Outcome::Failed, "failed"),
    ];
    let vars = BTreeMap::from([("account".to_owned(), Type::Optional(Box::new(ty)))]);
    let head = Head { flow: "ask".into(), call: CallKind::Inbound, vars, ..Head::default() };
    Program::assemble(head, "pick_up", states, edges).expect("the test's program is whole")
}

pub(crate) fn account() -> Program {
    asking(Type::Digits { min: 3, max: 4 }, Input::Dtmf)
}

fn asked(ty: Type, input: Input) -> Drive {
    let mut drive = Drive::of(asking(ty, input), Origin::Inbound { context: "ctx".into() });
    let (op, _) = drive.last();
    drive.webhook(Some(op), codes::OK, WebhookKind::CallConnected);
    assert_eq!(drive.call.state, "ask");
    drive
}

fn listening(drive: &Drive) -> (Vec<Media>, Listen, u64) {
    match drive.last().1 {
        Command::Recognize { media, listen, first_key_ms, .. } => (media, listen, first_key_ms),
        other => panic!("a recognition: {other:?}"),
    }
}

fn hear(drive: &mut Drive, code: Code, heard: Heard) {
    let (op, _) = drive.last();
    drive.webhook(Some(op), code, WebhookKind::RecognizeCompleted(heard));
}

fn keys(text: &str) -> Heard {
    Heard::Tones(text.chars().filter_map(Tone::from_char).collect::<Vec<_>>().into())
}

fn filled(ty: Type, input: Input, heard: Heard) -> Option<Value> {
    let mut drive = asked(ty, input);
    hear(&mut drive, codes::STOP_TONE, heard);
    let value = drive.call.vars.get("account").cloned();
    assert_eq!(drive.call.state, if value.is_some() { "filled" } else { "ask" });
    value
}

#[test]
fn it_listens_as_it_is_written() {
    let locale = || "en-US".to_owned();
    let digits = || Type::Digits { min: 3, max: 4 };
    let (media, listen, first_key) = listening(&asked(digits(), Input::Dtmf));
    let dtmf = Listen::Dtmf { max_tones: 4, stop: vec![Tone::Pound], between_keys_ms: 3_000 };
    assert_eq!((media.len(), listen, first_key), (1, dtmf, 60_000));
    let (_, listen, first_key) = listening(&asked(Type::Text, Input::Speech));
    assert_eq!((listen, first_key), (Listen::Speech { end_silence_ms: 500, locale: locale() }, 20_000));
    let (_, listen, _) = listening(&asked(digits(), Input::SpeechOrDtmf));
    let (stop, between_keys_ms) = (vec![Tone::Pound], 3_000);
    assert_eq!(
        listen,
        Listen::SpeechOrDtmf { max_tones: 4, stop, between_keys_ms, end_silence_ms: 500, locale: locale() }
    );
}

#[test]
fn keys_fill_it_when_they_satisfy_the_type() {
    let digits = || Type::Digits { min: 3, max: 4 };
    let is = |text: &str| Some(Value::Digits(text.into()));
    assert_eq!(filled(digits(), Input::Dtmf, keys("0123")), is("0123"));
    assert_eq!(filled(digits(), Input::Dtmf, keys("012#")), is("012"), "the key that ends it is no part of it");
    assert_eq!(filled(digits(), Input::Dtmf, keys("01")), None);
    assert_eq!(filled(digits(), Input::Dtmf, keys("0*1")), None);
    assert_eq!(filled(Type::Int, Input::Dtmf, keys("042")), Some(Value::Int(42)));
    assert_eq!(filled(Type::Text, Input::Dtmf, keys("4*2")), Some(Value::Text("4*2".into())));
    assert_eq!(filled(Type::Text, Input::Dtmf, keys("#")), None);
}

#[test]
fn words_fill_it_when_they_satisfy_the_type() {
    let said = |text: &str| Heard::Speech(text.into());
    let digits = || Type::Digits { min: 3, max: 4 };
    let colours = || Type::Enum(vec!["red".into(), "dark_blue".into()]);
    assert_eq!(filled(Type::Text, Input::Speech, said(" Ada Byron ")), Some(Value::Text("Ada Byron".into())));
    assert_eq!(filled(Type::Text, Input::Speech, said("  ")), None);
    assert_eq!(filled(digits(), Input::Speech, said("12 34.")), Some(Value::Digits("1234".into())));
    assert_eq!(filled(digits(), Input::Speech, said("twelve")), None);
    assert_eq!(filled(Type::Int, Input::Speech, said("42.")), Some(Value::Int(42)));
    assert_eq!(filled(colours(), Input::Speech, said("Dark blue.")), Some(Value::Enum("dark_blue".into())));
    assert_eq!(filled(colours(), Input::Speech, said("green")), None);
    assert_eq!(filled(digits(), Input::SpeechOrDtmf, keys("123")), Some(Value::Digits("123".into())));
}

#[test]
fn a_pause_between_keys_fills_it_when_enough_keys_came() {
    for (pressed, state) in [("123", "filled"), ("12", "ask")] {
        let mut drive = asked(Type::Digits { min: 3, max: 4 }, Input::Dtmf);
        hear(&mut drive, codes::BETWEEN_TONES, keys(pressed));
        assert_eq!(drive.call.state, state, "{pressed}");
    }
    let mut drive = asked(Type::Digits { min: 3, max: 4 }, Input::Dtmf);
    let (op, _) = drive.last();
    drive.webhook(Some(op), codes::BETWEEN_TONES, WebhookKind::RecognizeFailed);
    assert_eq!(drive.call.state, "ask", "nothing came with it: asked again");
}

#[test]
fn it_is_asked_again_for_each_reason_apart_and_then_no_more() {
    let mut drive = asked(Type::Digits { min: 3, max: 4 }, Input::Dtmf);
    drive.call.locale = "de-DE".into();
    let (op, _) = drive.last();
    drive.webhook(Some(op), codes::SILENCE, WebhookKind::RecognizeFailed);
    let (media, ..) = listening(&drive);
    let Media::Text { text, .. } = &media[0] else { panic!("words: {media:?}") };
    assert_eq!((text.as_str(), media.len()), ("Ich habe Sie nicht gehört.", 2), "then the question again");
    hear(&mut drive, codes::MAXIMUM_TONES, keys("1"));
    assert_eq!(listening(&drive).0.len(), 1, "the flow's own wording alone");
    let before = drive.call.clone();
    drive.webhook(Some(op), codes::SILENCE, WebhookKind::RecognizeFailed);
    assert_eq!(drive.call, before, "late, of the first time it was asked");
    hear(&mut drive, codes::MAXIMUM_TONES, keys("1"));
    assert_eq!(drive.call.state, "exhausted");
}

#[test]
fn speech_that_was_not_understood_is_asked_for_again_and_a_broken_service_fails() {
    let mut drive = asked(Type::Text, Input::Speech);
    let (op, _) = drive.last();
    drive.webhook(Some(op), Code::new(400, 8563), WebhookKind::RecognizeFailed);
    assert_eq!(drive.call.state, "ask");
    let (op, _) = drive.last();
    drive.webhook(Some(op), Code::new(429, 8565), WebhookKind::RecognizeFailed);
    drive.later(500);
    assert_eq!(drive.call.state, "failed");
    assert_eq!(SPOKEN.sub, 8569);
}
