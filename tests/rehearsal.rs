//! `flowc test` as an author meets it: through the binary, on projects in folders of their own.

use crate::harness::{Flowc, Folder};
use serde_json::Value;
use std::path::Path;

/// A desk with one choice, one service and somebody to hand over to.
const DESK: &str = r#"flowc 1
flow desk inbound
settings { sales: phone }
returns handed_over | nobody | gone
use crm
var customer: crm.Customer?
default failed -> sorry
always party left -> return gone
start pick_up

pick_up: answer -> ask
ask: menu ask "For sales, press {key sales}.", retry 1 {
  sales = 1 -> look
  exhausted -> sorry
}
look: customer = invoke crm.find(number: call.from), meanwhile "One moment." -> hand_over { missing -> sorry }
hand_over: transfer settings.sales, play "Connecting you." -> return handed_over {
  busy | no_answer | declined | unreachable -> sorry
}
sorry: hangup nobody, play "Nobody is free."
"#;

const CRM: &str = r#"service: crm
url: https://crm.example.org
types:
  Customer: { name: text }
operations:
  find: { args: { number: text }, ok: Customer, outcomes: [missing], safe_to_repeat: true }
"#;

const SETTINGS: &str = "[settings]\nsales = \"+441632960111\"\n";

const GOOD: &str = r#"scenario: is put through
flow: desk
given:
  crm.find: { ok: { name: Ada }, takes: 2s }
script:
  - call from +441632960100
  - hear "For sales, press 1."
  - press 1
  - hear "Connecting you."
expect: { result: handed_over, ended: hand_over, invoked: { crm.find: 1 }, silence_max: 3s, left_behind: nothing, transcript: golden }
"#;

fn desk(scenarios: &[(&str, &str)]) -> Folder {
    let folder = Folder::new().with("desk.flow", DESK).with("crm.yaml", CRM).with("flowc.toml", SETTINGS);
    scenarios.iter().fold(folder, |folder, (name, text)| folder.with(name, *text))
}

fn test(folder: &Folder, more: &[&str]) -> crate::harness::Output {
    Flowc::new(["test"].iter().chain(more).copied()).in_folder(folder.path()).run()
}

#[test]
fn a_scenario_that_comes_about_is_fine_and_its_transcript_is_kept() {
    let folder = desk(&[("good.scenario.yaml", GOOD)]);
    let missing = test(&folder, &[]).expect(1);
    assert!(missing.stdout.contains("there is no transcript beside the scenario"), "{}", missing.stdout);
    let written = test(&folder, &["--update"]).expect(0);
    assert!(written.stderr.contains("1 transcript written"), "{}", written.stderr);
    let kept = std::fs::read_to_string(folder.path().join("good.transcript.txt")).expect("it was written");
    for words in ["is put through\n", "caller  hears    For sales, press 1.", "presses  1", "result: handed_over"] {
        assert!(kept.contains(words), "`{words}` in\n{kept}");
    }
    let fine = test(&folder, &[]).expect(0);
    assert!(fine.stdout.contains("1 scenario, all as they say"), "{}", fine.stdout);
    // The same each time.
    assert_eq!(test(&folder, &["--update"]).expect(0).stderr, "");
    let changed = kept.replace("Connecting you.", "We connect you.");
    std::fs::write(folder.path().join("good.transcript.txt"), changed).expect("written");
    let differs = test(&folder, &[]).expect(1);
    for words in ["the transcript is another one", "-  0:0", "hears    We connect you.", "hears    Connecting you."] {
        assert!(differs.stdout.contains(words), "`{words}` in\n{}", differs.stdout);
    }
}

#[test]
fn what_is_not_as_expected_is_found_in_the_scenario_and_in_the_flow() {
    let cases = [
        ("hear \"For sales, press 1.\"", "hear \"For support\"", "is not what is heard", "heard: For sales, press 1."),
        ("result: handed_over", "result: nobody", "the result is not `nobody`", "it is `handed_over`"),
        ("ended: hand_over", "ended: sorry", "the flow does not end in `sorry`", "it ends in `hand_over`"),
        ("crm.find: 1 }", "crm.find: 2 }", "`crm.find` is not asked 2 times", "it is asked once"),
        ("  - press 1\n  - hear \"Connecting you.\"\n", "", "the result is not `handed_over`", "it is `nobody`"),
        (
            "  - press 1\n",
            "  - press 1\n  - hear \"One moment, please.\"\n",
            "is not what is heard",
            "heard: Connecting you.",
        ),
    ];
    for (was, is, message, label) in cases {
        let scenario = GOOD.replace(", transcript: golden", "").replace(was, is);
        let found = test(&desk(&[("a.scenario.yaml", &scenario)]), &[]).expect(1);
        let line_of = |state: &&str| DESK.lines().position(|line| line.starts_with(*state)).map_or(0, |line| line + 1);
        let ends: Vec<usize> = ["hand_over:", "sorry:", "ask:"].iter().map(line_of).collect();
        let points = |line: &usize| found.stdout.contains(&format!("desk.flow:{line}:1"));
        assert!(ends.iter().any(points), "{ends:?} in\n{}", found.stdout);
        for words in ["F0703", message, label, "a.scenario.yaml:", "desk.flow:"] {
            assert!(found.stdout.contains(words), "{is}: `{words}` in\n{}", found.stdout);
        }
    }
}

#[test]
fn silence_counts_while_nobody_is_spoken_to() {
    let quiet = DESK.replace(", meanwhile \"One moment.\"", "");
    let scenario = GOOD.replace(", transcript: golden", "").replace("takes: 2s", "takes: 4s");
    let folder = desk(&[("a.scenario.yaml", &scenario)]).with("desk.flow", &quiet);
    let found = test(&folder, &[]).expect(1);
    for words in ["the line is silent for more than 3s", "4s of silence", "silent here"] {
        assert!(found.stdout.contains(words), "`{words}` in\n{}", found.stdout);
    }
}

#[test]
fn the_platform_refuses_what_a_scenario_wants_refused_and_phones_behave_as_described() {
    let base = GOOD.replace(", transcript: golden", "");
    for (given, ended) in [
        ("fails: [hand_over]", "sorry"),
        ("fails: [ask]", "sorry"),
        ("fails: [ask 2]", "hand_over"),
        ("phones: { settings.sales: busy }", "sorry"),
        ("phones: { settings.sales: no answer }", "sorry"),
        ("phones: { settings.sales: 4s }", "hand_over"),
    ] {
        let steps = if given == "fails: [ask]" {
            "script:\n  - call from +441632960100\n  - hear \"Nobody is free.\"\n"
        } else {
            "script:\n  - call from +441632960100\n  - hear \"For sales\"\n  - press 1\n"
        };
        let expect = format!("expect: {{ ended: {ended}, left_behind: nothing }}\n");
        let (head, _) = base.split_once("script:").expect("a script");
        let scenario = format!("{head}{steps}{expect}").replace("given:\n", &format!("given:\n  {given}\n"));
        let output = test(&desk(&[("a.scenario.yaml", &scenario)]), &[]);
        assert_eq!(output.status, Some(0), "{given}\n{}\n{}", output.stdout, output.stderr);
    }
}

#[test]
fn a_step_that_is_never_met_stops_at_its_bound() {
    let endless = "flowc 1\nflow hold inbound\nstart a\na: answer -> b\nb: play \"Please hold.\", loop { party left -> c; after 3h -> c }\nc: hangup\n";
    let scenario =
        "scenario: waits\nflow: hold\nscript:\n  - call from +441632960100\n  - hear \"Somebody is here.\"\n";
    let folder = Folder::new().with("hold.flow", endless).with("a.scenario.yaml", scenario);
    let output = test(&folder, &[]);
    assert_eq!(output.status, Some(1), "{}\n{}", output.stdout, output.stderr);
    assert!(output.stdout.contains("F0703"), "{}", output.stdout);
}

#[test]
fn programs_and_ci_servers_are_told_too() {
    let bad = GOOD
        .replace("is put through", "wants <more>")
        .replace(", transcript: golden", "")
        .replace("handed_over,", "nobody,");
    let good = GOOD.replace(", transcript: golden", "");
    let folder = desk(&[("bad.scenario.yaml", &bad), ("good.scenario.yaml", &good)]);
    let lines = test(&folder, &["--format", "json", "--coverage"]).expect(1).json_lines();
    let of = |at: usize, name: &str| lines[at][name].clone();
    assert_eq!((of(0, "ok"), of(1, "ok")), (Value::from(false), Value::from(true)));
    assert_eq!((of(1, "result"), of(1, "invoked")), (Value::from("handed_over"), serde_json::json!({ "crm.find": 1 })));
    assert_eq!(of(0, "findings")[0]["code"], "F0703");
    let last = lines.last().expect("one for all");
    assert_eq!((&last["scenarios"], &last["failed"]), (&Value::from(2), &Value::from(1)));
    let edges = &last["coverage"]["desk"]["share"]["edges"];
    assert!(edges["met"].as_u64() < edges["of"].as_u64(), "{edges}");
    let xml = test(&folder, &["--format", "junit"]).expect(1).stdout;
    for words in ["tests=\"2\" failures=\"1\"", "wants &lt;more&gt;", "<failure message=", "good.scenario.yaml"] {
        assert!(xml.contains(words), "`{words}` in\n{xml}");
    }
    let one = test(&folder, &["--filter", "put through"]).expect(0);
    assert!(one.stdout.contains("1 scenario, all as they say"), "{}", one.stdout);
    let none = test(&folder, &["--filter", "nothing like it"]).expect(2);
    assert!(none.stderr.contains("there is no scenario"), "{}", none.stderr);
}

#[test]
fn what_was_walked_is_counted_drawn_and_held_against_the_least() {
    let good = GOOD.replace(", transcript: golden", "");
    let folder = desk(&[("good.scenario.yaml", &good)]);
    let told = test(&folder, &["--coverage", "--coverage-svg", "pictures"]).expect(0);
    for words in ["not taken: desk: look: missing -> sorry", "no scenario ends with: desk: nobody", "edges taken"] {
        assert!(told.stdout.contains(words), "`{words}` in\n{}", told.stdout);
    }
    let picture = std::fs::read_to_string(folder.path().join("pictures/desk.svg")).expect("it was drawn");
    let way = |from: &str, outcome: &str| format!("[data-from=\"{from}\"][data-outcome=\"{outcome}\"] .way");
    let colour =
        |way: &str| picture.split_once(way).map(|(_, rest)| rest.split_once('}').expect("a rule").0.to_owned());
    assert!(colour(&way("pick_up", "connected")).expect("an edge").contains("#1a7f37"), "{picture}");
    assert!(colour(&way("look", "missing")).expect("an edge").contains("#d1242f"), "{picture}");
    std::fs::write(folder.path().join("flowc.toml"), format!("{SETTINGS}[test]\nedges = 90\n")).expect("written");
    let too_few = test(&folder, &["--coverage"]).expect(1);
    assert!(too_few.stderr.contains("flowc.toml wants 90 %"), "{}", too_few.stderr);
    std::fs::write(folder.path().join("flowc.toml"), format!("{SETTINGS}[test]\nedges = 10\n")).expect("written");
    assert!(test(&folder, &["--coverage"]).expect(0).stdout.contains("edges taken"));
    std::fs::write(folder.path().join("flowc.toml"), format!("{SETTINGS}[test]\nedges = 101\n")).expect("written");
    assert!(test(&folder, &["--coverage"]).expect(1).stderr.contains("is not a percentage"));
}

#[test]
fn every_scenario_of_the_examples_comes_about() {
    let flows = Path::new(env!("CARGO_MANIFEST_DIR")).join("flows");
    let output = Flowc::new(["test"]).arg(flows).run();
    assert_eq!(output.status, Some(0), "{}\n{}", output.stdout, output.stderr);
}

#[test]
fn a_scenario_comes_to_the_same_whatever_goes_wrong_on_the_way() {
    let folder = desk(&[("good.scenario.yaml", GOOD)]);
    let chaos = |more: &[&str]| Flowc::new(["chaos"].iter().chain(more).copied()).in_folder(folder.path()).run();
    let told = chaos(&["--seeds", "3"]).expect(0);
    for words in ["ok    is put through", "all the same", "1 scenario"] {
        assert!(told.stdout.contains(words), "`{words}` in\n{}", told.stdout);
    }
    let told = chaos(&["--trouble", "crash before 3, late 2 300ms", "--format", "json"]).expect(0);
    let first: Value = serde_json::from_str(told.stdout.lines().next().expect("a line")).expect("JSON");
    assert_eq!((&first["ok"], &first["runs"]), (&Value::from(true), &Value::from(2)), "{first}");
    let wrong = chaos(&["--trouble", "crash at 7"]).expect(2);
    assert!(wrong.stderr.contains("is no trouble; they are written `crash before 7`"), "{}", wrong.stderr);
    let nothing = chaos(&["--filter", "nobody"]).expect(2);
    assert!(nothing.stderr.contains("there is no scenario with `nobody` here"), "{}", nothing.stderr);
}

/// One call waits until it is told something, another tells it.
const WAITS: &str = "flowc 1\nflow waits inbound\nreturns told | gone\nsignal go\nstart a\na: answer -> b { failed -> return gone }\n\
    b: play \"Please wait.\", loop { signal go -> c; failed -> c; party left -> return gone }\nc: hangup told, play \"It is your turn.\"\n";
const TELLS: &str = "flowc 1\nflow tells outbound\nparam to: phone\nparam other: text\nreturns told | nobody\nsettings { line: phone }\n\
    default failed -> sorry\nstart ring\nring: dial to, from settings.line -> tell { busy | no_answer | declined | unreachable -> return nobody }\n\
    tell: signal go, to other -> bye { missing -> sorry }\nbye: hangup told, play \"They know.\"\nsorry: hangup nobody, play \"Nobody waits.\"\n";

#[test]
fn another_call_goes_on_meanwhile_and_only_its_own_counts() {
    let scenario = |calls: &str, more: &str, ended: &str| {
        let (result, words) = if ended == "bye" { ("told", "They know.") } else { ("nobody", "Nobody waits.") };
        format!(
            "scenario: tells somebody\nflow: tells\ngiven:\n  params: {{ to: \"+441632960100\", other: calls.waiting }}\n  \
             calls: {{ waiting: {calls} }}\n{more}script: [answer after 1s, hear \"{words}\"]\n\
             expect: {{ result: {result}, ended: {ended}, left_behind: nothing, silence_max: 1s }}\n"
        )
    };
    let test = |text: &str| {
        let folder = Folder::new().with("waits.flow", WAITS).with("tells.flow", TELLS).with("a.scenario.yaml", text);
        let folder = folder.with("flowc.toml", "[settings]\nline = \"+441632960900\"\n");
        Flowc::new(["test", "--format", "json"]).in_folder(folder.path()).run()
    };
    for (calls, more, ended) in [
        ("{ flow: waits }", "", "bye"),
        ("{ flow: waits, before: 5m, from: \"+441632960177\" }", "", "bye"),
        ("{ flow: waits, script: [silence 5s, hang up] }", "", "sorry"),
        ("{ flow: waits, before: 0s }", "", "bye"),
        // Of two that begin one is told; a state of the scenario's own flow is refused, not that of the other call.
        ("{ flow: waits, before: 20s }\n    later: { flow: waits }", "", "bye"),
        (
            "{ params: { to: \"+441632960101\", other: nobody }, script: [silence 1m, hang up] }",
            "  fails: tell\n",
            "sorry",
        ),
    ] {
        let calls = calls.split_once('\n').map_or_else(
            || scenario(calls, more, ended),
            |(first, second)| scenario(&format!("{first}, {}", second.trim()), more, ended),
        );
        let output = test(&calls);
        assert_eq!(output.status, Some(0), "{calls}\n{}\n{}", output.stdout, output.stderr);
        let told = &output.json_lines()[0];
        // Its own time and words, not those of the other.
        assert!(told["lasted_ms"].as_u64().is_some_and(|ms| ms < 10_000), "{told}");
        let heard = told["heard"].as_array().expect("lines");
        assert!(heard.iter().all(|line| line["id"] == "+441632960100"), "{told}");
    }
    let wrong = scenario("{ flow: waits }", "", "bye").replace("calls.waiting", "calls.wating");
    let found = test(&wrong);
    assert!(found.stderr.contains("unknown call `calls.wating`"), "{}\n{}", found.stdout, found.stderr);
}

/// A flow that others run, on a recording that is paused, and one that it runs itself.
const HELPS: &str = "flowc 1\nflow helps live\nneeds recording paused\nparam desk: phone\nparam words: text = \"Shall we?\"\n\
    returns done | lost\nuse puts_through\ndefault failed -> return lost\nalways party left -> return lost\nstart ask\n\
    ask: menu ask text words, retry 0 {\n  yes = 1 -> over\n  no = 2 -> refused\n  exhausted -> return lost\n}\n\
    over: run puts_through(to: desk) { through -> return done; busy -> refused }\nrefused: hangup lost, play \"Then not.\"\n";
const PUTS_THROUGH: &str = "flowc 1\nflow puts_through live\nparam to: phone\nreturns through | busy\ndefault failed -> return busy\n\
    always party left -> return busy\nstart try\ntry: transfer to, play \"One moment.\" -> return through {\n  \
    busy | no_answer | declined | unreachable -> return busy\n}\n";

#[test]
fn a_flow_that_others_run_is_played_on_a_line_of_its_own() {
    let folder = Folder::new().with("helps.flow", HELPS).with("puts_through.flow", PUTS_THROUGH);
    let scenario = |name: &str, given: &str, steps: &str, expect: &str| {
        let text = format!(
            "scenario: {name}\nflow: helps\ngiven:\n  params: {{ desk: \"+441632960111\" }}\n{given}script:\n  - call from +441632960100\n{steps}expect: {{ {expect}, left_behind: nothing }}\n"
        );
        std::fs::write(folder.path().join(format!("{name}.scenario.yaml")), text).expect("written");
    };
    let through = "  - hear \"Shall we?\"\n  - press 1\n  - hear \"One moment.\"\n";
    scenario("through", "", through, "result: done, ended: over");
    let busy = "  phones: { params.desk: busy }\n";
    scenario("busy", busy, &format!("{through}  - hear \"Then not.\"\n"), "result: lost, ended: refused");
    scenario("leaves", "", "  - hear start of \"Shall we?\"\n  - hang up\n", "result: lost, ended: ask");
    scenario("refused", "  fails: ask\n", "", "result: lost, ended: ask");
    let told = test(&folder, &["--coverage"]).expect(0).stdout;
    assert!(told.contains("4 scenarios, all as they say") && !told.contains('('), "{told}");
    assert!(told.contains("not taken: helps: ask: no -> refused"), "{told}");
    // What is missing is made, and nothing is told of the program around the flow.
    let made = test(&folder, &["--generate", "--calls", "200"]).expect(0).stdout;
    assert!(made.contains("100 %") && !made.contains("not covered") && !made.contains('('), "{made}");
    assert!(test(&folder, &[]).expect(0).stdout.contains("all as they say"));
    let chaos = Flowc::new(["chaos", "--seeds", "1", "--filter", "busy"]).in_folder(folder.path()).run();
    assert_eq!(chaos.status, Some(0), "{}", chaos.stdout);
}
