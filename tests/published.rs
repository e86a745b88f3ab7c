//! What goes over the wire, held against the platform's published API descriptions: the bodies of our requests, the emulator's
//! answers, the webhooks. `tests/published` has the descriptions, one a version, made by `compact.py` there.

mod commands;
pub(crate) mod description;
mod generations;
pub(crate) mod traffic;
mod versions;

use crate::harness::phone_line::PhoneLine;
use description::Description;
use flowc::machine::command::{Command, OpRef};
use flowc::platform::events;
use flowc::platform::operations::{Operation, TABLE};
use flowc::platform::versions::NEWEST_STABLE;
use flowc::provider::Request;
use flowc::provider::acs::to_wire::Site;
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
fn every_webhook_is_published() {
    let published = Description::of(NEWEST_STABLE);
    for (_, name) in events::WEBHOOKS {
        assert!(published.has_definition(name), "{name}");
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

/// The operations that the service asks for, as published, in every published api-version that offers them.
pub(crate) fn made() -> BTreeSet<Operation> {
    let versions = [generations::made(), versions::made()].concat();
    let is_made = |operation: &Operation| {
        let offered = versions.iter().filter(|(_, offered, _)| offered.contains(operation));
        offered.clone().count() > 0 && offered.clone().all(|(_, _, made)| made.contains(operation))
    };
    TABLE.iter().map(|row| row.operation).filter(is_made).collect()
}

fn request(command: Command) -> Request {
    Request {
        op: OpRef { op: 7, attempt: 2 },
        command,
        connection: Some("411f0b00-d97f-49ad-a6ff-3f8c05dc64d7".to_owned()),
        server_call: Some("c2VydmVy".to_owned()),
        repeat_id: uuid::Uuid::nil(),
        first_sent: 0,
        callback_uri: "https://app.example/callbacks/c1/mac".to_owned(),
    }
}

fn site_of(version: &str, stream: Option<&str>) -> Site {
    Site {
        api_version: version.to_owned(),
        ai_endpoint: Some("https://ai.example/".to_owned()),
        streaming_url: stream.map(ToOwned::to_owned),
        transcription_url: stream.map(ToOwned::to_owned),
        public_url: "https://app.example/".to_owned(),
        calling_user: Some("8:acs:app_user".to_owned()),
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
