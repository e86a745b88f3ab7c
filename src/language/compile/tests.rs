//! Projects as people lay them out, compiled.

use crate::language::compile::{Input, Project, project, values};
use crate::language::diagnostic::has_errors;
use crate::language::graph::{Program, show};
use crate::language::source::Sources;
use crate::language::syntax::ast::Spelling;
use serde_json::json;
use std::collections::BTreeMap;

const HELLO: &str = include_str!("../syntax/cases/hello.flow");
const HELLO_YAML: &str = include_str!("../syntax/cases/hello.flow.yaml");
const IVR: &str = include_str!("../syntax/cases/ivr.flow");
const IVR_YAML: &str = include_str!("../syntax/cases/ivr.flow.yaml");

/// Compiles files by path: `*.flow`, `*.flow.yaml`, `routes.yaml`, other `*.yaml` as libraries.
fn compile(files: &[(&str, &str)]) -> (Project, Sources) {
    let mut sources = Sources::default();
    let mut input = Input::default();
    for (path, text) in files {
        let file = sources.add(*path, *text);
        if path.ends_with(".flow") {
            input.flows.push((file, Spelling::Native));
        } else if path.ends_with(".flow.yaml") {
            input.flows.push((file, Spelling::Yaml));
        } else if text.starts_with("service") {
            input.later.push(file);
        } else if text.starts_with("calendar") {
            input.calendars.push(file);
        } else if *path == "routes.yaml" {
            input.routes = Some(file);
        } else {
            input.libraries.push(file);
        }
    }
    let project = project(&sources, &input);
    (project, sources)
}

fn found(files: &[(&str, &str)]) -> Vec<String> {
    let (project, sources) = compile(files);
    let show = |f: &crate::language::diagnostic::Diagnostic| format!("{} {}", f.code, sources.snippet(f.primary.span));
    project.diagnostics.iter().map(show).collect()
}

fn program(text: &str) -> Program {
    let (mut project, _) = compile(&[("t.flow", text)]);
    assert!(!has_errors(&project.diagnostics), "{:?}", project.diagnostics);
    project.flows.remove(0).program.unwrap()
}

#[test]
fn twins_come_to_the_same_program() {
    for (name, native, yaml) in [("hello", HELLO, HELLO_YAML), ("ivr", IVR, IVR_YAML)] {
        let (native_path, yaml_path) = (format!("{name}.flow"), format!("{name}.flow.yaml"));
        let (project, sources) = compile(&[(&yaml_path, yaml), (&native_path, native)]);
        assert!(!has_errors(&project.diagnostics), "{name}: {:?}", project.diagnostics);
        let notes: Vec<_> = project.diagnostics.iter().map(|f| f.code.as_str()).collect();
        assert_eq!(notes, ["F0508"], "{name}");
        let [flow] = &project.flows[..] else { panic!("{name}: one flow") };
        assert_eq!(sources.source(flow.file).path(), native_path);
        assert_eq!(flow.twin.map(|file| sources.source(file).path().to_owned()), Some(yaml_path));
        let program = flow.program.as_ref().unwrap();
        let again = Program::from_bytes(&program.to_bytes()).unwrap();
        assert_eq!(again.hash(), program.hash());
    }
}

#[test]
fn twins_that_differ() {
    let other = HELLO_YAML.replace("Thank you", "Thanks");
    assert_eq!(
        found(&[("hello.flow", HELLO), ("hello.flow.yaml", &other)]),
        ["F0508 \"Thank you for calling.\"", "F0604 greet"].into_iter().rev().collect::<Vec<_>>()
    );
    let other =
        HELLO_YAML.replace("call: inbound", "call: inbound\nreturns: [x]").replace("bye: hangup", "bye: { hangup: x }")
            + "always: { party left: return x }\ndefaults: { on: { failed: bye } }\n";
    let (project, _) = compile(&[("hello.flow", HELLO), ("hello.flow.yaml", &other)]);
    let finding = project.diagnostics.iter().find(|f| f.code.as_str() == "F0604").unwrap();
    assert!(finding.message.ends_with("differ in their results"), "{}", finding.message);
}

#[test]
fn names_are_unique_in_a_project() {
    let other = HELLO.replace("start hello", "start hello\n");
    let codes = found(&[("hello.flow", HELLO), ("other.flow", &other)]);
    assert!(codes.contains(&"F0605 hello".to_owned()), "{codes:?}");
}

#[test]
fn routes_lead_to_inbound_flows() {
    let other = HELLO.replace("flow hello", "flow other");
    let files = |routes: &'static str| -> Vec<String> {
        let found = found(&[("hello.flow", HELLO), ("other.flow", &other), ("routes.yaml", routes)]);
        found.into_iter().filter(|line| !line.starts_with("F0508")).collect()
    };
    assert_eq!(files("\"+18005550100\": hello\n\"+18005550101\": other\n"), Vec::<String>::new());
    assert_eq!(files("+18005550100: hello\n"), Vec::<String>::new());
    assert_eq!(files("\"+18005550100\": helo\n"), ["F0601 helo"]);
    assert_eq!(files("\"18005550100\": hello\n"), ["F0601 \"18005550100\""]);
    assert_eq!(files("- hello\n").len(), 1);
    assert_eq!(files(": : {\n").len(), 1);
    assert_eq!(files("# nothing\n"), Vec::<String>::new());
    let both = found(&[("hello.flow", HELLO), ("other.flow", &other)]);
    assert!(both.contains(&"F0602 other".to_owned()), "{both:?}");
    let (project, _) =
        compile(&[("hello.flow", HELLO), ("other.flow", &other), ("routes.yaml", "\"+18005550100\": other")]);
    assert_eq!(project.answering("+18005550100").map(|flow| flow.name.as_str()), Some("other"));
    assert!(project.answering("+18005550199").is_none());
    let outbound =
        "flowc 1\nflow out outbound\nparam to: phone\nstart a\na: dial to, from \"+441632960100\" -> b\nb: hangup\n";
    let found = found(&[("out.flow", outbound), ("routes.yaml", "\"+18005550100\": out")]);
    assert_eq!(found, ["F0601 out"]);
}

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

const ODD: &str = "flowc 1\nflow odd inbound\nreturns good | bad\nparam tier: enum(gold, standard)\ndefault failed -> end\n\
    always party left -> return bad\nalways after 4m -> end\nstart a\na: answer -> d\n\
    d: decide { if tier == \"gold\" -> m; else -> end }\n\
    m: menu ask \"a|b\", retry 1 { x = 1 -> m limit 3 else end; y = 2 -> end; exhausted -> end }\nend: hangup bad, play \"bye\"\n";

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
fn settings_come_from_the_project() {
    let program = program(IVR);
    let given = |desk: serde_json::Value| {
        BTreeMap::from([
            ("sales_desk".to_owned(), desk),
            ("support_desk".to_owned(), json!("+441632960102")),
            ("another".to_owned(), json!(3)),
        ])
    };
    assert_eq!(values::settings(&program, &given(json!("+441632960101"))).unwrap().len(), 2);
    let wrong = values::settings(&program, &given(json!(7))).unwrap_err();
    assert_eq!(wrong.len(), 1);
    assert!(wrong[0].starts_with("sales_desk: expected a phone number") && wrong[0].contains("sales_desk = \"+44"));
    assert_eq!(values::settings(&program, &BTreeMap::new()).unwrap_err().len(), 2);
}

#[test]
fn settings_without_a_value_are_noted() {
    let mut sources = Sources::default();
    let file = sources.add("ivr.flow", IVR);
    let given = BTreeMap::from([("sales_desk".to_owned(), json!(7))]);
    let input = Input { flows: vec![(file, Spelling::Native)], settings: Some(given), ..Input::default() };
    let found = project(&sources, &input).diagnostics;
    let found: Vec<String> = found
        .iter()
        .map(|f| format!("{} {}", f.code, sources.snippet(f.primary.span)))
        .filter(|f| !f.contains("F0508"))
        .collect();
    assert_eq!(found, ["F0401 sales_desk", "F0603 support_desk"]);
}

#[test]
fn parameters_of_a_call() {
    let program = program(
        "flowc 1\nflow out outbound\nparam to: phone\nparam from: phone\nparam count: int = 3\nparam note: text?\nstart a\n\
         a: dial to, from from -> b\nb: play \"you are number {count}\" -> c\nc: hangup\n",
    );
    let given = |json: serde_json::Value| json.as_object().cloned().unwrap();
    let params = values::params(&program, &given(json!({})), Some("+441632960101"), Some("+441632960102")).unwrap();
    assert_eq!(params.len(), 4);
    let wrong = values::params(&program, &given(json!({"cuont": 1})), None, None).unwrap_err();
    let paths: Vec<&str> = wrong.iter().map(|error| error.path.as_str()).collect();
    assert_eq!(paths, ["from", "to", "cuont"]);
    assert!(wrong[2].reason.ends_with("did you mean `count`?"));
}

const CASES: &[(&str, &str)] = &[
    ("t.flow", HELLO),
    ("t.flow.yaml", HELLO_YAML),
    ("t.flow", IVR),
    ("t.flow.yaml", IVR_YAML),
    ("t.flow", ODD),
    ("t.flow", include_str!("../syntax/cases/visit_reminder.flow")),
    ("t.flow.yaml", include_str!("../syntax/cases/visit_reminder.flow.yaml")),
    ("t.flow", include_str!("../syntax/cases/front_desk.flow")),
    ("t.flow.yaml", include_str!("../syntax/cases/front_desk.flow.yaml")),
    ("t.flow", include_str!("../syntax/cases/hand_over.flow")),
    ("t.flow.yaml", include_str!("../syntax/cases/live_help.flow.yaml")),
];

/// Whatever is done to a text: no panic, and what compiles can be stored and shown.
#[test]
fn spoiled_texts_never_panic() {
    let mut seed = 11_u64;
    let mut random = move |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below.max(1)
    };
    let scraps =
        ["->", "{", "}", ":", ",", "|", "limit 2 else", "return", "\"", "has(", "key 0", "\n", "é", "always ", "  "];
    let mut compiled = 0;
    for (path, text) in CASES {
        let words: Vec<&str> = CASES.iter().flat_map(|(_, text)| text.split_whitespace()).collect();
        for _ in 0..60 {
            let mut pieces: Vec<String> = text.split_inclusive([' ', '\n']).map(str::to_owned).collect();
            for _ in 0..=random(3) {
                if pieces.is_empty() {
                    break;
                }
                let at = random(pieces.len());
                match random(5) {
                    0 => drop(pieces.remove(at)),
                    1 => pieces[at] = format!("{} ", words[random(words.len())]),
                    2 => pieces.insert(at, format!("{} ", scraps[random(scraps.len())])),
                    3 => {
                        let other = random(pieces.len());
                        pieces.swap(at, other);
                    }
                    _ => pieces.truncate(at + 1),
                }
            }
            let spoiled = pieces.concat();
            let (project, _) = compile(&[(path, &spoiled)]);
            let defect = project.diagnostics.iter().find(|found| found.message.contains("a defect of flowc"));
            assert!(defect.is_none(), "{defect:?}\n{spoiled}");
            if let Some(program) = project.flows.first().and_then(|flow| flow.program.as_ref()) {
                let again = Program::from_bytes(&program.to_bytes()).unwrap();
                assert_eq!(again.hash(), program.hash());
                assert!(!show::mermaid(program).is_empty() && !show::dot(program).is_empty());
                compiled += 1;
            }
        }
    }
    assert!(compiled > 10, "{compiled}");
}

/// Every way written in an example counts: without it, something is found.
#[test]
fn every_deleted_edge_is_found() {
    let mut deleted = 0;
    for text in [IVR, ODD] {
        let lines: Vec<&str> = text.lines().collect();
        for (number, line) in lines.iter().enumerate().filter(|(_, line)| line.contains("->") && !line.contains('{')) {
            // What has a default may be left out.
            if line.contains("failed") || line.starts_with("always after") || line.starts_with("//") {
                continue;
            }
            let mut spoiled = lines.clone();
            let cut = line.split("->").next().unwrap();
            spoiled[number] = if line.contains(':') { cut } else { "" };
            let (project, _) = compile(&[("t.flow", &format!("{}\n", spoiled.join("\n")))]);
            assert!(has_errors(&project.diagnostics), "without line {}: {line}", number + 1);
            deleted += 1;
        }
    }
    assert!(deleted >= 7, "{deleted}");
}
/// As many findings as there are faults, and none that follows from another.
#[test]
fn many_faults_in_one_file() {
    let text = "flowc: 1
flow: clinic
call: inbound
settings: { desk: phone }
params: { tier: \"enum(gold, standard)\" }
vars: { pin: text? }
defaults: { retry: two, on: { failed: sory, exausted: sorry } }
always: { party left: return, after 4 minutes: sorry }
start: pick_up
states:
  pick_up: { answer: true, then: welcome }
  welcome: { play: { text: \"Hello {nam}\" }, then: menu1 }
  main_menu:
    menu:
      one: { key: 1, say: [one], to: ask }
      two: { key: 1, to: main_menu }
    ask: { text: \"Press {key one} or {key tow}\" }
    first_key: 6
  ask: { recognize: dtmf, ask: { text: Pin? }, max_tones: 4, save: pin, then: check_it }
  check_it:
    decide:
      - { if: tier == \"glod\", to: call_desk }
      - { if: pin > 3, to: sorry }
  call_desk: { transfer: =pin, then: return, on: { bussy: sorry } }
  lost: { play: welcom, then: sorry }
  sorry: hangup
";
    let codes = found(&[("t.flow.yaml", text)]);
    assert_eq!(
        codes,
        [
            "F0401 two",
            "F0102 sory",
            "F0202 exausted",
            "F0001 minutes",
            "F0105 nam",
            "F0102 menu1",
            "F0502 two",
            "F0501 1",
            "F0113 tow",
            "F0403 6",
            "F0201 ask",
            "F0201 check_it",
            "F0401 \"glod\"",
            "F0408 pin",
            "F0204 call_desk",
            "F0409 pin",
            "F0202 bussy",
            "F0106 welcom",
        ]
    );
}

#[test]
fn a_broken_placeholder_leaves_no_empty_prompt() {
    let text = HELLO.replace("Thank you for calling.", "{}");
    assert_eq!(found(&[("hello.flow", &text)]), ["F0505 {}"]);
}

#[test]
fn what_a_flow_uses_and_is_not_offered_yet() {
    let flow = |expr: &str| {
        HELLO.replace("start hello", "use office, other\nstart hello").replace("\"Thank you for calling.\"", expr)
    };
    let office = ("office.yaml", "service: office # ours\n");
    let other =
        "flowc 1\nflow other outbound\nparam to: phone\nstart a\na: dial to, from \"+441632960100\" -> b\nb: hangup\n";
    let (first, second) = (flow("text office.main"), flow("text other.main"));
    assert_eq!(found(&[("hello.flow", &first), ("other.flow", other), office]), ["F0011 office"]);
    assert_eq!(found(&[("hello.flow", &second), ("other.flow", other), office]), ["F0011 office", "F0105 other"]);
}

const VISIT: &str = r#"flowc 1
flow visit_reminder outbound
param to: phone
param patient: text
param visit: { id: text, at: time }
settings { clinic_line: phone; clinic_desk: phone }
returns confirmed | cancelled | handed_over | no_contact
use visit_words

default retry 2
default failed -> sorry
always party left -> return no_contact
always after 4m -> sorry
start ring

ring: dial to, from settings.clinic_line, ring_for 25s -> offer {
  busy | no_answer | declined | unreachable | failed -> return no_contact
}
offer: menu ask visit_offer(name: patient, at: visit.at) {
  confirm = 1 "confirm" "yes" -> say_confirmed
  repeat = 2 "repeat" -> offer limit 3 else to_desk
  cancel = 3 "cancel" -> say_cancelled
  exhausted -> leave_note
}
to_desk: transfer settings.clinic_desk, play connecting_desk -> return handed_over {
  busy | no_answer | declined | unreachable -> sorry
}
say_confirmed: hangup confirmed, play confirmed_bye(at: visit.at)
say_cancelled: hangup cancelled, play cancelled_bye
leave_note: hangup no_contact, play confirmed_bye(at: visit.at)
sorry: hangup no_contact, play cancelled_bye
"#;

const VISIT_YAML: &str = r#"flowc: 1
flow: visit_reminder
call: outbound
params: { to: phone, patient: text, visit: { id: text, at: time } }
settings: { clinic_line: phone, clinic_desk: phone }
returns: [confirmed, cancelled, handed_over, no_contact]
use: [visit_words]
defaults: { retry: 2, on: { failed: sorry } }
always:
  party left: return no_contact
  after 4m: sorry
start: ring
states:
  ring:
    dial: =to
    from: =settings.clinic_line
    ring_for: 25s
    then: offer
    on: { busy | no_answer | declined | unreachable | failed: return no_contact }
  offer:
    menu:
      confirm: { key: 1, say: [confirm, yes], to: say_confirmed }
      repeat: { key: 2, say: [repeat], to: offer, limit: 3, else: to_desk }
      cancel: { key: 3, say: [cancel], to: say_cancelled }
    ask: { visit_offer: { name: =patient, at: =visit.at } }
    on: { exhausted: leave_note }
  to_desk:
    transfer: =settings.clinic_desk
    play: connecting_desk
    then: return handed_over
    on: { busy | no_answer | declined | unreachable: sorry }
  say_confirmed: { hangup: confirmed, play: { confirmed_bye: { at: =visit.at } } }
  say_cancelled: { hangup: cancelled, play: cancelled_bye }
  leave_note: { hangup: no_contact, play: { confirmed_bye: { at: =visit.at } } }
  sorry: { hangup: no_contact, play: cancelled_bye }
"#;

const VISIT_WORDS: &str = r#"prompts: visit_words
voices: { en-US: en-US-NancyNeural }
visit_offer:
  takes: { name: text, at: time }
  en-US: >
    Hello {name}, this is the clinic. You have a visit on {at day}, at {at clock}.
    To confirm, press {key confirm}. To hear this again, press {key repeat}. To cancel, press {key cancel}.
connecting_desk:
  en-US: { file: audio/connecting.wav, transcript: One moment. }
confirmed_bye:
  takes: { at: time }
  en-US: Thank you. See you on {at day}.
cancelled_bye:
  en-US: Your visit is cancelled.
"#;

#[test]
fn a_flow_with_a_library_in_both_spellings() {
    let words = ("visit_words.yaml", VISIT_WORDS);
    let both = [("visit_reminder.flow", VISIT), ("visit_reminder.flow.yaml", VISIT_YAML), words];
    let (project, _) = compile(&both);
    assert!(!has_errors(&project.diagnostics), "{:#?}", project.diagnostics);
    let program = project.flows[0].program.as_ref().unwrap();
    let prompts: Vec<&String> = program.prompts.keys().collect();
    assert_eq!(
        prompts,
        [
            "visit_words.cancelled_bye",
            "visit_words.confirmed_bye",
            "visit_words.connecting_desk",
            "visit_words.visit_offer"
        ]
    );
    // A counter has one name in both.
    let graph = show::json(program, &project.flows[0].source_map);
    let repeat = graph["edges"].as_array().unwrap().iter().find(|edge| edge["outcome"] == "repeat").unwrap();
    assert_eq!((repeat["limit"].as_u64(), repeat["else"].as_str()), (Some(3), Some("to_desk")));
}

#[test]
fn a_library_in_error_is_told_of_once() {
    let flow = ("visit_reminder.flow", VISIT);
    let spoiled = VISIT_WORDS.replace("{at day}, at", "{att day}, at");
    assert_eq!(found(&[flow, ("visit_words.yaml", &spoiled)]), ["F0105 att"]);
    let spoiled = VISIT_WORDS.replace("{key repeat}", "{key again}");
    assert_eq!(found(&[flow, ("visit_words.yaml", &spoiled)]), ["F0113 visit_offer"]);
    let spoiled = VISIT_WORDS.replace("takes: { name: text, at: time }", "takes: { name: text, at: money }");
    assert_eq!(found(&[flow, ("visit_words.yaml", &spoiled)]), ["F0011 money"]);
    let codes = found(&[flow, ("visit_words.yaml", "prompts: visit_words\n  broken: [\n")]);
    assert!(codes.iter().all(|code| !code.starts_with("F0106") && !code.starts_with("F0109")), "{codes:?}");
    let codes = found(&[flow, ("visit_words.yaml", VISIT_WORDS), ("more.yaml", VISIT_WORDS)]);
    assert!(codes.contains(&"F0605 visit_words".to_owned()), "{codes:?}");
    let codes = found(&[flow]);
    assert_eq!(codes, ["F0109 visit_words"]);
}

#[test]
fn calendars_are_used_by_name_and_share_the_name_space() {
    let found = |files: &[(&str, &str)]| {
        let beside = |finding: &String| !finding.starts_with("F0508");
        found(files).into_iter().filter(beside).collect::<Vec<_>>()
    };
    let office =
        ("office.yaml", "calendar: office\nzone: Europe/London\nmain: { open: { mon-fri: \"08:30-17:30\" } }\n");
    let flow = |expr: &str| {
        HELLO.replace("start hello", "use office\nstart hello").replace("\"Thank you for calling.\"", expr)
    };
    assert!(
        found(&[("hello.flow", &flow("\"Hello.\"")), office]).is_empty(),
        "without today nothing is said of a year"
    );
    assert_eq!(found(&[("hello.flow", &flow("text office.main")), office]), ["F0011 office"]);
    let words = ("words.yaml", "prompts: office\nhello:\n  en-US: Hello.\n");
    assert_eq!(found(&[("hello.flow", HELLO), words, office]), ["F0605 office"]);
    let near = HELLO.replace("start hello", "use ofice\nstart hello");
    assert_eq!(found(&[("hello.flow", &near), office]), ["F0109 ofice"]);
}
