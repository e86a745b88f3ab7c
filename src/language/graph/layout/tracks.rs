//! Which level stretch of a gap lies above which: as few crossings as a greedy choice finds, and none on top of another.

/// Most level stretches in one gap whose order is chosen by crossings; more are packed as they come.
const COMPARED: usize = 400;

/// How near two lines may come before they look like one.
const NEAR: i32 = 7;

/// What two lines on top of each other cost, in crossings.
const OVERLAP: i64 = 1000;

/// Lines through one gap that may share a level stretch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stretch {
    /// Where lines come from above.
    pub(crate) tops: Vec<i32>,
    /// Where they go on below.
    pub(crate) bottoms: Vec<i32>,
    /// The left end.
    pub(crate) left: i32,
    /// The right end.
    pub(crate) right: i32,
    /// Its track, counted from the top; none when it is upright.
    pub(crate) track: Option<usize>,
}

impl Stretch {
    /// Whether the two could touch on one track.
    fn meets(&self, other: &Stretch) -> bool {
        self.left <= other.right + NEAR && other.left <= self.right + NEAR
    }

    /// What it costs to have this stretch above another.
    fn above(&self, other: &Stretch) -> i64 {
        let within = |ends: &[i32], stretch: &Stretch| {
            ends.iter().filter(|x| **x >= stretch.left - 1 && **x <= stretch.right + 1).count() as i64
        };
        let onto = self.bottoms.iter().filter(|x| other.tops.iter().any(|top| (*x - top).abs() < NEAR)).count();
        within(&self.bottoms, other) + within(&other.tops, self) + OVERLAP * onto as i64
    }
}

/// Gives every level stretch of a gap its track.
pub(crate) fn assign(stretches: Vec<&mut Stretch>) {
    let mut level: Vec<&mut Stretch> = stretches.into_iter().filter(|stretch| stretch.left < stretch.right).collect();
    level.sort_by_key(|stretch| (stretch.left, stretch.right));
    if level.len() > COMPARED {
        return pack(&mut level);
    }
    let order = order(&level);
    for (done, &at) in order.iter().enumerate() {
        let above = order[..done].iter().filter(|other| level[**other].meets(level[at]));
        let track = above.filter_map(|other| level[*other].track).max().map_or(0, |most| most + 1);
        level[at].track = Some(track);
    }
}

/// From the top: whoever nobody wants to be above goes first; where all wait for each other, whoever most others wait for.
fn order(level: &[&mut Stretch]) -> Vec<usize> {
    let count = level.len();
    let mut gains = vec![0_i64; count * count];
    let (mut waits, mut score) = (vec![0_usize; count], vec![0_i64; count]);
    for a in 0..count {
        for b in (0..count).filter(|b| *b != a && level[a].meets(level[*b])) {
            let gain = level[b].above(level[a]) - level[a].above(level[b]);
            gains[a * count + b] = gain;
            score[a] += gain;
            waits[b] += usize::from(gain > 0);
        }
    }
    let mut left: Vec<usize> = (0..count).collect();
    let mut order = Vec::with_capacity(count);
    while let Some(at) = (0..left.len()).min_by_key(|at| (waits[left[*at]] > 0, -score[left[*at]], left[*at])) {
        let next = left.remove(at);
        for &other in &left {
            score[other] -= gains[other * count + next];
            waits[other] -= usize::from(gains[next * count + other] > 0);
        }
        order.push(next);
    }
    order
}

/// Each on the first track that is free where it begins.
fn pack(level: &mut [&mut Stretch]) {
    let mut ends: Vec<i32> = Vec::new();
    for stretch in level {
        let free = ends.iter().position(|end| end + NEAR < stretch.left);
        let track = free.unwrap_or(ends.len());
        if free.is_none() {
            ends.push(0);
        }
        ends[track] = stretch.right;
        stretch.track = Some(track);
    }
}

#[cfg(test)]
mod tests {
    use crate::language::graph::layout::tracks::{Stretch, assign};

    fn stretch(top: i32, bottom: i32) -> Stretch {
        let (left, right) = (top.min(bottom), top.max(bottom));
        Stretch { tops: vec![top], bottoms: vec![bottom], left, right, track: None }
    }

    #[test]
    fn nested_turns_do_not_cross() {
        let mut all = [stretch(0, 100), stretch(20, 120), stretch(300, 300)];
        assign(all.iter_mut().collect());
        assert_eq!(all.map(|stretch| stretch.track), [Some(1), Some(0), None]);
    }

    #[test]
    fn a_line_never_lies_on_another() {
        let mut all = [stretch(0, 100), stretch(100, 200)];
        assign(all.iter_mut().collect());
        assert!(all[1].track < all[0].track, "{all:?}");
    }
}
