//! A whole call in each api-version, the emulator and the service both in it; webhooks signed by the one and checked by the other.

use crate::harness::listener::Listener;
use crate::harness::phone_line::{KEY, PATIENCE, PhoneLine};
use crate::harness::recorder::Exchange;
use crate::harness::{Background, Flowc, Folder, free_port, http};
use crate::published::description::Description;
use crate::published::traffic;
use crate::published::versions::DESCRIBED;
use flowc::platform::versions::{SPOKEN, Version};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Recordings and keys: what every version has.
const FLOW: &str = r#"flowc 1
flow desk inbound
var pin: digits(4)
returns told | nothing
default failed -> sorry
always party left -> return nothing
start up

up: answer -> ask
ask: collect pin, ask file "ask.wav", retry 0, first_key 5m, between_keys 1m -> thanks { exhausted -> sorry }
thanks: play file "thanks.wav" -> bye
bye: hangup told
sorry: hangup nothing
"#;

/// Words, a choice, somebody who is brought in and muted, a key outside a question.
const PEOPLE: &str = r#"flowc 1
flow desk inbound
participant agent
returns told | nothing | gone
default failed -> sorry
always party left -> return gone
start up

up: answer -> team
team: menu ask "For sales press {key sales}.", retry 3 {
  sales = 1 "sales" -> bring
  exhausted -> sorry
}
bring: add agent, target "8:acs:5354158d-4b03-4d17-9cf3-2f57a0a3b1c1_00000012-0000-0000-0000-000000000001", ring_for 20s -> hush {
  busy | no_answer | declined | unreachable -> sorry
}
hush: mute agent -> stay { agent left -> sorry }
stay: play "Stay on the line.", loop { key 5 -> bye; agent left -> sorry; after 5m -> sorry }
bye: hangup told, everyone
sorry: hangup nothing, everyone
"#;

struct Line {
    emulator_port: u16,
    service_port: u16,
    _emulator: Background,
    _service: Background,
    _files: (Folder, Folder),
}

impl Line {
    fn open(version: &str) -> Line {
        let project = Folder::new()
            .with("desk.flow", FLOW)
            .with("ask.wav", "RIFF")
            .with("thanks.wav", "RIFF")
            .with("flowc.toml", "");
        let store = Folder::new();
        let (emulator_port, service_port) = (free_port(), free_port());
        let mut emulator = Flowc::new(["emulate", "--clock", "fast", "--access-key", KEY, "--api-version", version])
            .arg("--listen")
            .arg(format!("127.0.0.1:{emulator_port}"))
            .arg("--event-grid")
            .arg(format!("http://127.0.0.1:{service_port}/events/incoming"))
            .arg("--callback-audience")
            .arg("0f3f4e5d-1111-4222-8333-444455556666")
            .start();
        emulator.wait_for("ready", PATIENCE);
        let mut service = Flowc::new(["serve", "--api-version", version])
            .arg(project.path().as_os_str())
            .arg("--listen")
            .arg(format!("127.0.0.1:{service_port}"))
            .arg("--store")
            .arg(format!("sqlite:{}", store.path().join("calls.db").display()))
            .arg("--callback-audience")
            .arg("0f3f4e5d-1111-4222-8333-444455556666")
            .arg("--callback-oidc")
            .arg(format!("http://127.0.0.1:{emulator_port}/calling/.well-known/acsopenidconfiguration"))
            .env("ACS_CONNECTION_STRING", &format!("endpoint=http://127.0.0.1:{emulator_port}/;accesskey={KEY}"))
            .start();
        service.wait_for("serving", PATIENCE);
        Line { emulator_port, service_port, _emulator: emulator, _service: service, _files: (project, store) }
    }

    fn until(&self, what: &str, port: u16, target: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let seen = http::get(port, target).map_or(Value::Null, |answer| answer.json());
            if wanted(&seen) {
                return seen;
            }
            assert!(Instant::now() < deadline, "never {what}: {seen:#}\n{:#}", self.requests());
            std::thread::sleep(Duration::from_millis(15));
        }
    }

    fn requests(&self) -> Value {
        http::get(self.emulator_port, "/emulator/requests").expect("the emulator answers").json()
    }
}

#[test]
fn a_call_in_each_version() {
    // They, but for the first generations.
    for version in
        SPOKEN.iter().copied().filter(|name| Version::parse(name).is_some_and(|one| one.generation().is_none()))
    {
        let line = Line::open(version);
        let body = json!({ "from": "+441632960100", "to": "+18005550100" });
        assert_eq!(http::json(line.emulator_port, "POST", "/emulator/calls", &body).expect("an answer").status, 201);
        let call = "/emulator/calls/call-1";
        let asked = |seen: &Value| seen.to_string().contains("ask.wav");
        line.until("asks", line.emulator_port, call, asked);
        let keys = json!({ "digits": "1234" });
        assert_eq!(
            http::json(line.emulator_port, "POST", &format!("{call}/press"), &keys).expect("an answer").status,
            202
        );
        line.until("ends", line.emulator_port, call, |seen| seen["state"] == "ended");
        let over = |seen: &Value| seen["calls"][0]["phase"] == "ended";
        let calls = line.until("over", line.service_port, "/api/calls", over);
        assert_eq!(calls["calls"][0]["result"], "told", "{version}: {calls:#}");

        let requests = line.requests();
        let requests = requests["requests"].as_array().expect("a list");
        assert!(requests.len() >= 4, "{requests:#?}");
        for request in requests {
            let target = request["target"].as_str().expect("an address");
            assert!(target.ends_with(&format!("api-version={version}")), "{target}");
            assert!(request["status"].as_u64().is_some_and(|status| status < 300), "{version}: {request:#}");
        }
        // The address alone is not enough: a webhook needs the platform's token.
        let url = requests[0]["body"]["callbackUri"].as_str().expect("a callback");
        let path = &url[url.find("/callbacks/").expect("ours")..];
        assert_eq!(http::json(line.service_port, "POST", path, &json!([])).expect("an answer").status, 401);
    }
}

/// What went between service and emulator, none of which the version publishes otherwise.
fn as_published(version: &str, line: &PhoneLine) -> (Vec<Exchange>, Vec<Value>) {
    let published = Description::of(version);
    let (requests, webhooks) = line.recorded_traffic();
    assert!(requests.len() >= 4 && webhooks.len() >= 3, "{version}: {requests:#?} {webhooks:#?}");
    let wrong = [traffic::requests(&published, &requests), traffic::webhooks(&published, &webhooks)].concat();
    assert!(wrong.is_empty(), "{version}: {}", wrong.join("\n"));
    let events = webhooks.iter().filter_map(|webhook| serde_json::from_slice::<Value>(&webhook.body).ok());
    (requests, events.flat_map(|body| body.as_array().cloned().unwrap_or_default()).collect())
}

#[test]
fn what_is_said_in_each_version_is_as_published() {
    for version in DESCRIBED {
        let files = [("desk.flow", FLOW), ("ask.wav", "RIFF"), ("thanks.wav", "RIFF"), ("flowc.toml", "")];
        let line = PhoneLine::recorded_in(version, &files);
        let call = line.dial();
        line.wait(&call, "asks", |seen| seen.to_string().contains("ask.wav"));
        assert_eq!(line.act(&call, "press", &json!({ "digits": "1234" })), 202);
        line.wait_end(&call);
        assert_eq!(line.wait_result()["result"], "told", "{version}: {:#?}", line.requests());
        as_published(version, &line);
    }
}

/// The call of [`PEOPLE`] in a preview, with streams where they are asked for; what was said.
fn previewed(version: &'static str, streams: bool) -> (Vec<Exchange>, Vec<Value>) {
    let listener = Listener::start_over_tls();
    let port = listener.port;
    let settings = format!(
        "streaming_url = \"wss://localhost:{port}/media\"\ntranscription_url = \"wss://localhost:{port}/words\"\n"
    );
    let stay = &PEOPLE[PEOPLE.find("stay: ").expect("a state")..PEOPLE.find("bye: ").expect("a state")];
    let watched = format!("watched: while streaming on and transcription en-GB, else sorry {{\n  {stay}}}\n");
    let flow = if streams { PEOPLE.replace(stay, &watched) } else { PEOPLE.to_owned() };
    let line = PhoneLine::recorded_in(version, &[("desk.flow", &flow), ("flowc.toml", &settings)]);
    let call = line.dial();
    line.wait_playing(&call, "For sales");
    assert_eq!(line.act(&call, "say", &json!({ "text": "sales" })), 202);
    line.wait_playing(&call, "Stay on");
    assert_eq!(line.act(&call, "press", &json!({ "digits": "5" })), 202);
    line.wait_end(&call);
    assert_eq!(line.wait_result()["result"], "told", "{version}: {:#?}", line.requests());
    as_published(version, &line)
}

/// The request to an address that ends so: its status, and its body.
fn asked(requests: &[Exchange], ending: &str) -> (u16, Value) {
    let path = |request: &&Exchange| request.target.split('?').next().is_some_and(|path| path.ends_with(ending));
    let request = requests.iter().find(path).unwrap_or_else(|| panic!("{ending}: {requests:#?}"));
    (request.status, serde_json::from_slice(&request.body).unwrap_or(Value::Null))
}

#[test]
fn a_whole_call_of_the_preview_before_the_second_version() {
    let (requests, events) = previewed("2023-06-15-preview", false);
    let (status, answer) = asked(&requests, ":answer");
    assert_eq!((status, &answer["cognitiveServicesEndpoint"]), (200, &json!("https://ai.example/")));
    assert_eq!(asked(&requests, "participants:mute").0, 202);
    let tones = |event: &&Value| event["type"].as_str().is_some_and(|name| name.ends_with("ToneReceived"));
    let tone = events.iter().find(tones).expect("a key was told");
    assert_eq!((&tone["data"]["toneInfo"]["tone"], &tone["data"]["tone"]), (&json!("five"), &Value::Null));
}

#[test]
fn a_whole_call_of_the_previews_with_streams() {
    for (version, format) in [("2024-06-15-preview", Value::Null), ("2024-11-15-preview", json!("pcm16KMono"))] {
        let (requests, events) = previewed(version, true);
        let (_, answer) = asked(&requests, ":answer");
        let options = &answer["mediaStreamingOptions"];
        assert_eq!((&options["contentType"], &options["audioFormat"]), (&json!("audio"), &format), "{version}");
        for operation in [":startMediaStreaming", ":startTranscription"] {
            assert_eq!(asked(&requests, operation).0, 202, "{version}");
        }
        let told =
            |name: &str| events.iter().find(|event| event["type"].as_str().is_some_and(|one| one.ends_with(name)));
        assert!(told("MediaStreamingStarted").is_some() && told("TranscriptionStarted").is_some(), "{events:#?}");
        let connected = told("CallConnected").expect("it was");
        assert_eq!(connected["data"]["resultInformation"].is_object(), version == "2024-11-15-preview");
    }
}

#[test]
fn what_a_version_lacks_is_found_and_not_served() {
    let flow = FLOW.replace("ask file \"ask.wav\"", "ask \"Your number?\"");
    let flow = flow.replace("thanks.wav", "https://sounds.example/thanks.wav");
    let project = Folder::new().with("desk.flow", &flow).with("flowc.toml", "");
    let check = |version: &str| {
        let run =
            Flowc::new(["check", "--format", "json", "--api-version", version]).arg(project.path().as_os_str()).run();
        let found = run.stdout.lines().filter(|line| line.contains("\"F1001\"")).map(str::to_owned).collect::<Vec<_>>();
        (run.status, found)
    };
    assert_eq!(check("2023-10-15"), (Some(0), Vec::new()));
    assert_eq!(check("2023-06-15-preview"), (Some(0), Vec::new()));
    let (status, found) = check("2023-03-06");
    assert_eq!((status, found.len()), (Some(1), 1), "{found:?}");
    assert!(found[0].contains("\"line\":10") && found[0].contains("words said by the platform"), "{}", found[0]);
    let served = Flowc::new(["serve", "--api-version", "2023-03-06", "--ai-endpoint", "https://ai.example/"])
        .arg(project.path().as_os_str())
        .env("ACS_CONNECTION_STRING", "endpoint=http://127.0.0.1:1/;accesskey=aGVsbG8=")
        .run();
    assert_eq!(served.status, Some(1), "{}", served.stderr);
    assert!(served.stderr.contains("F1001"), "{}", served.stderr);
}
