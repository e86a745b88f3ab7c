//! How long media lasts where nobody plays it for real: one table for the emulator, rehearsals and estimates of the checker.

/// Characters of a text prompt spoken in one second.
pub const CHARS_PER_SECOND: u64 = 14;
/// How long an audio file lasts whose header cannot be read, in milliseconds.
pub const UNREADABLE_FILE_MS: u64 = 2_000;
/// The audio file of a project that is heard before a message; where a project has none, the service has one of its own.
pub const BEEP_FILE: &str = "beep.wav";
/// How long one key press takes, in milliseconds.
pub const KEY_MS: u64 = 200;

/// How long a text takes to speak, in milliseconds, rounded up; an empty text takes none.
#[must_use]
pub fn text_ms(text: &str) -> u64 {
    let chars = text.chars().count() as u64;
    (chars * 1000).div_ceil(CHARS_PER_SECOND)
}

/// How long an SSML document takes to speak: its text without the mark-up, in milliseconds.
#[must_use]
pub fn ssml_ms(ssml: &str) -> u64 {
    let mut spoken = String::new();
    let mut in_tag = false;
    for c in ssml.chars() {
        match c {
            '<' => in_tag = true,
            '>' => in_tag = false,
            c if !in_tag => spoken.push(c),
            _ => {}
        }
    }
    text_ms(spoken.trim())
}

/// Length of a WAV file in milliseconds, read from its RIFF header (bytes per second and size of the data chunk).
/// `None` when the bytes are not a WAV file that says both.
#[must_use]
pub fn wav_ms(bytes: &[u8]) -> Option<u64> {
    if bytes.get(0..4)? != b"RIFF" || bytes.get(8..12)? != b"WAVE" {
        return None;
    }
    let number = |at: usize| -> Option<u32> { Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?)) };
    let mut at = 12;
    let mut bytes_per_second = None;
    while let Some(id) = bytes.get(at..at + 4) {
        let size = number(at + 4)?;
        match id {
            b"fmt " => bytes_per_second = number(at + 16),
            b"data" => {
                let rate = u64::from(bytes_per_second.filter(|rate| *rate > 0)?);
                return Some(u64::from(size) * 1000 / rate);
            }
            _ => {}
        }
        at = at.checked_add(8)?.checked_add(size as usize)?.checked_add(size as usize % 2)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::platform::media_time::{ssml_ms, text_ms, wav_ms};

    #[test]
    fn text_is_spoken_at_fourteen_characters_a_second() {
        assert_eq!(text_ms(""), 0);
        assert_eq!(text_ms("fourteen chars"), 1000);
        assert_eq!(text_ms("fourteen chars!"), 1072);
        assert_eq!(ssml_ms("<speak><voice name=\"x\">fourteen chars</voice></speak>"), 1000);
    }

    #[test]
    fn wav_length_comes_from_its_header() {
        let mut wav = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x80\x3e\0\0".to_vec();
        wav.extend(32000u32.to_le_bytes());
        wav.extend([2, 0, 16, 0]);
        wav.extend(b"data");
        wav.extend(48000u32.to_le_bytes());
        assert_eq!(wav_ms(&wav), Some(1500));
        assert_eq!(wav_ms(&wav[..30]), None);
        assert_eq!(wav_ms(b"ID3"), None);
    }
}
