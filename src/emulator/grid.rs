//! Event Grid: the events it carries and the handshake, in its own schema; the server writes the other.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::emulator::call::{Call, State};
use crate::emulator::cloud::Cloud;
use crate::emulator::effect::Effect;
use crate::emulator::identity;
use crate::emulator::world::{Due, World};
use crate::platform::events::{INCOMING_CALL, SUBSCRIPTION_VALIDATION};
use crate::platform::identifier::Identifier;
use crate::provider::acs::wire;

/// When an undelivered event is tried again, in milliseconds after the failure. After the last its day is over.
const RETRIES_MS: [u64; 10] =
    [10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000, 3_600_000, 10_800_000, 21_600_000, 43_200_000];
/// No sooner than this after 408, and after 503.
const AFTER_TIMEOUT_MS: u64 = 120_000;
const AFTER_UNAVAILABLE_MS: u64 = 30_000;
/// The resource events come from.
const TOPIC: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/emulator/providers/Microsoft.Communication/communicationServices/emulator";

/// One event, as long as it is not delivered or given up.
#[derive(Clone, Debug)]
pub(crate) struct News {
    id: String,
    event_type: String,
    subject: String,
    time: String,
    data_version: &'static str,
    data: Value,
    /// The call that must still ring for it to be worth anything.
    rings: Option<u64>,
}

impl News {
    /// As delivered: an array of one.
    fn body(&self) -> String {
        let event = wire::GridEvent {
            id: self.id.clone(),
            topic: Some(TOPIC.to_owned()),
            source: None,
            subject: Some(self.subject.clone()),
            event_type: Some(self.event_type.clone()),
            cloud_type: None,
            event_time: Some(self.time.clone()),
            time: None,
            data_version: Some(self.data_version.to_owned()),
            metadata_version: Some("1".to_owned()),
            specversion: None,
            data: &self.data,
        };
        serde_json::to_string(&[event]).unwrap_or_default()
    }
}

impl World {
    /// Tells the subscriber, if there is one, of something. An event about a ringing call waits for one.
    pub(crate) fn publish(
        &mut self,
        event_type: String,
        subject: String,
        data: &impl Serialize,
        rings: Option<u64>,
    ) -> Option<u64> {
        if self.subscriber.is_none() && rings.is_none() {
            return None;
        }
        let data = serde_json::to_value(data).unwrap_or_default();
        let (id, time) = (self.ids.guid(), self.time());
        self.deliveries += 1;
        let delivery = self.deliveries;
        self.news.insert(delivery, News { id, event_type, subject, time, data_version: "1.0", data, rings });
        self.deliver(delivery, 0);
        Some(delivery)
    }

    fn deliver(&mut self, delivery: u64, attempt: u32) {
        if let (Some(url), Some(news)) = (self.subscriber.clone(), self.news.get(&delivery)) {
            self.effects.push(Effect::Grid { delivery, attempt, url, body: news.body() });
        }
    }

    /// An event that nobody needs any more.
    pub(crate) fn unpublish(&mut self, delivery: Option<u64>) {
        if let Some(delivery) = delivery {
            self.news.remove(&delivery);
        }
    }
}

/// How long after an attempt the next one comes; `None` after success, after a refusal that is final, and when the day is over.
fn retry_ms(attempt: u32, status: Option<u16>) -> Option<u64> {
    let wait = *RETRIES_MS.get(usize::try_from(attempt).unwrap_or(usize::MAX))?;
    match status {
        Some(200..=204 | 400 | 401 | 403 | 413) => None,
        Some(408) => Some(wait.max(AFTER_TIMEOUT_MS)),
        Some(503) => Some(wait.max(AFTER_UNAVAILABLE_MS)),
        Some(_) | None => Some(wait),
    }
}

impl Cloud {
    /// How a delivery went: the status, or `None` for no answer.
    pub fn grid_answered(&mut self, now: u64, delivery: u64, attempt: u32, status: Option<u16>) {
        self.advance(now);
        match retry_ms(attempt, status) {
            None => self.world.unpublish(Some(delivery)),
            Some(wait) => self.world.plan(wait, 0, Due::Grid { delivery, attempt: attempt + 1 }),
        }
    }

    /// An undelivered event is tried again, unless the call it is about rings no more.
    pub(crate) fn deliver_again(&mut self, delivery: u64, attempt: u32) {
        if self.world.news.get(&delivery).is_some_and(|news| self.is_worth_telling(news)) {
            self.world.deliver(delivery, attempt);
        } else {
            self.world.unpublish(Some(delivery));
        }
    }

    fn is_worth_telling(&self, news: &News) -> bool {
        news.rings.is_none_or(|number| self.calls.get(&number).is_some_and(|call| call.state == State::Ringing))
    }

    /// From now on events go there; the handshake has been done. The first subscriber also hears of the calls that ring already:
    /// whoever starts emulator, service and phones at once loses no call.
    pub fn subscribed(&mut self, url: &str) {
        let first = self.world.subscriber.replace(url.to_owned()).is_none();
        let ringing = self.world.news.iter().filter(|(_, news)| first && self.is_worth_telling(news));
        for delivery in ringing.map(|(delivery, _)| *delivery).collect::<Vec<_>>() {
            self.world.deliver(delivery, 0);
        }
    }

    /// A handshake to post to somebody who wants to subscribe: the code that must come back, and the body.
    pub fn validation(&mut self) -> (String, String) {
        let code = self.world.ids.guid();
        let data = wire::SubscriptionValidation { validation_code: code.clone(), validation_url: None };
        let news = News {
            id: self.world.ids.guid(),
            event_type: SUBSCRIPTION_VALIDATION.to_owned(),
            subject: String::new(),
            time: self.world.time(),
            data_version: "2",
            data: serde_json::to_value(data).unwrap_or_default(),
            rings: None,
        };
        (code, news.body())
    }
}

impl Call {
    /// IncomingCall.
    pub(crate) fn tell_incoming(
        &mut self,
        world: &mut World,
        display_name: Option<String>,
        headers: Option<BTreeMap<String, String>>,
    ) {
        let to = self.to.first().cloned().unwrap_or_else(|| Identifier::Unknown(String::new()));
        let data = wire::IncomingCall {
            to: identity::loose(&to),
            from: identity::loose(&self.from),
            incoming_call_context: self.incoming_context.clone().unwrap_or_default(),
            server_call_id: Some(self.server_call_id.clone()),
            caller_display_name: Some(display_name.unwrap_or_default()),
            correlation_id: Some(self.correlation_id.clone()),
            custom_context: headers.map(|headers| custom_context(&self.from, headers)),
        };
        let subject = format!("/caller/{}/recipient/{}", self.from.raw_id(), to.raw_id());
        self.grid_event = world.publish(INCOMING_CALL.to_owned(), subject, &data, Some(self.number));
    }
}

/// Headers of a phone are SIP headers, those of anybody else VoIP headers.
fn custom_context(from: &Identifier, headers: BTreeMap<String, String>) -> wire::CustomContext {
    if !matches!(from, Identifier::Phone(_)) {
        return wire::CustomContext { sip_headers: None, voip_headers: Some(headers) };
    }
    let rename = |(key, value): (String, String)| {
        let key = if key.eq_ignore_ascii_case("User-To-User") { "userToUser".to_owned() } else { key };
        (key, value)
    };
    wire::CustomContext {
        sip_headers: Some(headers.into_iter().map(rename).collect()),
        voip_headers: Some(BTreeMap::new()),
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::grid::{RETRIES_MS, retry_ms};

    #[test]
    fn who_does_better_next_time_is_asked_again_for_a_day() {
        for status in [200, 201, 202, 203, 204, 400, 401, 403, 413] {
            assert_eq!(retry_ms(0, Some(status)), None, "{status}");
        }
        for (status, first, second, third) in [
            (429, 10, 30, 60),
            (500, 10, 30, 60),
            (404, 10, 30, 60),
            (302, 10, 30, 60),
            (503, 30, 30, 60),
            (408, 120, 120, 120),
        ] {
            let waits = [0, 1, 2].map(|attempt| retry_ms(attempt, Some(status)).map(|ms| ms / 1000));
            assert_eq!(waits, [Some(first), Some(second), Some(third)], "{status}");
        }
        let (mut attempt, mut seconds) = (0, 0);
        while let Some(ms) = retry_ms(attempt, None) {
            (attempt, seconds) = (attempt + 1, seconds + ms / 1000);
        }
        let (day, last) = (86_400, RETRIES_MS[RETRIES_MS.len() - 1] / 1000);
        assert!(attempt == 10 && seconds <= day && seconds + last > day, "{attempt} {seconds}");
    }
}
