//! Characters that change what a reader sees and cannot be seen themselves: control characters, and those that turn words
//! round or look like the end of a line. They are refused wherever they stand, in texts and comments too; whoever means one
//! in a text writes its number.

use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::{FileId, Span};
use crate::language::syntax::ast::Spelling;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The text with spaces in place of such characters, of the same length. Each character is said once, where it stands first.
pub(crate) fn blanked<'t>(
    text: &'t str,
    spelling: Spelling,
    file: FileId,
    found: &mut Vec<Diagnostic>,
) -> Cow<'t, str> {
    let mut met: BTreeMap<char, (usize, usize)> = BTreeMap::new();
    let mut bytes = Vec::new();
    for (at, char) in text.char_indices() {
        if what_it_does(char).is_none() && !(spelling == Spelling::Native && is_lone_return(text, at)) {
            continue;
        }
        if bytes.is_empty() {
            bytes = text.as_bytes().to_vec();
        }
        bytes[at..at + char.len_utf8()].fill(b' ');
        met.entry(char).or_insert((at, 0)).1 += 1;
    }
    found.extend(met.into_iter().map(|(char, (at, times))| finding(char, times, file, at)));
    if bytes.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(String::from_utf8(bytes).unwrap_or_default()) }
}

/// Many editors end a line with it; a comment in the native spelling would go on.
fn is_lone_return(text: &str, at: usize) -> bool {
    text.as_bytes()[at] == b'\r' && text.as_bytes().get(at + 1).is_some_and(|next| *next != b'\n')
}

/// Whether a character cannot be seen and may not stand as it is.
pub(crate) fn is_hidden(char: char) -> bool {
    what_it_does(char).is_some()
}

fn what_it_does(char: char) -> Option<&'static str> {
    match char {
        '\n' | '\r' | '\t' => None,
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => Some("it turns round what is shown behind it"),
        '\u{2028}' | '\u{2029}' => Some("it looks like the end of a line and is none"),
        _ if char.is_control() => Some("a control character"),
        _ => None,
    }
}

fn finding(char: char, times: usize, file: FileId, at: usize) -> Diagnostic {
    let message = format!("U+{:04X} cannot stand in a flow", u32::from(char));
    let label = what_it_does(char).unwrap_or("it looks like the end of a line and is none");
    let label = match times {
        1 => label.to_owned(),
        2 => format!("{label}; it stands in another place too"),
        _ => format!("{label}; it stands in {} other places too", times - 1),
    };
    Diagnostic::new(Code::F0008, message, Span::new(file, at, at + char.len_utf8()), label).help("take it out")
}

#[cfg(test)]
mod tests {
    use crate::language::source::FileId;
    use crate::language::syntax::ast::Spelling;
    use crate::language::syntax::hidden::blanked;

    fn said(text: &str, spelling: Spelling) -> (String, Vec<(u32, String)>) {
        let mut found = Vec::new();
        let blanked = blanked(text, spelling, FileId(0), &mut found).into_owned();
        assert_eq!(blanked.len(), text.len());
        (blanked, found.into_iter().map(|found| (found.primary.span.start, found.message)).collect())
    }

    #[test]
    fn what_cannot_be_seen_is_said_once() {
        let text = "a \u{0}\"\u{0}\u{7}\" // \u{202E}x\u{2028}y";
        let (blanked, found) = said(text, Spelling::Native);
        assert_eq!(blanked, "a  \"  \" //    x   y");
        let message = |code: &str| format!("{code} cannot stand in a flow");
        let expected = [(2, "U+0000"), (5, "U+0007"), (15, "U+2028"), (11, "U+202E")];
        assert_eq!(found.len(), 4);
        assert!(expected.iter().all(|(at, code)| found.contains(&(*at, message(code)))), "{found:?}");
    }

    #[test]
    fn what_writing_needs_stays() {
        // Joiners and marks of direction belong to the writing of several languages.
        let text = "\u{FEFF}a\tb\r\nשלום\u{200F} می\u{200C}خواهم";
        assert_eq!(said(text, Spelling::Native), (text.to_owned(), Vec::new()));
        assert_eq!(said("a\rb", Spelling::Yaml).1, []);
        assert_eq!(said("a\rb\r", Spelling::Native).1.len(), 1);
    }
}
