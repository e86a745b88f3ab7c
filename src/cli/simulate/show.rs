//! How a call stands, as lines of text.

use crate::rehearsal::session::view::{Question, View};
use crate::rehearsal::transcript::{Told, What};

/// Where the files of a project are in what is heard.
const MEDIA: &str = "https://flowc.example.org/media/";
/// Most ways out of a state that are listed.
const LISTED: usize = 12;

/// How lines look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    /// With colours.
    pub(super) colour: bool,
}

impl Look {
    /// A text in a style, where there are styles.
    fn paint(self, style: &str, text: &str) -> String {
        if self.colour && !text.is_empty() { format!("\x1b[{style}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// `1:02.5`.
pub(super) fn clock(ms: u64) -> String {
    format!("{}:{:02}.{}", ms / 60_000, ms / 1_000 % 60, ms / 100 % 10)
}

/// Something that was heard or done.
pub(super) fn told(told: &Told, look: Look) -> String {
    let (word, text, style) = match &told.what {
        What::Hears(words) => ("hears", words.replace(MEDIA, ""), ""),
        What::Leaves => ("leaves", String::new(), "33"),
        What::Presses(keys) => ("presses", keys.clone(), "36"),
        What::Says(words) => ("says", format!("\"{words}\""), "36"),
    };
    let text = if style.is_empty() { text } else { look.paint(style, &text) };
    format!("{:>8}  {}  {word:<7}  {text}", clock(told.at_ms), told.who).trim_end().to_owned()
}

/// How it stands: a few lines.
pub(super) fn status(view: &View, look: Look) -> Vec<String> {
    let mut lines = Vec::new();
    let people: Vec<String> = view
        .people
        .iter()
        .map(|one| {
            let name = if one.name.is_empty() { one.id.clone() } else { one.name.clone() };
            let how = one.how.iter().map(|how| format!(", {how}")).collect::<String>();
            if one.acts { format!("{name} (you{how})") } else { format!("{name}{how}") }
        })
        .collect();
    let with = if people.is_empty() { String::new() } else { format!("  with {}", people.join(", ")) };
    lines.push(format!("{}  line: {}{with}", clock(view.at_ms), view.line));
    if let Some(plays) = &view.plays {
        let words = plays.words.replace(MEDIA, "");
        let said = if plays.words.starts_with(MEDIA) { words.chars().count() } else { plays.said() };
        let (done, rest): (String, String) = (words.chars().take(said).collect(), words.chars().skip(said).collect());
        let again = if plays.loops { ", again and again" } else { "" };
        let mark = if rest.is_empty() || look.colour { "" } else { "|" };
        lines.push(format!(
            "plays  {}{mark}{}  ({} of {} s{again})",
            look.paint("1", &done),
            look.paint("2", &rest),
            tenths(plays.said_ms),
            tenths(plays.lasts_ms)
        ));
    }
    lines.extend(view.question.as_ref().map(|question| asked(question, look)));
    if !view.timers.is_empty() {
        let timers: Vec<String> =
            view.timers.iter().map(|(name, left)| format!("{name}: {} s", tenths(*left))).collect();
        lines.push(format!("timers  {}", timers.join("; ")));
    }
    if let Some(place) = &view.place {
        let written = place.written.as_ref().map(|written| format!("  {written}")).unwrap_or_default();
        lines.push(format!(
            "at  {}  {}{written}",
            look.paint("1", &format!("{}.{}", place.flow, place.state)),
            place.does
        ));
        let next: Vec<String> =
            place.next.iter().take(LISTED).map(|(outcome, to)| format!("{outcome} -> {to}")).collect();
        let more = place.next.len().saturating_sub(LISTED);
        let more = if more > 0 { format!("; {more} more") } else { String::new() };
        if !next.is_empty() {
            lines.push(format!("next  {}{more}", next.join("; ")));
        }
    }
    if view.is_over {
        let result = view.result.clone().flatten().unwrap_or_else(|| "none".to_owned());
        lines.push(format!("the call is over; result: {result}"));
    }
    lines
}

fn asked(question: &Question, look: Look) -> String {
    let choices: Vec<String> = question
        .choices
        .iter()
        .map(|(key, name, phrases)| {
            let key = key.map(|key| format!("{} ", look.paint("36", &key.to_string()))).unwrap_or_default();
            let phrases = if phrases.is_empty() { String::new() } else { format!(" ({})", phrases.join(", ")) };
            format!("{key}{name}{phrases}")
        })
        .collect();
    let how = match (question.listens, question.left_ms) {
        (true, Some(left)) => format!("listens for {}, {} s more", question.takes, tenths(left)),
        (true, None) => format!("listens for {}", question.takes),
        (false, _) if question.interrupts => format!("asks for {}; can be cut short", question.takes),
        (false, _) => format!("asks for {}, once it has been said", question.takes),
    };
    let keys = if question.keys.is_empty() { String::new() } else { format!("  so far {}", question.keys) };
    let choices = if choices.is_empty() { String::new() } else { format!("  {}", choices.join("; ")) };
    format!("question  {how}{keys}{choices}")
}

fn tenths(ms: u64) -> String {
    format!("{}.{}", ms / 1_000, ms / 100 % 10)
}

/// As much of a line as fits, marks of style not counted.
pub(super) fn fit(line: &str, width: usize) -> String {
    let (mut fitted, mut used, mut in_style) = (String::new(), 0, false);
    for c in line.chars() {
        if c == '\x1b' || in_style {
            fitted.push(c);
            in_style = c == '\x1b' || in_style && c != 'm';
            continue;
        }
        used += if c < '\u{1100}' { 1 } else { 2 };
        if used > width {
            fitted.push_str(if line.contains('\x1b') { "\x1b[0m" } else { "" });
            break;
        }
        fitted.push(if c.is_control() { ' ' } else { c });
    }
    fitted
}

#[cfg(test)]
mod tests {
    use super::{clock, fit};

    #[test]
    fn lines_fit() {
        assert_eq!(clock(62_540), "1:02.5");
        assert_eq!(fit("abcdef", 10), "abcdef");
        assert_eq!(fit("abcdef", 3), "abc");
        assert_eq!(fit("\x1b[1mab\x1b[0mc", 3), "\x1b[1mab\x1b[0mc");
        assert_eq!(fit("\x1b[1mabcd", 3), "\x1b[1mabc\x1b[0m");
    }
}
