//! A caller's script (`scenario: …`) to [`ast::Script`]: the core that is played against one call.

use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::duration;
use crate::language::source::FileId;
use crate::language::syntax::ast;
use crate::language::syntax::error;
use crate::language::syntax::literal;
use crate::language::syntax::steps;
use crate::language::syntax::yaml::faults;
use crate::language::syntax::yaml::shapes::Shapes;
use crate::language::syntax::yaml::tree::{Node, NodeKind};

/// Fields of a scenario that a script does not have yet.
const NOT_OFFERED: &[&str] = &["expect"];

/// Reads a script; `None` when it does not even say its title.
pub(crate) fn read(text: &str, file: FileId) -> (Option<ast::Script>, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let document = faults::read(text, file, &mut found);
    let shapes = Shapes { text, file, comments: document.comments, blanked: document.blanked, found };
    let mut reader = Reader { shapes };
    let script = match document.root {
        Some(root) => reader.top(&root, file),
        None => reader.shapes.nothing("scenario", "`scenario: says yes`"),
    };
    (script, reader.shapes.found)
}

struct Reader<'a> {
    shapes: Shapes<'a>,
}

impl Reader<'_> {
    fn top(&mut self, root: &Node, file: FileId) -> Option<ast::Script> {
        let entries = self.shapes.map(root, "a script", "`scenario: says yes`")?;
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
            fails: Vec::new(),
            steps: Vec::new(),
            expect: ast::Expect::default(),
        };
        for entry in entries {
            match entry.key.value.as_str() {
                "scenario" => {}
                "flow" => script.flow = self.shapes.word(&entry.value, "the name of a flow", "`flow: hello`"),
                "given" => self.given(&entry.value, &mut script),
                "script" => self.steps(&entry.value, &mut script),
                other if NOT_OFFERED.contains(&other) => {
                    self.shapes.found.push(error::not_offered(other, entry.key.span));
                }
                _ => self.shapes.unknown(&entry.key, "a script", &["scenario", "flow", "given", "script"]),
            }
        }
        if !entries.iter().any(|entry| entry.key.value == "script") {
            self.shapes.missing("script", root.span, "`script: [answer, hear welcome, hang up]`");
        }
        Some(script)
    }

    fn given(&mut self, value: &Node, script: &mut ast::Script) {
        let example = "`given: { params: { to: \"+441632960100\" } }`";
        let Some(entries) = self.shapes.map(value, "what is given", example) else { return };
        for entry in entries {
            match entry.key.value.as_str() {
                "params" => {
                    let params = self.shapes.map(&entry.value, "parameters with their values", example);
                    let params = params.into_iter().flatten();
                    script.params = params.map(|param| (param.key.clone(), json(&param.value))).collect();
                }
                operation if operation.contains('.') => {
                    let answers = self.answers(&entry.value);
                    script.answers.push((entry.key.clone(), answers));
                }
                _ => self.shapes.unknown(&entry.key, "what is given", &["params"]),
            }
        }
    }

    /// What an operation answers: one answer, or a list of them.
    fn answers(&mut self, value: &Node) -> Vec<ast::ScriptedAnswer> {
        match &value.kind {
            NodeKind::List(list) => list.iter().filter_map(|node| self.answer(node)).collect(),
            _ => self.answer(value).into_iter().collect(),
        }
    }

    fn answer(&mut self, node: &Node) -> Option<ast::ScriptedAnswer> {
        let example = "`missing` or `{ ok: { id: c1 }, takes: 2s }`";
        let NodeKind::Map(entries) = &node.kind else {
            let outcome = self.shapes.word(node, "an outcome", example)?;
            return Some(ast::ScriptedAnswer { outcome, value: None, takes: 0 });
        };
        let (mut told, mut takes) = (None, 0);
        for entry in entries {
            if entry.key.value == "takes" {
                let text = self.shapes.word(&entry.value, "a duration", "`takes: 2s`")?;
                let Some(ms) = duration::read(&text.value) else {
                    let message = format!("`{}` is not a duration", error::short(&text.value));
                    let finding = Diagnostic::new(Code::F0403, message, text.span, "not a duration");
                    self.shapes.found.push(finding.help("write a number with its unit: `500ms`, `2s`"));
                    return None;
                };
                takes = ms;
            } else if told.is_none() {
                told = Some((entry.key.clone(), json(&entry.value)));
            } else {
                let finding = Diagnostic::new(Code::F0702, "an answer has one outcome", entry.key.span, "a second one");
                self.shapes.found.push(finding.help("a list is several answers, one after the other"));
                return None;
            }
        }
        let Some((outcome, value)) = told else {
            self.shapes.missing("ok", node.span, example);
            return None;
        };
        Some(ast::ScriptedAnswer { outcome, value: Some(value).filter(|value| !value.is_null()), takes })
    }

    fn steps(&mut self, value: &Node, script: &mut ast::Script) {
        let Some(list) = self.shapes.list(value, "a list of steps", "`script: [answer, hear welcome, hang up]`") else {
            return;
        };
        for node in list {
            if let Some(step) = self.step(node) {
                script.steps.push(step);
            }
        }
    }

    /// A step as one text; `agent: press 1` reads as a mapping to YAML.
    fn step(&mut self, node: &Node) -> Option<ast::Step> {
        if let NodeKind::Map(entries) = &node.kind
            && let [entry] = &entries[..]
        {
            let mut step = self.act(&entry.value, entry.key.span.to(entry.value.span))?;
            if step.who.is_some() {
                let message = "a step is somebody's once";
                let finding = Diagnostic::new(Code::F0701, message, entry.value.span, "a second name");
                self.shapes.found.push(finding);
                return None;
            }
            self.shapes.found.extend(error::bad_name(&entry.key));
            step.who = Some(entry.key.clone());
            return Some(step);
        }
        self.act(node, node.span)
    }

    fn act(&mut self, node: &Node, span: crate::language::source::Span) -> Option<ast::Step> {
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

    #[test]
    fn services_answer_in_the_order_written() {
        let text = "scenario: s\ngiven:\n  a.b: [missing, { ok: { id: 1 }, takes: 2s }]\n  a.c: { ok: null }\nscript: [answer]\n";
        let (script, found) = read(text, FileId(0));
        assert!(found.is_empty(), "{found:#?}");
        let answers: Vec<String> = script
            .unwrap()
            .answers
            .iter()
            .flat_map(|(operation, answers)| answers.iter().map(move |answer| (operation, answer)))
            .map(|(operation, answer)| {
                format!("{} {} {:?} {}", operation.value, answer.outcome.value, answer.value, answer.takes)
            })
            .collect();
        let with = "a.b ok Some(Object {\"id\": Number(1)}) 2000";
        assert_eq!(answers, ["a.b missing None 0", with, "a.c ok None 0"]);
    }

    #[test]
    fn what_is_no_answer_is_told_where_it_stands() {
        for (given, code) in [
            ("a.b: { ok: 1, missing: 2 }", "F0702"),
            ("a.b: { takes: 2s }", "F0110"),
            ("a.b: { ok: 1, takes: soon }", "F0403"),
            ("parms: {}", "F0101"),
        ] {
            let text = format!("scenario: s\ngiven: {{ {given} }}\nscript: [answer]\n");
            let (_, found) = read(&text, FileId(0));
            let codes: Vec<String> = found.iter().map(|finding| finding.code.to_string()).collect();
            assert_eq!(codes, [code], "{given}: {found:#?}");
        }
    }
}
