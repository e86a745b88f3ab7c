//! A call that is streamed and written down: the service asks for it, the emulator opens web sockets over TLS, and the flow goes the way
//! that what comes of it says.

use crate::harness::listener::Listener;
use crate::harness::phone_line::PhoneLine;
use serde_json::{Value, json};

/// Says one thing while somebody listens, another where nobody does.
const DESK: &str = r#"flowc 1
flow desk inbound
start pick_up

pick_up: answer -> greet
watched: while streaming on and transcription en-GB, else alone {
  greet: play "You are being listened to, all the time." -> bye
}
alone: play "Nobody listens." -> bye
bye: hangup
"#;

/// A line whose streams go to this port over TLS.
fn line(port: u16) -> PhoneLine {
    let settings = format!(
        "streaming_url = \"wss://localhost:{port}/media\"\ntranscription_url = \"wss://localhost:{port}/words\"\n"
    );
    PhoneLine::open(&[("flowc.toml", &settings), ("desk.flow", DESK)], None)
}

fn heard(line: &PhoneLine, call: &str) -> Vec<String> {
    let call = line.call(call);
    let entries = call["transcript"].as_array().expect("a list").iter();
    entries
        .filter(|entry| entry["did"] == "heard")
        .filter_map(|entry| Some(entry["text"].as_str()?.to_owned()))
        .collect()
}

#[test]
fn a_call_is_streamed_and_written_down() {
    let listener = Listener::start_over_tls();
    let line = line(listener.port);
    let call = line.dial();
    line.wait_end(&call);
    assert_eq!(heard(&line, &call), ["You are being listened to, all the time."]);
    let frames: Vec<Value> =
        listener.heard().iter().map(|text| serde_json::from_str(text).expect("frames are JSON")).collect();
    let sound = frames.iter().filter(|frame| frame["kind"] == "AudioData").count();
    assert!(sound > 50, "{sound} frames of a prompt of three seconds");
    let words = frames.iter().find(|frame| frame["kind"] == "TranscriptionMetadata").expect("the transcription began");
    assert_eq!(words["transcriptionMetadata"]["locale"], json!("en-GB"));
}

#[test]
fn where_nobody_listens_the_call_goes_on_alone() {
    let nobody = crate::harness::free_port();
    let line = line(nobody);
    let call = line.dial();
    line.wait_end(&call);
    assert_eq!(heard(&line, &call), ["Nobody listens."]);
}
