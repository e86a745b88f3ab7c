//! The native spelling's text to clauses: where each begins and ends, and what stands in its braces. Unclosed brackets and
//! braces cost no more than the clause they stand in. Knows no rule of the grammar beyond line ends and brackets.

use std::ops::Range;

use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::{FileId, Span};
use crate::language::syntax::error;
use crate::language::syntax::fields;
use crate::language::syntax::grammar;
use crate::language::syntax::tokens::{Token, TokenKind};

/// Words that open a declaration, before a name.
pub(crate) const DECLARATIONS: &[&str] = &[
    "allow",
    "always",
    "default",
    "flow",
    "locale",
    "needs",
    "param",
    "participant",
    "policy",
    "returns",
    "settings",
    "signal",
    "start",
    "use",
    "var",
];

/// A clause: some tokens, and perhaps clauses in braces among them.
#[derive(Debug)]
pub(crate) struct Clause {
    /// Its tokens, those in its braces included.
    pub(crate) tokens: Range<usize>,
    /// Its (first) braces.
    pub(crate) block: Option<Block>,
}

/// What stands in braces.
#[derive(Debug)]
pub(crate) struct Block {
    /// The token `{`.
    pub(crate) open: usize,
    /// The token after `}`, or after the last one inside when there is no `}`.
    pub(crate) end: usize,
    /// The clauses inside.
    pub(crate) clauses: Vec<Clause>,
}

/// Cuts tokens into clauses, and takes the line ends out of the tokens.
pub(crate) fn cut(text: &str, file: FileId, tokens: &mut Vec<Token>, found: &mut Vec<Diagnostic>) -> Vec<Clause> {
    let mut clauses = clauses(text, file, tokens, found);
    let mut places = Vec::with_capacity(tokens.len() + 1);
    let mut place = 0;
    for token in tokens.iter() {
        places.push(place);
        place += usize::from(token.kind != TokenKind::Newline);
    }
    places.push(place);
    tokens.retain(|token| token.kind != TokenKind::Newline);
    clauses.iter_mut().for_each(|clause| clause.renumber(&places));
    clauses
}

impl Clause {
    /// Gives each token its number among those that are left.
    fn renumber(&mut self, places: &[usize]) {
        self.tokens = places[self.tokens.start]..places[self.tokens.end];
        if let Some(block) = &mut self.block {
            block.open = places[block.open];
            block.end = places[block.end];
            block.clauses.iter_mut().for_each(|clause| clause.renumber(places));
        }
    }
}

fn clauses(text: &str, file: FileId, tokens: &[Token], found: &mut Vec<Diagnostic>) -> Vec<Clause> {
    let mut cutter =
        Cutter { text, file, tokens, found, frames: vec![Frame::default()], brackets: Vec::new(), line: 0, said: None };
    cutter.run();
    cutter.frames.pop().map(|frame| frame.clauses).unwrap_or_default()
}

/// What braces belong to; decides where a missing `}` is noticed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Owner {
    #[default]
    File,
    Declaration,
    Group,
    State,
}

#[derive(Default)]
struct Frame {
    /// The token `{`.
    open: usize,
    owner: Owner,
    clauses: Vec<Clause>,
    /// The clause being read: its first token, and its braces once closed.
    start: Option<usize>,
    block: Option<Block>,
}

struct Cutter<'a> {
    text: &'a str,
    file: FileId,
    tokens: &'a [Token],
    found: &'a mut Vec<Diagnostic>,
    /// Never empty: the file, then one for each brace that is open.
    frames: Vec<Frame>,
    /// The `(` and `[` that are open.
    brackets: Vec<usize>,
    /// The first token of the line.
    line: usize,
    /// The last token that is no line end.
    said: Option<usize>,
}

impl Cutter<'_> {
    fn run(&mut self) {
        let mut at = 0;
        while at < self.tokens.len() {
            if self.brackets.len() + self.frames.len() > grammar::MAX_DEPTH {
                self.found.push(grammar::too_deep_finding(self.span(at)));
                self.frames.truncate(1);
                return;
            }
            let next = self.step(at);
            if next > at && self.tokens[at].kind != TokenKind::Newline {
                self.said = Some(at);
            }
            at = next;
        }
        self.give_up_brackets();
        self.end_clause(at);
        while self.frames.len() > 1 {
            self.never_closed(None);
            self.close(at, at);
            self.end_clause(at);
        }
    }

    /// Takes one token and gives the next to be taken.
    fn step(&mut self, at: usize) -> usize {
        let kind = self.tokens[at].kind;
        match kind {
            TokenKind::Newline => return self.newline(at),
            _ if !self.brackets.is_empty() && kind.never_in_brackets() => return self.leave_brackets(at),
            TokenKind::Semicolon => self.end_clause(at),
            TokenKind::OpenBrace => self.open(at),
            TokenKind::CloseBrace => self.close_brace(at),
            _ => {
                self.begin(at);
                match kind {
                    TokenKind::OpenBracket => self.brackets.push(at),
                    TokenKind::CloseBracket => drop(self.brackets.pop()),
                    _ => {}
                }
            }
        }
        at + 1
    }

    fn newline(&mut self, at: usize) -> usize {
        let next = at + 1;
        if !self.brackets.is_empty() {
            let complete = at > 0 && self.tokens[at - 1].kind.ends_operand();
            let restarts = self.kind(next).is_some_and(TokenKind::begins_operand) && self.word(next) != "in";
            let state = self.is_label(next) && fields::kind(self.word(next + 2)).is_some();
            if complete && restarts || state {
                self.give_up_brackets();
                self.end_clause(at);
            }
        } else if self.begins_statement(next) && !self.continues_into_label() || !self.continues(at) {
            self.end_clause(at);
        }
        self.line = next;
        next
    }

    /// Whether the line before the line end asks for more.
    fn continues(&self, newline: usize) -> bool {
        // Lines that hold nothing, or only a comment, do not count.
        let Some(at) = self.said else { return false };
        match self.tokens[at].kind {
            TokenKind::Arrow => !self.line_has_arrow(newline + 1),
            TokenKind::Bar | TokenKind::Colon | TokenKind::Comma | TokenKind::Operator => true,
            TokenKind::Question => !self.in_declaration(),
            TokenKind::Star => !self.is_key(at),
            _ => false,
        }
    }

    /// Whether the line that begins here leads somewhere itself, and so cannot be the target of the line above.
    fn line_has_arrow(&self, at: usize) -> bool {
        let line = self.tokens[at.min(self.tokens.len())..].iter().map(|token| token.kind);
        line.take_while(|kind| *kind != TokenKind::Newline).any(|kind| kind == TokenKind::Arrow)
    }

    /// Whether what follows may look like `name:` and still belong to this clause.
    fn continues_into_label(&self) -> bool {
        let last = self.said.map(|at| self.tokens[at].kind);
        self.owner() == Owner::Declaration || (last == Some(TokenKind::Question) && !self.in_declaration())
    }

    fn in_declaration(&self) -> bool {
        let start = self.frame().start;
        self.owner() == Owner::Declaration
            || start.is_some_and(|start| is_declaration(self.word(start)) && !self.is_label(start))
    }

    /// Whether a `*` is the telephone's key: it stands where no operand came before.
    fn is_key(&self, star: usize) -> bool {
        let Some(before) = star.checked_sub(1) else { return true };
        let keyed = ["end", "key", "star", "pound"];
        let word = self.word(before);
        let option = || {
            fields::KINDS
                .iter()
                .flat_map(|row| row.options)
                .any(|field| field.shape == fields::Shape::Keys && field.name == word)
        };
        !self.tokens[before].kind.ends_operand() || keyed.contains(&word) || option()
    }

    /// Whether a state (`name:`) or a declaration (`start name`) begins here.
    fn begins_statement(&self, at: usize) -> bool {
        let next = self.kind(at + 1);
        // `signal NAME -> target` is a rule.
        if self.word(at) == "signal" && matches!(self.kind(at + 2), Some(TokenKind::Arrow | TokenKind::Bar)) {
            return false;
        }
        self.is_label(at)
            || (is_declaration(self.word(at))
                && matches!(next, Some(TokenKind::Word | TokenKind::OpenBrace | TokenKind::Text)))
    }

    fn is_label(&self, at: usize) -> bool {
        self.kind(at) == Some(TokenKind::Word) && self.kind(at + 1) == Some(TokenKind::Colon)
    }

    /// A clause begins, unless one is being read.
    fn begin(&mut self, at: usize) {
        if self.frame().start.is_some() {
            return;
        }
        if self.brackets.is_empty() && at == self.line && self.frames.len() > 1 && self.shows_missing_brace(at) {
            while self.frames.len() > 1 && self.shows_missing_brace(at) {
                self.never_closed(Some(at));
                self.close(at, at);
                self.end_clause(at);
            }
        }
        self.frame_mut().start = Some(at);
    }

    /// Whether what begins here cannot stand in the braces that are open.
    fn shows_missing_brace(&self, at: usize) -> bool {
        let label = self.is_label(at);
        match self.owner() {
            Owner::File => false,
            Owner::Group => !label && self.begins_statement(at),
            Owner::State => self.begins_statement(at),
            Owner::Declaration if label => fields::kind(self.word(at + 2)).is_some(),
            Owner::Declaration => self.begins_statement(at),
        }
    }

    fn end_clause(&mut self, end: usize) {
        let frame = self.frame_mut();
        if let Some(start) = frame.start.take() {
            let block = frame.block.take();
            frame.clauses.push(Clause { tokens: start..end, block });
        }
    }

    fn open(&mut self, at: usize) {
        self.begin(at);
        let start = self.frame().start.unwrap_or(at);
        let owner = match self.word(start) {
            "settings" | "param" | "var" | "signal" if !self.is_label(start) => Owner::Declaration,
            _ if self.owner() == Owner::Declaration => Owner::Declaration,
            _ if self.is_label(start) && matches!(self.word(start + 2), "group" | "while") => Owner::Group,
            _ => Owner::State,
        };
        self.frames.push(Frame { open: at, owner, ..Frame::default() });
    }

    fn close_brace(&mut self, at: usize) {
        self.end_clause(at);
        if self.frames.len() > 1 {
            self.close(at, at + 1);
        } else if self.found.len() <= error::MAX_FINDINGS {
            let finding = Diagnostic::new(Code::F0001, "`}` closes nothing", self.span(at), "no `{` is open here");
            self.found.push(finding);
        }
    }

    /// The innermost braces end; those clauses become the block of the clause outside.
    fn close(&mut self, last: usize, end: usize) {
        self.end_clause(last);
        let Some(inner) = self.frames.pop() else { return };
        let outer = self.frame_mut();
        if outer.block.is_none() {
            outer.block = Some(Block { open: inner.open, end, clauses: inner.clauses });
        }
    }

    fn never_closed(&mut self, noticed: Option<usize>) {
        let open = self.span(self.frame().open);
        let finding = Diagnostic::new(Code::F0001, "`{` is never closed", open, "its `}` is missing");
        self.found.push(match noticed {
            Some(at) => finding.and(self.span(at), "what begins here cannot stand in these braces"),
            None => finding.and(self.end_of_file(), "the file ends here"),
        });
    }

    /// Something that cannot stand in ( ) or [ ]: the clause ended with the line before it, or goes on without them.
    fn leave_brackets(&mut self, at: usize) -> usize {
        let opened = self.brackets.first().copied().unwrap_or(at);
        self.give_up_brackets();
        if self.line > opened && self.line < at {
            self.end_clause(self.line);
            return self.line;
        }
        at
    }

    /// Brackets stay open: whoever reads the clause says what was expected.
    fn give_up_brackets(&mut self) {
        self.brackets.clear();
    }

    fn frame(&self) -> &Frame {
        &self.frames[self.frames.len() - 1]
    }

    fn frame_mut(&mut self) -> &mut Frame {
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    fn owner(&self) -> Owner {
        self.frame().owner
    }

    fn kind(&self, at: usize) -> Option<TokenKind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    fn word(&self, at: usize) -> &str {
        self.tokens.get(at).filter(|token| token.kind == TokenKind::Word).map_or("", |token| token.text(self.text))
    }

    fn span(&self, at: usize) -> Span {
        self.tokens.get(at).map_or_else(|| self.end_of_file(), |token| token.span(self.file))
    }

    fn end_of_file(&self) -> Span {
        let end = self.text.trim_end().len();
        Span::new(self.file, end, end)
    }
}

/// Whether a word can only open a declaration. (`locale` is an option too.)
fn is_declaration(word: &str) -> bool {
    DECLARATIONS.contains(&word) && fields::is_reserved(word)
}
