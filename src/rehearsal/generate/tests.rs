//! Small flows: what is generated covers all of them, and no smaller set of walks through their graphs does.

use crate::language::compile::{self, Input};
use crate::language::diagnostic::Severity;
use crate::language::flow::value::Values;
use crate::language::source::Sources;
use crate::language::syntax::ast::Spelling;
use crate::rehearsal::coverage::Coverage;
use crate::rehearsal::generate::items::Items;
use crate::rehearsal::generate::{brute, generate};
use crate::rehearsal::rehearse::{House, rehearse};
use crate::rehearsal::written;
use crate::runtime::lines::{Lines, Served};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many calls are looked at: more than these flows can have.
const CALLS: usize = 1_500;
/// Each with the fewest calls that take all its edges and come to all its results.
const FLOWS: [(&str, &str, usize); 9] = [
    (
        "one after the other",
        "flowc 1
flow one inbound
default failed -> c
always party left -> c
start a
a: answer -> b
b: play \"Hello.\" -> c
c: hangup
",
        3,
    ),
    (
        "a menu",
        "flowc 1
flow one inbound
returns x | y
default retry 1
default failed -> d
always party left -> d
start a
a: answer -> b
b: menu ask \"One or two. {key one} {key two}\" {
  one = 1 -> c
  two = 2 -> d
  exhausted -> d
}
c: hangup x
d: hangup y
",
        5,
    ),
    (
        "limits",
        "flowc 1
flow one inbound
default retry 0
default failed -> d
always party left -> d
start a
a: answer -> b
b: menu ask \"{key one} {key two}\" {
  one = 1 -> b limit 1 else d
  two = 2 -> c
  exhausted -> d
}
c: play \"Yes.\" -> b limit 1 else d
d: hangup
",
        5,
    ),
    (
        "a question that is decided about",
        "flowc 1
flow one inbound
var pin: digits(2)
default retry 0
default failed -> e
always party left -> e
start a
a: answer -> b
b: collect pin, ask \"Your pin.\" -> c { exhausted -> e }
c: decide {
  if pin == \"77\" -> d
  else -> e
}
d: play \"Right.\" -> e
e: hangup
",
        5,
    ),
    (
        "two questions, either of which leads anywhere",
        "flowc 1
flow one inbound
returns x | y
default retry 0
default failed -> y
always party left -> y
start a
a: answer -> b
b: menu ask \"{key one} {key two} {key three}\" {
  one = 1 -> c
  two = 2 -> c
  three = 3 -> c
  exhausted -> c
}
c: menu ask \"{key four} {key five}\" {
  four = 4 -> x
  five = 5 -> y
  exhausted -> b limit 2 else x
}
x: hangup x
y: hangup y
",
        5,
    ),
    (
        "a way back that shortens what comes behind it",
        "flowc 1
flow one inbound
default retry 0
default failed -> e
always party left -> e
start a
a: answer -> b
b: menu ask \"{key one} {key two} {key three}\" {
  one = 1 -> c
  two = 2 -> d
  three = 3 -> e
  exhausted -> e
}
c: play \"C.\" -> b limit 1 else e
d: play \"D.\" -> b limit 2 else e
e: hangup
",
        6,
    ),
    (
        "a phone that is rung",
        "flowc 1
flow one outbound
param to: phone
param from: phone
returns x | y
default failed -> return y
always party left -> return y
start a
a: dial to, from from, ring_for 20s -> b {
  busy | no_answer | declined | unreachable -> return y
}
b: hangup x, play \"Hello.\"
",
        6,
    ),
    (
        "keys while something else goes on, and time",
        "flowc 1
flow one inbound
default failed -> d
always party left -> d
always after 1m -> d
start a
a: answer -> b
b: wait 20s -> c { key *1 -> c }
c: wait 30s -> d { key *2 -> b limit 1 else d }
d: hangup
",
        5,
    ),
    (
        "choices that come back to one state",
        "flowc 1
flow one inbound
returns x
default retry 1
default failed -> c
always party left -> c
always key 0 -> c
start a
a: answer -> b
b: menu ask \"{key one} {key two}\" {
  one = 1 -> b limit 3 else c
  two = 2 -> b limit 3 else c
  exhausted -> c
}
c: hangup x
",
        6,
    ),
];

fn lines(text: &str) -> (Lines, Coverage) {
    let mut sources = Sources::default();
    let file = sources.add("one.flow", text);
    let project = compile::project(&sources, &Input { flows: vec![(file, Spelling::Native)], ..Input::default() });
    let errors: Vec<_> = project.diagnostics.iter().filter(|found| found.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{text}\n{errors:#?}");
    let flow = &project.flows[0];
    let program = flow.program.clone().expect("it has no errors");
    let coverage = Coverage::of([(&program, &flow.source_map)]);
    let served =
        Served { hash: String::new(), program: Arc::new(program), settings: Values::new(), source_map: Vec::new() };
    let flows = BTreeMap::from([("one".to_owned(), served)]);
    (Lines { flows, only_inbound: Some("one".to_owned()), ..Lines::default() }, coverage)
}

#[test]
fn nothing_smaller_covers_small_flows() {
    for (title, text, fewest) in FLOWS {
        let (lines, coverage) = lines(text);
        let house = House { lines: &lines, voice: "v", sounds: &BTreeMap::new() };
        let items = Items::of(&coverage);
        let all = (0..items.all.len()).fold(0, |all, item| all | 1 << item);
        let walks = brute::walks(&lines.flows["one"].program, &items);
        let generated = generate(house, &coverage, CALLS, &mut |_, _, _| ());
        let made = generated.scenarios.len();
        assert!(generated.missing.is_empty(), "{title}: {:?}", generated.missing);
        assert!((1..made).all(|fewer| !brute::covers(&walks, fewer, all)), "{title}: fewer than {made} do");
        assert_eq!(made, fewest, "{title}");
        // What is claimed is what they take when they are played.
        let mut walked = coverage.clone();
        generated.scenarios.iter().for_each(|made| walked.walk(&rehearse(house, &made.script)));
        assert_eq!(walked.edges().met, walked.edges().of, "{title}");
        // Where everything is covered there is nothing to make.
        assert!(generate(house, &walked, CALLS, &mut |_, _, _| ()).scenarios.is_empty(), "{title}");
    }
}

#[test]
fn the_same_is_made_each_time() {
    for (title, text, _) in FLOWS.iter().take(4) {
        let (lines, coverage) = lines(text);
        let house = House { lines: &lines, voice: "v", sounds: &BTreeMap::new() };
        let made = || {
            let generated = generate(house, &coverage, CALLS, &mut |_, _, _| ());
            generated.scenarios.iter().map(|made| written::text(&made.script)).collect::<Vec<_>>()
        };
        assert_eq!(made(), made(), "{title}");
    }
}
