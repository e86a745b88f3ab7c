//! A disk that is full: calls that ring are refused so that they are tried again, and once there is room everything goes on in
//! the same process. The file's own bound stands for the disk: SQLite answers both alike.

use crate::http::{Request, Response};
use crate::language::flow::label::Label;
use crate::language::flow::state::{Kind, State};
use crate::language::flow::value::Values;
use crate::language::graph::program::{End, Head};
use crate::language::graph::{Arrow, CallKind, Edge, Program};
use crate::machine::event::EventKind;
use crate::platform::outcomes::Outcome as Done;
use crate::provider::{Outcome, Provider, Request as Asked};
use crate::runtime::doc::{InputKind, Line};
use crate::runtime::drive::{Runtime, Settings};
use crate::runtime::lines::{Lines, Served};
use crate::server::{Server, Settings as ServerSettings};
use crate::store::Among;
use crate::store::sqlite::Sqlite;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A platform that says nothing.
#[derive(Debug)]
struct Silent;

impl Provider for Silent {
    async fn send(&self, _request: Asked) -> Outcome {
        Outcome::NotNow { after_ms: 30_000 }
    }
}

/// `up: answer -> bye`, `bye: hangup`.
pub(super) fn served() -> Served {
    let state = |name: &str, kind| State { name: name.to_owned(), group: None, locale: None, kind };
    let edge = |outcome, to| {
        let label = Label::Outcome(outcome);
        ("up".to_owned(), to, Edge { label, arrow: Arrow::Main, limit: None, default: false })
    };
    let hangup = Kind::Hangup { result: None, play: None, everyone: false };
    let states = vec![state("up", Kind::Answer), state("bye", hangup)];
    let edges = vec![edge(Done::Connected, End::State("bye".to_owned())), edge(Done::Failed, End::Return(None))];
    let head = Head { flow: "hi".into(), call: CallKind::Inbound, ..Head::default() };
    let program = Program::assemble(head, "up", states, edges).expect("the program is whole");
    let hash = program.hash();
    Served { program: Arc::new(program), hash, settings: Values::new(), source_map: Vec::new() }
}

pub(super) fn rings(context: &str) -> Json {
    let phone = |number: &str| json!({ "kind": "phoneNumber", "rawId": format!("4:{number}"), "phoneNumber": { "value": number } });
    let data = json!({ "to": phone("+18005550100"), "from": phone("+441632960100"), "serverCallId": "c2VydmVy",
        "callerDisplayName": "", "incomingCallContext": context, "correlationId": "k" });
    json!([{ "id": context, "topic": "t", "subject": "s", "eventType": "Microsoft.Communication.IncomingCall",
        "dataVersion": "1.0", "metadataVersion": "1", "eventTime": "2026-11-20T14:00:00Z", "data": data }])
}

pub(super) fn ended() -> Json {
    json!([{ "id": "gone", "source": "calling/callConnections/line", "type": "Microsoft.Communication.CallDisconnected",
        "data": { "callConnectionId": "line", "serverCallId": "s", "correlationId": "k",
            "resultInformation": { "code": 200, "subCode": 0, "message": "" } },
        "time": "2026-11-20T14:00:00Z", "specversion": "1.0" }])
}

async fn send(server: &Server<Sqlite, Silent>, method: hyper::Method, path: &str, body: &Json) -> Response {
    let request = Request {
        method,
        target: path.to_owned(),
        path: path.to_owned(),
        query: None,
        headers: hyper::HeaderMap::from_iter([(
            hyper::header::HOST,
            hyper::header::HeaderValue::from_static("localhost"),
        )]),
        body: body.to_string().into_bytes().into(),
        peer: ([127, 0, 0, 1], 1).into(),
        pass: std::sync::Arc::new(crate::http::Pass::free()),
    };
    server.answer(request).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_what_is_new_and_heals_without_a_restart() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = Sqlite::open(dir.path().join("calls.db")).expect("a store");
    let settings = Settings::new("https://here.example", "v");
    let runtime = Runtime::new(store, Silent, settings).await.expect("a runtime");
    let flows = BTreeMap::from([("hi".to_owned(), served())]);
    let lines = Lines { flows, only_inbound: Some("hi".to_owned()), ..Lines::default() };
    runtime.publish(lines).await.expect("published");
    let server = Server::new(runtime.clone(), ServerSettings::default());
    let post = async |path: &str, body: Json| send(&server, hyper::Method::POST, path, &body).await.status;
    let ready = async || send(&server, hyper::Method::GET, "/readyz", &json!({})).await;

    assert_eq!(post("/events/incoming", rings("first")).await, 200);
    let call = runtime.calls(Among::All, 1).await.expect("the store answers")[0].call.clone();
    let callback = format!("/callbacks/{call}/{}", runtime.callback_key().mac(&call));
    assert_eq!(ready().await.status, 200);

    runtime.store().most_pages(1).await;
    let mut refused = 0;
    // What is there may have room for a few more.
    for call in 0..500 {
        match post("/events/incoming", rings(&format!("call {call}"))).await {
            429 => refused += 1,
            status => assert_eq!(status, 200),
        }
        if refused > 2 {
            break;
        }
    }
    assert!(refused > 2, "the disk was never full");
    let answer = ready().await;
    assert_eq!(
        (answer.status, String::from_utf8_lossy(&answer.body).as_ref()),
        (503, "the disk under the store is full\n")
    );
    assert!(runtime.calls(Among::All, 1).await.is_ok(), "what is there can be read");

    runtime.store().most_pages(1 << 20).await;
    assert_eq!(ready().await.status, 200);
    assert_eq!(post("/events/incoming", rings("later")).await, 200);
    assert_eq!(post(&callback, ended()).await, 200);
    let seen = runtime.seen(&call).await.expect("it is there");
    let history = runtime.history(&seen).await.expect("the store answers");
    let gone = |line: &&Line| matches!(line.input, InputKind::Event(EventKind::Webhook(_)));
    let lines = history.lines.iter().filter_map(|(_, line)| line.as_ref().ok());
    assert_eq!(lines.filter(gone).count(), 1, "the call goes on: its line is gone");
}
