//! Which folders are projects and which of their files matter: a path somebody typed to [`Located`].
//!
//! Looks at names only; reads no file.

use crate::cli::Failure;
use crate::language::diagnostic::did_you_mean;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders are searched this deep; a project is flat by nature.
const DEEPEST: usize = 12;
/// More files than this are not a project but a disk.
const MOST_FILES: usize = 20_000;
/// The settings of a project.
pub const SETTINGS_FILE: &str = "flowc.toml";
/// The routes of a project.
pub const ROUTES_FILE: &str = "routes.yaml";
/// The folder whose folders are projects.
const FLOWS: &str = "flows";

/// A project that was found, and what of it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The project's folder.
    pub root: PathBuf,
    /// The one file that was named, if it was one file.
    pub only: Option<PathBuf>,
}

/// The projects that the paths mean, in order, each once; without paths those of the working directory.
///
/// # Errors
/// When a path does not exist or there is nothing of ours in it.
pub fn locate(paths: &[PathBuf]) -> Result<Vec<Located>, Failure> {
    if paths.is_empty() {
        return standing_in();
    }
    let mut found: Vec<Located> = Vec::new();
    for path in paths {
        for located in at(path)? {
            if !found.contains(&located) {
                found.push(located);
            }
        }
    }
    Ok(found)
}

/// The one project that a path means; for commands that run one.
///
/// # Errors
/// As [`locate`], and when there are several: the error lists them.
pub fn the_one(path: Option<&Path>) -> Result<Located, Failure> {
    let paths: Vec<PathBuf> = path.map(Path::to_path_buf).into_iter().collect();
    let mut found = locate(&paths)?;
    match found.len() {
        1 => Ok(found.remove(0)),
        _ => Err(Failure::Usage(format!(
            "there are {} projects: {}; name one of them",
            found.len(),
            found.iter().map(|located| show(&located.root)).collect::<Vec<_>>().join(", ")
        ))),
    }
}

/// The project in which a file lies: the nearest folder above it with settings or routes, else with flows, else its own.
#[must_use]
pub fn around(file: &Path) -> PathBuf {
    let own = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    };
    let above: Vec<PathBuf> = ancestors(&own).take_while(|folder| !is_roof(folder)).collect();
    let nearest = |is: fn(&Path) -> bool| above.iter().find(|folder| is(folder)).cloned();
    nearest(has_settings).or_else(|| nearest(has_flows)).unwrap_or(own)
}

/// The files of a project that matter, in order of their names; nested projects are left out.
///
/// # Errors
/// When a folder cannot be read, or there are far too many files.
pub fn files(root: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut walk = Walk { seen: BTreeSet::new(), files: Vec::new() };
    walk.folder(root, 0)?;
    Ok(walk.files)
}

/// The files that one flow in this folder may use: those of the project where settings or routes say that it is one, else
/// those beside it and one folder deeper, where no other flows lie.
///
/// # Errors
/// When a folder cannot be read.
pub fn files_for_one(root: &Path) -> Result<Vec<PathBuf>, Failure> {
    if has_settings(root) {
        return files(root);
    }
    let mut found = Vec::new();
    for entry in entries(root)? {
        if entry.is_file() && matters(&entry) {
            found.push(entry);
        } else if entry.is_dir() && !is_passed_over(&entry) && !has_settings(&entry) && !has_flows(&entry) {
            let inner = entries(&entry).unwrap_or_default();
            found.extend(inner.into_iter().filter(|inner| inner.is_file() && matters(inner)));
        }
    }
    Ok(found)
}

/// A path as people read it: without a leading `./`, with forward slashes.
#[must_use]
pub fn show(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    match text.strip_prefix("./") {
        Some(rest) if !rest.is_empty() => rest.to_owned(),
        _ => text,
    }
}

/// Whether a file is a link that leads out of a folder. What a stranger's project links to is not for others to read.
#[must_use]
pub fn leads_out(path: &Path, root: &Path) -> bool {
    match (fs::canonicalize(path), fs::canonicalize(root)) {
        (Ok(path), Ok(root)) => !path.starts_with(root),
        _ => false,
    }
}

/// Whether a name is that of a flow, in either spelling.
#[must_use]
pub fn is_flow(path: &Path) -> bool {
    let name = file_name(path);
    name.ends_with(".flow") || name.ends_with(".flow.yaml")
}

struct Walk {
    /// Folders entered, by their real path: a link back up is entered once.
    seen: BTreeSet<PathBuf>,
    files: Vec<PathBuf>,
}

impl Walk {
    fn folder(&mut self, folder: &Path, depth: usize) -> Result<(), Failure> {
        let real = fs::canonicalize(folder).map_err(|error| unreadable(folder, &error))?;
        if depth > DEEPEST || !self.seen.insert(real) {
            return Ok(());
        }
        for entry in entries(folder)? {
            if entry.is_dir() {
                if !is_passed_over(&entry) && !has_settings(&entry) {
                    self.folder(&entry, depth + 1)?;
                }
            } else if entry.is_file() && matters(&entry) {
                self.files.push(entry);
            }
            if self.files.len() > MOST_FILES {
                return Err(Failure::Usage(format!(
                    "more than {MOST_FILES} files below `{}`; name a project folder",
                    show(folder)
                )));
            }
        }
        Ok(())
    }
}

fn standing_in() -> Result<Vec<Located>, Failure> {
    let here = PathBuf::from(".");
    for (level, folder) in ancestors(&here).enumerate() {
        // Above the folder stood in, only settings or routes say that it belongs to a project.
        if level > 0 && !has_settings(&folder) {
            if is_roof(&folder) {
                break;
            }
            continue;
        }
        if is_project(&folder) {
            return Ok(vec![Located { root: folder, only: None }]);
        }
        if folder.join(FLOWS).is_dir() {
            return below(&folder.join(FLOWS));
        }
        if is_roof(&folder) {
            return below(&folder);
        }
    }
    Err(Failure::Usage(format!(
        "there is no project here (no `{SETTINGS_FILE}`, no folder `{FLOWS}`); name a flow file or a project folder"
    )))
}

fn at(path: &Path) -> Result<Vec<Located>, Failure> {
    let Ok(facts) = fs::metadata(path) else { return Err(missing(path)) };
    if facts.is_file() {
        return Ok(vec![file(path)?]);
    }
    if !facts.is_dir() {
        return Err(Failure::Usage(format!("`{}` is neither a file nor a folder", show(path))));
    }
    if is_project(path) {
        return Ok(vec![Located { root: path.to_path_buf(), only: None }]);
    }
    match path.join(FLOWS) {
        flows if flows.is_dir() => below(&flows),
        _ => below(path),
    }
}

fn file(path: &Path) -> Result<Located, Failure> {
    let name = file_name(path);
    let root = around(path);
    if name == SETTINGS_FILE || name == ROUTES_FILE {
        return Ok(Located { root, only: None });
    }
    if !matters(path) {
        return Err(Failure::Usage(format!(
            "`{}` is no file of a project: flows are *.flow and *.flow.yaml, everything else is *.yaml",
            show(path)
        )));
    }
    Ok(Located { root, only: Some(path.to_path_buf()) })
}

/// The projects among the folders below one, not below each other.
fn below(folder: &Path) -> Result<Vec<Located>, Failure> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    search(folder, 0, &mut seen, &mut found)?;
    if found.is_empty() {
        return Err(Failure::Usage(format!(
            "no project in `{}`: a project is a folder with flows (*.flow, *.flow.yaml)",
            show(folder)
        )));
    }
    Ok(found)
}

fn search(folder: &Path, depth: usize, seen: &mut BTreeSet<PathBuf>, found: &mut Vec<Located>) -> Result<(), Failure> {
    let real = fs::canonicalize(folder).map_err(|error| unreadable(folder, &error))?;
    if depth > DEEPEST || !seen.insert(real) {
        return Ok(());
    }
    for entry in entries(folder)? {
        if !entry.is_dir() || is_passed_over(&entry) {
            continue;
        }
        if is_project(&entry) {
            found.push(Located { root: entry, only: None });
        } else {
            search(&entry, depth + 1, seen, found)?;
        }
    }
    Ok(())
}

/// A folder and those above it, written relative to the working directory where the folder was.
fn ancestors(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let mut relative = folder.to_path_buf();
    let real = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_path_buf());
    let levels = real.ancestors().count();
    (0..levels).map(move |level| {
        if level > 0 {
            let plain = relative.file_name().is_some() && relative.parent().is_some();
            relative = match relative.parent() {
                Some(parent) if plain && !parent.as_os_str().is_empty() => parent.to_path_buf(),
                Some(_) if plain => PathBuf::from("."),
                _ if relative == Path::new(".") => PathBuf::from(".."),
                _ => relative.join(".."),
            };
        }
        relative.clone()
    })
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let listing = fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    let mut names: Vec<_> = listing.filter_map(|entry| Some(entry.ok()?.file_name())).collect();
    names.sort();
    let plain = folder == Path::new(".");
    Ok(names.into_iter().map(|name| if plain { PathBuf::from(name) } else { folder.join(name) }).collect())
}

fn is_project(folder: &Path) -> bool {
    has_settings(folder) || has_flows(folder)
}

fn has_settings(folder: &Path) -> bool {
    folder.join(SETTINGS_FILE).is_file() || folder.join(ROUTES_FILE).is_file()
}

fn has_flows(folder: &Path) -> bool {
    entries(folder).is_ok_and(|entries| entries.iter().any(|entry| is_flow(entry) && entry.is_file()))
}

/// A folder of projects, or the top of somebody's work: no project reaches beyond it.
fn is_roof(folder: &Path) -> bool {
    let name = fs::canonicalize(folder).ok().and_then(|real| real.file_name().map(std::ffi::OsStr::to_os_string));
    (name.is_some_and(|name| name == FLOWS) && !is_project(folder)) || folder.join(".git").exists()
}

fn is_passed_over(folder: &Path) -> bool {
    let name = file_name(folder);
    name.starts_with('.') || name == "target"
}

/// Whether a file may be one of ours by its name; `.yml` too, so that it can be said that it is not read.
fn matters(path: &Path) -> bool {
    let name = file_name(path);
    !name.starts_with('.')
        && (is_flow(path) || name.ends_with(".yaml") || name.ends_with(".yml") || name == SETTINGS_FILE)
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn missing(path: &Path) -> Failure {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let names: Vec<String> = entries(folder).unwrap_or_default().iter().map(|entry| file_name(entry)).collect();
    let next = did_you_mean(&file_name(path), names.iter().map(String::as_str))
        .unwrap_or_else(|| "name a flow file (*.flow, *.flow.yaml) or a project folder".to_owned());
    Failure::Usage(format!("there is no `{}`; {next}", show(path)))
}

/// What to say when something is there but cannot be read.
pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Usage(format!("cannot read `{}`: {error}", show(path)))
}
