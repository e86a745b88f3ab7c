//! What may be asked for in which condition of a call, as a table: every row is something that is not simply allowed. What has no row
//! is. A row names the section of `docs/platform.md` it is taken from, the rules of `docs/proofs.md` that it decides, and what is
//! said of a flow that gets there on every way, or on some way.

use crate::language::diagnostic::{Code, Severity};
use crate::language::prove::condition::{Means, OwnNumber, Presence, Recording, Switch};
use crate::platform::codes::{self, refusal};
use crate::platform::legality::{Here, Source, Verdict};
use crate::platform::versions::Feature;

/// What a state, or a scope on the way into it, asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    /// Asks somebody something, or listens to them.
    Ask,
    /// Brings somebody in: `add`, `move`.
    BringIn,
    /// Puts somebody on hold.
    Hold,
    /// Asks how somebody stands.
    LookAt,
    /// Mutes somebody.
    Mute,
    /// Plays to somebody by name.
    PlayTo,
    /// Has a recording pause.
    Pause,
    /// Records the call.
    Record,
    /// Puts somebody out.
    Remove,
    /// Rings a phone for this call and shows no number that the flow gives.
    RingPhone,
    /// Runs a flow that needs the call to be recorded.
    RunRecorded,
    /// Runs a flow that needs the recording to pause.
    RunPaused,
    /// Sends keys to somebody.
    SendKeys,
    /// Records a message.
    TakeMessage,
    /// Hands the call over, and does not say who.
    TransferCall,
    /// Hands somebody over.
    TransferOne,
    /// Hands somebody over to a phone.
    TransferToPhone,
}

/// Every deed.
pub const DEEDS: [Deed; 17] = [
    Deed::Ask,
    Deed::BringIn,
    Deed::Hold,
    Deed::LookAt,
    Deed::Mute,
    Deed::PlayTo,
    Deed::Pause,
    Deed::Record,
    Deed::Remove,
    Deed::RingPhone,
    Deed::RunRecorded,
    Deed::RunPaused,
    Deed::SendKeys,
    Deed::TakeMessage,
    Deed::TransferCall,
    Deed::TransferOne,
    Deed::TransferToPhone,
];

/// One value of the part of the condition that a deed depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// Whether people besides the party are on the line.
    Company(Switch),
    /// Whether anything was said yet.
    Heard(Switch),
    /// How the person meant is reached.
    Means(Means),
    /// The number the call shows.
    OwnNumber(OwnNumber),
    /// Whether the person meant is there.
    Presence(Presence),
    /// The recording.
    Recording(Recording),
}

/// What is not simply allowed.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// What is asked for.
    pub deed: Deed,
    /// In which condition.
    pub fact: Fact,
    /// What the platform makes of it. Where the request is never sent, what it would.
    pub verdict: Verdict,
    /// Where that stands.
    pub source: Source,
    /// The rules decided.
    pub rules: &'static [&'static str],
    /// What is said of it.
    pub code: Code,
    /// How bad it is where it is so on every way there.
    pub always: Severity,
    /// How bad where it is so on some way; `None` where the flow's own outcomes say enough.
    pub on_a_way: Option<Severity>,
    /// What has to be in the api-version for the row to count: without it something else is said.
    pub since: Option<Feature>,
}

const fn refused(deed: Deed, fact: Fact, code: codes::Code, source: Source, rules: &'static [&'static str]) -> Row {
    Row {
        deed,
        fact,
        verdict: Verdict::Refused(code),
        source,
        rules,
        code: Code::F1101,
        always: Severity::Error,
        on_a_way: None,
        since: None,
    }
}

const fn not_stated(deed: Deed, fact: Fact, here: Here, source: Source, rules: &'static [&'static str]) -> Row {
    Row { verdict: Verdict::NotStated(here), ..refused(deed, fact, refusal::INVALID, source, rules) }
}

const fn said(row: Row, code: Code, always: Severity, on_a_way: Option<Severity>) -> Row {
    Row { code, always, on_a_way, ..row }
}

const AWAY: Fact = Fact::Presence(Presence::Away);
const HERE: Fact = Fact::Presence(Presence::Here);
const HELD: Fact = Fact::Presence(Presence::Held);
/// One recording a call at a time.
const SECOND: codes::Code = codes::Code::new(400, 8559);
/// Pausing what is paused, resuming what runs.
const NOT_NOW: codes::Code = codes::Code::new(400, 8573);

const ERROR: Severity = Severity::Error;
const WARNING: Severity = Severity::Warning;
const NOTE: Severity = Severity::Note;

/// The table.
pub static TABLE: &[Row] = &[
    // Somebody who is not there.
    refused(Deed::Ask, AWAY, refusal::NOT_IN_CALL, Source::People, &["R01"]),
    refused(Deed::Hold, AWAY, refusal::NOT_IN_CALL, Source::People, &["A03"]),
    said(refused(Deed::LookAt, AWAY, refusal::NOT_FOUND, Source::LifeOfACall, &["A03"]), Code::F1101, WARNING, None),
    refused(Deed::Mute, AWAY, refusal::NOT_IN_CALL, Source::People, &["A03"]),
    refused(Deed::PlayTo, AWAY, refusal::NOT_IN_CALL, Source::People, &["P15", "A03"]),
    refused(Deed::Remove, AWAY, refusal::NOT_IN_CALL, Source::People, &["A03"]),
    refused(Deed::SendKeys, AWAY, refusal::NOT_IN_CALL, Source::People, &["D02"]),
    refused(Deed::TransferOne, AWAY, refusal::NOT_IN_CALL, Source::Transfers, &["A03"]),
    // Somebody who is.
    said(
        not_stated(Deed::BringIn, HERE, Here::Refuse(refusal::INVALID), Source::People, &["A08"]),
        Code::F1102,
        WARNING,
        Some(NOTE),
    ),
    said(
        not_stated(Deed::BringIn, HELD, Here::Refuse(refusal::INVALID), Source::People, &["A08"]),
        Code::F1102,
        WARNING,
        Some(NOTE),
    ),
    // Somebody on hold hears their music and nothing else.
    said(not_stated(Deed::Ask, HELD, Here::Carry, Source::People, &["O03"]), Code::F1109, WARNING, Some(WARNING)),
    said(not_stated(Deed::PlayTo, HELD, Here::Carry, Source::People, &["O03"]), Code::F1109, WARNING, Some(WARNING)),
    // Kinds of people.
    said(
        refused(Deed::Mute, Fact::Means(Means::Phone), refusal::INVALID, Source::People, &["A07"]),
        Code::F1103,
        ERROR,
        Some(WARNING),
    ),
    said(
        refused(Deed::TransferToPhone, Fact::Means(Means::User), refusal::INVALID, Source::Transfers, &["T06", "X03"]),
        Code::F1105,
        ERROR,
        Some(ERROR),
    ),
    Row {
        since: Some(Feature::Transferee),
        ..said(
            refused(
                Deed::TransferCall,
                Fact::Company(Switch::On),
                refusal::INVALID,
                Source::Transfers,
                &["X02", "A06"],
            ),
            Code::F1104,
            ERROR,
            Some(WARNING),
        )
    },
    said(
        refused(Deed::RingPhone, Fact::OwnNumber(OwnNumber::Nothing), refusal::INVALID, Source::People, &["T02"]),
        Code::F1110,
        ERROR,
        Some(ERROR),
    ),
    // Recordings.
    said(
        refused(Deed::TakeMessage, Fact::Recording(Recording::Active), SECOND, Source::Recordings, &["C03"]),
        Code::F1106,
        ERROR,
        Some(ERROR),
    ),
    said(
        refused(Deed::TakeMessage, Fact::Recording(Recording::Paused), SECOND, Source::Recordings, &["C03"]),
        Code::F1106,
        ERROR,
        Some(ERROR),
    ),
    said(
        not_stated(
            Deed::Pause,
            Fact::Recording(Recording::None),
            Here::Refuse(refusal::NOT_FOUND),
            Source::Recordings,
            &["C02"],
        ),
        Code::F1107,
        ERROR,
        Some(WARNING),
    ),
    said(
        not_stated(
            Deed::RunRecorded,
            Fact::Recording(Recording::None),
            Here::Refuse(refusal::NOT_FOUND),
            Source::Recordings,
            &["C02"],
        ),
        Code::F1108,
        ERROR,
        Some(ERROR),
    ),
    said(
        refused(Deed::RunRecorded, Fact::Recording(Recording::Paused), NOT_NOW, Source::Recordings, &["C02"]),
        Code::F1108,
        ERROR,
        Some(ERROR),
    ),
    said(
        not_stated(
            Deed::RunPaused,
            Fact::Recording(Recording::None),
            Here::Refuse(refusal::NOT_FOUND),
            Source::Recordings,
            &["C02"],
        ),
        Code::F1108,
        ERROR,
        Some(ERROR),
    ),
    said(
        refused(Deed::RunPaused, Fact::Recording(Recording::Active), NOT_NOW, Source::Recordings, &["C02"]),
        Code::F1108,
        ERROR,
        Some(ERROR),
    ),
    // The platform records whenever it is asked to; what the law of a place wants is not its business.
    said(
        not_stated(Deed::Record, Fact::Heard(Switch::Off), Here::Carry, Source::Recordings, &["C08"]),
        Code::F1111,
        NOTE,
        Some(NOTE),
    ),
];

/// The row of a deed and a fact; `None` where it is allowed.
#[must_use]
pub fn row(deed: Deed, fact: Fact) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.deed == deed && row.fact == fact)
}

#[cfg(test)]
mod tests {
    use crate::language::diagnostic::Severity;
    use crate::language::prove::legality::{DEEDS, TABLE, row};
    use crate::platform::legality::{Deed, Tape, Verdict, of_recording};

    #[test]
    fn every_deed_has_a_row_and_no_row_is_hidden_by_another() {
        for deed in DEEDS {
            assert!(TABLE.iter().any(|row| row.deed == deed), "{deed:?}");
        }
        for (at, one) in TABLE.iter().enumerate() {
            assert!(std::ptr::eq(row(one.deed, one.fact).unwrap(), &TABLE[at]), "{:?} {:?}", one.deed, one.fact);
            assert!(!one.rules.is_empty());
        }
    }

    /// Where the platform's documents are silent, nothing is an error for that alone: only what the flow asked of itself is.
    #[test]
    fn what_is_not_stated_warns_unless_the_call_itself_refuses_it() {
        for row in TABLE.iter().filter(|row| matches!(row.verdict, Verdict::NotStated(_))) {
            let refuses = row.verdict.refusal().is_some();
            assert!(refuses || row.always != Severity::Error, "{:?} {:?}", row.deed, row.fact);
            assert!(row.on_a_way.is_none_or(|on_a_way| on_a_way >= row.always));
        }
    }

    #[test]
    fn recordings_are_as_the_platform_has_them() {
        let refuses = |deed, tape| of_recording(deed, tape).verdict.refusal().map(|code| code.sub);
        assert_eq!(refuses(Deed::Pause, Tape::Stopped), Some(8522));
        assert_eq!(refuses(Deed::Pause, Tape::Active), None);
        assert_eq!(refuses(Deed::Resume, Tape::Paused), None);
        assert_eq!(refuses(Deed::Pause, Tape::Paused), Some(8573));
    }
}
