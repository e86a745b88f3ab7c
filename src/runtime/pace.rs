//! How fast requests may leave for the platform. As fast as they come, until the platform says that it has too many (429): then
//! at half the rate there was, at half of that each time it says so again, and slowly faster while it does not. Requests that are
//! held back go in the order they came, those that only ask how a call stands behind what came in the seconds after them; what
//! ends a line is never held back. A process that finds much to do at its start begins slowly, too.
//!
//! Knows no clock: the time comes in. While nothing is held back a request costs two looks at an atomic and no lock.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::machine::command::Command;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

/// The slowest there is, in thousandths of a request a second: whatever the platform says, calls go on.
const LEAST: u64 = 4_000;
/// In how many seconds as much is added as the rate was that was too much.
const ADDED_IN: u64 = 60;
/// The limit is gone once it is so many times the rate that was too much.
const GONE_AT: u64 = 2;
/// The shortest and the longest time in which several 429 count as one, in milliseconds.
const WINDOW_MS: (u64, u64) = (1_000, 30_000);
/// The longest a request is told to wait before it asks again, in milliseconds.
const LONGEST_MS: u64 = 30_000;
/// How many seconds of other requests one that only asks lets pass by.
const BEHIND: u64 = 5;
/// The rate at which a process begins that finds much to do, in thousandths of a request a second.
const BEGINNING: u64 = 500_000;
/// How much that is: calls that are due.
const MUCH: u64 = 500;
/// A request, in what a thousandth of a request a second makes in a millisecond.
const ONE: u64 = 1_000_000;

/// The pace of all requests of a process to one resource of the platform.
#[derive(Debug, Default)]
pub struct Pace {
    is_limited: AtomicBool,
    /// The second, and how many requests left in the one before and in this: 32, 16 and 16 bits.
    recent: AtomicU64,
    limit: Mutex<Option<Limit>>,
}

/// What holds once the platform has said that it has too many.
#[derive(Debug)]
struct Limit {
    /// Thousandths of a request a second.
    rate: u64,
    /// The rate that was too much.
    too_much: u64,
    /// What the platform says until then is one 429.
    settled_at: i64,
    /// When this was last looked at.
    at: i64,
    /// How much has been let go, or could have been, in parts of [`ONE`].
    open: u64,
    /// The number of the next request that comes.
    next: u64,
    /// Requests that were told to come again, with their numbers.
    waiting: BTreeMap<Uuid, u64>,
    /// How many of them there are when those that never came again are looked for.
    look_at: usize,
}

impl Pace {
    /// How long a request has to wait before it asks again, in milliseconds; it may leave at once if that is nothing.
    pub fn ask(&self, id: Uuid, command: &Command, now: i64) -> u64 {
        let wait = match self.is_limited.load(Ordering::Acquire) && !ends_a_line(command) {
            true => self.held(id, matches!(command, Command::GetCall), now),
            false => 0,
        };
        if wait == 0 {
            let counted = |word| Some(counted(word, second(now)));
            let _ = self.recent.fetch_update(Ordering::Relaxed, Ordering::Relaxed, counted);
        }
        wait
    }

    /// A process begins, and so many calls have been due since before it did: what they want of the platform leaves at a
    /// moderate rate, which rises as after a 429 and is soon without a limit.
    pub fn begins(&self, due: u64, now: i64) {
        if due <= MUCH {
            return;
        }
        let mut limit = self.limit.lock().unwrap_or_else(PoisonError::into_inner);
        if limit.is_none() {
            *limit = Some(Limit { rate: BEGINNING, ..Limit::new(GONE_AT * BEGINNING, now) });
            self.is_limited.store(true, Ordering::Release);
        }
    }

    fn held(&self, id: Uuid, only_asks: bool, now: i64) -> u64 {
        let mut limit = self.limit.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(held) = limit.as_mut() else { return 0 };
        held.goes_on(now);
        if held.is_over() {
            *limit = None;
            self.is_limited.store(false, Ordering::Release);
            return 0;
        }
        held.ask(id, only_asks)
    }

    /// The platform has said that it has too many requests, and to come again after so many milliseconds.
    pub fn throttled(&self, after_ms: u64, now: i64) {
        let mut limit = self.limit.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = u64::from(seen(self.recent.load(Ordering::Relaxed), second(now))) * 1_000;
        if let Some(held) = limit.as_mut() {
            held.goes_on(now);
        }
        let held = match limit.take().filter(|held| !held.is_over()) {
            Some(held) => limit.insert(held),
            None => limit.insert(Limit::new(seen, now)),
        };
        held.halve(seen, after_ms, now);
        self.is_limited.store(true, Ordering::Release);
    }

    /// Requests a second that may leave now; as many as there are where nothing is said.
    #[must_use]
    pub fn limit(&self, now: i64) -> Option<f64> {
        let mut limit = self.limit.lock().unwrap_or_else(PoisonError::into_inner);
        let limit = limit.as_mut()?;
        limit.goes_on(now);
        (!limit.is_over()).then_some(limit.rate as f64 / 1_000.0)
    }
}

impl Limit {
    fn new(rate: u64, now: i64) -> Limit {
        let rate = rate.max(GONE_AT * LEAST);
        let waiting = BTreeMap::new();
        Limit { rate, too_much: rate, settled_at: i64::MIN, at: now, open: ONE, next: 1, waiting, look_at: 64 }
    }

    fn is_over(&self) -> bool {
        self.rate >= GONE_AT * self.too_much
    }

    /// Halves the rate at which they left, once in the time after which the platform wants to be asked again.
    fn halve(&mut self, seen: u64, after_ms: u64, now: i64) {
        if now < self.settled_at {
            return;
        }
        self.too_much = self.rate.min(seen).max(GONE_AT * LEAST);
        self.rate = self.too_much / GONE_AT;
        self.settled_at = now.saturating_add_unsigned(after_ms.clamp(WINDOW_MS.0, WINDOW_MS.1));
    }

    /// Lets time pass: requests are let go, and the rate rises once what the platform has said is over.
    fn goes_on(&mut self, now: i64) {
        let passed = u64::try_from(now.saturating_sub(self.at)).unwrap_or(0);
        let rising = u64::try_from(now.saturating_sub(self.at.max(self.settled_at))).unwrap_or(0);
        self.at = self.at.max(now);
        self.open = self.open.saturating_add(self.rate.saturating_mul(passed));
        let added = (u128::from(self.too_much) * u128::from(rising) / u128::from(ADDED_IN * 1_000)) as u64;
        self.rate = self.rate.saturating_add(added).min(GONE_AT * self.too_much);
        // What nobody has asked for is not saved up.
        self.open = self.open.min(self.next.saturating_mul(ONE));
    }

    fn ask(&mut self, id: Uuid, only_asks: bool) -> u64 {
        let known = self.waiting.get(&id).copied();
        let behind = if only_asks { BEHIND * self.rate / 1_000 } else { 0 };
        let place = known.unwrap_or(self.next + behind);
        // Where fewer came than it lets pass by, it is behind all that did.
        let number = place.min(self.next);
        self.next += u64::from(known.is_none());
        let missing = number.saturating_mul(ONE).saturating_sub(self.open);
        if missing == 0 {
            self.waiting.remove(&id);
            return 0;
        }
        if known.is_none() {
            self.waiting.insert(id, place);
            self.forget();
        }
        missing.div_ceil(self.rate).min(LONGEST_MS)
    }

    /// Those whose turn was long ago do not come again: their calls are over, or have gone on.
    fn forget(&mut self) {
        if self.waiting.len() < self.look_at {
            return;
        }
        let long_ago = (self.open / ONE).saturating_sub(self.rate / 1_000 * (LONGEST_MS / 1_000));
        self.waiting.retain(|_, number| *number >= long_ago);
        self.look_at = 2 * self.waiting.len() + 64;
    }
}

/// Whether a request ends a line: it takes away from what the platform has to do, and a line that nobody speaks on costs.
#[must_use]
pub fn ends_a_line(command: &Command) -> bool {
    matches!(command, Command::HangUp | Command::Terminate)
}

fn second(now: i64) -> u32 {
    u32::try_from(now.div_euclid(1_000) & i64::from(u32::MAX)).unwrap_or(0)
}

/// The counts of the second before and of this one.
fn counts(word: u64, second: u32) -> (u16, u16) {
    let (before, this) = ((word >> 16) as u16, word as u16);
    match second.wrapping_sub((word >> 32) as u32) {
        0 => (before, this),
        1 => (this, 0),
        _ => (0, 0),
    }
}

fn counted(word: u64, second: u32) -> u64 {
    let (before, this) = counts(word, second);
    u64::from(second) << 32 | u64::from(before) << 16 | u64::from(this.saturating_add(1))
}

/// How many left a second, of late.
fn seen(word: u64, second: u32) -> u16 {
    let (before, this) = counts(word, second);
    before.max(this)
}

#[cfg(test)]
mod tests {
    use crate::machine::command::Command;
    use crate::runtime::pace::{LEAST, Pace, counted, seen};
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;
    use std::collections::BTreeMap;
    use uuid::Uuid;

    const MUTE: Command = Command::CancelMedia;

    fn id(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    /// A pace at which so many requests have left in the second before `at`.
    fn busy(requests: u128, at: i64) -> Pace {
        let pace = Pace::default();
        for number in 0..requests {
            assert_eq!(pace.ask(id(number), &MUTE, at - 1_000), 0, "nothing is held back before the first 429");
        }
        pace
    }

    #[test]
    fn what_leaves_is_counted_by_the_second() {
        let mut word = 0;
        for second in [7, 7, 7, 8] {
            word = counted(word, second);
        }
        assert_eq!((seen(word, 7), seen(word, 8), seen(word, 9), seen(word, 10)), (0, 3, 1, 0));
    }

    #[test]
    fn after_a_429_everything_leaves_at_half_the_rate_and_slowly_faster() {
        let pace = busy(100, 10_000);
        assert_eq!(pace.limit(10_000), None);
        pace.throttled(2_000, 10_000);
        assert_eq!(pace.limit(10_000), Some(50.0));
        // Those that were on their way learn of the same.
        pace.throttled(2_000, 10_500);
        pace.throttled(2_000, 11_999);
        assert_eq!(pace.limit(12_000), Some(50.0));
        let sent: usize = (11_000..12_000).filter(|now| pace.ask(id(*now as u128), &MUTE, *now) == 0).count();
        assert!((1..=50).contains(&sent), "{sent}");
        let later = pace.limit(42_000).expect("still held back");
        assert!((later - 100.0).abs() < 1.0, "as fast as before after half a minute: {later}");
        assert_eq!(pace.ask(id(1), &MUTE, 102_001), 0);
        assert_eq!(pace.limit(102_001), None, "and free again at twice that");
    }

    #[test]
    fn another_429_halves_what_left_and_not_what_could_have() {
        let pace = busy(100, 10_000);
        pace.throttled(1_000, 10_000);
        for (second, expected) in [(11, 25.0), (12, 12.5), (13, 6.25), (14, 4.0), (15, 4.0)] {
            let mut waits = BTreeMap::new();
            for now in second * 1_000 - 1_000..second * 1_000 {
                waits.insert(now, pace.ask(id(now as u128), &MUTE, now));
            }
            pace.throttled(1_000, second * 1_000);
            let now = pace.limit(second * 1_000).expect("held back");
            assert!(now <= expected + 1.0 && now >= 4.0, "{second}: {now}");
        }
        // Nearly nothing leaves: the limit that has risen meanwhile is no measure.
        pace.throttled(1_000, 60_000);
        assert_eq!(pace.limit(60_000), Some(4.0));
    }

    #[test]
    fn what_waits_leaves_in_order_and_what_ends_a_line_at_once() {
        let pace = busy(20, 10_000);
        pace.throttled(60_000, 10_000);
        let waits: Vec<u64> = (0..5).map(|number| pace.ask(id(number), &MUTE, 10_000)).collect();
        assert_eq!(waits, [0, 100, 200, 300, 400], "ten a second");
        assert_eq!(pace.ask(id(9), &Command::HangUp, 10_000), 0);
        assert_eq!(pace.ask(id(9), &Command::Terminate, 10_000), 0);
        assert_eq!(pace.ask(id(3), &MUTE, 10_250), 50, "too early");
        assert_eq!(pace.ask(id(3), &MUTE, 10_300), 0);
        assert_eq!(pace.ask(id(1), &MUTE, 10_350), 0, "late, and its place is kept");
        assert_eq!(pace.ask(id(7), &MUTE, 10_350), 150, "behind everybody");
    }

    #[test]
    fn what_only_asks_lets_seconds_of_others_pass_by_and_then_goes() {
        let pace = busy(20, 10_000);
        pace.throttled(60_000, 10_000);
        assert_eq!([0, 1].map(|number| pace.ask(id(number), &MUTE, 10_000)), [0, 100], "ten a second");
        let probe = |now| pace.ask(id(99), &Command::GetCall, now);
        assert_eq!(probe(10_000), 200, "behind all that came");
        for number in 2..80 {
            pace.ask(id(number), &MUTE, 10_010);
        }
        assert!(probe(10_200) > 4_000, "and behind what came after it");
        assert!((10_200..15_200).all(|now| probe(now) > 0));
        assert!((15_200..16_000).any(|now| probe(now) == 0), "but not for ever");
        let alone = busy(20, 10_000);
        alone.throttled(60_000, 10_000);
        alone.ask(id(0), &MUTE, 10_000);
        assert_eq!(alone.ask(id(99), &Command::GetCall, 10_000), 100);
        assert_eq!(alone.ask(id(99), &Command::GetCall, 10_200), 0, "nobody else wants anything");
    }

    #[test]
    fn a_process_that_finds_much_to_do_begins_slowly() {
        let pace = Pace::default();
        pace.begins(500, 10_000);
        assert_eq!(pace.limit(10_000), None);
        pace.begins(100_000, 10_000);
        assert_eq!(pace.limit(10_000), Some(500.0));
        let left: usize = (0..1_000).filter(|number| pace.ask(id(*number), &MUTE, 10_000) == 0).count();
        assert_eq!(left, 1, "the others one after the other");
        assert_eq!(pace.ask(id(7_777), &Command::HangUp, 10_000), 0);
        assert_eq!(pace.limit(100_001), None);
    }

    #[test]
    fn it_never_comes_to_a_standstill() {
        let pace = busy(3, 10_000);
        for second in 10..60 {
            pace.throttled(1_000, second * 1_000);
        }
        assert_eq!(pace.limit(60_000), Some(LEAST as f64 / 1_000.0));
    }

    #[test]
    fn those_that_never_come_again_are_forgotten() {
        let pace = busy(1, 10_000);
        pace.throttled(1_000, 10_000);
        let mut now = 10_000;
        for number in 0..5_000 {
            now += 1_000;
            if number % 50 == 0 {
                pace.throttled(1_000, now);
            }
            for other in 0..5 {
                pace.ask(id(number * 10 + other), &MUTE, now);
            }
        }
        let kept = pace.limit.lock().expect("nobody panicked").as_ref().map_or(0, |limit| limit.waiting.len());
        assert!(kept < 6_000, "{kept} of 25000");
    }

    #[derive(Clone, Debug)]
    enum Act {
        Passes(u16),
        Throttled(u16),
        Comes,
        HangsUp,
    }

    fn act() -> impl Strategy<Value = Act> {
        prop_oneof![
            4 => (0..400u16).prop_map(Act::Passes),
            1 => (0..4_000u16).prop_map(Act::Throttled),
            8 => Just(Act::Comes),
            1 => Just(Act::HangsUp),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 500, rng_seed: RngSeed::Fixed(29), failure_persistence: None, ..ProptestConfig::default()
        })]

        /// Whoever comes again when told gets through, no faster than the rate says, and what ends a line never waits.
        #[test]
        fn everybody_gets_through_and_no_faster_than_may_be(acts in prop::collection::vec(act(), 1..200)) {
            let pace = Pace::default();
            let (mut now, mut numbers) = (50_000i64, 0u128);
            let mut waiting: BTreeMap<u128, i64> = BTreeMap::new();
            // How many may have left since the last look: the rate only rises between two 429.
            let mut may = 0.0;
            let come = |pace: &Pace, waiting: &mut BTreeMap<u128, i64>, now: i64| {
                let mut passed = 0.0;
                for number in waiting.iter().filter(|(_, at)| **at <= now).map(|(number, _)| *number).collect::<Vec<_>>() {
                    match pace.ask(id(number), &MUTE, now) {
                        0 => {
                            waiting.remove(&number);
                            passed += 1.0;
                        }
                        wait => drop(waiting.insert(number, now.saturating_add_unsigned(wait))),
                    }
                }
                passed
            };
            for act in acts {
                match act {
                    Act::Passes(ms) => {
                        for _ in 0..ms {
                            now += 1;
                            may = (may + pace.limit(now).unwrap_or(f64::INFINITY) / 1_000.0).max(0.0);
                            may -= come(&pace, &mut waiting, now);
                            prop_assert!(may > -2.0, "more than the rate lets go: {}", may);
                        }
                    }
                    Act::Throttled(after) => {
                        pace.throttled(u64::from(after), now);
                        may = if may.is_finite() { may } else { 1.0 };
                    }
                    Act::Comes => {
                        numbers += 1;
                        waiting.insert(numbers, now);
                        may -= come(&pace, &mut waiting, now);
                    }
                    Act::HangsUp => prop_assert_eq!(pace.ask(id(u128::MAX), &Command::HangUp, now), 0),
                }
            }
            let latest = now + 1_000 * (2 + waiting.len() as i64 / 4);
            while !waiting.is_empty() {
                now += 1;
                come(&pace, &mut waiting, now);
                prop_assert!(now <= latest, "{} still wait", waiting.len());
            }
        }
    }
}
