//! Many live calls: the store is filled with documents that the machine made, each a call that has asked its question and
//! waits for a key; then the service begins over them.

use crate::child::{flowc, size};
use crate::cloud::{Cloud, webhook};
use flowc::language::compile::{self, Input};
use flowc::language::source::Sources;
use flowc::language::syntax::ast::Spelling;
use flowc::machine::event::{Answer, EventKind, Facts, Webhook, WebhookKind};
use flowc::platform::codes;
use flowc::provider::acs::from_wire::grid::Incoming;
use flowc::runtime::accept::{Accept, Accepted, Given};
use flowc::runtime::doc::{Doc, InputKind};
use flowc::runtime::lines::{Lines, Served};
use flowc::runtime::mac;
use flowc::runtime::shot::{Got, Next, OneShot, Want};
use flowc::runtime::turn;
use flowc::store::sqlite::Sqlite;
use flowc::store::{Change, Committed, HistoryLine, Store};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Changes asked for at the same time.
const AT_ONCE: usize = 256;
/// So long from now the calls were begun, in milliseconds: none of them is due while it is measured.
const AHEAD_MS: i64 = 3_600_000;
/// Calls of which a webhook comes after the service has begun.
const TOUCHED: usize = 5_000;

/// Fills a store, begins over it, and says what that takes.
pub(crate) async fn measured(folder: &Path, cloud: &Cloud, platform: &str) {
    let calls = size("LIVE", 100_000);
    let file = folder.join("live.db");
    let callbacks = fill(&file, calls).await;
    let bytes = std::fs::metadata(&file).map_or(0, |file| file.len());
    println!("{calls} live calls, {} MiB on disk", bytes >> 20);
    for round in ["first", "second", "third"] {
        let began = Instant::now();
        let (process, address) = crate::serve(flowc(), folder, &file, platform);
        let ready = ready(&address).await;
        let (took, used) = (began.elapsed(), process.processor());
        assert!(ready, "the service is ready");
        let at_rest = process.memory();
        touch(cloud, &address, callbacks.get(..TOUCHED).unwrap_or(&callbacks)).await;
        println!(
            "  {round} start: ready after {:.2} s ({used:.2} s of a processor), {} MiB; after webhooks of {} calls {} MiB",
            took.as_secs_f64(),
            at_rest >> 20,
            callbacks.len().min(TOUCHED),
            process.memory() >> 20,
        );
    }
}

async fn ready(address: &str) -> bool {
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(60)).build().expect("a client");
    let answer = http.get(format!("{address}/readyz")).send().await;
    answer.is_ok_and(|answer| answer.status().is_success())
}

/// Each of these calls hears that somebody came: a turn that asks nothing of the platform.
async fn touch(cloud: &Cloud, address: &str, callbacks: &[(String, String)]) {
    let people = json!([{ "identifier": { "rawId": "4:+441632960100" }, "isMuted": false, "isOnHold": false }]);
    for (at, some) in callbacks.chunks(64).enumerate() {
        let posts = some.iter().enumerate().map(|(within, (connection, path))| {
            // Other ids at every start.
            let id = (at * 64 + within) as u64 + std::process::id() as u64 * 1_000_000;
            let data = json!({ "participants": people, "sequenceNumber": 2 });
            let event = webhook(connection, id, "ParticipantsUpdated", data);
            let (cloud, url) = (cloud.clone(), format!("{address}{path}"));
            tokio::spawn(async move { cloud.post(&url, &event).await })
        });
        for post in posts.collect::<Vec<_>>() {
            post.await.expect("it is posted");
        }
    }
}

/// Fills the store of a file; says the connection and the callback path of each call.
async fn fill(file: &Path, calls: usize) -> Vec<(String, String)> {
    let store = Arc::new(Sqlite::open(file).expect("a new store"));
    let lines = Arc::new(lines());
    for served in lines.flows.values() {
        let program = served.program.to_bytes();
        store.put_program(&served.hash, &program, &served.source_map).await.expect("a program");
    }
    let secret = store.secret("callback-mac", vec![7; 32]).await.expect("a secret");
    let key = mac::Key::new(&secret);
    let at = jiff::Timestamp::now().as_millisecond() + AHEAD_MS;
    let mut callbacks = Vec::with_capacity(calls);
    for first in (0..calls).step_by(AT_ONCE) {
        let mut commits = Vec::with_capacity(AT_ONCE);
        for number in first..calls.min(first + AT_ONCE) {
            let (connection, change) = call(&lines, number, at);
            callbacks.push((connection, format!("/callbacks/{}/{}", change.call, key.mac(&change.call))));
            let store = Arc::clone(&store);
            commits.push(tokio::spawn(async move { store.commit(change).await }));
        }
        for commit in commits {
            assert_eq!(commit.await.expect("no panic").expect("a disk"), Committed::Applied);
        }
    }
    callbacks
}

fn lines() -> Lines {
    let mut sources = Sources::default();
    let file = sources.add("ivr.flow", crate::FLOW.to_owned());
    let input = Input { flows: vec![(file, Spelling::Native)], ..Input::default() };
    let mut lines = Lines::default();
    for flow in compile::project(&sources, &input).flows {
        let program = Arc::new(flow.program.expect("the measured flow has no errors"));
        let source_map = serde_json::to_vec(&flow.source_map).expect("JSON");
        lines.only_inbound = Some(flow.name.clone());
        lines.flows.insert(flow.name, Served { hash: program.hash(), program, settings: BTreeMap::new(), source_map });
    }
    lines
}

/// A call that has been answered and has asked its question: its connection, and all its history as one change.
fn call(lines: &Lines, number: usize, at: i64) -> (String, Change) {
    let connection = format!("411f0b00-d97f-49ad-a6ff-{number:012}");
    let incoming = Incoming {
        key: format!("{number:064x}"),
        context: format!("eyJhbGciOiJub25lIn0.{number:032}.incoming-call-context").into(),
        from: "4:+441632960100".into(),
        to: "4:+18005550100".into(),
        server_call: Some(format!("aHR0cHM6Ly9jb252LmV4YW1wbGUvY29udi8{number:012}")),
        correlation: Some(format!("d732db64-4803-462d-be9c-{number:012}")),
        display_name: None,
        headers: BTreeMap::new(),
    };
    let id = uuid::Uuid::now_v7().to_string();
    let given = Given { id, at, voice: "en-US-NancyNeural".to_owned(), by: "an earlier process".to_owned() };
    let mut accept = Accept::incoming(lines, incoming, given);
    let Next::Want(Want::Commit(first)) = accept.start(at) else { panic!("the flow answers every number") };
    let Next::Done(Ok(Accepted::New(begun))) = accept.got(Got::Committed(Ok(Committed::Applied)), at) else {
        panic!("it stands")
    };
    let (mut doc, mut change) = (Doc::clone(&begun.0.doc), *first);
    let served = lines.flows.values().next().expect("a flow");
    let facts = || Facts { connection: Some(connection.clone()), ..Facts::default() };
    let answered = doc.outbox[0].op;
    let connected = Webhook { op: Some(answered), facts: facts(), code: codes::OK, kind: WebhookKind::CallConnected };
    let accepted = |op| EventKind::Response { op, answer: Answer::Accepted(facts()) };
    for kind in [accepted(answered), EventKind::Webhook(connected)] {
        doc = applied(&mut change, served, &doc, kind, at);
    }
    let asked = doc.outbox[0].op;
    doc = applied(&mut change, served, &doc, accepted(asked), at);
    assert!(doc.outbox.is_empty(), "the call waits for a key");
    change.doc = doc.to_bytes();
    change.next_due = doc.next_due();
    (connection, change)
}

/// One more event of a call, with its line in the history.
fn applied(change: &mut Change, served: &Served, doc: &Doc, kind: EventKind, at: i64) -> Doc {
    let (doc, line) = doc.apply(&served.program, &InputKind::Event(kind), at, "an earlier process");
    let rev = change.history.len() as u64 + 1;
    change.history.push(HistoryLine { rev, event_key: format!("event {rev}"), at, body: turn::to_json(&line) });
    doc
}
