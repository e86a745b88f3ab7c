//! A flow's typed, resolved parts: types, values, expressions, prompts, hours, states and the labels of edges. What `check`
//! makes of the syntax tree, what a [`crate::language::graph::Program`] is made of, and what the machine reads. No text, no
//! spans.

pub mod calendar;

pub mod arithmetic;

pub mod call;

pub mod decimal;

pub mod eval;

pub mod expr;

pub mod form;

pub mod functions;

pub mod label;

pub mod origin;

pub mod pattern;

pub mod prompt;

pub mod routes;

pub mod secret;

pub mod service;

pub mod show;

pub mod speak;

pub mod state;

pub mod types;

pub mod value;
