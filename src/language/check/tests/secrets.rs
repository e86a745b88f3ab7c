//! Secrets: never told, whatever is made of them; and what callers say, by whatever way it comes.

use crate::language::check::tests::{found, help, inbound};

fn flow(lines: &str) -> String {
    inbound(&format!(
        "param card: secret digits(12..19)\nparam pin: secret text?\nparam who: {{ name: text, code: secret text }}\n\
         param keys: list secret text\nparam door: secret phone\nparam t: text\nsettings {{ key: secret text }}\n{lines}"
    ))
}

fn play(text: &str) -> Vec<String> {
    found(&flow(&format!("s: play {text} -> bye")))
}

#[test]
fn secrets_are_never_spoken() {
    assert_eq!(play("\"Your card {card}\""), ["F0410 card"]);
    assert_eq!(play("\"It is {settings.key}\""), ["F0410 key"]);
    assert_eq!(play("\"It is {who.code}\""), ["F0410 who.code"]);
    assert_eq!(play("\"Hello {who.name}\""), Vec::<String>::new());
    assert_eq!(play("ssml \"<speak>{card}</speak>\""), ["F0410 card"]);
    assert_eq!(play("text card.last(4)"), ["F0410 card"]);
    assert_eq!(play("text t + pin.orValue(\"none\")"), ["F0410 pin"]);
    assert_eq!(play("text spoken(card)"), ["F0410 card"]);
    assert_eq!(play("text t == \"a\" ? card.toText() : t"), ["F0410 card"]);
    assert_eq!(play("text keys.exists(k, k == t) ? \"yes\" : \"no\""), Vec::<String>::new());
    assert_eq!(play("text spoken(size(card), \"digits\")"), Vec::<String>::new());
}

#[test]
fn conditions_may_ask_anything_of_a_secret() {
    let condition = |text: &str| found(&flow(&format!("s: decide {{ if {text} -> bye; else -> bye }}")));
    for good in [
        "card == \"123456789012\"",
        "has(pin) && pin == \"1234\"",
        "size(card) > 12 && card.matches(\"^4\")",
        "who.code == settings.key",
        "keys.exists(k, k == t) || t in keys",
    ] {
        assert_eq!(condition(good), Vec::<String>::new(), "{good}");
    }
    assert_eq!(condition("card > 3"), ["F0408 card"]);
}

#[test]
fn secrets_are_not_dialled() {
    let transfer = |to: &str| {
        let ways = "failed | busy | no_answer | declined | unreachable -> bye";
        found(&flow(&format!("s: transfer {to} -> return {{ {ways} }}")))
    };
    assert_eq!(transfer("door"), ["F0410 door"]);
    assert_eq!(transfer("t == \"a\" ? door : \"+441632960100\""), ["F0410 door"]);
    assert_eq!(
        transfer("call.from.toPhone().orValue(\"+441632960100\")"),
        ["F0409 call.from.toPhone().orValue(\"+441632960100\")"]
    );
    assert_eq!(transfer("call.to"), Vec::<String>::new());
}

#[test]
fn no_prompt_takes_a_secret() {
    let text = flow("s: play \"{card}\" -> bye");
    assert_eq!(
        help(&text),
        ["a secret goes only to an operation's parameter that is declared `secret`; ask `has()` or `size()` of it"]
    );
}
