//! Logs to standard error: one event, one line, whatever stands in it. Of other crates only warnings are let through, as they
//! may tell of addresses and headers; ours name calls by their id and nobody by name.

use crate::cli::Failure;
use serde_json::{Map, Value};
use std::fmt;
use std::io;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Longest value of a field, in characters.
const VALUE_CHARS: usize = 500;
/// Most fields of one event.
const FIELDS: usize = 20;
/// The environment variable of the level, and of the format.
const VARIABLES: (&str, &str) = ("FLOWC_LOG", "FLOWC_LOG_FORMAT");

/// The level where nobody names one.
const LEVEL: &str = "warn";

/// Flags of commands that log.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct LogFlags {
    /// What is logged: off, error, warn, info, debug or trace [default: FLOWC_LOG, else warn]
    #[arg(long, value_name = "LEVEL")]
    log_level: Option<String>,
    /// How: json, one object a line, or text [default: FLOWC_LOG_FORMAT, else json]
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
}

/// How an event is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lines {
    Json,
    Text,
}

impl LogFlags {
    /// Begins to log.
    ///
    /// # Errors
    /// When the level or the format is none.
    pub fn begin(&self) -> Result<(), Failure> {
        let given = |flag: &Option<String>, name, variable| match flag {
            Some(value) => Some((value.clone(), name)),
            None => std::env::var(variable).ok().filter(|value| !value.is_empty()).map(|value| (value, variable)),
        };
        let (level, origin) =
            given(&self.log_level, "--log-level", VARIABLES.0).unwrap_or((LEVEL.to_owned(), "default"));
        let filter = filter(&level).ok_or_else(|| wrong(origin, &level, "off, error, warn, info, debug, trace"))?;
        let lines = match given(&self.log_format, "--log-format", VARIABLES.1) {
            None => Lines::Json,
            Some((format, origin)) => match format.as_str() {
                "json" => Lines::Json,
                "text" => Lines::Text,
                _ => return Err(wrong(origin, &format, "json, text")),
            },
        };
        // Where nobody reads what is logged, that is no reason to break off.
        let subscriber = tracing_subscriber::fmt()
            .log_internal_errors(false)
            .with_env_filter(EnvFilter::new(filter))
            .with_writer(io::stderr);
        // Only the first subscriber of a process counts; a second call changes nothing.
        let _ = subscriber.event_format(lines).try_init();
        Ok(())
    }
}

fn wrong(origin: &str, value: &str, wanted: &str) -> Failure {
    Failure::Usage(format!("{origin}: `{}` is none of {wanted}", value.escape_debug()))
}

/// What is let through: ours from this level on, of others no more than warnings.
fn filter(level: &str) -> Option<String> {
    let level = level.to_ascii_lowercase();
    let others = match level.as_str() {
        "off" => "off",
        "error" => "error",
        "warn" | "info" | "debug" | "trace" => "warn",
        _ => return None,
    };
    Some(format!("{others},flowc={level}"))
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let at = jiff::Timestamp::now().round(jiff::Unit::Millisecond).unwrap_or_default();
        let (level, target) = (event.metadata().level().as_str(), event.metadata().target());
        match self {
            Lines::Json => writeln!(writer, "{}", json(&at.to_string(), level, target, fields)),
            Lines::Text => writeln!(writer, "{}", text(&at.to_string(), level, target, fields)),
        }
    }
}

/// The fields of one event, each of a bounded length.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn take(&mut self, field: &Field, value: Value) {
        if self.0.len() < FIELDS {
            self.0.insert(field.name().to_owned(), value);
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.take(field, Value::String(bounded(&format!("{value:?}"))));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.take(field, Value::String(bounded(value)));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.take(field, Value::from(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.take(field, Value::from(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.take(field, Value::from(value));
    }
}

fn bounded(text: &str) -> String {
    match text.char_indices().nth(VALUE_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// One line of JSON. Besides what JSON escapes, whatever a terminal or a reader of lines could take for more than a letter.
fn json(at: &str, level: &str, target: &str, fields: Fields) -> String {
    let mut object = Map::new();
    for (name, value) in [("timestamp", at), ("level", level), ("target", target)] {
        object.insert(name.to_owned(), Value::from(value));
    }
    object.insert("fields".to_owned(), Value::Object(fields.0));
    let mut line = String::new();
    for c in Value::Object(object).to_string().chars() {
        if is_loud(c) {
            line.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            line.push(c);
        }
    }
    line
}

fn text(at: &str, level: &str, target: &str, fields: Fields) -> String {
    let mut line = format!("{at} {level} {target}:");
    let plain = |text: &str| text.chars().map(|c| if is_loud(c) { '\u{fffd}' } else { c }).collect::<String>();
    if let Some(message) = fields.0.get("message").and_then(Value::as_str) {
        line.push_str(&format!(" {}", plain(message)));
    }
    for (name, value) in fields.0.iter().filter(|(name, _)| *name != "message") {
        line.push_str(&format!(" {name}={}", plain(&value.to_string())));
    }
    line
}

/// Control characters, and what ends a line or turns it round.
#[must_use]
pub fn is_loud(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use crate::cli::log::{Fields, VALUE_CHARS, bounded, filter, json, text};
    use serde_json::{Map, Value};

    const HOSTILE: &str = "a\nb\r\u{1b}[2J\u{2028}c\u{202e}d\u{85}\"e\u{7f}";

    fn fields() -> Fields {
        Fields(Map::from_iter([
            ("message".to_owned(), Value::from("set aside")),
            ("reason".to_owned(), Value::from(HOSTILE)),
        ]))
    }

    #[test]
    fn one_event_is_one_line_and_says_what_it_said() {
        let line = json("t", "WARN", "flowc", fields());
        assert_eq!(line.lines().count(), 1);
        assert!(!line.chars().any(|c| c.is_control() || c == '\u{2028}' || c == '\u{202e}'), "{line:?}");
        let read: Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!((&read["fields"]["reason"], &read["level"]), (&Value::from(HOSTILE), &Value::from("WARN")));
        let line = text("t", "WARN", "flowc", fields());
        assert!(line.starts_with("t WARN flowc: set aside reason=\"a\\nb"), "{line}");
        assert!(!line.chars().any(|c| c.is_control() || c == '\u{2028}'), "{line:?}");
    }

    #[test]
    fn a_long_value_is_cut() {
        assert_eq!(bounded(&"é".repeat(VALUE_CHARS)).chars().count(), VALUE_CHARS);
        assert_eq!(bounded(&"é".repeat(9_999)).chars().count(), VALUE_CHARS + 1);
    }

    #[test]
    fn others_are_let_through_from_warnings_on() {
        assert_eq!(filter("TRACE").as_deref(), Some("warn,flowc=trace"));
        assert_eq!(filter("off").as_deref(), Some("off,flowc=off"));
        assert_eq!(filter("hyper=trace"), None);
    }
}
