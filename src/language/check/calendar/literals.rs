//! Words of a calendar: weekdays, dates, ranges of hours.

use crate::language::check::calendar::Open;
use crate::language::diagnostic::{Code, Diagnostic, Near, near};
use crate::language::flow::calendar::{DAY, Range};
use crate::language::source::{Span, Word};
use jiff::civil::Date;

/// Weekdays as they are written, Monday first.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A weekday, counted from Monday.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Day(pub(super) usize);

impl Day {
    pub(super) fn word(self) -> &'static str {
        DAYS[self.0 % 7]
    }
}

/// `mon`, or `mon-fri`; from a late day to an early one goes round the week.
pub(super) fn weekdays(word: &Word, findings: &mut Vec<Diagnostic>) -> Option<Vec<Day>> {
    let (first, last) = match word.value.split_once('-') {
        Some((first, last)) => (first, last),
        None => (word.value.as_str(), word.value.as_str()),
    };
    let find = |day: &str| DAYS.iter().position(|known| *known == day);
    let (Some(from), Some(to)) = (find(first), find(last)) else {
        let wrong = if find(first).is_none() { first } else { last };
        let at = if find(first).is_none() { 0 } else { word.value.len() - last.len() };
        findings.push(unknown_day(wrong, part(word, at, wrong.len())));
        return None;
    };
    let count = (to + 7 - from) % 7 + 1;
    Some((from..from + count).map(|day| Day(day % 7)).collect())
}

fn unknown_day(word: &str, span: Span) -> Diagnostic {
    let lower = word.trim().to_lowercase();
    let longer = lower.get(..3).filter(|short| lower.len() > 2 && DAYS.contains(short) && !lower.contains(':'));
    let near = longer.map(|word| Near { word, only: true }).or_else(|| near(&lower, DAYS));
    let help = match () {
        () if lower.starts_with("week") => "write `mon-fri` or `sat-sun`".to_owned(),
        () if matches!(lower.as_str(), "daily" | "always" | "everyday" | "all") => "write `mon-sun`".to_owned(),
        () => format!("the days are {}; a holiday stands in `holidays`, another date in `dates`", DAYS.join(", ")),
    };
    Diagnostic::new(Code::F0902, format!("`{word}` is not a weekday"), span, "no day is called so")
        .help(help)
        .misspelt_for(word, near)
}

/// `2026-12-25`.
pub(super) fn date(word: &Word, findings: &mut Vec<Diagnostic>) -> Option<Date> {
    let text = word.value.as_str();
    let mut parts = text.split('-');
    let mut number = |digits: usize| {
        let part = parts.next().filter(|part| part.len() == digits && part.bytes().all(|b| b.is_ascii_digit()))?;
        part.parse::<i16>().ok()
    };
    let (year, month, day) = (number(4), number(2), number(2));
    let message = format!("`{text}` is not a date");
    let (Some(year), Some(month), Some(day), None) = (year, month, day, parts.next()) else {
        let finding = Diagnostic::new(Code::F0903, message, word.span, "not year, month and day");
        findings.push(finding.help("write it like `2026-12-25`"));
        return None;
    };
    let (month, day) = (i8::try_from(month).unwrap_or(0), i8::try_from(day).unwrap_or(0));
    if let Ok(date) = Date::new(year, month, day) {
        return Some(date);
    }
    let label = match Date::new(year, month, 1) {
        Ok(first) => format!("this month has {} days", first.days_in_month()),
        Err(_) => "no year has this month".to_owned(),
    };
    findings.push(Diagnostic::new(Code::F0903, message, word.span, label));
    None
}

/// Ranges of a day, in order; none when it is closed or something is in error.
pub(super) fn ranges(words: &[Word], findings: &mut Vec<Diagnostic>) -> Vec<Open> {
    if let [only] = words
        && only.value == "closed"
    {
        return Vec::new();
    }
    let mut open: Vec<Open> = words.iter().filter_map(|word| range(word, findings)).collect();
    open.sort_by_key(|open| open.range);
    open
}

fn range(word: &Word, findings: &mut Vec<Diagnostic>) -> Option<Open> {
    let times = word.value.split_once('-').and_then(|(from, to)| Some((time(from)?, time(to)?)));
    let Some((from, to)) = times.filter(|(from, _)| *from < DAY) else {
        findings.push(no_range(word));
        return None;
    };
    if from == to {
        let message = format!("`{}` is empty", word.value);
        let finding = Diagnostic::new(Code::F0905, message, word.span, "it ends when it begins");
        findings.push(finding.help("write `closed` for never, `00:00-24:00` for the whole day"));
        return None;
    }
    let to = if to < from { to + DAY } else { to };
    Some(Open { range: Range { from, to }, span: word.span })
}

fn no_range(word: &Word) -> Diagnostic {
    let text = word.value.as_str();
    let finding = |message: String, label: &str| Diagnostic::new(Code::F0901, message, word.span, label);
    if text.is_empty() {
        return finding("a range of hours is missing".to_owned(), "nothing stands here")
            .help("write `closed`, or a range like `08:30-17:30`");
    }
    if text == "closed" {
        return finding("`closed` stands beside hours".to_owned(), "both cannot be").help("write one of them");
    }
    let finding = finding(format!("`{text}` is not a range of hours"), "not a time, `-` and a time");
    let meant = loose(text).or_else(|| text.eq_ignore_ascii_case("closed").then(|| "closed".to_owned()));
    match meant {
        Some(meant) => finding.help(format!("write `{meant}`")).rewritten(text, &meant),
        None => finding.help("write it like `08:30-17:30`, up to `24:00`, or `closed`").misspelt(text, ["closed"]),
    }
}

/// `08:30` as a minute of the day; `24:00` is its end.
fn time(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let two = |text: &str| {
        let digits = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse::<u16>().ok()).flatten()
    };
    let (hour, minute) = (two(hour)?, two(minute)?);
    (minute < 60 && (hour < 24 || hour == 24 && minute == 0)).then_some(hour * 60 + minute)
}

/// The range that another way of writing it means: `8.30 – 17.30`, `9-17`.
fn loose(text: &str) -> Option<String> {
    let plain = text.replace(['–', '—'], "-").replace(" to ", "-").replace('.', ":");
    let side = |side: &str| {
        let side = side.trim();
        let (hour, minute) = side.split_once(':').unwrap_or((side, "00"));
        let digits = |text: &str| !text.is_empty() && text.len() <= 2 && text.bytes().all(|b| b.is_ascii_digit());
        let whole = digits(hour) && digits(minute) && minute.len() == 2;
        let time = whole.then(|| format!("{hour:0>2}:{minute}"))?;
        self::time(&time).map(|_| time)
    };
    let (from, to) = plain.split_once('-')?;
    Some(format!("{}-{}", side(from)?, side(to)?)).filter(|meant| meant != text)
}

/// A part of a word, by its bytes; the word where that cannot be told.
fn part(word: &Word, at: usize, len: usize) -> Span {
    let start = word.span.start as usize;
    let exact = (word.span.end as usize).saturating_sub(start) == word.value.len() && len > 0;
    if exact { Span::new(word.span.file, start + at, start + at + len) } else { word.span }
}
