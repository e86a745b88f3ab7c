//! `flowc trace CALL`: the story of one call, step by step, each state with its place in the flow's text.

use crate::cli::running::{Format, Running, plain, word};
use crate::cli::test::house;
use crate::cli::{Exit, Failure, tell, written as printed};
use crate::rehearsal::{retold, written};
use crate::runtime::recorded::Recorded;
use serde_json::Value;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Arguments of `flowc trace`.
#[derive(clap::Args)]
pub struct Args {
    /// The call, as `flowc calls` names it
    call: String,
    /// How to print it: json is what the service answers
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Write the call to a file, for `flowc replay`: what is of a person in it is made up
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Write the call to a file as a scenario of the project stood in
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// Leave numbers, names and words in these files as they are
    #[arg(long)]
    keep: bool,
    #[command(flatten)]
    running: Running,
}

/// Runs the command.
///
/// # Errors
/// When there is no such call, the service is not there or refuses, or the output cannot be written.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    if args.call.is_empty() || !args.call.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        return Err(Failure::Usage(format!("`{}` is not a call; `flowc calls` lists them", plain(&args.call))));
    }
    if args.record.is_some() || args.scenario.is_some() {
        return record(args);
    }
    let told = args.running.ask(reqwest::Method::GET, &format!("/api/calls/{}/history", args.call), None)?;
    let text = match args.format {
        Format::Json => format!("{told:#}\n"),
        Format::Text => story(&told),
    };
    printed(io::stdout().lock().write_all(text.as_bytes()))?;
    Ok(Exit::Fine)
}

/// Writes the call as something to be played again.
fn record(args: &Args) -> Result<Exit, Failure> {
    let keep = if args.keep { "?keep=true" } else { "" };
    let told = args.running.ask(reqwest::Method::GET, &format!("/api/calls/{}/record{keep}", args.call), None)?;
    let lines = told["lines"].as_array().map_or(&[][..], Vec::as_slice);
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let recorded =
        Recorded::read(&text).map_err(|(_, reason)| Failure::World(format!("the service's answer: {reason}")))?;
    let Some(recorded) = recorded.first() else {
        return Err(Failure::World("the service has no such recording".to_owned()));
    };
    if let Some(cut) = &recorded.head.cut {
        tell(&format!("not all of the call is recorded: {cut}"));
    }
    if let Some(file) = &args.record {
        save(file, &recorded.to_text())?;
    }
    if let Some(file) = &args.scenario {
        let Some(houses) = house::read(&[], None)? else { return Ok(Exit::Findings) };
        let program = houses.iter().find_map(|house| house.lines.flows.get(&recorded.head.flow));
        let Some(served) = program else {
            return Err(Failure::Usage(format!("there is no flow `{}` here", recorded.head.flow)));
        };
        if served.hash != recorded.head.program {
            tell(
                "the call ran another version of the flow than the one that is here; the scenario may have to be changed",
            );
        }
        save(file, &written::text(&retold::script(recorded, &served.program)))?;
        if retold::reaches_out(recorded) {
            tell(
                "the call told another something, or took somebody out of it: the scenario wants that one under `given.calls`",
            );
        }
    }
    Ok(Exit::Fine)
}

fn save(file: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(file, text).map_err(|error| Failure::World(format!("cannot write {}: {error}", file.display())))
}

fn story(told: &Value) -> String {
    let mut text = format!("{}: {}", plain(word(told, "call")), plain(word(told, "flow")));
    if told["direction"].is_string() {
        let number =
            |name: &str| Some(word(told, name)).filter(|n| !n.is_empty()).map_or_else(|| "-".to_owned(), plain);
        text.push_str(&format!(", {}, {} to {}", plain(word(told, "direction")), number("from"), number("to")));
        text.push_str(&format!(", begun {}", plain(word(told, "started"))));
    }
    text.push('\n');
    let chapters = told["history"].as_array().map_or(&[][..], Vec::as_slice);
    for chapter in chapters {
        text.push_str(&head(chapter));
        for step in chapter["steps"].as_array().into_iter().flatten() {
            text.push_str(&format!("{:>12}  {}\n", "", said(step)));
        }
    }
    if chapters.is_empty() {
        text.push_str("nothing is kept of what happened to it\n");
    }
    text.push_str(&match (word(told, "phase"), word(told, "result")) {
        ("ended", "") => format!("ended {} with no result\n", plain(word(told, "ended"))),
        ("ended", result) => format!("ended {} with {}\n", plain(word(told, "ended")), plain(result)),
        _ => format!("in `{}` now\n", plain(word(told, "state"))),
    });
    text
}

/// The line of an event: when, what, and from which state to which.
fn head(chapter: &Value) -> String {
    let ms = chapter["offset_ms"].as_i64().unwrap_or(0);
    let mut text = format!("{:>12}  {}", format!("+{}.{:03}s", ms / 1_000, ms % 1_000), plain(word(chapter, "event")));
    for name in ["op", "detail"] {
        if let Some(more) = chapter[name].as_str() {
            text.push_str(&format!("{}{}", if name == "op" { " " } else { ": " }, plain(more)));
        }
    }
    let (from, to) = (word(chapter, "from"), word(chapter, "to"));
    if from != to {
        text.push_str(&if from.is_empty() {
            format!("  [-> {}]", plain(to))
        } else {
            format!("  [{} -> {}]", plain(from), plain(to))
        });
    }
    text.push('\n');
    text
}

fn said(step: &Value) -> String {
    let state = match step["flow"].as_str() {
        Some(flow) => format!("{}.{}", plain(flow), plain(word(step, "state"))),
        None => plain(word(step, "state")),
    };
    let what = plain(word(step, "what"));
    let line = match word(step, "did") {
        "entered" => format!("-> {state}"),
        "took" => format!("   {state}: {what}"),
        "ordered" => format!("   {what} {}", plain(word(step, "op"))),
        "ran" => format!("   {state} runs {what}"),
        "returned" => format!("   {what} is over, back in {state}"),
        "fault" => format!("   fault in {state}: {what}"),
        did => format!("   {}: {what}", plain(did)),
    };
    match (step["file"].as_str(), step["line"].as_u64()) {
        (Some(file), Some(at)) if word(step, "did") != "ordered" => format!("{line}  {}:{at}", plain(file)),
        _ => line,
    }
}
