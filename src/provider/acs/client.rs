//! The HTTPS client: one attempt at one request, signed or with a token, classified. Never retries and never follows anybody
//! elsewhere; of a list in pages it asks for one after the other.

pub mod file;
mod origin;

use crate::machine::command::{Class, Command};
use crate::machine::event::{Answer, Facts, Said};
use crate::platform::codes::refusal;
use crate::platform::limits;
use crate::platform::operations::Method;
use crate::provider::acs::auth::entra::Entra;
use crate::provider::acs::auth::{AccessKey, Signable, Signer};
use crate::provider::acs::client::origin::origin;
use crate::provider::acs::from_wire::pages::{self, MOST_PAGES, Next};
use crate::provider::acs::from_wire::response::{Reply, classify_as};
use crate::provider::acs::to_wire::{Site, WireRequest, first, to_wire};
use crate::provider::{Outcome, Provider, Request};
use jiff::Timestamp;
use reqwest::header;
use std::time::Duration;

/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Longest time for a whole attempt, answer included.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(5);
/// How long to wait after a connection that did not come about, in milliseconds.
const REFUSED_RETRY_MS: u64 = 500;

/// How long to wait when there is no token, in milliseconds.
const NO_TOKEN_RETRY_MS: u64 = 1_000;

/// How requests say who sends them.
#[derive(Clone, Debug)]
pub enum Credential {
    /// Signed with the resource's access key.
    Key(Box<AccessKey>),
    /// By a token of Entra ID.
    Entra(Entra),
}

/// What a client has to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Scheme, host and port of the resource.
    pub endpoint: String,
    /// How requests say who sends them.
    pub credential: Credential,
    /// What every request says of this service.
    pub site: Site,
}

/// Why there can be no client.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The endpoint cannot be read as an address of a host.
    #[error("the endpoint `{endpoint}` is no address of a host: {reason}")]
    Endpoint {
        /// The endpoint.
        endpoint: String,
        /// What is wrong.
        reason: String,
    },
    /// Plain http to another machine.
    #[error(
        "the endpoint `{endpoint}` is not https; plain http is for this machine alone (127.0.0.1, [::1], localhost)"
    )]
    Plain {
        /// The endpoint.
        endpoint: String,
    },
    /// TLS or the client could not be set up.
    #[error("the HTTPS client cannot be set up: {0}")]
    Tls(String),
}

/// A credential, ready for requests.
#[derive(Clone, Debug)]
enum Proof {
    Signer(Box<Signer>),
    Entra(Entra),
}

/// Carries requests to one resource.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    proof: Proof,
    /// Scheme, host and port without a trailing slash.
    origin: String,
    /// The Host header as it is sent and signed.
    host: String,
    site: Site,
}

impl Client {
    /// A client for one resource.
    ///
    /// # Errors
    /// When the endpoint is unusable or TLS cannot be set up.
    pub fn new(settings: Settings) -> Result<Client, Error> {
        Client::timed(settings, TOTAL_TIMEOUT)
    }

    /// A client whose attempts take at most `total`.
    fn timed(settings: Settings, total: Duration) -> Result<Client, Error> {
        let (origin, host) = origin(&settings.endpoint)?;
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(total)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .user_agent(concat!("flowc/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Error::Tls(error.to_string()))?;
        let Settings { endpoint: _, credential, site } = settings;
        let proof = match credential {
            Credential::Key(key) => Proof::Signer(Box::new(Signer::new(*key))),
            Credential::Entra(entra) => Proof::Entra(entra),
        };
        Ok(Client { http, proof, origin, host, site })
    }

    /// One attempt at a request that is ready for the wire, and at the pages that follow its answer.
    async fn attempt(&self, request: &Request, wire: WireRequest) -> Outcome {
        let (operation, version, form) = (wire.operation, wire.version, wire.form);
        let (mut wire, mut before): (_, Option<Facts>) = (wire, None);
        for _ in 0..MOST_PAGES {
            let (outcome, body) = self.page(request, wire).await;
            let outcome = pages::joined(before, outcome);
            let (facts, path) = match (outcome, pages::next(operation, &body, &self.origin)) {
                (Outcome::Definite(Answer::Accepted(facts)), Next::Page(path)) => (facts, path),
                (Outcome::Definite(Answer::Accepted(_)), Next::Astray) => break,
                (outcome, _) => return outcome,
            };
            before = Some(facts);
            wire = WireRequest { operation, version, form, path_and_query: path, body: None };
        }
        tracing::warn!(?operation, "the platform's list has no end that can be reached");
        Outcome::Definite(Answer::Refused { code: refusal::INVALID })
    }

    /// One attempt in the form of one of the first generations, and before it what the request cannot say itself. They do not
    /// recognise a request that is made again: one whose fate is unknown stays unknown.
    async fn attempt_first(&self, request: &Request, wire: WireRequest) -> Outcome {
        let before =
            first::before(request, &self.site).and_then(|before| Some((to_wire(&before, &self.site).ok()?, before)));
        if let Some((wire, before)) = before {
            match self.attempt(&before, wire).await {
                Outcome::Definite(_) => {}
                // What was wanted was certainly not sent, and what comes before it may be sent again.
                Outcome::Unknown => return Outcome::NotNow { after_ms: REFUSED_RETRY_MS },
                later @ (Outcome::NotNow { .. } | Outcome::NotTried { .. } | Outcome::Throttled { .. }) => {
                    return later;
                }
            }
        }
        match (self.attempt(request, wire).await, request.command.class()) {
            (Outcome::Unknown, Class::Repeatable) => Outcome::Definite(Answer::Unknown),
            (outcome, _) => only_played(request, outcome),
        }
    }

    /// One exchange: what came of it, and the body of the answer.
    async fn page(&self, request: &Request, wire: WireRequest) -> (Outcome, Vec<u8>) {
        let (method, sent) = (wire.method(), wire.body.as_deref().unwrap_or_default());
        let proof = match self.proof(method.as_str(), &wire.path_and_query, sent).await {
            Ok(proof) => proof,
            Err(reason) => {
                tracing::warn!(reason, "there is no token for the platform");
                return (Outcome::NotNow { after_ms: NO_TOKEN_RETRY_MS }, Vec::new());
            }
        };
        let built = match self.build(request, &wire, proof) {
            Ok(built) => built,
            Err(error) => return (not_sent(&error), Vec::new()),
        };
        let mut response = match self.http.execute(built).await {
            Ok(response) => response,
            Err(error) if error.is_connect() || error.is_builder() => return (not_sent(&error), Vec::new()),
            // It may have arrived and been carried out.
            Err(_) => return (Outcome::Unknown, Vec::new()),
        };
        let status = response.status().as_u16();
        let retry_after = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = retry_after.map(str::to_owned);
        let body = body(&mut response).await;
        let reply = Reply { status, retry_after: retry_after.as_deref(), body: &body };
        (classify_as(wire.operation, wire.is_success(status), &reply, Timestamp::now().as_millisecond()), body)
    }

    /// The headers that say who sends a request.
    async fn proof(
        &self,
        method: &str,
        path_and_query: &str,
        body: &[u8],
    ) -> Result<Vec<(&'static str, String)>, String> {
        match &self.proof {
            Proof::Entra(entra) => Ok(vec![("authorization", format!("Bearer {}", entra.token().await?))]),
            Proof::Signer(signer) => {
                let date = http_date(Timestamp::now());
                let signed = signer.sign(&Signable { method, path_and_query, host: &self.host, date: &date, body });
                Ok(vec![
                    ("x-ms-date", date),
                    ("x-ms-content-sha256", signed.content_hash),
                    ("authorization", signed.authorization),
                ])
            }
        }
    }

    /// The HTTP request.
    fn build(
        &self,
        request: &Request,
        wire: &WireRequest,
        proof: Vec<(&'static str, String)>,
    ) -> Result<reqwest::Request, reqwest::Error> {
        let url = format!("{}{}", self.origin, wire.path_and_query);
        let mut http = self.http.request(method(wire.method()), url).header(header::ACCEPT, "application/json");
        for (name, value) in proof {
            http = http.header(name, value);
        }
        if wire.is_repeatable() {
            let first_sent = Timestamp::from_millisecond(request.first_sent).unwrap_or(Timestamp::UNIX_EPOCH);
            http = http
                .header("Repeatability-Request-ID", request.repeat_id.to_string())
                .header("Repeatability-First-Sent", http_date(first_sent));
        }
        match &wire.body {
            Some(body) => http.header(header::CONTENT_TYPE, "application/json").body(body.clone()).build(),
            None => http.build(),
        }
    }
}

impl Provider for Client {
    async fn send(&self, request: Request) -> Outcome {
        match to_wire(&request, &self.site) {
            Ok(wire) if wire.form.is_some() => self.attempt_first(&request, wire).await,
            Ok(wire) => self.attempt(&request, wire).await,
            Err(error) => only_played(&request, error.outcome()),
        }
    }
}

/// A question that was taken, where the platform only plays it.
fn only_played(request: &Request, outcome: Outcome) -> Outcome {
    match (&request.command, outcome) {
        (Command::Recognize { .. }, Outcome::Definite(Answer::Accepted(facts))) => {
            let said = Said { only_plays: true, ..facts.beside() };
            Outcome::Definite(Answer::Accepted(Facts { said: Some(Box::new(said)), ..facts }))
        }
        (_, outcome) => outcome,
    }
}

/// Certainly nothing went out.
fn not_sent(error: &reqwest::Error) -> Outcome {
    tracing::warn!(cause = %innermost(error), "the platform cannot be reached");
    Outcome::NotNow { after_ms: REFUSED_RETRY_MS }
}

/// The innermost cause of a trouble: the outer ones repeat the address, which holds a call's connection id.
fn innermost(error: &reqwest::Error) -> &dyn std::error::Error {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause
}

/// The body as far as it may be read; empty where it is too large or breaks off, as status alone then has to do.
async fn body(response: &mut reqwest::Response) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await.inspect_err(|_| whole.clear()) {
        if whole.len() + chunk.len() > limits::BODY_BYTES {
            return Vec::new();
        }
        whole.extend_from_slice(&chunk);
    }
    whole
}

fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Delete => reqwest::Method::DELETE,
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
    }
}

/// RFC 1123 in GMT, `Fri, 20 Nov 2026 14:00:00 GMT`.
fn http_date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// The access key of clients in tests.
#[cfg(test)]
const TEST_KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

#[cfg(test)]
impl Settings {
    /// Of a client in a test, of the platform at this address.
    pub(crate) fn of_a_test(endpoint: &str) -> Settings {
        let key = AccessKey::parse(TEST_KEY).expect("a key");
        let site = Site {
            api_version: "2026-03-12".to_owned(),
            ai_endpoint: None,
            streaming_url: None,
            transcription_url: None,
            public_url: "https://app.example".to_owned(),
            calling_user: None,
        };
        Settings { endpoint: endpoint.to_owned(), credential: Credential::Key(Box::new(key)), site }
    }
}

#[cfg(test)]
mod tests;
