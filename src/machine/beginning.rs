//! What a call begins with, from whoever accepts or places it.

use crate::language::flow::value::Values;
use crate::machine::call::Origin;
use crate::machine::event::Facts;
use crate::platform::hidden::Hidden;
use std::collections::BTreeMap;

/// What a call begins with.
#[derive(Clone, Debug)]
pub struct Beginning {
    /// The call's id.
    pub id: String,
    /// When.
    pub at: i64,
    /// How.
    pub origin: Origin,
    /// Who calls.
    pub from: Hidden<String>,
    /// Who is called.
    pub to: Hidden<String>,
    /// Parameters.
    pub params: Values,
    /// Settings.
    pub settings: Values,
    /// The locale of the number, where the flow has none of its own.
    pub locale: Option<String>,
    /// Default voice.
    pub voice: String,
    /// Server call id and the like, where they are known.
    pub facts: Facts,
    /// Custom headers that came with it, by the names of [`crate::platform::headers::known_as`].
    pub headers: BTreeMap<String, Hidden<String>>,
}
