//! A call is recorded; when the file is there, the flow that waits for it is begun, once, and knows whose it is.

use crate::harness::phone_line::{PATIENCE, PhoneLine};
use crate::harness::{Folder, http};
use serde_json::{Value, json};
use std::time::Instant;

/// Records while it says something.
const DESK: &str = r#"flowc 1
flow desk inbound
start pick_up

pick_up: answer -> greet
recorded: while recording active, else bye {
  greet: play "This call is recorded." -> bye
}
bye: hangup
"#;

/// Takes the file. What it was told stands in its result.
const FILED: &str = r#"flowc 1
flow filed recording_ready
returns known | unknown
start whose

whose: decide {
  if recording.flow == "desk" && recording.call != "" && recording.id != "" && recording.url.startsWith("http") -> return known
  else -> return unknown
}
"#;

#[test]
fn a_flow_is_begun_when_a_recordings_file_is_there() {
    let line = PhoneLine::open(&[("desk.flow", DESK), ("filed.flow", FILED)], None);
    let call = line.dial();
    line.wait_end(&call);
    let deadline = Instant::now() + PATIENCE;
    let filed = loop {
        let calls = http::json(line.service_port, "GET", "/api/calls", &Value::Null).expect("it answers").json();
        let all = calls["calls"].as_array().cloned().unwrap_or_default();
        let filed: Vec<Value> = all.into_iter().filter(|call| call["flow"] == "filed").collect();
        if filed.iter().any(|call| call["phase"] == "ended") {
            break filed;
        }
        assert!(Instant::now() < deadline, "nothing was begun: {calls:#}");
        std::thread::sleep(std::time::Duration::from_millis(15));
    };
    assert_eq!(filed.len(), 1, "{filed:#?}");
    assert_eq!(filed[0]["result"], json!("known"), "{filed:#?}");
}

/// The service fetches the file into its folder, and has the platform delete it.
#[test]
fn the_file_is_kept_and_deleted_at_the_platform() {
    let folder = Folder::new();
    let kept = folder.path().join("kept");
    let line = PhoneLine::open_with(&[("desk.flow", DESK)], move |service| {
        service.arg("--recordings").arg(kept.as_os_str()).arg("--delete-recordings")
    });
    let call = line.dial();
    line.wait_end(&call);
    let deadline = Instant::now() + PATIENCE;
    let kept = loop {
        let entries = std::fs::read_dir(folder.path().join("kept")).into_iter().flatten().flatten();
        let mut files = entries.map(|entry| entry.path()).filter(|path| path.is_file());
        if let Some(file) = files.next() {
            break file;
        }
        assert!(Instant::now() < deadline, "nothing was kept: {:#?}", line.requests());
        std::thread::sleep(std::time::Duration::from_millis(15));
    };
    let name = kept.file_name().and_then(|name| name.to_str()).expect("a name of text").to_owned();
    let calls = http::json(line.service_port, "GET", "/api/calls", &Value::Null).expect("it answers").json();
    let id = calls["calls"][0]["call"].as_str().expect("an id").to_owned();
    assert!(name.starts_with(&format!("{id}.")) && name.ends_with(".0.wav"), "{name} of {id}");
    let bytes = std::fs::read(&kept).expect("readable");
    assert!(bytes.starts_with(b"RIFF") && bytes.len() > 44, "{} bytes", bytes.len());
    let notes = || std::fs::read_dir(folder.path().join("kept/.wanted")).expect("a folder").count();
    while notes() > 0 {
        assert!(Instant::now() < deadline, "it was not deleted");
        std::thread::sleep(std::time::Duration::from_millis(15));
    }
    assert_eq!(std::fs::read_dir(folder.path().join("kept/.given-up")).expect("a folder").count(), 0);
}
