//! An authority over a small server that publishes what the test says, and counts who asks.

use crate::provider::acs::auth::discovery::{
    Authority, Error, FRESH_SECONDS, KEPT_SECONDS, Known, PAUSE_SECONDS, PLATFORM, Published, Rejected, Shelf, Verdict,
};
use crate::provider::acs::auth::forge::{bearing, pairs, published};
use crate::provider::acs::auth::token::{Keys, Refused};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const ISSUER: &str = "https://signer.example";
const AUDIENCE: &str = "0f3f4e5d-1111-4222-8333-444455556666";
const NOW: i64 = 1_795_183_200;

#[derive(Default)]
struct Site {
    /// Bodies by path.
    bodies: BTreeMap<String, String>,
    asked: Vec<String>,
}

/// A server over these bodies; its origin.
async fn site() -> (String, Arc<Mutex<Site>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let site = Arc::new(Mutex::new(Site::default()));
    let serving = Arc::clone(&site);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut bytes = Vec::new();
            while !bytes.ends_with(b"\r\n\r\n") {
                assert_ne!(socket.read_buf(&mut bytes).await.unwrap(), 0);
            }
            let path = String::from_utf8(bytes).unwrap().split(' ').nth(1).unwrap().to_owned();
            let body = {
                let mut site = serving.lock().unwrap();
                site.asked.push(path.clone());
                site.bodies.get(&path).cloned()
            };
            let status = if body.is_some() { 200 } else { 404 };
            let body = body.unwrap_or_default();
            let length = body.len();
            let reply = format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}");
            socket.write_all(reply.as_bytes()).await.unwrap();
        }
    });
    (origin, site)
}

fn publish(origin: &str, site: &Mutex<Site>, keys: &[Value]) {
    let mut site = site.lock().unwrap();
    let document = json!({ "issuer": ISSUER, "jwks_uri": format!("{origin}/keys") });
    site.bodies.insert("/doc".to_owned(), document.to_string());
    site.bodies.insert("/keys".to_owned(), json!({ "keys": keys }).to_string());
}

fn token(key: usize, kid: &str) -> String {
    bearing(key, kid, ISSUER, AUDIENCE, jiff::Timestamp::now().as_second())
}

/// As if five seconds and more had passed since the last fetch.
fn let_time_pass(authority: &Authority) {
    let mut shelf = authority.shelf.write().unwrap();
    shelf.tried = shelf.tried.map(|tried| tried - PAUSE_SECONDS);
}

#[tokio::test]
async fn keys_are_fetched_once_and_again_for_an_unknown_one() {
    let (origin, site) = site().await;
    publish(&origin, &site, &[published("one", &pairs()[0])]);
    let authority = Authority::new(&format!("{origin}/doc"), AUDIENCE).unwrap();
    for _ in 0..3 {
        assert_eq!(authority.check(Some(&token(0, "one"))).await, Ok(()));
    }
    assert_eq!(site.lock().unwrap().asked, ["/doc", "/keys"]);

    // The signer changes its key. Just after a fetch, a key that is not known is not asked for.
    publish(&origin, &site, &[published("two", &pairs()[1])]);
    let unknown = Err(Rejected::Token(Refused::UnknownKey));
    assert_eq!(authority.check(Some(&token(1, "two"))).await, unknown);
    assert_eq!(site.lock().unwrap().asked.len(), 2);
    let_time_pass(&authority);
    assert_eq!(authority.check(Some(&token(1, "two"))).await, Ok(()));
    assert_eq!(authority.check(Some(&token(0, "one"))).await, unknown, "the old key is withdrawn");
    assert_eq!(site.lock().unwrap().asked.len(), 4);
}

#[tokio::test]
async fn what_is_no_good_asks_nobody() {
    let (origin, site) = site().await;
    publish(&origin, &site, &[published("one", &pairs()[0])]);
    let authority = Authority::new(&format!("{origin}/doc"), AUDIENCE).unwrap();
    assert_eq!(authority.check(None).await, Err(Rejected::Token(Refused::Missing)));
    assert_eq!(authority.check(Some("Basic x")).await, Err(Rejected::Token(Refused::Missing)));
    assert!(site.lock().unwrap().asked.is_empty());
    let now = jiff::Timestamp::now().as_second();
    for (made, expected) in [
        (bearing(0, "one", "https://other.example", AUDIENCE, now), Refused::Issuer),
        (bearing(0, "one", ISSUER, "another", now), Refused::Audience),
        (bearing(0, "one", ISSUER, AUDIENCE, now - 400), Refused::Expired),
        (bearing(0, "one", ISSUER, AUDIENCE, now + 400), Refused::NotYet),
        (bearing(1, "one", ISSUER, AUDIENCE, now), Refused::Signature),
    ] {
        assert_eq!(authority.check(Some(&made)).await, Err(Rejected::Token(expected)));
    }
    assert_eq!(site.lock().unwrap().asked.len(), 2);
}

#[tokio::test]
async fn who_cannot_be_asked_rejects_nobody_for_good() {
    let (origin, site) = site().await;
    let authority = Authority::new(&format!("{origin}/doc"), AUDIENCE).unwrap();
    for _ in 0..3 {
        assert_eq!(authority.check(Some(&token(0, "one"))).await, Err(Rejected::Unreachable));
    }
    assert_eq!(site.lock().unwrap().asked, ["/doc"], "asked once in five seconds");
    publish(&origin, &site, &[published("one", &pairs()[0])]);
    let_time_pass(&authority);
    assert_eq!(authority.check(Some(&token(0, "one"))).await, Ok(()));
}

#[tokio::test]
async fn documents_that_cannot_be_used() {
    let (origin, site) = site().await;
    for (document, keys) in [
        ("{}".to_owned(), "{}"),
        (json!({ "issuer": ISSUER, "jwks_uri": "http://keys.example/" }).to_string(), "{}"),
        (json!({ "issuer": ISSUER, "jwks_uri": format!("{origin}/keys") }).to_string(), "[]"),
        (json!({ "issuer": ISSUER, "jwks_uri": format!("{origin}/keys") }).to_string(), "{\"keys\":[]}"),
        ("x".repeat(300 << 10), "{}"),
    ] {
        let authority = Authority::new(&format!("{origin}/doc"), AUDIENCE).unwrap();
        site.lock().unwrap().bodies =
            BTreeMap::from([("/doc".to_owned(), document.clone()), ("/keys".to_owned(), keys.to_owned())]);
        assert_eq!(authority.check(Some(&token(0, "one"))).await, Err(Rejected::Unreachable), "{document:.80}");
    }
}

#[test]
fn where_a_document_may_stand() {
    for good in [PLATFORM, "http://127.0.0.1:9000/x", "http://localhost/x", "http://[::1]:1/x"] {
        assert!(Authority::new(good, AUDIENCE).is_ok(), "{good}");
    }
    for bad in ["", "x", "http://signer.example/x", "ftp://127.0.0.1/x", "http://127.0.0.1.example/x"] {
        assert_eq!(Authority::new(bad, AUDIENCE).map(|_| ()), Err(Error::Address(bad.to_owned())));
    }
}

#[test]
fn keys_age() {
    let keys = || Keys::parse(json!({ "keys": [published("one", &pairs()[0])] }).to_string().as_bytes()).unwrap();
    let shelf = Shelf {
        known: Some(Arc::new(Known { issuer: ISSUER.to_owned(), keys: keys(), fetched: NOW })),
        tried: Some(NOW),
    };
    let verdict = |shelf: &Shelf, later: i64| {
        let authorization = bearing(0, "one", ISSUER, AUDIENCE, NOW + later);
        shelf.verdict(authorization.strip_prefix("Bearer ").unwrap(), AUDIENCE, None, NOW + later)
    };
    assert_eq!(verdict(&shelf, FRESH_SECONDS), Verdict::Sure(Ok(())));
    assert_eq!(verdict(&shelf, FRESH_SECONDS + 1), Verdict::Ask(Some(Ok(()))));
    assert_eq!(verdict(&shelf, KEPT_SECONDS + 1), Verdict::Ask(None));
    assert!(
        !shelf.may_fetch(NOW + PAUSE_SECONDS - 1) && shelf.may_fetch(NOW + PAUSE_SECONDS) && shelf.may_fetch(NOW - 1)
    );

    let failed = shelf.clone().after(None, NOW + 9);
    assert_eq!((failed.tried, verdict(&failed, 9)), (Some(NOW + 9), Verdict::Sure(Ok(()))));
    let renewed = shelf.after(Some(Published { issuer: ISSUER.to_owned(), keys: keys() }), NOW + KEPT_SECONDS);
    assert_eq!(verdict(&renewed, KEPT_SECONDS + 1), Verdict::Sure(Ok(())));
}
