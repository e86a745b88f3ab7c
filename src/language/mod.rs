//! The language: text to [`graph::Program`]. Pure: no clock, disk, network, environment or randomness.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod source;

pub mod diagnostic;

pub mod duration;

pub mod syntax;

pub mod format;

pub mod schema;

pub mod flow;

pub mod check;

pub mod graph;

pub mod prove;

pub mod compile;
