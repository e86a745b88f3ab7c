//! What a `set` leaves behind of each variable that it sets: a value, perhaps none, or what another had.

use crate::language::check::exprs::Typed;
use crate::language::check::facts::path;
use std::collections::BTreeMap;

/// Whether a variable has a value once it has been set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It has.
    Sure,
    /// It has one if what stands at this path had one before the `set`.
    As(String),
    /// It may have none.
    Unsure,
}

/// The variables that one `set` sets, one after the other.
#[derive(Clone, Debug, Default)]
pub struct Presences(BTreeMap<String, Presence>);

impl Presences {
    /// The variable is set to a value.
    pub fn set(&mut self, name: &str, value: &Typed) {
        let presence = match path(&value.expr) {
            _ if !value.ty.is_optional() => Presence::Sure,
            Some(path) => self.copied(path),
            None => Presence::Unsure,
        };
        self.0.insert(name.to_owned(), presence);
    }

    /// A copy of what stands at a path, which may have been set here before.
    fn copied(&self, path: String) -> Presence {
        let root = path.split('.').next().unwrap_or_default();
        match self.0.get(root) {
            Some(presence) if root == path => presence.clone(),
            Some(_) => Presence::Unsure,
            None => Presence::As(path),
        }
    }

    /// What a variable was left with; `None` for one that is not set here.
    #[must_use]
    pub fn of(&self, name: &str) -> Option<&Presence> {
        self.0.get(name)
    }

    /// Every path that is copied.
    pub fn copies(&self) -> impl Iterator<Item = &str> {
        self.0.values().filter_map(|presence| match presence {
            Presence::As(path) => Some(path.as_str()),
            Presence::Sure | Presence::Unsure => None,
        })
    }

    /// Every variable set here.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Presence)> {
        self.0.iter().map(|(name, presence)| (name.as_str(), presence))
    }
}
