//! Members of requests, answers and events that not all api-versions have: with which stable version each came.

use crate::platform::events::Webhook;
use crate::platform::operations::Operation;
use crate::platform::versions::Version;

/// What has members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// The body of a request.
    Request(Operation),
    /// The body of a success.
    Answer(Operation),
    /// The data of a webhook.
    Event(Webhook),
}

/// What is lost when a message goes without a member that the version spoken does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Nothing that a call depends on: a default, or an optional extra.
    Bearable,
    /// What the request is about: it cannot be sent.
    Meaning,
}

/// A member that not all versions have.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// What it is in.
    pub of: &'static [Message],
    /// The member, and the member in it, with a dot between; through lists to each of their elements.
    pub path: &'static str,
    /// The stable version it came with. Where that is the one its message came with, a preview has the message without it.
    pub since: Version,
    /// What goes with it.
    pub loss: Loss,
}

const fn optional(of: &'static [Message], path: &'static str, since: Version) -> Member {
    Member { of, path, since, loss: Loss::Bearable }
}

const fn essential(of: &'static [Message], path: &'static str, since: Version) -> Member {
    Member { of, path, since, loss: Loss::Meaning }
}

const CREATE: Message = Message::Request(Operation::CreateCall);
const ANSWER: Message = Message::Request(Operation::AnswerCall);
const CONNECT: Message = Message::Request(Operation::Connect);
const TRANSFER: Message = Message::Request(Operation::Transfer);
const ADD: Message = Message::Request(Operation::AddParticipant);
const PLAY: Message = Message::Request(Operation::Play);
const RECOGNIZE: Message = Message::Request(Operation::Recognize);
const RECORD: Message = Message::Request(Operation::StartRecording);

/// What a call begins with.
pub(crate) const BEGUN: &[Message] = &[CREATE, ANSWER];
/// The same, and what joins one.
pub(crate) const SET_UP: &[Message] = &[CREATE, ANSWER, CONNECT];
/// What turns a transcription on, and into something else.
pub(crate) const TRANSCRIBED: &[Message] =
    &[Message::Request(Operation::StartTranscription), Message::Request(Operation::UpdateTranscription)];
/// Everything about transcriptions.
const TRANSCRIPTIONS: &[Message] = &[
    Message::Request(Operation::StartTranscription),
    Message::Request(Operation::UpdateTranscription),
    Message::Request(Operation::StopTranscription),
];
/// Everything about keys.
const KEYS: &[Message] = &[
    Message::Request(Operation::StartKeys),
    Message::Request(Operation::StopKeys),
    Message::Request(Operation::SendKeys),
];
/// What names its call back to another address since the second version.
const TOLD_ELSEWHERE: &[Message] = &[TRANSFER, ADD, Message::Request(Operation::RemoveParticipant), PLAY, RECOGNIZE];
/// What answers with a call.
pub(crate) const CALLS: &[Message] = &[
    Message::Answer(Operation::CreateCall),
    Message::Answer(Operation::AnswerCall),
    Message::Answer(Operation::Connect),
    Message::Answer(Operation::GetCall),
];
/// Events that say how it went since 2024-09-15 only.
pub(crate) const WITHOUT_RESULT: &[Message] = &[
    Message::Event(Webhook::CallConnected),
    Message::Event(Webhook::CallDisconnected),
    Message::Event(Webhook::ParticipantsUpdated),
    Message::Event(Webhook::PlayCanceled),
    Message::Event(Webhook::RecognizeCanceled),
    Message::Event(Webhook::RecordingStateChanged),
    Message::Event(Webhook::CancelAddParticipantSucceeded),
];
const PLAYED: &[Message] = &[Message::Event(Webhook::PlayFailed), Message::Event(Webhook::RecognizeFailed)];
const HEARD: &[Message] = &[Message::Event(Webhook::RecognizeCompleted)];
const TRANSFERRED: &[Message] = &[Message::Event(Webhook::CallTransferAccepted)];
const RECORDED: &[Message] = &[
    Message::Answer(Operation::StartRecording),
    Message::Answer(Operation::GetRecording),
    Message::Event(Webhook::RecordingStateChanged),
];

/// They. What is in another one of them stands behind it.
pub const MEMBERS: &[Member] = &[
    optional(BEGUN, "callIntelligenceOptions", Version::V2023_10_15),
    optional(SET_UP, "mediaStreamingOptions", Version::V2025_05_15),
    optional(SET_UP, "mediaStreamingOptions.enableBidirectional", Version::V2025_05_15),
    optional(SET_UP, "mediaStreamingOptions.audioFormat", Version::V2025_05_15),
    optional(SET_UP, "mediaStreamingOptions.enableDtmfTones", Version::V2025_05_15),
    optional(SET_UP, "transcriptionOptions", Version::V2025_05_15),
    optional(SET_UP, "transcriptionOptions.speechModelEndpointId", Version::V2025_05_15),
    essential(&[CREATE], "teamsAppSource", Version::V2025_06_15),
    essential(&[TRANSFER], "transferee", Version::V2023_10_15),
    optional(&[TRANSFER, ADD], "customCallingContext", Version::V2023_10_15),
    optional(&[TRANSFER, ADD], "customCallingContext.teamsPhoneCallDetails", Version::V2026_03_12),
    optional(&[TRANSFER], "sourceCallerIdNumber", Version::V2024_09_15),
    // Without it the events go where those of the call go.
    optional(TOLD_ELSEWHERE, "operationCallbackUri", Version::V2023_10_15),
    optional(KEYS, "operationCallbackUri", Version::V2023_10_15),
    optional(&[Message::Request(Operation::Unhold)], "operationCallbackUri", Version::V2025_05_15),
    optional(TRANSCRIPTIONS, "operationCallbackUri", Version::V2025_05_15),
    essential(TRANSCRIBED, "speechModelEndpointId", Version::V2025_05_15),
    essential(&[PLAY], "playSources.text", Version::V2023_10_15),
    essential(&[PLAY], "playSources.ssml", Version::V2023_10_15),
    // Without it a second attempt at a prompt waits for the first instead of cutting it off.
    optional(&[PLAY], "interruptCallMediaOperation", Version::V2024_09_15),
    essential(&[RECOGNIZE], "playPrompt.text", Version::V2023_10_15),
    essential(&[RECOGNIZE], "playPrompt.ssml", Version::V2023_10_15),
    essential(&[RECOGNIZE], "playPrompts", Version::V2024_09_15),
    essential(&[RECOGNIZE], "recognizeOptions.speechLanguage", Version::V2023_10_15),
    essential(&[RECOGNIZE], "recognizeOptions.choices", Version::V2023_10_15),
    essential(&[RECOGNIZE], "recognizeOptions.speechOptions", Version::V2023_10_15),
    essential(&[RECOGNIZE], "recognizeOptions.speechRecognitionModelEndpointId", Version::V2023_10_15),
    optional(&[RECORD], "pauseOnStart", Version::V2024_04_15),
    essential(&[RECORD], "externalStorage", Version::V2024_04_15),
    essential(&[RECORD], "callConnectionId", Version::V2025_06_15),
    // Answers.
    optional(CALLS, "answeredFor", Version::V2024_09_15),
    optional(CALLS, "mediaStreamingSubscription", Version::V2025_05_15),
    optional(CALLS, "transcriptionSubscription", Version::V2025_05_15),
    optional(CALLS, "transcriptionSubscription.locale", Version::V2025_05_15),
    optional(&[Message::Answer(Operation::ListParticipants)], "value.isOnHold", Version::V2024_09_15),
    optional(&[Message::Answer(Operation::GetParticipant)], "isOnHold", Version::V2024_09_15),
    optional(&[Message::Answer(Operation::AddParticipant)], "participant.isOnHold", Version::V2024_09_15),
    optional(&[Message::Answer(Operation::AddParticipant)], "invitationId", Version::V2023_10_15),
    optional(RECORDED, "recordingKind", Version::V2024_04_15),
    // Events.
    optional(WITHOUT_RESULT, "resultInformation", Version::V2024_09_15),
    optional(PLAYED, "failedPlaySourceIndex", Version::V2024_09_15),
    optional(&[Message::Event(Webhook::ParticipantsUpdated)], "participants.isOnHold", Version::V2024_09_15),
    optional(TRANSFERRED, "transferTarget", Version::V2023_10_15),
    optional(TRANSFERRED, "transferee", Version::V2023_10_15),
    optional(HEARD, "choiceResult", Version::V2023_10_15),
    optional(HEARD, "speechResult", Version::V2023_10_15),
    optional(HEARD, "choiceResult.confidence", Version::V2025_05_15),
    optional(HEARD, "speechResult.confidence", Version::V2025_05_15),
];

impl Message {
    /// The stable version it came with.
    #[must_use]
    pub fn since(self) -> Version {
        match self {
            Message::Request(operation) | Message::Answer(operation) => operation.since(),
            Message::Event(webhook) => webhook.since(),
        }
    }

    /// Whether a version has it. The first generations have messages of their own.
    #[must_use]
    pub fn is_in(self, version: Version) -> bool {
        match self {
            Message::Request(operation) | Message::Answer(operation) => version.has(operation),
            Message::Event(webhook) => version.tells(webhook),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::platform::versions::previews::PREVIEWS;
    use crate::platform::versions::{MEMBERS, Version};

    #[test]
    fn members_came_later_than_what_they_are_in_or_a_preview_is_without_them() {
        for member in MEMBERS {
            let counts = member.of.iter().any(|message| {
                let later = member.since as u8 > message.since() as u8;
                let is_without =
                    |version: Version| message.is_in(version) && !version.has_member(*message, member.path);
                later || PREVIEWS.iter().any(|preview| is_without(preview.version))
            });
            assert!(counts, "{member:?}");
        }
    }

    #[test]
    fn what_is_in_another_stands_behind_it() {
        for (at, member) in MEMBERS.iter().enumerate() {
            let inner = |other: &str| other.strip_prefix(member.path).is_some_and(|rest| rest.starts_with('.'));
            let before = MEMBERS[..at]
                .iter()
                .find(|other| inner(other.path) && other.of.iter().any(|of| member.of.contains(of)));
            assert!(before.is_none(), "{} {before:?}", member.path);
        }
    }
}
