//! The layer table of ARCHITECTURE.md as data, and the imports of a file held against it.

use crate::architecture::files::SourceFile;

/// Modules and their layers. A module may import from layers with a smaller number, and from itself.
const LAYERS: &[(&str, u8)] = &[
    ("planted", 0),
    ("platform", 0),
    ("metrics", 0),
    ("language::source", 0),
    ("language::diagnostic", 0),
    ("language::duration", 0),
    ("language::syntax", 1),
    ("language::flow", 1),
    ("language::check", 2),
    ("language::graph", 2),
    ("language::format", 3),
    ("language::schema", 3),
    ("language::prove", 3),
    ("machine", 3),
    ("language::compile", 4),
    ("provider", 4),
    ("invoke", 4),
    ("store", 4),
    ("http", 4),
    ("runtime", 5),
    ("emulator", 5),
    ("recordings", 6),
    ("simulator", 6),
    ("rehearsal", 7),
    ("server", 7),
    ("config", 8),
    ("cli", 8),
    ("main", 8),
];

/// Arrows within a layer that are meant.
const SIDEWAYS: &[(&str, &str, &str)] = &[
    ("language::diagnostic", "language::source", "a finding stands somewhere"),
    ("language::graph", "language::check", "a program is lowered from what was checked"),
    ("cli", "config", "commands resolve settings"),
    ("main", "cli", "the process hands over its command line"),
];

/// Modules that may import less than their layer allows: all they may import.
const ONLY: &[(&str, &[&str])] = &[
    // The machine never sees text.
    ("machine", &["planted", "platform", "language::flow", "language::graph"]),
    // The runtime sees of the language what a call needs, nothing of how it was written.
    (
        "runtime",
        &[
            "planted",
            "platform",
            "language::flow",
            "language::graph",
            "machine",
            "provider",
            "invoke",
            "store",
            "http",
            "metrics",
        ],
    ),
    // Asking a service knows the contract and the values, nothing of calls.
    ("invoke", &["platform", "language::duration", "language::flow"]),
    // The emulator is the other side: it shares the wire with us and nothing else.
    ("emulator", &["platform", "provider::acs::wire", "http"]),
    // Keeping files knows how they are fetched, nothing of calls.
    ("recordings", &["provider::acs::client", "provider::acs::from_wire::grid"]),
    // A store knows rows and bytes, and counts its transactions; the wrong lines of the one in memory can be switched on.
    ("store", &["metrics", "planted"]),
    ("http", &["platform"]),
];

/// Imports of a file that the table does not allow: `file:line: from -> to`.
pub(crate) fn offences(file: &SourceFile) -> Vec<String> {
    // The crate's root lists the modules; a folder of several layers only lists its parts.
    if file.module == "lib" {
        return Vec::new();
    }
    let own = component(&file.module);
    let mut offences = Vec::new();
    for (line, path) in imports(&file.code) {
        let trouble = match (own, path.as_str()) {
            (_, "super") => Some("`super::` hides which way an arrow goes; write `crate::`".to_owned()),
            (None, _) => Some("a module without a row in the layer table".to_owned()),
            (Some(own), path) => refusal(own, path),
        };
        if let Some(trouble) = trouble {
            offences.push(format!("{}:{line}: {} -> {path}: {trouble}", file.path, own.unwrap_or(&file.module)));
        }
    }
    offences
}

fn refusal(own: &str, path: &str) -> Option<String> {
    let Some(target) = component(path) else {
        return Some("no module of the layer table".to_owned());
    };
    if own == target || SIDEWAYS.iter().any(|(from, to, _)| (*from, *to) == (own, target)) {
        return None;
    }
    if layer(target) >= layer(own) {
        return Some(format!("layer {} may not import layer {}", layer(own), layer(target)));
    }
    let allowed = ONLY.iter().find(|(from, _)| *from == own)?.1;
    if allowed.iter().any(|prefix| is_within(path, prefix)) {
        return None;
    }
    Some(format!("{own} may import only {}", allowed.join(", ")))
}

/// The row of the table a module path belongs to: the longest that it lies within.
fn component(path: &str) -> Option<&'static str> {
    LAYERS.iter().map(|(name, _)| *name).filter(|name| is_within(path, name)).max_by_key(|name| name.len())
}

fn layer(component: &str) -> u8 {
    LAYERS.iter().find(|(name, _)| *name == component).expect("components come from the table").1
}

fn is_within(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Every path below `crate::` (or `flowc::`, from the binary) with its line; `super` for each `super::`.
fn imports(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for root in ["crate::", "flowc::", "super::"] {
        for (at, _) in code.match_indices(root) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            let line = code[..at].matches('\n').count() + 1;
            if root == "super::" {
                found.push((line, "super".to_owned()));
            } else {
                tree(&code[at + root.len()..], line, "", &mut found);
            }
        }
    }
    found.sort();
    found
}

/// Reads one path or `{group}` of paths; gives back how many bytes it took.
fn tree(text: &str, line: usize, prefix: &str, found: &mut Vec<(usize, String)>) -> usize {
    let lead = text.len() - text.trim_start().len();
    let line = line + text[..lead].matches('\n').count();
    let rest = &text[lead..];
    if rest.starts_with('{') {
        return lead + group(rest, line, prefix, found);
    }
    let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}::{name}") };
    let after = lead + name.len();
    if !name.is_empty() && text[after..].starts_with("::") {
        return after + 2 + tree(&text[after + 2..], line, &path, found);
    }
    if !path.is_empty() {
        found.push((line, path.trim_end_matches("::").to_owned()));
    }
    after
}

fn group(text: &str, line: usize, prefix: &str, found: &mut Vec<(usize, String)>) -> usize {
    let mut at = 1;
    loop {
        let here = line + text[..at].matches('\n').count();
        at += text[at..].len() - text[at..].trim_start().len();
        match text[at..].chars().next() {
            None => return at,
            Some('}') => return at + 1,
            Some(',') => at += 1,
            Some(c) => {
                let taken = tree(&text[at..], here, prefix, found);
                // `as name` and `*` are no paths: step over what is not understood.
                at += if taken == 0 { c.len_utf8() } else { taken };
            }
        }
    }
}
