//! Chaos with the real binary: `flowc serve` is killed, stopped, flooded, starved and given a wrong clock while calls go on, and
//! afterwards its store is held against the books of the platform it worked for. Each run says its seed; `FLOWC_SEED` repeats
//! one as far as the machine's own timing lets it.

mod books;
mod check;
mod clock;
mod desk;
mod dice;
mod full;
mod kills;
mod memory;
mod people;
mod platform;
mod slow;
mod stopped;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Drills take all of the machine: one after the other.
pub(crate) fn one_at_a_time() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A number from the environment.
pub(crate) fn figure(variable: &str, otherwise: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{variable} is a number")),
        Err(_) => otherwise,
    }
}

/// The seed of a drill.
pub(crate) fn seed() -> u64 {
    figure("FLOWC_SEED", 7)
}
