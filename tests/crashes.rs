//! A call survives `kill -9` of the service at every point where something could be lost: it still ends as it should, and
//! what may happen only once happens once. The points are named to the service, so nothing here depends on timing.

use crate::harness::free_port;
use crate::harness::phone_line::PhoneLine;
use serde_json::json;
use std::collections::BTreeSet;

/// Answer, ask, say something, hand over.
const FLOW: &str = r#"flowc 1
flow desk inbound
settings { sales: phone }
returns handed_over | abandoned | nobody
default failed -> sorry
always party left -> return abandoned
start pick_up

pick_up: answer -> team { failed -> return abandoned }
team: menu ask "For sales press {key sales}.", retry 3 {
  sales = 1 -> words
  exhausted -> sorry
}
words: play "One moment, please." -> hand_over
hand_over: transfer settings.sales -> return handed_over {
  busy | no_answer | declined | unreachable -> sorry
}
sorry: hangup nobody, play "Sorry."
"#;

const SETTINGS: &str = "[settings]\nsales = \"+441632960111\"\n";

fn line(hold_at: Option<&str>) -> PhoneLine {
    PhoneLine::open(&[("desk.flow", FLOW), ("flowc.toml", SETTINGS)], hold_at)
}

/// The call goes its way from the menu to its end.
fn goes_on(line: &PhoneLine, call: &str) {
    line.wait_playing(call, "For sales");
    assert_eq!(line.act(call, "press", &json!({ "digits": "1" })), 202);
    ends_well(line, call);
}

fn ends_well(line: &PhoneLine, call: &str) {
    let ended = line.wait_end(call);
    assert_eq!(ended["end"], "transferred", "{ended:#}");
    let result = line.wait_result();
    assert_eq!(result["result"], "handed_over", "{result:#}");
    once(line);
}

/// What the platform recognises again carries one id, however often it was sent; media was sent at most twice.
fn once(line: &PhoneLine) {
    for operation in ["callConnections:answer", ":transferToParticipant"] {
        let ids: BTreeSet<String> = line.requests_to(operation).iter().map(context).collect();
        assert_eq!(ids.len(), 1, "{operation}: {:#?}", line.requests());
    }
    for operation in [":play", ":recognize"] {
        let sent: Vec<String> = line.requests_to(operation).iter().map(context).collect();
        for one in &sent {
            let op = |context: &str| context.split('.').next().unwrap_or("").to_owned();
            let times = sent.iter().filter(|other| op(other) == op(one)).count();
            assert!(times <= 2, "{operation} {one} was sent {times} times: {sent:?}");
        }
    }
}

fn context(request: &serde_json::Value) -> String {
    request["body"]["operationContext"].as_str().unwrap_or("").to_owned()
}

/// Killed at the point, then everything as if nothing had been.
fn killed_at(point: &str) {
    let mut line = line(Some(point));
    let call = line.dial();
    if !point.ends_with(":begin") && !point.ends_with(":answer") && !point.ends_with(":call_connected") {
        line.wait_playing(&call, "For sales");
        assert_eq!(line.act(&call, "press", &json!({ "digits": "1" })), 202);
        line.kill_at_hold();
        return ends_well(&line, &call);
    }
    line.kill_at_hold();
    goes_on(&line, &call);
}

#[test]
fn nothing_is_killed() {
    let line = line(None);
    let call = line.dial();
    goes_on(&line, &call);
}

#[test]
fn before_the_call_is_kept() {
    killed_at("before-commit:begin");
}

#[test]
fn after_the_call_is_kept() {
    killed_at("after-commit:begin");
}

#[test]
fn before_an_event_is_kept() {
    killed_at("before-commit:call_connected");
}

#[test]
fn after_an_event_is_kept() {
    killed_at("after-commit:call_connected");
}

#[test]
fn before_a_choice_is_kept() {
    killed_at("before-commit:recognize_completed");
}

#[test]
fn after_a_choice_is_kept() {
    killed_at("after-commit:recognize_completed");
}

#[test]
fn between_commit_and_send_of_an_answer() {
    killed_at("before-send:answer");
}

#[test]
fn between_send_and_answer_of_an_answer() {
    killed_at("after-send:answer");
}

#[test]
fn between_commit_and_send_of_a_play() {
    killed_at("before-send:play");
}

#[test]
fn between_send_and_answer_of_a_play() {
    killed_at("after-send:play");
}

#[test]
fn between_commit_and_send_of_a_transfer() {
    killed_at("before-send:transfer");
}

#[test]
fn between_send_and_answer_of_a_transfer() {
    killed_at("after-send:transfer");
}

/// On the real clock what was sent still plays when the next process starts: it is cut off and said again, and the call goes
/// on all the same.
#[test]
fn between_send_and_answer_while_it_still_plays() {
    for operation in ["recognize", "play"] {
        let point = format!("after-send:{operation}");
        let mut line = PhoneLine::open_on("real", &[("desk.flow", FLOW), ("flowc.toml", SETTINGS)], Some(&point));
        let call = line.dial();
        if operation == "play" {
            line.wait_playing(&call, "For sales");
            assert_eq!(line.act(&call, "press", &json!({ "digits": "1" })), 202);
        }
        line.kill_at_hold();
        if operation == "recognize" {
            line.wait(&call, "asks again", |_| line.requests_to(":recognize").len() == 2);
            line.wait_playing(&call, "For sales");
            assert_eq!(line.act(&call, "press", &json!({ "digits": "1" })), 202);
        }
        ends_well(&line, &call);
    }
}

/// An outbound flow whose callee never picks up.
const REMINDER: &str = r#"flowc 1
flow reminder outbound
param to: phone
settings { sales: phone }
returns told | no_contact
default failed -> gone
always party left -> return no_contact
start ring

ring: dial to, from settings.sales, ring_for 2s -> say {
  busy | no_answer | declined | unreachable | failed -> return no_contact
}
say: play "Hello." -> bye
bye: hangup told
gone: hangup no_contact
"#;

/// Placed, killed at the point, and ended as it should: exactly one leg was dialled, and it was hung up.
fn rung_out(point: &str) {
    let files = [("reminder.flow", REMINDER), ("flowc.toml", SETTINGS)];
    let mut line = PhoneLine::open_on("real", &files, Some(point));
    let never = json!({ "answer": "never" });
    crate::harness::http::json(line.emulator_port, "PUT", "/emulator/phones/%2B441632960100", &never);
    let body = json!({ "flow": "reminder", "to": "+441632960100", "idempotency_key": "one" });
    crate::harness::http::json(line.service_port, "POST", "/api/calls", &body);
    line.kill_at_hold();
    let again = crate::harness::http::json(line.service_port, "POST", "/api/calls", &body).expect("an answer");
    assert_eq!(again.status, 202, "{:?}", again.json());
    assert_eq!(line.wait_result()["result"], "no_contact");
    line.wait_end("call-1");
    let legs = crate::harness::http::get(line.emulator_port, "/emulator/calls").expect("an answer").json();
    assert_eq!(legs["calls"].as_array().map(Vec::len), Some(1), "one leg: {legs:#}");
}

#[test]
fn before_an_outbound_call_is_kept() {
    rung_out("before-commit:begin");
}

#[test]
fn between_commit_and_send_of_a_dial() {
    rung_out("before-send:create");
}

#[test]
fn between_send_and_answer_of_a_dial() {
    rung_out("after-send:create");
}

#[test]
fn between_commit_and_send_of_a_hang_up() {
    rung_out("before-send:hang_up");
}

#[test]
fn between_send_and_answer_of_a_hang_up() {
    rung_out("after-send:hang_up");
}

#[test]
fn while_waiting_for_a_key() {
    let mut line = line(None);
    let call = line.dial();
    line.wait_playing(&call, "For sales");
    line.kill_service();
    line.start_service(None);
    goes_on(&line, &call);
}

#[test]
fn while_idle() {
    let mut line = line(None);
    line.kill_service();
    line.start_service(None);
    let call = line.dial();
    goes_on(&line, &call);
}

/// The service is found at another address afterwards: events of what it asks for from then on come there.
#[test]
fn while_it_waits_and_the_service_moves() {
    let flow = r#"flowc 1
flow patience inbound
returns patient | gone
default failed -> sorry
always party left -> return gone
start pick_up
pick_up: answer -> rest
rest: wait 2s -> words
words: play "Thank you for your patience." -> bye
bye: hangup patient
sorry: hangup gone
"#;
    let mut line = PhoneLine::open(&[("patience.flow", flow)], None);
    let call = line.dial();
    line.wait_newest("rests", |call| call["state"] == "rest");
    line.kill_service();
    line.service_port = free_port();
    line.start_service(None);
    let result = line.wait_result();
    assert_eq!(result["result"], "patient", "{result:#}");
    let told = line.requests_to(":play")[0]["body"]["operationCallbackUri"].clone();
    assert!(
        told.as_str().unwrap_or_default().starts_with(&format!("http://127.0.0.1:{}/", line.service_port)),
        "{told}"
    );
    assert_eq!(line.wait_end(&call)["state"], "ended");
}
