//! People put out, moved, muted, sent keys, asked after, transferred and spoken to.

use crate::language::flow::expr::{Expr, Slot};
use crate::language::flow::label::Label;
use crate::language::flow::state::{Kind, Query, State};
use crate::language::flow::value::Value;
use crate::language::graph::Program;
use crate::language::graph::program::Head;
use crate::machine::command::Command;
use crate::machine::event::{Answer, ConnectionState, EventKind, Facts, Present, Said, WebhookKind};
use crate::machine::tests::adding::{AGENT, PARTY, add, joined};
use crate::machine::tests::{Drive, answers_then, edge, outcome, rest, state, words};
use crate::platform::codes::{Code, refusal};
use crate::platform::outcomes::Outcome;
use crate::platform::tones::Tone;
use std::collections::BTreeMap;

/// `ring -> it`, and every outcome of `it` as a state of its own.
fn then_it(kind: Kind) -> Program {
    let mut states = vec![add("ring"), state("it", kind)];
    let mut edges = vec![
        outcome("ring", Outcome::Joined, "it"),
        edge("it", Label::PartyLeft, "party_left"),
        edge("it", Label::Left("agent".into()), "agent_left"),
        edge("done", Label::Left("agent".into()), "agent_left"),
    ];
    states.extend([rest("party_left"), rest("agent_left")]);
    for why in [Outcome::Done, Outcome::Failed, Outcome::Ok, Outcome::Missing, Outcome::Accepted, Outcome::Busy] {
        states.push(rest(why.word()));
        edges.push(outcome("it", why, why.word()));
    }
    answers_then(states, edges, Head::default())
}

fn doing(kind: Kind) -> Drive {
    let drive = joined(then_it(kind));
    assert_eq!(drive.call.state, "it");
    drive
}

fn agent() -> String {
    AGENT.to_owned()
}

#[test]
fn somebody_is_put_out() {
    let mut drive = doing(Kind::Remove { name: "agent".into() });
    assert_eq!(drive.last().1, Command::Remove { who: agent().into(), participant: None });
    drive.says(WebhookKind::RemoveParticipantSucceeded);
    drive.roster(&[(PARTY, false)]);
    assert_eq!(drive.call.state, "done", "that they are gone is no news");
    let mut drive = doing(Kind::Remove { name: "agent".into() });
    drive.roster(&[(PARTY, false)]);
    assert_eq!(drive.call.state, "done", "they left by themselves");
    let mut drive = doing(Kind::Remove { name: "agent".into() });
    drive.says(WebhookKind::RemoveParticipantFailed);
    drive.later(500);
    assert_eq!(drive.call.state, "failed");
}

#[test]
fn somebody_is_muted() {
    let mut drive = doing(Kind::Mute { name: "agent".into() });
    let (op, command) = drive.last();
    assert_eq!(command, Command::Mute { who: agent().into() });
    drive.accept(op, Said::default());
    assert_eq!(drive.call.state, "done");
    assert!(drive.call.people["agent"].muted);
}

#[test]
fn a_refusal_about_somebody_is_not_the_end_of_the_call() {
    let mut drive = doing(Kind::Mute { name: "agent".into() });
    let (op, _) = drive.last();
    drive.refuse(op, refusal::NOT_FOUND);
    let (probe, command) = drive.last();
    assert_eq!(command, Command::GetCall);
    let facts = Facts { state: Some(ConnectionState::Connected), ..Facts::default() };
    drive.give(EventKind::Response { op: probe, answer: Answer::Accepted(facts) });
    assert_eq!(drive.call.state, "failed");
}

#[test]
fn somebody_comes_from_another_call() {
    let kind = || Kind::Move { name: "agent".into(), from: Expr::Const(Value::Text("other".into())) };
    let mut drive = doing(kind());
    let moved = Command::Move { name: "agent".into(), call: "other".into(), there: None };
    assert_eq!(drive.last().1, moved);
    drive.says(WebhookKind::MoveParticipantSucceeded { who: Some("8:acs:r_other".into()) });
    assert_eq!((drive.call.state.as_str(), drive.call.people["agent"].id.as_str()), ("done", "8:acs:r_other"));
    let mut drive = doing(kind());
    let (op, _) = drive.last();
    drive.refuse(op, refusal::NOT_IN_CALL);
    assert_eq!(drive.call.state, "failed");
}

#[test]
fn keys_are_sent() {
    let keys = |keys: &str| Kind::SendKeys { keys: Expr::Const(Value::Text(keys.into())), to: None };
    let mut drive = doing(keys("1*"));
    let sent = Command::SendKeys { who: "+441632960100".into(), keys: vec![Tone::One, Tone::Asterisk].into() };
    assert_eq!(drive.last().1, sent);
    drive.says(WebhookKind::SendDtmfTonesCompleted);
    assert_eq!(drive.call.state, "done");
    for bad in ["", "1,2", "1234567890123456789"] {
        let drive = joined(then_it(keys(bad)));
        assert_eq!(drive.call.state, "failed", "{bad}");
    }
}

fn query(what: Query) -> State {
    state("it", Kind::Query { what, save: Some("answer".into()) })
}

#[test]
fn the_platform_is_asked() {
    let mut drive = doing(query(Query::Participant("agent".into())).kind);
    let (op, command) = drive.last();
    assert_eq!(command, Command::GetParticipant { who: agent().into() });
    let present = |id: &str| Present { id: id.into(), muted: true, held: false };
    drive.accept(op, Said { people: vec![present(AGENT)], ..Said::default() });
    assert_eq!(drive.call.state, "ok");
    let how = BTreeMap::from([("held".to_owned(), Value::Bool(false)), ("muted".to_owned(), Value::Bool(true))]);
    assert_eq!(drive.call.read(&Slot::Var("answer".into())), Some(Value::Record(how)));

    let mut drive = doing(query(Query::Participants).kind);
    let (op, _) = drive.last();
    drive.accept(op, Said { people: vec![present(PARTY), present(AGENT)], ..Said::default() });
    let both = vec![Value::Phone("+441632960100".into()), Value::Phone(AGENT.into())];
    assert_eq!(drive.call.vars["answer"], Value::List(both));

    let mut drive = doing(query(Query::Call).kind);
    let (op, _) = drive.last();
    let facts = Facts { state: Some(ConnectionState::Connected), ..Facts::default() };
    drive.give(EventKind::Response { op, answer: Answer::Accepted(facts) });
    assert_eq!(drive.call.vars["answer"], Value::Text("connected".into()));
}

#[test]
fn whoever_is_not_there_is_missing() {
    let mut drive = doing(query(Query::Participant("agent".into())).kind);
    let (op, _) = drive.last();
    drive.refuse(op, refusal::NOT_FOUND);
    assert_eq!(drive.call.state, "missing");
    let mut drive = doing(query(Query::Participants).kind);
    let (op, _) = drive.last();
    drive.refuse(op, Code::new(403, 7504));
    assert_eq!(drive.call.state, "failed");
}

#[test]
fn one_of_a_group_is_transferred_and_the_line_stays() {
    let kind = Kind::Transfer {
        to: Expr::Const(Value::Phone("+441632960111".into())),
        play: None,
        who: Some("agent".into()),
        from: None,
        headers: vec![("case".into(), Expr::Const(Value::Digits("7".into())))],
    };
    let mut drive = doing(kind);
    let transfer = Command::Transfer {
        to: "+441632960111".into(),
        transferee: Some(agent().into()),
        from: None,
        headers: vec![("case".into(), "7".into())],
    };
    assert_eq!(drive.last().1, transfer);
    drive.says(WebhookKind::CallTransferAccepted);
    drive.roster(&[(PARTY, false)]);
    assert_eq!(drive.call.state, "accepted");
    assert!(matches!(drive.last().1, Command::Play { .. }), "the party is still there and spoken to");
}

#[test]
fn one_of_a_group_is_spoken_to() {
    let kind = Kind::Play {
        prompt: words("Between us."),
        hear: Some("agent".into()),
        looped: false,
        interrupt: true,
        must_hear: false,
    };
    let mut drive = doing(kind);
    let n = drive.ordered.len();
    assert_eq!(drive.names_from(n - 2), ["cancel_media", "play"], "a play to one cannot cut off what plays");
    let Command::Play { to, interrupt, .. } = drive.last().1 else { panic!("{:?}", drive.last()) };
    assert_eq!((to, interrupt), (vec![agent().into()], false));
    drive.says(WebhookKind::PlayCompleted);
    assert_eq!(drive.call.state, "done");
    // Once they are gone nobody would hear it.
    drive.roster(&[(PARTY, false)]);
    assert_eq!(drive.call.state, "agent_left");
}
