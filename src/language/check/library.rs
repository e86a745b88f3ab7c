//! Prompt libraries: written to typed, checked by themselves even where nothing uses them.

use crate::language::check::exprs::{Exprs, Names};
use crate::language::check::literals;
use crate::language::check::names::Once;
use crate::language::check::prompts;
use crate::language::check::trust::Place;
use crate::language::check::types;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::prompt::{LibraryPrompt, Sound, Wording};
use crate::language::flow::types::Type;
use crate::language::source::{Span, Word};
use crate::language::syntax::ast;
use std::collections::BTreeMap;

/// A library, checked.
#[derive(Clone, Debug)]
pub struct Library {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
    /// Its prompts.
    pub prompts: BTreeMap<String, Entry>,
}

/// A prompt of a library.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Where its name stands.
    pub span: Span,
    /// Placeholders with their types; `None` for a type in error.
    pub takes: BTreeMap<String, Option<Type>>,
    /// What it says; `None` when a wording is in error.
    pub prompt: Option<LibraryPrompt>,
    /// Locales it has, those in error included.
    pub locales: Vec<String>,
    /// Choices whose keys it names.
    pub keys: Vec<Word>,
    /// Something of it could not be read, so that nothing more is said of it where it is used.
    pub partial: bool,
}

/// Checks a library.
pub fn check(written: &ast::Library, findings: &mut Vec<Diagnostic>) -> Library {
    let mut voices = BTreeMap::new();
    for (locale, voice) in &written.voices {
        findings.extend(literals::locale(locale).err());
        voices.insert(locale.value.clone(), voice.value.clone());
    }
    let mut names = Once::new("prompt");
    let mut prompts = BTreeMap::new();
    for prompt in &written.prompts {
        names.see(&prompt.name, findings);
        if matches!(prompt.name.value.as_str(), "text" | "ssml" | "file") {
            findings.push(Diagnostic::new(
                Code::F0108,
                format!("no prompt may be called `{}`", prompt.name.value),
                prompt.name.span,
                "a word of prompts themselves",
            ));
        }
        let entry = entry(prompt, &voices, findings);
        prompts.entry(prompt.name.value.clone()).or_insert(entry);
    }
    Library { name: written.name.value.clone(), span: written.name.span, prompts }
}

fn entry(written: &ast::LibraryPrompt, voices: &BTreeMap<String, String>, findings: &mut Vec<Diagnostic>) -> Entry {
    let mut names = Once::new("placeholder");
    let mut takes = BTreeMap::new();
    for (name, ty) in &written.takes {
        names.see(name, findings);
        let ty = types::resolve(ty, findings);
        takes.entry(name.value.clone()).or_insert(ty);
    }
    let mut partial = written.partial;
    let mut locales = Vec::new();
    let mut wordings = BTreeMap::new();
    let mut exprs = Exprs::new(Names::Placeholders(&takes));
    let mut keys = prompts::Keys::Collected(Vec::new());
    for (locale, wording) in &written.wordings {
        locales.push(locale.value.clone());
        let bad = literals::locale(locale).err();
        partial |= bad.is_some();
        findings.extend(bad);
        if let Some(sound) = sound(wording, &mut exprs, &mut keys) {
            let voice = voices.get(&locale.value).cloned();
            wordings.insert(locale.value.clone(), Wording { sound, voice });
        }
    }
    let whole = wordings.len() == locales.len() && !wordings.is_empty();
    findings.append(&mut exprs.findings);
    if written.wordings.is_empty() && !written.partial {
        let message = format!("prompt `{}` has no wording", written.name.value);
        findings.push(
            Diagnostic::new(Code::F0507, message, written.name.span, "nothing to play")
                .help("give it one by locale: `en-US: …`"),
        );
    }
    let keys = match keys {
        prompts::Keys::Collected(keys) => keys,
        prompts::Keys::Menu(_) | prompts::Keys::None => Vec::new(),
    };
    let prompt = whole.then_some(LibraryPrompt { wordings });
    Entry { span: written.name.span, takes, prompt, locales, keys, partial }
}

fn sound(wording: &ast::Wording, exprs: &mut Exprs, keys: &mut prompts::Keys) -> Option<Sound> {
    match wording {
        ast::Wording::Text(words) => prompts::words(words, Place::Prompt, exprs, keys).map(Sound::Text),
        ast::Wording::Ssml(words) => prompts::document(words, exprs, keys).map(Sound::Ssml),
        ast::Wording::File { file, transcript } => {
            let whole = prompts::file(file, exprs);
            let transcript = match transcript {
                Some(words) => Some(prompts::words(words, Place::Prompt, exprs, keys)?),
                None => None,
            };
            whole.map(|file| Sound::File { file, transcript })
        }
    }
}
