//! Driving the one-shots of a process: what the async driver does with tasks, locks and sockets is done here with the agenda.

use crate::machine::command::OpRef;
use crate::machine::event::EventKind;
use crate::planted::{Bug, planted};
use crate::provider::Outcome;
use crate::runtime::accept::Accepted;
use crate::runtime::dispatch::Dispatch;
use crate::runtime::doc::{Doc, InputKind};
use crate::runtime::errand::Errand;
use crate::runtime::fire::{self, Fire};
use crate::runtime::let_go::LetGo;
use crate::runtime::recent::Known;
use crate::runtime::recover::Recover;
use crate::runtime::shot::{Asked, Got, Next, Want};
use crate::runtime::turn::{Turn, Verdict};
use crate::simulator::process::{Purpose, Task, Ticket};
use crate::simulator::run::{Happening, Run};
use crate::simulator::shots::{End, Shot};
use crate::store::{Change, Found, Row};
use std::sync::Arc;

/// How long a store that does not answer is left alone when what was left is taken up, in milliseconds.
const RECOVER_AGAIN_MS: u64 = 500;
/// How long a process that died stays away at least, in milliseconds.
const DOWN_MS: u64 = 200;
/// How long it does where a scene decides what goes wrong, in milliseconds.
const AWAY_MS: u64 = 1_000;
/// How often it stays away for up to a minute, in times out of a thousand.
const LONG_AWAY: u32 = 150;
/// How often it is looked whether a process that stands still goes on, in milliseconds.
pub(super) const PAUSED_STEP_MS: u64 = 500;

impl Run<'_> {
    /// A process starts: it recovers, then it lets things in.
    pub(super) fn start(&mut self, process: usize) {
        let this = &mut self.processes[process];
        this.life += 1;
        this.up = true;
        let life = this.life;
        self.say(|| format!("process {process} starts"));
        self.processes[process].open = true;
        self.plan(0, Happening::Round { process, life });
        // Where others may be at work, what a dead one left is found when its claims run out.
        if self.processes.len() == 1 {
            self.recover(process, life);
        }
    }

    /// Takes up what an earlier life of a process has left, while things come in.
    pub(super) fn recover(&mut self, process: usize, life: u32) {
        if self.lives(Ticket { process, life, task: 0 }) {
            let calls = self.store.due(i64::MAX, usize::MAX >> 1);
            let recover = Recover::new(self.name(process), calls);
            self.run_shot(process, Shot::Recover(recover), Purpose::Recover);
        }
    }

    /// The name of this life of a process.
    pub(super) fn name(&self, process: usize) -> String {
        format!("{process}.{}", self.processes[process].life)
    }

    /// A process dies, and is started again some time later.
    pub(super) fn crash(&mut self, process: usize) {
        if !self.processes[process].up {
            return;
        }
        if self.scene.is_some() {
            self.unanswered(process);
        }
        self.processes[process].die();
        self.say(|| format!("process {process} dies"));
        let away = if self.scene.is_some() {
            AWAY_MS
        } else if self.dice.chance(LONG_AWAY) {
            self.dice.between(20_000, 60_000)
        } else {
            self.dice.between(DOWN_MS, 8_000)
        };
        self.plan(away, Happening::Start(process));
    }

    /// A process is told to stop: it lets nothing in any more, and is gone once what it does had its time.
    pub(super) fn drain(&mut self, process: usize) {
        if !self.processes[process].up {
            return;
        }
        self.say(|| format!("process {process} stops"));
        self.processes[process].open = false;
        let life = self.processes[process].life;
        let wait = self.dice.between(1_000, 25_000);
        self.plan(wait, Happening::Stopped { process, life });
    }

    /// Whether a ticket is of this life of its process.
    pub(super) fn lives(&self, ticket: Ticket) -> bool {
        let process = &self.processes[ticket.process];
        process.up && process.life == ticket.life
    }

    /// A round of timers.
    pub(super) fn round(&mut self, process: usize, life: u32) {
        let this = &self.processes[process];
        if !this.up || this.life != life {
            return;
        }
        if this.paused_until > self.now {
            return self.plan(PAUSED_STEP_MS, Happening::Round { process, life });
        }
        // Nothing is due: a round would only say so.
        let now = self.clock(process);
        if self.store.next_due().is_none_or(|due| due > now) && !planted(Bug::TimersNeverFired) {
            return self.plan(fire::LONGEST_MS, Happening::Round { process, life });
        }
        let broken = self.processes[process].broken.clone();
        self.run_shot(process, Shot::Fire(Fire::new(broken)), Purpose::Fire);
    }

    /// Starts a one-shot in a process.
    pub(super) fn run_shot(&mut self, process: usize, shot: Shot, purpose: Purpose) {
        self.ids += 1;
        let ticket = Ticket { process, life: self.processes[process].life, task: self.ids };
        let mut task = Task { shot, purpose, verdicts: Vec::new(), loaded: self.now };
        let next = task.shot.start(self.clock(process));
        self.step(ticket, task, next);
    }

    /// A task gets what it wanted, unless its process died meanwhile.
    pub(super) fn back(&mut self, to: Ticket, got: Got) {
        if !self.lives(to) {
            return;
        }
        let paused = self.processes[to.process].paused_until;
        if paused > self.now {
            return self.plan(PAUSED_STEP_MS, Happening::Back { to, got: Box::new(got) });
        }
        let Some(task) = self.processes[to.process].tasks.remove(&to.task) else { return };
        self.resume(to, task, got);
    }

    fn resume(&mut self, ticket: Ticket, mut task: Task, got: Got) {
        let next = task.shot.got(got, self.clock(ticket.process));
        self.step(ticket, task, next);
    }

    /// Goes on with a task until it has to wait or is done.
    fn step(&mut self, ticket: Ticket, mut task: Task, mut next: Next<End>) {
        loop {
            let want = match next {
                Next::Want(want) => want,
                Next::Done(end) => return self.done(ticket, task.purpose, end),
            };
            let Some(got) = self.wanted(ticket, &mut task, want) else {
                self.processes[ticket.process].tasks.insert(ticket.task, task);
                return;
            };
            next = task.shot.got(got, self.clock(ticket.process));
        }
    }

    /// Sees to it that something wanted is done; answers what can be had at once.
    fn wanted(&mut self, ticket: Ticket, task: &mut Task, want: Want) -> Option<Got> {
        match want {
            Want::Program { hash } => {
                let mut known = self.lines.iter().flat_map(|lines| lines.flows.values());
                let program = known.find(|served| served.hash == hash);
                Some(Got::Program(Ok(program.map(|served| Arc::clone(&served.program)))))
            }
            Want::Load { .. } | Want::Commit(_) | Want::SetAside(_) | Want::Due { .. } | Want::NextDue => {
                if matches!(want, Want::Load { .. }) {
                    task.loaded = self.now;
                }
                if let Want::Commit(change) = &want {
                    self.sent_too_soon(ticket, change);
                }
                let wait = self.store_takes();
                self.plan(wait, Happening::Do { to: ticket, want: Box::new(want) });
                None
            }
            Want::Turns(asked) if asked.is_empty() => Some(Got::Turned(Vec::new())),
            Want::Turns(asked) => {
                task.verdicts = vec![None; asked.len()];
                for (at, one) in asked.into_iter().enumerate() {
                    let parent = Some((ticket.task, at));
                    self.turn(ticket.process, one, parent);
                }
                None
            }
            Want::Send(request, _) => {
                let (process, now) = (&self.processes[ticket.process], self.clock(ticket.process));
                let wait = process.pace.ask(request.repeat_id, &request.command, now);
                if wait > 0 {
                    return Some(Got::Sent(Outcome::NotTried { after_ms: wait }));
                }
                if let Purpose::Dispatch(call) = &task.purpose
                    && self.scene.is_none()
                {
                    self.oracle.sends(self.now, call, &request, task.loaded);
                }
                self.send(ticket, request);
                None
            }
            Want::Invoke(invocation) => {
                self.invoke(ticket, &invocation);
                None
            }
            Want::Pause { ms, .. } | Want::Wait { ms } => {
                self.plan(ms, Happening::Back { to: ticket, got: Box::new(Got::Waited) });
                None
            }
        }
    }

    /// The wrong line of a driver that sends what a change orders before it is durable.
    fn sent_too_soon(&mut self, ticket: Ticket, change: &Change) {
        let Some(doc) = Doc::from_bytes(&change.doc).ok().filter(|_| planted(Bug::SentBeforeCommit)) else { return };
        let dispatch =
            Dispatch::new(change.call.clone(), self.callback_uri(&change.call), &self.name(ticket.process), None);
        let row = Row { call: change.call.clone(), rev: 1, program: change.program.clone(), doc: doc.to_bytes() };
        let mut shot = Shot::Dispatch(Box::new(dispatch));
        let now = self.clock(ticket.process);
        shot.start(now);
        if let Next::Want(Want::Send(request, _)) =
            shot.got(Got::Loaded(Ok(Found::Live { row, seen: Vec::new() })), now)
        {
            if self.scene.is_none() {
                self.oracle.sends(self.now, &change.call, &request, self.now);
            }
            self.send(Ticket { task: 0, ..ticket }, request);
        }
    }

    fn callback_uri(&self, call: &str) -> String {
        format!("{}/callbacks/{call}/{}", self.site.public_url, self.key.mac(call))
    }

    fn turn(&mut self, process: usize, asked: Asked, parent: Option<(u64, usize)>) {
        let call = asked.call.clone();
        let known = self.processes[process].recent.of(&call).cloned();
        let turn = Turn::new(asked, &self.name(process), known);
        self.run_shot(process, Shot::Turn(Box::new(turn)), Purpose::Turn { call, parent });
    }

    /// An input that nobody waits for.
    pub(super) fn tell(&mut self, process: usize, asked: Asked) {
        self.turn(process, asked, None);
    }

    fn done(&mut self, ticket: Ticket, purpose: Purpose, end: End) {
        let process = ticket.process;
        match (purpose, end) {
            (Purpose::Turn { call, parent }, End::Verdict(verdict)) => self.turned(process, &call, parent, verdict),
            (Purpose::Webhook { delivery }, End::Kept(kept)) => self.webhook_done(process, delivery, kept),
            (Purpose::Grid { delivery, attempt }, End::Accepted(accepted)) => {
                let status = if accepted.is_ok() { 200 } else { 429 };
                self.accepted(process, accepted);
                self.grid_done(delivery, attempt, status);
            }
            (_, End::Accepted(accepted)) => self.accepted(process, accepted),
            (Purpose::Dispatch(call), End::Errands(errands)) => self.worked_off(process, call, errands),
            (Purpose::Errand(call, op), _) => {
                self.processes[process].errands.remove(&(call, op));
            }
            (Purpose::Fire, End::Fired(fired)) => {
                let life = ticket.life;
                self.plan(fired.wait_ms, Happening::Round { process, life });
            }
            (Purpose::Recover, End::Recovered(Ok(()))) => {}
            (Purpose::Recover, End::Recovered(Err(_))) => {
                let life = ticket.life;
                self.plan(RECOVER_AGAIN_MS, Happening::Recover { process, life });
            }
            (
                Purpose::Alone
                | Purpose::Dispatch(_)
                | Purpose::Fire
                | Purpose::Grid { .. }
                | Purpose::LetGo
                | Purpose::Recover
                | Purpose::Turn { .. }
                | Purpose::Webhook { .. },
                _,
            ) => {}
        }
    }

    fn accepted(&mut self, process: usize, accepted: Result<Accepted, String>) {
        if let Ok(Accepted::New(begun)) = accepted {
            let (known, _) = *begun;
            self.applied(process, &known);
        }
    }

    fn turned(&mut self, process: usize, call: &str, parent: Option<(u64, usize)>, verdict: Verdict) {
        if !matches!(verdict, Verdict::Applied { .. }) {
            self.processes[process].recent.forget(call);
        }
        match &verdict {
            Verdict::Applied { now, .. } => self.applied(process, now),
            Verdict::Duplicate => self.work(process, call),
            Verdict::Broken(_) => drop(self.processes[process].broken.insert(call.to_owned())),
            Verdict::Busy(_) | Verdict::Ended | Verdict::Unknown => {}
        }
        let Some((parent, at)) = parent else { return };
        let Some(mut task) = self.processes[process].tasks.remove(&parent) else { return };
        if let Some(place) = task.verdicts.get_mut(at) {
            *place = Some(verdict);
        }
        let ticket = Ticket { process, life: self.processes[process].life, task: parent };
        match task.turned() {
            Some(got) => self.resume(ticket, task, got),
            None => drop(self.processes[process].tasks.insert(parent, task)),
        }
    }

    fn applied(&mut self, process: usize, known: &Known) {
        let doc = &known.doc;
        self.processes[process].recent.is(&doc.call.id, known.clone());
        for op in doc.errands(&self.name(process)) {
            self.run_errand(process, &doc.call.id, op);
        }
        if !doc.outbox.is_empty() {
            self.work(process, &doc.call.id);
        }
    }

    fn run_errand(&mut self, process: usize, call: &str, op: OpRef) {
        if self.processes[process].errands.insert((call.to_owned(), op)) {
            let errand = Errand::new(call.to_owned(), op, &self.name(process));
            self.run_shot(process, Shot::Errand(Box::new(errand)), Purpose::Errand(call.to_owned(), op));
        }
    }

    /// Sees to it that somebody works off the outbox of a call.
    fn work(&mut self, process: usize, call: &str) {
        if let Some(grown) = self.processes[process].working.get_mut(call) {
            *grown = true;
            return;
        }
        self.processes[process].working.insert(call.to_owned(), false);
        self.dispatch(process, call);
    }

    fn dispatch(&mut self, process: usize, call: &str) {
        let dispatch = Dispatch::new(call.to_owned(), self.callback_uri(call), &self.name(process), None);
        self.run_shot(process, Shot::Dispatch(Box::new(dispatch)), Purpose::Dispatch(call.to_owned()));
    }

    fn worked_off(&mut self, process: usize, call: String, errands: Vec<OpRef>) {
        for op in errands {
            self.run_errand(process, &call, op);
        }
        let working = &mut self.processes[process].working;
        match working.get_mut(&call) {
            Some(grown) if *grown => {
                *grown = false;
                self.dispatch(process, &call);
            }
            Some(_) | None => drop(working.remove(&call)),
        }
    }

    /// A line that nobody has.
    pub(super) fn let_go(&mut self, process: usize, call: &str, connection: String) {
        let shot = LetGo::new(call.to_owned(), connection);
        self.run_shot(process, Shot::LetGo(shot), Purpose::LetGo);
    }
}

/// What an event is, in a word, for the run's hash.
pub(super) fn kind_of(input: &InputKind) -> u64 {
    match input {
        InputKind::Recovered => 1,
        InputKind::Claimed { .. } => 10,
        InputKind::Event(EventKind::Begin) => 2,
        InputKind::Event(EventKind::Webhook(_)) => 3,
        InputKind::Event(EventKind::Response { .. }) => 4,
        InputKind::Event(EventKind::Invoked { .. }) => 5,
        InputKind::Event(EventKind::Signal { .. }) => 6,
        InputKind::Event(EventKind::Signalled { .. }) => 7,
        InputKind::Event(EventKind::Due) => 8,
        InputKind::Event(EventKind::OperatorHangUp) => 9,
        InputKind::Event(EventKind::Defect { .. }) => 11,
        InputKind::Event(EventKind::SaidToBeOver) => 10,
    }
}
