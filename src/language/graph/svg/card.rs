//! The box of a node: how large it is, and what is drawn in it.

use crate::language::graph::layout::{Rect, Shape, Size};
use crate::language::graph::picture::{Figure, Look};
use crate::language::graph::svg::style;
use crate::language::graph::svg::width::{fit, width, wrap};
use crate::language::graph::svg::xml::Escaped;
use std::fmt::Write;

/// Font sizes in tenths, as the style sheet has them; bold text counts a tenth more.
const NAME: i32 = 152;
const KIND: i32 = 110;
const SMALL: i32 = 110;

/// Room beside text.
const PAD: i32 = 12;

/// Narrowest and widest text, and how wide words may be.
const LEAST: i32 = 96;
const MOST: i32 = 330;
const WORDS: i32 = 170;
/// Most lines of what a call may be like.
const HOLDS: usize = 4;

/// Most room a box takes for the sake of the texts on its ways out.
const EXITS: i32 = 290;

/// Height of the row of ports, and of a pill.
const PORTS: i32 = 25;
const PILL: i32 = 24;

/// The box of one node.
pub(crate) struct Card<'a> {
    figure: &'a Figure,
    name: String,
    words: Vec<String>,
    /// By port: its name as shown, and its width.
    ports: Vec<(String, i32)>,
    size: Size,
}

impl<'a> Card<'a> {
    /// A node's box; `exits` is the room that texts on its ways out would like to have.
    pub(crate) fn of(figure: &'a Figure, exits: i32) -> Card<'a> {
        let name = fit(&figure.name, NAME, MOST);
        if is_pill(figure.look) {
            let size = Size { width: width(&name, SMALL) + 2 * PAD, height: PILL };
            return Card { figure, name, words: Vec::new(), ports: Vec::new(), size };
        }
        let mut words =
            figure.words.as_ref().map_or_else(Vec::new, |words| wrap(&format!("“{words}”"), SMALL, WORDS, 2));
        words.extend(figure.holds.iter().flat_map(|holds| wrap(holds, SMALL, WORDS, HOLDS)));
        let mut ports: Vec<(String, i32)> = figure.ports.iter().map(|port| port_text(&port.name, port.key)).collect();
        let text = words.iter().map(|line| width(line, SMALL)).max().unwrap_or(0);
        let kind = width(&figure.does, KIND) + 20;
        let inner = width(&name, NAME).max(text).max(kind).max(LEAST) + 2 * (PAD + point(figure.look));
        let row: i32 = ports.iter().map(|(_, width)| width).sum();
        let wide = even(inner.max(row).max(exits.min(EXITS)));
        stretch(&mut ports, wide - row);
        let height = 48 + 15 * words.len() as i32 + if ports.is_empty() { 0 } else { PORTS };
        Card { figure, name, words, ports, size: Size { width: wide, height } }
    }

    /// The box for the layout.
    pub(crate) fn shape(&self) -> Shape {
        let mut from = -self.size.width / 2;
        let mut exits = Vec::with_capacity(self.ports.len());
        for (_, width) in &self.ports {
            exits.push(from + width / 2);
            from += width;
        }
        Shape { size: self.size, exits, group: self.figure.group }
    }

    /// Draws the box.
    pub(crate) fn draw(&self, rect: &Rect, out: &mut String) {
        let class = style::class(self.figure.look);
        let name = Escaped(&self.figure.name);
        let _ = match self.figure.look {
            Look::Anywhere | Look::Begin => write!(out, "<g class=\"{class}\">"),
            Look::Decide | Look::Hangup | Look::Hand | Look::Invoke | Look::Line | Look::Play | Look::Question => {
                write!(
                    out,
                    "<g class=\"state {class}\" id=\"state-{name}\" data-state=\"{name}\"><title>{name}: {}</title>",
                    Escaped(&self.figure.does)
                )
            }
        };
        self.frame(rect, out);
        if is_pill(self.figure.look) {
            let (x, y) = (rect.middle(), rect.y + 16);
            let _ = write!(out, "<text class=\"pill\" x=\"{x}\" y=\"{y}\">{}</text>", Escaped(&self.name));
        } else {
            self.text(rect, out);
            self.draw_ports(rect, out);
        }
        out.push_str("</g>\n");
    }

    fn frame(&self, rect: &Rect, out: &mut String) {
        let Rect { x, y, size: Size { width, height } } = *rect;
        let round = match self.figure.look {
            Look::Anywhere | Look::Begin => height / 2,
            Look::Hangup => 20,
            Look::Hand | Look::Invoke | Look::Line | Look::Play | Look::Question => 8,
            Look::Decide => {
                let (right, bottom, middle, tip) = (x + width, y + height, y + height / 2, point(Look::Decide));
                let (l, r) = (x + tip, right - tip);
                let _ = write!(
                    out,
                    "<path class=\"box\" d=\"M{l} {y}H{r}L{right} {middle} {r} {bottom}H{l}L{x} {middle}z\"/>"
                );
                return;
            }
        };
        let _ = write!(
            out,
            "<rect class=\"box\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{round}\"/>"
        );
    }

    fn text(&self, rect: &Rect, out: &mut String) {
        let (x, y) = (rect.x + PAD + point(self.figure.look), rect.y);
        let (mark, does) = (style::mark(self.figure.look), Escaped(&self.figure.does));
        let _ = write!(out, "<g transform=\"translate({x} {})\">{mark}</g>", y + 7);
        let _ = write!(out, "<text class=\"kind\" x=\"{}\" y=\"{}\">{does}</text>", x + 19, y + 18);
        let _ = write!(out, "<text class=\"name\" x=\"{x}\" y=\"{}\">{}</text>", y + 37, Escaped(&self.name));
        for (n, line) in self.words.iter().enumerate() {
            let y = y + 54 + 15 * n as i32;
            let _ = write!(out, "<text class=\"says\" x=\"{x}\" y=\"{y}\">{}</text>", Escaped(line));
        }
    }

    /// The named ways out along the lower edge: a key in a badge, and the name.
    fn draw_ports(&self, rect: &Rect, out: &mut String) {
        if self.ports.is_empty() {
            return;
        }
        let top = rect.bottom() - PORTS;
        let _ = write!(out, "<path class=\"cut\" d=\"M{} {top}H{}", rect.x, rect.right());
        let mut x = rect.x;
        for (_, width) in &self.ports[..self.ports.len() - 1] {
            x += width;
            let _ = write!(out, "M{x} {top}V{}", rect.bottom());
        }
        out.push_str("\"/>");
        x = rect.x;
        for ((name, room), port) in self.ports.iter().zip(&self.figure.ports) {
            let text = width(name, SMALL);
            let badge = if port.key.is_some() { 19 } else { 0 };
            let left = x + (room - text - badge) / 2;
            if let Some(key) = port.key {
                let (middle, y) = (left + 7, top + 5);
                let key = Escaped(key.encode_utf8(&mut [0; 4])).to_string();
                let _ =
                    write!(out, "<rect class=\"tinted\" x=\"{left}\" y=\"{y}\" width=\"14\" height=\"15\" rx=\"3\"/>");
                let _ = write!(out, "<text class=\"key\" x=\"{middle}\" y=\"{}\">{key}</text>", y + 11);
            }
            let _ =
                write!(out, "<text class=\"port\" x=\"{}\" y=\"{}\">{}</text>", left + badge, top + 16, Escaped(name));
            x += room;
        }
    }
}

/// A port's name as shown, and the width it needs.
fn port_text(name: &str, key: Option<char>) -> (String, i32) {
    let name = fit(name, SMALL, 110);
    let room = width(&name, SMALL) + if key.is_some() { 19 } else { 0 } + 14;
    (name, even(room.max(36)))
}

/// Gives what is left of a row to its ports.
fn stretch(ports: &mut [(String, i32)], mut left: i32) {
    let count = ports.len() as i32;
    for (n, (_, width)) in ports.iter_mut().enumerate() {
        let share = left / (count - n as i32);
        *width += share;
        left -= share;
    }
}

fn even(width: i32) -> i32 {
    width + width % 2
}

/// How far a box comes to a point on its sides.
fn point(look: Look) -> i32 {
    if look == Look::Decide { 14 } else { 0 }
}

fn is_pill(look: Look) -> bool {
    match look {
        Look::Anywhere | Look::Begin => true,
        Look::Decide | Look::Hangup | Look::Hand | Look::Invoke | Look::Line | Look::Play | Look::Question => false,
    }
}
