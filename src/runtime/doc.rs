//! A call's document as it is stored: the machine's state, and the requests that are still to be made.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::language::flow::label::{Label, Since};
use crate::language::graph::Program;
use crate::machine::call::{ABI, Call};
use crate::machine::command::{Class, Command, OpRef};
use crate::machine::event::{Answer, Event, EventKind, WebhookKind};
use crate::machine::hush;
use crate::machine::trace::Trace;
use crate::machine::{Step, step};
use crate::planted::{Bug, planted};
use crate::runtime::claim::{self, Claim};
use crate::runtime::sealed;
use serde::{Deserialize, Serialize};

/// How long the answer of a request that makes a line is waited for, as long as somebody sends it, in milliseconds.
const LINE_WITHIN_MS: i64 = 120_000;
/// How long a deadline is put off, in milliseconds.
const LINE_AGAIN_MS: i64 = 10_000;

/// The document of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doc {
    /// The machine's state.
    pub call: Call,
    /// Requests to make, in this order.
    pub outbox: Vec<Pending>,
}

/// A request that is still to be made, or whose answer is not known yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// Its number and attempt.
    pub op: OpRef,
    /// What.
    pub command: Command,
    /// The leg it is for, as far as it was known when it was ordered.
    pub connection: Option<String>,
    /// The same at every attempt; derived from call and number, so a restart finds the same.
    pub repeat_id: uuid::Uuid,
    /// When it was ordered, which is what the platform is told as the time it was first sent. Milliseconds since the epoch.
    pub ordered: i64,
    /// Useless after this time.
    pub not_after: Option<i64>,
    /// A process died that may have sent it, and it has been given to another: it is sent however late it is, to learn what
    /// became of it; what is not recognised as a repetition is given on only once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub given_on: bool,
    /// Who sends it; nobody in documents of earlier releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<Claim>,
}

/// One thing that happens to a call's document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Unique within the call: the same key twice is the same input.
    pub key: String,
    /// What.
    pub kind: InputKind,
}

/// What happens to a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputKind {
    /// Something for the machine.
    Event(EventKind),
    /// A new process found requests that an earlier one may have sent: all but those that it has claimed itself.
    Recovered,
    /// A process needs its claims for longer.
    Claimed {
        /// So many milliseconds longer than usual.
        ms: u64,
    },
}

/// One line of history: what happened and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// When.
    pub at: i64,
    /// The process that applied it; empty in lines of earlier releases.
    #[serde(default)]
    pub by: String,
    /// What.
    pub input: InputKind,
    /// What came of it.
    pub trace: Vec<Trace>,
}

impl Doc {
    /// The document of a call that has not begun.
    #[must_use]
    pub fn new(call: Call) -> Doc {
        Doc { call, outbox: Vec::new() }
    }

    /// Reads a stored document.
    ///
    /// # Errors
    /// When it is damaged, broken or of another version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Doc, String> {
        let bytes = sealed::open(bytes)?;
        let mut doc: Doc = serde_json::from_slice(bytes).map_err(|e| unreadable(bytes, &e))?;
        match doc.call.abi {
            ABI => Ok(doc),
            1 => {
                let first: First = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
                let after = |ms| Label::After { ms, since: Since::Flow };
                doc.call.pending = first.call.overdue.into_iter().map(after).collect();
                doc.call.abi = ABI;
                Ok(doc)
            }
            other => Err(other_version(other)),
        }
    }

    /// The stored form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        sealed::seal(serde_json::to_vec(self).unwrap_or_default())
    }

    /// Applies one input in the name of a process: pure, so the document is always the fold of its history, but for secrets.
    /// These are masked in the line, by values of the same shape.
    #[must_use]
    pub fn apply(&self, program: &Program, input: &InputKind, at: i64, by: &str) -> (Doc, Line) {
        let (doc, input, trace) = match input {
            InputKind::Event(EventKind::Due) => {
                let orphan = |pending: &Pending| claim::is_orphan(pending, &self.outbox, by, at);
                let (mut doc, mut trace) = self.taken_over(program, at, by, &orphan);
                doc.renew(by, at, 0);
                doc.wait_for_lines(at);
                let (doc, kept, more) = doc.event(program, &EventKind::Due, at, by);
                trace.extend(more);
                (doc, InputKind::Event(kept), trace)
            }
            InputKind::Event(kind) => {
                let (doc, kept, trace) = self.event(program, kind, at, by);
                (doc, InputKind::Event(kept), trace)
            }
            InputKind::Recovered => {
                let (doc, trace) = self.taken_over(program, at, by, &|pending| !claim::is_by(pending, by));
                (doc, InputKind::Recovered, trace)
            }
            InputKind::Claimed { ms } => {
                let mut doc = self.clone();
                doc.renew(by, at, i64::try_from(*ms).unwrap_or(0));
                (doc, input.clone(), Vec::new())
            }
        };
        (doc, Line { at, by: by.to_owned(), input, trace })
    }

    fn event(&self, program: &Program, kind: &EventKind, at: i64, by: &str) -> (Doc, EventKind, Vec<Trace>) {
        if matches!(kind, EventKind::Webhook(webhook) if webhook.kind == WebhookKind::PlayCompleted) {
            assert!(!planted(Bug::Panics), "planted");
        }
        let Step { call, commands, trace } = step(program, &self.call, &Event { at, kind: kind.clone() });
        let mut outbox: Vec<Pending> =
            self.outbox.iter().filter(|pending| !settled_by(pending, kind)).cloned().collect();
        for ordered in commands {
            let sender = if ordered.command.is_errand() { by } else { claim::sender(&outbox, by, at) };
            let claim = Some(Claim::on(&ordered.command, sender, at));
            outbox.push(Pending {
                op: ordered.op,
                repeat_id: repeat_id(&call.id, ordered.op),
                command: ordered.command,
                connection: ordered.connection,
                ordered: at,
                not_after: ordered.not_after,
                given_on: false,
                claim,
            });
        }
        outbox.retain(|pending| planted(Bug::CommandsNotWithdrawn) || call.wants(pending.op.op, &pending.command));
        let kept = hush::masked(program, &self.call, kind, at);
        (Doc { call, outbox }, kept, trace)
    }

    /// A process's own claims are good for longer, if they would run out soon.
    fn renew(&mut self, by: &str, at: i64, ms: i64) {
        for pending in &mut self.outbox {
            let longer = Claim::on(&pending.command, by, at).until + ms;
            if let Some(claim) = pending.claim.as_mut().filter(|claim| claim.by == by)
                && (ms > 0 || claim.until - at <= claim::ATTEMPT_MS)
            {
                claim.until = claim.until.max(longer);
            }
        }
    }

    /// Whether a line came about is known only by the answer of the request that makes it: as long as somebody sends that,
    /// its deadline waits.
    fn wait_for_lines(&mut self, at: i64) {
        let made = |one: &&Pending| one.command.makes_line() && at - one.ordered < LINE_WITHIN_MS;
        for pending in self.outbox.iter().filter(made).filter(|_| !planted(Bug::LateIsNever)) {
            self.call.wait_longer(pending.op.op, at, LINE_AGAIN_MS);
        }
    }

    /// Takes over what another process may or may not have sent: requests that may be repeated are sent again under their old
    /// id, those that the platform does not recognise as repetitions once; of media, and of what has been given on before,
    /// nobody knows what became, and the machine decides; a service that must not be asked twice has not answered.
    fn taken_over(&self, program: &Program, at: i64, by: &str, which: &dyn Fn(&Pending) -> bool) -> (Doc, Vec<Trace>) {
        let taken: Vec<&Pending> = self.outbox.iter().filter(|pending| which(pending)).collect();
        let unknown = |op| EventKind::Response { op, answer: Answer::Unknown };
        let unanswered = |op| {
            let reason =
                Some("it may have been asked by a process that is gone, and must not be asked twice".to_owned());
            EventKind::Invoked { op, outcome: "failed".to_owned(), value: None, reason }
        };
        let lost = taken.iter().filter(|one| is_lost(one)).map(|one| unknown(one.op));
        let failed = taken.iter().filter(|one| asks_once(&one.command)).map(|one| unanswered(one.op));
        let (mut doc, mut trace) = (self.clone(), Vec::new());
        for pending in doc.outbox.iter_mut().filter(|pending| which(pending)) {
            pending.given_on = !planted(Bug::LateIsNever);
            doc.call.wait_longer(pending.op.op, at, LINE_AGAIN_MS);
            pending.claim = Some(Claim::on(&pending.command, by, at));
        }
        for kind in lost.chain(failed) {
            let (next, _, more) = doc.event(program, &kind, at, by);
            doc = next;
            trace.extend(more);
        }
        (doc, trace)
    }

    /// What the call asks of this service itself, and that has no answer yet; as far as this process has claimed it.
    pub fn errands(&self, by: &str) -> impl Iterator<Item = OpRef> {
        let ours = |pending: &&Pending| pending.command.is_errand() && claim::is_ours(pending, by);
        self.outbox.iter().filter(ours).map(|pending| pending.op)
    }

    /// When the call wants to be looked at: by its own timers, and to see whether who sends for it is still there.
    #[must_use]
    pub fn next_due(&self) -> Option<i64> {
        let claims = self.outbox.iter().filter_map(|pending| pending.claim.as_ref()).map(|claim| claim.until);
        self.call.next_due().into_iter().chain(claims).min()
    }
}

/// What a document of version 1 says under names that are no longer in use.
#[derive(Deserialize)]
struct First {
    call: FirstCall,
}

#[derive(Deserialize)]
struct FirstCall {
    overdue: Vec<u64>,
}

/// Why a document cannot be read: its version, where that is it.
fn unreadable(bytes: &[u8], error: &serde_json::Error) -> String {
    #[derive(Deserialize)]
    struct Version {
        call: OfCall,
    }
    #[derive(Deserialize)]
    struct OfCall {
        abi: u32,
    }
    match serde_json::from_slice::<Version>(bytes) {
        Ok(Version { call: OfCall { abi } }) if !(1..=ABI).contains(&abi) => other_version(abi),
        Ok(_) | Err(_) => error.to_string(),
    }
}

fn other_version(abi: u32) -> String {
    format!("the document has version {abi}; this release reads versions 1 to {ABI}")
}

/// Whether nobody can know any more what became of a request whose sender died.
fn is_lost(pending: &Pending) -> bool {
    let media = matches!(pending.command, Command::Play { .. } | Command::Recognize { .. });
    let once = pending.command.class() == Class::Restartable && !pending.command.is_errand();
    media || (once && pending.given_on)
}

/// Whether a request is a question that must not be asked twice.
fn asks_once(command: &Command) -> bool {
    matches!(command, Command::Invoke { repeat: false, .. })
}

/// Whether an input shows that a request needs no (further) sending: its answer, or an event that only it can have caused.
fn settled_by(pending: &Pending, kind: &EventKind) -> bool {
    match kind {
        EventKind::Invoked { op, .. } | EventKind::Response { op, .. } | EventKind::Signalled { op, .. } => {
            *op == pending.op
        }
        EventKind::Webhook(webhook) => webhook.op == Some(pending.op),
        EventKind::Begin
        | EventKind::Due
        | EventKind::Defect { .. }
        | EventKind::OperatorHangUp
        | EventKind::SaidToBeOver
        | EventKind::Signal { .. } => false,
    }
}

/// The id under which the platform recognises a repeated request: derived from call and operation, shaped as a v4 UUID.
#[must_use]
pub fn repeat_id(call: &str, op: OpRef) -> uuid::Uuid {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, format!("{call}/{op}").as_bytes());
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&digest.as_ref()[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use crate::language::flow::label::Label;
    use crate::language::flow::prompt::{Part, Piece, Prompt, Words};
    use crate::language::flow::state::{Kind, State};
    use crate::language::flow::value::Values;
    use crate::language::graph::program::{End, Head};
    use crate::language::graph::{Arrow, CallKind, Edge, Program};
    use crate::machine::call::{Beginning, Call, Origin};
    use crate::machine::command::{Command, OpRef};
    use crate::machine::event::{EventKind, Facts, Webhook, WebhookKind};
    use crate::platform::codes;
    use crate::platform::outcomes::Outcome;
    use crate::runtime::claim::Claim;
    use crate::runtime::doc::{Doc, InputKind, Line, Pending, repeat_id};
    use std::collections::BTreeMap;

    /// `a: answer -> b`, `b: play "Hi." -> return`.
    fn program() -> Program {
        let words = Words { pieces: vec![Piece::Text("Hi.".to_owned())] };
        let prompt = Prompt { parts: vec![Part::Text(words)] };
        let state = |name: &str, kind| State { name: name.to_owned(), group: None, locale: None, kind };
        let states = vec![
            state("a", Kind::Answer),
            state("b", Kind::Play { prompt, hear: None, looped: false, interrupt: false, must_hear: false }),
        ];
        let edge = |from: &str, outcome, to| {
            let label = Label::Outcome(outcome);
            (from.to_owned(), to, Edge { label, arrow: Arrow::Main, limit: None, default: false })
        };
        let edges = vec![
            edge("a", Outcome::Connected, End::State("b".to_owned())),
            edge("a", Outcome::Failed, End::Return(None)),
            edge("b", Outcome::Done, End::Return(None)),
            edge("b", Outcome::Failed, End::Return(None)),
        ];
        let head = Head {
            flow: "hi".to_owned(),
            call: CallKind::Inbound,
            locale: None,
            params: BTreeMap::new(),
            settings: BTreeMap::new(),
            vars: BTreeMap::new(),
            returns: Vec::new(),
            prompts: BTreeMap::new(),
            needs_ai: true,
            ..Head::default()
        };
        Program::assemble(head, "a", states, edges).expect("the test's program is whole")
    }

    fn begun(program: &Program) -> Doc {
        let beginning = Beginning {
            id: "call".to_owned(),
            at: 1_000,
            origin: Origin::Inbound { context: "ctx".into() },
            from: "+441632960100".into(),
            to: "+18005550100".into(),
            params: Values::new(),
            settings: Values::new(),
            locale: None,
            voice: "en-US-NancyNeural".to_owned(),
            facts: Facts::default(),
            headers: BTreeMap::new(),
        };
        let doc = Doc::new(Call::begin(program, beginning));
        doc.apply(program, &InputKind::Event(EventKind::Begin), 1_000, "p").0
    }

    /// The same once the call is connected: its words are to be played.
    fn playing(program: &Program) -> Doc {
        let doc = begun(program);
        let facts = Facts { connection: Some("leg".to_owned()), ..Facts::default() };
        let connected =
            Webhook { op: Some(doc.outbox[0].op), facts, code: codes::OK, kind: WebhookKind::CallConnected };
        doc.apply(program, &InputKind::Event(EventKind::Webhook(connected)), 2_000, "p").0
    }

    #[test]
    fn what_may_be_repeated_is_kept_under_its_id() {
        let program = program();
        let doc = begun(&program);
        let [answer] = &doc.outbox[..] else { panic!("one request: {:?}", doc.outbox) };
        assert_eq!(answer.command, Command::Answer { context: "ctx".into() });
        assert_eq!(answer.repeat_id, repeat_id("call", answer.op));
        let (recovered, line) = doc.apply(&program, &InputKind::Recovered, 9_000, "q");
        let claimed = Some(Claim::on(&answer.command, "q", 9_000));
        let again = Pending { claim: claimed, given_on: true, ..answer.clone() };
        assert_eq!(recovered.outbox, [again], "sent again as it was, with the time it was first ordered");
        assert_eq!(line, Line { at: 9_000, by: "q".to_owned(), input: InputKind::Recovered, trace: Vec::new() });
    }

    #[test]
    fn media_is_told_unknown_and_ordered_anew_under_an_id_of_its_own() {
        let program = program();
        let doc = playing(&program);
        let [play] = &doc.outbox[..] else { panic!("one request: {:?}", doc.outbox) };
        assert!(matches!(play.command, Command::Play { interrupt: false, .. }), "{play:?}");
        let (recovered, line) = doc.apply(&program, &InputKind::Recovered, 9_000, "q");
        let [again] = &recovered.outbox[..] else { panic!("one request: {:?}", recovered.outbox) };
        assert_eq!(again.op, OpRef { op: play.op.op, attempt: play.op.attempt + 1 });
        assert!(matches!(again.command, Command::Play { interrupt: true, .. }), "what may play is cut off: {again:?}");
        assert_ne!(again.repeat_id, play.repeat_id);
        assert_eq!((again.ordered, line.at), (9_000, 9_000));
        assert!(!line.trace.is_empty(), "the history says so");
        assert_eq!(doc.apply(&program, &line.input, line.at, &line.by).0, recovered, "a replay comes to the same");
        // Unknown once more, it is not ordered a third time: the platform is asked.
        let (asked, _) = recovered.apply(&program, &InputKind::Recovered, 10_000, "r");
        let [probe] = &asked.outbox[..] else { panic!("one request: {:?}", asked.outbox) };
        assert_eq!(probe.command, Command::GetCall);
    }
}

#[cfg(test)]
mod versions {
    use crate::language::flow::label::{Label, Since};
    use crate::language::flow::value::Values;
    use crate::language::graph::Program;
    use crate::language::graph::program::Head;
    use crate::machine::call::{ABI, Beginning, Call, Origin};
    use crate::machine::event::Facts;
    use crate::runtime::doc::Doc;
    use std::collections::BTreeMap;

    fn written() -> serde_json::Value {
        let hangup = crate::language::flow::state::Kind::Hangup { result: None, play: None, everyone: false };
        let bye = crate::language::flow::state::State { name: "bye".into(), group: None, locale: None, kind: hangup };
        let program = Program::assemble(Head::default(), "bye", vec![bye], vec![]).expect("a program");
        let beginning = Beginning {
            id: "c".into(),
            at: 1,
            origin: Origin::Outbound,
            from: String::new().into(),
            to: String::new().into(),
            params: Values::new(),
            settings: Values::new(),
            locale: None,
            voice: String::new(),
            facts: Facts::default(),
            headers: BTreeMap::new(),
        };
        serde_json::to_value(Doc::new(Call::begin(&program, beginning))).expect("plain data")
    }

    #[test]
    fn a_document_of_the_version_before_is_read() {
        let mut doc = written();
        let call = doc["call"].as_object_mut().expect("an object");
        call.remove("pending");
        call.insert("overdue".into(), serde_json::json!([240_000]));
        call.insert("abi".into(), serde_json::json!(1));
        let read = Doc::from_bytes(doc.to_string().as_bytes()).expect("it is read");
        assert_eq!(read.call.abi, ABI);
        assert_eq!(read.call.pending, [Label::After { ms: 240_000, since: Since::Flow }]);
        assert_eq!(Doc::from_bytes(&read.to_bytes()).expect("and written anew"), read);
    }

    #[test]
    fn a_document_of_a_later_version_is_refused_by_its_version() {
        let mut doc = written();
        doc["call"]["abi"] = serde_json::json!(ABI + 1);
        let error = Doc::from_bytes(doc.to_string().as_bytes()).expect_err("too new");
        assert!(error.contains(&format!("version {}", ABI + 1)), "{error}");
        doc["call"].as_object_mut().expect("an object").remove("state");
        let error = Doc::from_bytes(doc.to_string().as_bytes()).expect_err("too new");
        assert!(error.contains(&format!("version {}", ABI + 1)), "{error}");
    }
}
