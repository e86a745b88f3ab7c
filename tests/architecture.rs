//! The house rules that a compiler does not know: which way arrows go, what pure modules may name, what files may be called,
//! and that nothing is forgotten. Each rule is a function over sources, and is shown to catch a made-up offender.

pub(crate) mod files;
mod layers;
mod purity;
mod rust_text;

use crate::architecture::files::SourceFile;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below `src`, tests cut out.
fn house() -> Vec<SourceFile> {
    let files = SourceFile::all(&root().join("src"));
    assert!(files.len() > 20, "the sources were not found");
    files
}

fn demand_none(rule: &str, offences: &[String]) {
    assert!(offences.is_empty(), "{rule}:\n{}", offences.join("\n"));
}

#[test]
fn arrows_go_one_way() {
    let offences: Vec<String> = house().iter().flat_map(layers::offences).collect();
    demand_none("an import runs against the table in ARCHITECTURE.md", &offences);
}

#[test]
fn an_arrow_that_runs_back_is_reported() {
    let report = |module: &str, text: &str| layers::offences(&SourceFile::made_up(module, text));
    for (module, text, place) in [
        ("platform/codes.rs", "//! x\nuse crate::machine::event::Event;\n", "src/platform/codes.rs:2: platform"),
        (
            "machine/play.rs",
            "//! x\n\nuse crate::{language::syntax::ast, platform};\n",
            "src/machine/play.rs:3: machine",
        ),
        ("machine/play.rs", "fn f() { crate::runtime::turn() }", "src/machine/play.rs:1: machine"),
        ("emulator/cloud.rs", "use crate::store::Store;", "src/emulator/cloud.rs:1: emulator"),
        (
            "language/flow/state.rs",
            "use crate::language::graph::Program;",
            "src/language/flow/state.rs:1: language::flow",
        ),
        ("language/check/mod.rs", "use crate::language::graph;", "src/language/check/mod.rs:1: language::check"),
        ("runtime/turn.rs", "use crate::emulator;", "src/runtime/turn.rs:1: runtime"),
        ("runtime/turn.rs", "use crate::language::compile;", "src/runtime/turn.rs:1: runtime"),
        ("machine/play.rs", "use super::super::runtime;", "src/machine/play.rs:1: machine"),
        ("console/page.rs", "use crate::platform;", "src/console/page.rs:1: console"),
    ] {
        let found = report(module, text);
        assert!(found.len() == 1 && found[0].starts_with(place), "{module}: {found:?}");
    }
    for (module, text) in [
        ("machine/play.rs", "use crate::language::{flow::state::State, graph::Program};\nuse crate::machine::event;"),
        ("machine/play.rs", "// crate::runtime\n/* crate::runtime */ const T: &str = \"crate::runtime\";"),
        ("machine/play.rs", "#[cfg(test)]\nmod tests {\n    use crate::runtime;\n}\n"),
        ("language/graph/lower.rs", "use crate::language::check::checked;"),
        ("cli/serve.rs", "use crate::config; use crate::server; use crate::emulator;"),
    ] {
        assert_eq!(report(module, text), Vec::<String>::new(), "{module}");
    }
}

#[test]
fn pure_modules_name_nothing_of_the_world() {
    let house = house();
    let mut offences: Vec<String> = house.iter().flat_map(purity::offences).collect();
    offences.extend(purity::without_lint(&house));
    demand_none("a pure module names the world", &offences);
}

#[test]
fn a_pure_module_that_names_the_world_is_reported() {
    let report = |text: &str| purity::offences(&SourceFile::made_up("machine/play.rs", text));
    for text in [
        "fn now() -> std::time::Instant { std::time::Instant::now() }",
        "fn read() { let _ = std::fs::read(\"calls.db\"); }",
        "use std::{fs, time::SystemTime};",
        "use std::collections::HashMap;",
        "fn home() -> Option<String> { std::env::var(\"HOME\").ok() }",
        "async fn later() {}",
        "fn id() -> uuid::Uuid { uuid::Uuid::new_v4() }",
        "fn at() -> jiff::Timestamp { jiff::Timestamp::now() }",
        "use tokio::sync::mpsc;",
        "fn out() { println!(\"x\") }",
        "use std::net::TcpStream;",
    ] {
        let found = report(text);
        assert!(found.first().is_some_and(|line| line.starts_with("src/machine/play.rs:1: ")), "{text}: {found:?}");
    }
    assert_eq!(report("// std::fs::read\nconst T: &str = \"tokio\"; fn asynchronous() {}"), Vec::<String>::new());
    let file = SourceFile::made_up("cli/serve.rs", "use std::fs;");
    assert_eq!(purity::offences(&file), Vec::<String>::new());
    let bare = [SourceFile::made_up("machine/mod.rs", "//! x"), SourceFile::made_up("machine/play.rs", "//! x")];
    assert_eq!(purity::without_lint(&bare).len(), 2);
    let denied = [SourceFile::made_up("machine/mod.rs", purity::LINT), SourceFile::made_up("machine/play.rs", "//! x")];
    assert_eq!(purity::without_lint(&denied), Vec::<String>::new());
}

#[test]
fn nothing_has_a_name_that_says_nothing() {
    let paths = files::everything(&root().join("src"));
    demand_none("a name that says nothing", &files::nameless(&paths));
    let made_up = ["src/machine/util.rs", "src/common/mod.rs", "src/manager.rs"].map(PathBuf::from);
    assert_eq!(files::nameless(&made_up).len(), 3);
}

#[test]
fn every_module_says_what_it_is() {
    let offences: Vec<String> = house().iter().filter_map(SourceFile::without_heading).collect();
    demand_none("a module without a line `//!` on top", &offences);
    assert!(SourceFile::made_up("x.rs", "use std::fmt;").without_heading().is_some());
}

#[test]
fn no_file_has_grown_past_one_idea() {
    let offences: Vec<String> = house().iter().filter_map(SourceFile::too_long).collect();
    demand_none("a file over its budget of lines", &offences);
    assert!(SourceFile::made_up("x.rs", &"x\n".repeat(files::BUDGET + 1)).too_long().is_some());
}

#[test]
fn every_code_has_a_page_and_cases() {
    let named = |folder: &str| files::names(&root().join(folder));
    demand_none("a finding's code lacks something", &files::codes(&named("docs/errors"), &named("tests/diagnostics")));
    let made_up = files::codes(&["F0001.md".to_owned(), "F9999.md".to_owned()], &["F0001_x.flow".to_owned()]);
    assert!(made_up.iter().any(|line| line.starts_with("F0001: no case in YAML")), "{made_up:?}");
    assert!(made_up.iter().any(|line| line.starts_with("F0102: no page")), "{made_up:?}");
    assert!(made_up.iter().any(|line| line.starts_with("F9999")), "{made_up:?}");
}

#[test]
fn every_test_file_is_run() {
    let tests = root().join("tests");
    let mut reached = files::reached(&tests.join("main.rs"));
    reached.extend(files::reached(&tests.join("drills.rs")));
    let offences: Vec<String> = files::everything(&tests)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs") && !reached.contains(path))
        .map(|path| format!("{} is named by no `mod`", show(&path)))
        .collect();
    demand_none("a test file that is never run", &offences);
    assert!(reached.contains(&tests.join("architecture/rust_text.rs")), "{reached:?}");
}

fn show(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().replace('\\', "/")
}
