//! The async driver: does what the one-shots want, and hands the results back. The only part of the runtime that knows a
//! clock, tasks and waiting.

mod arriving;
mod looking;
mod sending;

use crate::language::flow::value::Values;
use crate::language::graph::Program;
use crate::machine::event::EventKind;
use crate::provider::Provider;
use crate::runtime::doc::{Doc, Input, InputKind, Line};
use crate::runtime::mac;
use crate::runtime::turn::{Got, Turn, Verdict, Want};
use crate::store::{Error, Found, Store};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, broadcast, watch};
use tokio::task::JoinSet;

/// Longest sleep of the timer loop: how late a timer can be that another process wrote.
const LONGEST_SLEEP: Duration = Duration::from_millis(250);
/// Shortest sleep of the timer loop, so that a call that stays due cannot keep it spinning.
const SHORTEST_SLEEP: Duration = Duration::from_millis(5);
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
    lines: RwLock<Arc<Lines>>,
    programs: Mutex<HashMap<String, Arc<Program>>>,
    /// Calls whose outbox is being worked off; true when it may have grown meanwhile.
    working: Mutex<HashMap<String, bool>>,
    /// Calls that cannot go on in this process: their program or document cannot be read.
    broken: Mutex<BTreeSet<String>>,
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
            lines: RwLock::new(Arc::default()),
            programs: Mutex::new(HashMap::new()),
            working: Mutex::new(HashMap::new()),
            broken: Mutex::new(BTreeSet::new()),
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
        *self.0.lines.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(lines);
        Ok(())
    }

    /// What is served now.
    #[must_use]
    pub fn lines(&self) -> Arc<Lines> {
        Arc::clone(&self.0.lines.read().unwrap_or_else(PoisonError::into_inner))
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

    /// Fires timers until told to stop.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let sleep = self.fire_due().await;
            tokio::select! {
                () = tokio::time::sleep(sleep) => {}
                () = self.0.wake.notified() => {}
                _ = stop.changed() => {}
            }
        }
    }

    /// Sends again what an earlier process may have left unsent or unanswered. To be done before anything is let in.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn recover(&self) -> Result<(), Error> {
        for call in self.0.store.due(i64::MAX, usize::MAX >> 1).await? {
            let Found::Live { row, .. } = self.0.store.load(&call, &[]).await? else { continue };
            if Doc::from_bytes(&row.doc).is_ok_and(|doc| !doc.outbox.is_empty()) {
                let key = format!("recovered:{}", self.0.incarnation);
                if let Verdict::Busy(reason) = self.turn(&call, vec![Input { key, kind: InputKind::Recovered }]).await {
                    return Err(Error::Unavailable(reason));
                }
            }
        }
        Ok(())
    }

    /// Fires what is due, all at once so that it shares commits; answers how long nothing will be.
    async fn fire_due(&self) -> Duration {
        let now = self.0.clock.now();
        let due = match self.0.store.due(now, DUE_PAGE).await {
            Ok(due) => due,
            Err(error) => {
                tracing::error!(%error, "cannot look for due calls");
                return LONGEST_SLEEP;
            }
        };
        let mut turns = JoinSet::new();
        let mut all_fired = true;
        for call in due {
            if lock(&self.0.broken).contains(&call) {
                all_fired = false;
                continue;
            }
            let runtime = self.clone();
            turns.spawn(async move {
                let input = Input { key: format!("due:{now}"), kind: InputKind::Event(EventKind::Due) };
                matches!(runtime.turn(&call, vec![input]).await, Verdict::Applied { .. } | Verdict::Ended)
            });
        }
        while let Some(fired) = turns.join_next().await {
            all_fired &= matches!(fired, Ok(true));
        }
        match self.0.store.next_due().await {
            Ok(Some(next)) if all_fired => {
                let ms = u64::try_from(next - self.0.clock.now()).unwrap_or(0);
                Duration::from_millis(ms).clamp(SHORTEST_SLEEP, LONGEST_SLEEP)
            }
            Ok(_) | Err(_) => LONGEST_SLEEP,
        }
    }

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
        match &verdict {
            Verdict::Applied { doc, lines } => self.applied(doc, lines),
            // Perhaps applied by a commit whose outcome nobody knew: what it ordered is to be sent all the same.
            Verdict::Duplicate => self.work(call),
            Verdict::Broken(_) | Verdict::Busy(_) | Verdict::Ended | Verdict::Unknown => {}
        }
        if let Verdict::Broken(reason) = &verdict
            && lock(&self.0.broken).insert(call.to_owned())
        {
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

    async fn program(&self, hash: &str) -> Result<Option<Arc<Program>>, Error> {
        if let Some(program) = lock(&self.0.programs).get(hash) {
            return Ok(Some(Arc::clone(program)));
        }
        let Some((bytes, _)) = self.0.store.program(hash).await? else { return Ok(None) };
        let program = match Program::from_bytes(&bytes) {
            Ok(program) => Arc::new(program),
            Err(error) => {
                tracing::error!(hash, %error, "a stored program cannot be read");
                return Ok(None);
            }
        };
        lock(&self.0.programs).insert(hash.to_owned(), Arc::clone(&program));
        Ok(Some(program))
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
