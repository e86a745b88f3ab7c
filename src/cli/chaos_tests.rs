//! The examples' scenarios with troubles: as they are they come to the same, and bugs planted in the runtime are noticed.

use crate::cli::test::house::{self, House, Scenario};
use crate::planted::{Bug, plant};
use crate::rehearsal::chaos::trouble::written;
use crate::rehearsal::chaos::{Chaos, Runs, chaos};
use std::path::PathBuf;

/// Of the single troubles, every so-many-th is tried.
const EVERY: usize = 7;
/// Seeds of each scenario.
const SEEDS: u64 = 2;

fn examples() -> Vec<House> {
    let flows = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("flows");
    house::read(&[flows], None).expect("the examples can be read").expect("the examples have no errors")
}

fn all(houses: &[House]) -> Vec<(&House, &Scenario)> {
    houses.iter().flat_map(|house| house.scenarios.iter().map(move |scenario| (house, scenario))).collect()
}

fn put_through((house, scenario): (&House, &Scenario), every: usize) -> Chaos {
    chaos(house.scene(), &scenario.script, &Runs::Some(every, 0..SEEDS), &mut || ())
}

fn share(nth: usize) -> Vec<String> {
    let houses = examples();
    let all = all(&houses);
    assert!(all.len() > 20, "the examples have scenarios");
    let mut found = Vec::new();
    let mut runs = 0;
    for (n, one) in all.into_iter().enumerate().filter(|(n, _)| n % 2 == nth) {
        let chaos = put_through(one, EVERY);
        runs += chaos.runs;
        if let Some(differs) = chaos.differs {
            let (path, troubles) = (&one.1.path, written(&differs.troubles));
            let diff = crate::cli::diff::unified("call", &differs.calm, &differs.came);
            found.push(format!("{n} {path} (seed {:?}): {troubles}\n{diff}", differs.seed));
        }
    }
    eprintln!("{runs} runs");
    found
}

#[test]
fn every_scenario_of_the_examples_comes_to_the_same_whatever_goes_wrong() {
    let other = std::thread::spawn(|| share(1));
    let mut found = share(0);
    found.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
    assert!(found.is_empty(), "{} differ\n{}", found.len(), found.join("\n"));
}

/// Scenarios on which bugs are looked for.
const TELLING: [&str; 2] = ["front_desk/hangs_up", "outreach/outreach"];
/// Bugs that make a scenario of the examples come to something else, some of them when nothing goes wrong yet.
const FOUND: [Bug; 8] = [
    Bug::EarlyDropped,
    Bug::FreshKey,
    Bug::NewestProgram,
    Bug::NoCompare,
    Bug::NoRecovery,
    Bug::SentBeforeCommit,
    Bug::StaleRead,
    Bug::TimersNeverFired,
];
/// Bugs that are left to the seeds of the simulation.
const BEYOND: [(Bug, &str); 12] = [
    (Bug::AcknowledgedBeforeCommit, "the store always answers"),
    (Bug::AppliedAgain, "the machine passes over events of what is over"),
    (Bug::BodyKept, "nothing arrives that cannot be read"),
    (Bug::ClaimIgnored, "there is one process"),
    (Bug::CommandsNotWithdrawn, "nobody on the line notices"),
    (Bug::KeysReadFirst, "the copy that lags behind is seldom older than an event"),
    (Bug::LateIsNever, "every request is answered but for one crash"),
    (Bug::MediaRepeated, "words are of unknown fate at most once"),
    (Bug::NoDeadline, "every webhook comes in the end"),
    (Bug::OperationIgnored, "events are late by less than a state lasts"),
    (Bug::OwnClock, "there is one clock"),
    (Bug::UnknownIsDone, "the store always says what it did"),
];

/// How a bug is noticed.
fn noticed(bug: Bug, all: &[(&House, &Scenario)]) -> Option<String> {
    plant(Some(bug));
    let found = all.iter().find_map(|one| {
        let differs = put_through(*one, 1).differs?;
        Some(format!("{}: {}", one.1.path, written(&differs.troubles)))
    });
    plant(None);
    found
}

fn look_for(bugs: &[Bug]) -> Vec<Bug> {
    let houses = examples();
    let mut telling = all(&houses);
    telling.retain(|(_, scenario)| TELLING.iter().any(|part| scenario.path.contains(part)));
    assert_eq!(telling.len(), TELLING.len());
    let mut unfound = Vec::new();
    for bug in bugs {
        match noticed(*bug, &telling) {
            Some(how) => eprintln!("{bug:?}: {how}"),
            None => unfound.push(*bug),
        }
    }
    unfound
}

#[test]
fn bugs_planted_in_the_runtime_make_a_difference() {
    let mut known: Vec<Bug> = FOUND.into_iter().chain(BEYOND.map(|(bug, _)| bug)).collect();
    known.sort_unstable();
    let mut bugs = Bug::ALL;
    bugs.sort_unstable();
    assert_eq!(known, bugs, "each is found here, or it is said why not");
    let (some, others) = FOUND.split_at(FOUND.len() / 2);
    let other = std::thread::spawn(|| look_for(others));
    let mut unfound = look_for(some);
    unfound.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
    assert!(unfound.is_empty(), "nobody notices {unfound:?}");
}
