//! Letting go of a line that the platform says is ours but no live call has: nobody would ever end it, so we do.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::machine::command::{Command, OpRef};
use crate::machine::event::{Answer, ConnectionState, Facts};
use crate::provider::{Outcome, Request};
use crate::runtime::doc::repeat_id;
use crate::runtime::shot::{Got, Next, OneShot, Want};

/// Most tries of one request: nobody else will ever end the line.
const TRIES: u32 = 8;
/// Pause before the second try, in milliseconds; doubled each time.
const PAUSE_MS: u64 = 500;

/// Ends one line, after asking the platform whether it is up.
#[derive(Debug)]
pub struct LetGo {
    call: String,
    connection: String,
    stage: Stage,
    tries: u32,
}

/// What is being asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Look,
    HangUp,
}

impl LetGo {
    /// Lets go of `connection`, whose webhook came to the address of `call`.
    #[must_use]
    pub fn new(call: String, connection: String) -> LetGo {
        LetGo { call, connection, stage: Stage::Look, tries: 0 }
    }

    fn send(&mut self, stage: Stage, now: i64) -> Next<bool> {
        if self.stage != stage {
            (self.stage, self.tries) = (stage, 0);
        }
        self.tries += 1;
        let command = match stage {
            Stage::Look => Command::GetCall,
            Stage::HangUp => Command::HangUp,
        };
        let op = OpRef { op: 0, attempt: 1 };
        Next::Want(Want::Send(
            Box::new(Request {
                op,
                command,
                connection: Some(self.connection.clone()),
                server_call: None,
                repeat_id: repeat_id(&self.call, op),
                first_sent: now,
                callback_uri: String::new(),
            }),
            i64::MAX,
        ))
    }

    /// Once more, no sooner than in so many milliseconds, unless that was often enough.
    fn again(&self, after_ms: u64) -> Next<bool> {
        if self.tries >= TRIES {
            return Next::Done(self.stage == Stage::HangUp);
        }
        Next::Want(Want::Wait { ms: after_ms.max(PAUSE_MS << self.tries.min(6)) })
    }
}

impl OneShot for LetGo {
    /// Whether a hang-up was sent.
    type End = bool;

    fn start(&mut self, now: i64) -> Next<bool> {
        self.send(Stage::Look, now)
    }

    fn got(&mut self, got: Got, now: i64) -> Next<bool> {
        match (got, self.stage) {
            (Got::Sent(Outcome::NotNow { after_ms } | Outcome::Throttled { after_ms }), _) => self.again(after_ms),
            (Got::Sent(Outcome::NotTried { after_ms }), _) => {
                self.tries = self.tries.saturating_sub(1);
                Next::Want(Want::Wait { ms: after_ms })
            }
            (Got::Sent(Outcome::Unknown), _) => self.again(0),
            (Got::Waited, stage) => self.send(stage, now),
            (Got::Sent(Outcome::Definite(Answer::Accepted(Facts { state: Some(state), .. }))), Stage::Look)
                if !matches!(state, ConnectionState::Disconnected | ConnectionState::Disconnecting) =>
            {
                self.send(Stage::HangUp, now)
            }
            (Got::Sent(Outcome::Definite(_)), stage) => Next::Done(stage == Stage::HangUp),
            (
                Got::Loaded(_)
                | Got::Program(_)
                | Got::Committed(_)
                | Got::SetAside(_)
                | Got::Due(_)
                | Got::NextDue(_)
                | Got::Turned(_)
                | Got::Invoked(_),
                _,
            ) => Next::Done(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::machine::command::Command;
    use crate::machine::event::{Answer, ConnectionState, Facts};
    use crate::provider::Outcome;
    use crate::runtime::let_go::LetGo;
    use crate::runtime::shot::{Got, Next, OneShot, Want};

    /// What is asked for, when the platform answers so, one after the other, and in the end as the last of them.
    fn commands(outcomes: &[Outcome]) -> Vec<&'static str> {
        let mut shot = LetGo::new("c".to_owned(), "line".to_owned());
        let (mut next, mut sent) = (shot.start(0), Vec::new());
        loop {
            next = match next {
                Next::Want(Want::Send(request, _)) => {
                    assert_eq!(request.connection.as_deref(), Some("line"));
                    let outcome = outcomes.get(sent.len()).or(outcomes.last()).expect("an outcome");
                    sent.push(request.command.name());
                    shot.got(Got::Sent(outcome.clone()), 1)
                }
                Next::Want(Want::Wait { ms }) => {
                    assert!(ms >= 500);
                    shot.got(Got::Waited, 1)
                }
                Next::Want(other) => panic!("{other:?}"),
                Next::Done(hung_up) => {
                    assert_eq!(hung_up, sent.contains(&Command::HangUp.name()));
                    return sent;
                }
            };
        }
    }

    #[test]
    fn only_a_line_that_is_up_is_hung_up() {
        let stands = |state| Outcome::Definite(Answer::Accepted(Facts { state: Some(state), ..Facts::default() }));
        let done = || Outcome::Definite(Answer::Accepted(Facts::default()));
        let (ask, hang) = (Command::GetCall.name(), Command::HangUp.name());
        let up = || stands(ConnectionState::Connected);
        assert_eq!(commands(&[up(), done()]), [ask, hang]);
        assert_eq!(commands(&[stands(ConnectionState::Disconnected)]), [ask]);
        assert_eq!(commands(&[done()]), [ask]);
        // Nobody else will ever end it: it is asked again, but not for ever.
        let busy = || Outcome::NotNow { after_ms: 1_000 };
        assert_eq!(commands(&[Outcome::Unknown, busy(), up(), Outcome::Unknown, done()]), [ask, ask, ask, hang, hang]);
        assert_eq!(commands(&[busy()]).len(), 8);
        assert_eq!(commands(&[up(), Outcome::Unknown]).len(), 9);
    }
}
