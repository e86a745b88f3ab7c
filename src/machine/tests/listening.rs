//! Questions where the platform only plays: the keys come one by one.

use crate::machine::command::{Command, OpRef};
use crate::machine::event::{Said, WebhookKind};
use crate::machine::tests::{Drive, desk};
use crate::platform::codes::{self, Code};
use crate::platform::hidden::Hidden;
use crate::platform::tones::Tone;

/// A call at its menu, which the platform plays and nothing more.
fn asked() -> (Drive, OpRef) {
    let mut drive = Drive::connected();
    let (op, command) = drive.last();
    assert!(matches!(command, Command::Recognize { .. }), "{command:?}");
    drive.accept(op, Said { only_plays: true, ..Said::default() });
    (drive, op)
}

fn key(drive: &mut Drive, sequence: i64, tone: Tone) {
    let kind = WebhookKind::ContinuousDtmfRecognitionToneReceived { tone: Hidden(Some(tone)), sequence };
    drive.webhook(None, Code::default(), kind);
}

#[test]
fn a_key_cuts_the_question_off_and_is_the_answer() {
    let (mut drive, op) = asked();
    let before = drive.ordered.len();
    key(&mut drive, 1, Tone::One);
    assert_eq!(drive.ordered[before].1, Command::CancelMedia);
    assert_ne!(drive.call.state, "team");
    assert_eq!(drive.call.listening, None);
    // That the question was cut off is no news.
    let state = drive.call.state.clone();
    drive.webhook(Some(op), codes::CANCELLED, WebhookKind::PlayCanceled);
    assert_eq!(drive.call.state, state);
}

#[test]
fn after_the_question_silence_is_no_input() {
    let (mut drive, op) = asked();
    let Command::Recognize { first_key_ms, .. } = drive.last().1 else { panic!("it asks") };
    let wait = i64::try_from(first_key_ms).unwrap();
    drive.later(wait);
    assert_eq!(drive.last().0, op, "the question is still being heard");
    drive.webhook(Some(op), codes::OK, WebhookKind::PlayCompleted);
    drive.later(wait - 1);
    assert_eq!(drive.last().0, op);
    drive.later(1);
    assert!(drive.last().0.op > op.op && matches!(drive.last().1, Command::Recognize { .. }), "asked again");
    assert_eq!(drive.call.asked.no_input, 1);
}

/// The end of the question may be told before the answer to the request.
#[test]
fn events_that_overtake_the_answer_begin_it() {
    let mut drive = Drive::connected();
    let (op, _) = drive.last();
    drive.webhook(Some(op), codes::OK, WebhookKind::PlayCompleted);
    assert!(drive.call.listening.as_ref().is_some_and(|listening| listening.asked));
    drive.accept(op, Said { only_plays: true, ..Said::default() });
    assert!(drive.call.listening.as_ref().is_some_and(|listening| listening.asked));
    key(&mut drive, 1, Tone::Nine);
    // The play that was cut off says so while it is still asked what the key may have meant.
    drive.webhook(Some(op), codes::CANCELLED, WebhookKind::PlayCanceled);
    drive.later(300);
    assert_eq!(drive.call.asked.no_match, 1, "no choice has that key");
}

#[test]
fn a_question_that_cannot_be_played_fails() {
    let (mut drive, op) = asked();
    drive.webhook(Some(op), codes::PROMPT_FAILED, WebhookKind::PlayFailed);
    drive.later(500);
    assert_ne!(drive.call.state, "team");
    assert!(desk().node(&drive.call.state).is_some(), "a state of the flow's");
}

/// Where the platform listens itself, keys that are told beside a question are none of its answer.
#[test]
fn a_platform_that_listens_is_left_to_it() {
    let mut drive = Drive::connected();
    let (op, _) = drive.last();
    drive.accept(op, Said::default());
    key(&mut drive, 1, Tone::One);
    assert_eq!((drive.call.state.as_str(), drive.call.listening.is_none()), ("team", true));
}
