//! A platform that has too many requests: what ends a line comes through at once.

use crate::language::graph::Program;
use crate::machine::command::{Command, OpRef};
use crate::machine::event::{Answer, Facts};
use crate::provider::{Outcome, Provider, Request};
use crate::runtime::doc::{Doc, Pending, repeat_id};
use crate::runtime::drive::defect_tests::served;
use crate::runtime::drive::{Runtime, Settings, lock};
use crate::runtime::lines::Lines;
use crate::store::memory::Memory;
use crate::store::{Change, Committed, Found, HistoryLine, Store};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Has too many requests of everything but hang-ups, for half a minute.
#[derive(Debug, Default)]
struct Full(Mutex<Vec<&'static str>>);

impl Provider for Arc<Full> {
    async fn send(&self, request: Request) -> Outcome {
        lock(&self.0).push(request.command.name());
        match request.command {
            Command::HangUp => Outcome::Definite(Answer::Accepted(Facts::default())),
            _ => Outcome::Throttled { after_ms: 30_000 },
        }
    }
}

impl Full {
    async fn was_asked(&self, wanted: &[&str]) {
        for _ in 0..4_000 {
            if *lock(&self.0) == *wanted {
                return;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        panic!("{:?}", lock(&self.0));
    }
}

#[tokio::test]
async fn a_hang_up_does_not_wait_for_what_the_platform_holds_back() {
    let settings = Settings::new("https://here.example", "v");
    let platform = Arc::new(Full::default());
    let runtime = Runtime::new(Memory::default(), Arc::clone(&platform), settings).await.expect("a runtime");
    let flows = BTreeMap::from([("hi".to_owned(), served())]);
    runtime.publish(Lines { flows, ..Lines::default() }).await.expect("published");
    let call = runtime.place("hi", crate::language::flow::value::Values::new(), None).await.expect("placed");
    // The call is up and keys are to be told of.
    let Ok(Found::Live { row, .. }) = runtime.0.store.load(&call, &[]).await else { panic!("it lives") };
    let mut doc = Doc::from_bytes(&row.doc).expect("a document");
    doc.call.facts.connection = Some("line".to_owned());
    doc.call.line = crate::machine::call::Line::Up;
    let op = OpRef { op: 90, attempt: 1 };
    doc.outbox.push(Pending {
        op,
        command: Command::CancelMedia,
        connection: None,
        repeat_id: repeat_id(&call, op),
        ordered: 0,
        not_after: None,
        given_on: false,
        claim: None,
    });
    let program = Program::from_bytes(&served().program.to_bytes()).expect("a program").hash();
    let history = vec![HistoryLine { rev: row.rev + 1, event_key: "put".to_owned(), at: 0, body: Vec::new() }];
    let change = Change {
        call: call.clone(),
        expected: row.rev,
        next_due: doc.next_due(),
        doc: doc.to_bytes(),
        program,
        history,
        natural_key: None,
        ended: None,
    };
    assert_eq!(runtime.0.store.commit(change).await.expect("kept"), Committed::Applied);
    lock(&runtime.0.recent).forget(&call);
    runtime.work(&call);
    platform.was_asked(&["cancel_media"]).await;
    assert!(runtime.now().await.pace.is_some(), "everything goes slower");
    runtime.hang_up(&call).await.expect("it is hung up");
    platform.was_asked(&["cancel_media", "hang_up"]).await;
}
