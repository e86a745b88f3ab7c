//! For tests: a cloud with its time, the events it has sent, and the requests tests make of it.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::emulator::answer::Answer;
use crate::emulator::api::Asked;
use crate::emulator::cloud::Cloud;
use crate::emulator::effect::{Effect, SocketAct};

pub(crate) const CALLER: &str = "+441632960100";
pub(crate) const LINE: &str = "+18005550100";
pub(crate) const BASE: &str = "/calling/callConnections";

/// A cloud with its time, and every event it has sent.
pub(crate) struct Stage {
    pub(crate) cloud: Cloud,
    pub(crate) now: u64,
    pub(crate) events: Vec<Event>,
    pub(crate) grids: Vec<(u64, u32)>,
    /// What went to the subscriber, as written.
    pub(crate) news: Vec<Value>,
    pub(crate) measures: Vec<(u64, String)>,
    /// Web sockets that were to be opened: those whose address has no `nobody` in it are.
    pub(crate) sockets: Vec<(u64, String)>,
    /// What was written to each, and `closed`.
    pub(crate) frames: Vec<(u64, Value)>,
    /// The host of requests, which come by https then.
    pub(crate) host: Option<&'static str>,
}

/// A webhook as its receiver sees it.
pub(crate) struct Event {
    pub(crate) url: String,
    pub(crate) name: &'static str,
    pub(crate) data: Value,
}

impl Stage {
    pub(crate) fn new() -> Stage {
        let cloud = Cloud::new(7, Timestamp::UNIX_EPOCH, "2026-03-12");
        Stage {
            cloud,
            now: 0,
            events: Vec::new(),
            grids: Vec::new(),
            news: Vec::new(),
            measures: Vec::new(),
            sockets: Vec::new(),
            frames: Vec::new(),
            host: None,
        }
    }

    /// Time passes, in small steps so that events are seen when they happen.
    pub(crate) fn wait(&mut self, ms: u64) {
        let until = self.now + ms;
        while let Some(due) = self.cloud.next_due().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            self.cloud.advance(self.now);
            self.collect();
        }
        self.now = until;
        self.cloud.advance(until);
        self.collect();
    }

    pub(crate) fn collect(&mut self) {
        let mut opened = Vec::new();
        for effect in self.cloud.take_effects() {
            match effect {
                Effect::Grid { delivery, attempt, body, .. } => {
                    self.grids.push((delivery, attempt));
                    self.news.push(serde_json::from_str(&body).expect("JSON"));
                }
                Effect::Measure { ticket, uri } => self.measures.push((ticket, uri)),
                Effect::Socket { socket, act: SocketAct::Open { url, .. } } => {
                    opened.push((socket, !url.contains("nobody")));
                    self.sockets.push((socket, url));
                }
                Effect::Socket { socket, act: SocketAct::Send { frame } } => {
                    self.frames.push((socket, serde_json::from_str(&frame).expect("JSON")));
                }
                Effect::Socket { socket, act: SocketAct::Close } => self.frames.push((socket, json!("closed"))),
                Effect::Webhook { url, name, body, .. } => {
                    let body: Value = serde_json::from_str(&body).expect("JSON");
                    assert_eq!(body[0]["type"], format!("Microsoft.Communication.{name}"));
                    self.events.push(Event { url, name, data: body[0]["data"].clone() });
                }
            }
        }
        for (socket, is_open) in opened {
            self.cloud.socket_opened(self.now, socket, is_open);
            self.collect();
        }
    }

    /// What was written to sockets since the last time, but for silence.
    pub(crate) fn written(&mut self) -> Vec<Value> {
        let frames = std::mem::take(&mut self.frames).into_iter().map(|(_, frame)| frame);
        frames.filter(|frame| frame["audioData"]["silent"] != true).collect()
    }

    /// The application says something on a socket.
    pub(crate) fn says(&mut self, socket: u64, text: &Value) -> Option<&'static str> {
        let said = self.cloud.socket_said(self.now, socket, &text.to_string());
        self.collect();
        said
    }

    /// Tells how long every file asked for lasts.
    pub(crate) fn measured(&mut self, lasts: Option<u64>) {
        for (ticket, _) in std::mem::take(&mut self.measures) {
            self.cloud.measured(self.now, ticket, lasts);
        }
        self.collect();
    }

    pub(crate) fn raw(&mut self, method: &str, path: &str, body: &str, repeat: Option<&str>) -> Answer {
        let asked = Asked {
            method,
            path,
            query: Some("api-version=2026-03-12"),
            host: self.host,
            is_secure: self.host.is_some(),
            content_type: Some("application/json"),
            repeat_id: repeat,
            repeat_first_sent: repeat.map(|_| "Fri, 20 Nov 2026 14:00:00 GMT"),
            body: body.as_bytes(),
        };
        let answer = self.cloud.rest(self.now, &asked);
        self.collect();
        answer
    }

    /// A request of the REST API: status and body, `null` when empty.
    pub(crate) fn rest(&mut self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.raw(method, &format!("{BASE}{path}"), &body, None);
        (answer.status, answer.body.map_or(Value::Null, |body| serde_json::from_str(&body).expect("JSON")))
    }

    /// A refused request: status and code.
    pub(crate) fn refused(&mut self, method: &str, path: &str, body: Value) -> (u16, String) {
        let (status, body) = self.rest(method, path, body);
        assert!(body["error"]["message"].is_string(), "{body}");
        (status, body["error"]["code"].as_str().expect("a code").to_owned())
    }

    pub(crate) fn human(&mut self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let segments: Vec<&str> = path.split('/').collect();
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.cloud.human(self.now, method, &segments, body.as_bytes());
        self.collect();
        (answer.status, answer.body.map_or(Value::Null, |body| serde_json::from_str(&body).expect("JSON")))
    }

    /// Somebody dials and the application answers; the connection id.
    pub(crate) fn inbound(&mut self) -> String {
        let (status, dialled) = self.human("POST", "calls", json!({"from": CALLER, "to": LINE}));
        assert_eq!(status, 201);
        let body = json!({
            "incomingCallContext": dialled["incomingCallContext"], "callbackUri": "https://app.example/cb", "operationContext": "set-up",
            "callIntelligenceOptions": {"cognitiveServicesEndpoint": "https://ai.example/"},
        });
        let (status, answered) = self.rest("POST", ":answer", body);
        assert_eq!((status, answered["callConnectionState"].as_str()), (200, Some("connecting")));
        answered["callConnectionId"].as_str().expect("an id").to_owned()
    }

    pub(crate) fn connected(&mut self) -> String {
        let id = self.inbound();
        self.wait(50);
        assert_eq!(self.take_names(), ["CallConnected", "ParticipantsUpdated"]);
        id
    }

    /// The same when other calls ring already: the one that comes to be has this name.
    pub(crate) fn connected_as(&mut self, name: &str) -> String {
        let id = self.connected();
        assert_eq!(self.human("GET", name, Value::Null).1["callConnectionId"], id);
        id
    }

    fn context(&mut self, number: u64) -> Option<String> {
        self.cloud.calls.get(&number)?.incoming_context.clone()
    }

    /// The application answers a call by its number.
    pub(crate) fn answer(&mut self, number: u64) -> String {
        let body = json!({"incomingCallContext": self.context(number), "callbackUri": "https://app.example/cb"});
        let (status, answered) = self.rest("POST", ":answer", body);
        assert_eq!(status, 200, "{answered}");
        answered["callConnectionId"].as_str().expect("an id").to_owned()
    }

    /// The application rejects a call by its number.
    pub(crate) fn reject(&mut self, number: u64) {
        let body = json!({"incomingCallContext": self.context(number)});
        assert_eq!(self.rest("POST", ":reject", body).0, 204);
    }

    pub(crate) fn create(&mut self) -> String {
        let (status, created) = self.rest("POST", "", create());
        assert_eq!((status, created["callConnectionState"].as_str()), (201, Some("connecting")));
        created["callConnectionId"].as_str().expect("an id").to_owned()
    }

    pub(crate) fn take(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    pub(crate) fn take_names(&mut self) -> Vec<&'static str> {
        self.take().iter().map(|event| event.name).collect()
    }

    /// The names with their `code/subCode`.
    pub(crate) fn take_results(&mut self) -> Vec<String> {
        self.take()
            .iter()
            .map(|event| {
                format!(
                    "{} {}/{}",
                    event.name, event.data["resultInformation"]["code"], event.data["resultInformation"]["subCode"]
                )
            })
            .collect()
    }

    pub(crate) fn call(&mut self) -> Value {
        self.human("GET", "calls/call-1", Value::Null).1
    }

    pub(crate) fn heard(&mut self) -> Vec<String> {
        let call = self.call();
        let entries = call["transcript"].as_array().expect("a list").clone();
        entries
            .iter()
            .map(|entry| {
                format!(
                    "{} {} {}",
                    entry["at"].as_str().unwrap_or("?"),
                    entry["did"].as_str().unwrap_or("?"),
                    entry["text"].as_str().unwrap_or("?")
                )
            })
            .collect()
    }
}

pub(crate) fn create() -> Value {
    json!({
        "targets": [{"phoneNumber": {"value": CALLER}}], "sourceCallerIdNumber": {"value": LINE},
        "callbackUri": "https://app.example/cb", "operationContext": "dial",
    })
}

/// 28 characters: two seconds.
pub(crate) fn text() -> Value {
    json!({"kind": "text", "text": {"text": "Twenty-eight characters here", "voiceName": "en-US-NancyNeural"}})
}

pub(crate) fn play() -> Value {
    json!({"playSources": [text()], "operationContext": "p"})
}

pub(crate) fn recognize(more: Value) -> Value {
    let mut options = json!({"targetParticipant": {"phoneNumber": {"value": CALLER}}, "interruptPrompt": true,
        "dtmfOptions": {"maxTonesToCollect": 2, "stopTones": ["pound"]}});
    options.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    json!({"recognizeInputType": "dtmf", "playPrompts": [text()], "recognizeOptions": options, "operationContext": "r"})
}

pub(crate) fn choices(more: Value) -> Value {
    let mut body = recognize(json!({}));
    body["recognizeInputType"] = json!("choices");
    body["recognizeOptions"].as_object_mut().expect("an object").remove("dtmfOptions");
    body["recognizeOptions"]["choices"] = json!([{"label": "sales", "phrases": ["sales"], "tone": "one"}, {"label": "help", "phrases": ["help"], "tone": "two"}]);
    body["recognizeOptions"].as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    body
}
