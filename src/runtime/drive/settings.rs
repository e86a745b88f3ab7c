//! What a runtime is told when it starts.

/// What a runtime is told when it starts.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the platform reaches this service, without a trailing slash.
    pub public_url: String,
    /// The voice of text prompts whose library names none.
    pub voice: String,
    /// A named point at which the process stops and waits to be killed: for crash tests.
    pub hold_at: Option<String>,
    /// How wrong the clock is, in milliseconds: for tests.
    pub clock_off_ms: i64,
    /// How many seconds pass in one, at least 1: for rehearsals.
    pub speed: u32,
}

impl Settings {
    /// Of a service at this address that speaks with this voice, by a clock that is right.
    #[must_use]
    pub fn new(public_url: &str, voice: &str) -> Settings {
        let (public_url, voice) = (public_url.to_owned(), voice.to_owned());
        Settings { public_url, voice, hold_at: None, clock_off_ms: 0, speed: 1 }
    }
}
