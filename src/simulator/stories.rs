//! What simulated calls are about: four small flows that between them ask, listen, transfer, record, hold, invite, wait and ask
//! services.

use crate::language::compile::{self, Input};
use crate::language::flow::value::{Value, Values};
use crate::language::source::Sources;
use crate::language::syntax::ast::Spelling;
use crate::runtime::lines::{Lines, Served};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The numbers that callers dial, each with its flow.
pub const LINES: [&str; 3] = ["+18005550100", "+18005550101", "+18005550102"];
/// The numbers that flows call.
pub const PHONES: [&str; 4] = ["+16045550110", "+16045550111", "+16045550120", "+16045550121"];
/// What callers key in as the secret card number, and nobody else ever does.
pub const CANARY: &str = "73917402";

/// The flows, compiled, and the same flows with other words, for those who replace them while calls are up; `None` never
/// happens, and a test says so.
#[must_use]
pub fn lines() -> Option<[Lines; 2]> {
    Some([compiled("")?, compiled(" And good day.")?])
}

/// The flows, with this said at each beginning and end.
fn compiled(more: &str) -> Option<Lines> {
    let mut sources = Sources::default();
    let flows = [
        ("desk", include_str!("stories/desk.flow")),
        ("card", include_str!("stories/card.flow")),
        ("pair", include_str!("stories/pair.flow")),
        ("room", include_str!("stories/room.flow")),
    ];
    let mut input = Input::default();
    for (name, text) in flows {
        let text = text
            .replace("Northwind.", &format!("Northwind.{more}"))
            .replace("your turn.", &format!("your turn.{more}"));
        let text = text.replace("Sorry.", &format!("Sorry.{more}")).replace("Thank you.", &format!("Thank you.{more}"));
        input.flows.push((sources.add(format!("{name}.flow"), text), Spelling::Native));
    }
    let pay = sources.add("pay.yaml".to_owned(), include_str!("stories/pay.yaml").to_owned());
    input.services.push(pay);
    input.routes = Some(sources.add("routes.yaml".to_owned(), include_str!("stories/routes.yaml").to_owned()));
    let project = compile::project(&sources, &input);
    let mut served = BTreeMap::new();
    for flow in project.flows {
        let program = flow.program?;
        let hash = program.hash();
        let one = Served { program: Arc::new(program), hash, settings: settings(), source_map: Vec::new() };
        served.insert(flow.name, one);
    }
    Some(Lines { flows: served, routes: project.routes, only_inbound: None })
}

fn settings() -> Values {
    let phone = |name: &str, number: &str| (name.to_owned(), Value::Phone(number.to_owned()));
    [phone("sales_desk", PHONES[0]), phone("support_desk", PHONES[1]), phone("line", "+18005550109")].into()
}

/// What `pair` is placed with.
#[must_use]
pub fn pair() -> Values {
    let phone = |name: &str, number: &str| (name.to_owned(), Value::Phone(number.to_owned()));
    [phone("to", PHONES[2]), phone("other", PHONES[3])].into()
}

/// What the service `pay` answers when all is well.
#[must_use]
pub fn receipt() -> Value {
    Value::Record([("id".to_owned(), Value::Text("r-1".to_owned()))].into())
}

#[cfg(test)]
mod tests {
    use crate::simulator::stories;

    #[test]
    fn the_stories_are_good_flows() {
        let [lines, others] = stories::lines().expect("they compile");
        assert_eq!(lines.flows.len(), 4);
        for (name, served) in &lines.flows {
            assert_ne!(served.hash, others.flows[name].hash, "{name} is another program");
        }
        for number in stories::LINES {
            assert!(lines.answering(number).is_some(), "{number}");
        }
        assert!(lines.flows["card"].program.flows.is_empty());
    }
}
