//! Connect: the application joins a call that is under way, by its server call id, or a group call or room, which comes to be when
//! it is first joined.

use crate::emulator::answer::{Answer, Refusal};
use crate::emulator::call::{Call, Direction, State, gone, why};
use crate::emulator::cloud::Cloud;
use crate::emulator::leg::{Leg, SetUp};
use crate::platform::codes::refusal;
use crate::platform::operations::Operation;
use crate::provider::acs::wire;

/// What a locator names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A group call or room, as calls note it.
    Open(String),
    /// A call, by its server call id.
    Server(String),
}

/// Reads a locator: the one id that is there, which must fit the kind where one is given.
pub(crate) fn place(path: &str, locator: &wire::CallLocator) -> Result<Place, Refusal> {
    let ids = [
        ("groupCallLocator", "groupCallId", &locator.group_call_id),
        ("serverCallLocator", "serverCallId", &locator.server_call_id),
        ("roomCallLocator", "roomId", &locator.room_id),
    ];
    let given: Vec<(&str, &str, &String)> =
        ids.into_iter().filter_map(|(kind, field, id)| Some((kind, field, id.as_ref()?))).collect();
    let [(kind, field, id)] = given.as_slice() else {
        return Err(Refusal::field(path, "must have exactly one of groupCallId, serverCallId and roomId"));
    };
    if id.is_empty() {
        return Err(Refusal::field(&format!("{path}.{field}"), "must not be empty"));
    }
    if locator.kind.as_ref().is_some_and(|given| given != kind) {
        return Err(Refusal::field(&format!("{path}.kind"), format!("contradicts {field}; that goes with {kind}")));
    }
    Ok(match *kind {
        "groupCallLocator" => Place::Open(format!("group:{id}")),
        "roomCallLocator" => Place::Open(format!("room:{id}")),
        _ => Place::Server((*id).clone()),
    })
}

impl Cloud {
    /// Joins a call; the answer is that of its new leg.
    pub(crate) fn connect(&mut self, asked: &wire::ConnectCall) -> Result<Answer, Refusal> {
        let place = place("callLocator", &asked.call_locator)?;
        let (audio, words) = (asked.media_streaming_options.as_ref(), asked.transcription_options.as_ref());
        let intelligence = asked.call_intelligence_options.as_ref();
        let set_up = SetUp::read(&asked.callback_uri, asked.operation_context.as_ref(), intelligence, audio, words)?;
        let number = self.placed(&place)?;
        if !self.calls.get(&number).is_some_and(|call| matches!(call.state, State::Connected | State::Transferring)) {
            return Err(Refusal::new(refusal::NOT_ESTABLISHED, why(refusal::NOT_ESTABLISHED)));
        }
        let identity = self.world.application();
        let leg = Leg::new(&mut self.world, set_up, identity);
        let call = self.calls.get_mut(&number).ok_or_else(gone)?;
        let leg = call.join(&mut self.world, leg);
        let answer = Answer::json(Operation::Connect.row().success, &call.properties(leg)?);
        self.name(number);
        Ok(answer)
    }

    /// The call at a place; an open one is made where there is none.
    pub(crate) fn placed(&mut self, place: &Place) -> Result<u64, Refusal> {
        let name = match place {
            Place::Open(name) | Place::Server(name) => name,
        };
        let is_meant = |call: &Call| call.server_call_id == *name || call.place.as_ref() == Some(name);
        let found = self.named(name).filter(|(call, _)| is_meant(call)).map(|(call, _)| (call.number, call.is_over()));
        match (place, found) {
            (_, Some((number, false))) => Ok(number),
            (Place::Server(_), _) => Err(gone()),
            (Place::Open(name), _) => {
                let number = self.next_number();
                let identity = self.world.application();
                let mut call = Call::new(&mut self.world, number, Direction::Open, identity, Vec::new());
                call.place = Some(name.clone());
                call.state = State::Connected;
                self.add(call);
                Ok(number)
            }
        }
    }
}
