//! What people say, compared with what is listened for: one rule for the emulator, rehearsals and scripts.

/// Letter case, punctuation and runs of space put aside.
#[must_use]
pub fn fold(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The phrase that was said, as the index of its choice and its own: the one that is the whole utterance, else the longest that
/// occurs in it as whole words. A tie between two choices is nobody's.
#[must_use]
pub fn matching<'p>(said: &str, choices: &[&'p [String]]) -> Option<(usize, &'p str)> {
    let said = fold(said);
    let padded = format!(" {said} ");
    let mut best: Option<(usize, usize, &'p str)> = None;
    let mut tied = false;
    for (index, phrases) in choices.iter().enumerate() {
        for phrase in phrases.iter() {
            let folded = fold(phrase);
            if folded.is_empty() {
                continue;
            }
            if folded == said {
                return Some((index, phrase));
            }
            if !padded.contains(&format!(" {folded} ")) {
                continue;
            }
            let length = folded.chars().count();
            match best {
                Some((most, ..)) if length < most => {}
                Some((most, other, _)) if length == most => tied |= other != index,
                _ => {
                    best = Some((length, index, phrase));
                    tied = false;
                }
            }
        }
    }
    best.filter(|_| !tied).map(|(_, index, phrase)| (index, phrase))
}

#[cfg(test)]
mod tests {
    use crate::platform::speech::{fold, matching};

    fn taken(said: &str) -> Option<(usize, String)> {
        let choices: [Vec<String>; 3] = [
            vec!["sales".into(), "buy".into(), "I'd like to buy".into()],
            vec!["support".into(), "help".into()],
            vec!["sales support".into(), "hilf".into(), "two".into()],
        ];
        let slices: Vec<&[String]> = choices.iter().map(Vec::as_slice).collect();
        matching(said, &slices).map(|(index, phrase)| (index, phrase.to_owned()))
    }

    #[test]
    fn punctuation_and_case_do_not_count() {
        assert_eq!(fold("  Hello,  WORLD – it's  9:30! "), "hello world it s 9 30");
    }

    #[test]
    fn whole_utterance_then_longest_then_nobody() {
        assert_eq!(taken("Sales!"), Some((0, "sales".to_owned())));
        assert_eq!(taken("sales support"), Some((2, "sales support".to_owned())));
        assert_eq!(taken("er, sales support please"), Some((2, "sales support".to_owned())), "the longest wins");
        assert_eq!(taken("I'd like to buy, please"), Some((0, "I'd like to buy".to_owned())));
        assert_eq!(taken("help me to buy two"), Some((1, "help".to_owned())));
        assert_eq!(taken("buy two"), None, "a tie");
        assert_eq!(taken("salesman"), None, "whole words only");
        assert_eq!(taken("hilfe"), None);
        assert_eq!(taken(""), None);
        assert_eq!(taken("buy and buy"), Some((0, "buy".to_owned())));
    }
}
