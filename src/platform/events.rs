//! The webhook and Event Grid event types this build reads or sends. Names are exact and case-sensitive.

/// Prefix of every type name on the wire.
pub const PREFIX: &str = "Microsoft.Communication.";
/// Event Grid: somebody calls.
pub const INCOMING_CALL: &str = "Microsoft.Communication.IncomingCall";
/// Event Grid: the handshake of its own schema.
pub const SUBSCRIPTION_VALIDATION: &str = "Microsoft.EventGrid.SubscriptionValidationEvent";

/// Event Grid: a subscription has ended.
pub const SUBSCRIPTION_DELETED: &str = "Microsoft.EventGrid.SubscriptionDeletedEvent";

/// What Event Grid tells beside incoming calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Notice {
    CallEnded,
    CallStarted,
    ParticipantAdded,
    ParticipantRemoved,
    RecordingFileStatusUpdated,
}

/// Every notice with its name behind [`PREFIX`].
pub const NOTICES: &[(Notice, &str)] = &[
    (Notice::CallEnded, "CallEnded"),
    (Notice::CallStarted, "CallStarted"),
    (Notice::ParticipantAdded, "CallParticipantAdded"),
    (Notice::ParticipantRemoved, "CallParticipantRemoved"),
    (Notice::RecordingFileStatusUpdated, "RecordingFileStatusUpdated"),
];

impl Notice {
    /// The full type on the wire.
    #[must_use]
    pub fn wire_type(self) -> String {
        let name = NOTICES.iter().find(|(notice, _)| *notice == self).map_or("", |(_, name)| name);
        format!("{PREFIX}{name}")
    }

    /// The notice of a full wire type.
    #[must_use]
    pub fn from_wire_type(wire_type: &str) -> Option<Notice> {
        let name = wire_type.strip_prefix(PREFIX)?;
        NOTICES.iter().find(|(_, n)| *n == name).map(|(notice, _)| *notice)
    }
}

/// A mid-call webhook: the whole catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Webhook {
    AnswerFailed,
    CallConnected,
    CallDisconnected,
    CallTransferAccepted,
    CallTransferFailed,
    CreateCallFailed,
    ParticipantsUpdated,
    PlayCanceled,
    PlayCompleted,
    PlayFailed,
    PlayStarted,
    RecognizeCanceled,
    RecognizeCompleted,
    RecognizeFailed,
    AddParticipantFailed,
    AddParticipantSucceeded,
    CancelAddParticipantFailed,
    CancelAddParticipantSucceeded,
    ConnectFailed,
    ContinuousDtmfRecognitionStopped,
    ContinuousDtmfRecognitionToneFailed,
    ContinuousDtmfRecognitionToneReceived,
    HoldFailed,
    MediaStreamingFailed,
    MediaStreamingStarted,
    MediaStreamingStopped,
    MoveParticipantFailed,
    MoveParticipantSucceeded,
    RecordingStateChanged,
    RemoveParticipantFailed,
    RemoveParticipantSucceeded,
    SendDtmfTonesCompleted,
    SendDtmfTonesFailed,
    StartRecordingFailed,
    TranscriptionFailed,
    TranscriptionStarted,
    TranscriptionStopped,
    TranscriptionUpdated,
}

/// Every webhook with its name behind [`PREFIX`].
pub const WEBHOOKS: &[(Webhook, &str)] = &[
    (Webhook::AnswerFailed, "AnswerFailed"),
    (Webhook::CallConnected, "CallConnected"),
    (Webhook::CallDisconnected, "CallDisconnected"),
    (Webhook::CallTransferAccepted, "CallTransferAccepted"),
    (Webhook::CallTransferFailed, "CallTransferFailed"),
    (Webhook::CreateCallFailed, "CreateCallFailed"),
    (Webhook::ParticipantsUpdated, "ParticipantsUpdated"),
    (Webhook::PlayCanceled, "PlayCanceled"),
    (Webhook::PlayCompleted, "PlayCompleted"),
    (Webhook::PlayFailed, "PlayFailed"),
    (Webhook::PlayStarted, "PlayStarted"),
    (Webhook::RecognizeCanceled, "RecognizeCanceled"),
    (Webhook::RecognizeCompleted, "RecognizeCompleted"),
    (Webhook::RecognizeFailed, "RecognizeFailed"),
    (Webhook::AddParticipantFailed, "AddParticipantFailed"),
    (Webhook::AddParticipantSucceeded, "AddParticipantSucceeded"),
    (Webhook::CancelAddParticipantFailed, "CancelAddParticipantFailed"),
    (Webhook::CancelAddParticipantSucceeded, "CancelAddParticipantSucceeded"),
    (Webhook::ConnectFailed, "ConnectFailed"),
    (Webhook::ContinuousDtmfRecognitionStopped, "ContinuousDtmfRecognitionStopped"),
    (Webhook::ContinuousDtmfRecognitionToneFailed, "ContinuousDtmfRecognitionToneFailed"),
    (Webhook::ContinuousDtmfRecognitionToneReceived, "ContinuousDtmfRecognitionToneReceived"),
    (Webhook::HoldFailed, "HoldFailed"),
    (Webhook::MediaStreamingFailed, "MediaStreamingFailed"),
    (Webhook::MediaStreamingStarted, "MediaStreamingStarted"),
    (Webhook::MediaStreamingStopped, "MediaStreamingStopped"),
    (Webhook::MoveParticipantFailed, "MoveParticipantFailed"),
    (Webhook::MoveParticipantSucceeded, "MoveParticipantSucceeded"),
    (Webhook::RecordingStateChanged, "RecordingStateChanged"),
    (Webhook::RemoveParticipantFailed, "RemoveParticipantFailed"),
    (Webhook::RemoveParticipantSucceeded, "RemoveParticipantSucceeded"),
    (Webhook::SendDtmfTonesCompleted, "SendDtmfTonesCompleted"),
    (Webhook::SendDtmfTonesFailed, "SendDtmfTonesFailed"),
    (Webhook::StartRecordingFailed, "StartRecordingFailed"),
    (Webhook::TranscriptionFailed, "TranscriptionFailed"),
    (Webhook::TranscriptionStarted, "TranscriptionStarted"),
    (Webhook::TranscriptionStopped, "TranscriptionStopped"),
    (Webhook::TranscriptionUpdated, "TranscriptionUpdated"),
];

impl Webhook {
    /// The name behind the prefix.
    #[must_use]
    pub fn name(self) -> &'static str {
        WEBHOOKS[self as usize].1
    }

    /// The full type on the wire.
    #[must_use]
    pub fn wire_type(self) -> String {
        format!("{PREFIX}{}", self.name())
    }

    /// The webhook of a full wire type.
    #[must_use]
    pub fn from_wire_type(wire_type: &str) -> Option<Webhook> {
        let name = wire_type.strip_prefix(PREFIX)?;
        WEBHOOKS.iter().find(|(_, n)| *n == name).map(|(webhook, _)| *webhook)
    }
}

#[cfg(test)]
mod tests {
    use crate::platform::events::{WEBHOOKS, Webhook};

    #[test]
    fn table_order_is_the_enum_order() {
        for (index, (webhook, name)) in WEBHOOKS.iter().enumerate() {
            assert_eq!(*webhook as usize, index);
            assert_eq!(Webhook::from_wire_type(&webhook.wire_type()), Some(*webhook), "{name}");
        }
    }
}
