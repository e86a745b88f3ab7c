//! Laws of formatting: over the flows of the house, over random flows, and with comments anywhere.

pub(crate) mod expressions;
pub(crate) mod flows;
mod reached;

use proptest::prelude::{ProptestConfig, Strategy, any, prop};
use proptest::test_runner::{RngSeed, TestRunner};
use std::cell::{Cell, RefCell};

use crate::language::format::tests::expressions::{NOWHERE, at, node};
use crate::language::format::tests::reached::Reached;
use crate::language::format::{self, Refusal, print, same};
use crate::language::source::{Source, Sources};
use crate::language::syntax::ast::{Branch, Destination, Flow, Spelling, State, Target};
use crate::language::syntax::comments::Comments;
use crate::language::syntax::expr::{Binary, Expr, ExprKind, Unary};
use crate::language::syntax::operators::MAX_CHAIN;
use crate::language::syntax::read_flow_with_comments;

const NATIVE: &[&str] = &[
    include_str!("../../syntax/cases/every.flow"),
    include_str!("../../syntax/cases/front_desk.flow"),
    include_str!("../../syntax/cases/hand_over.flow"),
    include_str!("../../syntax/cases/hello.flow"),
    include_str!("../../syntax/cases/ivr.flow"),
    include_str!("../../syntax/cases/live_help.flow"),
    include_str!("../../syntax/cases/slice.flow"),
    include_str!("../../syntax/cases/visit_reminder.flow"),
    include_str!("../../../../flows/front_desk/front_desk.flow"),
    include_str!("../../../../flows/hello/hello.flow"),
    include_str!("../../../../flows/ivr/ivr.flow"),
    include_str!("../../../../flows/visit_reminder/visit_reminder.flow"),
];

const YAML: &[&str] = &[
    include_str!("../../syntax/cases/every.flow.yaml"),
    include_str!("../../syntax/cases/front_desk.flow.yaml"),
    include_str!("../../syntax/cases/hand_over.flow.yaml"),
    include_str!("../../syntax/cases/hello.flow.yaml"),
    include_str!("../../syntax/cases/ivr.flow.yaml"),
    include_str!("../../syntax/cases/live_help.flow.yaml"),
    include_str!("../../syntax/cases/slice.flow.yaml"),
    include_str!("../../syntax/cases/visit_reminder.flow.yaml"),
    include_str!("../../../../flows/front_desk/front_desk.flow.yaml"),
    include_str!("../../../../flows/hello/hello.flow.yaml"),
    include_str!("../../../../flows/ivr/ivr.flow.yaml"),
    include_str!("../../../../flows/visit_reminder/visit_reminder.flow.yaml"),
];

fn house() -> impl Iterator<Item = (&'static str, Spelling)> {
    let native = NATIVE.iter().map(|text| (*text, Spelling::Native));
    native.chain(YAML.iter().map(|text| (*text, Spelling::Yaml)))
}

fn formatted(text: &str, from: Spelling, to: Spelling) -> Result<String, Refusal> {
    let mut sources = Sources::default();
    let file = sources.add("case", text);
    format::flow(&sources, file, from, to)
}

fn written(text: &str, from: Spelling, to: Spelling) -> String {
    formatted(text, from, to).unwrap_or_else(|refusal| panic!("{from:?} to {to:?}: {refusal:#?}\n{text}"))
}

fn read(text: &str, spelling: Spelling) -> (Flow, Vec<String>) {
    let mut sources = Sources::default();
    let file = sources.add("case", text);
    let (flow, comments, _) = read_flow_with_comments(&sources, file, spelling);
    (flow, comments.list.into_iter().map(|comment| comment.text).collect())
}

fn other(spelling: Spelling) -> Spelling {
    match spelling {
        Spelling::Native => Spelling::Yaml,
        Spelling::Yaml => Spelling::Native,
    }
}

/// A second time changes nothing, in the own and in the other spelling, and there and back is the same flow. (That the tree
/// and the comments are the same is seen to by the formatting itself.)
fn laws(text: &str, spelling: Spelling) {
    let own = written(text, spelling, spelling);
    same_text("a second time", &own, &written(&own, spelling, spelling));
    let twin = written(text, spelling, other(spelling));
    same_text("a second time, converted", &twin, &written(&twin, other(spelling), other(spelling)));
    let back = written(&twin, other(spelling), spelling);
    assert_eq!(same::difference(&read(text, spelling).0, &read(&back, spelling).0), None);
    assert_eq!(read(text, spelling).1.len(), read(&back, spelling).1.len(), "{back}");
}

/// A flow that was never read is printed and read again, and obeys.
fn read_as_written(flow: &Flow, spelling: Spelling) -> String {
    let text = print(&Source::new("", ""), flow, &Comments::default(), spelling);
    let (again, _) = read(&text, spelling);
    let difference = same::difference(flow, &again);
    assert!(!again.partial && difference.is_none(), "{difference:?}\n{text}");
    laws(&text, spelling);
    text
}

fn same_text(when: &str, one: &str, other: &str) {
    let line = one.lines().zip(other.lines()).position(|(one, other)| one != other);
    assert!(one == other, "{when} line {line:?} differs\n{one}\n=======\n{other}");
}

#[test]
fn the_flows_of_the_house_obey() {
    for (text, spelling) in house() {
        laws(text, spelling);
    }
}

#[test]
fn lines_stay_within_the_limit() {
    for (text, spelling) in house() {
        for to in [spelling, other(spelling)] {
            let text = written(text, spelling, to);
            let long: Vec<&str> = text.lines().filter(|line| line.chars().count() > 120).collect();
            assert_eq!(long, Vec::<&str>::new());
        }
    }
}

#[test]
fn what_was_not_read_in_full_is_left_alone() {
    for text in [
        "flowc 1\nflow a inbound\nstart b\nb: plai \"x\" -> c\nc: hangup\n",
        "flowc 1\nflow a inbound\nstart b\nb: zzz some, thing x -> c\nc: hangup\n",
        "flowc 1\nflow a inbound\nstart b\nb: play \"x -> c\nc: hangup\n",
        "flow a inbound\nstart b\nb: hangup\n",
    ] {
        let refusal = formatted(text, Spelling::Native, Spelling::Native).unwrap_err();
        assert!(matches!(&refusal, Refusal::Faults(found) if !found.is_empty()), "{refusal:?}");
    }
    let text = "flowc: 1\nflow: a\nstart: b\nstates: { b: { zzz: x, more: y } }\n";
    assert!(matches!(formatted(text, Spelling::Yaml, Spelling::Yaml), Err(Refusal::Faults(_))));
}

#[test]
fn what_the_other_spelling_cannot_say_is_named() {
    for (text, piece) in [
        ("flowc 1\nflow a\nb: menu { x = 1; x = 2 }\n", "the key `x` stands twice"),
        ("flowc 1\nflow a\ng: while b on hold to c and d on hold to e {\n}\n", "group `g`"),
    ] {
        let refusal = formatted(text, Spelling::Native, Spelling::Yaml).unwrap_err();
        assert!(matches!(&refusal, Refusal::Unsayable(said) if said == piece), "{refusal:?}");
        assert!(formatted(text, Spelling::Native, Spelling::Native).is_ok());
    }
}

/// Line ends, byte order marks, blank lines, comments: what stays and what goes.
#[test]
fn a_page_is_tidied() {
    let text = "\u{FEFF}// about\r\n\r\n\r\nflowc 1\r\nflow a inbound\r\nstart b  // first\r\n\r\n// picks up\r\n\
                b: answer -> c\r\n\r\n\r\n\r\nc: decide { // by hour\r\n  if d -> e // yes\r\n  // no\r\n  else -> b\r\n}\r\n\
                e: play \"x\", // loud\r\n  // twice\r\n  loop\r\n// end";
    let tidy = "// about\n\nflowc 1\nflow a inbound\nstart b  // first\n\n// picks up\nb: answer -> c\n\n\
                c: decide {  // by hour\n  if d -> e  // yes\n  // no\n  else -> b\n}\n\
                e: play \"x\",  // loud\n   // twice\n   loop\n// end\n";
    assert_eq!(written(text, Spelling::Native, Spelling::Native), tidy);
    let yaml = "# about\n\nflowc: 1\nflow: a\ncall: inbound\nstart: b  # first\nstates:\n  # picks up\n  \
                b: { answer: true, then: c }\n\n  c:\n    decide:  # by hour\n      - { if: d, to: e }  # yes\n      # no\n      \
                - { else: b }\n  e:\n    play: { text: x }  # loud\n    # twice\n    loop: true\n# end\n";
    assert_eq!(written(text, Spelling::Native, Spelling::Yaml), yaml);
}

/// Expressions as deep as they may be, by the way they grow.
fn deepest() -> Vec<Expr> {
    let leaf = || node(ExprKind::Name("a".to_owned()));
    let binary = |sign, left, right| ExprKind::Binary(sign, Box::new(left), Box::new(right));
    let choice = |a, b, c| ExprKind::Conditional(Box::new(a), Box::new(b), Box::new(c));
    let grow: [&dyn Fn(Expr) -> ExprKind; 13] = [
        &|of| ExprKind::Unary(Unary::Not, Box::new(of)),
        &|of| ExprKind::Unary(Unary::Neg, Box::new(of)),
        &|of| ExprKind::List(vec![of]),
        &|of| ExprKind::Call(at("has"), vec![of]),
        &|of| ExprKind::Field(Box::new(of), at("b")),
        &|of| ExprKind::Method(Box::new(of), at("exists"), vec![leaf(), leaf()]),
        &|of| ExprKind::Method(Box::new(leaf()), at("exists"), vec![leaf(), of]),
        &|of| binary(Binary::Sub, of, leaf()),
        &|of| binary(Binary::Sub, leaf(), of),
        &|of| ExprKind::Field(Box::new(node(binary(Binary::Or, leaf(), of))), at("b")),
        &|of| choice(of, leaf(), leaf()),
        &|of| choice(leaf(), of, leaf()),
        &|of| choice(leaf(), leaf(), of),
    ];
    // The one that needs brackets at every step grows by two operators.
    let depth = |n: usize| (MAX_CHAIN - 1) / if n == 9 { 2 } else { 1 };
    let all = grow.iter().enumerate().map(|(n, grow)| (0..depth(n)).fold(leaf(), |of, _| node(grow(of))));
    all.collect()
}

#[test]
fn the_deepest_expressions_are_read_as_they_were_written() {
    for expr in deepest() {
        let to = Target { to: Destination::State(at("b")), limit: None, span: NOWHERE };
        let branch = Branch { condition: Some(expr), target: to, span: NOWHERE };
        let state = State { branches: vec![branch], ..State::named(at("b"), at("decide"), NOWHERE.0) };
        for spelling in [Spelling::Native, Spelling::Yaml] {
            let (name, states) = (Some(at("a")), vec![state.clone()]);
            let flow = Flow { name, states, ..Flow::empty(NOWHERE.0.file, Spelling::Native) };
            read_as_written(&flow, spelling);
        }
    }
}

/// Comments at the ends of some lines and on lines of their own, in a flow of the house.
fn commented(text: &str, spelling: Spelling, places: &[(u32, bool)]) -> Option<String> {
    let sign = crate::language::syntax::comments::Comment::sign(spelling);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for (n, (place, alone)) in places.iter().enumerate() {
        let line = *place as usize % lines.len();
        if *alone {
            let indent = lines[line].len() - lines[line].trim_start().len();
            lines.insert(line, format!("{}{sign} alone {n}", " ".repeat(indent)));
        } else if !lines[line].contains(" end ") {
            lines[line].push_str(&format!(" {sign} end {n}"));
        }
    }
    let with = lines.join("\n");
    let (flow, said) = read(&with, spelling);
    let (plain, before) = read(text, spelling);
    let added = with.matches(" alone ").count() + with.matches(" end ").count();
    let was = text.matches(" alone ").count() + text.matches(" end ").count();
    // Not one of those that fell into a text.
    let fine = !flow.partial && same::difference(&plain, &flow).is_none() && said.len() == before.len() + added - was;
    fine.then_some(with)
}

/// The same rounds every time.
fn rounds(cases: u32) -> ProptestConfig {
    let rng_seed = RngSeed::Fixed(2_026);
    ProptestConfig { cases, failure_persistence: None, rng_seed, ..ProptestConfig::default() }
}

/// Lines to comment, and whether on a line of its own.
fn places() -> impl Strategy<Value = Vec<(u32, bool)>> {
    prop::collection::vec((0..10_000_u32, any::<bool>()), 1..8)
}

proptest::proptest! {
    #![proptest_config(rounds(80))]

    #[test]
    fn comments_anywhere_are_kept(which in 0..NATIVE.len() + YAML.len(), places in places()) {
        let (text, spelling) = house().nth(which).unwrap();
        if let Some(text) = commented(text, spelling, &places) {
            laws(&text, spelling);
        }
    }
}

#[test]
fn random_flows_are_read_as_they_were_written() {
    let with_comments = Cell::new(0);
    let held = TestRunner::new(rounds(80)).run(&(flows::flow(), places(), any::<bool>()), |(flow, places, one)| {
        for spelling in [Spelling::Native, Spelling::Yaml] {
            let text = read_as_written(&flow, spelling);
            let text = if one == (spelling == Spelling::Yaml) { commented(&text, spelling, &places) } else { None };
            if let Some(text) = text {
                laws(&text, spelling);
                with_comments.set(with_comments.get() + 1);
            }
        }
        Ok(())
    });
    held.unwrap_or_else(|error| panic!("{error}"));
    assert!(with_comments.get() > 40, "only {} texts had comments", with_comments.get());
}

/// Every kind of state with each of its options, every form of expression, prompt, route, type and declaration.
#[test]
fn random_flows_leave_nothing_out() {
    let reached = RefCell::new(Reached::default());
    let made = TestRunner::new(rounds(500)).run(&flows::flow(), |flow| {
        reached.borrow_mut().flow(&flow);
        Ok(())
    });
    made.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(reached.into_inner().missing(), Vec::<String>::new(), "never made");
}

/// Comments that stand last in a construct, in both spellings; each as `fmt` writes it.
const LAST: (&str, &str) = (
    "flowc 1
flow a inbound
start pick_up

pick_up: answer -> team { failed -> bye }
team: menu ask \"For sales, press {key sales}.\" {
  sales = 1 -> route
  exhausted -> bye
  // two comes next month
}
route: decide {
  if call.from == \"x\" -> quiet
  else -> quiet
  // keep else last
}

calm: group {
  failed -> bye

  quiet: play \"Ssh.\" -> bye
  // more groups go here
}

bye: hangup
",
    "flowc: 1
flow: a
call: inbound
start: pick_up
states:
  pick_up: { answer: true, then: team, on: { failed: bye } }
  team:
    menu:
      sales: { key: 1, to: route }
      # two comes next month
    ask: { text: \"For sales, press {key sales}.\" }
    on: { exhausted: bye }
  route:
    decide:
      - { if: call.from == \"x\", to: bye }
      - { else: bye }
      # keep else last
  bye: hangup
  # nothing comes after it
",
);

#[test]
fn comments_that_stand_last_stay_within() {
    assert_eq!(written(LAST.0, Spelling::Native, Spelling::Native), LAST.0);
    assert_eq!(written(LAST.1, Spelling::Yaml, Spelling::Yaml), LAST.1);
    let yaml = written(LAST.0, Spelling::Native, Spelling::Yaml);
    for (comment, next) in [("two comes", "  route:"), ("keep else", "  bye:"), ("more groups", "states:")] {
        let (before, after) = yaml.split_once(comment).unwrap_or_else(|| panic!("{comment}: {yaml}"));
        let indent = before.rsplit('\n').next().unwrap_or_default();
        assert!(indent.len() > 4 && after.contains(next), "{comment}: {yaml}");
    }
    let native = written(LAST.1, Spelling::Yaml, Spelling::Native);
    for (comment, end) in [("two comes next month", "\n  exhausted -> bye\n}"), ("keep else last", "\n}")] {
        assert!(native.contains(&format!("  // {comment}{end}")), "{native}");
    }
}

#[test]
fn words_may_begin_like_an_expression() {
    let flow = |words: &str| format!("flowc 1\nflow a inbound\nstart b\n\nb: play {words} -> c\nc: hangup\n");
    for (words, shown) in [("\"=x\"", "==x"), ("\" = {call.from}\"", "\" == {call.from}\""), ("\"==\"", "===")] {
        let native = flow(words);
        let yaml = written(&native, Spelling::Native, Spelling::Yaml);
        assert!(yaml.contains(&format!("text: {shown} ")) || yaml.contains(&format!("text: \"{shown}\"")), "{yaml}");
        assert_eq!(written(&yaml, Spelling::Yaml, Spelling::Native), native);
    }
}
