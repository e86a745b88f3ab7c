//! How whoever an expression names is reached: what its type says. Nothing is evaluated.

use crate::language::flow::expr::{Expr, Function, Slot};
use crate::language::flow::types::Type;
use crate::language::flow::value::Value;
use crate::language::graph::Program;
use crate::language::prove::condition::Means;
use crate::language::prove::few::Few;
use crate::platform::identifier::Identifier;

/// How whoever this names may be reached.
#[must_use]
pub fn means(expr: &Expr, program: &Program) -> Few<Means> {
    match expr {
        Expr::Const(value) => of_value(value),
        // What callers chose is called only where it is a phone's number.
        Expr::Dialled(_, _) | Expr::Call(Function::ToPhone, _, _) => Few::only(Means::Phone),
        Expr::Conditional(_, one, other) | Expr::OrValue(one, other) => means(one, program).or(means(other, program)),
        Expr::Read(_) | Expr::Field(_, _) | Expr::OptionalField(_, _) => {
            constant(expr).map_or_else(|| ty(expr, program).map_or_else(Few::all, of_type), of_value)
        }
        Expr::Binary(_, _, _)
        | Expr::Call(_, _, _)
        | Expr::Each(_, _, _, _)
        | Expr::Has(_)
        | Expr::InZone(_, _)
        | Expr::Item(_)
        | Expr::Last(_, _)
        | Expr::List(_)
        | Expr::Matches(_, _)
        | Expr::Neg(_)
        | Expr::Not(_)
        | Expr::Size(_)
        | Expr::Spoken(_, _) => Few::all(),
    }
}

fn of_value(value: &Value) -> Few<Means> {
    match value {
        Value::Phone(id) | Value::Text(id) => match Identifier::parse(id) {
            Identifier::Phone(_) => Few::only(Means::Phone),
            Identifier::AcsUser(_) | Identifier::TeamsUser(_) | Identifier::TeamsApp(_) => Few::only(Means::User),
            Identifier::Unknown(_) => Few::all(),
        },
        _ => Few::all(),
    }
}

fn of_type(ty: &Type) -> Few<Means> {
    match ty.bare() {
        Type::Phone => Few::only(Means::Phone),
        Type::AcsUser => Few::only(Means::User),
        _ => Few::all(),
    }
}

/// A field of a constant, such as a service's.
fn constant(expr: &Expr) -> Option<&Value> {
    let mut fields = Vec::new();
    let mut at = expr;
    loop {
        match at {
            Expr::Field(of, name) | Expr::OptionalField(of, name) => {
                fields.push(name);
                at = of;
            }
            Expr::Const(value) => {
                return fields.into_iter().rev().try_fold(value, |value, name| match value {
                    Value::Record(record) => record.get(name),
                    _ => None,
                });
            }
            _ => return None,
        }
    }
}

/// The type of a value that is read, or of a field of one.
fn ty<'p>(expr: &Expr, program: &'p Program) -> Option<&'p Type> {
    let mut fields = Vec::new();
    let mut at = expr;
    let read = loop {
        match at {
            Expr::Field(of, name) | Expr::OptionalField(of, name) => {
                fields.push(name);
                at = of;
            }
            Expr::Read(slot) => break slot,
            _ => return None,
        }
    };
    let of = match read {
        Slot::Param(name) => &program.params.get(name)?.ty,
        Slot::Setting(name) => program.settings.get(name)?,
        Slot::Var(name) => program.vars.get(name)?,
        Slot::Signal(name) => program.signals.get(name)?.as_ref()?,
        Slot::Argument(_) | Slot::Call(_) | Slot::Entered | Slot::Header(_) | Slot::NextOpen { .. } => return None,
    };
    fields.into_iter().rev().try_fold(of, |ty, name| match ty.bare() {
        Type::Record(fields) => fields.iter().find(|(field, _)| field == name).map(|(_, ty)| ty),
        _ => None,
    })
}
