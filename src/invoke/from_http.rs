//! An answer to an outcome: pure, and total. Whatever comes back is one of the operation's outcomes, or `failed` with its reason.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::invoke::{Failure, json};
use crate::language::flow::service::{OK, OUTCOME_FIELD, Operation, ToldBy, status_of};
use crate::language::flow::value::Value;
use serde_json::Value as Json;

/// An answer as it came, its body within the operation's bound.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `Content-Encoding`.
    pub encoding: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for Reply {
    /// Nothing of what is personal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply").field("status", &self.status).finish_non_exhaustive()
    }
}

/// An outcome, with what it brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// `ok`, or one of the operation's own.
    pub outcome: String,
    /// What `ok` brings.
    pub value: Option<Value>,
}

/// What an answer says.
///
/// # Errors
/// When it says nothing that the operation knows.
pub fn from_http(operation: &Operation, reply: &Reply) -> Result<Told, Failure> {
    let success = match reply.status {
        200..=299 => true,
        400..=499 => false,
        300..=399 => return Err(Failure::Redirected(reply.status)),
        status => return Err(Failure::Broken(status)),
    };
    let own = |name: &str| Ok(Told { outcome: name.to_owned(), value: None });
    let by_status = |by: ToldBy| operation.outcomes.iter().find(|outcome| outcome.told_by == by);
    if let Some(outcome) = by_status(ToldBy::Status(reply.status)) {
        return own(&outcome.name);
    }
    let json = body(reply);
    match named(operation, json.as_ref().ok()) {
        Named::Own(name) => return own(name),
        Named::Unknown if success => return Err(Failure::UnknownOutcome),
        Named::Nothing | Named::Unknown => {}
    }
    if !success {
        let usual = |name: &str| status_of(name) == Some(reply.status);
        let outcome = operation.outcomes.iter().find(|one| one.told_by == ToldBy::Name && usual(&one.name));
        return outcome.map_or(Err(Failure::Status(reply.status)), |outcome| own(&outcome.name));
    }
    Ok(Told { outcome: OK.to_owned(), value: value(operation, json)? })
}

/// The outcome that an answer names.
enum Named<'a> {
    Own(&'a str),
    Nothing,
    Unknown,
}

/// Looked for only where an outcome is told by name, so that a field `outcome` of `ok` stays a field.
fn named<'a>(operation: &'a Operation, json: Option<&Option<Json>>) -> Named<'a> {
    let by_name = || operation.outcomes.iter().filter(|outcome| outcome.told_by == ToldBy::Name);
    let field =
        json.and_then(Option::as_ref).and_then(|json| json.get(OUTCOME_FIELD)).filter(|_| by_name().count() > 0);
    match field {
        None => Named::Nothing,
        Some(Json::String(name)) if name == OK => Named::Nothing,
        Some(Json::String(name)) => {
            by_name().find(|outcome| outcome.name == *name).map_or(Named::Unknown, |outcome| Named::Own(&outcome.name))
        }
        Some(_) => Named::Unknown,
    }
}

/// The body; `None` when it is empty.
fn body(reply: &Reply) -> Result<Option<Json>, Failure> {
    if reply.body.is_empty() || reply.status == 204 {
        return Ok(None);
    }
    if reply.encoding.as_deref().is_some_and(|encoding| !encoding.trim().eq_ignore_ascii_case("identity")) {
        return Err(Failure::Encoded);
    }
    if !reply.content_type.as_deref().is_some_and(is_json) {
        return Err(Failure::NotJson);
    }
    json::parse(&reply.body).map(Some)
}

/// `application/json`, `application/problem+json; charset=utf-8`.
fn is_json(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let known = kind == "application/json" || kind.starts_with("application/") && kind.ends_with("+json");
    let charset = content_type.split(';').skip(1).filter_map(|part| part.trim().split_once('='));
    let mut charsets = charset.filter(|(name, _)| name.eq_ignore_ascii_case("charset"));
    known && charsets.all(|(_, value)| value.trim_matches('"').eq_ignore_ascii_case("utf-8"))
}

fn value(operation: &Operation, json: Result<Option<Json>, Failure>) -> Result<Option<Value>, Failure> {
    let Some(ty) = &operation.ok else { return json.map(|_| None) };
    let json = match json? {
        Some(json) => json::known(ty, json),
        None if ty.is_optional() => return Ok(Some(Value::Absent)),
        None => return Err(Failure::Empty),
    };
    // Only the place is told: what stood there came from the service.
    Value::from_json(ty, &json, OK).map(Some).map_err(|error| Failure::NotOfType(error.path))
}

#[cfg(test)]
mod tests {
    use crate::invoke::Failure;
    use crate::invoke::from_http::{Reply, Told, from_http};
    use crate::language::flow::service::{Method, Operation, OwnOutcome, ToldBy};
    use crate::language::flow::types::Type;
    use crate::language::flow::value::Value;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    fn operation(ok: Option<Type>, outcomes: &[(&str, ToldBy)]) -> Operation {
        let own = |(name, told_by): &(&str, ToldBy)| OwnOutcome { name: (*name).to_owned(), told_by: *told_by };
        Operation { ok, outcomes: outcomes.iter().map(own).collect(), ..Operation::plain(Method::Post) }
    }

    fn customer() -> Operation {
        let optional = Type::Optional(Box::new(Type::Int));
        let ok = Type::Record(vec![("id".to_owned(), Type::Text), ("age".to_owned(), optional)]);
        operation(Some(ok), &[("missing", ToldBy::Name), ("moved_away", ToldBy::Name), ("taken", ToldBy::Status(409))])
    }

    fn reply(status: u16, body: &str) -> Reply {
        let content_type = Some("application/json; charset=utf-8".to_owned());
        Reply { status, content_type, encoding: None, body: body.as_bytes().to_vec() }
    }

    fn told(operation: &Operation, status: u16, body: &str) -> Result<String, Failure> {
        from_http(operation, &reply(status, body)).map(|told| told.outcome)
    }

    #[test]
    fn answers_and_their_outcomes() {
        let find = customer();
        let told = |status, body: &str| told(&find, status, body);
        let own = |name: &str| Ok(name.to_owned());
        assert_eq!(told(200, r#"{"id": "c1"}"#), own("ok"));
        assert_eq!(told(200, r#"{"outcome": "ok", "id": "c1", "newer": [1]}"#), own("ok"));
        assert_eq!(told(200, r#"{"outcome": "missing"}"#), own("missing"));
        assert_eq!(told(409, r#"{"outcome": "moved_away"}"#), own("taken"), "a mapped status is the last word");
        assert_eq!(told(403, r#"{"outcome": "moved_away"}"#), own("moved_away"));
        assert_eq!(told(404, "not found"), own("missing"));
        assert_eq!(told(409, "<html>"), own("taken"));
        assert_eq!(told(410, "{}"), Err(Failure::Status(410)));
        assert_eq!(told(404, r#"{"outcome": "other"}"#), own("missing"));
        assert_eq!(told(200, r#"{"outcome": "other", "id": "c1"}"#), Err(Failure::UnknownOutcome));
        assert_eq!(told(200, r#"{"outcome": 3, "id": "c1"}"#), Err(Failure::UnknownOutcome));
        assert_eq!(told(302, ""), Err(Failure::Redirected(302)));
        assert_eq!(told(500, r#"{"outcome": "missing"}"#), Err(Failure::Broken(500)));
        assert_eq!(told(204, ""), Err(Failure::Empty));
        assert_eq!(told(200, "[1"), Err(Failure::Malformed));
    }

    #[test]
    fn reasons_hold_nothing_of_the_answer() {
        let failure = from_http(&customer(), &reply(200, r#"{"id": 441632960100}"#)).unwrap_err();
        assert_eq!(failure, Failure::NotOfType("ok.id".to_owned()));
        let failure = from_http(&customer(), &reply(200, r#"{"id": "c1", "age": "hush"}"#)).unwrap_err();
        assert!(!failure.to_string().contains("hush"));
    }

    #[test]
    fn what_ok_brings() {
        let told = from_http(&customer(), &reply(200, r#"{"id": "c1", "age": 3}"#)).unwrap();
        let fields = [("age".to_owned(), Value::Int(3)), ("id".to_owned(), Value::Text("c1".to_owned()))];
        assert_eq!(told.value, Some(Value::Record(fields.into())));
        let nothing = operation(None, &[]);
        let none = Ok(Told { outcome: "ok".to_owned(), value: None });
        assert_eq!(from_http(&nothing, &reply(204, "")), none);
        assert_eq!(from_http(&nothing, &reply(200, r#"{"anything": [1]}"#)), none);
        assert_eq!(from_http(&nothing, &reply(200, "<html>")), Err(Failure::Malformed), "some other server answered");
        let maybe = operation(Some(Type::Optional(Box::new(Type::Text))), &[]);
        assert_eq!(from_http(&maybe, &reply(204, "")).unwrap().value, Some(Value::Absent));
    }

    #[test]
    fn only_json_is_read() {
        let of = |content_type: Option<&str>, encoding: Option<&str>| {
            let body = br#"{"id": "c1"}"#.to_vec();
            let (content_type, encoding) = (content_type.map(str::to_owned), encoding.map(str::to_owned));
            from_http(&customer(), &Reply { status: 200, content_type, encoding, body }).err()
        };
        for good in ["application/json", "Application/JSON;charset=UTF-8", "application/problem+json"] {
            assert_eq!(of(Some(good), None), None, "{good}");
        }
        for bad in [None, Some("text/html"), Some("text/json"), Some("application/json; charset=utf-16"), Some("")] {
            assert_eq!(of(bad, None), Some(Failure::NotJson), "{bad:?}");
        }
        assert_eq!(of(Some("application/json"), Some("gzip")), Some(Failure::Encoded));
        assert_eq!(of(Some("application/json"), Some("identity")), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 3_000, rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..ProptestConfig::default()
        })]

        /// Whatever bytes come back: a declared outcome, or a failure in words; never a panic.
        #[test]
        fn any_answer_is_an_outcome(
            status in any::<u16>(),
            body in prop_oneof![
                prop::collection::vec(any::<u8>(), 0..200),
                "[\\[\\]{}\":,0-9a-z ]{0,200}".prop_map(String::into_bytes),
                "\\{\"(id|outcome|age)\": ?(\"[a-z_]{0,9}\"|-?[0-9]{1,30}|null|\\[\\])\\}".prop_map(String::into_bytes),
            ],
            json in any::<bool>(),
        ) {
            let content_type = json.then(|| "application/json".to_owned());
            let find = customer();
            match from_http(&find, &Reply { status, content_type, encoding: None, body }) {
                Ok(told) => {
                    prop_assert!(find.all_outcomes().contains(&told.outcome.as_str()));
                    prop_assert_eq!(told.value.is_some(), told.outcome == "ok");
                }
                Err(failure) => prop_assert!(!failure.to_string().is_empty()),
            }
        }
    }
}
