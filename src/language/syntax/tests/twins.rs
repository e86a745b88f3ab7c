//! Both spellings of a flow build one tree.

use crate::language::syntax::ast::{Flow, Spelling, State};
use crate::language::syntax::fields;
use crate::language::syntax::tests::read;

const TWINS: &[(&str, &str, &str)] = &[
    ("hello", include_str!("../cases/hello.flow"), include_str!("../cases/hello.flow.yaml")),
    ("ivr", include_str!("../cases/ivr.flow"), include_str!("../cases/ivr.flow.yaml")),
    ("visit_reminder", include_str!("../cases/visit_reminder.flow"), include_str!("../cases/visit_reminder.flow.yaml")),
    ("front_desk", include_str!("../cases/front_desk.flow"), include_str!("../cases/front_desk.flow.yaml")),
    ("hand_over", include_str!("../cases/hand_over.flow"), include_str!("../cases/hand_over.flow.yaml")),
    ("live_help", include_str!("../cases/live_help.flow"), include_str!("../cases/live_help.flow.yaml")),
    ("every", include_str!("../cases/every.flow"), include_str!("../cases/every.flow.yaml")),
    ("slice", include_str!("../cases/slice.flow"), include_str!("../cases/slice.flow.yaml")),
];

fn same_heads(name: &str, native: &Flow, yaml: &Flow) {
    assert_eq!(native.name, yaml.name, "{name}");
    assert_eq!(native.call, yaml.call, "{name}");
    assert_eq!(native.locale, yaml.locale, "{name}");
    assert_eq!(native.settings, yaml.settings, "{name}");
    assert_eq!(native.params, yaml.params, "{name}");
    assert_eq!(native.vars, yaml.vars, "{name}");
    assert_eq!(native.returns, yaml.returns, "{name}");
    assert_eq!(native.uses, yaml.uses, "{name}");
    assert_eq!(native.defaults, yaml.defaults, "{name}");
    assert_eq!(native.always, yaml.always, "{name}");
    assert_eq!(native.start, yaml.start, "{name}");
    assert_eq!(native.needs, yaml.needs, "{name}");
    assert_eq!(native.participants, yaml.participants, "{name}");
    assert_eq!(native.signals, yaml.signals, "{name}");
    assert_eq!(native.policies, yaml.policies, "{name}");
    assert_eq!(native.allows, yaml.allows, "{name}");
    assert_eq!(native.groups, yaml.groups, "{name}");
    assert!(!native.partial && !yaml.partial, "{name}");
}

/// States by name; those of groups stand elsewhere in YAML.
fn states(flow: &Flow) -> Vec<&State> {
    let mut states: Vec<&State> = flow.states.iter().collect();
    states.sort_by(|a, b| a.name.value.cmp(&b.name.value));
    states
}

#[test]
fn twins_build_equal_trees() {
    for (name, native, yaml) in TWINS {
        let (native, _) = read(native, Spelling::Native);
        let (yaml, _) = read(yaml, Spelling::Yaml);
        same_heads(name, &native, &yaml);
        assert_eq!(states(&native).len(), states(&yaml).len(), "{name}");
        for (native, yaml) in states(&native).into_iter().zip(states(&yaml)) {
            assert_eq!(native, yaml, "{name}: {}", native.name.value);
        }
    }
}

/// The twins named `every` use every kind, every option, every trigger and every declaration.
#[test]
fn every_row_of_the_table_is_used() {
    let (native, _) = read(include_str!("../cases/every.flow"), Spelling::Native);
    for row in fields::KINDS {
        let of_kind: Vec<&State> = native.states.iter().filter(|state| state.kind.value == row.name).collect();
        assert!(!of_kind.is_empty(), "no state of kind {}", row.name);
        for field in row.options {
            let used = of_kind.iter().any(|state| state.options.iter().any(|option| option.name.value == field.name));
            assert!(used, "{} {}", row.name, field.name);
        }
        assert_eq!(row.saves, of_kind.iter().any(|state| state.save.is_some()), "{}", row.name);
    }
}

#[test]
fn nothing_is_found_in_them() {
    for (name, native, yaml) in TWINS {
        for (text, spelling) in [(native, Spelling::Native), (yaml, Spelling::Yaml)] {
            assert_eq!(read(text, spelling).1, Vec::<String>::new(), "{name}");
        }
    }
}
