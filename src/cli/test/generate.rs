//! `flowc test --generate`: scenarios made of the flows, written beside them.

use crate::cli::render::counted;
use crate::cli::test::house::House;
use crate::cli::test::{play, report};
use crate::cli::{Exit, Failure, tell, written};
use crate::rehearsal::coverage::{Coverage, Share};
use crate::rehearsal::generate::{Generated, Made, What, generate};
use crate::rehearsal::rehearse::rehearse;
use crate::rehearsal::written as yaml;
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What stands in the names of files that were generated.
const MARK: &str = ".generated.";
/// How they end.
const ENDING: &str = ".scenario.yaml";
/// Most words of a title in the name of a file.
const WORDS: usize = 6;
/// Most edges of a flow that are listed with one reason.
const LISTED: usize = 12;
/// What stands on top of each.
const COMMENT: &str = "Made by `flowc test --generate`, which writes it anew; to keep it as it is, rename it.";

/// Generates for each project.
pub(super) fn run(houses: &[House], folder: &Path, all: bool, calls: usize) -> Result<Exit, Failure> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for house in houses {
        let before = before(house, all);
        let bar = ProgressBar::new(calls as u64);
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} calls  {wide_msg}") {
            bar.set_style(style);
        }
        let generated = generate(house.scene(), &before, calls, &mut |flow, looked, open| {
            if looked % 50 == 0 {
                bar.set_position(looked as u64);
                bar.set_message(format!("{flow}: {open} not covered"));
            }
        });
        bar.finish_and_clear();
        let gone = removes(house, folder)?;
        let files = writes(house, folder, &generated.scenarios)?;
        written(tells(house, &before, &generated, &files, &mut out))?;
        if gone > 0 {
            tell(&format!("{} of before replaced", counted(gone, "generated scenario")));
        }
    }
    written(out.flush())?;
    Ok(Exit::Fine)
}

/// What the project's own scenarios walk, those left out that were generated.
fn before(house: &House, all: bool) -> Coverage {
    let mut coverage = house.coverage();
    for scenario in house.scenarios.iter().filter(|scenario| !all && !scenario.path.contains(MARK)) {
        coverage.walk(&play(house, scenario).rehearsed);
    }
    coverage
}

/// Where the scenarios of a flow are written.
fn place(house: &House, flow: &str, folder: &Path) -> PathBuf {
    if !folder.as_os_str().is_empty() {
        return folder.to_path_buf();
    }
    let file = house.file(flow);
    file.as_deref().and_then(Path::parent).map_or_else(|| house.project.root.clone(), Path::to_path_buf)
}

/// Removes what was generated before.
fn removes(house: &House, folder: &Path) -> Result<usize, Failure> {
    let mut gone = 0;
    for flow in house.lines.flows.keys() {
        let begins = format!("{flow}{MARK}");
        for entry in std::fs::read_dir(place(house, flow, folder)).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with(&begins) && name.ends_with(ENDING) {
                let path = entry.path();
                std::fs::remove_file(&path)
                    .map_err(|error| Failure::World(format!("cannot remove {}: {error}", path.display())))?;
                gone += 1;
            }
        }
    }
    Ok(gone)
}

/// Writes scenarios; their files.
fn writes(house: &House, folder: &Path, made: &[Made]) -> Result<Vec<PathBuf>, Failure> {
    let (mut files, mut counts) = (Vec::new(), BTreeMap::<&str, usize>::new());
    for one in made {
        let count = counts.entry(&one.flow).or_default();
        *count += 1;
        let place = place(house, &one.flow, folder);
        let name = format!("{}{MARK}{count}-{}{ENDING}", one.flow, slug(&one.script.title.value));
        let path = place.join(name);
        let write = std::fs::create_dir_all(&place)
            .and_then(|()| std::fs::write(&path, yaml::commented(&one.script, &[COMMENT])));
        write.map_err(|error| Failure::World(format!("cannot write {}: {error}", path.display())))?;
        files.push(path);
    }
    Ok(files)
}

/// A title as part of a file's name.
fn slug(title: &str) -> String {
    let plain = title.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), " ");
    plain.split_whitespace().take(WORDS).collect::<Vec<_>>().join("_")
}

fn tells(
    house: &House,
    before: &Coverage,
    generated: &Generated,
    files: &[PathBuf],
    out: &mut impl Write,
) -> io::Result<()> {
    let mut after = before.clone();
    for made in &generated.scenarios {
        after.walk(&rehearse(house.scene(), &made.script));
    }
    let width = before.flows.keys().map(|name| name.chars().count()).max().unwrap_or(0);
    let width = width.max(house.project.name.chars().count());
    let cell = |share: Share| format!("{}/{}", share.met, share.of);
    writeln!(out, "{:<width$}  {:>12}  {:>12}  {:>9}", house.project.name, "edges before", "edges after", "scenarios")?;
    for (name, walked) in &before.flows {
        let after = after.flows.get(name).map(|walked| walked.edge_share()).unwrap_or_default();
        let made = generated.scenarios.iter().filter(|made| made.flow == *name).count();
        let (before, after) = (cell(walked.edge_share()), cell(after));
        writeln!(out, "{name:<width$}  {before:>12}  {after:>12}  {made:>9}")?;
    }
    for file in files {
        writeln!(out, "  written: {}", file.display())?;
    }
    not_covered(before, generated, out)?;
    let (edges, calls) = (after.edges(), counted(generated.calls, "call"));
    writeln!(out, "{} of {} taken, {} %, {calls} looked at\n", edges.met, counted(edges.of, "edge"), edges.percent())
}

/// What is not covered; where much of a flow has one reason, only how much.
fn not_covered(before: &Coverage, generated: &Generated, out: &mut impl Write) -> io::Result<()> {
    let mut reasons: BTreeMap<(&str, &str), Vec<&What>> = BTreeMap::new();
    for missing in &generated.missing {
        reasons.entry((&missing.flow, &missing.why)).or_default().push(&missing.what);
    }
    for ((flow, why), all) in reasons {
        let edges = all.iter().filter(|what| matches!(what, What::Edge(_))).count();
        if all.len() > LISTED {
            let results = counted(all.len() - edges, "result");
            writeln!(out, "  not covered: {flow}: {} and {results}\n    {why}", counted(edges, "edge"))?;
            continue;
        }
        for what in all {
            match what {
                What::Result(result) => writeln!(out, "  not covered: {flow}: result {result}")?,
                What::Edge(written) => {
                    let way = before.flows.get(flow).and_then(|walked| walked.edges.get(written)).cloned();
                    writeln!(out, "  not covered: {flow}: {}", report::edge(written, &way.unwrap_or_default()))?;
                }
            }
        }
        writeln!(out, "    {why}")?;
    }
    for (flow, walked) in &before.flows {
        for (written, way) in &walked.never {
            writeln!(out, "  can never be taken, not counted: {flow}: {}", report::edge(written, way))?;
        }
    }
    Ok(())
}
