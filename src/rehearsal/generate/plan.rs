//! What a call that is looked at is like: what is given, and what people do at which moment. Each plan differs from the one it
//! comes from in one thing.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::language::source::{FileId, Span, Spanned, Word};
use crate::language::syntax::ast::{
    Act, Answers, Caller, Expect, Failing, Script, ScriptedAnswer, ScriptedPhone, Step,
};
use crate::rehearsal::generate::partner::Partner;
use std::collections::BTreeMap;

/// A call.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    /// The flow it is of.
    pub(super) flow: String,
    /// Its parameters.
    pub(super) params: BTreeMap<String, serde_json::Value>,
    /// When it begins.
    pub(super) clock: Option<i64>,
    /// Who calls.
    pub(super) from: Option<String>,
    /// Headers that come along.
    pub(super) headers: BTreeMap<String, String>,
    /// What operations answer.
    pub(super) answers: BTreeMap<String, Vec<ScriptedAnswer>>,
    /// What becomes of phones, by who they are of.
    pub(super) phones: BTreeMap<String, Answers>,
    /// What the platform refuses: a state, and which of its requests.
    pub(super) fails: Vec<(String, u32)>,
    /// The other call that there can be.
    pub(super) partner: Option<Partner>,
    /// Everybody takes their time.
    pub(super) slow: bool,
    /// What people do, by the moment.
    pub(super) acts: Vec<(usize, Doing)>,
}

/// Something that somebody does.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Doing {
    /// The participant; nobody in particular is the party.
    pub(super) who: Option<String>,
    /// What.
    pub(super) act: Act,
    /// How long after the moment, in milliseconds.
    pub(super) wait: u64,
}

/// What makes a plan another one.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Turn {
    /// Somebody does something at a moment.
    Does(usize, Doing),
    /// An operation answers this when it is asked for the n-th time, from 0.
    Answers(String, usize, ScriptedAnswer),
    /// A phone.
    Phone(String, Answers),
    /// A request of a state is refused.
    Refused(String, u32),
    /// The call begins then.
    Clock(i64),
    /// A parameter.
    Param(String, serde_json::Value),
    /// A header.
    Header(String, String),
    /// Who calls.
    From(String),
}

impl Plan {
    /// The plan with a turn. `so_far` is what operations answered that the plan does not name.
    pub(super) fn turned(&self, turn: &Turn, so_far: &BTreeMap<String, ScriptedAnswer>) -> Plan {
        let mut plan = self.clone();
        match turn {
            Turn::Does(moment, doing) => plan.acts.push((*moment, doing.clone())),
            Turn::Answers(operation, nth, answer) => {
                let list = plan.answers.entry(operation.clone()).or_default();
                while list.len() < *nth {
                    let before = list.last().or(so_far.get(operation)).cloned();
                    list.push(before.unwrap_or_else(|| answer.clone()));
                }
                list.truncate(*nth);
                list.push(answer.clone());
            }
            Turn::Phone(who, answers) => drop(plan.phones.insert(who.clone(), *answers)),
            Turn::Refused(state, nth) => plan.fails.push((state.clone(), *nth)),
            Turn::Clock(at) => plan.clock = Some(*at),
            Turn::Param(name, value) => drop(plan.params.insert(name.clone(), value.clone())),
            Turn::Header(name, value) => drop(plan.headers.insert(name.clone(), value.clone())),
            Turn::From(who) => plan.from = Some(who.clone()),
        }
        plan
    }

    /// What is given, as a scenario without a script.
    pub(super) fn given(&self) -> Script {
        let phones = self.phones.iter().filter(|(who, _)| *who != "params.to");
        let mut steps = Vec::new();
        if let Some(from) = &self.from {
            steps.push(step(None, Act::CallFrom { from: word(from), to: None }));
        }
        if let Some(answers) = self.phones.get("params.to") {
            match answers {
                Answers::After(ms) => steps.push(step(None, Act::AnswerAfter(*ms))),
                Answers::Busy => steps.push(step(None, Act::Busy)),
                Answers::Decline => steps.push(step(None, Act::Decline)),
                Answers::Never => steps.push(step(None, Act::NoAnswer)),
                Answers::Unreachable => {}
            }
        }
        let unreachable = self.phones.get("params.to").filter(|answers| **answers == Answers::Unreachable);
        let unreachable = unreachable.map(|answers| ("params.to".to_owned(), *answers));
        let phones = phones.map(|(who, answers)| (who.clone(), *answers)).chain(unreachable);
        let mut script = Script {
            file: FileId(0),
            title: word(""),
            flow: Some(word(&self.flow)),
            params: self.params.iter().map(|(name, value)| (word(name), value.clone())).collect(),
            answers: self.answers.iter().map(|(name, answers)| (word(name), answers.clone())).collect(),
            clock: self.clock.map(|at| Spanned::new(at, nowhere())),
            caller: Caller {
                name: None,
                headers: self.headers.iter().map(|(name, value)| (word(name), word(value))).collect(),
            },
            phones: phones
                .map(|(who, answers)| ScriptedPhone { who: word(&who), answers, steps: Vec::new() })
                .collect(),
            calls: Vec::new(),
            stands: Vec::new(),
            fails: self.fails.iter().map(|(state, nth)| Failing { state: word(state), nth: Some(*nth) }).collect(),
            steps,
            expect: Expect::default(),
        };
        self.partner.iter().for_each(|partner| partner.given(&mut script, &self.acts));
        script
    }
}

/// A place in no text: what is generated is not read from one.
pub(super) fn nowhere() -> Span {
    Span::new(FileId(0), 0, 0)
}

pub(super) fn word(text: &str) -> Word {
    Spanned::new(text.to_owned(), nowhere())
}

pub(super) fn step(who: Option<&str>, act: Act) -> Step {
    Step { who: who.map(word), act, span: nowhere() }
}
