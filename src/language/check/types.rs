//! Written types to [`Type`]s, and which type fits where.

use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::types::Type;
use crate::language::source::Span;
use crate::language::syntax::ast::{TypeExpr, TypeKind};

const OFFERED: &[&str] = &["bool", "digits", "duration", "enum", "int", "list", "phone", "text", "time"];
const NOT_YET: &[&str] = &["acs_user", "date", "decimal", "endpoint", "money", "recording"];

/// A written type; `None` when it is none, and `findings` says so.
pub fn resolve(written: &TypeExpr, findings: &mut Vec<Diagnostic>) -> Option<Type> {
    let span = written.span.0;
    match &written.kind {
        TypeKind::Named(name) => named(name, span, findings),
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
                let ty = resolve(ty, findings);
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
        TypeKind::Optional(inner) => match resolve(inner, findings)? {
            already @ Type::Optional(_) => Some(already),
            inner => Some(Type::Optional(Box::new(inner))),
        },
        TypeKind::List(inner) => Some(Type::List(Box::new(resolve(inner, findings)?))),
        TypeKind::Secret(inner) => {
            findings.push(not_offered("secret", span));
            let _ = resolve(inner, findings);
            None
        }
    }
}

fn named(name: &str, span: Span, findings: &mut Vec<Diagnostic>) -> Option<Type> {
    match name {
        "bool" => return Some(Type::Bool),
        "duration" => return Some(Type::Duration),
        "int" => return Some(Type::Int),
        "phone" => return Some(Type::Phone),
        "text" => return Some(Type::Text),
        "time" => return Some(Type::Time),
        _ => {}
    }
    if NOT_YET.contains(&name) || name.contains('.') {
        findings.push(not_offered(name, span));
    } else {
        let known = OFFERED.iter().chain(NOT_YET).copied();
        findings.push(
            Diagnostic::new(Code::F0114, format!("unknown type `{name}`"), span, "no type has this name")
                .help(format!("the types are {}", OFFERED.join(", ")))
                .did_you_mean(name, known),
        );
    }
    None
}

fn not_offered(name: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::F0011, format!("type `{name}` is not offered yet"), span, "not in this release")
        .help(format!("the types of this release are {}", OFFERED.join(", ")))
}

fn twice(name: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::F0103, format!("`{name}` stands twice in one type"), span, "here again")
}

/// Whether a value of type `have` may stand where `want` is required. Nothing is converted: a type fits a wider one of its own.
#[must_use]
pub fn fits(have: &Type, want: &Type) -> bool {
    match (have, want) {
        (Type::Optional(have), Type::Optional(want)) => fits(have, want),
        (have, Type::Optional(want)) => fits(have, want),
        (Type::Digits { min, max }, Type::Digits { min: least, max: most }) => min >= least && max <= most,
        (Type::Enum(have), Type::Enum(want)) => have.iter().all(|word| want.contains(word)),
        (Type::List(have), Type::List(want)) => fits(have, want),
        (Type::Record(have), Type::Record(want)) => {
            have.len() == want.len()
                && want.iter().all(|(name, want)| have.iter().any(|(known, have)| known == name && fits(have, want)))
        }
        (have, want) => have == want,
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
        for later in ["money", "decimal", "date", "recording", "crm.Team"] {
            assert_eq!(code_of(later), Some(Code::F0011), "{later}");
        }
    }

    #[test]
    fn a_type_fits_a_wider_one() {
        let digits = |min, max| Type::Digits { min, max };
        assert!(fits(&digits(4, 4), &digits(1, 8)) && !fits(&digits(1, 8), &digits(4, 4)));
        assert!(fits(&Type::Text, &Type::Optional(Box::new(Type::Text))));
        assert!(!fits(&Type::Optional(Box::new(Type::Text)), &Type::Text));
        assert!(!fits(&digits(4, 4), &Type::Int) && !fits(&Type::Phone, &Type::Text));
        let record = |names: [&str; 2]| Type::Record(names.iter().map(|n| ((*n).to_owned(), Type::Text)).collect());
        assert!(fits(&record(["a", "b"]), &record(["b", "a"])) && !fits(&record(["a", "b"]), &record(["a", "c"])));
    }
}
