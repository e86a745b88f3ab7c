//! Groups of the native spelling: `desks: group { … }`, `secure: while recording paused, else no_card { … }`.

use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::{Span, Spanned};
use crate::language::syntax::ast::{self, Condition, SpanOnly};
use crate::language::syntax::clauses::Clause;
use crate::language::syntax::edges;
use crate::language::syntax::error;
use crate::language::syntax::expr::{Expr, ExprKind};
use crate::language::syntax::fields;
use crate::language::syntax::grammar::{Pair, Rule};
use crate::language::syntax::native::Reader;
use crate::language::syntax::operators;
use crate::language::syntax::place::Place;
use crate::language::syntax::types::word;

impl Reader<'_> {
    /// Whether a group begins at a token.
    pub(super) fn is_group(&self, start: usize) -> bool {
        self.is_label(start) && fields::GROUPS.contains(&self.word(start + 2))
    }

    /// Reads a group: its head, its rules, its states.
    pub(super) fn group(&mut self, clause: &Clause) {
        let all = clause.tokens.clone();
        let head = all.start..clause.block.as_ref().map_or(all.end, |block| block.open);
        let name = self.word_at(all.start);
        self.declared(&name);
        let span = SpanOnly(self.span(head.clone()));
        let whole = clause.block.as_ref().map_or(head.end, |block| block.end);
        let whole = SpanOnly(self.span(all.start..whole));
        let mut group = ast::Group {
            name: name.clone(),
            conditions: Vec::new(),
            otherwise: None,
            routes: Vec::new(),
            partial: self.is_spoiled(&head),
            span,
            whole,
        };
        let before = self.found.len();
        if !group.partial && self.group_head(&head, &mut group).is_none() {
            group.partial = true;
        }
        let Some(block) = &clause.block else {
            if self.found.len() == before {
                let end = Span { start: span.0.end, ..span.0 };
                let message = format!("expected `{{` after the head of group `{}`", name.value);
                let finding = Diagnostic::new(Code::F0001, message, end, "its states are missing");
                self.found.push(finding.help("a group is `name: group { rules and states }`"));
            }
            group.partial = true;
            self.flow.partial = true;
            self.flow.groups.push(group);
            return;
        };
        for inner in &block.clauses {
            if self.found.len() > error::MAX_FINDINGS {
                group.partial = true;
                break;
            }
            let start = inner.tokens.start;
            if self.is_group(start) {
                let what = self.span(start..start + 3);
                let finding =
                    Diagnostic::new(Code::F0010, "a group cannot stand in a group", what, "groups lie side by side");
                self.found.push(finding.help("close the outer group before it"));
                group.partial = true;
                // Its states are there, whoever they belong to.
                for member in inner.block.iter().flat_map(|block| &block.clauses) {
                    if self.is_label(member.tokens.start) && !self.is_group(member.tokens.start) {
                        self.state(member, Some(&name));
                    }
                }
            } else if self.is_label(start) {
                self.state(inner, Some(&name));
            } else if self.is_spoiled(&inner.tokens) {
                group.partial = true;
            } else {
                let bytes = self.bytes(&inner.tokens);
                match self.route_of(Rule::route_clause, bytes) {
                    Some(route) => group.routes.push(route),
                    None => group.partial = true,
                }
            }
        }
        self.nothing_between(block.end..all.end);
        self.flow.partial |= group.partial;
        self.flow.groups.push(group);
    }

    fn group_head(&mut self, tokens: &std::ops::Range<usize>, group: &mut ast::Group) -> Option<()> {
        let bytes = self.bytes(tokens);
        let place = self.place(&bytes);
        for part in self.parse(Rule::group_head, bytes)?.into_inner() {
            match part.as_rule() {
                Rule::condition => {
                    let condition = self.condition(part.into_inner().next()?, &place)?;
                    group.conditions.push(condition);
                }
                Rule::target => group.otherwise = Some(edges::target(part, &place)?),
                _ => {}
            }
        }
        Some(())
    }

    fn condition(&mut self, pair: Pair<'_>, place: &Place) -> Option<Condition> {
        let rule = pair.as_rule();
        let mut parts = pair.into_inner();
        Some(match rule {
            Rule::recording_condition => {
                Condition::Recording(word(&parts.find(|part| part.as_rule() == Rule::name)?, place))
            }
            Rule::streaming_condition => {
                Condition::Streaming(word(&parts.find(|part| part.as_rule() == Rule::name)?, place))
            }
            Rule::transcription_condition => {
                let value = parts.find(|part| part.as_rule() != Rule::kw_transcription)?;
                Condition::Transcription(match value.as_rule() {
                    Rule::expression => match operators::read(value, place, &mut self.found) {
                        Expr { kind: ExprKind::Text(text), span } => ast::Value::Literal(Spanned::new(text, span.0)),
                        expr => ast::Value::Expr(expr),
                    },
                    _ => ast::Value::Literal(word(&value, place)),
                })
            }
            _ => {
                let who = word(&parts.next()?, place);
                let music = parts.find(|part| part.as_rule() == Rule::prompt);
                let music = music.map(|music| self.prompt(music, place));
                Condition::Hold { who, music }
            }
        })
    }
}
