//! The column of each cell, after Brandes and Köpf: cells are chained into upright blocks along the lines between them, long
//! lines first, and blocks pushed together, once from each of the four corners; the middle of the four is taken. Lines that
//! leave a box beside its middle are straight all the same: a cell has its own offset in its block.

use crate::language::graph::layout::LARGE;
use crate::language::graph::layout::grid::{Content, Grid, Link, TURN};

/// Room between cells of one row.
const BOXES: i32 = 28;
const TEXTS: i32 = 14;
const LINES: i32 = 14;

/// How far a cell may be moved to straighten a line.
const NUDGE: i32 = 60;

/// How often blocks are moved nearer to what they belong to.
const RELAXED: usize = 12;

/// A line between two cells: where it ends, from the middle of each.
#[derive(Clone, Copy)]
struct Line {
    upper: usize,
    lower: usize,
    upper_at: i32,
    lower_at: i32,
    inner: bool,
    main: bool,
    weight: i32,
}

/// Which corner a layout grows from.
#[derive(Clone, Copy)]
struct Corner {
    up: bool,
    right: bool,
}

/// A side of a cell.
#[derive(Clone, Copy)]
enum Side {
    Left,
    Right,
}

struct Columns<'a> {
    grid: &'a Grid,
    lines: Vec<Line>,
    above: Vec<Vec<usize>>,
    below: Vec<Vec<usize>>,
    positions: Vec<usize>,
    /// By line: it crosses a long line, which stays straight.
    crossing: Vec<bool>,
}

/// The middle of each cell.
pub(crate) fn columns(grid: &Grid) -> Vec<i32> {
    let columns = Columns::of(grid);
    let corners = [(false, false), (false, true), (true, false), (true, true)];
    let mut layouts: Vec<(bool, Vec<i32>)> =
        corners.iter().map(|(up, right)| (*right, columns.layout(Corner { up: *up, right: *right }))).collect();
    balance(grid, &mut layouts);
    let mut middles: Vec<i32> = (0..grid.cells.len())
        .map(|cell| {
            let mut found: Vec<i32> = layouts.iter().map(|(_, layout)| layout[cell]).collect();
            found.sort_unstable();
            (found[1] + found[2]).div_euclid(2)
        })
        .collect();
    columns.straighten(&mut middles);
    let rounds = if grid.cells.len() > LARGE { 3 } else { RELAXED };
    for _ in 0..rounds {
        if !columns.relax(&mut middles) {
            break;
        }
        columns.straighten(&mut middles);
    }
    middles
}

/// How much a line matters to where cells stand; nothing when it is not drawn.
fn weight(grid: &Grid, link: &Link) -> i32 {
    if grid.cells[link.upper].content == Content::Turn {
        return 0;
    }
    match (link.light, link.main || link.inner) {
        (true, _) => 1,
        (false, false) => 4,
        (false, true) => 8,
    }
}

/// Where the line of a link ends at its lower and its upper cell.
pub(crate) fn ends(grid: &Grid, link: &Link) -> (i32, i32) {
    let upper = link.leaves.map_or(0, |n| grid.exits[n]);
    let turn = |n: usize, out: bool| {
        let half = grid.cells[link.lower].size.width / 2 - TURN / 4;
        if grid.left[n] == out { -half } else { half }
    };
    let lower = match (link.leaves, link.turns) {
        (Some(n), _) if grid.back[n] => turn(n, false),
        (_, Some(n)) => turn(n, true),
        (_, None) => 0,
    };
    (upper, lower)
}

/// Layouts from the right are held against the narrowest at their right edges, the others at their left.
fn balance(grid: &Grid, layouts: &mut [(bool, Vec<i32>)]) {
    let half = |cell: usize| grid.cells[cell].size.width / 2;
    let bounds = |layout: &[i32]| {
        let left = layout.iter().enumerate().map(|(cell, x)| x - half(cell)).min().unwrap_or(0);
        let right = layout.iter().enumerate().map(|(cell, x)| x + half(cell)).max().unwrap_or(0);
        (left, right)
    };
    let narrowest = layouts.iter().map(|(_, layout)| bounds(layout)).min_by_key(|(left, right)| right - left);
    let (left, right) = narrowest.unwrap_or((0, 0));
    for (from_right, layout) in layouts {
        let own = bounds(layout);
        let by = if *from_right { right - own.1 } else { left - own.0 };
        layout.iter_mut().for_each(|x| *x += by);
    }
}

impl Columns<'_> {
    fn of(grid: &Grid) -> Columns<'_> {
        let positions = grid.positions();
        let mut lines = Vec::new();
        let (mut above, mut below) = (vec![Vec::new(); grid.cells.len()], vec![Vec::new(); grid.cells.len()]);
        for link in &grid.links {
            let (upper_at, lower_at) = ends(grid, link);
            above[link.lower].push(lines.len());
            below[link.upper].push(lines.len());
            lines.push(Line {
                upper: link.upper,
                lower: link.lower,
                upper_at,
                lower_at,
                inner: link.inner,
                main: link.main,
                weight: weight(grid, link),
            });
        }
        for cell in 0..grid.cells.len() {
            above[cell].sort_by_key(|line: &usize| (positions[lines[*line].upper], lines[*line].upper_at));
            below[cell].sort_by_key(|line: &usize| (positions[lines[*line].lower], lines[*line].lower_at));
        }
        let mut columns = Columns { grid, crossing: vec![false; lines.len()], lines, above, below, positions };
        columns.mark();
        columns
    }

    /// Marks lines that cross a long line.
    fn mark(&mut self) {
        for row in &self.grid.rows {
            let inner = |cell: &usize| {
                let line = self.above[*cell].iter().find(|line| self.lines[**line].inner)?;
                Some(self.positions[self.lines[*line].upper])
            };
            let tops: Vec<Option<usize>> = row.iter().map(inner).collect();
            let mut left = Vec::with_capacity(row.len());
            let mut most = None;
            for top in &tops {
                left.push(most);
                most = most.max(*top);
            }
            let mut least: Option<usize> = None;
            for (place, cell) in row.iter().enumerate().rev() {
                for &line in &self.above[*cell] {
                    let upper = self.positions[self.lines[line].upper];
                    let crosses = left[place].is_some_and(|most| upper < most) || least.is_some_and(|min| upper > min);
                    self.crossing[line] = crosses && !self.lines[line].inner;
                }
                least = match (least, tops[place]) {
                    (Some(a), Some(b)) => Some(a.min(b)),
                    (a, b) => a.or(b),
                };
            }
        }
    }

    /// One layout.
    fn layout(&self, corner: Corner) -> Vec<i32> {
        let (root, offset) = self.chains(corner);
        let found = self.compact(corner, &root, &offset);
        let alone: Vec<usize> = (0..root.len()).collect();
        found.or_else(|| self.compact(corner, &alone, &vec![0; root.len()])).unwrap_or_else(|| vec![0; root.len()])
    }

    /// Chains cells into blocks: the first cell of each cell's block, and the cell's offset from it.
    fn chains(&self, corner: Corner) -> (Vec<usize>, Vec<i32>) {
        let cells = self.grid.cells.len();
        let mut root: Vec<usize> = (0..cells).collect();
        let mut offset = vec![0; cells];
        let rows: Vec<&Vec<usize>> =
            if corner.up { self.grid.rows.iter().rev().collect() } else { self.grid.rows.iter().collect() };
        for row in rows {
            let mut limit: Option<usize> = None;
            let order: Vec<usize> = if corner.right { row.iter().rev().copied().collect() } else { row.clone() };
            for cell in order {
                for line in self.medians(cell, corner) {
                    let (near, near_at, own_at) = self.far(line, corner);
                    let place = self.positions[near];
                    let free = match limit {
                        None => true,
                        Some(limit) if corner.right => place < limit,
                        Some(limit) => place > limit,
                    };
                    if free && !self.crossing[line] && !self.is_promised(near, line, corner) {
                        root[cell] = root[near];
                        offset[cell] = offset[near] + near_at - own_at;
                        limit = Some(place);
                        break;
                    }
                }
            }
        }
        (root, offset)
    }

    /// Whether a cell belongs above or below another by its main line, and so not by this one.
    fn is_promised(&self, near: usize, line: usize, corner: Corner) -> bool {
        let facing = if corner.up { &self.above[near] } else { &self.below[near] };
        let strong = |line: &usize| self.lines[*line].main || self.lines[*line].inner;
        !strong(&line) && facing.iter().any(strong)
    }

    /// The cell at the other end of a line, and where the line ends there and here.
    fn far(&self, line: usize, corner: Corner) -> (usize, i32, i32) {
        let Line { upper, lower, upper_at, lower_at, .. } = self.lines[line];
        if corner.up { (lower, lower_at, upper_at) } else { (upper, upper_at, lower_at) }
    }

    /// The middle one or two of a cell's lines; the stretch of a long line goes before all.
    fn medians(&self, cell: usize, corner: Corner) -> Vec<usize> {
        let lines = if corner.up { &self.below[cell] } else { &self.above[cell] };
        if let Some(inner) = lines.iter().find(|line| self.lines[**line].inner) {
            return vec![*inner];
        }
        let main: Vec<usize> = lines.iter().copied().filter(|line| self.lines[*line].main).collect();
        let lines = if main.is_empty() { lines } else { &main };
        let last = lines.len().saturating_sub(1);
        let mut middle: Vec<usize> = lines[last / 2..].iter().take(1 + last % 2).copied().collect();
        if corner.right {
            middle.reverse();
        }
        middle
    }

    /// Pushes blocks together from one side, then each as far back as its neighbours allow. Nothing when blocks stand in each
    /// other's way all round.
    fn compact(&self, corner: Corner, root: &[usize], offset: &[i32]) -> Option<Vec<i32>> {
        let sign = if corner.right { -1 } else { 1 };
        let mut next: Vec<Vec<(usize, i32)>> = vec![Vec::new(); root.len()];
        let mut waits = vec![0_usize; root.len()];
        for row in &self.grid.rows {
            for pair in row.windows(2) {
                let (a, b) = if corner.right { (pair[1], pair[0]) } else { (pair[0], pair[1]) };
                let apart = self.apart(a, b) + sign * (offset[a] - offset[b]);
                next[root[a]].push((root[b], apart));
                waits[root[b]] += 1;
            }
        }
        let mut order: Vec<usize> = (0..root.len()).filter(|cell| root[*cell] == *cell && waits[*cell] == 0).collect();
        let mut x = vec![0_i32; root.len()];
        let mut done = 0;
        while let Some(&block) = order.get(done) {
            done += 1;
            for &(other, apart) in &next[block] {
                x[other] = x[other].max(x[block] + apart);
                waits[other] -= 1;
                if waits[other] == 0 {
                    order.push(other);
                }
            }
        }
        if waits.iter().any(|waits| *waits > 0) {
            return None;
        }
        for &block in order.iter().rev() {
            if let Some(most) = next[block].iter().map(|(other, apart)| x[*other] - apart).min() {
                x[block] = x[block].max(most);
            }
        }
        Some((0..root.len()).map(|cell| sign * x[root[cell]] + offset[cell]).collect())
    }

    /// Least distance between the middles of two neighbours.
    fn apart(&self, a: usize, b: usize) -> i32 {
        let room = |cell: usize| match self.grid.cells[cell].content {
            Content::Box(_) => BOXES,
            Content::Label(_) => TEXTS,
            Content::Trunk(_) | Content::Turn => LINES,
        };
        let widths = self.grid.cells[a].size.width + self.grid.cells[b].size.width;
        (widths + 1) / 2 + room(a).max(room(b)).min(room(a).min(room(b)) + 8)
    }

    /// Moves cells that straight lines hold together, all at once, towards the middle of what else they are tied to. Says
    /// whether any moved.
    fn relax(&self, x: &mut [i32]) -> bool {
        let blocks = self.blocks(x);
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); x.len()];
        for (cell, block) in blocks.iter().enumerate() {
            members[*block].push(cell);
        }
        let mut moved = false;
        for (block, cells) in members.iter().enumerate().filter(|(_, cells)| !cells.is_empty()) {
            let wish = self.wish(x, &blocks, block, cells);
            let by = match wish.signum() {
                0 => 0,
                1 => wish.min(self.slack(x, &blocks, cells, Side::Right)).max(0),
                _ => wish.max(-self.slack(x, &blocks, cells, Side::Left)).min(0),
            };
            cells.iter().for_each(|cell| x[*cell] += by);
            moved |= by != 0;
        }
        moved
    }

    /// Cells that straight lines hold together, each under the number of the first.
    fn blocks(&self, x: &[i32]) -> Vec<usize> {
        let mut block: Vec<usize> = vec![usize::MAX; x.len()];
        let mut open = Vec::new();
        for first in 0..x.len() {
            if block[first] != usize::MAX {
                continue;
            }
            open.push(first);
            while let Some(cell) = open.pop() {
                if block[cell] != usize::MAX {
                    continue;
                }
                block[cell] = first;
                for line in self.above[cell].iter().chain(&self.below[cell]).map(|line| &self.lines[*line]) {
                    if x[line.upper] + line.upper_at == x[line.lower] + line.lower_at {
                        open.extend([line.upper, line.lower]);
                    }
                }
            }
        }
        block
    }

    /// How far a block would like to move: the weighted median of its bent lines.
    fn wish(&self, x: &[i32], blocks: &[usize], block: usize, cells: &[usize]) -> i32 {
        let mut pulls: Vec<(i32, i32)> = Vec::new();
        for cell in cells {
            for line in self.above[*cell].iter().chain(&self.below[*cell]).map(|line| &self.lines[*line]) {
                if blocks[line.upper] == blocks[line.lower] {
                    continue;
                }
                let apart = x[line.upper] + line.upper_at - x[line.lower] - line.lower_at;
                pulls.push((if blocks[line.lower] == block { apart } else { -apart }, line.weight));
            }
        }
        pulls.sort_unstable();
        let total: i32 = pulls.iter().map(|(_, weight)| weight).sum();
        let (mut passed, mut low) = (0, None);
        for (pull, weight) in pulls {
            passed += weight;
            if 2 * passed == total {
                low = Some(pull);
            } else if 2 * passed > total {
                return 0.clamp(low.unwrap_or(pull), pull);
            }
        }
        0
    }

    /// How far a block can move to one side.
    fn slack(&self, x: &[i32], blocks: &[usize], cells: &[usize], side: Side) -> i32 {
        let mut slack = i32::MAX;
        for &cell in cells {
            let row = &self.grid.rows[self.grid.cells[cell].row];
            let place = self.positions[cell];
            let next = match side {
                Side::Left => place.checked_sub(1).and_then(|place| row.get(place)),
                Side::Right => row.get(place + 1),
            };
            let Some(&next) = next.filter(|next| blocks[**next] != blocks[cell]) else { continue };
            slack = slack.min((x[next] - x[cell]).abs() - self.apart(cell, next));
        }
        slack
    }

    /// Moves cells a little where that makes more of their lines straight.
    fn straighten(&self, x: &mut [i32]) {
        for pass in 0..6 {
            let rows = 0..self.grid.rows.len();
            let rows: Vec<usize> = if pass % 2 == 0 { rows.collect() } else { rows.rev().collect() };
            for row in rows {
                for place in 0..self.grid.rows[row].len() {
                    self.nudge(x, row, place);
                }
            }
        }
    }

    fn nudge(&self, x: &mut [i32], row: usize, place: usize) {
        let cells = &self.grid.rows[row];
        let cell = cells[place];
        let least = place.checked_sub(1).map(|left| x[cells[left]] + self.apart(cells[left], cell));
        let most = cells.get(place + 1).map(|right| x[*right] - self.apart(cell, *right));
        let wished: Vec<i32> = self.above[cell]
            .iter()
            .map(|line| (self.lines[*line], true))
            .chain(self.below[cell].iter().map(|line| (self.lines[*line], false)))
            .filter(|(line, _)| line.weight > 0)
            .map(|(line, above)| {
                if above {
                    x[line.upper] + line.upper_at - line.lower_at
                } else {
                    x[line.lower] + line.lower_at - line.upper_at
                }
            })
            .collect();
        let straight = |at: i32| wished.iter().filter(|wish| **wish == at).count();
        let free = |at: &i32| {
            (*at - x[cell]).abs() <= NUDGE
                && least.is_none_or(|least| *at >= least)
                && most.is_none_or(|most| *at <= most)
        };
        if wished.len() > 64 {
            return;
        }
        let best = wished.iter().copied().filter(free).max_by_key(|at| (straight(*at), -(*at - x[cell]).abs(), *at));
        if let Some(best) = best.filter(|best| straight(*best) > straight(x[cell])) {
            x[cell] = best;
        }
    }
}
