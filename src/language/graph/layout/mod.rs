//! Places for the boxes and arrows of a drawing: rows from top to bottom in the order calls go, few crossings, straight lines
//! where they can be, nothing on top of anything else. It knows sizes, never what is in a box.
//!
//! [`layers`] turns the arrows that lead back and finds each box its row; [`grid`] gives labels and long lines cells of their
//! own between the boxes, so that they have room as boxes have; [`order`] puts each row in order; [`place`] finds every cell
//! its column; [`tracks`] keeps level lines apart, and [`route`] draws
//! them through the gaps between rows. Every step is bounded by the size of the drawing.

pub mod layers;

pub mod grid;

pub mod order;

pub mod place;

pub mod tracks;

pub mod route;

use crate::language::graph::layout::grid::Grid;

/// How often the order of rows is looked at again once columns are known.
const ROUNDS: usize = 6;

/// Drawings of more cells get less care.
pub(crate) const LARGE: usize = 6000;

/// Boxes and arrows without places.
#[derive(Clone, Debug, Default)]
pub struct Sketch {
    /// The boxes.
    pub boxes: Vec<Shape>,
    /// The arrows.
    pub arrows: Vec<Line>,
    /// How many groups there are.
    pub groups: usize,
    /// The box that stands on top.
    pub begin: usize,
}

/// A box.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    /// Its size.
    pub size: Size,
    /// Where lines leave its lower edge, from its middle; without any, lines find their own places.
    pub exits: Vec<i32>,
    /// Its group.
    pub group: Option<usize>,
}

/// A width and a height.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Width.
    pub width: i32,
    /// Height.
    pub height: i32,
}

/// An arrow.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// From this box.
    pub from: usize,
    /// To this box; without one, to a small box of its own.
    pub to: Option<usize>,
    /// Out of this exit.
    pub exit: Option<usize>,
    /// The size of what is written on it.
    pub label: Option<Size>,
    /// It is what is meant to happen: it leads straight down where it can.
    pub main: bool,
    /// It is drawn lightly and gives way to others.
    pub light: bool,
    /// The size of the small box at its end, where it has one of its own: nothing else leads there, or the line would be too
    /// long to draw.
    pub end: Size,
}

/// A rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rect {
    /// Left.
    pub x: i32,
    /// Top.
    pub y: i32,
    /// Its size.
    pub size: Size,
}

impl Rect {
    /// The right edge.
    #[must_use]
    pub fn right(&self) -> i32 {
        self.x + self.size.width
    }

    /// The lower edge.
    #[must_use]
    pub fn bottom(&self) -> i32 {
        self.y + self.size.height
    }

    /// The column of the middle.
    #[must_use]
    pub fn middle(&self) -> i32 {
        self.x + self.size.width / 2
    }
}

/// Everything in its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawing {
    /// The size of it all.
    pub size: Size,
    /// The boxes.
    pub boxes: Vec<Rect>,
    /// The arrows.
    pub arrows: Vec<Path>,
    /// Behind each group, the bands of its region from top to bottom.
    pub regions: Vec<Vec<Rect>>,
}

/// A drawn arrow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path {
    /// From the edge of one box to the edge of the other, each stretch upright or level.
    pub points: Vec<(i32, i32)>,
    /// Where its text stands.
    pub label: Option<Rect>,
    /// It leads up.
    pub back: bool,
    /// The small box it ends in, where it has one of its own.
    pub end: Option<Rect>,
}

/// Finds everything a place.
#[must_use]
pub fn lay_out(sketch: &Sketch) -> Drawing {
    if sketch.boxes.is_empty() {
        return Drawing::default();
    }
    let layers = layers::Layers::of(sketch);
    let mut grid = Grid::of(sketch, &layers);
    let neighbours = order::order(&mut grid);
    grid.settle_exits(sketch);
    let mut columns = place::columns(&grid);
    let rounds = if grid.cells.len() > LARGE { 1 } else { ROUNDS };
    for _ in 0..rounds {
        if !order::refine(&mut grid, &neighbours, &columns) {
            break;
        }
        grid.settle_exits(sketch);
        columns = place::columns(&grid);
    }
    route::draw(sketch, &grid, &columns)
}
