//! Words as written to values: counts, keys, durations, locales, phone numbers, and their ranges.

use crate::language::diagnostic::{Code, Diagnostic, some_of};
use crate::language::duration;
use crate::language::flow::decimal::{DIGITS, Decimal};
use crate::language::flow::expr::Expr;
use crate::language::flow::types::Type;
use crate::language::flow::value::{self, Value, callable, is_callable, is_digits, time_ms};
use crate::language::source::{Span, Word};
use crate::language::syntax::expr as written;
use crate::platform::limits;
use crate::platform::tones::Tone;
use std::ops::RangeInclusive;

/// A whole number within a range.
pub fn count(word: &Word, range: RangeInclusive<u32>) -> Result<u32, Diagnostic> {
    let text = word.value.as_str();
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Diagnostic::new(
            Code::F0401,
            format!("`{text}` is not a count"),
            word.span,
            "a whole number is required here",
        ));
    }
    // More digits than a number holds is out of any range.
    let number = text.parse::<u32>().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| {
        let bounds = format!("from {} to {}", range.start(), range.end());
        Diagnostic::new(Code::F0404, format!("{text} is out of its range"), word.span, bounds)
    })
}

/// A duration as authors write it, in milliseconds.
pub fn duration(word: &Word) -> Result<u64, Diagnostic> {
    duration::read(&word.value).ok_or_else(|| {
        Diagnostic::new(Code::F0403, format!("`{}` is not a duration", word.value), word.span, "not a duration")
            .help("write `500ms`, `6s`, `4m` or `2h`; at most 30 days")
    })
}

/// What a duration's field allows.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Milliseconds.
    pub ms: RangeInclusive<u64>,
    /// Whether the platform counts it in whole seconds.
    pub whole: bool,
}

impl Bounds {
    /// Bounds in seconds, for what may lie between two of them.
    #[must_use]
    pub const fn of_seconds(seconds: RangeInclusive<u64>) -> Bounds {
        Bounds { ms: *seconds.start() * 1000..=*seconds.end() * 1000, whole: false }
    }

    /// Bounds in seconds, for what the platform counts in them.
    #[must_use]
    pub const fn of_whole_seconds(seconds: RangeInclusive<u64>) -> Bounds {
        Bounds { whole: true, ..Bounds::of_seconds(seconds) }
    }
}

/// Holds a duration, which may have come out negative, against its field's bounds.
pub fn within(ms: i64, bounds: &Bounds, span: Span) -> Result<u64, Diagnostic> {
    let sign = if ms < 0 { "-" } else { "" };
    let shown = format!("{sign}{}", duration::show(ms.unsigned_abs()));
    let Some(ms) = u64::try_from(ms).ok().filter(|ms| bounds.ms.contains(ms)) else {
        let label = format!("from {} to {}", duration::show(*bounds.ms.start()), duration::show(*bounds.ms.end()));
        return Err(Diagnostic::new(Code::F0404, format!("{shown} is out of its range"), span, label));
    };
    if bounds.whole && !ms.is_multiple_of(1000) {
        let message = format!("{shown} is not a whole number of seconds");
        return Err(Diagnostic::new(Code::F0404, message, span, "the platform counts whole seconds here"));
    }
    Ok(ms)
}

/// One telephone key.
pub fn key(word: &Word) -> Result<Tone, Diagnostic> {
    Tone::from_word(&word.value).ok_or_else(|| not_a_key(&word.value, word.span))
}

/// Several keys, written together or apart: `*7`, `star 7`.
pub fn keys(word: &Word) -> Result<Vec<Tone>, Diagnostic> {
    let mut tones = Vec::new();
    for part in word.value.split([' ', ',']).filter(|part| !part.is_empty()) {
        match Tone::from_word(part) {
            Some(tone) => tones.push(tone),
            None => {
                for c in part.chars() {
                    tones.push(Tone::from_char(c).ok_or_else(|| not_a_key(part, word.span))?);
                }
            }
        }
    }
    if tones.is_empty() { Err(not_a_key(&word.value, word.span)) } else { Ok(tones) }
}

/// Keys to send, as many as one request takes.
pub fn tones_sent(word: &Word) -> Result<Expr, Diagnostic> {
    let tones = keys(word)?;
    if tones.len() > limits::MOST_TONES_SENT {
        return Err(too_many_tones(tones.len(), word.span));
    }
    Ok(Expr::Const(Value::Text(tones.iter().map(|tone| tone.to_char()).collect())))
}

/// More keys than one request takes.
pub fn too_many_tones(count: usize, span: Span) -> Diagnostic {
    let most = limits::MOST_TONES_SENT;
    Diagnostic::new(Code::F0404, format!("{count} keys are too many to send at once"), span, format!("at most {most}"))
        .help("send them in two states, one after the other")
}

fn not_a_key(text: &str, span: Span) -> Diagnostic {
    let finding = Diagnostic::new(Code::F0402, format!("`{text}` is not a telephone key"), span, "not a key");
    if text.chars().count() > 1 && text.chars().all(|c| Tone::from_char(c).is_some()) {
        return finding.help("a key is a single one; longer codes are heard by `recognize`");
    }
    finding.help("the keys are 0 to 9, star, pound and a to d").misspelt(text, ["star", "pound"])
}

/// A locale.
pub fn locale(word: &Word) -> Result<String, Diagnostic> {
    if limits::is_locale(&word.value) {
        return Ok(word.value.clone());
    }
    let finding = Diagnostic::new(Code::F0405, format!("`{}` is not a locale", word.value), word.span, "not a locale")
        .help("write language and region, such as `en-GB`");
    let hyphens = word.value.replace('_', "-");
    Err(if limits::is_locale(&hyphens) { finding.rewritten(&word.value, &hyphens) } else { finding })
}

/// A phone number or another endpoint.
pub fn endpoint(word: &Word) -> Result<Value, Diagnostic> {
    text_as(&word.value, &Type::Endpoint, word.span)
}

/// A decimal as written: `2.50`.
pub fn decimal(text: &str, span: Span) -> Result<Decimal, Diagnostic> {
    text.parse().map_err(|_| {
        let label = format!("at most {DIGITS} digits, 18 of them after the point");
        Diagnostic::new(Code::F0404, "a number this long cannot be counted with", span, label)
    })
}

/// A duration of an expression.
pub fn milliseconds(ms: u64, span: Span) -> Result<i64, Diagnostic> {
    i64::try_from(ms)
        .map_err(|_| Diagnostic::new(Code::F0404, "a duration this long cannot be counted", span, "too large"))
}

/// The functions that write a literal: `date("2026-12-01")`.
pub const WRITTEN: &[(&str, Type, &str)] = &[
    ("date", Type::Date, "2026-12-01"),
    ("local_time", Type::LocalTime, "2026-12-01T09:30"),
    ("money", Type::Money, "12.50 GBP"),
    ("time", Type::Time, "2026-12-01T09:30Z"),
];

/// What such a function says of its text.
pub fn written(text: &str, ty: &Type, example: &str, span: Span) -> Result<Value, Diagnostic> {
    let value = match ty {
        Type::Date => value::date(text).map(Value::Date),
        Type::LocalTime => value::local_time(text).map(Value::LocalTime),
        Type::Money => text.parse().ok().map(Value::Money),
        Type::Time => time_ms(text).map(Value::Time),
        _ => None,
    };
    value.ok_or_else(|| {
        Diagnostic::new(Code::F0401, format!("`{text}` is not `{ty}`"), span, format!("not a {ty}"))
            .help(format!("write it as `{example}`"))
    })
}

/// How a value that is written out is written as one of another type; the outer `None` for an expression that is no such value.
#[must_use]
pub fn spelling(e: &written::Expr, want: &Type) -> Option<Option<String>> {
    let quoted = |text: &str| (*want == Type::Text).then(|| format!("write it in quotes: `\"{text}\"`"));
    Some(match &e.kind {
        written::ExprKind::Bool(truth) => quoted(&truth.to_string()),
        written::ExprKind::Decimal(text) => quoted(text),
        written::ExprKind::Duration(ms) => quoted(&duration::show(*ms)),
        written::ExprKind::Int(n) if *want == Type::Duration => Some(format!("write its unit: `{n}s`, `{n}m`")),
        written::ExprKind::Int(n) => quoted(&n.to_string()),
        written::ExprKind::Text(text) => unquoted(text, want),
        written::ExprKind::Binary(..)
        | written::ExprKind::Broken
        | written::ExprKind::Call(..)
        | written::ExprKind::Conditional(..)
        | written::ExprKind::Field(..)
        | written::ExprKind::List(_)
        | written::ExprKind::Method(..)
        | written::ExprKind::Name(_)
        | written::ExprKind::OptionalField(..)
        | written::ExprKind::Unary(..) => return None,
    })
}

/// How what stands in quotes is written as a value of another type.
fn unquoted(text: &str, want: &Type) -> Option<String> {
    if let Some((name, ty, example)) = WRITTEN.iter().find(|(_, ty, _)| ty == want) {
        let text = if written(text, ty, example, Span::default()).is_ok() { text } else { example };
        return Some(format!("write `{name}(\"{text}\")`"));
    }
    let is_one = match want {
        Type::Bool => matches!(text, "true" | "false"),
        Type::Decimal => text.parse::<Decimal>().is_ok(),
        Type::Duration => duration::read(text).is_some(),
        Type::Int => text.parse::<i64>().is_ok(),
        _ => false,
    };
    is_one.then(|| format!("write it without quotes: `{text}`"))
}

/// Whether an expression is a text or a number, which the type of another value may give another sense.
#[must_use]
pub fn is_literal(e: &written::Expr) -> bool {
    match &e.kind {
        written::ExprKind::Text(_) | written::ExprKind::Int(_) => true,
        written::ExprKind::Unary(written::Unary::Neg, inner) => matches!(inner.kind, written::ExprKind::Int(_)),
        _ => false,
    }
}

/// Whether a text literal may stand for a value of the type.
#[must_use]
pub fn takes_text(ty: &Type) -> bool {
    matches!(ty, Type::AcsUser | Type::Digits { .. } | Type::Endpoint | Type::Enum(_) | Type::Phone)
}

/// A text literal as a value of a type that [`takes_text`].
pub fn text_as(text: &str, ty: &Type, span: Span) -> Result<Value, Diagnostic> {
    let wrong = |label: String| Diagnostic::new(Code::F0401, format!("`{text}` is not `{ty}`"), span, label);
    match ty {
        Type::Enum(words) if words.iter().any(|word| word == text) => Ok(Value::Enum(text.to_owned())),
        Type::Enum(words) => Err(wrong("not one of its words".to_owned())
            .help(format!("its words are {}", some_of(words.iter().map(String::as_str))))
            .did_you_mean(text, words.iter().map(String::as_str))),
        Type::Digits { min, max } if is_digits(text, *min, *max) => Ok(Value::Digits(text.to_owned())),
        Type::Digits { .. } => Err(wrong("decimal digits only, as many as the type says".to_owned())),
        Type::AcsUser | Type::Endpoint | Type::Phone if is_callable(text, ty) => Ok(Value::Phone(callable(text))),
        Type::AcsUser => Err(wrong("not a user".to_owned()).help("a user's id begins with `8:acs:`")),
        Type::Endpoint if text.contains(|c: char| c.is_ascii_alphabetic() || c == ':') => {
            let message = format!("`{text}` is nobody who can be called");
            Err(Diagnostic::new(Code::F0401, message, span, "neither a number nor an id").help(
                "write a number such as `+441632960100`, a user as `8:acs:…`, or a Teams user as `teams:` and their id, \
                 a GUID",
            ))
        }
        Type::Endpoint | Type::Phone => {
            let message = format!("`{text}` is not a phone number");
            Err(Diagnostic::new(Code::F0401, message, span, "not a phone number")
                .help("write `+`, the country code and the number, such as +441632960100"))
        }
        _ => Ok(Value::Text(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use crate::language::check::literals::{Bounds, count, duration, key, keys, locale, text_as, within};
    use crate::language::diagnostic::Code;
    use crate::language::flow::types::Type;
    use crate::language::source::{Span, Spanned, Word};
    use crate::platform::tones::Tone;

    fn word(text: &str) -> Word {
        Spanned::new(text.to_owned(), Span::default())
    }

    #[test]
    fn counts() {
        assert_eq!(count(&word("3"), 1..=10).unwrap(), 3);
        assert_eq!(count(&word("x"), 1..=10).unwrap_err().code, Code::F0401);
        assert_eq!(count(&word("-1"), 1..=10).unwrap_err().code, Code::F0401);
        assert_eq!(count(&word("0"), 1..=10).unwrap_err().code, Code::F0404);
        assert_eq!(count(&word("99999999999999999999"), 1..=10).unwrap_err().code, Code::F0404);
    }

    #[test]
    fn durations() {
        let bounds = Bounds::of_whole_seconds(1..=60);
        assert_eq!(duration(&word("6s")).unwrap(), 6000);
        assert_eq!(duration(&word("6")).unwrap_err().code, Code::F0403);
        assert!(within(60_000, &bounds, Span::default()).is_ok());
        assert_eq!(within(-3_000, &bounds, Span::default()).unwrap_err().message, "-3s is out of its range");
        assert_eq!(within(61_000, &bounds, Span::default()).unwrap_err().code, Code::F0404);
        assert_eq!(within(1_500, &bounds, Span::default()).unwrap_err().code, Code::F0404);
    }

    #[test]
    fn telephone_keys() {
        assert_eq!(key(&word("star")).unwrap(), Tone::Asterisk);
        assert_eq!(key(&word("12")).unwrap_err().code, Code::F0402);
        assert_eq!(keys(&word("*7")).unwrap(), [Tone::Asterisk, Tone::Seven]);
        assert_eq!(keys(&word("star 7")).unwrap(), [Tone::Asterisk, Tone::Seven]);
        assert_eq!(keys(&word("pund")).unwrap_err().help.as_deref(), Some("did you mean `pound`?"));
        assert_eq!(keys(&word("")).unwrap_err().code, Code::F0402);
    }

    #[test]
    fn texts_as_other_types() {
        let tier = Type::Enum(vec!["gold".to_owned(), "standard".to_owned()]);
        let finding = text_as("glod", &tier, Span::default()).unwrap_err();
        assert_eq!((finding.code, finding.help.as_deref()), (Code::F0401, Some("did you mean `gold`?")));
        assert_eq!(text_as("0441", &Type::Phone, Span::default()).unwrap_err().code, Code::F0401);
        assert_eq!(locale(&word("english")).unwrap_err().code, Code::F0405);
    }
}
