//! One call: who is on it, in which condition, and how it ends.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::emulator::answer::Refusal;
use crate::emulator::identity;
use crate::emulator::media::{Lane, LaneKey};
use crate::emulator::notify::Reply;
use crate::emulator::script::Script;
use crate::emulator::transcript::Transcript;
use crate::emulator::transfer::Transfer;
use crate::emulator::world::{Due, World};
use crate::platform::codes::{self, Code, refusal};
use crate::platform::events::Webhook;
use crate::platform::identifier::Identifier;
use crate::platform::legality::{Condition, cell};
use crate::platform::operations::Operation;
use crate::provider::acs::wire;

/// How long a leg takes to be set up once both sides want it, in milliseconds.
pub(crate) const SETUP_MS: u64 = 50;
/// What the application's pending request gets when the other side gives up first.
pub(crate) const GIVEN_UP: Code = Code::new(487, 540_487);
/// An answered call whose caller left before the leg was set up.
const CALLER_GONE: Code = Code::new(487, 10_004);

/// Who began it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Somebody dialled a number of the application.
    Inbound,
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

/// The application's leg, from answer or create on.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    /// `callConnectionId`.
    pub(crate) id: String,
    /// `callbackUri`.
    pub(crate) callback: String,
    /// `operationContext` of answer or create.
    pub(crate) context: Option<String>,
    /// Whether an AI resource was named: text and speech need one.
    pub(crate) speaks: bool,
    /// Caller id of an outbound call.
    pub(crate) caller_number: Option<wire::Phone>,
    /// Display name of an outbound call.
    pub(crate) display_name: Option<String>,
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
    /// The application's own identity on it.
    pub(crate) application: Identifier,
    pub(crate) from: Identifier,
    pub(crate) to: Vec<Identifier>,
    pub(crate) server_call_id: String,
    pub(crate) correlation_id: String,
    /// `incomingCallContext` of an inbound call.
    pub(crate) incoming_context: Option<String>,
    /// The IncomingCall event while it may still be delivered.
    pub(crate) grid_event: Option<String>,
    pub(crate) connection: Option<Connection>,
    /// The people on the line.
    pub(crate) people: Vec<Identifier>,
    /// Callees still ringing.
    pub(crate) ringing: Vec<Identifier>,
    pub(crate) lanes: BTreeMap<LaneKey, Lane>,
    pub(crate) transfer: Option<Transfer>,
    pub(crate) scripts: Vec<Script>,
    /// Until when each person's fingers are busy, by raw id.
    pub(crate) busy: BTreeMap<String, u64>,
    pub(crate) transcript: Transcript,
    /// `sequenceNumber` of the newest roster.
    pub(crate) sequence: i64,
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
        let application = Identifier::AcsUser(format!("8:acs:{}_{}", world.ids.guid(), world.ids.guid()));
        Call {
            number,
            began: world.now,
            direction,
            state: State::Ringing,
            application,
            from,
            to,
            server_call_id: server_call_id(world),
            correlation_id: world.ids.guid(),
            incoming_context: None,
            grid_event: None,
            connection: None,
            people: Vec::new(),
            ringing: Vec::new(),
            lanes: BTreeMap::new(),
            transfer: None,
            scripts: Vec::new(),
            busy: BTreeMap::new(),
            transcript: Transcript::default(),
            sequence: 0,
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

    /// The condition it is in, in the words of the contract.
    pub(crate) fn condition(&self) -> Condition {
        match self.state {
            State::Ringing if self.connection.is_none() => Condition::Incoming,
            State::Ringing => Condition::Placed,
            State::Connecting => Condition::Connecting,
            State::Connected => Condition::Connected,
            State::Transferring => Condition::Transferring,
            State::Ended(_) => Condition::Ended,
        }
    }

    /// Whether an operation may be carried out now, by the contract's table.
    pub(crate) fn may(&self, operation: Operation) -> Result<(), Refusal> {
        match cell(operation, self.condition()).verdict.refusal() {
            None => Ok(()),
            Some(code) => Err(Refusal::new(code, why(code))),
        }
    }

    /// The answered leg is set up after a moment.
    pub(crate) fn connecting(&mut self, world: &mut World) {
        self.state = State::Connecting;
        world.plan(SETUP_MS, self.number, Due::Connect);
    }

    /// The leg is set up.
    pub(crate) fn connected(&mut self, world: &mut World) {
        if self.state != State::Connecting {
            return;
        }
        self.state = State::Connected;
        self.notify(world, Webhook::CallConnected, &self.set_up(), result(codes::OK));
        self.roster(world);
    }

    /// Somebody leaves of their own accord.
    pub(crate) fn leave(&mut self, world: &mut World, who: &Identifier) {
        if self.is_over() || !self.people.contains(who) {
            return;
        }
        if self.people.len() == 1 {
            // What was heard until now was heard before they left.
            self.cancel_all_media(world);
        }
        self.transcript.left(self.age(world), who);
        self.people.retain(|person| person != who);
        self.scripts.retain(|script| script.who != *who);
        if self.people.is_empty() {
            return self.abandoned(world);
        }
        self.stop_listening_to(world, who);
        self.transferee_left(world, who);
        self.roster(world);
    }

    /// The last person has left.
    fn abandoned(&mut self, world: &mut World) {
        match (self.state, self.direction) {
            (State::Connecting, Direction::Inbound) => {
                self.notify(world, Webhook::AnswerFailed, &self.set_up(), result(CALLER_GONE))
            }
            (State::Connecting, Direction::Outbound) => {
                self.notify(world, Webhook::CreateCallFailed, &self.set_up(), result(GIVEN_UP))
            }
            (State::Connected | State::Ended(_) | State::Ringing | State::Transferring, _) => {}
        }
        self.over(world, codes::ENDED_BY_PARTICIPANT, End::Hangup);
    }

    /// The application hangs up, or ends the call for everybody: the same where only its own leg is watched.
    pub(crate) fn hang_up(&mut self, world: &mut World) {
        if self.state == State::Ringing {
            self.notify(world, Webhook::CreateCallFailed, &self.set_up(), result(GIVEN_UP));
            return self.over(world, GIVEN_UP, End::Hangup);
        }
        self.over(world, codes::ENDED_BY_REQUEST, End::Hangup);
    }

    /// Ends the call: pending things first, CallDisconnected last, nothing after.
    pub(crate) fn over(&mut self, world: &mut World, code: Code, end: End) {
        if self.is_over() {
            return;
        }
        self.give_up_transfer(world, GIVEN_UP);
        self.cancel_all_media(world);
        self.notify(world, Webhook::CallDisconnected, &self.set_up(), result(code));
        self.state = State::Ended(end);
        self.people.clear();
        self.ringing.clear();
        self.scripts.clear();
        self.grid_event = None;
        world.forget(self.number);
    }

    /// Context and address of the events of answer and create.
    pub(crate) fn set_up(&self) -> Reply {
        Reply { context: self.connection.as_ref().and_then(|connection| connection.context.clone()), callback: None }
    }

    /// `CallConnectionProperties`.
    pub(crate) fn properties(&self) -> wire::CallConnectionProperties {
        let connection = self.connection.as_ref();
        let inbound = self.direction == Direction::Inbound;
        let answered_for = match (inbound, self.to.first()) {
            (true, Some(Identifier::Phone(number))) => {
                Some(wire::Phone { value: number.clone(), ..wire::Phone::default() })
            }
            _ => None,
        };
        wire::CallConnectionProperties {
            call_connection_id: connection.map(|connection| connection.id.clone()),
            server_call_id: Some(self.server_call_id.clone()),
            targets: Some(self.to.iter().map(identity::model).collect()),
            call_connection_state: Some(self.wire_state().to_owned()),
            callback_uri: connection.map(|connection| connection.callback.clone()),
            source_caller_id_number: connection.and_then(|connection| connection.caller_number.clone()),
            source_display_name: connection.and_then(|connection| connection.display_name.clone()),
            source: Some(identity::model(if inbound { &self.from } else { &self.application })),
            correlation_id: Some(self.correlation_id.clone()),
            answered_by: inbound.then(|| wire::User { id: self.application.raw_id() }),
            answered_for,
            ..wire::CallConnectionProperties::default()
        }
    }

    fn wire_state(&self) -> &'static str {
        match self.state {
            State::Ringing | State::Connecting => "connecting",
            State::Connected => "connected",
            State::Transferring => "transferring",
            State::Ended(_) => "disconnected",
        }
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
fn why(code: Code) -> &'static str {
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
