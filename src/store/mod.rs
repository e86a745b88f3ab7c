//! Where calls live: one row a call, changed by compare-and-set together with its history.
//!
//! A [`Store`] knows rows, revisions and bytes; it never looks into a document. What a change means is the runtime's business.

use std::future::Future;

#[cfg(test)]
mod conformance;
pub mod memory;
mod show;

pub mod sqlite;

/// A live call's row.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    /// The call's id, time-ordered.
    pub call: String,
    /// Revision: 1 after creation, one more with each change.
    pub rev: u64,
    /// Hash of the program the call is pinned to.
    pub program: String,
    /// The call's document.
    pub doc: Vec<u8>,
}

/// A finished call.
#[derive(Clone, PartialEq, Eq)]
pub struct Ended {
    /// The call's id.
    pub call: String,
    /// When it ended, in milliseconds since the epoch.
    pub at: i64,
    /// The call's last document.
    pub doc: Vec<u8>,
    /// Hash of the program it ran.
    pub program: String,
}

/// What [`Store::load`] found under one call id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The call is alive; `seen` says which of the asked event keys its history has.
    Live {
        /// The row.
        row: Row,
        /// Event keys of the question that are in the history already.
        seen: Vec<String>,
    },
    /// The call has ended.
    Ended(Ended),
    /// No such call.
    Unknown,
}

/// One line of a call's history: one event and the revision it made.
#[derive(Clone, PartialEq, Eq)]
pub struct HistoryLine {
    /// The revision the call had after it.
    pub rev: u64,
    /// Unique within the call; an event whose key is there has been applied.
    pub event_key: String,
    /// When, in milliseconds since the epoch.
    pub at: i64,
    /// What happened and what came of it, JSON.
    pub body: Vec<u8>,
}

/// One change of one call.
#[derive(Clone, PartialEq, Eq)]
pub struct Change {
    /// The call.
    pub call: String,
    /// Compare: the revision the change was computed from; 0 creates the call.
    pub expected: u64,
    /// The new document.
    pub doc: Vec<u8>,
    /// Hash of the pinned program.
    pub program: String,
    /// Look at the call no later than this, in milliseconds since the epoch; `None` only when it has ended.
    pub next_due: Option<i64>,
    /// What happened: revisions `expected + 1 ..`, in order. The row's revision becomes the last one's. Never empty.
    pub history: Vec<HistoryLine>,
    /// The key by which the world knows the call before it has an id (incoming context, idempotency key). Only on creation.
    pub natural_key: Option<String>,
    /// The call ends with this change: the row moves to the ended ones, at this time.
    pub ended: Option<i64>,
}

impl Change {
    /// Whether the change is one a store can make: history lines for the revisions right after `expected`, at least one.
    ///
    /// # Errors
    /// [`Error::Unavailable`] with what is wrong; nothing was changed.
    pub fn is_sound(&self) -> Result<(), Error> {
        let follows = |(line, before): (&HistoryLine, u64)| before.checked_add(1) == Some(line.rev);
        if self.history.is_empty() || !self.history.iter().zip(self.expected..=u64::MAX).all(follows) {
            let found: Vec<u64> = self.history.iter().map(|line| line.rev).collect();
            let message = format!("a change of revision {} with history lines {found:?}", self.expected);
            return Err(Error::Unavailable(message));
        }
        Ok(())
    }

    /// The revision the call has after this change.
    #[must_use]
    pub fn rev(&self) -> u64 {
        self.expected + self.history.len() as u64
    }
}

/// What came of one change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Committed {
    /// It stands, durably.
    Applied,
    /// Somebody else changed the call: load it again.
    Conflict,
    /// One of its event keys is in the history already: nothing was changed.
    Duplicate,
    /// Creation only: a call with this natural key exists (live or ended), under this id.
    Exists {
        /// That call.
        call: String,
    },
}

/// A webhook that was authentic but could not be read or belongs to no call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// When, in milliseconds since the epoch.
    pub at: i64,
    /// Why.
    pub reason: String,
    /// The call id of the address it came to.
    pub call: String,
    /// Type name and other safe facts; never the raw body.
    pub detail: String,
}

/// A line of a listing.
#[derive(Clone, PartialEq, Eq)]
pub struct Listed {
    /// The call.
    pub call: String,
    /// Its document.
    pub doc: Vec<u8>,
    /// Hash of its program.
    pub program: String,
    /// When it ended; `None` while it lives.
    pub ended: Option<i64>,
}

/// Which calls are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Among {
    /// All of them.
    All,
    /// Those that live.
    Live,
}

/// How many calls a store has, as it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Calls that live.
    pub live: u64,
    /// Of these, calls that are due.
    pub due: u64,
}

/// Room on the disk that is kept for calls in progress.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reserve {
    /// None: it was not asked for, or the disk has not had it yet.
    #[default]
    None,
    /// So many bytes.
    Held(u64),
    /// The disk is full and calls in progress have it; nothing new is begun until it is there again.
    Given,
}

/// What is no longer kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prune {
    /// Of calls that ended before this nothing is kept but that they were there.
    pub history_before: i64,
    /// Of calls that ended before this, nothing; no note that was made before it either.
    pub calls_before: i64,
    /// Most of each that are taken away at once.
    pub limit: usize,
}

/// What came of erasing a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erased {
    /// Nothing is kept but that it was there.
    Done,
    /// It is not over: nothing was changed.
    Lives,
    /// No such call.
    Unknown,
}

/// Why a store could not answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The file or the disk refused.
    #[error("the store cannot be used: {0}")]
    Unavailable(String),
    /// Another process has the store open.
    #[error("the store {path} is open in another process; stop it, or name another file with --store")]
    Locked {
        /// The store's file.
        path: String,
    },
    /// The disk is full.
    #[error("the disk under the store is full: {0}")]
    Full(String),
    /// It cannot be said whether the change stands; load and compare.
    #[error("the outcome of a commit is unknown: {0}")]
    Unknown(String),
    /// The file was written by a newer release.
    #[error("the store has schema {found}, this release knows {known}; use the release that wrote it")]
    Newer {
        /// Schema version of the file.
        found: i64,
        /// Newest schema version known.
        known: i64,
    },
}

impl Error {
    /// A short name of what is wrong.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Error::Unavailable(_) => "unavailable",
            Error::Locked { .. } => "locked",
            Error::Full(_) => "full",
            Error::Unknown(_) => "unknown",
            Error::Newer { .. } => "newer",
        }
    }
}

/// A durable store of calls. Every answer comes from the primary copy; `commit` returns only once the change is on disk.
pub trait Store: Send + Sync + 'static {
    /// Reads a call, and which of `keys` its history has, in one statement.
    fn load(&self, call: &str, keys: &[String]) -> impl Future<Output = Result<Found, Error>> + Send;

    /// Makes one change durable. Changes of different calls that are asked for at the same time share one transaction.
    fn commit(&self, change: Change) -> impl Future<Output = Result<Committed, Error>> + Send;

    /// The call that was made with a natural key, live or ended.
    fn named(&self, natural_key: &str) -> impl Future<Output = Result<Option<String>, Error>> + Send;

    /// Calls whose `next_due` is at or before `now`, the most overdue first.
    fn due(&self, now: i64, limit: usize) -> impl Future<Output = Result<Vec<String>, Error>> + Send;

    /// How many calls there are, and how many of them are due at `now`.
    fn counts(&self, now: i64) -> impl Future<Output = Result<Counts, Error>> + Send;

    /// When the next call is due.
    fn next_due(&self) -> impl Future<Output = Result<Option<i64>, Error>> + Send;

    /// History of a call, oldest first.
    fn history(&self, call: &str) -> impl Future<Output = Result<Vec<HistoryLine>, Error>> + Send;

    /// Calls, the newest first.
    fn list(&self, among: Among, limit: usize) -> impl Future<Output = Result<Vec<Listed>, Error>> + Send;

    /// Records something that could not be applied.
    fn quarantine(&self, row: Quarantined) -> impl Future<Output = Result<(), Error>> + Send;

    /// Takes away what is no longer kept; answers of how many things. Calls that live are never touched.
    fn prune(&self, prune: Prune) -> impl Future<Output = Result<usize, Error>> + Send;

    /// Takes away everything of a call that is over but that it was there: what comes late for it still finds its end.
    fn erase(&self, call: &str) -> impl Future<Output = Result<Erased, Error>> + Send;

    /// Tells whether a change could be made durable now, by making one that means nothing.
    fn probe(&self, now: i64) -> impl Future<Output = Result<(), Error>> + Send;

    /// How the room stands that is kept for calls in progress.
    fn reserve(&self) -> Reserve {
        Reserve::None
    }

    /// Keeps a program under its hash; the same again is nothing new.
    fn put_program(
        &self,
        hash: &str,
        program: &[u8],
        source_map: &[u8],
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// A program by its hash, with its source map.
    #[allow(clippy::type_complexity)]
    fn program(&self, hash: &str) -> impl Future<Output = Result<Option<(Vec<u8>, Vec<u8>)>, Error>> + Send;

    /// A secret of this store (the key of callback MACs), made by `fresh` the first time it is asked for.
    fn secret(&self, name: &str, fresh: Vec<u8>) -> impl Future<Output = Result<Vec<u8>, Error>> + Send;
}
