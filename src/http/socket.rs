//! A socket that gives a request's head only so long to arrive, says why a head is refused, and says goodbye so that an early
//! answer is not lost.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use crate::http::refusal;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// How long, and for how many bytes, a peer that still sends is listened to after our last word. Closing at once would reset
/// the connection and could take the answer with it.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 8 * 1024 * 1024;

/// Counts the beginnings and ends of answers on one connection: odd while a request is being answered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Turns(Arc<AtomicU64>);

impl Turns {
    /// A request's head has been read, or its answer is ready.
    pub(crate) fn change(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn count(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// The socket under hyper.
pub(crate) struct Socket<T> {
    stream: T,
    head: Duration,
    turns: Turns,
    seen: u64,
    deadline: Option<Pin<Box<Sleep>>>,
    linger: Option<Pin<Box<Sleep>>>,
    lingered: usize,
    /// What is still to be written in place of a refusal without a body.
    refusal: Option<Vec<u8>>,
}

impl<T: AsyncRead + Unpin> Socket<T> {
    /// A socket on which a head, once its first byte is there, must be complete within `head`.
    pub(crate) fn new(stream: T, head: Duration, turns: Turns) -> Socket<T> {
        Socket { stream, head, turns, seen: 0, deadline: None, linger: None, lingered: 0, refusal: None }
    }

    /// Reads and drops what still comes, until the peer is done or the linger time is over.
    fn drain(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let linger = self.linger.get_or_insert_with(|| Box::pin(tokio::time::sleep(LINGER)));
        if linger.as_mut().poll_elapsed(cx) {
            return Poll::Ready(Ok(()));
        }
        let mut scratch = [0u8; 4096];
        while self.lingered < LINGER_BYTES {
            let mut buffer = ReadBuf::new(&mut scratch);
            match Pin::new(&mut self.stream).poll_read(cx, &mut buffer) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => self.lingered += buffer.filled().len(),
                Poll::Ready(_) => return Poll::Ready(Ok(())),
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// Polls a sleep as a yes-or-no question.
trait Elapsed {
    fn poll_elapsed(self, cx: &mut Context<'_>) -> bool;
}

impl Elapsed for Pin<&mut Sleep> {
    fn poll_elapsed(self, cx: &mut Context<'_>) -> bool {
        std::future::Future::poll(self, cx).is_ready()
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Socket<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let turn = self.turns.count();
        if turn != self.seen {
            self.seen = turn;
            self.deadline = None;
        }
        if let Some(deadline) = self.deadline.as_mut()
            && deadline.as_mut().poll_elapsed(cx)
        {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the request's head took too long")));
        }
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
        let between_requests = turn.is_multiple_of(2);
        if between_requests && self.deadline.is_none() && buffer.filled().len() > before {
            self.deadline = Some(Box::pin(tokio::time::sleep_until(Instant::now() + self.head)));
        }
        polled
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Socket<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let Some(start) = refusal::start(bytes) else { return Pin::new(&mut self.stream).poll_write(cx, bytes) };
        if start > 0 {
            return Pin::new(&mut self.stream).poll_write(cx, &bytes[..start]);
        }
        let mut left = self.refusal.take().unwrap_or_else(|| refusal::with_body(bytes));
        while !left.is_empty() {
            match Pin::new(&mut self.stream).poll_write(cx, &left) {
                Poll::Ready(Ok(count)) if count > 0 => drop(left.drain(..count)),
                Poll::Pending => {
                    self.refusal = Some(left);
                    return Poll::Pending;
                }
                Poll::Ready(other) => return Poll::Ready(other),
            }
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.linger.is_none() {
            match Pin::new(&mut self.stream).poll_shutdown(cx) {
                Poll::Ready(Ok(())) => {}
                other => return other,
            }
        }
        self.drain(cx)
    }
}
