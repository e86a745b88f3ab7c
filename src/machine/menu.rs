//! `menu`: one of several, by key or phrase.

use crate::language::flow::label::Label;
use crate::language::flow::state::{Choice, Question};
use crate::machine::call::Asked;
use crate::machine::command::{ChoiceOffer, Listen};
use crate::machine::event::{Heard, Webhook, WebhookKind};
use crate::machine::question::{self, Again, Result};
use crate::machine::stepper::{Signal, Stepper, Then, leave};
use crate::platform::codes;
use crate::platform::outcomes::Outcome;
use crate::platform::tones::Tone;

pub(crate) fn enter(stepper: &mut Stepper<'_>, choices: &[Choice], question: &Question) -> Then {
    stepper.call.asked = Asked::default();
    let listen = listen(stepper, choices);
    question::ask(stepper, question, choices, listen)
}

pub(crate) fn hear(stepper: &mut Stepper<'_>, choices: &[Choice], question: &Question, signal: &Signal<'_>) -> Then {
    if let Signal::Webhook(webhook) = signal
        && let Some(tones) = wrong_key(webhook, choices)
        && stepper.hold_wrong_key(question, &tones)
    {
        return Then::Stay;
    }
    let why = match question::result(signal) {
        Result::NotYet => return Then::Stay,
        Result::Failed => return leave(Outcome::Failed),
        Result::Choice(label) if choices.iter().any(|choice| choice.name == label) => {
            return Then::Leave(Label::Choice(label));
        }
        Result::Keys { tones, whole: true } => {
            let only = tones.first().copied().filter(|_| tones.len() == 1);
            match choices.iter().find(|choice| only.is_some() && choice.key == only) {
                Some(choice) => return Then::Leave(Label::Choice(choice.name.clone())),
                None => Again::NoMatch,
            }
        }
        Result::Choice(_) | Result::Keys { whole: false, .. } | Result::NoMatch | Result::Speech(_) => Again::NoMatch,
        Result::NoInput => Again::NoInput,
    };
    let listen = listen(stepper, choices);
    question::again(stepper, question, choices, listen, why)
}

/// A key that no choice has, as the result tells it: the tone where it says which.
fn wrong_key(webhook: &Webhook, choices: &[Choice]) -> Option<Vec<Tone>> {
    match &webhook.kind {
        WebhookKind::RecognizeCompleted(Heard::Tones(tones)) => {
            let [tone] = tones[..] else { return None };
            choices.iter().all(|choice| choice.key != Some(tone)).then(|| vec![tone])
        }
        WebhookKind::RecognizeFailed if webhook.code.sub == codes::WRONG_KEY.sub => Some(Vec::new()),
        _ => None,
    }
}

/// Something that no choice has: asked again, or given up.
pub(crate) fn no_match(stepper: &mut Stepper<'_>, choices: &[Choice], question: &Question) -> Then {
    let listen = listen(stepper, choices);
    question::again(stepper, question, choices, listen, Again::NoMatch)
}

/// How the menu becomes a request: phrases make it `choices`, keys alone `dtmf` with one tone.
fn listen(stepper: &Stepper<'_>, choices: &[Choice]) -> Listen {
    if choices.iter().all(|choice| choice.phrases.is_empty()) {
        return Listen::Dtmf { max_tones: 1, stop: Vec::new(), between_keys_ms: 1_000 };
    }
    let offer =
        |choice: &Choice| ChoiceOffer { name: choice.name.clone(), key: choice.key, phrases: choice.phrases.clone() };
    Listen::Choices { choices: choices.iter().map(offer).collect(), locale: stepper.call.locale.clone() }
}
