//! `run`: a flow within a flow, its results, the ways out of it, and what its caller's rules do meanwhile.

use crate::language::flow::expr::{Expr, Op, Slot};
use crate::language::flow::label::{Label, Since};
use crate::language::flow::state::{Kind, State};
use crate::language::flow::types::Type;
use crate::language::flow::value::Value;
use crate::language::graph::program::{End, Head, Limit, Param};
use crate::language::graph::{Arrow, CallKind, Edge, Program};
use crate::machine::call::{DEPTH, Origin, Phase};
use crate::machine::command::Command;
use crate::machine::event::{EventKind, WebhookKind};
use crate::machine::tests::wait::hangup;
use crate::machine::tests::{Drive, constant_ms, edge, outcome, state, words};
use crate::machine::trace::Trace;
use crate::platform::codes;
use crate::platform::outcomes::Outcome;
use std::collections::BTreeMap;
use std::sync::Arc;

fn run(name: &str, flow: &str, args: Vec<(&str, Expr)>) -> State {
    let args = args.into_iter().map(|(name, arg)| (name.to_owned(), arg)).collect();
    state(name, Kind::Run { flow: flow.to_owned(), args })
}

fn wait(name: &str, ms: u64) -> State {
    state(name, Kind::Wait { time: constant_ms(ms) })
}

fn param(name: &str) -> Expr {
    Expr::Read(Slot::Param(name.to_owned()))
}

/// `check { first -> return first, second -> away, third -> bye }` by its parameter `n`; else it waits ten seconds, and plays.
fn inner() -> Program {
    let is = |n| Expr::Binary(Op::Eq, Box::new(param("n")), Box::new(Expr::Const(Value::Int(n))));
    let states = vec![
        state("check", Kind::Decide { branches: vec![is(1), is(2), is(3)] }),
        state("away", Kind::Hangup { result: Some("hung_up".into()), play: Some(words("Bye.")), everyone: false }),
        wait("rest", 10_000),
        state(
            "talk",
            Kind::Play { prompt: words("Hello."), hear: None, looped: false, interrupt: false, must_hear: false },
        ),
    ];
    let limit = Some(Limit { counter: "talk".into(), times: 1 });
    let again = |to: End, arrow| {
        let label = Label::Outcome(Outcome::Done);
        ("talk".to_owned(), to, Edge { label, arrow, limit: limit.clone(), default: false })
    };
    let edges = vec![
        edge("check", Label::Branch(0), "return first"),
        edge("check", Label::Branch(1), "away"),
        edge("check", Label::Branch(2), "talk"),
        edge("check", Label::Else, "rest"),
        outcome("rest", Outcome::Done, "return rested"),
        again(End::State("talk".into()), Arrow::Main),
        again(End::Return(Some("talked".into())), Arrow::Else),
        ("talk".into(), End::Return(None), failed_by_default()),
    ];
    let int = |default| Param { ty: Type::Int, default };
    let head = Head {
        flow: "inner".into(),
        call: CallKind::Live,
        params: BTreeMap::from([("n".into(), int(None)), ("m".into(), int(Some(Value::Int(7))))]),
        returns: vec!["first".into(), "hung_up".into(), "rested".into(), "talked".into()],
        ..Head::default()
    };
    Program::assemble(head, "check", states, edges).expect("the test's program is whole")
}

fn failed_by_default() -> Edge {
    Edge { label: Label::Outcome(Outcome::Failed), arrow: Arrow::Main, limit: None, default: true }
}

/// `pick_up -> desk (runs inner) -> rest -> bye`; `desk` and `rest` are left to `late` after a minute of the flow, and `desk`
/// catches the party's leaving when `catches`.
fn outer(n: i64, catches: bool) -> Program {
    let states = vec![
        state("pick_up", Kind::Answer),
        run("desk", "inner", vec![("n", Expr::Const(Value::Int(n)))]),
        wait("rest", 120_000),
        hangup("bye"),
        hangup("late"),
        hangup("lost"),
    ];
    let named = |name: &str| Label::Named(name.into());
    let late = Label::After { ms: 60_000, since: Since::Flow };
    let mut edges = vec![
        outcome("pick_up", Outcome::Connected, "desk"),
        outcome("pick_up", Outcome::Failed, "return failed"),
        edge("desk", named("first"), "rest"),
        edge("desk", named("rested"), "rest"),
        edge("desk", named("talked"), "bye"),
        edge("desk", named("hung_up"), "bye"),
        outcome("desk", Outcome::Done, "rest"),
        outcome("rest", Outcome::Done, "bye"),
        edge("rest", late, "late"),
        edge("rest", Label::PartyLeft, "lost"),
    ];
    if catches {
        edges.push(edge("desk", Label::PartyLeft, "lost"));
    }
    let head = Head {
        flow: "outer".into(),
        call: CallKind::Inbound,
        flows: BTreeMap::from([("inner".to_owned(), Arc::new(inner()))]),
        ..Head::default()
    };
    Program::assemble(head, "pick_up", states, edges).expect("the test's program is whole")
}

/// The flow within a flow, in the branch that waits.
pub(crate) fn nested() -> Program {
    outer(0, true)
}

fn up(program: Program) -> Drive {
    let mut drive = Drive::of(program, Origin::Inbound { context: "ctx".into() });
    let (op, _) = drive.last();
    drive.webhook(Some(op), codes::OK, WebhookKind::CallConnected);
    drive
}

#[test]
fn a_result_leads_on_in_the_flow_that_asked() {
    let mut drive = up(outer(1, true));
    assert_eq!((drive.call.state.as_str(), drive.call.running.as_deref()), ("rest", None));
    assert!(drive.call.frames.is_empty());
    assert_eq!(drive.call.params.get("n"), None, "what was the inner flow's own is gone");
    drive.later(120_000);
    assert_eq!(drive.call.state, "late");
}

#[test]
fn what_is_a_flows_own_is_its_own() {
    let mut drive = Drive::of(outer(0, true), Origin::Inbound { context: "ctx".into() });
    drive.call.vars.insert("mine".into(), Value::Int(1));
    let (op, _) = drive.last();
    let step = drive.webhook(Some(op), codes::OK, WebhookKind::CallConnected);
    assert_eq!((drive.call.state.as_str(), drive.call.running.as_deref()), ("rest", Some("inner")));
    assert_eq!(drive.call.params.get("n"), Some(&Value::Int(0)));
    assert_eq!(drive.call.params.get("m"), Some(&Value::Int(7)), "its default");
    assert!(drive.call.vars.is_empty());
    assert!(step.trace.contains(&Trace::Running { flow: "inner".into(), from: "desk".into() }));
    drive.later(10_000);
    assert_eq!((drive.call.state.as_str(), drive.call.running.as_deref()), ("rest", None));
    assert_eq!(drive.call.vars.get("mine"), Some(&Value::Int(1)));
}

#[test]
fn a_hang_up_within_ends_the_line_and_then_gives_its_result() {
    let mut drive = up(outer(2, true));
    let (op, command) = drive.last();
    assert!(matches!(command, Command::Play { .. }), "{command:?}");
    drive.webhook(Some(op), codes::OK, WebhookKind::PlayCompleted);
    assert_eq!((drive.last().1, &drive.call.phase), (Command::HangUp, &Phase::Running));
    drive.later(60_000);
    assert_eq!(drive.call.state, "away", "nothing cuts a hang-up short");
    drive.webhook(None, codes::ENDED_BY_REQUEST, WebhookKind::CallDisconnected);
    // `bye` of the outer flow finds nobody on the line.
    assert_eq!(drive.result(), Some("bye"));
    let hang_ups = drive.ordered.iter().filter(|(_, command)| *command == Command::HangUp).count();
    assert_eq!(hang_ups, 1);
}

#[test]
fn the_party_leaves_within_and_the_caller_catches_it_or_the_call_is_over() {
    for (catches, result) in [(true, Some("lost")), (false, None)] {
        let mut drive = up(outer(0, catches));
        assert_eq!(drive.call.running.as_deref(), Some("inner"));
        drive.webhook(None, codes::OK, WebhookKind::CallDisconnected);
        assert_eq!(drive.result(), result);
        assert!(drive.call.frames.is_empty());
    }
}

#[test]
fn a_rule_of_the_caller_that_came_due_within_is_taken_on_return() {
    let mut program = outer(0, true);
    let (desk, late) = (program.node("desk").expect("a state"), program.node("late").expect("a state"));
    let label = Label::After { ms: 5_000, since: Since::State };
    program.graph.add_edge(desk, late, Edge { label, arrow: Arrow::Main, limit: None, default: false });
    let mut drive = up(program);
    drive.later(9_999);
    assert_eq!(drive.call.running.as_deref(), Some("inner"), "it does not reach in");
    drive.later(1);
    assert_eq!(drive.call.state, "late", "in place of the result");
}

#[test]
fn a_rule_of_the_callers_flow_waits_for_the_next_state_that_has_it() {
    let mut drive = up(outer(0, true));
    drive.call.frames[0].timers.iter_mut().for_each(|timer| timer.at = drive.at + 3_000);
    drive.later(9_999);
    assert_eq!(drive.call.running.as_deref(), Some("inner"));
    drive.later(1);
    assert_eq!(drive.call.state, "late");
}

#[test]
fn a_flow_without_results_that_fails_by_default_hangs_up() {
    let mut drive = up(outer(3, true));
    let (op, _) = drive.last();
    drive.webhook(Some(op), codes::DOWNLOAD_FAILED, WebhookKind::PlayFailed);
    drive.later(500);
    assert_eq!((drive.last().1, &drive.call.phase), (Command::HangUp, &Phase::Running));
    drive.webhook(None, codes::ENDED_BY_REQUEST, WebhookKind::CallDisconnected);
    assert_eq!(drive.result(), Some("lost"), "done, then the next state finds the line gone");
}

#[test]
fn a_failure_that_is_written_to_return_goes_on_in_the_flow_that_asked() {
    let mut program = outer(3, true);
    let inner = program.flows.get_mut("inner").expect("it runs this one");
    std::sync::Arc::make_mut(inner).graph.edge_weights_mut().for_each(|edge| edge.default = false);
    let mut drive = up(program);
    let (op, _) = drive.last();
    drive.webhook(Some(op), codes::DOWNLOAD_FAILED, WebhookKind::PlayFailed);
    drive.later(500);
    assert_eq!((drive.call.state.as_str(), drive.call.running.as_deref()), ("rest", None));
}

#[test]
fn limits_count_within_one_run_of_the_flow() {
    let mut drive = up(outer(3, true));
    for _ in 0..2 {
        assert_eq!(drive.call.state, "talk");
        let (op, _) = drive.last();
        drive.webhook(Some(op), codes::OK, WebhookKind::PlayCompleted);
    }
    assert!(drive.call.counters.is_empty(), "{:?}", drive.call.counters);
    assert_eq!(drive.call.state, "bye");
}

#[test]
fn an_operator_ends_a_call_in_the_middle_of_it() {
    let mut drive = up(outer(0, true));
    drive.give(EventKind::OperatorHangUp);
    drive.webhook(None, codes::ENDED_BY_REQUEST, WebhookKind::CallDisconnected);
    assert_eq!(drive.result(), None);
}

#[test]
fn flows_that_run_one_another_for_ever_end() {
    let states = vec![run("again", "deep", vec![])];
    let edges = vec![outcome("again", Outcome::Done, "return never")];
    let head = Head { flow: "deep".into(), ..Head::default() };
    let deep = Program::assemble(head, "again", states, edges).expect("the test's program is whole");
    let states = vec![state("pick_up", Kind::Answer), run("desk", "deep", vec![])];
    let edges = vec![
        outcome("pick_up", Outcome::Connected, "desk"),
        edge("desk", Label::Named("never".into()), "return never"),
    ];
    let flows = BTreeMap::from([("deep".to_owned(), Arc::new(deep))]);
    let head = Head { flow: "outer".into(), call: CallKind::Inbound, flows, ..Head::default() };
    let program = Program::assemble(head, "pick_up", states, edges).expect("the test's program is whole");
    let mut drive = up(program);
    assert_eq!(drive.call.frames.len(), DEPTH);
    drive.webhook(None, codes::ENDED_BY_REQUEST, WebhookKind::CallDisconnected);
    assert_eq!(drive.result(), Some("failed"));
}
