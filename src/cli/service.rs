//! What `serve` and `dev` share: a project made ready to be served, and a service running over it.

use crate::cli::project::Project;
use crate::cli::render::{Findings, text};
use crate::cli::{Failure, written};
use crate::config::{AI_ENDPOINT, Known, STREAMING_URL, ServiceSettings, TRANSCRIPTION_URL, Wrong};
use crate::language::compile;
use crate::language::diagnostic::has_errors;
use crate::language::flow::state::Condition;
use crate::language::graph::{CallKind, Program};
use crate::platform::versions::Version;
use crate::runtime::lines::{Lines, Served};
use std::io;
use std::sync::Arc;

/// The environment variable that names the point at which a crash test stops the process.
pub const HOLD_AT: &str = "FLOWC_HOLD_AT";
/// The environment variable by which a test has the clock wrong by so many milliseconds.
pub const CLOCK_OFF_MS: &str = "FLOWC_CLOCK_OFF_MS";

/// Why a project cannot be served.
#[derive(Debug)]
pub enum NotServed {
    /// It has errors; they have been printed.
    Findings,
    /// Something else, in one line.
    Failure(Failure),
}

impl From<Failure> for NotServed {
    fn from(failure: Failure) -> NotServed {
        NotServed::Failure(failure)
    }
}

/// What flows need of the world beside the platform itself, as far as it is there.
#[derive(Clone, Copy, Debug)]
pub struct Helpers<'a> {
    /// The AI resource.
    pub ai: Option<&'a str>,
    /// Where media is streamed to.
    pub streaming: Option<&'a str>,
    /// Where transcriptions go.
    pub transcription: Option<&'a str>,
}

impl<'a> Helpers<'a> {
    /// Those that are set.
    #[must_use]
    pub fn of(settings: &'a ServiceSettings) -> Helpers<'a> {
        Helpers {
            ai: settings.ai_endpoint.as_deref(),
            streaming: settings.streaming_url.as_deref(),
            transcription: settings.transcription_url.as_deref(),
        }
    }

    /// Those that some flow wants: the platform is told of nothing else.
    #[must_use]
    pub fn wanted(self, lines: &Lines) -> Helpers<'a> {
        let some = |does: fn(&Condition) -> bool| lines.flows.values().any(|flow| flow.program.conditions().any(does));
        Helpers {
            ai: self.ai,
            streaming: self.streaming.filter(|_| some(streams)),
            transcription: self.transcription.filter(|_| some(transcribes)),
        }
    }

    /// What a flow needs and is not there: one line.
    fn missing(&self, program: &Program) -> Option<String> {
        let lacks =
            |setting: Known, does: &str| Some(format!("flow `{}` {does}: {}", program.flow, Wrong::Missing(setting)));
        if program.needs_ai && self.ai.is_none() {
            return lacks(AI_ENDPOINT, "speaks or listens");
        }
        if self.streaming.is_none() && program.conditions().any(streams) {
            return lacks(STREAMING_URL, "streams its media");
        }
        if self.transcription.is_none() && program.conditions().any(transcribes) {
            return lacks(TRANSCRIPTION_URL, "has what is said transcribed");
        }
        None
    }
}

fn streams(condition: &Condition) -> bool {
    matches!(condition, Condition::Streaming)
}

fn transcribes(condition: &Condition) -> bool {
    matches!(condition, Condition::Transcription(_))
}

/// Compiles a project and gives its flows their settings.
///
/// # Errors
/// When the project has errors (they are printed to standard error), or a setting is missing.
pub fn lines(project: &Project, settings: &ServiceSettings, helpers: Helpers<'_>) -> Result<Lines, NotServed> {
    let project = &Project { api_version: Version::parse(&settings.api_version), ..project.clone() };
    let compiled = project.compile();
    if has_errors(&compiled.diagnostics) {
        let mut out = io::stderr().lock();
        let mut writer = text::Writer::new(text::Look::of_stderr());
        let findings = Findings { sources: &project.sources, all: &compiled.diagnostics };
        written(writer.write(findings, &mut out).and_then(|()| writer.finish(&mut out)))?;
        return Err(NotServed::Findings);
    }
    let mut lines = Lines { routes: compiled.routes.clone(), ..Lines::default() };
    for flow in &compiled.flows {
        let Some(program) = &flow.program else { continue };
        if lines.flows.contains_key(&flow.name) {
            continue;
        }
        if let Some(missing) = helpers.missing(program) {
            return Err(Failure::Usage(missing).into());
        }
        let values = compile::values::settings(program, &settings.flow_settings)
            .map_err(|missing| Failure::Usage(missing.first().cloned().unwrap_or_default()))?;
        if program.call == CallKind::Inbound {
            lines.only_inbound = Some(flow.name.clone());
        }
        let served = Served {
            hash: program.hash(),
            program: Arc::new(program.clone()),
            settings: values,
            source_map: serde_json::to_vec(&flow.source_map).unwrap_or_default(),
        };
        lines.flows.insert(flow.name.clone(), served);
    }
    if lines.flows.is_empty() {
        return Err(Failure::Usage(format!("there is no flow in `{}` to serve", project.name)).into());
    }
    Ok(lines)
}

/// An async runtime for a command that serves.
///
/// # Errors
/// When the system gives no threads.
pub fn tokio() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::World(format!("cannot start threads: {error}")))
}

/// Waits until the process is asked to stop.
pub async fn asked_to_stop() {
    let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(terminate) => terminate,
        Err(_) => return std::future::pending().await,
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
