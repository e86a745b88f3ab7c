//! What webhooks tell of streams.

use crate::emulator::call::{Call, result};
use crate::emulator::notify::Reply;
use crate::emulator::streams::Which;
use crate::emulator::world::World;
use crate::platform::codes::{self, Code};
use crate::platform::events::Webhook;
use crate::provider::acs::wire;

/// An address is missing, or nothing can be opened there.
const BAD_URL: Code = Code::new(400, 8581);

/// What becomes of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Became {
    /// It goes on in another way.
    Changed,
    /// It does not run.
    Failed(Failure),
    /// It runs.
    Started,
    /// It has ended.
    Stopped,
}

/// Why a stream does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It was stopped, or its leg left, before its socket was open.
    Cancelled,
    /// The other side closed the socket, or it broke.
    Interrupted,
    /// Set-up named no address.
    NoUrl,
    /// It cannot be done here or now.
    Refused(Code),
    /// No socket can be opened.
    Unreachable,
}

impl Failure {
    /// Code and details of the event. The contract has the numbers behind the slash; those before are like others of their kind.
    fn said(self, which: Which) -> (Code, &'static str) {
        match (self, which) {
            (Failure::Cancelled, Which::Audio) => (Code::new(400, 8604), "subscriptionStopped"),
            (Failure::Cancelled, Which::Words) => (Code::new(400, 8579), "subscriptionStopped"),
            (Failure::Interrupted, Which::Audio) => (Code::new(500, 8603), "streamConnectionInterrupted"),
            (Failure::Interrupted, Which::Words) => (Code::new(500, 8578), "streamConnectionInterrupted"),
            (Failure::NoUrl, _) => (BAD_URL, "streamUrlMissing"),
            (Failure::Refused(code), _) => (code, "badRequest"),
            (Failure::Unreachable, Which::Audio) => (BAD_URL, "initialWebSocketConnectionFailed"),
            (Failure::Unreachable, Which::Words) => (BAD_URL, "streamConnectionUnsuccessful"),
        }
    }
}

fn audio(became: Became) -> (Webhook, wire::EventData) {
    let (webhook, status, details, code) = match became {
        Became::Started | Became::Changed => {
            (Webhook::MediaStreamingStarted, "mediaStreamingStarted", "subscriptionStarted", codes::OK)
        }
        Became::Stopped => (Webhook::MediaStreamingStopped, "mediaStreamingStopped", "subscriptionStopped", codes::OK),
        Became::Failed(failure) => {
            let (code, details) = failure.said(Which::Audio);
            (Webhook::MediaStreamingFailed, "mediaStreamingFailed", details, code)
        }
    };
    let update = wire::MediaStreamingUpdate {
        content_type: "Audio".to_owned(),
        media_streaming_status: status.to_owned(),
        media_streaming_status_details: details.to_owned(),
    };
    (webhook, wire::EventData { media_streaming_update: Some(update), ..result(code) })
}

fn words(became: Became) -> (Webhook, wire::EventData) {
    let (webhook, status, details, code) = match became {
        Became::Started => (Webhook::TranscriptionStarted, "transcriptionStarted", "subscriptionStarted", codes::OK),
        Became::Changed => {
            (Webhook::TranscriptionUpdated, "transcriptionUpdated", "transcriptionLocaleUpdated", codes::OK)
        }
        Became::Stopped => (Webhook::TranscriptionStopped, "transcriptionStopped", "subscriptionStopped", codes::OK),
        Became::Failed(failure) => {
            let (code, details) = failure.said(Which::Words);
            (Webhook::TranscriptionFailed, "transcriptionFailed", details, code)
        }
    };
    let update = wire::TranscriptionUpdate {
        transcription_status: status.to_owned(),
        transcription_status_details: details.to_owned(),
    };
    (webhook, wire::EventData { transcription_update: Some(update), ..result(code) })
}

impl Call {
    /// Tells of a stream.
    pub(crate) fn tell_stream(&self, world: &mut World, which: Which, reply: &Reply, became: Became) {
        let (webhook, data) = match which {
            Which::Audio => audio(became),
            Which::Words => words(became),
        };
        self.notify(world, webhook, reply, data);
    }
}
