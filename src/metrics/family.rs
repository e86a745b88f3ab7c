//! Counters and histograms by labels, each bounded in how many combinations of values it keeps apart.

use crate::metrics::text::Text;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Most combinations of one measure; what comes after them is counted together.
const MOST: usize = 500;
/// Longest value of a label, in characters.
const VALUE_CHARS: usize = 80;
/// What stands in the place of values past the bound.
const OTHER: &str = "other";

type Values<const N: usize> = [String; N];

/// Counters of one name.
#[derive(Debug)]
pub struct Counters<const N: usize> {
    name: &'static str,
    help: &'static str,
    labels: [&'static str; N],
    counts: Mutex<BTreeMap<Values<N>, u64>>,
}

/// Histograms of one name.
#[derive(Debug)]
pub struct Histogram<const N: usize> {
    name: &'static str,
    help: &'static str,
    labels: [&'static str; N],
    bounds: &'static [f64],
    seen: Mutex<BTreeMap<Values<N>, Seen>>,
}

#[derive(Debug, Default)]
struct Seen {
    /// How many fell under each bound and over the one before, and how many over the last.
    under: Vec<u64>,
    sum: f64,
}

impl<const N: usize> Counters<N> {
    pub(super) fn new(name: &'static str, help: &'static str, labels: [&'static str; N]) -> Counters<N> {
        // A counter without labels is there from the beginning, so that its first rise is one.
        let first = if N == 0 { BTreeMap::from([(labels.map(str::to_owned), 0)]) } else { BTreeMap::new() };
        Counters { name, help, labels, counts: Mutex::new(first) }
    }

    /// One more with these values.
    pub fn add(&self, values: [&str; N]) {
        self.add_many(values, 1);
    }

    /// So many more with these values.
    pub fn add_many(&self, values: [&str; N], count: u64) {
        *of(&mut lock(&self.counts), values) += count;
    }

    /// How many there were with these values.
    #[must_use]
    pub fn count(&self, values: [&str; N]) -> u64 {
        lock(&self.counts).get(&values.map(str::to_owned)).copied().unwrap_or(0)
    }

    pub(super) fn write(&self, text: &mut Text) {
        text.head(self.name, self.help, "counter");
        for (values, count) in lock(&self.counts).iter() {
            text.sample(self.name, &pairs(&self.labels, values), *count as f64);
        }
    }
}

impl<const N: usize> Histogram<N> {
    pub(super) fn new(
        name: &'static str,
        help: &'static str,
        labels: [&'static str; N],
        bounds: &'static [f64],
    ) -> Histogram<N> {
        Histogram { name, help, labels, bounds, seen: Mutex::new(BTreeMap::new()) }
    }

    /// Takes one measurement.
    pub fn observe(&self, values: [&str; N], value: f64) {
        let mut all = lock(&self.seen);
        let seen = of(&mut all, values);
        seen.under.resize(self.bounds.len() + 1, 0);
        let at = self.bounds.iter().position(|bound| value <= *bound).unwrap_or(self.bounds.len());
        seen.under[at] += 1;
        seen.sum += value;
    }

    pub(super) fn write(&self, text: &mut Text) {
        text.head(self.name, self.help, "histogram");
        for (values, seen) in lock(&self.seen).iter() {
            let labels = pairs(&self.labels, values);
            let mut total = 0;
            for (at, count) in seen.under.iter().enumerate() {
                total += count;
                let bound = self.bounds.get(at).map_or_else(|| "+Inf".to_owned(), f64::to_string);
                let mut labels = labels.clone();
                labels.push(("le", &bound));
                text.sample(&format!("{}_bucket", self.name), &labels, total as f64);
            }
            text.sample(&format!("{}_sum", self.name), &labels, seen.sum);
            text.sample(&format!("{}_count", self.name), &labels, total as f64);
        }
    }
}

/// What is kept under these values, or under the one that stands for all others.
fn of<'m, const N: usize, T: Default>(all: &'m mut BTreeMap<Values<N>, T>, values: [&str; N]) -> &'m mut T {
    let key = values.map(|value| value.chars().take(VALUE_CHARS).collect::<String>());
    let key = if all.len() < MOST || all.contains_key(&key) { key } else { [OTHER; N].map(str::to_owned) };
    all.entry(key).or_default()
}

fn pairs<'v, const N: usize>(labels: &[&'static str; N], values: &'v Values<N>) -> Vec<(&'static str, &'v str)> {
    labels.iter().copied().zip(values.iter().map(String::as_str)).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use crate::metrics::family::{Counters, Histogram, MOST};
    use crate::metrics::text::Text;

    fn text(write: impl FnOnce(&mut Text)) -> Vec<String> {
        let mut text = Text::default();
        write(&mut text);
        text.into_string().lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
    }

    #[test]
    fn buckets_add_up() {
        let histogram = Histogram::new("t", "Time.", ["route"], &[0.1, 1.0]);
        for value in [0.05, 0.1, 0.5, 7.0] {
            histogram.observe(["a"], value);
        }
        let lines = text(|text| histogram.write(text));
        let wanted = [
            "t_bucket{route=\"a\",le=\"0.1\"} 2",
            "t_bucket{route=\"a\",le=\"1\"} 3",
            "t_bucket{route=\"a\",le=\"+Inf\"} 4",
            "t_sum{route=\"a\"} 7.65",
            "t_count{route=\"a\"} 4",
        ];
        assert_eq!(lines, wanted);
    }

    #[test]
    fn no_measure_grows_without_bound() {
        let counters = Counters::new("c_total", "Count.", ["kind"]);
        for kind in 0..MOST * 3 {
            counters.add([&format!("kind {kind}")]);
        }
        counters.add(["kind 1"]);
        let lines = text(|text| counters.write(text));
        assert_eq!(lines.len(), MOST + 1);
        assert_eq!(counters.count(["kind 1"]), 2);
        assert_eq!(counters.count(["other"]), 2 * MOST as u64);
        let long = Counters::new("l_total", "Count.", ["kind"]);
        long.add([&"x".repeat(10_000)]);
        assert!(text(|text| long.write(text))[0].len() < 200);
    }

    #[test]
    fn a_counter_without_labels_begins_at_nothing() {
        let counters = Counters::new("c_total", "Count.", []);
        assert_eq!(text(|text| counters.write(text)), ["c_total 0"]);
    }
}
