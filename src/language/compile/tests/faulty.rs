//! Texts with faults: no panic, as many findings as faults, and nothing that may be left out unseen.

use crate::language::compile::tests::{HELLO, HELLO_YAML, IVR, IVR_YAML, ODD, compile, found};
use crate::language::diagnostic::has_errors;
use crate::language::graph::{Program, show};

const CASES: &[(&str, &str)] = &[
    ("t.flow", HELLO),
    ("t.flow.yaml", HELLO_YAML),
    ("t.flow", IVR),
    ("t.flow.yaml", IVR_YAML),
    ("t.flow", ODD),
    ("t.flow", include_str!("../../syntax/cases/visit_reminder.flow")),
    ("t.flow.yaml", include_str!("../../syntax/cases/visit_reminder.flow.yaml")),
    ("t.flow", include_str!("../../syntax/cases/front_desk.flow")),
    ("t.flow.yaml", include_str!("../../syntax/cases/front_desk.flow.yaml")),
    ("t.flow", include_str!("../../syntax/cases/hand_over.flow")),
    ("t.flow.yaml", include_str!("../../syntax/cases/live_help.flow.yaml")),
];

/// Whatever is done to a text: no panic, and what compiles can be stored and shown.
#[test]
fn spoiled_texts_never_panic() {
    let mut seed = 11_u64;
    let mut random = move |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below.max(1)
    };
    let scraps =
        ["->", "{", "}", ":", ",", "|", "limit 2 else", "return", "\"", "has(", "key 0", "\n", "é", "always ", "  "];
    let mut compiled = 0;
    for (path, text) in CASES {
        let words: Vec<&str> = CASES.iter().flat_map(|(_, text)| text.split_whitespace()).collect();
        for _ in 0..60 {
            let mut pieces: Vec<String> = text.split_inclusive([' ', '\n']).map(str::to_owned).collect();
            for _ in 0..=random(3) {
                if pieces.is_empty() {
                    break;
                }
                let at = random(pieces.len());
                match random(5) {
                    0 => drop(pieces.remove(at)),
                    1 => pieces[at] = format!("{} ", words[random(words.len())]),
                    2 => pieces.insert(at, format!("{} ", scraps[random(scraps.len())])),
                    3 => {
                        let other = random(pieces.len());
                        pieces.swap(at, other);
                    }
                    _ => pieces.truncate(at + 1),
                }
            }
            let spoiled = pieces.concat();
            let (project, _) = compile(&[(path, &spoiled)]);
            let defect = project.diagnostics.iter().find(|found| found.message.contains("a defect of flowc"));
            assert!(defect.is_none(), "{defect:?}\n{spoiled}");
            if let Some(program) = project.flows.first().and_then(|flow| flow.program.as_ref()) {
                let again = Program::from_bytes(&program.to_bytes()).unwrap();
                assert_eq!(again.hash(), program.hash());
                assert!(!show::mermaid(program).is_empty() && !show::dot(program).is_empty());
                compiled += 1;
            }
        }
    }
    assert!(compiled > 10, "{compiled}");
}

/// Every way written in an example counts: without it, something is found.
#[test]
fn every_deleted_edge_is_found() {
    let mut deleted = 0;
    for text in [IVR, ODD] {
        let lines: Vec<&str> = text.lines().collect();
        for (number, line) in lines.iter().enumerate().filter(|(_, line)| line.contains("->") && !line.contains('{')) {
            // What has a default may be left out.
            if line.contains("failed") || line.starts_with("always after") || line.starts_with("//") {
                continue;
            }
            let mut spoiled = lines.clone();
            let cut = line.split("->").next().unwrap();
            spoiled[number] = if line.contains(':') { cut } else { "" };
            let (project, _) = compile(&[("t.flow", &format!("{}\n", spoiled.join("\n")))]);
            assert!(has_errors(&project.diagnostics), "without line {}: {line}", number + 1);
            deleted += 1;
        }
    }
    assert!(deleted >= 7, "{deleted}");
}

/// As many findings as there are faults, and none that follows from another.
#[test]
fn many_faults_in_one_file() {
    let text = "flowc: 1
flow: clinic
call: inbound
settings: { desk: phone }
params: { tier: \"enum(gold, standard)\" }
vars: { pin: text? }
defaults: { retry: two, on: { failed: sory, exausted: sorry } }
always: { party left: return, after 4 minutes: sorry }
start: pick_up
states:
  pick_up: { answer: true, then: welcome }
  welcome: { play: { text: \"Hello {nam}\" }, then: menu1 }
  main_menu:
    menu:
      one: { key: 1, say: [one], to: ask }
      two: { key: 1, to: main_menu }
    ask: { text: \"Press {key one} or {key tow}\" }
    first_key: 6
  ask: { recognize: dtmf, ask: { text: Pin? }, max_tones: 4, save: pin, then: check_it }
  check_it:
    decide:
      - { if: tier == \"glod\", to: call_desk }
      - { if: pin > 3, to: sorry }
  call_desk: { transfer: =pin, then: return, on: { bussy: sorry } }
  lost: { play: welcom, then: sorry }
  sorry: hangup
";
    let codes = found(&[("t.flow.yaml", text)]);
    assert_eq!(
        codes,
        [
            "F0401 two",
            "F0102 sory",
            "F0202 exausted",
            "F0001 minutes",
            "F0105 nam",
            "F0102 menu1",
            "F0502 two",
            "F0501 1",
            "F0113 tow",
            "F0403 6",
            "F0201 ask",
            "F0201 check_it",
            "F0401 \"glod\"",
            "F0408 pin",
            "F0204 call_desk",
            "F0409 pin",
            "F0202 bussy",
            "F0106 welcom",
        ]
    );
}

#[test]
fn a_broken_placeholder_leaves_no_empty_prompt() {
    let text = HELLO.replace("Thank you for calling.", "{}");
    assert_eq!(found(&[("hello.flow", &text)]), ["F0505 {}"]);
}
