//! Keys beside recognitions: those watched one by one, and those the application presses itself.

use crate::emulator::answer::{Answer, Refusal};
use crate::emulator::api::{Asked, done, told};
use crate::emulator::call::{Call, result};
use crate::emulator::cloud::Cloud;
use crate::emulator::identity;
use crate::emulator::leg::Leg;
use crate::emulator::luck;
use crate::emulator::notify::Reply;
use crate::emulator::world::{Due, World};
use crate::platform::codes::{self, Code, refusal};
use crate::platform::events::Webhook;
use crate::platform::identifier::Identifier;
use crate::platform::legality::Media;
use crate::platform::limits::MOST_TONES_SENT;
use crate::platform::media_time::KEY_MS;
use crate::platform::operations::Operation;
use crate::platform::tones::Tone;
use crate::provider::acs::wire;

/// One continuous recognition.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    who: Identifier,
    reply: Reply,
    /// `sequenceId` of the newest tone.
    sequence: i64,
}

/// Which watched keys cannot be processed: so many of them, and which ones follows from a seed and from what they are.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LostKeys {
    pub(crate) seed: u64,
    /// Between 0 and 1.
    pub(crate) chance: f64,
}

/// What is said of a key that could not be processed.
const TONE_FAILED: Code = Code::new(500, 9999);
/// Keeps the luck of keys apart from that of other faults under the same seed.
const KEYS: u64 = 6;

impl LostKeys {
    /// Whether a leg is told of this key that it could not be processed.
    fn takes(self, connection: &str, who: &Identifier, sequence: i64) -> bool {
        self.chance > 0.0
            && luck::share(self.seed, KEYS, &format!("{connection} {} {sequence}", who.raw_id())) < self.chance
    }
}

/// Tones on their way to somebody.
#[derive(Clone, Debug)]
pub(crate) struct Sending {
    number: u64,
    /// Who hears them.
    pub(crate) who: Identifier,
    tones: Vec<Tone>,
    reply: Reply,
}

/// A send request, checked as far as it can be without the call.
#[derive(Clone, Debug)]
pub(crate) struct Send {
    who: Identifier,
    tones: Vec<Tone>,
    reply: Reply,
}

impl Send {
    /// Checks a request.
    pub(crate) fn read(asked: &wire::SendDtmfTones) -> Result<Send, Refusal> {
        if asked.tones.is_empty() || asked.tones.len() > MOST_TONES_SENT {
            return Err(Refusal::field("tones", format!("must be 1 to {MOST_TONES_SENT} tones")));
        }
        let tone = |(index, name): (usize, &String)| {
            Tone::from_wire_name(name)
                .ok_or_else(|| Refusal::field(&format!("tones[{index}]"), format!("`{name}` is not a tone")))
        };
        let tones = asked.tones.iter().enumerate().map(tone).collect::<Result<_, _>>()?;
        let who = identity::read("targetParticipant", &asked.target_participant)?;
        if !matches!(who, Identifier::Phone(_)) {
            return Err(Refusal::field("targetParticipant", "must be a phone number"));
        }
        let reply = Reply::of(asked)?;
        Ok(Send { who, tones, reply })
    }
}

/// One participant, and where the events go.
pub(crate) fn target(asked: &Asked<'_>) -> Result<(Identifier, Reply), Refusal> {
    let body: wire::Target = asked.body()?;
    Ok((identity::read("targetParticipant", &body.target_participant)?, Reply::of(&body)?))
}

impl Cloud {
    /// Start continuous DTMF recognition.
    pub(crate) fn start_keys(&mut self, id: &str, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let (who, reply) = target(asked)?;
        let (call, world, leg) = self.at(Operation::StartKeys, id)?;
        call.start_keys(world, who, reply.to(leg))?;
        Ok(done(Operation::StartKeys))
    }

    /// Stop continuous DTMF recognition.
    pub(crate) fn stop_keys(&mut self, id: &str, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let (who, reply) = target(asked)?;
        let (call, world, leg) = self.at(Operation::StopKeys, id)?;
        call.stop_keys(world, &who, &reply.to(leg))?;
        Ok(done(Operation::StopKeys))
    }

    /// Send DTMF tones.
    pub(crate) fn send_keys(&mut self, id: &str, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let body: wire::SendDtmfTones = asked.body()?;
        let send = Send::read(&body)?;
        let (call, world, leg) = self.at(Operation::SendKeys, id)?;
        call.send_keys(world, leg, send)?;
        Ok(told(Operation::SendKeys, &wire::ContextAnswer { operation_context: body.operation_context }))
    }
}

impl Call {
    /// Watches somebody's keys. Asked again, it goes on as the newer request says.
    pub(crate) fn start_keys(&mut self, world: &mut World, who: Identifier, reply: Reply) -> Result<(), Refusal> {
        self.on_the_call("targetParticipant", &who)?;
        self.is_free(Media::ContinuousKeys, std::slice::from_ref(&who))?;
        let key = (reply.leg, who.raw_id());
        let sequence = self.watches.get(&key).map_or(0, |watch| watch.sequence);
        self.watches.insert(key, Watch { who: who.clone(), reply, sequence });
        self.wake_script(world, &who);
        Ok(())
    }

    /// Watches them no more.
    pub(crate) fn stop_keys(&mut self, world: &mut World, who: &Identifier, reply: &Reply) -> Result<(), Refusal> {
        self.on_the_call("targetParticipant", who)?;
        self.watches.remove(&(reply.leg, who.raw_id()));
        self.notify(world, Webhook::ContinuousDtmfRecognitionStopped, reply, result(codes::OK));
        Ok(())
    }

    /// Whether somebody's keys are watched.
    pub(crate) fn is_watched(&self, who: &Identifier) -> bool {
        self.watches.values().any(|watch| watch.who == *who)
            || self.legs.iter().any(|leg| leg.up && !leg.gone && leg.hears_keys())
    }

    /// A leg that is told of keys is up: who waits to press some does.
    pub(crate) fn keys_heard(&mut self, world: &mut World, leg: usize) {
        if self.legs.get(leg).is_some_and(Leg::hears_keys) {
            let people: Vec<Identifier> = self.people.iter().map(|person| person.id.clone()).collect();
            people.iter().for_each(|who| self.wake_script(world, who));
        }
    }

    /// A key that is watched.
    pub(crate) fn watched_key(&mut self, world: &mut World, who: &Identifier, tone: Tone) {
        let mut seen = Vec::new();
        for watch in self.watches.values_mut().filter(|watch| watch.who == *who) {
            watch.sequence += 1;
            seen.push((watch.reply.clone(), watch.sequence));
        }
        for (index, leg) in self.legs.iter_mut().enumerate().filter(|(_, leg)| leg.up && !leg.gone) {
            if let Some(first) = leg.first.as_mut().filter(|first| first.hears_keys()) {
                seen.push((Reply { leg: index, ..Reply::default() }, first.next_tone()));
            }
        }
        for (reply, sequence) in seen {
            self.tell_key(world, who, tone, &reply, sequence);
        }
    }

    /// Tells one leg of a key, or that it could not be processed where that is asked for. The first generations have no event for
    /// the latter.
    fn tell_key(&self, world: &mut World, who: &Identifier, tone: Tone, reply: &Reply, sequence: i64) {
        let later = self.legs.get(reply.leg).filter(|leg| leg.first.is_none());
        if later.is_some_and(|leg| world.lost_keys.takes(&leg.id, who, sequence)) {
            let failed = Webhook::ContinuousDtmfRecognitionToneFailed;
            return self.notify(world, failed, reply, result(TONE_FAILED));
        }
        let tone = Some(tone.wire_name().to_owned());
        let data = wire::EventData { sequence_id: Some(sequence), tone, ..result(codes::OK) };
        self.notify(world, Webhook::ContinuousDtmfRecognitionToneReceived, reply, data);
    }

    /// Watching ends by itself: of somebody who goes, or for a leg that does.
    pub(crate) fn end_watches(&mut self, world: &mut World, ends: impl Fn(&Identifier, usize) -> bool) {
        let (ended, kept) =
            std::mem::take(&mut self.watches).into_iter().partition(|((leg, _), watch)| ends(&watch.who, *leg));
        self.watches = kept;
        let ended: std::collections::BTreeMap<(usize, String), Watch> = ended;
        for watch in ended.values() {
            self.notify(world, Webhook::ContinuousDtmfRecognitionStopped, &watch.reply, result(codes::OK));
        }
    }

    /// Presses keys towards somebody, who may be an incoming call of our own, or the call that dialled this one.
    pub(crate) fn send_keys(&mut self, world: &mut World, leg: usize, asked: Send) -> Result<(), Refusal> {
        let Send { who, tones, reply } = asked;
        self.on_the_call("targetParticipant", &who)?;
        self.is_free(Media::SendKeys, std::slice::from_ref(&who))?;
        let mut wait = 0;
        let act = world.count();
        for tone in &tones {
            if let Some((call, due)) = self.far_end(&who, *tone, act) {
                world.plan(wait, call, due);
            }
            wait += KEY_MS;
        }
        let number = world.count();
        self.sendings.push(Sending { number, who, tones, reply: reply.to(leg) });
        world.plan(wait, self.number, Due::Sent(number));
        Ok(())
    }

    /// The call of our own at somebody's other end, and what a key is there.
    fn far_end(&self, who: &Identifier, tone: Tone, act: u64) -> Option<(u64, Due)> {
        if let Some(link) = self.link.as_ref().filter(|_| *who == self.from) {
            return Some((link.call, Due::Key { who: link.who.clone(), tone, act }));
        }
        Some((self.person(who)?.peer?, Due::CallerKey { tone, act }))
    }

    /// All tones have been sent.
    pub(crate) fn sent(&mut self, world: &mut World, number: u64) {
        let Some(at) = self.sendings.iter().position(|sending| sending.number == number) else {
            return;
        };
        let sending = self.sendings.remove(at);
        let text: Vec<String> = sending.tones.iter().map(|tone| tone.word()).collect();
        self.transcript.heard(self.age(world), &sending.who, &format!("tones {}", text.join(" ")));
        self.notify(world, Webhook::SendDtmfTonesCompleted, &sending.reply, result(codes::OK));
    }

    /// Tones on their way are lost: to somebody who goes, or of a leg that does.
    pub(crate) fn end_sendings(&mut self, world: &mut World, ends: impl Fn(&Sending, usize) -> bool) {
        let (ended, kept) =
            std::mem::take(&mut self.sendings).into_iter().partition(|sending| ends(sending, sending.reply.leg));
        self.sendings = kept;
        let ended: Vec<Sending> = ended;
        for sending in ended {
            self.notify(world, Webhook::SendDtmfTonesFailed, &sending.reply, result(refusal::NOT_IN_CALL));
        }
    }
}
