//! What goes wrong when it is asked for, and the clock that stands until it is told.

use std::time::Duration;

use serde_json::{Value, json};

use crate::emulator::Faults;
use crate::emulator::server_tests::{Stage, quiet_stage, read, stage};

/// A call that has been answered; its connection id.
async fn answered(stage: &Stage, path: &str) -> String {
    let context = stage.dial().await;
    let body = json!({"incomingCallContext": context, "callbackUri": stage.callback(path)});
    let (status, answered) = stage.rest("POST", ":answer", body).await;
    assert_eq!(status, 200, "{answered}");
    answered["callConnectionId"].as_str().expect("an id").to_owned()
}

async fn faults(stage: &Stage, faults: Value) {
    let (status, answer) = stage.human("PUT", "faults", faults).await;
    assert_eq!(status, 204, "{answer}");
}

fn names(deliveries: &[(String, String)]) -> Vec<&str> {
    deliveries.iter().map(|(_, name)| name.as_str()).collect()
}

#[tokio::test]
async fn webhooks_twice_or_never() {
    let stage = stage().await;
    faults(&stage, json!({"duplicate": 1})).await;
    answered(&stage, "/cb").await;
    let all = stage.deliveries(5).await;
    let twice = ["CallConnected", "CallConnected", "ParticipantsUpdated", "ParticipantsUpdated"];
    assert_eq!(names(&all[1..]), twice);
    let got = stage.got.lock().expect("not poisoned").clone();
    assert_eq!(got[1].1["id"], got[2].1["id"], "the same event");

    faults(&stage, json!({"receiverDown": true})).await;
    assert_eq!(stage.human("POST", "calls/call-1/hangup", json!({})).await.0, 202);
    // The next call's webhooks come, once somebody takes them again; the last call's never do.
    faults(&stage, json!({})).await;
    assert_eq!(stage.human("POST", "calls", json!({"from": "+441632960101", "to": "+18005550100"})).await.0, 201);
    let all = stage.deliveries(6).await;
    assert_eq!(all[5].1, "IncomingCall");
}

#[tokio::test]
async fn a_webhook_is_overtaken() {
    let stage = stage().await;
    faults(&stage, json!({"reorder": 1})).await;
    answered(&stage, "/cb").await;
    assert_eq!(names(&stage.deliveries(3).await), ["IncomingCall", "ParticipantsUpdated", "CallConnected"]);
}

#[tokio::test]
async fn requests_fail_before_or_after_they_are_carried_out() {
    let stage = stage().await;
    let id = answered(&stage, "/cb").await;
    stage.deliveries(3).await;
    let file = json!([{"kind": "file", "file": {"uri": stage.callback("/a.wav")}}]);
    let play = |context: &str| json!({"playSources": file, "operationContext": context});
    let path = format!("/{id}:play");
    faults(&stage, json!({"failBefore": 1})).await;
    let (status, answer) = stage.rest("POST", &path, play("before")).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (503, Some("9999")));
    faults(&stage, json!({"throttle": {"chance": 1, "retryAfter": 7}})).await;
    let throttled = stage.answered("POST", &path, play("throttled")).await;
    assert_eq!(throttled.headers()["retry-after"], "7");
    let (status, answer) = read(throttled).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (429, Some("8516")));
    faults(&stage, json!({"failAfter": 1})).await;
    let failed = stage.answered("POST", &path, play("after")).await;
    assert!(failed.headers().get("retry-after").is_none());
    assert_eq!(read(failed).await.0, 500);
    // Plays are heard one after the other: whatever had been carried out before would be told first.
    assert_eq!(names(&stage.deliveries(5).await)[3..], ["PlayStarted", "PlayCompleted"]);
    let got = stage.got.lock().expect("not poisoned").clone();
    let contexts: Vec<&Value> = got[3..].iter().map(|(_, event)| &event["data"]["operationContext"]).collect();
    assert_eq!(contexts, ["after", "after"], "{got:?}");
    // A refusal is a refusal.
    assert_eq!(stage.rest("POST", &path, json!({})).await.0, 400);
}

/// Waits until the call is connected, told or not.
async fn connected(stage: &Stage) {
    for _ in 0..1_000 {
        if stage.human("GET", "calls/call-1", Value::Null).await.1["state"] == "connected" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it is never connected");
}

#[tokio::test]
async fn webhooks_that_are_dropped_never_come() {
    let stage = stage().await;
    faults(&stage, json!({"drop": 1})).await;
    answered(&stage, "/cb").await;
    connected(&stage).await;
    faults(&stage, json!({})).await;
    assert_eq!(stage.human("POST", "calls/call-1/hangup", json!({})).await.0, 202);
    assert_eq!(names(&stage.deliveries(2).await), ["IncomingCall", "CallDisconnected"]);
}

#[tokio::test]
async fn webhooks_come_as_late_as_they_are_to() {
    let stage = stage().await;
    let watched = format!("http://{}/emulator/events", stage.emulator);
    let mut stream = stage.client.get(watched).send().await.expect("answered");
    let late = json!({"seed": 3, "delay": {"chance": 1, "upTo": "20s"}});
    faults(&stage, late.clone()).await;
    answered(&stage, "/cb").await;
    let mut seen = String::new();
    while seen.matches("event: webhook\n").count() < 2 || !seen.ends_with("\n\n") {
        let piece = tokio::time::timeout(Duration::from_secs(60), stream.chunk()).await.expect("in time");
        seen.push_str(std::str::from_utf8(&piece.expect("whole").expect("it goes on")).expect("text"));
    }
    let told: Vec<Value> = seen
        .split("\n\n")
        .filter_map(|event| event.strip_prefix("event: webhook\ndata: "))
        .map(|data| serde_json::from_str(data).expect("JSON"))
        .collect();
    let decides: Faults = serde_json::from_value(late).expect("faults");
    let mut latest = 0;
    for webhook in &told {
        let time = |value: &Value| value.as_str().expect("a time").parse::<jiff::Timestamp>().expect("RFC 3339");
        let passed = time(&webhook["at"]).as_millisecond() - time(&webhook["event"]["time"]).as_millisecond();
        let wanted = decides.webhook(webhook["event"]["id"].as_str().expect("an id")).late_ms;
        assert!(passed >= i64::try_from(wanted).expect("small"), "{passed} of {wanted}: {webhook}");
        latest = latest.max(wanted);
    }
    assert!(latest > 0, "one of them is late: {told:?}");
    // Those of one call wait for each other.
    assert_eq!(names(&stage.deliveries(3).await)[1..], ["CallConnected", "ParticipantsUpdated"]);
}

#[tokio::test]
async fn an_answer_after_its_event() {
    let stage = stage().await;
    faults(&stage, json!({"eventFirst": 1})).await;
    answered(&stage, "/cb").await;
    let got: Vec<Value> =
        stage.got.lock().expect("not poisoned").iter().map(|(_, event)| event["type"].clone()).collect();
    assert!(got.contains(&json!("Microsoft.Communication.CallConnected")), "{got:?}");
}

#[tokio::test]
async fn just_after_connecting_the_call_is_not_established_yet() {
    let stage = stage().await;
    faults(&stage, json!({"refuseAfterConnect": "1m"})).await;
    let id = answered(&stage, "/cb").await;
    stage.deliveries(3).await;
    let cancel = format!("/{id}:cancelAllMediaOperations");
    let (status, answer) = stage.rest("POST", &cancel, Value::Null).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (400, Some("8501")));
    assert_eq!(stage.rest("GET", &format!("/{id}"), Value::Null).await.0, 200);
    faults(&stage, json!({})).await;
    assert_eq!(stage.rest("POST", &cancel, Value::Null).await.0, 202);
    faults(&stage, json!({"refuseAfterConnect": "1m"})).await;
    assert_eq!(stage.rest("POST", &format!("/{id}:terminate"), Value::Null).await.0, 204, "a call can be ended");
}

#[tokio::test]
async fn faults_that_cannot_be() {
    let stage = quiet_stage().await;
    for (body, reason) in [
        (json!({"drop": 2}), "drop: must be between 0 and 1"),
        (json!({"lose": 1}), "unknown field"),
        (json!({"delay": {"chance": 1, "upTo": "soon"}}), "delay.upTo"),
    ] {
        let (status, answer) = stage.human("PUT", "faults", body).await;
        assert_eq!(status, 400);
        assert!(answer["error"]["message"].as_str().is_some_and(|message| message.contains(reason)), "{answer}");
    }
}

#[tokio::test]
async fn the_manual_clock_moves_when_it_is_told() {
    let stage = quiet_stage().await;
    assert_eq!(stage.human("POST", "clock", json!({"clock": "manual"})).await.0, 200);
    assert_eq!(stage.human("PUT", "event-grid", json!({"url": stage.callback("/grid")})).await.0, 204);
    assert_eq!(stage.human("POST", "calls", json!({"from": "+441632960100", "to": "+18005550100"})).await.0, 201);
    let state = async || stage.human("GET", "calls/call-1", Value::Null).await.1["state"].clone();
    let (_, before) = stage.human("POST", "clock", json!({"advance": "5s"})).await;
    assert_eq!(state().await, "ringing");
    let (status, after) = stage.human("POST", "clock", json!({"advance": "2m"})).await;
    assert_eq!((status, state().await), (200, json!("ended")), "nobody has answered in time");
    let at = |answer: &Value| answer["time"].as_str().expect("a time").parse::<jiff::Timestamp>().expect("RFC 3339");
    assert_eq!((at(&after) - at(&before)).total(jiff::Unit::Second).expect("in seconds"), 120.0);
    for body in [json!({"advance": "soon"}), json!({"clock": "slow"}), json!({"advnace": "1s"})] {
        assert_eq!(stage.human("POST", "clock", body).await.0, 400);
    }
    assert_eq!(stage.human("POST", "clock", json!({"clock": "real"})).await.0, 200);
    assert_eq!(stage.human("POST", "clock", json!({"advance": "1s"})).await.0, 400);
}
