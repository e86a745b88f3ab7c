//! What was done on a call, as a scenario that does it again.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod given;

mod steps;

use crate::language::syntax::ast::{Act, Expect};
use crate::machine::call::Phase;
use crate::rehearsal::session::written::given::word;
use crate::rehearsal::session::written::steps::Steps;
use crate::rehearsal::session::{Doing, LONGEST_MS, Session};
use crate::rehearsal::transcript::{self, Told};
use crate::rehearsal::written;

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
        let mut script = given::found(session);
        script.title = word(title);
        script.flow = Some(word(&session.program.flow));
        script.expect = Expect::default();
        let first = session.opening.first().filter(|act| session.line().is_some() && begins(act)).map(written::act);
        let steps: Vec<String> = first.into_iter().chain(Steps::of(session, manner.timed)).collect();
        let Some(live) = session.now.stage.own_call() else { return written::with_steps(&script, &steps) };
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
        script.expect.result = is_ours.then(|| word(result));
        script.expect.ended = manner.ended.then(|| word(&ended));
        written::with_steps(&script, &steps)
    }
}

/// Whether a call begins by this step.
fn begins(act: &Act) -> bool {
    match act {
        Act::AnswerAfter(_) | Act::Busy | Act::CallFrom { .. } | Act::Decline | Act::NoAnswer => true,
        Act::HangUp
        | Act::Hear(_)
        | Act::HearStart(_)
        | Act::Press(_)
        | Act::Say(_)
        | Act::Signal { .. }
        | Act::Silence(_) => false,
    }
}
