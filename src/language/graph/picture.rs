//! [`Picture`]: what a drawing of a program shows, before anything has a place or a size. It knows what a kind of state looks
//! like and which routes are written once for many states; it knows nothing of coordinates or of SVG.

use crate::language::flow::label::Label;
use crate::language::flow::state::{Choice, Kind, State};
use crate::language::graph::program::{Node, Program};
use crate::language::graph::show::{self, Route, Target};
use crate::language::graph::source_map::{Place, SourceMap};
use crate::language::graph::words;
use crate::platform::outcomes::{NOT_REACHED, Outcome};
use crate::platform::tones::Tone;
use std::collections::{BTreeMap, BTreeSet};

/// What a drawing shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// The flow's name.
    pub flow: String,
    /// How its calls begin: `inbound`.
    pub call: String,
    /// How many of the nodes are states.
    pub states: usize,
    /// What calls go through. States first, in the order of the text; then where they come from.
    pub nodes: Vec<Figure>,
    /// Where they lead.
    pub arrows: Vec<Arrow>,
    /// Regions behind the states that belong to them.
    pub groups: Vec<String>,
    /// What is written once for many states.
    pub rules: Vec<Rule>,
    /// The node everything begins at.
    pub begin: usize,
}

/// One node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// Its name, or the text of a node that is no state.
    pub name: String,
    /// How it looks.
    pub look: Look,
    /// What it does, in a word or two: `transfer`.
    pub does: String,
    /// The words it says, from their beginning.
    pub words: Option<String>,
    /// What a call may be like there, where that is to be shown.
    pub holds: Option<String>,
    /// Named ways out along its lower edge.
    pub ports: Vec<Port>,
    /// The group it belongs to.
    pub group: Option<usize>,
}

/// A named way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// The key that takes it.
    pub key: Option<char>,
    /// Its name.
    pub name: String,
}

/// How a node looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Look {
    /// Everywhere the rules hold.
    Anywhere,
    /// Where the flow begins.
    Begin,
    /// Chooses without asking anybody.
    Decide,
    /// Ends the call.
    Hangup,
    /// Hands the call over, or brings somebody in.
    Hand,
    /// Asks a service.
    Invoke,
    /// Gets a line: answers, dials.
    Line,
    /// Says something.
    Play,
    /// Asks the party.
    Question,
}

/// An arrow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrow {
    /// From this node.
    pub from: usize,
    /// Where it leads.
    pub to: To,
    /// Out of this port.
    pub port: Option<usize>,
    /// The outcomes that take it.
    pub outcomes: Vec<String>,
    /// What is written on it. Empty where the port says everything.
    pub text: Vec<String>,
    /// How it is drawn.
    pub stroke: Stroke,
    /// It is what is meant to happen next.
    pub main: bool,
}

/// Where an arrow leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    /// To a node.
    Node(usize),
    /// Out of the flow: `return abandoned`.
    Return(String),
}

/// How an arrow is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stroke {
    /// Written for this state.
    Own,
    /// Taken when a limit is used up.
    Else,
    /// A rule or a default.
    Light,
}

/// What is written once for many states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// `party left`.
    pub outcome: String,
    /// `≤2`, where it is limited.
    pub limit: Option<String>,
    /// Where it leads.
    pub to: String,
    /// Where it leads when the limit is used up.
    pub otherwise: Option<String>,
    /// The states it holds in.
    pub states: Vec<String>,
}

impl Picture {
    /// What a drawing of a program shows.
    #[must_use]
    pub fn of(program: &Program, places: &SourceMap) -> Picture {
        let mut picture = Picture {
            flow: program.flow.clone(),
            call: program.call.word().to_owned(),
            nodes: program.states().map(|(_, state)| figure(program, state)).collect(),
            ..Picture::default()
        };
        picture.states = picture.nodes.len();
        // A group without states is not there to be seen.
        for (figure, (_, state)) in picture.nodes.iter_mut().zip(program.states()) {
            let Some(name) = &state.group else { continue };
            figure.group = Some(picture.groups.iter().position(|known| known == name).unwrap_or_else(|| {
                picture.groups.push(name.clone());
                picture.groups.len() - 1
            }));
        }
        let index: BTreeMap<String, usize> =
            picture.nodes.iter().enumerate().map(|(n, figure)| (figure.name.clone(), n)).collect();
        let mut routes = show::routes(program);
        let order = |route: &Route| (index.get(&route.from).copied(), rank(&route.label));
        routes.sort_by_cached_key(order);
        let (rules, own) = split(&routes, places);
        for route in own {
            picture.draw(route, &index);
        }
        picture.name_exits();
        picture.choose_main();
        picture.enter(program, &index);
        picture.add_rules(rules, &index);
        picture
    }

    /// The arrows of one route.
    fn draw(&mut self, route: &Route, index: &BTreeMap<String, usize>) {
        let Some(&from) = index.get(&route.from) else { return };
        let choice = match &route.label {
            Label::Choice(name) => self.nodes[from].ports.iter().position(|port| port.name == *name),
            _ => None,
        };
        let light = route.rule || route.default;
        let limit = route.limit.map(|times| format!("≤{times}"));
        let text = match (choice, &limit) {
            (Some(_), None) => None,
            (Some(_), Some(limit)) => Some(limit.clone()),
            (None, None) => Some(route.outcome.clone()),
            (None, Some(limit)) => Some(format!("{} {limit}", route.outcome)),
        };
        let Some(to) = end(&route.to, index) else { return };
        let stroke = if light { Stroke::Light } else { Stroke::Own };
        self.join(
            Arrow { from, to, port: choice, outcomes: vec![route.outcome.clone()], text: vec![], stroke, main: false },
            text,
        );
        if let Some(to) = route.otherwise.as_ref().and_then(|otherwise| end(otherwise, index)) {
            let text = if choice.is_some() { "else".to_owned() } else { format!("{} else", route.outcome) };
            let outcomes = vec![format!("{} else", route.outcome)];
            self.join(
                Arrow { from, to, port: choice, outcomes, text: vec![], stroke: Stroke::Else, main: false },
                Some(text),
            );
        }
    }

    /// Adds an arrow; arrows between the same two ends are one arrow with all their outcomes.
    fn join(&mut self, arrow: Arrow, text: Option<String>) {
        let same = |other: &&mut Arrow| {
            (other.from, &other.to, other.port, other.stroke) == (arrow.from, &arrow.to, arrow.port, arrow.stroke)
        };
        match self.arrows.iter_mut().rev().take_while(|other| other.from == arrow.from).find(same) {
            Some(other) => {
                other.outcomes.extend(arrow.outcomes);
                other.text.extend(text);
            }
            None => self.arrows.push(Arrow { text: text.into_iter().collect(), ..arrow }),
        }
    }

    /// Where choices are named along the lower edge, every other way out is named there too.
    fn name_exits(&mut self) {
        for arrow in &mut self.arrows {
            let ports = &mut self.nodes[arrow.from].ports;
            if arrow.port.is_none() && !ports.is_empty() {
                arrow.port = Some(ports.len());
                ports.push(Port { key: None, name: arrow.text.join(" · ") });
                arrow.text.clear();
            }
        }
    }

    /// The first way out of a state that does not ask is what is meant to happen, unless it ends there and another goes on.
    fn choose_main(&mut self) {
        let mut decided = vec![false; self.nodes.len()];
        for arrow in &mut self.arrows {
            let from = &self.nodes[arrow.from];
            let first = !std::mem::replace(&mut decided[arrow.from], true);
            let goes_on = matches!(arrow.to, To::Node(_));
            arrow.main = first && goes_on && from.ports.is_empty() && from.look != Look::Decide;
        }
    }

    /// Where the flow begins.
    fn enter(&mut self, program: &Program, index: &BTreeMap<String, usize>) {
        self.begin = self.nodes.len();
        self.nodes.push(plain(format!("{} call", program.call.word()), Look::Begin));
        let Node::State(start) = &program.graph[program.start] else { return };
        if let Some(&to) = index.get(&start.name) {
            self.arrows.push(Arrow::bare(self.begin, to, Stroke::Own));
        }
    }

    /// Rules stand in the legend; a state that a rule leads to shows it by one arrow out of nowhere.
    fn add_rules(&mut self, rules: Vec<Rule>, index: &BTreeMap<String, usize>) {
        let mut into: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for rule in &rules {
            if let Some(&to) = index.get(&rule.to) {
                into.entry(to).or_default().push(rule.outcome.clone());
            }
            if let Some(&to) = rule.otherwise.as_ref().and_then(|otherwise| index.get(otherwise)) {
                into.entry(to).or_default().push(format!("{} else", rule.outcome));
            }
        }
        for (to, outcomes) in into {
            self.nodes.push(plain(format!("everywhere: {}", outcomes.join(" · ")), Look::Anywhere));
            self.arrows.push(Arrow::bare(self.nodes.len() - 1, to, Stroke::Light));
        }
        self.rules = rules;
    }
}

impl Arrow {
    /// An arrow without words.
    fn bare(from: usize, to: usize, stroke: Stroke) -> Arrow {
        Arrow { from, to: To::Node(to), port: None, outcomes: Vec::new(), text: Vec::new(), stroke, main: true }
    }
}

/// Where a target lies. Every arrow out of the flow has an end of its own: lines to one end for all would cross the picture.
fn end(target: &Target, index: &BTreeMap<String, usize>) -> Option<To> {
    match target {
        Target::State(name) => index.get(name).copied().map(To::Node),
        Target::Return(_) => Some(To::Return(target.to_string())),
    }
}

fn plain(name: String, look: Look) -> Figure {
    Figure { name, look, does: String::new(), words: None, holds: None, ports: Vec::new(), group: None }
}

fn figure(program: &Program, state: &State) -> Figure {
    let (look, prompt) = match &state.kind {
        Kind::Answer | Kind::Connect { .. } | Kind::Dial { .. } => (Look::Line, None),
        Kind::Decide { .. } | Kind::Hours { .. } | Kind::Set { .. } => (Look::Decide, None),
        Kind::Redirect { .. } | Kind::Reject { .. } => (Look::Hangup, None),
        Kind::Collect { question, .. } => (Look::Question, Some(&question.ask)),
        Kind::Invoke { meanwhile, .. } => (Look::Invoke, meanwhile.as_ref()),
        Kind::Query { .. } | Kind::Signal { .. } => (Look::Invoke, None),
        Kind::TakeMessage { play, .. } => (Look::Question, play.as_ref()),
        Kind::Wait { .. } | Kind::Mute { .. } | Kind::SendKeys { .. } => (Look::Play, None),
        Kind::Add { .. } | Kind::Move { .. } | Kind::Remove { .. } | Kind::Run { .. } => (Look::Hand, None),
        Kind::Hangup { play, .. } => (Look::Hangup, play.as_ref()),
        Kind::Menu { question, .. } | Kind::Recognize { question, .. } => (Look::Question, Some(&question.ask)),
        Kind::Play { prompt, .. } => (Look::Play, Some(prompt)),
        Kind::Transfer { play, .. } => (Look::Hand, play.as_ref()),
    };
    let choices = match &state.kind {
        Kind::Menu { choices, .. } => choices.as_slice(),
        _ => &[],
    };
    let port = |choice: &Choice| Port { key: choice.key.map(Tone::to_char), name: choice.name.clone() };
    Figure {
        name: state.name.clone(),
        look,
        does: does(&state.kind),
        holds: None,
        words: prompt.map(|prompt| words::preview(program, prompt, choices)).filter(|words| !words.is_empty()),
        ports: choices.iter().map(port).collect(),
        group: None,
    }
}

/// What a state does, as its label says it.
fn does(kind: &Kind) -> String {
    match kind {
        Kind::Hangup { result: Some(result), .. } => format!("hangup {result}"),
        Kind::Menu { .. } => "menu".to_owned(),
        Kind::Collect { save, .. } => format!("collect {save}"),
        Kind::TakeMessage { save, .. } => format!("take_message {save}"),
        Kind::Invoke { service, operation, .. } if operation.is_empty() => format!("invoke {service}"),
        Kind::Invoke { service, operation, .. } => format!("invoke {service}.{operation}"),
        Kind::Run { flow, .. } => format!("run {flow}"),
        Kind::Hours { calendar, hours } => format!("hours {calendar}.{hours}"),
        Kind::Add { name, .. } | Kind::Move { name, .. } | Kind::Mute { name } | Kind::Remove { name } => {
            format!("{} {name}", kind.graph_kind())
        }
        Kind::Signal { name, .. } => format!("signal {name}"),
        _ => kind.graph_kind().to_owned(),
    }
}

/// In which order the ways out of a state are drawn: what was meant to happen before what may go wrong.
fn rank(label: &Label) -> (usize, Label) {
    use Outcome::{Accepted, Answered, Connected, Done, Filled, Heard, Joined, Ok, Open, Recorded};
    let rank = match label {
        Label::Choice(_)
        | Label::Named(_)
        | Label::Outcome(Accepted | Answered | Connected | Done | Filled | Heard | Joined | Ok | Open | Recorded) => 0,
        Label::Branch(_) => 1,
        Label::Outcome(outcome) => NOT_REACHED.iter().position(|one| one == outcome).map_or(7, |place| 2 + place),
        Label::Else | Label::NotEstablished => 7,
        Label::After { .. } | Label::Key { .. } | Label::Left(_) | Label::PartyLeft | Label::Signal(_) => 8,
    };
    (rank, label.clone())
}

/// What is written once for many states, and the rest.
fn split<'a>(routes: &'a [Route], places: &SourceMap) -> (Vec<Rule>, Vec<&'a Route>) {
    let mut writers: BTreeMap<(&Label, &Place), BTreeSet<&str>> = BTreeMap::new();
    for route in routes {
        if let Some(place) = places.edge(&route.from, &route.label) {
            writers.entry((&route.label, place)).or_default().insert(&route.from);
        }
    }
    let shared = |route: &Route| {
        let place = places.edge(&route.from, &route.label);
        place.and_then(|place| writers.get(&(&route.label, place))).is_some_and(|states| states.len() > 1)
    };
    let mut rules: Vec<Rule> = Vec::new();
    let mut seen = BTreeMap::new();
    let mut own = Vec::new();
    for route in routes {
        if !(route.default || shared(route)) {
            own.push(route);
            continue;
        }
        let key = (&route.label, &route.to, route.limit, route.otherwise.as_ref());
        let at = *seen.entry(key).or_insert_with(|| {
            rules.push(Rule {
                outcome: route.outcome.clone(),
                limit: route.limit.map(|times| format!("≤{times}")),
                to: route.to.to_string(),
                otherwise: route.otherwise.as_ref().map(Target::to_string),
                states: Vec::new(),
            });
            rules.len() - 1
        });
        rules[at].states.push(route.from.clone());
    }
    (rules, own)
}
