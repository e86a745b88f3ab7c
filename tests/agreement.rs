//! Rehearsals and the emulator agree: every scenario of the examples is played in virtual time by `flowc test`, and over HTTP, by
//! service and emulator twenty times as fast as they would go, by `flowc dev --call`; everybody hears, presses and says the same.

use crate::harness::Flowc;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

/// Played at a time.
const AT_ONCE: usize = 2;
/// How long one may take.
const PATIENCE: Duration = Duration::from_secs(180);
/// Scenarios that last longer, in virtual milliseconds, would hold up everybody: half a minute of the real clock.
const LONGEST_MS: u64 = 600_000;
/// How often one is played again that comes out differently: its people are as slow as the machine at that moment.
const TRIES: usize = 3;

/// What each person heard, pressed and said, in order.
type Heard = BTreeMap<String, Vec<(String, String)>>;

#[test]
fn every_scenario_is_the_same_in_virtual_time_and_over_http() {
    let scenarios = scenarios();
    assert!(scenarios.len() >= 25, "{scenarios:?}");
    let (waiting, passed_over) = (Mutex::new(scenarios.iter()), Mutex::new(Vec::new()));
    let next = || waiting.lock().expect("not poisoned").next();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(scenario) = next() {
                    let told = Flowc::new(["test", "--format", "json"]).arg(scenario).run();
                    assert_eq!(told.status, Some(0), "{}\n{}\n{}", scenario.display(), told.stdout, told.stderr);
                    let told = &told.json_lines()[0];
                    if told["lasted_ms"].as_u64().is_none_or(|ms| ms > LONGEST_MS) {
                        passed_over.lock().expect("not poisoned").push(scenario.display().to_string());
                        continue;
                    }
                    agree(scenario, &virtually(told));
                }
            });
        }
    });
    let passed_over = passed_over.into_inner().expect("not poisoned");
    println!("{} scenarios agree; too long: {passed_over:?}", scenarios.len() - passed_over.len());
    assert!(passed_over.len() * 4 < scenarios.len(), "{passed_over:?}");
}

fn agree(scenario: &Path, expected: &Heard) {
    let mut last = String::new();
    for _ in 0..TRIES {
        let output = Flowc::new(["dev", "--fast", "--call"]).arg(scenario).time_out(PATIENCE).run();
        if output.status == Some(0) && really(&output.stdout) == *expected {
            return;
        }
        last = format!("{}\n{}", output.stdout, output.stderr);
    }
    panic!("{} goes another way over HTTP {TRIES} times; expected {expected:#?}\n{last}", scenario.display());
}

/// What `flowc test` says was heard.
fn virtually(told: &Value) -> Heard {
    let mut heard = Heard::new();
    for line in told["heard"].as_array().expect("lines") {
        let word = |name: &str| line[name].as_str().expect("text").to_owned();
        if is_whole(&word("text")) {
            heard.entry(word("id")).or_default().push((word("did"), plain(&word("text"))));
        }
    }
    heard
}

/// What `flowc dev` printed.
fn really(printed: &str) -> Heard {
    let mut heard = Heard::new();
    for line in printed.lines().map(str::trim_start).filter(|line| line.starts_with('+')) {
        let mut words = line.split_whitespace();
        let (Some(_), Some(who), Some(did)) = (words.next(), words.next(), words.next()) else { continue };
        let text = words.collect::<Vec<_>>().join(" ");
        if ["hears", "presses", "says", "leaves"].contains(&did) && is_whole(&text) {
            heard.entry(who.to_owned()).or_default().push((did.to_owned(), plain(&text)));
        }
    }
    heard
}

/// Without where files are fetched from.
fn plain(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.split_once("/media/").map_or(text.as_str(), |(_, file)| file).to_owned()
}

/// What was cut off is left out: how much of it was heard, and whether anything was, is a matter of milliseconds.
fn is_whole(text: &str) -> bool {
    !text.ends_with('…')
}

fn scenarios() -> Vec<PathBuf> {
    let flows = Path::new(env!("CARGO_MANIFEST_DIR")).join("flows");
    let folders = |path: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(path).expect("a folder");
        entries.map(|entry| entry.expect("an entry").path()).collect()
    };
    let mut found: Vec<PathBuf> = folders(&flows)
        .into_iter()
        .filter(|path| path.is_dir())
        .flat_map(|project| folders(&project))
        .filter(|file| file.to_string_lossy().ends_with(".scenario.yaml"))
        .collect();
    found.sort();
    found
}
