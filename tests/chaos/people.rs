//! The platform's outgoing side: people who call, calls that are ordered, and webhooks, in order and tried again for a while.

use crate::chaos::books::{Acknowledged, Line, Phase, now_ms};
use crate::chaos::platform::{Inner, Platform, lock};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedReceiver;

/// When a webhook is tried again, in milliseconds after the try before. The platform publishes no schedule: then it is lost.
const AGAIN_MS: [u64; 3] = [500, 1_000, 2_000];
/// How long somebody lets it ring.
const RINGS: Duration = Duration::from_secs(25);
/// Lines begun at once.
const AT_ONCE: usize = 5;

impl Platform {
    /// From now on so many lines are kept up.
    pub(crate) fn keep_up(&self, lines: usize) {
        self.0.wanted.store(lines, Ordering::Relaxed);
    }

    /// From now on so many of a thousand webhooks are lost.
    pub(crate) fn lose(&self, of_a_thousand: u64) {
        self.0.loses.store(of_a_thousand, Ordering::Relaxed);
    }

    /// Begins lines, whatever is up.
    pub(crate) fn begin(&self, lines: usize) {
        for _ in 0..lines {
            begin(&self.0);
        }
    }
}

/// Begins lines for those that are over.
pub(crate) async fn keep_up(platform: Weak<Inner>) {
    loop {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let Some(inner) = platform.upgrade() else { return };
        let missing = inner.wanted.load(Ordering::Relaxed).saturating_sub(lock(&inner.books).live());
        for _ in 0..missing.min(AT_ONCE) {
            begin(&inner);
        }
    }
}

fn begin(inner: &Arc<Inner>) {
    let placed = lock(&inner.dice).falls(inner.rules.places);
    let mut books = lock(&inner.books);
    let line = books.lines.len();
    let name = if placed { format!("+4420{line:08}") } else { format!("context-{line}") };
    books.lines.push(Line::ringing(name.clone(), placed));
    books.by_name.insert(name.clone(), line);
    drop(books);
    let weak = Arc::downgrade(inner);
    inner
        .runtime
        .spawn(async move { if placed { place(weak, line, name).await } else { ring(weak, line, name).await } });
}

/// One POST; the status and the body, if somebody answered.
async fn say(inner: Arc<Inner>, path: String, body: Value) -> (Option<u16>, Value) {
    let url = format!("http://127.0.0.1:{}{path}", inner.service);
    let posted = inner.client.post(url).header("content-type", "application/json").body(body.to_string());
    drop(inner);
    let Ok(answer) = posted.send().await else { return (None, Value::Null) };
    let status = answer.status().as_u16();
    (Some(status), serde_json::from_slice(&answer.bytes().await.unwrap_or_default()).unwrap_or(Value::Null))
}

/// Somebody calls, and lets it ring for a while.
async fn ring(platform: Weak<Inner>, line: usize, context: String) {
    let phone = |number: &str| json!({ "kind": "phoneNumber", "rawId": format!("4:{number}"), "phoneNumber": { "value": number } });
    let delivery = json!([{ "id": uuid::Uuid::new_v4().to_string(), "topic": "/subscriptions/x", "subject": "/caller/x",
        "eventType": "Microsoft.Communication.IncomingCall", "dataVersion": "1.0", "metadataVersion": "1",
        "eventTime": "2026-11-20T14:00:00Z",
        "data": { "to": phone("+18005550100"), "from": phone("+441632960100"), "serverCallId": format!("server-{line}"),
            "callerDisplayName": "", "incomingCallContext": context, "correlationId": format!("correlation-{line}") } }]);
    let (began, mut taken) = (Instant::now(), false);
    while began.elapsed() < RINGS {
        let Some(inner) = platform.upgrade() else { return };
        if !taken {
            let (status, _) = say(Arc::clone(&inner), "/events/incoming".to_owned(), delivery.clone()).await;
            let mut books = lock(&inner.books);
            match status {
                Some(200) => {
                    taken = true;
                    books.taken.push(context.clone());
                }
                other => *books.refused.entry(other.unwrap_or(0)).or_default() += 1,
            }
        }
        if lock(&inner.books).lines[line].phase != Phase::Ringing {
            return;
        }
        drop(inner);
        tokio::time::sleep(Duration::from_millis(1_000)).await;
    }
    let Some(inner) = platform.upgrade() else { return };
    let mut books = lock(&inner.books);
    if books.lines[line].phase == Phase::Ringing {
        books.over(line, now_ms());
        books.given_up += 1;
    }
}

/// A call is ordered, until somebody says that it is placed.
async fn place(platform: Weak<Inner>, line: usize, number: String) {
    let order = json!({ "flow": "reminder", "to": number, "idempotency_key": number });
    let began = Instant::now();
    while began.elapsed() < RINGS {
        let Some(inner) = platform.upgrade() else { return };
        let (status, answer) = say(Arc::clone(&inner), "/api/calls".to_owned(), order.clone()).await;
        if status == Some(202) {
            lock(&inner.books).placed.insert(number, answer["call"].as_str().unwrap_or_default().to_owned());
            return;
        }
        *lock(&inner.books).refused.entry(status.unwrap_or(0)).or_default() += 1;
        drop(inner);
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let Some(inner) = platform.upgrade() else { return };
    let mut books = lock(&inner.books);
    books.over(line, now_ms());
    books.given_up += 1;
}

/// Posts the webhooks of one call, one after the other.
pub(crate) async fn post(platform: Weak<Inner>, url: String, call: String, mut webhooks: UnboundedReceiver<Value>) {
    let path = url.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| rest[at..].to_owned()));
    let path = path.unwrap_or_default();
    while let Some(event) = webhooks.recv().await {
        let Some(inner) = platform.upgrade() else { return };
        let (loses, twice) = {
            let mut dice = lock(&inner.dice);
            (dice.falls(inner.loses.load(Ordering::Relaxed)), dice.falls(inner.rules.twice))
        };
        if loses {
            lock(&inner.books).lost += 1;
            continue;
        }
        drop(inner);
        for _ in 0..=usize::from(twice) {
            deliver(&platform, &path, &call, &event).await;
        }
    }
}

async fn deliver(platform: &Weak<Inner>, path: &str, call: &str, event: &Value) {
    for pause in AGAIN_MS.iter().map(Some).chain([None]) {
        let Some(inner) = platform.upgrade() else { return };
        let began = Instant::now();
        let (status, _) = say(Arc::clone(&inner), path.to_owned(), json!([event])).await;
        if inner.answered(call, event, status, began.elapsed()) {
            return;
        }
        drop(inner);
        let Some(pause) = pause else { break };
        tokio::time::sleep(Duration::from_millis(*pause)).await;
    }
    if let Some(inner) = platform.upgrade() {
        lock(&inner.books).lost += 1;
    }
}

impl Inner {
    /// Writes a try at a webhook down; whether it was acknowledged.
    fn answered(&self, call: &str, event: &Value, status: Option<u16>, took: Duration) -> bool {
        let mut books = lock(&self.books);
        books.posted += 1;
        books.took.push(took);
        if !status.is_some_and(|status| (200..300).contains(&status)) {
            *books.unheard.entry(status.unwrap_or(0)).or_default() += 1;
            return false;
        }
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let key = format!("webhook:{} {}", text("source"), text("id"));
        books.acknowledged.push(Acknowledged { at: now_ms(), call: call.to_owned(), key, kind: text("type") });
        true
    }
}
