//! The order of each row: sweeps down and up that put every cell at the mean of its neighbours, then swaps of neighbours
//! while that helps. The order with the fewest crossings is kept. Cells of one group stay beside each other.

use crate::language::graph::layout::grid::{Content, Grid};
use crate::language::graph::layout::place;

/// One place in a row, in the fine measure that tells exits of one box apart.
const PLACE: i64 = 1 << 16;

/// Sweeps over a small drawing, and how many cells sweeps may visit in a large one.
const SWEEPS: usize = 24;
const VISITS: usize = 3_000_000;

/// Longest row and largest drawing in which neighbours are swapped.
const SWAPPED_ROW: usize = 120;
const SWAPPED_CELLS: usize = 20_000;

/// Most pairs of lines that are looked at for one swap.
const SWAPPED_LINES: usize = 4000;

/// A neighbour: its cell, and where within its cell the line ends, as a part of [`PLACE`].
#[derive(Clone, Copy)]
struct Neighbour {
    cell: usize,
    at: i64,
}

pub(crate) struct Neighbours {
    above: Vec<Vec<Neighbour>>,
    below: Vec<Vec<Neighbour>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Above,
    Below,
}

/// Puts rows in order.
pub(crate) fn order(grid: &mut Grid) -> Neighbours {
    let neighbours = Neighbours::of(grid);
    first(grid, &neighbours);
    let sweeps = (VISITS / (grid.cells.len() + grid.links.len()).max(1)).clamp(4, SWEEPS);
    let mut best = grid.rows.clone();
    let mut fewest = crossings(grid, &neighbours);
    for sweep in 0..sweeps {
        if fewest == 0 {
            break;
        }
        let side = if sweep % 2 == 0 { Side::Above } else { Side::Below };
        sweep_rows(grid, &neighbours, side, sweep % 4 > 1);
        if grid.cells.len() <= SWAPPED_CELLS {
            swap(grid, &neighbours);
        }
        let found = crossings(grid, &neighbours);
        if found < fewest {
            fewest = found;
            best.clone_from(&grid.rows);
        }
    }
    grid.rows = best;
    neighbours
}

/// Columns are known: neighbours that stand crosswise to where their lines go change places, unless more lines would cross.
/// Says whether any did.
pub(crate) fn refine(grid: &mut Grid, neighbours: &Neighbours, columns: &[i32]) -> bool {
    if grid.cells.len() > SWAPPED_CELLS {
        return false;
    }
    let mut ends: Vec<Vec<i32>> = vec![Vec::new(); grid.cells.len()];
    for link in grid.links.iter().filter(|link| grid.cells[link.upper].content != Content::Turn) {
        let (upper_at, lower_at) = place::ends(grid, link);
        ends[link.lower].push(columns[link.upper] + upper_at);
        ends[link.upper].push(columns[link.lower] + lower_at);
    }
    let length = |cell: usize, x: i32| -> i64 { ends[cell].iter().map(|end| i64::from(end - x).pow(2)).sum() };
    let mut positions = grid.positions();
    let mut changed = false;
    for row in 0..grid.rows.len() {
        for at in 1..grid.rows[row].len() {
            let (left, right) = (grid.rows[row][at - 1], grid.rows[row][at]);
            let (a, b) = (columns[left], columns[right]);
            let shorter = length(left, b) + length(right, a) < length(left, a) + length(right, b);
            let (now, then) =
                (crossed(neighbours, &positions, left, right), crossed(neighbours, &positions, right, left));
            if shorter && then <= now && grid.cells[left].group == grid.cells[right].group {
                grid.rows[row].swap(at - 1, at);
                positions.swap(left, right);
                changed = true;
            }
        }
    }
    changed
}

impl Neighbours {
    fn of(grid: &Grid) -> Neighbours {
        let mut neighbours =
            Neighbours { above: vec![Vec::new(); grid.cells.len()], below: vec![Vec::new(); grid.cells.len()] };
        for link in &grid.links {
            let at = link.exit.map_or(0, |exit| (exit as i64 + 1) * PLACE / 1024);
            neighbours.below[link.upper].push(Neighbour { cell: link.lower, at: 0 });
            neighbours.above[link.lower].push(Neighbour { cell: link.upper, at });
        }
        neighbours
    }

    fn on(&self, side: Side, cell: usize) -> &[Neighbour] {
        match side {
            Side::Above => &self.above[cell],
            Side::Below => &self.below[cell],
        }
    }
}

/// The order in which a walk in depth from the top meets the cells.
fn first(grid: &mut Grid, neighbours: &Neighbours) {
    let mut seen = vec![false; grid.cells.len()];
    let mut rows = vec![Vec::new(); grid.rows.len()];
    let mut open: Vec<usize> = Vec::new();
    for cell in grid.rows.iter().flatten() {
        open.push(*cell);
        while let Some(cell) = open.pop() {
            if std::mem::replace(&mut seen[cell], true) {
                continue;
            }
            rows[grid.cells[cell].row].push(cell);
            open.extend(neighbours.above[cell].iter().rev().map(|next| next.cell));
            open.extend(neighbours.below[cell].iter().rev().map(|next| next.cell));
        }
    }
    grid.rows = rows;
    for row in 0..grid.rows.len() {
        let places: Vec<(i64, usize)> = grid.rows[row].iter().enumerate().map(|(n, c)| (n as i64, *c)).collect();
        grid.rows[row] = gathered(grid, places);
    }
}

/// Sorts by the mean of neighbours on one side, row by row.
fn sweep_rows(grid: &mut Grid, neighbours: &Neighbours, side: Side, right: bool) {
    let mut positions = grid.positions();
    let rows: Vec<usize> = match side {
        Side::Above => (0..grid.rows.len()).collect(),
        Side::Below => (0..grid.rows.len()).rev().collect(),
    };
    for row in rows {
        let mut means = Vec::with_capacity(grid.rows[row].len());
        for &cell in &grid.rows[row] {
            let near = neighbours.on(side, cell);
            let sum: i64 = near.iter().map(|n| positions[n.cell] as i64 * PLACE + n.at).sum();
            means.push((!near.is_empty()).then(|| sum / (near.len() as i64)));
        }
        let keys = filled(&means);
        let mut places: Vec<(i64, usize)> = keys.into_iter().zip(grid.rows[row].iter().copied()).collect();
        if right {
            places.reverse();
        }
        places.sort_by_key(|(key, _)| *key);
        grid.rows[row] = gathered(grid, places);
        for (place, cell) in grid.rows[row].iter().enumerate() {
            positions[*cell] = place;
        }
    }
}

/// Cells without neighbours stay beside whom they stood beside.
fn filled(means: &[Option<i64>]) -> Vec<i64> {
    let mut last = means.iter().flatten().next().copied().unwrap_or(0);
    let mut keys = Vec::with_capacity(means.len());
    for mean in means {
        last = mean.unwrap_or(last);
        keys.push(last);
    }
    keys
}

/// Brings boxes of one group together, the group at the mean of its boxes.
fn gathered(grid: &Grid, mut places: Vec<(i64, usize)>) -> Vec<usize> {
    let groups = places.iter().filter_map(|(_, cell)| grid.cells[*cell].group).max().map_or(0, |most| most + 1);
    if groups > 0 {
        let mut sums = vec![(0_i64, 0_i64); groups];
        for (key, cell) in &places {
            if let Some(group) = grid.cells[*cell].group {
                sums[group] = (sums[group].0 + key, sums[group].1 + 1);
            }
        }
        places.sort_by_key(|(key, cell)| match grid.cells[*cell].group {
            Some(group) => (sums[group].0 / sums[group].1.max(1), group + 1, *key),
            None => (*key, 0, *key),
        });
    }
    places.into_iter().map(|(_, cell)| cell).collect()
}

/// Swaps neighbours in rows while fewer lines cross.
fn swap(grid: &mut Grid, neighbours: &Neighbours) {
    let mut positions = grid.positions();
    for _ in 0..4 {
        let mut better = false;
        for row in 0..grid.rows.len() {
            if grid.rows[row].len() > SWAPPED_ROW {
                continue;
            }
            for at in 1..grid.rows[row].len() {
                let (left, right) = (grid.rows[row][at - 1], grid.rows[row][at]);
                let groups = (grid.cells[left].group, grid.cells[right].group);
                if groups.0 != groups.1 {
                    continue;
                }
                if crossed(neighbours, &positions, right, left) < crossed(neighbours, &positions, left, right) {
                    grid.rows[row].swap(at - 1, at);
                    positions.swap(left, right);
                    better = true;
                }
            }
        }
        if !better {
            return;
        }
    }
}

/// Crossings between the lines of two neighbours in one row.
fn crossed(neighbours: &Neighbours, positions: &[usize], left: usize, right: usize) -> usize {
    [Side::Above, Side::Below].iter().map(|side| pair(neighbours, positions, *side, left, right)).sum()
}

/// Crossings between the lines of two cells on one side, the first to the left of the second.
fn pair(neighbours: &Neighbours, positions: &[usize], side: Side, left: usize, right: usize) -> usize {
    let keys = |cell| neighbours.on(side, cell).iter().map(|n| positions[n.cell] as i64 * PLACE + n.at);
    if keys(left).len() * keys(right).len() > SWAPPED_LINES {
        return 0;
    }
    let mut count = 0;
    for a in keys(left) {
        count += keys(right).filter(|b| *b < a).count();
    }
    count
}

/// How often lines cross: inversions between neighbouring rows, counted in a binary indexed tree.
fn crossings(grid: &Grid, neighbours: &Neighbours) -> usize {
    let positions = grid.positions();
    let mut total = 0;
    let mut ends: Vec<(i64, usize)> = Vec::new();
    for row in grid.rows.iter().skip(1) {
        ends.clear();
        for (place, cell) in row.iter().enumerate() {
            ends.extend(neighbours.above[*cell].iter().map(|n| (positions[n.cell] as i64 * PLACE + n.at, place)));
        }
        ends.sort_unstable();
        total += inversions(ends.iter().map(|(_, place)| *place), row.len());
    }
    total
}

fn inversions(places: impl Iterator<Item = usize>, width: usize) -> usize {
    let mut tree = vec![0_usize; width + 1];
    let mut count = 0;
    for (seen, place) in places.enumerate() {
        let mut not_after = 0;
        let mut at = place + 1;
        while at > 0 {
            not_after += tree[at];
            at -= at & at.wrapping_neg();
        }
        count += seen - not_after;
        at = place + 1;
        while at <= width {
            tree[at] += 1;
            at += at & at.wrapping_neg();
        }
    }
    count
}
