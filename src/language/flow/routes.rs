//! Which flow answers which number: the lines of `routes.yaml`, understood. A number counts before a beginning of numbers, a
//! longer beginning before a shorter one, and `*` last.

use crate::platform::limits;
use std::collections::BTreeMap;
use std::fmt;

/// Which numbers a line is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pattern {
    /// Everything that no other line is for: `*`.
    Any,
    /// One number: `+16045550100`.
    Number(String),
    /// All numbers that begin so: `+1604*`.
    Prefix(String),
}

/// Where a number leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The flow that answers.
    pub flow: String,
    /// The locale of calls to it, where the flow has none of its own.
    pub locale: Option<String>,
    /// The voice of text prompts whose library names none.
    pub voice: Option<String>,
}

/// Which flow answers which number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Routes(BTreeMap<Pattern, Route>);

impl Pattern {
    /// The pattern of a text.
    ///
    /// # Errors
    /// When it is none: what is wrong with it.
    pub fn parse(text: &str) -> Result<Pattern, &'static str> {
        if text == "*" {
            return Ok(Pattern::Any);
        }
        let Some(prefix) = text.strip_suffix('*') else {
            return if limits::is_phone(text) {
                Ok(Pattern::Number(text.to_owned()))
            } else {
                Err("nobody can call this")
            };
        };
        let Some(digits) = prefix.strip_prefix('+') else { return Err("numbers begin with `+`") };
        if digits.is_empty() {
            return Err("all numbers begin so: write `*`");
        }
        if !digits.bytes().all(|b| b.is_ascii_digit()) || digits.starts_with('0') {
            return Err("no number begins so");
        }
        if digits.len() >= *limits::PHONE_DIGITS.end() {
            return Err("no number is longer: write it without `*`");
        }
        Ok(Pattern::Prefix(prefix.to_owned()))
    }

    /// Whether it is for a number.
    #[must_use]
    pub fn covers(&self, number: &str) -> bool {
        match self {
            Pattern::Any => true,
            Pattern::Number(own) => own == number,
            Pattern::Prefix(prefix) => number.starts_with(prefix.as_str()),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pattern::Any => f.write_str("*"),
            Pattern::Number(number) => f.write_str(number),
            Pattern::Prefix(prefix) => write!(f, "{prefix}*"),
        }
    }
}

impl Routes {
    /// Takes a line in.
    pub fn insert(&mut self, pattern: Pattern, route: Route) {
        self.0.insert(pattern, route);
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The lines.
    pub fn iter(&self) -> impl Iterator<Item = (&Pattern, &Route)> {
        self.0.iter()
    }

    /// The line that counts for a number.
    #[must_use]
    pub fn of(&self, number: &str) -> Option<(&Pattern, &Route)> {
        self.0.get_key_value(&Pattern::Number(number.to_owned())).or_else(|| self.beginning(number))
    }

    /// The line that would count for its numbers if this one were not there.
    #[must_use]
    pub fn behind(&self, pattern: &Pattern) -> Option<(&Pattern, &Route)> {
        match pattern {
            Pattern::Any => None,
            Pattern::Number(number) => self.beginning(number),
            Pattern::Prefix(prefix) => self.beginning(&prefix[..prefix.len() - 1]),
        }
    }

    /// The line with the longest beginning of a number.
    fn beginning(&self, number: &str) -> Option<(&Pattern, &Route)> {
        let ends = number.char_indices().map(|(at, c)| at + c.len_utf8()).rev().skip_while(|end| *end > 15);
        let mut longest = ends.filter_map(|end| self.0.get_key_value(&Pattern::Prefix(number[..end].to_owned())));
        longest.next().or_else(|| self.0.get_key_value(&Pattern::Any))
    }

    /// Whether no call reaches a line, because others are for each of its numbers.
    #[must_use]
    pub fn is_hidden(&self, pattern: &Pattern) -> bool {
        match pattern {
            Pattern::Any | Pattern::Number(_) => false,
            Pattern::Prefix(prefix) => self.is_taken(prefix),
        }
    }

    fn is_taken(&self, prefix: &str) -> bool {
        let has = |pattern: Pattern| self.0.contains_key(&pattern);
        // What nothing longer begins with is not taken apart: this bounds the search by the lines there are.
        let longer = |text: &str| {
            self.0.keys().any(|known| match known {
                Pattern::Any => false,
                Pattern::Number(own) | Pattern::Prefix(own) => own.starts_with(text),
            })
        };
        let number = !limits::is_phone(prefix) || has(Pattern::Number(prefix.to_owned()));
        number
            && (0..10).all(|digit| {
                let next = format!("{prefix}{digit}");
                let full = next.len() > *limits::PHONE_DIGITS.end();
                match full {
                    true => has(Pattern::Number(next)),
                    false => has(Pattern::Prefix(next.clone())) || (longer(&next) && self.is_taken(&next)),
                }
            })
    }

    /// A number that leads to a flow.
    #[must_use]
    pub fn example(&self, flow: &str) -> Option<String> {
        let of_flow = self.0.iter().filter(|(_, route)| route.flow == flow);
        let candidates = of_flow.flat_map(|(pattern, _)| match pattern {
            Pattern::Any => vec!["+18005550100".to_owned(), "+441632960100".to_owned()],
            Pattern::Number(number) => vec![number.clone()],
            Pattern::Prefix(prefix) => {
                let padded = |with: &str| {
                    let room = 12usize.saturating_sub(prefix.len()).max(1);
                    format!("{prefix}{}", &with[with.len() - room..])
                };
                vec![padded("00005550100"), padded("99995550199")]
            }
        });
        candidates.into_iter().find(|number| self.of(number).is_some_and(|(_, route)| route.flow == flow))
    }
}

#[cfg(test)]
mod tests {
    use crate::language::flow::routes::{Pattern, Route, Routes};

    fn routes(lines: &[(&str, &str)]) -> Routes {
        let mut routes = Routes::default();
        for (pattern, flow) in lines {
            let route = Route { flow: (*flow).to_owned(), locale: None, voice: None };
            routes.insert(Pattern::parse(pattern).unwrap(), route);
        }
        routes
    }

    #[test]
    fn the_narrowest_line_counts() {
        let lines = [("*", "any"), ("+1*", "america"), ("+1604*", "vancouver"), ("+16045550100", "desk")];
        let routes = routes(&lines);
        let of = |number: &str| routes.of(number).unwrap().1.flow.clone();
        assert_eq!(of("+16045550100"), "desk");
        assert_eq!(of("+16045550101"), "vancouver");
        assert_eq!(of("+160455501012345"), "vancouver");
        assert_eq!(of("+1604"), "vancouver");
        assert_eq!(of("+18005550100"), "america");
        assert_eq!(of("+441632960100"), "any");
        assert_eq!(of("8:acs:é"), "any");
        assert_eq!(self::routes(&lines[1..]).of("+441632960100"), None);
        for (_, flow) in lines {
            assert_eq!(of(&routes.example(flow).unwrap()), flow);
        }
        assert_eq!(routes.example("nobody"), None);
    }

    #[test]
    fn shapes() {
        for good in ["*", "+1*", "+1604*", "+12345678901234*", "+441632960100"] {
            assert_eq!(Pattern::parse(good).unwrap().to_string(), good);
        }
        for bad in ["", "+*", "1604*", "+0*", "+16 04*", "+1*4", "+123456789012345*", "**", "anonymous", "+1604**"] {
            assert!(Pattern::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_line_is_hidden_when_others_have_all_its_numbers() {
        let all: Vec<String> = (0..10).map(|digit| format!("+1{digit}*")).collect();
        let mut lines: Vec<(&str, &str)> = all.iter().map(|line| (line.as_str(), "a")).collect();
        lines.push(("+1*", "b"));
        let hidden = |lines: &[(&str, &str)], line: &str| routes(lines).is_hidden(&Pattern::parse(line).unwrap());
        assert!(hidden(&lines, "+1*"));
        assert!(!hidden(&lines[1..], "+1*") && !hidden(&lines, "+15*"));
        // Numbers of the prefix's own length are left.
        let all: Vec<String> = (0..10).map(|digit| format!("+12{digit}*")).collect();
        let mut lines: Vec<(&str, &str)> = all.iter().map(|line| (line.as_str(), "a")).collect();
        assert!(!hidden(&lines, "+12*"));
        lines.push(("+12", "a"));
        assert!(hidden(&lines, "+12*"));
    }
}
