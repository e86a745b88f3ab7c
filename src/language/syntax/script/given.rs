//! `given`: what a scenario's call finds. Parameters, the time, what comes along with the call, what services answer, how other
//! phones behave, and what the platform refuses.

use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::duration;
use crate::language::source::{Spanned, Word};
use crate::language::syntax::ast::{self, Answers};
use crate::language::syntax::error;
use crate::language::syntax::literal;
use crate::language::syntax::script::Reader;
use crate::language::syntax::yaml::tree::{Node, NodeKind, Scalar};

/// The fields of `given`, operations aside.
const FIELDS: &[&str] = &["params", "clock", "caller", "phones", "calls", "fails"];
/// What becomes of a phone that is not answered.
const UNANSWERED: [(&str, Answers); 4] = [
    ("busy", Answers::Busy),
    ("decline", Answers::Decline),
    ("no answer", Answers::Never),
    ("unreachable", Answers::Unreachable),
];

impl Reader<'_> {
    pub(super) fn given(&mut self, value: &Node, script: &mut ast::Script) {
        let example = "`given: { params: { to: \"+441632960100\" } }`";
        let Some(entries) = self.shapes.map(value, "what is given", example) else { return };
        for entry in entries {
            match entry.key.value.as_str() {
                "params" => {
                    let params = self.shapes.map(&entry.value, "parameters with their values", example);
                    let params = params.into_iter().flatten();
                    script.params = params.map(|param| (param.key.clone(), self.value(&param.value))).collect();
                }
                "clock" => script.clock = self.clock(&entry.value),
                "caller" => self.caller(&entry.value, &mut script.caller),
                "phones" => self.phones(&entry.value, script),
                "calls" => self.calls(&entry.value, script),
                "fails" => script.fails = self.fails(&entry.value),
                operation if operation.contains('.') => {
                    let answers = self.answers(&entry.value);
                    script.answers.push((entry.key.clone(), answers));
                }
                _ => self.unknown_given(&entry.key),
            }
        }
    }

    fn unknown_given(&mut self, key: &Word) {
        self.shapes.unknown(key, "what is given", FIELDS);
        let lists = |finding: &&mut Diagnostic| finding.help.as_ref().is_some_and(|help| help.starts_with("there are"));
        if let Some(finding) = self.shapes.found.last_mut().filter(lists) {
            let help = format!("there are {}, and operations such as `crm.find`", error::listed(FIELDS));
            finding.help = Some(help);
        }
    }

    /// When the call begins.
    fn clock(&mut self, node: &Node) -> Option<Spanned<i64>> {
        let text = self.shapes.word(node, "an instant", "`clock: 2026-12-24T18:00Z`")?;
        let read = literal::instant_ms(&text.value).map(|ms| Spanned::new(ms, text.span));
        if read.is_none() {
            let message = format!("`{}` is not an instant", error::short(&text.value));
            let finding = Diagnostic::new(Code::F0401, message, text.span, "not a day with time and zone");
            let help = "write it as `2026-12-24T18:00Z`, or with the zone's offset, `2026-12-24T18:00+01:00`";
            self.shapes.found.push(finding.help(help));
        }
        read
    }

    /// What comes along with the call.
    fn caller(&mut self, node: &Node, caller: &mut ast::Caller) {
        let example = "`caller: { name: Ada, headers: { X-Case: \"7\" } }`";
        let Some(entries) = self.shapes.map(node, "what comes along with the call", example) else { return };
        for entry in entries {
            match entry.key.value.as_str() {
                "name" => caller.name = self.shapes.word(&entry.value, "a name", "`name: Ada`"),
                "headers" => {
                    let headers = self.shapes.map(&entry.value, "headers with their values", "`{ X-Case: \"7\" }`");
                    for header in headers.unwrap_or_default() {
                        let value = self.shapes.word(&header.value, "the value of a header", "`X-Case: \"7\"`");
                        caller.headers.extend(value.map(|value| (header.key.clone(), value)));
                    }
                }
                _ => self.shapes.unknown(&entry.key, "a caller", &["name", "headers"]),
            }
        }
    }

    /// How others behave who are called.
    fn phones(&mut self, node: &Node, script: &mut ast::Script) {
        let example = "`phones: { settings.sales: busy, \"+441632960111\": { answer: 4s, script: [hang up] } }`";
        for entry in self.shapes.map(node, "phones", example).unwrap_or_default() {
            let mut phone =
                ast::ScriptedPhone { who: entry.key.clone(), answers: Answers::After(0), steps: Vec::new() };
            let whole = match &entry.value.kind {
                NodeKind::Map(_) => self.phone(&entry.value, &mut phone),
                _ => self.answers_after(&entry.value).map(|answers| phone.answers = answers),
            };
            script.phones.extend(whole.map(|()| phone));
        }
    }

    /// A phone as a mapping. Who answers nothing in particular answers at once.
    fn phone(&mut self, node: &Node, phone: &mut ast::ScriptedPhone) -> Option<()> {
        let entries = self.shapes.map(node, "a phone", "`{ answer: 4s, script: [hang up] }`")?;
        let mut written = None;
        for entry in entries {
            match entry.key.value.as_str() {
                "answer" => phone.answers = self.answers_after(&entry.value)?,
                "script" => {
                    written = Some(entry.key.span);
                    let steps = self.steps(&entry.value, "`script: [silence 2s, press 1, hang up]`");
                    phone.steps = steps.into_iter().filter(|step| self.is_alone(step, "a phone")).collect();
                }
                _ => self.shapes.unknown(&entry.key, "a phone", &["answer", "script"]),
            }
        }
        if let Some(span) = written.filter(|_| !matches!(phone.answers, Answers::After(_))) {
            let message = format!("nobody answers `{}`, and then does something", error::short(&phone.who.value));
            let finding = Diagnostic::new(Code::F0702, message, span, "nothing of this happens");
            self.shapes.found.push(finding.help("leave it out, or say after how long the phone is answered"));
            return None;
        }
        Some(())
    }

    /// `4s`, `busy`.
    fn answers_after(&mut self, node: &Node) -> Option<Answers> {
        let text = self.shapes.word(node, "when the phone is answered", "`answer: 4s` or `answer: busy`")?;
        let known = UNANSWERED.iter().find(|(word, _)| *word == text.value).map(|(_, answers)| *answers);
        let read = known.or_else(|| duration::read(&text.value).map(Answers::After));
        if read.is_none() && text.value.starts_with(|c: char| c.is_ascii_digit()) {
            return self.no_duration(&text);
        }
        if read.is_none() {
            let message = format!("no phone answers `{}`", error::short(&text.value));
            let finding = Diagnostic::new(Code::F0010, message, text.span, "neither a time nor what becomes of it");
            let words = UNANSWERED.map(|(word, _)| word);
            let finding = finding.help(format!("write a time such as `4s`, or one of {}", error::listed(&words)));
            self.shapes.found.push(finding.misspelt(&text.value, words));
        }
        read
    }

    /// Whether a step is one that somebody can take who hears nobody: the rest are told.
    pub(super) fn is_alone(&mut self, step: &ast::Step, of: &str) -> bool {
        let alone = step.who.is_none() && step.act.alone().is_some();
        if !alone {
            let message = format!("{of}'s script cannot do this");
            let finding = Diagnostic::new(Code::F0701, message, step.span, format!("no step of {of}"));
            let help = "there are `press`, `say`, `silence 2s` and `hang up`; a participant's steps among those of the \
                        call are written `agent: hear welcome`";
            self.shapes.found.push(finding.help(help));
        }
        alone
    }

    /// States whose requests are refused: one, or a list of them.
    fn fails(&mut self, value: &Node) -> Vec<ast::Failing> {
        match &value.kind {
            NodeKind::List(list) => list.iter().filter_map(|node| self.failing(node)).collect(),
            _ => self.failing(value).into_iter().collect(),
        }
    }

    /// `greet`, `hand_over.offer 2`.
    fn failing(&mut self, node: &Node) -> Option<ast::Failing> {
        let example = "`fails: greet` or `fails: [greet, hand_over 2]`";
        let whole = self.shapes.word(node, "the name of a state", example)?;
        let NodeKind::Scalar(scalar) = &node.kind else { return None };
        let words = words_of(scalar);
        let (state, nth) = match &words[..] {
            [state] => (state, None),
            [state, nth] => match nth.value.parse::<u32>().ok().filter(|nth| *nth > 0) {
                Some(number) => (state, Some(number)),
                None => {
                    let message = format!("`{}` does not count requests", error::short(&nth.value));
                    let finding = Diagnostic::new(Code::F0404, message, nth.span, "not a number from 1");
                    self.shapes.found.push(finding.help("`greet 2` refuses the second request of `greet`"));
                    return None;
                }
            },
            _ => {
                let finding = Diagnostic::new(Code::F0010, "expected the name of a state", whole.span, "not one");
                self.shapes.found.push(finding.help(format!("write it like {example}")));
                return None;
            }
        };
        Some(ast::Failing { state: state.clone(), nth })
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
                takes = self.duration(&entry.value, "`takes: 2s`")?;
            } else if told.is_none() {
                told = Some((entry.key.clone(), self.value(&entry.value)));
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
}

/// The words of a text, each with its place.
fn words_of(scalar: &Scalar) -> Vec<Word> {
    let mut words = Vec::new();
    let mut at = 0;
    for word in scalar.text.split_whitespace() {
        let start = at + scalar.text[at..].find(word).unwrap_or(0);
        at = start + word.len();
        words.push(Spanned::new(word.to_owned(), scalar.place.span(start, at)));
    }
    words
}

#[cfg(test)]
mod tests {
    use crate::language::source::FileId;
    use crate::language::syntax::ast::{Act, Answers, Script};
    use crate::language::syntax::script::read;

    fn given(text: &str) -> (Script, Vec<String>) {
        let text = format!("scenario: s\ngiven: {{ {text} }}\nscript: [answer]\n");
        let (script, found) = read(&text, FileId(0));
        let said = found.iter().map(|finding| {
            let span = finding.primary.span;
            format!("{} `{}` {}", finding.code, &text[span.start as usize..span.end as usize], finding.message)
        });
        (script.unwrap(), said.collect())
    }

    #[test]
    fn services_answer_in_the_order_written() {
        let (script, found) = given("a.b: [missing, { ok: { id: 1 }, takes: 2s }], a.c: { ok: null }");
        assert!(found.is_empty(), "{found:#?}");
        let answers = script.answers.iter().flat_map(|(operation, answers)| {
            answers.iter().map(move |answer| {
                format!("{} {} {:?} {}", operation.value, answer.outcome.value, answer.value, answer.takes)
            })
        });
        let with = "a.b ok Some(Object {\"id\": Number(1)}) 2000";
        assert_eq!(answers.collect::<Vec<_>>(), ["a.b missing None 0", with, "a.c ok None 0"]);
    }

    #[test]
    fn the_time_and_what_comes_along() {
        let (script, found) =
            given("clock: 2026-12-24T18:00+01:00, caller: { name: Ada Byron, headers: { X-Case: 007, Y: \"\" } }");
        assert!(found.is_empty(), "{found:#?}");
        assert_eq!(script.clock.unwrap().value, 1_798_131_600_000);
        assert_eq!(script.caller.name.unwrap().value, "Ada Byron");
        let headers: Vec<String> =
            script.caller.headers.iter().map(|(name, value)| format!("{}={}", name.value, value.value)).collect();
        assert_eq!(headers, ["X-Case=007", "Y="]);
    }

    #[test]
    fn phones_and_refusals() {
        let (script, found) = given(
            "phones: { settings.sales: { answer: 4s, script: [silence 2s, press 1 2, say yes, hang up] }, \
             \"+441632960111\": busy, params.to: no answer, \"8:acs:a_b\": 500ms, a: decline, b: unreachable, c: {} }, \
             fails: [greet, hand_over.offer  2]",
        );
        assert!(found.is_empty(), "{found:#?}");
        let phones: Vec<_> =
            script.phones.iter().map(|phone| (phone.who.value.as_str(), phone.answers, phone.steps.len())).collect();
        assert_eq!(
            phones,
            [
                ("settings.sales", Answers::After(4_000), 4),
                ("+441632960111", Answers::Busy, 0),
                ("params.to", Answers::Never, 0),
                ("8:acs:a_b", Answers::After(500), 0),
                ("a", Answers::Decline, 0),
                ("b", Answers::Unreachable, 0),
                ("c", Answers::After(0), 0),
            ]
        );
        assert_eq!(script.phones[0].steps[3].act, Act::HangUp);
        let fails: Vec<_> = script.fails.iter().map(|one| (one.state.value.as_str(), one.nth)).collect();
        assert_eq!(fails, [("greet", None), ("hand_over.offer", Some(2))]);
        assert_eq!(given("fails: greet 1").0.fails[0].nth, Some(1));
    }

    #[test]
    fn what_is_not_given_so_is_told_where_it_stands() {
        for (text, expected) in [
            ("a.b: { ok: 1, missing: 2 }", "F0702 `missing` an answer has one outcome"),
            ("a.b: { takes: 2s }", "F0110 `{ takes: 2s }` the field `ok` is missing"),
            ("a.b: { ok: 1, takes: soon }", "F0403 `soon` `soon` is not a duration"),
            ("parms: {}", "F0101 `parms` unknown field `parms` in what is given"),
            ("clock: 2026-12-24T18:00", "F0401 `2026-12-24T18:00` `2026-12-24T18:00` is not an instant"),
            ("clock: soon", "F0401 `soon` `soon` is not an instant"),
            ("clock: [1]", "F0010 `[1]` expected an instant"),
            ("caller: Ada", "F0010 `Ada` expected what comes along with the call"),
            ("caller: { nmae: Ada }", "F0101 `nmae` unknown field `nmae` in a caller"),
            ("caller: { headers: [x] }", "F0010 `[x]` expected headers with their values"),
            ("caller: { headers: { x: [y] } }", "F0010 `[y]` expected the value of a header"),
            ("phones: busy", "F0010 `busy` expected phones"),
            ("phones: { a: bsy }", "F0010 `bsy` no phone answers `bsy`"),
            ("phones: { a: 4 }", "F0403 `4` `4` is not a duration"),
            ("phones: { a: { answers: 4s } }", "F0101 `answers` unknown field `answers` in a phone"),
            ("phones: { a: { script: [hear x] } }", "F0701 `hear x` a phone's script cannot do this"),
            ("phones: { a: { script: [silence] } }", "F0701 `silence` a phone's script cannot do this"),
            ("phones: { a: { script: [answer] } }", "F0701 `answer` a phone's script cannot do this"),
            ("phones: { a: { script: [b: press 1] } }", "F0701 `b: press 1` a phone's script cannot do this"),
            ("phones: { a: { script: hang up } }", "F0010 `hang up` expected a list of steps"),
            (
                "phones: { a: { script: [hang up], answer: busy } }",
                "F0702 `script` nobody answers `a`, and then does something",
            ),
            ("fails: greet 0", "F0404 `0` `0` does not count requests"),
            ("fails: [greet twice]", "F0404 `twice` `twice` does not count requests"),
            ("fails: [greet 1 2]", "F0010 `greet 1 2` expected the name of a state"),
            ("fails: { greet: 1 }", "F0010 `{ greet: 1 }` expected the name of a state"),
            ("fails: \"\"", "F0010 `\"\"` expected the name of a state"),
        ] {
            assert_eq!(given(text).1, [expected], "{text}");
        }
    }

    #[test]
    fn an_unknown_field_is_told_what_there_is() {
        let help = |key: &str| {
            let text = format!("scenario: s\ngiven: {{ {key}: x }}\nscript: [answer]\n");
            read(&text, FileId(0)).1.remove(0).help.unwrap()
        };
        assert_eq!(help("phone"), "did you mean `phones`?");
        assert!(help("weather").ends_with("and `fails`, and operations such as `crm.find`"), "{}", help("weather"));
    }
}
