//! One method of one path to an operation.

use crate::language::diagnostic::Diagnostic;
use crate::language::source::{Spanned, Word};
use crate::language::syntax::ast::TypeExpr;
use crate::language::syntax::fields::is_name;
use crate::language::syntax::openapi::document::{At, Document};
use crate::language::syntax::openapi::schema::{Schemas, is_secret, optional, secret};
use crate::language::syntax::service::{Arg, Operation, Outcome};

/// The methods that are imported; others carry no questions.
const METHODS: &[&str] = &["delete", "get", "patch", "post", "put"];

/// Outcomes that a status stands for where the document does not name one.
const BY_STATUS: &[(&str, &str)] = &[("404", "missing"), ("409", "conflict"), ("410", "gone"), ("422", "rejected")];

/// The methods of a path.
pub(super) fn methods<'a>(
    document: &Document<'a>,
    item: &At<'a>,
    found: &mut Vec<Diagnostic>,
) -> Vec<(&'static str, At<'a>)> {
    let Some(item) = document.followed(item.clone(), found) else { return Vec::new() };
    METHODS.iter().filter_map(|method| Some((*method, item.get(method)?))).collect()
}

/// An operation's name: its `operationId`, else made of its method and path.
pub(super) fn name(at: &At, method: &str, path: &str) -> String {
    let name = snake(&at.text("operationId").unwrap_or_else(|| format!("{method}_{path}")));
    if is_name(&name) { name } else { format!("op_{name}") }
}

/// Reads an operation; `None` when something of it cannot be imported, and a finding says so.
pub(super) fn read<'a>(
    schemas: &mut Schemas<'_, 'a>,
    path: &Word,
    item: &At<'a>,
    method: &str,
    at: &At<'a>,
    name: String,
) -> Option<Operation> {
    let place = schemas.document.line(at.node);
    let mut operation = Operation::named(Spanned::new(name, place));
    operation.method = Some(Spanned::new(method.to_ascii_uppercase(), place));
    operation.path = Some(Spanned::new(with_our_names(&path.value), path.span));
    let params = parameters(schemas, item, at);
    let body = body(schemas, method, at);
    let ok = success(schemas, at);
    operation.outcomes = Some(outcomes(schemas, at));
    let (mut args, body, ok) = (params?, body?, ok?);
    args.extend(body);
    operation.args = Some(args);
    operation.ok = ok;
    Some(operation)
}

fn parameters<'a>(schemas: &mut Schemas<'_, 'a>, item: &At<'a>, at: &At<'a>) -> Option<Vec<Arg>> {
    let document = schemas.document;
    let mut args: Vec<Arg> = Vec::new();
    let mut whole = true;
    let list = |at: &At<'a>| at.get("parameters").map(|all| all.items()).unwrap_or_default();
    for parameter in list(item).into_iter().chain(list(at)) {
        let Some(parameter) = document.followed(parameter, &mut schemas.found) else {
            whole = false;
            continue;
        };
        match self::parameter(schemas, &parameter) {
            Ok(None) => {}
            // What the operation says replaces what its path says.
            Ok(Some(arg)) => {
                args.retain(|known| known.name.value != arg.name.value);
                args.push(arg);
            }
            Err(()) => whole = false,
        }
    }
    whole.then_some(args)
}

/// A parameter; `None` for one that is left out, an error where a finding was made.
fn parameter<'a>(schemas: &mut Schemas<'_, 'a>, at: &At<'a>) -> Result<Option<Arg>, ()> {
    if at.flag("x-flowc-skip") {
        return Ok(None);
    }
    let (Some(name), place) = (at.get("name").and_then(|name| name.word()), at.text("in").unwrap_or_default()) else {
        schemas.refuse::<()>(at, "a parameter without a name", "name it");
        return Err(());
    };
    let required = at.flag("required");
    match place.as_str() {
        "path" | "query" => {}
        "header" | "cookie" if !required => return Ok(None),
        _ => {
            let help = "set the header in the service file, and mark the parameter `x-flowc-skip: true`";
            schemas.refuse::<()>(at, "a required parameter outside path, query and body", help);
            return Err(());
        }
    }
    let Some(schema) = at.get("schema") else {
        schemas.refuse::<()>(at, "a parameter without a schema", "give it a `schema`");
        return Err(());
    };
    let ty = schemas.ty(&schema, 0).ok_or(())?;
    let ty = if required || place == "path" { ty } else { optional(ty) };
    let ty = if is_secret(at) || is_secret(&schema) { secret(ty) } else { ty };
    Ok(Some(arg(&name, ty, place == "query")))
}

/// The fields of the request's body.
fn body<'a>(schemas: &mut Schemas<'_, 'a>, method: &str, at: &At<'a>) -> Option<Vec<Arg>> {
    let Some(body) = at.get("requestBody") else { return Some(Vec::new()) };
    let document = schemas.document;
    let body = document.followed(body, &mut schemas.found)?;
    match json_of(&body) {
        Some(_) if matches!(method, "delete" | "get") => {
            let help = "ask with POST, PUT or PATCH, or leave the operation out with `x-flowc-skip: true`";
            schemas.refuse(&body, "a body where the method has none", help)
        }
        Some(schema) => {
            let fields = schemas.fields(&schema, 0)?;
            Some(fields.into_iter().map(|(name, ty)| arg(&name, ty, false)).collect())
        }
        None if !body.flag("required") => Some(Vec::new()),
        None => schemas.refuse(&body, "a body that is not JSON", "leave the operation out with `x-flowc-skip: true`"),
    }
}

/// What the answers of success bring: nothing, or one type.
#[allow(clippy::option_option, reason = "nothing was found, and nothing is brought, are two things")]
fn success<'a>(schemas: &mut Schemas<'_, 'a>, at: &At<'a>) -> Option<Option<TypeExpr>> {
    let document = schemas.document;
    let mut brings: Option<TypeExpr> = None;
    let mut empty = false;
    for (status, answer) in at.get("responses").map(|all| all.entries()).unwrap_or_default() {
        if !status.value.starts_with('2') {
            continue;
        }
        let answer = document.followed(answer, &mut schemas.found)?;
        let Some(content) = answer.get("content").filter(|content| !content.entries().is_empty()) else {
            empty = true;
            continue;
        };
        let Some(schema) = json_of(&answer) else {
            return schemas.refuse(
                &content,
                "an answer that is not JSON",
                "leave the operation out with `x-flowc-skip: true`",
            );
        };
        let ty = schemas.ty(&schema, 0)?;
        if brings.as_ref().is_some_and(|known| *known != ty) {
            return schemas.refuse(&answer, "several answers of success that differ", "give them one schema");
        }
        brings = Some(ty);
    }
    Some(if empty { brings.map(optional) } else { brings })
}

/// The answers that are outcomes. What is not in the table and has no name of ours is left to `failed`.
fn outcomes<'a>(schemas: &mut Schemas<'_, 'a>, at: &At<'a>) -> Vec<Outcome> {
    let document = schemas.document;
    let mut outcomes = Vec::new();
    for (status, answer) in at.get("responses").map(|all| all.entries()).unwrap_or_default() {
        if !status.value.starts_with('4') {
            continue;
        }
        let Some(answer) = document.followed(answer, &mut schemas.found) else { continue };
        let by_status = BY_STATUS.iter().find(|(code, _)| *code == status.value);
        let named = answer.get("x-flowc-outcome").and_then(|at| at.word());
        let usual = || by_status.map(|(_, name)| Spanned::new((*name).to_owned(), status.span));
        if let Some(name) = named.or_else(usual) {
            outcomes.push(Outcome { name, status: Some(status.clone()) });
        }
    }
    outcomes
}

/// The schema of the JSON among the contents.
fn json_of<'a>(at: &At<'a>) -> Option<At<'a>> {
    let is_json = |kind: &str| {
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        kind == "application/json" || kind.ends_with("+json")
    };
    let content = at.get("content")?.entries().into_iter().find(|(kind, _)| is_json(&kind.value));
    content.and_then(|(_, content)| content.get("schema"))
}

fn arg(name: &Word, ty: TypeExpr, in_query: bool) -> Arg {
    let ours = snake(&name.value);
    let wire = (ours != name.value).then(|| name.value.clone());
    Arg { name: Spanned::new(ours, name.span), ty, wire, in_query }
}

/// `/customers/{customerId}` with the placeholders' names as ours.
fn with_our_names(path: &str) -> String {
    let mut out = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, behind) = after.split_once('}').unwrap_or((after, ""));
        out.push_str(before);
        out.push_str(&format!("{{{}}}", snake(name)));
        rest = behind;
    }
    out + rest
}

/// `findCustomer`, `find-customer`, `HTTPFind` as `find_customer`, `find_customer`, `http_find`.
fn snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (at, char) in chars.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| chars.get(before));
        let after = chars.get(at + 1);
        let begins = char.is_ascii_uppercase()
            && (before.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
                || before.is_some_and(char::is_ascii_uppercase) && after.is_some_and(char::is_ascii_lowercase));
        if begins && !out.ends_with('_') {
            out.push('_');
        }
        match char {
            c if c.is_ascii_alphanumeric() => out.push(c.to_ascii_lowercase()),
            _ if out.is_empty() || out.ends_with('_') => {}
            _ => out.push('_'),
        }
    }
    out.trim_end_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use crate::language::syntax::openapi::operation::{snake, with_our_names};

    #[test]
    fn names_are_ours() {
        for (theirs, ours) in [
            ("findCustomer", "find_customer"),
            ("find-customer", "find_customer"),
            ("HTTPFind", "http_find"),
            ("find_customer", "find_customer"),
            ("Customers.Find2Teams", "customers_find2_teams"),
            ("get_/customers/{id}", "get_customers_id"),
            ("", ""),
        ] {
            assert_eq!(snake(theirs), ours, "{theirs}");
        }
        assert_eq!(with_our_names("/a/{customerId}/b-{teamId}"), "/a/{customer_id}/b-{team_id}");
        assert_eq!(with_our_names("/a/{open"), "/a/{open}");
    }
}
