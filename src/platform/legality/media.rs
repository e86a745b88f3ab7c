//! Media side by side (the section of that name in `docs/platform.md`): what happens to a media operation that is asked for while another runs.

/// A kind of media operation. Recognize runs on the main leg in a call of two, on the person's own in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Media {
    /// Play to everybody.
    PlayToAll,
    /// Recognize in a call of two parties.
    RecognizeAlone,
    /// Play to the people named.
    PlayToNamed,
    /// Recognize in a group call.
    RecognizeInGroup,
    /// Send DTMF tones.
    SendKeys,
    /// Continuous DTMF recognition.
    ContinuousKeys,
}

/// What becomes of the second of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// Both run.
    Both,
    /// It waits for the first, unless it interrupts it.
    Queued,
    /// It is refused for the same person: 400/8500, or 412/8583.
    Refused,
}

/// What becomes of `asked` while `running` runs, for the same person.
#[must_use]
pub fn beside(running: Media, asked: Media) -> Beside {
    match (running, asked) {
        (Media::PlayToAll | Media::RecognizeAlone, Media::PlayToAll | Media::RecognizeAlone) => Beside::Queued,
        (
            Media::PlayToAll | Media::RecognizeAlone,
            Media::PlayToNamed | Media::RecognizeInGroup | Media::SendKeys | Media::ContinuousKeys,
        )
        | (Media::PlayToNamed | Media::RecognizeInGroup | Media::SendKeys, Media::PlayToAll | Media::RecognizeAlone)
        | (Media::ContinuousKeys, _) => Beside::Both,
        (
            Media::PlayToNamed | Media::RecognizeInGroup | Media::SendKeys,
            Media::PlayToNamed | Media::RecognizeInGroup | Media::SendKeys | Media::ContinuousKeys,
        ) => Beside::Refused,
    }
}

#[cfg(test)]
mod tests {
    use crate::platform::legality::media::{Beside, Media, beside};

    const KINDS: [Media; 6] = [
        Media::PlayToAll,
        Media::RecognizeAlone,
        Media::PlayToNamed,
        Media::RecognizeInGroup,
        Media::SendKeys,
        Media::ContinuousKeys,
    ];

    /// The documented table, row by row: q queues, y runs beside, n is refused.
    #[test]
    fn the_table_is_the_documented_one() {
        let rows = ["qqyyyy", "qqyyyy", "yynnnn", "yynnnn", "yynnnn", "yyyyyy"];
        for (running, row) in KINDS.iter().zip(rows) {
            for (asked, letter) in KINDS.iter().zip(row.chars()) {
                let said = match beside(*running, *asked) {
                    Beside::Both => 'y',
                    Beside::Queued => 'q',
                    Beside::Refused => 'n',
                };
                assert_eq!(said, letter, "{running:?} then {asked:?}");
            }
        }
    }
}
