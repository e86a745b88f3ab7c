//! `flowc call`: places one outbound call through the running service.

use crate::cli::running::Running;
use crate::cli::{Exit, Failure, written};
use serde_json::{Map, Value, json};
use std::io::{self, Write};

/// Arguments of `flowc call`.
#[derive(clap::Args)]
pub struct Args {
    /// The outbound flow
    flow: String,
    /// Whom to call: the flow's parameter `to`
    #[arg(long, value_name = "NUMBER")]
    to: String,
    /// The caller id: the flow's parameter `from`
    #[arg(long, value_name = "NUMBER")]
    from: Option<String>,
    /// Another parameter, its value as JSON (a text needs no quotes)
    #[arg(long = "param", value_name = "NAME=JSON")]
    params: Vec<String>,
    /// The same key again is the same call
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
    #[command(flatten)]
    running: Running,
}

/// Runs the command.
///
/// # Errors
/// When a parameter cannot be read, the service is not there, or it refuses the call.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let mut params = Map::new();
    for param in &args.params {
        let (name, value) = param
            .split_once('=')
            .ok_or_else(|| Failure::Usage(format!("`{param}` has no `=`: write --param patient=Ada")))?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
        params.insert(name.to_owned(), value);
    }
    let mut body = json!({ "flow": args.flow, "to": args.to, "params": params });
    for (name, value) in [("from", &args.from), ("idempotency_key", &args.idempotency_key)] {
        if let Some(value) = value {
            body[name] = json!(value);
        }
    }
    let answer = args.running.ask(reqwest::Method::POST, "/api/calls", Some(&body))?;
    let call = answer["call"].as_str().ok_or_else(|| Failure::World("the service names no call".to_owned()))?;
    written(writeln!(io::stdout(), "{call}"))?;
    Ok(Exit::Fine)
}
