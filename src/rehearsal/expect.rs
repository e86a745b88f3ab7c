//! What a scenario expects, held against what came of it: each difference is a finding that points into the scenario and, where
//! there is a place, into the flow.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::graph::SourceMap;
use crate::language::source::{Sources, Span};
use crate::language::syntax::ast::Script;
use crate::rehearsal::rehearse::{Came, Rehearsed};

/// The differences. `places` are those of the scenario's flow, in texts among `sources`.
#[must_use]
pub fn held(script: &Script, rehearsed: &Rehearsed, sources: &Sources, places: &SourceMap) -> Vec<Diagnostic> {
    let expect = &script.expect;
    let came = rehearsed.own();
    let at_end = |finding: Diagnostic| point(finding, came, sources, places);
    let mut found: Vec<Diagnostic> = rehearsed.finding.iter().map(|finding| at_end((**finding).clone())).collect();
    if let Some(wanted) = &expect.result {
        let is = came.and_then(|came| came.result.as_deref()).unwrap_or("none");
        if is != wanted.value {
            let label = if is == "none" { "it has no result".to_owned() } else { format!("it is `{is}`") };
            found.push(at_end(wrong(format!("the result is not `{}`", wanted.value), wanted.span, label)));
        }
    }
    if let Some(wanted) = &expect.ended {
        let is = came.map_or("", |came| came.state.as_str());
        let whole = came.map(|came| format!("{}.{}", came.running, came.state)).unwrap_or_default();
        // The state of another flow that ran is named with it.
        let own = came.is_some_and(|came| came.running == came.flow);
        if !(wanted.value == whole || own && wanted.value == is) {
            let is = if own { is } else { whole.as_str() };
            let message = format!("the flow does not end in `{}`", wanted.value);
            found.push(at_end(wrong(message, wanted.span, format!("it ends in `{is}`"))));
        }
    }
    for (name, wanted) in &expect.invoked {
        let is = rehearsed.asked.get(&name.value).copied().unwrap_or(0);
        if is != wanted.value {
            let message = format!("`{}` is not asked {}", name.value, times(wanted.value));
            found.push(at_end(wrong(message, name.span.to(wanted.span), format!("it is asked {}", times(is)))));
        }
    }
    if let Some(most) = &expect.silence_max
        && rehearsed.silence.0 > most.value
    {
        let (ms, since) = rehearsed.silence;
        let label = format!(
            "{} of silence, {} after the call began",
            seconds(ms),
            seconds(since.saturating_sub(rehearsed.began_ms))
        );
        let finding = wrong(format!("the line is silent for more than {}", seconds(most.value)), most.span, label);
        found.push(point_at(finding, state_at(came, since), sources, places, "silent here"));
    }
    if let Some(span) = expect.nothing_left_behind
        && let Some(left) = rehearsed.left.first()
    {
        found.push(at_end(wrong("something is left behind".to_owned(), span, left.clone())));
    }
    found
}

fn wrong(message: String, span: Span, label: String) -> Diagnostic {
    Diagnostic::new(Code::F0703, message, span, label)
}

fn times(n: u32) -> String {
    match n {
        0 => "never".to_owned(),
        1 => "once".to_owned(),
        n => format!("{n} times"),
    }
}

/// `2s`, `1.5s`.
fn seconds(ms: u64) -> String {
    let tenths = ms / 100 % 10;
    if tenths == 0 { format!("{}s", ms / 1_000) } else { format!("{}.{tenths}s", ms / 1_000) }
}

/// Adds the state in which the flow ended.
fn point(finding: Diagnostic, came: Option<&Came>, sources: &Sources, places: &SourceMap) -> Diagnostic {
    let state = came.map(|came| came.state.clone());
    point_at(finding, state, sources, places, "the flow ended here")
}

fn point_at(
    finding: Diagnostic,
    state: Option<String>,
    sources: &Sources,
    places: &SourceMap,
    label: &str,
) -> Diagnostic {
    let Some(place) = state.as_ref().and_then(|state| places.state(state)) else { return finding };
    let Some((file, source)) = sources.iter().find(|(_, source)| source.path() == &*place.file) else { return finding };
    // Places count lines from 1.
    let Some(line) = place.line.checked_sub(1).and_then(|line| source.line_range(line)) else { return finding };
    let text = &source.text()[line.clone()];
    let start = line.start + text.char_indices().nth(place.column.saturating_sub(1)).map_or(0, |(at, _)| at);
    let name = state.map_or(0, |state| state.len());
    let end = (start + name).min(line.end).max(start);
    finding.and(Span::new(file, start, end), label)
}

/// The state the call was in at a time.
fn state_at(came: Option<&Came>, at_ms: u64) -> Option<String> {
    use crate::machine::trace::Trace;
    let mut passed = came?.passed.iter().rev().skip_while(|passed| passed.at_ms > at_ms);
    passed.find_map(|passed| match &passed.trace {
        Trace::Entered { state } => Some(state.clone()),
        _ => None,
    })
}
