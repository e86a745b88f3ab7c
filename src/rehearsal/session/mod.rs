//! One call, lived through by somebody who is on it: they press and say, time passes, and every moment can be gone back to.
//!
//! [`Session`] lets time pass, and carries out what people do (`acts`); [`view`] says how the call stands, [`opening`] how it begins,
//! [`written`] writes down what was done as a scenario.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod acts;

pub mod opening;

pub mod view;

pub mod written;

use crate::emulator::call::{Call as Line, State};
use crate::emulator::media::Sounding;
use crate::language::flow::label::Label;
use crate::language::flow::state::{Kind, State as Spoken};
use crate::language::graph::{CallKind, Node, Program};
use crate::language::syntax::ast::{Act, Answers};
use crate::platform::identifier::Identifier;
use crate::platform::tones::Tone;
use crate::rehearsal::player::{PARTY, Player, Progress};
use crate::rehearsal::rehearse::{self, House};
use crate::rehearsal::session::opening::Opening;
use crate::rehearsal::stage::Stage;
use crate::runtime::lines::Served;
use std::sync::Arc;

/// Most moments that one stretch of time is made of.
const MOMENTS: u32 = 100_000;
/// How long to look for something that happens, in virtual milliseconds.
const LONGEST_MS: u64 = 5 * 3_600_000;
/// A wait that is longer is one in which somebody may want to do something, in virtual milliseconds.
const LONG_MS: u64 = 30_000;
/// Most moments that can be gone back to.
const MOST_PAST: usize = 500;

/// Something that somebody on the call does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doing {
    /// Leaves.
    HangUp,
    /// Presses keys.
    Press(String),
    /// Says words.
    Say(String),
    /// Somebody outside tells the call, with this beside.
    Signal(String, Option<serde_json::Value>),
    /// Waits out the question that runs.
    SitOut,
}

/// Something that was done.
#[derive(Clone, Debug)]
pub(crate) struct Done {
    pub(crate) doing: Doing,
    /// Who, by the id people see.
    pub(crate) who: String,
    /// Their name in the flow, unless it is the party.
    pub(crate) name: Option<String>,
    /// When, in virtual milliseconds.
    pub(crate) at: u64,
    /// Lines of the transcript before it.
    pub(crate) lines: usize,
    /// What they were hearing.
    pub(crate) sounding: Option<Sounding>,
}

/// The call at one moment.
#[derive(Clone, Debug)]
struct Moment<'a> {
    stage: Stage<'a>,
    /// The people of a scenario, until they have done everything.
    player: Option<Player<'a>>,
    done: Vec<Done>,
    /// Phones described while the call went on.
    phones: Vec<(String, Answers)>,
    /// Operations whose answers were decided while the call went on.
    decided: Vec<String>,
    /// Who acts, when it is not the party: their name and id.
    acting: Option<(String, String)>,
    /// Whom the flow talks to, once they are on the line: of several who were called, the first.
    met: Option<String>,
    /// The state it stopped in to let the caller act, by the edges taken until then.
    stopped: Option<u32>,
    /// The moment at which what sounds, or sounded last, began; with its number.
    begun: Option<(u64, Arc<Moment<'a>>)>,
}

/// A call that somebody is on.
#[derive(Clone, Debug)]
pub struct Session<'a> {
    opening: &'a Opening,
    program: &'a Program,
    now: Moment<'a>,
    past: Vec<Moment<'a>>,
    notices: Vec<String>,
}

impl<'a> Session<'a> {
    /// The call begins. With `plays`, the steps of the opening's scenario are carried out by its people.
    ///
    /// # Errors
    /// Why it cannot begin like this.
    pub fn begin(
        house: House<'a>,
        opening: &'a Opening,
        served: &'a Served,
        plays: bool,
    ) -> Result<Session<'a>, String> {
        let mut stage = rehearse::line_of(opening.scene(house), &opening.script, served).map_err(|finding| {
            if finding.primary.text.is_empty() {
                finding.message.clone()
            } else {
                format!("{}: {}", finding.message, finding.primary.text)
            }
        })?;
        stage.answered = Some(Vec::new());
        stage.settle();
        let player = plays.then(|| Player::new(&opening.script, &served.program));
        let now = Moment {
            stage,
            player,
            done: Vec::new(),
            phones: Vec::new(),
            decided: Vec::new(),
            acting: None,
            met: None,
            stopped: None,
            begun: None,
        };
        let mut session = Session { opening, program: &served.program, now, past: Vec::new(), notices: Vec::new() };
        session.look();
        Ok(session)
    }

    /// Virtual milliseconds since the beginning.
    #[must_use]
    pub fn at_ms(&self) -> u64 {
        self.now.stage.now
    }

    /// What there is to tell, once.
    pub fn notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notices)
    }

    /// Whether the people of a scenario still act.
    #[must_use]
    pub fn is_played(&self) -> bool {
        self.now.player.is_some()
    }

    /// Whether nothing can happen any more.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let stage = &self.now.stage;
        stage.own_call().is_some_and(|live| live.call.is_ended())
            && stage.no_others().all(|live| live.call.is_ended())
            && self.line().is_none_or(Line::is_over)
    }

    /// So much time passes.
    pub fn pass(&mut self, ms: u64) {
        self.until(self.at_ms().saturating_add(ms), |_| false);
    }

    /// Time passes until the caller is waited for, or the call is over.
    pub fn run_on(&mut self) {
        self.until(self.at_ms() + LONGEST_MS, |session| session.waits() || session.is_over());
        self.now.stopped = self.moves();
    }

    /// What plays now is said to its end; where nothing does, the next thing happens.
    ///
    /// # Errors
    /// When a question listens: nothing is left to be heard.
    pub fn skip(&mut self) -> Result<(), String> {
        let far = self.at_ms() + LONGEST_MS;
        if let Some(sounding) = self.sounding().filter(|sounding| !sounding.loops) {
            self.until(far, |session| session.sounding().is_none_or(|now| now.number != sounding.number));
            return Ok(());
        }
        if self.listens() {
            return Err("the question has been said and listens; `:silence` waits it out".to_owned());
        }
        let news = |session: &Session<'_>| {
            (session.moves(), session.lines(), session.sounding().map(|it| it.number), session.listens())
        };
        let was = news(self);
        self.until(far, |session| news(session) != was || session.is_over());
        Ok(())
    }

    /// Lets time pass, moment by moment, until then or until it is enough.
    fn until(&mut self, until: u64, enough: impl Fn(&Session<'a>) -> bool) {
        for _ in 0..MOMENTS {
            let wake = self.plays();
            self.look();
            if enough(self) {
                return;
            }
            let next = self.now.stage.next_due().into_iter().chain(wake).min();
            if next.is_none() && until - self.at_ms() >= LONGEST_MS {
                return;
            }
            let next = next.map_or(until, |next| next.min(until));
            let is_last = next >= until;
            self.now.stage.go_to(next);
            if is_last {
                self.plays();
                self.look();
                return;
            }
        }
        self.notices.push("too much happens at once: time stands still".to_owned());
    }

    /// The people of a scenario do what they can. When to look again at the latest.
    fn plays(&mut self) -> Option<u64> {
        let mut player = self.now.player.take()?;
        let before = Moment { player: None, ..self.now.clone() };
        let was = player.acted().0;
        let progress = player.go(&mut self.now.stage);
        let (times, last) = player.acted();
        if let (true, Some((who, step))) = (times > was, last) {
            let doing = match &step.act {
                Act::HangUp => Doing::HangUp,
                Act::Press(keys) => Doing::Press(keys.iter().map(|key: &Tone| key.to_char()).collect()),
                Act::Say(words) => Doing::Say(words.clone()),
                Act::Signal { name, data } => Doing::Signal(name.value.clone(), data.clone()),
                Act::AnswerAfter(_)
                | Act::Busy
                | Act::CallFrom { .. }
                | Act::Decline
                | Act::Hear(_)
                | Act::HearStart(_)
                | Act::NoAnswer
                | Act::Silence(_) => Doing::SitOut,
            };
            let (line, at) = (before.stage.own_line(), before.stage.now);
            let done = Done {
                doing,
                who: who.clone(),
                name: step.who.as_ref().map(|who| who.value.clone()).filter(|name| name != PARTY),
                at,
                lines: line.map_or(0, |line| line.transcript.entries().len()),
                sounding: line.and_then(|line| line.sounds_for(who)),
            };
            self.now.done.push(done);
            self.keep(before);
        }
        match progress {
            Progress::Waits(wake) => {
                self.now.player = Some(player);
                return wake.filter(|wake| *wake > self.at_ms());
            }
            Progress::Met => self.notices.push("the scenario is played: the call is yours".to_owned()),
            Progress::Failed(finding) => {
                let why = format!("{}, {}", finding.message, finding.primary.text);
                self.notices.push(format!("the scenario goes no further: {why}; the call is yours"));
            }
        }
        None
    }

    /// Notes who is there first, and the moment at which something begins to be heard.
    fn look(&mut self) {
        if self.now.met.is_none() {
            let first = self.line().and_then(|line| line.people.first());
            self.now.met = first.map(|person| person.id.plain());
        }
        let Some(sounding) = self.sounding() else { return };
        let is_new = self.now.begun.as_ref().is_none_or(|(number, _)| *number != sounding.number);
        if is_new && sounding.since == self.at_ms() {
            let then = Moment { begun: None, ..self.now.clone() };
            self.now.begun = Some((sounding.number, Arc::new(then)));
        }
    }

    fn line(&self) -> Option<&Line> {
        self.now.stage.own_line()
    }

    /// Whom the flow talks to.
    fn party(&self) -> Option<String> {
        let line = self.line()?;
        match self.program.call {
            CallKind::Inbound => Some(line.from.plain()),
            CallKind::Any | CallKind::Join | CallKind::Live | CallKind::Outbound | CallKind::RecordingReady => {
                self.now.met.clone().or_else(|| line.to.first().map(Identifier::plain))
            }
        }
    }

    /// Whoever acts now.
    fn acting(&self) -> Option<String> {
        self.now.acting.as_ref().map(|(_, id)| id.clone()).or_else(|| self.party())
    }

    fn sounding(&self) -> Option<Sounding> {
        self.sounding_of(&self.acting()?)
    }

    fn sounding_of(&self, who: &str) -> Option<Sounding> {
        self.line()?.sounds_for(who)
    }

    fn lines(&self) -> usize {
        self.line().map_or(0, |line| line.transcript.entries().len())
    }

    fn moves(&self) -> Option<u32> {
        self.now.stage.own_call().map(|live| live.call.moves)
    }

    /// Whether somebody on the line is listened to, with nothing left to be said.
    fn listens(&self) -> bool {
        let Some(line) = self.line() else { return false };
        let world = &self.now.stage.cloud.world;
        line.people.iter().filter_map(|person| line.asks(world, &person.id.plain())).any(|asking| asking.listens)
    }

    /// Whether the call waits for somebody to act.
    fn waits(&self) -> bool {
        if self.now.player.is_some() {
            return false;
        }
        self.listens() || self.now.stopped != self.moves() && self.is_idle()
    }

    /// Whether the flow only waits, or plays the same again and again, and takes keys meanwhile; lets people talk; or does so for long.
    fn is_idle(&self) -> bool {
        let Some((program, state)) = self.state() else { return false };
        let idles = matches!(state.kind, Kind::Wait { .. } | Kind::Play { looped: true, .. });
        let is_here = |node: &Node| matches!(node, Node::State(other) if other.name == state.name);
        let node = program.graph.node_indices().find(|node| is_here(&program.graph[*node]));
        let keys = node
            .is_some_and(|node| program.graph.edges(node).any(|edge| matches!(edge.weight().label, Label::Key { .. })));
        let Some(line) = self.line().filter(|line| line.state == State::Connected) else { return false };
        let is_long = self.now.stage.next_due().is_none_or(|due| due.saturating_sub(self.at_ms()) > LONG_MS);
        idles && (keys || line.people.len() > 1 || is_long)
    }

    /// The state of the call, in the flow that runs.
    fn state(&self) -> Option<(&Program, &Spoken)> {
        let call = &self.now.stage.own_call()?.call;
        let program = match &call.running {
            Some(flow) => self.program.flows.get(flow).map(Arc::as_ref)?,
            None => self.program,
        };
        let (_, state) = program.states().find(|(_, state)| state.name == call.state)?;
        Some((program, state))
    }

    /// Participants of the flow who are on the line: the name a scenario calls them by, and the id people see.
    fn people(&self) -> Vec<(String, String)> {
        let people = self.now.stage.own_people();
        let joined = people.filter(|(_, person)| person.joined);
        let named = joined.map(|(key, person)| {
            let name = key.rsplit_once('/').map_or(key, |(_, name)| name);
            (name.to_owned(), Identifier::parse(&person.id).plain())
        });
        named.filter(|(name, _)| name != PARTY).collect()
    }
}
