//! What the platform says to our requests, and what is done when it says nothing: asked again, asked how the call stands, or
//! given up. A request is ordered again under a new attempt only when the last one was certainly not carried out, or when
//! doing it twice is bearable (media, cutting off the first; hanging up).

use crate::language::flow::label::Label;
use crate::machine::call::{Line, Op, What};
use crate::machine::command::{Command, OpRef};
use crate::machine::event::{Answer, ConnectionState, Facts};
use crate::machine::stepper::{Signal, Stepper, Then, leave};
use crate::machine::timer::Why;
use crate::platform::codes::{self, Code};
use crate::platform::outcomes::Outcome;

/// Most attempts at media whose fate is unknown: the first, and one that cuts it off.
const MEDIA_ATTEMPTS: u32 = 2;
/// Most attempts at a request that was refused because the call was not ready.
const REFUSED_ATTEMPTS: u32 = 3;
/// How long an operation that was ordered again may take, in milliseconds.
const AGAIN_MS: u64 = 60_000;
/// How long the platform may take to say how a call stands, in milliseconds.
const PROBE_MS: u64 = 15_000;
/// How often the platform is asked whether a call that plays in a loop is still there, in milliseconds.
pub(crate) const LOOP_MS: u64 = 300_000;
/// How long the event that the line is gone may take when somebody else has said already that the call is over, in milliseconds.
const SAID_MS: u64 = 2_000;
/// Longest pause between two attempts to hang up, in milliseconds.
const HANG_UP_PAUSE_MS: u64 = 120_000;

/// Whether a refusal says that there is no such call.
fn is_gone(code: Code) -> bool {
    matches!(code.code, 404 | 410) || code.sub == codes::refusal::NOT_FOUND.sub
}

impl Stepper<'_> {
    /// The answer to a request.
    pub(crate) fn response(&mut self, op: OpRef, answer: &Answer) {
        if self.call.look == Some(op.op) {
            return self.looked(answer);
        }
        if self.invitation_answer(op, answer)
            || self.condition_answer(op, answer)
            || self.watch_answer(op, answer)
            || self.stray_recording(op, answer)
        {
            return;
        }
        let Some(current) = self.call.op.clone() else {
            return self.ignore("an answer to an operation that is over");
        };
        if current.probe == Some(op.op) {
            return self.probed(&current, answer);
        }
        if current.n != op.op {
            return self.ignore("an answer to an operation that is over");
        }
        match answer {
            Answer::Accepted(facts) => self.accepted(facts),
            Answer::Refused { .. } | Answer::Unknown if op.attempt < current.attempt => {
                self.ignore("an answer to an earlier attempt");
            }
            Answer::Refused { code } => self.refused(&current, *code),
            Answer::Unknown => self.unknown(&current),
        }
    }

    /// The event that says so by right is probably on its way: if it does not come, the platform is asked.
    pub(crate) fn said_to_be_over(&mut self) {
        match self.call.line {
            Line::Up => self.wake_after(SAID_MS, Why::Look),
            Line::NotYet | Line::Connecting | Line::Gone => self.ignore("the line is not up"),
        }
    }

    /// Asks the platform whether the line is still there, again and again, where no operation would find out.
    pub(crate) fn look(&mut self) {
        if self.call.line == Line::Up {
            let op = self.side_order(Command::GetCall);
            self.call.look = Some(op);
            self.wake_after(LOOP_MS, Why::Look);
        }
    }

    fn looked(&mut self, answer: &Answer) {
        self.call.look = None;
        let gone = match answer {
            Answer::Accepted(facts) => {
                matches!(facts.state, Some(ConnectionState::Disconnected | ConnectionState::Disconnecting))
            }
            Answer::Refused { code } => is_gone(*code),
            Answer::Unknown => false,
        };
        if gone {
            self.disconnected(codes::OK);
        } else {
            self.ignore("the line is still there, as far as the platform says");
        }
    }

    fn accepted(&mut self, facts: &Facts) {
        self.learn(facts);
        self.said = facts.clone();
        if let Some(op) = self.call.op.as_mut() {
            op.accepted = true;
        }
        match facts.state {
            Some(ConnectionState::Disconnected | ConnectionState::Disconnecting) => self.disconnected(codes::OK),
            Some(_) | None => self.signal(&Signal::Accepted),
        }
        if facts.said.as_ref().is_some_and(|said| said.only_plays) {
            self.begin_listening();
        }
    }

    /// The platform refused a request. Some refusals say that the call is gone, some that it may be.
    fn refused(&mut self, op: &Op, code: Code) {
        let gone = is_gone(code);
        let unready = matches!(code.sub, 8501 | 8528 | 8585) || code.code == 409;
        match op.what {
            What::Answering | What::Dialling | What::Refusing => self.signal(&Signal::Failed),
            What::Querying if code.code == 404 => self.follow(leave(Outcome::Missing)),
            // Of an operation on somebody, 404 may be about them.
            What::Acting | What::Adding | What::Querying | What::Recording if gone => self.ask_platform(),
            What::GivingUp(_) | What::HangingUp if gone || unready => self.disconnected(codes::OK),
            What::GivingUp(_) | What::HangingUp => self.hang_up_later(op),
            What::Asking | What::Playing | What::Transferring if gone => self.disconnected(code),
            What::Acting
            | What::Adding
            | What::Asking
            | What::Playing
            | What::Querying
            | What::Recording
            | What::Transferring
                if unready =>
            {
                self.note(|op| op.refused = true);
                self.ask_platform();
            }
            What::Acting
            | What::Adding
            | What::Asking
            | What::Playing
            | What::Querying
            | What::Recording
            | What::Transferring => self.signal(&Signal::Failed),
        }
    }

    /// Nobody knows what became of a request.
    fn unknown(&mut self, op: &Op) {
        match op.what {
            _ if op.accepted => self.ignore("an event has shown that it was carried out"),
            What::Asking | What::Playing if op.attempt < MEDIA_ATTEMPTS => self.again(op),
            What::Acting
            | What::Adding
            | What::Answering
            | What::Asking
            | What::Dialling
            | What::GivingUp(_)
            | What::HangingUp
            | What::Playing
            | What::Querying
            | What::Recording
            | What::Refusing
            | What::Transferring => self.ask_platform(),
        }
    }

    /// Asks the platform how the call stands, because an operation is overdue, was refused, or has an unknown fate.
    pub(crate) fn ask_platform(&mut self) {
        let Some(op) = self.call.op.clone() else { return };
        let asked = op.probe.is_some();
        match op.what {
            _ if !asked && self.call.facts.connection.is_some() => {
                let probe = self.side_order(Command::GetCall);
                self.note(|op| op.probe = Some(probe));
                self.wake_after(PROBE_MS, Why::Deadline { op: op.n });
            }
            What::GivingUp(_) | What::HangingUp if asked => self.hang_up_again(&op),
            What::GivingUp(_) | What::HangingUp => self.disconnected(codes::OK),
            What::Acting
            | What::Adding
            | What::Answering
            | What::Asking
            | What::Dialling
            | What::Playing
            | What::Querying
            | What::Recording
            | What::Refusing
            | What::Transferring => self.signal(&Signal::Failed),
        }
    }

    fn probed(&mut self, op: &Op, answer: &Answer) {
        let state = match answer {
            Answer::Accepted(facts) => facts.state,
            Answer::Refused { .. } | Answer::Unknown => None,
        };
        match (state, op.what) {
            (None, _) => self.ignore("the platform does not say how the call stands; the deadline decides"),
            (Some(ConnectionState::Disconnected | ConnectionState::Disconnecting), _) => {
                self.disconnected(codes::OK);
            }
            (Some(ConnectionState::TransferAccepted), What::Transferring) => {
                self.follow(leave(Outcome::Accepted));
            }
            (Some(ConnectionState::Transferring), What::Transferring) => {
                self.note(|op| (op.accepted, op.probe) = (true, None));
                self.wake_after(AGAIN_MS, Why::Deadline { op: op.n });
            }
            (Some(ConnectionState::Connected), What::Answering) => self.found_up(Outcome::Connected),
            (Some(ConnectionState::Connected), What::Dialling) => self.found_up(Outcome::Answered),
            (Some(_), _) => self.still_there(op),
        }
    }

    /// The line is up, and the event that should have said so is lost.
    fn found_up(&mut self, outcome: Outcome) {
        self.call.line = Line::Up;
        self.follow(Then::Leave(Label::Outcome(outcome)));
    }

    /// The call is there, but what was asked of it was refused or is overdue.
    fn still_there(&mut self, op: &Op) {
        let looped = matches!(op.command, Command::Play { looped: true, .. });
        match op.what {
            What::GivingUp(_) | What::HangingUp => self.hang_up_again(op),
            What::Acting
            | What::Adding
            | What::Asking
            | What::Playing
            | What::Querying
            | What::Recording
            | What::Transferring
                if op.refused && op.attempt < REFUSED_ATTEMPTS =>
            {
                self.again(op);
            }
            What::Playing if looped && op.accepted => {
                self.note(|op| op.probe = None);
                self.wake_after(LOOP_MS, Why::Deadline { op: op.n });
            }
            What::Acting
            | What::Adding
            | What::Answering
            | What::Asking
            | What::Dialling
            | What::Playing
            | What::Querying
            | What::Recording
            | What::Refusing
            | What::Transferring => self.signal(&Signal::Failed),
        }
    }

    fn again(&mut self, op: &Op) {
        self.order_again();
        self.wake_after(AGAIN_MS, Why::Deadline { op: op.n });
    }

    /// Hanging up is tried until the line is gone, or the call reaches the longest age a call may have.
    fn hang_up_again(&mut self, op: &Op) {
        self.order_again();
        self.hang_up_later(op);
    }

    fn hang_up_later(&mut self, op: &Op) {
        let pause = (PROBE_MS * u64::from(op.attempt)).min(HANG_UP_PAUSE_MS);
        self.wake_after(pause, Why::Deadline { op: op.n });
    }

    fn note(&mut self, change: impl FnOnce(&mut Op)) {
        if let Some(op) = self.call.op.as_mut() {
            change(op);
        }
    }
}
