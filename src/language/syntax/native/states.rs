//! A state of the native spelling: `name: [variable =] kind [operand] [option, option …] [-> target] [{ outcomes }]`.

use std::ops::Range;

use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::{Span, Spanned, Word};
use crate::language::syntax::ast::{self, SpanOnly};
use crate::language::syntax::clauses::Clause;
use crate::language::syntax::edges;
use crate::language::syntax::error;
use crate::language::syntax::fields::{self, KindRow, Shape};
use crate::language::syntax::grammar::Rule;
use crate::language::syntax::native::Reader;
use crate::language::syntax::native::values;
use crate::language::syntax::operators;
use crate::language::syntax::tokens::TokenKind;
use crate::language::syntax::types::word;

impl Reader<'_> {
    /// Reads a clause that begins with `name:`.
    pub(super) fn state(&mut self, clause: &Clause, group: Option<&Word>) {
        let all = clause.tokens.clone();
        let head = all.start..clause.block.as_ref().map_or(all.end, |block| block.open);
        let arrow = self.top_level(&head, TokenKind::Arrow);
        let action = head.start..arrow.unwrap_or(head.end);
        let name = self.word_at(all.start);
        self.declared(&name);
        let mut state =
            ast::State::named(name, Spanned::new(String::new(), self.span(all.clone())), self.span(all.clone()));
        state.group = group.cloned();
        if self.is_spoiled(&head) {
            state.partial = true;
        }
        let kind = self.kind_of(&action, &mut state);
        if let Some(kind) = kind
            && !state.partial
        {
            self.action(kind..action.end, &mut state);
        }
        if let Some(arrow) = arrow
            && !self.is_spoiled(&head)
        {
            self.success(arrow, head.end, &mut state);
        }
        if let Some(block) = &clause.block {
            self.block(&block.clauses, &mut state);
            self.nothing_between(block.end..all.end);
        }
        self.flow.partial |= state.partial;
        self.flow.states.push(state);
    }

    /// Reads up to the kind and gives the token after it; `None` when nothing more is to be read before the arrow.
    fn kind_of(&mut self, action: &Range<usize>, state: &mut ast::State) -> Option<usize> {
        let saves = action.start + 3 < action.end && self.kind(action.start + 3) == Some(TokenKind::Equals);
        let kind = action.start + if saves { 4 } else { 2 };
        let begin = action.start..(kind + 1).min(action.end);
        if self.is_spoiled(&begin) {
            return None;
        }
        if !saves && begin.len() == 3 && self.is_plain_head(action.start) {
            state.kind = self.word_at(kind);
            return Some(self.kind_said(kind, state));
        }
        let bytes = self.bytes(&begin);
        let place = self.place(&bytes);
        let rule = if saves { Rule::saving_head } else { Rule::state_head };
        let Some(pair) = self.parse(rule, bytes) else {
            state.partial = true;
            return None;
        };
        for part in pair.into_inner().skip(1) {
            match part.as_rule() {
                Rule::name => state.save = Some(word(&part, &place)),
                Rule::state_kind => state.kind = word(&part, &place),
                _ => {}
            }
        }
        Some(self.kind_said(kind, state))
    }

    /// Whether `name: kind` begins here, each a plain name, as most are: it needs no grammar.
    fn is_plain_head(&self, at: usize) -> bool {
        let is_name = |at| self.word(at).len() <= error::MAX_WORD && fields::is_name(self.word(at));
        is_name(at) && self.kind(at + 1) == Some(TokenKind::Colon) && is_name(at + 2)
    }

    /// The kind stands at a token; gives the one after it.
    fn kind_said(&mut self, kind: usize, state: &ast::State) -> usize {
        if fields::kind(&state.kind.value).is_some_and(|row| !row.offered) {
            self.found.push(error::not_offered(&state.kind.value, state.kind.span));
        }
        kind + 1
    }

    /// What stands between the kind and the arrow: an operand, then options.
    fn action(&mut self, tokens: Range<usize>, state: &mut ast::State) {
        let Some(row) = error::row_for(&state.kind.value) else { return };
        let mut rest = tokens.clone();
        if self.kind(rest.start) == Some(TokenKind::Comma) && !rest.is_empty() {
            let message = format!("expected an option after `{}`", state.kind.value);
            let span = self.span(rest.start..rest.start + 1);
            let finding = Diagnostic::new(Code::F0001, message, span, "no comma stands right after the kind");
            self.found.push(finding.help("leave the comma out"));
            rest.start += 1;
        }
        let mut first = true;
        while !rest.is_empty() && self.found.len() <= error::MAX_FINDINGS {
            let comma = self.top_level(&rest, TokenKind::Comma);
            let segment = rest.start..comma.unwrap_or(rest.end);
            if row.operand.is_some_and(|operand| operand.shape == Shape::Assignments) {
                self.assignment(segment, state);
            } else if first && !self.is_option(&segment, row) {
                self.operand(segment, row, state);
            } else {
                self.option(segment, row, state);
            }
            first = false;
            match comma {
                Some(comma) if comma + 1 >= rest.end => {
                    self.expected_option(comma, state);
                    break;
                }
                Some(comma) => rest.start = comma + 1,
                None => break,
            }
        }
    }

    /// Whether the segment right after the kind is an option already.
    fn is_option(&self, segment: &Range<usize>, row: &KindRow) -> bool {
        let known = row.option(self.word(segment.start)).is_some();
        let Some(operand) = row.operand else { return true };
        if matches!(operand.shape, Shape::Choices | Shape::Branches) {
            return true;
        }
        let alone = segment.len() == 1;
        let goes_on = matches!(self.kind(segment.start + 1), Some(TokenKind::Other | TokenKind::OpenBracket));
        known && !(operand.required && (alone || goes_on))
    }

    /// `tries = tries + 1`.
    fn assignment(&mut self, segment: Range<usize>, state: &mut ast::State) {
        let bytes = self.bytes(&segment);
        let place = self.place(&bytes);
        let read = self.parse_within(Rule::assignment, bytes, state.name.span.start as usize, values::NEXT);
        let set = read.and_then(|pair| {
            let mut parts = pair.into_inner();
            let name = word(&parts.next()?, &place);
            let value = parts.find(|part| part.as_rule() == Rule::expression)?;
            Some((name, operators::read(value, &place, &mut self.found)))
        });
        match set {
            Some(set) => state.args.push(set),
            None => state.partial = true,
        }
    }

    fn operand(&mut self, segment: Range<usize>, row: &KindRow, state: &mut ast::State) {
        let Some(operand) = row.operand else { return };
        let at = self.span(segment.clone());
        if operand.shape == Shape::Call {
            if self.called(segment, state).is_none() {
                state.operand = Some(ast::Value::broken(at));
                state.partial = true;
            }
            return;
        }
        match self.shaped(operand.shape, segment, row, state.name.span) {
            Some(value) => state.operand = Some(value),
            None => {
                state.operand = Some(ast::Value::broken(at));
                state.partial = true;
            }
        }
    }

    fn option(&mut self, segment: Range<usize>, row: &KindRow, state: &mut ast::State) {
        if self.word(segment.start).is_empty() || segment.is_empty() {
            self.expected_option(segment.start.saturating_sub(1), state);
            return;
        }
        let name = self.word_at(segment.start);
        let unknown = fields::kind(&state.kind.value).is_none();
        let shape = row.option(&name.value).map(|field| field.shape);
        let Some(shape) = shape.or_else(|| error::shape_anywhere(&name.value).filter(|_| unknown)) else {
            if !unknown {
                let finding = error::unknown_option(&state.kind.value, row, &name, &[]);
                state.partial |= finding.code != Code::F0011;
                self.found.push(finding);
            }
            return;
        };
        let rest = segment.start + 1..segment.end;
        let value = if shape == Shape::Flag {
            self.flag(&name, &rest, row)
        } else if rest.is_empty() {
            self.expected_value(shape, &name);
            None
        } else {
            self.shaped(shape, rest, row, state.name.span)
        };
        state.partial |= value.is_none();
        let value = value.unwrap_or_else(|| ast::Value::broken(self.span(segment)));
        self.add(ast::Opt { name, value }, state);
    }

    fn flag(&mut self, name: &Word, rest: &Range<usize>, row: &KindRow) -> Option<ast::Value> {
        if rest.is_empty() {
            return Some(ast::Value::Flag(SpanOnly(name.span)));
        }
        if !self.missing_comma(rest.start, row) {
            let message = format!("expected `,` or `->` after `{}`", name.value);
            let label = format!("found {}", self.quoted(rest.start));
            let found = self.span(rest.start..rest.start + 1);
            let finding = Diagnostic::new(Code::F0001, message, found, label);
            let gap = self.text.get(name.span.end as usize..found.start as usize).unwrap_or("");
            // `everyone true`: what holds is written without a value.
            let bare = rest.len() == 1 && self.word(rest.start) == "true" && gap.trim().is_empty();
            let rest_of_it = Span { start: name.span.end, ..found };
            self.found.push(if bare { finding.instead(rest_of_it, "") } else { finding });
        }
        None
    }

    /// A value of a shape in its tokens; a comma forgotten before the next option is called that.
    fn shaped(&mut self, shape: Shape, tokens: Range<usize>, row: &KindRow, clause: Span) -> Option<ast::Value> {
        let before = self.found.len();
        let bytes = self.bytes(&tokens);
        let value = self.value(shape, bytes, clause.start as usize);
        if value.is_none()
            && let Some(finding) = self.found.get(before)
            && finding.code == Code::F0001
        {
            let at = finding.primary.span.start as usize;
            let token = tokens.clone().skip(1).find(|token| self.tokens[*token].start() == at);
            if let Some(token) = token
                && row.option(self.word(token)).is_some()
            {
                self.found.truncate(before);
                self.missing_comma(token, row);
            }
        }
        value
    }

    fn missing_comma(&mut self, token: usize, row: &KindRow) -> bool {
        if row.option(self.word(token)).is_none() {
            return false;
        }
        let message = format!("expected `,` before {}", self.quoted(token));
        let span = self.span(token..token + 1);
        let finding = Diagnostic::new(Code::F0001, message, span, "an option begins here");
        self.found.push(finding.help("a comma stands before each option"));
        true
    }

    /// Adds an option; what is said of the other reason joins the first.
    fn add(&mut self, option: ast::Opt, state: &mut ast::State) {
        let Some(first) = state.options.iter_mut().find(|first| first.name.value == option.name.value) else {
            state.options.push(option);
            return;
        };
        let merged = match (&mut first.value, &option.value) {
            (ast::Value::Retry(first), ast::Value::Retry(second)) => values::merge_retry(first, second),
            (ast::Value::Reprompt(first), ast::Value::Reprompt(second)) => values::merge_reprompt(first, second),
            _ => false,
        };
        if !merged {
            let what = format!("`{}`", option.name.value);
            self.found.push(error::twice(Code::F0103, &what, option.name.span, first.name.span));
        }
    }

    fn expected_option(&mut self, after: usize, state: &mut ast::State) {
        let span = self.span(after..after + 1);
        let at = Span { start: span.end, ..span };
        let message = format!("expected an option after {}", self.quoted(after));
        self.found.push(Diagnostic::new(Code::F0001, message, at, "an option is missing here"));
        state.partial = true;
    }

    fn expected_value(&mut self, shape: Shape, name: &Word) {
        let wanted = error::wanted(shape);
        let at = Span { start: name.span.end, ..name.span };
        let message = format!("expected {wanted} after `{}`", name.value);
        self.found.push(Diagnostic::new(Code::F0001, message, at, "it is missing here"));
    }

    /// `-> target`.
    fn success(&mut self, arrow: usize, end: usize, state: &mut ast::State) {
        let sign = self.span(arrow..arrow + 1);
        let bytes = self.bytes(&(arrow + 1..end));
        let bytes = if arrow + 1 < end { bytes } else { sign.end as usize..sign.end as usize };
        let place = self.place(&bytes);
        let read = match edges::plain(&self.text[bytes.clone()], &place) {
            Some(name) => {
                let span = SpanOnly(name.span);
                Some(ast::Target { to: ast::Destination::State(name), limit: None, span })
            }
            None => {
                let pair = self.parse_within(Rule::target_clause, bytes, state.name.span.start as usize, &[]);
                pair.and_then(|pair| pair.into_inner().next()).and_then(|pair| edges::target(pair, &place))
            }
        };
        state.partial |= read.is_none();
        let target = read.unwrap_or_else(|| ast::Target::broken(sign));
        let span = SpanOnly(sign.to(target.span.0));
        state.routes.push(ast::Route { triggers: vec![ast::Trigger::Success(SpanOnly(sign))], target, span });
    }

    /// What stands in the braces.
    fn block(&mut self, clauses: &[Clause], state: &mut ast::State) {
        for clause in clauses {
            let start = clause.tokens.start;
            let bytes = self.bytes(&clause.tokens);
            if self.found.len() > error::MAX_FINDINGS {
                state.partial = true;
                return;
            }
            let read = if self.is_spoiled(&clause.tokens) {
                None
            } else if matches!(self.word(start), "if" | "else") && self.kind(start + 1) != Some(TokenKind::Bar) {
                self.branch(bytes).map(|branch| state.branches.push(branch))
            } else if self.kind(start + 1) == Some(TokenKind::Equals) {
                self.choice(bytes).map(|choice| {
                    self.found.extend(error::bad_choice_name(&choice.name));
                    state.choices.push(choice);
                })
            } else {
                self.route_of(Rule::route_clause, bytes).map(|route| state.routes.push(route))
            };
            state.partial |= read.is_none();
        }
        self.misplaced(state);
    }

    /// Branches outside a decide, choices outside a menu.
    fn misplaced(&mut self, state: &mut ast::State) {
        let shape = error::row_for(&state.kind.value).and_then(|row| row.operand).map(|o| o.shape);
        let known = fields::kind(&state.kind.value).is_some();
        if !known {
            return;
        }
        if shape != Some(Shape::Branches)
            && let Some(branch) = state.branches.first()
        {
            self.found.push(error::misplaced("branches", "decide", branch.span.0));
            state.branches.clear();
            state.partial = true;
        }
        if shape != Some(Shape::Choices)
            && let Some(choice) = state.choices.first()
        {
            self.found.push(error::misplaced("choices", "menu", choice.name.span));
            state.choices.clear();
            state.partial = true;
        }
    }

    /// The first token of that kind outside all brackets.
    fn top_level(&self, tokens: &Range<usize>, kind: TokenKind) -> Option<usize> {
        let mut depth = 0_usize;
        for at in tokens.clone() {
            match self.kind(at) {
                Some(TokenKind::OpenBracket) => depth += 1,
                Some(TokenKind::CloseBracket) => depth = depth.saturating_sub(1),
                // An arrow never stands in brackets; one is missing its end.
                Some(found) if found == kind && (depth == 0 || kind == TokenKind::Arrow) => return Some(at),
                _ => {}
            }
        }
        None
    }

    pub(super) fn word_at(&self, token: usize) -> Word {
        let text = self.tokens.get(token).map_or("", |token| token.text(self.text));
        Spanned::new(text.to_owned(), self.span(token..token + 1))
    }
}
