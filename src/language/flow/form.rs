//! How values are spoken: one closed table of forms by type, and their words by locale. English is told as people say it, in
//! the American and in the British way; every other locale gets plain figures, which its voice reads out.

use crate::language::flow::decimal::{Decimal, Money};
use crate::language::flow::eval::Fault;
use crate::language::flow::types::Type;
use crate::language::flow::value::Value;
use serde::{Deserialize, Serialize};

/// How a value is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// The clock: `9:30 AM`, `14:30` by locale.
    Clock,
    /// The day with its year: `Tuesday, 1 December 2026`.
    Date,
    /// The day: `Tuesday, 1 December`.
    Day,
    /// One digit after the other.
    Digits,
    /// Money as people say it: `12 pounds and 50 pence`.
    Money,
    /// `3rd`.
    Ordinal,
    /// As nothing else is said.
    Plain,
    /// One character after the other.
    Spelled,
    /// The day of the week: `Tuesday`.
    Weekday,
}

impl Form {
    /// Every form that has a word.
    pub const ALL: [Form; 8] =
        [Form::Clock, Form::Date, Form::Day, Form::Digits, Form::Money, Form::Ordinal, Form::Spelled, Form::Weekday];

    /// The word in a placeholder, `day` in `{at day}`; the plain form has none.
    #[must_use]
    pub fn word(self) -> Option<&'static str> {
        match self {
            Form::Clock => Some("clock"),
            Form::Date => Some("date"),
            Form::Day => Some("day"),
            Form::Digits => Some("digits"),
            Form::Money => Some("money"),
            Form::Ordinal => Some("ordinal"),
            Form::Plain => None,
            Form::Spelled => Some("spelled"),
            Form::Weekday => Some("weekday"),
        }
    }

    /// The form of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Form> {
        Form::ALL.into_iter().find(|form| form.word() == Some(word))
    }

    /// The forms of a type; none for what is not spoken.
    #[must_use]
    pub fn of(ty: &Type) -> &'static [Form] {
        match ty {
            Type::Date => &[Form::Plain, Form::Date, Form::Day, Form::Weekday],
            Type::Time | Type::LocalTime => &[Form::Plain, Form::Clock, Form::Date, Form::Day, Form::Weekday],
            Type::Digits { .. } | Type::Phone => &[Form::Plain, Form::Digits],
            Type::Int => &[Form::Plain, Form::Digits, Form::Ordinal],
            Type::Money => &[Form::Plain, Form::Money],
            Type::Text => &[Form::Plain, Form::Spelled],
            Type::Decimal | Type::Duration | Type::Enum(_) => &[Form::Plain],
            Type::Secret(inner) => Form::of(inner),
            Type::AcsUser
            | Type::Bool
            | Type::Endpoint
            | Type::List(_)
            | Type::Optional(_)
            | Type::Record(_)
            | Type::Recording => &[],
        }
    }
}

/// Which words a locale is told in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tongue {
    American,
    British,
    Plain,
}

impl Tongue {
    fn of(locale: &str) -> Tongue {
        match locale {
            "en-US" => Tongue::American,
            "en" => Tongue::British,
            other if other.starts_with("en-") => Tongue::British,
            _ => Tongue::Plain,
        }
    }
}

/// A value as it is spoken.
///
/// # Errors
/// When the value is absent or of a type that has no such form.
pub fn say(value: &Value, form: Form, locale: &str) -> Result<String, Fault> {
    let tongue = Tongue::of(locale);
    match value {
        Value::Time(ms) => {
            let instant = jiff::Timestamp::from_millisecond(*ms).map_err(|_| Fault::Overflow)?;
            time(instant.to_zoned(jiff::tz::TimeZone::UTC).datetime(), form, tongue)
        }
        Value::LocalTime(at) => time(*at, form, tongue),
        Value::Date(date) if form != Form::Clock => {
            let form = if form == Form::Plain { Form::Day } else { form };
            time(date.at(0, 0, 0, 0), form, tongue)
        }
        Value::Text(text) if form == Form::Spelled => Ok(spelled(text)),
        Value::Int(n) if form == Form::Digits => Ok(spelled(&n.to_string())),
        Value::Int(n) if form == Form::Ordinal => Ok(ordinal(*n, tongue)),
        Value::Digits(keys) if matches!(form, Form::Plain | Form::Digits) => Ok(groups(keys)),
        Value::Phone(number) if matches!(form, Form::Plain | Form::Digits) => Ok(phone(number, tongue)),
        Value::Money(money) if matches!(form, Form::Plain | Form::Money) => self::money(money, tongue),
        Value::Text(text) if form == Form::Plain => Ok(text.clone()),
        Value::Enum(word) if form == Form::Plain => Ok(word.replace('_', " ")),
        Value::Int(n) if form == Form::Plain => Ok(n.to_string()),
        Value::Decimal(number) if form == Form::Plain => Ok(number.to_string()),
        Value::Duration(ms) if form == Form::Plain => Ok(duration(*ms, tongue)),
        Value::Absent => Err(Fault::Absent),
        Value::Bool(_)
        | Value::Date(_)
        | Value::Decimal(_)
        | Value::Digits(_)
        | Value::Duration(_)
        | Value::Enum(_)
        | Value::Int(_)
        | Value::List(_)
        | Value::Money(_)
        | Value::Phone(_)
        | Value::Record(_)
        | Value::Text(_) => Err(Fault::Type),
    }
}

fn time(at: jiff::civil::DateTime, form: Form, tongue: Tongue) -> Result<String, Fault> {
    let day = match tongue {
        Tongue::American => "%A, %B %-d",
        Tongue::British => "%A, %-d %B",
        Tongue::Plain => "%Y-%m-%d",
    };
    let clock = if tongue == Tongue::American { "%-I:%M %p" } else { "%H:%M" };
    let join = if tongue == Tongue::Plain { " " } else { " at " };
    let format = match form {
        Form::Clock => clock.to_owned(),
        Form::Day => day.to_owned(),
        Form::Date => match tongue {
            Tongue::American => format!("{day}, %Y"),
            Tongue::British => format!("{day} %Y"),
            Tongue::Plain => day.to_owned(),
        },
        // A voice of another tongue would read an English word; the day it can read.
        Form::Weekday if tongue == Tongue::Plain => day.to_owned(),
        Form::Weekday => "%A".to_owned(),
        Form::Plain => format!("{day}{join}{clock}"),
        Form::Digits | Form::Money | Form::Ordinal | Form::Spelled => return Err(Fault::Type),
    };
    Ok(at.strftime(&format).to_string())
}

fn spelled(text: &str) -> String {
    let parts: Vec<String> = text.chars().filter(|c| !c.is_whitespace()).map(String::from).collect();
    parts.join(" ")
}

/// Digits one by one, with a pause where people make one: up to four together, else by fours or by threes.
fn groups(digits: &str) -> String {
    let digits: Vec<char> = digits.chars().collect();
    let size = if digits.len().is_multiple_of(4) { 4 } else { 3 };
    let mut spoken: Vec<String> = Vec::new();
    let mut rest = digits.as_slice();
    while !rest.is_empty() {
        // Nobody says the last digit alone.
        let take = if rest.len() <= 4 { rest.len() } else { size };
        let take = if rest.len() == 5 { 3 } else { take };
        let (group, after) = rest.split_at(take);
        spoken.push(spelled(&group.iter().collect::<String>()));
        rest = after;
    }
    spoken.join(", ")
}

fn phone(number: &str, tongue: Tongue) -> String {
    let Some(digits) = number.strip_prefix("4:").unwrap_or(number).strip_prefix('+') else { return spelled(number) };
    let plus = if tongue == Tongue::Plain { "+" } else { "plus" };
    match digits.strip_prefix('1') {
        Some(north_america) if north_america.len() == 10 => {
            let (area, rest) = north_america.split_at(3);
            let (exchange, line) = rest.split_at(3);
            format!("{plus} 1, {}, {}, {}", spelled(area), spelled(exchange), spelled(line))
        }
        _ => format!("{plus} {}", groups(digits)),
    }
}

fn ordinal(n: i64, tongue: Tongue) -> String {
    let ending = match (n % 100, n % 10) {
        _ if tongue == Tongue::Plain || n < 0 => "",
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{n}{ending}")
}

/// A currency's words: one and many of the whole, one and many of its hundredth.
fn currency(letters: &str) -> Option<[&'static str; 4]> {
    Some(match letters {
        "AUD" => ["Australian dollar", "Australian dollars", "cent", "cents"],
        "CAD" => ["Canadian dollar", "Canadian dollars", "cent", "cents"],
        "CHF" => ["Swiss franc", "Swiss francs", "centime", "centimes"],
        "EUR" => ["euro", "euros", "cent", "cents"],
        "GBP" => ["pound", "pounds", "penny", "pence"],
        "INR" => ["rupee", "rupees", "paisa", "paise"],
        "JPY" => ["yen", "yen", "", ""],
        "NZD" => ["New Zealand dollar", "New Zealand dollars", "cent", "cents"],
        "USD" => ["dollar", "dollars", "cent", "cents"],
        _ => return None,
    })
}

/// `12 pounds and 50 pence`, rounded to what there are coins for.
fn money(money: &Money, tongue: Tongue) -> Result<String, Fault> {
    let places = money.minor_places();
    let units = money.amount.rounded(places).ok_or(Fault::Overflow)?;
    let words = currency(&money.currency).filter(|_| tongue != Tongue::Plain);
    let Some([one, many, penny, pence]) = words else {
        let amount = Decimal::new(units, places.into()).ok_or(Fault::Overflow)?;
        let rounded = Money { amount, currency: money.currency.clone() };
        return Ok(rounded.to_string());
    };
    let sign = if units < 0 { "minus " } else { "" };
    let parts = 10u128.pow(places.into());
    let (whole, part) = (units.unsigned_abs() / parts, units.unsigned_abs() % parts);
    let of = |n: u128, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
    Ok(match (whole, part) {
        (whole, 0) => format!("{sign}{}", of(whole, one, many)),
        (0, part) => format!("{sign}{}", of(part, penny, pence)),
        (whole, part) => format!("{sign}{} and {}", of(whole, one, many), of(part, penny, pence)),
    })
}

/// `1 hour 30 minutes`; what is less than a second only where there is nothing else.
fn duration(ms: i64, tongue: Tongue) -> String {
    let length = ms.unsigned_abs();
    let sign = match (ms < 0, tongue) {
        (false, _) => "",
        (true, Tongue::Plain) => "-",
        (true, Tongue::American | Tongue::British) => "minus ",
    };
    let parts = [
        (length / 86_400_000, "day"),
        (length / 3_600_000 % 24, "hour"),
        (length / 60_000 % 60, "minute"),
        (length / 1_000 % 60, "second"),
    ];
    let spoken: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| count(*n, unit)).collect();
    match spoken.as_slice() {
        [] if length > 0 => format!("{sign}{}", count(length, "millisecond")),
        [] => count(0, "second"),
        parts => format!("{sign}{}", parts.join(" ")),
    }
}

fn count(n: u64, unit: &str) -> String {
    if n == 1 { format!("1 {unit}") } else { format!("{n} {unit}s") }
}

#[cfg(test)]
mod tests {
    use crate::language::flow::eval::Fault;
    use crate::language::flow::form::{Form, say};
    use crate::language::flow::types::Type;
    use crate::language::flow::value::{Value, date, local_time, time_ms};

    fn spoken(value: &Value, form: Form, locale: &str) -> String {
        say(value, form, locale).unwrap()
    }

    #[test]
    fn times_by_locale() {
        let at = Value::Time(time_ms("2026-12-01T14:30Z").unwrap());
        let spoken = |form, locale| spoken(&at, form, locale);
        assert_eq!(spoken(Form::Day, "en-GB"), "Tuesday, 1 December");
        assert_eq!(spoken(Form::Day, "en-US"), "Tuesday, December 1");
        assert_eq!(spoken(Form::Day, "de-DE"), "2026-12-01");
        assert_eq!(spoken(Form::Clock, "en-US"), "2:30 PM");
        assert_eq!(spoken(Form::Clock, "en-GB"), "14:30");
        assert_eq!(spoken(Form::Plain, "en-GB"), "Tuesday, 1 December at 14:30");
        assert_eq!(spoken(Form::Date, "en-GB"), "Tuesday, 1 December 2026");
        assert_eq!(spoken(Form::Date, "en-US"), "Tuesday, December 1, 2026");
        assert_eq!(spoken(Form::Weekday, "en-US"), "Tuesday");
        let local = Value::LocalTime(local_time("2026-07-01T08:05").unwrap());
        assert_eq!(say(&local, Form::Plain, "en-US").unwrap(), "Wednesday, July 1 at 8:05 AM");
        assert_eq!(
            say(&Value::Date(date("2026-12-01").unwrap()), Form::Plain, "en-GB").unwrap(),
            "Tuesday, 1 December"
        );
    }

    #[test]
    fn numbers_of_people_are_spoken_key_by_key() {
        let digits = |keys: &str| spoken(&Value::Digits(keys.to_owned()), Form::Plain, "en-US");
        assert_eq!(digits("0420"), "0 4 2 0");
        assert_eq!(digits("12345"), "1 2 3, 4 5");
        assert_eq!(digits("1234567"), "1 2 3, 4 5 6 7");
        assert_eq!(digits("12345678"), "1 2 3 4, 5 6 7 8");
        let phone = |number: &str, locale| spoken(&Value::Phone(number.to_owned()), Form::Plain, locale);
        assert_eq!(phone("+16041234567", "en-US"), "plus 1, 6 0 4, 1 2 3, 4 5 6 7");
        assert_eq!(phone("+441632960100", "en-GB"), "plus 4 4 1 6, 3 2 9 6, 0 1 0 0");
        assert_eq!(phone("+4416", "de-DE"), "+ 4 4 1 6");
        assert_eq!(spoken(&Value::Text("AB 1".to_owned()), Form::Spelled, "en-GB"), "A B 1");
    }

    #[test]
    fn money_as_people_say_it() {
        let say = |text: &str, locale| spoken(&Value::Money(text.parse().unwrap()), Form::Money, locale);
        assert_eq!(say("12.50 GBP", "en-GB"), "12 pounds and 50 pence");
        assert_eq!(say("1.01 GBP", "en-GB"), "1 pound and 1 penny");
        assert_eq!(say("0.05 USD", "en-US"), "5 cents");
        assert_eq!(say("-3 USD", "en-US"), "minus 3 dollars");
        assert_eq!(say("0.005 GBP", "en-GB"), "0 pounds");
        assert_eq!(say("0.015 GBP", "en-GB"), "2 pence");
        assert_eq!(say("300 JPY", "en-US"), "300 yen");
        assert_eq!(say("12.5 SEK", "en-US"), "12.50 SEK");
        assert_eq!(say("12.5 EUR", "de-DE"), "12.50 EUR");
    }

    #[test]
    fn durations_in_words() {
        let say = |ms| spoken(&Value::Duration(ms), Form::Plain, "en-GB");
        assert_eq!(say(240_000), "4 minutes");
        assert_eq!(say(5_400_000), "1 hour 30 minutes");
        assert_eq!(say(0), "0 seconds");
        assert_eq!(say(500), "500 milliseconds");
        assert_eq!(say(-60_000), "minus 1 minute");
    }

    #[test]
    fn ordinals() {
        let say = |n, locale| spoken(&Value::Int(n), Form::Ordinal, locale);
        for (n, word) in [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (112, "112th"), (21, "21st")] {
            assert_eq!(say(n, "en-GB"), word);
        }
        assert_eq!(say(3, "fr-FR"), "3");
    }

    /// One value of each type that is spoken.
    fn samples() -> Vec<(Type, Value)> {
        vec![
            (Type::Date, Value::Date(date("2026-12-01").unwrap())),
            (Type::Decimal, Value::Decimal("2.5".parse().unwrap())),
            (Type::Digits { min: 1, max: 4 }, Value::Digits("12".to_owned())),
            (Type::Duration, Value::Duration(1_000)),
            (Type::Enum(vec!["front_desk".to_owned()]), Value::Enum("front_desk".to_owned())),
            (Type::Int, Value::Int(3)),
            (Type::LocalTime, Value::LocalTime(local_time("2026-12-01T09:30").unwrap())),
            (Type::Money, Value::Money("1.00 GBP".parse().unwrap())),
            (Type::Phone, Value::Phone("+441632960100".to_owned())),
            (Type::Text, Value::Text("x".to_owned())),
            (Type::Time, Value::Time(0)),
        ]
    }

    #[test]
    fn the_table_and_the_words_agree() {
        for (ty, value) in samples() {
            for form in Form::ALL.into_iter().chain([Form::Plain]) {
                for locale in ["en-US", "en-GB", "cy-GB"] {
                    let said = say(&value, form, locale);
                    let listed = Form::of(&ty).contains(&form);
                    assert_eq!(said.is_ok(), listed, "{ty} {form:?} {locale}: {said:?}");
                }
            }
        }
        assert_eq!(say(&Value::Absent, Form::Plain, "en-US"), Err(Fault::Absent));
        for ty in [Type::Bool, Type::Recording, Type::Endpoint, Type::List(Box::new(Type::Text))] {
            assert!(Form::of(&ty).is_empty());
        }
    }
}
