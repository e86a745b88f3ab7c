//! Stands between two programs that speak HTTP/1.1 on loopback, hands everything on unchanged, and keeps what went through.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A request and its answer.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    /// The method.
    pub(crate) method: String,
    /// Path and query, as on the request line.
    pub(crate) target: String,
    /// Names of the request's headers, in lower case.
    pub(crate) headers: Vec<String>,
    /// The request's body.
    pub(crate) body: Vec<u8>,
    /// The answer's status.
    pub(crate) status: u16,
    /// The answer's body.
    pub(crate) answer: Vec<u8>,
}

/// The one in between.
pub(crate) struct Recorder {
    /// Where it listens.
    pub(crate) port: u16,
    seen: Arc<Mutex<Vec<Exchange>>>,
}

impl Recorder {
    /// In front of a port.
    pub(crate) fn in_front_of(port: u16) -> Recorder {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
        let own = listener.local_addr().expect("it is bound").port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let list = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let list = Arc::clone(&list);
                std::thread::spawn(move || hand_on(&stream, port, &list));
            }
        });
        Recorder { port: own, seen }
    }

    /// Everything that went through so far, in the order of the answers.
    pub(crate) fn seen(&self) -> Vec<Exchange> {
        self.seen.lock().expect("no panic while it is held").clone()
    }
}

/// One connection: request for request, until either side closes.
fn hand_on(near: &TcpStream, port: u16, list: &Mutex<Vec<Exchange>>) -> Option<()> {
    let far = TcpStream::connect(("127.0.0.1", port)).ok()?;
    for stream in [near, &far] {
        stream.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
        stream.set_nodelay(true).ok()?;
    }
    let (mut from_near, mut from_far) = (BufReader::new(near), BufReader::new(&far));
    loop {
        let asked = message(&mut from_near, false)?;
        (&far).write_all(&asked.bytes).ok()?;
        let without_body = asked.start.starts_with("HEAD ");
        let answered = message(&mut from_far, without_body)?;
        list.lock().expect("no panic while it is held").push(exchange(&asked, &answered)?);
        let mut near = near;
        near.write_all(&answered.bytes).ok()?;
    }
}

fn exchange(asked: &Message, answered: &Message) -> Option<Exchange> {
    let mut words = asked.start.split_whitespace();
    Some(Exchange {
        method: words.next()?.to_owned(),
        target: words.next()?.to_owned(),
        headers: asked.headers.clone(),
        body: asked.body.clone(),
        status: answered.start.split_whitespace().nth(1)?.parse().ok()?,
        answer: answered.body.clone(),
    })
}

/// A request or an answer: as it came, and taken apart.
struct Message {
    bytes: Vec<u8>,
    start: String,
    headers: Vec<String>,
    body: Vec<u8>,
}

fn message(reader: &mut impl BufRead, without_body: bool) -> Option<Message> {
    let mut bytes = Vec::new();
    let start = line(reader, &mut bytes)?;
    let (mut headers, mut length, mut chunked) = (Vec::new(), 0, false);
    loop {
        let text = line(reader, &mut bytes)?;
        let Some((name, value)) = text.split_once(':') else { break };
        let (name, value) = (name.to_ascii_lowercase(), value.trim());
        chunked |= name == "transfer-encoding" && value.eq_ignore_ascii_case("chunked");
        if name == "content-length" {
            length = value.parse().ok()?;
        }
        headers.push(name);
    }
    let mut body = Vec::new();
    if chunked && !without_body {
        while piece(reader, &mut bytes, &mut body)? > 0 {}
    } else if !without_body {
        body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        bytes.extend_from_slice(&body);
    }
    Some(Message { bytes, start, headers, body })
}

/// A chunk: its size, 0 for the last.
fn piece(reader: &mut impl BufRead, bytes: &mut Vec<u8>, body: &mut Vec<u8>) -> Option<usize> {
    let size = usize::from_str_radix(line(reader, bytes)?.split(';').next()?.trim(), 16).ok()?;
    let mut data = vec![0; size];
    reader.read_exact(&mut data).ok()?;
    body.extend_from_slice(&data);
    bytes.extend_from_slice(&data);
    line(reader, bytes)?;
    Some(size)
}

fn line(reader: &mut impl BufRead, bytes: &mut Vec<u8>) -> Option<String> {
    let start = bytes.len();
    reader.read_until(b'\n', bytes).ok().filter(|length| *length > 0)?;
    Some(String::from_utf8_lossy(&bytes[start..]).trim().to_owned())
}
