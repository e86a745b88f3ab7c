//! HTTP in: an accept loop with limits that turns sockets into [`Request`] values and [`Response`] values into answers.
//!
//! Service and emulator both stand on it. It knows nothing of either: no routes, no error envelope of an API, no calls.

mod accept;
mod body;
mod gate;
mod message;
mod query;
mod refusal;
mod socket;
mod stream;
mod tls;

#[cfg(test)]
mod accept_tests;

pub use crate::http::accept::{Limits, serve, serve_gated, serve_over};
pub use crate::http::gate::{Gate, Head, Open, Pass};
pub use crate::http::message::{Request, Response};
pub use crate::http::query::{decode_segment, query_value};
pub use crate::http::stream::Stream;
pub use crate::http::tls::Tls;
