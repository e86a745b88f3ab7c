//! Firing what is due: every call whose time has come takes a turn, and the answer is how long nothing will be due.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::machine::event::EventKind;
use crate::planted::{Bug, planted};
use crate::runtime::doc::{Input, InputKind};
use crate::runtime::shot::{Asked, Got, MISMATCH, Next, OneShot, Want};
use crate::runtime::turn::Verdict;
use std::collections::BTreeSet;

/// Longest wait between two rounds, in milliseconds: how late a timer can be that another process wrote.
pub const LONGEST_MS: u64 = 250;
/// Shortest wait between two rounds, in milliseconds, so that a call that stays due cannot keep the loop spinning.
pub const SHORTEST_MS: u64 = 5;
/// Most calls in one round.
pub const PAGE: usize = 500;

/// One round.
#[derive(Debug)]
pub struct Fire {
    /// Calls that cannot go on in this process; they stay due.
    broken: BTreeSet<String>,
    all_fired: bool,
}

/// What came of a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fired {
    /// How long the next round can wait, in milliseconds.
    pub wait_ms: u64,
    /// Why not everything could be looked at, for the log.
    pub trouble: Option<String>,
}

impl Fire {
    /// A round that leaves out the calls of which this process knows that they cannot go on.
    #[must_use]
    pub fn new(broken: BTreeSet<String>) -> Fire {
        Fire { broken, all_fired: true }
    }

    fn due(&mut self, mut calls: Vec<String>, now: i64) -> Next<Fired> {
        if planted(Bug::TimersNeverFired) {
            calls.clear();
        }
        let found = calls.len();
        calls.retain(|call| !self.broken.contains(call));
        self.all_fired = calls.len() == found;
        let turn = |call| Asked {
            call,
            inputs: vec![Input { key: format!("due:{now}"), kind: InputKind::Event(EventKind::Due) }],
        };
        Next::Want(Want::Turns(calls.into_iter().map(turn).collect()))
    }
}

impl OneShot for Fire {
    type End = Fired;

    fn start(&mut self, now: i64) -> Next<Fired> {
        Next::Want(Want::Due { by: now, limit: PAGE })
    }

    fn got(&mut self, got: Got, now: i64) -> Next<Fired> {
        let later = |trouble: Option<String>| Next::Done(Fired { wait_ms: LONGEST_MS, trouble });
        match got {
            Got::Due(Ok(calls)) => self.due(calls, now),
            Got::Turned(verdicts) => {
                self.all_fired &=
                    verdicts.iter().all(|verdict| matches!(verdict, Verdict::Applied { .. } | Verdict::Ended));
                Next::Want(Want::NextDue)
            }
            Got::NextDue(Ok(Some(next))) if self.all_fired => {
                let wait = u64::try_from(next - now).unwrap_or(0).clamp(SHORTEST_MS, LONGEST_MS);
                Next::Done(Fired { wait_ms: wait, trouble: None })
            }
            Got::NextDue(Ok(_)) => later(None),
            Got::Due(Err(error)) | Got::NextDue(Err(error)) => later(Some(error.to_string())),
            Got::Loaded(_)
            | Got::Program(_)
            | Got::Committed(_)
            | Got::SetAside(_)
            | Got::Sent(_)
            | Got::Invoked(_)
            | Got::Waited => later(Some(MISMATCH.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::runtime::fire::{Fire, Fired, LONGEST_MS, PAGE, SHORTEST_MS};
    use crate::runtime::shot::{Got, Next, OneShot, Want};
    use crate::runtime::turn::Verdict;
    use crate::store::Error;
    use std::collections::BTreeSet;

    fn asked(next: Next<Fired>) -> Vec<String> {
        match next {
            Next::Want(Want::Turns(turns)) => turns.into_iter().map(|turn| turn.call).collect(),
            other => panic!("no turns: {other:?}"),
        }
    }

    fn wait(broken: &[&str], verdicts: Vec<Verdict>, next_due: Option<i64>) -> u64 {
        let mut fire = Fire::new(broken.iter().map(|&call| call.to_owned()).collect());
        assert!(matches!(fire.start(1_000), Next::Want(Want::Due { by: 1_000, limit: PAGE })));
        let turns = asked(fire.got(Got::Due(Ok(vec!["a".to_owned(), "b".to_owned()])), 1_000));
        assert_eq!(turns.len(), 2 - broken.len());
        assert!(matches!(fire.got(Got::Turned(verdicts), 1_010), Next::Want(Want::NextDue)));
        match fire.got(Got::NextDue(Ok(next_due)), 1_020) {
            Next::Done(Fired { wait_ms, trouble: None }) => wait_ms,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_next_round_comes_when_the_next_call_is_due() {
        let fired = || vec![Verdict::Ended, Verdict::Ended];
        assert_eq!(wait(&[], fired(), Some(1_100)), 80);
        assert_eq!(wait(&[], fired(), Some(90_000)), LONGEST_MS);
        assert_eq!(wait(&[], fired(), None), LONGEST_MS);
        assert_eq!(wait(&[], fired(), Some(0)), SHORTEST_MS);
    }

    #[test]
    fn a_call_that_stays_due_does_not_keep_the_loop_spinning() {
        assert_eq!(wait(&[], vec![Verdict::Ended, Verdict::Busy("x".to_owned())], Some(0)), LONGEST_MS);
        assert_eq!(wait(&["b"], vec![Verdict::Ended], Some(0)), LONGEST_MS);
    }

    #[test]
    fn a_store_that_does_not_answer_is_asked_again_later() {
        let mut fire = Fire::new(BTreeSet::new());
        fire.start(0);
        let Next::Done(fired) = fire.got(Got::Due(Err(Error::Unavailable("gone".to_owned()))), 0) else {
            panic!("not done")
        };
        assert_eq!(fired.wait_ms, LONGEST_MS);
        assert!(fired.trouble.is_some_and(|trouble| trouble.contains("gone")));
    }
}
