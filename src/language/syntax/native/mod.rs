//! The native spelling to [`ast::Flow`]: clauses one by one, each by the rule that its first words name.

mod groups;
mod heads;
mod routes;
mod states;
mod values;

use std::ops::Range;

use crate::language::diagnostic::{Code, Diagnostic, near};
use crate::language::source::{FileId, Span, Word};
use crate::language::syntax::ast;
use crate::language::syntax::clauses::{self, Clause};
use crate::language::syntax::comments::Comments;
use crate::language::syntax::error;
use crate::language::syntax::fields;
use crate::language::syntax::grammar::{self, END, Mismatch, Pair, Rule};
use crate::language::syntax::hidden;
use crate::language::syntax::place::Place;
use crate::language::syntax::tokens::{self, Token, TokenKind};

/// Reads a native flow; what cannot be read is said, and left out.
pub(crate) fn read(text: &str, file: FileId) -> (ast::Flow, Comments, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let text = &*hidden::blanked(text, ast::Spelling::Native, file, &mut found);
    let mut tokens = tokens::read(text, file, &mut found);
    let clauses = clauses::cut(&tokens.blanked, file, &mut tokens.list, &mut found);
    let mut flow = ast::Flow::empty(file, ast::Spelling::Native);
    flow.partial = !found.is_empty();
    let mut reader =
        Reader { text: &tokens.blanked, file, tokens: &tokens.list, spoiled: &tokens.spoiled, flow, found };
    reader.clauses(&clauses);
    let comments = Comments::read(text, file, ast::Spelling::Native, &tokens.comments);
    (reader.flow, comments, reader.found)
}

/// Reads clause after clause into a flow.
struct Reader<'a> {
    text: &'a str,
    file: FileId,
    tokens: &'a [Token],
    /// Where something stands that a finding was made of already.
    spoiled: &'a [usize],
    flow: ast::Flow,
    found: Vec<Diagnostic>,
}

impl<'a> Reader<'a> {
    fn clauses(&mut self, clauses: &[Clause]) {
        self.version(clauses);
        for clause in clauses {
            if self.found.len() > error::MAX_FINDINGS {
                self.flow.partial = true;
                return;
            }
            self.top(clause);
        }
        if self.flow.name.is_none() && !self.flow.partial {
            let finding = Diagnostic::new(Code::F0110, "the flow has no name", self.flow.head, "no `flow NAME` here");
            self.found.push(finding.help("write `flow NAME inbound` or `flow NAME outbound` below the first line"));
        }
    }

    /// Whether the file begins with `flowc 1`.
    fn version(&mut self, clauses: &[Clause]) {
        let first = clauses.first();
        let at = first.map_or(0..0, |clause| clause.tokens.start..clause.tokens.start + 1);
        self.flow.head = self.span(at.clone());
        if first.is_none_or(|clause| self.word(clause.tokens.start) != "flowc") {
            let message = "the file does not begin with the version of the language";
            let finding = Diagnostic::new(Code::F0009, message, self.span(at).at_start(), "`flowc 1` is missing here");
            let finding = finding.help("begin the file with a line `flowc 1`");
            let elsewhere = clauses.iter().any(|clause| self.word(clause.tokens.start) == "flowc");
            let head = self.flow.head.at_start();
            self.found.push(if first.is_none() || elsewhere { finding } else { finding.instead(head, "flowc 1\n") });
            self.flow.partial |= first.is_none();
        }
    }

    fn top(&mut self, clause: &Clause) {
        let start = clause.tokens.start;
        let word = self.word(start);
        if self.is_group(start) {
            self.group(clause);
        } else if self.is_label(start) {
            self.state(clause, None);
        } else if self.is_spoiled(&clause.tokens) {
            self.flow.partial = true;
        } else if word == "settings" {
            self.settings(clause);
        } else if self.declaration(word, clause).is_none() {
            self.flow.partial = true;
        }
    }

    /// A clause that begins like nothing in the language.
    fn unknown(&mut self, clause: &Clause) {
        let start = clause.tokens.start;
        let (first, second) = (self.word(start), self.word(start + 1));
        let span = self.span(start..start + 1);
        if !first.is_empty() && (fields::kind(second).is_some() || self.kind(start + 1) == Some(TokenKind::Equals)) {
            let at = Span { start: span.end, ..span };
            let message = format!("expected `:` after `{}`", error::short(first));
            self.found.push(Diagnostic::new(Code::F0001, message, at, "a state is `name: kind …`"));
            return;
        }
        if matches!(self.kind(start), Some(TokenKind::Arrow | TokenKind::Bar | TokenKind::Comma | TokenKind::OpenBrace))
        {
            let message = format!("a line cannot begin with {}", self.quoted(start));
            let finding = Diagnostic::new(Code::F0001, message, span, "the line above has ended the clause");
            self.found.push(finding.help("put it at the end of the line above"));
            self.flow.states.iter_mut().next_back().into_iter().for_each(|state| state.partial = true);
            return;
        }
        let message = "expected a declaration or a state";
        let found = grammar::token_at(self.text, span.start as usize);
        let finding = Diagnostic::new(Code::F0001, message, span, format!("found `{}`", error::short(found)));
        let known = clauses::DECLARATIONS.iter().copied();
        let near = near(first, known).filter(|_| !second.is_empty());
        self.found.push(finding.help("a state is `name: kind … -> target`").misspelt_for(first, near));
    }

    /// `None`, with a finding, when something is said for the second time.
    fn once(&mut self, what: &str, second: Span, first: Option<Span>) -> Option<()> {
        let Some(first) = first else { return Some(()) };
        self.found.push(error::twice(Code::F0103, what, second, first));
        None
    }

    fn declared(&mut self, name: &Word) {
        self.found.extend(error::bad_name(name));
    }

    /// Tokens where none belong.
    fn nothing_between(&mut self, tokens: Range<usize>) {
        if tokens.is_empty() {
            return;
        }
        let span = self.span(tokens.start..tokens.start + 1);
        let message = format!("expected {} after {}", END, self.quoted(tokens.start.saturating_sub(1)));
        let label = format!("found {}", self.quoted(tokens.start));
        self.found.push(Diagnostic::new(Code::F0001, message, span, label));
        self.flow.partial = true;
    }

    fn quoted(&self, token: usize) -> String {
        let text = self.tokens.get(token).map_or("", |token| token.text(self.text));
        format!("`{}`", text.chars().take(24).collect::<String>())
    }

    /// Reads a stretch of the text by a rule; a finding says what was expected.
    fn parse(&mut self, rule: Rule, range: Range<usize>) -> Option<Pair<'a>> {
        let start = range.start;
        self.parse_within(rule, range, start, &[])
    }

    /// The same, where the stretch begins within a clause that began at `clause`, and may be followed by `next`.
    fn parse_within(
        &mut self,
        rule: Rule,
        range: Range<usize>,
        clause: usize,
        next: &[&'static str],
    ) -> Option<Pair<'a>> {
        let text: &'a str = self.text;
        let mut mismatch = match grammar::parse(rule, &text[range.clone()]) {
            Ok(pair) => return Some(pair),
            Err(mismatch) => mismatch,
        };
        if let Mismatch::Unexpected { expected, .. } = &mut mismatch
            && !next.is_empty()
            && expected.contains(&END)
        {
            expected.retain(|symbol| *symbol != END);
            expected.extend_from_slice(next);
            expected.sort_unstable();
            expected.dedup();
        }
        let place = Place::exact(self.file, clause, range.end - clause);
        self.found.push(mismatch.shifted(range.start - clause).finding(&text[clause..range.end], &place));
        None
    }

    fn place(&self, range: &Range<usize>) -> Place {
        Place::exact(self.file, range.start, range.len())
    }

    fn is_spoiled(&self, tokens: &Range<usize>) -> bool {
        let range = self.bytes(tokens);
        let next = self.spoiled.partition_point(|at| *at < range.start);
        self.spoiled.get(next).is_some_and(|at| *at < range.end)
    }

    /// Whether a state begins at a token.
    fn is_label(&self, at: usize) -> bool {
        matches!(self.kind(at), Some(TokenKind::Word | TokenKind::Number))
            && self.kind(at + 1) == Some(TokenKind::Colon)
    }

    fn kind(&self, at: usize) -> Option<TokenKind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    fn word(&self, at: usize) -> &'a str {
        let text: &'a str = self.text;
        self.tokens.get(at).filter(|token| token.kind == TokenKind::Word).map_or("", |token| token.text(text))
    }

    /// The stretch of the text that tokens cover.
    fn bytes(&self, tokens: &Range<usize>) -> Range<usize> {
        match (self.tokens.get(tokens.start), self.tokens.get(..tokens.end.min(self.tokens.len()))) {
            (Some(first), Some(upto)) => {
                first.start()..upto.last().map_or(first.start(), |last| last.end()).max(first.start())
            }
            _ => self.text.len()..self.text.len(),
        }
    }

    fn span(&self, tokens: Range<usize>) -> Span {
        let bytes = self.bytes(&tokens);
        Span::new(self.file, bytes.start, bytes.end)
    }
}
