//! `given.calls`: other calls of the service that go on while a scenario's call does, and the texts that stand for their ids.

use crate::language::source::{Spanned, Word};
use crate::language::syntax::ast::{OtherCall, Script, call_meant};
use crate::language::syntax::error;
use crate::language::syntax::script::{Reader, json};
use crate::language::syntax::yaml::tree::{Node, NodeKind};

/// The fields of a call.
const FIELDS: &[&str] = &["flow", "before", "from", "to", "params", "script"];

impl Reader<'_> {
    /// Calls by name.
    pub(super) fn calls(&mut self, node: &Node, script: &mut Script) {
        let example = "`calls: { waiting: { flow: waiting_room, from: \"+441632960101\" } }`";
        for entry in self.shapes.map(node, "other calls", example).unwrap_or_default() {
            self.shapes.found.extend(error::bad_name(&entry.key));
            script.calls.extend(self.call(&entry.key, &entry.value));
        }
    }

    fn call(&mut self, name: &Word, node: &Node) -> Option<OtherCall> {
        let before = Spanned::new(OtherCall::BEFORE_MS, name.span);
        let (flow, from, to) = (None, None, None);
        let (params, stands, steps) = (Vec::new(), Vec::new(), Vec::new());
        let mut call = OtherCall { name: name.clone(), flow, before, from, to, params, stands, steps };
        let number = "a phone number or a raw id";
        for entry in self.shapes.map(node, "a call", "`{ flow: waiting_room, script: [silence 20s, hang up] }`")? {
            let value = &entry.value;
            match entry.key.value.as_str() {
                "flow" => call.flow = self.shapes.word(value, "the name of a flow", "`flow: waiting_room`"),
                "before" => {
                    let ms = self.duration(value, "`before: 30s`")?;
                    call.before = Spanned::new(ms, value.span);
                }
                "from" => call.from = self.shapes.word(value, number, "`from: \"+441632960101\"`"),
                "to" => call.to = self.shapes.word(value, number, "`to: \"+441632960900\"`"),
                "params" => {
                    let before = std::mem::take(&mut self.stands);
                    let params = self.shapes.map(value, "parameters with their values", "`params: { desk: d4 }`");
                    let params = params.into_iter().flatten();
                    call.params = params.map(|param| (param.key.clone(), self.value(&param.value))).collect();
                    call.stands = std::mem::replace(&mut self.stands, before);
                }
                "script" => {
                    let steps = self.steps(value, "`script: [silence 20s, press 1, hang up]`");
                    call.steps = steps.into_iter().filter(|step| self.is_alone(step, "another call")).collect();
                }
                _ => self.shapes.unknown(&entry.key, "a call", FIELDS),
            }
        }
        Some(call)
    }

    /// A value as the same value in JSON; the texts in it that stand for the ids of calls are noted.
    pub(super) fn value(&mut self, node: &Node) -> serde_json::Value {
        let mut open = vec![node];
        let mut found = Vec::new();
        while let Some(node) = open.pop() {
            match &node.kind {
                NodeKind::Broken | NodeKind::Empty => {}
                NodeKind::List(items) => open.extend(items),
                NodeKind::Map(entries) => open.extend(entries.iter().map(|entry| &entry.value)),
                NodeKind::Scalar(scalar) => {
                    found.extend(call_meant(&scalar.text).map(|name| Spanned::new(name.to_owned(), node.span)));
                }
            }
        }
        found.sort_by_key(|name| name.span.start);
        self.stands.extend(found);
        json(node)
    }
}

#[cfg(test)]
mod tests {
    use crate::language::source::FileId;
    use crate::language::syntax::ast::Script;
    use crate::language::syntax::script::read;

    fn given(text: &str) -> (Script, Vec<String>) {
        let text = format!("scenario: s\ngiven: {{ {text} }}\nscript: [answer, signal go: {{ id: calls.c }}]\n");
        let (script, found) = read(&text, FileId(0));
        let said = found.iter().map(|finding| {
            let span = finding.primary.span;
            format!("{} `{}` {}", finding.code, &text[span.start as usize..span.end as usize], finding.message)
        });
        (script.unwrap(), said.collect())
    }

    #[test]
    fn other_calls_with_who_begins_them_and_what_their_party_does() {
        let (script, found) = given(
            "calls: { a: {}, b: { flow: room, before: 30s, from: \"+441632960101\", to: \"8:acs:a_b\", \
             params: { x: [1, calls.a], y: two }, script: [press 1 2, say yes, silence 2s, hang up] } }",
        );
        assert!(found.is_empty(), "{found:#?}");
        let [a, b] = &script.calls[..] else { panic!("two calls") };
        assert_eq!((a.name.value.as_str(), a.before.value, a.steps.len()), ("a", 10_000, 0));
        assert!(a.flow.is_none() && a.from.is_none() && a.to.is_none() && a.params.is_empty());
        let word = |word: &Option<crate::language::source::Word>| word.clone().unwrap().value;
        assert_eq!(
            (word(&b.flow), word(&b.from), word(&b.to)),
            ("room".into(), "+441632960101".into(), "8:acs:a_b".into())
        );
        assert_eq!((b.before.value, b.params.len(), b.steps.len()), (30_000, 2, 4));
        assert_eq!(b.stands.iter().map(|name| name.value.as_str()).collect::<Vec<_>>(), ["a"]);
    }

    #[test]
    fn texts_stand_for_the_ids_of_calls_wherever_values_are_written() {
        let (script, found) =
            given("params: { p: calls.a }, x.y: [{ ok: { call: calls.b } }, none], x.z: { ok: calls.B }");
        assert!(found.is_empty(), "{found:#?}");
        assert_eq!(script.stands.iter().map(|name| name.value.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
    }

    #[test]
    fn what_is_no_call_is_told_where_it_stands() {
        for (text, expected) in [
            ("calls: waiting", "F0010 `waiting` expected other calls"),
            ("calls: { a: now }", "F0010 `now` expected a call"),
            ("calls: { a: { form: x } }", "F0101 `form` unknown field `form` in a call"),
            ("calls: { a: { before: 10 } }", "F0403 `10` `10` is not a duration"),
            ("calls: { a: { script: [hear x] } }", "F0701 `hear x` another call's script cannot do this"),
            ("calls: { a: { script: [signal x] } }", "F0701 `signal x` another call's script cannot do this"),
            ("calls: { a: {}, a: {} }", "F0004 `a` the key `a` stands twice"),
        ] {
            assert_eq!(given(text).1, [expected], "{text}");
        }
    }
}
