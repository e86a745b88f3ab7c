//! `run`: another flow takes over until it is over; then this state is left by its result. What is a flow's own is put aside
//! meanwhile: parameters, variables, counters, times and rules that wait. The line, the settings and the locale are the call's.

use crate::language::flow::expr::Expr;
use crate::language::flow::label::Label;
use crate::language::flow::state::Kind;
use crate::language::flow::value::Values;
use crate::language::graph::{Arrow, Program};
use crate::machine::call::{Asked, DEPTH, Frame, Line, Phase};
use crate::machine::rules;
use crate::machine::stepper::{Stepper, Then, broken};
use crate::machine::timer::{Timer, Why};
use crate::machine::trace::Trace;
use crate::platform::outcomes::Outcome;
use std::mem;
use std::sync::Arc;

/// The program of a flow by name; the call's own for none.
pub(crate) fn running<'p>(root: &'p Program, flow: Option<&String>) -> &'p Program {
    flow.and_then(|flow| root.flows.get(flow)).map_or(root, Arc::as_ref)
}

pub(crate) fn enter(stepper: &mut Stepper<'_>, flow: &str, args: &[(String, Expr)]) -> Then {
    let Some(program) = stepper.root.flows.get(flow) else {
        stepper.fault(&format!("there is no flow `{flow}`"));
        return broken("a flow that is not there was to be run");
    };
    if stepper.call.frames.len() >= DEPTH {
        stepper.fault(&format!("more than {DEPTH} flows run one another"));
        return broken("flows run one another too deep");
    }
    let mut params = Values::new();
    for (name, arg) in args {
        let Some(value) = stepper.value(arg) else { return broken("an argument could not be evaluated") };
        params.insert(name.clone(), value);
    }
    for (name, param) in &program.params {
        if let Some(default) = &param.default
            && !params.contains_key(name)
        {
            params.insert(name.clone(), default.clone());
        }
    }
    stepper.trace.push(Trace::Running { flow: flow.to_owned(), from: stepper.call.state.clone() });
    stepper.put_aside(flow, params);
    stepper.program = program;
    stepper.wake_for_flow();
    Then::Enter(program.start)
}

/// Whether a timer belongs to the flow that set it, and not to the call.
fn is_of_flow(timer: &Timer) -> bool {
    matches!(timer.why, Why::AfterFlow(_) | Why::AfterGroup(_) | Why::AfterState(_))
}

impl Stepper<'_> {
    fn put_aside(&mut self, flow: &str, params: Values) {
        let call = &mut self.call;
        let (timers, kept) = mem::take(&mut call.timers).into_iter().partition(is_of_flow);
        call.timers = kept;
        let frame = Frame {
            flow: call.running.replace(flow.to_owned()),
            params: mem::replace(&mut call.params, params),
            vars: mem::take(&mut call.vars),
            state: call.state.clone(),
            entered: call.entered,
            counters: mem::take(&mut call.counters),
            asked: mem::take::<Asked>(&mut call.asked),
            timers,
            pending: mem::take(&mut call.pending),
            signals: mem::take(&mut call.signals),
            arrived: mem::take(&mut call.arrived),
        };
        call.frames.push(frame);
    }

    /// The innermost flow is over: the one that runs it stands where it stood.
    fn take_up(&mut self) -> Option<String> {
        self.forget_names(self.call.frames.len());
        let frame = self.call.frames.pop()?;
        let call = &mut self.call;
        let over = mem::replace(&mut call.running, frame.flow);
        call.params = frame.params;
        call.vars = frame.vars;
        call.state = frame.state;
        call.entered = frame.entered;
        call.counters = frame.counters;
        call.asked = frame.asked;
        call.pending = frame.pending;
        call.signals = frame.signals;
        call.arrived = frame.arrived;
        call.timers.retain(|timer| !is_of_flow(timer));
        call.timers.extend(frame.timers);
        self.program = running(self.root, self.call.running.as_ref());
        over
    }

    /// The running flow is over with this result: the state that runs it is left.
    ///
    /// A rule of that state that came due meanwhile is taken in place of the result, unless the line is gone.
    pub(crate) fn back(&mut self, result: Option<String>) -> Then {
        self.call.op = None;
        let flow = self.take_up().unwrap_or_default();
        self.trace.push(Trace::Returned { flow, result: result.clone(), to: self.call.state.clone() });
        let at = self.at;
        let (mut due, later): (Vec<Timer>, Vec<Timer>) =
            mem::take(&mut self.call.timers).into_iter().partition(|timer| is_of_flow(timer) && timer.at <= at);
        self.call.timers = later;
        due.sort_by(|a, b| (a.at, &a.why).cmp(&(b.at, &b.why)));
        for rule in due.iter().filter_map(|timer| rules::of_timer(&timer.why)) {
            self.keep(rule);
        }
        let node = self.program.node(&self.call.state);
        if let Some(rule) = node.filter(|_| self.call.line != Line::Gone).and_then(|node| self.pending_rule(node)) {
            return Then::Leave(rule);
        }
        self.call.pending.retain(rules::outlives_state);
        Then::Leave(result.map_or(Label::Outcome(Outcome::Done), Label::Named))
    }

    /// The party left, and the running flow does not handle it: the innermost that does goes on, else the call is over.
    pub(crate) fn unwind(&mut self) -> Then {
        while !self.call.frames.is_empty() {
            let flow = self.take_up().unwrap_or_default();
            self.trace.push(Trace::Returned { flow, result: None, to: self.call.state.clone() });
            let node = self.program.node(&self.call.state);
            if node.is_some_and(|node| self.program.route(node, &Label::PartyLeft, Arrow::Main).is_some()) {
                return Then::Leave(Label::PartyLeft);
            }
        }
        Then::Finish(None, "the party left".to_owned())
    }

    /// The line that was to be hung up is gone: the call is over, or the flow that runs this one goes on.
    pub(crate) fn hung_up(&mut self) {
        if !matches!(self.call.phase, Phase::Running) {
            return self.over();
        }
        let result = match self.program.state(&self.call.state).map(|state| &state.kind) {
            Some(Kind::Hangup { result, .. }) => result.clone(),
            _ => None,
        };
        self.call.timers.retain(|timer| is_of_flow(timer) || timer.why == Why::Age);
        self.follow(Then::HangUp(result));
    }
}
