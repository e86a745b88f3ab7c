//! The YAML spelling: what is said of faults, and what is still read behind them.

use crate::language::source::Sources;
use crate::language::syntax::ast::{Flow, Spelling, State};
use crate::language::syntax::{FileKind, read_library, read_script, tests, yaml_file_kind};

/// States of a flow; what is found in them; the states with their kinds, `!` for those read in part.
type Case = (&'static str, &'static [&'static str], &'static str);

const CASES: &[Case] = &[
    ("x: { play: hello, end: # }\nbye: hangup\n", &["F0005 4:26 a comment begins where none was meant"], "bye:hangup"),
    (
        "x:\n  recognize: dtmf\n  stop: #\n  ask: y\nbye: hangup\n",
        &["F0005 6:11 a comment begins where none was meant"],
        "x:recognize! bye:hangup",
    ),
    (
        "x:\n  play: y\n  on:\n    key #9 by agent: bye\nbye: hangup\n",
        &["F0005 7:11 a comment begins where none was meant"],
        "x:play! bye:hangup",
    ),
    (
        "x: { play: { text: Press # to finish }, then: bye }\nbye: hangup\n",
        &["F0005 4:28 a comment begins where none was meant"],
        "bye:hangup",
    ),
    (
        "x:\n  play:\n    text: Press # to finish\nbye: hangup\n",
        &["F0005 6:19 a comment begins where none was meant"],
        "x:play! bye:hangup",
    ),
    ("x: hangup # fine\nbye: { play: hello, then: x } # fine too\n", &[], "x:hangup bye:play"),
    (
        "x:\n  menu:\n    a: { key: *, to: x }\nbye: hangup\n",
        &["F0003 6:17 an alias cannot stand in a flow"],
        "x:menu! bye:hangup",
    ),
    (
        "x:\n  menu:\n    a:\n      key: *\n      to: x\nbye: hangup\n",
        &["F0003 7:14 an alias cannot stand in a flow"],
        "x:menu! bye:hangup",
    ),
    (
        "x:\n  menu:\n    a: { say: [*, repeat], key: 1, to: x }\nbye: hangup\n",
        &["F0003 6:18 an alias cannot stand in a flow"],
        "x:menu! bye:hangup",
    ),
    (
        "x:\n  decide:\n    - { if: a in [1, 2], to: bye }\nbye: hangup\n",
        &["F0002 6:20 expected `,` or `}`"],
        "x:decide! bye:hangup",
    ),
    (
        "x:\n  decide:\n    - { if: a ? b : c, to: bye }\nbye: hangup\n",
        &["F0002 6:21 expected `,` or `}`"],
        "x:decide! bye:hangup",
    ),
    (
        "x:\n  decide:\n    - { if: \"a == \", to: bye }\n    - { to: bye }\n    - { else: bye, iff: b }\nbye: hangup\n",
        &[
            "F0001 6:20 expected an expression after `==`",
            "F0110 7:9 the field `if` is missing",
            "F0101 8:22 unknown field `iff` in a branch",
        ],
        "x:decide! bye:hangup",
    ),
    ("x:\n  play: { text: Note: closed }\nbye: hangup\n", &["F0002 5:23 expected `,` or `}`"], "x:! bye:hangup"),
    (
        "x:\n  play:\n    text: Note: closed\nbye: hangup\n",
        &["F0002 6:17 a `: ` that YAML takes for a second key"],
        "x:play! bye:hangup",
    ),
    ("x:\n  play:\n    text:\n      Note: closed\nbye: hangup\n", &["F0010 7:9 expected a text"], "x:play! bye:hangup"),
    ("x:\n  play:\n  then: bye\nbye: hangup\n", &["F0006 5:9 an empty value; expected a prompt"], "x:play! bye:hangup"),
    (
        "x: { play: hello, then: bye\nbye: hangup\nb: hangup\n",
        &["F0002 4:6 `{` is never closed"],
        "bye:hangup b:hangup",
    ),
    ("x: { play: hello, then: bye\n", &["F0002 4:6 `{` is never closed"], ""),
    ("x: play: hello\nbye: hangup\n", &["F0002 4:10 a `: ` that YAML takes for a second key"], "bye:hangup"),
    ("x\n  play: hello\nbye: hangup\n", &["F0002 4:4 expected `:` after `x`"], "bye:hangup"),
    (
        "x: { play: { text: \"hello }, then: bye }\nbye: hangup\nc: { play: { text: \"hello\" }, then: bye }\n",
        &["F0002 4:22 `\"` is never closed"],
        "bye:hangup c:play",
    ),
    ("x:\n\tplay: hello\nbye: hangup\n", &["F0008 5:3 a tab cannot indent"], "x:play bye:hangup"),
    ("x: @foo\nbye: hangup\n", &["F0008 4:6 `@` cannot begin a value"], "bye:hangup"),
    ("x: hangup }\nbye: hangup\n", &["F0010 4:6 expected a state"], "x:! bye:hangup"),
    ("x: { play: hello }}\nbye: hangup\n", &["F0002 4:21 `}` closes nothing"], "bye:hangup"),
    ("x: { play: [a, b }\nbye: hangup\n", &["F0002 4:14 `[` is closed by `}`"], "bye:hangup"),
    (
        "x: { play: { text: \"a\\qb\" } }\nbye: hangup\n",
        &["F0002 4:22 an escape that stands for nothing"],
        "bye:hangup",
    ),
    (
        "x: { play: { text: \"a\" b } }\nbye: hangup\n",
        &["F0002 4:26 expected the end of the value after a text in quotes"],
        "bye:hangup",
    ),
    (
        "x: hangup\n bye: hangup\nc: hangup\n",
        &["F0002 5:4 this line does not fit the lines above it"],
        "x:hangup! c:hangup",
    ),
    (
        "x:\n  hangup: true\n bye: hangup\nc: hangup\n",
        &["F0002 6:4 this line does not fit the lines above it"],
        "x:hangup! c:hangup",
    ),
    (
        "x: &a hangup\ny: *a\n<<: z\nz: !t hangup\n",
        &[
            "F0003 4:6 an anchor cannot stand in a flow",
            "F0003 5:6 the alias `*a` cannot stand in a flow",
            "F0003 6:3 a merge key cannot stand in a flow",
            "F0003 7:6 a tag cannot stand in a flow",
        ],
        "x:hangup y:! z:hangup",
    ),
    ("x: hangup\nx: { hangup: true }\n", &["F0004 5:3 the key `x` stands twice"], "x:hangup"),
    (
        "x: { play: Thank you for calling., then: bye }\nbye: hangup\n",
        &["F0010 4:14 a bare text here is a prompt's name, never words to be spoken"],
        "x:play! bye:hangup",
    ),
    (
        "x: { play: { text: hi, ssml: ho }, then: bye }\nbye: hangup\n",
        &["F0010 4:26 expected a prompt"],
        "x:play! bye:hangup",
    ),
    (
        "x: { play: { text: \"Hello {nam\" }, then: bye }\nbye: hangup\n",
        &["F0505 4:29 a `{` that is never closed"],
        "x:play bye:hangup",
    ),
    (
        "x: { play: { hello: { at: =a +, b: { c: d } } }, then: bye }\nbye: hangup\n",
        &["F0001 4:33 expected an expression after `+`", "F0010 4:38 expected a value"],
        "x:play! bye:hangup",
    ),
    (
        "x: { play: hello, thn: bye }\nbye: { hangup: true, pley: y }\n",
        &[
            "F0101 4:21 unknown field `thn` in a state of kind `play`",
            "F0101 5:24 unknown field `pley` in a state of kind `hangup`",
        ],
        "x:play! bye:hangup!",
    ),
    (
        "x: { play: hello, hangup: true, transfer: =y }\nbye: { then: x }\n",
        &["F0010 4:35 state `x` has two kinds", "F0110 5:3 state `bye` has no kind"],
        "x:! bye:!",
    ),
    (
        "x: { mneu: { a: { key: 1, to: x } }, ask: y }\nbye: { frobnicate: 3, then: x }\nc: frob\n",
        &[],
        "x:mneu bye:frobnicate c:frob",
    ),
    (
        "x: { answer: yes }\nbye: { hangup: { a: b } }\nc: [hangup]\nd:\n",
        &[
            "F0010 4:16 expected `true`",
            "F0010 5:18 expected a name",
            "F0010 6:6 expected a state",
            "F0006 7:4 an empty value; expected a state",
        ],
        "x:answer! bye:hangup! c:! d:!",
    ),
    (
        "x: { transfer: =settings..desk, play: a }\nbye: { hangup: done, everyone: yes }\n",
        &["F0001 4:28 expected a name after `.`", "F0010 5:34 expected `true`"],
        "x:transfer bye:hangup!",
    ),
    (
        "x: { dial: [=a, [b]], ring_for: { s: 3 } }\nbye: { play: =a }\n",
        &[
            "F0010 4:19 expected an endpoint",
            "F0010 4:35 expected a duration",
            "F0010 5:16 a bare text here is a prompt's name, never words to be spoken",
        ],
        "x:dial! bye:play!",
    ),
    (
        "x: { play: hello, then: { to: x, limit: 3 } }\ny: { play: a, then: { limit: 3, else: x } }\nz: { play: a, then: bye now }\nw: { play: a, then: x limit 3 else z }\n",
        &[
            "F0110 4:36 the field `else` is missing",
            "F0110 5:23 the field `to` is missing",
            "F0001 6:27 expected the end of the line after `bye`",
            "F0001 7:25 expected the end of the line after `x`",
        ],
        "x:play! y:play! z:play! w:play!",
    ),
    (
        "x: { play: hello, on: { busy | : x, failed: 3 4, no answer: x } }\n",
        &[
            "F0001 4:33 expected an outcome after `|`",
            "F0001 4:49 expected the end of the line after `3`",
            "F0001 4:55 expected `left`, `|` or the end of the line after `no`",
        ],
        "x:play!",
    ),
    (
        "x:\n  menu: { a: { kee: 1 }, B: { key: 1 }, c: x, d: { key: 1, to: x, limit: 3 } }\n  ask: y\n  retry: { no_input: 2, silence: 3 }\n  reprompt: { no_input: a, no_match: [b, { text: hi }], c: d }\n",
        &[
            "F0101 5:18 unknown field `kee` in a choice",
            "F0108 5:28 `B` is not a name",
            "F0010 5:46 expected a choice",
            "F0110 5:69 the field `else` is missing",
            "F0101 7:27 unknown field `silence` in `retry`",
            "F0101 8:59 unknown field `c` in `reprompt`",
        ],
        "x:menu!",
    ),
    (
        "x: { recognize: dtmf, ask: [a, { b: c }], save: pin, hear: agent, max_tones: 4 }\n",
        &["F0010 4:39 expected arguments"],
        "x:recognize!",
    ),
    (
        "Bye: hangup\nmenu: hangup\n2x: hangup\n",
        &["F0108 4:3 `Bye` is not a name", "F0108 5:3 `menu` cannot be a name", "F0108 6:3 `2x` is not a name"],
        "Bye:hangup menu:hangup 2x:hangup",
    ),
    ("- x\n- y\n", &["F0010 4:3 expected states"], ""),
    ("x: hangup\u{7}\n", &["F0008 4:12 U+0007 cannot stand in a flow"], "x:hangup"),
];

fn read(text: &str) -> (Flow, Vec<String>) {
    tests::read(text, Spelling::Yaml)
}

fn shown(state: &State) -> String {
    let part = if state.partial { "!" } else { "" };
    format!("{}:{}{part}", state.name.value, state.kind.value)
}

#[test]
fn one_fault_costs_one_finding() {
    for (body, expected, states) in CASES {
        let text: String = body.lines().map(|line| format!("  {line}\n")).collect();
        let (flow, found) = read(&format!("flowc: 1\nflow: a\nstates:\n{text}"));
        assert_eq!(found, *expected, "{body}");
        assert_eq!(flow.states.iter().map(shown).collect::<Vec<_>>().join(" "), *states, "{body}");
    }
}

#[test]
fn heads() {
    let cases: &[(&str, &[&str])] = &[
        ("", &["F0009 1:1 the file does not say the version of the language"]),
        ("# nothing\n", &["F0009 1:1 the file does not say the version of the language"]),
        ("flow: a\n", &["F0009 1:1 the file does not say the version of the language"]),
        ("flowc: 2\nflow: a\n", &["F0009 1:8 this file is in version `2` of the language"]),
        ("\u{FEFF}flowc: 1\r\nflow: a\r\nstates:\r\n  x: hangup\r\n", &[]),
        ("states: { x: hangup }\nflow: a\nflowc: 1\n", &[]),
        ("flowc: 1\n", &["F0110 1:1 the flow has no name"]),
        ("flowc: 1\nflow: a\nstart:\n", &["F0006 3:6 an empty value; expected the name of a state"]),
        ("flowc: 1\nflow: a\nstrat: x\n", &["F0101 3:1 unknown field `strat` in a flow"]),
        ("flowc: 1\nflow: a\nuse: words\n", &["F0010 3:6 expected a list of names"]),
        ("flowc: 1\nflow: a\npolicy: [x]\nneeds: { a: b }\n", &["F0001 3:10 expected a policy"]),
        (
            "flowc: 1\nflow: a\nvars: { x: digits(a), y: [text], z: , w: list }\n",
            &[
                "F0001 3:19 expected a number after `(`",
                "F0010 3:26 expected a type",
                "F0006 3:35 an empty value; expected a type",
                "F0001 3:46 expected a type after `list`",
            ],
        ),
        ("flowc: 1\n---\nflow: a\n", &["F0003 2:1 a second document cannot stand in a flow"]),
        ("a\nb\n", &["F0010 1:1 expected a flow"]),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text).1, *expected, "{text:?}");
    }
}

#[test]
fn kinds_of_files() {
    let cases = [
        ("flowc: 1\n", Some(FileKind::Flow)),
        ("states: {}\nflow: x\n", Some(FileKind::Flow)),
        ("\u{FEFF}# hi\n\nprompts: words\n", Some(FileKind::Library)),
        ("flow: x\nscenario: y\n", Some(FileKind::Script)),
        ("\"service\": crm\n", Some(FileKind::Service)),
        ("calendar : office\n", Some(FileKind::Calendar)),
        ("  prompts: x\n", None),
        ("", None),
    ];
    for (text, kind) in cases {
        assert_eq!(yaml_file_kind(text), kind, "{text}");
    }
}

#[test]
fn libraries() {
    let text = "prompts: words\nvoices: { en-GB: en-GB-SoniaNeural }\nhello:\n  takes: { name: text, at: time }\n  en-GB: >\n    Hello {name},\n    at {at clock}.\n  cy-GB: { file: cy/hello.wav, transcript: \"Helo {name}\" }\nbye: { en-GB: { ssml: <speak/> } }\n";
    let mut sources = Sources::default();
    let file = sources.add("words.yaml", text);
    let (library, found) = read_library(&sources, file);
    assert!(found.is_empty(), "{found:#?}");
    let library = library.unwrap();
    assert_eq!(library.name.value, "words");
    assert_eq!(library.voices[0].1.value, "en-GB-SoniaNeural");
    assert_eq!(library.prompts.len(), 2);
    assert_eq!(library.prompts[0].takes.len(), 2);
    assert_eq!(library.prompts[0].wordings.len(), 2);

    let cases: &[(&str, &[&str])] = &[
        ("prompts: words\nhello: { en-GB: Hi {name}, takes: x }\n", &["F0002 2:20 expected `,` or `}`"]),
        ("prompts: words\nhello:\n  en-GB: Hi # there\n", &["F0005 3:13 a comment begins where none was meant"]),
        (
            "prompts: words\nhello:\n  en-GB: Hi {name\n  cy-GB: { fil: x }\n",
            &["F0505 3:13 a `{` that is never closed", "F0010 4:10 expected a text"],
        ),
        (
            "prompts: words\nhello:\n  en-GB: >\n    Some {words\n    here.\n",
            &["F0505 4:10 a `{` that is never closed"],
        ),
        (
            "prompts: words\ntext: { en-GB: x }\nBye: { en-GB: x }\nmenu: x\n",
            &[
                "F0108 2:1 no prompt may be called `text`",
                "F0108 3:1 `Bye` is not a name",
                "F0108 4:1 `menu` cannot be a name",
                "F0010 4:7 expected wordings by locale",
            ],
        ),
        ("hello: { en-GB: x }\n", &["F0110 1:1 the field `prompts` is missing"]),
    ];
    for (text, expected) in cases {
        let mut sources = Sources::default();
        let file = sources.add("words.yaml", *text);
        let found: Vec<String> = read_library(&sources, file).1.iter().map(|f| tests::line(&sources, f)).collect();
        assert_eq!(found, *expected, "{text}");
    }
}

#[test]
fn scripts() {
    let text = "scenario: refuses one slot\nflow: visit\ngiven:\n  params: { to: \"+441632960100\", visit: { id: v1 } }\nscript:\n  - answer after 6s\n  - hear offer, \"some words\"\n  - press 2\n  - agent: say another day\n  - hang up\n";
    let mut sources = Sources::default();
    let file = sources.add("s.yaml", text);
    let (script, found) = read_script(&sources, file);
    assert!(found.is_empty(), "{found:#?}");
    let script = script.unwrap();
    assert_eq!(script.flow.unwrap().value, "visit");
    assert_eq!(script.params[1].1, serde_json::json!({ "id": "v1" }));
    assert_eq!(script.steps.len(), 5);
    assert_eq!(script.steps[3].who.as_ref().unwrap().value, "agent");

    let cases: &[(&str, &[&str])] = &[
        (
            "scenario: s\nscript: [prss 1, press x, hear, answer]\nexpect: x\n",
            &[
                "F0701 2:10 no script has a step `prss`",
                "F0402 2:24 `x` is not a telephone key",
                "F0701 2:31 expected `start` or the name of a prompt or words in quotes after `hear`",
                "F0010 3:9 expected what has to be so in the end",
            ],
        ),
        ("scenario: s\nscript:\n  - press #\n", &["F0005 3:11 a comment begins where none was meant"]),
        ("scenario: s\n", &["F0110 1:1 the field `script` is missing"]),
        ("script: []\n", &["F0110 1:1 the field `scenario` is missing"]),
        (
            "scenario: s\nscript: answer\ngven: x\n",
            &["F0010 2:9 expected a list of steps", "F0101 3:1 unknown field `gven` in a scenario"],
        ),
    ];
    for (text, expected) in cases {
        let mut sources = Sources::default();
        let file = sources.add("s.yaml", *text);
        let found: Vec<String> = read_script(&sources, file).1.iter().map(|f| tests::line(&sources, f)).collect();
        assert_eq!(found, *expected, "{text}");
    }
}
