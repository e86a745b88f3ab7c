//! A defect of ours in one call's turn: that call's trouble, and nobody else's. A store that breaks off where it is asked for
//! one call stands for it.

use crate::language::flow::expr::Expr;
use crate::language::flow::label::Label;
use crate::language::flow::state::{Kind, State};
use crate::language::flow::value::{Value, Values};
use crate::language::graph::program::{End, Head};
use crate::language::graph::{Arrow, CallKind, Edge, Program};
use crate::machine::event::EventKind;
use crate::platform::outcomes::Outcome as Done;
use crate::provider::{Outcome, Provider, Request};
use crate::runtime::doc::{Input, InputKind};
use crate::runtime::drive::{Clock, Runtime, Settings, lock};
use crate::runtime::lines::{Lines, Served};
use crate::runtime::shot::Asked;
use crate::runtime::turn::Verdict;
use crate::store::memory::Memory;
use crate::store::{
    Among, Change, Committed, Counts, Erased, Error, Found, HistoryLine, Listed, Prune, Quarantined, Store,
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// A platform that says nothing.
#[derive(Debug)]
struct Silent;

impl Provider for Silent {
    async fn send(&self, _request: Request) -> Outcome {
        Outcome::NotNow { after_ms: 30_000 }
    }
}

/// Breaks off whenever a turn of this call is about to be made durable.
#[derive(Debug, Default)]
struct Breaks {
    store: Memory,
    call: Mutex<String>,
}

impl Store for Breaks {
    async fn commit(&self, change: Change) -> Result<Committed, Error> {
        assert_ne!(*lock(&self.call), change.call, "the defect");
        self.store.commit(change).await
    }

    async fn load(&self, call: &str, keys: &[String]) -> Result<Found, Error> {
        self.store.load(call, keys).await
    }

    async fn due(&self, now: i64, limit: usize) -> Result<Vec<String>, Error> {
        self.store.due(now, limit).await
    }

    async fn counts(&self, now: i64) -> Result<Counts, Error> {
        self.store.counts(now).await
    }

    async fn next_due(&self) -> Result<Option<i64>, Error> {
        self.store.next_due().await
    }

    async fn history(&self, call: &str) -> Result<Vec<HistoryLine>, Error> {
        self.store.history(call).await
    }

    async fn list(&self, among: Among, limit: usize) -> Result<Vec<Listed>, Error> {
        self.store.list(among, limit).await
    }

    async fn quarantine(&self, row: Quarantined) -> Result<(), Error> {
        self.store.quarantine(row).await
    }

    async fn prune(&self, prune: Prune) -> Result<usize, Error> {
        self.store.prune(prune).await
    }

    async fn erase(&self, call: &str) -> Result<Erased, Error> {
        self.store.erase(call).await
    }

    async fn probe(&self, now: i64) -> Result<(), Error> {
        self.store.probe(now).await
    }

    async fn put_program(&self, hash: &str, program: &[u8], source_map: &[u8]) -> Result<(), Error> {
        self.store.put_program(hash, program, source_map).await
    }

    async fn program(&self, hash: &str) -> Result<Option<(Vec<u8>, Vec<u8>)>, Error> {
        self.store.program(hash).await
    }

    async fn secret(&self, name: &str, fresh: Vec<u8>) -> Result<Vec<u8>, Error> {
        self.store.secret(name, fresh).await
    }
}

/// Waits for ten minutes, without a line.
fn served() -> Served {
    let state = |name: &str, kind| State { name: name.to_owned(), group: None, locale: None, kind };
    let wait = Kind::Wait { time: Expr::Const(Value::Duration(600_000)) };
    let hangup = Kind::Hangup { result: None, play: None, everyone: false };
    let edge = Edge { label: Label::Outcome(Done::Done), arrow: Arrow::Main, limit: None, default: false };
    let edges = vec![("rest".to_owned(), End::State("bye".to_owned()), edge)];
    let head = Head { flow: "hi".into(), call: CallKind::Outbound, ..Head::default() };
    let states = vec![state("rest", wait), state("bye", hangup)];
    let program = Program::assemble(head, "rest", states, edges).expect("a program");
    Served { hash: program.hash(), program: Arc::new(program), settings: Values::new(), source_map: Vec::new() }
}

fn asked(call: &str, kind: EventKind) -> Asked {
    Asked { call: call.to_owned(), inputs: vec![Input { key: "one".to_owned(), kind: InputKind::Event(kind) }] }
}

#[tokio::test]
async fn a_defect_in_one_calls_turn_is_that_calls_trouble_alone() {
    let settings =
        Settings { public_url: "https://here.example".into(), voice: "v".into(), hold_at: None, clock_off_ms: 0 };
    let runtime = Runtime::new(Breaks::default(), Silent, settings).await.expect("a runtime");
    let flows = BTreeMap::from([("hi".to_owned(), served())]);
    runtime.publish(Lines { flows, ..Lines::default() }).await.expect("published");
    let mut calls = Vec::new();
    for _ in 0..2 {
        calls.push(runtime.place("hi", Values::new(), None).await.expect("placed"));
    }
    *lock(&runtime.0.store.call) = calls[0].clone();
    let broken = |kind: EventKind| {
        let (runtime, call) = (runtime.clone(), calls[0].clone());
        async move { runtime.turns(vec![asked(&call, kind)]).await }
    };
    // A webhook, alone in its delivery: noted by whoever asked, and the call's timers still run.
    assert!(matches!(&broken(EventKind::OperatorHangUp).await[..], [Verdict::Broken(_)]));
    assert!(lock(&runtime.0.broken).is_empty());
    // A timer: the round goes on with the others, and comes back to this call in no hurry.
    assert!(matches!(&broken(EventKind::Due).await[..], [Verdict::Broken(_)]));
    assert_eq!(lock(&runtime.0.broken).iter().collect::<Vec<_>>(), [&calls[0]]);
    let both = calls.iter().map(|call| asked(call, EventKind::OperatorHangUp)).collect();
    assert!(matches!(&runtime.turns(both).await[..], [Verdict::Broken(_), Verdict::Applied { .. }]));
}

#[test]
fn the_wall_clock_is_read_once_when_the_process_starts() {
    let hour = 3_600_000;
    let clock = Clock { wall_ms: hour, since: std::time::Instant::now() };
    // Whatever the wall clock says by now: it goes on from there.
    assert!((hour..hour + 60_000).contains(&clock.now()));
    let wall = jiff::Timestamp::now().as_millisecond();
    assert!((Clock::off_by(0).now() - wall).abs() < 60_000);
}
