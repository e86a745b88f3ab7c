//! The tables of what came with which api-version, and requests made in each of them, held against the published descriptions.

use crate::published::description::Description;
use crate::published::{commands, request, site_of};
use flowc::machine::command::{Command, Listen, Media};
use flowc::platform::events::WEBHOOKS;
use flowc::platform::operations::{Operation, TABLE};
use flowc::platform::versions::Version;
use flowc::provider::acs::to_wire::{Error, to_wire};
use std::collections::BTreeSet;

/// Versions whose description is published.
pub(crate) const DESCRIBED: [&str; 8] = [
    "2023-03-06",
    "2023-06-15-preview",
    "2023-10-15",
    "2024-04-15",
    "2024-06-15-preview",
    "2024-09-15",
    "2024-11-15-preview",
    "2026-03-12",
];

#[test]
fn each_version_has_the_operations_and_webhooks_it_publishes() {
    for name in DESCRIBED {
        let (published, version) = (Description::of(name), Version::parse(name).expect("it is spoken"));
        for row in TABLE {
            let path = row.path.replace("{id}", "x").replace("{who}", "x").replace("{recording}", "x");
            let there = published.operation(row.method.as_str(), &path);
            assert_eq!(there.is_some(), version.has(row.operation), "{name} {:?}", row.operation);
            let Some(there) = there else { continue };
            let success = version.success(row.operation).to_string();
            assert!(there.responses.contains_key(&success), "{name} {:?} answers {success}", row.operation);
        }
        for (webhook, type_name) in WEBHOOKS {
            assert_eq!(published.has_definition(type_name), version.tells(*webhook), "{name} {type_name}");
        }
    }
}

#[test]
fn requests_in_each_version_are_as_published() {
    for (name, offered, made) in made() {
        // The state of a recording is what the emulator answers; nothing here asks for it.
        let missing: Vec<&Operation> =
            offered.difference(&made).filter(|one| **one != Operation::GetRecording).collect();
        assert!(missing.is_empty(), "{name}: {missing:?}");
    }
}

/// The operations that each version offers, and those that the service asks for, each as published.
pub(crate) fn made() -> Vec<(&'static str, BTreeSet<Operation>, BTreeSet<Operation>)> {
    DESCRIBED.into_iter().map(|name| (name, offered(name), made_in(name))).collect()
}

fn offered(name: &str) -> BTreeSet<Operation> {
    let version = Version::parse(name).expect("it is spoken");
    TABLE.iter().map(|row| row.operation).filter(|one| version.has(*one)).collect()
}

fn made_in(name: &str) -> BTreeSet<Operation> {
    let published = Description::of(name);
    let mut made = BTreeSet::new();
    for site in [site_of(name, None), site_of(name, Some("wss://stream.example/"))] {
        for command in commands::all().into_iter().chain(plain()) {
            let request = request(command);
            let sent = match to_wire(&request, &site) {
                Ok(sent) => sent,
                Err(Error::NotInVersion(_)) => continue,
                Err(error) => panic!("{name} {:?}: {error}", request.command),
            };
            let body = sent.body.map(|bytes| serde_json::from_slice(&bytes).expect("JSON"));
            let method = sent.operation.row().method.as_str();
            let wrong = published.request(method, &sent.path_and_query, body.as_ref());
            assert!(wrong.is_empty(), "{name} {:?}\n{}", request.command, wrong.join("\n"));
            made.insert(sent.operation);
        }
    }
    made
}

/// One file, and keys: what every version can play and listen for. Words in one voice, which are one text where they must be.
fn plain() -> Vec<Command> {
    let file = || vec![Media::File { file: "sounds/a.wav".to_owned() }];
    let text = |text: &str| Media::Text { text: text.to_owned().into(), voice: "en-US-NancyNeural".to_owned() };
    let words = || vec![text("Press 1."), text("Or 2.")];
    let play = |media| Command::Play { media, to: Vec::new(), looped: false, interrupt: true };
    let ask = |media| Command::Recognize {
        media,
        target: "4:+16045550101".into(),
        listen: Listen::Dtmf { max_tones: 4, stop: Vec::new(), between_keys_ms: 2000 },
        first_key_ms: 5000,
        interrupt_prompt: true,
        interrupt: false,
    };
    vec![play(file()), ask(file()), play(words()), ask(words())]
}
