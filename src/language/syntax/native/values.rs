//! Operands and options of the native spelling, by their shapes.

use std::ops::Range;

use crate::language::source::{Spanned, Word};
use crate::language::syntax::ast::{self, PromptPart, SpanOnly};
use crate::language::syntax::edges;
use crate::language::syntax::expr::Expr;
use crate::language::syntax::fields::Shape;
use crate::language::syntax::grammar::{Pair, Rule};
use crate::language::syntax::keys;
use crate::language::syntax::literal;
use crate::language::syntax::native::Reader;
use crate::language::syntax::operators;
use crate::language::syntax::place::Place;
use crate::language::syntax::template;
use crate::language::syntax::types::{span, word};

/// What may follow an operand or an option.
pub(super) const NEXT: &[&str] = &["`,`", "`->`"];

impl Reader<'_> {
    /// A value of a shape. `range` holds it, `clause` is where its clause began. `None` when it cannot be read.
    pub(super) fn value(&mut self, shape: Shape, range: Range<usize>, clause: usize) -> Option<ast::Value> {
        let rule = match shape {
            Shape::Count => Rule::count_value,
            Shape::Duration => Rule::duration_value,
            Shape::Endpoint => Rule::endpoint_value,
            Shape::Endpoints => Rule::endpoints_value,
            Shape::Keys => Rule::keys_value,
            Shape::Name => Rule::name_value,
            Shape::Prompt => Rule::prompt_value,
            Shape::Retry => Rule::retry_value,
            Shape::Reprompt => Rule::reprompt_value,
            Shape::Locale => Rule::locale_value,
            Shape::Dotted => Rule::dotted_value,
            Shape::Expr => Rule::expr_value,
            Shape::Headers => Rule::headers_value,
            Shape::Tones => Rule::tones_value,
            Shape::Flag | Shape::Choices | Shape::Branches | Shape::Call | Shape::Assignments => return None,
        };
        let place = self.place(&range);
        let pair = self.parse_within(rule, range, clause, NEXT)?;
        let mut parts = pair.into_inner().filter(|part| part.as_rule() != Rule::EOI);
        match shape {
            Shape::Keys => join_keys(parts.map(|part| word(&part, &place)).collect()).map(ast::Value::Literal),
            Shape::Prompt => Some(ast::Value::Prompt(self.prompt(parts.next()?, &place))),
            Shape::Retry => Some(ast::Value::Retry(retry(parts.next()?, &place))),
            Shape::Reprompt => Some(ast::Value::Reprompt(self.reprompt(parts, &place))),
            Shape::Expr => Some(ast::Value::Expr(operators::read(parts.next()?, &place, &mut self.found))),
            Shape::Headers => {
                let headers = parts.filter(|part| part.as_rule() == Rule::header);
                let headers: Option<Vec<_>> = headers.map(|part| self.header(part, &place)).collect();
                Some(ast::Value::Headers(headers?, SpanOnly(place.all())))
            }
            Shape::Tones => {
                let first = parts.next()?;
                if first.as_rule() != Rule::tone {
                    return Some(self.simple(first, &place));
                }
                let all = std::iter::once(first).chain(parts).map(|part| word(&part, &place)).collect();
                join_keys(all).map(ast::Value::Literal)
            }
            _ => Some(self.simple(parts.next()?, &place)),
        }
    }

    fn header(&mut self, pair: Pair<'_>, place: &Place) -> Option<(Word, Expr)> {
        let mut parts = pair.into_inner();
        let first = parts.next()?;
        let name = if first.as_rule() == Rule::string { self.plain_text(&first, place) } else { word(&first, place) };
        let value = parts.find(|part| part.as_rule() == Rule::expression)?;
        Some((name, operators::read(value, place, &mut self.found)))
    }

    /// What is called, with its arguments: `crm.find(account: account)`, `GET "https://…"`.
    pub(super) fn called(&mut self, tokens: Range<usize>, state: &mut ast::State) -> Option<()> {
        let bytes = self.bytes(&tokens);
        let place = self.place(&bytes);
        let pair = self.parse_within(Rule::call_value, bytes, state.name.span.start as usize, NEXT)?;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::dotted => state.operand = Some(ast::Value::Literal(word(&part, &place))),
                Rule::request => {
                    let mut parts = part.into_inner();
                    let method = word(&parts.next()?, &place);
                    let url = self.plain_text(&parts.next()?, &place);
                    state.operand = Some(ast::Value::Request { method, url });
                }
                Rule::argument => {
                    let mut parts = part.into_inner();
                    let name = word(&parts.next()?, &place);
                    let value = parts.find(|part| part.as_rule() == Rule::expression)?;
                    state.args.push((name, operators::read(value, &place, &mut self.found)));
                }
                _ => {}
            }
        }
        Some(())
    }

    /// A literal, an expression, or a list of them.
    pub(super) fn simple(&mut self, pair: Pair<'_>, place: &Place) -> ast::Value {
        match pair.as_rule() {
            Rule::endpoint_list => {
                let all = SpanOnly(span(&pair, place));
                let items = pair.into_inner().filter(|part| part.as_rule() == Rule::expression);
                let items = items.map(|part| self.simple(part, place)).collect();
                ast::Value::List(items, all)
            }
            Rule::expression => {
                if let Some(text) = lone(&pair, Rule::string) {
                    return ast::Value::Literal(self.plain_text(&text, place));
                }
                match lone(&pair, Rule::amount) {
                    Some(literal) => ast::Value::Literal(word(&literal, place)),
                    None => ast::Value::Expr(operators::read(pair, place, &mut self.found)),
                }
            }
            _ => ast::Value::Literal(word(&pair, place)),
        }
    }

    /// A `prompt` pair.
    pub(super) fn prompt(&mut self, pair: Pair<'_>, place: &Place) -> ast::Prompt {
        let all = SpanOnly(span(&pair, place));
        let mut parts = Vec::new();
        self.prompt_parts(pair, place, &mut parts);
        ast::Prompt { parts, span: all }
    }

    fn prompt_parts(&mut self, pair: Pair<'_>, place: &Place, parts: &mut Vec<PromptPart>) {
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::prompt_list | Rule::prompt => self.prompt_parts(part, place, parts),
                Rule::string | Rule::spoken | Rule::ssml | Rule::audio | Rule::named_prompt => {
                    parts.extend(self.prompt_part(part, place));
                }
                _ => {}
            }
        }
    }

    fn prompt_part(&mut self, pair: Pair<'_>, place: &Place) -> Option<PromptPart> {
        let rule = pair.as_rule();
        if rule == Rule::string {
            return Some(PromptPart::Text(self.template(&pair, place)));
        }
        let mut parts = pair.into_inner();
        match rule {
            Rule::spoken => {
                let expression = parts.find(|part| part.as_rule() == Rule::expression)?;
                Some(PromptPart::TextExpr(operators::read(expression, place, &mut self.found)))
            }
            Rule::ssml => {
                let text = parts.find(|part| part.as_rule() == Rule::string)?;
                Some(PromptPart::Ssml(self.template(&text, place)))
            }
            Rule::audio => {
                let text = parts.find(|part| part.as_rule() == Rule::string)?;
                Some(PromptPart::File(self.plain_text(&text, place)))
            }
            _ => {
                let name = word(&parts.next()?, place);
                let mut args = Vec::new();
                for argument in parts.filter(|part| part.as_rule() == Rule::argument) {
                    let mut parts = argument.into_inner();
                    let name = word(&parts.next()?, place);
                    let value = parts.find(|part| part.as_rule() == Rule::expression)?;
                    args.push((name, operators::read(value, place, &mut self.found)));
                }
                Some(PromptPart::Named { name, args })
            }
        }
    }

    fn reprompt<'p>(&mut self, parts: impl Iterator<Item = Pair<'p>>, place: &Place) -> ast::Reprompt {
        let mut reason = None;
        let mut prompts = Vec::new();
        for part in parts {
            match part.as_rule() {
                Rule::reason => reason = Some(part.as_str()),
                _ => prompts = self.wordings(part, place),
            }
        }
        match reason {
            Some("no_input") => ast::Reprompt { no_input: prompts, no_match: Vec::new() },
            Some(_) => ast::Reprompt { no_input: Vec::new(), no_match: prompts },
            None => ast::Reprompt { no_input: prompts.clone(), no_match: prompts },
        }
    }

    fn wordings(&mut self, pair: Pair<'_>, place: &Place) -> Vec<ast::Prompt> {
        let all = SpanOnly(span(&pair, place));
        let Some(inner) = pair.into_inner().next() else { return Vec::new() };
        if inner.as_rule() != Rule::prompt_list {
            let parts = self.prompt_part(inner, place).into_iter().collect();
            return vec![ast::Prompt { parts, span: all }];
        }
        let each = inner.into_inner().filter(|part| part.as_rule() == Rule::prompt);
        each.map(|part| self.prompt(part, place)).collect()
    }

    fn template(&mut self, pair: &Pair<'_>, place: &Place) -> template::Template {
        let unquoted = self.unquote(pair, place);
        let (template, found) = template::parse(&unquoted.text, &unquoted.place);
        self.found.extend(found);
        template
    }

    /// A text in quotes, as it reads.
    pub(super) fn plain_text(&mut self, pair: &Pair<'_>, place: &Place) -> Word {
        Spanned::new(self.unquote(pair, place).text, span(pair, place))
    }

    fn unquote(&mut self, pair: &Pair<'_>, place: &Place) -> literal::Unquoted {
        let unquoted = literal::unquote(pair.as_str(), self.file, span(pair, place).start as usize);
        self.found.extend(unquoted.bad_escapes.iter().map(|(at, written)| literal::bad_escape(*at, written)));
        unquoted
    }
}

/// The only token of an expression, when it is of that rule.
fn lone<'t>(pair: &Pair<'t>, rule: Rule) -> Option<Pair<'t>> {
    let mut parts = pair.clone().into_inner();
    let first = parts.next().filter(|part| part.as_rule() == rule)?;
    parts.next().is_none().then_some(first)
}

/// A `retry` pair.
pub(super) fn retry(pair: Pair<'_>, place: &Place) -> ast::Retry {
    let all = SpanOnly(span(&pair, place));
    let mut reason = None;
    let mut count = None;
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::reason => reason = Some(part.as_str()),
            _ => count = Some(word(&part, place)),
        }
    }
    match reason {
        Some("no_input") => ast::Retry { no_input: count, no_match: None, span: all },
        Some(_) => ast::Retry { no_input: None, no_match: count, span: all },
        None => ast::Retry { no_input: count.clone(), no_match: count, span: all },
    }
}

/// Takes the other reason's count in; false when both speak of the same reason.
pub(super) fn merge_retry(first: &mut ast::Retry, second: &ast::Retry) -> bool {
    let clash = (first.no_input.is_some() && second.no_input.is_some())
        || (first.no_match.is_some() && second.no_match.is_some());
    if !clash {
        first.no_input = first.no_input.take().or_else(|| second.no_input.clone());
        first.no_match = first.no_match.take().or_else(|| second.no_match.clone());
    }
    !clash
}

/// Takes the other reason's wordings in; false when both speak of the same reason.
pub(super) fn merge_reprompt(first: &mut ast::Reprompt, second: &ast::Reprompt) -> bool {
    let clash = (!first.no_input.is_empty() && !second.no_input.is_empty())
        || (!first.no_match.is_empty() && !second.no_match.is_empty());
    if !clash {
        first.no_input.extend(second.no_input.iter().cloned());
        first.no_match.extend(second.no_match.iter().cloned());
    }
    !clash
}

/// Keys written apart as one word.
pub(super) fn join_keys(keys: Vec<Word>) -> Option<Word> {
    edges::joined(keys).map(|word| Spanned::new(keys::in_words(&word.value), word.span))
}
