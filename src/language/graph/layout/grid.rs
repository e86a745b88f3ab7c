//! Cells in rows: boxes in even rows, what is written on arrows in odd rows, and long lines one cell in every row they pass.
//! Lines into one box share their cells as soon as they meet, so that many lines into one box look like one.

use crate::language::graph::layout::layers::Layers;
use crate::language::graph::layout::{Size, Sketch};
use std::collections::{BTreeMap, BTreeSet};

/// Longest line, in layers; a longer one ends in a box that names its target.
const LONGEST: usize = 40;

/// Between an arrow's text and its own small box.
pub(crate) const END: i32 = 16;

/// Narrowest turn of a line that leads back.
pub(crate) const TURN: i32 = 20;

/// What a cell holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// A box.
    Box(usize),
    /// An arrow's text, and the small box at its end where it has one of its own.
    Label(usize),
    /// A stretch of the lines into a box.
    Trunk(usize),
    /// Where lines that come up turn towards their box: keeps room for the turn, and is not drawn.
    Turn,
}

/// A cell.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) content: Content,
    pub(crate) row: usize,
    pub(crate) size: Size,
    pub(crate) group: Option<usize>,
}

/// A line between two cells of neighbouring rows.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Link {
    pub(crate) upper: usize,
    pub(crate) lower: usize,
    /// The arrow whose exit it leaves by.
    pub(crate) leaves: Option<usize>,
    /// Which of the box's exits that is, where exits are named.
    pub(crate) exit: Option<usize>,
    /// The arrow in whose turn it begins, below.
    pub(crate) turns: Option<usize>,
    /// Both ends are stretches of one long line.
    pub(crate) inner: bool,
    /// It belongs to an arrow that leads straight down where it can.
    pub(crate) main: bool,
    /// It is drawn lightly.
    pub(crate) light: bool,
}

/// A line that arrows into one box share.
#[derive(Clone, Debug)]
pub(crate) struct Trunk {
    /// The first of its cells, which are numbered in the order of rows.
    pub(crate) cell: usize,
    /// Its first row.
    pub(crate) from: usize,
    /// Its last row.
    pub(crate) to: usize,
}

impl Trunk {
    /// Its cell in a row.
    pub(crate) fn at(&self, row: usize) -> usize {
        self.cell + row - self.from
    }
}

/// Cells, rows, and what becomes of each arrow.
pub(crate) struct Grid {
    pub(crate) cells: Vec<Cell>,
    pub(crate) rows: Vec<Vec<usize>>,
    pub(crate) links: Vec<Link>,
    /// Which arrows lead back.
    pub(crate) back: Vec<bool>,
    /// By arrow: the cell of its text.
    pub(crate) labels: Vec<Option<usize>>,
    /// By arrow: the box it leads to; none where it has a small box of its own.
    pub(crate) targets: Vec<Option<usize>>,
    /// By arrow: where it leaves its box, from the middle.
    pub(crate) exits: Vec<i32>,
    /// By arrow that leads back: whether it turns to the left.
    pub(crate) left: Vec<bool>,
    /// By box and whether they lead back.
    pub(crate) trunks: BTreeMap<(usize, bool), Trunk>,
}

impl Grid {
    /// The cells of a sketch.
    pub(crate) fn of(sketch: &Sketch, layers: &Layers) -> Grid {
        let arrows = sketch.arrows.len();
        let mut grid = Grid {
            cells: Vec::new(),
            rows: Vec::new(),
            links: Vec::new(),
            back: layers.back.clone(),
            labels: vec![None; arrows],
            targets: vec![None; arrows],
            exits: vec![0; arrows],
            left: vec![false; arrows],
            trunks: BTreeMap::new(),
        };
        for (n, shape) in sketch.boxes.iter().enumerate() {
            grid.add(Content::Box(n), 2 * layers.of[n] + 1, shape.size, shape.group);
        }
        let longest = longest(sketch, layers);
        for n in 0..arrows {
            grid.add_label(sketch, layers, n, longest);
        }
        grid.add_trunks(sketch, layers);
        for n in 0..arrows {
            grid.add_links(sketch, layers, n);
        }
        grid
    }

    fn add(&mut self, content: Content, row: usize, size: Size, group: Option<usize>) -> usize {
        let cell = self.cells.len();
        self.cells.push(Cell { content, row, size, group });
        if self.rows.len() <= row {
            self.rows.resize(row + 1, Vec::new());
        }
        self.rows[row].push(cell);
        cell
    }

    /// The cell of an arrow's text, and of the small box at its end where the arrow is too long to be drawn or leads nowhere
    /// else.
    fn add_label(&mut self, sketch: &Sketch, layers: &Layers, n: usize, longest: usize) {
        let arrow = &sketch.arrows[n];
        let row = 2 * layers.of[arrow.from] + 2;
        self.targets[n] = arrow.to.filter(|to| layers.of[arrow.from].abs_diff(layers.of[*to]) <= longest);
        self.back[n] &= self.targets[n].is_some();
        let label = arrow.label.unwrap_or_default();
        let size = match (self.targets[n], self.back[n]) {
            (Some(_), true) => Some(Size { width: label.width + TURN, height: label.height + 6 }),
            (Some(_), false) => arrow.label,
            (None, _) => {
                let apart = if arrow.label.is_some() { END } else { 0 };
                let height = label.height + apart + arrow.end.height;
                Some(Size { width: label.width.max(arrow.end.width), height })
            }
        };
        self.labels[n] = size.map(|size| self.add(Content::Label(n), row, size, None));
    }

    /// The row in which an arrow meets the others into its box; the row of the box itself when it has the way to itself.
    fn meets(&self, sketch: &Sketch, layers: &Layers, n: usize) -> usize {
        let row = 2 * layers.of[sketch.arrows[n].from] + 1;
        match (self.back[n], self.labels[n]) {
            (true, _) => row,
            (false, None) => row + 1,
            (false, Some(_)) => row + 2,
        }
    }

    fn add_trunks(&mut self, sketch: &Sketch, layers: &Layers) {
        let mut spans: BTreeMap<(usize, bool), (usize, usize)> = BTreeMap::new();
        let mut main = BTreeSet::new();
        for (n, arrow) in sketch.arrows.iter().enumerate() {
            let Some(target) = self.targets[n] else { continue };
            let row = 2 * layers.of[target] + 1;
            let meets = self.meets(sketch, layers, n);
            let (from, to) = if self.back[n] { (row, meets) } else { (meets, row - 1) };
            if from <= to {
                if arrow.main {
                    main.insert(target);
                }
                let span = spans.entry((target, self.back[n])).or_insert((from, to));
                *span = (span.0.min(from), span.1.max(to));
            }
        }
        for ((to, back), (first, last)) in spans {
            let cell = self.cells.len();
            for row in first..=last {
                self.add(Content::Trunk(to), row, Size::default(), None);
            }
            for upper in cell..cell + last - first {
                self.links.push(Link { upper, lower: upper + 1, inner: true, ..Link::default() });
            }
            if back {
                let turn = self.add(Content::Turn, first - 1, Size::default(), None);
                self.links.push(Link { upper: turn, lower: cell, ..Link::default() });
                self.links.push(Link { upper: turn, lower: to, ..Link::default() });
            } else {
                let main = main.contains(&to);
                self.links.push(Link { upper: cell + last - first, lower: to, main, ..Link::default() });
            }
            self.trunks.insert((to, back), Trunk { cell, from: first, to: last });
        }
    }

    /// The links of one arrow up to where it meets others.
    fn add_links(&mut self, sketch: &Sketch, layers: &Layers, n: usize) {
        let arrow = &sketch.arrows[n];
        let meets = self.meets(sketch, layers, n);
        let end = self.targets[n].map(|target| {
            let trunk = self.trunks.get(&(target, self.back[n])).filter(|trunk| trunk.to >= meets);
            trunk.map_or(target, |trunk| trunk.at(meets))
        });
        let Some(first) = self.labels[n].or(end) else { return };
        let main = arrow.main && !self.back[n];
        let plain = Link { main, light: arrow.light, ..Link::default() };
        self.links.push(Link { upper: arrow.from, lower: first, leaves: Some(n), exit: arrow.exit, ..plain });
        if let Some((label, end)) = self.labels[n].zip(end) {
            self.links.push(if self.back[n] {
                Link { upper: end, lower: label, turns: Some(n), ..plain }
            } else {
                Link { upper: label, lower: end, ..plain }
            });
        }
    }

    /// The place of each cell in its row.
    pub(crate) fn positions(&self) -> Vec<usize> {
        let mut positions = vec![0; self.cells.len()];
        for row in &self.rows {
            for (place, cell) in row.iter().enumerate() {
                positions[*cell] = place;
            }
        }
        positions
    }

    /// Rows are in order: lines that find their own exits leave their box in the order of where they go, and lines that lead
    /// back turn to the side they go up on.
    pub(crate) fn settle_exits(&mut self, sketch: &Sketch) {
        let positions = self.positions();
        let mut free: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
        for link in &self.links {
            if let Some(n) = link.turns {
                self.left[n] = positions[link.upper] < positions[sketch.arrows[n].from];
            }
            let Some(n) = link.leaves else { continue };
            let arrow = &sketch.arrows[n];
            match arrow.exit.and_then(|exit| sketch.boxes[arrow.from].exits.get(exit)) {
                Some(exit) => self.exits[n] = *exit,
                None => free.entry(arrow.from).or_default().push((positions[link.lower], n)),
            }
        }
        for (node, mut arrows) in free {
            arrows.sort_unstable();
            let arrows: Vec<usize> = arrows.into_iter().map(|(_, n)| n).collect();
            let main = arrows.iter().position(|n| sketch.arrows[*n].main && !self.back[*n]);
            self.spread(sketch.boxes[node].size.width, &arrows, main);
        }
    }

    /// Spreads exits over the width of a box, each with room for its text where there is enough; the main one in the middle.
    fn spread(&mut self, width: i32, arrows: &[usize], main: Option<usize>) {
        let room = |n: &usize| self.labels[*n].map_or(24, |label| (self.cells[label].size.width + 14).max(24));
        let rooms: Vec<i32> = arrows.iter().map(room).collect();
        let total: i32 = rooms.iter().sum();
        let before: i32 = rooms.iter().take(main.unwrap_or(0)).sum();
        let origin = main.map_or(total / 2, |main| before + rooms[main] / 2);
        let (left, right) = (origin.max(1), (total - origin).max(1));
        let most = (width / 2 - 8).max(1);
        let mut from = 0;
        for (n, room) in arrows.iter().zip(rooms) {
            let middle = from + room / 2 - origin;
            let side = if middle < 0 { left } else { right };
            self.exits[*n] = if side > most { middle * most / side } else { middle };
            from += room;
        }
    }
}

/// The longest line that may be drawn: less where a drawing would otherwise be mostly lines.
fn longest(sketch: &Sketch, layers: &Layers) -> usize {
    let budget = 4000 + 8 * (sketch.boxes.len() + sketch.arrows.len());
    let mut longest = LONGEST;
    while longest > 2 && cost(sketch, layers, longest) > budget {
        longest /= 2;
    }
    longest
}

/// How many cells lines of at most this length take.
fn cost(sketch: &Sketch, layers: &Layers, longest: usize) -> usize {
    let mut spans: BTreeMap<(usize, bool), usize> = BTreeMap::new();
    for (n, arrow) in sketch.arrows.iter().enumerate() {
        let Some(to) = arrow.to else { continue };
        let span = layers.of[arrow.from].abs_diff(layers.of[to]);
        if span <= longest {
            let most = spans.entry((to, layers.back[n])).or_default();
            *most = span.max(*most);
        }
    }
    spans.values().map(|span| 2 * span).sum()
}
