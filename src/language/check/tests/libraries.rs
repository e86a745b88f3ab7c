//! Prompt libraries and their use.

use crate::language::check::library;
use crate::language::check::names::World;
use crate::language::check::tests::{check, found_in, inbound};
use crate::language::diagnostic::Diagnostic;
use crate::language::source::{FileId, Span, Spanned, Word};
use crate::language::syntax::ast::{self, SpanOnly, TypeExpr, TypeKind};
use crate::language::syntax::place::Place;
use crate::language::syntax::template;

/// Findings in libraries stand here, far from the flow's text.
const FILE: FileId = FileId(9);

fn word(text: &str) -> Word {
    Spanned::new(text.to_owned(), Span::new(FILE, 0, 0))
}

/// A prompt by name, placeholders with their types, wordings by locale.
type Written<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [(&'a str, &'a str)]);

fn library(name: &str, prompts: &[Written]) -> ast::Library {
    let prompts = prompts.iter().map(|(name, takes, wordings)| ast::LibraryPrompt {
        name: word(name),
        takes: takes.iter().map(|(name, ty)| (word(name), named(ty))).collect(),
        wordings: wordings.iter().map(|(locale, text)| (word(locale), wording(text))).collect(),
        partial: false,
    });
    let voices = vec![(word("en-GB"), word("en-GB-SoniaNeural"))];
    ast::Library { file: FILE, name: word(name), voices, prompts: prompts.collect() }
}

fn named(ty: &str) -> TypeExpr {
    let span = SpanOnly::default();
    match ty.strip_suffix('?') {
        Some(inner) => TypeExpr { kind: TypeKind::Optional(Box::new(named(inner))), span },
        None => TypeExpr { kind: TypeKind::Named(ty.to_owned()), span },
    }
}

fn wording(text: &str) -> ast::Wording {
    match text.strip_prefix("file:") {
        Some(file) => ast::Wording::File { file: word(file), transcript: None },
        None => ast::Wording::Text(template::parse(text, &Place::exact(FILE, 0, text.len())).0),
    }
}

/// A library, and what is found in it.
fn checked(prompts: &[Written]) -> (World, Vec<String>) {
    let mut findings: Vec<Diagnostic> = Vec::new();
    let library = library::check(&library("words", prompts), &mut findings);
    let world = World { libraries: [("words".to_owned(), library)].into(), ..World::default() };
    (world, findings.iter().map(|finding| finding.code.as_str().to_owned()).collect())
}

const US: &str = "en-US";

#[test]
fn a_library_by_itself() {
    let found = |prompts: &[Written]| checked(prompts).1;
    assert!(found(&[("hi", &[("name", "text"), ("at", "time")], &[(US, "Hi {name}, {at day} {key yes}")])]).is_empty());
    assert_eq!(found(&[("hi", &[], &[(US, "Hi {name}")])]), ["F0105"]);
    assert_eq!(found(&[("hi", &[("name", "txet")], &[(US, "Hi {name}")])]), ["F0114"]);
    assert_eq!(found(&[("hi", &[("name", "text")], &[(US, "Hi {name day}")])]), ["F0505"]);
    assert_eq!(found(&[("hi", &[("name", "text?")], &[(US, "Hi {name}")])]), ["F0407"]);
    assert_eq!(found(&[("hi", &[], &[("english", "Hi")])]), ["F0405"]);
    assert_eq!(found(&[("hi", &[], &[])]), ["F0507"]);
    assert_eq!(found(&[("hi", &[], &[(US, " ")])]), ["F0507"]);
    assert_eq!(found(&[("text", &[], &[(US, "Hi")])]), ["F0108"]);
    assert_eq!(found(&[("hi", &[], &[(US, "Hi")]), ("hi", &[], &[(US, "Hi")])]), ["F0103"]);
}

#[test]
fn prompts_are_found_in_used_libraries() {
    let (world, _) = checked(&[("welcome", &[], &[(US, "Welcome")]), ("song", &[], &[(US, "file:song.wav")])]);
    let flow = |lines: &str| found_in(&inbound(lines), &world);
    assert!(flow("use words\ns: play welcome -> bye").is_empty());
    assert_eq!(flow("use words\ns: play welcom -> bye"), ["F0106 welcom"]);
    assert_eq!(flow("use wrods\ns: play welcome -> bye"), ["F0109 wrods"]);
    assert_eq!(flow("s: play welcome -> bye"), ["F0106 welcome"]);
    let (checked, _, _) = check(&inbound("use words\ns: play song -> bye"), &world);
    let checked = checked.unwrap();
    assert_eq!(checked.prompts.keys().collect::<Vec<_>>(), ["words.song"]);
    assert!(checked.speech.is_none(), "a recording needs no AI resource");
}

#[test]
fn a_prompt_in_two_libraries_is_neither() {
    let (mut world, _) = checked(&[("welcome", &[], &[(US, "Welcome")])]);
    let mut findings = Vec::new();
    let other = library::check(&library("more", &[("welcome", &[], &[(US, "Hello")])]), &mut findings);
    world.libraries.insert("more".to_owned(), other);
    assert_eq!(found_in(&inbound("use words, more\ns: play welcome -> bye"), &world), ["F0106 welcome"]);
}

#[test]
fn arguments() {
    let takes = [("name", "text"), ("at", "time")];
    let (world, _) = checked(&[("hi", &takes, &[(US, "Hi {name}, {at}")])]);
    let flow = |prompt: &str| {
        let head = "use words\nparam who: text\nparam count: int\nvar new: text?\n";
        found_in(&inbound(&format!("{head}s: play {prompt} -> bye")), &world)
    };
    assert!(flow("hi(name: who, at: call.started)").is_empty());
    assert_eq!(flow("hi(name: who)"), ["F0107 hi"]);
    assert_eq!(flow("hi"), ["F0107 hi"]);
    assert_eq!(flow("hi(nmae: who, at: call.started)"), ["F0107 nmae"]);
    assert_eq!(flow("hi(name: count, at: call.started)"), ["F0406 count"]);
    assert_eq!(flow("hi(name: new, at: call.started)"), ["F0407 new"]);
    assert!(flow("hi(name: has(new) ? new : \"you\", at: call.started)").is_empty());
}

#[test]
fn keys_of_the_menu_that_asks() {
    let (world, _) = checked(&[("which", &[], &[(US, "Press {key yes}")])]);
    let flow = |lines: &str| found_in(&inbound(&format!("use words\n{lines}")), &world);
    assert!(flow("s: menu ask which { yes = 1 -> bye; exhausted -> bye }").is_empty());
    assert_eq!(flow("s: menu ask which { no = 1 -> bye; exhausted -> bye }"), ["F0113 which"]);
    assert_eq!(flow("s: play which -> bye"), ["F0505 which"]);
}

#[test]
fn every_locale_of_the_flow() {
    let (world, _) = checked(&[("hi", &[], &[("en-GB", "Hi")])]);
    let flow = |lines: &str| found_in(&inbound(&format!("use words\n{lines}")), &world);
    assert!(flow("locale en-GB\ns: play hi -> bye").is_empty());
    assert_eq!(flow("s: play hi -> bye"), ["F0506 hi"]);
    assert_eq!(flow("locale en-GB\ns: play hi, locale cy-GB -> bye"), ["F0506 hi"]);
    assert!(flow("locale call.id\ns: play hi -> bye").is_empty());
    let (checked, _, _) = check(&inbound("use words\nlocale en-GB\ns: play hi -> bye"), &world);
    let prompts = checked.unwrap().prompts;
    assert_eq!(prompts["words.hi"].wordings["en-GB"].voice.as_deref(), Some("en-GB-SoniaNeural"));
}
