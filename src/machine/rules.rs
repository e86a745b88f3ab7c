//! Rules: what holds in many states. Taken at once where the running state has the rule, kept for a later state otherwise.

use crate::language::flow::label::{Label, Since};
use crate::language::flow::state::Kind;
use crate::language::graph::Arrow;
use crate::machine::call::{PENDING, Phase, What};
use crate::machine::stepper::{Stepper, Then};
use crate::machine::timer::Why;
use petgraph::graph::NodeIndex;
use std::collections::BTreeSet;

/// How a state stands to rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rules {
    /// They are taken.
    Live,
    /// The state is never cut short: they wait for a later one.
    Later,
    /// The flow is on its way out: they are no longer taken.
    Never,
}

/// The rule whose time a timer keeps.
pub(crate) fn of_timer(why: &Why) -> Option<Label> {
    let after = |ms: u64, since| Some(Label::After { ms, since });
    match why {
        Why::AfterFlow(ms) => after(*ms, Since::Flow),
        Why::AfterGroup(ms) => after(*ms, Since::Group),
        Why::AfterState(ms) => after(*ms, Since::State),
        Why::Age
        | Why::Condition
        | Why::Deadline { .. }
        | Why::Errand { .. }
        | Why::Hold
        | Why::Keys
        | Why::Listening
        | Why::Look
        | Why::Meanwhile
        | Why::Message
        | Why::Ring { .. }
        | Why::Settled
        | Why::Undo { .. }
        | Why::Wait
        | Why::WrongKey => None,
    }
}

/// The times of `after` rules among labels.
pub(crate) fn times<'l>(labels: impl Iterator<Item = &'l Label>, since: Since) -> BTreeSet<u64> {
    let time = |label: &Label| match label {
        Label::After { ms, since: s } if *s == since => Some(*ms),
        _ => None,
    };
    labels.filter_map(time).collect()
}

/// Whether a rule that waits can still be taken once its state is left.
pub(crate) fn outlives_state(label: &Label) -> bool {
    !matches!(label, Label::After { since: Since::State, .. })
}

impl Stepper<'_> {
    /// How the running state stands to rules.
    pub(crate) fn rules(&self) -> Rules {
        if !matches!(self.call.phase, Phase::Running) || self.awaits(What::HangingUp) {
            return Rules::Never;
        }
        match self.program.state(&self.call.state).map(|state| &state.kind) {
            Some(Kind::Hangup { .. }) | None => Rules::Never,
            Some(Kind::Invoke { .. } | Kind::Signal { .. }) => Rules::Later,
            Some(_) => Rules::Live,
        }
    }

    /// Whether a rule is live in the running state.
    pub(crate) fn takes(&self, label: &Label) -> bool {
        let node = self.program.node(&self.call.state);
        self.rules() == Rules::Live && node.is_some_and(|node| self.program.route(node, label, Arrow::Main).is_some())
    }

    /// Takes a rule if it is live in the running state.
    pub(crate) fn rule(&mut self, label: &Label) -> bool {
        let live = self.takes(label);
        if live {
            self.follow(Then::Leave(label.clone()));
        }
        live
    }

    /// Takes a rule if it is live, and otherwise keeps it for the next state of the flow that has it.
    pub(crate) fn rule_or_later(&mut self, label: Label) {
        if self.rule(&label) {
            return;
        }
        if outlives_state(&label) && self.rules() != Rules::Never {
            self.keep(label);
        }
    }

    /// Keeps a rule for the next state of the flow that has it.
    pub(crate) fn keep(&mut self, label: Label) {
        if self.call.pending.len() < PENDING {
            self.call.pending.push(label);
        } else {
            self.ignore("too many rules wait to be taken");
        }
    }

    /// The oldest rule that came due where no state could take it, and that this state takes.
    pub(crate) fn pending_rule(&mut self, node: NodeIndex) -> Option<Label> {
        let routed = |label: &Label| self.program.route(node, label, Arrow::Main).is_some();
        let index = self.call.pending.iter().position(routed)?;
        Some(self.call.pending.remove(index))
    }

    /// The flow is entered: its `after` rules begin to count.
    pub(crate) fn wake_for_flow(&mut self) {
        for ms in times(self.program.graph.edge_weights().map(|edge| &edge.label), Since::Flow) {
            self.wake_after(ms, Why::AfterFlow(ms));
        }
    }

    /// A group is entered from outside, or left for no other: the rules of the last one are over, and its own begin to count.
    pub(crate) fn enter_group(&mut self, group: Option<&str>) {
        self.call.timers.retain(|timer| !matches!(timer.why, Why::AfterGroup(_)));
        self.call.pending.retain(|label| !matches!(label, Label::After { since: Since::Group, .. }));
        let Some(group) = group else { return };
        let program = self.program;
        let of_group = program.states().filter(|(_, state)| state.group.as_deref() == Some(group));
        let labels = of_group.flat_map(|(node, _)| program.graph.edges(node).map(|edge| &edge.weight().label));
        for ms in times(labels, Since::Group) {
            self.wake_after(ms, Why::AfterGroup(ms));
        }
    }

    /// The line is gone and the running state has nothing to say to it: the rule for the party's leaving, here or in the flows
    /// that run this one.
    pub(crate) fn gone(&mut self) {
        match self.rules() {
            Rules::Live => self.follow(Then::Leave(Label::PartyLeft)),
            Rules::Later => {}
            Rules::Never => self.finish(None, "the party left"),
        }
    }

    /// A participant left; what is made of it is the rule's business.
    pub(crate) fn participant_left(&mut self, name: &str) {
        let label = Label::Left(name.to_owned());
        if !self.rule(&label) && self.rules() == Rules::Later {
            self.keep(label);
        }
    }
}
