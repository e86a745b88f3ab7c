//! The pictures of the example flows: as they were, with every route of the graph in sight, and nothing fetched from anywhere.

use crate::harness::Flowc;
use roxmltree::{Document, Node};
use serde_json::Value;
use std::path::Path;

const EXAMPLES: [&str; 4] = ["front_desk", "hello", "ivr", "visit_reminder"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn graph(flow: &str, format: &[&str]) -> String {
    let folder = format!("flows/{flow}");
    let args = ["graph", folder.as_str()].into_iter().chain(format.iter().copied());
    Flowc::new(args.collect::<Vec<_>>()).in_folder(root()).run().expect(0).stdout
}

#[test]
fn examples_look_as_they_did() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("pictures");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for flow in EXAMPLES {
            insta::assert_snapshot!(flow, graph(flow, &[]));
        }
    });
}

#[test]
fn the_picture_of_the_readme_is_fresh() {
    let committed = std::fs::read_to_string(root().join("docs/front_desk.svg")).expect("the picture is there");
    assert!(
        committed == graph("front_desk", &[]),
        "run `cargo run -- graph flows/front_desk > docs/front_desk.svg` and look at what changed"
    );
}

/// Whether an element of the picture shows a route.
fn shows(node: &Node<'_, '_>, from: &str, outcome: &str, to: &Value) -> bool {
    let has = |name, separator: &str, part: &str| {
        node.attribute(name).is_some_and(|value| value.split(separator).any(|one| one == part))
    };
    has("data-from", " ", from) && has("data-outcome", " | ", outcome) && node.attribute("data-to") == to.as_str()
}

#[test]
fn every_route_is_in_sight() {
    for flow in EXAMPLES {
        let svg = graph(flow, &[]);
        let page = Document::parse(&svg).expect("XML");
        let wanted: Value = serde_json::from_str(&graph(flow, &["--format", "json"])).expect("JSON");
        for edge in wanted["edges"].as_array().expect("edges") {
            let (from, outcome) =
                (edge["from"].as_str().expect("a state"), edge["outcome"].as_str().expect("an outcome"));
            let shown = page.descendants().any(|node| shows(&node, from, outcome, &edge["to"]));
            assert!(shown, "{flow}: {from} {outcome} is not in the picture");
            let otherwise = format!("{outcome} else");
            let shown = page.descendants().any(|node| shows(&node, from, &otherwise, &edge["else"]));
            assert_eq!(shown, !edge["else"].is_null(), "{flow}: {from} {otherwise}");
        }
        for state in wanted["states"].as_array().expect("states") {
            let id = format!("state-{}", state["name"].as_str().expect("a name"));
            assert!(page.descendants().any(|node| node.attribute("id") == Some(&id)), "{flow}: no {id}");
        }
    }
}

#[test]
fn pictures_need_nothing_else() {
    for flow in EXAMPLES {
        let svg = graph(flow, &[]);
        assert_eq!(svg.matches("http").count(), 1, "{flow}: the name of the format alone");
        for word in ["url(", "href", "@import", "<script", "<image", "<foreignObject", "javascript"] {
            assert!(!svg.contains(word), "{flow}: {word}");
        }
        for word in ["role=\"img\"", "<title id=", "<desc id=", "prefers-color-scheme:dark"] {
            assert!(svg.contains(word), "{flow}: no {word}");
        }
    }
    assert!(graph("front_desk", &[]).contains("party left → return abandoned"));
}
