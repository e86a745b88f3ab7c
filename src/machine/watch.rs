//! Key watches: whose keys the platform must report because a `key` rule is live now or may be later. A watch starts before
//! anything is played to that person, and rests while a collect listens to them: there keys are input, and none of our business.

use crate::language::flow::label::Label;
use crate::language::flow::state::{Input, Kind, State};
use crate::machine::call::Line;
use crate::machine::command::{Command, OpRef};
use crate::machine::event::{Answer, Webhook, WebhookKind};
use crate::machine::people::{PARTY, same};
use crate::machine::stepper::Stepper;
use crate::platform::hidden::Hidden;
use petgraph::graph::NodeIndex;
use petgraph::visit::Dfs;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Most watches started for one person, so that one that fails each time is not started for ever.
const MOST_STARTS: u32 = 20;

/// Somebody whose keys are reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    /// The raw id or phone number.
    pub who: Hidden<String>,
    /// The operation that started it; their keys come under it.
    pub op: u64,
    /// Whether it runs.
    pub on: bool,
    /// How often it was started.
    pub starts: u32,
}

impl Stepper<'_> {
    /// Before a state begins: starts the watches that it or a later state needs, and stops those that none does.
    pub(crate) fn watch_keys(&mut self, node: NodeIndex, state: &State) {
        // A flow that hangs up takes its watches with it.
        if self.call.line != Line::Up || matches!(state.kind, Kind::Hangup { .. }) {
            return;
        }
        let rules = self.rules_ahead(node);
        // The flows that run this one may have rules of their own, to which the call returns.
        let may_stop = self.depth() == 0;
        for (name, who) in self.everybody() {
            let wanted = rules.contains(&None) || rules.contains(&Some(name.clone()));
            let listens = collects_from(state, &name);
            let on = self.call.watched.iter().any(|watch| watch.on && same(&watch.who, &who));
            match (wanted && !listens, on) {
                (true, false) => self.start_watch(who),
                (false, true) if listens || may_stop => self.stop_watch(&who),
                (true, true) | (false, _) => {}
            }
        }
    }

    /// Whose keys the rules of a state and of all that may follow it react to; `None` is anybody's.
    fn rules_ahead(&self, node: NodeIndex) -> BTreeSet<Option<String>> {
        let by = |label: &Label| match label {
            Label::Key { by, .. } => Some(by.clone()),
            _ => None,
        };
        let all: BTreeSet<Option<String>> =
            self.program.graph.edge_weights().filter_map(|edge| by(&edge.label)).collect();
        if all.is_empty() {
            return all;
        }
        let mut found = BTreeSet::new();
        let mut walk = Dfs::new(&self.program.graph, node);
        while let Some(node) = walk.next(&self.program.graph) {
            found.extend(self.program.graph.edges(node).filter_map(|edge| by(&edge.weight().label)));
            if found.len() == all.len() {
                break;
            }
        }
        found
    }

    /// Everybody on the line whom the running flow has a name for.
    fn everybody(&self) -> Vec<(String, Hidden<String>)> {
        let names = std::iter::once(PARTY).chain(self.program.participants.iter().map(String::as_str));
        names.filter_map(|name| Some((name.to_owned(), self.who(name)?))).collect()
    }

    fn start_watch(&mut self, who: Hidden<String>) {
        let starts = self.call.watched.iter().find(|watch| same(&watch.who, &who)).map_or(0, |watch| watch.starts);
        if starts >= MOST_STARTS {
            return;
        }
        if self.is_group() && self.must_interrupt() {
            // What the state before left playing to one person would have the watch refused.
            self.side_order(Command::CancelMedia);
            self.call.media = None;
        }
        let op = self.side_order(Command::StartKeys { who: who.clone() });
        self.call.watched.retain(|watch| !same(&watch.who, &who));
        self.call.watched.push(Watched { who, op, on: true, starts: starts + 1 });
    }

    fn stop_watch(&mut self, who: &str) {
        self.side_order(Command::StopKeys { who: who.into() });
        self.call.watched.iter_mut().filter(|watch| same(&watch.who, who)).for_each(|watch| watch.on = false);
    }

    /// Somebody is not on the line any more: nothing is reported of them.
    pub(crate) fn unwatch(&mut self, who: &str) {
        self.call.watched.retain(|watch| !same(&watch.who, who));
    }

    /// Who is watched by an operation, by the name the running flow gives them: whose the keys are that come under it.
    pub(crate) fn pressed_by(&self, op: u64) -> Option<String> {
        let watch = self.call.watched.iter().find(|watch| op == watch.op)?;
        self.everybody().into_iter().find(|(_, id)| same(id, &watch.who)).map(|(name, _)| name)
    }

    /// An event about a watch itself; whether it was one. One that failed is started again when the next state begins.
    pub(crate) fn watch_event(&mut self, webhook: &Webhook) -> bool {
        let op = webhook.op.map(|op| op.op);
        let ours = |watch: &Watched| Some(watch.op) == op;
        match webhook.kind {
            WebhookKind::ContinuousDtmfRecognitionToneFailed => {
                self.watch_failed(&ours);
                true
            }
            WebhookKind::ContinuousDtmfRecognitionStopped => true,
            _ => false,
        }
    }

    /// The answer to the start of a watch; whether it was one.
    pub(crate) fn watch_answer(&mut self, op: OpRef, answer: &Answer) -> bool {
        if !self.call.watched.iter().any(|watch| watch.op == op.op) {
            return false;
        }
        match answer {
            Answer::Accepted(_) | Answer::Unknown => {}
            Answer::Refused { .. } => self.watch_failed(&|watch| watch.op == op.op),
        }
        true
    }

    fn watch_failed(&mut self, which: &dyn Fn(&Watched) -> bool) {
        let mut failed = false;
        for watch in self.call.watched.iter_mut().filter(|watch| watch.on && which(watch)) {
            watch.on = false;
            failed = true;
        }
        if failed {
            self.fault("somebody's keys are not reported; it is asked for again when the next state begins");
        }
    }
}

/// Whether a state takes somebody's keys as input.
fn collects_from(state: &State, name: &str) -> bool {
    match &state.kind {
        Kind::Collect { input: Input::Dtmf | Input::SpeechOrDtmf, question, .. } => {
            question.hear.as_deref().unwrap_or(PARTY) == name
        }
        _ => false,
    }
}
