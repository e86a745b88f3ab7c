//! What a person does alone after answering: `press 1 2 pound`, `say words`, `silence 3s`, `hang up`.

use std::collections::VecDeque;

use crate::emulator::answer::Refusal;
use crate::emulator::call::Call;
use crate::emulator::phones::duration_ms;
use crate::emulator::world::{Due, World};
use crate::platform::identifier::Identifier;
use crate::platform::media_time::{KEY_MS, text_ms};
use crate::platform::tones::Tone;

/// One line of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// Leave.
    HangUp,
    /// Press keys, once something listens to this person.
    Press(Vec<Tone>),
    /// Speak, once something listens to this person's words.
    Say(String),
    /// Do nothing for so many milliseconds.
    Silence(u64),
}

impl Line {
    /// Reads a line.
    pub(crate) fn read(path: &str, text: &str) -> Result<Line, Refusal> {
        if let Some(said) = text.strip_prefix("say ").map(str::trim).filter(|said| !said.is_empty()) {
            return Ok(Line::Say(said.to_owned()));
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        let line = match words.as_slice() {
            ["hang", "up"] => Some(Line::HangUp),
            ["silence", time] => duration_ms(time).map(Line::Silence),
            ["press", keys @ ..] if !keys.is_empty() => {
                keys.iter().map(|key| Tone::from_word(key)).collect::<Option<Vec<_>>>().map(Line::Press)
            }
            _ => None,
        };
        line.ok_or_else(|| Refusal::field(path, "must be `press 1 2 pound`, `say words`, `silence 3s` or `hang up`"))
    }
}

/// Reads the lines of a body's `script`.
pub(crate) fn lines(script: &[String]) -> Result<Vec<Line>, Refusal> {
    let lines = script.iter().enumerate();
    lines.map(|(index, line)| Line::read(&format!("script[{index}]"), line)).collect()
}

/// The lines a person has still before them.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    /// Whose.
    pub(crate) who: Identifier,
    lines: VecDeque<Line>,
    /// A line is being carried out; the agenda says when it is done.
    busy: bool,
    /// When that is, in virtual milliseconds.
    until: u64,
}

impl Call {
    /// A person who has just answered starts their script.
    pub(crate) fn start_script(&mut self, world: &mut World, who: &Identifier, lines: Vec<Line>) {
        if !lines.is_empty() {
            self.scripts.push(Script { who: who.clone(), lines: lines.into(), busy: true, until: world.now });
            world.plan(0, self.number, Due::Script(who.clone()));
        }
    }

    /// Somebody who came from another call goes on with what they had before them there.
    pub(crate) fn goes_on(&mut self, world: &mut World, script: Script) {
        let wait = if script.busy { script.until.saturating_sub(world.now) } else { 0 };
        world.plan(wait, self.number, Due::Script(script.who.clone()));
        self.scripts.push(Script { busy: true, ..script });
    }

    /// Something listens to this person now: a press that waited can go on.
    pub(crate) fn wake_script(&mut self, world: &mut World, who: &Identifier) {
        let waits = self.scripts.iter().any(|script| script.who == *who && !script.busy);
        if waits {
            self.next_line(world, who);
        }
    }

    /// Carries out the next line, or leaves a press waiting for a listener.
    pub(crate) fn next_line(&mut self, world: &mut World, who: &Identifier) {
        let listened_to = self.listens_to_keys(who) || self.is_watched(who);
        let words_listened_to = self.listens_to_speech(who);
        let Some(script) = self.scripts.iter_mut().find(|script| script.who == *who) else {
            return;
        };
        script.busy = false;
        let wait = match script.lines.front() {
            Some(Line::Press(_)) if !listened_to => return,
            Some(Line::Say(_)) if !words_listened_to => return,
            None => return,
            Some(Line::HangUp) => return self.leave(world, who),
            Some(Line::Silence(wait)) => *wait,
            Some(Line::Say(text)) => {
                world.plan(0, self.number, Due::Speech { who: who.clone(), text: text.clone() });
                text_ms(text)
            }
            Some(Line::Press(tones)) => {
                let act = world.count();
                let mut wait = 0;
                for tone in tones {
                    world.plan(wait, self.number, Due::Key { who: who.clone(), tone: *tone, act });
                    wait += KEY_MS;
                }
                wait
            }
        };
        script.lines.pop_front();
        (script.busy, script.until) = (true, world.now + wait);
        world.plan(wait, self.number, Due::Script(who.clone()));
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::script::Line;
    use crate::platform::tones::Tone;

    #[test]
    fn lines() {
        assert_eq!(
            Line::read("s", "press 1 star pound a"),
            Ok(Line::Press(vec![Tone::One, Tone::Asterisk, Tone::Pound, Tone::A]))
        );
        assert_eq!(Line::read("s", "silence 1.5s"), Ok(Line::Silence(1500)));
        assert_eq!(Line::read("s", "hang up"), Ok(Line::HangUp));
        assert_eq!(Line::read("s", "say  hello, you "), Ok(Line::Say("hello, you".to_owned())));
        for bad in ["", "press", "press 12", "press one", "silence", "say", "silence forever", "hang up now", "hangup"]
        {
            assert!(
                Line::read("script[0]", bad).is_err_and(|refusal| refusal.message.starts_with("script[0]: ")),
                "{bad}"
            );
        }
    }
}
