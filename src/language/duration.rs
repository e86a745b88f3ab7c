//! Durations as authors write them: read from text, and shown again. Both spellings, the checker, values from outside and what is
//! shown of a flow agree here.

/// The longest duration that can be written: 30 days, in milliseconds.
const LONGEST_MS: u64 = 30 * 24 * 3_600_000;

/// The milliseconds of `500ms`, `6s`, `4m`, `2h`; `None` when it is no duration, or longer than 30 days.
#[must_use]
pub fn read(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let factor = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor).filter(|ms| *ms <= LONGEST_MS)
}

/// A duration in the largest unit that fits: `240000` is `4m`.
#[must_use]
pub fn show(ms: u64) -> String {
    match ms {
        ms if ms > 0 && ms.is_multiple_of(3_600_000) => format!("{}h", ms / 3_600_000),
        ms if ms > 0 && ms.is_multiple_of(60_000) => format!("{}m", ms / 60_000),
        ms if ms.is_multiple_of(1_000) => format!("{}s", ms / 1_000),
        ms => format!("{ms}ms"),
    }
}

#[cfg(test)]
mod tests {
    use crate::language::duration;

    #[test]
    fn durations() {
        for (text, ms) in [("500ms", 500), ("6s", 6_000), ("4m", 240_000), ("2h", 7_200_000), ("0s", 0)] {
            assert_eq!(duration::read(text), Some(ms), "{text}");
            assert_eq!(duration::show(ms), text);
        }
        assert_eq!(duration::read("720h"), Some(2_592_000_000));
        for bad in ["", "s", "6", "6 s", "-6s", "1.5s", "6d", "6sec", "721h", "99999999h", "99999999999999999999h"] {
            assert_eq!(duration::read(bad), None, "{bad}");
        }
    }
}
