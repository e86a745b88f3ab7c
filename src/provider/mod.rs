//! (being written)

pub mod acs;
