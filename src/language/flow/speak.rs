//! Words with typed placeholders to what is spoken, by locale. Times are told in UTC: a flow has no zone of its own yet.

use crate::language::flow::eval::{Fault, Scope, TEXT_BYTES, eval};
use crate::language::flow::prompt::{Form, Piece, Words};
use crate::language::flow::value::Value;
use crate::platform::tones::Tone;

/// The key of a choice of the menu that asks.
pub type Keys<'a> = &'a dyn Fn(&str) -> Option<Tone>;

/// Words as a text prompt says them.
///
/// # Errors
/// When a placeholder has no value.
pub fn say(words: &Words, scope: &dyn Scope, keys: Keys, locale: &str) -> Result<String, Fault> {
    fill(words, scope, keys, locale, |value| value)
}

/// Words of an SSML document: what stands in the document stays, values are escaped.
///
/// # Errors
/// When a placeholder has no value.
pub fn ssml(words: &Words, scope: &dyn Scope, keys: Keys, locale: &str) -> Result<String, Fault> {
    fill(words, scope, keys, locale, |value| escape_xml(&value))
}

fn fill(
    words: &Words,
    scope: &dyn Scope,
    keys: Keys,
    locale: &str,
    escape: impl Fn(String) -> String,
) -> Result<String, Fault> {
    let mut spoken = String::new();
    for piece in &words.pieces {
        match piece {
            Piece::Key(choice) => {
                let tone = keys(choice).ok_or_else(|| Fault::NoKey(choice.clone()))?;
                spoken.push_str(&tone.word());
            }
            Piece::Text(text) => spoken.push_str(text),
            Piece::Value(expr, form) => spoken.push_str(&escape(value(&eval(expr, scope)?, *form, locale)?)),
        }
        if spoken.len() > TEXT_BYTES {
            return Err(Fault::TooLong);
        }
    }
    Ok(spoken)
}

/// A value as it is spoken.
///
/// # Errors
/// When the value is absent or of a type that nobody speaks.
pub fn value(value: &Value, form: Form, locale: &str) -> Result<String, Fault> {
    match (value, form) {
        (Value::Time(ms), form) => time(*ms, form, locale),
        (Value::Text(text) | Value::Enum(text), Form::Plain) => Ok(text.clone()),
        (Value::Int(n), Form::Plain) => Ok(n.to_string()),
        (Value::Digits(keys), Form::Plain) => Ok(one_by_one(keys)),
        (Value::Phone(number), Form::Plain) => Ok(one_by_one(number)),
        (Value::Duration(ms), Form::Plain) => Ok(duration(*ms)),
        (Value::Absent, _) => Err(Fault::Absent),
        (Value::Bool(_) | Value::List(_) | Value::Record(_), _) | (_, Form::Clock | Form::Day) => Err(Fault::Type),
    }
}

fn one_by_one(keys: &str) -> String {
    let keys: Vec<String> = keys.chars().map(String::from).collect();
    keys.join(" ")
}

fn time(ms: i64, form: Form, locale: &str) -> Result<String, Fault> {
    let instant = jiff::Timestamp::from_millisecond(ms).map_err(|_| Fault::Overflow)?;
    let at = instant.to_zoned(jiff::tz::TimeZone::UTC);
    let day = match locale {
        "en-US" => "%A, %B %-d",
        other if other.starts_with("en-") => "%A, %-d %B",
        _ => "%Y-%m-%d",
    };
    let clock = if locale == "en-US" { "%-I:%M %p" } else { "%H:%M" };
    let join = if locale.starts_with("en-") { " at " } else { " " };
    let format = match form {
        Form::Clock => clock.to_owned(),
        Form::Day => day.to_owned(),
        Form::Plain => format!("{day}{join}{clock}"),
    };
    Ok(at.strftime(&format).to_string())
}

/// `1 hour 30 minutes`; what is less than a second only where there is nothing else.
fn duration(ms: u64) -> String {
    let parts = [
        (ms / 86_400_000, "day"),
        (ms / 3_600_000 % 24, "hour"),
        (ms / 60_000 % 60, "minute"),
        (ms / 1_000 % 60, "second"),
    ];
    let spoken: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| count(*n, unit)).collect();
    match spoken.as_slice() {
        [] if ms > 0 => count(ms, "millisecond"),
        [] => count(0, "second"),
        parts => parts.join(" "),
    }
}

fn count(n: u64, unit: &str) -> String {
    if n == 1 { format!("1 {unit}") } else { format!("{n} {unit}s") }
}

/// Text as it may stand in an XML document, in content or in an attribute. Characters that XML 1.0 has no place for are dropped.
#[must_use]
pub fn escape_xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c < ' ' && !matches!(c, '\t' | '\n' | '\r') => {}
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use crate::language::flow::eval::Fault;
    use crate::language::flow::expr::{Expr, Slot};
    use crate::language::flow::prompt::{Form, Piece, Words};
    use crate::language::flow::speak::{duration, say, ssml, value};
    use crate::language::flow::value::{Value, time_ms};
    use crate::platform::tones::Tone;

    fn nothing(_: &Slot) -> Option<Value> {
        None
    }

    fn keys(choice: &str) -> Option<Tone> {
        (choice == "stop").then_some(Tone::Pound)
    }

    #[test]
    fn times_by_locale() {
        let at = Value::Time(time_ms("2026-12-01T14:30Z").unwrap());
        let spoken = |form, locale| value(&at, form, locale).unwrap();
        assert_eq!(spoken(Form::Day, "en-GB"), "Tuesday, 1 December");
        assert_eq!(spoken(Form::Day, "en-US"), "Tuesday, December 1");
        assert_eq!(spoken(Form::Day, "de-DE"), "2026-12-01");
        assert_eq!(spoken(Form::Clock, "en-US"), "2:30 PM");
        assert_eq!(spoken(Form::Clock, "en-GB"), "14:30");
        assert_eq!(spoken(Form::Plain, "en-GB"), "Tuesday, 1 December at 14:30");
    }

    #[test]
    fn numbers_of_people_are_spoken_key_by_key() {
        assert_eq!(value(&Value::Digits("0420".to_owned()), Form::Plain, "en-US").unwrap(), "0 4 2 0");
        assert_eq!(value(&Value::Phone("+4416".to_owned()), Form::Plain, "en-US").unwrap(), "+ 4 4 1 6");
    }

    #[test]
    fn durations_in_words() {
        assert_eq!(duration(240_000), "4 minutes");
        assert_eq!(duration(5_400_000), "1 hour 30 minutes");
        assert_eq!(duration(0), "0 seconds");
        assert_eq!(duration(500), "500 milliseconds");
    }

    #[test]
    fn placeholders_and_escapes() {
        let name = Expr::Const(Value::Text("<Ada & Co>".to_owned()));
        let words = Words {
            pieces: vec![
                Piece::Text("<speak>".to_owned()),
                Piece::Value(name, Form::Plain),
                Piece::Key("stop".to_owned()),
            ],
        };
        assert_eq!(say(&words, &nothing, &keys, "en-US").unwrap(), "<speak><Ada & Co>pound");
        assert_eq!(ssml(&words, &nothing, &keys, "en-US").unwrap(), "<speak>&lt;Ada &amp; Co&gt;pound");
        let unknown = Words { pieces: vec![Piece::Key("other".to_owned())] };
        assert_eq!(say(&unknown, &nothing, &keys, "en-US"), Err(Fault::NoKey("other".to_owned())));
        let absent = Words { pieces: vec![Piece::Value(Expr::Read(Slot::Var("x".to_owned())), Form::Plain)] };
        assert_eq!(say(&absent, &nothing, &keys, "en-US"), Err(Fault::Absent));
    }
}
