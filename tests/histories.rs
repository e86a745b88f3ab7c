//! Golden histories: calls as a store has them, each the fold of its history, byte for byte. What a release has written, later
//! ones read and come to the same with: a folder of `tests/histories` is never changed once its release is out.
//!
//! `FLOWC_UPDATE=1 cargo test --test main histories` writes the folder of this release anew, from simulated conversations.

use crate::docs::blocks;
use flowc::language::flow::routes::Routes;
use flowc::language::flow::value::{Value as FlowValue, Values};
use flowc::language::graph::Program;
use flowc::runtime::doc::{Doc, Line};
use flowc::runtime::lines::{Lines, Served};
use flowc::runtime::sealed;
use flowc::simulator::run;
use flowc::simulator::setup::{Faults, Setup};
use flowc::simulator::stories;
use flowc::store::{Change, HistoryLine};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Once};

/// Longest history that is kept, in lines.
const LONGEST: usize = 45;
/// Most histories of one conversation.
const MOST: usize = 2;
/// What a call's document had in version 1.
const FIRST: [&str; 27] = [
    "abi",
    "id",
    "started",
    "origin",
    "from",
    "to",
    "params",
    "settings",
    "vars",
    "locale",
    "voice",
    "state",
    "entered",
    "moves",
    "ops",
    "op",
    "media",
    "line",
    "facts",
    "past_legs",
    "counters",
    "asked",
    "held",
    "timers",
    "overdue",
    "roster",
    "phase",
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/histories")
}

/// A call's story as it is kept: its document after its first change, the lines of its history after that, its last document.
/// One a line of the file, as they were stored.
struct History {
    program: String,
    begun: Vec<u8>,
    lines: Vec<Vec<u8>>,
    end: Vec<u8>,
}

impl History {
    fn read(text: &str) -> Result<History, String> {
        let all: Vec<&str> = text.lines().collect();
        let [program, begun, lines @ .., end] = &all[..] else { return Err("too few lines".to_owned()) };
        let lines = lines.iter().map(|line| line.as_bytes().to_vec()).collect();
        Ok(History {
            program: (*program).to_owned(),
            begun: begun.as_bytes().to_vec(),
            lines,
            end: end.as_bytes().to_vec(),
        })
    }

    fn to_text(&self) -> String {
        let lines = [&self.begun].into_iter().chain(&self.lines).chain([&self.end]);
        let lines: Vec<_> = lines.map(|line| String::from_utf8_lossy(line).into_owned()).collect();
        format!("{}\n{}\n", self.program, lines.join("\n"))
    }

    /// Folds it: each line must come of its own input, and the last document of all.
    fn replay(&self, program: &Program) -> Result<Doc, String> {
        let mut doc = Doc::from_bytes(&self.begun)?;
        for (at, bytes) in self.lines.iter().enumerate() {
            let line: Line = serde_json::from_slice(bytes).map_err(|error| format!("line {at}: {error}"))?;
            let (next, again) = doc.apply(program, &line.input, line.at, &line.by);
            if again != line {
                return Err(format!("line {at} comes to something else: {again:?} in place of {line:?}"));
            }
            doc = next;
        }
        let end = Doc::from_bytes(&self.end)?;
        if doc.to_bytes() != end.to_bytes() {
            return Err(format!(
                "the end is another:\n{}\n{}",
                String::from_utf8_lossy(&doc.to_bytes()),
                String::from_utf8_lossy(&self.end)
            ));
        }
        Ok(doc)
    }
}

/// What kinds of input a history's lines have, and which operations they order.
fn kinds(history: &History) -> BTreeSet<String> {
    let lines = history.lines.iter().filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    let kind = |input: &Value| match input {
        Value::Object(object) => object.iter().next().map(|(name, inner)| match inner {
            Value::Object(inner) if name == "event" => inner.keys().next().cloned().unwrap_or_default(),
            Value::String(inner) => inner.clone(),
            _ => name.clone(),
        }),
        Value::String(name) => Some(name.clone()),
        _ => None,
    };
    lines.filter_map(|line| kind(&line["input"])).collect()
}

/// The conversations: example flows when all is well, and the simulator's stories with everything going wrong.
fn conversations() -> Vec<(&'static str, Vec<Lines>, Setup)> {
    let well = |seed, calls| Setup { seed, calls, processes: 1, troubled_ms: 60_000, faults: Faults::default() };
    let mut all = Vec::new();
    for (name, seed) in [("front_desk", 1), ("front_desk", 5), ("ivr", 2), ("hello", 3)] {
        all.push((name, vec![example(name)], well(seed, 3)));
    }
    for seed in [4, 17] {
        all.push(("stories", stories::lines().expect("they compile").into(), well(seed, 4)));
    }
    for seed in [3, 8, 21, 34, 55, 89, 144] {
        all.push(("troubled", stories::lines().expect("they compile").into(), Setup::of(seed)));
    }
    all
}

/// An example that every number reaches.
fn example(name: &str) -> Lines {
    let files = blocks::folder(&blocks::root().join("flows").join(name));
    let files: Vec<_> = files.into_iter().filter(|(name, _)| !name.ends_with(".flow.yaml")).collect();
    let project = blocks::compiled(&files).unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
    let flow = project.flows.into_iter().find(|flow| flow.name == name).expect("the flow is there");
    let program = flow.program.expect("it compiles");
    let phone = |(at, name): (usize, &String)| {
        (name.clone(), FlowValue::Phone(stories::PHONES[at % stories::PHONES.len()].to_owned()))
    };
    let mut settings: Values = program.settings.keys().enumerate().map(phone).collect();
    let accounts = ["1234", "12341234"].map(|text| FlowValue::Text(text.to_owned()));
    if let Some(list) = settings.get_mut("priority_accounts") {
        *list = FlowValue::List(accounts.to_vec());
    }
    let served = Served { hash: program.hash(), program: Arc::new(program), settings, source_map: Vec::new() };
    Lines {
        flows: BTreeMap::from([(name.to_owned(), served)]),
        routes: Routes::default(),
        only_inbound: Some(name.to_owned()),
    }
}

/// The calls of a conversation that are over, are no longer than is kept, and have no secret in them.
fn histories(changes: Vec<Change>) -> Vec<History> {
    let mut calls: BTreeMap<String, Vec<Change>> = BTreeMap::new();
    for change in changes {
        calls.entry(change.call.clone()).or_default().push(change);
    }
    let whole = |changes: Vec<Change>| -> Option<History> {
        let (first, last) = (changes.first()?, changes.last()?);
        let lines: Vec<&HistoryLine> = changes[1..].iter().flat_map(|change| &change.history).collect();
        let short = last.ended.is_some() && lines.len() <= LONGEST;
        short.then(|| History {
            program: first.program.clone(),
            begun: first.doc.clone(),
            lines: lines.into_iter().map(|line| line.body.clone()).collect(),
            end: last.doc.clone(),
        })
    };
    calls.into_values().filter_map(whole).collect()
}

/// The same call as a release of version 1 would have kept it.
fn as_the_first_had_it(history: &History) -> Option<History> {
    let mut begun: Value = serde_json::from_slice(sealed::open(&history.begun).ok()?).ok()?;
    let call = begun["call"].as_object_mut()?;
    let pending = call.remove("pending")?;
    call.insert("overdue".to_owned(), pending);
    call.insert("abi".to_owned(), 1.into());
    // What is not of that version says nothing yet.
    call.retain(|key, value| FIRST.contains(&key.as_str()) || *value != Value::Bool(false));
    if call.len() != FIRST.len() {
        return None;
    }
    for pending in begun["outbox"].as_array_mut()? {
        pending.as_object_mut()?.remove("claim");
    }
    let mut lines = Vec::new();
    for line in &history.lines {
        let mut line: Value = serde_json::from_slice(line).ok()?;
        line.as_object_mut()?.remove("by");
        lines.push(line.to_string().into_bytes());
    }
    Some(History {
        program: history.program.clone(),
        begun: begun.to_string().into_bytes(),
        lines,
        end: history.end.clone(),
    })
}

/// Writes histories and their programs.
fn write(release: &str, name: &str, history: &History, lines: &[Lines]) {
    let (programs, folder) = (folder().join("programs"), folder().join(release));
    fs::create_dir_all(&programs).expect("a folder");
    fs::create_dir_all(&folder).expect("a folder");
    let served = lines
        .iter()
        .flat_map(|lines| lines.flows.values())
        .find(|served| served.hash == history.program)
        .expect("its program is served");
    fs::write(programs.join(format!("{}.json", history.program)), served.program.to_bytes()).expect("written");
    fs::write(folder.join(format!("{name}.jsonl")), history.to_text()).expect("written");
}

fn update() {
    let release = env!("CARGO_PKG_VERSION");
    for folder in [folder().join(release), folder().join("abi-1")] {
        // What is no longer made goes.
        let _ = fs::remove_dir_all(folder);
    }
    let mut first = 0;
    for (name, lines, setup) in conversations() {
        let (report, changes) = run::kept(&setup, &lines);
        assert!(report.violations.is_empty(), "{name}: {:?}", report.violations);
        let card = |lines: &Lines, program: &str| lines.flows.get("card").is_some_and(|served| served.hash == program);
        let secret = |program: &str| lines.iter().any(|lines| card(lines, program));
        let kept = histories(changes).into_iter().filter(|history| !secret(&history.program));
        for (at, history) in kept.take(MOST).enumerate() {
            let name = format!("{name}-{}-{at}", setup.seed);
            write(release, &name, &history, &lines);
            let plain = as_the_first_had_it(&history).filter(|_| !kinds(&history).contains("claimed") && first < 3);
            if let Some(before) = plain {
                write("abi-1", &name, &before, &lines);
                first += 1;
            }
        }
    }
}

fn program(hash: &str) -> Program {
    let path = folder().join("programs").join(format!("{hash}.json"));
    let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let program = Program::from_bytes(&bytes).expect("a program of an earlier release is read");
    assert_eq!(program.hash(), hash, "and is written as it was");
    program
}

/// Every history of the corpus, with its release and name.
fn corpus() -> Vec<(String, String, History)> {
    static WRITTEN: Once = Once::new();
    if std::env::var_os("FLOWC_UPDATE").is_some() {
        WRITTEN.call_once(update);
    }
    let names = |path: &Path| -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> =
            fs::read_dir(path).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
        paths.sort();
        paths
    };
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    let mut all = Vec::new();
    for release in names(&folder()).into_iter().filter(|path| path.is_dir() && !path.ends_with("programs")) {
        for path in names(&release) {
            let text = fs::read_to_string(&path).expect("a text");
            let history = History::read(&text).unwrap_or_else(|wrong| panic!("{}: {wrong}", path.display()));
            all.push((name(&release), name(&path), history));
        }
    }
    all
}

#[test]
fn a_call_is_the_fold_of_its_history_in_every_release() {
    let corpus = corpus();
    let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (release, name, history) in &corpus {
        let doc = history
            .replay(&program(&history.program))
            .unwrap_or_else(|wrong| panic!("tests/histories/{release}/{name}: {wrong}"));
        assert!(doc.call.is_ended(), "{release}/{name}");
        // Of the version now written nothing is left to the reader: the bytes are those that were stored.
        let abi = |bytes: &[u8]| {
            let document = sealed::open(bytes).expect("it is whole");
            serde_json::from_slice::<Value>(document).expect("JSON")["call"]["abi"].as_u64()
        };
        if abi(&history.end) == Some(flowc::machine::call::ABI.into()) {
            assert_eq!(doc.to_bytes(), history.end, "{release}/{name}");
        }
        seen.entry(release.clone()).or_default().extend(kinds(history));
        seen.entry(format!("begun with {:?}", abi(&history.begun))).or_default().insert(name.clone());
    }
    for abi in 1..=u64::from(flowc::machine::call::ABI) {
        assert!(seen.contains_key(&format!("begun with {:?}", Some(abi))), "no history of version {abi}");
    }
    let now = &seen[env!("CARGO_PKG_VERSION")];
    for kind in ["webhook", "response", "due", "recovered", "claimed", "invoked", "signal"] {
        assert!(now.contains(kind), "no history with `{kind}`: {now:?}");
    }
}

#[test]
fn a_history_with_one_wrong_byte_is_noticed() {
    let (_, name, history) = corpus().into_iter().find(|(_, _, history)| history.lines.len() > 5).expect("one");
    let program = program(&history.program);
    let swapped = |from: &str, to: &str, text: &[u8]| String::from_utf8_lossy(text).replacen(from, to, 1).into_bytes();
    let mut other_end = History::read(&history.to_text()).expect("it reads back");
    let end = swapped("\"moves\":", "\"moves\":1", sealed::open(&other_end.end).expect("it is whole"));
    other_end.end = sealed::seal(end);
    assert!(other_end.replay(&program).expect_err(&name).contains("the end is another"));
    let mut shorter = History::read(&history.to_text()).expect("it reads back");
    shorter.lines.remove(1);
    assert!(shorter.replay(&program).is_err(), "{name}");
    let mut later = History::read(&history.to_text()).expect("it reads back");
    let begun = swapped("\"abi\":", "\"abi\":9", sealed::open(&later.begun).expect("it is whole"));
    later.begun = sealed::seal(begun);
    assert!(later.replay(&program).expect_err(&name).contains("version 9"), "{name}");
}

/// Every call of a few simulated conversations: its program, and its documents one after the other.
pub(crate) fn documents(seeds: &[u64]) -> Vec<(Arc<Program>, Vec<Doc>)> {
    let lines: Vec<Lines> = stories::lines().expect("they compile").into();
    let served = |hash: &str| {
        let all = lines.iter().flat_map(|lines| lines.flows.values());
        all.into_iter().find(|served| served.hash == hash).map(|served| Arc::clone(&served.program))
    };
    let mut all = Vec::new();
    for seed in seeds {
        let faults = if seed % 2 == 0 { Faults::default() } else { Setup::of(*seed).faults };
        let setup = Setup { seed: *seed, calls: 12, processes: 1, troubled_ms: 60_000, faults };
        let (_, changes) = run::kept(&setup, &lines);
        let mut calls: BTreeMap<String, Vec<Change>> = BTreeMap::new();
        for change in changes {
            calls.entry(change.call.clone()).or_default().push(change);
        }
        for changes in calls.into_values() {
            let Some(first) = changes.first() else { continue };
            let Some(program) = served(&first.program) else { continue };
            let mut docs = vec![Doc::from_bytes(&first.doc).expect("a document")];
            for line in changes[1..].iter().flat_map(|change| &change.history) {
                let line: Line = serde_json::from_slice(&line.body).expect("a line");
                let next = docs.last().map(|doc| doc.apply(&program, &line.input, line.at, &line.by).0);
                docs.extend(next);
            }
            all.push((program, docs));
        }
    }
    all
}
