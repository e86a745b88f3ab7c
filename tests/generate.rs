//! `flowc test --generate`: the scenarios that it writes take every edge of an example, read back, and come out the same each time.

use crate::harness::{Flowc, Folder};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The files of a folder whose names hold a mark, with what stands in them.
fn files(folder: &Path, mark: &str) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries
        .map(|path| (path.file_name().expect("a name").to_string_lossy().into_owned(), path))
        .filter(|(name, path)| name.contains(mark) && path.is_file())
        .map(|(name, path)| (name, std::fs::read_to_string(path).expect("text")))
        .collect()
}

#[test]
fn what_needs_another_call_has_one() {
    let folder = Folder::new();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("flows/waiting_room");
    for (name, text) in files(&example, "") {
        std::fs::write(folder.join(&name), text).expect("it can be written");
    }
    let flowc = |args: &[&str]| Flowc::new(args.iter().copied()).in_folder(folder.path()).run().expect(0);
    let told = flowc(&["test", "--generate", "--calls", "400"]).stdout;
    assert!(told.contains("47 of 47 edges taken, 100 %") && !told.contains("not covered"), "{told}");
    let made = files(folder.path(), "at_desk.generated.");
    assert!(
        made.values().any(|text| text.contains("calls: { waiting: { flow: waiting_room, before: 30s } }")),
        "{made:?}"
    );
    assert!(made.values().any(|text| !text.contains("calls")), "{made:?}");
    assert!(flowc(&["test"]).stdout.contains("all as they say"));
}

#[test]
fn every_edge_of_an_example_is_taken_by_what_is_written() {
    let folder = Folder::new();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("flows/ivr");
    for (name, text) in files(&example, "") {
        std::fs::write(folder.join(&name), text).expect("it can be written");
    }
    let flowc = |args: &[&str]| Flowc::new(args.iter().copied()).in_folder(folder.path()).run().expect(0);
    let own = files(folder.path(), ".scenario.yaml");
    let told = flowc(&["test", "--generate", "--calls", "400"]).stdout;
    assert!(told.contains("17 of 17 edges taken, 100 %") && !told.contains("not covered"), "{told}");
    let made = files(folder.path(), ".generated.");
    assert!(!made.is_empty() && made.len() <= 14, "{:?}", made.keys());
    // What is claimed is what the scenarios, read from their files, take.
    let told = flowc(&["test", "--coverage"]).stdout;
    assert!(told.contains("; 17 of 17 edges taken, 100 %") && !told.contains("FAILED"), "{told}");
    // Written anew they are the same, and what was there before is as it was.
    let _ = flowc(&["test", "--generate", "--calls", "400"]);
    assert_eq!(files(folder.path(), ".generated."), made);
    let all = files(folder.path(), ".scenario.yaml");
    assert!(own.iter().all(|(name, text)| all.get(name) == Some(text)));
}

/// Of each example: the scenarios of its own, and those in `tests/generated`, which `flowc test --generate` wrote, take every edge.
/// They are written anew by `flowc test --generate=tests/generated/EXAMPLE flows/EXAMPLE`.
#[test]
fn every_edge_of_every_example_is_taken() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut lacking = Vec::new();
    let examples =
        std::fs::read_dir(root.join("flows")).expect("the examples").map(|entry| entry.expect("one").file_name());
    let examples: BTreeSet<String> = examples.map(|name| name.to_string_lossy().into_owned()).collect();
    assert!(examples.len() >= 15, "{examples:?}");
    for name in examples {
        let folder = Folder::new();
        for from in [root.join("flows").join(&name), root.join("tests/generated").join(&name)] {
            let entries = std::fs::read_dir(from).into_iter().flatten().map(|entry| entry.expect("an entry").path());
            for path in entries.filter(|path| path.is_file()) {
                let file = path.file_name().expect("a name").to_string_lossy().into_owned();
                std::fs::copy(&path, folder.join(&file)).expect("it can be copied");
            }
        }
        let came = Flowc::new(["test", "--coverage"]).in_folder(folder.path()).run();
        let told = came.stdout.lines().last().unwrap_or_default().to_owned();
        if !told.contains("all as they say") || !told.ends_with("edges taken, 100 %") {
            let lines = came.stdout.lines().filter(|line| line.contains("FAILED") || line.contains("not taken"));
            lacking.push(format!("{name}: {told}\n{}", lines.collect::<Vec<_>>().join("\n")));
        }
    }
    assert!(lacking.is_empty(), "{}", lacking.join("\n"));
}
