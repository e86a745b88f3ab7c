//! Operands and options of the YAML spelling, by their shapes.

use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::{Span, Spanned};
use crate::language::syntax::ast::{self, PromptPart, SpanOnly};
use crate::language::syntax::fields::{self, Shape};
use crate::language::syntax::keys;
use crate::language::syntax::yaml::Reader;
use crate::language::syntax::yaml::tree::{Entry, Node, NodeKind};

/// How a prompt is written.
const PROMPT: &str = "`welcome`, `{ visit_offer: { at: =visit.at } }` or `{ text: Hello. }`";

impl Reader<'_> {
    /// A value of a shape; `None` when a finding has been made.
    pub(super) fn value(&mut self, shape: Shape, node: &Node) -> Option<ast::Value> {
        match shape {
            Shape::Flag => self.flag(node),
            Shape::Count => self.shapes.word(node, "a whole number", "`4`").map(ast::Value::Literal),
            Shape::Duration => self.shapes.literal(node, "a duration", "`6s`"),
            Shape::Endpoint => self.shapes.literal(node, "an endpoint", "`=settings.desk` or `\"+441632960100\"`"),
            Shape::Endpoints => self.endpoints(node),
            Shape::Keys => {
                let keys = self.shapes.word(node, "a key", "`1`, `star` or `pound`")?;
                Some(ast::Value::Literal(Spanned::new(keys::in_words(&keys.value), keys.span)))
            }
            Shape::Name => self.shapes.word(node, "a name", "`confirmed`").map(ast::Value::Literal),
            Shape::Prompt => self.prompt(node).map(ast::Value::Prompt),
            Shape::Retry => self.retry(node).map(ast::Value::Retry),
            Shape::Reprompt => self.reprompt(node).map(ast::Value::Reprompt),
            Shape::Locale => self.shapes.literal(node, "a locale", "`en-GB`"),
            Shape::Call => self.called(node),
            Shape::Dotted => self.shapes.word(node, "a name with a dot", "`office.main`").map(ast::Value::Literal),
            Shape::Expr => self.shapes.argument(node).map(ast::Value::Expr),
            Shape::Headers => {
                let mut headers = Vec::new();
                for entry in self.shapes.map(node, "headers", "`{ X-Case: =case_id }`")? {
                    headers.push((entry.key.clone(), self.shapes.argument(&entry.value)?));
                }
                Some(ast::Value::Headers(headers, SpanOnly(node.span)))
            }
            Shape::Tones => match self.shapes.literal(node, "keys", "`\"12#\"` or `=settings.code`")? {
                ast::Value::Literal(word) => {
                    Some(ast::Value::Literal(Spanned::new(keys::in_words(&word.value), word.span)))
                }
                other => Some(other),
            },
            Shape::Choices | Shape::Branches | Shape::Assignments => None,
        }
    }

    fn flag(&mut self, node: &Node) -> Option<ast::Value> {
        let word = self.shapes.word(node, "`true`", "`true`")?;
        if word.value == "true" {
            return Some(ast::Value::Flag(SpanOnly(word.span)));
        }
        let finding = Diagnostic::new(Code::F0010, "expected `true`", word.span, "this is something else");
        let finding = finding.help("leave the field out where it does not hold");
        self.shapes.found.push(if says_yes(node) { finding.instead(word.span, "true") } else { finding });
        None
    }

    /// `crm.find`, `GET https://example.org/hours`.
    fn called(&mut self, node: &Node) -> Option<ast::Value> {
        let what = self.shapes.word(node, "a name", "`crm.find`")?;
        let Some((method, url)) = what.value.split_once(' ') else { return Some(ast::Value::Literal(what)) };
        let start = what.span.start as usize;
        let rest = what.value.len() - url.trim_start().len();
        let at =
            |from: usize, to: usize| Span::new(what.span.file, start + from, (start + to).min(what.span.end as usize));
        Some(ast::Value::Request {
            method: Spanned::new(method.to_owned(), at(0, method.len())),
            url: Spanned::new(url.trim().to_owned(), at(rest, what.value.len())),
        })
    }

    fn endpoints(&mut self, node: &Node) -> Option<ast::Value> {
        let NodeKind::List(items) = &node.kind else { return self.value(Shape::Endpoint, node) };
        let values: Vec<ast::Value> = items.iter().filter_map(|item| self.value(Shape::Endpoint, item)).collect();
        (values.len() == items.len()).then_some(ast::Value::List(values, SpanOnly(node.span)))
    }

    /// A count for both reasons, or one each.
    pub(super) fn retry(&mut self, node: &Node) -> Option<ast::Retry> {
        let span = SpanOnly(node.span);
        let NodeKind::Map(entries) = &node.kind else {
            let count = self.shapes.word(node, "a whole number", "`retry: 2`")?;
            return Some(ast::Retry { no_input: Some(count.clone()), no_match: Some(count), span });
        };
        let mut retry = ast::Retry { no_input: None, no_match: None, span };
        for entry in entries {
            let count = self.shapes.word(&entry.value, "a whole number", "`{ no_input: 2, no_match: 1 }`");
            match entry.key.value.as_str() {
                "no_input" => retry.no_input = Some(count?),
                "no_match" => retry.no_match = Some(count?),
                _ => {
                    self.shapes.unknown(&entry.key, "`retry`", &["no_input", "no_match"]);
                    return None;
                }
            }
        }
        Some(retry)
    }

    /// A wording, a list of them for both reasons, or one each.
    fn reprompt(&mut self, node: &Node) -> Option<ast::Reprompt> {
        if let NodeKind::Map(entries) = &node.kind
            && entries.iter().any(|entry| matches!(entry.key.value.as_str(), "no_input" | "no_match"))
        {
            let mut reprompt = ast::Reprompt::default();
            for entry in entries {
                match entry.key.value.as_str() {
                    "no_input" => reprompt.no_input = self.wordings(&entry.value)?,
                    "no_match" => reprompt.no_match = self.wordings(&entry.value)?,
                    _ => {
                        self.shapes.unknown(&entry.key, "`reprompt`", &["no_input", "no_match"]);
                        return None;
                    }
                }
            }
            return Some(reprompt);
        }
        let wordings = self.wordings(node)?;
        Some(ast::Reprompt { no_input: wordings.clone(), no_match: wordings })
    }

    fn wordings(&mut self, node: &Node) -> Option<Vec<ast::Prompt>> {
        let NodeKind::List(items) = &node.kind else { return Some(vec![self.prompt(node)?]) };
        let wordings: Vec<ast::Prompt> = items.iter().filter_map(|item| self.prompt(item)).collect();
        (wordings.len() == items.len()).then_some(wordings)
    }

    /// A prompt, or a list of them one after the other.
    pub(super) fn prompt(&mut self, node: &Node) -> Option<ast::Prompt> {
        let mut parts = Vec::new();
        self.prompt_parts(node, &mut parts)?;
        Some(ast::Prompt { parts, span: SpanOnly(node.span) })
    }

    fn prompt_parts(&mut self, node: &Node, parts: &mut Vec<PromptPart>) -> Option<()> {
        if let NodeKind::List(items) = &node.kind {
            return items.iter().try_for_each(|item| self.prompt_parts(item, parts));
        }
        parts.push(self.prompt_part(node)?);
        Some(())
    }

    fn prompt_part(&mut self, node: &Node) -> Option<PromptPart> {
        let entries = match &node.kind {
            NodeKind::Map(entries) => entries,
            NodeKind::Scalar(scalar) if looks_like_name(&scalar.text) => {
                let name = Spanned::new(scalar.text.trim().to_owned(), node.span);
                return Some(PromptPart::Named { name, args: Vec::new() });
            }
            NodeKind::Scalar(_) => {
                let message = "a bare text here is a prompt's name, never words to be spoken";
                let finding = Diagnostic::new(Code::F0010, message, node.span, "this is no name");
                self.shapes.found.push(finding.help("write words to be spoken as `{ text: \"…\" }`"));
                return None;
            }
            _ => {
                self.shapes.other(node, "a prompt", PROMPT);
                return None;
            }
        };
        let [entry] = &entries[..] else {
            let span = entries.get(1).map_or(node.span, |entry| entry.key.span);
            if let [first, rest @ ..] = &entries[..]
                && matches!(first.key.value.as_str(), "text" | "ssml" | "file")
                && rest.iter().all(|entry| matches!(entry.value.kind, NodeKind::Empty))
            {
                let message = "a text that YAML ends at its `,`";
                let finding = Diagnostic::new(Code::F0010, message, span, "YAML reads this as another key");
                self.shapes.found.push(finding.help("put quotes round a text that contains , [ ] { } : or #"));
                return None;
            }
            let finding = Diagnostic::new(Code::F0010, "expected a prompt", span, "a prompt has one key");
            self.shapes.found.push(finding.help(format!("write it like {PROMPT}; several stand in a list")));
            return None;
        };
        self.keyed_prompt(entry)
    }

    fn keyed_prompt(&mut self, entry: &Entry) -> Option<PromptPart> {
        match entry.key.value.as_str() {
            "text" => {
                if let NodeKind::Scalar(scalar) = &entry.value.kind {
                    if let Some(words) = self.shapes.words_behind_two(scalar) {
                        return Some(PromptPart::Text(words));
                    }
                    if let Some(expr) = self.shapes.expression_behind(scalar) {
                        return Some(PromptPart::TextExpr(expr));
                    }
                }
                self.shapes.template(&entry.value, "a text", "`{ text: Hello. }`").map(PromptPart::Text)
            }
            "ssml" => self.shapes.template(&entry.value, "a text", "`{ ssml: \"<speak>…\" }`").map(PromptPart::Ssml),
            "file" => self.shapes.word(&entry.value, "a file", "`{ file: hello.wav }`").map(PromptPart::File),
            _ => {
                let entries = self.shapes.map(&entry.value, "arguments", "`{ visit_offer: { at: =visit.at } }`")?;
                let mut args = Vec::new();
                for argument in entries {
                    args.push((argument.key.clone(), self.shapes.argument(&argument.value)?));
                }
                Some(PromptPart::Named { name: entry.key.clone(), args })
            }
        }
    }
}

/// Whether a text could be meant as a name: one word.
fn looks_like_name(text: &str) -> bool {
    let text = text.trim();
    fields::is_name(text) || (!text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-')))
}

/// Whether a value means `true` in other words.
pub(crate) fn says_yes(node: &Node) -> bool {
    let NodeKind::Scalar(scalar) = &node.kind else { return false };
    matches!(scalar.text.trim().to_ascii_lowercase().as_str(), "true" | "yes" | "on")
}
