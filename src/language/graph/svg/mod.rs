//! A program as a picture that needs nothing else: one SVG without scripts, fonts or addresses, for light and dark pages.
//!
//! Other tools may colour it: a state is `#state-NAME` with `data-state`, a way is `.edge` with `data-from`, `data-outcome`
//! and `data-to`.

pub mod card;

pub mod edge;

pub mod heading;

pub mod style;

pub mod width;

pub mod xml;

#[cfg(test)]
mod laws;

use crate::language::flow::label::Label;
use crate::language::graph::layout::{self, Drawing, Line, Size, Sketch};
use crate::language::graph::picture::{Arrow, Look, Picture, Stroke, To};
use crate::language::graph::program::Program;
use crate::language::graph::show;
use crate::language::graph::source_map::SourceMap;
use crate::language::graph::svg::card::Card;
use crate::language::graph::svg::edge::Text;
use crate::language::graph::svg::heading::Heading;
use crate::language::graph::svg::xml::Escaped;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The graph as people look at it.
#[must_use]
pub fn svg(program: &Program, places: &SourceMap) -> String {
    draw(&Picture::of(program, places))
}

/// The same, with what a call may be like in its states.
#[must_use]
pub fn with_conditions(program: &Program, places: &SourceMap, holds: &show::Captions) -> String {
    let mut picture = Picture::of(program, places);
    for node in &mut picture.nodes {
        node.holds = holds.get(&node.name).filter(|holds| !holds.is_empty()).cloned();
    }
    draw(&picture)
}

/// The graph with what was walked of it: whether a label of a state was followed, or its other end where a limit is used up, as far
/// as that is counted, and whether a state was entered. An arrow of several outcomes counts as taken once all of them were.
#[must_use]
pub fn walked(
    program: &Program,
    places: &SourceMap,
    taken: impl Fn(&str, &Label, bool) -> Option<bool>,
    entered: impl Fn(&str) -> bool,
) -> String {
    let picture = Picture::of(program, places);
    let drawn = draw(&picture);
    let routes = show::routes(program);
    let labels: BTreeMap<(&str, &str), &Label> =
        routes.iter().map(|route| ((route.from.as_str(), route.outcome.as_str()), &route.label)).collect();
    let taken = |from: &str, outcome: &str| {
        let (outcome, other) = outcome.strip_suffix(" else").map_or((outcome, false), |outcome| (outcome, true));
        taken(from, labels.get(&(from, outcome))?, other)
    };
    let mut sheet = String::from("<style>");
    let colours = |way: &str, met: bool| {
        let colour = if met { "#1a7f37" } else { "#d1242f" };
        let dash = if met { "" } else { ";stroke-dasharray:2 4;stroke-width:2" };
        format!("{way} .way,{way} .swatch{{stroke:{colour}{dash}}}{way} .tip{{fill:{colour};stroke:{colour}}}")
    };
    let mut colour = |from: &[&str], outcomes: &[String]| {
        let counted: Vec<bool> =
            outcomes.iter().flat_map(|outcome| from.iter().filter_map(|from| taken(from, outcome))).collect();
        if !counted.is_empty() {
            let (from, outcome) = (quoted(&from.join(" ")), quoted(&outcomes.join(" | ")));
            let way = format!("[data-from={from}][data-outcome={outcome}]");
            sheet.push_str(&colours(&way, counted.iter().all(|taken| *taken)));
        }
    };
    for arrow in &picture.arrows {
        colour(&[&picture.nodes[arrow.from].name], &arrow.outcomes);
    }
    for rule in &picture.rules {
        let from: Vec<&str> = rule.states.iter().map(String::as_str).collect();
        colour(&from, std::slice::from_ref(&rule.outcome));
        colour(&from, &[format!("{} else", rule.outcome)]);
    }
    for (_, state) in program.states().filter(|(_, state)| !entered(&state.name)) {
        let name = quoted(&state.name);
        let _ = write!(sheet, "[data-state={name}] .box{{stroke:#d1242f;stroke-dasharray:2 4;stroke-width:2}}");
    }
    sheet.push_str("</style>\n</svg>\n");
    format!("{}{sheet}", drawn.strip_suffix("</svg>\n").unwrap_or(&drawn))
}

/// A text as CSS takes it in quotes, within XML.
fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('&', "&amp;").replace('<', "&lt;");
    format!("\"{text}\"")
}

/// A picture, drawn.
#[must_use]
pub fn draw(picture: &Picture) -> String {
    let plan = Plan::of(picture);
    let drawing = layout::lay_out(&plan.sketch);
    let heading = Heading::of(picture);
    let width = drawing.size.width.max(heading.size.width);
    let left = (width - drawing.size.width) / 2;
    let top = heading.size.height - room_beside(&drawing, heading.size, left);
    let height = drawing.size.height + top;
    let mut out = String::new();
    let flow = Escaped(&picture.flow);
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         role=\"img\" aria-labelledby=\"flow-title flow-desc\">\n<title id=\"flow-title\">{flow}</title>\n\
         <desc id=\"flow-desc\">{}</desc>\n<style>{}</style>\n<rect class=\"page\" width=\"{width}\" height=\"{height}\"/>\n",
        Escaped(&described(picture)),
        style::sheet()
    );
    heading.draw(&mut out);
    let _ = writeln!(out, "<g transform=\"translate({left} {top})\">");
    regions(picture, &drawing, &mut out);
    let classes = edge::classes(picture);
    for stroke in [Stroke::Light, Stroke::Else, Stroke::Own] {
        for (n, ((arrow, path), text)) in picture.arrows.iter().zip(&drawing.arrows).zip(&plan.texts).enumerate() {
            if arrow.stroke == stroke {
                edge::draw(picture, arrow, path, text, classes[n], &mut out);
            }
        }
    }
    for (card, rect) in plan.cards.iter().zip(&drawing.boxes) {
        card.draw(rect, &mut out);
    }
    out.push_str("</g>\n</svg>\n");
    out
}

/// How far the drawing may move up beside the heading.
fn room_beside(drawing: &Drawing, heading: Size, left: i32) -> i32 {
    let boxes = drawing.boxes.iter().map(|rect| (rect.x, rect.y));
    let lines = drawing.arrows.iter().flat_map(|path| {
        let label = path.label.iter().chain(&path.end).map(|rect| (rect.x, rect.y));
        path.points.iter().copied().chain(label)
    });
    let regions = drawing.regions.iter().flatten().map(|rect| (rect.x, rect.y));
    let beside = |(x, _): &(i32, i32)| x + left < heading.width;
    let highest = boxes.chain(lines).chain(regions).filter(beside).map(|(_, y)| y).min();
    highest.map_or(heading.height, |y| y - 24).clamp(0, heading.height - 8)
}

/// What is to be laid out, and what stands in it.
pub(crate) struct Plan<'a> {
    pub(crate) sketch: Sketch,
    cards: Vec<Card<'a>>,
    texts: Vec<Text>,
}

impl Plan<'_> {
    /// Everything in a picture with its size.
    pub(crate) fn of(picture: &Picture) -> Plan<'_> {
        let texts: Vec<Text> = picture.arrows.iter().map(Text::of).collect();
        let mut exits = vec![0; picture.nodes.len()];
        for (arrow, text) in picture.arrows.iter().zip(&texts) {
            let end = if matches!(arrow.to, To::Return(_)) { edge::end(picture, arrow).1.width } else { 0 };
            exits[arrow.from] += text.size().map_or(0, |size| size.width).max(end) + 14;
        }
        let cards: Vec<Card<'_>> =
            picture.nodes.iter().zip(exits).map(|(figure, exits)| Card::of(figure, exits + 16)).collect();
        let line = |(arrow, text): (&Arrow, &Text)| Line {
            from: arrow.from,
            to: match arrow.to {
                To::Node(to) => Some(to),
                To::Return(_) => None,
            },
            exit: arrow.port,
            label: text.size().or_else(|| own_way(picture, arrow)),
            main: arrow.main,
            light: arrow.stroke == Stroke::Light,
            end: edge::end(picture, arrow).1,
        };
        let sketch = Sketch {
            boxes: cards.iter().map(Card::shape).collect(),
            arrows: picture.arrows.iter().zip(&texts).map(line).collect(),
            groups: picture.groups.len(),
            begin: picture.begin,
        };
        Plan { sketch, cards, texts }
    }
}

/// A line out of nowhere keeps to itself until it is there.
fn own_way(picture: &Picture, arrow: &Arrow) -> Option<Size> {
    (picture.nodes[arrow.from].look == Look::Anywhere).then_some(Size { width: 2, height: 2 })
}

/// The picture in a sentence, for those who hear it.
fn described(picture: &Picture) -> String {
    let start =
        picture.arrows.iter().find(|arrow| arrow.from == picture.begin).map(|arrow| edge::target(picture, arrow));
    let start = start.map_or_else(String::new, |start| format!(" It starts at {start}."));
    format!("The {} flow {} as a graph of {} states.{start}", picture.call, picture.flow, picture.states)
}

fn regions(picture: &Picture, drawing: &Drawing, out: &mut String) {
    for (name, bands) in picture.groups.iter().zip(&drawing.regions) {
        let Some(first) = bands.first() else { continue };
        let name = Escaped(name);
        let _ = write!(out, "<g data-group=\"{name}\">");
        for band in bands {
            let (width, height) = (band.size.width, band.size.height);
            let _ = write!(
                out,
                "<rect class=\"region\" x=\"{}\" y=\"{}\" width=\"{width}\" height=\"{height}\" rx=\"8\"/>",
                band.x, band.y
            );
        }
        let _ =
            writeln!(out, "<text class=\"group-name\" x=\"{}\" y=\"{}\">{name}</text></g>", first.x + 8, first.y + 15);
    }
}
