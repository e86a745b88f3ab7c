//! Conclusions to findings: which code, how bad, in which words.

use crate::language::check::promises::{Claims, Part, Promise, Recorded};
use crate::language::diagnostic::{Code, Diagnostic, Severity};
use crate::language::flow::label::Label;
use crate::language::flow::state::{Kind, State};
use crate::language::graph::Program;
use crate::language::prove::conclude::What;
use crate::language::prove::judge::Sure;
use crate::language::prove::legality::{Deed, Fact, Row};
use crate::language::prove::scope::PARTY;
use crate::language::source::Span;
use crate::platform::outcomes::Outcome;

/// How often it is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Often {
    /// On every way there.
    Always,
    /// On some way there, which is shown.
    OnAWay,
    /// Perhaps, even on the way that is shown: it depends on what others do.
    Perhaps,
}

impl Often {
    /// How often, of what is known of all ways together and along the best one alone.
    #[must_use]
    pub fn of(joined: Sure, alone: Sure) -> Often {
        match (joined, alone) {
            (Sure::Certain, _) => Often::Always,
            (Sure::Perhaps, Sure::Certain) => Often::OnAWay,
            (Sure::Perhaps, Sure::Perhaps) => Often::Perhaps,
        }
    }
}

/// A conclusion about a state of a flow.
pub struct Told<'a> {
    /// The flow.
    pub program: &'a Program,
    /// What it claims.
    pub claims: &'a Claims,
    /// The state.
    pub state: &'a State,
    /// Where its name stands.
    pub place: Span,
    /// Its ways out, for what becomes of what is refused.
    pub has_failed: bool,
}

impl Told<'_> {
    /// The finding; `None` where nothing is to be said.
    #[must_use]
    pub fn finding(&self, what: &What, row: Option<&Row>, often: Often) -> Option<Diagnostic> {
        match (what, row) {
            (What::Asked(deed, _, who), Some(row)) => self.asked(*deed, row, who.as_deref(), often),
            (What::Asked(_, _, _), None) => None,
            (What::Left { without_party }, _) => Some(self.left(*without_party, often)),
            (What::Broken(place), _) => self.broken(*place, often),
            (What::Secret, _) => Some(self.secret(often)),
        }
    }

    fn severity(row: &Row, often: Often) -> Option<Severity> {
        match often {
            Often::Always => Some(row.always),
            Often::OnAWay => row.on_a_way,
            // Whether somebody has an application or a phone is not known before the call.
            Often::Perhaps if matches!(row.fact, Fact::Means(_)) => None,
            Often::Perhaps => row.on_a_way.map(|severity| severity.max(Severity::Warning)),
        }
    }

    fn asked(&self, deed: Deed, row: &Row, who: Option<&str>, often: Often) -> Option<Diagnostic> {
        let severity = Told::severity(row, often)?;
        let name = &self.state.name;
        let who = who.map_or("the party", |who| if who == PARTY { "the party" } else { who });
        let may =
            |always: &str, perhaps: &str| if often == Often::Always { always.to_owned() } else { perhaps.to_owned() };
        let (message, label, help) = match deed {
            Deed::Ask | Deed::PlayTo if row.code == Code::F1109 => (
                format!("`{name}` speaks to {who}, who {} on hold", may("is", "may be")),
                "on hold they hear their music and nothing else".to_owned(),
                "move the state out of the group that holds them".to_owned(),
            ),
            Deed::Ask
            | Deed::Hold
            | Deed::LookAt
            | Deed::Mute
            | Deed::PlayTo
            | Deed::Remove
            | Deed::SendKeys
            | Deed::TransferOne
                if row.code == Code::F1101 =>
            {
                let what = match deed {
                    Deed::Hold => format!("the group of `{name}` holds {who}"),
                    _ => format!("`{name}` needs {who}"),
                };
                (
                    format!("{what}, who is never on the line here"),
                    self.never(deed),
                    format!("bring them in first: `add {who}`"),
                )
            }
            Deed::BringIn => (
                format!("`{name}` brings somebody in as {who}, who {} on the line already", may("is", "may be")),
                "whoever had the name stays, and nothing speaks of them any more".to_owned(),
                format!("`remove {who}` first, or give this one a name of their own"),
            ),
            Deed::Mute => (
                format!("`{name}` mutes {who}, who {} by phone", may("is reached", "may be reached")),
                "only users of an application can be muted".to_owned(),
                "leave it out, or put them on hold by a group".to_owned(),
            ),
            Deed::TransferToPhone => (
                format!("`{name}` transfers {who} to a phone, who {} in an application", may("is", "may be")),
                "a call over the internet cannot be transferred to a phone".to_owned(),
                "bring the phone in with `add`".to_owned(),
            ),
            Deed::TransferCall => (
                format!("`{name}` transfers the call, and others {} on the line", may("are", "may be")),
                "in a group the platform has to be told who goes".to_owned(),
                "say `who party` or name the participant".to_owned(),
            ),
            Deed::RingPhone => (
                format!("`{name}` rings a phone, and the call {} number to show", may("has no", "may have no")),
                "no `from`, and no phone number of ours in this call".to_owned(),
                "say which of your numbers calls: `from settings.our_number`".to_owned(),
            ),
            Deed::TakeMessage => (
                format!("`{name}` records a message, and the call {} recorded already", may("is", "may be")),
                "a call has one recording at a time: this always comes to `failed`".to_owned(),
                "move the state out of the group that records, or the recording's end before it".to_owned(),
            ),
            Deed::Pause => (
                format!("`{name}` wants a recording to pause, and {}", may("there is none", "there may be none")),
                "then its group comes to `else`".to_owned(),
                "record the call first: `while recording active`, or `needs recording active` in a `live` flow"
                    .to_owned(),
            ),
            Deed::RunPaused | Deed::RunRecorded => {
                let needed = if deed == Deed::RunRecorded { "active" } else { "paused" };
                (
                    format!("`{who}` needs the recording {needed}, and here it {}", may("is not", "may not be")),
                    "run where the flow's `needs` does not hold".to_owned(),
                    format!("run it within a group `while recording {needed}`"),
                )
            }
            Deed::Record => (
                format!(
                    "`{name}` is recorded, and {} been said to anybody yet",
                    may("nothing has", "nothing may have")
                ),
                "the recording begins here".to_owned(),
                "in many places people must be told before: say so first".to_owned(),
            ),
            Deed::Ask
            | Deed::Hold
            | Deed::LookAt
            | Deed::PlayTo
            | Deed::Remove
            | Deed::SendKeys
            | Deed::TransferOne => return None,
        };
        let finding = Diagnostic { severity, ..Diagnostic::new(row.code, message, self.place, label).help(help) };
        // Whom nothing brings in is missing everywhere, and that is said once.
        let nobody_ever = row.code == Code::F1101 && deed != Deed::LookAt && !self.brings_in(who);
        Some(if nobody_ever { finding.for_want_of("participant on the line", who) } else { finding })
    }

    /// Whether any state of the flow brings this participant in.
    fn brings_in(&self, who: &str) -> bool {
        self.program.states().any(|(_, state)| match &state.kind {
            Kind::Add { name, .. } | Kind::Move { name, .. } => name == who,
            _ => false,
        })
    }

    /// What becomes of a state that needs somebody who is not there.
    fn never(&self, deed: Deed) -> String {
        match deed {
            Deed::Hold => "its group always comes to `else`".to_owned(),
            Deed::LookAt => "this always comes to `missing`".to_owned(),
            Deed::Remove => "nobody is put out".to_owned(),
            _ if self.has_failed => "this always comes to `failed`".to_owned(),
            _ => "this never works".to_owned(),
        }
    }

    fn left(&self, without_party: bool, often: Often) -> Diagnostic {
        let name = &self.state.name;
        let may = if often == Often::Always { "others stay" } else { "others may stay" };
        let (message, label) = match without_party {
            true => (format!("after `{name}` {may} on the line without the party"), "the call ends for us here"),
            false => (format!("after `{name}` {may} on the line and talk on"), "the call ends for us alone"),
        };
        let severity = if without_party && often != Often::Perhaps { Severity::Warning } else { Severity::Note };
        let help = match &self.state.kind {
            Kind::Hangup { .. } => "write `everyone` where the call is to end for all",
            _ => "lead to a `hangup` with `everyone` where the call is to end for all",
        };
        Diagnostic { severity, ..Diagnostic::new(Code::F1112, message, self.place, label).help(help) }
    }

    fn broken(&self, place: usize, often: Often) -> Option<Diagnostic> {
        let (promise, span) = self.claims.promises.get(place)?;
        let name = &self.state.name;
        let may = |always: &'static str, perhaps: &'static str| if often == Often::Always { always } else { perhaps };
        let (message, label, help) = match promise {
            Promise::NobodyLeftBehind => (
                format!("`{name}` {} somebody on the line without the party", may("leaves", "may leave")),
                "the call ends for us here",
                "write `hangup …, everyone`, which ends the call for all".to_owned(),
            ),
            Promise::NeverWhileSecret(part) => (
                format!("`{name}` asks for a secret while {}", during(part, often)),
                "a secret is keyed in here",
                outside(part),
            ),
            Promise::Menus(most) => (
                format!("`{name}` has more than {most} choices"),
                "a menu",
                "split it in two, or promise less".to_owned(),
            ),
            Promise::EveryCallEnds(_)
            | Promise::ReachHuman { .. }
            | Promise::Silence(_)
            | Promise::SilentPartyEnds(_) => return None,
        };
        // What depends on others is no proof that it is broken, nor that it is kept.
        let finding = Diagnostic::new(Code::F1113, message, self.place, label).and(*span, "promised here").help(help);
        Some(finding)
    }

    fn secret(&self, often: Often) -> Diagnostic {
        let may = if often == Often::Always { "is" } else { "may be" };
        let message = format!("`{}` asks for a secret while the call {may} recorded", self.state.name);
        Diagnostic::new(Code::F1114, message, self.place, "what is keyed in is on the recording")
            .help("ask for it in a group `while recording paused`")
    }
}

fn during(part: &Part, often: Often) -> String {
    let is = if often == Often::Always { "is" } else { "may be" };
    match part {
        Part::Hold(who) => format!("{} {is} on hold", who.as_deref().unwrap_or("the party")),
        Part::Recording(Recorded::Active) => format!("the call {is} recorded"),
        Part::Recording(Recorded::Paused) => format!("the recording {is} paused"),
        Part::Streaming => format!("the call {is} streamed"),
        Part::Transcription(_) => format!("the call {is} transcribed"),
    }
}

fn outside(part: &Part) -> String {
    match part {
        Part::Recording(Recorded::Active) => "ask for it in a group `while recording paused`".to_owned(),
        Part::Hold(_) | Part::Recording(Recorded::Paused) | Part::Streaming | Part::Transcription(_) => {
            "ask for it outside of the group that brings this about".to_owned()
        }
    }
}

/// Whether a state may fail at all, by its ways.
#[must_use]
pub fn is_failure(label: &Label) -> bool {
    *label == Label::Outcome(Outcome::Failed)
}
