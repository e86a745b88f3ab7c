//! The edge of the service when things are not as they should be: a store that cannot be written, more calls than may be, a
//! stop, bodies made to hurt. What rings is refused so that it is tried again, what happens on a call is held as long as it can be.

use crate::harness::fake_cloud::{FakeCloud, incoming, post, webhook};
use crate::harness::{Background, Flowc, Folder, free_port, http};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

const FLOW: &str = "flowc 1
flow desk inbound
default failed -> sorry
start up

up: answer -> hold
hold: wait 10m -> sorry
sorry: hangup
";

struct Desk {
    cloud: FakeCloud,
    port: u16,
    service: Background,
    store: Folder,
    _project: Folder,
}

impl Desk {
    fn open(flags: &[&str]) -> Desk {
        let (project, store) = (Folder::new().with("desk.flow", FLOW), Folder::new());
        let (cloud, port) = (FakeCloud::start(), free_port());
        let mut service = Flowc::new(["serve"]).arg(project.path().as_os_str()).arg("--listen");
        service = service.arg(format!("127.0.0.1:{port}")).arg("--store");
        service = service.arg(format!("sqlite:{}", store.path().join("calls.db").display()));
        for flag in flags {
            service = service.arg(*flag);
        }
        let platform = format!("endpoint=http://127.0.0.1:{};accesskey=aGVsbG8=", cloud.port);
        let mut service = service.env("ACS_CONNECTION_STRING", &platform).start();
        service.wait_for("serving", Duration::from_secs(30));
        Desk { cloud, port, service, store, _project: project }
    }

    /// Somebody calls; where the webhooks of the call go, and its event that it is connected.
    fn rings(&self) -> (String, Value) {
        assert_eq!(post(self.port, "/events/incoming", &incoming("context-1")), 200);
        let answer = self.cloud.wait_for(":answer", 0).body;
        let word = |name: &str| answer[name].as_str().expect("a text").to_owned();
        (word("callbackUri"), webhook("1", "CallConnected", Some(&word("operationContext")), (200, 0), &json!({})))
    }

    fn status(&self, method: &str, path: &str) -> u16 {
        http::send(self.port, method, path, &[], b"").expect("the service answers").status
    }

    fn call(&self) -> Value {
        http::get(self.port, "/api/calls").expect("the service answers").json()["calls"][0].clone()
    }

    /// Waits until something is so.
    fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !is_so() {
            assert!(Instant::now() < deadline, "never {what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn terminate(&self) {
        self.service.signal("TERM");
    }
}

#[test]
fn while_the_store_cannot_be_written_calls_are_refused_and_webhooks_held() {
    let desk = Desk::open(&[]);
    let (url, connected) = desk.rings();
    desk.until("ready", || desk.status("GET", "/readyz") == 200);
    let lock = || {
        let stranger =
            rusqlite::Connection::open(desk.store.path().join("calls.db")).expect("the store is a SQLite file");
        stranger.busy_timeout(Duration::from_secs(10)).expect("a setting");
        stranger.execute_batch("BEGIN IMMEDIATE").expect("nobody else writes for long");
        stranger
    };

    let stranger = lock();
    assert_eq!(post(desk.port, "/events/incoming", &incoming("context-2")), 429);
    assert_eq!(desk.status("GET", "/readyz"), 503);
    assert_eq!(desk.status("GET", "/api/calls"), 200, "looking is still possible");
    let held = std::thread::scope(|scope| {
        let held = scope.spawn(|| post(desk.port, &url, &connected));
        std::thread::sleep(Duration::from_millis(700));
        drop(stranger);
        held.join().expect("no panic")
    });
    assert_eq!(held, 200, "it was held until the store could be written again");
    desk.until("ready again", || desk.status("GET", "/readyz") == 200);

    let stranger = lock();
    let (event, began) = (webhook("2", "CallDisconnected", None, (200, 0), &json!({})), Instant::now());
    assert_eq!(post(desk.port, &url, &event), 503);
    assert!(began.elapsed() >= Duration::from_secs(4), "it was given up after {:?}", began.elapsed());
    drop(stranger);
    assert_eq!(post(desk.port, &url, &event), 200, "sent again, it is taken without a restart");
    desk.until("over", || desk.call()["phase"] == "ended");
    assert_eq!(post(desk.port, "/events/incoming", &incoming("context-2")), 200);
}

#[test]
fn no_more_calls_than_may_be_are_begun_and_those_that_are_go_on() {
    let desk = Desk::open(&["--max-calls", "1"]);
    let (url, connected) = desk.rings();
    assert_eq!(post(desk.port, "/events/incoming", &incoming("context-2")), 429);
    let place = json!({ "flow": "desk", "to": "+441632960111" });
    assert_eq!(http::json(desk.port, "POST", "/api/calls", &place).expect("an answer").status, 503);
    assert_eq!(post(desk.port, &url, &connected), 200);
    let gone = webhook("2", "CallDisconnected", None, (200, 0), &json!({}));
    assert_eq!(post(desk.port, &url, &gone), 200);
    desk.until("over", || desk.call()["phase"] == "ended");
    assert_eq!(post(desk.port, "/events/incoming", &incoming("context-2")), 200);
    let metrics = String::from_utf8(http::get(desk.port, "/metrics").expect("an answer").body).expect("text");
    assert!(metrics.contains("flowc_shed_total{what=\"incoming\",why=\"calls\"} 1\n"), "{metrics}");
}

#[test]
fn a_stop_takes_nothing_new_and_finishes_what_is_there() {
    let mut desk = Desk::open(&["--stop-delay", "3s"]);
    let (url, connected) = desk.rings();
    let path = &url[url.find("/callbacks/").expect("an address of a call")..];
    let body = connected.to_string();
    let mut slow = TcpStream::connect(("127.0.0.1", desk.port)).expect("it listens");
    let head =
        format!("POST {path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    slow.write_all(format!("{head}{}", &body[..20]).as_bytes()).expect("sent");
    std::thread::sleep(Duration::from_millis(100));

    desk.terminate();
    desk.until("not ready", || desk.status("GET", "/readyz") == 503);
    assert_eq!(post(desk.port, "/events/incoming", &incoming("context-2")), 429);
    std::thread::sleep(Duration::from_secs(3));
    slow.write_all(&body.as_bytes()[20..]).expect("sent");
    let mut answer = String::new();
    slow.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert_eq!(desk.service.wait(Duration::from_secs(40)).code(), Some(0));
    assert!(TcpStream::connect(("127.0.0.1", desk.port)).is_err(), "nobody listens any more");
}

#[test]
fn of_a_delivery_of_many_calls_all_are_kept_and_one_that_is_broken_spoils_none() {
    let desk = Desk::open(&["--max-in-flight", "16"]);
    let mut events: Vec<Value> = (0..200).map(|at| incoming(&format!("context-{at}"))[0].clone()).collect();
    events[77]["data"] = json!({ "incomingCallContext": 7 });
    assert_eq!(post(desk.port, "/events/incoming", &json!(events)), 200);
    let kept = || http::get(desk.port, "/api/calls").expect("an answer").json()["calls"].as_array().map_or(0, Vec::len);
    assert_eq!(kept(), 199);
    assert_eq!(post(desk.port, "/events/incoming", &json!(events)), 200, "delivered again");
    assert_eq!(kept(), 199, "each of them once");
    let store = rusqlite::Connection::open(desk.store.path().join("calls.db")).expect("the store is a SQLite file");
    let notes: i64 = store.query_row("SELECT count(*) FROM quarantine", [], |row| row.get(0)).expect("a count");
    assert_eq!(notes, 2, "one a delivery");
}

#[test]
fn bodies_made_to_hurt_hurt_nobody() {
    let desk = Desk::open(&[]);
    let (url, connected) = desk.rings();
    let path = &url[url.find("/callbacks/").expect("an address of a call")..];
    let send = |path: &str, body: &[u8]| http::send(desk.port, "POST", path, &[], body).expect("an answer").status;
    let deep = "[".repeat(100_000);
    assert_eq!((send("/events/incoming", deep.as_bytes()), send(path, deep.as_bytes())), (400, 200));
    let twice =
        br#"[{"type":"Microsoft.Communication.PlayCompleted","type":"x","data":{"version":"1","version":"2"}}]"#;
    assert_eq!((send("/events/incoming", twice), send(path, twice)), (200, 200));
    // Larger than any event of Event Grid is, and still let in; then larger than anything.
    let mut large = connected.to_string();
    large.push_str(&" ".repeat(1_200_000));
    assert_eq!(send(path, large.as_bytes()), 200);
    assert_eq!(send(path, &vec![b' '; 1_600_000]), 413);
    assert_eq!(
        send(path, br#"[{"id":"9","type":"Microsoft.Communication.PlayCompleted","data":{"sequenceId":1e400}}]"#),
        200
    );
    assert_eq!(send("/callbacks/nobody/nothing", b"[]"), 401);
    desk.until("connected", || desk.call()["state"] == "hold");
}

#[test]
fn a_call_that_is_over_is_erased_when_somebody_asks() {
    let desk = Desk::open(&[]);
    let (url, connected) = desk.rings();
    assert_eq!(post(desk.port, &url, &connected), 200);
    let call = desk.call()["call"].as_str().expect("an id").to_owned();
    let path = format!("/api/calls/{call}");
    assert_eq!(desk.status("DELETE", &path), 409);
    let gone = webhook("2", "CallDisconnected", None, (200, 0), &json!({}));
    assert_eq!(post(desk.port, &url, &gone), 200);
    desk.until("over", || desk.call()["phase"] == "ended");
    assert_eq!(desk.status("DELETE", &path), 204);
    assert_eq!(desk.status("DELETE", "/api/calls/nobody"), 404);
    let seen = http::get(desk.port, &format!("{path}/history")).expect("an answer").json();
    assert_eq!([&seen["phase"], &seen["flow"], &seen["history"]], [&json!("ended"), &json!("desk"), &json!([])]);
    assert_eq!((&seen["from"], desk.call()["call"].as_str()), (&Value::Null, Some(call.as_str())));
    assert_eq!(post(desk.port, &url, &connected), 200, "what comes late finds the end");
    assert_eq!(post(desk.port, "/events/incoming", &incoming("context-1")), 200);
    assert_eq!(desk.cloud.received().iter().filter(|asked| asked.what.ends_with(":answer")).count(), 1);
}
