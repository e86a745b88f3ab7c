//! A call that was looked at, as the steps of a scenario.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::emulator::transcript::Did;
use crate::language::graph::{CallKind, Program};
use crate::language::source::Spanned;
use crate::language::syntax::ast::{Act, Answers, Expected, Script, Step};
use crate::rehearsal::generate::explore::{Done, Noted, Run};
use crate::rehearsal::generate::plan::{nowhere, step, word};
use crate::rehearsal::hearing::{is_aside, is_beep, is_cut, sounds_like};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How long a call may go on by itself after the last step, in milliseconds; a rehearsal waits a little longer.
const LINGER_MS: u64 = 40_000;
/// Most characters of words that are heard, as they are written.
const MOST_WORDS: usize = 60;
/// Who calls, where it does not matter.
const ANY_CALLER: &str = "+441632960100";

/// How much of what is heard a scenario says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Everything, and the silence to questions.
    Whole,
    /// Everything.
    Heard,
    /// Nothing: it goes by time.
    Timed,
}

/// Every style, the most readable first.
pub(super) const STYLES: [Style; 3] = [Style::Whole, Style::Heard, Style::Timed];

/// The scenario.
pub(super) fn script(program: &Program, run: &Run, style: Style) -> Script {
    let mut script = run.plan.given();
    if matches!(program.call, CallKind::Inbound | CallKind::Live) && script.steps.is_empty() {
        script.steps.push(step(None, Act::CallFrom { from: word(ANY_CALLER), to: None }));
    }
    let mut telling = Telling { program, run, style, steps: Vec::new(), base: run.began_ms, blocked: BTreeSet::new() };
    telling.tell();
    script.steps.extend(telling.steps);
    script.title = word(&title(run));
    script.expect.result = Some(word(run.result.as_deref().unwrap_or("none")));
    script.expect.ended = Some(word(&run.ended)).filter(|state| !state.value.is_empty());
    script
}

struct Telling<'r> {
    program: &'r Program,
    run: &'r Run,
    style: Style,
    steps: Vec<Step>,
    /// When the steps so far are over.
    base: u64,
    /// Who heard something cut off since they last did something: what they hear next cannot be said.
    blocked: BTreeSet<String>,
}

impl Telling<'_> {
    fn tell(&mut self) {
        let by_party = |done: &&Done| done.who.is_none() && !done.id.is_empty();
        let party = self.run.done.iter().find(by_party).map(|done| done.id.clone());
        let party = party.or_else(|| self.run.noted.first().map(|noted| noted.who.clone()));
        // Somebody else is only told of as long as they do something.
        let mut until: BTreeMap<String, (Option<String>, usize)> = BTreeMap::new();
        for done in self.run.done.iter().filter(|done| done.act.is_some()) {
            until.insert(done.id.clone(), (done.who.clone(), done.lines));
        }
        if let Some(party) = party {
            until.insert(party, (None, usize::MAX));
        }
        let mut done = self.run.done.iter().peekable();
        for (at, noted) in self.run.noted.iter().enumerate() {
            while let Some(one) = done.next_if(|one| one.lines <= at) {
                self.does(one);
            }
            match noted.did {
                Did::Heard => {
                    if let Some((who, last)) = until.get(&noted.who).filter(|(_, last)| at < *last) {
                        let _ = last;
                        self.hears(who.as_deref(), noted);
                    }
                }
                Did::Pressed | Did::Said => {
                    self.blocked.remove(&noted.who);
                    self.base = self.base.max(self.ends(at, noted));
                }
                Did::Left => {}
            }
        }
        for one in done {
            self.does(one);
        }
        let left = self.run.over_ms.saturating_sub(self.base);
        if left > LINGER_MS {
            let whole = left.div_ceil(1_000) * 1_000;
            self.steps.push(step(None, Act::Silence(Some(whole))));
        }
    }

    /// When a noted act is over: keys are noted under the first of them.
    fn ends(&self, _at: usize, noted: &Noted) -> u64 {
        let keys = noted.text.chars().count() as u64;
        match noted.did {
            Did::Pressed => noted.at_ms + 200 * keys.saturating_sub(1),
            Did::Heard | Did::Left | Did::Said => noted.at_ms,
        }
    }

    fn does(&mut self, done: &Done) {
        let who = done.who.as_deref();
        match &done.act {
            None if self.style == Style::Whole && self.base == done.at_ms => {
                self.steps.push(step(who, Act::Silence(None)));
            }
            None => {}
            Some(act) => {
                let wait = done.at_ms.saturating_sub(self.base);
                if wait > 0 {
                    self.steps.push(step(None, Act::Silence(Some(wait))));
                }
                self.base = done.at_ms;
                self.steps.push(step(who, act.clone()));
            }
        }
    }

    fn hears(&mut self, who: Option<&str>, noted: &Noted) {
        if self.style == Style::Timed || is_beep(&noted.text) || is_aside(self.program, &noted.text) {
            return;
        }
        if is_cut(&noted.text) {
            self.blocked.insert(noted.who.clone());
        }
        if self.blocked.contains(&noted.who) {
            return;
        }
        let heard = Spanned::new(self.expected(&noted.text), nowhere());
        self.base = noted.at_ms;
        if let Some(Step { who: before, act: Act::Hear(all), .. }) = self.steps.last_mut()
            && before.as_ref().map(|who| who.value.as_str()) == who
            && all.len() < 4
        {
            all.push(heard);
            return;
        }
        self.steps.push(step(who, Act::Hear(vec![heard])));
    }

    /// A prompt by its name, or words of it.
    fn expected(&self, text: &str) -> Expected {
        let programs = || self.program.flows.values().map(Arc::as_ref).chain([self.program]);
        let mut prompts = programs().flat_map(|program| &program.prompts);
        let found = prompts.find(|(_, prompt)| prompt.wordings.values().any(|one| sounds_like(&one.sound, text)));
        if let Some((key, _)) = found {
            return Expected::Prompt(key.rsplit_once('.').map_or(key.as_str(), |(_, name)| name).to_owned());
        }
        let text = if text.starts_with("http") { text.rsplit('/').next().unwrap_or(text) } else { text };
        // The longest stretch that needs no escapes, and no more than fits a line.
        let plain = text.split(['"', '\\', '<', '>', '\n', '{', '}']).max_by_key(|part| part.len()).unwrap_or("");
        let mut words = String::new();
        for one in plain.split_whitespace() {
            if !words.is_empty() && words.chars().count() + one.chars().count() >= MOST_WORDS {
                break;
            }
            if !words.is_empty() {
                words.push(' ');
            }
            words.push_str(one);
        }
        Expected::Words(words)
    }
}

/// What the call is like, in a line.
fn title(run: &Run) -> String {
    let mut told: Vec<String> = Vec::new();
    let plan = &run.plan;
    if let Some(from) = &plan.from {
        told.push(format!("calls from {from}"));
    }
    told.extend(plan.clock.map(|_| "calls at another time".to_owned()));
    told.extend(plan.headers.iter().map(|(name, value)| format!("brings {name} {value}")));
    let plainly = |(who, answers): &(&String, &Answers)| *who == "params.to" && matches!(answers, Answers::After(_));
    for (who, answers) in plan.phones.iter().filter(|phone| !plainly(phone)) {
        let who = who.rsplit_once('.').map_or(who.as_str(), |(_, name)| name).replace('_', " ");
        let who = if who == "to" { "the phone".to_owned() } else { who };
        told.push(match answers {
            Answers::After(_) => format!("{who} answers"),
            Answers::Busy => format!("{who} is busy"),
            Answers::Decline => format!("{who} declines"),
            Answers::Never => format!("{who} does not answer"),
            Answers::Unreachable => format!("{who} cannot be reached"),
        });
    }
    for (name, answers) in &plan.answers {
        let mut words: Vec<String> = answers.iter().map(|answer| answer.outcome.value.replace('_', " ")).collect();
        words.dedup();
        told.push(format!("{name} says {}", words.join(", then ")));
    }
    let mut states: Vec<&String> = plan.fails.iter().map(|(state, _)| state).collect();
    states.dedup();
    told.extend(states.into_iter().map(|state| format!("the platform refuses {}", state.replace('.', " "))));
    for done in &run.done {
        let does = match &done.act {
            Some(Act::Press(keys)) if keys.len() > 4 => "keys in a number".to_owned(),
            Some(Act::Press(keys)) => {
                let words: Vec<String> = keys.iter().map(|key| key.word()).collect();
                format!("presses {}", words.join(" "))
            }
            Some(Act::Say(words)) if words.len() > 24 => "says something".to_owned(),
            Some(Act::Say(words)) => format!("says {words}"),
            Some(Act::HangUp) => "hangs up".to_owned(),
            Some(Act::Signal { name, .. }) => format!("{} is told", name.value.replace('_', " ")),
            _ => "says nothing".to_owned(),
        };
        let does = match &done.who {
            Some(who) => format!("{} {does}", who.replace('_', " ")),
            None => does,
        };
        match (told.last_mut(), does.strip_prefix("presses ")) {
            (Some(last), _) if *last == does => {}
            // `presses 1, 2`
            (Some(last), Some(keys)) if last.starts_with("presses ") => *last = format!("{last}, {keys}"),
            _ => told.push(does),
        }
    }
    if told.is_empty() {
        return "listens to the end".to_owned();
    }
    let mut title = told.first().cloned().unwrap_or_default();
    for more in told.iter().skip(1) {
        if title.chars().count() + more.chars().count() > 90 {
            title.push_str(", and so on");
            break;
        }
        title = format!("{title}, {more}");
    }
    title
}
