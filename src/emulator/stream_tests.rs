//! Streams of sound and words over web sockets, and what crosses between two calls of our own.

use serde_json::{Value, json};

use crate::emulator::stage::{CALLER, LINE, Stage, create, play, recognize, text};

const DESK: &str = "+18005550199";

/// The placed call streams, as these options say on top of those that are needed; its id, with the events taken.
fn streaming(stage: &mut Stage, audio: Value, words: Value) -> String {
    let mut body = create();
    body["callIntelligenceOptions"] = json!({"cognitiveServicesEndpoint": "https://ai.example/"});
    let needed = [
        ("mediaStreamingOptions", json!({"audioChannelType": "mixed", "startMediaStreaming": true}), audio),
        ("transcriptionOptions", json!({"locale": "en-US", "startTranscription": true}), words),
    ];
    for (name, mut options, more) in needed {
        if more.is_object() {
            options["transportType"] = json!("websocket");
            options["transportUrl"] = json!("wss://app.example/");
            options.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            body[name] = options;
        }
    }
    let (status, created) = stage.rest("POST", "", body);
    assert_eq!(status, 201, "{created}");
    stage.wait(50);
    created["callConnectionId"].as_str().expect("an id").to_owned()
}

fn level(frame: &Value) -> i16 {
    use base64::Engine as _;
    let data = frame["audioData"]["data"].as_str().expect("sound");
    let bytes = base64::engine::general_purpose::STANDARD.decode(data).expect("base64");
    bytes.chunks_exact(2).map(|sample| i16::from_le_bytes([sample[0], sample[1]]).saturating_abs()).max().unwrap_or(0)
}

#[test]
fn sound_comes_in_frames_of_20_ms() {
    let mut stage = Stage::new();
    let id = streaming(&mut stage, json!({"audioFormat": "pcm24KMono", "enableDtmfTones": true}), Value::Null);
    assert_eq!(stage.take_names(), ["CallConnected", "ParticipantsUpdated", "MediaStreamingStarted"]);
    let subscription = stage.rest("GET", &format!("/{id}"), Value::Null).1["mediaStreamingSubscription"]["id"].clone();
    assert_eq!(
        stage.written(),
        [json!({"kind": "AudioMetadata", "audioMetadata": {"subscriptionId": subscription, "encoding": "PCM",
            "sampleRate": 24000, "channels": 1, "length": 960}})]
    );
    stage.wait(1_000);
    let frames = std::mem::take(&mut stage.frames);
    assert_eq!(frames.len(), 50);
    assert!(frames.iter().all(|(_, frame)| frame["audioData"]["silent"] == true && level(frame) == 0));
    assert_eq!(frames[0].1["audioData"]["timestamp"], "1970-01-01T00:00:00.070Z");
    assert_eq!(frames[0].1["audioData"]["participantRawID"], Value::Null);

    stage.human("POST", "calls/call-1/say", json!({"text": "fourteen chars"}));
    stage.wait(2_000);
    let spoken = stage.written();
    assert_eq!(spoken.len(), 50, "a second");
    assert!(spoken.iter().all(|frame| level(frame) > 1_000));
    stage.human("POST", "calls/call-1/press", json!({"digits": "#"}));
    stage.wait(1_000);
    let pressed = stage.written();
    assert_eq!(pressed[0], json!({"kind": "DtmfData", "dtmfData": {"data": "#"}}));
    assert_eq!(pressed.len(), 1 + 5, "a tenth of a second");

    stage.rest("POST", &format!("/{id}:stopMediaStreaming"), json!({}));
    stage.wait(1_000);
    assert_eq!(stage.frames.last().map(|(_, frame)| frame), Some(&json!("closed")));
    assert_eq!(stage.take_names(), ["MediaStreamingStopped"]);
}

#[test]
fn unmixed_sound_says_whose_it_is() {
    let mut stage = Stage::new();
    let id = streaming(&mut stage, json!({"audioChannelType": "unmixed"}), Value::Null);
    let user = "8:acs:a_b";
    stage.rest(
        "POST",
        &format!("/{id}/participants:add"),
        json!({"participantToAdd": {"communicationUser": {"id": user}}}),
    );
    stage.wait(100);
    stage.frames.clear();
    stage.human("POST", "calls/call-1/say", json!({"text": "Hello", "as": user}));
    stage.wait(200);
    assert_eq!(stage.frames.len(), 20, "two people, ten frames");
    let of = |frame: &Value| frame["audioData"]["participantRawID"].clone();
    assert_eq!(of(&stage.frames[0].1), format!("4:{CALLER}"));
    assert!(stage.written().iter().all(|frame| of(frame) == user), "the other one is silent");
    stage.rest(
        "POST",
        &format!("/{id}/participants:mute"),
        json!({"targetParticipants": [{"communicationUser": {"id": user}}]}),
    );
    stage.wait(1_000);
    stage.human("POST", "calls/call-1/say", json!({"text": "Hello", "as": user}));
    stage.wait(200);
    assert_eq!(stage.written(), Vec::<Value>::new(), "whoever is muted is not heard");
}

#[test]
fn a_clock_that_jumps_leaves_frames_out() {
    let mut stage = Stage::new();
    streaming(&mut stage, json!({}), Value::Null);
    stage.frames.clear();
    stage.now += 3_600_000;
    stage.cloud.advance(stage.now);
    stage.collect();
    assert!((250..=252).contains(&stage.frames.len()), "the last five seconds: {}", stage.frames.len());
}

#[test]
fn words_are_written_when_they_have_been_said() {
    let mut stage = Stage::new();
    let id =
        streaming(&mut stage, Value::Null, json!({"enableIntermediateResults": true, "speechModelEndpointId": "m"}));
    let now = stage.rest("GET", &format!("/{id}"), Value::Null).1;
    assert_eq!(
        stage.written(),
        [json!({"kind": "TranscriptionMetadata", "transcriptionMetadata": {
            "subscriptionId": now["transcriptionSubscription"]["id"], "locale": "en-US", "callConnectionId": id,
            "correlationId": now["correlationId"], "speechRecognitionModelEndpointId": "m"}})]
    );
    stage.wait(1_000);
    stage.human("POST", "calls/call-1/say", json!({"text": "I need help now"}));
    stage.wait(600);
    let frames = stage.written();
    let data = &frames[0]["transcriptionData"];
    assert_eq!((frames.len(), &data["text"], &data["resultStatus"]), (1, &json!("I need"), &json!("Intermediate")));
    stage.wait(600);
    let frames = stage.written();
    let data = &frames[0]["transcriptionData"];
    assert_eq!((&data["text"], &data["resultStatus"]), (&json!("I need help now"), &json!("Final")));
    assert_eq!((&data["offset"], &data["duration"]), (&json!(10_000_000), &json!(10_720_000)));
    assert_eq!(data["participantRawID"], format!("4:{CALLER}"));
    assert_eq!(data["words"].as_array().expect("a list").len(), 4);
}

#[test]
fn a_socket_that_cannot_be_opened_or_breaks_fails_the_stream() {
    let mut stage = Stage::new();
    let nobody = json!({"transportUrl": "wss://nobody.example/"});
    let id = streaming(&mut stage, nobody.clone(), nobody);
    let events = stage.take();
    let details: Vec<(&str, &Value)> = events[2..].iter().map(|event| (event.name, &event.data)).collect();
    assert_eq!(details[0].0, "MediaStreamingFailed");
    assert_eq!(details[0].1["mediaStreamingUpdate"]["mediaStreamingStatusDetails"], "initialWebSocketConnectionFailed");
    assert_eq!(
        (details[0].1["resultInformation"]["subCode"].clone(), details[1].0),
        (json!(8581), "TranscriptionFailed")
    );
    assert_eq!(details[1].1["transcriptionUpdate"]["transcriptionStatusDetails"], "streamConnectionUnsuccessful");
    assert_eq!(stage.rest("GET", &format!("/{id}"), Value::Null).1["mediaStreamingSubscription"]["state"], "inactive");

    let mut stage = Stage::new();
    let id = streaming(&mut stage, json!({}), Value::Null);
    stage.take();
    let socket = stage.sockets[0].0;
    stage.cloud.socket_closed(stage.now, socket);
    stage.collect();
    stage.frames.clear();
    stage.wait(1_000);
    assert_eq!((stage.take_results(), stage.frames.len()), (vec!["MediaStreamingFailed 500/8603".to_owned()], 0));
    stage.rest("POST", &format!("/{id}:startMediaStreaming"), json!({}));
    assert_eq!(stage.take_names(), ["MediaStreamingStarted"], "and may be started again");
}

#[test]
fn a_start_without_an_address_or_stopped_at_once_fails() {
    let mut stage = Stage::new();
    let mut body = create();
    body["mediaStreamingOptions"] = json!({"transportType": "websocket", "audioChannelType": "mixed"});
    let id = stage.rest("POST", "", body).1["callConnectionId"].as_str().expect("an id").to_owned();
    stage.wait(100);
    stage.take();
    stage.rest("POST", &format!("/{id}:startMediaStreaming"), json!({}));
    let failed = stage.take();
    assert_eq!(failed[0].data["mediaStreamingUpdate"]["mediaStreamingStatusDetails"], "streamUrlMissing");

    let id = streaming(&mut stage, json!({"startMediaStreaming": false}), Value::Null);
    stage.take();
    // Asked without looking at what comes of it: the socket is still being opened.
    let path = |verb: &str| format!("/calling/callConnections/{id}:{verb}");
    for verb in ["startMediaStreaming", "stopMediaStreaming"] {
        let (path, now) = (path(verb), stage.now);
        let asked = crate::emulator::api::Asked {
            method: "POST",
            path: &path,
            query: Some("api-version=2026-03-12"),
            host: None,
            is_secure: false,
            content_type: Some("application/json"),
            repeat_id: None,
            repeat_first_sent: None,
            body: b"{}",
        };
        assert_eq!(stage.cloud.rest(now, &asked).status, 202);
    }
    stage.collect();
    assert_eq!(stage.take_results(), ["MediaStreamingFailed 400/8604", "MediaStreamingStopped 200/0"]);
}

#[test]
fn what_an_application_sends_is_heard() {
    let mut stage = Stage::new();
    streaming(&mut stage, json!({"enableBidirectional": true}), Value::Null);
    let socket = stage.sockets[0].0;
    // 20 ms each.
    let frame = json!({"kind": "AudioData", "audioData": {"data": "AAAA".repeat(213) + "AA=="}});
    for _ in 0..100 {
        assert_eq!(stage.says(socket, &frame), Some("AudioData"));
    }
    stage.wait(3_000);
    for _ in 0..100 {
        stage.says(socket, &frame);
    }
    stage.wait(500);
    assert_eq!(stage.says(socket, &json!({"kind": "stopAudio", "stopAudio": {}})), Some("StopAudio"));
    assert_eq!(stage.says(socket, &json!({"kind": "Song"})), None);
    stage.wait(3_000);
    assert_eq!(stage.heard(), ["+2.0s heard sound of 2.0s", "+3.5s heard sound of 0.5s…"]);

    let mut stage = Stage::new();
    streaming(&mut stage, json!({}), Value::Null);
    let socket = stage.sockets[0].0;
    assert_eq!(stage.says(socket, &frame), None, "only where it was asked for");
}

/// Call 1 comes in, and somebody at a number of our own, call 2, is invited to it. Their connection ids; events taken.
fn joined(stage: &mut Stage) -> (String, String) {
    stage.human("POST", "calls", json!({"from": "+441632960177", "to": DESK}));
    stage.human("POST", "calls/call-1/hangup", Value::Null);
    let first = stage.inbound();
    stage.wait(50);
    let desk = json!({"participantToAdd": {"phoneNumber": {"value": DESK}}, "sourceCallerIdNumber": {"value": LINE}});
    stage.rest("POST", &format!("/{first}/participants:add"), desk);
    stage.wait(0);
    let context = stage.cloud.calls[&3].incoming_context.clone();
    let body = json!({"incomingCallContext": context, "callbackUri": "https://app.example/cb",
        "callIntelligenceOptions": {"cognitiveServicesEndpoint": "https://ai.example/"}});
    let second = stage.rest("POST", ":answer", body).1["callConnectionId"].as_str().expect("an id").to_owned();
    stage.wait(100);
    stage.take();
    (first, second)
}

fn transcript(stage: &mut Stage, call: &str) -> Vec<String> {
    let call = stage.human("GET", call, Value::Null).1;
    let line = |entry: &Value| {
        format!(
            "{} {} {}",
            entry["who"].as_str().unwrap_or("?"),
            entry["did"].as_str().unwrap_or("?"),
            entry["text"].as_str().unwrap_or("?")
        )
    };
    call["transcript"].as_array().expect("a list").iter().map(line).collect()
}

#[test]
fn what_one_application_plays_the_other_one_hears() {
    let mut stage = Stage::new();
    let (first, second) = joined(&mut stage);
    let mut listens = recognize(json!({"targetParticipant": {"phoneNumber": {"value": LINE}}}));
    listens["recognizeInputType"] = json!("speech");
    listens["playPrompts"] = json!([]);
    listens["recognizeOptions"].as_object_mut().expect("an object").remove("dtmfOptions");
    let (status, said) = stage.rest("POST", &format!("/{second}:recognize"), listens.clone());
    assert_eq!(status, 202, "{said}");
    stage.rest("POST", &format!("/{first}:play"), play());
    stage.wait(2_600);
    let events = stage.take();
    let done = events.iter().find(|event| event.name == "RecognizeCompleted").expect("it was understood");
    assert_eq!(done.data["speechResult"]["speech"], "Twenty-eight characters here");
    assert_eq!(transcript(&mut stage, "calls/call-3"), [format!("{LINE} said Twenty-eight characters here")]);

    // The other way round, with somebody else to hear it; and it does not come back.
    stage.rest(
        "POST",
        &format!("/{second}:play"),
        json!({"playSources": [{"kind": "text", "text": {"text": "Desk", "voiceName": "v"}}]}),
    );
    stage.wait(3_000);
    let heard = transcript(&mut stage, "calls/call-2");
    assert_eq!(&heard[heard.len() - 2..], [format!("{DESK} said Desk"), format!("{CALLER} heard Desk")]);
    assert_eq!(transcript(&mut stage, "calls/call-3").last(), Some(&format!("{LINE} heard Desk")));
    assert_eq!(transcript(&mut stage, "calls/call-3").len(), 2);

    // What a person says goes over too.
    stage.rest("POST", &format!("/{second}:recognize"), listens);
    stage.human("POST", "calls/call-2/say", json!({"text": "my order"}));
    stage.wait(2_000);
    let events = stage.take();
    let done = events.iter().find(|event| event.name == "RecognizeCompleted").expect("it was understood");
    assert_eq!(done.data["speechResult"]["speech"], "my order");
}

#[test]
fn what_is_cut_short_was_not_said() {
    let mut stage = Stage::new();
    let (first, _) = joined(&mut stage);
    stage.rest("POST", &format!("/{first}:play"), play());
    stage.wait(1_000);
    assert_eq!(transcript(&mut stage, "calls/call-3"), [format!("{LINE} said Twenty-eight characters here")]);
    stage.rest("POST", &format!("/{first}:cancelAllMediaOperations"), Value::Null);
    stage.wait(0);
    assert_eq!(transcript(&mut stage, "calls/call-3"), [format!("{LINE} said Twenty-eight c…")]);
    stage.rest("POST", &format!("/{first}:play"), json!({"playSources": [text()]}));
    stage.rest("POST", &format!("/{first}:cancelAllMediaOperations"), Value::Null);
    stage.wait(0);
    assert_eq!(transcript(&mut stage, "calls/call-3").len(), 1, "nothing of it was heard");
}

#[test]
fn addresses_lead_back_by_https() {
    let mut stage = Stage::new();
    stage.cloud.subscribed("https://grid.example/");
    let id = stage.connected();
    for number in 0..60 {
        let add = json!({"participantToAdd": {"communicationUser": {"id": format!("8:acs:a_{number}")}}});
        stage.rest("POST", &format!("/{id}/participants:add"), add);
    }
    stage.wait(1_000);
    stage.host = Some("127.0.0.1:9443");
    let (_, page) = stage.rest("GET", &format!("/{id}/participants"), Value::Null);
    let next = page["nextLink"].as_str().expect("a second page");
    assert!(next.starts_with("https://127.0.0.1:9443/calling/callConnections/"), "{next}");
    let body = json!({"callConnectionId": id}).to_string();
    stage.raw("POST", "/calling/recordings", &body, None);
    stage.rest("DELETE", &format!("/{id}"), Value::Null);
    stage.rest("POST", &format!("/{id}:terminate"), Value::Null);
    stage.wait(4_000_000);
    let chunk = stage.news.iter().find_map(|news| {
        Some(news[0]["data"]["recordingStorageInfo"]["recordingChunks"][0]["contentLocation"].as_str()?.to_owned())
    });
    let chunk = chunk.expect("a file");
    assert!(chunk.starts_with("https://127.0.0.1:9443/calling/recordingFiles/"), "{chunk}");
}
