//! Subscriptions to Event Grid in either of its schemas: the handshake with the endpoint, and events in the schema it asked for.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::emulator::server::Emulator;
use crate::emulator::server::entra::{Grant, LIFE_SECONDS};

/// How often, and with what pause, an endpoint that is not there yet is asked at the start.
const PATIENCE: usize = 300;
const PAUSE: Duration = Duration::from_millis(100);
/// How long an endpoint may take to answer, and how much of the answer is read.
const TIMEOUT: Duration = Duration::from_secs(30);
const MOST_BYTES: usize = 64 * 1024;
/// Who asks for leave to deliver cloud events.
const ORIGIN: &str = "eventgrid.azure.net";
/// How many events a minute are announced in the handshake of cloud events.
const RATE: &str = "120";

/// The application that Event Grid is in Entra ID.
const APPLICATION: &str = "4962773b-9cdb-44cf-a8bf-237846a00ab7";

/// How events are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Schema {
    /// Event Grid's own.
    #[default]
    EventGrid,
    /// CloudEvents 1.0.
    CloudEvents,
}

/// How deliveries are made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Manner {
    pub(crate) schema: Schema,
    /// For whom each carries a token of the tenant's, where the endpoint is protected so.
    pub(crate) audience: Option<String>,
}

/// An endpoint that did not answer the handshake, but may still get the address in it.
#[derive(Clone, Debug)]
pub(crate) struct Awaited {
    pub(crate) code: String,
    url: String,
    manner: Manner,
}

impl Emulator {
    /// Subscribes an endpoint to IncomingCall. An error says what was wrong with its answer.
    pub(crate) async fn subscribe(&self, url: &str, manner: Manner) -> Result<(), String> {
        let (code, body) = self.cloud().validation();
        let awaited = Awaited { code: code.clone(), url: url.to_owned(), manner };
        // Before it is asked: it may get the address before it answers.
        *self.awaited() = Some(awaited.clone());
        match awaited.manner.schema {
            Schema::EventGrid => self.ask_for_the_code(&awaited, body).await?,
            Schema::CloudEvents => self.ask_for_leave(&awaited).await?,
        }
        self.subscribed(&awaited);
        Ok(())
    }

    /// Whoever got the address of a handshake is subscribed; `false` when that handshake is not awaited.
    pub(crate) fn validated(&self, code: &str) -> bool {
        let awaited = self.awaited().clone().filter(|awaited| awaited.code == code);
        if let Some(awaited) = &awaited {
            self.subscribed(awaited);
        }
        awaited.is_some()
    }

    fn subscribed(&self, awaited: &Awaited) {
        *self.awaited() = None;
        *self.manner() = awaited.manner.clone();
        self.act(|cloud, _| cloud.subscribed(&awaited.url));
        self.inner.changed.notify_one();
        tracing::info!(url = without_query(&awaited.url), schema = ?awaited.manner.schema, "subscribed to IncomingCall");
    }

    /// The address that settles a handshake by being got; `None` where the emulator does not know its own address.
    fn validation_url(&self, code: &str) -> Option<String> {
        let base = self.inner.settings.base_url.as_deref()?;
        Some(format!("{}/emulator/event-grid/validate/{code}", base.trim_end_matches('/')))
    }

    /// The handshake of Event Grid's own schema: the endpoint gives the code back.
    async fn ask_for_the_code(&self, awaited: &Awaited, body: String) -> Result<(), String> {
        let Awaited { code, url, manner } = awaited;
        let body = match self.validation_url(code) {
            Some(address) => with_address(&body, address),
            None => body,
        };
        let asked = self
            .inner
            .client
            .post(url)
            .header("content-type", "application/json; charset=utf-8")
            .header("aeg-event-type", "SubscriptionValidation")
            .header("aeg-subscription-name", "EMULATOR")
            .header("aeg-delivery-count", "0")
            .header("aeg-data-version", "2")
            .header("aeg-metadata-version", "1")
            .timeout(TIMEOUT);
        let asked = self.bearing(asked, manner);
        let mut response = asked
            .body(body)
            .send()
            .await
            .map_err(|error| format!("the endpoint cannot be reached: {}", error.without_url()))?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(format!("the endpoint answered {} to the validation, not 200", response.status().as_u16()));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| format!("the answer cannot be read: {error}"))? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > MOST_BYTES {
                return Err("the answer to the validation is too long".to_owned());
            }
        }
        let answered: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if answered.get("validationResponse").and_then(Value::as_str) != Some(code.as_str()) {
            return Err("the endpoint did not answer with validationResponse and the code it was sent".to_owned());
        }
        Ok(())
    }

    /// The handshake of cloud events: the endpoint gives leave.
    async fn ask_for_leave(&self, awaited: &Awaited) -> Result<(), String> {
        let Awaited { code, url, manner } = awaited;
        let mut asked = self
            .inner
            .client
            .request(reqwest::Method::OPTIONS, url)
            .header("webhook-request-origin", ORIGIN)
            .header("webhook-request-rate", RATE)
            .timeout(TIMEOUT);
        if let Some(address) = self.validation_url(code) {
            asked = asked.header("webhook-request-callback", address);
        }
        let asked = self.bearing(asked, manner);
        let response =
            asked.send().await.map_err(|error| format!("the endpoint cannot be reached: {}", error.without_url()))?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(format!("the endpoint answered {} to OPTIONS, not 200", response.status().as_u16()));
        }
        let allowed = response.headers().get("webhook-allowed-origin").and_then(|value| value.to_str().ok());
        match allowed {
            Some("*") => Ok(()),
            Some(origin) if origin.eq_ignore_ascii_case(ORIGIN) => Ok(()),
            Some(_) | None => Err(format!("the endpoint did not answer with WebHook-Allowed-Origin: {ORIGIN}")),
        }
    }

    /// A request with a token of the tenant's, where the endpoint wants one.
    pub(crate) fn bearing(&self, request: reqwest::RequestBuilder, manner: &Manner) -> reqwest::RequestBuilder {
        let (Some(audience), Some(tenant)) = (&manner.audience, &self.inner.tenant) else { return request };
        let grant = Grant { audience, application: APPLICATION, life: LIFE_SECONDS };
        match tenant.token(grant, jiff::Timestamp::now().as_second()) {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Subscribes an endpoint that may only be starting: half a minute of tries.
    pub(crate) async fn subscribe_patiently(&self, url: &str) {
        let mut reason = String::new();
        for _ in 0..PATIENCE {
            match self.subscribe(url, Manner::default()).await {
                Ok(()) => return,
                Err(error) => reason = error,
            }
            tokio::time::sleep(PAUSE).await;
        }
        tracing::error!(url = without_query(url), reason, "the Event Grid subscription could not be made");
    }
}

/// An address as it is logged: its query may be a secret.
fn without_query(url: &str) -> &str {
    url.split('?').next().unwrap_or_default()
}

/// The handshake event with the address that settles it.
fn with_address(body: &str, address: String) -> String {
    let Ok(mut events) = serde_json::from_str::<Value>(body) else { return body.to_owned() };
    events[0]["data"]["validationUrl"] = Value::String(address);
    events.to_string()
}

/// An event of Event Grid's own schema (an array of one) as a cloud event by itself.
pub(crate) fn as_cloud_event(body: &str) -> Option<String> {
    let mut events: Vec<serde_json::Map<String, Value>> = serde_json::from_str(body).ok()?;
    let mut event = events.pop()?;
    for (own, cloud) in [("topic", "source"), ("eventType", "type"), ("eventTime", "time")] {
        let value = event.remove(own)?;
        event.insert(cloud.to_owned(), value);
    }
    for own in ["dataVersion", "metadataVersion"] {
        event.remove(own);
    }
    event.insert("specversion".to_owned(), Value::from("1.0"));
    Some(Value::Object(event).to_string())
}

#[cfg(test)]
mod tests {
    use crate::emulator::server::subscribe::as_cloud_event;
    use serde_json::{Value, json};

    #[test]
    fn the_same_event_in_the_other_schema() {
        let own = json!([{"id": "1", "topic": "/t", "subject": "s", "eventType": "T", "eventTime": "2023", "data": {"a": 1},
            "dataVersion": "1.0", "metadataVersion": "1"}]);
        let cloud: Value = serde_json::from_str(&as_cloud_event(&own.to_string()).expect("an event")).expect("JSON");
        let expected = json!({"id": "1", "source": "/t", "subject": "s", "type": "T", "time": "2023", "data": {"a": 1},
            "specversion": "1.0"});
        assert_eq!(cloud, expected);
        assert_eq!(as_cloud_event("[]"), None);
        assert_eq!(as_cloud_event("[{\"id\":\"1\"}]"), None);
    }
}
