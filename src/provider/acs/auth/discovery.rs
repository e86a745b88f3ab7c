//! Whoever signs tokens, known by the discovery document it publishes: fetches issuer and keys, keeps them, and fetches them
//! again when they have aged or a token names a key that is not among them. What a good token is, `token` says.

use crate::provider::acs::auth::token::{Expected, Keys, Refused, bearer, verify};
use jiff::Timestamp;
use reqwest::Url;
use serde::Deserialize;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// The discovery document of whoever signs the platform's webhooks.
pub const PLATFORM: &str =
    "https://acscallautomation.communication.azure.com/calling/.well-known/acsopenidconfiguration";
/// Longest wait for a connection, and for a whole document: webhooks wait for it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const TOTAL_TIMEOUT: Duration = Duration::from_secs(4);
/// Longest document that is read.
const MOST_BYTES: usize = 256 << 10;
/// Shortest time between two fetches, in seconds: tokens with made-up key ids cost no more than this.
const PAUSE_SECONDS: i64 = 5;
/// After this many seconds keys are fetched again: a key that was withdrawn is soon forgotten.
const FRESH_SECONDS: i64 = 60 * 60;
/// After this many seconds keys that could not be fetched again no longer count.
const KEPT_SECONDS: i64 = 24 * 60 * 60;

/// Why a request is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// Its token is not good.
    #[error(transparent)]
    Token(#[from] Refused),
    /// Nobody can tell now: the keys cannot be had.
    #[error("the keys of whoever signs cannot be fetched now")]
    Unreachable,
}

/// Why a discovery document cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Its address is neither https nor http to this machine.
    #[error("`{0}` is neither an https address nor an http address of this machine")]
    Address(String),
    /// The HTTPS client cannot be set up.
    #[error("the HTTPS client cannot be set up: {0}")]
    Client(String),
}

/// Whoever signs, and for whom.
pub struct Authority {
    http: reqwest::Client,
    document: Url,
    audience: String,
    application: Option<String>,
    shelf: RwLock<Shelf>,
    /// Held while fetching: who comes meanwhile waits, and does not fetch too.
    fetching: tokio::sync::Mutex<()>,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").field("document", &self.document.as_str()).finish_non_exhaustive()
    }
}

impl Authority {
    /// The one whose discovery document stands there; tokens must be for `audience`.
    ///
    /// # Errors
    /// When the address is unusable, or TLS cannot be set up.
    pub fn new(document: &str, audience: &str) -> Result<Authority, Error> {
        let address = Url::parse(document).ok().filter(is_trusted);
        let document = address.ok_or_else(|| Error::Address(document.to_owned()))?;
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TOTAL_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .user_agent(concat!("flowc/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Error::Client(error.to_string()))?;
        let shelf = RwLock::new(Shelf::default());
        let (audience, fetching) = (audience.to_owned(), tokio::sync::Mutex::new(()));
        Ok(Authority { http, document, audience, application: None, shelf, fetching })
    }

    /// The same, where only tokens count that were given to this application.
    #[must_use]
    pub fn to_application(self, application: Option<String>) -> Authority {
        Authority { application, ..self }
    }

    /// Whether a request with this `Authorization` header comes from the authority.
    ///
    /// # Errors
    /// When its token is not good, or the keys cannot be had.
    pub async fn check(&self, authorization: Option<&str>) -> Result<(), Rejected> {
        let token = bearer(authorization)?;
        let now = Timestamp::now().as_second();
        match self.verdict(token, now) {
            Verdict::Sure(verdict) => return Ok(verdict?),
            Verdict::Ask(_) => {}
        }
        let _one_at_a_time = self.fetching.lock().await;
        let now = Timestamp::now().as_second();
        if matches!(self.verdict(token, now), Verdict::Ask(_)) && self.shelf().may_fetch(now) {
            let fetched = self.fetch().await;
            // Not the time it began: those who waited for a fetch that took long and failed do not each try again.
            let shelf = self.shelf().after(fetched, Timestamp::now().as_second());
            *self.shelf.write().unwrap_or_else(PoisonError::into_inner) = shelf;
        }
        match self.verdict(token, now) {
            Verdict::Sure(verdict) => Ok(verdict?),
            Verdict::Ask(Some(verdict)) => Ok(verdict?),
            Verdict::Ask(None) => Err(Rejected::Unreachable),
        }
    }

    fn verdict(&self, token: &str, now: i64) -> Verdict {
        self.shelf().verdict(token, &self.audience, self.application.as_deref(), now)
    }

    fn shelf(&self) -> Shelf {
        self.shelf.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Issuer and keys as they are published now.
    async fn fetch(&self) -> Option<Published> {
        let fetched = self.published().await;
        if let Err(reason) = &fetched {
            tracing::warn!(document = self.document.as_str(), reason, "the keys of whoever signs cannot be fetched");
        }
        fetched.ok()
    }

    async fn published(&self) -> Result<Published, String> {
        let document: Document = serde_json::from_slice(&self.get(&self.document).await?)
            .map_err(|_| "the discovery document has no issuer and jwks_uri".to_owned())?;
        let address = Url::parse(&document.jwks_uri).ok().filter(is_trusted);
        let address = address.ok_or("jwks_uri is neither https nor on this machine")?;
        // A document from elsewhere must not send us to this machine's own addresses in plain http.
        if address.scheme() != "https" && self.document.scheme() == "https" {
            return Err("jwks_uri is not https".to_owned());
        }
        let keys = Keys::parse(&self.get(&address).await?).ok_or("jwks_uri gives no key set")?;
        if keys.is_empty() {
            return Err("the key set has no key that RS256 can be checked with".to_owned());
        }
        Ok(Published { issuer: document.issuer, keys })
    }

    async fn get(&self, address: &Url) -> Result<Vec<u8>, String> {
        let asked = self.http.get(address.clone()).header("accept", "application/json");
        let mut response = asked.send().await.map_err(|error| error.without_url().to_string())?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(format!("{} answers {}", address.path(), response.status().as_u16()));
        }
        let mut whole = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| error.without_url().to_string())? {
            if whole.len() + chunk.len() > MOST_BYTES {
                return Err(format!("{} is too long", address.path()));
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(whole)
    }
}

/// Whether keys may be believed that came from there: https, or this machine.
#[must_use]
pub fn is_trusted(address: &Url) -> bool {
    let host = address.host_str().unwrap_or("").trim_start_matches('[').trim_end_matches(']');
    let here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    (address.scheme() == "https" && !host.is_empty()) || (address.scheme() == "http" && here)
}

/// The two members of a discovery document that count.
#[derive(Deserialize)]
struct Document {
    issuer: String,
    jwks_uri: String,
}

/// What an authority publishes.
struct Published {
    issuer: String,
    keys: Keys,
}

/// What is known of an authority, and since when; times in seconds.
#[derive(Clone, Debug, Default)]
struct Shelf {
    known: Option<Arc<Known>>,
    /// The last try to fetch.
    tried: Option<i64>,
}

#[derive(Debug)]
struct Known {
    issuer: String,
    keys: Keys,
    fetched: i64,
}

/// What the shelf says of a token.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// This.
    Sure(Result<(), Refused>),
    /// Fetch first; this, if that is to no avail. `None`: nobody can tell.
    Ask(Option<Result<(), Refused>>),
}

impl Shelf {
    fn verdict(&self, token: &str, audience: &str, application: Option<&str>, now: i64) -> Verdict {
        let age = |known: &&Arc<Known>| now.saturating_sub(known.fetched);
        let Some(known) = self.known.as_ref().filter(|known| age(known) <= KEPT_SECONDS) else {
            return Verdict::Ask(None);
        };
        let application = application.map(str::to_owned);
        let expected = Expected { issuer: known.issuer.clone(), audience: audience.to_owned(), application };
        let verdict = verify(token, &known.keys, &expected, now);
        if age(&known) > FRESH_SECONDS || verdict == Err(Refused::UnknownKey) {
            return Verdict::Ask(Some(verdict));
        }
        Verdict::Sure(verdict)
    }

    /// A clock that was set back must not stop fetching.
    fn may_fetch(&self, now: i64) -> bool {
        self.tried.is_none_or(|tried| now < tried || now - tried >= PAUSE_SECONDS)
    }

    /// After a fetch; what could not be fetched stays as it was.
    fn after(self, fetched: Option<Published>, now: i64) -> Shelf {
        let fetched = fetched.map(|Published { issuer, keys }| Arc::new(Known { issuer, keys, fetched: now }));
        Shelf { known: fetched.or(self.known), tried: Some(now) }
    }
}

#[cfg(test)]
mod tests;
