//! A scenario (`scenario: …`) to [`ast::Script`]: its title, its flow and its steps.

mod calls;

mod expect;

mod given;

use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::duration;
use crate::language::source::{FileId, Span, Word};
use crate::language::syntax::ast;
use crate::language::syntax::error;
use crate::language::syntax::literal;
use crate::language::syntax::steps;
use crate::language::syntax::yaml::faults;
use crate::language::syntax::yaml::shapes::Shapes;
use crate::language::syntax::yaml::tree::{Entry, Node, NodeKind};

/// The fields of a scenario.
const FIELDS: &[&str] = &["scenario", "flow", "given", "script", "expect"];

/// Reads a script; `None` when it does not even say its title.
pub(crate) fn read(text: &str, file: FileId) -> (Option<ast::Script>, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let document = faults::read(text, file, &mut found);
    let shapes = Shapes { text, file, comments: document.comments, blanked: document.blanked, found };
    let mut reader = Reader { shapes, stands: Vec::new() };
    let script = match document.root {
        Some(root) => reader.top(&root, file),
        None => reader.shapes.nothing("scenario", "`scenario: says yes`"),
    };
    (script, reader.shapes.found)
}

struct Reader<'a> {
    shapes: Shapes<'a>,
    /// Texts that stand for the ids of calls, in the values that were read.
    stands: Vec<Word>,
}

impl Reader<'_> {
    fn top(&mut self, root: &Node, file: FileId) -> Option<ast::Script> {
        let entries = self.shapes.map(root, "a scenario", "`scenario: says yes`")?;
        let Some(title) = entries.iter().find(|entry| entry.key.value == "scenario") else {
            self.shapes.missing("scenario", root.span, "`scenario: says yes`");
            return None;
        };
        let title = self.shapes.word(&title.value, "a title", "`scenario: says yes`")?;
        let mut script = ast::Script {
            file,
            title,
            flow: None,
            params: Vec::new(),
            answers: Vec::new(),
            clock: None,
            caller: ast::Caller::default(),
            phones: Vec::new(),
            calls: Vec::new(),
            stands: Vec::new(),
            fails: Vec::new(),
            steps: Vec::new(),
            expect: ast::Expect::default(),
        };
        for entry in entries {
            match entry.key.value.as_str() {
                "scenario" => {}
                "flow" => script.flow = self.shapes.word(&entry.value, "the name of a flow", "`flow: hello`"),
                "given" => self.given(&entry.value, &mut script),
                "script" => script.steps = self.steps(&entry.value, "`script: [answer, hear welcome, hang up]`"),
                "expect" => self.expect(&entry.value, &mut script.expect),
                _ => self.shapes.unknown(&entry.key, "a scenario", FIELDS),
            }
        }
        script.stands = std::mem::take(&mut self.stands);
        if !entries.iter().any(|entry| entry.key.value == "script") {
            self.shapes.missing("script", root.span, "`script: [answer, hear welcome, hang up]`");
        }
        Some(script)
    }

    /// Steps, one after the other.
    fn steps(&mut self, value: &Node, example: &str) -> Vec<ast::Step> {
        let list = self.shapes.list(value, "a list of steps", example).unwrap_or_default();
        list.iter().filter_map(|node| self.step(node)).collect()
    }

    /// A step as one text; `agent: press 1` reads as a mapping to YAML, and `signal ready: { desk: "4" }` is one.
    fn step(&mut self, node: &Node) -> Option<ast::Step> {
        if let NodeKind::Map(entries) = &node.kind
            && let [entry] = &entries[..]
        {
            if entry.key.value.starts_with("signal ") {
                return self.signal(entry);
            }
            let mut step = self.act(&entry.value, entry.key.span.to(entry.value.span))?;
            if step.who.is_some() {
                let message = "a step is somebody's once";
                let finding = Diagnostic::new(Code::F0701, message, entry.value.span, "a second name");
                self.shapes.found.push(finding);
                return None;
            }
            if matches!(step.act, ast::Act::Signal { .. }) {
                let message = "a signal comes from outside the call";
                let finding = Diagnostic::new(Code::F0701, message, entry.key.span, "nobody on the line sends it");
                self.shapes.found.push(finding.help("leave the name out"));
                return None;
            }
            self.shapes.found.extend(error::bad_name(&entry.key));
            step.who = Some(entry.key.clone());
            return Some(step);
        }
        self.act(node, node.span)
    }

    /// `signal desk_free: { desk: "4" }`.
    fn signal(&mut self, entry: &Entry) -> Option<ast::Step> {
        let span = entry.key.span.to(entry.value.span);
        match steps::read(&entry.key.value, &entry.place) {
            Ok((None, ast::Act::Signal { name, .. })) => {
                let act =
                    ast::Act::Signal { name, data: Some(self.value(&entry.value)).filter(|data| !data.is_null()) };
                Some(ast::Step { who: None, act, span })
            }
            Ok(_) => None,
            Err(finding) => {
                self.shapes.found.push(*finding);
                None
            }
        }
    }

    fn act(&mut self, node: &Node, span: Span) -> Option<ast::Step> {
        let scalar = self.shapes.scalar(node, "a step", "`- hear welcome` or `- press 1`")?;
        if let Some(comment) = self.shapes.comment_after(node.span.end as usize).filter(|_| scalar.plain)
            && scalar.text.starts_with("press")
        {
            self.shapes.found.push(error::cut_by_comment(self.shapes.text, comment));
            return None;
        }
        match steps::read(&scalar.text, &scalar.place) {
            Ok((who, act)) => Some(ast::Step { who, act, span }),
            Err(finding) => {
                self.shapes.found.push(*finding);
                None
            }
        }
    }

    /// A duration, where nothing else may stand.
    fn duration(&mut self, node: &Node, example: &str) -> Option<u64> {
        let text = self.shapes.word(node, "a duration", example)?;
        duration::read(&text.value).or_else(|| self.no_duration(&text))
    }

    fn no_duration<T>(&mut self, text: &Word) -> Option<T> {
        let message = format!("`{}` is not a duration", error::short(&text.value));
        let finding = Diagnostic::new(Code::F0403, message, text.span, "no unit, or too long");
        self.shapes.found.push(finding.help("write a number with its unit: `500ms`, `2s`, `4m`"));
        None
    }
}

/// A value as the same value in JSON: plain words that JSON knows are what they are there, all others are texts.
fn json(node: &Node) -> serde_json::Value {
    match &node.kind {
        NodeKind::Broken | NodeKind::Empty => serde_json::Value::Null,
        NodeKind::List(items) => items.iter().map(json).collect(),
        NodeKind::Map(entries) => {
            let fields = entries.iter().map(|entry| (entry.key.value.clone(), json(&entry.value)));
            serde_json::Value::Object(fields.collect())
        }
        NodeKind::Scalar(scalar) if scalar.plain => plain(&scalar.text),
        NodeKind::Scalar(scalar) => serde_json::Value::String(scalar.text.clone()),
    }
}

fn plain(text: &str) -> serde_json::Value {
    let positive = text.strip_prefix('-').unwrap_or(text);
    let leading_zero = positive.len() > 1 && positive.starts_with('0') && !positive.starts_with("0.");
    let number = matches!(literal::amount(positive), literal::Amount::Whole(Some(_)) | literal::Amount::Decimal);
    match text {
        "true" => serde_json::Value::Bool(true),
        "false" => serde_json::Value::Bool(false),
        "null" | "~" => serde_json::Value::Null,
        _ if number && !leading_zero => match serde_json::from_str::<serde_json::Number>(text) {
            Ok(number) => serde_json::Value::Number(number),
            Err(_) => serde_json::Value::String(text.to_owned()),
        },
        _ => serde_json::Value::String(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use crate::language::source::FileId;
    use crate::language::syntax::script::read;

    #[test]
    fn params_are_json() {
        let text = "scenario: s\ngiven: { params: { a: 1, b: x, c: \"1\", d: [true, 2.50], e: { f: 0123 }, g: +44 } }\nscript: [answer]\n";
        let (script, found) = read(text, FileId(0));
        assert!(found.is_empty(), "{found:#?}");
        let params: Vec<String> =
            script.unwrap().params.iter().map(|(name, value)| format!("{}={value}", name.value)).collect();
        assert_eq!(
            params,
            ["a=1", "b=\"x\"", "c=\"1\"", "d=[true,2.50]", "e={\"f\":\"0123\"}", "g=\"+44\""]
                .map(|s| s.replace("2.50", "2.5"))
        );
    }
}
