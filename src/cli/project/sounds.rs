//! The audio files that a project names, as they lie on the disk.

use crate::cli::project::Project;
use crate::language::compile::sounds;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::Word;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// So much of a file says what it is.
const HEAD: u64 = 4_096;
/// What the platform wants of a WAV file: PCM, channels, hertz, bits.
const WANTED: [u32; 4] = [1, 1, 16_000, 16];

/// Files that are not there, or that the platform would not play.
#[must_use]
pub fn findings(project: &Project) -> Vec<Diagnostic> {
    let named = sounds::named(&project.sources, &project.flows, &project.libraries);
    named.into_iter().filter_map(|(path, word)| finding(&project.root.join(&path), &path, &word)).collect()
}

fn finding(file: &Path, path: &str, word: &Word) -> Option<Diagnostic> {
    let found = |message: String, label: String, help: &str| {
        Some(Diagnostic::new(Code::F0611, message, word.span, label).help(help))
    };
    let ending = path.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    if !matches!(ending.as_str(), "wav" | "mp3") {
        let label = "the platform plays WAV and MP3".to_owned();
        return found(format!("`{path}` is neither WAV nor MP3"), label, "name a file that ends in `.wav` or `.mp3`");
    }
    let mut head = Vec::new();
    if File::open(file).and_then(|file| file.take(HEAD).read_to_end(&mut head)).is_err() {
        let label = "the project has no such file".to_owned();
        return found(format!("there is no `{path}`"), label, "put it into the project, or name an https address");
    }
    let (label, help) = match ending.as_str() {
        "wav" => (wrong_wav(&head)?, "make it WAV, PCM, mono, 16 kHz, 16 bits"),
        _ if head.starts_with(b"ID3") => return None,
        _ => ("it has no ID3v2 tag at its beginning".to_owned(), "the platform wants one in an MP3 file"),
    };
    found(format!("`{path}` is not as the platform plays it"), label, help)
}

/// What is wrong with a WAV file, by its beginning.
fn wrong_wav(head: &[u8]) -> Option<String> {
    let Some(format) = format(head) else { return Some("this is no WAV file".to_owned()) };
    let [kind, channels, hertz, bits] = format;
    if format == WANTED {
        return None;
    }
    let kind = if kind == WANTED[0] { "PCM" } else { "not PCM" };
    Some(format!("{kind}, {channels} channel{}, {hertz} Hz, {bits} bits", if channels == 1 { "" } else { "s" }))
}

/// Encoding, channels, hertz and bits, from the chunk that says so.
fn format(head: &[u8]) -> Option<[u32; 4]> {
    let mut rest = head.strip_prefix(b"RIFF")?.get(4..)?.strip_prefix(b"WAVE")?;
    loop {
        let (name, size) = (rest.get(..4)?, number(rest.get(4..8)?));
        let body = rest.get(8..)?;
        if name == b"fmt " {
            let part = |from: usize, to: usize| body.get(from..to).map(number);
            return Some([part(0, 2)?, part(2, 4)?, part(4, 8)?, part(14, 16)?]);
        }
        // Chunks begin at even places.
        rest = body.get(usize::try_from(size).ok()?.checked_add(size as usize % 2)?..)?;
    }
}

/// A number, its smallest byte first.
fn number(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use crate::cli::project::sounds::wrong_wav;

    fn wav(kind: u16, channels: u16, hertz: u32, bits: u16) -> Vec<u8> {
        let mut wav = b"RIFF\x00\x00\x00\x00WAVELIST\x03\x00\x00\x00abc\x00fmt \x10\x00\x00\x00".to_vec();
        wav.extend(kind.to_le_bytes());
        wav.extend(channels.to_le_bytes());
        wav.extend(hertz.to_le_bytes());
        wav.extend([0; 6]);
        wav.extend(bits.to_le_bytes());
        wav
    }

    #[test]
    fn the_beginning_of_a_wav_file() {
        assert_eq!(wrong_wav(&wav(1, 1, 16_000, 16)), None);
        assert_eq!(wrong_wav(&wav(1, 2, 44_100, 16)).as_deref(), Some("PCM, 2 channels, 44100 Hz, 16 bits"));
        assert_eq!(wrong_wav(&wav(7, 1, 8_000, 8)).as_deref(), Some("not PCM, 1 channel, 8000 Hz, 8 bits"));
        for bad in [&b""[..], b"RIFF", b"ID3", b"RIFF\x00\x00\x00\x00WAVEfmt \xff\xff\xff\xff\x01"] {
            assert_eq!(wrong_wav(bad).as_deref(), Some("this is no WAV file"));
        }
    }
}
