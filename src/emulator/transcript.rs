//! What the people on a call heard, pressed and did, for people to read.

use serde::{Serialize, Serializer};

use crate::platform::identifier::Identifier;
use crate::platform::tones::Tone;

/// How many entries one call keeps; later ones are dropped.
const MOST: usize = 10_000;

/// What a person did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Did {
    /// A prompt reached them.
    Heard,
    /// They left the call.
    Left,
    /// They pressed keys.
    Pressed,
    /// They spoke.
    Said,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Entry {
    /// When it was over, in milliseconds since the call began.
    #[serde(rename = "at", serialize_with = "seconds")]
    pub(crate) at_ms: u64,
    /// Who: a number or a raw id.
    pub(crate) who: String,
    /// What they did.
    pub(crate) did: Did,
    /// What was heard, pressed or said.
    pub(crate) text: String,
    #[serde(skip)]
    act: Option<u64>,
}

fn seconds<S: Serializer>(at_ms: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("+{}.{}s", at_ms / 1000, at_ms % 1000 / 100))
}

/// The entries of a call, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Transcript {
    entries: Vec<Entry>,
}

impl Transcript {
    /// The entries so far.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Somebody heard a prompt, or as much of it as `text` says.
    pub(crate) fn heard(&mut self, at_ms: u64, who: &Identifier, text: &str) {
        self.add(at_ms, who, Did::Heard, text.to_owned(), None);
    }

    /// Somebody left.
    pub(crate) fn left(&mut self, at_ms: u64, who: &Identifier) {
        self.add(at_ms, who, Did::Left, String::new(), None);
    }

    /// Somebody spoke.
    pub(crate) fn said(&mut self, at_ms: u64, who: &Identifier, text: &str) {
        self.add(at_ms, who, Did::Said, text.to_owned(), None);
    }

    /// What somebody began to say was not said to the end: this much was, or nothing.
    pub(crate) fn cut_short(&mut self, who: &Identifier, text: &str, said: &str) {
        let who = who.plain();
        let is_it = |entry: &Entry| entry.did == Did::Said && entry.who == who && entry.text == text;
        let Some(at) = self.entries.iter().rposition(is_it) else { return };
        if said.is_empty() {
            self.entries.remove(at);
        } else {
            said.clone_into(&mut self.entries[at].text);
        }
    }

    /// Somebody pressed a key; keys of one act with nothing between them are one entry.
    pub(crate) fn pressed(&mut self, at_ms: u64, who: &Identifier, tone: Tone, act: u64) {
        let key = tone.to_char().to_ascii_uppercase();
        match self.entries.last_mut() {
            Some(last) if last.act == Some(act) => last.text.push(key),
            _ => self.add(at_ms, who, Did::Pressed, key.to_string(), Some(act)),
        }
    }

    fn add(&mut self, at_ms: u64, who: &Identifier, did: Did, text: String, act: Option<u64>) {
        if self.entries.len() < MOST {
            self.entries.push(Entry { at_ms, who: who.plain(), did, text, act });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::transcript::Transcript;
    use crate::platform::identifier::Identifier;
    use crate::platform::tones::Tone;

    #[test]
    fn keys_of_one_act_are_one_entry() {
        let ada = Identifier::parse("+441632960100");
        let mut transcript = Transcript::default();
        transcript.pressed(1250, &ada, Tone::One, 1);
        transcript.pressed(1450, &ada, Tone::D, 1);
        transcript.pressed(2000, &ada, Tone::Pound, 2);
        transcript.left(61_000, &ada);
        let shown = serde_json::to_value(&transcript).expect("plain data");
        assert_eq!(
            shown,
            serde_json::json!([
                {"at": "+1.2s", "who": "+441632960100", "did": "pressed", "text": "1D"},
                {"at": "+2.0s", "who": "+441632960100", "did": "pressed", "text": "#"},
                {"at": "+61.0s", "who": "+441632960100", "did": "left", "text": ""},
            ])
        );
    }
}
