//! `collect`: fills one variable. The variable's type says what is valid; what is not is asked for again.

use crate::language::flow::state::{Kind, State};
use crate::language::flow::types::Type;
use crate::language::flow::value::{self, Value};
use crate::machine::call::Asked;
use crate::machine::command::Listen;
use crate::machine::question::{self, Again, Free, Result};
use crate::machine::stepper::{Signal, Stepper, Then, leave};
use crate::platform::limits;
use crate::platform::outcomes::Outcome;

pub(crate) fn enter(stepper: &mut Stepper<'_>, state: &State) -> Then {
    let Kind::Collect { question, .. } = &state.kind else { return Then::Stay };
    stepper.call.asked = Asked::default();
    let Some(listen) = listen(stepper, state) else { return leave(Outcome::Failed) };
    question::ask(stepper, question, &[], listen)
}

pub(crate) fn hear(stepper: &mut Stepper<'_>, state: &State, signal: &Signal<'_>) -> Then {
    let Kind::Collect { save, question, stop, .. } = &state.kind else { return Then::Stay };
    let ty = stepper.program.vars.get(save).map_or(&Type::Text, Type::present);
    let filled = match question::result(signal) {
        Result::NotYet => return Then::Stay,
        Result::Failed => return leave(Outcome::Failed),
        // Whether the input was ended or ran out: what satisfies the type fills the variable.
        Result::Keys { tones, .. } => of_keys(ty, question::written(&tones, stop)).ok_or(Again::NoMatch),
        Result::Speech(words) => of_words(ty, &words).ok_or(Again::NoMatch),
        Result::Choice(_) | Result::NoMatch => Err(Again::NoMatch),
        Result::NoInput => Err(Again::NoInput),
    };
    match filled {
        Ok(value) => {
            stepper.call.vars.insert(save.clone(), value);
            leave(Outcome::Filled)
        }
        Err(why) => {
            let Some(listen) = listen(stepper, state) else { return leave(Outcome::Failed) };
            question::again(stepper, question, &[], listen, why)
        }
    }
}

/// How the collect becomes a request: no more keys than the type can hold.
fn listen(stepper: &mut Stepper<'_>, state: &State) -> Option<Listen> {
    let Kind::Collect { save, input, stop, between_keys, end_silence, .. } = &state.kind else { return None };
    let max_tones = match stepper.program.vars.get(save).map(Type::present) {
        Some(Type::Digits { max, .. }) => (*max).min(limits::MOST_TONES),
        _ => limits::MOST_TONES,
    };
    question::listen(stepper, &Free { input: *input, max_tones, stop, between_keys, end_silence: end_silence.as_ref() })
}

/// The value that keys give; `None` when they do not satisfy the type.
fn of_keys(ty: &Type, keys: String) -> Option<Value> {
    match ty {
        Type::Digits { min, max } => value::is_digits(&keys, *min, *max).then_some(Value::Digits(keys)),
        Type::Int => whole_number(&keys),
        Type::Text => (!keys.is_empty()).then_some(Value::Text(keys)),
        Type::Optional(inner) => of_keys(inner, keys),
        Type::Bool | Type::Duration | Type::Enum(_) | Type::List(_) | Type::Phone | Type::Record(_) | Type::Time => {
            None
        }
    }
}

/// The value that words give; `None` when they do not satisfy the type.
fn of_words(ty: &Type, words: &str) -> Option<Value> {
    let words = words.trim();
    match ty {
        Type::Digits { min, max } => {
            let digits = without_marks(words);
            value::is_digits(&digits, *min, *max).then_some(Value::Digits(digits))
        }
        Type::Enum(names) => {
            let said = folded(words);
            names.iter().find(|name| folded(name) == said).map(|name| Value::Enum(name.clone()))
        }
        Type::Int => whole_number(&without_marks(words)),
        Type::Text => (!words.is_empty()).then(|| Value::Text(words.to_owned())),
        Type::Optional(inner) => of_words(inner, words),
        Type::Bool | Type::Duration | Type::List(_) | Type::Phone | Type::Record(_) | Type::Time => None,
    }
}

/// A whole number, written with nothing but digits.
fn whole_number(text: &str) -> Option<Value> {
    value::is_digits(text, 1, 18).then(|| text.parse().ok().map(Value::Int))?
}

/// Words without what recognisers put between and after digits: `12 34.` is `1234`.
fn without_marks(words: &str) -> String {
    words.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '.' | ',')).collect()
}

/// Words with letter case, punctuation and runs of space ignored.
fn folded(words: &str) -> String {
    let plain = words.to_lowercase().replace(|c: char| !c.is_alphanumeric(), " ");
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}
