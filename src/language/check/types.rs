//! Written types to [`Type`]s, and which type fits where.

use crate::language::check::names::Declared;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::types::Type;
use crate::language::source::Span;
use crate::language::syntax::ast::{TypeExpr, TypeKind};

/// Types by their words, those with brackets of their own left out.
const NAMED: &[(&str, Type)] = &[
    ("acs_user", Type::AcsUser),
    ("bool", Type::Bool),
    ("date", Type::Date),
    ("decimal", Type::Decimal),
    ("duration", Type::Duration),
    ("endpoint", Type::Endpoint),
    ("int", Type::Int),
    ("local_time", Type::LocalTime),
    ("money", Type::Money),
    ("phone", Type::Phone),
    ("recording", Type::Recording),
    ("text", Type::Text),
    ("time", Type::Time),
];
/// The words before or around other types.
const BUILT: &[&str] = &["digits", "enum", "list", "secret"];

/// A written type where no service is in sight; `None` when it is none, and `findings` says so.
pub fn resolve(written: &TypeExpr, findings: &mut Vec<Diagnostic>) -> Option<Type> {
    resolve_in(written, None, findings)
}

/// A written type of a flow, which may name those of the services it uses: `clinic.Slot`.
pub fn resolve_in(written: &TypeExpr, flow: Option<&Declared>, findings: &mut Vec<Diagnostic>) -> Option<Type> {
    let span = written.span.0;
    match &written.kind {
        TypeKind::Named(name) => match name.split_once('.') {
            Some((service, ty)) => lent(service, ty, flow, span, findings),
            None => named(name, span, findings),
        },
        TypeKind::Digits { min, max } if *min > *max || *max == 0 || *max > 1000 => {
            findings.push(
                Diagnostic::new(Code::F0404, "digits without a range", span, "fewest comes first, most is 1 to 1000")
                    .help("write `digits(8)` or `digits(4..6)`"),
            );
            None
        }
        TypeKind::Digits { min, max } => Some(Type::Digits { min: *min, max: *max }),
        TypeKind::Enum(words) => {
            let mut seen: Vec<String> = Vec::new();
            for word in words {
                if seen.contains(&word.value) {
                    findings.push(twice(&word.value, word.span));
                } else {
                    seen.push(word.value.clone());
                }
            }
            Some(Type::Enum(seen))
        }
        TypeKind::Record(fields) => {
            let mut resolved: Vec<(String, Type)> = Vec::new();
            let mut whole = true;
            for (name, ty) in fields {
                let ty = resolve_in(ty, flow, findings);
                if resolved.iter().any(|(known, _)| *known == name.value) {
                    findings.push(twice(&name.value, name.span));
                }
                match ty {
                    Some(ty) => resolved.push((name.value.clone(), ty)),
                    None => whole = false,
                }
            }
            whole.then_some(Type::Record(resolved))
        }
        TypeKind::Optional(inner) => match resolve_in(inner, flow, findings)? {
            already @ Type::Optional(_) => Some(already),
            inner => Some(Type::Optional(Box::new(inner))),
        },
        TypeKind::List(inner) => Some(Type::List(Box::new(resolve_in(inner, flow, findings)?))),
        TypeKind::Secret(inner) => match resolve_in(inner, flow, findings)? {
            already @ Type::Secret(_) => Some(already),
            // One order, so that a secret that may be absent is one type.
            Type::Optional(inner) => Some(Type::Optional(Box::new(Type::Secret(inner)))),
            inner => Some(Type::Secret(Box::new(inner))),
        },
    }
}

fn named(name: &str, span: Span, findings: &mut Vec<Diagnostic>) -> Option<Type> {
    if let Some((_, ty)) = NAMED.iter().find(|(known, _)| *known == name) {
        return Some(ty.clone());
    }
    let mut known: Vec<&str> = NAMED.iter().map(|(name, _)| *name).chain(BUILT.iter().copied()).collect();
    known.sort_unstable();
    findings.push(
        Diagnostic::new(Code::F0114, format!("unknown type `{name}`"), span, "no type has this name")
            .help(format!("the types are {}", known.join(", ")))
            .misspelt(name, known.iter().copied()),
    );
    None
}

/// A type of a service that the flow uses.
fn lent(service: &str, ty: &str, flow: Option<&Declared>, span: Span, findings: &mut Vec<Diagnostic>) -> Option<Type> {
    let whole = format!("{service}.{ty}");
    let message = format!("unknown type `{whole}`");
    let Some(declared) = flow else {
        let finding = Diagnostic::new(Code::F0114, message, span, "types of services are named by flows only");
        findings.push(finding.help("write the record out: `{ id: text, at: time }`"));
        return None;
    };
    let lent = &declared.world.lent;
    let types = lent.types(service);
    if let Some(found) = types.and_then(|types| types.get(ty)).filter(|_| declared.lenders.contains(service)) {
        return Some(found.clone());
    }
    // What could not be used, or read, or is in error, has been said.
    if declared.refused.contains(service) || declared.unread.may_hold(service) || lent.may_have(service, ty) {
        return None;
    }
    let finding = Diagnostic::new(Code::F0114, message, span, "no type has this name");
    findings.push(match types {
        Some(_) if !declared.lenders.contains(service) => finding.help(format!("add the service `{service}` to `use`")),
        Some(types) => {
            let names: Vec<&str> = types.keys().map(String::as_str).collect();
            let near = declared.near(ty, names.iter().copied());
            let finding = match names.as_slice() {
                [] => finding.help(format!("`{service}` has no types")),
                names => finding.help(format!("its types are {}", names.join(", "))),
            };
            finding.meant_in(&whole, service.len() + 1..whole.len(), near)
        }
        None => finding.meant_in(&whole, 0..service.len(), declared.near(service, declared.lenders.iter().copied())),
    });
    None
}

fn twice(name: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::F0103, format!("`{name}` stands twice in one type"), span, "here again")
}

/// Whether a value of type `have` may stand where `want` is required. Nothing is converted: a type fits a wider one of its own.
#[must_use]
pub fn fits(have: &Type, want: &Type) -> bool {
    match (have, want) {
        (have, want) if have == want => true,
        (Type::Optional(have), Type::Optional(want)) => fits(have, want),
        (have, Type::Optional(want)) => fits(have, want),
        // Who may be told a secret may be told what is none; a secret where none is wanted is for `trust` to refuse.
        (Type::Secret(have), want) => fits(have, want),
        (have, Type::Secret(want)) => fits(have, want),
        (Type::AcsUser | Type::Phone, Type::Endpoint) => true,
        (Type::Digits { min, max }, Type::Digits { min: least, max: most }) => min >= least && max <= most,
        (Type::Enum(have), Type::Enum(want)) => have.iter().all(|word| want.contains(word)),
        (Type::List(have), Type::List(want)) => fits(have, want),
        (Type::Record(have), Type::Record(want)) => {
            have.len() == want.len()
                && want.iter().all(|(name, want)| have.iter().any(|(known, have)| known == name && fits(have, want)))
        }
        _ => false,
    }
}

/// Whether two values can be compared for being equal: one type fits the other, or both are digits.
#[must_use]
pub fn alike(a: &Type, b: &Type) -> bool {
    matches!((a, b), (Type::Digits { .. }, Type::Digits { .. })) || fits(a, b) || fits(b, a)
}

#[cfg(test)]
mod tests {
    use crate::language::check::types::{fits, resolve};
    use crate::language::diagnostic::Code;
    use crate::language::flow::types::Type;
    use crate::language::syntax::ast::{SpanOnly, TypeExpr, TypeKind};

    fn code_of(name: &str) -> Option<Code> {
        let mut findings = Vec::new();
        let written = TypeExpr { kind: TypeKind::Named(name.to_owned()), span: SpanOnly::default() };
        let _ = resolve(&written, &mut findings);
        findings.first().map(|finding| finding.code)
    }

    #[test]
    fn names_of_types() {
        assert_eq!(code_of("text"), None);
        assert_eq!(code_of("txet"), Some(Code::F0114));
        for known in ["money", "decimal", "date", "recording", "acs_user", "endpoint", "local_time"] {
            assert_eq!(code_of(known), None, "{known}");
        }
        assert_eq!(code_of("crm.Team"), Some(Code::F0114));
    }

    #[test]
    fn a_type_fits_a_wider_one() {
        let digits = |min, max| Type::Digits { min, max };
        assert!(fits(&digits(4, 4), &digits(1, 8)) && !fits(&digits(1, 8), &digits(4, 4)));
        assert!(fits(&Type::Text, &Type::Optional(Box::new(Type::Text))));
        assert!(!fits(&Type::Optional(Box::new(Type::Text)), &Type::Text));
        assert!(fits(&Type::Phone, &Type::Endpoint) && !fits(&Type::Endpoint, &Type::Phone));
        assert!(!fits(&digits(4, 4), &Type::Int) && !fits(&Type::Phone, &Type::Text));
        let record = |names: [&str; 2]| Type::Record(names.iter().map(|n| ((*n).to_owned(), Type::Text)).collect());
        assert!(fits(&record(["a", "b"]), &record(["b", "a"])) && !fits(&record(["a", "b"]), &record(["a", "c"])));
    }
}
