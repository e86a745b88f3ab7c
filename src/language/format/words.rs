//! What both spellings write alike, or nearly: targets, triggers, keys, policies, types, templates, texts in quotes.

use crate::language::format::expr::Printer;
use crate::language::source::Word;
use crate::language::syntax::ast::{Destination, PolicyKind, Spelling, Target, Trigger, TypeExpr, TypeKind};
use crate::language::syntax::hidden;
use crate::language::syntax::template::{Piece, Template};

/// `sorry`, `return moved`.
pub(crate) fn destination(to: &Destination) -> String {
    match to {
        Destination::State(name) => name.value.clone(),
        Destination::Return { result: Some(result), .. } => format!("return {}", result.value),
        Destination::Return { result: None, .. } => "return".to_owned(),
    }
}

/// `find_slot limit 3 else to_desk`.
pub(crate) fn target(target: &Target) -> String {
    let to = destination(&target.to);
    match &target.limit {
        Some(limit) => format!("{to} limit {} else {}", limit.times.value, destination(&limit.otherwise)),
        None => to,
    }
}

/// `busy`, `party left`, `key *7 by agent`; in YAML `key star 7 by agent`.
pub(crate) fn trigger(trigger: &Trigger, spelling: Spelling) -> String {
    match trigger {
        Trigger::Success(_) => "then".to_owned(),
        Trigger::Outcome(name) => name.value.clone(),
        Trigger::Left(who) => format!("{} left", who.value),
        Trigger::After(time) => format!("after {}", time.value),
        Trigger::Signal(name) => format!("signal {}", name.value),
        Trigger::Key { keys, by, .. } => {
            let keys = match spelling {
                Spelling::Native => signs(&keys.value),
                Spelling::Yaml => keys.value.clone(),
            };
            by.as_ref().map_or(format!("key {keys}"), |by| format!("key {keys} by {}", by.value))
        }
    }
}

/// Keys as signs: `star 7` is `*7`. A `*` behind another key stays a word where the line would seem to go on.
pub(crate) fn signs(keys: &str) -> String {
    let mut out = String::new();
    let words: Vec<&str> = keys.split(' ').collect();
    for (n, word) in words.iter().enumerate() {
        let sign = |word: &str| matches!(word, "star" | "pound");
        let before = n.checked_sub(1).map(|n| words[n]);
        if *word == "star" && n + 1 == words.len() && before.is_some_and(|before| !sign(before)) {
            out.push_str(" star");
            continue;
        }
        if before.is_some_and(|before| !sign(before) && !sign(word)) {
            out.push(' ');
        }
        out.push_str(match *word {
            "star" => "*",
            "pound" => "#",
            other => other,
        });
    }
    out
}

/// A policy.
pub(crate) fn policy(kind: &PolicyKind) -> String {
    let several =
        |count: &Word, one: &str, more: &str| if count.value == "1" { one.to_owned() } else { more.to_owned() };
    match kind {
        PolicyKind::Never { part, value } => format!("never {} {} while collecting secret", part.value, value.value),
        PolicyKind::NobodyLeftBehind => "nobody left behind".to_owned(),
        PolicyKind::ReachHuman { presses, within, when } => {
            let press = several(presses, "press", "presses");
            let when = when.as_ref().map_or(String::new(), |hours| format!(" when {} is open", hours.value));
            let (presses, within) = (&presses.value, &within.value);
            format!("from every menu reach human within {presses} {press} and {within}{when}")
        }
        PolicyKind::SilentPartyEnds { within } => format!("silent party ends within {}", within.value),
        PolicyKind::EveryCallEnds { within } => format!("every call ends within {}", within.value),
        PolicyKind::Silence { most } => format!("silence at most {}", most.value),
        PolicyKind::Menus { most } => {
            format!("menus at most {} {}", most.value, several(most, "choice", "choices"))
        }
    }
}

/// A type on one line.
pub(crate) fn ty(ty: &TypeExpr) -> String {
    match &ty.kind {
        TypeKind::Named(name) => name.clone(),
        TypeKind::Digits { min, max } if min == max => format!("digits({min})"),
        TypeKind::Digits { min, max } => format!("digits({min}..{max})"),
        TypeKind::Enum(names) => {
            let names: Vec<&str> = names.iter().map(|name| name.value.as_str()).collect();
            format!("enum({})", names.join(", "))
        }
        TypeKind::Record(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(name, inner)| format!("{}: {}", name.value, self::ty(inner))).collect();
            format!("{{ {} }}", fields.join(", "))
        }
        TypeKind::Optional(inner) => format!("{}?", self::ty(inner)),
        TypeKind::List(inner) => format!("list {}", self::ty(inner)),
        TypeKind::Secret(inner) => format!("secret {}", self::ty(inner)),
    }
}

/// A type and perhaps a value: `bool = false`.
pub(crate) fn typed(
    of: &TypeExpr,
    default: Option<&crate::language::syntax::expr::Expr>,
    printer: Printer<'_>,
) -> String {
    match default {
        Some(default) => format!("{} = {}", ty(of), printer.flat(default)),
        None => ty(of),
    }
}

/// A text with placeholders, as it stands between quotes once those are resolved.
pub(crate) fn template(template: &Template) -> String {
    let mut out = String::new();
    for piece in &template.pieces {
        match piece {
            Piece::Text(text) => {
                for char in text.chars() {
                    out.push(char);
                    if matches!(char, '{' | '}') {
                        out.push(char);
                    }
                }
            }
            Piece::Value { path, form, .. } => {
                let path: Vec<&str> = path.iter().map(|part| part.value.as_str()).collect();
                let form = form.as_ref().map_or(String::new(), |form| format!(" {}", form.value));
                out.push_str(&format!("{{{}{form}}}", path.join(".")));
            }
            Piece::Key { choice, .. } => out.push_str(&format!("{{key {}}}", choice.value)),
        }
    }
    out
}

/// A native text in quotes, on one line.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    text.chars().for_each(|char| escaped(char, &mut out));
    out.push('"');
    out
}

/// A character within a native text.
pub(crate) fn escaped(char: char, out: &mut String) {
    match char {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\t' => out.push_str("\\t"),
        char if hidden(char) => out.push_str(&format!("\\u{{{:X}}}", u32::from(char))),
        char => out.push(char),
    }
}

/// Whether a character would not be seen, or would end a line for somebody.
pub(crate) fn hidden(char: char) -> bool {
    char.is_control() || hidden::is_hidden(char) || matches!(char, '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}')
}

/// Whether a text is a number or a duration natively, so that it may stand without quotes.
pub(crate) fn is_amount(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
        && text.split('.').all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
        && text.split('.').skip(1).all(|part| part.starts_with(|c: char| c.is_ascii_digit()))
}

/// Whether a text is a locale's tag: `en-GB`.
pub(crate) fn is_tag(text: &str) -> bool {
    let mut parts = text.split('-');
    let language = parts.next().unwrap_or("");
    (2..=3).contains(&language.len())
        && language.bytes().all(|b| b.is_ascii_alphabetic())
        && parts.all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}
