//! Picking up where an earlier process was stopped: calls with requests that may or may not have been sent take a turn in
//! which the machine is told so.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::planted::{Bug, planted};
use crate::runtime::claim;
use crate::runtime::doc::{Doc, Input, InputKind};
use crate::runtime::shot::{Asked, Got, MISMATCH, Next, OneShot, Want};
use crate::runtime::turn::Verdict;
use crate::store::Found;

/// A recovery of some calls. What has come in meanwhile is no matter: only what this process has not claimed is taken up.
#[derive(Debug)]
pub struct Recover {
    incarnation: String,
    /// Calls still to be looked at; the last one is next.
    left: Vec<String>,
    /// Calls with requests, which are to be told.
    found: Vec<String>,
    /// Live calls as they were left.
    live: Vec<Doc>,
}

impl Recover {
    /// A recovery of these calls by the process with this name, which no other process ever had.
    #[must_use]
    pub fn new(incarnation: String, mut calls: Vec<String>) -> Recover {
        calls.reverse();
        Recover { incarnation, left: calls, found: Vec::new(), live: Vec::new() }
    }

    /// Those with requests take their turns at once, so that they share commits: a disk that is slow to sync would have each
    /// wait for all before it.
    fn look(&mut self) -> Next<Result<Vec<Doc>, String>> {
        match self.left.last() {
            Some(call) => Next::Want(Want::Load { call: call.clone(), keys: Vec::new() }),
            None if !self.found.is_empty() => {
                let key = format!("recovered:{}", self.incarnation);
                let told = |call| Asked { call, inputs: vec![Input { key: key.clone(), kind: InputKind::Recovered }] };
                Next::Want(Want::Turns(std::mem::take(&mut self.found).into_iter().map(told).collect()))
            }
            None => Next::Done(Ok(std::mem::take(&mut self.live))),
        }
    }
}

impl OneShot for Recover {
    /// Live calls as they were left.
    type End = Result<Vec<Doc>, String>;

    fn start(&mut self, _now: i64) -> Next<Self::End> {
        if planted(Bug::NoRecovery) {
            return Next::Done(Ok(Vec::new()));
        }
        self.look()
    }

    fn got(&mut self, got: Got, _now: i64) -> Next<Self::End> {
        match got {
            Got::Loaded(Ok(found)) => {
                let Some(call) = self.left.pop() else { return Next::Done(Err(MISMATCH.to_owned())) };
                let doc = match found {
                    Found::Live { row, .. } => Doc::from_bytes(&row.doc).ok(),
                    Found::Ended(_) | Found::Unknown => None,
                };
                let others = |doc: &Doc| doc.outbox.iter().any(|pending| !claim::is_by(pending, &self.incarnation));
                if doc.as_ref().is_some_and(others) {
                    self.found.push(call);
                }
                self.live.extend(doc);
                self.look()
            }
            Got::Turned(verdicts) => {
                let busy = verdicts.into_iter().find_map(|verdict| match verdict {
                    Verdict::Busy(reason) => Some(reason),
                    Verdict::Applied { .. }
                    | Verdict::Duplicate
                    | Verdict::Ended
                    | Verdict::Unknown
                    | Verdict::Broken(_) => None,
                });
                match busy {
                    Some(reason) => Next::Done(Err(reason)),
                    None => self.look(),
                }
            }
            Got::Loaded(Err(error)) => Next::Done(Err(error.to_string())),
            Got::Program(_)
            | Got::Committed(_)
            | Got::SetAside(_)
            | Got::Due(_)
            | Got::NextDue(_)
            | Got::Sent(_)
            | Got::Invoked(_)
            | Got::Waited => Next::Done(Err(MISMATCH.to_owned())),
        }
    }
}
