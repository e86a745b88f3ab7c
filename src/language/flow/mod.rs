//! A flow's typed, resolved parts: types, values, expressions, prompts, hours, states and the labels of edges. What `check`
//! makes of the syntax tree, what a [`crate::language::graph::Program`] is made of, and what the machine reads. No text, no
//! spans.

pub mod calendar;

pub mod call;

pub mod eval;

pub mod expr;

pub mod label;

pub mod prompt;

pub mod show;

pub mod speak;

pub mod state;

pub mod types;

pub mod value;
