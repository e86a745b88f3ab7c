//! The machine driven by hand: whole calls, wrong orders, and the laws that hold for any events at all.

mod acting;
mod adding;
mod collect;
mod data;
mod decide;
mod dial;
mod hush;
mod invoke;
mod keys;
mod laws;
mod listening;
mod lost;
mod menu;
mod message;
mod order;
mod permutations;
mod recognize;
mod run;
mod scopes;
mod signal;
mod sound;
mod spans;
mod turned_away;
mod wait;
mod watches;
mod ways_through;

use crate::language::flow::expr::{Expr, Slot};
use crate::language::flow::label::{Label, Since};
use crate::language::flow::prompt::{Part, Piece, Prompt, Words};
use crate::language::flow::state::{Choice, Kind, Question, State};
use crate::language::flow::types::Type;
use crate::language::flow::value::{Value, Values};
use crate::language::graph::program::{End, Head, Limit};
use crate::language::graph::{Arrow, CallKind, Edge, Program};
use crate::machine::call::{Beginning, Call, Origin, Phase};
use crate::machine::command::{Command, Listen, OpRef};
use crate::machine::event::{Answer, Event, EventKind, Facts, Heard, Present, Said, Webhook, WebhookKind};
use crate::machine::{Step, step};
use crate::platform::codes::{self, Code};
use crate::platform::outcomes::Outcome;
use crate::platform::tones::Tone;
use std::collections::BTreeMap;

fn words(text: &str) -> Prompt {
    Prompt { parts: vec![Part::Text(Words { pieces: vec![Piece::Text(text.to_owned())] })] }
}

fn constant_ms(ms: u64) -> Expr {
    Expr::Const(Value::Duration(i64::try_from(ms).unwrap()))
}

fn state(name: &str, kind: Kind) -> State {
    State { name: name.to_owned(), group: None, locale: None, kind }
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
        hear: None,
    };
    let choice = |name: &str, key| Choice { name: name.to_owned(), key: Some(key), phrases: vec![] };
    let states = vec![
        state("pick_up", Kind::Answer),
        state("team", Kind::Menu { choices: vec![choice("sales", Tone::One), choice("again", Tone::Two)], question }),
        state(
            "hand_over",
            Kind::Transfer {
                to: Expr::Read(Slot::Setting("desk".into())),
                play: Some(words("Hold on.")),
                who: None,
                from: None,
                headers: vec![],
            },
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
        ..Head::default()
    };
    Program::assemble(head, "pick_up", states, edges).expect("the test's program is whole")
}

/// A state that plays its own name, in which a test comes to rest.
fn rest(name: &str) -> State {
    let kind = Kind::Play { prompt: words(name), hear: None, looped: false, interrupt: false, must_hear: false };
    state(name, kind)
}

/// An inbound flow that answers and goes on with the first of these states; `agent` may be on the line.
fn answers_then(states: Vec<State>, mut edges: Vec<(String, End, Edge)>, head: Head) -> Program {
    let first = states[0].name.clone();
    let mut all = vec![state("pick_up", Kind::Answer)];
    all.extend(states);
    edges.push(outcome("pick_up", Outcome::Connected, &first));
    edges.push(outcome("pick_up", Outcome::Failed, "return abandoned"));
    let head = Head {
        flow: "group".into(),
        call: CallKind::Inbound,
        settings: BTreeMap::from([("desk".to_owned(), Type::Phone)]),
        participants: vec!["agent".into()],
        needs_ai: true,
        ..head
    };
    Program::assemble(head, "pick_up", all, edges).expect("the test's program is whole")
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
            locale: None,
            voice: "en-US-NancyNeural".into(),
            facts: Facts::default(),
            headers: BTreeMap::new(),
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

    /// A call that was answered.
    fn answered(program: Program) -> Drive {
        let mut drive = Drive::of(program, Origin::Inbound { context: "ctx".into() });
        let (op, _) = drive.last();
        drive.webhook(Some(op), codes::OK, WebhookKind::CallConnected);
        drive
    }

    /// The platform takes a request.
    fn accept(&mut self, op: OpRef, said: Said) {
        let facts = Facts { said: Some(Box::new(said)), ..Facts::default() };
        self.give(EventKind::Response { op, answer: Answer::Accepted(facts) });
    }

    fn refuse(&mut self, op: OpRef, code: Code) {
        self.give(EventKind::Response { op, answer: Answer::Refused { code } });
    }

    /// An event of the last request.
    fn says(&mut self, kind: WebhookKind) {
        let (op, _) = self.last();
        self.webhook(Some(op), codes::OK, kind);
    }

    /// The next roster: raw ids, those on hold marked.
    fn roster(&mut self, people: &[(&str, bool)]) {
        let present = |(id, held): &(&str, bool)| Present { id: (*id).to_owned().into(), muted: false, held: *held };
        let people = people.iter().map(present).collect();
        let sequence = self.call.roster + 1;
        self.webhook(None, codes::OK, WebhookKind::ParticipantsUpdated { sequence, people });
    }

    /// How many requests were ordered besides those that start and stop watches.
    fn but_watches(&self) -> usize {
        let watch = |command: &Command| matches!(command, Command::StartKeys { .. } | Command::StopKeys { .. });
        self.ordered.iter().filter(|(_, command)| !watch(command)).count()
    }

    /// The names of everything ordered from the `n`th request on.
    fn names_from(&self, n: usize) -> Vec<&'static str> {
        self.ordered[n..].iter().map(|(_, command)| command.name()).collect()
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
        self.webhook(Some(op), codes::MAXIMUM_TONES, WebhookKind::RecognizeCompleted(Heard::Tones(vec![key].into())));
    }

    fn result(&self) -> Option<&str> {
        match &self.call.phase {
            Phase::Ended { result, .. } => result.as_deref(),
            Phase::Leaving { .. } | Phase::Running => panic!("the call has not ended: {:?}", self.call),
        }
    }
}
