//! One question in time: when to make an attempt, how long it may take, whether to make a second one, and what came of it all.
//!
//! A one-shot: started once, then handed the result of each [`Next`] until it is done. The time comes with every result.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::invoke::from_http::{Reply, from_http};
use crate::invoke::{Failure, Invoked};
use crate::language::flow::service::Operation;

/// Of the time of an operation that may be asked again, the first attempt has so much, in parts of [`WHOLE`].
const FIRST: u64 = 3;
/// See [`FIRST`].
const WHOLE: u64 = 5;
/// Less time than this is not worth an attempt, in milliseconds.
const LEAST_MS: u64 = 50;
/// Bounds of the pause before a second attempt, in milliseconds.
const PAUSE_MS: (u64, u64) = (50, 250);

/// What is next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Make an attempt that takes at most this long.
    Attempt {
        /// Milliseconds.
        within_ms: u64,
    },
    /// Let this many milliseconds pass.
    Wait {
        /// Milliseconds.
        ms: u64,
    },
    /// Nothing more; this came of it.
    Done(Invoked),
}

/// What came of a [`Next`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Got {
    /// An answer.
    Answered(Reply),
    /// None.
    Lost(Failure),
    /// The time has passed.
    Waited,
}

/// A question being asked.
#[derive(Clone, Debug)]
pub struct Ask<'o> {
    operation: &'o Operation,
    /// Spreads the pauses of questions that fail together; from the idempotency key, so that a replay is the same.
    seed: u64,
    began: i64,
    attempts: u32,
    /// The last failure.
    failure: Failure,
}

impl<'o> Ask<'o> {
    /// A question to an operation under its idempotency key.
    #[must_use]
    pub fn new(operation: &'o Operation, key: &str) -> Ask<'o> {
        let seed =
            key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, b| (hash ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
        Ask { operation, seed, began: 0, attempts: 0, failure: Failure::TimedOut }
    }

    /// The first step; `now` in milliseconds.
    pub fn start(&mut self, now: i64) -> Next {
        self.began = now;
        self.attempt(now)
    }

    /// Takes what came of the last step.
    pub fn got(&mut self, got: Got, now: i64) -> Next {
        let failure = match got {
            Got::Waited => return self.attempt(now),
            Got::Lost(failure) => failure,
            Got::Answered(reply) => match from_http(self.operation, &reply) {
                Ok(told) => {
                    let took_ms = self.took(now);
                    return Next::Done(Invoked { outcome: told.outcome, value: told.value, reason: None, took_ms });
                }
                Err(failure) => failure,
            },
        };
        let again = self.operation.safe_to_repeat && self.attempts < 2 && failure.may_pass();
        self.failure = failure;
        let pause = PAUSE_MS.0 + self.seed % (PAUSE_MS.1 - PAUSE_MS.0);
        let ms = pause.min(self.left(now) / 4);
        if again && self.left(now) >= LEAST_MS + ms { Next::Wait { ms } } else { self.failed(now) }
    }

    fn attempt(&mut self, now: i64) -> Next {
        let left = self.left(now);
        if left == 0 {
            return self.failed(now);
        }
        self.attempts += 1;
        let first = self.operation.safe_to_repeat && self.attempts == 1;
        Next::Attempt { within_ms: if first { (left * FIRST / WHOLE).max(1) } else { left } }
    }

    fn failed(&self, now: i64) -> Next {
        Next::Done(Invoked::failed(&self.failure, self.took(now)))
    }

    fn took(&self, now: i64) -> u64 {
        u64::try_from(now.saturating_sub(self.began)).unwrap_or(0)
    }

    fn left(&self, now: i64) -> u64 {
        self.operation.timeout_ms.saturating_sub(self.took(now))
    }
}

#[cfg(test)]
mod tests {
    use crate::invoke::Failure;
    use crate::invoke::ask::{Ask, Got, Next};
    use crate::invoke::from_http::Reply;
    use crate::language::flow::service::{Method, Operation};
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    fn operation(safe_to_repeat: bool) -> Operation {
        Operation { safe_to_repeat, ..Operation::plain(Method::Post) }
    }

    fn status(status: u16) -> Got {
        Got::Answered(Reply { status, ..Reply::default() })
    }

    fn done(next: Next) -> (String, u64) {
        let Next::Done(invoked) = next else { panic!("not done: {next:?}") };
        (invoked.outcome, invoked.took_ms)
    }

    #[test]
    fn what_is_not_safe_is_asked_once() {
        let operation = operation(false);
        for lost in [status(503), Got::Lost(Failure::TimedOut), Got::Lost(Failure::NotConnected)] {
            let mut ask = Ask::new(&operation, "c.1");
            assert_eq!(ask.start(1_000), Next::Attempt { within_ms: 5_000 });
            assert_eq!(done(ask.got(lost, 1_900)), ("failed".to_owned(), 900));
        }
    }

    #[test]
    fn what_is_safe_is_asked_twice_within_the_same_time() {
        let operation = operation(true);
        let mut ask = Ask::new(&operation, "c.1");
        assert_eq!(ask.start(0), Next::Attempt { within_ms: 3_000 });
        let Next::Wait { ms } = ask.got(Got::Lost(Failure::TimedOut), 3_000) else { panic!("no second attempt") };
        assert!((50..250).contains(&ms));
        assert_eq!(ask.got(Got::Waited, 3_100), Next::Attempt { within_ms: 1_900 });
        assert_eq!(done(ask.got(status(503), 3_200)), ("failed".to_owned(), 3_200));
        let mut ask = Ask::new(&operation, "c.1");
        ask.start(0);
        assert!(matches!(ask.got(status(500), 10), Next::Wait { .. }));
        ask.got(Got::Waited, 100);
        assert_eq!(done(ask.got(status(204), 120)), ("ok".to_owned(), 120));
    }

    #[test]
    fn what_the_service_means_is_not_asked_again() {
        let operation = operation(true);
        for meant in [status(403), status(302), Got::Lost(Failure::TooLarge(1)), Got::Lost(Failure::Forbidden)] {
            let mut ask = Ask::new(&operation, "c.1");
            ask.start(0);
            assert_eq!(done(ask.got(meant, 5)).0, "failed");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 500, rng_seed: RngSeed::Fixed(4), failure_persistence: None, ..ProptestConfig::default()
        })]

        /// Attempts that keep to the time they are given end within the operation's, after two at most.
        #[test]
        fn the_time_holds(timeout_ms in 100..30_000_u64, safe in any::<bool>(), key in any::<String>(), used in prop::collection::vec(0..=100_u64, 4)) {
            let operation = Operation { timeout_ms, ..operation(safe) };
            let mut ask = Ask::new(&operation, &key);
            let (mut now, mut attempts, mut used) = (0_u64, 0, used.into_iter());
            let mut next = ask.start(0);
            loop {
                let got = match next {
                    Next::Attempt { within_ms } => {
                        attempts += 1;
                        now += within_ms * used.next().unwrap() / 100;
                        Got::Lost(Failure::TimedOut)
                    }
                    Next::Wait { ms } => {
                        now += ms;
                        Got::Waited
                    }
                    Next::Done(ref invoked) => {
                        prop_assert_eq!(&invoked.outcome, "failed");
                        break;
                    }
                };
                next = ask.got(got, i64::try_from(now).unwrap());
            }
            prop_assert!(now <= timeout_ms, "{now} of {timeout_ms}");
            let most = if safe { 2 } else { 1 };
            prop_assert!(attempts <= most);
        }
    }
}
