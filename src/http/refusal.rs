//! The heads that hyper refuses by itself (a broken request line, 414, 431) never reach a service, and are answered without
//! a body. On the way out they get the body that every other error here has.

use crate::http::body;
use std::time::Duration;
use tokio::net::TcpStream;

/// The longest head hyper writes for a refusal of its own, with room to spare.
const LONGEST: usize = 256;

/// Where a refusal without a body begins, if these bytes end with one. Answers of ours with such a status have a body.
pub(super) fn start(bytes: &[u8]) -> Option<usize> {
    if !bytes.ends_with(b"\r\n\r\n") {
        return None;
    }
    let from = bytes.len().saturating_sub(LONGEST);
    let tail = &bytes[from..];
    let at = (0..tail.len()).rev().find(|&at| tail[at..].starts_with(b"HTTP/1."))?;
    let head = std::str::from_utf8(&tail[at..]).ok()?;
    let mut lines = head.trim_end().split("\r\n");
    let status = status(lines.next()?)?;
    let plain = |line: &str| ["connection: close", "content-length: 0"].contains(&line) || line.starts_with("date: ");
    let empty = head.contains("\r\ncontent-length: 0\r\n");
    ((400..500).contains(&status) && empty && lines.all(plain)).then_some(from + at)
}

/// The same refusal with a body.
pub(super) fn with_body(head: &[u8]) -> Vec<u8> {
    let head = String::from_utf8_lossy(head);
    let status = head.lines().next().and_then(status).unwrap_or(400);
    let message = match status {
        414 => "the address is longer than this server reads",
        431 => "the headers are larger than this server reads",
        _ => "these bytes are not an HTTP request",
    };
    let answer = body::bare(status, message);
    let mut lines = format!("content-length: {}\r\n", answer.body.len());
    for (name, value) in &answer.headers {
        lines.push_str(&format!("{name}: {value}\r\n"));
    }
    let mut whole = head.replace("content-length: 0\r\n", &lines).into_bytes();
    whole.extend(answer.body);
    whole
}

/// How an HTTP/2 connection begins: nothing that HTTP/1.1 could answer, and hyper answers nothing.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n";

/// Whether the other end begins to speak HTTP/2. Takes nothing from the socket; waits only while that is undecided.
pub(super) async fn is_http2(stream: &TcpStream) -> bool {
    let mut begin = [0; PREFACE.len()];
    loop {
        let Ok(count) = stream.peek(&mut begin).await else { return false };
        if count == 0 || !PREFACE.starts_with(&begin[..count]) {
            return false;
        }
        if count == PREFACE.len() {
            return true;
        }
        // What is there stays there, so the socket is ready all the time.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What is answered to HTTP/2.
pub(super) fn of_http2() -> Vec<u8> {
    with_body(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
}

fn status(line: &str) -> Option<u16> {
    line.split(' ').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use crate::http::refusal::{start, with_body};

    const REFUSED: &str = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\ndate: now\r\n\r\n";

    #[test]
    fn only_a_refusal_at_the_end_is_taken() {
        assert_eq!(start(REFUSED.as_bytes()), Some(0));
        let behind = format!("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok{REFUSED}");
        assert_eq!(start(behind.as_bytes()), Some(behind.len() - REFUSED.len()));
        for other in ["", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "HTTP/1.1 404 Not Found\r\nx: y\r\n\r\n"] {
            assert_eq!(start(other.as_bytes()), None, "{other}");
        }
        assert_eq!(start(format!("{REFUSED}more").as_bytes()), None);
    }

    #[test]
    fn the_body_says_why() {
        let whole = String::from_utf8(with_body(REFUSED.as_bytes())).expect("text");
        let (head, body) = whole.split_once("\r\n\r\n").expect("a head and a body");
        assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{head}");
        assert!(body.starts_with("{\"error\":{\"code\":\"400\""), "{body}");
    }
}
