//! `expect`: what has to be so when a scenario's call is over.

use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::{Span, Spanned};
use crate::language::syntax::ast::Expect;
use crate::language::syntax::error;
use crate::language::syntax::script::Reader;
use crate::language::syntax::yaml::tree::Node;

/// The fields of `expect`.
const FIELDS: &[&str] = &["result", "ended", "invoked", "silence_max", "left_behind", "transcript"];

impl Reader<'_> {
    pub(super) fn expect(&mut self, value: &Node, expect: &mut Expect) {
        let example = "`expect: { result: moved, invoked: { clinic.move: 1 } }`";
        for entry in self.shapes.map(value, "what has to be so in the end", example).unwrap_or_default() {
            let value = &entry.value;
            match entry.key.value.as_str() {
                "result" => expect.result = self.shapes.word(value, "a result of the flow", "`result: moved`"),
                "ended" => expect.ended = self.shapes.word(value, "the name of a state", "`ended: bye`"),
                "invoked" => self.invoked(value, expect),
                "silence_max" => {
                    let most = self.duration(value, "`silence_max: 2s`");
                    expect.silence_max = most.map(|ms| Spanned::new(ms, value.span));
                }
                "left_behind" => expect.nothing_left_behind = self.only(value, "left_behind", "nothing"),
                "transcript" => expect.transcript = self.only(value, "transcript", "golden"),
                _ => self.shapes.unknown(&entry.key, "what is expected", FIELDS),
            }
        }
    }

    /// How often operations are asked.
    fn invoked(&mut self, value: &Node, expect: &mut Expect) {
        let example = "`invoked: { clinic.move: 1 }`";
        for entry in self.shapes.map(value, "operations, each with how often it is asked", example).unwrap_or_default()
        {
            let Some(times) = self.shapes.word(&entry.value, "how often it is asked", example) else { continue };
            match times.value.parse::<u32>() {
                Ok(count) => expect.invoked.push((entry.key.clone(), Spanned::new(count, times.span))),
                Err(_) => {
                    let message = format!("`{}` is not how often something is asked", error::short(&times.value));
                    let finding = Diagnostic::new(Code::F0404, message, times.span, "not a number from 0");
                    self.shapes.found.push(finding.help(format!("write it like {example}")));
                }
            }
        }
    }

    /// A field that has one value only.
    fn only(&mut self, value: &Node, field: &str, only: &str) -> Option<Span> {
        let example = format!("`{field}: {only}`");
        let word = self.shapes.word(value, &format!("`{only}`"), &example)?;
        if word.value != only {
            let message = format!("expected `{only}`");
            let finding = Diagnostic::new(Code::F0010, message, word.span, format!("`{field}` is nothing else"));
            let finding = finding.help(format!("write it like {example}"));
            self.shapes.found.push(finding.misspelt(&word.value, [only]));
            return None;
        }
        Some(word.span)
    }
}

#[cfg(test)]
mod tests {
    use crate::language::source::FileId;
    use crate::language::syntax::ast::Expect;
    use crate::language::syntax::script::read;

    fn expect(text: &str) -> (Expect, Vec<String>) {
        let text = format!("scenario: s\nscript: [answer]\nexpect: {text}\n");
        let (script, found) = read(&text, FileId(0));
        let said = found.iter().map(|finding| {
            let span = finding.primary.span;
            format!("{} `{}` {}", finding.code, &text[span.start as usize..span.end as usize], finding.message)
        });
        (script.unwrap().expect, said.collect())
    }

    #[test]
    fn all_of_it() {
        let (expect, found) = expect(
            "{ result: moved, ended: hand_over.bye, invoked: { clinic.move: 1, crm.find: 0 }, silence_max: 2s, \
             left_behind: nothing, transcript: golden }",
        );
        assert!(found.is_empty(), "{found:#?}");
        assert_eq!(
            (expect.result.unwrap().value, expect.ended.unwrap().value),
            ("moved".into(), "hand_over.bye".into())
        );
        let invoked: Vec<_> = expect.invoked.iter().map(|(name, times)| (name.value.as_str(), times.value)).collect();
        assert_eq!(invoked, [("clinic.move", 1), ("crm.find", 0)]);
        assert_eq!(expect.silence_max.unwrap().value, 2_000);
        assert!(expect.nothing_left_behind.is_some() && expect.transcript.is_some());
    }

    #[test]
    fn what_is_not_said_may_be_anything() {
        assert_eq!(expect("{}"), (Expect::default(), Vec::new()));
    }

    #[test]
    fn what_cannot_be_expected_is_told_where_it_stands() {
        for (text, expected) in [
            ("moved", "F0010 `moved` expected what has to be so in the end"),
            ("{ reslt: moved }", "F0101 `reslt` unknown field `reslt` in what is expected"),
            ("{ result: moved, result: none }", "F0004 `result` the key `result` stands twice"),
            ("{ result: [moved] }", "F0010 `[moved]` expected a result of the flow"),
            ("{ invoked: 1 }", "F0010 `1` expected operations, each with how often it is asked"),
            ("{ invoked: { a.b: -1 } }", "F0404 `-1` `-1` is not how often something is asked"),
            ("{ invoked: { a.b: once } }", "F0404 `once` `once` is not how often something is asked"),
            ("{ silence_max: 2 }", "F0403 `2` `2` is not a duration"),
            ("{ left_behind: nothin }", "F0010 `nothin` expected `nothing`"),
            ("{ transcript: silver }", "F0010 `silver` expected `golden`"),
        ] {
            assert_eq!(expect(text).1, [expected], "{text}");
        }
    }
}
