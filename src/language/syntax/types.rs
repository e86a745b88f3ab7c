//! Types as written to [`crate::language::syntax::ast::TypeExpr`], for both spellings. Which names are types is found out by `check`.

use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::{Span, Spanned, Word};
use crate::language::syntax::ast::{SpanOnly, TypeExpr, TypeKind};
use crate::language::syntax::expr::Expr;
use crate::language::syntax::grammar::{self, Pair, Rule};
use crate::language::syntax::operators;
use crate::language::syntax::place::Place;

/// How many `list` and `secret` may stand before a type.
const MAX_PREFIXES: usize = 8;

/// Reads `text`, `digits(4..6)?`, `list crm.Team`, …
pub(crate) fn parse(text: &str, place: &Place) -> Result<TypeExpr, Vec<Diagnostic>> {
    let pair = grammar::parse(Rule::type_only, text).map_err(|e| vec![e.finding(text, place)])?;
    let mut found = Vec::new();
    let first = pair.into_inner().next();
    match first.and_then(|pair| read(pair, place, &mut found)) {
        Some(ty) if found.is_empty() => Ok(ty),
        _ => Err(found),
    }
}

/// Reads a type and perhaps a value: `bool = false`.
pub(crate) fn parse_with_default(text: &str, place: &Place) -> Result<(TypeExpr, Option<Expr>), Vec<Diagnostic>> {
    let pair = grammar::parse(Rule::typed_only, text).map_err(|e| vec![e.finding(text, place)])?;
    let mut found = Vec::new();
    let mut inner = pair.into_inner();
    let ty = inner.next().and_then(|pair| read(pair, place, &mut found));
    let default = inner.find(|pair| pair.as_rule() == Rule::expression);
    let default = default.map(|pair| operators::read(pair, place, &mut found));
    match ty {
        Some(ty) if found.is_empty() => Ok((ty, default)),
        _ => Err(found),
    }
}

/// A `kind_of_value` pair as a type; `None` when a finding was made.
pub(crate) fn read(pair: Pair<'_>, place: &Place, found: &mut Vec<Diagnostic>) -> Option<TypeExpr> {
    let span = SpanOnly(span(&pair, place));
    let mut prefixes = Vec::new();
    let mut base = None;
    let mut optional = false;
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::kw_list | Rule::kw_secret => prefixes.push(part.as_rule()),
            Rule::optional => optional = true,
            _ => {
                // The name by itself, so that what is said of it stands on it.
                let span = SpanOnly(self::span(&part, place));
                base = read_base(part, place, found).map(|kind| TypeExpr { kind, span });
            }
        }
    }
    if prefixes.len() > MAX_PREFIXES {
        found.push(grammar::too_deep_finding(span.0));
        return None;
    }
    let mut ty = base?;
    for prefix in prefixes.iter().rev() {
        let inner = Box::new(ty);
        let kind = if *prefix == Rule::kw_list { TypeKind::List(inner) } else { TypeKind::Secret(inner) };
        ty = TypeExpr { kind, span };
    }
    if optional {
        ty = TypeExpr { kind: TypeKind::Optional(Box::new(ty)), span };
    }
    Some(ty)
}

fn read_base(pair: Pair<'_>, place: &Place, found: &mut Vec<Diagnostic>) -> Option<TypeKind> {
    match pair.as_rule() {
        Rule::digits_type => digits(pair, place, found),
        Rule::enum_type => {
            let names = pair.into_inner().filter(|part| part.as_rule() == Rule::name);
            Some(TypeKind::Enum(names.map(|name| word(&name, place)).collect()))
        }
        Rule::record_type => {
            let mut fields = Vec::new();
            for field in pair.into_inner().filter(|part| part.as_rule() == Rule::record_field) {
                let mut parts = field.into_inner();
                let name = parts.next().map(|name| word(&name, place))?;
                let ty = parts.find(|part| part.as_rule() == Rule::kind_of_value)?;
                fields.push((name, read(ty, place, found)?));
            }
            Some(TypeKind::Record(fields))
        }
        _ => Some(TypeKind::Named(pair.as_str().to_owned())),
    }
}

fn digits(pair: Pair<'_>, place: &Place, found: &mut Vec<Diagnostic>) -> Option<TypeKind> {
    let all = span(&pair, place);
    let bounds: Vec<Option<u32>> =
        pair.into_inner().filter(|part| part.as_rule() == Rule::whole).map(|part| part.as_str().parse().ok()).collect();
    let (min, max) = match bounds[..] {
        [Some(both)] => (both, both),
        [Some(min), Some(max)] => (min, max),
        _ => {
            let finding = Diagnostic::new(Code::F0114, "so many digits cannot be counted", all, "too large a number");
            found.push(finding.help("write `digits(8)` or `digits(4..6)`"));
            return None;
        }
    };
    Some(TypeKind::Digits { min, max })
}

/// A pair's words with their place.
pub(crate) fn word(pair: &Pair<'_>, place: &Place) -> Word {
    Spanned::new(pair.as_str().trim_end().to_owned(), span(pair, place))
}

/// Where a pair stands in the file; the blanks that a rule takes in before an optional end are left out.
pub(crate) fn span(pair: &Pair<'_>, place: &Place) -> Span {
    let start = pair.as_span().start();
    place.span(start, start + pair.as_str().trim_end().len())
}

#[cfg(test)]
mod tests {
    use crate::language::source::FileId;
    use crate::language::syntax::ast::{TypeExpr, TypeKind};
    use crate::language::syntax::place::Place;
    use crate::language::syntax::types::parse;

    fn shown(ty: &TypeExpr) -> String {
        match &ty.kind {
            TypeKind::Named(name) => name.clone(),
            TypeKind::Digits { min, max } => format!("digits({min}..{max})"),
            TypeKind::Enum(names) => {
                format!("enum({})", names.iter().map(|name| name.value.as_str()).collect::<Vec<_>>().join(" "))
            }
            TypeKind::Record(fields) => {
                let fields: Vec<String> =
                    fields.iter().map(|(name, ty)| format!("{}:{}", name.value, shown(ty))).collect();
                format!("{{{}}}", fields.join(" "))
            }
            TypeKind::Optional(inner) => format!("({})?", shown(inner)),
            TypeKind::List(inner) => format!("list({})", shown(inner)),
            TypeKind::Secret(inner) => format!("secret({})", shown(inner)),
        }
    }

    fn read(text: &str) -> Result<String, Vec<String>> {
        let found = |f: Vec<crate::language::diagnostic::Diagnostic>| {
            f.iter().map(|f| format!("{} {} {}", f.code, f.primary.span.start, f.message)).collect()
        };
        parse(text, &Place::exact(FileId(0), 0, text.len())).map(|ty| shown(&ty)).map_err(found)
    }

    #[test]
    fn types_are_read() {
        let cases = [
            ("text", "text"),
            ("clinic.Slot?", "(clinic.Slot)?"),
            ("digits(8)", "digits(8..8)"),
            ("digits( 4 .. 6 )?", "(digits(4..6))?"),
            ("enum(gold, standard)", "enum(gold standard)"),
            ("{ id: text, at: { day: date, clock: time? } }", "{id:text at:{day:date clock:(time)?}}"),
            ("list secret digits(4)?", "(list(secret(digits(4..4))))?"),
            ("listing", "listing"),
        ];
        for (text, ty) in cases {
            assert_eq!(read(text), Ok(ty.to_owned()), "{text}");
        }
    }

    #[test]
    fn bad_types_are_found() {
        let cases = [
            ("", "F0001 0 expected a type"),
            ("text text", "F0001 5 expected the end of the line after `text`"),
            ("digits(x)", "F0001 7 expected a number after `(`"),
            ("digits(99999999999)", "F0114 0 so many digits cannot be counted"),
            ("{ id text }", "F0001 5 expected `:` after `id`"),
            ("enum()", "F0001 5 expected a name after `(`"),
        ];
        for (text, finding) in cases {
            assert_eq!(read(text), Err(vec![finding.to_owned()]), "{text}");
        }
    }
}
