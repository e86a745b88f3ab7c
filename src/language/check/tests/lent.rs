//! Types and constants of services, hours of calendars: named by the flows that use them.

use crate::language::check::names::World;
use crate::language::check::tests::{found_in, inbound};
use crate::language::flow::types::Type;
use crate::language::flow::value::{Value, Values};

fn world() -> World {
    let mut world = World::default();
    let team = Type::Record(vec![("label".to_owned(), Type::Text), ("number".to_owned(), Type::Phone)]);
    let sales = Values::from([
        ("label".to_owned(), Value::Text("Sales".to_owned())),
        ("number".to_owned(), Value::Phone("+441632960201".to_owned())),
    ]);
    world.lent.add_type("crm", "Team", team.clone());
    world.lent.add_type("clinic", "Slot", Type::Record(vec![("at".to_owned(), Type::Time)]));
    world.lent.add_constant("crm", &["teams", "sales"], team, Value::Record(sales));
    world.lent.add_constant("crm", &["limit"], Type::Int, Value::Int(3));
    world.lent.add_hours("office", "main");
    world
}

fn said(lines: &str) -> Vec<String> {
    found_in(&inbound(lines), &world())
}

fn condition(text: &str) -> Vec<String> {
    said(&format!("use crm, office\nparam n: int\ns: decide {{ if {text} -> bye; else -> bye }}"))
}

#[test]
fn types_have_names_with_dots() {
    assert!(
        said("use crm\nparam team: crm.Team\nvar next: list crm.Team?\ns: play \"{team.label}\" -> bye").is_empty()
    );
    assert_eq!(said("use crm\nparam team: crm.Taem\ns: play \"{team.label}\" -> bye"), ["F0114 crm.Taem"]);
    assert_eq!(said("use crm\nparam slot: clinic.Slot\ns: play \"{slot.at}\" -> bye"), ["F0114 clinic.Slot"]);
    assert_eq!(said("use cmr\nparam team: cmr.Team\ns: play \"{team.label}\" -> bye"), ["F0109 cmr"]);
    assert_eq!(said("param team: billing.Team\ns: play \"{team.label}\" -> bye"), ["F0114 billing.Team"]);
}

#[test]
fn constants_are_read_by_their_path() {
    assert!(condition("n < crm.limit && crm.teams.sales.label == \"Sales\"").is_empty());
    let ways = "failed | busy | no_answer | declined | unreachable -> bye";
    assert!(said(&format!("use crm\ns: transfer crm.teams.sales.number -> return {{ {ways} }}")).is_empty());
    assert_eq!(condition("n < crm.limits"), ["F0105 limits"]);
    assert_eq!(condition("crm.teams.sails.label == \"x\""), ["F0105 sails"]);
    assert_eq!(condition("crm.limit == \"x\""), ["F0408 crm.limit == \"x\""]);
    assert_eq!(condition("crm == 3"), ["F0105 crm"]);
    assert_eq!(condition("clinic.limit == 3"), ["F0105 clinic"]);
}

#[test]
fn hours_tell_when_they_open_next() {
    assert!(condition("office.main.next_open - call.started < 2h").is_empty());
    assert_eq!(condition("office.mian.next_open > call.started"), ["F0105 mian"]);
    assert_eq!(condition("office.main > call.started"), ["F0105 office.main"]);
    assert_eq!(condition("office.main.nxt_open > call.started"), ["F0105 office.main"]);
    assert_eq!(condition("office.main.next_open == n"), ["F0408 office.main.next_open == n"]);
}

#[test]
fn a_variable_of_the_same_name_is_itself() {
    assert!(
        said("use crm\nparam x: list { crm: int }\ns: decide { if x.exists(y, y.crm == 3) -> bye; else -> bye }")
            .is_empty()
    );
}
