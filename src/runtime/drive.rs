//! The async driver: carries out what the one-shots want, and hands the results back. The only part of the runtime that
//! knows a clock, tasks and waiting; it decides nothing about a call.

mod arriving;
mod clock;
pub mod counting;
pub mod keeping;
pub mod looking;
mod ready;
mod recovering;
mod sending;
mod settings;

use crate::language::graph::Program;
use crate::machine::command::OpRef;
use crate::machine::event::EventKind;
use crate::metrics::Metrics;
use crate::provider::{Outcome, Provider};
use crate::runtime::dialled::Dialled;
use crate::runtime::doc::{InputKind, Line};
use crate::runtime::drive::clock::Clock;
use crate::runtime::drive::sending::Working;
pub use crate::runtime::drive::settings::Settings;
use crate::runtime::fire::{Fire, LONGEST_MS};
use crate::runtime::invoker::{Invoker, NoInvoker};
use crate::runtime::kind;
use crate::runtime::lines::Lines;
use crate::runtime::mac;
use crate::runtime::pace::Pace;
use crate::runtime::recent::{Known, Recent};
use crate::runtime::shot::{Asked, Got, Next, OneShot, Want};
use crate::runtime::turn::{Turn, Verdict};
use crate::runtime::whose::Whose;
use crate::store::{Error, Quarantined, Store};
use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio::sync::{Notify, broadcast, watch};

/// Most happenings kept for a slow listener.
const HAPPENINGS: usize = 4_096;

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
    /// As many calls as may be go on from the number that it would be placed from.
    #[error("{0} calls placed from this number go on, as many as may (`max_calls_per_number`); try again later")]
    NoLine(usize),
    /// There is no such call.
    #[error("no call `{0}`")]
    NoCall(String),
    /// The call is not over.
    #[error("the call `{0}` is not over")]
    Lives(String),
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
    /// This process, by a name that no other ever has.
    name: String,
    clock: Clock,
    lines: RwLock<Arc<Lines>>,
    programs: Mutex<HashMap<String, Arc<Program>>>,
    /// Calls whose outbox is being worked off.
    working: Mutex<HashMap<String, Working>>,
    /// Calls that were placed, by the numbers they come from.
    dialled: Mutex<Dialled>,
    /// How fast requests may leave for the platform.
    pace: Pace,
    /// Calls that cannot go on in this process: their program or document cannot be read.
    broken: Mutex<BTreeSet<String>>,
    /// Which live calls a server call id names.
    whose: Mutex<Whose>,
    /// Calls as they last stood: nobody else changes a store that this process has to itself.
    recent: Mutex<Recent>,
    /// Lines being let go of.
    letting_go: Mutex<BTreeSet<String>>,
    /// Errands being run.
    errands: Mutex<BTreeSet<(String, OpRef)>>,
    invoker: Arc<dyn Invoker>,
    wake: Notify,
    /// When timers are looked at next, by the wall clock: only a call that is due before that has to wake whoever does it.
    looks_at: AtomicI64,
    happened: broadcast::Sender<Happened>,
    metrics: Arc<Metrics>,
    /// Calls that live, as far as this process knows.
    live: AtomicU64,
    /// The last change could not be made durable.
    unwritten: AtomicBool,
    /// What earlier processes left has been taken up.
    recovered: AtomicBool,
    /// Nothing more goes out.
    stopping: AtomicBool,
    /// Requests and questions whose outcome is not kept yet.
    out: AtomicUsize,
    /// A crash test has stopped this process at its named point.
    held: AtomicBool,
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
        Runtime::asking(store, provider, settings, Arc::new(NoInvoker)).await
    }

    /// The same with somebody who asks services.
    ///
    /// # Errors
    /// When the store does not give its secret.
    pub async fn asking(
        store: S,
        provider: P,
        settings: Settings,
        invoker: Arc<dyn Invoker>,
    ) -> Result<Runtime<S, P>, Error> {
        Runtime::measured(store, provider, settings, invoker, Arc::default()).await
    }

    /// The same with somebody who counts.
    ///
    /// # Errors
    /// When the store does not give its secret.
    pub async fn measured(
        store: S,
        provider: P,
        settings: Settings,
        invoker: Arc<dyn Invoker>,
        metrics: Arc<Metrics>,
    ) -> Result<Runtime<S, P>, Error> {
        let fresh = [uuid::Uuid::new_v4().into_bytes(), uuid::Uuid::new_v4().into_bytes()].concat();
        let secret = store.secret("callback-mac", fresh).await?;
        let live = store.counts(0).await?.live;
        let dialled = if live == 0 { Dialled::alone() } else { Dialled::default() };
        let (happened, _) = broadcast::channel(HAPPENINGS);
        Ok(Runtime(Arc::new(Inner {
            store,
            provider,
            clock: Clock::new(settings.clock_off_ms, settings.speed),
            settings,
            key: mac::Key::new(&secret),
            name: uuid::Uuid::new_v4().simple().to_string(),
            lines: RwLock::new(Arc::default()),
            programs: Mutex::new(HashMap::new()),
            working: Mutex::new(HashMap::new()),
            dialled: Mutex::new(dialled),
            pace: Pace::default(),
            broken: Mutex::new(BTreeSet::new()),
            whose: Mutex::new(Whose::default()),
            recent: Mutex::new(Recent::default()),
            letting_go: Mutex::new(BTreeSet::new()),
            errands: Mutex::new(BTreeSet::new()),
            invoker,
            wake: Notify::new(),
            looks_at: AtomicI64::new(i64::MAX),
            happened,
            metrics,
            live: AtomicU64::new(live),
            unwritten: AtomicBool::new(false),
            recovered: AtomicBool::new(live == 0),
            stopping: AtomicBool::new(false),
            out: AtomicUsize::new(0),
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

    /// The store, for tests that break it.
    #[cfg(test)]
    pub(crate) fn store(&self) -> &S {
        &self.0.store
    }

    /// The cloud.
    #[must_use]
    pub fn provider(&self) -> &P {
        &self.0.provider
    }

    /// What is counted.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// The key of callback addresses.
    #[must_use]
    pub fn callback_key(&self) -> &mac::Key {
        &self.0.key
    }

    /// Fires timers until told to stop.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let broken = lock(&self.0.broken).clone();
            // What is kept while this round looks, it may not see: whatever is due before the next one wakes us.
            self.looks_in(2 * LONGEST_MS);
            let fired = self.run_shot(Fire::new(broken), "").await;
            self.looks_in(fired.wait_ms);
            if let Some(reason) = fired.trouble {
                tracing::error!(reason, "cannot look for due calls");
            }
            tokio::select! {
                () = self.0.clock.sleep(fired.wait_ms) => {}
                () = self.0.wake.notified() => {}
                _ = stop.changed() => {}
            }
        }
    }

    fn looks_in(&self, ms: u64) {
        let at = self.0.clock.now().saturating_add_unsigned(ms);
        self.0.looks_at.store(at, Ordering::SeqCst);
    }

    /// Carries out what a one-shot wants, to its end. `point` is what its own commits are called in crash tests.
    async fn run_shot<O>(&self, mut shot: O, point: &str) -> O::End
    where
        O: OneShot + Send,
        O::End: Send,
    {
        let mut next = shot.start(self.0.clock.now());
        let (mut sent, mut out) = (None, None);
        loop {
            let want = match next {
                Next::Want(want) => want,
                Next::Done(end) => break end,
            };
            match &want {
                Want::Send(..) => out = Some(self.goes_out().await),
                Want::Invoke(_) => out = Some(self.goes_out().await),
                // Its outcome is being kept.
                Want::Turns(_) => {}
                Want::Load { .. }
                | Want::Program { .. }
                | Want::Commit(_)
                | Want::SetAside(_)
                | Want::Due { .. }
                | Want::NextDue
                | Want::Pause { .. }
                | Want::Wait { .. } => drop(out.take()),
            }
            let attempt = match &want {
                Want::Send(request, _) => Some((request.repeat_id, request.command.name())),
                _ => None,
            };
            let got = self.carry_out(want, point).await;
            if !matches!(got, Got::Sent(Outcome::NotTried { .. })) {
                self.count_attempt(attempt, &mut sent);
            }
            next = shot.got(got, self.0.clock.now());
        }
    }

    async fn carry_out(&self, want: Want, point: &str) -> Got {
        match want {
            Want::Load { call, keys } => Got::Loaded(self.0.store.load(&call, &keys).await),
            Want::Program { hash } => Got::Program(self.program(&hash).await),
            Want::Commit(change) => {
                self.hold("before-commit", point).await;
                let result = self.0.store.commit(*change).await;
                self.hold("after-commit", point).await;
                self.0.unwritten.store(result.is_err(), Ordering::Relaxed);
                Got::Committed(result)
            }
            Want::SetAside(note) => Got::SetAside(self.keep_note(note).await),
            Want::Due { by, limit } => Got::Due(self.0.store.due(by, limit).await),
            Want::NextDue => Got::NextDue(self.0.store.next_due().await),
            Want::Turns(asked) => Got::Turned(self.turns(asked).await),
            Want::Send(request, by_then) => {
                self.hold("before-send", request.command.name()).await;
                Got::Sent(self.attempt(request, by_then).await)
            }
            Want::Invoke(invocation) => {
                self.hold("before-invoke", &invocation.operation).await;
                let (service, operation) = (invocation.service.clone(), invocation.operation.clone());
                let invoked = self.0.invoker.invoke(*invocation).await;
                self.hold("after-invoke", &operation).await;
                self.0.metrics.questions.add([&service, &operation, &invoked.outcome]);
                Got::Invoked(invoked)
            }
            Want::Pause { call, ms } => {
                self.pause(&call, ms).await;
                Got::Waited
            }
            Want::Wait { ms } => {
                self.0.clock.sleep(ms).await;
                Got::Waited
            }
        }
    }

    async fn keep_note(&self, note: Quarantined) -> Result<(), Error> {
        tracing::warn!(call = note.call, detail = note.detail, reason = note.reason, "set aside");
        self.0.metrics.set_aside.add([]);
        self.0.store.quarantine(note).await
    }

    /// Takes turns of different calls, all at once so that they share commits. One that breaks off by a defect of ours is its
    /// call's trouble alone.
    async fn turns(&self, asked: Vec<Asked>) -> Vec<Verdict> {
        let mut tasks = Vec::with_capacity(asked.len());
        for one in asked {
            let timers = one.inputs.iter().any(|input| input.kind == InputKind::Event(EventKind::Due));
            let (runtime, call) = (self.clone(), one.call.clone());
            tasks.push((call, timers, tokio::spawn(async move { runtime.turn(one).await })));
        }
        let mut verdicts = Vec::with_capacity(tasks.len());
        for (call, timers, task) in tasks {
            verdicts.push(task.await.unwrap_or_else(|error| self.broke_off(call, timers, &error)));
        }
        verdicts
    }

    /// A turn that broke off: its input is never taken by this process, and timers of its call are left to the next one.
    fn broke_off(&self, call: String, timers: bool, error: &tokio::task::JoinError) -> Verdict {
        if !error.is_panic() {
            return Verdict::Busy(error.to_string());
        }
        tracing::error!(call, %error, "a turn broke off");
        self.0.metrics.errands_broken.add([]);
        if timers && lock(&self.0.broken).insert(call.clone()) {
            self.gives_up(&call);
        }
        Verdict::Broken("a defect of flowc".to_owned())
    }

    /// Takes one turn of a call, to its end.
    fn turn(&self, asked: Asked) -> Pin<Box<dyn Future<Output = Verdict> + Send + '_>> {
        Box::pin(async move {
            let call = asked.call.clone();
            let point = asked.inputs.first().map(|input| kind::of_input(&input.kind)).unwrap_or_default();
            let kinds = counting::webhook_kinds(&asked.inputs);
            let known = lock(&self.0.recent).of(&call).cloned();
            let verdict = self.run_shot(Turn::new(asked, &self.0.name, known), &point).await;
            self.count_webhooks(kinds, &verdict);
            if !matches!(verdict, Verdict::Applied { .. }) {
                lock(&self.0.recent).forget(&call);
            }
            match &verdict {
                Verdict::Applied { now, lines } => {
                    tracing::debug!(call, event = point, state = now.doc.call.state, "a turn was taken");
                    self.applied(now, lines);
                }
                // Perhaps applied by a commit whose outcome nobody knew: what it ordered is to be sent all the same.
                Verdict::Duplicate => self.work(&call),
                Verdict::Broken(reason) => {
                    if lock(&self.0.broken).insert(call.clone()) {
                        self.gives_up(&call);
                        tracing::error!(call, reason, "a call cannot go on");
                    }
                }
                Verdict::Busy(reason) => tracing::warn!(call, reason, "a turn could not be taken"),
                Verdict::Ended | Verdict::Unknown => lock(&self.0.whose).is_over(&call),
            }
            verdict
        })
    }

    fn applied(&self, known: &Known, lines: &[Line]) {
        let doc = &known.doc;
        self.count_ends(known);
        lock(&self.0.dialled).stands(doc);
        lock(&self.0.recent).is(&doc.call.id, known.clone());
        match &doc.call.facts.server_call {
            _ if doc.call.is_ended() => lock(&self.0.whose).is_over(&doc.call.id),
            Some(server_call) => lock(&self.0.whose).is(&doc.call.id, server_call),
            None => {}
        }
        let watched = self.0.happened.receiver_count() > 0;
        for line in lines.iter().filter(|_| watched) {
            // Nobody watching any longer is no error.
            let _ = self.0.happened.send(Happened { call: doc.call.id.clone(), line: line.clone() });
        }
        for op in doc.errands(&self.0.name) {
            self.run_errand(&doc.call.id, op);
        }
        if !doc.outbox.is_empty() {
            self.work(&doc.call.id);
        }
        if doc.next_due().is_some_and(|due| due < self.0.looks_at.load(Ordering::SeqCst)) {
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

#[cfg(test)]
mod defect_tests;
#[cfg(test)]
mod dialled_tests;
#[cfg(test)]
mod waiting_tests;
