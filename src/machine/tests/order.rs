//! Events out of order, doubled, or of something else: either order comes to the same.

use crate::machine::call::HOLD_MS;
use crate::machine::command::OpRef;
use crate::machine::event::{Heard, WebhookKind};
use crate::machine::tests::Drive;
use crate::platform::codes;
use crate::platform::tones::Tone;

#[test]
fn a_cut_off_question_is_explained_by_the_end_of_the_line_in_either_order() {
    for line_first in [false, true] {
        let mut drive = Drive::connected();
        let (op, _) = drive.last();
        let cut = |drive: &mut Drive| {
            drive.webhook(Some(op), codes::CANCELLED, WebhookKind::RecognizeCanceled);
        };
        if !line_first {
            cut(&mut drive);
        }
        drive.webhook(None, codes::OK, WebhookKind::CallDisconnected);
        if line_first {
            cut(&mut drive);
        }
        drive.later(HOLD_MS);
        assert_eq!(drive.result(), Some("abandoned"), "line first: {line_first}");
    }
}

#[test]
fn a_transfer_and_the_end_of_the_line_may_come_in_either_order() {
    for line_first in [false, true] {
        for code in [codes::ENDED_BY_TRANSFER, codes::OK] {
            let mut drive = Drive::connected();
            drive.press(Tone::One);
            let (op, _) = drive.last();
            drive.webhook(Some(op), codes::OK, WebhookKind::PlayCompleted);
            let (op, _) = drive.last();
            if line_first {
                drive.webhook(None, code, WebhookKind::CallDisconnected);
            }
            drive.webhook(Some(op), codes::OK, WebhookKind::CallTransferAccepted);
            if !line_first {
                drive.webhook(None, code, WebhookKind::CallDisconnected);
            }
            drive.later(HOLD_MS);
            assert_eq!(drive.result(), Some("handed_over"), "line first: {line_first}, {code:?}");
        }
    }
}

#[test]
fn a_choice_and_the_end_of_the_line_may_come_in_either_order() {
    for line_first in [false, true] {
        let mut drive = Drive::connected();
        let (op, _) = drive.last();
        if line_first {
            drive.webhook(None, codes::OK, WebhookKind::CallDisconnected);
        }
        drive.webhook(
            Some(op),
            codes::MAXIMUM_TONES,
            WebhookKind::RecognizeCompleted(Heard::Tones(vec![Tone::One].into())),
        );
        if !line_first {
            drive.webhook(None, codes::OK, WebhookKind::CallDisconnected);
        }
        drive.later(HOLD_MS);
        assert_eq!(drive.result(), Some("abandoned"), "line first: {line_first}");
    }
}

#[test]
fn the_same_event_again_and_events_of_other_operations_change_nothing() {
    let mut drive = Drive::connected();
    let (asked, _) = drive.last();
    drive.press(Tone::One);
    let before = drive.call.clone();
    let late = Some(asked);
    for kind in [WebhookKind::RecognizeCompleted(Heard::Tones(vec![Tone::Two].into())), WebhookKind::RecognizeFailed] {
        let step = drive.webhook(late, codes::SILENCE, kind);
        assert_eq!(step.commands, []);
        assert_eq!(drive.call, before);
    }
    let foreign = Some(OpRef { op: 99, attempt: 1 });
    drive.webhook(foreign, codes::OK, WebhookKind::PlayCompleted);
    drive.webhook(None, codes::OK, WebhookKind::PlayCompleted);
    assert_eq!(drive.call, before);
}

#[test]
fn an_event_of_another_leg_changes_nothing() {
    let mut drive = Drive::connected();
    let before = drive.call.clone();
    drive.webhook_of("somebody-elses", None, codes::OK, WebhookKind::CallDisconnected);
    assert_eq!(drive.call, before);
}

#[test]
fn an_end_of_the_line_that_overtakes_its_beginning_stays_its_end() {
    let mut drive = Drive::new();
    let (op, _) = drive.last();
    drive.webhook(None, codes::OK, WebhookKind::CallDisconnected);
    drive.webhook(Some(op), codes::OK, WebhookKind::CallConnected);
    drive.later(HOLD_MS);
    assert_eq!(drive.result(), Some("abandoned"));
    assert_eq!(drive.ordered.len(), 1, "nothing is asked of a line that is gone: {:?}", drive.ordered);
}
