//! Which modules are pure, and what a pure module may not name.

use crate::architecture::files::SourceFile;

/// The line that has clippy watch a module and everything below it.
pub(crate) const LINT: &str = "#![deny(clippy::disallowed_methods, clippy::disallowed_types)]";

/// Pure through and through: these modules carry [`LINT`] and name none of [`WORLD`].
const PURE: &[&str] = &["platform", "language", "machine"];

/// Modules that are pure but for the parts named with them, which touch the world on their behalf.
const PURE_BUT: &[(&str, &[&str])] = &[
    ("emulator", &["emulator::server"]),
    ("invoke", &["invoke::client"]),
    ("provider", &["provider::acs::auth::discovery", "provider::acs::client"]),
    ("runtime", &["runtime::drive"]),
];

/// What belongs to the world. An entry stands for itself as a path or the beginning of one, wherever it is written.
const WORLD: &[&str] = &[
    "std::env",
    "std::fs",
    "std::io",
    // Addresses are data, and so are URIs, methods and status codes below; what opens a connection is not.
    "std::net::TcpListener",
    "std::net::TcpStream",
    "std::net::ToSocketAddrs",
    "std::net::UdpSocket",
    "std::os",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "std::sync::mpsc",
    "std::collections::HashMap",
    "std::collections::HashSet",
    "std::hash::RandomState",
    "aws_lc_rs::rand",
    "hyper::body",
    "hyper::client",
    "hyper::server",
    "hyper::service",
    "hyper_util",
    "indicatif",
    "miette",
    "reqwest",
    "rusqlite",
    "tokio",
    "tracing",
];

/// Single words that belong to the world however they came into scope.
const WORDS: &[&str] = &[
    "async",
    "await",
    "HashMap",
    "HashSet",
    "Instant",
    "RandomState",
    "SystemTime",
    "eprint!",
    "eprintln!",
    "new_v4",
    "now_v7",
    "print!",
    "println!",
    "dbg!",
    "Timestamp::now",
    "Zoned::now",
];

/// What a pure file names of the world: `file:line: what`.
pub(crate) fn offences(file: &SourceFile) -> Vec<String> {
    if !is_pure(file) {
        return Vec::new();
    }
    let mut offences = Vec::new();
    for (number, line) in file.code.lines().enumerate() {
        let spread = spread(line);
        let named = WORLD.iter().filter(|path| contains(line, path) || spread.iter().any(|one| begins(one, path)));
        let words = WORDS.iter().filter(|word| contains(line, word));
        for name in named.chain(words) {
            offences.push(format!("{}:{}: a pure module names `{name}`", file.path, number + 1));
        }
    }
    offences
}

/// Pure modules that clippy does not watch.
pub(crate) fn without_lint(files: &[SourceFile]) -> Vec<String> {
    let watches = |file: &SourceFile| file.code.contains(LINT);
    let watched = |file: &SourceFile| {
        watches(file)
            || files.iter().any(|above| {
                above.path.ends_with("/mod.rs")
                    && watches(above)
                    && file.module.starts_with(&format!("{}::", above.module))
            })
    };
    files
        .iter()
        .filter(|file| PURE.iter().any(|module| within(file, module)) && !watched(file))
        .map(|file| format!("{}: neither it nor a module above it has the line {LINT}", file.path))
        .collect()
}

fn is_pure(file: &SourceFile) -> bool {
    PURE.iter().any(|module| within(file, module))
        || file.code.contains(LINT)
        || PURE_BUT.iter().any(|(module, parts)| within(file, module) && !parts.iter().any(|part| within(file, part)))
}

fn within(file: &SourceFile, module: &str) -> bool {
    file.module.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Whether `path` stands in `line` as whole words.
fn contains(line: &str, path: &str) -> bool {
    let is_name = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let part_of_path =
            before == Some(':') && path.chars().next().is_some_and(char::is_lowercase) && !path.contains("::");
        let is_method = before == Some('.') && path != "await";
        !is_name(before)
            && !is_name(line[at + path.len()..].chars().next())
            && !is_method
            && (!part_of_path || WORDS.contains(&path))
    })
}

/// The paths that `use std::{a, b::c}` on one line spells out.
fn spread(line: &str) -> Vec<String> {
    let Some((head, group)) =
        line.trim().trim_start_matches("pub ").strip_prefix("use ").and_then(|l| l.split_once("::{"))
    else {
        return Vec::new();
    };
    group.split([',', '{', '}', ';']).map(|part| format!("{head}::{}", part.trim())).collect()
}

fn begins(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with("::") || rest.starts_with(' '))
}
