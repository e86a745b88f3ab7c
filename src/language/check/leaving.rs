//! Whether somebody leaves: a looped play that no rule ends, and participants who may go where nobody takes notice.

use crate::language::check::kinds::Kind;
use crate::language::check::names::Declared;
use crate::language::check::rules;
use crate::language::check::ways::Exits;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::label::Label;
use crate::language::source::Word;
use crate::language::syntax::ast;
use crate::platform::outcomes::Outcome;
use std::collections::{BTreeMap, BTreeSet};

/// A looped play is never done: a rule must leave it, and the party's hanging up is none that the flow gives.
pub fn looped(flow: &ast::Flow, declared: &Declared, exits: &[Exits], findings: &mut Vec<Diagnostic>) {
    for (state, exit) in flow.states.iter().zip(exits) {
        let word = state.options.iter().find(|option| option.name.value == "loop").map(|option| option.name.span);
        let (Some(Kind::Play), Some(span)) = (exit.kind, word) else { continue };
        // Where it leads once it is done has been said to be never.
        let done =
            |route: &ast::Route| route.triggers.iter().any(|trigger| matches!(trigger, ast::Trigger::Success(_)));
        let told = state.partial || declared.unread.may_hold("always") || state.routes.iter().any(done);
        if told || exit.ways.iter().any(|way| ends_a_loop(&way.label)) {
            continue;
        }
        let message = format!("`{}` plays again and again, and nothing ends it", state.name.value);
        findings.push(
            Diagnostic::new(Code::F0306, message, span, "whoever stays on the line hears this for ever")
                .help("leave it by a rule, such as `after 5m -> …`, or drop `loop`"),
        );
    }
}

fn ends_a_loop(label: &Label) -> bool {
    match label {
        Label::After { .. } | Label::Key { .. } | Label::Left(_) | Label::Signal(_) => true,
        Label::Branch(_)
        | Label::Choice(_)
        | Label::Else
        | Label::Named(_)
        | Label::NotEstablished
        | Label::Outcome(_)
        | Label::PartyLeft => false,
    }
}

/// Participants who are listened to, held or waited with where no rule says what becomes of their leaving.
pub fn unnoticed(flow: &ast::Flow, declared: &Declared, exits: &[Exits], findings: &mut Vec<Diagnostic>) {
    if declared.unread.may_hold("always") || declared.unread.may_hold("left") {
        return;
    }
    let mut why: BTreeMap<&str, Vec<(usize, String)>> = BTreeMap::new();
    let mut note = |who, at: usize, what: String| {
        let caught = exits[at].ways.iter().any(|way| matches!(&way.label, Label::Left(left) if left == who));
        if !caught && !flow.states[at].partial {
            why.entry(who).or_default().push((at, what));
        }
    };
    let people: Vec<&Word> = flow.participants.iter().collect();
    let present = people.iter().map(|word| (word.value.as_str(), present(&word.value, flow, exits)));
    let present: BTreeMap<&str, Vec<bool>> = if waits(exits) { present.collect() } else { BTreeMap::new() };
    for (at, (state, exit)) in flow.states.iter().zip(exits).enumerate() {
        let Some(kind) = exit.kind.filter(|kind| kind.needs_line()) else { continue };
        let name = &state.name.value;
        let mut told = BTreeSet::new();
        if matches!(kind, Kind::Collect | Kind::Menu | Kind::Recognize) {
            let who = rules::asked(state);
            if declared.participants.contains(who) && told.insert(who) {
                note(who, at, format!("`{name}` listens to them"));
            }
        }
        for who in held(flow, declared, state).filter(|who| declared.participants.contains(who)) {
            // Whoever is only just fetched, or is put out, is not held there.
            if !moves(state, kind, who) && told.insert(who) {
                note(who, at, format!("they are on hold in `{name}`"));
            }
        }
        if kind == Kind::Wait {
            for (who, _) in present.iter().filter(|(_, at_state)| at_state[at]) {
                if told.insert(who) {
                    note(who, at, format!("`{name}` waits with them on the line"));
                }
            }
        }
    }
    for (who, places) in why {
        let Some(((at, what), rest)) = places.split_first() else { continue };
        let label = match rest.len() {
            0 => what.clone(),
            more => format!("{what}, and {more} more like it"),
        };
        let message = format!("nothing says what becomes of `{who} left`");
        let help = format!("write `{who} left -> …` in the state, its group or with `always`");
        findings.push(Diagnostic::new(Code::F0201, message, flow.states[*at].name.span, label).help(help));
    }
}

fn waits(exits: &[Exits]) -> bool {
    exits.iter().any(|exit| exit.kind == Some(Kind::Wait))
}

/// Whom the group of a state holds.
fn held<'a>(flow: &'a ast::Flow, declared: &Declared, state: &ast::State) -> impl Iterator<Item = &'a str> {
    let group = state.group.as_ref().and_then(|group| declared.groups.get(group.value.as_str()));
    let conditions = group.map(|group| flow.groups[*group].conditions.as_slice()).unwrap_or_default();
    conditions.iter().filter_map(|condition| match condition {
        ast::Condition::Hold { who, .. } => Some(who.value.as_str()),
        ast::Condition::Recording(_) | ast::Condition::Streaming(_) | ast::Condition::Transcription(_) => None,
    })
}

/// Whether the state brings this participant in or puts them out.
fn moves(state: &ast::State, kind: Kind, who: &str) -> bool {
    matches!(kind, Kind::Add | Kind::Move | Kind::Remove) && is_operand(state, who)
}

fn is_operand(state: &ast::State, who: &str) -> bool {
    matches!(&state.operand, Some(ast::Value::Literal(word)) if word.value == who)
}

/// In which states a participant may be on the line: from where they joined to where they go or the call is over for us.
fn present(who: &str, flow: &ast::Flow, exits: &[Exits]) -> Vec<bool> {
    let mut present = vec![false; exits.len()];
    // Where they may be on the line as a state is entered from outside its group, whose conditions may not come about then.
    let mut entered = vec![false; exits.len()];
    let mut open: Vec<(usize, bool)> = Vec::new();
    let group = |at: usize| flow.states[at].group.as_ref().map(|group| group.value.as_str());
    let enters = |from: usize, to: usize| group(to).is_some() && group(from) != group(to);
    for (at, (state, exit)) in flow.states.iter().zip(exits).enumerate() {
        let joined = match exit.kind {
            Some(Kind::Add) => Label::Outcome(Outcome::Joined),
            Some(Kind::Move) => Label::Outcome(Outcome::Done),
            _ => continue,
        };
        if is_operand(state, who) {
            let to = exit.arrows().filter(|arrow| arrow.way.label == joined).filter_map(|arrow| arrow.state());
            open.extend(to.map(|to| (to, enters(at, to))));
        }
    }
    while let Some((at, from_outside)) = open.pop() {
        let known = std::mem::replace(&mut present[at], true);
        let known_entered = entered[at];
        entered[at] |= from_outside;
        for arrow in exits[at].arrows() {
            let not_established = arrow.way.label == Label::NotEstablished;
            let is_new = if not_established { entered[at] && !known_entered } else { !known };
            let Some(to) = arrow.state().filter(|_| is_new) else { continue };
            if stays(who, &flow.states[at], exits[at].kind, &arrow.way.label) {
                open.push((to, not_established || enters(at, to)));
            }
        }
    }
    present
}

fn stays(who: &str, state: &ast::State, kind: Option<Kind>, label: &Label) -> bool {
    match (kind, label) {
        (_, Label::Left(left)) => left != who,
        (_, Label::PartyLeft) => false,
        (Some(Kind::Remove), Label::Outcome(Outcome::Done)) | (Some(Kind::Query), Label::Outcome(Outcome::Missing)) => {
            !is_operand(state, who)
        }
        (Some(Kind::Transfer), Label::Outcome(Outcome::Accepted)) => rules::whom(state).is_some_and(|out| out != who),
        // What it does is not known.
        (None, _) => false,
        _ => true,
    }
}
