//! The whole cloud: its calls, and the time they live in. Every way in moves the time first, then acts.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::emulator::answer::Refusal;
use crate::emulator::call::Call;
use crate::emulator::effect::Effect;
use crate::emulator::grid;
use crate::emulator::repeat::Repeats;
use crate::emulator::world::{Due, World};

/// How many calls are remembered; the oldest that are over go first.
const MOST_CALLS: usize = 10_000;

/// The state machine. Times are virtual milliseconds since its start and never run back.
#[derive(Clone, Debug)]
pub struct Cloud {
    pub(crate) world: World,
    pub(crate) calls: BTreeMap<u64, Call>,
    /// From call name, `callConnectionId`, `serverCallId` and `incomingCallContext` to the call's number.
    pub(crate) names: BTreeMap<String, u64>,
    pub(crate) repeats: Repeats,
    pub(crate) api_version: String,
    last_call: u64,
}

impl Cloud {
    /// A cloud without calls. `seed` decides its ids, `epoch` is the time of its millisecond 0, `api_version` the one it speaks.
    #[must_use]
    pub fn new(seed: u64, epoch: Timestamp, api_version: &str) -> Cloud {
        Cloud {
            world: World::new(seed, epoch),
            calls: BTreeMap::new(),
            names: BTreeMap::new(),
            repeats: Repeats::default(),
            api_version: api_version.to_owned(),
            last_call: 0,
        }
    }

    /// When something happens next by itself.
    #[must_use]
    pub fn next_due(&self) -> Option<u64> {
        self.world.next_due()
    }

    /// The effects since the last time, in order.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.world.effects)
    }

    /// Lets everything happen that is due at or before `now`.
    pub fn advance(&mut self, now: u64) {
        while let Some((number, due)) = self.world.take_due(now) {
            if let Some(call) = self.calls.get_mut(&number) {
                call.happen(&mut self.world, due);
            }
        }
        self.world.now = self.world.now.max(now);
    }

    /// How long the file of a ticket lasts; `None` when it cannot be fetched.
    pub fn measured(&mut self, now: u64, ticket: u64, lasts_ms: Option<u64>) {
        self.advance(now);
        if let Some(ticket) = self.world.take_ticket(ticket)
            && let Some(call) = self.calls.get_mut(&ticket.call)
        {
            call.measured(&mut self.world, &ticket, lasts_ms);
        }
    }

    /// How a delivery of an IncomingCall went: the status, or `None` for no answer.
    pub fn grid_answered(&mut self, now: u64, call: u64, attempt: u32, status: Option<u16>) {
        self.advance(now);
        if let Some(call) = self.calls.get(&call) {
            call.grid_answered(&mut self.world, attempt, status);
        }
    }

    /// A handshake to post to somebody who wants to subscribe: the code that must come back, and the body.
    pub fn validation(&mut self) -> (String, String) {
        let code = self.world.ids.guid();
        let body = grid::validation(&mut self.world, &code);
        (code, body)
    }

    /// From now on IncomingCall goes there; the handshake has been done. The first subscriber also hears of the calls that
    /// ring already: whoever starts emulator, service and phones at once loses no call.
    pub fn subscribed(&mut self, url: &str) {
        let first = self.world.subscriber.replace(url.to_owned()).is_none();
        for call in self.calls.values().filter(|_| first) {
            call.tell_grid(&mut self.world, 0);
        }
    }

    /// The present virtual time as the wire writes it.
    #[must_use]
    pub fn time(&self) -> String {
        self.world.time()
    }

    /// The number of the next call; taken when it is added.
    pub(crate) fn next_number(&self) -> u64 {
        self.last_call + 1
    }

    /// Takes a new call in, forgetting old ones that are over where there are too many.
    pub(crate) fn add(&mut self, call: Call) {
        let number = call.number;
        self.last_call = number;
        self.calls.insert(number, call);
        self.name(number);
        while self.calls.len() > MOST_CALLS {
            let Some(oldest) = self.calls.values().find(|call| call.is_over()).map(|call| call.number) else {
                break;
            };
            self.calls.remove(&oldest);
            self.names.retain(|_, named| *named != oldest);
        }
    }

    /// Makes a call findable under every name it has by now.
    pub(crate) fn name(&mut self, number: u64) {
        let Some(call) = self.calls.get(&number) else { return };
        let connection = call.connection.as_ref().map(|connection| connection.id.clone());
        let names = [Some(call.name()), Some(call.server_call_id.clone()), call.incoming_context.clone(), connection];
        self.names.extend(names.into_iter().flatten().map(|name| (name, number)));
    }

    /// The call with this name, and the world it lives in.
    pub(crate) fn named(&mut self, name: &str) -> Option<(&mut Call, &mut World)> {
        let number = self.names.get(name)?;
        Some((self.calls.get_mut(number)?, &mut self.world))
    }

    /// The call of a `callConnectionId` that is not over.
    pub(crate) fn connection(&mut self, id: &str) -> Result<(&mut Call, &mut World), Refusal> {
        let found = self.named(id).filter(|(call, _)| !call.is_over());
        found
            .filter(|(call, _)| call.connection.as_ref().is_some_and(|connection| connection.id == id))
            .ok_or_else(crate::emulator::call::gone)
    }
}

impl Call {
    /// Something planned happens.
    fn happen(&mut self, world: &mut World, due: Due) {
        if self.is_over() {
            return;
        }
        match due {
            Due::Connect => self.connected(world),
            Due::Grid(attempt) => self.tell_grid(world, attempt),
            Due::Key { who, tone, act } if self.people.contains(&who) => self.key(world, &who, tone, act),
            Due::Key { .. } => {}
            Due::Leg { who, reached } => self.leg(world, &who, reached),
            Due::Media { lane, stamp } => self.media_due(world, &lane, stamp),
            Due::RingOver => self.ring_over(world),
            Due::Script(who) => self.next_line(world, &who),
            Due::Transferred { transfer, reached } => self.transferred(world, transfer, reached),
        }
    }
}
