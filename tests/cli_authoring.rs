//! The commands that help to write: `explain`, `new`, `check --fix`.

use crate::harness::{Flowc, Folder};

fn flowc(args: &[&str]) -> Flowc {
    Flowc::new(args.iter().copied())
}

const SLIP: &str = "flowc 1\nflow one inbound // ours\nstart hello\n\nhello: answer -> greet\ngreet: plya \"Hello.\" -> \
                    bey\nbey: hangup\n";

#[test]
fn a_page_is_explained() {
    let output = flowc(&["explain", "f0102"]).run().expect(0);
    assert!(output.stdout.starts_with("error F0102: unknown state\n\n"), "{}", output.stdout);
    assert!(output.stdout.contains("\nWhy it matters to callers\n"), "{}", output.stdout);
    assert!(!output.stdout.contains('\u{1b}') && !output.stdout.contains("```"), "{}", output.stdout);
    let output = flowc(&["explain", "F0102", "--format", "json"]).run().expect(0);
    let page = &output.json_lines()[0];
    assert_eq!((&page["code"], &page["severity"]), (&"F0102".into(), &"error".into()));
    assert!(page["page"].as_str().expect("a page").starts_with("# F0102: unknown state\n"));
    let output = flowc(&["explain", "F0120"]).run().expect(2);
    assert!(output.stderr.contains("did you mean `F01") && output.stderr.lines().count() == 1, "{}", output.stderr);
    let all = flowc(&["explain"]).run().expect(0).stdout;
    assert!(all.lines().count() > 50 && all.starts_with("F0001  "), "{all}");
}

#[test]
fn a_new_project_is_fine_and_its_caller_gets_through() {
    for (spelling, ending) in [(&[][..], "flow"), (&["--yaml"], "flow.yaml")] {
        let folder = Folder::new();
        let made = Flowc::new(["new", "front desk"].iter().chain(spelling).copied()).in_folder(folder.path()).run();
        let made = made.expect(0).stdout;
        let next: Vec<&str> = made.lines().skip_while(|line| *line != "Next:").skip(1).map(str::trim).collect();
        assert_eq!(next.len(), 3, "{made}");
        assert!(
            folder.join(&format!("front desk/front_desk.{ending}")).is_file() && next[0].starts_with("flowc check")
        );
        let output = flowc(&["check", "front desk"]).in_folder(folder.path()).run().expect(0);
        assert!(output.stderr.starts_with("1 flow, "), "{}", output.stderr);
        assert!(!output.stdout.contains("error") && !output.stdout.contains("warning"), "{}", output.stdout);
        let script = "front desk/front_desk.scenario.yaml";
        let output = flowc(&["dev", "front desk", "--call", script]).in_folder(folder.path()).run().expect(0);
        assert!(output.stdout.contains("Connecting you to support."), "{}", output.stdout);
        let graph = flowc(&["graph"]).in_folder(&folder.join("front desk")).run().expect(0);
        assert!(graph.stdout.contains("nobody"), "{}", graph.stdout);
    }
}

#[test]
fn nothing_of_anybodys_is_written_over() {
    let folder = Folder::new().with("full/notes.txt", "mine").with("file", "mine");
    for name in ["full", "file", "."] {
        let output = flowc(&["new", name]).in_folder(folder.path()).run().expect(2);
        assert!(output.stderr.contains(&format!("`{name}` is ")), "{}", output.stderr);
    }
    assert_eq!(std::fs::read_dir(folder.join("full")).expect("a folder").count(), 1);
    assert!(flowc(&["new", "fresh"]).in_folder(folder.path()).run().expect(0).stdout.contains("fresh.flow"));
}

#[test]
fn fixing_is_shown_before_it_is_done() {
    let folder = Folder::new().with("p/one.flow", SLIP);
    let output = flowc(&["check", "p", "--fix", "--dry-run"]).in_folder(folder.path()).run().expect(1);
    assert_eq!(
        output.stdout,
        "--- a/p/one.flow\n+++ b/p/one.flow\n@@ -3,5 +3,5 @@\n start hello\n \n hello: answer -> greet\n\
         -greet: plya \"Hello.\" -> bey\n+greet: play \"Hello.\" -> bey\n bey: hangup\n"
    );
    assert!(output.stderr.starts_with("1 finding would be fixed; "), "{}", output.stderr);
    assert_eq!(std::fs::read_to_string(folder.join("p/one.flow")).expect("the file"), SLIP);
    let output = flowc(&["check", "p", "--fix"]).in_folder(folder.path()).run().expect(0);
    assert!(output.stderr.starts_with("1 finding fixed; 1 flow, "), "{}", output.stderr);
    assert_eq!(std::fs::read_to_string(folder.join("p/one.flow")).expect("the file"), SLIP.replace("plya", "play"));
    let output = flowc(&["check", "p", "--fix"]).in_folder(folder.path()).run().expect(0);
    assert!(output.stderr.starts_with("0 findings fixed; "), "{}", output.stderr);
    for misuse in [&["check", "--dry-run"][..], &["check", "--fix", "--dry-run", "--format", "json"]] {
        assert!(flowc(misuse).in_folder(folder.path()).run().expect(2).stderr.contains("--dry-run"));
    }
}

#[test]
fn findings_carry_their_fix() {
    let folder = Folder::new().with("one.flow", SLIP);
    let json = flowc(&["check", "--format", "json", "one.flow"]).in_folder(folder.path()).run().expect(1).json_lines();
    let slip = json.iter().find(|finding| finding["code"] == "F0104").expect("the slip");
    assert_eq!(slip["fix"]["safe"], true);
    let edit = &slip["fix"]["edits"][0];
    assert_eq!((&edit["line"], &edit["column"], &edit["end_column"]), (&6.into(), &8.into(), &12.into()));
    assert_eq!(edit["text"], "play");
    let sarif = flowc(&["check", "--format=sarif", "one.flow"]).in_folder(folder.path()).run().expect(1).stdout;
    let sarif: serde_json::Value = serde_json::from_str(&sarif).expect("JSON");
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    let slip = results.iter().find(|result| result["ruleId"] == "F0104").expect("the slip");
    let replacement = &slip["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(replacement["insertedContent"]["text"], "play");
}
