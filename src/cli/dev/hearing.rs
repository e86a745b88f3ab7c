//! Whether what a person heard is what a script expects.

use crate::language::flow::prompt::{LibraryPrompt, Piece, Sound, Words};
use crate::language::graph::Program;
use crate::language::syntax::ast::Expected;
use crate::platform::speech::fold;
use std::sync::Arc;

/// The mark of a prompt that was cut off before its end.
const CUT: char = '…';

/// Whether a text that was heard to its end is what was expected.
pub(super) fn is_heard(program: &Program, expected: &Expected, heard: &str) -> bool {
    match expected {
        Expected::Words(words) => fold(heard).contains(&fold(words)),
        Expected::Prompt(name) => named(program, name).any(|prompt| sounds_like(prompt, heard)),
    }
}

/// Whether a text was cut off.
pub(super) fn is_cut(heard: &str) -> bool {
    heard.ends_with(CUT)
}

/// The prompts of that name in the program's libraries.
fn named<'p>(program: &'p Program, name: &'p str) -> impl Iterator<Item = &'p LibraryPrompt> {
    let is_it = move |key: &str| key == name || key.rsplit_once('.').is_some_and(|(_, short)| short == name);
    let flows = program.flows.values().map(Arc::as_ref).chain([program]);
    flows.flat_map(|flow| &flow.prompts).filter(move |(key, _)| is_it(key)).map(|(_, prompt)| prompt)
}

/// In any locale.
fn sounds_like(prompt: &LibraryPrompt, heard: &str) -> bool {
    prompt.wordings.values().any(|wording| match &wording.sound {
        Sound::File { file, .. } => heard == file || heard.ends_with(&format!("/{file}")),
        Sound::Ssml(words) | Sound::Text(words) => fits(words, heard),
    })
}

/// Whether a text could be these words with their placeholders filled.
fn fits(words: &Words, heard: &str) -> bool {
    let mut rest = heard;
    let mut open = false;
    for piece in &words.pieces {
        match piece {
            Piece::Key(_) | Piece::Value(..) => open = true,
            Piece::Text(text) if open => match rest.find(text.as_str()) {
                Some(at) => {
                    rest = &rest[at + text.len()..];
                    open = false;
                }
                None => return false,
            },
            Piece::Text(text) => match rest.strip_prefix(text.as_str()) {
                Some(after) => rest = after,
                None => return false,
            },
        }
    }
    // The last words may also stand earlier, inside a value: then the text must end with them.
    open || rest.is_empty()
        || matches!(words.pieces.last(), Some(Piece::Text(last)) if words.pieces.len() > 1 && heard.ends_with(last.as_str()))
}

#[cfg(test)]
mod tests {
    use crate::cli::dev::hearing::{fits, is_cut};
    use crate::language::flow::expr::Expr;
    use crate::language::flow::prompt::{Form, Piece, Words};
    use crate::language::flow::value::Value;

    #[test]
    fn words_fit_whatever_fills_them() {
        let value = || Piece::Value(Expr::Const(Value::Text(String::new())), Form::Plain);
        let text = |t: &str| Piece::Text(t.to_owned());
        let words =
            Words { pieces: vec![text("Hello "), value(), text(", press "), Piece::Key("ok".into()), text(".")] };
        assert!(fits(&words, "Hello Ada, press 1."));
        assert!(fits(&words, "Hello Dr. Who, press star."));
        assert!(!fits(&words, "Hello Ada, press 1. More"));
        assert!(!fits(&words, "Goodbye Ada, press 1."));
        assert!(!fits(&words, "Hello Ada, pr…"));
        assert!(is_cut("Hello Ada, pr…"));
        assert!(fits(&Words { pieces: vec![value()] }, "anything"));
        assert!(!fits(&Words { pieces: vec![text("a")] }, "ab"));
    }
}
