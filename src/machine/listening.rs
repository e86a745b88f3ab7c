//! Questions on a platform that plays but does not listen: the first generations. The question is played, every key comes one by
//! one, and what the newest version would say of a recognition is made here of both.

use crate::machine::call::What;
use crate::machine::command::{Command, Listen, OpRef};
use crate::machine::event::{Facts, Heard, Webhook, WebhookKind};
use crate::machine::stepper::Stepper;
use crate::machine::timer::Why;
use crate::platform::codes::{self, Code};
use crate::platform::hidden::Hidden;
use crate::platform::tones::Tone;
use serde::{Deserialize, Serialize};

/// A question whose keys are gathered here.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listening {
    /// The request it is of.
    pub op: OpRef,
    /// Whether the question has been heard to its end, or was cut off.
    pub asked: bool,
    /// The keys so far.
    pub tones: Hidden<Vec<Tone>>,
    /// Whether it has been said how it went.
    pub over: bool,
}

impl std::fmt::Debug for Listening {
    /// Not the keys: they may be part of a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Listening({}, {})", self.op, self.asked)
    }
}

/// What is listened for.
struct Wanted {
    most: usize,
    stop: Vec<Tone>,
    between_keys_ms: u64,
    first_key_ms: u64,
    interrupts: bool,
    silent: bool,
}

impl Stepper<'_> {
    /// The question that is being asked, if it is one by keys.
    fn wanted(&self) -> Option<(OpRef, Wanted)> {
        let op = self.call.op.as_ref().filter(|op| op.what == What::Asking)?;
        let Command::Recognize { media, listen, first_key_ms, interrupt_prompt, .. } = &op.command else {
            return None;
        };
        let Listen::Dtmf { max_tones, stop, between_keys_ms } = listen else { return None };
        let wanted = Wanted {
            most: usize::try_from(*max_tones).unwrap_or(usize::MAX),
            stop: stop.clone(),
            between_keys_ms: *between_keys_ms,
            first_key_ms: *first_key_ms,
            interrupts: *interrupt_prompt,
            silent: media.is_empty(),
        };
        Some((OpRef { op: op.n, attempt: op.attempt }, wanted))
    }

    /// The platform took the question, and only plays it.
    pub(crate) fn begin_listening(&mut self) {
        let Some((op, wanted)) = self.wanted() else { return };
        if self.call.listening.as_ref().is_some_and(|listening| listening.op == op) {
            return;
        }
        self.call.listening = Some(Listening { op, asked: false, tones: Hidden::default(), over: false });
        if wanted.silent {
            self.question_over();
        }
    }

    /// Another request takes the place of the question.
    pub(crate) fn stop_listening(&mut self) {
        if self.call.listening.take().is_some() {
            self.call.timers.retain(|timer| timer.why != Why::Listening);
        }
    }

    /// An event of the question being played; whether it was one. A recognition of later versions has none of these.
    pub(crate) fn question_event(&mut self, webhook: &Webhook) -> bool {
        let Some((op, _)) = self.wanted().filter(|(op, _)| webhook.op.is_some_and(|of| of.op == op.op)) else {
            return false;
        };
        let over = match webhook.kind {
            WebhookKind::PlayCompleted | WebhookKind::PlayFailed | WebhookKind::PlayCanceled => true,
            WebhookKind::PlayStarted => self.call.listening.is_some(),
            _ => false,
        };
        if !over || webhook.op != Some(op) {
            return over;
        }
        self.begin_listening();
        let waits = self.call.listening.as_ref().is_some_and(|listening| !listening.asked && !listening.over);
        match webhook.kind {
            WebhookKind::PlayCompleted if waits => self.question_over(),
            WebhookKind::PlayFailed if waits => self.listened(WebhookKind::RecognizeFailed, webhook.code),
            WebhookKind::PlayCanceled if waits => self.listened(WebhookKind::RecognizeCanceled, webhook.code),
            _ => {}
        }
        true
    }

    /// The question has been heard: now the first key is waited for.
    fn question_over(&mut self) {
        let Some((_, wanted)) = self.wanted() else { return };
        if let Some(listening) = self.call.listening.as_mut() {
            listening.asked = true;
            self.wake_after(wanted.first_key_ms, Why::Listening);
        }
    }

    /// A key: part of the answer, where a question is asked here.
    pub(crate) fn hear_key(&mut self, tone: Tone) {
        let Some((op, wanted)) = self.wanted() else { return };
        let ours = |listening: &&mut Listening| listening.op == op && !listening.over;
        let Some(listening) = self.call.listening.as_mut().filter(ours) else { return };
        if !listening.asked && !wanted.interrupts {
            return;
        }
        let cuts = !std::mem::replace(&mut listening.asked, true);
        let stops = wanted.stop.contains(&tone);
        if !stops {
            listening.tones.push(tone);
        }
        let enough = listening.tones.len() >= wanted.most;
        if cuts {
            self.side_order(Command::CancelMedia);
            self.call.media = None;
        }
        match (stops, enough) {
            (true, _) => self.heard_keys(codes::STOP_TONE),
            (false, true) => self.heard_keys(codes::MAXIMUM_TONES),
            (false, false) => self.wake_after(wanted.between_keys_ms, Why::Listening),
        }
    }

    /// No key came in time.
    pub(crate) fn no_more_keys(&mut self) {
        match self.call.listening.as_ref().map(|listening| listening.tones.is_empty()) {
            Some(true) => self.listened(WebhookKind::RecognizeFailed, codes::SILENCE),
            Some(false) => self.heard_keys(codes::BETWEEN_TONES),
            None => {}
        }
    }

    fn heard_keys(&mut self, code: Code) {
        let tones = self.call.listening.as_ref().map(|listening| listening.tones.clone()).unwrap_or_default();
        self.listened(WebhookKind::RecognizeCompleted(Heard::Tones(tones)), code);
    }

    /// Says how the question went, as the platform would.
    fn listened(&mut self, kind: WebhookKind, code: Code) {
        let Some(listening) = self.call.listening.as_mut() else { return };
        listening.over = true;
        listening.tones.clear();
        let op = listening.op;
        self.call.timers.retain(|timer| timer.why != Why::Listening);
        let webhook = Webhook { op: Some(op), facts: Facts::default(), code, kind };
        self.media_over(&webhook);
        self.of_operation(&webhook);
    }
}
