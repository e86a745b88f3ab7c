//! Calls and requests made up for tests.

use crate::language::flow::state::{Kind, State};
use crate::language::flow::value::Values;
use crate::language::graph::Program;
use crate::language::graph::program::Head;
use crate::machine::call::{Beginning, Call, Origin};
use crate::machine::command::{Command, OpRef};
use crate::machine::event::Facts;
use crate::runtime::doc::{Doc, Pending, repeat_id};
use crate::runtime::shot::Got;
use crate::store::{Found, Row};
use std::collections::BTreeMap;

/// A call that is up on a leg, and has ordered nothing.
pub(super) fn call(id: &str, leg: &str) -> Doc {
    let only = State { name: "s".into(), group: None, locale: None, kind: Kind::Answer };
    let program = Program::assemble(Head::default(), "s", vec![only], vec![]).expect("a program");
    let beginning = Beginning {
        id: id.into(),
        at: 0,
        origin: Origin::Outbound,
        from: "+18005550100".into(),
        to: "+441632960100".into(),
        params: Values::new(),
        settings: Values::new(),
        locale: None,
        voice: String::new(),
        facts: Facts { connection: Some(leg.into()), ..Facts::default() },
        headers: BTreeMap::new(),
    };
    Doc::new(Call::begin(&program, beginning))
}

/// A request that nobody has claimed, by its number.
pub(super) fn pending(number: u64, command: Command) -> Pending {
    let op = OpRef { op: number, attempt: 1 };
    Pending {
        op,
        command,
        connection: None,
        repeat_id: repeat_id("c", op),
        ordered: 0,
        not_after: None,
        given_on: false,
        claim: None,
    }
}

/// The row of a call.
pub(super) fn found(doc: &Doc) -> Got {
    let row = Row { call: "c".into(), rev: 1, program: String::new(), doc: doc.to_bytes() };
    Got::Loaded(Ok(Found::Live { row, seen: vec![] }))
}

pub(super) fn play() -> Command {
    Command::Play { media: vec![], to: vec![], looped: false, interrupt: false }
}

pub(super) fn transfer() -> Command {
    Command::Transfer { to: "+441632960100".into(), transferee: None, from: None, headers: vec![] }
}
