//! The JSON of the Call Automation REST API and its webhooks, api-version 2026-03-12, as typed structs.
//!
//! Shared by the client side (`to_wire`, `from_wire`) and the emulator. Requests refuse unknown members, as the newest
//! published schema closes its objects; responses and events ignore them, as the official SDKs do. Null and absent are equal. None of
//! them has `Debug`: what goes over the wire is personal data, and nothing may print it by accident.

mod calls;
mod grid;
mod media;
mod parties;
mod people;
mod streams;
mod webhooks;

pub use calls::{
    AnswerCall, CallConnectionProperties, CallIntelligenceOptions, CallLocator, ConnectCall, ContextAnswer, CreateCall,
    CustomCallingContext, ErrorBody, ErrorDetail, RedirectCall, RejectCall, Transfer,
};
pub use grid::{
    CallPlace, CallTold, CustomContext, GridEvent, IncomingCall, RecordingChunk, RecordingFileStatus, RecordingStorage,
    SubscriptionValidation, ToldPerson,
};
pub use media::{
    Choice, DtmfOptions, FileSource, Play, PlayOptions, PlaySource, Recognize, RecognizeOptions, SpeechOptions,
    SsmlSource, TextSource,
};
pub use parties::{
    Identifier, LooseIdentifier, LoosePhone, LooseUser, Phone, TeamsApp, TeamsExtensionUser, TeamsUser, User,
};
pub use people::{
    AddParticipant, AddParticipantAnswer, CancelAddParticipant, Hold, MoveParticipants, MovedAnswer, MuteParticipants,
    Participants, RemoveParticipant, SendDtmfTones, Target,
};
pub use streams::{
    ChannelAffinity, ExternalStorage, MediaStreamingOptions, MediaStreamingSubscription, RecordingState,
    StartRecording, Streaming, Transcription, TranscriptionOptions, TranscriptionSubscription,
};
pub use webhooks::{
    CallParticipant, ChoiceResult, CloudEvent, DtmfResult, EventData, MediaStreamingUpdate, ResultInformation,
    SpeechResult, ToneInfo, TranscriptionUpdate,
};

#[cfg(test)]
mod tests;
