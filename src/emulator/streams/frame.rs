//! The texts on a stream's web socket, in both directions.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::Value;

use crate::emulator::streams::{Kind, Stream};
use crate::platform::depth;
use crate::platform::limits::JSON_DEPTH;

/// How much sound a frame has, in milliseconds.
pub(crate) const FRAME_MS: u64 = 20;
/// Ticks in a millisecond.
const TICKS: u64 = 10_000;
/// Bytes of a sample.
const SAMPLE: u64 = 2;
/// How sure the emulator is of words that were written down for it.
const CERTAIN: f64 = 1.0;

#[derive(Serialize)]
#[serde(tag = "kind", rename_all_fields = "camelCase")]
enum Frame<'a> {
    AudioData { audio_data: AudioData<'a> },
    AudioMetadata { audio_metadata: AudioMetadata<'a> },
    DtmfData { dtmf_data: DtmfData },
    TranscriptionData { transcription_data: TranscriptionData<'a> },
    TranscriptionMetadata { transcription_metadata: TranscriptionMetadata<'a> },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AudioMetadata<'a> {
    subscription_id: &'a str,
    encoding: &'static str,
    sample_rate: u32,
    channels: u32,
    length: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AudioData<'a> {
    timestamp: &'a str,
    #[serde(rename = "participantRawID", skip_serializing_if = "Option::is_none")]
    participant_raw_id: Option<String>,
    data: String,
    silent: bool,
}

#[derive(Serialize)]
struct DtmfData {
    data: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TranscriptionMetadata<'a> {
    subscription_id: &'a str,
    locale: &'a str,
    call_connection_id: &'a str,
    correlation_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    speech_recognition_model_endpoint_id: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TranscriptionData<'a> {
    text: &'a str,
    format: &'static str,
    confidence: f64,
    offset: u64,
    duration: u64,
    words: Vec<Word<'a>>,
    #[serde(rename = "participantRawID")]
    participant_raw_id: String,
    result_status: &'static str,
}

#[derive(Serialize)]
struct Word<'a> {
    text: &'a str,
    offset: u64,
    duration: u64,
}

fn json(frame: &Frame<'_>) -> String {
    serde_json::to_string(frame).unwrap_or_default()
}

/// The first frame of a stream.
pub(crate) fn metadata(stream: &Stream, connection: &str, correlation: &str) -> String {
    let subscription_id = stream.subscription();
    match &stream.kind {
        Kind::Audio(format) => json(&Frame::AudioMetadata {
            audio_metadata: AudioMetadata {
                subscription_id,
                encoding: "PCM",
                sample_rate: format.rate,
                channels: 1,
                length: bytes(format.rate),
            },
        }),
        Kind::Words { locale, model, .. } => json(&Frame::TranscriptionMetadata {
            transcription_metadata: TranscriptionMetadata {
                subscription_id,
                locale,
                call_connection_id: connection,
                correlation_id: correlation,
                speech_recognition_model_endpoint_id: model.as_deref(),
            },
        }),
    }
}

/// How many bytes of sound a frame has.
pub(crate) fn bytes(rate: u32) -> u64 {
    u64::from(rate) * FRAME_MS / 1000 * SAMPLE
}

/// A frame of sound; of somebody, or of all.
pub(crate) fn audio(timestamp: &str, of: Option<String>, samples: &[i16], silent: bool) -> String {
    let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let data = STANDARD.encode(bytes);
    json(&Frame::AudioData { audio_data: AudioData { timestamp, participant_raw_id: of, data, silent } })
}

/// A key was pressed.
pub(crate) fn key(key: char) -> String {
    json(&Frame::DtmfData { dtmf_data: DtmfData { data: key.to_string() } })
}

/// Words that somebody said, `began` milliseconds into the stream.
pub(crate) fn words(text: &str, of: String, began: u64, lasts: u64, is_final: bool) -> String {
    let chars = (text.chars().count() as u64).max(1);
    // Each as far into the phrase as its letters are.
    let place = |chars_before: usize| lasts * chars_before as u64 / chars;
    let words = text.split_whitespace().map(|word| {
        let before = word.as_ptr() as usize - text.as_ptr() as usize;
        let before = text[..before].chars().count();
        let (from, to) = (place(before), place(before + word.chars().count()));
        Word { text: word, offset: (began + from) * TICKS, duration: (to - from) * TICKS }
    });
    json(&Frame::TranscriptionData {
        transcription_data: TranscriptionData {
            text,
            format: "Display",
            confidence: CERTAIN,
            offset: began * TICKS,
            duration: lasts * TICKS,
            words: words.collect(),
            participant_raw_id: of,
            result_status: if is_final { "Final" } else { "Intermediate" },
        },
    })
}

/// What an application sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inbound {
    /// Sound, so many milliseconds of it.
    Audio(u64),
    /// What has not been heard yet is dropped.
    StopAudio,
}

/// Reads what an application sends; names in whatever case, as the SDKs differ.
pub(crate) fn inbound(text: &str, rate: u32) -> Option<Inbound> {
    if !depth::is_within(text.as_bytes(), JSON_DEPTH) {
        return None;
    }
    let frame: Value = serde_json::from_str(text).ok()?;
    let kind = member(&frame, "kind")?.as_str()?;
    if kind.eq_ignore_ascii_case("StopAudio") {
        return Some(Inbound::StopAudio);
    }
    let data = member(member(&frame, "audioData")?, "data")?.as_str()?;
    let is_audio = kind.eq_ignore_ascii_case("AudioData");
    let bytes = STANDARD.decode(data).ok().filter(|_| is_audio)?.len();
    Some(Inbound::Audio(bytes as u64 * 1000 / (u64::from(rate) * SAMPLE)))
}

fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use crate::emulator::streams::frame::{Inbound, inbound, words};
    use serde_json::{Value, json};

    #[test]
    fn what_applications_send_in_any_case() {
        // 640 bytes: 20 ms at 16 kHz.
        let data = "AAAA".repeat(213) + "AA==";
        for (text, read) in [
            (json!({"kind": "AudioData", "audioData": {"data": data}}), Some(Inbound::Audio(20))),
            (json!({"Kind": "audioData", "AudioData": {"Data": data}}), Some(Inbound::Audio(20))),
            (json!({"kind": "stopAudio", "stopAudio": {}}), Some(Inbound::StopAudio)),
            (json!({"kind": "AudioData", "audioData": {"data": "not base64!"}}), None),
            (json!({"kind": "AudioData"}), None),
            (json!({"kind": 7}), None),
            (json!([]), None),
        ] {
            assert_eq!(inbound(&text.to_string(), 16_000), read, "{text}");
        }
        assert_eq!(inbound("{", 16_000), None);
    }

    #[test]
    fn words_have_their_places() {
        let frame = words("Sales, please", "4:+441632960100".to_owned(), 2_000, 929, true);
        let frame: Value = serde_json::from_str(&frame).expect("JSON");
        assert_eq!(frame["kind"], "TranscriptionData");
        let data = &frame["transcriptionData"];
        assert_eq!((&data["offset"], &data["duration"]), (&json!(20_000_000), &json!(9_290_000)));
        assert_eq!(data["words"][0], json!({"text": "Sales,", "offset": 20_000_000, "duration": 4_280_000}));
        assert_eq!(data["words"][1], json!({"text": "please", "offset": 25_000_000, "duration": 4_290_000}));
        assert_eq!((&data["participantRawID"], &data["resultStatus"]), (&json!("4:+441632960100"), &json!("Final")));
    }
}
