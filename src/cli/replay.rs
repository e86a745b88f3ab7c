//! `flowc replay`: recorded calls on the flows as they are now, grouped by the first step where they part from what was recorded;
//! and recordings of the calls that a project's scenarios make.

use crate::cli::render::counted;
use crate::cli::running::{Format, plain};
use crate::cli::test::house::{self, House};
use crate::cli::{Exit, Failure, tell, written};
use crate::language::graph::CallKind;
use crate::rehearsal::replay::{Divergence, Group, Replayed, replay};
use crate::rehearsal::{rehearse, retold, written as scenario};
use crate::runtime::lines::Lines;
use crate::runtime::recorded::Recorded;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Most calls of a group that are named.
const SHOWN: usize = 3;

/// Arguments of `flowc replay`.
#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["calls", "record"])))]
pub struct Args {
    /// Flow files, project folders, or folders of projects [default: the project stood in]
    paths: Vec<PathBuf>,
    /// Recorded calls, as `flowc trace CALL --record FILE` writes them; files may hold several
    #[arg(long, value_name = "FILE", num_args = 1..)]
    calls: Vec<PathBuf>,
    /// Write each recorded call as a scenario into this folder, too
    #[arg(long, value_name = "FOLDER", requires = "calls")]
    scenarios: Option<PathBuf>,
    /// Record the calls of the scenarios instead
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Leave numbers, names and words in the recording as they are
    #[arg(long, requires = "record")]
    keep: bool,
    /// How it is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the command.
///
/// # Errors
/// When a path cannot be used, a recording cannot be read, or something cannot be written.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let Some(houses) = house::read(&args.paths, None)? else { return Ok(Exit::Findings) };
    if let Some(file) = &args.record {
        return record(&houses, file, args.keep);
    }
    let mut calls = Vec::new();
    for file in &args.calls {
        calls.extend(read(file)?);
    }
    are_of_here(&houses, &calls)?;
    let mut lines = Lines::default();
    let mut places = BTreeMap::new();
    for house in &houses {
        for (name, served) in &house.lines.flows {
            if lines.flows.insert(name.clone(), served.clone()).is_some() {
                return Err(Failure::Usage(format!(
                    "there are several flows `{name}` here; name the project that is meant"
                )));
            }
        }
        places.extend(house.source_maps().iter().map(|(name, map)| (name.clone(), map.clone())));
    }
    if let Some(folder) = &args.scenarios {
        retell(&lines, &calls, folder)?;
    }
    let replayed = replay(&lines, &places, &calls);
    doubt(&lines, &calls, &replayed);
    let text = match args.format {
        Format::Json => format!("{:#}\n", as_json(&replayed)),
        Format::Text => as_text(&replayed),
    };
    written(io::stdout().lock().write_all(text.as_bytes()))?;
    Ok(if replayed.groups.is_empty() { Exit::Fine } else { Exit::Findings })
}

fn read(file: &Path) -> Result<Vec<Recorded>, Failure> {
    let unusable =
        |at: &str, reason: &str, help: &str| Err(Failure::Usage(format!("{}{at}: {reason}; {help}", file.display())));
    let writes = "`flowc trace CALL --record FILE` records a call of a running service, `flowc replay --record FILE` those of scenarios";
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => return unusable("", &format!("it cannot be read: {error}"), writes),
    };
    match Recorded::read(&text) {
        Ok(calls) if calls.is_empty() => unusable("", "it holds no recorded call", writes),
        Ok(calls) => Ok(calls),
        Err((line, reason)) => {
            unusable(&format!(":{line}"), &plain(&reason), "record the call again, or take its lines out of the file")
        }
    }
}

/// Recordings of which none is of a flow that is here were meant for another project.
fn are_of_here(houses: &[House], calls: &[Recorded]) -> Result<(), Failure> {
    let here: BTreeSet<&str> = houses.iter().flat_map(|house| house.lines.flows.keys()).map(String::as_str).collect();
    let theirs: BTreeSet<&str> = calls.iter().map(|recorded| recorded.head.flow.as_str()).collect();
    if !here.is_disjoint(&theirs) {
        return Ok(());
    }
    let all =
        |names: BTreeSet<&str>| names.iter().map(|name| format!("`{}`", plain(name))).collect::<Vec<_>>().join(", ");
    Err(Failure::Usage(format!(
        "the recorded calls are of {}; the flows here are {}; name the project that has the flow: `flowc replay PATH --calls FILE`",
        all(theirs),
        all(here)
    )))
}

/// A call cannot part from what it did on the very version of the flow that it ran.
fn doubt(lines: &Lines, calls: &[Recorded], replayed: &Replayed) {
    let diverging: BTreeSet<&String> = replayed.groups.iter().flat_map(|group| &group.calls).collect();
    let is_same = |recorded: &&Recorded| {
        let served = lines.flows.get(&recorded.head.flow);
        served.is_some_and(|served| served.hash == recorded.head.program) && diverging.contains(&recorded.head.call)
    };
    let mut doubtful = calls.iter().filter(is_same);
    if let Some(first) = doubtful.next() {
        tell(&format!(
            "{} not as recorded on the version of the flow that they ran, such as {}: the recording was changed, or another release of \
             flowc made it; record again",
            counted(doubtful.count() + 1, "call"),
            plain(&first.head.call)
        ));
    }
}

/// Writes calls as scenarios.
fn retell(lines: &Lines, calls: &[Recorded], folder: &Path) -> Result<(), Failure> {
    let world = |error: io::Error| Failure::World(format!("cannot write into {}: {error}", folder.display()));
    std::fs::create_dir_all(folder).map_err(world)?;
    let (mut count, mut left_out) = (0, 0);
    for (at, recorded) in calls.iter().enumerate() {
        if retold::reaches_out(recorded) {
            left_out += 1;
            continue;
        }
        let Some(served) = lines.flows.get(&recorded.head.flow) else { continue };
        if matches!(served.program.call, CallKind::Live | CallKind::RecordingReady) {
            continue;
        }
        let text = scenario::text(&retold::script(recorded, &served.program));
        let path = folder.join(format!("{}_{}.scenario.yaml", recorded.head.flow, at + 1));
        std::fs::write(path, text).map_err(world)?;
        count += 1;
    }
    tell(&format!("{} written", counted(count, "scenario")));
    if left_out > 0 {
        tell(&format!("{} left out: what another call was meanwhile is not in a recording", counted(left_out, "call")));
    }
    Ok(())
}

/// Records what the scenarios of projects make of their flows.
fn record(houses: &[House], file: &Path, keep: bool) -> Result<Exit, Failure> {
    let (mut text, mut count) = (String::new(), 0);
    for house in houses {
        for scenario in &house.scenarios {
            let rehearsed = rehearse::keeping(house.scene(), &scenario.script);
            for (at, came) in rehearsed.calls.into_iter().enumerate() {
                let (Some(served), Some(history)) = (house.lines.flows.get(&came.flow), came.history) else { continue };
                // What runs a `live` flow in a rehearsal is no flow of the project.
                if served.program.call == CallKind::Live {
                    continue;
                }
                let mut beginning = history.beginning;
                beginning.id = format!("{} {}", scenario.path, at + 1);
                let recorded = Recorded::from(&served.program, &served.hash, beginning, &history.lines, keep);
                text.push_str(&recorded.to_text());
                count += 1;
            }
        }
    }
    if count == 0 {
        return Err(Failure::Usage("there is no scenario here whose call could be recorded".to_owned()));
    }
    std::fs::write(file, text).map_err(|error| Failure::World(format!("cannot write {}: {error}", file.display())))?;
    tell(&format!("{} recorded", counted(count, "call")));
    Ok(Exit::Fine)
}

fn as_json(replayed: &Replayed) -> serde_json::Value {
    let group = |Group { divergence, calls }: &Group| {
        let Divergence { at: (flow, state), when, was, now, place } = divergence;
        json!({
            "flow": flow, "state": state, "when": when, "was": was, "now": now, "calls": calls,
            "file": place.as_ref().map(|place| &*place.file), "line": place.as_ref().map(|place| place.line),
        })
    };
    let diverging: usize = replayed.groups.iter().map(|group| group.calls.len()).sum();
    json!({
        "calls": replayed.calls, "diverging": diverging, "in_part": replayed.in_part,
        "groups": replayed.groups.iter().map(group).collect::<Vec<_>>(),
    })
}

fn as_text(replayed: &Replayed) -> String {
    let mut text = String::new();
    for Group { divergence, calls } in &replayed.groups {
        let Divergence { at: (flow, state), when, was, now, place } = divergence;
        let at = if state.is_empty() { flow.clone() } else { format!("at {state}") };
        let when = if when.is_empty() { String::new() } else { format!("{when} ") };
        let place = place.as_ref().map(|place| format!(" ({}:{})", place.file, place.line)).unwrap_or_default();
        let few: Vec<String> = calls.iter().take(SHOWN).map(|call| plain(call)).collect();
        let such = if calls.len() > SHOWN { "such as " } else { "" };
        let _ = writeln!(
            text,
            "{}: {at}: {}{}, now {}{place}\n    {such}{}",
            counted(calls.len(), "call"),
            plain(&when),
            plain(was),
            plain(now),
            few.join(", ")
        );
    }
    let diverging: usize = replayed.groups.iter().map(|group| group.calls.len()).sum();
    let same = replayed.calls - diverging;
    let _ = writeln!(text, "{} as recorded, {diverging} not", counted(same, "call"));
    if !replayed.in_part.is_empty() {
        let _ = writeln!(
            text,
            "{} followed in part only: what decided the rest is masked, such as {}",
            counted(replayed.in_part.len(), "call"),
            plain(&replayed.in_part[0])
        );
    }
    text
}
