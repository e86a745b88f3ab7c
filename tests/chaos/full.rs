//! The disk under the store is full for a while, in the middle of calls: what is new is refused, nothing that was taken is lost,
//! and everything goes on once there is room.

use crate::chaos::desk::Desk;
use crate::chaos::platform::Rules;
use crate::chaos::{one_at_a_time, seed};
use crate::harness::{Folder, http};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Lines that are kept up.
const LIVE: usize = 50;
/// How large the disk is, in MiB.
const DISK: u32 = 48;

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
    let mut desk = Desk::open_in(seed, Rules::default(), |service| service, Folder::within(disk.folder.path()));
    desk.platform.keep_up(LIVE);
    desk.until("so many lines", || desk.platform.books().live() >= LIVE * 9 / 10);
    desk.platform.books().refused.clear();
    let filler = disk.fill();
    desk.until("full", || ready(&desk) == Some(503));
    let trouble = http::get(desk.port, "/readyz").map(|answer| String::from_utf8_lossy(&answer.body).into_owned());
    std::thread::sleep(Duration::from_secs(4));
    let refused = desk.platform.books().refused.clone();
    std::fs::remove_file(filler).expect("it is there");
    desk.until("ready", || ready(&desk) == Some(200));
    let before = desk.platform.books().lines.len();
    desk.until("calls again", || desk.platform.books().lines.len() > before + LIVE / 5);
    let (verdict, settling) = desk.settle();
    eprintln!(
        "full disk: seed {seed}, {DISK} MiB, {trouble:?}, calls refused meanwhile by status {refused:?}, {} calls, {} webhooks \
         acknowledged, settled in {settling:?}",
        verdict.calls, verdict.webhooks,
    );
    verdict.none();
    assert!(trouble.is_some_and(|trouble| trouble.contains("full")), "it says what is wrong");
    assert!(refused.get(&429).is_some_and(|many| *many > 0), "calls that ring are refused with 429: {refused:?}");
}

fn ready(desk: &Desk) -> Option<u16> {
    http::get(desk.port, "/readyz").map(|answer| answer.status)
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
