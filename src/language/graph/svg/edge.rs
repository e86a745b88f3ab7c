//! An arrow: its line with round corners, its tip, and its text on a plate of its own.

use crate::language::graph::layout::{Path, Rect, Size};
use crate::language::graph::picture::{Arrow, Picture, Stroke, To};
use crate::language::graph::svg::width::{fit, width, wrap};
use crate::language::graph::svg::xml::Escaped;
use std::fmt::Write;

/// Font sizes in tenths, as the style sheet has them.
const LABEL: i32 = 105;
const PILL: i32 = 110;

/// Widest line of text, most lines of one outcome.
const MOST: i32 = 150;
const LINES: usize = 3;

/// Height of a line of text.
const LINE: i32 = 13;

/// Radius of corners; length and half the width of a tip.
const ROUND: i32 = 6;
const TIP: i32 = 8;

/// So many arrows into one state are a crowd.
const CROWD: usize = 9;

/// What is written on an arrow.
pub(crate) struct Text {
    lines: Vec<String>,
}

impl Text {
    /// The outcomes of an arrow in short lines.
    pub(crate) fn of(arrow: &Arrow) -> Text {
        let mut lines: Vec<String> = Vec::new();
        for outcome in &arrow.text {
            let mut wrapped = wrap(outcome, LABEL, MOST, LINES).into_iter();
            if let (Some(last), Some(first)) = (lines.last_mut(), wrapped.next()) {
                let joined = format!("{last} · {first}");
                if width(&joined, LABEL) <= MOST {
                    *last = joined;
                } else {
                    lines.push(first);
                }
                lines.extend(wrapped);
            } else {
                lines.extend(wrap(outcome, LABEL, MOST, LINES));
            }
        }
        Text { lines }
    }

    /// Its size; nothing for an arrow without text.
    pub(crate) fn size(&self) -> Option<Size> {
        let widest = self.lines.iter().map(|line| width(line, LABEL)).max()?;
        Some(Size { width: widest + 8, height: LINE * self.lines.len() as i32 + 3 })
    }

    fn draw(&self, path: &Path, rect: &Rect, out: &mut String) {
        let Some(size) = self.size() else { return };
        let (middle, top) = (rect.middle(), rect.y);
        if !path.back {
            let Size { width, height } = size;
            let _ = write!(
                out,
                "<rect class=\"plate\" x=\"{}\" y=\"{top}\" width=\"{width}\" height=\"{height}\"/>",
                rect.x
            );
        }
        for (n, line) in self.lines.iter().enumerate() {
            let y = top + 11 + LINE * n as i32;
            let _ = write!(out, "<text class=\"label\" x=\"{middle}\" y=\"{y}\">{}</text>", Escaped(line));
        }
    }
}

/// Where an arrow leads, in words.
pub(crate) fn target<'a>(picture: &'a Picture, arrow: &'a Arrow) -> &'a str {
    match &arrow.to {
        To::Node(node) => &picture.nodes[*node].name,
        To::Return(end) => end,
    }
}

/// What the small box at an arrow's end says, and its size: the end of the flow, or a state too far away for a line.
pub(crate) fn end(picture: &Picture, arrow: &Arrow) -> (String, Size) {
    let text = match &arrow.to {
        To::Node(node) => format!("→ {}", picture.nodes[*node].name),
        To::Return(end) => end.clone(),
    };
    let text = fit(&text, PILL, 180);
    let size = Size { width: even(width(&text, PILL) + 22), height: 22 };
    (text, size)
}

fn even(width: i32) -> i32 {
    width + width % 2
}

/// By arrow: its class. Of many arrows into one state only the main one is drawn thickly, so that the others' lines can be
/// followed.
pub(crate) fn classes(picture: &Picture) -> Vec<&'static str> {
    let mut into = vec![0_usize; picture.nodes.len()];
    for arrow in &picture.arrows {
        if let To::Node(to) = arrow.to {
            into[to] += 1;
        }
    }
    let class = |arrow: &Arrow| {
        let crowd = matches!(arrow.to, To::Node(to) if into[to] >= CROWD) && !arrow.main;
        match (arrow.stroke, crowd) {
            (Stroke::Light, _) => "light",
            (Stroke::Own, false) => "own",
            (Stroke::Own, true) => "own crowd",
            (Stroke::Else, false) => "else",
            (Stroke::Else, true) => "else crowd",
        }
    };
    picture.arrows.iter().map(class).collect()
}

/// Draws an arrow.
pub(crate) fn draw(picture: &Picture, arrow: &Arrow, path: &Path, text: &Text, class: &str, out: &mut String) {
    let back = if path.back { " back" } else { "" };
    let (from, to) = (&picture.nodes[arrow.from].name, target(picture, arrow));
    let _ = write!(
        out,
        "<g class=\"edge {class}{back}\" data-from=\"{}\" data-outcome=\"{}\" data-to=\"{}\">",
        Escaped(from),
        Escaped(&arrow.outcomes.join(" | ")),
        Escaped(to)
    );
    line(&path.points, out);
    if let Some(rect) = &path.end {
        let Rect { x, y, size: Size { width, height } } = *rect;
        let class = match arrow.to {
            To::Node(_) => "anywhere",
            To::Return(_) => "return",
        };
        let _ = write!(
            out,
            "<g class=\"{class}\"><rect class=\"box\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"11\"/>\
             <text class=\"pill\" x=\"{}\" y=\"{}\">{}</text></g>",
            rect.middle(),
            y + 15,
            Escaped(&end(picture, arrow).0)
        );
    }
    if let Some(rect) = &path.label {
        text.draw(path, rect, out);
    }
    out.push_str("</g>\n");
}

/// A line from corner to corner, each corner round as far as its sides allow, and the tip.
fn line(points: &[(i32, i32)], out: &mut String) {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return };
    let _ = write!(out, "<path class=\"way\" d=\"M{} {}", first.0, first.1);
    for corner in points.windows(3) {
        let ([a, b, c], half) = ([corner[0], corner[1], corner[2]], |p: (i32, i32), q: (i32, i32)| {
            ((p.0 - q.0).abs() + (p.1 - q.1).abs()) / 2
        });
        let round = ROUND.min(half(a, b)).min(half(b, c));
        let toward = |p: (i32, i32)| (b.0 + (p.0 - b.0).signum() * round, b.1 + (p.1 - b.1).signum() * round);
        let (before, after) = (toward(a), toward(c));
        let _ = write!(out, "L{} {}Q{} {} {} {}", before.0, before.1, b.0, b.1, after.0, after.1);
    }
    let (x, y) = *last;
    let _ = write!(out, "L{x} {}\"/>", y - TIP + 2);
    let _ = write!(out, "<path class=\"tip\" d=\"M{x} {y}l-4-{TIP}h8z\"/>");
}
