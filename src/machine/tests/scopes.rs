//! Scopes: entered and left as a whole, whatever happens meanwhile.

use crate::language::flow::expr::Expr;
use crate::language::flow::label::Label;
use crate::language::flow::state::{Condition, Group, Kind, State};
use crate::language::flow::value::Value;
use crate::language::graph::program::{End, Head};
use crate::language::graph::{Arrow, Edge, Program};
use crate::machine::command::{Command, OpRef};
use crate::machine::event::{Answer, EventKind, Said, WebhookKind};
use crate::machine::tests::adding::{AGENT, PARTY, add, joined};
use crate::machine::tests::{Drive, answers_then, edge, outcome, rest, state, words};
use crate::platform::codes::{self, Code};
use crate::platform::outcomes::Outcome;
use std::collections::BTreeMap;
use std::sync::Arc;

fn within(group: &str, mut state: State) -> State {
    state.group = Some(group.to_owned());
    state
}

/// `ring -> ask` (secure) `-> pay` (secure) `-> out`; `ask -> other` (a second scope) by `failed`.
pub(crate) fn program(secure: Vec<Condition>) -> Program {
    let states = vec![
        add("ring"),
        within("secure", rest("ask")),
        within("secure", rest("pay")),
        within("second", rest("other")),
        rest("out"),
        rest("no_card"),
        rest("left"),
        state("bye", Kind::Hangup { result: None, play: None, everyone: true }),
    ];
    let mut edges = vec![
        outcome("ring", Outcome::Joined, "ask"),
        outcome("ask", Outcome::Done, "pay"),
        outcome("ask", Outcome::Failed, "other"),
        outcome("pay", Outcome::Done, "out"),
        outcome("other", Outcome::Done, "bye"),
    ];
    for name in ["ask", "pay", "other"] {
        edges.push(edge(name, Label::NotEstablished, "no_card"));
        edges.push(edge(name, Label::Left("agent".into()), "left"));
        edges.push(edge(name, Label::PartyLeft, "return left"));
    }
    let group = |conditions| Group { conditions };
    let hold = Condition::Hold { who: "party".into(), music: None };
    let second = vec![Condition::RecordingActive, hold];
    let groups = BTreeMap::from([("secure".to_owned(), group(secure)), ("second".to_owned(), group(second))]);
    answers_then(states, edges, Head { groups, ..Head::default() })
}

pub(crate) fn recorded_and_held() -> Vec<Condition> {
    vec![Condition::RecordingActive, Condition::Hold { who: "agent".into(), music: Some(words("Please wait.")) }]
}

pub(crate) fn recording(id: &str, active: bool) -> WebhookKind {
    WebhookKind::RecordingStateChanged { recording: id.into(), active }
}

fn said(recording: &str) -> Said {
    Said { recording: Some(recording.into()), ..Said::default() }
}

/// On the way into the first scope: the recording is asked for.
pub(crate) fn entering() -> (Drive, OpRef) {
    let drive = joined(program(recorded_and_held()));
    let (op, command) = drive.last();
    assert_eq!(command, Command::StartRecording);
    (drive, op)
}

/// In the first scope.
fn inside() -> Drive {
    let (mut drive, op) = entering();
    drive.accept(op, said("rec"));
    drive.webhook(None, codes::OK, recording("rec", true));
    drive.roster(&[(PARTY, false), (AGENT, true)]);
    assert!(matches!(drive.last().1, Command::Play { .. }), "{:?}", drive.last());
    drive
}

#[test]
fn the_state_begins_once_every_condition_holds() {
    let (mut drive, op) = entering();
    assert!(drive.call.wants(op.op, &Command::StartRecording), "it is still to be made");
    drive.accept(op, said("rec"));
    assert_eq!(drive.last().0, op, "accepted is not yet active");
    drive.webhook(None, codes::OK, recording("rec", true));
    let (op, command) = drive.last();
    let Command::Hold { who, music: Some(_) } = command else { panic!("{command:?}") };
    assert_eq!(who, AGENT);
    drive.accept(op, Said::default());
    drive.later(499);
    assert_eq!(drive.last().0, op);
    drive.later(1);
    assert!(matches!(drive.last().1, Command::Play { .. }), "{:?}", drive.last());
    assert!(drive.call.crossing.is_none());
}

#[test]
fn an_edge_within_keeps_the_scope_and_an_edge_out_undoes_it_in_reverse() {
    let mut drive = inside();
    let n = drive.ordered.len();
    drive.says(WebhookKind::PlayCompleted);
    assert_eq!((drive.call.state.as_str(), drive.names_from(n)), ("pay", vec!["play"]));
    drive.says(WebhookKind::PlayCompleted);
    assert_eq!((drive.call.state.as_str(), drive.names_from(n + 1)), ("out", vec!["unhold", "stop_recording", "play"]));
    assert!(drive.call.scopes.is_empty());
}

#[test]
fn from_scope_to_scope_the_first_is_left_before_the_second_is_entered() {
    let mut drive = inside();
    let n = drive.ordered.len();
    drive.says(WebhookKind::PlayFailed);
    drive.later(500);
    assert_eq!(drive.names_from(n), ["unhold", "stop_recording", "start_recording"]);
    let (op, _) = drive.last();
    drive.webhook(None, codes::OK, recording("rec", false));
    drive.accept(op, said("rec2"));
    drive.webhook(None, codes::OK, recording("rec2", true));
    assert_eq!(drive.last().1, Command::Hold { who: "+441632960100".into(), music: None });
    drive.roster(&[(PARTY, true), (AGENT, false)]);
    assert!(matches!(drive.last().1, Command::Play { .. }), "{:?}", drive.last());
    // At the call's end the recording is ended by us, and everything else by the end of the call.
    let n = drive.ordered.len();
    drive.says(WebhookKind::PlayCompleted);
    assert_eq!(drive.names_from(n), ["unhold", "stop_recording", "terminate"]);
}

#[test]
fn the_end_of_the_call_ends_the_recording_first() {
    let mut drive = inside();
    let n = drive.ordered.len();
    drive.give(EventKind::OperatorHangUp);
    assert_eq!(drive.names_from(n), ["unhold", "stop_recording", "hang_up"], "somebody stays behind");
}

#[test]
fn what_cannot_be_brought_about_undoes_the_rest() {
    let way_out = |act: &dyn Fn(&mut Drive, OpRef)| {
        let (mut drive, op) = entering();
        drive.accept(op, said("rec"));
        drive.webhook(None, codes::OK, recording("rec", true));
        let (op, _) = drive.last();
        let n = drive.ordered.len();
        act(&mut drive, op);
        assert_eq!(drive.call.state, "no_card");
        let names = drive.names_from(n);
        (drive, names)
    };
    let refused = way_out(&|drive, op| drive.refuse(op, Code::new(400, 8501)));
    assert_eq!(refused.1, ["stop_recording", "play"], "a hold that was refused is none to undo");
    let failed = way_out(&|drive, op| {
        drive.accept(op, Said::default());
        drive.webhook(Some(op), Code::new(500, 9999), WebhookKind::HoldFailed);
    });
    assert_eq!(failed.1, ["stop_recording", "play"]);
    let overdue = way_out(&|drive, op| {
        drive.give(EventKind::Response { op, answer: Answer::Unknown });
        drive.later(5_000);
    });
    assert_eq!(overdue.1, ["unhold", "stop_recording", "play"], "it may hold after all");
}

#[test]
fn whoever_leaves_meanwhile_is_treated_by_the_rules_of_the_group() {
    let (mut drive, op) = entering();
    drive.accept(op, said("rec"));
    let n = drive.ordered.len();
    drive.roster(&[(PARTY, false)]);
    assert_eq!((drive.call.state.as_str(), drive.names_from(n)), ("left", vec!["stop_recording", "play"]));
    let (mut drive, _) = entering();
    drive.webhook(None, codes::OK, WebhookKind::CallDisconnected);
    assert_eq!(drive.result(), Some("left"));
}

#[test]
fn what_holds_already_is_neither_sent_nor_undone() {
    let mut drive = joined(program(vec![Condition::Streaming]));
    assert_eq!(drive.last().1, Command::StartStreaming);
    drive.says(WebhookKind::MediaStreamingStarted);
    assert!(drive.call.streaming && matches!(drive.last().1, Command::Play { .. }));

    let hold = || Condition::Hold { who: "agent".into(), music: None };
    let mut drive = Drive::answered(program(vec![hold()]));
    drive.roster(&[(PARTY, false)]);
    let n = drive.ordered.len();
    drive.call.people.clear();
    drive.says(WebhookKind::AddParticipantSucceeded);
    assert_eq!(drive.names_from(n), ["hold"]);

    let twice = vec![hold(), hold()];
    let mut drive = joined(program(twice));
    let n = drive.ordered.len();
    drive.roster(&[(PARTY, false), (AGENT, true)]);
    assert_eq!(drive.names_from(n), ["play"], "the second hold held already");
    drive.says(WebhookKind::PlayCompleted);
    let n = drive.ordered.len();
    drive.says(WebhookKind::PlayCompleted);
    assert_eq!(drive.names_from(n), ["unhold", "play"], "and is undone once");
}

#[test]
fn a_recording_pauses_and_goes_on() {
    let mut drive = joined(program(vec![Condition::RecordingActive, Condition::RecordingPaused]));
    let (op, _) = drive.last();
    drive.accept(op, said("rec"));
    drive.webhook(None, codes::OK, recording("rec", true));
    let pause = Command::PauseRecording { recording: "rec".into() };
    assert_eq!(drive.last().1, pause);
    // Of another recording.
    drive.webhook(None, codes::OK, recording("foreign", false));
    assert_eq!(drive.last().1, pause);
    drive.webhook(None, codes::OK, recording("rec", false));
    drive.says(WebhookKind::PlayCompleted);
    let n = drive.ordered.len();
    drive.says(WebhookKind::PlayCompleted);
    assert_eq!(drive.names_from(n), ["resume_recording", "stop_recording", "play"]);
    // Without a recording nothing can pause.
    let drive = joined(program(vec![Condition::RecordingPaused]));
    assert_eq!(drive.call.state, "no_card");
}

#[test]
fn a_recording_that_is_paused_already_holds_and_so_does_one_that_runs() {
    let mut drive = joined(program(vec![Condition::RecordingActive, Condition::RecordingPaused]));
    let (op, _) = drive.last();
    drive.accept(op, said("rec"));
    drive.webhook(None, codes::OK, recording("rec", true));
    let (op, _) = drive.last();
    // Sent again after a crash: the first request was carried out.
    drive.refuse(op, codes::refusal::ALREADY);
    assert_eq!(drive.last().1.name(), "play");
    drive.says(WebhookKind::PlayCompleted);
    let n = drive.ordered.len();
    drive.says(WebhookKind::PlayCompleted);
    assert_eq!(drive.names_from(n), ["resume_recording", "stop_recording", "play"]);
    let (op, _) = drive.ordered[n].clone();
    drive.refuse(op, codes::refusal::ALREADY);
    assert!(drive.call.undoing.iter().all(|undo| undo.op != op.op), "it is undone");
}

#[test]
fn a_transcription_begins_and_ends() {
    let locale = Expr::Const(Value::Text("en-GB".into()));
    let mut drive = joined(program(vec![Condition::Transcription(locale)]));
    assert_eq!(drive.last().1, Command::StartTranscription { locale: "en-GB".into() });
    drive.says(WebhookKind::TranscriptionStarted);
    assert_eq!(drive.call.transcription.as_deref(), Some("en-GB"));
    drive.says(WebhookKind::PlayCompleted);
    let n = drive.ordered.len();
    drive.says(WebhookKind::PlayCompleted);
    assert_eq!(drive.names_from(n), ["stop_transcription", "play"]);
}

#[test]
fn an_undo_that_fails_is_tried_again_and_changes_no_route() {
    let mut drive = joined(program(vec![Condition::Streaming]));
    drive.says(WebhookKind::MediaStreamingStarted);
    drive.says(WebhookKind::PlayCompleted);
    drive.says(WebhookKind::PlayCompleted);
    assert_eq!(drive.call.state, "out");
    let stops = |drive: &Drive| drive.ordered.iter().filter(|(_, c)| *c == Command::StopStreaming).count();
    for attempt in 1..=10 {
        let (op, _) = drive.ordered.iter().rfind(|(_, c)| *c == Command::StopStreaming).cloned().expect("a stop");
        drive.refuse(op, Code::new(500, 9999));
        drive.later(10_000);
        assert_eq!(stops(&drive), (attempt + 1).min(5));
    }
    assert_eq!(drive.call.state, "out");
    assert!(drive.call.undoing.is_empty());
}

/// `ring -> help -> out`; `help` holds the agent and runs a flow whose only state is streamed.
fn running_another() -> Program {
    let streamed = BTreeMap::from([("streamed".to_owned(), Group { conditions: vec![Condition::Streaming] })]);
    let done = Edge { label: Label::Outcome(Outcome::Done), arrow: Arrow::Main, limit: None, default: false };
    let inner = Program::assemble(
        Head { flow: "inner".into(), groups: streamed, participants: vec!["agent".into()], ..Head::default() },
        "talk",
        vec![within("streamed", rest("talk"))],
        vec![("talk".to_owned(), End::Return(None), done)],
    );
    let help = within("secure", state("help", Kind::Run { flow: "inner".into(), args: vec![] }));
    let hold = Condition::Hold { who: "agent".into(), music: None };
    answers_then(
        vec![add("ring"), help, rest("out"), rest("left")],
        vec![
            outcome("ring", Outcome::Joined, "help"),
            outcome("help", Outcome::Done, "out"),
            edge("out", Label::Left("agent".into()), "left"),
        ],
        Head {
            groups: BTreeMap::from([("secure".to_owned(), Group { conditions: vec![hold] })]),
            flows: BTreeMap::from([("inner".to_owned(), Arc::new(inner.expect("the test's program is whole")))]),
            ..Head::default()
        },
    )
}

#[test]
fn the_scope_of_a_flow_that_runs_another_stays_and_is_left_after_the_others() {
    let mut drive = joined(running_another());
    let n = drive.ordered.len();
    drive.roster(&[(PARTY, false), (AGENT, true)]);
    drive.says(WebhookKind::MediaStreamingStarted);
    assert_eq!((drive.call.state.as_str(), drive.names_from(n)), ("talk", vec!["start_streaming", "play"]));
    drive.says(WebhookKind::PlayCompleted);
    assert_eq!(drive.call.state, "out");
    assert_eq!(drive.names_from(n + 2), ["stop_streaming", "unhold", "play"]);
}

#[test]
fn whoever_leaves_while_another_flow_runs_has_left_once_it_is_over() {
    let mut drive = joined(running_another());
    drive.roster(&[(PARTY, false), (AGENT, true)]);
    drive.says(WebhookKind::MediaStreamingStarted);
    drive.roster(&[(PARTY, false)]);
    assert_eq!(drive.call.state, "talk", "the agent of this flow is somebody else");
    let n = drive.ordered.len();
    drive.says(WebhookKind::PlayCompleted);
    assert_eq!((drive.call.state.as_str(), drive.names_from(n)), ("left", vec!["stop_streaming", "play"]));
}
