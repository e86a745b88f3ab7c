//! Asking a service: an operation with its arguments to a request, an answer to an outcome with a typed value. Pure but for
//! [`client`], which makes one attempt at a time.
//!
//! Whatever a service does, a question ends in one of its operation's outcomes, within its time. What was asked and what was
//! answered is in no message: callers' data and keys are in both.

pub mod address;

pub mod ask;

pub mod client;

#[cfg(test)]
mod client_tests;

pub mod failure;

pub mod from_http;

pub mod json;

pub mod reach;

pub mod to_http;

pub use failure::Failure;

use crate::language::flow::service::{FAILED, Service};
use crate::language::flow::value::{Value, Values};

/// A question.
#[derive(Clone, Copy)]
pub struct Invocation<'a> {
    /// The service, as the call's program has it.
    pub service: &'a Service,
    /// The operation, by name.
    pub operation: &'a str,
    /// Its arguments.
    pub args: &'a Values,
    /// The settings that the service reads, by name.
    pub settings: &'a Values,
    /// What makes a repetition known as one: see [`to_http::key`].
    pub key: &'a str,
}

/// What came of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoked {
    /// `ok`, one of the operation's own, or `failed`.
    pub outcome: String,
    /// What `ok` brings.
    pub value: Option<Value>,
    /// Why it failed; never anything of what was asked or answered.
    pub reason: Option<String>,
    /// How long it took in all, in milliseconds.
    pub took_ms: u64,
}

impl Invoked {
    /// A question that came to nothing.
    #[must_use]
    pub fn failed(why: &Failure, took_ms: u64) -> Invoked {
        Invoked { outcome: FAILED.to_owned(), value: None, reason: Some(why.to_string()), took_ms }
    }
}
