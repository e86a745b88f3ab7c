//! The cloud, here: a Call Automation emulator written from the platform's contract.
//!
//! [`cloud::Cloud`] is a pure state machine in virtual time: requests, acts of people and the passing of time go in, answers and
//! [`effect::Effect`]s come out. [`server`] is the only part that does I/O. Neither knows flows, machines, runtimes or stores: this
//! is the other side of the wire.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod across;
pub mod answer;
pub mod api;
mod body;
pub(crate) mod call;
mod check;
pub mod cloud;
mod connect;
mod dial;
pub mod effect;
mod ending;
mod files;
mod first;
mod grid;
mod hear;
mod human;
mod identity;
mod ids;
mod incoming;
mod invite;
mod journal;
mod keys;
mod leg;
mod luck;
pub(crate) mod media;
mod notify;
mod people;
mod person;
mod phones;
mod prompt;
mod recording;
mod repeat;
mod ring;
mod roster;
mod route;
mod script;
#[allow(clippy::disallowed_methods, clippy::disallowed_types)]
pub mod server;
mod signature;
mod streams;
mod telemetry;
pub(crate) mod transcript;
mod transfer;
mod uri;
mod view;
mod world;

#[cfg(test)]
mod beside_tests;
#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod cloud_laws;
#[cfg(test)]
mod cloud_tests;
#[cfg(test)]
mod group_tests;
#[cfg(test)]
mod media_tests;
#[cfg(test)]
#[allow(clippy::disallowed_methods, clippy::disallowed_types)]
mod server_tests;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod stream_tests;

pub use crate::emulator::server::{Emulator, Error, FAST, Faults, Pace, Settings, serve};
