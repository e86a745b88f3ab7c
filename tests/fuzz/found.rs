//! What rounds have found and what was mended, each by a name.

use crate::fuzz::corpus::{Seed, read_alone};
use crate::fuzz::{formatter, readers};
use flowc::language::diagnostic::has_errors;
use flowc::language::source::Sources;

fn seed(name: &str, text: &str) -> Seed {
    Seed { name: name.to_owned(), text: text.to_owned(), beside: Vec::new() }
}

/// A library of which nothing could be read quietened what was said of its name, and no error was left.
#[test]
fn an_empty_library_beside_its_flow() {
    let flow = "flowc 1\nflow a inbound\nuse words\nstart b\nb: answer -> c\nc: hangup play hello\n";
    let beside = vec![("a.flow".to_owned(), flow.to_owned())];
    for text in ["", "# words\n", "\u{FEFF}", "---\n"] {
        readers::is_answered(&Seed { beside: beside.clone(), ..seed("words.yaml", text) }, text);
    }
}

/// The same of every file that must say what it is.
#[test]
fn a_file_that_says_nothing() {
    let mut sources = Sources::default();
    let file = sources.add("empty.yaml", "");
    assert_eq!(read_alone(&sources, file, "", &flowc::language::compile::Project::default()).len(), 1);
    for found in [
        flowc::language::syntax::read_service(&sources, file).1,
        flowc::language::syntax::read_calendar(&sources, file).1,
        flowc::language::syntax::read_openapi(&sources, file, None).1,
        flowc::language::syntax::read_script(&sources, file).1,
    ] {
        assert_eq!(found.len(), 1, "{found:?}");
    }
}

/// Keys that YAML holds for two and flowc for one: `fmt` called it a defect of its own.
#[test]
fn one_key_written_in_two_ways() {
    let text = "flowc: 1\nflow: a\ncall: inbound\nalways:\n  key 0: c\n  key  0: c\nstart: b\nstates:\n  \
                b: { answer: true, then: c }\n  c: hangup\n";
    assert!(!formatter::obeys(&seed("a.flow.yaml", text), text));
}

/// A word where a name stands, which the native spelling has no way to write.
#[test]
fn a_name_that_is_none() {
    let text =
        "flowc: 1\nflow: a\ncall: inbound\nstart: \\u{0}b\nstates:\n  b: { answer: true, then: c }\n  c: hangup\n";
    assert!(formatter::obeys(&seed("a.flow.yaml", text), text));
}

/// A choice whose name begins like an event: the native spelling took `keys -> …` for a key, and YAML `signal_lost: …` for a signal.
#[test]
fn names_that_begin_like_events() {
    for name in ["keys", "after_hours", "signal_lost", "keyboard"] {
        let text = format!(
            "flowc 1\nflow a inbound\nstart b\nb: answer -> m\nm: menu ask \"For {name} press {{key {name}}}.\" {{\n  \
             {name} = 1\n  {name} | exhausted -> c\n}}\nc: hangup\n"
        );
        let seed = seed("a.flow", &text);
        let found = seed.compiled(&text).2.diagnostics;
        assert!(!has_errors(&found), "{text}\n{found:?}");
        assert!(formatter::obeys(&seed, &text));
    }
}
