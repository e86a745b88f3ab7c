//! `GET /metrics`: what is counted and how things stand, as Prometheus reads it.

use crate::http::Response;
use crate::metrics::Text;
use crate::provider::Provider;
use crate::runtime::drive::Runtime;
use crate::store::{Reserve, Store};

pub(super) async fn answer<S: Store, P: Provider>(runtime: &Runtime<S, P>) -> Response {
    let mut text = Text::default();
    text.head("flowc_build_info", "The release that runs.", "gauge");
    text.sample("flowc_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1.0);
    let now = runtime.now().await;
    text.gauge("flowc_calls_live", "Calls that are not over.", now.live as f64);
    text.gauge("flowc_calls_sending", "Calls with requests to the platform under way.", now.sending as f64);
    text.gauge("flowc_calls_broken", "Calls that cannot go on in this process.", now.broken as f64);
    text.gauge("flowc_errands", "Questions to services and signals under way.", now.errands as f64);
    text.gauge("flowc_timers_overdue", "Calls that are due now.", now.overdue as f64);
    text.gauge("flowc_timer_late_seconds", "How late the most overdue call is.", now.late_ms as f64 / 1_000.0);
    if let Some(pace) = now.pace {
        text.gauge("flowc_commands_limit", "Requests to the platform a second that may be made now.", pace);
    }
    let (kept, given) = match now.reserve {
        Reserve::None => (0, 0.0),
        Reserve::Held(bytes) => (bytes, 0.0),
        Reserve::Given => (0, 1.0),
    };
    text.gauge("flowc_store_ballast_bytes", "Room on the disk that is kept for calls in progress.", kept as f64);
    text.gauge("flowc_store_ballast_given", "1 while the disk is full and only calls in progress have room.", given);
    if let Some(bytes) = resident_bytes().await {
        text.gauge("process_resident_memory_bytes", "Memory in use.", bytes as f64);
    }
    runtime.metrics().write(&mut text);
    Response::empty(200).with_header("content-type", Text::MEDIA_TYPE).with_body(text.into_string().into_bytes())
}

/// Where the system tells.
async fn resident_bytes() -> Option<u64> {
    let status = tokio::fs::read_to_string("/proc/self/status").await.ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1_024)
}

/// What an address is called in the measures: never the address itself.
pub(super) fn route(segments: &[&str]) -> &'static str {
    match segments {
        ["events", "incoming"] => "incoming",
        ["callbacks", ..] => "callbacks",
        ["healthz"] => "healthz",
        ["readyz"] => "readyz",
        ["metrics"] => "metrics",
        ["media", ..] => "media",
        ["api", ..] => "api",
        _ => "other",
    }
}
