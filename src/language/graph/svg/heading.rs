//! What stands above the drawing: the flow's name, and a box with what is written once for many states.

use crate::language::graph::layout::Size;
use crate::language::graph::picture::{Picture, Rule};
use crate::language::graph::svg::width::{fit, width};
use crate::language::graph::svg::xml::Escaped;
use std::fmt::Write;

/// Room around.
const MARGIN: i32 = 22;

/// Most rules that are shown, and the widest.
const RULES: usize = 12;
const WIDEST: i32 = 420;

/// Height of a rule.
const LINE: i32 = 17;

const EVERYWHERE: &str = "Everywhere, unless a state says otherwise";

/// The heading of a picture.
pub(crate) struct Heading<'a> {
    flow: &'a str,
    under: String,
    rules: Vec<(&'a Rule, String)>,
    more: usize,
    /// Its size.
    pub(crate) size: Size,
}

impl<'a> Heading<'a> {
    /// The heading of a picture.
    pub(crate) fn of(picture: &'a Picture) -> Heading<'a> {
        let states = if picture.states == 1 { "1 state".to_owned() } else { format!("{} states", picture.states) };
        let under = format!("{} flow · {states}", picture.call);
        let rules: Vec<(&Rule, String)> =
            picture.rules.iter().take(RULES).map(|rule| (rule, fit(&sentence(rule), 110, WIDEST))).collect();
        let more = picture.rules.len() - rules.len();
        let widest = rules.iter().map(|(_, text)| width(text, 110) + 62).max().unwrap_or(0);
        let legend = if rules.is_empty() { 0 } else { widest.max(width(EVERYWHERE, 116) + 24) };
        let title = width(&picture.flow, 220).max(width(&under, 120));
        let lines = rules.len() + usize::from(more > 0);
        let height = 62 + if rules.is_empty() { 0 } else { 36 + LINE * lines as i32 };
        let size = Size { width: legend.max(title) + 2 * MARGIN, height };
        Heading { flow: &picture.flow, under, rules, more, size }
    }

    /// Draws it.
    pub(crate) fn draw(&self, out: &mut String) {
        let _ = writeln!(
            out,
            "<text class=\"head-line\" x=\"{MARGIN}\" y=\"36\">{}</text><text class=\"under\" x=\"{MARGIN}\" y=\"54\">{}</text>",
            Escaped(self.flow),
            Escaped(&self.under)
        );
        if self.rules.is_empty() {
            return;
        }
        let (width, height) = (self.size.width - 2 * MARGIN, self.size.height - 74);
        let _ = writeln!(
            out,
            "<rect class=\"legend\" x=\"{MARGIN}\" y=\"70\" width=\"{width}\" height=\"{height}\" rx=\"8\"/>\
             <text class=\"group-name\" x=\"{}\" y=\"87\">{EVERYWHERE}</text>",
            MARGIN + 12
        );
        for (n, (rule, text)) in self.rules.iter().enumerate() {
            row(rule, text, 87 + LINE * (n as i32 + 1), out);
        }
        if self.more > 0 {
            let y = 87 + LINE * (self.rules.len() as i32 + 1);
            let _ =
                writeln!(out, "<text class=\"under\" x=\"{}\" y=\"{y}\">and {} more</text>", MARGIN + 12, self.more);
        }
    }
}

/// One rule of the legend.
fn row(rule: &Rule, text: &str, y: i32, out: &mut String) {
    let (x, line) = (MARGIN + 12, y - 4);
    let (from, outcome) = (rule.states.join(" "), Escaped(&rule.outcome));
    let _ = writeln!(
        out,
        "<g class=\"edge rule\" data-from=\"{}\" data-outcome=\"{outcome}\" data-to=\"{}\"><path class=\"swatch\" d=\"M{x} {line}h26\"/>\
         <text x=\"{}\" y=\"{y}\">{}</text></g>",
        Escaped(&from),
        Escaped(&rule.to),
        x + 34,
        Escaped(text)
    );
    if let Some(to) = &rule.otherwise {
        let (from, to) = (Escaped(&from), Escaped(to));
        let _ = writeln!(
            out,
            "<g class=\"edge rule\" data-from=\"{from}\" data-outcome=\"{outcome} else\" data-to=\"{to}\"/>"
        );
    }
}

/// `party left → return abandoned`
fn sentence(rule: &Rule) -> String {
    let limit = rule.limit.as_ref().map_or_else(String::new, |limit| format!(" {limit}"));
    let otherwise = rule.otherwise.as_ref().map_or_else(String::new, |otherwise| format!(", else {otherwise}"));
    format!("{}{limit} → {}{otherwise}", rule.outcome, rule.to)
}
