//! What states ask of a step: requests ordered, timers set, expressions evaluated, things noted in the trace.

use crate::language::flow::eval;
use crate::language::flow::expr::{Expr, Slot};
use crate::language::flow::value::Value;
use crate::machine::call::{Line, Op, What};
use crate::machine::command::{Command, OpRef};
use crate::machine::event::Facts;
use crate::machine::hours;
use crate::machine::stepper::{Ordered, Stepper};
use crate::machine::timer::{Timer, Why};
use crate::machine::trace::Trace;
use crate::platform::hidden::Hidden;

impl Stepper<'_> {
    /// Orders a request whose result the state awaits; answers its number.
    pub(crate) fn order(&mut self, what: What, command: Command, not_after: Option<i64>) -> u64 {
        // What was held back belongs to the operation before.
        if self.call.line != Line::Gone {
            self.call.held = None;
            self.call.timers.retain(|timer| timer.why != Why::Hold);
        }
        self.call.wrong_key = None;
        self.stop_listening();
        let n = self.next_op();
        let op_ref = OpRef { op: n, attempt: 1 };
        if matches!(what, What::Playing | What::Asking) {
            self.call.media = Some(op_ref);
        }
        let kept = command.clone();
        self.call.op = Some(Op { n, attempt: 1, what, command: kept, accepted: false, refused: false, probe: None });
        self.push(op_ref, command, not_after);
        n
    }

    /// Orders the awaited request once more under the next attempt.
    pub(crate) fn order_again(&mut self) {
        self.stop_listening();
        let Some(op) = self.call.op.as_mut() else { return };
        op.attempt += 1;
        (op.accepted, op.refused, op.probe) = (false, false, None);
        let op_ref = OpRef { op: op.n, attempt: op.attempt };
        let cuts = match &mut op.command {
            Command::Play { to, .. } if !to.is_empty() => {
                self.call.media = Some(op_ref);
                true
            }
            Command::Play { interrupt, .. } | Command::Recognize { interrupt, .. } => {
                *interrupt = true;
                self.call.media = Some(op_ref);
                false
            }
            _ => false,
        };
        let command = op.command.clone();
        if cuts {
            self.side_order(Command::CancelMedia);
        }
        self.push(op_ref, command, None);
    }

    /// Orders a request whose answer changes nothing by itself.
    pub(crate) fn side_order(&mut self, command: Command) -> u64 {
        let n = self.next_op();
        self.push(OpRef { op: n, attempt: 1 }, command, None);
        n
    }

    fn next_op(&mut self) -> u64 {
        self.call.ops += 1;
        self.call.ops
    }

    pub(crate) fn push(&mut self, op: OpRef, command: Command, not_after: Option<i64>) {
        let state = self.call.state.clone();
        self.trace.push(Trace::Ordered { op, command: command.name().to_owned(), state });
        let connection = self.call.facts.connection.clone();
        self.commands.push(Ordered { op, command, connection, not_after });
    }

    /// Wakes the call after so many milliseconds; a timer of the same reason is replaced.
    pub(crate) fn wake_after(&mut self, ms: u64, why: Why) {
        self.call.timers.retain(|timer| timer.why != why);
        self.call.timers.push(Timer { at: self.at.saturating_add_unsigned(ms), why });
    }

    pub(crate) fn awaits(&self, what: What) -> bool {
        self.call.op.as_ref().is_some_and(|op| op.what == what)
    }

    /// Whether the next media must cut off what plays or listens now.
    pub(crate) fn must_interrupt(&self) -> bool {
        self.call.media.is_some()
    }

    /// Evaluates an expression; a fault is traced and gives `None`.
    pub(crate) fn value(&mut self, expr: &Expr) -> Option<Value> {
        let (call, program, at) = (&self.call, self.program, self.at);
        let read = |slot: &Slot| match slot {
            Slot::NextOpen { calendar, hours } => hours::next_open(program, calendar, hours, at),
            slot => call.read(slot),
        };
        match eval::eval(expr, &read) {
            Ok(value) => Some(value),
            Err(fault) => {
                self.fault(&fault.to_string());
                None
            }
        }
    }

    /// Evaluates an expression to milliseconds.
    pub(crate) fn duration(&mut self, expr: &Expr) -> Option<u64> {
        match self.value(expr)? {
            // What lies before now is due at once.
            Value::Duration(ms) => Some(u64::try_from(ms).unwrap_or(0)),
            _ => None,
        }
    }

    /// Evaluates an expression to something that can be called.
    pub(crate) fn endpoint(&mut self, expr: &Expr) -> Option<Hidden<String>> {
        match self.value(expr)? {
            Value::Phone(id) => Some(id.into()),
            _ => None,
        }
    }

    pub(crate) fn switch_locale(&mut self, expr: &Expr) {
        if let Some(Value::Text(locale)) = self.value(expr) {
            if crate::platform::limits::is_locale(&locale) {
                self.call.locale = locale;
            } else {
                self.fault(&format!("`{locale}` is not a locale"));
            }
        }
    }

    pub(crate) fn fault(&mut self, what: &str) {
        let state = self.call.state.clone();
        self.trace.push(Trace::Fault { state, what: what.to_owned() });
    }

    pub(crate) fn ignore(&mut self, why: &str) {
        self.trace.push(Trace::Ignored { why: why.to_owned() });
    }

    pub(crate) fn learn(&mut self, facts: &Facts) {
        let known = &mut self.call.facts;
        for (slot, news) in [
            (&mut known.connection, &facts.connection),
            (&mut known.server_call, &facts.server_call),
            (&mut known.correlation, &facts.correlation),
        ] {
            let past = news.as_ref().is_some_and(|news| self.call.past_legs.contains(news));
            if slot.is_none() && !past {
                slot.clone_from(news);
            }
        }
    }
}
