//! What is heard and for how long: files, SSML, loops that a rule leaves, several that ring at once, the end for everyone.

use crate::language::flow::calendar::{Hours, Range};
use crate::language::flow::expr::Expr;
use crate::language::flow::label::{Label, Since};
use crate::language::flow::prompt::{Part, Piece, Prompt, Words};
use crate::language::flow::state::{Choice, Kind, Question};
use crate::language::flow::value::Value;
use crate::language::graph::program::Head;
use crate::language::graph::{CallKind, Program};
use crate::machine::call::Origin;
use crate::machine::command::{Command, Listen, Media};
use crate::machine::event::{Heard, WebhookKind};
use crate::machine::tests::{Drive, answers_then, constant_ms, edge, outcome, rest, state, words};
use crate::platform::codes;
use crate::platform::outcomes::Outcome;
use std::collections::BTreeMap;

fn playing(prompt: Prompt, looped: bool) -> Drive {
    let kind = Kind::Play { prompt, hear: None, looped, interrupt: false, must_hear: false };
    let mut edges = vec![
        outcome("it", Outcome::Failed, "over"),
        edge("it", Label::PartyLeft, "return left"),
        edge("it", Label::After { ms: 60_000, since: Since::State }, "over"),
    ];
    if !looped {
        edges.push(outcome("it", Outcome::Done, "over"));
    }
    let over = state("over", Kind::Wait { time: constant_ms(10_000) });
    edges.extend([outcome("over", Outcome::Done, "return done"), edge("over", Label::PartyLeft, "return left")]);
    Drive::answered(answers_then(vec![state("it", kind), over], edges, Head::default()))
}

#[test]
fn files_and_ssml_are_played_as_written() {
    let ssml = || Words { pieces: vec![Piece::Text("<speak>Hi.</speak>".into())] };
    let drive = playing(Prompt { parts: vec![Part::File("ding.wav".into()), Part::Ssml(ssml())] }, false);
    let media = vec![Media::File { file: "ding.wav".into() }, Media::Ssml { ssml: "<speak>Hi.</speak>".into() }];
    assert_eq!(drive.last().1, Command::Play { media, to: vec![], looped: false, interrupt: false });
}

#[test]
fn a_loop_plays_until_a_rule_leaves_it_and_is_cancelled_then() {
    let mut drive = playing(Prompt { parts: vec![Part::File("hold.wav".into())] }, true);
    let media = vec![Media::File { file: "hold.wav".into() }];
    assert_eq!(drive.last().1, Command::Play { media, to: vec![], looped: true, interrupt: false });
    drive.later(59_999);
    assert_eq!(drive.call.state, "it");
    let n = drive.ordered.len();
    drive.later(1);
    assert_eq!((drive.call.state.as_str(), drive.names_from(n)), ("over", vec!["cancel_media"]));
}

#[test]
fn phrases_are_listened_for_beside_keys() {
    let choice = |name: &str, phrase: &str| Choice { name: name.into(), key: None, phrases: vec![phrase.into()] };
    let question = Question {
        ask: words("Sales or billing?"),
        after_no_input: vec![],
        after_no_match: vec![],
        retry_no_input: 0,
        retry_no_match: 0,
        first_key: constant_ms(6_000),
        must_hear: false,
        hear: None,
    };
    let menu = Kind::Menu { choices: vec![choice("sales", "sales"), choice("billing", "my bill")], question };
    let mut edges: Vec<_> =
        ["sales", "billing"].map(|name| edge("it", Label::Choice(name.into()), name)).into_iter().collect();
    edges.extend([Outcome::Exhausted, Outcome::Failed].map(|other| outcome("it", other, "nothing")));
    let states = vec![state("it", menu), rest("sales"), rest("billing"), rest("nothing")];
    let mut drive = Drive::answered(answers_then(states, edges, Head::default()));
    let Command::Recognize { listen: Listen::Choices { choices, locale }, .. } = drive.last().1 else {
        panic!("{:?}", drive.last())
    };
    let phrases: Vec<String> = choices.into_iter().flat_map(|choice| choice.phrases).collect();
    assert_eq!((phrases, locale.as_str()), (vec!["sales".to_owned(), "my bill".to_owned()], "en-US"));
    drive.says(WebhookKind::RecognizeCompleted(Heard::Choice("billing".into())));
    assert_eq!(drive.call.state, "billing");
}

fn phone(number: &str) -> Expr {
    Expr::Const(Value::Phone(number.into()))
}

/// `dial [a, b] -> hangup everyone`.
fn both() -> Program {
    let from = Some(phone("+441632960111"));
    let dial =
        Kind::Dial { to: vec![phone("+441632960100"), phone("+441632960101")], from, ring_for: constant_ms(20_000) };
    let bye = Kind::Hangup { result: Some("told".into()), play: None, everyone: true };
    let failures = [Outcome::Busy, Outcome::NoAnswer, Outcome::Declined, Outcome::Unreachable, Outcome::Failed];
    let mut edges = vec![outcome("ring", Outcome::Answered, "bye")];
    edges.extend(failures.map(|failure| outcome("ring", failure, "return nobody")));
    let head = Head { call: CallKind::Outbound, ..Head::default() };
    Program::assemble(head, "ring", vec![state("ring", dial), state("bye", bye)], edges).expect("whole")
}

#[test]
fn several_ring_in_one_call_and_it_ends_for_all_of_them() {
    let mut drive = Drive::of(both(), Origin::Outbound);
    let (op, command) = drive.last();
    let from = Some("+441632960111".into());
    assert_eq!(command, Command::Create { to: vec!["+441632960100".into(), "+441632960101".into()], from });
    assert_eq!(drive.call.party(), "+441632960100", "the first of them");
    drive.answer(op, "conn");
    drive.webhook(Some(op), codes::OK, WebhookKind::CallConnected);
    assert_eq!(drive.last().1, Command::Terminate);
    drive.webhook(None, codes::OK, WebhookKind::CallDisconnected);
    assert_eq!(drive.result(), Some("told"));
}

/// The clock of these tests begins in the first hour of a Thursday, 1970-01-01.
#[test]
fn a_calendar_leads_by_the_time_of_the_event() {
    let outcomes = [Outcome::Open, Outcome::Closed, Outcome::Holiday];
    for (week, expected) in [(vec![Range { from: 0, to: 1_440 }], "open"), (vec![], "closed")] {
        let mut days: [Vec<Range>; 7] = Default::default();
        days[3] = week;
        let hours = Hours { zone: "UTC".into(), week: days, dates: BTreeMap::new() };
        let calendars = BTreeMap::from([("office".to_owned(), BTreeMap::from([("main".to_owned(), hours)]))]);
        let gate = Kind::Hours { calendar: "office".into(), hours: "main".into() };
        let names = ["open", "closed", "holiday"];
        let mut states = vec![state("gate", gate)];
        states.extend(names.map(rest));
        let edges = outcomes.iter().zip(names).map(|(of, to)| outcome("gate", *of, to)).collect();
        let drive = Drive::answered(answers_then(states, edges, Head { calendars, ..Head::default() }));
        assert_eq!(drive.call.state, expected);
    }
}
