//! Whole flows: several faults, broken lines, good flows.

use crate::language::check::names::World;
use crate::language::check::tests::{check, found, inbound};

#[test]
fn several_faults_are_several_findings() {
    let text = inbound("s: play \"hello\" -> thanx { bussy -> bye }\nthanks: menu ask \"{nmae}\" { yes = 1 -> bye }");
    assert_eq!(found(&text), ["F0102 thanx", "F0202 bussy", "F0201 thanks", "F0105 nmae"]);
}

#[test]
fn one_bad_line_costs_one_finding() {
    // The state cannot be read whole, so nothing is said of what it lacks, nor of what only it led to.
    let text = inbound("s: play \"hello\" - > next\nnext: play \"there\" -> bye");
    assert_eq!(found(&text).len(), 1, "{:?}", found(&text));
    let text = inbound("returns | good\ns: hangup good");
    assert_eq!(found(&text).len(), 1, "{:?}", found(&text));
}

#[test]
fn checked_flows_are_whole() {
    let (checked, findings, _) = check(&inbound("s: play \"hello\" -> bye"), &World::default());
    assert!(findings.is_empty());
    let checked = checked.unwrap();
    let names: Vec<&str> = checked.states.iter().map(|state| state.state.name.as_str()).collect();
    assert_eq!(names, ["a", "s", "bye"]);
    assert_eq!(checked.start, 0);
}
