//! The service that runs somewhere, as commands ask it: where it is, and with which token.

use crate::cli::log::is_loud;
use crate::cli::{Failure, environment, service};
use crate::config::{ProjectFile, ServiceFlags, ServiceSettings};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Flags by which a command finds the service.
#[derive(clap::Args)]
pub struct Running {
    /// The running service [default: the one on this machine, where flowc.toml or FLOWC_LISTEN say it listens]
    #[arg(long, value_name = "URL")]
    service: Option<String>,
    /// A file with the service's admin token, where it asks for one
    #[arg(long, value_name = "FILE")]
    admin_token_file: Option<PathBuf>,
}

impl Running {
    /// Asks the service; its answer where that is one of success, else what it says is wrong.
    ///
    /// # Errors
    /// When the service is not there, or refuses.
    pub fn ask(&self, method: reqwest::Method, path: &str, body: Option<&Value>) -> Result<Value, Failure> {
        let (status, answer) = service::tokio()?.block_on(self.send(method, path, body))?;
        if (200..300).contains(&status) {
            return Ok(answer);
        }
        let message = answer["error"]["message"].as_str().unwrap_or("no reason given");
        let line = format!("the service refused it ({status}): {message}");
        Err(if status < 500 { Failure::Usage(line) } else { Failure::World(line) })
    }

    async fn send(&self, method: reqwest::Method, path: &str, body: Option<&Value>) -> Result<(u16, Value), Failure> {
        let url = format!("{}{path}", self.url()?);
        let world = |error: reqwest::Error| {
            Failure::World(format!("the service at {url} does not answer: {error}; start it with `flowc serve`"))
        };
        let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build().map_err(world)?;
        let mut request = client.request(method, &url);
        if let Some(file) = &self.admin_token_file {
            request = request.bearer_auth(token(file)?);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(world)?;
        let status = response.status();
        match response.json().await {
            Ok(answer) => Ok((status.as_u16(), answer)),
            Err(_) if !status.is_success() => Ok((status.as_u16(), Value::Null)),
            Err(_) => {
                Err(Failure::World(format!("{url} does not answer as flowc does; name the service with --service")))
            }
        }
    }

    fn url(&self) -> Result<String, Failure> {
        if let Some(url) = &self.service {
            return Ok(url.trim_end_matches('/').to_owned());
        }
        let file = match crate::cli::project::the_one(None) {
            Ok(located) => located.read(|_| ())?.file,
            Err(_) => ProjectFile::default(),
        };
        let settings = ServiceSettings::resolve(&ServiceFlags::default(), &environment(), &file)?;
        Ok(format!("http://{}", settings.listen))
    }
}

fn token(file: &Path) -> Result<String, Failure> {
    let unusable = |reason: String| Failure::Usage(format!("--admin-token-file {}: {reason}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| unusable(format!("it cannot be read: {error}")))?;
    let token = text.trim();
    // Anything else could not stand in a header.
    if token.is_empty() || !token.chars().all(|c| c.is_ascii_graphic()) {
        return Err(unusable("one line without spaces is wanted".to_owned()));
    }
    Ok(token.to_owned())
}

/// How an answer is printed.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// A member of an answer as a text; empty where it is none.
#[must_use]
pub fn word<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or("")
}

/// A text of a service for a terminal: without what would move its cursor or turn its words round.
#[must_use]
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if is_loud(c) { ' ' } else { c }).collect()
}
