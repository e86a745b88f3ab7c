//! `flowc test --generate`: the scenarios that it writes take every edge of an example, read back, and come out the same each time.

use crate::harness::{Flowc, Folder};
use std::collections::BTreeMap;
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
