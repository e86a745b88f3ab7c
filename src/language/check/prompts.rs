//! Written prompts to typed ones: names resolved in the used libraries, arguments and placeholders typed, keys known.

use crate::language::check::calls;
use crate::language::check::exprs::Exprs;
use crate::language::check::library::{Entry, Library};
use crate::language::check::names::Declared;
use crate::language::check::ssml;
use crate::language::check::trust::{self, Place as Told};
use crate::language::diagnostic::{Code, Diagnostic, some_of};
use crate::language::flow::expr::Expr;
use crate::language::flow::origin::{NotAnOrigin, Origin};
use crate::language::flow::prompt::{Form, LibraryPrompt, Part, Piece, Prompt, Sound, Words};
use crate::language::flow::types::Type;
use crate::language::source::{Span, Word};
use crate::language::syntax::ast::{self, SpanOnly};
use crate::language::syntax::expr as written;
use crate::language::syntax::template::{self, Template};
use crate::platform::limits;
use std::collections::{BTreeMap, BTreeSet};

/// Whose keys `{key choice}` may name.
pub enum Keys<'a> {
    /// Those of whichever menu uses the prompt: collected, to be held against it.
    Collected(Vec<Word>),
    /// Those of this menu.
    Menu(&'a ast::State),
    /// Nobody's: not a menu's own prompt.
    None,
}

/// The library prompts a flow uses.
#[derive(Default)]
pub struct Used {
    /// By `library.prompt`.
    pub prompts: BTreeMap<String, LibraryPrompt>,
    /// Each use: where, what, and the prompt's own place with its locales.
    pub places: Vec<Place>,
    /// Where speech first needs an AI resource.
    pub speech: Option<Span>,
}

/// One use of a library prompt.
pub struct Place {
    /// Where it is used.
    pub span: Span,
    /// `library.prompt`.
    pub prompt: String,
    /// Where it is declared.
    pub declared: Span,
    /// The locales it has.
    pub locales: Vec<String>,
}

impl Used {
    /// Notes that something here is spoken or listened to.
    pub fn speech_at(&mut self, span: Span) {
        self.speech.get_or_insert(span);
    }
}

/// Types a prompt.
pub fn prompt(
    written: &ast::Prompt,
    declared: &Declared,
    exprs: &mut Exprs,
    keys: &mut Keys,
    used: &mut Used,
) -> Option<Prompt> {
    if written.parts.is_empty() {
        return exprs.refuse(nothing_to_play(written.span.0));
    }
    let parts: Vec<Option<Part>> =
        written.parts.iter().map(|part| self::part(part, written.span.0, declared, exprs, keys, used)).collect();
    Some(Prompt { parts: parts.into_iter().collect::<Option<Vec<Part>>>()? })
}

fn part(
    written: &ast::PromptPart,
    span: Span,
    declared: &Declared,
    exprs: &mut Exprs,
    keys: &mut Keys,
    used: &mut Used,
) -> Option<Part> {
    match written {
        ast::PromptPart::Named { name, args } => named(name, args, declared, exprs, keys, used),
        ast::PromptPart::Text(text) => {
            used.speech_at(span);
            words(text, Told::Prompt, exprs, keys).map(Part::Text)
        }
        ast::PromptPart::TextExpr(expr) => {
            used.speech_at(span);
            let (expr, form) = spoken(expr, None, expr.span.0, Told::Prompt, exprs)?;
            Some(Part::Text(Words { pieces: vec![Piece::Value(expr, form)] }))
        }
        ast::PromptPart::Ssml(text) => {
            used.speech_at(span);
            document(text, exprs, keys).map(Part::Ssml)
        }
        ast::PromptPart::File(path) => file(path, exprs).map(Part::File),
    }
}

/// The path of an audio file: a URL, or a path that stays within the project.
pub fn file(path: &Word, exprs: &mut Exprs) -> Option<String> {
    let text = path.value.trim();
    if text.is_empty() {
        return exprs.refuse(nothing_to_play(path.span));
    }
    let outside = text.starts_with('/') || text.split('/').any(|step| step == "..");
    let wrong = match Origin::split(text) {
        Err(NotAnOrigin::Scheme) if !text.contains("://") => outside.then(|| "not within the project".to_owned()),
        Err(why) => Some(why.to_string()),
        Ok(_) => None,
    };
    if let Some(label) = wrong {
        return exprs.refuse(
            Diagnostic::new(Code::F0401, format!("`{text}` is not an audio file"), path.span, label)
                .help("write an https address, or a path within the project, such as `audio/welcome.wav`"),
        );
    }
    Some(text.to_owned())
}

fn nothing_to_play(span: Span) -> Diagnostic {
    Diagnostic::new(Code::F0507, "a prompt with nothing to play", span, "empty")
}

fn named(
    name: &Word,
    args: &[(Word, written::Expr)],
    declared: &Declared,
    exprs: &mut Exprs,
    keys: &mut Keys,
    used: &mut Used,
) -> Option<Part> {
    let (library, entry) = match find(name, declared) {
        Ok(found) => found,
        Err(finding) => {
            exprs.findings.extend(finding);
            return None;
        }
    };
    if entry.partial {
        return None;
    }
    let args = arguments(name, args, entry, exprs);
    for key in &entry.keys {
        let finding = key_of(&key.value, name.span, keys);
        exprs.findings.extend(finding.map(|finding| finding.and(key.span, "the key is named here")));
    }
    let prompt = format!("{}.{}", library.name, name.value);
    used.places.push(Place {
        span: name.span,
        prompt: prompt.clone(),
        declared: entry.span,
        locales: entry.locales.clone(),
    });
    // A prompt in error has been told of in its library.
    let said = entry.prompt.as_ref()?;
    if said.wordings.values().any(|wording| !matches!(wording.sound, Sound::File { .. })) {
        used.speech_at(name.span);
    }
    used.prompts.entry(prompt.clone()).or_insert_with(|| said.clone());
    Some(Part::Named { prompt, args: args? })
}

/// The prompt of a name, or why there is none; nothing where another finding has said it.
fn find<'a>(name: &Word, declared: &Declared<'a>) -> Result<(&'a Library, &'a Entry), Option<Diagnostic>> {
    let mut found = declared.libraries.iter().filter_map(|library| Some((*library, library.prompts.get(&name.value)?)));
    match (found.next(), found.next()) {
        (Some((first, entry)), Some((second, other))) => Err(Some(
            Diagnostic::new(
                Code::F0106,
                format!("prompt `{}` is in two libraries", name.value),
                name.span,
                format!("`{}` and `{}` both have it", first.name, second.name),
            )
            .and(entry.span, format!("that of `{}`", first.name))
            .and(other.span, format!("that of `{}`", second.name))
            .help("give one of them another name"),
        )),
        (Some(only), None) => Ok(only),
        (None, _) => Err(unknown(name, declared)),
    }
}

/// What to say of an unknown prompt. Where prompts may be missing, only one that resembles another is called unknown.
fn unknown(name: &Word, declared: &Declared) -> Option<Diagnostic> {
    let message = format!("unknown prompt `{}`", name.value);
    let finding = Diagnostic::new(Code::F0106, message, name.span, "no used library has it");
    let known = declared.libraries.iter().flat_map(|library| library.prompts.keys()).map(String::as_str);
    let near = declared.near(&name.value, known);
    if near.is_none() && (declared.prompts_missing || declared.world.incomplete) {
        return None;
    }
    let elsewhere = declared.world.libraries.values().find(|library| library.prompts.contains_key(&name.value));
    Some(match (elsewhere, near) {
        (Some(library), _) => finding.help(format!("`{}` has it: add it to `use`", library.name)),
        (None, Some(near)) => finding.meant(&name.value, Some(near)),
        (None, None) => finding.help("words written in place stand in quotes; in YAML under `text:`"),
    })
}

fn arguments(
    name: &Word,
    args: &[(Word, written::Expr)],
    entry: &Entry,
    exprs: &mut Exprs,
) -> Option<BTreeMap<String, Expr>> {
    let mut given = BTreeMap::new();
    let mut whole = true;
    for (arg, value) in args {
        let Some(ty) = entry.takes.get(&arg.value) else {
            exprs.findings.push(
                Diagnostic::new(
                    Code::F0107,
                    format!("prompt `{}` takes no `{}`", name.value, arg.value),
                    arg.span,
                    "unknown argument",
                )
                .and(entry.span, "the prompt is declared here")
                .help(match entry.takes.len() {
                    0 => "it takes nothing".to_owned(),
                    _ => format!("it takes {}", some_of(entry.takes.keys().map(String::as_str))),
                })
                .did_you_mean(&arg.value, entry.takes.keys().map(String::as_str)),
            );
            whole = false;
            continue;
        };
        let value = ty.as_ref().and_then(|ty| exprs.check_at(value, ty, Told::Prompt));
        whole &= value.is_some();
        given.insert(arg.value.clone(), value);
    }
    let missing: Vec<&str> = entry
        .takes
        .iter()
        .filter(|(arg, ty)| !given.contains_key(*arg) && !ty.as_ref().is_some_and(Type::is_optional))
        .map(|(arg, _)| arg.as_str())
        .collect();
    // A misspelled argument is missing too; one finding is enough.
    if !missing.is_empty() && whole {
        whole = false;
        exprs.findings.push(
            Diagnostic::new(
                Code::F0107,
                format!("prompt `{}` needs `{}`", name.value, missing.join("`, `")),
                name.span,
                "an argument is missing",
            )
            .and(entry.span, "the prompt is declared here")
            .help(format!("write `{}({}: …)`", name.value, missing.join(": …, "))),
        );
    }
    if !whole {
        return None;
    }
    given.into_iter().map(|(arg, value)| Some((arg, value?))).collect()
}

/// Types an SSML document.
pub fn document(text: &Template, exprs: &mut Exprs, keys: &mut Keys) -> Option<Words> {
    let words = words(text, Told::Ssml, exprs, keys)?;
    match ssml::fault(&words) {
        Some(why) => {
            let finding = Diagnostic::new(Code::F0515, "not an SSML document", text.span.0, why);
            exprs.refuse(finding.help("write it like `<speak><voice name=\"en-GB-SoniaNeural\">…</voice></speak>`"))
        }
        None => Some(words),
    }
}

/// Types words with placeholders, which stand in a prompt or in an SSML document.
pub fn words(text: &Template, place: Told, exprs: &mut Exprs, keys: &mut Keys) -> Option<Words> {
    let blank = |piece: &template::Piece| matches!(piece, template::Piece::Text(text) if text.trim().is_empty());
    if text.pieces.iter().all(blank) {
        return exprs.refuse(nothing_to_play(text.span.0));
    }
    let literal: usize = text
        .pieces
        .iter()
        .map(|piece| match piece {
            template::Piece::Text(text) => text.chars().count(),
            template::Piece::Key { .. } | template::Piece::Value { .. } => 1,
        })
        .sum();
    if literal > limits::TEXT_PROMPT_CHARS {
        let most = limits::TEXT_PROMPT_CHARS;
        return exprs.refuse(
            Diagnostic::new(Code::F0404, "a text too long to be spoken", text.span.0, format!("{literal} characters"))
                .help(format!("the platform speaks at most {most} characters at once; make it a list of prompts")),
        );
    }
    let pieces: Vec<Option<Piece>> = text.pieces.iter().map(|piece| self::piece(piece, place, exprs, keys)).collect();
    Some(Words { pieces: pieces.into_iter().collect::<Option<Vec<Piece>>>()? })
}

fn piece(piece: &template::Piece, place: Told, exprs: &mut Exprs, keys: &mut Keys) -> Option<Piece> {
    match piece {
        template::Piece::Text(text) => Some(Piece::Text(text.clone())),
        template::Piece::Key { choice, .. } => {
            if let Keys::Collected(collected) = keys {
                collected.push(choice.clone());
                return Some(Piece::Key(choice.value.clone()));
            }
            match key_of(&choice.value, choice.span, keys) {
                Some(finding) => exprs.refuse(finding),
                None => Some(Piece::Key(choice.value.clone())),
            }
        }
        template::Piece::Value { path, form, span } => {
            let (expr, form) = spoken(&dotted(path, *span)?, form.as_ref(), span.0, place, exprs)?;
            Some(Piece::Value(expr, form))
        }
    }
}

/// What is wrong with naming the key of `choice` here.
fn key_of(choice: &str, span: Span, keys: &Keys) -> Option<Diagnostic> {
    let menu = match keys {
        Keys::Collected(_) => return None,
        Keys::None => {
            let message = format!("`{{key {choice}}}` outside the prompts of a menu");
            return Some(Diagnostic::new(Code::F0505, message, span, "no menu asks this"));
        }
        Keys::Menu(menu) => menu,
    };
    // What could not be read may have been it.
    if menu.partial {
        return None;
    }
    let choices = &menu.choices;
    match choices.iter().find(|known| known.name.value == choice) {
        Some(known) if known.key.is_some() => None,
        Some(known) => Some(
            Diagnostic::new(Code::F0505, format!("choice `{choice}` has no key"), span, "no key to name")
                .and(known.name.span, "the choice"),
        ),
        None => Some(
            Diagnostic::new(Code::F0113, format!("unknown choice `{choice}`"), span, "the menu has no such choice")
                .help(format!("its choices are {}", some_of(choices.iter().map(|known| known.name.value.as_str()))))
                .did_you_mean(choice, choices.iter().map(|known| known.name.value.as_str())),
        ),
    }
}

fn dotted(path: &[Word], span: SpanOnly) -> Option<written::Expr> {
    let (first, rest) = path.split_first()?;
    let root = written::Expr { kind: written::ExprKind::Name(first.value.clone()), span: SpanOnly(first.span) };
    Some(rest.iter().fold(root, |record, name| {
        let span = if record.span.0.file == name.span.file { SpanOnly(record.span.0.to(name.span)) } else { span };
        written::Expr { kind: written::ExprKind::Field(Box::new(record), name.clone()), span }
    }))
}

/// A value that is spoken, and its form. `whole` is the place of both.
fn spoken(
    value: &written::Expr,
    form: Option<&Word>,
    whole: Span,
    place: Told,
    exprs: &mut Exprs,
) -> Option<(Expr, Form)> {
    let typed = exprs.infer_plain(value)?;
    if let Some(finding) = trust::refused(&typed, value.span.0, place) {
        return exprs.refuse(finding);
    }
    let at = form.map_or(whole, |form| form.span);
    let form = exprs.found(calls::form(form.map(|form| form.value.as_str()), &typed.ty, at, whole))?;
    Some((typed.expr, form))
}

/// Every locale of the flow is in every prompt it uses. Where the locale is a value, `any`, the flow speaks whatever the
/// libraries speak from which it has prompts.
pub fn locales(used: &Used, wanted: &[String], any: Option<Span>, declared: &Declared, findings: &mut Vec<Diagnostic>) {
    let mut wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
    if any.is_some() {
        let of_flow = |library: &&&Library| {
            let mut prompts = used.places.iter().map(|place| &place.prompt);
            prompts.any(|prompt| prompt.split_once('.').is_some_and(|(name, _)| name == library.name))
        };
        let libraries = declared.libraries.iter().filter(of_flow);
        let spoken: BTreeSet<&str> = libraries
            .flat_map(|library| library.prompts.values())
            .flat_map(|prompt| &prompt.locales)
            .map(String::as_str)
            .filter(|locale| !wanted.contains(locale))
            .collect();
        wanted.extend(spoken);
    }
    let mut told = BTreeSet::new();
    for place in &used.places {
        let missing: Vec<&str> =
            wanted.iter().filter(|locale| !place.locales.iter().any(|has| has == *locale)).copied().collect();
        if missing.is_empty() || place.locales.is_empty() || !told.insert(&place.prompt) {
            continue;
        }
        let has = place.locales.join(", ");
        let finding = Diagnostic::new(
            Code::F0506,
            format!("prompt `{}` has no wording in {}", place.prompt, missing.join(", ")),
            place.span,
            format!("the flow speaks {}", wanted.join(", ")),
        )
        .and(place.declared, format!("it has {has}"));
        let finding = match any {
            Some(span) => finding.and(span, "the call decides which locale is spoken"),
            None => finding,
        };
        findings.push(finding.help("add the wording, or say which `locale` the flow has"));
    }
}
