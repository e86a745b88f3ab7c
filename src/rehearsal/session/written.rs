//! What was done on a call, as a scenario that does it again.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod given;

mod steps;

use crate::language::duration;
use crate::language::syntax::ast::{Act, Answers};
use crate::machine::call::Phase;
use crate::rehearsal::session::written::steps::Steps;
use crate::rehearsal::session::{Doing, LONGEST_MS, Session};
use crate::rehearsal::transcript::{self, Told};

/// How a scenario is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manner {
    /// Each act comes at the time at which it came; otherwise as soon as what it follows has been heard.
    pub timed: bool,
    /// It says in which state the call ended.
    pub ended: bool,
}

/// Ways of writing a scenario, the plainest first.
pub const MANNERS: [Manner; 4] = [
    Manner { timed: false, ended: true },
    Manner { timed: true, ended: true },
    Manner { timed: false, ended: false },
    Manner { timed: true, ended: false },
];

/// A call that is over, to be written down.
#[derive(Clone, Debug)]
pub struct Whole<'a> {
    session: Session<'a>,
    /// It was not over: its caller has hung up.
    pub hung_up: bool,
}

impl<'a> Session<'a> {
    /// The call as it is once it is over; one that goes on ends here, by its caller hanging up.
    ///
    /// # Errors
    /// When the caller cannot do so.
    pub fn whole(&self) -> Result<Whole<'a>, String> {
        let mut session = self.clone();
        session.now.player = None;
        session.now.acting = None;
        let goes_on = session.line().is_some_and(|line| !line.is_over());
        let refused = goes_on.then(|| session.does(&Doing::HangUp)).and_then(Result::err);
        session.until(session.at_ms() + LONGEST_MS, Session::is_over);
        let hung_up = goes_on && refused.is_none();
        if let Some(why) = refused.filter(|_| !session.is_over()) {
            return Err(format!("the call cannot be ended here: {why}"));
        }
        Ok(Whole { session, hung_up })
    }
}

impl Whole<'_> {
    /// What people heard and did.
    #[must_use]
    pub fn told(&self) -> Vec<Told> {
        transcript::of(&self.session.now.stage)
    }

    /// The scenario.
    #[must_use]
    pub fn scenario(&self, title: &str, manner: Manner) -> String {
        let session = &self.session;
        let mut text = format!("scenario: {}\nflow: {}\n", scalar(title), session.program.flow);
        text.push_str(&given::written(session));
        let first = session.opening.first().and_then(beginning).filter(|_| session.line().is_some());
        let steps: Vec<String> = first.into_iter().chain(Steps::of(session, manner.timed)).collect();
        text.push_str(if steps.is_empty() { "script: []\n" } else { "script:\n" });
        text.extend(steps.iter().map(|step| format!("  - {step}\n")));
        let Some(live) = session.now.stage.calls.first() else { return text };
        let result = match &live.call.phase {
            Phase::Ended { result, .. } | Phase::Leaving { result, .. } => result.as_deref().unwrap_or("none"),
            Phase::Running => "none",
        };
        // Why a call broke down is not a result that a scenario can expect.
        let is_ours = result == "none" || session.program.returns.iter().any(|known| known == result);
        let ended = match &live.call.running {
            Some(flow) => format!("{flow}.{}", live.call.state),
            None => live.call.state.clone(),
        };
        let result = is_ours.then(|| format!("result: {result}"));
        let ended = manner.ended.then(|| format!("ended: {ended}"));
        let fields: Vec<String> = result.into_iter().chain(ended).collect();
        if !fields.is_empty() {
            text.push_str(&format!("expect: {{ {} }}\n", fields.join(", ")));
        }
        text
    }
}

/// The step by which a call begins.
fn beginning(act: &Act) -> Option<String> {
    match act {
        Act::AnswerAfter(0) => Some("answer".to_owned()),
        Act::AnswerAfter(ms) => Some(format!("answer after {}", duration::show(*ms))),
        Act::Busy => Some("busy".to_owned()),
        Act::CallFrom { from, to: None } => Some(format!("call from {}", from.value)),
        Act::CallFrom { from, to: Some(to) } => Some(format!("call from {} to {}", from.value, to.value)),
        Act::Decline => Some("decline".to_owned()),
        Act::NoAnswer => Some("no answer".to_owned()),
        Act::HangUp | Act::Hear(_) | Act::HearStart(_) | Act::Press(_) | Act::Say(_) | Act::Silence(_) => None,
    }
}

/// How a phone is answered.
fn answering(answers: Answers) -> String {
    match answers {
        Answers::After(ms) => duration::show(ms),
        Answers::Busy => "busy".to_owned(),
        Answers::Decline => "decline".to_owned(),
        Answers::Never => "no answer".to_owned(),
        Answers::Unreachable => "unreachable".to_owned(),
    }
}

/// A text as a scalar of YAML that stands alone, and that no reader takes for anything else.
fn scalar(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || " ,.-_+/();\"?!'".contains(c);
    let starts = text.chars().next().is_some_and(char::is_alphabetic);
    let is_word = matches!(text, "true" | "false" | "null" | "yes" | "no" | "on" | "off");
    if starts && !is_word && !text.ends_with(' ') && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "''"))
}

/// A text as a key, or within braces.
fn key(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(is_plain) && scalar(text) == text {
        return text.to_owned();
    }
    serde_json::Value::from(text).to_string()
}
