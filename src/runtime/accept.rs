//! Accepting a call, one that rings or one to place: its first document, with its first step taken, as one change.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::language::flow::value::Values;
use crate::machine::call::{Beginning, Call, Origin};
use crate::machine::event::{EventKind, Facts};
use crate::platform::hidden::Hidden;
use crate::platform::identifier::Identifier;
use crate::provider::acs::from_wire::grid::Incoming;
use crate::runtime::dialled;
use crate::runtime::doc::{Doc, InputKind, Line};
use crate::runtime::lines::{Lines, Served};
use crate::runtime::recent::Known;
use crate::runtime::shot::{Got, MISMATCH, Next, OneShot, Want};
use crate::runtime::turn;
use crate::store::{Change, Committed, Error, Found, HistoryLine, Quarantined};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A call being accepted.
#[derive(Debug)]
pub enum Accept {
    /// It gets a row of its own.
    Create {
        /// The change that makes it.
        change: Box<Change>,
        /// The call after the first step, until the end takes it.
        begun: Option<Box<(Known, Line)>>,
    },
    /// Nobody answers it: only a note is kept.
    Nobody,
}

/// What came of accepting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// A new call, durably.
    New(Box<(Known, Line)>),
    /// The world knows it by a key that came before: this is the call's id.
    Known(String),
    /// No flow answers the number; a note is kept.
    Nobody,
}

/// What a call that is accepted gets from the one who runs the service.
#[derive(Clone, Debug)]
pub struct Given {
    /// An id that no other call has.
    pub id: String,
    /// Now, in milliseconds since the epoch.
    pub at: i64,
    /// The voice of text prompts whose library names none.
    pub voice: String,
    /// The process that accepts it.
    pub by: String,
}

impl Accept {
    /// Somebody calls.
    #[must_use]
    pub fn incoming(lines: &Lines, incoming: Incoming, given: Given) -> Accept {
        let key = format!("incoming:{}", incoming.key);
        match ringing(lines, incoming, &given) {
            Some((served, beginning)) => Accept::create(served, beginning, Some(key), &given.by),
            None => Accept::Nobody,
        }
    }

    /// A call is to be placed; the same idempotency key again is the same call.
    #[must_use]
    pub fn place(served: &Served, params: Values, key: Option<String>, given: Given) -> Accept {
        let beginning = placed(served, params, &given);
        Accept::create(served, beginning, key.as_deref().map(place_key), &given.by)
    }

    /// The number from which the call's first step dials another number.
    #[must_use]
    pub fn dials(&self) -> Option<&str> {
        match self {
            Accept::Create { begun, .. } => {
                let (known, _) = begun.as_deref()?;
                known.doc.outbox.iter().find_map(|pending| dialled::number(&pending.command))
            }
            Accept::Nobody => None,
        }
    }

    fn create(served: &Served, beginning: Beginning, natural_key: Option<String>, by: &str) -> Accept {
        let (at, id) = (beginning.at, beginning.id.clone());
        let call = Call::begin(&served.program, beginning);
        let (doc, line) = Doc::new(call).apply(&served.program, &InputKind::Event(EventKind::Begin), at, by);
        let change = Change {
            call: id,
            expected: 0,
            doc: doc.to_bytes(),
            program: served.hash.clone(),
            next_due: doc.next_due(),
            history: vec![HistoryLine { rev: 1, event_key: "begin".to_owned(), at, body: turn::to_json(&line) }],
            natural_key,
            ended: doc.call.is_ended().then_some(at),
        };
        let known = Known { rev: 1, program: change.program.clone(), bytes: change.doc.len(), doc: Arc::new(doc) };
        Accept::Create { change: Box::new(change), begun: Some(Box::new((known, line))) }
    }

    fn stands(&mut self) -> Next<Result<Accepted, String>> {
        let begun = match self {
            Accept::Create { begun, .. } => begun.take(),
            Accept::Nobody => None,
        };
        Next::Done(begun.map(Accepted::New).ok_or_else(|| MISMATCH.to_owned()))
    }
}

/// The natural key of a call that was placed with this idempotency key.
#[must_use]
pub fn place_key(key: &str) -> String {
    format!("place:{key}")
}

/// How a call that rings begins, and the flow that answers it; `None` where none does.
#[must_use]
pub fn ringing<'l>(lines: &'l Lines, incoming: Incoming, given: &Given) -> Option<(&'l Served, Beginning)> {
    let to = Hidden(Identifier::parse(&incoming.to).plain());
    let (served, route) = lines.answering(&to)?;
    let beginning = Beginning {
        id: given.id.clone(),
        at: given.at,
        origin: Origin::Inbound { context: incoming.context },
        from: Identifier::parse(&incoming.from).plain().into(),
        to,
        params: Values::new(),
        settings: served.settings.clone(),
        locale: route.and_then(|route| route.locale.clone()),
        voice: route.and_then(|route| route.voice.clone()).unwrap_or_else(|| given.voice.clone()),
        facts: Facts { server_call: incoming.server_call, correlation: incoming.correlation, ..Facts::default() },
        headers: incoming.headers,
    };
    Some((served, beginning))
}

/// How a call begins that is placed.
#[must_use]
pub fn placed(served: &Served, params: Values, given: &Given) -> Beginning {
    Beginning {
        id: given.id.clone(),
        at: given.at,
        origin: Origin::Outbound,
        from: Hidden::default(),
        to: Hidden::default(),
        params,
        settings: served.settings.clone(),
        locale: None,
        voice: given.voice.clone(),
        facts: Facts::default(),
        headers: BTreeMap::new(),
    }
}

impl OneShot for Accept {
    /// Or why the store cannot be used now: nothing is known to have happened.
    type End = Result<Accepted, String>;

    fn start(&mut self, now: i64) -> Next<Self::End> {
        match self {
            Accept::Create { change, .. } => Next::Want(Want::Commit(change.clone())),
            Accept::Nobody => Next::Want(Want::SetAside(Quarantined {
                at: now,
                reason: "no flow answers the number that was called".to_owned(),
                call: String::new(),
                detail: "incoming call".to_owned(),
            })),
        }
    }

    fn got(&mut self, got: Got, _now: i64) -> Next<Self::End> {
        match got {
            Got::Committed(Ok(Committed::Exists { call })) => Next::Done(Ok(Accepted::Known(call))),
            Got::Committed(Ok(Committed::Applied | Committed::Conflict | Committed::Duplicate))
            | Got::Loaded(Ok(Found::Live { .. } | Found::Ended(_))) => self.stands(),
            // Nobody knows whether it stands: the row tells.
            Got::Committed(Err(Error::Unknown(reason))) => match self {
                Accept::Create { change, .. } => Next::Want(Want::Load { call: change.call.clone(), keys: Vec::new() }),
                Accept::Nobody => Next::Done(Err(reason)),
            },
            Got::SetAside(Ok(())) => Next::Done(Ok(Accepted::Nobody)),
            Got::Loaded(Ok(Found::Unknown)) => Next::Done(Err("the call was not kept".to_owned())),
            Got::Committed(Err(error)) | Got::Loaded(Err(error)) | Got::SetAside(Err(error)) => {
                Next::Done(Err(error.to_string()))
            }
            Got::Program(_)
            | Got::Due(_)
            | Got::NextDue(_)
            | Got::Turned(_)
            | Got::Sent(_)
            | Got::Invoked(_)
            | Got::Waited => Next::Done(Err(MISMATCH.to_owned())),
        }
    }
}
