//! Recordings: which one runs, whether it pauses, and what the platform says of it.

use crate::machine::call::{Line, What};
use crate::machine::command::{Command, OpRef};
use crate::machine::event::{Answer, Webhook};
use crate::machine::stepper::{Signal, Stepper};
use serde::{Deserialize, Serialize};

/// The recording of the call, as far as flows started it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recording {
    /// `recordingId`.
    pub id: String,
    /// Whether it records now.
    pub active: bool,
    /// When it began to, in milliseconds since the epoch.
    pub since: i64,
    /// A message that is being taken, rather than a condition of the line.
    #[serde(default)]
    pub message: bool,
    /// How long a message that records no more lasted, in milliseconds: with the line the recording goes, and that may be told
    /// first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasted: Option<u64>,
}

impl Stepper<'_> {
    /// The platform says whether a recording records. The event has no operation: the recording's id says whose it is.
    pub(crate) fn recording_changed(&mut self, webhook: &Webhook, id: &str, active: bool) {
        let message = self.awaits(What::Recording);
        let begins = message || self.starts_recording();
        match &mut self.call.recording {
            Some(known) if known.id == id => {
                // Nothing pauses a message: what comes behind its end was before it.
                if known.lasted.is_some() {
                    return self.ignore("of a recording that is over");
                }
                if active && !known.active {
                    known.since = self.at;
                }
                if known.message && known.active && !active {
                    known.lasted = Some(elapsed(known.since, self.at));
                }
                known.active = active;
            }
            // The event overtook the answer that names the recording.
            None if begins && active && !id.is_empty() => {
                self.call.recording =
                    Some(Recording { id: id.to_owned(), active, since: self.at, message, lasted: None });
            }
            Some(_) | None => return self.ignore("of a recording that is none of this call's"),
        }
        if self.awaits(What::Recording) {
            self.signal(&Signal::Webhook(webhook));
        } else {
            self.recording_settled(active);
        }
    }

    /// The answer that names the recording that was started.
    pub(crate) fn recording_started(&mut self, id: &str) {
        if self.call.recording.is_none() {
            let message = self.awaits(What::Recording);
            self.call.recording =
                Some(Recording { id: id.to_owned(), active: false, since: self.at, message, lasted: None });
        }
    }

    /// An answer that names a recording nobody waits for any more: it is ended at once, or it would go on unseen.
    pub(crate) fn stray_recording(&mut self, op: OpRef, answer: &Answer) -> bool {
        let Answer::Accepted(facts) = answer else { return false };
        let Some(recording) = facts.beside().recording else { return false };
        let awaited = self.call.op.as_ref().is_some_and(|current| current.n == op.op)
            || self.call.recording.as_ref().is_some_and(|known| known.id == recording);
        if !awaited {
            self.side_order(Command::StopRecording { recording });
        }
        !awaited
    }

    /// Ends the recording, if there is one: how long it lasted, in milliseconds, and which it was.
    pub(crate) fn end_recording(&mut self) -> Option<(String, u64)> {
        let Recording { id, active, since, message: _, lasted } = self.call.recording.take()?;
        if self.call.line != Line::Gone {
            self.side_order(Command::StopRecording { recording: id.clone() });
        }
        let lasted = if active { elapsed(since, self.at) } else { lasted.unwrap_or(0) };
        Some((id, lasted))
    }
}

fn elapsed(since: i64, at: i64) -> u64 {
    u64::try_from(at.saturating_sub(since)).unwrap_or(0)
}
