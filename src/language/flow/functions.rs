//! The functions of expressions on values.

use crate::language::duration;
use crate::language::flow::decimal::Decimal;
use crate::language::flow::eval::Fault;
use crate::language::flow::expr::{Each, Function};
use crate::language::flow::types::{Type, WEEKDAYS};
use crate::language::flow::value::{self, Value, time_ms};

impl Function {
    /// Every function.
    pub const ALL: [Function; 14] = [
        Function::Contains,
        Function::DaysUntil,
        Function::EndsWith,
        Function::LowerAscii,
        Function::PlusDays,
        Function::StartsWith,
        Function::ToDate,
        Function::ToDecimal,
        Function::ToInt,
        Function::ToPhone,
        Function::ToText,
        Function::ToTime,
        Function::Trim,
        Function::UpperAscii,
    ];

    /// Its name, written after what it works on: `a.contains(b)`. Those that CEL has are called as there.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Function::Contains => "contains",
            Function::DaysUntil => "days_until",
            Function::EndsWith => "endsWith",
            Function::LowerAscii => "lowerAscii",
            Function::PlusDays => "plus_days",
            Function::StartsWith => "startsWith",
            Function::ToDate => "toDate",
            Function::ToDecimal => "toDecimal",
            Function::ToInt => "toInt",
            Function::ToPhone => "toPhone",
            Function::ToText => "toText",
            Function::ToTime => "toTime",
            Function::Trim => "trim",
            Function::UpperAscii => "upperAscii",
        }
    }
}

impl Each {
    /// Every one.
    pub const ALL: [Each; 4] = [Each::All, Each::Exists, Each::Filter, Each::Map];

    /// Its name.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Each::All => "all",
            Each::Exists => "exists",
            Each::Filter => "filter",
            Each::Map => "map",
        }
    }
}

/// The function of a value, which it is written after, and perhaps of one more.
///
/// # Errors
/// When a value is absent, or the result out of range.
pub(crate) fn call(function: Function, of: Value, with: Option<Value>) -> Result<Value, Fault> {
    if of == Value::Absent || with == Some(Value::Absent) {
        return Err(Fault::Absent);
    }
    match (function, of, with) {
        (Function::Contains, Value::Text(of), Some(Value::Text(part))) => Ok(Value::Bool(of.contains(&part))),
        (Function::StartsWith, Value::Text(of), Some(Value::Text(part))) => Ok(Value::Bool(of.starts_with(&part))),
        (Function::EndsWith, Value::Text(of), Some(Value::Text(part))) => Ok(Value::Bool(of.ends_with(&part))),
        (Function::LowerAscii, Value::Text(of), None) => Ok(Value::Text(of.to_ascii_lowercase())),
        (Function::UpperAscii, Value::Text(of), None) => Ok(Value::Text(of.to_ascii_uppercase())),
        (Function::Trim, Value::Text(of), None) => Ok(Value::Text(of.trim().to_owned())),
        (Function::DaysUntil, Value::Date(from), Some(Value::Date(to))) => days_between(from, to),
        (Function::PlusDays, Value::Date(date), Some(Value::Int(days))) => plus_days(date, days),
        (Function::ToDecimal, Value::Int(n), None) => Ok(Value::Decimal(Decimal::whole(n))),
        (Function::ToText, of, None) => text_of(&of).map(Value::Text).ok_or(Fault::Type),
        (conversion, Value::Text(text) | Value::Digits(text), None) => {
            Ok(read(conversion, &text).unwrap_or(Value::Absent))
        }
        _ => Err(Fault::Type),
    }
}

/// A text as a value of another type, if it is one.
fn read(conversion: Function, text: &str) -> Option<Value> {
    match conversion {
        Function::ToDate => value::date(text).map(Value::Date),
        Function::ToDecimal => text.parse().ok().map(Value::Decimal),
        // Rust reads a `+` in front, which nobody writes here.
        Function::ToInt => text.parse().ok().filter(|_| !text.starts_with('+')).map(Value::Int),
        Function::ToPhone => value::is_callable(text, &Type::Phone).then(|| Value::Phone(text.to_owned())),
        Function::ToTime => time_ms(text).map(Value::Time),
        Function::Contains
        | Function::DaysUntil
        | Function::EndsWith
        | Function::LowerAscii
        | Function::PlusDays
        | Function::StartsWith
        | Function::ToText
        | Function::Trim
        | Function::UpperAscii => None,
    }
}

/// A value as flows write it.
fn text_of(value: &Value) -> Option<String> {
    Some(match value {
        Value::Bool(truth) => truth.to_string(),
        Value::Date(date) => date.to_string(),
        Value::Decimal(number) => number.to_string(),
        Value::Digits(text) | Value::Enum(text) | Value::Phone(text) | Value::Text(text) => text.clone(),
        Value::Duration(ms) if *ms < 0 => format!("-{}", duration::show(ms.unsigned_abs())),
        Value::Duration(ms) => duration::show(ms.unsigned_abs()),
        Value::Int(n) => n.to_string(),
        Value::LocalTime(at) => at.to_string(),
        Value::Money(money) => money.to_string(),
        Value::Time(ms) => jiff::Timestamp::from_millisecond(*ms).ok()?.to_string(),
        Value::Absent | Value::List(_) | Value::Record(_) => return None,
    })
}

fn days_between(from: jiff::civil::Date, to: jiff::civil::Date) -> Result<Value, Fault> {
    let span = from.until((jiff::Unit::Day, to)).map_err(|_| Fault::Overflow)?;
    Ok(Value::Int(i64::from(span.get_days())))
}

fn plus_days(date: jiff::civil::Date, days: i64) -> Result<Value, Fault> {
    let span = jiff::Span::new().try_days(days).map_err(|_| Fault::Overflow)?;
    date.checked_add(span).map(Value::Date).map_err(|_| Fault::Overflow)
}

/// A field of a value, as [`Type::fields`] lists them; absent when a record has none of that name.
///
/// # Errors
/// When the value is absent or has no fields.
pub(crate) fn field(record: Value, name: &str) -> Result<Value, Fault> {
    let int = |n: i64| Ok(Value::Int(n));
    match (record, name) {
        (Value::Record(mut fields), name) => Ok(fields.remove(name).unwrap_or(Value::Absent)),
        (Value::Money(money), "amount") => Ok(Value::Decimal(money.amount)),
        (Value::Money(money), "currency") => Ok(Value::Text(money.currency)),
        (Value::LocalTime(at), "hour") => int(at.hour().into()),
        (Value::LocalTime(at), "minute") => int(at.minute().into()),
        (Value::LocalTime(at), "date") => Ok(Value::Date(at.date())),
        (Value::LocalTime(at), name) => field(Value::Date(at.date()), name),
        (Value::Date(date), "year") => int(date.year().into()),
        (Value::Date(date), "month") => int(date.month().into()),
        (Value::Date(date), "day") => int(date.day().into()),
        (Value::Date(date), "weekday") => {
            let day = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0);
            Ok(Value::Enum(WEEKDAYS[day].to_owned()))
        }
        (Value::Absent, _) => Err(Fault::Absent),
        _ => Err(Fault::Type),
    }
}

/// The last characters of a text or of digits.
///
/// # Errors
/// When it is neither.
pub(crate) fn last(value: Value, count: Value) -> Result<Value, Fault> {
    let Value::Int(count) = count else {
        return Err(if count == Value::Absent { Fault::Absent } else { Fault::Type });
    };
    let count = usize::try_from(count).unwrap_or(if count < 0 { 0 } else { usize::MAX });
    let tail = |text: &str| -> String { text.chars().skip(text.chars().count().saturating_sub(count)).collect() };
    match value {
        Value::Text(text) => Ok(Value::Text(tail(&text))),
        Value::Digits(digits) => Ok(Value::Digits(tail(&digits))),
        Value::Absent => Err(Fault::Absent),
        _ => Err(Fault::Type),
    }
}

/// How many characters or items.
///
/// # Errors
/// When it has neither.
pub(crate) fn size(value: &Value) -> Result<Value, Fault> {
    let count = match value {
        Value::Text(text) | Value::Digits(text) => text.chars().count(),
        Value::List(items) => items.len(),
        Value::Absent => return Err(Fault::Absent),
        _ => return Err(Fault::Type),
    };
    i64::try_from(count).map(Value::Int).map_err(|_| Fault::Overflow)
}

/// Whether there is such a time zone. The zones are those that come with the program, so that every machine has the same.
#[must_use]
pub fn is_zone(name: &str) -> bool {
    jiff::tz::TimeZoneDatabase::bundled().get(name).is_ok()
}

/// What calendar and clock show in a zone.
///
/// # Errors
/// When there is no such zone, or the value is no time.
pub(crate) fn in_zone(value: &Value, zone: &str) -> Result<Value, Fault> {
    let ms = match value {
        Value::Time(ms) => *ms,
        Value::Absent => return Err(Fault::Absent),
        _ => return Err(Fault::Type),
    };
    let zone = jiff::tz::TimeZoneDatabase::bundled().get(zone).map_err(|_| Fault::Zone)?;
    let instant = jiff::Timestamp::from_millisecond(ms).map_err(|_| Fault::Overflow)?;
    Ok(Value::LocalTime(instant.to_zoned(zone).datetime()))
}

#[cfg(test)]
mod tests {
    use crate::language::flow::eval::Fault;
    use crate::language::flow::expr::Function;
    use crate::language::flow::functions::{call, field, in_zone, is_zone, last, size};
    use crate::language::flow::types::Type;
    use crate::language::flow::value::{Value, date, local_time, time_ms};

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    fn day(text: &str) -> Value {
        Value::Date(date(text).unwrap())
    }

    #[test]
    fn functions_of_texts() {
        let truth = |function, a: &str, b: &str| call(function, text(a), Some(text(b))) == Ok(Value::Bool(true));
        assert!(truth(Function::Contains, "abc", "b") && truth(Function::StartsWith, "abc", "ab"));
        assert!(truth(Function::EndsWith, "abc", "bc") && !truth(Function::EndsWith, "abc", "b"));
        assert_eq!(call(Function::Trim, text(" a "), None), Ok(text("a")));
        assert_eq!(call(Function::LowerAscii, text("AÄ"), None), Ok(text("aÄ")));
        assert_eq!(call(Function::UpperAscii, text("aä"), None), Ok(text("Aä")));
    }

    #[test]
    fn what_cannot_be_converted_is_absent() {
        let of = |function, given: &str| call(function, text(given), None).unwrap();
        assert_eq!((of(Function::ToInt, "42"), of(Function::ToInt, "4x")), (Value::Int(42), Value::Absent));
        assert_eq!(
            (of(Function::ToInt, "+4"), of(Function::ToInt, "99999999999999999999")),
            (Value::Absent, Value::Absent)
        );
        assert_eq!(of(Function::ToPhone, "anonymous"), Value::Absent);
        assert_eq!(of(Function::ToPhone, "+441632960100"), Value::Phone("+441632960100".into()));
        assert_eq!(
            (of(Function::ToDate, "2026-12-01"), of(Function::ToDate, "today")),
            (day("2026-12-01"), Value::Absent)
        );
        assert_eq!(of(Function::ToTime, "x"), Value::Absent);
        assert_eq!(of(Function::ToDecimal, "1.5"), Value::Decimal("1.5".parse().unwrap()));
        assert_eq!(call(Function::ToInt, Value::Digits("007".into()), None), Ok(Value::Int(7)));
        assert_eq!(call(Function::ToText, Value::Digits("007".into()), None), Ok(text("007")));
    }

    #[test]
    fn days_are_counted() {
        assert_eq!(call(Function::DaysUntil, day("2026-12-01"), Some(day("2027-01-01"))), Ok(Value::Int(31)));
        assert_eq!(call(Function::DaysUntil, day("2026-12-02"), Some(day("2026-12-01"))), Ok(Value::Int(-1)));
        assert_eq!(call(Function::PlusDays, day("2026-12-31"), Some(Value::Int(1))), Ok(day("2027-01-01")));
        assert_eq!(call(Function::PlusDays, day("2026-12-31"), Some(Value::Int(i64::MAX))), Err(Fault::Overflow));
        assert_eq!(call(Function::PlusDays, day("9999-12-31"), Some(Value::Int(1))), Err(Fault::Overflow));
    }

    #[test]
    fn zones_have_their_own_clock() {
        let at = |text: &str| Value::Time(time_ms(text).unwrap());
        let there = |text: &str| Ok(Value::LocalTime(local_time(text).unwrap()));
        assert_eq!(in_zone(&at("2026-12-01T09:30Z"), "Europe/London"), there("2026-12-01T09:30"));
        assert_eq!(in_zone(&at("2026-07-01T23:30Z"), "Europe/London"), there("2026-07-02T00:30"));
        assert_eq!(in_zone(&at("2026-07-01T09:30Z"), "Europe/Londn"), Err(Fault::Zone));
        assert!(is_zone("America/Vancouver") && !is_zone("Mars/Olympus"));
    }

    #[test]
    fn every_listed_field_is_there() {
        let local = Value::LocalTime(local_time("2026-12-01T09:30").unwrap());
        for (ty, value) in [
            (Type::LocalTime, local.clone()),
            (Type::Date, day("2026-12-01")),
            (Type::Money, Value::Money("1.00 GBP".parse().unwrap())),
            (Type::Recording, Value::empty_recording()),
        ] {
            for (name, _) in ty.fields() {
                assert!(!matches!(field(value.clone(), &name), Err(_) | Ok(Value::Absent)), "{ty}.{name}");
            }
        }
        assert_eq!(field(local, "weekday"), Ok(Value::Enum("tuesday".to_owned())));
        assert_eq!(field(Value::Int(1), "x"), Err(Fault::Type));
    }

    #[test]
    fn last_characters() {
        let digits = Value::Digits("00123".to_owned());
        assert_eq!(last(digits.clone(), Value::Int(2)), Ok(Value::Digits("23".to_owned())));
        assert_eq!(last(digits.clone(), Value::Int(-2)), Ok(Value::Digits(String::new())));
        assert_eq!(last(digits.clone(), Value::Int(i64::MAX)), Ok(digits.clone()));
        assert_eq!(size(&digits), Ok(Value::Int(5)));
    }
}
