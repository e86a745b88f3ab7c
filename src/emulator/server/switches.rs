//! What of a running emulator can be switched: its clock, its faults, its signing key, who is subscribed.

use serde::Deserialize;

use crate::emulator::answer::{Answer, Refusal};
use crate::emulator::human;
use crate::emulator::phones::duration_ms;
use crate::emulator::server::Emulator;
use crate::emulator::server::clock::Pace;
use crate::emulator::server::faults::Faults;
use crate::emulator::server::sign::Signing;
use crate::emulator::server::subscribe::{Manner, Schema};
use crate::platform::codes::{Code, refusal};

/// The body of `POST /emulator/clock`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    /// Moves the manual clock.
    #[serde(default)]
    advance: Option<String>,
    /// How time passes from now on.
    #[serde(default)]
    clock: Option<Pace>,
}

/// The body of `PUT /emulator/event-grid`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Subscribe {
    url: String,
    #[serde(default)]
    schema: Schema,
    /// For whom deliveries carry a token of the emulated tenant's.
    #[serde(default)]
    audience: Option<String>,
}

impl Emulator {
    /// Answers a request of the human side that is about the emulator itself; `None` when it is about calls.
    pub(crate) async fn switched(&self, method: &str, segments: &[&str], body: &[u8]) -> Option<Answer> {
        let answer = match (method, segments) {
            ("POST", ["clock"]) => self.post_clock(body),
            ("PUT", ["event-grid"]) => self.put_event_grid(body).await,
            ("GET", ["event-grid", "validate", code]) => self.get_validation(code),
            ("PUT", ["faults"]) => self.put_faults(body),
            ("POST", ["signing-key"]) => self.post_signing_key(),
            (_, ["clock" | "event-grid" | "faults" | "signing-key"] | ["event-grid", "validate", _]) => {
                Err(Refusal::new(Code::new(405, 8520), format!("{method} is not offered there")))
            }
            _ => return None,
        };
        Some(answer.unwrap_or_else(|refusal| refusal.answer()))
    }

    fn post_clock(&self, body: &[u8]) -> Result<Answer, Refusal> {
        let told: Told = human::read(body)?;
        let advance = match told.advance.as_deref() {
            Some(text) => {
                let ms = duration_ms(text);
                ms.ok_or_else(|| Refusal::field("advance", "must be a duration such as `30s`, at most an hour"))?
            }
            None => 0,
        };
        if let Some(pace) = told.clock {
            self.inner.clock.switch(pace);
        }
        if advance > 0 && !self.inner.clock.advance(advance) {
            return Err(Refusal::field("advance", "only the manual clock is moved"));
        }
        let time = self.act(|cloud, now| {
            cloud.advance(now);
            cloud.time()
        });
        self.inner.changed.notify_one();
        Ok(Answer::json(200, &serde_json::json!({ "time": time })))
    }

    fn put_faults(&self, body: &[u8]) -> Result<Answer, Refusal> {
        let faults = human::read::<Faults>(body)?.checked()?;
        self.act(|cloud, _| cloud.lose_keys(faults.lost_keys()));
        *self.faults() = faults;
        Ok(Answer::empty(204))
    }

    async fn put_event_grid(&self, body: &[u8]) -> Result<Answer, Refusal> {
        let subscribe: Subscribe = human::read(body)?;
        crate::emulator::uri::callback("url", &subscribe.url)?;
        if subscribe.audience.is_some() && self.inner.tenant.is_none() {
            return Err(Refusal::field("audience", "cannot be: this emulator hands out no tokens"));
        }
        let manner = Manner { schema: subscribe.schema, audience: subscribe.audience };
        self.subscribe(&subscribe.url, manner)
            .await
            .map_err(|reason| Refusal::new(refusal::INVALID, format!("url: {reason}")))?;
        Ok(Answer::empty(204))
    }

    fn get_validation(&self, code: &str) -> Result<Answer, Refusal> {
        if self.validated(code) {
            return Ok(Answer::empty(200));
        }
        Err(Refusal::new(Code::new(404, 8522), "no handshake with this code is awaited"))
    }

    fn post_signing_key(&self) -> Result<Answer, Refusal> {
        match self.inner.signing.as_ref().map(Signing::rotate) {
            Some(Some(kid)) => Ok(Answer::json(200, &serde_json::json!({ "kid": kid }))),
            Some(None) => Err(Refusal::new(Code::new(500, 9999), "the system gives no randomness")),
            None => Err(Refusal::new(Code::new(404, 8522), "webhooks are not signed here")),
        }
    }
}
