//! Chance that follows from a seed.

use std::time::Duration;

/// A stream of numbers (splitmix64).
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// The stream of a seed.
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// The next number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// True in so many of a thousand cases.
    pub(crate) fn falls(&mut self, of_a_thousand: u64) -> bool {
        self.next() % 1_000 < of_a_thousand
    }

    /// A time between two, in milliseconds.
    pub(crate) fn between(&mut self, (least, most): (u64, u64)) -> Duration {
        Duration::from_millis(least + self.next() % (most - least + 1))
    }
}
