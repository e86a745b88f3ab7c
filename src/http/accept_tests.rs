//! The accept loop over real sockets on loopback, with limits small enough to run into.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::http::{Limits, Request, Response, serve};

/// A server that echoes, and panics where told to.
struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

async fn server(limits: Limits) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let address = listener.local_addr().expect("bound");
    let (stop, stopped) = watch::channel(false);
    let task = tokio::spawn(serve(listener, limits, stopped, echo));
    Server { address, stop, task }
}

async fn echo(request: Request) -> Response {
    match request.path.as_str() {
        "/panic" => panic!("told to"),
        "/slow" => {
            tokio::time::sleep(Duration::from_millis(300)).await;
            Response::text(200, "slow")
        }
        "/split" => Response::empty(200).with_header("x-bad", "a\r\nb"),
        _ => Response::text(200, format!("{} {} {}", request.method, request.target, request.body.len())),
    }
}

fn short() -> Limits {
    let brief = Duration::from_millis(200);
    Limits {
        body_bytes: 1000,
        first_byte: brief,
        header: brief,
        body: brief,
        idle: 3 * brief,
        drain: 5 * brief,
        ..Limits::default()
    }
}

impl Server {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("listening")
    }

    /// Sends text and reads until the server closes or two seconds have passed.
    async fn say(&self, text: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(text.as_bytes()).await.expect("sent");
        rest(&mut stream).await
    }
}

async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let _closed =
        tokio::time::timeout(Duration::from_secs(2), stream.read_to_end(&mut answer)).await.expect("closes in time");
    String::from_utf8_lossy(&answer).into_owned()
}

async fn one(stream: &mut TcpStream) -> String {
    let mut answer = [0u8; 4096];
    let count =
        tokio::time::timeout(Duration::from_secs(2), stream.read(&mut answer)).await.expect("answers").expect("read");
    String::from_utf8_lossy(&answer[..count]).into_owned()
}

#[tokio::test]
async fn target_is_kept_as_written() {
    let server = server(short()).await;
    let answer = server
        .say("POST /a%3Ab?x=%2B1&y HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}")
        .await;
    assert!(answer.ends_with("POST /a%3Ab?x=%2B1&y 2"), "{answer}");
}

#[tokio::test]
async fn a_silent_connection_is_dropped() {
    let server = server(short()).await;
    let began = Instant::now();
    assert_eq!(rest(&mut server.connect().await).await, "");
    assert!(began.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn a_slow_head_is_dropped() {
    let server = server(Limits { idle: Duration::from_secs(60), ..short() }).await;
    let began = Instant::now();
    assert_eq!(server.say("GET / HTTP/1.1\r\nhost: h\r\n").await, "");
    assert!(began.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn a_slow_body_answers_408() {
    let server = server(short()).await;
    let answer = server.say("POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 10\r\n\r\n12").await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
}

#[tokio::test]
async fn a_large_body_answers_413_declared_or_not() {
    let server = server(short()).await;
    let declared = server.say("POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 1001\r\n\r\n").await;
    assert!(declared.starts_with("HTTP/1.1 413 "), "{declared}");
    let sent = format!("POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 900000\r\n\r\n{}", "x".repeat(900_000));
    let sent = server.say(&sent).await;
    assert!(sent.starts_with("HTTP/1.1 413 "), "{sent}");
    let chunk = "x".repeat(0x400);
    let chunked =
        format!("POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n400\r\n{chunk}\r\n0\r\n\r\n");
    let chunked = server.say(&chunked).await;
    assert!(chunked.starts_with("HTTP/1.1 413 "), "{chunked}");
    let allowed =
        format!("POST / HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-length: 1000\r\n\r\n{}", "x".repeat(1000));
    let allowed = server.say(&allowed).await;
    assert!(allowed.starts_with("HTTP/1.1 200 "), "{allowed}");
}

#[tokio::test]
async fn a_kept_connection_may_pause_longer_than_a_head_takes() {
    let server = server(short()).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /1 HTTP/1.1\r\nhost: h\r\n\r\n").await.expect("sent");
    assert!(one(&mut stream).await.ends_with("/1 0"));
    tokio::time::sleep(Duration::from_millis(350)).await;
    stream.write_all(b"GET /2 HTTP/1.1\r\nhost: h\r\n\r\n").await.expect("sent");
    assert!(one(&mut stream).await.ends_with("/2 0"));
    let began = Instant::now();
    assert_eq!(rest(&mut stream).await, "");
    assert!(began.elapsed() > Duration::from_millis(400), "idle time is not the head's");
}

#[tokio::test]
async fn a_panic_answers_500_and_the_server_lives() {
    let server = server(short()).await;
    for path in ["/panic", "/split"] {
        let answer = server.say(&format!("GET {path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
    }
    let answer = server.say("GET / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[tokio::test]
async fn what_is_no_request_is_refused_in_the_shape_of_every_error() {
    let server = server(short()).await;
    let long = format!("GET /{} HTTP/1.1\r\nhost: h\r\n\r\n", "a".repeat(70_000));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(200));
    let behind = "GET /first HTTP/1.1\r\nhost: h\r\n\r\n\x01\x02 nonsense\r\n\r\n".to_owned();
    let framed = "POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab".to_owned();
    let http2 = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned();
    let nonsense = "\0\0\0 nonsense\r\n\r\n".to_owned();
    for (text, status) in [(nonsense, 400), (long, 414), (many, 431), (behind, 400), (framed, 400), (http2, 400)] {
        let answer = server.say(&text).await;
        let last = answer.rfind("HTTP/1.1 ").map(|at| &answer[at..]).expect("an answer");
        let (head, body) = last.split_once("\r\n\r\n").expect("a head");
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
        assert_eq!(body["error"]["code"], status.to_string());
        assert!(head.contains(&format!("content-length: {}", serde_json::to_vec(&body).expect("JSON").len())));
    }
}

#[tokio::test]
async fn connections_beyond_the_limit_wait() {
    let server = server(Limits { connections: 1, first_byte: Duration::from_millis(500), ..short() }).await;
    let silent = server.connect().await;
    let began = Instant::now();
    let answer = server.say("GET / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(began.elapsed() >= Duration::from_millis(400));
    drop(silent);
}

#[tokio::test]
async fn a_stop_lets_requests_finish() {
    let server = server(short()).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /slow HTTP/1.1\r\nhost: h\r\n\r\n").await.expect("sent");
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.stop.send(true).expect("serving");
    assert!(rest(&mut stream).await.ends_with("slow"));
    tokio::time::timeout(Duration::from_secs(2), server.task).await.expect("stops").expect("without panic");
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn one_address_has_no_more_connections_than_it_may() {
    let limits = Limits { per_address: 2, spare_loopback: false, first_byte: Duration::from_secs(5), ..short() };
    let server = server(limits).await;
    let (_first, mut second) = (server.connect().await, server.connect().await);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(rest(&mut server.connect().await).await, "", "a third is closed");
    second.write_all(b"GET / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n").await.expect("sent");
    assert!(rest(&mut second).await.starts_with("HTTP/1.1 200 "));
    drop(second);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let answer = server.say("GET / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "who left makes room: {answer}");
}
