//! Whether what a person heard is what a script expects.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::language::flow::prompt::{LibraryPrompt, Part, Piece, Prompt, Sound, Words};
use crate::language::flow::state::{Condition, Kind};
use crate::language::graph::Program;
use crate::language::syntax::ast::Expected;
use crate::platform::media_time::BEEP_FILE;
use crate::platform::speech::fold;
use std::sync::Arc;

/// The mark of a prompt that was cut off before its end.
const CUT: char = '…';

/// Whether a text that was heard to its end is what was expected.
pub fn is_heard(program: &Program, expected: &Expected, heard: &str) -> bool {
    match expected {
        Expected::Words(words) => fold(heard).contains(&fold(words)),
        Expected::Prompt(name) => {
            // In any locale.
            named(program, name).flat_map(|prompt| prompt.wordings.values()).any(|one| sounds_like(&one.sound, heard))
        }
    }
}

/// The name of the library prompt that a text is: of several the one that says most of it itself.
#[must_use]
pub fn prompt_of<'p>(program: &'p Program, heard: &str) -> Option<&'p str> {
    let flows = program.flows.values().map(Arc::as_ref).chain([program]);
    let all = flows.flat_map(|flow| &flow.prompts);
    let fits = all.filter_map(|(key, prompt)| {
        let name = key.rsplit_once('.').map_or(key.as_str(), |(_, name)| name);
        let is_it = is_heard(program, &Expected::Prompt(name.to_owned()), heard);
        Some((fixed(prompt), name)).filter(|(fixed, _)| is_it && *fixed > 0)
    });
    fits.max_by_key(|(fixed, _)| *fixed).map(|(_, name)| name)
}

/// How many characters of a prompt are the same each time, in the locale that has most.
fn fixed(prompt: &LibraryPrompt) -> usize {
    let of = |sound: &Sound| match sound {
        Sound::File { file, .. } => file.chars().count(),
        Sound::Ssml(words) | Sound::Text(words) => {
            let texts = words.pieces.iter().filter_map(|piece| match piece {
                Piece::Text(text) => Some(text.chars().filter(|c| c.is_alphanumeric()).count()),
                Piece::Key(_) | Piece::Value(..) => None,
            });
            texts.sum()
        }
    };
    prompt.wordings.values().map(|wording| of(&wording.sound)).max().unwrap_or(0)
}

/// Whether a text is one that passes the time: words said while a service is asked, music of somebody on hold, what is played over
/// and over.
#[must_use]
pub fn is_aside(program: &Program, heard: &str) -> bool {
    let heard = heard.trim_end_matches(CUT);
    let flows = || program.flows.values().map(Arc::as_ref).chain([program]);
    let states = flows().flat_map(|flow| flow.states().map(move |(_, state)| (flow, state)));
    let asides = states.filter_map(|(flow, state)| match &state.kind {
        Kind::Invoke { meanwhile: Some(prompt), .. } => Some((flow, prompt)),
        Kind::Play { prompt, looped: true, .. } => Some((flow, prompt)),
        _ => None,
    });
    let music = flows().flat_map(|flow| {
        flow.groups.values().flat_map(|group| &group.conditions).filter_map(move |condition| match condition {
            Condition::Hold { music: Some(prompt), .. } => Some((flow, prompt)),
            _ => None,
        })
    });
    asides.chain(music).any(|(flow, prompt)| begins(flow, prompt, heard))
}

/// Whether a text is, or begins, what a prompt says.
fn begins(program: &Program, prompt: &Prompt, heard: &str) -> bool {
    prompt.parts.iter().any(|part| match part {
        Part::File(file) => heard == file || heard.ends_with(&format!("/{file}")),
        Part::Named { prompt, .. } => program.prompts.get(prompt).is_some_and(|prompt| {
            prompt.wordings.values().any(|wording| match &wording.sound {
                Sound::File { file, .. } => heard == file || heard.ends_with(&format!("/{file}")),
                Sound::Ssml(words) | Sound::Text(words) => starts(words, heard),
            })
        }),
        Part::Ssml(words) | Part::Text(words) => starts(words, heard),
    })
}

/// Whether a text could be these words, or their beginning, with their placeholders filled.
fn starts(words: &Words, heard: &str) -> bool {
    let (mut rest, mut open) = (heard, false);
    for piece in &words.pieces {
        match piece {
            Piece::Key(_) | Piece::Value(..) => open = true,
            Piece::Text(text) if open => match rest.find(text.as_str()) {
                Some(at) => (rest, open) = (&rest[at + text.len()..], false),
                // Cut off within the value, or within these words.
                None => return true,
            },
            Piece::Text(text) => match rest.strip_prefix(text.as_str()) {
                Some(after) => rest = after,
                None => return text.starts_with(rest),
            },
        }
    }
    open || rest.is_empty()
}

/// Whether what is heard is the beep before a message: nobody's words.
pub fn is_beep(heard: &str) -> bool {
    heard.rsplit('/').next() == Some(BEEP_FILE)
}

/// Whether a text was cut off.
pub fn is_cut(heard: &str) -> bool {
    heard.ends_with(CUT)
}

/// The prompts of that name in the program's libraries.
fn named<'p>(program: &'p Program, name: &'p str) -> impl Iterator<Item = &'p LibraryPrompt> {
    let is_it = move |key: &str| key == name || key.rsplit_once('.').is_some_and(|(_, short)| short == name);
    let flows = program.flows.values().map(Arc::as_ref).chain([program]);
    flows.flat_map(|flow| &flow.prompts).filter(move |(key, _)| is_it(key)).map(|(_, prompt)| prompt)
}

/// Whether a text could be how a prompt sounds in one locale.
#[must_use]
pub fn sounds_like(sound: &Sound, heard: &str) -> bool {
    match sound {
        Sound::File { file, .. } => heard == file || heard.ends_with(&format!("/{file}")),
        Sound::Ssml(words) | Sound::Text(words) => fits(words, heard),
    }
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
    use crate::language::flow::expr::Expr;
    use crate::language::flow::prompt::{Form, Piece, Words};
    use crate::language::flow::value::Value;
    use crate::rehearsal::hearing::{fits, is_cut, starts};

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
        for begun in ["", "Hel", "Hello A", "Hello Ada, press 1."] {
            assert!(starts(&words, begun), "{begun}");
        }
        assert!(!starts(&words, "Good") && !starts(&words, "Hello Ada, press 1. More"));
    }
}
