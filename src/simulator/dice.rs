//! Chance from a seed: the same seed throws the same numbers on every machine and in every release.

/// A source of numbers (SplitMix64), or none: where nothing is left to chance.
#[derive(Clone, Debug)]
pub struct Dice(Option<u64>);

impl Dice {
    /// The dice of a seed, for one purpose: what one purpose throws never changes what another does.
    #[must_use]
    pub fn new(seed: u64, purpose: u64) -> Dice {
        let mut dice = Dice(Some(seed ^ purpose.wrapping_mul(0xD6E8_FEB8_6659_FD93)));
        dice.throw();
        dice
    }

    /// Dice that always throw the least, and with which nothing happens by chance.
    #[must_use]
    pub const fn steady() -> Dice {
        Dice(None)
    }

    /// The next number.
    pub fn throw(&mut self) -> u64 {
        let Some(state) = &mut self.0 else { return 0 };
        *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`; 0 when `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        self.throw().checked_rem(n).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True in so many of a thousand throws.
    pub fn chance(&mut self, permille: u32) -> bool {
        permille > 0 && self.0.is_some() && self.below(1000) < u64::from(permille)
    }

    /// One of these.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(usize::try_from(self.below(of.len() as u64)).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use crate::simulator::dice::Dice;

    #[test]
    fn a_seed_always_throws_the_same() {
        let throw = |seed, purpose| -> Vec<u64> {
            let mut dice = Dice::new(seed, purpose);
            (0..4).map(|_| dice.below(1000)).collect()
        };
        assert_eq!(throw(1, 1), throw(1, 1));
        assert_ne!(throw(1, 1), throw(2, 1));
        assert_ne!(throw(1, 1), throw(1, 2));
        let mut dice = Dice::new(3, 0);
        assert!((0..1000).all(|_| (5..=9).contains(&dice.between(5, 9))));
        assert!(!dice.chance(0) && dice.chance(1000) && dice.pick::<u8>(&[]).is_none());
        let mut steady = Dice::steady();
        assert!(!steady.chance(999) && steady.between(5, 9) == 5 && steady.pick(&[1, 2]) == Some(&1));
    }
}
