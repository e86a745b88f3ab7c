//! A call that comes to a finding: from the beginning of a flow, which state was left how.

/// A call, as far as the finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// The flow that the call begins with.
    pub flow: String,
    /// The states that are left on the way, each with its outcome.
    pub steps: Vec<WitnessStep>,
    /// The flow that is running where it comes to the finding.
    pub ends_in: String,
    /// The state in which it does.
    pub at: String,
}

/// A state that is left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessStep {
    /// Its flow.
    pub flow: String,
    /// The state.
    pub state: String,
    /// The outcome, choice, branch or rule, as the graph shows it.
    pub outcome: String,
    /// The way was taken as often as it may be, and `else` is taken.
    pub used_up: bool,
    /// What happens there, for people; empty where nobody notices.
    pub words: String,
}

/// Most things that are told of a call on one line.
const MOST: usize = 12;

impl Witness {
    /// The call on one line; empty where nothing happens before.
    #[must_use]
    pub fn line(&self) -> String {
        let words: Vec<&str> =
            self.steps.iter().map(|step| step.words.as_str()).filter(|words| !words.is_empty()).collect();
        match words.len() {
            long if long > MOST => {
                let (first, last) = (&words[..MOST / 2], &words[long - MOST / 2..]);
                format!("{}, … {} more …, {}", first.join(", "), long - MOST, last.join(", "))
            }
            _ => words.join(", "),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::language::diagnostic::witness::{Witness, WitnessStep};

    #[test]
    fn a_long_call_is_cut_in_the_middle() {
        let step = |n: usize| WitnessStep {
            flow: "a".to_owned(),
            state: format!("s{n}"),
            outcome: "done".to_owned(),
            used_up: false,
            words: if n.is_multiple_of(2) { format!("w{n}") } else { String::new() },
        };
        let call = |steps: usize| Witness {
            flow: "a".to_owned(),
            steps: (0..steps).map(step).collect(),
            ends_in: "a".to_owned(),
            at: "z".to_owned(),
        };
        assert_eq!(call(4).line(), "w0, w2");
        assert_eq!(call(40).line(), "w0, w2, w4, w6, w8, w10, … 8 more …, w28, w30, w32, w34, w36, w38");
    }
}
