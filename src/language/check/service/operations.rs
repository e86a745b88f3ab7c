//! Operations: arguments to their places, outcomes to what tells them.

use crate::language::check::literals;
use crate::language::check::names::Once;
use crate::language::check::service::named::Named;
use crate::language::check::service::places;
use crate::language::diagnostic::{Code, Diagnostic, near};
use crate::language::duration;
use crate::language::flow::service::{
    Arg, FAILED, MOST_BYTES, Method, OK, OUTCOME_FIELD, Operation, OwnOutcome, Place, Segment, TIMEOUT_MS, ToldBy,
};
use crate::language::flow::types::Type;
use crate::language::source::Word;
use crate::language::syntax::ast::{TypeExpr, TypeKind};
use crate::language::syntax::fields::is_reserved;
use crate::language::syntax::service as written;
use std::collections::BTreeMap;

/// Words that stand on an edge with a meaning of their own.
const EDGE_WORDS: &[&str] = &[OK, FAILED, "after", "key", "on", "party", "signal", "then"];

/// An operation; `None` when something of it is in error.
pub(super) fn check(
    written: &written::Operation,
    named: &mut Named,
    findings: &mut Vec<Diagnostic>,
) -> Option<Operation> {
    let before = findings.len();
    let method = match &written.method {
        Some(word) => self::method(word, findings),
        None => Some(Method::Post),
    };
    let mut operation = Operation::plain(method.unwrap_or(Method::Post));
    let path = places::path(written, findings);
    operation.args = args(written, &path, method, named, findings);
    operation.path = path;
    operation.ok = written.ok.as_ref().and_then(|ty| named.resolve(ty, findings));
    operation.outcomes = outcomes(written, operation.ok.as_ref(), findings);
    operation.safe_to_repeat = repeats(written, operation.method, findings);
    operation.timeout_ms = timeout(written, operation.timeout_ms, findings);
    if let Some(word) = &written.max_bytes {
        match literals::count(word, 1..=MOST_BYTES) {
            Ok(bytes) => operation.max_bytes = bytes,
            Err(finding) => findings.push(finding),
        }
    }
    operation.untrusted = written.untrusted.as_ref().is_some_and(|flag| flag.value);
    let lost = written.ok.is_some() != operation.ok.is_some()
        || written.args.as_ref().is_some_and(|args| args.len() != operation.args.len());
    (findings[before..].is_empty() && !lost).then_some(operation)
}

fn method(word: &Word, findings: &mut Vec<Diagnostic>) -> Option<Method> {
    let method = Method::from_word(&word.value);
    if method.is_none() {
        let words = Method::ALL.map(Method::word);
        let near = near(&word.value.to_ascii_uppercase(), words);
        let message = format!("`{}` is not a method", word.value);
        findings.push(
            Diagnostic::new(Code::F0814, message, word.span, "not a method of HTTP that is used here")
                .help(format!("the methods are {}", words.join(", ")))
                .misspelt_for(&word.value, near),
        );
    }
    method
}

fn args(
    written: &written::Operation,
    path: &[Segment],
    method: Option<Method>,
    named: &mut Named,
    findings: &mut Vec<Diagnostic>,
) -> Vec<Arg> {
    let mut names = Once::new("argument");
    let mut wires = BTreeMap::new();
    let mut args = Vec::new();
    for arg in written.args.iter().flatten() {
        names.see(&arg.name, findings);
        let (secret, ty) = unwrapped(&arg.ty);
        let Some(ty) = named.resolve(&ty, findings) else { continue };
        let name = arg.name.value.clone();
        let in_path = path.contains(&Segment::Arg(name.clone()));
        let place = match (in_path, method) {
            (true, _) => Place::Path,
            // Without a method that is known, nothing is said of where its arguments stand.
            (false, None) => Place::Body,
            (false, Some(method)) if arg.in_query || !method.has_body() => Place::Query,
            (false, Some(_)) => Place::Body,
        };
        let wire = arg.wire.clone().unwrap_or_else(|| name.clone());
        if wires.insert((place as u8, wire.clone()), ()).is_some() {
            let message = format!("argument `{wire}` is declared twice");
            findings.push(Diagnostic::new(Code::F0103, message, arg.name.span, "another has this name in requests"));
        }
        findings.extend(places::misplaced(arg, &ty, place, secret));
        args.push(Arg { name, wire, ty, place, secret });
    }
    args
}

/// A type without its `secret`, and whether it had one.
fn unwrapped(ty: &TypeExpr) -> (bool, TypeExpr) {
    match &ty.kind {
        TypeKind::Secret(inner) => (true, (**inner).clone()),
        TypeKind::Optional(inner) => match &inner.kind {
            TypeKind::Secret(secret) => (true, TypeExpr { kind: TypeKind::Optional(secret.clone()), span: ty.span }),
            _ => (false, ty.clone()),
        },
        _ => (false, ty.clone()),
    }
}

fn outcomes(written: &written::Operation, ok: Option<&Type>, findings: &mut Vec<Diagnostic>) -> Vec<OwnOutcome> {
    let mut names = Once::new("outcome");
    let mut statuses: BTreeMap<u16, &Word> = BTreeMap::new();
    let mut outcomes = Vec::new();
    for outcome in written.outcomes.iter().flatten() {
        let name = outcome.name.value.as_str();
        names.see(&outcome.name, findings);
        if EDGE_WORDS.contains(&name) || is_reserved(name) {
            let message = format!("no outcome may be called `{name}`");
            let label = if name == OK || name == FAILED { "every operation has it" } else { "a word of the language" };
            findings.push(Diagnostic::new(Code::F0806, message, outcome.name.span, label).help("choose another name"));
        }
        let told_by = match &outcome.status {
            None => ToldBy::Name,
            Some(word) => match status(word) {
                Ok(status) => {
                    if let Some(first) = statuses.insert(status, word) {
                        findings.push(same_status(status, word, first));
                    }
                    ToldBy::Status(status)
                }
                Err(finding) => {
                    findings.push(*finding);
                    continue;
                }
            },
        };
        if told_by == ToldBy::Name && has_outcome_field(ok) {
            let message = format!("`{name}` cannot be told from `ok`");
            let label = "told by the answer's field `outcome`, which `ok` has as well";
            findings.push(
                Diagnostic::new(Code::F0807, message, outcome.name.span, label)
                    .help(format!("name the status that tells it: `outcomes: {{ {name}: 404 }}`")),
            );
        }
        outcomes.push(OwnOutcome { name: name.to_owned(), told_by });
    }
    outcomes
}

/// A status that can tell an outcome: 2xx but 200, or 4xx.
fn status(word: &Word) -> Result<u16, Box<Diagnostic>> {
    let status = word.value.parse::<u16>().ok();
    status.filter(|status| matches!(status, 201..=299 | 400..=499)).ok_or_else(|| {
        let message = format!("`{}` tells no outcome", word.value);
        let label = match status {
            Some(200) => "200 is `ok`",
            Some(300..=399) => "redirects are not followed; they are `failed`",
            Some(500..=599) => "a service that answers so is broken; that is `failed`",
            _ => "not a status that tells an outcome",
        };
        Box::new(Diagnostic::new(Code::F0807, message, word.span, label).help("write one of 201 to 299, or 400 to 499"))
    })
}

fn same_status(status: u16, here: &Word, first: &Word) -> Diagnostic {
    Diagnostic::new(Code::F0807, format!("{status} tells two outcomes"), here.span, "the status again")
        .and(first.span, "the status first")
        .help("list them without a status, and have the service answer `{\"outcome\": NAME}`")
}

fn has_outcome_field(ok: Option<&Type>) -> bool {
    match ok.map(Type::present) {
        Some(Type::Record(fields)) => fields.iter().any(|(name, _)| name == OUTCOME_FIELD),
        _ => false,
    }
}

fn repeats(written: &written::Operation, method: Method, findings: &mut Vec<Diagnostic>) -> bool {
    let said = written.safe_to_repeat.as_ref();
    let Some(retry) = &written.retry else { return said.map_or(method == Method::Get, |flag| flag.value) };
    if retry.value != "never" {
        let message = format!("`{}` is not a way to retry", retry.value);
        let finding = Diagnostic::new(Code::F0401, message, retry.span, "only `never` can be said here");
        findings.push(finding.help("one repetition is made of an operation that is `safe_to_repeat: true`"));
    } else if let Some(flag) = said.filter(|flag| flag.value) {
        findings.push(
            Diagnostic::new(Code::F0813, "safe to repeat, and never repeated", retry.span, "never repeated")
                .and(flag.span, "safe to repeat")
                .help("leave one of them out"),
        );
    }
    false
}

fn timeout(written: &written::Operation, usual: u64, findings: &mut Vec<Diagnostic>) -> u64 {
    let Some(word) = &written.timeout else { return usual };
    match literals::duration(word) {
        Ok(ms) if TIMEOUT_MS.contains(&ms) => ms,
        Ok(ms) => {
            let bounds =
                format!("from {} to {}", duration::show(*TIMEOUT_MS.start()), duration::show(*TIMEOUT_MS.end()));
            let message = format!("{} is out of its range", duration::show(ms));
            findings.push(Diagnostic::new(Code::F0404, message, word.span, bounds));
            usual
        }
        Err(finding) => {
            findings.push(finding);
            usual
        }
    }
}
