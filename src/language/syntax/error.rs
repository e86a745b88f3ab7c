//! The readers' findings that both spellings share.

use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::{Span, Word};
use crate::language::syntax::fields;
use crate::language::syntax::fields::{KindRow, Shape};

/// How many findings a file may have before the rest of it is not read.
pub(crate) const MAX_FINDINGS: usize = 200;

/// The largest file that is read.
pub(crate) const MAX_BYTES: usize = 8 * 1024 * 1024;

/// The longest word that is read.
pub(crate) const MAX_WORD: usize = 1024;

/// A word as a message shows it.
pub(crate) fn short(word: &str) -> String {
    match word.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &word[..end]),
        None => word.to_owned(),
    }
}

/// A word longer than anybody writes.
pub(crate) fn long_word(span: Span, bytes: usize) -> Diagnostic {
    let message = format!("a word of {bytes} bytes; at most {MAX_WORD} are read");
    Diagnostic::new(Code::F0007, message, span.at_start(), "it begins here")
}

/// Keeps the first findings of a file that has too many, and says so.
pub(crate) fn cap(found: &mut Vec<Diagnostic>) {
    if found.len() > MAX_FINDINGS {
        let next = found[MAX_FINDINGS].primary.span;
        found.truncate(MAX_FINDINGS);
        found.push(too_many(next));
    }
}

/// A file larger than anybody writes.
pub(crate) fn too_large(span: Span, bytes: usize) -> Diagnostic {
    let message = format!("the file has {bytes} bytes; at most {MAX_BYTES} are read");
    Diagnostic::new(Code::F0007, message, span.at_start(), "the whole file is left unread")
}

/// The rest of a file with too many findings.
pub(crate) fn too_many(at: Span) -> Diagnostic {
    let message = format!("more than {MAX_FINDINGS} findings");
    Diagnostic::new(Code::F0007, message, at, "the rest of the file is left unread")
}

/// A word of the language that this release does not offer.
pub(crate) fn not_offered(word: &str, span: Span) -> Diagnostic {
    let message = format!("`{word}` is not offered yet");
    Diagnostic::new(Code::F0011, message, span, "a word of the language, but not of this release")
}

/// A word that cannot name anything; `None` when it can.
pub(crate) fn bad_name(word: &Word) -> Option<Diagnostic> {
    let name = &short(&word.value);
    if !fields::is_name(&word.value) {
        let finding = Diagnostic::new(Code::F0108, format!("`{name}` is not a name"), word.span, "not a name");
        let help = match as_name(&word.value).filter(|name| name.len() < 40) {
            Some(proposal) => format!("write `{proposal}`: names are made of lower-case letters, digits and `_`"),
            None => "names are made of lower-case letters, digits and `_`, and begin with a letter".to_owned(),
        };
        return Some(finding.help(help));
    }
    if !fields::is_reserved(name) {
        return None;
    }
    let what = if fields::kind(name).is_some() { "it is a kind of state" } else { "it is a word of the language" };
    let finding = Diagnostic::new(Code::F0108, format!("`{name}` cannot be a name"), word.span, what);
    Some(finding.help(format!("choose another, such as `{name}_1`")))
}

/// The name that was likely meant.
fn as_name(word: &str) -> Option<String> {
    let name: String =
        word.chars().flat_map(char::to_lowercase).map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    (word.is_ascii() && fields::is_name(&name)).then_some(name)
}

/// An option that the kind does not have.
pub(crate) fn unknown_option(kind: &str, row: &KindRow, option: &Word, others: &[&str]) -> Diagnostic {
    let taken = |other: &&&str| match **other {
        "args" => row.operand.is_some_and(|operand| operand.shape == Shape::Call),
        "save" => row.saves,
        _ => true,
    };
    let known: Vec<&str> =
        row.options.iter().map(|field| field.name).chain(others.iter().filter(taken).copied()).collect();
    let message = format!("unknown field `{}` in a state of kind `{kind}`", short(&option.value));
    let has = match &known[..] {
        [] => format!("`{kind}` has no options"),
        known => format!("`{kind}` has {}", listed(known)),
    };
    let finding = Diagnostic::new(Code::F0101, message, option.span, format!("`{kind}` has no such field"));
    finding.help(has).misspelt(&option.value, known.iter().copied())
}

/// A key that stands twice; the first one counts.
pub(crate) fn twice(code: Code, what: &str, second: Span, first: Span) -> Diagnostic {
    Diagnostic::new(code, format!("{what} stands twice"), second, "the second time").and(first, "the first time")
}

/// `` `a`, `b` and `c` ``.
pub(crate) fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match &quoted[..] {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// What a shape asks for, in words.
pub(crate) fn wanted(shape: Shape) -> &'static str {
    match shape {
        Shape::Flag => "nothing, or `true`",
        Shape::Count => "a whole number",
        Shape::Duration => "a duration",
        Shape::Endpoint => "an endpoint or an expression",
        Shape::Endpoints => "an endpoint, an expression, or a list of them",
        Shape::Keys => "a key",
        Shape::Name => "a name",
        Shape::Prompt => "a prompt",
        Shape::Retry => "a number",
        Shape::Reprompt => "a prompt or a list of prompts",
        Shape::Locale => "a locale",
        Shape::Call => "a name",
        Shape::Dotted => "a name with a dot",
        Shape::Expr => "an expression",
        Shape::Headers => "headers",
        Shape::Tones => "keys or an expression",
        Shape::Assignments => "`NAME = value`",
        Shape::Choices => "choices",
        Shape::Branches => "branches",
    }
}

/// The row by which a state is read: that of its kind, else of the kind that was likely meant.
pub(crate) fn row_for(kind: &str) -> Option<&'static KindRow> {
    fields::kind(kind).or_else(|| {
        let offered = fields::KINDS.iter().filter(|row| row.offered).map(|row| row.name);
        crate::language::diagnostic::nearest(kind, offered).and_then(fields::kind)
    })
}

/// The shape of an option in whatever kind has it.
pub(crate) fn shape_anywhere(option: &str) -> Option<Shape> {
    fields::KINDS.iter().find_map(|row| row.option(option)).map(|field| field.shape)
}

/// A version of the language that is not read here.
pub(crate) fn other_version(version: &Word) -> Diagnostic {
    let message = format!("this file is in version `{}` of the language", version.value);
    Diagnostic::new(Code::F0009, message, version.span, "version 1 is read here").help("write `1`")
}

/// A choice whose name is no name. (Whether it is reserved is found out by `check`.)
pub(crate) fn bad_choice_name(name: &Word) -> Option<Diagnostic> {
    if fields::is_name(&name.value) { None } else { bad_name(name) }
}

/// Something that only another kind of state has.
pub(crate) fn misplaced(what: &str, kind: &str, span: Span) -> Diagnostic {
    let message = format!("{what} stand in a state of kind `{kind}` only");
    Diagnostic::new(Code::F0010, message, span, format!("this state is no `{kind}`"))
}

/// A YAML feature that flows do not use.
pub(crate) fn yaml_feature(what: &str, span: Span, label: &str) -> Diagnostic {
    Diagnostic::new(Code::F0003, format!("{what} cannot stand in a flow"), span, label)
}

/// A comment that cuts something in two.
pub(crate) fn cut_by_comment(text: &str, at: Span) -> Diagnostic {
    let finding =
        Diagnostic::new(Code::F0005, "a comment begins where none was meant", at, "`#` starts a comment here");
    let finding = finding.help("write `pound` for the key, or quote the text");
    let (before, after) = text.split_at_checked(at.start as usize).unwrap_or((text, ""));
    let rest = after.lines().next().unwrap_or("").get(1..).unwrap_or("").trim_start();
    let alone = before.trim_end_matches(' ').ends_with([':', ',', '[']);
    let ends = rest.is_empty() || rest.starts_with([',', '}', ']']);
    if alone && ends { finding.instead(at, "pound") } else { finding }
}

/// A prompt of a library that cannot be called so.
pub(crate) fn bad_prompt_name(name: &Word) -> Option<Diagnostic> {
    if matches!(name.value.as_str(), "text" | "ssml" | "file") {
        let message = format!("no prompt may be called `{}`", name.value);
        let finding = Diagnostic::new(Code::F0108, message, name.span, "it says how a prompt is written");
        return Some(finding.help("choose another name"));
    }
    bad_name(name)
}
