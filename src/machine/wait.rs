//! `wait`: lets time pass; rules may end it early.

use crate::language::flow::expr::Expr;
use crate::machine::answers::LOOP_MS;
use crate::machine::stepper::{Stepper, Then, broken};
use crate::machine::timer::Why;

pub(crate) fn enter(stepper: &mut Stepper<'_>, time: &Expr) -> Then {
    let Some(ms) = stepper.duration(time) else { return broken("a time could not be evaluated") };
    stepper.silence();
    stepper.wake_after(ms, Why::Wait);
    if ms > LOOP_MS {
        stepper.wake_after(LOOP_MS, Why::Look);
    }
    Then::Stay
}
