//! Working off a call's outbox: what to send next, what the outcome of an attempt means, and when to try again. One request
//! after the other, until nothing is left to send.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::machine::call::Call;
use crate::machine::command::{Class, Command, OpRef, There};
use crate::machine::event::{Answer, EventKind};
use crate::planted::{Bug, planted};
use crate::platform::codes::{Code, refusal};
use crate::provider::{Outcome, Request};
use crate::runtime::claim;
use crate::runtime::doc::{Doc, Input, InputKind, Pending, repeat_id};
use crate::runtime::pace::ends_a_line;
use crate::runtime::patience;
use crate::runtime::shot::{Asked, Got, Next, OneShot, Want};
use crate::runtime::turn::Verdict;
use crate::store::Found;
use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;

/// Most attempts at a request that the platform recognises again or that may be repeated.
const ATTEMPTS: u32 = 6;
/// How long an event of media whose fate is unknown is awaited before the machine is told, in milliseconds.
const GRACE_MS: u64 = 2_000;
/// How much longer a claim is made good that had run out before its request could be sent, in milliseconds; doubled each time.
const LATE_MS: u64 = 2_000;
/// How long a store that does not answer is left alone, in milliseconds.
const STORE_MS: u64 = 500;

/// One call's outbox being worked off.
#[derive(Debug)]
pub struct Dispatch {
    call: String,
    by: String,
    callback_uri: String,
    /// The latest time at which the first request of the outbox may be sent.
    by_then: i64,
    /// The document that the one who began this knows, until it is looked at.
    known: Option<Arc<Doc>>,
    /// How often in a row the claim had run out before anything could be sent.
    late: u32,
    /// Errands that stand in the outbox: others run them.
    errands: Vec<OpRef>,
    tried: BTreeMap<OpRef, Tried>,
    stage: Stage,
}

/// What is being waited for.
#[derive(Debug)]
enum Stage {
    /// The call's row, or the time to ask for it.
    Look,
    /// The outcome of an attempt.
    Attempt(Pending),
    /// The row of another call, from which somebody is to be fetched.
    Other(Pending, Box<Request>),
    /// The time to report, or that the report is kept.
    Report(Input),
    /// That the claim is good for longer; then the time to look again.
    Renew(u64),
}

impl Dispatch {
    /// Works off what the process of this name has claimed of the outbox of `call`, whose webhooks come to `callback_uri`. A
    /// document that is known to be the stored one need not be read.
    #[must_use]
    pub fn new(call: String, callback_uri: String, by: &str, known: Option<Arc<Doc>>) -> Dispatch {
        Dispatch {
            call,
            by: by.to_owned(),
            callback_uri,
            by_then: i64::MAX,
            known,
            late: 0,
            errands: Vec::new(),
            tried: BTreeMap::new(),
            stage: Stage::Look,
        }
    }

    fn look(&mut self) -> Next<Vec<OpRef>> {
        self.stage = Stage::Look;
        Next::Want(Want::Load { call: self.call.clone(), keys: Vec::new() })
    }

    fn look_later(&mut self, ms: u64) -> Next<Vec<OpRef>> {
        self.stage = Stage::Look;
        Next::Want(Want::Wait { ms })
    }

    /// Looks again after so many milliseconds, or as soon as the outbox has grown.
    fn look_then(&mut self, ms: u64) -> Next<Vec<OpRef>> {
        self.stage = Stage::Look;
        Next::Want(Want::Pause { call: self.call.clone(), ms })
    }

    /// The request whose turn it is, and how long it has to wait, in milliseconds. They go one after the other, in the order they
    /// were made; but what ends the line passes by those before it that wait and that nothing is left of once the line is gone.
    fn whose_turn<'d>(&self, doc: &'d Doc, now: i64) -> Option<(&'d Pending, u64)> {
        let first = to_platform(doc)?;
        let wait = |pending: &Pending| {
            let until = self.tried.get(&pending.op).map_or(i64::MIN, |tried| tried.not_before);
            u64::try_from(until.saturating_sub(now)).unwrap_or(0)
        };
        let to_send = doc.outbox.iter().filter(|pending| !pending.command.is_errand());
        let end = to_send.skip_while(|pending| goes_with_line(&pending.command)).find(|_| true);
        let known = |end: &&Pending| end.connection.is_some() || doc.call.facts.connection.is_some();
        match end.filter(|end| ends_a_line(&end.command)).filter(known) {
            Some(end) if wait(end) < wait(first) => Some((end, wait(end))),
            Some(_) | None => Some((first, wait(first))),
        }
    }

    /// Has the claims made good for so many milliseconds more, and looks again after `wait` of them.
    fn renew(&mut self, ms: u64, wait: u64, now: i64) -> Next<Vec<OpRef>> {
        self.stage = Stage::Renew(wait);
        let input = Input { key: format!("claim:{}:{now}", self.by), kind: InputKind::Claimed { ms: ms.max(1) } };
        Next::Want(Want::Turns(vec![Asked { call: self.call.clone(), inputs: vec![input] }]))
    }

    fn report(&mut self, input: Input) -> Next<Vec<OpRef>> {
        self.stage = Stage::Report(input.clone());
        Next::Want(Want::Turns(vec![Asked { call: self.call.clone(), inputs: vec![input] }]))
    }

    fn report_later(&mut self, input: Input, ms: u64) -> Next<Vec<OpRef>> {
        self.stage = Stage::Report(input);
        Next::Want(Want::Wait { ms })
    }

    /// Makes an attempt; whom another call's row names is looked up first.
    fn send(&mut self, pending: Pending, request: Box<Request>) -> Next<Vec<OpRef>> {
        if let Command::Move { call, there: None, .. } = &request.command {
            let call = call.clone();
            self.stage = Stage::Other(pending, request);
            return Next::Want(Want::Load { call, keys: Vec::new() });
        }
        self.stage = Stage::Attempt(pending);
        Next::Want(Want::Send(request, self.by_then))
    }

    /// The other call's row: who is to be fetched from there.
    fn other(&mut self, pending: Pending, mut request: Box<Request>, found: Found) -> Next<Vec<OpRef>> {
        let doc = match found {
            Found::Live { row, .. } => Doc::from_bytes(&row.doc).ok(),
            Found::Ended(_) | Found::Unknown => None,
        };
        if let Command::Move { name, there, .. } = &mut request.command {
            *there = doc.and_then(|doc| there_is(&doc.call, name));
            if there.is_none() {
                return self.report(report(&pending, Answer::Refused { code: refusal::NOT_IN_CALL }));
            }
        }
        self.stage = Stage::Attempt(pending);
        Next::Want(Want::Send(request, self.by_then))
    }

    /// The report is kept, if it is. Where the document that it made has nothing more to send, nobody need read it again: whoever
    /// orders something after that says so.
    fn reported(&mut self, verdicts: &[Verdict], input: Input) -> Next<Vec<OpRef>> {
        match verdicts {
            [Verdict::Applied { now, .. }] if to_platform(&now.doc).is_none() => {
                Next::Done(now.doc.errands(&self.by).collect())
            }
            [Verdict::Ended] => Next::Done(Vec::new()),
            // Until it is kept, the answer is all there is to know that the request was made.
            _ if verdicts.iter().any(|verdict| matches!(verdict, Verdict::Busy(_))) => {
                self.report_later(input, STORE_MS)
            }
            _ => self.look(),
        }
    }

    fn loaded(&mut self, bytes: &[u8], now: i64) -> Next<Vec<OpRef>> {
        match Doc::from_bytes(bytes) {
            Ok(doc) => self.next(&doc, now),
            Err(_) => Next::Done(Vec::new()),
        }
    }

    fn next(&mut self, doc: &Doc, now: i64) -> Next<Vec<OpRef>> {
        self.errands = doc.errands(&self.by).collect();
        let turn = self.whose_turn(doc, now);
        if let Some((pending, wait)) = turn {
            if !claim::is_ours(pending, &self.by) {
                return Next::Done(mem::take(&mut self.errands));
            }
            if wait > 0 {
                return self.look_then(wait);
            }
            self.by_then = pending.claim.as_ref().map_or(i64::MAX, |claim| claim.until - claim::ATTEMPT_MS);
            if now > self.by_then {
                // A store that is so slow takes as long for this: each time there is to be more room.
                let ms = LATE_MS << self.late.min(4);
                self.late += 1;
                return self.renew(ms, 0, now);
            }
        }
        self.late = 0;
        let Some((pending, _)) = turn else { return Next::Done(mem::take(&mut self.errands)) };
        match self.todo(doc, pending, now) {
            Todo::Report(input) => self.report(input),
            Todo::Send(request) => self.send(pending.clone(), request),
        }
    }

    /// What to do for a request whose turn it is.
    fn todo(&self, doc: &Doc, pending: &Pending, now: i64) -> Todo {
        // One that may have been carried out is sent however late it is: to learn what became of it.
        let may_be_done = pending.given_on || self.tried.get(&pending.op).is_some_and(|tried| tried.unknown > 0);
        if !may_be_done && pending.not_after.is_some_and(|limit| now > limit) {
            return Todo::Report(report(pending, Answer::Refused { code: Code::new(408, 0) }));
        }
        let connection = pending.connection.clone().or_else(|| doc.call.facts.connection.clone());
        if connection.is_none() && needs_connection(&pending.command) {
            return Todo::Report(report(pending, Answer::Refused { code: Code::new(404, 0) }));
        }
        Todo::Send(Box::new(Request {
            op: pending.op,
            command: pending.command.clone(),
            connection,
            server_call: doc.call.facts.server_call.clone(),
            repeat_id: if planted(Bug::FreshKey) { repeat_id(&now.to_string(), pending.op) } else { pending.repeat_id },
            first_sent: pending.ordered,
            callback_uri: self.callback_uri.clone(),
        }))
    }
}

impl OneShot for Dispatch {
    /// Errands that stand in the outbox: what this call asks of the service itself.
    type End = Vec<OpRef>;

    fn start(&mut self, now: i64) -> Next<Vec<OpRef>> {
        match self.known.take() {
            Some(doc) => self.next(&doc, now),
            None => self.look(),
        }
    }

    fn got(&mut self, got: Got, now: i64) -> Next<Vec<OpRef>> {
        match (got, mem::replace(&mut self.stage, Stage::Look)) {
            (Got::Loaded(Ok(found)), Stage::Other(pending, request)) => self.other(pending, request, found),
            (Got::Loaded(Ok(Found::Live { row, .. })), _) => self.loaded(&row.doc, now),
            (Got::Loaded(Ok(Found::Ended(_) | Found::Unknown)), _) => Next::Done(Vec::new()),
            (Got::Loaded(Err(_)), _) => self.look_later(STORE_MS),
            (Got::Sent(outcome), Stage::Attempt(pending)) => {
                let tried = self.tried.entry(pending.op).or_default();
                match after(&pending, outcome, tried, now) {
                    After::Report { input, after_ms: 0 } => self.report(input),
                    After::Report { input, after_ms } => self.report_later(input, after_ms),
                    After::Again { after_ms } => {
                        tried.not_before = now.saturating_add_unsigned(after_ms);
                        if tried.not_before > self.by_then {
                            return self.renew(after_ms + LATE_MS, after_ms, now);
                        }
                        self.look_then(after_ms)
                    }
                }
            }
            (Got::Turned(verdicts), Stage::Report(input)) => self.reported(&verdicts, input),
            (Got::Turned(verdicts), Stage::Renew(0)) => match verdicts.as_slice() {
                [Verdict::Applied { now: known, .. }] => self.next(&known.doc, now),
                _ => self.look_later(1),
            },
            (Got::Turned(_), Stage::Renew(ms)) => self.look_then(ms),
            (Got::Waited, Stage::Report(input)) => self.report(input),
            (
                Got::Waited
                | Got::Sent(_)
                | Got::Invoked(_)
                | Got::Turned(_)
                | Got::Program(_)
                | Got::Committed(_)
                | Got::SetAside(_)
                | Got::Due(_)
                | Got::NextDue(_),
                _,
            ) => self.look(),
        }
    }
}

/// Attempts one process has made at one request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tried {
    /// Attempts whose outcome is unknown.
    unknown: u32,
    /// Attempts that were certainly not carried out.
    not_now: u32,
    /// When the first attempt came to nothing.
    since: Option<i64>,
    /// It is not to be tried again before then.
    not_before: i64,
}

/// The next thing to do for a call's outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Todo {
    /// Send this.
    Send(Box<Request>),
    /// Send nothing: this is what became of the first request.
    Report(Input),
}

/// What to do after an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
enum After {
    /// Tell the machine, after so many milliseconds.
    Report {
        /// What.
        input: Input,
        /// Milliseconds.
        after_ms: u64,
    },
    /// Look at the outbox again after so many milliseconds.
    Again {
        /// Milliseconds.
        after_ms: u64,
    },
}

/// The next request for the platform.
fn to_platform(doc: &Doc) -> Option<&Pending> {
    doc.outbox.iter().find(|pending| !pending.command.is_errand())
}

/// Somebody on another call: whoever has this name there, or that call's party.
#[must_use]
pub fn there_is(call: &Call, name: &str) -> Option<There> {
    let called = |key: &str| key.rsplit_once('/').map_or(key, |(_, name)| name) == name;
    let named = call.people.iter().find(|(key, person)| person.joined && called(key));
    let who = named.map_or_else(|| call.party().to_owned(), |(_, person)| person.id.clone());
    Some(There { who, connection: call.facts.connection.clone()? })
}

/// What an attempt's outcome means, given the attempts made before it.
fn after(pending: &Pending, outcome: Outcome, tried: &mut Tried, at: i64) -> After {
    let now = |answer: Answer| After::Report { input: report(pending, answer), after_ms: 0 };
    match outcome {
        Outcome::Definite(answer) => now(answer),
        Outcome::NotTried { after_ms } => {
            let too_long = |since| tried.unknown > 0 && patience::is_over(since, true, at, after_ms);
            if tried.since.is_some_and(too_long) { now(Answer::Unknown) } else { After::Again { after_ms } }
        }
        Outcome::NotNow { after_ms } | Outcome::Throttled { after_ms } => {
            tried.not_now += 1;
            let since = *tried.since.get_or_insert(at);
            let after_ms = patience::pause(pending.repeat_id, tried.not_now, after_ms);
            match (patience::is_over(since, tried.unknown > 0, at, after_ms), tried.unknown) {
                (false, _) => After::Again { after_ms },
                (true, 0) => now(Answer::Refused { code: Code::new(429, 0) }),
                (true, _) => now(Answer::Unknown),
            }
        }
        Outcome::Unknown => {
            tried.unknown += 1;
            tried.since.get_or_insert(at);
            match pending.command.class() {
                Class::Restartable if !planted(Bug::MediaRepeated) => {
                    After::Report { input: report(pending, Answer::Unknown), after_ms: GRACE_MS }
                }
                _ if tried.unknown < ATTEMPTS => After::Again { after_ms: (200 << tried.unknown.min(4)).min(3_000) },
                Class::Idempotent | Class::Repeatable | Class::Restartable => now(Answer::Unknown),
            }
        }
    }
}

/// Whether nothing is left of a request once its line is gone.
fn goes_with_line(command: &Command) -> bool {
    command.class() == Class::Restartable || matches!(command, Command::GetCall)
}

fn report(pending: &Pending, answer: Answer) -> Input {
    Input {
        key: format!("answer:{}", pending.op),
        kind: InputKind::Event(EventKind::Response { op: pending.op, answer }),
    }
}

fn needs_connection(command: &Command) -> bool {
    match command {
        Command::Answer { .. }
        | Command::Connect { .. }
        | Command::Create { .. }
        | Command::Invoke { .. }
        | Command::PauseRecording { .. }
        | Command::Redirect { .. }
        | Command::Reject { .. }
        | Command::ResumeRecording { .. }
        | Command::Signal { .. }
        | Command::StopRecording { .. } => false,
        Command::Add { .. }
        | Command::CancelAdd { .. }
        | Command::CancelMedia
        | Command::GetCall
        | Command::GetParticipant { .. }
        | Command::HangUp
        | Command::Hold { .. }
        | Command::ListParticipants
        | Command::Move { .. }
        | Command::Mute { .. }
        | Command::Play { .. }
        | Command::Recognize { .. }
        | Command::Remove { .. }
        | Command::SendKeys { .. }
        | Command::StartKeys { .. }
        | Command::StartRecording
        | Command::StartStreaming
        | Command::StartTranscription { .. }
        | Command::StopKeys { .. }
        | Command::StopStreaming
        | Command::StopTranscription
        | Command::Terminate
        | Command::Transfer { .. }
        | Command::Unhold { .. }
        | Command::UpdateTranscription { .. } => true,
    }
}

#[cfg(test)]
mod waiting_tests;

#[cfg(test)]
mod tests {
    use crate::language::flow::state::{Kind, State};
    use crate::language::flow::value::Values;
    use crate::language::graph::Program;
    use crate::language::graph::program::Head;
    use crate::machine::call::{Beginning, Call, Origin};
    use crate::machine::command::{Command, OpRef};
    use crate::machine::event::{Answer, EventKind, Facts};
    use crate::machine::people::Person;
    use crate::platform::codes::Code;
    use crate::provider::Outcome;
    use crate::runtime::dispatch::{After, Dispatch, Tried, after};
    use crate::runtime::doc::{Doc, InputKind, Pending, repeat_id};
    use crate::runtime::shot::{Got, Next, OneShot, Want};
    use crate::store::{Found, Row};
    use std::collections::BTreeMap;
    use std::sync::Arc;

    fn pending(command: Command) -> Pending {
        let op = OpRef { op: 3, attempt: 1 };
        Pending {
            op,
            command,
            connection: None,
            repeat_id: repeat_id("c", op),
            ordered: 0,
            not_after: None,
            given_on: false,
            claim: None,
        }
    }

    fn transfer() -> Command {
        Command::Transfer { to: "+441632960100".into(), transferee: None, from: None, headers: vec![] }
    }

    fn sends_until_report(pending: &Pending) -> u32 {
        let mut tried = Tried::default();
        for sends in 1..100 {
            if let After::Report { .. } = after(pending, Outcome::Unknown, &mut tried, 0) {
                return sends;
            }
        }
        panic!("never reported");
    }

    #[test]
    fn media_of_unknown_fate_is_the_machines_to_decide_and_others_are_tried_longer() {
        let play = pending(Command::Play { media: vec![], to: vec![], looped: false, interrupt: false });
        assert_eq!(sends_until_report(&play), 1);
        let transfer = pending(transfer());
        assert_eq!(sends_until_report(&transfer), 6);
        let definite = Outcome::Definite(Answer::Accepted(Facts::default()));
        assert!(matches!(after(&transfer, definite, &mut Tried::default(), 0), After::Report { after_ms: 0, .. }));
    }

    #[test]
    fn a_request_that_was_not_carried_out_is_tried_again_when_the_platform_says_so() {
        let transfer = pending(transfer());
        let again = |outcome| match after(&transfer, outcome, &mut Tried::default(), 0) {
            After::Again { after_ms } => after_ms,
            After::Report { .. } => panic!("given up at once"),
        };
        assert!((7_000..7_700).contains(&again(Outcome::Throttled { after_ms: 7_000 })));
        assert!((500..550).contains(&again(Outcome::NotNow { after_ms: 500 })));
        assert_eq!(again(Outcome::NotTried { after_ms: 120 }), 120);
    }

    #[test]
    fn the_repeat_id_is_stable_and_shaped_as_version_four() {
        let op = OpRef { op: 3, attempt: 1 };
        assert_eq!(repeat_id("c", op), repeat_id("c", op));
        assert_ne!(repeat_id("c", op), repeat_id("d", op));
        assert_eq!(repeat_id("c", op).get_version_num(), 4);
    }

    /// The document of a call whose people are these, on the leg `other-leg`.
    fn doc(people: &[(&str, &str)]) -> Doc {
        let only = State { name: "s".into(), group: None, locale: None, kind: Kind::Answer };
        let program = Program::assemble(Head::default(), "s", vec![only], vec![]).unwrap();
        let beginning = Beginning {
            id: "other".into(),
            at: 0,
            origin: Origin::Outbound,
            from: "+18005550100".into(),
            to: "+441632960100".into(),
            params: Values::new(),
            settings: Values::new(),
            locale: None,
            voice: String::new(),
            facts: Facts { connection: Some("other-leg".into()), ..Facts::default() },
            headers: BTreeMap::new(),
        };
        let mut call = Call::begin(&program, beginning);
        for (name, id) in people {
            let person = Person { id: (*id).into(), joined: true, seen: true, muted: false, held: false };
            call.people.insert((*name).to_owned(), person);
        }
        Doc::new(call)
    }

    fn found(doc: &Doc) -> Got {
        let row = Row { call: "c".into(), rev: 1, program: String::new(), doc: doc.to_bytes() };
        Got::Loaded(Ok(Found::Live { row, seen: vec![] }))
    }

    #[test]
    fn whoever_is_moved_is_looked_up_on_the_other_call() {
        let fetch = Command::Move { name: "agent".into(), call: "other".into(), there: None };
        let ours = Doc { outbox: vec![pending(fetch)], ..doc(&[]) };
        let asked = || {
            let mut dispatch = Dispatch::new("c".into(), String::new(), "p", None);
            dispatch.start(0);
            let next = dispatch.got(found(&ours), 0);
            assert!(matches!(next, Next::Want(Want::Load { call, .. }) if call == "other"));
            dispatch
        };
        for (people, expected) in [
            (vec![("agent", "8:acs:ada")], "8:acs:ada"),
            (vec![("1/agent", "8:acs:bob")], "8:acs:bob"),
            (vec![("clerk", "8:acs:eve")], "+441632960100"),
        ] {
            let Next::Want(Want::Send(request, _)) = asked().got(found(&doc(&people)), 0) else { panic!("not sent") };
            let Command::Move { there: Some(there), .. } = request.command else { panic!("{:?}", request.command) };
            assert_eq!((there.who.as_str(), there.connection.as_str()), (expected, "other-leg"));
        }
        let Next::Want(Want::Turns(turns)) = asked().got(Got::Loaded(Ok(Found::Unknown)), 0) else {
            panic!("no report")
        };
        assert!(format!("{turns:?}").contains("8558"), "{turns:?}");
    }

    #[test]
    fn a_call_that_rang_too_long_is_not_answered_any_more() {
        let answer = || Pending { not_after: Some(25_000), ..pending(Command::Answer { context: "ctx".into() }) };
        let wanted = |pending: Pending| {
            let mut doc = doc(&[]);
            doc.outbox.push(pending);
            let mut dispatch = Dispatch::new("other".into(), "https://x.example/callbacks/other/mac".into(), "p", None);
            dispatch.start(25_001);
            dispatch.got(found(&doc), 25_001)
        };
        let Next::Want(Want::Turns(turns)) = wanted(answer()) else { panic!("it is sent") };
        let InputKind::Event(EventKind::Response { answer: told, .. }) = &turns[0].inputs[0].kind else {
            panic!("{turns:?}")
        };
        assert_eq!(*told, Answer::Refused { code: Code::new(408, 0) });
        // One that a process which died may have sent is sent however late it is: to learn what became of it.
        let given_on = wanted(Pending { given_on: true, ..answer() });
        assert!(matches!(given_on, Next::Want(Want::Send(..))), "{given_on:?}");
        // So is one that this process has sent in time, when it stood still before it knew what became of it.
        let mut doc = doc(&[]);
        doc.outbox.push(answer());
        let mut dispatch = Dispatch::new("other".into(), "https://x.example".into(), "p", Some(Arc::new(doc.clone())));
        assert!(matches!(dispatch.start(24_000), Next::Want(Want::Send(..))));
        assert!(matches!(dispatch.got(Got::Sent(Outcome::Unknown), 24_001), Next::Want(Want::Pause { .. })));
        assert!(matches!(dispatch.got(Got::Waited, 25_001), Next::Want(Want::Load { .. })));
        let again = dispatch.got(found(&doc), 25_001);
        assert!(matches!(again, Next::Want(Want::Send(..))), "{again:?}");
    }
}
