//! The durable runtime: events in, one commit, commands out.
//!
//! Its parts are one-shot state machines: [`turn`] (load, step, commit) and [`dispatch`] (what to send next, and what its
//! outcome means) take an input with its time and say what they want done; [`drive`] does it and hands the result back. A
//! crash may fall between any two of those, and nothing outside the store may matter afterwards. Only [`drive`] does I/O.

pub mod begin;

pub mod dispatch;

pub mod doc;

pub mod drive;

pub mod mac;

pub mod turn;
