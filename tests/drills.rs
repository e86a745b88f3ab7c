//! Drills with the real binary that take the machine to themselves: a program of their own, beside which no other
//! test runs.

mod agreement;
mod chaos;
mod harness;
