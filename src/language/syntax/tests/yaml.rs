//! The YAML spelling.

use crate::language::syntax::ast::{Flow, Spelling};
use crate::language::syntax::tests;

fn read(text: &str) -> (Flow, Vec<String>) {
    tests::read(text, Spelling::Yaml)
}

#[test]
fn scratch() {
    let head = "flowc: 1\nflow: a\nstates:\n";
    for body in [
        "  x: { play: hello, end: # }\n  bye: hangup\n",
        "  x:\n    recognize: dtmf\n    stop: #\n    ask: y\n  bye: hangup\n",
        "  x:\n    on:\n      key #9 by agent: bye\n  bye: hangup\n",
        "  x: { play: { text: Press # to finish }, then: bye }\n  bye: hangup\n",
        "  x:\n    play:\n      text: Press # to finish\n  bye: hangup\n",
        "  x:\n    menu:\n      a: { key: *, to: x }\n  bye: hangup\n",
        "  x:\n    menu:\n      a:\n        key: *\n        to: x\n  bye: hangup\n",
        "  x:\n    menu:\n      a: { say: [*, repeat], key: 1, to: x }\n  bye: hangup\n",
        "  x:\n    decide:\n      - { if: a in [1, 2], to: bye }\n  bye: hangup\n",
        "  x:\n    decide:\n      - { if: a ? b : c, to: bye }\n  bye: hangup\n",
        "  x:\n    play: { text: Note: closed }\n  bye: hangup\n",
        "  x:\n    play:\n      text: Note: closed\n  bye: hangup\n",
        "  x:\n    play:\n    then: bye\n  bye: hangup\n",
        "  x: { play: hello, then: bye\n  bye: hangup\n  b: hangup\n",
        "  x: { play: hello, then: bye\n",
        "  x: play: hello\n  bye: hangup\n",
        "  x\n    play: hello\n  bye: hangup\n",
        "  x: { play: { text: \"hello }, then: bye }\n  bye: hangup\n  c: { play: { text: \"hello\" }, then: bye }\n",
        "  x:\n\tplay: hello\n  bye: hangup\n",
        "\tx: hangup\n\tbye: hangup\n",
        "  x: @foo\n  bye: hangup\n",
        "  x: hangup }\n  bye: hangup\n",
        "  x: { play: hello }}\n  bye: hangup\n",
        "  x: { play: [a, b }\n  bye: hangup\n",
        "  x: { play: { text: \"a\\qb\" } }\n  bye: hangup\n",
        "  x: { play: { text: \"a\" b } }\n  bye: hangup\n",
        "  x: hangup\n   bye: hangup\n  c: hangup\n",
        "  x:\n    hangup: true\n   bye: hangup\n  c: hangup\n",
        "  x: &a hangup\n  y: *a\n  <<: z\n",
        "  - x\n  - y\n",
    ] {
        let (flow, found) = read(&format!("{head}{body}"));
        let states: Vec<_> = flow.states.iter().map(|s| s.name.value.as_str()).collect();
        println!("{body}   {states:?}\n{found:#?}\n");
    }
}
