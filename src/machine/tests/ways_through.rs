//! Calls that go their way to an end: by transfer, by time, by an operator, by a hang-up.

use crate::machine::call::HOLD_MS;
use crate::machine::command::Command;
use crate::machine::event::{EventKind, WebhookKind};
use crate::machine::tests::Drive;
use crate::platform::codes;
use crate::platform::tones::Tone;

#[test]
fn a_call_goes_its_way() {
    let mut drive = Drive::connected();
    drive.press(Tone::One);
    let (op, command) = drive.last();
    assert!(matches!(command, Command::Play { .. }), "{command:?}");
    drive.webhook(Some(op), codes::OK, WebhookKind::PlayCompleted);
    let (op, command) = drive.last();
    assert_eq!(
        command,
        Command::Transfer { to: "+441632960111".into(), transferee: None, from: None, headers: vec![] }
    );
    drive.webhook(Some(op), codes::OK, WebhookKind::CallTransferAccepted);
    assert_eq!(drive.result(), Some("handed_over"));
    assert_eq!(drive.call.next_due(), None);
}

#[test]
fn the_party_leaves() {
    let mut drive = Drive::connected();
    drive.webhook(None, codes::OK, WebhookKind::CallDisconnected);
    assert!(!drive.call.is_ended(), "a choice made just before may still be on its way");
    drive.later(HOLD_MS);
    assert_eq!(drive.result(), Some("abandoned"));
}

#[test]
fn four_minutes_are_enough() {
    let mut drive = Drive::connected();
    drive.later(239_000);
    // The question was overdue long before: the platform was asked, and says the call is there.
    assert_eq!(drive.last().1, Command::GetCall);
    assert_eq!(drive.call.state, "team");
    drive.later(1_000);
    assert_eq!(drive.call.state, "bye");
    let (op, command) = drive.last();
    let Command::Play { interrupt, .. } = command else { panic!("last words: {command:?}") };
    assert!(interrupt, "the question still plays and is cut off");
    drive.webhook(Some(op), codes::OK, WebhookKind::PlayCompleted);
    assert_eq!(drive.last().1, Command::HangUp);
    drive.webhook(None, codes::ENDED_BY_REQUEST, WebhookKind::CallDisconnected);
    assert_eq!(drive.result(), Some("nobody"));
}

#[test]
fn an_operator_ends_a_call() {
    let mut drive = Drive::connected();
    drive.give(EventKind::OperatorHangUp);
    assert_eq!(drive.last().1, Command::HangUp);
    drive.webhook(None, codes::ENDED_BY_REQUEST, WebhookKind::CallDisconnected);
    assert_eq!(drive.result(), None);
}

#[test]
fn a_call_that_cannot_be_hung_up_is_over_all_the_same() {
    let mut drive = Drive::connected();
    drive.give(EventKind::OperatorHangUp);
    for _ in 0..200 {
        drive.later(100_000);
    }
    let hang_ups = drive.ordered.iter().filter(|(_, command)| *command == Command::HangUp).count();
    assert!((10..200).contains(&hang_ups), "tried again and again, with pauses: {hang_ups}");
    assert!(drive.call.is_ended(), "{:?}", drive.call);
}
