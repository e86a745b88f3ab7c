//! The whole service in virtual time: the runtime's one-shots over a store in memory, against the emulator's cloud over the wire's
//! mappings, with everything between them going wrong. One seed decides a run; `oracle` watches it.
//!
//! Nothing here waits, sleeps or reads a clock: the next thing that happens is the next on the agenda, and what it leads to is put
//! there. A process dies between any two things that happen to it.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod acts;
pub mod dice;
mod link;
mod oracle;
pub mod platform;
mod process;
pub mod run;
pub mod scene;
pub mod setup;
mod shots;
pub mod stories;
mod work;

#[cfg(test)]
#[allow(clippy::disallowed_methods, clippy::disallowed_types)]
mod seeds_tests;
