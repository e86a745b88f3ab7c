//! Scenarios: what a call is given, what its caller does step by step, and what has to come of it.

use crate::language::duration;
use crate::language::source::{FileId, Span, Spanned, Word};
use crate::platform::tones::Tone;

/// A scenario (`scenario: …`): what one call is like. YAML only.
#[derive(Clone, Debug)]
pub struct Script {
    /// The file.
    pub file: FileId,
    /// Its title.
    pub title: Word,
    /// The flow it is for.
    pub flow: Option<Word>,
    /// `given.params`: JSON-like values as written, by parameter.
    pub params: Vec<(Word, serde_json::Value)>,
    /// `given.SERVICE.OPERATION`: what that operation answers, in this order.
    pub answers: Vec<(Word, Vec<ScriptedAnswer>)>,
    /// `given.clock`: when the call begins, in milliseconds since the epoch.
    pub clock: Option<Spanned<i64>>,
    /// `given.caller`: what comes along with the call.
    pub caller: Caller,
    /// `given.phones`: how others behave who are called.
    pub phones: Vec<ScriptedPhone>,
    /// `given.calls`: other calls of the service that go on meanwhile.
    pub calls: Vec<OtherCall>,
    /// Texts `calls.NAME` that stand for the ids of those calls: the names, where they stand. Those in parameters of the other calls
    /// are with them.
    pub stands: Vec<Word>,
    /// `given.fails`: states whose requests the platform refuses.
    pub fails: Vec<Failing>,
    /// The steps.
    pub steps: Vec<Step>,
    /// `expect`: what has to be so in the end.
    pub expect: Expect,
}

/// What a call brings along: `caller: { name: Ada, headers: { X-Case: "7" } }`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// The name that is shown.
    pub name: Option<Word>,
    /// Custom headers.
    pub headers: Vec<(Word, Word)>,
}

/// How somebody behaves who is called: `settings.sales: { answer: 4s, script: [silence 2s, hang up] }`, `"+441632960111": busy`.
#[derive(Clone, Debug)]
pub struct ScriptedPhone {
    /// Who: a number, a raw id, `settings.NAME` or `params.NAME`.
    pub who: Word,
    /// Whether they answer.
    pub answers: Answers,
    /// What they do then, by themselves: `press`, `say`, `silence T` and `hang up`.
    pub steps: Vec<Step>,
}

/// Another call of the service that goes on meanwhile: `waiting: { flow: waiting_room, from: "+441632960101", script: [hang up] }`.
#[derive(Clone, Debug)]
pub struct OtherCall {
    /// Its name.
    pub name: Word,
    /// Its flow; that of the scenario where nothing is said.
    pub flow: Option<Word>,
    /// How long before the scenario's call it begins, in milliseconds.
    pub before: Spanned<u64>,
    /// Who calls.
    pub from: Option<Word>,
    /// The number called.
    pub to: Option<Word>,
    /// Values by parameter, of a call that is placed.
    pub params: Vec<(Word, serde_json::Value)>,
    /// Texts in them that stand for the ids of calls: the names.
    pub stands: Vec<Word>,
    /// What its party does, by themselves.
    pub steps: Vec<Step>,
}

impl OtherCall {
    /// How long before the scenario's call one begins that does not say it, in milliseconds.
    pub const BEFORE_MS: u64 = 10_000;
}

/// The name of the call whose id a text stands for: `waiting` of `calls.waiting`.
#[must_use]
pub fn call_meant(text: &str) -> Option<&str> {
    let name = text.strip_prefix("calls.")?;
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    (name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(is_part)).then_some(name)
}

/// What becomes of a phone that rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// It is answered after so many milliseconds.
    After(u64),
    /// It is engaged.
    Busy,
    /// The call is declined.
    Decline,
    /// Nobody answers.
    Never,
    /// There is no such phone.
    Unreachable,
}

/// A state whose requests are refused: `greet` always, `greet 2` when it is tried for the second time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    /// The state: of the scenario's flow or, as `FLOW.STATE`, of one that it runs.
    pub state: Word,
    /// Which of its requests, from 1; `None`: each.
    pub nth: Option<u32>,
}

/// What has to be so when the call is over. What is not said may be anything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expect {
    /// `result: moved`; `result: none` is no result.
    pub result: Option<Word>,
    /// `ended: bye`: the state in which it ended.
    pub ended: Option<Word>,
    /// `invoked: { clinic.move: 1 }`: how often operations were asked.
    pub invoked: Vec<(Word, Spanned<u32>)>,
    /// `silence_max: 2s`: the longest that the party may hear nothing, in milliseconds.
    pub silence_max: Option<Spanned<u64>>,
    /// `left_behind: nothing`: nobody is left on the line, nothing goes on recording.
    pub nothing_left_behind: Option<Span>,
    /// `transcript: golden`: the transcript stands beside the scenario, and is this one.
    pub transcript: Option<Span>,
}

/// What an operation of a service answers once: `missing`, `{ ok: { id: c1 }, takes: 2s }`.
#[derive(Clone, Debug, PartialEq)]
pub struct ScriptedAnswer {
    /// Its outcome.
    pub outcome: Word,
    /// What it brings, as written.
    pub value: Option<serde_json::Value>,
    /// How long it takes, in milliseconds.
    pub takes: u64,
}

/// A step of a script, with the participant it is for (`None`: the party).
#[derive(Clone, Debug)]
pub struct Step {
    /// `NAME:` before the step.
    pub who: Option<Word>,
    /// What happens.
    pub act: Act,
    /// The whole step.
    pub span: Span,
}

/// What a step does or expects.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// `call from NUMBER [to NUMBER]`.
    CallFrom {
        /// The caller.
        from: Word,
        /// The number called; any when missing.
        to: Option<Word>,
    },
    /// `answer after T`, `answer`: milliseconds.
    AnswerAfter(u64),
    /// `busy`.
    Busy,
    /// `decline`.
    Decline,
    /// `no answer`.
    NoAnswer,
    /// `hear a, b` and `hear "words"`.
    Hear(Vec<Spanned<Expected>>),
    /// `hear start of X`.
    HearStart(Spanned<Expected>),
    /// `press 1 2 pound`.
    Press(Vec<Tone>),
    /// `say words`.
    Say(String),
    /// `silence` (waits out the running question) and `silence 6s`: milliseconds.
    Silence(Option<u64>),
    /// `hang up`.
    HangUp,
    /// `signal closing`, `signal desk_free: { desk: "4" }`: somebody outside tells the call.
    Signal {
        /// The signal.
        name: Word,
        /// What comes along, as written.
        data: Option<serde_json::Value>,
    },
}

/// What somebody can do who hears nobody, and waits for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alone<'a> {
    /// Leaves.
    HangUp,
    /// Presses these keys.
    Press(&'a [Tone]),
    /// Says these words.
    Say(&'a str),
    /// Lets so many milliseconds pass.
    Silence(u64),
}

impl Act {
    /// The step as one that a phone's script can have; `None` when it cannot.
    #[must_use]
    pub fn alone(&self) -> Option<Alone<'_>> {
        match self {
            Act::HangUp => Some(Alone::HangUp),
            Act::Press(keys) => Some(Alone::Press(keys)),
            Act::Say(words) => Some(Alone::Say(words)),
            Act::Silence(Some(ms)) => Some(Alone::Silence(*ms)),
            Act::AnswerAfter(_)
            | Act::Busy
            | Act::CallFrom { .. }
            | Act::Decline
            | Act::Hear(_)
            | Act::HearStart(_)
            | Act::NoAnswer
            | Act::Signal { .. }
            | Act::Silence(None) => None,
        }
    }
}

impl Alone<'_> {
    /// As it is written in a script.
    #[must_use]
    pub fn written(self) -> String {
        match self {
            Alone::HangUp => "hang up".to_owned(),
            Alone::Press(keys) => {
                let words: Vec<String> = keys.iter().map(|key| key.word()).collect();
                format!("press {}", words.join(" "))
            }
            Alone::Say(words) => format!("say {words}"),
            Alone::Silence(ms) => format!("silence {}", duration::show(ms)),
        }
    }
}

/// What is to be heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A prompt of a library, in any locale.
    Prompt(String),
    /// A text that contains these words; letter case, punctuation and runs of space ignored.
    Words(String),
}
