//! A call is recorded; when the file is there, the flow that waits for it is begun, once, and knows whose it is.

use crate::harness::http;
use crate::harness::phone_line::{PATIENCE, PhoneLine};
use serde_json::{Value, json};
use std::time::Instant;

/// Records while it says something.
const DESK: &str = r#"flowc 1
flow desk inbound
start pick_up

pick_up: answer -> greet
recorded: while recording active, else bye {
  greet: play "This call is recorded." -> bye
}
bye: hangup
"#;

/// Takes the file. What it was told stands in its result.
const FILED: &str = r#"flowc 1
flow filed recording_ready
returns known | unknown
start whose

whose: decide {
  if recording.flow == "desk" && recording.call != "" && recording.id != "" && recording.url.startsWith("http") -> return known
  else -> return unknown
}
"#;

#[test]
fn a_flow_is_begun_when_a_recordings_file_is_there() {
    let line = PhoneLine::open(&[("desk.flow", DESK), ("filed.flow", FILED)], None);
    let call = line.dial();
    line.wait_end(&call);
    let deadline = Instant::now() + PATIENCE;
    let filed = loop {
        let calls = http::json(line.service_port, "GET", "/api/calls", &Value::Null).expect("it answers").json();
        let all = calls["calls"].as_array().cloned().unwrap_or_default();
        let filed: Vec<Value> = all.into_iter().filter(|call| call["flow"] == "filed").collect();
        if filed.iter().any(|call| call["phase"] == "ended") {
            break filed;
        }
        assert!(Instant::now() < deadline, "nothing was begun: {calls:#}");
        std::thread::sleep(std::time::Duration::from_millis(15));
    };
    assert_eq!(filed.len(), 1, "{filed:#?}");
    assert_eq!(filed[0]["result"], json!("known"), "{filed:#?}");
}
