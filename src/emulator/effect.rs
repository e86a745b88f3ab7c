//! What the cloud wants done in the world.

/// One thing to do. Results of the last two come back through [`crate::emulator::cloud::Cloud`].
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
}
