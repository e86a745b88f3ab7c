//! Faults on demand: what goes wrong with webhooks and requests, and how often. Whether one goes wrong is decided by the seed and by
//! what it is, never by when it comes, so that a run can be had again. Decides only; `deliver` and `server` do it.

use serde::Deserialize;

use crate::emulator::answer::Refusal;
use crate::emulator::keys::LostKeys;
use crate::emulator::luck;
use crate::emulator::phones::duration_ms;
use crate::platform::codes::Code;

/// What goes wrong; nothing, unless it is said. The body of `PUT /emulator/faults`. Chances are between 0 and 1.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Faults {
    /// Decides which.
    pub seed: u64,
    /// Webhooks that come late, and by how much at most.
    pub delay: Option<Delay>,
    /// Webhooks that come twice.
    pub duplicate: f64,
    /// Webhooks that come after the next one of their call.
    pub reorder: f64,
    /// Webhooks that never come.
    pub drop: f64,
    /// Answers that are held back until the first webhook they caused, or two seconds.
    pub event_first: f64,
    /// Requests answered with 429 and `Retry-After`, not carried out.
    pub throttle: Option<Throttle>,
    /// Requests answered with 503, not carried out.
    pub fail_before: f64,
    /// Requests answered with 500 though they were carried out.
    pub fail_after: f64,
    /// How long after CallConnected mid-call requests are refused with 400/8501: a duration such as `500ms`.
    pub refuse_after_connect: Option<String>,
    /// Keys of continuous recognitions that cannot be processed: ContinuousDtmfRecognitionToneFailed takes the place of the
    /// key. The first generations have no such event: there no key is lost.
    pub fail_tones: f64,
    /// Nobody takes webhooks: none is posted.
    pub receiver_down: bool,
}

/// See [`Faults::delay`].
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Delay {
    /// How often.
    pub chance: f64,
    /// At most how long: a duration such as `2s`.
    pub up_to: String,
}

/// See [`Faults::throttle`].
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Throttle {
    /// How often.
    pub chance: f64,
    /// What `Retry-After` says, in seconds.
    pub retry_after: u32,
}

/// What becomes of a webhook.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fate {
    /// It comes this much later, in milliseconds.
    pub(crate) late_ms: u64,
    /// It comes this often.
    pub(crate) times: u32,
    /// The next one of its call overtakes it.
    pub(crate) overtaken: bool,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reception {
    /// It is carried out and answered.
    Fine,
    /// 429, with `Retry-After` in seconds.
    Throttled(u32),
    /// 503, not carried out.
    FailsBefore,
    /// 500, carried out.
    FailsAfter,
    /// Its answer comes after its first webhook.
    EventFirst,
}

/// Kinds of faults; each has numbers of its own.
#[derive(Clone, Copy)]
enum Dice {
    Delay,
    Length,
    Duplicate,
    Reorder,
    Drop,
    Request,
}

impl Faults {
    /// Refuses chances that are none and durations that cannot be read.
    pub(crate) fn checked(self) -> Result<Faults, Refusal> {
        let chances = [
            ("delay.chance", self.delay.as_ref().map_or(0.0, |delay| delay.chance)),
            ("duplicate", self.duplicate),
            ("reorder", self.reorder),
            ("drop", self.drop),
            ("eventFirst", self.event_first),
            ("throttle.chance", self.throttle.as_ref().map_or(0.0, |throttle| throttle.chance)),
            ("failBefore", self.fail_before),
            ("failAfter", self.fail_after),
            ("failTones", self.fail_tones),
        ];
        if let Some((name, _)) = chances.iter().find(|(_, chance)| !(0.0..=1.0).contains(chance)) {
            return Err(Refusal::field(name, "must be between 0 and 1"));
        }
        let durations = [
            ("delay.upTo", self.delay.as_ref().map(|delay| delay.up_to.as_str())),
            ("refuseAfterConnect", self.refuse_after_connect.as_deref()),
        ];
        for (name, text) in durations {
            if text.is_some_and(|text| duration_ms(text).is_none()) {
                return Err(Refusal::field(name, "must be a duration such as `500ms` or `2s`"));
            }
        }
        Ok(self)
    }

    /// What becomes of a webhook with this id.
    pub(crate) fn webhook(&self, id: &str) -> Fate {
        if self.receiver_down || self.happens(Dice::Drop, id, self.drop) {
            return Fate { times: 0, ..Fate::default() };
        }
        let delay = self.delay.as_ref().filter(|delay| self.happens(Dice::Delay, id, delay.chance));
        let most = delay.and_then(|delay| duration_ms(&delay.up_to)).unwrap_or(0);
        Fate {
            late_ms: if most > 0 { self.roll(Dice::Length, id) % (most + 1) } else { 0 },
            times: if self.happens(Dice::Duplicate, id, self.duplicate) { 2 } else { 1 },
            overtaken: self.happens(Dice::Reorder, id, self.reorder),
        }
    }

    /// Which keys cannot be processed.
    pub(crate) fn lost_keys(&self) -> LostKeys {
        LostKeys { seed: self.seed, chance: self.fail_tones }
    }

    /// What becomes of the request with this number to this address.
    pub(crate) fn request(&self, number: u64, target: &str) -> Reception {
        let what = format!("{number} {target}");
        let mut left = self.share(Dice::Request, &what);
        // One throw for all: of several faults that could happen, one does.
        let mut falls = |chance: f64| {
            let hit = left < chance;
            left -= chance;
            hit
        };
        if let Some(throttle) = self.throttle.as_ref().filter(|throttle| falls(throttle.chance)) {
            return Reception::Throttled(throttle.retry_after);
        }
        if falls(self.fail_before) {
            return Reception::FailsBefore;
        }
        if falls(self.fail_after) {
            return Reception::FailsAfter;
        }
        if falls(self.event_first) { Reception::EventFirst } else { Reception::Fine }
    }

    /// How long mid-call requests are refused after CallConnected, in milliseconds.
    pub(crate) fn refusal_window_ms(&self) -> u64 {
        self.refuse_after_connect.as_deref().and_then(duration_ms).unwrap_or(0)
    }

    fn happens(&self, dice: Dice, what: &str, chance: f64) -> bool {
        self.share(dice, what) < chance
    }

    fn share(&self, dice: Dice, what: &str) -> f64 {
        luck::share(self.seed, dice as u64, what)
    }

    fn roll(&self, dice: Dice, what: &str) -> u64 {
        luck::roll(self.seed, dice as u64, what)
    }
}

/// 503, as the platform's front door says it.
pub(crate) fn unavailable() -> Refusal {
    Refusal::new(Code::new(503, 9999), "the service is unavailable (a fault that was asked for)")
}

/// 500 after the fact.
pub(crate) fn failed() -> Refusal {
    Refusal::new(Code::new(500, 9999), "the request failed (a fault that was asked for; it was carried out)")
}

/// 429.
pub(crate) fn throttled() -> Refusal {
    Refusal::new(Code::new(429, 8516), "too many requests (a fault that was asked for)")
}

/// 400/8501, as within the moments after CallConnected.
pub(crate) fn not_established() -> Refusal {
    Refusal::new(Code::new(400, 8501), "the call is not established (a fault that was asked for)")
}

#[cfg(test)]
mod tests {
    use crate::emulator::server::faults::{Delay, Fate, Faults, Reception, Throttle};

    fn share(count: usize) -> f64 {
        count as f64 / 1000.0
    }

    #[test]
    fn nothing_goes_wrong_unless_it_is_said() {
        let faults = Faults::default();
        for number in 0..100 {
            assert_eq!(faults.webhook(&number.to_string()), Fate { times: 1, ..Fate::default() });
            assert_eq!(faults.request(number, "/x"), Reception::Fine);
        }
    }

    #[test]
    fn chances_are_met_and_a_seed_decides_which() {
        let faults = |seed| Faults {
            seed,
            drop: 0.2,
            duplicate: 0.5,
            delay: Some(Delay { chance: 0.5, up_to: "2s".to_owned() }),
            throttle: Some(Throttle { chance: 0.1, retry_after: 3 }),
            fail_before: 0.1,
            fail_after: 0.1,
            ..Faults::default()
        };
        let fates = |seed| (0..1000).map(|id| faults(seed).webhook(&format!("id-{id}"))).collect::<Vec<_>>();
        let (one, again, other) = (fates(1), fates(1), fates(2));
        assert_eq!(one, again);
        assert_ne!(one, other);
        let count = |is: &dyn Fn(&Fate) -> bool| share(one.iter().filter(|fate| is(fate)).count());
        assert!((0.15..0.25).contains(&count(&|fate| fate.times == 0)));
        assert!((0.33..0.47).contains(&count(&|fate| fate.times == 2)));
        assert!((0.33..0.47).contains(&count(&|fate| fate.late_ms > 0)));
        assert!(one.iter().all(|fate| fate.late_ms <= 2000) && one.iter().any(|fate| fate.late_ms > 1500));
        let requests: Vec<Reception> = (0..1000).map(|number| faults(1).request(number, "/calling/x")).collect();
        for kind in [Reception::Throttled(3), Reception::FailsBefore, Reception::FailsAfter] {
            let share = share(requests.iter().filter(|one| **one == kind).count());
            assert!((0.07..0.13).contains(&share), "{kind:?} {share}");
        }
        let down = Faults { receiver_down: true, ..Faults::default() };
        assert_eq!(down.webhook("x").times, 0);
    }

    #[test]
    fn faults_that_cannot_be_are_refused() {
        let read = |text: &str| serde_json::from_str::<Faults>(text).expect("the form").checked();
        for (text, field) in [
            (r#"{"drop": 1.5}"#, "drop"),
            (r#"{"throttle": {"chance": -1, "retryAfter": 1}}"#, "throttle.chance"),
            (r#"{"delay": {"chance": 1, "upTo": "soon"}}"#, "delay.upTo"),
            (r#"{"refuseAfterConnect": "x"}"#, "refuseAfterConnect"),
        ] {
            assert!(read(text).expect_err(text).message.starts_with(&format!("{field}: ")), "{text}");
        }
        assert_eq!(read(r#"{"refuseAfterConnect": "500ms"}"#).expect("fine").refusal_window_ms(), 500);
        assert!(serde_json::from_str::<Faults>(r#"{"lose": 1}"#).is_err());
    }
}
