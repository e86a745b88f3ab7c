//! Telephone keys: how people write them, and the platform's names for them.

use serde::{Deserialize, Serialize};

/// One key of a telephone. Serialised under the platform's tone name (`one`, `pound`, `asterisk`, …).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Tone {
    Zero,
    One,
    Two,
    Three,
    Four,
    Five,
    Six,
    Seven,
    Eight,
    Nine,
    A,
    B,
    C,
    D,
    Pound,
    Asterisk,
}

/// Every tone with the character people write and the platform's name.
pub const ALL: &[(Tone, char, &str)] = &[
    (Tone::Zero, '0', "zero"),
    (Tone::One, '1', "one"),
    (Tone::Two, '2', "two"),
    (Tone::Three, '3', "three"),
    (Tone::Four, '4', "four"),
    (Tone::Five, '5', "five"),
    (Tone::Six, '6', "six"),
    (Tone::Seven, '7', "seven"),
    (Tone::Eight, '8', "eight"),
    (Tone::Nine, '9', "nine"),
    (Tone::A, 'a', "a"),
    (Tone::B, 'b', "b"),
    (Tone::C, 'c', "c"),
    (Tone::D, 'd', "d"),
    (Tone::Pound, '#', "pound"),
    (Tone::Asterisk, '*', "asterisk"),
];

impl Tone {
    /// The tone of a written key: `0`–`9`, `*`, `#`, `a`–`d` in either case.
    #[must_use]
    pub fn from_char(key: char) -> Option<Tone> {
        let key = key.to_ascii_lowercase();
        ALL.iter().find(|(_, c, _)| *c == key).map(|(tone, _, _)| *tone)
    }

    /// The tone an author names: one key character, or the words `star` and `pound`.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Tone> {
        let mut chars = word.chars();
        match (chars.next(), chars.next()) {
            (Some(only), None) => Tone::from_char(only),
            _ if word == "star" => Some(Tone::Asterisk),
            _ if word == "pound" => Some(Tone::Pound),
            _ => None,
        }
    }

    /// The written key.
    #[must_use]
    pub fn to_char(self) -> char {
        ALL[self as usize].1
    }

    /// The key as it is spoken to people and written by the formatter: `1`, `star`, `pound`, `a`.
    #[must_use]
    pub fn word(self) -> String {
        match self {
            Tone::Asterisk => "star".to_owned(),
            Tone::Pound => "pound".to_owned(),
            other => other.to_char().to_string(),
        }
    }

    /// The platform's name.
    #[must_use]
    pub fn wire_name(self) -> &'static str {
        ALL[self as usize].2
    }

    /// The tone of a platform name, letter case ignored.
    #[must_use]
    pub fn from_wire_name(name: &str) -> Option<Tone> {
        ALL.iter().find(|(_, _, n)| n.eq_ignore_ascii_case(name)).map(|(tone, _, _)| *tone)
    }
}

#[cfg(test)]
mod tests {
    use crate::platform::tones::{ALL, Tone};

    #[test]
    fn table_order_is_the_enum_order() {
        for (index, (tone, key, name)) in ALL.iter().enumerate() {
            assert_eq!(*tone as usize, index);
            assert_eq!(Tone::from_char(*key), Some(*tone));
            assert_eq!(Tone::from_wire_name(name), Some(*tone));
            assert_eq!(Tone::from_word(&tone.word()), Some(*tone));
            assert_eq!(serde_json::to_value(tone).ok(), Some(serde_json::json!(name)));
        }
    }
}
