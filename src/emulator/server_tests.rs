//! The emulator over HTTP: signed requests in, webhooks to a receiver of our own, with the fast clock.

mod bad_input;
mod faults;
mod grid;
mod streams;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::emulator::{Faults, Pace, Settings, serve};
use crate::http::{self, Limits, Request, Response};
use crate::provider::acs::from_wire::grid::{self as grid_reader, Grid};

const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const AUDIENCE: &str = "0f3f4e5d-1111-4222-8333-444455556666";
const CALLER: &str = "+441632960100";

const ORIGIN: &str = "eventgrid.azure.net";

/// What the receiver has got: path and JSON.
type Got = Arc<Mutex<Vec<(String, Value)>>>;

/// An emulator, a receiver that is its Event Grid endpoint and callback, and what ends both.
struct Stage {
    emulator: SocketAddr,
    receiver: SocketAddr,
    got: Got,
    client: reqwest::Client,
    _stop: watch::Sender<bool>,
}

/// Answers handshakes and audio, takes events; `/flaky` takes each event the second time, `/refusing` none.
async fn receive(got: Got, request: Request) -> Response {
    if request.path == "/a.wav" {
        let mut wav = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x80\x3e\0\0\0\x7d\0\0\x02\0\x10\0data".to_vec();
        wav.extend(16_000u32.to_le_bytes());
        return Response::empty(200).with_body(wav);
    }
    if request.method == hyper::Method::GET {
        return Response::empty(404);
    }
    if request.method == hyper::Method::OPTIONS {
        let asked =
            request.header("webhook-request-origin").is_some_and(|origin| request.path == "/cloud" && origin == ORIGIN);
        return if asked {
            Response::empty(200).with_header("webhook-allowed-origin", ORIGIN)
        } else {
            Response::empty(200)
        };
    }
    let body: Value = serde_json::from_slice(&request.body).expect("JSON");
    if request.header("aeg-event-type") == Some("SubscriptionValidation") && request.path == "/grid" {
        let Ok(Grid::Validation { code }) = grid_reader::read(&request.body) else { panic!("no handshake: {body}") };
        return Response::json(200, &json!({ "validationResponse": code }));
    }
    let mut got = got.lock().expect("not poisoned");
    let mut event = if body.is_array() { body[0].clone() } else { body };
    let is_first = !got.iter().any(|(_, seen)| seen["id"] == event["id"]);
    // Kept beside the event for tests that look at them.
    for name in ["authorization", "content-type"] {
        event[name] = request.header(name).map(str::to_owned).into();
    }
    event["raw"] = String::from_utf8_lossy(&request.body).into();
    got.push((request.target.clone(), event));
    Response::empty(match request.path.as_str() {
        "/flaky" if is_first => 503,
        "/refusing" => 403,
        _ => 200,
    })
}

async fn stage() -> Stage {
    staged(|receiver| Some(format!("http://{receiver}/grid"))).await
}

/// One to whom nobody subscribes by itself.
async fn quiet_stage() -> Stage {
    staged(|_| None).await
}

async fn staged(event_grid: impl Fn(SocketAddr) -> Option<String>) -> Stage {
    let (stop, stopped) = watch::channel(false);
    let got = Got::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let receiver = listener.local_addr().expect("bound");
    let receiving = Arc::clone(&got);
    tokio::spawn(http::serve(listener, Limits::default(), stopped.clone(), move |request| {
        receive(Arc::clone(&receiving), request)
    }));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let emulator = listener.local_addr().expect("bound");
    let settings = Settings {
        access_key: KEY.to_owned(),
        event_grid: event_grid(receiver),
        api_version: "2026-03-12".to_owned(),
        seed: 1,
        pace: Pace::Fast,
        faults: Faults::default(),
        base_url: Some(format!("http://{emulator}")),
        callback_audience: Some(AUDIENCE.to_owned()),
        swallows: None,
    };
    tokio::spawn(serve(listener, settings, stopped));
    Stage { emulator, receiver, got, client: reqwest::Client::new(), _stop: stop }
}

/// A request of the REST API as its client makes it, signed with a key at a time.
struct Call<'a> {
    method: &'a str,
    /// Path and query.
    target: &'a str,
    body: Vec<u8>,
    content_type: Option<&'a str>,
    key: &'a str,
    at: jiff::Timestamp,
}

impl Stage {
    /// A request that is signed as it says.
    fn signed(&self, call: Call<'_>) -> reqwest::RequestBuilder {
        let Call { method, target, body, content_type, key, at } = call;
        let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&at).expect("a date");
        let hash = STANDARD.encode(digest::digest(&digest::SHA256, &body));
        let text = format!("{method}\n{target}\n{date};{};{hash}", self.emulator);
        let key = hmac::Key::new(hmac::HMAC_SHA256, &STANDARD.decode(key).expect("base64"));
        let signature = STANDARD.encode(hmac::sign(&key, text.as_bytes()));
        let sent = self
            .client
            .request(method.parse().expect("a method"), format!("http://{}{target}", self.emulator))
            .header("x-ms-date", date)
            .header("x-ms-content-sha256", hash)
            .header(
                "authorization",
                format!("HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}"),
            )
            .header("x-ms-client-request-id", "my-id");
        match content_type {
            Some(content_type) => sent.header("content-type", content_type),
            None => sent,
        }
        .body(body)
    }

    /// The answer to a good request about call connections.
    async fn answered(&self, method: &str, path: &str, body: Value) -> reqwest::Response {
        self.asked(method, &format!("/calling/callConnections{path}?api-version=2026-03-12"), body).await
    }

    /// The answer to a good request.
    async fn asked(&self, method: &str, target: &str, body: Value) -> reqwest::Response {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let at = jiff::Timestamp::now();
        let call = Call { method, target, body, content_type: Some("application/json"), key: KEY, at };
        let response = self.signed(call).send().await.expect("answered");
        assert_eq!(response.headers()["x-ms-client-request-id"], "my-id");
        response
    }

    /// The same: status and body.
    async fn rest(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        read(self.answered(method, path, body).await).await
    }

    async fn human(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let sent =
            self.client.request(method.parse().expect("a method"), format!("http://{}/emulator/{path}", self.emulator));
        read(sent.body(body.to_string()).send().await.expect("answered")).await
    }

    /// Waits until so many deliveries have come; each with its path and short name.
    async fn deliveries(&self, count: usize) -> Vec<(String, String)> {
        for _ in 0..500 {
            if self.got.lock().expect("not poisoned").len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let name = |event: &Value| {
            event["eventType"]
                .as_str()
                .or(event["type"].as_str())
                .and_then(|name| name.rsplit('.').next())
                .map(str::to_owned)
        };
        self.got
            .lock()
            .expect("not poisoned")
            .iter()
            .map(|(path, event)| (path.clone(), name(event).expect("a type")))
            .collect()
    }

    fn callback(&self, path: &str) -> String {
        format!("http://{}{path}", self.receiver)
    }

    /// Somebody dials; the context that came by Event Grid.
    async fn dial(&self) -> Value {
        for _ in 0..100 {
            // The emulator subscribes by itself; a call before that would ring unheard.
            if self.human("PUT", "event-grid", json!({"url": self.callback("/grid")})).await.0 == 204 {
                break;
            }
        }
        let (status, dialled) = self.human("POST", "calls", json!({"from": CALLER, "to": "+18005550100"})).await;
        assert_eq!(status, 201);
        self.deliveries(1).await;
        let event = self.got.lock().expect("not poisoned")[0].1.clone();
        assert_eq!(event["data"]["incomingCallContext"], dialled["incomingCallContext"]);
        dialled["incomingCallContext"].clone()
    }
}

async fn read(response: reqwest::Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let body = response.bytes().await.expect("read");
    (status, if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).expect("JSON") })
}

#[tokio::test]
async fn a_whole_call_over_http() {
    let stage = stage().await;
    let context = stage.dial().await;
    let (status, answered) = stage
        .rest("POST", ":answer", json!({"incomingCallContext": context, "callbackUri": stage.callback("/cb?k=1")}))
        .await;
    assert_eq!(status, 200, "{answered}");
    let id = answered["callConnectionId"].as_str().expect("an id").to_owned();
    stage.deliveries(3).await;
    let play = |file: &str| json!({"playSources": [{"kind": "file", "file": {"uri": stage.callback(file)}}]});
    assert_eq!(stage.rest("POST", &format!("/{id}:play"), play("/a.wav")).await.0, 202);
    stage.deliveries(5).await;
    assert_eq!(stage.rest("POST", &format!("/{id}:play"), play("/missing.wav")).await.0, 202);
    stage.deliveries(6).await;
    let (_, call) = stage.human("GET", &format!("calls/{id}"), Value::Null).await;
    assert_eq!((call["call"].as_str(), call["state"].as_str()), (Some("call-1"), Some("connected")));
    assert_eq!(stage.human("POST", "calls/call-1/hangup", json!({})).await.0, 202);
    let all = stage.deliveries(7).await;
    let names: Vec<&str> = all.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "IncomingCall",
            "CallConnected",
            "ParticipantsUpdated",
            "PlayStarted",
            "PlayCompleted",
            "PlayFailed",
            "CallDisconnected"
        ]
    );
    assert!(all[1..].iter().all(|(path, _)| path == "/cb?k=1"), "the query is kept: {all:?}");
    let (_, journal) = stage.human("GET", "requests", Value::Null).await;
    let requests = journal["requests"].as_array().expect("a list");
    assert_eq!((requests.len(), requests[0]["status"].as_u64()), (3, Some(200)));
    assert_eq!(requests[0]["body"]["incomingCallContext"], context);
    assert!(!journal.to_string().contains("HMAC"));
}

#[tokio::test]
async fn webhooks_are_tried_again_in_order() {
    let stage = stage().await;
    let context = stage.dial().await;
    stage
        .rest("POST", ":answer", json!({"incomingCallContext": context, "callbackUri": stage.callback("/flaky")}))
        .await;
    let names: Vec<String> = stage.deliveries(5).await.into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, ["IncomingCall", "CallConnected", "CallConnected", "ParticipantsUpdated", "ParticipantsUpdated"]);
}

/// A log that can be read.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("not poisoned").extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn addresses_of_webhooks_are_not_logged() {
    let log = Log::default();
    let (writer, level) = (log.clone(), tracing::Level::INFO);
    let logging = tracing_subscriber::fmt().with_ansi(false).with_max_level(level).with_writer(move || writer.clone());
    let _logging = tracing::subscriber::set_default(logging.finish());
    let stage = quiet_stage().await;
    let create = |callback: String| {
        json!({"targets": [{"phoneNumber": {"value": CALLER}}], "sourceCallerIdNumber": {"value": "+18005550100"},
            "callbackUri": callback})
    };
    // One is not taken at first, one by nobody, one is refused.
    let refused = stage.callback("/refusing?mac=hush-hush");
    for callback in [stage.callback("/flaky?mac=hush-hush"), "http://127.0.0.1:1/hush-hush".to_owned(), refused] {
        assert_eq!(stage.rest("POST", "", create(callback)).await.0, 201);
    }
    let text = || String::from_utf8(log.0.lock().expect("not poisoned").clone()).expect("text");
    let told =
        ["call=\"call-1\"", "call=\"call-2\"", "webhook refused call=\"call-3\" event=\"CallConnected\" status=403"];
    for _ in 0..2_000 {
        if told.iter().all(|words| text().contains(words)) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let text = text();
    assert!(told.iter().all(|words| text.contains(words)), "{text}");
    assert!(!text.contains("hush-hush"), "{text}");
}

/// Header and claims of the token that came with an event; its signature must fit a key that is published.
async fn token_of(stage: &Stage, event: &Value) -> (Value, Value) {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).expect("base64");
    let token = event["authorization"].as_str().and_then(|value| value.strip_prefix("Bearer ")).expect("a token");
    let parts: Vec<&str> = token.split('.').collect();
    let json = |text: &str| serde_json::from_slice::<Value>(&bytes(text)).expect("JSON");
    let (header, claims) = (json(parts[0]), json(parts[1]));
    let get = |url: String| async move { read(stage.client.get(url).send().await.expect("answered")).await.1 };
    let document = get(format!("http://{}/calling/.well-known/acsopenidconfiguration", stage.emulator)).await;
    assert_eq!(document["issuer"], claims["iss"]);
    let keys = get(document["jwks_uri"].as_str().expect("an address").to_owned()).await;
    let key =
        keys["keys"].as_array().expect("a list").iter().find(|key| key["kid"] == header["kid"]).expect("published");
    let number = |name: &str| bytes(key[name].as_str().expect("a number"));
    let public = aws_lc_rs::signature::RsaPublicKeyComponents { n: number("n"), e: number("e") };
    let text = format!("{}.{}", parts[0], parts[1]);
    public
        .verify(&aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256, text.as_bytes(), &bytes(parts[2]))
        .expect("the signature fits");
    (header, claims)
}

#[tokio::test]
async fn webhooks_are_signed_by_a_key_that_changes() {
    let stage = stage().await;
    let context = stage.dial().await;
    stage.rest("POST", ":answer", json!({"incomingCallContext": context, "callbackUri": stage.callback("/cb")})).await;
    stage.deliveries(3).await;
    let event = stage.got.lock().expect("not poisoned")[1].1.clone();
    let (header, claims) = token_of(&stage, &event).await;
    let (issuer, life) = (format!("http://{}", stage.emulator), claims["exp"].as_i64().zip(claims["iat"].as_i64()));
    assert_eq!((header["alg"].as_str(), claims["aud"].as_str()), (Some("RS256"), Some(AUDIENCE)));
    assert_eq!((claims["iss"].as_str(), life.map(|(end, made)| end - made)), (Some(issuer.as_str()), Some(300)));

    let (status, rotated) = stage.human("POST", "signing-key", Value::Null).await;
    assert_eq!(status, 200);
    assert_eq!(stage.human("POST", "calls/call-1/hangup", json!({})).await.0, 202);
    stage.deliveries(4).await;
    let event = stage.got.lock().expect("not poisoned")[3].1.clone();
    assert_eq!(token_of(&stage, &event).await.0["kid"], rotated["kid"]);
}

#[tokio::test]
async fn cloud_events_after_their_own_handshake() {
    let stage = quiet_stage().await;
    let cloud = json!({"url": stage.callback("/cloud"), "schema": "cloudEvents"});
    assert_eq!(stage.human("PUT", "event-grid", cloud).await.0, 204);
    assert_eq!(stage.human("POST", "calls", json!({"from": CALLER, "to": "+18005550100"})).await.0, 201);
    stage.deliveries(1).await;
    let (path, event) = stage.got.lock().expect("not poisoned")[0].clone();
    assert_eq!((path.as_str(), event["specversion"].as_str()), ("/cloud", Some("1.0")), "{event}");
    assert_eq!(event["type"], "Microsoft.Communication.IncomingCall");
    assert_eq!(event["content-type"], "application/cloudevents+json; charset=utf-8");
    assert!(event.get("eventType").is_none() && event["data"]["incomingCallContext"].is_string(), "{event}");
}

#[tokio::test]
async fn who_gets_the_address_of_a_handshake_is_subscribed() {
    let stage = quiet_stage().await;
    // It takes the event without giving the code back.
    assert_eq!(stage.human("PUT", "event-grid", json!({"url": stage.callback("/later")})).await.0, 400);
    let sent = stage.got.lock().expect("not poisoned").iter().find(|(path, _)| path == "/later").cloned();
    let address = sent.expect("the handshake").1["data"]["validationUrl"].as_str().expect("an address").to_owned();
    assert_eq!(stage.client.get(&address).send().await.expect("answered").status().as_u16(), 200);
    assert_eq!(stage.client.get(&address).send().await.expect("answered").status().as_u16(), 404, "once");
    assert_eq!(stage.human("POST", "calls", json!({"from": CALLER, "to": "+18005550100"})).await.0, 201);
    let told = stage.deliveries(2).await;
    assert_eq!(told[1], ("/later".to_owned(), "IncomingCall".to_owned()));
}

#[tokio::test]
async fn who_watches_sees_everything_as_it_happens() {
    let stage = quiet_stage().await;
    let mut stream =
        stage.client.get(format!("http://{}/emulator/events", stage.emulator)).send().await.expect("answered");
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let mut seen = String::new();
    let mut until = async |words: &str| {
        while !seen.contains(words) {
            let piece = tokio::time::timeout(Duration::from_secs(20), stream.chunk()).await.expect("in time");
            seen.push_str(std::str::from_utf8(&piece.expect("whole").expect("it goes on")).expect("text"));
        }
        seen.clone()
    };
    until("watching").await;
    assert_eq!(stage.human("PUT", "event-grid", json!({"url": stage.callback("/grid")})).await.0, 204);
    assert_eq!(stage.human("POST", "calls", json!({"from": CALLER, "to": "+18005550100"})).await.0, 201);
    until("Microsoft.Communication.IncomingCall").await;
    assert_eq!(stage.rest("GET", "/x", Value::Null).await.0, 404);
    let seen = until("event: request").await;
    let kinds: Vec<&str> = seen.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
    assert_eq!(kinds, ["human", "human", "grid", "request"], "{seen}");
    // It ends with the emulator.
    let _ = stage._stop.send(true);
    while tokio::time::timeout(Duration::from_secs(20), stream.chunk())
        .await
        .expect("in time")
        .expect("whole")
        .is_some()
    {}
}

#[tokio::test]
async fn unsigned_requests_are_refused() {
    let stage = stage().await;
    let url = format!("http://{}/calling/callConnections/x?api-version=2026-03-12", stage.emulator);
    let (status, body) = read(stage.client.get(url).send().await.expect("answered")).await;
    assert_eq!((status, body["error"]["code"].as_str()), (401, Some("7509")));
    // A token that is not good is another matter than a signature.
    let url = format!("http://{}/calling/callConnections/x?api-version=2026-03-12", stage.emulator);
    let (status, body) = read(stage.client.get(url).bearer_auth("x.y.z").send().await.expect("answered")).await;
    assert_eq!((status, body["error"]["code"].as_str()), (401, Some("7501")));
    assert_eq!(stage.rest("GET", "/x", Value::Null).await.0, 404);
    let (_, journal) = stage.human("GET", "requests", Value::Null).await;
    assert_eq!(journal["requests"][0]["status"], 401);
}

#[tokio::test]
async fn handshakes_that_fail_say_why() {
    let stage = stage().await;
    for (body, reason) in [
        (json!({"url": stage.callback("/other")}), "validationResponse"),
        (json!({"url": "http://127.0.0.1:1/"}), "cannot be reached"),
        (json!({"url": "http://example.com/"}), "loopback"),
        (json!({"url": stage.callback("/other"), "schema": "cloudEvents"}), "WebHook-Allowed-Origin"),
        (json!({"url": stage.callback("/grid"), "schema": "soap"}), "unknown variant"),
    ] {
        let (status, answer) = stage.human("PUT", "event-grid", body).await;
        assert_eq!(status, 400);
        assert!(answer["error"]["message"].as_str().is_some_and(|message| message.contains(reason)), "{answer}");
    }
}

#[tokio::test]
async fn the_human_side_is_for_loopback() {
    let settings = Settings {
        access_key: KEY.to_owned(),
        event_grid: None,
        api_version: "2026-03-12".to_owned(),
        seed: 1,
        pace: Pace::Real,
        faults: Faults::default(),
        base_url: None,
        callback_audience: None,
        swallows: None,
    };
    let emulator = crate::emulator::Emulator::new(settings.clone()).expect("a key");
    assert_eq!(
        emulator.connection_string("http://127.0.0.1:9/"),
        format!("endpoint=http://127.0.0.1:9/;accesskey={KEY}")
    );
    let request = |peer: &str| Request {
        method: hyper::Method::GET,
        target: "/emulator/calls".to_owned(),
        path: "/emulator/calls".to_owned(),
        query: None,
        headers: hyper::HeaderMap::new(),
        body: hyper::body::Bytes::new(),
        peer: peer.parse().expect("an address"),
        pass: std::sync::Arc::new(crate::http::Pass::free()),
    };
    for (peer, status) in [("127.0.0.1:5", 200), ("[::1]:5", 200), ("10.0.0.1:5", 403), ("[::ffff:10.0.0.1]:5", 403)] {
        assert_eq!(emulator.answer(request(peer)).await.status, status, "{peer}");
    }
    let wrong = Settings { access_key: "not base64!".to_owned(), ..settings };
    assert!(crate::emulator::Emulator::new(wrong).is_err());
}
