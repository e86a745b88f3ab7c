//! The emulator's driver: HTTP in, webhooks and file requests out, and a clock. All I/O of the emulator is here and below.

mod audio;
mod deliver;
mod sign;
mod subscribe;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};

use crate::emulator::answer::{Answer, Refusal};
use crate::emulator::api::Asked;
use crate::emulator::cloud::Cloud;
use crate::emulator::human;
use crate::emulator::journal::{Entry, Journal};
use crate::emulator::server::deliver::Outbox;
use crate::emulator::server::sign::Signing;
use crate::emulator::server::subscribe::{Awaited, Schema};
use crate::emulator::signature::{self, Signed};
use crate::http::{self, Limits, Request, Response};
use crate::platform::codes::{Code, refusal};

/// How many virtual milliseconds pass in one real one with the fast clock.
const FAST: u64 = 20;

/// How an emulator is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The access key requests are signed with, base64.
    pub access_key: String,
    /// Where to deliver IncomingCall; subscribed by [`Emulator::run`].
    pub event_grid: Option<String>,
    /// The api-version spoken.
    pub api_version: String,
    /// Decides every id.
    pub seed: u64,
    /// Virtual time runs 20 times as fast as real time.
    pub fast: bool,
    /// Where the emulator is reached, if it is to say so itself.
    pub base_url: Option<String>,
    /// For whom webhooks are signed; unsigned without it, or without an address for the issuer.
    pub callback_audience: Option<String>,
}

/// Why an emulator cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The key is not base64, or empty.
    #[error("the access key must be base64")]
    AccessKey,
    /// The address for incoming calls cannot be one.
    #[error("{0}")]
    EventGrid(String),
    /// The system gives no randomness for a key.
    #[error("no key can be made to sign webhooks with")]
    SigningKey,
    /// The HTTP client cannot be built.
    #[error("the HTTP client cannot be built: {0}")]
    Client(#[from] reqwest::Error),
}

/// An emulator. Clones are handles on the same one.
#[derive(Clone, Debug)]
pub struct Emulator {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    settings: Settings,
    key: Vec<u8>,
    cloud: Mutex<Cloud>,
    journal: Mutex<Journal>,
    outboxes: Mutex<BTreeMap<u64, Outbox>>,
    signing: Option<Signing>,
    awaited: Mutex<Option<Awaited>>,
    schema: Mutex<Schema>,
    client: reqwest::Client,
    started: Instant,
    changed: Notify,
}

/// Serves an emulator of its own on a listener until `stop`.
pub async fn serve(listener: TcpListener, settings: Settings, stop: watch::Receiver<bool>) -> Result<(), Error> {
    let emulator = Emulator::new(settings)?;
    let answering = emulator.clone();
    let answers = http::serve(listener, Limits::default(), stop.clone(), move |request| {
        let emulator = answering.clone();
        async move { emulator.answer(request).await }
    });
    tokio::join!(answers, emulator.run(stop));
    Ok(())
}

/// The body of `PUT /emulator/event-grid`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Subscribe {
    url: String,
    #[serde(default)]
    schema: Schema,
}

/// Largest body that is kept with the requests received, in bytes.
const JOURNAL_BODY_BYTES: usize = 16 << 10;

impl Emulator {
    /// An emulator; its clock starts now.
    pub fn new(settings: Settings) -> Result<Emulator, Error> {
        if let Some(url) = &settings.event_grid {
            let checked = crate::emulator::uri::callback("--event-grid", url);
            checked.map_err(|refusal| Error::EventGrid(refusal.message))?;
        }
        let key = STANDARD.decode(&settings.access_key).ok().filter(|key| !key.is_empty()).ok_or(Error::AccessKey)?;
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(5))
            .pool_idle_timeout(Duration::from_secs(30))
            .build()?;
        let cloud = Cloud::new(settings.seed, Timestamp::now(), &settings.api_version);
        let signing = match (&settings.base_url, &settings.callback_audience) {
            (Some(base), Some(audience)) => Some(Signing::new(base, audience).ok_or(Error::SigningKey)?),
            (None, _) | (_, None) => None,
        };
        let inner = Inner {
            key,
            signing,
            awaited: Mutex::new(None),
            schema: Mutex::new(Schema::default()),
            cloud: Mutex::new(cloud),
            journal: Mutex::new(Journal::default()),
            outboxes: Mutex::new(BTreeMap::new()),
            client,
            started: Instant::now(),
            changed: Notify::new(),
            settings,
        };
        Ok(Emulator { inner: Arc::new(inner) })
    }

    /// The connection string for an emulator reached at `base_url`.
    #[must_use]
    pub fn connection_string(&self, base_url: &str) -> String {
        format!("endpoint={}/;accesskey={}", base_url.trim_end_matches('/'), self.inner.settings.access_key)
    }

    /// Answers a request: the REST API below `/calling/`, the human side below `/emulator/`.
    pub async fn answer(&self, request: Request) -> Response {
        let published = self.inner.signing.as_ref().filter(|_| request.method == hyper::Method::GET);
        let answer = if let Some(published) = published.and_then(|signing| signing.published(&request.path)) {
            Answer::json(200, &published)
        } else if let Some(path) = request.path.strip_prefix("/emulator/") {
            self.human(path, &request).await
        } else if request.path.starts_with("/calling/") {
            self.rest(&request)
        } else {
            Refusal::new(Code::new(404, 8522), format!("there is nothing at {}", request.path)).answer()
        };
        let response = match answer.body {
            None => Response::empty(answer.status),
            Some(body) => Response::empty(answer.status)
                .with_header("content-type", "application/json; charset=utf-8")
                .with_body(body.into_bytes()),
        };
        match request.header("x-ms-client-request-id") {
            Some(id) => response.with_header("x-ms-client-request-id", id),
            None => response,
        }
    }

    /// Lets time pass: timers, deliveries, and the subscription of the settings. Returns after `stop`.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        let subscribing = async {
            if let Some(url) = &self.inner.settings.event_grid {
                self.subscribe_patiently(url).await;
            }
            std::future::pending::<()>().await;
        };
        let ticking = async {
            loop {
                let wait = self.act(|cloud, now| {
                    cloud.advance(now);
                    cloud.next_due().map(|due| due.saturating_sub(now))
                });
                let changed = self.inner.changed.notified();
                match wait {
                    Some(wait) => drop(tokio::time::timeout(self.real(wait), changed).await),
                    None => changed.await,
                }
            }
        };
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => {}
            () = subscribing => {}
            () = ticking => {}
        }
    }

    fn rest(&self, request: &Request) -> Answer {
        let signed = Signed {
            method: request.method.as_str(),
            target: &request.target,
            host: request.header("host"),
            date: request.header("x-ms-date"),
            content_hash: request.header("x-ms-content-sha256"),
            authorization: request.header("authorization"),
            body: &request.body,
        };
        let asked = Asked {
            method: request.method.as_str(),
            path: &request.path,
            query: request.query.as_deref(),
            content_type: request.header("content-type"),
            repeat_id: request.header("repeatability-request-id"),
            repeat_first_sent: request.header("repeatability-first-sent"),
            body: &request.body,
        };
        let answer = match signature::check(&signed, &self.inner.key, Timestamp::now()) {
            Ok(()) => self.act(|cloud, now| cloud.rest(now, &asked)),
            Err(refusal) => refusal.answer(),
        };
        self.inner.changed.notify_one();
        let entry = Entry {
            at: self.cloud().time(),
            method: asked.method.to_owned(),
            target: request.target.clone(),
            status: answer.status,
            body: (request.body.len() <= JOURNAL_BODY_BYTES && answer.status != 401)
                .then(|| serde_json::from_slice(&request.body).ok())
                .flatten(),
        };
        self.inner.journal.lock().unwrap_or_else(PoisonError::into_inner).add(entry);
        answer
    }

    async fn human(&self, path: &str, request: &Request) -> Answer {
        if !request.peer.ip().to_canonical().is_loopback() {
            return Refusal::new(Code::new(403, 7504), "this side of the emulator is for this machine only").answer();
        }
        let method = request.method.as_str();
        let segments: Vec<&str> = path.split('/').collect();
        match (method, segments.as_slice()) {
            ("GET", ["requests"]) => {
                Answer::json(200, &*self.inner.journal.lock().unwrap_or_else(PoisonError::into_inner))
            }
            ("PUT", ["event-grid"]) => {
                self.put_event_grid(&request.body).await.unwrap_or_else(|refusal| refusal.answer())
            }
            ("GET", ["event-grid", "validate", code]) => {
                if self.validated(code) {
                    Answer::empty(200)
                } else {
                    Refusal::new(Code::new(404, 8522), "no handshake with this code is awaited").answer()
                }
            }
            ("POST", ["signing-key"]) => self.rotate(),
            (_, ["requests" | "event-grid" | "signing-key"] | ["event-grid", "validate", _]) => {
                Refusal::new(Code::new(405, 8520), format!("{method} is not offered there")).answer()
            }
            _ => {
                let answer = self.act(|cloud, now| cloud.human(now, method, &segments, &request.body));
                self.inner.changed.notify_one();
                answer
            }
        }
    }

    async fn put_event_grid(&self, body: &[u8]) -> Result<Answer, Refusal> {
        let subscribe: Subscribe = human::read(body)?;
        crate::emulator::uri::callback("url", &subscribe.url)?;
        self.subscribe(&subscribe.url, subscribe.schema)
            .await
            .map_err(|reason| Refusal::new(refusal::INVALID, format!("url: {reason}")))?;
        Ok(Answer::empty(204))
    }

    fn rotate(&self) -> Answer {
        match self.inner.signing.as_ref().map(Signing::rotate) {
            Some(Some(kid)) => Answer::json(200, &serde_json::json!({ "kid": kid })),
            Some(None) => Refusal::new(Code::new(500, 9999), "the system gives no randomness").answer(),
            None => Refusal::new(Code::new(404, 8522), "webhooks are not signed here").answer(),
        }
    }

    fn awaited(&self) -> MutexGuard<'_, Option<Awaited>> {
        self.inner.awaited.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn schema(&self) -> MutexGuard<'_, Schema> {
        self.inner.schema.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with the cloud at the present time, then sends its effects on their way.
    pub(crate) fn act<T>(&self, act: impl FnOnce(&mut Cloud, u64) -> T) -> T {
        let mut cloud = self.cloud();
        let result = act(&mut cloud, self.now());
        let effects = cloud.take_effects();
        // Still under the lock, so that two requests cannot put webhooks of one call in the wrong order.
        self.dispatch(effects);
        result
    }

    fn cloud(&self) -> MutexGuard<'_, Cloud> {
        self.inner.cloud.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn speed(&self) -> u64 {
        if self.inner.settings.fast { FAST } else { 1 }
    }

    /// The present virtual time.
    fn now(&self) -> u64 {
        let micros = u64::try_from(self.inner.started.elapsed().as_micros()).unwrap_or(u64::MAX);
        micros.saturating_mul(self.speed()) / 1000
    }

    /// How long a virtual time takes; a little more rather than less, so that the timer is not early.
    fn real(&self, virtual_ms: u64) -> Duration {
        Duration::from_millis(virtual_ms.div_ceil(self.speed()).max(1))
    }
}
