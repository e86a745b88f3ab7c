//! The language's page against the language: each kind of state has its section, with its options, and each row of the table of
//! capabilities holds.

use crate::docs::blocks::{self, Compiled};
use flowc::language::flow::label::Label;
use flowc::language::flow::prompt::Sound;
use flowc::language::flow::state::{Condition, Input, Kind, Query};
use flowc::language::graph::{CallKind, Program};
use flowc::language::syntax::fields::KINDS;
use std::collections::BTreeSet;
use std::path::Path;

const PAGE: &str = "docs/language.md";
const TABLE: &str = "## What the platform can do, and how it is said";

#[test]
fn every_kind_of_state_has_its_section_with_all_its_options() {
    let page = blocks::page(PAGE);
    let compiled = blocks::compile_all(&page).unwrap_or_else(|wrong| panic!("{wrong}"));
    let mut missing = Vec::new();
    for row in KINDS {
        let Some(section) = section(&page, row.name) else {
            missing.push(format!("no section `### {}`", row.name));
            continue;
        };
        let shown =
            |of: &Compiled| of.heading == row.name && of.program.as_ref().is_some_and(|p| is_there(p, row.name));
        if !compiled.iter().any(shown) {
            missing.push(format!("no block of `{}` shows one", row.name));
        }
        let words: BTreeSet<&str> = section.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        let fences: Vec<&str> = section.split("```").skip(1).step_by(2).collect();
        for option in row.options {
            let table =
                section.lines().any(|line| line.starts_with('|') && line.contains(&format!("`{}`", option.name)));
            if !table || !words.contains(option.name) || !fences.iter().any(|fence| fence.contains(option.name)) {
                missing.push(format!("`{}` does not show its option `{}`", row.name, option.name));
            }
        }
    }
    assert!(missing.is_empty(), "{PAGE}:\n{}", missing.join("\n"));
}

#[test]
fn every_row_of_the_capabilities_holds() {
    let page = blocks::page(PAGE);
    let rows = rows(&page);
    assert!(rows.len() > 40, "{} rows", rows.len());
    let wrong: Vec<String> = rows.iter().filter_map(|row| holds(&page, row).err()).collect();
    assert!(wrong.is_empty(), "{PAGE}:\n{}", wrong.join("\n"));
}

#[test]
fn every_kind_of_state_has_a_row() {
    let page = blocks::page(PAGE);
    let spelled: BTreeSet<String> = rows(&page).iter().filter_map(|row| Some(spelling(&row[1])?.0)).collect();
    let said = |kind: &str| spelled.iter().any(|spelling| spelling.split([' ', '`', ',']).any(|word| word == kind));
    let missing: Vec<&str> = KINDS.iter().map(|row| row.name).filter(|kind| !said(kind)).collect();
    assert!(missing.is_empty(), "no row for {missing:?}");
}

#[test]
fn a_row_that_does_not_hold_is_found() {
    let page = "## dial\n";
    let hello = "[hello](../flows/hello/hello.flow)";
    let played = "`ways_through::a_call_goes_its_way`";
    let row = |cells: [&str; 4]| cells.map(str::to_owned);
    for (cells, says) in [
        (["ring", "[`dial`](#dial)", hello, played], "says no `dial`"),
        (["ring", "[`dial`](#dail)", hello, played], "no section"),
        (["ring", "[`dail`](#dial)", hello, played], "not known"),
        (["ring", "[`dial`](#dial)", "[x](../flows/x/x.flow)", played], "no example"),
        (["ring", "[`dial`](#dial)", "[o](../flows/outreach/outreach.flow)", "`dial::nothing`"], "no test"),
        (["ring", "not offered: ", "", ""], "no reason"),
        (["ring", "not offered: it is not", hello, ""], "and yet"),
    ] {
        let wrong = holds(page, &row(cells)).expect_err(says);
        assert!(wrong.contains(says), "{wrong}");
    }
    let good = ["ring", "[`dial`](#dial)", "[o](../flows/outreach/outreach.flow)", played];
    assert_eq!(holds(page, &row(good)), Ok(()));
}

type Row = [String; 4];

/// The rows of the tables below the heading, without their heads.
fn rows(page: &str) -> Vec<Row> {
    let below = page.split_once(TABLE).expect("the table").1;
    let below = below.split("\n## ").next().unwrap_or(below);
    let lines = below.lines().filter(|line| line.starts_with('|'));
    let cells =
        |line: &str| -> Vec<String> { line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect() };
    let rows = lines.map(cells).filter(|cells| !cells[1].starts_with("---") && cells[1] != "spelling");
    rows.map(|cells| cells.try_into().unwrap_or_else(|cells| panic!("four cells: {cells:?}"))).collect()
}

/// Whether what a row says is so.
fn holds(page: &str, row: &Row) -> Result<(), String> {
    let [capability, spelled, example, played] = row;
    let wrong = |why: String| Err(format!("{capability}: {why}"));
    if let Some(reason) = spelled.strip_prefix("not offered:") {
        return match (reason.trim(), example.is_empty() && played.is_empty()) {
            ("", _) => wrong("no reason is given".to_owned()),
            (_, false) => wrong("not offered, and yet shown".to_owned()),
            (_, true) => Ok(()),
        };
    }
    let Some((spelling, anchor)) = spelling(spelled) else { return wrong(format!("no link in `{spelled}`")) };
    if !anchors(page).contains(&anchor) {
        return wrong(format!("no section `#{anchor}`"));
    }
    let Some(path) = link(example) else { return wrong("no example is linked".to_owned()) };
    let Some(program) = program(path.trim_start_matches("../")) else { return wrong(format!("no example `{path}`")) };
    match says(&program, &spelling) {
        Some(true) => {}
        Some(false) => return wrong(format!("`{path}` says no `{spelling}`")),
        None => return wrong(format!("the spelling `{spelling}` is not known here")),
    }
    let test = played.trim_matches('`');
    let Some((module, name)) = test.split_once("::") else { return wrong(format!("`{test}` names no test")) };
    let file = blocks::root().join(format!("src/machine/tests/{module}.rs"));
    let text = std::fs::read_to_string(file).unwrap_or_default();
    if text.contains(&format!("#[test]\nfn {name}()")) { Ok(()) } else { wrong(format!("no test `{test}`")) }
}

/// What is written in a cell `[text](#anchor)`, and where it leads; the text without backquotes.
fn spelling(cell: &str) -> Option<(String, String)> {
    let (text, rest) = cell.strip_prefix('[')?.rsplit_once("](#")?;
    Some((text.replace('`', ""), rest.strip_suffix(')')?.to_owned()))
}

fn link(cell: &str) -> Option<&str> {
    cell.split_once("](")?.1.strip_suffix(')')
}

/// Where links within a page may lead.
pub(crate) fn anchors(page: &str) -> BTreeSet<String> {
    let headings = page.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    headings.map(|heading| heading.to_lowercase().replace(' ', "-").replace([',', ':', '`'], "")).collect()
}

/// The part of the page below `### NAME`.
fn section<'p>(page: &'p str, name: &str) -> Option<&'p str> {
    let below = page.split_once(&format!("\n### {name}\n"))?.1;
    let end = ["\n### ", "\n## "].iter().filter_map(|mark| below.find(mark)).min();
    Some(&below[..end.unwrap_or(below.len())])
}

/// The program of an example's native file.
fn program(path: &str) -> Option<Program> {
    let file = Path::new(path);
    let name = file.file_name()?.to_str()?.strip_suffix(".flow")?;
    let folder = blocks::root().join(file.parent()?);
    if !folder.join(format!("{name}.flow")).is_file() {
        return None;
    }
    let files: Vec<(String, String)> =
        blocks::folder(&folder).into_iter().filter(|(name, _)| !name.ends_with(".flow.yaml")).collect();
    let project = blocks::compiled(&files).ok()?;
    project.flows.into_iter().find(|flow| flow.name == name)?.program
}

/// Whether a flow has a state of a kind.
fn is_there(program: &Program, kind: &str) -> bool {
    kinds(program).any(|of| word(of) == kind)
}

fn kinds(program: &Program) -> impl Iterator<Item = &Kind> {
    program.states().map(|(_, state)| &state.kind)
}

/// The word authors write for it.
fn word(kind: &Kind) -> &'static str {
    match kind.form() {
        Some("raw") | None => kind.graph_kind(),
        Some(form) => form,
    }
}

/// Whether a flow says something in this spelling; `None` when nobody knows the spelling.
fn says(program: &Program, spelling: &str) -> Option<bool> {
    let any = |is: fn(&Kind) -> bool| Some(kinds(program).any(is));
    let label = |is: fn(&Label) -> bool| program.graph.edge_weights().any(|edge| is(&edge.label));
    let condition =
        |is: fn(&Condition) -> bool| Some(program.groups.values().flat_map(|group| &group.conditions).any(is));
    match spelling {
        "dial [a, b]" => any(|kind| matches!(kind, Kind::Dial { to, .. } if to.len() > 1)),
        "file \"…\"" => Some(sounds(program).any(|sound| matches!(sound, Sound::File { .. }))),
        "ssml \"…\"" => Some(sounds(program).any(|sound| matches!(sound, Sound::Ssml(_)))),
        "play, loop" => any(|kind| matches!(kind, Kind::Play { looped: true, .. })),
        "recognize dtmf" => any(|kind| matches!(kind, Kind::Recognize { input: Input::Dtmf, .. })),
        "menu with phrases" => {
            any(|kind| matches!(kind, Kind::Menu { choices, .. } if choices.iter().any(|one| !one.phrases.is_empty())))
        }
        "collect by speech" => {
            any(|kind| matches!(kind, Kind::Collect { input: Input::Speech | Input::SpeechOrDtmf, .. }))
        }
        "key rules" => Some(label(|label| matches!(label, Label::Key { .. }))),
        "signal rules" => Some(label(|label| matches!(label, Label::Signal(_)))),
        "signals.NAME" => Some(reads(&form(program), "signal")),
        "call.headers.get(\"…\")" => Some(reads(&form(program), "header")),
        "transfer, who" => any(|kind| matches!(kind, Kind::Transfer { who: Some(_), .. })),
        "transfer, headers" => any(|kind| matches!(kind, Kind::Transfer { headers, .. } if !headers.is_empty())),
        "add, headers" => any(|kind| matches!(kind, Kind::Add { headers, .. } if !headers.is_empty())),
        "hangup, everyone" => any(|kind| matches!(kind, Kind::Hangup { everyone: true, .. })),
        "add left by a rule" => Some(left_by_a_rule(program, "add")),
        "a rule that leaves play" => Some(left_by_a_rule(program, "play")),
        "query call" => any(|kind| matches!(kind, Kind::Query { what: Query::Call, .. })),
        "query participants" => any(|kind| matches!(kind, Kind::Query { what: Query::Participants, .. })),
        "query of a participant" => any(|kind| matches!(kind, Kind::Query { what: Query::Participant(_), .. })),
        "while recording active" => condition(|of| matches!(of, Condition::RecordingActive)),
        "while recording paused" => condition(|of| matches!(of, Condition::RecordingPaused)),
        "while … on hold" => condition(|of| matches!(of, Condition::Hold { .. })),
        "while streaming on" => condition(|of| matches!(of, Condition::Streaming)),
        "while transcription" => condition(|of| matches!(of, Condition::Transcription(_))),
        "flow NAME recording_ready" => Some(program.call == CallKind::RecordingReady),
        kind if KINDS.iter().any(|row| row.name == kind) => Some(is_there(program, kind)),
        _ => None,
    }
}

/// The program as it is stored.
fn form(program: &Program) -> serde_json::Value {
    serde_json::from_slice(&program.to_bytes()).expect("a program is stored as JSON")
}

/// Whether an expression of a stored program reads such a slot.
fn reads(form: &serde_json::Value, slot: &str) -> bool {
    match form {
        serde_json::Value::Array(items) => items.iter().any(|item| reads(item, slot)),
        serde_json::Value::Object(fields) => {
            fields.iter().any(|(name, value)| (name == "read" && value.get(slot).is_some()) || reads(value, slot))
        }
        _ => false,
    }
}

/// How the prompts of its libraries that a flow uses sound.
fn sounds(program: &Program) -> impl Iterator<Item = &Sound> {
    program.prompts.values().flat_map(|prompt| prompt.wordings.values()).map(|wording| &wording.sound)
}

/// Whether keys, a signal or time lead out of a state of that kind.
fn left_by_a_rule(program: &Program, kind: &str) -> bool {
    program.states().filter(|(_, state)| word(&state.kind) == kind).any(|(node, _)| {
        program.edges_from(node).into_iter().any(|edge| {
            let label = &program.graph[edge].label;
            matches!(label, Label::Key { .. } | Label::Signal(_) | Label::After { .. })
        })
    })
}
