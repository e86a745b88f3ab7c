//! What was done on a call, written as a scenario that `flowc test` has been seen to accept.

use crate::cli::test::house::House;
use crate::language::diagnostic::Diagnostic;
use crate::rehearsal::expect;
use crate::rehearsal::rehearse;
use crate::rehearsal::session::Session;
use crate::rehearsal::session::written::{MANNERS, Whole};
use crate::rehearsal::transcript::{Told, What};
use std::path::{Path, PathBuf};

/// What came of playing a text again.
struct Tried {
    text: String,
    findings: Vec<Diagnostic>,
    /// People heard and did the same.
    is_same: bool,
}

/// Writes a scenario. What to tell people about it.
pub(super) fn save(house: &House, session: &Session<'_>, file: &Path, over: bool) -> Result<Vec<String>, String> {
    let path = named(file);
    if path.exists() && !over {
        return Err(format!("there is a file {} already; `:save! {}` writes over it", path.display(), file.display()));
    }
    let whole = session.whole()?;
    let title = title(&path);
    let mut best: Option<Tried> = None;
    for manner in MANNERS {
        let tried = again(house, &path, whole.scenario(&title, manner), &whole);
        let (good, same) = (tried.findings.is_empty(), tried.is_same);
        let rank = |tried: &Tried| (tried.findings.is_empty(), tried.is_same);
        if best.as_ref().is_none_or(|best| rank(&tried) > rank(best)) {
            best = Some(tried);
        }
        if good && same {
            break;
        }
    }
    let Some(best) = best else { return Err("there is nothing to write".to_owned()) };
    std::fs::write(&path, &best.text).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    let mut told = vec![format!("written: {}", path.display())];
    if whole.hung_up {
        told.push("the call goes on here; the scenario hangs up at this point".to_owned());
    }
    match best.findings.first() {
        Some(finding) => told.push(format!(
            "played again it does not come about the same: {} ({}); look it over before you keep it",
            finding.message, finding.primary.text
        )),
        None if !best.is_same => told.push("played again the times differ, and so do some words".to_owned()),
        None => {}
    }
    Ok(told)
}

/// Plays a text again, as `flowc test` would.
fn again(house: &House, path: &Path, text: String, whole: &Whole<'_>) -> Tried {
    let mut project = house.project.clone();
    let file = project.sources.add(path.display().to_string(), text.clone());
    let compiled = project.compile();
    let (script, findings) = project.script(file, &compiled);
    let Some(script) = script else { return Tried { text, findings, is_same: false } };
    let rehearsed = rehearse::rehearse(house.scene(), &script);
    let findings = expect::held(&script, &rehearsed, &project.sources, &house.places(&script));
    let is_same = plain(&rehearsed.transcript) == plain(&whole.told());
    Tried { text, findings, is_same }
}

/// Who heard and did what, without times; keys that were pressed one after the other are one act.
fn plain(told: &[Told]) -> Vec<(String, String)> {
    let mut plain: Vec<(String, String)> = Vec::new();
    for Told { who, what, .. } in told {
        let what = match what {
            What::Hears(words) if words.ends_with('…') => continue,
            What::Hears(words) => format!("hears {words}"),
            What::Leaves => "leaves".to_owned(),
            What::Presses(keys) => match plain.last_mut() {
                Some((last, did)) if last == who && did.starts_with("presses ") => {
                    did.push_str(keys);
                    continue;
                }
                _ => format!("presses {keys}"),
            },
            What::Says(words) => format!("says {words}"),
        };
        plain.push((who.clone(), what));
    }
    plain
}

/// With the ending of scenarios.
fn named(file: &Path) -> PathBuf {
    let is_yaml = file.extension().is_some_and(|ending| ending == "yaml" || ending == "yml");
    if is_yaml { file.to_path_buf() } else { PathBuf::from(format!("{}.scenario.yaml", file.display())) }
}

/// The file's name, as words.
fn title(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    let words = stem.replace(['_', '-'], " ");
    if words.trim().is_empty() { "a call".to_owned() } else { words.trim().to_owned() }
}
