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
pub fn lower(checked: Checked) -> Result<Program, String> {
    let (mut states, mut edges) = (Vec::with_capacity(checked.states.len()), Vec::new());
    for (from, state) in checked.states.into_iter().enumerate() {
        states.push(state.state);
        for way in state.ways {
            lead(from, way, &mut edges)?;
        }
    }
    let params = checked.params.into_iter().map(|(name, (ty, default))| (name, Param { ty, default })).collect();
    let head = Head {
        flow: checked.name,
        call: checked.call,
        locale: checked.locale,
        params,
        settings: checked.settings,
        vars: checked.vars,
        returns: checked.returns,
        prompts: checked.prompts,
        needs_ai: checked.speech.is_some(),
        participants: checked.participants,
        signals: checked.signals,
        dial_collected: checked.dial_collected,
        needs: checked.needs,
        groups: checked.groups,
        services: checked.services,
        calendars: checked.calendars,
        // The flows it runs are put in once all are there.
        flows: BTreeMap::new(),
    };
    Program::of_places(head, checked.start, states, edges)
}

/// The edges of a way: one, or two where it has a limit.
fn lead(from: usize, way: Way, edges: &mut Vec<(usize, Place, Edge)>) -> Result<(), String> {
    let Way { label, to, limit, origin, place: _ } = way;
    let default = origin == Origin::Language;
    let Some(bound) = limit else {
        edges.push((from, end(to)?, Edge { label, arrow: Arrow::Main, limit: None, default }));
        return Ok(());
    };
    let limit = Some(Limit { counter: bound.counter, times: bound.times });
    edges.push((from, end(to)?, Edge { label: label.clone(), arrow: Arrow::Main, limit, default }));
    edges.push((from, end(bound.otherwise)?, Edge { label, arrow: Arrow::Else, limit: None, default }));
    Ok(())
}

fn end(end: ways::End) -> Result<Place, String> {
    match end {
        ways::End::Return(result) => Ok(Place::Return(result)),
        ways::End::State(state) => Ok(Place::State(state)),
        ways::End::Unknown(_) => Err("a way to a state that is not there".to_owned()),
    }
}
