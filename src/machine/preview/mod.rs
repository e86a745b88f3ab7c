//! What a state asks of the platform, without a call: the machine itself enters it in a made-up one in which everything goes
//! well, and the requests it orders are kept. What only a call would know stands in them as `<what it is>`.

mod made_up;

use crate::language::flow::state::{Kind, State};
use crate::language::flow::value::Values;
use crate::language::graph::{CallKind, Node, Program};
use crate::machine::call::{Beginning, Call, Line, Origin, What};
use crate::machine::command::{Command, OpRef};
use crate::machine::event::{Answer, EventKind, Facts, Said, Webhook, WebhookKind};
use crate::machine::invoke;
use crate::machine::people::Person;
use crate::machine::question::Again;
use crate::machine::recording::Recording;
use crate::machine::reprompt::{Asking, wording};
use crate::machine::stepper::Stepper;
use crate::machine::trace::Trace;
use crate::platform::codes::Code;
use petgraph::graph::NodeIndex;
use std::collections::BTreeMap;

/// Most requests one state makes one after the other, the parts of its scope included.
const MOST: usize = 16;
/// The recording of a made-up call.
const RECORDING: &str = "<recordingId>";

/// The requests around one state, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// On the way into its group from outside: what brings its conditions about.
    pub entering: Vec<Command>,
    /// Its own.
    pub own: Vec<Command>,
    /// On the way out of its group: what undoes the conditions.
    pub leaving: Vec<Command>,
    /// What stands in the requests though a call may have another value: times, keys and locales that are computed.
    pub assumed: Vec<String>,
}

/// The requests of a state; `None` when the program has no such state.
#[must_use]
pub fn preview(program: &Program, name: &str, voice: &str) -> Option<Preview> {
    let node = program.node(name)?;
    let filled = made_up::fill(program, node)?;
    let mut preview = Preview { assumed: filled.assumed, ..Preview::default() };
    let Node::State(state) = &filled.program.graph[node] else { return None };
    let call = call(&filled.program, state, filled.locale, voice);
    let mut stepper = Stepper::new(&filled.program, call, 0);
    (preview.entering, preview.leaving) = enter(&mut stepper, node, state);
    go_on(&mut stepper, name);
    preview.own = own(&stepper, name).into_iter().skip(preview.entering.len()).collect();
    Some(preview)
}

/// What is said before a question of this kind is asked again, where the flow has no words of its own: after silence, and
/// after something that is not valid.
#[must_use]
pub fn reprompts(kind: &Kind, locale: &str) -> (&'static str, &'static str) {
    let asking = if matches!(kind, Kind::Menu { .. }) { Asking::Choice } else { Asking::Free };
    let words = |why| wording(locale, why, asking);
    (words(Again::NoInput), words(Again::NoMatch))
}

/// A call that is about to enter the state.
fn call(program: &Program, state: &State, locale: String, voice: &str) -> Call {
    let outbound = program.call == CallKind::Outbound;
    let origin = match outbound {
        true => Origin::Outbound,
        false => Origin::Inbound { context: "<incomingCallContext>".into() },
    };
    let facts = Facts { connection: Some("<callConnectionId>".to_owned()), ..Facts::default() };
    let beginning = Beginning {
        id: "<call>".to_owned(),
        at: 0,
        origin,
        from: match program.call {
            CallKind::Inbound | CallKind::Outbound | CallKind::Join | CallKind::RecordingReady => "4:<call.from>",
            // Whoever the flow that runs this one talks to.
            CallKind::Any | CallKind::Live => "4:<party>",
        }
        .into(),
        to: "4:<call.to>".into(),
        params: Values::new(),
        settings: Values::new(),
        locale: None,
        voice: voice.to_owned(),
        facts,
        headers: BTreeMap::new(),
    };
    let mut call = Call::begin(program, beginning);
    call.state.clone_from(&state.name);
    call.locale = locale;
    let begins = matches!(
        state.kind,
        Kind::Answer | Kind::Connect { .. } | Kind::Dial { .. } | Kind::Redirect { .. } | Kind::Reject { .. }
    );
    call.line = if begins { Line::NotYet } else { Line::Up };
    for name in &program.participants {
        let invited =
            matches!(&state.kind, Kind::Add { name: added, .. } | Kind::Move { name: added, .. } if added == name);
        let id = made_up::participant(program, name);
        let person = Person { id: id.into(), joined: !invited, seen: true, muted: false, held: false };
        call.people.insert(name.clone(), person);
    }
    if made_up::pauses(program, state) {
        call.recording = Some(recording());
    }
    call
}

fn recording() -> Recording {
    Recording { id: RECORDING.to_owned(), active: true, since: 0, message: false, lasted: None }
}

/// Enters the state, and its group from outside: what brings the group's conditions about, and what undoes them.
fn enter(stepper: &mut Stepper<'_>, node: NodeIndex, state: &State) -> (Vec<Command>, Vec<Command>) {
    if stepper.cross(state).is_none() {
        stepper.begin_state(node, state);
        return Default::default();
    }
    let (mut entering, mut leaving) = (Vec::new(), Vec::new());
    for _ in 0..MOST {
        if stepper.call.crossing.is_none() {
            break;
        }
        if stepper.starts_recording() {
            stepper.call.recording = Some(recording());
        }
        (entering, leaving) = (commands(stepper), undone(stepper));
        stepper.established();
    }
    (entering, leaving)
}

/// What undoes the conditions of the group that is being entered, in a copy.
fn undone(stepper: &Stepper<'_>) -> Vec<Command> {
    let mut copy = Stepper::new(stepper.root, stepper.call.clone(), 0);
    copy.leave_scope();
    commands(&copy)
}

/// Lets everything that the state waits for go well, as long as it goes on by itself.
fn go_on(stepper: &mut Stepper<'_>, name: &str) {
    for _ in 0..MOST {
        let stays = stepper.call.state == name && !stepper.call.is_ended();
        let took = stepper.trace.iter().any(|entry| matches!(entry, Trace::Took { .. }));
        if !stays || took {
            return;
        }
        let op = stepper.call.op.as_ref().map(|op| (op.what, OpRef { op: op.n, attempt: op.attempt }));
        match op {
            Some((What::Playing, op)) if stepper.call.errand.is_none() => {
                stepper.take(&webhook(Some(op), WebhookKind::PlayCompleted));
            }
            Some((What::Recording, op)) => {
                let said = Said { recording: Some(RECORDING.to_owned()), ..Said::default() };
                let facts = Facts { said: Some(Box::new(said)), ..Facts::default() };
                stepper.take(&EventKind::Response { op, answer: Answer::Accepted(facts) });
                let kind = WebhookKind::RecordingStateChanged { recording: RECORDING.to_owned(), active: true };
                stepper.take(&webhook(None, kind));
            }
            None if stepper.call.errand.is_some() => {
                let before = stepper.commands.len();
                invoke::meanwhile(stepper);
                if stepper.commands.len() == before {
                    return;
                }
            }
            Some(_) | None => return,
        }
    }
}

fn webhook(op: Option<OpRef>, kind: WebhookKind) -> EventKind {
    EventKind::Webhook(Webhook { op, facts: Facts::default(), code: Code::default(), kind })
}

fn commands(stepper: &Stepper<'_>) -> Vec<Command> {
    stepper.commands.iter().map(|ordered| ordered.command.clone()).collect()
}

/// What was ordered by the state itself.
fn own(stepper: &Stepper<'_>, name: &str) -> Vec<Command> {
    let by_state = |op: OpRef| {
        let ordered =
            |entry: &Trace| matches!(entry, Trace::Ordered { op: of, state, .. } if *of == op && state == name);
        stepper.trace.iter().any(ordered)
    };
    stepper.commands.iter().filter(|ordered| by_state(ordered.op)).map(|ordered| ordered.command.clone()).collect()
}
