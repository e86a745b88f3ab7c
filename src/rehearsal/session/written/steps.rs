//! What people heard and did, as the steps of a script.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::emulator::transcript::{Did, Entry};
use crate::language::duration;
use crate::language::graph::Program;
use crate::platform::tones::Tone;
use crate::rehearsal::hearing::{is_aside, is_beep, is_cut, prompt_of};
use crate::rehearsal::session::{Doing, Done, Session};
use crate::rehearsal::written::{scalar, signalled};
use std::collections::{BTreeMap, BTreeSet};

/// Where the files of a project are in what is heard.
const MEDIA: &str = "https://flowc.example.org/media/";
/// How long the end of a call may take without being written, in milliseconds.
const LINGERS_MS: u64 = 40_000;
/// Waits that are shorter need not be written, in milliseconds.
const SHORTEST_MS: u64 = 50;

/// The steps, one after the other.
pub(super) struct Steps<'s> {
    program: &'s Program,
    entries: &'s [Entry],
    /// When the call began, in virtual milliseconds.
    began: u64,
    steps: Vec<String>,
    /// Lines of the transcript that are written, by person.
    behind: BTreeMap<String, usize>,
    /// People who heard something that was cut off, though they did nothing.
    cut: BTreeSet<String>,
    /// When the last step was done.
    at: u64,
}

impl<'s> Steps<'s> {
    /// All steps behind the one by which the call began.
    pub(super) fn of(session: &'s Session<'_>, timed: bool) -> Vec<String> {
        let Some(line) = session.line() else { return Vec::new() };
        let mut steps = Steps {
            program: session.program,
            entries: line.transcript.entries(),
            began: line.began,
            steps: Vec::new(),
            behind: BTreeMap::new(),
            cut: BTreeSet::new(),
            at: session.now.stage.began(),
        };
        let done = &session.now.done;
        for (at, this) in done.iter().enumerate() {
            let joined = at.checked_sub(1).and_then(|before| done.get(before)).filter(|_| !timed);
            let until = done[at + 1..].iter().find(|next| next.who == this.who);
            let until = until.map_or(steps.entries.len(), |next| next.lines);
            if joined.is_none_or(|before| !steps.joins(before, this)) {
                steps.act(this, timed);
            }
            steps.pass(this, until);
        }
        let left = done.iter().any(|done| done.doing == Doing::HangUp && done.name.is_none());
        if let Some(party) = session.party().filter(|_| !left) {
            steps.hear(&party, None, steps.entries.len());
        }
        // A script whose steps are done lets the call go on for a while, not for long.
        let left = session.at_ms().saturating_sub(steps.at);
        if left > LINGERS_MS && session.party().is_some() {
            steps.step(None, format!("silence {}", duration::show(left)));
        }
        steps.steps
    }

    /// Keys that follow keys, with nothing new heard between them, are pressed with those.
    fn joins(&mut self, before: &Done, this: &Done) -> bool {
        let (Doing::Press(_), Doing::Press(keys)) = (&before.doing, &this.doing) else { return false };
        let sounding = |done: &Done| done.sounding.as_ref().map(|sounding| (sounding.number, sounding.since));
        let is_same = this.sounding.is_none() || sounding(before) == sounding(this);
        let behind = self.behind.get(&this.who).copied().unwrap_or(0).min(this.lines);
        let between = self.entries[behind..this.lines].iter();
        let is_new = between.into_iter().any(|entry| entry.did == Did::Heard && entry.who == this.who);
        if before.who != this.who || !is_same || is_new {
            return false;
        }
        let Some(last) = self.steps.last_mut() else { return false };
        last.push_str(&format!(" {}", spelled(keys)));
        true
    }

    fn act(&mut self, done: &Done, timed: bool) {
        let name = done.name.as_deref();
        self.hear(&done.who, name, done.lines);
        let sounding = done.sounding.as_ref().filter(|_| done.doing != Doing::SitOut);
        if let Some(sounding) = sounding {
            self.step(name, format!("hear start of {}", self.called(&sounding.words)));
            self.at = self.at.max(sounding.since);
        }
        let waits = done.at.saturating_sub(self.at);
        if timed && waits >= SHORTEST_MS && done.doing != Doing::SitOut {
            self.step(name, format!("silence {}", duration::show(waits)));
        }
        let act = match &done.doing {
            Doing::HangUp => "hang up".to_owned(),
            Doing::Press(keys) => format!("press {}", spelled(keys)),
            Doing::Say(words) => format!("say {words}"),
            Doing::Signal(signal, data) => {
                self.steps.push(signalled(signal, data.as_ref()));
                self.at = self.at.max(done.at);
                return;
            }
            Doing::SitOut => "silence".to_owned(),
        };
        self.step(name, act);
        self.at = self.at.max(done.at);
    }

    /// What was cut off by an act, and the act itself, are written with it.
    fn pass(&mut self, done: &Done, until: usize) {
        let did = match done.doing {
            Doing::HangUp | Doing::Signal(..) | Doing::SitOut => return,
            Doing::Press(_) => Did::Pressed,
            Doing::Say(_) => Did::Said,
        };
        let lines = done.lines.min(until)..until;
        let is_it = |entry: &Entry| entry.did == did && entry.who == done.who;
        if let Some(at) = self.entries[lines.clone()].iter().rposition(is_it) {
            let at = lines.start + at;
            self.at = self.at.max(self.began + self.entries[at].at_ms);
            self.behind.insert(done.who.clone(), at + 1);
            self.cut.remove(&done.who);
        }
    }

    /// What somebody heard up to a line of the transcript.
    fn hear(&mut self, who: &str, name: Option<&str>, until: usize) {
        let from = self.behind.get(who).copied().unwrap_or(0).min(until);
        let mut whole: Vec<String> = Vec::new();
        for entry in &self.entries[from..until] {
            let text = &entry.text;
            if entry.did != Did::Heard || entry.who != who || is_beep(text) || is_aside(self.program, text) {
                continue;
            }
            let called = self.called(text.trim_end_matches('…'));
            if is_cut(text) {
                // Nothing that comes behind it can be heard whole, until they do something.
                self.cut.insert(who.to_owned());
            } else if self.cut.contains(who) {
                whole.push(format!("start of {called}"));
            } else {
                whole.push(called);
            }
            self.at = self.at.max(self.began + entry.at_ms);
        }
        self.behind.insert(who.to_owned(), until);
        let (starts, whole): (Vec<String>, Vec<String>) = whole.into_iter().partition(|it| it.starts_with("start of "));
        if !whole.is_empty() {
            self.step(name, format!("hear {}", whole.join(", ")));
        }
        for start in starts {
            self.step(name, format!("hear {start}"));
        }
    }

    fn step(&mut self, name: Option<&str>, act: String) {
        let act = scalar(&act);
        self.steps.push(name.map_or_else(|| act.clone(), |name| format!("{name}: {act}")));
    }

    /// The prompt that some words are, else the words.
    fn called(&self, text: &str) -> String {
        if let Some(name) = prompt_of(self.program, text) {
            return name.to_owned();
        }
        let text = text.strip_prefix(MEDIA).unwrap_or(text).replace(['"', '\\'], " ");
        format!("\"{}\"", text.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

/// Keys as steps have them: `1 2 pound`.
fn spelled(keys: &str) -> String {
    let words: Vec<String> = keys.chars().filter_map(Tone::from_char).map(Tone::word).collect();
    words.join(" ")
}
