//! What a call found, as the `given` of a scenario.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::invoke::json;
use crate::language::flow::service::OK;
use crate::language::source::{Span, Spanned, Word};
use crate::language::syntax::ast::{Script, ScriptedAnswer, ScriptedPhone};
use crate::rehearsal::rehearse::EPOCH_MS;
use crate::rehearsal::session::Session;
use std::collections::BTreeSet;

/// The scenario that the call began as, with all that was decided since.
pub(super) fn found(session: &Session<'_>) -> Script {
    let mut script = session.opening.script.clone();
    let reads_time =
        !session.program.calendars.is_empty() || session.program.flows.values().any(|flow| !flow.calendars.is_empty());
    if script.clock.is_none() && reads_time {
        script.clock = Some(Spanned::new(EPOCH_MS, Span::default()));
    }
    let decided = &session.now.phones;
    script.phones.retain(|phone| decided.iter().all(|(who, _)| *who != phone.who.value));
    let phone = |(who, answers): &(String, _)| ScriptedPhone { who: word(who), answers: *answers, steps: Vec::new() };
    script.phones.extend(decided.iter().map(phone));
    script.answers = answers(session);
    script
}

/// What operations answered that somebody decided about.
fn answers(session: &Session<'_>) -> Vec<(Word, Vec<ScriptedAnswer>)> {
    let listed = session.opening.script.answers.iter().map(|(name, _)| name.value.as_str());
    let decided: BTreeSet<&str> = listed.chain(session.now.decided.iter().map(String::as_str)).collect();
    let answered = session.now.stage.answered.as_deref().unwrap_or_default();
    let of = |name: &str| {
        let theirs = answered.iter().filter(|answered| answered.name == name);
        let each: Vec<ScriptedAnswer> = theirs
            .map(|answered| ScriptedAnswer {
                outcome: word(&answered.outcome),
                value: answered.value.as_ref().filter(|_| answered.outcome == OK).and_then(json::of),
                takes: answered.takes,
            })
            .collect();
        (!each.is_empty()).then(|| (word(name), each))
    };
    decided.into_iter().filter_map(of).collect()
}

pub(super) fn word(text: &str) -> Word {
    Spanned::new(text.to_owned(), Span::default())
}
