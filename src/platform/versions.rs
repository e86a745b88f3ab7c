//! The api-versions this build speaks, and what came with which of them: operations, webhooks, members of requests, answers and
//! events. What a version is told to leave out follows from these tables; nothing else asks for a version by name. A stable
//! version has what came up to its date; a preview is its base, with what it has besides and without what it lacks, see [`previews`].
//!
//! Source: the published REST descriptions of the versions, compared with each other; 2025-05-15 and 2025-06-15 by their SDKs'
//! notes of change.

pub mod features;
pub mod members;
pub mod previews;
pub mod wording;

pub use crate::platform::versions::features::Feature;
pub use crate::platform::versions::members::{Loss, MEMBERS, Member, Message};

use crate::platform::events::Webhook;
use crate::platform::operations::Operation;
use crate::platform::versions::previews::{Part, Preview, Spelling};

/// An api-version. They have no order: what a preview has, a later stable version may lack. The first four have a form of their own,
/// see [`crate::platform::generations`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Version {
    PrivatePreview,
    V2021_04_15Preview1,
    V2021_06_15Preview,
    V2021_08_30Preview,
    V2023_03_06,
    V2023_06_15Preview,
    V2023_10_15,
    V2024_04_15,
    V2024_06_15Preview,
    V2024_09_15,
    V2024_11_15Preview,
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
    "2024-11-15-preview",
    "2024-09-15",
    "2024-06-15-preview",
    "2024-04-15",
    "2023-10-15",
    "2023-06-15-preview",
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
    Version::V2024_11_15Preview,
    Version::V2024_09_15,
    Version::V2024_06_15Preview,
    Version::V2024_04_15,
    Version::V2023_10_15,
    Version::V2023_06_15Preview,
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

    /// Whether it has what came with another: by date; a preview as its base, but for what it has besides and lacks.
    fn has_since(self, since: Version, is_part: impl Fn(&Part) -> bool) -> bool {
        match self.preview() {
            None => since as u8 <= self as u8,
            Some(preview) => {
                (since as u8 <= preview.base as u8 || is_part(&preview.besides)) && !is_part(&preview.lacks)
            }
        }
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
            None => self.has_since(operation.since(), |part| part.operations.contains(&operation)),
        }
    }

    /// Whether it tells by a webhook. The first generations have events of their own.
    #[must_use]
    pub fn tells(self, webhook: Webhook) -> bool {
        self.has_since(webhook.since(), |part| part.webhooks.contains(&webhook))
    }

    /// Whether a message that it has, has a member that came later than the message, or that a preview has without it.
    #[must_use]
    pub fn has_member(self, message: Message, path: &str) -> bool {
        !self.lacks(message).any(|member| member.path == path)
    }

    /// The members of a message that it does not have.
    pub fn lacks(self, message: Message) -> impl Iterator<Item = &'static Member> {
        let in_part = move |part: &Part, path: &str| {
            part.members.iter().any(|(of, member)| of.contains(&message) && *member == path)
        };
        let of = MEMBERS.iter().filter(move |member| member.of.contains(&message));
        of.filter(move |member| !self.has_since(member.since, |part| in_part(part, member.path)))
    }

    /// The members of a message that it calls otherwise than the newest version does.
    pub fn spells(self, message: Message) -> impl Iterator<Item = &'static Spelling> {
        let all = self.preview().map_or(&[][..], |preview| preview.spells);
        all.iter().filter(move |spelling| spelling.of.contains(&message))
    }

    /// The members of a request that it requires and the newest version does not, where there is what they are in.
    pub fn requires(self, operation: Operation) -> impl Iterator<Item = &'static str> {
        let all = self.preview().map_or(&[][..], |preview| preview.requires);
        let of = move |needed: &&(&[Operation], _)| needed.0.contains(&operation);
        all.iter().filter(of).map(|(_, path)| *path)
    }

    /// The status that says that an operation succeeded.
    #[must_use]
    pub fn success(self, operation: Operation) -> u16 {
        let own = self.preview().and_then(|preview| preview.answers.iter().find(|(of, _)| *of == operation));
        own.map_or(operation.row().success, |(_, status)| *status)
    }

    /// Whether a status says so. The start of a recording has two of them.
    #[must_use]
    pub fn is_success(self, operation: Operation, status: u16) -> bool {
        status == self.success(operation) || (operation == Operation::StartRecording && status == 202)
    }

    /// What it is made of, where it is a preview.
    #[must_use]
    pub fn preview(self) -> Option<&'static Preview> {
        previews::PREVIEWS.iter().find(|preview| preview.version == self)
    }
}

impl Operation {
    /// The stable version it came with.
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
    /// The stable version it came with.
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

#[cfg(test)]
mod tests {
    use crate::platform::events::WEBHOOKS;
    use crate::platform::operations::{Operation, TABLE};
    use crate::platform::versions::{NEWEST_STABLE, SPOKEN, VERSIONS, Version};

    #[test]
    fn names_and_values_go_together() {
        assert_eq!(SPOKEN.len(), VERSIONS.len());
        assert_eq!(Version::NEWEST.name(), NEWEST_STABLE);
        for (name, version) in SPOKEN.iter().zip(VERSIONS) {
            assert_eq!((Version::parse(name), version.name()), (Some(*version), *name));
            let dated = format!("V{}", name.replace("-preview", "Preview").replace('-', "_"));
            assert_eq!(format!("{version:?}"), if *name == "private-preview" { "PrivatePreview" } else { &dated });
            // Those without a form of their own are stable, or are told what they are made of.
            let plain = version.generation().is_none() && version.preview().is_none();
            assert_eq!(plain, !name.contains("preview"), "{name}");
        }
        assert!(SPOKEN[..SPOKEN.len() - 1].is_sorted_by(|a, b| a > b));
        assert!(VERSIONS.is_sorted_by(|a, b| *a as u8 > *b as u8));
        assert_eq!(Version::parse("2022-04-07-preview"), None);
    }

    /// As many operations and webhooks as the published descriptions count.
    #[test]
    fn each_version_has_as_many_as_are_published() {
        for (version, operations, webhooks) in [
            (Version::V2023_03_06, 20, 16),
            (Version::V2023_06_15Preview, 24, 21),
            (Version::V2023_10_15, 25, 23),
            (Version::V2024_04_15, 25, 23),
            (Version::V2024_06_15Preview, 33, 34),
            (Version::V2024_09_15, 28, 28),
            (Version::V2024_11_15Preview, 33, 35),
            (Version::V2025_05_15, 33, 35),
            (Version::V2025_06_15, 33, 36),
            (Version::V2026_03_12, 34, 38),
        ] {
            assert_eq!(TABLE.iter().filter(|row| version.has(row.operation)).count(), operations, "{version:?}");
            assert_eq!(WEBHOOKS.iter().filter(|(webhook, _)| version.tells(*webhook)).count(), webhooks, "{version:?}");
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
    fn what_a_preview_has_a_later_version_may_lack() {
        let streams = |version: Version| version.has(Operation::StartStreaming);
        assert!(streams(Version::V2024_06_15Preview) && streams(Version::V2024_11_15Preview));
        assert!(!streams(Version::V2024_09_15) && !streams(Version::V2024_04_15) && streams(Version::V2025_05_15));
        assert_eq!(Operation::Hold.since().name(), "2024-09-15");
        assert!(Version::V2024_06_15Preview.has(Operation::Hold));
    }

    #[test]
    fn statuses_are_those_of_the_newest_but_for_one() {
        for version in VERSIONS {
            for row in TABLE {
                let own = if *version == Version::V2023_06_15Preview && row.operation == Operation::MuteParticipant {
                    202
                } else {
                    row.success
                };
                assert_eq!(version.success(row.operation), own, "{version:?} {:?}", row.operation);
                for status in [200, 201, 202, 204, 302] {
                    let second = row.operation == Operation::StartRecording && status == 202;
                    assert_eq!(version.is_success(row.operation, status), status == own || second);
                }
            }
        }
    }
}
