//! Calls that are not answered: rejected, redirected; and calls that are joined.

use crate::language::flow::expr::Expr;
use crate::language::flow::state::{Kind, Locator, Reason};
use crate::language::flow::value::Value;
use crate::language::graph::program::Head;
use crate::language::graph::{CallKind, Program};
use crate::machine::call::{Line, Origin};
use crate::machine::command::Command;
use crate::machine::event::{Said, WebhookKind};
use crate::machine::tests::{Drive, outcome, rest, state};
use crate::platform::codes::refusal;
use crate::platform::outcomes::Outcome;

fn only(call: CallKind, kind: Kind) -> Program {
    let states = vec![state("it", kind), rest("up")];
    let edges = vec![
        outcome("it", Outcome::Done, "return done"),
        outcome("it", Outcome::Connected, "up"),
        outcome("it", Outcome::Failed, "return failed"),
    ];
    Program::assemble(Head { call, ..Head::default() }, "it", states, edges).expect("the test's program is whole")
}

#[test]
fn a_call_is_rejected_or_redirected_and_over() {
    let context = || "ctx".to_owned();
    let to = || "8:acs:r_desk".to_owned();
    for (kind, expected) in [
        (Kind::Reject { reason: Reason::Busy }, Command::Reject { context: context().into(), reason: Reason::Busy }),
        (
            Kind::Redirect { to: Expr::Const(Value::Phone(to())) },
            Command::Redirect { context: context().into(), to: to().into() },
        ),
    ] {
        let begin = || Drive::of(only(CallKind::Inbound, kind.clone()), Origin::Inbound { context: context().into() });
        let mut drive = begin();
        let (op, command) = drive.last();
        assert_eq!(command, expected);
        drive.accept(op, Said::default());
        assert_eq!(drive.result(), Some("done"));
        let mut drive = begin();
        let (op, _) = drive.last();
        drive.refuse(op, refusal::INVALID);
        assert_eq!(drive.result(), Some("failed"));
        assert_eq!(drive.ordered.len(), 1, "nothing is there to be hung up");
    }
}

#[test]
fn a_call_that_goes_on_is_joined() {
    let kind = Kind::Connect { to: Expr::Const(Value::Text("99".into())), by: Locator::Room };
    let begin = || Drive::of(only(CallKind::Join, kind.clone()), Origin::Outbound);
    let mut drive = begin();
    let (op, command) = drive.last();
    assert_eq!(command, Command::Connect { to: "99".into(), by: Locator::Room });
    drive.answer(op, "conn");
    drive.says(WebhookKind::CallConnected);
    assert_eq!((drive.call.state.as_str(), drive.call.line), ("up", Line::Up));
    let mut drive = begin();
    drive.says(WebhookKind::ConnectFailed);
    assert_eq!(drive.result(), Some("failed"));
}
