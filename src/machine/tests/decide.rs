//! `decide`: the first true branch, or `else`; what cannot be decided ends the call.

use crate::language::flow::expr::{Expr, Op};
use crate::language::flow::label::Label;
use crate::language::flow::state::Kind;
use crate::language::flow::value::Value;
use crate::language::graph::Node;
use crate::language::graph::program::Head;
use crate::machine::call::{FUEL, Phase};
use crate::machine::command::Command;
use crate::machine::event::{Heard, WebhookKind};
use crate::machine::tests::recognize::{asked, keys};
use crate::machine::tests::{Drive, answers_then, edge, outcome, rest, state};
use crate::machine::trace::Trace;
use crate::platform::codes;
use crate::platform::outcomes::Outcome;
use crate::platform::tones::Tone;

/// Puts other conditions into `check` and presses a key.
fn decided(branches: Vec<Expr>) -> Drive {
    let mut drive = asked();
    let check = drive.program.node("check").expect("a state");
    let Node::State(state) = &mut drive.program.graph[check] else { panic!("a state") };
    state.kind = Kind::Decide { branches };
    keys(&mut drive, &[Tone::One], codes::STOP_TONE);
    drive
}

fn constant(value: bool) -> Expr {
    Expr::Const(Value::Bool(value))
}

#[test]
fn each_branch_and_else_by_what_was_pressed() {
    let nine = Tone::Nine;
    for (tones, state) in [
        (vec![Tone::One, Tone::Two, Tone::Three, Tone::Four], "right"),
        (vec![nine, nine, nine, nine], "wrong"),
        (vec![nine], "short"),
    ] {
        let mut drive = asked();
        keys(&mut drive, &tones, codes::STOP_TONE);
        assert_eq!(drive.call.state, state);
    }
}

#[test]
fn it_is_left_in_the_step_that_enters_it_and_orders_nothing() {
    let mut drive = asked();
    let (op, _) = drive.last();
    let heard = WebhookKind::RecognizeCompleted(Heard::Tones(vec![Tone::Nine].into()));
    let step = drive.webhook(Some(op), codes::STOP_TONE, heard);
    let labels: Vec<Label> = step
        .trace
        .iter()
        .filter_map(|entry| match entry {
            Trace::Took { from, label, .. } if from == "check" => Some(label.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(labels, [Label::Else]);
    let [ordered] = &step.commands[..] else { panic!("one request: {:?}", step.commands) };
    assert_eq!(ordered.command, Command::HangUp, "the first request is that of the state after it");
}

#[test]
fn the_first_true_branch_wins() {
    for (branches, state) in [
        (vec![constant(true), constant(true)], "right"),
        (vec![constant(false), constant(true)], "wrong"),
        (vec![constant(false), constant(false)], "short"),
        (vec![], "short"),
    ] {
        assert_eq!(decided(branches).call.state, state);
    }
}

#[test]
fn a_condition_that_has_no_value_ends_the_call_as_failed() {
    let number = |n| Box::new(Expr::Const(Value::Int(n)));
    let divided = Expr::Binary(Op::Div, number(1), number(0));
    let branch = Expr::Binary(Op::Eq, Box::new(divided), number(1));
    let mut drive = decided(vec![branch, constant(true)]);
    assert_eq!((drive.call.state.as_str(), drive.last().1), ("check", Command::HangUp));
    drive.webhook(None, codes::ENDED_BY_REQUEST, WebhookKind::CallDisconnected);
    assert_eq!(drive.result(), Some("failed"));
    // A branch that is true before it is never looked past.
    let divided = Expr::Binary(Op::Div, number(1), number(0));
    assert_eq!(decided(vec![constant(true), divided]).call.state, "right");
}

/// Why the flow ended that is hanging up now.
fn why(drive: &Drive) -> &str {
    assert_eq!(drive.last().1, Command::HangUp);
    match &drive.call.phase {
        Phase::Leaving { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

/// The checker refuses such flows (F0302, F0303); one that goes round all the same is ended in the step that finds it.
#[test]
fn a_flow_that_goes_round_without_waiting_is_out_of_fuel_in_one_step() {
    let round = |name| state(name, Kind::Decide { branches: vec![] });
    let edges = vec![edge("a", Label::Else, "b"), edge("b", Label::Else, "a")];
    let drive = Drive::answered(answers_then(vec![round("a"), round("b")], edges, Head::default()));
    assert!(why(&drive).contains("fuel"), "{}", why(&drive));
    assert!(drive.call.moves <= FUEL.0 + 1, "{}", drive.call.moves);
}

#[test]
fn a_call_that_goes_round_with_waiting_is_out_of_fuel_some_day() {
    let edges = vec![outcome("a", Outcome::Done, "b"), outcome("b", Outcome::Done, "a")];
    let mut drive = Drive::answered(answers_then(vec![rest("a"), rest("b")], edges, Head::default()));
    while drive.call.phase == Phase::Running {
        assert!(drive.call.moves <= FUEL.1, "it goes on for ever");
        drive.says(WebhookKind::PlayCompleted);
    }
    assert!(why(&drive).contains("fuel"), "{}", why(&drive));
}
