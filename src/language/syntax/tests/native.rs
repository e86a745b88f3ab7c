//! The native spelling.

use crate::language::syntax::ast::{Flow, Spelling};
use crate::language::syntax::tests;

fn read(text: &str) -> (Flow, Vec<String>) {
    tests::read(text, Spelling::Native)
}

#[test]
fn goldens() {
    for text in [
        include_str!("../cases/hello.flow"),
        include_str!("../cases/ivr.flow"),
        include_str!("../cases/visit_reminder.flow"),
        include_str!("../cases/front_desk.flow"),
        include_str!("../cases/hand_over.flow"),
        include_str!("../cases/live_help.flow"),
    ] {
        let (flow, found) = read(text);
        println!("{:?} {:#?}", flow.name, found);
        if text.contains("flow ivr") {
            println!("{flow:#?}");
        }
    }
}
