//! What is kept of an event in a call's history: everything but secrets. A call needs those in its own document; whoever reads
//! what happened does not.

use crate::language::flow::secret::MASK;
use crate::language::flow::state::{Kind, Question};
use crate::language::flow::types::Type;
use crate::language::flow::value::{Value, Values};
use crate::language::graph::Program;
use crate::machine::call::{Call, What};
use crate::machine::event::{EventKind, Heard, Webhook, WebhookKind};
use crate::machine::keys::{PARTY, listens_to};
use crate::machine::run::running;
use crate::platform::hidden::Hidden;
use crate::platform::tones::Tone;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How long after a question for a secret its keys may still be reported, in milliseconds.
const LATE_MS: i64 = 5_000;

/// A question for a secret that was left not long ago.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hush {
    /// Its request.
    pub op: u64,
    /// Who was asked.
    pub who: String,
    /// Until when keys are taken for part of its answer.
    pub until: i64,
}

/// The event as it may be written down: secrets in it are masked, of the same shape. `call` is as it was before the event.
#[must_use]
pub fn masked(root: &Program, call: &Call, kind: &EventKind, at: i64) -> EventKind {
    match kind {
        EventKind::Webhook(webhook) => EventKind::Webhook(in_webhook(root, call, webhook, at)),
        EventKind::Signal { name, data: Some(data) } => {
            let taken = call.signals_taken(root);
            let ty = taken.get(name.as_str()).and_then(|ty| ty.as_ref());
            EventKind::Signal { name: name.clone(), data: ty.map(|ty| data.masked(ty)) }
        }
        EventKind::Invoked { op, outcome, value: Some(value), reason } => EventKind::Invoked {
            op: *op,
            outcome: outcome.clone(),
            value: answered(root, call, value),
            reason: reason.clone(),
        },
        EventKind::Begin
        | EventKind::Response { .. }
        | EventKind::Invoked { value: None, .. }
        | EventKind::Signal { data: None, .. }
        | EventKind::Signalled { .. }
        | EventKind::Due
        | EventKind::SaidToBeOver
        | EventKind::Defect { .. }
        | EventKind::OperatorHangUp => kind.clone(),
    }
}

/// What a service said; nothing where nobody knows any more what was asked.
fn answered(root: &Program, call: &Call, value: &Value) -> Option<Value> {
    let program = running(root, call.running.as_ref());
    let Kind::Invoke { service, operation, .. } = &program.state(&call.state)?.kind else { return None };
    let ty = program.services.get(service)?.operations.get(operation)?.ok.as_ref()?;
    Some(value.masked(ty))
}

fn in_webhook(root: &Program, call: &Call, webhook: &Webhook, at: i64) -> Webhook {
    let question = secret_question(root, call);
    let op = webhook.op.map(|op| op.op);
    // Requests are counted, so an earlier one was of the same question or of one before it.
    let late = |hush: &Hush| op.map_or(at <= hush.until, |op| op <= hush.op);
    let kind = match &webhook.kind {
        WebhookKind::RecognizeCompleted(heard) if question.is_some() || call.hush.as_ref().is_some_and(late) => {
            WebhookKind::RecognizeCompleted(in_answer(heard))
        }
        WebhookKind::ContinuousDtmfRecognitionToneReceived { tone, sequence } => {
            let who = call.watches.iter().find(|watch| Some(watch.op) == op).map(|watch| watch.who.as_str());
            let asked = question.is_some_and(|question| who.is_none_or(|who| listens_to(question, who)));
            let late = |hush: &Hush| at <= hush.until && who.is_none_or(|who| who == hush.who);
            let tone =
                if asked || call.hush.as_ref().is_some_and(late) { Hidden(tone.0.map(|_| Tone::Zero)) } else { *tone };
            WebhookKind::ContinuousDtmfRecognitionToneReceived { tone, sequence: *sequence }
        }
        other => other.clone(),
    };
    Webhook { kind, ..webhook.clone() }
}

fn in_answer(heard: &Heard) -> Heard {
    match heard {
        Heard::Tones(tones) => Heard::Tones(vec![Tone::Zero; tones.len()].into()),
        Heard::Speech(_) => Heard::Speech(MASK.into()),
        Heard::Choice(_) | Heard::Nothing => heard.clone(),
    }
}

/// The question of the state the call is in, if its answer is a secret.
fn secret_question<'p>(root: &'p Program, call: &Call) -> Option<&'p Question> {
    let program = running(root, call.running.as_ref());
    let (question, save) = match &program.state(&call.state)?.kind {
        Kind::Collect { question, save, .. } | Kind::Recognize { question, save: Some(save), .. } => (question, save),
        _ => return None,
    };
    program.vars.get(save).is_some_and(Type::is_secret).then_some(question)
}

/// Puts the secrets of a call that is over out of its document: nobody needs them any more.
pub(crate) fn forget(root: &Program, call: &mut Call) {
    call.errand = None;
    call.listening = None;
    call.arrived.clear();
    call.frames.iter_mut().for_each(|frame| frame.arrived.clear());
    let outer = call.frames.iter_mut().map(|frame| (frame.flow.clone(), &mut frame.params, &mut frame.vars));
    for (flow, params, vars) in outer.chain([(call.running.clone(), &mut call.params, &mut call.vars)]) {
        let program = running(root, flow.as_ref());
        mask(params, |name| program.params.get(name).map(|param| &param.ty));
        mask(vars, |name| program.vars.get(name));
    }
    mask(&mut call.settings, |name| root.settings.get(name));
    let declared: BTreeMap<&str, &Type> = std::iter::once(root)
        .chain(root.flows.values().map(AsRef::as_ref))
        .flat_map(|flow| &flow.signals)
        .filter_map(|(name, ty)| Some((name.as_str(), ty.as_ref()?)))
        .collect();
    let signals = call.frames.iter_mut().map(|frame| &mut frame.signals).chain([&mut call.signals]);
    signals.for_each(|signals| mask(signals, |name| declared.get(name).copied()));
}

fn mask<'t>(values: &mut Values, ty: impl Fn(&str) -> Option<&'t Type>) {
    for (name, value) in values {
        if let Some(ty) = ty(name).filter(|ty| ty.is_secret()) {
            *value = value.masked(ty);
        }
    }
}

/// What is to be remembered once a question for a secret has been left: its keys may be reported late.
pub(crate) fn left(root: &Program, before: &Call, after: &Call, at: i64) -> Option<Hush> {
    let still = before.state == after.state && before.running == after.running && !after.is_ended();
    let question = if still { None } else { secret_question(root, before) };
    let Some(question) = question else { return after.hush.clone() };
    let who = question.hear.clone().unwrap_or_else(|| PARTY.to_owned());
    let op = before.op.as_ref().filter(|op| op.what == What::Asking).map_or(before.ops, |op| op.n);
    Some(Hush { op, who, until: at.saturating_add(LATE_MS) })
}
