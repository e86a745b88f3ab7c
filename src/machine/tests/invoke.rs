//! `invoke`: asked once, never cut short, words meanwhile; and what happened meanwhile is taken later.

use crate::language::flow::expr::Expr;
use crate::language::flow::label::{Label, Since};
use crate::language::flow::state::Kind;
use crate::language::flow::types::Type;
use crate::language::flow::value::{Value, Values};
use crate::language::graph::program::Head;
use crate::language::graph::{CallKind, Program};
use crate::machine::call::Origin;
use crate::machine::command::{Command, OpRef};
use crate::machine::event::{EventKind, WebhookKind};
use crate::machine::tests::wait::hangup;
use crate::machine::tests::{Drive, constant_ms, edge, outcome, state, words};
use crate::platform::codes;
use crate::platform::hidden::Hidden;
use crate::platform::outcomes::Outcome;
use crate::platform::tones::Tone;
use std::collections::BTreeMap;

fn text(text: &str) -> Expr {
    Expr::Const(Value::Text(text.into()))
}

/// `pick_up -> look (asks) { missing -> missing } -> rest`; `rest` takes a minute of the flow, key 0, a signal and the party's
/// leaving.
pub(crate) fn asking() -> Program {
    let invoke = Kind::Invoke {
        service: "crm".into(),
        operation: "find".into(),
        args: vec![("account".into(), text("12"))],
        save: Some("customer".into()),
        meanwhile: Some(words("One moment.")),
        once: None,
        timeout: Some(constant_ms(20_000)),
    };
    let states = vec![
        state("pick_up", Kind::Answer),
        state("look", invoke),
        state("rest", Kind::Wait { time: constant_ms(600_000) }),
        hangup("bye"),
        hangup("missing"),
        hangup("failed"),
        hangup("late"),
        hangup("zero"),
        hangup("ready"),
        hangup("lost"),
    ];
    let zero = Label::Key { keys: vec![Tone::Zero], by: None };
    let edges = vec![
        outcome("pick_up", Outcome::Connected, "look"),
        outcome("look", Outcome::Ok, "rest"),
        outcome("look", Outcome::Failed, "failed"),
        edge("look", Label::Named("missing".into()), "missing"),
        outcome("rest", Outcome::Done, "bye"),
        edge("rest", Label::After { ms: 60_000, since: Since::Flow }, "late"),
        edge("rest", zero, "zero"),
        edge("rest", Label::Signal("ready".into()), "ready"),
        edge("rest", Label::PartyLeft, "lost"),
    ];
    let head = Head {
        flow: "asking".into(),
        call: CallKind::Inbound,
        vars: BTreeMap::from([("customer".to_owned(), Type::Optional(Box::new(Type::Text)))]),
        signals: BTreeMap::from([("ready".to_owned(), None)]),
        ..Head::default()
    };
    Program::assemble(head, "pick_up", states, edges).expect("the test's program is whole")
}

fn asked() -> (Drive, OpRef) {
    let mut drive = Drive::of(asking(), Origin::Inbound { context: "ctx".into() });
    let (op, _) = drive.last();
    drive.webhook(Some(op), codes::OK, WebhookKind::CallConnected);
    let (op, command) = drive.last();
    let args = Values::from([("account".to_owned(), Value::Text("12".into()))]);
    let (service, operation) = ("crm".to_owned(), "find".to_owned());
    let timeout_ms = Some(20_000);
    let wanted = Command::Invoke { service, operation, args, once: None, timeout_ms, repeat: false, flow: None };
    assert_eq!(command, wanted);
    (drive, op)
}

fn answer(drive: &mut Drive, op: OpRef, outcome: &str, value: Option<&str>) {
    let value = value.map(|value| Value::Text(value.into()));
    drive.give(EventKind::Invoked { op, outcome: outcome.into(), value, reason: None });
}

fn tone(drive: &mut Drive, key: Tone, sequence: i64) {
    let kind = WebhookKind::ContinuousDtmfRecognitionToneReceived { tone: Hidden(Some(key)), sequence };
    drive.webhook(None, codes::OK, kind);
}

#[test]
fn an_answer_leads_on_and_is_kept() {
    let (mut drive, op) = asked();
    assert!(drive.call.wants(op.op, &drive.last().1));
    answer(&mut drive, op, "ok", Some("Ada"));
    assert_eq!(drive.call.state, "rest");
    assert_eq!(drive.call.vars.get("customer"), Some(&Value::Text("Ada".into())));
    assert_eq!(drive.but_watches(), 2, "no words for an answer that comes at once: {:?}", drive.ordered);
    let before = drive.call.clone();
    answer(&mut drive, op, "failed", None);
    assert_eq!(drive.call, before, "the same answer again");
    drive.later(5_000);
    assert_eq!(drive.call.state, "rest");
}

#[test]
fn each_outcome_has_its_way_and_an_unknown_one_is_failed() {
    for (outcome, state) in [("missing", "missing"), ("failed", "failed"), ("gone", "failed")] {
        let (mut drive, op) = asked();
        answer(&mut drive, op, outcome, None);
        assert_eq!(drive.call.state, state, "{outcome}");
        assert_eq!(drive.call.vars.get("customer"), None);
    }
}

#[test]
fn words_are_said_meanwhile_to_their_end_and_again() {
    let (mut drive, op) = asked();
    drive.later(699);
    assert_eq!(drive.but_watches(), 2);
    drive.later(1);
    let (first, command) = drive.last();
    assert!(matches!(command, Command::Play { .. }), "{command:?}");
    drive.webhook(Some(first), codes::OK, WebhookKind::PlayCompleted);
    drive.later(700);
    let (second, command) = drive.last();
    assert!(second.op > first.op && matches!(command, Command::Play { .. }), "{command:?}");
    answer(&mut drive, op, "ok", Some("Ada"));
    assert_eq!(drive.call.state, "look", "the words are heard to their end");
    assert!(!drive.call.wants(op.op, &drive.ordered[2].1));
    drive.webhook(Some(second), codes::OK, WebhookKind::PlayCompleted);
    assert_eq!(drive.call.state, "rest");
    assert_eq!(drive.call.vars.get("customer"), Some(&Value::Text("Ada".into())));
}

#[test]
fn words_that_cannot_be_said_hold_nothing_up() {
    let (mut drive, op) = asked();
    drive.later(700);
    let (words, _) = drive.last();
    drive.webhook(Some(words), codes::DOWNLOAD_FAILED, WebhookKind::PlayFailed);
    drive.later(10_000);
    assert_eq!(drive.last().0, words, "and are not tried again");
    answer(&mut drive, op, "missing", None);
    assert_eq!(drive.call.state, "missing");
}

#[test]
fn an_answer_that_never_comes_is_failed() {
    let (mut drive, op) = asked();
    drive.later(29_000);
    assert_eq!(drive.call.state, "look");
    let (words, _) = drive.last();
    drive.webhook(Some(words), codes::OK, WebhookKind::PlayCompleted);
    drive.later(1_000);
    let (words, _) = drive.last();
    assert_eq!(drive.call.state, "look", "the words are heard to their end");
    drive.webhook(Some(words), codes::OK, WebhookKind::PlayCompleted);
    assert_eq!(drive.call.state, "failed");
    let before = drive.call.clone();
    answer(&mut drive, op, "ok", Some("Ada"));
    assert_eq!(drive.call, before);
}

#[test]
fn the_party_leaves_and_the_answer_still_counts() {
    let (mut drive, op) = asked();
    drive.later(700);
    drive.webhook(None, codes::OK, WebhookKind::CallDisconnected);
    drive.later(500);
    assert_eq!(drive.call.state, "look");
    drive.later(5_000);
    answer(&mut drive, op, "ok", Some("Ada"));
    assert_eq!(drive.result(), Some("lost"), "taken by the next state that needs the line");
    assert_eq!(drive.call.vars.get("customer"), Some(&Value::Text("Ada".into())));
}

#[test]
fn what_came_meanwhile_is_taken_by_the_next_state_that_has_it() {
    type Act = fn(&mut Drive);
    let acts: [(Act, &str); 3] = [
        (|drive| tone(drive, Tone::Zero, 1), "zero"),
        (|drive| drop(drive.give(EventKind::Signal { name: "ready".into(), data: None })), "ready"),
        (|drive| drive.later(1), "rest"),
    ];
    for (act, state) in acts {
        let (mut drive, op) = asked();
        act(&mut drive);
        assert_eq!(drive.call.state, "look");
        answer(&mut drive, op, "ok", None);
        assert_eq!(drive.call.state, state);
        assert!(drive.call.pending.is_empty());
    }
}

#[test]
fn an_operator_ends_it() {
    let (mut drive, op) = asked();
    drive.give(EventKind::OperatorHangUp);
    assert!(!drive.call.wants(op.op, &drive.ordered[2].1));
    let before = drive.call.clone();
    answer(&mut drive, op, "ok", Some("Ada"));
    assert_eq!(drive.call, before);
}
