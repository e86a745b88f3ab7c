//! Functions, methods and the types beyond numbers and texts, in conditions.

use crate::language::check::tests::{found, help};

fn flow(text: &str) -> String {
    let head = "param n: int\nparam t: text\nparam price: decimal\nparam due: money\nparam at: time\nparam day: date\n\
        param local: local_time\nparam delay: duration\nparam pin: digits(4)\nparam note: recording\nparam desk: phone\n\
        param user: acs_user\nparam any: endpoint\nparam tier: enum(gold, standard)\nparam opt: text?\n\
        param slots: list { id: text, at: time, note: text? }\nparam names: list text\n";
    format!("flow t inbound\n{head}start a\na: answer -> s\ns: decide {{ if {text} -> bye; else -> bye }}\nbye: hangup")
}

fn condition(text: &str) -> Vec<String> {
    found(&flow(text))
}

fn good(conditions: &[&str]) {
    for good in conditions {
        assert_eq!(condition(good), Vec::<String>::new(), "{good}");
    }
}

#[test]
fn what_goes_together() {
    good(&[
        "price * 1.2 > 10",
        "price == 3 && 3 != price && -price < -1",
        "price + 2 - 0.5 <= 7 / price",
        "due > money(\"12.50 GBP\")",
        "due * 2 + due / 4 - due * 1.175 >= -due",
        "2 * due == due * 2 && 1.5 * due != due",
        "due.amount > 10 && due.currency == \"GBP\"",
        "at - call.started < 2h && call.started + 2h > at && at - 2h < call.started",
        "delay * 2 - 1m < 3 * delay / 2",
        "-delay < 0s",
        "day > date(\"2026-12-01\") && day.weekday == \"monday\" && day.plus_days(3).year == 2026",
        "day.days_until(date(\"2027-01-01\")) < 30",
        "at < time(\"2026-12-01T09:30Z\")",
        "at.in_zone(\"Europe/London\").hour >= 9 && at.in_zone(\"Europe/London\").date == day",
        "local.minute < 30 && local < local_time(\"2026-12-01T09:30\")",
        "note.empty || note.seconds > 3 && note.id != note.url",
        "any == desk && any == user && any == \"+441632960100\" && user != any",
        "names + names == [\"a\", \"b\"] && [] == names && size(names + names) > 2",
        "n in [1, 2] && \"a\" in names && price in [1, 2.5] && tier in [\"gold\"]",
    ]);
}

#[test]
fn functions_of_texts() {
    good(&[
        "t.startsWith(\"a\") && t.endsWith(\"b\") || t.contains(opt.orValue(\"\"))",
        "t.trim().lowerAscii() == \"x\" && t.upperAscii() != t",
        "t.matches(\"^[A-Z]{2}[0-9]+$\") || pin.matches(\"^0\")",
        "t.toInt().orValue(0) > 3 && has(t.toInt())",
        "has(pin.toInt()) && t.toDecimal().orValue(0) == n.toDecimal()",
        "t.toPhone().orValue(\"+441632960100\") == desk",
        "t.toDate().orValue(day) == day && t.toTime().orValue(at) == at",
        "pin.toText() + n.toText() == t && tier.toText() == due.toText()",
        "spoken(at, \"day\") == t && spoken(n) == t && n.spoken(\"ordinal\") == t && due.spoken() == t",
    ]);
}

#[test]
fn lists_are_gone_through() {
    good(&[
        "slots.exists(slot, slot.at > call.started)",
        "slots.all(x, x.id == t || slots.exists(y, y.id == x.id && y.at < x.at))",
        "size(slots.filter(x, has(x.note) && x.note == t)) > 1",
        "t in slots.map(x, x.id) && slots.map(x, x.note.orValue(\"\")) == names",
        "has(opt) && names.exists(x, x == opt)",
        "slots.filter(x, x.at > at).map(x, x.id) == names",
        "slots.exists(x, has(x.note) ? x.note == t : false)",
    ]);
    assert_eq!(condition("names.exists(x, x)"), ["F0406 x"]);
    assert_eq!(condition("names.exists(n, n == t)"), ["F0103 n"]);
    assert_eq!(condition("slots.exists(x, names.exists(x, true))"), ["F0103 x"]);
    assert_eq!(condition("names.exists(call, true)"), ["F0103 call"]);
    assert_eq!(condition("names.exists(x, x == t) && x == t"), ["F0105 x"]);
    assert_eq!(condition("t.exists(x, true)"), ["F0408 t"]);
    assert_eq!(condition("names.exists(x.y, true)"), ["F0408 x.y"]);
    assert_eq!(condition("names.exists(true)"), ["F0408 names.exists(true)"]);
    assert_eq!(condition("slots.exists(x, x.note == t)"), ["F0407 x.note"]);
    assert_eq!(condition("slots.exists(x, has(x.note) || x.note == t)"), ["F0407 x.note"]);
    assert_eq!(condition("slots.exists(x, has(x.note)) && slots.exists(x, x.note == t)"), ["F0407 x.note"]);
    assert_eq!(condition("slots.exists(x, x.att > at)"), ["F0105 att"]);
    assert_eq!(condition("slosts.exists(x, x.at > at)"), ["F0105 slosts"]);
}

#[test]
fn facts_hold_in_every_form() {
    good(&[
        "has(opt) ? opt == t : t == \"\"",
        "(has(opt) ? true : false) && opt == t",
        "(has(opt) ? opt == t : false) && opt == t",
        "!(has(opt) && n > 1) ? n == 1 : opt == t",
        "(n > 1 ? has(opt) : false) && opt == t",
    ]);
    assert_eq!(condition("(n > 1 ? has(opt) : true) && opt == t"), ["F0407 opt"]);
    assert_eq!(condition("(has(opt) ? true : n > 1) && opt == t"), ["F0407 opt"]);
}

#[test]
fn the_exact_part_that_is_wrong() {
    assert_eq!(condition("n + price > 1"), ["F0408 n + price"]);
    assert_eq!(condition("due * due > due"), ["F0408 due * due"]);
    assert_eq!(condition("due > 10"), ["F0408 due > 10"]);
    assert_eq!(condition("at + at > at"), ["F0408 at + at"]);
    assert_eq!(condition("day - day == 3"), ["F0408 day"]);
    assert_eq!(condition("at > day"), ["F0408 at > day"]);
    assert_eq!(condition("price / 0 == 1"), ["F0408 0"]);
    assert_eq!(condition("at.hour == 9"), ["F0408 hour"]);
    assert_eq!(condition("at.in_zone(\"Europe/Londn\").hour == 9"), ["F0401 \"Europe/Londn\""]);
    assert_eq!(condition("at.in_zone(t).hour == 9"), ["F0408 t"]);
    assert_eq!(condition("day == date(\"2026-02-30\")"), ["F0401 \"2026-02-30\""]);
    assert_eq!(condition("day == date(t)"), ["F0408 t"]);
    assert_eq!(condition("due == money(\"12.50\")"), ["F0401 \"12.50\""]);
    assert_eq!(condition("t.matches(\"a(\")"), ["F0411 \"a(\""]);
    assert_eq!(condition("t.matches(t)"), ["F0411 t"]);
    assert_eq!(condition("n.matches(\"a\")"), ["F0408 n"]);
    assert_eq!(condition("t.startsWith(n)"), ["F0406 n"]);
    assert_eq!(condition("t.startsWith() == true"), ["F0408 t.startsWith()"]);
    assert_eq!(condition("t.toInt() == 3"), ["F0407 t.toInt()"]);
    assert_eq!(condition("spoken(n, \"day\") == t"), ["F0505 \"day\""]);
    assert_eq!(condition("spoken(names) == t"), ["F0505 names"]);
    assert_eq!(condition("note.length == 3"), ["F0105 length"]);
    assert_eq!(condition("desk == user"), ["F0408 desk == user"]);
    assert_eq!(condition("user == \"+441632960100\""), ["F0401 \"+441632960100\""]);
    assert_eq!(condition("price == 0.1234567890123456789"), ["F0404 0.1234567890123456789"]);
    assert_eq!(condition("-t == t"), ["F0408 t"]);
    assert_eq!(condition("t.filter(1 + ) == t").len(), 1);
}

#[test]
fn what_is_wrong_comes_with_the_next_move() {
    let help = |text: &str| help(&flow(text)).join(" ");
    assert_eq!(help("due * due > due"), "`money *` goes with `decimal`, `int`");
    assert_eq!(help("day - day == 3"), "days are counted by `a.days_until(b)` and `a.plus_days(n)`");
    assert_eq!(
        help("now() > at"),
        "expressions have no clock, so that a call can be replayed; `call.started` is a time"
    );
    assert_eq!(help("last(pin, 2) == pin"), "write it behind its value: `x.last(…)`");
    assert_eq!(help("names.exits(x, x == t)"), "did you mean `exists`?");
    assert_eq!(help("spoken(n, \"day\") == t"), "the forms of `int` are `digits`, `ordinal`");
    assert_eq!(help("t.startsWith(n)"), "nothing is converted by itself; write `.toText()`");
    assert_eq!(help("at.hour == 9"), "a time has them in a zone: `x.in_zone(\"Europe/London\")`");
}
