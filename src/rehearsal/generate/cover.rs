//! The smallest set of candidates that covers all: exact where there are few, else greedy without what is superfluous.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeSet;

/// Most steps of the exact search.
const STEPS: u32 = 50_000;

/// Something that covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// What.
    pub items: BTreeSet<usize>,
    /// How long it is.
    pub cost: usize,
}

/// What was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cover {
    /// The candidates, by their places, in order.
    pub chosen: Vec<usize>,
    /// Whether it is proved that there is none with fewer, nor one with as many that is shorter.
    pub exact: bool,
}

/// Few candidates that together cover everything that all of them cover of `wanted`: the fewest, then the shortest.
#[must_use]
pub fn cover(candidates: &[Candidate], wanted: &BTreeSet<usize>) -> Cover {
    let mut sets: Vec<(usize, Vec<usize>, usize)> = candidates
        .iter()
        .enumerate()
        .map(|(at, one)| (at, one.items.intersection(wanted).copied().collect::<Vec<_>>(), one.cost))
        .filter(|(_, items, _)| !items.is_empty())
        .collect();
    // The largest first; of those that cover as much, the shortest.
    sets.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then(a.2.cmp(&b.2)).then(a.0.cmp(&b.0)));
    let numbers: Vec<usize> =
        sets.iter().flat_map(|set| set.1.iter().copied()).collect::<BTreeSet<_>>().into_iter().collect();
    let mut kept: Vec<Set> = Vec::new();
    for (at, items, cost) in sets {
        let places = items.iter().filter_map(|item| numbers.binary_search(item).ok());
        let items = Bits::of(numbers.len(), places);
        if !kept.iter().any(|other| other.cost <= cost && items.is_within(&other.items)) {
            kept.push(Set { at, items, cost });
        }
    }
    let all = Bits::of(numbers.len(), 0..numbers.len());
    let greedy = greedy(&kept, &all);
    let best = (greedy.len(), greedy.iter().map(|at| kept[*at].cost).sum());
    let mut search = Search { sets: &kept, best, found: greedy, steps: 0 };
    search.go(&all, &mut Vec::new(), 0);
    let exact = search.steps < STEPS;
    let mut chosen: Vec<usize> = search.found.iter().map(|at| kept[*at].at).collect();
    chosen.sort_unstable();
    Cover { chosen, exact }
}

/// A candidate that counts.
struct Set {
    /// Its place among all.
    at: usize,
    items: Bits,
    cost: usize,
}

/// A set of small numbers.
#[derive(Clone)]
struct Bits(Vec<u64>);

impl Bits {
    fn of(most: usize, numbers: impl Iterator<Item = usize>) -> Bits {
        let mut words = vec![0; most.div_ceil(64)];
        numbers.for_each(|number| words[number / 64] |= 1 << (number % 64));
        Bits(words)
    }

    fn holds(&self, number: usize) -> bool {
        self.0[number / 64] & (1 << (number % 64)) != 0
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    fn is_within(&self, other: &Bits) -> bool {
        self.0.iter().zip(&other.0).all(|(ours, theirs)| ours & !theirs == 0)
    }

    fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    fn common(&self, other: &Bits) -> usize {
        self.0.iter().zip(&other.0).map(|(ours, theirs)| (ours & theirs).count_ones() as usize).sum()
    }

    fn without(&self, other: &Bits) -> Bits {
        Bits(self.0.iter().zip(&other.0).map(|(ours, theirs)| ours & !theirs).collect())
    }

    fn numbers(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.0.len() * 64).filter(|number| self.holds(*number))
    }
}

/// Always the one that covers most of what is left; then without those that the others make superfluous.
fn greedy(sets: &[Set], all: &Bits) -> Vec<usize> {
    let (mut left, mut chosen) = (all.clone(), Vec::new());
    while !left.is_empty() {
        let gain = |at: &usize| (sets[*at].items.common(&left), usize::MAX - sets[*at].cost, usize::MAX - at);
        let Some(best) = (0..sets.len()).max_by_key(gain) else { break };
        left = left.without(&sets[best].items);
        chosen.push(best);
    }
    let mut at = 0;
    while at < chosen.len() {
        let others = chosen.iter().enumerate().filter(|(other, _)| *other != at);
        let left = others.fold(all.clone(), |left, (_, set)| left.without(&sets[*set].items));
        if left.is_empty() {
            chosen.remove(at);
        } else {
            at += 1;
        }
    }
    chosen
}

struct Search<'s> {
    sets: &'s [Set],
    /// How many, and how long they are.
    best: (usize, usize),
    found: Vec<usize>,
    steps: u32,
}

impl Search<'_> {
    fn go(&mut self, left: &Bits, chosen: &mut Vec<usize>, cost: usize) {
        if self.steps >= STEPS {
            return;
        }
        self.steps += 1;
        if left.is_empty() {
            if (chosen.len(), cost) < self.best {
                self.best = (chosen.len(), cost);
                self.found.clone_from(chosen);
            }
            return;
        }
        // No set can cover more of it than the largest does.
        let largest = self.sets.iter().map(|set| set.items.common(left)).max().unwrap_or(0);
        let least = chosen.len() + left.count().div_ceil(largest.max(1));
        if least > self.best.0 || (least == self.best.0 && cost >= self.best.1) {
            return;
        }
        // What fewest cover has to be covered by one of these.
        let sets = self.sets;
        let covering = |item: usize| (0..sets.len()).filter(move |at| sets[*at].items.holds(item));
        let Some(rarest) = left.numbers().min_by_key(|item| covering(*item).count()) else { return };
        let mut ways: Vec<usize> = covering(rarest).collect();
        ways.sort_by_key(|at| (usize::MAX - sets[*at].items.common(left), sets[*at].cost, *at));
        for at in ways {
            chosen.push(at);
            self.go(&left.without(&sets[at].items), chosen, cost + sets[at].cost);
            chosen.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rehearsal::generate::cover::{Candidate, cover};
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;
    use std::collections::BTreeSet;

    /// The fewest and the shortest of all subsets.
    pub(crate) fn brute(candidates: &[Candidate], wanted: &BTreeSet<usize>) -> (usize, usize) {
        let all: BTreeSet<usize> = candidates.iter().flat_map(|one| one.items.intersection(wanted).copied()).collect();
        let subsets = (0_u32..1 << candidates.len()).filter_map(|mask| {
            let chosen = candidates.iter().enumerate().filter(|(at, _)| mask & (1 << at) != 0);
            let (mut covered, mut cost, mut count) = (BTreeSet::new(), 0, 0);
            for (_, one) in chosen {
                covered.extend(one.items.iter().copied());
                cost += one.cost;
                count += 1;
            }
            all.is_subset(&covered).then_some((count, cost))
        });
        subsets.min().expect("all of them cover all")
    }

    proptest! {
        #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(7), failure_persistence: None, cases: 300, ..ProptestConfig::default() })]

        #[test]
        fn nothing_smaller_covers_as_much(
            sets in prop::collection::vec((prop::collection::btree_set(0_usize..12, 0..6), 1_usize..9), 0..12),
            wanted in prop::collection::btree_set(0_usize..12, 0..12),
        ) {
            let candidates: Vec<Candidate> =
                sets.into_iter().map(|(items, cost)| Candidate { items, cost }).collect();
            let found = cover(&candidates, &wanted);
            let cost: usize = found.chosen.iter().map(|at| candidates[*at].cost).sum();
            prop_assert!(found.exact);
            prop_assert_eq!((found.chosen.len(), cost), brute(&candidates, &wanted));
        }
    }
}
