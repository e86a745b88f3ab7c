//! How long the language and a step take. `cargo bench` prints the time of each; divide by the number of states to see that
//! it grows linearly, or read the summary that `flows_grow_linearly` prints before the table.

use divan::{Bencher, black_box};
use flowc::language::compile::{self, Input};
use flowc::language::flow::value::Values;
use flowc::language::format;
use flowc::language::graph::Program;
use flowc::language::source::Sources;
use flowc::language::syntax::{self, ast::Spelling};
use flowc::machine::call::{Beginning, Call, Origin};
use flowc::machine::command::{Command, OpRef};
use flowc::machine::event::{Event, EventKind, Facts, Heard, Webhook, WebhookKind};
use flowc::machine::step;
use flowc::platform::codes;
use flowc::platform::tones::Tone;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::{Duration, Instant};

const SIZES: [usize; 3] = [100, 1_000, 10_000];

fn main() {
    flows_grow_linearly();
    divan::main();
}

/// A flow of about so many states: menus that lead on, plays between them, and a way out of each.
fn native(states: usize) -> String {
    let mut text = String::from("flowc 1\nflow big inbound\nstart pick_up\n\npick_up: answer -> ask_0\n");
    let rounds = (states.saturating_sub(2) / 3).max(1);
    for n in 0..rounds {
        let next = if n + 1 == rounds { "bye".to_owned() } else { format!("ask_{}", n + 1) };
        let _ = write!(
            text,
            "ask_{n}: menu ask \"For more press {{key more}}, to end press {{key end}}.\", retry 1 {{\n  more = 1 -> say_{n}\n  \
             end = 2 -> bye\n  exhausted -> which_{n}\n}}\nsay_{n}: play \"This is number {n}.\" -> which_{n}\n\
             which_{n}: decide {{ if call.id == \"{n}\" -> bye; else -> {next} }}\n"
        );
    }
    text.push_str("bye: hangup play \"Goodbye.\"\n");
    text
}

/// The same flow in YAML.
fn yaml(states: usize) -> String {
    let mut text = String::from(
        "flowc: 1\nflow: big\ncall: inbound\nstart: pick_up\nstates:\n  pick_up: { answer: true, then: ask_0 }\n",
    );
    let rounds = (states.saturating_sub(2) / 3).max(1);
    for n in 0..rounds {
        let next = if n + 1 == rounds { "bye".to_owned() } else { format!("ask_{}", n + 1) };
        let _ = write!(
            text,
            "  ask_{n}:\n    menu:\n      more: {{ key: 1, to: say_{n} }}\n      end: {{ key: 2, to: bye }}\n    ask: {{ text: \
             \"For more press {{key more}}, to end press {{key end}}.\" }}\n    retry: 1\n    on: {{ exhausted: which_{n} }}\n  \
             say_{n}: {{ play: {{ text: This is number {n}. }}, then: which_{n} }}\n  which_{n}:\n    decide:\n      - {{ if: \
             'call.id == \"{n}\"', to: bye }}\n      - {{ else: {next} }}\n"
        );
    }
    text.push_str("  bye: { hangup: true, play: { text: Goodbye. } }\n");
    text
}

fn text(spelling: Spelling, states: usize) -> String {
    match spelling {
        Spelling::Native => native(states),
        Spelling::Yaml => yaml(states),
    }
}

fn compiled(text: &str, spelling: Spelling) -> compile::Project {
    let mut sources = Sources::default();
    let file = sources.add("big.flow", text);
    let input = Input { flows: vec![(file, spelling)], ..Input::default() };
    compile::project(&sources, &input)
}

/// Nanoseconds a state, for each size and spelling, the best of a few runs.
fn flows_grow_linearly() {
    for (name, spelling) in [("native", Spelling::Native), ("yaml", Spelling::Yaml)] {
        let mut line = format!("parse and check, {name}:");
        for states in SIZES {
            let text = text(spelling, states);
            let best = (0..3).map(|_| timed(|| drop(black_box(compiled(&text, spelling))))).min().unwrap_or_default();
            let _ = write!(line, "  {states} states {} ns/state", best.as_nanos() / states as u128);
        }
        println!("{line}");
    }
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

#[divan::bench(args = SIZES, sample_count = 20)]
fn parse_native(bencher: Bencher, states: usize) {
    parse(bencher, states, Spelling::Native);
}

#[divan::bench(args = SIZES, sample_count = 20)]
fn parse_yaml(bencher: Bencher, states: usize) {
    parse(bencher, states, Spelling::Yaml);
}

fn parse(bencher: Bencher, states: usize, spelling: Spelling) {
    let mut sources = Sources::default();
    let file = sources.add("big.flow", text(spelling, states));
    bencher
        .counter(divan::counter::ItemsCount::new(states))
        .bench_local(|| syntax::read_flow(&sources, file, spelling));
}

#[divan::bench(args = SIZES, sample_count = 20)]
fn format_native(bencher: Bencher, states: usize) {
    format(bencher, states, Spelling::Native);
}

#[divan::bench(args = SIZES, sample_count = 20)]
fn format_yaml(bencher: Bencher, states: usize) {
    format(bencher, states, Spelling::Yaml);
}

fn format(bencher: Bencher, states: usize, spelling: Spelling) {
    let mut sources = Sources::default();
    let file = sources.add("big.flow", text(spelling, states));
    bencher
        .counter(divan::counter::ItemsCount::new(states))
        .bench_local(|| format::flow(&sources, file, spelling, spelling).is_ok());
}

#[divan::bench(args = SIZES, sample_count = 20)]
fn check_native(bencher: Bencher, states: usize) {
    check(bencher, states, Spelling::Native);
}

#[divan::bench(args = SIZES, sample_count = 20)]
fn check_yaml(bencher: Bencher, states: usize) {
    check(bencher, states, Spelling::Yaml);
}

fn check(bencher: Bencher, states: usize, spelling: Spelling) {
    let text = text(spelling, states);
    bencher.counter(divan::counter::ItemsCount::new(states)).bench_local(|| compiled(&text, spelling));
}

fn program() -> Program {
    let mut project = compiled(&native(100), Spelling::Native);
    project.flows.pop().and_then(|flow| flow.program).expect("the generated flow has no errors")
}

fn begun(program: &Program) -> (Call, OpRef) {
    let beginning = Beginning {
        id: "01".into(),
        at: 0,
        origin: Origin::Inbound { context: "context".into() },
        from: "+441632960100".into(),
        to: "+18005550100".into(),
        params: Values::new(),
        settings: Values::new(),
        locale: None,
        voice: "en-US-NancyNeural".into(),
        facts: Facts::default(),
        headers: BTreeMap::new(),
    };
    let call = Call::begin(program, beginning);
    let begun = step(program, &call, &Event { at: 0, kind: EventKind::Begin });
    let answer = begun.commands[0].op;
    let connected = webhook(answer, WebhookKind::CallConnected);
    let asked = step(program, &begun.call, &connected);
    let op = asked.commands.iter().find(|o| matches!(o.command, Command::Recognize { .. })).expect("it asks").op;
    (asked.call, op)
}

fn webhook(op: OpRef, kind: WebhookKind) -> Event {
    let facts = Facts { connection: Some("connection".into()), ..Facts::default() };
    Event { at: 1, kind: EventKind::Webhook(Webhook { op: Some(op), facts, code: codes::OK, kind }) }
}

/// A key in a menu: the outcome is read, an edge is taken, the next prompt is put together.
#[divan::bench]
fn step_menu(bencher: Bencher) {
    let program = program();
    let (call, op) = begun(&program);
    let event = webhook(op, WebhookKind::RecognizeCompleted(Heard::Tones(vec![Tone::One])));
    bencher.bench_local(|| step(&program, black_box(&call), black_box(&event)));
}
