//! A store in memory: the same answers as the durable one, lost with the process. For simulation, rehearsal and tests.
//!
//! [`Tables`] is the store without a lock, for those who drive it step by step; [`Memory`] makes it a [`Store`].

use crate::planted::{Bug, planted};
use crate::store::{
    Among, Change, Committed, Counts, Ended, Erased, Error, Found, HistoryLine, Listed, Prune, Quarantined, Row, Store,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A live call.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Live {
    row: Row,
    next_due: Option<i64>,
}

/// Everything the store holds. A clone is a backup.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tables {
    calls: BTreeMap<String, Live>,
    due: BTreeSet<(i64, String)>,
    history: BTreeMap<String, Vec<HistoryLine>>,
    ended: BTreeMap<String, Ended>,
    natural_keys: BTreeMap<String, String>,
    programs: BTreeMap<String, (Vec<u8>, Vec<u8>)>,
    secrets: BTreeMap<String, Vec<u8>>,
    quarantined: Vec<Quarantined>,
}

impl Tables {
    /// See [`Store::load`].
    #[must_use]
    pub fn load(&self, call: &str, keys: &[String]) -> Found {
        if let Some(live) = self.calls.get(call) {
            let seen = keys.iter().filter(|key| self.has_key(call, key)).cloned().collect();
            return Found::Live { row: live.row.clone(), seen };
        }
        self.ended.get(call).map_or(Found::Unknown, |ended| Found::Ended(ended.clone()))
    }

    /// See [`Store::commit`].
    ///
    /// # Errors
    /// When the change is malformed.
    pub fn commit(&mut self, change: Change) -> Result<Committed, Error> {
        change.is_sound()?;
        if let Some(refusal) = self.refusal(&change) {
            return Ok(refusal);
        }
        self.apply(change);
        Ok(Committed::Applied)
    }

    /// Why the change cannot be made: taken natural key, then lost race, then event applied before.
    fn refusal(&self, change: &Change) -> Option<Committed> {
        let creation = change.expected == 0;
        let taken = change.natural_key.as_ref().filter(|_| creation).and_then(|key| self.natural_keys.get(key));
        if let Some(call) = taken {
            return Some(Committed::Exists { call: call.clone() });
        }
        let rev = self.calls.get(&change.call).map_or(0, |live| live.row.rev);
        let lost = rev != change.expected && !planted(Bug::NoCompare);
        if lost || self.ended.contains_key(&change.call) {
            return Some(Committed::Conflict);
        }
        if planted(Bug::KeysReadFirst) {
            return None;
        }
        let keys: BTreeSet<&str> = change.history.iter().map(|line| line.event_key.as_str()).collect();
        let repeated = keys.len() < change.history.len() || keys.iter().any(|key| self.has_key(&change.call, key));
        repeated.then_some(Committed::Duplicate)
    }

    fn apply(&mut self, change: Change) {
        let rev = change.rev();
        let Change { call, expected, doc, program, next_due, history, natural_key, ended } = change;
        if let Some(before) = self.calls.remove(&call).and_then(|live| live.next_due) {
            self.due.remove(&(before, call.clone()));
        }
        if let Some(key) = natural_key.filter(|_| expected == 0) {
            self.natural_keys.insert(key, call.clone());
        }
        self.history.entry(call.clone()).or_default().extend(history);
        if let Some(at) = ended {
            self.ended.insert(call.clone(), Ended { call, at, doc, program });
            return;
        }
        self.due.extend(next_due.map(|due| (due, call.clone())));
        self.calls.insert(call.clone(), Live { row: Row { call, rev, program, doc }, next_due });
    }

    fn has_key(&self, call: &str, key: &str) -> bool {
        self.history.get(call).is_some_and(|lines| lines.iter().any(|line| line.event_key == key))
    }

    /// See [`Store::due`].
    #[must_use]
    pub fn due(&self, now: i64, limit: usize) -> Vec<String> {
        let overdue = self.due.iter().take_while(|(due, _)| *due <= now);
        overdue.take(limit).map(|(_, call)| call.clone()).collect()
    }

    /// See [`Store::counts`].
    #[must_use]
    pub fn counts(&self, now: i64) -> Counts {
        let due = self.due.iter().take_while(|(due, _)| *due <= now).count();
        Counts { live: self.calls.len() as u64, due: due as u64 }
    }

    /// See [`Store::next_due`].
    #[must_use]
    pub fn next_due(&self) -> Option<i64> {
        self.due.first().map(|(due, _)| *due)
    }

    /// See [`Store::history`].
    #[must_use]
    pub fn history(&self, call: &str) -> Vec<HistoryLine> {
        self.history.get(call).cloned().unwrap_or_default()
    }

    /// How many lines the history of a call has.
    #[must_use]
    pub fn history_lines(&self, call: &str) -> u64 {
        self.history.get(call).map_or(0, |lines| lines.len() as u64)
    }

    /// See [`Store::quarantine`].
    pub fn set_aside(&mut self, note: Quarantined) {
        self.quarantined.push(note);
    }

    /// See [`Store::list`].
    #[must_use]
    pub fn list(&self, among: Among, limit: usize) -> Vec<Listed> {
        let live = self.calls.values().map(|live| (&live.row, None));
        let live = live.map(|(row, ended)| listed(&row.call, &row.doc, &row.program, ended));
        let over = self
            .ended
            .values()
            .filter(|_| among == Among::All)
            .map(|end| listed(&end.call, &end.doc, &end.program, Some(end.at)));
        let mut all: Vec<Listed> = live.chain(over).collect();
        all.sort_by(|a, b| b.call.cmp(&a.call));
        all.truncate(limit);
        all
    }

    /// See [`Store::prune`].
    pub fn prune(&mut self, prune: Prune) -> usize {
        let before = |all: &BTreeMap<String, Ended>, at: i64| -> Vec<String> {
            all.values().filter(|ended| ended.at < at).map(|ended| ended.call.clone()).collect()
        };
        let mut known = before(&self.ended, prune.calls_before);
        known.truncate(prune.limit);
        for call in &known {
            self.ended.remove(call);
            self.history.remove(call);
            self.natural_keys.retain(|_, of| of != call);
        }
        let mut told = before(&self.ended, prune.history_before);
        told.retain(|call| self.ended.get(call).is_some_and(|ended| !ended.doc.is_empty()));
        told.truncate(prune.limit);
        told.iter().for_each(|call| self.forget(call));
        let notes = self.quarantined.len();
        let mut left = prune.limit;
        self.quarantined.retain(|note| {
            let goes = note.at < prune.calls_before && left > 0;
            left -= usize::from(goes);
            !goes
        });
        known.len() + told.len() + notes - self.quarantined.len()
    }

    /// See [`Store::erase`].
    pub fn erase(&mut self, call: &str) -> Erased {
        if self.calls.contains_key(call) {
            return Erased::Lives;
        }
        if !self.ended.contains_key(call) {
            return Erased::Unknown;
        }
        self.forget(call);
        self.quarantined.retain(|note| note.call != call);
        Erased::Done
    }

    fn forget(&mut self, call: &str) {
        self.history.remove(call);
        if let Some(ended) = self.ended.get_mut(call) {
            ended.doc.clear();
        }
    }

    /// Everything that was put aside, in order.
    #[must_use]
    pub fn quarantined(&self) -> &[Quarantined] {
        &self.quarantined
    }
}

fn listed(call: &str, doc: &[u8], program: &str, ended: Option<i64>) -> Listed {
    Listed { call: call.to_owned(), doc: doc.to_owned(), program: program.to_owned(), ended }
}

/// [`Tables`] behind a lock. Every answer is there at once: no future of it ever waits.
#[derive(Debug, Default)]
pub struct Memory {
    tables: Mutex<Tables>,
}

impl Memory {
    /// The tables, for looking at and for fault injection. Do not hold them across an `await`.
    pub fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for Memory {
    async fn load(&self, call: &str, keys: &[String]) -> Result<Found, Error> {
        Ok(self.tables().load(call, keys))
    }

    async fn commit(&self, change: Change) -> Result<Committed, Error> {
        self.tables().commit(change)
    }

    async fn due(&self, now: i64, limit: usize) -> Result<Vec<String>, Error> {
        Ok(self.tables().due(now, limit))
    }

    async fn counts(&self, now: i64) -> Result<Counts, Error> {
        Ok(self.tables().counts(now))
    }

    async fn named(&self, natural_key: &str) -> Result<Option<String>, Error> {
        Ok(self.tables().natural_keys.get(natural_key).cloned())
    }

    async fn next_due(&self) -> Result<Option<i64>, Error> {
        Ok(self.tables().next_due())
    }

    async fn history(&self, call: &str) -> Result<Vec<HistoryLine>, Error> {
        Ok(self.tables().history(call))
    }

    async fn list(&self, among: Among, limit: usize) -> Result<Vec<Listed>, Error> {
        Ok(self.tables().list(among, limit))
    }

    async fn quarantine(&self, row: Quarantined) -> Result<(), Error> {
        self.tables().set_aside(row);
        Ok(())
    }

    async fn prune(&self, prune: Prune) -> Result<usize, Error> {
        Ok(self.tables().prune(prune))
    }

    async fn erase(&self, call: &str) -> Result<Erased, Error> {
        Ok(self.tables().erase(call))
    }

    async fn probe(&self, _now: i64) -> Result<(), Error> {
        Ok(())
    }

    async fn put_program(&self, hash: &str, program: &[u8], source_map: &[u8]) -> Result<(), Error> {
        let fresh = || (program.to_owned(), source_map.to_owned());
        self.tables().programs.entry(hash.to_owned()).or_insert_with(fresh);
        Ok(())
    }

    async fn program(&self, hash: &str) -> Result<Option<(Vec<u8>, Vec<u8>)>, Error> {
        Ok(self.tables().programs.get(hash).cloned())
    }

    async fn secret(&self, name: &str, fresh: Vec<u8>) -> Result<Vec<u8>, Error> {
        Ok(self.tables().secrets.entry(name.to_owned()).or_insert(fresh).clone())
    }
}
