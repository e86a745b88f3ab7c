//! What people can do at a moment: answer the question that is asked, press keys that a rule waits for, leave.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::invoke::json;
use crate::language::flow::expr::Expr;
use crate::language::flow::label::Label;
use crate::language::flow::state::{Choice, Input, Kind};
use crate::language::flow::types::Type;
use crate::language::graph::Program;
use crate::language::source::{Span, Spanned};
use crate::language::syntax::ast::Act;
use crate::machine::call::Call;
use crate::platform::tones::Tone;
use crate::rehearsal::generate::plan::Doing;
use crate::rehearsal::live::Live;
use crate::rehearsal::made;
use crate::rehearsal::player::PARTY;

/// Words that fit nothing in particular.
const WORDS: &str = "something else entirely";
/// Words long enough to be a message.
const MESSAGE: &str = "please call me back about my order as soon as somebody has the time for it thank you";
/// Keys, as they are pressed where any will do.
const DIGITS: &str = "12345678901234567890";
/// Keys tried where a key has to be wrong.
const WRONG: [Tone; 12] = [
    Tone::Nine,
    Tone::Eight,
    Tone::Seven,
    Tone::Six,
    Tone::Five,
    Tone::Four,
    Tone::Three,
    Tone::Two,
    Tone::One,
    Tone::Zero,
    Tone::Asterisk,
    Tone::Pound,
];

/// Something that can be done, and the outcomes it is done for.
pub(super) type Way = (Doing, Vec<String>);

/// Who is asked in a state, where it asks.
pub(super) fn asked(kind: &Kind) -> Option<&str> {
    match kind {
        Kind::Menu { question, .. } | Kind::Collect { question, .. } | Kind::Recognize { question, .. } => {
            Some(question.hear.as_deref().unwrap_or(PARTY))
        }
        _ => None,
    }
}

/// How long a state waits for rules to be taken.
pub(super) fn waited(kind: &Kind) -> Option<&Expr> {
    match kind {
        Kind::Wait { time } => Some(time),
        _ => None,
    }
}

/// How long the first key or word of an answer may take.
pub(super) fn first_key(kind: &Kind) -> Option<&Expr> {
    match kind {
        Kind::Menu { question, .. } | Kind::Collect { question, .. } | Kind::Recognize { question, .. } => {
            Some(&question.first_key)
        }
        _ => None,
    }
}

/// Who somebody is on the line, by the name that the running flow has for them.
pub(super) fn identity(call: &Call, name: &str) -> Option<String> {
    let is_it = |key: &str| key == name || key.rsplit_once('/').is_some_and(|(_, short)| short == name);
    let mut people = call.people.iter();
    let found = people.find(|(key, person)| person.joined && is_it(key));
    found.map(|(_, person)| crate::platform::identifier::Identifier::parse(&person.id).plain())
}

fn doing(who: &str, act: Act) -> Doing {
    Doing { who: (who != PARTY).then(|| who.to_owned()), act, wait: 0 }
}

/// Answers to the question of a state. `texts` are some that flows know.
pub(super) fn answers(program: &Program, kind: &Kind, texts: &[String]) -> Vec<Way> {
    let who = asked(kind).unwrap_or(PARTY);
    let press = |keys: &str| Act::Press(keys.chars().filter_map(Tone::from_char).collect());
    match kind {
        Kind::Menu { choices, .. } => menu(who, choices),
        Kind::Collect { save, input, stop, .. } => {
            let ty = program.vars.get(save).map_or(&Type::Text, Type::bare);
            let end = stop.first().map(|tone| tone.to_char().to_string()).unwrap_or_default();
            let filled = || vec!["filled".to_owned()];
            let mut ways = Vec::new();
            if *input != Input::Speech {
                let (good, bad) = keyed(ty, texts);
                for keys in good {
                    let is_full = matches!(ty, Type::Digits { max, .. } if keys.len() == *max as usize);
                    let keys = if is_full { keys } else { format!("{keys}{end}") };
                    ways.push((doing(who, press(&keys)), filled()));
                }
                ways.extend(bad.map(|keys| (doing(who, press(&format!("{keys}{end}"))), Vec::new())));
            } else {
                let (good, bad) = said(ty, texts);
                ways.extend(good.into_iter().map(|words| (doing(who, Act::Say(words)), filled())));
                ways.extend(bad.map(|words| (doing(who, Act::Say(words)), Vec::new())));
            }
            ways
        }
        Kind::Recognize { input, max_tones, stop, save, .. } => {
            let leads = |word: &str| vec![word.to_owned()];
            let most = match save.as_ref().and_then(|save| program.vars.get(save)).map(Type::bare) {
                Some(Type::Digits { max, .. }) => (*max).min(*max_tones),
                _ => *max_tones,
            } as usize;
            let mut ways = Vec::new();
            if *input != Input::Speech {
                let full = DIGITS.get(..most.clamp(1, DIGITS.len())).unwrap_or(DIGITS);
                ways.push((doing(who, press(full)), leads("heard")));
                let is_keys =
                    |text: &&String| !text.is_empty() && text.chars().all(|key| Tone::from_char(key).is_some());
                let known = texts.iter().filter(is_keys).filter(|text| text.chars().count() <= *max_tones as usize);
                ways.extend(known.take(8).map(|text| {
                    let end = stop.first().filter(|_| text.chars().count() < *max_tones as usize);
                    let end = end.map(|tone| tone.to_char().to_string()).unwrap_or_default();
                    (doing(who, press(&format!("{text}{end}"))), leads("heard"))
                }));
                if let Some(stop) = stop.first() {
                    let wrong = if *stop == Tone::Asterisk { '#' } else { '*' };
                    ways.push((doing(who, press(&format!("{wrong}{}", stop.to_char()))), leads("no_match")));
                }
                if let Some(stop) = stop.first() {
                    ways.push((doing(who, press(&format!("1{}", stop.to_char()))), leads("heard")));
                }
                if most > 1 {
                    ways.push((doing(who, press("1")), leads("partial")));
                }
            }
            if *input != Input::Dtmf {
                ways.push((doing(who, Act::Say(WORDS.to_owned())), leads("heard")));
            }
            ways
        }
        Kind::TakeMessage { stop, .. } => {
            let mut ways = vec![(doing(PARTY, Act::Say(MESSAGE.to_owned())), vec!["recorded".to_owned()])];
            let stop = stop.first().map(|tone| (doing(PARTY, Act::Press(vec![*tone])), vec!["empty".to_owned()]));
            ways.extend(stop);
            ways
        }
        _ => Vec::new(),
    }
}

fn menu(who: &str, choices: &[Choice]) -> Vec<Way> {
    let mut ways: Vec<Way> = Vec::new();
    for choice in choices {
        let act = match (&choice.key, choice.phrases.first()) {
            (Some(key), _) => Act::Press(vec![*key]),
            (None, Some(phrase)) => Act::Say(phrase.clone()),
            (None, None) => continue,
        };
        ways.push((doing(who, act), vec![choice.name.clone()]));
    }
    let wrong = WRONG.iter().find(|key| choices.iter().all(|choice| choice.key != Some(**key)));
    let only_words = choices.iter().all(|choice| choice.key.is_none());
    match wrong.filter(|_| !only_words) {
        Some(key) => ways.push((doing(who, Act::Press(vec![*key])), Vec::new())),
        None => ways.push((doing(who, Act::Say(WORDS.to_owned())), Vec::new())),
    }
    ways
}

/// Keys that satisfy a type, and some that do not.
fn keyed(ty: &Type, texts: &[String]) -> (Vec<String>, Option<String>) {
    match ty {
        Type::Digits { min, max } => {
            let known = texts.iter().filter(|text| crate::language::flow::value::is_digits(text, *min, *max)).cloned();
            let full = DIGITS.get(..(*max as usize).clamp(1, DIGITS.len())).unwrap_or(DIGITS).to_owned();
            let least = (*min as usize).max(1);
            let short = (least > 1).then(|| DIGITS.get(..1).unwrap_or("1").to_owned());
            ([full].into_iter().chain(known.take(4)).collect(), short.or(Some("*".to_owned())))
        }
        Type::Int => {
            let known = texts.iter().filter(|text| crate::language::flow::value::is_digits(text, 1, 9)).cloned();
            (["12".to_owned()].into_iter().chain(known.take(6)).collect(), Some("*".to_owned()))
        }
        _ => (vec!["1".to_owned()], None),
    }
}

/// Words that satisfy a type, and some that do not.
fn said(ty: &Type, texts: &[String]) -> (Vec<String>, Option<String>) {
    match ty {
        Type::Enum(words) => (words.iter().map(|word| word.replace('_', " ")).collect(), Some(WORDS.to_owned())),
        Type::Digits { .. } | Type::Int => {
            let (good, _) = keyed(ty, texts);
            (good, Some(WORDS.to_owned()))
        }
        _ => (std::iter::once("a word".to_owned()).chain(texts.iter().take(4).cloned()).collect(), None),
    }
}

/// What rules of a state wait for: their labels, as the state's edges have them.
pub(super) fn rules<'p>(live: &Live, clock: i64, labels: impl Iterator<Item = &'p Label>) -> Vec<Way> {
    let call = &live.call;
    let mut ways = Vec::new();
    for label in labels {
        let (who, act) = match label {
            Label::Signal(name) => {
                let signals = call.signals_taken(&live.program);
                let Some(ty) = signals.get(name.as_str()) else { continue };
                let data = ty.as_ref().and_then(|ty| json::of(&made::value(ty, clock)));
                (PARTY, Act::Signal { name: Spanned::new(name.clone(), Span::default()), data })
            }
            Label::Key { keys, by } => (by.as_deref().unwrap_or(PARTY), Act::Press(keys.clone())),
            Label::Left(name) => (name.as_str(), Act::HangUp),
            Label::PartyLeft => (PARTY, Act::HangUp),
            Label::After { .. }
            | Label::Branch(_)
            | Label::Choice(_)
            | Label::Else
            | Label::Named(_)
            | Label::NotEstablished
            | Label::Outcome(_) => continue,
        };
        if who == PARTY || identity(call, who).is_some() {
            ways.push((doing(who, act), vec![label.to_string()]));
        }
    }
    ways
}
