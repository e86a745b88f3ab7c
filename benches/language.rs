//! How long the language and a step take. `cargo bench` prints the time of each, and before the table a summary: what a state
//! costs to parse and to check in projects of several sizes, how these compare, and what a megabyte costs to format.

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

/// States of a project, and files they are spread over.
const PROJECTS: [(usize, usize); 5] = [(100, 1), (1_000, 1), (10_000, 1), (1_000, 10), (10_000, 100)];

/// How often parsing and checking of a project are measured, one after the other.
const TURNS: u32 = 8;

fn main() {
    projects_grow_linearly();
    a_megabyte_is_formatted();
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

/// A project of so many states in so many files.
struct Many {
    sources: Sources,
    input: Input,
}

impl Many {
    fn new(spelling: Spelling, states: usize, files: usize) -> Many {
        let mut many = Many { sources: Sources::default(), input: Input::default() };
        for n in 0..files {
            let text = text(spelling, states / files).replacen("big", &format!("big_{n}"), 1);
            let file = many.sources.add(format!("big_{n}"), text);
            many.input.flows.push((file, spelling));
        }
        many
    }

    fn parse(&self) {
        for (file, spelling) in &self.input.flows {
            drop(black_box(syntax::read_flow(&self.sources, *file, *spelling)));
        }
    }

    fn check(&self) -> compile::Project {
        compile::project(&self.sources, &self.input)
    }
}

/// Microseconds a state, parsed alone and checked as a project.
fn projects_grow_linearly() {
    println!(
        "{:8} {:>7} {:>6} {:>14} {:>14} {:>6}",
        "", "states", "files", "parse us/state", "check us/state", "ratio"
    );
    for (name, spelling) in [("native", Spelling::Native), ("yaml", Spelling::Yaml)] {
        for (states, files) in PROJECTS {
            let many = Many::new(spelling, states, files);
            assert!(many.check().flows.iter().all(|flow| flow.program.is_some()), "the generated flows have no errors");
            let each = |time: Duration| time.as_nanos() as f64 / 1_000.0 / states as f64;
            // In turns: what the machine is slowed by in the meantime slows both.
            let (mut parse, mut check) = (0.0, 0.0);
            for _ in 0..TURNS {
                parse += each(timed(&|| many.parse())) / f64::from(TURNS);
                check += each(timed(&|| drop(black_box(many.check())))) / f64::from(TURNS);
            }
            println!("{name:8} {states:>7} {files:>6} {parse:>14.2} {check:>14.2} {:>6.2}", check / parse);
        }
    }
}

/// Formatting a megabyte in each spelling.
fn a_megabyte_is_formatted() {
    for (name, spelling) in [("native", Spelling::Native), ("yaml", Spelling::Yaml)] {
        let states = (1_000..).step_by(100).find(|states| text(spelling, *states).len() >= 1 << 20).unwrap_or(0);
        let mut sources = Sources::default();
        let file = sources.add("big", text(spelling, states));
        let time = timed(&|| assert!(format::flow(&sources, file, spelling, spelling).is_ok()));
        println!("fmt of 1 MiB, {name} ({states} states): {} ms", time.as_millis());
    }
}

/// How long some work takes on average: the time on a processor where the system tells it, so that whatever else the machine
/// does is not counted. (The system looks up every few milliseconds, so short work is done often.)
fn timed(work: &dyn Fn()) -> Duration {
    const ENOUGH: Duration = Duration::from_millis(100);
    work();
    let (start, before) = (Instant::now(), on_processor());
    for runs in 1.. {
        work();
        let taken = before.and_then(|before| Some(on_processor()? - before)).unwrap_or_else(|| start.elapsed());
        if taken >= ENOUGH {
            return taken / runs;
        }
    }
    Duration::ZERO
}

/// The time this thread has had a processor.
fn on_processor() -> Option<Duration> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(told.split(' ').next()?.parse().ok()?))
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
    let many = Many::new(spelling, states, 1);
    bencher.counter(divan::counter::ItemsCount::new(states)).bench_local(|| many.check());
}

#[divan::bench(args = [1, 100], sample_count = 20)]
fn check_native_in_files(bencher: Bencher, files: usize) {
    let many = Many::new(Spelling::Native, 10_000, files);
    bencher.counter(divan::counter::ItemsCount::new(10_000_usize)).bench_local(|| many.check());
}

#[divan::bench(args = [1, 100], sample_count = 20)]
fn check_yaml_in_files(bencher: Bencher, files: usize) {
    let many = Many::new(Spelling::Yaml, 10_000, files);
    bencher.counter(divan::counter::ItemsCount::new(10_000_usize)).bench_local(|| many.check());
}

fn program() -> Program {
    let mut project = Many::new(Spelling::Native, 100, 1).check();
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
    let event = webhook(op, WebhookKind::RecognizeCompleted(Heard::Tones(vec![Tone::One].into())));
    bencher.bench_local(|| step(&program, black_box(&call), black_box(&event)));
}
