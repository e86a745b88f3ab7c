//! One request as it stood on the wire, and the answer to it.

use std::net::SocketAddr;
use std::sync::Arc;

use hyper::body::Bytes;
use hyper::{HeaderMap, Method};
use serde::Serialize;

use crate::http::gate::Pass;
use crate::http::stream::Stream;

/// A whole request: head and body have been read within the limits.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path and query exactly as on the request line; what signatures are computed over.
    pub target: String,
    /// The path of [`Request::target`], still percent-encoded.
    pub path: String,
    /// The query of [`Request::target`] without its `?`, still percent-encoded.
    pub query: Option<String>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; empty when there is none.
    pub body: Bytes,
    /// Who is at the other end of the socket.
    pub peer: SocketAddr,
    /// What lets it in: given back once nobody holds it, so whatever goes on after the answer holds it too.
    pub pass: Arc<Pass>,
}

impl std::fmt::Debug for Request {
    /// Neither address nor headers nor body: keys, tokens and what is personal are in them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let body = self.body.len();
        f.debug_struct("Request").field("method", &self.method).field("body", &body).finish_non_exhaustive()
    }
}

impl Request {
    /// The value of a header, when it is there once or more and is text; the first one counts.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// An answer. A body without a content type of its own is sent as it is.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers, in order; lengths and date are added when sending.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// A body in pieces, in place of [`Response::body`].
    pub stream: Option<Stream>,
}

impl std::fmt::Debug for Response {
    /// Nothing of what is personal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl Response {
    /// A status and nothing else.
    #[must_use]
    pub fn empty(status: u16) -> Response {
        Response { status, headers: Vec::new(), body: Vec::new(), stream: None }
    }

    /// A JSON body. A value that cannot be serialised is our own fault and answers 500.
    #[must_use]
    pub fn json(status: u16, value: &impl Serialize) -> Response {
        match serde_json::to_vec(value) {
            Ok(body) => {
                Response::empty(status).with_header("content-type", "application/json; charset=utf-8").with_body(body)
            }
            Err(error) => {
                tracing::error!(%error, "an answer could not be serialised");
                Response::empty(500)
            }
        }
    }

    /// A text body.
    #[must_use]
    pub fn text(status: u16, text: impl Into<String>) -> Response {
        Response::empty(status)
            .with_header("content-type", "text/plain; charset=utf-8")
            .with_body(text.into().into_bytes())
    }

    /// The same answer with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Response {
        self.headers.push((name, value.into()));
        self
    }

    /// The same answer with a body that comes in pieces.
    #[must_use]
    pub fn with_stream(mut self, stream: Stream) -> Response {
        self.stream = Some(stream);
        self
    }

    /// The same answer with this body.
    #[must_use]
    pub fn with_body(mut self, body: Vec<u8>) -> Response {
        self.body = body;
        self
    }
}
