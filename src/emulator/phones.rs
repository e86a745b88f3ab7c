//! How a callee behaves when it is called, as people describe it: `{answer, script?}`.

use serde::Deserialize;

use crate::emulator::answer::Refusal;
use crate::emulator::script::{self, Line};
use crate::platform::outcomes::Outcome;

/// How long a phone takes to say busy, decline or unreachable, in milliseconds.
const REFUSAL_MS: u64 = 400;
/// Longest time anything here may take.
const LONGEST_MS: u64 = 3_600_000;

/// A described phone. The default answers at once and then does nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Phone {
    answer: Answering,
    /// What the person does after answering.
    pub(crate) script: Vec<Line>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answering {
    After(u64),
    Never,
    Not(Outcome),
}

impl Default for Answering {
    fn default() -> Answering {
        Answering::After(0)
    }
}

/// The body of `PUT /emulator/phones/{id}`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Described {
    answer: String,
    #[serde(default)]
    script: Option<Vec<String>>,
}

impl Phone {
    /// Reads a description.
    pub(crate) fn read(described: &Described) -> Result<Phone, Refusal> {
        let answer = match described.answer.as_str() {
            "never" => Answering::Never,
            "busy" => Answering::Not(Outcome::Busy),
            "decline" => Answering::Not(Outcome::Declined),
            "unreachable" => Answering::Not(Outcome::Unreachable),
            time => Answering::After(duration_ms(time).ok_or_else(|| {
                Refusal::field("answer", "must be a time such as `2s`, or `never`, `busy`, `decline`, `unreachable`")
            })?),
        };
        Ok(Phone { answer, script: script::lines(described.script.as_deref().unwrap_or_default())? })
    }

    /// What comes of calling it for at most `most` milliseconds: after how long, and whether somebody answers.
    pub(crate) fn reached(&self, most: u64) -> (u64, Result<(), Outcome>) {
        match self.answer {
            Answering::After(wait) if wait < most => (wait, Ok(())),
            Answering::After(_) | Answering::Never => (most, Err(Outcome::NoAnswer)),
            Answering::Not(outcome) => (REFUSAL_MS, Err(outcome)),
        }
    }
}

/// Reads `2s`, `1.5s`, `300ms`, `1m`; at most an hour.
pub(crate) fn duration_ms(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at(text.find(|c: char| c.is_ascii_alphabetic())?);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |part: &str| !part.is_empty() && part.len() <= 7 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 3 {
        return None;
    }
    let thousandths = whole.parse::<u64>().ok()? * 1000 + format!("{fraction:0<3}").parse::<u64>().ok()?;
    let ms = match unit {
        "ms" => thousandths / 1000,
        "s" => thousandths,
        "m" => thousandths * 60,
        _ => return None,
    };
    (ms <= LONGEST_MS).then_some(ms)
}

#[cfg(test)]
mod tests {
    use crate::emulator::phones::{Described, Phone, duration_ms};
    use crate::platform::outcomes::Outcome;

    fn phone(answer: &str) -> Option<Phone> {
        Phone::read(&Described { answer: answer.to_owned(), script: None }).ok()
    }

    #[test]
    fn times() {
        for (text, ms) in [
            ("2s", 2000),
            ("0s", 0),
            ("1.5s", 1500),
            ("0.25s", 250),
            ("300ms", 300),
            ("1m", 60_000),
            ("60m", 3_600_000),
        ] {
            assert_eq!(duration_ms(text), Some(ms), "{text}");
        }
        for bad in ["", "2", "s", "-1s", "2 s", "1h", "61m", "1.s", ".5s", "99999999999s", "1.2345s", "é"] {
            assert_eq!(duration_ms(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_comes_of_calling() {
        let reached = |answer: &str| phone(answer).map(|phone| phone.reached(30_000));
        assert_eq!(reached("2s"), Some((2000, Ok(()))));
        assert_eq!(reached("40s"), Some((30_000, Err(Outcome::NoAnswer))));
        assert_eq!(reached("never"), Some((30_000, Err(Outcome::NoAnswer))));
        assert_eq!(reached("busy"), Some((400, Err(Outcome::Busy))));
        assert_eq!(Phone::default().reached(30_000), (0, Ok(())));
        assert_eq!(phone("later"), None);
    }
}
