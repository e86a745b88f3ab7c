//! A scenario as a scene of the simulator: its people, its services and phones, with troubles between the service and the platform.

use crate::language::diagnostic::Diagnostic;
use crate::language::flow::service::FAILED;
use crate::language::flow::value::Values;
use crate::language::syntax::ast::{Script, ScriptedAnswer};
use crate::machine::call::{Call, Phase};
use crate::machine::command::{Command, OpRef};
use crate::machine::event::{EventKind, WebhookKind};
use crate::machine::trace::Trace;
use crate::platform::codes::Code;
use crate::provider::Request;
use crate::rehearsal::begin;
use crate::rehearsal::chaos::around::{Around, Telling};
use crate::rehearsal::chaos::noticed::noticed;
use crate::rehearsal::chaos::same::Came;
use crate::rehearsal::chaos::trouble::Trouble;
use crate::rehearsal::floor::LINE;
use crate::rehearsal::live::Met;
use crate::rehearsal::player::{Player, Progress, Situation};
use crate::rehearsal::refused::Refused;
use crate::rehearsal::rehearse::{self, House};
use crate::rehearsal::services::{self, Answered};
use crate::rehearsal::transcript;
use crate::runtime::doc::{Doc, InputKind};
use crate::runtime::invoker::{Invocation, Invoked};
use crate::runtime::lines::Served;
use crate::simulator::scene::{self, Acted, Dies, Scene};
use crate::store::Change;
use std::collections::{BTreeMap, BTreeSet};

/// How long an audio file lasts of which nothing is known, in milliseconds.
const UNKNOWN_SOUND_MS: u64 = 2_000;
/// How long a call may go on after the script's last step, in milliseconds.
const LINGER_MS: u64 = 120_000;
/// How long it is waited for what follows when every call and line is over, in milliseconds.
const AFTER_MS: u64 = 30_000;
/// How long a call waits with what the end of its line would explain, in milliseconds (docs/runtime.md, W3).
const HELD_MS: u64 = 450;
/// Names that are at least so long are made up by the platform, in characters.
const MADE_UP: usize = 32;
/// How long whoever places a call waits before trying again, in milliseconds.
const PLACE_AGAIN_MS: u64 = 500;

/// Answers that never come: an operation, and which of its answers, from 0.
pub(crate) type GivenUp = BTreeSet<(String, usize)>;

/// A scenario that can be played again and again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece<'a> {
    pub(crate) house: House<'a>,
    pub(crate) script: &'a Script,
    pub(crate) served: &'a Served,
    pub(crate) answers: &'a BTreeMap<String, Vec<ScriptedAnswer>>,
    pub(crate) refusals: &'a Refused,
    /// What its people have before them when they act.
    pub(crate) situations: &'a BTreeMap<usize, Situation>,
}

/// What came of a run, and what there was of which something could have gone wrong.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) came: Came,
    pub(crate) changes: u32,
    pub(crate) webhooks: u32,
    /// Answers that could not be waited for: a process died, and the question must not be asked twice.
    pub(crate) given_up: GivenUp,
    pub(crate) lasted_ms: u64,
    /// What happened, a line each, where somebody wants to read it.
    pub(crate) story: Vec<String>,
}

impl Piece<'_> {
    /// Plays it with these troubles, at most until this virtual time; `given_up` never answer.
    pub(crate) fn play(&self, troubles: &[Trouble], given_up: &GivenUp, until: u64, told: bool) -> Run {
        let mut play = Play::new(*self, troubles, given_up);
        let (lasted_ms, story) = scene::play(std::slice::from_ref(self.house.lines), &mut play, until, told);
        play.came.crashes = play.crashes;
        let over = |at: usize| play.calls.get(at).and_then(|kept| kept.line_over);
        for ((at, ..), (when, what)) in &play.effects {
            let after = over(*at).is_some_and(|over| *when >= over);
            let effects = if after { &mut play.came.afterwards } else { &mut play.came.effects };
            effects.push(what.clone());
        }
        play.came.effects.extend(play.again);
        play.came.effects.sort();
        play.came.afterwards.sort();
        play.came.told_late = play.calls.iter().any(|kept| kept.told_late);
        play.came.calls = play.calls.iter().map(Kept::end).collect();
        let (changes, webhooks, given_up) = (play.changes, play.webhooks, play.lost_answers);
        Run { came: play.came, changes, webhooks, given_up, lasted_ms, story }
    }
}

/// A call of the service, as it stands in the store.
pub(super) struct Kept {
    id: String,
    pub(super) call: Call,
    flow: String,
    /// People of flows that were run.
    met: Met,
    /// The flows that run one another, the outermost first.
    running: Vec<String>,
    /// Flow and state that ordered an operation.
    ordered_by: BTreeMap<u64, (String, String)>,
    /// When the platform ended its line.
    line_over: Option<u64>,
    /// It was told so.
    told_over: bool,
    /// Something else happened to it more than half a second later, and it had not been told.
    told_late: bool,
}

impl Kept {
    fn end(&self) -> (String, Option<String>, Option<String>) {
        match &self.call.phase {
            Phase::Ended { result, .. } => (self.flow.clone(), result.clone(), Some(self.call.state.clone())),
            _ => (self.flow.clone(), None, None),
        }
    }
}

/// A question to a service.
struct Question {
    nth: usize,
    answered: Answered,
    may_repeat: bool,
}

struct Play<'a> {
    piece: Piece<'a>,
    troubles: &'a [Trouble],
    given_up: &'a GivenUp,
    player: Player<'a>,
    began: bool,
    /// The call to place, and when it is tried next.
    placing: Option<(Values, u64)>,
    /// What is to be told to the script's call from outside, until it is durable.
    telling: Vec<Telling>,
    /// When everybody leaves.
    leaves_at: Option<u64>,
    over_at: Option<u64>,
    calls: Vec<Kept>,
    came: Came,
    /// What somebody notices, by what makes a repetition of it known as one.
    effects: BTreeMap<(usize, u64, Option<uuid::Uuid>), (u64, String)>,
    /// What was done again that must not be.
    again: Vec<String>,
    asked: BTreeMap<(usize, u64), Question>,
    times: BTreeMap<String, usize>,
    tried: BTreeMap<(String, String), u32>,
    refused: BTreeMap<(usize, OpRef), Option<Code>>,
    lost_answers: GivenUp,
    /// Questions that must not be asked twice: what they are asked.
    never_again: BTreeMap<(usize, u64), String>,
    changes: u32,
    webhooks: u32,
    crashes: u32,
}

impl<'a> Play<'a> {
    fn new(piece: Piece<'a>, troubles: &'a [Trouble], given_up: &'a GivenUp) -> Play<'a> {
        Play {
            piece,
            troubles,
            given_up,
            player: Player::new(piece.script, &piece.served.program).fair(piece.situations),
            began: false,
            placing: None,
            telling: Vec::new(),
            leaves_at: None,
            over_at: None,
            calls: Vec::new(),
            came: Came { line: "none", ..Came::default() },
            effects: BTreeMap::new(),
            again: Vec::new(),
            asked: BTreeMap::new(),
            times: BTreeMap::new(),
            tried: BTreeMap::new(),
            refused: BTreeMap::new(),
            lost_answers: GivenUp::new(),
            never_again: BTreeMap::new(),
            changes: 0,
            webhooks: 0,
            crashes: 0,
        }
    }

    fn at(&self, call: &str) -> Option<usize> {
        self.calls.iter().position(|kept| kept.id == call)
    }

    fn at_of(&self, request: &Request) -> Option<usize> {
        self.at(request.callback_uri.rsplit('/').nth(1)?)
    }

    /// A text with calls by their number instead of their ids, and without the names that the platform makes up: they are others
    /// in each run.
    fn named(&self, text: &str) -> String {
        let calls = self.calls.iter().enumerate();
        let text = calls.fold(text.to_owned(), |text, (at, kept)| text.replace(&kept.id, &format!("call {}", at + 1)));
        let is_part = |c: char| c.is_ascii_alphanumeric() || "-_=".contains(c);
        let parts = text.split_inclusive(|c| !is_part(c)).map(|part| {
            let name = part.trim_end_matches(|c| !is_part(c));
            if name.len() >= MADE_UP { part.replacen(name, "…", 1) } else { part.to_owned() }
        });
        parts.collect()
    }

    /// How often an operation was asked before.
    fn nth(&mut self, name: &str) -> usize {
        let times = self.times.entry(name.to_owned()).or_default();
        *times += 1;
        *times - 1
    }

    /// A question that was given up because a process died with it: whether the service was asked, nobody knows.
    fn gives_up(&mut self, at: usize, op: u64, outcome: &str) {
        let Some(name) = self.never_again.get(&(at, op)).filter(|_| outcome == FAILED).cloned() else { return };
        match self.asked.get(&(at, op)) {
            Some(question) if question.answered.outcome == outcome => {}
            Some(question) => {
                self.lost_answers.insert((name, question.nth));
                self.effects.remove(&(at, op, None));
            }
            None => {
                let nth = self.nth(&name);
                self.lost_answers.insert((name, nth));
            }
        }
    }

    fn fails(&mut self, finding: &Diagnostic, now: u64) {
        self.came.failed = Some((self.player.number(), finding.message.clone()));
        self.leaves_at = Some(now);
    }

    /// The people's steps, as far as they can be carried out now; when to look again.
    fn steps(&mut self, floor: &mut scene::Floor<'_, '_>) -> Option<u64> {
        let now = floor.now();
        let mut around = Around {
            floor,
            lines: self.piece.house.lines,
            calls: &self.calls,
            placing: &mut self.placing,
            telling: &mut self.telling,
            served: self.piece.served,
        };
        if !self.began {
            self.began = true;
            if let Err(finding) = begin::begins(&mut around, self.piece.script, self.piece.served) {
                self.fails(&finding, now);
                return None;
            }
        }
        match self.player.go(&mut around) {
            Progress::Met => self.leaves_at = Some(now + LINGER_MS),
            Progress::Waits(wake) => return wake,
            Progress::Failed(finding) => self.fails(&finding, now),
        }
        None
    }
}

impl Scene for Play<'_> {
    fn epoch_ms(&self) -> i64 {
        self.piece.script.clock.as_ref().map_or(rehearse::EPOCH_MS, |clock| clock.value)
    }

    fn voice(&self) -> &str {
        self.piece.house.voice
    }

    fn sound_ms(&self, uri: &str) -> u64 {
        let path = uri.strip_prefix("https://flowc.example.org/media/").unwrap_or(uri);
        self.piece.house.sounds.get(path).copied().unwrap_or(UNKNOWN_SOUND_MS)
    }

    fn acts(&mut self, floor: &mut scene::Floor<'_, '_>) -> Acted {
        let now = floor.now();
        let mut wake = if self.leaves_at.is_none() { self.steps(floor) } else { None };
        if !self.calls.is_empty() {
            self.placing = None;
        }
        if let Some((params, again)) = &mut self.placing {
            if *again <= now {
                floor.place(self.piece.served, params.clone());
                *again = now + PLACE_AGAIN_MS;
            }
            wake = Some(*again);
        }
        if let Some(kept) = self.calls.first() {
            for telling in self.telling.iter_mut().filter(|telling| telling.again <= now) {
                floor.tell(&kept.id, &telling.name, telling.data.clone(), &telling.key);
                telling.again = now + PLACE_AGAIN_MS;
            }
            wake = wake.into_iter().chain(self.telling.iter().map(|telling| telling.again)).min();
        }
        let is_over = self.placing.is_none() && floor.is_over() && floor.line(LINE).is_some();
        if is_over && self.leaves_at.is_none() && floor.line(LINE).is_some_and(|line| line.is_over()) && wake.is_none()
        {
            // A step that waits for something that cannot come any more.
            self.came.failed = Some((self.player.number(), "the call is over".to_owned()));
            self.leaves_at = Some(now);
        }
        if self.leaves_at.is_some_and(|at| at <= now) {
            everybody_leaves(floor);
        }
        if self.leaves_at.is_some() && is_over {
            let over_at = *self.over_at.get_or_insert(now);
            if over_at + AFTER_MS <= now {
                if let Some(line) = floor.line(LINE) {
                    self.came.line = rehearse::ended(line);
                    let people = self.calls.iter().flat_map(|kept| kept.call.people.iter().chain(kept.met.people()));
                    self.came.told = transcript::told(line, people.map(|(name, person)| (name.as_str(), person)));
                }
                return Acted::Done;
            }
            wake = Some(over_at + AFTER_MS);
        } else {
            self.over_at = None;
            wake = wake.or(self.leaves_at);
            if let Some(line) = floor.line(LINE) {
                self.came.line = rehearse::ended(line);
            }
        }
        Acted::Waits(wake)
    }

    fn asked(&mut self, now: u64, invocation: &Invocation) -> (Invoked, u64) {
        let clock = self.epoch_ms().saturating_add_unsigned(now);
        let at = self.at(&invocation.call).unwrap_or(usize::MAX);
        let name = format!("{}.{}", invocation.service, invocation.operation);
        let args = serde_json::to_string(&invocation.args).unwrap_or_default();
        let once = invocation.once.as_ref().map(|once| format!(", once for {}", once.0)).unwrap_or_default();
        let asked = self.named(&format!("asks {name} with {args}{once}"));
        if let Some(question) = self.asked.get(&(at, invocation.op.op)) {
            if !question.may_repeat {
                self.again.push(format!("{asked}, again"));
            }
        } else {
            let (nth, program) = (self.nth(&name), &invocation.program);
            let listed = services::listed(self.piece.answers, &name, nth);
            let mut answered = services::answered(listed, program, &name, clock);
            if self.given_up.contains(&(name.clone(), nth)) {
                answered = Answered { outcome: FAILED.to_owned(), value: None, reason: None, takes: answered.takes };
            } else {
                self.effects.insert((at, invocation.op.op, None), (now, asked));
            }
            let may_repeat = !self.never_again.contains_key(&(at, invocation.op.op));
            self.asked.insert((at, invocation.op.op), Question { nth, answered, may_repeat });
        }
        match self.asked.get(&(at, invocation.op.op)).map(|question| question.answered.clone()) {
            Some(Answered { outcome, value, reason, takes }) => (Invoked { outcome, value, reason }, takes),
            None => (Invoked { outcome: FAILED.to_owned(), value: None, reason: None }, 0),
        }
    }

    fn refuses(&mut self, request: &Request) -> Option<Code> {
        let at = self.at_of(request).filter(|_| !self.piece.refusals.is_empty())?;
        if let Some(refused) = self.refused.get(&(at, request.op)) {
            return *refused;
        }
        let place = self.calls[at].ordered_by.get(&request.op.op)?;
        let refused = self.piece.refusals.refuses(place, &request.command, &mut self.tried);
        self.refused.insert((at, request.op), refused);
        refused
    }

    fn carried_out(&mut self, now: u64, request: &Request, status: u16) {
        let Some(at) = self.at_of(request).filter(|_| (200..300).contains(&status)) else { return };
        if let Some(what) = noticed(&request.command) {
            // The platform knows a repetition by its id, where it knows repetitions.
            let repeat =
                (request.command.class() == crate::machine::command::Class::Repeatable).then_some(request.repeat_id);
            self.effects.entry((at, request.op.op, repeat)).or_insert((now, what));
        }
    }

    fn committed(&mut self, now: u64, change: &Change) {
        let Ok(doc) = Doc::from_bytes(&change.doc) else { return };
        let at = self.at(&change.call).unwrap_or_else(|| {
            let mut flows = self.piece.house.lines.flows.iter();
            let flow = flows.find(|(_, served)| served.hash == change.program).map(|(name, _)| name.clone());
            let flow = flow.unwrap_or_default();
            let (id, call) = (change.call.clone(), doc.call.clone());
            self.calls.push(Kept {
                id,
                call,
                flow,
                met: Met::default(),
                running: Vec::new(),
                ordered_by: BTreeMap::new(),
                line_over: None,
                told_over: false,
                told_late: false,
            });
            self.calls.len() - 1
        });
        for pending in &doc.outbox {
            if let Command::Invoke { service, operation, repeat: false, .. } = &pending.command {
                self.never_again.insert((at, pending.op.op), format!("{service}.{operation}"));
            }
        }
        let kept = &mut self.calls[at];
        kept.call = doc.call.clone();
        kept.met.takes_down(&kept.call);
        // Before this change: what a call decides at this moment it decides without having been told.
        kept.told_late |= !kept.told_over && kept.line_over.is_some_and(|over| now > over + HELD_MS);
        let (mut answered, mut taken_over) = (Vec::new(), false);
        for line in &change.history {
            self.telling.retain(|telling| telling.key != line.event_key);
            let Ok(line) = serde_json::from_slice::<crate::runtime::doc::Line>(&line.body) else { continue };
            match &line.input {
                InputKind::Event(EventKind::Invoked { op, outcome, .. }) => answered.push((op.op, outcome.clone())),
                InputKind::Event(EventKind::Webhook(webhook)) if webhook.kind == WebhookKind::CallDisconnected => {
                    kept.told_over = true;
                }
                InputKind::Recovered => taken_over = true,
                InputKind::Event(_) | InputKind::Claimed { .. } => {}
            }
            for trace in line.trace {
                let flow = || kept.running.last().unwrap_or(&kept.flow).clone();
                match trace {
                    Trace::Running { flow, .. } => kept.running.push(flow),
                    Trace::Ordered { op, state, .. } => {
                        let ordered_by = (flow(), state);
                        kept.ordered_by.insert(op.op, ordered_by);
                    }
                    Trace::Returned { .. } => drop(kept.running.pop()),
                    Trace::Ended { .. }
                    | Trace::Entered { .. }
                    | Trace::Fault { .. }
                    | Trace::Ignored { .. }
                    | Trace::Took { .. } => {}
                }
            }
        }
        for (op, outcome) in answered {
            self.gives_up(at, op, &outcome);
        }
        // Taken over from a process that died, and not to be asked again: it has failed.
        let open = |op: u64| doc.outbox.iter().any(|pending| pending.op.op == op);
        let gone: Vec<u64> =
            self.never_again.keys().filter(|(call, op)| *call == at && !open(*op)).map(|(_, op)| *op).collect();
        for op in gone {
            if taken_over {
                self.gives_up(at, op, FAILED);
            }
            self.never_again.remove(&(at, op));
        }
    }

    fn delivers(&mut self, now: u64, call: &str, body: &str) -> Vec<u64> {
        self.webhooks += 1;
        if body.contains("Microsoft.Communication.CallDisconnected")
            && let Some(at) = self.at(call)
            && !self.calls[at].call.is_ended()
        {
            self.calls[at].line_over.get_or_insert(now);
        }
        let mut ours = self.troubles.iter().filter_map(|trouble| match trouble {
            Trouble::Late(n, ms) | Trouble::Lost(n, ms) if *n == self.webhooks => Some(vec![1 + ms]),
            Trouble::Twice(n, ms) if *n == self.webhooks => Some(vec![1, 1 + ms]),
            Trouble::Crash(..) | Trouble::Late(..) | Trouble::Lost(..) | Trouble::Twice(..) => None,
        });
        ours.next_back().unwrap_or_else(|| vec![1])
    }

    fn dies(&mut self) -> Option<Dies> {
        self.changes += 1;
        let ours = self.troubles.iter().find_map(|trouble| match trouble {
            Trouble::Crash(side, n) if *n == self.changes => Some(*side),
            Trouble::Crash(..) | Trouble::Late(..) | Trouble::Lost(..) | Trouble::Twice(..) => None,
        });
        self.crashes += u32::from(ours.is_some());
        ours
    }
}

/// Everybody who is on a line leaves it.
fn everybody_leaves(floor: &mut scene::Floor<'_, '_>) {
    let lines = floor.cloud().calls.values().filter(|line| !line.is_over());
    let who: Vec<(String, String)> =
        lines.flat_map(|line| line.people.iter().map(|person| (line.name(), person.id.plain()))).collect();
    for (line, who) in who {
        // Somebody who left with the one before has left.
        let _ = floor.human("POST", &["calls", &line, "hangup"], &serde_json::json!({ "as": who }));
    }
}
