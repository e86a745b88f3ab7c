//! The one-shots under another driver: one thread, virtual time, a small platform, and a crash before or after each single
//! want. However often and wherever the process dies, the call comes to the same end.

use crate::language::compile::{Input, project};
use crate::language::flow::expr::Expr;
use crate::language::flow::label::Label;
use crate::language::flow::state::{Kind, State};
use crate::language::flow::value::Value;
use crate::language::graph::program::{End as ProgramEnd, Head};
use crate::language::graph::{Arrow, CallKind, Edge, Program};
use crate::language::source::Sources;
use crate::language::syntax::ast::Spelling;
use crate::machine::call::Phase;
use crate::machine::command::{Command, OpRef};
use crate::machine::event::{Answer, ConnectionState, Facts};
use crate::planted::{Bug, plant};
use crate::platform::outcomes::Outcome as Done;
use crate::provider::acs::from_wire::grid::Incoming;
use crate::provider::{Outcome, Request};
use crate::runtime::accept::{Accept, Accepted, Given};
use crate::runtime::dispatch::Dispatch;
use crate::runtime::doc::Doc;
use crate::runtime::errand::Errand;
use crate::runtime::fire::Fire;
use crate::runtime::inbox::Inbox;
use crate::runtime::invoker::Invoked;
use crate::runtime::let_go::LetGo;
use crate::runtime::lines::{Lines, Served};
use crate::runtime::recover::Recover;
use crate::runtime::shot::{Asked, Got, Next, OneShot, Want};
use crate::runtime::turn::{Turn, Verdict};
use crate::store::memory::Tables;
use crate::store::{Among, Found};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

const FLOW: &str = "flowc 1\nflow hello inbound\nstart hello\n\nhello: answer -> greet\n\
                    greet: play \"Thank you for calling.\" -> more\nmore: play \"Goodbye.\" -> bye\nbye: hangup\n";

/// The process died.
struct Crashed;

/// What the platform holds: one line, and what it has to tell. It tells again whatever was not taken.
#[derive(Default)]
struct Platform {
    line: Option<&'static str>,
    untold: VecDeque<String>,
    events: u32,
    answered: BTreeSet<uuid::Uuid>,
    played: Vec<String>,
    hung_up: u32,
}

impl Platform {
    fn tell(&mut self, kind: &str, request: &Request) {
        self.events += 1;
        let data = serde_json::json!({
            "callConnectionId": "line", "serverCallId": "s", "correlationId": "k",
            "operationContext": request.op.to_string(), "resultInformation": { "code": 200, "subCode": 0 },
        });
        let event = serde_json::json!({
            "id": format!("e{}", self.events), "source": "calling/callConnections/line", "specversion": "1.0",
            "type": format!("Microsoft.Communication.{kind}"), "data": data, "time": "2026-01-01T00:00:00Z",
        });
        self.untold.push_back(serde_json::json!([event]).to_string());
    }

    fn takes(&mut self, request: &Request) -> Outcome {
        let accepted = |state| {
            Outcome::Definite(Answer::Accepted(Facts {
                connection: Some("line".to_owned()),
                state,
                ..Facts::default()
            }))
        };
        match &request.command {
            Command::Answer { .. } => {
                // The same repeatability id is the same request.
                if self.answered.insert(request.repeat_id) {
                    assert_eq!(self.line.replace("up"), None, "answered twice");
                    self.tell("CallConnected", request);
                }
                accepted(None)
            }
            Command::Play { media, .. } => {
                self.played.push(serde_json::to_string(media).expect("media is plain data"));
                self.tell("PlayCompleted", request);
                accepted(None)
            }
            Command::HangUp | Command::Terminate => {
                if self.line == Some("up") {
                    self.line = Some("down");
                    self.hung_up += 1;
                    self.tell("CallDisconnected", request);
                }
                accepted(None)
            }
            Command::GetCall if self.line == Some("up") => accepted(Some(ConnectionState::Connected)),
            other => panic!("not in this conversation: {other:?}"),
        }
    }
}

struct World {
    store: Tables,
    platform: Platform,
    lines: Lines,
    now: i64,
    /// The process dies at this want, counted from 0 over the whole run.
    crash_at: Option<u32>,
    /// Before it is carried out, or after.
    before: bool,
    wants: u32,
    /// The process's name in this life.
    name: String,
    ids: u32,
    /// Calls whose outbox is to be worked off: lost with the process.
    to_work: BTreeSet<String>,
    /// Questions that reached the service.
    asked: Vec<(String, OpRef)>,
}

impl World {
    fn new(program: Program, crash_at: Option<u32>, before: bool) -> World {
        let (hash, store) = (program.hash(), Tables::default());
        let served = Served { program: Arc::new(program), hash, settings: BTreeMap::default(), source_map: Vec::new() };
        let lines = Lines {
            flows: BTreeMap::from([("hello".to_owned(), served)]),
            only_inbound: Some("hello".to_owned()),
            ..Lines::default()
        };
        World {
            store,
            platform: Platform::default(),
            lines,
            now: 1_000_000,
            crash_at,
            before,
            wants: 0,
            name: String::new(),
            ids: 0,
            to_work: BTreeSet::new(),
            asked: Vec::new(),
        }
    }

    fn run<O: OneShot>(&mut self, mut shot: O) -> Result<O::End, Crashed> {
        let mut next = shot.start(self.now);
        loop {
            let want = match next {
                Next::Want(want) => want,
                Next::Done(end) => return Ok(end),
            };
            let dies = self.crash_at == Some(self.wants);
            self.wants += 1;
            assert!(self.wants < 2_000, "the run has no end");
            if dies && self.before {
                return Err(Crashed);
            }
            let got = self.carry_out(want)?;
            if dies {
                return Err(Crashed);
            }
            next = shot.got(got, self.now);
        }
    }

    fn carry_out(&mut self, want: Want) -> Result<Got, Crashed> {
        Ok(match want {
            Want::Load { call, keys } => Got::Loaded(Ok(self.store.load(&call, &keys))),
            Want::Program { hash } => {
                let flow = self.lines.flows.values().find(|served| served.hash == hash);
                Got::Program(Ok(flow.map(|served| Arc::clone(&served.program))))
            }
            Want::Commit(change) => Got::Committed(self.store.commit(*change)),
            Want::SetAside(note) => panic!("everything here belongs to a call: {note:?}"),
            Want::Due { by, limit } => Got::Due(Ok(self.store.due(by, limit))),
            Want::NextDue => Got::NextDue(Ok(self.store.next_due())),
            Want::Turns(asked) => {
                let turns: Result<Vec<Verdict>, Crashed> = asked.into_iter().map(|one| self.turn(one)).collect();
                Got::Turned(turns?)
            }
            Want::Send(request, _) => Got::Sent(self.platform.takes(&request)),
            Want::Invoke(invocation) => {
                self.asked.push((invocation.call, invocation.op));
                Got::Invoked(Invoked { outcome: "ok".to_owned(), value: None, reason: None })
            }
            Want::Pause { ms, .. } | Want::Wait { ms } => {
                self.now += i64::try_from(ms).unwrap_or(0);
                Got::Waited
            }
        })
    }

    fn turn(&mut self, asked: Asked) -> Result<Verdict, Crashed> {
        let call = asked.call.clone();
        let verdict = self.run(Turn::new(asked, &self.name.clone(), None))?;
        if matches!(verdict, Verdict::Applied { .. } | Verdict::Duplicate) {
            self.to_work.insert(call);
        }
        Ok(verdict)
    }

    /// Somebody calls: told until it is taken.
    fn ring(&mut self) -> Result<(), Crashed> {
        self.ids += 1;
        let given =
            Given { id: format!("call-{}", self.ids), at: self.now, voice: "v".to_owned(), by: self.name.clone() };
        let incoming = Incoming {
            key: "context".to_owned(),
            context: "context".into(),
            from: "4:+441632960100".into(),
            to: "4:+18005550100".into(),
            server_call: None,
            correlation: None,
            display_name: None,
            headers: BTreeMap::new(),
        };
        let accept = Accept::incoming(&self.lines, incoming, given);
        match self.run(accept)? {
            Ok(Accepted::New(begun)) => self.to_work.insert(begun.0.doc.call.id.clone()),
            Ok(Accepted::Known(call)) => self.to_work.insert(call),
            other => panic!("not accepted: {other:?}"),
        };
        Ok(())
    }

    /// One life of the process: until nothing is left to do, or until it dies.
    fn live(&mut self, rings: &mut bool) -> Result<(), Crashed> {
        let calls = self.store.due(i64::MAX, usize::MAX >> 1);
        self.name = format!("life-{}", self.wants);
        self.run(Recover::new(self.name.clone(), calls))?.unwrap_or_else(|why| panic!("{why}"));
        for _ in 0..500 {
            if let Some(call) = self.to_work.first().cloned() {
                let errands = self.run(Dispatch::new(
                    call.clone(),
                    "http://here/callbacks".to_owned(),
                    &self.name.clone(),
                    None,
                ))?;
                self.to_work.remove(&call);
                for op in errands {
                    self.run(Errand::new(call.clone(), op, &self.name.clone()))?;
                }
            } else if *rings {
                self.ring()?;
                *rings = false;
            } else if let Some(body) = self.platform.untold.front().cloned() {
                let id = self.only_call();
                let kept = self.run(Inbox::new(id.clone(), body.as_bytes()))?.unwrap_or_else(|why| panic!("{why}"));
                self.platform.untold.pop_front();
                if let Some(line) = kept.let_go {
                    self.run(LetGo::new(id, line))?;
                }
            } else if self.store.next_due().is_some() {
                self.now += 100;
                self.run(Fire::new(BTreeSet::new()))?;
            } else {
                return Ok(());
            }
        }
        panic!("the call does not end");
    }

    fn only_call(&self) -> String {
        let calls = self.store.list(Among::All, 10);
        assert_eq!(calls.len(), 1, "one call, one row");
        calls[0].call.clone()
    }
}

/// What a conversation came to.
struct End {
    wants: u32,
    played: Vec<String>,
    asked: Vec<(String, OpRef)>,
    result: Option<String>,
}

fn hello() -> Program {
    let mut sources = Sources::default();
    let file = sources.add("hello.flow", FLOW.to_owned());
    let input = Input { flows: vec![(file, Spelling::Native)], ..Input::default() };
    project(&sources, &input).flows.remove(0).program.expect("the flow is good")
}

/// Answers, asks a service, and hangs up with what came of it.
fn asking(once: bool) -> Program {
    let state = |name: &str, kind| State { name: name.to_owned(), group: None, locale: None, kind };
    let hangup = |name: &str| state(name, Kind::Hangup { result: Some(name.to_owned()), play: None, everyone: false });
    let invoke = Kind::Invoke {
        service: "crm".to_owned(),
        operation: "find".to_owned(),
        args: Vec::new(),
        save: None,
        meanwhile: None,
        once: once.then(|| Expr::Const(Value::Text("order-7".to_owned()))),
        timeout: None,
    };
    let edge = |from: &str, outcome, to: &str| {
        let edge = Edge { label: Label::Outcome(outcome), arrow: Arrow::Main, limit: None, default: false };
        (from.to_owned(), ProgramEnd::State(to.to_owned()), edge)
    };
    let states = vec![state("pick_up", Kind::Answer), state("look", invoke), hangup("found"), hangup("failed")];
    let edges = vec![
        edge("pick_up", Done::Connected, "look"),
        edge("pick_up", Done::Failed, "failed"),
        edge("look", Done::Ok, "found"),
        edge("look", Done::Failed, "failed"),
    ];
    let head = Head { flow: "hello".to_owned(), call: CallKind::Inbound, ..Head::default() };
    Program::assemble(head, "pick_up", states, edges).expect("the program is whole")
}

/// Runs the conversation to its end.
fn conversation(program: Program, crash_at: Option<u32>, before: bool) -> End {
    let mut world = World::new(program, crash_at, before);
    let mut rings = true;
    while world.live(&mut rings).is_err() {
        world.crash_at = None;
        world.to_work.clear();
        world.now += 1_500;
    }
    let call = world.only_call();
    let place = format!("crash {} want {crash_at:?}", if before { "before" } else { "after" });
    let Found::Ended(ended) = world.store.load(&call, &[]) else { panic!("{place}: the call is still alive") };
    let doc = Doc::from_bytes(&ended.doc).expect("a document");
    assert!(doc.call.is_ended(), "{place}");
    assert_eq!(world.platform.hung_up, 1, "{place}: the line was hung up once");
    let result = match doc.call.phase {
        Phase::Ended { result, .. } => result,
        Phase::Leaving { .. } | Phase::Running => None,
    };
    End { wants: world.wants, played: world.platform.played, asked: world.asked, result }
}

#[test]
fn a_service_is_asked_again_under_the_same_key_or_not_at_all() {
    for once in [true, false] {
        let calm = conversation(asking(once), None, true);
        assert_eq!((calm.asked.len(), calm.result.as_deref()), (1, Some("found")));
        for before in [true, false] {
            for at in 0..calm.wants {
                let end = conversation(asking(once), Some(at), before);
                let place = format!("once={once} crash before={before} want {at}");
                let mut asked = end.asked.clone();
                asked.dedup();
                assert!(asked.len() <= 1, "{place}: {asked:?}");
                match end.result.as_deref() {
                    Some("found") => assert!(once || end.asked.len() == 1, "{place}: {:?}", end.asked),
                    Some("failed") => assert!(!once && end.asked.len() <= 1, "{place}: {:?}", end.asked),
                    other => panic!("{place}: {other:?}"),
                }
            }
        }
    }
}

#[test]
fn a_crash_at_any_single_want_changes_nothing_about_the_end() {
    let End { wants, played: calm, .. } = conversation(hello(), None, true);
    assert!(wants > 40, "{wants}");
    for before in [true, false] {
        let mut repeated = 0;
        for at in 0..wants {
            let mut played = conversation(hello(), Some(at), before).played;
            let all = played.len();
            played.dedup();
            assert_eq!(played, calm, "crash before={before} want {at}");
            assert!(all <= calm.len() + 1, "crash before={before} want {at}: played {all} times");
            repeated += all - calm.len();
        }
        // Nobody knows whether words that were on their way were spoken: then they may be said again, and only then.
        assert!(repeated <= 8, "{repeated}");
    }
}

#[test]
fn an_event_that_cannot_be_applied_does_not_lose_the_call() {
    plant(Some(Bug::Panics));
    let end = conversation(hello(), None, true);
    plant(None);
    // The first prompt is left as failed, by which this flow ends; the line is hung up, as `conversation` sees to.
    assert_eq!(end.played.len(), 1, "{:?}", end.played);
    assert_eq!(end.result.as_deref(), Some("failed"));
}
