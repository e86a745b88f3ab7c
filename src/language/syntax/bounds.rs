//! What a flow may have many of, and how many: beyond that the rest is cut off, and a finding says so. Nobody writes as much,
//! and what is compared with each of them would take a time that grows with the product of both.

use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::Span;
use crate::language::syntax::ast::{Flow, Library, Route, Trigger, TypeExpr, TypeKind, Value};

/// Rules of a flow; each is a way out of every state.
const MOST_RULES: usize = 20;
/// Results of a flow.
const MOST_RESULTS: usize = 100;
/// Choices of a menu.
const MOST_CHOICES: usize = 100;
/// Rules and outcomes that a group routes.
const MOST_ROUTES: usize = 100;
/// Arguments, or headers, of a state.
const MOST_ARGUMENTS: usize = 100;
/// Words and fields within one type, those of the types within it counted.
const MOST_MEMBERS: usize = 100;

/// Cuts what a flow has too many of.
pub(crate) fn flow(flow: &mut Flow, found: &mut Vec<Diagnostic>) {
    if let Some(rule) = flow.always.get(MOST_RULES) {
        found.push(too_many("rules of the flow", MOST_RULES, rule.span.0));
        flow.always.truncate(MOST_RULES);
    }
    if let Some(result) = flow.returns.get(MOST_RESULTS) {
        found.push(too_many("results", MOST_RESULTS, result.span));
        flow.returns.truncate(MOST_RESULTS);
    }
    for state in &mut flow.states {
        if let Some(choice) = state.choices.get(MOST_CHOICES) {
            found.push(too_many("choices in one menu", MOST_CHOICES, choice.name.span));
            state.choices.truncate(MOST_CHOICES);
        }
        if let Some((argument, _)) = state.args.get(MOST_ARGUMENTS) {
            found.push(too_many("arguments of one state", MOST_ARGUMENTS, argument.span));
            state.args.truncate(MOST_ARGUMENTS);
        }
        for option in &mut state.options {
            if let Value::Headers(headers, _) = &mut option.value
                && let Some((header, _)) = headers.get(MOST_ARGUMENTS)
            {
                found.push(too_many("headers of one state", MOST_ARGUMENTS, header.span));
                headers.truncate(MOST_ARGUMENTS);
            }
        }
        let keys = |route: &Route| route.triggers.iter().any(|trigger| matches!(trigger, Trigger::Key { .. }));
        if let Some(route) = state.routes.iter().filter(|route| keys(route)).nth(MOST_ROUTES) {
            found.push(too_many("key rules of one state", MOST_ROUTES, route.span.0));
            let mut seen = 0;
            state.routes.retain(|route| {
                seen += usize::from(keys(route));
                !keys(route) || seen <= MOST_ROUTES
            });
        }
    }
    for group in &mut flow.groups {
        if let Some(route) = group.routes.get(MOST_ROUTES) {
            found.push(too_many("routes of one group", MOST_ROUTES, route.span.0));
            group.routes.truncate(MOST_ROUTES);
        }
        for route in &mut group.routes {
            if route.triggers.len() > MOST_ROUTES {
                found.push(too_many("outcomes on one line", MOST_ROUTES, route.span.0));
                route.triggers.truncate(MOST_ROUTES);
            }
        }
    }
    for signal in &mut flow.signals {
        signal.ty.iter_mut().for_each(|ty| members(ty, found));
    }
    for declared in flow.params.iter_mut().chain(&mut flow.vars).chain(&mut flow.settings) {
        members(&mut declared.ty, found);
    }
}

/// Cuts what a library has too many of.
pub(crate) fn library(library: &mut Library, found: &mut Vec<Diagnostic>) {
    for (_, ty) in library.prompts.iter_mut().flat_map(|prompt| &mut prompt.takes) {
        members(ty, found);
    }
}

fn members(ty: &mut TypeExpr, found: &mut Vec<Diagnostic>) {
    let mut left = MOST_MEMBERS;
    if let Some(place) = cut(ty, &mut left) {
        found.push(too_many("words and fields in one type", MOST_MEMBERS, place));
    }
}

/// Cuts a type down to what is left of its members, and says where it was cut first.
fn cut(ty: &mut TypeExpr, left: &mut usize) -> Option<Span> {
    match &mut ty.kind {
        TypeKind::Named(_) | TypeKind::Digits { .. } => None,
        TypeKind::Enum(words) => {
            let place = words.get(*left).map(|word| word.span);
            words.truncate(*left);
            *left -= words.len();
            place
        }
        TypeKind::Record(fields) => {
            let mut place = fields.get(*left).map(|(name, _)| name.span);
            fields.truncate(*left);
            *left -= fields.len();
            for (_, inner) in fields {
                place = place.or(cut(inner, left));
            }
            place
        }
        TypeKind::Optional(inner) | TypeKind::List(inner) | TypeKind::Secret(inner) => cut(inner, left),
    }
}

fn too_many(what: &str, most: usize, at: Span) -> Diagnostic {
    Diagnostic::new(Code::F0007, format!("more than {most} {what}"), at, "from here on they are left unread")
}

#[cfg(test)]
mod tests {
    use crate::language::source::Sources;
    use crate::language::syntax::ast::Spelling;
    use crate::language::syntax::read_flow;

    /// What is found in a flow with these declarations: the codes and messages.
    fn found(lines: &str) -> Vec<String> {
        let mut sources = Sources::default();
        let file = sources.add("t.flow", format!("flowc 1\nflow t inbound\n{lines}\n"));
        let (_, found) = read_flow(&sources, file, Spelling::Native);
        found.into_iter().map(|finding| format!("{} {}", finding.code, finding.message)).collect()
    }

    fn listed(count: usize, part: impl Fn(usize) -> String, between: &str) -> String {
        (0..count).map(part).collect::<Vec<_>>().join(between)
    }

    #[test]
    fn each_bound_is_said_once_and_not_before_it() {
        let rules = |count: usize| listed(count, |n| format!("always after {}s -> bye", n + 1), "\n");
        let results = |count: usize| format!("returns {}", listed(count, |n| format!("r{n}"), " | "));
        let menu =
            |count: usize| format!("m: menu ask \"x\" {{\n{}\n}}", listed(count, |n| format!("c{n} = 1 -> m"), "\n"));
        let words = |count: usize| format!("param e: enum({})", listed(count, |n| format!("w{n}"), ", "));
        let fields =
            |count: usize| format!("param e: {{ a: {{ {} }} }}", listed(count - 1, |n| format!("f{n}: text"), ", "));
        let arguments = |count: usize| format!("s: set {} -> s", listed(count, |n| format!("v{n} = 1"), ", "));
        let group = |count: usize| {
            format!(
                "g: group {{\n{}\n  s: wait 5s -> s\n}}",
                listed(count, |n| format!("  after {}s -> s", n + 1), "\n")
            )
        };
        let keys =
            |count: usize| format!("s: wait 5s -> s {{\n{}\n}}", listed(count, |n| format!("key {n} -> s"), "\n"));
        for (fits, does_not, what) in [
            (arguments(100), arguments(102), "100 arguments of one state"),
            (group(100), group(102), "100 routes of one group"),
            (keys(100), keys(102), "100 key rules of one state"),
            (rules(20), rules(22), "20 rules of the flow"),
            (results(100), results(102), "100 results"),
            (menu(100), menu(102), "100 choices in one menu"),
            (words(100), words(102), "100 words and fields in one type"),
            (fields(100), fields(102), "100 words and fields in one type"),
        ] {
            assert_eq!(found(&fits), Vec::<String>::new(), "{what}");
            assert_eq!(found(&does_not), [format!("F0007 more than {what}")]);
        }
    }
}
