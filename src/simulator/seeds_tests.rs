//! Many seeds.

use crate::simulator::run::{run, shrink};
use crate::simulator::setup::Setup;
use crate::simulator::stories;

#[test]
fn a_thousand_seeds() {
    let lines = stories::lines().expect("the stories compile");
    let from: u64 = std::env::var("FLOWC_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(0);
    let many: u64 = std::env::var("FLOWC_SEEDS").ok().and_then(|s| s.parse().ok()).unwrap_or(1000);
    let start = std::time::Instant::now();
    let (mut calls, mut commits, mut happenings) = (0, 0, 0);
    for seed in from..from + many {
        let mut setup = Setup::of(seed);
        setup.processes = 1;
        let report = run(&setup, &lines);
        calls += report.calls;
        commits += report.commits;
        happenings += report.happenings;
        if !report.violations.is_empty() {
            let (smaller, violations) = shrink(&setup, &lines);
            eprintln!("{}", crate::simulator::run::told(&smaller, &lines).1.join("\n"));
            panic!("seed {seed}: {:?}\nsmaller: {smaller:?}\n{violations:#?}", report.violations);
        }
    }
    eprintln!("{many} seeds, {calls} calls, {commits} commits, {happenings} happenings, {:?}", start.elapsed());
}
