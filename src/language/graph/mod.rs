//! The state graph: what a flow compiles to, what the machine runs, what people look at.

pub mod program;

pub mod lower;

pub mod source_map;

pub mod show;

pub mod picture;

pub mod words;

pub mod layout;

pub mod svg;

pub use program::{Arrow, CallKind, Edge, Node, Program};
pub use source_map::SourceMap;
