//! Which arrows lead back, and the layer each box stands in: as high as the arrows into it allow.

use crate::language::graph::layout::Sketch;

/// Layers, and the arrows that lead back.
pub(crate) struct Layers {
    /// By box, from the top.
    pub(crate) of: Vec<usize>,
    /// By arrow.
    pub(crate) back: Vec<bool>,
}

impl Layers {
    /// The layers of a sketch.
    pub(crate) fn of(sketch: &Sketch) -> Layers {
        let out = leaving(sketch);
        let (back, reached) = turned(sketch, &out);
        let order = topological(&out, &back);
        let mut of = vec![0; sketch.boxes.len()];
        for &node in &order {
            for to in forward(&out[node], &back) {
                of[to] = of[to].max(of[node] + 1);
            }
        }
        sink(&out, &back, &order, &reached, &mut of);
        Layers { of, back }
    }
}

/// The arrows that leave each box for another: where they lead, and their numbers.
fn leaving(sketch: &Sketch) -> Vec<Vec<(usize, usize)>> {
    let mut out = vec![Vec::new(); sketch.boxes.len()];
    for (n, arrow) in sketch.arrows.iter().enumerate() {
        if let Some(to) = arrow.to {
            out[arrow.from].push((to, n));
        }
    }
    out
}

/// Where the arrows lead that do not lead back.
fn forward<'a>(out: &'a [(usize, usize)], back: &'a [bool]) -> impl Iterator<Item = usize> + 'a {
    out.iter().filter(|(_, arrow)| !back[*arrow]).map(|(to, _)| *to)
}

/// A walk in depth from the top: an arrow into a box that is still being walked leads back. Also which boxes the top reaches.
fn turned(sketch: &Sketch, out: &[Vec<(usize, usize)>]) -> (Vec<bool>, Vec<bool>) {
    let mut back = vec![false; sketch.arrows.len()];
    let (mut seen, mut open) = (vec![false; sketch.boxes.len()], vec![false; sketch.boxes.len()]);
    let mut entered = vec![false; sketch.boxes.len()];
    for arrow in &sketch.arrows {
        if let Some(to) = arrow.to.filter(|to| *to != arrow.from) {
            entered[to] = true;
        }
    }
    let boxes = 0..sketch.boxes.len();
    let roots = boxes.clone().filter(|node| !entered[*node]);
    let mut reached = Vec::new();
    for root in std::iter::once(sketch.begin).chain(roots).chain(boxes) {
        let mut path: Vec<(usize, usize)> = Vec::new();
        if !seen[root] {
            (seen[root], open[root]) = (true, true);
            path.push((root, 0));
        }
        while let Some((node, next)) = path.last_mut() {
            let Some(&(to, arrow)) = out[*node].get(*next) else {
                open[*node] = false;
                path.pop();
                continue;
            };
            *next += 1;
            if open[to] {
                back[arrow] = true;
            } else if !seen[to] {
                (seen[to], open[to]) = (true, true);
                path.push((to, 0));
            }
        }
        if reached.is_empty() {
            reached.clone_from(&seen);
        }
    }
    (back, reached)
}

fn topological(out: &[Vec<(usize, usize)>], back: &[bool]) -> Vec<usize> {
    let mut waits = vec![0_usize; out.len()];
    for to in out.iter().flat_map(|out| forward(out, back)) {
        waits[to] += 1;
    }
    let mut order: Vec<usize> = (0..out.len()).filter(|node| waits[*node] == 0).collect();
    let mut next = 0;
    while let Some(&node) = order.get(next) {
        next += 1;
        for to in forward(&out[node], back) {
            waits[to] -= 1;
            if waits[to] == 0 {
                order.push(to);
            }
        }
    }
    order
}

/// Boxes that nothing on the way from the top leads to stand as low as they may, near what they lead to.
fn sink(out: &[Vec<(usize, usize)>], back: &[bool], order: &[usize], reached: &[bool], of: &mut [usize]) {
    let deepest = (0..of.len()).filter(|node| reached[*node]).map(|node| of[node]).max().unwrap_or(0);
    for &node in order.iter().rev().filter(|node| !reached[**node]) {
        let above = forward(&out[node], back).map(|to| of[to].saturating_sub(1)).min();
        of[node] = above.unwrap_or(deepest).max(of[node]);
    }
}
