//! A sweep for canaries: marks that occur nowhere else are put into everything that comes from people and from configuration,
//! and then looked for in everything that goes out to somebody who looks on.

use crate::harness::fake_cloud::{FakeCloud, post, webhook};
use crate::harness::{Flowc, Folder, free_port, http};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const FLOW: &str = "flowc 1
flow desk inbound
var pin: secret digits(6)?
start up
default failed -> over

up: answer -> ask
ask: collect pin, ask \"Your number.\" -> words { exhausted -> words }
words: play \"Thank you.\" -> rest
rest: wait 10m -> over
over: hangup
";

const OUT: &str = "flowc 1
flow out outbound
param to: phone
param note: text
settings { desk: phone }
start ring
default failed -> over

ring: dial to, from settings.desk -> over { busy | no_answer | declined | unreachable -> over }
over: hangup
";

/// What is put in, and where.
const MARKS: [(&str, &str); 14] = [
    ("the caller's number", "+447700900271"),
    ("the number called", "+448081570983"),
    ("a display name", "Canarywright"),
    ("a SIP header", "canary-header-5521"),
    ("the incoming context", "canary-context-8812"),
    ("keys of a secret", "739105"),
    ("the same on the wire", "\"seven\",\"three\",\"nine\""),
    ("speech", "canary speech spoken"),
    ("somebody on the line", "+447700900999"),
    ("a number to dial", "+447700900444"),
    ("a parameter", "canary-note-3391"),
    ("an idempotency key", "canary-key-0447"),
    ("the platform's key", "Y2FuYXJ5LWtleS1vZi10aGUtcGxhdGZvcm0="),
    ("the admin token", "canary-admin-token-66121"),
];
/// The secret of Event Grid's deliveries, and a token that somebody makes up.
const SECRETS: [(&str, &str); 2] =
    [("the secret of deliveries", "canary-grid-secret-1234"), ("a made-up token", "canary.made.up")];

fn shows_nothing(place: &str, text: &str) {
    for (what, mark) in MARKS.iter().chain(&SECRETS) {
        assert!(!text.contains(mark), "{place} shows {what} (`{mark}`):\n{text}");
    }
}

fn mark(what: &str) -> &'static str {
    MARKS.iter().chain(&SECRETS).find(|(name, _)| *name == what).expect("a mark").1
}

fn rings() -> Value {
    let phone = |number: &str| json!({ "kind": "phoneNumber", "rawId": format!("4:{number}"), "phoneNumber": { "value": number } });
    json!([{ "id": "e1", "topic": "/x", "subject": format!("/caller/{}", mark("the caller's number")),
        "eventType": "Microsoft.Communication.IncomingCall", "dataVersion": "1.0", "metadataVersion": "1",
        "eventTime": "2026-11-20T14:00:00Z", "data": {
            "to": phone(mark("the number called")), "from": phone(mark("the caller's number")), "serverCallId": "c2VydmVy",
            "callerDisplayName": mark("a display name"), "incomingCallContext": mark("the incoming context"),
            "customContext": { "sipHeaders": { "X-MS-Custom-Case": mark("a SIP header") }, "voipHeaders": {} },
            "correlationId": "d732db64-4803-462d-be9c-518943ea2b7a" } }])
}

/// Every text of the store that somebody reads who looks for what went wrong: all but the documents of calls that live, which
/// need what they were told.
fn store_texts(path: &std::path::Path) -> String {
    let store = rusqlite::Connection::open(path).expect("the store is a SQLite file");
    let mut all = String::new();
    for sql in [
        "SELECT CAST(reason || ' ' || detail || ' ' || call_id AS BLOB) FROM quarantine",
        "SELECT CAST(natural_key AS BLOB) FROM natural_keys",
        "SELECT CAST(event_key AS BLOB) FROM history",
    ] {
        let mut statement = store.prepare(sql).expect("the table is there");
        let rows = statement.query_map([], |row| row.get::<_, Vec<u8>>(0)).expect("a column");
        rows.for_each(|row| all.push_str(&format!("{}\n", String::from_utf8_lossy(&row.expect("a row")))));
    }
    all
}

#[test]
fn nobody_who_looks_on_sees_a_canary() {
    let project = Folder::new()
        .with("desk.flow", FLOW)
        .with("out.flow", OUT)
        .with("flowc.toml", "[settings]\ndesk = \"+441632960111\"\n");
    let files = Folder::new().with("admin", mark("the admin token")).with("grid", mark("the secret of deliveries"));
    let (cloud, port) = (FakeCloud::start(), free_port());
    let database = files.join("calls.db");
    let platform = format!("endpoint=http://127.0.0.1:{};accesskey={}", cloud.port, mark("the platform's key"));
    let mut service = Flowc::new(["serve"]).arg(project.path().as_os_str());
    for (flag, value) in [
        ("--listen", format!("127.0.0.1:{port}")),
        ("--ai-endpoint", "https://ai.example/".to_owned()),
        ("--store", format!("sqlite:{}", database.display())),
        ("--admin-token-file", files.join("admin").display().to_string()),
        ("--event-grid-secret-file", files.join("grid").display().to_string()),
        ("--log-level", "trace".to_owned()),
    ] {
        service = service.arg(flag).arg(value);
    }
    let mut service = service.env("ACS_CONNECTION_STRING", &platform).start();
    service.wait_for("serving", Duration::from_secs(30));
    let bearer = format!("Bearer {}", mark("the admin token"));
    let made_up = format!("Bearer {}", mark("a made-up token"));
    let ask = |method: &str, path: &str, token: &str, body: &[u8]| {
        http::send(port, method, path, &[("authorization", token)], body).expect("the service answers")
    };
    let deliver = |secret: &str, body: &[u8]| {
        http::send(port, "POST", "/events/incoming", &[("x-flowc-secret", secret)], body).expect("the service answers")
    };
    let seen = |place: &str, answer: &http::Answer, status: u16| {
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(answer.status, status, "{place}: {body}");
        shows_nothing(place, &body);
    };

    // A call comes in, is spoken to, and its webhooks come in every state they may be in.
    let grid_secret = mark("the secret of deliveries");
    seen("a delivery", &deliver(grid_secret, rings().to_string().as_bytes()), 200);
    seen("a foreign delivery", &deliver(mark("a made-up token"), rings().to_string().as_bytes()), 401);
    seen("a broken delivery", &deliver(grid_secret, b"{\"+447700900271\": canary-note-3391"), 400);
    let mut half = rings();
    half[0]["data"]["incomingCallContext"] = json!({ "canary-context-8812": "+447700900271" });
    seen("half a delivery", &deliver(grid_secret, half.to_string().as_bytes()), 200);
    let answer = cloud.wait_for(":answer", 0).body;
    let url = answer["callbackUri"].as_str().expect("an address").to_owned();
    let mac = url.rsplit('/').next().expect("a MAC").to_owned();
    let tell = |id: &str, name: &str, context: Option<&str>, more: &Value| {
        assert_eq!(post(port, &url, &webhook(id, name, context, (200, 0), more)), 200, "{name}");
    };
    tell("1", "CallConnected", answer["operationContext"].as_str(), &json!({}));
    let person = json!({ "identifier": { "kind": "phoneNumber", "rawId": format!("4:{}", mark("somebody on the line")),
        "phoneNumber": { "value": mark("somebody on the line") } } });
    tell("2", "ParticipantsUpdated", None, &json!({ "participants": [person], "sequenceNumber": 1 }));
    let question = cloud.wait_for(":recognize", 0).body["operationContext"].as_str().expect("a context").to_owned();
    let spoken = json!({ "recognitionType": "speech", "speechResult": { "speech": mark("speech") } });
    tell("3", "RecognizeCompleted", Some("99.9"), &spoken);
    let keys = json!({ "recognitionType": "dtmf", "dtmfResult": { "tones": ["seven", "three", "nine", "one", "zero", "five"] } });
    for _ in 0..2 {
        tell("4", "RecognizeCompleted", Some(&question), &keys);
    }
    let broken = format!(
        "[{{\"type\":\"Microsoft.Communication.PlayFailed\",\"data\":{{\"callConnectionId\":[\"{}\"]}}}}]",
        mark("speech")
    );
    let path = &url[url.find("/callbacks/").expect("an address of a call")..];
    seen("a broken webhook", &http::send(port, "POST", path, &[], broken.as_bytes()).expect("an answer"), 200);
    let wrong = path.replace(&mac, "00000000000000000000000000000000");
    seen("a forged webhook", &ask("POST", &wrong, &made_up, keys.to_string().as_bytes()), 401);

    // Calls are placed, well and badly.
    let place = |number: &str, flow: &str| json!({ "flow": flow, "to": number, "params": { "note": mark("a parameter") }, "idempotency_key": mark("an idempotency key") });
    let number = mark("a number to dial");
    seen("a call placed", &ask("POST", "/api/calls", &bearer, place(number, "out").to_string().as_bytes()), 202);
    cloud.wait_for("/callConnections", 0);
    seen("a call refused", &ask("POST", "/api/calls", &made_up, place(number, "out").to_string().as_bytes()), 401);
    seen(
        "a parameter refused",
        &ask("POST", "/api/calls", &bearer, place("canary-note-3391", "out").to_string().as_bytes()),
        400,
    );
    seen("a body refused", &ask("POST", "/api/calls", &bearer, format!("{{\"flow\": {number}").as_bytes()), 400);

    // They did get in: calls that live have what they need of them.
    let store = rusqlite::Connection::open(&database).expect("the store is a SQLite file");
    let documents: Vec<u8> = store
        .prepare("SELECT doc FROM calls")
        .and_then(|mut all| all.query_map([], |row| row.get::<_, Vec<u8>>(0))?.collect::<Result<Vec<_>, _>>())
        .expect("documents")
        .concat();
    let documents = String::from_utf8_lossy(&documents).into_owned();
    for what in [
        "the caller's number",
        "the number called",
        "a SIP header",
        "keys of a secret",
        "a number to dial",
        "a parameter",
    ] {
        assert!(documents.contains(mark(what)), "{what} is in no document:\n{documents}");
    }

    // And looked at, over and not over.
    let list = ask("GET", "/api/calls", &bearer, b"").json();
    let calls: Vec<String> = list["calls"]
        .as_array()
        .expect("calls")
        .iter()
        .filter_map(|call| call["call"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(calls.len(), 2, "{list:#}");
    for call in &calls {
        seen("a history", &ask("GET", &format!("/api/calls/{call}/history"), &bearer, b""), 200);
        let record = format!("/api/calls/{call}/record");
        seen("a recording", &ask("GET", &record, &bearer, b""), 200);
        seen("a recording refused", &ask("GET", &format!("{record}?keep=true"), &made_up, b""), 401);
        seen("a recording asked wrongly", &ask("GET", &format!("{record}?keep=canary-note-3391"), &bearer, b""), 400);
        let token = files.join("admin");
        let output = Flowc::new(["trace", call, "--service"]).arg(format!("http://127.0.0.1:{port}"));
        let output = output.arg("--admin-token-file").arg(token.as_os_str()).run().expect(0);
        shows_nothing("a story", &format!("{}{}", output.stdout, output.stderr));
    }
    let listed = Flowc::new(["calls", "--service"]).arg(format!("http://127.0.0.1:{port}")).arg("--admin-token-file");
    shows_nothing("the list", &listed.arg(files.join("admin").as_os_str()).run().expect(0).stdout);
    seen("the measures", &ask("GET", "/metrics", &bearer, b""), 200);
    seen("the description", &ask("GET", "/api/openapi.json", &bearer, b""), 200);
    tell("5", "CallDisconnected", None, &json!({}));
    let deadline = Instant::now() + Duration::from_secs(30);
    while ask("GET", "/metrics", &bearer, b"").body.windows(24).all(|text| text != b"flowc_calls_ended_total{") {
        assert!(Instant::now() < deadline, "the call never ends");
        std::thread::sleep(Duration::from_millis(20));
    }
    shows_nothing("the store", &store_texts(&database));
    let said = service.said();
    assert!(said.contains("a turn was taken") && said.contains("set aside"), "it was to log all it has: {said}");
    shows_nothing("the log", &said);
    assert!(!said.contains(&mac), "the log has the address of a call:\n{said}");
}

const HELP: &str = "flowc 1
flow help inbound
signal found: { note: text }
settings { desk: phone }
start up
default failed -> over

up: answer -> rest
rest: wait 10m -> over { signal found -> tell }
tell: play \"{signals.found.note}\" -> pass
pass: transfer settings.desk -> over { busy | no_answer | declined | unreachable -> over }
over: hangup
";

/// What comes along with signals, what is said of a service's own numbers and at the emulator, seen by who reads the logs of both.
#[test]
fn nobody_who_reads_the_logs_of_service_and_emulator_sees_a_canary() {
    let desk = mark("a number to dial");
    let project = Folder::new().with("help.flow", HELP).with("flowc.toml", format!("[settings]\ndesk = \"{desk}\"\n"));
    let (emulated, served, store) = (free_port(), free_port(), Folder::new());
    let mut emulator = Flowc::new(["emulate", "--clock", "fast", "--log-level", "trace", "--access-key"])
        .arg(mark("the platform's key"))
        .arg("--listen")
        .arg(format!("127.0.0.1:{emulated}"))
        .arg("--event-grid")
        .arg(format!("http://127.0.0.1:{served}/events/incoming"))
        .start();
    emulator.wait_for("ready", Duration::from_secs(30));
    let mut service = Flowc::new(["serve", "--log-level", "trace", "--ai-endpoint", "https://ai.example/"])
        .arg(project.path().as_os_str())
        .arg("--listen")
        .arg(format!("127.0.0.1:{served}"))
        .arg("--store")
        .arg(format!("sqlite:{}", store.join("calls.db").display()))
        .env(
            "ACS_CONNECTION_STRING",
            &format!("endpoint=http://127.0.0.1:{emulated}/;accesskey={}", mark("the platform's key")),
        )
        .start();
    service.wait_for("serving", Duration::from_secs(30));
    let deadline = Instant::now() + Duration::from_secs(60);
    let until = |what: &str, is_so: &dyn Fn() -> bool| {
        while !is_so() {
            assert!(Instant::now() < deadline, "never {what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    let rings = json!({ "from": mark("the caller's number"), "to": mark("the number called") });
    let rang = http::json(emulated, "POST", "/emulator/calls", &rings).expect("the emulator answers");
    assert!(rang.status < 300, "{}", String::from_utf8_lossy(&rang.body));
    let calls = || http::get(served, "/api/calls").expect("the service answers").json();
    until("waiting", &|| calls()["calls"][0]["state"] == "rest");
    let name = calls()["calls"][0]["call"].as_str().expect("an id").to_owned();
    let line = rang.json()["call"].as_str().expect("a line").to_owned();
    let said = json!({ "text": mark("speech") });
    http::json(emulated, "POST", &format!("/emulator/calls/{line}/say"), &said).expect("the emulator answers");
    http::json(emulated, "POST", &format!("/emulator/calls/{line}/press"), &json!({ "tones": "739105" }))
        .expect("the emulator answers");
    let signal = json!({ "name": "found", "data": { "note": mark("a parameter") } });
    let taken = http::json(served, "POST", &format!("/api/calls/{name}/signals"), &signal).expect("an answer");
    assert_eq!(taken.status, 202, "{}", String::from_utf8_lossy(&taken.body));
    until("over", &|| calls()["calls"][0]["phase"] == "ended");
    let told =
        http::get(emulated, &format!("/emulator/calls/{line}")).expect("the emulator answers").json().to_string();
    assert!(told.contains(mark("a parameter")) && told.contains(mark("speech")), "it got through: {told}");
    let requests = http::get(emulated, "/emulator/requests").expect("the emulator answers").json().to_string();
    assert!(requests.contains(desk), "it got through: {requests}");
    let history = http::get(served, &format!("/api/calls/{name}/history")).expect("an answer");
    shows_nothing("a history", &String::from_utf8_lossy(&history.body));
    shows_nothing("the store", &store_texts(&store.join("calls.db")));
    let service = service.said();
    assert!(service.contains("a turn was taken"), "it was to log all it has: {service}");
    shows_nothing("the service's log", &service);
    let emulator = emulator.said();
    assert!(emulator.contains("\"level\""), "it was to log all it has: {emulator}");
    let logged: String = emulator.lines().filter(|line| line.starts_with('{')).collect();
    shows_nothing("the emulator's log", &logged);
}
