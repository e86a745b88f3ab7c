//! What the cloud wants done in the world.

/// One thing to do. Results of all but webhooks come back through [`crate::emulator::cloud::Cloud`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Post one webhook. Those of one call go out in this order.
    Webhook {
        /// Number of the call.
        call: u64,
        /// Where to.
        url: String,
        /// The event's type behind the platform's prefix; for logs.
        name: &'static str,
        /// The array with the one event.
        body: String,
    },
    /// Deliver an event to the Event Grid subscriber; tell `grid_answered`.
    Grid {
        /// Names the event.
        delivery: u64,
        /// How often it has been tried before.
        attempt: u32,
        /// Where to.
        url: String,
        /// The event in Event Grid's own schema, in an array.
        body: String,
    },
    /// Learn how long an audio file lasts; tell `measured`.
    Measure {
        /// Names the question.
        ticket: u64,
        /// The file.
        uri: String,
    },
    /// Do something with a web socket of a stream; tell `socket_opened`, `socket_said` and `socket_closed` what becomes of it.
    Socket {
        /// Names the socket.
        socket: u64,
        /// What to do.
        act: SocketAct,
    },
}

/// What is done with a web socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SocketAct {
    /// Close it, behind what has been sent.
    Close,
    /// Open it.
    Open {
        /// Where to.
        url: String,
        /// `callConnectionId`, for a header.
        connection: String,
        /// `correlationId`, for another.
        correlation: String,
    },
    /// Send one text.
    Send {
        /// JSON.
        frame: String,
    },
}
