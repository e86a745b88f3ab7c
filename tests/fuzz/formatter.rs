//! The formatter: what it gives out is the same program with the same comments and findings, a second time changes nothing, and
//! there and back is the same again.

use crate::fuzz::corpus::{self, Seed};
use crate::fuzz::engine::{holds, is_long_run};
use crate::fuzz::mutate::mutated;
use crate::fuzz::{Recipe, made};
use flowc::language::diagnostic::{Code, has_errors};
use flowc::language::format::{self, Refusal};
use flowc::language::source::Sources;
use flowc::language::syntax::ast::Spelling;
use flowc::language::syntax::comments::Comment;
use flowc::language::syntax::read_flow_with_comments;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Rounds of each spelling.
const ROUNDS: u64 = 400;

/// Texts that were formatted, so that the law is known to have been put to the test.
static NATIVE: AtomicU64 = AtomicU64::new(0);
static YAML: AtomicU64 = AtomicU64::new(0);

#[test]
fn native_flows() {
    holds!(ROUNDS, native);
    assert!(is_long_run() || NATIVE.load(Relaxed) > ROUNDS / 5, "{NATIVE:?} of {ROUNDS} were formatted");
}

#[test]
fn yaml_flows() {
    holds!(ROUNDS, yaml);
    assert!(is_long_run() || YAML.load(Relaxed) > ROUNDS / 5, "{YAML:?} of {ROUNDS} were formatted");
}

#[test]
fn the_seeds_themselves() {
    let formatted = corpus::seeds().iter().filter(|seed| seed.spelling().is_some() && obeys(seed, &seed.text)).count();
    assert!(formatted > 200, "{formatted} were formatted");
}

fn native(recipe: &Recipe) {
    NATIVE.fetch_add(u64::from(one(Spelling::Native, recipe)), Relaxed);
}

fn yaml(recipe: &Recipe) {
    YAML.fetch_add(u64::from(one(Spelling::Yaml, recipe)), Relaxed);
}

fn one(spelling: Spelling, recipe: &Recipe) -> bool {
    let seeds = corpus::flows(spelling);
    let seed = seeds[usize::from(recipe.0) % seeds.len()];
    let donor = seeds[usize::from(recipe.1) % seeds.len()];
    // What was changed often is seldom read, and so never written.
    let changes = made(recipe);
    let changes = &changes[..changes.len().min(2)];
    obeys(seed, &mutated(&seed.text, &donor.text, Comment::sign(spelling), changes))
}

/// The laws for one text in the place of a seed's; whether it could be formatted.
pub(crate) fn obeys(seed: &Seed, text: &str) -> bool {
    let spelling = seed.spelling().expect("a flow");
    let own = match formatted(text, spelling, spelling) {
        Ok(own) => own,
        Err(Refusal::Faults(_)) => return false,
        Err(Refusal::Unsayable(_)) if has_faults(seed, text) => return false,
        Err(refusal) => panic!("{refusal:?}\n{text}"),
    };
    stays(&own, spelling, text);
    same(seed, (text, spelling), (&own, spelling));
    let other = other(spelling);
    let twin = match formatted(text, spelling, other) {
        Ok(twin) => twin,
        Err(Refusal::Unsayable(_)) if spelling == Spelling::Native || has_faults(seed, text) => return true,
        Err(refusal) => panic!("to {other:?}: {refusal:?}\n{text}"),
    };
    stays(&twin, other, text);
    same(seed, (text, spelling), (&twin, other));
    let back = formatted(&twin, other, spelling);
    let back = back.unwrap_or_else(|refusal| panic!("and back: {refusal:?}\n{text}\n=======\n{twin}"));
    same(seed, (text, spelling), (&back, spelling));
    true
}

fn formatted(text: &str, from: Spelling, to: Spelling) -> Result<String, Refusal> {
    let mut sources = Sources::default();
    let file = sources.add("case", text);
    format::flow(&sources, file, from, to)
}

/// A second time changes nothing.
fn stays(text: &str, spelling: Spelling, before: &str) {
    let again = formatted(text, spelling, spelling);
    let again = again.unwrap_or_else(|refusal| panic!("a second time: {refusal:?}\n{before}\n=======\n{text}"));
    assert!(again == text, "a second time differs\n{before}\n=======\n{text}\n=======\n{again}");
}

/// The same comments, the same findings, the same program.
fn same(seed: &Seed, one: (&str, Spelling), other: (&str, Spelling)) {
    let texts = || format!("{}\n=======\n{}", one.0, other.0);
    assert_eq!(comments(one), comments(other), "comments\n{}", texts());
    let (one, other) = (meaning(seed, one), meaning(seed, other));
    assert_eq!(one.0, other.0, "findings\n{}", texts());
    assert!(one.1 == other.1, "another program\n{}", texts());
}

fn comments((text, spelling): (&str, Spelling)) -> Vec<String> {
    let mut sources = Sources::default();
    let file = sources.add("case", text);
    let (_, comments, _) = read_flow_with_comments(&sources, file, spelling);
    let mut said: Vec<String> = comments.list.into_iter().map(|comment| comment.text).collect();
    said.sort();
    said
}

/// What sorts of faults are found, and the program.
fn meaning(seed: &Seed, (text, spelling): (&str, Spelling)) -> (Vec<Code>, Option<String>) {
    let plain = seed.name.trim_end_matches(".yaml");
    let name = match spelling {
        Spelling::Native => plain.to_owned(),
        Spelling::Yaml => format!("{plain}.yaml"),
    };
    let (_, file, project) = seed.compiled_as(&name, text);
    let mut codes: Vec<Code> = project.diagnostics.iter().map(|finding| finding.code).collect();
    codes.sort();
    // Music of two who are held is named once in YAML, so a fault in its name is told once.
    codes.dedup();
    let flow = project.flows.iter().find(|flow| flow.file == file);
    let program = flow.and_then(|flow| flow.program.as_ref()).map(|program| program.to_bytes());
    (codes, program.map(|bytes| String::from_utf8(bytes).expect("JSON")))
}

/// Whether the checker finds errors, so that nothing is lost when it stays in its spelling.
fn has_faults(seed: &Seed, text: &str) -> bool {
    has_errors(&seed.compiled(text).2.diagnostics)
}

fn other(spelling: Spelling) -> Spelling {
    match spelling {
        Spelling::Native => Spelling::Yaml,
        Spelling::Yaml => Spelling::Native,
    }
}
