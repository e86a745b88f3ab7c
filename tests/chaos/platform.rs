//! A scripted platform that keeps books. It answers requests as the platform's contract says, in real time, and never twice to
//! what may be done once.

use crate::chaos::books::{Books, Line, Media, Phase, Sent, now_ms};
use crate::chaos::dice::Dice;
use flowc::http::{Limits, Request, Response, serve};
use flowc::machine::command::OpRef;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::runtime::{Handle, Runtime};
use tokio::sync::watch;

/// How its people behave, and what goes wrong. Times are in milliseconds, chances of a thousand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// How long a prompt takes.
    pub(crate) speaking: (u64, u64),
    /// How long somebody takes to press a key.
    pub(crate) thinking: (u64, u64),
    /// Callers who leave before they are served.
    pub(crate) leaves: u64,
    /// Calls that are placed rather than answered.
    pub(crate) places: u64,
    /// Webhooks that come twice.
    pub(crate) twice: u64,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules { speaking: (1_000, 4_000), thinking: (1_500, 6_000), leaves: 120, places: 200, twice: 50 }
    }
}

/// The platform. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Platform(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) port: u16,
    /// Where the service does.
    pub(super) service: u16,
    pub(super) rules: Rules,
    pub(super) books: Mutex<Books>,
    pub(super) dice: Mutex<Dice>,
    pub(super) client: reqwest::Client,
    /// Of a thousand webhooks, so many never come.
    pub(super) loses: AtomicU64,
    /// Lines that are kept up.
    pub(super) wanted: AtomicUsize,
    _stop: watch::Sender<bool>,
    pub(super) runtime: Handle,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Platform {
    /// Starts it, for a service that listens on this port; it lives as long as its threads.
    pub(crate) fn start(seed: u64, service: u16, rules: Rules) -> (Platform, Runtime) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("threads can be had");
        let listener = runtime.block_on(tokio::net::TcpListener::bind(("127.0.0.1", 0))).expect("loopback");
        let port = listener.local_addr().expect("it is bound").port();
        let (stop, stopped) = watch::channel(false);
        let client = reqwest::Client::builder().no_proxy().timeout(std::time::Duration::from_secs(6)).build();
        let platform = Platform(Arc::new(Inner {
            port,
            service,
            rules,
            books: Mutex::default(),
            dice: Mutex::new(Dice::new(seed)),
            client: client.expect("a plain client"),
            loses: AtomicU64::new(0),
            wanted: AtomicUsize::new(0),
            _stop: stop,
            runtime: runtime.handle().clone(),
        }));
        let answering = Arc::downgrade(&platform.0);
        platform.0.runtime.spawn(serve(listener, Limits::default(), stopped, move |request| {
            let answering = answering.upgrade();
            async move { answering.map_or_else(|| Response::empty(503), |inner| Platform(inner).answer(&request)) }
        }));
        let calling = Arc::downgrade(&platform.0);
        platform.0.runtime.spawn(crate::chaos::people::keep_up(calling));
        (platform, runtime)
    }

    /// Where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.0.port
    }

    /// The books, as they stand.
    pub(crate) fn books(&self) -> MutexGuard<'_, Books> {
        lock(&self.0.books)
    }

    fn answer(&self, request: &Request) -> Response {
        let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
        let rest = request.path.strip_prefix("/calling/callConnections").unwrap_or("?");
        let asked = Asked { request, body, books: self.books() };
        match (request.method.as_str(), rest) {
            ("POST", ":answer") => self.pick_up(asked),
            ("POST", "") => self.dial(asked),
            (method, rest) => {
                let (connection, act) = rest.trim_start_matches('/').split_once(':').unwrap_or((&rest[1..], ""));
                let line = asked.books.by_connection.get(connection).copied();
                match line {
                    Some(line) => self.on_line(asked, line, method, act),
                    None => asked.strange(),
                }
            }
        }
    }

    fn pick_up(&self, mut asked: Asked<'_>) -> Response {
        let context = asked.text("incomingCallContext");
        let Some(line) = asked.books.by_name.get(&context).copied() else { return asked.strange() };
        if asked.books.lines[line].phase == Phase::Over {
            return asked.note("answer", line, (404, json!({ "error": { "code": "8522", "message": "gone" } })), false);
        }
        if let Some(before) = asked.before() {
            return asked.note("answer", line, before, false);
        }
        let id = asked.id();
        asked.books.lines[line].begun_by.insert(id);
        if asked.books.lines[line].phase == Phase::Up {
            return asked.note("answer", line, (409, json!({ "error": { "code": "8519", "message": "up" } })), false);
        }
        self.connected(&mut asked, line);
        let context = asked.context();
        asked.books.tell(line, "CallConnected", context.as_deref(), (200, 0), &Value::Null);
        let standing = asked.books.standing(line);
        asked.note("answer", line, (200, standing), true)
    }

    fn dial(&self, mut asked: Asked<'_>) -> Response {
        let number = asked.body["targets"][0]["phoneNumber"]["value"].as_str().unwrap_or_default().to_owned();
        let Some(line) = asked.books.by_name.get(&number).copied() else { return asked.strange() };
        if let Some(before) = asked.before() {
            return asked.note("create", line, before, false);
        }
        let id = asked.id();
        asked.books.lines[line].begun_by.insert(id);
        self.connected(&mut asked, line);
        let (platform, context, rings) = (Arc::downgrade(&self.0), asked.context(), self.time((300, 1_500)));
        self.0.runtime.spawn(async move {
            tokio::time::sleep(rings).await;
            let Some(inner) = platform.upgrade() else { return };
            if lock(&inner.books).lines[line].phase == Phase::Up {
                lock(&inner.books).tell(line, "CallConnected", context.as_deref(), (200, 0), &Value::Null);
            }
        });
        let standing = asked.books.standing(line);
        asked.note("create", line, (201, standing), true)
    }

    /// A line comes to be, with somebody who posts what happens on it.
    fn connected(&self, asked: &mut Asked<'_>, line: usize) {
        let url = asked.text("callbackUri");
        let call = url.rsplit('/').nth(1).unwrap_or_default().to_owned();
        let (post, webhooks) = tokio::sync::mpsc::unbounded_channel();
        self.0.runtime.spawn(crate::chaos::people::post(Arc::downgrade(&self.0), url.clone(), call.clone(), webhooks));
        asked.books.by_connection.insert(Books::connection(line), line);
        let up = &mut asked.books.lines[line];
        (up.phase, up.url, up.call, up.post) = (Phase::Up, Some(url), Some(call), Some(post));
        if lock(&self.0.dice).falls(self.0.rules.leaves) {
            let (platform, stays) = (Arc::downgrade(&self.0), self.time((500, 10_000)));
            self.0.runtime.spawn(async move {
                tokio::time::sleep(stays).await;
                let Some(inner) = platform.upgrade() else { return };
                lock(&inner.books).over(line, now_ms());
            });
        }
    }

    fn on_line(&self, mut asked: Asked<'_>, line: usize, method: &str, act: &str) -> Response {
        let gone = || (404, json!({ "error": { "code": "8522", "message": "no such call" } }));
        let over = asked.books.lines[line].phase == Phase::Over;
        match (method, act) {
            ("GET", "") if over => asked.note("get", line, gone(), false),
            ("GET", "") => {
                let standing = asked.books.standing(line);
                asked.note("get", line, (200, standing), false)
            }
            ("DELETE", "") | ("POST", "terminate") => {
                let name = if act.is_empty() { "hang up" } else { "terminate" };
                asked.books.over(line, now_ms());
                asked.note(name, line, if over { gone() } else { (204, Value::Null) }, !over)
            }
            ("POST", "transferToParticipant") => {
                if let Some(before) = asked.before() {
                    return asked.note("transfer", line, before, false);
                }
                let id = asked.id();
                asked.books.lines[line].transferred_by.insert(id);
                if over {
                    return asked.note("transfer", line, gone(), false);
                }
                let context = asked.context();
                asked.books.tell(line, "CallTransferAccepted", context.as_deref(), (200, 0), &Value::Null);
                asked.books.over(line, now_ms());
                asked.note("transfer", line, (202, json!({})), true)
            }
            ("POST", "play" | "recognize" | "cancelAllMediaOperations") if over => asked.note(act, line, gone(), false),
            ("POST", "cancelAllMediaOperations") => {
                asked.cut_off(line);
                asked.note("cancel", line, (202, Value::Null), true)
            }
            ("POST", "play") => self.media(asked, line, Media::Play),
            ("POST", "recognize") => self.media(asked, line, Media::Recognize),
            _ => asked.strange(),
        }
    }

    fn media(&self, mut asked: Asked<'_>, line: usize, kind: Media) -> Response {
        if asked.body["interruptCallMediaOperation"] == true {
            asked.cut_off(line);
        }
        let number = lock(&self.0.dice).next();
        let context = asked.context().unwrap_or_default();
        asked.books.lines[line].media.insert(number, (kind, context));
        let takes = self.time(if kind == Media::Play { self.0.rules.speaking } else { self.0.rules.thinking });
        let platform = Arc::downgrade(&self.0);
        self.0.runtime.spawn(async move {
            tokio::time::sleep(takes).await;
            let Some(inner) = platform.upgrade() else { return };
            let mut books = lock(&inner.books);
            let Some((_, context)) = books.lines[line].media.remove(&number) else { return };
            let (context, chosen) = (Some(context.as_str()), number % 10);
            match kind {
                Media::Play => books.tell(line, "PlayCompleted", context, (200, 0), &Value::Null),
                Media::Recognize if chosen == 0 => {
                    books.tell(line, "RecognizeFailed", context, (400, 8510), &Value::Null);
                }
                Media::Recognize => {
                    let tone = if chosen < 6 { "one" } else { "two" };
                    let keys = json!({ "recognitionType": "dtmf", "dtmfResult": { "tones": [tone] } });
                    books.tell(line, "RecognizeCompleted", context, (200, 8531), &keys);
                }
            }
        });
        asked.note(if kind == Media::Play { "play" } else { "recognize" }, line, (202, json!({})), true)
    }

    pub(super) fn time(&self, between: (u64, u64)) -> std::time::Duration {
        lock(&self.0.dice).between(between)
    }
}

/// A request that is being answered, with the books open.
struct Asked<'a> {
    request: &'a Request,
    body: Value,
    books: MutexGuard<'a, Books>,
}

impl Asked<'_> {
    fn text(&self, name: &str) -> String {
        self.body[name].as_str().unwrap_or_default().to_owned()
    }

    fn context(&self) -> Option<String> {
        self.body["operationContext"].as_str().map(str::to_owned)
    }

    fn id(&self) -> String {
        self.request.header("repeatability-request-id").unwrap_or_default().to_owned()
    }

    /// What the same request did before.
    fn before(&self) -> Option<(u16, Value)> {
        self.books.repeats.get(&self.id()).cloned()
    }

    fn cut_off(&mut self, line: usize) {
        let media = std::mem::take(&mut self.books.lines[line].media);
        for (kind, context) in media.values() {
            self.books.tell(line, kind.canceled(), Some(context), (200, 0), &Value::Null);
        }
    }

    /// Writes a request down and answers it.
    fn note(mut self, operation: &str, line: usize, (status, answer): (u16, Value), done: bool) -> Response {
        let first_sent = self.request.header("repeatability-first-sent").map(str::to_owned);
        let repeat = first_sent.map(|first_sent| (self.id(), first_sent));
        if let Some((id, _)) = repeat.as_ref().filter(|_| done) {
            self.books.repeats.insert(id.clone(), (status, answer.clone()));
        }
        let op = self.context().as_deref().and_then(OpRef::parse);
        self.books.sent.push(Sent { at: now_ms(), operation: operation.to_owned(), line, op, repeat, status, done });
        if answer.is_null() { Response::empty(status) } else { Response::json(status, &answer) }
    }

    fn strange(mut self) -> Response {
        let what = format!("{} {} {}", self.request.method, self.request.target, self.body);
        self.books.strange.push(what);
        Response::json(404, &json!({ "error": { "code": "8522", "message": "nothing is there" } }))
    }
}

impl Line {
    /// A line that rings.
    pub(crate) fn ringing(placed: bool) -> Line {
        Line {
            placed,
            phase: Phase::Ringing,
            over_at: None,
            call: None,
            url: None,
            post: None,
            media: Default::default(),
            begun_by: BTreeSet::new(),
            transferred_by: BTreeSet::new(),
        }
    }
}
