//! Phones that ring for a call: as its callee, as somebody invited, as the target of a transfer, or where a call was redirected to.
//! A number of the application's own does not ring as a phone: it becomes a new incoming call, linked to the one that dialled.

use std::collections::BTreeMap;

use crate::emulator::call::{Call, Direction, End};
use crate::emulator::cloud::Cloud;
use crate::emulator::incoming;
use crate::emulator::person::Person;
use crate::emulator::world::{Due, World};
use crate::platform::codes;
use crate::platform::identifier::Identifier;
use crate::platform::limits::INBOUND_RING_MS;
use crate::platform::outcomes::Outcome;
use crate::provider::acs::wire;

/// What a phone rings for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The invitation with this number.
    Invitation(u64),
    /// A call that was redirected: nobody waits for the answer.
    Redirect,
    /// A call that the application placed.
    Target,
    /// The transfer with this number.
    Transfer(u64),
}

/// A phone to ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ring {
    /// Whose.
    pub(crate) who: Identifier,
    /// What for.
    pub(crate) purpose: Purpose,
    /// How long at most, in milliseconds.
    pub(crate) most: u64,
    /// Who is shown to call.
    pub(crate) from: Identifier,
    /// What else is shown.
    pub(crate) display_name: Option<String>,
    /// Headers that go along, by name.
    pub(crate) headers: Option<BTreeMap<String, String>>,
}

impl Ring {
    /// A phone that rings because a call was redirected there.
    fn redirected(target: &Identifier, from: &Identifier) -> Ring {
        Ring {
            who: target.clone(),
            purpose: Purpose::Redirect,
            most: INBOUND_RING_MS,
            from: from.clone(),
            display_name: None,
            headers: None,
        }
    }
}

/// From an incoming call to the one of our own that dialled it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    /// The other call's number.
    pub(crate) call: u64,
    /// What we are called there.
    pub(crate) who: Identifier,
    /// What it rang for.
    purpose: Purpose,
}

/// What came of ringing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reached {
    /// Who rang.
    pub(crate) who: Identifier,
    /// What for.
    pub(crate) purpose: Purpose,
    /// Whether somebody answered.
    pub(crate) result: Result<(), Outcome>,
    /// The incoming call at the other end, where it is one.
    pub(crate) peer: Option<u64>,
}

/// The headers of a request that fit a callee: SIP for phones, VoIP for the others.
pub(crate) fn headers(
    who: &Identifier,
    context: Option<&wire::CustomCallingContext>,
) -> Option<BTreeMap<String, String>> {
    let context = context?;
    let fitting = match who {
        Identifier::Phone(_) => &context.sip_headers,
        Identifier::AcsUser(_) | Identifier::TeamsApp(_) | Identifier::TeamsUser(_) | Identifier::Unknown(_) => {
            &context.voip_headers
        }
    };
    fitting.clone().filter(|headers| !headers.is_empty())
}

impl Call {
    /// Rings a phone; [`Due::Reached`] says what came of it.
    pub(crate) fn ring_phone(&mut self, world: &mut World, ring: Ring) {
        let (who, purpose) = (ring.who.clone(), ring.purpose);
        let (wait, result) = if world.is_own(&who) {
            self.loops = true;
            let wait = ring.most;
            world.plan(0, 0, Due::Loop { call: self.number, ring: Box::new(ring) });
            (wait, Err(Outcome::NoAnswer))
        } else {
            world.phone(&who).reached(ring.most)
        };
        if purpose != Purpose::Redirect {
            world.plan(wait, self.number, Due::Reached(Reached { who, purpose, result, peer: None }));
        }
    }

    /// A phone was answered, or was not.
    pub(crate) fn reached(&mut self, world: &mut World, reached: Reached) {
        match reached.purpose {
            Purpose::Invitation(number) => self.invited(world, number, &reached),
            Purpose::Redirect => {}
            Purpose::Target => self.leg_answers(world, &reached),
            Purpose::Transfer(number) => self.transferred(world, number, reached.result),
        }
    }

    /// An incoming call that another call of ours has dialled.
    fn looped(world: &mut World, number: u64, caller: u64, ring: &Ring) -> Call {
        let mut call = Call::new(world, number, Direction::Inbound, ring.from.clone(), vec![ring.who.clone()]);
        call.people.push(Person::new(ring.from.clone(), None));
        if ring.purpose != Purpose::Redirect {
            call.link = Some(Link { call: caller, who: ring.who.clone(), purpose: ring.purpose });
        }
        incoming::ring(
            world,
            &mut call,
            ring.most.min(INBOUND_RING_MS),
            ring.display_name.clone(),
            ring.headers.clone(),
        );
        call
    }

    /// Tells the call that dialled this one that it was answered.
    pub(crate) fn tell_caller_of_answer(&mut self, world: &mut World) {
        let Some(link) = self.link.clone() else { return };
        self.tell_caller(world, &link, Ok(()), Some(self.number));
        if matches!(link.purpose, Purpose::Transfer(_)) {
            // Whoever was transferred is the caller from here on.
            self.link = None;
        }
    }

    fn tell_caller(&self, world: &mut World, link: &Link, result: Result<(), Outcome>, peer: Option<u64>) {
        let reached = Reached { who: link.who.clone(), purpose: link.purpose, result, peer };
        world.plan(0, link.call, Due::Reached(reached));
    }

    /// This call is over: the one that dialled it learns of it.
    pub(crate) fn unlink(&mut self, world: &mut World, rang: bool) {
        let Some(link) = self.link.take() else { return };
        if rang {
            self.tell_caller(world, &link, Err(self.refused_as), None);
        } else {
            world.plan(0, link.call, Due::FarEnd(link.who));
        }
    }

    /// It is sent elsewhere: the phone there rings, for the call of our own that dialled where there is one.
    pub(crate) fn pass_on(&mut self, world: &mut World, target: &Identifier) {
        let Some(link) = self.link.take() else {
            return self.ring_phone(world, Ring::redirected(target, &self.from));
        };
        let ring = Ring { purpose: link.purpose, ..Ring::redirected(target, &self.from) };
        world.plan(0, 0, Due::PassedOn { call: link.call, was: link.who, ring: Box::new(ring) });
    }

    /// Callees that are incoming calls of our own are let go: the one named, or all.
    pub(crate) fn unlink_callees(&self, world: &mut World, who: Option<&Identifier>) {
        if self.loops {
            world.plan(0, 0, Due::Unlink { call: self.number, who: who.cloned() });
        }
    }
}

impl Cloud {
    /// A number of our own was dialled: a new incoming call rings.
    pub(crate) fn loop_back(&mut self, caller: u64, ring: &Ring) {
        let is_wanted =
            self.calls.get(&caller).is_some_and(|call| ring.purpose == Purpose::Redirect || call.awaits(ring));
        if is_wanted {
            let number = self.next_number();
            let call = Call::looped(&mut self.world, number, caller, ring);
            self.add(call);
        }
    }

    /// What rang for a call was sent elsewhere.
    pub(crate) fn passed_on(&mut self, caller: u64, was: &Identifier, ring: Ring) {
        if let Some(call) = self.calls.get_mut(&caller).filter(|call| !call.is_over()) {
            call.renamed(was, &ring.who);
            call.ring_phone(&mut self.world, ring);
        }
    }

    /// Lets incoming calls go that another call has dialled: the callee named, or all.
    pub(crate) fn unlink(&mut self, caller: u64, who: Option<&Identifier>) {
        for call in self.calls.values_mut() {
            let is_meant = |link: &Link| link.call == caller && who.is_none_or(|who| link.who == *who);
            if call.link.take_if(|link| is_meant(link)).is_none() {
                continue;
            }
            if call.live_legs().is_empty() {
                call.over(&mut self.world, codes::OK, End::Missed);
            } else {
                let from = call.from.clone();
                call.leave(&mut self.world, &from);
            }
        }
    }
}

impl Call {
    /// Whether it still waits for what a phone rings for.
    fn awaits(&self, ring: &Ring) -> bool {
        let awaits = match ring.purpose {
            Purpose::Invitation(number) => self.invitations.iter().any(|invitation| invitation.number == number),
            Purpose::Redirect => true,
            Purpose::Target => self.ringing.contains(&ring.who),
            Purpose::Transfer(number) => self.transfer.as_ref().is_some_and(|transfer| transfer.number == number),
        };
        awaits && !self.is_over()
    }

    /// Whoever rings now rings in the place of another.
    fn renamed(&mut self, was: &Identifier, now: &Identifier) {
        for ringing in self.ringing.iter_mut().filter(|ringing| *ringing == was) {
            *ringing = now.clone();
        }
    }
}
