//! How a call begins that somebody wants to be on: made up, or as a scenario has it.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::invoke::json;
use crate::language::graph::{CallKind, Program};
use crate::language::source::{FileId, Span, Spanned, Word};
use crate::language::syntax::ast::{Act, Answers, Caller, Expect, Script, ScriptedAnswer, Step};
use crate::rehearsal::made;
use crate::rehearsal::refused::Refused;
use crate::rehearsal::rehearse::{self, EPOCH_MS, House};
use crate::rehearsal::stage::Scene;
use std::collections::BTreeMap;

/// Who is on the other side when nobody says it.
pub const SOMEBODY: &str = "+441632960100";

/// How a call begins.
#[derive(Clone, Debug)]
pub struct Opening {
    /// As a scenario: what is given, and the first step.
    pub script: Script,
    answers: BTreeMap<String, Vec<ScriptedAnswer>>,
    refused: Refused,
}

/// What is said of the beginning.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// Who calls, or is called.
    pub from: Option<String>,
    /// The number that is called.
    pub to: Option<String>,
    /// Parameters.
    pub params: Vec<(String, serde_json::Value)>,
    /// When, in milliseconds since the epoch.
    pub clock: Option<i64>,
}

impl Opening {
    /// As a scenario has it.
    #[must_use]
    pub fn of(script: Script, program: &Program) -> Opening {
        let answers = script.answers.iter().map(|(name, answers)| (name.value.clone(), answers.clone())).collect();
        let refused = Refused::of(&script, program);
        Opening { script, answers, refused }
    }

    /// Made up, for a program: parameters that nobody gave are made by their types.
    #[must_use]
    pub fn made(program: &Program, said: &Said) -> Opening {
        let mut params: Vec<(Word, serde_json::Value)> =
            said.params.iter().map(|(name, value)| (word(name), value.clone())).collect();
        let inbound = program.call == CallKind::Inbound;
        let has =
            |params: &[(Word, serde_json::Value)], name: &str| params.iter().any(|(known, _)| known.value == name);
        let ends = [("to", said.to.as_deref().unwrap_or(SOMEBODY)), ("from", said.from.as_deref().unwrap_or_default())];
        for (name, end) in ends.iter().filter(|(_, end)| !inbound && !end.is_empty()) {
            if program.params.contains_key(*name) && !has(&params, name) {
                params.push((word(name), serde_json::Value::from(*end)));
            }
        }
        for (name, param) in &program.params {
            if param.default.is_none() && !param.ty.is_optional() && !has(&params, name) {
                let value = json::of(&made::value(&param.ty, said.clock.unwrap_or(EPOCH_MS)));
                params.push((word(name), value.unwrap_or_default()));
            }
        }
        let from = word(said.from.as_deref().unwrap_or(SOMEBODY));
        let first = Act::CallFrom { from, to: said.to.as_deref().map(word) };
        let steps = if inbound { vec![Step { who: None, act: first, span: Span::default() }] } else { Vec::new() };
        let script = Script {
            file: FileId::default(),
            title: word("a call"),
            flow: Some(word(&program.flow)),
            params,
            answers: Vec::new(),
            clock: said.clock.map(|clock| Spanned::new(clock, Span::default())),
            caller: Caller::default(),
            phones: Vec::new(),
            calls: Vec::new(),
            stands: Vec::new(),
            fails: Vec::new(),
            steps,
            expect: Expect::default(),
        };
        Opening::of(script, program)
    }

    /// How the party of a call that the flow places answers.
    pub fn answered(&mut self, answers: Answers) {
        let act = match answers {
            Answers::After(ms) => Act::AnswerAfter(ms),
            Answers::Busy => Act::Busy,
            Answers::Decline => Act::Decline,
            Answers::Never | Answers::Unreachable => Act::NoAnswer,
        };
        self.script.steps = vec![Step { who: None, act, span: Span::default() }];
    }

    /// The step by which it begins.
    #[must_use]
    pub fn first(&self) -> Option<&Act> {
        self.script.steps.first().map(|step| &step.act)
    }

    pub(super) fn scene<'a>(&'a self, house: House<'a>) -> Scene<'a> {
        Scene {
            lines: house.lines,
            epoch_ms: rehearse::epoch_ms(&self.script),
            voice: house.voice,
            sounds: house.sounds,
            answers: &self.answers,
            refused: &self.refused,
        }
    }
}

fn word(text: &str) -> Word {
    Spanned::new(text.to_owned(), Span::default())
}
