//! What the contract says of plays and recognitions, played on the cloud alone in virtual time.

use serde_json::{Value, json};

use crate::emulator::stage::{CALLER, Stage, choices, create, play, recognize};

#[test]
fn media_queues_interrupts_and_cancels() {
    let mut stage = Stage::new();
    let id = stage.connected();
    let path = format!("/{id}:play");
    let mut looped = play();
    looped["playOptions"] = json!({"loop": true});
    stage.rest("POST", &path, looped);
    stage.rest("POST", &path, play());
    stage.wait(10_000);
    assert_eq!(stage.take_names(), ["PlayStarted"], "a loop never completes, what is behind it waits");
    let mut urgent = play();
    urgent["interruptCallMediaOperation"] = json!(true);
    urgent["operationContext"] = json!("urgent");
    stage.rest("POST", &path, urgent);
    assert_eq!(stage.take_results(), ["PlayCanceled 400/8508", "PlayCanceled 400/8508", "PlayStarted 200/0"]);
    stage.wait(1000);
    assert_eq!(stage.rest("POST", &format!("/{id}:cancelAllMediaOperations"), Value::Null), (202, Value::Null));
    assert_eq!(stage.take()[0].data["operationContext"], "urgent");
    assert_eq!(stage.heard(), ["+2.0s heard Twenty-eight characters here", "+11.0s heard Twenty-eight c…"]);
    stage.rest("POST", &format!("/{id}:cancelAllMediaOperations"), Value::Null);
    assert!(stage.events.is_empty(), "nothing runs, nothing is cancelled");
    let mut named = play();
    named["playTo"] = json!([{"phoneNumber": {"value": CALLER}}]);
    assert_eq!(stage.rest("POST", &path, named.clone()).0, 202);
    assert_eq!(stage.refused("POST", &path, named.clone()), (400, "8500".to_owned()));
    named["interruptCallMediaOperation"] = json!(true);
    assert_eq!(stage.refused("POST", &path, named), (400, "8523".to_owned()));
}

#[test]
fn keys_end_a_recognition() {
    for (digits, after, event, tones) in [
        ("12", 3000, "RecognizeCompleted 200/8531", json!(["one", "two"])),
        ("1#", 3000, "RecognizeCompleted 200/8514", json!(["one"])),
        ("12", 500, "RecognizeCompleted 200/8531", json!(["one", "two"])),
        ("1", 3000, "RecognizeFailed 400/8532", Value::Null),
        (",,,,,,,,,,,,", 3000, "RecognizeFailed 400/8510", Value::Null),
    ] {
        let mut stage = Stage::new();
        let id = stage.connected();
        assert_eq!(stage.rest("POST", &format!("/{id}:recognize"), recognize(json!({}))), (202, Value::Null));
        stage.wait(after);
        assert_eq!(stage.human("POST", "calls/call-1/press", json!({"digits": digits})).0, 202);
        stage.wait(10_000);
        let tail = stage.take();
        assert_eq!(tail.len(), 1);
        assert_eq!(tail[0].data["dtmfResult"]["tones"], tones, "{digits}");
        stage.events = tail;
        assert_eq!(stage.take_results(), [event]);
    }
}

#[test]
fn barge_in_depends_on_interrupt_prompt() {
    let mut stage = Stage::new();
    let id = stage.connected();
    stage.rest("POST", &format!("/{id}:recognize"), recognize(json!({"interruptPrompt": false})));
    stage.wait(1000);
    stage.human("POST", "calls/call-1/press", json!({"digits": "12"}));
    stage.wait(1000);
    assert!(stage.events.is_empty(), "keys during the prompt are lost");
    stage.wait(5000);
    assert_eq!(stage.take_results(), ["RecognizeFailed 400/8510"], "silence is counted from the end of the prompt");
    assert_eq!(stage.heard(), ["+1.0s pressed 12", "+2.0s heard Twenty-eight characters here"]);
    stage.rest("POST", &format!("/{id}:recognize"), recognize(json!({})));
    stage.wait(1000);
    stage.human("POST", "calls/call-1/press", json!({"digits": "#"}));
    assert_eq!(stage.take_results(), ["RecognizeCompleted 200/8514"]);
    assert_eq!(stage.heard()[2..], ["+8.0s heard Twenty-eight c…", "+8.0s pressed #"]);
}

#[test]
fn choices_by_key() {
    for (key, results) in [("2", "RecognizeCompleted 200/8533"), ("3", "RecognizeFailed 500/8534")] {
        let mut stage = Stage::new();
        let id = stage.connected();
        stage.rest("POST", &format!("/{id}:recognize"), choices(json!({})));
        stage.wait(2500);
        stage.human("POST", "calls/call-1/press", json!({"digits": key}));
        let events = stage.take();
        if key == "2" {
            assert_eq!(events[0].data["choiceResult"], json!({"label": "help", "recognizedPhrase": null}));
            assert_eq!(
                (events[0].data["recognitionType"].as_str(), events[0].data["operationContext"].as_str()),
                (Some("choices"), Some("r"))
            );
        }
        stage.events = events;
        assert_eq!(stage.take_results(), [results]);
    }
}

#[test]
fn files_are_measured_first() {
    let mut stage = Stage::new();
    let id = stage.connected();
    let file = |name: &str| json!({"kind": "file", "file": {"uri": format!("https://media.example/{name}")}});
    let two = json!({"playSources": [file("a.wav"), file("b.wav")], "operationCallbackUri": "https://other.example/x"});
    stage.rest("POST", &format!("/{id}:play"), two.clone());
    assert!(stage.events.is_empty() && stage.measures.len() == 2);
    stage.measured(Some(700));
    stage.wait(1400);
    let events = stage.take();
    assert_eq!(
        events.iter().map(|event| (event.name, event.url.as_str())).collect::<Vec<_>>(),
        [("PlayStarted", "https://other.example/x"), ("PlayCompleted", "https://other.example/x")]
    );
    stage.rest("POST", &format!("/{id}:play"), two);
    let last = stage.measures.pop().expect("two files").0;
    stage.cloud.measured(stage.now, last, None);
    stage.collect();
    let failed = stage.take();
    assert_eq!((failed[0].name, &failed[0].data["failedPlaySourceIndex"]), ("PlayFailed", &json!(1)));
    assert_eq!(failed[0].data["resultInformation"]["subCode"], 8536);
    stage.measured(Some(1));
    let mut asked = recognize(json!({}));
    asked["playPrompts"] = json!([file("c.wav")]);
    stage.rest("POST", &format!("/{id}:recognize"), asked);
    stage.measured(None);
    assert_eq!(stage.take_results(), ["RecognizeFailed 500/8511"]);
}

#[test]
fn scripts_press_when_listened_to() {
    let mut stage = Stage::new();
    let script = json!(["silence 1s", "press 1 2", "hang up"]);
    assert_eq!(stage.human("PUT", "phones/4:+441632960100", json!({"answer": "0s", "script": script})).0, 204);
    let (_, created) = stage.rest("POST", "", {
        let mut body = create();
        body["callIntelligenceOptions"] = json!({"cognitiveServicesEndpoint": "https://ai.example/"});
        body
    });
    let id = created["callConnectionId"].as_str().expect("an id").to_owned();
    stage.wait(20_000);
    stage.take();
    stage.rest("POST", &format!("/{id}:recognize"), recognize(json!({})));
    stage.wait(3000);
    assert_eq!(stage.take_results(), ["RecognizeCompleted 200/8531", "CallDisconnected 200/0"]);
    assert_eq!(stage.heard(), ["+22.0s heard Twenty-eight characters here", "+22.0s pressed 12", "+22.4s left "]);
    for bad in [
        json!({"answer": "soon"}),
        json!({"answer": "1s", "script": ["dance"]}),
        json!({"answer": "1s", "more": 1}),
        json!({}),
    ] {
        assert_eq!(stage.human("PUT", "phones/+441632960100", bad).0, 400);
    }
}

#[test]
fn a_caller_has_a_script_from_the_answer_on() {
    let mut stage = Stage::new();
    let dialled = |script| json!({"from": "+441632960100", "to": "+18005550100", "script": script});
    assert_eq!(stage.human("POST", "calls", dialled(json!(["dance"]))).0, 400);
    let (status, rung) = stage.human("POST", "calls", dialled(json!(["silence 2s", "hang up"])));
    assert_eq!(status, 201);
    stage.wait(5_000);
    let context = rung["incomingCallContext"].as_str().expect("a context");
    let body = json!({"incomingCallContext": context, "callbackUri": "https://app.example/cb"});
    assert_eq!(stage.rest("POST", ":answer", body).0, 200);
    stage.wait(3_000);
    assert_eq!(stage.heard(), ["+7.0s left "]);
}

#[test]
fn text_needs_an_ai_resource() {
    let mut stage = Stage::new();
    let id = stage.create();
    stage.wait(100);
    assert_eq!(stage.refused("POST", &format!("/{id}:play"), play()), (400, "8567".to_owned()));
    assert_eq!(stage.refused("POST", &format!("/{id}:recognize"), recognize(json!({}))), (400, "8567".to_owned()));
    let mut silent = choices(json!({}));
    silent.as_object_mut().expect("an object").remove("playPrompts");
    assert_eq!(stage.refused("POST", &format!("/{id}:recognize"), silent), (400, "8567".to_owned()));
}

#[test]
fn words_end_a_recognition() {
    for (kind, words, result, data) in [
        (
            "choices",
            "Sales, please!",
            "RecognizeCompleted 200/8545",
            json!({"label": "sales", "recognizedPhrase": "sales", "confidence": 1.0}),
        ),
        ("choices", "nothing", "RecognizeFailed 400/8547", Value::Null),
        (
            "speech",
            "A table for two.",
            "RecognizeCompleted 200/8569",
            json!({"speech": "A table for two.", "confidence": 1.0}),
        ),
        ("speech", "…!", "RecognizeFailed 400/8563", Value::Null),
        ("speechOrDtmf", "Ada", "RecognizeCompleted 200/8569", json!({"speech": "Ada", "confidence": 1.0})),
        ("dtmf", "Ada", "RecognizeFailed 400/8510", Value::Null),
    ] {
        let mut stage = Stage::new();
        let id = stage.connected();
        let mut body = if kind == "choices" { choices(json!({})) } else { recognize(json!({})) };
        body["recognizeInputType"] = json!(kind);
        if kind == "speech" {
            body["recognizeOptions"].as_object_mut().expect("an object").remove("dtmfOptions");
        }
        assert_eq!(stage.rest("POST", &format!("/{id}:recognize"), body).0, 202);
        stage.wait(1000);
        assert_eq!(stage.human("POST", "calls/call-1/say", json!({"text": words})).0, 202);
        stage.wait(20_000);
        let tail = stage.take();
        assert_eq!(tail.len(), 1, "{kind} {words}");
        assert_eq!(
            tail[0].data[if kind == "choices" { "choiceResult" } else { "speechResult" }],
            data,
            "{kind} {words}"
        );
        stage.events = tail;
        assert_eq!(stage.take_results(), [result]);
        let heard = if kind == "dtmf" { 2 } else { 1 };
        assert!(stage.heard().iter().any(|line| line == &format!("+1.0s said {words}")), "{:?}", stage.heard());
        assert_eq!(stage.heard().len(), heard + usize::from(kind != "dtmf"), "{:?}", stage.heard());
    }
}

#[test]
fn the_first_kind_of_input_decides() {
    let either = || {
        let mut body = recognize(json!({}));
        body["recognizeInputType"] = json!("speechOrDtmf");
        body
    };
    let mut stage = Stage::new();
    let id = stage.connected();
    stage.rest("POST", &format!("/{id}:recognize"), either());
    stage.human("POST", "calls/call-1/press", json!({"digits": "1"}));
    stage.human("POST", "calls/call-1/say", json!({"text": "two"}));
    stage.human("POST", "calls/call-1/press", json!({"digits": ",2"}));
    stage.wait(5000);
    assert_eq!(stage.take_results(), ["RecognizeCompleted 200/8531"]);
    stage.rest("POST", &format!("/{id}:recognize"), either());
    stage.human("POST", "calls/call-1/say", json!({"text": "A table for two people"}));
    stage.wait(500);
    stage.rest("POST", &format!("/{id}:cancelAllMediaOperations"), Value::Null);
    stage.wait(5000);
    assert_eq!(stage.take_results(), ["RecognizeCanceled 400/8508"]);
    for bad in [json!({"text": " "}), json!({}), json!({"text": "x", "as": "+15550001"})] {
        assert!(stage.human("POST", "calls/call-1/say", bad).0 >= 400);
    }
}

#[test]
fn words_of_a_script_wait_for_ears() {
    let mut stage = Stage::new();
    stage.human("PUT", "phones/+441632960100", json!({"answer": "0s", "script": ["say help", "press 1"]}));
    let mut body = create();
    body["callIntelligenceOptions"] = json!({"cognitiveServicesEndpoint": "https://ai.example/"});
    let id = stage.rest("POST", "", body).1["callConnectionId"].as_str().expect("an id").to_owned();
    stage.wait(1000);
    stage.rest("POST", &format!("/{id}:recognize"), choices(json!({})));
    stage.wait(4000);
    let done = stage.take().pop().expect("an event");
    assert_eq!((done.name, &done.data["choiceResult"]["recognizedPhrase"]), ("RecognizeCompleted", &json!("help")));
}

#[test]
fn files_that_are_gone() {
    let mut stage = Stage::new();
    let id = stage.connected();
    let uri = "https://media.example/a.wav";
    let file = json!({"playSources": [{"kind": "file", "file": {"uri": uri}}]});
    assert_eq!(stage.human("PUT", "media", json!({"uri": uri, "available": false})).0, 204);
    stage.rest("POST", &format!("/{id}:play"), file.clone());
    stage.wait(1);
    assert_eq!(stage.take_results(), ["PlayFailed 400/8536"]);
    stage.human("PUT", "media", json!({"uri": uri, "available": true}));
    stage.rest("POST", &format!("/{id}:play"), file);
    assert_eq!(stage.measures.len(), 1);
    assert_eq!(stage.human("PUT", "media", json!({"uri": "a.wav", "available": true})).0, 400);
    assert_eq!(stage.human("GET", "media", Value::Null).0, 405);
}
