//! What goes over the wire, held against the platform's published API descriptions: the bodies of our requests, the emulator's
//! answers, the webhooks. `tests/published` has the descriptions, one a version, made by `compact.py` there.

mod commands;
pub(crate) mod description;
pub(crate) mod traffic;

use crate::harness::phone_line::PhoneLine;
use description::Description;
use flowc::machine::command::OpRef;
use flowc::platform::events;
use flowc::platform::operations::{Operation, TABLE};
use flowc::platform::versions::{NEWEST_STABLE, SPOKEN, Version};
use flowc::provider::Request;
use flowc::provider::acs::to_wire::{Site, to_wire};
use serde_json::json;
use std::collections::BTreeSet;

#[test]
fn the_table_of_operations_is_the_published_one() {
    let published = Description::of(NEWEST_STABLE);
    for row in TABLE {
        let path = row.path.replace("{id}", "x").replace("{who}", "x").replace("{recording}", "x");
        let found = published.operation(row.method.as_str(), &path);
        let found = found.unwrap_or_else(|| panic!("{:?} is not published", row.operation));
        assert!(found.responses.contains_key(&row.success.to_string()), "{:?} answers {}", row.operation, row.success);
        assert_eq!(found.headers.contains("Repeatability-Request-ID"), row.repeatable, "{:?}", row.operation);
    }
}

#[test]
fn webhooks_came_with_the_versions_we_know() {
    for version in versions() {
        let published = Description::of(version.name());
        for (webhook, name) in events::WEBHOOKS {
            assert_eq!(published.has_definition(name), webhook.since() <= version, "{name} in {}", version.name());
        }
    }
}

#[test]
fn a_description_refuses_what_it_does_not_name() {
    let published = Description::of(NEWEST_STABLE);
    let play = "/calling/callConnections/x:play";
    let good = serde_json::json!({ "playSources": [{ "kind": "file", "file": { "uri": "https://a.example/a.wav" } }] });
    assert_eq!(published.request("POST", play, Some(&good)), Vec::<String>::new());
    let mut unknown = good.clone();
    unknown["loop"] = true.into();
    let mut mistyped = good.clone();
    mistyped["playSources"][0]["kind"] = 7.into();
    let mut misspelt = good;
    misspelt["playSources"][0]["kind"] = "flie".into();
    for bad in [unknown, mistyped, misspelt, serde_json::json!({})] {
        assert!(!published.request("POST", play, Some(&bad)).is_empty(), "{bad}");
    }
    assert!(!published.request("POST", play, None).is_empty());
    assert!(!published.request("POST", "/calling/callConnections/x:fly", None).is_empty());
    assert!(!published.answer("POST", play, 200, &serde_json::Value::Null).is_empty());
}

/// The versions we speak that are published whole.
fn versions() -> impl Iterator<Item = Version> {
    let published = |name: &&&str| Description::is_there(name);
    SPOKEN.iter().filter(published).map(|name| Version::parse(name).expect("spoken"))
}

#[test]
fn operations_came_with_the_versions_we_know() {
    let mut compared = 0;
    for version in versions() {
        let published = Description::of(version.name());
        for row in TABLE {
            let path = row.path.replace("{id}", "x").replace("{who}", "x").replace("{recording}", "x");
            let there = published.operation(row.method.as_str(), &path).is_some();
            assert_eq!(there, row.operation.since() <= version, "{:?} in {}", row.operation, version.name());
            compared += 1;
        }
    }
    assert_eq!(compared, 5 * TABLE.len());
}

#[test]
fn every_request_is_as_published_in_each_version() {
    for version in versions() {
        let mut made = BTreeSet::new();
        let published = Description::of(version.name());
        for site in [site(version, None), site(version, Some("wss://stream.example/"))] {
            for command in commands::all() {
                let request = Request {
                    op: OpRef { op: 7, attempt: 2 },
                    command,
                    connection: Some("411f0b00-d97f-49ad-a6ff-3f8c05dc64d7".to_owned()),
                    server_call: Some("c2VydmVyY2FsbA".to_owned()),
                    repeat_id: uuid::Uuid::nil(),
                    first_sent: 0,
                    callback_uri: "https://app.example/callbacks/c1/mac".to_owned(),
                };
                // What a version has not is not sent.
                let Ok(sent) = to_wire(&request, &site) else { continue };
                let body = sent.body.map(|bytes| serde_json::from_slice(&bytes).expect("JSON"));
                let method = sent.operation.row().method.as_str();
                let wrong = published.request(method, &sent.path_and_query, body.as_ref());
                assert!(wrong.is_empty(), "{} {:?}\n{}", version.name(), request.command, wrong.join("\n"));
                made.insert(sent.operation);
            }
        }
        // What a recording is like is told by its webhooks; nobody asks.
        let asked = |operation: &Operation| operation.since() <= version && *operation != Operation::GetRecording;
        let all = TABLE.iter().map(|row| row.operation).filter(asked);
        assert_eq!(made, all.collect::<BTreeSet<Operation>>(), "{}", version.name());
    }
}

fn site(version: Version, stream: Option<&str>) -> Site {
    Site {
        api_version: version.name().to_owned(),
        ai_endpoint: Some("https://ai.example/".to_owned()),
        streaming_url: stream.map(ToOwned::to_owned),
        transcription_url: stream.map(ToOwned::to_owned),
        public_url: "https://app.example/".to_owned(),
    }
}

/// Answer, ask, say something, hand over.
const FLOW: &str = r#"flowc 1
flow desk inbound
settings { sales: phone }
returns handed_over | abandoned | nobody
default failed -> sorry
always party left -> return abandoned
start pick_up

pick_up: answer -> team { failed -> return abandoned }
team: menu ask "For sales press {key sales}.", retry 3 {
  sales = 1 -> words
  exhausted -> sorry
}
words: play "One moment, please." -> hand_over
hand_over: transfer settings.sales -> return handed_over {
  busy | no_answer | declined | unreachable -> sorry
}
sorry: hangup nobody, play "Sorry."
"#;

#[test]
fn a_conversation_is_as_published() {
    let settings = "[settings]\nsales = \"+441632960111\"\n";
    let line = PhoneLine::recorded(&[("desk.flow", FLOW), ("flowc.toml", settings)]);
    let call = line.dial();
    line.wait_playing(&call, "For sales");
    assert_eq!(line.act(&call, "press", &json!({ "digits": "1" })), 202);
    line.wait_end(&call);
    line.wait_result();
    let published = Description::of(NEWEST_STABLE);
    let (requests, webhooks) = line.recorded_traffic();
    assert!(requests.len() >= 4 && webhooks.len() >= 5, "{requests:#?} {webhooks:#?}");
    let wrong = [traffic::requests(&published, &requests), traffic::webhooks(&published, &webhooks)].concat();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
