//! A web socket server of its own, which takes whatever is streamed to it and keeps it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ::aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::{Message, WebSocket};

/// What both sides add to the key of a handshake (RFC 6455).
const ACCEPTED: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// How long one that streams may be silent.
const PATIENCE: Duration = Duration::from_secs(60);

/// The server.
pub(crate) struct Listener {
    /// Where it listens.
    pub(crate) port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Listener {
    /// A server on a port of the system's choice.
    pub(crate) fn start() -> Listener {
        Listener::serving(hear)
    }

    /// The same over TLS, with the certificate of the tests.
    pub(crate) fn start_over_tls() -> Listener {
        let certificate =
            CertificateDer::from_pem_slice(include_bytes!("../tls/localhost.pem")).expect("a certificate");
        let key = PrivateKeyDer::from_pem_slice(include_bytes!("../tls/localhost.key.pem")).expect("a key");
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider speaks TLS")
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .expect("they go together");
        let config = Arc::new(config);
        Listener::serving(move |stream, heard| {
            let connection = ServerConnection::new(Arc::clone(&config)).expect("a good configuration");
            hear(StreamOwned::new(connection, stream), heard);
        })
    }

    fn serving(hear: impl Fn(TcpStream, &Mutex<Vec<String>>) + Clone + Send + 'static) -> Listener {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback");
        let port = listener.local_addr().expect("bound").port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hearing = Arc::clone(&heard);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (heard, hear) = (Arc::clone(&hearing), hear.clone());
                let _ = stream.set_read_timeout(Some(PATIENCE));
                std::thread::spawn(move || hear(stream, &heard));
            }
        });
        Listener { port, heard }
    }

    /// Every text that has come, in order.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().expect("not poisoned").clone()
    }
}

/// One connection, until it is closed.
fn hear(mut stream: impl Read + Write, heard: &Mutex<Vec<String>>) {
    let Some(key) = key_of(&mut stream) else { return };
    let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, format!("{key}{ACCEPTED}").as_bytes());
    let accept = STANDARD.encode(hash);
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    if stream.write_all(answer.as_bytes()).is_err() {
        return;
    }
    let mut socket = WebSocket::from_raw_socket(stream, Role::Server, None);
    while let Ok(message) = socket.read() {
        if let Message::Text(text) = message {
            heard.lock().expect("not poisoned").push(text.to_string());
        }
    }
}

/// Reads a request's head: the key of the handshake.
fn key_of(stream: &mut impl Read) -> Option<String> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && head.len() < 16_384 {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).ok()?;
    let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with("sec-websocket-key:"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
