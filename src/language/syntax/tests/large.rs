//! Large and nasty texts: read in time that grows with their length, and without filling the stack.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::time::{Duration, Instant};

use crate::language::source::Sources;
use crate::language::syntax::ast::Spelling;
use crate::language::syntax::read_flow;

/// Large enough that anything quadratic takes minutes.
const SIZE: usize = 1 << 18;

/// How long one text may take on a busy machine.
const BOUND: Duration = Duration::from_secs(15);

const PIECES: &[&str] = &[
    "(",
    "[",
    "{",
    "}",
    "a",
    "\"",
    "'",
    "\"\"\"",
    "-> ",
    "\n",
    "a\n",
    "a: \n",
    "!",
    "- ",
    "?",
    "a ? ",
    "a.",
    "a+",
    "\\\"",
    "# ",
    ": ",
    "a, ",
    "é",
    "\u{0}",
    "\t",
    "{}",
    "a(",
    "a: {",
    "x: hangup\n",
    "\\\"\"\"\n",
    "*a ",
    "{ a: ",
    "list ",
    "a -> a\n",
];

const FRAMES: &[(&str, &str)] = &[
    ("", ""),
    ("flowc 1\nx: play text ", ""),
    ("flowc 1\nx: hangup {", "}"),
    ("flowc 1\nx: play \"", "\""),
    ("flowc: 1\nflow: a\nstates:\n  x:\n    play: { text: \"=", "\" }"),
];

fn findings(text: &str, spelling: Spelling) -> Vec<String> {
    let mut sources = Sources::default();
    let file = sources.add("case", text);
    let before = Instant::now();
    let (_, found) = read_flow(&sources, file, spelling);
    assert!(before.elapsed() < BOUND, "{:?} for {spelling:?} {:?}…", before.elapsed(), &text[..text.len().min(60)]);
    found.iter().map(|finding| finding.code.to_string()).collect()
}

#[test]
fn noise_is_read_in_linear_time() {
    for piece in PIECES {
        for (head, tail) in FRAMES {
            let text = format!("{head}{}{tail}\n", piece.repeat(SIZE / piece.len()));
            assert!(findings(&text, Spelling::Native).len() <= 201);
            assert!(findings(&text, Spelling::Yaml).len() <= 201);
        }
    }
}

#[test]
fn deep_nesting_is_refused() {
    let deep = |open: &str, close: &str| format!("{}a{}", open.repeat(10_000), close.repeat(10_000));
    for (open, close) in [("(", ")"), ("[", "]"), ("f(", ")"), ("!", ""), ("-", ""), ("a ? ", " : a"), ("a ? a : ", "")]
    {
        let native = format!("flowc 1\nflow a inbound\nstart x\nx: play text {}\n", deep(open, close));
        assert_eq!(findings(&native, Spelling::Native), ["F0007"], "{open}");
        let yaml = format!("flowc: 1\nflow: a\nstates:\n  x: {{ play: {{ text: \"={}\" }} }}\n", deep(open, close));
        assert_eq!(findings(&yaml, Spelling::Yaml), ["F0007"], "{open}");
    }
    let braces = format!("flowc 1\nflow a inbound\nx: hangup {}\n", deep("{", "}"));
    assert_eq!(findings(&braces, Spelling::Native), ["F0007"]);
    let types = format!("flowc 1\nflow a inbound\nvar x: {}text\n", "list ".repeat(1_000));
    assert_eq!(findings(&types, Spelling::Native), ["F0007"]);
    for (open, close) in [("[", "]"), ("{ a: ", " }")] {
        let yaml = format!("flowc: 1\nflow: a\nuse: {}\n", deep(open, close));
        assert_eq!(findings(&yaml, Spelling::Yaml), ["F0007"], "{open}");
    }
    let block: String = (0..10_000).map(|n| format!("{}a:\n", " ".repeat(n % 2_000))).collect();
    assert_eq!(findings(&format!("flowc: 1\nflow: a\nstates:\n {block}"), Spelling::Yaml)[0], "F0007");
}

#[test]
fn long_chains_are_refused() {
    for chain in ["a+", "a.", "a && "] {
        let native = format!("flowc 1\nflow a inbound\nx: play text {}a\n", chain.repeat(1_000));
        assert_eq!(findings(&native, Spelling::Native), ["F0007"], "{chain}");
    }
}

#[test]
fn large_files_are_refused() {
    let text = "a\n".repeat(5 * 1024 * 1024);
    assert_eq!(findings(&text, Spelling::Native), ["F0007"]);
    assert_eq!(findings(&text, Spelling::Yaml), ["F0007"]);
}
