//! How wide text will be, without a font: average advances by class of character, a little generous, since nobody knows which
//! sans-serif the reader has. Also lines of a given width, and what may stand in them.

/// Advances in thousandths of the font size.
const NARROW: i32 = 300;
const NORMAL: i32 = 570;
const CAPITAL: i32 = 720;
const BROAD: i32 = 900;
const DOUBLE: i32 = 1140;

/// The width of a text, in whole units, at a font size in tenths.
#[must_use]
pub fn width(text: &str, tenths: i32) -> i32 {
    let thousandths: i32 = text.chars().map(advance).fold(0, i32::saturating_add).min(1_000_000);
    (thousandths * tenths / 100 + 99) / 100
}

fn advance(c: char) -> i32 {
    match c {
        'f' | 'i' | 'j' | 'l' | 'r' | 't' | 'I' | '!' | '\'' | '(' | ')' | ',' | '-' | '.' | '/' | ':' | ';' | '['
        | ']' | '{' | '}' | '|' | ' ' | '·' | '’' | '‘' => NARROW,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' | '→' => BROAD,
        'A'..='Z' | '&' | '#' | '~' | '+' | '=' | '<' | '>' | '≤' => CAPITAL,
        ' '..='~' => NORMAL,
        c if is_joined(c) => 0,
        '\u{1100}'..='\u{11FF}' | '\u{2E80}'..='\u{D7FF}' | '\u{F900}'..='\u{FAFF}' | '\u{FE30}'..='\u{FE4F}' => DOUBLE,
        '\u{FF00}'..='\u{FF60}' | '\u{FFE0}'..='\u{FFE6}' | '\u{2600}'..='\u{27BF}' | '\u{1F000}'..='\u{3FFFF}' => {
            DOUBLE
        }
        _ => NORMAL + 60,
    }
}

/// Marks on the character before, and joiners.
fn is_joined(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036F}' | '\u{200B}'..='\u{200F}' | '\u{20D0}'..='\u{20FF}' | '\u{FE00}'..='\u{FE0F}')
}

/// The text cut so that it is no wider.
#[must_use]
pub fn fit(text: &str, tenths: i32, most: i32) -> String {
    if width(text, tenths) <= most {
        return text.to_owned();
    }
    let room = (most - width("…", tenths)).max(0) * 100;
    let mut used = 0;
    let kept: String = text
        .chars()
        .take_while(|c| {
            used += advance(*c) * tenths / 100;
            used <= room
        })
        .collect();
    format!("{}…", kept.trim_end())
}

/// The text in at most so many lines of at most such a width, broken between words; the last is cut.
#[must_use]
pub fn wrap(text: &str, tenths: i32, most: i32, lines: usize) -> Vec<String> {
    let mut wrapped: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match wrapped.last_mut() {
            Some(line) if wrapped_width(line, word, tenths) <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => wrapped.push(word.to_owned()),
        }
    }
    if wrapped.len() > lines {
        let rest = wrapped.split_off(lines.max(1) - 1).join(" ");
        wrapped.push(rest);
    }
    wrapped.iter().map(|line| fit(line, tenths, most)).collect()
}

fn wrapped_width(line: &str, word: &str, tenths: i32) -> i32 {
    width(line, tenths) + width(" ", tenths) + width(word, tenths)
}

#[cfg(test)]
mod tests {
    use crate::language::graph::svg::width::{fit, width, wrap};

    #[test]
    fn classes_of_characters_have_their_widths() {
        assert!(width("iiii", 120) < width("nnnn", 120) && width("nnnn", 120) < width("MMMM", 120));
        assert_eq!(width("電話", 120), 2 * width("電", 120));
        assert_eq!(width("e\u{301}", 120), width("e", 120));
        assert_eq!(width("", 120), 0);
    }

    #[test]
    fn lines_stay_within_their_width() {
        let text = "For sales, press 1. For support, press 2. For everything else, stay on the line.";
        let lines = wrap(text, 110, 120, 3);
        assert_eq!(lines.len(), 3);
        assert!(lines.iter().all(|line| width(line, 110) <= 120), "{lines:?}");
        assert!(lines[2].ends_with('…'));
        assert_eq!(fit("short", 110, 120), "short");
        assert_eq!(wrap("", 110, 120, 2), Vec::<String>::new());
    }
}
