//! Reads a request's body within its limits, or says which status refuses it.

use std::time::Duration;

use crate::http::message::Response;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Bytes, Incoming};

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// The sender broke off or framed it wrongly.
    Broken,
    /// Larger than allowed.
    TooLarge,
    /// It did not arrive in time.
    TooSlow,
}

impl Unread {
    /// The answer, in the shape of every error here: `{"error": {"code", "message"}}`.
    pub(crate) fn answer(self) -> Response {
        let (status, message) = match self {
            Unread::Broken => (400, "the body broke off or is framed wrongly"),
            Unread::TooLarge => (413, "the body is larger than this server reads"),
            Unread::TooSlow => (408, "the body did not arrive in time"),
        };
        bare(status, message)
    }
}

/// An error that no address answers itself: `{"error": {"code", "message"}}` with the status as its code.
pub(crate) fn bare(status: u16, message: &str) -> Response {
    let error = serde_json::json!({ "error": { "code": status.to_string(), "message": message } });
    Response::json(status, &error)
}

/// The whole body. A declared length above `most` is refused before a byte of it is read.
pub(crate) async fn read(body: Incoming, most: usize, within: Duration) -> Result<Bytes, Unread> {
    if body.size_hint().lower() > most as u64 {
        return Err(Unread::TooLarge);
    }
    match tokio::time::timeout(within, Limited::new(body, most).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Unread::TooLarge),
        Ok(Err(_)) => Err(Unread::Broken),
        Err(_) => Err(Unread::TooSlow),
    }
}
