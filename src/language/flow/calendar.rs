//! Named hours of a calendar, ready to be read: an instant to open, closed or holiday, and to the next moment that is open.
//!
//! Hours are what the clock on the wall shows. Where clocks go forward the skipped time never comes, and where they go back the
//! repeated time counts twice. Zones come from the tables built into this program, so that a reading depends on nothing else.

use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How far ahead [`next_open`] looks, in days.
pub const SEARCH_DAYS: i64 = 400;

/// Minutes of a day on the wall; a day with a clock change still has them all.
pub const DAY: u16 = 24 * 60;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = DAY as i64 * MINUTE_MS;
const EPOCH: Date = Date::constant(1970, 1, 1);

/// Hours under one name: `office.main`. What the whole calendar says is already in them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// The zone whose clocks they are told by: `Europe/London`.
    pub zone: String,
    /// Open ranges by weekday, Monday first; each day's in order.
    pub week: [Vec<Range>; 7],
    /// Days that are not like their weekday.
    pub dates: BTreeMap<Date, Special>,
}

/// A stretch of time, in minutes of the day it begins on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Range {
    /// First minute.
    pub from: u16,
    /// Minute after the last; above [`DAY`] where it runs past midnight.
    pub to: u16,
}

impl Range {
    /// How many minutes it lasts.
    #[must_use]
    pub fn minutes(self) -> u16 {
        self.to.saturating_sub(self.from)
    }

    fn holds(self, minute: u16) -> bool {
        self.from <= minute && minute < self.to
    }
}

/// A day that is not like its weekday.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Special {
    /// Closed, for a reason with a name.
    Holiday(String),
    /// Other hours; none are closed.
    Open(Vec<Range>),
}

/// What hours say of an instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// Nobody is there.
    Closed,
    /// Nobody is there, because of this.
    Holiday(String),
    /// Somebody is there.
    Open,
}

/// Hours of a zone that this program's tables do not have: they were checked by a program with others.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no time zone `{0}`")]
pub struct UnknownZone(pub String);

impl Hours {
    /// The ranges that begin on a day.
    #[must_use]
    pub fn of(&self, date: Date) -> &[Range] {
        match self.dates.get(&date) {
            Some(Special::Open(ranges)) => ranges,
            Some(Special::Holiday(_)) => &[],
            None => usize::try_from(date.weekday().to_monday_zero_offset()).map_or(&[], |day| &self.week[day]),
        }
    }

    /// What they say of a minute on the wall. A range that runs past midnight belongs to the day it begins on, and reaches into
    /// the next one whatever that is.
    #[must_use]
    pub fn on_the_wall(&self, date: Date, minute: u16) -> Reading {
        let own = self.of(date).iter().any(|range| range.holds(minute));
        let night = || {
            let before = date.yesterday().map_or(&[][..], |before| self.of(before));
            before.iter().any(|range| range.holds(minute.saturating_add(DAY)))
        };
        if own || night() {
            return Reading::Open;
        }
        match self.dates.get(&date) {
            Some(Special::Holiday(text)) => Reading::Holiday(text.clone()),
            Some(Special::Open(_)) | None => Reading::Closed,
        }
    }
}

/// What hours say of an instant, in milliseconds since 1970.
///
/// # Errors
/// When their zone is not known.
pub fn reading(hours: &Hours, at_ms: i64) -> Result<Reading, UnknownZone> {
    let zone = zone(&hours.zone)?;
    let at_ms = instant(at_ms).as_millisecond();
    let wall = at_ms + offset_ms(&zone, instant(at_ms));
    let Some(date) = date_of(wall.div_euclid(DAY_MS)) else { return Ok(Reading::Closed) };
    let minute = u16::try_from(wall.rem_euclid(DAY_MS) / MINUTE_MS).unwrap_or(0);
    Ok(hours.on_the_wall(date, minute))
}

/// The first instant from `at_ms` on that is open: `at_ms` itself while open; `None` when nothing opens within [`SEARCH_DAYS`].
///
/// # Errors
/// When their zone is not known.
pub fn next_open(hours: &Hours, at_ms: i64) -> Result<Option<i64>, UnknownZone> {
    let zone = zone(&hours.zone)?;
    let mut begin = instant(at_ms).as_millisecond();
    let bound = begin + SEARCH_DAYS * DAY_MS;
    // Between two clock changes the wall runs in step with time, so the first open range there is the first of its days.
    while begin < bound {
        let next = zone.following(instant(begin)).next().map_or(i64::MAX, |change| change.timestamp().as_millisecond());
        let end = next.min(bound);
        if let Some(found) = first_open(hours, begin, end, offset_ms(&zone, instant(begin))) {
            return Ok(Some(found));
        }
        begin = end;
    }
    Ok(None)
}

/// The first open instant of a stretch of time with one offset.
fn first_open(hours: &Hours, begin: i64, end: i64, offset: i64) -> Option<i64> {
    let first = (begin + offset).div_euclid(DAY_MS) - 1;
    let last = (end - 1 + offset).div_euclid(DAY_MS);
    (first..=last).find_map(|day| {
        let midnight = day * DAY_MS - offset;
        hours.of(date_of(day)?).iter().find_map(|range| {
            let opens = begin.max(midnight + i64::from(range.from) * MINUTE_MS);
            let closes = end.min(midnight + i64::from(range.to) * MINUTE_MS);
            (opens < closes).then_some(opens)
        })
    })
}

/// A zone by its exact name.
///
/// # Errors
/// When there is none.
pub fn zone(name: &str) -> Result<TimeZone, UnknownZone> {
    let found = TimeZoneDatabase::bundled().get(name).ok();
    found
        .filter(|zone| zone.iana_name() == Some(name) && !zone.is_unknown())
        .ok_or_else(|| UnknownZone(name.to_owned()))
}

/// The names of all zones.
#[must_use]
pub fn zones() -> Vec<String> {
    TimeZoneDatabase::bundled().available().map(|name| name.to_string()).filter(|name| zone(name).is_ok()).collect()
}

/// Clocks that are put forward or back, in minutes on the wall since the first of January 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockChange {
    /// Forward: these minutes do not come. Back: they come twice.
    pub forward: bool,
    /// The first such minute.
    pub from: i64,
    /// The minute after the last.
    pub to: i64,
}

/// The clock changes of a zone from the beginning of one day to that of another.
///
/// # Errors
/// When the zone is not known.
pub fn clock_changes(name: &str, from: Date, to: Date) -> Result<Vec<ClockChange>, UnknownZone> {
    let zone = zone(name)?;
    let start = |date: Date| {
        let wall = day_of(date) * DAY_MS;
        wall - offset_ms(&zone, instant(wall))
    };
    let end = start(to);
    let mut changes = Vec::new();
    for change in zone.following(instant(start(from))) {
        let at = change.timestamp().as_millisecond();
        if at >= end {
            break;
        }
        let before = (at + offset_ms(&zone, instant(at - 1))).div_euclid(MINUTE_MS);
        let after = (at + offset_ms(&zone, instant(at))).div_euclid(MINUTE_MS);
        if before != after {
            changes.push(ClockChange { forward: after > before, from: before.min(after), to: before.max(after) });
        }
    }
    Ok(changes)
}

/// Days since the first of January 1970.
#[must_use]
pub fn day_of(date: Date) -> i64 {
    EPOCH.until(date).map_or(0, |span| i64::from(span.get_days()))
}

/// The day so many days after the first of January 1970.
#[must_use]
pub fn date_of(day: i64) -> Option<Date> {
    EPOCH.checked_add(Span::new().try_days(day).ok()?).ok()
}

/// An instant as the zone tables have it; what lies beyond them is their edge.
fn instant(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(if ms < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

fn offset_ms(zone: &TimeZone, at: Timestamp) -> i64 {
    i64::from(zone.to_offset(at).seconds()) * 1000
}

#[cfg(test)]
mod tests;
