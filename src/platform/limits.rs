//! Limits and default times of the platform, and of flowc where the platform leaves a choice.

/// Longest text of one text prompt, in characters (documented).
pub const TEXT_PROMPT_CHARS: usize = 4000;
/// How long an inbound call rings before its context is useless, in milliseconds (documented: about 30 s).
pub const INBOUND_RING_MS: u64 = 30_000;
/// Bounds of `initialSilenceTimeoutInSeconds`, in seconds (schema).
pub const FIRST_KEY_SECONDS: std::ops::RangeInclusive<u64> = 0..=300;
/// The same bound for choices and speech, in seconds (documentation).
pub const FIRST_KEY_SPEECH_SECONDS: u64 = 20;
/// Bounds of `interToneTimeoutInSeconds`, in seconds (schema).
pub const BETWEEN_KEYS_SECONDS: std::ops::RangeInclusive<u64> = 1..=60;
/// How long an unanswered leg rings when the flow does not say, in milliseconds.
pub const DEFAULT_RING_MS: u64 = 30_000;
/// Longest ring time a flow may ask for, in seconds (the platform's bound on invitations).
pub const RING_FOR_SECONDS: std::ops::RangeInclusive<u64> = 1..=180;
/// Longest `wait` of one state, in seconds: as long as a call may live.
pub const LONGEST_WAIT_SECONDS: u64 = 4 * 3_600;
/// Longest message that is taken, in seconds.
pub const LONGEST_MESSAGE_SECONDS: u64 = 600;
/// Default of `max` of a message, in milliseconds.
pub const DEFAULT_MESSAGE_MS: u64 = 120_000;
/// Default of `min`: a message shorter than this counts as none, in milliseconds.
pub const SHORTEST_MESSAGE_MS: u64 = 1_000;
/// Bounds of the silence that ends speech, in milliseconds (schema: more than 0; own upper bound).
pub const END_SILENCE_MS: std::ops::RangeInclusive<u64> = 1..=20_000;
/// Default of `first_key`: how long a question waits for the first input, in milliseconds.
pub const DEFAULT_FIRST_KEY_MS: u64 = 6_000;
/// Default of `between_keys`, in milliseconds.
pub const DEFAULT_BETWEEN_KEYS_MS: u64 = 3_000;
/// Silence that ends speech when the flow does not say, in milliseconds (documented default, written out).
pub const DEFAULT_END_SILENCE_MS: u64 = 500;
/// How long somebody may speak before the platform is asked what became of it, in milliseconds (own bound).
pub const LONGEST_SPEECH_MS: u64 = 60_000;
/// Default number of times a question is asked again.
pub const DEFAULT_RETRY: u32 = 2;
/// Most times a question may be asked again, and most times a limited edge may be taken.
pub const MOST_REPEATS: u32 = 100;
/// Most tones one recognition may collect (own bound; the schema has none).
pub const MOST_TONES: u32 = 64;
/// Most tones sent with one request (documentation).
pub const MOST_TONES_SENT: usize = 18;
/// A body of the platform's API or of its webhooks is never larger than this, in bytes (Event Grid: 1 MB an event).
pub const BODY_BYTES: usize = 1_572_864;
/// Deepest nesting of a JSON body that is read.
pub const JSON_DEPTH: usize = 32;
/// The voice of text prompts when nothing else names one.
pub const DEFAULT_VOICE: &str = "en-US-NancyNeural";
/// The locale of a call when nothing else names one.
pub const DEFAULT_LOCALE: &str = "en-US";
/// Fewest and most digits of a phone number after its `+` (E.164).
pub const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 2..=15;

/// Whether `text` is a phone number as the platform takes it: `+` and 2 to 15 digits.
#[must_use]
pub fn is_phone(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        PHONE_DIGITS.contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0')
    })
}

/// Whether `text` may be the name of a voice: letters, digits and `-:_`.
#[must_use]
pub fn is_voice(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | ':' | '_'))
}

/// Whether `text` has the shape of a locale flowc takes: language and region, `en-GB`, or with a script, `zh-Hans-CN`.
#[must_use]
pub fn is_locale(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let language = |p: &str| (2..=3).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_lowercase());
    let script = |p: &str| {
        p.len() == 4 && p.starts_with(|c: char| c.is_ascii_uppercase()) && p.bytes().all(|b| b.is_ascii_alphabetic())
    };
    let region = |p: &str| {
        (p.len() == 2 && p.bytes().all(|b| b.is_ascii_uppercase()))
            || (p.len() == 3 && p.bytes().all(|b| b.is_ascii_digit()))
    };
    match parts.as_slice() {
        [l, r] => language(l) && region(r),
        [l, s, r] => language(l) && script(s) && region(r),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::platform::limits::{is_locale, is_phone};

    #[test]
    fn shapes() {
        assert!(is_phone("+441632960100") && is_phone("+16"));
        for bad in ["441632960100", "+", "+1", "+0123", "+12345678901234567", "+44 16", "anonymous"] {
            assert!(!is_phone(bad), "{bad}");
        }
        assert!(is_locale("en-GB") && is_locale("zh-Hans-CN") && is_locale("es-419"));
        for bad in ["en", "EN-gb", "en_GB", "english", "en-GB-x", ""] {
            assert!(!is_locale(bad), "{bad}");
        }
    }
}
