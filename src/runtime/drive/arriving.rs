//! What arrives: calls that ring, calls to place, webhooks, operators. Everything is durable once the call returns.

use crate::language::flow::value::Values;
use crate::machine::event::EventKind;
use crate::provider::Provider;
use crate::provider::acs::from_wire::grid::Incoming;
use crate::runtime::accept::{self, Accept, Accepted, Given};
use crate::runtime::doc::{Input, InputKind};
use crate::runtime::drive::{Refusal, Runtime, lock};
use crate::runtime::inbox::{Inbox, Kept};
use crate::runtime::shot::Asked;
use crate::runtime::signal::{Data, Deliver, Delivered};
use crate::runtime::turn::Verdict;
use crate::store::{Quarantined, Store};
use std::sync::atomic::Ordering;

impl<S: Store, P: Provider> Runtime<S, P> {
    /// Somebody calls. Durable once this returns.
    ///
    /// # Errors
    /// When the store cannot be used now.
    pub async fn incoming(&self, incoming: Incoming) -> Result<(), Refusal> {
        let accept = Accept::incoming(&self.lines(), incoming, self.given());
        self.accept(accept).await.map(|_| ())
    }

    /// Places an outbound call; answers its id. The same idempotency key again is the same call.
    ///
    /// # Errors
    /// When there is no such flow or the store cannot be used now.
    pub async fn place(&self, flow: &str, params: Values, key: Option<String>) -> Result<String, Refusal> {
        let lines = self.lines();
        let served = lines.flows.get(flow).ok_or_else(|| Refusal::NoFlow(flow.to_owned()))?;
        // Only its digest is kept: keys are often made of numbers and names.
        let key = key.map(|key| {
            let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, key.as_bytes());
            digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
        });
        let given = self.given();
        let call = given.id.clone();
        let accept = Accept::place(served, params, key.clone(), given);
        // What dials at once is refused at once; what dials later waits for a while when it does.
        if let Some(from) = accept.dials()
            && !lock(&self.0.dialled).takes(&call, from)
        {
            // Unless it is a call that was placed before, and needs no room.
            return match key {
                Some(key) => self.placed(&key).await,
                None => Err(self.no_line()),
            };
        }
        let accepted = self.accept(accept).await;
        if accepted.as_ref().ok() != Some(&call) {
            lock(&self.0.dialled).gives(&call);
        }
        accepted
    }

    /// The call that was placed with this idempotency key.
    async fn placed(&self, key: &str) -> Result<String, Refusal> {
        let call =
            self.0.store.named(&accept::place_key(key)).await.map_err(|error| Refusal::Busy(error.to_string()))?;
        call.ok_or_else(|| self.no_line())
    }

    fn no_line(&self) -> Refusal {
        Refusal::NoLine(lock(&self.0.dialled).most())
    }

    /// From now on no more calls than this go on at a time that were placed from one number.
    pub fn most_calls_per_number(&self, most: usize) {
        lock(&self.0.dialled).bound(most);
    }

    pub(super) fn given(&self) -> Given {
        let id = uuid::Uuid::now_v7().to_string();
        let (voice, by) = (self.0.settings.voice.clone(), self.0.name.clone());
        Given { id, at: self.0.clock.now(), voice, by }
    }

    /// Answers the call's id; empty when nobody answers it.
    pub(super) async fn accept(&self, accept: Accept) -> Result<String, Refusal> {
        match self.run_shot(accept, "begin").await.map_err(Refusal::Busy)? {
            Accepted::New(begun) => {
                let (known, line) = *begun;
                self.count_begun(&known);
                self.applied(&known, std::slice::from_ref(&line));
                Ok(known.doc.call.id.clone())
            }
            Accepted::Known(call) => Ok(call),
            Accepted::Nobody => Ok(String::new()),
        }
    }

    /// Webhooks of one call, in the body of one request. Durable once this returns.
    ///
    /// # Errors
    /// When the store cannot be used now: the sender may try again.
    pub async fn webhooks(&self, call: &str, body: &[u8]) -> Result<(), Refusal> {
        let kept = self.run_shot(Inbox::new(call.to_owned(), body), "").await;
        let Kept { let_go } = kept.map_err(Refusal::Busy)?;
        if let Some(connection) = let_go {
            self.let_go(call, connection);
        }
        Ok(())
    }

    /// Keeps a note of something that cannot be applied.
    ///
    /// # Errors
    /// When the store cannot be used now.
    pub async fn set_aside(&self, call: &str, detail: &str, reason: &str) -> Result<(), Refusal> {
        let row = Quarantined {
            at: self.0.clock.now(),
            reason: reason.to_owned(),
            call: call.to_owned(),
            detail: detail.to_owned(),
        };
        self.keep_note(row).await.map_err(|error| Refusal::Busy(error.to_string()))
    }

    /// A signal for a call, with what comes along as JSON. Durable once this returns [`Delivered::Stored`].
    pub async fn signal(&self, call: &str, name: &str, data: Option<serde_json::Value>) -> Delivered {
        let key = format!("signal:{}", uuid::Uuid::new_v4());
        let deliver = Deliver::new(call.to_owned(), name.to_owned(), Data::Json(data), key);
        self.run_shot(deliver, "signal").await
    }

    /// Event Grid says that the whole call is over which the platform calls by this id. The calls here that are part of it ask
    /// the platform, unless they learn of it otherwise. Durable once this returns; told again, it is one.
    ///
    /// # Errors
    /// When the store cannot be used now.
    pub async fn said_to_be_over(&self, server_call: &str) -> Result<(), Refusal> {
        let calls = lock(&self.0.whose).of(server_call);
        if calls.is_empty() && !self.0.recovered.load(Ordering::SeqCst) {
            return Err(Refusal::Busy("calls of an earlier process are still being taken up".to_owned()));
        }
        for call in calls {
            let input = Input {
                key: format!("said_to_be_over:{server_call}"),
                kind: InputKind::Event(EventKind::SaidToBeOver),
            };
            match self.turn(Asked { call: call.clone(), inputs: vec![input] }).await {
                Verdict::Applied { .. } | Verdict::Duplicate | Verdict::Broken(_) => {}
                Verdict::Ended | Verdict::Unknown => lock(&self.0.whose).is_over(&call),
                Verdict::Busy(reason) => return Err(Refusal::Busy(reason)),
            }
        }
        Ok(())
    }

    /// An operator ends a call.
    ///
    /// # Errors
    /// When there is no such call, it has ended, or the store cannot be used now.
    pub async fn hang_up(&self, call: &str) -> Result<(), Refusal> {
        let key = format!("operator:{}", uuid::Uuid::new_v4());
        let input = Input { key, kind: InputKind::Event(EventKind::OperatorHangUp) };
        match self.turn(Asked { call: call.to_owned(), inputs: vec![input] }).await {
            Verdict::Applied { .. } | Verdict::Duplicate => Ok(()),
            Verdict::Ended => Err(Refusal::Ended(call.to_owned())),
            Verdict::Unknown => Err(Refusal::NoCall(call.to_owned())),
            Verdict::Broken(reason) | Verdict::Busy(reason) => Err(Refusal::Busy(reason)),
        }
    }
}
