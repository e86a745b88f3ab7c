//! `flowc schema`: a JSON Schema of what is written in YAML, for editors.

use crate::cli::{Exit, Failure, written};
use crate::language::schema;
use std::io::{self, Write};

/// Arguments of `flowc schema`.
#[derive(clap::Args)]
pub struct Args {
    /// What is described
    #[arg(value_enum, default_value_t)]
    of: Of,
}

/// The kinds of files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Of {
    /// Flows (*.flow.yaml)
    #[default]
    Flow,
    /// Prompt libraries
    Prompts,
    /// Callers' scripts
    Scenario,
}

/// Runs the command.
///
/// # Errors
/// When the output cannot be written.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let schema = match args.of {
        Of::Flow => schema::flow(),
        Of::Prompts => schema::prompts(),
        Of::Scenario => schema::scenario(),
    };
    written(writeln!(io::stdout(), "{schema:#}"))?;
    Ok(Exit::Fine)
}
