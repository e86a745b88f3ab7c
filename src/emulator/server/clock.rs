//! How the emulated time follows the real one: as it is, twenty times as fast, or only when told. Which of them can change while it
//! runs; the emulated time never jumps when it does, and never runs back.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;

/// How many emulated milliseconds pass in one real one with the fast clock.
pub const FAST: u32 = 20;
/// Furthest that the manual clock can be moved at once, in milliseconds: a year.
const FURTHEST_MS: u64 = 366 * 24 * 60 * 60 * 1000;

/// How time passes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Pace {
    /// As it does.
    #[default]
    Real,
    /// Twenty times as fast.
    Fast,
    /// When told.
    Manual,
}

impl Pace {
    /// Emulated milliseconds in a real one.
    fn speed(self) -> u64 {
        match self {
            Pace::Real => 1,
            Pace::Fast => u64::from(FAST),
            Pace::Manual => 0,
        }
    }
}

/// The clock.
#[derive(Debug)]
pub(crate) struct Clock(Mutex<Set>);

/// The emulated time at a real one, and how it has passed since.
#[derive(Debug)]
struct Set {
    pace: Pace,
    micros: u64,
    since: Instant,
}

impl Set {
    fn micros(&self) -> u64 {
        let passed = u64::try_from(self.since.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.micros.saturating_add(passed.saturating_mul(self.pace.speed()))
    }
}

impl Clock {
    /// A clock that starts now.
    pub(crate) fn new(pace: Pace) -> Clock {
        Clock(Mutex::new(Set { pace, micros: 0, since: Instant::now() }))
    }

    /// The emulated time, in milliseconds since the start.
    pub(crate) fn now(&self) -> u64 {
        self.set().micros() / 1000
    }

    /// How long an emulated time takes; a little more rather than less, so that a timer is not early. `None`: until it is told.
    pub(crate) fn real(&self, emulated_ms: u64) -> Option<Duration> {
        let speed = self.set().pace.speed();
        (speed > 0).then(|| Duration::from_millis(emulated_ms.div_ceil(speed).max(1)))
    }

    /// How long a wait outside the emulated time takes, such as the pause before a webhook is tried again: on the manual clock as
    /// long as in real time.
    pub(crate) fn pause(&self, emulated_ms: u64) -> Duration {
        self.real(emulated_ms).unwrap_or(Duration::from_millis(emulated_ms))
    }

    /// From now on time passes this way.
    pub(crate) fn switch(&self, pace: Pace) {
        let mut set = self.set();
        *set = Set { pace, micros: set.micros(), since: Instant::now() };
    }

    /// Moves the manual clock; `false` on a clock that goes by itself, or when that is too far.
    pub(crate) fn advance(&self, ms: u64) -> bool {
        let mut set = self.set();
        if set.pace != Pace::Manual || ms > FURTHEST_MS {
            return false;
        }
        set.micros = set.micros.saturating_add(ms.saturating_mul(1000));
        true
    }

    fn set(&self) -> MutexGuard<'_, Set> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::server::clock::{Clock, FURTHEST_MS, Pace};
    use std::time::Duration;

    #[test]
    fn the_manual_clock_stands_until_it_is_told() {
        let clock = Clock::new(Pace::Manual);
        assert_eq!((clock.now(), clock.real(1)), (0, None));
        assert!(clock.advance(30_000));
        assert_eq!(clock.now(), 30_000);
        assert!(!clock.advance(FURTHEST_MS + 1));
        assert_eq!(clock.pause(500), Duration::from_millis(500));
    }

    #[test]
    fn a_switch_keeps_the_time() {
        let clock = Clock::new(Pace::Manual);
        assert!(clock.advance(5_000));
        clock.switch(Pace::Fast);
        assert!(clock.now() >= 5_000 && !clock.advance(1));
        assert_eq!(clock.real(1_000), Some(Duration::from_millis(50)));
        clock.switch(Pace::Manual);
        let stands = clock.now();
        assert_eq!((clock.now(), clock.real(7)), (stands, None));
        clock.switch(Pace::Real);
        assert_eq!(clock.real(7), Some(Duration::from_millis(7)));
    }
}
