//! Ten times what the service is set to take on, with little memory: it refuses and lives.

use crate::chaos::desk::Desk;
use crate::chaos::platform::Rules;
use crate::chaos::{one_at_a_time, seed};
use crate::harness::http;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What it may have, in MiB.
const MEMORY: u64 = 256;
/// Calls that ring at once; the service takes a tenth.
const BURST: usize = 500;
/// Large deliveries at once, and their size in bytes: ten times what may be in flight.
const LARGE: (usize, usize) = (128, 1_400_000);

#[test]
fn a_burst_is_refused_and_survived_with_little_memory() {
    let _alone = one_at_a_time();
    let seed = seed();
    let few = |service: crate::harness::Flowc| service.arg("--max-calls").arg("50").arg("--max-in-flight").arg("16");
    let mut desk = Desk::open(seed, Rules { places: 0, ..Rules::default() }, few);
    let bound = Bound::on(desk.service.id());
    desk.platform.begin(BURST);
    let (kept, refused, cut) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..LARGE.0 {
            scope.spawn(|| {
                let body = vec![b' '; LARGE.1];
                match http::send(desk.port, "POST", "/events/incoming", &[], &body).map(|answer| answer.status) {
                    Some(429 | 503) => refused.fetch_add(1, Ordering::Relaxed),
                    Some(_) => kept.fetch_add(1, Ordering::Relaxed),
                    None => cut.fetch_add(1, Ordering::Relaxed),
                }
            });
        }
    });
    desk.until("ready", || http::get(desk.port, "/readyz").is_some_and(|answer| answer.status == 200));
    let most = most_mib(desk.service.id());
    let (verdict, settling) = desk.settle();
    let calls_refused = desk.platform.books().refused.clone();
    eprintln!(
        "memory: seed {seed}, {}, {most} MiB at the most; {BURST} calls rang at once, {} taken, refused by status {calls_refused:?}; \
         {} large deliveries, {kept:?} read, {refused:?} refused, {cut:?} cut off; settled in {settling:?}",
        bound.words(),
        verdict.calls,
        LARGE.0,
    );
    verdict.none();
    assert!(calls_refused.contains_key(&429), "calls are refused with 429: {calls_refused:?}");
    assert!(refused.into_inner() > 0, "no large delivery was refused");
    assert!(most > 0 && most <= MEMORY, "{most} MiB");
}

/// The most memory that a process ever had, in MiB.
fn most_mib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("it lives");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).expect("a number") / 1_024
}

/// What keeps a process from having more.
enum Bound {
    /// A control group, which kills.
    Group(PathBuf),
    /// A limit on addresses, in MiB, at which allocations fail.
    Addresses(u64),
    /// Nothing but the look afterwards.
    Look,
}

impl Bound {
    fn on(process: u32) -> Bound {
        let groups = [("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")];
        for (root, limit) in groups {
            let group = PathBuf::from(root).join(format!("flowc-chaos-{process}"));
            if std::fs::create_dir(&group).is_err() {
                continue;
            }
            let bound = std::fs::write(group.join(limit), (MEMORY << 20).to_string())
                .and_then(|()| std::fs::write(group.join("cgroup.procs"), process.to_string()));
            match bound {
                Ok(()) => return Bound::Group(group),
                Err(_) => drop(std::fs::remove_dir(&group)),
            }
        }
        // Threads reserve far more addresses than they use.
        let addresses = MEMORY * 16;
        let set =
            Command::new("prlimit").arg(format!("--pid={process}")).arg(format!("--as={}", addresses << 20)).status();
        if set.is_ok_and(|set| set.success()) { Bound::Addresses(addresses) } else { Bound::Look }
    }

    fn words(&self) -> String {
        match self {
            Bound::Group(_) => format!("a control group of {MEMORY} MiB"),
            Bound::Addresses(most) => format!("no control group may be made: a limit of {most} MiB on addresses"),
            Bound::Look => "neither a control group nor a limit may be set: only measured".to_owned(),
        }
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        if let Bound::Group(group) = self {
            // Its process has ended, unless the test failed.
            let _ = std::fs::remove_dir(group);
        }
    }
}
