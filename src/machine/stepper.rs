//! One step: takes the event in, lets the running state make of it what it can, follows edges until something is awaited.

use crate::language::flow::label::Label;
use crate::language::flow::state::Kind;
use crate::language::graph::Program;
use crate::machine::call::{AGE_MS, Call, HOLD_MS, Held, Line, Phase, What};
use crate::machine::command::{Command, OpRef};
use crate::machine::errands::Told;
use crate::machine::event::{Event, EventKind, Facts, Webhook, WebhookKind};
use crate::machine::hush;
use crate::machine::rules::Rules;
use crate::machine::timer::{Timer, Why};
use crate::machine::trace::Trace;
use crate::machine::{
    add, answer, collect, connect, dial, hangup, invoke, menu, move_here, mute, play, query, recognize, refuse, remove,
    rules, run, send_keys, signal, take_message, transfer,
};
use crate::planted::{Bug, planted};
use crate::platform::codes::{self, Code};
use crate::platform::hidden::Hidden;
use crate::platform::outcomes::Outcome;
use petgraph::graph::NodeIndex;
use serde::{Deserialize, Serialize};

/// How long a call that is too old is still tried to be hung up, in milliseconds.
const LAST_TRIES_MS: u64 = 600_000;

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
    /// A state of the running flow is to be entered.
    Enter(NodeIndex),
    /// The flow hangs up with this result. A flow that runs this one goes on with it once the line is gone.
    HangUp(Option<String>),
    /// The call's flow is over with this result, for this reason; the line, if it is up, is to be hung up.
    Finish(Option<String>, String),
}

/// `Then::Finish` because of something that has no value, so that no outcome of the state says how to go on.
pub(crate) fn broken(reason: &str) -> Then {
    Then::Finish(Some("failed".to_owned()), reason.to_owned())
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
pub fn step(program: &Program, before: &Call, event: &Event) -> Step {
    let mut stepper = Stepper::new(program, before.clone(), event.at);
    if stepper.call.is_ended() {
        stepper.ignore("the call has ended");
    } else {
        stepper.take(&event.kind);
    }
    let Stepper { mut call, commands, trace, .. } = stepper;
    call.hush = hush::left(program, before, &call, event.at);
    if call.is_ended() && !before.is_ended() {
        hush::forget(program, &mut call);
    }
    Step { call, commands, trace }
}

/// A step being taken.
pub(crate) struct Stepper<'p> {
    /// The program the call began with.
    pub(crate) root: &'p Program,
    /// The program of the flow that runs now.
    pub(crate) program: &'p Program,
    pub(crate) call: Call,
    pub(crate) at: i64,
    pub(crate) commands: Vec<Ordered>,
    pub(crate) trace: Vec<Trace>,
    pub(crate) fuel: u32,
    /// What the answer said that is being taken in.
    pub(crate) said: Facts,
}

impl<'p> Stepper<'p> {
    pub(crate) fn new(root: &'p Program, call: Call, at: i64) -> Stepper<'p> {
        let program = run::running(root, call.running.as_ref());
        Stepper { root, program, call, at, commands: Vec::new(), trace: Vec::new(), fuel: 0, said: Facts::default() }
    }

    /// Takes an event in.
    pub(crate) fn take(&mut self, event: &EventKind) {
        match event {
            EventKind::Begin => self.begin(),
            EventKind::Webhook(webhook) => self.webhook(webhook),
            EventKind::Response { op, answer } => self.response(*op, answer),
            EventKind::Invoked { op, outcome, value, .. } => {
                self.told(*op, Told { outcome: outcome.clone(), value: value.clone() });
            }
            EventKind::Signal { name, data } => self.signalled(name, data.as_ref()),
            EventKind::Signalled { op, found } => {
                let outcome = if *found { signal::DONE } else { signal::MISSING };
                self.told(*op, Told { outcome: outcome.to_owned(), value: None });
            }
            EventKind::Due => self.due(),
            EventKind::SaidToBeOver => self.said_to_be_over(),
            EventKind::Defect { event, why, ends } => self.defect(event, why, *ends),
            EventKind::OperatorHangUp => self.finish(None, "an operator ended the call"),
        }
    }

    fn begin(&mut self) {
        if !self.call.timers.is_empty() {
            return self.ignore("the call has begun already");
        }
        self.call.timers.push(Timer { at: self.call.started + AGE_MS, why: Why::Age });
        self.wake_for_flow();
        if let Some(locale) = self.program.locale.clone() {
            self.switch_locale(&locale);
        }
        self.enter(self.program.start);
    }

    fn webhook(&mut self, webhook: &Webhook) {
        if webhook.facts.connection.as_ref().is_some_and(|leg| self.call.past_legs.contains(leg)) {
            return self.ignore("of a leg that was given up");
        }
        if let (Some(known), Some(other)) = (&self.call.facts.connection, &webhook.facts.connection)
            && known != other
        {
            return self.ignore("of another call's leg");
        }
        self.learn(&webhook.facts);
        self.media_over(webhook);
        match &webhook.kind {
            WebhookKind::CallDisconnected => self.disconnected(webhook.code),
            WebhookKind::ParticipantsUpdated { sequence, people } => {
                if *sequence <= self.call.roster {
                    return self.ignore("an older roster");
                }
                self.call.roster = *sequence;
                self.call.participant_ids.extend(webhook.facts.beside().participants);
                self.roster(people);
            }
            WebhookKind::RecordingStateChanged { recording, active } => {
                self.recording_changed(webhook, recording, *active);
            }
            WebhookKind::ContinuousDtmfRecognitionToneReceived { tone: Hidden(tone), sequence } => {
                self.tone(webhook.op, *tone, *sequence);
            }
            WebhookKind::LegConnected => self.leg_connected(webhook),
            WebhookKind::Unknown { name } => self.ignore(&format!("unknown event {name}")),
            WebhookKind::AddParticipantFailed
            | WebhookKind::AddParticipantSucceeded
            | WebhookKind::AnswerFailed
            | WebhookKind::CallConnected
            | WebhookKind::CallTransferAccepted
            | WebhookKind::CallTransferFailed
            | WebhookKind::CancelAddParticipantFailed
            | WebhookKind::CancelAddParticipantSucceeded
            | WebhookKind::ConnectFailed
            | WebhookKind::ContinuousDtmfRecognitionStopped
            | WebhookKind::ContinuousDtmfRecognitionToneFailed
            | WebhookKind::CreateCallFailed
            | WebhookKind::HoldFailed
            | WebhookKind::MediaStreamingFailed
            | WebhookKind::MediaStreamingStarted
            | WebhookKind::MediaStreamingStopped
            | WebhookKind::MoveParticipantFailed
            | WebhookKind::MoveParticipantSucceeded { .. }
            | WebhookKind::PlayCanceled
            | WebhookKind::PlayCompleted
            | WebhookKind::PlayFailed
            | WebhookKind::PlayStarted
            | WebhookKind::RecognizeCanceled
            | WebhookKind::RecognizeCompleted(_)
            | WebhookKind::RecognizeFailed
            | WebhookKind::RemoveParticipantFailed
            | WebhookKind::RemoveParticipantSucceeded
            | WebhookKind::SendDtmfTonesCompleted
            | WebhookKind::SendDtmfTonesFailed
            | WebhookKind::StartRecordingFailed
            | WebhookKind::TranscriptionFailed
            | WebhookKind::TranscriptionStarted
            | WebhookKind::TranscriptionStopped
            | WebhookKind::TranscriptionUpdated => self.of_operation(webhook),
        }
    }

    /// The leg is up, of whichever request: the one that is awaited, if it makes a leg.
    fn leg_connected(&mut self, webhook: &Webhook) {
        let op = self.call.op.as_ref().filter(|op| matches!(op.what, What::Answering | What::Dialling));
        let op = op.map(|op| OpRef { op: op.n, attempt: op.attempt });
        self.of_operation(&Webhook { op, kind: WebhookKind::CallConnected, ..webhook.clone() });
    }

    /// Notes that the media that played or listened is over. How an earlier attempt ended says nothing of the later one, which
    /// goes on until something cuts it off.
    pub(crate) fn media_over(&mut self, webhook: &Webhook) {
        let (Some(op), Some(media)) = (webhook.op, self.call.media) else { return };
        if op == media && (is_cut(&webhook.kind) || ends_media(&webhook.kind)) {
            self.call.media = None;
        }
    }

    pub(crate) fn of_operation(&mut self, webhook: &Webhook) {
        if self.invitation_event(webhook)
            || self.condition_event(webhook)
            || self.watch_event(webhook)
            || self.question_event(webhook)
        {
            return;
        }
        let ours = |n: u64, op: u64| n == op || planted(Bug::OperationIgnored);
        let current = self.call.op.as_mut().zip(webhook.op).filter(|(current, op)| ours(current.n, op.op));
        let Some((current, op)) = current else {
            return self.ignore("of an operation that is over");
        };
        if is_cut(&webhook.kind) && op.attempt < current.attempt {
            return self.ignore("an earlier attempt was cut off by a later one");
        }
        if planted(Bug::EarlyDropped) && !current.accepted {
            return self.ignore("it comes before the answer");
        }
        current.accepted = true;
        self.signal(&Signal::Webhook(webhook));
    }

    /// The application's leg is gone. Unless its result is known, a running operation may still have one on its way.
    pub(crate) fn disconnected(&mut self, code: Code) {
        let known = self.call.line == Line::Gone;
        self.call.line = Line::Gone;
        self.call.media = None;
        let by_transfer = code.sub == codes::ENDED_BY_TRANSFER.sub;
        match self.call.op.as_ref().map(|op| op.what) {
            _ if known => self.ignore("the line is gone already"),
            Some(What::HangingUp) => self.hung_up(),
            Some(What::GivingUp(outcome)) => self.follow(leave(outcome)),
            Some(What::Transferring) if by_transfer => self.follow(Then::Leave(Label::Outcome(Outcome::Accepted))),
            Some(_) => {
                self.call.held = Some(Held::Gone);
                self.wake_after(HOLD_MS as u64, Why::Hold);
            }
            None if self.call.crossing.is_some() => self.crossing_gone(),
            None => self.gone(),
        }
    }

    /// An event that cannot be applied: the state is left as failed, and a call that is not in one ends.
    fn defect(&mut self, event: &str, why: &str, ends: bool) {
        self.fault(&format!("`{event}` is not applied: {why}"));
        match self.call.phase {
            Phase::Running if ends => self.finish(Some("failed".to_owned()), why),
            Phase::Running => self.follow(leave(Outcome::Failed)),
            Phase::Leaving { .. } => self.over(),
            Phase::Ended { .. } => {}
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
            Why::AfterFlow(_) | Why::AfterGroup(_) | Why::AfterState(_) => {
                if let Some(rule) = rules::of_timer(why) {
                    self.rule_or_later(rule);
                }
            }
            Why::Age if matches!(self.call.phase, Phase::Leaving { .. }) => self.over(),
            Why::Age => {
                self.finish(Some("failed".to_owned()), "the call reached the longest age a call may have");
                if !self.call.is_ended() {
                    self.wake_after(LAST_TRIES_MS, Why::Age);
                }
            }
            Why::Deadline { .. } if planted(Bug::NoDeadline) => {}
            Why::Deadline { op } if self.call.op.as_ref().is_some_and(|current| current.n == *op) => {
                self.ask_platform()
            }
            Why::Message => take_message::long_enough(self),
            Why::Ring { op } if self.call.op.as_ref().is_some_and(|current| current.n == *op) => {
                if self.awaits(What::Adding) { add::rang_out(self) } else { dial::rang_out(self) }
            }
            Why::Deadline { .. } | Why::Ring { .. } => {}
            Why::Condition => self.condition_overdue(),
            Why::Hold => self.hold_over(),
            Why::Errand { op } => self.errand_overdue(*op),
            Why::Keys => self.keys_over(),
            Why::Listening => self.no_more_keys(),
            Why::Look => self.look(),
            Why::Meanwhile => invoke::meanwhile(self),
            Why::Settled => self.hold_settled(),
            Why::Undo { op } => self.undo_again(*op),
            Why::Wait => self.follow(leave(Outcome::Done)),
            Why::WrongKey => self.wrong_key(),
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
    pub(crate) fn signal(&mut self, signal: &Signal<'_>) {
        if matches!(self.call.phase, Phase::Leaving { .. }) {
            return self.leaving(signal);
        }
        // The answer of a service is not explained by anything that happens to the line.
        let never_held = self.rules() == Rules::Later;
        let then = self.dispatch(signal);
        let failed = !never_held && then == leave(Outcome::Failed);
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

    /// The flow is over, and its line was not settled yet: once it is there it is hung up.
    fn leaving(&mut self, signal: &Signal<'_>) {
        let unsettled = self.awaits(What::Answering) || self.awaits(What::Dialling);
        match signal {
            Signal::Failed | Signal::Gone => self.over(),
            Signal::Webhook(webhook) if webhook.kind == WebhookKind::CreateCallFailed => self.over(),
            Signal::Webhook(webhook)
                if matches!(webhook.kind, WebhookKind::AnswerFailed | WebhookKind::ConnectFailed) =>
            {
                self.over();
            }
            Signal::Accepted | Signal::Webhook(_) if unsettled && self.call.facts.connection.is_some() => {
                self.hang_up()
            }
            Signal::Accepted | Signal::Webhook(_) => {}
        }
    }

    fn dispatch(&mut self, signal: &Signal<'_>) -> Then {
        let Some(state) = self.program.state(&self.call.state).cloned() else { return Then::Stay };
        match &state.kind {
            Kind::Add { .. } => add::hear(self, &state, signal),
            Kind::Answer => answer::hear(self, signal),
            Kind::Collect { .. } => collect::hear(self, &state, signal),
            Kind::Connect { .. } => connect::hear(self, signal),
            Kind::Decide { .. }
            | Kind::Hours { .. }
            | Kind::Run { .. }
            | Kind::Set { .. }
            | Kind::Signal { .. }
            | Kind::Wait { .. } => Then::Stay,
            Kind::Dial { .. } => dial::hear(self, signal),
            Kind::Hangup { .. } => hangup::hear(self, &state, signal),
            Kind::Invoke { .. } => invoke::hear(self, &state, signal),
            Kind::Menu { choices, question } => menu::hear(self, choices, question, signal),
            Kind::Move { name, .. } => move_here::hear(self, name, signal),
            Kind::Mute { name } => mute::hear(self, name, signal),
            Kind::Play { .. } => play::hear(self, signal),
            Kind::Query { what, save } => query::hear(self, what, save.as_ref(), signal),
            Kind::Recognize { .. } => recognize::hear(self, &state, signal),
            Kind::Redirect { .. } | Kind::Reject { .. } => refuse::hear(self, signal),
            Kind::Remove { name } => remove::hear(self, name, signal),
            Kind::SendKeys { .. } => send_keys::hear(signal),
            Kind::TakeMessage { .. } => take_message::hear(self, &state, signal),
            Kind::Transfer { .. } => transfer::hear(self, &state, signal),
        }
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
        WebhookKind::AddParticipantFailed
        | WebhookKind::AddParticipantSucceeded
        | WebhookKind::AnswerFailed
        | WebhookKind::CallConnected
        | WebhookKind::CallDisconnected
        | WebhookKind::CallTransferAccepted
        | WebhookKind::CallTransferFailed
        | WebhookKind::CancelAddParticipantFailed
        | WebhookKind::CancelAddParticipantSucceeded
        | WebhookKind::ConnectFailed
        | WebhookKind::ContinuousDtmfRecognitionStopped
        | WebhookKind::ContinuousDtmfRecognitionToneFailed
        | WebhookKind::CreateCallFailed
        | WebhookKind::HoldFailed
        | WebhookKind::MediaStreamingFailed
        | WebhookKind::MediaStreamingStarted
        | WebhookKind::MediaStreamingStopped
        | WebhookKind::MoveParticipantFailed
        | WebhookKind::MoveParticipantSucceeded { .. }
        | WebhookKind::ParticipantsUpdated { .. }
        | WebhookKind::LegConnected
        | WebhookKind::PlayStarted
        | WebhookKind::RecordingStateChanged { .. }
        | WebhookKind::RemoveParticipantFailed
        | WebhookKind::RemoveParticipantSucceeded
        | WebhookKind::SendDtmfTonesCompleted
        | WebhookKind::SendDtmfTonesFailed
        | WebhookKind::StartRecordingFailed
        | WebhookKind::ContinuousDtmfRecognitionToneReceived { .. }
        | WebhookKind::TranscriptionFailed
        | WebhookKind::TranscriptionStarted
        | WebhookKind::TranscriptionStopped
        | WebhookKind::TranscriptionUpdated
        | WebhookKind::Unknown { .. } => false,
    }
}

/// Whether an event says that media was cut off.
fn is_cut(kind: &WebhookKind) -> bool {
    matches!(kind, WebhookKind::PlayCanceled | WebhookKind::RecognizeCanceled)
}
