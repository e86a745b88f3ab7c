//! Requests that are wrong in every way there is, of every operation, over a live call: each is refused in the platform's shape with
//! its status and code, and changes nothing.

use serde_json::{Map, Value, json};

use crate::emulator::server_tests::{CALLER, Call, KEY, Stage, quiet_stage, read};
use crate::platform::legality::{Condition, cell};
use crate::platform::operations::{Operation, Row, TABLE};

const LINE: &str = "+18005550100";
const VERSION: &str = "api-version=2026-03-12";
const MALFORMED: (u16, &str) = (400, "8523");
const UNSIGNED: (u16, &str) = (401, "7509");
const UNKNOWN: (u16, &str) = (404, "8522");

/// A call that is connected and recorded, one that is placed, one that rings, and one that is over. Time stands still.
struct Live {
    stage: Stage,
    connected: String,
    placed: String,
    over: String,
    recording: String,
    ringing: Value,
    used: Value,
    /// How everything stands.
    state: String,
}

impl Live {
    async fn new() -> Live {
        let stage = quiet_stage().await;
        let human = async |method, path, body| stage.human(method, path, body).await.1;
        let id = |answer: &Value| answer["callConnectionId"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
        human("PUT", "phones/+441632960102", json!({"answer": "never"})).await;
        let used = human("POST", "calls", json!({"from": CALLER, "to": LINE})).await["incomingCallContext"].clone();
        let streams =
            json!({"transportType": "websocket", "audioChannelType": "mixed", "transportUrl": "ws://127.0.0.1:1/"});
        let words = json!({"transportType": "websocket", "locale": "en-GB", "transportUrl": "ws://127.0.0.1:1/"});
        let answer = json!({"incomingCallContext": used, "callbackUri": stage.callback("/cb"),
            "callIntelligenceOptions": {"cognitiveServicesEndpoint": "https://ai.example/"},
            "mediaStreamingOptions": streams, "transcriptionOptions": words});
        let connected = id(&stage.rest("POST", ":answer", answer).await.1);
        let mut live = Live {
            connected,
            used,
            stage,
            placed: String::new(),
            over: String::new(),
            recording: String::new(),
            ringing: Value::Null,
            state: String::new(),
        };
        assert_eq!(live.stage.deliveries(2).await.len(), 2, "connected, and who is on it");
        live.stage.human("POST", "clock", json!({"clock": "manual"})).await;
        let create = live.body(Operation::CreateCall).expect("it has one");
        live.over = id(&live.stage.rest("POST", "", create.clone()).await.1);
        assert_eq!(live.stage.rest("POST", &format!("/{}:terminate", live.over), Value::Null).await.0, 204);
        live.placed = id(&live.stage.rest("POST", "", create).await.1);
        let dialled = live.stage.human("POST", "calls", json!({"from": CALLER, "to": LINE})).await.1;
        live.ringing = dialled["incomingCallContext"].clone();
        let record = json!({"callConnectionId": live.connected}).to_string().into_bytes();
        let started = read(live.sent("POST", "/calling/recordings", record).send().await.expect("answered")).await;
        live.recording = started.1["recordingId"].as_str().expect("an id").to_owned();
        live.state = live.looked_at().await;
        live
    }

    /// Everything that can be seen from outside.
    async fn looked_at(&self) -> String {
        let (_, calls) = self.stage.human("GET", "calls", Value::Null).await;
        let path = format!("/calling/recordings/{}", self.recording);
        let recording = read(self.sent("GET", &path, Vec::new()).send().await.expect("answered")).await;
        let told = self.stage.got.lock().expect("not poisoned").len();
        format!("{calls} {recording:?} {told}")
    }

    /// The smallest body of an operation; `None` where it takes none.
    fn body(&self, operation: Operation) -> Option<Value> {
        let phone = |number: &str| json!({"phoneNumber": {"value": number}});
        let user = json!({"communicationUser": {"id": "8:acs:a_b"}});
        let callback = self.stage.callback("/cb");
        let target = json!({"targetParticipant": phone(CALLER)});
        Some(match operation {
            Operation::CreateCall => json!({"targets": [phone("+441632960102")], "callbackUri": callback,
                "sourceCallerIdNumber": {"value": LINE}}),
            Operation::AnswerCall => json!({"incomingCallContext": self.ringing, "callbackUri": callback}),
            Operation::RedirectCall => json!({"incomingCallContext": self.ringing, "target": user}),
            Operation::RejectCall => json!({"incomingCallContext": self.ringing}),
            Operation::Connect => json!({"callLocator": {"kind": "groupCallLocator", "groupCallId": "g"},
                "callbackUri": callback}),
            Operation::Transfer => json!({"targetParticipant": phone("+441632960101")}),
            Operation::Play => {
                json!({"playSources": [{"kind": "file", "file": {"uri": self.stage.callback("/a.wav")}}]})
            }
            Operation::Recognize => json!({"recognizeInputType": "dtmf", "recognizeOptions":
                {"targetParticipant": phone(CALLER), "dtmfOptions": {"maxTonesToCollect": 1}}}),
            Operation::StartKeys | Operation::StopKeys | Operation::Hold | Operation::Unhold => target,
            Operation::SendKeys => json!({"tones": ["one"], "targetParticipant": phone(CALLER)}),
            Operation::StartStreaming
            | Operation::StopStreaming
            | Operation::StartTranscription
            | Operation::StopTranscription
            | Operation::UpdateTranscription => json!({"operationContext": "c"}),
            Operation::AddParticipant => json!({"participantToAdd": user}),
            Operation::RemoveParticipant => json!({"participantToRemove": phone(CALLER)}),
            Operation::MuteParticipant => json!({"targetParticipants": [user]}),
            Operation::CancelAddParticipant => json!({"invitationId": "7"}),
            Operation::MoveParticipants => json!({"targetParticipants": [phone(CALLER)], "fromCall": self.connected}),
            Operation::StartRecording => json!({"callConnectionId": self.connected}),
            Operation::CancelMedia
            | Operation::GetCall
            | Operation::GetParticipant
            | Operation::GetRecording
            | Operation::HangUp
            | Operation::ListParticipants
            | Operation::PauseRecording
            | Operation::ResumeRecording
            | Operation::StopRecording
            | Operation::Terminate => return None,
        })
    }

    fn bytes(&self, operation: Operation) -> Vec<u8> {
        self.body(operation).map(|body| body.to_string().into_bytes()).unwrap_or_default()
    }

    /// The path of an operation on a call, a recording and somebody.
    fn path(&self, row: &Row, connection: &str) -> String {
        let path = row.path.replace("{id}", connection).replace("{recording}", &self.recording);
        path.replace("{who}", "4%3A%2B441632960100")
    }

    /// A good request but for what its path and body may be.
    fn sent(&self, method: &str, path: &str, body: Vec<u8>) -> reqwest::RequestBuilder {
        let target = format!("{path}?{VERSION}");
        let at = jiff::Timestamp::now();
        let call = Call { method, target: &target, body, content_type: Some("application/json"), key: KEY, at };
        self.stage.signed(call)
    }

    /// A request is refused as it should be, and nothing has changed.
    async fn refuses(&self, what: &str, sent: reqwest::RequestBuilder, wanted: (u16, &str)) {
        let (status, body) = read(sent.send().await.expect("answered")).await;
        assert_eq!((status, body["error"]["code"].as_str()), (wanted.0, Some(wanted.1)), "{what}: {body}");
        let members: Vec<&String> = body["error"].as_object().expect("an object").keys().collect();
        assert_eq!(members, ["code", "message"], "{what}: {body}");
        assert!(body["error"]["message"].as_str().is_some_and(|text| !text.is_empty()), "{what}: {body}");
        assert_eq!(self.looked_at().await, self.state, "{what}");
    }
}

#[tokio::test]
async fn who_is_not_let_in_changes_nothing() {
    let live = Live::new().await;
    for row in TABLE {
        let (method, path) = (row.method.as_str(), live.path(row, &live.connected));
        let body = || live.bytes(row.operation);
        let what = |how: &str| format!("{:?}, {how}", row.operation);
        let now = jiff::Timestamp::now();
        let call = |target, key, at| {
            live.stage.signed(Call { method, target, body: body(), content_type: Some("application/json"), key, at })
        };
        let target = format!("{path}?{VERSION}");
        let bare = || {
            let url = format!("http://{}{target}", live.stage.emulator);
            let sent = live.stage.client.request(method.parse().expect("a method"), url);
            sent.header("content-type", "application/json").body(body())
        };
        live.refuses(&what("unsigned"), bare(), UNSIGNED).await;
        let forged = "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=AAAA";
        let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&now).expect("a date");
        let hash = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        let wrong =
            bare().header("x-ms-date", date).header("x-ms-content-sha256", hash).header("authorization", forged);
        live.refuses(&what("wrongly signed"), wrong, UNSIGNED).await;
        live.refuses(&what("another's key"), call(&target, "b3RoZXI=", now), UNSIGNED).await;
        let stale = now - jiff::SignedDuration::from_mins(6);
        live.refuses(&what("an old date"), call(&target, KEY, stale), UNSIGNED).await;
        live.refuses(&what("no token of ours"), bare().bearer_auth("x.y.z"), (401, "7501")).await;
        let other = format!("{path}?api-version=2031-01-01");
        live.refuses(&what("another version"), call(&other, KEY, now), MALFORMED).await;
        live.refuses(&what("no version"), call(&path, KEY, now), MALFORMED).await;
        live.refuses(&what("another method"), live.sent("PUT", &path, body()), (405, "8520")).await;
        if row.repeatable {
            let half = call(&target, KEY, now).header("repeatability-request-id", uuid::Uuid::nil().to_string());
            live.refuses(&what("half a repeatability"), half, MALFORMED).await;
        }
    }
}

#[tokio::test]
async fn what_cannot_be_now_changes_nothing() {
    let live = Live::new().await;
    for row in TABLE {
        let method = row.method.as_str();
        let what = |how: &str| format!("{:?}, {how}", row.operation);
        let sent = |path: &str| live.sent(method, path, live.bytes(row.operation));
        if row.path.contains("{id}") {
            live.refuses(&what("nobody's call"), sent(&live.path(row, "nobody")), UNKNOWN).await;
            live.refuses(&what("a call that is over"), sent(&live.path(row, &live.over)), UNKNOWN).await;
            if cell(row.operation, Condition::Placed).verdict.refusal().is_some() {
                live.refuses(&what("not answered yet"), sent(&live.path(row, &live.placed)), (400, "8501")).await;
            }
        }
        if row.path.contains("{recording}") {
            let path = row.path.replace("{recording}", "bm9uZQ");
            live.refuses(&what("nobody's recording"), sent(&path), UNKNOWN).await;
        }
        if row.path.contains("{who}") {
            let path = row.path.replace("{id}", &live.connected).replace("{who}", "4%3A%2B441632960199");
            live.refuses(&what("who is not there"), sent(&path), UNKNOWN).await;
        }
        let body = live.body(row.operation).unwrap_or_default();
        if body.get("incomingCallContext").is_some() {
            for context in [live.used.clone(), json!("none")] {
                let mut body = body.clone();
                body["incomingCallContext"] = context;
                let sent = live.sent(method, row.path, body.to_string().into_bytes());
                live.refuses(&what("a context that is used up, or none"), sent, MALFORMED).await;
            }
        }
    }
    let record =
        |id: &str| live.sent("POST", "/calling/recordings", json!({"callConnectionId": id}).to_string().into());
    live.refuses("a recording, not answered yet", record(&live.placed), (400, "8501")).await;
    live.refuses("a recording of a call that is over", record(&live.over), UNKNOWN).await;
    live.refuses("a second recording", record(&live.connected), (400, "8559")).await;
    live.refuses(
        "running as it is",
        live.sent("POST", &format!("/calling/recordings/{}:resume", live.recording), Vec::new()),
        (400, "8573"),
    )
    .await;
}

/// Bodies that are none, or not one of this operation's; each with what is wrong with it.
fn bad_bodies(good: &Map<String, Value>, all_needed: bool) -> Vec<(String, Vec<u8>)> {
    let written = |members: &Map<String, Value>| Value::Object(members.clone()).to_string().into_bytes();
    let mut bodies: Vec<(String, Vec<u8>)> = vec![
        ("no body".into(), Vec::new()),
        ("broken JSON".into(), b"{\"operationContext\":".to_vec()),
        ("no object".into(), b"[]".to_vec()),
        ("invalid UTF-8".into(), b"{\"operationContext\":\"\xff\"}".to_vec()),
        ("deep nesting".into(), format!("{{\"operationContext\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000)).into()),
    ];
    let mut more = good.clone();
    more.insert("bogus".to_owned(), json!(1));
    bodies.push(("a member too many".to_owned(), written(&more)));
    for name in good.keys() {
        let mut other = good.clone();
        other.insert(name.clone(), json!(7));
        bodies.push((format!("{name} of a wrong type"), written(&other)));
        if all_needed {
            let mut fewer = good.clone();
            fewer.remove(name);
            bodies.push((format!("no {name}"), written(&fewer)));
        }
    }
    bodies
}

#[tokio::test]
async fn bodies_that_cannot_be_change_nothing() {
    let live = Live::new().await;
    for row in TABLE {
        let Some(Value::Object(good)) = live.body(row.operation) else { continue };
        let (method, path) = (row.method.as_str(), live.path(row, &live.connected));
        // Streams and transcriptions need nothing.
        let all_needed = !good.contains_key("operationContext");
        for (how, body) in bad_bodies(&good, all_needed) {
            let what = format!("{:?}, {how}", row.operation);
            live.refuses(&what, live.sent(method, &path, body), MALFORMED).await;
        }
        for content_type in [None, Some("text/plain")] {
            let (target, at) = (format!("{path}?{VERSION}"), jiff::Timestamp::now());
            let body = live.bytes(row.operation);
            let sent = live.stage.signed(Call { method, target: &target, body, content_type, key: KEY, at });
            live.refuses(&format!("{:?}, {content_type:?}", row.operation), sent, MALFORMED).await;
        }
        let mut large = good.clone();
        large.insert("operationContext".to_owned(), json!("x".repeat(1_600_000)));
        let sent = live.sent(method, &path, Value::Object(large).to_string().into_bytes());
        live.refuses(&format!("{:?}, 1.6 MB", row.operation), sent, (413, "413")).await;
    }
}
