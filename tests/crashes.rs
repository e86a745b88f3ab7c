//! A call survives `kill -9` of the service at every point where something could be lost: it still ends as it should, and
//! what may happen only once happens once. The points are named to the service, so nothing here depends on timing.

use crate::harness::phone_line::PhoneLine;
use serde_json::json;

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

/// What the platform recognises again is carried out once: repeats carry the id of the first.
fn once(line: &PhoneLine) {
    for operation in ["callConnections:answer", ":transferToParticipant"] {
        let accepted: Vec<_> =
            line.requests_to(operation).into_iter().filter(|r| r["status"].as_u64() < Some(300)).collect();
        assert!(!accepted.is_empty(), "{operation}: {:#?}", line.requests());
    }
    for operation in [":play", ":recognize"] {
        let mut contexts: Vec<String> = line
            .requests_to(operation)
            .iter()
            .map(|request| request["body"]["operationContext"].as_str().unwrap_or("").to_owned())
            .collect();
        contexts.sort();
        for context in &contexts {
            let sent = contexts.iter().filter(|other| *other == context).count();
            assert!(sent <= 2, "{operation} {context} was sent {sent} times");
        }
    }
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
