//! A text and changes to a text that still looks like one: tokens and lines go, come twice, change places or come from
//! another file, and what is odd about real files (tabs, line ends, marks, signs of other scripts) is put in.

/// A change: which, and two places or pieces.
pub(crate) type Change = (u8, u16, u16);

/// Pieces that make trouble.
pub(crate) const ODD: &[&str] = &[
    "\t",
    "\r",
    "\r\n",
    "\n",
    "\n\n",
    "\u{FEFF}",
    "\u{85}",
    "\u{2028}",
    "\u{A0}",
    "\u{200B}",
    "\u{0}",
    "\u{7F}",
    "é",
    "e\u{301}",
    "\u{1F4DE}",
    "\u{202E}",
    "“",
    "”",
    "→",
    "–",
    "\"",
    "'",
    "\"\"\"",
    "\\",
    "\\u{110000}",
    "\\u{0}",
    "{",
    "}",
    "{{",
    "}}",
    "(",
    ")",
    "[",
    "]",
    "->",
    "|",
    "||",
    "&&",
    ",",
    ":",
    ": ",
    ";",
    "=",
    "==",
    "?",
    "?.",
    "-",
    "- ",
    "//",
    " # ",
    " #x",
    "#",
    "*",
    "&a",
    "!t",
    "<<: ",
    "---\n",
    "...\n",
    "%",
    "@",
    "`",
    "> ",
    "|\n  ",
    "~",
    "null",
    "true",
    "false",
    "0",
    "-1",
    "9223372036854775807",
    "99999999999999999999999999999999",
    "0.1",
    "1e9",
    "500ms",
    "999999h",
    "_",
    "A",
    "{key x}",
    "{x y z}",
    "return",
    "limit 3 else",
    "if",
    "else",
    "has(x)",
    "party left",
    "text",
    "ssml",
    "file",
    "end",
];

/// A text with changes made, pieces of `donor` among them. `sign` is what a comment begins with.
pub(crate) fn mutated(text: &str, donor: &str, sign: &str, changes: &[Change]) -> String {
    changes.iter().fold(text.to_owned(), |text, change| changed(&text, donor, sign, *change))
}

fn changed(text: &str, donor: &str, sign: &str, (which, one, two): Change) -> String {
    let (at, other) = (usize::from(one), usize::from(two));
    let odd = ODD[other % ODD.len()];
    match which % 24 {
        0 => text.to_owned(),
        1 => in_tokens(text, |tokens, n| _ = tokens.remove(at % n)),
        2 => in_tokens(text, |tokens, n| tokens.insert(at % n, tokens[at % n])),
        3 => in_tokens(text, |tokens, n| tokens.swap(at % n, other % n)),
        4 | 5 => in_tokens(text, |tokens, _| alike(tokens, at, donor, other)),
        6 => in_tokens(text, |tokens, _| alike(tokens, at, text, other)),
        7 => in_tokens(text, |tokens, n| tokens.insert(at % n, pick(&words(donor), other))),
        8 | 9 => in_tokens(text, |tokens, n| tokens.insert(at % n, odd)),
        10 => in_tokens(text, |tokens, n| tokens[at % n] = odd),
        11 => in_lines(text, |lines, n| _ = lines.remove(at % n)),
        12 => in_lines(text, |lines, n| lines.insert(other % n, lines[at % n])),
        13 => in_lines(text, |lines, n| lines.swap(at % n, other % n)),
        14 => in_lines(text, |lines, n| lines.insert(at % n, pick(&lines_of(donor), other))),
        15 => in_lines(text, |lines, n| {
            lines.truncate(at % n);
            lines.extend(lines_of(donor).into_iter().skip(other % donor.lines().count().max(1)));
        }),
        16 => in_lines(text, |lines, n| lines.insert(at % n, ["  ", "    ", "\t", " "][other % 4])),
        17 => in_lines(text, |lines, n| {
            let line = &mut lines[at % n];
            *line = line.strip_prefix([' ', '\t']).unwrap_or(line);
        }),
        18 => text.replace('\n', "\r\n"),
        19 => format!("\u{FEFF}{text}"),
        20 | 21 => commented(text, sign, at, other),
        22 => in_lines(text, |lines, n| {
            let line = &mut lines[at % n];
            *line = line.trim_end();
        }),
        _ => in_tokens(text, |tokens, n| tokens.truncate(at % n)),
    }
}

/// A text as tokens: words, numbers, runs of blanks, line ends, signs one by one.
pub(crate) fn words(text: &str) -> Vec<&str> {
    let sort = |c: char| match c {
        '\n' => 0,
        c if c.is_alphanumeric() || c == '_' => 1,
        ' ' => 2,
        _ => 3,
    };
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let joins = |c: char| sort(c) == sort(first) && matches!(sort(first), 1 | 2);
        let end = rest.char_indices().skip(1).find(|(_, c)| !joins(*c)).map_or(rest.len(), |(end, _)| end);
        tokens.push(&rest[..end]);
        rest = &rest[end..];
    }
    tokens
}

fn lines_of(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn pick<'a>(among: &[&'a str], at: usize) -> &'a str {
    if among.is_empty() { "" } else { among[at % among.len()] }
}

/// A change to the tokens, of which there are so many, where there are any.
fn in_tokens<'a>(text: &'a str, change: impl FnOnce(&mut Vec<&'a str>, usize)) -> String {
    in_pieces(words(text), change)
}

fn in_lines<'a>(text: &'a str, change: impl FnOnce(&mut Vec<&'a str>, usize)) -> String {
    in_pieces(lines_of(text), change)
}

fn in_pieces<'a>(mut pieces: Vec<&'a str>, change: impl FnOnce(&mut Vec<&'a str>, usize)) -> String {
    let count = pieces.len();
    if count > 0 {
        change(&mut pieces, count);
    }
    pieces.concat()
}

/// Puts a token of the same sort from another text: a word for a word, a sign for a sign. Most of what comes is read.
fn alike<'a>(tokens: &mut [&'a str], at: usize, donor: &'a str, other: usize) {
    let sort = |token: &str| match token.chars().next() {
        Some(c) if c.is_numeric() => 1,
        Some(c) if c.is_alphabetic() || c == '_' => 2,
        Some(c) if c.is_whitespace() => 3,
        _ => 4,
    };
    let at = at % tokens.len();
    let same: Vec<&str> = words(donor).into_iter().filter(|token| sort(token) == sort(tokens[at])).collect();
    if !same.is_empty() {
        tokens[at] = same[other % same.len()];
    }
}

/// A comment at the end of a line, or on a line of its own as far in as the next one.
fn commented(text: &str, sign: &str, at: usize, other: usize) -> String {
    let said = ["", " note", " é", " \"x", " {", "x // y # z", " // }", "\t- tab"][other % 8];
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let at = at % lines.len().max(1);
    let Some(line) = lines.get_mut(at) else { return format!("{sign}{said}") };
    if (other / 8).is_multiple_of(2) {
        line.push_str(&format!(" {sign}{said}"));
    } else {
        let indent = line.len() - line.trim_start_matches(' ').len();
        lines.insert(at, format!("{}{sign}{said}", " ".repeat(indent)));
    }
    lines.join("\n") + if text.ends_with('\n') { "\n" } else { "" }
}

#[test]
fn every_change_changes_something_and_leaves_the_rest() {
    let text = "a: b  # one\nc: \"d\" -> e\n  f: 12\n";
    let donor = "x: y 34\n";
    for which in 1..24 {
        let some = (0..64).any(|n| changed(text, donor, "#", (which, n * 7 + 3, n / 3)) != text);
        assert!(some, "change {which}");
    }
    assert_eq!(words("ab_1  ->é\n"), ["ab_1", "  ", "-", ">", "é", "\n"]);
    assert_eq!(changed(text, donor, "#", (0, 1, 1)), text);
    assert_eq!(changed("", "", "#", (15, 1, 1)), "");
}
