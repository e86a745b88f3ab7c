//! Every order of the events of one span of a call. No webhook has a place among others, so a call may learn of what happened in
//! any order; it must come to the end of an order in which it could have happened: an operation begins before it ends, a line that
//! goes goes last, rosters rise.

use crate::language::flow::label::Label;
use crate::language::flow::value::Values;
use crate::machine::call::{Line, Phase, What};
use crate::machine::command::{Command, OpRef};
use crate::machine::event::{Answer, EventKind, Facts, Webhook, WebhookKind};
use crate::machine::tests::Drive;
use crate::machine::tests::spans::spans;
use crate::machine::trace::Trace;
use crate::planted::{Bug, plant};
use crate::platform::codes::{self, Code};

/// Between two events that come in the wrong order, in milliseconds: less than anything is held.
const PAUSE_MS: i64 = 10;
/// Longer than anything is held for another event, and shorter than any deadline, in milliseconds.
const SETTLED_MS: i64 = 2_500;
/// The leg that webhooks are of, where a span names none.
pub(super) const LEG: &str = "conn";

/// Whose an event is. None is there before the request that caused it.
#[derive(Clone, Copy)]
pub(super) enum Of {
    /// Nobody's: the line goes because somebody hangs up.
    Nobody,
    /// Of this operation, which is not one of the span's own.
    This(OpRef),
    /// Of the request of this name, the first or a later one that the call ordered.
    Request(&'static str, usize),
    /// Caused by such a request, and without a word of it.
    Because(&'static str, usize),
}

/// What the call learns of.
#[derive(Clone)]
pub(super) enum News {
    /// A webhook of a leg.
    Told(&'static str, Code, WebhookKind),
    /// The answer to the request.
    Taken(Facts),
}

/// Something that happened in a span.
pub(super) struct Happened {
    pub(super) name: &'static str,
    pub(super) of: Of,
    /// What happened before it.
    pub(super) after: &'static [&'static str],
    pub(super) news: News,
}

/// A span of a call.
pub(super) struct Span {
    pub(super) name: &'static str,
    /// The call before it.
    pub(super) begin: fn() -> Drive,
    pub(super) events: Vec<Happened>,
    /// The results that right orders come to; the last state, where there is no result.
    pub(super) ends: &'static [&'static str],
}

/// How a call stands once nothing is held any more.
#[derive(Clone, Debug, PartialEq)]
struct Rest {
    state: String,
    vars: Values,
    /// Of a call that goes on.
    lives: Option<Lives>,
}

/// How a call goes on.
#[derive(Clone, Debug, PartialEq)]
struct Lives {
    line: Line,
    awaits: Option<(What, u32)>,
    people: Vec<String>,
    plays: bool,
    records: Option<bool>,
    scopes: Vec<String>,
}

/// What an order came to.
#[derive(Clone, Debug, PartialEq)]
struct End {
    /// Which way was gone: how each operation came out.
    route: Vec<(String, Label)>,
    rest: Rest,
    result: Option<String>,
    commands: Vec<Command>,
}

impl End {
    fn word(&self) -> &str {
        self.result.as_deref().unwrap_or(&self.rest.state)
    }
}

impl Happened {
    /// The operation it is of, and whether it can have happened.
    fn cause(&self, drive: &Drive) -> (Option<OpRef>, bool) {
        let nth = |name: &str, n: usize| {
            let mut all = drive.ordered.iter().filter(|(_, command)| command.name() == name);
            all.nth(n - 1).map(|(op, _)| *op)
        };
        match self.of {
            Of::Nobody => (None, true),
            Of::This(op) => (Some(op), true),
            Of::Request(name, n) => (nth(name, n), nth(name, n).is_some()),
            Of::Because(name, n) => (None, nth(name, n).is_some()),
        }
    }

    fn event(&self, drive: &Drive) -> EventKind {
        let (op, _) = self.cause(drive);
        match &self.news {
            News::Told(leg, code, kind) => told(op, leg, *code, kind.clone()),
            News::Taken(facts) => {
                let op = op.expect("answers are of requests");
                EventKind::Response { op, answer: Answer::Accepted(facts.clone()) }
            }
        }
    }
}

fn told(op: Option<OpRef>, leg: &str, code: Code, kind: WebhookKind) -> EventKind {
    let facts = Facts { connection: Some(leg.to_owned()), ..Facts::default() };
    EventKind::Webhook(Webhook { op, facts, code, kind })
}

/// One order of a span.
struct Run<'d> {
    drive: &'d mut Drive,
    route: Vec<(String, Label)>,
}

impl Run<'_> {
    fn give(&mut self, kind: EventKind) {
        let step = self.drive.give(kind);
        let took = step.trace.into_iter().filter_map(|trace| match trace {
            Trace::Took { from, label, .. } => Some((from, label)),
            _ => None,
        });
        self.route.extend(took);
        let call = &self.drive.call;
        assert!(call.is_ended() || call.next_due().is_some(), "nobody will look at it again: {call:?}");
    }

    /// Time passes up to this moment.
    fn pass(&mut self, until: i64) {
        while let Some(due) = self.drive.call.next_due().filter(|due| *due <= until) {
            self.drive.at = self.drive.at.max(due);
            self.give(EventKind::Due);
        }
        self.drive.at = until;
    }

    fn rest(&self) -> Rest {
        let call = &self.drive.call;
        let lives = (!call.is_ended()).then(|| {
            let people = call.people.iter().filter(|(_, person)| person.joined).map(|(key, _)| key.clone());
            Lives {
                line: call.line,
                awaits: call.op.as_ref().map(|op| (op.what, op.attempt)),
                people: people.collect(),
                plays: call.media.is_some(),
                records: call.recording.as_ref().map(|recording| recording.active),
                scopes: call.scopes.iter().map(|scope| scope.group.clone()).collect(),
            }
        });
        Rest { state: call.state.clone(), vars: call.vars.clone(), lives }
    }
}

/// Delivers the events in this order, each as soon as it can be there; lets time pass until nothing is held; then hangs up. Which
/// were delivered, and what it came to.
fn run(span: &Span, begun: &Drive, drive: &mut Drive, order: &[usize], pause: i64) -> (Vec<usize>, End) {
    (drive.call, drive.at, drive.ordered) = (begun.call.clone(), begun.at, begun.ordered.clone());
    let mut run = Run { drive, route: Vec::new() };
    let (mut waiting, mut delivered) = (order.to_vec(), Vec::new());
    let mut patience = run.drive.at + SETTLED_MS;
    loop {
        if let Some(place) = waiting.iter().position(|index| span.events[*index].cause(run.drive).1) {
            let index = waiting.remove(place);
            run.pass(run.drive.at + pause);
            let event = span.events[index].event(run.drive);
            run.give(event);
            delivered.push(index);
            patience = run.drive.at + SETTLED_MS;
        } else {
            // What is held may have to run out before the next request is made.
            let due = run.drive.call.next_due().filter(|due| !waiting.is_empty() && *due <= patience);
            let Some(due) = due else { break };
            run.pass(due.max(run.drive.at));
        }
    }
    run.pass(patience);
    let rest = run.rest();
    let leg = run.drive.call.facts.connection.clone().unwrap_or_else(|| LEG.to_owned());
    if !run.drive.call.is_ended() {
        run.give(told(None, &leg, codes::ENDED_BY_PARTICIPANT, WebhookKind::CallDisconnected));
    }
    for _ in 0..1_000 {
        let Some(due) = run.drive.call.next_due() else { break };
        run.pass(due.max(run.drive.at));
    }
    let result = match &run.drive.call.phase {
        Phase::Ended { result, .. } => result.clone(),
        Phase::Leaving { .. } | Phase::Running => panic!("it never ends: {:?}", run.drive.call),
    };
    let commands = run.drive.ordered[begun.ordered.len()..].iter().map(|(_, command)| command.clone()).collect();
    let end = End { route: run.route, rest, result, commands };
    (delivered, end)
}

fn orders(count: usize) -> Vec<Vec<usize>> {
    let longer = |order: Vec<usize>, next: usize| {
        (0..=order.len()).map(move |place| {
            let mut order = order.clone();
            order.insert(place, next);
            order
        })
    };
    (0..count).fold(vec![vec![]], |all, next| all.into_iter().flat_map(|order| longer(order, next)).collect())
}

/// Whether it could have happened in this order. What never happened was before nothing.
fn is_right(span: &Span, delivered: &[usize]) -> bool {
    let place = |name: &str| delivered.iter().position(|index| span.events[*index].name == name);
    delivered.iter().enumerate().all(|(at, index)| {
        span.events[*index].after.iter().all(|before| place(before).is_none_or(|before| before < at))
    })
}

/// Whether one end is another one. Where somebody hung up and the call learns of it early it leaves out what it would have ordered
/// from a line that was gone by then; it orders nothing else.
fn is_same(span: &Span, end: &End, right: &End) -> bool {
    let hung_up = |event: &Happened| {
        matches!((event.of, &event.news), (Of::Nobody, News::Told(_, _, WebhookKind::CallDisconnected)))
    };
    let left_out = || {
        let mut rest = right.commands.iter();
        span.events.iter().any(hung_up) && end.commands.iter().all(|command| rest.any(|other| other == command))
    };
    (&end.route, &end.rest, &end.result) == (&right.route, &right.rest, &right.result)
        && (end.commands == right.commands || left_out())
}

/// What came of all orders of a span.
struct Came {
    /// The different ends of right orders.
    right: Vec<End>,
    /// Orders that came to another end.
    wrong: Vec<String>,
}

/// All orders of a span, with a wrong line where one is named.
fn all_orders(span: &Span, pause: i64, bug: Option<Bug>) -> Came {
    let names: Vec<&str> = span.events.iter().map(|event| event.name).collect();
    let known = |event: &Happened| event.after.iter().all(|before| names.contains(before));
    assert!(names.len() <= 6 && span.events.iter().all(known), "{}: {names:?}", span.name);
    let (begun, mut drive) = ((span.begin)(), (span.begin)());
    plant(bug);
    let runs: Vec<(Vec<usize>, End)> =
        orders(names.len()).iter().map(|order| run(span, &begun, &mut drive, order, pause)).collect();
    plant(None);
    let mut right: Vec<End> = Vec::new();
    for (delivered, end) in &runs {
        if is_right(span, delivered) && !right.contains(end) {
            right.push(end.clone());
        }
    }
    let astray = |(_, end): &&(Vec<usize>, End)| !right.iter().any(|right| is_same(span, end, right));
    let say = |(delivered, end): &(Vec<usize>, End)| {
        let order: Vec<&str> = delivered.iter().map(|index| names[*index]).collect();
        let commands: Vec<&str> = end.commands.iter().map(Command::name).collect();
        format!("{}: {order:?} came to {:?} by {:?}, {commands:?}, {:?}", span.name, end.word(), end.route, end.rest)
    };
    let wrong = runs.iter().filter(astray).map(say).collect();
    Came { right, wrong }
}

fn words(came: &Came) -> Vec<&str> {
    let mut words: Vec<&str> = came.right.iter().map(End::word).collect();
    words.sort_unstable();
    words.dedup();
    words
}

#[test]
fn every_order_of_six_events_comes_to_the_end_of_a_right_one() {
    let mut wrong = Vec::new();
    let mut forks = 0;
    for span in spans() {
        let came = all_orders(&span, PAUSE_MS, None);
        if words(&came) != span.ends {
            wrong.push(format!("{}: right orders come to {:?}", span.name, words(&came)));
        }
        let routes = came.right.iter().filter(|end| end.route != came.right[0].route).count();
        forks += usize::from(routes > 0);
        let more = came.wrong.len().saturating_sub(3);
        wrong.extend(came.wrong.into_iter().take(3));
        if more > 0 {
            wrong.push(format!("{}: and {more} more", span.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(forks > 0, "where two people act at once there are two right ways");
}

/// The test notices: events further apart than anything is held, the operation of an event not looked at, events dropped that come
/// before the answer.
#[test]
fn what_is_not_held_long_enough_and_wrong_lines_come_to_wrong_ends() {
    let astray = |pause: i64, bug: Option<Bug>| {
        let bad = |span: &Span| {
            let came = all_orders(span, pause, bug);
            !came.wrong.is_empty() || words(&came) != span.ends
        };
        spans().iter().filter(|span| bad(span)).map(|span| span.name).collect::<Vec<_>>()
    };
    let slow = astray(600, None);
    for name in ["handed over", "a choice, and the line goes"] {
        assert!(slow.contains(&name), "{name} is found in {slow:?}");
    }
    for bug in [Bug::OperationIgnored, Bug::EarlyDropped] {
        let found = astray(PAUSE_MS, Some(bug));
        assert!(found.len() > 1, "{bug:?}: {found:?}");
    }
}
