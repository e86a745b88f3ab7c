//! One run: the agenda, and what happens when.

use crate::emulator::cloud::Cloud;
use crate::planted::{Bug, planted};
use crate::provider::Request;
use crate::provider::acs::to_wire::Site;
use crate::runtime::lines::Lines;
use crate::runtime::mac::Key;
use crate::runtime::shot::{Got, Want};
use crate::simulator::acts::Act;
use crate::simulator::dice::Dice;
use crate::simulator::link::Delivery;
use crate::simulator::oracle::Oracle;
use crate::simulator::process::{Process, Ticket};
use crate::simulator::scene::Scene;
use crate::simulator::setup::{Faults, Setup};
use crate::store::Change;
use crate::store::memory::Tables;
use std::collections::BTreeMap;

pub use crate::simulator::oracle::Violation;

/// Millisecond 0 of every run, since the Unix epoch: the first of January 2026.
pub(super) const EPOCH_MS: i64 = 1_767_225_600_000;
/// How long after the troubles everything has to be over, in milliseconds.
const CONVERGED_MS: u64 = 900_000;
/// Most things that may happen in one run.
const MOST: u64 = 400_000;
/// How often it is looked whether something is left lying, in milliseconds.
const LOOK_MS: u64 = 1_000;

/// What a run came to.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What was violated, in order; empty on a good run.
    pub violations: Vec<Violation>,
    /// Names everything that happened: the same seed gives the same.
    pub hash: u64,
    /// Calls that the service had.
    pub calls: u64,
    /// Changes of calls that were made.
    pub commits: u64,
    /// Things that happened.
    pub happenings: u64,
    /// Requests for words that were sent, and those sent more than once.
    pub media: u64,
    /// Those sent more than once.
    pub media_repeated: u64,
    /// The longest time each call heard nothing, in milliseconds.
    pub silences: Vec<u64>,
    story: Vec<String>,
    kept: Vec<Change>,
}

/// Something on the agenda.
#[derive(Debug)]
pub(super) enum Happening {
    /// Somebody does something.
    Act(Act),
    /// A request reaches the platform.
    Asked { from: Ticket, request: Box<Request> },
    /// A task gets what it wanted.
    Back { to: Ticket, got: Box<Got> },
    /// The troubles are over.
    Calm,
    /// The store does something for a task.
    Do { to: Ticket, want: Box<Want> },
    /// An event of Event Grid arrives.
    Grid { delivery: u64, attempt: u32, body: String },
    /// How a delivery of Event Grid went reaches the platform.
    GridAnswered { delivery: u64, attempt: u32, status: Option<u16> },
    /// It is looked whether something is left lying.
    Look,
    /// The store goes away for so many milliseconds.
    Outage(u64),
    /// A process stands still for so many milliseconds.
    Pause { process: usize, ms: u64 },
    /// A process is told to stop.
    Drain(usize),
    /// A process that was told to stop is gone, if it did not die before.
    Stopped { process: usize, life: u32 },
    /// Other flows are served from now on.
    Reload,
    /// What was left by an earlier life of a process is taken up.
    Recover { process: usize, life: u32 },
    /// A round of timers.
    Round { process: usize, life: u32 },
    /// A process starts.
    Start(usize),
    /// People look whether there is something to do.
    Wake,
    /// A webhook arrives.
    Webhook(Delivery),
}

/// A run under way.
pub(super) struct Run<'a> {
    pub(super) now: u64,
    pub(super) faults: Faults,
    pub(super) calm: bool,
    /// Since when nothing has gone wrong and every process has let things in.
    healthy_since: Option<u64>,
    pub(super) dice: Dice,
    pub(super) people: Dice,
    pub(super) cloud: Cloud,
    pub(super) store: Tables,
    /// The store as it was a moment ago.
    pub(super) lagging: Tables,
    pub(super) store_away_until: u64,
    pub(super) processes: Vec<Process>,
    pub(super) oracle: Oracle,
    pub(super) lines: &'a [Lines],
    /// Which of the lines are served now.
    pub(super) served: usize,
    pub(super) site: Site,
    pub(super) key: Key,
    pub(super) ids: u64,
    /// Deliveries of webhooks that a process is looking at.
    pub(super) deliveries: BTreeMap<u64, Delivery>,
    agenda: BTreeMap<(u64, u64), Happening>,
    order: u64,
    hash: u64,
    /// What happened, where somebody wants to read it.
    pub(super) story: Option<Vec<String>>,
    /// The changes that were made, where somebody wants them.
    pub(super) kept: Option<Vec<Change>>,
    /// Millisecond 0, since the Unix epoch.
    pub(super) epoch_ms: i64,
    /// Who decides what people do, services answer and goes wrong, where that is not the seed.
    pub(super) scene: Option<&'a mut dyn Scene>,
    /// When people look again by themselves.
    pub(super) wakes: u64,
}

/// Runs a setup to its end.
#[must_use]
pub fn run(setup: &Setup, lines: &[Lines]) -> Report {
    played(Run::new(setup, lines), setup)
}

/// The same, and what happened, a line each.
#[must_use]
pub fn told(setup: &Setup, lines: &[Lines]) -> (Report, Vec<String>) {
    let mut run = Run::new(setup, lines);
    run.story = Some(Vec::new());
    let mut report = played(run, setup);
    let story = std::mem::take(&mut report.story);
    (report, story)
}

/// The same, and every change of a call that was made, in its order.
#[must_use]
pub fn kept(setup: &Setup, lines: &[Lines]) -> (Report, Vec<Change>) {
    let mut run = Run::new(setup, lines);
    run.kept = Some(Vec::new());
    let mut report = played(run, setup);
    let kept = std::mem::take(&mut report.kept);
    (report, kept)
}

fn played(mut run: Run<'_>, setup: &Setup) -> Report {
    run.begin(setup);
    let happenings = run.play_out(setup.troubled_ms + CONVERGED_MS);
    run.oracle.at_the_end(&run.cloud, &run.store, run.now);
    let silences = std::mem::take(&mut run.oracle.silences);
    Report {
        calls: run.oracle.calls(),
        commits: run.oracle.commits,
        media: run.oracle.media,
        media_repeated: run.oracle.media_repeated,
        violations: std::mem::take(&mut run.oracle.violations),
        hash: run.hash,
        happenings,
        silences,
        story: run.story.unwrap_or_default(),
        kept: run.kept.unwrap_or_default(),
    }
}

/// The smallest setup found that still fails, and what it fails with.
#[must_use]
pub fn shrink(setup: &Setup, lines: &[Lines]) -> (Setup, Vec<Violation>) {
    let (mut smallest, mut violations) = (setup.clone(), run(setup, lines).violations);
    let mut tries = 200;
    'again: while !violations.is_empty() {
        for smaller in smallest.smaller() {
            tries -= 1;
            if tries == 0 {
                break 'again;
            }
            let found = run(&smaller, lines).violations;
            if !found.is_empty() {
                (smallest, violations) = (smaller, found);
                continue 'again;
            }
        }
        break;
    }
    (smallest, violations)
}

impl<'a> Run<'a> {
    pub(super) fn new(setup: &Setup, lines: &'a [Lines]) -> Run<'a> {
        let epoch = jiff::Timestamp::from_millisecond(EPOCH_MS).unwrap_or_default();
        let version = crate::platform::versions::Version::NEWEST.name();
        let site = Site {
            api_version: version.to_owned(),
            ai_endpoint: Some("https://ai.example.org".to_owned()),
            streaming_url: None,
            transcription_url: None,
            public_url: "https://flowc.example.org".to_owned(),
            calling_user: None,
        };
        Run {
            now: 0,
            faults: setup.faults,
            calm: false,
            healthy_since: None,
            dice: Dice::new(setup.seed, 2),
            people: Dice::new(setup.seed, 3),
            cloud: Cloud::new(setup.seed, epoch, version),
            store: Tables::default(),
            lagging: Tables::default(),
            store_away_until: 0,
            processes: (0..setup.processes.max(1)).map(|_| Process::default()).collect(),
            oracle: Oracle::new(lines),
            lines,
            served: 0,
            site,
            key: Key::new(b"simulation"),
            ids: 0,
            deliveries: BTreeMap::new(),
            agenda: BTreeMap::new(),
            order: 0,
            hash: 0xCBF2_9CE4_8422_2325,
            story: None,
            kept: None,
            epoch_ms: EPOCH_MS,
            scene: None,
            wakes: 0,
        }
    }

    fn begin(&mut self, setup: &Setup) {
        self.cloud.subscribed("https://flowc.example.org/events/incoming");
        for process in 0..self.processes.len() {
            let most = setup.faults.skew_ms;
            let skew = i64::try_from(self.dice.below(2 * most + 1)).unwrap_or(0) - i64::try_from(most).unwrap_or(0);
            self.processes[process].skew = skew;
            self.plan(0, Happening::Start(process));
        }
        for _ in 0..setup.faults.outages {
            let (at, ms) = (self.dice.below(setup.troubled_ms), self.dice.between(500, 15_000));
            self.plan(at, Happening::Outage(ms));
        }
        for _ in 0..setup.faults.pauses {
            let process = usize::try_from(self.dice.below(self.processes.len() as u64)).unwrap_or(0);
            let (at, ms) = (self.dice.below(setup.troubled_ms), self.dice.between(1_000, 60_000));
            self.plan(at, Happening::Pause { process, ms });
        }
        for _ in 0..setup.faults.drains {
            let process = usize::try_from(self.dice.below(self.processes.len() as u64)).unwrap_or(0);
            let at = self.dice.below(setup.troubled_ms);
            self.plan(at, Happening::Drain(process));
        }
        for _ in 0..setup.faults.reloads {
            let at = self.dice.below(setup.troubled_ms);
            self.plan(at, Happening::Reload);
        }
        self.plan_acts(setup);
        self.plan(setup.troubled_ms, Happening::Calm);
        self.plan(LOOK_MS, Happening::Look);
    }

    /// Adds to the story, where somebody wants it.
    pub(super) fn say(&mut self, line: impl FnOnce() -> String) {
        let now = self.now;
        if let Some(story) = &mut self.story {
            story.push(format!("{:>9.3} {}", now as f64 / 1_000.0, line()));
        }
    }

    /// Puts something on the agenda, `wait` milliseconds from now.
    pub(super) fn plan(&mut self, wait: u64, happening: Happening) {
        self.order += 1;
        self.agenda.insert((self.now + wait, self.order), happening);
    }

    /// Lets one thing after the other happen, until all calls are over or the time is. How many things did.
    pub(super) fn play_out(&mut self, until: u64) -> u64 {
        for happened in 0..MOST {
            let cloud = self.cloud.next_due();
            let ours = self.agenda.keys().next().map(|(at, _)| *at);
            let Some(next) = cloud.into_iter().chain(ours).min() else { return happened };
            if next > until || (self.calm && self.is_over()) {
                return happened;
            }
            self.now = self.now.max(next);
            if ours.is_some_and(|ours| ours <= self.now) {
                if let Some(((_, order), happening)) = self.agenda.pop_first() {
                    self.note(order, &happening);
                    self.happen(happening);
                }
            } else {
                self.cloud.advance(self.now);
            }
            self.effects();
            if self.scene.is_some() && self.people_act() {
                return happened;
            }
        }
        self.oracle.violated("bound", self.now, format!("more than {MOST} things happened"));
        MOST
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Act(act) => self.act(act),
            Happening::Asked { from, request } => self.asked(from, &request),
            Happening::Back { to, got } => self.back(to, *got),
            Happening::Calm => self.all_is_well(),
            Happening::Do { to, want } => self.stored(to, *want),
            Happening::Grid { delivery, attempt, body } => self.grid(delivery, attempt, &body),
            Happening::GridAnswered { delivery, attempt, status } => {
                self.cloud.grid_answered(self.now, delivery, attempt, status);
            }
            Happening::Look => {
                let healthy = self.calm && self.processes.iter().all(|process| process.open);
                self.healthy_since = healthy.then(|| self.healthy_since.unwrap_or(self.now));
                if self.scene.is_none() {
                    self.oracle.look(&self.cloud, &self.store, self.now, self.healthy_since);
                }
                self.plan(LOOK_MS, Happening::Look);
                if planted(Bug::StaleRead) || planted(Bug::KeysReadFirst) {
                    self.lagging = self.store.clone();
                }
            }
            Happening::Outage(ms) => self.store_away_until = self.now + ms,
            Happening::Pause { process, ms } => {
                let until = self.now + ms;
                self.processes[process].paused_until = until;
            }
            Happening::Drain(process) => self.drain(process),
            Happening::Stopped { process, life } => {
                if self.processes[process].life == life {
                    self.crash(process);
                }
            }
            Happening::Reload => self.served = (self.served + 1) % self.lines.len().max(1),
            Happening::Round { process, life } => self.round(process, life),
            Happening::Start(process) => self.start(process),
            Happening::Recover { process, life } => self.recover(process, life),
            Happening::Wake => {}
            Happening::Webhook(delivery) => self.webhook(delivery),
        }
    }

    /// From now on nothing goes wrong.
    fn all_is_well(&mut self) {
        self.calm = true;
        self.faults = Faults { redeliver: self.faults.redeliver, ..Faults::default() };
        self.store_away_until = self.now;
        for process in &mut self.processes {
            process.paused_until = process.paused_until.min(self.now);
        }
        self.oracle.calm_since = Some(self.now);
        self.everybody_leaves();
    }

    pub(super) fn is_over(&self) -> bool {
        self.store.next_due().is_none() && self.cloud.calls.values().all(|call| call.is_over())
    }

    /// Folds what happens into the run's hash.
    fn note(&mut self, order: u64, happening: &Happening) {
        let word: u64 = match happening {
            Happening::Act(_) => 1,
            Happening::Asked { request, .. } => 2 + (request.op.op << 8),
            Happening::Back { to, .. } => 3 + (to.task << 8),
            Happening::Calm => 4,
            Happening::Do { to, .. } => 5 + (to.task << 8),
            Happening::Grid { delivery, .. } => 6 + (delivery << 8),
            Happening::GridAnswered { delivery, .. } => 7 + (delivery << 8),
            Happening::Look => 8,
            Happening::Outage(ms) => 9 + (ms << 8),
            Happening::Pause { ms, .. } => 10 + (ms << 8),
            Happening::Round { process, .. } => 11 + ((*process as u64) << 8),
            Happening::Drain(process) => 14 + ((*process as u64) << 8),
            Happening::Reload => 15,
            Happening::Stopped { process, .. } => 16 + ((*process as u64) << 8),
            Happening::Start(process) => 12 + ((*process as u64) << 8),
            Happening::Recover { process, .. } => 18 + ((*process as u64) << 8),
            Happening::Wake => 19,
            Happening::Webhook(delivery) => 13 + (delivery.hash() << 8),
        };
        for part in [self.now, order, word, self.oracle.folded] {
            self.hash = (self.hash ^ part).wrapping_mul(0x0000_0100_0000_01B3);
        }
    }

    /// A process's clock: the store's time, nearly. Its own wall clock may be anywhere.
    pub(super) fn clock(&self, process: usize) -> i64 {
        let store = self.epoch_ms + i64::try_from(self.now).unwrap_or(0);
        if planted(Bug::OwnClock) {
            return store + self.processes[process].skew;
        }
        store
    }
}
