//! Large texts of the worst shapes through the whole check: judged in a time that grows with their length, and never a panic.
//! (That reading alone does is shown in `syntax`.)
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::language::compile::{Input, project};
use crate::language::diagnostic::has_errors;
use crate::language::source::Sources;
use crate::language::syntax::ast::Spelling::{self, Native, Yaml};
use std::time::{Duration, Instant};

/// The text that `check` promises to judge within two seconds when built for release; built for debugging, a quarter of it
/// shows the same growth in the time that a test may take.
const WHOLE: usize = if cfg!(debug_assertions) { 1 << 18 } else { 1 << 20 };

/// A quarter of it: what takes a time that grows with the square takes a sixteenth of the whole's.
const QUARTER: usize = WHOLE / 4;

/// How many times as long the whole may take as its quarter. In step with the length it is 4, with its square 16.
const MOST_TIMES: u32 = 10;

/// What is not held against a text: a busy machine stops anything for a while.
const GRACE: Duration = Duration::from_secs(5);

const HEAD: &str = "flowc 1\nflow t inbound\nstart a\na: answer -> s\n";
const YAML_HEAD: &str =
    "flowc: 1\nflow: t\ncall: inbound\nstart: a\nstates:\n  a: { answer: true, then: s }\n  bye: hangup\n";

/// Numbered parts until they fill `bytes`.
fn parts(bytes: usize, part: impl Fn(usize) -> String) -> String {
    let mut text = String::with_capacity(bytes + 100);
    for number in 0.. {
        if text.len() >= bytes {
            break;
        }
        text.push_str(&part(number));
    }
    text
}

/// States of a menu's or a type's size, as large as one may be and still be read whole.
fn pieces(bytes: usize, piece: impl Fn(usize) -> String) -> String {
    (0..bytes / 60_000).map(piece).collect()
}

type Shape = (&'static str, Spelling, fn(usize) -> String);

const SHAPES: &[Shape] = &[
    ("closing braces", Native, |n| "}".repeat(n)),
    ("opening braces", Native, |n| format!("{HEAD}s: hangup {}", "{".repeat(n))),
    ("deep nesting", Native, |n| format!("{HEAD}s: play text {}a{}", "(".repeat(n / 2), ")".repeat(n / 2))),
    ("deep lists", Yaml, |n| format!("{YAML_HEAD}use: {}{}\n", "[".repeat(n / 2), "]".repeat(n / 2))),
    ("combining marks", Native, |n| {
        format!("{HEAD}{}", pieces(n, |k| format!("s{k}: play \"{{a{}}}\"\n", "\u{301}".repeat(29_000))))
    }),
    ("combining marks in YAML", Yaml, |n| {
        format!("{YAML_HEAD}  s: {{ hangup: true, play: {{ text: \"{{a{}}}\" }} }}\n", "\u{301}".repeat(n / 2))
    }),
    ("one long line", Native, |n| format!("{HEAD}s: play \"{}\" -> bye", "word ".repeat(n / 5))),
    ("one long line of choices", Native, |n| {
        format!("{HEAD}s: menu ask \"x\" {{ {} }}", parts(n, |i| format!("c{i} = 1 -> q{i}; ")))
    }),
    ("a long comment", Native, |n| format!("{HEAD}// {}\ns: hangup\n", "c".repeat(n))),
    ("a long comment in YAML", Yaml, |n| format!("{YAML_HEAD}  s: hangup # {}\n", "c".repeat(n))),
    ("tiny states", Native, |n| format!("{HEAD}s: hangup\n{}", parts(n, |i| format!("s{i}: hangup\n")))),
    ("tiny states in YAML", Yaml, |n| format!("{YAML_HEAD}  s: hangup\n{}", parts(n, |i| format!("  s{i}: hangup\n")))),
    ("unknown targets", Native, |n| format!("{HEAD}{}", parts(n, |i| format!("s{i}: play \"x\" -> q{i}\n")))),
    ("unknown targets that resemble all", Native, |n| {
        format!("{HEAD}s: hangup\n{}", parts(n, |i| format!("state_{i:06}: play \"x\" -> state_{i:06}x\n")))
    }),
    ("unknown choices", Native, |n| {
        let choices = parts(29_000, |i| format!("k{i} = 1 -> bye\n"));
        let keys = parts(29_000, |i| format!("{{key x{i}}} "));
        format!("{HEAD}{}", pieces(n, |k| format!("s{k}: menu ask \"{keys}\" {{\n{choices}}}\n")))
    }),
    ("unknown choices in YAML", Yaml, |n| {
        let keys = |j| (0..250).map(|i| format!("{{key x{j}{i}}}")).collect::<String>();
        let ask = parts(n / 2, |j| format!("      - text: \"{}\"\n", keys(j)));
        let menu = parts(n / 2, |i| format!("      k{i}: {{ key: 1, to: bye }}\n"));
        format!("{YAML_HEAD}  s:\n    ask:\n{ask}    menu:\n{menu}")
    }),
    ("unknown outcomes of a menu", Yaml, |n| {
        let menu = parts(n / 2, |i| format!("      k{i}: {{ key: 1 }}\n"));
        let on = parts(n / 2, |i| format!("      q{i}: bye\n"));
        format!("{YAML_HEAD}  s:\n    ask: {{ text: x }}\n    menu:\n{menu}    on:\n{on}")
    }),
    ("misspelt keys", Yaml, |n| {
        format!("{YAML_HEAD}  s:\n    hangup: true\n{}", parts(n, |i| format!("    playy{i}: x\n")))
    }),
    ("misspelt keys on one line", Yaml, |n| {
        format!("{YAML_HEAD}  s: {{ hangup: true{} }}\n", parts(n, |i| format!(", playy{i}: x")))
    }),
    ("rules and states", Native, |n| {
        let rules = parts(n / 2, |i| format!("always after {}s -> bye\n", i + 1));
        format!(
            "{HEAD}{rules}s: hangup\nbye: hangup\n{}",
            parts(n / 2, |i| format!("s{i}: play \"x\" -> s{}\n", i + 1))
        )
    }),
    ("unknown results", Yaml, |n| {
        let results = parts(n / 2, |i| format!("r{i}, "));
        let states = parts(n / 2, |i| format!("  s{i}: {{ hangup: rx{i} }}\n"));
        format!(
            "{}states:\n  s: hangup\n{states}",
            format!("{YAML_HEAD}returns: [{results}z]\n")
                .replace("states:\n  a: { answer: true, then: s }\n  bye: hangup\n", "")
        )
    }),
    ("unknown words of an enum", Native, |n| {
        let words = parts(50_000, |i| format!("r{i}, "));
        let branches = parts(50_000, |i| format!("if e == \"x{i}\" -> bye; "));
        format!(
            "{HEAD}param e: enum({words}z)\n{}",
            pieces(n, |k| format!("d{k}: decide {{ {branches} else -> bye }}\n"))
        )
    }),
    ("fields of a record", Native, |n| {
        let fields = parts(50_000, |i| format!("r{i}: text, "));
        let branches = parts(50_000, |i| format!("if e.r{i} == \"x\" -> bye; "));
        let same = parts(5_000, |_| "if e == e -> bye; ".to_owned());
        let decide = |k| format!("d{k}: decide {{ {branches}{same} else -> bye }}\n");
        format!("{HEAD}param e: {{ {fields}z: text }}\n{}", pieces(n, decide))
    }),
    ("ways that cross", Native, |n| {
        let states = n / 60;
        let line = |i| {
            format!("s{i}: menu ask \"x\" {{ x = 1 -> s{}; y = 2 -> s{} }}\n", i * 7 % states, (i * 13 + 5) % states)
        };
        format!("{HEAD}s: play \"x\" -> s0\n{}", (0..states).map(line).collect::<String>())
    }),
];

/// How long a text takes, and whether anything is wrong with it.
fn judged(text: &str, spelling: Spelling) -> (Duration, bool) {
    let mut sources = Sources::default();
    let file = sources.add("case", text);
    let before = Instant::now();
    let judged = project(&sources, &Input { flows: vec![(file, spelling)], ..Input::default() });
    (before.elapsed(), has_errors(&judged.diagnostics))
}

#[test]
fn texts_of_the_worst_shapes_are_judged_in_linear_time() {
    for (name, spelling, shape) in SHAPES {
        let (quarter, _) = judged(&shape(QUARTER), *spelling);
        let (whole, wrong) = judged(&shape(WHOLE), *spelling);
        assert!(wrong || name.contains("comment"), "{name}: nothing is wrong with it");
        let most = quarter * MOST_TIMES + GRACE;
        assert!(whole < most, "{name}: {quarter:?} for a quarter, {whole:?} for the whole");
    }
}
