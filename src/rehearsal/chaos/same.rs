//! Whether what came of a run with troubles is what comes of the same call when nothing goes wrong.
//!
//! Everything has to be the same: how far the script went, results and last states, how the line ended, what the platform carried
//! out, what services were asked, what each person heard, pressed and said, in its order. Two things may differ, and no other:
//! words that pass the time may be said more or less often, or not at all; and for each crash, once, words may be cut off and begin
//! anew, from those on that were ordered with them, or begin anew and be cut off by what was waited for. Where words are cut off
//! differs by milliseconds.
//!
//! One thing more where a call was told late that its line is over, by more than the half second for which it holds back what that
//! would explain: what it does when nobody is on the line any more may be something else. Until then everything has to be the same.

use crate::language::graph::Program;
use crate::rehearsal::hearing::{is_aside, is_beep, is_cut};
use crate::rehearsal::transcript::{Told, What};
use std::collections::BTreeMap;
use std::fmt::Write;

/// What came of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Came {
    /// The step that was never met, by its number from 1, and why.
    pub failed: Option<(usize, String)>,
    /// Flow, result and last state of each call of the service; what is not over has no state.
    pub calls: Vec<(String, Option<String>, Option<String>)>,
    /// How the line ended.
    pub line: &'static str,
    /// What the platform carried out that somebody notices, and what services were asked.
    pub effects: Vec<String>,
    /// The same, after the call's line was over.
    pub afterwards: Vec<String>,
    /// A call was told more than half a second late that its line is over.
    pub told_late: bool,
    /// What people heard and did.
    pub told: Vec<Told>,
    /// How often the process died.
    pub crashes: u32,
}

/// What came of a calm run and of one with troubles, as texts; the same texts where both came to the same.
#[must_use]
pub fn texts(program: &Program, calm: &Came, came: &Came) -> (String, String) {
    let (expected, got) = (heard(program, calm), heard(program, came));
    let got = got.into_iter().map(|(who, got)| {
        let got = match expected.get(&who) {
            Some(expected) => forgiven(expected, &got, came.crashes),
            None => got,
        };
        (who, got)
    });
    let got: BTreeMap<String, Vec<What>> = got.collect();
    let (expected, got) = ([text(calm, &expected), after(calm)], [text(came, &got), after(came)]);
    if came.told_late && expected[0] == got[0] {
        return (expected[0].clone(), got[0].clone());
    }
    (expected.concat(), got.concat())
}

/// What each person heard and did, without what passes the time.
fn heard(program: &Program, came: &Came) -> BTreeMap<String, Vec<What>> {
    let mut heard: BTreeMap<String, Vec<What>> = BTreeMap::new();
    for Told { who, what, .. } in &came.told {
        match what {
            What::Hears(words) if is_aside(program, words) || is_beep(words) => {}
            What::Hears(_) | What::Leaves | What::Presses(_) | What::Says(_) => {
                heard.entry(who.clone()).or_default().push(what.clone());
            }
        }
    }
    heard
}

/// What was heard, with what may differ as it is expected.
fn forgiven(expected: &[What], got: &[What], crashes: u32) -> Vec<What> {
    let (mut at, mut left) = (0, crashes);
    let mut begins_anew = false;
    for (n, one) in got.iter().enumerate() {
        if expected.get(at).is_some_and(|expected| is_same(expected, one)) {
            at += 1;
            begins_anew = false;
            continue;
        }
        // Cut off: from here on, or from earlier on, it begins anew; or it had begun anew, and what was waited for came.
        if left > 0 && !begins_anew && matches!(one, What::Hears(words) if is_cut(words)) {
            (left, begins_anew) = (left - 1, true);
            continue;
        }
        let back = expected[..at].iter().rev().take_while(|earlier| matches!(earlier, What::Hears(_)));
        let again = back.enumerate().find(|(_, earlier)| is_same(earlier, one)).map(|(back, _)| at - 1 - back);
        match again {
            Some(earlier) if left > 0 || begins_anew => {
                left -= u32::from(!begins_anew);
                at = earlier + 1;
                begins_anew = false;
            }
            // Heard whole, and the repetition was cut off again by what came next.
            _ => {
                let mut all = expected[..at].to_vec();
                all.extend_from_slice(&got[n..]);
                return all;
            }
        }
    }
    expected[..at].to_vec()
}

fn is_same(expected: &What, got: &What) -> bool {
    expected == got
        || match (expected, got) {
            (What::Hears(one), What::Hears(other)) => {
                is_cut(one) && is_cut(other) && (begins(one, other) || begins(other, one))
            }
            _ => false,
        }
}

fn begins(whole: &str, cut: &str) -> bool {
    whole.starts_with(cut.trim_end_matches('…'))
}

fn text(came: &Came, heard: &BTreeMap<String, Vec<What>>) -> String {
    let mut text = String::new();
    for (who, all) in heard {
        for what in all {
            let what = match what {
                What::Hears(words) => format!("hears {}", words.replace("https://flowc.example.org/media/", "")),
                What::Leaves => "leaves".to_owned(),
                What::Presses(keys) => format!("presses {keys}"),
                What::Says(words) => format!("says {words}"),
            };
            let _ = writeln!(text, "{who} {what}");
        }
    }
    if let Some((step, _)) = &came.failed {
        let _ = writeln!(text, "step {step} of the script is not met");
    }
    for effect in &came.effects {
        let _ = writeln!(text, "effect: {effect}");
    }
    let _ = writeln!(text, "the line: {}", came.line);
    text
}

/// What calls did when their lines were over, and what they came to.
fn after(came: &Came) -> String {
    let mut text = String::new();
    for effect in &came.afterwards {
        let _ = writeln!(text, "effect, when the line was over: {effect}");
    }
    for (flow, result, state) in &came.calls {
        let result = result.as_deref().unwrap_or("none");
        let _ = match state {
            Some(state) => writeln!(text, "{flow}: result {result}, ended in {state}"),
            None => writeln!(text, "{flow}: never ends"),
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use crate::rehearsal::chaos::same::forgiven;
    use crate::rehearsal::transcript::What;

    fn hears(all: &[&str]) -> Vec<What> {
        let what = |one: &&str| match one.strip_prefix("press ") {
            Some(keys) => What::Presses(keys.to_owned()),
            None => What::Hears((*one).to_owned()),
        };
        all.iter().map(what).collect()
    }

    #[test]
    fn what_begins_anew_after_a_crash_counts_once_and_only_then() {
        let expected = hears(&["Welcome.", "Press 1 or 2.", "press 1", "Goodbye."]);
        let same = |got: &[&str], crashes| forgiven(&expected, &hears(got), crashes) == expected;
        let cut = ["Welcome.", "Pre…", "Press 1 or 2.", "press 1", "Goodbye."];
        let anew = ["Welcome.", "Pre…", "Welcome.", "Press 1 or 2.", "press 1", "Goodbye."];
        let twice = ["Welcome.", "Press 1 or 2.", "Welcome.", "Press 1 or 2.", "press 1", "Goodbye."];
        for got in [cut.as_slice(), &anew, &twice] {
            assert!(same(got, 1), "{got:?}");
            assert!(!same(got, 0), "{got:?}");
        }
        for wrong in [
            ["Welcome.", "Press 1 or 2.", "press 1", "press 1", "Goodbye."].as_slice(),
            &["Welcome.", "Pre…", "press 1", "Goodbye."],
            &["Welcome.", "Press 1 or 2.", "press 1", "Press 1 or 2.", "Goodbye."],
            &["Welcome.", "Press 1 or 2.", "press 1"],
            &["Welcome.", "Welcome.", "Welcome.", "Press 1 or 2.", "press 1", "Goodbye."],
            &["Welcome.", "Other.", "Press 1 or 2.", "press 1", "Goodbye."],
        ] {
            assert!(!same(wrong, 1), "{wrong:?}");
        }
    }
}
