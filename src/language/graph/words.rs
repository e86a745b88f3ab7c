//! The words a prompt says, as a line to look at: what is spoken, placeholders in braces, never longer than a glance.

use crate::language::flow::expr::{Expr, Slot};
use crate::language::flow::prompt::{Part, Piece, Prompt, Sound, Words};
use crate::language::flow::state::Choice;
use crate::language::flow::value::Value;
use crate::language::graph::program::Program;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Longest preview, in characters.
const GLANCE: usize = 44;

/// More bytes than any preview needs.
const ENOUGH: usize = 8 * GLANCE;

/// The beginning of what a prompt says.
#[must_use]
pub fn preview(program: &Program, prompt: &Prompt, choices: &[Choice]) -> String {
    let mut line = String::new();
    let no_args = BTreeMap::new();
    for part in &prompt.parts {
        if !line.is_empty() {
            line.push(' ');
        }
        match part {
            Part::File(file) => line.push_str(file),
            Part::Named { prompt, args } => named(program, prompt, &Known { choices, args }, &mut line),
            Part::Ssml(words) | Part::Text(words) => add(words, &Known { choices, args: &no_args }, &mut line),
        }
        if line.len() > ENOUGH {
            break;
        }
    }
    shorten(&line, GLANCE)
}

/// What placeholders stand for.
struct Known<'a> {
    choices: &'a [Choice],
    args: &'a BTreeMap<String, Expr>,
}

/// A library prompt in the locale calls begin with, else in its first.
fn named(program: &Program, name: &str, known: &Known<'_>, line: &mut String) {
    let Some(prompt) = program.prompts.get(name) else {
        line.push_str(name);
        return;
    };
    let first = || prompt.wordings.values().next();
    let wording = match &program.locale {
        Some(Expr::Const(Value::Text(locale))) => prompt.wordings.get(locale).or_else(first),
        Some(_) | None => first(),
    };
    match wording.map(|wording| &wording.sound) {
        Some(Sound::File { transcript: Some(words), .. } | Sound::Ssml(words) | Sound::Text(words)) => {
            add(words, known, line);
        }
        Some(Sound::File { file, transcript: None }) => line.push_str(file),
        None => line.push_str(name),
    }
}

fn add(words: &Words, known: &Known<'_>, line: &mut String) {
    for piece in &words.pieces {
        match piece {
            Piece::Text(text) => line.push_str(text),
            Piece::Key(name) => {
                let choice = known.choices.iter().find(|choice| choice.name == *name);
                match choice.and_then(|choice| choice.key) {
                    Some(key) => line.push(key.to_char()),
                    None => line.push_str(name),
                }
            }
            Piece::Value(value, _) => add_value(value, known, line),
        }
        if line.len() > ENOUGH {
            return;
        }
    }
}

/// A value that is known from the text alone as it is spoken, any other by what it is.
fn add_value(value: &Expr, known: &Known<'_>, line: &mut String) {
    let given = if let Expr::Read(Slot::Argument(name)) = value { known.args.get(name) } else { None };
    let value = given.unwrap_or(value);
    if let Expr::Const(Value::Text(text)) = value {
        line.push_str(text);
    } else {
        let _ = write!(line, "{{{value}}}");
    }
}

/// One line of at most `most` characters, cut at a word where one ends near.
#[must_use]
pub fn shorten(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= most {
        return line;
    }
    let kept: String = line.chars().take(most - 1).collect();
    let word = kept.rfind(' ').filter(|at| kept[*at..].chars().count() < most / 4);
    let kept = word.map_or(kept.as_str(), |at| &kept[..at]);
    format!("{}…", kept.trim_end_matches([' ', ',', '.', ';', ':']))
}

#[cfg(test)]
mod tests {
    use crate::language::graph::words::shorten;

    #[test]
    fn lines_are_cut_at_words_or_in_them() {
        assert_eq!(shorten("For sales,\n press 1.", 44), "For sales, press 1.");
        assert_eq!(shorten("For sales, press one. For support, press two.", 24), "For sales, press one…");
        assert_eq!(shorten(&"x".repeat(50), 10), format!("{}…", "x".repeat(9)));
        assert_eq!(shorten("電話をおかけいただきありがとうございます", 6), "電話をおか…");
    }
}
