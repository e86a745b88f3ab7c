//! What `flowc schema` prints, held by a validator that is not ours: it accepts every file of the house and every case that the
//! compiler accepts, and refuses what a schema can know to be wrong.
//!
//! An editor turns YAML to JSON by the core schema of YAML 1.2: `1` is a number and `true` a truth value, `on` and `no` are
//! words. flowc itself reads every scalar as text and lets its place type it, so a number may come as a text too; both are tried.

use boon::{Compiler, SchemaIndex, Schemas};
use flowc::language::compile::{self, Input};
use flowc::language::diagnostic::has_errors;
use flowc::language::schema;
use flowc::language::source::Sources;
use flowc::language::syntax::{self, ast::Spelling};
use granit_parser::{Event, Parser, ScalarStyle};
use jiff::civil::date;
use serde_json::{Map, Number, Value};
use std::fs;
use std::path::{Path, PathBuf};

/// How plain scalars become JSON.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rule {
    /// As editors do: numbers are numbers.
    Core,
    /// Numbers as the texts they are to flowc.
    Texts,
}

/// One schema, ready.
pub(crate) struct Validator {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Validator {
    /// Takes what the command prints.
    pub(crate) fn new(schema: Value) -> Validator {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.add_resource("flowc.json", schema).expect("a schema");
        let index = compiler.compile("flowc.json", &mut schemas).unwrap_or_else(|error| panic!("{error:#}"));
        Validator { schemas, index }
    }

    /// Why a text is refused, if it is.
    pub(crate) fn refusal(&self, text: &str, rule: Rule) -> Option<String> {
        let value = json(text, rule)?;
        self.schemas.validate(&value, self.index).err().map(|error| format!("{error}"))
    }
}

/// A YAML text as JSON; none of what is no YAML.
fn json(text: &str, rule: Rule) -> Option<Value> {
    let mut open: Vec<(Value, Option<String>)> = Vec::new();
    for next in Parser::new_from_str(text) {
        let value = match next.ok()?.0 {
            Event::SequenceStart(..) => {
                open.push((Value::Array(Vec::new()), None));
                continue;
            }
            Event::MappingStart(..) => {
                open.push((Value::Object(Map::new()), None));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop()?.0,
            Event::Scalar(text, ScalarStyle::Plain, ..) => scalar(&text, rule),
            Event::Scalar(text, ..) => Value::String(text.into_owned()),
            _ => continue,
        };
        let Some((parent, key)) = open.last_mut() else { return Some(value) };
        match (parent, key.take()) {
            (Value::Object(fields), Some(key)) => drop(fields.insert(key, value)),
            (Value::Object(_), None) => {
                *key = Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned));
            }
            (Value::Array(items), _) => items.push(value),
            (other, _) => unreachable!("{other} holds nothing"),
        }
    }
    None
}

/// A plain scalar by the core schema of YAML 1.2.
fn scalar(text: &str, rule: Rule) -> Value {
    let words = || Value::String(text.to_owned());
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => match rule {
            Rule::Texts => words(),
            Rule::Core => number(text).map_or_else(words, Value::Number),
        },
    }
}

/// `[-+]?[0-9]+`, a fraction, an exponent.
fn number(text: &str) -> Option<Number> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let numeric = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits.contains(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '-' | '+'));
    let plain = text.strip_prefix('+').unwrap_or(text);
    let whole = || plain.parse::<i64>().ok().map(Number::from);
    numeric.then(|| whole().or_else(|| Number::from_f64(plain.parse().ok()?)))?
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All YAML files below a folder, in order.
fn files(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|ending| ending == "yaml") {
            let text = fs::read_to_string(&path).expect("a text");
            found.push((path, text));
        }
    }
    found
}

/// The schema for a file, where there is one.
fn schema_of<'a>(text: &str, all: &'a [(&str, Validator)]) -> Option<&'a Validator> {
    let begins = |line: &str, word: &str| line.strip_prefix(word).is_some_and(|rest| rest.starts_with(':'));
    all.iter().find(|(word, _)| text.lines().any(|line| begins(line, word))).map(|(_, validator)| validator)
}

fn all() -> Vec<(&'static str, Validator)> {
    vec![
        ("flowc", Validator::new(schema::flow())),
        ("prompts", Validator::new(schema::prompts())),
        ("scenario", Validator::new(schema::scenario())),
    ]
}

#[test]
fn the_files_of_the_house_are_accepted() {
    let all = all();
    let mut seen = vec![0; 3];
    for (path, text) in files(&root().join("flows")).into_iter().chain(files(&root().join("tests/diagnostics/ok"))) {
        let Some(validator) = schema_of(&text, &all) else { continue };
        seen[all.iter().position(|(_, one)| std::ptr::eq(one, validator)).expect("one of them")] += 1;
        for rule in [Rule::Core, Rule::Texts] {
            assert_eq!(validator.refusal(&text, rule), None, "{} by {rule:?}", path.display());
        }
    }
    assert!(seen[0] > 9 && seen[1] > 4 && seen[2] > 6, "{seen:?} files by schema");
}

/// What a schema can know: an unknown key, a value of another shape, a field that must be there, a word of a closed set.
const REFUSED: &[&str] = &[
    "F0006_play_nothing",
    "F0006_then_nothing",
    "F0009_another_version",
    "F0009_missing",
    "F0010_flag_with_a_value",
    "F0010_states_as_list",
    "F0010_target_as_list",
    "F0101_field_of_another_kind",
    "F0101_unknown_declaration",
    "F0101_unknown_field",
    "F0104_misspelt_hangup",
    "F0104_unknown_kind",
    "F0108_capital",
    "F0110_missing_ask",
    "F0110_missing_start",
    "F0110_scope_without_else",
    "F0110_set_nothing",
    "F0401_count",
    "F0401_needs",
    "F0401_policy",
    "F0403_no_unit",
    "F0405_locale",
];

#[test]
fn what_a_schema_can_know_is_refused() {
    let flow = Validator::new(schema::flow());
    let mut accepted = Vec::new();
    for name in REFUSED {
        let path = root().join(format!("tests/diagnostics/{name}.flow.yaml"));
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for rule in [Rule::Core, Rule::Texts] {
            if flow.refusal(&text, rule).is_none() {
                accepted.push(format!("{name} by {rule:?}"));
            }
        }
    }
    assert_eq!(accepted, Vec::<String>::new());
}

/// Libraries and scripts with one thing wrong each.
#[test]
fn bad_libraries_and_scripts_are_refused() {
    let (prompts, scenario) = (Validator::new(schema::prompts()), Validator::new(schema::scenario()));
    for text in [
        "hello: { en-US: Hello. }\n",
        "prompts: words\nvoices: [en-US-NancyNeural]\n",
        "prompts: words\nhello: Hello.\n",
        "prompts: words\ntext: { en-US: Hello. }\n",
        "prompts: words\nhello: { en-US: { file: a.wav, transcrpt: Hello. } }\n",
        "prompts: words\nhello: { takes: [name], en-US: Hello. }\n",
        "prompts: Words\nhello: { en-US: Hello. }\n",
    ] {
        assert!(prompts.refusal(text, Rule::Core).is_some(), "{text}");
    }
    for text in [
        "flow: hello\nscript: [hang up]\n",
        "scenario: x\nflow: hello\n",
        "scenario: x\nscript: hang up\n",
        "scenario: x\nscript: [{ a: press 1, b: press 2 }]\n",
        "scenario: x\nscripts: []\nscript: []\n",
        "scenario: x\nscript: [[press 1]]\n",
    ] {
        assert!(scenario.refusal(text, Rule::Core).is_some(), "{text}");
    }
}

/// A scenario with every field there is: the reader finds nothing, and the schema refuses nothing.
#[test]
fn a_whole_scenario_is_accepted() {
    let text = "scenario: all of it\nflow: hello\ngiven:\n  params: { to: \"+441632960100\", n: 3, on: true }\n  clock: 2026-12-24T18:00Z\n  \
                caller: { name: Ada, headers: { X-Case: 7, X-Ref: \"b\" } }\n  phones:\n    settings.sales: { answer: 4s, script: [silence 2s, press 1, say yes, hang up] }\n    \
                \"+441632960111\": busy\n    params.to: no answer\n    \"8:acs:a_b\": {}\n  fails: [greet, hand_over.offer 2]\n  \
                crm.find: [missing, { ok: { id: 1 }, takes: 2s }]\nscript: [answer, \"agent: press 1\", hang up]\nexpect:\n  result: moved\n  ended: hand_over.bye\n  \
                invoked: { clinic.move: 1, crm.find: 0 }\n  silence_max: 2s\n  left_behind: nothing\n  transcript: golden\n";
    let mut sources = Sources::default();
    let file = sources.add("s.yaml", text);
    let (_, found) = syntax::read_script(&sources, file);
    assert!(found.is_empty(), "{found:#?}");
    let scenario = Validator::new(schema::scenario());
    for rule in [Rule::Core, Rule::Texts] {
        assert_eq!(scenario.refusal(text, rule), None, "by {rule:?}");
    }
}

/// What the reader of scenarios refuses by its shape alone.
#[test]
fn bad_fields_of_scenarios_are_refused() {
    let scenario = Validator::new(schema::scenario());
    for part in [
        "given: { clock: 2026-12-24T18:00 }",
        "given: { clock: soon }",
        "given: { caller: Ada }",
        "given: { caller: { nmae: Ada } }",
        "given: { caller: { headers: { a: [b] } } }",
        "given: { phones: busy }",
        "given: { phones: { a: bsy } }",
        "given: { phones: { a: 4 } }",
        "given: { phones: { a: { answers: 4s } } }",
        "given: { phones: { a: { script: [hear x] } } }",
        "given: { phones: { a: { script: [silence] } } }",
        "given: { fails: greet 0 }",
        "given: { fails: [greet twice] }",
        "given: { weather: wet }",
        "expect: moved",
        "expect: { reslt: moved }",
        "expect: { invoked: { a.b: once } }",
        "expect: { silence_max: 2 }",
        "expect: { left_behind: everybody }",
        "expect: { transcript: silver }",
    ] {
        let text = format!("scenario: x\nscript: [hang up]\n{part}\n");
        let mut sources = Sources::default();
        let file = sources.add("s.yaml", text.as_str());
        assert!(!syntax::read_script(&sources, file).1.is_empty(), "{part}");
        assert!(scenario.refusal(&text, Rule::Core).is_some(), "{part}");
    }
}

/// No editor marks what the compiler has no error in.
#[test]
fn what_compiles_is_accepted() {
    let flow = Validator::new(schema::flow());
    let mut compiled = 0;
    for (path, text) in files(&root().join("tests/diagnostics")) {
        if path.to_string_lossy().ends_with(".flow.yaml") && compiles(&text) {
            compiled += 1;
            for rule in [Rule::Core, Rule::Texts] {
                assert_eq!(flow.refusal(&text, rule), None, "{} by {rule:?}", path.display());
            }
        }
    }
    assert!(compiled > 20, "{compiled} cases without an error");
}

/// Whether a flow has no errors by itself.
fn compiles(text: &str) -> bool {
    let mut sources = Sources::default();
    let file = sources.add("case.flow.yaml", text);
    let input = Input { flows: vec![(file, Spelling::Yaml)], today: Some(date(2026, 6, 1)), ..Input::default() };
    !has_errors(&compile::project(&sources, &input).diagnostics)
}

#[test]
fn scalars_are_read_as_editors_read_them() {
    let text = "a: [1, '1', +44, 0420, 2.50, on, no, 'true', TRUE, ~, 6s, 1e3, x]\n1: =x\n";
    let by = |rule| json(text, rule).expect("YAML").to_string();
    assert_eq!(
        by(Rule::Core),
        "{\"1\":\"=x\",\"a\":[1,\"1\",44,420,2.5,\"on\",\"no\",\"true\",true,null,\"6s\",1000.0,\"x\"]}"
    );
    assert_eq!(
        by(Rule::Texts),
        "{\"1\":\"=x\",\"a\":[\"1\",\"1\",\"+44\",\"0420\",\"2.50\",\"on\",\"no\",\"true\",true,null,\"6s\",\"1e3\",\"x\"]}"
    );
}
