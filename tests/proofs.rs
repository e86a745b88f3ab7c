//! `docs/proofs.md`: every rule of the platform has its row, and every row says what becomes of it by a finding that exists, or why
//! there is none. And what is proved of flows: their near misses are found, each by a call that the graph has.

use crate::histories::documents;
use flowc::language::compile::{self, Input};
use flowc::language::diagnostic::{Code, Severity, Witness};
use flowc::language::flow::state::Kind;
use flowc::language::graph::Program;
use flowc::language::prove::condition::{Condition, Line, Presence, Recording, Switch};
use flowc::language::prove::shape::Shape;
use flowc::language::prove::summary::{Passes, Slot, To};
use flowc::language::prove::transfer::begin;
use flowc::language::source::Sources;
use flowc::language::syntax::ast::Spelling;
use flowc::language::syntax::{FileKind, yaml_file_kind};
use flowc::machine::call::{self as machine, Call, Phase};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// How many rules there are under each letter.
const RULES: [(char, usize); 16] = [
    ('L', 15),
    ('T', 14),
    ('P', 17),
    ('R', 27),
    ('M', 8),
    ('A', 12),
    ('X', 8),
    ('D', 6),
    ('O', 5),
    ('C', 10),
    ('S', 7),
    ('U', 4),
    ('H', 7),
    ('G', 2),
    ('V', 7),
    ('F', 6),
];

/// The rows of the tables of rules: the rule, and what becomes of it.
fn rows(page: &str) -> Vec<(String, String)> {
    let rules = page.split("## The rules, one by one").nth(1).expect("the section");
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let rows = rules.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| rule"));
    rows.map(|line| {
        let cells = cells(line);
        assert_eq!(cells.len(), 3, "{line}");
        (cells[0].clone(), cells[2].clone())
    })
    .collect()
}

fn codes(cell: &str) -> Vec<Code> {
    let words = cell.split(|c: char| !c.is_ascii_alphanumeric());
    let named =
        words.filter(|word| word.len() == 5 && word.starts_with('F') && word[1..].bytes().all(|b| b.is_ascii_digit()));
    named.map(|word| Code::parse(word).unwrap_or_else(|| panic!("no code {word}"))).collect()
}

#[test]
fn every_rule_has_its_row() {
    let rows = rows(include_str!("../docs/proofs.md"));
    let named: Vec<&str> = rows.iter().map(|(rule, _)| rule.as_str()).collect();
    let all: Vec<String> =
        RULES.iter().flat_map(|(letter, count)| (1..=*count).map(move |n| format!("{letter}{n:02}"))).collect();
    assert_eq!(all.len(), 155);
    assert_eq!(named.iter().copied().collect::<BTreeSet<_>>(), all.iter().map(String::as_str).collect());
    assert_eq!(named.len(), all.len(), "a rule stands twice");
    for (rule, cell) in &rows {
        let why = ["**cannot be written**", "**at run time**", "**later**"].iter().any(|why| cell.contains(why));
        assert!(why || !codes(cell).is_empty(), "{rule}: {cell}");
    }
}

#[test]
fn every_row_of_the_table_is_told_of() {
    use flowc::language::prove::legality::TABLE;
    let rows = rows(include_str!("../docs/proofs.md"));
    for row in TABLE {
        for rule in row.rules {
            let cell = rows.iter().find(|(named, _)| named == rule).map(|(_, cell)| cell.as_str());
            let codes = codes(cell.unwrap_or_else(|| panic!("no rule {rule}")));
            assert!(codes.contains(&row.code), "{rule} is decided by {} too", row.code);
        }
    }
}

/// An example project with one text of it changed, and what is said of that: code, severity, message, the call that shows it.
fn changed(project: &str, file: &str, edits: &[(&str, &str)]) -> Vec<(Code, Severity, String, Option<Witness>)> {
    let found = compiled(project, file, edits).diagnostics.into_iter();
    let told = found.filter(|found| found.severity != Severity::Note);
    told.map(|found| (found.code, found.severity, found.message, found.witness.map(|witness| *witness))).collect()
}

fn compiled(project: &str, file: &str, edits: &[(&str, &str)]) -> compile::Project {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("flows").join(project);
    let mut sources = Sources::default();
    let mut input = Input::default();
    for entry in std::fs::read_dir(&folder).expect("the example") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
        if !name.ends_with(".flow") && (!name.ends_with(".yaml") || name.ends_with(".flow.yaml")) {
            continue;
        }
        let mut text = std::fs::read_to_string(&path).expect("a text");
        if name == file {
            for (from, to) in edits {
                assert!(text.contains(from), "{name} has no `{from}`");
                text = text.replace(from, to);
            }
        }
        let id = sources.add(name.as_str(), text.as_str());
        match yaml_file_kind(&text) {
            _ if name.ends_with(".flow") => input.flows.push((id, Spelling::Native)),
            Some(FileKind::Service) => input.services.push(id),
            Some(FileKind::Calendar) => input.calendars.push(id),
            Some(FileKind::Library) => input.libraries.push(id),
            _ => {}
        }
    }
    compile::project(&sources, &input)
}

/// What the flows would be with one mistake in them: each is an error, and shown by a call where more than one state makes it.
#[test]
fn near_misses_are_found_with_the_call_that_shows_them() {
    let thanks = ("party left -> file_it", "party left -> thank");
    let thank = ("file_it: invoke", "thank: play nobody_free -> file_it\nfile_it: invoke");
    type Miss<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], Code, &'a str);
    let cases: [Miss<'_>; 9] = [
        ("northwind", "hand_over.flow", &[thanks, thank], Code::F0207, "hangs up"),
        (
            "northwind",
            "northwind.flow",
            &[("lost: hangup abandoned, play goodbye", "lost: play goodbye -> bye")],
            Code::F0207,
            "gave_up",
        ),
        (
            "northwind",
            "northwind.flow",
            &[(
                "  reception: run hand_over(team: crm.teams.reception)\n",
                "  reception: run hand_over(team: crm.teams.reception) { gave_up -> main_menu }\n",
            )],
            Code::F0303,
            "",
        ),
        (
            "live_help",
            "live_help.flow",
            &[
                ("  ask_card: collect card, ask ask_card, end # -> ask_cvv { exhausted -> no_card_today }\n", ""),
                (
                    "talk: wait 40m",
                    "ask_card: collect card, ask ask_card, end # -> ask_cvv { exhausted -> no_card_today }\ntalk: wait 40m",
                ),
            ],
            Code::F1113,
            "agent presses star 7",
        ),
        ("clinic", "visit_reminder.flow", &[("none -> ", "full -> ")], Code::F0202, ""),
        ("live_help", "live_help.flow", &[("accept = 1 ->", "accept = 1 \"yes\" ->")], Code::F0502, ""),
        (
            "northwind",
            "hand_over.flow",
            &[("transfer team.number", "transfer call.from.toPhone().orValue(team.number)")],
            Code::F0409,
            "",
        ),
        (
            "northwind",
            "hand_over.flow",
            &[("-> return handed_over {", "-> message {")],
            Code::F0207,
            "the transfer is accepted",
        ),
        (
            "recorded_line",
            "recorded_line.flow",
            &[("gone: hangup abandoned, everyone", "gone: hangup abandoned")],
            Code::F1113,
            "hangs up",
        ),
    ];
    for (project, file, edits, code, call) in cases {
        let told = changed(project, file, edits);
        let found = told.iter().find(|(found, severity, _, _)| *found == code && *severity == Severity::Error);
        let (_, _, message, witness) = found.unwrap_or_else(|| panic!("{project}: {code} is not among {told:?}"));
        let line = witness.as_ref().map(Witness::line).unwrap_or_default();
        assert!(line.contains(call), "{project}: {message}: `{line}`");
    }
    assert_eq!(changed("live_help", "live_help.flow", &[]).len(), 0);
}

/// Whatever a call is like along one path is within what is said of all paths together, in every flow of the examples.
#[test]
fn along_one_path_a_call_is_what_it_may_be() {
    let projects = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("flows")).expect("the examples");
    let mut places = 0;
    for project in projects {
        let name = project.expect("an entry").file_name().into_string().expect("a name");
        let project = compiled(&name, "", &[]);
        let flows: Vec<&Program> = project.flows.iter().filter_map(|flow| flow.program.as_ref()).collect();
        let shapes: Vec<Shape<'_>> = flows.iter().map(|program| Shape::of(program)).collect();
        let runs = |_: usize, name: &str| flows.iter().position(|program| program.flow == name);
        let mut passes = Passes::new(&shapes, &runs);
        for (flow, program) in flows.iter().enumerate().filter(|(_, program)| program.call.begins_calls()) {
            let entry = Condition::beginning(program.participants.len());
            let pass = passes.pass(flow, &entry);
            let mut seen = BTreeSet::new();
            let mut open = passes.start(flow, &entry);
            while let Some(to) = open.pop() {
                let To::Slot(slot, now) = to else { continue };
                if !seen.insert((slot, now.clone())) {
                    continue;
                }
                places += 1;
                let mut all = passes.instances[pass].at(slot).cloned().expect("a place that was passed over");
                assert!(!all.absorb(&now), "{}: {:?} is not within {all:?}", program.flow, now);
                passes.pass(flow, &entry);
                let inner = match shapes[flow].state(slot.node).map(|state| &state.kind) {
                    Some(Kind::Run { flow: name, .. }) => {
                        passes.entered(flow, name, &begin(&shapes[flow], slot.node, false, &now))
                    }
                    _ => None,
                };
                if let Some((inner, entry)) = inner {
                    passes.pass(inner, &entry);
                }
                open.extend(passes.steps(pass, slot, &now, false).into_iter().map(|step| step.to));
            }
        }
    }
    assert!(places > 500, "{places}");
}

/// By flow and state what a call may be like there, and the flow's participants.
type Inferred = BTreeMap<(String, String), (Condition, Vec<String>)>;

/// What the passes over a program and the flows it runs say of a state: all that a call may be like there.
fn inferred(program: &Program) -> Inferred {
    let flows: Vec<&Program> = [program].into_iter().chain(program.flows.values().map(AsRef::as_ref)).collect();
    let shapes: Vec<Shape<'_>> = flows.iter().map(|program| Shape::of(program)).collect();
    let runs = |_: usize, name: &str| flows.iter().position(|program| program.flow == name);
    let mut passes = Passes::new(&shapes, &runs);
    passes.pass(0, &Condition::beginning(program.participants.len()));
    let mut all: Inferred = BTreeMap::new();
    for instance in &passes.instances {
        for (node, state) in flows[instance.flow].states() {
            let Some(now) = instance.at(Slot::of(node)) else { continue };
            let flow = flows[instance.flow];
            let known = all.entry((flow.flow.clone(), state.name.clone()));
            known.or_insert_with(|| (now.clone(), flow.participants.clone())).0.absorb(now);
        }
    }
    all
}

/// What is wrong with what is inferred of a call that has just come to a state; nothing where the call is within it.
fn outside(call: &Call, within: &Condition, participants: &[String]) -> Option<String> {
    if !within.line.may_be(Line::Up) {
        return Some(format!("the line is up, not {}", within.line.words()));
    }
    let recording = match call.recording.as_ref().filter(|recording| !recording.message) {
        None => Recording::None,
        Some(recording) if recording.active => Recording::Active,
        Some(_) => Recording::Paused,
    };
    if !within.recording.may_be(recording) {
        return Some(format!("the recording is {recording:?}, not {}", within.recording.words()));
    }
    let streaming = if call.streaming { Switch::On } else { Switch::Off };
    if !within.streaming.may_be(streaming) {
        return Some(format!("streaming is {streaming:?}"));
    }
    let depth = call.frames.len();
    let people = participants
        .iter()
        .zip(&within.people)
        .map(|(name, person)| (if depth == 0 { name.clone() } else { format!("{depth}/{name}") }, person));
    for (key, person) in people.chain([("party".to_owned(), &within.party)]) {
        let Some(there) = call.people.get(&key).filter(|there| there.joined) else { continue };
        let presence = if there.held { Presence::Held } else { Presence::Here };
        if !person.presence.may_be(presence) {
            return Some(format!("{key} is {presence:?}, not {}", person.presence.words()));
        }
    }
    None
}

/// The machine is the judge: whatever simulated calls come to, with all that goes wrong around them, is within what is inferred.
#[test]
fn calls_are_what_they_may_be() {
    let mut known: BTreeMap<String, Inferred> = BTreeMap::new();
    let (mut compared, mut states) = (0, BTreeSet::new());
    for (program, docs) in documents(&(2..=24).collect::<Vec<u64>>()) {
        let inferred = known.entry(program.hash()).or_insert_with(|| inferred(&program));
        for pair in docs.windows(2) {
            let (before, call) = (&pair[0].call, &pair[1].call);
            let came =
                (before.moves, before.frames.len()) != (call.moves, call.frames.len()) || before.crossing.is_some();
            if !came
                || call.crossing.is_some()
                || call.line != machine::Line::Up
                || !matches!(call.phase, Phase::Running)
            {
                continue;
            }
            let place = (call.running.clone().unwrap_or_else(|| program.flow.clone()), call.state.clone());
            let (within, participants) = inferred.get(&place).unwrap_or_else(|| panic!("{place:?} is never come to"));
            if let Some(wrong) = outside(call, within, participants) {
                panic!("{place:?}: {wrong}");
            }
            // What nothing is up in would be seen to be wrong.
            assert!(outside(call, &Condition::beginning(participants.len()), participants).is_some());
            compared += 1;
            states.insert(place);
        }
    }
    assert!(compared > 400 && states.len() >= 18, "{compared} compared, in {} states: {states:?}", states.len());
}
