//! A service's named types: each put in place of its name, once, and held to be finite.

use crate::language::check::service::Entry;
use crate::language::check::types;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::types::Type;
use crate::language::source::{Span, Word};
use crate::language::syntax::ast::{SpanOnly, TypeExpr, TypeKind};
use std::collections::BTreeMap;

/// How many named types may lead from one to the next.
const MAX_CHAIN: usize = 32;
/// How many parts a type may have once every name is put in its place.
const MAX_PARTS: usize = 4_096;

/// How many parts the types of one service may have in all.
const MAX_IN_ALL: usize = 500_000;

/// Named types, put in place as they are asked for.
pub(super) struct Named<'a> {
    written: BTreeMap<&'a str, (&'a Word, &'a TypeExpr)>,
    order: Vec<&'a str>,
    done: BTreeMap<&'a str, Option<(TypeExpr, Type)>>,
    busy: Vec<&'a str>,
    /// Names may be missing: nothing is said of unknown ones.
    incomplete: bool,
    /// How many more parts the type at hand may have.
    left: usize,
    /// How many more parts all types may have.
    left_in_all: usize,
}

impl<'a> Named<'a> {
    /// Nothing put in place yet.
    pub(super) fn new(types: &'a [(Word, TypeExpr)], incomplete: bool) -> Named<'a> {
        let written = types.iter().map(|(name, ty)| (name.value.as_str(), (name, ty))).collect();
        let order = types.iter().map(|(name, _)| name.value.as_str()).collect();
        Named {
            written,
            order,
            done: BTreeMap::new(),
            busy: Vec::new(),
            incomplete,
            left: MAX_PARTS,
            left_in_all: MAX_IN_ALL,
        }
    }

    /// All of them.
    pub(super) fn all(&mut self, findings: &mut Vec<Diagnostic>) -> BTreeMap<String, Entry<Type>> {
        let mut all = BTreeMap::new();
        for name in self.order.clone() {
            let Some((word, _)) = self.written.get(name) else { continue };
            let word = *word;
            if is_taken(name) {
                let message = format!("no type may be called `{name}`");
                let finding = Diagnostic::new(Code::F0108, message, word.span, "a type of the language");
                findings.push(finding.help("choose another name; a capital letter makes it one of yours"));
                self.done.insert(name, None);
            }
            let value = self.named(name, word.span, findings).map(|(_, ty)| ty);
            all.insert(name.to_owned(), Entry { span: word.span, value });
        }
        all
    }

    /// The records among those that are right, for constants that may be one of them.
    pub(super) fn records(&self) -> Vec<&Type> {
        let right = self.done.values().flatten().map(|(_, ty)| ty);
        right.filter(|ty| matches!(ty, Type::Record(_))).collect()
    }

    /// A written type; `None` when it is none, and a finding says so.
    pub(super) fn resolve(&mut self, ty: &TypeExpr, findings: &mut Vec<Diagnostic>) -> Option<Type> {
        let placed = self.whole(ty, findings)?;
        let mut found = Vec::new();
        let resolved = types::resolve(&placed, &mut found);
        for mut finding in found {
            if finding.code == Code::F0114 {
                if self.incomplete {
                    continue;
                }
                let word = finding.message.split('`').nth(1).unwrap_or_default().to_owned();
                finding = finding.did_you_mean(&word, self.written.keys().copied());
            }
            findings.push(finding);
        }
        resolved
    }

    fn named(&mut self, name: &'a str, at: Span, findings: &mut Vec<Diagnostic>) -> Option<(TypeExpr, Type)> {
        if let Some(done) = self.done.get(name) {
            return done.clone();
        }
        let (word, ty) = *self.written.get(name)?;
        if self.busy.contains(&name) {
            let message = format!("type `{name}` contains itself");
            findings.push(
                Diagnostic::new(Code::F0808, message, at, "it would have no end")
                    .and(word.span, "declared here")
                    .help("let it hold the other's id instead, and ask the service for the rest"),
            );
            return None;
        }
        if self.busy.len() >= MAX_CHAIN {
            let message = format!("more than {MAX_CHAIN} types lead from one to the next");
            findings.push(Diagnostic::new(Code::F0007, message, at, "nested too deep"));
            return None;
        }
        self.busy.push(name);
        let placed = self.whole(ty, findings);
        self.busy.pop();
        let done = placed.and_then(|placed| {
            let resolved = self.resolve(&placed, findings)?;
            Some((placed, resolved))
        });
        self.done.insert(name, done.clone());
        done
    }

    /// A type by itself, its parts counted.
    fn whole(&mut self, ty: &TypeExpr, findings: &mut Vec<Diagnostic>) -> Option<TypeExpr> {
        let outer = std::mem::replace(&mut self.left, MAX_PARTS.min(self.left_in_all));
        let most = self.left;
        let placed = self.placed(ty, findings);
        let full = self.left == 0;
        self.left_in_all -= most - self.left;
        self.left = outer;
        if full {
            // Once all of them are too many, it is said of the first that is, and no more.
            let message = match most {
                0 => return None,
                MAX_PARTS => format!("a type of more than {MAX_PARTS} parts"),
                _ => format!("types of more than {MAX_IN_ALL} parts in all"),
            };
            findings.push(Diagnostic::new(Code::F0007, message, ty.span.0, "named types in each other make it so"));
            return None;
        }
        placed
    }

    /// A type with every name of the service put in its place; something else once there are too many parts.
    fn placed(&mut self, ty: &TypeExpr, findings: &mut Vec<Diagnostic>) -> Option<TypeExpr> {
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            return None;
        }
        let kind = match &ty.kind {
            TypeKind::Named(name) => match self.written.get_key_value(name.as_str()) {
                Some((name, _)) => {
                    let name = *name;
                    let (placed, _) = self.named(name, ty.span.0, findings)?;
                    self.left = self.left.saturating_sub(parts(&placed));
                    return Some(placed);
                }
                None => ty.kind.clone(),
            },
            TypeKind::Digits { .. } | TypeKind::Enum(_) => ty.kind.clone(),
            TypeKind::Record(fields) => {
                let fields: Vec<Option<(Word, TypeExpr)>> =
                    fields.iter().map(|(name, ty)| Some((name.clone(), self.placed(ty, findings)?))).collect();
                TypeKind::Record(fields.into_iter().collect::<Option<_>>()?)
            }
            TypeKind::Optional(inner) => TypeKind::Optional(Box::new(self.placed(inner, findings)?)),
            TypeKind::List(inner) => TypeKind::List(Box::new(self.placed(inner, findings)?)),
            TypeKind::Secret(inner) => TypeKind::Secret(Box::new(self.placed(inner, findings)?)),
        };
        Some(TypeExpr { kind, span: ty.span })
    }
}

/// Whether the language has a type of this name, now or later.
fn is_taken(name: &str) -> bool {
    let mut found = Vec::new();
    let _ = types::resolve(&TypeExpr { kind: TypeKind::Named(name.to_owned()), span: SpanOnly::default() }, &mut found);
    !found.iter().any(|finding| finding.code == Code::F0114)
}

fn parts(ty: &TypeExpr) -> usize {
    match &ty.kind {
        TypeKind::Digits { .. } | TypeKind::Enum(_) | TypeKind::Named(_) => 1,
        TypeKind::Record(fields) => 1 + fields.iter().map(|(_, ty)| parts(ty)).sum::<usize>(),
        TypeKind::List(inner) | TypeKind::Optional(inner) | TypeKind::Secret(inner) => 1 + parts(inner),
    }
}
