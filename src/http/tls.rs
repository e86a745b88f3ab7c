//! TLS on the accepting side: a certificate and its key, as PEM, to what takes handshakes.

use std::io;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::server::TlsStream;

/// Takes handshakes.
#[derive(Clone)]
pub struct Tls(tokio_rustls::TlsAcceptor);

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls(…)")
    }
}

impl Tls {
    /// From a chain of certificates and the key of the first, both as PEM.
    ///
    /// # Errors
    /// In one line, when either cannot be read or they do not go together. No part of the key is in it.
    pub fn new(certificates: &[u8], key: &[u8]) -> Result<Tls, String> {
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(certificates)
            .collect::<Result<_, _>>()
            .map_err(|_| "the certificate is not PEM".to_owned())?;
        if chain.is_empty() {
            return Err("there is no certificate in it".to_owned());
        }
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| "there is no private key in PEM in it".to_owned())?;
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_no_client_auth()
            .with_single_cert(chain, key);
        let mut config = config.map_err(|error| error.to_string())?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Tls(tokio_rustls::TlsAcceptor::from(Arc::new(config))))
    }

    /// One handshake.
    pub(crate) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        self.0.accept(stream).await
    }
}

#[cfg(test)]
mod tests {
    use crate::http::{Limits, Request, Response, Tls, serve_over};
    use std::net::SocketAddr;
    use tokio::net::TcpListener;
    use tokio::sync::watch;

    const CERTIFICATE: &[u8] = include_bytes!("../../tests/tls/localhost.pem");
    const KEY: &[u8] = include_bytes!("../../tests/tls/localhost.key.pem");

    async fn served(limits: Limits) -> (SocketAddr, watch::Sender<bool>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let address = listener.local_addr().expect("bound");
        let (stop, stopped) = watch::channel(false);
        let tls = Tls::new(CERTIFICATE, KEY).expect("they go together");
        tokio::spawn(serve_over(listener, Some(tls), limits, stopped, |request: Request| {
            std::future::ready(Response::text(200, format!("{} {}", request.path, request.body.len())))
        }));
        (address, stop)
    }

    #[tokio::test]
    async fn requests_over_tls() {
        let (address, _stop) = served(Limits::default()).await;
        let certificate = reqwest::Certificate::from_pem(CERTIFICATE).expect("PEM");
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([certificate]).build().expect("a client");
        for length in [0, 100_000] {
            let sent =
                client.post(format!("https://{address}/a")).body(vec![b'x'; length]).send().await.expect("trusted");
            assert_eq!(sent.text().await.expect("read"), format!("/a {length}"));
        }
        // Neither a stranger nor plain http gets through.
        let stranger = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().expect("a client");
        assert!(stranger.get(format!("https://{address}/a")).send().await.is_err());
        assert!(stranger.get(format!("http://{address}/a")).send().await.is_err());
    }

    #[tokio::test]
    async fn a_handshake_that_never_ends_is_cut() {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (address, _stop) =
            served(Limits { header: std::time::Duration::from_millis(100), ..Limits::default() }).await;
        let mut socket = tokio::net::TcpStream::connect(address).await.expect("accepted");
        // The first byte of a handshake, and no more.
        socket.write_all(&[0x16]).await.expect("sent");
        let mut rest = Vec::new();
        let ended = tokio::time::timeout(std::time::Duration::from_secs(20), socket.read_to_end(&mut rest)).await;
        assert!(ended.is_ok(), "the connection is still open");
    }

    #[test]
    fn files_that_cannot_be() {
        for (certificate, key, problem) in [
            (&b""[..], KEY, "there is no certificate in it"),
            (KEY, KEY, "there is no certificate in it"),
            (CERTIFICATE, &b"x"[..], "no private key"),
            (CERTIFICATE, CERTIFICATE, "no private key"),
        ] {
            let error = Tls::new(certificate, key).expect_err("refused");
            assert!(error.contains(problem), "{error}");
        }
    }
}
