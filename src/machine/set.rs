//! `set`: values into variables, in the order written. A value that cannot be had ends the flow as failed, as it does in a
//! `decide`: the state has no outcome that could say so. A `locale` that is none is noted, and the call keeps the one it has.

use crate::language::flow::expr::Expr;
use crate::language::flow::value::Value;
use crate::machine::stepper::{Stepper, Then, broken, leave};
use crate::platform::outcomes::Outcome;

/// The name under which a call's locale is set.
const LOCALE: &str = "locale";

pub(crate) fn enter(stepper: &mut Stepper<'_>, values: &[(String, Expr)]) -> Then {
    for (name, expr) in values {
        if name == LOCALE {
            stepper.switch_locale(expr);
            continue;
        }
        match stepper.value(expr) {
            Some(Value::Absent) => {
                stepper.call.vars.remove(name);
            }
            Some(value) => {
                stepper.call.vars.insert(name.clone(), value);
            }
            None => return broken("a value could not be evaluated"),
        }
    }
    leave(Outcome::Done)
}
