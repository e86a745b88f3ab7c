//! A service that does whatever it likes. Every question ends in an outcome of its operation, within its time.

use crate::invoke::client::Client;
use crate::invoke::reach::Reach;
use crate::invoke::{Failure, Invocation, Invoked};
use crate::language::flow::service::{Method, Operation, OwnOutcome, Segment, Service, ToldBy};
use crate::language::flow::types::Type;
use crate::language::flow::value::{Value, Values};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// No test waits longer; the operations' own time is far below.
const BOUND: Duration = Duration::from_secs(60);

/// What the service does with a connection once it has read the request.
#[derive(Clone, Copy, Debug)]
enum Does {
    /// Writes this and closes.
    Says(&'static str),
    /// Writes this and holds the line.
    Holds(&'static str),
    /// Writes this, and then this again and again, a piece at a time.
    Trickles(&'static str, &'static str),
    /// Writes this, and then this as fast as it is taken.
    Pours(&'static str, &'static str),
    /// Writes a JSON text nested ten thousand deep.
    Nests,
}

/// What it read of each request, and how many connections came.
struct Served {
    url: String,
    connections: Arc<AtomicUsize>,
    heads: Arc<std::sync::Mutex<Vec<String>>>,
}

/// Serves connections in the order of `acts`; the last one again and again.
async fn serve(acts: &'static [Does]) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let heads = Arc::new(std::sync::Mutex::new(Vec::new()));
    let (count, read) = (connections.clone(), heads.clone());
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let act = acts[count.fetch_add(1, Ordering::SeqCst).min(acts.len() - 1)];
            tokio::spawn(act_out(socket, act, read.clone()));
        }
    });
    Served { url, connections, heads }
}

async fn act_out(mut socket: TcpStream, act: Does, heads: Arc<std::sync::Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if socket.read_buf(&mut head).await.unwrap_or(0) == 0 {
            return;
        }
    }
    heads.lock().unwrap().push(String::from_utf8_lossy(&head).into_owned());
    let _ = match act {
        Does::Says(text) => socket.write_all(text.as_bytes()).await,
        Does::Holds(text) => {
            let _ = socket.write_all(text.as_bytes()).await;
            hold(socket).await;
            return;
        }
        Does::Trickles(text, more) => {
            let mut sent = socket.write_all(text.as_bytes()).await;
            while sent.is_ok() {
                tokio::time::sleep(Duration::from_millis(5)).await;
                sent = socket.write_all(more.as_bytes()).await;
            }
            sent
        }
        Does::Pours(text, more) => {
            let more = more.repeat(1_000);
            let mut sent = socket.write_all(text.as_bytes()).await;
            while sent.is_ok() {
                sent = socket.write_all(more.as_bytes()).await;
            }
            sent
        }
        Does::Nests => {
            let body = "[".repeat(10_000) + &"]".repeat(10_000);
            let head =
                format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
            socket.write_all((head + &body).as_bytes()).await
        }
    };
    let _ = socket.shutdown().await;
}

async fn hold(mut socket: TcpStream) {
    let mut rest = [0; 64];
    while socket.read(&mut rest).await.is_ok_and(|read| read > 0) {}
}

/// A text is asked for; `missing` is told by name, `taken` by 409.
fn operation(timeout_ms: u64) -> Operation {
    let own = |name: &str, told_by| OwnOutcome { name: name.to_owned(), told_by };
    Operation {
        path: vec![Segment::Text("/find".to_owned())],
        ok: Some(Type::Record(vec![("id".to_owned(), Type::Text)])),
        outcomes: vec![own("missing", ToldBy::Name), own("taken", ToldBy::Status(409))],
        timeout_ms,
        ..Operation::plain(Method::Post)
    }
}

async fn ask_at(url: &str, allow_private: &str, operation: Operation) -> Invoked {
    let mut reach = Reach::new(allow_private).unwrap();
    reach.open(url).unwrap();
    let mut service = Service::in_place(Method::Post, url).unwrap();
    service.operations = [("find".to_owned(), operation.clone())].into();
    let none = Values::new();
    let asked = Invocation { service: &service, operation: "find", args: &none, settings: &none, key: "call-1.3" };
    let client = Client::new(reach).unwrap();
    let invoked = tokio::time::timeout(BOUND, client.invoke(&asked)).await.expect("the question ends");
    assert!(operation.all_outcomes().contains(&invoked.outcome.as_str()), "{invoked:?}");
    assert_eq!(invoked.outcome == "failed", invoked.reason.is_some(), "{invoked:?}");
    assert_eq!(invoked.outcome == "ok", invoked.value.is_some(), "{invoked:?}");
    invoked
}

async fn ask(served: &Served, operation: Operation) -> Invoked {
    ask_at(&served.url, "127.0.0.1", operation).await
}

/// Why a question to a service that does this fails.
async fn why(act: &'static [Does], timeout_ms: u64) -> String {
    let served = serve(act).await;
    let invoked = ask(&served, operation(timeout_ms)).await;
    assert_eq!(served.connections.load(Ordering::SeqCst), 1, "{act:?}: asked once");
    invoked.reason.unwrap_or_else(|| panic!("{act:?}: {}", invoked.outcome))
}

#[tokio::test]
async fn a_good_answer() {
    let served = serve(&[Does::Says(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{\"id\":\"c1\"}",
    )])
    .await;
    let invoked = ask(&served, operation(20_000)).await;
    let fields = [("id".to_owned(), Value::Text("c1".to_owned()))];
    assert_eq!(invoked.value, Some(Value::Record(fields.into())));
    let heads = served.heads.lock().unwrap();
    let head = heads[0].to_ascii_lowercase();
    assert!(head.starts_with("post /find http/1.1\r\n") && head.contains("idempotency-key: call-1.3\r\n"), "{head}");
    assert!(!head.contains("accept-encoding") && !head.contains("referer") && !head.contains("cookie"), "{head}");
}

#[tokio::test]
async fn outcomes_of_its_own() {
    let missing = serve(&[Does::Says("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")]).await;
    assert_eq!(ask(&missing, operation(20_000)).await.outcome, "missing");
    let taken = serve(&[Does::Says("HTTP/1.1 409 Conflict\r\ncontent-length: 6\r\n\r\n<html>")]).await;
    assert_eq!(ask(&taken, operation(20_000)).await.outcome, "taken");
}

#[tokio::test]
async fn slow_ones_run_out_of_time() {
    let late = Failure::TimedOut.to_string();
    for act in [
        &[Does::Holds("")][..],
        &[Does::Holds("HTTP/1.1 200 OK\r\ncontent-")],
        &[Does::Trickles("HTTP/1.1 200 OK\r\nx: ", "y")],
        &[Does::Trickles("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 90000\r\n\r\n", " ")],
        &[Does::Trickles("", "HTTP/1.1 100 Continue\r\n\r\n")],
        &[Does::Trickles("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "1\r\n \r\n")],
    ] {
        assert_eq!(why(act, 300).await, late, "{act:?}");
    }
}

#[tokio::test]
async fn large_ones_are_not_read() {
    let large = Failure::TooLarge(262_144).to_string();
    assert_eq!(why(&[Does::Holds("HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n{")], 20_000).await, large);
    let chunked = &[Does::Pours("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "8\r\n        \r\n")];
    assert_eq!(why(chunked, 20_000).await, large);
    assert_eq!(why(&[Does::Pours("HTTP/1.1 200 OK\r\n\r\n", "        ")], 20_000).await, large);
    let broke_off = Failure::BrokeOff.to_string();
    assert_eq!(why(&[Does::Pours("HTTP/1.1 200 OK\r\n", "x: yyyyyyyy\r\n")], 20_000).await, broke_off);
}

#[tokio::test]
async fn odd_ones_are_refused() {
    let redirect = "HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/latest\r\ncontent-length: 0\r\n\r\n";
    let html = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>";
    let gzip =
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nBOMB";
    let broken = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 6\r\n\r\n{\"id\":";
    let empty = "HTTP/1.1 204 No Content\r\n\r\n";
    let short = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5\r\n\r\n{\"id\":\"c1\"}";
    let another = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 8\r\n\r\n{\"id\":1}";
    for (text, failure) in [
        (redirect, Failure::Redirected(302)),
        (html, Failure::NotJson),
        (gzip, Failure::Encoded),
        (broken, Failure::Malformed),
        (empty, Failure::Empty),
        (short, Failure::Malformed),
        (another, Failure::NotOfType("ok.id".to_owned())),
        ("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", Failure::Status(403)),
        ("HTTP/1.1 503 Later\r\ncontent-length: 0\r\n\r\n", Failure::Broken(503)),
        ("HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{}", Failure::BrokeOff),
        ("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}", Failure::BrokeOff),
        ("HTTP/1.1 20", Failure::BrokeOff),
        ("SSH-2.0-OpenSSH_9.6\r\n", Failure::BrokeOff),
        ("", Failure::BrokeOff),
    ] {
        let act: &'static [Does] = Box::leak(Box::new([Does::Says(text)]));
        assert_eq!(why(act, 20_000).await, failure.to_string(), "{text}");
    }
    assert_eq!(why(&[Does::Nests], 20_000).await, Failure::TooDeep(32).to_string());
}

#[tokio::test]
async fn what_is_safe_to_repeat_is_asked_once_more() {
    const LATER: Does = Does::Says("HTTP/1.1 503 Later\r\ncontent-length: 0\r\n\r\n");
    const GOOD: Does =
        Does::Says("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{\"id\":\"c1\"}");
    let safe = |timeout_ms| Operation { safe_to_repeat: true, ..operation(timeout_ms) };
    for acts in [
        &[LATER, GOOD][..],
        &[Does::Says(""), GOOD],
        &[Does::Says("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"), GOOD],
    ] {
        let served = serve(acts).await;
        assert_eq!(ask(&served, safe(20_000)).await.outcome, "ok", "{acts:?}");
        let heads = served.heads.lock().unwrap();
        assert_eq!(heads.len(), 2);
        assert!(heads.iter().all(|head| head.contains("call-1.3")), "one key for both attempts");
    }
    let served = serve(&[LATER]).await;
    assert_eq!(ask(&served, safe(20_000)).await.reason, Some(Failure::Broken(503).to_string()));
    assert_eq!(served.connections.load(Ordering::SeqCst), 2, "twice, and no more");
    let served = serve(&[Does::Holds("")]).await;
    assert_eq!(ask(&served, safe(300)).await.reason, Some(Failure::TimedOut.to_string()));
    assert_eq!(served.connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn nobody_there() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let invoked = ask_at(&url, "127.0.0.1", operation(20_000)).await;
    assert_eq!(invoked.reason, Some(Failure::NotConnected.to_string()));
}

#[tokio::test]
async fn a_name_that_leads_home_is_not_followed() {
    let served = serve(&[Does::Says("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")]).await;
    let url = served.url.replace("127.0.0.1", "localhost");
    let invoked = ask_at(&url, "", operation(20_000)).await;
    assert_eq!(invoked.reason, Some(Failure::Forbidden.to_string()));
    assert_eq!(served.connections.load(Ordering::SeqCst), 0);
    let named = ask_at(&url, "localhost", operation(20_000)).await;
    assert_eq!(named.reason, Some(Failure::Empty.to_string()), "the operator has named it");
}
