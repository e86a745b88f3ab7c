//! Menus say what they do: every choice is spoken in every locale, by `{key …}` and not as a digit, after its purpose.

use crate::language::check::prompts::Used;
use crate::language::check::states::{Parts, option};
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::prompt::{Part, Piece, Prompt, Sound, Words};
use crate::language::flow::state::{Choice, Kind};
use crate::language::source::Span;
use crate::language::syntax::ast;
use std::collections::{BTreeMap, BTreeSet};

/// What callers hear of a prompt in one locale.
#[derive(Default)]
struct Heard<'p> {
    pieces: Vec<&'p Piece>,
    /// Keys that the words name without `{key …}`.
    digits: BTreeSet<String>,
    /// The choices whose keys are said.
    keys: BTreeSet<&'p str>,
    /// The words, folded, with a blank at either end.
    folded: String,
    /// A recording without its words, or words that a value gives: nobody knows what is said.
    unsure: bool,
}

/// Findings about the menus of a flow. Only the question itself counts: who is asked again has heard it.
pub(super) fn check(flow: &ast::Flow, parts: &[Parts], used: &Used, findings: &mut Vec<Diagnostic>) {
    for (written, parts) in flow.states.iter().zip(parts) {
        let Some(Kind::Menu { choices, question }) = parts.state.as_ref().map(|state| &state.kind) else { continue };
        let Some(ask) = option(written, "ask").map(ast::Value::span) else { continue };
        let heard = by_locale(&question.ask, used);
        // A misspelt choice has been said; the one that was meant is not called silent as well.
        let is_choice = |piece: &&Piece| match piece {
            Piece::Key(name) => choices.iter().any(|choice| choice.name == *name),
            Piece::Text(_) | Piece::Value(..) => true,
        };
        if !written.partial && heard.values().flat_map(|heard| &heard.pieces).all(is_choice) {
            silent(written, choices, &heard, ask, findings);
        }
        let places = places(written);
        let digits: BTreeSet<&String> = heard.values().flat_map(|heard| &heard.digits).collect();
        for key in digits {
            let at = places.get(key.as_str()).copied().unwrap_or(ask);
            let named = choices.iter().find(|choice| choice.key.is_some_and(|own| own.word() == *key));
            findings.push(match named {
                Some(choice) => {
                    let label = format!("it is that of `{}` now; when it changes, these words stay", choice.name);
                    Diagnostic::new(Code::F0512, format!("key {key} is spoken as a digit"), at, label)
                        .help(format!("write `{{key {}}}`", choice.name))
                }
                None => {
                    let message = format!("key {key} is spoken and leads nowhere");
                    let label = format!("no choice of `{}` has this key", written.name.value);
                    Diagnostic::new(Code::F0512, message, at, label)
                        .help("give a choice this key, or leave it out of the words")
                }
            });
        }
        if let Some(name) = heard.values().find_map(|heard| key_comes_first(&heard.pieces)) {
            let label = "who hears the purpose last has forgotten the key by then";
            findings.push(
                Diagnostic::new(Code::F0513, "a key is spoken before what it is for", ask, label)
                    .help(format!("say the purpose first: `For …, press {{key {name}}}.`")),
            );
        }
    }
}

/// Where the words of a question that stand in the flow name each key first.
fn places(written: &ast::State) -> BTreeMap<&str, Span> {
    let mut places = BTreeMap::new();
    let Some(ast::Value::Prompt(ask)) = option(written, "ask") else { return places };
    for part in &ask.parts {
        if let ast::PromptPart::Text(words) | ast::PromptPart::Ssml(words) = part {
            for key in &words.pressed {
                places.entry(key.value.as_str()).or_insert(key.span);
            }
        }
    }
    places
}

fn silent(
    written: &ast::State,
    choices: &[Choice],
    heard: &BTreeMap<Option<&str>, Heard<'_>>,
    ask: Span,
    findings: &mut Vec<Diagnostic>,
) {
    for (choice, place) in choices.iter().zip(&written.choices) {
        let missing: Vec<&str> = heard
            .iter()
            .filter(|(_, heard)| !heard.unsure && !is_spoken(choice, heard))
            .map(|(locale, _)| locale.unwrap_or(""))
            .collect();
        if missing.is_empty() {
            continue;
        }
        let message = if missing.len() < heard.len() {
            format!("choice `{}` of `{}` is not spoken in {}", choice.name, written.name.value, missing.join(", "))
        } else {
            format!("choice `{}` of `{}` is never spoken", choice.name, written.name.value)
        };
        let help = match choice.key {
            Some(_) => format!("name its key in the question: `{{key {}}}`", choice.name),
            None => "say one of its phrases in the question".to_owned(),
        };
        findings.push(
            Diagnostic::new(Code::F0511, message, place.name.span, "callers do not hear of it")
                .and(ask, "the question")
                .help(help),
        );
    }
}

/// What is heard in each locale; under no locale where the flow itself has all the words.
fn by_locale<'p>(prompt: &'p Prompt, used: &'p Used) -> BTreeMap<Option<&'p str>, Heard<'p>> {
    let mut locales: BTreeSet<Option<&str>> = BTreeSet::new();
    for part in &prompt.parts {
        if let Part::Named { prompt, .. } = part
            && let Some(prompt) = used.prompts.get(prompt)
        {
            locales.extend(prompt.wordings.keys().map(|locale| Some(locale.as_str())));
        }
    }
    if locales.is_empty() {
        locales.insert(None);
    }
    let hear = |locale: Option<&'p str>| {
        let mut heard = Heard::default();
        for part in &prompt.parts {
            match part {
                Part::File(_) => heard.unsure = true,
                Part::Ssml(words) | Part::Text(words) => heard.words(words),
                Part::Named { prompt, .. } => {
                    let wording = used.prompts.get(prompt).and_then(|prompt| prompt.wordings.get(locale?));
                    match wording.map(|wording| &wording.sound) {
                        Some(Sound::Ssml(words) | Sound::Text(words)) => heard.words(words),
                        Some(Sound::File { transcript: Some(words), .. }) => heard.words(words),
                        Some(Sound::File { transcript: None, .. }) | None => heard.unsure = true,
                    }
                }
            }
        }
        heard.listen();
        heard
    };
    locales.into_iter().map(|locale| (locale, hear(locale))).collect()
}

impl<'p> Heard<'p> {
    fn words(&mut self, words: &'p Words) {
        // A text that is one value may say anything.
        self.unsure |= matches!(words.pieces[..], [Piece::Value(..)]);
        self.pieces.extend(&words.pieces);
    }

    /// Takes in what the pieces say.
    fn listen(&mut self) {
        let mut said = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Key(name) => drop(self.keys.insert(name)),
                Piece::Text(text) => {
                    self.digits.extend(keys_in_words(text));
                    said.push_str(text);
                }
                Piece::Value(..) => said.push(' '),
            }
        }
        self.folded = format!(" {} ", folded(&said));
    }
}

fn is_spoken(choice: &Choice, heard: &Heard<'_>) -> bool {
    match choice.key {
        // A key spoken as a digit is another finding.
        Some(key) => heard.keys.contains(choice.name.as_str()) || heard.digits.contains(&key.word()),
        None => choice.phrases.iter().any(|phrase| heard.folded.contains(&format!(" {} ", folded(phrase)))),
    }
}

/// Lower case, words only, one blank between them.
fn folded(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The keys that English words name without `{key …}`: `press 1`, `press star`.
fn keys_in_words(text: &str) -> BTreeSet<String> {
    let words = folded(text);
    let words: Vec<&str> = words.split(' ').collect();
    words
        .windows(2)
        .filter(|pair| pair[0] == "press")
        .filter_map(|pair| crate::platform::tones::Tone::from_word(pair[1]))
        .map(|tone| tone.word().to_owned())
        .collect()
}

/// The choice of which English words say `Press 1 for sales`: the key begins the sentence and the purpose follows.
fn key_comes_first<'p>(pieces: &[&'p Piece]) -> Option<&'p str> {
    pieces.windows(3).find_map(|three| match three {
        [Piece::Text(before), Piece::Key(name), Piece::Text(after)] => {
            let sentence = before.rsplit(['.', '!', '?', ';']).next().unwrap_or("");
            let after = after.trim_start();
            let first = sentence.trim().eq_ignore_ascii_case("press");
            (first && (after.starts_with("for ") || after.starts_with("to "))).then_some(name.as_str())
        }
        _ => None,
    })
}
