//! The shapes a YAML value may have, and what is said where another one stands. Shared by flows, libraries and scripts.

use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::{FileId, Span, Spanned, Word};
use crate::language::syntax::ast::{self, SpanOnly, TypeExpr, TypeKind};
use crate::language::syntax::error;
use crate::language::syntax::expr::{Expr, ExprKind};
use crate::language::syntax::literal;
use crate::language::syntax::operators;
use crate::language::syntax::place::Place;
use crate::language::syntax::template::{self, Template};
use crate::language::syntax::types;
use crate::language::syntax::yaml;
use crate::language::syntax::yaml::tree::{Entry, Node, NodeKind, Scalar};

/// Takes values by the shape that is wanted. Whoever gets `None` knows that a finding has been made.
pub(crate) struct Shapes<'a> {
    /// The file's text.
    pub(crate) text: &'a str,
    /// The file.
    pub(crate) file: FileId,
    /// Where comments begin, in order.
    pub(crate) comments: Vec<usize>,
    /// What was left out because it is not YAML.
    pub(crate) blanked: Vec<std::ops::Range<usize>>,
    /// The findings so far.
    pub(crate) found: Vec<Diagnostic>,
}

impl Shapes<'_> {
    /// A text.
    pub(crate) fn scalar<'n>(&mut self, node: &'n Node, what: &str, example: &str) -> Option<&'n Scalar> {
        match &node.kind {
            NodeKind::Scalar(scalar) => Some(scalar),
            _ => {
                self.other(node, what, example);
                None
            }
        }
    }

    /// A text as a word with its place.
    pub(crate) fn word(&mut self, node: &Node, what: &str, example: &str) -> Option<Word> {
        let scalar = self.scalar(node, what, example)?;
        let text = scalar.text.trim();
        if text.len() > error::MAX_WORD {
            self.found.push(error::long_word(self.first_line(node.span), text.len()));
            return None;
        }
        Some(Spanned::new(text.to_owned(), node.span))
    }

    /// A list.
    pub(crate) fn list<'n>(&mut self, node: &'n Node, what: &str, example: &str) -> Option<&'n [Node]> {
        match &node.kind {
            NodeKind::List(list) => Some(list),
            _ => {
                self.other(node, what, example);
                None
            }
        }
    }

    /// A mapping.
    pub(crate) fn map<'n>(&mut self, node: &'n Node, what: &str, example: &str) -> Option<&'n [Entry]> {
        match &node.kind {
            NodeKind::Map(entries) => Some(entries),
            _ => {
                self.other(node, what, example);
                None
            }
        }
    }

    /// Another shape stands where something is wanted.
    pub(crate) fn other(&mut self, node: &Node, what: &str, example: &str) {
        let is = match &node.kind {
            NodeKind::Broken => return,
            NodeKind::Empty => return self.empty(node, what, example),
            NodeKind::List(_) => "this is a list",
            NodeKind::Map(_) => "this is a mapping",
            NodeKind::Scalar(scalar) => {
                let cut = self.comment_after(node.span.end as usize).filter(|_| scalar.plain);
                if let Some(comment) = cut {
                    return self.found.push(error::cut_by_comment(self.text, comment));
                }
                "this is a text"
            }
        };
        let span = self.first_line(node.span);
        let finding = Diagnostic::new(Code::F0010, format!("expected {what}"), span, is);
        self.found.push(finding.help(format!("write it like {example}")));
    }

    fn empty(&mut self, node: &Node, what: &str, example: &str) {
        let at = node.span.start as usize;
        if let Some(comment) = self.comment_after(at) {
            self.found.push(error::cut_by_comment(self.text, comment));
            return;
        }
        if self.stood_in_blanked(at) {
            return;
        }
        let finding =
            Diagnostic::new(Code::F0006, format!("an empty value; expected {what}"), node.span, "nothing stands here");
        self.found.push(finding.help(format!("write it like {example}")));
    }

    /// Whether what stood at a place was blanked out, so that a finding has been made of it.
    fn stood_in_blanked(&self, at: usize) -> bool {
        let rest = self.text.get(at..).unwrap_or("");
        let next = at + rest.len() - rest.trim_start_matches([':', ' ', '\n', '\r', '\t']).len();
        self.blanked.iter().any(|range| range.contains(&next))
    }

    /// Whether a piece of what begins at a place was blanked out: a line within, or indented deeper right below.
    pub(crate) fn lost_within(&self, span: Span) -> bool {
        let column = |at: usize| at - self.text[..at].rfind('\n').map_or(0, |line| line + 1);
        let within = |range: &std::ops::Range<usize>| {
            let line = self.text.get(range.clone()).unwrap_or("");
            let first = range.start + line.len() - line.trim_start().len();
            let gap = self.text.get(span.end as usize..first);
            let below = gap.is_some_and(|gap| gap.trim_matches([':', ' ', '\n', '\r']).is_empty());
            first > span.start as usize
                && (first < span.end as usize || below && column(first) > column(span.start as usize))
        };
        self.blanked.iter().any(within)
    }

    /// A field that must be there.
    pub(crate) fn missing(&mut self, field: &str, within: Span, example: &str) {
        let message = format!("the field `{field}` is missing");
        let finding = Diagnostic::new(Code::F0110, message, self.first_line(within), format!("no `{field}` here"));
        self.found.push(finding.help(format!("write it like {example}")));
    }

    /// A file that says nothing, not even what it is.
    pub(crate) fn nothing<T>(&mut self, field: &str, example: &str) -> Option<T> {
        if self.found.is_empty() {
            self.missing(field, Span::new(self.file, 0, 0), example);
        }
        None
    }

    /// A field that nobody knows.
    pub(crate) fn unknown(&mut self, key: &Word, within: &str, known: &[&str]) {
        let finding = yaml::unknown(key, within, known);
        self.found.push(match self.comment_after(key.span.end as usize) {
            Some(comment) => error::cut_by_comment(self.text, comment),
            None => finding,
        });
    }

    /// The comment that begins on the same line behind a value, with nothing but blanks between.
    pub(crate) fn comment_after(&self, end: usize) -> Option<Span> {
        let next = *self.comments.get(self.comments.partition_point(|at| *at < end))?;
        let between = self.text.get(end..next)?;
        let blank = between.bytes().all(|b| matches!(b, b' ' | b'\t' | b':'));
        blank.then(|| Span::new(self.file, next, next + 1))
    }

    /// A literal, or an expression behind `=`.
    pub(crate) fn literal(&mut self, node: &Node, what: &str, example: &str) -> Option<ast::Value> {
        let scalar = self.scalar(node, what, example)?;
        Some(match self.expression_behind(scalar) {
            Some(expr) => ast::Value::Expr(expr),
            None => ast::Value::Literal(Spanned::new(scalar.text.trim().to_owned(), node.span)),
        })
    }

    /// The expression of a scalar that begins with `=`.
    pub(crate) fn expression_behind(&mut self, scalar: &Scalar) -> Option<Expr> {
        let blank = scalar.text.len() - scalar.text.trim_start().len();
        let text = scalar.text.trim_start().strip_prefix('=')?;
        Some(self.expression_from(scalar, text, blank + 1))
    }

    /// Words that begin with `=`, which is written twice where one would make them an expression.
    pub(crate) fn words_behind_two(&mut self, scalar: &Scalar) -> Option<Template> {
        let (blank, rest) = scalar.text.split_at(scalar.text.len() - scalar.text.trim_start().len());
        let words = rest.strip_prefix("==")?;
        let place = Place::whole(scalar.place.all());
        let place = if blank.is_empty() { scalar.place.from(1) } else { place };
        let (template, found) = template::parse(&format!("{blank}={words}"), &place);
        self.found.extend(found);
        Some(Template { span: SpanOnly(scalar.place.all()), ..template })
    }

    /// An expression where nothing else may stand.
    pub(crate) fn expression(&mut self, node: &Node, what: &str, example: &str) -> Option<Expr> {
        let scalar = self.scalar(node, what, example)?;
        let behind = self.expression_behind(scalar);
        Some(behind.unwrap_or_else(|| self.expression_from(scalar, &scalar.text, 0)))
    }

    fn expression_from(&mut self, scalar: &Scalar, text: &str, offset: usize) -> Expr {
        let (expr, found) = operators::parse(text, &scalar.place.from(offset));
        self.found.extend(found);
        if expr.kind == ExprKind::Broken { Expr::broken(scalar.place.all()) } else { expr }
    }

    /// An argument: an expression behind `=`, else a literal that its words type.
    pub(crate) fn argument(&mut self, node: &Node) -> Option<Expr> {
        let scalar = self.scalar(node, "a value", "`{ at: =visit.at }`")?;
        if let Some(expr) = self.expression_behind(scalar) {
            return Some(expr);
        }
        let text = scalar.text.trim();
        let kind = match text {
            _ if !scalar.plain => ExprKind::Text(scalar.text.clone()),
            "true" => ExprKind::Bool(true),
            "false" => ExprKind::Bool(false),
            _ => plain_literal(text).unwrap_or_else(|| ExprKind::Text(text.to_owned())),
        };
        Some(Expr { kind, span: SpanOnly(node.span) })
    }

    /// A text with placeholders.
    pub(crate) fn template(&mut self, node: &Node, what: &str, example: &str) -> Option<Template> {
        if matches!(node.kind, NodeKind::Map(_)) {
            let span = self.first_line(node.span);
            let finding = Diagnostic::new(Code::F0010, "expected a text", span, "YAML reads this as a mapping");
            self.found.push(finding.help("quote a text that contains `: `"));
            return None;
        }
        let scalar = self.scalar(node, what, example)?;
        if scalar.plain
            && let Some(comment) = self.comment_after(node.span.end as usize)
        {
            self.found.push(error::cut_by_comment(self.text, comment));
            return None;
        }
        let (template, found) = template::parse(&scalar.text, &scalar.place);
        self.found.extend(found);
        Some(Template { span: SpanOnly(node.span), ..template })
    }

    /// A type, and perhaps a value behind `=`.
    pub(crate) fn typed(&mut self, node: &Node) -> Option<(TypeExpr, Option<Expr>)> {
        let NodeKind::Scalar(scalar) = &node.kind else { return self.ty(node).map(|ty| (ty, None)) };
        types::parse_with_default(&scalar.text, &scalar.place).map_err(|found| self.found.extend(found)).ok()
    }

    /// A type: `text`, `digits(4)?`, or `{ id: text }`.
    pub(crate) fn ty(&mut self, node: &Node) -> Option<TypeExpr> {
        match &node.kind {
            NodeKind::Map(entries) => {
                let mut fields = Vec::new();
                for entry in entries {
                    fields.push((entry.key.clone(), self.ty(&entry.value)?));
                }
                Some(TypeExpr { kind: TypeKind::Record(fields), span: SpanOnly(node.span) })
            }
            NodeKind::Scalar(scalar) => {
                types::parse(&scalar.text, &scalar.place).map_err(|found| self.found.extend(found)).ok()
            }
            _ => {
                self.other(node, "a type", "`text` or `digits(4)`");
                None
            }
        }
    }

    /// The part of a span on its first line, so that a finding does not paint half a file.
    pub(crate) fn first_line(&self, span: Span) -> Span {
        let text = self.text.get(span.start as usize..span.end as usize).unwrap_or("");
        let line = text.find('\n').map_or(text, |end| &text[..end]).trim_end();
        Span::new(self.file, span.start as usize, span.start as usize + line.len())
    }
}

/// A number or a duration.
fn plain_literal(text: &str) -> Option<ExprKind> {
    match literal::amount(text) {
        literal::Amount::Whole(number) => number.map(ExprKind::Int),
        literal::Amount::Duration(milliseconds) => milliseconds.map(ExprKind::Duration),
        literal::Amount::Decimal => Some(ExprKind::Decimal(text.to_owned())),
        literal::Amount::Neither => None,
    }
}
