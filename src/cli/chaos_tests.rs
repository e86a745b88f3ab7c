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

/// Scenarios that between them ask, play, transfer, call, ask services and are left by the caller.
const TELLING: [&str; 5] =
    ["hangs_up", "changes", "order_booking/sold_out", "outreach/outreach", "waiting_room/waiting_room"];

/// Whether a bug makes a scenario come to something else; how it was noticed.
fn noticed(bug: Bug, all: &[(&House, &Scenario)]) -> Option<String> {
    plant(Some(bug));
    let found = all.iter().find_map(|one| {
        let differs = put_through(*one, 1).differs?;
        Some(format!("{}: {}", one.1.path, written(&differs.troubles)))
    });
    plant(None);
    found
}

fn look_for(bugs: &[Bug]) -> Vec<(Bug, Option<String>)> {
    let houses = examples();
    let mut telling = all(&houses);
    telling.retain(|(_, scenario)| TELLING.iter().any(|part| scenario.path.contains(part)));
    assert_eq!(telling.len(), TELLING.len());
    bugs.iter().map(|bug| (*bug, noticed(*bug, &telling))).collect()
}

#[test]
fn bugs_planted_in_the_runtime_make_a_difference() {
    let (some, others) = Bug::ALL.split_at(Bug::ALL.len() / 2);
    let others = others.to_vec();
    let other = std::thread::spawn(move || look_for(&others));
    let mut found = look_for(some);
    found.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
    for (bug, found) in &found {
        eprintln!("{bug:?}: {}", found.as_deref().unwrap_or("nobody notices"));
    }
}
