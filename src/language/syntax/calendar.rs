//! A calendar file (`calendar: NAME`) to [`Calendar`]: zone, named hours, holidays and special days, each word with its place.
//!
//! What is a day, a date or a range of hours is found out by `check`.

use crate::language::diagnostic::{Code, Diagnostic, nearest};
use crate::language::source::{FileId, Span, Spanned, Word};
use crate::language::syntax::error;
use crate::language::syntax::place::Place;
use crate::language::syntax::yaml::faults;
use crate::language::syntax::yaml::shapes::Shapes;
use crate::language::syntax::yaml::tree::{Entry, Node, NodeKind, Scalar};

/// A calendar file (`calendar: NAME`), YAML only.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// The file.
    pub file: FileId,
    /// Its name.
    pub name: Word,
    /// Whether the field that says the zone is there, and what it says.
    pub zone: Option<Option<Word>>,
    /// What holds for all its hours.
    pub days: Days,
    /// Its hours.
    pub hours: Vec<Hours>,
    /// Something in it could not be read.
    pub partial: bool,
}

/// Hours under one name.
#[derive(Clone, Debug)]
pub struct Hours {
    /// Their name.
    pub name: Word,
    /// Weekdays with what is open on them.
    pub open: Vec<Line>,
    /// What holds for these hours alone.
    pub days: Days,
}

/// Days that are not like others.
#[derive(Clone, Debug, Default)]
pub struct Days {
    /// Where `holidays` stands.
    pub holidays_at: Option<Span>,
    /// Holidays with their texts; `None` where nothing stands.
    pub holidays: Vec<(Word, Option<Word>)>,
    /// Special days.
    pub dates: Vec<Line>,
}

/// Some days with what is open on them.
#[derive(Clone, Debug)]
pub struct Line {
    /// Weekdays, ranges of them, or one date.
    pub days: Vec<Word>,
    /// Ranges of hours, or `closed`.
    pub ranges: Vec<Word>,
}

/// Fields of a calendar that are no hours.
const FIELDS: &[&str] = &["calendar", "zone", "holidays", "dates"];
/// Fields of hours.
const OF_HOURS: &[&str] = &["open", "holidays", "dates"];
const CALENDAR: &str = "`calendar: office`";
const ZONE: &str = "`zone: Europe/London`";
const HOURS: &str = "`main: { open: { mon-fri: \"08:30-17:30\" } }`";
const OPEN: &str = "`open: { mon-fri: \"08:30-17:30\", sat: \"09:00-12:00, 13:00-15:00\" }`";
const RANGES: &str = "`\"09:00-12:00, 13:00-15:00\"` or `closed`";
const HOLIDAYS: &str = "`holidays: { 2026-12-25: Christmas Day }`";
const DATES: &str = "`dates: { 2026-12-24: \"08:30-12:00\" }`";

/// Reads a calendar; `None` when it does not even say its name.
pub(crate) fn read(text: &str, file: FileId) -> (Option<Calendar>, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let document = faults::read(text, file, &mut found);
    let shapes = Shapes { text, file, comments: document.comments, blanked: document.blanked, found };
    let mut reader = Reader { shapes };
    let calendar = match document.root {
        Some(root) => reader.top(&root, file),
        None => reader.shapes.nothing("calendar", CALENDAR),
    };
    let partial = !reader.shapes.found.is_empty();
    (calendar.map(|calendar| Calendar { partial, ..calendar }), reader.shapes.found)
}

struct Reader<'a> {
    shapes: Shapes<'a>,
}

impl Reader<'_> {
    fn top(&mut self, root: &Node, file: FileId) -> Option<Calendar> {
        let entries = self.shapes.map(root, "a calendar", CALENDAR)?;
        let Some(name) = entries.iter().find(|entry| entry.key.value == "calendar") else {
            self.shapes.missing("calendar", root.span, CALENDAR);
            return None;
        };
        let name = self.shapes.word(&name.value, "a name", CALENDAR)?;
        self.shapes.found.extend(error::bad_name(&name));
        let mut calendar =
            Calendar { file, name, zone: None, days: Days::default(), hours: Vec::new(), partial: false };
        for entry in entries {
            match entry.key.value.as_str() {
                "calendar" => {}
                "zone" => calendar.zone = Some(self.shapes.word(&entry.value, "a time zone", ZONE)),
                "holidays" => self.holidays(entry, &mut calendar.days),
                "dates" => self.dates(entry, &mut calendar.days),
                _ => calendar.hours.extend(self.hours(entry)),
            }
        }
        Some(calendar)
    }

    fn hours(&mut self, entry: &Entry) -> Option<Hours> {
        let fields = match &entry.value.kind {
            NodeKind::Map(fields) => fields,
            _ if nearest(&entry.key.value, FIELDS.iter().copied()).is_some() => {
                self.shapes.unknown(&entry.key, "a calendar", FIELDS);
                return None;
            }
            _ => {
                self.shapes.other(&entry.value, "hours", HOURS);
                return None;
            }
        };
        let known = |field: &Entry| OF_HOURS.contains(&field.key.value.as_str());
        if !fields.iter().any(known) && nearest(&entry.key.value, FIELDS.iter().copied()).is_some() {
            self.shapes.unknown(&entry.key, "a calendar", FIELDS);
            return None;
        }
        self.shapes.found.extend(error::bad_name(&entry.key));
        let mut hours = Hours { name: entry.key.clone(), open: Vec::new(), days: Days::default() };
        for field in fields {
            match field.key.value.as_str() {
                "open" => hours.open = self.lines(&field.value, "weekdays with their hours", OPEN),
                "holidays" => self.holidays(field, &mut hours.days),
                "dates" => self.dates(field, &mut hours.days),
                _ => self.shapes.unknown(&field.key, "hours", OF_HOURS),
            }
        }
        if !fields.iter().any(|field| matches!(field.key.value.as_str(), "open" | "dates")) {
            self.shapes.missing("open", entry.key.span, OPEN);
        }
        Some(hours)
    }

    fn holidays(&mut self, entry: &Entry, days: &mut Days) {
        let Some(entries) = self.shapes.map(&entry.value, "dates with the names of holidays", HOLIDAYS) else { return };
        days.holidays_at = Some(entry.key.span);
        for entry in entries {
            let text = match &entry.value.kind {
                NodeKind::Empty => None,
                NodeKind::Scalar(scalar) if scalar.text.trim().is_empty() || scalar.text == "~" && scalar.plain => None,
                _ => match self.shapes.word(&entry.value, "the name of a holiday", HOLIDAYS) {
                    Some(text) => Some(text),
                    None => continue,
                },
            };
            days.holidays.push((entry.key.clone(), text));
        }
    }

    fn dates(&mut self, entry: &Entry, days: &mut Days) {
        days.dates = self.lines(&entry.value, "dates with their hours", DATES);
    }

    fn lines(&mut self, value: &Node, what: &str, example: &str) -> Vec<Line> {
        let Some(entries) = self.shapes.map(value, what, example) else { return Vec::new() };
        entries.iter().filter_map(|entry| self.line(entry)).collect()
    }

    fn line(&mut self, entry: &Entry) -> Option<Line> {
        if matches!(entry.value.kind, NodeKind::Empty) && entry.key.value.contains(':') {
            let message = "hours stand where a day was meant";
            let finding = Diagnostic::new(Code::F0010, message, entry.key.span, "a comma ends a value in `{ }`");
            self.shapes.found.push(finding.help("quote several ranges: `\"09:00-12:00, 13:00-15:00\"`"));
            return None;
        }
        let days = pieces(&entry.key.value, &entry.place, entry.key.span);
        let ranges = match &entry.value.kind {
            NodeKind::List(items) => {
                let mut ranges = Vec::new();
                for item in items {
                    ranges.extend(self.ranges(item)?);
                }
                ranges
            }
            _ => self.ranges(&entry.value)?,
        };
        Some(Line { days, ranges })
    }

    fn ranges(&mut self, value: &Node) -> Option<Vec<Word>> {
        let Scalar { text, place, .. } = self.shapes.scalar(value, "hours of a day", RANGES)?;
        Some(pieces(text, place, value.span))
    }
}

/// What stands between commas, each piece with its place; one empty piece when there is nothing else.
fn pieces(text: &str, place: &Place, whole: Span) -> Vec<Word> {
    let mut at = 0;
    let mut pieces = Vec::new();
    for piece in text.split(',') {
        let start = at + piece.len() - piece.trim_start().len();
        let word = piece.trim();
        let span = if word.is_empty() { whole } else { place.span(start, start + word.len()) };
        pieces.push(Spanned::new(word.to_owned(), span));
        at += piece.len() + 1;
    }
    pieces
}
