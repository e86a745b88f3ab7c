//! A forward pass over the ways of a flow: what holds in a state is what holds on every way that leads to it.

use crate::language::check::ways::{Arrow, End, Exits};

/// A set of names, by number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set(Vec<u64>);

impl Set {
    /// None of so many names.
    #[must_use]
    pub fn none(names: usize) -> Set {
        Set(vec![0; names.div_ceil(64)])
    }

    /// All of them.
    #[must_use]
    pub fn all(names: usize) -> Set {
        Set(vec![u64::MAX; names.div_ceil(64)])
    }

    /// Puts a name in.
    pub fn insert(&mut self, name: usize) {
        self.0[name / 64] |= 1 << (name % 64);
    }

    /// Takes a name out.
    pub fn remove(&mut self, name: usize) {
        self.0[name / 64] &= !(1 << (name % 64));
    }

    /// Puts a name in, or takes it out.
    pub fn put(&mut self, name: usize, holds: bool) {
        if holds { self.insert(name) } else { self.remove(name) }
    }

    /// Whether a name is in.
    #[must_use]
    pub fn contains(&self, name: usize) -> bool {
        self.0[name / 64] & (1 << (name % 64)) != 0
    }

    /// Keeps what is in both; whether that took something away.
    fn keep(&mut self, other: &Set) -> bool {
        let before = self.clone();
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a &= b);
        *self != before
    }
}

/// What holds in each state, `None` for one that is not reached: `first` in the first, and behind each way what `change` makes
/// of what held before. Where an earlier finding makes anything possible, everything holds, so that nothing follows from it.
pub fn forward(
    start: usize,
    first: Set,
    exits: &[Exits],
    mut change: impl FnMut(usize, &Arrow, &mut Set),
) -> Vec<Option<Set>> {
    let everything = Set(vec![u64::MAX; first.0.len()]);
    let mut sets: Vec<Option<Set>> = vec![None; exits.len()];
    sets[start] = Some(first);
    let mut open = vec![start];
    while let Some(state) = open.pop() {
        let Some(before) = sets[state].clone() else { continue };
        for arrow in exits[state].arrows() {
            let Some(target) = arrow.state_or_guess() else { continue };
            let unsure = exits[state].kind.is_none() || matches!(arrow.to, End::Unknown(_));
            let mut after = if unsure { everything.clone() } else { before.clone() };
            if !unsure {
                change(state, &arrow, &mut after);
            }
            let changed = match &mut sets[target] {
                Some(known) => known.keep(&after),
                slot @ None => {
                    *slot = Some(after);
                    true
                }
            };
            if changed {
                open.push(target);
            }
        }
    }
    sets
}
