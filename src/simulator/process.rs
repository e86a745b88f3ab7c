//! A process of the service: what it is doing, and what it remembers and loses when it dies. It does what the async driver does.

use crate::machine::command::OpRef;
use crate::runtime::pace::Pace;
use crate::runtime::recent::Recent;
use crate::runtime::shot::Got;
use crate::runtime::turn::Verdict;
use crate::simulator::shots::Shot;
use std::collections::{BTreeMap, BTreeSet};

/// Names one task of one life of one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket {
    pub(super) process: usize,
    pub(super) life: u32,
    pub(super) task: u64,
}

/// A process.
#[derive(Debug, Default)]
pub(super) struct Process {
    /// How often it has been started.
    pub(super) life: u32,
    /// It lets nothing in before it has recovered.
    pub(super) open: bool,
    /// It is there at all.
    pub(super) up: bool,
    /// It stands still until then.
    pub(super) paused_until: u64,
    /// How far its own wall clock is off, in milliseconds.
    pub(super) skew: i64,
    pub(super) tasks: BTreeMap<u64, Task>,
    /// Calls whose outbox is being worked off; true when it may have grown meanwhile.
    pub(super) working: BTreeMap<String, bool>,
    pub(super) errands: BTreeSet<(String, OpRef)>,
    pub(super) broken: BTreeSet<String>,
    /// Calls as it last knew them.
    pub(super) recent: Recent,
    /// How fast its requests may leave.
    pub(super) pace: Pace,
}

impl Process {
    /// It dies: all it remembers is gone.
    pub(super) fn die(&mut self) {
        let (life, skew) = (self.life, self.skew);
        *self = Process { life, skew, ..Process::default() };
    }
}

/// A one-shot under way.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) shot: Shot,
    pub(super) purpose: Purpose,
    /// Verdicts of the turns it asked for, in their order.
    pub(super) verdicts: Vec<Option<Verdict>>,
    /// When the row it decides by was read.
    pub(super) loaded: u64,
}

impl Task {
    /// All verdicts, once they are there.
    pub(super) fn turned(&mut self) -> Option<Got> {
        if self.verdicts.iter().any(Option::is_none) {
            return None;
        }
        Some(Got::Turned(std::mem::take(&mut self.verdicts).into_iter().flatten().collect()))
    }
}

/// What a task is for.
#[derive(Clone, Debug)]
pub(super) enum Purpose {
    /// Work off the outbox of this call.
    Dispatch(String),
    /// Run an errand.
    Errand(String, OpRef),
    /// A round of timers.
    Fire,
    /// An event of Event Grid.
    Grid { delivery: u64, attempt: u32 },
    /// Let go of a line.
    LetGo,
    /// Nobody waits for it.
    Alone,
    /// Pick up what an earlier process left.
    Recover,
    /// A turn of this call, that another task waits for as its n-th.
    Turn { call: String, parent: Option<(u64, usize)> },
    /// A webhook.
    Webhook { delivery: u64 },
}
