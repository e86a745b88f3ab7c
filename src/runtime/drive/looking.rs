//! Looking at calls, changing nothing.

use crate::language::graph::Program;
use crate::provider::Provider;
use crate::runtime::doc::{Doc, Line};
use crate::runtime::drive::{Refusal, Runtime};
use crate::runtime::recorded::Recorded;
use crate::store::{Among, Found, Listed, Store};

/// A call as the store has it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The call.
    pub call: String,
    /// Hash of the program it runs or ran.
    pub program: String,
    /// Its document; `None` once that was erased.
    pub doc: Option<Doc>,
    /// When it ended.
    pub ended: Option<i64>,
}

/// What happened to a call, in order.
#[derive(Clone, Debug)]
pub struct History {
    /// Each revision with its line; why it cannot be read, where a line is of another release.
    pub lines: Vec<(u64, Result<Line, String>)>,
    /// Where the parts of its program stand in the text, as it was given with the program.
    pub source_map: Vec<u8>,
}

impl<S: Store, P: Provider> Runtime<S, P> {
    /// One call, also one of which no more than its end is kept.
    ///
    /// # Errors
    /// When there is no such call or the store cannot be used now.
    pub async fn seen(&self, call: &str) -> Result<Seen, Refusal> {
        let (program, doc, ended) = match self.0.store.load(call, &[]).await {
            Ok(Found::Live { row, .. }) => (row.program, row.doc, None),
            Ok(Found::Ended(ended)) => (ended.program, ended.doc, Some(ended.at)),
            Ok(Found::Unknown) => return Err(Refusal::NoCall(call.to_owned())),
            Err(error) => return Err(Refusal::Busy(error.to_string())),
        };
        let doc = if doc.is_empty() { None } else { Some(Doc::from_bytes(&doc).map_err(Refusal::Busy)?) };
        Ok(Seen { call: call.to_owned(), program, doc, ended })
    }

    /// What happened to a call.
    ///
    /// # Errors
    /// When the store cannot be used now.
    pub async fn history(&self, seen: &Seen) -> Result<History, Refusal> {
        let busy = |error: crate::store::Error| Refusal::Busy(error.to_string());
        let lines = self.0.store.history(&seen.call).await.map_err(busy)?;
        let lines = lines.into_iter();
        let lines = lines.map(|line| (line.rev, serde_json::from_slice(&line.body).map_err(|error| error.to_string())));
        let source_map = self.0.store.program(&seen.program).await.map_err(busy)?;
        Ok(History { lines: lines.collect(), source_map: source_map.map(|(_, map)| map).unwrap_or_default() })
    }

    /// A call as something to be played again; `None` where no history of it is kept, or no program.
    ///
    /// # Errors
    /// When the store cannot be used now.
    pub async fn to_replay(&self, seen: &Seen, keep: bool) -> Result<Option<Recorded>, Refusal> {
        let history = self.history(seen).await?;
        let program = self.0.store.program(&seen.program).await;
        let program = program.map_err(|error| Refusal::Busy(error.to_string()))?;
        let program = program.and_then(|(bytes, _)| Program::from_bytes(&bytes).ok());
        let (Some(doc), Some(program)) = (&seen.doc, program) else { return Ok(None) };
        // What comes behind a line that cannot be read may depend on it.
        let lines: Vec<Line> = history.lines.into_iter().map_while(|(_, line)| line.ok()).collect();
        Ok((!lines.is_empty()).then(|| Recorded::of(&program, &seen.program, &doc.call, &lines, keep)))
    }

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
    pub async fn calls(&self, among: Among, limit: usize) -> Result<Vec<Listed>, Refusal> {
        self.0.store.list(among, limit).await.map_err(|error| Refusal::Busy(error.to_string()))
    }

    /// The flow a program hash belongs to.
    pub async fn flow_of(&self, hash: &str) -> Option<String> {
        self.program(hash).await.ok().flatten().map(|program| program.flow.clone())
    }
}
