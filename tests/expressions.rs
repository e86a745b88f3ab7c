//! Expressions held against another implementation of CEL: what both understand has the same value in both, or in neither.

use cel::{Context, Program};
use flowc::language::check::exprs::{Exprs, Names};
use flowc::language::flow::eval::{Arguments, eval};
use flowc::language::flow::expr::Slot;
use flowc::language::flow::types::Type;
use flowc::language::flow::value::Value;
use flowc::language::source::FileId;
use flowc::language::syntax::expr;
use flowc::language::syntax::place::Place;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::collections::BTreeMap;

/// The types that both have.
#[derive(Clone, Copy, PartialEq)]
enum Sort {
    Bool,
    Int,
    Ints,
    Text,
    Texts,
}

/// Writes well-typed expressions, each choice taken from the bytes; without any left it takes the first, which ends.
struct Writer<'a> {
    bytes: &'a [u8],
    /// Items in sight: names and sorts.
    items: Vec<(String, Sort)>,
}

impl Writer<'_> {
    fn choose(&mut self, among: usize) -> usize {
        let Some((byte, rest)) = self.bytes.split_first() else { return 0 };
        self.bytes = rest;
        usize::from(*byte) % among
    }

    fn pick(&mut self, among: &[&str]) -> String {
        let at = self.choose(among.len());
        among[at].to_owned()
    }

    fn name(&mut self, sort: Sort, names: &[&str]) -> String {
        let items = self.items.iter().filter(|(_, of)| *of == sort).map(|(name, _)| name.clone());
        let all: Vec<String> = names.iter().map(|name| (*name).to_owned()).chain(items).collect();
        let at = self.choose(all.len());
        all[at].clone()
    }

    fn of(&mut self, sort: Sort, depth: usize) -> String {
        match sort {
            Sort::Bool => self.truth(depth),
            Sort::Int => self.int(depth),
            Sort::Text => self.text(depth),
            Sort::Ints => self.ints(depth),
            Sort::Texts => self.texts(depth),
        }
    }

    fn truth(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.name(Sort::Bool, &["true", "false", "yes"]);
        }
        let d = depth - 1;
        match self.choose(10) {
            0 => self.name(Sort::Bool, &["true", "false", "yes"]),
            1 => format!("({} && {})", self.truth(d), self.truth(d)),
            2 => format!("({} || {})", self.truth(d), self.truth(d)),
            3 => format!("!{}", self.truth(d)),
            4 => {
                let sign = self.pick(&["<", "<=", ">", ">="]);
                format!("({} {sign} {})", self.int(d), self.int(d))
            }
            5 => {
                let sign = self.pick(&["==", "!="]);
                let sort = [Sort::Bool, Sort::Int, Sort::Text, Sort::Ints, Sort::Texts][self.choose(5)];
                format!("({} {sign} {})", self.of(sort, d), self.of(sort, d))
            }
            6 => format!("({} in {})", self.int(d), self.ints(d)),
            7 => {
                let method = self.pick(&["contains", "startsWith", "endsWith"]);
                format!("({}).{method}({})", self.text(d), self.text(d))
            }
            8 => {
                let pattern = self.pick(&["^a", "b+", "[a-c]$", "^$", "(ab|é)."]);
                format!("({}).matches(\"{pattern}\")", self.text(d))
            }
            _ => {
                let each = self.pick(&["exists", "all"]);
                let (sort, list) = self.list(d);
                let body = |this: &mut Self| this.truth(d);
                self.with_item(sort, |this, name| format!("({list}).{each}({name}, {})", body(this)))
            }
        }
    }

    fn int(&mut self, depth: usize) -> String {
        const PLAIN: &[&str] = &["1", "0", "7", "n", "large", "zero", "9223372036854775807"];
        if depth == 0 {
            return self.name(Sort::Int, PLAIN);
        }
        let d = depth - 1;
        match self.choose(7) {
            0 => self.name(Sort::Int, PLAIN),
            1 | 2 => {
                let sign = self.pick(&["+", "-", "*"]);
                format!("({} {sign} {})", self.int(d), self.int(d))
            }
            // A zero that is written down is found before the call.
            3 => {
                let by = self.name(Sort::Int, &["3", "n", "zero", "large"]);
                format!("({} / {by})", self.int(d))
            }
            4 => format!("(-({}))", self.int(d)),
            5 => format!("size({})", if self.choose(2) == 0 { self.text(d) } else { self.ints(d) }),
            _ => format!("({} ? {} : {})", self.truth(d), self.int(d), self.int(d)),
        }
    }

    fn text(&mut self, depth: usize) -> String {
        const PLAIN: &[&str] = &["\"a\"", "\"\"", "\"abé\"", "word", "empty"];
        if depth == 0 || self.choose(3) == 0 {
            return self.name(Sort::Text, PLAIN);
        }
        let d = depth - 1;
        match self.choose(2) {
            0 => format!("({} + {})", self.text(d), self.text(d)),
            _ => format!("({} ? {} : {})", self.truth(d), self.text(d), self.text(d)),
        }
    }

    fn list(&mut self, depth: usize) -> (Sort, String) {
        if self.choose(2) == 0 { (Sort::Int, self.ints(depth)) } else { (Sort::Text, self.texts(depth)) }
    }

    fn with_item(&mut self, sort: Sort, write: impl FnOnce(&mut Self, &str) -> String) -> String {
        let name = format!("x{}", self.items.len());
        self.items.push((name.clone(), sort));
        let text = write(self, &name);
        self.items.pop();
        text
    }

    fn ints(&mut self, depth: usize) -> String {
        if depth == 0 {
            return "numbers".to_owned();
        }
        let d = depth - 1;
        match self.choose(5) {
            0 => "numbers".to_owned(),
            1 => format!("[{}, {}]", self.int(d), self.int(d)),
            2 => format!("({} + {})", self.ints(d), self.ints(d)),
            3 => {
                let list = self.ints(d);
                self.with_item(Sort::Int, |this, name| format!("({list}).filter({name}, {})", this.truth(d)))
            }
            _ => {
                let (sort, list) = self.list(d);
                self.with_item(sort, |this, name| format!("({list}).map({name}, {})", this.int(d)))
            }
        }
    }

    fn texts(&mut self, depth: usize) -> String {
        if depth == 0 {
            return "words".to_owned();
        }
        let d = depth - 1;
        match self.choose(3) {
            0 => "words".to_owned(),
            1 => format!("[{}]", self.text(d)),
            _ => {
                let (sort, list) = self.list(d);
                self.with_item(sort, |this, name| format!("({list}).map({name}, {})", this.text(d)))
            }
        }
    }
}

/// The names of the expressions, with their values.
fn names() -> Vec<(&'static str, Type, Value)> {
    let text = |text: &str| Value::Text(text.to_owned());
    let list = |ty| Type::List(Box::new(ty));
    vec![
        ("yes", Type::Bool, Value::Bool(true)),
        ("n", Type::Int, Value::Int(-5)),
        ("zero", Type::Int, Value::Int(0)),
        ("large", Type::Int, Value::Int(i64::MIN)),
        ("word", Type::Text, text("abbé")),
        ("empty", Type::Text, text("")),
        ("numbers", list(Type::Int), Value::List([3, 0, -2, 3].map(Value::Int).to_vec())),
        ("words", list(Type::Text), Value::List(vec![text("b"), text(""), text("abé")])),
    ]
}

/// The value by our reader, checker and evaluator; `None` when there is none.
fn ours(text: &str) -> Result<Option<Value>, String> {
    let (written, found) = expr::parse(text, &Place::exact(FileId(0), 0, text.len()));
    let known: BTreeMap<String, Option<Type>> =
        names().into_iter().map(|(name, ty, _)| (name.to_owned(), Some(ty))).collect();
    let mut exprs = Exprs::new(Names::Placeholders(&known));
    let typed = exprs.infer(&written);
    let typed = typed.ok_or_else(|| format!("{text}: {found:?} {:?}", exprs.findings))?;
    let values = names().into_iter().map(|(name, _, value)| (name.to_owned(), value)).collect();
    Ok(eval(&typed.expr, &Arguments(values)).ok())
}

fn to_cel(value: &Value) -> cel::Value {
    match value {
        Value::Bool(truth) => (*truth).into(),
        Value::Int(n) => (*n).into(),
        Value::Text(text) => text.as_str().into(),
        Value::List(items) => items.iter().map(to_cel).collect::<Vec<cel::Value>>().into(),
        other => panic!("{other:?} is not one of the sorts"),
    }
}

/// The value by the other implementation; `None` when there is none.
fn theirs(text: &str) -> Result<Option<cel::Value>, String> {
    let program = Program::compile(text).map_err(|error| format!("{text}: {error}"))?;
    let mut context = Context::default();
    for (name, _, value) in names() {
        context.add_variable_from_value(name, to_cel(&value));
    }
    Ok(program.execute(&context).ok())
}

fn same(text: &str) -> Result<bool, String> {
    Ok(ours(text)?.as_ref().map(to_cel) == theirs(text)?)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 3_000,
        rng_seed: RngSeed::Fixed(20_261_201),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn expressions_mean_what_they_mean_in_cel(bytes in prop::collection::vec(any::<u8>(), 0..60), sort in 0..5usize) {
        let sort = [Sort::Bool, Sort::Int, Sort::Text, Sort::Ints, Sort::Texts][sort];
        let text = Writer { bytes: &bytes, items: Vec::new() }.of(sort, 4);
        let (ours, theirs) = (ours(&text), theirs(&text));
        prop_assert!(ours.is_ok() && theirs.is_ok(), "{ours:?} {theirs:?}");
        prop_assert_eq!(ours.unwrap().as_ref().map(to_cel), theirs.unwrap(), "{}", text);
    }
}

#[test]
fn the_oracle_would_tell() {
    for (text, value) in [
        ("1 + 2 * 3", Some(Value::Int(7))),
        ("1 / zero == 1 || yes", Some(Value::Bool(true))),
        ("1 / zero == 1 && yes", None),
        ("numbers.exists(x, 6 / x == 2)", Some(Value::Bool(true))),
        ("numbers.all(x, 6 / x == 2)", Some(Value::Bool(false))),
        ("-7 / 2", Some(Value::Int(-3))),
        ("size(word)", Some(Value::Int(4))),
        ("large - 1", None),
    ] {
        assert_eq!(ours(text), Ok(value), "{text}");
        assert_eq!(same(text), Ok(true), "{text}");
    }
    assert!(theirs("1 + \"2\"").expect("it is read").is_none() && ours("1 + \"2\"").is_err());
    assert_ne!(to_cel(&Value::Int(1)), to_cel(&Value::Int(2)));
}

/// Every method on every type of value: what the checker lets through has a value of the type it said.
#[test]
fn methods_give_what_the_checker_said() {
    let samples: Vec<(&str, Type, serde_json::Value)> = vec![
        ("at", Type::Time, "2026-12-01T09:30Z".into()),
        ("code", Type::Digits { min: 1, max: 8 }, "0420".into()),
        ("day", Type::Date, "2026-12-01".into()),
        ("delay", Type::Duration, "4m".into()),
        ("desk", Type::Phone, "+441632960100".into()),
        ("door", Type::Endpoint, "+441632960100".into()),
        ("due", Type::Money, "12.50 GBP".into()),
        ("local", Type::LocalTime, "2026-12-01T09:30".into()),
        ("n", Type::Int, 3.into()),
        ("names", Type::List(Box::new(Type::Text)), serde_json::json!(["a", "b"])),
        ("note", Type::Recording, serde_json::Value::Null),
        ("price", Type::Decimal, "2.5".into()),
        ("tier", Type::Enum(vec!["gold".to_owned()]), "gold".into()),
        ("truth", Type::Bool, true.into()),
        ("user", Type::AcsUser, "8:acs:00000000-0000-0000-0000-000000000000_1".into()),
        ("word", Type::Text, "abc".into()),
    ];
    let methods = [
        "contains(\"a\")",
        "days_until(date(\"2027-01-01\"))",
        "endsWith(\"a\")",
        "lowerAscii()",
        "plus_days(3)",
        "startsWith(\"a\")",
        "toDate()",
        "toDecimal()",
        "toInt()",
        "toPhone()",
        "toText()",
        "toTime()",
        "trim()",
        "upperAscii()",
        "in_zone(\"Europe/London\")",
        "last(2)",
        "matches(\"a\")",
        "size()",
        "exists(x, x == \"a\")",
        "all(x, x == \"a\")",
        "filter(x, x == \"a\")",
        "map(x, size(x))",
        "spoken()",
        "amount",
        "currency",
        "empty",
        "id",
        "seconds",
        "url",
        "date",
        "hour",
        "minute",
        "year",
        "month",
        "day",
        "weekday",
    ];
    let known: BTreeMap<String, Option<Type>> =
        samples.iter().map(|(name, ty, _)| ((*name).to_owned(), Some(ty.clone()))).collect();
    let values: BTreeMap<String, Value> = samples
        .iter()
        .map(|(name, ty, json)| ((*name).to_owned(), Value::from_json(ty, json, name).expect("of its type")))
        .collect();
    let scope = |slot: &Slot| match slot {
        Slot::Argument(name) => values.get(name).cloned(),
        _ => Some(Value::Text("en-GB".to_owned())),
    };
    let mut let_through = 0;
    for (name, ..) in &samples {
        for method in methods {
            let text = format!("{name}.{method}");
            let (written, _) = expr::parse(&text, &Place::exact(FileId(0), 0, text.len()));
            let mut exprs = Exprs::new(Names::Placeholders(&known));
            let Some(typed) = exprs.infer(&written) else {
                assert!(!exprs.findings.is_empty(), "{text}");
                continue;
            };
            let_through += 1;
            let value = eval(&typed.expr, &scope);
            let fits = value.as_ref().is_ok_and(|value| is_of(value, &typed.ty));
            assert!(fits, "{text}: {} and {value:?}", typed.ty);
        }
    }
    assert!(let_through > 60, "{let_through}");
}

fn is_of(value: &Value, ty: &Type) -> bool {
    match (value, ty) {
        (Value::Absent, Type::Optional(_))
        | (Value::Bool(_), Type::Bool)
        | (Value::Date(_), Type::Date)
        | (Value::Decimal(_), Type::Decimal)
        | (Value::Digits(_), Type::Digits { .. })
        | (Value::Int(_), Type::Int)
        | (Value::LocalTime(_), Type::LocalTime)
        | (Value::Phone(_), Type::Phone)
        | (Value::Text(_), Type::Text)
        | (Value::Time(_), Type::Time) => true,
        (Value::Enum(word), Type::Enum(words)) => words.contains(word),
        (Value::List(items), Type::List(inner)) => items.iter().all(|item| is_of(item, inner)),
        (value, Type::Optional(inner)) => is_of(value, inner),
        _ => false,
    }
}

/// As deep as the reader lets an expression be: it is checked, stored, read again and evaluated.
#[test]
fn the_deepest_expressions_are_carried_through() {
    let nested = |n: usize, open: &str, close: &str, inner: &str| {
        (0..n).fold(inner.to_owned(), |text, at| format!("{}{text}{close}", open.replace('@', &at.to_string())))
    };
    let deep = [
        vec!["n"; 48].join(" + "),
        format!("word{}", ".trim()".repeat(47)),
        nested(46, "words.exists(x@, ", ")", "yes"),
        nested(46, "(yes ? ", " : n)", "n"),
        nested(46, "[", "]", "n"),
        format!("{}yes", "!".repeat(47)),
    ];
    for text in deep {
        let (written, found) = expr::parse(&text, &Place::exact(FileId(0), 0, text.len()));
        assert!(found.is_empty(), "{text}: {found:?}");
        let known: BTreeMap<String, Option<Type>> =
            names().into_iter().map(|(name, ty, _)| (name.to_owned(), Some(ty))).collect();
        let mut exprs = Exprs::new(Names::Placeholders(&known));
        let typed = exprs.infer(&written).unwrap_or_else(|| panic!("{text}: {:?}", exprs.findings));
        let values = names().into_iter().map(|(name, _, value)| (name.to_owned(), value)).collect();
        assert!(eval(&typed.expr, &Arguments(values)).is_ok(), "{text}");
        // As deep in a document as the deepest place of a program.
        let stored = serde_json::to_string(&typed.expr).expect("it is written");
        let place = 16;
        let stored = format!("{}{stored}{}", "[".repeat(place), "]".repeat(place));
        assert!(serde_json::from_str::<serde_json::Value>(&stored).is_ok(), "{text}");
    }
}
