//! The call and what is typed: carries commands out, and keeps what there is to tell.

use crate::cli::simulate::commands::{Command, HELP};
use crate::cli::simulate::save;
use crate::cli::simulate::show::clock;
use crate::cli::test::house::House;
use crate::language::graph::{CallKind, SourceMap};
use crate::language::syntax::ast::{Answers, Script};
use crate::rehearsal::session::Session;
use crate::rehearsal::session::opening::{Opening, Said};
use crate::rehearsal::session::view::View;
use crate::rehearsal::transcript::Told;
use crate::runtime::lines::Served;
use std::cell::OnceCell;

/// How long it takes to pick up, when nobody says it, in milliseconds.
const PICK_UP_MS: u64 = 2_000;

/// A call, and somebody who types.
pub(super) struct Game<'a> {
    house: &'a House,
    served: &'a Served,
    places: &'a SourceMap,
    opening: &'a OnceCell<Opening>,
    said: &'a Said,
    /// Time jumps to the next thing that waits for the caller.
    fast: bool,
    session: Option<Session<'a>>,
    /// What has been shown of the transcript.
    shown: Vec<Told>,
    /// What there is to tell.
    tells: Vec<String>,
}

/// What a game is about.
#[derive(Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) house: &'a House,
    pub(super) served: &'a Served,
    pub(super) places: &'a SourceMap,
    /// How the call begins, once that is known.
    pub(super) opening: &'a OnceCell<Opening>,
    pub(super) said: &'a Said,
    pub(super) fast: bool,
}

impl<'a> Game<'a> {
    /// A call that begins by itself, or waits for how its party answers.
    pub(super) fn new(about: About<'a>, script: Option<&Script>) -> Result<Game<'a>, String> {
        let About { house, served, places, opening, said, fast } = about;
        let mut game =
            Game { house, served, places, opening, said, fast, session: None, shown: Vec::new(), tells: Vec::new() };
        let program = &served.program;
        match (script, program.call) {
            (Some(script), _) => {
                let opening = game.opening.get_or_init(|| Opening::of(script.clone(), program));
                game.session = Some(Session::begin(house.scene(), opening, served, true)?);
                game.goes_on();
            }
            (None, CallKind::Inbound) => {
                let opening = game.opening.get_or_init(|| Opening::made(program, said));
                game.session = Some(Session::begin(house.scene(), opening, served, false)?);
                game.goes_on();
            }
            (None, CallKind::Any | CallKind::Join) => {
                game.tells.push(format!("{} is about to begin: Enter begins it", program.flow));
            }
            (None, CallKind::Outbound) => {
                game.tells.push(format!(
                    "{} is about to call you: Enter answers; or `:answer after 6s`, `:busy`, `:decline`, `:no answer`",
                    program.flow
                ));
            }
            (None, kind @ (CallKind::Live | CallKind::RecordingReady)) => {
                return Err(format!("nobody can call a flow that begins `{}`", kind.word()));
            }
        }
        Ok(game)
    }

    /// How the call stands, once it has begun.
    pub(super) fn view(&self) -> Option<View> {
        self.session.as_ref().map(|session| session.view(self.places))
    }

    /// What there is to tell, once.
    pub(super) fn tells(&mut self) -> Vec<String> {
        self.tells.extend(self.session.as_mut().map(Session::notices).unwrap_or_default());
        std::mem::take(&mut self.tells)
    }

    /// What was heard and done since the last time.
    pub(super) fn news(&mut self) -> Vec<Told> {
        let Some(view) = self.view() else { return Vec::new() };
        // What was taken back may have come about otherwise since.
        let same = self.shown.iter().zip(&view.told).take_while(|(shown, told)| shown == told).count();
        self.shown = view.told;
        self.shown[same..].to_vec()
    }

    /// A key that means nothing.
    pub(super) fn wonders(&mut self, key: char) {
        self.tells.push(format!("`{key}` is no key; words begin with `\"`, commands with `:`, and `:help` lists them"));
    }

    /// Time passes, where it does so by itself.
    pub(super) fn pass(&mut self, ms: u64) {
        if let Some(session) = self.session.as_mut().filter(|session| !self.fast && !session.is_over()) {
            session.pass(ms);
        }
    }

    /// Does what was typed. Whether to go on.
    pub(super) fn types(&mut self, line: &str) -> bool {
        match Command::read(line) {
            Ok(Command::Quit) => return false,
            Ok(command) => {
                if let Err(why) = self.carries_out(command) {
                    self.tells.push(why);
                }
            }
            Err(why) => self.tells.push(why),
        }
        true
    }

    fn carries_out(&mut self, command: Command) -> Result<(), String> {
        match command {
            Command::Help => {
                self.tells.extend(HELP.lines().map(str::to_owned));
                return Ok(());
            }
            Command::PickUp(answers) => return self.picks_up(answers),
            Command::Skip if self.session.is_none() => return self.picks_up(Answers::After(PICK_UP_MS)),
            _ => {}
        }
        let session = self.session.as_mut().ok_or("the call has not begun: Enter begins it")?;
        match command {
            Command::Act(doing) => session.does(&doing)?,
            Command::Answer { operation, outcome, value } => {
                session.answers(&operation, &outcome, value)?;
                self.tells.push(format!("the next time `{operation}` answers `{outcome}`"));
                return Ok(());
            }
            Command::As(name) => {
                session.act_as(&name)?;
                self.tells.push(format!("you act as {name}"));
                return Ok(());
            }
            Command::Cut(doing) => {
                session.cuts_in(&doing)?;
                self.went_back();
            }
            Command::People => {
                let people = session.view(self.places).people;
                self.tells.extend(people.iter().map(|one| {
                    let name = if one.name.is_empty() { "nobody the flow has a name for" } else { &one.name };
                    format!("{name}  {}{}", one.id, if one.acts { "  you" } else { "" })
                }));
                if people.is_empty() {
                    self.tells.push("nobody is on the line".to_owned());
                }
                return Ok(());
            }
            Command::Phone(who, answers) => {
                session.phone(&who, answers)?;
                return Ok(());
            }
            Command::Save { file, over } => {
                self.tells.extend(save::save(self.house, session, &file, over)?);
                return Ok(());
            }
            Command::Skip => session.skip()?,
            Command::Undo => {
                if !session.undo() {
                    return Err("there is nothing to take back".to_owned());
                }
                self.went_back();
                return Ok(());
            }
            Command::Wait(ms) => {
                session.pass(ms);
                return Ok(());
            }
            Command::Help | Command::PickUp(_) | Command::Quit => {}
        }
        self.goes_on();
        Ok(())
    }

    /// The flow's call is met.
    fn picks_up(&mut self, answers: Answers) -> Result<(), String> {
        if self.session.is_some() {
            return Err("the call has begun already".to_owned());
        }
        let (program, said) = (&self.served.program, self.said);
        let opening = self.opening.get_or_init(|| {
            let mut opening = Opening::made(program, said);
            opening.answered(answers);
            opening
        });
        self.session = Some(Session::begin(self.house.scene(), opening, self.served, false)?);
        self.goes_on();
        Ok(())
    }

    /// Where time jumps, it does.
    fn goes_on(&mut self) {
        if let Some(session) = self.session.as_mut().filter(|_| self.fast) {
            session.run_on();
        }
    }

    fn went_back(&mut self) {
        let at_ms = self.session.as_ref().map_or(0, Session::at_ms);
        self.tells.push(format!("back at {}", clock(at_ms)));
    }
}
