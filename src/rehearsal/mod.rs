//! Rehearsal: a caller's script against the flows of a project, in virtual time, on one thread, without a store or a network.
//!
//! [`stage`] is the line: the emulator's cloud, the machine, and the services as the script has them; [`player`] is the people:
//! it carries out a script's steps as soon as they can be. [`rehearse`] plays one scenario to its end and gives what came of it,
//! [`expect`] holds that against what the scenario expects, [`coverage`] counts what was walked of the flows' graphs.
//! [`chaos`] plays the same scripts against the runtime with troubles between it and the platform.
//! The same scenario comes to the same each time. [`session`] is a call that somebody is on who has not written it down yet.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod begin;
pub mod carried;
pub mod chaos;
pub mod coverage;
pub mod diff;
pub mod expect;
mod floor;
pub mod generate;
pub mod given;
pub mod hearing;
pub mod live;
pub mod made;
pub mod player;
pub mod refused;
pub mod rehearse;
pub mod replay;
pub mod retold;
mod services;
pub mod session;
pub mod stage;
pub mod transcript;
pub mod written;
