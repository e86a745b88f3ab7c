//! An explained state for people: columns that line up, colour only where it is asked for.

use crate::cli::explain::state::{Caught, Explained};
use crate::cli::explain::wire::Sent;
use std::fmt::Write;

/// A row longer than this does not widen its column for the others.
const WIDEST: usize = 60;

/// The whole page.
pub(super) fn show(explained: &Explained, colour: bool) -> String {
    let mut page = Page { out: String::new(), colour };
    page.head(explained);
    page.condition(explained);
    page.outcomes(explained);
    page.options(explained);
    page.requests(explained);
    page.out
}

struct Page {
    out: String,
    colour: bool,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }

    fn heading(&mut self, words: &str) {
        self.out.push('\n');
        match self.colour {
            true => self.line(&format!("\x1b[1m{words}\x1b[0m")),
            false => self.line(words),
        }
    }

    fn head(&mut self, explained: &Explained) {
        let name = match self.colour {
            true => format!("\x1b[1m{}\x1b[0m", explained.state),
            false => explained.state.clone(),
        };
        let place = explained.place.as_ref().map(|place| format!("  {place}")).unwrap_or_default();
        let group = explained.group.as_ref().map(|group| format!(", in group `{group}`")).unwrap_or_default();
        let (word, flow, call) = (explained.word(), &explained.flow, explained.call);
        self.line(&format!("{name}: {word}, in flow `{flow}` ({call}){group}{place}"));
    }

    fn condition(&mut self, explained: &Explained) {
        self.heading("the call here");
        let Some(facts) = &explained.condition else { return self.line("  no call comes here") };
        let rows = facts.iter().map(|fact| [fact.of.clone(), fact.may_be.clone(), String::new(), String::new()]);
        self.table(rows.collect());
    }

    fn outcomes(&mut self, explained: &Explained) {
        self.heading("outcomes");
        if explained.outcomes.is_empty() {
            self.line("  none: the call ends here");
        }
        let rows = explained.outcomes.iter().map(|caught| {
            let place = caught.place.as_ref().map(ToString::to_string).unwrap_or_default();
            [caught.outcome.clone(), format!("-> {}", target(caught)), caught.rule.clone(), place]
        });
        self.table(rows.collect());
    }

    fn options(&mut self, explained: &Explained) {
        if explained.options.is_empty() {
            return;
        }
        self.heading("options");
        let rows = explained.options.iter().map(|option| {
            let place = option.place.as_ref().map(ToString::to_string).unwrap_or_default();
            [option.name.clone(), option.value.clone(), option.from.words().to_owned(), place]
        });
        self.table(rows.collect());
    }

    fn requests(&mut self, explained: &Explained) {
        if let Some(scope) = &explained.scope {
            let conditions = scope.conditions.join(", ");
            self.heading(&format!("on the way into `{}` ({conditions})", scope.name));
            self.sent(&scope.entering, "nothing: it is there already");
        }
        self.heading(if explained.requests.len() > 1 { "requests" } else { "request" });
        self.sent(&explained.requests, "none: this state sends nothing");
        if let Some(scope) = &explained.scope {
            self.heading(&format!("on the way out of `{}`", scope.name));
            self.sent(&scope.leaving, "nothing");
        }
        for assumed in &explained.assumed {
            self.line(&format!("\n  {assumed}"));
        }
    }

    fn sent(&mut self, all: &[Sent], none: &str) {
        if all.is_empty() {
            self.line(&format!("  {none}"));
        }
        for (n, sent) in all.iter().enumerate() {
            if n > 0 {
                self.out.push('\n');
            }
            let line = match sent.to {
                "platform" => format!("{}: {} {}", sent.operation, sent.method, sent.address),
                "service" => format!("service {}: {} {}", sent.operation, sent.method, sent.address),
                _ => format!("{}, to the call {}", sent.operation, sent.address),
            };
            self.line(&format!("  {line}"));
            if let Some(body) = &sent.body {
                for line in format!("{body:#}").lines() {
                    self.line(&format!("  {line}"));
                }
            }
        }
    }

    /// Columns that line up; the last one, places, is dim.
    fn table(&mut self, rows: Vec<[String; 4]>) {
        let width = |column: usize| {
            let widths = rows.iter().map(|row| row[column].chars().count());
            widths.filter(|width| *width <= WIDEST).max().unwrap_or(0)
        };
        let widths = [width(0), width(1), width(2)];
        for row in &rows {
            let mut line = String::from("  ");
            for (cell, width) in row.iter().zip(widths) {
                let _ = write!(line, "{cell:width$}  ");
            }
            match self.colour && !row[3].is_empty() {
                true => self.line(&format!("{line}\x1b[2m{}\x1b[0m", row[3])),
                false => self.line(&format!("{line}{}", row[3])),
            }
        }
    }
}

fn target(caught: &Caught) -> String {
    match (&caught.limit, &caught.otherwise) {
        (Some(times), Some(otherwise)) => format!("{}, limit {times} else {otherwise}", caught.to),
        _ => caught.to.clone(),
    }
}
