//! An errand of a call: a service asked, or a signal sent to another call. It stands in the call's outbox like a request until
//! its answer is kept; each one is run by itself, so that words can be said meanwhile.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::language::graph::Program;
use crate::machine::command::{Command, OpRef};
use crate::machine::event::EventKind;
use crate::runtime::claim;
use crate::runtime::doc::{Doc, Input, InputKind, Pending};
use crate::runtime::invoker::{Invocation, Invoked};
use crate::runtime::shot::{Asked, Got, Next, OneShot, Want};
use crate::runtime::signal::{Data, Deliver, Delivered};
use crate::runtime::turn::Verdict;
use crate::store::Found;
use std::mem;
use std::sync::Arc;

/// How long a store that does not answer is left alone, in milliseconds.
const STORE_MS: u64 = 500;

/// An errand being run.
#[derive(Debug)]
pub struct Errand {
    call: String,
    by: String,
    op: OpRef,
    stage: Stage,
}

/// What is being waited for.
#[derive(Debug)]
enum Stage {
    /// The call's row, or the time to ask for it.
    Look,
    /// The program of a call that asks a service.
    Program(Box<Doc>),
    /// The service.
    Service,
    /// The other call.
    Signal(Deliver),
    /// The time to report, or that the report is kept.
    Report(Input),
}

impl Errand {
    /// The errand of `call` with this number, if the process of this name has claimed it.
    #[must_use]
    pub fn new(call: String, op: OpRef, by: &str) -> Errand {
        Errand { call, by: by.to_owned(), op, stage: Stage::Look }
    }

    fn look(&mut self) -> Next<()> {
        self.stage = Stage::Look;
        Next::Want(Want::Load { call: self.call.clone(), keys: Vec::new() })
    }

    fn look_later(&mut self) -> Next<()> {
        self.stage = Stage::Look;
        Next::Want(Want::Wait { ms: STORE_MS })
    }

    fn pending<'d>(&self, doc: &'d Doc) -> Option<&'d Pending> {
        doc.outbox.iter().find(|pending| pending.op == self.op && claim::is_ours(pending, &self.by))
    }

    fn loaded(&mut self, bytes: &[u8], hash: String, now: i64) -> Next<()> {
        let Ok(doc) = Doc::from_bytes(bytes) else { return Next::Done(()) };
        match self.pending(&doc).map(|pending| &pending.command) {
            Some(Command::Invoke { .. }) => {
                self.stage = Stage::Program(Box::new(doc));
                Next::Want(Want::Program { hash })
            }
            Some(Command::Signal { call, name, data }) => {
                let key = format!("signal:{}:{}", self.call, self.op);
                let deliver = Deliver::new(call.clone(), name.clone(), Data::Typed(data.clone()), key);
                self.deliver(deliver, |deliver| deliver.start(now))
            }
            Some(_) | None => Next::Done(()),
        }
    }

    fn deliver(&mut self, mut deliver: Deliver, step: impl FnOnce(&mut Deliver) -> Next<Delivered>) -> Next<()> {
        match step(&mut deliver) {
            Next::Want(want) => {
                self.stage = Stage::Signal(deliver);
                Next::Want(want)
            }
            Next::Done(Delivered::Busy(_)) => self.look_later(),
            Next::Done(delivered) => {
                let found = delivered == Delivered::Stored;
                self.report(EventKind::Signalled { op: self.op, found })
            }
        }
    }

    fn ask(&mut self, doc: &Doc, program: Arc<Program>) -> Next<()> {
        let Some(Command::Invoke { service, operation, args, once, timeout_ms, flow, .. }) =
            self.pending(doc).map(|pending| &pending.command)
        else {
            return Next::Done(());
        };
        let invocation = Invocation {
            call: self.call.clone(),
            op: self.op,
            program,
            flow: flow.clone(),
            settings: doc.call.settings.clone(),
            service: service.clone(),
            operation: operation.clone(),
            args: args.clone(),
            once: once.clone(),
            timeout_ms: *timeout_ms,
        };
        self.stage = Stage::Service;
        Next::Want(Want::Invoke(Box::new(invocation)))
    }

    fn report(&mut self, kind: EventKind) -> Next<()> {
        let input = Input { key: format!("answer:{}", self.op), kind: InputKind::Event(kind) };
        self.tell(input)
    }

    fn tell(&mut self, input: Input) -> Next<()> {
        self.stage = Stage::Report(input.clone());
        Next::Want(Want::Turns(vec![Asked { call: self.call.clone(), inputs: vec![input] }]))
    }
}

impl OneShot for Errand {
    type End = ();

    fn start(&mut self, _now: i64) -> Next<()> {
        self.look()
    }

    fn got(&mut self, got: Got, now: i64) -> Next<()> {
        match (mem::replace(&mut self.stage, Stage::Look), got) {
            (Stage::Signal(deliver), got) => self.deliver(deliver, |deliver| deliver.got(got, now)),
            (Stage::Look, Got::Loaded(Ok(Found::Live { row, .. }))) => self.loaded(&row.doc, row.program, now),
            (Stage::Look, Got::Loaded(Ok(Found::Ended(_) | Found::Unknown))) => Next::Done(()),
            (Stage::Program(doc), Got::Program(Ok(Some(program)))) => self.ask(&doc, program),
            (Stage::Program(_), Got::Program(Ok(None))) => Next::Done(()),
            (Stage::Look, Got::Loaded(Err(_))) | (Stage::Program(_), Got::Program(Err(_))) => self.look_later(),
            (Stage::Service, Got::Invoked(Invoked { outcome, value, reason })) => {
                self.report(EventKind::Invoked { op: self.op, outcome, value, reason })
            }
            (Stage::Report(input), Got::Turned(verdicts)) => {
                if verdicts.iter().any(|verdict| matches!(verdict, Verdict::Busy(_))) {
                    // Until it is kept, the answer is all there is to know that the service was asked.
                    self.stage = Stage::Report(input);
                    return Next::Want(Want::Wait { ms: STORE_MS });
                }
                Next::Done(())
            }
            (Stage::Report(input), Got::Waited) => self.tell(input),
            (Stage::Look, Got::Waited) => self.look(),
            (Stage::Look | Stage::Program(_) | Stage::Service | Stage::Report(_), _) => self.look_later(),
        }
    }
}
