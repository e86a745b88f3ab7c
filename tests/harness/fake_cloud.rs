//! A platform whose every webhook the test sends itself: it records requests, says yes to all of them, and does nothing.

use crate::harness::http;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The connection id of its only call.
pub(crate) const CONNECTION: &str = "411f0b00-d97f-49ad-a6ff-3f8c05dc64d7";

/// One request it received.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    /// Method and path without the query.
    pub(crate) what: String,
    /// The body; null when there is none.
    pub(crate) body: Value,
}

/// The platform.
pub(crate) struct FakeCloud {
    /// Its port.
    pub(crate) port: u16,
    received: Arc<Mutex<Vec<Received>>>,
}

impl FakeCloud {
    /// Starts it.
    pub(crate) fn start() -> FakeCloud {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let received = Arc::new(Mutex::new(Vec::new()));
        let list = Arc::clone(&received);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let list = Arc::clone(&list);
                std::thread::spawn(move || serve(stream, &list));
            }
        });
        FakeCloud { port, received }
    }

    /// Everything received so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().expect("no panic while it is held").clone()
    }

    /// Waits for the nth request (from 0) whose address ends so.
    pub(crate) fn wait_for(&self, ending: &str, nth: usize) -> Received {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(found) = self.received().into_iter().filter(|r| r.what.ends_with(ending)).nth(nth) {
                return found;
            }
            assert!(Instant::now() < deadline, "no {ending} ({nth}): {:#?}", self.received());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn serve(stream: TcpStream, list: &Mutex<Vec<Received>>) {
    let Ok(reading) = stream.try_clone() else { return };
    let (mut reader, mut writer) = (BufReader::new(reading), stream);
    while let Some((what, body)) = request(&mut reader) {
        let (status, answer) = answer(&what);
        list.lock().expect("no panic while it is held").push(Received { what, body });
        let text = answer.map_or_else(String::new, |value| value.to_string());
        let head = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{text}",
            text.len()
        );
        if writer.write_all(head.as_bytes()).is_err() {
            return;
        }
    }
}

fn request(reader: &mut BufReader<TcpStream>) -> Option<(String, Value)> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let header = header.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let path = target.split('?').next()?.to_owned();
    Some((format!("{method} {path}"), serde_json::from_slice(&body).unwrap_or(Value::Null)))
}

fn answer(what: &str) -> (u16, Option<Value>) {
    let call = || {
        json!({ "callConnectionId": CONNECTION, "serverCallId": "c2VydmVy", "callConnectionState": "connecting",
                "correlationId": "b880bd5a-1916-470a-b43d-aabf3caff91c" })
    };
    if what.starts_with("DELETE") || what.ends_with(":terminate") {
        (204, None)
    } else if what.starts_with("GET") {
        let mut standing = call();
        standing["callConnectionState"] = json!("connected");
        (200, Some(standing))
    } else if what.ends_with(":answer") {
        (200, Some(call()))
    } else if what.ends_with("/callConnections") {
        (201, Some(call()))
    } else if what.ends_with(":transferToParticipant") {
        (202, Some(json!({})))
    } else {
        (202, None)
    }
}

/// A webhook as the platform writes it; `id` makes it the same or another event.
pub(crate) fn webhook(id: &str, name: &str, context: Option<&str>, code: (i32, i32), more: &Value) -> Value {
    let mut data = json!({ "callConnectionId": CONNECTION, "serverCallId": "c2VydmVy",
        "correlationId": "b880bd5a-1916-470a-b43d-aabf3caff91c",
        "resultInformation": { "code": code.0, "subCode": code.1, "message": "" } });
    if let Some(context) = context {
        data["operationContext"] = json!(context);
    }
    for (key, value) in more.as_object().into_iter().flatten() {
        data[key] = value.clone();
    }
    json!([{ "id": id, "source": format!("calling/callConnections/{CONNECTION}"),
        "type": format!("Microsoft.Communication.{name}"), "data": data,
        "time": "2026-11-20T14:00:00.0000000+00:00", "specversion": "1.0", "datacontenttype": "application/json" }])
}

/// Event Grid's delivery of an incoming call.
pub(crate) fn incoming(context: &str) -> Value {
    let phone = |number: &str| json!({ "kind": "phoneNumber", "rawId": format!("4:{number}"), "phoneNumber": { "value": number } });
    json!([{ "id": "e80026e7-0000-4000-8000-000000000001", "topic": "/subscriptions/x", "subject": "/caller/x",
        "eventType": "Microsoft.Communication.IncomingCall", "dataVersion": "1.0", "metadataVersion": "1",
        "eventTime": "2026-11-20T14:00:00Z",
        "data": { "to": phone("+18005550100"), "from": phone("+441632960100"), "serverCallId": "c2VydmVy",
            "callerDisplayName": "", "incomingCallContext": context, "correlationId": "d732db64-4803-462d-be9c-518943ea2b7a" } }])
}

/// Posts to an address of the service; the path of a full URL is taken.
pub(crate) fn post(port: u16, url: &str, body: &Value) -> u16 {
    let path = url.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..])).unwrap_or(url);
    http::json(port, "POST", path, body).expect("the service answers").status
}
