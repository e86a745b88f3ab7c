//! The webhook that a line is gone is lost; Event Grid tells that the call is over, and the service finds out that it is.

use crate::harness::http;
use crate::harness::phone_line::{PATIENCE, PhoneLine};
use serde_json::{Value, json};
use std::time::Instant;

/// Waits far longer than the test, unless the caller leaves.
const DESK: &str = r#"flowc 1
flow desk inbound
returns left | stayed
always party left -> return left
start up

up: answer -> stay { failed -> bye }
stay: wait 4m -> bye
bye: hangup stayed
"#;
/// A user of the resource: telemetry tells of no others.
const USER: &str = "8:acs:5354158d-4b03-4d17-9cf3-2f57a0a3b1c1_00000012-0000-0000-0000-000000000001";

/// Begins a call and loses the end of it; the service's call as it is then.
fn left_unnoticed(restart: bool) -> Value {
    let mut line = PhoneLine::open(&[("desk.flow", DESK)], None);
    let emulator = line.emulator_port;
    let dialled = json!({ "from": USER, "to": "+18005550100" });
    let deadline = Instant::now() + PATIENCE;
    while http::json(emulator, "POST", "/emulator/calls", &dialled).expect("it answers").status != 201 {
        assert!(Instant::now() < deadline, "nobody may call");
    }
    line.wait("call-1", "is connected", |seen| seen["state"] == "connected");
    let deadline = Instant::now() + PATIENCE;
    while http::get(line.service_port, "/api/calls").expect("it answers").json()["calls"][0]["state"] != "stay" {
        assert!(Instant::now() < deadline, "the service never learned that it is connected");
        std::thread::sleep(std::time::Duration::from_millis(15));
    }
    if restart {
        line.kill_service();
        line.start_service(None);
    }
    let down = json!({ "receiverDown": true });
    assert_eq!(http::json(emulator, "PUT", "/emulator/faults", &down).expect("it answers").status, 204);
    assert_eq!(line.act("call-1", "hangup", &json!({})), 202);
    line.wait_result()
}

#[test]
fn a_call_whose_end_was_lost_ends_by_what_event_grid_tells() {
    assert_eq!(left_unnoticed(false)["result"], "left");
}

#[test]
fn also_after_a_restart() {
    assert_eq!(left_unnoticed(true)["result"], "left");
}
