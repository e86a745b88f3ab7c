//! The native spelling's text to tokens, as far as clause ends and brackets need them. Comments and characters that cannot
//! stand in a flow are blanked out of the copy that the grammar reads.

use crate::language::diagnostic::{Code, Diagnostic, Fix};
use crate::language::source::{FileId, Span};
use crate::language::syntax::error;

/// A token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) kind: TokenKind,
    start: u32,
    end: u32,
}

/// What a token is, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Arrow,
    Bar,
    CloseBrace,
    CloseBracket,
    Colon,
    Comma,
    Equals,
    Newline,
    Number,
    OpenBrace,
    OpenBracket,
    /// A binary operator other than `*`, `|`, `?` and `:`.
    Operator,
    /// Any other sign: `.`, `#`, `!`, …
    Other,
    Question,
    Semicolon,
    Star,
    Text,
    Word,
}

impl TokenKind {
    /// Whether an operand of an expression may end with it.
    pub(crate) fn ends_operand(self) -> bool {
        matches!(self, TokenKind::Word | TokenKind::Number | TokenKind::Text | TokenKind::CloseBracket)
    }

    /// Whether an operand begins with it.
    pub(crate) fn begins_operand(self) -> bool {
        matches!(self, TokenKind::Word | TokenKind::Number | TokenKind::Text)
    }

    /// Whether it shows that a bracket was never closed.
    pub(crate) fn never_in_brackets(self) -> bool {
        matches!(self, TokenKind::Arrow | TokenKind::OpenBrace | TokenKind::CloseBrace | TokenKind::Semicolon)
    }
}

impl Token {
    /// First byte.
    pub(crate) fn start(self) -> usize {
        self.start as usize
    }

    /// Byte after the last.
    pub(crate) fn end(self) -> usize {
        self.end as usize
    }

    /// Its words.
    pub(crate) fn text(self, text: &str) -> &str {
        text.get(self.start()..self.end()).unwrap_or("")
    }

    /// Its place.
    pub(crate) fn span(self, file: FileId) -> Span {
        Span::new(file, self.start(), self.end())
    }
}

/// A text in tokens.
#[derive(Debug)]
pub(crate) struct Tokens {
    /// The tokens; line ends included, comments not.
    pub(crate) list: Vec<Token>,
    /// The text of the same length that the grammar reads.
    pub(crate) blanked: String,
    /// Starts of texts that are not closed on their line. Nothing more is said of their clauses.
    pub(crate) spoiled: Vec<usize>,
    /// Where comments begin, in order.
    pub(crate) comments: Vec<usize>,
}

/// Cuts a text into tokens.
pub(crate) fn read(text: &str, file: FileId, found: &mut Vec<Diagnostic>) -> Tokens {
    let mut lexer = Lexer {
        text,
        file,
        at: 0,
        found,
        list: Vec::new(),
        blanks: Vec::new(),
        spoiled: Vec::new(),
        comments: Vec::new(),
        same_line: 0,
        no_more_blocks: false,
    };
    if text.starts_with('\u{FEFF}') {
        lexer.blank(3);
    }
    while lexer.at < text.len() {
        lexer.step();
    }
    let Lexer { list, blanks, spoiled, comments, .. } = lexer;
    let mut bytes = text.as_bytes().to_vec();
    for (start, end) in blanks {
        bytes[start..end].fill(b' ');
    }
    Tokens { list, blanked: String::from_utf8(bytes).unwrap_or_default(), spoiled, comments }
}

struct Lexer<'a> {
    text: &'a str,
    file: FileId,
    at: usize,
    found: &'a mut Vec<Diagnostic>,
    list: Vec<Token>,
    blanks: Vec<(usize, usize)>,
    spoiled: Vec<usize>,
    comments: Vec<usize>,
    /// Up to here no line has ended since the last of them.
    same_line: usize,
    /// No `"""` closes anything from here on.
    no_more_blocks: bool,
}

impl Lexer<'_> {
    fn step(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        let next = rest.get(1).copied();
        match rest[0] {
            b' ' | b'\t' | b'\r' => self.at += 1,
            b'\n' => self.push(TokenKind::Newline, 1),
            b'/' if next == Some(b'/') => {
                let len = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
                self.comments.push(self.at);
                self.blank(len);
            }
            b'"' | b'\'' => self.quoted(),
            b'-' if next == Some(b'>') => self.push(TokenKind::Arrow, 2),
            b'|' if next == Some(b'|') => self.push(TokenKind::Operator, 2),
            b'&' if next == Some(b'&') => self.push(TokenKind::Operator, 2),
            b'=' | b'!' | b'<' | b'>' if next == Some(b'=') => self.push(TokenKind::Operator, 2),
            b'?' if next == Some(b'.') => self.push(TokenKind::Other, 2),
            byte => match sign(byte) {
                Some(kind) => self.push(kind, 1),
                None => self.word_or_other(),
            },
        }
    }

    fn word_or_other(&mut self) {
        let rest = &self.text[self.at..];
        let Some(first) = rest.chars().next() else { return };
        let word = |c: char| c.is_alphanumeric() || c == '_';
        if !word(first) {
            return self.cannot_stand(first);
        }
        let mut len = rest.find(|c| !word(c)).unwrap_or(rest.len());
        // `after-hours` is one word, so that it can be called what it is.
        while rest[len..].strip_prefix('-').is_some_and(|more| more.starts_with(word)) {
            len += 1 + rest[len + 1..].find(|c| !word(c)).unwrap_or(rest.len() - len - 1);
        }
        if len > error::MAX_WORD {
            let span = Span::new(self.file, self.at, self.at + len);
            self.found.push(error::long_word(span, len));
            self.spoiled.push(self.at);
        }
        let number = first.is_ascii_digit();
        let is_in = &rest[..len] == "in";
        self.push(
            if number {
                TokenKind::Number
            } else if is_in {
                TokenKind::Operator
            } else {
                TokenKind::Word
            },
            len,
        );
    }

    fn quoted(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        let quote = rest[0];
        let block = rest.starts_with(b"\"\"\"");
        let mut len = if block { 3 } else { 1 };
        while len < rest.len() && !(block && self.no_more_blocks) {
            match rest[len] {
                b'\\' => len += 1,
                b'\n' if !block => break,
                b'"' if block && rest[len..].starts_with(b"\"\"\"") => return self.push(TokenKind::Text, len + 3),
                byte if byte == quote && !block => return self.push(TokenKind::Text, len + 1),
                _ => {}
            }
            len += 1;
        }
        self.no_more_blocks |= block;
        self.never_closed(block);
    }

    fn never_closed(&mut self, block: bool) {
        let start = self.at;
        let rest = &self.text[start..];
        let line = rest.find('\n').unwrap_or(rest.len());
        let sign = if block { "\"\"\"" } else { &rest[..1] };
        let span = Span::new(self.file, start, start + sign.len());
        let message = format!("a text that opens with `{sign}` is never closed");
        let help =
            if block { "close it with `\"\"\"`" } else { "close it on the same line, or write it between `\"\"\"`" };
        self.found.push(Diagnostic::new(Code::F0001, message, span, format!("no second `{sign}`")).help(help));
        self.spoiled.push(start);
        self.push(TokenKind::Text, line);
    }

    fn cannot_stand(&mut self, char: char) {
        let (start, len) = (self.at, char.len_utf8());
        if char.is_ascii() && !char.is_ascii_control() {
            return self.push(TokenKind::Other, len);
        }
        let spoils = !char.is_whitespace() && !char.is_control();
        if spoils && let Some(last) = self.spoiled.last() {
            // What was looked at for the one before need not be looked at again.
            let from = self.same_line.max(*last);
            if !self.text[from..start].contains('\n') {
                self.same_line = start;
                return self.blank(len);
            }
        }
        let span = Span::new(self.file, start, start + len);
        let name = format!("U+{:04X}", u32::from(char));
        let shown = if char.is_control() || char.is_whitespace() { name } else { format!("`{char}` ({name})") };
        let finding =
            Diagnostic::new(Code::F0008, format!("{shown} cannot stand outside a text"), span, "this character");
        let help = match char {
            '“' | '”' | '„' => Some("write `\"`"),
            '‘' | '’' => Some("write `'`"),
            '–' | '—' | '→' => Some("write `->`"),
            _ if char.is_whitespace() => Some("write a plain space"),
            _ => None,
        };
        if self.found.len() <= error::MAX_FINDINGS {
            let finding = finding.maybe_help(help.map(str::to_owned));
            self.found.push(match self.plain(char) {
                Some(fix) => finding.fix(fix),
                None => finding,
            });
        }
        if spoils {
            self.spoiled.push(start);
        }
        self.blank(len);
    }

    /// What was meant by a character that an editor has put in for another: a space, an arrow, the quotes of a line.
    fn plain(&self, char: char) -> Option<Fix> {
        let line = self.text[self.at..].lines().next().unwrap_or("");
        let line = line.split("//").next().unwrap_or("");
        let stands = |at: usize, char: char| Span::new(self.file, self.at + at, self.at + at + char.len_utf8());
        let edits = |sign: &str, of: &[char]| -> Vec<(Span, String)> {
            let found = line.char_indices().filter(|(_, char)| of.contains(char));
            found.map(|(at, char)| (stands(at, char), sign.to_owned())).collect()
        };
        let edits = match char {
            '→' if !line.contains('"') => edits("->", &['→']),
            '→' => vec![(stands(0, char), "->".to_owned())],
            '“' | '”' | '„' if !line.contains(['"', '\\']) => edits("\"", &['“', '”', '„']),
            '‘' | '’' if !line.contains(['\'', '"', '\\']) => edits("'", &['‘', '’']),
            _ if char.is_whitespace() => vec![(stands(0, char), " ".to_owned())],
            _ => return None,
        };
        let paired = !matches!(char, '“' | '”' | '„' | '‘' | '’') || edits.len() % 2 == 0;
        paired.then_some(Fix { edits, safe: true })
    }

    fn blank(&mut self, len: usize) {
        self.blanks.push((self.at, self.at + len));
        self.at += len;
    }

    fn push(&mut self, kind: TokenKind, len: usize) {
        let end = self.at + len;
        self.list.push(Token { kind, start: self.at as u32, end: end as u32 });
        self.at = end;
    }
}

fn sign(byte: u8) -> Option<TokenKind> {
    Some(match byte {
        b'{' => TokenKind::OpenBrace,
        b'}' => TokenKind::CloseBrace,
        b'(' | b'[' => TokenKind::OpenBracket,
        b')' | b']' => TokenKind::CloseBracket,
        b',' => TokenKind::Comma,
        b';' => TokenKind::Semicolon,
        b':' => TokenKind::Colon,
        b'=' => TokenKind::Equals,
        b'|' => TokenKind::Bar,
        b'?' => TokenKind::Question,
        b'*' => TokenKind::Star,
        b'+' | b'-' | b'/' | b'<' | b'>' => TokenKind::Operator,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use crate::language::source::FileId;
    use crate::language::syntax::tokens::{TokenKind, read};

    #[test]
    fn comments_are_blanked_and_texts_kept() {
        let mut found = Vec::new();
        let tokens = read("a \"// no\" // é\nb", FileId(0), &mut found);
        assert_eq!(tokens.blanked, "a \"// no\"      \nb");
        let kinds: Vec<TokenKind> = tokens.list.iter().map(|token| token.kind).collect();
        assert_eq!(kinds, [TokenKind::Word, TokenKind::Text, TokenKind::Newline, TokenKind::Word]);
        assert!(found.is_empty());
    }

    #[test]
    fn unclosed_texts_cost_their_line() {
        let mut found = Vec::new();
        let tokens = read("a \"open\nb", FileId(0), &mut found);
        assert_eq!(found.len(), 1);
        assert_eq!(tokens.list.len(), 4);
        assert_eq!(tokens.spoiled, [2]);
    }
}
