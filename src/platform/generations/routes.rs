//! The operations of the first generations: method, path, success status, refusals and the members of their bodies.

use crate::platform::generations::routes::By::{Call, Leg, Nothing};
use crate::platform::operations::Method::{Delete, Get, Post};
use crate::platform::operations::{Method, Operation};

/// What a path names the call by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Nothing: there is no call yet.
    Nothing,
    /// The application's leg.
    Leg,
    /// The whole call.
    Call,
}

/// What a member of a body means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Means {
    /// The number shown to phones.
    CallerId,
    /// Where events go.
    Callback,
    /// What a recording has in it.
    Content,
    /// How many tracks a recording has.
    Channels,
    /// The operation context.
    Context,
    /// The events wanted: rosters, tones.
    Events,
    /// The audio file.
    File,
    /// The name under which the file is remembered.
    FileId,
    /// How a recording is written.
    Format,
    /// Again and again.
    Loop,
    /// Sound, or pictures too.
    MediaTypes,
    /// One person.
    One,
    /// Several people.
    Several,
    /// Who calls: a user of the application.
    Source,
    /// What the call is about, in words.
    Subject,
    /// Whom to call.
    Targets,
}

/// A member of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// What it means.
    pub means: Means,
    /// What it is called.
    pub name: &'static str,
    /// Whether it has to be there.
    pub needed: bool,
}

/// An operation as one generation has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// What later versions call it.
    pub operation: Operation,
    /// What names the call.
    pub by: By,
    /// Its method.
    pub method: Method,
    /// Its path: `{id}` stands for the leg's id, `{call}` for the whole call's, `{who}` for a participant id, `{recording}` for a
    /// recording's. Verbs are segments of their own.
    pub path: &'static str,
    /// The one status of success.
    pub success: u16,
    /// The statuses of refusals it documents.
    pub refusals: &'static [u16],
    /// The members of its body; none where it has no body.
    pub body: &'static [Member],
}

impl Form {
    /// What a member is called.
    #[must_use]
    pub fn name(&self, means: Means) -> Option<&'static str> {
        self.body.iter().find(|member| member.means == means).map(|member| member.name)
    }
}

const fn needs(means: Means, name: &'static str) -> Member {
    Member { means, name, needed: true }
}

const fn may(means: Means, name: &'static str) -> Member {
    Member { means, name, needed: false }
}

const fn form(operation: Operation, by: By, method: Method, path: &'static str, success: u16) -> Form {
    Form { operation, by, method, path, success, refusals: &[], body: &[] }
}

impl Form {
    const fn with(self, body: &'static [Member]) -> Form {
        Form { body, ..self }
    }

    const fn refuses(self, refusals: &'static [u16]) -> Form {
        Form { refusals, ..self }
    }
}

/// Calls of the generations of call legs.
const LEG_REFUSALS: &[u16] = &[400, 401, 500];
/// Recordings there: started and looked at, then changed.
const TAPE_REFUSALS: &[u16] = &[400, 404, 500];
const TURN_REFUSALS: &[u16] = &[400, 500];
/// Create and join of call connections, then everything else.
const BEGIN_REFUSALS: &[u16] = &[400, 401, 403, 500];
const REFUSALS: &[u16] = &[400, 401, 403, 404, 500];

const CONTEXT: Member = may(Means::Context, "operationContext");
const SUBJECT: Member = may(Means::Subject, "subject");
const CALLER_ID: Member = may(Means::CallerId, "alternateCallerId");
const CALLBACK: Member = may(Means::Callback, "callbackUri");
const NEEDS_CALLBACK: Member = needs(Means::Callback, "callbackUri");
const NEEDS_SOURCE: Member = needs(Means::Source, "source");
const TARGETS: Member = needs(Means::Targets, "targets");
const NEEDS_EVENTS: Member = needs(Means::Events, "requestedCallEvents");
const NEEDS_MODALITIES: Member = needs(Means::MediaTypes, "requestedModalities");
const EVENTS: Member = may(Means::Events, "requestedCallEvents");
const MEDIA_TYPES: Member = may(Means::MediaTypes, "requestedMediaTypes");
const RECORDING_CALLBACK: Member = may(Means::Callback, "recordingStateCallbackUri");

/// Play of the versions that are published.
const PLAY: &[Member] =
    &[may(Means::File, "audioFileUri"), may(Means::Loop, "loop"), CONTEXT, may(Means::FileId, "audioFileId"), CALLBACK];
const INVITE: &[Member] = &[CALLER_ID, needs(Means::Several, "participants"), CONTEXT, CALLBACK];
const ADD: &[Member] = &[CALLER_ID, may(Means::One, "participant"), CONTEXT, CALLBACK];

/// Bare `/calls`. The member for the caller id is in its samples, not in its text.
pub(super) const PRIVATE: &[Form] = &[
    form(Operation::CreateCall, Nothing, Post, "/calls", 200).refuses(LEG_REFUSALS).with(&[
        TARGETS,
        SUBJECT,
        NEEDS_CALLBACK,
        may(Means::MediaTypes, "requestedModalities"),
        EVENTS,
        may(Means::Source, "source"),
        CALLER_ID,
    ]),
    form(Operation::HangUp, Leg, Post, "/calls/{id}/Hangup", 202).refuses(LEG_REFUSALS),
    form(Operation::Play, Leg, Post, "/calls/{id}/PlayAudio", 202).refuses(LEG_REFUSALS).with(&[
        may(Means::File, "audioFileUri"),
        may(Means::Loop, "loop"),
        CONTEXT,
        may(Means::FileId, "resourceId"),
    ]),
    form(Operation::CancelMedia, Leg, Post, "/calls/{id}/CancelMediaProcessing", 202)
        .refuses(LEG_REFUSALS)
        .with(&[CONTEXT]),
    form(Operation::AddParticipant, Leg, Post, "/calls/{id}/participants", 202)
        .refuses(LEG_REFUSALS)
        .with(&[needs(Means::Several, "participants"), CONTEXT]),
    form(Operation::RemoveParticipant, Leg, Delete, "/calls/{id}/participants/{who}", 202).refuses(LEG_REFUSALS),
];

const LEGS: &str = "/calling/calls/{id}";

/// 2021-04-15-preview1.
pub(super) const CALL_LEGS: &[Form] = &[
    form(Operation::CreateCall, Nothing, Post, "/calling/calls", 201).refuses(LEG_REFUSALS).with(&[
        may(Means::CallerId, "sourceAlternateIdentity"),
        TARGETS,
        NEEDS_SOURCE,
        SUBJECT,
        NEEDS_CALLBACK,
        NEEDS_MODALITIES,
        NEEDS_EVENTS,
    ]),
    // What the delete of a call does beside hanging up is not stated; here it ends the call for everybody.
    form(Operation::Terminate, Leg, Delete, LEGS, 202).refuses(LEG_REFUSALS),
    form(Operation::CancelMedia, Leg, Post, "/calling/calls/{id}/CancelMediaProcessing", 200)
        .refuses(LEG_REFUSALS)
        .with(&[CONTEXT]),
    form(Operation::HangUp, Leg, Post, "/calling/calls/{id}/Hangup", 202).refuses(LEG_REFUSALS),
    form(Operation::Play, Leg, Post, "/calling/calls/{id}/PlayAudio", 202).refuses(LEG_REFUSALS).with(PLAY),
    form(Operation::AddParticipant, Leg, Post, "/calling/calls/{id}/participants", 202)
        .refuses(LEG_REFUSALS)
        .with(INVITE),
    form(Operation::RemoveParticipant, Leg, Delete, "/calling/calls/{id}/participants/{who}", 202)
        .refuses(LEG_REFUSALS),
    form(Operation::Connect, Call, Post, "/calling/conversations/{call}/Join", 202).refuses(LEG_REFUSALS).with(&[
        NEEDS_SOURCE,
        SUBJECT,
        NEEDS_CALLBACK,
        NEEDS_MODALITIES,
        NEEDS_EVENTS,
    ]),
    form(Operation::Play, Call, Post, "/calling/conversations/{call}/PlayAudio", 202).refuses(LEG_REFUSALS).with(PLAY),
    form(Operation::AddParticipant, Call, Post, "/calling/conversations/{call}/participants", 202)
        .refuses(LEG_REFUSALS)
        .with(INVITE),
    form(Operation::RemoveParticipant, Call, Delete, "/calling/conversations/{call}/participants/{who}", 202)
        .refuses(LEG_REFUSALS),
    form(Operation::StartRecording, Call, Post, "/calling/conversations/{call}/recordings", 200)
        .refuses(TAPE_REFUSALS)
        .with(&[RECORDING_CALLBACK]),
    form(Operation::StopRecording, Call, Delete, "/calling/conversations/{call}/recordings/{recording}", 200)
        .refuses(TURN_REFUSALS),
    form(Operation::GetRecording, Call, Get, "/calling/conversations/{call}/recordings/{recording}", 200)
        .refuses(TAPE_REFUSALS),
    form(Operation::PauseRecording, Call, Post, "/calling/conversations/{call}/recordings/{recording}/Pause", 200)
        .refuses(TURN_REFUSALS),
    form(Operation::ResumeRecording, Call, Post, "/calling/conversations/{call}/recordings/{recording}/Resume", 200)
        .refuses(TURN_REFUSALS),
];

const CONNECTIONS: [Form; 15] = [
    form(Operation::CreateCall, Nothing, Post, "/calling/callConnections", 201).refuses(BEGIN_REFUSALS).with(&[
        CALLER_ID,
        TARGETS,
        NEEDS_SOURCE,
        SUBJECT,
        NEEDS_CALLBACK,
        MEDIA_TYPES,
        EVENTS,
    ]),
    form(Operation::CancelMedia, Leg, Post, "/calling/callConnections/{id}/:cancelAllMediaOperations", 200)
        .refuses(REFUSALS)
        .with(&[CONTEXT]),
    form(Operation::HangUp, Leg, Post, "/calling/callConnections/{id}/:hangup", 202).refuses(REFUSALS),
    form(Operation::Play, Leg, Post, "/calling/callConnections/{id}/:playAudio", 202).refuses(REFUSALS).with(PLAY),
    form(Operation::AddParticipant, Leg, Post, "/calling/callConnections/{id}/participants", 202)
        .refuses(REFUSALS)
        .with(ADD),
    form(Operation::RemoveParticipant, Leg, Delete, "/calling/callConnections/{id}/participants/{who}", 202)
        .refuses(REFUSALS),
    form(Operation::Connect, Call, Post, "/calling/serverCalls/{call}/:join", 202).refuses(BEGIN_REFUSALS).with(&[
        NEEDS_SOURCE,
        SUBJECT,
        NEEDS_CALLBACK,
        MEDIA_TYPES,
        EVENTS,
    ]),
    form(Operation::Play, Call, Post, "/calling/serverCalls/{call}/:playAudio", 202).refuses(REFUSALS).with(PLAY),
    form(Operation::AddParticipant, Call, Post, "/calling/serverCalls/{call}/participants", 202)
        .refuses(REFUSALS)
        .with(ADD),
    form(Operation::RemoveParticipant, Call, Delete, "/calling/serverCalls/{call}/participants/{who}", 202)
        .refuses(REFUSALS),
    form(Operation::StartRecording, Call, Post, START_RECORDING, 200).refuses(REFUSALS).with(&[RECORDING_CALLBACK]),
    form(Operation::StopRecording, Call, Delete, "/calling/serverCalls/{call}/recordings/{recording}", 200)
        .refuses(REFUSALS),
    form(Operation::GetRecording, Call, Get, "/calling/serverCalls/{call}/recordings/{recording}", 200)
        .refuses(REFUSALS),
    form(Operation::PauseRecording, Call, Post, "/calling/serverCalls/{call}/recordings/{recording}/:pause", 200)
        .refuses(REFUSALS),
    form(Operation::ResumeRecording, Call, Post, "/calling/serverCalls/{call}/recordings/{recording}/:resume", 200)
        .refuses(REFUSALS),
];

const START_RECORDING: &str = "/calling/serverCalls/{call}/recordings";
/// Where the start of a recording stands among them.
const START: usize = 10;

/// 2021-06-15-preview.
pub(super) const CALL_CONNECTIONS: &[Form] = &CONNECTIONS;

/// 2021-08-30-preview: the same, but for how a recording is made.
pub(super) const RECORDING_FORMATS: &[Form] = &{
    let mut forms = CONNECTIONS;
    forms[START] = forms[START].with(&[
        RECORDING_CALLBACK,
        may(Means::Content, "recordingContentType"),
        may(Means::Channels, "recordingChannelType"),
        may(Means::Format, "recordingFormatType"),
    ]);
    forms
};
