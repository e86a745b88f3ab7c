//! What the contract says of calls and their ends, played on the cloud alone in virtual time.

use serde_json::{Value, json};

use crate::emulator::api::Asked;
use crate::emulator::stage::{BASE, CALLER, LINE, Stage, create, play, recognize, text};

#[test]
fn an_answered_call_connects_plays_and_ends() {
    let mut stage = Stage::new();
    let id = stage.inbound();
    assert_eq!(stage.refused("POST", &format!("/{id}:play"), play()), (400, "8501".to_owned()));
    assert_eq!(stage.call()["state"], "connecting");
    stage.wait(50);
    let events = stage.take();
    assert_eq!(events[0].data["operationContext"], "set-up");
    assert_eq!(events[1].data["sequenceNumber"], 1);
    assert_eq!(events[1].data["participants"][0]["identifier"]["rawId"], format!("4:{CALLER}"));
    assert_eq!(stage.rest("GET", &format!("/{id}"), Value::Null).1["callConnectionState"], "connected");
    assert_eq!(stage.rest("POST", &format!("/{id}:play"), play()), (202, Value::Null));
    assert_eq!(stage.call()["playing"], json!([{"kind": "text", "text": "Twenty-eight characters here"}]));
    stage.wait(1999);
    assert_eq!(stage.take_results(), ["PlayStarted 200/0"]);
    stage.wait(1);
    assert_eq!(stage.take_results(), ["PlayCompleted 200/0"]);
    assert_eq!(stage.rest("DELETE", &format!("/{id}"), Value::Null), (204, Value::Null));
    assert_eq!(stage.take_results(), ["CallDisconnected 200/7000"]);
    assert_eq!(stage.refused("GET", &format!("/{id}"), Value::Null), (404, "8522".to_owned()));
    assert_eq!((stage.call()["state"].as_str(), stage.call()["end"].as_str()), (Some("ended"), Some("hangup")));
    assert_eq!(stage.heard(), ["+2.0s heard Twenty-eight characters here"]);
}

#[test]
fn a_context_is_good_once_and_while_it_rings() {
    let mut stage = Stage::new();
    let (_, dialled) = stage.human("POST", "calls", json!({"from": CALLER, "to": LINE}));
    let answer =
        json!({"incomingCallContext": dialled["incomingCallContext"], "callbackUri": "https://app.example/cb"});
    assert_eq!(stage.rest("POST", ":answer", answer.clone()).0, 200);
    assert_eq!(stage.refused("POST", ":answer", answer.clone()), (400, "8523".to_owned()));
    let reject = json!({"incomingCallContext": dialled["incomingCallContext"]});
    assert_eq!(stage.refused("POST", ":reject", reject), (400, "8523".to_owned()));
    let (_, dialled) = stage.human("POST", "calls", json!({"from": CALLER, "to": LINE}));
    stage.wait(30_000);
    let late = json!({"incomingCallContext": dialled["incomingCallContext"], "callbackUri": "https://app.example/cb"});
    let (status, body) = stage.rest("POST", ":answer", late);
    assert!(status == 400 && body["error"]["message"].as_str().is_some_and(|text| text.contains("expired")), "{body}");
    assert_eq!(stage.human("GET", "calls/call-2", Value::Null).1["end"], "missed");
}

#[test]
fn redirect_and_reject_end_it_without_events() {
    for (verb, end) in [("redirect", "redirected"), ("reject", "rejected")] {
        let mut stage = Stage::new();
        let (_, dialled) = stage.human("POST", "calls", json!({"from": CALLER, "to": LINE}));
        let mut body = json!({"incomingCallContext": dialled["incomingCallContext"]});
        if verb == "redirect" {
            body["target"] = json!({"phoneNumber": {"value": "+441632960199"}});
        }
        assert_eq!(stage.rest("POST", &format!(":{verb}"), body), (204, Value::Null));
        stage.wait(60_000);
        assert_eq!((stage.call()["end"].as_str(), stage.events.len()), (Some(end), 0));
    }
}

#[test]
fn event_grid_is_tried_again_while_it_rings() {
    let mut stage = Stage::new();
    stage.cloud.subscribed("http://127.0.0.1:1/x");
    stage.human("POST", "calls", json!({"from": CALLER, "to": LINE}));
    assert_eq!(stage.grids, [(1, 0)]);
    stage.cloud.grid_answered(stage.now, 1, 0, None);
    stage.wait(10_000);
    assert_eq!(stage.grids, [(1, 0), (1, 1)]);
    stage.cloud.grid_answered(stage.now, 1, 1, Some(500));
    stage.wait(60_000);
    assert_eq!(stage.grids, [(1, 0), (1, 1)], "nobody is told of a call that rings no more");
    stage.human("POST", "calls", json!({"from": CALLER, "to": LINE}));
    stage.cloud.grid_answered(stage.now, 2, 0, Some(401));
    stage.wait(20_000);
    assert_eq!(stage.grids.len(), 3);
}

#[test]
fn outbound_outcomes() {
    for (answer, results, end) in [
        ("\"busy\"", vec!["CreateCallFailed 486/560486", "CallDisconnected 486/560486"], "failed"),
        ("\"decline\"", vec!["CreateCallFailed 603/560603", "CallDisconnected 603/560603"], "failed"),
        ("\"unreachable\"", vec!["CreateCallFailed 404/4500", "CallDisconnected 404/4500"], "failed"),
        ("\"never\"", vec!["CreateCallFailed 480/560480", "CallDisconnected 480/560480"], "failed"),
        ("\"2s\"", vec!["CallConnected 200/0", "ParticipantsUpdated 200/0"], ""),
    ] {
        let mut stage = Stage::new();
        let answer: Value = serde_json::from_str(answer).expect("JSON");
        assert_eq!(
            stage.human("PUT", &format!("phones/{}", "%2B441632960100"), json!({"answer": answer})),
            (204, Value::Null)
        );
        stage.create();
        assert_eq!(stage.call()["state"], "ringing");
        stage.wait(60_000);
        assert_eq!(stage.take_results(), results, "{answer}");
        assert_eq!(stage.call()["end"].as_str().unwrap_or_default(), end);
    }
    let mut stage = Stage::new();
    stage.create();
    stage.wait(100);
    assert_eq!(stage.take_names(), ["CallConnected", "ParticipantsUpdated"], "an undescribed phone answers at once");
}

#[test]
fn hanging_up_while_it_rings() {
    let mut stage = Stage::new();
    stage.human("PUT", "phones/+441632960100", json!({"answer": "never"}));
    let id = stage.create();
    assert_eq!(stage.human("POST", "calls/call-1/press", json!({"digits": "1"})).0, 409);
    assert_eq!(stage.rest("DELETE", &format!("/{id}"), Value::Null).0, 204);
    assert_eq!(stage.take_results(), ["CreateCallFailed 487/540487", "CallDisconnected 487/540487"]);
    stage.wait(100_000);
    assert!(stage.events.is_empty());
}

#[test]
fn people_leave() {
    let mut stage = Stage::new();
    let id = stage.connected();
    stage.rest("POST", &format!("/{id}:recognize"), recognize(json!({})));
    stage.wait(500);
    assert_eq!(stage.human("POST", "calls/call-1/hangup", Value::Null).0, 202);
    assert_eq!(stage.take_results(), ["RecognizeCanceled 400/8508", "CallDisconnected 200/0"]);
    assert_eq!(stage.human("POST", "calls/call-1/hangup", json!({})).0, 409);
    assert_eq!(stage.human("POST", &format!("calls/{id}/press"), json!({"digits": "1"})).0, 409);
    stage.inbound();
    stage.human("POST", "calls/call-2/hangup", json!({"as": CALLER}));
    assert_eq!(stage.take_names(), ["AnswerFailed", "CallDisconnected"]);
}

#[test]
fn transfers() {
    let to = |number: &str| json!({"targetParticipant": {"phoneNumber": {"value": number}}, "operationContext": "t"});
    let mut stage = Stage::new();
    stage.human("PUT", "phones/+441632960111", json!({"answer": "busy"}));
    stage.human("PUT", "phones/+441632960112", json!({"answer": "3s"}));
    let id = stage.connected();
    stage.rest("POST", &format!("/{id}:play"), play());
    stage.take();
    let path = format!("/{id}:transferToParticipant");
    assert_eq!(stage.rest("POST", &path, to("+441632960111")), (202, json!({"operationContext": "t"})));
    assert_eq!(stage.take_names(), ["PlayCanceled"]);
    assert_eq!(stage.refused("POST", &path, to("+441632960112")), (409, "8607".to_owned()));
    assert_eq!(stage.refused("POST", &format!("/{id}:play"), play()), (400, "8585".to_owned()));
    assert_eq!(stage.rest("GET", &format!("/{id}"), Value::Null).1["callConnectionState"], "transferring");
    stage.wait(1000);
    assert_eq!(stage.take_results(), ["CallTransferFailed 486/560486"]);
    assert_eq!(stage.rest("POST", &format!("/{id}:play"), play()).0, 202);
    stage.take();
    stage.rest("POST", &path, to("+441632960112"));
    stage.wait(2999);
    stage.take();
    stage.wait(1);
    let events = stage.take();
    assert_eq!(events[0].data["transferTarget"]["rawId"], "4:+441632960112");
    assert_eq!(events[0].data["transferee"]["rawId"], format!("4:{CALLER}"));
    stage.events = events;
    assert_eq!(stage.take_results(), ["CallTransferAccepted 200/0", "CallDisconnected 200/7015"]);
    assert_eq!(stage.call()["end"], "transferred");

    let mut stage = Stage::new();
    let id = stage.connected();
    stage.human("PUT", "phones/+441632960113", json!({"answer": "never"}));
    stage.rest("POST", &format!("/{id}:transferToParticipant"), to("+441632960113"));
    stage.human("POST", "calls/call-1/hangup", Value::Null);
    assert_eq!(stage.take_results(), ["CallTransferFailed 487/540487", "CallDisconnected 200/0"]);
}

#[test]
fn a_group_call_goes_on_when_one_leaves() {
    let mut stage = Stage::new();
    let mut two = create();
    two["targets"] = json!([{"phoneNumber": {"value": CALLER}}, {"phoneNumber": {"value": "+441632960101"}}]);
    two["callIntelligenceOptions"] = json!({"cognitiveServicesEndpoint": "https://ai.example/"});
    stage.human("PUT", "phones/+441632960101", json!({"answer": "2s"}));
    let (_, created) = stage.rest("POST", "", two);
    let id = created["callConnectionId"].as_str().expect("an id").to_owned();
    stage.wait(3000);
    let sizes: Vec<usize> =
        stage.take().iter().filter_map(|event| event.data["participants"].as_array().map(Vec::len)).collect();
    assert_eq!(sizes, [2, 3]);
    assert_eq!(stage.human("POST", "calls/call-1/press", json!({"digits": "1"})).0, 400, "who?");
    stage.rest("POST", &format!("/{id}:recognize"), recognize(json!({})));
    assert_eq!(stage.refused("POST", &format!("/{id}:recognize"), recognize(json!({}))), (400, "8500".to_owned()));
    stage.human("POST", "calls/call-1/hangup", json!({"as": CALLER}));
    assert_eq!(stage.take_names(), ["RecognizeCanceled", "ParticipantsUpdated"]);
    assert_eq!(stage.rest("POST", &format!("/{id}:terminate"), Value::Null).0, 204);
    assert_eq!(stage.take_names(), ["CallDisconnected"]);
}

#[test]
fn refusals_change_nothing() {
    let mut stage = Stage::new();
    let id = stage.connected();
    let before = stage.call();
    let quiet = |key: &str, value: Value| {
        let mut body = recognize(json!({}));
        body["recognizeOptions"][key] = value;
        body
    };
    for (path, body, code) in [
        (format!("/{id}:play"), json!({"playSources": []}), "8523"),
        (
            format!("/{id}:play"),
            json!({"playSources": [text()], "operationCallbackUri": "http://app.example/"}),
            "8523",
        ),
        (
            format!("/{id}:play"),
            json!({"playSources": [text()], "playTo": [{"phoneNumber": {"value": "+1999"}}]}),
            "8523",
        ),
        (format!("/{id}:recognize"), quiet("targetParticipant", json!({"phoneNumber": {"value": "+1999"}})), "8523"),
        (format!("/{id}:recognize"), quiet("bogus", json!(1)), "8523"),
        (
            format!("/{id}:transferToParticipant"),
            json!({"targetParticipant": {"phoneNumber": {"value": CALLER}}}),
            "8523",
        ),
        (format!("/{id}:transferToParticipant"), json!({"targetParticipant": {}}), "8523"),
        (String::new(), json!({"targets": [], "callbackUri": "https://a.example/"}), "8523"),
        (
            String::new(),
            json!({"targets": [{"phoneNumber": {"value": CALLER}}], "callbackUri": "https://a.example/"}),
            "8523",
        ),
        (":answer".to_owned(), json!({"incomingCallContext": "x", "callbackUri": "https://a.example/"}), "8523"),
    ] {
        assert_eq!(stage.refused("POST", &path, body.clone()), (400, code.to_owned()), "{path} {body}");
    }
    assert_eq!(stage.refused("POST", "/nobody:play", play()), (404, "8522".to_owned()));
    assert!(stage.events.is_empty());
    assert_eq!(stage.call(), before);
}

#[test]
fn repeated_requests_act_once() {
    let mut stage = Stage::new();
    let id = Some("5c9f7f3a-0f3c-4f6e-9a59-0e6a3c7f2b10");
    let body = create().to_string();
    let first = stage.raw("POST", BASE, &body, id);
    let again = stage.raw("POST", BASE, &body, id);
    assert_eq!((first.status, &first), (201, &again));
    let other = stage.raw("POST", BASE, &body.replace("dial", "other"), id);
    assert_eq!(other.status, 409);
    let calls = stage.human("GET", "calls", Value::Null).1;
    assert_eq!(calls["calls"].as_array().map(Vec::len), Some(1));
}

#[test]
fn versions_and_paths() {
    let mut stage = Stage::new();
    for (query, status) in
        [(None, 400), (Some("api-version=2023-01-01"), 400), (Some("x=1&api-version=2026-03-12"), 404)]
    {
        let asked = Asked {
            method: "GET",
            path: "/calling/callConnections/x",
            query,
            host: None,
            is_secure: false,
            content_type: None,
            repeat_id: None,
            repeat_first_sent: None,
            body: b"",
        };
        let answer = stage.cloud.rest(0, &asked);
        assert_eq!(answer.status, status);
        assert!(status == 404 || answer.body.is_some_and(|body| body.contains("spoken: 2026-03-12")));
    }
    assert_eq!(stage.rest("PATCH", "", Value::Null).0, 405);
    assert_eq!(stage.rest("POST", "/x:sing", Value::Null).0, 404);
    for (method, path, status) in
        [("GET", "calls/call-9", 404), ("DELETE", "calls", 405), ("GET", "nothing", 404), ("POST", "calls", 400)]
    {
        assert_eq!(stage.human(method, path, Value::Null).0, status, "{method} {path}");
    }
    for bad in [
        json!({"from": "x", "to": LINE}),
        json!({"from": CALLER}),
        json!({"from": CALLER, "to": LINE, "x": 1}),
        json!({"from": CALLER, "to": CALLER}),
    ] {
        assert_eq!(stage.human("POST", "calls", bad).0, 400);
    }
    stage.human("POST", "calls", json!({"from": "anonymous", "to": LINE}));
    for bad in ["", "12x", "é"] {
        assert_eq!(stage.human("POST", "calls/call-1/press", json!({"digits": bad})).0, 400, "{bad}");
    }
}

#[test]
fn one_seed_and_one_history_give_one_story() {
    let story = || {
        let mut stage = Stage::new();
        let id = stage.connected();
        stage.rest("POST", &format!("/{id}:recognize"), recognize(json!({})));
        stage.wait(2100);
        stage.human("POST", "calls/call-1/press", json!({"digits": "12"}));
        stage.wait(1000);
        let events = stage.take().into_iter().map(|event| event.data.to_string()).collect::<Vec<_>>();
        (id, events, stage.call())
    };
    assert_eq!(story(), story());
}
