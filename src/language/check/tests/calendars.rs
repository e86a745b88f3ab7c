//! Laws of calendars: any text is read and checked without breaking off, places lie within it, and what has no error is sound.

use crate::language::check::calendar::check;
use crate::language::diagnostic::Code;
use crate::language::flow::calendar::{DAY, Range, Reading, Special, reading};
use crate::language::source::Sources;
use crate::language::syntax;
use jiff::civil::date;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const GOOD: &str = "calendar: office\nzone: Europe/London\nholidays: { 2026-12-25: Christmas Day }\n\
                    dates: { 2026-12-24: \"08:30-12:00\", 2026-12-29: closed }\nmain:\n  open: { mon-fri: \"08:30-17:30\", \
                    sat: [ \"09:00-12:00\", \"13:00-15:00\" ] }\n  holidays: { 2026-12-26: Boxing Day }\n\
                    night: { open: { fri-sat: \"22:00-02:00\" }, dates: { 2026-12-25: \"20:00-24:00\" } }\n";

const PIECES: &[&str] = &[
    "closed",
    "-",
    ",",
    ":",
    "\"",
    "24:00",
    "00:00",
    "mon",
    "sun-mon",
    "2026-02-30",
    "2027-03-28",
    "open:",
    "{ }",
    "é",
    "–",
    "9999-12-31",
    "\n",
    "  ",
    "~",
    "dates:",
    "0",
    "zone: UTC\n",
    "25:61",
    "",
];

fn judge(text: &str) -> Result<(), TestCaseError> {
    let mut sources = Sources::default();
    let file = sources.add("office.yaml", text);
    let (written, mut found) = syntax::read_calendar(&sources, file);
    let calendar = written.map(|written| check(&written, Some(date(2026, 6, 1)), &mut found));
    for finding in &found {
        let spans = std::iter::once(&finding.primary).chain(&finding.secondary).map(|label| label.span);
        let edits = finding.fix.iter().flat_map(|fix| &fix.edits).map(|(span, _)| *span);
        for span in spans.chain(edits) {
            let range = span.start as usize..span.end as usize;
            prop_assert!(text.get(range).is_some(), "{} at {:?} of {:?}", finding.code, span, text);
        }
    }
    let entries = calendar.iter().flat_map(|calendar| calendar.hours.values());
    for hours in entries.filter_map(|entry| entry.hours.as_ref()) {
        let special = hours.dates.values().filter_map(|special| match special {
            Special::Open(ranges) => Some(ranges),
            Special::Holiday(_) => None,
        });
        for ranges in hours.week.iter().chain(special) {
            let sound = |range: &Range| range.from < DAY && range.from < range.to && range.minutes() <= DAY;
            prop_assert!(ranges.iter().all(sound) && ranges.is_sorted());
        }
        prop_assert!(reading(hours, 1_798_000_000_000).is_ok());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400, rng_seed: RngSeed::Fixed(17), failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn any_calendar_is_judged(
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0usize..12, prop::sample::select(PIECES)), 1..4),
    ) {
        let mut text = GOOD.to_owned();
        for (at, length, piece) in cuts {
            let at = text.floor_char_boundary(at.index(text.len()));
            let end = text.floor_char_boundary((at + length).min(text.len()));
            text.replace_range(at..end.max(at), piece);
        }
        judge(&text)?;
    }
}

#[test]
fn the_calendar_that_is_cut_up_is_good() {
    let mut sources = Sources::default();
    let file = sources.add("office.yaml", GOOD);
    let (written, mut found) = syntax::read_calendar(&sources, file);
    let calendar = check(&written.unwrap(), Some(date(2026, 6, 1)), &mut found);
    assert!(found.is_empty(), "{found:#?}");
    let at = |hours: &str, when: &str| {
        let ms = when.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        reading(calendar.hours[hours].hours.as_ref().unwrap(), ms).unwrap()
    };
    // What hours say of a date counts before what the calendar says of all.
    assert_eq!(at("main", "2026-12-25T10:00:00Z"), Reading::Holiday("Christmas Day".to_owned()));
    assert_eq!(at("night", "2026-12-25T20:30:00Z"), Reading::Open);
    assert_eq!(at("night", "2026-12-26T00:30:00Z"), Reading::Closed);
    assert_eq!(at("main", "2026-12-26T10:00:00Z"), Reading::Holiday("Boxing Day".to_owned()));
    assert_eq!(at("night", "2026-12-26T22:30:00Z"), Reading::Open);
    assert_eq!(at("main", "2026-12-24T12:00:00Z"), Reading::Closed);
}

#[test]
fn without_today_nothing_is_said_of_a_year() {
    let text = "calendar: office\nzone: Europe/London\nmain: { open: { sun: \"01:30-05:00\" } }\n";
    let codes = |today| {
        let mut sources = Sources::default();
        let file = sources.add("office.yaml", text);
        let (written, mut found) = syntax::read_calendar(&sources, file);
        check(&written.unwrap(), today, &mut found);
        found.iter().map(|finding| finding.code).collect::<Vec<_>>()
    };
    assert_eq!(codes(None), []);
    assert_eq!(codes(Some(date(2026, 6, 1))), [Code::F0916, Code::F0915, Code::F0913]);
    // The year ends where it began.
    assert_eq!(codes(Some(date(2026, 10, 26))), [Code::F0915, Code::F0913]);
}
