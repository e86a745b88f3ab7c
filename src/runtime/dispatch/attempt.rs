//! What the outcome of an attempt means, given the attempts before it: what the machine is told, or when to try again.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::machine::command::Class;
use crate::machine::event::{Answer, EventKind};
use crate::planted::{Bug, planted};
use crate::platform::codes::Code;
use crate::provider::Outcome;
use crate::runtime::doc::{Input, InputKind, Pending};
use crate::runtime::patience;

/// Most attempts at a request that the platform recognises again or that may be repeated.
const ATTEMPTS: u32 = 6;
/// How long an event of media whose fate is unknown is awaited before the machine is told, in milliseconds.
const GRACE_MS: u64 = 2_000;

/// Attempts one process has made at one request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tried {
    /// Attempts whose outcome is unknown.
    pub(super) unknown: u32,
    /// Attempts that were certainly not carried out.
    pub(super) not_now: u32,
    /// When the first attempt came to nothing.
    pub(super) since: Option<i64>,
    /// It is not to be tried again before then.
    pub(super) not_before: i64,
}

/// What to do after an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// Tell the machine, after so many milliseconds.
    Report {
        /// What.
        input: Input,
        /// Milliseconds.
        after_ms: u64,
    },
    /// Look at the outbox again after so many milliseconds.
    Again {
        /// Milliseconds.
        after_ms: u64,
    },
}

/// What an attempt's outcome means, given the attempts made before it.
pub(super) fn after(pending: &Pending, outcome: Outcome, tried: &mut Tried, at: i64) -> After {
    let now = |answer: Answer| After::Report { input: report(pending, answer), after_ms: 0 };
    match outcome {
        Outcome::Definite(answer) => now(answer),
        Outcome::NotTried { after_ms } => {
            let too_long = |since| tried.unknown > 0 && patience::is_over(since, true, at, after_ms);
            if tried.since.is_some_and(too_long) { now(Answer::Unknown) } else { After::Again { after_ms } }
        }
        Outcome::NotNow { after_ms } | Outcome::Throttled { after_ms } => {
            tried.not_now += 1;
            let since = *tried.since.get_or_insert(at);
            let after_ms = patience::pause(pending.repeat_id, tried.not_now, after_ms);
            match (patience::is_over(since, tried.unknown > 0, at, after_ms), tried.unknown) {
                (false, _) => After::Again { after_ms },
                (true, 0) => now(Answer::Refused { code: Code::new(429, 0) }),
                (true, _) => now(Answer::Unknown),
            }
        }
        Outcome::Unknown => {
            tried.unknown += 1;
            tried.since.get_or_insert(at);
            match pending.command.class() {
                Class::Restartable if !planted(Bug::MediaRepeated) => {
                    After::Report { input: report(pending, Answer::Unknown), after_ms: GRACE_MS }
                }
                _ if tried.unknown < ATTEMPTS => After::Again { after_ms: (200 << tried.unknown.min(4)).min(3_000) },
                Class::Idempotent | Class::Repeatable | Class::Restartable => now(Answer::Unknown),
            }
        }
    }
}

/// What became of a request, as the call is told.
pub(super) fn report(pending: &Pending, answer: Answer) -> Input {
    Input {
        key: format!("answer:{}", pending.op),
        kind: InputKind::Event(EventKind::Response { op: pending.op, answer }),
    }
}
