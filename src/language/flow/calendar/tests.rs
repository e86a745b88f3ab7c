//! Hours held against an oracle that looks at the clock on the wall minute by minute.

use crate::language::flow::calendar::{
    ClockChange, DAY, Hours, Range, Reading, Special, UnknownZone, clock_changes, date_of, day_of, next_open, reading,
    zone, zones,
};
use jiff::civil::{Date, DateTime, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::collections::BTreeMap;

/// Zones, each with a day on which its clocks change.
const CHANGES: &[(&str, Date)] = &[
    ("Europe/London", date(2026, 3, 29)),
    ("Europe/London", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Asia/Kathmandu", date(1986, 1, 1)),
    ("Asia/Kathmandu", date(2026, 6, 1)),
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("America/Sao_Paulo", date(2018, 2, 18)),
    ("Africa/Casablanca", date(2026, 2, 15)),
    ("Africa/Casablanca", date(2026, 3, 22)),
    ("Pacific/Apia", date(2011, 12, 30)),
];

/// Open stretches on the wall, written out day by day.
struct Oracle {
    zone: TimeZone,
    open: Vec<(DateTime, DateTime)>,
    holidays: BTreeMap<Date, String>,
}

impl Oracle {
    fn new(hours: &Hours, around: Date) -> Oracle {
        let mut oracle = Oracle { zone: zone(&hours.zone).unwrap(), open: Vec::new(), holidays: BTreeMap::new() };
        for offset in -5..=20i32 {
            let day = around.checked_add(offset.days()).unwrap();
            let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap();
            let ranges = match hours.dates.get(&day) {
                None => &hours.week[weekday][..],
                Some(Special::Open(ranges)) => ranges,
                Some(Special::Holiday(text)) => {
                    oracle.holidays.insert(day, text.clone());
                    &[]
                }
            };
            for range in ranges {
                let at = |minute: u16| day.to_datetime(jiff::civil::Time::midnight()) + i64::from(minute).minutes();
                oracle.open.push((at(range.from), at(range.to)));
            }
        }
        oracle
    }

    fn reading(&self, at_ms: i64) -> Reading {
        let wall = Timestamp::from_millisecond(at_ms).unwrap().to_zoned(self.zone.clone()).datetime();
        if self.open.iter().any(|(from, to)| *from <= wall && wall < *to) {
            return Reading::Open;
        }
        self.holidays.get(&wall.date()).map_or(Reading::Closed, |text| Reading::Holiday(text.clone()))
    }
}

/// Ranges of one day, apart from each other and in order; small hours are likely, and so is running past midnight.
fn ranges() -> impl Strategy<Value = Vec<Range>> {
    let cuts = prop::collection::btree_set(prop_oneof![0u16..300, 0u16..2 * DAY], 0..6);
    cuts.prop_map(|cuts| {
        let cuts: Vec<u16> = cuts.into_iter().collect();
        let pairs = cuts.chunks_exact(2).map(|pair| Range { from: pair[0], to: pair[1] });
        pairs.filter(|range| range.from < DAY && range.to <= range.from + DAY).collect()
    })
}

fn special() -> impl Strategy<Value = Special> {
    prop_oneof![Just(Special::Holiday("a feast".to_owned())), ranges().prop_map(Special::Open)]
}

prop_compose! {
    fn hours()(
        (zone, change) in prop::sample::select(CHANGES),
        week in prop::array::uniform7(ranges()),
        dates in prop::collection::btree_map(-4i32..12, special(), 0..4),
    ) -> (Hours, Date) {
        let dates = dates.into_iter().map(|(day, special)| (change.checked_add(day.days()).unwrap(), special)).collect();
        (Hours { zone: zone.to_owned(), week, dates }, change)
    }
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 96, rng_seed: RngSeed::Fixed(11), failure_persistence: None, ..ProptestConfig::default() }
}

/// The first instant of a day, or of the first that has one.
fn midnight(hours: &Hours, day: Date) -> i64 {
    day.to_zoned(zone(&hours.zone).unwrap()).unwrap().timestamp().as_millisecond()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_minute_reads_as_the_wall_says((hours, change) in hours(), seconds in 0i64..60) {
        let oracle = Oracle::new(&hours, change);
        let start = midnight(&hours, change) - 30 * 3_600_000 + seconds * 1000;
        for minute in 0..60 * 60 {
            let at = start + minute * 60_000;
            prop_assert_eq!(reading(&hours, at).unwrap(), oracle.reading(at), "at {}", at);
        }
    }

    #[test]
    fn the_next_opening_is_the_first_open_minute((hours, change) in hours(), ahead in 0i64..30 * 60, ms in 0i64..60_000) {
        let oracle = Oracle::new(&hours, change);
        let at = midnight(&hours, change) - 26 * 3_600_000 + ahead * 60_000 + ms;
        let whole = at - at.rem_euclid(60_000);
        let minutes = std::iter::once(at).chain((1..9 * 1440).map(|minute| whole + minute * 60_000));
        let first = minutes.into_iter().find(|at| oracle.reading(*at) == Reading::Open);
        let found = next_open(&hours, at).unwrap();
        match first {
            Some(first) => prop_assert_eq!(found, Some(first)),
            None => prop_assert!(found.is_none_or(|found| found > at + 8 * 86_400_000), "{:?}", found),
        }
    }

    #[test]
    fn what_is_stored_is_read_back((hours, _) in hours()) {
        let text = serde_json::to_string(&hours).unwrap();
        prop_assert_eq!(serde_json::from_str::<Hours>(&text).unwrap(), hours);
    }

    #[test]
    fn days_count_both_ways(day in -500_000i64..500_000) {
        prop_assert_eq!(date_of(day).map(day_of), Some(day));
    }
}

fn weekly(zone: &str, day: usize, from: u16, to: u16) -> Hours {
    let mut hours = Hours { zone: zone.to_owned(), week: Default::default(), dates: BTreeMap::new() };
    hours.week[day] = vec![Range { from, to }];
    hours
}

fn ms(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_millisecond()
}

#[test]
fn a_night_belongs_to_the_day_it_begins_on() {
    let mut hours = weekly("Europe/London", 3, 22 * 60, 26 * 60);
    hours.dates.insert(date(2026, 12, 25), Special::Holiday("Christmas Day".to_owned()));
    let day = Reading::Holiday("Christmas Day".to_owned());
    // 24 December is a Thursday; its night reaches into the holiday.
    assert_eq!(reading(&hours, ms("2026-12-24T21:59:59.999Z")), Ok(Reading::Closed));
    assert_eq!(reading(&hours, ms("2026-12-24T22:00:00Z")), Ok(Reading::Open));
    assert_eq!(reading(&hours, ms("2026-12-25T01:59:59.999Z")), Ok(Reading::Open));
    assert_eq!(reading(&hours, ms("2026-12-25T02:00:00Z")), Ok(day));
    hours.dates.insert(date(2026, 12, 24), Special::Open(Vec::new()));
    assert_eq!(next_open(&hours, ms("2026-12-24T12:00:00Z")), Ok(Some(ms("2026-12-31T22:00:00Z"))));
}

#[test]
fn opening_in_skipped_time_is_opening_when_the_clock_has_gone_forward() {
    let sunday = weekly("Europe/London", 6, 90, 150);
    assert_eq!(next_open(&sunday, ms("2026-03-28T00:00:00Z")), Ok(Some(ms("2026-03-29T01:00:00Z"))));
    let gone = weekly("Europe/London", 6, 60, 120);
    assert_eq!(next_open(&gone, ms("2026-03-28T00:00:00Z")), Ok(Some(ms("2026-04-05T00:00:00Z"))));
    let midnight = weekly("America/Sao_Paulo", 6, 0, 120);
    assert_eq!(next_open(&midnight, ms("2018-11-03T12:00:00Z")), Ok(Some(ms("2018-11-04T03:00:00Z"))));
}

#[test]
fn repeated_hours_are_open_twice() {
    let sunday = weekly("Europe/London", 6, 90, 105);
    assert_eq!(next_open(&sunday, ms("2026-10-25T00:00:00Z")), Ok(Some(ms("2026-10-25T00:30:00Z"))));
    assert_eq!(next_open(&sunday, ms("2026-10-25T00:45:00Z")), Ok(Some(ms("2026-10-25T01:30:00Z"))));
}

#[test]
fn the_search_ends() {
    let mut never = weekly("UTC", 0, 0, 1);
    never.week = Default::default();
    assert_eq!(next_open(&never, ms("2026-01-01T00:00:00Z")), Ok(None));
    never.dates.insert(date(2027, 2, 4), Special::Open(vec![Range { from: 0, to: 60 }]));
    assert_eq!(next_open(&never, ms("2026-01-01T00:00:00Z")), Ok(Some(ms("2027-02-04T00:00:00Z"))));
    assert_eq!(next_open(&never, ms("2025-12-31T00:00:00Z")), Ok(None));
    for edge in [i64::MIN, i64::MAX] {
        let _ = (reading(&never, edge), next_open(&never, edge));
    }
}

#[test]
fn zones_have_exact_names() {
    assert!(zone("Europe/London").is_ok() && zone("UTC").is_ok());
    assert!(zone("Etc/Unknown").is_err());
    assert_eq!(zone("europe/london"), Err(UnknownZone("europe/london".to_owned())));
    let names = zones();
    assert!(names.len() > 400 && names.iter().all(|name| zone(name).is_ok()), "{}", names.len());
}

#[test]
fn clock_changes_are_told_by_the_wall() {
    let year = |zone: &str, from: Date| {
        let show = |change: &ClockChange| {
            let at = |minute: i64| {
                format!(
                    "{} {:02}:{:02}",
                    date_of(minute.div_euclid(1440)).unwrap(),
                    minute.rem_euclid(1440) / 60,
                    minute % 60
                )
            };
            format!("{} {} {}", if change.forward { "forward" } else { "back" }, at(change.from), at(change.to))
        };
        let to = from.checked_add(1.year()).unwrap();
        clock_changes(zone, from, to).unwrap().iter().map(show).collect::<Vec<_>>()
    };
    assert_eq!(
        year("Europe/London", date(2026, 1, 1)),
        ["forward 2026-03-29 01:00 2026-03-29 02:00", "back 2026-10-25 01:00 2026-10-25 02:00"]
    );
    assert_eq!(year("America/Sao_Paulo", date(2018, 6, 1))[0], "forward 2018-11-04 00:00 2018-11-04 01:00");
    assert_eq!(year("Australia/Lord_Howe", date(2026, 6, 1))[0], "forward 2026-10-04 02:00 2026-10-04 02:30");
    assert!(year("Asia/Kathmandu", date(2026, 1, 1)).is_empty());
    assert!(clock_changes("Nowhere", date(2026, 1, 1), date(2026, 1, 2)).is_err());
}
