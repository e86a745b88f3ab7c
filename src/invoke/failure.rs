//! Why a question came to `failed`. The words name parts of the contract and statuses, never values.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

/// Why there is no outcome of the operation's own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The program has no such operation: a defect of ours.
    #[error("the service has no operation `{0}`")]
    NoOperation(String),
    /// A setting that the service reads has no value that is a text.
    #[error("setting `{0}` is not set")]
    NoSetting(String),
    /// The service's address is none, or none that questions may go to.
    #[error("the service's address cannot be used: {0}")]
    Address(String),
    /// An argument is missing, or cannot stand where it belongs.
    #[error("argument `{0}` cannot be sent")]
    Argument(String),
    /// A header's value has characters that no header may hold.
    #[error("header `{0}` cannot be sent")]
    Header(String),
    /// The request could not be built: its address came out as another one.
    #[error("the request cannot be built")]
    Unbuilt,
    /// The name leads to an address that questions may not go to.
    #[error("the service's host leads to an address that is not allowed; see `allow_private`")]
    Forbidden,
    /// No connection came about.
    #[error("no connection to the service")]
    NotConnected,
    /// The time was over.
    #[error("no answer in time")]
    TimedOut,
    /// The connection broke off before the answer was whole.
    #[error("the answer broke off")]
    BrokeOff,
    /// The answer is larger than the operation allows.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(u32),
    /// A redirect; nobody follows it.
    #[error("the service redirects ({0}), which is not followed")]
    Redirected(u16),
    /// The service is broken.
    #[error("the service answered {0}")]
    Broken(u16),
    /// A status that is no outcome of the operation.
    #[error("the service answered {0}, which is no outcome of the operation")]
    Status(u16),
    /// The answer is encoded in a way that was not asked for.
    #[error("the answer is compressed, which was not asked for")]
    Encoded,
    /// The answer does not say that it is JSON.
    #[error("the answer is not JSON by its content type")]
    NotJson,
    /// The answer says that it is JSON and is not.
    #[error("the answer cannot be read as JSON")]
    Malformed,
    /// A key stands twice in one object of the answer.
    #[error("a key stands twice in the answer")]
    KeyTwice,
    /// The answer is nested too deep.
    #[error("the answer is nested deeper than {0} levels")]
    TooDeep(usize),
    /// The answer is empty where something was to come.
    #[error("the answer is empty")]
    Empty,
    /// The answer names an outcome that the operation does not have.
    #[error("the answer names an outcome that the operation does not have")]
    UnknownOutcome,
    /// The answer is not of the operation's type.
    #[error("the answer is not of its type, at `{0}`")]
    NotOfType(String),
}

impl Failure {
    /// Whether the same question may be answered a moment later: a time-out, a connection that did not hold, a broken service.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Failure::NotConnected | Failure::TimedOut | Failure::BrokeOff | Failure::Broken(_) => true,
            Failure::Address(_)
            | Failure::Argument(_)
            | Failure::Empty
            | Failure::Encoded
            | Failure::Forbidden
            | Failure::Header(_)
            | Failure::KeyTwice
            | Failure::Malformed
            | Failure::NoOperation(_)
            | Failure::NoSetting(_)
            | Failure::NotJson
            | Failure::NotOfType(_)
            | Failure::Redirected(_)
            | Failure::Status(_)
            | Failure::TooDeep(_)
            | Failure::TooLarge(_)
            | Failure::Unbuilt
            | Failure::UnknownOutcome => false,
        }
    }
}
