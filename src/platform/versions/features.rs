//! What flows ask of the platform that not all api-versions have, beyond whole operations.

use crate::platform::operations::Operation;
use crate::platform::versions::{Message, Version};

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
    /// Streams and transcriptions of a call that was joined.
    JoinedStreams,
}

impl Feature {
    /// The stable version it came with.
    #[must_use]
    pub fn since(self) -> Version {
        match self {
            Feature::Listener | Feature::WhosePress | Feature::Groups => Version::V2023_03_06,
            Feature::Choices | Feature::Words | Feature::Speech | Feature::Transferee | Feature::Headers => {
                Version::V2023_10_15
            }
            Feature::SeveralSources | Feature::CuttingIn | Feature::TransferCallerId => Version::V2024_09_15,
            Feature::JoinedStreams => Version::V2025_05_15,
        }
    }

    /// Whether a version has it. Questions by keys alone are all that the first generations share with later ones.
    #[must_use]
    pub fn is_in(self, version: Version) -> bool {
        match (version.generation(), self) {
            // Where nobody joins, or nothing is streamed, that is what is missing.
            (_, Feature::JoinedStreams) => {
                !version.has(Operation::Connect)
                    || !version.has(Operation::StartStreaming)
                    || version.has_member(Message::Request(Operation::Connect), "mediaStreamingOptions")
            }
            (Some(_), feature) => feature == Feature::Choices,
            (None, feature) => version.has_since(feature.since(), |part| part.features.contains(&feature)),
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
            Feature::JoinedStreams => "streams and transcriptions of calls that were joined",
        }
    }
}
