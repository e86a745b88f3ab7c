//! Random names, texts, expressions and types: every literal, operator, function, method and type of the language.

use proptest::prelude::{BoxedStrategy, Just, Strategy, any, prop, prop_oneof};
use proptest::sample::select;

use crate::language::flow::expr::{Each, Function};
use crate::language::source::{FileId, Span, Spanned, Word};
use crate::language::syntax::ast::{SpanOnly, TypeExpr, TypeKind};
use crate::language::syntax::expr::{Binary, Expr, ExprKind, Unary};
use crate::language::syntax::fields::{self, KINDS};

/// The hours of the longest duration.
const LONGEST_HOURS: u64 = 720;

pub(crate) fn at(text: impl Into<String>) -> Word {
    Spanned::new(text.into(), Span::default())
}

pub(crate) const NOWHERE: SpanOnly = SpanOnly(Span { file: FileId(0), start: 0, end: 0 });

/// A name that is no word of the language.
pub(crate) fn name() -> impl Strategy<Value = String> {
    let any = "[a-z][a-z0-9_]{0,6}".prop_map(|name| name);
    let odd = select(vec!["who", "en", "cy", "a", "d", "agent", "party", "busy", "open", "from_1", "play_2"]);
    let fine = |name: &String| {
        let marks = ["text", "ssml", "file", "no_input", "no_match", "after", "key", "signal", "in", "star", "pound"];
        let option = KINDS.iter().any(|row| row.option(name).is_some());
        !fields::is_reserved(name) && !marks.contains(&name.as_str()) && (!option || name == "who")
    };
    prop_oneof![4 => any, 1 => odd.prop_map(str::to_owned)].prop_filter("a word of the language", fine)
}

pub(crate) fn word() -> impl Strategy<Value = Word> {
    name().prop_map(at)
}

/// Any text.
pub(crate) fn text() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "\"",
        "'",
        "\\",
        "\n",
        "\n  ",
        "\t",
        "{",
        "}",
        ": ",
        " #",
        "//",
        "- ",
        "é",
        "\u{1F4DE}",
        "\u{85}",
        "\u{2028}",
        "\u{FEFF}",
        "\u{7F}",
        "\r",
        "true",
        "12",
        "+44",
        "4m",
        "*",
        "&",
        "!",
        "%",
        "@",
        "`",
        "|",
        ">",
        "?",
        ",",
        "[",
        "]",
        "\"\"\"",
        "a",
        " ",
        "word",
        "\u{A0}",
        "null",
        "~",
    ];
    let pieces = prop::collection::vec(select(PIECES), 0..8).prop_map(|pieces| pieces.concat());
    let long = prop::collection::vec(select(vec!["Welcome", "to", "the", "clinic.", "#1", "a: b"]), 20..60);
    prop_oneof![3 => pieces, 1 => any::<String>(), 2 => "[a-zA-Z ,.?!]{0,30}", 1 => long.prop_map(|words| words.join(" "))]
}

/// An expression.
pub(crate) fn expr() -> BoxedStrategy<Expr> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(ExprKind::Bool),
        (0..=i64::MAX).prop_map(ExprKind::Int),
        "[0-9]{1,12}\\.[0-9]{1,6}".prop_map(ExprKind::Decimal),
        text().prop_map(ExprKind::Text),
        milliseconds().prop_map(ExprKind::Duration),
        literal(),
        name().prop_map(ExprKind::Name),
        name().prop_map(ExprKind::Name),
    ];
    leaf.prop_map(node)
        .prop_recursive(5, 40, 3, |inner| {
            let boxed = || inner.clone().prop_map(Box::new);
            let items = || prop::collection::vec(inner.clone(), 0..3);
            prop_oneof![
                (boxed(), field()).prop_map(|(of, name)| ExprKind::Field(of, name)),
                (boxed(), field()).prop_map(|(of, name)| ExprKind::OptionalField(of, name)),
                (function(), items()).prop_map(|(name, items)| ExprKind::Call(name, items)),
                (boxed(), each(), word(), inner.clone()).prop_map(|(of, each, item, body)| {
                    let item = node(ExprKind::Name(item.value));
                    ExprKind::Method(of, each, vec![item, body])
                }),
                (boxed(), method(), items()).prop_map(|(of, name, items)| ExprKind::Method(of, name, items)),
                (any::<bool>(), boxed())
                    .prop_map(|(not, of)| ExprKind::Unary(if not { Unary::Not } else { Unary::Neg }, of)),
                (binary(), boxed(), boxed()).prop_map(|(sign, left, right)| ExprKind::Binary(sign, left, right)),
                (boxed(), boxed(), boxed()).prop_map(|(a, b, c)| ExprKind::Conditional(a, b, c)),
                items().prop_map(ExprKind::List),
            ]
            .prop_map(node)
        })
        .boxed()
}

pub(crate) fn node(kind: ExprKind) -> Expr {
    Expr { kind, span: NOWHERE }
}

/// A duration, the longest among them.
fn milliseconds() -> impl Strategy<Value = u64> {
    let hour = 3_600_000_u64;
    let units = select(vec![1, 1_000, 60_000, hour]);
    let short = units.prop_flat_map(move |unit| {
        let most = LONGEST_HOURS * hour / unit;
        prop_oneof![0..most.min(100), 0..=most, Just(most)].prop_map(move |count| count * unit)
    });
    prop_oneof![9 => short, 1 => Just(LONGEST_HOURS * hour)]
}

/// A value written down: `date("2026-12-01")`.
fn literal() -> impl Strategy<Value = ExprKind> {
    let written = [
        ("date", "2026-12-01"),
        ("local_time", "2026-12-01T09:30"),
        ("money", "12.50 GBP"),
        ("time", "2026-12-01T09:30Z"),
    ];
    select(written.to_vec())
        .prop_map(|(name, text)| ExprKind::Call(at(name), vec![node(ExprKind::Text(text.to_owned()))]))
}

/// A field: one of a value's own, or one of a record.
fn field() -> impl Strategy<Value = Word> {
    let own =
        ["amount", "currency", "date", "day", "from", "hour", "minute", "month", "started", "to", "weekday", "year"];
    prop_oneof![select(own.to_vec()).prop_map(at), word()]
}

fn function() -> impl Strategy<Value = Word> {
    prop_oneof![select(vec!["has", "size", "spoken"]).prop_map(at), word()]
}

fn method() -> impl Strategy<Value = Word> {
    let mut known = vec!["in_zone", "last", "matches", "orValue", "size", "spoken"];
    known.extend(Function::ALL.map(Function::word));
    prop_oneof![3 => select(known).prop_map(at), 1 => word()]
}

fn each() -> impl Strategy<Value = Word> {
    select(Each::ALL.to_vec()).prop_map(|each| at(each.word()))
}

fn binary() -> impl Strategy<Value = Binary> {
    use Binary::{Add, And, Div, Eq, Ge, Gt, In, Le, Lt, Mul, Ne, Or, Sub};
    select(vec![Add, And, Div, Eq, Ge, Gt, In, Le, Lt, Mul, Ne, Or, Sub])
}

/// Types that are a name, those of services among them.
const NAMED: &[&str] = &[
    "acs_user",
    "bool",
    "clinic.Slot",
    "crm.teams.T",
    "date",
    "decimal",
    "duration",
    "endpoint",
    "int",
    "local_time",
    "money",
    "phone",
    "recording",
    "text",
    "time",
];

/// A type.
pub(crate) fn ty() -> BoxedStrategy<TypeExpr> {
    let node = |kind| TypeExpr { kind, span: NOWHERE };
    let leaf = prop_oneof![
        select(NAMED).prop_map(|name| TypeKind::Named(name.to_owned())),
        (0..9_u32, 0..9_u32).prop_map(|(min, more)| TypeKind::Digits { min, max: min + more }),
        prop::collection::vec(word(), 1..4).prop_map(TypeKind::Enum),
    ];
    let whole = move |base: BoxedStrategy<TypeKind>| {
        (base, prop::collection::vec(any::<bool>(), 0..3), any::<bool>()).prop_map(move |(kind, prefixes, optional)| {
            let mut ty = node(kind);
            for list in prefixes {
                ty = node(if list { TypeKind::List(Box::new(ty)) } else { TypeKind::Secret(Box::new(ty)) });
            }
            if optional { node(TypeKind::Optional(Box::new(ty))) } else { ty }
        })
    };
    whole(leaf.boxed())
        .prop_recursive(3, 12, 3, move |inner| {
            let fields = prop::collection::btree_map(name(), inner, 1..3);
            let fields = fields.prop_map(|fields| fields.into_iter().map(|(name, ty)| (at(name), ty)).collect());
            whole(fields.prop_map(TypeKind::Record).boxed())
        })
        .boxed()
}
