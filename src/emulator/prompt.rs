//! What is played: a file, a text or SSML; how long it lasts, and how much of it was heard when it is cut.

use serde::Serialize;

use crate::emulator::answer::Refusal;
use crate::emulator::uri;
use crate::platform::codes::EMPTY_PROMPT;
use crate::platform::limits::TEXT_PROMPT_CHARS;
use crate::platform::media_time::{CHARS_PER_SECOND, ssml_ms, text_ms};
use crate::provider::acs::wire;

/// One source, checked. Serialised as people see it in `playing`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Source {
    /// An audio file.
    File { uri: String },
    /// SSML: its words, and how long they take.
    Ssml {
        text: String,
        #[serde(skip)]
        lasts: u64,
    },
    /// A text.
    Text { text: String },
}

impl Source {
    /// Checks a source of a request.
    pub(crate) fn read(path: &str, source: &wire::PlaySource) -> Result<Source, Refusal> {
        match (source.kind.as_str(), &source.file, &source.text, &source.ssml) {
            ("file", Some(file), None, None) => {
                uri::file(&format!("{path}.file.uri"), &file.uri)?;
                Ok(Source::File { uri: file.uri.clone() })
            }
            ("text", None, Some(text), None) => text_source(path, text),
            ("ssml", None, None, Some(ssml)) => ssml_source(path, &ssml.ssml_text),
            ("file" | "text" | "ssml", ..) => {
                Err(Refusal::field(path, format!("must have the object {} and no other", source.kind)))
            }
            _ => Err(Refusal::field(&format!("{path}.kind"), "must be file, text or ssml")),
        }
    }

    /// Whether playing it takes an AI resource.
    pub(crate) fn is_spoken(&self) -> bool {
        !matches!(self, Source::File { .. })
    }

    /// How long it lasts; `None` for a file, which must be measured.
    pub(crate) fn lasts(&self) -> Option<u64> {
        match self {
            Source::File { .. } => None,
            Source::Ssml { lasts, .. } => Some(*lasts),
            Source::Text { text } => Some(text_ms(text)),
        }
    }

    /// What somebody heard who heard it to the end.
    pub(crate) fn whole(&self) -> String {
        match self {
            Source::File { uri } => uri.clone(),
            Source::Ssml { text, .. } | Source::Text { text } => text.clone(),
        }
    }

    /// What somebody heard when it was cut after so many milliseconds; `None` when that is nothing.
    pub(crate) fn cut(&self, after_ms: u64) -> Option<String> {
        match self {
            _ if after_ms == 0 => None,
            Source::File { uri } => Some(format!("{uri}…")),
            Source::Ssml { text, .. } | Source::Text { text } => {
                let chars = usize::try_from(after_ms * CHARS_PER_SECOND / 1000).unwrap_or(usize::MAX);
                Some(text.chars().take(chars).chain(['…']).collect())
            }
        }
    }
}

fn text_source(path: &str, source: &wire::TextSource) -> Result<Source, Refusal> {
    if source.text.trim().is_empty() {
        return Err(Refusal::new(EMPTY_PROMPT, format!("{path}.text.text: must not be empty")));
    }
    if source.text.chars().count() > TEXT_PROMPT_CHARS {
        return Err(Refusal::field(
            &format!("{path}.text.text"),
            format!("must be at most {TEXT_PROMPT_CHARS} characters"),
        ));
    }
    if source.voice_kind.as_deref().is_some_and(|kind| !matches!(kind, "male" | "female")) {
        return Err(Refusal::field(&format!("{path}.text.voiceKind"), "must be male or female"));
    }
    Ok(Source::Text { text: source.text.clone() })
}

fn ssml_source(path: &str, ssml: &str) -> Result<Source, Refusal> {
    let text = words(ssml);
    if text.is_empty() {
        return Err(Refusal::new(EMPTY_PROMPT, format!("{path}.ssml.ssmlText: must not be empty")));
    }
    if !ssml.contains("<speak") {
        return Err(Refusal::field(&format!("{path}.ssml.ssmlText"), "must be a whole speak document"));
    }
    Ok(Source::Ssml { text, lasts: ssml_ms(ssml) })
}

/// The words of an SSML document: mark-up dropped, the five entities of XML read.
fn words(ssml: &str) -> String {
    let mut text = String::new();
    for piece in ssml.split('<') {
        text.push_str(piece.split_once('>').map_or("", |(_, words)| words));
    }
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    entities.iter().fold(text.trim().to_owned(), |text, (entity, char)| text.replace(entity, char))
}

#[cfg(test)]
mod tests {
    use crate::emulator::prompt::Source;

    fn read(json: &str) -> Result<Source, (i32, String)> {
        let source = serde_json::from_str(json).expect("the wire's shape");
        Source::read("playSources[0]", &source).map_err(|refusal| (refusal.code.sub, refusal.message))
    }

    #[test]
    fn kind_and_object_must_agree() {
        assert_eq!(read(r#"{"kind":"text","text":{"text":"Hello"}}"#), Ok(Source::Text { text: "Hello".to_owned() }));
        for (json, code, start) in [
            (r#"{"kind":"text","file":{"uri":"https://h/a.wav"}}"#, 8523, "playSources[0]: "),
            (r#"{"kind":"text"}"#, 8523, "playSources[0]: "),
            (r#"{"kind":"file","file":{"uri":"https://h/a"},"text":{"text":"x"}}"#, 8523, "playSources[0]: "),
            (r#"{"kind":"song"}"#, 8523, "playSources[0].kind: "),
            (r#"{"kind":"file","file":{"uri":"a.wav"}}"#, 8523, "playSources[0].file.uri: "),
            (r#"{"kind":"text","text":{"text":" "}}"#, 8582, "playSources[0].text.text: "),
            (r#"{"kind":"text","text":{"text":"x","voiceKind":"robot"}}"#, 8523, "playSources[0].text.voiceKind: "),
            (r#"{"kind":"ssml","ssml":{"ssmlText":"<speak></speak>"}}"#, 8582, "playSources[0].ssml.ssmlText: "),
            (r#"{"kind":"ssml","ssml":{"ssmlText":"<p>Hi</p>"}}"#, 8523, "playSources[0].ssml.ssmlText: "),
        ] {
            let (sub, message) = read(json).expect_err(json);
            assert_eq!(sub, code, "{json}");
            assert!(message.starts_with(start), "{json} -> {message}");
        }
        let long = |length: usize| read(&format!(r#"{{"kind":"text","text":{{"text":"{}"}}}}"#, "é".repeat(length)));
        assert!(long(4000).is_ok() && long(4001).is_err());
    }

    #[test]
    fn what_is_heard() {
        let text = Source::Text { text: "fourteen chars and more".to_owned() };
        assert_eq!(text.cut(1000).as_deref(), Some("fourteen chars…"));
        assert_eq!(text.cut(0), None);
        let ssml =
            read(r#"{"kind":"ssml","ssml":{"ssmlText":"<speak><voice name='x'>Salt &amp; pepper</voice></speak>"}}"#);
        let ssml = ssml.expect("well formed");
        assert_eq!((ssml.whole().as_str(), ssml.lasts()), ("Salt & pepper", Some(1215)));
        let file = Source::File { uri: "https://h/a.wav".to_owned() };
        assert_eq!((file.whole().as_str(), file.lasts()), ("https://h/a.wav", None));
        assert_eq!(
            serde_json::to_value(&file).ok(),
            Some(serde_json::json!({"kind": "file", "uri": "https://h/a.wav"}))
        );
    }
}
