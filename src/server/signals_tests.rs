//! Signals through the API: stored for a call that takes them, refused with what would be right otherwise.

use crate::http::{Request, Response};
use crate::language::flow::expr::Expr;
use crate::language::flow::label::Label;
use crate::language::flow::state::{Kind, State};
use crate::language::flow::types::Type;
use crate::language::flow::value::{Value, Values};
use crate::language::graph::program::{End, Head};
use crate::language::graph::{Arrow, CallKind, Edge, Program};
use crate::machine::call::Phase;
use crate::platform::outcomes::Outcome as Done;
use crate::provider::{Outcome, Provider, Request as Asked};
use crate::runtime::drive::{Runtime, Settings};
use crate::runtime::invoker::{Invocation, Invoked, Invoker};
use crate::runtime::lines::{Lines, Served};
use crate::server::{Server, Settings as ServerSettings};
use crate::store::memory::Memory;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

/// A platform that says nothing.
#[derive(Debug)]
struct Silent;

impl Provider for Silent {
    async fn send(&self, _request: Asked) -> Outcome {
        Outcome::NotNow { after_ms: 30_000 }
    }
}

/// Asks nobody, and notes what it was to ask.
#[derive(Debug, Default)]
struct Noting(Mutex<Vec<Invocation>>);

impl Invoker for Noting {
    fn invoke(&self, invocation: Invocation) -> Pin<Box<dyn Future<Output = Invoked> + Send + '_>> {
        self.0.lock().expect("nobody panics here").push(invocation);
        let value = Some(Value::Int(4));
        Box::pin(std::future::ready(Invoked { outcome: "ok".to_owned(), value, reason: None }))
    }
}

fn state(name: &str, kind: Kind) -> State {
    State { name: name.to_owned(), group: None, locale: None, kind }
}

fn edge(from: &str, label: Label, to: &str) -> (String, End, Edge) {
    (from.to_owned(), End::State(to.to_owned()), Edge { label, arrow: Arrow::Main, limit: None, default: false })
}

fn served(program: Program) -> Served {
    let hash = program.hash();
    Served { program: Arc::new(program), hash, settings: Values::new(), source_map: Vec::new() }
}

fn wait(ms: u64) -> Kind {
    Kind::Wait { time: Expr::Const(Value::Duration(i64::try_from(ms).unwrap())) }
}

/// Waits for the signal `moved`, with a desk, and for `ready`; then it is over.
fn waiting() -> Program {
    let hangup = Kind::Hangup { result: Some("moved".into()), play: None, everyone: false };
    let states = vec![state("rest", wait(600_000)), state("moved", hangup)];
    let edges =
        vec![edge("rest", Label::Outcome(Done::Done), "moved"), edge("rest", Label::Signal("moved".into()), "moved")];
    let desk = Type::Record(vec![("desk".into(), Type::Int)]);
    let signals = BTreeMap::from([("moved".to_owned(), Some(desk)), ("ready".to_owned(), None)]);
    let head = Head { flow: "waiting".into(), call: CallKind::Outbound, signals, ..Head::default() };
    Program::assemble(head, "rest", states, edges).expect("the program is whole")
}

/// Asks a service for a desk, tells the call `to` of it, and is over.
fn telling() -> Program {
    let var = |name: &str| Expr::Read(crate::language::flow::expr::Slot::Var(name.to_owned()));
    let invoke = Kind::Invoke {
        service: "desks".into(),
        operation: "free".into(),
        args: vec![("floor".into(), Expr::Const(Value::Int(1)))],
        save: Some("desk".into()),
        meanwhile: None,
        once: None,
        timeout: None,
    };
    let to = Expr::Read(crate::language::flow::expr::Slot::Param("to".into()));
    let signal = Kind::Signal { name: "moved".into(), to, args: vec![("desk".into(), var("desk"))] };
    let hangup = |name: &str| state(name, Kind::Hangup { result: Some(name.into()), play: None, everyone: false });
    let states = vec![state("ask", invoke), state("tell", signal), hangup("told"), hangup("missing"), hangup("failed")];
    let edges = vec![
        edge("ask", Label::Outcome(Done::Ok), "tell"),
        edge("ask", Label::Outcome(Done::Failed), "failed"),
        edge("tell", Label::Outcome(Done::Done), "told"),
        edge("tell", Label::Outcome(Done::Missing), "missing"),
    ];
    let head = Head { flow: "telling".into(), call: CallKind::Outbound, ..Head::default() };
    Program::assemble(head, "ask", states, edges).expect("the program is whole")
}

struct House {
    runtime: Runtime<Memory, Silent>,
    server: Server<Memory, Silent>,
    invoker: Arc<Noting>,
}

impl House {
    async fn open() -> House {
        let settings = Settings::new("https://here.example", "v");
        let invoker = Arc::new(Noting::default());
        let runtime = Runtime::asking(Memory::default(), Silent, settings, invoker.clone()).await.expect("a runtime");
        let flows =
            BTreeMap::from([("waiting".to_owned(), served(waiting())), ("telling".to_owned(), served(telling()))]);
        runtime.publish(Lines { flows, ..Lines::default() }).await.expect("the store takes them");
        let server = Server::new(runtime.clone(), ServerSettings::default());
        House { runtime, server, invoker }
    }

    async fn signal(&self, call: &str, body: &Json) -> (u16, Json) {
        let path = format!("/api/calls/{call}/signals");
        let mut headers = hyper::HeaderMap::new();
        headers.insert("host", hyper::header::HeaderValue::from_static("localhost"));
        let request = Request {
            method: hyper::Method::POST,
            target: path.clone(),
            path,
            query: None,
            headers,
            body: body.to_string().into_bytes().into(),
            peer: ([127, 0, 0, 1], 1).into(),
            pass: std::sync::Arc::new(crate::http::Pass::free()),
        };
        let Response { status, body, .. } = self.server.answer(request).await;
        (status, serde_json::from_slice(&body).expect("JSON"))
    }

    async fn result(&self, call: &str) -> Option<String> {
        for _ in 0..2_000 {
            let (doc, _) = self.runtime.call(call).await.expect("the call is there");
            if let Phase::Ended { result, .. } = doc.call.phase {
                return result;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        panic!("the call does not end")
    }
}

#[tokio::test]
async fn a_signal_is_stored_or_it_is_told_what_would_be_right() {
    let house = House::open().await;
    let call = house.runtime.place("waiting", Values::new(), None).await.expect("placed");
    for (body, status, code) in [
        (json!({"name": "unknown"}), 400, "no_signal"),
        (json!({"name": "moved"}), 400, "bad_data"),
        (json!({"name": "moved", "data": {"desk": "four"}}), 400, "bad_data"),
        (json!({"name": "ready", "data": 4}), 400, "bad_data"),
        (json!({"signal": "moved"}), 400, "bad_request"),
        (json!(["moved"]), 400, "bad_request"),
    ] {
        let (found, answer) = house.signal(&call, &body).await;
        assert_eq!((found, answer["error"]["code"].as_str()), (status, Some(code)), "{body}: {answer}");
    }
    let (_, answer) = house.signal(&call, &json!({"name": "unknown"})).await;
    assert_eq!(answer["error"]["details"], json!({"signals": ["moved", "ready"]}));
    let (_, answer) = house.signal(&call, &json!({"name": "moved", "data": {"desk": "four"}})).await;
    assert_eq!(answer["error"]["details"]["field"], json!("data.desk"));
    assert_eq!(house.signal(&call, &json!({"name": "ready"})).await, (202, json!({ "call": call })));
    assert_eq!(house.signal(&call, &json!({"name": "moved", "data": {"desk": 4}})).await.0, 202);
    assert_eq!(house.result(&call).await.as_deref(), Some("moved"));
    assert_eq!(house.signal(&call, &json!({"name": "ready"})).await.0, 409);
    assert_eq!(house.signal("nobody", &json!({"name": "ready"})).await.0, 404);
}

#[tokio::test]
async fn one_call_asks_a_service_and_tells_another_call() {
    let house = House::open().await;
    let call = house.runtime.place("waiting", Values::new(), None).await.expect("placed");
    let to = |to: &str| Values::from([("to".to_owned(), Value::Text(to.to_owned()))]);
    let teller = house.runtime.place("telling", to(&call), None).await.expect("placed");
    assert_eq!(house.result(&teller).await.as_deref(), Some("told"));
    assert_eq!(house.result(&call).await.as_deref(), Some("moved"));
    let (doc, _) = house.runtime.call(&call).await.expect("the call is there");
    let desk = Value::Record(Values::from([("desk".to_owned(), Value::Int(4))]));
    assert_eq!(doc.call.signals.get("moved"), Some(&desk));
    let lost = house.runtime.place("telling", to("nobody"), None).await.expect("placed");
    assert_eq!(house.result(&lost).await.as_deref(), Some("missing"));
    let asked = house.invoker.0.lock().expect("nobody panics here");
    assert_eq!(asked.len(), 2);
    assert_eq!((asked[0].service.as_str(), asked[0].operation.as_str()), ("desks", "free"));
    assert_eq!(asked[0].args, Values::from([("floor".to_owned(), Value::Int(1))]));
}
