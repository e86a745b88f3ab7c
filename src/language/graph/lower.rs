//! Checked parts to a [`Program`]: one edge for each end of each way. Decides nothing; what is written or default was settled
//! before.

use crate::language::check::checked::Checked;
use crate::language::check::ways::{self, Origin, Way};
use crate::language::graph::program::{Arrow, Edge, Head, Limit, Param, Place, Program};
use std::collections::BTreeMap;

/// Lowers a checked flow.
///
/// # Errors
/// When a way leads to a state that is not there: a defect of the checker.
pub fn lower(checked: &Checked) -> Result<Program, String> {
    let mut edges = Vec::new();
    for (from, state) in checked.states.iter().enumerate() {
        for way in &state.ways {
            for (to, edge) in arrows(way) {
                edges.push((from, end(to)?, edge));
            }
        }
    }
    let params = checked
        .params
        .iter()
        .map(|(name, (ty, default))| (name.clone(), Param { ty: ty.clone(), default: default.clone() }))
        .collect();
    let head = Head {
        flow: checked.name.clone(),
        call: checked.call,
        locale: checked.locale.clone(),
        params,
        settings: checked.settings.clone(),
        vars: checked.vars.clone(),
        returns: checked.returns.clone(),
        prompts: checked.prompts.clone(),
        needs_ai: checked.speech.is_some(),
        participants: checked.participants.clone(),
        signals: checked.signals.clone(),
        dial_collected: checked.dial_collected.clone(),
        groups: checked.groups.clone(),
        services: checked.services.clone(),
        calendars: checked.calendars.clone(),
        // The flows it runs are put in once all are there.
        flows: BTreeMap::new(),
    };
    let states = checked.states.iter().map(|state| state.state.clone()).collect();
    Program::of_places(head, checked.start, states, edges)
}

fn arrows(way: &Way) -> Vec<(&ways::End, Edge)> {
    let limit = way.limit.as_ref().map(|bound| Limit { counter: bound.counter.clone(), times: bound.times });
    let default = way.origin == Origin::Language;
    let main = Edge { label: way.label.clone(), arrow: Arrow::Main, limit, default };
    let mut arrows = vec![(&way.to, main)];
    if let Some(bound) = &way.limit {
        let otherwise = Edge { label: way.label.clone(), arrow: Arrow::Else, limit: None, default };
        arrows.push((&bound.otherwise, otherwise));
    }
    arrows
}

fn end(end: &ways::End) -> Result<Place, String> {
    match end {
        ways::End::Return(result) => Ok(Place::Return(result.clone())),
        ways::End::State(state) => Ok(Place::State(*state)),
        ways::End::Unknown(_) => Err("a way to a state that is not there".to_owned()),
    }
}
