//! What holds for every drawing, over random pictures: nothing on top of anything else, lines from edge to edge, everything
//! within the page, the same bytes again.

use crate::language::graph::layout::{Drawing, Path, Rect, lay_out};
use crate::language::graph::picture::{Arrow, Figure, Look, Picture, Port, Rule, Stroke, To};
use crate::language::graph::svg::{Plan, draw};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const LOOKS: [Look; 7] = [Look::Decide, Look::Hangup, Look::Hand, Look::Invoke, Look::Line, Look::Play, Look::Question];

/// One way out: where it leads, what is written on it, how it is drawn.
type Way = (u8, usize, String, u8);

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z][a-z_]{0,14}",
        1 => "[a-z]{30,60}",
        1 => "[<>&\"'\u{1}\u{8}電話🎉é ]{0,20}",
    ]
}

fn picture() -> impl Strategy<Value = Picture> {
    let way = (0_u8..10, any::<prop::sample::Index>().prop_map(|index| index.index(1000)), text(), 0_u8..6);
    let state =
        (0..LOOKS.len(), text(), proptest::option::of(text()), prop::collection::vec(way, 0..6), 0_u8..6, 0_u8..8);
    prop::collection::vec(state, 1..24).prop_map(|states| {
        let count = states.len();
        let mut picture = Picture { flow: "laws".into(), call: "inbound".into(), states: count, ..Picture::default() };
        picture.groups = vec!["desks".into(), "<after hours>".into()];
        for (n, (look, name, words, ways, ports, group)) in states.into_iter().enumerate() {
            let port = |n: u8| Port { key: n.is_multiple_of(2).then_some('7'), name: name.clone() };
            picture.nodes.push(Figure {
                holds: None,
                name: format!("{name}{n}"),
                look: LOOKS[look],
                does: "play".into(),
                words,
                ports: (0..ports.saturating_sub(2)).map(port).collect(),
                group: (group < 2).then_some(usize::from(group)),
            });
            picture.arrows.extend(ways.into_iter().map(|way| arrow(n, count, &picture.nodes[n], way)));
        }
        picture.begin = count;
        picture.nodes.push(Figure {
            holds: None,
            name: "inbound call".into(),
            look: Look::Begin,
            does: String::new(),
            words: None,
            ports: Vec::new(),
            group: None,
        });
        let enter = Arrow {
            from: count,
            to: To::Node(0),
            port: None,
            outcomes: vec![],
            text: vec![],
            stroke: Stroke::Own,
            main: true,
        };
        picture.arrows.push(enter);
        let rule = |n: usize| Rule {
            outcome: format!("rule {n}"),
            limit: None,
            to: "x".into(),
            otherwise: None,
            states: vec!["a".into()],
        };
        picture.rules = (0..count % 15).map(rule).collect();
        picture
    })
}

fn arrow(from: usize, count: usize, figure: &Figure, (kind, to, text, port): Way) -> Arrow {
    let ports = figure.ports.len();
    Arrow {
        from,
        to: if kind == 0 { To::Return(format!("return {text}")) } else { To::Node(to % count) },
        port: (ports > 0).then(|| usize::from(port) % ports),
        outcomes: vec![text.clone()],
        text: if kind < 7 { vec![text.clone(), text] } else { Vec::new() },
        stroke: if kind == 1 { Stroke::Light } else { Stroke::Own },
        main: kind > 6 && ports == 0,
    }
}

fn overlap(a: &Rect, b: &Rect) -> bool {
    a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom()
}

/// Everything that takes room: boxes, small boxes, texts.
fn taken(drawing: &Drawing) -> Vec<Rect> {
    let ends = drawing.arrows.iter().flat_map(|path| path.end.iter().chain(&path.label));
    drawing.boxes.iter().chain(ends).copied().collect()
}

/// Whether a line runs through the inside of a box.
fn through(path: &Path, rect: &Rect) -> bool {
    path.points.windows(2).any(|ends| {
        let (left, right) = (ends[0].0.min(ends[1].0), ends[0].0.max(ends[1].0));
        let (top, bottom) = (ends[0].1.min(ends[1].1), ends[0].1.max(ends[1].1));
        left < rect.right() && right > rect.x && top < rect.bottom() && bottom > rect.y
    })
}

fn laws(picture: &Picture) -> Result<(), TestCaseError> {
    let drawing = lay_out(&Plan::of(picture).sketch);
    let taken = taken(&drawing);
    for (n, a) in taken.iter().enumerate() {
        for b in &taken[n + 1..] {
            prop_assert!(!overlap(a, b), "{a:?} lies on {b:?}");
        }
        prop_assert!(a.x >= 0 && a.y >= 0 && a.right() <= drawing.size.width && a.bottom() <= drawing.size.height);
    }
    for (arrow, path) in picture.arrows.iter().zip(&drawing.arrows) {
        touches(arrow, path, &drawing)?;
        for rect in &drawing.boxes {
            prop_assert!(!through(path, rect), "{path:?} runs through {rect:?}");
        }
        let others = drawing.arrows.iter().filter(|other| *other != path);
        for rect in others.flat_map(|other| other.end.iter().chain(&other.label)) {
            prop_assert!(!through(path, rect), "{path:?} runs through {rect:?}");
        }
        for (x, y) in &path.points {
            prop_assert!(*x >= 0 && *y >= 0 && *x <= drawing.size.width && *y <= drawing.size.height);
        }
    }
    regions(picture, &drawing)
}

/// A line begins at the lower edge of one box and ends at the upper edge of the other; it is upright or level throughout.
fn touches(arrow: &Arrow, path: &Path, drawing: &Drawing) -> Result<(), TestCaseError> {
    let from = drawing.boxes[arrow.from];
    let (first, last) = (path.points[0], path.points[path.points.len() - 1]);
    prop_assert!(first.1 == from.bottom() && first.0 > from.x && first.0 < from.right(), "{first:?} leaves {from:?}");
    let to = match (&arrow.to, path.end) {
        (_, Some(end)) => end,
        (To::Node(to), None) => drawing.boxes[*to],
        (To::Return(_), None) => return Err(TestCaseError::fail("an end without its box")),
    };
    prop_assert!(last.1 == to.y && last.0 > to.x && last.0 < to.right(), "{last:?} meets {to:?}");
    prop_assert_eq!(path.back, path.end.is_none() && to.y <= from.y);
    for ends in path.points.windows(2) {
        prop_assert!((ends[0].0 == ends[1].0) != (ends[0].1 == ends[1].1), "{path:?}");
    }
    Ok(())
}

/// A group's region lies behind all its boxes and behind no other.
fn regions(picture: &Picture, drawing: &Drawing) -> Result<(), TestCaseError> {
    for (figure, rect) in picture.nodes.iter().zip(&drawing.boxes) {
        for (group, bands) in drawing.regions.iter().enumerate() {
            let covered = bands.iter().any(|band| overlap(band, rect));
            prop_assert_eq!(covered, figure.group == Some(group), "{}", figure.name);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, rng_seed: RngSeed::Fixed(0x5ea1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_lies_on_anything_else(picture in picture()) {
        laws(&picture)?;
    }

    #[test]
    fn drawings_are_well_formed_and_the_same_every_time(picture in picture()) {
        let svg = draw(&picture);
        prop_assert_eq!(&svg, &draw(&picture));
        let page = roxmltree::Document::parse(&svg).map_err(|e| TestCaseError::fail(e.to_string()))?;
        let with = |name: &'static str| page.descendants().filter(move |node| node.has_attribute(name)).count();
        prop_assert_eq!(with("data-state"), picture.states);
        prop_assert_eq!(with("data-outcome"), picture.arrows.len() + picture.rules.len().min(12));
        let size = |name| page.root_element().attribute(name).and_then(|size| size.parse::<i32>().ok());
        let view = format!("0 0 {} {}", size("width").unwrap_or(0), size("height").unwrap_or(0));
        prop_assert_eq!(page.root_element().attribute("viewBox"), Some(view.as_str()));
        prop_assert!(!page.descendants().any(|node| ["script", "a", "image", "use"].contains(&node.tag_name().name())));
    }
}

fn chain(states: usize) -> Picture {
    let mut picture = Picture { flow: "chain".into(), call: "inbound".into(), states, ..Picture::default() };
    for n in 0..states {
        let figure = Figure {
            holds: None,
            name: format!("s{n}"),
            look: Look::Play,
            does: "play".into(),
            words: None,
            ports: vec![],
            group: None,
        };
        picture.nodes.push(figure);
        for (to, text) in [(n + 1, "done"), (states - 1, "failed"), ((n * 7919) % states, "again")] {
            let arrow = Arrow {
                from: n,
                to: To::Node(to.min(states - 1)),
                port: None,
                outcomes: vec![text.into()],
                text: vec![text.into()],
                stroke: Stroke::Own,
                main: text == "done",
            };
            picture.arrows.push(arrow);
        }
    }
    picture
}

#[test]
fn long_lines_end_in_a_box_that_names_their_target() {
    let picture = chain(300);
    laws(&picture).expect("the laws hold");
    let drawing = lay_out(&Plan::of(&picture).sketch);
    let named = drawing.arrows.iter().filter(|path| path.end.is_some()).count();
    assert!(named > 300 && named < 600, "{named} of {}", drawing.arrows.len());
}

#[test]
fn no_stack_is_as_deep_as_a_flow_is_long() {
    let draw_it = || draw(&chain(3000)).len();
    let thread = std::thread::Builder::new().stack_size(256 * 1024).spawn(draw_it).expect("a thread starts");
    assert!(thread.join().expect("it does not overflow") > 100_000);
}
