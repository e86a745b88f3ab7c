//! Recorded calls against the flows as they are now: what happened to each call happens again, at the same times, for as long as the
//! flow goes the way it went and asks for the same. The first step where it does not is where the call diverges.
//!
//! States are known by their names. One whose name is gone from the flow may go by a name that is new in it: then it is the same
//! state, and the rest of the call shows whether it behaves like it.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod asked;

use crate::language::flow::label::Label;
use crate::language::graph::SourceMap;
use crate::language::graph::source_map::Place;
use crate::machine::event::{EventKind, Heard, WebhookKind};
use crate::machine::trace::Trace;
use crate::rehearsal::replay::asked::Pairs;
use crate::runtime::doc::InputKind;
use crate::runtime::lines::{Lines, Served};
use crate::runtime::recorded::{Asked, Fold, Happened, Recorded, path};
use std::collections::{BTreeMap, BTreeSet};

/// Most looks at timers between two things that happen.
const LOOKS: u32 = 64;

/// Where a call parts from what was recorded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Divergence {
    /// The flow, and the state it was in; as it is called now.
    pub at: (String, String),
    /// What happened there: `pressed 2`.
    pub when: String,
    /// What it did then.
    pub was: String,
    /// What it does now.
    pub now: String,
    /// Where that is written.
    pub place: Option<Place>,
}

/// Recorded calls that diverge at the same step in the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Where and how.
    pub divergence: Divergence,
    /// The calls.
    pub calls: Vec<String>,
}

/// What came of replaying calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// How many.
    pub calls: usize,
    /// Of them, those that could be followed only in part: what decided their way is masked.
    pub in_part: Vec<String>,
    /// Those that diverge: the largest group first.
    pub groups: Vec<Group>,
}

/// Replays calls; `places` are those of the flows, by name.
#[must_use]
pub fn replay(lines: &Lines, places: &BTreeMap<String, SourceMap>, calls: &[Recorded]) -> Replayed {
    let mut groups: BTreeMap<Divergence, Vec<String>> = BTreeMap::new();
    for recorded in calls {
        if let Some(divergence) = diverges(lines, places, recorded) {
            groups.entry(divergence).or_default().push(recorded.head.call.clone());
        }
    }
    let mut groups: Vec<Group> = groups.into_iter().map(|(divergence, calls)| Group { divergence, calls }).collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.calls.len()));
    let in_part = calls.iter().filter(|call| call.head.cut.is_some()).map(|call| call.head.call.clone());
    Replayed { calls: calls.len(), in_part: in_part.collect(), groups }
}

/// Where a call diverges, if it does.
#[must_use]
pub fn diverges(lines: &Lines, places: &BTreeMap<String, SourceMap>, recorded: &Recorded) -> Option<Divergence> {
    let name = &recorded.head.flow;
    let Some(served) = lines.flows.get(name) else {
        let (was, now) = ("it was answered".to_owned(), "there is no such flow".to_owned());
        return Some(Divergence { at: (name.clone(), String::new()), when: String::new(), was, now, place: None });
    };
    let none = SourceMap::default();
    Replay::new(served, places.get(name).unwrap_or(&none), recorded).run().err().map(|divergence| *divergence)
}

struct Replay<'r> {
    served: &'r Served,
    places: &'r SourceMap,
    recorded: &'r Recorded,
    fold: Fold<'r>,
    pairs: Pairs,
    /// States as they were called, and as they are, by flow.
    renamed: BTreeMap<(String, String), String>,
    taken: BTreeSet<(String, String)>,
    /// Flows that run one another.
    running: Vec<String>,
    /// The state, as it is called now.
    state: String,
}

type Same = Result<(), Box<Divergence>>;

impl<'r> Replay<'r> {
    fn new(served: &'r Served, places: &'r SourceMap, recorded: &'r Recorded) -> Replay<'r> {
        let beginning = recorded.head.beginning(&served.program, &served.settings);
        Replay {
            served,
            places,
            recorded,
            fold: Fold::new(&served.program, beginning),
            pairs: Pairs::default(),
            renamed: BTreeMap::new(),
            taken: BTreeSet::new(),
            running: Vec::new(),
            state: String::new(),
        }
    }

    fn run(mut self) -> Same {
        let all = &self.recorded.lines;
        for (at, happened) in all.iter().enumerate() {
            let input = self.pairs.input(&happened.input);
            let (line, commands) = self.fold.apply(&input, self.recorded.head.at + happened.after, &happened.by);
            self.same_way(happened, &line.trace)?;
            self.same_requests(happened, &commands)?;
            if let Some(next) = all.get(at + 1) {
                self.waits(happened, next)?;
            }
        }
        Ok(())
    }

    /// Timers that come due before the next thing happens, and did not come due then.
    fn waits(&mut self, happened: &Happened, next: &Happened) -> Same {
        let start = self.recorded.head.at;
        for _ in 0..LOOKS {
            let Some(due) = self.fold.doc.call.next_due().filter(|_| !self.fold.doc.call.is_ended()) else { break };
            if due - start >= next.after || happened.due.is_some_and(|was| was <= due - start) {
                break;
            }
            let (line, commands) = self.fold.apply(&InputKind::Event(EventKind::Due), due, &happened.by);
            let nothing = Happened {
                input: InputKind::Event(EventKind::Due),
                trace: Vec::new(),
                commands: Vec::new(),
                ..happened.clone()
            };
            self.same_way(&nothing, &line.trace)?;
            self.same_requests(&nothing, &commands)?;
        }
        Ok(())
    }

    fn flow(&self) -> &str {
        self.running.last().map_or(&self.recorded.head.flow, String::as_str)
    }

    /// Whether a state is the one that had this name.
    fn is_same(&mut self, was: &str, now: &str) -> bool {
        let flow = self.flow().to_owned();
        let key = (flow.clone(), was.to_owned());
        if let Some(name) = self.renamed.get(&key) {
            return name == now;
        }
        let program = if flow == self.served.program.flow {
            Some(&self.served.program)
        } else {
            self.served.program.flows.get(&flow)
        };
        let known = self.recorded.head.states.get(&flow);
        let is_new = !known.is_some_and(|known| known.contains(now));
        let is_gone = program.is_none_or(|program| program.state(was).is_none());
        let same = was == now || (is_new && is_gone && self.taken.insert((flow, now.to_owned())));
        if same {
            self.renamed.insert(key, now.to_owned());
        }
        same
    }

    /// Whether the flow went the way it went.
    fn same_way(&mut self, happened: &Happened, trace: &[Trace]) -> Same {
        let (was, now) = (path(&happened.trace), path(trace));
        // The edge that was taken now, and whether it goes by the label it went by.
        let mut took: Option<(&Trace, bool)> = None;
        for at in 0..was.len().max(now.len()) {
            let (was, now) = (was.get(at).copied(), now.get(at).copied());
            let same = match (was, now) {
                (Some(Trace::Entered { state: was }), Some(Trace::Entered { state: now })) => self.is_same(was, now),
                (
                    Some(Trace::Took { from: was, label: by, exhausted: out }),
                    Some(Trace::Took { from: now, label: by_now, exhausted: out_now }),
                ) => self.is_same(was, now) && out == out_now && is_alike(by, by_now),
                (Some(Trace::Ended { result: was, .. }), Some(Trace::Ended { result: now, .. })) => was == now,
                (
                    Some(Trace::Returned { flow: was, result, .. }),
                    Some(Trace::Returned { flow: now, result: result_now, .. }),
                ) => was == now && result == result_now,
                (Some(Trace::Running { flow: was, .. }), Some(Trace::Running { flow: now, .. })) => was == now,
                _ => false,
            };
            if !same {
                let ways = (goes(was, took.is_some()), goes(now, took.is_some()));
                let agreed = took.is_some_and(|(_, agreed)| agreed);
                let edge = took.map(|(edge, _)| edge).or(now).or(was);
                return Err(self.divergence(happened, edge, agreed, ways));
            }
            match now {
                Some(Trace::Entered { state }) => {
                    self.state.clone_from(state);
                    took = None;
                }
                Some(edge @ Trace::Took { label, .. }) => {
                    let agreed = matches!(was, Some(Trace::Took { label: was, .. }) if was == label);
                    took = Some((edge, agreed));
                }
                Some(Trace::Running { flow, .. }) => self.running.push(flow.clone()),
                Some(Trace::Returned { to, .. }) => {
                    self.running.pop();
                    self.state.clone_from(to);
                }
                Some(Trace::Ended { .. } | Trace::Fault { .. } | Trace::Ignored { .. } | Trace::Ordered { .. })
                | None => {}
            }
        }
        Ok(())
    }

    /// Whether it asked for what it asked for.
    fn same_requests(&mut self, happened: &Happened, commands: &[Asked]) -> Same {
        for at in 0..happened.commands.len().max(commands.len()) {
            let (was, now) = (happened.commands.get(at), commands.get(at));
            if let Some(ways) = self.pairs.differ(was, now) {
                return Err(self.divergence(happened, None, false, ways));
            }
        }
        Ok(())
    }

    /// `agreed`: the edge is the one that was taken then.
    fn divergence(
        &self,
        happened: &Happened,
        took: Option<&Trace>,
        agreed: bool,
        ways: (String, String),
    ) -> Box<Divergence> {
        let flow = self.running.last().map(String::as_str);
        let places = self.places.of_flow(flow);
        let (state, when, place) = match took {
            Some(Trace::Took { from, label, .. }) => {
                let place = places.and_then(|places| places.edge(from, label));
                let when = did(label, &happened.input);
                // Another label is none that was met then.
                (from.clone(), when.or_else(|| agreed.then(|| label.to_string())), place)
            }
            _ => {
                let place = places.and_then(|places| places.state(&self.state));
                (self.state.clone(), None, place)
            }
        };
        let at = (self.flow().to_owned(), state);
        let when = when.unwrap_or_default();
        Box::new(Divergence { at, when, was: ways.0, now: ways.1, place: place.cloned() })
    }
}

/// Whether a way is taken for the same reason: the order of branches and the names of choices are nobody's but the author's.
fn is_alike(was: &Label, now: &Label) -> bool {
    match (was, now) {
        (Label::Branch(_) | Label::Else, Label::Branch(_) | Label::Else) | (Label::Choice(_), Label::Choice(_)) => true,
        _ => was == now,
    }
}

/// What a step of the way is, for people. `on`: it follows an edge that was taken.
fn goes(trace: Option<&Trace>, on: bool) -> String {
    match trace {
        Some(Trace::Entered { state }) => format!("{} {state}", if on { "went to" } else { "entered" }),
        Some(Trace::Took { from, label, exhausted }) => {
            let limit = if *exhausted { ", its limit used up" } else { "" };
            format!("left {from} by `{label}`{limit}")
        }
        Some(Trace::Ended { result, .. }) => match result {
            Some(result) => format!("ended with {result}"),
            None => "ended".to_owned(),
        },
        Some(Trace::Returned { flow, result, .. }) => match result {
            Some(result) => format!("{flow} returned {result}"),
            None => format!("{flow} returned"),
        },
        Some(Trace::Running { flow, .. }) => format!("ran {flow}"),
        Some(Trace::Fault { .. } | Trace::Ignored { .. } | Trace::Ordered { .. }) | None => "stayed".to_owned(),
    }
}

/// What somebody did that led along an edge, for people.
fn did(label: &Label, input: &InputKind) -> Option<String> {
    let InputKind::Event(EventKind::Webhook(webhook)) = input else { return None };
    match &webhook.kind {
        WebhookKind::RecognizeCompleted(Heard::Tones(tones)) if matches!(label, Label::Choice(_)) => {
            let keys: Vec<String> = tones.iter().map(|tone| tone.word()).collect();
            Some(format!("pressed {}", keys.join(" ")))
        }
        WebhookKind::RecognizeCompleted(Heard::Choice(_)) => Some(format!("chose {label}")),
        _ => None,
    }
}
