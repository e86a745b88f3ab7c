//! The whole cloud: its calls, and the time they live in. Every way in moves the time first, then acts.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::emulator::answer::Refusal;
use crate::emulator::call::{Call, gone};
use crate::emulator::effect::Effect;
use crate::emulator::files::File;
use crate::emulator::keys::LostKeys;
use crate::emulator::repeat::Repeats;
use crate::emulator::world::{Due, World};
use crate::platform::operations::Operation;

/// How many calls are remembered; the oldest that are over go first.
const MOST_CALLS: usize = 10_000;

/// The state machine. Times are virtual milliseconds since its start and never run back.
#[derive(Clone, Debug)]
pub struct Cloud {
    pub(crate) world: World,
    pub(crate) calls: BTreeMap<u64, Call>,
    /// From call name, `callConnectionId`, `serverCallId` and `incomingCallContext` to the call's number.
    pub(crate) names: BTreeMap<String, u64>,
    /// Files of recordings, oldest first.
    pub(crate) files: Vec<File>,
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
            files: Vec::new(),
            repeats: Repeats::default(),
            api_version: api_version.to_owned(),
            last_call: 0,
        }
    }

    /// Nobody listens to streams of audio: they are set up, and carry nothing.
    pub fn without_audio(&mut self) {
        self.world.deaf = true;
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
            match due {
                Due::File(file) => self.file_is_there(*file),
                Due::Grid { delivery, attempt } => self.deliver_again(delivery, attempt),
                Due::Loop { call, ring } => self.loop_back(call, &ring),
                Due::PassedOn { call, was, ring } => self.passed_on(call, &was, *ring),
                Due::Unlink { call, who } => self.unlink(call, who.as_ref()),
                due => {
                    if let Some(call) = self.calls.get_mut(&number) {
                        call.happen(&mut self.world, due);
                    }
                }
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

    /// From now on these keys cannot be processed.
    pub(crate) fn lose_keys(&mut self, keys: LostKeys) {
        self.world.lost_keys = keys;
    }

    /// The virtual time as the wire writes it: when something last happened.
    #[must_use]
    pub fn time(&self) -> String {
        self.world.time()
    }

    /// A later time, at which nothing of the cloud's need happen.
    pub(crate) fn time_at(&self, now: u64) -> String {
        self.world.time_at(now.max(self.world.now))
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
        let legs = call.legs.iter().map(|leg| Some(leg.id.clone()));
        let place = call.place.clone().filter(|_| !call.is_over());
        let names = [Some(call.name()), Some(call.server_call_id.clone()), call.incoming_context.clone(), place];
        self.names.extend(names.into_iter().chain(legs).flatten().map(|name| (name, number)));
    }

    /// The call with this name, and the world it lives in.
    pub(crate) fn named(&mut self, name: &str) -> Option<(&mut Call, &mut World)> {
        let number = self.names.get(name)?;
        Some((self.calls.get_mut(number)?, &mut self.world))
    }

    /// The call and leg of a `callConnectionId`, for an operation on it that has not left.
    pub(crate) fn at(&mut self, operation: Operation, id: &str) -> Result<(&mut Call, &mut World, usize), Refusal> {
        let (call, world) = self.named(id).filter(|(call, _)| !call.is_over()).ok_or_else(gone)?;
        let leg = call.leg_of(id).ok_or_else(gone)?;
        call.may(operation, leg)?;
        Ok((call, world, leg))
    }
}

impl Call {
    /// Something planned happens.
    fn happen(&mut self, world: &mut World, due: Due) {
        if self.is_over() {
            return;
        }
        match due {
            Due::Connect(leg) => self.connected(world, leg),
            Due::FarEnd(who) => self.leave(world, &who),
            Due::CallerKey { tone, act } => {
                let who = self.from.clone();
                if self.is_here(&who) {
                    self.key(world, &who, tone, act);
                }
            }
            Due::Key { who, tone, act } if self.is_here(&who) => self.key(world, &who, tone, act),
            Due::Key { .. } => {}
            // Things between calls never come here.
            Due::File(_) | Due::Grid { .. } | Due::Loop { .. } | Due::PassedOn { .. } | Due::Unlink { .. } => {}
            Due::Media { lane, stamp } => self.media_due(world, &lane, stamp),
            Due::Missing(ticket) => self.measured(world, &ticket, None),
            Due::Parted => self.parted(world),
            Due::Reached(reached) => self.reached(world, reached),
            Due::RecordingFails(id) => self.recording_fails(world, &id),
            Due::RingOver => self.ring_over(world),
            Due::Speech { who, text } if self.is_here(&who) => self.speech(world, &who, &text),
            Due::Speech { .. } => {}
            Due::Frame { leg, socket } => self.frame_due(world, leg, socket),
            Due::Phrase(number) => self.phrase_due(world, number),
            Due::Played { leg, socket } => self.played(world, leg, socket),
            Due::Voice(voice) => self.voice(world, *voice),
            Due::Script(who) => self.next_line(world, &who),
            Due::Sent(number) => self.sent(world, number),
        }
    }
}
