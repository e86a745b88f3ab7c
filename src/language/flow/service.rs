//! What a call needs to know of a service to ask it something: where it is, what may be asked, and what every answer means.
//! Part of the program, so that a call pinned to a program's hash asks as it did when it began.

use crate::language::flow::expr::{Expr, Slot};
use crate::language::flow::origin::{NotAnOrigin, Origin};
use crate::language::flow::types::Type;
use crate::language::flow::value::Value;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How long an operation may take when it does not say, retries included, in milliseconds.
pub const DEFAULT_TIMEOUT_MS: u64 = 5_000;
/// Bounds of `timeout`, in milliseconds.
pub const TIMEOUT_MS: std::ops::RangeInclusive<u64> = 100..=30_000;
/// Largest answer that is read, in bytes; `max_bytes` may say less.
pub const MOST_BYTES: u32 = 262_144;
/// Most operations of one service.
pub const MOST_OPERATIONS: usize = 1_000;

/// The outcome every operation has.
pub const OK: &str = "ok";
/// The outcome of everything that is no answer.
pub const FAILED: &str = "failed";
/// The field of an answer that tells an outcome by name.
pub const OUTCOME_FIELD: &str = "outcome";

/// Outcomes that a status tells by itself where an operation lists them without one.
pub const BY_STATUS: &[(&str, u16)] = &[("missing", 404), ("conflict", 409), ("gone", 410), ("rejected", 422)];

/// A service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Its name; of a request in place, method and address.
    pub name: String,
    /// Where it is: a text, constant or a setting.
    pub url: Expr,
    /// Headers of every request, by name: texts, constants or settings.
    pub headers: BTreeMap<String, Expr>,
    /// What can be asked, by name.
    pub operations: BTreeMap<String, Operation>,
}

/// Something that can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// The method of its requests.
    pub method: Method,
    /// The path behind the service's own.
    pub path: Vec<Segment>,
    /// What it is asked with, in the order declared.
    pub args: Vec<Arg>,
    /// What `ok` brings; `None` when it brings nothing.
    pub ok: Option<Type>,
    /// Its outcomes besides `ok` and `failed`, in the order declared.
    pub outcomes: Vec<OwnOutcome>,
    /// Whether a request may be made again when nobody knows whether it was carried out.
    pub safe_to_repeat: bool,
    /// How long it may take in all, in milliseconds.
    pub timeout_ms: u64,
    /// Largest answer, in bytes.
    pub max_bytes: u32,
    /// Whether its result is as little trusted as what a caller says.
    pub untrusted: bool,
}

/// The methods of HTTP that operations use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs)]
pub enum Method {
    Delete,
    Get,
    Patch,
    Post,
    Put,
}

/// A piece of a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Segment {
    /// An argument by name; always percent-encoded.
    Arg(String),
    /// As it stands.
    Text(String),
}

/// An argument.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arg {
    /// Its name in flows.
    pub name: String,
    /// Its name in requests.
    pub wire: String,
    /// Its type.
    pub ty: Type,
    /// Where it stands in requests.
    pub place: Place,
    /// Whether it is a secret: never in an address, never logged.
    pub secret: bool,
}

/// Where an argument stands in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A field of the JSON body.
    Body,
    /// A piece of the path.
    Path,
    /// A parameter behind `?`.
    Query,
}

/// An outcome of the operation's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnOutcome {
    /// Its name.
    pub name: String,
    /// What tells it.
    pub told_by: ToldBy,
}

/// What tells an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToldBy {
    /// The answer's field `outcome`; and, for a name of [`BY_STATUS`], that status.
    Name,
    /// This status, whatever else the answer says.
    Status(u16),
}

impl Service {
    /// The settings it reads. All of them are texts.
    #[must_use]
    pub fn settings(&self) -> BTreeSet<&str> {
        std::iter::once(&self.url).chain(self.headers.values()).filter_map(setting).collect()
    }

    /// The settings its headers read: as secret as keys are.
    #[must_use]
    pub fn secret_settings(&self) -> BTreeSet<&str> {
        self.headers.values().filter_map(setting).collect()
    }

    /// The service with these operations only: what a program keeps of it.
    #[must_use]
    pub fn only(&self, operations: &BTreeSet<&str>) -> Service {
        let kept = self.operations.iter().filter(|(name, _)| operations.contains(name.as_str()));
        let operations = kept.map(|(name, operation)| (name.clone(), operation.clone())).collect();
        Service { operations, ..self.clone() }
    }

    /// A request written in place (`invoke GET "https://…"`): a service without a name, with one operation without a name, no
    /// arguments, no result, and the outcomes `ok` and `failed`.
    ///
    /// # Errors
    /// When the address is none.
    pub fn in_place(method: Method, url: &str) -> Result<Service, NotAnOrigin> {
        let (origin, path) = Origin::split(url)?;
        let path = if path.starts_with('/') || path.is_empty() { path.to_owned() } else { format!("/{path}") };
        let operation = Operation { path: vec![Segment::Text(path)], ..Operation::plain(method) };
        Ok(Service {
            name: String::new(),
            url: Expr::Const(Value::Text(origin.to_string())),
            headers: BTreeMap::new(),
            operations: BTreeMap::from([(String::new(), operation)]),
        })
    }
}

impl Operation {
    /// One that takes nothing, brings nothing, and has no outcomes of its own.
    #[must_use]
    pub fn plain(method: Method) -> Operation {
        Operation {
            method,
            path: Vec::new(),
            args: Vec::new(),
            ok: None,
            outcomes: Vec::new(),
            safe_to_repeat: method == Method::Get,
            timeout_ms: DEFAULT_TIMEOUT_MS,
            max_bytes: MOST_BYTES,
            untrusted: false,
        }
    }

    /// Every outcome it can have, in the order a reader expects them: `ok`, its own, `failed`.
    #[must_use]
    pub fn all_outcomes(&self) -> Vec<&str> {
        let own = self.outcomes.iter().map(|outcome| outcome.name.as_str());
        std::iter::once(OK).chain(own).chain([FAILED]).collect()
    }

    /// An argument by name.
    #[must_use]
    pub fn arg(&self, name: &str) -> Option<&Arg> {
        self.args.iter().find(|arg| arg.name == name)
    }
}

impl Method {
    /// Every method.
    pub const ALL: [Method; 5] = [Method::Delete, Method::Get, Method::Patch, Method::Post, Method::Put];

    /// The method as it is written.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Method::Delete => "DELETE",
            Method::Get => "GET",
            Method::Patch => "PATCH",
            Method::Post => "POST",
            Method::Put => "PUT",
        }
    }

    /// The method of a word, letter case ignored.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Method> {
        Method::ALL.into_iter().find(|method| method.word().eq_ignore_ascii_case(word))
    }

    /// Whether its requests have a body, where arguments stand that the path does not hold.
    #[must_use]
    pub fn has_body(self) -> bool {
        match self {
            Method::Patch | Method::Post | Method::Put => true,
            Method::Delete | Method::Get => false,
        }
    }
}

/// The setting that a url or a header is.
fn setting(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Read(Slot::Setting(name)) => Some(name),
        _ => None,
    }
}

/// The status that tells an outcome listed without one.
#[must_use]
pub fn status_of(outcome: &str) -> Option<u16> {
    BY_STATUS.iter().find(|(name, _)| *name == outcome).map(|(_, status)| *status)
}

#[cfg(test)]
mod tests {
    use crate::language::flow::expr::{Expr, Slot};
    use crate::language::flow::service::{Method, Service};
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn a_request_in_place_is_an_operation() {
        let service = Service::in_place(Method::Get, "https://a.example/ping?x=1").unwrap();
        let operation = &service.operations[""];
        assert_eq!(operation.all_outcomes(), ["ok", "failed"]);
        assert!(operation.safe_to_repeat && service.settings().is_empty());
        let text = serde_json::to_string(&service).unwrap();
        assert_eq!(serde_json::from_str::<Service>(&text).unwrap(), service);
    }

    #[test]
    fn settings_of_headers_are_secret() {
        let mut service = Service::in_place(Method::Post, "https://a.example").unwrap();
        service.url = Expr::Read(Slot::Setting("crm_url".to_owned()));
        service.headers = BTreeMap::from([("X-Key".to_owned(), Expr::Read(Slot::Setting("crm_key".to_owned())))]);
        assert_eq!(service.settings(), BTreeSet::from(["crm_key", "crm_url"]));
        assert_eq!(service.secret_settings(), BTreeSet::from(["crm_key"]));
        assert!(service.only(&BTreeSet::new()).operations.is_empty());
    }
}
