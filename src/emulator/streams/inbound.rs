//! Sound that an application sends into a call by a media stream: people hear it for as long as it lasts. What it says nobody knows.

use crate::emulator::call::Call;
use crate::emulator::streams::frame::{self, Inbound};
use crate::emulator::streams::socket::Line;
use crate::emulator::streams::{Format, Kind, Which};
use crate::emulator::world::{Due, World};

/// Most sound that waits to be heard, in milliseconds; what comes beyond is dropped.
const MOST_WAITING_MS: u64 = 600_000;

impl Call {
    /// An application has sent something; what it was, if it meant anything.
    pub(crate) fn inbound(&mut self, world: &mut World, leg: usize, text: &str) -> Option<&'static str> {
        let (now, number) = (world.now, self.number);
        let stream = self.stream_mut(leg, Which::Audio)?;
        let Kind::Audio(Format { rate, bidirectional: true, .. }) = stream.kind else { return None };
        let Line::On { socket, heard, .. } = &mut stream.line else { return None };
        match frame::inbound(text, rate)? {
            Inbound::Audio(lasts) => {
                let (since, until) = heard.unwrap_or((now, now));
                let more = (until + lasts).min(now + MOST_WAITING_MS);
                *heard = Some((since, more));
                if until == now && since == now {
                    let (leg, socket) = (leg, *socket);
                    world.plan(lasts, number, Due::Played { leg, socket });
                }
                Some("AudioData")
            }
            Inbound::StopAudio => {
                self.cut_inbound(world, leg);
                Some("StopAudio")
            }
        }
    }

    /// What was sent has been heard, unless more came since.
    pub(crate) fn played(&mut self, world: &mut World, leg: usize, socket: u64) {
        let now = world.now;
        let Some(stream) = self.stream(leg, Which::Audio).filter(|stream| stream.open_socket() == Some(socket)) else {
            return;
        };
        match stream.line {
            Line::On { heard: Some((_, until)), .. } if until > now => {
                world.plan(until - now, self.number, Due::Played { leg, socket });
            }
            Line::On { .. } => self.cut_inbound(world, leg),
            Line::Off | Line::Opening { .. } => {}
        }
    }

    /// Sound that is being heard ends here.
    pub(crate) fn cut_inbound(&mut self, world: &World, leg: usize) {
        let (now, age) = (world.now, self.age(world));
        let Some(stream) = self.stream_mut(leg, Which::Audio) else { return };
        let Line::On { heard, .. } = &mut stream.line else { return };
        let Some((since, until)) = heard.take() else { return };
        let lasted = until.min(now).saturating_sub(since);
        if lasted == 0 {
            return;
        }
        let cut = if until > now { "…" } else { "" };
        let text = format!("sound of {}.{}s{cut}", lasted / 1000, lasted % 1000 / 100);
        for person in self.people.iter().filter(|person| !person.held) {
            self.transcript.heard(age, &person.id, &text);
        }
    }
}
