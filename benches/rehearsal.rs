//! How many calls a rehearsal plays: the scenarios of the front desk again and again on one processor, and what counting what they
//! walk adds. `cargo bench --bench rehearsal`; `CALLS` and `ROUNDS` in the environment make it shorter or longer.

use flowc::language::compile::{self, Input, values};
use flowc::language::graph::{CallKind, SourceMap};
use flowc::language::source::Sources;
use flowc::language::syntax::ast::{Script, Spelling};
use flowc::language::syntax::read_script;
use flowc::rehearsal::coverage::Coverage;
use flowc::rehearsal::rehearse::{House, rehearse};
use flowc::runtime::lines::{Lines, Served};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/flows/front_desk");

fn main() {
    let (calls, rounds) = (number("CALLS", 20_000), number("ROUNDS", 7));
    let (lines, places, scripts) = front_desk();
    let sounds = BTreeMap::new();
    let house = House { lines: &lines, voice: "en-US-NancyNeural", sounds: &sounds };
    for script in &scripts {
        assert!(rehearse(house, script).finding.is_none(), "{}", script.title.value);
    }
    let (mut plain, mut counted) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        plain.push(seconds(calls, |nth| drop(rehearse(house, &scripts[nth % scripts.len()]))));
        let program = &lines.flows["front_desk"].program;
        let mut coverage = Coverage::of([(&**program, &places)]);
        counted.push(seconds(calls, |nth| coverage.walk(&rehearse(house, &scripts[nth % scripts.len()]))));
        assert!(coverage.edges().met > 0);
    }
    let mut ratios: Vec<f64> = plain.iter().zip(&counted).map(|(plain, counted)| counted / plain).collect();
    [&mut plain, &mut counted, &mut ratios].into_iter().for_each(|all| all.sort_by(f64::total_cmp));
    let middle = rounds / 2;
    println!("{calls} calls a round, {rounds} rounds, {} scenarios of the front desk, one processor", scripts.len());
    println!(
        "  calls a second: least {:.0}, middle {:.0}, most {:.0}",
        rate(calls, plain[rounds - 1]),
        rate(calls, plain[middle]),
        rate(calls, plain[0])
    );
    println!(
        "  with coverage, against without: least {:.2}, middle {:.2}, most {:.2}",
        ratios[0],
        ratios[middle],
        ratios[rounds - 1]
    );
}

fn rate(calls: usize, seconds: f64) -> f64 {
    calls as f64 / seconds
}

fn seconds(calls: usize, mut play: impl FnMut(usize)) -> f64 {
    let began = Instant::now();
    (0..calls).for_each(&mut play);
    began.elapsed().as_secs_f64()
}

fn number(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual).max(1)
}

/// The example as it stands, and its scenarios.
fn front_desk() -> (Lines, SourceMap, Vec<Script>) {
    let read = |name: &str| std::fs::read_to_string(Path::new(FOLDER).join(name)).expect("the example is there");
    let mut sources = Sources::default();
    let mut input = Input::default();
    input.flows.push((sources.add("front_desk.flow", read("front_desk.flow")), Spelling::Native));
    input.libraries.push(sources.add("desk_words.yaml", read("desk_words.yaml")));
    let project = compile::project(&sources, &input);
    let flow = &project.flows[0];
    let program = flow.program.clone().expect("the example compiles");
    let settings: toml::Table = read("flowc.toml").parse().expect("TOML");
    let given = settings["settings"].as_table().expect("settings").iter();
    let given = given.map(|(name, value)| (name.clone(), serde_json::to_value(value).expect("JSON"))).collect();
    let settings = values::settings(&program, &given).expect("all settings are there");
    assert_eq!(program.call, CallKind::Inbound);
    let served = Served { hash: program.hash(), program: Arc::new(program), settings, source_map: Vec::new() };
    let flows = BTreeMap::from([("front_desk".to_owned(), served)]);
    let lines = Lines { flows, only_inbound: Some("front_desk".to_owned()), ..Lines::default() };
    let scripts = ["front_desk", "hangs_up", "wrong_keys"].map(|name| {
        let file = sources.add(format!("{name}.scenario.yaml"), read(&format!("{name}.scenario.yaml")));
        read_script(&sources, file).0.expect("the scenario is read")
    });
    (lines, flow.source_map.clone(), scripts.into())
}
