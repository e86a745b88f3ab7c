//! Telephone keys as authors write them. Which keys a field takes is found out by `check`.

/// `*` and `#` as words, so that both spellings read alike: `*` is `star`, `*7` is `star 7`.
pub(crate) fn in_words(keys: &str) -> String {
    if !keys.contains(['*', '#']) {
        return keys.to_owned();
    }
    let spelled = keys.chars().map(|key| match key {
        '*' => " star ".to_owned(),
        '#' => " pound ".to_owned(),
        other => other.to_string(),
    });
    let spelled: String = spelled.collect();
    spelled.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use crate::language::syntax::keys::in_words;

    #[test]
    fn signs_become_words() {
        for (written, read) in [("1", "1"), ("*", "star"), ("#", "pound"), ("*7", "star 7"), ("star 7", "star 7")] {
            assert_eq!(in_words(written), read);
        }
    }
}
