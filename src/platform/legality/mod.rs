//! Which operation is legal in which condition of a call, as data: allowed, refused with which code, or not stated. Each cell has
//! its source, a section of `docs/platform.md`. The emulator is the first reader; a checker can be the second.

mod media;
mod recording;

pub use media::{Beside, Media, beside};
pub use recording::{Deed, Tape, of_recording};

use crate::platform::codes::{Code, refusal};
use crate::platform::operations::Operation;

/// The condition a call is in, as the application's leg sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// Somebody calls; the `incomingCallContext` is good.
    Incoming,
    /// The application has dialled; nobody has answered.
    Placed,
    /// Answered, created or joined; CallConnected has not been sent.
    Connecting,
    /// CallConnected has been sent.
    Connected,
    /// A transfer is under way.
    Transferring,
    /// CallDisconnected has been sent, or the incoming call was redirected, rejected or missed.
    Ended,
}

/// Every condition.
pub const CONDITIONS: [Condition; 6] = [
    Condition::Incoming,
    Condition::Placed,
    Condition::Connecting,
    Condition::Connected,
    Condition::Transferring,
    Condition::Ended,
];

/// What the contract says of an operation in a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is carried out.
    Allowed,
    /// It is refused with this status and code.
    Refused(Code),
    /// The contract does not say; what happens here is our own choice.
    NotStated(Here),
}

/// What we do where the contract is silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Here {
    /// Carry it out.
    Carry,
    /// Refuse it.
    Refuse(Code),
}

/// Where a fact stands: a section of `docs/platform.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Answering, redirecting and rejecting.
    IncomingCalls,
    /// The life of a call connection.
    LifeOfACall,
    /// Media side by side.
    MediaSideBySide,
    /// People.
    People,
    /// Recordings.
    Recordings,
    /// Transfers.
    Transfers,
}

/// Every source.
pub const SOURCES: [Source; 6] = [
    Source::IncomingCalls,
    Source::LifeOfACall,
    Source::MediaSideBySide,
    Source::People,
    Source::Recordings,
    Source::Transfers,
];

impl Source {
    /// The heading of the section.
    #[must_use]
    pub fn heading(self) -> &'static str {
        match self {
            Source::IncomingCalls => "Incoming calls",
            Source::LifeOfACall => "The life of a call",
            Source::MediaSideBySide => "Media side by side",
            Source::People => "People",
            Source::Recordings => "Recordings",
            Source::Transfers => "Transfers",
        }
    }
}

/// One cell of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// What is said.
    pub verdict: Verdict,
    /// Where.
    pub source: Source,
}

impl Verdict {
    /// The code it is refused with; `None` when it is carried out, by the contract or by our choice.
    #[must_use]
    pub fn refusal(self) -> Option<Code> {
        match self {
            Verdict::Allowed | Verdict::NotStated(Here::Carry) => None,
            Verdict::Refused(code) | Verdict::NotStated(Here::Refuse(code)) => Some(code),
        }
    }
}

const fn allowed(source: Source) -> Cell {
    Cell { verdict: Verdict::Allowed, source }
}

const fn refused(code: Code, source: Source) -> Cell {
    Cell { verdict: Verdict::Refused(code), source }
}

const fn not_stated(here: Here, source: Source) -> Cell {
    Cell { verdict: Verdict::NotStated(here), source }
}

/// What operations have in common as far as the condition of the call goes.
#[derive(Clone, Copy)]
enum Class {
    /// Begins a call of its own.
    Begins,
    /// Asks after the call connection.
    LooksAtCall,
    /// Asks after the people on it.
    LooksAtPeople,
    /// Ends it.
    Ends,
    /// Uses up an `incomingCallContext`.
    Incoming,
    /// Acts on people or media of a call.
    MidCall,
    /// Begins a recording of the call.
    Records,
    /// Acts on a recording: the call's condition does not matter while the recording is there.
    OfRecording,
    /// Hands the line on.
    Transfers,
}

fn class(operation: Operation) -> Class {
    match operation {
        Operation::CreateCall | Operation::Connect => Class::Begins,
        Operation::AnswerCall | Operation::RedirectCall | Operation::RejectCall => Class::Incoming,
        Operation::GetCall => Class::LooksAtCall,
        Operation::GetParticipant | Operation::ListParticipants => Class::LooksAtPeople,
        Operation::HangUp | Operation::Terminate => Class::Ends,
        Operation::Transfer => Class::Transfers,
        Operation::StartRecording => Class::Records,
        Operation::GetRecording | Operation::PauseRecording | Operation::ResumeRecording | Operation::StopRecording => {
            Class::OfRecording
        }
        Operation::AddParticipant
        | Operation::CancelAddParticipant
        | Operation::CancelMedia
        | Operation::Hold
        | Operation::MoveParticipants
        | Operation::MuteParticipant
        | Operation::Play
        | Operation::Recognize
        | Operation::RemoveParticipant
        | Operation::SendKeys
        | Operation::StartKeys
        | Operation::StartStreaming
        | Operation::StartTranscription
        | Operation::StopKeys
        | Operation::StopStreaming
        | Operation::StopTranscription
        | Operation::Unhold
        | Operation::UpdateTranscription => Class::MidCall,
    }
}

/// The cell of an operation and a condition.
#[must_use]
pub fn cell(operation: Operation, condition: Condition) -> Cell {
    use Condition::{Connected, Connecting, Ended, Incoming, Placed, Transferring};
    let life = Source::LifeOfACall;
    let no_connection = not_stated(Here::Refuse(refusal::NOT_FOUND), life);
    let early = refused(refusal::NOT_ESTABLISHED, life);
    let gone = refused(refusal::NOT_FOUND, life);
    match (class(operation), condition) {
        (Class::Begins | Class::OfRecording, _) => allowed(life),
        (Class::Incoming, Incoming) => allowed(Source::IncomingCalls),
        (Class::Incoming, Placed | Connecting | Connected | Transferring | Ended) => {
            refused(refusal::INVALID, Source::IncomingCalls)
        }
        // A recording names the call by its server call id, which is known while it rings.
        (Class::Records, Incoming) => early,
        // Until it is answered there is no call connection to name.
        (_, Incoming) => no_connection,
        (_, Ended) => gone,
        (Class::LooksAtCall, Placed | Connecting | Connected | Transferring) => allowed(life),
        (Class::LooksAtPeople | Class::Ends, Connected) => allowed(life),
        (Class::LooksAtPeople | Class::Ends, Placed | Connecting | Transferring) => not_stated(Here::Carry, life),
        (Class::MidCall | Class::Transfers | Class::Records, Placed | Connecting) => early,
        (Class::MidCall | Class::Transfers | Class::Records, Connected) => allowed(life),
        (Class::Transfers, Transferring) => refused(refusal::TRANSFER_CONFLICT, Source::Transfers),
        (Class::MidCall, Transferring) => not_stated(Here::Refuse(refusal::WRONG_STATE), Source::Transfers),
        (Class::Records, Transferring) => not_stated(Here::Carry, Source::Transfers),
    }
}

#[cfg(test)]
mod tests {
    use crate::platform::codes::Code;
    use crate::platform::legality::{CONDITIONS, Condition, SOURCES, Verdict, cell};
    use crate::platform::operations::{Operation, TABLE};

    fn all() -> impl Iterator<Item = (Operation, Condition, Verdict)> {
        TABLE.iter().flat_map(|row| {
            CONDITIONS.iter().map(|condition| (row.operation, *condition, cell(row.operation, *condition).verdict))
        })
    }

    /// Read off the prose of the contract, cell by cell and without the table's classes.
    #[test]
    fn what_the_contract_says_outright() {
        let refused = |code, sub| Verdict::Refused(Code::new(code, sub));
        for (operation, condition, verdict) in [
            (Operation::AnswerCall, Condition::Incoming, Verdict::Allowed),
            (Operation::AnswerCall, Condition::Connected, refused(400, 8523)),
            (Operation::RejectCall, Condition::Ended, refused(400, 8523)),
            (Operation::Play, Condition::Placed, refused(400, 8501)),
            (Operation::Recognize, Condition::Connecting, refused(400, 8501)),
            (Operation::AddParticipant, Condition::Connecting, refused(400, 8501)),
            (Operation::StartRecording, Condition::Connecting, refused(400, 8501)),
            (Operation::Transfer, Condition::Connected, Verdict::Allowed),
            (Operation::Transfer, Condition::Transferring, refused(409, 8607)),
            (Operation::GetCall, Condition::Ended, refused(404, 8522)),
            (Operation::HangUp, Condition::Ended, refused(404, 8522)),
            (Operation::Hold, Condition::Ended, refused(404, 8522)),
        ] {
            assert_eq!(cell(operation, condition).verdict, verdict, "{operation:?} {condition:?}");
        }
    }

    #[test]
    fn nothing_but_setting_up_works_on_calls_that_are_over() {
        for (operation, condition, verdict) in all() {
            let begins = matches!(
                operation,
                Operation::CreateCall
                    | Operation::Connect
                    | Operation::GetRecording
                    | Operation::PauseRecording
                    | Operation::ResumeRecording
                    | Operation::StopRecording
            );
            if condition == Condition::Ended {
                assert_eq!(verdict.refusal().is_none(), begins, "{operation:?}");
            }
            if condition == Condition::Connected && operation.row().path.contains("{id}") {
                assert_eq!(verdict, Verdict::Allowed, "{operation:?}");
            }
        }
    }

    #[test]
    fn each_source_is_a_section_of_the_page() {
        let page = include_str!("../../../docs/platform.md");
        for source in SOURCES {
            assert!(page.lines().any(|line| line == format!("## {}", source.heading())), "{source:?}");
        }
    }
}
