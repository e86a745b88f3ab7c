//! People brought in: joined, not reached, given up, gone again.

use crate::language::flow::expr::Expr;
use crate::language::flow::label::Label;
use crate::language::flow::state::{Kind, State};
use crate::language::flow::value::Value;
use crate::language::graph::Program;
use crate::language::graph::program::Head;
use crate::machine::command::Command;
use crate::machine::event::{EventKind, Facts, Said, Webhook, WebhookKind};
use crate::machine::tests::{Drive, answers_then, constant_ms, edge, outcome, rest, state};
use crate::platform::codes;
use crate::platform::outcomes::Outcome;

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
