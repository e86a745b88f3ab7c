//! What the scripted platform writes down: its lines, every request it got, every event the service acknowledged.

use flowc::machine::command::OpRef;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc::UnboundedSender;

/// Milliseconds since the epoch.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later than 1970");
    i64::try_from(since.as_millis()).expect("milliseconds fit for long")
}

/// How a line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The caller hears it ringing, or the callee is to be rung.
    Ringing,
    /// Somebody talks.
    Up,
    /// It is over.
    Over,
}

/// One line of the platform's.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) placed: bool,
    pub(crate) phase: Phase,
    pub(crate) over_at: Option<i64>,
    /// The service's id of the call, and where its webhooks go.
    pub(crate) call: Option<String>,
    pub(crate) url: Option<String>,
    /// Who posts its webhooks, one after the other.
    pub(crate) post: Option<UnboundedSender<Value>>,
    /// What plays or listens, by a number of its own: the operation and its context.
    pub(crate) media: BTreeMap<u64, (Media, String)>,
    /// Ids under which something was done that may be done once: answered or dialled, and transferred.
    pub(crate) begun_by: BTreeSet<String>,
    pub(crate) transferred_by: BTreeSet<String>,
}

/// What plays or listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    Play,
    Recognize,
}

/// One request of the service's.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) at: i64,
    pub(crate) operation: String,
    pub(crate) line: usize,
    pub(crate) op: Option<OpRef>,
    /// Repeatability-Request-ID and Repeatability-First-Sent.
    pub(crate) repeat: Option<(String, String)>,
    pub(crate) status: u16,
    /// It did something, and not for the second time.
    pub(crate) done: bool,
}

/// One event that the service acknowledged.
#[derive(Clone, Debug)]
pub(crate) struct Acknowledged {
    pub(crate) at: i64,
    pub(crate) call: String,
    pub(crate) key: String,
    pub(crate) kind: String,
}

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct Books {
    pub(crate) lines: Vec<Line>,
    /// By what names them before there is a connection: the context of an incoming call, the number that is called.
    pub(crate) by_name: BTreeMap<String, usize>,
    pub(crate) by_connection: BTreeMap<String, usize>,
    pub(crate) sent: Vec<Sent>,
    /// What repeatable requests did, by their ids: status and body.
    pub(crate) repeats: BTreeMap<String, (u16, Value)>,
    pub(crate) acknowledged: Vec<Acknowledged>,
    /// Incoming calls whose delivery was acknowledged, by context, and ids of calls placed, by number.
    pub(crate) taken: Vec<String>,
    pub(crate) placed: BTreeMap<String, String>,
    pub(crate) posted: usize,
    /// How long acknowledgements took.
    pub(crate) took: Vec<Duration>,
    /// Calls and orders that were not taken, by status; 0 where nobody answered.
    pub(crate) refused: BTreeMap<u16, usize>,
    /// Tries at webhooks that were not acknowledged.
    pub(crate) unheard: BTreeMap<u16, usize>,
    pub(crate) lost: usize,
    pub(crate) given_up: usize,
    /// What no service should ask.
    pub(crate) strange: Vec<String>,
}

impl Books {
    /// Lines that are not over.
    pub(crate) fn live(&self) -> usize {
        self.lines.iter().filter(|line| line.phase != Phase::Over).count()
    }

    /// The id of a line's connection.
    pub(crate) fn connection(line: usize) -> String {
        format!("line-{line}")
    }

    /// The platform's own words about a line.
    pub(crate) fn standing(&self, line: usize) -> Value {
        let state = if self.lines[line].phase == Phase::Over { "disconnected" } else { "connected" };
        json!({ "callConnectionId": Books::connection(line), "serverCallId": format!("server-{line}"),
                "callConnectionState": state, "correlationId": format!("correlation-{line}") })
    }

    /// Has a line's webhook posted.
    pub(crate) fn tell(&self, line: usize, name: &str, context: Option<&str>, code: (i32, i32), more: &Value) {
        let Some(post) = &self.lines[line].post else { return };
        let connection = Books::connection(line);
        let mut data = json!({ "callConnectionId": connection, "serverCallId": format!("server-{line}"),
            "correlationId": format!("correlation-{line}"),
            "resultInformation": { "code": code.0, "subCode": code.1, "message": "" } });
        if let Some(context) = context {
            data["operationContext"] = json!(context);
        }
        for (key, value) in more.as_object().into_iter().flatten() {
            data[key] = value.clone();
        }
        let id = uuid::Uuid::new_v4().to_string();
        // Nobody posts any more once the run is over.
        let _ = post.send(json!({ "id": id, "source": connection, "specversion": "1.0", "data": data,
            "type": format!("Microsoft.Communication.{name}"), "time": "2026-11-20T14:00:00Z" }));
    }

    /// A line is over, for whatever reason.
    pub(crate) fn over(&mut self, line: usize, at: i64) {
        if self.lines[line].phase == Phase::Over {
            return;
        }
        let media = std::mem::take(&mut self.lines[line].media);
        for (kind, context) in media.values() {
            self.tell(line, kind.failed(), Some(context), (400, 8508), &Value::Null);
        }
        (self.lines[line].phase, self.lines[line].over_at) = (Phase::Over, Some(at));
        self.tell(line, "CallDisconnected", None, (200, 7015), &Value::Null);
    }
}

impl Media {
    pub(crate) fn failed(self) -> &'static str {
        match self {
            Media::Play => "PlayFailed",
            Media::Recognize => "RecognizeFailed",
        }
    }

    pub(crate) fn canceled(self) -> &'static str {
        match self {
            Media::Play => "PlayCanceled",
            Media::Recognize => "RecognizeCanceled",
        }
    }
}
