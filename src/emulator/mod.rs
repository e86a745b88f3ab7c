//! The cloud, here: a Call Automation emulator written from the platform's contract.
//!
//! [`cloud::Cloud`] is a pure state machine in virtual time: requests, acts of people and the passing of time go in, answers and
//! [`effect::Effect`]s come out. [`server`] is the only part that does I/O. Neither knows flows, machines, runtimes or stores: this
//! is the other side of the wire.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod answer;
pub mod api;
mod body;
mod call;
mod check;
pub mod cloud;
mod dial;
pub mod effect;
mod grid;
mod hear;
mod human;
mod identity;
mod ids;
mod incoming;
mod journal;
mod media;
mod notify;
mod people;
mod phones;
mod prompt;
mod repeat;
mod route;
mod script;
#[allow(clippy::disallowed_methods, clippy::disallowed_types)]
pub mod server;
mod signature;
mod transcript;
mod transfer;
mod uri;
mod view;
mod world;

#[cfg(test)]
mod cloud_laws;
#[cfg(test)]
mod cloud_tests;
#[cfg(test)]
mod media_tests;
#[cfg(test)]
#[allow(clippy::disallowed_methods, clippy::disallowed_types)]
mod server_tests;
#[cfg(test)]
mod stage;

pub use crate::emulator::server::{Emulator, Error, Faults, Pace, Settings, serve};
