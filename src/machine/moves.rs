//! Moving through the graph: edges, limits, states entered and left, and the end of the flow.

use crate::language::flow::label::{Label, Since};
use crate::language::flow::state::{Kind, State};
use crate::language::graph::{Arrow, Edge, Node};
use crate::machine::call::{FUEL, Line, Phase, What};
use crate::machine::command::Command;
use crate::machine::stepper::{Stepper, Then, broken};
use crate::machine::timer::Why;
use crate::machine::trace::Trace;
use crate::machine::{
    add, answer, collect, connect, decide, dial, hangup, hours, invoke, menu, move_here, mute, play, query, recognize,
    refuse, remove, rules, run, send_keys, set, signal, take_message, transfer, wait,
};
use crate::platform::outcomes::Outcome;
use petgraph::graph::NodeIndex;

/// How long a line that is not settled when its flow ends may take to settle, in milliseconds.
const UNSETTLED_MS: u64 = 60_000;

/// How a state was left.
enum Left {
    /// For another state of the same flow.
    For(NodeIndex),
    /// Otherwise.
    Then(Then),
}

impl Stepper<'_> {
    pub(crate) fn follow(&mut self, mut then: Then) {
        loop {
            match then {
                Then::Stay => return,
                Then::Finish(result, reason) => return self.finish(result, &reason),
                Then::Enter(node) => then = self.arrive(None, node),
                Then::HangUp(result) => match self.call.line {
                    _ if self.call.frames.is_empty() => return self.finish(result, "the flow hung up"),
                    Line::Connecting | Line::Up => return self.hang_up(),
                    Line::Gone | Line::NotYet => then = self.back(result),
                },
                Then::Leave(label) => {
                    let from = self.program.state(&self.call.state).and_then(|state| state.group.as_deref());
                    then = match self.leave_by(&label) {
                        Left::For(node) => self.arrive(from, node),
                        Left::Then(then) => then,
                    };
                }
            }
        }
    }

    /// Leaves the running state under a label.
    fn leave_by(&mut self, label: &Label) -> Left {
        self.fuel += 1;
        self.call.moves += 1;
        if self.fuel > FUEL.0 || self.call.moves > FUEL.1 {
            self.fault("the flow went round too often without waiting for anybody");
            return Left::Then(broken("out of fuel"));
        }
        if let Label::Signal(name) = label {
            self.take_along(name);
        }
        let Some(node) = self.program.node(&self.call.state) else { return Left::Then(Then::Stay) };
        let Some((edge, to)) = self.program.route(node, label, Arrow::Main) else {
            return Left::Then(self.unrouted(label));
        };
        let mut to = to;
        let mut exhausted = false;
        if let Some(limit) = &edge.limit {
            let used = self.call.counters.entry(limit.counter.clone()).or_insert(0);
            exhausted = *used >= limit.times;
            if exhausted {
                to = self.program.route(node, label, Arrow::Else).map_or(to, |(_, otherwise)| otherwise);
            } else {
                *used += 1;
            }
        }
        let from = self.call.state.clone();
        self.trace.push(Trace::Took { from, label: label.clone(), exhausted });
        self.exit(label);
        match &self.program.graph[to] {
            Node::State(_) => Left::For(to),
            Node::Return(result) => Left::Then(self.returned(node, edge, result.clone())),
        }
    }

    /// An edge led to the end of the flow.
    fn returned(&mut self, node: NodeIndex, edge: &Edge, result: Option<String>) -> Then {
        if !self.call.frames.is_empty() {
            // A flow without results that fails, and does not say where to, hangs up, whoever runs it.
            let hangs_up = result.is_none() && self.fails_by_default(node, edge);
            return if hangs_up { Then::HangUp(None) } else { self.back(result) };
        }
        let failed = result.is_none() && edge.label == Label::Outcome(Outcome::Failed);
        let result = if failed { Some("failed".to_owned()) } else { result };
        let reason = if edge.label == Label::PartyLeft { "the party left" } else { "the flow returned" };
        Then::Finish(result, reason.to_owned())
    }

    /// Whether nobody wrote what becomes of this outcome, nor of `failed`, whose way those take who were not reached.
    fn fails_by_default(&self, node: NodeIndex, edge: &Edge) -> bool {
        let failed = self.program.route(node, &Label::Outcome(Outcome::Failed), Arrow::Main);
        edge.default && matches!(edge.label, Label::Outcome(_)) && failed.is_some_and(|(edge, _)| edge.default)
    }

    /// Nothing in this flow leads on after `label`. That the party left is for the flow that runs this one to handle.
    fn unrouted(&mut self, label: &Label) -> Then {
        if *label != Label::PartyLeft {
            self.fault(&format!("nothing leads on from here after {label:?}"));
            return broken("an outcome that nothing handles");
        }
        if self.call.frames.is_empty() {
            return Then::Finish(None, "the party left".to_owned());
        }
        self.exit(label);
        self.unwind()
    }

    /// What is over when a state is left.
    fn exit(&mut self, label: &Label) {
        // A state that waits for its scope, or did not get it, has not begun.
        let begun = self.call.crossing.is_none() && *label != Label::NotEstablished;
        let left = self.program.state(&self.call.state).map(|state| &state.kind).filter(|_| begun);
        match left {
            Some(Kind::Add { .. }) => self.give_up_invitation(),
            Some(Kind::TakeMessage { save, .. }) => take_message::exit(self, save),
            Some(Kind::Transfer { who, .. }) if *label == Label::Outcome(Outcome::Accepted) => {
                transfer::handed_over(self, who.as_deref());
            }
            Some(_) | None => {}
        }
        self.call.op = None;
        self.call.errand = None;
        self.call.look = None;
        self.call.held = None;
        self.call.wrong_key = None;
        self.call.listening = None;
        self.call.timers.retain(|timer| match timer.why {
            // A crossing goes on while another state of its group is chosen.
            Why::AfterFlow(_)
            | Why::AfterGroup(_)
            | Why::Age
            | Why::Condition
            | Why::Keys
            | Why::Settled
            | Why::Undo { .. } => true,
            Why::AfterState(_)
            | Why::Deadline { .. }
            | Why::Errand { .. }
            | Why::Hold
            | Why::Listening
            | Why::Look
            | Why::Meanwhile
            | Why::Message
            | Why::Ring { .. }
            | Why::Wait
            | Why::WrongKey => false,
        });
    }

    pub(crate) fn enter(&mut self, node: NodeIndex) {
        self.follow(Then::Enter(node));
    }

    /// Enters a state, coming from a state of the group `from`: what it does at once.
    fn arrive(&mut self, from: Option<&str>, node: NodeIndex) -> Then {
        let Node::State(state) = &self.program.graph[node] else {
            return Then::Finish(None, "the flow returned".to_owned());
        };
        self.call.state.clone_from(&state.name);
        self.call.entered = self.at;
        self.trace.push(Trace::Entered { state: state.name.clone() });
        if from != state.group.as_deref() {
            self.enter_group(state.group.as_deref());
        }
        match self.cross(state) {
            Some(then) => then,
            None => self.begin_state(node, state),
        }
    }

    /// The state's own action, unless the line or a rule that waits has it left at once.
    pub(crate) fn begin_state(&mut self, node: NodeIndex, state: &State) -> Then {
        if self.call.line == Line::Gone && state.kind.needs_line() {
            return Then::Leave(Label::PartyLeft);
        }
        if state.kind.needs_line()
            && let Some(then) = self.departed_rule(node)
        {
            return then;
        }
        if let Some(rule) = self.pending_rule(node) {
            return Then::Leave(rule);
        }
        for ms in rules::times(self.program.graph.edges(node).map(|edge| &edge.weight().label), Since::State) {
            self.wake_after(ms, Why::AfterState(ms));
        }
        if let Some(locale) = &state.locale {
            self.switch_locale(locale);
        }
        self.watch_keys(node, state);
        self.act(state)
    }

    fn act(&mut self, state: &State) -> Then {
        match &state.kind {
            Kind::Add { .. } => add::enter(self, state),
            Kind::Answer => answer::enter(self),
            Kind::Connect { to, by } => connect::enter(self, to, *by),
            Kind::Collect { .. } => collect::enter(self, state),
            Kind::Decide { branches } => decide::enter(self, branches),
            Kind::Dial { to, from, ring_for } => dial::enter(self, to, from.as_ref(), ring_for),
            Kind::Hangup { .. } => hangup::enter(self, state),
            Kind::Hours { calendar, hours } => hours::enter(self, calendar, hours),
            Kind::Invoke { .. } => invoke::enter(self, state),
            Kind::Menu { choices, question } => menu::enter(self, choices, question),
            Kind::Move { name, from } => move_here::enter(self, name, from),
            Kind::Mute { name } => mute::enter(self, name),
            Kind::Play { prompt, hear, looped, interrupt, .. } => {
                play::enter(self, prompt, hear.as_deref(), *looped, *interrupt)
            }
            Kind::Query { what, .. } => query::enter(self, what),
            Kind::Recognize { .. } => recognize::enter(self, state),
            Kind::Redirect { to } => refuse::redirect(self, to),
            Kind::Reject { reason } => refuse::reject(self, *reason),
            Kind::Remove { name } => remove::enter(self, name),
            Kind::Run { flow, args } => run::enter(self, flow, args),
            Kind::SendKeys { keys, to } => send_keys::enter(self, keys, to.as_ref()),
            Kind::Set { values } => set::enter(self, values),
            Kind::Signal { name, to, args } => signal::enter(self, name, to, args),
            Kind::TakeMessage { .. } => take_message::enter(self, state),
            Kind::Transfer { .. } => transfer::enter(self, state),
            Kind::Wait { time } => wait::enter(self, time),
        }
    }

    /// The flow is over. A line that is there is hung up first.
    pub(crate) fn finish(&mut self, result: Option<String>, reason: &str) {
        if !matches!(self.call.phase, Phase::Running) {
            return;
        }
        self.call.held = None;
        self.call.errand = None;
        self.call.wrong_key = None;
        self.call.timers.retain(|timer| timer.why == Why::Age);
        self.release();
        self.call.phase = Phase::Leaving { result, reason: reason.to_owned() };
        let unsettled = self.awaits(What::Answering) || self.awaits(What::Dialling);
        match self.call.line {
            Line::NotYet | Line::Gone => self.over(),
            Line::Connecting if unsettled && self.call.facts.connection.is_none() => {
                // The platform has not said which leg it is: what is not known cannot be hung up yet.
                if let Some(op) = self.call.op.as_ref().map(|op| op.n) {
                    self.wake_after(UNSETTLED_MS, Why::Deadline { op });
                }
            }
            Line::Connecting | Line::Up => self.hang_up(),
        }
    }

    pub(crate) fn ends_for_everyone(&self) -> bool {
        matches!(
            self.program.state(&self.call.state).map(|state| &state.kind),
            Some(Kind::Hangup { everyone: true, .. })
        )
    }

    /// Orders the line hung up and waits for its end.
    pub(crate) fn hang_up(&mut self) {
        self.release();
        let command = if self.ends_for_everyone() { Command::Terminate } else { Command::HangUp };
        let n = self.order(What::HangingUp, command, None);
        self.wake_after(15_000, Why::Deadline { op: n });
    }

    /// Over: nothing more is sent for this call.
    pub(crate) fn over(&mut self) {
        let (result, reason) = match &self.call.phase {
            Phase::Leaving { result, reason } => (result.clone(), reason.clone()),
            Phase::Running => (None, "the line is gone".to_owned()),
            Phase::Ended { .. } => return,
        };
        self.call.op = None;
        self.call.media = None;
        self.call.held = None;
        self.call.timers.clear();
        self.call.line = Line::Gone;
        self.trace.push(Trace::Ended { result: result.clone(), reason: reason.clone() });
        self.call.phase = Phase::Ended { result, reason, at: self.at };
    }
}
