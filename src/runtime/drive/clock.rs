//! The time of a process.

use std::time::{Duration, Instant};

/// Wall time that never runs backwards: anchored once, carried on by the monotonic clock.
#[derive(Debug)]
pub(super) struct Clock {
    wall_ms: i64,
    since: Instant,
    speed: u32,
}

impl Clock {
    /// A clock that is off by so much from now on, and goes so many times as fast.
    pub(super) fn new(off_ms: i64, speed: u32) -> Clock {
        let wall_ms = jiff::Timestamp::now().as_millisecond().saturating_add(off_ms);
        Clock { wall_ms, since: Instant::now(), speed: speed.max(1) }
    }

    /// Milliseconds since the Unix epoch.
    pub(super) fn now(&self) -> i64 {
        let passed = self.since.elapsed().saturating_mul(self.speed).as_millis();
        self.wall_ms.saturating_add(i64::try_from(passed).unwrap_or(i64::MAX))
    }

    /// So many milliseconds of this clock.
    pub(super) fn real(&self, ms: u64) -> Duration {
        Duration::from_millis(ms) / self.speed
    }

    /// Waits until so many milliseconds of this clock have passed.
    pub(super) async fn sleep(&self, ms: u64) {
        tokio::time::sleep(self.real(ms)).await;
    }
}

#[cfg(test)]
mod tests {
    use crate::runtime::drive::clock::Clock;
    use std::time::{Duration, Instant};

    #[test]
    fn the_wall_clock_is_read_once_when_the_process_starts() {
        let hour = 3_600_000;
        let clock = Clock { wall_ms: hour, since: Instant::now(), speed: 1 };
        // Whatever the wall clock says by now: it goes on from there.
        assert!((hour..hour + 60_000).contains(&clock.now()));
        let wall = jiff::Timestamp::now().as_millisecond();
        assert!((Clock::new(0, 1).now() - wall).abs() < 60_000);
    }

    #[test]
    fn a_fast_clock_goes_so_many_times_as_fast_and_waits_so_much_less() {
        let since = Instant::now().checked_sub(Duration::from_secs(10)).expect("the machine is up for longer");
        let clock = Clock { wall_ms: 0, since, speed: 20 };
        assert!((200_000..260_000).contains(&clock.now()), "{}", clock.now());
        assert_eq!(clock.real(1_000), Duration::from_millis(50));
        assert_eq!(Clock::new(0, 0).real(1_000), Duration::from_secs(1));
    }
}
