//! People brought in: joined, not reached, given up, gone again.

use crate::language::flow::expr::Expr;
use crate::language::flow::label::Label;
use crate::language::flow::state::{Kind, State};
use crate::language::flow::value::Value;
use crate::language::graph::CallKind;
use crate::language::graph::Program;
use crate::language::graph::program::Head;
use crate::machine::command::Command;
use crate::machine::event::{EventKind, Facts, Said, Webhook, WebhookKind};
use crate::machine::tests::{Drive, answers_then, constant_ms, edge, outcome, rest, state};
use crate::platform::codes;
use crate::platform::outcomes::Outcome;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) const PARTY: &str = "4:+441632960100";
pub(crate) const AGENT: &str = "8:acs:r_agent";

pub(crate) fn add(name: &str) -> State {
    state(
        name,
        Kind::Add {
            name: "agent".into(),
            target: Expr::Const(Value::Phone(AGENT.into())),
            from: None,
            ring_for: constant_ms(20_000),
            headers: vec![("case".into(), Expr::Const(Value::Text("7".into())))],
        },
    )
}

/// `ring -> talk`, with every other outcome, and the leaving of either person, as a state of its own.
pub(crate) fn program() -> Program {
    let mut edges = vec![
        outcome("ring", Outcome::Joined, "talk"),
        edge("ring", Label::PartyLeft, "party_left"),
        edge("talk", Label::PartyLeft, "party_left"),
        edge("talk", Label::Left("agent".into()), "agent_left"),
    ];
    let mut states = vec![add("ring"), rest("talk"), rest("party_left"), rest("agent_left")];
    for why in [Outcome::Busy, Outcome::NoAnswer, Outcome::Declined, Outcome::Unreachable, Outcome::Failed] {
        states.push(rest(why.word()));
        edges.push(outcome("ring", why, why.word()));
    }
    answers_then(states, edges, Head::default())
}

fn said(invitation: &str) -> Said {
    Said { invitation: Some(invitation.into()), ..Said::default() }
}

/// A call in which an agent joined and has been seen.
pub(crate) fn joined(program: Program) -> Drive {
    let mut drive = Drive::answered(program);
    drive.roster(&[(PARTY, false)]);
    drive.says(WebhookKind::AddParticipantSucceeded);
    drive.roster(&[(PARTY, false), (AGENT, false)]);
    drive
}

#[test]
fn somebody_joins_and_leaves() {
    let mut drive = Drive::answered(program());
    let (op, command) = drive.last();
    let headers = vec![("case".to_owned(), "7".into())];
    assert_eq!(command, Command::Add { who: AGENT.into(), from: None, ring_for_ms: 20_000, headers });
    drive.accept(op, said("inv"));
    drive.says(WebhookKind::AddParticipantSucceeded);
    assert_eq!(drive.call.state, "talk");
    assert!(drive.call.invited.is_empty());
    // A roster from before they joined says nothing of them.
    drive.roster(&[(PARTY, false)]);
    assert_eq!(drive.call.state, "talk");
    drive.roster(&[(PARTY, false), (AGENT, false)]);
    drive.roster(&[(PARTY, false)]);
    assert_eq!(drive.call.state, "agent_left");
}

#[test]
fn whoever_is_not_reached_has_an_outcome() {
    for why in [Outcome::Busy, Outcome::NoAnswer, Outcome::Declined, Outcome::Unreachable] {
        let mut drive = Drive::answered(program());
        let (op, _) = drive.last();
        drive.webhook(Some(op), codes::not_reached_code(why), WebhookKind::AddParticipantFailed);
        assert_eq!(drive.call.state, why.word());
        assert!(!drive.names_from(0).contains(&"cancel_add"), "nothing is left to take back");
    }
}

#[test]
fn a_phone_is_shown_the_number_of_the_call() {
    let mut phone = add("ring");
    if let Kind::Add { target, .. } = &mut phone.kind {
        *target = Expr::Const(Value::Phone("+441632960177".into()));
    }
    let drive = Drive::answered(answers_then(vec![phone], vec![], Head::default()));
    let Command::Add { from, .. } = drive.last().1 else { panic!("{:?}", drive.last()) };
    assert_eq!(from, Some("+18005550100".into()));
}

#[test]
fn an_invitation_left_open_is_taken_back_in_either_order() {
    for answer_first in [true, false] {
        let mut drive = Drive::answered(program());
        let (op, _) = drive.last();
        if answer_first {
            drive.accept(op, said("inv"));
        }
        drive.later(25_000);
        assert_eq!(drive.call.state, "no_answer");
        if !answer_first {
            drive.accept(op, said("inv"));
        }
        let cancel = Command::CancelAdd { invitation: "inv".into() };
        assert_eq!(drive.ordered.iter().filter(|(_, command)| *command == cancel).count(), 1);
        // They picked up at that very moment: out again.
        drive.webhook(Some(op), codes::OK, WebhookKind::AddParticipantSucceeded);
        assert_eq!(drive.last().1, Command::Remove { who: AGENT.into(), participant: None });
        assert_eq!(drive.call.state, "no_answer");
    }
}

#[test]
fn the_party_leaves_a_group_without_the_line_going() {
    let mut drive = joined(program());
    drive.roster(&[(AGENT, false)]);
    assert_eq!(drive.call.state, "party_left");
    let mut drive = Drive::answered(program());
    drive.roster(&[(PARTY, false)]);
    drive.roster(&[]);
    assert_eq!(drive.call.state, "ring", "of a call that is ending the end of the line tells");
}

#[test]
fn the_line_goes_while_it_rings() {
    let mut drive = Drive::answered(program());
    drive.webhook(None, codes::OK, WebhookKind::CallDisconnected);
    drive.later(500);
    assert_eq!(drive.call.state, "party_left");
    assert!(!drive.names_from(0).contains(&"cancel_add"), "{:?}", drive.ordered);
}

/// The first generations name people by participant ids, which answers and rosters tell.
#[test]
fn who_is_put_out_is_named_by_their_participant_id() {
    let id = |id: &str, participant: &str| (id.into(), participant.to_owned());
    let mut drive = joined(program());
    let facts = Facts {
        connection: Some("conn".into()),
        said: Some(Box::new(Said { participants: vec![id(AGENT, "p-roster")], ..Said::default() })),
        ..Facts::default()
    };
    let people = Vec::new();
    let kind = WebhookKind::ParticipantsUpdated { sequence: drive.call.roster + 1, people };
    drive.give(EventKind::Webhook(Webhook { op: None, facts, code: codes::OK, kind }));
    assert_eq!(drive.call.participant_ids.get(AGENT).map(String::as_str), Some("p-roster"));
    let mut drive = Drive::answered(program());
    let (op, _) = drive.last();
    drive.accept(op, Said { participants: vec![id("", "p-answer")], ..Said::default() });
    assert_eq!(drive.call.participant_ids.get(AGENT).map(String::as_str), Some("p-answer"));
    drive.later(25_000);
    drive.webhook(Some(op), codes::OK, WebhookKind::AddParticipantSucceeded);
    assert_eq!(drive.last().1, Command::Remove { who: AGENT.into(), participant: Some("p-answer".into()) });
}

/// `add agent -> return`, run twice in a row: of whom it brought in nobody speaks any more, and they stay on the line.
#[test]
fn who_was_brought_in_by_a_flow_that_is_over_is_kept_once_and_not_by_their_number() {
    let mut edges = vec![outcome("ring", Outcome::Joined, "return in")];
    edges.extend(
        [Outcome::Busy, Outcome::NoAnswer, Outcome::Declined, Outcome::Unreachable, Outcome::Failed]
            .map(|why| outcome("ring", why, "return out")),
    );
    let head = Head {
        flow: "bring".into(),
        call: CallKind::Live,
        returns: vec!["in".into(), "out".into()],
        participants: vec!["agent".into()],
        ..Head::default()
    };
    let bring = Program::assemble(head, "ring", vec![add("ring")], edges).expect("the test's program is whole");
    let run = |name: &str| state(name, Kind::Run { flow: "bring".into(), args: Vec::new() });
    let named = |name: &str| Label::Named(name.into());
    let mut edges = vec![edge("once", named("in"), "again"), edge("again", named("in"), "talk")];
    edges.extend(["once", "again"].map(|name| edge(name, named("out"), "talk")));
    let flows = BTreeMap::from([("bring".to_owned(), Arc::new(bring))]);
    let mut drive = Drive::answered(answers_then(
        vec![run("once"), run("again"), rest("talk")],
        edges,
        Head { flows, ..Head::default() },
    ));
    for _ in 0..2 {
        drive.roster(&[(PARTY, false)]);
        drive.says(WebhookKind::AddParticipantSucceeded);
    }
    assert_eq!(drive.call.state, "talk");
    let keys: Vec<&String> = drive.call.people.keys().collect();
    assert_eq!(keys, ["*/0", "party"], "the same person twice is one");
    drive.roster(&[(PARTY, false), (AGENT, false)]);
    drive.roster(&[(PARTY, false)]);
    assert_eq!(drive.call.state, "talk", "nobody speaks of them");
    assert!(!drive.call.people.contains_key("*/0") || !drive.call.people["*/0"].joined, "and they are gone");
}
