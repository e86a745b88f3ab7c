//! One call in progress: `step(program, call, event) -> call', commands, trace`. Pure and total.
//!
//! Knows the graph and the flow's typed parts; never syntax, HTTP, a store or a clock.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod command;

pub mod event;
