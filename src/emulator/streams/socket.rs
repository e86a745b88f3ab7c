//! The web socket of a stream: opened when it starts, closed when it stops. A stream runs from the moment its socket is open, and says
//! so then; where no socket can be opened, or it breaks, the stream has failed.

use crate::emulator::call::Call;
use crate::emulator::cloud::Cloud;
use crate::emulator::effect::{Effect, SocketAct};
use crate::emulator::notify::Reply;
use crate::emulator::streams::told::{Became, Failure};
use crate::emulator::streams::{Stream, Which, frame};
use crate::emulator::world::World;

/// How a stream is connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// It is not.
    Off,
    /// It runs.
    On {
        /// Its socket.
        socket: u64,
        /// Since when.
        since: u64,
        /// Of the request that started it.
        reply: Reply,
        /// The audio of the application that is being heard: since when, and until when.
        heard: Option<(u64, u64)>,
    },
    /// Its socket is being opened, for those who asked.
    Opening {
        /// The socket.
        socket: u64,
        /// The requests.
        asked: Vec<Reply>,
    },
}

/// Whose a socket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Holder {
    /// The call.
    pub(crate) call: u64,
    /// The leg.
    pub(crate) leg: usize,
    /// Its stream.
    pub(crate) which: Which,
}

impl Stream {
    /// The socket it is written to.
    pub(crate) fn open_socket(&self) -> Option<u64> {
        match self.line {
            Line::On { socket, .. } => Some(socket),
            Line::Off | Line::Opening { .. } => None,
        }
    }
}

impl World {
    /// Writes a frame to a socket.
    pub(crate) fn send(&mut self, socket: u64, frame: String) {
        self.effects.push(Effect::Socket { socket, act: SocketAct::Send { frame } });
    }

    fn close(&mut self, socket: u64) {
        if self.sockets.remove(&socket).is_some() {
            self.effects.push(Effect::Socket { socket, act: SocketAct::Close });
        }
    }
}

impl Call {
    /// Opens the socket of a stream, or says at once that it runs.
    pub(crate) fn start_line(&mut self, world: &mut World, which: Which, reply: &Reply) {
        let (call, leg) = (self.number, reply.leg);
        let (connection, correlation) = match self.legs.get(leg) {
            Some(own) => (own.id.clone(), self.correlation_id.clone()),
            None => return,
        };
        let Some(stream) = self.stream_mut(leg, which) else { return };
        match &mut stream.line {
            Line::On { .. } => self.tell_stream(world, which, reply, Became::Started),
            Line::Opening { asked, .. } => asked.push(reply.clone()),
            Line::Off => {
                let Some(url) = stream.url.clone() else {
                    return self.tell_stream(world, which, reply, Became::Failed(Failure::NoUrl));
                };
                let socket = world.count();
                stream.line = Line::Opening { socket, asked: vec![reply.clone()] };
                world.sockets.insert(socket, Holder { call, leg, which });
                let act = SocketAct::Open { url, connection, correlation };
                world.effects.push(Effect::Socket { socket, act });
            }
        }
    }

    /// Closes the socket of a stream; whether it ran. Starts still under way have failed.
    pub(crate) fn stop_line(&mut self, world: &mut World, which: Which, reply: &Reply) -> bool {
        let leg = reply.leg;
        if which == Which::Audio {
            self.cut_inbound(world, leg);
        }
        let Some(stream) = self.stream_mut(leg, which) else { return false };
        match std::mem::replace(&mut stream.line, Line::Off) {
            Line::Off => false,
            Line::On { socket, .. } => {
                world.close(socket);
                true
            }
            Line::Opening { socket, asked } => {
                world.close(socket);
                for reply in asked {
                    self.tell_stream(world, which, &reply, Became::Failed(Failure::Cancelled));
                }
                false
            }
        }
    }

    /// A socket is open, or could not be opened.
    fn socket_opened(&mut self, world: &mut World, leg: usize, which: Which, is_open: bool) {
        let since = world.now;
        let Some(stream) = self.stream_mut(leg, which) else { return };
        let Line::Opening { socket, asked } = stream.line.clone() else { return };
        stream.line = Line::Off;
        let became = if is_open { Became::Started } else { Became::Failed(Failure::Unreachable) };
        if let (true, Some(reply)) = (is_open, asked.last()) {
            stream.line = Line::On { socket, since, reply: reply.clone(), heard: None };
            self.begin(world, leg, which, socket);
        }
        for reply in asked {
            self.tell_stream(world, which, &reply, became);
        }
    }

    /// The first frame says what comes.
    fn begin(&mut self, world: &mut World, leg: usize, which: Which, socket: u64) {
        let (Some(own), Some(stream)) = (self.legs.get(leg), self.stream(leg, which)) else { return };
        world.send(socket, frame::metadata(stream, &own.id, &self.correlation_id));
        if which == Which::Audio {
            self.plan_frame(world, leg, socket);
        }
    }

    /// The other side has closed a socket, or it broke.
    fn socket_lost(&mut self, world: &mut World, leg: usize, which: Which) {
        if which == Which::Audio {
            self.cut_inbound(world, leg);
        }
        let Some(stream) = self.stream_mut(leg, which) else { return };
        let (failure, asked) = match std::mem::replace(&mut stream.line, Line::Off) {
            Line::Off => return,
            Line::On { reply, .. } => (Failure::Interrupted, vec![reply]),
            Line::Opening { asked, .. } => (Failure::Unreachable, asked),
        };
        for reply in asked {
            self.tell_stream(world, which, &reply, Became::Failed(failure));
        }
    }
}

impl Cloud {
    /// A socket is open, or could not be opened.
    pub fn socket_opened(&mut self, now: u64, socket: u64, is_open: bool) {
        self.advance(now);
        let holder = self.world.sockets.get(&socket).copied();
        if !is_open {
            self.world.sockets.remove(&socket);
        }
        if let Some(Holder { call, leg, which }) = holder
            && let Some(call) = self.calls.get_mut(&call)
        {
            call.socket_opened(&mut self.world, leg, which, is_open);
        }
    }

    /// The application has sent something; what it was, if it meant anything.
    pub fn socket_said(&mut self, now: u64, socket: u64, text: &str) -> Option<&'static str> {
        self.advance(now);
        let Holder { call, leg, which } = self.world.sockets.get(&socket).copied()?;
        let call = self.calls.get_mut(&call)?;
        match which {
            Which::Audio => call.inbound(&mut self.world, leg, text),
            Which::Words => None,
        }
    }

    /// The other side has closed a socket, or it broke.
    pub fn socket_closed(&mut self, now: u64, socket: u64) {
        self.advance(now);
        if let Some(Holder { call, leg, which }) = self.world.sockets.remove(&socket)
            && let Some(call) = self.calls.get_mut(&call)
        {
            call.socket_lost(&mut self.world, leg, which);
        }
    }
}
