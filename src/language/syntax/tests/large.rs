//! Large and nasty texts: read in time that grows with their length, without a full stack.

use std::fmt::Write;

use crate::language::source::Sources;
use crate::language::syntax::ast::Spelling;
use crate::language::syntax::read_flow;

const SIZE: usize = 1 << 20;

fn filled(piece: &str) -> String {
    piece.repeat(SIZE / piece.len())
}

fn nasty() -> Vec<(String, String)> {
    let mut texts = Vec::new();
    let pieces = [
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
        "a ",
        "!",
        "- ",
        "-",
        "?",
        "a ? ",
        "a.",
        "a+",
        "\\\"",
        "# ",
        "#",
        "// ",
        ": ",
        ", ",
        "a, ",
        "é",
        "\u{0}",
        "\t",
        "\r\n",
        "{}",
        "[]",
        "()",
        "a(",
        "a: {",
        "x: hangup\n",
        "\\\"\"\"\n",
        "&a ",
        "*a ",
        "{ a: ",
        "list ",
        "a -> a\n",
        "a | ",
        "a: play \"",
        "“",
        "if a\n",
        "= ",
        "{a} ",
        "'a ",
        "\"a\n",
    ];
    for piece in pieces {
        texts.push((format!("{piece:?} over and over"), filled(piece)));
        for (head, tail) in [
            ("flowc 1\nx: play text ", ""),
            ("flowc 1\nx: play welcome(a: ", ")"),
            ("flowc 1\nx: menu ask [", "] -> x"),
            ("flowc 1\nx: hangup {", "}"),
            ("flowc 1\nvar x: ", ""),
            ("flowc 1\nuse ", "a"),
            ("flowc 1\nx: play \"", "\""),
            ("flowc: 1\nflow: a\nstates:\n  x: ", ""),
            ("flowc: 1\nflow: a\nstates:\n  x:\n    play: { text: \"=", "\" }"),
            ("flowc: 1\nflow: a\nuse: [", "]"),
        ] {
            texts.push((format!("{head:?} {piece:?}"), format!("{head}{}{tail}\n", filled(piece))));
        }
    }
    texts
}

#[test]
fn measure() {
    let mut all = Vec::new();
    for (name, text) in nasty() {
        for spelling in [Spelling::Native, Spelling::Yaml] {
            let mut sources = Sources::default();
            let file = sources.add("case", text.as_str());
            #[allow(clippy::disallowed_methods)]
            let before = std::time::Instant::now();
            let (_, found) = read_flow(&sources, file, spelling);
            #[allow(clippy::disallowed_methods)]
            let took = before.elapsed();
            all.push((took, name.clone(), spelling, found.len()));
        }
    }
    all.sort_by(|a, b| b.0.cmp(&a.0));
    let mut out = String::new();
    for (took, name, spelling, found) in all.iter().take(60) {
        let _ = writeln!(out, "{took:?} {name} {spelling:?} {found}");
    }
    println!("{out}");
}
