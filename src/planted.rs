//! Wrong lines, one each, that can be switched on to prove that the simulation notices them. Outside of tests and of the feature
//! `planted` none can be: [`planted`] is false and the compiler leaves the lines out.

/// A wrong line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bug {
    /// A webhook is acknowledged although its turn could not be taken.
    AcknowledgedBeforeCommit,
    /// A webhook that was applied before is applied again.
    AppliedAgain,
    /// A claim on what is to be sent is not looked at.
    ClaimIgnored,
    /// What is no longer wanted once the call is over stays in the outbox.
    CommandsNotWithdrawn,
    /// Requests go out before the change that orders them is durable.
    SentBeforeCommit,
    /// Nobody looks for requests of a process that died.
    NoRecovery,
    /// Each attempt at a request is a new request to the platform.
    FreshKey,
    /// A request whose answer never comes has no deadline.
    NoDeadline,
    /// Timers are kept and never fired.
    TimersNeverFired,
    /// An event that comes before the answer of the request that caused it is dropped.
    EarlyDropped,
    /// The operation an event belongs to is not looked at.
    OperationIgnored,
    /// A change is made whatever happened to the row since it was read.
    NoCompare,
    /// Nobody asks what became of a request that made a line, once it is late.
    LateIsNever,
    /// Which events were applied is read before the row they were applied to.
    KeysReadFirst,
    /// A row is read from a copy that lags behind.
    StaleRead,
    /// What is due is asked for by the process's own clock.
    OwnClock,
    /// A note of a webhook that cannot be applied keeps its body.
    BodyKept,
    /// A call goes on with the newest program of its flow.
    NewestProgram,
    /// A commit whose outcome is unknown counts as made.
    UnknownIsDone,
    /// The end of a prompt cannot be applied: no defect that seeds must find, but one that a call must survive.
    Panics,
    /// Words that may have been spoken are ordered again and again.
    MediaRepeated,
}

impl Bug {
    /// All of them.
    pub const ALL: [Bug; 20] = [
        Bug::AcknowledgedBeforeCommit,
        Bug::AppliedAgain,
        Bug::ClaimIgnored,
        Bug::CommandsNotWithdrawn,
        Bug::SentBeforeCommit,
        Bug::NoRecovery,
        Bug::FreshKey,
        Bug::NoDeadline,
        Bug::TimersNeverFired,
        Bug::EarlyDropped,
        Bug::OperationIgnored,
        Bug::NoCompare,
        Bug::LateIsNever,
        Bug::KeysReadFirst,
        Bug::StaleRead,
        Bug::OwnClock,
        Bug::BodyKept,
        Bug::NewestProgram,
        Bug::UnknownIsDone,
        Bug::MediaRepeated,
    ];
}

#[cfg(any(test, feature = "planted"))]
std::thread_local! {
    static SWITCHED_ON: std::cell::Cell<Option<Bug>> = const { std::cell::Cell::new(None) };
}

/// Switches one on for this thread, and whichever was on off.
#[cfg(any(test, feature = "planted"))]
pub fn plant(bug: Option<Bug>) {
    SWITCHED_ON.with(|on| on.set(bug));
}

/// Whether this wrong line is switched on.
#[cfg(any(test, feature = "planted"))]
#[must_use]
pub fn planted(bug: Bug) -> bool {
    SWITCHED_ON.with(|on| on.get() == Some(bug))
}

/// Whether this wrong line is switched on: never.
#[cfg(not(any(test, feature = "planted")))]
#[must_use]
pub const fn planted(_bug: Bug) -> bool {
    false
}
