//! Whether two trees are the same flow, wherever their words stand and in whichever spelling they were written.

use crate::language::syntax::ast::{Condition, Flow, Group, Opt, State, Value};
use crate::language::syntax::expr::ExprKind;

/// The first piece in which two flows differ, in words.
pub(crate) fn difference(one: &Flow, other: &Flow) -> Option<String> {
    let heads = [
        ("the name", one.name == other.name),
        ("`call`", one.call == other.call),
        ("`locale`", one.locale.as_ref().map(plain) == other.locale.as_ref().map(plain)),
        ("`settings`", one.settings == other.settings),
        ("`params`", one.params == other.params),
        ("`vars`", one.vars == other.vars),
        ("`returns`", one.returns == other.returns),
        ("`use`", one.uses == other.uses),
        ("`defaults`", one.defaults == other.defaults),
        ("`always`", one.always == other.always),
        ("`start`", one.start == other.start),
        ("`needs`", one.needs == other.needs),
        ("`participants`", one.participants == other.participants),
        ("`signals`", one.signals == other.signals),
        ("`policy`", one.policies == other.policies),
        ("`allow`", one.allows == other.allows),
    ];
    if let Some((name, _)) = heads.iter().find(|(_, same)| !same) {
        return Some((*name).to_owned());
    }
    let groups = (one.groups.len() == other.groups.len()).then(|| one.groups.iter().zip(&other.groups));
    let Some(mut groups) = groups else { return Some("the groups".to_owned()) };
    if let Some((group, _)) = groups.find(|(one, other)| self::group(one) != self::group(other)) {
        return Some(format!("group `{}`", group.name.value));
    }
    states(one, other)
}

/// States of one group, and those of none, come in the order written; which of them come first is the spelling's business.
fn states(one: &Flow, other: &Flow) -> Option<String> {
    let sorted = |flow: &Flow| {
        let mut states: Vec<State> = flow.states.iter().map(state).collect();
        states.sort_by(|a, b| group_of(a).cmp(&group_of(b)));
        states
    };
    let (one, other) = (sorted(one), sorted(other));
    if let Some((state, _)) = one.iter().zip(&other).find(|(one, other)| one != other) {
        return Some(format!("state `{}`", state.name.value));
    }
    (one.len() != other.len()).then(|| "the states".to_owned())
}

fn group_of(state: &State) -> Option<&str> {
    state.group.as_ref().map(|group| group.value.as_str())
}

/// A state whose values are written as plainly as they can be.
fn state(state: &State) -> State {
    let option = |option: &Opt| Opt { name: option.name.clone(), value: plain(&option.value) };
    State {
        operand: state.operand.as_ref().map(plain),
        options: state.options.iter().map(option).collect(),
        ..state.clone()
    }
}

/// A group; who is held stands together, as the YAML spelling has it.
fn group(group: &Group) -> Group {
    let conditions = group.conditions.iter().map(|condition| match condition {
        Condition::Transcription(value) => Condition::Transcription(plain(value)),
        other @ (Condition::Recording(_) | Condition::Hold { .. } | Condition::Streaming(_)) => other.clone(),
    });
    let mut conditions: Vec<Condition> = conditions.collect();
    let held = |condition: &Condition| matches!(condition, Condition::Hold { .. });
    if let Some(first) = conditions.iter().position(held) {
        let (holds, rest): (Vec<_>, Vec<_>) = conditions.split_off(first).into_iter().partition(held);
        conditions.extend(holds.into_iter().chain(rest));
    }
    Group { conditions, ..group.clone() }
}

/// A literal, where an expression is one (`=25s`).
fn plain(value: &Value) -> Value {
    match value {
        Value::Expr(expr) => {
            let text = match &expr.kind {
                ExprKind::Text(text) => text.clone(),
                ExprKind::Int(number) => number.to_string(),
                ExprKind::Decimal(written) => written.clone(),
                ExprKind::Duration(milliseconds) => format!("{milliseconds}ms"),
                _ => return value.clone(),
            };
            literal(&text, value)
        }
        Value::Literal(word) => literal(&word.value, value),
        Value::List(items, span) => Value::List(items.iter().map(plain).collect(), *span),
        other => other.clone(),
    }
}

fn literal(text: &str, value: &Value) -> Value {
    let text = match crate::language::duration::read(text) {
        Some(milliseconds) => format!("{milliseconds}ms"),
        None => text.to_owned(),
    };
    Value::Literal(crate::language::source::Spanned::new(text, value.span()))
}
