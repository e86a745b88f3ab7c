//! Participants by name: the party, and those whom the flow declares.

use crate::language::check::names::Declared;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::Word;

/// A declared participant's name. The finding is missing where the declaration may stand in what could not be read.
pub fn known(word: &Word, declared: &Declared) -> Result<String, Option<Diagnostic>> {
    if declared.participants.contains(word.value.as_str()) {
        return Ok(word.value.clone());
    }
    if word.value.is_empty() || declared.unread.may_hold(&word.value) || declared.unread.may_hold("participants") {
        return Err(None);
    }
    let near = declared.near(&word.value, declared.participants.iter().copied());
    let message = format!("unknown participant `{}`", word.value);
    let finding = Diagnostic::new(Code::F0116, message, word.span, "the flow declares nobody of this name")
        .help(format!("declare it: `participant {}`", word.value))
        .meant(&word.value, near)
        .for_want_of("participant", &word.value);
    Err(Some(finding))
}

/// Somebody who may be heard or spoken to: `None` for the party.
pub fn listener(word: &Word, declared: &Declared) -> Result<Option<String>, Option<Diagnostic>> {
    if word.value == "party" { Ok(None) } else { known(word, declared).map(Some) }
}
