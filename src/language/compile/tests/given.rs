//! Values from outside: settings of the project, parameters of a call.

use crate::language::compile::tests::{IVR, program};
use crate::language::compile::{Input, project, values};
use crate::language::source::Sources;
use crate::language::syntax::ast::Spelling;
use serde_json::json;
use std::collections::BTreeMap;

#[test]
fn settings_come_from_the_project() {
    let program = program(IVR);
    let given = |desk: serde_json::Value| {
        BTreeMap::from([
            ("sales_desk".to_owned(), desk),
            ("support_desk".to_owned(), json!("+441632960102")),
            ("another".to_owned(), json!(3)),
        ])
    };
    assert_eq!(values::settings(&program, &given(json!("+441632960101"))).unwrap().len(), 2);
    let wrong = values::settings(&program, &given(json!(7))).unwrap_err();
    assert_eq!(wrong.len(), 1);
    assert!(wrong[0].starts_with("sales_desk: expected a phone number") && wrong[0].contains("sales_desk = \"+44"));
    assert_eq!(values::settings(&program, &BTreeMap::new()).unwrap_err().len(), 2);
}

#[test]
fn settings_without_a_value_are_noted() {
    let mut sources = Sources::default();
    let file = sources.add("ivr.flow", IVR);
    let given = BTreeMap::from([("sales_desk".to_owned(), json!(7))]);
    let input = Input { flows: vec![(file, Spelling::Native)], settings: Some(given), ..Input::default() };
    let found = project(&sources, &input).diagnostics;
    let found: Vec<String> = found
        .iter()
        .map(|f| format!("{} {}", f.code, sources.snippet(f.primary.span)))
        .filter(|f| !f.contains("F0508"))
        .collect();
    assert_eq!(found, ["F0401 sales_desk", "F0603 support_desk"]);
}

#[test]
fn parameters_of_a_call() {
    let program = program(
        "flowc 1\nflow out outbound\nparam to: phone\nparam from: phone\nparam count: int = 3\nparam note: text?\nstart a\n\
         a: dial to, from from -> b\nb: play \"you are number {count}\" -> c\nc: hangup\n",
    );
    let given = |json: serde_json::Value| json.as_object().cloned().unwrap();
    let params = values::params(&program, &given(json!({})), Some("+441632960101"), Some("+441632960102")).unwrap();
    assert_eq!(params.len(), 4);
    let wrong = values::params(&program, &given(json!({"cuont": 1})), None, None).unwrap_err();
    let paths: Vec<&str> = wrong.iter().map(|error| error.path.as_str()).collect();
    assert_eq!(paths, ["from", "to", "cuont"]);
    assert!(wrong[2].reason.ends_with("did you mean `count`?"));
}
