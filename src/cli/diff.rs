//! Two texts to a unified diff, as `diff -u` writes it and `patch` reads it.

use std::fmt::Write;

/// Lines shown around a change.
const AROUND: usize = 3;

/// One line of a text, in both or in one of them; counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    Both(usize, usize),
    Old(usize, usize),
    New(usize, usize),
}

/// The diff of one file; empty when nothing differs.
pub(super) fn unified(path: &str, old: &str, new: &str) -> String {
    let (before, after) = (lines(old), lines(new));
    let script = script(&before, &after);
    let changed = |line: &Line| !matches!(line, Line::Both(..));
    let mut out = String::new();
    let mut at = 0;
    while let Some(first) = script[at..].iter().position(changed).map(|found| at + found) {
        let mut last = first;
        while let Some(next) = script[last + 1..].iter().position(changed).map(|found| last + 1 + found) {
            if next - last > 2 * AROUND {
                break;
            }
            last = next;
        }
        if out.is_empty() {
            let _ = write!(out, "--- a/{path}\n+++ b/{path}\n");
        }
        let end = (last + AROUND + 1).min(script.len());
        hunk(&script[first.saturating_sub(AROUND).max(at)..end], &before, &after, &mut out);
        at = end;
    }
    out
}

/// Lines with their ends.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn hunk(script: &[Line], before: &[&str], after: &[&str], out: &mut String) {
    let (old, new) = match script.first() {
        Some(Line::Both(old, new) | Line::Old(old, new) | Line::New(old, new)) => (*old, *new),
        None => return,
    };
    let olds = script.iter().filter(|line| !matches!(line, Line::New(..))).count();
    let news = script.iter().filter(|line| !matches!(line, Line::Old(..))).count();
    // A side without lines is counted from the line before it.
    let from = |start: usize, count: usize| if count == 0 { start } else { start + 1 };
    let _ = writeln!(out, "@@ -{},{olds} +{},{news} @@", from(old, olds), from(new, news));
    for line in script {
        let (sign, text) = match line {
            Line::Both(old, _) => (' ', before[*old]),
            Line::Old(old, _) => ('-', before[*old]),
            Line::New(_, new) => ('+', after[*new]),
        };
        out.push(sign);
        out.push_str(text);
        if !text.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
}

/// The fewest lines taken out and put in: Myers' greedy walk, whose cost grows with the number of changes.
fn script(before: &[&str], after: &[&str]) -> Vec<Line> {
    let (n, m) = (before.len(), after.len());
    let most = n + m;
    // How far each diagonal has come; diagonals are counted from -most.
    let mut reach = vec![0usize; 2 * most + 2];
    let mut trail: Vec<Vec<usize>> = Vec::new();
    'walk: for changes in 0..=most {
        trail.push(reach[most - changes..=most + changes].to_vec());
        for step in 0..=changes {
            let diagonal = most + 2 * step - changes;
            let down = step == 0 || step < changes && reach[diagonal - 1] < reach[diagonal + 1];
            let mut x = if changes == 0 {
                0
            } else if down {
                reach[diagonal + 1]
            } else {
                reach[diagonal - 1] + 1
            };
            let mut y = (x + most).saturating_sub(diagonal);
            while x < n && y < m && before[x] == after[y] {
                (x, y) = (x + 1, y + 1);
            }
            reach[diagonal] = x;
            if x >= n && y >= m {
                break 'walk;
            }
        }
    }
    back(&trail, n, m)
}

/// Walks from the ends to the beginnings along the trail.
fn back(trail: &[Vec<usize>], n: usize, m: usize) -> Vec<Line> {
    let mut script = Vec::new();
    let (mut x, mut y) = (n, m);
    for changes in (1..trail.len()).rev() {
        let reach = &trail[changes];
        // Within this trail, diagonal x - y lies at x - y + changes.
        let diagonal = (x + changes).saturating_sub(y);
        let far = |diagonal: usize| reach.get(diagonal).copied().unwrap_or(0);
        let down = diagonal == 0 || diagonal < 2 * changes && far(diagonal - 1) < far(diagonal + 1);
        let from = if down { far(diagonal + 1) } else { far(diagonal - 1) };
        let above = if down {
            (from + changes).saturating_sub(diagonal + 1)
        } else {
            (from + changes + 1).saturating_sub(diagonal)
        };
        let (after_x, after_y) = if down { (from, above + 1) } else { (from + 1, above) };
        while x > after_x && y > after_y {
            (x, y) = (x - 1, y - 1);
            script.push(Line::Both(x, y));
        }
        (x, y) = (from, above);
        script.push(if down { Line::New(x, y) } else { Line::Old(x, y) });
    }
    while x > 0 && y > 0 {
        (x, y) = (x - 1, y - 1);
        script.push(Line::Both(x, y));
    }
    script.reverse();
    script
}

#[cfg(test)]
mod tests {
    use crate::cli::diff::{Line, lines, script, unified};
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    #[test]
    fn a_diff_is_read_by_patch() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\n";
        let new = "x\na\nb\nc\nd\ne\nf\ng\nh\ni\nJ\nk";
        assert_eq!(
            unified("p/a.flow", old, new),
            "--- a/p/a.flow\n+++ b/p/a.flow\n@@ -1,3 +1,4 @@\n+x\n a\n b\n c\n@@ -7,5 +8,5 @@\n g\n h\n i\n-j\n-k\n+J\n+k\n\
             \\ No newline at end of file\n"
        );
        assert_eq!(unified("a", old, old), "");
        assert_eq!(unified("a", "", "x\n"), "--- a/a\n+++ b/a\n@@ -0,0 +1,1 @@\n+x\n");
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 200, rng_seed: RngSeed::Fixed(3), failure_persistence: None, ..ProptestConfig::default()
        })]

        #[test]
        fn a_script_leads_from_one_text_to_the_other(old in "[abc\n]{0,30}", new in "[abc\n]{0,30}") {
            let (before, after) = (lines(&old), lines(&new));
            let script = script(&before, &after);
            let (mut olds, mut news) = (String::new(), String::new());
            for line in &script {
                match line {
                    Line::Both(old, new) => {
                        prop_assert_eq!(before[*old], after[*new]);
                        olds.push_str(before[*old]);
                        news.push_str(after[*new]);
                    }
                    Line::Old(old, _) => olds.push_str(before[*old]),
                    Line::New(_, new) => news.push_str(after[*new]),
                }
            }
            prop_assert_eq!((olds, news), (old, new));
        }
    }
}
