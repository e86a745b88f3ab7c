//! What was seen of each operation and each webhook while the SDKs' programs ran: what went over the wire, what the SDKs' own parsers
//! made of it, and what the service itself makes and reads of the same.

use crate::harness::recorder::Exchange;
use crate::published::description::{self, Description};
use crate::published::{self, traffic};
use crate::sdk::Run;
use crate::sdk::mapped::tag;
use flowc::machine::event::Answer;
use flowc::platform::events::{PREFIX, WEBHOOKS};
use flowc::platform::operations::{Operation, TABLE};
use flowc::platform::versions::NEWEST_STABLE;
use flowc::provider::Outcome;
use flowc::provider::acs::from_wire::response::{Reply, classify};
use flowc::provider::acs::from_wire::webhook;
use serde_json::Value;
use std::collections::BTreeSet;

/// The evidence; of the SDKs in the order of their runs.
#[derive(Clone, Debug)]
pub(crate) struct Evidence {
    /// Operations that the service asks for as published, and whose answers it takes for what they are.
    pub(crate) provider: BTreeSet<Operation>,
    /// Operations that the emulator carried out, request and answer as published.
    pub(crate) emulator: BTreeSet<Operation>,
    /// Those of them that each SDK asked for.
    pub(crate) asked: [BTreeSet<Operation>; 2],
    /// Webhooks that the emulator sent, their data as published.
    pub(crate) emitted: BTreeSet<String>,
    /// Those of them that each SDK's own parser read.
    pub(crate) parsed: [BTreeSet<String>; 2],
    /// Those of them that the service reads.
    pub(crate) read: BTreeSet<String>,
}

impl Evidence {
    /// From what came of the programs.
    pub(crate) fn of(runs: &[Run; 2]) -> Evidence {
        let published = Description::of(NEWEST_STABLE);
        let asked = runs.each_ref().map(|run| carried_out(&published, &run.asked));
        let sent = runs.each_ref().map(|run| emitted(&published, &run.sent));
        let said = runs.each_ref().map(|run| said(&run.said));
        for (said, sent) in said.iter().zip(&sent) {
            let invented: Vec<&String> = said.difference(sent).collect();
            assert!(invented.is_empty(), "read, though nothing of the kind came: {invented:?}");
        }
        let misread: BTreeSet<Operation> = runs.iter().flat_map(|run| misunderstood(&run.asked)).collect();
        let unread: BTreeSet<String> = runs.iter().flat_map(|run| unread(&run.sent)).collect();
        let emitted: BTreeSet<String> = sent.iter().flatten().cloned().collect();
        Evidence {
            provider: published::made().difference(&misread).copied().collect(),
            emulator: asked.iter().flatten().copied().collect(),
            asked,
            read: emitted.difference(&unread).cloned().collect(),
            emitted,
            parsed: said,
        }
    }
}

/// The operation that a request is for.
fn operation(exchange: &Exchange) -> Option<Operation> {
    let path = exchange.target.split('?').next()?;
    let found = TABLE.iter().find(|row| row.method.as_str() == exchange.method && description::fits(row.path, path));
    found.map(|row| row.operation)
}

/// Operations that succeeded.
fn succeeded(seen: &[Exchange]) -> impl Iterator<Item = (Operation, &Exchange)> {
    seen.iter().filter_map(|exchange| {
        let operation = operation(exchange)?;
        operation.row().is_success(exchange.status).then_some((operation, exchange))
    })
}

fn carried_out(published: &Description, seen: &[Exchange]) -> BTreeSet<Operation> {
    let as_published = |one: &Exchange| traffic::requests(published, std::slice::from_ref(one)).is_empty();
    succeeded(seen).filter(|(_, exchange)| as_published(exchange)).map(|(operation, _)| operation).collect()
}

/// Operations whose success the service would take for something else.
fn misunderstood(seen: &[Exchange]) -> BTreeSet<Operation> {
    let is_understood = |operation, exchange: &Exchange| {
        let reply = Reply { status: exchange.status, retry_after: None, body: &exchange.answer };
        matches!(classify(operation, &reply, 0), Outcome::Definite(Answer::Accepted(_)))
    };
    succeeded(seen).filter(|(operation, one)| !is_understood(*operation, one)).map(|(operation, _)| operation).collect()
}

/// Names of the events in a webhook.
fn names(exchange: &Exchange) -> Vec<String> {
    let body: Value = serde_json::from_slice(&exchange.body).unwrap_or_default();
    let name = |event: &Value| Some(event["type"].as_str()?.strip_prefix(PREFIX)?.to_owned());
    body.as_array().into_iter().flatten().filter_map(name).collect()
}

fn emitted(published: &Description, sent: &[Exchange]) -> BTreeSet<String> {
    let as_published = |one: &&Exchange| traffic::webhooks(published, std::slice::from_ref(one)).is_empty();
    let taken = |one: &&Exchange| (200..300).contains(&one.status);
    sent.iter().filter(taken).filter(as_published).flat_map(names).collect()
}

/// What a program says that its SDK's parser read.
fn said(lines: &[String]) -> BTreeSet<String> {
    lines.iter().filter_map(|line| line.strip_prefix("event ")).map(ToOwned::to_owned).collect()
}

/// Webhooks of which the service did not read one as what it is.
fn unread(sent: &[Exchange]) -> BTreeSet<String> {
    let known = |name: &str| WEBHOOKS.iter().any(|(_, known)| *known == name);
    let is_read = |exchange: &Exchange, names: &[String]| {
        let read = webhook::read(&exchange.body).unwrap_or_default();
        let inside = read.iter().flatten().map(|one| {
            let kind = serde_json::to_value(&one.webhook.kind).expect("JSON");
            tag(&kind).replace('_', "")
        });
        inside.eq(names.iter().map(|name| name.to_lowercase())) && names.iter().all(|name| known(name))
    };
    let all = sent.iter().map(|exchange| (exchange, names(exchange)));
    all.filter(|(exchange, names)| !is_read(exchange, names)).flat_map(|(_, names)| names).collect()
}
