//! Outcomes, rules, results and the line.

use crate::language::check::names::World;
use crate::language::check::tests::{check, found, help, inbound};
use crate::language::flow::state::Kind;

#[test]
fn outcomes_that_must_be_handled() {
    assert_eq!(found(&inbound("s: play \"a\"\nt: play \"b\" -> bye")), ["F0201 s", "F0301 t"]);
    assert_eq!(found(&inbound("s: menu ask \"{key yes}\" { yes = 1 -> bye }")), ["F0201 s"]);
    assert_eq!(found(&inbound("s: menu ask \"{key yes}\" { yes = 1; exhausted -> bye }")), ["F0201 yes"]);
    let recognize = inbound("s: recognize dtmf, ask \"a\", max_tones 4 -> bye { partial -> bye }");
    assert_eq!(found(&recognize), ["F0201 s"]);
    let (_, findings, _) = check(&recognize, &World::default());
    assert!(findings[0].message.contains("`no_input` (silence, 8510), `no_match`"), "{}", findings[0].message);
    assert_eq!(found(&inbound("s: decide { if 1 == 1 -> bye }")), ["F0201 s"]);
}

#[test]
fn defaults_handle_them() {
    assert!(found(&inbound("default exhausted -> bye\ns: menu ask \"{key yes}\" { yes = 1 -> bye }")).is_empty());
    assert!(found(&inbound("s: menu ask \"{key yes}\" { yes = 1; yes -> bye; exhausted -> bye }")).is_empty());
}

#[test]
fn outcomes_that_cannot_occur() {
    assert_eq!(found(&inbound("s: play \"a\" -> bye { busy -> bye }")), ["F0202 busy"]);
    let near = inbound("s: menu ask \"{key yes}\" { yes = 1 -> bye; exausted -> bye }");
    assert_eq!(found(&near), ["F0202 exausted"]);
    assert_eq!(help(&near), ["did you mean `exhausted`?"]);
    assert_eq!(found(&inbound("s: menu ask \"{key yes}\" -> bye { yes = 1 -> bye; exhausted -> bye }")), ["F0202 ->"]);
    assert_eq!(
        found(&inbound("s: menu ask \"{key yes}\" { yes = 1 -> bye; exhausted -> bye; no_input -> bye }")),
        ["F0202 no_input"]
    );
    assert_eq!(found(&inbound("s: hangup -> bye")), ["F0202 ->", "F0301 bye"]);
    assert_eq!(found(&inbound("s: play \"a\", loop -> bye { party left -> bye }")), ["F0202 ->"]);
    assert_eq!(found(&inbound("s: decide { if 1 == 1 -> bye; else -> bye; failed -> bye }")), ["F0202 failed"]);
    assert_eq!(found(&inbound("s: decide { else -> bye; if 1 == 1 -> bye }")), ["F0202 if 1 == 1 -> bye"]);
    let answer = "flow t inbound\nstart a\na: answer -> bye { party left -> bye }\nbye: hangup";
    assert_eq!(found(answer), ["F0202 party"]);
}

#[test]
fn outcomes_routed_twice() {
    assert_eq!(found(&inbound("s: play \"a\" -> bye { done -> bye }")), ["F0203 done"]);
    assert_eq!(
        found(&inbound("s: menu ask \"{key yes}\" { yes = 1 -> bye; exhausted -> bye; yes -> bye }")),
        ["F0203 yes"]
    );
    assert_eq!(
        found(&inbound("always party left -> bye\nalways party left -> return\ns: play \"a\" -> bye")),
        ["F0203 party"]
    );
    assert_eq!(found(&inbound("default failed -> bye\ndefault failed -> bye\ns: play \"a\" -> bye")), ["F0203 failed"]);
    assert_eq!(found(&inbound("s: decide { else -> bye; else -> bye }")), ["F0203 else -> bye"]);
}

#[test]
fn not_reached_goes_where_failed_goes() {
    let noted = inbound("s: transfer \"+441632960100\" -> return { busy | failed -> bye }");
    assert_eq!(found(&noted), ["F0204 s"]);
    let silent = "flow t inbound\nstart a\na: answer -> s\ns: transfer \"+441632960100\" -> return";
    assert!(found(silent).is_empty());
}

const RESULTS: &str =
    "flow t inbound\nreturns good | bad\nalways party left -> return bad\ndefault failed -> end\nstart a\n";

#[test]
fn results() {
    let flow = |rest: &str| found(&format!("{RESULTS}{rest}"));
    assert!(flow("a: answer -> end\nend: hangup good").is_empty());
    assert_eq!(flow("a: answer -> end\nend: hangup"), ["F0205 hangup"]);
    assert_eq!(flow("a: answer -> end\nend: hangup godo"), ["F0112 godo"]);
    assert_eq!(flow("a: answer -> end { failed -> return }\nend: hangup good"), ["F0205 return"]);
    assert_eq!(found(&inbound("s: hangup good")), ["F0205 good", "F0301 bye"]);
}

#[test]
fn a_flow_with_results_handles_everything_itself() {
    let text = "flow t inbound\nreturns good\nstart a\na: answer -> s\ns: play \"a\" -> end\nend: hangup good";
    assert_eq!(found(text), ["F0201 a", "F0201 s", "F0201 s"]);
    let text = "flow t inbound\nreturns good\nstart a\na: answer -> end { failed -> end }\nend: hangup good";
    assert!(found(text).is_empty());
}

#[test]
fn rules_of_states_and_flows() {
    assert!(found(&inbound("always after 4m -> bye\ns: play \"a\" -> bye { after 30s -> bye }")).is_empty());
    assert_eq!(found(&inbound("always after 4 -> bye\ns: play \"a\" -> bye")), ["F0403 4"]);
    assert_eq!(found(&inbound("always after 0s -> bye\ns: play \"a\" -> bye")), ["F0404 0s"]);
    assert_eq!(found(&inbound("always busy -> bye\ns: play \"a\" -> bye")), ["F0202 busy"]);
    assert_eq!(found(&inbound("s: play \"a\" -> bye limit 0 else bye")), ["F0404 0"]);
    assert_eq!(found(&inbound("s: play \"a\" -> bye limit 900 else bye")), ["F0404 900"]);
}

#[test]
fn the_line_must_be_there() {
    assert_eq!(found("flow t inbound\nstart s\ns: play \"a\" -> bye\nbye: hangup"), ["F0207 play"]);
    assert_eq!(found(&inbound("s: answer -> bye")), ["F0207 answer"]);
    assert_eq!(found(&inbound("s: dial \"8:acs:a_b\" -> bye")), ["F0207 dial"]);
    assert_eq!(found(&inbound("s: play \"a\" -> bye { party left -> t }\nt: play \"thanks\" -> bye")), ["F0207 play"]);
    let transferred = inbound("s: transfer \"+441632960100\" -> t\nt: play \"a\" -> bye");
    assert_eq!(found(&transferred), ["F0207 play"]);
    let outbound = "flow t outbound\nparam to: phone\nstart s\ns: dial to, from \"+441632960100\" -> t\nt: play \"a\" -> bye\nbye: hangup";
    assert!(found(outbound).is_empty());
    assert_eq!(found("flow t outbound\nstart s\ns: answer -> bye\nbye: hangup"), ["F0207 answer"]);
    let again = "flow t outbound\nparam to: phone\nstart s\ns: dial to, from \"+441632960100\" -> t { busy -> s limit 2 else return }\n\
        t: play \"a\" -> bye\nbye: hangup";
    assert_eq!(found(again), Vec::<String>::new());
}

#[test]
fn nobody_returns_while_the_line_is_up() {
    assert_eq!(found(&inbound("s: play \"a\" -> return { failed -> bye }")), ["F0206 -> return"]);
    assert!(found(&inbound("s: transfer \"+441632960100\" -> return { failed -> bye; busy | no_answer | declined | unreachable -> bye }")).is_empty());
    assert!(found(&inbound("s: play \"a\" -> bye { party left -> return }")).is_empty());
    assert_eq!(
        found(&inbound("always after 4m -> return\ns: play \"a\" -> t\nt: play \"b\" -> bye")),
        ["F0206 always after 4m -> return"]
    );
}

#[test]
fn a_user_is_rung_without_a_caller_id_and_a_phone_is_not() {
    let dial = |ty: &str, to: &str| {
        found(&format!(
            "flow t outbound\nparam to: {ty}\nparam other: acs_user\nstart s\n\
             s: dial {to} -> bye {{ busy | no_answer | declined | unreachable | failed -> bye }}\nbye: hangup\n"
        ))
    };
    assert!(dial("acs_user", "to").is_empty() && dial("acs_user", "[to, other]").is_empty());
    assert_eq!([dial("phone", "to"), dial("phone", "[other, to]")], [["F0110 dial"], ["F0110 dial"]]);
    assert_eq!(dial("endpoint", "to"), ["F0110 dial"]);
}

/// The party of a group is one among others: said, it is they who are handed over.
#[test]
fn who_is_handed_over_is_kept_though_it_is_the_party() {
    let flow = "flow t inbound\nsettings { desk: phone }\nstart a\na: answer -> s\n\
        s: transfer settings.desk, who party -> bye { busy | no_answer | declined | unreachable -> bye }\nbye: hangup\n";
    for (text, whom) in [(flow.to_owned(), Some("party")), (flow.replace(", who party", ""), None)] {
        let checked = check(&text, &World::default()).0.expect("nothing is wrong with it");
        let who = checked.states.iter().find_map(|state| match &state.state.kind {
            Kind::Transfer { who, .. } => Some(who.as_deref()),
            _ => None,
        });
        assert_eq!(who, Some(whom));
    }
}
