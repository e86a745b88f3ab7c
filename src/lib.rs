//! flowc: phone call flows as text.
//!
//! Two threads run through the crate. **The language** turns text into a checked state graph; **the call** turns events into
//! commands. They meet in one type, [`language::graph::Program`]. The modules below stand in reading order, and a module may
//! import only from those above it (`ARCHITECTURE.md` has the table, `tests/architecture.rs` holds it).

pub mod planted;

pub mod platform;

pub mod metrics;

pub mod language;

pub mod machine;

pub mod provider;

pub mod invoke;

pub mod store;

pub mod http;

pub mod runtime;

pub mod emulator;

pub mod recordings;

pub mod simulator;

pub mod rehearsal;

pub mod server;

pub mod cli;

pub mod config;
