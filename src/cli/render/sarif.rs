//! Findings of all projects of a run as one SARIF 2.1.0 document.

use crate::cli::render::Findings;
use crate::language::diagnostic::{Code, Diagnostic, Fix, Severity};
use crate::language::source::{FileId, Sources, Span};
use serde::Serialize;
use std::collections::BTreeSet;
use std::io::{self, Write};

#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool,
    column_kind: &'static str,
    results: Vec<Finding<'a>>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
struct Driver {
    name: &'static str,
    version: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    short_description: Text<'static>,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding<'a> {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    message: Message,
    locations: [Location<'a>; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<Written<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    description: Text<'static>,
    artifact_changes: Vec<Change<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change<'a> {
    artifact_location: Artifact,
    replacements: Vec<Replacement<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement<'a> {
    deleted_region: Region,
    inserted_content: Text<'a>,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
struct Text<'a> {
    text: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location<'a> {
    physical_location: Physical,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    region: Region,
}

#[derive(Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

/// Writes the document.
///
/// # Errors
/// When the output does.
pub fn write(projects: &[Findings<'_>], out: &mut impl Write) -> io::Result<()> {
    let used: BTreeSet<Code> = projects.iter().flat_map(|findings| findings.all).map(|finding| finding.code).collect();
    let codes: Vec<Code> = used.into_iter().collect();
    let document = Document {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool { driver: driver(&codes) },
            column_kind: "unicodeCodePoints",
            results: projects
                .iter()
                .flat_map(|findings| findings.all.iter().map(|finding| result(findings.sources, finding, &codes)))
                .collect(),
        }],
    };
    serde_json::to_writer_pretty(&mut *out, &document).map_err(io::Error::from)?;
    out.write_all(b"\n")
}

fn driver(codes: &[Code]) -> Driver {
    let rule = |code: &Code| Rule {
        id: code.as_str(),
        short_description: Text { text: code.title() },
        default_configuration: Configuration { level: code.severity().word() },
    };
    Driver { name: "flowc", version: env!("CARGO_PKG_VERSION"), rules: codes.iter().map(rule).collect() }
}

fn result<'a>(sources: &'a Sources, finding: &'a Diagnostic, codes: &[Code]) -> Finding<'a> {
    let mut text = format!("{}: {}", finding.message, finding.primary.text);
    if let Some(help) = &finding.help {
        text.push_str("; ");
        text.push_str(help);
    }
    Finding {
        rule_id: finding.code.as_str(),
        rule_index: codes.binary_search(&finding.code).unwrap_or(0),
        level: level(finding.severity),
        message: Message { text },
        locations: [location(sources, finding.primary.span, None)],
        related_locations: finding.secondary.iter().map(|l| location(sources, l.span, Some(&l.text))).collect(),
        fixes: finding.fix.iter().map(|fix| written(sources, fix)).collect(),
    }
}

fn written<'a>(sources: &Sources, fix: &'a Fix) -> Written<'a> {
    let text = if fix.safe { "what was certainly meant" } else { "what was perhaps meant" };
    let mut files: Vec<FileId> = fix.edits.iter().map(|(span, _)| span.file).collect();
    files.dedup();
    let change = |file: &FileId| {
        let edits = fix.edits.iter().filter(|(span, _)| span.file == *file);
        let replacement = |(span, text): &'a (Span, String)| Replacement {
            deleted_region: region(sources, *span),
            inserted_content: Text { text },
        };
        let artifact_location = Artifact { uri: uri(sources.source(*file).path()) };
        Change { artifact_location, replacements: edits.map(replacement).collect() }
    };
    Written { description: Text { text }, artifact_changes: files.iter().map(change).collect() }
}

/// SARIF's own words for severities.
fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn region(sources: &Sources, span: Span) -> Region {
    let source = sources.source(span.file);
    let (start, end) = (source.position(span.start as usize), source.position(span.end as usize));
    Region { start_line: start.line, start_column: start.column, end_line: end.line, end_column: end.column }
}

fn location<'a>(sources: &Sources, span: Span, text: Option<&'a str>) -> Location<'a> {
    Location {
        physical_location: Physical {
            artifact_location: Artifact { uri: uri(sources.source(span.file).path()) },
            region: region(sources, span),
        },
        message: text.map(|text| Text { text }),
    }
}

/// A path as a relative URI reference, or as a `file:` one when it is absolute.
fn uri(path: &str) -> String {
    let mut uri = if path.starts_with('/') { "file://".to_owned() } else { String::new() };
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => uri.push(char::from(byte)),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use crate::cli::render::{Findings, sarif};
    use crate::language::diagnostic::{Code, Diagnostic};
    use crate::language::source::{Sources, Span};

    #[test]
    fn a_document_has_the_required_parts() {
        let mut sources = Sources::default();
        let file = sources.add("a b.flow", "start hello\nstart é hi\n");
        let findings = [
            Diagnostic::new(Code::F0508, "needs AI", Span::new(file, 0, 5), "here").help("set one"),
            Diagnostic::new(Code::F0103, "twice", Span::new(file, 18, 21), "again")
                .and(Span::new(file, 0, 5), "first")
                .instead(Span::new(file, 18, 20), "e"),
        ];
        let mut out = Vec::new();
        sarif::write(&[Findings { sources: &sources, all: &findings }], &mut out).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(json["version"], "2.1.0");
        let run = &json["runs"][0];
        assert_eq!(run["tool"]["driver"]["name"], "flowc");
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        for result in run["results"].as_array().unwrap() {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
        }
        let second = &run["results"][1];
        assert_eq!(second["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "a%20b.flow");
        assert_eq!(second["locations"][0]["physicalLocation"]["region"]["startColumn"], 7);
        assert_eq!(second["relatedLocations"][0]["message"]["text"], "first");
        let change = &second["fixes"][0]["artifactChanges"][0];
        assert_eq!(change["artifactLocation"]["uri"], "a%20b.flow");
        assert_eq!(change["replacements"][0]["deletedRegion"]["endColumn"], 8);
        assert_eq!(change["replacements"][0]["insertedContent"]["text"], "e");
        assert_eq!(run["results"][0]["fixes"], serde_json::Value::Null);
        assert_eq!(run["results"][0]["level"], "note");
        assert_eq!(run["results"][0]["message"]["text"], "needs AI: here; set one");
    }
}
