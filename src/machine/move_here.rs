//! `move`: fetches somebody from another call of ours. The process that sends the request looks up who that is.

use crate::language::flow::expr::Expr;
use crate::machine::acting::{self, Acted};
use crate::machine::add;
use crate::machine::command::Command;
use crate::machine::event::WebhookKind;
use crate::machine::stepper::{Signal, Stepper, Then, leave};
use crate::platform::outcomes::Outcome;

pub(crate) fn enter(stepper: &mut Stepper<'_>, name: &str, from: &Expr) -> Then {
    match add::text(stepper, from) {
        Some(call) => acting::order(stepper, Command::Move { name: name.to_owned(), call, there: None }),
        None => leave(Outcome::Failed),
    }
}

pub(crate) fn hear(stepper: &mut Stepper<'_>, name: &str, signal: &Signal<'_>) -> Then {
    // Without knowing who came, nothing could be done with them.
    let acted = acting::acted(signal, |kind| match kind {
        WebhookKind::MoveParticipantSucceeded { who: Some(_) } => Some(Acted::Done),
        WebhookKind::MoveParticipantSucceeded { who: None } | WebhookKind::MoveParticipantFailed => Some(Acted::Failed),
        _ => None,
    });
    if let Signal::Webhook(webhook) = signal
        && let WebhookKind::MoveParticipantSucceeded { who: Some(who) } = &webhook.kind
    {
        stepper.joined(name, who.clone());
    }
    acted.then()
}
