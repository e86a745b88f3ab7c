//! Callers and what they notice, in words.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::language::flow::value::{Value, Values};
use crate::rehearsal::diff::walk::{Offer, Turn, World};
use std::collections::BTreeMap;

/// Most words of what is heard that are shown.
const SHOWN: usize = 200;

/// People by the settings that name them.
pub(super) fn people(settings: &Values) -> impl Iterator<Item = (String, String)> {
    settings.iter().filter_map(|(name, value)| match value {
        Value::Phone(number) => Some((number.clone(), name.clone())),
        _ => None,
    })
}

/// Somebody, by the name that there is.
pub(super) fn called<'n>(people: &'n BTreeMap<String, String>, who: &'n str) -> &'n str {
    people.get(who).map_or(who, String::as_str)
}

/// When: `after pressing 2, then saying nothing, when orders.price says sold_out`.
pub(super) fn after(people: &BTreeMap<String, String>, world: &World, turns: &[Turn]) -> String {
    let turns: Vec<String> = turns.iter().map(turn).collect();
    let turns = match turns.as_slice() {
        [] => "at the beginning".to_owned(),
        all => format!("after {}", all.join(", then ")),
    };
    let answers = world.answers.iter().map(|(operation, outcome)| format!("{operation} says {outcome}"));
    let phones = world.phones.iter().map(|(who, how)| match *how {
        "busy" => format!("{} is engaged", called(people, who)),
        _ => format!("{} does not answer", called(people, who)),
    });
    let world: Vec<String> = answers.chain(phones).collect();
    if world.is_empty() { turns } else { format!("{turns}, when {}", world.join(" and ")) }
}

fn turn(turn: &Turn) -> String {
    match turn {
        Turn::HangsUp => "hanging up".to_owned(),
        Turn::Presses(_) => key(turn).replacen("key ", "pressing ", 1),
        Turn::Says(words) => format!("saying \"{words}\""),
        Turn::SaysNothing => "saying nothing".to_owned(),
    }
}

/// A key or words, by itself: `key 3`, `"yes"`.
pub(super) fn key(turn: &Turn) -> String {
    match turn {
        Turn::HangsUp => "hanging up".to_owned(),
        Turn::Presses(keys) => format!("key {}", keys.iter().map(|key| key.word()).collect::<Vec<_>>().join(" ")),
        Turn::Says(words) => format!("\"{words}\""),
        Turn::SaysNothing => "silence".to_owned(),
    }
}

/// What was heard, in quotes.
pub(super) fn heard(all: &[String]) -> String {
    if all.is_empty() {
        return "nothing".to_owned();
    }
    let words = all.join(" / ");
    let short: String = words.chars().take(SHOWN).collect();
    if short.len() < words.len() { format!("\"{short}…\"") } else { format!("\"{words}\"") }
}

/// What a question takes.
pub(super) fn offered(offer: &Offer) -> String {
    let digits = offer.digits.map(|(min, max)| match (min, max) {
        (1, 1) => "a key".to_owned(),
        (min, max) if min == max => format!("{max} keys"),
        (min, max) => format!("{min} to {max} keys"),
    });
    let stop = (!offer.stop.is_empty())
        .then(|| format!("{} ends them", offer.stop.iter().map(|key| key.word()).collect::<Vec<_>>().join(" or ")));
    let speech = offer.speech.then(|| "any words".to_owned());
    let menu = (!offer.keys.is_empty() || !offer.phrases.is_empty()).then(|| "a choice".to_owned());
    let all: Vec<String> = menu.into_iter().chain(digits).chain(stop).chain(speech).collect();
    format!("takes {}", all.join(", "))
}
