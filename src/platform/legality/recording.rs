//! What may be done to a recording in which condition.

use crate::platform::codes::refusal;
use crate::platform::legality::{Cell, Here, Source, allowed, not_stated, refused};

/// The condition of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tape {
    /// It records.
    Active,
    /// It waits: paused, or started so.
    Paused,
    /// It was stopped, or its call is over.
    Stopped,
}

/// What is done to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Deed {
    Look,
    Pause,
    Resume,
    Stop,
}

/// The cell of a deed and a condition.
#[must_use]
pub fn of_recording(deed: Deed, tape: Tape) -> Cell {
    let source = Source::Recordings;
    match (deed, tape) {
        (Deed::Look | Deed::Stop, Tape::Active | Tape::Paused)
        | (Deed::Pause, Tape::Active)
        | (Deed::Resume, Tape::Paused) => allowed(source),
        (Deed::Pause, Tape::Paused) | (Deed::Resume, Tape::Active) => refused(refusal::ALREADY, source),
        (_, Tape::Stopped) => not_stated(Here::Refuse(refusal::NOT_FOUND), source),
    }
}

#[cfg(test)]
mod tests {
    use crate::platform::legality::recording::{Deed, Tape, of_recording};

    #[test]
    fn a_recording_pauses_once_and_is_gone_when_stopped() {
        let sub = |deed, tape| of_recording(deed, tape).verdict.refusal().map(|code| code.sub);
        assert_eq!(sub(Deed::Pause, Tape::Active), None);
        assert_eq!(sub(Deed::Pause, Tape::Paused), Some(8573));
        assert_eq!(sub(Deed::Resume, Tape::Active), Some(8573));
        assert_eq!(sub(Deed::Stop, Tape::Paused), None);
        for deed in [Deed::Look, Deed::Pause, Deed::Resume, Deed::Stop] {
            assert_eq!(sub(deed, Tape::Stopped), Some(8522));
        }
    }
}
