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
