//! The accept loop: sockets in, answers out, every wait bounded.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

use crate::http::body;
use crate::http::message::{Request, Response};
use crate::http::refusal;
use crate::http::socket::{Socket, Turns};
use crate::http::stream::Sent;
use crate::http::tls::Tls;
use crate::platform::limits;

/// What one client may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Largest body, in bytes; more answers 413.
    pub body_bytes: usize,
    /// How long a new connection may say nothing at all.
    pub first_byte: Duration,
    /// How long a request's head may take from its first byte.
    pub header: Duration,
    /// How long a body may take; more answers 408.
    pub body: Duration,
    /// How long a kept connection may be silent between requests.
    pub idle: Duration,
    /// Open connections in all; more wait unaccepted.
    pub connections: usize,
    /// How long requests in progress may go on after a stop.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            body_bytes: limits::BODY_BYTES,
            first_byte: Duration::from_secs(5),
            header: Duration::from_secs(5),
            body: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            connections: 4096,
            drain: Duration::from_secs(25),
        }
    }
}

/// Serves until `stop` turns true (or its sender is gone), then lets requests in progress finish within [`Limits::drain`].
///
/// `answer` runs in a task of its own: a panic there answers 500, and a client that leaves does not cut it off half way.
pub async fn serve<F, Fut>(listener: TcpListener, limits: Limits, stop: watch::Receiver<bool>, answer: F)
where
    F: Fn(Request) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Response> + Send + 'static,
{
    serve_over(listener, None, limits, stop, answer).await;
}

/// The same over TLS, where there is one to speak.
pub async fn serve_over<F, Fut>(
    listener: TcpListener,
    tls: Option<Tls>,
    limits: Limits,
    mut stop: watch::Receiver<bool>,
    answer: F,
) where
    F: Fn(Request) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Response> + Send + 'static,
{
    let permits = Arc::new(Semaphore::new(limits.connections));
    let mut open = JoinSet::new();
    loop {
        while open.try_join_next().is_some() {}
        let accepted = tokio::select! {
            () = stopped(&mut stop) => break,
            accepted = next(&listener, &permits) => accepted,
        };
        match accepted {
            Ok((stream, peer, permit)) => {
                let connection = connection(stream, tls.clone(), peer, limits, stop.clone(), answer.clone());
                open.spawn(async move {
                    connection.await;
                    drop(permit);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    let drained = tokio::time::timeout(limits.drain, async { while open.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        tracing::warn!(connections = open.len(), "connections still open at the deadline are cut");
        open.shutdown().await;
    }
}

/// The next connection, once there is room for it: the permit comes before the accept.
async fn next(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
) -> std::io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(permits).acquire_owned().await.map_err(std::io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, permit))
}

/// Returns once `stop` is true or can no longer become so.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _gone = stop.wait_for(|stop| *stop).await;
}

/// One connection from its first byte to its end.
async fn connection<F, Fut>(
    stream: TcpStream,
    tls: Option<Tls>,
    peer: SocketAddr,
    limits: Limits,
    mut stop: watch::Receiver<bool>,
    answer: F,
) where
    F: Fn(Request) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Response> + Send + 'static,
{
    let mut first = [0];
    let spoke = tokio::select! {
        () = stopped(&mut stop) => return,
        peeked = tokio::time::timeout(limits.first_byte, stream.peek(&mut first)) => matches!(peeked, Ok(Ok(1))),
    };
    if !spoke {
        return;
    }
    let _without_delay = stream.set_nodelay(true);
    if let Some(tls) = tls {
        match tokio::time::timeout(limits.header, tls.accept(stream)).await {
            Ok(Ok(stream)) => requests(stream, peer, limits, stop, answer).await,
            Ok(Err(error)) => tracing::debug!(%error, %peer, "no TLS handshake"),
            Err(_) => tracing::debug!(%peer, "the TLS handshake took too long"),
        }
        return;
    }
    if tokio::time::timeout(limits.header, refusal::is_http2(&stream)).await.unwrap_or(false) {
        let mut stream = stream;
        let _gone = tokio::time::timeout(limits.header, stream.write_all(&refusal::of_http2())).await;
        return;
    }
    requests(stream, peer, limits, stop, answer).await;
}

/// The requests of a connection, over TLS or not.
async fn requests<T, F, Fut>(stream: T, peer: SocketAddr, limits: Limits, mut stop: watch::Receiver<bool>, answer: F)
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Fn(Request) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Response> + Send + 'static,
{
    let turns = Turns::default();
    let service = service_fn(|request: hyper::Request<Incoming>| {
        turns.change();
        let (turns, answer) = (turns.clone(), answer.clone());
        async move {
            let response = answered(request, peer, limits, answer).await;
            turns.change();
            Ok::<_, std::convert::Infallible>(sendable(response))
        }
    });
    let socket = TokioIo::new(Socket::new(stream, limits.header, turns.clone()));
    // The socket times the head; hyper's own timer runs from the end of the request before, so it is the idle time.
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.idle)
        .serve_connection(socket, service);
    let mut serving = pin!(serving);
    let ended = tokio::select! {
        ended = serving.as_mut() => ended,
        () = stopped(&mut stop) => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, %peer, "connection ended early");
    }
}

/// Reads the body, asks for the answer, and survives its panic.
async fn answered<F, Fut>(request: hyper::Request<Incoming>, peer: SocketAddr, limits: Limits, answer: F) -> Response
where
    F: Fn(Request) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Response> + Send + 'static,
{
    let (head, body) = request.into_parts();
    let body = match body::read(body, limits.body_bytes, limits.body).await {
        Ok(body) => body,
        Err(unread) => return unread.answer().with_header("connection", "close"),
    };
    let request = Request {
        method: head.method,
        target: head.uri.path_and_query().map_or_else(|| "/".to_owned(), |target| target.as_str().to_owned()),
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(str::to_owned),
        headers: head.headers,
        body,
        peer,
    };
    match tokio::spawn(async move { answer(request).await }).await {
        Ok(response) => response,
        Err(error) => {
            tracing::error!(%error, "answering a request failed");
            body::bare(500, "this server failed; its log says why")
        }
    }
}

/// The answer as hyper sends it. One that cannot be sent (a header with a line break) is our own fault: 500.
fn sendable(response: Response) -> hyper::Response<Sent> {
    let mut builder = hyper::Response::builder().status(response.status);
    for (name, value) in response.headers {
        builder = builder.header(name, value);
    }
    builder.body(Sent::new(response.body, response.stream.as_ref())).unwrap_or_else(|error| {
        tracing::error!(%error, "an answer could not be sent");
        let shape = body::bare(500, "this server failed; its log says why");
        let mut failed = hyper::Response::new(Sent::new(shape.body, None));
        *failed.status_mut() = hyper::StatusCode::INTERNAL_SERVER_ERROR;
        failed
    })
}
