//! Flows held against api-versions: what a version lacks is found where it stands, in either spelling.

use crate::language::compile::tests::{IVR, IVR_YAML};
use crate::language::compile::{Input, project};
use crate::language::diagnostic::Code;
use crate::language::source::Sources;
use crate::language::syntax::ast::Spelling;
use crate::platform::versions::Version;

/// Findings of F1001 as `state: what is lacking`.
fn lacking(text: &str, spelling: Spelling, version: Option<Version>) -> Vec<String> {
    let mut sources = Sources::default();
    let file = sources.add(if spelling == Spelling::Native { "t.flow" } else { "t.flow.yaml" }, text);
    let input = Input { flows: vec![(file, spelling)], api_version: version, ..Input::default() };
    let found = project(&sources, &input).diagnostics;
    let bad: Vec<_> = found.iter().filter(|f| f.code.as_str() < "F0300" || f.code.as_str() == "F0601").collect();
    assert!(bad.is_empty(), "{bad:?}");
    let found = found.iter().filter(|f| f.code == Code::F1001);
    found.map(|f| format!("{}: {}", sources.snippet(f.primary.span), f.message)).collect()
}

const DESK: &str = "flowc 1\nflow desk inbound\nsettings {\n  sales: phone\n  line: phone\n}\nreturns done\ndefault failed -> end\n\
    always party left -> return done\nalways key 0 -> end\nstart up\n\
    up: answer -> ask\n\
    ask: play file \"a.wav\" -> go\n\
    go: transfer settings.sales, from settings.line -> return done {\n  busy | no_answer | declined | unreachable -> end\n}\n\
    end: hangup done\n";

/// A rule of several states is said once; a recording and keys are in every version.
#[test]
fn each_thing_is_said_once_where_it_stands() {
    let found = lacking(DESK, Spelling::Native, Some(Version::V2023_03_06));
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].ends_with("api-version 2023-03-06 does not have the operation `startContinuousDtmfRecognition`"));
    assert_eq!(found[1], "go: api-version 2023-03-06 does not have a caller id shown on a transfer");
    assert_eq!(
        lacking(DESK, Spelling::Native, Some(Version::V2024_04_15)),
        ["go: api-version 2024-04-15 does not have a caller id shown on a transfer"]
    );
    assert_eq!(lacking(DESK, Spelling::Native, Some(Version::V2024_09_15)), Vec::<String>::new());
}

#[test]
fn the_newest_version_has_everything() {
    for (text, spelling) in [(IVR, Spelling::Native), (IVR_YAML, Spelling::Yaml)] {
        assert_eq!(lacking(text, spelling, None), Vec::<String>::new());
        assert_eq!(lacking(text, spelling, Some(Version::NEWEST)), Vec::<String>::new());
    }
}

#[test]
fn the_first_version_neither_speaks_nor_understands() {
    for (text, spelling) in [(IVR, Spelling::Native), (IVR_YAML, Spelling::Yaml)] {
        let found = lacking(text, spelling, Some(Version::V2023_03_06));
        assert!(!found.is_empty(), "{spelling:?}");
        let said = |words: &str| found.iter().any(|line| line.ends_with(words));
        assert!(said("api-version 2023-03-06 does not have words said by the platform"), "{found:#?}");
        assert!(said("api-version 2023-03-06 does not have choices and speech"), "{found:#?}");
        assert_eq!(lacking(text, spelling, Some(Version::V2024_09_15)), Vec::<String>::new());
    }
}

/// What the first generations have, but for the questions: a call placed, played to, keys, people and a recording.
const FIRST: &str = "flowc 1\nflow first outbound\nparam who: phone\nsettings { line: phone }\nparticipant agent\nreturns done\n\
    default failed -> end\nalways party left -> return done\nalways key 0 -> end\nstart ring\n\
    ring: dial who, from settings.line -> say {\n  busy | no_answer | declined | unreachable -> return done\n}\n\
    say: play file \"a.wav\" -> bring\n\
    bring: add agent, target who, from settings.line -> drop {\n  busy | no_answer | declined | unreachable -> end\n}\n\
    drop: remove agent -> end\n\
    end: hangup done\n";

#[test]
fn the_first_generations_place_calls_and_hear_keys() {
    for version in [Version::PrivatePreview, Version::V2021_04_15Preview1, Version::V2021_06_15Preview] {
        assert_eq!(lacking(FIRST, Spelling::Native, Some(version)), Vec::<String>::new(), "{version:?}");
    }
}

/// One cause, one finding: without the operation, nothing is said of what came with it later.
#[test]
fn the_first_generations_neither_pick_up_nor_ask_nor_transfer() {
    let lacks = |what: &str| format!("api-version 2021-06-15-preview does not have {what}");
    let found = lacking(DESK, Spelling::Native, Some(Version::V2021_06_15Preview));
    let expected = [
        format!("up: {}", lacks("the operation `answer`")),
        format!("go: {}", lacks("the operation `transferToParticipant`")),
    ];
    assert_eq!(found, expected);
    let whose = FIRST.replace("always key 0 -> end", "always key 0 by agent -> end");
    let found = lacking(&whose, Spelling::Native, Some(Version::V2021_08_30Preview));
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].ends_with("keys told apart by who pressed them"), "{found:#?}");
    let found = lacking(IVR, Spelling::Native, Some(Version::V2021_04_15Preview1));
    assert!(found.iter().any(|line| line.ends_with("choices and speech")), "{found:#?}");
    // A question by keys, said by a file, is made of a play and the keys that are told.
    let asks = FIRST.replace(
        "say: play file \"a.wav\" -> bring",
        "say: menu ask file \"a.wav\", retry 0 {\n  in = 1 -> bring\n  exhausted -> end\n}",
    );
    let found = lacking(&asks, Spelling::Native, Some(Version::V2021_06_15Preview));
    assert_eq!(found, Vec::<String>::new());
    let found = lacking(&asks, Spelling::Native, Some(Version::V2023_03_06));
    assert!(found.iter().any(|line| line.ends_with("choices and speech")), "{found:#?}");
    let found = lacking(&asks.replace("retry 0", "retry 1"), Spelling::Native, Some(Version::V2021_06_15Preview));
    assert!(found.iter().any(|line| line.ends_with("words said by the platform")), "{found:#?}");
}

/// Joins a call, and has it written down.
const NOTES: &str = "flowc 1\nflow notes join\nparam room: text\nreturns done | not_let_in\ndefault failed -> leave\n\
    always party left -> return done\nstart enter\n\
    enter: connect room, by room -> stay { failed -> return not_let_in }\n\
    written: while transcription en-GB, else leave {\n  stay: wait 5m -> leave\n}\n\
    leave: hangup done\n";

/// A preview may have what a later stable version lacks, and lack what one before it has not been asked for.
#[test]
fn previews_have_what_they_have_and_not_what_came_before_them() {
    let said = |text: &str, version| lacking(text, Spelling::Native, Some(version));
    let written = DESK.replace(
        "ask: play file \"a.wav\" -> go\n",
        "listened: while streaming on, else end {\n  ask: play file \"a.wav\" -> go\n}\n",
    );
    for version in [Version::V2024_06_15Preview, Version::V2024_11_15Preview, Version::V2025_05_15] {
        assert_eq!(said(&written, version), Vec::<String>::new(), "{version:?}");
    }
    let stable = said(&written, Version::V2024_09_15);
    assert_eq!(stable, ["ask: api-version 2024-09-15 does not have the operation `startMediaStreaming`"]);

    let old = "api-version 2023-06-15-preview does not have";
    assert_eq!(said(DESK, Version::V2023_06_15Preview), [format!("go: {old} a caller id shown on a transfer")]);
    for (text, spelling) in [(IVR, Spelling::Native), (IVR_YAML, Spelling::Yaml)] {
        let found = lacking(text, spelling, Some(Version::V2023_06_15Preview));
        assert!(
            !found
                .iter()
                .any(|line| line.ends_with("words said by the platform") || line.ends_with("choices and speech"))
        );
    }
    let headed = DESK.replace("from settings.line", "headers (\"X-Case\": \"7\")");
    assert_eq!(said(&headed, Version::V2023_06_15Preview), [format!("go: {old} headers sent along")]);
    assert_eq!(said(&headed, Version::V2023_10_15), Vec::<String>::new());
}

/// What is missing is said once: that nobody joins, that nothing is written down, or that both go and not together.
#[test]
fn a_call_that_was_joined_is_streamed_where_joining_says_where_to() {
    for (version, lacks) in [
        (Version::V2024_04_15, vec!["enter: the operation `connect`", "stay: the operation `startTranscription`"]),
        (Version::V2024_06_15Preview, vec!["enter: streams and transcriptions of calls that were joined"]),
        (Version::V2024_09_15, vec!["stay: the operation `startTranscription`"]),
        (Version::V2024_11_15Preview, vec![]),
        (Version::V2025_05_15, vec![]),
    ] {
        let found = lacking(NOTES, Spelling::Native, Some(version));
        let said = format!("api-version {} does not have ", version.name());
        let found: Vec<String> = found.iter().map(|line| line.replace(&said, "")).collect();
        assert_eq!(found, lacks, "{version:?}");
    }
}
