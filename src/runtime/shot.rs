//! The one vocabulary between the runtime's decisions and whoever carries them out.
//!
//! A one-shot is started once and then handed the result of each [`Want`] until it is [`Next::Done`]. It knows no clock: the
//! time, in milliseconds since the epoch, comes with every result. A driver may be dropped between any two calls (that is a
//! crash); nothing that a one-shot remembers may matter then.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::language::graph::Program;
use crate::provider::{Outcome, Request};
use crate::runtime::doc::Input;
use crate::runtime::invoker::{Invocation, Invoked};
use crate::runtime::turn::Verdict;
use crate::store::{Change, Committed, Error, Found, Quarantined};
use std::sync::Arc;

/// Something a one-shot wants done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Want {
    /// Read a call, and which of these keys its history has.
    Load {
        /// The call.
        call: String,
        /// The keys.
        keys: Vec<String>,
    },
    /// Get the program with this hash.
    Program {
        /// The hash.
        hash: String,
    },
    /// Make this change durable.
    Commit(Box<Change>),
    /// Keep a note of something that cannot be applied.
    SetAside(Quarantined),
    /// Which calls are due by then, the most overdue first.
    Due {
        /// Milliseconds since the epoch.
        by: i64,
        /// No more than this many.
        limit: usize,
    },
    /// When the next call is due.
    NextDue,
    /// Take these turns, at the same time where that is possible; each call stands here once.
    Turns(Vec<Asked>),
    /// Make this request once, and only if it can be begun by then, in milliseconds since the epoch: whoever comes later, because
    /// the process stood still, may have been overtaken. Too late is [`Outcome::NotTried`].
    Send(Box<Request>, i64),
    /// Ask this service.
    Invoke(Box<Invocation>),
    /// Let this many milliseconds pass, or fewer where the outbox of this call grows.
    Pause {
        /// The call.
        call: String,
        /// Milliseconds.
        ms: u64,
    },
    /// Let this many milliseconds pass.
    Wait {
        /// Milliseconds.
        ms: u64,
    },
}

/// Inputs for one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The call.
    pub call: String,
    /// The inputs, in order.
    pub inputs: Vec<Input>,
}

/// The result of a [`Want`].
#[derive(Clone, Debug)]
pub enum Got {
    /// Of [`Want::Load`].
    Loaded(Result<Found, Error>),
    /// Of [`Want::Program`]; `None` when there is no such program.
    Program(Result<Option<Arc<Program>>, Error>),
    /// Of [`Want::Commit`].
    Committed(Result<Committed, Error>),
    /// Of [`Want::SetAside`].
    SetAside(Result<(), Error>),
    /// Of [`Want::Due`].
    Due(Result<Vec<String>, Error>),
    /// Of [`Want::NextDue`].
    NextDue(Result<Option<i64>, Error>),
    /// Of [`Want::Turns`], in the same order.
    Turned(Vec<Verdict>),
    /// Of [`Want::Send`].
    Sent(Outcome),
    /// Of [`Want::Invoke`].
    Invoked(Invoked),
    /// Of [`Want::Pause`] and [`Want::Wait`].
    Waited,
}

/// What is next for a one-shot.
#[derive(Clone, Debug)]
pub enum Next<E> {
    /// Do this and hand the result over.
    Want(Want),
    /// Nothing more; this came of it.
    Done(E),
}

/// A decision that takes several steps of the world.
pub trait OneShot {
    /// What comes of it.
    type End;

    /// The first step.
    fn start(&mut self, now: i64) -> Next<Self::End>;

    /// Takes the result of what was wanted last. A result of something else ends it as a failure.
    fn got(&mut self, got: Got, now: i64) -> Next<Self::End>;
}

/// What is said when a driver hands over the result of something that was not wanted.
pub(super) const MISMATCH: &str = "the driver handed over a result that was not asked for";
