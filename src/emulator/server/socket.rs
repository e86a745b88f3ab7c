//! Web sockets of streams: opened as the platform opens them, fed, listened to, closed. The request goes out by the HTTP client of
//! webhooks, so that it trusts whom they trust; what travels on the connection after that is framed by a crate of its own.

use std::collections::BTreeMap;
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt, StreamExt};
use reqwest::Upgraded;
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use crate::emulator::effect::SocketAct;
use crate::emulator::server::Emulator;

/// How long opening a socket may take, and one frame on its way.
const OPEN_TIMEOUT: Duration = Duration::from_secs(5);
const SEND_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the other side may take to answer a close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
/// How many frames wait for a socket; those beyond are dropped.
const WAITING: usize = 4096;
/// Largest text that is taken.
const MOST_BYTES: usize = 1 << 20;
/// What both sides add to the key of a handshake (RFC 6455).
const ACCEPTED: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The frames for each socket.
pub(crate) type Sockets = BTreeMap<u64, mpsc::Sender<String>>;

/// One to be opened.
struct Target {
    url: String,
    connection: String,
    correlation: String,
}

/// How a socket's life ended.
enum End {
    /// By us.
    Closed,
    /// By the other side, or it broke.
    Lost,
}

impl Emulator {
    /// Does something with a socket.
    pub(crate) fn socket(&self, socket: u64, act: SocketAct) {
        match act {
            // The task sees the end of its frames.
            SocketAct::Close => drop(self.sockets().remove(&socket)),
            SocketAct::Open { url, connection, correlation } => {
                let (sender, frames) = mpsc::channel(WAITING);
                self.sockets().insert(socket, sender);
                let emulator = self.clone();
                let target = Target { url, connection, correlation };
                tokio::spawn(async move { emulator.keep(socket, &target, frames).await });
            }
            SocketAct::Send { frame } => {
                let sent = self.sockets().get(&socket).map(|sender| sender.try_send(frame));
                if sent.is_some_and(|sent| sent.is_err()) {
                    tracing::debug!(socket, "a frame of a stream was dropped: its receiver is slow");
                }
            }
        }
    }

    /// A socket's life.
    async fn keep(&self, socket: u64, target: &Target, frames: mpsc::Receiver<String>) {
        if self.inner.settings.swallows.as_ref() == Some(&target.url) {
            return self.swallow(socket, frames).await;
        }
        let opened = tokio::time::timeout(OPEN_TIMEOUT, self.open(target)).await;
        let opened = opened.unwrap_or_else(|_| Err("it takes too long".to_owned()));
        self.act(|cloud, now| cloud.socket_opened(now, socket, opened.is_ok()));
        self.inner.changed.notify_one();
        let stream = match opened {
            Ok(stream) => stream,
            Err(why) => {
                tracing::info!(connection = target.connection, why, "the socket of a stream cannot be opened");
                self.sockets().remove(&socket);
                return self.tell_socket(&target.url, "failed", None);
            }
        };
        self.tell_socket(&target.url, "opened", None);
        match self.feed(socket, &target.url, stream, frames).await {
            End::Closed => self.tell_socket(&target.url, "closed", None),
            End::Lost => {
                self.sockets().remove(&socket);
                self.act(|cloud, now| cloud.socket_closed(now, socket));
                self.inner.changed.notify_one();
                self.tell_socket(&target.url, "lost", None);
            }
        }
    }

    /// The life of one that nobody listens to.
    async fn swallow(&self, socket: u64, mut frames: mpsc::Receiver<String>) {
        self.act(|cloud, now| cloud.socket_opened(now, socket, true));
        self.inner.changed.notify_one();
        let mut closing = self.inner.closing.subscribe();
        let swallowing = async { while frames.recv().await.is_some() {} };
        tokio::select! {
            () = swallowing => {}
            () = ends(&mut closing) => {}
        }
    }

    /// The handshake; why not, where it fails.
    async fn open(&self, target: &Target) -> Result<WebSocketStream<Upgraded>, String> {
        let key = STANDARD.encode(uuid::Uuid::new_v4().into_bytes());
        // `ws` and `wss` are `http` and `https` until the connection is upgraded.
        let mut asked = self
            .inner
            .client
            .get(target.url.replacen("ws", "http", 1))
            .header("connection", "Upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", &key)
            .header("x-ms-call-correlation-id", &target.correlation)
            .header("x-ms-call-connection-id", &target.connection);
        let signing = self.inner.signing.as_ref();
        if let Some(token) = signing.and_then(|signing| signing.stream_token(jiff::Timestamp::now().as_second())) {
            asked = asked.bearer_auth(token);
        }
        let response = asked.send().await.map_err(|error| error.without_url().to_string())?;
        if response.status().as_u16() != 101 {
            return Err(format!("it answers {}", response.status().as_u16()));
        }
        let accepted = response.headers().get("sec-websocket-accept").map(|value| value.as_bytes().to_vec());
        if accepted.is_none_or(|accepted| accepted != accept_of(&key).as_bytes()) {
            return Err("it answers another handshake".to_owned());
        }
        let upgraded = response.upgrade().await.map_err(|error| error.without_url().to_string())?;
        let config = WebSocketConfig::default().max_message_size(Some(MOST_BYTES)).max_frame_size(Some(MOST_BYTES));
        Ok(WebSocketStream::from_raw_socket(upgraded, Role::Client, Some(config)).await)
    }

    /// Sends what there is to send and hears what there is to hear.
    async fn feed(
        &self,
        socket: u64,
        url: &str,
        mut stream: WebSocketStream<Upgraded>,
        mut frames: mpsc::Receiver<String>,
    ) -> End {
        let mut closing = self.inner.closing.subscribe();
        loop {
            tokio::select! {
                frame = frames.recv() => {
                    let Some(frame) = frame else { break };
                    let sent = tokio::time::timeout(SEND_TIMEOUT, stream.send(Message::text(frame))).await;
                    if !matches!(sent, Ok(Ok(()))) {
                        return End::Lost;
                    }
                }
                said = stream.next() => match said {
                    Some(Ok(Message::Text(text))) => self.hear(socket, url, &text),
                    Some(Ok(Message::Binary(bytes))) => {
                        if let Ok(text) = std::str::from_utf8(&bytes) {
                            self.hear(socket, url, text);
                        }
                    }
                    Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return End::Lost,
                },
                () = ends(&mut closing) => break,
            }
        }
        let goodbye = async {
            if stream.close(None).await.is_ok() {
                while let Some(Ok(_)) = stream.next().await {}
            }
        };
        let _slow = tokio::time::timeout(CLOSE_TIMEOUT, goodbye).await;
        End::Closed
    }

    fn hear(&self, socket: u64, url: &str, text: &str) {
        let heard = self.act(|cloud, now| cloud.socket_said(now, socket, text));
        self.inner.changed.notify_one();
        self.tell_socket(url, "received", Some(heard.unwrap_or("unknown")));
    }

    /// Tells who watches of a socket.
    fn tell_socket(&self, url: &str, did: &str, kind: Option<&str>) {
        self.inner.watchers.tell("socket", || {
            let at = self.time();
            serde_json::json!({ "at": at, "url": url, "did": did, "kind": kind })
        });
    }

    fn sockets(&self) -> MutexGuard<'_, Sockets> {
        self.inner.sockets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The emulator's end.
async fn ends(closing: &mut watch::Receiver<bool>) {
    let _gone = closing.wait_for(|closing| *closing).await;
}

/// What the other side answers to a key.
fn accept_of(key: &str) -> String {
    STANDARD.encode(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, format!("{key}{ACCEPTED}").as_bytes()))
}

#[cfg(test)]
mod tests {
    use crate::emulator::server::socket::accept_of;

    #[test]
    fn the_example_of_the_standard() {
        assert_eq!(accept_of("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }
}
