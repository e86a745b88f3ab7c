//! `flowc explain FILE STATE` as people and programs read it.

use crate::harness::{Flowc, Folder, Output};
use serde_json::Value;
use std::path::Path;

fn explain(args: &[&str]) -> Output {
    Flowc::new(["explain"].iter().chain(args).copied()).in_folder(Path::new(env!("CARGO_MANIFEST_DIR"))).run()
}

#[test]
fn states_of_the_examples_are_explained_as_before() {
    let pages = [
        ("menu", "flows/front_desk/front_desk.flow", "main_menu"),
        ("collect_in_a_scope", "flows/live_help", "ask_card"),
        ("invoke", "flows/live_help", "charge"),
        ("transfer", "flows/northwind", "hand_over.try_team"),
        ("take_message", "flows/northwind/hand_over.flow.yaml", "message"),
        ("dial", "flows/visit_reminder/visit_reminder.flow", "ring"),
    ];
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/explained"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (name, file, state) in pages {
        let output = explain(&[file, state]).expect(0);
        assert_eq!(output.stderr, "");
        assert!(!output.stdout.contains('\x1b'), "colour in a pipe");
        settings.bind(|| insta::assert_snapshot!(name, output.stdout));
    }
}

#[test]
fn an_explanation_as_json_has_its_shape() {
    let output = explain(&["flows/front_desk/front_desk.flow", "main_menu", "--format", "json"]).expect(0);
    let page: Value = serde_json::from_str(&output.stdout).expect("JSON");
    assert_eq!((&page["flow"], &page["state"]), (&Value::from("front_desk"), &Value::from("main_menu")));
    assert_eq!((&page["kind"], &page["form"]), (&Value::from("recognize"), &Value::from("menu")));
    let outcome = |name: &str| {
        let all = page["outcomes"].as_array().expect("a list");
        all.iter().find(|outcome| outcome["outcome"] == name).cloned().unwrap_or_default()
    };
    assert_eq!(outcome("repeat")["limit"], 2);
    assert_eq!(outcome("repeat")["else"], "reception");
    assert_eq!(outcome("failed")["by"], "defaults");
    assert_eq!(outcome("party left")["by"], "always");
    assert_eq!(outcome("sales")["place"]["line"], 25);
    let options = page["options"].as_array().expect("a list");
    let from = |name: &str| options.iter().find(|option| option["name"] == name).map(|option| option["from"].clone());
    assert_eq!(from("retry"), Some(Value::from("defaults")));
    assert_eq!(from("first_key"), Some(Value::from("built_in")));
    let request = &page["requests"][0];
    assert_eq!((&request["operation"], &request["method"]), (&Value::from("Recognize"), &Value::from("POST")));
    assert_eq!(request["body"]["recognizeOptions"]["dtmfOptions"]["maxTonesToCollect"], 1);
    assert_eq!(page["scope"], Value::Null);
}

#[test]
fn both_spellings_are_explained_alike() {
    let page = |file: &str| {
        let output = explain(&[file, "identify", "--format", "json"]).expect(0);
        let page: Value = serde_json::from_str(&output.stdout).expect("JSON");
        let names = |list: &Value, fields: [&str; 2]| -> Vec<String> {
            let rows = list.as_array().expect("a list").iter();
            rows.map(|row| format!("{} {}", row[fields[0]], row[fields[1]])).collect()
        };
        let all = (names(&page["outcomes"], ["outcome", "by"]), names(&page["options"], ["name", "from"]));
        (all, page["requests"].clone())
    };
    assert_eq!(page("flows/front_desk/front_desk.flow"), page("flows/front_desk/front_desk.flow.yaml"));
}

#[test]
fn defaults_of_the_language_are_named_as_such() {
    let flow = "flowc 1\nflow hello inbound\nstart a\na: answer -> b\nb: transfer \"+441632960100\" -> return { failed -> c }\n\
                c: play \"Hi.\" -> d\nd: hangup\n";
    let folder = Folder::new().with("hello.flow", flow);
    let page =
        |state: &str| Flowc::new(["explain", "hello.flow", state]).in_folder(folder.path()).run().expect(0).stdout;
    let transfer = page("b");
    for line in [
        "  busy         -> c       built in: where `failed` goes  hello.flow:5\n",
        "  party left   -> return  built in: the call ends\n",
    ] {
        assert!(transfer.contains(line), "{transfer}");
    }
    assert!(page("d").contains("none: the call ends here"));
    assert!(page("c").contains("  must_hear  no"), "{}", page("c"));
}

#[test]
fn what_cannot_be_explained_says_what_can() {
    let fails = |args: &[&str]| explain(args).expect(2).stderr;
    assert!(fails(&["flows/front_desk/front_desk.flow", "mian_menu"]).contains("did you mean `main_menu`?"));
    assert!(fails(&["flows/northwind", "hand_over.offr"]).contains("did you mean `offer`?"));
    assert!(fails(&["flows/northwind", "hand_ovr.offer"]).contains("did you mean `hand_over`?"));
    assert!(fails(&["flows/hello/hello.flow"]).contains("name one of its states: "));
    assert!(fails(&["flows/hello/nobody.flow", "x"]).contains("there is no `flows/hello/nobody.flow`"));
    let two = |flow: &str| format!("flowc 1\nflow {flow} inbound\nstart a\na: answer -> b\nb: hangup\n");
    let folder = Folder::new().with("one.flow", two("one")).with("two.flow", two("two"));
    let run = |what: &str, state: &str| Flowc::new(["explain", what, state]).in_folder(folder.path()).run();
    assert!(run(".", "b").expect(2).stderr.contains("one.b, two.b"));
    assert!(run("two.flow", "b").expect(0).stdout.starts_with("b: hangup, in flow `two`"));
    let broken = Folder::new().with("x.flow", two("x").replace("-> b", "-> c"));
    let output = Flowc::new(["explain", "x.flow", "a"]).in_folder(broken.path()).run().expect(1);
    assert!(output.stderr.contains("F0102") && output.stdout.is_empty(), "{}", output.stderr);
}

#[test]
fn what_a_call_may_be_like_is_explained_and_drawn() {
    let output = explain(&["flows/live_help", "ask_card", "--format", "json"]).expect(0);
    let page: Value = serde_json::from_str(&output.stdout).expect("JSON");
    let facts = page["condition"].as_array().expect("a list");
    let may_be = |of: &str| facts.iter().find(|fact| fact["of"] == of).map(|fact| fact["may_be"].clone());
    assert_eq!(may_be("line"), Some(Value::from("up")));
    assert_eq!(may_be("agent"), Some(Value::from("on hold")));
    assert_eq!(may_be("recording"), Some(Value::from("paused")));
    let graph = |format: &str| {
        let file = "flows/recorded_line/recorded_line.flow";
        let args = ["graph", file, "--conditions", "--format", format];
        Flowc::new(args).in_folder(Path::new(env!("CARGO_MANIFEST_DIR"))).run().expect(0).stdout
    };
    let json: Value = serde_json::from_str(&graph("json")).expect("JSON");
    let states = json["states"].as_array().expect("a list");
    let of = |name: &str| states.iter().find(|state| state["name"] == name).map(|state| state["condition"].clone());
    assert_eq!(of("advice").unwrap_or_default()["adviser"], "there");
    assert_eq!(of("withdrawn").unwrap_or_default()["recording"], "none");
    assert_eq!(of("pick_up").unwrap_or_default()["line"], "not up yet");
    for format in ["svg", "mermaid", "dot"] {
        assert!(graph(format).contains("adviser there"), "{format}");
    }
}
