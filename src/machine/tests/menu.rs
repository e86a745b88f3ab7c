//! Menus: limits on a choice, and asking again.

use crate::machine::call::HOLD_MS;
use crate::machine::command::Command;
use crate::machine::event::WebhookKind;
use crate::machine::tests::Drive;
use crate::platform::codes;
use crate::platform::tones::Tone;

#[test]
fn a_limited_edge_is_taken_so_often_and_no_more() {
    let mut drive = Drive::connected();
    drive.press(Tone::Two);
    assert_eq!(drive.call.state, "team");
    drive.press(Tone::Two);
    assert_eq!(drive.call.state, "bye");
}

#[test]
fn each_reason_to_ask_again_is_counted_apart() {
    let mut drive = Drive::connected();
    let silence = |drive: &mut Drive| {
        let (op, _) = drive.last();
        drive.webhook(Some(op), codes::SILENCE, WebhookKind::RecognizeFailed);
    };
    silence(&mut drive);
    let (_, command) = drive.last();
    let Command::Recognize { media, .. } = command else { panic!("asked again") };
    assert_eq!(media.len(), 2, "a sentence, then the question: {media:?}");
    drive.press(Tone::Nine);
    let Command::Recognize { media, .. } = drive.last().1 else { panic!("asked again") };
    assert_eq!(media.len(), 1, "the wording of the flow alone: {media:?}");
    assert_eq!(drive.call.state, "team");
    silence(&mut drive);
    assert_eq!(drive.call.state, "bye", "silent twice, and asked again after silence once");
}

#[test]
fn what_was_held_back_of_one_question_does_not_fail_the_next() {
    let mut drive = Drive::connected();
    let (op, _) = drive.last();
    drive.webhook(Some(op), codes::CANCELLED, WebhookKind::RecognizeCanceled);
    drive.webhook(Some(op), codes::SILENCE, WebhookKind::RecognizeFailed);
    let (again, _) = drive.last();
    assert!(again.op > op.op, "it is asked again");
    drive.later(HOLD_MS);
    assert_eq!((drive.call.state.as_str(), drive.call.held), ("team", None));
}
