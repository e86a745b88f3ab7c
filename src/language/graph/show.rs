//! A program for people and for other programs: JSON, Mermaid, Graphviz. One entry for each route; the `else` of a limit is
//! part of its route.

use crate::language::flow::label::Label;
use crate::language::flow::state::{Kind, State};
use crate::language::graph::program::{Arrow, Edge, Node, Program};
use crate::language::graph::source_map::SourceMap;
use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;

/// One route as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Route {
    pub(crate) from: String,
    pub(crate) outcome: String,
    pub(crate) to: Target,
    pub(crate) limit: Option<u32>,
    pub(crate) otherwise: Option<Target>,
    pub(crate) default: bool,
    pub(crate) rule: bool,
    pub(crate) label: Label,
}

/// Where a route leads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    Return(Option<String>),
    State(String),
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Target::Return(None) => f.write_str("return"),
            Target::Return(Some(result)) => write!(f, "return {result}"),
            Target::State(name) => f.write_str(name),
        }
    }
}

/// The graph as scripts read it.
#[must_use]
pub fn json(program: &Program, places: &SourceMap) -> Value {
    let mut states: Vec<&State> = program.states().map(|(_, state)| state).collect();
    states.sort_by(|a, b| a.name.cmp(&b.name));
    let states: Vec<Value> = states.into_iter().map(|state| state_json(state, places)).collect();
    let edges: Vec<Value> = routes(program)
        .into_iter()
        .map(|route| {
            json!({
                "from": route.from,
                "outcome": route.outcome,
                "to": route.to.to_string(),
                "limit": route.limit,
                "else": route.otherwise.map(|target| target.to_string()),
            })
        })
        .collect();
    json!({ "flow": program.flow, "hash": program.hash(), "states": states, "edges": edges })
}

fn state_json(state: &State, places: &SourceMap) -> Value {
    let mut entry = serde_json::Map::new();
    entry.insert("name".to_owned(), json!(state.name));
    entry.insert("kind".to_owned(), json!(state.kind.graph_kind()));
    entry.insert("form".to_owned(), json!(state.kind.form()));
    if let Some(place) = places.state(&state.name) {
        entry.insert("file".to_owned(), json!(place.file));
        entry.insert("line".to_owned(), json!(place.line));
    }
    Value::Object(entry)
}

/// Every route, by the state it leaves and its outcome.
pub(crate) fn routes(program: &Program) -> Vec<Route> {
    let mut routes = Vec::new();
    for (node, state) in program.states() {
        let edges: BTreeMap<(&Label, Arrow), (&Edge, NodeIndex)> = program
            .graph
            .edges(node)
            .map(|edge| ((&edge.weight().label, edge.weight().arrow), (edge.weight(), edge.target())))
            .collect();
        for ((label, arrow), (edge, to)) in &edges {
            if *arrow == Arrow::Else {
                continue;
            }
            let otherwise = edges.get(&(label, Arrow::Else)).map(|(_, to)| target(program, *to));
            routes.push(Route {
                from: state.name.clone(),
                outcome: outcome(state, label),
                to: target(program, *to),
                limit: edge.limit.as_ref().map(|limit| limit.times),
                otherwise,
                default: edge.default,
                rule: label.is_rule(),
                label: (*label).clone(),
            });
        }
    }
    routes.sort();
    routes
}

fn target(program: &Program, node: NodeIndex) -> Target {
    match &program.graph[node] {
        Node::Return(result) => Target::Return(result.clone()),
        Node::State(state) => Target::State(state.name.clone()),
    }
}

fn outcome(state: &State, label: &Label) -> String {
    let Label::Branch(number) = label else { return label.to_string() };
    let condition = match &state.kind {
        Kind::Decide { branches } => branches.get(*number as usize),
        _ => None,
    };
    condition.map_or_else(|| label.to_string(), |condition| format!("if {condition}"))
}

/// How an arrow is drawn.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stroke {
    Written,
    Rule,
    Default,
}

/// Arrows from state to target, those of one stroke joined into one with all their labels.
fn joined(program: &Program) -> BTreeMap<(String, Target, Stroke), Vec<String>> {
    let mut arrows: BTreeMap<(String, Target, Stroke), Vec<String>> = BTreeMap::new();
    for route in routes(program) {
        let stroke = match (route.default, route.rule) {
            (true, _) => Stroke::Default,
            (false, true) => Stroke::Rule,
            (false, false) => Stroke::Written,
        };
        let label = match route.limit {
            Some(times) => format!("{} (at most {times})", route.outcome),
            None => route.outcome.clone(),
        };
        arrows.entry((route.from.clone(), route.to, stroke)).or_default().push(label);
        if let Some(otherwise) = route.otherwise {
            let label = format!("{}, used up", route.outcome);
            arrows.entry((route.from, otherwise, stroke)).or_default().push(label);
        }
    }
    arrows
}

/// Names of nodes that mean nothing to Mermaid or Graphviz: a state may be called `end`.
struct Ids {
    states: BTreeMap<String, String>,
    returns: BTreeMap<Target, String>,
}

impl Ids {
    fn of(program: &Program, arrows: &BTreeMap<(String, Target, Stroke), Vec<String>>) -> Ids {
        let mut names: Vec<&str> = program.states().map(|(_, state)| state.name.as_str()).collect();
        names.sort_unstable();
        let states = names.iter().enumerate().map(|(n, name)| ((*name).to_owned(), format!("s{n}"))).collect();
        let mut returns = BTreeMap::new();
        for (_, target, _) in arrows.keys() {
            if matches!(target, Target::Return(_)) && !returns.contains_key(target) {
                returns.insert(target.clone(), format!("r{}", returns.len()));
            }
        }
        Ids { states, returns }
    }

    fn state(&self, name: &str) -> &str {
        self.states.get(name).map_or("s", String::as_str)
    }

    fn target(&self, target: &Target) -> &str {
        match target {
            Target::State(name) => self.state(name),
            end @ Target::Return(_) => self.returns.get(end).map_or("r", String::as_str),
        }
    }
}

fn start_name(program: &Program) -> &str {
    match &program.graph[program.start] {
        Node::State(state) => &state.name,
        Node::Return(_) => "",
    }
}

/// What is added to the box of a state, by its name.
pub type Captions = BTreeMap<String, String>;

/// What stands in a state's box: its name, and what it does, and what is added.
fn caption(state: &State, added: &Captions) -> (String, String) {
    let (name, does) = plain(state);
    match added.get(&state.name).filter(|added| !added.is_empty()) {
        Some(added) => (name, format!("{does}: {added}")),
        None => (name, does),
    }
}

fn plain(state: &State) -> (String, String) {
    let does = match (&state.kind, state.kind.form()) {
        (Kind::Hangup { result: Some(result), .. }, _) => format!("hangup {result}"),
        (_, Some(form)) => format!("{} ({form})", state.kind.graph_kind()),
        (kind, None) => kind.graph_kind().to_owned(),
    };
    (state.name.clone(), does)
}

/// The graph for Mermaid.
#[must_use]
pub fn mermaid(program: &Program) -> String {
    mermaid_with(program, &Captions::new())
}

/// The same, with something added to its states.
#[must_use]
pub fn mermaid_with(program: &Program, added: &Captions) -> String {
    let arrows = joined(program);
    let ids = Ids::of(program, &arrows);
    let mut out = String::from("flowchart TD\n");
    let mut line = |text: String| {
        out.push_str("    ");
        out.push_str(&text);
        out.push('\n');
    };
    line(format!("begin([\"{} {}\"])", program.call.word(), mermaid_text(&program.flow)));
    for (_, state) in program.states() {
        let (name, does) = caption(state, added);
        let text = format!("\"{}<br/><i>{}</i>\"", mermaid_text(&name), mermaid_text(&does));
        let id = ids.state(&name);
        line(match &state.kind {
            Kind::Decide { .. } => format!("{id}{{{text}}}"),
            Kind::Hours { .. } => format!("{id}{{{text}}}"),
            Kind::Collect { .. } | Kind::Menu { .. } | Kind::Recognize { .. } => format!("{id}{{{{{text}}}}}"),
            Kind::Hangup { .. } | Kind::Redirect { .. } | Kind::Reject { .. } => format!("{id}([{text}])"),
            Kind::Add { .. }
            | Kind::Answer
            | Kind::Connect { .. }
            | Kind::Dial { .. }
            | Kind::Run { .. }
            | Kind::Transfer { .. } => format!("{id}[[{text}]]"),
            Kind::Invoke { .. }
            | Kind::Move { .. }
            | Kind::Mute { .. }
            | Kind::Play { .. }
            | Kind::Query { .. }
            | Kind::Remove { .. }
            | Kind::SendKeys { .. }
            | Kind::Set { .. }
            | Kind::Signal { .. }
            | Kind::TakeMessage { .. }
            | Kind::Wait { .. } => format!("{id}[{text}]"),
        });
    }
    for (target, id) in &ids.returns {
        line(format!("{id}((\"{}\"))", mermaid_text(&target.to_string())));
    }
    line(format!("begin --> {}", ids.state(start_name(program))));
    for ((from, to, stroke), labels) in &arrows {
        let labels: Vec<String> = labels.iter().map(|label| mermaid_text(label)).collect();
        let arrow = match stroke {
            Stroke::Written => "-->",
            Stroke::Rule | Stroke::Default => "-.->",
        };
        line(format!("{} {arrow}|\"{}\"| {}", ids.state(from), labels.join("<br/>"), ids.target(to)));
    }
    out
}

/// Text within Mermaid's quotes: everything that could end them or be read as mark-up is an entity.
fn mermaid_text(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '"' | '#' | '&' | '<' | '>' | '|' | '\\' | '`' | '[' | ']' | '{' | '}' | '(' | ')' | ';' => {
                let _ = write!(escaped, "#{};", c as u32);
            }
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

/// The graph for Graphviz.
#[must_use]
pub fn dot(program: &Program) -> String {
    dot_with(program, &Captions::new())
}

/// The same, with something added to its states.
#[must_use]
pub fn dot_with(program: &Program, added: &Captions) -> String {
    let arrows = joined(program);
    let ids = Ids::of(program, &arrows);
    let mut out = format!("digraph \"{}\" {{\n", dot_text(&program.flow));
    let mut line = |text: String| {
        out.push_str("    ");
        out.push_str(&text);
        out.push_str(";\n");
    };
    line("rankdir=TB".to_owned());
    line(
        "node [fontname=\"Helvetica\", fontsize=11, shape=box, style=\"rounded,filled\", fillcolor=\"#ffffff\"]".into(),
    );
    line("edge [fontname=\"Helvetica\", fontsize=9]".to_owned());
    line(format!("begin [shape=plaintext, style=\"\", label=\"{} {}\"]", program.call.word(), dot_text(&program.flow)));
    for (_, state) in program.states() {
        let (name, does) = caption(state, added);
        let look = match &state.kind {
            Kind::Decide { .. } | Kind::Hours { .. } => "shape=diamond, style=filled, fillcolor=\"#fff4ce\"",
            Kind::Collect { .. } | Kind::Menu { .. } | Kind::Recognize { .. } => {
                "shape=hexagon, style=filled, fillcolor=\"#deecf9\""
            }
            Kind::Hangup { .. } | Kind::Redirect { .. } | Kind::Reject { .. } => "fillcolor=\"#fde7e9\"",
            Kind::Add { .. }
            | Kind::Answer
            | Kind::Connect { .. }
            | Kind::Dial { .. }
            | Kind::Run { .. }
            | Kind::Transfer { .. } => "fillcolor=\"#dff6dd\"",
            Kind::Invoke { .. }
            | Kind::Move { .. }
            | Kind::Mute { .. }
            | Kind::Play { .. }
            | Kind::Query { .. }
            | Kind::Remove { .. }
            | Kind::SendKeys { .. }
            | Kind::Set { .. }
            | Kind::Signal { .. }
            | Kind::TakeMessage { .. }
            | Kind::Wait { .. } => "fillcolor=\"#f3f2f1\"",
        };
        line(format!("{} [label=\"{}\\n{}\", {look}]", ids.state(&name), dot_text(&name), dot_text(&does)));
    }
    for (target, id) in &ids.returns {
        line(format!("{id} [label=\"{}\", shape=doublecircle]", dot_text(&target.to_string())));
    }
    line(format!("begin -> {}", ids.state(start_name(program))));
    for ((from, to, stroke), labels) in &arrows {
        let labels: Vec<String> = labels.iter().map(|label| dot_text(label)).collect();
        let look = match stroke {
            Stroke::Written => "",
            Stroke::Rule => ", style=dashed",
            Stroke::Default => ", style=dotted",
        };
        line(format!("{} -> {} [label=\"{}\"{look}]", ids.state(from), ids.target(to), labels.join("\\n")));
    }
    out.push_str("}\n");
    out
}

fn dot_text(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}
