//! The api-versions this build speaks, and what came with which of them: operations, webhooks, members of requests and events.
//! What a version is told to leave out follows from these tables; nothing else asks for a version by name.
//!
//! Source: the published REST descriptions of the versions, compared with each other; 2025-05-15 and 2025-06-15 by their SDKs'
//! notes of change.

use crate::platform::events::Webhook;
use crate::platform::operations::Operation;

/// An api-version; later ones are greater. The first four have a form of their own, see [`crate::platform::generations`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Version {
    PrivatePreview,
    V2021_04_15Preview1,
    V2021_06_15Preview,
    V2021_08_30Preview,
    V2023_03_06,
    V2023_10_15,
    V2024_04_15,
    V2024_09_15,
    V2025_05_15,
    V2025_06_15,
    V2026_03_12,
}

/// The newest stable api-version seen, and the default of service and emulator.
pub const NEWEST_STABLE: &str = "2026-03-12";

/// Every api-version this build can speak, newest first.
pub const SPOKEN: &[&str] = &[
    NEWEST_STABLE,
    "2025-06-15",
    "2025-05-15",
    "2024-09-15",
    "2024-04-15",
    "2023-10-15",
    "2023-03-06",
    "2021-08-30-preview",
    "2021-06-15-preview",
    "2021-04-15-preview1",
    // The bare form that was there before versions were: its name is ours, requests carry none.
    "private-preview",
];

/// The same, as values.
const VERSIONS: &[Version] = &[
    Version::V2026_03_12,
    Version::V2025_06_15,
    Version::V2025_05_15,
    Version::V2024_09_15,
    Version::V2024_04_15,
    Version::V2023_10_15,
    Version::V2023_03_06,
    Version::V2021_08_30Preview,
    Version::V2021_06_15Preview,
    Version::V2021_04_15Preview1,
    Version::PrivatePreview,
];

/// Whether `version` is one this build can speak.
#[must_use]
pub fn is_spoken(version: &str) -> bool {
    SPOKEN.contains(&version)
}

impl Version {
    /// The newest.
    pub const NEWEST: Version = Version::V2026_03_12;

    /// The version of a written name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Version> {
        SPOKEN.iter().position(|spoken| *spoken == name).and_then(|at| VERSIONS.get(at)).copied()
    }

    /// Its name on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        VERSIONS
            .iter()
            .position(|version| *version == self)
            .and_then(|at| SPOKEN.get(at))
            .copied()
            .unwrap_or(NEWEST_STABLE)
    }

    /// Whether it has an operation, or the service can do without. The first generations report keys of themselves, to whoever asked for it
    /// as the call began; questions by keys are made of that.
    #[must_use]
    pub fn has(self, operation: Operation) -> bool {
        match self.generation() {
            Some(generation) => {
                let by_keys = matches!(operation, Operation::Recognize | Operation::StartKeys | Operation::StopKeys);
                by_keys || generation.form(operation).is_some()
            }
            None => operation.since() <= self,
        }
    }
}

impl Operation {
    /// The version it came with.
    #[must_use]
    pub fn since(self) -> Version {
        match self {
            Operation::CreateCall
            | Operation::AnswerCall
            | Operation::RedirectCall
            | Operation::RejectCall
            | Operation::GetCall
            | Operation::HangUp
            | Operation::Terminate
            | Operation::Transfer
            | Operation::Play
            | Operation::Recognize
            | Operation::CancelMedia
            | Operation::ListParticipants
            | Operation::GetParticipant
            | Operation::AddParticipant
            | Operation::RemoveParticipant
            | Operation::StartRecording
            | Operation::StopRecording
            | Operation::PauseRecording
            | Operation::ResumeRecording
            | Operation::GetRecording => Version::V2023_03_06,
            Operation::StartKeys
            | Operation::StopKeys
            | Operation::SendKeys
            | Operation::MuteParticipant
            | Operation::CancelAddParticipant => Version::V2023_10_15,
            Operation::Connect | Operation::Hold | Operation::Unhold => Version::V2024_09_15,
            Operation::StartStreaming
            | Operation::StopStreaming
            | Operation::StartTranscription
            | Operation::StopTranscription
            | Operation::UpdateTranscription => Version::V2025_05_15,
            Operation::MoveParticipants => Version::V2026_03_12,
        }
    }
}

impl Webhook {
    /// The version it came with.
    #[must_use]
    pub fn since(self) -> Version {
        match self {
            Webhook::AddParticipantFailed
            | Webhook::AddParticipantSucceeded
            | Webhook::CallConnected
            | Webhook::CallDisconnected
            | Webhook::CallTransferAccepted
            | Webhook::CallTransferFailed
            | Webhook::ParticipantsUpdated
            | Webhook::PlayCanceled
            | Webhook::PlayCompleted
            | Webhook::PlayFailed
            | Webhook::RecognizeCanceled
            | Webhook::RecognizeCompleted
            | Webhook::RecognizeFailed
            | Webhook::RecordingStateChanged
            | Webhook::RemoveParticipantFailed
            | Webhook::RemoveParticipantSucceeded => Version::V2023_03_06,
            Webhook::CancelAddParticipantFailed
            | Webhook::CancelAddParticipantSucceeded
            | Webhook::ContinuousDtmfRecognitionStopped
            | Webhook::ContinuousDtmfRecognitionToneFailed
            | Webhook::ContinuousDtmfRecognitionToneReceived
            | Webhook::SendDtmfTonesCompleted
            | Webhook::SendDtmfTonesFailed => Version::V2023_10_15,
            Webhook::AnswerFailed
            | Webhook::ConnectFailed
            | Webhook::CreateCallFailed
            | Webhook::HoldFailed
            | Webhook::PlayStarted => Version::V2024_09_15,
            Webhook::MediaStreamingFailed
            | Webhook::MediaStreamingStarted
            | Webhook::MediaStreamingStopped
            | Webhook::TranscriptionFailed
            | Webhook::TranscriptionStarted
            | Webhook::TranscriptionStopped
            | Webhook::TranscriptionUpdated => Version::V2025_05_15,
            Webhook::StartRecordingFailed => Version::V2025_06_15,
            Webhook::MoveParticipantFailed | Webhook::MoveParticipantSucceeded => Version::V2026_03_12,
        }
    }
}

/// What is lost when a request goes without a member that the version spoken does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Nothing that a call depends on: a default, or an optional extra.
    Bearable,
    /// What the request is about: it cannot be sent.
    Meaning,
}

/// A member of a request that not all versions have.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// The operation.
    pub operation: Operation,
    /// The member, and the member in it, with a dot between.
    pub path: &'static str,
    /// The version it came with.
    pub since: Version,
    /// What goes with it.
    pub loss: Loss,
}

const fn member(operation: Operation, path: &'static str, since: Version, loss: Loss) -> Member {
    Member { operation, path, since, loss }
}

/// Members of requests that came later than their operation.
pub const MEMBERS: &[Member] = &[
    member(Operation::AnswerCall, "callIntelligenceOptions", Version::V2023_10_15, Loss::Bearable),
    member(Operation::AnswerCall, "mediaStreamingOptions", Version::V2025_05_15, Loss::Bearable),
    member(Operation::AnswerCall, "transcriptionOptions", Version::V2025_05_15, Loss::Bearable),
    member(Operation::CreateCall, "callIntelligenceOptions", Version::V2023_10_15, Loss::Bearable),
    member(Operation::CreateCall, "mediaStreamingOptions", Version::V2025_05_15, Loss::Bearable),
    member(Operation::CreateCall, "transcriptionOptions", Version::V2025_05_15, Loss::Bearable),
    member(Operation::CreateCall, "teamsAppSource", Version::V2025_06_15, Loss::Meaning),
    member(Operation::Connect, "mediaStreamingOptions", Version::V2025_05_15, Loss::Bearable),
    member(Operation::Connect, "transcriptionOptions", Version::V2025_05_15, Loss::Bearable),
    member(Operation::Transfer, "transferee", Version::V2023_10_15, Loss::Meaning),
    member(Operation::Transfer, "operationCallbackUri", Version::V2023_10_15, Loss::Meaning),
    member(Operation::Transfer, "customCallingContext", Version::V2023_10_15, Loss::Bearable),
    member(Operation::Transfer, "sourceCallerIdNumber", Version::V2024_09_15, Loss::Bearable),
    member(Operation::AddParticipant, "operationCallbackUri", Version::V2023_10_15, Loss::Meaning),
    member(Operation::AddParticipant, "customCallingContext", Version::V2023_10_15, Loss::Bearable),
    member(Operation::RemoveParticipant, "operationCallbackUri", Version::V2023_10_15, Loss::Meaning),
    // Without it a second attempt at a prompt waits for the first instead of cutting it off.
    member(Operation::Play, "interruptCallMediaOperation", Version::V2024_09_15, Loss::Bearable),
    member(Operation::Play, "operationCallbackUri", Version::V2023_10_15, Loss::Meaning),
    member(Operation::Recognize, "playPrompts", Version::V2024_09_15, Loss::Meaning),
    member(Operation::Recognize, "operationCallbackUri", Version::V2023_10_15, Loss::Meaning),
    member(Operation::Recognize, "recognizeOptions.speechLanguage", Version::V2023_10_15, Loss::Meaning),
    member(Operation::Recognize, "recognizeOptions.choices", Version::V2023_10_15, Loss::Meaning),
    member(Operation::Recognize, "recognizeOptions.speechOptions", Version::V2023_10_15, Loss::Meaning),
    member(Operation::Unhold, "operationCallbackUri", Version::V2025_05_15, Loss::Meaning),
    member(Operation::StartRecording, "pauseOnStart", Version::V2024_04_15, Loss::Bearable),
    member(Operation::StartRecording, "externalStorage", Version::V2024_04_15, Loss::Meaning),
    member(Operation::StartRecording, "callConnectionId", Version::V2025_06_15, Loss::Meaning),
];

/// Members of webhooks' data that came later than their event: event, member, version.
pub const EVENT_MEMBERS: &[(Webhook, &str, Version)] = &[
    (Webhook::CallConnected, "resultInformation", Version::V2024_09_15),
    (Webhook::CallDisconnected, "resultInformation", Version::V2024_09_15),
    (Webhook::ParticipantsUpdated, "resultInformation", Version::V2024_09_15),
    (Webhook::PlayCanceled, "resultInformation", Version::V2024_09_15),
    (Webhook::RecognizeCanceled, "resultInformation", Version::V2024_09_15),
    (Webhook::RecordingStateChanged, "resultInformation", Version::V2024_09_15),
    (Webhook::CancelAddParticipantSucceeded, "resultInformation", Version::V2024_09_15),
    (Webhook::PlayFailed, "failedPlaySourceIndex", Version::V2024_09_15),
    (Webhook::RecognizeFailed, "failedPlaySourceIndex", Version::V2024_09_15),
    (Webhook::CallTransferAccepted, "transferTarget", Version::V2023_10_15),
    (Webhook::CallTransferAccepted, "transferee", Version::V2023_10_15),
];

/// What a flow may ask of the platform that not all versions have, beyond whole operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feature {
    /// Words said by the platform, as text or SSML.
    Words,
    /// Listening to speech or for choices.
    Speech,
    /// A prompt of several sources.
    SeveralSources,
    /// A prompt that cuts off what plays.
    CuttingIn,
    /// A transfer of one participant of several.
    Transferee,
    /// Headers sent along.
    Headers,
    /// A caller id shown on a transfer.
    TransferCallerId,
    /// A prompt for one of several.
    Listener,
    /// Keys told apart by who pressed them.
    WhosePress,
    /// A group call or a room, by its id.
    Groups,
    /// A choice by key alone.
    Choices,
}

impl Feature {
    /// The version it came with.
    #[must_use]
    pub fn since(self) -> Version {
        match self {
            Feature::Listener | Feature::WhosePress | Feature::Groups => Version::V2023_03_06,
            Feature::Choices | Feature::Words | Feature::Speech | Feature::Transferee | Feature::Headers => {
                Version::V2023_10_15
            }
            Feature::SeveralSources | Feature::CuttingIn | Feature::TransferCallerId => Version::V2024_09_15,
        }
    }

    /// Whether a version has it. Questions by keys alone are all that the first generations share with later ones.
    #[must_use]
    pub fn is_in(self, version: Version) -> bool {
        match version.generation() {
            Some(_) => self == Feature::Choices,
            None => self.since() <= version,
        }
    }

    /// Whether it is part of one operation, rather than of what is played.
    #[must_use]
    pub fn is_of_operation(self) -> bool {
        !matches!(self, Feature::Words | Feature::SeveralSources)
    }

    /// What it is, for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Feature::Words => "words said by the platform",
            Feature::Choices | Feature::Speech => "choices and speech",
            Feature::SeveralSources => "prompts of several parts",
            Feature::CuttingIn => "prompts that cut off what plays",
            Feature::Transferee => "the transfer of one participant of several",
            Feature::Headers => "headers sent along",
            Feature::TransferCallerId => "a caller id shown on a transfer",
            Feature::Listener => "prompts for one of several",
            Feature::WhosePress => "keys told apart by who pressed them",
            Feature::Groups => "group calls and rooms by their id",
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::platform::events::WEBHOOKS;
    use crate::platform::operations::{Operation, TABLE};
    use crate::platform::versions::{EVENT_MEMBERS, MEMBERS, NEWEST_STABLE, SPOKEN, VERSIONS, Version};

    #[test]
    fn names_and_values_go_together() {
        assert_eq!(SPOKEN.len(), VERSIONS.len());
        assert_eq!(Version::NEWEST.name(), NEWEST_STABLE);
        for (name, version) in SPOKEN.iter().zip(VERSIONS) {
            assert_eq!((Version::parse(name), version.name()), (Some(*version), *name));
            let dated = format!("V{}", name.replace("-preview", "Preview").replace('-', "_"));
            assert_eq!(format!("{version:?}"), if *name == "private-preview" { "PrivatePreview" } else { &dated });
        }
        assert!(SPOKEN[..SPOKEN.len() - 1].is_sorted_by(|a, b| a > b) && VERSIONS.is_sorted_by(|a, b| a > b));
        assert_eq!(Version::parse("2024-11-15-preview"), None);
    }

    /// As many operations and webhooks as the published descriptions count.
    #[test]
    fn each_version_has_as_many_as_are_published() {
        for (version, operations, webhooks) in [
            (Version::V2023_03_06, 20, 16),
            (Version::V2023_10_15, 25, 23),
            (Version::V2024_04_15, 25, 23),
            (Version::V2024_09_15, 28, 28),
            (Version::V2025_05_15, 33, 35),
            (Version::V2025_06_15, 33, 36),
            (Version::V2026_03_12, 34, 38),
        ] {
            let has = TABLE.iter().filter(|row| row.operation.since() <= version).count();
            assert_eq!(has, operations, "{version:?}");
            assert_eq!(
                WEBHOOKS.iter().filter(|(webhook, _)| webhook.since() <= version).count(),
                webhooks,
                "{version:?}"
            );
        }
    }

    #[test]
    fn what_the_first_generations_have_is_not_what_came_before_a_date() {
        let has = |version: Version| TABLE.iter().filter(|row| version.has(row.operation)).count();
        // By leg and by call are one operation here, and watching keys and asking are none there.
        assert_eq!(has(Version::PrivatePreview), 6 + 3);
        assert_eq!(has(Version::V2021_04_15Preview1), 13 + 3);
        assert_eq!(has(Version::V2021_06_15Preview), 12 + 3);
        assert!(!Version::V2021_08_30Preview.has(Operation::Transfer) && Version::V2023_03_06.has(Operation::Transfer));
    }

    #[test]
    fn members_came_later_than_what_they_are_in() {
        for member in MEMBERS {
            assert!(member.since > member.operation.since(), "{member:?}");
        }
        for (webhook, name, since) in EVENT_MEMBERS {
            assert!(since > &webhook.since(), "{webhook:?} {name}");
        }
        assert_eq!(Operation::Hold.since().name(), "2024-09-15");
    }
}
