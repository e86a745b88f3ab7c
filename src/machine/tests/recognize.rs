//! `recognize`: asked once, left by what was pressed, and what was pressed is kept.

use crate::language::flow::expr::{Expr, Op, Slot};
use crate::language::flow::label::Label;
use crate::language::flow::state::{Input, Kind, Question};
use crate::language::flow::types::Type;
use crate::language::flow::value::Value;
use crate::language::graph::program::Head;
use crate::language::graph::{Arrow, CallKind, Program};
use crate::machine::call::{HOLD_MS, Origin};
use crate::machine::command::{Command, Listen};
use crate::machine::event::{Heard, WebhookKind};
use crate::machine::tests::{Drive, constant_ms, edge, outcome, state, words};
use crate::platform::codes::{self, Code};
use crate::platform::outcomes::Outcome;
use crate::platform::tones::Tone;
use std::collections::BTreeMap;

fn pin() -> Box<Expr> {
    Box::new(Expr::Read(Slot::Var("pin".into())))
}

/// `pick_up -> code { heard, partial -> check }`, where `check` decides: the right pin, another with four keys, or else.
fn pin_desk() -> Program {
    let question = Question {
        ask: words("Your pin?"),
        after_no_input: vec![],
        after_no_match: vec![],
        retry_no_input: 0,
        retry_no_match: 0,
        first_key: constant_ms(6_000),
        must_hear: false,
        hear: None,
    };
    let (save, stop, between_keys) = (Some("pin".to_owned()), vec![Tone::Pound], constant_ms(2_000));
    let four = Box::new(Expr::Const(Value::Int(4)));
    let right = Expr::Binary(Op::Eq, pin(), Box::new(Expr::Const(Value::Text("1234".into()))));
    let whole = Expr::Binary(Op::Eq, Box::new(Expr::Size(pin())), four);
    let mut states = vec![
        state("pick_up", Kind::Answer),
        state(
            "code",
            Kind::Recognize { input: Input::Dtmf, question, save, max_tones: 4, stop, between_keys, end_silence: None },
        ),
        state("check", Kind::Decide { branches: vec![right, whole] }),
    ];
    let ends = ["right", "wrong", "short", "silent", "odd", "broken"];
    states.extend(ends.map(|name| state(name, Kind::Hangup { result: None, play: None, everyone: false })));
    let edges = vec![
        outcome("pick_up", Outcome::Connected, "code"),
        outcome("pick_up", Outcome::Failed, "return abandoned"),
        outcome("code", Outcome::Heard, "check"),
        outcome("code", Outcome::Partial, "check"),
        outcome("code", Outcome::NoInput, "silent"),
        outcome("code", Outcome::NoMatch, "odd"),
        outcome("code", Outcome::Failed, "broken"),
        edge("code", Label::PartyLeft, "return abandoned"),
        edge("check", Label::Branch(0), "right"),
        edge("check", Label::Branch(1), "wrong"),
        edge("check", Label::Else, "short"),
    ];
    let head = Head {
        flow: "pin_desk".into(),
        call: CallKind::Inbound,
        locale: None,
        params: BTreeMap::new(),
        settings: BTreeMap::new(),
        vars: BTreeMap::from([("pin".to_owned(), Type::Optional(Box::new(Type::Text)))]),
        returns: vec!["abandoned".into()],
        prompts: BTreeMap::new(),
        needs_ai: true,
        ..Head::default()
    };
    Program::assemble(head, "pick_up", states, edges).expect("the test's program is whole")
}

/// The same with one edge that leads elsewhere.
fn led(label: &Label, from: &str, to: &str) -> Program {
    let mut program = pin_desk();
    let (from, to) = (program.node(from).expect("a state"), program.node(to).expect("a state"));
    let edge = program.route(from, label, Arrow::Main).expect("an edge").0.clone();
    program.graph.retain_edges(|graph, index| graph[index] != edge);
    program.graph.add_edge(from, to, edge);
    program
}

/// A call that is being asked for its pin.
pub(crate) fn asked() -> Drive {
    asked_by(pin_desk())
}

fn asked_by(program: Program) -> Drive {
    let mut drive = Drive::of(program, Origin::Inbound { context: "ctx".into() });
    let (op, _) = drive.last();
    drive.webhook(Some(op), codes::OK, WebhookKind::CallConnected);
    assert_eq!(drive.call.state, "code");
    drive
}

/// Presses keys; the code says how the input ended.
pub(crate) fn keys(drive: &mut Drive, tones: &[Tone], code: Code) {
    let (op, _) = drive.last();
    drive.webhook(Some(op), code, WebhookKind::RecognizeCompleted(Heard::Tones(tones.to_vec().into())));
}

fn held(drive: &Drive) -> Option<&Value> {
    drive.call.vars.get("pin")
}

const PIN: [Tone; 4] = [Tone::One, Tone::Two, Tone::Three, Tone::Four];

#[test]
fn it_listens_as_it_is_written() {
    let Command::Recognize { media, listen, first_key_ms, .. } = asked().last().1 else { panic!("a recognition") };
    let listening = Listen::Dtmf { max_tones: 4, stop: vec![Tone::Pound], between_keys_ms: 2_000 };
    assert_eq!((media.len(), listen, first_key_ms), (1, listening, 6_000));
}

#[test]
fn whole_input_is_heard_and_kept() {
    for ended_by in [codes::MAXIMUM_TONES, codes::STOP_TONE] {
        let mut drive = asked();
        keys(&mut drive, &PIN, ended_by);
        assert_eq!(drive.call.state, "right");
        assert_eq!(held(&drive), Some(&Value::Text("1234".into())));
    }
}

#[test]
fn fewer_keys_than_asked_for_are_kept_and_lead_another_way() {
    let program = led(&Label::Outcome(Outcome::Partial), "code", "odd");
    let mut drive = asked_by(program);
    keys(&mut drive, &PIN[..2], codes::BETWEEN_TONES);
    assert_eq!(drive.call.state, "odd", "the pause between two keys was too long: not the way of whole input");
    assert_eq!(held(&drive), Some(&Value::Text("12".into())));
}

#[test]
fn a_pause_that_left_no_keys_is_partial_too() {
    let mut drive = asked();
    let (op, _) = drive.last();
    drive.webhook(Some(op), codes::BETWEEN_TONES, WebhookKind::RecognizeFailed);
    assert_eq!((drive.call.state.as_str(), held(&drive)), ("short", Some(&Value::Text(String::new()))));
}

#[test]
fn silence_and_what_is_no_key_are_told_apart_and_keep_nothing() {
    for (code, state) in [(codes::SILENCE, "silent"), (codes::WRONG_KEY, "odd")] {
        let mut drive = asked();
        let (op, _) = drive.last();
        drive.webhook(Some(op), code, WebhookKind::RecognizeFailed);
        assert_eq!((drive.call.state.as_str(), held(&drive)), (state, None));
        let asked = drive.ordered.iter().filter(|(_, command)| matches!(command, Command::Recognize { .. })).count();
        assert_eq!(asked, 1, "asked once");
    }
}

#[test]
fn a_recognition_that_failed_is_left_as_failed_once_nothing_explains_it() {
    let mut drive = asked();
    let (op, _) = drive.last();
    drive.webhook(Some(op), codes::PROMPT_FAILED, WebhookKind::RecognizeFailed);
    assert_eq!(drive.call.state, "code", "the end of the line may be on its way, and explain it");
    drive.later(HOLD_MS);
    assert_eq!((drive.call.state.as_str(), held(&drive)), ("broken", None));
}

#[test]
fn what_was_kept_is_kept_anew_when_asked_again() {
    let program = led(&Label::Branch(1), "check", "code");
    let mut drive = asked_by(program);
    keys(&mut drive, &[Tone::Nine, Tone::Nine, Tone::Nine, Tone::Nine], codes::MAXIMUM_TONES);
    assert_eq!((drive.call.state.as_str(), held(&drive)), ("code", Some(&Value::Text("9999".into()))));
    keys(&mut drive, &PIN, codes::MAXIMUM_TONES);
    assert_eq!((drive.call.state.as_str(), held(&drive)), ("right", Some(&Value::Text("1234".into()))));
}
