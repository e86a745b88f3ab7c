//! The line of a rehearsal: the emulator's cloud, the machine's calls and the services of a scenario, in virtual time. Requests are
//! carried out and webhooks arrive at once; what waits is what waits on a real line.
//!
//! Nothing happens by itself: [`Stage::settle`] lets everything happen that is due now, [`Stage::next_due`] says when more will.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub(crate) mod others;

use crate::emulator::cloud::Cloud;
use crate::emulator::effect::{Effect, SocketAct};
use crate::language::flow::value::{Value, Values};
use crate::language::graph::CallKind;
use crate::language::syntax::ast::ScriptedAnswer;
use crate::machine::beginning::Beginning;
use crate::machine::command::{Command, Media, OpRef};
use crate::machine::event::{Answer, Event, EventKind, WebhookKind};
use crate::machine::hush::masked;
use crate::machine::{Ordered, Step, step};
use crate::platform::codes::Code;
use crate::platform::events::Notice;
use crate::platform::versions::Version;
use crate::provider::acs::from_wire::grid::{self, Grid, Incoming, RecordingReady, Told};
use crate::provider::acs::from_wire::webhook;
use crate::provider::acs::to_wire::Site;
use crate::provider::{Outcome, Request};
use crate::rehearsal::given;
use crate::rehearsal::live::{Kept, Live, taken};
use crate::rehearsal::refused::Refused;
use crate::rehearsal::services;
use crate::rehearsal::stage::others::Whose;
use crate::runtime::accept::{Given, placed, ringing};
use crate::runtime::dispatch::there_is;
use crate::runtime::doc::{self, InputKind};
use crate::runtime::lines::{Lines, Served};
use crate::simulator::platform;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// Where the service would be reached.
const PUBLIC_URL: &str = "https://flowc.example.org";
/// Where streams of media would go.
const SOCKET: &str = "wss://media.example.org/";
/// How long a sound lasts of which nothing is known, in milliseconds: as `flowc emulate` has it.
const UNKNOWN_SOUND_MS: u64 = 2_000;

/// What a rehearsal takes place in.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The flows, and who answers which number.
    pub lines: &'a Lines,
    /// When it begins, in milliseconds since the epoch.
    pub epoch_ms: i64,
    /// The voice of text prompts whose library names none.
    pub voice: &'a str,
    /// How long audio files last, in milliseconds, by their path in the project.
    pub sounds: &'a BTreeMap<String, u64>,
    /// What operations answer: `crm.find`.
    pub answers: &'a BTreeMap<String, Vec<ScriptedAnswer>>,
    /// Requests that the platform refuses: by flow and state, which of them, from 1; none: each.
    pub refused: &'a Refused,
}

/// Something that a flow had played.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Played {
    /// The flow.
    pub flow: String,
    /// The locale it spoke in.
    pub locale: String,
    /// The words, the SSML, or the file.
    pub words: String,
}

/// What an operation answered once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answered {
    /// `crm.find`.
    pub(crate) name: String,
    pub(crate) outcome: String,
    pub(crate) value: Option<Value>,
    /// How long it took, in milliseconds.
    pub(crate) takes: u64,
}

/// The line.
#[derive(Clone, Debug)]
pub struct Stage<'a> {
    scene: Scene<'a>,
    site: Site,
    pub(crate) cloud: Cloud,
    /// Virtual milliseconds since the beginning.
    pub now: u64,
    /// The calls of the service, in the order in which they began.
    pub calls: Vec<Live>,
    /// What was played.
    pub played: BTreeSet<Played>,
    /// How often operations were asked, not by other calls of the scenario.
    pub asked: BTreeMap<String, u32>,
    /// Who was to be called, brought in or put through to.
    pub dialled: BTreeSet<String>,
    /// Whether the histories of calls are kept.
    pub keeps: bool,
    /// Which call is the scenario's own, and which others there are.
    pub(crate) whose: Whose,
    /// What operations answer next, decided while the call goes on.
    pub(crate) decided: BTreeMap<String, VecDeque<ScriptedAnswer>>,
    /// What operations answered, where somebody wants to know.
    pub(crate) answered: Option<Vec<Answered>>,
    /// How often a state that may fail asked for something.
    tried: BTreeMap<(String, String), u32>,
    /// What happens to calls at this moment.
    events: VecDeque<(usize, EventKind)>,
    /// Answers of services, by when they come.
    answers: BTreeMap<(u64, u64), (usize, EventKind)>,
    count: u64,
}

impl<'a> Stage<'a> {
    /// A line on which nothing has happened.
    #[must_use]
    pub fn new(scene: Scene<'a>) -> Stage<'a> {
        let epoch = jiff::Timestamp::from_millisecond(scene.epoch_ms).unwrap_or_default();
        let version = Version::NEWEST.name();
        let site = Site {
            api_version: version.to_owned(),
            ai_endpoint: Some("https://ai.example.org".to_owned()),
            streaming_url: Some(SOCKET.to_owned()),
            transcription_url: Some(SOCKET.to_owned()),
            public_url: PUBLIC_URL.to_owned(),
            calling_user: None,
        };
        let mut cloud = Cloud::new(1, epoch, version);
        cloud.subscribed("https://flowc.example.org/events/incoming");
        cloud.without_audio();
        Stage {
            scene,
            site,
            cloud,
            now: 0,
            calls: Vec::new(),
            played: BTreeSet::new(),
            asked: BTreeMap::new(),
            dialled: BTreeSet::new(),
            keeps: false,
            whose: Whose::default(),
            decided: BTreeMap::new(),
            answered: None,
            tried: BTreeMap::new(),
            events: VecDeque::new(),
            answers: BTreeMap::new(),
            count: 0,
        }
    }

    /// The flows, and who answers which number.
    #[must_use]
    pub fn lines(&self) -> &'a Lines {
        self.scene.lines
    }

    /// The wall clock, in milliseconds since the epoch.
    #[must_use]
    pub fn clock(&self) -> i64 {
        self.scene.epoch_ms.saturating_add_unsigned(self.now)
    }

    /// When something happens next by itself.
    #[must_use]
    pub fn next_due(&self) -> Option<u64> {
        let wall = |at: i64| u64::try_from(at.saturating_sub(self.scene.epoch_ms)).unwrap_or(0);
        let timers = self.calls.iter().filter(|live| !live.call.is_ended()).filter_map(|live| live.call.next_due());
        let answers = self.answers.keys().next().map(|(at, _)| *at);
        timers.map(wall).chain(answers).chain(self.cloud.next_due()).min().map(|at| at.max(self.now))
    }

    /// Lets the time be this, and everything happen that is due by then.
    pub fn go_to(&mut self, now: u64) {
        self.now = self.now.max(now);
        self.cloud.advance(self.now);
        self.settle();
        while let Some(((at, order), answer)) = self.answers.pop_first() {
            if at > self.now {
                self.answers.insert((at, order), answer);
                break;
            }
            self.events.push_back(answer);
            self.settle();
        }
        let clock = self.clock();
        for at in 0..self.calls.len() {
            let call = &self.calls[at].call;
            if !call.is_ended() && call.next_due().is_some_and(|due| due <= clock) {
                self.events.push_back((at, EventKind::Due));
                self.settle();
            }
        }
    }

    /// Lets everything happen that needs no time.
    pub fn settle(&mut self) {
        loop {
            if let Some((at, kind)) = self.events.pop_front() {
                self.apply(at, kind);
            } else if let Some(at) = self.calls.iter().position(|live| !live.outbox.is_empty()) {
                self.request(at);
            } else {
                let effects = self.cloud.take_effects();
                if effects.is_empty() {
                    return;
                }
                effects.into_iter().for_each(|effect| self.effect(effect));
            }
        }
    }

    /// Somebody does something, over the emulator's human side.
    ///
    /// # Errors
    /// Why it cannot be done.
    pub fn human(
        &mut self,
        method: &str,
        segments: &[&str],
        body: &serde_json::Value,
    ) -> Result<serde_json::Value, String> {
        let answer = self.cloud.human(self.now, method, segments, body.to_string().as_bytes());
        let said =
            answer.body.and_then(|body| serde_json::from_str::<serde_json::Value>(&body).ok()).unwrap_or_default();
        self.settle();
        if answer.status < 300 {
            return Ok(said);
        }
        Err(said["error"]["message"].as_str().unwrap_or("no reason given").to_owned())
    }

    /// A call is placed. Its place among [`Stage::calls`].
    pub fn place(&mut self, served: &Served, params: Values) -> usize {
        let given = self.given();
        let at = self.begin(served, placed(served, params, &given));
        self.settle();
        at
    }

    fn given(&self) -> Given {
        let id = format!("call-{}", self.calls.len() + 1);
        Given { id, at: self.clock(), voice: self.scene.voice.to_owned(), by: String::new() }
    }

    fn begin(&mut self, served: &Served, beginning: Beginning) -> usize {
        let history = self.keeps.then(|| Box::new(Kept { beginning: beginning.clone(), lines: Vec::new() }));
        let mut live = Live::new(Arc::clone(&served.program), beginning);
        live.history = history;
        self.calls.push(live);
        self.events.push_back((self.calls.len() - 1, EventKind::Begin));
        self.calls.len() - 1
    }

    fn apply(&mut self, at: usize, kind: EventKind) {
        let (clock, now) = (self.clock(), self.now);
        let Some(live) = self.calls.get_mut(at) else { return };
        if live.call.is_ended() {
            // A line that came about when nobody waited for it any more.
            if let EventKind::Webhook(webhook) = &kind
                && webhook.kind == WebhookKind::CallConnected
            {
                let op = OpRef { op: u64::from(u32::MAX), attempt: 1 };
                let connection = webhook.facts.connection.clone();
                live.outbox.push_back(Ordered { op, command: Command::HangUp, connection, not_after: None });
            }
            return;
        }
        let program = Arc::clone(&live.program);
        let kept = live.history.is_some().then(|| masked(&program, &live.call, &kind, clock));
        let Step { call, commands, trace } = step(&program, &live.call, &Event { at: clock, kind });
        live.call = call;
        live.met.takes_down(&live.call);
        if let (Some(history), Some(kind)) = (&mut live.history, kept) {
            let line = doc::Line { at: clock, by: String::new(), input: InputKind::Event(kind), trace: trace.clone() };
            history.lines.push(line);
        }
        live.outbox.retain(|ordered| live.call.wants(ordered.op.op, &ordered.command));
        for trace in trace {
            live.pass(now, trace);
        }
        for ordered in commands {
            self.order(at, ordered);
        }
    }

    fn order(&mut self, at: usize, ordered: Ordered) {
        match &ordered.command {
            Command::Invoke { service, operation, .. } => {
                self.invoke(at, ordered.op, &format!("{service}.{operation}"))
            }
            Command::Signal { call, name, data } => {
                let found = self.signal(call, name, data.clone());
                self.events.push_back((at, EventKind::Signalled { op: ordered.op, found }));
            }
            _ => {
                self.plays(at, &ordered.command);
                self.calls[at].outbox.push_back(ordered);
            }
        }
    }

    /// Notes what is to be heard.
    fn plays(&mut self, at: usize, command: &Command) {
        let media = match command {
            Command::Play { media, .. } | Command::Recognize { media, .. } => media.as_slice(),
            Command::Hold { music: Some(music), .. } => std::slice::from_ref(music),
            _ => return,
        };
        let live = &self.calls[at];
        for one in media {
            let words = match one {
                Media::File { file } => file,
                Media::Ssml { ssml } => ssml,
                Media::Text { text, .. } => text,
            };
            let played =
                Played { flow: live.flow().to_owned(), locale: live.call.locale.clone(), words: words.clone() };
            self.played.insert(played);
        }
    }

    /// A service is asked.
    fn invoke(&mut self, at: usize, op: OpRef, name: &str) {
        let (clock, nth) = (self.clock(), self.nth(at, name));
        let decided = self.decided.get_mut(name).and_then(VecDeque::pop_front);
        let listed = || services::listed(self.scene.answers, name, nth);
        let listed = decided.as_ref().or_else(listed).map(|answer| self.whose.meant(answer));
        let answered = services::answered(listed.as_deref(), &self.calls[at].program, name, clock);
        let services::Answered { outcome, value, reason, takes } = answered;
        if let Some(answered) = &mut self.answered {
            answered.push(Answered { name: name.to_owned(), outcome: outcome.clone(), value: value.clone(), takes });
        }
        self.count += 1;
        let kind = EventKind::Invoked { op, outcome, value, reason };
        self.answers.insert((self.now + takes, self.count), (at, kind));
    }

    /// A signal for a call. Whether it is one that takes it.
    pub fn signal(&mut self, call: &str, name: &str, data: Option<Value>) -> bool {
        let Some(at) = self.calls.iter().position(|live| live.id == call && !live.call.is_ended()) else {
            return false;
        };
        let live = &self.calls[at];
        let taken = live.call.signals_taken(&live.program);
        let fits = match (taken.get(name), &data) {
            (None, _) | (Some(None), Some(_)) => false,
            (Some(None), None) => true,
            (Some(Some(ty)), data) => data.as_ref().unwrap_or(&Value::Absent).is_of(ty),
        };
        if fits {
            self.events.push_back((at, EventKind::Signal { name: name.to_owned(), data }));
        }
        fits
    }

    /// Somebody outside tells the scenario's call something, as over the API of the service.
    ///
    /// # Errors
    /// Why the call does not take it.
    pub fn told_by_api(&mut self, name: &str, data: Option<&serde_json::Value>) -> Result<(), String> {
        let own = self.own().and_then(|at| Some((at, self.calls.get(at)?)));
        let Some((at, live)) = own else { return Err("there is no call yet".to_owned()) };
        let data = data.map(|data| given::meant(data, &self.whose.ids));
        let data = taken(&live.call, &live.program, name, data.as_ref())?;
        self.events.push_back((at, EventKind::Signal { name: name.to_owned(), data }));
        self.settle();
        Ok(())
    }

    /// The next request of a call reaches the platform.
    fn request(&mut self, at: usize) {
        let Some(ordered) = self.calls[at].outbox.pop_front() else { return };
        let live = &self.calls[at];
        let connection = ordered.connection.clone().or_else(|| live.call.facts.connection.clone());
        let mut command = ordered.command;
        if let Command::Move { name, call, there: there @ None } = &mut command {
            let other = self.calls.iter().find(|live| live.id == *call && !live.call.is_ended());
            *there = other.and_then(|other| there_is(&other.call, name));
        }
        if let Command::Add { who: to, .. } | Command::Redirect { to, .. } | Command::Transfer { to, .. } = &command {
            self.dialled.insert(to.0.clone());
        } else if let Command::Create { to, .. } = &command {
            self.dialled.extend(to.iter().map(|who| who.0.clone()));
        }
        let number = u128::try_from(at).unwrap_or(0) << 64 | u128::from(ordered.op.op) << 16;
        let id = number | u128::from(ordered.op.attempt);
        let request = Request {
            op: ordered.op,
            command,
            connection,
            server_call: live.call.facts.server_call.clone(),
            repeat_id: uuid::Builder::from_random_bytes(id.to_be_bytes()).into_uuid(),
            first_sent: self.clock(),
            callback_uri: format!("{PUBLIC_URL}/callbacks/{}/-", live.id),
        };
        let answer = if let Some(code) = self.refuses(at, ordered.op.op, &request.command) {
            Answer::Refused { code }
        } else {
            let clock = self.clock();
            let outcome = platform::carries_out(&mut self.cloud, self.now, &request, &self.site, clock).1;
            self.calls[at].begins_line(&request.command, &self.cloud);
            match outcome {
                Outcome::Definite(answer) => answer,
                Outcome::NotNow { .. } | Outcome::NotTried { .. } | Outcome::Throttled { .. } | Outcome::Unknown => {
                    Answer::Unknown
                }
            }
        };
        self.events.push_back((at, EventKind::Response { op: ordered.op, answer }));
    }

    /// How the scenario has the platform refuse what a state asks for, if it does.
    fn refuses(&mut self, at: usize, op: u64, command: &Command) -> Option<Code> {
        if self.scene.refused.is_empty() || self.whose.is_other(at) {
            return None;
        }
        let place = self.calls[at].ordered_by.get(&op)?;
        self.scene.refused.refuses(place, command, &mut self.tried)
    }

    fn effect(&mut self, effect: Effect) {
        match effect {
            Effect::Webhook { url, body, .. } => {
                let Some(call) = url.rsplit('/').nth(1) else { return };
                let Some(at) = self.calls.iter().position(|live| live.id == call) else { return };
                for element in webhook::read(body.as_bytes()).into_iter().flatten().flatten() {
                    self.events.push_back((at, EventKind::Webhook(element.webhook)));
                }
            }
            Effect::Grid { delivery, attempt, body, .. } => {
                self.cloud.grid_answered(self.now, delivery, attempt, Some(200));
                if let Ok(Grid::Events { incoming, told, .. }) = grid::read(body.as_bytes()) {
                    incoming.into_iter().for_each(|incoming| self.incoming(incoming));
                    told.into_iter().for_each(|told| self.told(told));
                }
            }
            Effect::Measure { ticket, uri } => {
                let path = uri.strip_prefix("https://flowc.example.org/media/").unwrap_or(&uri);
                let lasts = self.scene.sounds.get(path).copied().unwrap_or(UNKNOWN_SOUND_MS);
                self.cloud.measured(self.now, ticket, Some(lasts));
            }
            Effect::Socket { socket, act: SocketAct::Open { .. } } => self.cloud.socket_opened(self.now, socket, true),
            Effect::Socket { act: SocketAct::Close | SocketAct::Send { .. }, .. } => {}
        }
    }

    fn incoming(&mut self, incoming: Incoming) {
        let given = self.given();
        if let Some((served, beginning)) = ringing(self.scene.lines, incoming, &given) {
            self.begin(served, beginning);
        }
    }

    fn told(&mut self, told: Told) {
        match told {
            Told::Call { what: Notice::CallEnded, call } => {
                let is_it = |live: &Live| live.call.facts.server_call.as_deref() == Some(&call.server_call_id);
                let theirs = self.calls.iter().enumerate().filter(|(_, live)| !live.call.is_ended() && is_it(live));
                self.events.extend(theirs.map(|(at, _)| (at, EventKind::SaidToBeOver)));
            }
            Told::Call { .. } => {}
            Told::Recording(ready) => self.recording_ready(&ready),
        }
    }

    fn recording_ready(&mut self, ready: &RecordingReady) {
        let lines = self.scene.lines;
        let waiting = lines.flows.values().filter(|served| served.program.call == CallKind::RecordingReady);
        for served in waiting {
            let of = self.calls.iter().find(|live| live.call.facts.server_call == ready.server_call);
            let (call, flow) = of.map(|live| (live.id.clone(), live.program.flow.clone())).unwrap_or_default();
            for file in &ready.files {
                let text = |text: &str| Value::Text(text.to_owned());
                let fields = [("id", &ready.recording), ("call", &call), ("flow", &flow), ("url", &file.content)];
                let recording = Value::Record(fields.map(|(field, value)| (field.to_owned(), text(value))).into());
                let given = self.given();
                let params = Values::from([("recording".to_owned(), recording)]);
                self.begin(served, placed(served, params, &given));
            }
        }
    }
}
