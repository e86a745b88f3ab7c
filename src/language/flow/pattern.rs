//! Patterns of `matches`: read once, of a bounded size, and found in time linear to the text.

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Longest pattern, in bytes.
pub const PATTERN_BYTES: usize = 512;
/// Most memory its machine may take, in bytes: this bounds what a step of it costs, repetitions within repetitions included.
const MACHINE_BYTES: usize = 256 * 1024;

/// A pattern.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    machine: Regex,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// When it is none, or too large; in words for the author.
    pub fn new(text: &str) -> Result<Pattern, String> {
        if text.len() > PATTERN_BYTES {
            return Err(format!("longer than {PATTERN_BYTES} bytes"));
        }
        let built = RegexBuilder::new(text).size_limit(MACHINE_BYTES).dfa_size_limit(MACHINE_BYTES).build();
        match built {
            Ok(machine) => Ok(Pattern { text: text.to_owned(), machine }),
            Err(regex::Error::CompiledTooBig(_)) => Err("too large once its repetitions are written out".to_owned()),
            // The last line says what is wrong; those above draw the place, which the finding does itself.
            Err(error) => {
                let text = error.to_string();
                let last = text.lines().last().unwrap_or_default();
                Err(last.trim_start_matches("error: ").to_owned())
            }
        }
    }

    /// As written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is found in the text, anywhere unless it says `^` or `$`.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        self.machine.is_match(text)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.text.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Pattern, D::Error> {
        Pattern::new(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use crate::language::flow::pattern::Pattern;

    #[test]
    fn patterns_are_found_anywhere() {
        let pattern = Pattern::new("b+c").unwrap();
        assert!(pattern.is_in("abbcd") && !pattern.is_in("abd"));
        assert!(!Pattern::new("^b").unwrap().is_in("ab"));
    }

    #[test]
    fn patterns_are_bounded() {
        assert!(Pattern::new(&"a".repeat(600)).unwrap_err().contains("longer"));
        assert!(Pattern::new("((a{100}){100}){100}").unwrap_err().contains("too large"));
        assert_eq!(Pattern::new("a(").unwrap_err(), "unclosed group");
        assert!(Pattern::new("(a)\\1").is_err());
    }
}
