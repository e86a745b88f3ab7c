//! The choices of a menu: keys on all or none, phrases on all or none, nothing twice. The platform takes no mixture.

use crate::language::check::literals;
use crate::language::check::names::Once;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::state;
use crate::language::source::{Span, Word};
use crate::language::syntax::ast;
use crate::language::syntax::fields;
use crate::platform::outcomes::Outcome;
use crate::platform::tones::Tone;
use std::collections::BTreeMap;

/// Types the choices of a menu.
pub fn choices(menu: &ast::State, findings: &mut Vec<Diagnostic>) -> Option<Vec<state::Choice>> {
    let before = findings.len();
    if menu.choices.is_empty() && !menu.partial {
        let message = format!("menu `{}` has no choices", menu.name.value);
        findings.push(Diagnostic::new(Code::F0110, message, menu.kind.span, "nothing to choose"));
    }
    names(&menu.choices, findings);
    if !menu.partial {
        mixture(menu, findings);
    }
    let mut keys: BTreeMap<Tone, &ast::Choice> = BTreeMap::new();
    let mut phrases: BTreeMap<String, Span> = BTreeMap::new();
    let mut typed = Vec::new();
    for choice in &menu.choices {
        typed.push(state::Choice {
            name: choice.name.value.clone(),
            key: key(choice, &mut keys, findings),
            phrases: choice.phrases.iter().filter_map(|phrase| self::phrase(phrase, &mut phrases, findings)).collect(),
        });
    }
    (findings.len() == before).then_some(typed)
}

fn names(choices: &[ast::Choice], findings: &mut Vec<Diagnostic>) {
    let mut names = Once::new("choice");
    for choice in choices {
        let name = choice.name.value.as_str();
        names.see(&choice.name, findings);
        if Outcome::from_word(name).is_some() || OTHER_OUTCOMES.contains(&name) {
            let label = "a choice is an outcome itself, so the two could not be told apart";
            let message = format!("a choice cannot be called `{name}`, like an outcome");
            findings.push(Diagnostic::new(Code::F0111, message, choice.name.span, label));
        } else if fields::is_reserved(name) || !fields::is_name(name) {
            let message = format!("a choice cannot be called `{name}`");
            findings.push(Diagnostic::new(Code::F0111, message, choice.name.span, "not free to be a name"));
        }
    }
}

/// Outcomes of kinds that this release does not offer yet.
const OTHER_OUTCOMES: &[&str] =
    &["closed", "empty", "filled", "holiday", "joined", "missing", "ok", "open", "recorded"];

/// Which choices have keys, which phrases.
fn mixture(menu: &ast::State, findings: &mut Vec<Diagnostic>) {
    let with_phrases = menu.choices.iter().filter(|choice| !choice.phrases.is_empty()).count();
    let with_keys = menu.choices.iter().filter(|choice| choice.key.is_some()).count();
    let all = menu.choices.len();
    let without = |has: fn(&ast::Choice) -> bool| -> Vec<&ast::Choice> {
        menu.choices.iter().filter(|choice| !has(choice)).collect()
    };
    if with_phrases == 0 {
        for choice in without(|choice| choice.key.is_some()) {
            let message = format!("choice `{}` has neither a key nor a phrase", choice.name.value);
            findings.push(
                Diagnostic::new(Code::F0110, message, choice.name.span, "nobody can choose it").help("give it a key"),
            );
        }
    } else if with_phrases < all {
        let bare = without(|choice| !choice.phrases.is_empty());
        findings.push(some_only(Code::F0502, "phrases", "phrase", &bare, menu));
    } else if with_keys > 0 && with_keys < all {
        let bare = without(|choice| choice.key.is_some());
        findings.push(some_only(Code::F0503, "keys", "key", &bare, menu));
    }
}

fn some_only(code: Code, what: &str, one: &str, bare: &[&ast::Choice], menu: &ast::State) -> Diagnostic {
    let names: Vec<String> = bare.iter().map(|choice| format!("`{}`", choice.name.value)).collect();
    let names = names.join(", ");
    let message = format!("{what} on some choices of `{}` only", menu.name.value);
    let span = bare.first().map_or(menu.name.span, |choice| choice.name.span);
    let mut finding = Diagnostic::new(code, message, span, format!("no {one} here"));
    for choice in bare.iter().skip(1) {
        finding = finding.and(choice.name.span, "nor here");
    }
    finding
        .help(format!("the platform takes {what} on all choices or on none: give {names} a {one}, or drop the others'"))
}

fn key<'a>(
    choice: &'a ast::Choice,
    seen: &mut BTreeMap<Tone, &'a ast::Choice>,
    findings: &mut Vec<Diagnostic>,
) -> Option<Tone> {
    let word = choice.key.as_ref()?;
    let tone = literals::key(word).map_err(|finding| findings.push(finding)).ok()?;
    if let Some(first) = seen.get(&tone) {
        let message = format!("choices `{}` and `{}` share a key", first.name.value, choice.name.value);
        let first_span = first.key.as_ref().map_or(first.name.span, |key| key.span);
        findings.push(
            Diagnostic::new(Code::F0501, message, word.span, format!("key {} again", tone.word()))
                .and(first_span, "first used here"),
        );
    } else {
        seen.insert(tone, choice);
    }
    Some(tone)
}

fn phrase(phrase: &Word, seen: &mut BTreeMap<String, Span>, findings: &mut Vec<Diagnostic>) -> Option<String> {
    let folded = phrase.value.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    if folded.is_empty() {
        findings.push(Diagnostic::new(Code::F0507, "an empty phrase", phrase.span, "nothing to say"));
        return None;
    }
    if let Some(first) = seen.get(&folded) {
        let message = format!("phrase \"{folded}\" stands twice");
        let label = "letter case does not tell phrases apart";
        findings.push(Diagnostic::new(Code::F0504, message, phrase.span, label).and(*first, "first used here"));
        return None;
    }
    seen.insert(folded, phrase.span);
    Some(phrase.value.clone())
}
