//! Carries out the cloud's effects. Webhooks of one call are posted one after the other; calls do not wait for each other.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use crate::emulator::effect::Effect;
use crate::emulator::server::faults::{Fate, Faults};
use crate::emulator::server::subscribe::{Schema, as_cloud_event};
use crate::emulator::server::{Emulator, audio, version};

/// How long a receiver may take to acknowledge a webhook, and how often it is tried.
const WEBHOOK_TIMEOUT: Duration = Duration::from_secs(5);
const WEBHOOK_PAUSES_MS: [u64; 2] = [500, 2_000];
/// How long a webhook that is to be overtaken waits for another one.
const OVERTAKING: Duration = Duration::from_secs(1);
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// How long an Event Grid receiver may take.
const GRID_TIMEOUT: Duration = Duration::from_secs(30);

/// A webhook on its way.
#[derive(Debug)]
pub(crate) struct Webhook {
    url: String,
    name: &'static str,
    body: String,
}

/// The webhooks of one call that wait for the one being posted.
pub(crate) type Outbox = VecDeque<Webhook>;

impl Emulator {
    /// Starts carrying out effects.
    pub(crate) fn dispatch(&self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Grid { delivery, attempt, url, body } => {
                    let emulator = self.clone();
                    tokio::spawn(async move { emulator.deliver_grid(delivery, attempt, &url, body).await });
                }
                Effect::Measure { ticket, uri } => {
                    let emulator = self.clone();
                    tokio::spawn(async move {
                        let lasts = audio::lasts_ms(&emulator.inner.client, &uri).await;
                        emulator.act(|cloud, now| cloud.measured(now, ticket, lasts));
                        emulator.inner.changed.notify_one();
                    });
                }
                Effect::Socket { socket, act } => self.socket(socket, act),
                Effect::Webhook { call, url, name, body } => {
                    if let Some(body) = version::webhook(self.inner.version, name, body) {
                        self.post_in_order(call, Webhook { url, name, body });
                    }
                }
            }
        }
    }

    /// Queues a webhook; a call's first one starts the task that empties its queue.
    fn post_in_order(&self, call: u64, webhook: Webhook) {
        let mut outboxes = self.outboxes();
        let is_new = !outboxes.contains_key(&call);
        outboxes.entry(call).or_default().push_back(webhook);
        if is_new {
            let emulator = self.clone();
            tokio::spawn(async move {
                while let Some(webhook) = emulator.next_webhook(call) {
                    emulator.send(call, webhook).await;
                }
            });
        }
    }

    /// The next webhook of a call; without one its queue is given up, under the same lock that would fill it.
    fn next_webhook(&self, call: u64) -> Option<Webhook> {
        let mut outboxes = self.outboxes();
        let next = outboxes.get_mut(&call).and_then(VecDeque::pop_front);
        if next.is_none() {
            outboxes.remove(&call);
        }
        next
    }

    /// Sends a webhook with what goes wrong with it.
    async fn send(&self, call: u64, webhook: Webhook) {
        let fate = self.fate(&webhook);
        if fate.overtaken && fate.times > 0 {
            let deadline = tokio::time::Instant::now() + OVERTAKING;
            let mut next = self.overtaking(call);
            while next.is_none() && tokio::time::Instant::now() < deadline {
                tokio::time::sleep(LOOK_AGAIN).await;
                next = self.overtaking(call);
            }
            if let Some(next) = next {
                let its = self.fate(&next);
                self.send_times(call, &next, its).await;
            }
        }
        self.send_times(call, &webhook, fate).await;
    }

    async fn send_times(&self, call: u64, webhook: &Webhook, fate: Fate) {
        if fate.late_ms > 0 {
            tokio::time::sleep(self.inner.clock.pause(fate.late_ms)).await;
        }
        for _ in 0..fate.times {
            self.post(call, webhook).await;
            let _nobody_waits = self.inner.posted.send(call);
        }
    }

    /// What becomes of a webhook; its id decides, so that it is the same in each run.
    fn fate(&self, webhook: &Webhook) -> Fate {
        let fine = Fate { times: 1, ..Fate::default() };
        let faults = {
            let faults = self.faults();
            if *faults == Faults::default() {
                return fine;
            }
            faults.clone()
        };
        let Ok(events) = serde_json::from_str::<serde_json::Value>(&webhook.body) else { return fine };
        let window = faults.refusal_window_ms();
        if window > 0 && webhook.name == "CallConnected" {
            let (now, mut connected) = (self.now(), self.connected());
            connected.retain(|_, at| at.saturating_add(window) > now);
            let data = &events[0]["data"];
            let ids = ["callConnectionId", "callLegId", "CallLegId"];
            if let Some(id) = ids.iter().find_map(|name| data[*name].as_str()) {
                connected.insert(id.to_owned(), now);
            }
        }
        faults.webhook(events[0]["id"].as_str().unwrap_or_default())
    }

    /// The next webhook of a call whose queue goes on.
    fn overtaking(&self, call: u64) -> Option<Webhook> {
        self.outboxes().get_mut(&call).and_then(VecDeque::pop_front)
    }

    fn outboxes(&self) -> MutexGuard<'_, BTreeMap<u64, Outbox>> {
        self.inner.outboxes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Posts one webhook, again only where the receiver may do better next time. Logs name the call; its address is a secret.
    async fn post(&self, call: u64, webhook: &Webhook) {
        for attempt in 0..=WEBHOOK_PAUSES_MS.len() {
            let mut posted = self
                .inner
                .client
                .post(&webhook.url)
                .header("content-type", "application/json")
                .timeout(WEBHOOK_TIMEOUT);
            let signing = self.inner.signing.as_ref();
            if let Some(token) = signing.and_then(|signing| signing.token(jiff::Timestamp::now().as_second())) {
                posted = posted.bearer_auth(token);
            }
            let status = posted.body(webhook.body.clone()).send().await.map(|response| response.status().as_u16());
            let status = status.map_err(reqwest::Error::without_url);
            self.told("webhook", &webhook.url, attempt, status.as_ref().ok().copied(), &webhook.body);
            let (call, event) = (format!("call-{call}"), webhook.name);
            match status {
                Ok(200..=299) => return,
                Err(_) | Ok(408 | 429 | 500..=599) => {
                    tracing::info!(call, event, attempt, ?status, "webhook not taken");
                }
                Ok(status) => return tracing::info!(call, event, status, "webhook refused"),
            }
            if let Some(pause) = WEBHOOK_PAUSES_MS.get(attempt) {
                tokio::time::sleep(self.inner.clock.pause(*pause)).await;
            }
        }
    }

    async fn deliver_grid(&self, delivery: u64, attempt: u32, url: &str, body: String) {
        let manner = self.manner().clone();
        let (content_type, body) = match manner.schema {
            Schema::EventGrid => ("application/json; charset=utf-8", body),
            Schema::CloudEvents => {
                ("application/cloudevents+json; charset=utf-8", as_cloud_event(&body).unwrap_or(body))
            }
        };
        let told = body.clone();
        let posted = self
            .inner
            .client
            .post(url)
            .header("content-type", content_type)
            .header("aeg-event-type", "Notification")
            .header("aeg-subscription-name", "EMULATOR")
            .header("aeg-delivery-count", attempt.to_string())
            .header("aeg-data-version", "1.0")
            .header("aeg-metadata-version", "1")
            .timeout(GRID_TIMEOUT);
        let status = self.bearing(posted, &manner).body(body).send().await.map(|response| response.status().as_u16());
        let status = status.map_err(reqwest::Error::without_url);
        if !matches!(status, Ok(200..=204)) {
            tracing::info!(delivery, attempt, ?status, "an event of Event Grid was not taken");
        }
        self.told("grid", url, attempt as usize, status.as_ref().ok().copied(), &told);
        self.act(|cloud, now| cloud.grid_answered(now, delivery, attempt, status.ok()));
        self.inner.changed.notify_one();
    }

    /// Tells who watches of one attempt to deliver an event.
    fn told(&self, kind: &str, url: &str, attempt: usize, status: Option<u16>, body: &str) {
        self.inner.watchers.tell(kind, || {
            let event = serde_json::from_str::<serde_json::Value>(body).unwrap_or_default();
            let event = event.get(0).cloned().unwrap_or(event);
            let at = self.time();
            serde_json::json!({ "at": at, "url": url, "attempt": attempt, "status": status, "event": event })
        });
    }
}
