//! Many seeds: none violates an invariant, a seed always comes to the same, and each planted bug is found.

use crate::planted::{Bug, plant};
use crate::runtime::lines::Lines;
use crate::simulator::run::{Report, run, shrink, told};
use crate::simulator::setup::{Faults, Setup};
use crate::simulator::stories;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Seeds of the test command; `FLOWC_SEED` and `FLOWC_SEEDS` name others.
const SEEDS: u64 = 10_000;
/// Most seeds until a planted bug is found.
const MOST_UNTIL_FOUND: u64 = 2_000;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn fails(setup: &Setup, report: &Report, lines: &[Lines]) -> String {
    let (smaller, violations) = shrink(setup, lines);
    let story = told(&smaller, lines).1.join("\n");
    let smaller = serde_json::to_string(&smaller).unwrap_or_default();
    format!("{story}\n\nseed {}: {:?}\nsmaller: {smaller}\n{violations:#?}", setup.seed, report.violations)
}

/// What seeds came to, a share of them on each of two threads.
#[derive(Default)]
struct Sum {
    calls: u64,
    commits: u64,
    happenings: u64,
    media: u64,
    repeated: u64,
    silences: Vec<u64>,
    hash: u64,
}

fn share(from: u64, many: u64, nth: u64) -> Sum {
    let lines = stories::lines().expect("the stories compile");
    let mut sum = Sum::default();
    for seed in (from..from + many).filter(|seed| seed % 2 == nth) {
        let setup = Setup::of(seed);
        let report = run(&setup, &lines);
        assert!(report.violations.is_empty(), "{}", fails(&setup, &report, &lines));
        if seed % 10 == 0 {
            assert_eq!(run(&setup, &lines).hash, report.hash, "seed {seed} comes to the same");
        }
        sum.calls += report.calls;
        sum.commits += report.commits;
        sum.happenings += report.happenings;
        sum.media += report.media;
        sum.repeated += report.media_repeated;
        sum.hash ^= report.hash.rotate_left(u32::try_from(seed % 64).unwrap_or(0));
        sum.silences.extend(report.silences);
    }
    sum
}

#[test]
fn no_seed_violates_an_invariant() {
    let (from, many) = (number("FLOWC_SEED", 0), number("FLOWC_SEEDS", SEEDS));
    let other = std::thread::spawn(move || share(from, many, 1));
    let mut sum = share(from, many, 0);
    let other = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    sum.silences.extend(other.silences);
    sum.silences.sort_unstable();
    let at = |permille: usize| sum.silences.get(sum.silences.len() * permille / 1_000).copied().unwrap_or(0);
    eprintln!(
        "seeds {from}..{}: {} calls, {} changes, {} happenings; words sent twice {} of {}; longest silence of a call p50 {} ms, \
         p90 {} ms, p99 {} ms; trace hash {:016x}",
        from + many,
        sum.calls + other.calls,
        sum.commits + other.commits,
        sum.happenings + other.happenings,
        sum.repeated + other.repeated,
        sum.media + other.media,
        at(500),
        at(900),
        at(990),
        sum.hash ^ other.hash,
    );
}

/// A process sends an answer, loses what came of it and stands still until the call has rung too long: the line may be up.
#[test]
fn an_answer_whose_fate_is_unknown_is_asked_for_however_late_it_is() {
    let faults = Faults {
        lose_webhook: 30,
        duplicate_webhook: 190,
        delay_webhook: 169,
        lose_acknowledgement: 51,
        lose_request: 50,
        lose_answer: 42,
        throttle: 36,
        fail_after: 54,
        refuse: 40,
        store_error: 37,
        store_unknown: 28,
        store_slow: 23,
        crash: 4,
        pauses: 2,
        reloads: 2,
        ..Faults::default()
    };
    let setup = Setup { seed: 9_862, calls: 4, processes: 1, troubled_ms: 62_000, faults };
    let report = run(&setup, &stories::lines().expect("the stories compile"));
    assert!(report.violations.is_empty(), "{:?}", report.violations);
}

/// Looks for planted bugs, one after the other from where the other thread has got to; those that nobody notices.
fn look_for_bugs(next: &AtomicUsize) -> Vec<Bug> {
    let lines = stories::lines().expect("the stories compile");
    let mut unfound = Vec::new();
    while let Some(bug) = Bug::ALL.get(next.fetch_add(1, Ordering::Relaxed)) {
        plant(Some(*bug));
        let found = (0..MOST_UNTIL_FOUND).find_map(|seed| {
            let report = run(&Setup::of(seed), &lines);
            report.violations.first().map(|violation| (seed, violation.clone()))
        });
        plant(None);
        match found {
            Some((seed, violation)) => eprintln!("{bug:?}: seed {seed}, {}: {}", violation.invariant, violation.what),
            None => unfound.push(*bug),
        }
    }
    unfound
}

#[test]
fn every_planted_bug_is_found() {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let other = std::thread::spawn(|| look_for_bugs(&NEXT));
    let mut unfound = look_for_bugs(&NEXT);
    unfound.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
    assert!(unfound.is_empty(), "nobody notices {unfound:?}");
}
