//! The failure model of `docs/runtime.md`: every row is there once, and every test it names is one. A promise whose test is gone
//! is found here.

use crate::architecture::files;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What one machine promises to stand: letters and how many rows each has, those left out that are not of one machine.
const ROWS: [(&str, u32, &[u32]); 5] =
    [("W", 16, &[]), ("C", 15, &[]), ("D", 16, &[9, 10, 11]), ("L", 9, &[8, 9]), ("X", 6, &[6])];

/// A row: its id, and the tests it names.
struct Row {
    id: String,
    tests: Vec<String>,
}

fn page() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/runtime.md")).expect("the page is there")
}

/// The rows of the tables between the page's two marks; the others have no tests.
fn rows(page: &str) -> Vec<Row> {
    let part = page.split("<!-- failures -->").nth(1).and_then(|rest| rest.split("<!-- /failures -->").next());
    let lines = part.expect("the marks are there").lines().filter(|line| line.starts_with("| "));
    let cells = lines.map(|line| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>());
    cells
        .filter(|cells| cells.first() != Some(&"#"))
        .map(|cells| {
            let tests = cells.last().copied().unwrap_or_default();
            let quoted = tests.split('`').skip(1).step_by(2).map(str::to_owned).collect();
            Row { id: cells[0].to_owned(), tests: quoted }
        })
        .collect()
}

/// Every name of a test in the sources: a function behind a test's attribute, or a case of a suite.
fn tests() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeSet::new();
    let rust = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "rs");
    for path in ["src", "tests"].iter().flat_map(|folder| files::everything(&root.join(folder))).filter(rust) {
        found.extend(tests_of(&std::fs::read_to_string(&path).expect("sources can be read")));
    }
    found
}

fn tests_of(text: &str) -> Vec<String> {
    let (mut found, mut is_test, mut suite) = (Vec::new(), false, false);
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[") {
            is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
            continue;
        }
        let signature = line.trim_start_matches("pub(crate) ").trim_start_matches("async ");
        match signature.strip_prefix("fn ").and_then(|rest| rest.split(['(', '<']).next()) {
            Some(name) if is_test => found.push(name.to_owned()),
            Some(_) | None => {}
        }
        // The store's cases: `suite! { changes: one two … }`.
        suite = (suite || line == "suite! {") && line != "}";
        let line = line.trim_end_matches(';');
        if suite && !line.is_empty() && line.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit()) {
            found.push(line.to_owned());
        }
        is_test &= line.is_empty() || line.starts_with("//");
    }
    found
}

/// What is wrong with the rows of a page.
fn wrong(page: &str, tests: &BTreeSet<String>) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for row in rows(page) {
        *seen.entry(row.id.clone()).or_default() += 1;
        if row.tests.is_empty() {
            wrong.push(format!("{}: no test", row.id));
        }
        for test in row.tests.iter().filter(|test| !tests.contains(*test)) {
            wrong.push(format!("{}: no test is called `{test}`", row.id));
        }
    }
    for (letter, last, elsewhere) in ROWS {
        for id in (1..=last).filter(|number| !elsewhere.contains(number)).map(|number| format!("{letter}{number}")) {
            match seen.remove(&id) {
                Some(1) => {}
                Some(times) => wrong.push(format!("{id} stands {times} times")),
                None => wrong.push(format!("{id} is not there")),
            }
        }
    }
    wrong.extend(seen.into_keys().map(|id| format!("{id} is no row of the model")));
    wrong
}

#[test]
fn every_failure_has_its_tests() {
    assert_eq!(wrong(&page(), &tests()), Vec::<String>::new());
    for id in ["D9", "D10", "D11", "L8", "L9", "X6"] {
        assert!(page().contains(&format!("\n| {id} | ")), "{id} is forgotten");
    }
}

#[test]
fn a_row_that_is_gone_and_a_test_that_is_none_are_found() {
    let (page, tests) = (page(), tests());
    let without: String =
        page.lines().filter(|line| !line.starts_with("| W7 |")).map(|line| format!("{line}\n")).collect();
    assert_eq!(wrong(&without, &tests), ["W7 is not there"]);
    let made_up = page.replacen("`every_commit_is_synced`", "`every_commit_is_sunk`", 1);
    assert_eq!(wrong(&made_up, &tests), ["D3: no test is called `every_commit_is_sunk`"]);
    let twice = page.replacen("| W8 |", "| W9 |", 1);
    assert_eq!(wrong(&twice, &tests), ["W8 is not there", "W9 stands 2 times"]);
    let text = "#[test]\nfn one() {}\nfn two() {}\n#[tokio::test(flavor = \"x\")]\n#[cfg(unix)]\nasync fn three() {}\n";
    assert_eq!(tests_of(text), ["one", "three"], "what is no test does not count");
}
