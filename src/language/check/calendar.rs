//! Calendars: written days, dates and ranges to [`Hours`], checked by themselves even where nothing uses them.
//!
//! Knows no today: who asks says what day it is, and without one nothing is said of the coming year.

mod literals;
mod week;
mod year;

use crate::language::check::calendar::literals::Day;
use crate::language::diagnostic::{Code, Diagnostic, Near, has_errors, near};
use crate::language::flow::calendar::{self as model, Hours, Range, Special};
use crate::language::source::{Span, Word};
use crate::language::syntax::calendar as written;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// A calendar, checked.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
    /// Its hours.
    pub hours: BTreeMap<String, Entry>,
}

/// Hours of a calendar.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Where their name stands.
    pub span: Span,
    /// What they say; `None` when something in them is in error.
    pub hours: Option<Hours>,
}

/// A range with its place.
#[derive(Clone, Copy, Debug)]
struct Open {
    range: Range,
    span: Span,
}

/// A day that is not like its weekday, with its place.
#[derive(Clone, Debug)]
struct Dated {
    span: Span,
    is: Is,
}

#[derive(Clone, Debug)]
enum Is {
    Holiday(String),
    Open(Vec<Open>),
}

/// Hours with the places of what they are made of.
struct Placed<'a> {
    name: &'a Word,
    week: [Vec<Open>; 7],
    /// Weekdays that some line names.
    named: [bool; 7],
    dates: BTreeMap<Date, Dated>,
}

impl Placed<'_> {
    /// The ranges that begin on a day.
    fn of(&self, date: Date) -> &[Open] {
        match self.dates.get(&date).map(|dated| &dated.is) {
            Some(Is::Open(open)) => open,
            Some(Is::Holiday(_)) => &[],
            None => usize::try_from(date.weekday().to_monday_zero_offset()).map_or(&[], |day| &self.week[day]),
        }
    }

    fn hours(&self, zone: &str) -> Hours {
        let ranges = |open: &Vec<Open>| open.iter().map(|open| open.range).collect::<Vec<_>>();
        let special = |dated: &Dated| match &dated.is {
            Is::Holiday(text) => Special::Holiday(text.clone()),
            Is::Open(open) => Special::Open(ranges(open)),
        };
        Hours {
            zone: zone.to_owned(),
            week: self.week.each_ref().map(ranges),
            dates: self.dates.iter().map(|(date, dated)| (*date, special(dated))).collect(),
        }
    }
}

/// Checks a calendar. With `today`, also what the coming year holds for it.
pub fn check(written: &written::Calendar, today: Option<Date>, findings: &mut Vec<Diagnostic>) -> Calendar {
    let start = findings.len();
    let zone = zone(written, findings);
    let shared = dates(&written.days, findings);
    let shared_is_whole = !has_errors(&findings[start..]) && !written.partial;
    if written.hours.is_empty() && !written.partial {
        let message = "the calendar has no hours";
        let finding = Diagnostic::new(Code::F0110, message, written.name.span, "nothing can be open or closed");
        findings.push(finding.help("write them like `main: { open: { mon-fri: \"08:30-17:30\" } }`"));
    }
    let mut hours = BTreeMap::new();
    for one in &written.hours {
        let start = findings.len();
        let placed = placed(one, &shared, findings);
        let mut whole = None;
        if !has_errors(&findings[start..]) && !written.partial {
            week::check(&placed, findings);
            if let (Some(zone), Some(today)) = (&zone, today) {
                year::clock_changes(&placed, zone, today, findings);
            }
            whole = zone.as_ref().filter(|_| shared_is_whole).map(|zone| placed.hours(zone));
        }
        hours.entry(one.name.value.clone()).or_insert(Entry { span: one.name.span, hours: whole });
    }
    if let Some(today) = today.filter(|_| !has_errors(&findings[start..]) && !written.partial) {
        year::holidays(written, &shared, today, findings);
    }
    Calendar { name: written.name.value.clone(), span: written.name.span, hours }
}

fn zone(written: &written::Calendar, findings: &mut Vec<Diagnostic>) -> Option<String> {
    let Some(zone) = &written.zone else {
        if !written.partial {
            let message = "the calendar does not say its time zone";
            let finding = Diagnostic::new(Code::F0110, message, written.name.span, "no `zone` here");
            findings.push(finding.help("write it like `zone: Europe/London`"));
        }
        return None;
    };
    let zone = zone.as_ref()?;
    if model::zone(&zone.value).is_ok() {
        return Some(zone.value.clone());
    }
    let zones = model::zones();
    let same = zones.iter().find(|known| known.eq_ignore_ascii_case(&zone.value)).map(String::as_str);
    let city = |known: &&String| known.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(&zone.value));
    let cities: Vec<&str> = zones.iter().filter(city).map(String::as_str).collect();
    let near = match (same, &cities[..]) {
        (Some(word), _) => Some(Near { word, only: true }),
        (None, [word, others @ ..]) => Some(Near { word, only: others.is_empty() }),
        (None, []) => near(&zone.value, zones.iter().map(String::as_str)),
    };
    let message = format!("unknown time zone `{}`", zone.value);
    let finding = Diagnostic::new(Code::F0904, message, zone.span, "no zone has this name")
        .help("zones have the names of the IANA tables, such as `Europe/London`");
    // Only the letter case is certain: between two names of the tables lie hours.
    findings.push(match same {
        Some(_) => finding.misspelt_for(&zone.value, near),
        None => finding.meant(&zone.value, near),
    });
    None
}

/// The days of one level that are not like others.
fn dates(days: &written::Days, findings: &mut Vec<Diagnostic>) -> BTreeMap<Date, Dated> {
    let mut dates: BTreeMap<Date, Dated> = BTreeMap::new();
    for (word, text) in &days.holidays {
        let Some(date) = literals::date(word, findings) else { continue };
        if text.is_none() {
            let message = format!("the holiday on {date} has no text");
            let finding = Diagnostic::new(Code::F0912, message, word.span, "nobody can be told why it is closed");
            findings.push(finding.help(format!("name it: `{date}: Christmas Day`")));
        }
        let is = Is::Holiday(text.as_ref().map(|text| text.value.clone()).unwrap_or_default());
        once(&mut dates, date, Dated { span: word.span, is }, findings);
    }
    for line in &days.dates {
        let open = literals::ranges(&line.ranges, findings);
        for word in &line.days {
            let Some(date) = literals::date(word, findings) else { continue };
            once(&mut dates, date, Dated { span: word.span, is: Is::Open(open.clone()) }, findings);
        }
    }
    dates
}

fn once(dates: &mut BTreeMap<Date, Dated>, date: Date, dated: Dated, findings: &mut Vec<Diagnostic>) {
    match dates.get(&date) {
        Some(first) => findings.push(twice(&date.to_string(), dated.span, first.span)),
        None => {
            dates.insert(date, dated);
        }
    }
}

/// A day of which two things are said.
fn twice(day: &str, here: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::F0911, format!("`{day}` stands twice"), here, "the second time")
        .and(first, "the first time")
        .help("say all of a day in one place: `\"09:00-12:00, 13:00-15:00\"`")
}

fn placed<'a>(
    written: &'a written::Hours,
    shared: &BTreeMap<Date, Dated>,
    findings: &mut Vec<Diagnostic>,
) -> Placed<'a> {
    let mut placed = Placed { name: &written.name, week: Default::default(), named: [false; 7], dates: shared.clone() };
    let mut seen: [Option<Span>; 7] = [None; 7];
    for line in &written.open {
        let open = literals::ranges(&line.ranges, findings);
        for word in &line.days {
            let Some(days) = literals::weekdays(word, findings) else { continue };
            for Day(day) in days {
                if let Some(first) = seen[day] {
                    findings.push(twice(Day(day).word(), word.span, first));
                    break;
                }
                seen[day] = Some(word.span);
                placed.named[day] = true;
                placed.week[day].clone_from(&open);
            }
        }
    }
    // What is said of these hours alone counts before what is said of all.
    placed.dates.extend(dates(&written.days, findings));
    placed
}
