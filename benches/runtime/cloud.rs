//! The platform's side of the measured conversation, the same for whoever answers: calls ring, requests are taken, and their
//! webhooks come a moment later. The caller keys in 1 when asked.

use crate::listen::{self, Request};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, oneshot};

/// How long after a request its webhooks come.
const PAUSE: Duration = Duration::from_millis(20);
/// How long a call may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often an incoming call is told of again, and how long after.
const TOLD_AGAIN: usize = 100;
const TOLD_AGAIN_AFTER: Duration = Duration::from_millis(250);
/// Webhooks of one conversation.
pub(crate) const WEBHOOKS: usize = 6;
/// Requests of one conversation: answer, ask, tell, hang up.
pub(crate) const REQUESTS: u64 = 4;

/// The platform.
#[derive(Clone)]
pub(crate) struct Cloud(Arc<Inner>);

struct Inner {
    http: reqwest::Client,
    calls: Mutex<HashMap<String, Line>>,
    /// What those calls that ring are answered with, and who waits for their end.
    ringing: Mutex<HashMap<String, oneshot::Sender<()>>>,
    number: AtomicU64,
    requests: AtomicU64,
    /// Webhooks that were not taken.
    refused: AtomicU64,
    /// How long each webhook took to be acknowledged, in milliseconds.
    acknowledged: Mutex<Vec<f64>>,
}

/// A call that was answered.
struct Line {
    callback: String,
    over: Option<oneshot::Sender<()>>,
}

/// What a run of conversations came to.
pub(crate) struct Told {
    /// Calls that went as they should.
    pub(crate) whole: usize,
    /// Requests received.
    pub(crate) requests: u64,
    /// Webhooks that were not taken.
    pub(crate) refused: u64,
    /// How long webhooks took to be acknowledged, sorted, in milliseconds.
    pub(crate) acknowledged: Vec<f64>,
    /// How long it all took.
    pub(crate) took: Duration,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Cloud {
    /// Starts it; says its address.
    pub(crate) async fn start() -> (Cloud, String) {
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().expect("a client");
        let cloud = Cloud(Arc::new(Inner {
            http,
            calls: Mutex::default(),
            ringing: Mutex::default(),
            number: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            acknowledged: Mutex::default(),
        }));
        let answering = cloud.clone();
        let address = listen::serve(move |request| {
            let cloud = answering.clone();
            async move { cloud.answer(&request) }
        })
        .await;
        (cloud, address)
    }

    /// So many conversations with the service at this address, so many at a time.
    pub(crate) async fn converse(&self, service: &str, calls: usize, at_once: usize) -> Told {
        let room = Arc::new(Semaphore::new(at_once));
        let mut tasks = tokio::task::JoinSet::new();
        let began = self.begin();
        for _ in 0..calls {
            let seat = Arc::clone(&room).acquire_owned().await.expect("never closed");
            let (cloud, service) = (self.clone(), service.to_owned());
            tasks.spawn(async move {
                let whole = cloud.ring(&service).await;
                drop(seat);
                whole
            });
        }
        self.told(tasks, began).await
    }

    /// As many conversations as make so many webhooks a second, begun on time whatever becomes of those before.
    pub(crate) async fn press(&self, service: &str, webhooks_a_second: usize, seconds: usize) -> Told {
        let calls = webhooks_a_second * seconds / WEBHOOKS;
        let every = Duration::from_secs_f64(WEBHOOKS as f64 / webhooks_a_second as f64);
        let mut tasks = tokio::task::JoinSet::new();
        let mut ticks = tokio::time::interval(every);
        let began = self.begin();
        for _ in 0..calls {
            ticks.tick().await;
            let (cloud, service) = (self.clone(), service.to_owned());
            tasks.spawn(async move { cloud.ring(&service).await });
        }
        self.told(tasks, began).await
    }

    fn begin(&self) -> Instant {
        self.0.requests.store(0, Ordering::Relaxed);
        self.0.refused.store(0, Ordering::Relaxed);
        lock(&self.0.acknowledged).clear();
        Instant::now()
    }

    async fn told(&self, mut tasks: tokio::task::JoinSet<bool>, began: Instant) -> Told {
        let mut whole = 0;
        while let Some(ended) = tasks.join_next().await {
            whole += usize::from(ended.is_ok_and(|whole| whole));
        }
        let took = began.elapsed();
        lock(&self.0.calls).clear();
        let mut acknowledged = std::mem::take(&mut *lock(&self.0.acknowledged));
        acknowledged.sort_by(f64::total_cmp);
        let [requests, refused] = [&self.0.requests, &self.0.refused].map(|count| count.load(Ordering::Relaxed));
        Told { whole, requests, refused, acknowledged, took }
    }

    /// Somebody calls; whether the call came to its end.
    async fn ring(&self, service: &str) -> bool {
        let number = self.0.number.fetch_add(1, Ordering::Relaxed);
        let context = format!("eyJhbGciOiJub25lIn0.{number:032}.incoming-call-context");
        let (over, ended) = oneshot::channel();
        lock(&self.0.ringing).insert(context.clone(), over);
        let phone = |number: &str| json!({ "kind": "phoneNumber", "rawId": format!("4:{number}"), "phoneNumber": { "value": number } });
        let event = json!([{
            "id": format!("e80026e7-0000-4000-8000-{number:012}"), "topic": "/subscriptions/x", "subject": "/caller/x",
            "eventType": "Microsoft.Communication.IncomingCall", "dataVersion": "1.0", "metadataVersion": "1",
            "eventTime": "2026-11-20T14:00:00Z",
            "data": { "to": phone("+18005550100"), "from": phone("+441632960100"), "callerDisplayName": "",
                "serverCallId": server_call(number), "incomingCallContext": context,
                "correlationId": format!("d732db64-4803-462d-be9c-{number:012}") },
        }]);
        let url = format!("{service}/events/incoming");
        // Who has too much to do says so, and is told again, as Event Grid would; only sooner.
        for _ in 0..TOLD_AGAIN {
            if self.send(&url, &event).await != Some(429) {
                break;
            }
            tokio::time::sleep(TOLD_AGAIN_AFTER).await;
        }
        tokio::time::timeout(PATIENCE, ended).await.is_ok_and(|ended| ended.is_ok())
    }

    /// Posts one delivery; how long it took to be taken, in milliseconds.
    pub(crate) async fn post(&self, url: &str, body: &Value) -> f64 {
        let began = Instant::now();
        if !matches!(self.send(url, body).await, Some(200..=299)) {
            self.0.refused.fetch_add(1, Ordering::Relaxed);
        }
        began.elapsed().as_secs_f64() * 1_000.0
    }

    /// The status that a delivery is answered with, if it is.
    async fn send(&self, url: &str, body: &Value) -> Option<u16> {
        let request = self.0.http.post(url).header("content-type", "application/json").body(body.to_string());
        let response = request.send().await.ok()?;
        let status = response.status().as_u16();
        response.bytes().await.ok().map(|_| status)
    }

    /// Takes a request, and has its webhooks come.
    fn answer(&self, request: &Request) -> (u16, String) {
        self.0.requests.fetch_add(1, Ordering::Relaxed);
        let Some(path) = request.path.strip_prefix("/calling/callConnections") else { return (404, String::new()) };
        let signed = request.headers.contains_key("authorization") && request.headers.contains_key("x-ms-date");
        if !signed {
            return (401, String::new());
        }
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        if path == ":answer" {
            return self.answered(&body);
        }
        let path = path.trim_start_matches('/');
        let (connection, action) = path.split_once(':').unwrap_or((path, ""));
        let context = body["operationContext"].clone();
        let events = match (request.method.as_str(), action) {
            ("POST", "recognize") => vec![(
                "RecognizeCompleted",
                json!({ "recognitionType": "dtmf", "dtmfResult": { "tones": ["one"] }, "operationContext": context }),
            )],
            ("POST", "play") => vec![
                ("PlayStarted", json!({ "operationContext": context })),
                ("PlayCompleted", json!({ "operationContext": context })),
            ],
            ("POST", "terminate") | ("DELETE", "") => vec![("CallDisconnected", json!({}))],
            _ => return (400, String::new()),
        };
        let over = events[0].0 == "CallDisconnected";
        self.tell(connection, events);
        (if over { 204 } else { 202 }, String::new())
    }

    fn answered(&self, body: &Value) -> (u16, String) {
        let context = body["incomingCallContext"].as_str().unwrap_or_default();
        let Some(over) = lock(&self.0.ringing).remove(context) else { return (400, String::new()) };
        let number: u64 = context.split('.').nth(1).and_then(|number| number.parse().ok()).unwrap_or_default();
        let connection = format!("411f0b00-d97f-49ad-a6ff-{number:012}");
        let callback = body["callbackUri"].as_str().unwrap_or_default().to_owned();
        lock(&self.0.calls).insert(connection.clone(), Line { callback, over: Some(over) });
        let people = json!([{ "identifier": { "kind": "phoneNumber", "rawId": "4:+441632960100",
            "phoneNumber": { "value": "+441632960100" } }, "isMuted": false, "isOnHold": false }]);
        let events = vec![
            ("CallConnected", json!({ "operationContext": body["operationContext"] })),
            ("ParticipantsUpdated", json!({ "participants": people, "sequenceNumber": 1 })),
        ];
        self.tell(&connection, events);
        let answer = json!({ "callConnectionId": connection, "serverCallId": server_call(number),
            "callConnectionState": "connecting", "correlationId": format!("d732db64-4803-462d-be9c-{number:012}") });
        (200, answer.to_string())
    }

    /// Has these webhooks of a call come, one after the other.
    fn tell(&self, connection: &str, events: Vec<(&'static str, Value)>) {
        let (cloud, connection) = (self.clone(), connection.to_owned());
        let Some(callback) = lock(&self.0.calls).get(&connection).map(|line| line.callback.clone()) else { return };
        tokio::spawn(async move {
            tokio::time::sleep(PAUSE).await;
            for (name, data) in events {
                let id = cloud.0.number.fetch_add(1, Ordering::Relaxed);
                let took = cloud.post(&callback, &webhook(&connection, id, name, data)).await;
                lock(&cloud.0.acknowledged).push(took);
                if name == "CallDisconnected" {
                    let over = lock(&cloud.0.calls).get_mut(&connection).and_then(|line| line.over.take());
                    let _ = over.map(|over| over.send(()));
                }
            }
        });
    }
}

fn server_call(number: u64) -> String {
    format!("aHR0cHM6Ly9jb252LmV4YW1wbGUvY29udi8{number:012}")
}

/// A webhook as the platform writes it.
pub(crate) fn webhook(connection: &str, id: u64, name: &str, more: Value) -> Value {
    let number = connection.rsplit('-').next().unwrap_or_default();
    let mut data = json!({ "callConnectionId": connection,
        "serverCallId": server_call(number.parse().unwrap_or_default()),
        "correlationId": format!("d732db64-4803-462d-be9c-{number}"),
        "resultInformation": { "code": 200, "subCode": 0, "message": "Action completed successfully." } });
    for (key, value) in more.as_object().into_iter().flatten() {
        data[key] = value.clone();
    }
    json!([{ "id": format!("00000000-0000-4000-8000-{id:012}"), "source": format!("calling/callConnections/{connection}"),
        "type": format!("Microsoft.Communication.{name}"), "data": data, "time": "2026-11-20T14:00:00.0000000+00:00",
        "specversion": "1.0", "datacontenttype": "application/json",
        "subject": format!("calling/callConnections/{connection}") }])
}
