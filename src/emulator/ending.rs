//! What ends before something larger does: with a call, with a leg, with somebody who goes.

use crate::emulator::call::Call;
use crate::emulator::world::World;
use crate::platform::identifier::Identifier;

impl Call {
    /// Everything that runs or waits ends: the call is over.
    pub(crate) fn end_everything_asked(&mut self, world: &mut World) {
        self.cancel_all_media(world);
        self.end_watches(world, |_, _| true);
        self.end_sendings(world, |_, _| true);
        self.give_up_invitations(world, None);
    }

    /// What one leg asked for ends: the leg leaves.
    pub(crate) fn end_what_it_asked(&mut self, world: &mut World, leg: usize) {
        self.cancel_media_of(world, leg);
        self.end_watches(world, |_, of| of == leg);
        self.end_sendings(world, |_, of| of == leg);
        self.give_up_invitations(world, Some(leg));
    }

    /// What was for one person alone ends: they go.
    pub(crate) fn end_what_was_for(&mut self, world: &mut World, who: &Identifier) {
        self.cancel_media_for(world, who);
        self.end_watches(world, |watched, _| watched == who);
        self.end_sendings(world, |sending, _| sending.who == *who);
    }
}
