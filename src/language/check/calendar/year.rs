//! What the coming year holds for a calendar: its holidays, and hours that a clock change skips or repeats.

use crate::language::check::calendar::week::clock;
use crate::language::check::calendar::{Dated, Is, Open, Placed, literals};
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::calendar::{self as model, ClockChange, DAY};
use crate::language::syntax::calendar as written;
use jiff::civil::Date;
use jiff::{Span, ToSpan};
use std::collections::BTreeMap;

/// Says which holidays are over, and when none is to come.
pub(super) fn holidays(
    written: &written::Calendar,
    shared: &BTreeMap<Date, Dated>,
    today: Date,
    findings: &mut Vec<Diagnostic>,
) {
    let Ok(end) = today.checked_add(Span::new().years(1)) else { return };
    let mut past = Vec::new();
    let mut to_come = false;
    for days in std::iter::once(&written.days).chain(written.hours.iter().map(|hours| &hours.days)) {
        let dates: Vec<Date> =
            days.holidays.iter().filter_map(|(word, _)| literals::date(word, &mut Vec::new())).collect();
        to_come |= dates.iter().any(|date| today <= *date && *date < end);
        if let (Some(at), Some(last)) = (days.holidays_at, dates.iter().max().filter(|last| **last < today)) {
            let message = "all these holidays are over";
            let finding = Diagnostic::new(Code::F0914, message, at, format!("the last was on {last}"));
            past.push(finding.help("add those of the coming year"));
        }
    }
    // Days that are written as closed stand for holidays where somebody has no word for them.
    to_come |= shared
        .iter()
        .any(|(date, dated)| today <= *date && *date < end && matches!(&dated.is, Is::Open(open) if open.is_empty()));
    if past.is_empty() && !to_come && !written.hours.is_empty() {
        let message = format!("`{}` has no holiday in the coming year", written.name.value);
        let label = format!("none from {today} on");
        let finding = Diagnostic::new(Code::F0913, message, written.name.span, label);
        past.push(finding.help("write `holidays: { 2026-12-25: Christmas Day }`"));
    }
    findings.append(&mut past);
}

/// Says which hours of the coming year begin or end in time that does not come or comes twice.
pub(super) fn clock_changes(hours: &Placed, zone: &str, today: Date, findings: &mut Vec<Diagnostic>) {
    let Ok(end) = today.checked_add(1.year()) else { return };
    for change in model::clock_changes(zone, today, end).unwrap_or_default() {
        let day = i64::from(DAY);
        for number in change.from.div_euclid(day) - 1..=change.to.div_euclid(day) {
            let Some(date) = model::date_of(number) else { continue };
            for open in hours.of(date) {
                findings.extend(met(open, number * day, &change));
            }
        }
    }
}

/// A range that begins on a day, met by a clock change.
fn met(open: &Open, midnight: i64, change: &ClockChange) -> Option<Diagnostic> {
    let (from, to) = (midnight + i64::from(open.range.from), midnight + i64::from(open.range.to));
    let within = |minute: i64| change.from < minute && minute < change.to;
    let gone = change.forward && change.from <= from && to <= change.to;
    if !gone && !within(from) && !within(to) {
        return None;
    }
    let wall = |minute: i64| clock(u16::try_from(minute.rem_euclid(i64::from(DAY))).unwrap_or(0));
    let (early, late) = (wall(change.from), wall(change.to));
    let date = model::date_of(change.from.div_euclid(i64::from(DAY)))?;
    let (what, label) = match (gone, within(from), change.forward) {
        (true, ..) => ("does not come", format!("clocks go from {early} to {late}")),
        (_, true, true) => {
            ("begins in time that is skipped", format!("clocks go from {early} to {late}, when it opens"))
        }
        (_, false, true) => {
            ("ends in time that is skipped", format!("clocks go from {early} to {late}, when it closes"))
        }
        (_, true, false) => ("begins in time that comes twice", format!("clocks go from {late} back to {early}")),
        (_, false, false) => ("ends in time that comes twice", format!("clocks go from {late} back to {early}")),
    };
    let code = if change.forward { Code::F0915 } else { Code::F0916 };
    let range = format!("{}-{}", clock(open.range.from), wall(to));
    let finding = Diagnostic::new(code, format!("on {date} `{range}` {what}"), open.span, label);
    let begins = model::date_of(midnight.div_euclid(i64::from(DAY)))?;
    Some(finding.help(format!("give {begins} hours of its own in `dates` if that matters")))
}
