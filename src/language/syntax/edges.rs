//! Targets and triggers, which both spellings write alike.

use crate::language::diagnostic::Diagnostic;
use crate::language::source::{Spanned, Word};
use crate::language::syntax::ast::{self, SpanOnly};
use crate::language::syntax::error;
use crate::language::syntax::fields;
use crate::language::syntax::grammar::{self, Pair, Rule};
use crate::language::syntax::keys;
use crate::language::syntax::place::Place;
use crate::language::syntax::types::{span, word};

/// `busy | no_answer`, `party left`: what a YAML key holds.
pub(crate) fn triggers(text: &str, place: &Place) -> Result<Vec<ast::Trigger>, Diagnostic> {
    if let Some(word) = plain(text, place) {
        return Ok(vec![ast::Trigger::Outcome(word)]);
    }
    let pair = grammar::parse(Rule::triggers_only, text).map_err(|mismatch| mismatch.finding(text, place))?;
    let each = pair.into_inner().filter(|part| part.as_rule() == Rule::trigger);
    Ok(each.filter_map(|part| part.into_inner().next()).filter_map(|part| trigger(part, place)).collect())
}

/// `sorry`, `return moved`: what a YAML scalar holds.
pub(crate) fn destination_in(text: &str, place: &Place) -> Result<Option<ast::Destination>, Diagnostic> {
    if let Some(word) = plain(text, place) {
        return Ok(Some(ast::Destination::State(word)));
    }
    let pair = grammar::parse(Rule::destination_only, text).map_err(|mismatch| mismatch.finding(text, place))?;
    Ok(pair.into_inner().next().and_then(|part| destination(part, place)))
}

/// A text that is one plain name, as most are: it needs no grammar.
pub(crate) fn plain(text: &str, place: &Place) -> Option<Word> {
    const BEGINNINGS: [&str; 5] = ["after", "key", "limit", "return", "signal"];
    let plain = text.len() <= error::MAX_WORD && fields::is_name(text) && !BEGINNINGS.contains(&text);
    plain.then(|| Spanned::new(text.to_owned(), place.span(0, text.len())))
}

/// What a route reacts to.
pub(crate) fn trigger(pair: Pair<'_>, place: &Place) -> Option<ast::Trigger> {
    let all = SpanOnly(span(&pair, place));
    let rule = pair.as_rule();
    if rule == Rule::key_rule {
        return key_trigger(pair, place, all);
    }
    let mut parts = pair.into_inner();
    let first = parts.find(|part| matches!(part.as_rule(), Rule::name | Rule::amount));
    let first = first.map(|part| word(&part, place));
    Some(match rule {
        Rule::after_rule => ast::Trigger::After(first?),
        Rule::signal_rule => ast::Trigger::Signal(first?),
        _ if parts.next().is_some() => ast::Trigger::Left(first?),
        _ => ast::Trigger::Outcome(first?),
    })
}

fn key_trigger(pair: Pair<'_>, place: &Place, all: SpanOnly) -> Option<ast::Trigger> {
    let (mut written, mut by) = (Vec::new(), None);
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::key => written.push(word(&part, place)),
            Rule::name => by = Some(word(&part, place)),
            _ => {}
        }
    }
    let keys = joined(written)?;
    Some(ast::Trigger::Key { keys: Spanned::new(keys::in_words(&keys.value), keys.span), by, span: all })
}

/// A word made of several.
pub(crate) fn joined(words: Vec<Word>) -> Option<Word> {
    let span = words.first()?.span.to(words.last()?.span);
    let text = words.into_iter().map(|word| word.value).collect::<Vec<_>>().join(" ");
    Some(Spanned::new(text, span))
}

/// A `target` pair.
pub(crate) fn target(pair: Pair<'_>, place: &Place) -> Option<ast::Target> {
    let all = SpanOnly(span(&pair, place));
    let mut parts = pair.into_inner();
    let to = destination(parts.next()?, place)?;
    let limit = parts.next().and_then(|limit| {
        let mut parts = limit.into_inner();
        let times = parts.find(|part| part.as_rule() == Rule::amount)?;
        let otherwise = parts.find(|part| part.as_rule() == Rule::destination)?;
        Some(ast::Limit { times: word(&times, place), otherwise: destination(otherwise, place)? })
    });
    Some(ast::Target { to, limit, span: all })
}

fn destination(pair: Pair<'_>, place: &Place) -> Option<ast::Destination> {
    let inner = pair.into_inner().next()?;
    if inner.as_rule() == Rule::name {
        return Some(ast::Destination::State(word(&inner, place)));
    }
    let all = SpanOnly(span(&inner, place));
    let result = inner.into_inner().find(|part| part.as_rule() == Rule::name).map(|part| word(&part, place));
    Some(ast::Destination::Return { result, span: all })
}
