//! Policies, typed: what a flow promises of itself, for the proofs to hold it to.

use crate::language::check::literals;
use crate::language::check::names::Declared;
use crate::language::diagnostic::Code;
use crate::language::source::Span;
use crate::language::syntax::ast::{self, PolicyKind};
use crate::platform::limits;

/// How a recording may have to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Recorded {
    /// It records.
    Active,
    /// It waits.
    Paused,
}

/// A condition of the line that a promise is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Somebody is on hold; the party where nobody is named.
    Hold(Option<String>),
    /// The call's recording.
    Recording(Recorded),
    /// The media is streamed.
    Streaming,
    /// What is said is transcribed: in this locale, or in any.
    Transcription(Option<String>),
}

/// A promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Promise {
    /// `every call ends within 1h`, in milliseconds.
    EveryCallEnds(u64),
    /// `menus at most 5 choices`.
    Menus(u32),
    /// `never recording active while collecting secret`.
    NeverWhileSecret(Part),
    /// `nobody left behind`.
    NobodyLeftBehind,
    /// `from every menu reach human within 2 presses and 60s when office.main is open`.
    ReachHuman {
        /// Most presses.
        presses: u32,
        /// Longest time, in milliseconds.
        within_ms: u64,
        /// Only while these hours of a calendar are open.
        when: Option<(String, String)>,
    },
    /// `silence at most 4s`, in milliseconds.
    Silence(u64),
    /// `silent party ends within 5m`, in milliseconds.
    SilentPartyEnds(u64),
}

/// What a flow says of itself that proofs hold it to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// Its policies, each with its place.
    pub promises: Vec<(Promise, Span)>,
    /// Warnings it does not want to hear.
    pub allowed: Vec<Code>,
}

/// What a flow without errors claims.
pub(super) fn claims(flow: &ast::Flow, declared: &Declared, allowed: Vec<Code>) -> Claims {
    let promises = flow.policies.iter().filter_map(|policy| Some((promise(&policy.kind, declared)?, policy.span.0)));
    Claims { promises: promises.collect(), allowed }
}

fn recorded(word: &str) -> Option<Recorded> {
    match word {
        "active" => Some(Recorded::Active),
        "paused" => Some(Recorded::Paused),
        _ => None,
    }
}

fn promise(kind: &PolicyKind, declared: &Declared) -> Option<Promise> {
    let count = |word| literals::count(word, 0..=limits::MOST_REPEATS).ok();
    Some(match kind {
        PolicyKind::Never { part, value } => Promise::NeverWhileSecret(match part.value.as_str() {
            "hold" => Part::Hold((value.value != "party").then(|| value.value.clone())),
            "recording" => Part::Recording(recorded(&value.value)?),
            "streaming" => Part::Streaming,
            _ => Part::Transcription((value.value != "on").then(|| value.value.clone())),
        }),
        PolicyKind::NobodyLeftBehind => Promise::NobodyLeftBehind,
        PolicyKind::ReachHuman { presses, within, when } => Promise::ReachHuman {
            presses: count(presses)?,
            within_ms: literals::duration(within).ok()?,
            when: when.as_ref().and_then(|when| declared.hours(when).ok()),
        },
        PolicyKind::SilentPartyEnds { within } => Promise::SilentPartyEnds(literals::duration(within).ok()?),
        PolicyKind::EveryCallEnds { within } => Promise::EveryCallEnds(literals::duration(within).ok()?),
        PolicyKind::Silence { most } => Promise::Silence(literals::duration(most).ok()?),
        PolicyKind::Menus { most } => Promise::Menus(count(most)?),
    })
}
