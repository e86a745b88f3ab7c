//! Recorded calls on changed flows, recorded calls as scenarios, and what callers would notice between two versions.

mod differences;

use crate::harness::phone_line::PhoneLine;
use crate::harness::{Flowc, Folder};
use flowc::cli::project::locate;
use flowc::language::flow::label::Label;
use flowc::language::graph::source_map::{By, Place};
use flowc::language::graph::{Arrow, Node, Program, SourceMap};
use flowc::machine::trace::Trace;
use flowc::runtime::recorded::Recorded;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// An edge: the state it leaves, what leads along it, and whether it is the other end of a limit.
type Edge = (String, Label, bool);

fn examples() -> Vec<PathBuf> {
    let flows = Path::new(env!("CARGO_MANIFEST_DIR")).join("flows");
    let mut all: Vec<PathBuf> =
        std::fs::read_dir(flows).expect("the examples").map(|entry| entry.expect("an entry").path()).collect();
    all.sort();
    all
}

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("flows").join(name)
}

/// A copy of an example, its flows in the native spelling only.
fn copy(example: &Path) -> Folder {
    let folder = Folder::new();
    for entry in std::fs::read_dir(example).expect("an example") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_file() && !name.ends_with(".flow.yaml") {
            std::fs::copy(&path, folder.join(&name)).expect("a copy");
        }
    }
    folder
}

/// Whether there is a scenario of a flow that begins calls: those of others are not recorded.
fn has_scenarios(folder: &Path) -> bool {
    let mut files = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    files.any(|file| {
        let is_scenario = file.to_string_lossy().ends_with(".scenario.yaml");
        is_scenario && !std::fs::read_to_string(file).expect("a text").contains("\nflow: live_help\n")
    })
}

/// The calls of a folder's scenarios, in a file of their own.
fn recorded(folder: &Path, into: &Folder) -> PathBuf {
    let file = into.join("calls.jsonl");
    let output = Flowc::new(["replay"]).arg(folder).arg("--record").arg(&file).run().expect(0);
    assert!(output.stderr.contains(" recorded"), "{}", output.stderr);
    file
}

fn replayed(folder: &Path, calls: &Path) -> Value {
    let output = Flowc::new(["replay"]).arg(folder).arg("--calls").arg(calls).arg("--format").arg("json").run();
    let told: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("no report: {}", output.stderr));
    assert_eq!(output.status, Some(i32::from(told["groups"] != json!([]))), "{told:#}");
    told
}

fn diverging(told: &Value) -> BTreeSet<String> {
    let groups = told["groups"].as_array().expect("groups").iter();
    let calls = groups.flat_map(|group| group["calls"].as_array().expect("calls"));
    calls.map(|call| call.as_str().expect("a call").to_owned()).collect()
}

/// The flow of a project that has one.
fn compiled(folder: &Path) -> Option<(Program, SourceMap)> {
    let located = locate(&[folder.to_path_buf()]).ok()?;
    let compiled = located.first()?.read(|_| ()).ok()?.compile();
    let flow = compiled.flows.into_iter().next()?;
    Some((flow.program?, flow.source_map))
}

fn edges(program: &Program) -> BTreeMap<Edge, String> {
    let mut edges = BTreeMap::new();
    for (node, state) in program.states() {
        for at in program.edges_from(node) {
            let (_, target) = program.graph.edge_endpoints(at).expect("an edge has ends");
            let to = match &program.graph[target] {
                Node::State(state) => state.name.clone(),
                Node::Return(result) => format!("return {}", result.clone().unwrap_or_default()),
            };
            let edge = &program.graph[at];
            edges.insert((state.name.clone(), edge.label.clone(), edge.arrow == Arrow::Else), to);
        }
    }
    edges
}

/// A text whose edge at this place leads to another state; `None` where there is no such text.
fn mutated(text: &str, place: &Place, exhausted: bool, to: &str) -> Option<String> {
    let line: usize = text.split_inclusive('\n').take(place.line - 1).map(str::len).sum();
    let column = text[line..].char_indices().nth(place.column - 1).map_or(0, |(at, _)| at);
    let from = line + column;
    let arrow = text[from..].find("->").map(|at| from + at + 2)?;
    let begin = if exhausted { arrow + text[arrow..].find(" else ")? + 6 } else { arrow + 1 };
    let rest = &text[begin..];
    let word = |text: &str| text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let mut length = word(rest);
    if &rest[..length] == "return" {
        let result = rest[length..].strip_prefix(' ').map_or(0, |more| 1 + word(more));
        length += if rest[length + 1..].starts_with(|c: char| c.is_alphabetic()) { result } else { 0 };
    }
    Some(format!("{}{to}{}", &text[..begin], &text[begin + length..]))
}

/// Mutates each edge of an example; how many were mutated, and how many of them some call had taken.
fn mutants(name: &str, more: &[&str]) -> (usize, usize) {
    let (mut folder, files) = (copy(&example(name)), Folder::new());
    for (at, scenario) in more.iter().enumerate() {
        let text = format!("scenario: one more, {at}\nflow: {name}\n{scenario}");
        folder = folder.with(&format!("more_{at}.scenario.yaml"), text);
    }
    let calls = recorded(folder.path(), &files);
    let all = Recorded::read(&std::fs::read_to_string(&calls).expect("recordings")).expect("recordings");
    let (program, places) = compiled(folder.path()).expect("the example is fine");
    let (file, before) = (folder.join(&format!("{name}.flow")), edges(&program));
    let text = std::fs::read_to_string(&file).expect("the flow");
    let mut groups: BTreeMap<(Place, Label, bool), BTreeSet<Edge>> = BTreeMap::new();
    for edge in before.keys() {
        if let Some(written) = places.edge_place(&edge.0, &edge.1).filter(|written| written.by != By::Language) {
            let key = (written.place.clone(), edge.1.clone(), edge.2);
            groups.entry(key).or_default().insert(edge.clone());
        }
    }
    let (mut made, mut taken) = (0, 0);
    for ((place, _, exhausted), _) in groups {
        for (_, state) in program.states() {
            let Some(other) = mutated(&text, &place, exhausted, &state.name).filter(|other| *other != text) else {
                break;
            };
            std::fs::write(&file, other).expect("a mutant");
            let Some((mutant, _)) = compiled(folder.path()) else { continue };
            let after = edges(&mutant);
            if !after.keys().eq(before.keys()) {
                continue;
            }
            let changed: BTreeSet<&Edge> =
                before.iter().filter(|(edge, to)| after[*edge] != **to).map(|(edge, _)| edge).collect();
            let output = Flowc::new(["check"]).arg(folder.path()).run();
            if changed.is_empty() || output.status != Some(0) {
                continue;
            }
            let took = |recorded: &&Recorded| {
                recorded.lines.iter().flat_map(|line| &line.trace).any(|trace| match trace {
                    Trace::Took { from, label, exhausted } => {
                        changed.contains(&(from.clone(), label.clone(), *exhausted))
                    }
                    _ => false,
                })
            };
            let wanted: BTreeSet<String> = all.iter().filter(took).map(|recorded| recorded.head.call.clone()).collect();
            let told = replayed(folder.path(), &calls);
            assert_eq!(diverging(&told), wanted, "{name}: {changed:?} to {}\n{told:#}", state.name);
            if let Some(group) = told["groups"].get(0) {
                assert!(group["line"].as_u64().is_some(), "{group}");
            }
            made += 1;
            taken += usize::from(!wanted.is_empty());
            break;
        }
    }
    std::fs::write(&file, text).expect("the flow again");
    (made, taken)
}

/// Callers of the front desk beside those of its scenarios.
const MORE: &[&str] = &[
    "given: { phones: { settings.sales_desk: busy } }\nscript: [call from +441632960103, hear \"Welcome\", hear main_menu, press 1]\n",
    "given: { phones: { settings.sales_desk: no answer, settings.reception_desk: decline } }\nscript: [call from +441632960104, press 1]\n",
    "given: { phones: { settings.priority_desk: decline } }\nscript: [call from +441632960105, press 2, press 2 0 4 0 6 0 8 0]\n",
    "given: { phones: { settings.billing_desk: busy } }\nscript: [call from +441632960106, press 2, press 1 2 3 4 5 6 7 8]\n",
    "script: [call from +441632960107, press 2, hang up]\n",
    "given: { fails: welcome }\nscript: [call from +441632960108]\n",
];

#[test]
fn a_mutated_edge_is_found_by_exactly_the_calls_that_took_it() {
    let (made, taken) = mutants("front_desk", MORE);
    assert!(made >= 20 && taken >= 10, "front_desk: {made} mutants, {taken} of them on some call's way");
    let (made, taken) = mutants("order_booking", &[]);
    assert!(made >= 15 && taken >= 5, "order_booking: {made} mutants, {taken} of them on some call's way");
}

#[test]
fn calls_of_the_examples_replay_as_they_were_and_pass_as_scenarios() {
    for example in examples().iter().filter(|example| has_scenarios(example)) {
        let (folder, files) = (copy(example), Folder::new());
        let calls = recorded(folder.path(), &files);
        let retold = folder.join("retold");
        let output =
            Flowc::new(["replay"]).arg(folder.path()).arg("--calls").arg(&calls).arg("--scenarios").arg(&retold).run();
        let output = output.expect(0);
        assert!(
            output.stdout.contains(" as recorded, 0 not\n") && !output.stdout.contains("in part"),
            "{}",
            output.stdout
        );
        let scenarios = std::fs::read_dir(&retold).map_or(0, Iterator::count);
        if scenarios > 0 {
            let mut paths: Vec<PathBuf> =
                std::fs::read_dir(&retold).expect("scenarios").map(|entry| entry.expect("an entry").path()).collect();
            paths.sort();
            let texts: Vec<String> = paths.iter().map(|path| std::fs::read_to_string(path).expect("a text")).collect();
            let output =
                Flowc::new(["test"].map(std::ffi::OsString::from).into_iter().chain(paths.into_iter().map(Into::into)))
                    .run();
            assert_eq!(
                output.status,
                Some(0),
                "{}\n{}\n{}\n{}",
                example.display(),
                output.stdout,
                output.stderr,
                texts.join("\n")
            );
        }
    }
}

const CROWD: &str = "flowc 1
flow crowd inbound
returns big | small
var many: digits(3)?
start up
default failed -> little
always party left -> return small

up: answer -> ask
ask: collect many, ask \"How many are you?\" -> size { exhausted -> little }
size: decide {
  if has(many) && many.matches(\"^[5-9]\") -> large
  else -> little
}
large: hangup big
little: hangup small
";

const COMERS: &str = "scenario: many come
flow: crowd
script: [call from +441632960100, hear \"How many\", press 7 5 0]
expect: { result: big }
";

#[test]
fn numbers_are_made_up_so_that_the_flow_decides_as_it_did() {
    let folder = Folder::new().with("crowd.flow", CROWD).with("crowd.scenario.yaml", COMERS);
    let files = Folder::new();
    let calls = recorded(folder.path(), &files);
    let all = Recorded::read(&std::fs::read_to_string(&calls).expect("recordings")).expect("recordings");
    assert_eq!(all[0].head.cut, None);
    assert!(!all[0].to_text().contains("\"seven\",\"five\",\"zero\""), "{}", all[0].to_text());
    assert_eq!(replayed(folder.path(), &calls)["groups"], json!([]));
    std::fs::write(folder.join("crowd.flow"), CROWD.replace("^[5-9]", "^[*]")).expect("the flow");
    let told = replayed(folder.path(), &calls);
    assert_eq!(
        (&told["groups"][0]["was"], &told["groups"][0]["line"], &told["groups"][0]["when"]),
        (&json!("went to large"), &json!(13), &json!("")),
        "{told:#}"
    );
}

#[test]
fn what_cannot_be_replayed_is_told_with_its_place_and_what_to_do() {
    let folder = Folder::new().with("crowd.flow", CROWD).with("crowd.scenario.yaml", COMERS);
    let (files, other) = (Folder::new(), Folder::new().with("vault.flow", VAULT));
    let calls = recorded(folder.path(), &files);
    let text = std::fs::read_to_string(&calls).expect("a recording");
    let replay = |folder: &Folder, name: &str, text: Option<&str>| {
        if let Some(text) = text {
            std::fs::write(files.join(name), text).expect("a file");
        }
        Flowc::new(["replay"]).arg(folder.path()).arg("--calls").arg(files.join(name)).run()
    };
    let cut_short = &text[..text.len() - 30];
    let last = text.lines().count();
    for (folder, name, text, told) in [
        (&folder, "none.jsonl", None, "none.jsonl: it cannot be read: ".to_owned()),
        (
            &folder,
            "empty.jsonl",
            Some(""),
            "empty.jsonl: it holds no recorded call; `flowc trace CALL --record".to_owned(),
        ),
        (&folder, "short.jsonl", Some(cut_short), format!("short.jsonl:{last}: this is no recording: ")),
        (&folder, "other.json", Some("{}"), "other.json:1: this is no recording: a call has to begin".to_owned()),
        (&folder, "next.jsonl", Some("{\"recorded\":2}"), "next.jsonl:1: a recording of version 2".to_owned()),
        (
            &other,
            "calls.jsonl",
            None,
            "the recorded calls are of `crowd`; the flows here are `vault`; name the".to_owned(),
        ),
    ] {
        let output = replay(folder, name, text).expect(2);
        assert!(output.stderr.contains(&told), "{name}: {}", output.stderr);
    }
    // Somebody took a line out of it.
    let lines: Vec<&str> = text.lines().enumerate().filter(|(at, _)| *at != 3).map(|(_, line)| line).collect();
    let output = replay(&folder, "gap.jsonl", Some(&lines.join("\n"))).expect(1);
    assert!(
        output.stderr.contains("1 call not as recorded on the version of the flow that they ran"),
        "{}",
        output.stderr
    );
    std::fs::write(folder.join("crowd.flow"), CROWD.replace("-> ask\n", "-> nowhere\n")).expect("the flow");
    let output = replay(&folder, "calls.jsonl", None).expect(1);
    assert!(output.stderr.contains("unknown state `nowhere`"), "{}", output.stderr);
}

#[test]
fn renamed_states_are_nothing() {
    for (name, state, new) in
        [("front_desk", "identify", "ask_number"), ("order_booking", "ask_many", "how_many_of_it")]
    {
        let (folder, files) = (copy(&example(name)), Folder::new());
        let calls = recorded(folder.path(), &files);
        let file = folder.join(&format!("{name}.flow"));
        let text = std::fs::read_to_string(&file).expect("the flow");
        let renamed = text.lines().map(|line| rename(line, state, new)).collect::<Vec<_>>().join("\n");
        assert_ne!(renamed, text);
        std::fs::write(&file, format!("{renamed}\n")).expect("the flow");
        let told = replayed(folder.path(), &calls);
        assert_eq!(told["groups"], json!([]), "{told:#}");
        let output = Flowc::new(["diff", "--callers", "60"]).arg(example(name)).arg(folder.path()).run().expect(0);
        assert!(output.stdout.contains("none would notice anything"), "{}", output.stdout);
    }
}

/// A state by another name: where it begins a line, and behind arrows.
fn rename(line: &str, state: &str, new: &str) -> String {
    let line = match line.strip_prefix(&format!("{state}:")) {
        Some(rest) => format!("{new}:{rest}"),
        None => line.to_owned(),
    };
    let mut out = String::new();
    let mut rest = line.as_str();
    for arrow in ["-> ", "else "] {
        let mut done = String::new();
        let whole = if out.is_empty() { rest.to_owned() } else { out.clone() };
        rest = whole.as_str();
        while let Some(at) = rest.find(&format!("{arrow}{state}")) {
            let end = at + arrow.len() + state.len();
            let whole_word = !rest[end..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
            done.push_str(&rest[..at + arrow.len()]);
            done.push_str(if whole_word { new } else { state });
            rest = &rest[end..];
        }
        done.push_str(rest);
        out = done;
        rest = "";
    }
    out
}

const VAULT: &str = "flowc 1
flow vault inbound
var pin: secret digits(4)?
var account: digits(4)?
start up

up: answer -> ask
ask: collect pin, ask \"Your secret, please.\" -> number { exhausted -> bye }
number: collect account, ask \"Your account, please.\" -> bye { exhausted -> bye }
bye: hangup
";

#[test]
fn a_served_call_is_recorded_without_its_caller_and_replays() {
    let line = PhoneLine::open(&[("vault.flow", VAULT)], None);
    let call = line.dial();
    line.wait_playing(&call, "Your secret");
    assert_eq!(line.act(&call, "press", &json!({ "digits": "8675" })), 202);
    line.wait_playing(&call, "Your account");
    assert_eq!(line.act(&call, "press", &json!({ "digits": "4711" })), 202);
    line.wait_end(&call);
    let id = line.wait_result()["call"].as_str().expect("an id").to_owned();

    let folder = Folder::new();
    std::fs::write(folder.join("vault.flow"), VAULT).expect("the flow");
    let (calls, scenario) = (folder.join("calls.jsonl"), folder.join("vault.scenario.yaml"));
    let service = format!("http://127.0.0.1:{}", line.service_port);
    let trace = |more: &[&str]| {
        let args = ["trace", &id, "--service", &service].into_iter().chain(more.iter().copied());
        Flowc::new(args.map(str::to_owned)).in_folder(folder.path()).run()
    };
    let output = trace(&["--record", "calls.jsonl", "--scenario", "vault.scenario.yaml"]).expect(0);
    assert_eq!(output.stdout, "");
    let text = std::fs::read_to_string(&calls).expect("a recording");
    let (keyed_secret, keyed) = ("\"eight\",\"six\",\"seven\",\"five\"", "\"four\",\"seven\",\"one\",\"one\"");
    let one_by_one = |key: &str| format!("\"tone\":\"{key}\"");
    for personal in
        ["1632960100", "18005550100", keyed_secret, "8675", keyed, "4711", &one_by_one("seven"), &one_by_one("four")]
    {
        assert!(!text.contains(personal), "`{personal}` is in\n{text}");
    }
    assert!(text.contains("+441632960000") && text.contains("\"zero\",\"zero\",\"zero\",\"seven\""), "{text}");
    assert_eq!(replayed(folder.path(), &calls)["groups"], json!([]));
    let played = Flowc::new(["test"]).arg(&scenario).run();
    assert_eq!(
        played.status,
        Some(0),
        "{}{}\n{}",
        played.stdout,
        played.stderr,
        std::fs::read_to_string(&scenario).expect("it")
    );
    assert_eq!(trace(&["--record", "kept.jsonl", "--keep"]).expect(0).stdout, "");
    let kept = std::fs::read_to_string(folder.join("kept.jsonl")).expect("a recording");
    assert!(kept.contains("+441632960100") && kept.contains(keyed) && !kept.contains(keyed_secret), "{kept}");

    // Who is asked for the account no more is not asked the same.
    std::fs::write(
        folder.join("vault.flow"),
        VAULT
            .replace("-> number {", "-> number_again {")
            .replace("number:", "number_again:")
            .replace("Your account,", "Account,"),
    )
    .expect("the flow");
    let told = replayed(folder.path(), &calls);
    assert_eq!(diverging(&told), BTreeSet::from([id]));
    assert_eq!(told["groups"][0]["was"], "said \"Your account, please.\"");
    assert_eq!(told["groups"][0]["now"], "said \"Account, please.\"");
    assert_eq!(told["groups"][0]["state"], "number_again");
}
