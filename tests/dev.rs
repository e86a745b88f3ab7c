//! Whole calls as an author rehearses them: `flowc dev --call` plays each example's scripts over real HTTP, and `flowc call`
//! places one through a running service.

use crate::harness::phone_line::PhoneLine;
use crate::harness::{Flowc, Folder, free_port};
use serde_json::json;
use std::path::Path;
use std::time::Duration;

/// How long a script may take.
const SCRIPT: Duration = Duration::from_secs(150);

#[test]
fn the_front_desk_is_dialled_heard_pressed_and_transferred() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("flows/front_desk/front_desk.scenario.yaml");
    let output = Flowc::new(["dev", "--call"]).arg(script).time_out(SCRIPT).run().expect(0);
    for words in ["calls +", "hears ", "presses ", "transferred", "[pick_up  ", "front_desk.flow:"] {
        assert!(output.stdout.contains(words), "`{words}` in\n{}", output.stdout);
    }
}

#[test]
fn states_of_a_flow_that_is_run_have_their_place_too() {
    let front =
        "flowc 1\nflow front inbound\nuse talk\nstart a\na: answer -> b\nb: run talk -> c\nc: hangup play \"Bye.\"\n";
    let talk = "flowc 1\nflow talk live\nreturns told\ndefault failed -> return told\n\
                always party left -> return told\nstart words\n\nwords: play \"Hi.\" -> return told\n";
    let script =
        "scenario: is told\nflow: front\nscript:\n  - call from +441632960100\n  - hear \"Hi\"\n  - hear \"Bye\"\n";
    let folder = Folder::new().with("front.flow", front).with("talk.flow", talk).with("x.scenario.yaml", script);
    let output =
        Flowc::new(["dev", "--call", "x.scenario.yaml"]).in_folder(folder.path()).time_out(SCRIPT).run().expect(0);
    for place in ["[b  front.flow:6]", "[talk.words  talk.flow:8]", "[c  front.flow:7]"] {
        assert!(output.stdout.contains(place), "`{place}` in\n{}", output.stdout);
    }
}

#[test]
fn a_number_brings_its_locale() {
    let flow = "flowc 1\nflow hi inbound\nuse words\nstart a\na: answer -> b\nb: play hello -> c\nc: hangup\n";
    let words = "prompts: words\nhello: { en-US: Good morning., cy-GB: Bore da. }\n";
    let routes = "\"*\": hi\n\"+1604*\": { flow: hi, locale: cy-GB, voice: cy-GB-NiaNeural }\n";
    for (number, hears) in [("+16045550100", "Bore da"), ("+18005550100", "Good morning")] {
        let call = format!("call from +441632960100 to {number}");
        let script = format!("scenario: hears it\nflow: hi\nscript:\n  - {call}\n  - hear \"{hears}\"\n");
        let folder = Folder::new().with("hi.flow", flow).with("words.yaml", words).with("routes.yaml", routes);
        let folder = folder.with("x.scenario.yaml", script);
        let dev = Flowc::new(["dev", "--call", "x.scenario.yaml"]).in_folder(folder.path()).time_out(SCRIPT);
        assert!(dev.run().expect(0).stdout.contains(hears), "{number}");
    }
}

#[test]
fn a_flow_that_streams_is_not_served_without_an_address() {
    let flow = |condition: &str| {
        let head = "flowc 1\nflow tapped inbound\nstart a\na: answer -> b\n";
        format!("{head}tap: while {condition}, else c {{\n  b: wait 2s -> c\n}}\nc: hangup\n")
    };
    for (condition, setting) in [("streaming on", "streaming_url"), ("transcription en-GB", "transcription_url")] {
        let folder = Folder::new().with("tapped.flow", flow(condition));
        let serve = || {
            let serve =
                Flowc::new(["serve", "."]).in_folder(folder.path()).env("FLOWC_AI_ENDPOINT", "https://ai.example/");
            serve.env("ACS_CONNECTION_STRING", "endpoint=http://127.0.0.1:9;accesskey=aGVsbG8=")
        };
        let missing = serve().run().expect(2).stderr;
        assert!(missing.contains(&format!("`{setting}` is not set")) && missing.lines().count() == 1, "{missing}");
        let wrong =
            serve().env(&format!("FLOWC_{}", setting.to_uppercase()), "https://a.example/").run().expect(2).stderr;
        assert!(wrong.contains("web socket"), "{wrong}");
        let port = free_port();
        let mut served = serve()
            .env(&format!("FLOWC_{}", setting.to_uppercase()), "wss://a.example/")
            .env("FLOWC_LISTEN", &format!("127.0.0.1:{port}"))
            .start();
        served.wait_for("serving tapped", Duration::from_secs(60));
    }
}

const HELLO: &str = "flowc 1\nflow hello inbound\nstart a\na: answer -> b\nb: play \"Hi.\" -> c\nc: hangup\n";

#[test]
fn a_call_that_goes_another_way_than_its_script_fails_with_the_step() {
    let folder = Folder::new().with("hello.flow", HELLO).with(
        "x.scenario.yaml",
        "scenario: hears something else\nflow: hello\nscript:\n  - call from +441632960100\n  - hear \"Goodbye\"\n",
    );
    let output =
        Flowc::new(["dev", "--call", "x.scenario.yaml"]).in_folder(folder.path()).time_out(SCRIPT).run().expect(1);
    assert!(output.stderr.contains("F0702"), "{}", output.stderr);
    assert!(output.stderr.contains("x.scenario.yaml:5"), "{}", output.stderr);
    assert!(output.stderr.contains("heard: Hi."), "{}", output.stderr);
    assert!(!output.stderr.contains("flowc test"), "{}", output.stderr);
}

#[test]
fn what_a_scenario_has_given_is_played_and_what_it_expects_is_not_held() {
    let play = |given: &str, steps: &str| {
        let scenario = format!("scenario: x\nflow: hello\ngiven: {given}\nscript:\n{steps}expect: {{ ended: c }}\n");
        let folder = Folder::new().with("hello.flow", HELLO).with("x.scenario.yaml", scenario);
        Flowc::new(["dev", "--fast", "--call", "x.scenario.yaml"]).in_folder(folder.path()).time_out(SCRIPT).run()
    };
    let calls = "  - call from +441632960100\n";
    let heard = play("{ clock: 2026-12-24T18:00Z }", &format!("{calls}  - hear \"Hi.\"\n")).expect(0);
    assert!(heard.stderr.contains("`expect` is left out here; `flowc test` holds it"), "{}", heard.stderr);
    // The platform refuses to play it.
    let refused = play("{ fails: [b] }", calls).expect(0);
    assert!(!refused.stdout.contains("hears"), "{}", refused.stdout);
}

#[test]
fn a_script_that_its_flow_cannot_do_is_refused_before_anybody_dials() {
    for (step, says) in [
        ("answer after 2s", "does not pick up"),
        ("agent: press 1", "unknown participant"),
        ("party: busy", "does not pick"),
    ] {
        let script = format!("scenario: odd\nflow: hello\nscript:\n  - {step}\n");
        let folder = Folder::new().with("hello.flow", HELLO).with("x.scenario.yaml", script);
        let output = Flowc::new(["dev", "--call", "x.scenario.yaml"]).in_folder(folder.path()).run().expect(1);
        assert!(output.stderr.contains(says), "{step}: {}", output.stderr);
        assert!(!output.stdout.contains("calls"), "{}", output.stdout);
    }
}

/// A caller who speaks, and somebody who is brought in and presses a key.
const DESK: &str = r#"flowc 1
flow desk inbound
participant agent
start a
a: answer -> b
b: menu ask "Say help, or say nothing.", retry 0 {
  help = 1 "help" -> c
  exhausted -> d
}
c: add agent, target "+441632960111", from "+18005550100" -> e {
  busy | no_answer | declined | unreachable | failed -> d
}
e: menu ask "To take it, press {key yes}.", hear agent, retry 0 {
  yes = 1 -> f
  agent left | exhausted -> d
}
f: play "Here you are." -> g
g: hangup everyone
d: hangup everyone, play "Nobody."
"#;

#[test]
fn a_caller_speaks_and_somebody_else_presses() {
    let folder = Folder::new().with("desk.flow", DESK).with(
        "x.scenario.yaml",
        "scenario: brought in\nflow: desk\nscript:\n  - call from +441632960100\n  - hear \"Say help\"\n  - say I need help, please\n  - \"agent: hear \\\"To take it\\\"\"\n  - \"agent: press 1\"\n  - hear \"Here you are\"\n",
    );
    let output =
        Flowc::new(["dev", "--call", "x.scenario.yaml"]).in_folder(folder.path()).time_out(SCRIPT).run().expect(0);
    assert!(output.stdout.contains("says    I need help"), "{}", output.stdout);
}

#[test]
fn a_script_answers_only_what_its_operation_can() {
    let flow = "flowc 1\nflow asks inbound\nuse crm\nvar who: crm.Who?\nstart a\na: answer -> b\n\
                b: who = invoke crm.find() -> c { missing -> c }\nc: hangup\n";
    let crm = "service: crm\nurl: https://crm.example.com\ntypes:\n  Who: { id: text }\n\
               operations:\n  find: { ok: Who, outcomes: [missing] }\n";
    for (given, says) in [
        ("crm.find: mising", "did you mean `missing`?"),
        ("crm.find: { ok: { id: 3 } }", "does not fit"),
        ("crm.find: { missing: 3 }", "brings nothing"),
        ("crm.find: ok", "`ok` brings a value"),
        ("crm.fnd: missing", "did you mean `crm.find`?"),
    ] {
        let script = format!("scenario: odd\nflow: asks\ngiven: {{ {given} }}\nscript:\n  - call from +441632960100\n");
        let folder = Folder::new().with("asks.flow", flow).with("crm.yaml", crm).with("x.scenario.yaml", script);
        let output = Flowc::new(["dev", "--call", "x.scenario.yaml"]).in_folder(folder.path()).run().expect(1);
        assert!(output.stderr.contains("F0702") && output.stderr.contains(says), "{given}: {}", output.stderr);
    }
}

#[test]
fn a_flow_with_errors_is_never_served() {
    let folder = Folder::new().with("hello.flow", HELLO.replace("-> c", "-> d"));
    for command in ["serve", "dev"] {
        let output = Flowc::new([command, "."])
            .env("FLOWC_AI_ENDPOINT", "https://ai.example/")
            .env("ACS_CONNECTION_STRING", "endpoint=http://127.0.0.1:9;accesskey=aGVsbG8=")
            .in_folder(folder.path())
            .run()
            .expect(1);
        assert!(output.stderr.contains("F0102"), "{command}: {}", output.stderr);
    }
}

#[test]
fn a_missing_setting_is_one_line_that_names_it() {
    let flow = HELLO.replace("start a", "settings { desk: phone }\nstart a").replace(
        "b: play \"Hi.\" -> c",
        "b: transfer settings.desk -> return { busy | no_answer | declined | unreachable | failed -> c }",
    );
    let folder = Folder::new().with("hello.flow", flow);
    let connection = ("ACS_CONNECTION_STRING", "endpoint=http://127.0.0.1:9;accesskey=aGVsbG8=");
    let serve = || Flowc::new(["serve", "."]).in_folder(folder.path());
    let output = serve().env(connection.0, connection.1).run().expect(2);
    assert!(output.stderr.contains("desk"), "{}", output.stderr);
    let spoken = Folder::new().with("hello.flow", HELLO);
    let output = Flowc::new(["serve", "."]).in_folder(spoken.path()).env(connection.0, connection.1).run().expect(2);
    assert!(output.stderr.contains("ai_endpoint") && output.stderr.lines().count() == 1, "{}", output.stderr);
    let output = Flowc::new(["serve", "."])
        .arg("--ai-endpoint")
        .arg("https://ai.example/")
        .in_folder(spoken.path())
        .run()
        .expect(2);
    assert!(output.stderr.contains("ACS_CONNECTION_STRING") && output.stderr.lines().count() == 1, "{}", output.stderr);
}

/// An outbound flow: rings, says something, and hangs up.
const REMINDER: &str = r#"flowc 1
flow reminder outbound
param to: phone
param patient: text
settings { clinic: phone }
returns told | no_contact | busy
default failed -> gone
always party left -> return no_contact
start ring

ring: dial to, from settings.clinic, ring_for 20s -> say {
  busy -> return busy
  no_answer | declined | unreachable | failed -> return no_contact
}
say: play "Hello {patient}." -> bye
bye: hangup told
gone: hangup no_contact
"#;

/// Keys alone, and words as files: what the first generations can do.
const KEYED: &str = r#"flowc 1
flow keyed outbound
param to: phone
settings { line: phone }
returns told | nobody
use words
default failed -> gone
always party left -> return nobody
start ring

ring: dial to, from settings.line, ring_for 20s -> ask {
  busy | no_answer | declined | unreachable -> return nobody
}
ask: menu ask question, retry 0, first_key 1m {
  go_on = 1 -> thanks
  exhausted -> gone
}
thanks: play thanked -> bye
bye: hangup told
gone: hangup nobody
"#;

/// Requests of the private preview go to `/calls`, which is the emulator's there.
#[test]
fn a_call_of_the_private_preview_is_rehearsed() {
    let words = "prompts: words\n\
                 question: { en-US: { file: question.wav, transcript: To go on press one. } }\n\
                 thanked: { en-US: { file: thanked.wav, transcript: Thank you. } }\n";
    let settings = "api_version = \"private-preview\"\ncalling_user = \"8:acs:app_me\"\n\
                    [settings]\nline = \"+18005550100\"\n";
    let script = "scenario: goes on\nflow: keyed\ngiven: { params: { to: \"+441632960100\" } }\nscript:\n  \
                  - answer after 1s\n  - hear question\n  - press 1\n  - hear thanked\n";
    let folder = Folder::new().with("keyed.flow", KEYED).with("words.yaml", words).with("flowc.toml", settings);
    let folder = folder.with("question.wav", "RIFF").with("thanked.wav", "RIFF").with("x.scenario.yaml", script);
    let dev = Flowc::new(["dev", "--call", "x.scenario.yaml"]).in_folder(folder.path()).time_out(SCRIPT);
    let output = dev.run().expect(0);
    assert!(output.stdout.contains("[thanks"), "{}", output.stdout);
}

#[test]
fn a_call_is_placed_through_the_running_service() {
    let line = PhoneLine::open(
        &[("reminder.flow", REMINDER), ("flowc.toml", "[settings]\nclinic = \"+441632960111\"\n")],
        None,
    );
    let call = |params: &[&str]| {
        let mut run = Flowc::new(["call", "reminder", "--to", "+441632960100"])
            .arg("--service")
            .arg(format!("http://127.0.0.1:{}", line.service_port));
        for param in params {
            run = run.arg("--param").arg(*param);
        }
        run.run()
    };
    let output = call(&["patient=Ada"]).expect(0);
    assert_eq!(output.stdout.trim().len(), 36, "a call id: {}", output.stdout);
    let result = line.wait_result();
    assert_eq!((result["result"].as_str(), result["to"].as_str()), (Some("told"), Some("+441632960100")), "{result:#}");
    let heard = line.call("call-1");
    assert!(heard["transcript"].to_string().contains("Hello Ada."), "{heard:#}");
    let refused = call(&[]).expect(2);
    assert!(refused.stderr.contains("patient"), "{}", refused.stderr);
}

/// A room comes to be when it is joined.
#[test]
fn a_flow_that_joins_a_call_is_begun_through_the_service() {
    let join = "flowc 1\nflow notes join\nparam room: text\nreturns let_in | not_let_in\nalways party left -> return let_in\n\
                start enter\nenter: connect room, by room -> bye { failed -> return not_let_in }\nbye: hangup let_in\n";
    let line = PhoneLine::open(&[("notes.flow", join)], None);
    let body = json!({ "flow": "notes", "params": { "room": "99" } });
    let placed = crate::harness::http::json(line.service_port, "POST", "/api/calls", &body).expect("an answer");
    assert_eq!(placed.status, 202);
    assert_eq!(line.wait_result()["result"], "let_in");
}

#[test]
fn a_busy_callee_is_an_outcome_of_its_own() {
    let line = PhoneLine::open(
        &[("reminder.flow", REMINDER), ("flowc.toml", "[settings]\nclinic = \"+441632960111\"\n")],
        None,
    );
    for (answer, result) in
        [("busy", "busy"), ("decline", "no_contact"), ("unreachable", "no_contact"), ("never", "no_contact")]
    {
        let phone = crate::harness::http::json(
            line.emulator_port,
            "PUT",
            "/emulator/phones/%2B441632960100",
            &json!({ "answer": answer }),
        );
        assert_eq!(phone.map(|answer| answer.status), Some(204));
        let body = json!({ "flow": "reminder", "to": "+441632960100", "params": { "patient": "Ada" }, "idempotency_key": answer });
        let place = || crate::harness::http::json(line.service_port, "POST", "/api/calls", &body).expect("an answer");
        let (placed, again) = (place(), place());
        assert_eq!((placed.status, placed.json()), (202, again.json()), "the same key is the same call");
        let id = placed.json()["call"].as_str().expect("an id").to_owned();
        let deadline = std::time::Instant::now() + Duration::from_secs(40);
        loop {
            let call =
                crate::harness::http::get(line.service_port, &format!("/api/calls/{id}")).expect("an answer").json();
            if call["phase"] == "ended" {
                assert_eq!(call["result"], result, "{answer}: {call:#}");
                break;
            }
            assert!(std::time::Instant::now() < deadline, "{answer}: {call:#}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn an_emulator_that_cannot_do_what_is_asked_does_not_start() {
    for (flag, value) in [
        ("--event-grid", "junk"),
        ("--event-grid", "http://elsewhere.example/events"),
        ("--access-key", "not base64!"),
        ("--api-version", "2021-01-01"),
        ("--listen", "0.0.0.0:9000"),
    ] {
        let output = Flowc::new(["emulate", flag, value]).run().expect(2);
        assert!(output.stderr.lines().count() == 1 && output.stdout.is_empty(), "{flag} {value}: {}", output.stderr);
    }
}

#[test]
fn an_operator_ends_a_call_and_bad_requests_change_nothing() {
    let flow = HELLO.replace(
        "b: play \"Hi.\" -> c",
        "b: play \"A long story, told slowly, with many words in it, and it goes on for quite a while.\" -> c",
    );
    let line = PhoneLine::open(&[("hello.flow", &flow)], None);
    let post = |target: &str, body: &serde_json::Value| {
        crate::harness::http::json(line.service_port, "POST", target, body).expect("an answer")
    };
    for (target, body, status) in [
        ("/api/calls", json!({}), 400),
        ("/api/calls", json!({ "flow": "nothing" }), 404),
        ("/api/calls", json!({ "flow": "hello" }), 409),
        ("/api/calls", json!({ "flow": "hello", "extra": 1 }), 400),
        ("/api/calls", json!(["hello", "+441632960100", null, {}, null]), 400),
        ("/api/calls/none/hangup", json!({}), 404),
        ("/api/nothing", json!({}), 404),
        ("/healthz", json!({}), 405),
        ("/nowhere", json!({}), 404),
    ] {
        let answer = post(target, &body);
        assert_eq!(answer.status, status, "{target} {body}");
        assert!(
            answer.json()["error"]["code"].is_string() && answer.json()["error"]["message"].is_string(),
            "{target} {body}"
        );
    }
    assert_eq!(
        crate::harness::http::get(line.service_port, "/api/calls").expect("an answer").json(),
        json!({ "calls": [], "more": false })
    );
    let call = line.dial();
    line.wait_playing(&call, "A long story");
    let calls = crate::harness::http::get(line.service_port, "/api/calls").expect("an answer").json();
    let id = calls["calls"][0]["call"].as_str().expect("an id").to_owned();
    assert_eq!(post(&format!("/api/calls/{id}/hangup"), &json!({})).status, 202);
    assert_eq!(line.wait_end(&call)["end"], "hangup");
    line.wait_result();
    assert_eq!(post(&format!("/api/calls/{id}/hangup"), &json!({})).status, 409);
    for target in ["/healthz", "/readyz", "/api/openapi.json"] {
        assert_eq!(
            crate::harness::http::get(line.service_port, target).map(|answer| answer.status),
            Some(200),
            "{target}"
        );
    }
}
