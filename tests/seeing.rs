//! What an operator sees of calls: lists, stories, measures, logs. Nothing of a person in any of them.

use crate::harness::phone_line::PhoneLine;
use crate::harness::{Flowc, http};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const DESK: &str = "flowc 1
flow desk inbound
returns served | lost
var account: digits(4)?
start up
default failed -> sorry
always party left -> return lost

up: answer -> ask
ask: collect account, ask \"Your account, please.\" -> bye { exhausted -> bye }
bye: play \"Goodbye.\" -> over
over: hangup served
sorry: hangup lost
";

/// The caller and the one called of every test line, and what is keyed in.
const PERSONAL: [&str; 4] = ["+441632960100", "1632960100", "18005550100", "4711"];

fn shows_nobody(place: &str, text: &str) {
    for personal in PERSONAL {
        assert!(!text.contains(personal), "{place} shows `{personal}`:\n{text}");
    }
}

fn ask(line: &PhoneLine, args: &[&str]) -> String {
    let service = format!("http://127.0.0.1:{}", line.service_port);
    Flowc::new(args.iter().copied()).arg("--service").arg(service).run().expect(0).stdout
}

/// A call that was keyed an account and is over; its id.
fn served(line: &PhoneLine) -> String {
    let call = line.dial();
    line.wait_playing(&call, "Your account");
    assert_eq!(line.act(&call, "press", &json!({ "digits": "4711" })), 202);
    line.wait_end(&call);
    line.wait_result()["call"].as_str().expect("an id").to_owned()
}

#[test]
fn calls_are_listed_and_their_story_is_told_without_the_people() {
    let line = PhoneLine::open(&[("desk.flow", DESK)], None);
    let call = served(&line);

    let list = ask(&line, &["calls"]);
    assert!(list.starts_with("CALL") && list.contains(&call) && list.contains("+44…00"), "{list}");
    shows_nobody("the list", &list);
    let object: Value = serde_json::from_str(&ask(&line, &["calls", "--format", "json"])).expect("one object a line");
    assert_eq!(
        [&object["call"], &object["state"], &object["result"]],
        [&json!(call), &json!("over"), &json!("served")]
    );
    assert_eq!(ask(&line, &["calls", "--live", "--format", "json"]), "");

    let story = ask(&line, &["trace", &call]);
    shows_nobody("the story", &story);
    for told in ["begin", "/desk.flow:10", "recognize_completed 2.1: 4 keys", "[ask -> bye]", "ended ", "with served"] {
        assert!(story.contains(told), "`{told}` is not told:\n{story}");
    }
    let told: Value = serde_json::from_str(&ask(&line, &["trace", &call, "--format", "json"])).expect("JSON");
    shows_nobody("the history", &told.to_string());
    let history = told["history"].as_array().expect("chapters");
    let revs: Vec<u64> = history.iter().filter_map(|chapter| chapter["rev"].as_u64()).collect();
    assert_eq!(revs, (1..=history.len() as u64).collect::<Vec<_>>(), "every revision is told once");
    let entered = |state: &str| {
        let mut steps = history.iter().flat_map(|chapter| chapter["steps"].as_array().expect("steps"));
        steps.find(|step| step["did"] == "entered" && step["state"] == state).cloned().unwrap_or_default()
    };
    assert!(entered("bye")["file"].as_str().is_some_and(|file| file.ends_with("desk.flow")), "{}", entered("bye"));
    assert_eq!(entered("bye")["line"], 11);

    let service = format!("http://127.0.0.1:{}", line.service_port);
    let unknown = Flowc::new(["trace", "nobody", "--service"]).arg(service).run().expect(2);
    assert!(unknown.stderr.contains("no call `nobody`"), "{}", unknown.stderr);
    assert_eq!(http::get(line.service_port, "/api/calls/nobody/history").expect("an answer").status, 404);
}

/// The samples of an exposition, with their whole labels; panics where it is none.
fn samples(text: &str) -> BTreeMap<String, f64> {
    let (mut kinds, mut found): (BTreeMap<String, String>, BTreeMap<String, f64>) = Default::default();
    let is_name =
        |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit());
    for line in text.lines() {
        if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').expect("a name and a kind");
            assert!(is_name(name) && ["counter", "gauge", "histogram"].contains(&kind), "{line}");
            assert!(kind != "counter" || name.ends_with("_total"), "{line}");
            assert_eq!(kinds.insert(name.to_owned(), kind.to_owned()), None, "{line}");
            continue;
        }
        if line.starts_with("# HELP ") {
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no sample: `{line}`"));
        let name = series.split('{').next().unwrap_or_default();
        let parts = ["_bucket", "_sum", "_count"].map(|part| name.strip_suffix(part));
        let of = parts.into_iter().flatten().find(|base| kinds.get(*base).is_some_and(|kind| kind == "histogram"));
        assert!(kinds.contains_key(of.unwrap_or(name)), "`{line}` stands before what it is");
        let value = value.parse().unwrap_or_else(|_| panic!("no number: `{line}`"));
        assert_eq!(found.insert(series.to_owned(), value), None, "`{series}` stands twice");
    }
    found
}

#[test]
fn what_happens_is_counted_and_prometheus_can_read_it() {
    let line = PhoneLine::open(&[("desk.flow", DESK)], None);
    served(&line);
    let answer = http::get(line.service_port, "/metrics").expect("an answer");
    let text = String::from_utf8(answer.body).expect("text");
    assert_eq!(answer.status, 200);
    shows_nobody("the measures", &text);
    let samples = samples(&text);
    let of = |series: &str| samples.get(series).copied().unwrap_or_else(|| panic!("no `{series}` in\n{text}"));
    for (series, wanted) in [
        ("flowc_calls_live", 0.0),
        ("flowc_calls_begun_total{flow=\"desk\"}", 1.0),
        ("flowc_calls_ended_total{flow=\"desk\",result=\"served\"}", 1.0),
        ("flowc_webhooks_total{kind=\"recognize_completed\",outcome=\"applied\"}", 1.0),
        ("flowc_webhooks_total{kind=\"call_disconnected\",outcome=\"applied\"}", 1.0),
        ("flowc_event_grid_events_total{kind=\"incoming\"}", 1.0),
        ("flowc_commands_total{operation=\"answer\",outcome=\"ok\"}", 1.0),
        ("flowc_commands_total{operation=\"hang_up\",outcome=\"ok\"}", 1.0),
        ("flowc_set_aside_total", 0.0),
    ] {
        assert_eq!(of(series), wanted, "{series}\n{text}");
    }
    assert!(
        of("flowc_store_commit_seconds_count")
            >= of("flowc_webhooks_total{kind=\"play_completed\",outcome=\"applied\"}")
    );
    assert_eq!(of("flowc_store_commit_seconds_count"), of("flowc_store_commit_writes_bucket{le=\"+Inf\"}"));
    assert!(of("flowc_http_answer_seconds_count{route=\"callbacks\"}") >= 4.0);
    // The handshake, and the call.
    assert!(of("flowc_http_requests_total{route=\"incoming\",status=\"200\"}") >= 2.0);
    assert!(of("process_resident_memory_bytes") > 1e6);
    assert!(samples.len() < 500, "{} series after one call", samples.len());
}

#[test]
fn a_log_line_is_one_event_whatever_stands_in_it() {
    let mut line = PhoneLine::open_chatty(&[("desk.flow", DESK)]);
    served(&line);
    let hostile = "Evil\r\n{\"level\":\"ERROR\"}\u{1b}[2J\u{2028}";
    let events =
        json!([{ "id": "1", "eventType": hostile, "subject": "x", "data": {}, "eventTime": "2026-01-01T00:00:00Z" }]);
    assert_eq!(http::json(line.service_port, "POST", "/events/incoming", &events).expect("an answer").status, 200);
    line.service().wait_for("set aside", crate::harness::phone_line::PATIENCE);
    let said = line.service().said();
    shows_nobody("the log", &said);
    let events: Vec<Value> = said
        .lines()
        .filter(|line| !line.starts_with("flowc: "))
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no event: `{line}`")))
        .collect();
    let of = |message: &str| events.iter().find(|event| event["fields"]["message"] == message).cloned();
    assert_eq!(of("set aside").expect("it is logged")["fields"]["detail"], hostile);
    assert!(of("a turn was taken").is_some() && of("a request was made").is_some(), "{said}");
    assert!(said.chars().all(|c| c == '\n' || !c.is_control()), "{said:?}");
}

#[test]
fn a_level_that_is_none_is_wrong_usage() {
    for (flag, wanted) in [("--log-level", "debug"), ("--log-format", "json")] {
        let output = Flowc::new(["serve", flag, "loud"]).run().expect(2);
        assert!(output.stderr.contains(flag) && output.stderr.contains(wanted), "{}", output.stderr);
    }
}
