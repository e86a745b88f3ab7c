//! Drills with the real binary that take the machine to themselves: a program of their own, which runs when the other tests are done.

mod chaos;
mod harness;
