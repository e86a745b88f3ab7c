//! Carries out the cloud's effects. Webhooks of one call are posted one after the other; calls do not wait for each other.

use std::collections::VecDeque;
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use std::collections::BTreeMap;

use crate::emulator::effect::Effect;
use crate::emulator::server::subscribe::{Schema, as_cloud_event};
use crate::emulator::server::{Emulator, audio};

/// How long a receiver may take to acknowledge a webhook, and how often it is tried.
const WEBHOOK_TIMEOUT: Duration = Duration::from_secs(5);
const WEBHOOK_PAUSES_MS: [u64; 2] = [500, 2_000];
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
                Effect::Grid { call, attempt, url, body } => {
                    let emulator = self.clone();
                    tokio::spawn(async move { emulator.deliver_grid(call, attempt, &url, body).await });
                }
                Effect::Measure { ticket, uri } => {
                    let emulator = self.clone();
                    tokio::spawn(async move {
                        let lasts = audio::lasts_ms(&emulator.inner.client, &uri).await;
                        emulator.act(|cloud, now| cloud.measured(now, ticket, lasts));
                        emulator.inner.changed.notify_one();
                    });
                }
                Effect::Webhook { call, url, name, body } => self.post_in_order(call, Webhook { url, name, body }),
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
                    emulator.post(&webhook).await;
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

    fn outboxes(&self) -> MutexGuard<'_, BTreeMap<u64, Outbox>> {
        self.inner.outboxes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Posts one webhook, again only where the receiver may do better next time.
    async fn post(&self, webhook: &Webhook) {
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
            match status {
                Ok(200..=299) => return,
                Err(_) | Ok(408 | 429 | 500..=599) => {
                    tracing::info!(url = webhook.url, event = webhook.name, attempt, ?status, "webhook not taken");
                }
                Ok(status) => {
                    return tracing::info!(url = webhook.url, event = webhook.name, status, "webhook refused");
                }
            }
            if let Some(pause) = WEBHOOK_PAUSES_MS.get(attempt) {
                tokio::time::sleep(self.real(*pause)).await;
            }
        }
    }

    async fn deliver_grid(&self, call: u64, attempt: u32, url: &str, body: String) {
        let schema = *self.schema();
        let (content_type, body) = match schema {
            Schema::EventGrid => ("application/json; charset=utf-8", body),
            Schema::CloudEvents => {
                ("application/cloudevents+json; charset=utf-8", as_cloud_event(&body).unwrap_or(body))
            }
        };
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
        let status = posted.body(body).send().await.map(|response| response.status().as_u16());
        if !matches!(status, Ok(200..=204)) {
            tracing::info!(url, attempt, ?status, "IncomingCall not taken");
        }
        self.act(|cloud, now| cloud.grid_answered(now, call, attempt, status.ok()));
        self.inner.changed.notify_one();
    }
}
