//! Calls placed from one number: no more at a time than may be.

use crate::language::flow::expr::Expr;
use crate::language::flow::label::Label;
use crate::language::flow::state::{Kind, State};
use crate::language::flow::value::{Value, Values};
use crate::language::graph::program::{End, Head};
use crate::language::graph::{Arrow, CallKind, Edge, Program};
use crate::machine::call::Phase;
use crate::machine::command::Command;
use crate::machine::event::{Answer, ConnectionState, Facts};
use crate::platform::outcomes::Outcome as Done;
use crate::provider::{Outcome, Provider, Request};
use crate::runtime::drive::{Refusal, Runtime, Settings};
use crate::runtime::lines::{Lines, Served};
use crate::store::memory::Memory;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// A platform that takes everything and on which nobody answers.
#[derive(Debug)]
struct Rings;

impl Provider for Rings {
    async fn send(&self, request: Request) -> Outcome {
        let connection = Some(request.repeat_id.to_string());
        let state = matches!(request.command, Command::HangUp).then_some(ConnectionState::Disconnected);
        Outcome::Definite(Answer::Accepted(Facts { connection, state, ..Facts::default() }))
    }
}

/// Dials, after a moment if that is wanted.
fn served(name: &str, moment: Option<i64>) -> (String, Served) {
    let number = |text: &str| Expr::Const(Value::Phone(text.to_owned()));
    let dial = Kind::Dial {
        to: vec![number("+441632960100")],
        from: Some(number("+18005550100")),
        ring_for: Expr::Const(Value::Duration(60_000)),
    };
    let bye = Kind::Hangup { result: Some("over".into()), play: None, everyone: false };
    let state = |name: &str, kind| State { name: name.to_owned(), group: None, locale: None, kind };
    let mut states = vec![state("ring", dial), state("bye", bye)];
    let edge = |from: &str, outcome, to: &str| {
        let edge = Edge { label: Label::Outcome(outcome), arrow: Arrow::Main, limit: None, default: false };
        (from.to_owned(), End::State(to.to_owned()), edge)
    };
    let mut edges = vec![edge("ring", Done::Answered, "bye"), edge("ring", Done::Failed, "bye")];
    if let Some(moment) = moment {
        states.push(state("rest", Kind::Wait { time: Expr::Const(Value::Duration(moment)) }));
        edges.push(edge("rest", Done::Done, "ring"));
    }
    let head = Head { flow: name.into(), call: CallKind::Outbound, ..Head::default() };
    let first = if moment.is_some() { "rest" } else { "ring" };
    let program = Program::assemble(head, first, states, edges).expect("a program");
    let hash = program.hash();
    (name.to_owned(), Served { hash, program: Arc::new(program), settings: Values::new(), source_map: Vec::new() })
}

#[tokio::test]
async fn beyond_what_may_be_from_a_number_none_is_placed_and_a_dial_fails_after_a_while() {
    let settings = Settings::new("https://here.example", "v");
    let runtime = Runtime::new(Memory::default(), Rings, settings).await.expect("a runtime");
    runtime.most_calls_per_number(2);
    let flows = BTreeMap::from([served("now", None), served("later", Some(1))]);
    runtime.publish(Lines { flows, ..Lines::default() }).await.expect("published");
    let place = |flow: &'static str| runtime.place(flow, Values::new(), None);
    let first = place("now").await.expect("there is room");
    let keyed = runtime.place("now", Values::new(), Some("key".into())).await.expect("there is room for two");
    let again = runtime.place("now", Values::new(), Some("key".into())).await.expect("it needs no room");
    assert_eq!(again, keyed, "the same key is the same call");
    assert!(matches!(place("now").await, Err(Refusal::NoLine(2))));
    assert!(matches!(runtime.place("now", Values::new(), Some("k".into())).await, Err(Refusal::NoLine(2))));
    // One that dials later is begun, waits, and leaves its dial as failed.
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let timers = tokio::spawn({
        let runtime = runtime.clone();
        async move { runtime.run(stopped).await }
    });
    let later = place("later").await.expect("it dials nobody yet");
    let is_over = async || {
        let seen = runtime.seen(&later).await.expect("it is kept");
        seen.doc.is_some_and(|doc| matches!(doc.call.phase, Phase::Ended { .. }))
    };
    for _ in 0..1_500 {
        if is_over().await {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(is_over().await, "its dial has failed");
    // Whoever ends makes room.
    runtime.hang_up(&first).await.expect("it is hung up");
    let mut placed = false;
    for _ in 0..500 {
        placed = place("now").await.is_ok();
        if placed {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(placed, "there is room again");
    stop.send_replace(true);
    timers.await.expect("it stops");
}
