//! The disk under the store is full for a while, in the middle of calls: what is new is refused, calls in progress are finished in
//! the room that was kept for them, nothing that was taken is lost, and everything goes on once there is room.

use crate::chaos::desk::Desk;
use crate::chaos::platform::Rules;
use crate::chaos::{one_at_a_time, seed};
use crate::harness::{Flowc, Folder, http};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Lines that are kept up.
const LIVE: usize = 50;
/// How large the disk is, in MiB.
const DISK: u32 = 48;
/// How much of it is kept for calls in progress, in MiB.
const BALLAST: u64 = 16;

#[test]
fn a_full_disk_loses_nothing_and_is_no_reason_to_start_again() {
    let _alone = one_at_a_time();
    let Some(disk) = Disk::small() else {
        return eprintln!(
            "full disk: not run: no file system may be mounted here; what SQLite's own bound on pages shows is in \
             a_full_disk_refuses_what_is_new_and_heals_without_a_restart"
        );
    };
    let seed = seed();
    let kept = |service: Flowc| service.arg("--store-ballast").arg(BALLAST.to_string());
    let mut desk = Desk::open_in(seed, Rules::default(), kept, Folder::within(disk.folder.path()));
    desk.platform.keep_up(LIVE);
    desk.until("so many lines", || desk.platform.books().live() >= LIVE * 9 / 10);
    desk.platform.books().refused.clear();
    let filler = disk.fill();
    desk.until("full", || ready(&desk) == Some(503));
    let trouble = http::get(desk.port, "/readyz").map(|answer| String::from_utf8_lossy(&answer.body).into_owned());
    let left = |desk: &Desk| measure(desk, "flowc_calls_live");
    let (before, given) = (left(&desk), measure(&desk, "flowc_store_ballast_given"));
    // Whoever rings is refused, whoever is on the line comes to the end.
    desk.until("most calls in progress are over", || {
        left(&desk).is_some_and(|left| before.is_some_and(|before| left <= before / 4.0))
    });
    let unavailable = measure(&desk, "flowc_http_requests_total{route=\"callbacks\",status=\"503\"}");
    let refused = desk.platform.books().refused.clone();
    std::fs::remove_file(filler).expect("it is there");
    desk.until("ready", || ready(&desk) == Some(200));
    let kept = measure(&desk, "flowc_store_ballast_bytes");
    let lines = desk.platform.books().lines.len();
    desk.until("calls again", || desk.platform.books().lines.len() > lines + LIVE / 5);
    let (verdict, settling) = desk.settle();
    eprintln!(
        "full disk: seed {seed}, {DISK} MiB, {trouble:?}, {before:?} calls in progress came to their \
         end, calls refused meanwhile by status {refused:?}, webhooks answered with 503: {unavailable:?}, {} calls, {} webhooks \
         acknowledged, settled in {settling:?}",
        verdict.calls, verdict.webhooks,
    );
    verdict.none();
    assert!(trouble.is_some_and(|trouble| trouble.contains("full")), "it says what is wrong");
    assert_eq!(
        (given, kept),
        (Some(1.0), Some((BALLAST << 20) as f64)),
        "the room that is kept: given, and there again"
    );
    assert!(before.is_some_and(|before| before > 0.0), "calls were in progress");
    assert!(refused.get(&429).is_some_and(|many| *many > 0), "calls that ring are refused with 429: {refused:?}");
}

fn ready(desk: &Desk) -> Option<u16> {
    http::get(desk.port, "/readyz").map(|answer| answer.status)
}

/// What `/metrics` says of this.
fn measure(desk: &Desk, name: &str) -> Option<f64> {
    let answer = http::get(desk.port, "/metrics")?;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
}

/// A file system of its own, in memory; gone when dropped.
struct Disk {
    folder: Folder,
}

impl Disk {
    /// One, where this user may mount it.
    fn small() -> Option<Disk> {
        let folder = Folder::new();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={DISK}m"), "tmpfs"]).arg(folder.path());
        let mounted = mount.stdout(Stdio::null()).stderr(Stdio::null()).status();
        mounted.is_ok_and(|mounted| mounted.success()).then(|| Disk { folder })
    }

    /// Takes all the room that is left.
    fn fill(&self) -> PathBuf {
        let path = self.folder.join("filler");
        let mut file = std::fs::File::create(&path).expect("a file can be made");
        while file.write_all(&[0; 4_096]).is_ok() {}
        path
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Nothing uses it any more, unless the test failed.
        let _ = Command::new("umount").arg("-l").arg(self.folder.path()).status();
    }
}
