//! What the contract says of what is made of a call beside it: recordings, streams, transcriptions, telemetry.

use serde_json::{Value, json};

use crate::emulator::stage::{CALLER, Stage, create};

const USER: &str = "8:acs:resource_ada";

impl Stage {
    /// A request about recordings: status and body.
    fn tape(&mut self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.raw(method, &format!("/calling/recordings{path}"), &body, None);
        (answer.status, answer.body.map_or(Value::Null, |body| serde_json::from_str(&body).expect("JSON")))
    }

    fn tape_refused(&mut self, method: &str, path: &str, body: Value) -> (u16, String) {
        let (status, body) = self.tape(method, path, body);
        (status, body["error"]["code"].as_str().expect("a code").to_owned())
    }

    /// Names and states of the recording's events.
    fn states(&mut self) -> Vec<String> {
        let state = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        self.take().iter().map(|event| format!("{} {}", event.name, state(&event.data["state"]))).collect()
    }
}

fn of(id: &str, more: Value) -> Value {
    let mut body = json!({"callConnectionId": id});
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    body
}

#[test]
fn a_call_is_recorded() {
    let mut stage = Stage::new();
    stage.cloud.subscribed("https://grid.example/");
    let id = stage.inbound();
    assert_eq!(stage.tape_refused("POST", "", of(&id, json!({}))), (400, "8501".to_owned()));
    stage.wait(50);
    stage.take();
    let server = stage.rest("GET", &format!("/{id}"), Value::Null).1["serverCallId"].clone();
    let body = json!({"callLocator": {"kind": "serverCallLocator", "serverCallId": server}, "recordingContentType": "audio",
        "recordingChannelType": "mixed", "recordingFormatType": "wav", "recordingStateCallbackUri": "https://tape.example/",
        "channelAffinity": [], "pauseOnStart": null});
    let (status, started) = stage.tape("POST", "", body.clone());
    assert_eq!(
        (status, &started["recordingState"], &started["recordingKind"]),
        (200, &json!("active"), &json!("azureCommunicationServices"))
    );
    let tape = started["recordingId"].as_str().expect("an id").to_owned();
    let told = stage.take();
    assert_eq!((told[0].name, told[0].url.as_str()), ("RecordingStateChanged", "https://tape.example/"));
    assert_eq!((&told[0].data["callConnectionId"], &told[0].data["operationContext"]), (&json!(id), &Value::Null));
    assert_eq!(stage.tape_refused("POST", "", body), (400, "8559".to_owned()));
    assert_eq!(stage.tape_refused("POST", &format!("/{tape}:resume"), Value::Null), (400, "8573".to_owned()));
    stage.wait(3000);
    assert_eq!(stage.tape("POST", &format!("/{tape}:pause"), Value::Null).0, 202);
    assert_eq!(stage.tape_refused("POST", &format!("/{tape}:pause"), Value::Null), (400, "8573".to_owned()));
    assert_eq!(stage.tape("GET", &format!("/{tape}"), Value::Null).1["recordingState"], "inactive");
    stage.wait(5000);
    assert_eq!(stage.tape("POST", &format!("/{tape}:resume"), Value::Null), (202, Value::Null));
    stage.wait(500);
    assert_eq!(stage.tape("DELETE", &format!("/{tape}"), Value::Null), (204, Value::Null));
    assert_eq!(
        stage.states(),
        ["RecordingStateChanged inactive", "RecordingStateChanged active", "RecordingStateChanged inactive"]
    );
    assert_eq!(stage.tape_refused("GET", &format!("/{tape}"), Value::Null), (404, "8522".to_owned()));
    stage.wait(1000);
    let news = stage.news.pop().expect("the file")[0].clone();
    assert_eq!(news["eventType"], "Microsoft.Communication.RecordingFileStatusUpdated");
    assert!(news["subject"].as_str().is_some_and(|subject| subject.ends_with(&format!("/recordingId/{tape}"))));
    assert_eq!(
        (&news["data"]["recordingDurationMs"], &news["data"]["recordingFormatType"]),
        (&json!(3500), &json!("Wav"))
    );
    let document =
        news["data"]["recordingStorageInfo"]["recordingChunks"][0]["documentId"].as_str().expect("an id").to_owned();
    let sound = stage.cloud.sound(&document).expect("a file");
    assert_eq!(crate::platform::media_time::wav_ms(&sound), Some(3500));
    stage.wait(24 * 3_600_000);
    assert!(stage.cloud.sound(&document).is_none() && stage.cloud.metadata(&document).is_none(), "a day is over");
}

#[test]
fn a_recording_ends_with_its_call() {
    let mut stage = Stage::new();
    stage.cloud.subscribed("https://grid.example/");
    let id = stage.connected();
    stage.tape("POST", "", of(&id, json!({})));
    stage.wait(1000);
    stage.human("POST", "calls/call-1/hangup", json!({}));
    assert_eq!(
        stage.states(),
        ["RecordingStateChanged active", "RecordingStateChanged inactive", "CallDisconnected -"]
    );
    stage.wait(1000);
    let news = stage.news.pop().expect("the file");
    assert_eq!(
        (&news[0]["data"]["recordingContentType"], &news[0]["data"]["sessionEndReason"]),
        (&json!("AudioVideo"), &json!("CallEnded"))
    );
    let second = stage.create();
    stage.wait(100);
    let (_, paused) = stage.tape("POST", "", of(&second, json!({"pauseOnStart": true})));
    assert_eq!(paused["recordingState"], "inactive");
    let many = stage.news.len();
    stage.rest("DELETE", &format!("/{second}"), Value::Null);
    stage.wait(5000);
    assert_eq!(stage.news.len(), many, "what never ran has no file");
}

#[test]
fn starts_of_recordings_are_checked() {
    let mut stage = Stage::new();
    let id = stage.connected();
    let affinity = |channel: u64| json!([{"participant": {"phoneNumber": {"value": CALLER}}, "channel": channel}]);
    for more in [
        json!({"callConnectionId": null}),
        json!({"callLocator": {"serverCallId": "x"}}),
        json!({"callConnectionId": null, "callLocator": {"kind": "roomCallLocator", "roomId": "1"}}),
        json!({"recordingContentType": "audio", "recordingFormatType": "mp4"}),
        json!({"recordingContentType": "audioVideo", "recordingChannelType": "unmixed"}),
        json!({"recordingChannelType": "unmixed", "recordingFormatType": "mp3"}),
        json!({"recordingFormatType": "ogg"}),
        json!({"channelAffinity": affinity(0)}),
        json!({"recordingChannelType": "unmixed", "channelAffinity": affinity(5)}),
        json!({"audioChannelParticipantOrdering": [{"phoneNumber": {"value": CALLER}}]}),
        json!({"externalStorage": {"recordingStorageKind": "azureBlobStorage"}}),
        json!({"externalStorage": {"recordingStorageKind": "drawer"}}),
        json!({"recordingStateCallbackUri": "http://tape.example/"}),
    ] {
        assert_eq!(stage.tape_refused("POST", "", of(&id, more.clone())), (400, "8523".to_owned()), "{more}");
    }
    assert_eq!(stage.tape_refused("POST", "", of("nobody", json!({}))), (404, "8522".to_owned()));
    let blob = |host: &str| json!({"externalStorage": {"recordingStorageKind": "AzureBlobStorage", "recordingDestinationContainerUrl": format!("https://{host}/box")}});
    assert_eq!(stage.tape("POST", "", of(&id, blob("blob.invalid"))).0, 202);
    stage.wait(500);
    assert_eq!(stage.take_results(), ["StartRecordingFailed 500/9999"]);
    let unmixed = json!({"recordingChannelType": "unmixed", "channelAffinity": affinity(4)});
    assert_eq!(stage.tape("POST", "", of(&id, unmixed)).0, 200);
}

#[test]
fn media_is_streamed() {
    let mut stage = Stage::new();
    let mut body = create();
    body["mediaStreamingOptions"] =
        json!({"transportType": "websocket", "audioChannelType": "mixed", "transportUrl": "wss://app.example/s"});
    let (_, created) = stage.rest("POST", "", body.clone());
    assert_eq!(created["mediaStreamingSubscription"]["state"], "inactive");
    let id = created["callConnectionId"].as_str().expect("an id").to_owned();
    assert_eq!(stage.refused("POST", &format!("/{id}:startMediaStreaming"), json!({})), (400, "8501".to_owned()));
    stage.wait(100);
    stage.take();
    let with = |context: &str| json!({"operationContext": context});
    assert_eq!(stage.rest("POST", &format!("/{id}:startMediaStreaming"), with("on")), (202, Value::Null));
    let started = stage.take();
    assert_eq!((started[0].name, &started[0].data["operationContext"]), ("MediaStreamingStarted", &json!("on")));
    assert_eq!(started[0].data["mediaStreamingUpdate"]["mediaStreamingStatus"], "mediaStreamingStarted");
    assert_eq!(stage.rest("GET", &format!("/{id}"), Value::Null).1["mediaStreamingSubscription"]["state"], "active");
    stage.rest("POST", &format!("/{id}:stopMediaStreaming"), with("off"));
    assert_eq!(stage.take_names(), ["MediaStreamingStopped"]);
    body["mediaStreamingOptions"]["startMediaStreaming"] = json!(true);
    let second = stage.rest("POST", "", body.clone()).1["callConnectionId"].as_str().expect("an id").to_owned();
    stage.wait(100);
    stage.rest("DELETE", &format!("/{second}"), Value::Null);
    assert_eq!(
        stage.take_names(),
        ["CallConnected", "ParticipantsUpdated", "MediaStreamingStarted", "MediaStreamingStopped", "CallDisconnected"]
    );
    for (field, value) in [
        ("transportType", "pigeon"),
        ("audioChannelType", "stereo"),
        ("transportUrl", "https://a.example/"),
        ("audioFormat", "mp3"),
    ] {
        let mut bad = body.clone();
        bad["mediaStreamingOptions"][field] = json!(value);
        assert_eq!(stage.refused("POST", "", bad), (400, "8523".to_owned()), "{field}");
    }
    let plain = stage.create();
    stage.wait(100);
    assert_eq!(stage.refused("POST", &format!("/{plain}:startMediaStreaming"), json!({})), (405, "8522".to_owned()));
}

#[test]
fn words_are_transcribed() {
    let mut stage = Stage::new();
    let mut body = create();
    body["transcriptionOptions"] =
        json!({"transportType": "websocket", "locale": "en-US", "transportUrl": "wss://app.example/s"});
    assert_eq!(stage.refused("POST", "", body.clone()), (400, "8567".to_owned()));
    body["callIntelligenceOptions"] = json!({"cognitiveServicesEndpoint": "https://ai.example/"});
    let id = stage.rest("POST", "", body).1["callConnectionId"].as_str().expect("an id").to_owned();
    stage.wait(100);
    stage.take();
    let update = format!("/{id}:updateTranscription");
    assert_eq!(stage.rest("POST", &update, json!({"locale": "cy-GB"})).0, 202);
    assert_eq!(stage.take_results(), ["TranscriptionFailed 400/8578"]);
    stage.rest("POST", &format!("/{id}:startTranscription"), json!({"locale": "en-GB"}));
    stage.rest("POST", &update, json!({"locale": "cy-GB"}));
    let now = stage.rest("GET", &format!("/{id}"), Value::Null).1;
    assert_eq!(
        (&now["transcriptionSubscription"]["locale"], &now["transcriptionSubscription"]["state"]),
        (&json!("cy-GB"), &json!("active"))
    );
    assert_eq!(stage.refused("POST", &update, json!({"locale": "Welsh"})), (400, "8523".to_owned()));
    stage.rest("POST", &format!("/{id}:stopTranscription"), json!({}));
    assert_eq!(stage.take_names(), ["TranscriptionStarted", "TranscriptionUpdated", "TranscriptionStopped"]);
    let join = json!({"callLocator": {"serverCallId": now["serverCallId"]}, "callbackUri": "https://app.example/cb",
        "callIntelligenceOptions": {"cognitiveServicesEndpoint": "https://ai.example/"},
        "transcriptionOptions": {"transportType": "websocket", "locale": "en-US", "startTranscription": true,
            "transportUrl": "wss://app.example/s"}});
    let joined = stage.rest("POST", ":connect", join).1["callConnectionId"].as_str().expect("an id").to_owned();
    stage.wait(100);
    stage.take();
    stage.rest("POST", &format!("/{joined}:updateTranscription"), json!({"locale": "cy-GB"}));
    assert_eq!(stage.take_results(), ["TranscriptionFailed 405/8520"]);
}

#[test]
fn telemetry_tells_of_users() {
    let mut stage = Stage::new();
    stage.cloud.subscribed("https://grid.example/");
    let id = stage.create();
    stage.wait(100);
    assert!(stage.news.is_empty(), "phones only are not told of");
    stage.rest(
        "POST",
        &format!("/{id}/participants:add"),
        json!({"participantToAdd": {"communicationUser": {"id": USER}}}),
    );
    stage.wait(2000);
    stage.rest(
        "POST",
        &format!("/{id}/participants:remove"),
        json!({"participantToRemove": {"communicationUser": {"id": USER}}}),
    );
    stage.rest("DELETE", &format!("/{id}"), Value::Null);
    let told: Vec<&str> = stage.news.iter().map(|news| news[0]["eventType"].as_str().expect("a type")).collect();
    let told: Vec<&str> = told.iter().filter_map(|name| name.strip_prefix("Microsoft.Communication.")).collect();
    assert_eq!(told, ["CallStarted", "CallParticipantAdded", "CallParticipantRemoved", "CallEnded"]);
    assert_eq!(stage.news[1][0]["data"]["user"]["communicationIdentifier"]["rawId"], USER);
    assert_eq!(stage.news[3][0]["data"]["durationOfCall"], 2.0);
}
