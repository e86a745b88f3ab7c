//! What the platform's webhooks mean to calls, read off the machine: flows of `tests/sdk/flows`, which have every action and every
//! condition of the line, are played in all ways; wherever a call can get to, every webhook comes as it would on the wire.

use flowc::language::compile::{self, Input};
use flowc::language::diagnostic::{Code, has_errors};
use flowc::language::flow::label::Label;
use flowc::language::flow::state::Condition;
use flowc::language::flow::value::{Value as Given, Values};
use flowc::language::graph::{CallKind, Program};
use flowc::language::source::Sources;
use flowc::language::syntax::ast::Spelling;
use flowc::machine::call::{Beginning, Call, Line, Origin, Phase};
use flowc::machine::command::OpRef;
use flowc::machine::event::{Answer, Event, EventKind, Facts, Said};
use flowc::machine::step;
use flowc::machine::trace::Trace;
use flowc::platform::events::WEBHOOKS;
use flowc::provider::acs::from_wire::webhook;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;
use std::sync::OnceLock;

/// Who calls, and who is added.
const PARTY: &str = "+441632960100";
const AGENT: &str = "4:+441632960101";
const GUEST: &str = "8:acs:5354158d-4b03-4d17-9cf3-2f57a0a3b1c1_00000012-0000-0000-0000-000000000003";
/// A result that may still be explained by a later event is taken as it is after this time, and a little, in milliseconds.
const HELD_MS: i64 = 600;
/// How far a flow is followed.
const MOST_NODES: usize = 200;

/// Why a webhook changes nothing, wherever a call stands.
const MEANS_NOTHING: &[(&str, &str)] =
    &[("ContinuousDtmfRecognitionStopped", "when it comes, nobody listens for keys any more")];

/// What one webhook means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Meaning {
    /// The machine's event.
    event: String,
    /// What it brings about, by the kind of state or condition.
    brings: BTreeMap<String, BTreeSet<String>>,
    /// Whether a call was ever another after it.
    noted: bool,
}

/// What every webhook means, by name; found out once.
pub(crate) fn meanings() -> &'static BTreeMap<&'static str, Meaning> {
    static FOUND: OnceLock<BTreeMap<&'static str, Meaning>> = OnceLock::new();
    FOUND.get_or_init(found)
}

fn found() -> BTreeMap<&'static str, Meaning> {
    let mut all: BTreeMap<&'static str, Meaning> =
        WEBHOOKS.iter().map(|(_, name)| (*name, Meaning::default())).collect();
    for file in ["answered", "several", "moved", "conditions", "dialled", "joined"] {
        follow(&program(file), &mut all);
    }
    all
}

impl Meaning {
    /// As a cell of a table.
    ///
    /// # Errors
    /// When it means nothing and nobody says why, or the other way round.
    pub(crate) fn cell(&self, name: &str) -> Result<String, String> {
        let reason = MEANS_NOTHING.iter().find(|(of, _)| *of == name);
        let brings: Vec<String> = self
            .brings
            .iter()
            .map(|(kind, outcomes)| {
                format!("`{kind}`: {}", outcomes.iter().map(String::as_str).collect::<Vec<_>>().join(", "))
            })
            .collect();
        match (brings.is_empty(), self.noted, reason) {
            (false, _, None) => Ok(format!("`{}`; {}", self.event, brings.join("; "))),
            (true, true, None) => Ok(format!("`{}`; noted, no outcome", self.event)),
            (true, false, Some((_, why))) => Ok(format!("`{}`; no outcome: {why}", self.event)),
            (true, false, None) => Err(format!("{name} means nothing to any call, and nobody says why")),
            (_, _, Some(_)) => Err(format!("{name} means something to calls, and somebody says that it does not")),
        }
    }
}

fn program(name: &str) -> Program {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/sdk/flows/{name}.flow"));
    let text = std::fs::read_to_string(&path).expect("a file of this repository");
    let mut sources = Sources::default();
    let file = sources.add(format!("{name}.flow"), text);
    let mut compiled = compile::project(&sources, &Input { flows: vec![(file, Spelling::Native)], ..Input::default() });
    // Refusals are called for here: somebody by phone is muted, and what is not recorded pauses.
    compiled.diagnostics.retain(|found| ![Code::F1103, Code::F1107].contains(&found.code));
    assert!(!has_errors(&compiled.diagnostics), "{name}: {:#?}", compiled.diagnostics);
    compiled.flows.remove(0).program.expect("nothing is wrong with it")
}

fn begun(program: &Program) -> Call {
    let text = |name: &str, value: &str| Values::from([(name.to_owned(), Given::Text(value.to_owned()))]);
    let (origin, params) = match program.call {
        CallKind::Inbound => (Origin::Inbound { context: "context".into() }, Values::new()),
        CallKind::Outbound => (
            Origin::Outbound,
            Values::from([(
                "to".to_owned(),
                Given::from_json(&flowc::language::flow::types::Type::Phone, &json!(PARTY), "to").expect("a number"),
            )]),
        ),
        _ => (Origin::Outbound, text("room", "room-1")),
    };
    let beginning = Beginning {
        id: "call".to_owned(),
        at: 0,
        origin,
        from: PARTY.to_owned().into(),
        to: "+18005550100".into(),
        params,
        settings: Values::new(),
        locale: None,
        voice: "en-US-NancyNeural".to_owned(),
        facts: Facts::default(),
        headers: BTreeMap::new(),
    };
    Call::begin(program, beginning)
}

/// A call on its way, with when that is and the requests it has made last.
#[derive(Clone, Debug)]
struct Node {
    call: Call,
    at: i64,
    ops: Vec<OpRef>,
}

impl Node {
    /// What tells it from others: where the call stands, not how it came there.
    fn key(&self) -> String {
        let call = &self.call;
        let op = call.op.as_ref().map(|op| op.what);
        let people: Vec<_> = call.people.iter().filter(|(_, person)| person.joined).map(|(key, _)| key).collect();
        let rest = (call.invited.len(), call.watches.len(), matches!(call.phase, Phase::Running), &call.asked);
        let line = (call.line, &call.crossing, call.recording.is_some());
        format!("{:?}", (&call.state, op, people, rest, line))
    }

    /// After an event, and what was done then.
    fn after(&self, program: &Program, wait: i64, kind: EventKind) -> (Node, Vec<Trace>) {
        let at = self.at + wait;
        let step = step(program, &self.call, &Event { at, kind });
        let mut ops = self.ops.clone();
        ops.extend(step.commands.iter().map(|ordered| ordered.op));
        let keep = ops.len().saturating_sub(3);
        (Node { call: step.call, at, ops: ops.split_off(keep) }, step.trace)
    }
}

fn follow(program: &Program, all: &mut BTreeMap<&'static str, Meaning>) {
    let start = Node { call: begun(program), at: 0, ops: Vec::new() };
    let mut queue = VecDeque::from([start.after(program, 0, EventKind::Begin).0]);
    let mut seen: BTreeSet<String> = queue.iter().map(Node::key).collect();
    while let Some(node) = queue.pop_front() {
        let (later, by_itself) = node.after(program, HELD_MS, EventKind::Due);
        let by_itself = brought(program, &node, &later, &by_itself);
        let mut next = vec![later];
        for (_, name) in WEBHOOKS {
            for (event, kind) in events(&node, name) {
                let (after, mut traces) = node.after(program, 1, kind);
                let (held, more) = after.after(program, HELD_MS, EventKind::Due);
                traces.extend(more);
                let meaning = all.get_mut(name).expect("every name is there");
                meaning.event = event;
                meaning.noted |= is_other(&node.call, &after.call);
                for (what, outcome) in brought(program, &node, &held, &traces) {
                    if !by_itself.contains(&(what.clone(), outcome.clone())) {
                        meaning.brings.entry(what).or_default().insert(outcome);
                    }
                }
                next.extend([after, held]);
            }
        }
        next.extend(node.ops.iter().map(|op| node.after(program, 1, accepted(*op)).0));
        next.extend([node.after(program, 600_000, EventKind::Due).0]);
        for node in next {
            if !node.call.is_ended() && seen.len() < MOST_NODES && seen.insert(node.key()) {
                queue.push_back(node);
            }
        }
    }
}

/// What happened between two points: by the kind of the state that was left, or of the condition that was awaited.
fn brought(program: &Program, before: &Node, after: &Node, traces: &[Trace]) -> BTreeSet<(String, String)> {
    let mut brought = BTreeSet::new();
    let stood = program.state(&before.call.state);
    let kind = stood.map_or_else(String::new, |state| tag(&serde_json::to_value(&state.kind).expect("JSON")));
    // A flow that is over hangs up in the state in which it ended.
    let kind = if matches!(before.call.phase, Phase::Running) { kind } else { "hangup".to_owned() };
    let awaited = before.call.crossing.as_ref().and_then(|crossing| {
        let group = program.groups.get(stood?.group.as_ref()?)?;
        group.conditions.get(crossing.done)
    });
    if let (Some(condition), None) = (awaited, &after.call.crossing)
        && before.call.state == after.call.state
        && after.call.line == Line::Up
    {
        brought.insert((word(condition).to_owned(), "holds".to_owned()));
    }
    for trace in traces {
        match trace {
            Trace::Took { from, label: Label::NotEstablished, .. } if *from == before.call.state => {
                brought.extend(awaited.map(|condition| (word(condition).to_owned(), "else".to_owned())));
            }
            Trace::Took { from, label, .. } if *from == before.call.state => {
                brought.insert((kind.clone(), outcome(label)));
            }
            Trace::Ended { .. } => {
                brought.insert((kind.clone(), "the call ends".to_owned()));
            }
            _ => {}
        }
    }
    // What ends with an edge is told by the edge.
    if brought.len() > 1 {
        brought.retain(|(_, outcome)| outcome != "the call ends");
    }
    brought
}

/// Whether a call is another, beside what every event leaves behind: the server call id and the like.
fn is_other(before: &Call, after: &Call) -> bool {
    Call { facts: before.facts.clone(), ..after.clone() } != *before
}

fn word(condition: &Condition) -> &'static str {
    match condition {
        Condition::Hold { .. } => "while … on hold",
        Condition::RecordingActive => "while recording active",
        Condition::RecordingPaused => "while recording paused",
        Condition::Streaming => "while streaming",
        Condition::Transcription(_) => "while transcription",
    }
}

fn outcome(label: &Label) -> String {
    match label {
        Label::Choice(_) => "a choice".to_owned(),
        Label::Key { .. } => "key".to_owned(),
        Label::Left(_) => "a participant left".to_owned(),
        other => other.to_string(),
    }
}

fn accepted(op: OpRef) -> EventKind {
    let said = Said {
        invitation: Some("inv".to_owned()),
        recording: Some("rec".to_owned()),
        people: vec![],
        ..Said::default()
    };
    let facts = Facts { connection: Some("conn".to_owned()), said: Some(Box::new(said)), ..Facts::default() };
    EventKind::Response { op, answer: Answer::Accepted(facts) }
}

/// A webhook in all its kinds, of each of the last requests and of none, through the reader of the wire; with its name inside.
fn events(node: &Node, name: &str) -> Vec<(String, EventKind)> {
    let contexts = node.ops.iter().map(|op| Some(op.to_string())).chain([None]);
    let mut events = Vec::new();
    for context in contexts {
        for (code, sub_code, extra) in kinds(node, name) {
            let mut data = json!({ "callConnectionId": "conn", "serverCallId": "aHR0", "correlationId": "c",
                "operationContext": context, "resultInformation": { "code": code, "subCode": sub_code, "message": "" } });
            let members = extra.as_object().expect("members").clone();
            data.as_object_mut().expect("an object").extend(members);
            let body = json!([{ "id": "1", "source": "calling/callConnections/conn", "specversion": "1.0",
                "type": format!("Microsoft.Communication.{name}"), "data": data }]);
            let read = webhook::read(body.to_string().as_bytes()).expect("an array").remove(0).expect("readable");
            let inside = serde_json::to_value(&read.webhook.kind).expect("JSON");
            events.push((tag(&inside), EventKind::Webhook(read.webhook)));
        }
    }
    events
}

/// The name of a variant, as it is stored.
pub(crate) fn tag(stored: &Value) -> String {
    match stored {
        Value::String(name) => name.clone(),
        Value::Object(members) => members.keys().next().expect("one").clone(),
        other => panic!("{other}"),
    }
}

/// The codes and the data with which a webhook comes.
fn kinds(node: &Node, name: &str) -> Vec<(i32, i32, Value)> {
    let plain = |code, sub| (code, sub, json!({}));
    let dtmf = |tones: &[&str]| json!({ "recognitionType": "dtmf", "dtmfResult": { "tones": tones } });
    let person = |id: &str| json!({ "identifier": { "rawId": id }, "isMuted": false, "isOnHold": false });
    let roster = |people: &[&str]| {
        let people: Vec<Value> = people.iter().map(|id| person(id)).collect();
        json!({ "sequenceNumber": node.call.roster + 1, "participants": people })
    };
    let party = format!("4:{PARTY}");
    match name {
        "RecognizeCompleted" => vec![
            (200, 8531, dtmf(&["one"])),
            (200, 8531, dtmf(&["one", "two", "three", "four"])),
            (200, 8533, json!({ "recognitionType": "choices", "choiceResult": { "label": "sales" } })),
            (200, 8569, json!({ "recognitionType": "speech", "speechResult": { "speech": "sales" } })),
        ],
        "RecognizeFailed" => [(400, 8510), (400, 8532), (500, 8534), (400, 8563), (500, 8511), (500, 9999)]
            .map(|(code, sub)| plain(code, sub))
            .into(),
        "AddParticipantFailed" | "CallTransferFailed" | "CreateCallFailed" => {
            [(480, 560_480), (486, 560_486), (603, 560_603), (404, 560_404), (500, 9999)]
                .map(|(code, sub)| plain(code, sub))
                .into()
        }
        "CallDisconnected" => vec![plain(200, 0), plain(200, 7015)],
        "ContinuousDtmfRecognitionToneReceived" => vec![(200, 0, json!({ "sequenceId": 1, "tone": "nine" }))],
        "MoveParticipantSucceeded" => vec![(200, 0, json!({ "participant": { "rawId": GUEST } }))],
        "ParticipantsUpdated" => {
            let party = party.as_str();
            [&[party][..], &[party, AGENT], &[party, AGENT, GUEST], &[AGENT], &[]]
                .map(|people| (200, 0, roster(people)))
                .into()
        }
        "RecordingStateChanged" => {
            ["active", "inactive"].map(|state| (200, 0, json!({ "recordingId": "rec", "state": state }))).into()
        }
        "CancelAddParticipantFailed" | "CancelAddParticipantSucceeded" => {
            vec![(200, 0, json!({ "invitationId": "inv" }))]
        }
        name if name.ends_with("Canceled") => vec![plain(400, 8508)],
        name if name.ends_with("Failed") => vec![plain(500, 9999)],
        _ => vec![plain(200, 0)],
    }
}
