//! An answer's body that comes in pieces, for as long as somebody sends them; and bodies as hyper takes them.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use http_body_util::Full;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::sync::mpsc;

/// The pieces of a body. It is sent once; whoever sends the pieces sees from the channel when the other end has gone.
#[derive(Clone, Debug)]
pub struct Stream(Arc<Mutex<Option<mpsc::Receiver<Bytes>>>>);

impl Stream {
    /// A body of what comes out of a channel, up to its end.
    #[must_use]
    pub fn new(pieces: mpsc::Receiver<Bytes>) -> Stream {
        Stream(Arc::new(Mutex::new(Some(pieces))))
    }

    fn take(&self) -> Option<mpsc::Receiver<Bytes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl PartialEq for Stream {
    fn eq(&self, other: &Stream) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Stream {}

/// A body on its way.
pub(crate) enum Sent {
    /// All of it.
    Whole(Full<Bytes>),
    /// Piece by piece.
    Pieces(mpsc::Receiver<Bytes>),
}

impl Sent {
    /// The pieces, where there are some and nobody has taken them; else the whole.
    pub(crate) fn new(whole: Vec<u8>, pieces: Option<&Stream>) -> Sent {
        match pieces.and_then(Stream::take) {
            Some(pieces) => Sent::Pieces(pieces),
            None => Sent::Whole(Full::new(Bytes::from(whole))),
        }
    }
}

impl Body for Sent {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match &mut *self {
            Sent::Whole(whole) => Pin::new(whole).poll_frame(cx),
            Sent::Pieces(pieces) => pieces.poll_recv(cx).map(|piece| piece.map(|piece| Ok(Frame::data(piece)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Sent::Whole(whole) => whole.is_end_stream(),
            Sent::Pieces(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Sent::Whole(whole) => whole.size_hint(),
            Sent::Pieces(_) => SizeHint::default(),
        }
    }
}
