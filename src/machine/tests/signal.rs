//! Signals: taken where the rule is live, kept where it is not, and sent to other calls.

use crate::language::flow::expr::Expr;
use crate::language::flow::label::Label;
use crate::language::flow::state::Kind;
use crate::language::flow::types::Type;
use crate::language::flow::value::{Value, Values};
use crate::language::graph::program::Head;
use crate::language::graph::{CallKind, Program};
use crate::machine::call::{Origin, PENDING};
use crate::machine::command::Command;
use crate::machine::event::{EventKind, WebhookKind};
use crate::machine::tests::wait::hangup;
use crate::machine::tests::{Drive, constant_ms, edge, outcome, state};
use crate::platform::codes;
use crate::platform::outcomes::Outcome;
use std::collections::BTreeMap;

/// `pick_up -> rest { signal go -> tell }`, where `tell` sends a signal and comes to `told` or `nobody`; `pick_up` may be
/// signalled too, and `rest` knows nothing of `other`.
pub(crate) fn signalling() -> Program {
    let tell = Kind::Signal {
        name: "arrived".into(),
        to: Expr::Const(Value::Text("other-call".into())),
        args: vec![("desk".into(), Expr::Const(Value::Int(4)))],
    };
    let states = vec![
        state("pick_up", Kind::Answer),
        state("rest", Kind::Wait { time: constant_ms(60_000) }),
        state("tell", tell),
        hangup("told"),
        hangup("nobody"),
        hangup("bye"),
    ];
    let edges = vec![
        outcome("pick_up", Outcome::Connected, "rest"),
        outcome("rest", Outcome::Done, "bye"),
        edge("rest", Label::Signal("go".into()), "tell"),
        edge("rest", Label::PartyLeft, "bye"),
        outcome("tell", Outcome::Done, "told"),
        outcome("tell", Outcome::Missing, "nobody"),
    ];
    let signals = BTreeMap::from([("go".to_owned(), Some(Type::Int)), ("other".to_owned(), None)]);
    let head = Head { flow: "signalling".into(), call: CallKind::Inbound, signals, ..Head::default() };
    Program::assemble(head, "pick_up", states, edges).expect("the test's program is whole")
}

fn ringing() -> Drive {
    Drive::of(signalling(), Origin::Inbound { context: "ctx".into() })
}

fn connect(drive: &mut Drive) {
    let (op, _) = drive.ordered[0].clone();
    drive.webhook(Some(op), codes::OK, WebhookKind::CallConnected);
}

fn signal(drive: &mut Drive, name: &str, data: Option<Value>) {
    drive.give(EventKind::Signal { name: name.into(), data });
}

fn sent(drive: &Drive) -> bool {
    let data = Some(Value::Record(Values::from([("desk".to_owned(), Value::Int(4))])));
    drive.last().1 == Command::Signal { call: "other-call".into(), name: "arrived".into(), data }
}

#[test]
fn a_signal_is_taken_at_once_and_what_comes_along_is_kept() {
    let mut drive = ringing();
    connect(&mut drive);
    signal(&mut drive, "go", Some(Value::Int(7)));
    assert_eq!((drive.call.state.as_str(), sent(&drive)), ("tell", true));
    assert_eq!(drive.call.signals.get("go"), Some(&Value::Int(7)));
}

#[test]
fn one_that_comes_early_waits_for_the_state_that_takes_it() {
    let mut drive = ringing();
    signal(&mut drive, "go", Some(Value::Int(7)));
    assert_eq!(drive.call.state, "pick_up");
    connect(&mut drive);
    assert_eq!((drive.call.state.as_str(), sent(&drive)), ("tell", true));
}

#[test]
fn one_that_nobody_takes_changes_nothing_and_of_others_only_so_many_wait() {
    let mut drive = ringing();
    connect(&mut drive);
    let before = drive.call.clone();
    signal(&mut drive, "unknown", None);
    assert_eq!(drive.call, before);
    for _ in 0..PENDING + 5 {
        signal(&mut drive, "other", None);
    }
    assert_eq!(drive.call.pending.len(), PENDING);
    assert_eq!(drive.call.state, "rest");
}

#[test]
fn one_that_is_sent_is_done_or_finds_nobody() {
    for (found, state) in [(Some(true), "told"), (Some(false), "nobody"), (None, "nobody")] {
        let mut drive = ringing();
        connect(&mut drive);
        signal(&mut drive, "go", Some(Value::Int(7)));
        let (op, _) = drive.last();
        match found {
            Some(found) => drop(drive.give(EventKind::Signalled { op, found })),
            None => drive.later(30_000),
        }
        assert_eq!(drive.call.state, state);
        let before = drive.call.clone();
        drive.give(EventKind::Signalled { op, found: true });
        assert_eq!(drive.call, before);
    }
}

#[test]
fn sending_is_not_cut_short_and_a_flow_on_its_way_out_takes_none() {
    let mut drive = ringing();
    connect(&mut drive);
    signal(&mut drive, "go", Some(Value::Int(7)));
    let (op, _) = drive.last();
    drive.webhook(None, codes::OK, WebhookKind::CallDisconnected);
    assert_eq!(drive.call.state, "tell");
    drive.give(EventKind::Signalled { op, found: true });
    assert_eq!(drive.result(), Some("told"));
}
