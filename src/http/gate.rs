//! Who is let in: asked with a request's head, before a byte of its body is read.

use crate::http::message::Response;
use hyper::Method;
use std::future::Future;
use std::pin::Pin;

/// What is known of a request before its body is read.
#[derive(Clone)]
pub struct Head {
    /// The method.
    pub method: Method,
    /// The path, still percent-encoded.
    pub path: String,
    /// How many bytes the body has, or may have where nobody says.
    pub bytes: usize,
}

/// The right to be answered, given back when it is dropped.
pub struct Pass(Option<Box<dyn Send + Sync>>);

impl Pass {
    /// A pass that gives this back.
    #[must_use]
    pub fn holding(held: impl Send + Sync + 'static) -> Pass {
        Pass(Some(Box::new(held)))
    }

    /// A pass that nothing is counted by.
    #[must_use]
    pub fn free() -> Pass {
        Pass(None)
    }
}

impl std::fmt::Debug for Pass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Pass").field(&self.0.is_some()).finish()
    }
}

/// Somebody who lets requests in.
pub trait Gate: Send + Sync + 'static {
    /// A pass, at once or after a while, or the refusal.
    fn admit<'a>(&'a self, head: &'a Head) -> Pin<Box<dyn Future<Output = Result<Pass, Response>> + Send + 'a>>;
}

/// Lets everybody in.
#[derive(Clone, Copy, Debug)]
pub struct Open;

impl Gate for Open {
    fn admit<'a>(&'a self, _head: &'a Head) -> Pin<Box<dyn Future<Output = Result<Pass, Response>> + Send + 'a>> {
        Box::pin(std::future::ready(Ok(Pass::free())))
    }
}
