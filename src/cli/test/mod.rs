//! `flowc test`: the scenarios of projects, in virtual time, all processors at once; what did not come about as they say, and what
//! was walked of the flows.

mod generate;
pub(crate) mod house;
mod report;

use crate::cli::diff;
use crate::cli::render::counted;
use crate::cli::test::house::{House, Scenario};
use crate::cli::test::report::Report;
use crate::cli::{Exit, Failure, tell};
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::Span;
use crate::rehearsal::coverage::Coverage;
use crate::rehearsal::rehearse::{self, Rehearsed};
use crate::rehearsal::{expect, transcript};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// With fewer scenarios than this a progress bar would only flicker.
const WORTH_A_BAR: usize = 500;
/// How often files are looked at for having been saved.
const LOOK: Duration = Duration::from_millis(300);

/// Arguments of `flowc test`.
#[derive(clap::Args)]
pub struct Args {
    /// Scenarios, flow files, project folders, or folders of projects [default: the project stood in]
    paths: Vec<PathBuf>,
    /// Only scenarios whose title or file contains this
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// How what came of them is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Say what was walked of the flows, and what was not
    #[arg(long)]
    coverage: bool,
    /// Draw each flow's graph with what was walked of it into this folder, as FLOW.svg
    #[arg(long, value_name = "DIR")]
    coverage_svg: Option<PathBuf>,
    /// Write the transcripts beside their scenarios anew
    #[arg(long)]
    update: bool,
    /// Write few scenarios that take every edge which none takes yet, beside their flows or into this folder
    #[arg(long, value_name = "DIR", num_args = 0..=1, require_equals = true)]
    generate: Option<Option<PathBuf>>,
    /// Generate as if there were no scenarios yet
    #[arg(long, requires = "generate")]
    all: bool,
    /// How many calls of each flow are looked at to generate scenarios
    #[arg(long, value_name = "N", requires = "generate", default_value_t = crate::rehearsal::generate::CALLS)]
    calls: usize,
    /// Play them again whenever a file of theirs is saved
    #[arg(long, conflicts_with = "update")]
    watch: bool,
}

/// How what came of scenarios is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object a scenario, then one for all.
    Json,
    /// JUnit's XML, for CI.
    Junit,
}

/// A scenario that was played.
pub(super) struct Played<'h> {
    pub(super) house: &'h House,
    pub(super) scenario: &'h Scenario,
    pub(super) rehearsed: Rehearsed,
    /// What did not come about as it says.
    pub(super) findings: Vec<Diagnostic>,
    /// How the transcript differs from the one that is kept, as a diff.
    pub(super) differs: String,
    /// The transcript.
    pub(super) transcript: String,
    /// How long it took to play.
    pub(super) took: Duration,
}

/// Runs the command.
///
/// # Errors
/// When a path cannot be used, a project's settings are missing, or something cannot be written.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    if !args.watch {
        return once(args);
    }
    loop {
        // What is saved while they play is seen afterwards.
        let seen = house::look(&args.paths)?;
        match once(args) {
            Ok(_) => {}
            Err(Failure::Usage(reason) | Failure::World(reason)) => tell(&format!("flowc: {reason}")),
        }
        tell("flowc: waiting for a file to be saved");
        while house::look(&args.paths)? == seen {
            std::thread::sleep(LOOK);
        }
    }
}

fn once(args: &Args) -> Result<Exit, Failure> {
    let Some(houses) = house::read(&args.paths, args.filter.as_deref())? else { return Ok(Exit::Findings) };
    if let Some(folder) = &args.generate {
        return generate::run(&houses, &folder.clone().unwrap_or_default(), args.all, args.calls);
    }
    let all: Vec<(&House, &Scenario)> =
        houses.iter().flat_map(|house| house.scenarios.iter().map(move |scenario| (house, scenario))).collect();
    if all.is_empty() {
        let wanted = args.filter.as_ref().map(|filter| format!(" with `{filter}`")).unwrap_or_default();
        return Err(Failure::Usage(format!("there is no scenario{wanted} here; they are files `*.scenario.yaml`")));
    }
    let began = Instant::now();
    let mut played = play_all(&all);
    let took = began.elapsed();
    let mut updated = 0;
    for one in &mut played {
        updated += usize::from(keep_transcript(one, args.update)?);
    }
    let wanted = args.coverage || args.coverage_svg.is_some();
    let coverage: Option<Vec<(&House, Coverage)>> =
        wanted.then(|| houses.iter().map(|house| (house, walked(house, &played))).collect());
    let report = Report { played: &played, coverage: coverage.as_deref().filter(|_| args.coverage), took };
    let mut out = io::BufWriter::new(io::stdout().lock());
    let wrote = match args.format {
        Format::Text => report.text(&mut out),
        Format::Json => report.json(&mut out),
        Format::Junit => report.junit(&mut out),
    };
    crate::cli::written(wrote.and_then(|()| out.flush()))?;
    drop(out);
    if updated > 0 {
        tell(&format!("{} written", counted(updated, "transcript")));
    }
    let mut enough = true;
    for (house, coverage) in coverage.iter().flatten() {
        if let Some(folder) = &args.coverage_svg {
            draw(house, coverage, folder)?;
        }
        enough &= is_enough(house, coverage);
    }
    Ok(if enough && played.iter().all(Played::is_met) { Exit::Fine } else { Exit::Findings })
}

/// Writes the pictures of a project's flows.
fn draw(house: &House, coverage: &Coverage, folder: &std::path::Path) -> Result<(), Failure> {
    let world =
        |path: &std::path::Path, error: &io::Error| Failure::World(format!("cannot write {}: {error}", path.display()));
    std::fs::create_dir_all(folder).map_err(|error| world(folder, &error))?;
    for (flow, picture) in house.pictures(coverage) {
        let path = folder.join(format!("{flow}.svg"));
        std::fs::write(&path, picture).map_err(|error| world(&path, &error))?;
    }
    Ok(())
}

/// Whether as much was walked as `flowc.toml` wants.
fn is_enough(house: &House, coverage: &Coverage) -> bool {
    let (Some(least), share) = (house.project.file.least_edges, coverage.edges()) else { return true };
    let enough = share.percent() >= least;
    if !enough {
        let (name, percent) = (&house.project.name, share.percent());
        tell(&format!("flowc: {name}: {percent} % of the edges were taken; flowc.toml wants {least} %"));
    }
    enough
}

impl Played<'_> {
    /// Whether everything came about as it says.
    pub(super) fn is_met(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Plays scenarios on all processors; what came of them, in their order.
fn play_all<'h>(all: &[(&'h House, &'h Scenario)]) -> Vec<Played<'h>> {
    let bar = if all.len() > WORTH_A_BAR { ProgressBar::new(all.len() as u64) } else { ProgressBar::hidden() };
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} {wide_msg}") {
        bar.set_style(style);
    }
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(all.len());
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(all.len())));
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let mut mine = Vec::new();
                while let Some((house, scenario)) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let at = mine.len();
                    mine.push((scenario.number, at, play(house, scenario)));
                    bar.inc(1);
                }
                done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).extend(mine);
            });
        }
    });
    bar.finish_and_clear();
    let mut played = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    played.sort_by_key(|(number, _, _)| *number);
    played.into_iter().map(|(_, _, played)| played).collect()
}

fn play<'h>(house: &'h House, scenario: &'h Scenario) -> Played<'h> {
    let began = Instant::now();
    let rehearsed = rehearse::rehearse(house.scene(), &scenario.script);
    let took = began.elapsed();
    let places = house.places(&scenario.script);
    let findings = expect::held(&scenario.script, &rehearsed, &house.project.sources, &places);
    let transcript = transcript::text(&scenario.script.title.value, &rehearsed.transcript, &rehearsed.end());
    Played { house, scenario, rehearsed, findings, differs: String::new(), transcript, took }
}

/// Holds a transcript against the one that is kept beside the scenario, or writes it anew. Whether it was written.
fn keep_transcript(played: &mut Played<'_>, update: bool) -> Result<bool, Failure> {
    let (path, expected) = (&played.scenario.transcript, played.scenario.script.expect.transcript);
    let kept = match std::fs::read_to_string(path) {
        Ok(kept) => Some(kept),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(Failure::World(format!("cannot read {}: {error}", path.display()))),
    };
    if update && (kept.is_some() || expected.is_some()) {
        if kept.as_ref() == Some(&played.transcript) {
            return Ok(false);
        }
        std::fs::write(path, &played.transcript)
            .map_err(|error| Failure::World(format!("cannot write {}: {error}", path.display())))?;
        return Ok(true);
    }
    let (message, label) = match (kept, expected) {
        (None, None) => return Ok(false),
        (None, Some(_)) => ("there is no transcript beside the scenario", "write it with `flowc test --update`"),
        (Some(kept), _) if kept == played.transcript => return Ok(false),
        (Some(kept), _) => {
            played.differs = diff::unified(&path.display().to_string(), &kept, &played.transcript);
            ("the transcript is another one", "what is kept and what came about differ; the difference stands below")
        }
    };
    let span: Span = expected.unwrap_or(played.scenario.script.title.span);
    let finding = Diagnostic::new(Code::F0703, message, span, label);
    played.findings.push(finding.help("where the new one is right: `flowc test --update`"));
    Ok(false)
}

/// What scenarios walked of one project's flows.
fn walked(house: &House, played: &[Played<'_>]) -> Coverage {
    let mut coverage = house.coverage();
    for one in played.iter().filter(|one| std::ptr::eq(one.house, house)) {
        coverage.walk(&one.rehearsed);
    }
    coverage
}
