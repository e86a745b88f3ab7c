//! `wait`, `set`, and the rules of groups: what time does by itself.

use crate::language::flow::expr::{Expr, Op, Slot};
use crate::language::flow::label::{Label, Since};
use crate::language::flow::state::{Kind, State};
use crate::language::flow::value::Value;
use crate::language::graph::program::Head;
use crate::language::graph::{CallKind, Program};
use crate::machine::call::{Origin, Phase};
use crate::machine::command::Command;
use crate::machine::event::{Answer, ConnectionState, EventKind, Facts, WebhookKind};
use crate::machine::tests::{Drive, constant_ms, edge, outcome, state};
use crate::machine::trace::Trace;
use crate::platform::codes;
use crate::platform::outcomes::Outcome;

fn wait(name: &str, ms: u64) -> State {
    state(name, Kind::Wait { time: constant_ms(ms) })
}

fn in_group(group: &str, state: State) -> State {
    State { group: Some(group.to_owned()), ..state }
}

pub(crate) fn hangup(name: &str) -> State {
    state(name, Kind::Hangup { result: Some(name.to_owned()), play: None, everyone: false })
}

fn number(n: i64) -> Expr {
    Expr::Const(Value::Int(n))
}

fn var(name: &str) -> Box<Expr> {
    Box::new(Expr::Read(Slot::Var(name.to_owned())))
}

fn up(program: Program) -> Drive {
    let mut drive = Drive::of(program, Origin::Inbound { context: "ctx".into() });
    let (op, _) = drive.last();
    drive.webhook(Some(op), codes::OK, WebhookKind::CallConnected);
    drive
}

fn inbound() -> Head {
    Head { flow: "test".into(), call: CallKind::Inbound, ..Head::default() }
}

/// `pick_up -> first (10 s) -> second (10 s) -> bye`; the two stand in a group with `after 15s`, and `second` has `after 8s`.
pub(crate) fn waiting() -> Program {
    let states = vec![
        state("pick_up", Kind::Answer),
        in_group("pair", wait("first", 10_000)),
        in_group("pair", wait("second", 10_000)),
        wait("outside", 60_000),
        hangup("bye"),
        hangup("late"),
        hangup("lost"),
    ];
    let grouped = Label::After { ms: 15_000, since: Since::Group };
    let edges = vec![
        outcome("pick_up", Outcome::Connected, "first"),
        outcome("pick_up", Outcome::Failed, "return failed"),
        outcome("first", Outcome::Done, "second"),
        outcome("second", Outcome::Done, "bye"),
        outcome("outside", Outcome::Done, "bye"),
        edge("first", grouped.clone(), "late"),
        edge("second", grouped, "late"),
        edge("first", Label::PartyLeft, "lost"),
        edge("second", Label::PartyLeft, "lost"),
        edge("outside", Label::PartyLeft, "lost"),
        edge("outside", Label::After { ms: 20_000, since: Since::State }, "late"),
    ];
    Program::assemble(inbound(), "pick_up", states, edges).expect("the test's program is whole")
}

#[test]
fn time_passes_and_the_way_goes_on() {
    let mut drive = up(waiting());
    drive.later(9_999);
    assert_eq!(drive.call.state, "first");
    drive.later(1);
    assert_eq!(drive.call.state, "second");
    assert_eq!(drive.ordered.len(), 1, "nothing is asked of the platform: {:?}", drive.ordered);
}

#[test]
fn the_party_leaves_a_wait() {
    let mut drive = up(waiting());
    drive.webhook(None, codes::OK, WebhookKind::CallDisconnected);
    assert_eq!(drive.result(), Some("lost"));
}

#[test]
fn an_end_of_the_line_that_nobody_told_is_found_out_in_a_long_wait() {
    let forever = [state("pick_up", Kind::Answer), wait("rest", 3_600_000), hangup("bye"), hangup("lost")];
    let edges = vec![
        outcome("pick_up", Outcome::Connected, "rest"),
        outcome("rest", Outcome::Done, "bye"),
        edge("rest", Label::PartyLeft, "lost"),
    ];
    let program = Program::assemble(inbound(), "pick_up", forever.to_vec(), edges).expect("the program is whole");
    for (asked, answer, ended) in [
        (1, ConnectionState::Connected, false),
        (1, ConnectionState::Disconnected, true),
        (2, ConnectionState::Disconnected, true),
    ] {
        let mut drive = up(program.clone());
        for _ in 0..asked {
            drive.later(300_000);
        }
        let (op, command) = drive.last();
        assert_eq!(command, Command::GetCall);
        assert!(drive.call.wants(op.op, &command));
        let facts = Facts { state: Some(answer), ..Facts::default() };
        drive.give(EventKind::Response { op, answer: Answer::Accepted(facts) });
        assert_eq!(drive.call.is_ended(), ended, "{answer:?}");
    }
}

#[test]
fn a_group_counts_from_the_outside_and_through_its_states() {
    let mut drive = up(waiting());
    drive.later(10_000);
    assert_eq!(drive.call.state, "second");
    drive.later(4_999);
    assert_eq!(drive.call.state, "second");
    drive.later(1);
    assert_eq!(drive.call.state, "late", "fifteen seconds after the first state of the group");
}

#[test]
fn a_group_that_is_left_counts_no_more_and_anew_when_entered_again() {
    let mut program = waiting();
    let out = program.node("outside").expect("a state");
    let second = program.node("second").expect("a state");
    let edge = |from, to| {
        let label = Label::Outcome(Outcome::Done);
        (
            from,
            to,
            crate::language::graph::Edge {
                label,
                arrow: crate::language::graph::Arrow::Main,
                limit: None,
                default: false,
            },
        )
    };
    program.graph.retain_edges(|graph, index| {
        let (from, _) = graph.edge_endpoints(index).expect("an edge");
        !(graph[index].label == Label::Outcome(Outcome::Done) && (from == out || from == second))
    });
    for (from, to, edge) in [edge(second, out), edge(out, second)] {
        program.graph.add_edge(from, to, edge);
    }
    let mut drive = up(program);
    drive.later(10_000);
    drive.call.timers.iter_mut().for_each(|timer| {
        if timer.why == crate::machine::timer::Why::Wait {
            timer.at = drive.at + 1_000;
        }
    });
    drive.later(1_000);
    assert_eq!(drive.call.state, "outside");
    drive.later(19_999);
    assert_eq!(drive.call.state, "outside", "the group's fifteen seconds are over and nobody's any more");
    drive.later(1);
    assert_eq!(drive.call.state, "late", "the state's own rule");
}

#[test]
fn begin_again_changes_nothing() {
    let mut drive = up(waiting());
    let before = drive.call.clone();
    drive.give(EventKind::Begin);
    assert_eq!(drive.call, before);
}

fn setting(values: Vec<(&str, Expr)>) -> Drive {
    let values = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let states =
        vec![state("pick_up", Kind::Answer), state("change", Kind::Set { values }), wait("rest", 1_000), hangup("bye")];
    let edges = vec![
        outcome("pick_up", Outcome::Connected, "change"),
        outcome("change", Outcome::Done, "rest"),
        outcome("rest", Outcome::Done, "bye"),
    ];
    up(Program::assemble(inbound(), "pick_up", states, edges).expect("the test's program is whole"))
}

#[test]
fn values_are_set_in_the_order_written() {
    let twice = Expr::Binary(Op::Mul, var("n"), Box::new(number(2)));
    let drive = setting(vec![("n", number(4)), ("n", twice.clone()), ("m", twice)]);
    assert_eq!(drive.call.state, "rest");
    assert_eq!((drive.call.vars.get("n"), drive.call.vars.get("m")), (Some(&Value::Int(8)), Some(&Value::Int(16))));
    let drive = setting(vec![("n", number(4)), ("n", *var("never"))]);
    assert_eq!(drive.call.vars.get("n"), None, "absent again");
}

#[test]
fn the_locale_is_set_where_it_is_one() {
    let text = |text: &str| Expr::Const(Value::Text(text.into()));
    assert_eq!(setting(vec![("locale", text("cy-GB"))]).call.locale, "cy-GB");
    let drive = setting(vec![("locale", text("Welsh"))]);
    assert_eq!((drive.call.locale.as_str(), drive.call.state.as_str()), ("en-US", "rest"));
}

#[test]
fn a_value_that_cannot_be_had_ends_the_flow_as_failed() {
    let broken = Expr::Binary(Op::Div, Box::new(number(1)), Box::new(number(0)));
    let mut drive = setting(vec![("n", broken)]);
    assert!(matches!(drive.call.phase, Phase::Leaving { .. }));
    assert_eq!(drive.last().1, Command::HangUp);
    let step = drive.webhook(None, codes::ENDED_BY_REQUEST, WebhookKind::CallDisconnected);
    assert!(matches!(&step.trace[..], [Trace::Ended { .. }]), "{:?}", step.trace);
    assert_eq!(drive.result(), Some("failed"));
}
