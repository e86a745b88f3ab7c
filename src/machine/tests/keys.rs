//! Keys outside a question: single ones and sequences, whose they are, and beside a menu.

use crate::language::flow::label::Label;
use crate::language::flow::state::{Choice, Input, Kind, Question};
use crate::language::graph::program::Head;
use crate::language::graph::{CallKind, Program};
use crate::machine::call::Origin;
use crate::machine::command::{Command, OpRef};
use crate::machine::event::{Heard, WebhookKind};
use crate::machine::keys::Watch;
use crate::machine::tests::wait::hangup;
use crate::machine::tests::{Drive, constant_ms, edge, outcome, state, words};
use crate::platform::codes;
use crate::platform::hidden::Hidden;
use crate::platform::outcomes::Outcome;
use crate::platform::tones::Tone;

const STAR: Tone = Tone::Asterisk;

fn keys(keys: &[Tone], by: Option<&str>) -> Label {
    Label::Key { keys: keys.to_vec(), by: by.map(str::to_owned) }
}

fn question() -> Question {
    Question {
        ask: words("Press 1."),
        after_no_input: vec![],
        after_no_match: vec![],
        retry_no_input: 1,
        retry_no_match: 1,
        first_key: constant_ms(6_000),
        must_hear: false,
        hear: None,
    }
}

/// `pick_up -> menu { 1 -> rest } -> rest -> pin`: in the menu and in `rest` 0 leads to `zero` and *7 to `starred`; in `rest`
/// *9 by the agent leads to `agents`; in `pin` (a recognition) 0 would lead to `zero` too.
pub(crate) fn keyed() -> Program {
    let choice = Choice { name: "on".into(), key: Some(Tone::One), phrases: vec![] };
    let states = vec![
        state("pick_up", Kind::Answer),
        state("menu", Kind::Menu { choices: vec![choice], question: question() }),
        state("rest", Kind::Wait { time: constant_ms(60_000) }),
        state(
            "pin",
            Kind::Recognize {
                input: Input::Dtmf,
                question: question(),
                save: None,
                max_tones: 4,
                stop: vec![],
                between_keys: constant_ms(2_000),
                end_silence: None,
            },
        ),
        hangup("zero"),
        hangup("starred"),
        hangup("agents"),
        hangup("bye"),
    ];
    let mut edges = vec![
        outcome("pick_up", Outcome::Connected, "menu"),
        edge("menu", Label::Choice("on".into()), "rest"),
        outcome("menu", Outcome::Exhausted, "bye"),
        outcome("menu", Outcome::Failed, "bye"),
        outcome("rest", Outcome::Done, "pin"),
        edge("rest", keys(&[STAR, Tone::Nine], Some("agent")), "agents"),
        outcome("pin", Outcome::Heard, "bye"),
        outcome("pin", Outcome::Partial, "bye"),
        outcome("pin", Outcome::NoInput, "bye"),
        outcome("pin", Outcome::NoMatch, "bye"),
        outcome("pin", Outcome::Failed, "bye"),
    ];
    for from in ["menu", "rest", "pin"] {
        edges.push(edge(from, keys(&[Tone::Zero], None), "zero"));
        edges.push(edge(from, keys(&[STAR, Tone::Seven], None), "starred"));
        edges.push(edge(from, Label::PartyLeft, "bye"));
    }
    let head = Head { flow: "keyed".into(), call: CallKind::Inbound, ..Head::default() };
    Program::assemble(head, "pick_up", states, edges).expect("the test's program is whole")
}

pub(crate) const PARTY: OpRef = OpRef { op: 90, attempt: 1 };
pub(crate) const AGENT: OpRef = OpRef { op: 91, attempt: 1 };

/// In the menu, with the party and an agent watched.
pub(crate) fn menu() -> Drive {
    let mut drive = Drive::of(keyed(), Origin::Inbound { context: "ctx".into() });
    let (op, _) = drive.last();
    drive.webhook(Some(op), codes::OK, WebhookKind::CallConnected);
    assert_eq!(drive.call.state, "menu");
    for (watch, who) in [(PARTY, "party"), (AGENT, "agent")] {
        drive.call.watches.push(Watch { op: watch.op, who: who.into(), past: i64::MIN });
    }
    drive
}

pub(crate) fn rest() -> Drive {
    let mut drive = menu();
    let (op, _) = drive.last();
    drive.webhook(
        Some(op),
        codes::MAXIMUM_TONES,
        WebhookKind::RecognizeCompleted(Heard::Tones(vec![Tone::One].into())),
    );
    assert_eq!(drive.call.state, "rest");
    drive
}

fn tone(drive: &mut Drive, who: OpRef, key: Tone, sequence: i64) {
    let kind = WebhookKind::ContinuousDtmfRecognitionToneReceived { tone: Hidden(Some(key)), sequence };
    drive.webhook(Some(who), codes::OK, kind);
}

fn wrong_key(drive: &mut Drive) {
    let (op, _) = drive.last();
    drive.webhook(Some(op), codes::WRONG_KEY, WebhookKind::RecognizeFailed);
}

#[test]
fn a_single_key_is_taken_at_once() {
    for who in [PARTY, AGENT] {
        let mut drive = rest();
        tone(&mut drive, who, Tone::Five, 1);
        assert_eq!(drive.call.state, "rest");
        tone(&mut drive, who, Tone::Zero, 2);
        assert_eq!(drive.call.state, "zero");
    }
}

#[test]
fn a_sequence_is_one_persons_within_two_seconds() {
    for (pause, second, state) in [(2_000, PARTY, "starred"), (2_001, PARTY, "rest"), (10, AGENT, "rest")] {
        let mut drive = rest();
        tone(&mut drive, PARTY, STAR, 1);
        drive.later(pause);
        tone(&mut drive, second, Tone::Seven, 2);
        assert_eq!(drive.call.state, state, "{pause} {second}");
    }
}

#[test]
fn some_keys_are_one_persons_alone() {
    for (who, state) in [(PARTY, "rest"), (AGENT, "agents")] {
        let mut drive = rest();
        tone(&mut drive, who, STAR, 1);
        tone(&mut drive, who, Tone::Nine, 2);
        assert_eq!(drive.call.state, state);
    }
}

#[test]
fn tones_in_another_order_and_twice_are_the_same_sequence() {
    let mut drive = rest();
    tone(&mut drive, PARTY, Tone::Seven, 2);
    tone(&mut drive, PARTY, STAR, 1);
    assert_eq!(drive.call.state, "starred");
    let mut drive = rest();
    tone(&mut drive, PARTY, STAR, 1);
    let before = drive.call.clone();
    tone(&mut drive, PARTY, STAR, 1);
    assert_eq!(drive.call, before);
}

#[test]
fn a_tone_after_the_rule_was_taken_and_an_old_one_change_nothing() {
    let mut program = keyed();
    let (rest_node, menu_node) = (program.node("rest").expect("a state"), program.node("menu").expect("a state"));
    let label = keys(&[Tone::Four], None);
    let edge =
        crate::language::graph::Edge { label, arrow: crate::language::graph::Arrow::Main, limit: None, default: false };
    program.graph.add_edge(rest_node, menu_node, edge);
    let mut drive = rest();
    drive.program = program;
    tone(&mut drive, PARTY, Tone::Four, 1);
    assert_eq!(drive.call.state, "menu");
    let before = drive.call.clone();
    tone(&mut drive, PARTY, Tone::Four, 1);
    assert_eq!(drive.call, before, "it is part of nothing any more");
}

#[test]
fn the_longer_of_two_rules_is_waited_for() {
    let mut program = keyed();
    let (rest_node, to) = (program.node("rest").expect("a state"), program.node("agents").expect("a state"));
    let edge = crate::language::graph::Edge {
        label: keys(&[STAR], None),
        arrow: crate::language::graph::Arrow::Main,
        limit: None,
        default: false,
    };
    program.graph.add_edge(rest_node, to, edge);
    let mut drive = rest();
    drive.program = program.clone();
    tone(&mut drive, PARTY, STAR, 1);
    assert_eq!(drive.call.state, "rest");
    tone(&mut drive, PARTY, Tone::Seven, 2);
    assert_eq!(drive.call.state, "starred");
    let mut drive = rest();
    drive.program = program;
    tone(&mut drive, PARTY, STAR, 1);
    drive.later(2_000);
    assert_eq!(drive.call.state, "agents");
}

#[test]
fn beside_a_menu_the_tone_and_the_wrong_key_come_in_either_order() {
    for tone_first in [true, false] {
        let mut drive = menu();
        let (op, _) = drive.last();
        if tone_first {
            tone(&mut drive, PARTY, Tone::Zero, 1);
        }
        drive.webhook(Some(op), codes::WRONG_KEY, WebhookKind::RecognizeFailed);
        if !tone_first {
            assert_eq!(drive.call.state, "menu", "held back");
            let before = drive.call.clone();
            drive.webhook(Some(op), codes::WRONG_KEY, WebhookKind::RecognizeFailed);
            assert_eq!(drive.call, before);
            tone(&mut drive, PARTY, Tone::Zero, 1);
        }
        assert_eq!(drive.call.state, "zero", "tone first: {tone_first}");
        let asked = drive.ordered.iter().filter(|(_, command)| matches!(command, Command::Recognize { .. })).count();
        assert_eq!(asked, 1, "it was not asked again");
    }
}

#[test]
fn a_wrong_key_that_no_tone_explains_is_asked_for_again() {
    let mut drive = menu();
    wrong_key(&mut drive);
    drive.later(299);
    assert_eq!(drive.but_watches(), 2);
    drive.later(1);
    assert!(matches!(drive.last().1, Command::Recognize { .. }));
    assert_eq!((drive.but_watches(), drive.call.state.as_str()), (3, "menu"));
}

#[test]
fn a_key_that_the_result_tells_is_taken_once_though_its_tone_comes_late() {
    let mut drive = menu();
    let (op, _) = drive.last();
    drive.webhook(
        Some(op),
        codes::MAXIMUM_TONES,
        WebhookKind::RecognizeCompleted(Heard::Tones(vec![Tone::Zero].into())),
    );
    assert_eq!(drive.call.state, "menu");
    drive.later(300);
    assert_eq!(drive.call.state, "zero");
    let state = drive.call.state.clone();
    tone(&mut drive, PARTY, Tone::Zero, 1);
    assert_eq!(drive.call.state, state);
}

#[test]
fn a_sequence_beside_a_menu_is_waited_for() {
    for tone_first in [true, false] {
        let mut drive = menu();
        if tone_first {
            tone(&mut drive, PARTY, STAR, 1);
            wrong_key(&mut drive);
        } else {
            wrong_key(&mut drive);
            tone(&mut drive, PARTY, STAR, 1);
        }
        drive.later(1_500);
        assert_eq!(
            (drive.but_watches(), drive.call.state.as_str()),
            (2, "menu"),
            "not asked again in the middle of it"
        );
        tone(&mut drive, PARTY, Tone::Seven, 2);
        assert_eq!(drive.call.state, "starred");
    }
}

#[test]
fn while_somebody_is_listened_to_their_keys_are_input() {
    for (who, state) in [(PARTY, "pin"), (AGENT, "zero")] {
        let mut drive = rest();
        drive.later(60_000);
        assert_eq!(drive.call.state, "pin");
        tone(&mut drive, who, Tone::Zero, 1);
        assert_eq!(drive.call.state, state);
    }
}

#[test]
fn a_participant_who_left_is_a_rule() {
    let mut drive = rest();
    let before = drive.call.clone();
    let mut stepper = crate::machine::stepper::Stepper::new(&drive.program, drive.call.clone(), drive.at);
    stepper.participant_left("agent");
    assert_eq!(stepper.call, before, "a state without the rule goes on");
    let to = drive.program.node("bye").expect("a state");
    let from = drive.program.node("rest").expect("a state");
    let label = Label::Left("agent".into());
    let arrow = crate::language::graph::Arrow::Main;
    drive.program.graph.add_edge(from, to, crate::language::graph::Edge { label, arrow, limit: None, default: false });
    let mut stepper = crate::machine::stepper::Stepper::new(&drive.program, drive.call.clone(), drive.at);
    stepper.participant_left("agent");
    assert_eq!(stepper.call.state, "bye");
}
