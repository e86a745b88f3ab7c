//! What may enter the dependency tree. `deny.toml` says the same to `cargo deny`, which also knows advisories but needs the
//! network; this test needs only the lock file, so it holds everywhere.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Licences whose text may be part of ours.
const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Never in the tree: one TLS and crypto provider is enough, and `rsa` has an open timing advisory.
const BANNED: &[&str] = &["native-tls", "openssl", "openssl-sys", "ring", "rsa", "sqlx", "serde_yml"];

/// At most once in the tree.
const SINGLE: &[&str] = &["aws-lc-sys", "hyper", "libsqlite3-sys", "reqwest", "rustls", "tokio"];

/// A package in the tree.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Package {
    name: String,
    version: String,
    licence: String,
}

/// The packages that a build on this machine takes in, as cargo resolves them from the lock file and our features.
fn packages() -> BTreeSet<Package> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--edges", "normal,build,dev", "--prefix", "none", "--format", "{p}|{l}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs: it ran this test");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).expect("cargo writes UTF-8");
    let packages: BTreeSet<Package> = tree.lines().filter_map(package).collect();
    assert!(packages.len() > 100, "cargo told of {} packages", packages.len());
    packages
}

/// `tokio v1.54.0|MIT`; a package seen before ends in ` (*)`.
fn package(line: &str) -> Option<Package> {
    let (package, licence) = line.split_once('|')?;
    let mut words = package.split(' ');
    let (name, version) = (words.next()?, words.next()?);
    let licence = licence.trim_end_matches("(*)").trim();
    Some(Package { name: name.to_owned(), version: version.to_owned(), licence: licence.to_owned() })
}

#[test]
fn licences_are_permissive() {
    let offences: Vec<String> = packages()
        .iter()
        .filter(|package| !is_allowed(&package.licence))
        .map(|package| format!("{} {}: `{}`", package.name, package.version, package.licence))
        .collect();
    assert_eq!(offences, Vec::<String>::new());
    for copyleft in ["GPL-3.0", "MIT AND GPL-3.0", "MPL-2.0 OR GPL-2.0", "", "MITX"] {
        assert!(!is_allowed(copyleft), "{copyleft}");
    }
    assert!(is_allowed("(MIT OR GPL-3.0) AND Unicode-3.0") && is_allowed("Unlicense/MIT"));
}

#[test]
fn nothing_banned_and_nothing_twice() {
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in packages() {
        versions.entry(package.name).or_default().insert(package.version);
    }
    let banned: Vec<&&str> = BANNED.iter().filter(|name| versions.contains_key(**name)).collect();
    assert!(banned.is_empty(), "banned: {banned:?}");
    for name in SINGLE {
        let found = versions.get(*name).unwrap_or_else(|| panic!("{name} has left the tree: take it off the list"));
        assert_eq!(found.len(), 1, "{name}: {found:?}");
    }
}

#[test]
fn everything_comes_from_the_public_registry() {
    let registry = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    let sources: Vec<&str> =
        include_str!("../Cargo.lock").lines().filter(|line| line.starts_with("source = ")).collect();
    assert!(sources.len() > 100, "{} packages in the lock file", sources.len());
    let others: Vec<&&str> = sources.iter().filter(|source| **source != registry).collect();
    assert!(others.is_empty(), "{others:?}");
}

#[test]
fn each_dependency_has_its_reason() {
    let manifest = include_str!("../Cargo.toml");
    let (reasons, offences) = without_reason(manifest);
    assert!(reasons > 20, "{reasons} dependencies found");
    assert_eq!(offences, Vec::<String>::new());
    let (_, offences) = without_reason("[dependencies]\n# Why.\na = \"1\"\n\nb = \"*\"\n[profile.dev]\nc = 1\n");
    assert_eq!(offences, ["b: no comment above it says why", "b: any version will do"]);
}

/// The dependencies in a manifest, and what is wrong with them. A comment holds for the lines up to the next comment.
fn without_reason(manifest: &str) -> (usize, Vec<String>) {
    let (mut inside, mut reason, mut count, mut offences) = (false, false, 0, Vec::new());
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = matches!(line, "[dependencies]" | "[dev-dependencies]" | "[build-dependencies]");
            reason = false;
        } else if line.trim().is_empty() {
            reason = false;
        } else if line.starts_with('#') {
            reason = true;
        } else if let Some((name, version)) = line.split_once(" = ").filter(|_| inside) {
            count += 1;
            if !reason {
                offences.push(format!("{name}: no comment above it says why"));
            }
            if version.contains("\"*\"") {
                offences.push(format!("{name}: any version will do"));
            }
        }
    }
    (count, offences)
}

/// Whether an SPDX expression can be met with [`LICENCES`]: `AND` demands both sides, `OR` one.
fn is_allowed(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ");
    let mut words: Vec<String> =
        expression.replace('(', " ( ").replace(')', " ) ").split_whitespace().map(str::to_owned).collect();
    while let Some(at) = words.iter().position(|word| word == "WITH").filter(|at| *at > 0 && at + 1 < words.len()) {
        let joined = format!("{} WITH {}", words[at - 1], words[at + 1]);
        words.splice(at - 1..=at + 1, [joined]);
    }
    let mut at = 0;
    any(&words, &mut at) && at == words.len()
}

fn any(words: &[String], at: &mut usize) -> bool {
    let mut met = all(words, at);
    while words.get(*at).is_some_and(|word| word == "OR") {
        *at += 1;
        met |= all(words, at);
    }
    met
}

fn all(words: &[String], at: &mut usize) -> bool {
    let mut met = one(words, at);
    while words.get(*at).is_some_and(|word| word == "AND") {
        *at += 1;
        met &= one(words, at);
    }
    met
}

fn one(words: &[String], at: &mut usize) -> bool {
    let Some(word) = words.get(*at) else { return false };
    *at += 1;
    if word != "(" {
        return LICENCES.contains(&word.as_str());
    }
    let met = any(words, at);
    *at += 1;
    met
}
