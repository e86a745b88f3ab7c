//! The accept loop: sockets in, answers out, every wait bounded.

use std::collections::HashMap;
use std::future::Future;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

use crate::http::body;
use crate::http::gate::{Gate, Head, Open};
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
    /// Open connections from one address; one more is closed at once.
    pub per_address: usize,
    /// Whether addresses of this machine may have more: a reverse proxy on it speaks for everybody.
    pub spare_loopback: bool,
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
            per_address: 1024,
            spare_loopback: true,
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
    stop: watch::Receiver<bool>,
    answer: F,
) where
    F: Fn(Request) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Response> + Send + 'static,
{
    serve_through(listener, tls, Door { limits, gate: Arc::new(Open) }, stop, answer).await;
}

/// The same for those who are let in.
pub async fn serve_gated<F, Fut>(
    listener: TcpListener,
    limits: Limits,
    gate: Arc<dyn Gate>,
    stop: watch::Receiver<bool>,
    answer: F,
) where
    F: Fn(Request) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Response> + Send + 'static,
{
    serve_through(listener, None, Door { limits, gate }, stop, answer).await;
}

/// What every connection goes by.
#[derive(Clone)]
struct Door {
    limits: Limits,
    gate: Arc<dyn Gate>,
}

async fn serve_through<F, Fut>(
    listener: TcpListener,
    tls: Option<Tls>,
    door: Door,
    mut stop: watch::Receiver<bool>,
    answer: F,
) where
    F: Fn(Request) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Response> + Send + 'static,
{
    let limits = door.limits;
    let permits = Arc::new(Semaphore::new(limits.connections.min(Semaphore::MAX_PERMITS)));
    let guests = Guests::default();
    let mut open = JoinSet::new();
    let mut failing = false;
    loop {
        while open.try_join_next().is_some() {}
        let accepted = tokio::select! {
            () = stopped(&mut stop) => break,
            accepted = next(&listener, &permits) => accepted,
        };
        match accepted {
            Ok((stream, peer, permit)) => {
                failing = false;
                // Dropped, the connection is closed: whoever has so many gets no more.
                let Some(guest) = guests.enter(peer.ip(), &limits) else { continue };
                let connection = connection(stream, tls.clone(), peer, door.clone(), stop.clone(), answer.clone());
                open.spawn(async move {
                    connection.await;
                    drop((guest, permit));
                });
            }
            Err(error) => {
                // Once, not at each try: out of sockets, this goes on until somebody leaves.
                if !std::mem::replace(&mut failing, true) {
                    tracing::warn!(%error, "cannot accept a connection");
                }
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

/// Connections by the address they come from.
#[derive(Clone, Default)]
struct Guests(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One of them, until it is dropped.
struct Guest {
    guests: Guests,
    address: Option<IpAddr>,
}

impl Guests {
    fn enter(&self, address: IpAddr, limits: &Limits) -> Option<Guest> {
        let address = who(address);
        if limits.spare_loopback && address.is_loopback() {
            return Some(Guest { guests: self.clone(), address: None });
        }
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = all.entry(address).or_default();
        if *count >= limits.per_address {
            return None;
        }
        *count += 1;
        Some(Guest { guests: self.clone(), address: Some(address) })
    }
}

/// Whose an address is: of the sixth version's every host has the last 64 bits to itself.
fn who(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) if !six.is_loopback() => IpAddr::V6(Ipv6Addr::from_bits(six.to_bits() >> 64 << 64)),
        other => other,
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let Some(address) = self.address else { return };
        let mut all = self.guests.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = all.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                all.remove(&address);
            }
        }
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
    door: Door,
    mut stop: watch::Receiver<bool>,
    answer: F,
) where
    F: Fn(Request) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Response> + Send + 'static,
{
    let limits = door.limits;
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
            Ok(Ok(stream)) => requests(stream, peer, door, stop, answer).await,
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
    requests(stream, peer, door, stop, answer).await;
}

/// The requests of a connection, over TLS or not.
async fn requests<T, F, Fut>(stream: T, peer: SocketAddr, door: Door, mut stop: watch::Receiver<bool>, answer: F)
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Fn(Request) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Response> + Send + 'static,
{
    let limits = door.limits;
    let turns = Turns::default();
    let service = service_fn(|request: hyper::Request<Incoming>| {
        turns.change();
        let (turns, door, answer) = (turns.clone(), door.clone(), answer.clone());
        async move {
            let response = answered(request, peer, &door, answer).await;
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
async fn answered<F, Fut>(request: hyper::Request<Incoming>, peer: SocketAddr, door: &Door, answer: F) -> Response
where
    F: Fn(Request) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Response> + Send + 'static,
{
    let (head, body) = request.into_parts();
    let limits = &door.limits;
    let bytes = body.size_hint().upper().and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
    let asks =
        Head { method: head.method.clone(), path: head.uri.path().to_owned(), bytes: bytes.min(limits.body_bytes) };
    let pass = match door.gate.admit(&asks).await {
        Ok(pass) => pass,
        // A body stays unread, so nothing else can be said on its connection.
        Err(refusal) if asks.bytes > 0 => return refusal.with_header("connection", "close"),
        Err(refusal) => return refusal,
    };
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
        pass: Arc::new(pass),
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
