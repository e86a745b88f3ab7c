//! The emulator's driver: HTTP in, webhooks and file requests out, and a clock. All I/O of the emulator is here and below.

mod audio;
mod clock;
mod deliver;
mod download;
mod entra;
mod faults;
mod rs256;
mod sign;
mod socket;
mod subscribe;
mod switches;
mod version;
mod watching;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::{Notify, broadcast, watch};

use crate::emulator::answer::{Answer, Refusal};
use crate::emulator::api::Asked;
use crate::emulator::cloud::Cloud;
use crate::emulator::files;
use crate::emulator::first;
use crate::emulator::journal::{Entry, Journal};
use crate::emulator::server::clock::Clock;
use crate::emulator::server::deliver::Outbox;
use crate::emulator::server::entra::Tenant;
use crate::emulator::server::faults::Reception;
use crate::emulator::server::sign::Signing;
use crate::emulator::server::socket::Sockets;
use crate::emulator::server::subscribe::{Awaited, Manner};
use crate::emulator::server::watching::Watchers;
use crate::emulator::signature::{self, Signed};
use crate::http::{self, Limits, Request, Response};
use crate::platform::codes::{Code, refusal};
use crate::platform::versions::Version;

pub use crate::emulator::server::clock::{FAST, Pace};
pub use crate::emulator::server::faults::Faults;

/// How long an answer waits for the first webhook it caused, where that is asked for.
const EVENT_FIRST: Duration = Duration::from_secs(2);
/// How many webhooks may be posted before one who waits has looked.
const POSTED: usize = 256;

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
    /// How time passes at first.
    pub pace: Pace,
    /// What goes wrong at first.
    pub faults: Faults,
    /// Where the emulator is reached, if it is to say so itself.
    pub base_url: Option<String>,
    /// For whom webhooks are signed; unsigned without it, or without an address for the issuer.
    pub callback_audience: Option<String>,
    /// Address of streams that are taken and thrown away: no web socket is opened for them.
    pub swallows: Option<String>,
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
    /// The faults cannot be.
    #[error("{0}")]
    Faults(String),
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
    version: Version,
    cloud: Mutex<Cloud>,
    journal: Mutex<Journal>,
    outboxes: Mutex<BTreeMap<u64, Outbox>>,
    signing: Option<Signing>,
    sockets: Mutex<Sockets>,
    /// Who hands out bearer tokens; nobody where the emulator does not know its own address.
    tenant: Option<Tenant>,
    awaited: Mutex<Option<Awaited>>,
    manner: Mutex<Manner>,
    client: reqwest::Client,
    clock: Clock,
    faults: Mutex<Faults>,
    /// When a call was told that it is connected, by connection id; only while requests are refused after it.
    connected: Mutex<BTreeMap<String, u64>>,
    /// How many requests have come.
    requests: AtomicU64,
    /// The call of each webhook that has been posted.
    posted: broadcast::Sender<u64>,
    watchers: Watchers,
    /// True once the emulator ends.
    closing: watch::Sender<bool>,
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

/// Where the human side begins.
const HUMAN: &str = "/emulator/";
/// Largest body that is kept with the requests received, in bytes.
const JOURNAL_BODY_BYTES: usize = 16 << 10;

impl Emulator {
    /// An emulator; its clock starts now.
    pub fn new(settings: Settings) -> Result<Emulator, Error> {
        if let Some(url) = &settings.event_grid {
            let checked = crate::emulator::uri::callback("--event-grid", url);
            checked.map_err(|refusal| Error::EventGrid(refusal.message))?;
        }
        settings.faults.clone().checked().map_err(|refusal| Error::Faults(refusal.message))?;
        let key = STANDARD.decode(&settings.access_key).ok().filter(|key| !key.is_empty()).ok_or(Error::AccessKey)?;
        let client = reqwest::Client::builder()
            .no_proxy()
            // What is upgraded to a web socket cannot be HTTP/2.
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(5))
            .pool_idle_timeout(Duration::from_secs(30))
            .build()?;
        let mut cloud = Cloud::new(settings.seed, Timestamp::now(), &settings.api_version);
        cloud.lose_keys(settings.faults.lost_keys());
        let signing = match (&settings.base_url, &settings.callback_audience) {
            (Some(base), Some(audience)) => Some(Signing::new(base, audience).ok_or(Error::SigningKey)?),
            (None, _) | (_, None) => None,
        };
        let inner = Inner {
            key,
            version: Version::parse(&settings.api_version).unwrap_or(Version::NEWEST),
            signing,
            sockets: Mutex::new(Sockets::new()),
            tenant: settings.base_url.as_deref().map(Tenant::new),
            awaited: Mutex::new(None),
            manner: Mutex::new(Manner::default()),
            cloud: Mutex::new(cloud),
            journal: Mutex::new(Journal::default()),
            outboxes: Mutex::new(BTreeMap::new()),
            client,
            clock: Clock::new(settings.pace),
            faults: Mutex::new(settings.faults.clone()),
            connected: Mutex::new(BTreeMap::new()),
            requests: AtomicU64::new(0),
            posted: broadcast::channel(POSTED).0,
            watchers: Watchers::new(),
            closing: watch::channel(false).0,
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

    /// Whether a path is the emulator's: of the REST API of its version, or of the human side.
    #[must_use]
    pub fn takes(&self, path: &str) -> bool {
        path.starts_with(HUMAN) || first::is_path(self.inner.version, path)
    }

    /// Answers a request: the REST API below `/calling/`, the human side below `/emulator/`.
    pub async fn answer(&self, request: Request) -> Response {
        if request.path.starts_with(files::PATH) {
            return self.file(&request);
        }
        let published = self.inner.signing.as_ref().filter(|_| request.method == hyper::Method::GET);
        if request.path == "/emulator/events" && request.method == hyper::Method::GET && is_near(&request) {
            return self.watch();
        }
        if let Some(answer) = self.tenant_says(&request) {
            return download::response(answer);
        }
        let mut retry_after = None;
        let answer = if let Some(published) = published.and_then(|signing| signing.published(&request.path)) {
            Answer::json(200, &published)
        } else if let Some(path) = request.path.strip_prefix(HUMAN) {
            self.human(path, &request).await
        } else if first::is_path(self.inner.version, &request.path) {
            let (answer, wait) = self.received(&request).await;
            retry_after = wait;
            answer
        } else {
            Refusal::new(Code::new(404, 8522), format!("there is nothing at {}", request.path)).answer()
        };
        let response = download::response(answer);
        let response = match retry_after {
            Some(seconds) => response.with_header("retry-after", seconds.to_string()),
            None => response,
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
                match wait.and_then(|wait| self.inner.clock.real(wait)) {
                    Some(wait) => drop(tokio::time::timeout(wait, changed).await),
                    None => changed.await,
                }
            }
        };
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => {}
            () = subscribing => {}
            () = ticking => {}
        }
        self.inner.closing.send_replace(true);
    }

    /// Answers a request of the REST API, with what goes wrong; also what `Retry-After` says.
    async fn received(&self, request: &Request) -> (Answer, Option<u32>) {
        let number = self.inner.requests.fetch_add(1, Ordering::Relaxed);
        let (reception, window) = {
            let faults = self.faults();
            (faults.request(number, &request.target), faults.refusal_window_ms())
        };
        match reception {
            Reception::Throttled(seconds) => (self.rest(request, Some(faults::throttled())), Some(seconds)),
            Reception::FailsBefore => (self.rest(request, Some(faults::unavailable())), None),
            Reception::FailsAfter => {
                let answer = self.rest(request, self.too_early(request, window));
                (if answer.status < 300 { faults::failed().answer() } else { answer }, None)
            }
            Reception::EventFirst => {
                let posted = self.inner.posted.subscribe();
                let answer = self.rest(request, self.too_early(request, window));
                self.let_events_pass(request, &answer, posted).await;
                (answer, None)
            }
            Reception::Fine => (self.rest(request, self.too_early(request, window)), None),
        }
    }

    /// The refusal of a mid-call request so soon after CallConnected, where that is asked for.
    fn too_early(&self, request: &Request, window_ms: u64) -> Option<Refusal> {
        if window_ms == 0 || request.method != hyper::Method::POST || request.path.ends_with(":terminate") {
            return None;
        }
        let id = first::leg_in(&request.path)?;
        let connected = self.connected().get(id).copied()?;
        (self.now() < connected.saturating_add(window_ms)).then(faults::not_established)
    }

    /// Holds an answer back until a webhook of its call has been posted.
    async fn let_events_pass(&self, request: &Request, answer: &Answer, mut posted: broadcast::Receiver<u64>) {
        let body = answer.body.as_deref().and_then(|body| serde_json::from_str::<serde_json::Value>(body).ok());
        let given = |name: &str| body.as_ref().and_then(|body| body[name].as_str());
        let given = given("callConnectionId").or_else(|| given("callLegId"));
        let Some(id) = given.or_else(|| first::leg_in(&request.path)) else { return };
        let Some(call) = self.cloud().names.get(id).copied() else { return };
        // One that fell behind has missed some: good enough.
        let first = async { while posted.recv().await.is_ok_and(|of| of != call) {} };
        let _late = tokio::time::timeout(EVENT_FIRST, first).await;
    }

    fn rest(&self, request: &Request, fault: Option<Refusal>) -> Answer {
        let (method, path) = (request.method.as_str(), request.path.as_str());
        let (body, fault) = match version::understood(self.inner.version, method, path, &request.body) {
            Ok(body) => (body, fault),
            Err(refusal) => (Cow::Borrowed(&request.body[..]), fault.or(Some(refusal))),
        };
        let asked = Asked {
            method,
            path,
            query: request.query.as_deref(),
            host: request.header("host"),
            is_secure: self.inner.settings.base_url.as_ref().is_some_and(|base| base.starts_with("https:")),
            content_type: request.header("content-type"),
            repeat_id: request.header("repeatability-request-id"),
            repeat_first_sent: request.header("repeatability-first-sent"),
            body: &body,
        };
        let answer = match (self.is_signed(request), fault) {
            (Ok(()), None) => self.act(|cloud, now| cloud.rest(now, &asked)),
            (Ok(()), Some(refusal)) | (Err(refusal), _) => first::refused(Some(self.inner.version), None, &refusal),
        };
        let answer = version::answered(self.inner.version, method, path, answer);
        self.inner.changed.notify_one();
        let entry = Entry {
            at: self.time(),
            method: asked.method.to_owned(),
            target: request.target.clone(),
            status: answer.status,
            body: (request.body.len() <= JOURNAL_BODY_BYTES && answer.status != 401)
                .then(|| serde_json::from_slice(&request.body).ok())
                .flatten(),
        };
        self.inner.watchers.tell("request", || &entry);
        self.inner.journal.lock().unwrap_or_else(PoisonError::into_inner).add(entry);
        answer
    }

    /// Refuses what is neither signed with the key nor has a token of the tenant's.
    fn is_signed(&self, request: &Request) -> Result<(), Refusal> {
        if let Some(token) = entra::bearer(request.header("authorization")) {
            let now = Timestamp::now().as_second();
            let verdict =
                self.inner.tenant.as_ref().map_or(Err("is not taken here"), |tenant| tenant.check(token, now));
            return verdict.map_err(|why| Refusal::new(refusal::TOKEN, format!("the bearer token {why}")));
        }
        let signed = Signed {
            method: request.method.as_str(),
            target: &request.target,
            host: request.header("host"),
            date: request.header("x-ms-date"),
            content_hash: request.header("x-ms-content-sha256"),
            authorization: request.header("authorization"),
            body: &request.body,
        };
        signature::check(&signed, &self.inner.key, Timestamp::now())
    }

    async fn human(&self, path: &str, request: &Request) -> Answer {
        let answer = self.acted(path, request).await;
        if request.method != hyper::Method::GET {
            self.inner.watchers.tell("human", || {
                let (at, method) = (self.time(), request.method.as_str());
                serde_json::json!({ "at": at, "method": method, "path": request.path, "status": answer.status })
            });
        }
        answer
    }

    async fn acted(&self, path: &str, request: &Request) -> Answer {
        if !is_near(request) {
            return Refusal::new(Code::new(403, 7504), "this side of the emulator is for this machine only").answer();
        }
        let method = request.method.as_str();
        let segments: Vec<&str> = path.split('/').collect();
        if let Some(answer) = self.switched(method, &segments, &request.body).await {
            return answer;
        }
        match (method, segments.as_slice()) {
            ("GET", ["requests"]) => {
                Answer::json(200, &*self.inner.journal.lock().unwrap_or_else(PoisonError::into_inner))
            }
            (_, ["requests"]) => Refusal::new(Code::new(405, 8520), format!("{method} is not offered there")).answer(),
            _ => {
                let answer = self.act(|cloud, now| cloud.human(now, method, &segments, &request.body));
                self.inner.changed.notify_one();
                answer
            }
        }
    }

    fn awaited(&self) -> MutexGuard<'_, Option<Awaited>> {
        self.inner.awaited.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn manner(&self) -> MutexGuard<'_, Manner> {
        self.inner.manner.lock().unwrap_or_else(PoisonError::into_inner)
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

    fn faults(&self) -> MutexGuard<'_, Faults> {
        self.inner.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connected(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.inner.connected.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The present virtual time as the wire writes it.
    fn time(&self) -> String {
        let now = self.now();
        self.cloud().time_at(now)
    }

    /// The present virtual time.
    fn now(&self) -> u64 {
        self.inner.clock.now()
    }
}

/// Whether it comes from this machine.
fn is_near(request: &Request) -> bool {
    request.peer.ip().to_canonical().is_loopback()
}
