//! Webhooks as they really come: several times, in the wrong order, late, forged, broken. How a call ends never changes, and
//! what cannot be read is recorded and acknowledged.

use crate::harness::fake_cloud::{CONNECTION, FakeCloud, incoming, post, webhook};
use crate::harness::{Background, Flowc, Folder, free_port, http};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const FLOW: &str = r#"flowc 1
flow desk inbound
settings { sales: phone }
returns handed_over | abandoned | nobody
default failed -> sorry
always party left -> return abandoned
start pick_up

pick_up: answer -> team { failed -> return abandoned }
team: menu ask "For sales press {key sales}." {
  sales = 1 -> hand_over
  exhausted -> sorry
}
hand_over: transfer settings.sales, play "One moment." -> return handed_over {
  busy | no_answer | declined | unreachable -> sorry
}
sorry: hangup nobody, play "Sorry."
"#;

/// A service over a platform that the test plays.
struct Desk {
    cloud: FakeCloud,
    port: u16,
    service: Background,
    /// The project, and the folder of the store.
    files: (Folder, Folder),
}

impl Desk {
    fn open() -> Desk {
        let project =
            Folder::new().with("desk.flow", FLOW).with("flowc.toml", "[settings]\nsales = \"+441632960111\"\n");
        let store = Folder::new();
        let (cloud, port) = (FakeCloud::start(), free_port());
        let service = serve(&cloud, port, &project, &store);
        Desk { cloud, port, service, files: (project, store) }
    }

    /// Starts the service again, over the same store.
    fn start(&mut self) {
        self.service = serve(&self.cloud, self.port, &self.files.0, &self.files.1);
    }

    /// Somebody calls, and the call is connected; the address of its webhooks.
    fn rings(&self) -> (String, String) {
        assert_eq!(post(self.port, "/events/incoming", &incoming("context-1")), 200);
        let answer = self.cloud.wait_for(":answer", 0).body;
        (text(&answer["callbackUri"]), text(&answer["operationContext"]))
    }

    /// Posts a webhook so many times; each time it must be acknowledged.
    fn tell(&self, url: &str, times: usize, event: &Value) {
        for _ in 0..times {
            assert_eq!(post(self.port, url, event), 200, "{event}");
        }
    }

    fn context_of(&self, ending: &str) -> String {
        text(&self.cloud.wait_for(ending, 0).body["operationContext"])
    }

    fn ended(&self) -> Value {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let calls = http::get(self.port, "/api/calls").expect("the service answers").json();
            if calls["calls"][0]["phase"] == "ended" {
                assert_eq!(calls["calls"].as_array().map(Vec::len), Some(1), "one call: {calls:#}");
                return calls["calls"][0].clone();
            }
            assert!(Instant::now() < deadline, "{calls:#}\n{:#?}", self.cloud.received());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn count(&self, ending: &str) -> usize {
        self.cloud.received().iter().filter(|request| request.what.ends_with(ending)).count()
    }
}

fn serve(cloud: &FakeCloud, port: u16, project: &Folder, store: &Folder) -> Background {
    let mut service = Flowc::new(["serve"])
        .arg(project.path().as_os_str())
        .arg("--listen")
        .arg(format!("127.0.0.1:{port}"))
        .arg("--ai-endpoint")
        .arg("https://ai.example/")
        .arg("--store")
        .arg(format!("sqlite:{}", store.path().join("calls.db").display()))
        .env("ACS_CONNECTION_STRING", &format!("endpoint=http://127.0.0.1:{};accesskey=aGVsbG8=", cloud.port))
        .start();
    service.wait_for("serving", Duration::from_secs(30));
    service
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text: {value}")).to_owned()
}

fn key_one() -> Value {
    json!({ "recognitionType": "dtmf", "dtmfResult": { "tones": ["one"] } })
}

/// The whole call, each webhook so many times, the named pair in the wrong order.
fn handed_over(times: usize, swapped: Option<&str>) {
    let desk = Desk::open();
    let (url, answered) = desk.rings();
    let pair = |name: &str, first: Value, second: Value| {
        let (first, second) = if swapped == Some(name) { (second, first) } else { (first, second) };
        desk.tell(&url, times, &first);
        desk.tell(&url, times, &second);
    };
    pair(
        "connected",
        webhook("1", "CallConnected", Some(&answered), (200, 0), &json!({})),
        webhook("2", "ParticipantsUpdated", None, (200, 0), &json!({ "sequenceNumber": 1, "participants": [] })),
    );
    let asked = desk.context_of(":recognize");
    desk.tell(&url, times, &webhook("3", "RecognizeCompleted", Some(&asked), (200, 8531), &key_one()));
    let played = desk.context_of(":play");
    pair(
        "played",
        webhook("4", "PlayStarted", Some(&played), (200, 0), &json!({})),
        webhook("5", "PlayCompleted", Some(&played), (200, 0), &json!({})),
    );
    let transferred = desk.context_of(":transferToParticipant");
    pair(
        "transferred",
        webhook("6", "CallTransferAccepted", Some(&transferred), (200, 0), &json!({})),
        webhook("7", "CallDisconnected", None, (200, 7015), &json!({})),
    );
    let call = desk.ended();
    assert_eq!(call["result"], "handed_over", "{call:#}");
    for operation in [":answer", ":recognize", ":play", ":transferToParticipant"] {
        assert_eq!(desk.count(operation), 1, "{operation}: {:#?}", desk.cloud.received());
    }
}

#[test]
fn once_each_in_order() {
    handed_over(1, None);
}

#[test]
fn three_times_each() {
    handed_over(3, None);
}

/// One body may hold the same event twice, beside others.
#[test]
fn three_times_in_one_body() {
    let desk = Desk::open();
    let (url, answered) = desk.rings();
    let connected = webhook("1", "CallConnected", Some(&answered), (200, 0), &json!({}));
    let roster =
        webhook("2", "ParticipantsUpdated", None, (200, 0), &json!({ "sequenceNumber": 1, "participants": [] }));
    desk.tell(&url, 1, &json!([connected[0], connected[0], roster[0], connected[0]]));
    desk.context_of(":recognize");
    assert_eq!(desk.count(":recognize"), 1);
}

#[test]
fn connected_and_the_roster_swapped() {
    handed_over(1, Some("connected"));
}

#[test]
fn the_start_and_the_end_of_a_prompt_swapped() {
    handed_over(1, Some("played"));
}

#[test]
fn the_transfer_and_the_end_of_the_line_swapped() {
    handed_over(3, Some("transferred"));
}

/// The caller hangs up during the question: cut off and gone, in either order, end the call the same way.
#[test]
fn cut_off_and_gone_in_either_order() {
    for gone_first in [false, true] {
        let desk = Desk::open();
        let (url, answered) = desk.rings();
        desk.tell(&url, 1, &webhook("1", "CallConnected", Some(&answered), (200, 0), &json!({})));
        let asked = desk.context_of(":recognize");
        let cut = webhook("2", "RecognizeCanceled", Some(&asked), (400, 8508), &json!({}));
        let gone = webhook("3", "CallDisconnected", None, (200, 0), &json!({}));
        for event in if gone_first { [&gone, &cut] } else { [&cut, &gone] } {
            desk.tell(&url, 3, event);
        }
        assert_eq!(desk.ended()["result"], "abandoned", "gone first: {gone_first}");
        assert_eq!(desk.count(":play"), 0, "nothing is said to a line that is gone");
    }
}

#[test]
fn the_same_incoming_call_is_one_call() {
    let desk = Desk::open();
    for id in ["a", "b", "c"] {
        let mut delivery = incoming("context-1");
        delivery[0]["id"] = json!(id);
        assert_eq!(post(desk.port, "/events/incoming", &delivery), 200);
    }
    desk.cloud.wait_for(":answer", 0);
    let calls = http::get(desk.port, "/api/calls").expect("an answer").json();
    assert_eq!(calls["calls"].as_array().map(Vec::len), Some(1), "{calls:#}");
    assert_eq!(desk.count(":answer"), 1);
}

#[test]
fn the_handshake_of_event_grid_is_answered() {
    let desk = Desk::open();
    let body = json!([{ "id": "1", "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent", "subject": "", "topic": "t",
        "eventTime": "2026-11-20T14:00:00Z", "dataVersion": "1", "data": { "validationCode": "512d38b6" } }]);
    let answer = http::json(desk.port, "POST", "/events/incoming", &body).expect("an answer");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json(), json!({ "validationResponse": "512d38b6" }));
}

/// Whatever is posted: a 4xx with the error shape, or a note and 200 where the sender would try for a day. Nothing moves.
#[test]
fn forged_and_broken_webhooks_change_nothing() {
    let mut desk = Desk::open();
    let (url, answered) = desk.rings();
    let path =
        url.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| rest[at..].to_owned())).expect("a path");
    let (call, mac) = path.trim_start_matches("/callbacks/").split_once('/').expect("call and MAC");
    let connected = webhook("1", "CallConnected", Some(&answered), (200, 0), &json!({}));
    let other_mac: String = mac.chars().map(|c| if c == '0' { '1' } else { '0' }).collect();
    for forged in
        [format!("/callbacks/{call}/{other_mac}"), format!("/callbacks/{call}x/{mac}"), format!("/callbacks/{call}/")]
    {
        let answer = http::json(desk.port, "POST", &forged, &connected).expect("an answer");
        assert_eq!(answer.status, 401, "{forged}");
        assert!(answer.json()["error"]["code"].is_string(), "{:?}", answer.json());
    }
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let bodies: [&[u8]; 8] = [
        b"",
        b"nonsense",
        b"{}",
        b"[1,2]",
        deep.as_bytes(),
        b"\xff\xfe",
        b"[{\"type\":\"Microsoft.Communication.CallDisconnected\"}]",
        b"[[\"1\",\"s\",\"Microsoft.Communication.CallDisconnected\",\"t\",{}]]",
    ];
    for body in bodies {
        let answer =
            http::send(desk.port, "POST", &path, &[("Content-Type", "application/json")], body).expect("an answer");
        assert_eq!(answer.status, 200, "recorded, not retried for a day: {:?}", String::from_utf8_lossy(body));
    }
    desk.tell(&url, 1, &webhook("9", "SomethingNew", Some(&answered), (200, 0), &json!({})));
    let huge = vec![b' '; 2_000_000];
    let answer = http::send(desk.port, "POST", &path, &[], &huge).expect("an answer");
    assert_eq!((answer.status, answer.json()["error"]["code"].as_str()), (413, Some("413")));
    for body in [&b""[..], b"nonsense", b"[[", b"{\"a\":1}", deep.as_bytes(), b"[1]"] {
        let answer = http::send(desk.port, "POST", "/events/incoming", &[], body).expect("an answer");
        assert!(answer.status == 200 || answer.json()["error"]["code"].is_string(), "{body:?}: {}", answer.status);
    }
    let many = format!("[{}]", vec!["{}"; 6_000].join(","));
    let answer = http::send(desk.port, "POST", "/events/incoming", &[], many.as_bytes()).expect("an answer");
    assert_eq!(answer.status, 400);
    for (target, headers) in [("/api/calls", ("Origin", "https://elsewhere.example")), ("/api/calls", ("X", "y"))] {
        let status = http::send(desk.port, "GET", target, &[headers], b"").expect("an answer").status;
        assert_eq!(status, if headers.0 == "Origin" { 403 } else { 200 }, "{headers:?}");
    }
    let state =
        |desk: &Desk| http::get(desk.port, &format!("/api/calls/{call}")).expect("an answer").json()["state"].clone();
    assert_eq!(state(&desk), "pick_up", "nothing has moved");
    desk.tell(&url, 1, &connected);
    desk.context_of(":recognize");
    assert_eq!(state(&desk), "team", "and the call goes on");
    assert!(!desk.service.said().contains("panicked"), "{}", desk.service.said());
}

/// Late events of a call that has ended are absorbed.
#[test]
fn an_ended_call_absorbs_everything() {
    let desk = Desk::open();
    let (url, _) = desk.rings();
    desk.tell(&url, 1, &webhook("1", "CallDisconnected", None, (200, 0), &json!({})));
    assert_eq!(desk.ended()["phase"], "ended");
    let before = desk.cloud.received().len();
    desk.tell(&url, 2, &webhook("2", "PlayCompleted", Some("7.1"), (200, 0), &json!({})));
    assert_eq!(desk.cloud.received().len(), before);
}

/// An authentic webhook of a call that the store has lost: noted, acknowledged, and the call it speaks of is hung up.
#[test]
fn a_call_that_nobody_knows_is_let_go() {
    let mut desk = Desk::open();
    let (url, answered) = desk.rings();
    desk.service.kill();
    let database = desk.files.1.path().join("calls.db");
    let store = rusqlite::Connection::open(&database).expect("the store is a SQLite file");
    for table in ["history", "natural_keys", "calls"] {
        store.execute(&format!("DELETE FROM {table}"), []).expect("the table is there");
    }
    drop(store);
    desk.start();
    desk.tell(&url, 1, &webhook("1", "CallConnected", Some(&answered), (200, 0), &json!({})));
    let standing = desk.cloud.wait_for(&format!("GET /calling/callConnections/{CONNECTION}"), 0);
    assert_eq!(standing.body, Value::Null);
    desk.cloud.wait_for(&format!("DELETE /calling/callConnections/{CONNECTION}"), 0);
    let store = rusqlite::Connection::open(&database).expect("the store is a SQLite file");
    let notes: i64 = store.query_row("SELECT count(*) FROM quarantine", [], |row| row.get(0)).expect("a count");
    assert_eq!(notes, 1);
}
