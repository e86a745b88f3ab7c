//! Values worth trying: those made up by their types, and others that conditions of the flows tell apart.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::language::duration;
use crate::language::flow::decimal::{Decimal, Money};
use crate::language::flow::expr::{CallField, Expr, Slot};
use crate::language::flow::state::Kind;
use crate::language::flow::types::Type;
use crate::language::flow::value::{Value, Values};
use crate::language::graph::{CallKind, Program};
use crate::rehearsal::generate::partner::{ID, Partner};
use crate::rehearsal::made;
use crate::runtime::lines::Lines;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Most values of one type that are tried.
const MOST: usize = 24;
/// A day, in milliseconds.
const DAY_MS: i64 = 86_400_000;

/// What flows hold values against.
#[derive(Clone, Debug, Default)]
pub(super) struct Hints {
    texts: BTreeSet<String>,
    ints: BTreeSet<i64>,
    durations: BTreeSet<i64>,
    decimals: Vec<Decimal>,
    moneys: Vec<Money>,
    /// Fields that are read.
    fields: BTreeSet<String>,
    /// Headers that are read.
    pub(super) headers: BTreeSet<String>,
    /// Whether it is asked who calls.
    pub(super) caller: bool,
    /// Parameters that are read.
    pub(super) params: BTreeSet<String>,
    /// The other call that there can be.
    pub(super) partner: Option<Partner>,
}

/// A number that is somebody else's.
fn somebody_else(value: &mut serde_json::Value) {
    if let Some(number) = value.as_str().filter(|text| text.starts_with('+') && text.len() > 9) {
        let other = if number.ends_with('7') { '6' } else { '7' };
        let same = number.get(..number.len() - 1).unwrap_or_default();
        *value = serde_json::Value::from(format!("{same}{other}"));
    }
}

impl Hints {
    /// Of a program and the flows it runs.
    pub(super) fn of(program: &Program, settings: &Values) -> Hints {
        let mut hints = Hints::default();
        for program in program.flows.values().map(Arc::as_ref).chain([program]) {
            for (_, state) in program.states() {
                match &state.kind {
                    Kind::Decide { branches } => branches.iter().for_each(|branch| hints.read(branch, settings)),
                    Kind::Set { values } => values.iter().for_each(|(_, value)| hints.read(value, settings)),
                    Kind::Run { args, .. } => args.iter().for_each(|(_, value)| hints.read(value, settings)),
                    Kind::Add { target, .. } => hints.read(target, settings),
                    Kind::Transfer { to, .. } | Kind::Redirect { to } => hints.read(to, settings),
                    Kind::Dial { to, .. } => to.iter().for_each(|to| hints.read(to, settings)),
                    _ => {}
                }
            }
        }
        hints
    }

    /// There can be another call.
    pub(super) fn meets(&mut self, partner: Option<Partner>, lines: &Lines) {
        self.partner = partner.map(|mut partner| {
            self.params.extend(partner.held.iter().cloned());
            let other = lines.flows.get(&partner.flow).map(|served| &served.program);
            let placed = other.filter(|other| other.call != CallKind::Inbound);
            partner.params = placed.map(|other| Hints::default().params(other, 0)).unwrap_or_default();
            // Other people are on it.
            partner.params.values_mut().for_each(somebody_else);
            partner
        });
    }

    fn read(&mut self, expr: &Expr, settings: &Values) {
        match expr {
            Expr::Const(value) => self.known(value),
            Expr::Read(slot) => match slot {
                Slot::Header(name) => drop(self.headers.insert(name.clone())),
                Slot::Call(CallField::From) => self.caller = true,
                Slot::Param(name) => drop(self.params.insert(name.clone())),
                Slot::Argument(_)
                | Slot::Call(_)
                | Slot::Entered
                | Slot::NextOpen { .. }
                | Slot::Signal(_)
                | Slot::Var(_) => {}
                Slot::Setting(name) => settings.get(name).into_iter().for_each(|value| self.known(value)),
            },
            Expr::Item(_) => {}
            Expr::Field(of, name) | Expr::OptionalField(of, name) => {
                self.fields.insert(name.clone());
                self.read(of, settings);
            }
            Expr::Matches(of, _) | Expr::InZone(of, _) | Expr::Spoken(of, _) | Expr::Dialled(of, _) => {
                self.read(of, settings)
            }
            Expr::Has(of) | Expr::Size(of) | Expr::Not(of) | Expr::Neg(of) => self.read(of, settings),
            Expr::OrValue(a, b) | Expr::Last(a, b) | Expr::Binary(_, a, b) | Expr::Each(_, a, _, b) => {
                self.read(a, settings);
                self.read(b, settings);
            }
            Expr::Call(_, a, b) => {
                self.read(a, settings);
                b.iter().for_each(|b| self.read(b, settings));
            }
            Expr::Conditional(a, b, c) => [a, b, c].into_iter().for_each(|expr| self.read(expr, settings)),
            Expr::List(items) => items.iter().for_each(|item| self.read(item, settings)),
        }
    }

    fn known(&mut self, value: &Value) {
        match value {
            Value::Text(text) | Value::Digits(text) | Value::Phone(text) => drop(self.texts.insert(text.clone())),
            Value::Int(number) => drop(self.ints.insert(*number)),
            Value::Duration(ms) => drop(self.durations.insert(*ms)),
            Value::Decimal(number) => self.decimals.push(*number),
            Value::Money(money) => self.moneys.push(money.clone()),
            Value::List(items) => items.iter().for_each(|item| self.known(item)),
            Value::Absent
            | Value::Bool(_)
            | Value::Date(_)
            | Value::Enum(_)
            | Value::LocalTime(_)
            | Value::Record(_)
            | Value::Time(_) => {}
        }
    }

    /// Texts that a caller's number or a header is held against.
    pub(super) fn texts(&self) -> impl Iterator<Item = &String> {
        self.texts.iter()
    }

    /// Values of a type worth trying, the one that is made up first.
    pub(super) fn values(&self, ty: &Type, at: i64) -> Vec<Value> {
        let mut values = vec![made::value(ty, at)];
        let more = match ty {
            Type::Bool => vec![Value::Bool(false)],
            Type::Enum(words) => words.iter().cloned().map(Value::Enum).collect(),
            Type::Int => self.numbers().map(Value::Int).collect(),
            Type::Decimal => {
                let near = self.decimals.iter().flat_map(|number| near(*number));
                near.chain([Decimal::whole(0)]).map(Value::Decimal).collect()
            }
            Type::Money => {
                let near = self.moneys.iter().flat_map(|money| {
                    near(money.amount).into_iter().filter_map(|amount| Money::new(amount, &money.currency))
                });
                near.map(Value::Money).collect()
            }
            Type::Text => {
                let id = self.partner.iter().filter(|partner| partner.is_text()).map(|_| ID.to_owned());
                id.chain(self.texts.iter().cloned()).map(Value::Text).collect()
            }
            Type::Digits { min, max } => {
                let fits = self.texts.iter().filter(|text| crate::language::flow::value::is_digits(text, *min, *max));
                fits.cloned().map(Value::Digits).collect()
            }
            Type::Duration => {
                let near = self.durations.iter().flat_map(|ms| [*ms, ms - 1_000, ms + 1_000]);
                near.filter(|ms| *ms >= 0).map(Value::Duration).collect()
            }
            Type::Time => [-DAY_MS, 30 * DAY_MS].iter().map(|by| Value::Time(at + by)).collect(),
            Type::Date | Type::LocalTime => {
                [-3 * DAY_MS, 30 * DAY_MS].iter().map(|by| made::value(ty, at + by)).collect()
            }
            Type::Optional(inner) => [Value::Absent].into_iter().chain(self.values(inner, at)).collect(),
            Type::Secret(inner) => self.values(inner, at),
            Type::List(inner) => {
                let ones = self.values(inner, at).into_iter().map(|one| Value::List(vec![one]));
                [Value::List(Vec::new())].into_iter().chain(ones).collect()
            }
            Type::Record(fields) => self.records(fields, at),
            Type::Recording => vec![Value::empty_recording()],
            Type::AcsUser | Type::Endpoint | Type::Phone => Vec::new(),
        };
        for value in more {
            if !values.contains(&value) && values.len() < MOST {
                values.push(value);
            }
        }
        values
    }

    fn numbers(&self) -> impl Iterator<Item = i64> + '_ {
        self.ints.iter().flat_map(|n| [*n, n.saturating_sub(1), n.saturating_add(1)]).chain([0])
    }

    /// Records that differ in one field that is read.
    fn records(&self, fields: &[(String, Type)], at: i64) -> Vec<Value> {
        let base = made::value(&Type::Record(fields.to_vec()), at);
        let Value::Record(base) = base else { return Vec::new() };
        let read = fields.iter().filter(|(name, _)| self.fields.contains(name));
        let varied = read.flat_map(|(name, ty)| {
            self.values(ty, at).into_iter().skip(1).map(|value| {
                let mut record = base.clone();
                record.insert(name.clone(), value);
                Value::Record(record)
            })
        });
        let ids = fields.iter().filter(|(name, ty)| {
            *ty.bare() == Type::Text && self.partner.as_ref().is_some_and(|partner| partner.is_in(name))
        });
        let ids = ids.map(|(name, _)| {
            let mut record = base.clone();
            record.insert(name.clone(), Value::Text(ID.to_owned()));
            Value::Record(record)
        });
        ids.chain(varied).collect()
    }

    /// Parameters that a call can be placed with.
    pub(super) fn params(&self, program: &Program, at: i64) -> BTreeMap<String, Json> {
        let mut params = BTreeMap::new();
        for (count, (name, param)) in program.params.iter().enumerate() {
            let value = match param.ty.bare() {
                Type::Phone | Type::Endpoint if name == "to" => json!("+441632960100"),
                Type::Phone | Type::Endpoint => json!(format!("+4416329602{count:02}")),
                Type::Text if self.partner.as_ref().is_some_and(|partner| partner.held.contains(name)) => json!(ID),
                Type::Text => json!(name.replace('_', " ")),
                _ => told(&param.ty, &made::value(&param.ty, at)),
            };
            if param.default.is_none() {
                params.insert(name.clone(), value);
            }
        }
        params
    }
}

fn near(number: Decimal) -> Vec<Decimal> {
    let one = Decimal::whole(1);
    [Some(number), number.minus(one), number.plus(one)].into_iter().flatten().collect()
}

/// A value as JSON that reads back as the same one.
pub(super) fn told(ty: &Type, value: &Value) -> Json {
    let instant = |ms: i64| jiff::Timestamp::from_millisecond(ms).unwrap_or_default().to_string();
    match value {
        Value::Absent => Json::Null,
        Value::Bool(truth) => json!(truth),
        Value::Date(date) => json!(date.to_string()),
        Value::Decimal(number) => json!(number.to_string()),
        Value::Digits(text) | Value::Enum(text) | Value::Phone(text) | Value::Text(text) => json!(text),
        Value::Duration(ms) => json!(duration::show(u64::try_from(*ms).unwrap_or(0))),
        Value::Int(number) => json!(number),
        Value::List(items) => {
            let inner = match ty.bare() {
                Type::List(inner) => inner,
                other => other,
            };
            items.iter().map(|item| told(inner, item)).collect()
        }
        Value::LocalTime(time) => json!(time.to_string()),
        Value::Money(money) => json!(money.to_string()),
        Value::Record(fields) => {
            let types = ty.bare().fields();
            let is_recording = *ty.bare() == Type::Recording;
            let fields = types.iter().filter(|(name, _)| !is_recording || name != "empty").filter_map(|(name, ty)| {
                let value = fields.get(name).filter(|value| **value != Value::Absent)?;
                Some((name.clone(), told(ty, value)))
            });
            Json::Object(fields.collect())
        }
        Value::Time(ms) => json!(instant(*ms)),
    }
}

#[cfg(test)]
mod tests {
    use crate::language::flow::types::Type;
    use crate::language::flow::value::Value;
    use crate::rehearsal::generate::values::{Hints, told};

    #[test]
    fn what_is_tried_reads_back_as_it_is() {
        let hints = Hints { fields: ["on".to_owned(), "at".to_owned()].into(), ints: [7].into(), ..Hints::default() };
        let record = Type::Record(vec![
            ("on".to_owned(), Type::Bool),
            ("at".to_owned(), Type::Optional(Box::new(Type::Time))),
            ("many".to_owned(), Type::List(Box::new(Type::Int))),
            ("name".to_owned(), Type::Text),
        ]);
        let all = [
            record.clone(),
            Type::List(Box::new(record)),
            Type::Money,
            Type::Decimal,
            Type::Duration,
            Type::Date,
            Type::LocalTime,
            Type::Enum(vec!["a".to_owned(), "b".to_owned()]),
        ];
        for ty in all {
            let values = hints.values(&ty, 1_767_225_600_000);
            assert!(!values.is_empty());
            for value in values {
                let read = Value::from_json(&ty, &told(&ty, &value), "it");
                assert!(read.as_ref() == Ok(&value), "{ty}: {}", told(&ty, &value));
            }
        }
    }
}
