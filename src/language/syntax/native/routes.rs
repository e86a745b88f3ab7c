//! Where outcomes lead, choices, branches: what stands in a state's braces.

use std::ops::Range;

use crate::language::syntax::ast::{self, SpanOnly};
use crate::language::syntax::edges::{target, trigger};
use crate::language::syntax::grammar::Rule;
use crate::language::syntax::native::Reader;
use crate::language::syntax::native::values;
use crate::language::syntax::operators;
use crate::language::syntax::types::word;

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
