//! The machine driven by hand: whole calls, wrong orders, and the laws that hold for any events at all.

use crate::language::flow::expr::{Expr, Slot};
use crate::language::flow::label::{Label, Since};
use crate::language::flow::prompt::{Part, Piece, Prompt, Words};
use crate::language::flow::state::{Choice, Kind, Question, State};
use crate::language::flow::types::Type;
use crate::language::flow::value::{Value, Values};
use crate::language::graph::program::{End, Head, Limit};
use crate::language::graph::{Arrow, CallKind, Edge, Program};
use crate::machine::call::{Beginning, Call, HOLD_MS, Origin, Phase};
use crate::machine::command::{Command, Listen, OpRef};
use crate::machine::event::{Answer, ConnectionState, Event, EventKind, Facts, Heard, Webhook, WebhookKind};
use crate::machine::{Step, step};
use crate::platform::codes::{self, Code};
use crate::platform::outcomes::Outcome;
use crate::platform::tones::Tone;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn words(text: &str) -> Prompt {
    Prompt { parts: vec![Part::Text(Words { pieces: vec![Piece::Text(text.to_owned())] })] }
}

fn constant_ms(ms: u64) -> Expr {
    Expr::Const(Value::Duration(i64::try_from(ms).unwrap()))
}

fn state(name: &str, kind: Kind) -> State {
    State { name: name.to_owned(), locale: None, kind }
}

fn edge(from: &str, label: Label, to: &str) -> (String, End, Edge) {
    let end = match to.strip_prefix("return ") {
        Some(result) => End::Return(Some(result.to_owned())),
        None => End::State(to.to_owned()),
    };
    (from.to_owned(), end, Edge { label, arrow: Arrow::Main, limit: None, default: false })
}

fn outcome(from: &str, outcome: Outcome, to: &str) -> (String, End, Edge) {
    edge(from, Label::Outcome(outcome), to)
}

/// `answer -> menu { 1 -> transfer, 2 -> itself at most once, then bye }`, with rules for leaving and for four minutes.
fn desk() -> Program {
    let question = Question {
        ask: words("Press 1."),
        after_no_input: vec![],
        after_no_match: vec![words("Only 1.")],
        retry_no_input: 1,
        retry_no_match: 2,
        first_key: constant_ms(6_000),
        must_hear: false,
    };
    let choice = |name: &str, key| Choice { name: name.to_owned(), key: Some(key), phrases: vec![] };
    let states = vec![
        state("pick_up", Kind::Answer),
        state("team", Kind::Menu { choices: vec![choice("sales", Tone::One), choice("again", Tone::Two)], question }),
        state(
            "hand_over",
            Kind::Transfer { to: Expr::Read(Slot::Setting("desk".into())), play: Some(words("Hold on.")) },
        ),
        state("bye", Kind::Hangup { result: Some("nobody".into()), play: Some(words("Bye.")), everyone: false }),
    ];
    let mut edges = vec![
        outcome("pick_up", Outcome::Connected, "team"),
        outcome("pick_up", Outcome::Failed, "return abandoned"),
        edge("team", Label::Choice("sales".into()), "hand_over"),
        outcome("team", Outcome::Exhausted, "bye"),
        outcome("team", Outcome::Failed, "bye"),
        outcome("hand_over", Outcome::Accepted, "return handed_over"),
    ];
    let limit = Some(Limit { counter: "team:again".into(), times: 1 });
    let again = |to: &str, arrow| {
        let label = Label::Choice("again".into());
        ("team".to_owned(), End::State(to.into()), Edge { label, arrow, limit: limit.clone(), default: false })
    };
    edges.push(again("team", Arrow::Main));
    edges.push(again("bye", Arrow::Else));
    for why in [Outcome::Busy, Outcome::NoAnswer, Outcome::Declined, Outcome::Unreachable, Outcome::Failed] {
        edges.push(outcome("hand_over", why, "bye"));
    }
    for from in ["team", "hand_over"] {
        edges.push(edge(from, Label::PartyLeft, "return abandoned"));
        edges.push(edge(from, Label::After { ms: 240_000, since: Since::Flow }, "bye"));
    }
    let head = Head {
        flow: "desk".into(),
        call: CallKind::Inbound,
        locale: None,
        params: BTreeMap::new(),
        settings: BTreeMap::from([("desk".to_owned(), Type::Phone)]),
        vars: BTreeMap::new(),
        returns: vec!["handed_over".into(), "abandoned".into(), "nobody".into()],
        prompts: BTreeMap::new(),
        needs_ai: true,
    };
    Program::assemble(head, "pick_up", states, edges).expect("the test's program is whole")
}

/// A call being driven, with everything it has ordered.
struct Drive {
    program: Program,
    call: Call,
    at: i64,
    ordered: Vec<(OpRef, Command)>,
}

impl Drive {
    fn new() -> Drive {
        Drive::of(desk(), Origin::Inbound { context: "ctx".into() })
    }

    fn of(program: Program, origin: Origin) -> Drive {
        let beginning = Beginning {
            id: "call".into(),
            at: 1_000_000,
            origin,
            from: "+441632960100".into(),
            to: "+18005550100".into(),
            params: Values::new(),
            settings: Values::from([("desk".to_owned(), Value::Phone("+441632960111".into()))]),
            voice: "en-US-NancyNeural".into(),
            facts: Facts::default(),
        };
        let call = Call::begin(&program, beginning);
        let mut drive = Drive { program, call, at: 1_000_000, ordered: vec![] };
        drive.give(EventKind::Begin);
        drive
    }

    fn give(&mut self, kind: EventKind) -> Step {
        let step = step(&self.program, &self.call, &Event { at: self.at, kind });
        self.call = step.call.clone();
        self.ordered.extend(step.commands.iter().map(|ordered| (ordered.op, ordered.command.clone())));
        step
    }

    fn webhook(&mut self, op: Option<OpRef>, code: Code, kind: WebhookKind) -> Step {
        let facts = Facts { connection: Some("conn".into()), ..Facts::default() };
        self.give(EventKind::Webhook(Webhook { op, facts, code, kind }))
    }

    fn webhook_of(&mut self, leg: &str, op: Option<OpRef>, code: Code, kind: WebhookKind) -> Step {
        let facts = Facts { connection: Some(leg.into()), ..Facts::default() };
        self.give(EventKind::Webhook(Webhook { op, facts, code, kind }))
    }

    fn answer(&mut self, op: OpRef, leg: &str) {
        let facts = Facts { connection: Some(leg.into()), ..Facts::default() };
        self.give(EventKind::Response { op, answer: Answer::Accepted(facts) });
    }

    fn later(&mut self, ms: i64) {
        self.at += ms;
        self.give(EventKind::Due);
    }

    fn last(&self) -> (OpRef, Command) {
        self.ordered.last().cloned().expect("something was ordered")
    }

    fn connected() -> Drive {
        let mut drive = Drive::new();
        let (op, command) = drive.last();
        assert_eq!(command, Command::Answer { context: "ctx".into() });
        drive.webhook(Some(op), codes::OK, WebhookKind::CallConnected);
        assert_eq!(drive.call.state, "team");
        drive
    }

    fn press(&mut self, key: Tone) {
        let (op, command) = self.last();
        assert!(matches!(command, Command::Recognize { listen: Listen::Dtmf { max_tones: 1, .. }, .. }), "{command:?}");
        self.webhook(Some(op), codes::MAXIMUM_TONES, WebhookKind::RecognizeCompleted(Heard::Tones(vec![key])));
    }

    fn result(&self) -> Option<&str> {
        match &self.call.phase {
            Phase::Ended { result, .. } => result.as_deref(),
            Phase::Leaving { .. } | Phase::Running => panic!("the call has not ended: {:?}", self.call),
        }
    }
}

#[test]
fn a_call_goes_its_way() {
    let mut drive = Drive::connected();
    drive.press(Tone::One);
    let (op, command) = drive.last();
    assert!(matches!(command, Command::Play { .. }), "{command:?}");
    drive.webhook(Some(op), codes::OK, WebhookKind::PlayCompleted);
    let (op, command) = drive.last();
    assert_eq!(command, Command::Transfer { to: "+441632960111".into() });
    drive.webhook(Some(op), codes::OK, WebhookKind::CallTransferAccepted);
    assert_eq!(drive.result(), Some("handed_over"));
    assert_eq!(drive.call.next_due(), None);
}

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
fn the_party_leaves() {
    let mut drive = Drive::connected();
    drive.webhook(None, codes::OK, WebhookKind::CallDisconnected);
    assert!(!drive.call.is_ended(), "a choice made just before may still be on its way");
    drive.later(HOLD_MS);
    assert_eq!(drive.result(), Some("abandoned"));
}

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
        drive.webhook(Some(op), codes::MAXIMUM_TONES, WebhookKind::RecognizeCompleted(Heard::Tones(vec![Tone::One])));
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
    for kind in [WebhookKind::RecognizeCompleted(Heard::Tones(vec![Tone::Two])), WebhookKind::RecognizeFailed] {
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

#[test]
fn an_event_of_another_leg_changes_nothing() {
    let mut drive = Drive::connected();
    let before = drive.call.clone();
    drive.webhook_of("somebody-elses", None, codes::OK, WebhookKind::CallDisconnected);
    assert_eq!(drive.call, before);
}

/// `dial -> say -> hangup`, and back to `dial` once when the callee is busy.
fn reminder() -> Program {
    let states = vec![
        state(
            "ring",
            Kind::Dial {
                to: vec![Expr::Const(Value::Phone("+441632960100".into()))],
                from: Some(Expr::Const(Value::Phone("+441632960111".into()))),
                ring_for: constant_ms(20_000),
            },
        ),
        state("say", Kind::Play { prompt: words("Hello."), looped: false, interrupt: false }),
        state("bye", Kind::Hangup { result: Some("told".into()), play: None, everyone: false }),
    ];
    let limit = Some(Limit { counter: "ring:busy".into(), times: 1 });
    let busy = |to: End, arrow| {
        let label = Label::Outcome(Outcome::Busy);
        ("ring".to_owned(), to, Edge { label, arrow, limit: limit.clone(), default: false })
    };
    let mut edges = vec![
        outcome("ring", Outcome::Answered, "say"),
        outcome("ring", Outcome::NoAnswer, "return no_answer"),
        outcome("ring", Outcome::Declined, "return no_contact"),
        outcome("ring", Outcome::Unreachable, "return no_contact"),
        outcome("ring", Outcome::Failed, "return failed"),
        busy(End::State("ring".into()), Arrow::Main),
        busy(End::Return(Some("busy".into())), Arrow::Else),
        outcome("say", Outcome::Done, "bye"),
        outcome("say", Outcome::Failed, "bye"),
        edge("say", Label::PartyLeft, "return no_contact"),
    ];
    edges.sort_by(|a, b| a.0.cmp(&b.0));
    let head = Head {
        flow: "reminder".into(),
        call: CallKind::Outbound,
        locale: None,
        params: BTreeMap::new(),
        settings: BTreeMap::new(),
        vars: BTreeMap::new(),
        returns: vec![],
        prompts: BTreeMap::new(),
        needs_ai: true,
    };
    Program::assemble(head, "ring", states, edges).expect("the test's program is whole")
}

fn ringing() -> Drive {
    let mut drive = Drive::of(reminder(), Origin::Outbound);
    let (op, command) = drive.last();
    assert!(matches!(command, Command::Create { .. }), "{command:?}");
    drive.answer(op, "leg-1");
    drive
}

#[test]
fn a_callee_who_does_not_answer_is_hung_up_before_the_call_ends() {
    let mut drive = ringing();
    drive.later(20_000);
    let (op, command) = drive.last();
    assert_eq!(command, Command::HangUp);
    assert!(!drive.call.is_ended() && drive.call.wants(op.op, &command), "the request is still to be made");
    drive.give(EventKind::Response { op, answer: Answer::Accepted(Facts::default()) });
    assert_eq!(drive.result(), Some("no_answer"));
}

#[test]
fn dialled_again_the_old_leg_counts_no_more() {
    let mut drive = ringing();
    let (first, _) = drive.last();
    drive.webhook_of("leg-1", Some(first), codes::not_reached_code(Outcome::Busy), WebhookKind::CreateCallFailed);
    let (second, command) = drive.last();
    assert!(matches!(command, Command::Create { .. }) && second.op > first.op, "{command:?}");
    // What is still said of the first leg changes nothing.
    drive.webhook_of("leg-1", None, codes::OK, WebhookKind::CallDisconnected);
    drive.answer(first, "leg-1");
    assert_eq!(drive.call.facts.connection, None);
    drive.webhook_of("leg-2", Some(second), codes::OK, WebhookKind::CallConnected);
    assert_eq!((drive.call.state.as_str(), drive.call.facts.connection.as_deref()), ("say", Some("leg-2")));
    // And busy once more would have been the end.
    assert_eq!(drive.call.counters.get("ring:busy"), Some(&1));
}

#[test]
fn a_lost_connected_event_is_found_out() {
    let mut drive = ringing();
    drive.call.timers.retain(|timer| !matches!(timer.why, crate::machine::timer::Why::Ring { .. }));
    drive.later(60_000);
    let (probe, command) = drive.last();
    assert_eq!(command, Command::GetCall);
    let facts = Facts { state: Some(ConnectionState::Connected), ..Facts::default() };
    drive.give(EventKind::Response { op: probe, answer: Answer::Accepted(facts) });
    assert_eq!(drive.call.state, "say");
}

#[test]
fn a_call_ended_before_its_leg_is_known_is_hung_up_once_it_is() {
    let mut drive = Drive::of(reminder(), Origin::Outbound);
    let (op, _) = drive.last();
    drive.give(EventKind::OperatorHangUp);
    assert!(!drive.call.is_ended());
    drive.answer(op, "leg-1");
    assert_eq!(drive.last().1, Command::HangUp);
    drive.webhook_of("leg-1", None, codes::ENDED_BY_REQUEST, WebhookKind::CallDisconnected);
    assert!(drive.call.is_ended());
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
    drive.webhook(Some(second), codes::MAXIMUM_TONES, WebhookKind::RecognizeCompleted(Heard::Tones(vec![Tone::One])));
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
    drive.webhook(Some(asked), codes::MAXIMUM_TONES, WebhookKind::RecognizeCompleted(Heard::Tones(vec![Tone::One])));
    let before = drive.call.clone();
    for state in [ConnectionState::Connected, ConnectionState::Disconnected] {
        let facts = Facts { state: Some(state), ..Facts::default() };
        let step = drive.give(EventKind::Response { op: probe, answer: Answer::Accepted(facts) });
        assert_eq!((step.commands.len(), &drive.call), (0, &before));
    }
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

fn any_kind() -> impl Strategy<Value = WebhookKind> {
    prop_oneof![
        Just(WebhookKind::AnswerFailed),
        Just(WebhookKind::CallConnected),
        Just(WebhookKind::CallDisconnected),
        Just(WebhookKind::CallTransferAccepted),
        Just(WebhookKind::CallTransferFailed),
        Just(WebhookKind::CreateCallFailed),
        (0..4i64).prop_map(|sequence| WebhookKind::ParticipantsUpdated { sequence, people: vec![] }),
        Just(WebhookKind::PlayCanceled),
        Just(WebhookKind::PlayCompleted),
        Just(WebhookKind::PlayFailed),
        Just(WebhookKind::PlayStarted),
        Just(WebhookKind::RecognizeCanceled),
        (0..3usize).prop_map(|key| {
            WebhookKind::RecognizeCompleted(Heard::Tones(vec![[Tone::One, Tone::Two, Tone::Nine][key]]))
        }),
        Just(WebhookKind::RecognizeCompleted(Heard::Nothing)),
        Just(WebhookKind::RecognizeFailed),
    ]
}

/// An event; the operation is the newest, an older one, or nobody's.
#[derive(Clone, Debug)]
enum Act {
    Webhook(u8, i32, WebhookKind),
    Answer(u8, u8),
    Wait(i64),
    Operator,
}

fn any_act() -> impl Strategy<Value = Act> {
    let sub =
        prop_oneof![Just(0), Just(8508), Just(8510), Just(8531), Just(8534), Just(7015), Just(560_486), Just(9999)];
    prop_oneof![
        12 => (0..3u8, sub, any_kind()).prop_map(|(op, sub, kind)| Act::Webhook(op, sub, kind)),
        6 => (0..3u8, 0..6u8).prop_map(|(op, answer)| Act::Answer(op, answer)),
        6 => (0..120_000i64).prop_map(Act::Wait),
        1 => Just(Act::Operator),
    ]
}

fn kind_of(act: &Act, drive: &Drive) -> EventKind {
    let op = |which: u8| {
        let newest = drive.call.ops;
        OpRef { op: newest.saturating_sub(u64::from(which)), attempt: 1 }
    };
    let accepted = |state| Answer::Accepted(Facts { state, ..Facts::default() });
    match act {
        Act::Webhook(which, sub, kind) => EventKind::Webhook(Webhook {
            op: (*which < 2).then(|| op(*which)),
            facts: Facts { connection: Some("conn".into()), ..Facts::default() },
            code: Code::new(400, *sub),
            kind: kind.clone(),
        }),
        Act::Answer(which, answer) => EventKind::Response {
            op: op(*which),
            answer: match answer {
                0 => accepted(None),
                1 => Answer::Unknown,
                2 => Answer::Refused { code: codes::refusal::NOT_ESTABLISHED },
                3 => Answer::Refused { code: codes::refusal::NOT_FOUND },
                4 => accepted(Some(ConnectionState::Connected)),
                _ => accepted(Some(ConnectionState::Disconnected)),
            },
        },
        Act::Wait(_) => EventKind::Due,
        Act::Operator => EventKind::OperatorHangUp,
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(2_026),
        ..ProptestConfig::default()
    })]

    /// Whatever happens: a call is over or has a reason to wake up; what is over orders nothing and stays as it is; operation
    /// numbers are new; the same input gives the same bytes; the document reads back; and time alone ends every call.
    #[test]
    fn laws(outbound in any::<bool>(), acts in proptest::collection::vec(any_act(), 0..40)) {
        let mut drive = if outbound { Drive::of(reminder(), Origin::Outbound) } else { Drive::new() };
        for act in &acts {
            if let Act::Wait(ms) = act {
                drive.at += ms;
            }
            let kind = kind_of(act, &drive);
            let before = drive.call.clone();
            let event = Event { at: drive.at, kind: kind.clone() };
            prop_assert_eq!(step(&drive.program, &before, &event), step(&drive.program, &before, &event));
            let taken = drive.give(kind);
            if before.is_ended() {
                prop_assert_eq!(&taken.commands, &vec![]);
                prop_assert_eq!(&drive.call, &before);
            }
            prop_assert!(drive.call.is_ended() || drive.call.next_due().is_some(), "stuck: {:?}", drive.call);
            for ordered in &taken.commands {
                prop_assert!(ordered.op.op > before.ops || ordered.op.attempt > 1);
            }
            let bytes = serde_json::to_vec(&drive.call).expect("a call is plain data");
            prop_assert_eq!(&serde_json::from_slice::<Call>(&bytes).expect("and reads back"), &drive.call);
        }
        for _ in 0..1_000 {
            let Some(due) = drive.call.next_due() else { break };
            drive.at = drive.at.max(due);
            drive.give(EventKind::Due);
        }
        prop_assert!(drive.call.is_ended(), "time alone does not end it: {:?}", drive.call);
    }
}
