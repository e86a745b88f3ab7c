//! Schemas to types as an author would have written them.

use crate::language::diagnostic::Diagnostic;
use crate::language::source::{Spanned, Word};
use crate::language::syntax::ast::{SpanOnly, TypeExpr, TypeKind};
use crate::language::syntax::openapi::document::{At, Document};
use crate::language::syntax::openapi::refused;
use crate::language::syntax::place::Place;
use crate::language::syntax::types;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How deep schemas may lie in each other.
const MAX_DEPTH: usize = 32;
/// How many schemas are read of one document, one that is referred to from several places counted each time.
const MAX_SCHEMAS: usize = 50_000;
/// Where named schemas stand.
const NAMED: &str = "#/components/schemas/";
/// What to do about something that has no type.
const GIVE_TYPE: &str = "give its type as `x-flowc-type: text`, or leave it out with `x-flowc-skip: true`";

/// Schemas being read, and the named ones they led to.
pub(super) struct Schemas<'d, 'a> {
    /// The document.
    pub(super) document: &'d Document<'a>,
    /// Findings.
    pub(super) found: Vec<Diagnostic>,
    queue: VecDeque<(Word, At<'a>)>,
    /// Names of ours, with the paths they stand for.
    names: BTreeMap<String, String>,
    /// How many more schemas are read.
    left: usize,
}

/// A field of a record: name, type, and whether it is a secret.
pub(super) type Field = (Word, TypeExpr);

impl<'d, 'a> Schemas<'d, 'a> {
    /// Nothing read yet.
    pub(super) fn new(document: &'d Document<'a>) -> Schemas<'d, 'a> {
        Schemas { document, found: Vec::new(), queue: VecDeque::new(), names: BTreeMap::new(), left: MAX_SCHEMAS }
    }

    /// The named types that what was read uses.
    pub(super) fn finish(&mut self) -> Vec<(Word, TypeExpr)> {
        let mut types = Vec::new();
        while let Some((name, at)) = self.queue.pop_front() {
            types.extend(self.ty(&at, 0).map(|ty| (name, ty)));
        }
        types
    }

    /// A schema as a type; `None` when it has none, and a finding says so.
    pub(super) fn ty(&mut self, at: &At<'a>, depth: usize) -> Option<TypeExpr> {
        self.count(at, depth)?;
        if let Some(reference) = at.get("$ref") {
            return self.referred(&reference, depth);
        }
        if let Some(given) = at.get("x-flowc-type").and_then(|at| at.word()) {
            return match types::parse(&given.value, &Place::whole(given.span)) {
                Ok(ty) => Some(ty),
                Err(found) => {
                    self.found.extend(found);
                    None
                }
            };
        }
        let nullable = at.flag("nullable") || types_of(at).iter().any(|ty| ty == "null");
        let ty = self.present(at, depth)?;
        Some(if nullable { optional(ty) } else { ty })
    }

    /// The fields of a schema that is a record, references followed.
    pub(super) fn fields(&mut self, at: &At<'a>, depth: usize) -> Option<Vec<Field>> {
        self.count(at, depth)?;
        let document = self.document;
        let at = &document.followed(at.clone(), &mut self.found)?;
        let mut fields: Vec<Field> = Vec::new();
        for part in at.get("allOf").map(|all| all.items()).unwrap_or_default() {
            fields.extend(self.fields(&part, depth + 1)?);
        }
        if fields.is_empty() && at.get("properties").is_none() {
            let why = "this is no record with named fields";
            return self.refuse(at, why, "name the fields under `properties`");
        }
        let required: BTreeSet<String> = self.required(at);
        let mut whole = true;
        for (name, property) in at.get("properties").map(|all| all.entries()).unwrap_or_default() {
            if property.flag("x-flowc-skip") {
                continue;
            }
            if !is_field(&name.value) {
                if required.contains(&name.value) {
                    let why = "a field whose name is made of more than letters, digits and `_`";
                    self.refuse::<()>(&property, why, "leave it out with `x-flowc-skip: true`");
                    whole = false;
                }
                continue;
            }
            let Some(ty) = self.ty(&property, depth + 1) else {
                whole = false;
                continue;
            };
            let ty = if required.contains(&name.value) { ty } else { optional(ty) };
            let ty = if is_secret(&property) { secret(ty) } else { ty };
            fields.retain(|(known, _)| known.value != name.value);
            fields.push((name, ty));
        }
        whole.then_some(fields)
    }

    /// Takes one more schema into account. Schemas that refer to themselves end here; only the first that is too many is told.
    fn count(&mut self, at: &At, depth: usize) -> Option<()> {
        if depth > MAX_DEPTH && self.left > 0 {
            return self.refuse(at, "nested deeper than anybody reads", "make the schema flatter");
        }
        match self.left {
            0 => None,
            1 => {
                self.left = 0;
                self.refuse(at, "more schemas than anybody reads", "name the operations that are wanted")
            }
            _ => {
                self.left -= 1;
                Some(())
            }
        }
    }

    fn required(&self, at: &At) -> BTreeSet<String> {
        let list = at.get("required").map(|list| list.items()).unwrap_or_default();
        list.iter().filter_map(At::word).map(|word| word.value).collect()
    }

    /// A schema without regard to whether it may be absent.
    fn present(&mut self, at: &At<'a>, depth: usize) -> Option<TypeExpr> {
        for choice in ["oneOf", "anyOf"] {
            if let Some(one) = at.get(choice) {
                return self.one_of(at, &one, depth);
            }
        }
        if let Some(all) = at.get("allOf") {
            if let (1, None) = (all.items().len(), at.get("properties")) {
                return self.ty(&all.items()[0], depth + 1);
            }
            let fields = self.fields(at, depth)?;
            return Some(typed(at, TypeKind::Record(fields)));
        }
        if at.get("enum").is_some() || at.get("const").is_some() {
            return self.words(at);
        }
        let named: Vec<String> = types_of(at).into_iter().filter(|ty| ty != "null").collect();
        match named.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["string"] => Some(typed(at, string(at))),
            ["integer"] => Some(plain(at, "int")),
            ["number"] => Some(plain(at, "decimal")),
            ["boolean"] => Some(plain(at, "bool")),
            ["array"] => match at.get("items") {
                Some(items) => {
                    let items = self.ty(&items, depth + 1)?;
                    Some(typed(at, TypeKind::List(Box::new(items))))
                }
                None => self.refuse(at, "a list that does not say of what", "name its `items`"),
            },
            ["object"] | [] if at.get("properties").is_some() => {
                let fields = self.fields(at, depth)?;
                Some(typed(at, TypeKind::Record(fields)))
            }
            ["object"] => self.refuse(at, "an object without named fields", GIVE_TYPE),
            [] => self.refuse(at, "it does not say its type", GIVE_TYPE),
            _ => self.refuse(at, "it has no type of ours", GIVE_TYPE),
        }
    }

    /// Of several schemas one is ours only where the others are `null`.
    fn one_of(&mut self, at: &At<'a>, choices: &At<'a>, depth: usize) -> Option<TypeExpr> {
        let is_null = |at: &At| types_of(at) == ["null"];
        let items = choices.items();
        let present: Vec<&At> = items.iter().filter(|one| !is_null(one)).collect();
        match present[..] {
            [only] if present.len() < items.len() => self.ty(only, depth + 1).map(optional),
            [only] => self.ty(only, depth + 1),
            _ => self.refuse(at, "one of several schemas, which no type of ours can be", GIVE_TYPE),
        }
    }

    fn words(&mut self, at: &At<'a>) -> Option<TypeExpr> {
        let list = at.get("enum").map(|list| list.items()).unwrap_or_default();
        let list: Vec<At> = list.into_iter().chain(at.get("const")).collect();
        let words: Vec<Word> = list.iter().filter_map(At::word).filter(|word| word.value != "null").collect();
        match types_of(at).iter().find(|ty| *ty != "null").map_or("string", String::as_str) {
            "string" if !words.is_empty() => Some(typed(at, TypeKind::Enum(words))),
            "integer" => Some(plain(at, "int")),
            _ => self.refuse(at, "an enum of something else than words", GIVE_TYPE),
        }
    }

    /// A named schema stays a name; any other reference is read in place.
    fn referred(&mut self, reference: &At<'a>, depth: usize) -> Option<TypeExpr> {
        let document = self.document;
        let target = document.target(reference, &mut self.found)?;
        let pointer = reference.word()?;
        let Some(name) = pointer.value.strip_prefix(NAMED).filter(|name| !name.contains('/')) else {
            return self.ty(&target, depth + 1);
        };
        let name = type_name(name);
        let kind = TypeKind::Named(name.clone());
        match self.names.get(&name) {
            Some(path) if *path == target.path => {}
            Some(_) => {
                let why = "another schema has the same name once its odd characters are left out";
                return self.refuse(reference, why, "rename one of them");
            }
            None => {
                self.names.insert(name.clone(), target.path.clone());
                let span = document.line(target.node);
                self.queue.push_back((Spanned::new(name, span), target));
            }
        }
        Some(TypeExpr { kind, span: SpanOnly(pointer.span) })
    }

    /// Refuses something.
    pub(super) fn refuse<T>(&mut self, at: &At, why: &str, help: &str) -> Option<T> {
        self.found.push(refused(self.document, at.node, &at.path, why, help));
        None
    }
}

/// A text, or what its format and pattern make of it.
fn string(at: &At) -> TypeKind {
    let named = |name: &str| TypeKind::Named(name.to_owned());
    match at.text("format").as_deref() {
        Some("date-time") => return named("time"),
        Some("date") => return named("date"),
        Some("phone" | "e164") => return named("phone"),
        _ => {}
    }
    let pattern = at.text("pattern").unwrap_or_default();
    digits(&pattern).map_or_else(|| named("text"), |(min, max)| TypeKind::Digits { min, max })
}

/// The bounds in `^[0-9]{4,6}$` and `^\d{8}$`.
fn digits(pattern: &str) -> Option<(u32, u32)> {
    let inner = pattern.strip_prefix('^')?.strip_suffix("}$")?;
    let counts = inner.strip_prefix("[0-9]{").or_else(|| inner.strip_prefix("\\d{"))?;
    match counts.split_once(',') {
        Some((min, max)) => Some((min.parse().ok()?, max.parse().ok()?)),
        None => counts.parse().ok().map(|both| (both, both)),
    }
}

fn types_of(at: &At) -> Vec<String> {
    let Some(ty) = at.get("type") else { return Vec::new() };
    ty.word().into_iter().chain(ty.items().iter().filter_map(At::word)).map(|word| word.value).collect()
}

fn typed(at: &At, kind: TypeKind) -> TypeExpr {
    TypeExpr { kind, span: SpanOnly(at.node.span) }
}

fn plain(at: &At, name: &str) -> TypeExpr {
    typed(at, TypeKind::Named(name.to_owned()))
}

/// The type with `?`, once.
pub(super) fn optional(ty: TypeExpr) -> TypeExpr {
    match ty.kind {
        TypeKind::Optional(_) => ty,
        _ => TypeExpr { span: ty.span, kind: TypeKind::Optional(Box::new(ty)) },
    }
}

/// The type as a secret.
pub(super) fn secret(ty: TypeExpr) -> TypeExpr {
    match ty.kind {
        TypeKind::Optional(inner) => optional(secret(*inner)),
        TypeKind::Secret(_) => ty,
        _ => TypeExpr { span: ty.span, kind: TypeKind::Secret(Box::new(ty)) },
    }
}

/// Whether a parameter or a property is marked as a secret.
pub(super) fn is_secret(at: &At) -> bool {
    at.flag("x-flowc-secret") || at.text("format").is_some_and(|format| format == "password")
}

/// Whether an expression can read a field of this name.
fn is_field(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// A schema's name as one of ours.
fn type_name(name: &str) -> String {
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) { name } else { format!("T{name}") }
}

#[cfg(test)]
mod tests {
    use crate::language::syntax::openapi::schema::{digits, type_name};

    #[test]
    fn patterns_of_digits() {
        assert_eq!(digits("^[0-9]{8}$"), Some((8, 8)));
        assert_eq!(digits("^\\d{4,6}$"), Some((4, 6)));
        for other in ["[0-9]{8}", "^[0-9]+$", "^[a-z]{2}$", "", "^[0-9]{4,}$"] {
            assert_eq!(digits(other), None, "{other}");
        }
        assert_eq!(type_name("crm.v1.Team"), "crm_v1_Team");
        assert_eq!(type_name("1x"), "T1x");
    }
}
