//! Where the parts of a request stand: address, path, headers, and which values may stand there.

use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::expr::{Expr, Slot};
use crate::language::flow::origin::{Origin, is_plain_path, is_plain_segment};
use crate::language::flow::service::{Place, Segment};
use crate::language::flow::types::Type;
use crate::language::flow::value::Value;
use crate::language::source::{Span, Spanned, Word};
use crate::language::syntax::ast;
use crate::language::syntax::expr::ExprKind;
use crate::language::syntax::service as written;
use std::collections::BTreeMap;

/// Headers that every request gets from the service itself, or that belong to the connection.
const NOT_YOURS: &[&str] = &[
    "accept",
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "idempotency-key",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
/// Words in the names of headers that hold keys.
const KEYS: &[&str] = &["authorization", "cookie", "key", "password", "secret", "token"];
/// The longest value of a header.
const MAX_HEADER: usize = 4_096;

/// Where the service is.
pub(super) fn url(written: &ast::Value, findings: &mut Vec<Diagnostic>) -> Option<Expr> {
    let ast::Value::Literal(word) = written else {
        return setting(written, Code::F0801, "an address is a text or a setting", findings);
    };
    let wrong = |label: String| {
        let finding = Diagnostic::new(Code::F0801, "not the address of a service", word.span, label);
        finding.help("write it like `https://crm.example.com/api`, or name a setting: `=settings.crm_url`")
    };
    match Origin::parse(&word.value) {
        Ok(origin) if origin.secure || origin.host.is_loopback() => {
            return Some(Expr::Const(Value::Text(origin.to_string())));
        }
        Ok(_) => findings.push(wrong("plain http is for this machine alone".to_owned())),
        Err(error) => findings.push(wrong(error.to_string())),
    }
    None
}

/// Headers of every request; `None` when one of them is in error.
pub(super) fn headers(
    written: &[(Word, ast::Value)],
    findings: &mut Vec<Diagnostic>,
) -> Option<BTreeMap<String, Expr>> {
    let before = findings.len();
    let mut seen: BTreeMap<String, Span> = BTreeMap::new();
    let mut headers = BTreeMap::new();
    let mut whole = true;
    for (name, value) in written {
        let lower = name.value.to_ascii_lowercase();
        if let Some(first) = seen.insert(lower.clone(), name.span) {
            let message = format!("header `{}` is declared twice", name.value);
            let finding = Diagnostic::new(Code::F0103, message, name.span, "declared again here");
            findings.push(finding.and(first, "first declared here"));
        }
        if let Err(label) = header_name(&lower) {
            let message = format!("`{}` cannot be a header here", name.value);
            findings.push(Diagnostic::new(Code::F0805, message, name.span, label));
        }
        match header_value(&lower, value, findings) {
            Some(value) => {
                headers.insert(name.value.clone(), value);
            }
            None => whole = false,
        }
    }
    let right = findings[before..].iter().all(|finding| finding.code == Code::F0815);
    (whole && right).then_some(headers)
}

fn header_name(lower: &str) -> Result<(), &'static str> {
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    match () {
        () if lower.is_empty() || !lower.bytes().all(token) => Err("not the name of a header"),
        () if NOT_YOURS.contains(&lower) || lower.starts_with("proxy-") => Err("set by every request itself"),
        () => Ok(()),
    }
}

fn header_value(lower: &str, written: &ast::Value, findings: &mut Vec<Diagnostic>) -> Option<Expr> {
    let ast::Value::Literal(word) = written else {
        return setting(written, Code::F0805, "a header is a text or a setting", findings);
    };
    if word.value.len() > MAX_HEADER || !word.value.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        let label = "a header holds plain letters, digits and signs only";
        findings.push(Diagnostic::new(Code::F0805, "not the value of a header", word.span, label));
        return None;
    }
    if KEYS.iter().any(|key| lower.contains(key)) {
        findings.push(
            Diagnostic::new(
                Code::F0815,
                "a key written into the project",
                word.span,
                "everybody who reads the file has it",
            )
            .help("name a setting, and give it from the environment: `=settings.crm_key`"),
        );
    }
    Some(Expr::Const(Value::Text(word.value.clone())))
}

/// `settings.NAME`; anything else is a finding.
fn setting(written: &ast::Value, code: Code, what: &str, findings: &mut Vec<Diagnostic>) -> Option<Expr> {
    if let ast::Value::Expr(expr) = written {
        if expr.kind == ExprKind::Broken {
            return None;
        }
        if let ExprKind::Field(record, name) = &expr.kind
            && matches!(&record.kind, ExprKind::Name(root) if root == "settings")
        {
            return Some(Expr::Read(Slot::Setting(name.value.clone())));
        }
    }
    findings.push(
        Diagnostic::new(code, what, written.span(), "neither of them")
            .help("name a setting: `=settings.crm_url`; a service knows nothing of the call"),
    );
    None
}

/// An operation's path: `/NAME` where it says none.
pub(super) fn path(written: &written::Operation, findings: &mut Vec<Diagnostic>) -> Vec<Segment> {
    let Some(word) = &written.path else {
        return vec![Segment::Text(format!("/{}", written.name.value))];
    };
    let mut segments = Vec::new();
    let wrong = |label: &str, findings: &mut Vec<Diagnostic>| {
        let message = format!("`{}` is no path", word.value);
        let finding = Diagnostic::new(Code::F0802, message, word.span, label);
        findings.push(finding.help("write it like `/customers/{account}`; other arguments follow by themselves"));
    };
    let mut rest = word.value.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, behind)) = after.split_once('}') else {
            wrong("a `{` without its `}`", findings);
            return Vec::new();
        };
        if !before.is_empty() {
            segments.push(Segment::Text(before.to_owned()));
        }
        if !written.args.iter().flatten().any(|arg| arg.name.value == name) {
            findings.push(no_argument(name, word, written));
        } else if segments.contains(&Segment::Arg(name.to_owned())) {
            wrong("an argument stands in it twice", findings);
        }
        segments.push(Segment::Arg(name.to_owned()));
        rest = behind;
    }
    if !rest.is_empty() {
        segments.push(Segment::Text(rest.to_owned()));
    }
    // With a letter for each argument, what is left has to be a path by itself.
    let shape: String =
        segments.iter().map(|segment| if let Segment::Text(text) = segment { text } else { "x" }).collect();
    if !is_plain_path(&shape) {
        let odd = shape.split('/').skip(1).any(|segment| !is_plain_segment(segment));
        let label = match shape.starts_with('/') {
            false => "a path begins with `/`",
            true if odd => "an empty segment, one that leads upwards, or a character that cannot stand in a path",
            true => "not a path",
        };
        wrong(label, findings);
    }
    segments
}

fn no_argument(name: &str, path: &Word, written: &written::Operation) -> Diagnostic {
    let at = path.value.find(&format!("{{{name}}}")).unwrap_or_default();
    // Where the path stands in the file as it reads, its placeholder can be pointed at.
    let exact = (path.span.end - path.span.start) as usize == path.value.len();
    let start = path.span.start as usize + at + 1;
    let span = if exact { Span::new(path.span.file, start, start + name.len()) } else { path.span };
    let known = written.args.iter().flatten().map(|arg| arg.name.value.as_str());
    Diagnostic::new(Code::F0802, format!("unknown argument `{name}` in a path"), span, "no argument has this name")
        .help(format!("declare it: `args: {{ {name}: text }}`"))
        .did_you_mean(name, known)
}

/// What is wrong with an argument where it stands.
pub(super) fn misplaced(arg: &written::Arg, ty: &Type, place: Place, secret: bool) -> Option<Diagnostic> {
    let Spanned { value: name, span } = &arg.name;
    let (where_, fits) = match place {
        Place::Body => return None,
        Place::Path => ("path", is_word(ty)),
        Place::Query => ("query", is_word(ty.present()) || matches!(ty.present(), Type::List(inner) if is_word(inner))),
    };
    if secret {
        let message = format!("the secret `{name}` would stand in an address");
        let finding =
            Diagnostic::new(Code::F0804, message, *span, format!("in the {where_}, which servers write down"));
        return Some(finding.help("ask with a method that has a body, such as POST, and keep it out of the path"));
    }
    if fits {
        return None;
    }
    let message = format!("`{name}` cannot stand in the {where_}");
    let finding = Diagnostic::new(Code::F0803, message, *span, format!("this is `{ty}`"));
    Some(finding.help(match place {
        Place::Path => "a piece of a path is one word that is always there",
        Place::Body | Place::Query => {
            "a parameter of an address is a word or a list of words; POST has a body for the rest"
        }
    }))
}

/// Whether a value of the type is one word in an address.
fn is_word(ty: &Type) -> bool {
    match ty {
        Type::AcsUser
        | Type::Bool
        | Type::Date
        | Type::Decimal
        | Type::Digits { .. }
        | Type::Duration
        | Type::Endpoint
        | Type::Enum(_)
        | Type::Int
        | Type::LocalTime
        | Type::Money
        | Type::Phone
        | Type::Text
        | Type::Time => true,
        Type::Secret(inner) => is_word(inner),
        Type::List(_) | Type::Optional(_) | Type::Record(_) | Type::Recording => false,
    }
}
