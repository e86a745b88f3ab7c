//! One request to the emulator's cloud and its answer, over the wire's mappings, without a wire.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::emulator::api::Asked;
use crate::emulator::cloud::Cloud;
use crate::provider::acs::from_wire::response::{Reply, classify};
use crate::provider::acs::to_wire::{Site, to_wire};
use crate::provider::{Outcome, Request};

/// Has a cloud carry out a request at this virtual time, which is `clock` on the wall, in milliseconds since the epoch. The status of
/// its answer, where the request could be put on the wire, and what it means.
pub fn carries_out(cloud: &mut Cloud, now: u64, request: &Request, site: &Site, clock: i64) -> (Option<u16>, Outcome) {
    let wire = match to_wire(request, site) {
        Ok(wire) => wire,
        Err(error) => return (None, error.outcome()),
    };
    let (path, query) = wire.path_and_query.split_once('?').unwrap_or((&wire.path_and_query, ""));
    let row = wire.operation.row();
    let repeat_id = row.repeatable.then(|| request.repeat_id.to_string());
    let first_sent = row.repeatable.then(|| {
        let first_sent = jiff::Timestamp::from_millisecond(request.first_sent).unwrap_or_default();
        first_sent.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    });
    let body = wire.body.as_deref().unwrap_or_default();
    let asked = Asked {
        method: row.method.as_str(),
        path,
        query: Some(query),
        host: Some("flowc.communication.azure.com"),
        is_secure: true,
        content_type: (!body.is_empty()).then_some("application/json"),
        repeat_id: repeat_id.as_deref(),
        repeat_first_sent: first_sent.as_deref(),
        body,
    };
    let answer = cloud.rest(now, &asked);
    let body = answer.body.as_deref().unwrap_or_default().as_bytes();
    let reply = Reply { status: answer.status, retry_after: None, body };
    (Some(answer.status), classify(wire.operation, &reply, clock))
}
