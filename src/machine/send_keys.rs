//! `send_keys`: sends keys to somebody.

use crate::language::flow::expr::Expr;
use crate::machine::acting::{self, Acted};
use crate::machine::add;
use crate::machine::command::Command;
use crate::machine::event::WebhookKind;
use crate::machine::stepper::{Signal, Stepper, Then, leave};
use crate::platform::limits;
use crate::platform::outcomes::Outcome;
use crate::platform::tones::Tone;

pub(crate) fn enter(stepper: &mut Stepper<'_>, keys: &Expr, to: Option<&String>) -> Then {
    let written = add::text(stepper, keys);
    let keys: Option<Vec<Tone>> = written.and_then(|keys| keys.chars().map(Tone::from_char).collect());
    let keys = keys.filter(|keys| !keys.is_empty() && keys.len() <= limits::MOST_TONES_SENT);
    match (keys, stepper.hearer(to)) {
        (Some(keys), Some(who)) => acting::order(stepper, Command::SendKeys { who, keys: keys.into() }),
        (None, _) => {
            stepper.fault(&format!("what is sent is not 1 to {} keys", limits::MOST_TONES_SENT));
            leave(Outcome::Failed)
        }
        (Some(_), None) => leave(Outcome::Failed),
    }
}

pub(crate) fn hear(signal: &Signal<'_>) -> Then {
    let acted = acting::acted(signal, |kind| match kind {
        WebhookKind::SendDtmfTonesCompleted => Some(Acted::Done),
        WebhookKind::SendDtmfTonesFailed => Some(Acted::Failed),
        _ => None,
    });
    acted.then()
}
