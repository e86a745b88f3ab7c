//! The command line through the binary: exit codes, what goes where, and the shapes that scripts read. What the findings
//! say is tested where they are made.

use crate::harness::{Flowc, Folder, Output};
use serde_json::Value;
use std::path::Path;

const HELLO: &str = "flowc 1\nflow hello inbound\nstart hello\n\nhello: answer -> greet\ngreet: play \"Hello.\" -> bye\n\
                     bye: hangup\n";
const HELLO_YAML: &str = "flowc: 1\nflow: hello\ncall: inbound\nstart: hello\nstates:\n  hello: { answer: true, then: \
                          greet }\n  greet: { play: { text: Hello. }, then: bye }\n  bye: hangup\n";
/// Line 6 leads to a state that is not there.
const BROKEN: &str = "flowc 1\nflow broken inbound\nstart hello\n\nhello: answer -> greet\ngreet: play \"Hello.\" -> by\n\
                      bye: hangup\n";

fn project() -> Folder {
    Folder::new().with("flows/hello/hello.flow", HELLO).with("flows/hello/hello.flow.yaml", HELLO_YAML)
}

fn flowc(args: &[&str]) -> Flowc {
    Flowc::new(args.iter().copied())
}

#[test]
fn a_good_project_is_fine() {
    let folder = project();
    for args in [&["check"][..], &["check", "flows"], &["check", "flows/hello", "flows/hello/hello.flow"]] {
        let output = flowc(args).in_folder(folder.path()).run().expect(0);
        assert!(output.stderr.contains(" flow"), "{args:?}: {}", output.stderr);
    }
    let output = flowc(&["check"]).in_folder(&folder.join("flows/hello")).run().expect(0);
    assert!(output.stderr.starts_with("1 flow, "), "twins are one flow: {}", output.stderr);
}

#[test]
fn the_examples_are_fine_together_and_each_by_itself() {
    let flows = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("flows");
    let mut folders = vec![flows.clone()];
    folders.extend(std::fs::read_dir(&flows).expect("flows/ is there").map(|entry| entry.expect("an entry").path()));
    folders.sort();
    assert!(folders.len() >= 5, "{folders:?}");
    for folder in folders {
        for run in [flowc(&["check"]).arg(&folder), flowc(&["check"]).in_folder(&folder)] {
            let output = run.run().expect(0);
            assert!(!output.stdout.contains("error") && !output.stdout.contains("warning"), "{}", output.stdout);
        }
    }
}

#[test]
fn findings_are_shown_and_end_with_1() {
    let folder = Folder::new().with("broken.flow", BROKEN);
    let output = flowc(&["check", "broken.flow"]).in_folder(folder.path()).run().expect(1);
    assert!(output.stdout.contains("error F0102") && output.stdout.contains("[broken.flow:6:"), "{}", output.stdout);
    assert!(output.stderr.starts_with("1 flow, 1 error"), "{}", output.stderr);
    assert!(!output.stdout.contains('\u{1b}'), "no colours in a pipe: {:?}", output.stdout);
}

#[test]
fn findings_as_json_are_one_object_a_line() {
    let folder = Folder::new().with("broken.flow", BROKEN);
    let output = flowc(&["check", "--format", "json", "broken.flow"]).in_folder(folder.path()).run().expect(1);
    assert_eq!(output.stderr, "");
    let lines = output.json_lines();
    let finding = lines.iter().find(|line| line["severity"] == "error").expect("an error");
    let keys: Vec<&str> = finding.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(keys, ["code", "column", "file", "fix", "help", "labels", "line", "message", "severity", "witness"]);
    assert_eq!(finding["code"], "F0102");
    assert_eq!((&finding["file"], &finding["line"]), (&Value::from("broken.flow"), &Value::from(6)));
    assert_eq!(finding["labels"][0]["line"], 6);
    assert_eq!(finding["witness"], Value::Null);
}

#[test]
fn findings_as_sarif_are_one_document() {
    let folder = project().with("flows/broken/broken.flow", BROKEN);
    let output = flowc(&["check", "--format=sarif", "flows"]).in_folder(folder.path()).run().expect(1);
    let document: Value = serde_json::from_str(&output.stdout).expect("JSON");
    let results = document["runs"][0]["results"].as_array().expect("results");
    let error = results.iter().find(|result| result["level"] == "error").expect("an error");
    let place = &error["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "flows/broken/broken.flow");
    assert_eq!(place["region"]["startLine"], 6);
}

#[test]
fn what_cannot_be_used_ends_with_2_and_one_line() {
    let folder = project().with("flows/other/other.flow", BROKEN).with("notes.txt", "").with("empty/readme.md", "");
    for (args, words) in [
        (&["check", "nowhere"][..], "there is no `nowhere`"),
        (&["check", "flow"], "did you mean `flows`?"),
        (&["check", "notes.txt"], "no file of a project"),
        (&["check", "empty"], "no project in `empty`"),
        (&["check", "--api-version", "2020-01-01"], "2026-03-12"),
        (&["graph", "flows"], "there are 2 projects: flows/hello, flows/other"),
    ] {
        let output = flowc(args).in_folder(folder.path()).run().expect(2);
        assert!(output.stderr.contains(words), "{args:?}: {}", output.stderr);
        assert_eq!(output.stderr.lines().count(), 1, "{}", output.stderr);
        assert_eq!(output.stdout, "");
    }
    let output = flowc(&["check"]).run().expect(2);
    assert!(output.stderr.starts_with("flowc: there is no project here"), "{}", output.stderr);
}

#[test]
fn misuse_ends_with_2_and_help_with_0() {
    for args in [&[][..], &["chekc"], &["check", "--format", "xml"], &["graph", "a", "b"]] {
        let output = flowc(args).run().expect(2);
        assert!(output.stderr.contains("Usage") || output.stderr.contains("--help"), "{}", output.stderr);
    }
    let output = flowc(&["--version"]).run().expect(0);
    assert_eq!(output.stdout, format!("flowc {}\n", env!("CARGO_PKG_VERSION")));
    assert!(flowc(&["check", "--help"]).run().expect(0).stdout.contains("--format"));
}

#[test]
fn unreadable_texts_are_findings() {
    let folder =
        Folder::new().with("p/latin.flow", b"flowc 1\nflow caf\xe9 inbound\n").with("p/flowc.toml", "lisen = 1\n");
    let output = flowc(&["check", "--format", "json", "p"]).in_folder(folder.path()).run().expect(1);
    let found = output.json_lines();
    let at = |code: &str, file: &str, line: u64, column: u64| {
        found.iter().any(|f| f["code"] == code && f["file"] == file && f["line"] == line && f["column"] == column)
    };
    assert!(at("F0008", "p/latin.flow", 2, 9) && at("F0606", "p/flowc.toml", 1, 1), "{}", output.stdout);
}

#[test]
fn settings_are_held_against_the_project_file() {
    let text = "flowc 1\nflow desk inbound\nsettings { sales_desk: phone; other_desk: phone }\nstart hello\n\n\
                hello: answer -> sales\nsales: transfer settings.sales_desk -> return { failed -> other }\n\
                other: transfer settings.other_desk -> return { failed -> bye }\nbye: hangup\n";
    let file = "[settings]\nsales_desk = 17\nothr_desk = \"+441632960201\"\n";
    let folder = Folder::new().with("desk.flow", text).with("flowc.toml", file);
    let output = flowc(&["check", "--format", "json"]).in_folder(folder.path()).run().expect(1);
    let found = output.json_lines();
    let of = |code: &str| found.iter().find(|f| f["code"] == code).unwrap_or_else(|| panic!("{}", output.stdout));
    assert_eq!((&of("F0401")["file"], &of("F0401")["line"]), (&Value::from("flowc.toml"), &Value::from(2)));
    assert_eq!((&of("F0603")["severity"], &of("F0603")["line"]), (&Value::from("note"), &Value::from(2)));
    assert!(of("F0603")["help"].as_str().expect("help").contains("`othr_desk`"), "{}", output.stdout);
}

#[test]
fn addresses_and_audio_files_are_held_against_the_project() {
    let text = "flowc 1\nflow desk inbound\nuse crm\nstart hello\n\nhello: answer -> ask\nask: invoke crm.ping -> greet\n\
                greet: play file \"nothere.wav\" -> other\nother: play file \"words.ogg\" -> bye\nbye: hangup\n";
    let service = "service: crm\nurl: =settings.crm_url\noperations: { ping: true }\n";
    let folder = Folder::new().with("desk.flow", text).with("crm.yaml", service);
    let folder = folder.with("flowc.toml", "[settings]\ncrm_url = \"ftp://x\"\n");
    let output = flowc(&["check", "--format", "json"]).in_folder(folder.path()).run().expect(1);
    let found = output.json_lines();
    let at = |code: &str, line: usize| found.iter().any(|f| f["code"] == code && f["line"] == line);
    assert!(at("F0801", 2) && at("F0611", 8) && at("F0611", 9), "{}", output.stdout);
}

#[test]
fn settings_of_services_and_streams_are_held_against_the_project_file_too() {
    let text = "flowc 1\nflow desk inbound\nuse crm\nstart hello\n\nhello: answer -> ask\n\
                ask: invoke crm.ping -> words\nlisten: while transcription en-GB and streaming on, else bye {\n\
                \x20 words: wait 2s -> bye\n}\nbye: hangup\n";
    let crm = "service: crm\nurl: =settings.crm_url\nheaders: { X-Key: =settings.crm_key }\n\
               operations: { ping: { method: GET, path: /ping } }\n";
    let check = |file: &str| {
        let folder = Folder::new().with("desk.flow", text).with("crm.yaml", crm).with("flowc.toml", file);
        flowc(&["check", "--format", "json"]).in_folder(folder.path()).run()
    };
    let found = |output: &Output| -> Vec<String> {
        let row = |f: &Value| format!("{} {}:{}:{} {}", f["code"], f["file"], f["line"], f["column"], f["severity"]);
        output.json_lines().iter().map(|f| row(f).replace('"', "")).collect()
    };
    let output = check("[settings]\ncrm_ur = \"https://crm.example.com\"\n").expect(0);
    let expected = [
        "F0603 crm.yaml:2:7 note",
        "F0603 crm.yaml:3:20 note",
        "F0612 desk.flow:8:29 note",
        "F0612 desk.flow:8:49 note",
    ];
    let mut seen = found(&output);
    seen.sort();
    seen.retain(|row| !row.starts_with("F0508"));
    assert_eq!(seen, expected, "{}", output.stdout);
    assert!(output.stdout.contains("`crm_ur`"), "{}", output.stdout);
    let sockets = "streaming_url = \"wss://a.example/\"\ntranscription_url = \"wss://a.example/\"\n";
    let all = format!("{sockets}[settings]\ncrm_url = \"https://crm.example.com\"\ncrm_key = 7\n");
    let output = check(&all).expect(1);
    let seen: Vec<String> = found(&output).into_iter().filter(|row| !row.starts_with("F0508")).collect();
    assert_eq!(seen, ["F0401 flowc.toml:5:11 error"], "{}", output.stdout);
}

#[test]
fn a_setting_that_leads_back_to_its_flow_is_told() {
    let text = "flowc 1\nflow desk inbound\nsettings { sales: phone }\nstart hello\n\nhello: answer -> sales\n\
                sales: transfer settings.sales -> return { failed -> bye }\nbye: hangup\n";
    let check = |routes: &str| {
        let file = "[settings]\nsales = \"+441632960201\"\n";
        let folder = Folder::new().with("desk.flow", text).with("flowc.toml", file).with("routes.yaml", routes);
        flowc(&["check", "--format", "json"]).in_folder(folder.path()).run()
    };
    let output = check("\"+441632960201\": desk\n").expect(1);
    let found = output.json_lines();
    let of = |code: &str| found.iter().find(|f| f["code"] == code).unwrap_or_else(|| panic!("{}", output.stdout));
    assert_eq!((&of("F0610")["file"], &of("F0610")["line"]), (&Value::from("flowc.toml"), &Value::from(2)));
    let _ = check("\"+44*\": desk\n").expect(0);
    let _ = check("\"+441632960202\": desk\n").expect(0);
}

#[test]
fn a_graph_as_json_has_its_shape() {
    let folder = project();
    for path in ["flows", "flows/hello", "flows/hello/hello.flow", "flows/hello/hello.flow.yaml"] {
        let output = flowc(&["graph", path, "--format", "json"]).in_folder(folder.path()).run().expect(0);
        let graph: Value = serde_json::from_str(&output.stdout).expect("JSON");
        assert_eq!(graph["flow"], "hello");
        assert_eq!(graph["hash"].as_str().map(str::len), Some(64));
        let kinds: Vec<&Value> = graph["states"].as_array().expect("states").iter().map(|s| &s["kind"]).collect();
        assert_eq!(kinds.len(), 3, "{kinds:?}");
        let edges = graph["edges"].as_array().expect("edges");
        let leads = |from: &str, outcome: &str, to: &str| {
            edges.iter().any(|e| e["from"] == from && e["outcome"] == outcome && e["to"] == to)
        };
        assert!(leads("hello", "connected", "greet") && leads("greet", "done", "bye"), "{edges:?}");
    }
}

#[test]
fn a_flow_that_runs_others_has_a_graph_of_its_own() {
    let flow = Path::new(env!("CARGO_MANIFEST_DIR")).join("flows/northwind/northwind.flow");
    let output = Flowc::new(["graph", "--format", "json"]).arg(flow).run().expect(0);
    let graph: serde_json::Value = serde_json::from_str(&output.stdout).expect("JSON");
    assert_eq!(graph["flow"], "northwind");
    let hand =
        graph["states"].as_array().expect("states").iter().find(|state| state["name"] == "sales").expect("sales");
    assert_eq!(hand["kind"], "run");
}

#[test]
fn a_graph_as_text_names_every_state() {
    let folder = project();
    for (format, word) in [("svg", "data-to="), ("mermaid", "-->"), ("dot", "->")] {
        let output = flowc(&["graph", "flows/hello", "--format", format]).in_folder(folder.path()).run().expect(0);
        for part in ["hello", "greet", "bye", "connected", word] {
            assert!(output.stdout.contains(part), "{format} without {part}: {}", output.stdout);
        }
    }
}

#[test]
fn a_flow_with_errors_has_no_graph() {
    let folder = Folder::new().with("broken.flow", BROKEN);
    let output = flowc(&["graph", "broken.flow"]).in_folder(folder.path()).run().expect(1);
    assert_eq!(output.stdout, "");
    assert!(output.stderr.contains("F0102"), "{}", output.stderr);
}

#[test]
fn several_flows_need_a_name() {
    let second = HELLO.replace("flow hello", "flow second");
    let folder = Folder::new()
        .with("p/a.flow", HELLO)
        .with("p/b.flow", second)
        .with("p/routes.yaml", "\"+18005550100\": hello\n\"+18005550101\": second\n");
    let output = flowc(&["graph", "p"]).in_folder(folder.path()).run().expect(2);
    assert!(output.stderr.contains("several flows: p/a.flow, p/b.flow"), "{}", output.stderr);
    let output = flowc(&["graph", "p/b.flow"]).in_folder(folder.path()).run().expect(0);
    assert!(output.stdout.contains("hello"), "{}", output.stdout);
}

#[test]
fn a_reader_who_goes_away_is_no_trouble() {
    let many: String = (0..3000).map(|n| format!("s{n}: hangp\n")).collect();
    let folder = Folder::new().with("many.flow", format!("flowc 1\nflow many inbound\nstart s0\n{many}"));
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_flowc"))
        .args(["check", "--format", "json", "many.flow"])
        .current_dir(folder.path())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the binary was built for this test");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn calendars_are_checked_beside_flows() {
    let flow = "flowc 1\nflow one inbound\nuse office\nstart a\na: answer -> b\nb: hangup\n";
    let calendar = "calendar: office\nzone: Europe/Londn\nmain: { open: { mon-fri: \"08:30-17:30\" } }\n";
    let other = calendar.replace("office", "other");
    let folder = Folder::new().with("one.flow", flow).with("office.yaml", calendar).with("other.yaml", other);
    let check = |what: &str| Flowc::new(["check", what, "--format", "json"]).in_folder(folder.path()).run();
    let found = |output: &crate::harness::Output| -> Vec<String> {
        output
            .json_lines()
            .iter()
            .map(|f| format!("{} {} {}", f["file"], f["code"], f["line"]).replace('"', ""))
            .collect()
    };
    assert_eq!(found(&check(".").expect(1)), ["office.yaml F0904 2", "other.yaml F0904 2"]);
    assert_eq!(found(&check("one.flow").expect(1)), ["office.yaml F0904 2"]);
}

/// Asked about one file: what stands in files beside or below it that it does not use is not its business.
#[test]
fn scenarios_are_checked_beside_flows() {
    let scenario = |expect: &str| {
        format!("scenario: greets\nflow: hello\nscript:\n  - call from +441632960100\nexpect: {{ ended: {expect} }}\n")
    };
    let folder = Folder::new().with("hello.flow", HELLO).with("x.scenario.yaml", scenario("bye"));
    let _ = flowc(&["check"]).in_folder(folder.path()).run().expect(0);
    let folder = Folder::new().with("hello.flow", HELLO).with("x.scenario.yaml", scenario("by"));
    for args in [&["check", "--format", "json"][..], &["check", "--format", "json", "x.scenario.yaml"]] {
        let output = flowc(args).in_folder(folder.path()).run().expect(1);
        let lines = output.stdout.lines().map(|line| serde_json::from_str::<Value>(line).expect("an object"));
        let found: Vec<Value> = lines.filter(|line| line["severity"] == "error").collect();
        assert_eq!(found.len(), 1, "{}", output.stdout);
        let found = &found[0];
        let place = (found["code"].as_str(), found["file"].as_str(), found["line"].as_u64(), found["column"].as_u64());
        assert_eq!(place, (Some("F0702"), Some("x.scenario.yaml"), Some(5), Some(18)));
        assert_eq!(found["help"], "did you mean `bye`?");
    }
}

#[test]
fn one_flow_is_judged_by_its_own_files() {
    let flow = "flowc 1\nflow one inbound\nuse words\nstart a\na: answer -> b\nb: play hello -> c\nc: hangup\n";
    let folder = Folder::new()
        .with("one.flow", flow)
        .with("words.yaml", "prompts: words\nhello:\n  en-US: Hello.\n")
        .with("below/other.yaml", "prompts: other\nx:\n  english: \"Hello {\"\n")
        .with("below/broken.flow", "nonsense");
    let check = |what: &str| Flowc::new(["check", what, "--format", "json"]).in_folder(folder.path()).run();
    let output = check("one.flow").expect(0);
    assert!(!output.stdout.contains("other.yaml"), "{}", output.stdout);
    assert!(check(".").expect(1).stdout.contains("broken.flow"));
    let folder = folder.with("words.yaml", "prompts: words\nhello:\n  english: Hello.\n");
    let output = Flowc::new(["check", "one.flow", "--format", "json"]).in_folder(folder.path()).run().expect(1);
    assert!(output.stdout.contains("words.yaml"), "what it uses is: {}", output.stdout);
}

#[test]
fn flows_are_formatted_in_place() {
    let untidy = "flowc 1\n\nflow   hello inbound // the first\nstart hello\nhello: answer->greet\ngreet: play \"Hello.\" -> bye\nbye: hangup";
    let folder = Folder::new().with("hello.flow", untidy).with("flowc.toml", "").with("words.yaml", "prompts: words\n");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a file");
    let output = flowc(&["fmt", "--check"]).in_folder(folder.path()).run().expect(1);
    assert!(
        output.stdout.contains("hello.flow:2") && output.stdout.contains("+ hello: answer -> greet"),
        "{}",
        output.stdout
    );
    assert_eq!(read("hello.flow"), untidy);
    let output = flowc(&["fmt"]).in_folder(folder.path()).run().expect(0);
    assert_eq!(output.stderr, "1 flow, 1 formatted\n");
    let tidy = HELLO.replace("flow hello inbound", "flow hello inbound  // the first");
    assert_eq!(read("hello.flow"), tidy);
    let output = flowc(&["fmt", "--check", "hello.flow"]).in_folder(folder.path()).run().expect(0);
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("", "1 flow, 0 not formatted\n"));
    let output = flowc(&["fmt", "words.yaml"]).in_folder(folder.path()).run().expect(2);
    assert!(output.stderr.contains("`words.yaml` is no flow; only flows are formatted"), "{}", output.stderr);
}

#[test]
fn flows_are_written_in_the_other_spelling() {
    let folder = Folder::new().with("hello.flow", HELLO).with("flowc.toml", "");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a file");
    let yaml = flowc(&["fmt", "--to", "yaml", "--stdout"]).in_folder(folder.path()).run().expect(0).stdout;
    assert!(yaml.starts_with("flowc: 1\nflow: hello\n") && !folder.join("hello.flow.yaml").exists(), "{yaml}");
    let _ = flowc(&["fmt", "--to", "yaml"]).in_folder(folder.path()).run().expect(0);
    assert_eq!(read("hello.flow.yaml"), yaml);
    std::fs::write(folder.join("hello.flow.yaml"), format!("# mine\n{HELLO_YAML}")).expect("written");
    let output = flowc(&["fmt", "--to", "yaml", "hello.flow"]).in_folder(folder.path()).run().expect(2);
    assert!(output.stderr.contains("`hello.flow.yaml` is there already; `--force`"), "{}", output.stderr);
    let _ = flowc(&["fmt", "--to", "yaml", "--force", "hello.flow"]).in_folder(folder.path()).run().expect(0);
    assert_eq!(read("hello.flow.yaml"), yaml);
    let _ = flowc(&["fmt", "--to", "flow", "--force", "hello.flow.yaml"]).in_folder(folder.path()).run().expect(0);
    assert_eq!(read("hello.flow"), HELLO);
}

#[test]
fn a_flow_with_faults_stays_as_it_is() {
    let faulty = "flowc 1\nflow   x inbound\nstart a\na: play -> \n";
    let folder = Folder::new().with("x.flow", faulty).with("flowc.toml", "");
    let output = flowc(&["fmt"]).in_folder(folder.path()).run().expect(1);
    assert!(output.stdout.contains("error F0001") && output.stderr.contains("1 left as they are"), "{}", output.stdout);
    assert_eq!(std::fs::read_to_string(folder.join("x.flow")).expect("a file"), faulty);
    let folder = Folder::new().with("broken.flow", BROKEN).with("flowc.toml", "");
    let _ = flowc(&["fmt", "--check"]).in_folder(folder.path()).run().expect(0);
}

#[test]
fn schemas_are_printed() {
    for (args, word) in
        [(&["schema"][..], "states"), (&["schema", "prompts"], "prompts"), (&["schema", "scenario"], "script")]
    {
        let schema: Value = serde_json::from_str(&flowc(args).run().expect(0).stdout).expect("JSON");
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert!(schema["properties"][word].is_object(), "{word}");
    }
}
