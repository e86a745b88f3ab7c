//! Two spellings of one flow come to one program, and are told of where they differ.

use crate::language::compile::tests::{HELLO, HELLO_YAML, IVR, IVR_YAML, compile, found};
use crate::language::diagnostic::has_errors;
use crate::language::graph::Program;

#[test]
fn twins_come_to_the_same_program() {
    for (name, native, yaml) in [("hello", HELLO, HELLO_YAML), ("ivr", IVR, IVR_YAML)] {
        let (native_path, yaml_path) = (format!("{name}.flow"), format!("{name}.flow.yaml"));
        let (project, sources) = compile(&[(&yaml_path, yaml), (&native_path, native)]);
        assert!(!has_errors(&project.diagnostics), "{name}: {:?}", project.diagnostics);
        let notes: Vec<_> = project.diagnostics.iter().map(|f| f.code.as_str()).collect();
        assert_eq!(notes, ["F0508"], "{name}");
        let [flow] = &project.flows[..] else { panic!("{name}: one flow") };
        assert_eq!(sources.source(flow.file).path(), native_path);
        assert_eq!(flow.twin.map(|file| sources.source(file).path().to_owned()), Some(yaml_path));
        let program = flow.program.as_ref().unwrap();
        let again = Program::from_bytes(&program.to_bytes()).unwrap();
        assert_eq!(again.hash(), program.hash());
    }
}

#[test]
fn twins_that_differ() {
    let other = HELLO_YAML.replace("Thank you", "Thanks");
    assert_eq!(
        found(&[("hello.flow", HELLO), ("hello.flow.yaml", &other)]),
        ["F0508 \"Thank you for calling.\"", "F0604 greet"].into_iter().rev().collect::<Vec<_>>()
    );
    let other =
        HELLO_YAML.replace("call: inbound", "call: inbound\nreturns: [x]").replace("bye: hangup", "bye: { hangup: x }")
            + "always: { party left: return x }\ndefaults: { on: { failed: bye } }\n";
    let (project, _) = compile(&[("hello.flow", HELLO), ("hello.flow.yaml", &other)]);
    let finding = project.diagnostics.iter().find(|f| f.code.as_str() == "F0604").unwrap();
    assert!(finding.message.ends_with("differ in their results"), "{}", finding.message);
}
