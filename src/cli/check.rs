//! `flowc check`: everything that is wrong in some projects, as text, JSON lines or SARIF.

use crate::cli::project::{Located, Project, locate};
use crate::cli::render::{Count, Findings, Format, counted, json, sarif, text};
use crate::cli::{Exit, Failure, tell, written};
use crate::language::compile;
use crate::platform::versions;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

/// With fewer files than this a progress bar would only flicker.
const WORTH_A_BAR: usize = 200;

/// Arguments of `flowc check`.
#[derive(clap::Args)]
pub struct Args {
    /// Flow files, project folders, or folders of projects [default: the project stood in]
    paths: Vec<PathBuf>,
    /// How findings are written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Api-version of the platform to check against [default: the newest stable one]
    #[arg(long, value_name = "VERSION")]
    api_version: Option<String>,
}

/// A project with what was found in it.
struct Checked {
    project: Project,
    compiled: compile::Project,
}

/// Runs the command.
///
/// # Errors
/// When a path or the api-version cannot be used, or the output cannot be written.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    if let Some(version) = args.api_version.as_deref().filter(|version| !versions::is_spoken(version)) {
        let spoken = versions::SPOKEN.join(", ");
        return Err(Failure::Usage(format!("api-version `{version}` is not one this release speaks: {spoken}")));
    }
    let checked: Vec<Checked> = read(&locate(&args.paths)?)?
        .into_iter()
        .map(|project| Checked { compiled: project.compile(), project })
        .collect();
    written(write(args.format, &checked))?;
    let count = Count::of(checked.iter().flat_map(|checked| &checked.compiled.diagnostics));
    if args.format == Format::Text {
        let flows = checked.iter().map(|checked| checked.compiled.flows.len()).sum();
        tell(&format!("{}, {}", counted(flows, "flow"), count.sentence()));
    }
    Ok(if count.is_bad() { Exit::Findings } else { Exit::Fine })
}

/// Reads projects, with a progress bar when there is much to read and somebody to see it.
fn read(located: &[Located]) -> Result<Vec<Project>, Failure> {
    let files = located.iter().map(|located| Ok(located.files()?.len())).sum::<Result<usize, Failure>>()?;
    let bar = if files > WORTH_A_BAR { ProgressBar::new(files as u64) } else { ProgressBar::hidden() };
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} {wide_msg}") {
        bar.set_style(style);
    }
    let projects = located
        .iter()
        .map(|located| {
            located.read(|path| {
                bar.set_message(path.display().to_string());
                bar.inc(1);
            })
        })
        .collect();
    bar.finish_and_clear();
    projects
}

fn write(format: Format, checked: &[Checked]) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    let all: Vec<Findings<'_>> = checked
        .iter()
        .map(|checked| Findings { sources: &checked.project.sources, all: &checked.compiled.diagnostics })
        .collect();
    match format {
        Format::Text => {
            let mut writer = text::Writer::new(text::Look::of_stdout());
            for findings in all {
                writer.write(findings, &mut out)?;
            }
            writer.finish(&mut out)?;
        }
        Format::Json => {
            for findings in all {
                json::write(findings, &mut out)?;
            }
        }
        Format::Sarif => sarif::write(&all, &mut out)?,
    }
    out.flush()
}
