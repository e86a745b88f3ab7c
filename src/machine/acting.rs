//! What the plain operations on people share: one request, and one event or the answer itself that says how it went.

use crate::machine::call::What;
use crate::machine::command::Command;
use crate::machine::event::WebhookKind;
use crate::machine::stepper::{Signal, Stepper, Then, leave};
use crate::machine::timer::Why;
use crate::platform::outcomes::Outcome;

/// How long such an operation may take before the platform is asked, in milliseconds.
const DEADLINE_MS: u64 = 30_000;

/// How such an operation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Acted {
    /// It goes on.
    NotYet,
    /// It went through.
    Done,
    /// It did not.
    Failed,
}

impl Acted {
    /// What the state makes of it.
    pub(crate) fn then(self) -> Then {
        match self {
            Acted::NotYet => Then::Stay,
            Acted::Done => leave(Outcome::Done),
            Acted::Failed => leave(Outcome::Failed),
        }
    }
}

/// Orders such an operation and awaits it.
pub(crate) fn order(stepper: &mut Stepper<'_>, command: Command) -> Then {
    let op = stepper.order(What::Acting, command, None);
    stepper.wake_after(DEADLINE_MS, Why::Deadline { op });
    Then::Stay
}

/// Reads a signal to an operation that an event settles.
pub(crate) fn acted(signal: &Signal<'_>, says: impl Fn(&WebhookKind) -> Option<Acted>) -> Acted {
    match signal {
        Signal::Accepted | Signal::Gone => Acted::NotYet,
        Signal::Failed => Acted::Failed,
        Signal::Webhook(webhook) => says(&webhook.kind).unwrap_or(Acted::NotYet),
    }
}
