//! The platform's contract as data: what its operations, events, codes, tones and limits are called and mean.
//! Pure tables and small functions over them; knows nothing of flows, calls in progress or HTTP.
//!
//! Source of every fact: the public REST description and documentation of Azure Communication Services Call Automation,
//! api-version [`versions::NEWEST_STABLE`]. A fact read off a name rather than documented is marked `[?]`.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod codes;
pub mod depth;
pub mod events;
pub mod generations;
pub mod headers;
pub mod hidden;
pub mod identifier;
pub mod legality;
pub mod limits;
pub mod media_time;
pub mod operations;
pub mod outcomes;
pub mod speech;
pub mod tones;
pub mod versions;
