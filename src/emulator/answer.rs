//! What a request is answered with: a status and perhaps JSON, or a refusal in the platform's error shape.

use serde::Serialize;

use crate::platform::codes::Code;
use crate::provider::acs::wire;

/// An answer before it becomes HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// JSON text; `None` is an empty body.
    pub body: Option<String>,
}

impl Answer {
    /// A status and no body.
    #[must_use]
    pub fn empty(status: u16) -> Answer {
        Answer { status, body: None }
    }

    /// A status and a body. The types of the wire all serialise; one that does not is our own fault and says so.
    #[must_use]
    pub fn json(status: u16, value: &impl Serialize) -> Answer {
        match serde_json::to_string(value) {
            Ok(body) => Answer { status, body: Some(body) },
            Err(error) => Refusal::new(Code::new(500, 9999), error.to_string()).answer(),
        }
    }
}

/// Why a request is not carried out. A refused request has changed nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status and `error.code`.
    pub code: Code,
    /// One sentence; where a field is at fault it begins with the field's path and a colon.
    pub message: String,
}

impl Refusal {
    /// A refusal.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Refusal {
        Refusal { code, message: message.into() }
    }

    /// `400/8523` about one field.
    #[must_use]
    pub fn field(path: &str, message: impl AsRef<str>) -> Refusal {
        Refusal::new(crate::platform::codes::refusal::INVALID, format!("{path}: {}", message.as_ref()))
    }

    /// The answer in the error shape.
    #[must_use]
    pub fn answer(&self) -> Answer {
        let status = u16::try_from(self.code.code).unwrap_or(500);
        let error = wire::ErrorDetail { code: self.code.sub.to_string(), message: self.message.clone() };
        Answer::json(status, &wire::ErrorBody { error })
    }
}
