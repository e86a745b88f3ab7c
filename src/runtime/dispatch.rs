//! Working off a call's outbox: what to send next. One request after the other, until nothing is left to send.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod attempt;

use crate::machine::call::Call;
use crate::machine::command::{Class, Command, OpRef, There};
use crate::machine::event::Answer;
use crate::planted::{Bug, planted};
use crate::platform::codes::{Code, refusal};
use crate::platform::hidden::Hidden;
use crate::provider::Request;
use crate::runtime::claim;
use crate::runtime::dispatch::attempt::{After, Tried, after, report};
use crate::runtime::doc::{Doc, Input, InputKind, Pending, repeat_id};
use crate::runtime::pace::ends_a_line;
use crate::runtime::shot::{Asked, Got, Next, OneShot, Want};
use crate::runtime::turn::Verdict;
use crate::store::Found;
use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;

/// How much longer a claim is made good that had run out before its request could be sent, in milliseconds; doubled each time.
const LATE_MS: u64 = 2_000;
/// How long a store that does not answer is left alone, in milliseconds.
const STORE_MS: u64 = 500;

/// One call's outbox being worked off.
#[derive(Debug)]
pub struct Dispatch {
    call: String,
    by: String,
    callback_uri: String,
    /// The latest time at which the first request of the outbox may be sent.
    by_then: i64,
    /// The document that the one who began this knows, until it is looked at.
    known: Option<Arc<Doc>>,
    /// How often in a row the claim had run out before anything could be sent.
    late: u32,
    /// Errands that stand in the outbox: others run them.
    errands: Vec<OpRef>,
    tried: BTreeMap<OpRef, Tried>,
    stage: Stage,
}

/// What is being waited for.
#[derive(Debug)]
enum Stage {
    /// The call's row, or the time to ask for it.
    Look,
    /// The outcome of an attempt.
    Attempt(Pending),
    /// The row of another call, from which somebody is to be fetched.
    Other(Pending, Box<Request>),
    /// The time to report, or that the report is kept.
    Report(Input),
    /// That the claim is good for longer; then the time to look again.
    Renew(u64),
}

impl Dispatch {
    /// Works off what the process of this name has claimed of the outbox of `call`, whose webhooks come to `callback_uri`. A
    /// document that is known to be the stored one need not be read.
    #[must_use]
    pub fn new(call: String, callback_uri: String, by: &str, known: Option<Arc<Doc>>) -> Dispatch {
        Dispatch {
            call,
            by: by.to_owned(),
            callback_uri,
            by_then: i64::MAX,
            known,
            late: 0,
            errands: Vec::new(),
            tried: BTreeMap::new(),
            stage: Stage::Look,
        }
    }

    fn look(&mut self) -> Next<Vec<OpRef>> {
        self.stage = Stage::Look;
        Next::Want(Want::Load { call: self.call.clone(), keys: Vec::new() })
    }

    fn look_later(&mut self, ms: u64) -> Next<Vec<OpRef>> {
        self.stage = Stage::Look;
        Next::Want(Want::Wait { ms })
    }

    /// Looks again after so many milliseconds, or as soon as the outbox has grown.
    fn look_then(&mut self, ms: u64) -> Next<Vec<OpRef>> {
        self.stage = Stage::Look;
        Next::Want(Want::Pause { call: self.call.clone(), ms })
    }

    /// The request whose turn it is, and how long it has to wait, in milliseconds. They go one after the other, in the order they
    /// were made; but what ends the line passes by those before it that wait and that nothing is left of once the line is gone.
    fn whose_turn<'d>(&self, doc: &'d Doc, now: i64) -> Option<(&'d Pending, u64)> {
        let first = to_platform(doc)?;
        let wait = |pending: &Pending| {
            let until = self.tried.get(&pending.op).map_or(i64::MIN, |tried| tried.not_before);
            u64::try_from(until.saturating_sub(now)).unwrap_or(0)
        };
        let to_send = doc.outbox.iter().filter(|pending| !pending.command.is_errand());
        let end = to_send.skip_while(|pending| goes_with_line(&pending.command)).find(|_| true);
        let known = |end: &&Pending| end.connection.is_some() || doc.call.facts.connection.is_some();
        match end.filter(|end| ends_a_line(&end.command)).filter(known) {
            Some(end) if wait(end) < wait(first) => Some((end, wait(end))),
            Some(_) | None => Some((first, wait(first))),
        }
    }

    /// Has the claims made good for so many milliseconds more, and looks again after `wait` of them.
    fn renew(&mut self, ms: u64, wait: u64, now: i64) -> Next<Vec<OpRef>> {
        self.stage = Stage::Renew(wait);
        let input = Input { key: format!("claim:{}:{now}", self.by), kind: InputKind::Claimed { ms: ms.max(1) } };
        Next::Want(Want::Turns(vec![Asked { call: self.call.clone(), inputs: vec![input] }]))
    }

    fn report(&mut self, input: Input) -> Next<Vec<OpRef>> {
        self.stage = Stage::Report(input.clone());
        Next::Want(Want::Turns(vec![Asked { call: self.call.clone(), inputs: vec![input] }]))
    }

    fn report_later(&mut self, input: Input, ms: u64) -> Next<Vec<OpRef>> {
        self.stage = Stage::Report(input);
        Next::Want(Want::Wait { ms })
    }

    /// Makes an attempt; whom another call's row names is looked up first.
    fn send(&mut self, pending: Pending, request: Box<Request>) -> Next<Vec<OpRef>> {
        if let Command::Move { call, there: None, .. } = &request.command {
            let call = call.clone();
            self.stage = Stage::Other(pending, request);
            return Next::Want(Want::Load { call, keys: Vec::new() });
        }
        self.stage = Stage::Attempt(pending);
        Next::Want(Want::Send(request, self.by_then))
    }

    /// The other call's row: who is to be fetched from there.
    fn other(&mut self, pending: Pending, mut request: Box<Request>, found: Found) -> Next<Vec<OpRef>> {
        let doc = match found {
            Found::Live { row, .. } => Doc::from_bytes(&row.doc).ok(),
            Found::Ended(_) | Found::Unknown => None,
        };
        if let Command::Move { name, there, .. } = &mut request.command {
            *there = doc.and_then(|doc| there_is(&doc.call, name));
            if there.is_none() {
                return self.report(report(&pending, Answer::Refused { code: refusal::NOT_IN_CALL }));
            }
        }
        self.stage = Stage::Attempt(pending);
        Next::Want(Want::Send(request, self.by_then))
    }

    /// The report is kept, if it is. Where the document that it made has nothing more to send, nobody need read it again: whoever
    /// orders something after that says so.
    fn reported(&mut self, verdicts: &[Verdict], input: Input) -> Next<Vec<OpRef>> {
        match verdicts {
            [Verdict::Applied { now, .. }] if to_platform(&now.doc).is_none() => {
                Next::Done(now.doc.errands(&self.by).collect())
            }
            [Verdict::Ended] => Next::Done(Vec::new()),
            // Until it is kept, the answer is all there is to know that the request was made.
            _ if verdicts.iter().any(|verdict| matches!(verdict, Verdict::Busy(_))) => {
                self.report_later(input, STORE_MS)
            }
            _ => self.look(),
        }
    }

    fn loaded(&mut self, bytes: &[u8], now: i64) -> Next<Vec<OpRef>> {
        match Doc::from_bytes(bytes) {
            Ok(doc) => self.next(&doc, now),
            Err(_) => Next::Done(Vec::new()),
        }
    }

    fn next(&mut self, doc: &Doc, now: i64) -> Next<Vec<OpRef>> {
        self.errands = doc.errands(&self.by).collect();
        let turn = self.whose_turn(doc, now);
        if let Some((pending, wait)) = turn {
            if !claim::is_ours(pending, &self.by) {
                return Next::Done(mem::take(&mut self.errands));
            }
            if wait > 0 {
                return self.look_then(wait);
            }
            self.by_then = pending.claim.as_ref().map_or(i64::MAX, |claim| claim.until - claim::ATTEMPT_MS);
            if now > self.by_then {
                // A store that is so slow takes as long for this: each time there is to be more room.
                let ms = LATE_MS << self.late.min(4);
                self.late += 1;
                return self.renew(ms, 0, now);
            }
        }
        self.late = 0;
        let Some((pending, _)) = turn else { return Next::Done(mem::take(&mut self.errands)) };
        match self.todo(doc, pending, now) {
            Todo::Report(input) => self.report(input),
            Todo::Send(request) => self.send(pending.clone(), request),
        }
    }

    /// What to do for a request whose turn it is.
    fn todo(&self, doc: &Doc, pending: &Pending, now: i64) -> Todo {
        // One that may have been carried out is sent however late it is: to learn what became of it.
        let may_be_done = pending.given_on || self.tried.get(&pending.op).is_some_and(|tried| tried.unknown > 0);
        if !may_be_done && pending.not_after.is_some_and(|limit| now > limit) {
            return Todo::Report(report(pending, Answer::Refused { code: Code::new(408, 0) }));
        }
        let connection = pending.connection.clone().or_else(|| doc.call.facts.connection.clone());
        if connection.is_none() && needs_connection(&pending.command) {
            return Todo::Report(report(pending, Answer::Refused { code: Code::new(404, 0) }));
        }
        Todo::Send(Box::new(Request {
            op: pending.op,
            command: pending.command.clone(),
            connection,
            server_call: doc.call.facts.server_call.clone(),
            repeat_id: if planted(Bug::FreshKey) { repeat_id(&now.to_string(), pending.op) } else { pending.repeat_id },
            first_sent: pending.ordered,
            callback_uri: self.callback_uri.clone(),
        }))
    }
}

impl OneShot for Dispatch {
    /// Errands that stand in the outbox: what this call asks of the service itself.
    type End = Vec<OpRef>;

    fn start(&mut self, now: i64) -> Next<Vec<OpRef>> {
        match self.known.take() {
            Some(doc) => self.next(&doc, now),
            None => self.look(),
        }
    }

    fn got(&mut self, got: Got, now: i64) -> Next<Vec<OpRef>> {
        match (got, mem::replace(&mut self.stage, Stage::Look)) {
            (Got::Loaded(Ok(found)), Stage::Other(pending, request)) => self.other(pending, request, found),
            (Got::Loaded(Ok(Found::Live { row, .. })), _) => self.loaded(&row.doc, now),
            (Got::Loaded(Ok(Found::Ended(_) | Found::Unknown)), _) => Next::Done(Vec::new()),
            (Got::Loaded(Err(_)), _) => self.look_later(STORE_MS),
            (Got::Sent(outcome), Stage::Attempt(pending)) => {
                let tried = self.tried.entry(pending.op).or_default();
                match after(&pending, outcome, tried, now) {
                    After::Report { input, after_ms: 0 } => self.report(input),
                    After::Report { input, after_ms } => self.report_later(input, after_ms),
                    After::Again { after_ms } => {
                        tried.not_before = now.saturating_add_unsigned(after_ms);
                        if tried.not_before > self.by_then {
                            return self.renew(after_ms + LATE_MS, after_ms, now);
                        }
                        self.look_then(after_ms)
                    }
                }
            }
            (Got::Turned(verdicts), Stage::Report(input)) => self.reported(&verdicts, input),
            (Got::Turned(verdicts), Stage::Renew(0)) => match verdicts.as_slice() {
                [Verdict::Applied { now: known, .. }] => self.next(&known.doc, now),
                _ => self.look_later(1),
            },
            (Got::Turned(_), Stage::Renew(ms)) => self.look_then(ms),
            (Got::Waited, Stage::Report(input)) => self.report(input),
            (
                Got::Waited
                | Got::Sent(_)
                | Got::Invoked(_)
                | Got::Turned(_)
                | Got::Program(_)
                | Got::Committed(_)
                | Got::SetAside(_)
                | Got::Due(_)
                | Got::NextDue(_),
                _,
            ) => self.look(),
        }
    }
}

/// The next thing to do for a call's outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Todo {
    /// Send this.
    Send(Box<Request>),
    /// Send nothing: this is what became of the first request.
    Report(Input),
}

/// The next request for the platform.
fn to_platform(doc: &Doc) -> Option<&Pending> {
    doc.outbox.iter().find(|pending| !pending.command.is_errand())
}

/// Somebody on another call: whoever has this name there, or that call's party.
#[must_use]
pub fn there_is(call: &Call, name: &str) -> Option<There> {
    let called = |key: &str| key.rsplit_once('/').map_or(key, |(_, name)| name) == name;
    let named = call.people.iter().find(|(key, person)| person.joined && called(key));
    let who = named.map_or_else(|| Hidden::from(call.party()), |(_, person)| person.id.clone());
    Some(There { who, connection: call.facts.connection.clone()? })
}

/// Whether nothing is left of a request once its line is gone.
fn goes_with_line(command: &Command) -> bool {
    command.class() == Class::Restartable || matches!(command, Command::GetCall)
}

fn needs_connection(command: &Command) -> bool {
    match command {
        Command::Answer { .. }
        | Command::Connect { .. }
        | Command::Create { .. }
        | Command::Invoke { .. }
        | Command::PauseRecording { .. }
        | Command::Redirect { .. }
        | Command::Reject { .. }
        | Command::ResumeRecording { .. }
        | Command::Signal { .. }
        | Command::StopRecording { .. } => false,
        Command::Add { .. }
        | Command::CancelAdd { .. }
        | Command::CancelMedia
        | Command::GetCall
        | Command::GetParticipant { .. }
        | Command::HangUp
        | Command::Hold { .. }
        | Command::ListParticipants
        | Command::Move { .. }
        | Command::Mute { .. }
        | Command::Play { .. }
        | Command::Recognize { .. }
        | Command::Remove { .. }
        | Command::SendKeys { .. }
        | Command::StartKeys { .. }
        | Command::StartRecording
        | Command::StartStreaming
        | Command::StartTranscription { .. }
        | Command::StopKeys { .. }
        | Command::StopStreaming
        | Command::StopTranscription
        | Command::Terminate
        | Command::Transfer { .. }
        | Command::Unhold { .. }
        | Command::UpdateTranscription { .. } => true,
    }
}

#[cfg(test)]
mod made;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod waiting_tests;
