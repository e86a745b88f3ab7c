//! One call in progress: [`step`]`(program, call, event) -> call', commands, trace`. Pure and total.
//!
//! Knows the graph and the flow's typed parts; never syntax, HTTP, a store or a clock. Time comes in with the event, effects
//! go out as values, and an event that does not fit changes nothing but the trace.
//!
//! **Contract.** Make a call with [`call::Call::begin`], give it [`event::EventKind::Begin`] first, then every event as it is
//! learned of. After each step, keep the returned call, carry out the commands in their order, drop those of earlier steps
//! that [`call::Call::wants`] no longer wants, and come back with [`event::EventKind::Due`] when [`call::Call::next_due`] says so.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod command;

pub mod event;

pub mod call;

pub mod beginning;

pub mod crossing;

pub mod errands;

pub mod hush;

pub mod keys;
pub mod listening;

pub mod people;

pub mod recording;

pub mod watch;

pub mod preview;

pub mod timer;

pub mod trace;

mod acting;
mod add;
mod answer;
mod answers;
mod collect;
mod connect;
mod decide;
mod dial;
mod hangup;
mod hours;
mod invoke;
mod menu;
mod move_here;
mod moves;
mod mute;
mod orders;
mod play;
mod query;
mod question;
mod recognize;
mod refuse;
mod remove;
mod reprompt;
mod rules;
mod run;
mod say;
mod send_keys;
mod set;
mod signal;
mod stepper;
mod take_message;
mod transfer;
mod wait;

#[cfg(test)]
mod tests;

pub use stepper::{Ordered, Step, step};
