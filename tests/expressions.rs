//! Expressions held against another implementation of CEL: what both understand has the same value in both, or in neither.

use cel::{Context, Program};
use flowc::language::check::exprs::{Exprs, Names};
use flowc::language::flow::eval::{Arguments, eval};
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
