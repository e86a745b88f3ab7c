//! Declarations, kinds, what is missing and what comes later.

use crate::language::check::tests::{found, help, inbound};

#[test]
fn a_good_flow_has_no_findings() {
    assert!(found(&inbound("s: play \"hello\" -> bye")).is_empty());
}

#[test]
fn unknown_states_and_kinds() {
    let text = inbound("s: play \"hello\" -> by");
    assert_eq!(found(&text), ["F0102 by"]);
    assert_eq!(help(&text), ["did you mean `bye`?"]);
    assert_eq!(found(&inbound("s: pley \"hello\" -> bye")), ["F0104 pley"]);
    assert_eq!(found("flow t inbound\nstart b\na: answer -> bye\nbye: hangup"), ["F0102 b"]);
    assert_eq!(found(&inbound("s: play \"hello\" -> bye limit 2 else elsewhere")), ["F0102 elsewhere"]);
}

#[test]
fn names_declared_twice() {
    let twice = inbound("s: play \"a\" -> bye\ns: play \"b\" -> bye");
    assert_eq!(found(&twice), ["F0103 s"]);
    let head = "param x: text\nvar x: text?\nsettings { y: text; y: phone }\n";
    let found = found(&inbound(&format!("s: play \"a\" -> bye\n{head}")));
    assert_eq!(found, ["F0103 x", "F0103 y"]);
}

#[test]
fn people_signals_and_groups_by_name() {
    assert_eq!(found(&inbound("s: collect pin, ask \"Pin?\" -> bye { exhausted -> bye }")), ["F0115 pin"]);
    assert_eq!(found(&inbound("s: play \"a\" -> bye { agent left -> bye }")), ["F0116 agent"]);
    assert_eq!(found(&inbound("s: play \"a\" -> bye { key 0 by agnet -> bye }\nparticipant agent")), ["F0116 agnet"]);
    assert_eq!(found(&inbound("s: play \"a\" -> bye { signal stop -> bye }")), ["F0116 stop"]);
    assert_eq!(found(&inbound("s: mute agent -> bye")), ["F0116 agent"]);
    assert_eq!(found(&inbound("s: hours office.main { open | closed | holiday -> bye }")), ["F0116 office.main"]);
    assert_eq!(found(&inbound("s: run other -> bye")), ["F0116 other"]);
    assert_eq!(found(&inbound("s: invoke crm.find -> bye")), ["F0116 crm.find"]);
    assert_eq!(found(&inbound("s: play \"a\" -> bye\nparticipant party")), ["F0108 party"]);
    assert_eq!(found("flow t live\nstart s\ns: play \"a\" -> bye\nbye: hangup"), Vec::<String>::new());
}

#[test]
fn what_a_flow_and_a_state_must_say() {
    assert_eq!(found("flow t\nstart a\na: answer -> bye\nbye: hangup"), ["F0110 flow t"]);
    assert_eq!(found("flow t inbound\na: answer -> bye\nbye: hangup"), ["F0110 flow t inbound"]);
    assert_eq!(found(&inbound("s: menu { yes = 1 -> bye; exhausted -> bye }")), ["F0110 menu"]);
    assert_eq!(
        found(&inbound("s: transfer -> return { failed -> bye; busy | no_answer | declined | unreachable -> bye }")),
        ["F0110 transfer"]
    );
    assert_eq!(found(&inbound("var x: text?\ns: x = play \"a\" -> bye")), ["F0101 x"]);
}

#[test]
fn types_and_uses() {
    assert_eq!(found(&inbound("param x: txet\ns: play \"a {x}\" -> bye")), ["F0114 txet"]);
    assert_eq!(found(&inbound("param x: digits(6..4)\ns: play \"a {x}\" -> bye")), ["F0404 digits(6..4)"]);
    assert_eq!(found(&inbound("use words\ns: play welcome -> bye")), ["F0109 words"]);
}

#[test]
fn how_a_call_begins() {
    assert_eq!(found("flow t inbond\nstart a\na: answer -> bye\nbye: hangup"), ["F0401 inbond"]);
}
