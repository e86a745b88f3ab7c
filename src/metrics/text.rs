//! The text that Prometheus reads (exposition format 0.0.4).

use std::fmt::Write;

/// The text as far as it is written.
#[derive(Debug, Default)]
pub struct Text(String);

impl Text {
    /// The media type of the text.
    pub const MEDIA_TYPE: &'static str = "text/plain; version=0.0.4; charset=utf-8";

    /// What stands before the samples of a measure.
    pub fn head(&mut self, name: &str, help: &str, kind: &str) {
        self.line(format_args!("# HELP {name} {help}\n# TYPE {name} {kind}"));
    }

    /// One sample.
    pub fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        if labels.is_empty() {
            return self.line(format_args!("{name} {value}"));
        }
        let pairs: Vec<String> =
            labels.iter().map(|(label, value)| format!("{label}=\"{}\"", escaped(value))).collect();
        self.line(format_args!("{name}{{{}}} {value}", pairs.join(",")));
    }

    /// A value that goes up and down, as it is now.
    pub fn gauge(&mut self, name: &str, help: &str, value: f64) {
        self.head(name, help, "gauge");
        self.sample(name, &[], value);
    }

    /// The whole text.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a text cannot fail.
        let _ = writeln!(self.0, "{line}");
    }
}

/// A label's value between its quotes.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use crate::metrics::text::Text;

    #[test]
    fn values_cannot_break_out_of_their_quotes() {
        let mut text = Text::default();
        text.sample("c", &[("a", "x\"} 1\nd 2"), ("b", "\\")], 3.0);
        assert_eq!(text.into_string(), "c{a=\"x\\\"} 1\\nd 2\",b=\"\\\\\"} 3\n");
    }
}
