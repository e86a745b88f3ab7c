//! What a recognition listens for, and what a key means to it.

use std::collections::BTreeSet;

use crate::emulator::answer::Refusal;
use crate::platform::codes::{self, Code};
use crate::platform::limits::{BETWEEN_KEYS_SECONDS, DEFAULT_END_SILENCE_MS, FIRST_KEY_SECONDS};
use crate::platform::speech::{fold, matching};
use crate::platform::tones::Tone;
use crate::provider::acs::wire;

/// Defaults of the contract, in seconds.
const SILENCE_SECONDS: u64 = 5;
const BETWEEN_SECONDS: u64 = 2;

/// What is listened for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// One of several choices; a choice may have a key.
    Choices(Vec<Choice>),
    /// Keys, alone or beside speech.
    Keys { most: u64, stop: Vec<Tone>, between_ms: u64 },
    /// Speech only: keys mean nothing.
    Speech,
}

/// One choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    label: String,
    tone: Option<Tone>,
    phrases: Vec<String>,
}

/// A recognition's options, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hearing {
    /// Whether input stops the prompt.
    pub(crate) interrupts_prompt: bool,
    /// How long to wait for the first input after the prompt.
    pub(crate) silence_ms: u64,
    /// What is listened for.
    pub(crate) mode: Mode,
    /// Whether words mean anything to it.
    pub(crate) takes_speech: bool,
    /// How long after the last word speech is over.
    pub(crate) end_silence_ms: u64,
}

/// What a key led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// The choice of this key.
    Choice(String),
    /// Wait for the next key, at most so long.
    More(u64),
    /// Nothing that was asked for.
    Nothing(Code),
    /// The choice of which this phrase was said.
    Phrase { label: String, phrase: String },
    /// Free speech.
    Speech(String),
    /// Enough keys.
    Tones(Code),
}

impl Hearing {
    /// Checks the options of a request.
    pub(crate) fn read(asked: &wire::Recognize) -> Result<Hearing, Refusal> {
        let options = &asked.recognize_options;
        let kind = asked.recognize_input_type.as_str();
        let mode = match kind {
            "choices" => Mode::Choices(choices(options.choices.as_deref().unwrap_or_default())?),
            "dtmf" | "speechOrDtmf" => keys(options.dtmf_options.as_ref())?,
            "speech" => Mode::Speech,
            _ => {
                return Err(Refusal::field("recognizeInputType", "must be dtmf, speech, speechOrDtmf or choices"));
            }
        };
        let given = [
            ("choices", options.choices.is_some(), kind == "choices"),
            ("dtmfOptions", options.dtmf_options.is_some(), matches!(kind, "dtmf" | "speechOrDtmf")),
            ("speechOptions", options.speech_options.is_some(), matches!(kind, "speech" | "speechOrDtmf")),
        ];
        if let Some((field, ..)) = given.iter().find(|(_, given, fits)| *given && !fits) {
            return Err(Refusal::field(
                &format!("recognizeOptions.{field}"),
                format!("does not go with recognizeInputType {kind}"),
            ));
        }
        if options.speech_options.as_ref().is_some_and(|speech| speech.end_silence_timeout_in_ms == Some(0)) {
            return Err(Refusal::field("recognizeOptions.speechOptions.endSilenceTimeoutInMs", "must be more than 0"));
        }
        let silence = options.initial_silence_timeout_in_seconds.unwrap_or(SILENCE_SECONDS);
        if !FIRST_KEY_SECONDS.contains(&silence) {
            return Err(Refusal::field("recognizeOptions.initialSilenceTimeoutInSeconds", "must be 0 to 300"));
        }
        let interrupts_prompt = options.interrupt_prompt.unwrap_or(false);
        let end_silence = options.speech_options.as_ref().and_then(|speech| speech.end_silence_timeout_in_ms);
        // A choice is known as soon as it has been said.
        let end_silence_ms = if kind == "choices" { 0 } else { end_silence.unwrap_or(DEFAULT_END_SILENCE_MS) };
        let takes_speech = kind != "dtmf";
        Ok(Hearing { interrupts_prompt, silence_ms: silence * 1000, mode, takes_speech, end_silence_ms })
    }

    /// Whether keys mean anything to it.
    pub(crate) fn takes_keys(&self) -> bool {
        match &self.mode {
            Mode::Choices(choices) => choices.iter().any(|choice| choice.tone.is_some()),
            Mode::Keys { .. } => true,
            Mode::Speech => false,
        }
    }

    /// The next key after those in `keys`, which it is added to unless it is a stop tone.
    pub(crate) fn key(&self, keys: &mut Vec<Tone>, tone: Tone) -> Heard {
        match &self.mode {
            Mode::Choices(choices) => match choices.iter().find(|choice| choice.tone == Some(tone)) {
                Some(choice) => Heard::Choice(choice.label.clone()),
                None => Heard::Nothing(codes::WRONG_KEY),
            },
            Mode::Keys { stop, .. } if stop.contains(&tone) => Heard::Tones(codes::STOP_TONE),
            Mode::Keys { most, between_ms, .. } => {
                keys.push(tone);
                if keys.len() as u64 >= *most { Heard::Tones(codes::MAXIMUM_TONES) } else { Heard::More(*between_ms) }
            }
            Mode::Speech => Heard::Nothing(codes::WRONG_KEY),
        }
    }

    /// What was said, to the end.
    pub(crate) fn speech(&self, said: &str) -> Heard {
        let Mode::Choices(choices) = &self.mode else {
            let is_word = !fold(said).is_empty();
            return if is_word { Heard::Speech(said.to_owned()) } else { Heard::Nothing(codes::NO_SPEECH) };
        };
        let phrases: Vec<&[String]> = choices.iter().map(|choice| choice.phrases.as_slice()).collect();
        match matching(said, &phrases) {
            Some((index, phrase)) => Heard::Phrase { label: choices[index].label.clone(), phrase: phrase.to_owned() },
            None => Heard::Nothing(codes::WRONG_PHRASE),
        }
    }
}

fn keys(options: Option<&wire::DtmfOptions>) -> Result<Mode, Refusal> {
    let path = "recognizeOptions.dtmfOptions";
    let options = options.ok_or_else(|| Refusal::field(path, "is missing"))?;
    let most = options.max_tones_to_collect.filter(|most| *most >= 1);
    let most = most.ok_or_else(|| Refusal::field(&format!("{path}.maxTonesToCollect"), "must be 1 or more"))?;
    let between = options.inter_tone_timeout_in_seconds.unwrap_or(BETWEEN_SECONDS);
    if !BETWEEN_KEYS_SECONDS.contains(&between) {
        return Err(Refusal::field(&format!("{path}.interToneTimeoutInSeconds"), "must be 1 to 60"));
    }
    let mut stop = Vec::new();
    for (index, name) in options.stop_tones.iter().flatten().enumerate() {
        let tone = tone(&format!("{path}.stopTones[{index}]"), name)?;
        if stop.contains(&tone) {
            return Err(Refusal::field(&format!("{path}.stopTones[{index}]"), "is there twice"));
        }
        stop.push(tone);
    }
    Ok(Mode::Keys { most, stop, between_ms: between * 1000 })
}

fn choices(choices: &[wire::Choice]) -> Result<Vec<Choice>, Refusal> {
    if choices.is_empty() {
        return Err(Refusal::field("recognizeOptions.choices", "must name at least one choice"));
    }
    let with_tones = choices.iter().filter(|choice| choice.tone.is_some()).count();
    if with_tones != 0 && with_tones != choices.len() {
        return Err(Refusal::field("recognizeOptions.choices", "either all have a tone or none has"));
    }
    let (mut labels, mut phrases, mut tones) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut read = Vec::new();
    for (index, choice) in choices.iter().enumerate() {
        let path = format!("recognizeOptions.choices[{index}]");
        if choice.label.is_empty() || !labels.insert(choice.label.as_str()) {
            return Err(Refusal::field(&format!("{path}.label"), "must not be empty and not be there twice"));
        }
        if choice.phrases.is_empty() {
            return Err(Refusal::field(&format!("{path}.phrases"), "must have at least one phrase"));
        }
        for (at, phrase) in choice.phrases.iter().enumerate() {
            let folded = phrase.trim().to_lowercase();
            if folded.is_empty() || !phrases.insert(folded) {
                return Err(Refusal::field(
                    &format!("{path}.phrases[{at}]"),
                    "must not be empty and not be there twice",
                ));
            }
        }
        let tone = choice.tone.as_deref().map(|name| tone(&format!("{path}.tone"), name)).transpose()?;
        if tone.is_some_and(|tone| !tones.insert(tone)) {
            return Err(Refusal::field(&format!("{path}.tone"), "is there twice"));
        }
        read.push(Choice { label: choice.label.clone(), tone, phrases: choice.phrases.clone() });
    }
    Ok(read)
}

fn tone(path: &str, name: &str) -> Result<Tone, Refusal> {
    Tone::from_wire_name(name).ok_or_else(|| Refusal::field(path, format!("`{name}` is not a tone")))
}

#[cfg(test)]
mod tests {
    use crate::emulator::hear::{Heard, Hearing, Mode};
    use crate::platform::codes;
    use crate::platform::tones::Tone;

    fn read(kind: &str, options: &str) -> Result<Hearing, String> {
        let target = r#""targetParticipant":{"rawId":"4:+16041234567"}"#;
        let body = format!(r#"{{"recognizeInputType":"{kind}","recognizeOptions":{{{target}{options}}}}}"#);
        let asked = serde_json::from_str(&body).expect("the wire's shape");
        Hearing::read(&asked).map_err(|refusal| refusal.message)
    }

    #[test]
    fn options_must_fit_the_kind() {
        let two = |second: &str| format!(r#","choices":[{{"label":"a","phrases":["x"],"tone":"one"}},{second}]"#);
        for (kind, options, start) in [
            ("dtmf", String::new(), "recognizeOptions.dtmfOptions: "),
            ("dtmf", r#","dtmfOptions":{}"#.to_owned(), "recognizeOptions.dtmfOptions.maxTonesToCollect: "),
            (
                "speechOrDtmf",
                r#","dtmfOptions":{"maxTonesToCollect":0}"#.to_owned(),
                "recognizeOptions.dtmfOptions.maxTonesToCollect: ",
            ),
            (
                "dtmf",
                r#","dtmfOptions":{"maxTonesToCollect":1,"interToneTimeoutInSeconds":61}"#.to_owned(),
                "recognizeOptions.dtmfOptions.interToneTimeoutInSeconds: ",
            ),
            (
                "dtmf",
                r#","dtmfOptions":{"maxTonesToCollect":1,"stopTones":["hash"]}"#.to_owned(),
                "recognizeOptions.dtmfOptions.stopTones[0]: ",
            ),
            (
                "dtmf",
                r#","dtmfOptions":{"maxTonesToCollect":1,"stopTones":["one","one"]}"#.to_owned(),
                "recognizeOptions.dtmfOptions.stopTones[1]: ",
            ),
            (
                "dtmf",
                r#","initialSilenceTimeoutInSeconds":301,"dtmfOptions":{"maxTonesToCollect":1}"#.to_owned(),
                "recognizeOptions.initialSilenceTimeoutInSeconds: ",
            ),
            (
                "dtmf",
                format!(
                    r#","dtmfOptions":{{"maxTonesToCollect":1}}{}"#,
                    two(r#"{"label":"b","phrases":["y"],"tone":"two"}"#)
                ),
                "recognizeOptions.choices: does not go",
            ),
            ("choices", String::new(), "recognizeOptions.choices: "),
            ("choices", two(r#"{"label":"a","phrases":["y"],"tone":"two"}"#), "recognizeOptions.choices[1].label: "),
            (
                "choices",
                two(r#"{"label":"b","phrases":["X "],"tone":"two"}"#),
                "recognizeOptions.choices[1].phrases[0]: ",
            ),
            ("choices", two(r#"{"label":"b","phrases":[],"tone":"two"}"#), "recognizeOptions.choices[1].phrases: "),
            ("choices", two(r#"{"label":"b","phrases":["y"],"tone":"one"}"#), "recognizeOptions.choices[1].tone: "),
            ("choices", two(r#"{"label":"b","phrases":["y"]}"#), "recognizeOptions.choices: either all"),
            (
                "speech",
                r#","speechOptions":{"endSilenceTimeoutInMs":0}"#.to_owned(),
                "recognizeOptions.speechOptions.endSilenceTimeoutInMs: ",
            ),
            ("smell", String::new(), "recognizeInputType: "),
        ] {
            let message = read(kind, &options).expect_err(&options);
            assert!(message.starts_with(start), "{kind} {options} -> {message}");
        }
        let defaults = read("dtmf", r#","dtmfOptions":{"maxTonesToCollect":4}"#).expect("fits");
        assert_eq!((defaults.silence_ms, defaults.interrupts_prompt), (5000, false));
        assert_eq!(defaults.mode, Mode::Keys { most: 4, stop: Vec::new(), between_ms: 2000 });
    }

    #[test]
    fn words_are_matched() {
        let choices = r#","choices":[{"label":"a","phrases":["sales","buy"]},{"label":"b","phrases":["help"]}]"#;
        let hearing = read("choices", choices).expect("fits");
        assert!(hearing.takes_speech && !hearing.takes_keys());
        let phrase = Heard::Phrase { label: "a".to_owned(), phrase: "buy".to_owned() };
        assert_eq!(hearing.speech("I want to BUY!"), phrase);
        assert_eq!(hearing.speech("something"), Heard::Nothing(codes::WRONG_PHRASE));
        let either = r#","dtmfOptions":{"maxTonesToCollect":1},"speechOptions":{"endSilenceTimeoutInMs":900}"#;
        let either = read("speechOrDtmf", either).expect("fits");
        assert!(either.takes_speech && either.takes_keys() && either.end_silence_ms == 900);
        assert_eq!(either.speech("Ada."), Heard::Speech("Ada.".to_owned()));
        assert_eq!(either.speech("…"), Heard::Nothing(codes::NO_SPEECH));
    }

    #[test]
    fn keys_add_up() {
        let hearing = read("dtmf", r#","dtmfOptions":{"maxTonesToCollect":2,"stopTones":["pound"]}"#).expect("fits");
        let mut keys = Vec::new();
        assert_eq!(hearing.key(&mut keys, Tone::One), Heard::More(2000));
        assert_eq!(hearing.key(&mut keys, Tone::Pound), Heard::Tones(codes::STOP_TONE));
        assert_eq!(hearing.key(&mut keys, Tone::Two), Heard::Tones(codes::MAXIMUM_TONES));
        assert_eq!(keys, [Tone::One, Tone::Two]);
    }
}
