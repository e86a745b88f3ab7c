//! What becomes of a service file: types, constants, operations. Its findings have their cases in `tests/diagnostics`.

use crate::language::check::service::{Service, check};
use crate::language::diagnostic::Diagnostic;
use crate::language::flow::expr::{Expr, Slot};
use crate::language::flow::service::{Method, Place, Segment, ToldBy};
use crate::language::flow::types::Type;
use crate::language::flow::value::Value;
use crate::language::source::Sources;
use crate::language::syntax;
use crate::language::syntax::openapi::Imported;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// A service, the document it imports, and the codes of what is found in them.
fn service(text: &str, document: Option<&str>) -> (Service, Vec<String>) {
    let mut sources = Sources::default();
    let file = sources.add("crm.yaml", text);
    let (written, mut findings) = syntax::read_service(&sources, file);
    let mut imported = Imported::default();
    if let Some(document) = document {
        let file = sources.add("api.json", document);
        let wanted = written.as_ref().unwrap().openapi.as_ref().and_then(|import| import.operations.as_deref());
        let (read, found) = syntax::read_openapi(&sources, file, wanted);
        imported = read.unwrap_or_default();
        findings.extend(found);
    }
    let service = check(&written.unwrap(), imported, false, &mut findings);
    let shown = |f: &Diagnostic| format!("{} {}", f.code, sources.snippet(f.primary.span));
    (service, findings.iter().map(shown).collect())
}

fn good(body: &str) -> Service {
    let (service, found) = service(&format!("service: crm\nurl: https://crm.example.com\n{body}"), None);
    assert_eq!(found, Vec::<String>::new(), "{body}");
    service
}

#[test]
fn operations_have_their_usual_values() {
    let service = good("operations: { find: true }");
    let model = service.model().unwrap();
    let find = &model.operations["find"];
    assert_eq!((find.method, &find.path[..]), (Method::Post, &[Segment::Text("/find".to_owned())][..]));
    assert_eq!((find.timeout_ms, find.max_bytes, find.safe_to_repeat), (5_000, 262_144, false));
    assert_eq!(model.url, Expr::Const(Value::Text("https://crm.example.com".to_owned())));
}

#[test]
fn arguments_find_their_places() {
    let service = good(
        "operations:\n  find: { method: GET, path: \"/a/{id}/b-{n}\", args: { id: text, n: int, more: bool? } }\n  \
         put: { method: PUT, path: \"/a/{id}\", args: { id: text, pin: secret digits(4)? } }\n",
    );
    let places = |name: &str| -> Vec<(String, Place, bool)> {
        let operation = service.operations[name].value.clone().unwrap();
        operation.args.iter().map(|arg| (arg.name.clone(), arg.place, arg.secret)).collect()
    };
    let of = |name: &str, place, secret| (name.to_owned(), place, secret);
    assert_eq!(
        places("find"),
        [of("id", Place::Path, false), of("n", Place::Path, false), of("more", Place::Query, false)]
    );
    assert_eq!(places("put"), [of("id", Place::Path, false), of("pin", Place::Body, true)]);
    let put = service.operations["put"].value.clone().unwrap();
    assert_eq!(put.arg("pin").unwrap().ty, Type::Optional(Box::new(Type::Digits { min: 4, max: 4 })));
}

#[test]
fn what_tells_an_outcome_and_what_may_be_repeated() {
    let service = good(
        "operations:\n  a: { outcomes: [missing] }\n  b: { outcomes: { gone: 410 }, safe_to_repeat: true }\n  \
         c: { method: GET }\n  d: { method: get, retry: never }\n",
    );
    let operation = |name: &str| service.operations[name].value.clone().unwrap();
    assert_eq!(operation("a").outcomes[0].told_by, ToldBy::Name);
    assert_eq!(operation("b").outcomes[0].told_by, ToldBy::Status(410));
    assert_eq!(operation("b").all_outcomes(), ["ok", "gone", "failed"]);
    let repeated: Vec<bool> = ["a", "b", "c", "d"].map(|name| operation(name).safe_to_repeat).into();
    assert_eq!(repeated, [false, true, true, false]);
}

#[test]
fn named_types_stand_in_place_of_their_names() {
    let service = good("types: { A: { b: B, list: list B? }, B: \"enum(x, y)\" }\noperations: { f: { ok: A? } }");
    let ok = service.operations["f"].value.clone().unwrap().ok.unwrap();
    assert_eq!(ok.to_string(), "{ b: enum(x, y), list: list enum(x, y)? }?");
    assert_eq!(service.types["A"].value.as_ref().unwrap().to_string(), "{ b: enum(x, y), list: list enum(x, y)? }");
}

#[test]
fn constants_have_the_types_they_look_like() {
    let service = good(
        "types: { Team: { id: text, tier: \"enum(gold, plain)\", note: text? } }\nconstants:\n  teams: { sales: { id: t1, tier: gold } }\n  \
         line: \"+441632960201\"\n  many: 3\n  quoted: \"3\"\n  wait: 30s\n  open: true\n  at: 2026-12-01T09:30Z\n  words: [a, b]\n  \
         pin: { type: digits(4), value: 0441 }\n",
    );
    let shown = |name: &str| service.constants[name].value.as_ref().unwrap().0.to_string();
    assert_eq!(shown("teams"), "{ sales: { id: text, tier: enum(gold, plain), note: text? } }");
    let shown: Vec<String> = ["line", "many", "quoted", "wait", "open", "at", "words", "pin"].map(shown).into();
    assert_eq!(shown, ["phone", "int", "text", "duration", "bool", "time", "list text", "digits(4)"]);
    assert_eq!(service.constants["pin"].value.as_ref().unwrap().1, Value::Digits("0441".to_owned()));
}

#[test]
fn settings_stand_in_addresses_and_headers() {
    let (service, found) = service(
        "service: crm\nurl: =settings.crm_url\nheaders: { X-Key: =settings.crm_key }\noperations: { f: true }",
        None,
    );
    assert_eq!(found, Vec::<String>::new());
    let model = service.model().unwrap();
    assert_eq!(model.url, Expr::Read(Slot::Setting("crm_url".to_owned())));
    assert_eq!(model.secret_settings().into_iter().collect::<Vec<_>>(), ["crm_key"]);
}

#[test]
fn a_type_that_grows_without_end_is_stopped() {
    let mut text = "service: crm\nurl: https://crm.example.com\ntypes:\n".to_owned();
    for n in 0..30 {
        text.push_str(&format!("  T{n}: {{ a: T{}, b: T{} }}\n", n + 1, n + 1));
    }
    text.push_str("  T30: text\n");
    let (_, found) = service(&text, None);
    assert!(found.iter().all(|found| found.starts_with("F0007")) && !found.is_empty(), "{found:?}");
    let mut chain = "service: crm\nurl: https://crm.example.com\ntypes:\n".to_owned();
    for n in 0..500 {
        chain.push_str(&format!("  T{n}: {{ a: T{} }}\n", n + 1));
    }
    chain.push_str("  T500: text\n");
    assert!(service(&chain, None).1.iter().any(|found| found.starts_with("F0007")));
}

#[test]
fn many_uses_of_a_large_type_are_stopped() {
    let fields: Vec<String> = (0..1_000).map(|n| format!("f{n}: text")).collect();
    let args: Vec<String> = (0..2_000).map(|n| format!("a{n}: T")).collect();
    let text = format!(
        "service: crm\nurl: https://crm.example.com\ntypes: {{ T: {{ {} }} }}\noperations: {{ f: {{ args: {{ {} }} }} }}\n",
        fields.join(", "),
        args.join(", ")
    );
    assert_eq!(service(&text, None).1, ["F0007 T"]);
}

#[test]
fn schemas_that_refer_to_themselves_end() {
    let head = "openapi: 3.0.3\npaths:\n  /a:\n    get: { operationId: a, responses: { '200': { content: { application/json: { schema: { $ref: '#/x/s' } } } } } }\n";
    for s in [
        "{ type: object, properties: { p: { $ref: '#/x/s' }, q: { $ref: '#/x/s' } } }",
        "{ allOf: [{ $ref: '#/x/s' }, { $ref: '#/x/s' }] }",
        "{ $ref: '#/x/s' }",
        "{ type: array, items: { anyOf: [{ $ref: '#/x/s' }] } }",
    ] {
        let document = format!("{head}x: {{ s: {s} }}\n");
        let (_, found) = service("service: crm\nurl: https://crm.example.com\nopenapi: a.yaml\n", Some(&document));
        assert!(!found.is_empty() && found.len() < 200, "{s}: {} findings", found.len());
    }
    let body = "openapi: 3.0.3\npaths:\n  /a:\n    get: { operationId: a, requestBody: { content: { application/json: { schema: { type: object } } } } }\n";
    let (_, found) = service("service: crm\nurl: https://crm.example.com\nopenapi: a.yaml\n", Some(body));
    assert_eq!(found.len(), 1, "{found:?}");
    let named = "openapi: 3.0.3\npaths:\n  /a:\n    get: { operationId: a, responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/S' } } } } } }\n\
                 components: { schemas: { S: { type: object, properties: { s: { $ref: '#/components/schemas/S' } } } } }\n";
    let (_, found) = service("service: crm\nurl: https://crm.example.com\nopenapi: a.yaml\n", Some(named));
    assert_eq!(found, ["F0808 \"#/components/schemas/S\""].map(|one| one.replace('"', "'")));
}

const API: &str = include_str!("../../../../tests/services/crm_api.json");

#[test]
fn a_document_becomes_operations() {
    let head = "service: crm\nurl: https://crm.example.com\nopenapi: api.json\n";
    let (service, found) = service(&format!("{head}operations: {{ find_customer: {{ timeout: 2s }} }}"), Some(API));
    assert_eq!(found, Vec::<String>::new());
    let model = service.model().unwrap();
    let find = &model.operations["find_customer"];
    assert_eq!(find.path, [Segment::Text("/customers/".to_owned()), Segment::Arg("customer_id".to_owned())]);
    assert_eq!(find.timeout_ms, 2_000);
    assert!(find.safe_to_repeat);
    assert_eq!(find.all_outcomes(), ["ok", "missing", "locked", "failed"]);
    let with_notes = find.arg("with_notes").unwrap();
    assert_eq!((with_notes.wire.as_str(), with_notes.place), ("withNotes", Place::Query));
    assert_eq!(with_notes.ty.to_string(), "bool?");
    assert_eq!(
        find.ok.as_ref().unwrap().to_string(),
        "{ id: text, label: text?, tier: enum(gold, standard), since: time?, teams: list { id: text, line: phone }? }"
    );
    let note = &model.operations["add_note"];
    assert_eq!((note.method, note.ok.as_ref()), (Method::Post, None));
    assert!(note.arg("pin").unwrap().secret);
    assert_eq!(service.types.keys().collect::<Vec<_>>(), ["Customer", "Team"]);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 100, rng_seed: RngSeed::Fixed(8), failure_persistence: None, ..ProptestConfig::default()
    })]

    /// Whatever stands in a service file or a document: findings, and no panic.
    #[test]
    fn any_text_is_read(cut in 0..API.len(), with in "[ -~\\n]{0,12}", len in 0..40_usize) {
        let mut text = API.to_owned();
        let end = (cut + len).min(text.len());
        if text.is_char_boundary(cut) && text.is_char_boundary(end) {
            text.replace_range(cut..end, &with);
        }
        let _ = service("service: crm\nurl: https://crm.example.com\nopenapi: api.json\n", Some(&text));
        let own = format!("service: crm\n{}", text.replace('"', ""));
        let mut sources = Sources::default();
        let file = sources.add("crm.yaml", own);
        if let (Some(written), mut findings) = syntax::read_service(&sources, file) {
            check(&written, Imported::default(), true, &mut findings);
        }
    }
}
