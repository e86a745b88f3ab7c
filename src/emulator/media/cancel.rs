//! What cuts media off, and what cannot run beside what.

use std::collections::VecDeque;

use crate::emulator::answer::Refusal;
use crate::emulator::call::{Call, result};
use crate::emulator::media::{Item, LaneKey, Running, Task};
use crate::emulator::world::World;
use crate::platform::codes::{self, refusal};
use crate::platform::identifier::Identifier;
use crate::platform::legality::{Beside, Media, beside};

impl Call {
    /// Cancels what runs and waits in one place; each item gets its event.
    pub(crate) fn cancel_lane(&mut self, world: &mut World, key: &LaneKey) {
        self.cut_prompt(world, key);
        let Some(lane) = self.lanes.remove(key) else { return };
        for item in lane.running.map(|running| running.item).into_iter().chain(lane.waiting) {
            self.say_cancelled(world, &item);
        }
    }

    fn say_cancelled(&self, world: &mut World, item: &Item) {
        if let Some(webhook) = item.cancelled() {
            self.notify(world, webhook, &item.reply, result(codes::CANCELLED));
        }
    }

    /// Cancels all media, whoever asked for it.
    pub(crate) fn cancel_all_media(&mut self, world: &mut World) {
        for key in self.lanes.keys().cloned().collect::<Vec<_>>() {
            self.cancel_lane(world, &key);
        }
    }

    /// Cancels what one leg plays and listens for. The music of people on hold goes on.
    pub(crate) fn cancel_media_of(&mut self, world: &mut World, leg: usize) {
        self.cancel_items(world, |item| item.reply.leg == leg && !matches!(item.task, Task::Music));
    }

    /// Cancels what plays and listens apart from the main leg for somebody. Tones being sent to them cannot be cut off.
    pub(crate) fn cut_media_beside(&mut self, world: &mut World, who: &Identifier) -> Result<(), Refusal> {
        if self.sendings.iter().any(|sending| sending.who == *who) {
            return Err(busy());
        }
        for key in self.lanes.keys().cloned().collect::<Vec<_>>() {
            let hears = |running: &Running| running.item.audience.iter().flatten().any(|heard| heard == who);
            let lane = self.lanes.get(&key).and_then(|lane| lane.running.as_ref());
            if matches!(key, LaneKey::Of(_)) && lane.is_some_and(hears) {
                self.cancel_lane(world, &key);
            }
        }
        Ok(())
    }

    /// Somebody goes: media for nobody else, running or waiting, is cut off.
    pub(crate) fn cancel_media_for(&mut self, world: &mut World, who: &Identifier) {
        let here: Vec<Identifier> = self.people.iter().map(|person| person.id.clone()).collect();
        self.cancel_items(world, |item| {
            let is_left = |heard: &Identifier| heard != who && here.contains(heard);
            item.audience.as_ref().is_some_and(|audience| !audience.iter().any(is_left))
        });
    }

    fn cancel_items(&mut self, world: &mut World, of: impl Fn(&Item) -> bool) {
        for key in self.lanes.keys().cloned().collect::<Vec<_>>() {
            let Some(lane) = self.lanes.get_mut(&key) else { continue };
            let (cut, kept) = std::mem::take(&mut lane.waiting).into_iter().partition(&of);
            lane.waiting = kept;
            let runs = lane.running.as_ref().is_some_and(|running| of(&running.item));
            let mut cut: VecDeque<Item> = cut;
            if runs {
                self.cut_prompt(world, &key);
                let running = self.lanes.get_mut(&key).and_then(|lane| lane.running.take());
                running.into_iter().for_each(|running| cut.push_front(running.item));
            }
            for item in cut {
                self.say_cancelled(world, &item);
            }
            self.run_next(world, &key);
        }
    }

    /// Refuses media that cannot run beside what runs for one of these people.
    pub(crate) fn is_free(&self, asked: Media, people: &[Identifier]) -> Result<(), Refusal> {
        let running = self.lanes.iter().filter(|(key, _)| matches!(key, LaneKey::Of(_))).filter_map(|(_, lane)| {
            let item = &lane.running.as_ref()?.item;
            item.audience.iter().flatten().any(|who| people.contains(who)).then(|| item.kind()).flatten()
        });
        let sent = self.sendings.iter().filter(|sending| people.contains(&sending.who)).map(|_| Media::SendKeys);
        let mut all = running.chain(sent);
        if all.any(|running| beside(running, asked) == Beside::Refused) {
            return Err(busy());
        }
        Ok(())
    }
}

fn busy() -> Refusal {
    Refusal::new(refusal::MEDIA_CONFLICT, "media is already running for this participant")
}
