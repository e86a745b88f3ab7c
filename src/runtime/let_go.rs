//! Letting go of a line that the platform says is ours but no live call has: nobody would ever end it, so we do.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::machine::command::{Command, OpRef};
use crate::machine::event::{Answer, ConnectionState, Facts};
use crate::provider::{Outcome, Request};
use crate::runtime::doc::repeat_id;
use crate::runtime::shot::{Got, Next, OneShot, Want};

/// Ends one line, after asking the platform whether it is up.
#[derive(Debug)]
pub struct LetGo {
    call: String,
    connection: String,
    asked: bool,
}

impl LetGo {
    /// Lets go of `connection`, whose webhook came to the address of `call`.
    #[must_use]
    pub fn new(call: String, connection: String) -> LetGo {
        LetGo { call, connection, asked: false }
    }

    fn send(&self, command: Command, now: i64) -> Next<bool> {
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
}

impl OneShot for LetGo {
    /// Whether a hang-up was sent.
    type End = bool;

    fn start(&mut self, now: i64) -> Next<bool> {
        self.send(Command::GetCall, now)
    }

    fn got(&mut self, got: Got, now: i64) -> Next<bool> {
        if self.asked {
            return Next::Done(true);
        }
        self.asked = true;
        match got {
            Got::Sent(Outcome::Definite(Answer::Accepted(Facts { state: Some(state), .. })))
                if !matches!(state, ConnectionState::Disconnected | ConnectionState::Disconnecting) =>
            {
                self.send(Command::HangUp, now)
            }
            Got::Sent(_)
            | Got::Loaded(_)
            | Got::Program(_)
            | Got::Committed(_)
            | Got::SetAside(_)
            | Got::Due(_)
            | Got::NextDue(_)
            | Got::Turned(_)
            | Got::Invoked(_)
            | Got::Waited => Next::Done(false),
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

    fn commands(outcome: Outcome) -> Vec<&'static str> {
        let mut shot = LetGo::new("c".to_owned(), "line".to_owned());
        let (mut next, mut sent) = (shot.start(0), Vec::new());
        while let Next::Want(Want::Send(request, _)) = next {
            assert_eq!(request.connection.as_deref(), Some("line"));
            sent.push(request.command.name());
            next = shot.got(Got::Sent(outcome.clone()), 1);
        }
        sent
    }

    #[test]
    fn only_a_line_that_is_up_is_hung_up() {
        let stands = |state| Outcome::Definite(Answer::Accepted(Facts { state: Some(state), ..Facts::default() }));
        let (ask, hang) = (Command::GetCall.name(), Command::HangUp.name());
        assert_eq!(commands(stands(ConnectionState::Connected)), [ask, hang]);
        assert_eq!(commands(stands(ConnectionState::Disconnected)), [ask]);
        assert_eq!(commands(Outcome::Definite(Answer::Accepted(Facts::default()))), [ask]);
        assert_eq!(commands(Outcome::Unknown), [ask]);
    }
}
