//! Azure Communication Services Call Automation: wire types, mapping both ways, request signing, the HTTPS client.

pub mod auth;
pub mod client;
pub mod from_wire;
pub mod party;
pub mod segment;
pub mod to_wire;
pub mod wire;
