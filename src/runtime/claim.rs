//! Who sends what stands in an outbox. Each request is claimed by one process for a time; the change that orders it claims it, so
//! that it can be sent at once. A process that finds a claim run out takes over everything of its holder, who must be dead: one
//! that lives sends nothing so near the end of its claim that the answer could come after it, and renews it before.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::machine::command::Command;
use crate::planted::{Bug, planted};
use crate::runtime::doc::Pending;
use serde::{Deserialize, Serialize};

/// How long a claim is good, in milliseconds: the longest attempt and a second.
pub const LEASE_MS: i64 = ATTEMPT_MS + 1_000;
/// The longest an attempt at a request takes, in milliseconds.
pub const ATTEMPT_MS: i64 = 5_000;
/// The longest a service is asked, in milliseconds.
const INVOKE_MS: i64 = 30_000;

/// A claim of a process on a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The process, by a name that no other ever has.
    pub by: String,
    /// Good until then, in milliseconds since the epoch.
    pub until: i64,
}

impl Claim {
    /// A claim on a request from now on.
    #[must_use]
    pub fn on(command: &Command, by: &str, at: i64) -> Claim {
        let most = match command {
            Command::Invoke { timeout_ms, .. } => {
                timeout_ms.and_then(|ms| i64::try_from(ms).ok()).unwrap_or(INVOKE_MS).max(ATTEMPT_MS)
            }
            _ => ATTEMPT_MS,
        };
        Claim { by: by.to_owned(), until: at + most + LEASE_MS - ATTEMPT_MS }
    }
}

/// Whether a process may send a request, or run an errand: the claim is its own.
#[must_use]
pub fn is_ours(pending: &Pending, by: &str) -> bool {
    planted(Bug::ClaimIgnored) || pending.claim.as_ref().is_none_or(|claim| claim.by == by)
}

/// Whether a process has claimed a request.
#[must_use]
pub fn is_by(pending: &Pending, by: &str) -> bool {
    pending.claim.as_ref().is_some_and(|claim| claim.by == by)
}

/// Who sends the next request of an outbox: whoever sends those before it, so that their order stays.
#[must_use]
pub fn sender<'a>(outbox: &'a [Pending], by: &'a str, at: i64) -> &'a str {
    let claims = outbox.iter().filter(|pending| !pending.command.is_errand()).filter_map(|one| one.claim.as_ref());
    claims.filter(|claim| claim.until > at).map(|claim| claim.by.as_str()).next().unwrap_or(by)
}

/// Whether a request's holder must be dead: one of its claims, which it would have renewed, has run out.
#[must_use]
pub fn is_orphan(pending: &Pending, outbox: &[Pending], by: &str, at: i64) -> bool {
    let Some(claim) = &pending.claim else { return true };
    let held = outbox.iter().filter_map(|one| one.claim.as_ref()).filter(|one| one.by == claim.by);
    !planted(Bug::NoRecovery) && claim.by != by && held.into_iter().any(|one| one.until <= at)
}
