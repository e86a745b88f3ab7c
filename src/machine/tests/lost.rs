//! What was lost on the way: events that never came, answers nobody read, requests refused too early.

use crate::machine::call::HOLD_MS;
use crate::machine::command::{Command, OpRef};
use crate::machine::event::{Answer, ConnectionState, EventKind, Facts, Heard, WebhookKind};
use crate::machine::tests::Drive;
use crate::platform::codes;
use crate::platform::tones::Tone;

#[test]
fn a_lost_end_of_the_line_is_found_out() {
    let mut drive = Drive::connected();
    drive.later(100_000);
    let (op, command) = drive.last();
    assert_eq!(command, Command::GetCall);
    let facts = Facts { state: Some(ConnectionState::Disconnected), ..Facts::default() };
    drive.give(EventKind::Response { op, answer: Answer::Accepted(facts) });
    drive.later(HOLD_MS);
    assert_eq!(drive.result(), Some("abandoned"));
}

#[test]
fn a_refusal_right_after_connect_is_tried_again_and_a_call_that_is_gone_is_over() {
    let mut drive = Drive::connected();
    let (op, _) = drive.last();
    drive.give(EventKind::Response { op, answer: Answer::Refused { code: codes::refusal::NOT_ESTABLISHED } });
    let (probe, command) = drive.last();
    assert_eq!(command, Command::GetCall);
    let facts = Facts { state: Some(ConnectionState::Connected), ..Facts::default() };
    drive.give(EventKind::Response { op: probe, answer: Answer::Accepted(facts) });
    let (again, command) = drive.last();
    assert!(matches!(command, Command::Recognize { .. }));
    assert_eq!(again, OpRef { op: op.op, attempt: 2 });
    drive.give(EventKind::Response { op: again, answer: Answer::Refused { code: codes::refusal::NOT_FOUND } });
    drive.later(HOLD_MS);
    assert_eq!(drive.result(), Some("abandoned"));
}

#[test]
fn media_of_unknown_fate_is_ordered_once_more_and_its_first_attempt_cut_off_means_nothing() {
    let mut drive = Drive::connected();
    let (first, _) = drive.last();
    drive.give(EventKind::Response { op: first, answer: Answer::Unknown });
    let (second, command) = drive.last();
    assert_eq!(second, OpRef { op: first.op, attempt: 2 });
    assert!(matches!(command, Command::Recognize { interrupt: true, .. }), "{command:?}");
    let before = drive.call.clone();
    drive.webhook(Some(first), codes::CANCELLED, WebhookKind::RecognizeCanceled);
    assert_eq!(drive.call, before, "the first attempt was cut off by the second");
    drive.give(EventKind::Response { op: second, answer: Answer::Unknown });
    assert_eq!(drive.last().1, Command::GetCall, "a third time would be one too many");
    drive.webhook(
        Some(second),
        codes::MAXIMUM_TONES,
        WebhookKind::RecognizeCompleted(Heard::Tones(vec![Tone::One].into())),
    );
    assert_eq!(drive.call.state, "hand_over");
}

#[test]
fn a_transfer_of_unknown_fate_is_never_ordered_twice() {
    let mut drive = Drive::connected();
    drive.press(Tone::One);
    let (op, _) = drive.last();
    drive.webhook(Some(op), codes::OK, WebhookKind::PlayCompleted);
    let (op, _) = drive.last();
    drive.give(EventKind::Response { op, answer: Answer::Unknown });
    let (probe, command) = drive.last();
    assert_eq!(command, Command::GetCall);
    let facts = Facts { state: Some(ConnectionState::Transferring), ..Facts::default() };
    drive.give(EventKind::Response { op: probe, answer: Answer::Accepted(facts) });
    let transfers = drive.ordered.iter().filter(|(_, command)| matches!(command, Command::Transfer { .. })).count();
    assert_eq!((transfers, drive.call.state.as_str()), (1, "hand_over"));
    drive.webhook(Some(op), codes::OK, WebhookKind::CallTransferAccepted);
    assert_eq!(drive.result(), Some("handed_over"));
}

#[test]
fn what_the_platform_says_of_an_earlier_operation_is_not_held_against_a_later_one() {
    let mut drive = Drive::connected();
    let (asked, _) = drive.last();
    drive.give(EventKind::Response { op: asked, answer: Answer::Refused { code: codes::refusal::NOT_ESTABLISHED } });
    let (probe, _) = drive.last();
    drive.webhook(
        Some(asked),
        codes::MAXIMUM_TONES,
        WebhookKind::RecognizeCompleted(Heard::Tones(vec![Tone::One].into())),
    );
    let before = drive.call.clone();
    for state in [ConnectionState::Connected, ConnectionState::Disconnected] {
        let facts = Facts { state: Some(state), ..Facts::default() };
        let step = drive.give(EventKind::Response { op: probe, answer: Answer::Accepted(facts) });
        assert_eq!((step.commands.len(), &drive.call), (0, &before));
    }
}

#[test]
fn a_call_that_is_said_to_be_over_is_asked_for_and_ends_only_if_it_is() {
    let over = |answer: Option<Answer>| {
        let mut drive = Drive::connected();
        let before = drive.ordered.len();
        drive.give(EventKind::SaidToBeOver);
        assert_eq!(drive.ordered.len(), before, "the right event may be on its way");
        let Some(answer) = answer else { return drive };
        drive.later(2_000);
        let (op, command) = drive.last();
        assert_eq!(command, Command::GetCall);
        drive.give(EventKind::Response { op, answer });
        drive
    };
    for gone in [
        Answer::Refused { code: codes::refusal::NOT_FOUND },
        Answer::Accepted(Facts { state: Some(ConnectionState::Disconnected), ..Facts::default() }),
    ] {
        let mut drive = over(Some(gone));
        drive.later(HOLD_MS);
        assert_eq!(drive.result(), Some("abandoned"));
    }
    for there in
        [Answer::Accepted(Facts { state: Some(ConnectionState::Connected), ..Facts::default() }), Answer::Unknown]
    {
        let mut drive = over(Some(there));
        drive.later(HOLD_MS);
        let asked = drive.call.op.as_ref().map(|op| OpRef { op: op.n, attempt: op.attempt });
        let one = WebhookKind::RecognizeCompleted(Heard::Tones(vec![Tone::One].into()));
        drive.webhook(asked, codes::MAXIMUM_TONES, one);
        assert_eq!(drive.call.state, "hand_over", "it was said in error");
    }
    // The right event comes after all: nobody is asked.
    let mut drive = over(None);
    drive.webhook(None, codes::OK, WebhookKind::CallDisconnected);
    drive.later(2_000);
    assert_eq!(drive.result(), Some("abandoned"));
    assert!(!drive.ordered.iter().any(|(_, command)| *command == Command::GetCall));
}

/// The platform said yes to the answer, then nothing: neither that the call is connected nor how it stands.
#[test]
fn a_line_that_was_answered_and_never_heard_of_again_is_hung_up() {
    let mut drive = Drive::new();
    let (op, _) = drive.last();
    drive.answer(op, "leg");
    drive.later(40_000);
    let (probe, command) = drive.last();
    assert_eq!(command, Command::GetCall);
    drive.give(EventKind::Response { op: probe, answer: Answer::Unknown });
    drive.later(15_000);
    let (op, command) = drive.last();
    assert_eq!(command, Command::HangUp, "somebody may be on it");
    drive.give(EventKind::Response { op, answer: Answer::Accepted(Facts::default()) });
    assert_eq!(drive.result(), Some("abandoned"));
}
