//! What people on a call do, and taking it back.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::emulator::call::State;
use crate::language::compile::scripts;
use crate::language::source::{Span, Spanned};
use crate::language::syntax::ast::{Answers, ScriptedAnswer};
use crate::rehearsal::given::{answering, segment};
use crate::rehearsal::player::PARTY;
use crate::rehearsal::session::{Doing, Done, LONGEST_MS, MOST_PAST, Moment, Session};
use serde_json::json;

impl<'a> Session<'a> {
    /// Somebody on the call does something: the party, or who was named by [`Session::act_as`].
    ///
    /// # Errors
    /// Why it cannot be done.
    pub fn does(&mut self, doing: &Doing) -> Result<(), String> {
        let before = self.now.clone();
        self.now.player = None;
        if let Err(reason) = self.carries_out(doing) {
            self.now = before;
            return Err(reason);
        }
        self.keep(before);
        Ok(())
    }

    /// The same, done the moment that what sounds, or sounded last, began.
    ///
    /// # Errors
    /// When nothing has been heard yet, or why it cannot be done.
    pub fn cuts_in(&mut self, doing: &Doing) -> Result<(), String> {
        let Some(begun) = self.now.begun.clone() else { return Err("nothing has been heard yet".to_owned()) };
        let (before, acting) = (self.now.clone(), self.now.acting.clone());
        self.now = Moment { acting, player: None, begun: Some(begun.clone()), ..(*begun.1).clone() };
        if let Err(reason) = self.carries_out(doing) {
            self.now = before;
            return Err(reason);
        }
        self.keep(before);
        Ok(())
    }

    /// Goes back to the moment before the last act. Whether there was one.
    pub fn undo(&mut self) -> bool {
        let Some(past) = self.past.pop() else { return false };
        self.now = past;
        self.now.player = None;
        true
    }

    /// Who acts from here on: a participant by name, or `party`.
    ///
    /// # Errors
    /// When nobody of this name is on the line.
    pub fn act_as(&mut self, name: &str) -> Result<(), String> {
        if name == PARTY {
            self.now.acting = None;
            return Ok(());
        }
        let named = self.people();
        let found = named.iter().find(|(short, _)| short == name);
        let Some((name, id)) = found else {
            return Err(format!("`{name}` is not on the line; `:people` says who is"));
        };
        self.now.acting = Some((name.clone(), id.clone()));
        Ok(())
    }

    /// What an operation answers the next time it is asked.
    ///
    /// # Errors
    /// When the flow asks no such operation, or the answer does not fit it.
    pub fn answers(&mut self, name: &str, outcome: &str, value: Option<serde_json::Value>) -> Result<(), String> {
        let Some(operation) = scripts::operation(self.program, name) else {
            return Err(format!("the flow asks no operation `{name}`"));
        };
        if !operation.all_outcomes().contains(&outcome) {
            return Err(format!("`{name}` has no outcome `{outcome}`; it has {}", operation.all_outcomes().join(", ")));
        }
        scripts::answer(operation, outcome, value.as_ref())?;
        let outcome = Spanned::new(outcome.to_owned(), Span::default());
        let answer = ScriptedAnswer { outcome, value, takes: 0 };
        self.now.stage.decided.entry(name.to_owned()).or_default().push_back(answer);
        self.now.decided.push(name.to_owned());
        Ok(())
    }

    /// How a phone behaves that is called from here on.
    ///
    /// # Errors
    /// When nobody can have such a number.
    pub fn phone(&mut self, who: &str, answers: Answers) -> Result<(), String> {
        let described = json!({ "answer": answering(answers), "script": [] });
        self.now.stage.human("PUT", &["phones", &segment(who)], &described)?;
        self.now.phones.retain(|(known, _)| known != who);
        self.now.phones.push((who.to_owned(), answers));
        Ok(())
    }

    fn carries_out(&mut self, doing: &Doing) -> Result<(), String> {
        if let Doing::Signal(name, data) = doing {
            let done = Done {
                doing: doing.clone(),
                who: String::new(),
                name: None,
                at: self.at_ms(),
                lines: self.lines(),
                sounding: None,
            };
            self.now.stage.told_by_api(name, data.as_ref())?;
            self.now.done.push(done);
            self.look();
            return Ok(());
        }
        let (name, who) = match &self.now.acting {
            Some((name, id)) => (Some(name.clone()), id.clone()),
            None => (None, self.party().ok_or("nobody is called yet")?),
        };
        let line = self.line().ok_or("nobody is called yet")?;
        if line.is_over() {
            return Err("the call is over; `:undo` goes back".to_owned());
        }
        if line.state != State::Connected {
            return Err("nobody has answered yet".to_owned());
        }
        let (call, lines, sounding) = (line.name(), self.lines(), self.sounding_of(&who));
        let done = Done { doing: doing.clone(), who: who.clone(), name, at: self.at_ms(), lines, sounding };
        match doing {
            Doing::HangUp => self.now.stage.human("POST", &["calls", &call, "hangup"], &json!({ "as": who })),
            Doing::Press(keys) => {
                self.now.stage.human("POST", &["calls", &call, "press"], &json!({ "digits": keys, "as": who }))
            }
            Doing::Say(words) => {
                self.now.stage.human("POST", &["calls", &call, "say"], &json!({ "text": words, "as": who }))
            }
            Doing::Signal(..) => Ok(serde_json::Value::Null),
            Doing::SitOut => {
                let Some(question) = line.question_of(&who) else {
                    return Err("nothing is asked now; `:wait 5s` lets time pass".to_owned());
                };
                let over = |session: &Session<'_>| {
                    session.line().is_none_or(|line| line.is_over() || line.question_of(&who) != Some(question))
                };
                self.until(self.at_ms() + LONGEST_MS, over);
                Ok(serde_json::Value::Null)
            }
        }?;
        self.now.done.push(done);
        self.look();
        Ok(())
    }

    pub(super) fn keep(&mut self, before: Moment<'a>) {
        if self.past.len() == MOST_PAST {
            self.past.remove(0);
        }
        self.past.push(before);
    }
}
