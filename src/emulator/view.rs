//! A call as people see it: the JSON of `GET /emulator/calls`.

use serde::Serialize;

use crate::emulator::call::{Call, End, State};
use crate::emulator::prompt::Source;
use crate::emulator::transcript::Transcript;
use crate::platform::identifier::Identifier;

/// One call.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct View<'a> {
    call: String,
    call_connection_id: Option<&'a str>,
    server_call_id: &'a str,
    from: String,
    to: String,
    state: &'static str,
    end: Option<End>,
    participants: Vec<Participant>,
    playing: Vec<&'a Source>,
    transcript: &'a Transcript,
}

#[derive(Debug, Serialize)]
struct Participant {
    id: String,
    muted: bool,
    held: bool,
}

impl Call {
    /// The call as people see it.
    pub(crate) fn view(&self) -> View<'_> {
        let (state, end) = match self.state {
            State::Ringing => ("ringing", None),
            State::Connecting => ("connecting", None),
            State::Connected => ("connected", None),
            State::Transferring => ("transferring", None),
            State::Ended(end) => ("ended", Some(end)),
        };
        View {
            call: self.name(),
            call_connection_id: self
                .live_legs()
                .first()
                .or(Some(&0))
                .and_then(|leg| self.legs.get(*leg))
                .map(|leg| leg.id.as_str()),
            server_call_id: &self.server_call_id,
            from: self.from.plain(),
            to: self.to.first().map(Identifier::plain).unwrap_or_default(),
            state,
            end,
            participants: self
                .people
                .iter()
                .map(|person| Participant { id: person.id.plain(), muted: person.muted, held: person.held })
                .collect(),
            playing: self.sounding().collect(),
            transcript: &self.transcript,
        }
    }
}
