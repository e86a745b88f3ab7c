//! Reachability and cycles, by hand and against brute force.

use crate::language::check::names::World;
use crate::language::check::tests::{check, found, inbound};
use std::collections::BTreeSet;
use std::fmt::Write;

#[test]
fn states_that_nothing_leads_to() {
    assert_eq!(
        found(&inbound("s: play \"a\" -> bye\nlost: play \"b\" -> lost2\nlost2: play \"c\" -> bye")),
        ["F0301 lost"]
    );
    let ring = "s: play \"a\" -> bye\nx: play \"b\" -> y limit 1 else bye\ny: play \"c\" -> x\nz: play \"d\" -> x";
    assert_eq!(found(&inbound(ring)), ["F0301 z"]);
    let ring = "s: play \"a\" -> bye\ny: play \"c\" -> x\nx: play \"b\" -> y limit 1 else bye";
    assert_eq!(found(&inbound(ring)), ["F0301 y"]);
    // A misspelled target is one finding.
    assert_eq!(found(&inbound("s: play \"a\" -> thanx\nthanks: play \"b\" -> bye")), ["F0102 thanx"]);
    assert_eq!(found(&inbound("s: play \"a\" -> xyzzy\nthanks: play \"b\" -> bye")), ["F0102 xyzzy"]);
}

#[test]
fn cycles_without_a_bound() {
    assert_eq!(
        found(&inbound("s: play \"a\" -> t\nt: menu ask \"{key again}\" { again = 1 -> s; exhausted -> bye }")),
        ["F0303 s"]
    );
    let (_, findings, _) = check(
        &inbound("s: play \"a\" -> t\nt: menu ask \"{key again}\" { again = 1 -> s; exhausted -> bye }"),
        &World::default(),
    );
    assert_eq!(findings[0].message, "a cycle without a bound: s -> t -> s");
    let bounded =
        "s: play \"a\" -> t\nt: menu ask \"{key again}\" { again = 1 -> s limit 3 else bye; exhausted -> bye }";
    assert!(found(&inbound(bounded)).is_empty());
    let otherwise =
        "s: play \"a\" -> t\nt: menu ask \"{key again}\" { again = 1 -> bye limit 3 else s; exhausted -> bye }";
    assert_eq!(
        found(&inbound(otherwise)),
        ["F0303 again = 1 -> bye limit 3 else s"].map(|_| "F0303 bye limit 3 else s")
    );
    assert_eq!(found(&inbound("s: menu ask \"{key repeat}\" { repeat = 1 -> s; exhausted -> bye }")), ["F0303 s"]);
}

#[test]
fn rules_that_happen_once_make_no_cycle() {
    assert!(
        found(&inbound("s: play \"a\" -> t { after 30s -> bye }\nt: play \"b\" -> bye\nalways after 4m -> s"))
            .is_empty()
    );
    assert_eq!(found(&inbound("s: play \"a\" -> bye { after 30s -> s }")), ["F0303 after 30s -> s"]);
}

/// A flow that brings an agent in and waits with them; what becomes of it when they leave, and more lines.
fn with_agent(left: &str, more: &str) -> String {
    let ring = "ring: add agent, target settings.desk -> talk { busy | no_answer | declined | unreachable -> bye }";
    let talk = format!("talk: wait 1m -> bye {{ agent left -> {left} }}");
    let head = "flow t inbound\nparticipant agent\nsettings { desk: phone }\nstart a\na: answer -> brief";
    format!("{head}\n{}\nbye: hangup\n", more.replace("RING", ring).replace("TALK", &talk))
}

#[test]
fn whoever_leaves_leaves_once_unless_something_brings_them_back() {
    let plain = "brief: play \"a\" -> ring\nRING\nTALK";
    assert!(found(&with_agent("talk", plain)).is_empty());
    assert_eq!(found(&with_agent("ring", plain)), ["F0303 agent left -> ring"]);
    assert_eq!(found(&with_agent("brief", plain)), ["F0303 agent left -> brief"]);
}

#[test]
fn who_joins_in_a_group_is_not_where_its_conditions_did_not_come_about() {
    let group =
        "g: while recording active, else bare {\nbrief: play \"a\" -> ring\nRING\nTALK\n}\nbare: wait 1m -> bye";
    assert!(found(&with_agent("talk", group)).is_empty());
    // Entered again from outside, they are there.
    let again = group.replace(
        "bare: wait 1m -> bye",
        "bare: wait 1m -> bye\nout: wait 1m -> brief limit 2 else bye { agent left -> bye }",
    );
    assert_eq!(found(&with_agent("out", &again)), Vec::<String>::new());
    let back = again.replace("RING\nTALK", "RING\ntalk: wait 1m -> out { agent left -> bye }");
    assert_eq!(found(&with_agent("bye", &back)), ["F0201 bare"]);
}

#[test]
fn cycles_that_neither_wait_nor_count() {
    let decides = "s: decide { if 1 == 1 -> t; else -> bye }\nt: decide { if 1 == 2 -> s; else -> bye }";
    assert_eq!(found(&inbound(decides)), ["F0302 if 1 == 2 -> s"]);
}

/// Small random graphs of plays: a finding for each strongly connected part, as found by trying every path.
#[test]
fn cycles_as_brute_force_finds_them() {
    let mut seed = 7_u64;
    let mut random = move |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let mut with_cycles = 0;
    for _ in 0..300 {
        let count = 2 + random(5) as usize;
        let mut next = vec![Vec::new(); count];
        let mut text = String::from("flow t inbound\nstart a\na: answer -> s0\n");
        for (state, next) in next.iter_mut().enumerate() {
            let (done, failed, limited) = (random(count as u64 + 1), random(count as u64 + 1), random(2) == 0);
            let name = |target: u64| if target as usize == count { "bye".to_owned() } else { format!("s{target}") };
            let limit = if limited { " limit 2 else bye" } else { "" };
            writeln!(text, "s{state}: play \"x\" -> {}{limit} {{ failed -> {} }}", name(done), name(failed)).unwrap();
            let unlimited = if limited { None } else { Some(done) };
            next.extend(
                unlimited.into_iter().chain([failed]).filter(|to| (*to as usize) < count).map(|to| to as usize),
            );
        }
        text.push_str("bye: hangup\n");
        // Unlimited reach and, for the start, any reach (limits do not keep a state from being reached).
        let reach = |from: usize| {
            let mut seen = BTreeSet::new();
            let mut open = next[from].clone();
            while let Some(state) = open.pop() {
                if seen.insert(state) {
                    open.extend(&next[state]);
                }
            }
            seen
        };
        let (_, findings, _) = check(&text, &World::default());
        let unreached: BTreeSet<String> = findings
            .iter()
            .filter(|finding| finding.code.as_str() == "F0301")
            .map(|finding| finding.message.clone())
            .collect();
        if !unreached.is_empty() {
            continue;
        }
        let parts: BTreeSet<BTreeSet<usize>> = (0..count)
            .filter(|state| reach(*state).contains(state))
            .map(|state| reach(state).into_iter().filter(|other| reach(*other).contains(&state)).collect())
            .collect();
        let cycles = findings.iter().filter(|finding| finding.code.as_str() == "F0303").count();
        assert_eq!(cycles, parts.len(), "{text}\n{findings:?}");
        with_cycles += usize::from(cycles > 0);
    }
    assert!(with_cycles > 30, "{with_cycles}");
}

#[test]
fn ten_thousand_states_in_a_row() {
    let mut text = String::from("flow t inbound\nalways after 4m -> bye\nstart a\na: answer -> s0\n");
    for state in 0..10_000 {
        writeln!(text, "s{state}: play \"number {state}\" -> s{}", state + 1).unwrap();
    }
    text.push_str("s10000: play \"end\" -> bye\nbye: hangup\n");
    let (checked, findings, _) = check(&text, &World::default());
    assert!(findings.is_empty());
    assert_eq!(checked.unwrap().states.len(), 10_003);
}
