//! A service whose clock is an hour wrong, and jumps while it runs: no call ends early or late.

use crate::chaos::check::Verdict;
use crate::chaos::desk::Desk;
use crate::chaos::platform::Rules;
use crate::chaos::{one_at_a_time, seed};
use crate::harness::Flowc;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Lines that are kept up.
const LIVE: usize = 40;
const HOUR_MS: i64 = 3_600_000;
/// Where systems have the library that lies about the time of a process.
const LIBRARIES: [&str; 3] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/faketime/libfaketimeMT.so.1",
];

/// How the clock is set: by a file of libfaketime's, which can be changed while the process runs, or by the variable that only
/// builds for tests know, which cannot.
fn library() -> Option<&'static str> {
    LIBRARIES.into_iter().find(|path| Path::new(path).exists())
}

/// The file that says how wrong the clock is.
fn wrong_by() -> &'static PathBuf {
    static FILE: OnceLock<PathBuf> = OnceLock::new();
    FILE.get_or_init(|| std::env::temp_dir().join(format!("flowc-clock-{}", std::process::id())))
}

fn told(service: Flowc, hours: i64) -> Flowc {
    match library() {
        Some(library) => service
            .env("LD_PRELOAD", library)
            .env("FAKETIME_TIMESTAMP_FILE", &wrong_by().display().to_string())
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env("DONT_FAKE_MONOTONIC", "1"),
        None => service.env("FLOWC_CLOCK_OFF_MS", &(hours * HOUR_MS).to_string()),
    }
}

fn set(hours: i64) {
    std::fs::write(wrong_by(), format!("{hours:+}h\n")).expect("files can be written");
}

#[test]
fn no_call_ends_early_under_a_clock_that_is_an_hour_fast() {
    under(1, |service| told(service, 1));
}

#[test]
fn no_call_ends_early_under_a_clock_that_is_an_hour_slow() {
    under(-1, |service| told(service, -1));
}

fn under(hours: i64, told: fn(Flowc) -> Flowc) {
    let _alone = one_at_a_time();
    let seed = seed();
    if library().is_none() && !cfg!(debug_assertions) {
        eprintln!("clock: not run: without libfaketime, only builds with debug assertions can be given a wrong clock");
        return;
    }
    set(hours);
    let mut desk = Desk::open(seed, Rules { leaves: 0, ..Rules::default() }, told);
    desk.platform.keep_up(LIVE);
    desk.until("so many lines", || desk.platform.books().live() >= LIVE * 9 / 10);
    let from = desk.platform.books().acknowledged.len();
    desk.until("calls go on", || desk.platform.books().acknowledged.len() > from + LIVE * 4);
    // Two hours the other way, with the calls that are up. The variable can only be changed with the process.
    set(-hours);
    let from = desk.platform.books().acknowledged.len();
    desk.until("calls go on", || desk.platform.books().acknowledged.len() > from + LIVE * 4);
    let (verdict, settling) = desk.settle_in(hours * HOUR_MS);
    let how =
        library().map_or("by FLOWC_CLOCK_OFF_MS, without a jump", |_| "by libfaketime, with a jump to the other side");
    eprintln!(
        "clock: seed {seed}, {hours:+} h {how}, {} calls, results {:?}, {} asked after, settled in {settling:?}",
        verdict.calls, verdict.results, verdict.asked_after
    );
    let _ = std::fs::remove_file(wrong_by());
    verdict.none();
    as_if_it_were_right(&verdict);
}

/// Nobody left and nothing was lost: each call came to the end of its flow, and no deadline had the platform asked.
fn as_if_it_were_right(verdict: &Verdict) {
    // On a machine that has much else to do, a request may be slow enough to be asked after.
    assert!(verdict.asked_after * 10 < verdict.calls, "{} deadlines came early", verdict.asked_after);
    let ends: Vec<&str> = verdict.results.keys().map(String::as_str).collect();
    assert!(ends.iter().all(|end| ["handed_over", "nobody", "served", "told"].contains(end)), "{:?}", verdict.results);
    let (ended, unheard): (usize, usize) =
        (verdict.results.values().sum(), verdict.results.get("nobody").copied().unwrap_or(0));
    // A caller presses nothing three times in a row.
    assert!(unheard * 20 < ended.max(20), "{:?}", verdict.results);
    assert!(
        verdict.waited_ms.iter().all(|ms| (2_000..60_000).contains(ms)),
        "waits of 2 s took {:?} ms",
        verdict.waited_ms
    );
    assert!(!verdict.waited_ms.is_empty(), "nobody waited");
}
