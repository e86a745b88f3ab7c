//! Members of requests, answers and events, and what they are called in each api-version, held against the published descriptions.

use crate::published::versions::DESCRIBED;
use flowc::platform::events::WEBHOOKS;
use flowc::platform::operations::TABLE;
use flowc::platform::versions::{Message, NEWEST_STABLE, Version};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// Members of whom somebody is, wherever that is said: who a version cannot name is not held against it.
const OF_SOMEBODY: [&str; 4] = ["isAnonymous", "assertedId", "teamsExtensionUser", "microsoftTeamsApp"];
/// What we neither send nor read: diagnostics, and a room that a recording refuses anyhow.
const ELSEWHERE: [&str; 3] = ["resultInformation.sipDetails", "resultInformation.q850Details", "callLocator.roomId"];

/// A description, as its file has it.
struct Whole(Value);

impl Whole {
    fn of(version: &str) -> Whole {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/published/{version}.json"));
        Whole(serde_json::from_str(&std::fs::read_to_string(file).expect("it is there")).expect("JSON"))
    }

    fn definition(&self, reference: &str) -> &Value {
        &self.0["definitions"][reference.trim_start_matches("#/definitions/")]
    }

    /// The schema of a message, where it has one.
    fn schema(&self, message: Message, version: Version) -> Option<&Value> {
        let of = |operation: flowc::platform::operations::Operation| {
            let row = operation.row();
            let path = row.path.replace("{id}", "{callConnectionId}").replace("{who}", "{participantRawId}");
            let path = path.replace("{recording}", "{recordingId}");
            let all = self.0["operations"].as_array().expect("a list");
            all.iter().find(|one| one["path"] == path && one["method"] == row.method.as_str())
        };
        let schema = match message {
            Message::Request(operation) => &of(operation)?["body"],
            Message::Answer(operation) => &of(operation)?["responses"][version.success(operation).to_string()],
            Message::Event(webhook) => {
                return Some(self.definition(webhook.name())).filter(|definition| !definition.is_null());
            }
        };
        schema["$ref"].as_str().map(|reference| self.definition(reference))
    }

    /// The paths of all members of a schema, through lists, and those it requires.
    fn paths(&self, schema: &Value, before: &str, found: &mut BTreeSet<String>, required: &mut BTreeSet<String>) {
        let inside = |name: &str| if before.is_empty() { name.to_owned() } else { format!("{before}.{name}") };
        if let Some(reference) = schema["$ref"].as_str() {
            return self.paths(self.definition(reference), before, found, required);
        }
        for kind in schema["anyOf"].as_array().into_iter().flatten().chain(schema.get("items")) {
            self.paths(kind, before, found, required);
        }
        required.extend(schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).map(inside));
        for (name, member) in schema["properties"].as_object().into_iter().flatten() {
            let path = inside(name);
            // Whoever is somebody may be so in many places; what is in them is not looked at.
            if !OF_SOMEBODY.contains(&name.as_str()) && found.insert(path.clone()) {
                self.paths(member, &path, found, required);
            }
        }
    }

    fn members(&self, message: Message, version: Version) -> Option<(BTreeSet<String>, BTreeSet<String>)> {
        let (mut found, mut required) = (BTreeSet::new(), BTreeSet::new());
        self.paths(self.schema(message, version)?, "", &mut found, &mut required);
        Some((found, required))
    }
}

fn messages() -> Vec<Message> {
    let both = TABLE.iter().flat_map(|row| [Message::Request(row.operation), Message::Answer(row.operation)]);
    both.chain(WEBHOOKS.iter().map(|(webhook, _)| Message::Event(*webhook))).collect()
}

/// Whether a path is this one, or in it.
fn is_within(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[test]
fn each_version_has_the_members_it_publishes() {
    let newest = Whole::of(NEWEST_STABLE);
    let mut compared = 0;
    for name in DESCRIBED {
        let (published, version) = (Whole::of(name), Version::parse(name).expect("it is spoken"));
        for message in messages() {
            let Some((there, _)) = published.members(message, version) else { continue };
            let (all, _) = newest.members(message, Version::NEWEST).expect("the newest has it");
            let lacks: Vec<&str> = version.lacks(message).map(|member| member.path).collect();
            let renamed: Vec<&str> = version.spells(message).map(|spelling| spelling.newest).collect();
            for path in &all {
                let looked_at = !ELSEWHERE.iter().any(|other| is_within(path, other));
                let gone = lacks.iter().chain(&renamed).any(|outer| is_within(path, outer));
                assert!(!looked_at || there.contains(path) != gone, "{name} {message:?} {path}: lacks {lacks:?}");
                compared += 1;
            }
            let own: Vec<&str> = version.spells(message).map(|spelling| spelling.own).collect();
            for path in there.difference(&all) {
                assert!(own.iter().any(|one| is_within(one, path)), "{name} {message:?} {path} is not known");
            }
            assert!(own.iter().all(|path| there.contains(*path)), "{name} {message:?}: {own:?}");
        }
    }
    assert!(compared > 1000, "{compared}");
}

#[test]
fn a_preview_requires_what_it_publishes_as_required() {
    let newest = Whole::of(NEWEST_STABLE);
    for name in DESCRIBED {
        let (published, version) = (Whole::of(name), Version::parse(name).expect("it is spoken"));
        for row in TABLE {
            let message = Message::Request(row.operation);
            let Some((_, required)) = published.members(message, version) else { continue };
            let (_, usual) = newest.members(message, Version::NEWEST).expect("the newest has it");
            // Before 2025-06-15 a recording has no other way to name its call; the wire types see to that.
            let more: BTreeSet<&str> =
                required.difference(&usual).map(String::as_str).filter(|path| *path != "callLocator").collect();
            assert_eq!(version.requires(row.operation).collect::<BTreeSet<&str>>(), more, "{name} {:?}", row.operation);
        }
    }
}
