//! What a state asks of this service rather than of the platform: a question to a service, a signal to another call. One at a
//! time, its answer awaited beside the operation that plays words meanwhile.

use crate::language::flow::state::Kind;
use crate::language::flow::value::Value;
use crate::machine::call::Phase;
use crate::machine::command::{Command, OpRef};
use crate::machine::stepper::{Stepper, Then};
use crate::machine::timer::Why;
use crate::machine::{invoke, signal};
use serde::{Deserialize, Serialize};

/// An errand whose answer is awaited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Errand {
    /// Its number among the call's operations.
    pub op: u64,
    /// Its answer, where it is there and cannot be followed yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Told>,
}

/// What came of an errand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// `ok`, an outcome of the operation's own, or `failed`; of a signal `done` or `missing`.
    pub outcome: String,
    /// What came along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

impl Stepper<'_> {
    /// Orders an errand and awaits its answer so long at the most.
    pub(crate) fn errand(&mut self, command: Command, longest_ms: u64) {
        let op = self.side_order(command);
        self.call.errand = Some(Errand { op, told: None });
        self.wake_after(longest_ms, Why::Errand { op });
    }

    /// The answer to an errand.
    pub(crate) fn told(&mut self, op: OpRef, told: Told) {
        let running = matches!(self.call.phase, Phase::Running);
        let awaited = self.call.errand.as_mut().filter(|errand| running && errand.op == op.op && errand.told.is_none());
        let Some(errand) = awaited else {
            return self.ignore("an answer that nobody awaits");
        };
        errand.told = Some(told.clone());
        self.call.timers.retain(|timer| !matches!(timer.why, Why::Errand { .. } | Why::Meanwhile));
        let program = self.program;
        let Some(state) = program.state(&self.call.state) else { return };
        let then = match &state.kind {
            Kind::Invoke { .. } => invoke::told(self, state, told),
            Kind::Signal { .. } => signal::told(&told),
            _ => Then::Stay,
        };
        self.follow(then);
    }

    /// Nobody answered an errand in time.
    pub(crate) fn errand_overdue(&mut self, op: u64) {
        let outcome = match self.program.state(&self.call.state).map(|state| &state.kind) {
            Some(Kind::Signal { .. }) => signal::MISSING,
            _ => invoke::FAILED,
        };
        self.told(OpRef { op, attempt: 1 }, Told { outcome: outcome.to_owned(), value: None });
    }

    /// Stops what plays, before a state that would let it play on.
    pub(crate) fn silence(&mut self) {
        if self.must_interrupt() {
            self.side_order(Command::CancelMedia);
        }
    }
}
