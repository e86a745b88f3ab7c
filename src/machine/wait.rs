//! `wait`: lets time pass; rules may end it early.

use crate::language::flow::expr::Expr;
use crate::machine::stepper::{Stepper, Then, broken};
use crate::machine::timer::Why;

pub(crate) fn enter(stepper: &mut Stepper<'_>, time: &Expr) -> Then {
    let Some(ms) = stepper.duration(time) else { return broken("a time could not be evaluated") };
    stepper.wake_after(ms, Why::Wait);
    Then::Stay
}
