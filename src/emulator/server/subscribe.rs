//! The subscription handshake: ask the endpoint for a code back, then deliver to it.

use std::time::Duration;

use crate::emulator::grid::Schema;
use crate::emulator::server::Emulator;

/// How often, and with what pause, an endpoint that is not there yet is asked at the start.
const PATIENCE: usize = 300;
const PAUSE: Duration = Duration::from_millis(100);
/// How long an endpoint may take to answer, and how much of the answer is read.
const TIMEOUT: Duration = Duration::from_secs(30);
const MOST_BYTES: usize = 64 * 1024;
/// Who sends the events.
const ORIGIN: &str = "eventgrid.azure.net";

impl Emulator {
    /// Subscribes an endpoint, after the handshake of the schema. An error says what was wrong with its answer.
    pub async fn subscribe(&self, url: &str, schema: Schema) -> Result<(), String> {
        match schema {
            Schema::CloudEvents => self.ask_for_consent(url).await?,
            Schema::EventGrid => self.ask_for_code(url).await?,
        }
        self.act(|cloud, _| cloud.subscribed(url, schema));
        self.inner.changed.notify_one();
        tracing::info!(url, "subscribed to events");
        Ok(())
    }

    /// The handshake of CloudEvents: the endpoint names who may send it events.
    async fn ask_for_consent(&self, url: &str) -> Result<(), String> {
        let asked = self
            .inner
            .client
            .request(reqwest::Method::OPTIONS, url)
            .header("webhook-request-origin", ORIGIN)
            .timeout(TIMEOUT);
        let response = asked.send().await.map_err(|error| format!("the endpoint cannot be reached: {error}"))?;
        if !response.status().is_success() {
            return Err(format!("the endpoint answered {} to OPTIONS, not 200", response.status().as_u16()));
        }
        match response.headers().get("webhook-allowed-origin").and_then(|origin| origin.to_str().ok()) {
            Some(origin) if origin == "*" || origin == ORIGIN => Ok(()),
            _ => Err(format!("the endpoint did not answer with WebHook-Allowed-Origin: {ORIGIN}")),
        }
    }

    /// The handshake of Event Grid's own schema: a code goes out and must come back.
    async fn ask_for_code(&self, url: &str) -> Result<(), String> {
        let (code, body) = self.cloud().validation();
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
        let mut response =
            asked.body(body).send().await.map_err(|error| format!("the endpoint cannot be reached: {error}"))?;
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
        let answered: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if answered.get("validationResponse").and_then(serde_json::Value::as_str) != Some(code.as_str()) {
            return Err("the endpoint did not answer with validationResponse and the code it was sent".to_owned());
        }
        Ok(())
    }

    /// Subscribes an endpoint that may only be starting: half a minute of tries.
    pub(crate) async fn subscribe_patiently(&self, url: &str) {
        let mut reason = String::new();
        for _ in 0..PATIENCE {
            match self.subscribe(url, Schema::EventGrid).await {
                Ok(()) => return,
                Err(error) => reason = error,
            }
            tokio::time::sleep(PAUSE).await;
        }
        tracing::error!(url, reason, "the Event Grid subscription could not be made");
    }
}
