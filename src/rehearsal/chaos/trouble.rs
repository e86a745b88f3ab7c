//! What goes wrong in a run, one by one: each has a name that can be read, written and played again.

use crate::simulator::dice::Dice;
use crate::simulator::scene::Dies;
use std::fmt;
use std::str::FromStr;

/// Something that goes wrong. Changes of calls and webhooks are counted from 1, in the order in which they come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// The process dies at a change, and is back a second later.
    Crash(Dies, u32),
    /// A webhook arrives late, behind those that follow it meanwhile.
    Late(u32, u64),
    /// A webhook never arrives, and is sent again so much later.
    Lost(u32, u64),
    /// A webhook arrives twice, the second time so much later.
    Twice(u32, u64),
}

/// How long it takes until a webhook comes again that was lost, in milliseconds: keys that are told two seconds apart are of two
/// sequences, and nothing tells when they were pressed.
const AGAIN_MS: u64 = 1_700;
/// How late a webhook is, in milliseconds: behind those that are told at the same time.
const BEHIND_MS: u64 = 300;
/// How much later a webhook comes for the second time, in milliseconds: at once, or when the call has gone on.
const TWICE_MS: [u64; 2] = [0, 2_000];

impl Trouble {
    /// One trouble each: at each of so many changes, with each of so many webhooks.
    #[must_use]
    pub fn each(changes: u32, webhooks: u32) -> Vec<Trouble> {
        let crashes = (1..=changes).flat_map(|n| [Trouble::Crash(Dies::Before, n), Trouble::Crash(Dies::After, n)]);
        let told = (1..=webhooks).flat_map(|n| {
            let twice = TWICE_MS.map(|ms| Trouble::Twice(n, ms));
            [Trouble::Late(n, BEHIND_MS), Trouble::Lost(n, AGAIN_MS)].into_iter().chain(twice)
        });
        crashes.chain(told).collect()
    }

    /// The troubles of a seed, within what a caller forgives: webhooks up to two seconds late, one crash.
    #[must_use]
    pub fn of(seed: u64, changes: u32, webhooks: u32) -> Vec<Trouble> {
        let mut dice = Dice::new(seed, 7);
        let mut troubles = Vec::new();
        if dice.chance(700) {
            let side = if dice.chance(500) { Dies::Before } else { Dies::After };
            let change = u32::try_from(dice.between(1, u64::from(changes.max(1)))).unwrap_or(1);
            troubles.push(Trouble::Crash(side, change));
        }
        for webhook in 1..=webhooks {
            match dice.below(100) {
                0..15 => troubles.push(Trouble::Twice(webhook, dice.below(3_000))),
                15..30 => troubles.push(Trouble::Late(webhook, dice.between(1, 400))),
                30..36 => troubles.push(Trouble::Lost(webhook, dice.between(1_000, AGAIN_MS))),
                _ => {}
            }
        }
        troubles
    }

    /// The same with less of it.
    #[must_use]
    pub fn smaller(self) -> Option<Trouble> {
        let half = |ms: u64| (ms > 1).then_some(ms / 2);
        match self {
            Trouble::Crash(..) => None,
            Trouble::Late(n, ms) => half(ms).map(|ms| Trouble::Late(n, ms)),
            Trouble::Lost(n, ms) => half(ms).map(|ms| Trouble::Lost(n, ms)),
            Trouble::Twice(n, ms) => half(ms).map(|ms| Trouble::Twice(n, ms)),
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Crash(Dies::Before, n) => write!(f, "crash before {n}"),
            Trouble::Crash(Dies::After, n) => write!(f, "crash after {n}"),
            Trouble::Late(n, ms) => write!(f, "late {n} {ms}ms"),
            Trouble::Lost(n, ms) => write!(f, "lost {n} {ms}ms"),
            Trouble::Twice(n, ms) => write!(f, "twice {n} {ms}ms"),
        }
    }
}

/// Troubles as they are written: `crash before 7, late 3 300ms`.
#[must_use]
pub fn written(troubles: &[Trouble]) -> String {
    troubles.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Reads troubles as [`written`] writes them.
///
/// # Errors
/// What cannot be read, and how it is written.
pub fn read(text: &str) -> Result<Vec<Trouble>, String> {
    text.split(',').map(str::trim).filter(|one| !one.is_empty()).map(str::parse).collect()
}

impl FromStr for Trouble {
    type Err = String;

    fn from_str(text: &str) -> Result<Trouble, String> {
        let wrong = || {
            format!(
                "`{text}` is no trouble; they are written `crash before 7`, `crash after 7`, `late 3 300ms`, `lost 3 2500ms`, `twice 3 500ms`"
            )
        };
        let words: Vec<&str> = text.split_whitespace().collect();
        let number = |word: &str| word.parse::<u32>().ok().filter(|n| *n > 0).ok_or_else(wrong);
        let ms = |word: &str| word.strip_suffix("ms").and_then(|ms| ms.parse::<u64>().ok()).ok_or_else(wrong);
        match words.as_slice() {
            ["crash", "before", n] => Ok(Trouble::Crash(Dies::Before, number(n)?)),
            ["crash", "after", n] => Ok(Trouble::Crash(Dies::After, number(n)?)),
            ["late", n, late] => Ok(Trouble::Late(number(n)?, ms(late)?)),
            ["lost", n, again] => Ok(Trouble::Lost(number(n)?, ms(again)?)),
            ["twice", n, again] => Ok(Trouble::Twice(number(n)?, ms(again)?)),
            _ => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rehearsal::chaos::trouble::{Trouble, read, written};

    #[test]
    fn troubles_read_back_as_they_are_written() {
        for troubles in [Trouble::each(3, 2), Trouble::of(7, 20, 20), Vec::new()] {
            assert_eq!(read(&written(&troubles)), Ok(troubles));
        }
        for wrong in ["crash", "crash at 7", "late 3", "late 3 300", "late 0 3ms", "twice x 3ms"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert_ne!(Trouble::of(7, 20, 20), Trouble::of(8, 20, 20));
        assert_eq!(Trouble::of(7, 20, 20), Trouble::of(7, 20, 20));
    }
}
