//! Expressions: types, names, absence, assignment, trust.

use crate::language::check::tests::{found, help};

/// What is found in a condition.
fn condition(text: &str) -> Vec<String> {
    let head = "param n: int\nparam t: text\nparam tier: enum(gold, standard)\nparam pin: digits(4)\nparam opt: text?\n\
        param visit: { id: text, at: time, note: text? }\nsettings { desk: phone; pause: duration }\nvar heard: text?\n";
    found(&format!(
        "flow t inbound\n{head}start a\na: answer -> s\ns: decide {{ if {text} -> bye; else -> bye }}\nbye: hangup"
    ))
}

#[test]
fn good_conditions() {
    for good in [
        "n == 3",
        "n + 1 > 2 * n - -4",
        "t == \"x\" && !(n < 0)",
        "tier == \"gold\" || \"standard\" != tier",
        "tier in [\"gold\"]",
        "pin == \"0420\"",
        "pin.last(2) == \"20\"",
        "settings.desk == \"+441632960100\"",
        "settings.pause < 4m",
        "call.from == \"anonymous\"",
        "call.to == settings.desk",
        "has(opt) && opt == \"x\"",
        "!has(opt) || opt == \"x\"",
        "has(opt) ? opt == \"x\" : false",
        "opt.orValue(\"x\") == t",
        "visit.at > call.started",
        "state.entered - call.started > 4m",
        "call.headers.get(\"X-Case\").orValue(\"\") == t",
        "has(call.headers.get(\"case\")) && call.headers.get(\"X-MS-Custom-Case\") == t",
        "has(visit.note) && visit.note == t",
        "size(t) > 3",
        "t + \"a\" == \"b\"",
        "(n > 1 ? \"gold\" : tier) == tier",
    ] {
        assert_eq!(condition(good), Vec::<String>::new(), "{good}");
    }
}

#[test]
fn types_must_fit_at_the_exact_place() {
    assert_eq!(condition("1 + \"2\" == n"), ["F0408 1 + \"2\""]);
    assert_eq!(condition("n == 3 && n"), ["F0406 n"]);
    assert_eq!(condition("n"), ["F0406 n"]);
    assert_eq!(condition("n == t"), ["F0408 n == t"]);
    assert_eq!(condition("pin > 3"), ["F0408 pin"]);
    assert_eq!(condition("t < \"b\""), ["F0408 t"]);
    assert_eq!(condition("pin == \"042\""), ["F0401 \"042\""]);
    assert_eq!(condition("n / 0 == 1"), ["F0408 0"]);
    assert_eq!(condition("n in t"), ["F0406 t"]);
    assert_eq!(condition("visit == n"), ["F0408 visit == n"]);
    assert_eq!(condition("t.foo == t"), ["F0408 foo"]);
    assert_eq!(condition("has(t)"), ["F0408 t"]);
    assert_eq!(condition("t.orValue(\"x\") == t"), ["F0408 t.orValue(\"x\")"]);
    assert_eq!(condition("nonsense(t)"), ["F0408 nonsense"]);
    assert_eq!(condition("state.left > call.started"), ["F0105 left"]);
    assert_eq!(condition("call.headers == t"), ["F0105 call.headers"]);
    assert_eq!(condition("call.headers.size() == 1"), ["F0408 size"]);
    assert_eq!(condition("has(call.headers.get(t))"), ["F0408 t"]);
    assert_eq!(condition("has(call.headers.get(\"a b\"))"), ["F0108 \"a b\""]);
    assert_eq!(condition("n == 2.5"), ["F0408 n == 2.5"]);
}

#[test]
fn words_of_an_enum() {
    assert_eq!(condition("tier == \"glod\""), ["F0401 \"glod\""]);
    assert_eq!(condition("tier in [\"gold\", \"bronze\"]"), ["F0401 \"bronze\""]);
    let text = "flow t inbound\nparam tier: enum(gold)\nstart a\na: answer -> s\n\
        s: decide { if tier == \"glod\" -> bye; else -> bye }\nbye: hangup";
    assert_eq!(help(text), ["did you mean `gold`?"]);
    assert_eq!(help(&text.replace("\"glod\"", "gold")), ["words of an enum stand in quotes: `\"gold\"`"]);
}

#[test]
fn unknown_names() {
    assert_eq!(condition("m == 3"), ["F0105 m"]);
    assert_eq!(condition("settings.desc == t"), ["F0105 desc"]);
    assert_eq!(condition("call.form == t"), ["F0105 form"]);
    assert_eq!(condition("visit.att == call.started"), ["F0105 att"]);
    assert_eq!(condition("desk == t"), ["F0105 desk"]);
}

#[test]
fn what_may_be_absent() {
    assert_eq!(condition("opt == t"), ["F0407 opt"]);
    assert_eq!(condition("has(opt) || opt == t"), ["F0407 opt"]);
    assert_eq!(condition("visit.note == t"), ["F0407 visit.note"]);
    assert_eq!(condition("(n > 1 ? opt : t) == t"), ["F0407 n > 1 ? opt : t"]);
    assert_eq!(condition("heard == t"), ["F0407 heard"]);
}

/// A flow that hears keys and then, on both ways, goes to `then`.
fn hears(var: &str, then: &str) -> Vec<String> {
    found(&format!(
        "flow t inbound\nvar {var}\nstart a\na: answer -> q\nq: pin = recognize dtmf, ask \"Pin?\", max_tones 4 -> s {{\n\
         partial -> s\nno_input | no_match -> other\n}}\n{then}\nbye: hangup"
    ))
}

#[test]
fn saved_on_every_way() {
    let other = "other: play \"Sorry.\" -> bye";
    assert!(hears("pin: text", &format!("s: play \"{{pin}}\" -> bye\n{other}")).is_empty());
    assert!(hears("pin: text?", &format!("s: play \"{{pin}}\" -> bye\n{other}")).is_empty());
    let late = "s: play \"thanks\" -> other\nother: play \"{pin}\" -> bye";
    assert_eq!(hears("pin: text", late), ["F0407 pin"]);
    assert_eq!(hears("pin: text?", late), ["F0407 pin"]);
}

#[test]
fn a_decide_shows_what_its_branches_asked() {
    let s =
        "s: play \"thanks\" -> other\nother: decide { if has(pin) -> tell; else -> bye }\ntell: play \"{pin}\" -> bye";
    assert!(hears("pin: text?", s).is_empty());
    let s =
        "s: play \"thanks\" -> other\nother: decide { if !has(pin) -> bye; else -> tell }\ntell: play \"{pin}\" -> bye";
    assert!(hears("pin: text?", s).is_empty());
    let s = "s: play \"a\" -> other\nother: decide { if has(pin) -> bye; else -> tell }\ntell: play \"{pin}\" -> bye";
    assert_eq!(hears("pin: text?", s), ["F0407 pin"]);
    let s = "s: play \"a\" -> other\nother: decide { if !has(pin) -> bye; if pin == \"1\" -> bye; else -> bye }";
    assert!(hears("pin: text?", s).is_empty());
}

#[test]
fn what_is_saved_must_be_a_variable_of_text() {
    let other = "s: play \"a\" -> other\nother: play \"Sorry.\" -> bye";
    assert_eq!(hears("pni: text?", other), ["F0115 pin"]);
    assert_eq!(hears("pin: digits(4)?", other), ["F0406 pin"]);
}

#[test]
fn nobody_dials_what_the_caller_says() {
    let other = "other: play \"Sorry.\" -> bye";
    let s = format!("s: transfer pin -> return\n{other}");
    assert_eq!(hears("pin: text?", &s), ["F0409 pin"]);
    let s = format!("s: transfer call.from -> return\n{other}");
    assert_eq!(hears("pin: text?", &s), ["F0409 call.from"]);
    let s = format!("s: transfer has(pin) ? pin : \"+441632960100\" -> return\n{other}");
    assert_eq!(hears("pin: text?", &s), ["F0409 pin"]);
    let s = format!("s: transfer has(pin) ? call.to : \"+441632960100\" -> return\n{other}");
    assert_eq!(hears("pin: text?", &s), Vec::<String>::new());
}
