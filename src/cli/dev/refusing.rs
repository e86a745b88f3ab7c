//! The platform of a rehearsal: some requests are refused before they get there, as a scenario's `fails` says.

use crate::cli::dev::beginning::Others;
use crate::language::syntax::ast::Script;
use crate::machine::event::Answer;
use crate::machine::trace::Trace;
use crate::provider::acs::client::Client;
use crate::provider::{Outcome, Provider, Request};
use crate::rehearsal::rehearse::fails;
use crate::rehearsal::stage::{REFUSED, may_fail};
use crate::runtime::drive::Happened;
use crate::runtime::lines::Lines;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use tokio::sync::broadcast::Receiver;

/// Requests that are refused, by flow and state: which of them, from 1; none: each.
pub(super) type Refused = BTreeMap<(String, String), Vec<Option<u32>>>;

/// A client before which some requests are refused.
#[derive(Debug)]
pub(super) struct Refusing {
    client: Client,
    refused: Refused,
    others: Others,
    seen: Mutex<Seen>,
}

/// What is known of the calls.
#[derive(Debug, Default)]
struct Seen {
    happenings: Option<Receiver<Happened>>,
    /// The flows that run one another in each call, the innermost last; the one it began with is named by nobody.
    running: BTreeMap<String, Vec<String>>,
    /// Which flow and state ordered an operation of a call; no flow: the one it began with.
    ordered_by: BTreeMap<(String, u64), (Option<String>, String)>,
    tried: BTreeMap<(String, String), u32>,
}

/// What a scenario has the platform refuse.
pub(super) fn of(script: &Script, lines: &Lines) -> Refused {
    let named = script.flow.as_ref().map(|flow| flow.value.clone());
    named.or_else(|| lines.flows.keys().next().cloned()).map(|flow| fails(script, &flow)).unwrap_or_default()
}

impl Refusing {
    /// A client before which these are refused, not to other calls.
    pub(super) fn new(client: Client, refused: Refused, others: Others) -> Refusing {
        Refusing { client, refused, others, seen: Mutex::default() }
    }

    /// What happens to calls is heard here.
    pub(super) fn watch(&self, happenings: Receiver<Happened>) {
        if !self.refused.is_empty() {
            self.seen().happenings = Some(happenings);
        }
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn refuses(&self, request: &Request) -> bool {
        if self.refused.is_empty() || !may_fail(&request.command) {
            return false;
        }
        let mut seen = self.seen();
        seen.catch_up();
        let call = request.callback_uri.rsplit('/').nth(1).unwrap_or_default().to_owned();
        if self.others.has(&call) {
            return false;
        }
        let Some((flow, state)) = seen.ordered_by.get(&(call, request.op.op)).cloned() else { return false };
        let key = self.refused.keys().find(|(of, name)| *name == state && flow.as_ref().is_none_or(|flow| flow == of));
        let Some(key) = key else { return false };
        let nth = seen.tried.entry(key.clone()).or_default();
        *nth += 1;
        self.refused[key].iter().any(|one| one.is_none_or(|one| one == *nth))
    }
}

impl Seen {
    fn catch_up(&mut self) {
        let Some(happenings) = &mut self.happenings else { return };
        while let Ok(Happened { call, line }) = happenings.try_recv() {
            for entry in line.trace {
                let running = self.running.entry(call.clone()).or_default();
                match entry {
                    Trace::Running { flow, .. } => running.push(flow),
                    Trace::Returned { .. } => drop(running.pop()),
                    Trace::Ordered { op, state, .. } => {
                        self.ordered_by.insert((call.clone(), op.op), (running.last().cloned(), state));
                    }
                    Trace::Ended { .. }
                    | Trace::Entered { .. }
                    | Trace::Fault { .. }
                    | Trace::Ignored { .. }
                    | Trace::Took { .. } => {}
                }
            }
        }
    }
}

impl Provider for Refusing {
    async fn send(&self, request: Request) -> Outcome {
        if self.refuses(&request) {
            return Outcome::Definite(Answer::Refused { code: REFUSED });
        }
        self.client.send(request).await
    }
}
