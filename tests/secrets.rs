//! A canary: a call that collects a secret, and every place where somebody might look for it.

use crate::harness::http;
use crate::harness::phone_line::PhoneLine;
use serde_json::json;

/// What is keyed in.
const CANARY: &str = "86753091";
/// The same as the platform's webhooks have it, and as our own code would print it.
const OTHER_LOOKS: [&str; 3] = ["\"eight\",\"six\",\"seven\"", "Eight, Six, Seven", "[56, 54, 55, 53"];

const VAULT: &str = "flowc 1
flow vault inbound
var pin: secret digits(8)?
start up

up: answer -> ask
ask: collect pin, ask \"Your number, please.\" -> known { exhausted -> bye }
known: decide { if has(pin) -> thanks; else -> bye }
thanks: play \"Thank you.\" -> wait_a_little
wait_a_little: wait 5m -> bye
bye: hangup
";

fn shows_nothing(place: &str, text: &str) {
    for look in OTHER_LOOKS.iter().chain([&CANARY]) {
        assert!(!text.contains(look), "{place} shows the secret: `{look}` in\n{text}");
    }
}

/// Every text of a table's column, or of blobs what they say.
fn column(store: &rusqlite::Connection, sql: &str) -> Vec<String> {
    let mut statement = store.prepare(sql).expect("the table is there");
    let rows = statement.query_map([], |row| row.get::<_, Vec<u8>>(0)).expect("a column of bytes");
    rows.map(|row| String::from_utf8_lossy(&row.expect("a row")).into_owned()).collect()
}

#[test]
fn a_secret_is_nowhere_but_in_the_row_of_its_call() {
    let mut line = PhoneLine::open_chatty(&[("vault.flow", VAULT)]);
    let call = line.dial();
    line.wait_playing(&call, "Your number");
    assert_eq!(line.act(&call, "press", &json!({ "digits": CANARY })), 202);
    // Words may be over sooner than anybody looks, so what was heard counts.
    line.wait(&call, "hears `Thank you`", |seen| seen["transcript"].to_string().contains("Thank you"));
    let store = rusqlite::Connection::open(line.database()).expect("the store is a SQLite file");
    let rows = column(&store, "SELECT doc FROM calls");
    assert!(rows.iter().any(|row| row.contains(CANARY)), "the call needs it, so this test would see it: {rows:?}");

    let list = http::get(line.service_port, "/api/calls").expect("an answer");
    let id = list.json()["calls"][0]["call"].as_str().expect("an id").to_owned();
    shows_nothing("the list of calls", &list.json().to_string());
    for path in ["", "/history"] {
        let answer = http::get(line.service_port, &format!("/api/calls/{id}{path}")).expect("an answer");
        shows_nothing(path, &answer.json().to_string());
    }
    assert_eq!(line.act(&call, "hangup", &json!({})), 202);
    line.wait_end(&call);
    assert_eq!(line.wait_result()["phase"], "ended");
    let history = column(&store, "SELECT body FROM history");
    assert!(history.iter().any(|body| body.contains("\"zero\",\"zero\"")), "its place is kept: {history:#?}");
    shows_nothing("the history", &history.join("\n"));
    shows_nothing("the rows of calls that are over", &column(&store, "SELECT doc FROM calls").join("\n"));
    shows_nothing("the rows of calls that are over", &column(&store, "SELECT doc FROM ended").join("\n"));
    let said = line.service().said();
    assert!(said.contains("TRACE") || said.contains("DEBUG"), "it was to log all it has: {said}");
    shows_nothing("the log", &said);
}
