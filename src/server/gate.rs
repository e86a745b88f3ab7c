//! Who is let in when there is more to do than can be done: what somebody can ask again later is refused first, what happens on
//! a call last.
//!
//! Refused in this order: questions of people and programs, calls to place, calls that ring, then everything else; a webhook
//! of a call waits for room before it is.

use crate::http::{Head, Pass, Response};
use crate::metrics::Metrics;
use crate::server::refusal;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// How long a webhook of a call is held before it is refused: nobody says that it comes again.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// How long what is durable may take, at its fastest, before less is taken on.
const SLOW: Duration = Duration::from_millis(250);
/// How long is looked at to tell that.
const WINDOW: Duration = Duration::from_secs(1);
/// Fewer answers than this in a window tell nothing.
const FEW: u32 = 8;
/// Bytes that a request costs beside its body.
const REQUEST_BYTES: usize = 8 << 10;

/// What the service takes on.
#[derive(Clone, Copy, Debug)]
pub struct Caps {
    /// Calls that live at the same time.
    pub calls: u64,
    /// Bytes of requests that are being answered.
    pub bytes: usize,
}

impl Default for Caps {
    fn default() -> Caps {
        Caps { calls: 100_000, bytes: 64 << 20 }
    }
}

/// What a request is, as far as that says how long it can wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Somebody looks at calls.
    Query,
    /// A call is to be placed.
    Dial,
    /// Event Grid delivers.
    Incoming,
    /// The platform tells of a call.
    MidCall,
    /// Somebody acts on a call.
    Operator,
    /// Whether the service is well, and the files of prompts.
    Probe,
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    Bytes,
    Calls,
    Slow,
    Stopping,
}

/// How things stand when somebody asks to be let in.
#[derive(Clone, Copy, Debug)]
struct Load {
    /// Bytes of requests that are being answered, with the one that asks.
    bytes: usize,
    live: u64,
    slow: bool,
    stopping: bool,
}

/// The gate of a service.
#[derive(Debug)]
pub(super) struct Gate {
    caps: Caps,
    held: Arc<Held>,
    pace: Mutex<Pace>,
    stopping: AtomicBool,
    patience: Duration,
}

/// What those who are inside hold.
#[derive(Debug, Default)]
struct Held {
    bytes: AtomicUsize,
    /// Requests that may begin a call each, and have not been answered.
    begins: AtomicU64,
    left: Notify,
}

/// One of them.
struct Share {
    held: Arc<Held>,
    bytes: usize,
    begins: bool,
}

impl Drop for Share {
    fn drop(&mut self) {
        self.held.begins.fetch_sub(u64::from(self.begins), Ordering::Relaxed);
        self.held.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
        self.held.left.notify_waiters();
    }
}

impl Gate {
    pub(super) fn new(caps: Caps) -> Gate {
        let pace = Pace { since: Instant::now(), least: Duration::MAX, count: 0, slow: false };
        Gate {
            caps,
            held: Arc::default(),
            pace: Mutex::new(pace),
            stopping: AtomicBool::new(false),
            patience: PATIENCE,
        }
    }

    /// From now on nothing new is begun.
    pub(super) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Something durable took so long.
    pub(super) fn took(&self, time: Duration) {
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        pace.turn(Instant::now());
        pace.least = pace.least.min(time);
        pace.count += 1;
    }

    /// A pass, or the refusal.
    pub(super) async fn admit(&self, head: &Head, live: u64, metrics: &Metrics) -> Result<Pass, Response> {
        let kind = kind(head);
        let bytes = head.bytes.saturating_add(REQUEST_BYTES);
        let deadline = tokio::time::Instant::now() + self.patience;
        loop {
            // Made before looking, so that whoever leaves meanwhile is noticed.
            let left = self.held.left.notified();
            let why = match self.enter(kind, bytes, live) {
                Ok(share) => return Ok(Pass::holding(share)),
                Err(why) => why,
            };
            let waits = kind == Kind::MidCall && tokio::time::timeout_at(deadline, left).await.is_ok();
            if !waits {
                metrics.shed.add([kind.word(), why.word()]);
                return Err(refused(kind, why));
            }
        }
    }

    fn enter(&self, kind: Kind, bytes: usize, live: u64) -> Result<Share, Why> {
        let slow = {
            let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
            pace.turn(Instant::now());
            pace.slow
        };
        let held = self.held.bytes.fetch_add(bytes, Ordering::Relaxed);
        let begins = matches!(kind, Kind::Dial | Kind::Incoming);
        let begun = self.held.begins.fetch_add(u64::from(begins), Ordering::Relaxed);
        let share = Share { held: Arc::clone(&self.held), bytes, begins };
        // Those that are let in count before their calls do.
        let live = live.saturating_add(begun);
        let load = Load { bytes: held.saturating_add(bytes), live, slow, stopping: self.is_stopping() };
        match refusal_of(kind, &load, &self.caps) {
            None => Ok(share),
            Some(why) => {
                // Never let in, so nobody need be told that it leaves.
                self.held.bytes.fetch_sub(share.bytes, Ordering::Relaxed);
                self.held.begins.fetch_sub(u64::from(begins), Ordering::Relaxed);
                std::mem::forget(share);
                Err(why)
            }
        }
    }
}

/// Whether a request is refused, and why.
fn refusal_of(kind: Kind, load: &Load, caps: &Caps) -> Option<Why> {
    let begins = matches!(kind, Kind::Dial | Kind::Incoming);
    if begins && load.stopping {
        return Some(Why::Stopping);
    }
    if begins && load.live >= caps.calls {
        return Some(Why::Calls);
    }
    let percent = match kind {
        Kind::Query => 50,
        Kind::Dial => 65,
        Kind::Incoming => 80,
        Kind::MidCall | Kind::Operator | Kind::Probe => 100,
    };
    if load.bytes > caps.bytes / 100 * percent {
        return Some(Why::Bytes);
    }
    let can_wait = matches!(kind, Kind::Query | Kind::Dial | Kind::Incoming);
    (can_wait && load.slow).then_some(Why::Slow)
}

fn refused(kind: Kind, why: Why) -> Response {
    let message = match why {
        Why::Bytes => "more is asked than can be answered now",
        Why::Calls => "as many calls are going on as may",
        Why::Slow => "the store is slow now",
        Why::Stopping => "the service is stopping",
    };
    match kind {
        // Event Grid tries this again while the phone rings; a 503 it leaves alone for longer.
        Kind::Incoming => refusal(429, "busy", message).with_header("retry-after", "10"),
        Kind::Query | Kind::Dial | Kind::MidCall | Kind::Operator | Kind::Probe => {
            refusal(503, "busy", message).with_header("retry-after", "1")
        }
    }
}

fn kind(head: &Head) -> Kind {
    let segments: Vec<&str> = head.path.split('/').skip(1).collect();
    match (head.method.as_str(), segments.as_slice()) {
        (_, ["events", "incoming"]) => Kind::Incoming,
        (_, ["callbacks", ..]) => Kind::MidCall,
        ("POST", ["api", "calls"]) => Kind::Dial,
        ("GET" | "HEAD", ["api", ..]) => Kind::Query,
        (_, ["api", ..]) => Kind::Operator,
        _ => Kind::Probe,
    }
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Query => "query",
            Kind::Dial => "dial",
            Kind::Incoming => "incoming",
            Kind::MidCall => "webhook",
            Kind::Operator => "operator",
            Kind::Probe => "probe",
        }
    }
}

impl Why {
    fn word(self) -> &'static str {
        match self {
            Why::Bytes => "bytes",
            Why::Calls => "calls",
            Why::Slow => "slow",
            Why::Stopping => "stopping",
        }
    }
}

/// How fast things become durable: too slow when not even the fastest answer of a window was fast.
#[derive(Debug)]
struct Pace {
    since: Instant,
    least: Duration,
    count: u32,
    slow: bool,
}

impl Pace {
    fn turn(&mut self, now: Instant) {
        if now.duration_since(self.since) >= WINDOW {
            *self = Pace { since: now, least: Duration::MAX, count: 0, slow: self.count >= FEW && self.least > SLOW };
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::http::Head;
    use crate::metrics::Metrics;
    use crate::server::gate::{Caps, Gate, Kind, Load, Pace, REQUEST_BYTES, SLOW, WINDOW, Why, kind, refusal_of};
    use std::time::{Duration, Instant};

    const ALL: [Kind; 6] = [Kind::Query, Kind::Dial, Kind::Incoming, Kind::MidCall, Kind::Operator, Kind::Probe];

    fn head(method: &str, path: &str, bytes: usize) -> Head {
        Head { method: method.parse().expect("a method"), path: path.to_owned(), bytes }
    }

    #[test]
    fn what_can_wait_is_refused_first() {
        let caps = Caps { calls: 10, bytes: 1_000 };
        let idle = Load { bytes: 0, live: 0, slow: false, stopping: false };
        let refused = |load: Load| {
            ALL.into_iter().filter_map(|kind| Some((kind, refusal_of(kind, &load, &caps)?))).collect::<Vec<_>>()
        };
        assert_eq!(refused(idle), []);
        assert_eq!(refused(Load { bytes: 501, ..idle }), [(Kind::Query, Why::Bytes)]);
        assert_eq!(refused(Load { bytes: 651, ..idle }), [(Kind::Query, Why::Bytes), (Kind::Dial, Why::Bytes)]);
        assert_eq!(refused(Load { bytes: 801, ..idle }).len(), 3);
        assert_eq!(refused(Load { bytes: 1_001, ..idle }).len(), 6);
        assert_eq!(refused(Load { live: 10, ..idle }), [(Kind::Dial, Why::Calls), (Kind::Incoming, Why::Calls)]);
        assert_eq!(refused(Load { stopping: true, ..idle }).len(), 2);
        assert_eq!(refused(Load { slow: true, ..idle }).len(), 3);
    }

    #[test]
    fn requests_are_told_apart_by_their_address() {
        for (method, path, wanted) in [
            ("POST", "/events/incoming", Kind::Incoming),
            ("POST", "/callbacks/c/m", Kind::MidCall),
            ("POST", "/api/calls", Kind::Dial),
            ("GET", "/api/calls/c/history", Kind::Query),
            ("POST", "/api/calls/c/hangup", Kind::Operator),
            ("DELETE", "/api/calls/c", Kind::Operator),
            ("GET", "/readyz", Kind::Probe),
        ] {
            assert_eq!(kind(&head(method, path, 0)), wanted, "{method} {path}");
        }
    }

    #[test]
    fn a_store_is_slow_when_not_even_the_fastest_answer_was_fast() {
        let begin = Instant::now();
        let after = |times: &[u64]| {
            let mut pace = Pace { since: begin, least: Duration::MAX, count: 0, slow: false };
            for ms in times {
                pace.least = pace.least.min(Duration::from_millis(*ms));
                pace.count += 1;
            }
            pace.turn(begin + WINDOW);
            pace.slow
        };
        let slow = SLOW.as_millis() as u64 + 1;
        assert!(after(&[slow; 8]));
        assert!(!after(&[slow; 7]), "a few tell nothing");
        assert!(!after(&[slow, slow, slow, slow, slow, slow, slow, slow, 1]));
        assert!(!after(&[]));
    }

    #[tokio::test]
    async fn a_webhook_waits_for_room_and_a_ringing_call_is_told_at_once() {
        let (metrics, size) = (Metrics::default(), 1_000);
        let mut gate = Gate::new(Caps { calls: 1, bytes: size + REQUEST_BYTES + REQUEST_BYTES / 2 });
        gate.patience = Duration::from_millis(200);
        let first = gate.admit(&head("POST", "/callbacks/c/m", size), 0, &metrics).await.expect("there is room");
        let refused = gate.admit(&head("POST", "/events/incoming", size), 0, &metrics).await.expect_err("no room");
        assert_eq!(refused.status, 429);
        let began = Instant::now();
        let refused = gate.admit(&head("POST", "/callbacks/c/m", size), 0, &metrics).await.expect_err("no room");
        assert!(refused.status == 503 && began.elapsed() >= gate.patience, "{refused:?}");
        gate.patience = Duration::from_secs(60);
        let later = async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            drop(first);
        };
        let next = head("POST", "/callbacks/c/m", size);
        let (second, ()) = tokio::join!(gate.admit(&next, 0, &metrics), later);
        assert!(second.is_ok(), "there was room in time");
        drop(second);
        assert_eq!(gate.held.bytes.load(std::sync::atomic::Ordering::Relaxed), 0);
        assert_eq!((metrics.shed.count(["incoming", "bytes"]), metrics.shed.count(["webhook", "bytes"])), (1, 1));
        assert_eq!(gate.admit(&head("POST", "/events/incoming", 0), 1, &metrics).await.expect_err("full").status, 429);
        assert_eq!(gate.admit(&head("POST", "/api/calls", 0), 1, &metrics).await.expect_err("full").status, 503);
    }
}
