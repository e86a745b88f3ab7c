//! A question to a request: pure, and the same whenever it is asked again.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::invoke::reach::Reach;
use crate::invoke::{Failure, Invocation, json};
use crate::language::flow::expr::{Expr, Slot};
use crate::language::flow::origin::Origin;
use crate::language::flow::service::{Arg, Method, Operation, Place, Segment, Service};
use crate::language::flow::value::{Value, Values};
use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Map, Value as Json};
use std::fmt;

/// The longest address of a request, in bytes.
const MAX_URL: usize = 8_000;
/// The longest idempotency key.
const MAX_KEY: usize = 200;

/// A request.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Where the service is.
    pub origin: Origin,
    /// The whole address.
    pub url: String,
    /// Headers, by name.
    pub headers: Vec<(String, String)>,
    /// The JSON body; `None` for methods without one.
    pub body: Option<Vec<u8>>,
    /// The largest answer that is read, in bytes.
    pub max_bytes: u32,
}

impl fmt::Debug for Request {
    /// Nothing of what is asked: keys and callers' data are in the address, the headers and the body.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("method", &self.method).field("host", &self.origin.host).finish_non_exhaustive()
    }
}

/// The idempotency key of a question: `CALL.OP`, or what the flow's `once` gives. The same at every attempt.
#[must_use]
pub fn key(call: &str, op: &str, once: Option<&str>) -> String {
    let key = match once {
        Some(once) => encoded(once),
        None => format!("{}.{}", encoded(call), encoded(op)),
    };
    if key.len() <= MAX_KEY && !key.is_empty() {
        return key;
    }
    digest(&SHA256, key.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The operation that is asked for.
///
/// # Errors
/// When the service has none of this name.
pub fn operation<'a>(asked: &Invocation<'a>) -> Result<&'a Operation, Failure> {
    let operation = asked.service.operations.get(asked.operation);
    operation.ok_or_else(|| Failure::NoOperation(asked.operation.to_owned()))
}

/// The request of a question.
///
/// # Errors
/// When something that it needs is missing, or cannot stand where it belongs.
pub fn to_http(asked: &Invocation, reach: &Reach) -> Result<Request, Failure> {
    let operation = operation(asked)?;
    let origin = reach.origin(&address(asked.service, asked.settings)?)?;
    let url = url(&origin, operation, asked.args)?;
    let mut headers = vec![("accept".to_owned(), "application/json".to_owned())];
    headers.push(("idempotency-key".to_owned(), asked.key.to_owned()));
    for (name, value) in &asked.service.headers {
        let value = text(value, asked.settings)?;
        if !value.bytes().all(|b| (b' '..=b'~').contains(&b)) {
            return Err(Failure::Header(name.clone()));
        }
        headers.push((name.to_ascii_lowercase(), value));
    }
    let body = operation.method.has_body().then(|| body(operation, asked.args)).transpose()?;
    if body.is_some() {
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
    }
    Ok(Request { method: operation.method, origin, url, headers, body, max_bytes: operation.max_bytes })
}

/// Where a service is, by these settings: what [`Reach::open`] is told at start.
///
/// # Errors
/// When a setting that it reads has no value.
pub fn address(service: &Service, settings: &Values) -> Result<String, Failure> {
    text(&service.url, settings)
}

/// The text of an address or a header: a constant, or a setting.
fn text(expr: &Expr, settings: &Values) -> Result<String, Failure> {
    match expr {
        Expr::Const(Value::Text(text)) => Ok(text.clone()),
        Expr::Read(Slot::Setting(name)) => match settings.get(name) {
            Some(Value::Text(text)) => Ok(text.clone()),
            _ => Err(Failure::NoSetting(name.clone())),
        },
        _ => Err(Failure::Address("it is neither a text nor a setting".to_owned())),
    }
}

fn url(origin: &Origin, operation: &Operation, args: &Values) -> Result<String, Failure> {
    let mut path = String::new();
    for segment in &operation.path {
        match segment {
            Segment::Text(text) => path.push_str(text),
            Segment::Arg(name) => {
                let word = args.get(name).and_then(json::word).ok_or_else(|| Failure::Argument(name.clone()))?;
                // A whole segment of dots leads upwards, however it is encoded; an empty one leads elsewhere.
                if word.is_empty() || word.bytes().all(|b| b == b'.') {
                    return Err(Failure::Argument(name.clone()));
                }
                path.push_str(&encoded(&word));
            }
        }
    }
    let mut url = format!("{origin}{path}");
    let mut mark = if path.contains('?') { '&' } else { '?' };
    for arg in operation.args.iter().filter(|arg| arg.place == Place::Query) {
        for word in words(arg, args)? {
            url.push(mark);
            url.push_str(&format!("{}={}", encoded(&arg.wire), encoded(&word)));
            mark = '&';
        }
    }
    let plain = |b: u8| (b'!'..=b'~').contains(&b) && !matches!(b, b'#' | b'\\');
    if url.len() > MAX_URL || !url.bytes().all(plain) { Err(Failure::Unbuilt) } else { Ok(url) }
}

/// What a parameter says: one word, several, or nothing where it is absent.
fn words(arg: &Arg, args: &Values) -> Result<Vec<String>, Failure> {
    let wrong = || Failure::Argument(arg.name.clone());
    match args.get(&arg.name) {
        None | Some(Value::Absent) if arg.ty.is_optional() => Ok(Vec::new()),
        Some(Value::List(items)) => items.iter().map(|item| json::word(item).ok_or_else(wrong)).collect(),
        Some(value) => json::word(value).map(|word| vec![word]).ok_or_else(wrong),
        None => Err(wrong()),
    }
}

fn body(operation: &Operation, args: &Values) -> Result<Vec<u8>, Failure> {
    let mut object = Map::new();
    for arg in operation.args.iter().filter(|arg| arg.place == Place::Body) {
        match args.get(&arg.name).map(json::of) {
            Some(Some(json)) => drop(object.insert(arg.wire.clone(), json)),
            None | Some(None) if arg.ty.is_optional() => {}
            None | Some(None) => return Err(Failure::Argument(arg.name.clone())),
        }
    }
    Ok(Json::Object(object).to_string().into_bytes())
}

/// Percent-encoding: letters, digits and `-._~` stand as they are, every other byte is encoded.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::invoke::reach::Reach;
    use crate::invoke::to_http::{Request, address, key, to_http};
    use crate::invoke::{Failure, Invocation};
    use crate::language::flow::expr::{Expr, Slot};
    use crate::language::flow::service::{Arg, Method, Operation, Place, Segment, Service};
    use crate::language::flow::types::Type;
    use crate::language::flow::value::{Value, Values};
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    fn arg(name: &str, wire: &str, ty: Type, place: Place) -> Arg {
        Arg { name: name.to_owned(), wire: wire.to_owned(), ty, place, secret: false }
    }

    fn service(method: Method) -> Service {
        let optional = Type::Optional(Box::new(Type::Text));
        let mut operation = Operation::plain(method);
        operation.path = vec![Segment::Text("/customers/".to_owned()), Segment::Arg("account".to_owned())];
        operation.args = vec![
            arg("account", "account", Type::Text, Place::Path),
            arg("tags", "tag", Type::List(Box::new(Type::Text)), Place::Query),
            arg("note", "theNote", optional.clone(), Place::Body),
            arg("more", "more", optional, Place::Query),
        ];
        let mut service = Service::in_place(method, "https://a.example").unwrap();
        service.url = Expr::Read(Slot::Setting("crm_url".to_owned()));
        service.headers = [("X-Key".to_owned(), Expr::Read(Slot::Setting("crm_key".to_owned())))].into();
        service.operations = [("find".to_owned(), operation)].into();
        service
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    fn settings() -> Values {
        [("crm_url".to_owned(), text("https://crm.example.com/api")), ("crm_key".to_owned(), text("hush"))].into()
    }

    fn ask(service: &Service, args: &Values, settings: &Values) -> Result<Request, Failure> {
        let mut reach = Reach::new("").unwrap();
        reach.open("https://crm.example.com").unwrap();
        let asked = Invocation { service, operation: "find", args, settings, key: "call-1.3" };
        to_http(&asked, &reach)
    }

    fn args(account: &str) -> Values {
        [
            ("account".to_owned(), text(account)),
            ("tags".to_owned(), Value::List(vec![text("a b"), text("c&d")])),
            ("note".to_owned(), text("hi")),
        ]
        .into()
    }

    #[test]
    fn everything_stands_in_its_place() {
        let request = ask(&service(Method::Post), &args("12/3?x#y"), &settings()).unwrap();
        assert_eq!(request.url, "https://crm.example.com/api/customers/12%2F3%3Fx%23y?tag=a%20b&tag=c%26d");
        assert_eq!(request.body.as_deref(), Some(&b"{\"theNote\":\"hi\"}"[..]));
        let header =
            |name: &str| request.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        assert_eq!(header("idempotency-key"), Some("call-1.3"));
        assert_eq!(header("x-key"), Some("hush"));
        assert_eq!(header("content-type"), Some("application/json"));
        let shown = format!("{request:?}");
        assert!(!shown.contains("hush") && !shown.contains("hi\"") && !shown.contains("12%2F3"), "{shown}");
        assert_eq!(ask(&service(Method::Get), &args("1"), &settings()).unwrap().body, None);
    }

    #[test]
    fn what_cannot_be_sent() {
        let failure = |args: &Values, settings: &Values| ask(&service(Method::Post), args, settings).unwrap_err();
        for word in ["..", ".", "", "..."] {
            assert_eq!(failure(&args(word), &settings()), Failure::Argument("account".to_owned()), "{word}");
        }
        assert_eq!(failure(&Values::new(), &settings()), Failure::Argument("account".to_owned()));
        assert_eq!(failure(&args("1"), &Values::new()), Failure::NoSetting("crm_url".to_owned()));
        let other = |name: &str, value: &str| {
            let mut settings = settings();
            settings.insert(name.to_owned(), text(value));
            settings
        };
        assert!(matches!(failure(&args("1"), &other("crm_url", "https://evil.example")), Failure::Address(_)));
        assert_eq!(failure(&args("1"), &other("crm_key", "a\r\nHost: b")), Failure::Header("X-Key".to_owned()));
        assert_eq!(failure(&args(&"x".repeat(9_000)), &settings()), Failure::Unbuilt);
    }

    #[test]
    fn a_request_in_place() {
        let service = Service::in_place(Method::Get, "https://crm.example.com/ping?x=1").unwrap();
        let mut reach = Reach::new("").unwrap();
        let none = Values::new();
        reach.open(&address(&service, &none).unwrap()).unwrap();
        let asked = Invocation { service: &service, operation: "", args: &none, settings: &none, key: "c.1" };
        let request = to_http(&asked, &reach).unwrap();
        assert_eq!((request.url.as_str(), request.body), ("https://crm.example.com/ping?x=1", None));
    }

    #[test]
    fn keys() {
        assert_eq!(key("call-1", "3.1", None), "call-1.3.1");
        assert_eq!(key("call-1", "3.1", Some("order 7\r\n")), "order%207%0D%0A");
        assert_eq!(key("c", "3", Some(&"x".repeat(500))).len(), 64);
        assert_eq!(key("c", "3", Some("")).len(), 64);
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 1_000, rng_seed: RngSeed::Fixed(5), failure_persistence: None, ..ProptestConfig::default()
        })]

        /// Whatever an argument says, the request goes to the service's host, below its path.
        #[test]
        fn arguments_stay_arguments(account in any::<String>(), tag in any::<String>()) {
            let mut args = args(&account);
            args.insert("tags".to_owned(), Value::List(vec![text(&tag)]));
            if let Ok(request) = ask(&service(Method::Post), &args, &settings()) {
                let url = reqwest::Url::parse(&request.url).unwrap();
                prop_assert_eq!(url.as_str(), &request.url);
                prop_assert_eq!(url.host_str(), Some("crm.example.com"));
                prop_assert_eq!(url.path_segments().unwrap().count(), 3);
                prop_assert!(url.path().starts_with("/api/customers/"));
                prop_assert_eq!(url.query_pairs().collect::<Vec<_>>(), [("tag".into(), tag.into())]);
            }
        }
    }
}
