//! `play`: says something.

use crate::language::flow::prompt::Prompt;
use crate::machine::answers::LOOP_MS;
use crate::machine::call::What;
use crate::machine::command::{Command, Media};
use crate::machine::event::WebhookKind;
use crate::machine::say;
use crate::machine::stepper::{Signal, Stepper, Then, leave};
use crate::machine::timer::Why;
use crate::platform::hidden::Hidden;
use crate::platform::outcomes::Outcome;

pub(crate) fn enter(
    stepper: &mut Stepper<'_>,
    prompt: &Prompt,
    hear: Option<&str>,
    looped: bool,
    interrupt: bool,
) -> Then {
    let to = match hear.map(|name| stepper.who(name)) {
        None => Vec::new(),
        Some(Some(who)) => vec![who],
        // They have left: nobody would hear it.
        Some(None) => return leave(Outcome::Failed),
    };
    match say::media(stepper, prompt, &[]) {
        None => leave(Outcome::Failed),
        Some(media) if media.is_empty() => leave(Outcome::Done),
        Some(media) => {
            start(stepper, media, to, looped, interrupt);
            Then::Stay
        }
    }
}

/// Orders media to be played, to everybody or to those named, and awaits its end.
pub(crate) fn start(
    stepper: &mut Stepper<'_>,
    media: Vec<Media>,
    to: Vec<Hidden<String>>,
    looped: bool,
    interrupt: bool,
) {
    let deadline = if looped { LOOP_MS } else { say::longest_ms(&media) };
    let mut interrupt = interrupt || stepper.must_interrupt();
    if interrupt && !to.is_empty() {
        // Only a play to everybody can cut off what plays.
        stepper.side_order(Command::CancelMedia);
        interrupt = false;
    }
    let op = stepper.order(What::Playing, Command::Play { media, to, looped, interrupt }, None);
    stepper.wake_after(deadline, Why::Deadline { op });
}

/// How a play that is awaited stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Played {
    /// It goes on.
    NotYet,
    /// It was heard to its end.
    Done,
    /// It was not.
    Failed,
}

/// Reads a signal to an awaited play.
pub(crate) fn played(signal: &Signal<'_>) -> Played {
    match signal {
        Signal::Accepted => Played::NotYet,
        Signal::Failed | Signal::Gone => Played::Failed,
        Signal::Webhook(webhook) => match webhook.kind {
            WebhookKind::PlayCompleted => Played::Done,
            WebhookKind::PlayFailed | WebhookKind::PlayCanceled => Played::Failed,
            _ => Played::NotYet,
        },
    }
}

pub(crate) fn hear(_stepper: &mut Stepper<'_>, signal: &Signal<'_>) -> Then {
    match (signal, played(signal)) {
        (Signal::Gone, _) | (_, Played::NotYet) => Then::Stay,
        (_, Played::Done) => leave(Outcome::Done),
        (_, Played::Failed) => leave(Outcome::Failed),
    }
}
