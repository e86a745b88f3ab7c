//! One step: takes the event in, lets the running state make of it what it can, follows edges until something is awaited.

use crate::language::flow::label::{Label, Since};
use crate::language::flow::state::Kind;
use crate::language::graph::{Arrow, Program};
use crate::machine::call::{AGE_MS, Call, HOLD_MS, Held, Line, Phase, What};
use crate::machine::command::{Command, OpRef};
use crate::machine::event::{Answer, ConnectionState, Event, EventKind, Webhook, WebhookKind};
use crate::machine::moves::after;
use crate::machine::timer::{Timer, Why};
use crate::machine::trace::Trace;
use crate::machine::{answer, dial, hangup, menu, play, recognize, transfer};
use crate::platform::codes::{self, Code};
use crate::platform::outcomes::Outcome;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How long an operation that was ordered again may take, in milliseconds.
const RETRY_DEADLINE_MS: u64 = 60_000;

/// What came of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The call as it stands now.
    pub call: Call,
    /// Requests to make, in this order, after the call has been kept.
    pub commands: Vec<Ordered>,
    /// What happened.
    pub trace: Vec<Trace>,
}

/// A request to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ordered {
    /// Its number and attempt.
    pub op: OpRef,
    /// What.
    pub command: Command,
    /// The leg it is for, as far as it was known.
    pub connection: Option<String>,
    /// Useless after this time, in milliseconds since the epoch.
    pub not_after: Option<i64>,
}

/// What a state makes of something: it stays, or it is left under a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// Nothing is decided.
    Stay,
    /// The state's own action has an outcome.
    Leave(Label),
    /// The flow is over with this result; the line, if it is up, is to be hung up.
    Finish(Option<String>, String),
}

/// `Then::Leave` of a plain outcome.
pub(crate) fn leave(outcome: Outcome) -> Then {
    Then::Leave(Label::Outcome(outcome))
}

/// Something that concerns the operation a state awaits.
#[derive(Clone, Debug)]
pub(crate) enum Signal<'e> {
    /// The platform accepted the request.
    Accepted,
    /// The platform refused the request for good, or nobody knows what became of it, or its time is over: it failed.
    Failed,
    /// The line is gone, and nothing else explains how the operation ended.
    Gone,
    /// A webhook.
    Webhook(&'e Webhook),
}

/// Takes one step. Total: any event in any state gives a step, the same ones the same.
#[must_use]
pub fn step(program: &Program, call: &Call, event: &Event) -> Step {
    let mut stepper =
        Stepper { program, call: call.clone(), at: event.at, commands: Vec::new(), trace: Vec::new(), fuel: 0 };
    if stepper.call.is_ended() {
        stepper.ignore("the call has ended");
    } else {
        stepper.take(&event.kind);
    }
    let Stepper { call, commands, trace, .. } = stepper;
    Step { call, commands, trace }
}

/// A step being taken.
pub(crate) struct Stepper<'p> {
    pub(crate) program: &'p Program,
    pub(crate) call: Call,
    pub(crate) at: i64,
    pub(crate) commands: Vec<Ordered>,
    pub(crate) trace: Vec<Trace>,
    pub(crate) fuel: u32,
}

impl Stepper<'_> {
    fn take(&mut self, event: &EventKind) {
        match event {
            EventKind::Begin => self.begin(),
            EventKind::Webhook(webhook) => self.webhook(webhook),
            EventKind::Response { op, answer } => self.response(*op, answer),
            EventKind::Due => self.due(),
            EventKind::OperatorHangUp => self.finish(None, "an operator ended the call"),
        }
    }

    fn begin(&mut self) {
        if self.call.moves > 0 || self.call.op.is_some() {
            return self.ignore("the call has begun already");
        }
        self.call.timers.push(Timer { at: self.call.started + AGE_MS, why: Why::Age });
        let rules: BTreeSet<u64> =
            self.program.graph.edge_weights().filter_map(|edge| after(&edge.label, Since::Flow)).collect();
        for ms in rules {
            self.wake_after(ms, Why::AfterFlow(ms));
        }
        if let Some(locale) = self.program.locale.clone() {
            self.switch_locale(&locale);
        }
        self.enter(self.program.start);
    }

    fn webhook(&mut self, webhook: &Webhook) {
        if webhook.facts.connection.as_ref().is_some_and(|leg| self.call.past_legs.contains(leg)) {
            return self.ignore("of a leg that was given up");
        }
        self.learn(&webhook.facts);
        if let (Some(op), Some(media)) = (webhook.op, self.call.media)
            && op.op == media
            && ends_media(&webhook.kind)
        {
            self.call.media = None;
        }
        match &webhook.kind {
            WebhookKind::CallDisconnected => self.disconnected(webhook.code),
            WebhookKind::ParticipantsUpdated { sequence, .. } => {
                if *sequence <= self.call.roster {
                    return self.ignore("an older roster");
                }
                self.call.roster = *sequence;
            }
            WebhookKind::Unknown { name } => self.ignore(&format!("unknown event {name}")),
            WebhookKind::AnswerFailed
            | WebhookKind::CallConnected
            | WebhookKind::CallTransferAccepted
            | WebhookKind::CallTransferFailed
            | WebhookKind::CreateCallFailed
            | WebhookKind::PlayCanceled
            | WebhookKind::PlayCompleted
            | WebhookKind::PlayFailed
            | WebhookKind::PlayStarted
            | WebhookKind::RecognizeCanceled
            | WebhookKind::RecognizeCompleted(_)
            | WebhookKind::RecognizeFailed => self.of_operation(webhook),
        }
    }

    fn of_operation(&mut self, webhook: &Webhook) {
        if self.is_current(webhook.op) {
            self.signal(&Signal::Webhook(webhook));
        } else {
            self.ignore("of an operation that is over");
        }
    }

    fn is_current(&self, op: Option<OpRef>) -> bool {
        match (op, &self.call.op) {
            (Some(op), Some(current)) => op.op == current.n,
            (None, _) | (_, None) => false,
        }
    }

    /// The application's leg is gone. Unless its result is known, a running operation may still have one on its way.
    fn disconnected(&mut self, code: Code) {
        let known = self.call.line == Line::Gone;
        self.call.line = Line::Gone;
        self.call.media = None;
        let by_transfer = code.sub == codes::ENDED_BY_TRANSFER.sub;
        match self.call.op.as_ref().map(|op| op.what) {
            _ if known => self.ignore("the line is gone already"),
            Some(What::HangingUp) => self.over(),
            Some(What::Transferring) if by_transfer => self.follow(Then::Leave(Label::Outcome(Outcome::Accepted))),
            Some(_) => {
                self.call.held = Some(Held::Gone);
                self.wake_after(HOLD_MS as u64, Why::Hold);
            }
            None => self.gone(),
        }
    }

    fn response(&mut self, op: OpRef, answer: &Answer) {
        if let Answer::Accepted(facts) = answer {
            self.learn(facts);
            if let Some(state) = facts.state {
                return self.probed(state);
            }
        }
        let current = self.call.op.as_mut().filter(|current| current.n == op.op);
        let Some(current) = current else {
            return self.ignore("an answer to an operation that is over");
        };
        match answer {
            Answer::Accepted(_) => {
                current.accepted = true;
                self.signal(&Signal::Accepted);
            }
            Answer::Refused { code } => self.refused(*code),
            Answer::Unknown => self.ask_platform(),
        }
    }

    /// The platform refused a request. Some refusals say that the call is gone, some that it may be.
    fn refused(&mut self, code: Code) {
        let what = self.call.op.as_ref().map(|op| op.what);
        let may_be_over = matches!(code.sub, 8501 | 8528 | 8585) || code.code == 409;
        match what {
            Some(What::Answering | What::Dialling) | None => self.signal(&Signal::Failed),
            Some(What::HangingUp) => self.over(),
            Some(What::Playing | What::Asking | What::Transferring) if code.code == 404 => self.disconnected(code),
            Some(What::Playing | What::Asking | What::Transferring) if may_be_over => self.ask_platform(),
            Some(What::Playing | What::Asking | What::Transferring) => self.signal(&Signal::Failed),
        }
    }

    /// Asks the platform how the call stands, because an operation is overdue or was refused.
    fn ask_platform(&mut self) {
        let Some(op) = self.call.op.as_mut() else { return };
        let n = op.n;
        if op.probed || self.call.facts.connection.is_none() {
            if matches!(op.what, What::HangingUp) {
                return self.over();
            }
            return self.signal(&Signal::Failed);
        }
        op.probed = true;
        self.side_order(Command::GetCall);
        self.wake_after(15_000, Why::Deadline { op: n });
    }

    /// The platform said how the call stands.
    fn probed(&mut self, state: ConnectionState) {
        match state {
            ConnectionState::Disconnected | ConnectionState::Disconnecting => self.disconnected(codes::OK),
            ConnectionState::TransferAccepted if self.awaits(What::Transferring) => {
                self.follow(Then::Leave(Label::Outcome(Outcome::Accepted)));
            }
            ConnectionState::Connected
            | ConnectionState::Connecting
            | ConnectionState::TransferAccepted
            | ConnectionState::Transferring
            | ConnectionState::Unknown => self.still_there(),
        }
    }

    /// The call is there, but the operation it was asked for is refused or overdue: once more if it was never accepted, else it failed.
    fn still_there(&mut self) {
        let Some(op) = self.call.op.clone() else { return };
        match op.what {
            What::HangingUp if op.attempt < 3 => {
                self.order_again();
                self.wake_after(15_000, Why::Deadline { op: op.n });
            }
            What::HangingUp => self.over(),
            What::Playing | What::Asking | What::Transferring if !op.accepted && op.attempt < 3 => {
                self.order_again();
                self.wake_after(RETRY_DEADLINE_MS, Why::Deadline { op: op.n });
            }
            What::Answering if self.call.line == Line::Up => {}
            What::Answering | What::Asking | What::Dialling | What::Playing | What::Transferring => {
                self.signal(&Signal::Failed);
            }
        }
    }

    fn due(&mut self) {
        while let Some(index) = self.first_due() {
            let timer = self.call.timers.swap_remove(index);
            self.fire(&timer.why);
            if self.call.is_ended() {
                return;
            }
        }
    }

    fn first_due(&self) -> Option<usize> {
        let due = self.call.timers.iter().enumerate().filter(|(_, timer)| timer.at <= self.at);
        due.min_by(|(_, a), (_, b)| (a.at, &a.why).cmp(&(b.at, &b.why))).map(|(index, _)| index)
    }

    fn fire(&mut self, why: &Why) {
        match why {
            Why::AfterFlow(ms) => {
                if !self.rule(&Label::After { ms: *ms, since: Since::Flow }) {
                    self.call.overdue.push(*ms);
                }
            }
            Why::AfterState(ms) => {
                self.rule(&Label::After { ms: *ms, since: Since::State });
            }
            Why::Age => self.finish(Some("failed".to_owned()), "the call reached the longest age a call may have"),
            Why::Deadline { op } if self.call.op.as_ref().is_some_and(|current| current.n == *op) => {
                self.ask_platform()
            }
            Why::Ring { op } if self.call.op.as_ref().is_some_and(|current| current.n == *op) => dial::rang_out(self),
            Why::Deadline { .. } | Why::Ring { .. } => {}
            Why::Hold => self.hold_over(),
        }
    }

    /// Nothing came that explains the held result: it is taken as it is.
    fn hold_over(&mut self) {
        match self.call.held.take() {
            Some(Held::Gone) => self.signal(&Signal::Gone),
            Some(Held::Failed) => {
                let then = self.dispatch(&Signal::Failed);
                self.follow(then);
            }
            None => {}
        }
    }

    /// Gives a signal to the running state and follows what it says.
    fn signal(&mut self, signal: &Signal<'_>) {
        if matches!(self.call.phase, Phase::Leaving { .. }) {
            return self.leaving(signal);
        }
        let then = self.dispatch(signal);
        let failed = then == leave(Outcome::Failed);
        match (signal, then) {
            (Signal::Gone, Then::Stay) => self.gone(),
            (Signal::Webhook(_), _) if failed && self.call.line == Line::Up => {
                self.call.held = Some(Held::Failed);
                self.wake_after(HOLD_MS as u64, Why::Hold);
            }
            (Signal::Webhook(_), _) if failed && self.call.held == Some(Held::Gone) => {}
            (_, then) => self.follow(then),
        }
    }

    fn leaving(&mut self, signal: &Signal<'_>) {
        match signal {
            Signal::Accepted | Signal::Webhook(_) => {}
            Signal::Failed | Signal::Gone => self.over(),
        }
    }

    fn dispatch(&mut self, signal: &Signal<'_>) -> Then {
        let Some(state) = self.program.state(&self.call.state).cloned() else { return Then::Stay };
        match &state.kind {
            Kind::Answer => answer::hear(self, signal),
            Kind::Decide { .. } => Then::Stay,
            Kind::Dial { .. } => dial::hear(self, signal),
            Kind::Hangup { .. } => hangup::hear(self, &state, signal),
            Kind::Menu { choices, question } => menu::hear(self, choices, question, signal),
            Kind::Play { .. } => play::hear(self, signal),
            Kind::Recognize { .. } => recognize::hear(self, &state, signal),
            Kind::Transfer { .. } => transfer::hear(self, &state, signal),
        }
    }

    /// The line is gone and the running state has nothing to say to it: the rule for the party's leaving.
    fn gone(&mut self) {
        if !self.rule(&Label::PartyLeft) {
            self.finish(None, "the party left");
        }
    }

    /// Takes a rule if it is live in the running state.
    fn rule(&mut self, label: &Label) -> bool {
        let live = matches!(self.call.phase, Phase::Running)
            && self
                .program
                .node(&self.call.state)
                .is_some_and(|node| self.program.route(node, label, Arrow::Main).is_some());
        if live {
            self.follow(Then::Leave(label.clone()));
        }
        live
    }
}

fn ends_media(kind: &WebhookKind) -> bool {
    match kind {
        WebhookKind::PlayCanceled
        | WebhookKind::PlayCompleted
        | WebhookKind::PlayFailed
        | WebhookKind::RecognizeCanceled
        | WebhookKind::RecognizeCompleted(_)
        | WebhookKind::RecognizeFailed => true,
        WebhookKind::AnswerFailed
        | WebhookKind::CallConnected
        | WebhookKind::CallDisconnected
        | WebhookKind::CallTransferAccepted
        | WebhookKind::CallTransferFailed
        | WebhookKind::CreateCallFailed
        | WebhookKind::ParticipantsUpdated { .. }
        | WebhookKind::PlayStarted
        | WebhookKind::Unknown { .. } => false,
    }
}
