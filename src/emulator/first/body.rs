//! Bodies of the first generations: their members by what they mean. As strict as the newest version's.

use std::collections::BTreeMap;

use crate::emulator::answer::Refusal;
use crate::emulator::api::Asked;
use crate::emulator::identity;
use crate::platform::generations::{Form, Means};
use crate::platform::identifier::Identifier;
use crate::provider::acs::wire;
use serde_json::{Map, Value};

/// What members of requests of the newest version mean here.
const MODERN: &[(&str, Means)] = &[
    ("playSources[0].file.uri", Means::File),
    ("playOptions.loop", Means::Loop),
    ("operationContext", Means::Context),
    ("operationCallbackUri", Means::Callback),
    ("participantToAdd", Means::One),
    ("participantToAdd", Means::Several),
    ("sourceCallerIdNumber", Means::CallerId),
];

/// A body.
#[derive(Clone, Debug, Default)]
pub(crate) struct Body(BTreeMap<Means, Value>);

impl Body {
    /// Reads one: members the operation does not have are refused, those it needs must be there.
    pub(crate) fn read(form: &Form, asked: &Asked<'_>) -> Result<Body, Refusal> {
        let needs_none = form.body.iter().all(|member| !member.needed);
        if form.body.is_empty() || (needs_none && asked.body.is_empty()) {
            return Ok(Body::default());
        }
        let members: Map<String, Value> = asked.body()?;
        let mut body = BTreeMap::new();
        for (name, value) in members {
            let Some(member) = form.body.iter().find(|member| member.name == name) else {
                return Err(Refusal::field(&name, "unknown field"));
            };
            if matches!(member.means, Means::Subject | Means::FileId) && !(value.is_string() || value.is_null()) {
                return Err(Refusal::field(&name, "must be a text"));
            }
            if !value.is_null() {
                body.insert(member.means, value);
            }
        }
        match form.body.iter().find(|member| member.needed && !body.contains_key(&member.means)) {
            Some(missing) => Err(Refusal::field(missing.name, "is missing")),
            None => Ok(Body(body)),
        }
    }

    /// A member; null where it is not there.
    pub(crate) fn value(&self, means: Means) -> Value {
        self.0.get(&means).cloned().unwrap_or(Value::Null)
    }

    /// The words of a list, each of which must be one of those known.
    pub(crate) fn words(&self, form: &Form, means: Means, known: &[&str]) -> Result<Vec<String>, Refusal> {
        let name = form.name(means).unwrap_or_default();
        let all = match self.value(means) {
            Value::Null => return Ok(Vec::new()),
            Value::Array(all) => all,
            _ => return Err(Refusal::field(name, "must be a list")),
        };
        let word = |(index, value): (usize, Value)| {
            let word = value.as_str().filter(|word| known.contains(word)).map(str::to_owned);
            word.ok_or_else(|| {
                Refusal::field(&format!("{name}[{index}]"), format!("must be one of {}", known.join(", ")))
            })
        };
        all.into_iter().enumerate().map(word).collect()
    }

    /// Who calls: a communication user, where anybody is named.
    pub(crate) fn source(&self, form: &Form) -> Result<Option<String>, Refusal> {
        let name = form.name(Means::Source).unwrap_or_default();
        let given = self.value(Means::Source);
        if given.is_null() {
            return Ok(None);
        }
        let model: wire::Identifier =
            serde_json::from_value(given).map_err(|error| Refusal::field(name, error.to_string()))?;
        match identity::read(name, &model)? {
            Identifier::AcsUser(id) => Ok(Some(id)),
            _ => Err(Refusal::field(name, "must be a communication user")),
        }
    }
}

/// A refusal under the names that the operation has for its members.
pub(crate) fn in_their_words(form: &Form, refusal: Refusal) -> Refusal {
    let theirs = MODERN.iter().find_map(|(modern, means)| {
        let rest = refusal.message.strip_prefix(modern)?;
        Some(format!("{}{rest}", form.name(*means)?))
    });
    Refusal { message: theirs.unwrap_or(refusal.message), ..refusal }
}
