//! Previews of the same form as the stable versions between which they came: each is a stable version, with what it has besides,
//! without what it lacks, and with what it calls or answers otherwise. A later stable version need not have what a preview has.
//!
//! Source: the published REST descriptions of 2023-06-15-preview, 2024-06-15-preview and 2024-11-15-preview.

use crate::platform::events::Webhook;
use crate::platform::operations::Operation;
use crate::platform::versions::members::{BEGUN, CALLS, SET_UP, TRANSCRIBED, WITHOUT_RESULT};
use crate::platform::versions::{Feature, Message, Version};

/// A preview.
#[derive(Clone, Copy, Debug)]
pub struct Preview {
    /// Which.
    pub version: Version,
    /// The stable version it is like.
    pub base: Version,
    /// What it has and its base does not.
    pub besides: Part,
    /// What its base has and it does not.
    pub lacks: Part,
    /// Members that it calls otherwise than the newest version does.
    pub spells: &'static [Spelling],
    /// Members that it requires and the newest version does not, where there is what they are in.
    pub requires: &'static [(&'static [Operation], &'static str)],
    /// Operations that it answers with another status than the newest version does.
    pub answers: &'static [(Operation, u16)],
}

/// Some of what a version has.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Operations.
    pub operations: &'static [Operation],
    /// Webhooks.
    pub webhooks: &'static [Webhook],
    /// Members, each as [`crate::platform::versions::MEMBERS`] has it.
    pub members: &'static [(&'static [Message], &'static str)],
    /// Features.
    pub features: &'static [Feature],
}

/// A member that a version has under another name, or in another place.
#[derive(Clone, Copy, Debug)]
pub struct Spelling {
    /// What it is in.
    pub of: &'static [Message],
    /// Its path in the newest version.
    pub newest: &'static str,
    /// Its path here.
    pub own: &'static str,
}

const fn spelling(of: &'static [Message], newest: &'static str, own: &'static str) -> Spelling {
    Spelling { of, newest, own }
}

const NOTHING: Part = Part { operations: &[], webhooks: &[], members: &[], features: &[] };

const STREAM_OPERATIONS: &[Operation] = &[
    Operation::StartStreaming,
    Operation::StopStreaming,
    Operation::StartTranscription,
    Operation::StopTranscription,
    Operation::UpdateTranscription,
];

const STREAM_WEBHOOKS: &[Webhook] = &[
    Webhook::MediaStreamingFailed,
    Webhook::MediaStreamingStarted,
    Webhook::MediaStreamingStopped,
    Webhook::TranscriptionFailed,
    Webhook::TranscriptionStarted,
    Webhook::TranscriptionStopped,
    Webhook::TranscriptionUpdated,
];

/// What a custom model is called where these messages may set a transcription up.
const fn custom_models(set_up: &'static [Message]) -> [Spelling; 2] {
    [
        spelling(
            set_up,
            "transcriptionOptions.speechModelEndpointId",
            "transcriptionOptions.speechRecognitionModelEndpointId",
        ),
        spelling(TRANSCRIBED, "speechModelEndpointId", "speechRecognitionModelEndpointId"),
    ]
}

/// What streams need where these operations may set them up.
const fn stream_requirements(set_up: &'static [Operation]) -> [(&'static [Operation], &'static str); 5] {
    [
        (set_up, "mediaStreamingOptions.transportUrl"),
        (set_up, "mediaStreamingOptions.contentType"),
        (set_up, "transcriptionOptions.transportUrl"),
        (set_up, "transcriptionOptions.startTranscription"),
        (&[Operation::UpdateTranscription], "locale"),
    ]
}

/// They, oldest first.
pub const PREVIEWS: &[Preview] = &[
    Preview {
        version: Version::V2023_06_15Preview,
        base: Version::V2023_03_06,
        besides: Part {
            operations: &[Operation::StartKeys, Operation::StopKeys, Operation::SendKeys, Operation::MuteParticipant],
            webhooks: &[
                Webhook::ContinuousDtmfRecognitionStopped,
                Webhook::ContinuousDtmfRecognitionToneFailed,
                Webhook::ContinuousDtmfRecognitionToneReceived,
                Webhook::SendDtmfTonesCompleted,
                Webhook::SendDtmfTonesFailed,
            ],
            members: &[
                (&[Message::Request(Operation::Play)], "playSources.text"),
                (&[Message::Request(Operation::Play)], "playSources.ssml"),
                (&[Message::Request(Operation::Recognize)], "playPrompt.text"),
                (&[Message::Request(Operation::Recognize)], "playPrompt.ssml"),
                (&[Message::Request(Operation::Recognize)], "recognizeOptions.speechLanguage"),
                (&[Message::Request(Operation::Recognize)], "recognizeOptions.choices"),
                (&[Message::Request(Operation::Recognize)], "recognizeOptions.speechOptions"),
                (&[Message::Request(Operation::Recognize)], "recognizeOptions.speechRecognitionModelEndpointId"),
                (&[Message::Event(Webhook::RecognizeCompleted)], "choiceResult"),
                (&[Message::Event(Webhook::RecognizeCompleted)], "speechResult"),
            ],
            features: &[Feature::Choices, Feature::Words, Feature::Speech],
        },
        lacks: NOTHING,
        spells: &[
            spelling(BEGUN, "callIntelligenceOptions.cognitiveServicesEndpoint", "cognitiveServicesEndpoint"),
            spelling(
                &[Message::Event(Webhook::ContinuousDtmfRecognitionToneReceived)],
                "sequenceId",
                "toneInfo.sequenceId",
            ),
            spelling(&[Message::Event(Webhook::ContinuousDtmfRecognitionToneReceived)], "tone", "toneInfo.tone"),
        ],
        requires: &[],
        answers: &[(Operation::MuteParticipant, 202)],
    },
    Preview {
        version: Version::V2024_06_15Preview,
        base: Version::V2024_09_15,
        besides: Part {
            operations: STREAM_OPERATIONS,
            webhooks: STREAM_WEBHOOKS,
            members: &[
                (BEGUN, "mediaStreamingOptions"),
                (BEGUN, "transcriptionOptions"),
                (CALLS, "mediaStreamingSubscription"),
                (CALLS, "transcriptionSubscription"),
            ],
            features: &[],
        },
        lacks: Part {
            webhooks: &[Webhook::AnswerFailed],
            members: &[(WITHOUT_RESULT, "resultInformation")],
            ..NOTHING
        },
        spells: &custom_models(BEGUN),
        requires: &stream_requirements(&[Operation::CreateCall, Operation::AnswerCall]),
        answers: &[],
    },
    Preview {
        version: Version::V2024_11_15Preview,
        base: Version::V2024_09_15,
        besides: Part {
            operations: STREAM_OPERATIONS,
            webhooks: STREAM_WEBHOOKS,
            members: &[
                (SET_UP, "mediaStreamingOptions"),
                (SET_UP, "mediaStreamingOptions.enableBidirectional"),
                (SET_UP, "mediaStreamingOptions.audioFormat"),
                (SET_UP, "transcriptionOptions"),
                (CALLS, "mediaStreamingSubscription"),
                (CALLS, "transcriptionSubscription"),
            ],
            features: &[],
        },
        lacks: NOTHING,
        spells: &custom_models(SET_UP),
        requires: &stream_requirements(&[Operation::CreateCall, Operation::AnswerCall, Operation::Connect]),
        answers: &[],
    },
];

#[cfg(test)]
mod tests {
    use crate::platform::versions::previews::{PREVIEWS, Part};
    use crate::platform::versions::{MEMBERS, Message};

    #[test]
    fn previews_are_made_of_stable_versions() {
        for preview in PREVIEWS {
            assert!(preview.base.preview().is_none() && preview.base.generation().is_none(), "{:?}", preview.version);
        }
    }

    #[test]
    fn nothing_is_said_that_the_base_says_already() {
        for preview in PREVIEWS {
            let (base, besides, lacks) = (preview.base, &preview.besides, &preview.lacks);
            assert!(
                besides.operations.iter().all(|one| !base.has(*one))
                    && lacks.operations.iter().all(|one| base.has(*one))
            );
            assert!(
                besides.webhooks.iter().all(|one| !base.tells(*one))
                    && lacks.webhooks.iter().all(|one| base.tells(*one))
            );
            assert!(
                besides.features.iter().all(|one| !one.is_in(base)) && lacks.features.iter().all(|one| one.is_in(base))
            );
            let each = |part: &Part| -> Vec<(Message, &'static str)> {
                part.members.iter().flat_map(|(of, path)| of.iter().map(|message| (*message, *path))).collect()
            };
            for (message, path) in each(besides).into_iter().chain(each(lacks)) {
                let listed =
                    |member: &&crate::platform::versions::Member| member.path == path && member.of.contains(&message);
                assert!(MEMBERS.iter().any(|member| listed(&member)), "{message:?} {path}");
            }
            for (message, path) in each(besides) {
                assert!(!base.has_member(message, path), "{message:?} {path}");
            }
            for (message, path) in each(lacks) {
                assert!(base.has_member(message, path), "{message:?} {path}");
            }
        }
    }

    /// What a request calls otherwise, it does not also have under the newest name.
    #[test]
    fn other_names_are_instead_of_the_newest() {
        for preview in PREVIEWS {
            for spelling in preview.spells {
                for message in spelling.of.iter().filter(|message| matches!(message, Message::Request(_))) {
                    let outer =
                        |path: &str| spelling.newest == path || spelling.newest.starts_with(&format!("{path}."));
                    assert!(
                        preview.version.lacks(*message).any(|member| outer(member.path)),
                        "{message:?} {spelling:?}"
                    );
                }
            }
        }
    }
}
