//! The documentation's flows are flows: each block that begins like one passes `flowc check`, the twins among them together.

pub(crate) mod blocks;
mod capabilities;

use crate::harness::{Flowc, Folder};
use std::path::Path;

/// The fenced blocks of a page, with the language after the fence.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in page.lines() {
        match (line.strip_prefix("```"), open.take()) {
            (Some(_), Some(block)) => blocks.push(block),
            (Some(language), None) => open = Some((language.to_owned(), String::new())),
            (None, Some((language, text))) => open = Some((language, format!("{text}{line}\n"))),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

fn check(page: &str, wanted: usize) {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).expect("the page is there");
    let flows: Vec<(String, String)> =
        blocks(&text).into_iter().filter(|(_, text)| text.starts_with("flowc")).collect();
    assert_eq!(flows.len(), wanted, "{page}");
    let mut folder = Folder::new();
    for (at, (language, text)) in flows.into_iter().enumerate() {
        let ending = if language == "yaml" { "flow.yaml" } else { "flow" };
        // Twins stand one after the other.
        folder = folder.with(&format!("page/page{}.{ending}", at / 2), text);
    }
    let output = Flowc::new(["check", "page"]).in_folder(folder.path()).run().expect(0);
    assert!(!output.stdout.contains("error"), "{page}: {}", output.stdout);
}

#[test]
fn the_flow_of_the_readme_is_one() {
    check("README.md", 1);
}

#[test]
fn a_block_that_is_no_flow_and_twins_that_differ_are_found() {
    let block = |comment: &str, native: &str, yaml: &str| {
        let yaml = if yaml.is_empty() { String::new() } else { format!("\n```yaml\n{yaml}```\n") };
        blocks::compile_all(&format!("## x\n{comment}\n```flow\n{native}```\n{yaml}")).map(|found| found.len())
    };
    let frame = "<!-- frame: up -->";
    assert_eq!(block(frame, "a: wait 3s -> next\n", "a: { wait: 3s, then: next }\n"), Ok(1));
    for (comment, native, yaml, says) in [
        (frame, "a: wait 3s -> next\n", "a: { wait: 4s, then: next }\n", "two programs"),
        (frame, "a: wait 3s -> next\n", "", "not beside it"),
        (frame, "a: wait 3s -> nxet\n", "a: { wait: 3s, then: next }\n", "F0102"),
        ("", "a: wait 3s -> next\n", "a: { wait: 3s, then: next }\n", "F0009"),
        ("<!-- frame: nowhere -->", "a: wait 3s -> next\n", "a: { wait: 3s, then: next }\n", "no frame"),
    ] {
        let wrong = block(comment, native, yaml).expect_err(says);
        assert!(wrong.contains(says), "{wrong}");
    }
}

/// Every `flow` and `yaml` block of the language's page is compiled, and the two spellings beside each other are one program.
#[test]
fn the_blocks_of_the_language_page_are_flows_and_twins() {
    let blocks = blocks::compile_all(&blocks::page("docs/language.md")).unwrap_or_else(|wrong| panic!("{wrong}"));
    let flows = blocks.iter().filter(|block| block.program.is_some()).count();
    assert!(flows > 30 && blocks.len() > flows, "{flows} of {}", blocks.len());
}

/// A script of another page, held against the project that its comment names.
#[test]
fn the_script_of_the_operations_page_fits_its_flow() {
    let blocks = blocks::blocks(&blocks::page("docs/operations.md"));
    let scripts: Vec<_> = blocks.iter().filter(|block| block.text.starts_with("scenario:")).collect();
    assert_eq!(scripts.len(), 1);
    assert_eq!(blocks::alone(scripts[0]), Ok(()));
}

/// Every block of the services' page: whole files as they stand, parts as part of one.
#[test]
fn the_services_of_their_page_are_services() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/services.md");
    let text = std::fs::read_to_string(page).expect("the page is there");
    let hello = "flowc 1\nflow hello inbound\nstart hello\n\nhello: answer -> bye\nbye: hangup\n";
    let mut folder = Folder::new().with("page/hello.flow", hello);
    let mut count = 0;
    for (language, text) in blocks(&text) {
        count += 1;
        let first = text.lines().next().and_then(|line| line.split_once(':')).unwrap_or_default();
        folder = match (language.as_str(), first.0) {
            ("yaml", "service") => folder.with(&format!("page/{}.yaml", first.1.trim()), text),
            ("yaml", "openapi") => folder.with("page/shop_api.yaml", text),
            ("yaml", _) => {
                let head = format!("service: part_{count}\nurl: https://crm.example.com\n");
                folder.with(&format!("page/part_{count}.yaml"), head + &text)
            }
            ("toml", _) => folder.with("page/flowc.toml", text),
            (language, _) => {
                assert_eq!(language, "json");
                folder
            }
        };
    }
    assert_eq!(count, 7);
    let output = Flowc::new(["check", "page"]).in_folder(folder.path()).run().expect(0);
    assert!(!output.stdout.contains("error") && !output.stdout.contains("warning"), "{}", output.stdout);
}

/// With notes only: what lies in the past depends on today.
#[test]
fn the_calendar_of_its_page_is_one() {
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/calendars.md")).expect("a page");
    let calendar = blocks(&text).into_iter().find(|(_, text)| text.starts_with("calendar")).expect("a calendar").1;
    let flow = "flowc 1\nflow a inbound\nuse office\nstart a\na: answer -> b\nb: hangup\n";
    let folder = Folder::new().with("page/office.yaml", calendar).with("page/page.flow", flow);
    let output = Flowc::new(["check", "page"]).in_folder(folder.path()).run().expect(0);
    assert!(!output.stdout.contains("not offered"), "{}", output.stdout);
}

#[test]
fn pages_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut links = 0;
    for page in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "docs/language.md",
        "docs/operations.md",
        "docs/emulator.md",
        "docs/runtime.md",
        "docs/services.md",
        "docs/calendars.md",
    ] {
        let text = std::fs::read_to_string(root.join(page)).unwrap_or_else(|error| panic!("{page}: {error}"));
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            links += 1;
            if target.starts_with("https://") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let path = root.join(page).parent().expect("in a folder").join(file);
            let led_to = if file.is_empty() { Some(text.clone()) } else { std::fs::read_to_string(&path).ok() };
            let leads = match (&led_to, anchor) {
                (_, "") => path.exists(),
                (Some(led_to), anchor) => capabilities::anchors(led_to).contains(anchor),
                (None, _) => false,
            };
            assert!(leads, "{page} leads to {target}");
        }
    }
    assert!(links > 5, "{links} links found");
}
