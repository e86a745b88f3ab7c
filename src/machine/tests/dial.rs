//! Calls that are placed: nobody answers, dialled again, ended before there is a leg.

use crate::language::flow::expr::Expr;
use crate::language::flow::label::Label;
use crate::language::flow::state::Kind;
use crate::language::flow::value::Value;
use crate::language::graph::program::{End, Head, Limit};
use crate::language::graph::{Arrow, CallKind, Edge, Program};
use crate::machine::call::Origin;
use crate::machine::command::Command;
use crate::machine::event::{Answer, ConnectionState, EventKind, Facts, WebhookKind};
use crate::machine::tests::{Drive, constant_ms, edge, outcome, state, words};
use crate::platform::codes::{self, Code};
use crate::platform::outcomes::Outcome;
use std::collections::BTreeMap;

/// `dial -> say -> hangup`, and back to `dial` once when the callee is busy.
pub(crate) fn reminder() -> Program {
    let states = vec![
        state(
            "ring",
            Kind::Dial {
                to: vec![Expr::Const(Value::Phone("+441632960100".into()))],
                from: Some(Expr::Const(Value::Phone("+441632960111".into()))),
                ring_for: constant_ms(20_000),
            },
        ),
        state(
            "say",
            Kind::Play { prompt: words("Hello."), hear: None, looped: false, interrupt: false, must_hear: false },
        ),
        state("bye", Kind::Hangup { result: Some("told".into()), play: None, everyone: false }),
    ];
    let limit = Some(Limit { counter: "ring:busy".into(), times: 1 });
    let busy = |to: End, arrow| {
        let label = Label::Outcome(Outcome::Busy);
        ("ring".to_owned(), to, Edge { label, arrow, limit: limit.clone(), default: false })
    };
    let mut edges = vec![
        outcome("ring", Outcome::Answered, "say"),
        outcome("ring", Outcome::NoAnswer, "return no_answer"),
        outcome("ring", Outcome::Declined, "return no_contact"),
        outcome("ring", Outcome::Unreachable, "return no_contact"),
        outcome("ring", Outcome::Failed, "return failed"),
        busy(End::State("ring".into()), Arrow::Main),
        busy(End::Return(Some("busy".into())), Arrow::Else),
        outcome("say", Outcome::Done, "bye"),
        outcome("say", Outcome::Failed, "bye"),
        edge("say", Label::PartyLeft, "return no_contact"),
    ];
    edges.sort_by(|a, b| a.0.cmp(&b.0));
    let head = Head {
        flow: "reminder".into(),
        call: CallKind::Outbound,
        locale: None,
        params: BTreeMap::new(),
        settings: BTreeMap::new(),
        vars: BTreeMap::new(),
        returns: vec![],
        prompts: BTreeMap::new(),
        needs_ai: true,
        ..Head::default()
    };
    Program::assemble(head, "ring", states, edges).expect("the test's program is whole")
}

fn ringing() -> Drive {
    let mut drive = Drive::of(reminder(), Origin::Outbound);
    let (op, command) = drive.last();
    assert!(matches!(command, Command::Create { .. }), "{command:?}");
    drive.answer(op, "leg-1");
    drive
}

#[test]
fn a_callee_who_does_not_answer_is_hung_up_before_the_call_ends() {
    let mut drive = ringing();
    drive.later(20_000);
    let (op, command) = drive.last();
    assert_eq!(command, Command::HangUp);
    assert!(!drive.call.is_ended() && drive.call.wants(op.op, &command), "the request is still to be made");
    drive.give(EventKind::Response { op, answer: Answer::Accepted(Facts::default()) });
    assert_eq!(drive.result(), Some("no_answer"));
}

#[test]
fn dialled_again_the_old_leg_counts_no_more() {
    let mut drive = ringing();
    let (first, _) = drive.last();
    drive.webhook_of("leg-1", Some(first), codes::not_reached_code(Outcome::Busy), WebhookKind::CreateCallFailed);
    let (second, command) = drive.last();
    assert!(matches!(command, Command::Create { .. }) && second.op > first.op, "{command:?}");
    // What is still said of the first leg changes nothing.
    drive.webhook_of("leg-1", None, codes::OK, WebhookKind::CallDisconnected);
    drive.answer(first, "leg-1");
    assert_eq!(drive.call.facts.connection, None);
    drive.webhook_of("leg-2", Some(second), codes::OK, WebhookKind::CallConnected);
    assert_eq!((drive.call.state.as_str(), drive.call.facts.connection.as_deref()), ("say", Some("leg-2")));
    // And busy once more would have been the end.
    assert_eq!(drive.call.counters.get("ring:busy"), Some(&1));
}

#[test]
fn a_lost_connected_event_is_found_out() {
    let mut drive = ringing();
    drive.call.timers.retain(|timer| !matches!(timer.why, crate::machine::timer::Why::Ring { .. }));
    drive.later(60_000);
    let (probe, command) = drive.last();
    assert_eq!(command, Command::GetCall);
    let facts = Facts { state: Some(ConnectionState::Connected), ..Facts::default() };
    drive.give(EventKind::Response { op: probe, answer: Answer::Accepted(facts) });
    assert_eq!(drive.call.state, "say");
}

#[test]
fn a_call_ended_before_its_leg_is_known_is_hung_up_once_it_is() {
    let mut drive = Drive::of(reminder(), Origin::Outbound);
    let (op, _) = drive.last();
    drive.give(EventKind::OperatorHangUp);
    assert!(!drive.call.is_ended());
    drive.answer(op, "leg-1");
    assert_eq!(drive.last().1, Command::HangUp);
    drive.webhook_of("leg-1", None, codes::ENDED_BY_REQUEST, WebhookKind::CallDisconnected);
    assert!(drive.call.is_ended());
}

/// In the first generations no event says which request it is of, nor why a call that was never up is over.
#[test]
fn a_leg_that_is_up_answers_the_dial_that_waits() {
    let mut drive = ringing();
    drive.webhook_of("leg-2", None, Code::default(), WebhookKind::LegConnected);
    assert_eq!(drive.call.state, "ring", "of another leg");
    drive.webhook_of("leg-1", None, Code::default(), WebhookKind::LegConnected);
    assert_eq!(drive.call.state, "say");
    drive.webhook_of("leg-1", None, Code::default(), WebhookKind::LegConnected);
    assert_eq!(drive.call.state, "say", "said twice");
    let mut drive = ringing();
    drive.webhook_of("leg-1", None, Code::default(), WebhookKind::CallDisconnected);
    drive.later(10_000);
    assert_eq!(drive.result(), Some("failed"));
}
