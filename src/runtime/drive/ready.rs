//! A recording's file is there: the flows that wait for one are begun, once each for each file.

use crate::language::flow::call::CallKind;
use crate::language::flow::value::{Value, Values};
use crate::provider::Provider;
use crate::provider::acs::from_wire::grid::RecordingReady;
use crate::runtime::accept::Accept;
use crate::runtime::doc::Doc;
use crate::runtime::drive::{Refusal, Runtime};
use crate::store::{Among, Store};

/// Calls looked through for the one that was recorded, the newest first.
const LOOKED_THROUGH: usize = 1_000;
/// The parameter by which a flow is told of the recording.
const RECORDING: &str = "recording";

impl<S: Store, P: Provider> Runtime<S, P> {
    /// Begins every flow that waits for recordings' files. Told again, the same flows are begun once.
    ///
    /// # Errors
    /// When the store cannot be used now: the sender may try again.
    pub async fn recording_ready(&self, ready: &RecordingReady) -> Result<(), Refusal> {
        let lines = self.lines();
        let waiting: Vec<_> =
            lines.flows.iter().filter(|(_, served)| served.program.call == CallKind::RecordingReady).collect();
        if waiting.is_empty() {
            return Ok(());
        }
        let (call, flow) = self.recorded(ready).await?;
        for (name, served) in waiting {
            for file in &ready.files {
                let text = |text: &str| Value::Text(text.to_owned());
                let fields = [("id", &ready.recording), ("call", &call), ("flow", &flow), ("url", &file.content)];
                let recording = fields.map(|(field, value)| (field.to_owned(), text(value))).into();
                let params = Values::from([(RECORDING.to_owned(), Value::Record(recording))]);
                let key = format!("recording:{name}:{}", file.document);
                self.accept(Accept::place(served, params, Some(key), self.given())).await?;
            }
        }
        Ok(())
    }

    /// The call that was recorded and its flow; empty where no call of ours is found.
    ///
    /// # Errors
    /// When the store cannot be used now.
    pub async fn recorded(&self, ready: &RecordingReady) -> Result<(String, String), Refusal> {
        let Some(server_call) = &ready.server_call else { return Ok(Default::default()) };
        for row in self.calls(Among::All, LOOKED_THROUGH).await? {
            let facts = Doc::from_bytes(&row.doc).ok().map(|doc| doc.call.facts);
            if facts.is_some_and(|facts| facts.server_call.as_ref() == Some(server_call)) {
                let flow = self.flow_of(&row.program).await.unwrap_or_default();
                return Ok((row.call, flow));
            }
        }
        Ok(Default::default())
    }
}
