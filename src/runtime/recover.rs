//! Picking up where an earlier process was stopped: calls with requests that may or may not have been sent take a turn in
//! which the machine is told so.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::planted::{Bug, planted};
use crate::runtime::doc::{Doc, Input, InputKind};
use crate::runtime::shot::{Asked, Got, MISMATCH, Next, OneShot, Want};
use crate::runtime::turn::Verdict;
use crate::store::Found;

/// A recovery: to be done before anything is let in.
#[derive(Debug)]
pub struct Recover {
    incarnation: String,
    /// Calls still to be looked at; the last one is next.
    left: Vec<String>,
}

impl Recover {
    /// A recovery by the process with this name, which no other process ever had.
    #[must_use]
    pub fn new(incarnation: String) -> Recover {
        Recover { incarnation, left: Vec::new() }
    }

    fn look(&self) -> Next<Result<(), String>> {
        match self.left.last() {
            Some(call) => Next::Want(Want::Load { call: call.clone(), keys: Vec::new() }),
            None => Next::Done(Ok(())),
        }
    }
}

impl OneShot for Recover {
    type End = Result<(), String>;

    fn start(&mut self, _now: i64) -> Next<Self::End> {
        if planted(Bug::NoRecovery) {
            return Next::Done(Ok(()));
        }
        Next::Want(Want::Due { by: i64::MAX, limit: usize::MAX >> 1 })
    }

    fn got(&mut self, got: Got, _now: i64) -> Next<Self::End> {
        match got {
            Got::Due(Ok(mut calls)) => {
                calls.reverse();
                self.left = calls;
                self.look()
            }
            Got::Loaded(Ok(found)) => {
                let Some(call) = self.left.pop() else { return Next::Done(Err(MISMATCH.to_owned())) };
                let unsent = match found {
                    Found::Live { row, .. } => Doc::from_bytes(&row.doc).is_ok_and(|doc| !doc.outbox.is_empty()),
                    Found::Ended(_) | Found::Unknown => false,
                };
                if !unsent {
                    return self.look();
                }
                let input = Input { key: format!("recovered:{}", self.incarnation), kind: InputKind::Recovered };
                Next::Want(Want::Turns(vec![Asked { call, inputs: vec![input] }]))
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
                busy.map_or_else(|| self.look(), |reason| Next::Done(Err(reason)))
            }
            Got::Due(Err(error)) | Got::Loaded(Err(error)) => Next::Done(Err(error.to_string())),
            Got::Program(_)
            | Got::Committed(_)
            | Got::SetAside(_)
            | Got::NextDue(_)
            | Got::Sent(_)
            | Got::Invoked(_)
            | Got::Waited => Next::Done(Err(MISMATCH.to_owned())),
        }
    }
}
