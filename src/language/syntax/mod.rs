//! Text to [`ast`], in both spellings: every key and scalar with its place, as many syntax findings a run as there are.
//!
//! Knows the shape of the language ([`fields`]); never what a name stands for.

pub mod ast;

pub mod expr;

pub mod fields;

pub mod template;
