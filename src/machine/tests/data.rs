//! What a flow reads of its call, its state and the signals it took.

use crate::language::flow::expr::{Expr, Slot};
use crate::language::flow::label::Label;
use crate::language::flow::state::Kind;
use crate::language::flow::types::Type;
use crate::language::flow::value::Value;
use crate::language::graph::Program;
use crate::language::graph::program::Head;
use crate::machine::call::{Beginning, Call, Origin};
use crate::machine::event::{EventKind, Facts, WebhookKind};
use crate::machine::tests::wait::hangup;
use crate::machine::tests::{Drive, answers_then, constant_ms, edge, outcome, state};
use crate::machine::trace::Trace;
use crate::platform::codes;
use crate::platform::outcomes::Outcome;
use std::collections::BTreeMap;

fn read(slot: Slot) -> Expr {
    Expr::Read(slot)
}

fn set(name: &str, values: &[(&str, Expr)]) -> crate::language::flow::state::State {
    let values = values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    state(name, Kind::Set { values })
}

/// `pick_up -> keep (sets variables from these) -> rest`.
fn keeping(values: &[(&str, Expr)]) -> Program {
    let states = vec![set("keep", values), state("rest", Kind::Wait { time: constant_ms(60_000) }), hangup("bye")];
    let edges = vec![outcome("keep", Outcome::Done, "rest"), outcome("rest", Outcome::Done, "bye")];
    answers_then(states, edges, Head::default())
}

#[test]
fn headers_come_with_the_call_and_are_kept() {
    let case =
        Expr::OrValue(Box::new(read(Slot::Header("case".into()))), Box::new(Expr::Const(Value::Text("none".into()))));
    let other = Expr::Has(Box::new(read(Slot::Header("other".into()))));
    let program = keeping(&[("case", case), ("other", other)]);
    let headers = BTreeMap::from([("case".to_owned(), "42".into())]);
    let beginning = Beginning {
        id: "call".into(),
        at: 1_000_000,
        origin: Origin::Inbound { context: "ctx".into() },
        from: "+441632960100".into(),
        to: "+18005550100".into(),
        params: BTreeMap::new(),
        settings: BTreeMap::new(),
        locale: None,
        voice: String::new(),
        facts: Facts::default(),
        headers,
    };
    let call = Call::begin(&program, beginning);
    let stored: Call = serde_json::from_str(&serde_json::to_string(&call).unwrap()).unwrap();
    let mut drive = Drive { program, call: stored, at: 1_000_000, ordered: vec![] };
    drive.give(EventKind::Begin);
    // What later events say of the call takes none of them away.
    drive.says(WebhookKind::CallConnected);
    assert_eq!(drive.call.state, "rest");
    assert_eq!(drive.call.vars["case"], Value::Text("42".into()));
    assert_eq!(drive.call.vars["other"], Value::Bool(false));
}

#[test]
fn a_flow_without_a_line_reads_the_recording_it_is_given() {
    let url = Expr::Field(Box::new(read(Slot::Param("recording".into()))), "url".into());
    let states = vec![set("keep", &[("where", url)]), hangup("bye")];
    let mut program = answers_then(states, vec![outcome("keep", Outcome::Done, "bye")], Head::default());
    let keep = program.states().find(|(_, state)| state.name == "keep").map(|(at, _)| at);
    program.start = keep.expect("it is there");
    let recording = BTreeMap::from([("url".to_owned(), Value::Text("https://a.example/f".to_owned()))]);
    let beginning = Beginning {
        id: "call".into(),
        at: 1_000_000,
        origin: Origin::Outbound,
        from: String::new().into(),
        to: String::new().into(),
        params: BTreeMap::from([("recording".to_owned(), Value::Record(recording))]),
        settings: BTreeMap::new(),
        locale: None,
        voice: String::new(),
        facts: Facts::default(),
        headers: BTreeMap::new(),
    };
    let call = Call::begin(&program, beginning);
    let mut drive = Drive { program, call, at: 1_000_000, ordered: vec![] };
    drive.give(EventKind::Begin);
    assert_eq!(drive.call.vars.get("where"), Some(&Value::Text("https://a.example/f".to_owned())));
    assert!(drive.call.is_ended() && drive.ordered.is_empty(), "nobody is called: {:?}", drive.ordered);
}

#[test]
fn a_state_knows_when_it_was_entered() {
    let mut drive = Drive::of(keeping(&[("at", read(Slot::Entered))]), Origin::Inbound { context: "ctx".into() });
    drive.at += 4_321;
    drive.says(WebhookKind::CallConnected);
    assert_eq!(drive.call.vars["at"], Value::Time(1_004_321));
    assert_eq!(drive.call.read(&Slot::Entered), Some(Value::Time(1_004_321)));
    drive.later(1_000);
    assert_eq!(drive.call.read(&Slot::Entered), Some(Value::Time(1_004_321)), "it has not been left since");
}

/// `pick_up -> rest { signal free -> keep -> rest }`: `keep` sets `desk` and counts in text.
fn taking() -> Program {
    let desk = read(Slot::Signal("free".into()));
    let states = vec![
        state("rest", Kind::Wait { time: constant_ms(60_000) }),
        set("keep", &[("before", read(Slot::Var("desk".into()))), ("desk", desk)]),
        hangup("bye"),
    ];
    let edges = vec![
        outcome("rest", Outcome::Done, "bye"),
        edge("rest", Label::Signal("free".into()), "keep"),
        outcome("keep", Outcome::Done, "rest"),
    ];
    let signals = BTreeMap::from([("free".to_owned(), Some(Type::Int)), ("stop".to_owned(), None)]);
    answers_then(states, edges, Head { signals, ..Head::default() })
}

fn signal(drive: &mut Drive, name: &str, data: Option<Value>) {
    drive.give(EventKind::Signal { name: name.into(), data });
}

#[test]
fn what_comes_along_is_read_once_its_signal_is_taken() {
    let mut drive = Drive::of(taking(), Origin::Inbound { context: "ctx".into() });
    drive.call.vars.insert("desk".into(), Value::Int(0));
    signal(&mut drive, "free", Some(Value::Int(4)));
    signal(&mut drive, "stop", None);
    signal(&mut drive, "free", Some(Value::Int(5)));
    assert_eq!(drive.call.read(&Slot::Signal("free".into())), None, "none has been taken");
    drive.webhook(None, codes::OK, WebhookKind::ParticipantsUpdated { sequence: 1, people: vec![] });
    let (op, _) = drive.ordered[0].clone();
    drive.webhook(Some(op), codes::OK, WebhookKind::CallConnected);
    // Both were taken on the way, each with its own.
    assert_eq!((&drive.call.vars["before"], &drive.call.vars["desk"]), (&Value::Int(4), &Value::Int(5)));
    assert_eq!((drive.call.state.as_str(), drive.call.arrived.len()), ("rest", 0));
    signal(&mut drive, "free", Some(Value::Int(6)));
    assert_eq!(drive.call.vars["desk"], Value::Int(6));
}

/// `pick_up -> desk { failed -> bye }`, where `desk` calls the number that came along with a signal.
fn calling(kind: impl Fn(Expr) -> Kind) -> Program {
    let chosen = Box::new(read(Slot::Signal("free".into())));
    let kind = kind(Expr::Dialled(chosen, vec!["+44".into(), "+1604".into()]));
    let edges = vec![outcome("desk", Outcome::Failed, "bye")];
    answers_then(vec![state("desk", kind), hangup("bye")], edges, Head::default())
}

#[test]
fn numbers_that_callers_chose_are_called_only_where_the_flow_allows_them() {
    let headers = Vec::new;
    let transfer = |to| Kind::Transfer { to, play: None, who: None, from: None, headers: headers() };
    let ring_for = || constant_ms(30_000);
    let add = |target| Kind::Add { name: "guest".into(), target, from: None, ring_for: ring_for(), headers: headers() };
    let dial = |to| Kind::Dial { to: vec![to], from: None, ring_for: ring_for() };
    for program in [calling(transfer), calling(add), calling(dial)] {
        for (number, goes) in
            [("+441632960100", true), ("+16041234567", true), ("+19001234567", false), ("8:acs:x", false)]
        {
            let mut drive = Drive::of(program.clone(), Origin::Inbound { context: "ctx".into() });
            drive.call.signals.insert("free".into(), Value::Phone(number.into()));
            let (op, _) = drive.last();
            let step = drive.webhook(Some(op), codes::OK, WebhookKind::CallConnected);
            let why = "a number that callers chose begins with none of +44, +1604";
            let refused = Trace::Fault { state: "desk".into(), what: why.into() };
            assert_eq!(step.trace.contains(&refused), !goes, "{number}: {:?}", step.trace);
            assert_eq!(drive.call.state, if goes { "desk" } else { "bye" }, "{number}");
            let ordered = serde_json::to_string(&drive.ordered).expect("commands are plain data");
            assert_eq!(ordered.contains(number), goes, "{number}");
            // What is kept and ordered is used, and never printed.
            let printed = format!("{:?} {:?} {:?}", drive.call, drive.ordered, step.trace);
            assert!(!printed.contains(&number[1..]) && !printed.contains("632960"), "{printed}");
        }
    }
}
