//! `flowc chaos`: the scenarios of projects through the runtime with troubles, each compared with the same call when nothing goes
//! wrong.

use crate::cli::render::counted;
use crate::cli::test::house::{self, House, Scenario};
use crate::cli::{Exit, Failure, diff};
use crate::rehearsal::chaos::trouble::{self, Trouble};
use crate::rehearsal::chaos::{Chaos, Differs, Runs, chaos};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Arguments of `flowc chaos`.
#[derive(clap::Args)]
pub struct Args {
    /// Scenarios, flow files, project folders, or folders of projects [default: the project stood in]
    paths: Vec<PathBuf>,
    /// Only scenarios whose title or file contains this
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// How many seeds mix troubles, after each trouble by itself
    #[arg(long, value_name = "N", default_value_t = 20)]
    seeds: u64,
    /// Play one seed again, and nothing else
    #[arg(long, value_name = "S", conflicts_with_all = ["seeds", "trouble"])]
    seed: Option<u64>,
    /// Play these troubles, and nothing else: `crash before 7, late 3 300ms`
    #[arg(long, value_name = "TROUBLES", conflicts_with = "seeds", value_parser = Troubles::read)]
    trouble: Option<Troubles>,
    /// Of each run that differs, also tell all that happened in the service
    #[arg(long)]
    story: bool,
    /// How what came of them is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Troubles from the command line.
#[derive(Clone, Debug)]
struct Troubles(Vec<Trouble>);

impl Troubles {
    fn read(text: &str) -> Result<Troubles, String> {
        trouble::read(text).map(Troubles)
    }
}

/// How what came of the runs is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object a scenario, then one for all.
    Json,
}

/// Runs the command.
///
/// # Errors
/// When a path cannot be used, a project's settings are missing, or something cannot be written.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let Some(houses) = house::read(&args.paths, args.filter.as_deref())? else { return Ok(Exit::Findings) };
    let all: Vec<(&House, &Scenario)> =
        houses.iter().flat_map(|house| house.scenarios.iter().map(move |scenario| (house, scenario))).collect();
    if all.is_empty() {
        let wanted = args.filter.as_ref().map(|filter| format!(" with `{filter}`")).unwrap_or_default();
        return Err(Failure::Usage(format!("there is no scenario{wanted} here; they are files `*.scenario.yaml`")));
    }
    let runs = match (&args.seed, &args.trouble) {
        (Some(seed), _) => Runs::Seed(*seed),
        (None, Some(Troubles(troubles))) => Runs::Troubles(troubles.clone()),
        (None, None) => Runs::All(0..args.seeds),
    };
    let began = Instant::now();
    let came = through(&all, &runs);
    let took = began.elapsed().as_millis();
    let mut out = io::BufWriter::new(io::stdout().lock());
    let wrote = match args.format {
        Format::Text => text(&all, &came, args.story, took, &mut out),
        Format::Json => all_as_json(&all, &came, &mut out),
    };
    crate::cli::written(wrote.and_then(|()| out.flush()))?;
    Ok(if came.iter().all(|chaos| chaos.differs.is_none()) { Exit::Fine } else { Exit::Findings })
}

/// Puts scenarios through their runs on all processors; what came of them, in their order.
fn through(all: &[(&House, &Scenario)], runs: &Runs) -> Vec<Chaos> {
    let bar = ProgressBar::new(all.len() as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} scenarios, {msg} runs") {
        bar.set_style(style);
    }
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(all.len());
    let (next, ran) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let done = Mutex::new(Vec::with_capacity(all.len()));
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some((house, scenario)) = all.get(at) else { return };
                    let came = chaos(house.scene(), &scenario.script, runs, &mut || {
                        bar.set_message((ran.fetch_add(1, Ordering::Relaxed) + 1).to_string());
                    });
                    bar.inc(1);
                    done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((at, came));
                }
            });
        }
    });
    bar.finish_and_clear();
    let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, came)| came).collect()
}

/// How to see it again.
fn replay(scenario: &Scenario, differs: &Differs) -> Option<String> {
    if differs.troubles.is_empty() {
        return None;
    }
    let path = &scenario.path;
    let troubles = trouble::written(&differs.troubles);
    Some(match differs.seed {
        Some(seed) => format!("flowc chaos {path} --seed {seed}"),
        None => format!("flowc chaos {path} --trouble '{troubles}'"),
    })
}

fn text(all: &[(&House, &Scenario)], came: &[Chaos], story: bool, took: u128, out: &mut impl Write) -> io::Result<()> {
    for ((_, scenario), chaos) in all.iter().zip(came) {
        let title = &scenario.script.title.value;
        if let Some(why) = chaos.left_out {
            writeln!(out, "  --    {title}  (left out: {why})  {}", scenario.path)?;
            continue;
        }
        let runs = counted(chaos.runs as usize, "run");
        let Some(differs) = &chaos.differs else {
            let of = format!(
                "{}, {}",
                counted(chaos.changes as usize, "change"),
                counted(chaos.webhooks as usize, "webhook")
            );
            writeln!(out, "  ok    {title}  ({runs}, all the same; {of})  {}", scenario.path)?;
            continue;
        };
        writeln!(out, "  FAIL  {title}  (run {})  {}", chaos.runs, scenario.path)?;
        if differs.troubles.is_empty() {
            writeln!(out, "    through the runtime it differs from the rehearsal, with no trouble at all")?;
        } else {
            writeln!(out, "    trouble: {}", trouble::written(&differs.troubles))?;
        }
        writeln!(out, "    - is what comes of the call when nothing goes wrong, + what came of it")?;
        for line in diff::unified("call", &differs.calm, &differs.came).lines().skip(2) {
            writeln!(out, "    {line}")?;
        }
        for line in differs.story.iter().filter(|_| story) {
            writeln!(out, "    {line}")?;
        }
        if let Some(replay) = replay(scenario, differs) {
            writeln!(out, "    replay: {replay}")?;
        }
    }
    let failed = came.iter().filter(|chaos| chaos.differs.is_some()).count();
    let runs: u32 = came.iter().map(|chaos| chaos.runs).sum();
    let verdict = if failed == 0 { "all the same".to_owned() } else { format!("{failed} not the same") };
    writeln!(out, "\n{}, {}, {verdict}, in {took} ms", counted(all.len(), "scenario"), counted(runs as usize, "run"))
}

fn all_as_json(all: &[(&House, &Scenario)], came: &[Chaos], out: &mut impl Write) -> io::Result<()> {
    for ((_, scenario), chaos) in all.iter().zip(came) {
        let differs = chaos.differs.as_ref().map(|differs| {
            json!({ "seed": differs.seed, "trouble": trouble::written(&differs.troubles), "calm": differs.calm,
                "came": differs.came, "replay": replay(scenario, differs) })
        });
        let told = json!({ "scenario": scenario.script.title.value, "file": scenario.path, "ok": chaos.differs.is_none(),
            "runs": chaos.runs, "changes": chaos.changes, "webhooks": chaos.webhooks, "differs": differs,
            "left_out": chaos.left_out });
        writeln!(out, "{told}")?;
    }
    let failed = came.iter().filter(|chaos| chaos.differs.is_some()).count();
    let runs: u32 = came.iter().map(|chaos| chaos.runs).sum();
    writeln!(out, "{}", json!({ "scenarios": all.len(), "runs": runs, "failed": failed }))
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, clippy::disallowed_types)]
#[path = "chaos_tests.rs"]
mod tests;
