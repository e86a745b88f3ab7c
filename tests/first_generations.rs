//! A whole call in each of the first generations of the platform, the emulator and the service both in it; what they say to each
//! other is held against the published descriptions, where there are any.

use crate::harness::phone_line::{KEY, PhoneLine};
use crate::harness::{Flowc, Folder, http};
use crate::published::description::Description;
use crate::published::traffic;
use serde_json::{Value, json};

/// Placed, played to, a key, somebody brought in and put out, a recording that pauses.
const RING: &str = r#"flowc 1
flow ring outbound
param to: phone
settings { line: phone; desk: phone }
participant agent
var pin: digits(4..6)
returns told | nobody | gone
use quiet
default failed -> sorry
always party left -> return gone
start call_them

call_them: dial to, from settings.line, ring_for 20s -> ask {
  busy | no_answer | declined | unreachable -> return nobody
}
ask: menu ask file "menu.wav", retry 0, first_key 5m {
  go_on = 1 -> number
  exhausted -> sorry
}
number: collect pin, ask file "number.wav", end #, retry 0, first_key 5m -> hold_on { exhausted -> sorry }
hold_on: play file "menu.wav", loop { key 1# -> bring; after 5m -> sorry }
bring: add agent, target settings.desk, from settings.line, ring_for 20s -> meet {
  busy | no_answer | declined | unreachable -> sorry
}
meet: play file "meet.wav" -> part
part: remove agent -> record
recorded: while recording active, else sorry {
  record: run quiet -> bye
}
bye: hangup told
sorry: hangup nobody
"#;

/// What is said while the recording runs, pauses, and runs again.
const QUIET: &str = r#"flowc 1
flow quiet live
needs recording active
returns done
default failed -> return done
start before

before: play file "before.wav" -> hush
secret: while recording paused, else after {
  hush: play file "hush.wav" -> after
}
after: play file "after.wav" -> return done
"#;

const SETTINGS: &str = "[settings]\nline = \"+18005550100\"\ndesk = \"+441632960111\"\n";
const SOUNDS: [&str; 6] = ["menu.wav", "number.wav", "meet.wav", "before.wav", "hush.wav", "after.wav"];

fn files(ring: &str) -> Vec<(&str, &str)> {
    let mut files = vec![("ring.flow", ring), ("flowc.toml", SETTINGS)];
    files.extend(SOUNDS.map(|name| (name, "RIFF")));
    files
}

/// Places the call, presses the key, and waits for the end; what went through.
fn called(version: &'static str, files: &[(&str, &str)]) -> (Vec<String>, Vec<Value>, Vec<String>) {
    let line = PhoneLine::recorded_in(version, files);
    let body = json!({ "flow": "ring", "to": "+441632960100", "params": { "to": "+441632960100" } });
    let placed = http::json(line.service_port, "POST", "/api/calls", &body).expect("an answer");
    assert_eq!(placed.status, 202, "{:?}", placed.json());
    line.wait("call-1", "exists", |seen| seen["state"].is_string());
    // A menu, a number that a key ends, a rule of two keys.
    for (sound, keys) in [("menu.wav", "1"), ("number.wav", "2580#"), ("menu.wav", "1#")] {
        line.wait("call-1", "plays", |seen| seen["playing"].to_string().contains(sound));
        assert_eq!(line.act("call-1", "press", &json!({ "digits": keys })), 202);
    }
    line.wait_end("call-1");
    assert_eq!(line.wait_result()["result"], "told", "{version}: {:#?}", line.requests());
    let (requests, webhooks) = line.recorded_traffic();
    let requests: Vec<_> = requests.into_iter().filter(|request| request.target.contains("/call")).collect();
    for request in &requests {
        assert!(request.status < 300, "{version}: {request:?}");
        assert!(!request.headers.iter().any(|header| header.starts_with("repeatability")), "{request:?}");
    }
    let wrong =
        if version.starts_with("2021") { traffic::requests(&Description::of(version), &requests) } else { Vec::new() };
    let made = requests.iter().map(|request| format!("{} {}", request.method, shortened(&request.target))).collect();
    let events = webhooks.iter().filter_map(|webhook| serde_json::from_slice::<Value>(&webhook.body).ok());
    let events = events.flat_map(|body| body.as_array().cloned().unwrap_or_default()).collect();
    (made, events, wrong)
}

/// A target without its query and its ids.
fn shortened(target: &str) -> String {
    let path = target.split('?').next().unwrap_or(target);
    let known = ["calling", "calls", "callConnections", "conversations", "serverCalls", "participants", "recordings"];
    let short = |segment: &str| {
        let verbs = ["PlayAudio", "CancelMediaProcessing", "Hangup", "Pause", "Resume"];
        let verb = segment.starts_with(':') || verbs.contains(&segment);
        if known.contains(&segment) || verb { segment.to_owned() } else { "*".to_owned() }
    };
    path.trim_start_matches('/').split('/').map(short).collect::<Vec<_>>().join("/")
}

/// What is wrong with events, by the types their data is published as.
fn wrong_events(version: &str, events: &[Value]) -> Vec<String> {
    let published = Description::of(version);
    let wrong = |event: &Value| {
        let name = event["type"].as_str().or(event["eventType"].as_str()).expect("a type");
        let name = name.trim_start_matches("Microsoft.Communication.");
        let definition = if name == "CallRecordingStateChanged" { "CallRecordingStateChange" } else { name };
        published.is(&format!("{definition}Event"), &event["data"]).err().map(|why| format!("{name}: {why}"))
    };
    events.iter().filter_map(wrong).collect()
}

#[test]
fn a_call_of_call_connections() {
    let files: Vec<(&str, &str)> = files(RING).into_iter().chain([("quiet.flow", QUIET)]).collect();
    for version in ["2021-06-15-preview", "2021-08-30-preview"] {
        let (made, events, wrong) = called(version, &files);
        assert_eq!(wrong, Vec::<String>::new(), "{version}");
        let expected = [
            "POST calling/callConnections",
            "POST calling/callConnections/*/:playAudio",
            "POST calling/callConnections/*/participants",
            "POST calling/callConnections/*/:playAudio",
            "DELETE calling/callConnections/*/participants/*",
            "POST calling/serverCalls/*/recordings",
            "POST calling/callConnections/*/:playAudio",
            "POST calling/serverCalls/*/recordings/*/:pause",
            "POST calling/callConnections/*/:playAudio",
            "POST calling/serverCalls/*/recordings/*/:resume",
            "POST calling/callConnections/*/:playAudio",
            "DELETE calling/serverCalls/*/recordings/*",
            "POST calling/callConnections/*/:hangup",
        ];
        for one in expected {
            assert!(made.iter().any(|made| made == one), "{version}: {one}\n{made:#?}");
        }
        assert_eq!(wrong_events(version, &events), Vec::<String>::new(), "{version}");
        told_all(version, &events, "AddParticipantResult", "ToneReceived");
    }
}

#[test]
fn a_call_of_call_legs() {
    let version = "2021-04-15-preview1";
    let files: Vec<(&str, &str)> = files(RING).into_iter().chain([("quiet.flow", QUIET)]).collect();
    let (made, events, wrong) = called(version, &files);
    assert_eq!(wrong, Vec::<String>::new());
    for one in [
        "POST calling/calls",
        "POST calling/calls/*/PlayAudio",
        "POST calling/calls/*/CancelMediaProcessing",
        "POST calling/calls/*/participants",
        "DELETE calling/calls/*/participants/*",
        "POST calling/conversations/*/recordings",
        "POST calling/conversations/*/recordings/*/Pause",
        "POST calling/conversations/*/recordings/*/Resume",
        "DELETE calling/conversations/*/recordings/*",
        "POST calling/calls/*/Hangup",
    ] {
        assert!(made.iter().any(|made| made == one), "{one}\n{made:#?}");
    }
    assert_eq!(wrong_events(version, &events), Vec::<String>::new());
    told_all(version, &events, "InviteParticipantsResult", "ToneReceived");
}

#[test]
fn a_call_of_the_private_preview() {
    let recorded = &RING[RING.find("recorded: ").expect("a group")..RING.find("bye: ").expect("a state")];
    let ring = RING
        .replace(recorded, "")
        .replace("use quiet\n", "")
        .replace("part: remove agent -> record", "part: remove agent -> bye");
    let (made, events, _) = called("private-preview", &files(&ring));
    for one in [
        "POST calls",
        "POST calls/*/PlayAudio",
        "POST calls/*/participants",
        "DELETE calls/*/participants/*",
        "POST calls/*/Hangup",
    ] {
        assert!(made.iter().any(|made| made == one), "{one}\n{made:#?}");
    }
    let capital = |event: &Value| event["data"]["CallLegId"].is_string() && event["topic"].is_null();
    assert!(events.iter().all(capital), "{events:#?}");
    let names: Vec<&str> = events.iter().filter_map(|event| event["eventType"].as_str()).collect();
    for name in
        ["CallLegStateChanged", "DtmfReceived", "PlayAudioResult", "InviteParticipantResult", "ParticipantsUpdated"]
    {
        assert!(names.contains(&format!("Microsoft.Communication.{name}").as_str()), "{name}: {names:?}");
    }
}

fn told_all(version: &str, events: &[Value], invited: &str, tone: &str) {
    let name = |event: &Value| event["type"].as_str().or(event["eventType"].as_str()).unwrap_or_default().to_owned();
    let names: Vec<String> = events.iter().map(name).collect();
    for wanted in [invited, tone, "PlayAudioResult", "ParticipantsUpdated", "CallRecordingStateChanged"] {
        assert!(names.iter().any(|name| name.ends_with(wanted)), "{version} {wanted}: {names:?}");
    }
}

/// What these versions lack is found before anybody is called, and so is that nobody is named who calls.
#[test]
fn a_flow_that_asks_is_not_served_and_somebody_must_call() {
    let asks = RING.replace("go_on = 1 -> number", "go_on = 1 \"go on\" -> number");
    let project = |ring: &str| {
        let folder = Folder::new().with("ring.flow", ring).with("quiet.flow", QUIET).with("flowc.toml", SETTINGS);
        SOUNDS.iter().fold(folder, |folder, name| folder.with(name, "RIFF"))
    };
    let check = |folder: &Folder| {
        Flowc::new(["check", "--api-version", "2021-06-15-preview"]).arg(folder.path().as_os_str()).run()
    };
    let fine = project(RING);
    let run = check(&fine);
    assert!(run.stdout.contains("F0611") && !run.stdout.contains("error "), "{}{}", run.stdout, run.stderr);
    let run = check(&project(&asks));
    assert!(
        run.status == Some(1) && run.stdout.contains("F1001") && run.stdout.contains("choices and speech"),
        "{}{}",
        run.stdout,
        run.stderr
    );
    let served = Flowc::new(["serve", "--api-version", "2021-06-15-preview"])
        .arg(fine.path().as_os_str())
        .env("ACS_CONNECTION_STRING", &format!("endpoint=http://127.0.0.1:1/;accesskey={KEY}"))
        .run();
    assert!(
        served.status == Some(2) && served.stderr.contains("calling_user"),
        "{:?} {}",
        served.status,
        served.stderr
    );
}
