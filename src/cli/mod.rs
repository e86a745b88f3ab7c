//! The command line: arguments in, findings and answers out, an exit code at the end. One file a subcommand.
//!
//! Only here are the disk, the environment and the terminal touched; nothing here decides what a flow means.

pub mod call;
pub mod calls;
pub mod chaos;
pub mod check;
pub mod dev;
mod diff;
pub mod diff_flows;
pub mod emulate;
pub mod explain;
pub mod fmt;
pub mod graph;
pub mod log;
pub mod new;
pub mod project;
pub mod render;
pub mod replay;
pub mod running;
pub mod schema;
pub mod serve;
pub mod service;
pub mod services;
pub mod simulate;
pub mod test;
pub mod trace;

use crate::config::Environment;
use clap::Parser;
use std::io::{self, Write};
use std::panic;
use std::process::ExitCode;

/// Phone call flows as text: checked, rehearsed and executed.
#[derive(Parser)]
#[command(name = "flowc", version, arg_required_else_help = true, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// One variant a subcommand; what it does is in the file of its name.
#[derive(clap::Subcommand)]
enum Command {
    /// Place one outbound call through the running service
    Call(call::Args),
    /// List the calls of the running service
    Calls(calls::Args),
    /// Play the scenarios of projects with processes that die and webhooks that come late, twice or again
    Chaos(chaos::Args),
    /// Report everything that is wrong in flows and their projects
    Check(check::Args),
    /// Serve a project with an emulated platform, or play a caller's script
    Dev(dev::Args),
    /// Say what callers would notice between two versions of flows
    Diff(diff_flows::Args),
    /// Run the platform's REST API on this machine, for any client
    Emulate(emulate::Args),
    /// Print the page of a finding
    Explain(explain::Args),
    /// Write flows in the one way of writing, or in the other spelling
    Fmt(fmt::Args),
    /// Print a flow as a graph
    Graph(graph::Args),
    /// Begin a project in an empty folder
    New(new::Args),
    /// Play recorded calls on the flows as they are now, and say where they part from what was recorded
    Replay(replay::Args),
    /// Print a JSON Schema of the YAML spelling, for editors
    Schema(schema::Args),
    /// Serve a project for real calls
    Serve(Box<serve::Args>),
    /// Be the caller of a flow, in the terminal
    Simulate(simulate::Args),
    /// Play the scenarios of projects, and say what did not come about as they say
    Test(test::Args),
    /// Tell the story of one call, step by step
    Trace(trace::Args),
}

impl Command {
    fn run(self) -> Result<Exit, Failure> {
        match self {
            Command::Call(args) => call::run(&args),
            Command::Calls(args) => calls::run(&args),
            Command::Chaos(args) => chaos::run(&args),
            Command::Check(args) => check::run(&args),
            Command::Dev(args) => dev::run(&args),
            Command::Diff(args) => diff_flows::run(&args),
            Command::Emulate(args) => emulate::run(&args),
            Command::Explain(args) => explain::run(&args),
            Command::Fmt(args) => fmt::run(&args),
            Command::Graph(args) => graph::run(&args),
            Command::New(args) => new::run(&args),
            Command::Replay(args) => replay::run(&args),
            Command::Schema(args) => schema::run(&args),
            Command::Serve(args) => serve::run(&args),
            Command::Simulate(args) => simulate::run(&args),
            Command::Test(args) => test::run(&args),
            Command::Trace(args) => trace::run(&args),
        }
    }
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    panic::set_hook(Box::new(|defect| tell(&defect_line(defect))));
    let exit = match Arguments::try_parse() {
        Ok(arguments) => panic::catch_unwind(|| run(arguments.command)).unwrap_or(Exit::Defect),
        Err(answer) => {
            // Help and version go to standard output, misuse to standard error; nobody may be reading either.
            let _ = answer.print();
            if answer.use_stderr() { Exit::Usage } else { Exit::Fine }
        }
    };
    ExitCode::from(exit.code())
}

/// The process environment, as far as it is text.
#[must_use]
pub fn environment() -> Environment {
    let text = |part: std::ffi::OsString| part.into_string().ok();
    std::env::vars_os().filter_map(|(name, value)| Some((text(name)?, text(value)?))).collect()
}

/// Treats a reader who went away as one who has seen enough; any other trouble with the output is the world's.
///
/// # Errors
/// When the output cannot be written.
pub fn written(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::World(format!("cannot write the output: {error}")))
        }
        _ => Ok(()),
    }
}

/// A line on standard error; if nobody can read it there is nobody to tell.
pub fn tell(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

fn run(command: Command) -> Exit {
    command.run().unwrap_or_else(|failure| {
        tell(&format!("flowc: {failure}"));
        failure.exit()
    })
}

fn defect_line(defect: &panic::PanicHookInfo<'_>) -> String {
    let payload = defect.payload();
    let what = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
        .replace('\n', " ");
    let place = defect.location().map(|place| format!(" at {place}")).unwrap_or_default();
    format!(
        "flowc: a defect of flowc {}, not of your flow: {what}{place}; please report this line with the flow that shows it",
        env!("CARGO_PKG_VERSION")
    )
}

/// How the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Fine; notes are allowed.
    Fine,
    /// The user's flow has errors or warnings, or a script was not met.
    Findings,
    /// Wrong usage or unreadable input.
    Usage,
    /// The world failed: network, store, disk.
    World,
    /// Our own defect.
    Defect,
}

impl Exit {
    /// The code the shell sees.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Exit::Fine => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
            Exit::World => 3,
            Exit::Defect => 70,
        }
    }
}

/// Why a command could not do its work: one line for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Wrong usage or unreadable input; the line says the next move.
    #[error("{0}")]
    Usage(String),
    /// The world failed.
    #[error("{0}")]
    World(String),
}

impl Failure {
    /// How the process ends.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Failure::Usage(_) => Exit::Usage,
            Failure::World(_) => Exit::World,
        }
    }
}

impl From<crate::config::Wrong> for Failure {
    fn from(wrong: crate::config::Wrong) -> Failure {
        Failure::Usage(wrong.to_string())
    }
}
