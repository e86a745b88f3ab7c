//! Operands, options and their values in the YAML spelling.

use crate::language::format::page::WIDTH;
use crate::language::format::words;
use crate::language::format::yaml::Writer;
use crate::language::format::yaml::tree::{Entry, Node, entry, list, map};
use crate::language::source::Word;
use crate::language::syntax::ast::{Prompt, PromptPart, Reprompt, Value};
use crate::language::syntax::expr::{Expr, ExprKind};
use crate::language::syntax::fields::Shape;

impl Writer<'_> {
    /// A value of a shape.
    pub(super) fn value(&self, value: &Value, shape: Shape) -> Node {
        match value {
            Value::Flag(_) => Node::Word("true".to_owned()),
            Value::Literal(word) => match shape {
                Shape::Endpoint | Shape::Endpoints | Shape::Tones => Node::Text(word.value.clone()),
                Shape::Flag
                | Shape::Count
                | Shape::Duration
                | Shape::Keys
                | Shape::Name
                | Shape::Prompt
                | Shape::Retry
                | Shape::Reprompt
                | Shape::Locale
                | Shape::Call
                | Shape::Dotted
                | Shape::Expr
                | Shape::Headers
                | Shape::Assignments
                | Shape::Choices
                | Shape::Branches => Node::Word(word.value.clone()),
            },
            Value::Expr(expr) if shape == Shape::Expr => self.argument(expr),
            Value::Expr(expr) => self.behind_sign(expr),
            Value::List(items, _) => list(items.iter().map(|item| self.value(item, Shape::Endpoint))),
            Value::Prompt(prompt) => self.prompt(prompt),
            Value::Retry(retry) => match (&retry.no_input, &retry.no_match) {
                (Some(no_input), Some(no_match)) if no_input == no_match => Node::Word(no_input.value.clone()),
                (no_input, no_match) => {
                    let count = |name: &str, count: &Option<Word>| {
                        count.as_ref().map(|count| entry(name, Node::Word(count.value.clone())))
                    };
                    map(count("no_input", no_input).into_iter().chain(count("no_match", no_match)).collect())
                }
            },
            Value::Reprompt(reprompt) => self.reprompt(reprompt),
            Value::Headers(headers, _) => {
                map(headers.iter().map(|(name, value)| entry(name.value.clone(), self.argument(value))).collect())
            }
            Value::Request { method, url } => Node::Text(format!("{} {}", method.value, url.value)),
        }
    }

    /// `=settings.desk`.
    fn behind_sign(&self, expr: &Expr) -> Node {
        Node::Word(format!("={}", self.printer.flat(expr)))
    }

    /// A literal as it is, anything else behind `=`.
    pub(super) fn argument(&self, expr: &Expr) -> Node {
        match &expr.kind {
            ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::Decimal(_) | ExprKind::Duration(_) => {
                Node::Word(self.printer.flat(expr))
            }
            ExprKind::Text(text) if !text.trim_start().starts_with('=') => {
                if words::is_amount(text) {
                    Node::Quoted(text.clone())
                } else {
                    Node::Text(text.clone())
                }
            }
            ExprKind::Text(_)
            | ExprKind::Name(_)
            | ExprKind::Field(..)
            | ExprKind::OptionalField(..)
            | ExprKind::Call(..)
            | ExprKind::Method(..)
            | ExprKind::Unary(..)
            | ExprKind::Binary(..)
            | ExprKind::Conditional(..)
            | ExprKind::List(_)
            | ExprKind::Broken => self.behind_sign(expr),
        }
    }

    /// Values by name.
    pub(super) fn arguments(&self, args: &[(Word, Expr)]) -> Node {
        let each = |(name, value): &(Word, Expr)| self.marked(name.span, name.value.clone(), self.argument(value));
        let wide = self.wide(args.iter().map(|(name, _)| name.span), WIDTH);
        Node::Map { entries: args.iter().map(each).collect(), wide }
    }

    /// A prompt: one part, or a list.
    pub(super) fn prompt(&self, prompt: &Prompt) -> Node {
        match &prompt.parts[..] {
            [part] => self.part(part),
            parts => list(parts.iter().map(|part| self.part(part))),
        }
    }

    fn part(&self, part: &PromptPart) -> Node {
        let one = |key: &str, value: Node| map(vec![entry(key, value)]);
        match part {
            PromptPart::Named { name, args } if args.is_empty() => Node::Word(name.value.clone()),
            PromptPart::Named { name, args } => {
                let args: Vec<Entry> =
                    args.iter().map(|(name, value)| entry(name.value.clone(), self.argument(value))).collect();
                one(&name.value, map(args))
            }
            PromptPart::Text(template) => one("text", Node::Prose(Self::no_expression(words::template(template)))),
            PromptPart::TextExpr(expr) => one("text", self.behind_sign(expr)),
            PromptPart::Ssml(template) => one("ssml", Node::Prose(words::template(template))),
            PromptPart::File(file) => one("file", Node::Text(file.value.clone())),
        }
    }

    /// A text that begins with `=` begins with two, so that it is read as words.
    fn no_expression(mut text: String) -> String {
        let blank = text.len() - text.trim_start().len();
        if text[blank..].starts_with('=') {
            text.insert(blank, '=');
        }
        text
    }

    fn reprompt(&self, reprompt: &Reprompt) -> Node {
        let Reprompt { no_input, no_match } = reprompt;
        if no_input == no_match {
            return self.wordings(no_input);
        }
        let reasons = [("no_input", no_input), ("no_match", no_match)];
        let said = reasons.iter().filter(|(_, wordings)| !wordings.is_empty());
        map(said.map(|(reason, wordings)| entry(*reason, self.wordings(wordings))).collect())
    }

    fn wordings(&self, wordings: &[Prompt]) -> Node {
        match wordings {
            [Prompt { parts, .. }] if parts.len() == 1 => self.part(&parts[0]),
            _ => list(wordings.iter().map(|wording| self.prompt(wording))),
        }
    }
}
