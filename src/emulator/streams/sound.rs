//! What the people on a call sound like where somebody listens by a media stream: a tone while they speak, the two tones of a key while
//! they press it, else silence. Sent frame by frame as the time passes.

use crate::emulator::call::Call;
use crate::emulator::streams::frame::{self, FRAME_MS};
use crate::emulator::streams::{Format, Kind, Which};
use crate::emulator::world::{Due, World};
use crate::platform::identifier::Identifier;
use crate::platform::media_time::KEY_MS;
use crate::platform::tones::Tone;

/// How far frames may be behind when the time is moved at once, in milliseconds; older ones are left out.
const MOST_BEHIND_MS: u64 = 5_000;
/// How long a key sounds.
const KEY_SOUNDS_MS: u64 = KEY_MS / 2;
/// How high a voice is, in swings a second, and how loud, of 32767.
const VOICE: u32 = 220;
const LOUDNESS: i64 = 4_000;

/// Somebody sounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sound {
    who: Identifier,
    /// Swings a second of each of its tones.
    tones: Vec<u32>,
    from: u64,
    until: u64,
}

impl Sound {
    /// How far the membrane is at a sample of the call, counted from the beginning of the time.
    fn level(&self, sample: u64, rate: u32) -> i64 {
        let at = sample * 1000 / u64::from(rate);
        if at < self.from || at >= self.until {
            return 0;
        }
        self.tones.iter().map(|swings| triangle(sample * u64::from(*swings) % u64::from(rate), rate)).sum()
    }
}

/// A triangle wave: `phase` goes from 0 up to `whole` in one swing.
fn triangle(phase: u64, whole: u32) -> i64 {
    let (phase, quarter) = (i64::try_from(phase).unwrap_or(0) * 4, i64::from(whole));
    let height = if phase < 2 * quarter { phase - quarter } else { 3 * quarter - phase };
    height * LOUDNESS / quarter
}

/// The two tones of a key.
fn dual(tone: Tone) -> Vec<u32> {
    let keys = ["123A", "456B", "789C", "*0#D"];
    let key = tone.to_char().to_ascii_uppercase();
    let place = keys.iter().enumerate().find_map(|(row, keys)| Some((row, keys.find(key)?)));
    let (row, column) = place.unwrap_or_default();
    vec![[697, 770, 852, 941][row], [1209, 1336, 1477, 1633][column]]
}

/// The samples of a frame that ends at `end`, in milliseconds; `None` is silence.
fn samples(sounds: &[&Sound], end: u64, rate: u32) -> Option<Vec<i16>> {
    let begin = end.saturating_sub(FRAME_MS);
    let sounds: Vec<&&Sound> = sounds.iter().filter(|sound| sound.from < end && sound.until > begin).collect();
    if sounds.is_empty() {
        return None;
    }
    let first = begin * u64::from(rate) / 1000;
    let count = frame::bytes(rate) / 2;
    let level = |sample| sounds.iter().map(|sound| sound.level(sample, rate)).sum::<i64>();
    let fit = |level: i64| i16::try_from(level).unwrap_or(if level < 0 { i16::MIN } else { i16::MAX });
    Some((first..first + count).map(|sample| fit(level(sample))).collect())
}

impl Call {
    /// Somebody speaks for so long, from now on.
    pub(crate) fn sounds_words(&mut self, world: &World, who: &Identifier, lasts: u64) {
        self.sounds(world, who, vec![VOICE], lasts);
    }

    /// Somebody presses a key: it sounds, and is told where that was asked for.
    pub(crate) fn sounds_key(&mut self, world: &mut World, who: &Identifier, tone: Tone) {
        self.sounds(world, who, dual(tone), KEY_SOUNDS_MS);
        let told = self.legs.iter().filter_map(|leg| {
            let audio = leg.streams.audio.as_ref()?;
            matches!(audio.kind, Kind::Audio(Format { keys: true, .. })).then(|| audio.open_socket())?
        });
        for socket in told {
            world.send(socket, frame::key(tone.to_char().to_ascii_uppercase()));
        }
    }

    fn sounds(&mut self, world: &World, who: &Identifier, tones: Vec<u32>, lasts: u64) {
        let now = world.now;
        self.sounds.retain(|sound| sound.until + FRAME_MS > now);
        self.sounds.push(Sound { who: who.clone(), tones, from: now, until: now + lasts });
    }

    /// Somebody is silent from now on.
    pub(crate) fn silent(&mut self, world: &World, who: &Identifier) {
        for sound in self.sounds.iter_mut().filter(|sound| sound.who == *who) {
            sound.until = sound.until.min(world.now);
        }
    }

    /// The next frame of a leg's audio. Where the time was moved far at once, frames in between are left out.
    pub(crate) fn plan_frame(&self, world: &mut World, leg: usize, socket: u64) {
        if world.deaf {
            return;
        }
        let behind = world.until.saturating_sub(world.now).saturating_sub(MOST_BEHIND_MS);
        let left_out = behind / FRAME_MS * FRAME_MS;
        world.plan(FRAME_MS + left_out, self.number, Due::Frame { leg, socket });
    }

    /// A frame of a leg's audio is sent.
    pub(crate) fn frame_due(&mut self, world: &mut World, leg: usize, socket: u64) {
        let Some(stream) = self.stream(leg, Which::Audio).filter(|stream| stream.open_socket() == Some(socket)) else {
            return;
        };
        let Kind::Audio(format) = stream.kind else { return };
        let timestamp = world.timestamp();
        let heard: Vec<&Identifier> =
            self.people.iter().filter(|person| !person.muted && !person.held).map(|person| &person.id).collect();
        let heard: Vec<&Sound> = self.sounds.iter().filter(|sound| heard.contains(&&sound.who)).collect();
        let quiet = || vec![0; usize::try_from(frame::bytes(format.rate) / 2).unwrap_or(0)];
        let frame = |of: Option<String>, sounds: &[&Sound]| {
            let samples = samples(sounds, world.now, format.rate);
            let silent = samples.is_none();
            frame::audio(&timestamp, of, &samples.unwrap_or_else(quiet), silent)
        };
        let frames: Vec<String> = if format.unmixed {
            let own = |who: &Identifier| heard.iter().copied().filter(|sound| sound.who == *who).collect::<Vec<_>>();
            self.people.iter().map(|person| frame(Some(person.id.raw_id()), &own(&person.id))).collect()
        } else {
            vec![frame(None, &heard)]
        };
        for frame in frames {
            world.send(socket, frame);
        }
        self.plan_frame(world, leg, socket);
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::streams::sound::{LOUDNESS, Sound, dual, samples, triangle};
    use crate::platform::identifier::Identifier;
    use crate::platform::tones::Tone;

    #[test]
    fn keys_have_their_two_tones() {
        assert_eq!(dual(Tone::One), [697, 1209]);
        assert_eq!(dual(Tone::Zero), [941, 1336]);
        assert_eq!(dual(Tone::Pound), [941, 1477]);
        assert_eq!(dual(Tone::D), [941, 1633]);
    }

    #[test]
    fn a_frame_has_what_sounds_in_it() {
        let who = Identifier::parse("+441632960100");
        let sound = Sound { who, tones: vec![220], from: 110, until: 130 };
        assert_eq!(samples(&[&sound], 100, 16_000), None);
        let half = samples(&[&sound], 120, 16_000).expect("it begins in the middle");
        assert_eq!(half.len(), 320);
        assert!(half[..160].iter().all(|level| *level == 0) && half[160..].iter().any(|level| *level != 0));
        let other = samples(&[&sound], 140, 24_000).expect("and ends there");
        assert!(other.len() == 480 && other[..240].iter().any(|level| *level != 0));
        assert!(other[240..].iter().all(|level| *level == 0));
        assert_eq!(samples(&[&sound], 150, 16_000), None);
        assert_eq!([triangle(0, 16), triangle(4, 16), triangle(8, 16)], [-LOUDNESS, 0, LOUDNESS]);
    }
}
