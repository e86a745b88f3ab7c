//! How many calls the emulator carries beside its client on one machine: `flowc emulate` as its own process, and a client that
//! places calls, keeps every one of them busy with prompts and questions, and takes their webhooks.
//!
//! `cargo bench --bench emulator`; shorter or longer by `CALLS` and `SECONDS` in the environment.

#[path = "../child.rs"]
mod child;
#[path = "../listen.rs"]
mod listen;
#[path = "../signing.rs"]
mod signing;

use crate::child::{Process, flowc, percentile, processor, size};
use crate::listen::Request;
use crate::signing::{Client, KEY};
use serde::Deserialize;
use serde_json::{Value, json};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// Calls that are placed at the same time.
const AT_ONCE: usize = 64;
/// What is said: three seconds of it.
const PROMPT: &str = "Please hold the line, somebody is coming.";
/// How long a key is waited for, in seconds. Nobody presses one.
const SILENCE: u64 = 5;
/// A call of which nothing was heard for so long has been forgotten: its prompts and questions are shorter.
const FORGOTTEN: Duration = Duration::from_secs(20);

/// The client.
struct Caller {
    client: Client,
    /// Once true, calls are left alone.
    over: AtomicBool,
    counts: Counts,
    /// How long requests took, in milliseconds.
    requests_ms: Mutex<Vec<f64>>,
    /// When each call was last heard of.
    heard: Mutex<Vec<Option<Instant>>>,
}

#[derive(Default)]
struct Counts {
    requests: AtomicU64,
    webhooks: AtomicU64,
    /// Requests that were not accepted, and webhooks that do not belong here.
    errors: AtomicU64,
    connected: AtomicU64,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    data: Data,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    call_connection_id: String,
}

/// How things stand at a moment.
struct Reading {
    at: Instant,
    requests: u64,
    webhooks: u64,
    emulator: f64,
    client: f64,
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads");
    runtime.block_on(measured());
}

async fn measured() {
    let (calls, seconds) = (size("CALLS", 5_000), size("SECONDS", 30));
    let (process, platform) = emulator();
    let caller = Arc::new(Caller {
        client: Client::new(&platform),
        over: AtomicBool::new(false),
        counts: Counts::default(),
        requests_ms: Mutex::default(),
        heard: Mutex::new(vec![None; calls]),
    });
    let address = listen::serve({
        let caller = Arc::clone(&caller);
        move |request| {
            let caller = Arc::clone(&caller);
            async move { caller.webhook(&request) }
        }
    })
    .await;
    let empty = process.memory();
    let begun = read(&caller, &process);
    caller.place_all(&address, calls).await;
    let placed = read(&caller, &process);
    println!("{calls} calls placed and connected in {:.1} s", placed.at.duration_since(begun.at).as_secs_f64());
    told("while they are placed", &begun, &placed);
    caller.requests_ms.lock().unwrap_or_else(PoisonError::into_inner).clear();
    tokio::time::sleep(Duration::from_secs(seconds as u64)).await;
    let held = read(&caller, &process);
    told("while all of them go on", &placed, &held);
    let mut took = std::mem::take(&mut *caller.requests_ms.lock().unwrap_or_else(PoisonError::into_inner));
    took.sort_by(f64::total_cmp);
    let (middle, late) = (percentile(&took, 50), percentile(&took, 99));
    println!("  requests answered p50 {middle:.1} ms, p99 {late:.1} ms");
    let bytes = process.memory();
    println!("  emulator {} MiB, {} KiB a call", bytes >> 20, (bytes.saturating_sub(empty) / calls as u64) >> 10);
    println!("  errors {}, calls forgotten {}", caller.counts.errors.load(Ordering::Relaxed), caller.forgotten());
    caller.over.store(true, Ordering::Relaxed);
}

fn emulator() -> (Process, String) {
    let mut command = Command::new(flowc());
    command.args(["emulate", "--listen", "127.0.0.1:0", "--access-key", KEY]);
    Process::start(command, |line| Some(line.strip_prefix("endpoint:")?.trim().trim_end_matches('/').to_owned()))
}

fn read(caller: &Caller, emulator: &Process) -> Reading {
    Reading {
        at: Instant::now(),
        requests: caller.counts.requests.load(Ordering::Relaxed),
        webhooks: caller.counts.webhooks.load(Ordering::Relaxed),
        emulator: emulator.processor(),
        client: processor("self"),
    }
}

fn told(when: &str, from: &Reading, to: &Reading) {
    let took = to.at.duration_since(from.at).as_secs_f64();
    let (requests, webhooks) = (to.requests - from.requests, to.webhooks - from.webhooks);
    println!(
        "  {when}: {:.0} requests/s, {:.0} webhooks/s for {took:.1} s; processor seconds: emulator {:.1}, client {:.1}",
        requests as f64 / took,
        webhooks as f64 / took,
        to.emulator - from.emulator,
        to.client - from.client,
    );
}

impl Caller {
    /// Places the calls, and waits until all of them are connected.
    async fn place_all(self: &Arc<Self>, address: &str, calls: usize) {
        let room = Arc::new(Semaphore::new(AT_ONCE));
        for number in 0..calls {
            let seat = Arc::clone(&room).acquire_owned().await.expect("never closed");
            let (caller, callback) = (Arc::clone(self), format!("{address}/{number}"));
            tokio::spawn(async move {
                let body = json!({ "targets": [phone(number)], "callbackUri": callback,
                    "sourceCallerIdNumber": { "value": "+18005550100" },
                    "callIntelligenceOptions": { "cognitiveServicesEndpoint": "https://ai.example.com/" } });
                caller.send("", &body).await;
                drop(seat);
            });
        }
        let deadline = Instant::now() + Duration::from_secs(120);
        while self.counts.connected.load(Ordering::Relaxed) < calls as u64 {
            assert!(Instant::now() < deadline, "every call is connected");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn send(&self, path: &str, body: &Value) {
        let began = Instant::now();
        let status = self.client.post(path, body).await.map(|(status, _)| status);
        self.counts.requests.fetch_add(1, Ordering::Relaxed);
        if !matches!(status, Some(200..=299)) {
            self.counts.errors.fetch_add(1, Ordering::Relaxed);
        }
        let took = began.elapsed().as_secs_f64() * 1_000.0;
        self.requests_ms.lock().unwrap_or_else(PoisonError::into_inner).push(took);
    }

    /// Takes a webhook; what comes next on its call is asked for.
    fn webhook(self: &Arc<Self>, request: &Request) -> (u16, String) {
        self.counts.webhooks.fetch_add(1, Ordering::Relaxed);
        let number = request.path.trim_start_matches('/').parse::<usize>();
        let events = serde_json::from_slice::<Vec<Event>>(&request.body);
        let (Ok(number), Ok(events), "POST") = (number, events, request.method.as_str()) else {
            self.counts.errors.fetch_add(1, Ordering::Relaxed);
            return (400, String::new());
        };
        let signed = request.headers.contains_key("authorization");
        for event in events {
            self.heard(number);
            let kind = event.kind.strip_prefix("Microsoft.Communication.").unwrap_or_default();
            let next = match kind {
                "CallConnected" => {
                    self.counts.connected.fetch_add(1, Ordering::Relaxed);
                    Some(("play", play()))
                }
                "PlayCompleted" => Some(("recognize", recognize(number))),
                "RecognizeFailed" => Some(("play", play())),
                "ParticipantsUpdated" | "PlayStarted" if signed => None,
                _ => {
                    self.counts.errors.fetch_add(1, Ordering::Relaxed);
                    None
                }
            };
            if let Some((action, body)) = next.filter(|_| !self.over.load(Ordering::Relaxed)) {
                let (caller, connection) = (Arc::clone(self), event.data.call_connection_id);
                tokio::spawn(async move { caller.send(&format!("/{connection}:{action}"), &body).await });
            }
        }
        (200, String::new())
    }

    fn heard(&self, number: usize) {
        if let Some(heard) = self.heard.lock().unwrap_or_else(PoisonError::into_inner).get_mut(number) {
            *heard = Some(Instant::now());
        }
    }

    /// Calls that should have been heard of lately and were not.
    fn forgotten(&self) -> usize {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.iter().filter(|heard| heard.is_none_or(|at| at.elapsed() > FORGOTTEN)).count()
    }
}

fn phone(number: usize) -> Value {
    let number = format!("+1555{number:07}");
    json!({ "kind": "phoneNumber", "rawId": format!("4:{number}"), "phoneNumber": { "value": number } })
}

fn text() -> Value {
    json!({ "kind": "text", "text": { "text": PROMPT, "voiceName": "en-US-NancyNeural" } })
}

fn play() -> Value {
    json!({ "playSources": [text()], "playTo": [], "playOptions": { "loop": false }, "operationContext": "tell" })
}

fn recognize(number: usize) -> Value {
    json!({ "recognizeInputType": "dtmf", "playPrompt": text(), "operationContext": "ask",
        "recognizeOptions": { "interruptPrompt": true, "initialSilenceTimeoutInSeconds": SILENCE,
            "targetParticipant": phone(number), "dtmfOptions": { "maxTonesToCollect": 1 } } })
}
