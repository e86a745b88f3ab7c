//! The files of recordings, fetched while the platform still has them. What is wanted is noted in the folder itself before the
//! event is acknowledged, so that a process that dies hands it to the next one. A file has its name only once it is whole and
//! on disk. Knows nothing of calls but the id in a name.

mod wanted;

pub use crate::recordings::wanted::{Failed, Wanted};

use crate::provider::acs::client::Client;
use crate::provider::acs::client::file::Trouble;
use crate::provider::acs::from_wire::grid::RecordingReady;
use crate::recordings::wanted::{Next, after};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::fs;
use tokio::io::AsyncWriteExt;
use tokio::sync::Semaphore;

/// Longest file that is kept, in bytes: a day of five unmixed channels is shorter.
const MOST_BYTES: u64 = 16 << 30;
/// Files fetched at the same time.
const AT_ONCE: usize = 4;
/// Where notes of what is wanted lie, and those of what was given up.
const WANTED: &str = ".wanted";
const GIVEN_UP: &str = ".given-up";

/// Keeps files. Clones share the work.
#[derive(Clone, Debug)]
pub struct Keeper(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    client: Client,
    folder: PathBuf,
    delete: bool,
    most: u64,
    room: Semaphore,
    /// Names of files that somebody is after.
    busy: Mutex<BTreeSet<String>>,
}

impl Keeper {
    /// Keeps files in this folder, and goes on with what an earlier process has noted. Where `delete`, the platform is told to
    /// delete what is kept.
    ///
    /// # Errors
    /// When the folder cannot be made or read.
    pub fn open(client: Client, folder: &Path, delete: bool) -> io::Result<Keeper> {
        Keeper::bounded(client, folder, delete, MOST_BYTES)
    }

    fn bounded(client: Client, folder: &Path, delete: bool, most: u64) -> io::Result<Keeper> {
        for below in [WANTED, GIVEN_UP] {
            make_folder(&folder.join(below))?;
        }
        let (folder, room, busy) = (folder.to_path_buf(), Semaphore::new(AT_ONCE), Mutex::default());
        let keeper = Keeper(Arc::new(Inner { client, folder, delete, most, room, busy }));
        for entry in std::fs::read_dir(keeper.0.folder.join(WANTED))? {
            let path = entry?.path();
            if path.extension().is_none_or(|ending| ending != "json") {
                // What was on its way when a process ended.
                std::fs::remove_file(&path)?;
                continue;
            }
            match serde_json::from_slice(&std::fs::read(&path)?) {
                Ok(wanted) => keeper.go_after(wanted),
                Err(error) => tracing::error!(note = %path.display(), %error, "a note of a recording cannot be read"),
            }
        }
        Ok(keeper)
    }

    /// The files of a recording of a call (of none of ours where `call` is empty) are wanted. Durable once this returns; what
    /// is kept already, or wanted already, is not wanted again.
    ///
    /// # Errors
    /// When it cannot be noted: the sender may try again.
    pub async fn want(&self, call: &str, ready: &RecordingReady) -> io::Result<()> {
        for wanted in Wanted::of(call, ready, Timestamp::now().as_millisecond()) {
            let (note, file) = (self.note(&wanted), self.file(&wanted));
            if fs::try_exists(&file).await? || fs::try_exists(&note).await? {
                continue;
            }
            // Of two deliveries of one event neither cuts short what the other writes.
            let draft = note.with_extension(format!("{}.draft", uuid::Uuid::new_v4().simple()));
            let text = serde_json::to_vec(&wanted).unwrap_or_default();
            write_down(&draft, &text).await?;
            fs::rename(&draft, &note).await?;
            settle(&self.0.folder.join(WANTED)).await?;
            self.go_after(wanted);
        }
        Ok(())
    }

    fn note(&self, wanted: &Wanted) -> PathBuf {
        self.0.folder.join(WANTED).join(format!("{}.json", wanted.name))
    }

    fn file(&self, wanted: &Wanted) -> PathBuf {
        self.0.folder.join(&wanted.name)
    }

    /// Sees to it that somebody is after a file.
    fn go_after(&self, wanted: Wanted) {
        if !self.busy().insert(wanted.name.clone()) {
            return;
        }
        let keeper = self.clone();
        tokio::spawn(async move {
            let given_up = keeper.stay_after(&wanted).await;
            keeper.busy().remove(&wanted.name);
            // Told of once more just as it was done, it found somebody after it.
            if !given_up && fs::try_exists(keeper.note(&wanted)).await.unwrap_or(false) {
                keeper.go_after(wanted);
            }
        });
    }

    fn busy(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        self.0.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tries until the file is kept, or given up: whether it was.
    async fn stay_after(&self, wanted: &Wanted) -> bool {
        let (name, folder) = (&wanted.name, self.0.folder.display());
        for tries in 1.. {
            let failed = match self.once(wanted).await {
                Ok(()) => {
                    tracing::info!(file = name, "a recording is kept");
                    return false;
                }
                Err(failed) => failed,
            };
            let age = Timestamp::now().as_millisecond().saturating_sub(wanted.since);
            match after(&failed, tries, age) {
                Next::Again(ms) => {
                    tracing::warn!(file = name, %folder, reason = %failed, again_in_ms = ms, "a recording is not kept yet");
                    tokio::time::sleep(Duration::from_millis(ms)).await;
                }
                Next::GiveUp(why) if fs::try_exists(self.file(wanted)).await.unwrap_or(false) => {
                    tracing::error!(file = name, %folder, reason = %failed, why, "a recording is kept, and not deleted at the platform");
                    if let Err(error) = fs::remove_file(self.note(wanted)).await {
                        tracing::error!(file = name, %error, "its note cannot be removed");
                    }
                    return true;
                }
                Next::GiveUp(why) => {
                    tracing::error!(file = name, %folder, reason = %failed, why, "a recording is given up");
                    let to = self.0.folder.join(GIVEN_UP).join(format!("{name}.json"));
                    if let Err(error) = fs::rename(self.note(wanted), to).await {
                        tracing::error!(file = name, %error, "its note cannot be moved");
                    }
                    return true;
                }
            }
        }
        true
    }

    /// One try: what is not there is fetched, what is there is deleted at the platform where that is wanted, then forgotten.
    async fn once(&self, wanted: &Wanted) -> Result<(), Failed> {
        // Closed by nobody.
        let _room = self.0.room.acquire().await;
        let file = self.file(wanted);
        if !fs::try_exists(&file).await? {
            let part = self.0.folder.join(WANTED).join(format!("{}.part", wanted.name));
            let fetched = self.fetch(wanted, &part).await;
            if fetched.is_err() {
                // A full disk gets its room back.
                let _ = fs::remove_file(&part).await;
            }
            fetched?;
            fs::rename(&part, &file).await?;
            settle(&self.0.folder).await?;
        }
        if self.0.delete {
            match self.0.client.delete(wanted.delete.as_deref().unwrap_or(&wanted.content)).await {
                Ok(()) | Err(Trouble::Missing(_)) => {}
                Err(trouble) => return Err(trouble.into()),
            }
        }
        fs::remove_file(self.note(wanted)).await?;
        Ok(())
    }

    async fn fetch(&self, wanted: &Wanted, part: &Path) -> Result<(), Failed> {
        let most = self.0.most;
        let mut coming = self.0.client.fetch(&wanted.content).await?;
        if coming.length().is_some_and(|length| length > most) {
            return Err(Failed::TooLong { most });
        }
        let mut out = new_file(part).await?;
        let mut length = 0_u64;
        while let Some(piece) = coming.next().await? {
            length += piece.len() as u64;
            if length > most {
                return Err(Failed::TooLong { most });
            }
            out.write_all(&piece).await?;
        }
        if length == 0 {
            // Kept, it would count as the file, and have the platform's deleted.
            return Err(Failed::Empty);
        }
        out.flush().await?;
        out.sync_all().await?;
        Ok(())
    }
}

/// A folder that only its owner reads.
fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// A file that only its owner reads; an old one is written anew.
async fn new_file(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    options.mode(0o600);
    options.open(path).await
}

async fn write_down(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = new_file(path).await?;
    file.write_all(bytes).await?;
    file.flush().await?;
    file.sync_all().await
}

/// Makes the names in a folder durable.
async fn settle(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { fs::File::open(folder).await?.sync_all().await } else { Ok(()) }
}

#[cfg(test)]
mod tests;
