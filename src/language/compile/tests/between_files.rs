//! What one file says of another: names, routes, what is used.

use crate::language::compile::CompiledFlow;
use crate::language::compile::tests::{HELLO, compile, found};

#[test]
fn names_are_unique_in_a_project() {
    let other = HELLO.replace("start hello", "start hello\n");
    let codes = found(&[("hello.flow", HELLO), ("other.flow", &other)]);
    assert!(codes.contains(&"F0605 hello".to_owned()), "{codes:?}");
}

#[test]
fn routes_lead_to_inbound_flows() {
    let other = HELLO.replace("flow hello", "flow other");
    let files = |routes: &'static str| -> Vec<String> {
        let found = found(&[("hello.flow", HELLO), ("other.flow", &other), ("routes.yaml", routes)]);
        found.into_iter().filter(|line| !line.starts_with("F0508")).collect()
    };
    assert_eq!(files("\"+18005550100\": hello\n\"+18005550101\": other\n"), Vec::<String>::new());
    assert_eq!(files("+18005550100: hello\n"), Vec::<String>::new());
    assert_eq!(files("\"+18005550100\": helo\n"), ["F0601 helo"]);
    assert_eq!(files("\"18005550100\": hello\n"), ["F0601 \"18005550100\""]);
    assert_eq!(files("- hello\n").len(), 1);
    assert_eq!(files(": : {\n").len(), 1);
    assert_eq!(files("# nothing\n"), Vec::<String>::new());
    let both = found(&[("hello.flow", HELLO), ("other.flow", &other)]);
    assert!(both.contains(&"F0602 other".to_owned()), "{both:?}");
    let (project, _) =
        compile(&[("hello.flow", HELLO), ("other.flow", &other), ("routes.yaml", "\"+18005550100\": other")]);
    assert_eq!(project.answering("+18005550100").map(|flow| flow.name.as_str()), Some("other"));
    assert!(project.answering("+18005550199").is_none());
    let lines = "\"*\": hello\n+1*: other\n+1604*: { flow: hello, locale: cy-GB, voice: cy-GB-NiaNeural }\n+18005550100: hello\n";
    let (project, _) = compile(&[("hello.flow", HELLO), ("other.flow", &other), ("routes.yaml", lines)]);
    let answering = |number: &str| project.answering(number).map(|flow| flow.name.as_str());
    assert_eq!(answering("+18005550100"), Some("hello"));
    assert_eq!(answering("+18005550101"), Some("other"));
    assert_eq!(answering("+16045550100"), Some("hello"));
    assert_eq!(answering("+441632960100"), Some("hello"));
    let (_, route) = project.routes.of("+16045550100").unwrap();
    assert_eq!((route.locale.as_deref(), route.voice.as_deref()), (Some("cy-GB"), Some("cy-GB-NiaNeural")));
    assert_eq!(files("+1604*: hello\n+1*: hello\n+16045550100: hello\n"), ["F0613 +1604*", "F0613 +16045550100"]);
    assert_eq!(files("\"*\": hello\n+1*: other\n+1604*: hello\n"), Vec::<String>::new());
    assert_eq!(files("+1604*: hello\n+1604*: other\n"), ["F0004 +1604*"]);
    assert_eq!(files("+0*: hello\n+*: hello\n"), ["F0601 +0*", "F0601 +*"]);
    assert_eq!(files("+1604*: { flow: helo, locale: cy-GB }\n"), ["F0601 helo"]);
    assert_eq!(files("+1604*: { locale: cy-GB }\n").len(), 1);
    assert_eq!(files("+1604*: { flow: hello, local: cy-GB }\n"), ["F0101 local"]);
    assert_eq!(files("+1604*: { flow: hello, locale: welsh }\n"), ["F0405 welsh"]);
    assert_eq!(files("+1604*: { flow: hello, voice: a b }\n"), ["F0010 a b"]);
    let outbound =
        "flowc 1\nflow out outbound\nparam to: phone\nstart a\na: dial to, from \"+441632960100\" -> b\nb: hangup\n";
    let found = found(&[("out.flow", outbound), ("routes.yaml", "\"+18005550100\": out")]);
    assert_eq!(found, ["F0601 out"]);
}

#[test]
fn the_locale_of_a_number_needs_its_words_and_a_flow_that_has_none() {
    let flow = |head: &str| {
        format!("flowc 1\nflow hi inbound\n{head}use words\nstart a\na: answer -> b\nb: play hello -> c\nc: hangup\n")
    };
    let words = ("words.yaml", "prompts: words\nhello: { en-US: Hello., en-GB: Hello., cy-GB: Shwmae. }\n");
    let with = |head: &str, locale: &str| {
        let (flow, routes) = (flow(head), format!("+1604*: {{ flow: hi, locale: {locale} }}\n"));
        let found = found(&[("hi.flow", flow.as_str()), words, ("routes.yaml", routes.as_str())]);
        found.into_iter().filter(|line| !line.starts_with("F0508")).collect::<Vec<_>>()
    };
    assert_eq!(with("", "cy-GB"), Vec::<String>::new());
    assert_eq!(with("", "fr-CA"), ["F0506 fr-CA"]);
    assert_eq!(with("locale en-GB\n", "cy-GB"), ["F0613 cy-GB"]);
}

#[test]
fn a_number_that_leads_back_is_told_where_it_is_called() {
    let head = "flowc 1\nflow desk inbound\nuse over\ndefault failed -> c\nstart a\na: answer -> b\n";
    let b =
        |target: &str| format!("{head}b: transfer {target} -> return {{ failed -> d }}\nd: run over -> c\nc: hangup\n");
    let over = "flowc 1\nflow over live\nreturns gone\ndefault failed -> return gone\nstart x\n\
                x: transfer \"+18005550100\" -> return gone { failed -> return gone }\n";
    let with = |target: &str, routes: &str| {
        let desk = b(target);
        let found = found(&[("desk.flow", desk.as_str()), ("over.flow", over), ("routes.yaml", routes)]);
        found.into_iter().filter(|line| line.starts_with("F061")).collect::<Vec<_>>()
    };
    let both = ["F0610 \"+16045550100\"", "F0610 \"+18005550100\""];
    assert_eq!(with("\"+16045550100\"", "+16045550100: desk\n+18005550100: desk\n"), both);
    assert_eq!(with("\"+16045550100\"", "+1604*: desk\n"), both[..1]);
    assert_eq!(with("\"+16045550100\"", "\"*\": desk\n"), Vec::<String>::new());
    assert_eq!(with("\"+16045550101\"", "+16045550100: desk\n"), Vec::<String>::new());
}

#[test]
fn what_a_flow_uses_is_named_by_it() {
    let flow = |expr: &str| {
        HELLO.replace("start hello", "use office, crm, other\nstart hello").replace("\"Thank you for calling.\"", expr)
    };
    let office = ("office.yaml", "calendar: office\nzone: Europe/London\nmain: { open: { mon-fri: 08:30-17:30 } }\n");
    let crm = "service: crm\nurl: https://crm.example.com\nconstants: { hello: Hello., odd: [] }\noperations: { find: true }\n";
    let other =
        "flowc 1\nflow other outbound\nparam to: phone\nstart a\na: dial to, from \"+441632960100\" -> b\nb: hangup\n";
    let with = |expr: &str| {
        let flow = flow(expr);
        let found = found(&[("hello.flow", flow.as_str()), ("other.flow", other), office, ("crm.yaml", crm)]);
        found.into_iter().filter(|line| !line.starts_with("F0508")).collect::<Vec<_>>()
    };
    assert_eq!(with("text crm.hello"), ["F0809 []"]);
    assert_eq!(with("text crm.helo"), ["F0105 helo", "F0809 []"]);
    assert_eq!(with("text crm.odd"), ["F0809 []"], "what is in error has been said");
    assert_eq!(with("text office"), ["F0105 office", "F0809 []"]);
    assert_eq!(with("text office.main"), ["F0105 office.main", "F0809 []"]);
    assert_eq!(with("text other.main"), ["F0105 other", "F0809 []"]);
}

#[test]
fn a_service_that_could_not_be_read_may_have_any_name() {
    let flow = HELLO.replace("start hello", "use crm\nvar team: crm.Team?\nstart hello");
    let flow = flow.replace("\"Thank you for calling.\"", "text crm.hello");
    let crm = "service: crm\nurl: https://crm.example.com\ntypse: { Team: { id: text } }\noperations: { find: true }\n";
    assert_eq!(found(&[("hello.flow", &flow), ("crm.yaml", crm)]), ["F0101 typse"]);
    let odd = "service: crm\nurl: https://crm.example.com\ntypes: { Team: { id: txt } }\noperations: { find: true }\n";
    let flow = flow.replace("text crm.hello", "\"Hello.\"");
    assert_eq!(found(&[("hello.flow", &flow), ("crm.yaml", odd)]), ["F0114 txt"]);
}

#[test]
fn flows_are_put_together_where_calls_begin() {
    const FLOWS: usize = 300;
    let flow = |number: usize| match number {
        0 => "flowc 1\nflow f0 inbound\nuse f1\nstart a\na: answer -> b\nb: run f1 -> c\nc: hangup\n".to_owned(),
        n if n + 1 == FLOWS => format!("flowc 1\nflow f{n} live\nstart b\nb: wait 1s -> return\n"),
        n => format!("flowc 1\nflow f{n} live\nuse f{m}\nstart b\nb: run f{m} -> return\n", m = n + 1),
    };
    let texts: Vec<(String, String)> = (0..FLOWS).map(|n| (format!("f{n}.flow"), flow(n))).collect();
    let compiled = |texts: &[(String, String)]| {
        let files: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        compile(&files).0
    };
    let whole = compiled(&texts);
    assert_eq!(whole.diagnostics, []);
    let size = |flow: &CompiledFlow| flow.program.as_ref().map_or(0, |program| program.flows.len());
    let sizes: Vec<usize> = whole.flows.iter().map(size).collect();
    assert_eq!((sizes[0], sizes[1..].iter().sum::<usize>()), (FLOWS - 1, 0), "the chain is there once");
    let mut texts = texts;
    texts[FLOWS - 1].1.push_str("c: nonsense\n");
    let torn = compiled(&texts);
    assert!(torn.flows.iter().all(|flow| flow.program.is_none()), "what runs a flow that is not whole is not whole");
}
