//! The async driver: does what the one-shots want, and hands the results back. The only part of the runtime that knows a
//! clock, tasks and waiting.

use crate::language::flow::value::Values;
use crate::language::graph::Program;
use crate::machine::call::{Beginning, Origin};
use crate::machine::command::{Command, OpRef};
use crate::machine::event::{Answer, ConnectionState, EventKind, Facts};
use crate::platform::identifier::Identifier;
use crate::provider::acs::from_wire::grid::Incoming;
use crate::provider::acs::from_wire::webhook::Received;
use crate::provider::{Outcome, Provider, Request};
use crate::runtime::begin::begin;
use crate::runtime::dispatch::{self, After, Next, Tried};
use crate::runtime::doc::{Doc, Input, InputKind, Line, repeat_id};
use crate::runtime::mac;
use crate::runtime::turn::{Got, Turn, Verdict, Want};
use crate::store::{Change, Committed, Error, Found, Listed, Quarantined, Store};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, broadcast, watch};

/// Longest sleep of the timer loop: how late a timer can be that another process wrote.
const LONGEST_SLEEP: Duration = Duration::from_millis(250);
/// Most calls looked at in one round of the timer loop.
const DUE_PAGE: usize = 500;
/// Most happenings kept for a slow listener.
const HAPPENINGS: usize = 4_096;

/// What a runtime is told when it starts.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the platform reaches this service, without a trailing slash.
    pub public_url: String,
    /// The voice of text prompts whose library names none.
    pub voice: String,
    /// A named point at which the process stops and waits to be killed: for crash tests.
    pub hold_at: Option<String>,
}

/// A flow that is served.
#[derive(Clone, Debug)]
pub struct Served {
    /// The program.
    pub program: Arc<Program>,
    /// Its hash.
    pub hash: String,
    /// Values of the settings it reads.
    pub settings: Values,
    /// Source map, as it is stored beside the program.
    pub source_map: Vec<u8>,
}

/// What is served: flows by name, and which flow answers which number.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    /// Flows by name.
    pub flows: BTreeMap<String, Served>,
    /// Flow names by number.
    pub routes: BTreeMap<String, String>,
    /// The flow that answers every number when there are no routes.
    pub only_inbound: Option<String>,
}

/// Something that happened to a call, for whoever watches.
#[derive(Clone, Debug)]
pub struct Happened {
    /// The call.
    pub call: String,
    /// What.
    pub line: Line,
}

/// Why the runtime could not do something.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refusal {
    /// The store cannot be used now.
    #[error("{0}")]
    Busy(String),
    /// There is no such flow.
    #[error("no flow `{0}` is served here")]
    NoFlow(String),
    /// There is no such call.
    #[error("no call `{0}`")]
    NoCall(String),
    /// The call is over.
    #[error("the call `{0}` has ended")]
    Ended(String),
}

/// A running service over one store and one cloud. Clones share it.
#[derive(Debug)]
pub struct Runtime<S, P>(Arc<Inner<S, P>>);

impl<S, P> Clone for Runtime<S, P> {
    fn clone(&self) -> Self {
        Runtime(Arc::clone(&self.0))
    }
}

#[derive(Debug)]
struct Inner<S, P> {
    store: S,
    provider: P,
    settings: Settings,
    key: mac::Key,
    incarnation: uuid::Uuid,
    clock: Clock,
    lines: RwLock<Lines>,
    programs: Mutex<HashMap<String, Arc<Program>>>,
    /// Calls whose outbox is being worked off; true when it may have grown meanwhile.
    working: Mutex<HashMap<String, bool>>,
    wake: Notify,
    happened: broadcast::Sender<Happened>,
    /// A crash test has stopped this process at its named point.
    held: AtomicBool,
}

/// Wall time that never runs backwards: anchored once, carried on by the monotonic clock.
#[derive(Debug)]
struct Clock {
    wall_ms: i64,
    since: Instant,
}

impl Clock {
    fn new() -> Clock {
        Clock { wall_ms: jiff::Timestamp::now().as_millisecond(), since: Instant::now() }
    }

    fn now(&self) -> i64 {
        self.wall_ms.saturating_add(i64::try_from(self.since.elapsed().as_millis()).unwrap_or(i64::MAX))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S: Store, P: Provider> Runtime<S, P> {
    /// Prepares a runtime; nothing runs before [`Runtime::run`].
    ///
    /// # Errors
    /// When the store does not give its secret.
    pub async fn new(store: S, provider: P, settings: Settings) -> Result<Runtime<S, P>, Error> {
        let fresh = [uuid::Uuid::new_v4().into_bytes(), uuid::Uuid::new_v4().into_bytes()].concat();
        let secret = store.secret("callback-mac", fresh).await?;
        let (happened, _) = broadcast::channel(HAPPENINGS);
        Ok(Runtime(Arc::new(Inner {
            store,
            provider,
            settings,
            key: mac::Key::new(&secret),
            incarnation: uuid::Uuid::new_v4(),
            clock: Clock::new(),
            lines: RwLock::new(Lines::default()),
            programs: Mutex::new(HashMap::new()),
            working: Mutex::new(HashMap::new()),
            wake: Notify::new(),
            happened,
            held: AtomicBool::new(false),
        })))
    }

    /// Serves these flows from now on. Calls that run stay on the program they began with.
    ///
    /// # Errors
    /// When the store does not take the programs.
    pub async fn publish(&self, lines: Lines) -> Result<(), Error> {
        for served in lines.flows.values() {
            self.0.store.put_program(&served.hash, &served.program.to_bytes(), &served.source_map).await?;
            lock(&self.0.programs).insert(served.hash.clone(), Arc::clone(&served.program));
        }
        *self.0.lines.write().unwrap_or_else(PoisonError::into_inner) = lines;
        Ok(())
    }

    /// What is served now.
    #[must_use]
    pub fn lines(&self) -> Lines {
        self.0.lines.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Watches everything that happens from now on.
    #[must_use]
    pub fn watch(&self) -> broadcast::Receiver<Happened> {
        self.0.happened.subscribe()
    }

    /// The key of callback addresses.
    #[must_use]
    pub fn callback_key(&self) -> &mac::Key {
        &self.0.key
    }

    /// Picks up what an earlier process left, then fires timers until told to stop.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        self.recover().await;
        while !*stop.borrow() {
            let sleep = self.fire_due().await;
            tokio::select! {
                () = tokio::time::sleep(sleep) => {}
                () = self.0.wake.notified() => {}
                _ = stop.changed() => {}
            }
        }
    }

    /// Sends again what an earlier process may have left unsent or unanswered.
    async fn recover(&self) {
        let live = match self.0.store.due(i64::MAX, usize::MAX >> 1).await {
            Ok(live) => live,
            Err(error) => return tracing::error!(%error, "cannot look for calls to pick up"),
        };
        for call in live {
            let Ok(Found::Live { row, .. }) = self.0.store.load(&call, &[]).await else { continue };
            if Doc::from_bytes(&row.doc).is_ok_and(|doc| !doc.outbox.is_empty()) {
                let key = format!("recovered:{}", self.0.incarnation);
                self.turn(&call, vec![Input { key, kind: InputKind::Recovered }]).await;
            }
        }
    }

    /// Fires what is due; answers how long nothing will be.
    async fn fire_due(&self) -> Duration {
        let now = self.0.clock.now();
        match self.0.store.due(now, DUE_PAGE).await {
            Ok(calls) => {
                for call in calls {
                    let input = Input { key: format!("due:{now}"), kind: InputKind::Event(EventKind::Due) };
                    self.turn(&call, vec![input]).await;
                }
            }
            Err(error) => tracing::error!(%error, "cannot look for due calls"),
        }
        match self.0.store.next_due().await {
            Ok(Some(next)) => {
                let ms = u64::try_from(next - self.0.clock.now()).unwrap_or(0);
                Duration::from_millis(ms).min(LONGEST_SLEEP)
            }
            Ok(None) | Err(_) => LONGEST_SLEEP,
        }
    }

    // ---- turns ------------------------------------------------------------------------------------------------------

    /// Takes one turn of a call, to its end.
    async fn turn(&self, call: &str, inputs: Vec<Input>) -> Verdict {
        let point = inputs.first().map(|input| point_of(&input.kind)).unwrap_or_default();
        let (mut turn, mut want) = Turn::start(call.to_owned(), inputs);
        let verdict = loop {
            let got = match want {
                Want::Load { call, keys } => Got::Loaded(self.0.store.load(&call, &keys).await),
                Want::Program { hash } => Got::Program(self.program(&hash).await),
                Want::Commit(change) => {
                    self.hold("before-commit", &point).await;
                    let result = self.0.store.commit(*change).await;
                    self.hold("after-commit", &point).await;
                    Got::Committed(result)
                }
                Want::Done(verdict) => break verdict,
            };
            want = turn.got(got, self.0.clock.now());
        };
        if let Verdict::Applied { doc, lines } = &verdict {
            self.applied(doc, lines);
        }
        if let Verdict::Broken(reason) = &verdict {
            tracing::error!(call, reason, "a call cannot go on");
        }
        verdict
    }

    fn applied(&self, doc: &Doc, lines: &[Line]) {
        for line in lines {
            // Nobody watching is no error.
            let _ = self.0.happened.send(Happened { call: doc.call.id.clone(), line: line.clone() });
        }
        if !doc.outbox.is_empty() {
            self.work(&doc.call.id);
        }
        if doc.next_due().is_some() {
            self.0.wake.notify_one();
        }
    }

    async fn program(&self, hash: &str) -> Option<Arc<Program>> {
        if let Some(program) = lock(&self.0.programs).get(hash) {
            return Some(Arc::clone(program));
        }
        let (bytes, _) = self.0.store.program(hash).await.ok().flatten()?;
        let program = Arc::new(Program::from_bytes(&bytes).ok()?);
        lock(&self.0.programs).insert(hash.to_owned(), Arc::clone(&program));
        Some(program)
    }

    // ---- sending ----------------------------------------------------------------------------------------------------

    /// Sees to it that somebody works off the call's outbox.
    fn work(&self, call: &str) {
        let mut working = lock(&self.0.working);
        if let Some(grown) = working.get_mut(call) {
            *grown = true;
            return;
        }
        working.insert(call.to_owned(), false);
        drop(working);
        let (runtime, call) = (self.clone(), call.to_owned());
        tokio::spawn(async move { runtime.work_off(&call).await });
    }

    async fn work_off(&self, call: &str) {
        loop {
            self.send_all(call).await;
            let mut working = lock(&self.0.working);
            match working.get_mut(call) {
                Some(grown) if *grown => *grown = false,
                Some(_) | None => {
                    working.remove(call);
                    return;
                }
            }
        }
    }

    /// Sends what stands in the outbox, one request after the other, until it is empty.
    async fn send_all(&self, call: &str) {
        let callback_uri = format!("{}/callbacks/{call}/{}", self.0.settings.public_url, self.0.key.mac(call));
        let mut tried: BTreeMap<OpRef, Tried> = BTreeMap::new();
        loop {
            let Some(doc) = self.live(call).await else { return };
            let Some(pending) = doc.outbox.first().cloned() else { return };
            let tries = tried.entry(pending.op).or_default();
            let report = match dispatch::next(&doc, *tries, &callback_uri, self.0.clock.now()) {
                Next::Idle => return,
                Next::Report(input) => input,
                Next::Send(request) => {
                    let name = request.command.name();
                    self.hold("before-send", name).await;
                    let outcome = self.0.provider.send(*request).await;
                    self.hold("after-send", name).await;
                    match dispatch::after(&pending, outcome, tries) {
                        After::Report(input) => input,
                        After::Again { after_ms } => {
                            tokio::time::sleep(Duration::from_millis(after_ms)).await;
                            continue;
                        }
                    }
                }
            };
            while let Verdict::Busy(reason) = self.turn(call, vec![report.clone()]).await {
                tracing::warn!(call, reason, "an answer cannot be kept yet");
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        }
    }

    async fn live(&self, call: &str) -> Option<Doc> {
        loop {
            match self.0.store.load(call, &[]).await {
                Ok(Found::Live { row, .. }) => return Doc::from_bytes(&row.doc).ok(),
                Ok(Found::Ended(_) | Found::Unknown) => return None,
                Err(error) => {
                    tracing::warn!(call, %error, "cannot read a call");
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
            }
        }
    }

    // ---- what comes in ----------------------------------------------------------------------------------------------

    /// Somebody calls. Durable once this returns.
    ///
    /// # Errors
    /// When the store cannot be used now.
    pub async fn incoming(&self, incoming: Incoming) -> Result<(), Refusal> {
        let to = Identifier::parse(&incoming.to).plain();
        let lines = self.lines();
        let flow = if lines.routes.is_empty() { lines.only_inbound.as_ref() } else { lines.routes.get(&to) };
        let Some(served) = flow.and_then(|flow| lines.flows.get(flow)) else {
            return self.set_aside("", "incoming call", "no flow answers the number that was called").await;
        };
        let beginning = Beginning {
            id: self.fresh_id(),
            at: self.0.clock.now(),
            origin: Origin::Inbound { context: incoming.context },
            from: Identifier::parse(&incoming.from).plain(),
            to,
            params: Values::new(),
            settings: served.settings.clone(),
            voice: self.0.settings.voice.clone(),
            facts: Facts { server_call: incoming.server_call, correlation: incoming.correlation, ..Facts::default() },
        };
        self.create(served, beginning, Some(format!("incoming:{}", incoming.key))).await.map(|_| ())
    }

    /// Places an outbound call; answers its id. The same idempotency key again is the same call.
    ///
    /// # Errors
    /// When there is no such flow or the store cannot be used now.
    pub async fn place(&self, flow: &str, params: Values, key: Option<String>) -> Result<String, Refusal> {
        let lines = self.lines();
        let served = lines.flows.get(flow).ok_or_else(|| Refusal::NoFlow(flow.to_owned()))?;
        let beginning = Beginning {
            id: self.fresh_id(),
            at: self.0.clock.now(),
            origin: Origin::Outbound,
            from: String::new(),
            to: String::new(),
            params,
            settings: served.settings.clone(),
            voice: self.0.settings.voice.clone(),
            facts: Facts::default(),
        };
        self.create(served, beginning, key.map(|key| format!("place:{key}"))).await
    }

    fn fresh_id(&self) -> String {
        uuid::Uuid::now_v7().to_string()
    }

    async fn create(&self, served: &Served, beginning: Beginning, key: Option<String>) -> Result<String, Refusal> {
        let id = beginning.id.clone();
        let (change, doc, line) = begin(&served.program, &served.hash, beginning, key);
        self.hold("before-commit", "begin").await;
        let committed = self.commit_new(change).await;
        self.hold("after-commit", "begin").await;
        match committed {
            Ok(Committed::Exists { call }) => Ok(call),
            Ok(Committed::Applied | Committed::Conflict | Committed::Duplicate) => {
                self.applied(&doc, std::slice::from_ref(&line));
                Ok(id)
            }
            Err(error) => Err(Refusal::Busy(error.to_string())),
        }
    }

    /// Creates a call; an unknown outcome is looked up.
    async fn commit_new(&self, change: Change) -> Result<Committed, Error> {
        let call = change.call.clone();
        match self.0.store.commit(change).await {
            Err(Error::Unknown(reason)) => match self.0.store.load(&call, &[]).await? {
                Found::Live { .. } | Found::Ended(_) => Ok(Committed::Applied),
                Found::Unknown => Err(Error::Unavailable(reason)),
            },
            other => other,
        }
    }

    /// Webhooks of one call. Durable once this returns.
    ///
    /// # Errors
    /// When the store cannot be used now: the sender may try again.
    pub async fn webhooks(&self, call: &str, received: Vec<Received>) -> Result<(), Refusal> {
        let connection = received.iter().find_map(|one| one.webhook.facts.connection.clone());
        let inputs = received
            .into_iter()
            .map(|one| Input {
                key: format!("webhook:{}", one.key),
                kind: InputKind::Event(EventKind::Webhook(one.webhook)),
            })
            .collect();
        match self.turn(call, inputs).await {
            Verdict::Applied { .. } | Verdict::Duplicate | Verdict::Ended => Ok(()),
            Verdict::Unknown => {
                self.set_aside(call, "webhook", "no such call").await?;
                self.let_go(call, connection);
                Ok(())
            }
            Verdict::Broken(reason) => self.set_aside(call, "webhook", &reason).await,
            Verdict::Busy(reason) => Err(Refusal::Busy(reason)),
        }
    }

    /// Keeps a note of something that cannot be applied.
    ///
    /// # Errors
    /// When the store cannot be used now.
    pub async fn set_aside(&self, call: &str, detail: &str, reason: &str) -> Result<(), Refusal> {
        tracing::warn!(call, detail, reason, "set aside");
        let row = Quarantined {
            at: self.0.clock.now(),
            reason: reason.to_owned(),
            call: call.to_owned(),
            detail: detail.to_owned(),
        };
        self.0.store.quarantine(row).await.map_err(|error| Refusal::Busy(error.to_string()))
    }

    /// A call that this service does not have but the platform says is ours: nobody would ever end it, so we do.
    fn let_go(&self, call: &str, connection: Option<String>) {
        let Some(connection) = connection else { return };
        let (runtime, call) = (self.clone(), call.to_owned());
        tokio::spawn(async move {
            let op = OpRef { op: 0, attempt: 1 };
            let request = |command: Command| Request {
                op,
                command,
                connection: Some(connection.clone()),
                repeat_id: repeat_id(&call, op),
                first_sent: runtime.0.clock.now(),
                callback_uri: String::new(),
            };
            let stands = runtime.0.provider.send(request(Command::GetCall)).await;
            if let Outcome::Definite(Answer::Accepted(Facts { state: Some(state), .. })) = stands
                && !matches!(state, ConnectionState::Disconnected | ConnectionState::Disconnecting)
            {
                tracing::warn!(call, "hanging up a call that nobody knows");
                runtime.0.provider.send(request(Command::HangUp)).await;
            }
        });
    }

    /// An operator ends a call.
    ///
    /// # Errors
    /// When there is no such call, it has ended, or the store cannot be used now.
    pub async fn hang_up(&self, call: &str) -> Result<(), Refusal> {
        let key = format!("operator:{}", uuid::Uuid::new_v4());
        let input = Input { key, kind: InputKind::Event(EventKind::OperatorHangUp) };
        match self.turn(call, vec![input]).await {
            Verdict::Applied { .. } | Verdict::Duplicate => Ok(()),
            Verdict::Ended => Err(Refusal::Ended(call.to_owned())),
            Verdict::Unknown => Err(Refusal::NoCall(call.to_owned())),
            Verdict::Broken(reason) | Verdict::Busy(reason) => Err(Refusal::Busy(reason)),
        }
    }

    /// One call as it stands: its document, and when it ended.
    ///
    /// # Errors
    /// When there is no such call or the store cannot be used now.
    pub async fn call(&self, call: &str) -> Result<(Doc, Option<i64>), Refusal> {
        let read = |bytes: &[u8]| Doc::from_bytes(bytes).map_err(Refusal::Busy);
        match self.0.store.load(call, &[]).await {
            Ok(Found::Live { row, .. }) => Ok((read(&row.doc)?, None)),
            Ok(Found::Ended(ended)) => Ok((read(&ended.doc)?, Some(ended.at))),
            Ok(Found::Unknown) => Err(Refusal::NoCall(call.to_owned())),
            Err(error) => Err(Refusal::Busy(error.to_string())),
        }
    }

    /// Calls, the newest first.
    ///
    /// # Errors
    /// When the store cannot be used now.
    pub async fn calls(&self, limit: usize) -> Result<Vec<Listed>, Refusal> {
        self.0.store.list(limit).await.map_err(|error| Refusal::Busy(error.to_string()))
    }

    /// The flow a call runs.
    pub async fn flow_of_call(&self, call: &str) -> Option<String> {
        let hash = match self.0.store.load(call, &[]).await.ok()? {
            Found::Live { row, .. } => row.program,
            Found::Ended(ended) => ended.program,
            Found::Unknown => return None,
        };
        self.flow_of(&hash).await
    }

    /// Whether the store answers.
    pub async fn is_ready(&self) -> bool {
        self.0.store.next_due().await.is_ok()
    }

    /// The flow a program hash belongs to.
    pub async fn flow_of(&self, hash: &str) -> Option<String> {
        self.program(hash).await.map(|program| program.flow.clone())
    }

    /// Stops for ever, with everything else that passes a point, if this is the one a crash test named (`POINT` or
    /// `POINT:DETAIL`), after saying so.
    async fn hold(&self, point: &str, detail: &str) {
        let Some(wanted) = &self.0.settings.hold_at else { return };
        let named =
            wanted == point || wanted.strip_prefix(point).and_then(|rest| rest.strip_prefix(':')) == Some(detail);
        if named && !self.0.held.swap(true, Ordering::SeqCst) {
            eprintln!("flowc: holding at {point}:{detail}");
        }
        if self.0.held.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
    }
}

/// What an input is called at the points of crash tests.
fn point_of(kind: &InputKind) -> String {
    match kind {
        InputKind::Recovered => "recovered".to_owned(),
        InputKind::Event(EventKind::Begin) => "begin".to_owned(),
        InputKind::Event(EventKind::Due) => "due".to_owned(),
        InputKind::Event(EventKind::OperatorHangUp) => "operator".to_owned(),
        InputKind::Event(EventKind::Response { .. }) => "answer".to_owned(),
        InputKind::Event(EventKind::Webhook(webhook)) => match serde_json::to_value(&webhook.kind) {
            Ok(serde_json::Value::String(name)) => name,
            Ok(serde_json::Value::Object(object)) => object.keys().next().cloned().unwrap_or_default(),
            Ok(_) | Err(_) => String::new(),
        },
    }
}
