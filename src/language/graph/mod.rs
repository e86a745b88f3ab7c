//! The state graph: what a flow compiles to, what the machine runs, what people look at.

pub mod program;

pub use program::{Arrow, CallKind, Edge, Node, Program};
