//! Looking at calls, changing nothing.

use crate::provider::Provider;
use crate::runtime::doc::Doc;
use crate::runtime::drive::{Refusal, Runtime};
use crate::store::{Found, Listed, Store};

impl<S: Store, P: Provider> Runtime<S, P> {
    /// One call as it stands: its document, and when it ended.
    ///
    /// # Errors
    /// When there is no such call or the store cannot be used now.
    pub async fn call(&self, call: &str) -> Result<(Doc, Option<i64>), Refusal> {
        let read = |bytes: &[u8]| Doc::from_bytes(bytes).map_err(Refusal::Busy);
        match self.0.store.load(call, &[]).await {
            Ok(Found::Live { row, .. }) => Ok((read(&row.doc)?, None)),
            Ok(Found::Ended(ended)) => Ok((read(&ended.doc)?, Some(ended.at))),
            Ok(Found::Unknown) => Err(Refusal::NoCall(call.to_owned())),
            Err(error) => Err(Refusal::Busy(error.to_string())),
        }
    }

    /// Calls, the newest first.
    ///
    /// # Errors
    /// When the store cannot be used now.
    pub async fn calls(&self, limit: usize) -> Result<Vec<Listed>, Refusal> {
        self.0.store.list(limit).await.map_err(|error| Refusal::Busy(error.to_string()))
    }

    /// The flow a call runs.
    pub async fn flow_of_call(&self, call: &str) -> Option<String> {
        let hash = match self.0.store.load(call, &[]).await.ok()? {
            Found::Live { row, .. } => row.program,
            Found::Ended(ended) => ended.program,
            Found::Unknown => return None,
        };
        self.flow_of(&hash).await
    }

    /// Whether the store answers.
    pub async fn is_ready(&self) -> bool {
        self.0.store.next_due().await.is_ok()
    }

    /// The flow a program hash belongs to.
    pub async fn flow_of(&self, hash: &str) -> Option<String> {
        self.program(hash).await.ok().flatten().map(|program| program.flow.clone())
    }
}
