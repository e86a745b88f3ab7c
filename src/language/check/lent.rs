//! What services and calendars lend to the flows that use them: types, constants, hours. Whoever reads their files fills it.

use crate::language::flow::types::Type;
use crate::language::flow::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Names that services and calendars lend, by the name of the service or calendar.
#[derive(Clone, Debug, Default)]
pub struct Lent {
    services: BTreeMap<String, Service>,
    calendars: BTreeMap<String, BTreeSet<String>>,
}

/// What one service lends.
#[derive(Clone, Debug, Default)]
struct Service {
    types: BTreeMap<String, Type>,
    constants: BTreeMap<String, (Type, Value)>,
    /// Names of types and constants that are in error, which has been said.
    lost: BTreeSet<String>,
    /// It could not be read as a whole, so that it may have any name.
    unread: bool,
}

impl Lent {
    /// Makes a service known, even one that lends nothing.
    pub fn add_service(&mut self, service: &str) {
        self.services.entry(service.to_owned()).or_default();
    }

    /// A type of a service: `clinic.Slot`.
    pub fn add_type(&mut self, service: &str, name: &str, ty: Type) {
        self.services.entry(service.to_owned()).or_default().types.insert(name.to_owned(), ty);
    }

    /// A constant of a service, in groups or by itself: `crm.teams.sales` has the path `["teams", "sales"]`. A group is a
    /// record. An empty path adds nothing.
    pub fn add_constant(&mut self, service: &str, path: &[&str], ty: Type, value: Value) {
        let Some((root, rest)) = path.split_first() else { return };
        let (ty, value) = rest.iter().rev().fold((ty, value), |(ty, value), name| {
            let fields = BTreeMap::from([((*name).to_owned(), value)]);
            (Type::Record(vec![((*name).to_owned(), ty)]), Value::Record(fields))
        });
        let constants = &mut self.services.entry(service.to_owned()).or_default().constants;
        match constants.get_mut(*root) {
            Some(known) if !rest.is_empty() => join(known, ty, value),
            _ => drop(constants.insert((*root).to_owned(), (ty, value))),
        }
    }

    /// A type or a constant that is in error: nothing is said of its being missing.
    pub fn add_lost(&mut self, service: &str, name: &str) {
        self.services.entry(service.to_owned()).or_default().lost.insert(name.to_owned());
    }

    /// A service of which pieces could not be read: nothing is said of what seems missing.
    pub fn add_unread(&mut self, service: &str) {
        self.services.entry(service.to_owned()).or_default().unread = true;
    }

    /// Whether a service may have a name that is not lent, as it is in error or could not be read.
    #[must_use]
    pub fn may_have(&self, service: &str, name: &str) -> bool {
        self.services.get(service).is_some_and(|service| service.unread || service.lost.contains(name))
    }

    /// Hours of a calendar: `office.main`.
    pub fn add_hours(&mut self, calendar: &str, hours: &str) {
        self.calendars.entry(calendar.to_owned()).or_default().insert(hours.to_owned());
    }

    /// Whether a service or a calendar has this name.
    #[must_use]
    pub fn knows(&self, name: &str) -> bool {
        self.services.contains_key(name) || self.calendars.contains_key(name)
    }

    /// The names of all services and calendars.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.services.keys().chain(self.calendars.keys()).map(String::as_str)
    }

    /// The types of a service.
    #[must_use]
    pub fn types(&self, service: &str) -> Option<&BTreeMap<String, Type>> {
        self.services.get(service).map(|service| &service.types)
    }

    /// The constants of a service, groups as records.
    #[must_use]
    pub fn constants(&self, service: &str) -> Option<&BTreeMap<String, (Type, Value)>> {
        self.services.get(service).map(|service| &service.constants)
    }

    /// The hours of a calendar.
    #[must_use]
    pub fn hours(&self, calendar: &str) -> Option<&BTreeSet<String>> {
        self.calendars.get(calendar)
    }
}

/// Takes one group into another; what is in both is the newer one's.
fn join(known: &mut (Type, Value), ty: Type, value: Value) {
    let (known_type, known_value) = known;
    match (known_type, known_value, ty, value) {
        (Type::Record(types), Value::Record(values), Type::Record(more_types), Value::Record(more)) => {
            for ((name, ty), value) in more_types.into_iter().zip(more.into_values()) {
                let at = types.iter().position(|(known, _)| *known == name);
                match (at.map(|at| &mut types[at].1), values.get_mut(&name)) {
                    (Some(known_type @ Type::Record(_)), Some(known_value)) => {
                        let mut both = (known_type.clone(), known_value.clone());
                        join(&mut both, ty, value);
                        (*known_type, *known_value) = both;
                    }
                    (Some(known_type), Some(known_value)) => (*known_type, *known_value) = (ty, value),
                    _ => {
                        types.push((name.clone(), ty));
                        values.insert(name, value);
                    }
                }
            }
        }
        (known_type, known_value, ty, value) => (*known_type, *known_value) = (ty, value),
    }
}

#[cfg(test)]
mod tests {
    use crate::language::check::lent::Lent;
    use crate::language::flow::types::Type;
    use crate::language::flow::value::Value;

    #[test]
    fn constants_come_in_groups() {
        let mut lent = Lent::default();
        lent.add_constant("crm", &["limit"], Type::Int, Value::Int(3));
        lent.add_constant("crm", &["teams", "sales"], Type::Text, Value::Text("t1".to_owned()));
        lent.add_constant("crm", &["teams", "billing"], Type::Text, Value::Text("t2".to_owned()));
        lent.add_constant("crm", &["teams", "far", "away"], Type::Int, Value::Int(1));
        lent.add_constant("crm", &["teams", "far", "near"], Type::Int, Value::Int(2));
        let constants = lent.constants("crm").unwrap();
        assert_eq!(constants["limit"], (Type::Int, Value::Int(3)));
        let (ty, value) = &constants["teams"];
        assert_eq!(ty.to_string(), "{ sales: text, billing: text, far: { away: int, near: int } }");
        let Value::Record(teams) = value else { panic!("{value:?}") };
        assert_eq!(teams["billing"], Value::Text("t2".to_owned()));
        let Value::Record(far) = &teams["far"] else { panic!("{value:?}") };
        assert_eq!(far["near"], Value::Int(2));
    }
}
