//! `flowc diff OLD NEW`: what callers would notice between two versions of a flow or of a project.

use crate::cli::render::counted;
use crate::cli::running::{Format, plain};
use crate::cli::test::house::{self, House};
use crate::cli::{Exit, Failure, written};
use crate::language::syntax::ast::Script;
use crate::rehearsal::diff::{Change, Changes, Kind, Version, compare};
use serde_json::json;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Arguments of `flowc diff`.
#[derive(clap::Args)]
pub struct Args {
    /// The old version: a flow file or a project folder
    old: PathBuf,
    /// The new version
    new: PathBuf,
    /// Most callers to try for each flow
    #[arg(long, value_name = "N", default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..))]
    callers: u32,
    /// How it is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the command.
///
/// # Errors
/// When a path cannot be used or the output cannot be written.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let (Some(old), Some(new)) = (the_house(&args.old)?, the_house(&args.new)?) else { return Ok(Exit::Findings) };
    let mut changes = Changes::default();
    let most = usize::try_from(args.callers).unwrap_or(usize::MAX);
    for (was, now) in pairs(&old, &new, args) {
        let (Some(was), Some(now)) = (was, now) else {
            let (kind, name) = match (was, now) {
                (None, Some(name)) => (Kind::FlowNew, name),
                (Some(name), _) => (Kind::FlowGone, name),
                (None, None) => continue,
            };
            changes.all.push(Change {
                flow: name.to_owned(),
                kind,
                what: String::new(),
                after: String::new(),
                was: String::new(),
                now: String::new(),
                callers: 0,
            });
            continue;
        };
        let (old_scripts, new_scripts) = (scripts(&old, was), scripts(&new, now));
        let version = |house, name: &str, scripts| Version {
            house: House::scene(house),
            served: &house.lines.flows[name],
            scripts,
        };
        let found = compare(version(&old, was, &old_scripts[..]), version(&new, now, &new_scripts[..]), most);
        changes.all.extend(found.all);
        changes.callers += found.callers;
        changes.bounded |= found.bounded;
        changes.untried.extend(found.untried);
    }
    let text = match args.format {
        Format::Json => format!("{:#}\n", as_json(&changes)),
        Format::Text => as_text(&changes),
    };
    written(io::stdout().lock().write_all(text.as_bytes()))?;
    Ok(if changes.all.is_empty() { Exit::Fine } else { Exit::Findings })
}

fn the_house(path: &Path) -> Result<Option<House>, Failure> {
    let Some(mut houses) = house::read(&[path.to_path_buf()], None)? else { return Ok(None) };
    match houses.len() {
        1 => Ok(houses.pop()),
        count => Err(Failure::Usage(format!("{} holds {count} projects; name one of them", path.display()))),
    }
}

fn scripts<'h>(house: &'h House, flow: &str) -> Vec<&'h Script> {
    let all = house.scenarios.iter().map(|scenario| &scenario.script);
    all.filter(|script| script.flow.as_ref().is_none_or(|name| name.value == flow)).collect()
}

/// Flows of both versions by name; two single ones are versions of each other, whatever their names are.
fn pairs<'h>(old: &'h House, new: &'h House, args: &Args) -> Vec<(Option<&'h str>, Option<&'h str>)> {
    let named = |house: &'h House, path: &Path| -> BTreeSet<&'h str> {
        let all = house.lines.flows.keys().map(String::as_str);
        if path.is_dir() {
            return all.collect();
        }
        let stem =
            path.file_name().and_then(|name| name.to_str()).and_then(|name| name.split('.').next()).unwrap_or("");
        let only: BTreeSet<&str> = all.clone().filter(|name| *name == stem).collect();
        if only.is_empty() { all.collect() } else { only }
    };
    let (was, now) = (named(old, &args.old), named(new, &args.new));
    if let ([was], [now]) = (&was.iter().collect::<Vec<_>>()[..], &now.iter().collect::<Vec<_>>()[..]) {
        return vec![(Some(**was), Some(**now))];
    }
    let all: BTreeSet<&str> = was.union(&now).copied().collect();
    all.into_iter().map(|name| (was.get(name).copied(), now.get(name).copied())).collect()
}

fn as_json(changes: &Changes) -> serde_json::Value {
    let one = |change: &Change| {
        let Change { flow, kind, what, after, was, now, callers } = change;
        json!({ "flow": flow, "kind": kind.word(), "what": what, "after": after, "was": was, "now": now, "callers": callers })
    };
    json!({
        "callers": changes.callers, "bounded": changes.bounded, "untried": changes.untried,
        "changes": changes.all.iter().map(one).collect::<Vec<_>>(),
    })
}

fn as_text(changes: &Changes) -> String {
    let mut text = String::new();
    let mut flow = None;
    for change in &changes.all {
        if flow != Some(&change.flow) {
            let _ = writeln!(text, "{}", change.flow);
            flow = Some(&change.flow);
        }
        let _ = writeln!(text, "  {}", plain(&told(change)));
    }
    let how = if changes.bounded { ", and there are more ways than were tried: raise --callers" } else { "" };
    let tried = counted(changes.callers, "caller");
    let _ = match changes.all.len() {
        0 => writeln!(text, "{tried} tried, none would notice anything{how}"),
        count => writeln!(text, "{tried} tried, {} would be noticed{how}", counted(count, "change")),
    };
    for flow in &changes.untried {
        let _ = writeln!(
            text,
            "`{}` is not tried by itself: nobody calls it, other flows or programs begin it",
            plain(flow)
        );
    }
    text
}

fn told(change: &Change) -> String {
    let Change { kind, what, after, was, now, .. } = change;
    let leads = |to: &str| if to.is_empty() { String::new() } else { format!(": leads to {to}") };
    let led = |to: &str| if to.is_empty() { String::new() } else { format!(": led to {to}") };
    match kind {
        Kind::FlowNew => "the flow is new".to_owned(),
        Kind::FlowGone => "the flow is gone".to_owned(),
        Kind::New => format!("{after}: {what} is new{}", leads(now)),
        Kind::Gone => format!("{after}: {what} is gone{}", led(was)),
        Kind::Path => format!("{after}: {}, now {}", nothing(was), nothing(now)),
        Kind::Words => format!("{after}: heard {was}, now {now}"),
        Kind::Reached => format!("{after}: put through to {}, now to {}", nobody(was), nobody(now)),
        Kind::Silence => {
            let verb = if longer(was, now) { "grows" } else { "shrinks" };
            format!("the longest silence {verb} from {was} to {now} ({after})")
        }
    }
}

fn longer(was: &str, now: &str) -> bool {
    use crate::language::duration::read;
    read(was).unwrap_or(0) < read(now).unwrap_or(0)
}

fn nothing(text: &str) -> &str {
    if text.is_empty() { "nothing" } else { text }
}

fn nobody(text: &str) -> &str {
    if text.is_empty() { "nobody" } else { text }
}
