//! What is odd in a week of hours: ranges that overlap or nearly touch, days left out, hours that are never open.

use crate::language::check::calendar::literals::Day;
use crate::language::check::calendar::{Is, Open, Placed};
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::calendar::DAY;
use crate::language::source::Span;
use std::collections::BTreeSet;

/// A shorter break between two ranges is taken for a slip.
const SLIP: i32 = 5;
/// A longer range past midnight is taken for one that was turned round.
const LONG_NIGHT: u16 = 12 * 60;

/// Says what is odd.
pub(super) fn check(hours: &Placed, findings: &mut Vec<Diagnostic>) {
    let special = || {
        hours.dates.values().filter_map(|dated| match &dated.is {
            Is::Open(open) => Some(open),
            Is::Holiday(_) => None,
        })
    };
    let mut said = BTreeSet::new();
    let mut nights = BTreeSet::new();
    for plan in hours.week.iter().chain(special()) {
        for open in plan {
            if open.range.to > DAY && open.range.minutes() > LONG_NIGHT && nights.insert(open.span) {
                findings.push(turned_round(open));
            }
        }
        for pair in plan.windows(2) {
            touch(&pair[0], &pair[1], 0, &mut said, findings);
        }
    }
    for day in 0..7 {
        over_midnight(&hours.week[day], &hours.week[(day + 1) % 7], &mut said, findings);
    }
    for date in hours.dates.keys() {
        if let (Ok(before), Ok(after)) = (date.yesterday(), date.tomorrow()) {
            over_midnight(hours.of(before), hours.of(*date), &mut said, findings);
            over_midnight(hours.of(*date), hours.of(after), &mut said, findings);
        }
    }
    left_out(hours, findings);
    if hours.week.iter().all(Vec::is_empty) && special().all(Vec::is_empty) {
        let message = format!("`{}` is never open", hours.name.value);
        let finding = Diagnostic::new(Code::F0910, message, hours.name.span, "no day has hours");
        findings.push(finding.help("write `open: { mon-fri: \"08:30-17:30\" }`"));
    }
}

fn over_midnight(day: &[Open], next: &[Open], said: &mut BTreeSet<(Span, Span)>, findings: &mut Vec<Diagnostic>) {
    if let (Some(last), Some(first)) = (day.iter().max_by_key(|open| open.range.to), next.first()) {
        touch(last, first, DAY, said, findings);
    }
}

/// Two ranges, the second `later` minutes behind its own day: whether they overlap, or leave a break that nobody means.
fn touch(first: &Open, second: &Open, later: u16, said: &mut BTreeSet<(Span, Span)>, findings: &mut Vec<Diagnostic>) {
    let gap = i32::from(second.range.from) + i32::from(later) - i32::from(first.range.to);
    if gap == 0 || gap >= SLIP || !said.insert((first.span, second.span)) {
        return;
    }
    if gap < 0 {
        let message = match later {
            0 => "two ranges of a day overlap".to_owned(),
            _ => "a range reaches into one of the next day".to_owned(),
        };
        let finding = Diagnostic::new(Code::F0907, message, second.span, "open already when this begins");
        findings.push(finding.and(first.span, "this range is still open").help("let one end where the other begins"));
        return;
    }
    let ends = clock(first.range.to % DAY);
    let minutes = if gap == 1 { "1 minute".to_owned() } else { format!("{gap} minutes") };
    let message = format!("closed for {minutes} from {ends}");
    let finding = if first.span == second.span {
        Diagnostic::new(Code::F0908, message, first.span, "it ends just before it begins again")
    } else {
        Diagnostic::new(Code::F0908, message, second.span, "begins just after the other has ended")
            .and(first.span, "the other range")
    };
    let meant = if second.range.from == 0 { "24:00".to_owned() } else { clock(second.range.from) };
    findings.push(finding.help(format!("the end of a range is not part of it: let it end at `{meant}`")));
}

fn turned_round(open: &Open) -> Diagnostic {
    let (from, to) = (clock(open.range.from), clock(open.range.to - DAY));
    let message = format!("`{from}-{to}` runs past midnight, for {} hours", open.range.minutes() / 60);
    Diagnostic::new(Code::F0906, message, open.span, "it ends on the next day").help(format!(
        "for the day write `{to}-{from}`; for so long a night write `{from}-24:00`, and `00:00-{to}` on the next day"
    ))
}

/// Days from Monday to Friday that nothing is said of, between two that are open.
fn left_out(hours: &Placed, findings: &mut Vec<Diagnostic>) {
    for day in 0..5 {
        let beside = [(day + 6) % 7, day + 1].iter().all(|beside| !hours.week[*beside].is_empty());
        if !hours.named[day] && beside {
            let day = Day(day).word();
            let message = format!("nothing is said of `{day}` in `{}`", hours.name.value);
            let finding = Diagnostic::new(Code::F0909, message, hours.name.span, "it is closed on this day");
            findings.push(finding.help(format!("write `{day}: closed` if that is meant")));
        }
    }
}

/// A minute as the wall shows it.
pub(super) fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}
