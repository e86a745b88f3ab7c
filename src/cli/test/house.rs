//! Projects with their scenarios, ready to be played.

use crate::cli::project::{Located, Project, find, locate};
use crate::cli::render::{Findings, text};
use crate::cli::service::{self, Helpers, NotServed};
use crate::cli::{Failure, environment, written};
use crate::config::{ServiceFlags, ServiceSettings};
use crate::language::flow::label::Label;
use crate::language::graph::{SourceMap, svg};
use crate::language::syntax::ast::Script;
use crate::platform::media_time::wav_ms;
use crate::rehearsal::coverage::Coverage;
use crate::rehearsal::rehearse;
use crate::runtime::lines::Lines;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What flows need, all of it there: nobody has to set anything to rehearse.
const HELPERS: Helpers<'_> = Helpers {
    ai: Some("https://ai.example.org"),
    streaming: Some("wss://x.example.org"),
    transcription: Some("wss://x.example.org"),
};
/// How files of scenarios end.
const ENDING: &str = ".scenario.yaml";

/// A project, ready to be rehearsed.
pub(crate) struct House {
    /// Its texts.
    pub(crate) project: Project,
    /// Its flows.
    pub(crate) lines: Lines,
    voice: String,
    sounds: BTreeMap<String, u64>,
    places: BTreeMap<String, SourceMap>,
    /// The files of its flows.
    files: BTreeMap<String, PathBuf>,
    /// The one flow that was asked about, where it was one.
    pub(crate) about: Option<String>,
    /// The scenarios that were asked for.
    pub(crate) scenarios: Vec<Scenario>,
}

/// A scenario.
pub(crate) struct Scenario {
    /// Its number among all that were asked for.
    pub(crate) number: usize,
    /// Its file.
    pub(crate) path: String,
    /// What it says.
    pub(crate) script: Script,
    /// Where its transcript is kept, if it is.
    pub(crate) transcript: PathBuf,
}

/// Reads what paths mean; `None` when something has errors, which are then printed.
pub(crate) fn read(paths: &[PathBuf], filter: Option<&str>) -> Result<Option<Vec<House>>, Failure> {
    let is_scenario = |path: &&PathBuf| path.is_file() && !find::is_flow(path);
    let (files, others): (Vec<&PathBuf>, Vec<&PathBuf>) = paths.iter().partition(is_scenario);
    let mut wanted: Vec<(Located, Vec<PathBuf>)> = Vec::new();
    if !others.is_empty() || files.is_empty() {
        let others: Vec<PathBuf> = others.into_iter().cloned().collect();
        wanted.extend(locate(&others)?.into_iter().map(|located| (located, Vec::new())));
    }
    for file in files {
        let root = find::around(file);
        match wanted.iter_mut().find(|(located, files)| located.root == root && !files.is_empty()) {
            Some((_, files)) => files.push(file.clone()),
            None => wanted.push((Located { root, only: None }, vec![file.clone()])),
        }
    }
    let (mut houses, mut good, mut number) = (Vec::new(), true, 0);
    for (located, files) in wanted {
        match House::of(&located, &files, filter, &mut number)? {
            Some(house) => houses.push(house),
            None => good = false,
        }
    }
    Ok(good.then_some(houses))
}

/// When each file of what paths mean was last written.
pub(crate) fn look(paths: &[PathBuf]) -> Result<BTreeMap<PathBuf, Option<SystemTime>>, Failure> {
    let folders: Vec<PathBuf> =
        paths.iter().map(|path| if path.is_file() { find::around(path) } else { path.clone() }).collect();
    let mut seen = BTreeMap::new();
    for located in locate(&folders)? {
        for path in located.files()? {
            let written = std::fs::metadata(&path).and_then(|meta| meta.modified()).ok();
            seen.insert(path, written);
        }
    }
    Ok(seen)
}

impl House {
    fn of(
        located: &Located,
        files: &[PathBuf],
        filter: Option<&str>,
        number: &mut usize,
    ) -> Result<Option<House>, Failure> {
        let whole = Located { root: located.root.clone(), only: None };
        let project = whole.read(|_| ())?;
        let settings = ServiceSettings::resolve(&ServiceFlags::default(), &environment(), &project.file)?;
        let lines = match service::lines(&project, &settings, HELPERS) {
            Ok(lines) => lines,
            Err(NotServed::Findings) => return Ok(None),
            Err(NotServed::Failure(failure)) => return Err(failure),
        };
        let compiled = project.compile();
        let about = located.only.as_ref().and_then(|only| {
            let shown = |file| project.sources.source(file).path() == find::show(only);
            compiled.flows.iter().find(|flow| shown(flow.file)).map(|flow| flow.name.clone())
        });
        let mut scenarios = Vec::new();
        for file in &project.scripts {
            let path = project.sources.source(*file).path().to_owned();
            let named = files.is_empty() || files.iter().any(|file| find::show(file) == path);
            let (script, found) = project.script(*file, &compiled);
            let Some(script) = script else {
                print(&project, &found)?;
                return Ok(None);
            };
            let is_about = about.as_ref().is_none_or(|about| {
                script.flow.as_ref().map_or(compiled.flows.len() == 1, |flow| flow.value == *about)
            });
            let fits = filter.is_none_or(|filter| path.contains(filter) || script.title.value.contains(filter));
            if named && is_about && fits {
                let stem = path.strip_suffix(ENDING).or(path.strip_suffix(".yaml")).unwrap_or(&path);
                let transcript = PathBuf::from(format!("{stem}.transcript.txt"));
                scenarios.push(Scenario { number: *number, path, script, transcript });
                *number += 1;
            }
        }
        let places = compiled.flows.iter().map(|flow| (flow.name.clone(), flow.source_map.clone())).collect();
        let path = |file| PathBuf::from(project.sources.source(file).path());
        let files = compiled.flows.iter().map(|flow| (flow.name.clone(), path(flow.file))).collect();
        let sounds = sounds(&project.root);
        Ok(Some(House { voice: settings.voice.clone(), project, lines, sounds, places, files, about, scenarios }))
    }

    /// The file of a flow.
    pub(super) fn file(&self, flow: &str) -> Option<PathBuf> {
        self.files.get(flow).cloned()
    }

    /// What its scenarios have in common.
    pub(crate) fn scene(&self) -> rehearse::House<'_> {
        rehearse::House { lines: &self.lines, voice: &self.voice, sounds: &self.sounds }
    }

    /// The places of its flows.
    pub(crate) fn source_maps(&self) -> &BTreeMap<String, SourceMap> {
        &self.places
    }

    /// The places of a scenario's flow.
    pub(crate) fn places(&self, script: &Script) -> SourceMap {
        let first = || self.places.values().next();
        script.flow.as_ref().map_or_else(first, |flow| self.places.get(&flow.value)).cloned().unwrap_or_default()
    }

    /// The places of a flow.
    pub(crate) fn places_of(&self, flow: &str) -> SourceMap {
        self.places.get(flow).cloned().unwrap_or_default()
    }

    /// The graph of each of its flows with what was walked of it, by the flow's name.
    pub(crate) fn pictures<'h>(&'h self, coverage: &'h Coverage) -> impl Iterator<Item = (&'h str, String)> {
        self.lines.flows.iter().filter_map(move |(name, served)| {
            let (places, walked) = (self.places.get(name)?, coverage.flows.get(name)?);
            let taken = |state: &str, label: &Label, other: bool| walked.is_taken(state, label, other);
            let picture = svg::walked(&served.program, places, taken, |state| walked.is_entered(state));
            Some((name.as_str(), picture))
        })
    }

    /// Nothing walked yet of its flows.
    pub(crate) fn coverage(&self) -> Coverage {
        let flows = self.lines.flows.iter();
        Coverage::of(flows.filter_map(|(name, served)| Some((&*served.program, self.places.get(name)?))))
    }
}

fn print(project: &Project, findings: &[crate::language::diagnostic::Diagnostic]) -> Result<(), Failure> {
    let mut out = io::stderr().lock();
    let mut writer = text::Writer::new(text::Look::of_stderr());
    let findings = Findings { sources: &project.sources, all: findings };
    written(writer.write(findings, &mut out).and_then(|()| writer.finish(&mut out)))
}

/// How long the WAV files below a folder last, by their path in it.
fn sounds(root: &Path) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    let mut folders = vec![(root.to_path_buf(), 0)];
    while let Some((folder, deep)) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let is_wav = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("wav"));
            if path.is_dir() && deep < 4 {
                folders.push((path, deep + 1));
            } else if is_wav
                && let Ok(bytes) = std::fs::read(&path)
                && let Some(ms) = wav_ms(&bytes)
                && let Ok(inner) = path.strip_prefix(root)
            {
                found.insert(find::show(inner), ms);
            }
        }
    }
    found
}
