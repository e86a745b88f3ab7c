//! Names of expressions: parameters, variables, placeholders, settings, what a call is asked, fields of records.

use crate::language::check::exprs::{Exprs, Names, Need, Typed};
use crate::language::check::fields;
use crate::language::check::names::Declared;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::expr::{CallField, Expr, Slot};
use crate::language::flow::types::Type;
use crate::language::source::{Span, Word};
use crate::language::syntax::expr as written;
use std::collections::BTreeMap;

impl Exprs<'_> {
    /// A name by itself.
    pub fn name(&mut self, name: &str, span: Span) -> Option<Typed> {
        let declared = match self.names {
            Names::Placeholders(known) => return self.placeholder(known, name, span),
            Names::Flow(declared) => declared,
        };
        if let Some(ty) = declared.vars.get(name) {
            let ty = ty.clone()?;
            if !ty.is_optional() && !self.known.contains(name) {
                self.needs.push(Need { path: name.to_owned(), span });
            }
            return Some(Typed { expr: Expr::Read(Slot::Var(name.to_owned())), ty });
        }
        if let Some(ty) = declared.params.get(name) {
            return Some(Typed { expr: Expr::Read(Slot::Param(name.to_owned())), ty: ty.clone()? });
        }
        if declared.refused.contains(name) {
            return None;
        }
        if declared.calendars.contains_key(name) {
            let finding = fields::not_offered("hours in expressions", span);
            return self.refuse(finding.help("calendars are read and checked, and not yet used by flows"));
        }
        let mut near = None;
        let help = match name {
            "settings" => Some("write `settings.NAME`".to_owned()),
            "call" => Some("write `call.from`, `call.to`, `call.id` or `call.started`".to_owned()),
            _ if declared.settings.contains_key(name) => Some(format!("a setting is read as `settings.{name}`")),
            _ => {
                near = declared.near(name, declared.vars.keys().chain(declared.params.keys()).copied());
                None
            }
        };
        if declared.unread.may_hold(name) {
            return None;
        }
        self.refuse(
            Diagnostic::new(
                Code::F0105,
                format!("unknown name `{name}`"),
                span,
                "no parameter or variable is called so",
            )
            .maybe_help(help)
            .meant(name, near),
        )
    }

    fn placeholder(&mut self, known: &BTreeMap<String, Option<Type>>, name: &str, span: Span) -> Option<Typed> {
        if let Some(ty) = known.get(name) {
            return Some(Typed { expr: Expr::Read(Slot::Argument(name.to_owned())), ty: ty.clone()? });
        }
        self.refuse(
            Diagnostic::new(Code::F0105, format!("unknown placeholder `{name}`"), span, "the prompt does not take it")
                .help(format!("declare it: `takes: {{ {name}: text }}`"))
                .did_you_mean(name, known.keys().map(String::as_str)),
        )
    }

    /// Whether a name by itself stands for something.
    #[must_use]
    pub fn sees(&self, name: &str) -> bool {
        match self.names {
            Names::Placeholders(known) => known.contains_key(name),
            Names::Flow(declared) => declared.vars.contains_key(name) || declared.params.contains_key(name),
        }
    }

    /// A field: of `settings`, of `call`, or of a record.
    pub fn field(&mut self, record: &written::Expr, name: &Word, optional: bool, span: Span) -> Option<Typed> {
        if let (written::ExprKind::Name(root), Names::Flow(declared)) = (&record.kind, self.names) {
            match root.as_str() {
                "settings" => return self.setting(declared, name),
                "call" => return self.call_field(name),
                _ => {}
            }
        }
        let record_span = record.span.0;
        let typed = self.infer(record)?;
        let (absent, typed) = match typed.ty {
            Type::Optional(inner) if optional => (true, Typed { expr: typed.expr, ty: *inner }),
            _ if optional => {
                return self.refuse(
                    Diagnostic::new(Code::F0408, "`?.` after a value that is always there", span, "not needed")
                        .help("write `.`"),
                );
            }
            _ => (false, self.plain(typed, record_span)?),
        };
        let Type::Record(fields) = &typed.ty else {
            return self.refuse(Diagnostic::new(
                Code::F0408,
                format!("`{}` has no fields", typed.ty),
                name.span,
                format!("no field `{}` here", name.value),
            ));
        };
        let Some((_, ty)) = fields.iter().find(|(field, _)| *field == name.value) else {
            let known: Vec<&str> = fields.iter().map(|(field, _)| field.as_str()).collect();
            return self.refuse(
                Diagnostic::new(Code::F0105, format!("unknown field `{}`", name.value), name.span, "no such field")
                    .help(format!("its fields are {}", known.join(", ")))
                    .did_you_mean(&name.value, known.iter().copied()),
            );
        };
        let record = Box::new(typed.expr);
        match (absent, ty) {
            (false, ty) => Some(Typed { expr: Expr::Field(record, name.value.clone()), ty: ty.clone() }),
            (true, ty) => Some(Typed {
                expr: Expr::OptionalField(record, name.value.clone()),
                ty: Type::Optional(Box::new(ty.present().clone())),
            }),
        }
    }

    fn setting(&mut self, declared: &Declared, name: &Word) -> Option<Typed> {
        if let Some(ty) = declared.settings.get(name.value.as_str()) {
            return Some(Typed { expr: Expr::Read(Slot::Setting(name.value.clone())), ty: ty.clone()? });
        }
        let near = declared.near(&name.value, declared.settings.keys().copied());
        if declared.unread.may_hold(&name.value) {
            return None;
        }
        self.refuse(
            Diagnostic::new(Code::F0105, format!("unknown setting `{}`", name.value), name.span, "not declared")
                .help(format!("declare it: `settings {{ {}: text }}`", name.value))
                .meant(&name.value, near),
        )
    }

    fn call_field(&mut self, name: &Word) -> Option<Typed> {
        let (field, ty) = match name.value.as_str() {
            "from" => (CallField::From, Type::Text),
            "to" => (CallField::To, Type::Phone),
            "id" => (CallField::Id, Type::Text),
            "started" => (CallField::Started, Type::Time),
            other => {
                let known = CallField::ALL.map(CallField::word);
                return self.refuse(
                    Diagnostic::new(Code::F0105, format!("unknown field `call.{other}`"), name.span, "no such field")
                        .help(format!("a call has {}", known.join(", ")))
                        .did_you_mean(other, known),
                );
            }
        };
        Some(Typed { expr: Expr::Read(Slot::Call(field)), ty })
    }
}
