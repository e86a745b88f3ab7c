//! Messages: recorded until a key, time or the end of the line; too short; not recorded at all.

use crate::language::flow::label::Label;
use crate::language::flow::state::Kind;
use crate::language::flow::value::Value;
use crate::language::graph::Program;
use crate::language::graph::program::Head;
use crate::machine::command::{Command, Listen, Media};
use crate::machine::event::{Heard, Said, WebhookKind};
use crate::machine::tests::{Drive, answers_then, constant_ms, edge, outcome, rest, state, words};
use crate::platform::codes::{self, Code};
use crate::platform::outcomes::Outcome;
use crate::platform::tones::Tone;
use std::collections::BTreeMap;

pub(crate) fn program() -> Program {
    ended_by(vec![Tone::Pound], None)
}

fn ended_by(stop: Vec<Tone>, silence: Option<u64>) -> Program {
    let message = Kind::TakeMessage {
        save: "note".into(),
        play: Some(words("After the tone.")),
        max: constant_ms(60_000),
        min: constant_ms(1_000),
        stop,
        silence: silence.map(constant_ms),
    };
    let states = vec![state("message", message), rest("recorded"), rest("empty"), rest("failed"), rest("left")];
    let edges = vec![
        outcome("message", Outcome::Recorded, "recorded"),
        outcome("message", Outcome::Empty, "empty"),
        outcome("message", Outcome::Failed, "failed"),
        edge("message", Label::PartyLeft, "return left"),
    ];
    answers_then(states, edges, Head::default())
}

fn note(id: &str, seconds: i64) -> Value {
    let id = Value::Text(id.to_owned());
    Value::Record(BTreeMap::from([("id".to_owned(), id), ("seconds".to_owned(), Value::Int(seconds))]))
}

fn recording(id: &str, active: bool) -> WebhookKind {
    WebhookKind::RecordingStateChanged { recording: id.into(), active }
}

/// The words were said and the recording asked for.
pub(crate) fn asked_for() -> Drive {
    asked_for_by(program())
}

fn asked_for_by(program: Program) -> Drive {
    let mut drive = Drive::answered(program);
    assert!(matches!(drive.last().1, Command::Play { .. }));
    drive.says(WebhookKind::PlayCompleted);
    assert_eq!(drive.last().1, Command::StartRecording);
    drive
}

/// It records.
pub(crate) fn recording_now(event_first: bool) -> Drive {
    let mut drive = asked_for();
    let (op, _) = drive.last();
    let said = Said { recording: Some("rec".into()), ..Said::default() };
    if event_first {
        drive.webhook(None, codes::OK, recording("rec", true));
        drive.accept(op, said);
    } else {
        drive.accept(op, said);
        drive.webhook(None, codes::OK, recording("rec", true));
    }
    beeps(&mut drive);
    drive
}

/// The beep is heard to its end, and then somebody may speak.
fn beeps(drive: &mut Drive) {
    let beep = vec![Media::File { file: "beep.wav".into() }];
    assert!(matches!(drive.last().1, Command::Play { media, looped: false, .. } if media == beep));
    drive.later(400);
    drive.says(WebhookKind::PlayCompleted);
    assert!(matches!(drive.last().1, Command::Recognize { .. }), "{:?}", drive.last());
}

#[test]
fn a_beep_that_fails_keeps_nobody_from_speaking() {
    let mut drive = asked_for();
    let (op, _) = drive.last();
    drive.accept(op, Said { recording: Some("rec".into()), ..Said::default() });
    drive.webhook(None, codes::OK, recording("rec", true));
    let (op, _) = drive.last();
    drive.refuse(op, Code::new(400, 8535));
    assert!(matches!(drive.last().1, Command::Recognize { .. }), "{:?}", drive.last());
    drive.later(60_000);
    assert_eq!(drive.call.state, "recorded");
    assert_eq!(drive.call.vars["note"], note("rec", 60));
}

#[test]
fn a_key_ends_the_message() {
    for event_first in [false, true] {
        let mut drive = recording_now(event_first);
        drive.later(7_400);
        let (op, _) = drive.last();
        // Another key is no end.
        drive.webhook(
            Some(op),
            codes::MAXIMUM_TONES,
            WebhookKind::RecognizeCompleted(Heard::Tones(vec![Tone::One].into())),
        );
        assert_eq!(drive.call.state, "message");
        let (op, _) = drive.last();
        drive.webhook(Some(op), codes::STOP_TONE, WebhookKind::RecognizeCompleted(Heard::Tones(vec![].into())));
        assert_eq!(drive.call.state, "recorded");
        assert_eq!(drive.call.vars["note"], note("rec", 7));
        assert!(drive.ordered.iter().any(|(_, c)| *c == Command::StopRecording { recording: "rec".into() }));
    }
}

#[test]
fn time_ends_the_message() {
    let mut drive = recording_now(false);
    drive.later(60_000);
    assert_eq!(drive.call.state, "recorded");
    assert_eq!(drive.call.vars["note"], note("rec", 60));
    let n = drive.ordered.len();
    assert_eq!(drive.names_from(n - 3), ["cancel_media", "stop_recording", "play"]);
}

#[test]
fn a_message_that_is_too_short_is_none() {
    let mut drive = recording_now(false);
    drive.later(999);
    let (op, _) = drive.last();
    drive.webhook(Some(op), codes::STOP_TONE, WebhookKind::RecognizeCompleted(Heard::Tones(vec![Tone::Pound].into())));
    assert_eq!(drive.call.state, "empty");
    assert_eq!(drive.call.vars["note"], note("rec", 0));
}

#[test]
fn the_end_of_the_line_ends_it_and_keeps_it() {
    let mut drive = recording_now(false);
    drive.later(4_000);
    drive.webhook(None, codes::OK, WebhookKind::CallDisconnected);
    drive.later(500);
    assert_eq!(drive.result(), Some("left"));
    assert_eq!(drive.call.vars["note"], note("rec", 4));
}

/// The platform ends the recording with the line; which of the two is told first says nothing of the message.
#[test]
fn a_message_is_as_long_as_it_was_recorded_whichever_end_is_told_first() {
    for line_first in [false, true] {
        let mut drive = recording_now(false);
        drive.later(4_000);
        if line_first {
            drive.webhook(None, codes::OK, WebhookKind::CallDisconnected);
        }
        drive.webhook(None, codes::OK, recording("rec", false));
        if !line_first {
            drive.webhook(None, codes::OK, WebhookKind::CallDisconnected);
        }
        drive.later(500);
        assert_eq!(drive.result(), Some("left"));
        assert_eq!(drive.call.vars["note"], note("rec", 4), "line first: {line_first}");
    }
}

#[test]
fn what_cannot_be_recorded_is_failed_and_empty() {
    let mut drive = asked_for();
    let (op, _) = drive.last();
    drive.refuse(op, Code::new(400, 8553));
    assert_eq!(drive.call.state, "failed");
    assert_eq!(drive.call.vars["note"], note("", 0));
    let mut drive = asked_for();
    drive.says(WebhookKind::StartRecordingFailed);
    drive.later(500);
    assert_eq!(drive.call.state, "failed");
}

#[test]
fn a_recording_that_begins_too_late_is_ended() {
    let mut drive = asked_for();
    let (op, _) = drive.last();
    drive.refuse(op, Code::new(400, 8523));
    assert_eq!(drive.call.state, "failed");
    drive.accept(op, Said { recording: Some("late".into()), ..Said::default() });
    assert_eq!(drive.last().1, Command::StopRecording { recording: "late".into() });
}

#[test]
fn silence_ends_the_message() {
    let speech = WebhookKind::RecognizeCompleted(Heard::Speech("Call me back.".into()));
    for (stop, code, kind) in [
        (vec![], Code::new(200, 8569), speech.clone()),
        (vec![Tone::Pound], Code::new(200, 8569), speech),
        (vec![], codes::SILENCE, WebhookKind::RecognizeFailed),
        (vec![], Code::new(400, 8563), WebhookKind::RecognizeFailed),
    ] {
        let keys = !stop.is_empty();
        let mut drive = asked_for_by(ended_by(stop, Some(4_000)));
        let (op, _) = drive.last();
        drive.accept(op, Said { recording: Some("rec".into()), ..Said::default() });
        drive.webhook(None, codes::OK, recording("rec", true));
        beeps(&mut drive);
        let (op, command) = drive.last();
        let Command::Recognize { listen, first_key_ms: 4_000, .. } = command else { panic!("{command:?}") };
        assert_eq!(matches!(listen, Listen::SpeechOrDtmf { max_tones: 1, .. }), keys, "{listen:?}");
        drive.later(3_000);
        drive.webhook(Some(op), code, kind);
        assert_eq!(drive.call.state, "recorded");
    }
}
