//! The rounds of the ordinary test run, the same every time. `bolero`'s own engine draws new seeds on each run, which is what
//! long runs want; it takes over when one of its variables asks for such a run.

use bolero::bolero_engine::driver::Options;
use bolero::bolero_engine::input::Bytes;
use bolero::bolero_engine::{Engine, Seed, Test, panic};
use std::fmt::Debug;

/// Bytes a round is made from, more than any recipe takes.
const LENGTH: usize = 256;

/// So many rounds, counted from nothing.
#[derive(Debug)]
pub(crate) struct Fixed {
    /// How many.
    pub(crate) rounds: u64,
}

impl<T: Test> Engine<T> for Fixed
where
    T::Value: Debug,
{
    type Output = ();

    fn run(self, mut test: T, options: Options) {
        for round in 0..self.rounds {
            let bytes = bytes(round);
            let Err(error) = test.test(&mut Bytes::new(&bytes, &options)) else { continue };
            let smaller = test.shrink(bytes, Some(Seed::from(round)), &options);
            panic::forward_panic(true);
            panic!("round {round}: {}", smaller.map_or(error.to_string(), |failure| failure.to_string()));
        }
    }
}

/// Whether somebody wants a long run.
pub(crate) fn is_long_run() -> bool {
    const ASKED: [&str; 4] =
        ["BOLERO_RANDOM_ITERATIONS", "BOLERO_RANDOM_SEED", "BOLERO_RANDOM_TEST_TIME_MS", "CARGO_BOLERO_SELECT"];
    cfg!(fuzzing) || ASKED.iter().any(|name| std::env::var_os(name).is_some())
}

/// The bytes of a round: splitmix64, a generator of a few lines whose numbers no release will change.
fn bytes(round: u64) -> Vec<u8> {
    let mut state = round.wrapping_mul(0xA076_1D64_78BD_642F);
    let mut next = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    };
    (0..LENGTH / 8).flat_map(|_| next().to_le_bytes()).collect()
}

/// Holds a law over recipes, for so many rounds or for as long as somebody asks.
macro_rules! holds {
    ($rounds:expr, $law:path) => {
        if $crate::fuzz::engine::is_long_run() {
            bolero::check!().with_type::<$crate::fuzz::Recipe>().for_each($law);
        } else {
            bolero::TestTarget::new($crate::fuzz::engine::Fixed { rounds: $rounds })
                .with_type::<$crate::fuzz::Recipe>()
                .for_each($law);
        }
    };
}
pub(crate) use holds;

#[test]
fn a_law_that_does_not_hold_is_found() {
    let result = std::panic::catch_unwind(|| {
        bolero::TestTarget::new(Fixed { rounds: 100 })
            .with_type::<u8>()
            .for_each(|number: &u8| assert!(*number < 200, "too large"));
    });
    let said = result.expect_err("one round in five has a large number");
    let said = said.downcast_ref::<String>().expect("words");
    assert!(said.contains("too large") && said.contains("200"), "{said}");
}
