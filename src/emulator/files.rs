//! Files of recordings: told of by Event Grid, fetched and deleted by their address, gone after a day.

use serde::Serialize;

use crate::emulator::call::Call;
use crate::emulator::cloud::Cloud;
use crate::emulator::recording::{Content, Recording};
use crate::emulator::world::World;
use crate::platform::events::Notice;
use crate::provider::acs::wire;

/// Where files are reached.
pub(crate) const PATH: &str = "/calling/recordingFiles/";
/// How long a file is kept, in milliseconds.
const KEEP_MS: u64 = 24 * 3_600_000;
/// How many files are kept at most; the oldest go first.
const MOST: usize = 1_000;
/// Longest sound that is made, in milliseconds.
const MOST_SOUND_MS: u64 = 600_000;
/// Samples a second, and how many of them one swing of the tone takes.
const RATE: u64 = 16_000;
const SWING: u64 = 40;
/// How loud the tone is, of 32767.
const LOUDNESS: i64 = 2_000;

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    document: String,
    subject: String,
    base: String,
    started: String,
    lasts_ms: u64,
    content: Content,
    channels: u16,
    end_reason: &'static str,
    made: u64,
}

impl File {
    /// The file of a recording that has just been stopped.
    pub(crate) fn new(
        world: &mut World,
        call: &Call,
        recording: &Recording,
        lasts_ms: u64,
        end_reason: &'static str,
    ) -> File {
        let subject = format!(
            "/recording/call/{}/serverCallId/{}/recordingId/{}",
            call.correlation_id, call.server_call_id, recording.id
        );
        let people = u16::try_from(call.people.len().clamp(1, 5)).unwrap_or(1);
        File {
            document: format!("0-emu-d1-{}", world.ids.guid().replace('-', "")),
            subject,
            base: recording.base.clone(),
            started: recording.started.clone(),
            lasts_ms,
            content: recording.content,
            channels: if recording.content == Content::UnmixedWav { people } else { 1 },
            end_reason,
            made: world.now,
        }
    }

    fn event(&self) -> wire::RecordingFileStatus {
        let (content, channel, format) = match self.content {
            Content::AudioVideo => ("AudioVideo", "Mixed", "Mp4"),
            Content::MixedMp3 => ("Audio", "Mixed", "Mp3"),
            Content::MixedWav => ("Audio", "Mixed", "Wav"),
            Content::UnmixedWav => ("Audio", "Unmixed", "Wav"),
        };
        let location = format!("{}{PATH}{}", self.base, self.document);
        let chunk = wire::RecordingChunk {
            document_id: self.document.clone(),
            index: 0,
            end_reason: Some(self.end_reason.to_owned()),
            content_location: location.clone(),
            metadata_location: Some(format!("{location}/metadata")),
            delete_location: Some(location),
        };
        wire::RecordingFileStatus {
            recording_storage_info: wire::RecordingStorage { recording_chunks: vec![chunk] },
            recording_start_time: Some(self.started.clone()),
            recording_duration_ms: Some(self.lasts_ms),
            recording_content_type: Some(content.to_owned()),
            recording_channel_type: Some(channel.to_owned()),
            recording_format_type: Some(format.to_owned()),
            session_end_reason: Some(self.end_reason.to_owned()),
        }
    }
}

/// What is known of a file besides its sound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    document_id: String,
    recording_start_time: String,
    duration_ms: u64,
    channels: u16,
}

impl Cloud {
    /// The file of a recording is there.
    pub(crate) fn file_is_there(&mut self, file: File) {
        self.world.publish(Notice::RecordingFileStatusUpdated.wire_type(), file.subject.clone(), &file.event(), None);
        while self.files.len() >= MOST {
            self.files.remove(0);
        }
        self.files.push(file);
    }

    fn file(&self, document: &str) -> Option<&File> {
        let now = self.world.now;
        self.files.iter().find(|file| file.document == document && now < file.made.saturating_add(KEEP_MS))
    }

    /// The sound of a file: a WAV of a quiet tone, as long as was recorded, ten minutes at most.
    #[must_use]
    pub fn sound(&self, document: &str) -> Option<Vec<u8>> {
        self.file(document).map(|file| wav(file.lasts_ms.min(MOST_SOUND_MS), file.channels))
    }

    /// What else is known of a file.
    #[must_use]
    pub fn metadata(&self, document: &str) -> Option<Metadata> {
        self.file(document).map(|file| Metadata {
            document_id: file.document.clone(),
            recording_start_time: file.started.clone(),
            duration_ms: file.lasts_ms,
            channels: file.channels,
        })
    }

    /// Deletes a file; whether it was there.
    pub fn delete_file(&mut self, document: &str) -> bool {
        let is_there = self.file(document).is_some();
        self.files.retain(|file| file.document != document);
        is_there
    }
}

/// A WAV file of 16-bit samples at 16 kHz.
fn wav(lasts_ms: u64, channels: u16) -> Vec<u8> {
    let samples = lasts_ms * RATE / 1000;
    let frame = u32::from(channels) * 2;
    let size = u32::try_from(samples * u64::from(frame)).unwrap_or(u32::MAX);
    let rate = u32::try_from(RATE).unwrap_or(u32::MAX);
    let mut bytes = Vec::with_capacity(size as usize + 44);
    bytes.extend(b"RIFF");
    bytes.extend((36 + size).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0");
    bytes.extend(channels.to_le_bytes());
    bytes.extend(rate.to_le_bytes());
    bytes.extend((rate * frame).to_le_bytes());
    bytes.extend((channels * 2).to_le_bytes());
    bytes.extend(16_u16.to_le_bytes());
    bytes.extend(b"data");
    bytes.extend(size.to_le_bytes());
    for sample in 0..samples {
        let level = triangle(sample % SWING).to_le_bytes();
        (0..channels).for_each(|_| bytes.extend(level));
    }
    bytes
}

/// A triangle wave between the two loudest levels.
fn triangle(at: u64) -> i16 {
    let quarter = i64::try_from(SWING / 4).unwrap_or(1);
    let at = i64::try_from(at).unwrap_or(0);
    let height = if at < 2 * quarter { at - quarter } else { 3 * quarter - at };
    i16::try_from(height * LOUDNESS / quarter).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use crate::emulator::files::wav;
    use crate::platform::media_time::wav_ms;

    #[test]
    fn the_header_says_how_long_it_lasts() {
        for (lasts, channels) in [(0, 1), (1, 1), (1500, 1), (2000, 5)] {
            let bytes = wav(lasts, channels);
            assert_eq!(wav_ms(&bytes), Some(lasts));
            assert_eq!(bytes.len(), 44 + usize::try_from(lasts).expect("small") * 32 * usize::from(channels));
        }
        assert!(wav(10, 1)[44..].iter().any(|byte| *byte != 0), "something is heard");
    }
}
