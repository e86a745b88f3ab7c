//! The state of one call, as it is stored: a versioned document.

use crate::language::flow::expr::{CallField, Slot};
use crate::language::flow::label::Label;
use crate::language::flow::types::Type;
use crate::language::flow::value::{Value, Values};
use crate::language::graph::Program;
pub use crate::machine::beginning::Beginning;
use crate::machine::command::{Command, OpRef};
use crate::machine::crossing::{Crossing, Scope, Undo};
use crate::machine::errands::Errand;
use crate::machine::event::Facts;
use crate::machine::hush::Hush;
use crate::machine::keys::{Pressed, Watch};
use crate::machine::listening::Listening;
use crate::machine::people::{Invited, Person};
use crate::machine::recording::Recording;
use crate::machine::run::running;
use crate::machine::signal::Arrived;
use crate::machine::timer::{Timer, Why};
use crate::machine::watch::Watched;
use crate::platform::hidden::Hidden;
use crate::platform::outcomes::Outcome;
use crate::platform::tones::Tone;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Version of the document.
pub const ABI: u32 = 2;
/// Longest life of a call, in milliseconds: 4 hours.
pub const AGE_MS: i64 = 4 * 3_600_000;
/// How long a result is held back that a late event may explain, in milliseconds.
pub const HOLD_MS: i64 = 500;
/// Most edges taken in one step, and in one call.
pub const FUEL: (u32, u32) = (256, 5_000);
/// Most flows that run one another at a time, the first one not counted.
pub const DEPTH: usize = 32;
/// Most rules of one flow that came due and that no state has taken yet.
pub const PENDING: usize = 32;

/// One call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Version of this document.
    pub abi: u32,
    /// The call's id.
    pub id: String,
    /// When it began, in milliseconds since the epoch.
    pub started: i64,
    /// How it began.
    pub origin: Origin,
    /// Who calls, as flows write it: a number or a raw id.
    pub from: Hidden<String>,
    /// Who was called.
    pub to: Hidden<String>,
    /// The flow that runs now; none: the one the call began with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running: Option<String>,
    /// Flows that run another one and wait for its result, the outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frames: Vec<Frame>,
    /// Parameters.
    pub params: Values,
    /// Settings, pinned when the call began.
    pub settings: Values,
    /// Variables that have a value.
    pub vars: Values,
    /// The locale spoken now.
    pub locale: String,
    /// The voice of text prompts whose library names none.
    pub voice: String,
    /// The state the call is in.
    pub state: String,
    /// When it was entered.
    pub entered: i64,
    /// Edges taken so far.
    pub moves: u32,
    /// Operations ordered so far.
    pub ops: u64,
    /// The operation whose result is awaited.
    pub op: Option<Op>,
    /// What is asked of this service itself, beside the operation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errand: Option<Errand>,
    /// The request by which the platform was asked whether the line is still there, in a state that asks nothing else of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look: Option<u64>,
    /// The media request that plays or listens as far as we know.
    pub media: Option<OpRef>,
    /// How the line stands.
    pub line: Line,
    /// What the platform told of the call.
    pub facts: Facts,
    /// Custom headers that came with it, by the names they are looked up under.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, Hidden<String>>,
    /// Legs that were given up for another: dialled before, and dialled again.
    pub past_legs: Vec<String>,
    /// How often limited edges were taken.
    pub counters: BTreeMap<String, u32>,
    /// How often the running question was asked again.
    pub asked: Asked,
    /// A result held back.
    pub held: Option<Held>,
    /// A menu's wrong key, held back for the tone that explains it: the tones its result told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrong_key: Option<Hidden<Vec<Tone>>>,
    /// A key that a menu's result told of, and that was taken: its tone may still come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_key: Option<Pressed>,
    /// Tones that may still be part of a sequence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pressed: Vec<Pressed>,
    /// Who is watched for keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub watches: Vec<Watch>,
    /// What came along with the signals that the running flow took: of each name the last.
    #[serde(default, skip_serializing_if = "Values::is_empty")]
    pub signals: Values,
    /// What came along with signals of the running flow that wait to be taken, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arrived: Vec<Arrived>,
    /// Reasons to wake up.
    pub timers: Vec<Timer>,
    /// Rules of the flow that came due while no state could take them, the oldest first.
    #[serde(default)]
    pub pending: Vec<Label>,
    /// Highest number of a roster seen.
    pub roster: i64,
    /// Who is on the line, by the names flows use; `party` is the person the flow talks to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub people: BTreeMap<String, Person>,
    /// Invitations that are not settled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub invited: Vec<Invited>,
    /// People who left while no state could say what then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub departed: Vec<String>,
    /// The recording that flows started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<Recording>,
    /// Groups whose conditions hold or are being brought about, the outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<Scope>,
    /// The innermost of them is being entered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crossing: Option<Crossing>,
    /// What is being undone of scopes that were left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undoing: Vec<Undo>,
    /// Whether the media is streamed.
    #[serde(default)]
    pub streaming: bool,
    /// The locale in which what is said is transcribed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcription: Option<String>,
    /// Whose keys are reported.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub watched: Vec<Watched>,
    /// A question whose keys are gathered here, because the platform does not listen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listening: Option<Listening>,
    /// Participant ids by raw id, as far as the platform told any: only the first generations do.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub participant_ids: BTreeMap<Hidden<String>, String>,
    /// A question for a secret that was left not long ago.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hush: Option<Hush>,
    /// Running, leaving or ended.
    pub phase: Phase,
}

/// A flow that runs another one: what is its own, put aside until that one is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// The flow; none: the one the call began with.
    pub flow: Option<String>,
    /// Its parameters.
    pub params: Values,
    /// Its variables that have a value.
    pub vars: Values,
    /// The state that runs the other flow.
    pub state: String,
    /// When that was entered.
    pub entered: i64,
    /// How often limited edges were taken in this run of the flow.
    pub counters: BTreeMap<String, u32>,
    /// How often its last question was asked again.
    pub asked: Asked,
    /// Its `after` rules that were still to come due.
    pub timers: Vec<Timer>,
    /// Its rules that came due and were not taken yet.
    pub pending: Vec<Label>,
    /// What came along with the signals that it took.
    #[serde(default, skip_serializing_if = "Values::is_empty")]
    pub signals: Values,
    /// What came along with signals that wait to be taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arrived: Vec<Arrived>,
}

/// How a call began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Somebody called.
    Inbound {
        /// `incomingCallContext`.
        context: Hidden<String>,
    },
    /// We call.
    Outbound,
}

/// How the line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// No line yet: ringing here, or nothing dialled.
    NotYet,
    /// Answered or dialled, not established.
    Connecting,
    /// Established.
    Up,
    /// Gone.
    Gone,
}

/// An operation whose result is awaited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Op {
    /// Its number.
    pub n: u64,
    /// Attempts the machine itself ordered (the runtime's repeats of one attempt do not count).
    pub attempt: u32,
    /// What it is.
    pub what: What,
    /// The request, kept so that it can be ordered again.
    pub command: Command,
    /// The platform accepted it, or an event has shown that it was carried out.
    pub accepted: bool,
    /// The last attempt was certainly not carried out: the call was not ready for it.
    pub refused: bool,
    /// The request by which the platform was asked how the call stands, because of this operation.
    pub probe: Option<u64>,
}

/// What an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Remove, move, mute or send keys.
    Acting,
    /// Add.
    Adding,
    /// Answer or connect.
    Answering,
    /// Create.
    Dialling,
    /// Hang up a leg that rings or is not settled, to leave the state with this outcome.
    GivingUp(Outcome),
    /// Play, of a play state or before something else.
    Playing,
    /// Recognize.
    Asking,
    /// Ask how the call, or somebody, stands.
    Querying,
    /// Start the recording of a message.
    Recording,
    /// Reject or redirect.
    Refusing,
    /// Transfer.
    Transferring,
    /// Hang up.
    HangingUp,
}

/// How often a question was asked again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// After silence.
    pub no_input: u32,
    /// After something that is not valid.
    pub no_match: u32,
}

/// A result held back for [`HOLD_MS`], because the platform promises no order of its webhooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// The line went while a result is still awaited: one that happened before may come behind it.
    Gone,
    /// The operation failed or was cut off by somebody else: perhaps because the line is going.
    Failed,
}

/// Where a call stands in its life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The flow runs.
    Running,
    /// The flow is over; the line is being hung up.
    Leaving {
        /// The flow's result.
        result: Option<String>,
        /// Why.
        reason: String,
    },
    /// Over.
    Ended {
        /// The flow's result.
        result: Option<String>,
        /// Why.
        reason: String,
        /// When.
        at: i64,
    },
}

impl Call {
    /// A call that has not taken its first step.
    #[must_use]
    pub fn begin(program: &Program, beginning: Beginning) -> Call {
        let Beginning { id, at, origin, from, to, params, settings, locale, voice, facts, headers } = beginning;
        let state = match &program.graph[program.start] {
            crate::language::graph::Node::State(state) => state.name.clone(),
            crate::language::graph::Node::Return(_) => String::new(),
        };
        Call {
            abi: ABI,
            id,
            started: at,
            origin,
            from,
            to,
            running: None,
            frames: Vec::new(),
            params,
            settings,
            vars: Values::new(),
            locale: locale.unwrap_or_else(|| crate::platform::limits::DEFAULT_LOCALE.to_owned()),
            voice,
            state,
            entered: at,
            moves: 0,
            ops: 0,
            op: None,
            errand: None,
            look: None,
            media: None,
            line: Line::NotYet,
            facts,
            headers,
            past_legs: Vec::new(),
            counters: BTreeMap::new(),
            asked: Asked::default(),
            held: None,
            wrong_key: None,
            told_key: None,
            pressed: Vec::new(),
            watches: Vec::new(),
            signals: Values::new(),
            arrived: Vec::new(),
            timers: Vec::new(),
            pending: Vec::new(),
            roster: -1,
            people: BTreeMap::new(),
            invited: Vec::new(),
            departed: Vec::new(),
            recording: None,
            scopes: Vec::new(),
            crossing: None,
            undoing: Vec::new(),
            streaming: false,
            transcription: None,
            watched: Vec::new(),
            participant_ids: BTreeMap::new(),
            listening: None,
            hush: None,
            phase: Phase::Running,
        }
    }

    /// Whether the call is over.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        matches!(self.phase, Phase::Ended { .. })
    }

    /// When the call wants to be looked at.
    #[must_use]
    pub fn next_due(&self) -> Option<i64> {
        if self.is_ended() {
            return None;
        }
        self.timers.iter().map(|timer| timer.at).min()
    }

    /// Puts the deadline of an operation off where it is nearer than so many milliseconds.
    pub fn wait_longer(&mut self, op: u64, at: i64, ms: i64) {
        for timer in self.timers.iter_mut().filter(|timer| timer.why == Why::Deadline { op }) {
            timer.at = timer.at.max(at + ms);
        }
    }

    /// Whether a request that has not been sent yet is still wanted. Nothing is once the call is over.
    #[must_use]
    pub fn wants(&self, op: u64, command: &Command) -> bool {
        if self.is_ended() {
            return false;
        }
        match command {
            Command::HangUp | Command::StopRecording { .. } | Command::Terminate => true,
            Command::CancelAdd { .. }
            | Command::CancelMedia
            | Command::GetCall
            | Command::Hold { .. }
            | Command::PauseRecording { .. }
            | Command::Remove { .. }
            | Command::ResumeRecording { .. }
            | Command::StartKeys { .. }
            | Command::StartStreaming
            | Command::StartTranscription { .. }
            | Command::StopKeys { .. }
            | Command::StopStreaming
            | Command::StopTranscription
            | Command::Unhold { .. }
            | Command::UpdateTranscription { .. } => self.line != Line::Gone,
            Command::Invoke { .. } | Command::Signal { .. } => {
                self.errand.as_ref().is_some_and(|errand| errand.op == op && errand.told.is_none())
            }
            Command::StartRecording => {
                self.crossing.as_ref().is_some_and(|crossing| crossing.waits_for == Some(op)) || self.awaits(op)
            }
            Command::Add { .. }
            | Command::Answer { .. }
            | Command::Connect { .. }
            | Command::Create { .. }
            | Command::GetParticipant { .. }
            | Command::ListParticipants
            | Command::Move { .. }
            | Command::Mute { .. }
            | Command::Play { .. }
            | Command::Recognize { .. }
            | Command::Redirect { .. }
            | Command::Reject { .. }
            | Command::SendKeys { .. }
            | Command::Transfer { .. } => self.awaits(op),
        }
    }

    fn awaits(&self, op: u64) -> bool {
        self.op.as_ref().is_some_and(|current| current.n == op)
    }

    /// The value of a named place.
    #[must_use]
    pub fn read(&self, slot: &Slot) -> Option<Value> {
        match slot {
            // Arguments are those of a prompt; calendars are read by whoever has them.
            Slot::Argument(_) | Slot::NextOpen { .. } => None,
            Slot::Call(CallField::From) => Some(Value::Text(self.from.0.clone())),
            Slot::Call(CallField::Id) => Some(Value::Text(self.id.clone())),
            Slot::Call(CallField::Locale) => Some(Value::Text(self.locale.clone())),
            Slot::Call(CallField::Started) => Some(Value::Time(self.started)),
            Slot::Call(CallField::To) => Some(Value::Phone(self.to.0.clone())),
            Slot::Entered => Some(Value::Time(self.entered)),
            Slot::Header(name) => self.headers.get(name).map(|value| Value::Text(value.0.clone())),
            Slot::Param(name) => self.params.get(name).cloned(),
            Slot::Setting(name) => self.settings.get(name).cloned(),
            Slot::Signal(name) => self.signals.get(name).cloned(),
            Slot::Var(name) => Some(self.vars.get(name).cloned().unwrap_or(Value::Absent)),
        }
    }

    /// The signals the call takes now, with the type of what comes along: of the flow that runs, and of those that run it.
    #[must_use]
    pub fn signals_taken<'p>(&self, root: &'p Program) -> BTreeMap<&'p str, &'p Option<Type>> {
        let outer = self.frames.iter().map(|frame| frame.flow.as_ref());
        let flows = outer.chain([self.running.as_ref()]);
        // The innermost comes last, and so counts.
        let declared = flows.flat_map(|flow| &running(root, flow).signals);
        declared.map(|(name, ty)| (name.as_str(), ty)).collect()
    }

    /// The person the flow talks to: whoever called, or was called.
    #[must_use]
    pub fn party(&self) -> &str {
        match self.origin {
            Origin::Inbound { .. } => &self.from,
            Origin::Outbound => &self.to,
        }
    }
}
