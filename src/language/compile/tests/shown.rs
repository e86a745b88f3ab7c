//! Programs as scripts and people read them: JSON, Mermaid, DOT.

use crate::language::compile::tests::{IVR, ODD, compile, program};
use crate::language::flow::label::Label;
use crate::language::graph::show;
use crate::language::graph::source_map::By;
use crate::platform::outcomes::Outcome;
use serde_json::json;

#[test]
fn the_graph_as_scripts_read_it() {
    let (project, _) = compile(&[("ivr.flow", IVR)]);
    let flow = &project.flows[0];
    let graph = show::json(flow.program.as_ref().unwrap(), &flow.source_map);
    assert_eq!(graph["flow"], "ivr");
    assert_eq!(graph["hash"].as_str().unwrap().len(), 64);
    let names: Vec<&str> = graph["states"].as_array().unwrap().iter().map(|s| s["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["nobody", "pick_up", "sales", "support", "team", "welcome"]);
    let line = IVR.lines().position(|line| line.starts_with("team:")).unwrap() + 1;
    assert_eq!(
        graph["states"][4],
        json!({"name": "team", "kind": "recognize", "form": "menu", "file": "ivr.flow", "line": line})
    );
    let edges = graph["edges"].as_array().unwrap();
    let of = |from: &str| -> Vec<String> {
        let edges = edges.iter().filter(|edge| edge["from"] == from);
        edges.map(|edge| format!("{} {}", edge["outcome"].as_str().unwrap(), edge["to"].as_str().unwrap())).collect()
    };
    assert_eq!(
        of("team"),
        ["exhausted nobody", "failed return", "party left return", "sales sales", "support support"]
    );
    assert_eq!(
        of("sales"),
        [
            "accepted return",
            "busy nobody",
            "declined nobody",
            "failed nobody",
            "no_answer nobody",
            "party left return",
            "unreachable nobody"
        ]
    );
    assert_eq!(
        edges[0],
        json!({"from": "pick_up", "outcome": "connected", "to": "welcome", "limit": null, "else": null})
    );
}

#[test]
fn limits_rules_and_branches_are_shown() {
    let program = program(ODD);
    let graph = show::json(&program, &crate::language::graph::SourceMap::default());
    let edges = graph["edges"].as_array().unwrap();
    assert!(edges.contains(&json!({"from": "m", "outcome": "x", "to": "m", "limit": 3, "else": "end"})));
    assert!(edges.contains(&json!({"from": "m", "outcome": "after 4m", "to": "end", "limit": null, "else": null})));
    assert!(
        edges.contains(&json!({"from": "d", "outcome": "if tier == \"gold\"", "to": "m", "limit": null, "else": null}))
    );
    assert!(
        edges.contains(&json!({"from": "m", "outcome": "party left", "to": "return bad", "limit": null, "else": null}))
    );
    assert!(!edges.iter().any(|edge| edge["from"] == "d" && edge["outcome"] == "party left"));
    let mermaid = show::mermaid(&program);
    assert!(mermaid.starts_with("flowchart TD\n") && mermaid.contains("if tier == #34;gold#34;"), "{mermaid}");
    let dot = show::dot(&program);
    assert!(dot.starts_with("digraph \"odd\" {\n") && dot.contains("if tier == \\\"gold\\\""), "{dot}");
    assert_eq!(dot.matches('{').count(), 1);
}

#[test]
fn places_are_told_for_every_flow_that_is_run() {
    let run = |name: &str, call: &str, other: &str| {
        let head =
            format!("flowc 1\nflow {name} {call}\nuse {other}\nreturns done_so\ndefault failed -> return done_so\n");
        format!("{head}always party left -> return done_so\nstart here\nhere: run {other} -> return done_so\n")
    };
    let last = "flowc 1\nflow last live\nreturns done_so\ndefault failed -> return done_so\n\
                always party left -> return done_so\nstart here\nhere: play \"Hi.\" -> return done_so\n";
    let first =
        "flowc 1\nflow first inbound\nuse middle\nstart up\nup: answer -> here\nhere: run middle -> bye\nbye: hangup\n";
    let middle = run("middle", "live", "last");
    let (project, _) = compile(&[("first.flow", first), ("middle.flow", &middle), ("last.flow", last)]);
    let map = &project.flow("first").unwrap().source_map;
    let place = |flow: Option<&str>| {
        let place = map.of_flow(flow).and_then(|map| map.state("here"));
        place.map(|place| format!("{}:{}", place.file, place.line))
    };
    assert_eq!(place(None).as_deref(), Some("first.flow:6"));
    assert_eq!(place(Some("middle")).as_deref(), Some("middle.flow:8"));
    assert_eq!(place(Some("last")).as_deref(), Some("last.flow:7"));
    assert_eq!(place(Some("nobody")), None);
    let left = |flow: &str, state: &str| Some(map.of_flow(Some(flow))?.edge_place(state, &Label::PartyLeft)?.by);
    assert_eq!(left("last", "here"), Some(By::Always));
    let failed = map.of_flow(Some("last")).unwrap().edge_place("here", &Label::Outcome(Outcome::Failed)).unwrap();
    assert_eq!((failed.by, failed.place.line), (By::Defaults, 4));
}
