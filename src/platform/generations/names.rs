//! What the generations call the things in answers and events, and how they dress events.

use crate::platform::generations::events::{EventName, FirstEvent};

/// What an event is wrapped in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dress {
    /// Event Grid's own schema, data with capitals: `CallLegId`.
    GridCapitals,
    /// Event Grid's own schema, data as everywhere else: `callLegId`.
    Grid,
    /// CloudEvents 1.0.
    Cloud,
}

/// The names of one generation.
#[derive(Debug, PartialEq, Eq)]
pub struct Names {
    /// The application's leg.
    pub leg: &'static str,
    /// The whole call.
    pub call: &'static str,
    /// The state of a leg.
    pub state: &'static str,
    /// The id that an operation on media answers with.
    pub operation_id: &'static str,
    /// Whether adding somebody answers with their participant id.
    pub tells_participant: bool,
    /// Whether an error stands bare, without `error` around it.
    pub bare_errors: bool,
    /// Whether requests name an api-version.
    pub versioned: bool,
    /// How events are wrapped.
    pub dress: Dress,
    /// Where events come from, before the leg's id.
    pub source: &'static str,
    /// The type of each event behind the platform's prefix, and the last step of its subject.
    pub events: &'static [EventName],
}

impl Names {
    /// The name of an event; `None` where the generation does not have it.
    #[must_use]
    pub fn event(&self, event: FirstEvent) -> Option<&'static EventName> {
        self.events.iter().find(|name| name.event == event)
    }
}

const fn event(event: FirstEvent, name: &'static str, kind: &'static str) -> EventName {
    EventName { event, name, kind }
}

/// Bare `/calls`.
pub(super) const PRIVATE: Names = Names {
    leg: "callLegId",
    call: "conversationId",
    state: "callState",
    operation_id: "id",
    tells_participant: false,
    bare_errors: true,
    versioned: false,
    dress: Dress::GridCapitals,
    source: "callLeg/",
    events: &[
        event(FirstEvent::State, "CallLegStateChanged", "callState"),
        event(FirstEvent::Tone, "DtmfReceived", "dtmf"),
        event(FirstEvent::Played, "PlayAudioResult", "playAudio"),
        event(FirstEvent::Invited, "InviteParticipantResult", "inviteParticipantResult"),
        event(FirstEvent::People, "ParticipantsUpdated", "participantsUpdated"),
    ],
};

/// 2021-04-15-preview1.
pub(super) const CALL_LEGS: Names = Names {
    leg: "callLegId",
    call: "conversationId",
    state: "callState",
    operation_id: "id",
    tells_participant: false,
    bare_errors: true,
    versioned: true,
    dress: Dress::Grid,
    source: "callLeg/",
    events: &[
        event(FirstEvent::State, "CallLegStateChanged", "callState"),
        event(FirstEvent::Tone, "ToneReceived", "dtmf"),
        event(FirstEvent::Played, "PlayAudioResult", "playAudio"),
        event(FirstEvent::Invited, "InviteParticipantsResult", "inviteParticipantResult"),
        event(FirstEvent::People, "ParticipantsUpdated", "participantsUpdated"),
        // What stands last in the subject of this one is not known [?].
        event(FirstEvent::Recording, "CallRecordingStateChanged", "callRecordingState"),
    ],
};

/// 2021-06-15-preview and 2021-08-30-preview. Only `callState` is known as a last step of a source, the others are read off it [?].
pub(super) const CALL_CONNECTIONS: Names = Names {
    leg: "callConnectionId",
    call: "serverCallId",
    state: "callConnectionState",
    operation_id: "operationId",
    tells_participant: true,
    bare_errors: false,
    versioned: true,
    dress: Dress::Cloud,
    source: "calling/callConnections/",
    events: &[
        event(FirstEvent::State, "CallConnectionStateChanged", "callState"),
        event(FirstEvent::Tone, "ToneReceived", "toneReceived"),
        event(FirstEvent::Played, "PlayAudioResult", "playAudioResult"),
        event(FirstEvent::Invited, "AddParticipantResult", "addParticipantResult"),
        event(FirstEvent::People, "ParticipantsUpdated", "participantsUpdated"),
        event(FirstEvent::Recording, "CallRecordingStateChanged", "callRecordingState"),
    ],
};
