//! A file that is wanted: what has to be known to fetch it, how its file is named, and when it is given up.

use crate::provider::acs::client::file::Trouble;
use crate::provider::acs::from_wire::grid::{RecordingFile, RecordingReady};
use serde::{Deserialize, Serialize};

/// Longest part of a name, in bytes: an id that is longer is cut and told apart by a digest of the whole.
const MOST_NAME: usize = 100;
/// After so long the platform has the file no more, in milliseconds: a day.
const KEPT_MS: i64 = 24 * 3_600_000;
/// How often a file that is not there is asked for, in case it is not there yet.
const MISSING_TRIES: u32 = 5;
/// Pause before the second try, in milliseconds, doubled for each further one; and the longest.
const PAUSE_MS: u64 = 1_000;
const MOST_PAUSE_MS: u64 = 600_000;

/// One file, as it is noted until it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// What it will be called.
    pub name: String,
    /// The recording, as the platform names it.
    pub recording: String,
    /// Where it is.
    pub content: String,
    /// Where it is deleted, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete: Option<String>,
    /// Since when it is wanted, in milliseconds since the epoch.
    pub since: i64,
}

impl Wanted {
    /// The files of a recording of a call; without one of ours they go by the recording alone.
    pub(super) fn of(call: &str, ready: &RecordingReady, now: i64) -> Vec<Wanted> {
        let wanted = |file: &RecordingFile| Wanted {
            name: name(call, ready, file),
            recording: ready.recording.clone(),
            content: file.content.clone(),
            delete: file.delete.clone(),
            since: now,
        };
        ready.files.iter().map(wanted).collect()
    }
}

/// `CALL.RECORDING.INDEX.FORMAT`, of nothing but letters, digits, `-` and `_` between the points.
fn name(call: &str, ready: &RecordingReady, file: &RecordingFile) -> String {
    let call = if call.is_empty() { "no-call" } else { call };
    let recording = if ready.recording.is_empty() { &file.document } else { &ready.recording };
    let format = ready.format.as_deref().filter(|format| ["wav", "mp3", "mp4"].contains(format)).unwrap_or("bin");
    format!("{}.{}.{}.{format}", plain(call), told_apart(recording), file.index)
}

/// A long id keeps its beginning, and a digest of the whole.
fn told_apart(id: &str) -> String {
    let plain = plain(id);
    if plain.len() <= MOST_NAME {
        return plain;
    }
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, id.as_bytes());
    let digest: String = digest.as_ref()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{digest}", &plain[..MOST_NAME - 17])
}

/// Base64 becomes its form for addresses; whatever else is not a letter, a digit or `-` becomes `_`.
fn plain(id: &str) -> String {
    let letter = |c: char| match c {
        '+' => '-',
        c if c.is_ascii_alphanumeric() || c == '-' => c,
        _ => '_',
    };
    id.trim_end_matches('=').chars().map(letter).collect()
}

/// What to do about a file that could not be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Try again after so many milliseconds.
    Again(u64),
    /// Nothing more: why.
    GiveUp(&'static str),
}

/// What follows from a failed try, the `tries`th, `age` milliseconds after the file was told of.
#[must_use]
pub(super) fn after(trouble: &Failed, tries: u32, age: i64) -> Next {
    match trouble {
        Failed::Platform(Trouble::Elsewhere | Trouble::Redirected(_)) => Next::GiveUp("it will not be elsewhere later"),
        Failed::Platform(Trouble::Missing(_)) if tries >= MISSING_TRIES => Next::GiveUp("it is not there"),
        Failed::TooLong { .. } => Next::GiveUp("it will not be shorter later"),
        _ if age >= KEPT_MS => Next::GiveUp("the platform keeps files for a day"),
        Failed::Platform(_) | Failed::Empty | Failed::Disk(_) => {
            Next::Again(PAUSE_MS.saturating_mul(1 << tries.saturating_sub(1).min(20)).min(MOST_PAUSE_MS))
        }
    }
}

/// Why a file could not be kept this time.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// The platform did not give it, or not delete it.
    #[error(transparent)]
    Platform(#[from] Trouble),
    /// It is longer than what is kept.
    #[error("the file is longer than {most} bytes, the most that is kept")]
    TooLong {
        /// The most.
        most: u64,
    },
    /// There was nothing in it.
    #[error("the platform gave an empty file")]
    Empty,
    /// The disk did not take it.
    #[error("{}", on_disk(.0))]
    Disk(#[from] std::io::Error),
}

fn on_disk(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::StorageFull => "the disk is full: make room, the file is fetched then".to_owned(),
        std::io::ErrorKind::QuotaExceeded => {
            "the disk quota is used up: make room, the file is fetched then".to_owned()
        }
        _ => format!("the file cannot be written: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use crate::provider::acs::client::file::Trouble;
    use crate::provider::acs::from_wire::grid::{RecordingFile, RecordingReady};
    use crate::recordings::wanted::{Failed, Next, Wanted, after};
    use std::io;

    fn named(call: &str, recording: &str, format: Option<&str>) -> Vec<String> {
        let file = |index: u32| RecordingFile {
            document: format!("0-emu-d1-{index}"),
            index,
            content: "https://x.example/1".to_owned(),
            delete: None,
        };
        let ready = RecordingReady {
            recording: recording.to_owned(),
            server_call: None,
            format: format.map(str::to_owned),
            files: vec![file(0), file(1)],
        };
        Wanted::of(call, &ready, 7).into_iter().map(|wanted| wanted.name).collect()
    }

    #[test]
    fn names_are_of_call_and_recording_and_lead_nowhere() {
        assert_eq!(named("0192-a", "eyJQ+/8==", Some("wav")), ["0192-a.eyJQ-_8.0.wav", "0192-a.eyJQ-_8.1.wav"]);
        assert_eq!(named("", "", None), ["no-call.0-emu-d1-0.0.bin", "no-call.0-emu-d1-1.1.bin"]);
        assert_eq!(named("../..", "/etc/passwd", Some("../sh"))[0], "_____._etc_passwd.0.bin");
        let (one, other) = (named("c", &"a".repeat(300), None), named("c", &format!("{}b", "a".repeat(300)), None));
        assert_ne!(one[0], other[0]);
        assert!(one[0].len() < 120 && one[0].starts_with("c.aaaa"), "{}", one[0]);
    }

    #[test]
    fn what_may_come_right_is_tried_for_a_day() {
        let refused = || Failed::Platform(Trouble::Refused(503));
        assert_eq!(after(&refused(), 1, 0), Next::Again(1_000));
        assert_eq!(after(&refused(), 4, 0), Next::Again(8_000));
        assert_eq!(after(&refused(), 4_000, 0), Next::Again(600_000));
        assert!(matches!(after(&refused(), 4, 86_400_000), Next::GiveUp(_)));
        let missing = Failed::Platform(Trouble::Missing(404));
        assert_eq!(after(&missing, 4, 0), Next::Again(8_000));
        assert!(matches!(after(&missing, 5, 0), Next::GiveUp(_)));
        for lost in [Failed::Platform(Trouble::Elsewhere), Failed::Platform(Trouble::Redirected(302))] {
            assert!(matches!(after(&lost, 1, 0), Next::GiveUp(_)), "{lost}");
        }
        assert!(matches!(after(&Failed::TooLong { most: 9 }, 1, 0), Next::GiveUp(_)));
    }

    #[test]
    fn a_full_disk_is_told_and_tried_again() {
        let full = Failed::from(io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!(full.to_string(), "the disk is full: make room, the file is fetched then");
        assert_eq!(after(&full, 1, 0), Next::Again(1_000));
    }
}
