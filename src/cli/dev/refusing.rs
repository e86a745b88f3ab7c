//! The platform of a rehearsal: some requests are refused before they get there, as a scenario's `fails` says.

use crate::cli::dev::beginning::Others;
use crate::language::syntax::ast::Script;
use crate::machine::event::Answer;
use crate::machine::trace::Trace;
use crate::platform::codes::Code;
use crate::provider::acs::client::Client;
use crate::provider::{Outcome, Provider, Request};
use crate::rehearsal::refused::Refused;
use crate::runtime::drive::Happened;
use crate::runtime::lines::Lines;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use tokio::sync::broadcast::Receiver;

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
    let flow = named.or_else(|| lines.flows.keys().next().cloned());
    let served = flow.and_then(|flow| lines.flows.get(&flow));
    served.map(|served| Refused::of(script, &served.program)).unwrap_or_default()
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

    fn refuses(&self, request: &Request) -> Option<Code> {
        if self.refused.is_empty() {
            return None;
        }
        let mut seen = self.seen();
        seen.catch_up();
        let call = request.callback_uri.rsplit('/').nth(1).unwrap_or_default().to_owned();
        if self.others.has(&call) {
            return None;
        }
        let (flow, state) = seen.ordered_by.get(&(call, request.op.op)).cloned()?;
        let place = self.refused.place(flow.as_deref(), &state)?;
        self.refused.refuses(&place, &request.command, &mut seen.tried)
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
        if let Some(code) = self.refuses(&request) {
            return Outcome::Definite(Answer::Refused { code });
        }
        self.client.send(request).await
    }
}
