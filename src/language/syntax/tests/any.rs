//! Laws that hold for any text: no panic, all places within the text, time in proportion to its length.

use proptest::prelude::{Strategy, any, prop, prop_oneof};

use crate::language::diagnostic::Diagnostic;
use crate::language::source::{Sources, Span};
use crate::language::syntax::ast::{Flow, Spelling, State};
use crate::language::syntax::expr::{self, Place};
use crate::language::syntax::{read_flow, read_library, read_script, template};

const GOOD: &[(&str, Spelling)] = &[
    (include_str!("../cases/ivr.flow"), Spelling::Native),
    (include_str!("../cases/slice.flow"), Spelling::Native),
    (include_str!("../cases/live_help.flow"), Spelling::Native),
    (include_str!("../cases/ivr.flow.yaml"), Spelling::Yaml),
    (include_str!("../cases/slice.flow.yaml"), Spelling::Yaml),
    (include_str!("../cases/live_help.flow.yaml"), Spelling::Yaml),
];

/// Pieces that make trouble.
const PIECES: &[&str] = &[
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "->",
    "|",
    ",",
    ":",
    ";",
    "\n",
    "\"",
    "'",
    "\"\"\"",
    "//",
    "#",
    "*",
    "=",
    "?",
    "?.",
    "- ",
    "\\",
    "\t",
    "&a",
    "*a",
    "!t",
    "é",
    "\u{1F4DE}",
    "\u{0}",
    "\r\n",
    "limit 3 else",
    "if ",
    "=a + ",
    "<<: ",
    "---\n",
    "{{",
    "}}",
    "{key ",
    "text ",
    "  ",
    "return ",
    "a: ",
    "%",
    "@",
    "> ",
    "|\n  ",
];

fn check(text: &str, spelling: Spelling) -> (Flow, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    let file = sources.add("case", text);
    let (flow, found) = read_flow(&sources, file, spelling);
    let within = |span: Span| {
        let (start, end) = (span.start as usize, span.end as usize);
        assert!(start <= end && end <= text.len(), "{span:?} of {}", text.len());
        assert!(text.is_char_boundary(start) && text.is_char_boundary(end), "{span:?} cuts a character");
    };
    for finding in &found {
        within(finding.primary.span);
        finding.secondary.iter().for_each(|label| within(label.span));
    }
    flow.states.iter().for_each(|state| state_places(state, &within));
    assert!(!flow.partial || !found.is_empty(), "partial without a finding");
    (flow, found)
}

/// The same for libraries, scripts, expressions and templates.
fn check_others(text: &str) {
    let mut sources = Sources::default();
    let library = sources.add("library", format!("prompts: a\nb:\n  en-GB: {text}"));
    let script = sources.add("script", format!("scenario: a\nscript:\n  - {text}"));
    let place = Place::exact(sources.add("piece", text), 0, text.len());
    let found = [
        read_library(&sources, library).1,
        read_script(&sources, script).1,
        expr::parse(text, &place).1,
        template::parse(text, &place).1,
    ];
    for finding in found.iter().flatten() {
        let span = finding.primary.span;
        let text = sources.source(span.file).text();
        assert!(text.get(span.start as usize..span.end as usize).is_some(), "{span:?} in {text:?}");
    }
}

fn state_places(state: &State, within: &impl Fn(Span)) {
    within(state.span.0);
    within(state.name.span);
    within(state.kind.span);
    state.options.iter().for_each(|option| within(option.value.span()));
    state.operand.iter().for_each(|value| within(value.span()));
    state.routes.iter().for_each(|route| within(route.target.span.0));
    state.branches.iter().for_each(|branch| within(branch.span.0));
    state.choices.iter().for_each(|choice| within(choice.name.span));
}

/// A change: where (in thousandths), how many bytes go, what comes.
fn change() -> impl Strategy<Value = (u32, usize, String)> {
    let piece = prop_oneof![
        prop::sample::select(PIECES).prop_map(str::to_owned),
        any::<char>().prop_map(|c| c.to_string()),
        prop::sample::select(PIECES).prop_map(|piece| piece.repeat(3)),
    ];
    (0..1000_u32, 0..40_usize, piece)
}

fn changed(text: &str, changes: &[(u32, usize, String)]) -> String {
    let mut text = text.to_owned();
    for (place, gone, come) in changes {
        let boundary = |mut at: usize| {
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = boundary(text.len() * *place as usize / 1000);
        let end = boundary((start + gone).min(text.len())).max(start);
        text.replace_range(start..end, come);
    }
    text
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 300, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(2_026), ..Default::default() })]

    #[test]
    fn changed_flows_are_read(which in 0..GOOD.len(), changes in prop::collection::vec(change(), 1..6)) {
        let (text, spelling) = GOOD[which];
        check(&changed(text, &changes), spelling);
    }

    #[test]
    fn any_text_is_read(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..60)) {
        let text = pieces.concat();
        check(&text, Spelling::Native);
        check(&text, Spelling::Yaml);
        check(&format!("flowc: 1\nstates: {text}"), Spelling::Yaml);
        check_others(&text);
    }
}
