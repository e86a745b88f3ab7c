//! What came of scenarios, for people, for programs and for CI.

use crate::cli::render::{Findings, counted, text};
use crate::cli::test::Played;
use crate::cli::test::house::House;
use crate::rehearsal::coverage::{Coverage, Share, Walked, Way, Written};
use crate::rehearsal::transcript::What;
use serde_json::{Value, json};
use std::io::{self, Write};
use std::time::Duration;

/// Edges that are listed of one flow when they were not taken; the others are counted.
const LISTED: usize = 40;

/// What came of them.
pub(super) struct Report<'r, 'h> {
    pub(super) played: &'r [Played<'h>],
    pub(super) coverage: Option<&'r [(&'h House, Coverage)]>,
    pub(super) took: Duration,
}

impl Report<'_, '_> {
    fn failed(&self) -> usize {
        self.played.iter().filter(|played| !played.is_met()).count()
    }

    pub(super) fn text(&self, out: &mut impl Write) -> io::Result<()> {
        let width = self.played.iter().map(|played| played.scenario.script.title.value.chars().count()).max();
        let width = width.unwrap_or(0).min(60);
        for played in self.played {
            let word = if played.is_met() { "ok    " } else { "FAILED" };
            let (title, path) = (&played.scenario.script.title.value, &played.scenario.path);
            writeln!(out, "{word}  {title:<width$}  {path}")?;
        }
        let mut writer = text::Writer::new(text::Look::of_stdout());
        for played in self.played.iter().filter(|played| !played.is_met()) {
            writeln!(out)?;
            writer.write(Findings { sources: &played.house.project.sources, all: &played.findings }, out)?;
            let told = if played.differs.is_empty() { &played.transcript } else { &played.differs };
            for line in told.trim_end().lines() {
                writeln!(out, "    {line}")?;
            }
        }
        writer.finish(out)?;
        for (house, coverage) in self.coverage.into_iter().flatten() {
            writeln!(out)?;
            walked(house, coverage, out)?;
        }
        let failed = self.failed();
        let verdict = if failed == 0 { "all as they say".to_owned() } else { format!("{failed} not as they say") };
        let edges = self.coverage.map(|all| {
            let share = all.iter().map(|(_, coverage)| coverage.edges()).fold(Share::default(), Share::and);
            format!("; {} of {} taken, {} %", share.met, counted(share.of, "edge"), share.percent())
        });
        let (count, took) = (counted(self.played.len(), "scenario"), self.took.as_millis());
        writeln!(out, "\n{count}, {verdict}, in {took} ms{}", edges.unwrap_or_default())
    }

    pub(super) fn json(&self, out: &mut impl Write) -> io::Result<()> {
        for played in self.played {
            writeln!(out, "{}", told(played))?;
        }
        let coverage = self.coverage.map(|all| {
            let flows = all.iter().flat_map(|(_, coverage)| &coverage.flows);
            flows.map(|(name, walked)| (name.clone(), shares(walked))).collect::<serde_json::Map<_, _>>()
        });
        let all = json!({ "scenarios": self.played.len(), "failed": self.failed(), "ms": self.took.as_millis() as u64,
            "coverage": coverage });
        writeln!(out, "{all}")
    }

    pub(super) fn junit(&self, out: &mut impl Write) -> io::Result<()> {
        let (tests, failed, time) = (self.played.len(), self.failed(), self.took.as_secs_f64());
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        writeln!(out, "<testsuites tests=\"{tests}\" failures=\"{failed}\" time=\"{time:.3}\">")?;
        let mut houses: Vec<&str> = self.played.iter().map(|played| played.house.project.name.as_str()).collect();
        houses.dedup();
        for house in houses {
            let ours = || self.played.iter().filter(|played| played.house.project.name == house);
            let (tests, failed) = (ours().count(), ours().filter(|played| !played.is_met()).count());
            writeln!(out, "  <testsuite name=\"{}\" tests=\"{tests}\" failures=\"{failed}\">", escaped(house))?;
            for played in ours() {
                let (title, path) = (&played.scenario.script.title.value, &played.scenario.path);
                let (title, path, time) = (escaped(title), escaped(path), played.took.as_secs_f64());
                write!(out, "    <testcase name=\"{title}\" classname=\"{path}\" time=\"{time:.3}\"")?;
                match played.findings.first() {
                    None => writeln!(out, "/>")?,
                    Some(first) => {
                        writeln!(
                            out,
                            ">\n      <failure message=\"{}\">{}</failure>",
                            escaped(&first.message),
                            escaped(&plain(played))
                        )?;
                        writeln!(
                            out,
                            "      <system-out>{}</system-out>\n    </testcase>",
                            escaped(&played.transcript)
                        )?;
                    }
                }
            }
            writeln!(out, "  </testsuite>")?;
        }
        writeln!(out, "</testsuites>")
    }
}

/// The findings of a scenario, a line each.
fn plain(played: &Played<'_>) -> String {
    let sources = &played.house.project.sources;
    let lines = played.findings.iter().map(|finding| {
        let (path, at) = (sources.source(finding.primary.span.file).path(), sources.position(finding.primary.span));
        format!("{path}:{}:{}: {}: {}", at.line, at.column, finding.message, finding.primary.text)
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn told(played: &Played<'_>) -> Value {
    let rehearsed = &played.rehearsed;
    let came = rehearsed.own();
    let sources = &played.house.project.sources;
    let findings: Vec<Value> = played
        .findings
        .iter()
        .map(|finding| {
            let at = sources.position(finding.primary.span);
            json!({ "code": finding.code.to_string(), "message": finding.message, "label": finding.primary.text,
                "file": sources.source(finding.primary.span.file).path(), "line": at.line, "column": at.column })
        })
        .collect();
    let lines: Vec<Value> = rehearsed
        .transcript
        .iter()
        .map(|told| {
            let (did, text) = match &told.what {
                What::Hears(words) => ("hears", words.as_str()),
                What::Leaves => ("leaves", ""),
                What::Presses(keys) => ("presses", keys.as_str()),
                What::Says(words) => ("says", words.as_str()),
            };
            json!({ "at_ms": told.at_ms, "id": told.id, "who": told.who, "did": did, "text": text })
        })
        .collect();
    json!({
        "scenario": played.scenario.script.title.value,
        "file": played.scenario.path,
        "flow": came.map(|came| &came.flow),
        "ok": played.is_met(),
        "result": came.and_then(|came| came.result.as_ref()),
        "ended": came.map(|came| &came.state),
        "line": rehearsed.line,
        "lasted_ms": rehearsed.lasted_ms,
        "silence_ms": rehearsed.silence.0,
        "invoked": rehearsed.asked,
        "findings": findings,
        "heard": lines,
        "transcript": played.transcript,
    })
}

fn shares(walked: &Walked) -> Value {
    let share = |share: Share| json!({ "of": share.of, "met": share.met, "percent": share.percent() });
    let edge = |(written, way): (&Written, &Way)| {
        json!({ "from": way.from, "outcome": written.label.to_string(), "else": written.exhausted, "to": way.to,
            "file": &*written.place.file, "line": written.place.line, "taken": way.taken })
    };
    let edges: Vec<Value> = walked.edges.iter().map(edge).collect();
    let never: Vec<Value> = walked.never.iter().map(edge).collect();
    let prompts: Vec<Value> = walked
        .prompts
        .iter()
        .map(|((key, locale), times)| json!({ "prompt": key, "locale": locale, "heard": times }))
        .collect();
    json!({
        "share": { "states": share(walked.state_share()), "edges": share(walked.edge_share()),
            "results": share(walked.result_share()), "prompts": share(walked.prompt_share()) },
        "states": walked.states, "results": walked.results, "edges": edges, "never": never, "prompts": prompts,
    })
}

/// What was walked of a project, and what was not.
fn walked(house: &House, coverage: &Coverage, out: &mut impl Write) -> io::Result<()> {
    let width = coverage
        .flows
        .keys()
        .map(|name| name.chars().count())
        .max()
        .unwrap_or(0)
        .max(house.project.name.chars().count());
    let cell = |share: Share| format!("{}/{}", share.met, share.of);
    writeln!(
        out,
        "{:<width$}  {:>9}  {:>9}  {:>9}  {:>9}",
        house.project.name, "states", "edges", "results", "prompts"
    )?;
    for (name, walked) in &coverage.flows {
        let cells = [walked.state_share(), walked.edge_share(), walked.result_share(), walked.prompt_share()].map(cell);
        let [states, edges, results, prompts] = cells;
        writeln!(out, "{name:<width$}  {states:>9}  {edges:>9}  {results:>9}  {prompts:>9}")?;
    }
    for (name, walked) in &coverage.flows {
        let missed: Vec<_> = walked.edges.iter().filter(|(_, way)| way.taken == 0).collect();
        for (written, way) in missed.iter().take(LISTED) {
            writeln!(out, "  not taken: {name}: {}", edge(written, way))?;
        }
        if missed.len() > LISTED {
            writeln!(out, "  not taken: {name}: {} more", missed.len() - LISTED)?;
        }
        for (written, way) in &walked.never {
            writeln!(out, "  can never be taken, not counted: {name}: {}", edge(written, way))?;
        }
        for ((key, locale), _) in walked.prompts.iter().filter(|(_, times)| **times == 0).take(LISTED) {
            writeln!(out, "  not heard: {name}: {key} in {locale}")?;
        }
        for (result, _) in walked.results.iter().filter(|(result, times)| **times == 0 && !result.is_empty()) {
            writeln!(out, "  no scenario ends with: {name}: {result}")?;
        }
    }
    Ok(())
}

/// An edge in a line.
pub(super) fn edge(written: &Written, way: &Way) -> String {
    let from =
        if way.from.len() > 1 { format!("{} and {} more", way.from[0], way.from.len() - 1) } else { way.from.concat() };
    let limit = if written.exhausted { ", its limit used up" } else { "" };
    format!("{from}: {}{limit} -> {}  {}:{}", written.label, way.to, written.place.file, written.place.line)
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(character),
            control if control.is_control() => escaped.push('\u{FFFD}'),
            other => escaped.push(other),
        }
    }
    escaped
}
