//! What is counted of calls: how many begin and end, what comes of events and of requests.

use crate::machine::call::Phase;
use crate::machine::event::{Answer, EventKind};
use crate::machine::trace::Trace;
use crate::provider::{Outcome, Provider};
use crate::runtime::doc::{Input, InputKind, Line};
use crate::runtime::drive::{Runtime, lock};
use crate::runtime::kind;
use crate::runtime::recent::Known;
use crate::runtime::turn::Verdict;
use crate::store::{Reserve, Store};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// What is looked at when somebody asks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Now {
    /// Calls that live.
    pub live: u64,
    /// Of these, calls whose timers are due.
    pub overdue: u64,
    /// How late the most overdue of them is, in milliseconds.
    pub late_ms: i64,
    /// Calls with requests that are being sent.
    pub sending: usize,
    /// Questions and signals under way.
    pub errands: usize,
    /// Calls that cannot go on in this process.
    pub broken: usize,
    /// Requests a second that may leave for the platform, where it has said that it has too many.
    pub pace: Option<f64>,
    /// Room that is kept for calls in progress.
    pub reserve: Reserve,
}

/// The kinds of the webhooks among these.
pub(super) fn webhook_kinds(inputs: &[Input]) -> Vec<String> {
    inputs.iter().filter_map(|input| webhook_kind(&input.kind)).collect()
}

fn webhook_kind(kind: &InputKind) -> Option<String> {
    match kind {
        InputKind::Event(EventKind::Webhook(webhook)) => Some(kind::of_webhook(&webhook.kind)),
        InputKind::Event(_) | InputKind::Recovered | InputKind::Claimed { .. } => None,
    }
}

impl<S: Store, P: Provider> Runtime<S, P> {
    /// How things stand; what the store does not tell now is as it was last known.
    pub async fn now(&self) -> Now {
        let now = self.0.clock.now();
        let counts = self.0.store.counts(now).await;
        if let Ok(counts) = &counts {
            self.0.live.store(counts.live, Ordering::Relaxed);
        }
        let next = self.0.store.next_due().await.ok().flatten();
        Now {
            live: self.live(),
            overdue: counts.map_or(0, |counts| counts.due),
            late_ms: next.map_or(0, |next| (now - next).max(0)),
            sending: lock(&self.0.working).len(),
            errands: lock(&self.0.errands).len(),
            broken: lock(&self.0.broken).len(),
            pace: self.0.pace.limit(now),
            reserve: self.0.store.reserve(),
        }
    }

    /// Calls that live.
    #[must_use]
    pub fn live(&self) -> u64 {
        self.0.live.load(Ordering::Relaxed)
    }

    pub(super) fn count_begun(&self, known: &Known) {
        self.0.metrics.calls_begun.add([&self.flow_name(known)]);
        self.0.live.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts the call if it is over.
    pub(super) fn count_ends(&self, known: &Known) {
        let Phase::Ended { result, .. } = &known.doc.call.phase else { return };
        let result = result.as_deref().unwrap_or_default();
        self.0.metrics.calls_ended.add([&self.flow_name(known), result]);
        // Looking at the store may have told of the end before.
        let less = |live: u64| Some(live.saturating_sub(1));
        let _ = self.0.live.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }

    fn flow_name(&self, known: &Known) -> String {
        lock(&self.0.programs).get(&known.program).map(|program| program.flow.clone()).unwrap_or_default()
    }

    /// A request that is made again has the id of the one before.
    pub(super) fn count_attempt(&self, attempt: Option<(uuid::Uuid, &str)>, before: &mut Option<uuid::Uuid>) {
        if let Some((id, name)) = attempt
            && before.replace(id) == Some(id)
        {
            self.0.metrics.command_retries.add([name]);
        }
    }

    pub(super) fn count_outcome(&self, operation: &str, outcome: &Outcome, took: Duration) {
        let word = match outcome {
            Outcome::Definite(Answer::Accepted(_)) => "ok",
            Outcome::Definite(Answer::Refused { .. }) => "refused",
            Outcome::NotNow { .. } | Outcome::NotTried { .. } => "not_now",
            Outcome::Throttled { .. } => "throttled",
            Outcome::Definite(Answer::Unknown) | Outcome::Unknown => "unknown",
        };
        tracing::debug!(operation, outcome = word, took_ms = took.as_millis() as u64, "a request was made");
        self.0.metrics.commands.add([operation, word]);
        self.0.metrics.command_seconds.observe([], took.as_secs_f64());
    }

    /// Those of the events that the verdict has a line of were applied or ignored, the others had been before.
    pub(super) fn count_webhooks(&self, mut kinds: Vec<String>, verdict: &Verdict) {
        let all = match verdict {
            Verdict::Applied { lines, .. } => {
                for line in lines {
                    let Some(kind) = webhook_kind(&line.input) else { continue };
                    if let Some(at) = kinds.iter().position(|one| *one == kind) {
                        kinds.swap_remove(at);
                    }
                    self.0.metrics.webhooks.add([&kind, if is_ignored(line) { "ignored" } else { "applied" }]);
                }
                "duplicate"
            }
            Verdict::Duplicate => "duplicate",
            Verdict::Ended => "late",
            Verdict::Unknown | Verdict::Broken(_) => "set_aside",
            Verdict::Busy(_) => "busy",
        };
        for kind in kinds {
            self.0.metrics.webhooks.add([&kind, all]);
        }
    }
}

fn is_ignored(line: &Line) -> bool {
    !line.trace.is_empty() && line.trace.iter().all(|entry| matches!(entry, Trace::Ignored { .. }))
}
