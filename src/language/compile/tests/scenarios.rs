//! Scenarios held against their flows: what does not fit, and what cannot happen.

use crate::language::compile::scripts::check;
use crate::language::compile::tests::compile;
use crate::language::diagnostic::has_errors;
use crate::language::syntax::read_script;

const DESK: &str = "flowc 1\nflow desk inbound\nreturns helped | lost\nsettings { sales: phone; greeting: text }\nuse crm, hand_over\n\
    default failed -> end\nalways party left -> return lost\nstart a\na: answer -> b\nb: play text settings.greeting -> c\n\
    c: invoke crm.find() -> d { missing -> end }\nd: run hand_over(to: settings.sales) { done -> bye; lost -> end }\n\
    bye: hangup helped\nend: hangup lost, play \"Goodbye.\"\n";
const HAND_OVER: &str = "flowc 1\nflow hand_over live\nparam to: phone\nreturns done | lost\ndefault failed -> return lost\n\
    always party left -> return lost\nstart try\ntry: transfer to -> return done { busy | no_answer | declined | unreachable -> offer }\n\
    offer: play \"Nobody is free.\" -> return lost\n";
const REMIND: &str = "flowc 1\nflow remind outbound\nparam to: phone\nparam deputy: phone?\nparam topic: text\nsettings { line: phone }\n\
    participant desk\nsignal stop\nsignal told: { desk: text }\nstart ring\nring: dial to, from settings.line, ring_for 30s -> say { busy | no_answer | declined | unreachable | failed -> end }\n\
    say: play topic_words(topic: topic) -> end\nend: hangup\n";
const AGAIN: &str = "flowc 1\nflow again outbound\nparam to: phone\nsettings { line: phone }\nstart ring\n\
    ring: dial to, from settings.line -> say { busy | no_answer | declined | unreachable -> later; failed -> end }\n\
    later: wait 5m -> ring limit 2 else end\nsay: play \"Hello.\" -> end\nend: hangup\n";
const BOTH: &str = "flowc 1\nflow both outbound\nparam to: phone\nparam deputy: phone\nsettings { line: phone }\nstart ring\n\
    ring: dial [to, deputy], from settings.line -> say { busy | no_answer | declined | unreachable | failed -> end }\n\
    say: play \"Hello.\" -> end\nend: hangup\n";
const TURNED_AWAY: &str = "flowc 1\nflow turned_away inbound\nstart no\nno: reject -> return { failed -> return }\n";
const CRM: &str = "service: crm\nurl: https://crm.example.com\noperations:\n  find: { outcomes: [missing] }\n";
const WORDS: &str = "prompts: words\ntopic_words:\n  takes: { topic: text }\n  en-US: \"About {topic}.\"\n";
const ROUTES: &str = "\"+18005550100\": desk\n\"+18005550101\": turned_away\n";

/// What is said of a scenario: code, what it stands on, the message, and each other place.
fn said(text: &str) -> Vec<String> {
    let remind = REMIND.replace("participant", "use words\nparticipant");
    let (project, mut sources) = compile(&[
        ("desk.flow", DESK),
        ("hand_over.flow", HAND_OVER),
        ("remind.flow", &remind),
        ("again.flow", AGAIN),
        ("both.flow", BOTH),
        ("turned_away.flow", TURNED_AWAY),
        ("crm.yaml", CRM),
        ("words.yaml", WORDS),
        ("routes.yaml", ROUTES),
    ]);
    let wrong = project.diagnostics.iter().find(|found| has_errors(std::slice::from_ref(found)));
    assert!(wrong.is_none(), "{wrong:#?}");
    let file = sources.add("s.yaml", format!("scenario: s\n{text}"));
    let (script, mut found) = read_script(&sources, file);
    found.extend(check(&script.unwrap(), &project));
    let said = found.iter().map(|finding| {
        let place = |span| sources.snippet(span).to_owned();
        let others = finding.secondary.iter().map(|label| format!(" + `{}` {}", place(label.span), label.text));
        let at = &finding.primary;
        format!("{} `{}` {}{}", finding.code, place(at.span), finding.message, others.collect::<String>())
    });
    said.collect()
}

/// Each scenario with what is said of it.
fn all(cases: &[(&str, &[&str])]) {
    for (text, expected) in cases {
        assert_eq!(said(text), *expected, "{text}");
    }
}

/// A scenario of `desk` with more in it.
fn desk(more: &str) -> Vec<String> {
    said(&format!("flow: desk\nscript: [call from +441632960100, hang up]\n{more}\n"))
}

fn remind(given: &str, script: &str) -> Vec<String> {
    said(&format!(
        "flow: remind\ngiven: {{ params: {{ to: \"+441632960100\", topic: rain }}, {given} }}\nscript: [{script}]\n"
    ))
}

#[test]
fn a_scenario_with_everything_fits() {
    let more = "given:\n  clock: 2026-12-24T18:00Z\n  crm.find: missing\n  caller: { name: Ada, headers: { X-Case: \"7\" } }\n  \
                phones: { settings.sales: busy, \"+441632960111\": { answer: 4s, script: [press 1, hang up] }, \"8:acs:a_b\": 1s }\n  \
                fails: [b, hand_over.offer 2, end]\n\
                expect: { result: helped, ended: hand_over.offer, invoked: { crm.find: 1 }, silence_max: 2s, \
                left_behind: nothing, transcript: golden }";
    assert_eq!(desk(more), Vec::<String>::new());
    assert_eq!(desk("expect: { result: none, ended: desk.end }"), Vec::<String>::new());
}

#[test]
fn what_is_expected_is_of_the_flow() {
    for (expect, expected) in [
        ("result: helpd", "F0702 `helpd` flow `desk` has no result `helpd` + `desk` it returns helped, lost"),
        ("ended: by", "F0702 `by` unknown state `by` + `desk` the flow"),
        ("ended: offer", "F0702 `offer` unknown state `offer` + `desk` the flow"),
        ("ended: hand_ovr.offer", "F0702 `hand_ovr.offer` unknown state `hand_ovr.offer` + `desk` the flow"),
        ("invoked: { crm.fnd: 1 }", "F0702 `crm.fnd` `crm.fnd` is not asked"),
    ] {
        assert_eq!(desk(&format!("expect: {{ {expect} }}")), [expected], "{expect}");
    }
    let text = "flow: turned_away\nscript: [call from +441632960100]\nexpect: { result: lost }\n";
    assert_eq!(
        said(text),
        ["F0702 `lost` flow `turned_away` has no result `lost` + `turned_away` it has no `returns`"]
    );
}

#[test]
fn what_fails_is_of_the_flow_and_asks_the_platform() {
    for (fails, expected) in [
        ("[b, offr]", "F0702 `offr` unknown state `offr` + `desk` the flow"),
        ("hand_over.ofer 2", "F0702 `hand_over.ofer` unknown state `hand_over.ofer` + `desk` the flow"),
        ("d", "F0702 `d` `d` asks nothing of the platform + `desk` the flow"),
    ] {
        assert_eq!(desk(&format!("given: {{ fails: {fails} }}")), [expected], "{fails}");
    }
}

#[test]
fn phones_are_somebodys() {
    for (phones, expected) in [
        ("settings.sles: busy", "F0702 `settings.sles` unknown setting `settings.sles` + `desk` the flow"),
        ("params.to: busy", "F0702 `params.to` unknown parameter `params.to` + `desk` the flow"),
        (
            "settings.greeting: busy",
            "F0702 `settings.greeting` `settings.greeting` is nobody who can be called + `greeting` declared here",
        ),
        ("0800111: busy", "F0702 `0800111` `0800111` cannot be called"),
        ("sales: busy", "F0702 `sales` `sales` cannot be called"),
        (
            "\"+441632960111\": busy, \"4:+441632960111\": 2s",
            "F0702 `\"4:+441632960111\"` a phone is described twice + `\"+441632960111\"` the first time",
        ),
        (
            "settings.sales: { script: [hang up, press 1] }",
            "F0702 `press 1` this is never reached + `hang up` with this step",
        ),
    ] {
        assert_eq!(desk(&format!("given: {{ phones: {{ {phones} }} }}")), [expected], "{phones}");
    }
    for (phones, script, expected) in [
        ("params.to: busy", "busy", Some("how this phone is answered is said twice + `busy` here too")),
        (
            "\"+441632960100\": 2s",
            "answer after 2s",
            Some("how this phone is answered is said twice + `answer after 2s` here too"),
        ),
        ("params.to: busy", "", None),
        ("\"+441632960101\": 2s", "busy", None),
        ("params.deputy: 2s", "busy", Some("`params.deputy` is nobody in this scenario")),
        ("params.topic: 2s", "busy", Some("`params.topic` is nobody who can be called + `remind` the flow")),
        ("params.to: 2s, \"+441632960100\": busy", "", Some("a phone is described twice + `params.to` the first time")),
    ] {
        let found = remind(&format!("phones: {{ {phones} }}"), script);
        assert_eq!(found.len(), usize::from(expected.is_some()), "{phones}, {script}: {found:#?}");
        assert!(expected.is_none_or(|expected| found[0].ends_with(expected)), "{phones}, {script}: {found:#?}");
    }
}

#[test]
fn a_caller_calls_and_brings_what_a_call_carries() {
    assert_eq!(
        remind("caller: { name: Ada }", "answer"),
        ["F0702 `Ada` nobody calls an outbound flow + `remind` the flow dials"]
    );
    let long = "a".repeat(53);
    for (headers, expected) in [
        ("a b: x".to_owned(), Some("F0702 `a b` `a b` cannot name a header")),
        (format!("{long}: x"), Some("cannot name a header")),
        ("X-Case: 1, x-ms-custom-x-case: 2".to_owned(), Some("+ `X-Case` the same header to a flow")),
        ("X-Case: a b, User-To-User: 2".to_owned(), None),
    ] {
        let found = desk(&format!("given: {{ caller: {{ headers: {{ {headers} }} }} }}"));
        assert_eq!(found.len(), usize::from(expected.is_some()), "{headers}: {found:#?}");
        assert!(expected.is_none_or(|expected| found[0].contains(expected)), "{headers}: {found:#?}");
    }
    let of_a_user =
        format!("flow: desk\ngiven: {{ caller: {{ headers: {{ {long}: x }} }} }}\nscript: [call from 8:acs:a_b]\n");
    assert_eq!(said(&of_a_user), Vec::<String>::new());
}

#[test]
fn nobody_acts_before_or_after_the_call() {
    let after = |script| remind("clock: 2026-12-24T18:00Z", script);
    assert_eq!(
        after("busy, hear topic_words"),
        ["F0702 `hear topic_words` nobody is on the line + `busy` the phone is engaged"]
    );
    assert_eq!(after("decline, press 1"), ["F0702 `press 1` nobody is on the line + `decline` the call is declined"]);
    assert_eq!(after("no answer, hang up"), ["F0702 `hang up` nobody is on the line + `no answer` nobody answers"]);
    assert_eq!(
        after("answer after 30s, \"desk: press 1\""),
        [
            "F0702 `\"desk: press 1\"` nobody is on the line + `answer after 30s` too late: the flow lets it ring for 30s"
        ]
    );
    assert_eq!(
        after("answer, hang up, \"desk: press 1\", silence 2s"),
        ["F0702 `silence 2s` the party has left + `hang up` they hang up here"]
    );
    for fine in ["busy", "answer after 29s, hear topic_words", "hear topic_words", "answer, hang up, \"desk: hang up\""]
    {
        assert_eq!(after(fine), Vec::<String>::new(), "{fine}");
    }
    assert_eq!(after("press 1, busy"), ["F0702 `busy` the call has begun already"]);
}

#[test]
fn signals_are_of_the_flow_and_bring_what_it_says() {
    for (step, expected) in [
        ("signal stop", None),
        ("signal told: { desk: \"4\" }", None),
        ("signal sop", Some("F0702 `sop` unknown signal `sop`")),
        ("signal told", Some("F0702 `told` what comes along with `told` does not fit")),
        ("signal stop: { desk: \"4\" }", Some("F0702 `stop` what comes along with `stop` does not fit")),
        ("signal told: { desk: 4, at: 1 }", Some("F0702 `told` what comes along with `told` does not fit")),
        ("desk: signal stop", Some("F0701 `desk` a signal comes from outside the call")),
        ("signal", Some("F0701 `signal` expected the name of a signal")),
        ("signal Stop: { a: 1 }", Some("F0108 `Stop` `Stop` is not a name")),
        ("signal stop now", Some("F0108 `stop now` `stop now` is not a name")),
    ] {
        let text = format!(
            "flow: remind\ngiven: {{ params: {{ to: \"+441632960100\", topic: rain }} }}\nscript:\n  - answer\n  - {step}\n"
        );
        assert_eq!(said(&text), expected.map(str::to_owned).into_iter().collect::<Vec<_>>(), "{step}");
    }
}

#[test]
fn of_a_flow_that_may_call_somebody_else_nothing_is_certain() {
    for (flow, params) in [("again", ""), ("both", ", deputy: \"+441632960101\"")] {
        for script in ["busy, hear \"Hello\"", "answer, hang up, hear \"Hello\"", "answer after 2m, hang up"] {
            let text =
                format!("flow: {flow}\ngiven: {{ params: {{ to: \"+441632960100\"{params} }} }}\nscript: [{script}]\n");
            assert_eq!(said(&text), Vec::<String>::new(), "{text}");
        }
    }
}

#[test]
fn calls_that_are_turned_away_and_calls_that_come_to_another_flow() {
    all(&[
        (
            "flow: turned_away\nscript: [call from +441632960100, silence 2s, hear \"Hello\"]\n",
            &["F0702 `hear \"Hello\"` the call is never answered + `turned_away` no state of the flow answers"],
        ),
        ("flow: turned_away\nscript: [call from +441632960100, silence 2s, hang up]\n", &[]),
        (
            "flow: desk\nscript: [call from +441632960100, press 1, hang up, press 2]\n",
            &["F0702 `press 2` the party has left + `hang up` they hang up here"],
        ),
        (
            "flow: desk\nscript: [call from +441632960100 to +18005550101]\n",
            &[
                "F0702 `+18005550101` a call to `+18005550101` does not reach flow `desk` + `turned_away` this flow answers it",
            ],
        ),
        (
            "flow: desk\nscript: [call from +441632960100 to +18005550102]\n",
            &["F0702 `+18005550102` a call to `+18005550102` does not reach flow `desk` + `desk` the flow"],
        ),
        ("flow: desk\nscript: [call from anonymous to +18005550100]\n", &[]),
        ("flow: desk\nscript: [call from +0]\n", &["F0702 `+0` `+0` is neither a phone number nor a raw id"]),
    ]);
}

#[test]
fn other_calls_are_of_flows_that_begin_calls_and_fit_them() {
    let desk = |given: &str| format!("flow: desk\ngiven: {{ {given} }}\nscript: [call from +441632960100]\n");
    for (given, expected) in [
        (
            "calls: { a: {}, b: { flow: remind, params: { to: \"+441632960101\", topic: rain }, script: [hang up] } }",
            None,
        ),
        ("calls: { a: { from: \"8:acs:a_b\", to: \"+18005550100\", before: 1h } }", None),
        ("calls: { a: { flow: remnd } }", Some("F0702 `remnd` unknown flow `remnd`")),
        (
            "calls: { a: { flow: hand_over } }",
            Some("F0702 `hand_over` nobody can call a flow that begins `live` + `hand_over` the flow"),
        ),
        ("calls: { a: { from: \"0\" } }", Some("F0702 `\"0\"` `0` is neither a phone number nor a raw id")),
        (
            "calls: { a: { to: anonymous } }",
            Some("F0702 `anonymous` `anonymous` is neither a phone number nor a raw id"),
        ),
        (
            "calls: { a: { to: \"+18005550101\" } }",
            Some(
                "F0702 `\"+18005550101\"` a call to `+18005550101` does not reach flow `desk` + `turned_away` this flow answers it",
            ),
        ),
        (
            "calls: { a: { params: { x: 1 } } }",
            Some("F0702 `x` a call that comes in has no parameters + `desk` the flow is called"),
        ),
        (
            "calls: { a: { flow: remind, from: \"+441632960101\", params: { to: \"+441632960101\", topic: rain } } }",
            Some("F0702 `\"+441632960101\"` nobody calls a flow that places its calls + `remind` the flow"),
        ),
        (
            "calls: { a: { flow: remind, params: { to: \"+441632960101\", topic: 1 } } }",
            Some("F0702 `topic` parameter `topic` does not fit the flow"),
        ),
        (
            "calls: { a: { before: 61m } }",
            Some("F0702 `61m` another call begins an hour before the scenario's at the most"),
        ),
        (
            "calls: { a: { script: [hang up, press 1] } }",
            Some("F0702 `press 1` this is never reached + `hang up` with this step"),
        ),
    ] {
        assert_eq!(said(&desk(given)), expected.map(str::to_owned).into_iter().collect::<Vec<_>>(), "{given}");
    }
}

#[test]
fn texts_stand_for_calls_that_there_are() {
    let remind = |given: &str| {
        format!("flow: remind\ngiven: {{ {given} }}\nscript:\n  - answer\n  - signal told: {{ desk: calls.d }}\n")
    };
    let to = "to: \"+441632960100\"";
    for (given, expected) in [
        (format!("params: {{ {to}, topic: calls.a }}, calls: {{ a: {{ flow: desk }}, d: {{ flow: desk }} }}"), vec![]),
        (
            format!("params: {{ {to}, topic: calls.a }}, calls: {{ d: {{ flow: desk }} }}"),
            vec!["F0702 `calls.a` unknown call `calls.a`"],
        ),
        (format!("params: {{ {to}, topic: rain }}"), vec!["F0702 `calls.d` unknown call `calls.d`"]),
        (
            format!(
                "params: {{ {to}, topic: rain }}, calls: {{ a: {{ params: {{ {to}, topic: calls.d }} }}, d: {{ flow: desk }} }}"
            ),
            vec!["F0702 `calls.d` unknown call `calls.d`"],
        ),
        (
            format!(
                "params: {{ {to}, topic: rain }}, calls: {{ a: {{ params: {{ {to}, topic: calls.d }} }}, d: {{ flow: desk, before: 11s }} }}"
            ),
            vec![],
        ),
    ] {
        assert_eq!(said(&remind(&given)), expected, "{given}");
    }
}
