//! Policies, which both spellings write alike.

use crate::language::diagnostic::Diagnostic;
use crate::language::syntax::ast::{Policy, PolicyKind, SpanOnly};
use crate::language::syntax::grammar::{self, Pair, Rule};
use crate::language::syntax::place::Place;
use crate::language::syntax::types::{span, word};

/// What a YAML scalar holds.
pub(crate) fn parse(text: &str, place: &Place) -> Result<Option<Policy>, Diagnostic> {
    let pair = grammar::parse(Rule::policy_only, text).map_err(|mismatch| {
        let finding = mismatch.finding(text, place);
        finding.help(LIST)
    })?;
    Ok(pair.into_inner().next().and_then(|part| read(part, place)))
}

/// Every policy there is, for those who wrote none of them.
pub(crate) const LIST: &str = "there are `never recording active while collecting secret`, `nobody left behind`, `from every \
                               menu reach human within 2 presses and 60s when office.main is open`, `silent party ends \
                               within 5m`, `every call ends within 1h`, `silence at most 4s` and `menus at most 5 choices`";

/// A policy pair.
pub(crate) fn read(pair: Pair<'_>, place: &Place) -> Option<Policy> {
    let all = SpanOnly(span(&pair, place));
    let rule = pair.as_rule();
    let mut words = pair
        .into_inner()
        .filter(|part| matches!(part.as_rule(), Rule::name | Rule::amount | Rule::dotted))
        .map(|part| word(&part, place));
    let kind = match rule {
        Rule::never_policy => PolicyKind::Never { part: words.next()?, value: words.next()? },
        Rule::nobody_policy => PolicyKind::NobodyLeftBehind,
        Rule::reach_policy => {
            PolicyKind::ReachHuman { presses: words.next()?, within: words.next()?, when: words.next() }
        }
        Rule::silent_policy => PolicyKind::SilentPartyEnds { within: words.next()? },
        Rule::every_policy => PolicyKind::EveryCallEnds { within: words.next()? },
        Rule::silence_policy => PolicyKind::Silence { most: words.next()? },
        Rule::menus_policy => PolicyKind::Menus { most: words.next()? },
        _ => return None,
    };
    Some(Policy { kind, span: all })
}
