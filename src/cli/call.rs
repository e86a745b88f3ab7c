//! `flowc call`: places one outbound call through the running service.

use crate::cli::{Exit, Failure, environment, service, written};
use crate::config::{ProjectFile, ServiceFlags, ServiceSettings};
use serde_json::{Map, Value, json};
use std::io::{self, Write};
use std::time::Duration;

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
    /// The running service [default: the one on this machine, where flowc.toml or FLOWC_LISTEN say it listens]
    #[arg(long, value_name = "URL")]
    service: Option<String>,
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
    let service = service_url(args)?;
    let (status, answer) = service::tokio()?.block_on(post(&format!("{service}/api/calls"), &body))?;
    match answer["call"].as_str() {
        Some(call) if status == 202 => {
            written(writeln!(io::stdout(), "{call}"))?;
            Ok(Exit::Fine)
        }
        _ => {
            let message = answer["error"]["message"].as_str().unwrap_or("no reason given");
            let line = format!("the service refused the call ({status}): {message}");
            Err(if status < 500 { Failure::Usage(line) } else { Failure::World(line) })
        }
    }
}

fn service_url(args: &Args) -> Result<String, Failure> {
    if let Some(url) = &args.service {
        return Ok(url.trim_end_matches('/').to_owned());
    }
    let file = match crate::cli::project::the_one(None) {
        Ok(located) => located.read(|_| ())?.file,
        Err(_) => ProjectFile::default(),
    };
    let settings = ServiceSettings::resolve(&ServiceFlags::default(), &environment(), &file)?;
    Ok(format!("http://{}", settings.listen))
}

async fn post(url: &str, body: &Value) -> Result<(u16, Value), Failure> {
    let world = |error: reqwest::Error| {
        Failure::World(format!("the service at {url} does not answer: {error}; start it with `flowc serve`"))
    };
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build().map_err(world)?;
    let response = client.post(url).json(body).send().await.map_err(world)?;
    let status = response.status().as_u16();
    Ok((status, response.json().await.unwrap_or(Value::Null)))
}
