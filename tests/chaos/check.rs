//! Holds the service's store against the platform's books, once everything is over.

use crate::chaos::books::{Books, Phase, Sent};
use flowc::machine::command::OpRef;
use flowc::machine::trace::Trace;
use flowc::runtime::doc::Line;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// How long a request may be on its way when its call ends.
const ON_ITS_WAY_MS: i64 = 6_000;
/// Of each kind of fault, so many are shown.
const SHOWN: usize = 5;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// What must not be, by what it is.
    pub(crate) faults: BTreeMap<&'static str, Vec<String>>,
    /// Figures for whoever reads the run.
    pub(crate) calls: usize,
    pub(crate) webhooks: usize,
    pub(crate) prompts: usize,
    pub(crate) doubled: usize,
    /// Events that came once their call was over.
    pub(crate) late: usize,
    /// How calls ended, and how often the platform was asked after one.
    pub(crate) results: BTreeMap<String, usize>,
    pub(crate) asked_after: usize,
    /// How long each `wait` of the flow took, by the service's own clock, in milliseconds.
    pub(crate) waited_ms: Vec<i64>,
}

impl Verdict {
    fn fault(&mut self, what: &'static str, which: String) {
        self.faults.entry(what).or_default().push(which);
    }

    /// Panics with what was found, if anything was.
    pub(crate) fn none(&self) {
        let few = self.faults.iter().map(|(what, all)| (what, all.len(), all.iter().take(SHOWN).collect::<Vec<_>>()));
        assert!(self.faults.is_empty(), "{:#?}", few.collect::<Vec<_>>());
    }
}

/// Calls of the store that live.
pub(crate) fn live(database: &Path) -> i64 {
    let store = Connection::open(database).expect("the store is a SQLite file");
    store.query_row("SELECT count(*) FROM calls", [], |row| row.get(0)).unwrap_or(i64::MAX)
}

/// A call as its store has it.
struct Told {
    /// `None` while it lives.
    ended: Option<i64>,
    rev: i64,
    keys: BTreeSet<String>,
    revs: Vec<i64>,
    ordered: BTreeSet<OpRef>,
    result: Option<String>,
    waited_ms: Option<i64>,
}

impl Told {
    fn read(&mut self, line: &Line) {
        for entry in &line.trace {
            match entry {
                Trace::Ordered { op, .. } => drop(self.ordered.insert(*op)),
                Trace::Entered { state } if state == "think" => self.waited_ms = Some(-line.at),
                // Entered at less than nothing: what is added is the time between.
                Trace::Took { from, .. } if from == "think" => {
                    self.waited_ms = self.waited_ms.filter(|at| *at < 0).map(|at| at + line.at);
                }
                Trace::Ended { result, .. } => self.result.clone_from(result),
                _ => {}
            }
        }
    }
}

/// Every rule that a run is held to. The service's clock was ahead by so many milliseconds.
pub(crate) fn against(books: &Books, database: &Path, ahead_ms: i64) -> Verdict {
    let store = Connection::open(database).expect("the store is a SQLite file");
    let sound: String = store.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("a word");
    let calls = told(&store, ahead_ms);
    let mut verdict = Verdict { calls: calls.len(), webhooks: books.acknowledged.len(), ..Verdict::default() };
    verdict.asked_after = books.sent.iter().filter(|sent| sent.operation == "get").count();
    verdict.waited_ms = calls.values().filter_map(|told| told.waited_ms).collect();
    for result in calls.values().filter_map(|told| told.result.clone()) {
        *verdict.results.entry(result).or_default() += 1;
    }
    if sound != "ok" {
        verdict.fault("the store is damaged", sound);
    }
    for what in &books.strange {
        verdict.fault("a request that makes no sense", what.clone());
    }
    ends(books, &calls, &mut verdict);
    taken(books, &store, &calls, &mut verdict);
    acknowledged(books, &calls, &mut verdict);
    once(books, &mut verdict);
    sent(books, &calls, &mut verdict);
    verdict
}

fn told(store: &Connection, ahead_ms: i64) -> BTreeMap<String, Told> {
    let mut calls = BTreeMap::new();
    let sql = "SELECT call_id, rev, NULL FROM calls UNION ALL SELECT call_id, rev, ended_at FROM ended";
    let mut query = store.prepare(sql).expect("the tables of the schema");
    let rows = query.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?))).expect("rows");
    for row in rows {
        let (call, rev, ended): (String, i64, Option<i64>) = row.expect("a row");
        let ended = ended.map(|ended| ended - ahead_ms);
        let (keys, revs, ordered, result, waited_ms) = Default::default();
        calls.insert(call, Told { ended, rev, keys, revs, ordered, result, waited_ms });
    }
    let sql = "SELECT call_id, rev, event_key, body FROM history ORDER BY call_id, rev";
    let mut query = store.prepare(sql).expect("the tables of the schema");
    let mut rows = query.query([]).expect("rows");
    while let Some(row) = rows.next().expect("a row") {
        let call: String = row.get(0).expect("a text");
        let told = calls.get_mut(&call).expect("history is of a call");
        told.revs.push(row.get(1).expect("a number"));
        told.keys.insert(row.get(2).expect("a text"));
        let line: Line = serde_json::from_slice(&row.get::<_, Vec<u8>>(3).expect("bytes")).expect("a line");
        told.read(&line);
    }
    calls
}

/// No call is forgotten: what is over there is over here, and nothing is left up.
fn ends(books: &Books, calls: &BTreeMap<String, Told>, verdict: &mut Verdict) {
    for (number, line) in books.lines.iter().enumerate() {
        let asked: Vec<&str> =
            books.sent.iter().filter(|sent| sent.line == number).map(|sent| sent.operation.as_str()).collect();
        if line.phase != Phase::Over {
            verdict.fault("a line is left up", format!("{number} {:?} {:?}: {asked:?}", line.phase, line.call));
        }
        if line.transferred_by.len() > 1 {
            verdict.fault("transferred under two ids", format!("{number} {:?}", line.transferred_by));
        }
        if line.begun_by.len() > 1 {
            verdict.fault("begun under two ids", format!("{number}, placed: {}, {:?}", line.placed, line.begun_by));
        }
    }
    for (call, told) in calls {
        if told.ended.is_none() {
            let line = books.lines.iter().find(|line| line.call.as_ref() == Some(call));
            let over = line.map(|line| (line.phase, line.over_at));
            verdict.fault("a call is left live", format!("{call} at {}, its line: {over:?}", told.rev));
        }
        if told.revs != (1..=told.rev).collect::<Vec<_>>() {
            verdict.fault("a history with gaps", format!("{call}: {:?} of {}", told.revs, told.rev));
        }
    }
}

/// Every call whose ringing or order was acknowledged is there, once.
fn taken(books: &Books, store: &Connection, calls: &BTreeMap<String, Told>, verdict: &mut Verdict) {
    for context in &books.taken {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, context.as_bytes());
        let hex: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let sql = "SELECT count(*) FROM natural_keys WHERE natural_key = ?1";
        let there: i64 = store.query_row(sql, [format!("incoming:{hex}")], |row| row.get(0)).expect("a count");
        if there != 1 {
            verdict.fault("an acknowledged call is not in the store", context.clone());
        }
    }
    for (number, call) in &books.placed {
        if !calls.contains_key(call) {
            verdict.fault("a placed call is not in the store", format!("{number} {call}"));
        }
    }
}

/// Every acknowledged event is in the history of its call, unless that was over.
fn acknowledged(books: &Books, calls: &BTreeMap<String, Told>, verdict: &mut Verdict) {
    for event in &books.acknowledged {
        let Some(told) = calls.get(&event.call) else {
            verdict.fault("an acknowledged event of an unknown call", format!("{} {}", event.call, event.kind));
            continue;
        };
        if told.keys.contains(&event.key) {
            continue;
        }
        match told.ended {
            Some(ended) if ended <= event.at => verdict.late += 1,
            _ => verdict.fault("an acknowledged event is lost", format!("{event:?}, the end: {:?}", told.ended)),
        }
    }
}

/// One decision, one id; and what is no repetition to the platform is sent twice at the most.
fn once(books: &Books, verdict: &mut Verdict) {
    let mut ops: BTreeMap<(usize, &str, u64), Vec<&Sent>> = BTreeMap::new();
    for sent in &books.sent {
        if let Some(op) = sent.op {
            ops.entry((sent.line, &sent.operation, op.op)).or_default().push(sent);
        }
    }
    for ((line, operation, op), all) in ops {
        let ids: BTreeSet<_> = all.iter().filter_map(|sent| sent.repeat.as_ref()).collect();
        if ids.len() > 1 {
            verdict.fault("one operation under two ids", format!("{line} {operation} {op}: {ids:?}"));
        }
        let done = all.iter().filter(|sent| sent.done).count();
        if all.iter().any(|sent| sent.repeat.is_some()) && done > 1 {
            verdict.fault("a repeatable request did something twice", format!("{line} {operation} {op}"));
        }
        if matches!(operation, "play" | "recognize") {
            verdict.prompts += 1;
            verdict.doubled += usize::from(done > 1);
            if all.len() > 2 {
                let all: Vec<_> = all.iter().map(|sent| (sent.at, sent.op, sent.status)).collect();
                verdict.fault("a prompt was sent more than twice", format!("{line} {operation} {op}: {all:?}"));
            }
        }
    }
}

/// Every request was decided durably before, and none goes out for a call that is over.
fn sent(books: &Books, calls: &BTreeMap<String, Told>, verdict: &mut Verdict) {
    for sent in &books.sent {
        let Some(told) = books.lines[sent.line].call.as_ref().and_then(|call| calls.get(call)) else { continue };
        if sent.op.is_some_and(|op| !told.ordered.contains(&op)) {
            verdict.fault("a request that nobody ordered", format!("{sent:?}"));
        }
        // A connection that is told of late, once its call is over, is asked for: somebody may be on it.
        let asks = sent.operation == "get";
        if !asks && told.ended.is_some_and(|ended| sent.at > ended + ON_ITS_WAY_MS) {
            verdict.fault("a request for a call that is over", format!("{sent:?}, the end: {:?}", told.ended));
        }
    }
}
