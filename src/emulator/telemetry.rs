//! Event Grid's telemetry of calls that a user of the resource takes part in: started, somebody came, somebody went, ended.
//! Calls of phones only are not told of.

use crate::emulator::call::Call;
use crate::emulator::identity;
use crate::emulator::world::World;
use crate::platform::events::Notice;
use crate::platform::identifier::Identifier;
use crate::provider::acs::wire;

/// What has been told of a call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    /// Since when it has been told of.
    since: Option<u64>,
    /// Who was told to be there, by participant id.
    people: Vec<(Identifier, String)>,
}

fn person(who: &Identifier) -> wire::ToldPerson {
    wire::ToldPerson { communication_identifier: identity::loose(who), role: Some("unknown".into()) }
}

impl Call {
    /// Tells of what has changed: called whenever the roster may have.
    pub(crate) fn tell_telemetry(&mut self, world: &mut World) {
        let is_user = |who: &Identifier| matches!(who, Identifier::AcsUser(_));
        let here: Vec<Identifier> = self.people.iter().map(|person| person.id.clone()).filter(is_user).collect();
        if self.told.since.is_none() {
            if here.is_empty() || self.is_over() {
                return;
            }
            self.told.since = Some(world.now);
            let subject = format!("call/{}/startedBy/{}", self.server_call_id, self.from.raw_id());
            world.publish(Notice::CallStarted.wire_type(), subject, &self.telemetry(), None);
        }
        let (stay, gone) = std::mem::take(&mut self.told.people).into_iter().partition(|(who, _)| here.contains(who));
        self.told.people = stay;
        let gone: Vec<(Identifier, String)> = gone;
        for (who, id) in gone {
            self.tell_person(world, Notice::ParticipantRemoved, &who, &id);
        }
        for who in here {
            if !self.told.people.iter().any(|(known, _)| *known == who) {
                let id = world.ids.guid();
                self.tell_person(world, Notice::ParticipantAdded, &who, &id);
                self.told.people.push((who, id));
            }
        }
        if self.is_over() {
            self.tell_end(world);
        }
    }

    fn tell_end(&mut self, world: &mut World) {
        let Some(since) = self.told.since.take() else { return };
        let seconds = f64::from(u32::try_from(world.now.saturating_sub(since)).unwrap_or(u32::MAX)) / 1000.0;
        let data = wire::CallTold { duration_of_call: Some(seconds), ..self.telemetry() };
        world.publish(Notice::CallEnded.wire_type(), format!("call/{}", self.server_call_id), &data, None);
    }

    fn tell_person(&self, world: &mut World, notice: Notice, who: &Identifier, id: &str) {
        let data = wire::CallTold {
            user: Some(person(who)),
            display_name: Some(String::new()),
            participant_id: Some(id.to_owned()),
            endpoint_type: Some("VoIP".to_owned()),
            ..self.telemetry()
        };
        let subject = format!("call/{}/participant/{}", self.server_call_id, who.raw_id());
        world.publish(notice.wire_type(), subject, &data, None);
    }

    fn telemetry(&self) -> wire::CallTold {
        let place = |kind: &str| {
            let id = self.place.as_ref()?.strip_prefix(kind)?;
            Some(wire::CallPlace { id: id.to_owned() })
        };
        let room = place("room:");
        wire::CallTold {
            started_by: Some(person(&self.from)),
            server_call_id: self.server_call_id.clone(),
            group: place("group:"),
            is_rooms_call: Some(room.is_some()),
            room,
            is_two_party: Some(self.place.is_none() && self.to.len() < 2 && self.people.len() < 2),
            correlation_id: Some(self.correlation_id.clone()),
            ..wire::CallTold::default()
        }
    }
}
