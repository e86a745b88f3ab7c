//! Room on the disk that is kept for calls in progress: a file beside the store. When the disk is full its room is given back, so
//! that what was begun can be finished; until there is room for the file again nothing new is begun.
//!
//! The file is as long as it should be, or empty once its room was given back: so a process that begins anew knows of it.

use crate::store::sqlite::spawn;
use crate::store::{Error, Reserve};
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// The room that is kept, and who takes it back.
#[derive(Debug)]
pub(super) struct Ballast {
    kept: Arc<Kept>,
    stop: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What both sides know.
#[derive(Debug)]
struct Kept {
    path: PathBuf,
    bytes: u64,
    /// The room was given back, and the disk has not had as much to spare since.
    short: AtomicBool,
    /// The length of the file.
    held: AtomicU64,
    /// Held while the file is changed.
    turn: Mutex<()>,
}

impl Ballast {
    /// Keeps so many bytes in the file at `path`, now if there is room, and looks for room every `again` while it has none.
    /// `None` for 0 bytes, and then there is no file.
    pub(super) fn keep(path: PathBuf, bytes: u64, again: Duration) -> Result<Option<Ballast>, Error> {
        if bytes == 0 {
            let _ = std::fs::remove_file(path);
            return Ok(None);
        }
        let short = AtomicBool::new(length(&path) == Some(0));
        let kept = Arc::new(Kept { path, bytes, short, held: AtomicU64::new(0), turn: Mutex::new(()) });
        if !kept.take() {
            tracing::warn!(bytes, "the disk under the store has no room for what is kept for calls in progress");
        }
        let (stop, stopped) = sync_channel(1);
        let ours = Arc::clone(&kept);
        let thread = spawn("ballast", move || watch(&ours, &stopped, again))?;
        Ok(Some(Ballast { kept, stop: Some(stop), thread: Some(thread) }))
    }

    /// How it stands.
    pub(super) fn reserve(&self) -> Reserve {
        match (self.is_short(), self.kept.held.load(Ordering::SeqCst)) {
            (true, _) => Reserve::Given,
            (false, 0) => Reserve::None,
            (false, bytes) => Reserve::Held(bytes),
        }
    }

    /// Whether the room was given back and is not there again.
    pub(super) fn is_short(&self) -> bool {
        self.kept.short.load(Ordering::SeqCst)
    }

    /// Gives the room back. Says whether there was any.
    pub(super) fn give(&self) -> bool {
        let _held = self.kept.turn();
        let given = length(&self.kept.path).is_some_and(|length| length > 0) && empty(&self.kept.path).is_ok();
        if given {
            self.kept.short.store(true, Ordering::SeqCst);
            self.kept.held.store(0, Ordering::SeqCst);
            tracing::warn!("the disk under the store is full: what was kept free is given to calls in progress");
        }
        given
    }

    /// Looks for room now.
    #[cfg(test)]
    pub(super) fn look(&self) {
        self.kept.take();
    }
}

impl Drop for Ballast {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Takes the room back once it is there.
fn watch(kept: &Kept, stopped: &Receiver<()>, again: Duration) {
    while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(again) {
        if kept.held.load(Ordering::SeqCst) == 0 && kept.take() {
            tracing::warn!("the disk under the store has room again");
        }
    }
}

impl Kept {
    fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the file, unless the disk would have less than a quarter of it to spare afterwards. Says whether it is there.
    fn take(&self) -> bool {
        let _held = self.turn();
        let had = length(&self.path).unwrap_or(0);
        if had != self.bytes {
            let room = room(&self.path).is_none_or(|room| room.saturating_add(had) >= self.bytes + self.bytes / 4);
            if !room || self.make().is_err() {
                return false;
            }
        }
        self.short.store(false, Ordering::SeqCst);
        self.held.store(self.bytes, Ordering::SeqCst);
        true
    }

    fn make(&self) -> std::io::Result<()> {
        let mut options = OpenOptions::new();
        options.create(true).write(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&self.path)?;
        let made = reserve(&file, self.bytes).and_then(|()| file.sync_all());
        if made.is_err() && !self.short.load(Ordering::SeqCst) {
            // Nothing was given to anybody: an empty file would say so.
            std::fs::remove_file(&self.path)?;
        } else if made.is_err() {
            file.set_len(0)?;
        }
        made
    }
}

fn length(path: &Path) -> Option<u64> {
    std::fs::metadata(path).ok().map(|file| file.len())
}

fn empty(path: &Path) -> std::io::Result<()> {
    OpenOptions::new().write(true).truncate(true).open(path).map(|_| ())
}

/// What the disk under the folder of `path` has for us, where the system tells.
fn room(path: &Path) -> Option<u64> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    room_in(folder)
}

#[cfg(unix)]
fn room_in(folder: &Path) -> Option<u64> {
    rustix::fs::statvfs(folder).ok().map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
fn room_in(_folder: &Path) -> Option<u64> {
    None
}

/// Makes the file that long with room on the disk for every byte: a length alone takes none.
#[cfg(target_os = "linux")]
fn reserve(file: &File, bytes: u64) -> std::io::Result<()> {
    match rustix::fs::fallocate(file, rustix::fs::FallocateFlags::empty(), 0, bytes) {
        Ok(()) => Ok(()),
        Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS) => written(file, bytes),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn reserve(file: &File, bytes: u64) -> std::io::Result<()> {
    written(file, bytes)
}

/// Writes so many bytes that are not easily made shorter.
fn written(mut file: &File, bytes: u64) -> std::io::Result<()> {
    let (mut state, mut left) = (1_u64, bytes);
    let mut block = vec![0; 1 << 16];
    while left > 0 {
        for byte in &mut block {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (state >> 56) as u8;
        }
        let count = usize::try_from(left).unwrap_or(usize::MAX).min(block.len());
        file.write_all(&block[..count])?;
        left -= count as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::store::Reserve;
    use crate::store::sqlite::ballast::{Ballast, length, room, written};
    use std::time::Duration;

    const NEVER: Duration = Duration::from_secs(3_600);

    #[test]
    fn room_is_kept_given_and_taken_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s.db.ballast");
        let keep = |bytes| Ballast::keep(path.clone(), bytes, NEVER).unwrap();
        let ballast = keep(100_000).unwrap();
        assert_eq!((ballast.reserve(), length(&path)), (Reserve::Held(100_000), Some(100_000)));
        assert!(ballast.give());
        assert_eq!((ballast.reserve(), length(&path)), (Reserve::Given, Some(0)));
        assert!(!ballast.give(), "once");
        ballast.look();
        assert_eq!(ballast.reserve(), Reserve::Held(100_000));
        drop(ballast);
        assert_eq!(keep(50_000).unwrap().reserve(), Reserve::Held(50_000));
        assert!(keep(0).is_none());
        assert!(!path.exists());
    }

    /// No disk of ours has that much room.
    #[test]
    fn without_room_calls_are_taken_until_the_disk_is_full_and_not_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s.db.ballast");
        let too_much = room(&path).unwrap_or(0).saturating_add(1 << 40);
        let keep = || Ballast::keep(path.clone(), too_much, NEVER).unwrap().unwrap();
        assert_eq!(keep().reserve(), Reserve::None);
        assert!(!keep().give());
        std::fs::write(&path, "").unwrap();
        assert_eq!(keep().reserve(), Reserve::Given, "it was given before the restart");
    }

    #[test]
    fn where_room_cannot_be_reserved_it_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s.db.ballast");
        written(&std::fs::File::create(&path).unwrap(), 150_000).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let zeros = bytes.iter().filter(|byte| **byte == 0).count();
        assert!(bytes.len() == 150_000 && zeros < 2_000, "{zeros} zeros of {}", bytes.len());
    }
}
