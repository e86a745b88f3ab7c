//! Whose keys the platform reports, and from when to when.

use crate::language::flow::label::Label;
use crate::language::flow::state::{Input, Kind, Question};
use crate::language::graph::Program;
use crate::language::graph::program::Head;
use crate::machine::command::{Command, OpRef};
use crate::machine::event::WebhookKind;
use crate::machine::tests::adding::{AGENT, PARTY, add};
use crate::machine::tests::{Drive, answers_then, constant_ms, edge, outcome, rest, state, words};
use crate::platform::codes::{self, refusal};
use crate::platform::hidden::Hidden;
use crate::platform::outcomes::Outcome;
use crate::platform::tones::Tone;

fn key(by: Option<&str>) -> Label {
    Label::Key { keys: vec![Tone::Zero], by: by.map(str::to_owned) }
}

/// `hello -> ring -> talk -> card -> over`, with a rule in `talk`.
pub(crate) fn program(by: Option<&str>) -> Program {
    let question = Question {
        ask: words("Your card?"),
        after_no_input: vec![],
        after_no_match: vec![],
        retry_no_input: 0,
        retry_no_match: 0,
        first_key: constant_ms(6_000),
        must_hear: false,
        hear: None,
    };
    let card = Kind::Collect {
        save: "card".into(),
        input: Input::Dtmf,
        question,
        stop: vec![],
        between_keys: constant_ms(3_000),
        end_silence: None,
    };
    let states = vec![rest("hello"), add("ring"), rest("talk"), state("card", card), rest("over")];
    let edges = vec![
        outcome("hello", Outcome::Done, "ring"),
        outcome("ring", Outcome::Joined, "talk"),
        outcome("talk", Outcome::Done, "card"),
        outcome("card", Outcome::Failed, "over"),
        edge("talk", key(by), "over"),
    ];
    answers_then(states, edges, Head::default())
}

fn start(who: &str) -> Command {
    Command::StartKeys { who: who.into() }
}

#[test]
fn a_watch_starts_before_the_first_play_and_only_for_whom_a_rule_names() {
    let drive = Drive::answered(program(Some("party")));
    let party = "+441632960100";
    let n = drive.ordered.len();
    assert_eq!(drive.ordered[n - 2].1, start(party));
    assert!(matches!(drive.last().1, Command::Play { .. }));
    let drive = Drive::answered(program(Some("agent")));
    assert!(!drive.names_from(0).contains(&"start_keys"), "{:?}", drive.ordered);
}

#[test]
fn who_joins_later_is_watched_from_then_on() {
    for by in [None, Some("agent")] {
        let mut drive = Drive::answered(program(by));
        drive.says(WebhookKind::PlayCompleted);
        drive.says(WebhookKind::AddParticipantSucceeded);
        let n = drive.ordered.len();
        assert_eq!(drive.ordered[n - 2].1, start(AGENT), "{by:?}");
    }
}

#[test]
fn no_watch_listens_in_on_a_collect_nor_where_no_rule_can_follow() {
    let mut drive = Drive::answered(program(None));
    drive.says(WebhookKind::PlayCompleted);
    drive.says(WebhookKind::AddParticipantSucceeded);
    drive.roster(&[(PARTY, false), (AGENT, false)]);
    let n = drive.ordered.len();
    let (op, _) = drive.last();
    drive.webhook(Some(op), codes::OK, WebhookKind::PlayCompleted);
    let stops = drive.ordered[n..].iter().filter(|(_, c)| matches!(c, Command::StopKeys { .. })).count();
    assert_eq!(stops, 2, "{:?}", &drive.ordered[n..]);
    assert!(drive.call.watched.iter().all(|watch| !watch.on));
}

#[test]
fn a_watch_that_fails_is_asked_for_again_when_the_next_state_begins() {
    for event in [true, false] {
        let mut drive = Drive::answered(program(Some("party")));
        let n = drive.ordered.len();
        let (watch, play) = (drive.ordered[n - 2].0, drive.ordered[n - 1].0);
        if event {
            drive.webhook(Some(watch), codes::OK, WebhookKind::ContinuousDtmfRecognitionToneFailed);
        } else {
            drive.refuse(watch, refusal::MEDIA_CONFLICT);
        }
        drive.webhook(Some(play), codes::OK, WebhookKind::PlayCompleted);
        assert_eq!(drive.names_from(n), ["start_keys", "add"]);
    }
}

#[test]
fn a_tone_is_known_by_its_watch() {
    for (by, taken) in [("party", false), ("agent", true)] {
        let mut drive = Drive::answered(program(Some(by)));
        drive.says(WebhookKind::PlayCompleted);
        drive.says(WebhookKind::AddParticipantSucceeded);
        assert_eq!(drive.call.state, "talk");
        let watch = drive.call.watched.iter().find(|watch| watch.who == AGENT).map(|watch| watch.op);
        let op = watch.map(|op| OpRef { op, attempt: 1 });
        assert_eq!(op.is_some(), taken, "the agent is watched where a rule names them");
        let kind = WebhookKind::ContinuousDtmfRecognitionToneReceived { tone: Hidden(Some(Tone::Zero)), sequence: 1 };
        drive.webhook(op.or(Some(OpRef { op: 1, attempt: 1 })), codes::OK, kind);
        assert_eq!(drive.call.state, "over");
    }
    let mut drive = Drive::answered(program(Some("agent")));
    drive.says(WebhookKind::PlayCompleted);
    drive.says(WebhookKind::AddParticipantSucceeded);
    let kind = WebhookKind::ContinuousDtmfRecognitionToneReceived { tone: Hidden(Some(Tone::Zero)), sequence: 1 };
    drive.webhook(None, codes::OK, kind);
    assert_eq!(drive.call.state, "talk", "the party's keys are not the agent's");
}
