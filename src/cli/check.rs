//! `flowc check`: everything that is wrong in some projects, as text, JSON lines or SARIF; with `--fix`, what is left once
//! everything certain has been put right.

mod fix;

use crate::cli::check::fix::Fixed;
use crate::cli::diff;
use crate::cli::project::{Located, Project, locate};
use crate::cli::render::{Count, Findings, Format, counted, json, sarif, text};
use crate::cli::{Exit, Failure, tell, written};
use crate::language::compile;
use crate::platform::versions::{self, Version};
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::BTreeSet;
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
    /// Api-version of the platform to check against [default: that of flowc.toml, else the newest stable one]
    #[arg(long, value_name = "VERSION")]
    api_version: Option<String>,
    /// Put right what has one certain fix, then report the rest
    #[arg(long)]
    fix: bool,
    /// Print what would be put right as a diff, and change nothing
    #[arg(long, requires = "fix", conflicts_with = "format")]
    dry_run: bool,
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
    let located = locate(&args.paths)?;
    let version = args.api_version.as_deref().and_then(Version::parse);
    if args.dry_run {
        return dry_run(&located, version);
    }
    let mut made = 0;
    let checked: Vec<Checked> = if args.fix {
        located.iter().map(|one| repair(one, version, &mut made)).collect::<Result<_, Failure>>()?
    } else {
        read(&located, version)?.into_iter().map(|project| Checked { compiled: project.compile(), project }).collect()
    };
    written(write(args.format, &checked))?;
    let count = Count::of(checked.iter().flat_map(|checked| &checked.compiled.diagnostics));
    if args.format == Format::Text {
        let flows = checked.iter().map(|checked| checked.compiled.flows.len()).sum();
        let fixed = if args.fix { format!("{} fixed; ", counted(made, "finding")) } else { String::new() };
        tell(&format!("{fixed}{}, {}", counted(flows, "flow"), count.sentence()));
    }
    Ok(if count.is_bad() { Exit::Findings } else { Exit::Fine })
}

/// Reads a project, puts right what is certain and writes it.
fn repair(located: &Located, version: Option<Version>, made: &mut usize) -> Result<Checked, Failure> {
    let fixed = Fixed::of(Project { api_version: version, ..located.read(|_| ())? });
    fixed.write()?;
    *made += fixed.made;
    Ok(Checked { project: fixed.project, compiled: fixed.compiled })
}

/// Prints what `--fix` would change. The findings are still there, so the process ends as without it.
fn dry_run(located: &[Located], version: Option<Version>) -> Result<Exit, Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    let (mut made, mut count, mut shown) = (0, Count::default(), BTreeSet::new());
    for one in located {
        let fixed = Fixed::of(Project { api_version: version, ..one.read(|_| ())? });
        for (path, before, now) in fixed.changes() {
            if shown.insert(path.to_owned()) {
                written(out.write_all(diff::unified(path, before, now).as_bytes()))?;
            }
        }
        made += fixed.made;
        let left = Count::of(&fixed.compiled.diagnostics);
        count.errors += left.errors;
        count.warnings += left.warnings;
        count.notes += left.notes;
    }
    written(out.flush())?;
    tell(&format!("{} would be fixed; {} would be left", counted(made, "finding"), count.sentence()));
    Ok(if made > 0 || count.is_bad() { Exit::Findings } else { Exit::Fine })
}

/// Reads projects, with a progress bar when there is much to read and somebody to see it.
fn read(located: &[Located], version: Option<Version>) -> Result<Vec<Project>, Failure> {
    let files = located.iter().map(|located| Ok(located.files()?.len())).sum::<Result<usize, Failure>>()?;
    let bar = if files > WORTH_A_BAR { ProgressBar::new(files as u64) } else { ProgressBar::hidden() };
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} {wide_msg}") {
        bar.set_style(style);
    }
    let projects = located
        .iter()
        .map(|located| {
            let project = located.read(|path| {
                bar.set_message(path.display().to_string());
                bar.inc(1);
            })?;
            Ok(Project { api_version: version, ..project })
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
