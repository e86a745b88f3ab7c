//! Who asks services for calls.

use crate::language::flow::value::{Value, Values};
use crate::language::graph::Program;
use crate::machine::command::OpRef;
use crate::platform::hidden::Hidden;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// A question of a call to a service.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The call.
    pub call: String,
    /// Which of its operations.
    pub op: OpRef,
    /// The program the call is pinned to.
    pub program: Arc<Program>,
    /// The flow of it that asks; none: the one the call began with.
    pub flow: Option<String>,
    /// The call's settings.
    pub settings: Values,
    /// The service.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// Arguments by name.
    pub args: Values,
    /// What makes a repetition known as one; call and operation where the flow does not say.
    pub once: Option<Hidden<String>>,
    /// How long it may take, in milliseconds; what the service says when missing.
    pub timeout_ms: Option<u64>,
}

impl PartialEq for Invocation {
    /// The same question of the same call: the rest follows from these two.
    fn eq(&self, other: &Invocation) -> bool {
        (&self.call, self.op) == (&other.call, other.op)
    }
}

impl Eq for Invocation {}

/// What came of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoked {
    /// `ok`, an outcome of the operation's own, or `failed`.
    pub outcome: String,
    /// What `ok` brings, of the operation's type.
    pub value: Option<Value>,
    /// Why it failed; never anything of what was asked or answered.
    pub reason: Option<String>,
}

/// Asks services.
pub trait Invoker: std::fmt::Debug + Send + Sync + 'static {
    /// Asks, with the repetitions that the operation allows, and within its time.
    fn invoke(&self, invocation: Invocation) -> Pin<Box<dyn Future<Output = Invoked> + Send + '_>>;
}

/// Asks nobody: every question fails.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoInvoker;

impl Invoker for NoInvoker {
    fn invoke(&self, _invocation: Invocation) -> Pin<Box<dyn Future<Output = Invoked> + Send + '_>> {
        let reason = Some("no services are asked here".to_owned());
        Box::pin(std::future::ready(Invoked { outcome: "failed".to_owned(), value: None, reason }))
    }
}
