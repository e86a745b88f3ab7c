//! How long a request waits that was certainly not carried out, and how long that goes on.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use uuid::Uuid;

/// The first pause, in milliseconds; doubled each time.
const FIRST_MS: u64 = 500;
/// The longest of them.
const LONGEST_MS: u64 = 8_000;
/// The longest that the platform is obeyed in how long to wait, in milliseconds.
const OBEYED_MS: u64 = 30_000;
/// How long a request is tried that was certainly never carried out, in milliseconds.
const FOR_MS: i64 = 120_000;
/// How long one is tried of which an attempt may have been carried out: the platform recognises repetitions for a time that it
/// does not say.
const REPEATED_FOR_MS: i64 = 50_000;

/// How long to wait before the next attempt, in milliseconds: at least as long as was said, and longer each time. Up to a tenth
/// more by the request's id, so that those that failed together do not come again together.
#[must_use]
pub fn pause(id: Uuid, refused: u32, least_ms: u64) -> u64 {
    let grown = (FIRST_MS << refused.saturating_sub(1).min(8)).min(LONGEST_MS).max(least_ms.min(OBEYED_MS));
    let drawn = u64::from(id.as_fields().0).wrapping_add(u64::from(refused).wrapping_mul(0x9e37_79b9)) % 1_000;
    grown + grown * drawn / 10_000
}

/// Whether a request is given up that has been tried since then, and would be tried again in so many milliseconds.
#[must_use]
pub fn is_over(since: i64, may_be_done: bool, now: i64, pause_ms: u64) -> bool {
    let most = if may_be_done { REPEATED_FOR_MS } else { FOR_MS };
    now.saturating_add_unsigned(pause_ms) > since.saturating_add(most)
}

#[cfg(test)]
mod tests {
    use crate::runtime::patience::{is_over, pause};
    use uuid::Uuid;

    /// When a request is tried that is refused each time, in milliseconds after the first.
    fn tries(id: Uuid, least_ms: u64) -> Vec<i64> {
        let (mut at, mut refused) = (vec![0], 0);
        loop {
            let now = at[at.len() - 1];
            refused += 1;
            let wait = pause(id, refused, least_ms);
            if is_over(0, false, now, wait) {
                return at;
            }
            at.push(now.saturating_add_unsigned(wait));
        }
    }

    #[test]
    fn pauses_grow_and_two_minutes_without_a_connection_are_survived() {
        let at = tries(Uuid::from_u128(0), 500);
        assert!(at.len() < 25, "{at:?}");
        let last = at[at.len() - 1];
        assert!((108_000..=120_000).contains(&last), "{at:?}");
        for (pair, least) in at.windows(2).zip([500, 1_000, 2_000, 4_000, 8_000, 8_000]) {
            let pause = pair[1] - pair[0];
            assert!((least..=least + least / 10).contains(&pause), "{pause}");
        }
    }

    #[test]
    fn the_platform_is_obeyed_and_the_same_request_waits_the_same() {
        for number in [1u128, u128::MAX / 3, u128::MAX] {
            let id = Uuid::from_u128(number);
            for refused in 1..40 {
                let wait = pause(id, refused, 3_000);
                assert!((3_000..=8_800).contains(&wait), "{wait}");
                assert_eq!(wait, pause(id, refused, 3_000));
            }
            assert!((30_000..=33_000).contains(&pause(id, 1, u64::MAX)));
        }
        let waits = |number: u128| pause(Uuid::from_u128(number << 96), 5, 0);
        assert_ne!(waits(1), waits(2), "others wait otherwise");
    }

    #[test]
    fn what_may_have_been_carried_out_is_given_up_within_the_minute() {
        assert!(!is_over(0, false, 60_000, 8_000));
        assert!(is_over(0, true, 45_000, 8_000));
    }
}
