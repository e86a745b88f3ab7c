//! The examples' scenarios with troubles: as they are they come to the same, and bugs planted in the runtime are noticed.

use crate::cli::test::house::{self, House, Scenario};
use crate::planted::{Bug, plant};
use crate::rehearsal::chaos::trouble::written;
use crate::rehearsal::chaos::{Chaos, Runs, chaos};
use std::path::PathBuf;

/// Seeds of each scenario.
const SEEDS: u64 = 3;

fn examples() -> Vec<House> {
    let flows = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("flows");
    house::read(&[flows], None).expect("the examples can be read").expect("the examples have no errors")
}

fn all(houses: &[House]) -> Vec<(&House, &Scenario)> {
    houses.iter().flat_map(|house| house.scenarios.iter().map(move |scenario| (house, scenario))).collect()
}

fn put_through((house, scenario): (&House, &Scenario)) -> Chaos {
    chaos(house.scene(), &scenario.script, &Runs::All(0..SEEDS), &mut || ())
}

fn share(nth: usize) -> Vec<String> {
    let houses = examples();
    let all = all(&houses);
    assert!(all.len() > 20, "the examples have scenarios");
    let mut found = Vec::new();
    let mut runs = 0;
    for (n, one) in all.into_iter().enumerate().filter(|(n, _)| n % 2 == nth) {
        let chaos = put_through(one);
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
