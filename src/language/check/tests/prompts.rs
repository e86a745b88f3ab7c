//! Menus, placeholders, literals and their ranges.

use crate::language::check::tests::{found, inbound};

/// What is found in a menu's braces. The question speaks every choice: its key, or its phrase.
fn menu(choices: &str) -> Vec<String> {
    let spoken = choices.lines().filter_map(|line| line.split_once(" = ")).map(|(name, what)| match what {
        phrase if phrase.starts_with('"') => phrase.split('"').nth(1).unwrap().to_owned(),
        _ => format!("{{key {name}}}"),
    });
    let ask = spoken.collect::<Vec<_>>().join(" or ");
    found(&inbound(&format!("s: menu ask \"{ask}\" {{\n{choices}\nexhausted -> bye\n}}")))
}

#[test]
fn keys_and_phrases() {
    assert!(menu("yes = 1 -> bye\nno = 2 -> bye").is_empty());
    assert!(menu("yes = 1 \"yes\" -> bye\nno = 2 \"no\" -> bye").is_empty());
    assert!(menu("yes = \"yes\" -> bye\nno = \"no\" -> bye").is_empty());
    assert_eq!(menu("yes = 1 -> bye\nno = 1 -> bye"), ["F0501 1"]);
    assert_eq!(menu("yes = * -> bye\nno = star -> bye"), ["F0501 star"]);
    assert_eq!(menu("yes = 1 \"yes\" -> bye\nno = 2 -> bye"), ["F0502 no"]);
    assert_eq!(menu("yes = 1 \"yes\" -> bye\nno = \"no\" -> bye"), ["F0503 no"]);
    assert_eq!(menu("yes = 1 \"Yes\" -> bye\nno = 2 \"yes\" -> bye"), ["F0504 \"yes\""]);
    assert_eq!(menu("yes = 12 -> bye"), ["F0402 12"]);
}

#[test]
fn names_of_choices() {
    assert_eq!(menu("busy = 1 -> bye"), ["F0111 busy"]);
    assert_eq!(menu("limit = 1 -> bye"), ["F0111 limit"]);
    assert_eq!(menu("yes = 1 -> bye\nyes = 2 -> bye"), ["F0103 yes"]);
}

#[test]
fn counts_and_times() {
    let menu = |option: &str| {
        let line = "s: menu ask \"press {key yes}\", OPTION { yes = 1 \"yes\" -> bye; exhausted -> bye }";
        found(&inbound(&line.replace("OPTION", option)))
    };
    assert!(menu("first_key 20s, retry 3, must_hear").is_empty());
    assert_eq!(menu("first_key 25s"), ["F0404 25s"]);
    assert_eq!(menu("first_key 400s"), ["F0404 400s"]);
    assert_eq!(menu("first_key 1500ms"), ["F0404 1500ms"]);
    assert_eq!(menu("retry 101"), ["F0404 101"]);
    let recognize = |option: &str| {
        let text = "s: recognize dtmf, ask \"which?\", OPTION -> bye { partial | no_input | no_match -> bye }";
        found(&inbound(&text.replace("OPTION", option)))
    };
    assert!(recognize("max_tones 4, stop pound, between_keys 2s").is_empty());
    assert_eq!(recognize("max_tones 0"), ["F0404 0"]);
    assert_eq!(recognize("max_tones 4, between_keys 90s"), ["F0404 90s"]);
    let dial = |option: &str| {
        found(&format!("flow t outbound\nparam to: phone\nstart a\na: dial to, {option} -> bye\nbye: hangup"))
    };
    assert!(dial("from \"+441632960100\", ring_for 25s").is_empty());
    assert_eq!(dial("from \"+441632960100\", ring_for 10m"), ["F0404 10m"]);
    assert_eq!(dial("ring_for 10s"), ["F0110 dial"]);
    assert_eq!(dial("from \"0441\""), ["F0401 \"0441\""]);
}

#[test]
fn a_phone_is_dialled_under_a_number() {
    let text = "flow t outbound\nstart a\na: dial \"+441632960100\" -> bye\nbye: hangup";
    assert_eq!(found(text), ["F0110 dial"]);
}

#[test]
fn placeholders() {
    let head = "param name: text\nparam at: time\nparam ok: bool\n";
    let play = |text: &str| found(&inbound(&format!("{head}s: play \"{text}\" -> bye")));
    assert!(play("{name}, {at}, {at day}, {at clock}, {call.from}, {{braces}}").is_empty());
    assert_eq!(play("{nmae}"), ["F0105 nmae"]);
    assert_eq!(play("{name day}"), ["F0505 day"]);
    assert_eq!(play("{at dya}"), ["F0505 dya"]);
    assert_eq!(play("{ok}"), ["F0505 {ok}"]);
    assert_eq!(play("press {key yes}"), ["F0505 yes"]);
    assert_eq!(play(" "), ["F0507 \" \""]);
    let asks = |text: &str| found(&inbound(&format!("s: menu ask \"{text}\" {{ yes = 1 -> bye; exhausted -> bye }}")));
    assert!(asks("press {key yes}").is_empty());
    assert_eq!(asks("press {key yse}"), ["F0113 yse"]);
}

#[test]
fn spoken_expressions_files_and_locales() {
    assert!(found(&inbound("param x: text\ns: play [text x, file \"audio/a.wav\", \"b\"] -> bye")).is_empty());
    assert_eq!(found(&inbound("param x: bool\ns: play text x -> bye")), ["F0505 x"]);
    assert_eq!(found(&inbound("s: play file \"../a.wav\" -> bye")), ["F0401 \"../a.wav\""]);
    assert_eq!(found(&inbound("locale en-gb\ns: play \"a\" -> bye")), ["F0405 en-gb"]);
    assert!(found(&inbound("locale en-GB\ns: play \"a\", locale en-US -> bye")).is_empty());
}
