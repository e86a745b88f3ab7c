//! `GET /media/…`: the project's audio files, for the platform to fetch. Audio only: a project holds secrets too. The beep
//! before a message is there whether a project has its own or not.

use crate::http::{Response, decode_segment};
use crate::platform::media_time::BEEP_FILE;
use crate::server::not_found;
use std::path::Path;

/// Largest file served, in bytes.
const MOST_BYTES: u64 = 20 << 20;
/// Endings that are served, with their types.
const TYPES: &[(&str, &str)] = &[("wav", "audio/wav"), ("mp3", "audio/mpeg")];

pub(super) async fn answer(project: Option<&Path>, segments: &[&str]) -> Response {
    let beep = || if segments == [BEEP_FILE] { audio(beep(), "audio/wav") } else { not_found() };
    let Some(project) = project else { return beep() };
    let mut path = project.to_path_buf();
    for segment in segments {
        match decode_segment(segment) {
            Some(name) if is_plain(&name) => path.push(name),
            Some(_) | None => return not_found(),
        }
    }
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or("").to_ascii_lowercase();
    let Some((_, content_type)) = TYPES.iter().find(|(known, _)| *known == ending) else { return not_found() };
    match read(project, &path).await {
        Some(body) => audio(body, content_type),
        None => beep(),
    }
}

fn audio(body: Vec<u8>, content_type: &'static str) -> Response {
    Response::empty(200).with_header("content-type", content_type).with_body(body)
}

/// Samples in a second, as the platform wants a file: WAV, one channel, 16 bits.
const RATE: u32 = 16_000;
/// How long the beep is, in samples: 0.4 seconds.
const BEEP_SAMPLES: u32 = 6_400;
/// Its pitch, in hertz, and a quarter of the loudness there is.
const BEEP: (f64, f64) = (1_000.0, 8_000.0);

/// The beep before a message: a sine that swells and fades over 10 ms, so that it does not crackle.
fn beep() -> Vec<u8> {
    let data = BEEP_SAMPLES * 2;
    let mut wav = Vec::with_capacity(44 + data as usize);
    wav.extend(b"RIFF");
    wav.extend((36 + data).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend(16u32.to_le_bytes());
    // PCM, one channel.
    wav.extend([1, 0, 1, 0]);
    wav.extend(RATE.to_le_bytes());
    wav.extend((RATE * 2).to_le_bytes());
    // Two bytes a sample, 16 bits.
    wav.extend([2, 0, 16, 0]);
    wav.extend(b"data");
    wav.extend(data.to_le_bytes());
    for n in 0..BEEP_SAMPLES {
        let swell = f64::from(n.min(BEEP_SAMPLES - 1 - n)) / f64::from(RATE / 100);
        let wave = (f64::from(n) / f64::from(RATE) * BEEP.0 * std::f64::consts::TAU).sin();
        #[expect(clippy::cast_possible_truncation, reason = "within the 16 bits, by the loudness above")]
        let sample = (wave * BEEP.1 * swell.min(1.0)) as i16;
        wav.extend(sample.to_le_bytes());
    }
    wav
}

/// The file, unless a link leads out of the project or it is larger than any prompt.
async fn read(project: &Path, path: &Path) -> Option<Vec<u8>> {
    let (root, real) = (tokio::fs::canonicalize(project).await.ok()?, tokio::fs::canonicalize(path).await.ok()?);
    let meta = tokio::fs::metadata(&real).await.ok()?;
    if !real.starts_with(&root) || !meta.is_file() || meta.len() > MOST_BYTES {
        return None;
    }
    tokio::fs::read(&real).await.ok()
}

/// One visible name, nothing that leads elsewhere.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0', ':'])
}

#[cfg(test)]
mod tests {
    use crate::platform::media_time::wav_ms;
    use crate::server::media::answer;

    #[tokio::test]
    async fn audio_and_nothing_else_is_served() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("cy")).unwrap();
        std::fs::write(folder.path().join("cy/a b.wav"), b"RIFF").unwrap();
        std::fs::write(folder.path().join("flowc.toml"), b"secret").unwrap();
        let project = Some(folder.path());
        assert_eq!(answer(project, &["cy", "a%20b.wav"]).await.body, b"RIFF");
        for segments in
            [&["flowc.toml"][..], &["..", "a.wav"], &["cy", "%2e%2e", "x.wav"], &["cy%2Fa%20b.wav"], &["none.wav"]]
        {
            assert_eq!(answer(project, segments).await.status, 404, "{segments:?}");
        }
        assert_eq!(answer(None, &["cy", "a%20b.wav"]).await.status, 404);
    }

    #[tokio::test]
    async fn there_is_a_beep_unless_a_project_has_its_own() {
        let folder = tempfile::tempdir().unwrap();
        for project in [None, Some(folder.path())] {
            assert_eq!(wav_ms(&answer(project, &["beep.wav"]).await.body), Some(400));
        }
        std::fs::write(folder.path().join("beep.wav"), b"RIFF").unwrap();
        assert_eq!(answer(Some(folder.path()), &["beep.wav"]).await.body, b"RIFF");
    }
}
