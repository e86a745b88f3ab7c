//! The native spelling: what is said of faults, and what is still read behind them.

use crate::language::syntax::ast::{Condition, Flow, Spelling, State, Value};
use crate::language::syntax::tests;

/// A text below the head of a flow; what is found in it; the states with their kinds, `!` for those read in part.
type Case = (&'static str, &'static [&'static str], &'static str);

const CASES: &[Case] = &[
    ("x: answer ->\ny: hangup\n", &["F0001 4:13 expected a target after `->`"], "x:answer! y:hangup"),
    ("x: answer -> {\n  failed -> y\n}\n", &["F0001 4:13 expected a target after `->`"], "x:answer!"),
    ("x: answer -> y z\n", &["F0001 4:16 expected `limit` or the end of the line after `y`"], "x:answer!"),
    ("x answer -> y\n", &["F0001 4:2 expected `:` after `x`"], ""),
    ("x: play -> y\n", &[], "x:play"),
    ("x: play welcome y -> y\n", &["F0001 4:17 expected `,` or `->` after `welcome`"], "x:play!"),
    ("x: play welcome(at) -> y\n", &["F0001 4:19 expected `:` after `at`"], "x:play!"),
    ("x: play welcome(at: ) -> y\n", &["F0001 4:21 expected an expression after `:`"], "x:play!"),
    ("x: play welcome(at: x -> y\ny: hangup\n", &["F0001 4:22 expected `)` or `,` after `x`"], "x:play! y:hangup"),
    ("x: play welcome(at: x,\ny: hangup\n", &["F0001 4:23 expected `)` or a name after `,`"], "x:play! y:hangup"),
    ("x: play [a, b -> y\ny: hangup\n", &["F0001 4:14 expected `,` or `]` after `b`"], "x:play! y:hangup"),
    (
        "x: play \"hello -> y\ny: hangup\n",
        &["F0001 4:9 a text that opens with `\"` is never closed"],
        "x:play! y:hangup",
    ),
    (
        "x: play \"he\\qllo {nam\" -> y\ny: hangup\n",
        &["F0001 4:12 unknown escape `\\q`", "F0505 4:18 a `{` that is never closed"],
        "x:play y:hangup",
    ),
    (
        "x: menu ask hello retry 2 {\n  a = 1 \"x\" -> y\n  b = 2 \"y\" -> \n  c 3 -> y\n  exhausted y\n}\ny: hangup\n",
        &[
            "F0001 4:19 expected `,` before `retry`",
            "F0001 6:15 expected a target after `->`",
            "F0001 7:5 expected `->`, `left` or `|` after `c`",
            "F0001 8:13 expected `->`, `left` or `|` after `exhausted`",
        ],
        "x:menu! y:hangup",
    ),
    (
        "x: menu ask hello, retri 2 {\n  a = 1 -> y\n",
        &["F0101 4:20 unknown field `retri` in a state of kind `menu`", "F0001 4:28 `{` is never closed"],
        "x:menu!",
    ),
    (
        "x: menu ask hello {\n  a = 1 -> y\ny: hangup\nz: hangup\n",
        &["F0001 4:19 `{` is never closed"],
        "x:menu y:hangup z:hangup",
    ),
    ("x: hangup\n}\ny: hangup\n", &["F0001 5:1 `}` closes nothing"], "x:hangup y:hangup"),
    (
        "x: decide { if a == -> y; else -> z }\ny: hangup\n",
        &["F0001 4:21 expected an expression after `==`"],
        "x:decide! y:hangup",
    ),
    (
        "x: decide { if a = b -> y; else -> z }\ny: hangup\n",
        &["F0001 4:18 expected `->` after `a`"],
        "x:decide! y:hangup",
    ),
    (
        "x: decide { if a -> y; b -> z; else }\ny: hangup\n",
        &["F0001 4:36 expected `->` after `else`"],
        "x:decide! y:hangup",
    ),
    (
        "x: recognize dtmf, ask, max_tones -> y\n",
        &["F0001 4:23 expected a prompt after `ask`", "F0001 4:34 expected a whole number after `max_tones`"],
        "x:recognize!",
    ),
    (
        "x: recognize dtmf, ask a, max_tones four, -> y\n",
        &["F0001 4:37 expected a number after `max_tones`", "F0001 4:42 expected an option after `,`"],
        "x:recognize!",
    ),
    ("x: recognize dtmf, , ask a\n", &["F0001 4:19 expected an option after `,`"], "x:recognize!"),
    ("strat x\n", &["F0001 4:1 expected a declaration or a state"], ""),
    ("foo\n", &["F0001 4:1 expected a declaration or a state"], ""),
    (
        "param 2x: text\nparam start: text\nparam y text\nparam z: \nvar v: digits(4\nvar w: digits(a)\nvar u: list\n",
        &[
            "F0108 4:7 `2x` is not a name",
            "F0108 5:7 `start` cannot be a name",
            "F0001 6:9 expected `:` after `y`",
            "F0001 7:9 expected a type after `:`",
            "F0001 8:16 expected `)` or `..` after `4`",
            "F0001 9:15 expected a number after `(`",
            "F0001 10:12 expected a type after `list`",
        ],
        "",
    ),
    (
        "settings { a: phone, b: text }\nsettings x: phone\n",
        &["F0001 4:20 expected `=` or the end of the line after `phone`", "F0001 5:1 expected `{` after `settings`"],
        "",
    ),
    (
        "var after-hours: bool\nBye: hangup\nmenu: hangup\n",
        &[
            "F0108 4:5 `after-hours` is not a name",
            "F0108 5:1 `Bye` is not a name",
            "F0108 6:1 `menu` cannot be a name",
        ],
        "Bye:hangup menu:hangup",
    ),
    (
        "start y\nflow b\nlocale en-GB\nlocale \"de-DE\"\nuse a b\nreturns a, b\n",
        &[
            "F0103 4:7 `start` stands twice",
            "F0103 5:6 `flow` stands twice",
            "F0103 7:1 `locale` stands twice",
            "F0001 8:7 expected `,` or the end of the line after `a`",
            "F0001 9:10 expected `|` or the end of the line after `a`",
        ],
        "",
    ),
    (
        "default retry\ndefault failed\nalways party -> \nalways after -> x\nalways after 4m -> x limit 3\n",
        &[
            "F0001 4:14 expected a number after `retry`",
            "F0001 5:15 expected `->`, `left` or `|` after `failed`",
            "F0001 6:16 expected a target after `->`",
            "F0001 8:29 expected `else` after `3`",
        ],
        "",
    ),
    (
        "x: dial to,\n   from settings.x,\n   ring_for 25s\n   -> y {\n  failed -> y }\ny: hangup\n",
        &["F0001 7:4 a line cannot begin with `->`"],
        "x:dial! y:hangup",
    ),
    (
        "x: hangup “moved”\ny: hangup – z\n",
        &["F0008 4:11 `“` (U+201C) cannot stand outside a text", "F0008 5:11 `–` (U+2013) cannot stand outside a text"],
        "x:hangup! y:hangup!",
    ),
    (
        "x: transfer settings..desk\ny: transfer settings.desk +\nz: transfer (a\nw: hangup\n",
        &[
            "F0001 4:22 expected a name after `.`",
            "F0001 5:28 expected an expression after `+`",
            "F0001 6:15 expected `)` after `a`",
        ],
        "x:transfer! y:transfer! z:transfer! w:hangup",
    ),
    (
        "x: play welcome -> y limit 3\ny: play welcome -> limit 3 else z\nz: hangup\n",
        &["F0001 4:29 expected `else` after `3`", "F0001 5:20 expected a target after `->`"],
        "x:play! y:play! z:hangup",
    ),
    ("x: hangup moved, everyone yes, play bye\n", &["F0001 4:27 expected `,` or `->` after `everyone`"], "x:hangup!"),
    ("x: hangup, play bye\n", &["F0001 4:10 expected an option after `hangup`"], "x:hangup"),
    ("x: play welcome, ask z -> y\n", &["F0101 4:18 unknown field `ask` in a state of kind `play`"], "x:play!"),
    ("x: mneu ask y, retry 3 -> z { a = 1 -> z }\nw: frobnicate foo(a, b), bar 3 -> z\n", &[], "x:mneu w:frobnicate"),
    (
        "x: play hello { a = 1 -> z }\nw: menu ask y { if a -> b }\n",
        &[
            "F0010 4:17 choices stand in a state of kind `menu` only",
            "F0010 5:17 branches stand in a state of kind `decide` only",
        ],
        "x:play! w:menu!",
    ),
    (
        "x: transfer \"+44\", play a -> return done else z\n",
        &["F0001 4:42 expected `limit` or the end of the line after `done`"],
        "x:transfer!",
    ),
    ("x: play welcome() -> y // fine\ny: hangup\n", &[], "x:play y:hangup"),
    ("x:\ny: hangup\n", &["F0001 4:3 expected a kind of state after `:`"], "x:! y:hangup"),
    (
        "x: =\n: foo\n-> y\n",
        &[
            "F0001 4:4 expected a kind of state after `:`",
            "F0001 5:1 expected a declaration or a state",
            "F0001 6:1 a line cannot begin with `->`",
        ],
        "x:!",
    ),
];

fn read(text: &str) -> (Flow, Vec<String>) {
    tests::read(text, Spelling::Native)
}

fn shown(state: &State) -> String {
    let part = if state.partial { "!" } else { "" };
    format!("{}:{}{part}", state.name.value, state.kind.value)
}

#[test]
fn one_fault_costs_one_finding() {
    for (body, expected, states) in CASES {
        let (flow, found) = read(&format!("flowc 1\nflow a inbound\nstart x\n{body}"));
        assert_eq!(found, *expected, "{body}");
        assert_eq!(flow.states.iter().map(shown).collect::<Vec<_>>().join(" "), *states, "{body}");
    }
}

#[test]
fn heads() {
    let cases: &[(&str, &[&str])] = &[
        ("", &["F0009 1:1 the file does not begin with the version of the language"]),
        ("flow a inbound\n", &["F0009 1:1 the file does not begin with the version of the language"]),
        ("flowc 2\nflow a inbound\n", &["F0009 1:7 this file is in version `2` of the language"]),
        ("// hi\n\nflowc 1\nflow a inbound\n", &[]),
        ("\u{FEFF}flowc 1\r\nflow a inbound\r\nx: hangup\r\n", &[]),
        ("flowc 1\nstart x\n", &["F0110 1:1 the flow has no name"]),
        (
            "flow a inbound\nflowc 1\n",
            &[
                "F0009 1:1 the file does not begin with the version of the language",
                "F0009 2:1 `flowc` does not stand on the first line",
            ],
        ),
        ("flowc\nflow a inbound\n", &["F0001 1:6 expected a number after `flowc`"]),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text).1, *expected, "{text:?}");
    }
}

#[test]
fn line_ends_within_clauses() {
    let (flow, found) = read(
        "flowc 1; flow a inbound; start x\nx: dial [\n  to,\n  from_1\n], from a ?\n b : c, ring_for 5s ->\n  y {\n  busy |\n  failed -> y }; \
         y: hangup\nz: recognize dtmf, ask a, max_tones 4, stop *\n",
    );
    assert_eq!(found, Vec::<String>::new());
    let names: Vec<String> = flow.states.iter().map(shown).collect();
    assert_eq!(names, ["x:dial", "y:hangup", "z:recognize"]);
    assert_eq!(flow.states[0].options.len(), 2);
    assert_eq!(flow.states[0].routes.len(), 2);
}

#[test]
fn a_locale_of_a_group_may_begin_with_a_text() {
    for (written, literal) in [
        ("en-GB", true),
        ("\"en-GB\"", true),
        ("region", false),
        ("\"en-\" + region and streaming on", false),
        ("\"en-GB, cy\".last(2), else y", false),
    ] {
        let (flow, found) =
            read(&format!("flowc 1\nflow a inbound\nx: while transcription {written} {{\n}}\ny: hangup\n"));
        assert_eq!(found, Vec::<String>::new(), "{written}");
        let Some(Condition::Transcription(value)) = flow.groups[0].conditions.first() else { panic!("{written}") };
        assert_eq!(matches!(value, Value::Literal(tag) if tag.value == "en-GB"), literal, "{written}");
        assert_eq!(matches!(value, Value::Expr(_)), !literal, "{written}");
    }
}
