//! Expressions: read, typed and evaluated within bounds. What was found to have a type has a value of it or a fault that
//! values can bring about, never one of types.

use crate::fuzz::engine::{holds, is_long_run};
use crate::fuzz::mutate::mutated;
use crate::fuzz::{Recipe, made};
use flowc::language::check::exprs::{Exprs, Names};
use flowc::language::flow::eval::{Arguments, Fault, eval};
use flowc::language::flow::expr::{Each, Function};
use flowc::language::flow::types::Type;
use flowc::language::flow::value::{Value, Values};
use flowc::language::source::FileId;
use flowc::language::syntax::expr;
use flowc::language::syntax::place::Place;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Every operator, function and method, and every literal.
const SEEDS: &[&str] = &[
    "a ? n : zero",
    "yes && !no || n < 3",
    "n == 3 && word != \"b\" || 3 in numbers",
    "n <= 3 ? \"few\" : \"many\"",
    "n >= zero && large > 4",
    "n + zero - 3 * 2 / 7",
    "-n + -(3 - n)",
    "2.50 * part + 3 - part / 3",
    "due * 1.2 > money(\"100.00 GBP\")",
    "due / 3 + money(\"0.01 GBP\")",
    "due.amount < 12.5 && due.currency == \"GBP\"",
    "wait * 3 + 90s - 4m / 2",
    "at + 48h > later && later - at < 2h",
    "at.in_zone(\"Europe/London\").hour >= 18",
    "at.in_zone(\"America/Vancouver\").date.weekday == \"monday\"",
    "day.plus_days(3).days_until(day) > n",
    "day == date(\"2026-12-01\") && day.year == 2026",
    "local == local_time(\"2026-12-01T09:30\") && local.minute < 30",
    "time(\"2026-12-01T09:30Z\") < at",
    "has(note) && note.contains(\"x\")",
    "note.orValue(\"none\").startsWith(\"n\")",
    "word.endsWith(\"é\") || word.trim() == word.lowerAscii()",
    "word.upperAscii().matches(\"^[A-Z]{2}[0-9]+$\")",
    "word.toInt().orValue(3) + size(word)",
    "n.toDecimal() + word.toDecimal().orValue(2.5)",
    "has(word.toPhone()) ? \"yes\" : \"no\"",
    "has(word.toDate()) && word.toDate().orValue(day) == day",
    "word.toTime().orValue(at) == at",
    "n.toText() + due.toText() + day.toText() + wait.toText() + at.toText() + code.toText()",
    "\"Code \" + code.last(4) + \".\"",
    "code == \"0420\" && size(code) == 4 && code.matches(\"^0\")",
    "tier == \"gold\" ? 1 : 2",
    "number == \"+441632960100\" ? number : other_number",
    "slots.exists(slot, slot.at - at < 48h && has(slot.note))",
    "slots.all(s, s.id != \"x\") && size(slots) > 0",
    "slots.filter(s, has(s.note)).map(s, s.id)",
    "numbers.map(x, numbers.filter(y, y < x)).map(z, size(z))",
    "[1, 2, n] + numbers",
    "visit?.note.orValue(\"\")",
    "visit?.at.orValue(at)",
    "has(visit) ? visit.id : \"none\"",
    "has(pin) && size(pin) == 4",
    "spoken(at, \"day\") + spoken(due) + spoken(n, \"ordinal\")",
    "spoken(size(slots)) + spoken(code) + spoken(word, \"spelled\")",
    "tape.seconds > 3 && tape.url != \"\" && !tape.empty",
    "[[1], numbers, []].exists(x, size(x) == n)",
    "words.exists(w, w.contains(word)) || word in words",
    "(\"a\" + word).last(3)",
    "call.from == word",
];

/// The names in sight, with some values each.
fn names() -> Vec<(&'static str, Type, Vec<serde_json::Value>)> {
    let some = |ty| Type::Optional(Box::new(ty));
    let list = |ty| Type::List(Box::new(ty));
    let slot = || {
        let fields = [("id", Type::Text), ("at", Type::Time), ("note", some(Type::Text))];
        Type::Record(fields.map(|(name, ty)| (name.to_owned(), ty)).to_vec())
    };
    let one = json!({ "id": "s1", "at": "2026-12-01T09:30Z", "note": "x" });
    let two = json!({ "id": "", "at": "1970-01-01T00:00Z" });
    let times = || vec![json!("2026-12-01T09:30Z"), json!("0001-01-01T00:00Z"), json!("9999-12-30T00:00Z")];
    vec![
        ("a", Type::Bool, vec![json!(true), json!(false)]),
        ("yes", Type::Bool, vec![json!(true)]),
        ("no", Type::Bool, vec![json!(false)]),
        ("n", Type::Int, vec![json!(3), json!(-5), json!(i64::MAX), json!(0)]),
        ("zero", Type::Int, vec![json!(0)]),
        ("large", Type::Int, vec![json!(i64::MIN), json!(i64::MAX)]),
        ("part", Type::Decimal, vec![json!("2.50"), json!("0"), json!("-0.000000000000000001"), json!("9999999999")]),
        ("due", Type::Money, vec![json!("12.50 GBP"), json!("0.00 EUR"), json!("-9999999999.99 GBP")]),
        ("wait", Type::Duration, vec![json!("4m"), json!("0s"), json!("720h")]),
        ("at", Type::Time, times()),
        ("later", Type::Time, times()),
        ("day", Type::Date, vec![json!("2026-12-01"), json!("2024-02-29"), json!("9999-12-31")]),
        ("local", Type::LocalTime, vec![json!("2026-12-01T09:30"), json!("2024-02-29T23:59")]),
        (
            "word",
            Type::Text,
            vec![json!("abbé"), json!(""), json!("12"), json!("+441632960100"), json!("x".repeat(60_000))],
        ),
        ("note", some(Type::Text), vec![json!("x"), json!(null)]),
        ("code", Type::Digits { min: 4, max: 4 }, vec![json!("0420")]),
        ("pin", some(Type::Secret(Box::new(Type::Digits { min: 4, max: 6 }))), vec![json!("1234"), json!(null)]),
        ("tier", Type::Enum(vec!["gold".into(), "standard".into()]), vec![json!("gold"), json!("standard")]),
        ("number", Type::Phone, vec![json!("+441632960100")]),
        ("other_number", Type::Endpoint, vec![json!("8:acs:x"), json!("+16041234567")]),
        ("numbers", list(Type::Int), vec![json!([3, 0, -2, 3]), json!([]), json!(vec![7; 2_000])]),
        ("words", list(Type::Text), vec![json!(["b", "", "abé"]), json!([])]),
        ("slots", list(slot()), vec![json!([one, two]), json!([])]),
        ("visit", some(slot()), vec![one.clone(), two.clone(), json!(null)]),
        ("tape", Type::Recording, vec![json!({ "id": "r", "seconds": 4, "url": "https://x" }), json!(null)]),
    ]
}

/// Rounds; an expression is small.
const ROUNDS: u64 = 6_000;

/// Expressions that had a type.
static TYPED: AtomicU64 = AtomicU64::new(0);

#[test]
fn typed_expressions_have_values() {
    holds!(ROUNDS, changed);
    assert!(is_long_run() || TYPED.load(Relaxed) > ROUNDS / 10, "{TYPED:?} of {ROUNDS} had a type");
}

#[test]
fn the_seeds_say_everything_and_are_typed() {
    let all = SEEDS.join("\n");
    for word in Function::ALL.map(Function::word).into_iter().chain(Each::ALL.map(Each::word)) {
        assert!(all.contains(&format!(".{word}(")), "{word} is in no seed");
    }
    let typed = SEEDS.iter().filter(|seed| obeys(seed, 0)).count();
    assert!(typed > SEEDS.len() - 8, "{typed} of {} have a type", SEEDS.len());
}

fn changed(recipe: &Recipe) {
    let seed = SEEDS[usize::from(recipe.0) % SEEDS.len()];
    let donor = SEEDS[usize::from(recipe.1) % SEEDS.len()];
    let text = mutated(seed, donor, "//", made(recipe));
    TYPED.fetch_add(u64::from(obeys(&text, usize::from(recipe.2))), Relaxed);
}

/// The law; whether the expression has a type.
pub(crate) fn obeys(text: &str, pick: usize) -> bool {
    let (written, found) = expr::parse(text, &Place::exact(FileId(0), 0, text.len()));
    let known: BTreeMap<String, Option<Type>> =
        names().into_iter().map(|(name, ty, _)| (name.to_owned(), Some(ty))).collect();
    let mut exprs = Exprs::new(Names::Placeholders(&known));
    let typed = exprs.infer(&written);
    for finding in found.iter().chain(&exprs.findings) {
        let span = finding.primary.span;
        assert!(text.get(span.start as usize..span.end as usize).is_some(), "{} {span:?} of {text:?}", finding.message);
    }
    let Some(typed) = typed else {
        assert!(!found.is_empty() || !exprs.findings.is_empty(), "no type and no finding: {text:?}");
        return false;
    };
    for n in 0..3 {
        let values = values(pick + n);
        match eval(&typed.expr, &Arguments(values.clone())) {
            Ok(value) => assert!(value.is_of(&typed.ty), "{text:?} is {value:?}, not of {}", typed.ty),
            Err(fault) => assert!(fault != Fault::Type && fault != Fault::Zone, "{text:?} of {}: {fault}", typed.ty),
        }
    }
    true
}

/// A value for each name, each pick another.
fn values(pick: usize) -> Values {
    let value = |at: usize, (name, ty, some): (&str, Type, Vec<serde_json::Value>)| {
        let json = &some[(pick + at) % some.len()];
        let value = match (&ty, json) {
            (Type::Recording, serde_json::Value::Null) => Value::empty_recording(),
            _ => Value::from_json(&ty, json, name).unwrap_or_else(|error| panic!("{error}")),
        };
        (name.to_owned(), value)
    };
    names().into_iter().enumerate().map(|(at, one)| value(at, one)).collect()
}
