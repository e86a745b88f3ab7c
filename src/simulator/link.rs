//! Everything between a process and the rest of the world: the store, requests out, webhooks in; and what goes wrong there.

use crate::emulator::effect::{Effect, SocketAct};
use crate::machine::command::Command;
use crate::machine::event::{Answer, ConnectionState, Facts};
use crate::planted::{Bug, planted};
use crate::provider::acs::from_wire::grid::{self, Grid};
use crate::provider::{Outcome, Request};
use crate::runtime::accept::{Accept, Given};
use crate::runtime::inbox::{Inbox, Kept};
use crate::runtime::invoker::{Invocation, Invoked};
use crate::runtime::shot::{Got, Want};
use crate::simulator::oracle::summed;
use crate::simulator::platform;
use crate::simulator::process::{Purpose, Ticket};
use crate::simulator::run::{Happening, Run};
use crate::simulator::scene::Dies;
use crate::simulator::setup::Faults;
use crate::simulator::shots::Shot;
use crate::simulator::stories;
use crate::simulator::work::PAUSED_STEP_MS;
use crate::store::{Change, Committed, Error, Found};
use std::sync::Arc;

/// How long whoever sends a request or a webhook waits for the answer, in milliseconds.
const PATIENCE_MS: u64 = 5_000;
/// When a webhook that was not acknowledged is sent again, where the platform does so, in milliseconds after the last time.
const AGAIN_MS: [u64; 6] = [500, 1_000, 2_000, 5_000, 15_000, 60_000];

/// One delivery of a webhook.
#[derive(Clone, Debug)]
pub(super) struct Delivery {
    pub(super) call: String,
    pub(super) body: Arc<str>,
    pub(super) attempt: usize,
}

impl Delivery {
    pub(super) fn hash(&self) -> u64 {
        summed(self.body.as_bytes()).wrapping_add(self.attempt as u64)
    }
}

impl Run<'_> {
    /// How long the store takes for something, in milliseconds.
    pub(super) fn store_takes(&mut self) -> u64 {
        let slow = self.faults.store_slow;
        match self.dice.chance(slow) {
            // A disk that somebody else keeps busy.
            true if self.dice.chance(100) => self.dice.between(1_000, 8_000),
            true => self.dice.between(20, 1_000),
            false => self.dice.below(3),
        }
    }

    /// The store does something for a task, unless its process dies right before, or right after.
    pub(super) fn stored(&mut self, to: Ticket, want: Want) {
        if !self.lives(to) {
            return;
        }
        let dies =
            if matches!(want, Want::Commit(_)) { self.scene.as_mut().and_then(|scene| scene.dies()) } else { None };
        let crash = self.faults.crash;
        if dies == Some(Dies::Before) || self.dice.chance(crash) {
            return self.crash(to.process);
        }
        let error = self.faults.store_error;
        let away = self.store_away_until > self.now || self.dice.chance(error);
        let got = if away { refused(&want) } else { self.done_by_store(want) };
        if dies == Some(Dies::After) || self.dice.chance(crash) {
            return self.crash(to.process);
        }
        let wait = self.dice.below(2);
        self.plan(wait, Happening::Back { to, got: Box::new(got) });
    }

    fn done_by_store(&mut self, want: Want) -> Got {
        match want {
            Want::Load { call, keys } => Got::Loaded(Ok(self.loaded(&call, &keys))),
            Want::Commit(change) => Got::Committed(self.commit(*change)),
            Want::SetAside(note) => {
                self.oracle.set_aside(self.now, &note);
                self.store.set_aside(note);
                Got::SetAside(Ok(()))
            }
            Want::Due { by, limit } => Got::Due(Ok(self.store.due(by, limit))),
            Want::NextDue => Got::NextDue(Ok(self.store.next_due())),
            Want::Program { .. }
            | Want::Turns(_)
            | Want::Send(..)
            | Want::Invoke(_)
            | Want::Pause { .. }
            | Want::Wait { .. } => Got::Waited,
        }
    }

    fn loaded(&self, call: &str, keys: &[String]) -> Found {
        if planted(Bug::StaleRead) && self.lagging.history_lines(call) > 0 {
            return self.lagging.load(call, keys);
        }
        let found = self.store.load(call, keys);
        match (found, self.lagging.load(call, keys)) {
            (Found::Live { row, .. }, Found::Live { seen, .. }) if planted(Bug::KeysReadFirst) => {
                Found::Live { row, seen }
            }
            (found, _) => found,
        }
    }

    fn commit(&mut self, change: Change) -> Result<Committed, Error> {
        let unknown = self.faults.store_unknown;
        let unsaid = self.dice.chance(unknown);
        if unsaid && self.dice.chance(500) {
            return Err(Error::Unknown("the connection was lost".to_owned()));
        }
        let result = self.store.commit(change.clone());
        self.say(|| committed(&change, &result, unsaid));
        if matches!(result, Ok(Committed::Applied)) {
            match &mut self.scene {
                Some(scene) => scene.committed(self.now, &change),
                None => self.oracle.committed(self.now, &change, &self.store),
            }
            self.kept.iter_mut().for_each(|kept| kept.push(change.clone()));
        }
        if unsaid { Err(Error::Unknown("the connection was lost".to_owned())) } else { result }
    }

    /// A request leaves a process.
    pub(super) fn send(&mut self, from: Ticket, request: Box<Request>) {
        let name = request.command.name();
        self.say(|| format!("process {} sends {name} {}", from.process, request.op));
        let crash = self.faults.crash;
        if self.dice.chance(crash) {
            return self.crash(from.process);
        }
        let (refuse, lose) = (self.faults.refuse, self.faults.lose_request);
        if self.dice.chance(refuse) {
            return self.answer(from, 1, Outcome::NotNow { after_ms: 500 });
        }
        if self.dice.chance(lose) {
            return self.answer(from, PATIENCE_MS, Outcome::Unknown);
        }
        let wait = self.dice.between(1, 40);
        self.plan(wait, Happening::Asked { from, request });
    }

    fn answer(&mut self, to: Ticket, wait: u64, outcome: Outcome) {
        self.plan(wait, Happening::Back { to, got: Box::new(Got::Sent(outcome)) });
    }

    /// A request reaches the platform.
    pub(super) fn asked(&mut self, from: Ticket, request: &Request) {
        let Faults { throttle, fail_before, fail_after, lose_answer, hold_answer, crash, .. } = self.faults;
        if self.dice.chance(throttle) {
            let after_ms = self.dice.between(1, 4) * 1_000;
            if self.lives(from) {
                self.processes[from.process].pace.throttled(after_ms, self.clock(from.process));
            }
            return self.answer(from, 20, Outcome::Throttled { after_ms });
        }
        if self.dice.chance(fail_before) {
            return self.answer(from, 20, Outcome::Unknown);
        }
        let outcome = self.carried_out(request);
        self.effects();
        if self.dice.chance(crash) {
            self.crash(from.process);
        }
        if self.dice.chance(lose_answer) {
            return self.answer(from, PATIENCE_MS, Outcome::Unknown);
        }
        let failed = self.dice.chance(fail_after) && matches!(outcome, Outcome::Definite(Answer::Accepted(_)));
        let outcome = if failed { Outcome::Unknown } else { outcome };
        let held = self.dice.chance(hold_answer);
        let wait = if held { self.dice.between(200, 4_000) } else { self.dice.between(1, 40) };
        self.answer(from, wait, outcome);
    }

    /// The platform's answer.
    fn carried_out(&mut self, request: &Request) -> Outcome {
        let clock = self.clock(0);
        if let Some(code) = self.scene.as_mut().and_then(|scene| scene.refuses(request)) {
            return Outcome::Definite(Answer::Refused { code });
        }
        let (status, outcome) = platform::carries_out(&mut self.cloud, self.now, request, &self.site, clock);
        let Some(status) = status else { return outcome };
        match &mut self.scene {
            Some(scene) => scene.carried_out(self.now, request, status),
            None => self.oracle.executed(self.now, request, status),
        }
        let name = request.command.name();
        self.say(|| format!("the platform answers {status} to {name} {}", request.op));
        let stale = self.faults.stale_look;
        if matches!(request.command, Command::GetCall) && self.dice.chance(stale) {
            let state = Some(ConnectionState::Connected);
            return Outcome::Definite(Answer::Accepted(Facts { state, ..Facts::default() }));
        }
        outcome
    }

    /// What the platform does comes on its way.
    pub(super) fn effects(&mut self) {
        let mut opened = Vec::new();
        for effect in self.cloud.take_effects() {
            match effect {
                Effect::Webhook { url, body, .. } => self.webhook_leaves(&url, &body),
                Effect::Grid { delivery, attempt, body, .. } => {
                    let wait = self.dice.between(1, 80);
                    self.plan(wait, Happening::Grid { delivery, attempt, body });
                }
                Effect::Measure { ticket, uri } => {
                    let lasts = self.scene.as_ref().map_or(2_000, |scene| scene.sound_ms(&uri));
                    self.cloud.measured(self.now, ticket, Some(lasts));
                }
                Effect::Socket { socket, act: SocketAct::Open { .. } } => opened.push(socket),
                // Nobody looks at what is streamed.
                Effect::Socket { act: SocketAct::Close | SocketAct::Send { .. }, .. } => {}
            }
        }
        for socket in opened {
            self.cloud.socket_opened(self.now, socket, true);
            self.effects();
        }
    }

    fn webhook_leaves(&mut self, url: &str, body: &str) {
        let Some(call) = url.rsplit('/').nth(1) else { return };
        if self.scene.is_none() {
            self.oracle.told(body);
        }
        self.say(|| format!("the platform tells {body}"));
        let delivery = Delivery { call: call.to_owned(), body: Arc::from(body), attempt: 0 };
        if let Some(scene) = &mut self.scene {
            for wait in scene.delivers(self.now, call, body) {
                self.plan(wait, Happening::Webhook(delivery.clone()));
            }
            return;
        }
        let (lose, twice) = (self.faults.lose_webhook, self.faults.duplicate_webhook);
        if self.dice.chance(lose) {
            return;
        }
        if self.dice.chance(twice) {
            let wait = self.dice.between(1, 3_000);
            self.plan(wait, Happening::Webhook(delivery.clone()));
        }
        if self.dice.chance(twice / 4) {
            // Authentic, and yet nothing that can be read.
            let body = format!("{{\"type\":3,\"tones\":\"{}\"}}", stories::CANARY);
            let garbled = Delivery { body: Arc::from(body), ..delivery.clone() };
            self.plan(1, Happening::Webhook(garbled));
        }
        let late = self.faults.delay_webhook;
        let wait = if self.dice.chance(late) { self.dice.between(100, 10_000) } else { self.dice.between(1, 60) };
        self.plan(wait, Happening::Webhook(delivery));
    }

    /// A process that lets things in; none when there is none.
    fn somebody(&mut self) -> Option<usize> {
        let open: Vec<usize> = (0..self.processes.len()).filter(|at| self.processes[*at].open).collect();
        self.dice.pick(&open).copied()
    }

    /// A webhook arrives.
    pub(super) fn webhook(&mut self, delivery: Delivery) {
        let Some(process) = self.somebody() else { return self.not_acknowledged(delivery) };
        let paused = self.processes[process].paused_until;
        if paused > self.now + PATIENCE_MS {
            return self.not_acknowledged(delivery);
        }
        if paused > self.now {
            return self.plan(PAUSED_STEP_MS, Happening::Webhook(delivery));
        }
        self.ids += 1;
        let number = self.ids;
        let inbox = Inbox::new(delivery.call.clone(), delivery.body.as_bytes());
        self.deliveries.insert(number, delivery);
        self.run_shot(process, Shot::Inbox(Box::new(inbox)), Purpose::Webhook { delivery: number });
    }

    pub(super) fn webhook_done(&mut self, process: usize, number: u64, kept: Result<Kept, String>) {
        let Some(delivery) = self.deliveries.remove(&number) else { return };
        match kept {
            Ok(Kept { let_go }) => {
                if self.scene.is_none() {
                    self.oracle.acknowledged(self.now, &delivery.call, &delivery.body, &self.store);
                }
                if let Some(connection) = let_go {
                    self.let_go(process, &delivery.call, connection);
                }
                let lost = self.faults.lose_acknowledgement;
                if self.dice.chance(lost) {
                    self.not_acknowledged(delivery);
                }
            }
            Err(_) => self.not_acknowledged(delivery),
        }
    }

    /// The platform sends it again where it does so.
    fn not_acknowledged(&mut self, mut delivery: Delivery) {
        if self.faults.redeliver > 0
            && let Some(wait) = AGAIN_MS.get(delivery.attempt)
        {
            delivery.attempt += 1;
            self.plan(*wait, Happening::Webhook(delivery));
        }
    }

    /// Whoever waits for an answer of a process that dies gets none, and tells again where they do so.
    pub(super) fn unanswered(&mut self, process: usize) {
        let purposes: Vec<Purpose> = self.processes[process].tasks.values().map(|task| task.purpose.clone()).collect();
        for purpose in purposes {
            match purpose {
                Purpose::Webhook { delivery } => {
                    if let Some(delivery) = self.deliveries.remove(&delivery) {
                        self.not_acknowledged(delivery);
                    }
                }
                Purpose::Grid { delivery, attempt } => {
                    self.plan(1, Happening::GridAnswered { delivery, attempt, status: None });
                }
                Purpose::Alone
                | Purpose::Dispatch(_)
                | Purpose::Errand(..)
                | Purpose::Fire
                | Purpose::LetGo
                | Purpose::Recover
                | Purpose::Turn { .. } => {}
            }
        }
    }

    /// An event of Event Grid arrives.
    pub(super) fn grid(&mut self, delivery: u64, attempt: u32, body: &str) {
        let Some(process) = self.somebody() else {
            return self.plan(1, Happening::GridAnswered { delivery, attempt, status: None });
        };
        let Ok(Grid::Events { incoming, told, .. }) = grid::read(body.as_bytes()) else {
            return self.grid_done(delivery, attempt, 200);
        };
        if self.scene.is_some() {
            let purpose = Purpose::Grid { delivery, attempt };
            let begun = told.into_iter().filter(|told| self.told(told.clone(), &purpose)).count();
            if begun > 0 {
                return;
            }
        }
        let Some(incoming) = incoming.into_iter().next() else {
            return self.grid_done(delivery, attempt, 200);
        };
        let accept = Accept::incoming(&self.lines[self.served], incoming, self.given(process));
        self.run_shot(process, Shot::Accept(Box::new(accept)), Purpose::Grid { delivery, attempt });
    }

    pub(super) fn grid_done(&mut self, delivery: u64, attempt: u32, status: u16) {
        let lost = self.faults.lose_acknowledgement;
        let status = (!self.dice.chance(lost)).then_some(status);
        let wait = self.dice.between(1, 40);
        self.plan(wait, Happening::GridAnswered { delivery, attempt, status });
    }

    /// What a new call gets.
    pub(super) fn given(&mut self, process: usize) -> Given {
        self.ids += 1;
        let (id, by) = (format!("call-{:06}", self.ids), self.name(process));
        let voice = self.scene.as_ref().map_or("en-US-NancyNeural", |scene| scene.voice()).to_owned();
        Given { id, at: self.clock(process), voice, by }
    }

    /// A service is asked.
    pub(super) fn invoke(&mut self, from: Ticket, invocation: &Invocation) {
        if let Some(scene) = &mut self.scene {
            let (invoked, takes) = scene.asked(self.now, invocation);
            return self.plan(takes, Happening::Back { to: from, got: Box::new(Got::Invoked(invoked)) });
        }
        self.oracle.invoked(self.now, invocation);
        let crash = self.faults.crash;
        if self.dice.chance(crash) {
            return self.crash(from.process);
        }
        let (deaf, wait) = (self.faults.deaf_service, self.dice.between(5, 1_500));
        let (outcome, value, wait) = if self.dice.chance(deaf) {
            ("failed", None, PATIENCE_MS)
        } else if invocation.operation == "note" {
            ("ok", None, wait)
        } else if self.dice.chance(300) {
            ("refused", None, wait)
        } else {
            ("ok", Some(stories::receipt()), wait)
        };
        let invoked = Invoked { outcome: outcome.to_owned(), value, reason: None };
        self.plan(wait, Happening::Back { to: from, got: Box::new(Got::Invoked(invoked)) });
    }
}

/// A line of the story.
fn committed(change: &Change, result: &Result<Committed, Error>, unsaid: bool) -> String {
    let lines = change.history.iter().map(|line| String::from_utf8_lossy(&line.body).into_owned());
    let lines: Vec<String> =
        change.history.iter().zip(lines).map(|(line, body)| format!("\n{:20}{} {body}", "", line.event_key)).collect();
    let unsaid = if unsaid { ", and nobody is told" } else { "" };
    format!("{} from revision {}: {result:?}{unsaid}{}", change.call, change.expected, lines.concat())
}

/// What a store that cannot answer says.
fn refused(want: &Want) -> Got {
    let error = || Error::Unavailable("the store is away".to_owned());
    match want {
        Want::Load { .. } => Got::Loaded(Err(error())),
        Want::Commit(_) => Got::Committed(Err(error())),
        Want::SetAside(_) => Got::SetAside(Err(error())),
        Want::Due { .. } => Got::Due(Err(error())),
        Want::NextDue => Got::NextDue(Err(error())),
        Want::Program { .. }
        | Want::Turns(_)
        | Want::Send(..)
        | Want::Invoke(_)
        | Want::Pause { .. }
        | Want::Wait { .. } => Got::Waited,
    }
}
