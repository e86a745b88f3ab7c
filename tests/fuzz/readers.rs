//! The readers and the checker behind them: whatever the text, there is an answer, every place lies in its text, and what has no
//! program has an error that says why.

use crate::fuzz::corpus::{self, Seed};
use crate::fuzz::engine::holds;
use crate::fuzz::mutate::mutated;
use crate::fuzz::{Recipe, made};
use flowc::language::compile::Project;
use flowc::language::diagnostic::{Diagnostic, has_errors};
use flowc::language::source::{FileId, Sources, Span};
use flowc::language::syntax::ast::Spelling;

#[test]
fn native_flows() {
    holds!(500, native);
}

#[test]
fn yaml_flows() {
    holds!(500, yaml);
}

#[test]
fn libraries_services_calendars_scripts() {
    holds!(400, others);
}

#[test]
fn scenarios_and_the_flows_they_are_for() {
    holds!(500, scenarios);
}

fn native(recipe: &Recipe) {
    obeys(&corpus::flows(Spelling::Native), "//", recipe);
}

fn yaml(recipe: &Recipe) {
    obeys(&corpus::flows(Spelling::Yaml), "#", recipe);
}

fn others(recipe: &Recipe) {
    obeys(&corpus::others(), "#", recipe);
}

fn scenarios(recipe: &Recipe) {
    let scenarios: Vec<&Seed> = corpus::others().into_iter().filter(|seed| seed.name.contains(".scenario.")).collect();
    obeys(&scenarios, "#", recipe);
}

fn obeys(seeds: &[&Seed], sign: &str, recipe: &Recipe) {
    let seed = seeds[usize::from(recipe.0) % seeds.len()];
    let donor = seeds[usize::from(recipe.1) % seeds.len()];
    is_answered(seed, &mutated(&seed.text, &donor.text, sign, made(recipe)));
}

/// The law for one text in the place of a seed's.
pub(crate) fn is_answered(seed: &Seed, text: &str) {
    let (sources, file, project) = seed.compiled(text);
    let alone = if seed.spelling().is_none() { corpus::read_alone(&sources, file, text, &project) } else { Vec::new() };
    for finding in project.diagnostics.iter().chain(&alone) {
        places(&sources, finding, text);
    }
    says_why(&project, file, text);
}

fn places(sources: &Sources, finding: &Diagnostic, text: &str) {
    assert!(!finding.message.contains("a defect of flowc"), "{}\n{text}", finding.message);
    let within = |span: Span| {
        let whole = sources.source(span.file).text();
        let part = whole.get(span.start as usize..span.end as usize);
        assert!(part.is_some(), "{} {}: {span:?} of {}\n{whole}", finding.code, finding.message, whole.len());
        let _ = sources.position(span);
    };
    within(finding.primary.span);
    finding.secondary.iter().for_each(|label| within(label.span));
    finding.fix.iter().flat_map(|fix| &fix.edits).for_each(|(span, _)| within(*span));
}

/// A flow has a program, or an error stands somewhere.
fn says_why(project: &Project, file: FileId, text: &str) {
    for flow in project.flows.iter().filter(|flow| flow.file == file) {
        assert!(flow.program.is_some() || has_errors(&project.diagnostics), "no program and no error\n{text}");
    }
}

/// Else their changes would be read, and held against nothing.
#[test]
fn the_scenarios_begin_without_a_finding() {
    let whole = |seed: &&&Seed| ["sales_is_busy.scenario.yaml", "reminded.scenario.yaml"].contains(&seed.name.as_str());
    let others = corpus::others();
    let seeds: Vec<&&Seed> = others.iter().filter(whole).collect();
    assert_eq!(seeds.len(), 2);
    for seed in seeds {
        let (sources, file, project) = seed.compiled(&seed.text);
        assert!(!has_errors(&project.diagnostics), "{:#?}", project.diagnostics);
        let found = corpus::read_alone(&sources, file, &seed.text, &project);
        assert!(found.is_empty(), "{}: {found:#?}", seed.name);
    }
}

#[test]
fn the_seeds_themselves() {
    for seed in corpus::seeds() {
        is_answered(seed, &seed.text);
    }
}
