//! Keys outside a question. Tones come one by one; a rule is taken once its keys were pressed one after the other, by one
//! person, with no more than two seconds between them. Where one rule's keys begin another's, the longer one is waited for.

use crate::language::flow::label::Label;
use crate::language::flow::state::{Kind, Question};
use crate::machine::call::{Phase, What};
use crate::machine::command::OpRef;
use crate::machine::menu;
use crate::machine::rules::Rules;
use crate::machine::stepper::Stepper;
use crate::machine::timer::Why;
use crate::platform::hidden::Hidden;
use crate::platform::tones::Tone;
use serde::{Deserialize, Serialize};

/// Longest pause between two tones of a sequence, in milliseconds.
const PAUSE_MS: u64 = 2_000;
/// How long a menu's wrong key is held back for the tone that explains it, in milliseconds.
const EXPLAIN_MS: u64 = 300;
/// Most tones remembered.
const TONES: usize = 32;
/// The name of the person the flow talks to.
pub(crate) const PARTY: &str = "party";

/// Who is watched for keys, by the request that began it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// The request.
    pub op: u64,
    /// Who: a participant, or `party`.
    pub who: String,
    /// The highest number of a tone that can no longer be part of anything; numbers rise within a watch.
    pub past: i64,
}

/// A tone that may still be part of a sequence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pressed {
    /// Who pressed it.
    pub who: String,
    /// The watch.
    pub op: u64,
    /// Its number within the watch.
    pub sequence: i64,
    /// Which.
    pub tone: Hidden<Tone>,
    /// When we learned of it.
    pub at: i64,
}

/// What the keys pressed so far come to.
enum Match {
    /// A rule, and nothing longer is possible.
    Rule(Label),
    /// Perhaps more: wait for the next tone, and take the rule, if there is one, when none comes.
    Maybe,
    /// Nothing.
    None,
}

impl Stepper<'_> {
    /// Who is watched by a request; the party, where it is not known.
    fn watch(&mut self, op: Option<OpRef>) -> usize {
        let op = op.map_or(0, |op| op.op);
        if let Some(index) = self.call.watches.iter().position(|watch| watch.op == op) {
            return index;
        }
        let who = self.pressed_by(op).unwrap_or_else(|| PARTY.to_owned());
        self.call.watches.push(Watch { op, who, past: i64::MIN });
        self.call.watches.len() - 1
    }

    /// A tone came.
    pub(crate) fn tone(&mut self, op: Option<OpRef>, tone: Option<Tone>, sequence: i64) {
        let Some(tone) = tone else { return self.ignore("a tone that no key has") };
        if !matches!(self.call.phase, Phase::Running) || self.rules() == Rules::Never {
            return self.ignore("the flow is on its way out");
        }
        let index = self.watch(op);
        let Watch { op, who, past } = self.call.watches[index].clone();
        let known = self.call.pressed.iter().any(|pressed| pressed.op == op && pressed.sequence == sequence);
        if known || sequence <= past {
            return self.ignore("a tone that came before");
        }
        if self.swallows(&who, tone) || self.is_input(&who) {
            self.call.watches[index].past = sequence;
            return self.hear_key(tone);
        }
        let stale = self.at.saturating_sub_unsigned(PAUSE_MS);
        if self.call.pressed.iter().filter(|pressed| pressed.who == who).all(|pressed| pressed.at < stale) {
            self.forget_keys(&who);
        }
        let at = self.at;
        self.call.pressed.push(Pressed { who: who.clone(), op, sequence, tone: tone.into(), at });
        self.call.pressed.sort_by_key(|pressed| (pressed.op, pressed.sequence));
        if self.call.pressed.len() > TONES {
            self.call.pressed.remove(0);
        }
        self.match_keys(&who);
        self.hear_key(tone);
    }

    /// Whether a tone is the one that a menu's result told of already.
    fn swallows(&mut self, who: &str, tone: Tone) -> bool {
        let told = self.call.told_key.take();
        told.is_some_and(|told| {
            told.who == who && *told.tone == tone && self.at.saturating_sub_unsigned(PAUSE_MS) <= told.at
        })
    }

    /// Whether what this person presses is input to a question of free keys.
    fn is_input(&self, who: &str) -> bool {
        self.awaits(What::Asking)
            && match self.program.state(&self.call.state).map(|state| &state.kind) {
                Some(Kind::Collect { question, .. } | Kind::Recognize { question, .. }) => listens_to(question, who),
                Some(_) | None => false,
            }
    }

    fn match_keys(&mut self, who: &str) {
        match self.matched(who) {
            Match::Rule(label) => self.take_keys(who, label),
            Match::Maybe => {
                self.wake_after(PAUSE_MS, Why::Keys);
                if self.call.wrong_key.is_some() {
                    // The tone explains the menu's wrong key so far: the rest of the sequence may follow.
                    self.wake_after(PAUSE_MS, Why::WrongKey);
                }
            }
            Match::None => {}
        }
    }

    /// No further tone came in time: what was pressed so far is all.
    pub(crate) fn keys_over(&mut self) {
        let mut people: Vec<String> = self.call.pressed.iter().map(|pressed| pressed.who.clone()).collect();
        people.sort();
        people.dedup();
        for who in people {
            if let Some(label) = self.whole_rule(&who) {
                self.take_keys(&who, label);
            }
        }
    }

    fn take_keys(&mut self, who: &str, label: Label) {
        self.forget_keys(who);
        self.call.wrong_key = None;
        self.rule_or_later(label);
    }

    /// What was pressed can no longer be part of anything.
    fn forget_keys(&mut self, who: &str) {
        for pressed in self.call.pressed.iter().filter(|pressed| pressed.who == who) {
            for watch in self.call.watches.iter_mut().filter(|watch| watch.op == pressed.op) {
                watch.past = watch.past.max(pressed.sequence);
            }
        }
        self.call.pressed.retain(|pressed| pressed.who != who);
    }

    /// The key rules this person can take: of the running state, or of the whole flow where rules wait for a later state.
    fn key_rules(&self, who: &str) -> Vec<&Label> {
        let labels: Vec<&Label> = match (self.rules(), self.program.node(&self.call.state)) {
            (Rules::Live, Some(node)) => self.program.graph.edges(node).map(|edge| &edge.weight().label).collect(),
            (Rules::Later, _) => self.program.graph.edge_weights().map(|edge| &edge.label).collect(),
            (Rules::Live | Rules::Never, _) => Vec::new(),
        };
        let mine = |label: &&Label| match label {
            Label::Key { by, .. } => by.as_ref().is_none_or(|by| by == who),
            _ => false,
        };
        labels.into_iter().filter(mine).collect()
    }

    fn tones_of(&self, who: &str) -> Vec<Tone> {
        self.call.pressed.iter().filter(|pressed| pressed.who == who).map(|pressed| *pressed.tone).collect()
    }

    fn matched(&self, who: &str) -> Match {
        let pressed = self.tones_of(who);
        let whole = self.whole_rule(who);
        // What began no earlier than the rule that is whole is not waited for.
        let least = match &whole {
            Some(Label::Key { keys, .. }) => keys.len(),
            Some(_) | None => 1,
        };
        let begun = self.key_rules(who).into_iter().any(|label| is_begun(label, &pressed, least));
        match whole {
            _ if begun => Match::Maybe,
            Some(label) => Match::Rule(label),
            None => Match::None,
        }
    }

    /// The rule whose keys were pressed last; the longest, and of those the one for this person alone.
    fn whole_rule(&self, who: &str) -> Option<Label> {
        let pressed = self.tones_of(who);
        let keys = |label: &Label| match label {
            Label::Key { keys, by } if !keys.is_empty() && pressed.ends_with(keys) => Some((keys.len(), by.is_some())),
            _ => None,
        };
        self.key_rules(who).into_iter().filter(|label| keys(label).is_some()).max_by_key(|label| keys(label)).cloned()
    }

    /// Holds a menu's wrong key back for the tone that explains it; false when no rule could.
    pub(crate) fn hold_wrong_key(&mut self, question: &Question, tones: &[Tone]) -> bool {
        if self.call.wrong_key.is_some() {
            return true;
        }
        let who = question.hear.as_deref().unwrap_or(PARTY);
        if self.key_rules(who).is_empty() {
            return false;
        }
        // The tone may have come first, as part of a sequence that is not whole yet.
        let begun = matches!(self.matched(who), Match::Maybe);
        self.call.wrong_key = Some(tones.to_vec().into());
        self.call.timers.retain(|timer| !matches!(timer.why, Why::Deadline { .. }));
        self.wake_after(if begun { PAUSE_MS } else { EXPLAIN_MS }, Why::WrongKey);
        true
    }

    /// No tone explained a menu's wrong key: what the result itself told is taken, or the menu asks again.
    pub(crate) fn wrong_key(&mut self) {
        let Some(tones) = self.call.wrong_key.take() else { return };
        let program = self.program;
        let Some(Kind::Menu { choices, question }) = program.state(&self.call.state).map(|state| &state.kind) else {
            return;
        };
        let who = question.hear.as_deref().unwrap_or(PARTY);
        let rules = self.key_rules(who);
        let rule = rules.into_iter().find(|label| matches!(label, Label::Key { keys, .. } if *keys == *tones)).cloned();
        match (rule, &tones[..]) {
            (Some(rule), [tone]) => {
                let (who, at) = (who.to_owned(), self.at);
                self.call.told_key = Some(Pressed { who, op: 0, sequence: 0, tone: (*tone).into(), at });
                self.rule_or_later(rule);
            }
            _ => {
                let then = menu::no_match(self, choices, question);
                self.follow(then);
            }
        }
    }
}

/// Whether a question listens to this person.
pub(crate) fn listens_to(question: &Question, who: &str) -> bool {
    question.hear.as_deref().unwrap_or(PARTY) == who
}

/// Whether at least so many of the last keys pressed are the beginning of this rule's, and more are to come.
fn is_begun(label: &Label, pressed: &[Tone], least: usize) -> bool {
    let Label::Key { keys, .. } = label else { return false };
    (least..keys.len()).any(|length| pressed.ends_with(&keys[..length]))
}
