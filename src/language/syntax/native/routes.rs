//! Where outcomes lead, choices, branches: what stands in a state's braces.

use std::ops::Range;

use crate::language::source::{Spanned, Word};
use crate::language::syntax::ast::{self, SpanOnly};
use crate::language::syntax::grammar::{Pair, Rule};
use crate::language::syntax::native::Reader;
use crate::language::syntax::native::values;
use crate::language::syntax::operators;
use crate::language::syntax::place::Place;
use crate::language::syntax::types::{span, word};

impl Reader<'_> {
    /// A route in a clause of that rule.
    pub(super) fn route_of(&mut self, rule: Rule, range: Range<usize>) -> Option<ast::Route> {
        let place = self.place(&range);
        let pair = self.parse(rule, range)?;
        let all = SpanOnly(place.all());
        let mut triggers = Vec::new();
        let mut to = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::trigger => triggers.extend(part.into_inner().next().and_then(|pair| trigger(pair, &place))),
                Rule::target => to = target(part, &place),
                _ => {}
            }
        }
        Some(ast::Route { triggers, target: to?, span: all })
    }

    /// `confirm = 1 "confirm" "yes" -> save_confirm`.
    pub(super) fn choice(&mut self, range: Range<usize>) -> Option<ast::Choice> {
        let place = self.place(&range);
        let pair = self.parse(Rule::choice_clause, range)?;
        let mut name = None;
        let mut keys = Vec::new();
        let mut phrases = Vec::new();
        let mut to = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::name => name = Some(word(&part, &place)),
                Rule::key => keys.push(word(&part, &place)),
                Rule::string => phrases.push(self.plain_text(&part, &place)),
                Rule::target => to = target(part, &place),
                _ => {}
            }
        }
        Some(ast::Choice { name: name?, key: values::join_keys(keys), phrases, target: to })
    }

    /// `if … -> target`, `else -> target`.
    pub(super) fn branch(&mut self, range: Range<usize>) -> Option<ast::Branch> {
        let place = self.place(&range);
        let pair = self.parse(Rule::branch_clause, range)?;
        let mut condition = None;
        let mut to = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::expression => condition = Some(operators::read(part, &place, &mut self.found)),
                Rule::target => to = target(part, &place),
                _ => {}
            }
        }
        Some(ast::Branch { condition, target: to?, span: SpanOnly(place.all()) })
    }
}

/// What a route reacts to.
fn trigger(pair: Pair<'_>, place: &Place) -> Option<ast::Trigger> {
    let all = word(&pair, place);
    let rule = pair.as_rule();
    let first = pair.into_inner().find(|part| matches!(part.as_rule(), Rule::name | Rule::amount));
    let first = first.map(|part| word(&part, place));
    Some(match rule {
        Rule::after_rule => ast::Trigger::After(first?),
        Rule::left_rule => ast::Trigger::Left(first?),
        Rule::outcome => ast::Trigger::Outcome(first?),
        _ => ast::Trigger::NotYet { what: all },
    })
}

/// A `target` pair.
pub(super) fn target(pair: Pair<'_>, place: &Place) -> Option<ast::Target> {
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

/// A word made of several.
pub(super) fn joined(words: Vec<Word>) -> Option<Word> {
    let span = words.first()?.span.to(words.last()?.span);
    let text = words.into_iter().map(|word| word.value).collect::<Vec<_>>().join(" ");
    Some(Spanned::new(text, span))
}
