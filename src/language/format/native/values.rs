//! Operands, options and their values in the native spelling.

use crate::language::format::doc::{self, Doc, text};
use crate::language::format::native::Writer;
use crate::language::format::words;
use crate::language::source::Word;
use crate::language::syntax::ast::{Prompt, PromptPart, Reprompt, Retry, Value};
use crate::language::syntax::expr::{Expr, ExprKind};
use crate::language::syntax::fields::{self, Shape};
use crate::language::syntax::template::Template;

impl Writer<'_> {
    /// A value of a shape.
    pub(super) fn value(&self, value: &Value, shape: Shape) -> Vec<Doc> {
        match value {
            Value::Flag(_) => Vec::new(),
            Value::Literal(word) => vec![text(literal(&word.value, shape))],
            Value::Expr(expr) => vec![self.expression(expr, shape)],
            Value::List(items, _) => {
                vec![doc::listed("[", items.iter().map(|item| self.value(item, Shape::Endpoint)).collect(), "]")]
            }
            Value::Prompt(prompt) => self.prompt(prompt),
            Value::Retry(retry) => vec![text(retries(retry).join(", retry "))],
            Value::Reprompt(reprompt) => self.reprompts(reprompt).into_iter().next().unwrap_or_default(),
            Value::Headers(headers, _) => vec![self.arguments(headers)],
            Value::Request { method, url } => vec![text(format!("{} {}", method.value, words::quoted(&url.value)))],
        }
    }

    fn expression(&self, expr: &Expr, shape: Shape) -> Doc {
        // `locale who` would be the locale `who`, `send_keys d` the key.
        let taken = match (shape, &expr.kind) {
            (Shape::Locale, ExprKind::Name(name)) => words::is_tag(name),
            (Shape::Tones, ExprKind::Name(name)) => matches!(name.as_str(), "a" | "b" | "c" | "d" | "star" | "pound"),
            _ => false,
        };
        let shown = self.printer.doc(expr);
        // A list there is one of endpoints.
        let taken = taken || shape == Shape::Endpoints && doc::flat(std::slice::from_ref(&shown)).starts_with('[');
        if taken { Doc::Group(vec![text("("), shown, text(")")]) } else { shown }
    }

    /// `(account: account)`; a name that is none is quoted.
    pub(super) fn arguments(&self, args: &[(Word, Expr)]) -> Doc {
        let argument = |(name, value): &(Word, Expr)| {
            let mut docs = self.opens(name.span);
            let name_shown = if fields::is_name(&name.value) { name.value.clone() } else { words::quoted(&name.value) };
            docs.push(text(format!("{name_shown}: ")));
            docs.push(self.printer.doc(value));
            docs.extend(self.closes(name.span));
            docs
        };
        doc::listed("(", args.iter().map(argument).collect(), ")")
    }

    /// A prompt: one part, or several in brackets.
    pub(super) fn prompt(&self, prompt: &Prompt) -> Vec<Doc> {
        match &prompt.parts[..] {
            [part] => self.part(part),
            parts => vec![doc::listed("[", parts.iter().map(|part| self.part(part)).collect(), "]")],
        }
    }

    fn part(&self, part: &PromptPart) -> Vec<Doc> {
        match part {
            PromptPart::Named { name, args } if args.is_empty() => vec![text(name.value.clone())],
            PromptPart::Named { name, args } => vec![text(name.value.clone()), self.arguments(args)],
            PromptPart::Text(template) => spoken(template),
            PromptPart::TextExpr(expr) => vec![text("text "), self.printer.doc(expr)],
            PromptPart::Ssml(template) => [vec![text("ssml ")], spoken(template)].concat(),
            PromptPart::File(file) => vec![text(format!("file {}", words::quoted(&file.value)))],
        }
    }

    /// One piece a reason, or one for both.
    pub(super) fn reprompts(&self, reprompt: &Reprompt) -> Vec<Vec<Doc>> {
        let Reprompt { no_input, no_match } = reprompt;
        if no_input == no_match {
            return vec![self.wordings(no_input)];
        }
        let mut pieces = Vec::new();
        for (reason, wordings) in [("no_input ", no_input), ("no_match ", no_match)] {
            if !wordings.is_empty() {
                pieces.push([vec![text(reason)], self.wordings(wordings)].concat());
            }
        }
        pieces
    }

    fn wordings(&self, wordings: &[Prompt]) -> Vec<Doc> {
        match wordings {
            [Prompt { parts, .. }] if parts.len() == 1 => parts.iter().flat_map(|part| self.part(part)).collect(),
            _ => vec![doc::listed("[", wordings.iter().map(|wording| self.prompt(wording)).collect(), "]")],
        }
    }
}

/// `2`, or one piece a reason.
pub(super) fn retries(retry: &Retry) -> Vec<String> {
    if let (Some(no_input), Some(no_match)) = (&retry.no_input, &retry.no_match)
        && no_input == no_match
    {
        return vec![no_input.value.clone()];
    }
    let reasons = [("no_input", &retry.no_input), ("no_match", &retry.no_match)];
    reasons.iter().filter_map(|(name, count)| Some(format!("{name} {}", count.as_ref()?.value))).collect()
}

/// A literal in its place.
fn literal(written: &str, shape: Shape) -> String {
    match shape {
        Shape::Keys | Shape::Tones => words::signs(written),
        Shape::Duration if words::is_amount(written) => written.to_owned(),
        Shape::Locale if words::is_tag(written) => written.to_owned(),
        Shape::Duration | Shape::Endpoint | Shape::Endpoints | Shape::Locale => words::quoted(written),
        Shape::Count
        | Shape::Name
        | Shape::Call
        | Shape::Dotted
        | Shape::Expr
        | Shape::Flag
        | Shape::Prompt
        | Shape::Retry
        | Shape::Reprompt
        | Shape::Headers
        | Shape::Assignments
        | Shape::Choices
        | Shape::Branches => written.to_owned(),
    }
}

/// A text with placeholders: on one line, or between `"""` where it has several.
fn spoken(template: &Template) -> Vec<Doc> {
    let words = words::template(template);
    if !words.contains('\n') || !stands_in_block(&words) {
        return vec![text(words::quoted(&words))];
    }
    let mut docs = vec![Doc::TextOpens, text("\"\"\"")];
    for line in words.split('\n') {
        docs.push(Doc::Line);
        if !line.is_empty() {
            docs.push(text(block_line(line)));
        }
    }
    docs.extend([Doc::Line, text("\"\"\""), Doc::TextCloses]);
    vec![Doc::Indent(2, docs)]
}

fn block_line(line: &str) -> String {
    let mut out = String::new();
    let mut quotes = 0;
    for char in line.chars() {
        quotes = if char == '"' { quotes + 1 } else { 0 };
        if char == '"' && quotes < 3 {
            out.push('"');
        } else {
            words::escaped(char, &mut out);
            quotes = 0;
        }
    }
    out
}

/// Whether a text's lines survive the loss of their common indent.
fn stands_in_block(text: &str) -> bool {
    let flush = |line: &str| !line.is_empty() && !line.starts_with([' ', '\t']);
    text.split('\n').any(flush) && text.split('\n').all(|line| line.trim_end() == line)
}
