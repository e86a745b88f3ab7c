//! Who may post: webhooks with a token of whoever signs, Event Grid with its secret, both handshakes.

use crate::http::{self, Limits, Request, Response};
use crate::provider::acs::auth::discovery::Authority;
use crate::provider::acs::auth::forge::{bearing, pairs, published};
use crate::provider::{Outcome, Provider, Request as Asked};
use crate::runtime::drive::{Runtime, Settings};
use crate::server::{Server, Settings as ServerSettings};
use crate::store::memory::Memory;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::watch;

pub(super) const ISSUER: &str = "https://signer.example";
pub(super) const AUDIENCE: &str = "0f3f4e5d-1111-4222-8333-444455556666";
pub(super) const SECRET: &str = "a-secret-of-a-subscription";

/// A platform that says nothing.
#[derive(Debug)]
struct Silent;

impl Provider for Silent {
    async fn send(&self, _request: Asked) -> Outcome {
        Outcome::NotNow { after_ms: 30_000 }
    }
}

/// A signer that publishes the first key, until it is told to stop: the address of its discovery document.
pub(super) async fn signer(stopped: watch::Receiver<bool>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let origin = format!("http://{}", listener.local_addr().expect("bound"));
    let document = format!("{origin}/doc");
    tokio::spawn(http::serve(listener, Limits::default(), stopped, move |request: Request| {
        let body = match request.path.as_str() {
            "/doc" => json!({ "issuer": ISSUER, "jwks_uri": format!("{origin}/keys") }),
            _ => json!({ "keys": [published("one", &pairs()[0])] }),
        };
        std::future::ready(Response::json(200, &body))
    }));
    document
}

struct House {
    runtime: Runtime<Memory, Silent>,
    server: Server<Memory, Silent>,
    _stop: watch::Sender<bool>,
}

impl House {
    async fn open(settings: ServerSettings, stop: watch::Sender<bool>) -> House {
        let runtime = Settings::new("https://here.example", "v");
        let runtime = Runtime::new(Memory::default(), Silent, runtime).await.expect("a runtime");
        House { server: Server::new(runtime.clone(), settings), runtime, _stop: stop }
    }

    /// A house whose webhooks are signed by the first key of a signer of its own; also told to Event Grid where asked.
    async fn signed(settings: ServerSettings) -> House {
        let (stop, stopped) = watch::channel(false);
        let document = signer(stopped).await;
        let authority = || Some(Arc::new(Authority::new(&document, AUDIENCE).expect("on loopback")));
        let event_grid = settings.event_grid_secret.is_none().then(authority).flatten();
        House::open(ServerSettings { callbacks: authority(), event_grid, ..settings }, stop).await
    }

    async fn send(
        &self,
        method: hyper::Method,
        target: &str,
        headers: &[(&'static str, &str)],
        body: &Json,
    ) -> Response {
        let mut all = hyper::HeaderMap::new();
        for (name, value) in headers {
            all.insert(*name, hyper::header::HeaderValue::from_str(value).expect("a header"));
        }
        let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let request = Request {
            method,
            target: target.to_owned(),
            path: path.to_owned(),
            query: query.map(str::to_owned),
            headers: all,
            body: body.to_string().into_bytes().into(),
            peer: ([127, 0, 0, 1], 1).into(),
            pass: std::sync::Arc::new(crate::http::Pass::free()),
        };
        self.server.answer(request).await
    }

    async fn post(&self, target: &str, headers: &[(&'static str, &str)], body: &Json) -> u16 {
        self.send(hyper::Method::POST, target, headers, body).await.status
    }

    fn callback(&self) -> String {
        format!("/callbacks/call-1/{}", self.runtime.callback_key().mac("call-1"))
    }
}

pub(super) fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

#[tokio::test]
async fn webhooks_need_a_token_of_whoever_signs() {
    let house = House::signed(ServerSettings::default()).await;
    let url = house.callback();
    let with = |authorization: String| {
        let (house, url) = (&house, &url);
        async move { house.post(url, &[("authorization", authorization.as_str())], &json!([])).await }
    };
    assert_eq!(with(bearing(0, "one", ISSUER, AUDIENCE, now())).await, 200);
    for (why, bad) in [
        ("audience", bearing(0, "one", ISSUER, "another", now())),
        ("issuer", bearing(0, "one", "https://other.example", AUDIENCE, now())),
        ("key", bearing(1, "one", ISSUER, AUDIENCE, now())),
        ("unknown key", bearing(1, "two", ISSUER, AUDIENCE, now())),
        ("time", bearing(0, "one", ISSUER, AUDIENCE, now() - 600)),
        ("form", "Bearer x".to_owned()),
        ("scheme", "Basic eDp5".to_owned()),
    ] {
        assert_eq!(with(bad).await, 401, "{why}");
    }
    assert_eq!(house.post(&url, &[], &json!([])).await, 401, "without a token");
    let good = bearing(0, "one", ISSUER, AUDIENCE, now());
    assert_eq!(house.post("/callbacks/call-1/forged", &[("authorization", &good)], &json!([])).await, 401);
}

#[tokio::test]
async fn while_the_keys_cannot_be_had_the_sender_is_to_come_again() {
    let (stop, _) = watch::channel(false);
    // Nothing listens on port 1.
    let nowhere = Arc::new(Authority::new("http://127.0.0.1:1/doc", AUDIENCE).expect("on loopback"));
    let house = House::open(ServerSettings { callbacks: Some(nowhere), ..ServerSettings::default() }, stop).await;
    let token = bearing(0, "one", ISSUER, AUDIENCE, now());
    let answer = house.send(hyper::Method::POST, &house.callback(), &[("authorization", &token)], &json!([])).await;
    assert_eq!(answer.status, 503);
    assert!(answer.headers.iter().any(|(name, value)| *name == "retry-after" && value == "5"));
}

#[tokio::test]
async fn nobody_is_asked_who_is_named_nowhere() {
    let (stop, _) = watch::channel(false);
    let house = House::open(ServerSettings::default(), stop).await;
    assert_eq!(house.post(&house.callback(), &[], &json!([])).await, 200);
    assert_eq!(house.post("/events/incoming", &[], &json!([])).await, 200);
}

#[tokio::test]
async fn event_grid_needs_its_secret_or_its_token() {
    let with_secret = ServerSettings { event_grid_secret: Some(SECRET.to_owned()), ..ServerSettings::default() };
    let house = House::signed(with_secret).await;
    let body = json!([{ "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent", "id": "1",
        "data": { "validationCode": "512d38b6", "validationUrl": "https://x.example" } }]);
    let url = "/events/incoming";
    assert_eq!(house.post(url, &[("x-flowc-secret", SECRET)], &body).await, 200);
    assert_eq!(house.post(&format!("{url}?secret={SECRET}"), &[], &body).await, 200);
    for (target, header) in [(url.to_owned(), ""), (format!("{url}?secret=wrong"), ""), (url.to_owned(), "wrong")] {
        let headers: &[(&'static str, &str)] = if header.is_empty() { &[] } else { &[("x-flowc-secret", header)] };
        assert_eq!(house.post(&target, headers, &body).await, 401, "{target}");
    }

    let house = House::signed(ServerSettings::default()).await;
    let good = bearing(0, "one", ISSUER, AUDIENCE, now());
    let other = bearing(0, "one", ISSUER, "another", now());
    assert_eq!(house.post(url, &[("authorization", &good)], &body).await, 200);
    assert_eq!(house.post(url, &[("authorization", &other)], &body).await, 401);
    assert_eq!(house.post(url, &[], &body).await, 401);
}

#[tokio::test]
async fn the_handshake_of_cloud_events() {
    let settings = ServerSettings { event_grid_secret: Some(SECRET.to_owned()), ..ServerSettings::default() };
    let house = House::signed(settings).await;
    let ask = |origin: Option<&'static str>| {
        let house = &house;
        async move {
            let headers: Vec<(&'static str, &str)> =
                origin.iter().map(|origin| ("webhook-request-origin", *origin)).collect();
            house.send(hyper::Method::OPTIONS, "/events/incoming", &headers, &Json::Null).await
        }
    };
    let answer = ask(Some("eventgrid.azure.net")).await;
    assert_eq!(answer.status, 200);
    assert!(answer.headers.contains(&("webhook-allowed-origin", "eventgrid.azure.net".to_owned())));
    assert_eq!(ask(Some("evil.example")).await.status, 403);
    assert_eq!(ask(None).await.status, 400);
    // It let nobody in.
    assert_eq!(house.post("/events/incoming", &[], &json!([])).await, 401);
}

#[tokio::test]
async fn what_is_not_known_is_acknowledged() {
    let (stop, _) = watch::channel(false);
    let house = House::open(ServerSettings::default(), stop).await;
    let event = |name: &str, data: Json| json!({ "id": "1", "eventType": name, "subject": "s", "data": data });
    for body in [
        json!([event("Microsoft.Communication.SomethingNew", json!({}))]),
        json!([event("Microsoft.Communication.CallEnded", json!({ "serverCallId": "aHR0", "durationOfCall": 3.5 }))]),
        json!([event("Microsoft.Communication.CallEnded", json!(7))]),
        json!({ "specversion": "1.0", "id": "1", "source": "/x", "type": "Microsoft.Communication.CallStarted",
            "data": { "serverCallId": "aHR0" } }),
    ] {
        assert_eq!(house.post("/events/incoming", &[], &body).await, 200, "{body}");
    }
}
