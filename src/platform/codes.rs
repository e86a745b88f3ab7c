//! The platform's code/subCode pairs, and the one table from codes to outcomes that service, emulator and checker read.
//!
//! Sources: the result-code tables of the platform's documentation. Lines marked `[?]` are read off a code's name.

use crate::platform::outcomes::Outcome;
use serde::{Deserialize, Serialize};

/// A pair of the platform: `code` resembles an HTTP status, `sub` decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Code {
    /// `resultInformation.code`.
    pub code: i32,
    /// `resultInformation.subCode`.
    pub sub: i32,
}

impl Code {
    /// A pair.
    #[must_use]
    pub const fn new(code: i32, sub: i32) -> Code {
        Code { code, sub }
    }
}

/// Success of any action.
pub const OK: Code = Code::new(200, 0);
/// An operation that the application itself cut off.
pub const CANCELLED: Code = Code::new(400, 8508);
/// Nothing heard before the initial silence time-out.
pub const SILENCE: Code = Code::new(400, 8510);
/// A recognition's prompt could not be played.
pub const PROMPT_FAILED: Code = Code::new(500, 8511);
/// A stop tone was pressed.
pub const STOP_TONE: Code = Code::new(200, 8514);
/// As many tones as may be collected.
pub const MAXIMUM_TONES: Code = Code::new(200, 8531);
/// The pause between two tones was too long.
pub const BETWEEN_TONES: Code = Code::new(400, 8532);
/// A key matched a choice.
pub const CHOICE_BY_KEY: Code = Code::new(200, 8533);
/// A key that no choice has.
pub const WRONG_KEY: Code = Code::new(500, 8534);
/// A phrase matched a choice.
pub const CHOICE_BY_PHRASE: Code = Code::new(200, 8545);
/// Speech that no choice has.
pub const WRONG_PHRASE: Code = Code::new(400, 8547);
/// Free speech.
pub const SPEECH: Code = Code::new(200, 8569);
/// Something was said that is not speech.
pub const NO_SPEECH: Code = Code::new(400, 8563);
/// An audio file could not be downloaded.
pub const DOWNLOAD_FAILED: Code = Code::new(400, 8536);
/// Empty text or SSML.
pub const EMPTY_PROMPT: Code = Code::new(400, 8582);
/// Ended by a participant.
pub const ENDED_BY_PARTICIPANT: Code = Code::new(200, 0);
/// Ended by a Call Automation request.
pub const ENDED_BY_REQUEST: Code = Code::new(200, 7000);
/// Ended because of a transfer.
pub const ENDED_BY_TRANSFER: Code = Code::new(200, 7015);

/// Synchronous refusals: HTTP status and `error.code`.
pub mod refusal {
    use crate::platform::codes::Code;

    /// Media conflicts with media running for the same participant.
    pub const MEDIA_CONFLICT: Code = Code::new(400, 8500);
    /// The call is not established: too early, or already over.
    pub const NOT_ESTABLISHED: Code = Code::new(400, 8501);
    /// Malformed or invalid argument; a used or expired `incomingCallContext`.
    pub const INVALID: Code = Code::new(400, 8523);
    /// The call is already terminated.
    pub const TERMINATED: Code = Code::new(400, 8528);
    /// The action is not valid in the present call state.
    pub const WRONG_STATE: Code = Code::new(400, 8585);
    /// Text or speech without an AI resource configured at set-up.
    pub const COGNITIVE: Code = Code::new(400, 8567);
    /// The participant is not on the call.
    pub const NOT_IN_CALL: Code = Code::new(400, 8558);
    /// A recording is paused or runs already, as is asked for.
    pub const ALREADY: Code = Code::new(400, 8573);
    /// Signature problem.
    pub const SIGNATURE: Code = Code::new(401, 7509);
    /// A bearer token that is not good.
    pub const TOKEN: Code = Code::new(401, 7501);
    /// No such call connection.
    pub const NOT_FOUND: Code = Code::new(404, 8522);
    /// Conflict with another request.
    pub const CONFLICT: Code = Code::new(409, 8519);
    /// Another transfer is pending.
    pub const TRANSFER_CONFLICT: Code = Code::new(409, 8607);
}

/// The pair the emulator sends for each way of not reaching a callee.
#[must_use]
pub fn not_reached_code(outcome: Outcome) -> Code {
    match outcome {
        Outcome::NoAnswer => Code::new(480, 560_480),
        Outcome::Unreachable => Code::new(404, 4500),
        Outcome::Busy => Code::new(486, 560_486),
        Outcome::Declined => Code::new(603, 560_603),
        _ => Code::new(403, 560_403),
    }
}

/// Why a callee was not reached (CreateCallFailed, CallTransferFailed, AddParticipantFailed). The first fitting line wins.
#[must_use]
pub fn not_reached(code: Code) -> Outcome {
    named_pair(code)
        .or_else(|| by_suffix(code.sub))
        .or_else(|| by_sub_code(code.sub))
        .unwrap_or_else(|| by_sip_status(code.code))
}

/// Documented pairs.
fn named_pair(code: Code) -> Option<Outcome> {
    match (code.code, code.sub) {
        (480, 560_480) | (487, 540_487) => Some(Outcome::NoAnswer),
        (404, 4500) | (480, 10_078) => Some(Outcome::Unreachable),
        (401, 10_009) | (403, 510_403 | 560_403) => Some(Outcome::Failed),
        _ => None,
    }
}

/// Six-digit sub-codes appear to end in the SIP status [?].
fn by_suffix(sub: i32) -> Option<Outcome> {
    if !(100_000..=999_999).contains(&sub) {
        return None;
    }
    match sub % 1000 {
        486 | 600 => Some(Outcome::Busy),
        603 => Some(Outcome::Declined),
        408 | 480 => Some(Outcome::NoAnswer),
        404 | 484 => Some(Outcome::Unreachable),
        _ => None,
    }
}

/// The busy, declined and unreachable families of the general sub-code list [?].
fn by_sub_code(sub: i32) -> Option<Outcome> {
    match sub {
        8539 => Some(Outcome::Busy),
        8538 => Some(Outcome::Declined),
        8540..=8544 => Some(Outcome::Unreachable),
        _ => None,
    }
}

/// The code read as a SIP status [?].
fn by_sip_status(code: i32) -> Outcome {
    match code {
        486 | 600 => Outcome::Busy,
        603 => Outcome::Declined,
        408 => Outcome::NoAnswer,
        404 | 480 => Outcome::Unreachable,
        _ => Outcome::Failed,
    }
}

/// What the end of a recognition says, before the question's own keys and types are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recognized {
    /// 8533, 8545: the choice with the event's label.
    Choice,
    /// 8531, 8514: tones, as many as may be collected or ended by a stop tone.
    Tones,
    /// 8569: free speech.
    Speech,
    /// 8532, in either event: fewer tones than may be collected.
    Partial,
    /// 8510: silence.
    NoInput,
    /// 8534, 8547, 8563, 8570: something else than what was asked for.
    NoMatch,
    /// 8508: cut off.
    Cancelled,
    /// Everything else.
    Failed,
}

/// Reads the sub-code of RecognizeCompleted, RecognizeFailed or RecognizeCanceled.
#[must_use]
pub fn recognized(sub: i32) -> Recognized {
    match sub {
        8533 | 8545 => Recognized::Choice,
        8531 | 8514 => Recognized::Tones,
        8569 => Recognized::Speech,
        8532 => Recognized::Partial,
        8510 => Recognized::NoInput,
        8534 | 8547 | 8563 | 8570 => Recognized::NoMatch,
        8508 => Recognized::Cancelled,
        _ => Recognized::Failed,
    }
}

#[cfg(test)]
mod tests {
    use crate::platform::codes::{Code, not_reached, not_reached_code};
    use crate::platform::outcomes::{NOT_REACHED, Outcome};

    #[test]
    fn what_the_emulator_sends_reads_back() {
        for outcome in NOT_REACHED {
            assert_eq!(not_reached(not_reached_code(outcome)), outcome);
        }
        assert_eq!(not_reached(not_reached_code(Outcome::Failed)), Outcome::Failed);
    }

    #[test]
    fn first_fitting_line_wins() {
        assert_eq!(not_reached(Code::new(403, 510_403)), Outcome::Failed);
        assert_eq!(not_reached(Code::new(480, 10_078)), Outcome::Unreachable);
        assert_eq!(not_reached(Code::new(500, 540_600)), Outcome::Busy);
        assert_eq!(not_reached(Code::new(400, 8538)), Outcome::Declined);
        assert_eq!(not_reached(Code::new(408, 0)), Outcome::NoAnswer);
        assert_eq!(not_reached(Code::new(500, 9999)), Outcome::Failed);
    }
}
