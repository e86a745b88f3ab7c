//! Who watches a run and knows what must never be. It believes nothing that the service says of itself: it looks at what is
//! committed, sent, executed and acknowledged.

use crate::emulator::cloud::Cloud;
use crate::language::graph::Program;
use crate::machine::command::{Class, Command, OpRef};
use crate::machine::event::{EventKind, WebhookKind};
use crate::machine::trace::Trace;
use crate::provider::Request;
use crate::provider::acs::from_wire::webhook;
use crate::runtime::bounded::{DOC_BYTES, HISTORY_LINES};
use crate::runtime::doc::{Doc, InputKind, Line};
use crate::runtime::invoker::Invocation;
use crate::runtime::lines::Lines;

use crate::simulator::run::EPOCH_MS;
use crate::simulator::stories::CANARY;
use crate::simulator::work::kind_of;
use crate::store::memory::Tables;
use crate::store::{Among, Change, Found, Quarantined};
use aws_lc_rs::digest::{SHA256, digest};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Longest history, in lines: that of a call that goes on, and some to end it.
const MOST_LINES: u64 = HISTORY_LINES + 100;
/// Longest time something may lie in an outbox of a healthy service without being tried, in milliseconds.
const LYING_MS: u64 = 15_000;
/// Most that a process's clock may differ from the store's, in milliseconds.
const CLOCK_MS: i64 = 1_000;
/// Most times that the end of a condition is asked for.
const MOST_UNDONE: u32 = 8;
/// Longest time that a line may be up after its call is over, on a healthy service, in milliseconds.
const LEFT_MS: u64 = 20_000;
/// How often silence is measured, in milliseconds.
const SILENCE_STEP_MS: u64 = 1_000;

/// Something that must never be, and was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which invariant: `I1` to `I17` of docs/runtime.md, or `bound`.
    pub invariant: &'static str,
    /// When, in virtual milliseconds.
    pub at: u64,
    /// What.
    pub what: String,
}

/// What is known of one call.
#[derive(Default)]
struct Watched {
    program: String,
    /// The fold of the history.
    doc: Option<Doc>,
    rev: u64,
    keys: BTreeSet<String>,
    /// Requests that a committed document ever ordered.
    ordered: BTreeSet<OpRef>,
    /// Operations ordered since the state was entered.
    visit: BTreeSet<u64>,
    ended: Option<u64>,
}

/// What is known of one request.
#[derive(Default)]
struct Attempts {
    /// Ids and first times of each attempt at it.
    named: BTreeMap<u32, BTreeSet<(uuid::Uuid, i64)>>,
    sends: u32,
    /// How often the platform carried it out.
    times: u32,
    /// Those the platform did not refuse for good.
    executed: BTreeSet<uuid::Uuid>,
    last: u64,
}

/// The watcher of one run.
pub(super) struct Oracle {
    programs: BTreeMap<String, Arc<Program>>,
    calls: BTreeMap<String, Watched>,
    attempts: BTreeMap<(String, u64), Attempts>,
    asked_once: BTreeMap<(String, OpRef), u32>,
    /// What the platform told: the context of each event, by its key.
    told: BTreeMap<String, Option<OpRef>>,
    quiet: BTreeMap<u64, (u64, u64)>,
    pub(super) violations: Vec<Violation>,
    pub(super) silences: Vec<u64>,
    pub(super) commits: u64,
    pub(super) media: u64,
    pub(super) media_repeated: u64,
    pub(super) calm_since: Option<u64>,
    /// Names everything that was committed.
    pub(super) folded: u64,
}

impl Oracle {
    pub(super) fn new(lines: &[Lines]) -> Oracle {
        let served = lines.iter().flat_map(|lines| lines.flows.values());
        let programs = served.map(|served| (served.hash.clone(), Arc::clone(&served.program))).collect();
        Oracle {
            programs,
            calls: BTreeMap::new(),
            attempts: BTreeMap::new(),
            asked_once: BTreeMap::new(),
            told: BTreeMap::new(),
            quiet: BTreeMap::new(),
            violations: Vec::new(),
            silences: Vec::new(),
            commits: 0,
            media: 0,
            media_repeated: 0,
            calm_since: None,
            folded: 0,
        }
    }

    pub(super) fn calls(&self) -> u64 {
        self.calls.len() as u64
    }

    /// Notes a violation; one of each kind is enough.
    pub(super) fn violated(&mut self, invariant: &'static str, at: u64, what: String) {
        if !self.violations.iter().any(|violation| violation.invariant == invariant) {
            self.violations.push(Violation { invariant, at, what });
        }
    }

    /// A change was made. `store` is what it made of the store.
    pub(super) fn committed(&mut self, now: u64, change: &Change, store: &Tables) {
        self.commits += 1;
        let call = change.call.clone();
        let mut watched = self.calls.remove(&call).unwrap_or_default();
        let mut found = Vec::new();
        if change.expected == 0 {
            watched.program.clone_from(&change.program);
        }
        if watched.ended.is_some() {
            found.push(("I5", "a call that has ended was changed".to_owned()));
        }
        if watched.program != change.program {
            found.push(("I15", "the call's program changed".to_owned()));
        }
        if change.ended.is_none() && change.next_due.is_none() {
            found.push(("I7", "a live call that nobody will ever look at".to_owned()));
        }
        self.lines(now, &mut watched, change, &mut found);
        self.row(now, &mut watched, change, store, &mut found);
        self.folded = self.folded.wrapping_mul(31).wrapping_add(summed(&change.doc));
        for (invariant, what) in found {
            self.violated(invariant, now, format!("{call}: {what}"));
        }
        self.calls.insert(call, watched);
    }

    /// The lines of a change's history, one after the other.
    fn lines(&mut self, now: u64, watched: &mut Watched, change: &Change, found: &mut Vec<(&'static str, String)>) {
        for line in &change.history {
            if line.rev != watched.rev + 1 {
                found.push(("I8", format!("revision {} follows {}", line.rev, watched.rev)));
            }
            watched.rev = line.rev;
            if !watched.keys.insert(line.event_key.clone()) {
                found.push(("I8", format!("`{}` was applied twice", line.event_key)));
            }
            if contains(&line.body, CANARY) {
                found.push(("I16", "a secret stands in the history".to_owned()));
            }
            let Ok(read) = serde_json::from_slice::<Line>(&line.body) else {
                found.push(("I3", "a line of history that cannot be read".to_owned()));
                continue;
            };
            let off = read.at - EPOCH_MS - i64::try_from(now).unwrap_or(0);
            if off.abs() > CLOCK_MS + 70_000 || off > CLOCK_MS {
                found.push(("time", format!("a line's time is {off} ms from the store's")));
            }
            self.folded = self.folded.wrapping_mul(31).wrapping_add(kind_of(&read.input));
            self.own_result(watched, &line.event_key, &read, found);
            if let (Some(doc), Some(program)) = (&watched.doc, self.programs.get(&watched.program)) {
                watched.doc = Some(doc.apply(program, &read.input, read.at, &read.by).0);
            }
        }
    }

    /// An event says what the platform said, and a state is left by words only when they are its own.
    fn own_result(&mut self, watched: &mut Watched, key: &str, line: &Line, found: &mut Vec<(&'static str, String)>) {
        let mut of_another = None;
        if let InputKind::Event(EventKind::Webhook(webhook)) = &line.input {
            match key.strip_prefix("webhook:").map(|key| self.told.get(key)) {
                Some(Some(context)) if *context == webhook.op => {}
                Some(Some(context)) => {
                    found.push(("I10", format!("`{key}` is of {context:?}, applied as of {:?}", webhook.op)));
                }
                Some(None) | None => found.push(("I8", format!("`{key}` is nothing that the platform told"))),
            }
            if is_media_result(&webhook.kind) {
                of_another = webhook.op.filter(|op| !watched.visit.contains(&op.op));
                let awaited = watched.doc.as_ref().and_then(|doc| doc.call.op.as_ref()).map(|op| op.n);
                let is_awaited = webhook.op.is_some_and(|op| awaited == Some(op.op));
                let nothing =
                    !line.trace.is_empty() && line.trace.iter().all(|one| matches!(one, Trace::Ignored { .. }));
                if is_awaited && nothing && is_complete(&webhook.kind) {
                    found.push(("I10", format!("`{key}`, the result that was awaited, changed nothing")));
                }
            }
        }
        let ignored = line.trace.iter().all(|one| matches!(one, Trace::Ignored { .. })) && !line.trace.is_empty();
        if let Some(op) = of_another.filter(|_| !ignored) {
            found.push(("I10", format!("the result of {op} counts in a state that never ordered it")));
        }
        for trace in &line.trace {
            match trace {
                Trace::Took { from, .. } => {
                    if let Some(op) = of_another.take() {
                        found.push(("I10", format!("`{from}` was left by the result of {op}, which it never ordered")));
                    }
                }
                Trace::Entered { .. } => watched.visit.clear(),
                Trace::Ordered { op, .. } => drop(watched.visit.insert(op.op)),
                Trace::Ended { .. }
                | Trace::Ignored { .. }
                | Trace::Fault { .. }
                | Trace::Returned { .. }
                | Trace::Running { .. } => {}
            }
        }
    }

    /// What the change made of the call's row.
    fn row(
        &mut self,
        now: u64,
        watched: &mut Watched,
        change: &Change,
        store: &Tables,
        found: &mut Vec<(&'static str, String)>,
    ) {
        let Ok(doc) = Doc::from_bytes(&change.doc) else {
            found.push(("I3", "a document that cannot be read".to_owned()));
            return;
        };
        let secret = self.programs.get(&watched.program).is_some_and(|program| has_secret(program));
        match &watched.doc {
            Some(folded) if !secret && folded.to_bytes() != change.doc => {
                found.push(("I3", "the document is not the fold of its history".to_owned()));
            }
            Some(_) | None => {}
        }
        watched.ordered.extend(doc.outbox.iter().map(|pending| pending.op));
        if change.doc.len() > DOC_BYTES {
            found.push(("I14", format!("a document of {} bytes", change.doc.len())));
        }
        if watched.rev > MOST_LINES {
            found.push(("I14", format!("a history of {} lines", watched.rev)));
        }
        if store.history_lines(&change.call) != watched.rev {
            let kept = store.history_lines(&change.call);
            found.push(("I8", format!("revision {}, and {kept} lines of history", watched.rev)));
        }
        if change.ended.is_some() {
            watched.ended = Some(now);
            if !doc.outbox.is_empty() {
                found.push(("I9", "requests outlive their call".to_owned()));
            }
            if contains(&change.doc, CANARY) {
                found.push(("I16", "a secret outlives its call".to_owned()));
            }
        }
        watched.doc = Some(doc);
    }

    /// A note was kept of something that could not be applied.
    pub(super) fn set_aside(&mut self, now: u64, note: &Quarantined) {
        if note.reason.contains(CANARY) || note.detail.contains(CANARY) {
            self.violated("I16", now, "a secret stands in a note".to_owned());
        }
    }

    /// A process is about to send a request, by a row that it read at `loaded`.
    pub(super) fn sends(&mut self, now: u64, call: &str, request: &Request, loaded: u64) {
        let watched = self.calls.get(call);
        let late = watched.and_then(|watched| watched.ended).is_some_and(|ended| loaded > ended);
        let ordered = watched.is_some_and(|watched| watched.ordered.contains(&request.op));
        if late {
            self.violated("I6", now, format!("{call}: {} is sent after the end", request.op));
        }
        if !ordered {
            self.violated("I11", now, format!("{call}: {} was never ordered", request.op));
        }
        let attempts = self.attempts.entry((call.to_owned(), request.op.op)).or_default();
        attempts.sends += 1;
        attempts.last = now;
        let named = attempts.named.entry(request.op.attempt).or_default();
        named.insert((request.repeat_id, request.first_sent));
        let (names, sends) = (named.len(), attempts.sends);
        if request.command.class() == Class::Repeatable && names > 1 {
            self.violated("I4", now, format!("{call}: {} has {names} ids or first times", request.op));
        }
        if matches!(request.command, Command::Play { .. } | Command::Recognize { .. }) {
            self.media += u64::from(sends == 1);
            self.media_repeated += u64::from(sends == 2);
        }
    }

    /// The platform has answered a request.
    pub(super) fn executed(&mut self, now: u64, request: &Request, status: u16) {
        if request.callback_uri.is_empty() || !(200..300).contains(&status) {
            return;
        }
        let Some(call) = request.callback_uri.rsplit('/').nth(1) else { return };
        let words = matches!(request.command, Command::Play { .. } | Command::Recognize { .. });
        let attempts = self.attempts.entry((call.to_owned(), request.op.op)).or_default();
        attempts.executed.insert(request.repeat_id);
        attempts.times += 1;
        let (executed, times) = (attempts.executed.len(), attempts.times);
        match request.command.class() {
            Class::Repeatable if executed > 1 => {
                self.violated("I5", now, format!("{call}: {} took effect {executed} times", request.op));
            }
            // Words are said twice at most. What ends a condition of the line is repeated until its end is certain.
            Class::Restartable if times > if words { 2 } else { MOST_UNDONE } => {
                self.violated("I13", now, format!("{call}: {} took effect {times} times", request.op));
            }
            Class::Idempotent | Class::Repeatable | Class::Restartable => {}
        }
    }

    /// A service is asked.
    pub(super) fn invoked(&mut self, now: u64, invocation: &Invocation) {
        let times = self.asked_once.entry((invocation.call.clone(), invocation.op)).or_default();
        *times += 1;
        if *times > 1 && invocation.operation == "charge" {
            let what = format!("{}: `charge`, never to be repeated, was asked {times} times", invocation.call);
            self.violated("I5", now, what);
        }
        if let Some(attempts) = self.attempts.get_mut(&(invocation.call.clone(), invocation.op.op)) {
            attempts.last = now;
        }
    }

    /// The platform tells something.
    pub(super) fn told(&mut self, body: &str) {
        for received in webhook::read(body.as_bytes()).unwrap_or_default().into_iter().flatten() {
            self.told.insert(received.key, context_of(body));
        }
    }

    /// The service has acknowledged a webhook.
    pub(super) fn acknowledged(&mut self, now: u64, call: &str, body: &str, store: &Tables) {
        for received in webhook::read(body.as_bytes()).unwrap_or_default().into_iter().flatten() {
            let kept =
                self.calls.get(call).is_some_and(|watched| watched.keys.contains(&format!("webhook:{}", received.key)));
            let over = matches!(store.load(call, &[]), Found::Ended(_));
            let noted = store.quarantined().iter().any(|note| note.call == call);
            if !kept && !over && !noted {
                self.violated("I2", now, format!("{call}: `{}` was acknowledged and is not kept", received.key));
            }
        }
    }

    /// Looks at how things stand.
    pub(super) fn look(&mut self, cloud: &Cloud, store: &Tables, now: u64, healthy_since: Option<u64>) {
        for call in cloud.calls.values() {
            let (since, longest) = self.quiet.get(&call.number).copied().unwrap_or((now, 0));
            if call.is_over() || call.is_lively() {
                self.quiet.insert(call.number, (now, longest));
            } else {
                self.quiet.insert(call.number, (since, longest.max(now - since + SILENCE_STEP_MS)));
            }
        }
        let calm = self.calm_since.zip(healthy_since).map(|(calm, since)| calm.max(since));
        let Some(calm) = calm.filter(|calm| now > calm + 2 * LYING_MS) else { return };
        let over = |call: &str| {
            self.calls.get(call).is_some_and(|watched| watched.ended.is_some_and(|at| now > at.max(calm) + LEFT_MS))
        };
        let left = cloud.calls.values().filter(|call| !call.is_over()).find_map(|call| {
            let ours = call.callbacks().filter_map(|url| url.rsplit('/').nth(1)).find(|ours| over(ours))?;
            Some(format!("{ours} is over, and its line {} is up", call.name()))
        });
        if let Some(what) = left {
            self.violated("I1", now, what);
        }
        let mut lying = Vec::new();
        for (call, watched) in self.calls.iter().filter(|(_, watched)| watched.ended.is_none()) {
            for pending in watched.doc.iter().flat_map(|doc| &doc.outbox).filter(|one| !one.command.is_errand()) {
                let tried = self.attempts.get(&(call.clone(), pending.op.op)).map_or(0, |attempts| attempts.last);
                let ordered = u64::try_from(pending.ordered - EPOCH_MS).unwrap_or(0);
                if now.saturating_sub(tried.max(ordered).max(calm)) > LYING_MS {
                    lying.push(format!("{call}: {} {} is not sent", pending.op, pending.command.name()));
                }
            }
        }
        for what in lying {
            self.violated("I12", now, what);
        }
        let _ = store;
    }

    /// Everything has had its time.
    pub(super) fn at_the_end(&mut self, cloud: &Cloud, store: &Tables, now: u64) {
        if let Some(live) = store.list(Among::All, usize::MAX).into_iter().find(|listed| listed.ended.is_none()) {
            self.violated("I1", now, format!("{} never ends", live.call));
        }
        if let Some(up) = cloud.calls.values().find(|call| !call.is_over()) {
            self.violated("I1", now, format!("{} is still up at the platform", up.name()));
        }
        self.silences = self.quiet.values().map(|(_, longest)| *longest).collect();
    }
}

/// A number that stands for these bytes.
pub(super) fn summed(bytes: &[u8]) -> u64 {
    let digest = digest(&SHA256, bytes);
    digest.as_ref().iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

fn contains(bytes: &[u8], text: &str) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|within| within.contains(text))
}

fn has_secret(program: &Program) -> bool {
    program.flow == "card"
}

/// The `operationContext` as it stands in an event, read without the service's own reader.
fn context_of(body: &str) -> Option<OpRef> {
    let read: serde_json::Value = serde_json::from_str(body).ok()?;
    OpRef::parse(read[0]["data"]["operationContext"].as_str()?)
}

fn is_media_result(kind: &WebhookKind) -> bool {
    use WebhookKind::{PlayCanceled, PlayFailed, RecognizeCanceled, RecognizeFailed};
    is_complete(kind) || matches!(kind, PlayCanceled | PlayFailed | RecognizeCanceled | RecognizeFailed)
}

fn is_complete(kind: &WebhookKind) -> bool {
    matches!(kind, WebhookKind::PlayCompleted | WebhookKind::RecognizeCompleted { .. })
}
