//! `transfer`: perhaps some words, then the call is handed over.

use crate::language::flow::state::{Kind, State};
use crate::machine::add;
use crate::machine::call::{Line, What};
use crate::machine::command::Command;
use crate::machine::event::WebhookKind;
use crate::machine::people::PARTY;
use crate::machine::play::{self, Played};
use crate::machine::say;
use crate::machine::stepper::{Signal, Stepper, Then, leave};
use crate::machine::timer::Why;
use crate::platform::codes;
use crate::platform::outcomes::Outcome;

/// How long a transfer may ring and settle before the platform is asked, in milliseconds.
const DEADLINE_MS: u64 = 90_000;

pub(crate) fn enter(stepper: &mut Stepper<'_>, state: &State) -> Then {
    let Kind::Transfer { play: words, .. } = &state.kind else { return Then::Stay };
    let media = words.as_ref().and_then(|words| say::media(stepper, words, &[])).unwrap_or_default();
    if media.is_empty() {
        return hand_over(stepper, state);
    }
    play::start(stepper, media, Vec::new(), false, false);
    Then::Stay
}

pub(crate) fn hear(stepper: &mut Stepper<'_>, state: &State, signal: &Signal<'_>) -> Then {
    if matches!(signal, Signal::Gone) {
        return Then::Stay;
    }
    if stepper.awaits(What::Playing) {
        // Words that could not be said are no reason not to hand the call over.
        return match play::played(signal) {
            Played::NotYet => Then::Stay,
            Played::Done | Played::Failed => hand_over(stepper, state),
        };
    }
    match signal {
        Signal::Accepted | Signal::Gone => Then::Stay,
        Signal::Failed => leave(Outcome::Failed),
        Signal::Webhook(webhook) => match webhook.kind {
            WebhookKind::CallTransferAccepted => leave(Outcome::Accepted),
            WebhookKind::CallTransferFailed => leave(codes::not_reached(webhook.code)),
            _ => Then::Stay,
        },
    }
}

/// It was accepted: one person of a group is gone, or with the party of a one-to-one call the line.
pub(crate) fn handed_over(stepper: &mut Stepper<'_>, who: Option<&str>) {
    match who {
        Some(name) if name == PARTY => {
            if let Some(party) = stepper.call.people.get_mut(PARTY) {
                (party.joined, party.seen) = (false, false);
            }
        }
        Some(name) => stepper.put_out(name),
        None => stepper.call.line = Line::Gone,
    }
}

fn hand_over(stepper: &mut Stepper<'_>, state: &State) -> Then {
    let Kind::Transfer { to, who, from, headers, .. } = &state.kind else { return Then::Stay };
    let (Some(to), Some(headers)) = (stepper.endpoint(to), add::texts(stepper, headers)) else {
        return leave(Outcome::Failed);
    };
    let transferee = match who.as_deref().map(|name| stepper.who(name)) {
        None => None,
        Some(Some(who)) => Some(who),
        Some(None) => return leave(Outcome::Failed),
    };
    let from = from.as_ref().and_then(|from| stepper.endpoint(from));
    if stepper.must_interrupt() {
        stepper.side_order(Command::CancelMedia);
    }
    let op = stepper.order(What::Transferring, Command::Transfer { to, transferee, from, headers }, None);
    stepper.wake_after(DEADLINE_MS, Why::Deadline { op });
    Then::Stay
}
