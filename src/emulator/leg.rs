//! The application's legs: the one that answered or dialled, and those that joined the call later. Each has its own connection id,
//! callback and end; the people are the call's.

use crate::emulator::answer::Refusal;
use crate::emulator::call::{Call, Direction, End, GIVEN_UP, State, gone, result, why};
use crate::emulator::first::Subscribed;
use crate::emulator::identity;
use crate::emulator::notify::Reply;
use crate::emulator::streams::{Stream, Streams};
use crate::emulator::uri;
use crate::emulator::world::{Due, World};
use crate::platform::codes::{self, Code};
use crate::platform::events::Webhook;
use crate::platform::hidden::Hidden;
use crate::platform::identifier::Identifier;
use crate::platform::legality::{Condition, cell};
use crate::platform::operations::Operation;
use crate::provider::acs::wire;

/// How long a leg takes to be set up once both sides want it, in milliseconds.
const SETUP_MS: u64 = 50;
/// How long people talk on after the application has left them, in milliseconds.
const TALK_ON_MS: u64 = 3_600_000;
/// A leg that was to join a call which was over by then.
const NOTHING_TO_JOIN: Code = Code::new(480, 10_076);

/// What answer, create and connect say of the leg they make.
#[derive(Clone, Debug)]
pub(crate) struct SetUp {
    callback: String,
    context: Option<String>,
    speaks: bool,
    streams: Streams,
}

impl SetUp {
    /// Checks what the three requests have in common.
    pub(crate) fn read(
        callback: &str,
        context: Option<&String>,
        intelligence: Option<&wire::CallIntelligenceOptions>,
        audio: Option<&wire::MediaStreamingOptions>,
        words: Option<&wire::TranscriptionOptions>,
    ) -> Result<SetUp, Refusal> {
        uri::callback("callbackUri", callback)?;
        let endpoint = intelligence.and_then(|options| options.cognitive_services_endpoint.as_deref());
        let speaks = endpoint.is_some_and(|endpoint| !endpoint.is_empty());
        let streams = Streams::read(audio, words, speaks)?;
        Ok(SetUp { callback: callback.to_owned(), context: context.cloned(), speaks, streams })
    }
}

/// One leg, from answer, create or connect on.
#[derive(Clone, Debug)]
pub(crate) struct Leg {
    /// `callConnectionId`.
    pub(crate) id: String,
    /// `callbackUri`.
    pub(crate) callback: String,
    /// `operationContext` of the request that made it.
    pub(crate) context: Option<String>,
    /// Whether an AI resource was named: text and speech need one.
    pub(crate) speaks: bool,
    /// Caller id of an outbound call.
    pub(crate) caller_number: Option<Hidden<wire::Phone>>,
    /// Display name of an outbound call.
    pub(crate) display_name: Option<String>,
    /// Its media stream and its transcription.
    pub(crate) streams: Streams,
    /// The application's identity on this leg.
    pub(crate) identity: Identifier,
    /// Whether it was made by connect.
    pub(crate) joined: bool,
    /// CallConnected has been sent.
    pub(crate) up: bool,
    /// CallDisconnected has been sent.
    pub(crate) gone: bool,
    /// `sequenceNumber` of the newest roster.
    pub(crate) sequence: i64,
    /// What it asked to be told, in the first generations.
    pub(crate) first: Option<Subscribed>,
}

impl Leg {
    /// A leg that is not up yet.
    pub(crate) fn new(world: &mut World, set_up: SetUp, identity: Identifier) -> Leg {
        Leg {
            id: world.ids.guid(),
            callback: set_up.callback,
            context: set_up.context,
            speaks: set_up.speaks,
            caller_number: None,
            display_name: None,
            streams: set_up.streams.named(world),
            identity,
            joined: false,
            up: false,
            gone: false,
            sequence: 0,
            first: None,
        }
    }
}

impl Leg {
    /// Whether it is told of every key.
    pub(crate) fn hears_keys(&self) -> bool {
        self.first.as_ref().is_some_and(Subscribed::hears_keys)
    }
}

impl Call {
    /// Where webhooks of legs go that have not left.
    pub(crate) fn callbacks(&self) -> impl Iterator<Item = &str> {
        self.legs.iter().filter(|leg| !leg.gone).map(|leg| leg.callback.as_str())
    }

    /// The legs that have not left.
    pub(crate) fn live_legs(&self) -> Vec<usize> {
        (0..self.legs.len()).filter(|leg| !self.legs[*leg].gone).collect()
    }

    /// The leg with this connection id, if it has not left.
    pub(crate) fn leg_of(&self, connection: &str) -> Option<usize> {
        self.legs.iter().position(|leg| leg.id == connection && !leg.gone)
    }

    /// The condition of the call as one leg sees it, in the words of the contract.
    pub(crate) fn condition(&self, leg: usize) -> Condition {
        let Some(leg) = self.legs.get(leg) else {
            return if self.is_over() { Condition::Ended } else { Condition::Incoming };
        };
        match self.state {
            _ if leg.gone => Condition::Ended,
            State::Ended(_) => Condition::Ended,
            State::Ringing => Condition::Placed,
            State::Connecting => Condition::Connecting,
            State::Connected | State::Transferring if !leg.up => Condition::Connecting,
            State::Connected => Condition::Connected,
            State::Transferring => Condition::Transferring,
        }
    }

    /// Whether an operation may be carried out now, by the contract's table.
    pub(crate) fn may(&self, operation: Operation, leg: usize) -> Result<(), Refusal> {
        match cell(operation, self.condition(leg)).verdict.refusal() {
            None => Ok(()),
            Some(code) => Err(Refusal::new(code, why(code))),
        }
    }

    /// The first leg is set up after a moment.
    pub(crate) fn connecting(&mut self, world: &mut World) {
        self.state = State::Connecting;
        world.plan(SETUP_MS, self.number, Due::Connect(0));
    }

    /// One more leg joins; its number.
    pub(crate) fn join(&mut self, world: &mut World, leg: Leg) -> usize {
        let number = self.legs.len();
        self.legs.push(Leg { joined: true, ..leg });
        world.plan(SETUP_MS, self.number, Due::Connect(number));
        number
    }

    /// A leg is set up.
    pub(crate) fn connected(&mut self, world: &mut World, leg: usize) {
        let Some(here) = self.legs.get_mut(leg).filter(|leg| !leg.up && !leg.gone) else {
            return;
        };
        if here.joined && !matches!(self.state, State::Connected | State::Transferring) {
            return self.leg_leaves(world, leg, NOTHING_TO_JOIN);
        }
        here.up = true;
        let first = self.state == State::Connecting;
        if first {
            self.state = State::Connected;
        }
        self.notify(world, Webhook::CallConnected, &self.set_up(leg), result(codes::OK));
        self.roster(world);
        self.start_streams(world, leg);
        self.keys_heard(world, leg);
    }

    /// One leg hangs up. With one other party the call is over; a group goes on without it.
    pub(crate) fn hang_up(&mut self, world: &mut World, leg: usize) {
        let settled = matches!(self.state, State::Connected | State::Transferring);
        if settled && (self.people.len() > 1 || self.live_legs().len() > 1) {
            return self.leg_leaves(world, leg, codes::ENDED_BY_REQUEST);
        }
        self.terminate(world);
    }

    /// The application ends the call for everybody.
    pub(crate) fn terminate(&mut self, world: &mut World) {
        if self.state == State::Ringing {
            self.notify(world, Webhook::CreateCallFailed, &self.set_up(0), result(GIVEN_UP));
            return self.over(world, GIVEN_UP, End::Hangup);
        }
        self.over(world, codes::ENDED_BY_REQUEST, End::Hangup);
    }

    /// A leg leaves, the call goes on: what it asked for ends first, CallDisconnected last.
    fn leg_leaves(&mut self, world: &mut World, leg: usize, code: Code) {
        if self.transfer_is_of(leg) {
            self.give_up_transfer(world, GIVEN_UP);
        }
        self.end_what_it_asked(world, leg);
        self.disconnect(world, leg, code);
        if !self.live_legs().is_empty() {
            return self.roster(world);
        }
        if self.people.len() < 2 {
            return self.over(world, code, End::Hangup);
        }
        world.plan(TALK_ON_MS, self.number, Due::Parted);
    }

    /// The last webhooks of a leg.
    pub(crate) fn disconnect(&mut self, world: &mut World, leg: usize, code: Code) {
        self.stop_streams(world, leg);
        let set_up = self.set_up(leg);
        if self.legs.get(leg).is_some_and(|leg| leg.joined && !leg.up) {
            self.notify(world, Webhook::ConnectFailed, &set_up, result(NOTHING_TO_JOIN));
        }
        self.notify(world, Webhook::CallDisconnected, &set_up, result(code));
        if let Some(leg) = self.legs.get_mut(leg) {
            leg.gone = true;
        }
    }

    /// Nobody watches these people any more, and an hour is over.
    pub(crate) fn parted(&mut self, world: &mut World) {
        if self.live_legs().is_empty() {
            self.over(world, codes::ENDED_BY_PARTICIPANT, End::Hangup);
        }
    }

    /// Context and address of the events that concern a whole leg.
    pub(crate) fn set_up(&self, leg: usize) -> Reply {
        Reply { leg, context: self.legs.get(leg).and_then(|leg| leg.context.clone()), callback: None }
    }

    /// `CallConnectionProperties` of a leg.
    pub(crate) fn properties(&self, leg: usize) -> Result<wire::CallConnectionProperties, Refusal> {
        let own = self.legs.get(leg).ok_or_else(gone)?;
        let inbound = self.direction == Direction::Inbound && !own.joined;
        let answered_for = match self.to.first() {
            Some(Identifier::Phone(number)) if inbound => {
                Some(wire::Phone { value: number.clone(), ..wire::Phone::default() })
            }
            _ => None,
        };
        let targets: &[Identifier] = if own.joined { &[] } else { &self.to };
        Ok(wire::CallConnectionProperties {
            call_connection_id: Some(own.id.clone()),
            server_call_id: Some(self.server_call_id.clone()),
            targets: Some(targets.iter().map(identity::model).collect()),
            call_connection_state: Some(self.wire_state(leg).to_owned()),
            callback_uri: Some(own.callback.clone()),
            source_caller_id_number: own.caller_number.clone().map(|number| number.0),
            source_display_name: own.display_name.clone(),
            source: Some(identity::model(if inbound { &self.from } else { &own.identity })),
            correlation_id: Some(self.correlation_id.clone()),
            answered_by: inbound.then(|| wire::User { id: own.identity.raw_id() }),
            answered_for,
            media_streaming_subscription: own.streams.audio.as_ref().map(Stream::audio_model),
            transcription_subscription: own.streams.words.as_ref().map(Stream::words_model),
        })
    }

    fn wire_state(&self, leg: usize) -> &'static str {
        match self.condition(leg) {
            Condition::Incoming | Condition::Placed | Condition::Connecting => "connecting",
            Condition::Connected => "connected",
            Condition::Transferring => "transferring",
            Condition::Ended => "disconnected",
        }
    }
}
