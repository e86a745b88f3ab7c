//! The service's addresses: webhooks in, the API for people and programs. Turns requests into calls of the runtime and
//! verdicts into answers; decides nothing about calls.

mod api;
mod callbacks;
mod events;
#[cfg(test)]
mod forged_tests;
#[cfg(test)]
mod full_tests;
mod gate;
mod history;
mod measures;
mod media;
mod openapi;
mod signals;
#[cfg(test)]
mod signals_tests;
mod signed;
#[cfg(test)]
mod signed_tests;

use crate::http::{Gate, Head, Pass, Request, Response};
use crate::provider::Provider;
use crate::provider::acs::auth::discovery::Authority;
use crate::recordings::Keeper;
use crate::runtime::drive::Runtime;
use crate::store::Store;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

pub use crate::server::gate::Caps;

/// What the server is told besides the runtime.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Bearer token of the API; everybody on loopback may use it when there is none.
    pub admin_token: Option<String>,
    /// Secret that Event Grid deliveries carry in the header `x-flowc-secret` or the query value `secret`; none is asked for when
    /// there is none, which only a service on loopback may do.
    pub event_grid_secret: Option<String>,
    /// Who signs Event Grid deliveries, beside the secret or instead of it.
    pub event_grid: Option<Arc<Authority>>,
    /// Who signs the platform's webhooks. Unsigned ones are taken when nobody is named, which only a service on loopback may do.
    pub callbacks: Option<Arc<Authority>>,
    /// What is taken on at the same time.
    pub caps: Caps,
    /// The project's folder, whose audio files are served under `/media/`.
    pub project: Option<PathBuf>,
    /// Who keeps the files of recordings; nobody does when there is none.
    pub recordings: Option<Keeper>,
}

/// The service.
#[derive(Debug)]
pub struct Server<S, P>(Arc<Inner<S, P>>);

#[derive(Debug)]
struct Inner<S, P> {
    runtime: Runtime<S, P>,
    settings: Settings,
    gate: gate::Gate,
}

impl<S, P> Clone for Server<S, P> {
    fn clone(&self) -> Self {
        Server(Arc::clone(&self.0))
    }
}

impl<S: Store, P: Provider> Server<S, P> {
    /// A service over a runtime.
    #[must_use]
    pub fn new(runtime: Runtime<S, P>, settings: Settings) -> Server<S, P> {
        let gate = gate::Gate::new(settings.caps);
        Server(Arc::new(Inner { runtime, settings, gate }))
    }

    /// From now on `/readyz` says no, and no call is begun.
    pub fn drain(&self) {
        self.0.gate.stop();
    }

    /// Answers one request.
    pub async fn answer(&self, request: Request) -> Response {
        let began = Instant::now();
        let path = request.path.clone();
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        let route = measures::route(&segments);
        let response = self.routed(request).await;
        let metrics = self.0.runtime.metrics();
        metrics.requests.add([route, &response.status.to_string()]);
        let took = began.elapsed();
        metrics.answer_seconds.observe([route], took.as_secs_f64());
        // What is refused is quick however slow the store is.
        if matches!(route, "incoming" | "callbacks") && response.status == 200 {
            self.0.gate.took(took);
        }
        response
    }

    async fn routed(&self, request: Request) -> Response {
        let path = request.path.clone();
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        let runtime = &self.0.runtime;
        match (request.method.as_str(), segments.as_slice()) {
            ("POST" | "OPTIONS", ["events", "incoming"]) => events::answer(runtime, &self.0.settings, &request).await,
            ("POST", ["callbacks", call, mac]) => {
                callbacks::answer(runtime, self.0.settings.callbacks.as_deref(), (call, mac), &request).await
            }
            ("GET", ["healthz"]) => Response::text(200, "ok\n"),
            ("GET", ["readyz"]) => self.readyz().await,
            ("GET", ["media", file @ ..]) => media::answer(self.0.settings.project.as_deref(), file).await,
            ("GET", ["api", "openapi.json"]) => Response::json(200, &openapi::description()),
            // A page in a browser does not know the token; without one, it is told from people by where it comes from.
            (_, ["api" | "metrics", ..]) if self.0.settings.admin_token.is_none() && is_foreign(&request) => refusal(
                403,
                "forbidden",
                "pages of other sites may not use this API, and it is asked under this machine's own name",
            ),
            (_, ["api" | "metrics", ..]) if !self.is_admin(&request) => refusal(
                401,
                "unauthorized",
                "this address needs the admin token: send it as `Authorization: Bearer TOKEN`",
            ),
            ("GET", ["metrics"]) => measures::answer(runtime).await,
            (method, ["api", rest @ ..]) => api::answer(runtime, method, rest, &request).await,
            (_, ["events", "incoming"] | ["callbacks", _, _] | ["healthz" | "readyz" | "metrics"]) => not_allowed(),
            _ => not_found(),
        }
    }

    async fn readyz(&self) -> Response {
        if self.0.gate.is_stopping() {
            return Response::text(503, "draining\n");
        }
        match self.0.runtime.trouble().await {
            None => Response::text(200, "ready\n"),
            Some(trouble) => Response::text(503, format!("{trouble}\n")),
        }
    }

    fn is_admin(&self, request: &Request) -> bool {
        let Some(token) = &self.0.settings.admin_token else { return true };
        let given = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        given.is_some_and(|given| same(given, token))
    }
}

impl<S: Store, P: Provider> Gate for Server<S, P> {
    fn admit<'a>(&'a self, head: &'a Head) -> Pin<Box<dyn Future<Output = Result<Pass, Response>> + Send + 'a>> {
        let runtime = &self.0.runtime;
        Box::pin(self.0.gate.admit(head, runtime.live(), runtime.metrics()))
    }
}

/// Whether a page in somebody's browser asks: it names its origin, or has this machine's address under a name of its own.
fn is_foreign(request: &Request) -> bool {
    let host = request.header("host").unwrap_or("");
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name).trim_start_matches('[').trim_end_matches(']');
    let here = name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    !here || request.header("origin").is_some()
}

/// Compares two secrets in constant time.
fn same(a: &str, b: &str) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(a.as_bytes(), b.as_bytes()).is_ok()
}

/// The API's error shape.
fn refusal(status: u16, code: &str, message: &str) -> Response {
    refusal_with(status, code, message, serde_json::Value::Null)
}

fn refusal_with(status: u16, code: &str, message: &str, details: serde_json::Value) -> Response {
    let body = serde_json::json!({ "error": { "code": code, "message": message, "details": details } });
    Response::json(status, &body)
}

fn not_found() -> Response {
    refusal(404, "not_found", "there is nothing at this address; GET /api/openapi.json lists what there is")
}

fn not_allowed() -> Response {
    refusal(
        405,
        "method_not_allowed",
        "this address does not take this method; GET /api/openapi.json lists what there is",
    )
}
