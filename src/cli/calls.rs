//! `flowc calls`: the calls of the running service, the newest first, numbers masked.

use crate::cli::running::{Format, Running, plain, word};
use crate::cli::{Exit, Failure, tell, written};
use crate::platform::identifier::masked;
use serde_json::{Value, json};
use std::io::{self, Write};

/// Arguments of `flowc calls`.
#[derive(clap::Args)]
pub struct Args {
    /// Only calls that are not over
    #[arg(long)]
    live: bool,
    /// How to print them: json is one object a line
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    running: Running,
}

/// Runs the command.
///
/// # Errors
/// When the service is not there or refuses, or the output cannot be written.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let path = if args.live { "/api/calls?live=true" } else { "/api/calls" };
    let answer = args.running.ask(reqwest::Method::GET, path, None)?;
    let calls: Vec<&Value> = answer["calls"].as_array().into_iter().flatten().collect();
    let mut out = io::stdout().lock();
    let text = match args.format {
        Format::Json => calls.iter().map(|call| format!("{}\n", line(call))).collect(),
        Format::Text => table(&calls),
    };
    written(out.write_all(text.as_bytes()))?;
    if answer["more"] == true {
        tell(&format!("flowc: these are the newest {}; there are more", calls.len()));
    }
    Ok(Exit::Fine)
}

/// What is told of one call.
fn line(call: &Value) -> Value {
    let hidden = |name: &str| call[name].as_str().map(masked);
    json!({
        "call": call["call"], "flow": call["flow"], "direction": call["direction"], "state": call["state"],
        "phase": call["phase"], "from": hidden("from"), "to": hidden("to"), "since": call["started"],
        "ended": call["ended"], "result": call["result"], "reason": call["reason"],
    })
}

fn table(calls: &[&Value]) -> String {
    const HEAD: [&str; 7] = ["CALL", "FLOW", "STATE", "FROM", "SINCE", "ENDED", "RESULT"];
    let mut rows: Vec<Vec<String>> = vec![HEAD.map(str::to_owned).to_vec()];
    for call in calls {
        let call = line(call);
        let second = |name: &str| word(&call, name).split('.').next().unwrap_or("").trim_end_matches('Z').to_owned();
        let at =
            |name: &str| Some(second(name)).filter(|at| !at.is_empty()).map_or_else(|| "-".to_owned(), |at| at + "Z");
        let over = word(&call, "phase") == "ended";
        let result = match (word(&call, "result"), over) {
            ("", true) => "none",
            ("", false) => "-",
            (result, _) => result,
        };
        rows.push(vec![
            plain(word(&call, "call")),
            plain(word(&call, "flow")),
            plain(word(&call, "state")),
            plain(word(&call, "from")),
            at("since"),
            at("ended"),
            plain(result),
        ]);
    }
    let widths: Vec<usize> =
        (0..HEAD.len()).map(|at| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0)).collect();
    let mut text = String::new();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}
