//! `take_message`: perhaps some words, then it records, a beep is heard, and what the party says after it is the message
//! until a key, silence or time ends it. Recording first and the beep after: nobody's first word is lost while the platform
//! begins to record. Whichever way the state is left, its variable has a recording: an empty one when nothing was recorded.

use crate::language::flow::state::{Kind, State};
use crate::language::flow::value::Value;
use crate::machine::call::{Line, What};
use crate::machine::command::{Command, Listen, Media};
use crate::machine::event::{Heard, WebhookKind};
use crate::machine::people::PARTY;
use crate::machine::play::{self, Played};
use crate::machine::say;
use crate::machine::stepper::{Signal, Stepper, Then, leave};
use crate::machine::timer::Why;
use crate::platform::codes::{self, Recognized, recognized};
use crate::platform::limits;
use crate::platform::media_time;
use crate::platform::outcomes::Outcome;
use crate::platform::tones::Tone;
use std::collections::BTreeMap;

/// How long a recording may take to begin, in milliseconds.
const BEGIN_MS: u64 = 15_000;
/// How long the beep may take to be heard, in milliseconds.
const BEEP_MS: u64 = 10_000;
/// How much longer than until the first input the platform may listen and take to say so, in milliseconds.
const LISTENING_MS: u64 = 90_000;

pub(crate) fn enter(stepper: &mut Stepper<'_>, state: &State) -> Then {
    let Kind::TakeMessage { play: words, .. } = &state.kind else { return Then::Stay };
    let media = match words {
        Some(words) => say::media(stepper, words, &[]),
        None => Some(Vec::new()),
    };
    match media {
        None => leave(Outcome::Failed),
        Some(media) if media.is_empty() => record(stepper),
        Some(media) => {
            play::start(stepper, media, Vec::new(), false, false);
            Then::Stay
        }
    }
}

pub(crate) fn hear(stepper: &mut Stepper<'_>, state: &State, signal: &Signal<'_>) -> Then {
    match stepper.call.op.as_ref().map(|op| op.what) {
        _ if matches!(signal, Signal::Gone) => Then::Stay,
        Some(What::Playing) => match play::played(signal) {
            Played::NotYet => Then::Stay,
            // Without its beep a message is still a message.
            Played::Done | Played::Failed if stepper.call.recording.is_some() => speak_now(stepper, state),
            Played::Done => record(stepper),
            Played::Failed => leave(Outcome::Failed),
        },
        Some(What::Recording) => began(stepper, signal),
        Some(What::Asking) => listened(stepper, state, signal),
        Some(_) | None => Then::Stay,
    }
}

fn record(stepper: &mut Stepper<'_>) -> Then {
    if stepper.call.recording.is_some() {
        stepper.fault("the call is being recorded already, and the platform makes one recording at a time");
        return leave(Outcome::Failed);
    }
    let op = stepper.order(What::Recording, Command::StartRecording, None);
    stepper.wake_after(BEGIN_MS, Why::Deadline { op });
    Then::Stay
}

/// The recording is asked for; once it records, the beep is heard.
fn began(stepper: &mut Stepper<'_>, signal: &Signal<'_>) -> Then {
    match signal {
        Signal::Accepted => {
            if let Some(id) = stepper.said.beside().recording {
                stepper.recording_started(&id);
            }
            Then::Stay
        }
        Signal::Failed => leave(Outcome::Failed),
        Signal::Gone => Then::Stay,
        Signal::Webhook(webhook) => match &webhook.kind {
            WebhookKind::StartRecordingFailed => leave(Outcome::Failed),
            WebhookKind::RecordingStateChanged { active: true, .. } => {
                let media = vec![Media::File { file: media_time::BEEP_FILE.to_owned() }];
                let interrupt = stepper.must_interrupt();
                let beep = Command::Play { media, to: Vec::new(), looped: false, interrupt };
                let op = stepper.order(What::Playing, beep, None);
                stepper.wake_after(BEEP_MS, Why::Deadline { op });
                Then::Stay
            }
            _ => Then::Stay,
        },
    }
}

/// The beep was heard: the message begins.
fn speak_now(stepper: &mut Stepper<'_>, state: &State) -> Then {
    let Kind::TakeMessage { max, .. } = &state.kind else { return Then::Stay };
    let Some(longest) = stepper.duration(max) else { return leave(Outcome::Failed) };
    let at = stepper.at;
    stepper.call.recording.iter_mut().for_each(|recording| recording.since = at);
    stepper.call.op = None;
    stepper.wake_after(longest, Why::Message);
    listen(stepper, state)
}

/// Listens for the key, or the silence, that ends the message, where there is one.
fn listen(stepper: &mut Stepper<'_>, state: &State) -> Then {
    let Kind::TakeMessage { stop, silence, .. } = &state.kind else { return Then::Stay };
    let silence = silence.as_ref().and_then(|silence| stepper.duration(silence));
    let ends = !stop.is_empty() || silence.is_some();
    let Some(target) = stepper.who(PARTY).filter(|_| ends) else { return Then::Stay };
    let (listen, first_key_ms) = ending(stepper, stop, silence);
    let command = Command::Recognize {
        media: Vec::new(),
        target,
        listen,
        first_key_ms,
        interrupt_prompt: true,
        interrupt: stepper.must_interrupt(),
    };
    let op = stepper.order(What::Asking, command, None);
    stepper.wake_after(first_key_ms + LISTENING_MS, Why::Deadline { op });
    Then::Stay
}

/// What ends a message, as something to listen for, and how long nothing may come. Silence is what follows speech, or no speech.
fn ending(stepper: &Stepper<'_>, stop: &[Tone], silence: Option<u64>) -> (Listen, u64) {
    let (stop, between_keys_ms) = (stop.to_vec(), limits::DEFAULT_BETWEEN_KEYS_MS);
    let locale = stepper.call.locale.clone();
    match silence {
        None => (Listen::Dtmf { max_tones: 1, stop, between_keys_ms }, limits::FIRST_KEY_SECONDS.end() * 1000),
        Some(end_silence_ms) if stop.is_empty() => (Listen::Speech { end_silence_ms, locale }, end_silence_ms),
        Some(end_silence_ms) => {
            let listen = Listen::SpeechOrDtmf { max_tones: 1, stop, between_keys_ms, end_silence_ms, locale };
            (listen, end_silence_ms)
        }
    }
}

fn listened(stepper: &mut Stepper<'_>, state: &State, signal: &Signal<'_>) -> Then {
    let Kind::TakeMessage { stop, silence, .. } = &state.kind else { return Then::Stay };
    let webhook = match signal {
        Signal::Accepted | Signal::Gone => return Then::Stay,
        // Nobody listens for the key any more; the longest time still ends the message.
        Signal::Failed => {
            stepper.call.op = None;
            return Then::Stay;
        }
        Signal::Webhook(webhook) => webhook,
    };
    let waits_for_silence = silence.is_some();
    match (&webhook.kind, recognized(webhook.code.sub)) {
        (WebhookKind::RecognizeCompleted(heard), read) => {
            let stopped = match heard {
                Heard::Tones(tones) => tones.last().is_none_or(|tone| stop.contains(tone)),
                Heard::Speech(_) => waits_for_silence,
                Heard::Choice(_) | Heard::Nothing => waits_for_silence && read == Recognized::Speech,
            };
            let stopped = stopped || webhook.code.sub == codes::STOP_TONE.sub;
            if stopped { over(stepper, state) } else { listen(stepper, state) }
        }
        // Nothing was said, or nothing that could be understood, and then nothing more.
        (WebhookKind::RecognizeFailed, Recognized::NoInput | Recognized::NoMatch) if waits_for_silence => {
            over(stepper, state)
        }
        (WebhookKind::RecognizeFailed, Recognized::NoInput) => listen(stepper, state),
        (WebhookKind::RecognizeFailed | WebhookKind::RecognizeCanceled, _) => {
            stepper.call.op = None;
            Then::Stay
        }
        _ => Then::Stay,
    }
}

/// The message is as long as it may be.
pub(crate) fn long_enough(stepper: &mut Stepper<'_>) {
    let Some(state) = stepper.program.state(&stepper.call.state).cloned() else { return };
    if matches!(state.kind, Kind::TakeMessage { .. }) {
        let then = over(stepper, &state);
        stepper.follow(then);
    }
}

/// The message is over: whether enough was recorded.
fn over(stepper: &mut Stepper<'_>, state: &State) -> Then {
    let Kind::TakeMessage { min, .. } = &state.kind else { return Then::Stay };
    let shortest = stepper.duration(min).unwrap_or(0);
    let lasted = stepper.call.recording.as_ref().map_or(0, |recording| stepper.at.saturating_sub(recording.since));
    leave(if u64::try_from(lasted).unwrap_or(0) >= shortest { Outcome::Recorded } else { Outcome::Empty })
}

/// What is over when the state is left, whichever way: the recording, and the listening.
pub(crate) fn exit(stepper: &mut Stepper<'_>, save: &str) {
    let busy = stepper.call.op.as_ref().is_some_and(|op| matches!(op.what, What::Asking));
    if busy && stepper.must_interrupt() && stepper.call.line == Line::Up {
        stepper.side_order(Command::CancelMedia);
        stepper.call.media = None;
    }
    let message = stepper.call.recording.as_ref().is_some_and(|recording| recording.message);
    let ended = if message { stepper.end_recording() } else { None };
    let (id, lasted) = ended.unwrap_or_default();
    let seconds = i64::try_from(lasted / 1000).unwrap_or(i64::MAX);
    let recording = BTreeMap::from([("id".to_owned(), Value::Text(id)), ("seconds".to_owned(), Value::Int(seconds))]);
    stepper.call.vars.insert(save.to_owned(), Value::Record(recording));
}
