//! Azure Communication Services Call Automation: wire types, mapping both ways, request signing, the HTTPS client.

pub mod wire;
