//! What a cloud must offer so that calls can be carried: requests out, answers classified. Webhooks come in through
//! each provider's `from_wire`.

use crate::machine::command::{Command, OpRef};
use crate::machine::event::Answer;
use std::future::Future;

pub mod acs;

/// One request, with everything that must be the same at each attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Which operation of which attempt; becomes the `operationContext`.
    pub op: OpRef,
    /// What to do.
    pub command: Command,
    /// The application's leg; `None` before the platform gave one.
    pub connection: Option<String>,
    /// `serverCallId`, once the platform gave one: what some api-versions name a recorded call by.
    pub server_call: Option<String>,
    /// `Repeatability-Request-ID`, a v4-shaped UUID that is the same at every attempt of this operation.
    pub repeat_id: uuid::Uuid,
    /// `Repeatability-First-Sent`: when the first attempt was made, in milliseconds since the epoch.
    pub first_sent: i64,
    /// Where the platform sends the call's webhooks (create and answer).
    pub callback_uri: String,
}

/// What came of one attempt at a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The platform answered definitely.
    Definite(Answer),
    /// Certainly not carried out, may be tried again after this many milliseconds (no connection, no token).
    NotNow {
        /// Wait at least this long, in milliseconds.
        after_ms: u64,
    },
    /// Not even tried: too late for its claim, or held back because the platform has asked for less.
    NotTried {
        /// When to come again, in milliseconds.
        after_ms: u64,
    },
    /// Not carried out: the platform has too many requests (429).
    Throttled {
        /// Wait at least this long, in milliseconds; from `Retry-After` where the platform said so.
        after_ms: u64,
    },
    /// Nobody knows whether it was carried out (5xx, time-out, connection lost after sending).
    Unknown,
}

/// A cloud.
pub trait Provider: Send + Sync + 'static {
    /// Makes one attempt. Never retries, never panics; takes at most the provider's own time-out (5 s).
    fn send(&self, request: Request) -> impl Future<Output = Outcome> + Send;
}
