//! One call: who is on it, in which condition, and how it ends.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::emulator::answer::Refusal;
use crate::emulator::invite::Invitation;
use crate::emulator::keys::{Sending, Watch};
use crate::emulator::leg::Leg;
use crate::emulator::media::{Lane, LaneKey};
use crate::emulator::person::Person;
use crate::emulator::recording::Recording;
use crate::emulator::ring::Link;
use crate::emulator::script::{Line, Script};
use crate::emulator::streams::phrase::Phrase;
use crate::emulator::streams::sound::Sound;
use crate::emulator::telemetry::Told;
use crate::emulator::transcript::Transcript;
use crate::emulator::transfer::Transfer;
use crate::emulator::world::World;
use crate::platform::codes::{self, Code, refusal};
use crate::platform::events::Webhook;
use crate::platform::identifier::Identifier;
use crate::platform::outcomes::Outcome;
use crate::provider::acs::wire;

/// What the application's pending request gets when the other side gives up first.
pub(crate) const GIVEN_UP: Code = Code::new(487, 540_487);
/// An answered call whose caller left before the leg was set up.
const CALLER_GONE: Code = Code::new(487, 10_004);

/// Who began it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Somebody dialled a number of the application.
    Inbound,
    /// Nobody: a group call or room that the application joined.
    Open,
    /// The application dialled.
    Outbound,
}

/// The condition a call is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Nobody has answered.
    Ringing,
    /// Answered; the application's leg is being set up.
    Connecting,
    /// Two or more parties talk.
    Connected,
    /// A transfer is under way.
    Transferring,
    /// Over.
    Ended(End),
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum End {
    /// No callee was reached.
    Failed,
    /// Somebody hung up.
    Hangup,
    /// Rang out.
    Missed,
    /// Sent elsewhere unanswered.
    Redirected,
    /// Refused unanswered.
    Rejected,
    /// Handed on.
    Transferred,
}

/// One call.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// Its number, never used twice.
    pub(crate) number: u64,
    /// When it began, in virtual milliseconds.
    pub(crate) began: u64,
    pub(crate) direction: Direction,
    pub(crate) state: State,
    /// The identity of the application's first leg.
    pub(crate) application: Identifier,
    pub(crate) from: Identifier,
    pub(crate) to: Vec<Identifier>,
    pub(crate) server_call_id: String,
    pub(crate) correlation_id: String,
    /// Group or room id of an open call, as `group:<id>` or `room:<id>`.
    pub(crate) place: Option<String>,
    /// `incomingCallContext` of an inbound call.
    pub(crate) incoming_context: Option<String>,
    /// The IncomingCall event while it may still be delivered.
    pub(crate) grid_event: Option<u64>,
    /// The application's legs. Numbers of legs stay good: those that leave are marked, not removed.
    pub(crate) legs: Vec<Leg>,
    /// The people on the line.
    pub(crate) people: Vec<Person>,
    /// Callees still ringing.
    pub(crate) ringing: Vec<Identifier>,
    pub(crate) invitations: Vec<Invitation>,
    pub(crate) lanes: BTreeMap<LaneKey, Lane>,
    /// Continuous recognitions of keys, by leg and raw id.
    pub(crate) watches: BTreeMap<(usize, String), Watch>,
    pub(crate) sendings: Vec<Sending>,
    pub(crate) transfer: Option<Transfer>,
    pub(crate) scripts: Vec<Script>,
    /// What a caller does by themselves once the call is answered.
    pub(crate) callers_lines: Vec<Line>,
    /// Until when each person's fingers or tongue are busy, by raw id.
    pub(crate) busy: BTreeMap<String, u64>,
    pub(crate) transcript: Transcript,
    pub(crate) recording: Option<Recording>,
    /// Who sounds, and how long.
    pub(crate) sounds: Vec<Sound>,
    /// What is being said, for transcriptions, by number.
    pub(crate) phrases: BTreeMap<u64, Phrase>,
    pub(crate) told: Told,
    /// The call whose callee this incoming call is.
    pub(crate) link: Option<Link>,
    /// Whether some of its callees are incoming calls of our own.
    pub(crate) loops: bool,
    /// What a caller of our own is told when nobody answers.
    pub(crate) refused_as: Outcome,
}

impl Call {
    /// A ringing call with nobody on it yet.
    pub(crate) fn new(
        world: &mut World,
        number: u64,
        direction: Direction,
        from: Identifier,
        to: Vec<Identifier>,
    ) -> Call {
        Call {
            number,
            began: world.now,
            direction,
            state: State::Ringing,
            application: world.application(),
            from,
            to,
            server_call_id: server_call_id(world),
            correlation_id: world.ids.guid(),
            place: None,
            incoming_context: None,
            grid_event: None,
            legs: Vec::new(),
            people: Vec::new(),
            ringing: Vec::new(),
            invitations: Vec::new(),
            lanes: BTreeMap::new(),
            watches: BTreeMap::new(),
            sendings: Vec::new(),
            transfer: None,
            scripts: Vec::new(),
            callers_lines: Vec::new(),
            busy: BTreeMap::new(),
            transcript: Transcript::default(),
            recording: None,
            sounds: Vec::new(),
            phrases: BTreeMap::new(),
            told: Told::default(),
            link: None,
            loops: false,
            refused_as: Outcome::NoAnswer,
        }
    }

    /// The name people use for it.
    pub(crate) fn name(&self) -> String {
        format!("call-{}", self.number)
    }

    /// Milliseconds since it began.
    pub(crate) fn age(&self, world: &World) -> u64 {
        world.now.saturating_sub(self.began)
    }

    /// Whether it is over.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.state, State::Ended(_))
    }

    /// Whether whoever is on it hears something or is listened to, talks to somebody else, is held, or is not on it yet.
    pub(crate) fn is_lively(&self) -> bool {
        self.state != State::Connected
            || self.people.len() > 1
            || self.people.iter().any(|person| person.held)
            || self.lanes.values().any(|lane| lane.running.is_some())
    }

    /// Somebody leaves of their own accord.
    pub(crate) fn leave(&mut self, world: &mut World, who: &Identifier) {
        if self.is_over() || !self.is_here(who) {
            return;
        }
        self.goes(world, who, Some(codes::ENDED_BY_PARTICIPANT));
    }

    /// After somebody has gone: the roster, or the end of a call that nobody is on.
    pub(crate) fn settle(&mut self, world: &mut World, code: Code) {
        let is_empty = self.people.is_empty() && self.direction != Direction::Open;
        let is_left_alone = self.live_legs().is_empty() && self.people.len() < 2;
        if is_empty || is_left_alone {
            return self.abandoned(world, code);
        }
        self.roster(world);
    }

    /// The last person has left.
    fn abandoned(&mut self, world: &mut World, code: Code) {
        match (self.state, self.direction) {
            (State::Connecting, Direction::Inbound) => {
                self.notify(world, Webhook::AnswerFailed, &self.set_up(0), result(CALLER_GONE))
            }
            (State::Connecting, Direction::Outbound) => {
                self.notify(world, Webhook::CreateCallFailed, &self.set_up(0), result(GIVEN_UP))
            }
            (State::Connecting, Direction::Open)
            | (State::Connected | State::Ended(_) | State::Ringing | State::Transferring, _) => {}
        }
        self.over(world, code, End::Hangup);
    }

    /// Ends the call: pending things first, CallDisconnected last, nothing after.
    pub(crate) fn over(&mut self, world: &mut World, code: Code, end: End) {
        if self.is_over() {
            return;
        }
        self.give_up_transfer(world, GIVEN_UP);
        self.end_everything_asked(world);
        self.stop_recording(world, "CallEnded");
        for leg in self.live_legs() {
            self.disconnect(world, leg, code);
        }
        let rang = self.state == State::Ringing;
        self.state = State::Ended(end);
        self.people.clear();
        self.ringing.clear();
        self.scripts.clear();
        world.unpublish(self.grid_event.take());
        self.tell_telemetry(world);
        world.forget(self.number);
        self.unlink(world, rang);
        self.unlink_callees(world, None);
    }
}

/// The data of an event that only says how something went.
pub(crate) fn result(code: Code) -> wire::EventData {
    let message = match code.code {
        200 => "Action completed successfully.",
        487 => "The call was cancelled before it was answered.",
        _ if code == codes::CANCELLED => "Action cancelled.",
        _ => "Action failed.",
    };
    wire::EventData {
        result_information: Some(wire::ResultInformation {
            code: code.code,
            sub_code: code.sub,
            message: Some(message.to_owned()),
        }),
        ..wire::EventData::default()
    }
}

/// The refusal for calls that are not, or no longer, there.
pub(crate) fn gone() -> Refusal {
    Refusal::new(refusal::NOT_FOUND, why(refusal::NOT_FOUND))
}

/// What a refusal of the table says.
pub(crate) fn why(code: Code) -> &'static str {
    match code {
        refusal::NOT_FOUND => "Call not found: there is no such call connection, or it has ended",
        refusal::NOT_ESTABLISHED => "Action is invalid when call is not in Established state",
        refusal::TRANSFER_CONFLICT => "another transfer of this call is pending",
        refusal::WRONG_STATE => "Action is invalid while the call is being transferred",
        _ => "Action is invalid in the present state of the call",
    }
}

/// URL-safe base64 of the URL the real service hides in it.
fn server_call_id(world: &mut World) -> String {
    use base64::Engine as _;
    let (conversation, ticks) = (world.ids.guid(), 638_000_000_000_000_000 + world.now * 10_000);
    let url = format!(
        "https://api.flightproxy.skype.com/api/v2/cp/conv-emulator-01.conv.skype.com/conv/{conversation}?i=1&e={ticks}"
    );
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(url)
}
