//! The forms of the first generations, and requests made in them, held against the published descriptions. The private preview has none.

use crate::published::description::Description;
use crate::published::{commands, request, site_of};
use flowc::machine::command::{Command, Media};
use flowc::platform::generations::Form;
use flowc::platform::operations::Operation;
use flowc::platform::versions::Version;
use flowc::provider::acs::to_wire::{Error, to_wire};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

const DESCRIBED: [&str; 3] = ["2021-04-15-preview1", "2021-06-15-preview", "2021-08-30-preview"];

fn forms(name: &str) -> &'static [Form] {
    Version::parse(name).and_then(Version::generation).expect("a first generation").forms()
}

/// Each form with what is published of it: its operation, and the schema of its body.
fn published(name: &str) -> Vec<(&'static Form, Value, Value)> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/published/{name}.json"));
    let whole: Value = serde_json::from_str(&std::fs::read_to_string(file).expect("it is there")).expect("JSON");
    let operations = whole["operations"].as_array().expect("a list");
    assert_eq!(operations.len(), forms(name).len(), "{name}: as many operations");
    let of = |form: &'static Form| {
        let is_it = |published: &&Value| {
            let path = published["path"].as_str().expect("text");
            let path =
                ["{callId}", "{callConnectionId}"].iter().fold(path.to_owned(), |path, id| path.replace(id, "{id}"));
            let path = ["{conversationId}", "{serverCallId}"].iter().fold(path, |path, id| path.replace(id, "{call}"));
            let path = path.replace("{participantId}", "{who}").replace("{recordingId}", "{recording}");
            path == form.path && published["method"] == form.method.as_str()
        };
        let operation =
            operations.iter().find(is_it).unwrap_or_else(|| panic!("{name}: {} is not published", form.path));
        let schema = operation["body"]["$ref"].as_str().map(|schema| schema.trim_start_matches("#/definitions/"));
        let schema = schema.map_or(Value::Null, |schema| whole["definitions"][schema].clone());
        (form, operation.clone(), schema)
    };
    forms(name).iter().map(of).collect()
}

#[test]
fn forms_are_as_published() {
    for name in DESCRIBED {
        for (form, operation, schema) in published(name) {
            let statuses: BTreeSet<u16> = operation["responses"]
                .as_object()
                .expect("a map")
                .keys()
                .map(|key| key.parse().expect("a status"))
                .collect();
            let own: BTreeSet<u16> = form.refusals.iter().copied().chain([form.success]).collect();
            assert_eq!(own, statuses, "{name} {}", form.path);
            let members: BTreeSet<&str> = form.body.iter().map(|member| member.name).collect();
            let properties = schema["properties"].as_object().into_iter().flatten();
            assert_eq!(members, properties.map(|(name, _)| name.as_str()).collect(), "{name} {}", form.path);
            let needed: BTreeSet<&str> =
                form.body.iter().filter(|member| member.needed).map(|member| member.name).collect();
            let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            assert_eq!(needed, required.collect(), "{name} {}", form.path);
        }
    }
}

#[test]
fn requests_are_as_published() {
    for (name, offered, made) in made() {
        // The state of a recording is what the emulator answers; nothing here asks for it.
        let missing: Vec<&Operation> =
            offered.difference(&made).filter(|one| **one != Operation::GetRecording).collect();
        assert!(missing.is_empty(), "{name}: {missing:?}");
    }
}

/// The operations that each generation offers, and those that the service asks for, each as published.
pub(crate) fn made() -> Vec<(&'static str, BTreeSet<Operation>, BTreeSet<Operation>)> {
    let offered = |name| forms(name).iter().map(|form| form.operation).collect();
    DESCRIBED.into_iter().map(|name| (name, offered(name), made_in(name))).collect()
}

fn made_in(name: &str) -> BTreeSet<Operation> {
    let description = Description::of(name);
    let mut made = BTreeSet::new();
    let file = Media::File { file: "sounds/a.wav".to_owned() };
    let play = Command::Play { media: vec![file], to: Vec::new(), looped: false, interrupt: false };
    for command in commands::all().into_iter().chain([play]) {
        let request = request(command);
        let sent = match to_wire(&request, &site_of(name, None)) {
            Ok(sent) => sent,
            Err(Error::NotInVersion(_) | Error::HoldsAlready) => continue,
            Err(error) => panic!("{name} {:?}: {error}", request.command),
        };
        let method = sent.method().as_str();
        let body = sent.body.as_deref().map(|bytes| serde_json::from_slice(bytes).expect("JSON"));
        let wrong = description.request(method, &sent.path_and_query, body.as_ref());
        assert!(wrong.is_empty(), "{name} {:?}\n{}", request.command, wrong.join("\n"));
        made.insert(sent.operation);
    }
    made
}
