//! `decide`: the first true branch.

use crate::language::flow::expr::Expr;
use crate::language::flow::label::Label;
use crate::language::flow::value::Value;
use crate::machine::stepper::{Stepper, Then};

pub(crate) fn enter(stepper: &mut Stepper<'_>, branches: &[Expr]) -> Then {
    for (index, branch) in branches.iter().enumerate() {
        match stepper.value(branch) {
            Some(Value::Bool(true)) => return Then::Leave(Label::Branch(u32::try_from(index).unwrap_or(u32::MAX))),
            Some(_) => {}
            None => return Then::Finish(Some("failed".to_owned()), "a condition could not be evaluated".to_owned()),
        }
    }
    Then::Leave(Label::Else)
}
