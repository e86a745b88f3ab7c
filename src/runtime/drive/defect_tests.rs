//! A defect of ours in one call's turn: that call's trouble, and nobody else's. A store that breaks off where it is asked for
//! one call stands for it.

use crate::language::flow::expr::Expr;
use crate::language::flow::label::Label;
use crate::language::flow::state::{Kind, State};
use crate::language::flow::value::{Value, Values};
use crate::language::graph::program::{End, Head};
use crate::language::graph::{Arrow, CallKind, Edge, Program};
use crate::machine::event::{Answer, ConnectionState, EventKind, Facts};
use crate::platform::outcomes::Outcome as Done;
use crate::provider::{Outcome, Provider, Request};
use crate::runtime::doc::{Doc, Input, InputKind};
use crate::runtime::drive::{Runtime, Settings, lock};
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

    async fn named(&self, natural_key: &str) -> Result<Option<String>, Error> {
        self.store.named(natural_key).await
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
pub(super) fn served() -> Served {
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
    let settings = Settings::new("https://here.example", "v");
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

/// A platform on which every line is up, and what it was asked.
#[derive(Debug, Default)]
struct Up(Mutex<Vec<(&'static str, Option<String>)>>);

impl Provider for Arc<Up> {
    async fn send(&self, request: Request) -> Outcome {
        lock(&self.0).push((request.command.name(), request.connection));
        let state = Some(ConnectionState::Connected);
        Outcome::Definite(Answer::Accepted(Facts { state, ..Facts::default() }))
    }
}

#[tokio::test]
async fn whoever_is_on_the_line_of_a_call_without_a_program_is_let_go() {
    let settings = Settings::new("https://here.example", "v");
    let platform = Arc::new(Up::default());
    let runtime = Runtime::new(Memory::default(), Arc::clone(&platform), settings).await.expect("a runtime");
    let flows = BTreeMap::from([("hi".to_owned(), served())]);
    runtime.publish(Lines { flows, ..Lines::default() }).await.expect("published");
    let call = runtime.place("hi", Values::new(), None).await.expect("placed");
    // As after a backup was put back that has the call and not its program.
    let Ok(Found::Live { row, .. }) = runtime.0.store.load(&call, &[]).await else { panic!("it lives") };
    let mut doc = Doc::from_bytes(&row.doc).expect("a document");
    doc.call.facts.connection = Some("line".to_owned());
    let line = HistoryLine { rev: row.rev + 1, event_key: "restored".to_owned(), at: 0, body: Vec::new() };
    let change = Change {
        call: call.clone(),
        expected: row.rev,
        next_due: doc.next_due(),
        doc: doc.to_bytes(),
        program: "gone".to_owned(),
        history: vec![line],
        natural_key: None,
        ended: None,
    };
    assert_eq!(runtime.0.store.commit(change).await.expect("kept"), Committed::Applied);
    let verdicts = runtime.turns(vec![asked(&call, EventKind::Due)]).await;
    assert!(matches!(&verdicts[..], [Verdict::Broken(why)] if why.contains("program")), "{verdicts:?}");
    let line = |name| (name, Some("line".to_owned()));
    for _ in 0..2_000 {
        if lock(&platform.0).len() >= 2 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    assert_eq!(*lock(&platform.0), [line("get_call"), line("hang_up")]);
    assert!(
        matches!(runtime.0.store.load(&call, &[]).await, Ok(Found::Live { .. })),
        "it is there for whoever mends it"
    );
}
