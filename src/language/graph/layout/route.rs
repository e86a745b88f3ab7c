//! Lines through the gaps between rows. Every level stretch has a track of its own in its gap; lines into one box share
//! theirs. A line is upright wherever it passes a row, and there it has a cell to itself: none runs through a box.

use crate::language::graph::layout::grid::{Cell, Content, Grid, TURN, Trunk};
use crate::language::graph::layout::tracks::{Stretch, assign};
use crate::language::graph::layout::{Drawing, Path, Rect, Size, Sketch, place};
use std::collections::{BTreeMap, BTreeSet};

/// Between a row and the first track, between tracks, between the last track and a row of boxes.
const BEFORE: i32 = 10;
const TRACK: i32 = 9;
const AFTER: i32 = 10;
const HEAD: i32 = 18;

/// A gap without tracks.
const PLAIN: i32 = 14;

/// Room around the drawing.
const MARGIN: i32 = 12;

/// Room between a group's boxes and the edge of its region.
const REGION: i32 = 10;

/// Room for a group's name above its boxes.
const NAME: i32 = 14;

/// Lines that may share a stretch: all into one box, or one arrow alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Net {
    Into(usize),
    BackInto(usize),
    Alone(usize),
}

/// The stretches of one gap, which lies below the row of its number.
type Gap = BTreeMap<Net, Stretch>;

struct Router<'a> {
    sketch: &'a Sketch,
    grid: &'a Grid,
    x: &'a [i32],
    gaps: Vec<Gap>,
    /// Top and height of each row.
    rows: Vec<(i32, i32)>,
}

/// Draws everything.
pub(crate) fn draw(sketch: &Sketch, grid: &Grid, columns: &[i32]) -> Drawing {
    let left = (0..columns.len()).map(|cell| columns[cell] - grid.cells[cell].size.width / 2).min().unwrap_or(0);
    let x: Vec<i32> = columns.iter().map(|x| x - left + MARGIN + REGION).collect();
    let mut router = Router { sketch, grid, x: &x, gaps: vec![Gap::new(); grid.rows.len()], rows: Vec::new() };
    router.collect();
    for gap in &mut router.gaps {
        assign(gap.values_mut().collect());
    }
    router.measure();
    let right = (0..x.len()).map(|cell| x[cell] + (grid.cells[cell].size.width + 1) / 2).max().unwrap_or(0);
    let bottom = router.rows.last().map_or(0, |(top, height)| top + height);
    Drawing {
        size: Size { width: right + MARGIN + REGION, height: bottom + MARGIN + REGION },
        boxes: (0..sketch.boxes.len()).map(|cell| router.rect(cell)).collect(),
        arrows: (0..sketch.arrows.len()).map(|n| router.arrow(n)).collect(),
        regions: router.regions(),
    }
}

impl Router<'_> {
    /// Where lines end at the rows above and below each gap.
    fn collect(&mut self) {
        for link in &self.grid.links {
            let (upper_at, lower_at) = place::ends(self.grid, link);
            let net = match (link.leaves, link.turns) {
                (Some(n), _) => self.first(n),
                (None, Some(n)) => self.grid.targets[n].map_or(Net::Alone(n), Net::BackInto),
                (None, None) => self.net(link.upper, link.lower),
            };
            let stretch = self.gaps[self.grid.cells[link.upper].row].entry(net).or_default();
            if self.grid.cells[link.upper].content != Content::Turn {
                stretch.tops.push(self.x[link.upper] + upper_at);
            }
            stretch.bottoms.push(self.x[link.lower] + lower_at);
        }
        for stretch in self.gaps.iter_mut().flat_map(BTreeMap::values_mut) {
            for ends in [&mut stretch.tops, &mut stretch.bottoms] {
                ends.sort_unstable();
                ends.dedup();
            }
            let all = || stretch.tops.iter().chain(&stretch.bottoms).copied();
            (stretch.left, stretch.right) = (all().min().unwrap_or(0), all().max().unwrap_or(0));
        }
    }

    /// The net in which an arrow leaves its box.
    fn first(&self, n: usize) -> Net {
        match (self.grid.labels[n], self.grid.targets[n]) {
            (None, Some(to)) => Net::Into(to),
            (Some(_), _) | (None, None) => Net::Alone(n),
        }
    }

    /// The net of a link between texts, stretches of lines and the boxes they lead to.
    fn net(&self, upper: usize, lower: usize) -> Net {
        match (self.grid.cells[upper].content, self.grid.cells[lower].content) {
            (Content::Turn, Content::Trunk(to) | Content::Box(to)) => Net::Into(to),
            (Content::Trunk(to), _) if self.is_back(upper) => Net::BackInto(to),
            (Content::Trunk(to), _) => Net::Into(to),
            (Content::Label(n), _) => self.grid.targets[n].map_or(Net::Alone(n), Net::Into),
            (Content::Box(_) | Content::Turn, _) => Net::Alone(upper),
        }
    }

    fn is_back(&self, cell: usize) -> bool {
        let Content::Trunk(to) = self.grid.cells[cell].content else { return false };
        self.grid.trunks.get(&(to, true)).is_some_and(|trunk| cell >= trunk.cell && cell <= trunk.at(trunk.to))
    }

    /// Rows from top to bottom, each gap as high as its tracks need.
    fn measure(&mut self) {
        let begins = self.begins();
        let mut y = MARGIN + REGION;
        for (row, cells) in self.grid.rows.iter().enumerate() {
            let height = cells.iter().map(|cell| self.grid.cells[*cell].size.height).max().unwrap_or(0);
            y += if begins.contains(&row) { NAME } else { 0 };
            self.rows.push((y, height));
            let tracks = self.gaps[row].values().filter_map(|stretch| stretch.track).max().map_or(0, |most| most + 1);
            let ends = if row % 2 == 0 { HEAD } else { PLAIN };
            let gap = match tracks {
                0 => ends,
                tracks => BEFORE + TRACK * (tracks as i32 - 1) + if row % 2 == 0 { HEAD } else { AFTER },
            };
            y += height + gap;
        }
    }

    /// The rows in which groups begin.
    fn begins(&self) -> BTreeSet<usize> {
        let mut first: BTreeMap<usize, usize> = BTreeMap::new();
        for cell in &self.grid.cells {
            if let Some(group) = cell.group {
                let row = first.entry(group).or_insert(cell.row);
                *row = cell.row.min(*row);
            }
        }
        first.into_values().collect()
    }

    fn rect(&self, cell: usize) -> Rect {
        let Cell { row, size, .. } = &self.grid.cells[cell];
        Rect { x: self.x[cell] - size.width / 2, y: self.rows[*row].0, size: *size }
    }

    fn arrow(&self, n: usize) -> Path {
        let arrow = &self.sketch.arrows[n];
        let from = self.rect(arrow.from);
        let mut pen = Pen { points: vec![(self.x[arrow.from] + self.grid.exits[n], from.bottom())] };
        let row = self.grid.cells[arrow.from].row;
        let label = self.grid.labels[n].map(|cell| self.middle(cell, arrow.label.unwrap_or_default()));
        let mut end = None;
        match (self.grid.targets[n], self.grid.labels[n]) {
            (Some(to), _) if self.grid.back[n] => self.back(n, to, row, &mut pen),
            (Some(to), Some(cell)) => {
                self.pass(row, Net::Alone(n), self.x[cell], &mut pen);
                self.forward(to, row + 1, &mut pen);
            }
            (Some(to), None) => self.forward(to, row, &mut pen),
            (None, Some(cell)) => {
                self.pass(row, Net::Alone(n), self.x[cell], &mut pen);
                let (rect, own) = (self.rect(cell), self.middle(cell, arrow.end));
                let own = Rect { y: rect.bottom() - own.size.height, ..own };
                pen.down(own.y);
                end = Some(own);
            }
            (None, None) => {}
        }
        Path { points: pen.finish(), label: label.filter(|_| arrow.label.is_some()), back: self.grid.back[n], end }
    }

    /// A part of a cell, at its top and in its middle.
    fn middle(&self, cell: usize, size: Size) -> Rect {
        Rect { x: self.x[cell] - size.width / 2, y: self.rect(cell).y, size }
    }

    /// From a row down to a box, over the stretch that all lines into it share.
    fn forward(&self, to: usize, from: usize, pen: &mut Pen) {
        let last = self.grid.cells[to].row - 1;
        let trunk = self.grid.trunks.get(&(to, false));
        for row in from..last {
            if let Some(trunk) = trunk {
                self.pass(row, Net::Into(to), self.x[trunk.at(row + 1)], pen);
            }
        }
        self.pass(last, Net::Into(to), self.x[to], pen);
        pen.down(self.rows[last + 1].0);
    }

    /// Down round the text, up beside everything, and into the box from above.
    fn back(&self, n: usize, to: usize, row: usize, pen: &mut Pen) {
        let trunk = self.grid.trunks.get(&(to, true));
        let (Some(label), Some(trunk)) = (self.grid.labels[n], trunk) else { return };
        let rect = self.rect(label);
        let half = rect.size.width / 2 - TURN / 4;
        let (inner, outer) = if self.grid.left[n] { (half, -half) } else { (-half, half) };
        self.pass(row, Net::Alone(n), self.x[label] + inner, pen);
        pen.down(rect.bottom() - 1);
        pen.across(self.x[label] + outer);
        self.rise(to, row, trunk, pen);
    }

    fn rise(&self, to: usize, from: usize, trunk: &Trunk, pen: &mut Pen) {
        for row in (trunk.from..=from).rev() {
            self.pass(row, Net::BackInto(to), self.x[trunk.at(row)], pen);
        }
        let above = trunk.from - 1;
        self.pass(above, Net::Into(to), self.x[to], pen);
        pen.down(self.rows[trunk.from].0);
    }

    /// Through the gap below a row, from where the pen stands to a column.
    fn pass(&self, row: usize, net: Net, column: i32, pen: &mut Pen) {
        let track = self.gaps[row].get(&net).and_then(|stretch| stretch.track);
        let (top, height) = self.rows[row];
        if let Some(track) = track {
            pen.down(top + height + BEFORE + TRACK * track as i32);
        }
        pen.across(column);
    }

    /// Bands behind the boxes of each group, row by row; a band between two rows where both are.
    fn regions(&self) -> Vec<Vec<Rect>> {
        let mut spans: Vec<BTreeMap<usize, (Rect, i32)>> = vec![BTreeMap::new(); self.sketch.groups];
        for (cell, content) in self.grid.cells.iter().enumerate() {
            let Some(group) = content.group else { continue };
            let rect = self.rect(cell);
            let span = spans[group].entry(content.row).or_insert((rect, rect.right()));
            let left = span.0.x.min(rect.x);
            *span = (Rect { x: left, ..rect }, span.1.max(rect.right()));
        }
        spans.iter().map(|rows| self.bands(rows)).collect()
    }

    fn bands(&self, rows: &BTreeMap<usize, (Rect, i32)>) -> Vec<Rect> {
        let mut bands: Vec<Rect> = Vec::new();
        let mut last: Option<(usize, i32, i32)> = None;
        for (row, (rect, right)) in rows {
            let (left, right) = (rect.x - REGION, right + REGION);
            let (top, height) = self.rows[*row];
            if let Some((before, l, r)) = last.filter(|(before, _, _)| before + 2 == *row) {
                let y = self.rows[before].0 + self.rows[before].1;
                let (l, r) = (l.max(left), r.min(right));
                if l < r {
                    bands.push(Rect { x: l, y, size: Size { width: r - l, height: top - y } });
                }
            }
            let above = if bands.is_empty() { REGION + NAME } else { REGION };
            let size = Size { width: right - left, height: height + above + REGION };
            bands.push(Rect { x: left, y: top - above, size });
            last = Some((*row, left, right));
        }
        bands
    }
}

/// Draws one line.
struct Pen {
    points: Vec<(i32, i32)>,
}

impl Pen {
    fn at(&self) -> (i32, i32) {
        self.points.last().copied().unwrap_or_default()
    }

    /// Up or down to a height.
    fn down(&mut self, y: i32) {
        let (x, _) = self.at();
        self.points.push((x, y));
    }

    /// Level to a column.
    fn across(&mut self, x: i32) {
        let (_, y) = self.at();
        self.points.push((x, y));
    }

    /// The corners alone.
    fn finish(self) -> Vec<(i32, i32)> {
        let mut corners: Vec<(i32, i32)> = Vec::new();
        for point in self.points {
            if corners.last() == Some(&point) {
                continue;
            }
            while let [.., a, b] = corners[..] {
                let level = a.1 == b.1 && b.1 == point.1;
                let upright = a.0 == b.0 && b.0 == point.0;
                if !(level || upright) {
                    break;
                }
                corners.pop();
            }
            corners.push(point);
        }
        corners
    }
}
