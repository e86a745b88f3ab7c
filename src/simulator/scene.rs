//! A run that no seed decides: any flows, people who do what somebody has them do, services that answer what somebody has them
//! answer, and troubles that are named. Between them everything takes a millisecond, in the order in which it happens.

use crate::emulator::call::Call as Line;
use crate::emulator::cloud::Cloud;
use crate::language::flow::value::{Value, Values};
use crate::language::graph::CallKind;
use crate::machine::event::EventKind;
use crate::platform::codes::Code;
use crate::platform::events::Notice;
use crate::platform::versions::Version;
use crate::provider::Request;
use crate::provider::acs::from_wire::grid::{RecordingReady, Told};
use crate::runtime::accept::Accept;
use crate::runtime::doc::{Doc, Input, InputKind};
use crate::runtime::invoker::{Invocation, Invoked};
use crate::runtime::lines::{Lines, Served};
use crate::runtime::shot::Asked;
use crate::runtime::signal::{Data, Deliver};
use crate::simulator::dice::Dice;
use crate::simulator::process::Purpose;
use crate::simulator::run::{Happening, Run};
use crate::simulator::setup::{Faults, Setup};
use crate::simulator::shots::Shot;
use crate::store::{Among, Change, Listed};

/// Where streams of media go.
const SOCKET: &str = "wss://media.example.org/";

/// On which side of a change a process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dies {
    /// It was not made.
    Before,
    /// It was made, and nobody was told.
    After,
}

/// Whoever decides what people do, what services answer and what goes wrong.
pub trait Scene {
    /// When it begins, in milliseconds since the epoch.
    fn epoch_ms(&self) -> i64;

    /// The voice of text prompts whose library names none.
    fn voice(&self) -> &str;

    /// How long an audio file lasts, in milliseconds.
    fn sound_ms(&self, uri: &str) -> u64;

    /// Something happened: people do what they can now.
    fn acts(&mut self, floor: &mut Floor<'_, '_>) -> Acted;

    /// A service is asked at this virtual time: what it answers, and after how many milliseconds.
    fn asked(&mut self, now: u64, invocation: &Invocation) -> (Invoked, u64);

    /// How the platform refuses a request that has reached it, if it does.
    fn refuses(&mut self, request: &Request) -> Option<Code>;

    /// The platform has answered a request with this status, at this virtual time.
    fn carried_out(&mut self, now: u64, request: &Request, status: u16);

    /// A change of a call was made, at this virtual time.
    fn committed(&mut self, now: u64, change: &Change);

    /// A webhook of a call leaves the platform at this virtual time: after how many milliseconds it arrives, each time that it does.
    fn delivers(&mut self, now: u64, call: &str, body: &str) -> Vec<u64>;

    /// A change is about to be made: whether the process dies of it.
    fn dies(&mut self) -> Option<Dies>;
}

/// What people did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acted {
    /// They are done, and nothing more is of interest.
    Done,
    /// They look again when something happens, and by themselves at this time, in virtual milliseconds.
    Waits(Option<u64>),
}

/// What people have before them.
pub struct Floor<'r, 'a>(&'r mut Run<'a>);

impl std::fmt::Debug for Floor<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Floor at {} ms", self.0.now)
    }
}

impl<'a> Floor<'_, 'a> {
    /// Virtual milliseconds since the beginning.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.0.now
    }

    /// The flows.
    #[must_use]
    pub fn lines(&self) -> &'a [Lines] {
        self.0.lines
    }

    /// An emulated call, by its number; the first is 1.
    pub(crate) fn line(&self, number: u64) -> Option<&Line> {
        self.0.cloud.calls.get(&number)
    }

    /// The emulated calls.
    pub(crate) fn cloud(&self) -> &Cloud {
        &self.0.cloud
    }

    /// Whether every call and every line is over.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.0.is_over()
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
        let answer = self.0.cloud.human(self.0.now, method, segments, body.to_string().as_bytes());
        let said =
            answer.body.and_then(|body| serde_json::from_str::<serde_json::Value>(&body).ok()).unwrap_or_default();
        if answer.status < 300 {
            return Ok(said);
        }
        Err(said["error"]["message"].as_str().unwrap_or("no reason given").to_owned())
    }

    /// Somebody outside tells a call something; told again, it is one. Whether a process was there to take it.
    pub fn tell(&mut self, call: &str, name: &str, data: Option<serde_json::Value>, key: &str) -> bool {
        let is_there = self.0.processes[0].open;
        if is_there {
            let deliver = Deliver::new(call.to_owned(), name.to_owned(), Data::Json(data), key.to_owned());
            self.0.run_shot(0, Shot::Deliver(Box::new(deliver)), Purpose::Alone);
        }
        is_there
    }

    /// A call is placed, if it was not before. Whether a process was there to take it.
    pub fn place(&mut self, served: &Served, params: Values) -> bool {
        let is_there = self.0.processes[0].open;
        if is_there {
            self.0.placed(served, params, "scene", Purpose::Alone);
        }
        is_there
    }
}

/// Plays a scene over these flows until its people are done, at most until this virtual time. The virtual time at its end, and, where
/// somebody wants to read it, what happened, a line each.
pub fn play(lines: &[Lines], scene: &mut dyn Scene, until: u64, told: bool) -> (u64, Vec<String>) {
    let faults = Faults { redeliver: 1, ..Faults::default() };
    let setup = Setup { seed: 1, calls: 0, processes: 1, troubled_ms: u64::MAX >> 2, faults };
    let mut run = Run::new(&setup, lines);
    run.plays(scene);
    run.story = told.then(Vec::new);
    run.play_out(until);
    (run.now, run.story.unwrap_or_default())
}

impl<'a> Run<'a> {
    fn plays<'s: 'a>(&mut self, scene: &'s mut dyn Scene) {
        self.epoch_ms = scene.epoch_ms();
        let epoch = jiff::Timestamp::from_millisecond(self.epoch_ms).unwrap_or_default();
        self.cloud = Cloud::new(1, epoch, Version::NEWEST.name());
        self.cloud.subscribed("https://flowc.example.org/events/incoming");
        self.site.streaming_url = Some(SOCKET.to_owned());
        self.site.transcription_url = Some(SOCKET.to_owned());
        self.dice = Dice::steady();
        self.scene = Some(scene);
        self.plan(0, Happening::Start(0));
        self.plan(0, Happening::Look);
    }

    /// People do what they can. Whether they are done.
    pub(super) fn people_act(&mut self) -> bool {
        let Some(scene) = self.scene.take() else { return false };
        let acted = scene.acts(&mut Floor(self));
        self.scene = Some(scene);
        self.effects();
        match acted {
            Acted::Done => true,
            Acted::Waits(wake) => {
                if let Some(at) = wake.filter(|at| *at > self.now && *at != self.wakes) {
                    self.wakes = at;
                    self.plan(at - self.now, Happening::Wake);
                }
                false
            }
        }
    }

    fn placed(&mut self, served: &Served, params: Values, key: &str, purpose: Purpose) {
        let given = self.given(0);
        let accept = Accept::place(served, params, Some(key.to_owned()), given);
        self.run_shot(0, Shot::Accept(Box::new(accept)), purpose);
    }

    /// Event Grid tells something other than that somebody calls. Whether a call that begins answers it.
    pub(super) fn told(&mut self, told: Told, purpose: &Purpose) -> bool {
        match told {
            Told::Call { what: Notice::CallEnded, call } => {
                for (listed, doc) in self.docs().into_iter().filter(|(listed, _)| listed.ended.is_none()) {
                    if doc.call.facts.server_call.as_deref() == Some(&call.server_call_id) {
                        let key = format!("said_to_be_over:{}", call.server_call_id);
                        let input = Input { key, kind: InputKind::Event(EventKind::SaidToBeOver) };
                        self.tell(0, Asked { call: listed.call, inputs: vec![input] });
                    }
                }
                false
            }
            Told::Call { .. } => false,
            Told::Recording(ready) => self.recording_ready(&ready, purpose),
        }
    }

    fn recording_ready(&mut self, ready: &RecordingReady, purpose: &Purpose) -> bool {
        let lines: &'a [Lines] = self.lines;
        let of = self.docs().into_iter().find(|(_, doc)| doc.call.facts.server_call == ready.server_call);
        let (call, hash) = of.map(|(listed, _)| (listed.call, listed.program)).unwrap_or_default();
        let flows = || lines.iter().flat_map(|lines| lines.flows.iter());
        let flow = flows().find(|(_, served)| served.hash == hash).map_or("", |(name, _)| name);
        let mut begun = false;
        for (name, served) in flows().filter(|(_, served)| served.program.call == CallKind::RecordingReady) {
            for file in &ready.files {
                let text = |text: &str| Value::Text(text.to_owned());
                let fields = [("id", &*ready.recording), ("call", &call), ("flow", flow), ("url", &file.content)];
                let recording = Value::Record(fields.map(|(field, value)| (field.to_owned(), text(value))).into());
                let params = Values::from([("recording".to_owned(), recording)]);
                self.placed(served, params, &format!("recording:{name}:{}", file.document), purpose.clone());
                begun = true;
            }
        }
        begun
    }

    /// The calls as they stand in the store.
    fn docs(&self) -> Vec<(Listed, Doc)> {
        let listed = self.store.list(Among::All, usize::MAX);
        listed.into_iter().filter_map(|one| Doc::from_bytes(&one.doc).ok().map(|doc| (one, doc))).collect()
    }
}
