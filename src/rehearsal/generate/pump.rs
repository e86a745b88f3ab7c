//! What uses a limit up: what led around once, again and again.
//!
//! A limited edge that leads back to where the call was before is taken `times` times before its other end is. A search that
//! changes one thing at a time would have to find each round anew; here the round that a call has made, with all that people did,
//! services answered and the platform refused in it, is made as often as it takes.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::rehearsal::generate::explore::{Fork, Run};
use crate::rehearsal::generate::plan::Plan;
use std::collections::BTreeMap;

/// Most rounds that are added to a call.
const ROUNDS: u32 = 100;

/// A call in which a limit is to be used up.
pub(super) struct Pumped {
    /// The counter of the limit, and where the round begins and ends: flow and state.
    pub(super) what: (String, (String, String)),
    /// The call.
    pub(super) plan: Plan,
    /// The first moment behind the last round.
    pub(super) moment: usize,
}

/// The calls that make the rounds of a run as often as the limits want it. `limits`: how often, by counter, of each flow.
pub(super) fn pumped(run: &Run, limits: &BTreeMap<String, BTreeMap<String, u32>>) -> Vec<Pumped> {
    let mut found = Vec::new();
    for (at, from) in run.forks.iter().enumerate() {
        for (counter, times) in limits.get(&from.node.0).into_iter().flatten() {
            let count = |fork: &Fork| fork.counters.get(counter).copied().unwrap_or(0);
            let back = run.forks[at + 1..].iter().find(|fork| fork.node == from.node && count(fork) > count(from));
            let Some(back) = back else { continue };
            let rounds = (times + 1).saturating_sub(count(back)).div_ceil(count(back) - count(from)).min(ROUNDS);
            if rounds > 0 {
                let (plan, moment) = around(&run.plan, from, back, rounds);
                found.push(Pumped { what: (counter.clone(), from.node.clone()), plan, moment });
            }
        }
    }
    found
}

/// The plan that makes what lies between two places again so many times, and then does nothing more; with the moment of then.
fn around(plan: &Plan, from: &Fork, back: &Fork, rounds: u32) -> (Plan, usize) {
    let mut new = plan.clone();
    let length = back.moment - from.moment;
    new.acts.retain(|(moment, _)| *moment < back.moment);
    let round: Vec<_> = new.acts.iter().filter(|(moment, _)| *moment >= from.moment).cloned().collect();
    let tried = |fork: &Fork, name: &str| fork.tried.get(name).copied().unwrap_or(0);
    let refused: Vec<(String, u32)> = plan
        .fails
        .iter()
        .filter(|(name, nth)| (tried(from, name) + 1..=tried(back, name)).contains(nth))
        .cloned()
        .collect();
    for n in 1..=rounds {
        let later = n as usize * length;
        new.acts.extend(round.iter().map(|(moment, doing)| (moment + later, doing.clone())));
        let again = |(name, nth): &(String, u32)| (name.clone(), nth + n * (tried(back, name) - tried(from, name)));
        new.fails.extend(refused.iter().map(again));
    }
    for (name, answers) in &mut new.answers {
        let asked = |fork: &Fork| fork.asked.get(name).copied().unwrap_or(0);
        let (first, next) = (asked(from), asked(back));
        let Some(last) = answers.last().cloned().filter(|_| answers.len() > first && next > first) else { continue };
        answers.resize(next, last);
        let round = answers[first..].to_vec();
        (0..rounds).for_each(|_| answers.extend(round.iter().cloned()));
    }
    (new, back.moment + rounds as usize * length)
}
