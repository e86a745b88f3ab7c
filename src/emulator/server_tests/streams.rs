//! Streams over real web sockets, to a server of our own.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::emulator::server_tests::{CALLER, Stage, stage};

/// A server of web sockets: what it has heard, and what it is to say.
struct Ear {
    url: String,
    heads: Arc<Mutex<Vec<String>>>,
    heard: Arc<Mutex<Vec<Value>>>,
    /// To say something on the newest connection, or with nothing to close it.
    says: mpsc::Sender<Option<String>>,
}

async fn ear() -> Ear {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let url = format!("ws://{}/stream?k=1", listener.local_addr().expect("bound"));
    let (heads, heard) = (Arc::default(), Arc::default());
    let (says, mut to_say) = mpsc::channel(16);
    let (got, all) = (Arc::clone(&heads), Arc::clone(&heard));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            listen(stream, &got, &all, &mut to_say).await;
        }
    });
    Ear { url, heads, heard, says }
}

async fn listen(
    mut stream: TcpStream,
    heads: &Mutex<Vec<String>>,
    heard: &Mutex<Vec<Value>>,
    to_say: &mut mpsc::Receiver<Option<String>>,
) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("a whole head"));
    }
    let head = String::from_utf8(head).expect("text");
    let key = head.lines().find_map(|line| line.strip_prefix("sec-websocket-key: ")).expect("a key").to_owned();
    heads.lock().expect("not poisoned").push(head);
    let text = format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    let accept = STANDARD.encode(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes()));
    let answer = format!(
        "HTTP/1.1 101 x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: {accept}\r\n\r\n"
    );
    stream.write_all(answer.as_bytes()).await.expect("written");
    let mut socket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
    loop {
        tokio::select! {
            message = socket.next() => match message {
                Some(Ok(Message::Text(text))) => {
                    heard.lock().expect("not poisoned").push(serde_json::from_str(&text).expect("JSON"));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return,
            },
            said = to_say.recv() => match said.flatten() {
                Some(text) => socket.send(Message::text(text)).await.expect("sent"),
                None => return socket.close(None).await.expect("closed"),
            },
        }
    }
}

impl Ear {
    /// Waits until something like this has come; everything that had come by then.
    async fn until(&self, what: &str, is_it: impl Fn(&Value) -> bool) -> Vec<Value> {
        for _ in 0..500 {
            let heard = self.heard.lock().expect("not poisoned").clone();
            if heard.iter().any(&is_it) {
                return heard;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("no {what} came");
    }
}

/// A placed call with these options, and the events that follow its connection, by name.
async fn placed(stage: &Stage, more: Value) -> String {
    let mut body = json!({"targets": [{"phoneNumber": {"value": CALLER}}], "sourceCallerIdNumber": {"value": "+18005550100"},
        "callbackUri": stage.callback("/cb"), "callIntelligenceOptions": {"cognitiveServicesEndpoint": "https://ai.example/"}});
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let (status, created) = stage.rest("POST", "", body).await;
    assert_eq!(status, 201, "{created}");
    created["callConnectionId"].as_str().expect("an id").to_owned()
}

/// Waits for a webhook; its data.
async fn told(stage: &Stage, name: &str) -> Value {
    for _ in 0..500 {
        let name = format!("Microsoft.Communication.{name}");
        let got = stage.got.lock().expect("not poisoned").clone();
        if let Some((_, event)) = got.iter().find(|(_, event)| event["type"] == name) {
            return event["data"].clone();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no {name} came");
}

#[tokio::test]
async fn a_stream_and_a_transcription_over_web_sockets() {
    let (stage, ear) = (stage().await, ear().await);
    let audio = json!({"transportType": "websocket", "audioChannelType": "mixed", "transportUrl": ear.url,
        "startMediaStreaming": true, "enableBidirectional": true, "enableDtmfTones": true});
    let id = placed(&stage, json!({"mediaStreamingOptions": audio})).await;
    told(&stage, "MediaStreamingStarted").await;
    let heard = ear.until("sound", |frame| frame["kind"] == "AudioData").await;
    assert_eq!(
        (&heard[0]["kind"], &heard[0]["audioMetadata"]["sampleRate"]),
        (&json!("AudioMetadata"), &json!(16_000))
    );
    let head = ear.heads.lock().expect("not poisoned")[0].clone();
    assert!(head.starts_with("GET /stream?k=1 HTTP/1.1"), "{head}");
    assert!(head.contains(&format!("x-ms-call-connection-id: {id}")) && head.contains("x-ms-call-correlation-id: "));
    let token = head.lines().find_map(|line| line.strip_prefix("authorization: Bearer ")).expect("a token");
    let claims = token.split('.').nth(1).expect("three parts");
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).expect("base64");
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    assert_eq!(claims["exp"].as_i64().expect("a time") - claims["iat"].as_i64().expect("a time"), 86_400);

    stage.human("POST", "calls/call-1/press", json!({"digits": "5"})).await;
    ear.until("key", |frame| frame["dtmfData"]["data"] == "5").await;
    ear.until("sound that is some", |frame| frame["audioData"]["silent"] == false).await;
    let sound = json!({"Kind": "AudioData", "AudioData": {"Data": "AAAA".repeat(213) + "AA=="}}).to_string();
    ear.says.send(Some(sound)).await.expect("it listens");
    let mut heard = Value::Null;
    for _ in 0..500 {
        heard = stage.human("GET", "calls/call-1", Value::Null).await.1["transcript"].clone();
        if heard.to_string().contains("sound of") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(heard.to_string().contains("sound of 0.0s"), "{heard}");
    stage.rest("POST", &format!("/{id}:stopMediaStreaming"), json!({})).await;
    told(&stage, "MediaStreamingStopped").await;

    let words =
        json!({"transportType": "websocket", "locale": "en-GB", "transportUrl": ear.url, "startTranscription": true});
    placed(&stage, json!({"transcriptionOptions": words})).await;
    told(&stage, "TranscriptionStarted").await;
    stage.human("POST", "calls/call-2/say", json!({"text": "Hello there"})).await;
    let heard = ear.until("words", |frame| frame["transcriptionData"]["text"] == "Hello there").await;
    assert!(heard.iter().any(|frame| frame["transcriptionMetadata"]["locale"] == "en-GB"));
    // The other side goes.
    ear.says.send(None).await.expect("it listens");
    let failed = told(&stage, "TranscriptionFailed").await;
    assert_eq!(failed["transcriptionUpdate"]["transcriptionStatusDetails"], "streamConnectionInterrupted");
}

#[tokio::test]
async fn where_no_web_socket_is_the_stream_fails() {
    let stage = stage().await;
    // One that refuses the handshake, and one where nobody listens.
    let refuses = format!("ws://{}/none", stage.receiver);
    let words = json!({"transportType": "websocket", "locale": "en-GB", "transportUrl": "ws://127.0.0.1:1/", "startTranscription": true});
    let audio = json!({"transportType": "websocket", "audioChannelType": "mixed", "transportUrl": refuses, "startMediaStreaming": true});
    placed(&stage, json!({"mediaStreamingOptions": audio, "transcriptionOptions": words})).await;
    let failed = told(&stage, "MediaStreamingFailed").await;
    assert_eq!(failed["resultInformation"]["subCode"], 8581);
    assert_eq!(failed["mediaStreamingUpdate"]["mediaStreamingStatusDetails"], "initialWebSocketConnectionFailed");
    assert_eq!(told(&stage, "TranscriptionFailed").await["resultInformation"]["subCode"], 8581);
}

#[tokio::test]
async fn keys_that_cannot_be_processed_are_told_as_failed() {
    let stage = stage().await;
    let id = placed(&stage, json!({})).await;
    told(&stage, "CallConnected").await;
    assert_eq!(stage.human("PUT", "faults", json!({"failTones": 1})).await.0, 204);
    let target = json!({"targetParticipant": {"phoneNumber": {"value": CALLER}}, "operationContext": "keys"});
    assert_eq!(stage.rest("POST", &format!("/{id}:startContinuousDtmfRecognition"), target).await.0, 200);
    stage.human("POST", "calls/call-1/press", json!({"digits": "1"})).await;
    let failed = told(&stage, "ContinuousDtmfRecognitionToneFailed").await;
    assert_eq!((&failed["operationContext"], &failed["resultInformation"]["code"]), (&json!("keys"), &json!(500)));
    assert_eq!((&failed["tone"], &failed["sequenceId"]), (&Value::Null, &Value::Null));
}
