//! Chaos: a scenario again and again through the runtime as it serves calls, each time with something going wrong between it and
//! the platform: a process that dies at a change, webhooks that come late, twice, or only when they are sent again. Each time it has
//! to come to the same as when nothing goes wrong; [`same`] says what that means.
//!
//! People are fair: they do what the script has them do, and with each act wait, for half a minute at most, until the line is as it was
//! when they acted in the rehearsal: the same words to be heard, asked something or not, as many people there.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod around;
mod noticed;
mod play;
pub mod same;
pub mod trouble;

use crate::language::syntax::ast::Script;
use crate::rehearsal::carried::Carried;
use crate::rehearsal::chaos::play::{GivenUp, Piece, Run};
use crate::rehearsal::chaos::same::texts;
use crate::rehearsal::chaos::trouble::Trouble;
use crate::rehearsal::refused::Refused;
use crate::rehearsal::rehearse::{self, House};
use std::ops::Range;

/// How long the calm run may take, in virtual milliseconds: longer than a call lives.
const LONGEST_MS: u64 = 5 * 3_600_000;
/// How much longer one with troubles may take, in virtual milliseconds.
const LONGER_MS: u64 = 30 * 60_000;
/// Most runs that are spent on making a failure smaller.
const MOST_TRIES: u32 = 100;

/// Which runs a scenario is put through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Runs {
    /// Each single trouble at each change and webhook of the calm run, then these seeds.
    All(Range<u64>),
    /// The same, with only every so-many-th of the single troubles.
    Some(usize, Range<u64>),
    /// One seed.
    Seed(u64),
    /// These troubles.
    Troubles(Vec<Trouble>),
}

/// What came of a scenario's runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chaos {
    /// How many runs there were.
    pub runs: u32,
    /// Changes of calls in the calm run.
    pub changes: u32,
    /// Webhooks in the calm run.
    pub webhooks: u32,
    /// The first run that came to something else.
    pub differs: Option<Differs>,
    /// Why the scenario was put through no run.
    pub left_out: Option<&'static str>,
}

/// A run that came to something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differs {
    /// The seed, where one decided.
    pub seed: Option<u64>,
    /// The fewest troubles found with which it does; none: already the calm run differs from the rehearsal.
    pub troubles: Vec<Trouble>,
    /// What should have come of it.
    pub calm: String,
    /// What came of it.
    pub came: String,
    /// What happened in it, a line each.
    pub story: Vec<String>,
}

/// Puts a scenario through its runs, until one differs; `ran` is told after each.
#[must_use]
pub fn chaos(house: House<'_>, script: &Script, runs: &Runs, ran: &mut dyn FnMut()) -> Chaos {
    let Some(served) = rehearse::flow_of(house.lines, script) else { return Chaos::default() };
    if !script.calls.is_empty() {
        ran();
        return Chaos { left_out: Some("it has other calls"), ..Chaos::default() };
    }
    let (rehearsed, situations) = rehearse::known(house, script, false);
    let (answers, refusals) = (rehearse::answers(script), Refused::of(script, &served.program));
    let carried = Carried::of(house.lines, script);
    let house = carried.as_ref().map_or(house, |carried| House { lines: &carried.lines, ..house });
    let served = carried.as_ref().and_then(Carried::served).unwrap_or(served);
    let piece = Piece { house, script, served, answers: &answers, refusals: &refusals, situations: &situations };
    let calm = piece.play(&[], &GivenUp::new(), LONGEST_MS, false);
    ran();
    let mut chaos = Chaos { runs: 1, changes: calm.changes, webhooks: calm.webhooks, ..Chaos::default() };
    // The runtime, when nothing goes wrong, against the machine by itself: what was heard.
    let mut expected = calm.came.clone();
    expected.told.clone_from(&rehearsed.transcript);
    expected.line = rehearsed.line;
    let (expected, came) = texts(&served.program, &expected, &calm.came);
    if expected != came {
        chaos.differs = Some(Differs { seed: None, troubles: Vec::new(), calm: expected, came, story: calm.story });
        return chaos;
    }
    let against = Against { piece, calm };
    let each: Box<dyn Iterator<Item = (Option<u64>, Vec<Trouble>)>> = match runs {
        Runs::All(seeds) | Runs::Some(_, seeds) => {
            let every = if let Runs::Some(every, _) = runs { (*every).max(1) } else { 1 };
            let each = Trouble::each(chaos.changes, chaos.webhooks).into_iter().step_by(every);
            let each = each.map(|one| (None, vec![one]));
            let (changes, webhooks) = (chaos.changes, chaos.webhooks);
            Box::new(each.chain(seeds.clone().map(move |seed| (Some(seed), Trouble::of(seed, changes, webhooks)))))
        }
        Runs::Seed(seed) => {
            let troubles = Trouble::of(*seed, chaos.changes, chaos.webhooks);
            Box::new(std::iter::once((Some(*seed), troubles)))
        }
        Runs::Troubles(troubles) => Box::new(std::iter::once((None, troubles.clone()))),
    };
    for (seed, troubles) in each {
        let differs = against.differs(&troubles);
        chaos.runs += 1;
        ran();
        if let Some(first) = differs {
            let (troubles, (calm, came)) = against.smallest(troubles, first);
            let story = piece.play(&troubles, &GivenUp::new(), against.calm.lasted_ms + LONGER_MS, true).story;
            chaos.differs = Some(Differs { seed, troubles, calm, came, story });
            break;
        }
    }
    chaos
}

/// A scenario and its calm run.
struct Against<'a> {
    piece: Piece<'a>,
    calm: Run,
}

impl Against<'_> {
    /// What should have come of a run and what did, where these are not the same.
    fn differs(&self, troubles: &[Trouble]) -> Option<(String, String)> {
        let run = self.piece.play(troubles, &GivenUp::new(), self.calm.lasted_ms + LONGER_MS, false);
        // A question that must not be asked twice and whose answer died with the process has failed: as in the calm run of a
        // service that fails there.
        let calm = if run.given_up.is_empty() {
            &self.calm.came
        } else {
            &self.piece.play(&[], &run.given_up, LONGEST_MS, false).came
        };
        let (calm, came) = texts(&self.piece.served.program, calm, &run.came);
        (calm != came).then_some((calm, came))
    }

    /// The fewest and smallest troubles found that still make a difference.
    fn smallest(&self, mut troubles: Vec<Trouble>, mut differs: (String, String)) -> (Vec<Trouble>, (String, String)) {
        let mut tries = 0;
        'again: loop {
            let without = (0..troubles.len()).map(|at| {
                let mut fewer = troubles.clone();
                fewer.remove(at);
                fewer
            });
            let less = troubles.iter().enumerate().filter_map(|(at, trouble)| {
                let mut less = troubles.clone();
                less[at] = trouble.smaller()?;
                Some(less)
            });
            for smaller in without.chain(less).filter(|smaller| !smaller.is_empty()) {
                tries += 1;
                if tries > MOST_TRIES {
                    return (troubles, differs);
                }
                if let Some(found) = self.differs(&smaller) {
                    (troubles, differs) = (smaller, found);
                    continue 'again;
                }
            }
            return (troubles, differs);
        }
    }
}
