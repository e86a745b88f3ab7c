//! What all calls share: the virtual time, the agenda of things to come, ids, phones, and the effects waiting to be done.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::emulator::across::Voice;
use crate::emulator::effect::Effect;
use crate::emulator::files::File;
use crate::emulator::grid::News;
use crate::emulator::ids::Ids;
use crate::emulator::keys::LostKeys;
use crate::emulator::media::LaneKey;
use crate::emulator::phones::Phone;
use crate::emulator::ring::{Reached, Ring};
use crate::emulator::streams::socket::Holder;
use crate::platform::identifier::Identifier;
use crate::platform::tones::Tone;

/// Something that happens to a call at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// The caller, a call of our own, sends a key.
    CallerKey { tone: Tone, act: u64 },
    /// A leg of the application is set up.
    Connect(usize),
    /// Whoever is the callee here has left the incoming call of our own at their end.
    FarEnd(Identifier),
    /// The file of a recording is there.
    File(Box<File>),
    /// The Event Grid subscriber is tried again; `attempt` counts the tries before.
    Grid { delivery: u64, attempt: u32 },
    /// A person presses a key; keys of one act share its number.
    Key { who: Identifier, tone: Tone, act: u64 },
    /// A frame of a leg's audio is sent, if its socket is still this one.
    Frame { leg: usize, socket: u64 },
    /// A number of our own rings for a call.
    Loop { call: u64, ring: Box<Ring> },
    /// A file turns out not to be there.
    Missing(Ticket),
    /// A prompt ends or a wait runs out, unless `stamp` is stale.
    Media { lane: LaneKey, stamp: u64 },
    /// The application left these people a long time ago.
    Parted,
    /// What was said, as far as it has come, is written to a transcription.
    Phrase(u64),
    /// The audio that an application sent has been heard, unless more came.
    Played { leg: usize, socket: u64 },
    /// What rang for a call as somebody has been sent elsewhere.
    PassedOn { call: u64, was: Identifier, ring: Box<Ring> },
    /// A ringing phone is answered, or turns out not to be.
    Reached(Reached),
    /// The storage of the recording with this id cannot be reached.
    RecordingFails(String),
    /// Nobody answered in time.
    RingOver,
    /// The next line of a person's script.
    Script(Identifier),
    /// A person speaks.
    Speech { who: Identifier, text: String },
    /// The tones with this number have been sent.
    Sent(u64),
    /// What sounds in another call of ours is heard in this one.
    Voice(Box<Voice>),
    /// Incoming calls of our own that a call dialled are let go: the callee named, or all.
    Unlink { call: u64, who: Option<Identifier> },
}

/// Names one question about the length of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    /// The call.
    pub(crate) call: u64,
    /// The lane its media runs on.
    pub(crate) lane: LaneKey,
    /// The item, so that an answer for a cancelled one is dropped.
    pub(crate) item: u64,
    /// Which source of the item.
    pub(crate) index: usize,
}

/// The shared part.
#[derive(Clone, Debug)]
pub(crate) struct World {
    /// Virtual milliseconds since the start.
    pub(crate) now: u64,
    epoch: Timestamp,
    /// Ids.
    pub(crate) ids: Ids,
    /// How callees behave, by raw id.
    pub(crate) phones: BTreeMap<String, Phone>,
    /// The numbers and users that are the application's own, by raw id.
    own: BTreeSet<String>,
    /// The keys that cannot be processed.
    pub(crate) lost_keys: LostKeys,
    /// Whether nobody listens to streams of audio: they are set up, and carry nothing.
    pub(crate) deaf: bool,
    /// Audio files that cannot be fetched.
    pub(crate) missing: BTreeSet<String>,
    /// Where the events of Event Grid go.
    pub(crate) subscriber: Option<String>,
    /// Those not delivered yet, and how many there ever were.
    pub(crate) news: BTreeMap<u64, News>,
    pub(crate) deliveries: u64,
    /// Effects not yet taken, in order.
    pub(crate) effects: Vec<Effect>,
    /// The web sockets that are open or being opened.
    pub(crate) sockets: BTreeMap<u64, Holder>,
    /// How far the time is being moved.
    pub(crate) until: u64,
    agenda: BTreeMap<(u64, u64), (u64, Due)>,
    tickets: BTreeMap<u64, Ticket>,
    counter: u64,
}

impl World {
    /// An empty world whose millisecond 0 is `epoch`.
    pub(crate) fn new(seed: u64, epoch: Timestamp) -> World {
        World {
            now: 0,
            epoch,
            ids: Ids::new(seed),
            phones: BTreeMap::new(),
            own: BTreeSet::new(),
            lost_keys: LostKeys::default(),
            deaf: false,
            missing: BTreeSet::new(),
            subscriber: None,
            news: BTreeMap::new(),
            deliveries: 0,
            effects: Vec::new(),
            sockets: BTreeMap::new(),
            until: 0,
            agenda: BTreeMap::new(),
            tickets: BTreeMap::new(),
            counter: 0,
        }
    }

    /// A number never given before.
    pub(crate) fn count(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// An identity of the application's, never used before.
    pub(crate) fn application(&mut self) -> Identifier {
        Identifier::AcsUser(format!("8:acs:{}_{}", self.ids.guid(), self.ids.guid()))
    }

    /// Somebody dialled this, or the application calls from it: it is the application's.
    pub(crate) fn owns(&mut self, who: &Identifier) {
        self.own.insert(who.raw_id());
    }

    /// Whether dialling this is calling the application. A phone that was described rings as one.
    pub(crate) fn is_own(&self, who: &Identifier) -> bool {
        let raw_id = who.raw_id();
        self.own.contains(&raw_id) && !self.phones.contains_key(&raw_id)
    }

    /// Plans something for a call, or for none (0), `wait` milliseconds from now. What is planned for one moment happens in the order planned.
    pub(crate) fn plan(&mut self, wait: u64, call: u64, due: Due) {
        let order = self.count();
        self.agenda.insert((self.now.saturating_add(wait), order), (call, due));
    }

    /// When the next planned thing is due.
    pub(crate) fn next_due(&self) -> Option<u64> {
        self.agenda.keys().next().map(|(at, _)| *at)
    }

    /// When the media timer of this stamp runs out.
    pub(crate) fn media_due(&self, call: u64, lane: &LaneKey, stamp: u64) -> Option<u64> {
        let is_it = |due: &Due| matches!(due, Due::Media { lane: of, stamp: its } if of == lane && *its == stamp);
        self.agenda.iter().find(|(_, (of, due))| *of == call && is_it(due)).map(|((at, _), _)| *at)
    }

    /// Takes the next thing due at or before `until`, and moves the time there.
    pub(crate) fn take_due(&mut self, until: u64) -> Option<(u64, Due)> {
        self.until = until;
        let entry = self.agenda.first_entry()?;
        let at = entry.key().0;
        if at > until {
            return None;
        }
        let planned = entry.remove();
        self.now = self.now.max(at);
        Some(planned)
    }

    /// Forgets everything planned for a call.
    pub(crate) fn forget(&mut self, call: u64) {
        self.agenda.retain(|_, (planned, _)| *planned != call);
        self.tickets.retain(|_, ticket| ticket.call != call);
    }

    /// Asks how long a file lasts.
    pub(crate) fn measure(&mut self, ticket: Ticket, uri: &str) {
        if self.missing.contains(uri) {
            let (call, due) = (ticket.call, Due::Missing(ticket));
            return self.plan(0, call, due);
        }
        let number = self.count();
        self.tickets.insert(number, ticket);
        self.effects.push(Effect::Measure { ticket: number, uri: uri.to_owned() });
    }

    /// What a ticket was for; each can be taken once.
    pub(crate) fn take_ticket(&mut self, number: u64) -> Option<Ticket> {
        self.tickets.remove(&number)
    }

    /// The present time as the wire writes it: RFC 3339 with seven fractional digits.
    pub(crate) fn time(&self) -> String {
        self.time_at(self.now)
    }

    /// The same for another time.
    pub(crate) fn time_at(&self, now: u64) -> String {
        let millis = i64::try_from(now).unwrap_or(i64::MAX);
        let time = self.epoch.checked_add(SignedDuration::from_millis(millis)).unwrap_or(Timestamp::MAX);
        format!("{time:.7}")
    }

    /// The same in milliseconds, as streams write it.
    pub(crate) fn timestamp(&self) -> String {
        let millis = i64::try_from(self.now).unwrap_or(i64::MAX);
        let time = self.epoch.checked_add(SignedDuration::from_millis(millis)).unwrap_or(Timestamp::MAX);
        format!("{time:.3}")
    }

    /// How a callee behaves; one nobody described answers at once.
    pub(crate) fn phone(&self, who: &Identifier) -> Phone {
        self.phones.get(&who.raw_id()).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::world::{Due, World};
    use jiff::Timestamp;

    #[test]
    fn the_agenda_is_in_order_and_bounded_by_now() {
        let mut world = World::new(1, Timestamp::UNIX_EPOCH);
        world.plan(20, 1, Due::RingOver);
        world.plan(10, 2, Due::Connect(0));
        world.plan(10, 3, Due::Connect(0));
        assert_eq!(world.next_due(), Some(10));
        assert_eq!(world.take_due(15), Some((2, Due::Connect(0))));
        world.forget(3);
        assert_eq!(world.take_due(15), None);
        assert_eq!((world.now, world.take_due(20)), (10, Some((1, Due::RingOver))));
        assert_eq!(world.time(), "1970-01-01T00:00:00.0200000Z");
    }
}
