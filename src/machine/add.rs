//! `add`: rings somebody and brings them in. Left before it is settled, the invitation is taken back.

use crate::language::flow::expr::Expr;
use crate::language::flow::state::{Kind, State};
use crate::language::flow::value::Value;
use crate::machine::call::What;
use crate::machine::command::Command;
use crate::machine::event::WebhookKind;
use crate::machine::stepper::{Signal, Stepper, Then, leave};
use crate::machine::timer::Why;
use crate::platform::codes;
use crate::platform::hidden::Hidden;
use crate::platform::identifier::Identifier;
use crate::platform::limits;
use crate::platform::outcomes::Outcome;

/// How much longer than the ringing the platform may take to say that nobody answered, in milliseconds.
const RINGING_GRACE_MS: u64 = 5_000;
/// How much longer it may take to say anything at all, in milliseconds.
const GRACE_MS: u64 = 30_000;

pub(crate) fn enter(stepper: &mut Stepper<'_>, state: &State) -> Then {
    let Kind::Add { target, from, ring_for, headers, .. } = &state.kind else { return Then::Stay };
    let longest = limits::RING_FOR_SECONDS.end() * 1000;
    let ring_for_ms = stepper.duration(ring_for).unwrap_or(limits::DEFAULT_RING_MS).min(longest);
    let (Some(who), Some(headers)) = (stepper.endpoint(target), texts(stepper, headers)) else {
        return leave(Outcome::Failed);
    };
    let from = caller_id(stepper, from.as_ref(), &who);
    let op = stepper.order(What::Adding, Command::Add { who: who.clone(), from, ring_for_ms, headers }, None);
    stepper.invite(op, who);
    stepper.wake_after(ring_for_ms + RINGING_GRACE_MS, Why::Ring { op });
    stepper.wake_after(ring_for_ms + GRACE_MS, Why::Deadline { op });
    Then::Stay
}

pub(crate) fn hear(stepper: &mut Stepper<'_>, state: &State, signal: &Signal<'_>) -> Then {
    let Kind::Add { name, .. } = &state.kind else { return Then::Stay };
    let webhook = match signal {
        Signal::Accepted | Signal::Gone => return Then::Stay,
        Signal::Failed => return leave(Outcome::Failed),
        Signal::Webhook(webhook) => webhook,
    };
    let invited = stepper.call.invited.iter().find(|invited| Some(invited.op) == webhook.op.map(|op| op.op)).cloned();
    match (&webhook.kind, invited) {
        (WebhookKind::AddParticipantSucceeded, Some(invited)) => {
            stepper.settle(invited.op);
            stepper.joined(name, invited.who);
            leave(Outcome::Joined)
        }
        (WebhookKind::AddParticipantFailed, Some(invited)) => {
            stepper.settle(invited.op);
            leave(codes::not_reached(webhook.code))
        }
        _ => Then::Stay,
    }
}

/// It has rung as long as it may, and the platform said nothing.
pub(crate) fn rang_out(stepper: &mut Stepper<'_>) {
    stepper.follow(leave(Outcome::NoAnswer));
}

/// The caller id for somebody who is rung: the one the flow gives, or for a phone the number this call shows.
pub(crate) fn caller_id(stepper: &mut Stepper<'_>, from: Option<&Expr>, who: &str) -> Option<Hidden<String>> {
    let given = from.and_then(|from| stepper.endpoint(from));
    let phone = matches!(Identifier::parse(who), Identifier::Phone(_));
    given.or_else(|| stepper.own_number().filter(|_| phone))
}

/// Headers as they are sent: texts.
pub(crate) fn texts(stepper: &mut Stepper<'_>, headers: &[(String, Expr)]) -> Option<Vec<(String, Hidden<String>)>> {
    headers.iter().map(|(name, value)| Some((name.clone(), text(stepper, value)?.into()))).collect()
}

/// An expression whose value is text of some kind.
pub(crate) fn text(stepper: &mut Stepper<'_>, expr: &Expr) -> Option<String> {
    match stepper.value(expr)? {
        Value::Text(text) | Value::Digits(text) | Value::Enum(text) | Value::Phone(text) => Some(text),
        Value::Int(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}
