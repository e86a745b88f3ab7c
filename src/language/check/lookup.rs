//! Names of expressions: parameters, variables, placeholders, items, settings, what a call is asked, fields of values,
//! constants of services and hours of calendars.

use crate::language::check::exprs::{Exprs, Names, Need, Typed};
use crate::language::check::names::Declared;
use crate::language::check::trust::{Mark, Taint};
use crate::language::diagnostic::{Code, Diagnostic, near, some_of};
use crate::language::flow::expr::{CallField, Expr, Slot};
use crate::language::flow::types::Type;
use crate::language::flow::value::Value;
use crate::language::source::{Span, Word};
use crate::language::syntax::expr as written;
use crate::platform::headers;
use std::collections::{BTreeMap, BTreeSet};

impl<'a> Exprs<'a> {
    /// A name by itself.
    pub fn name(&mut self, name: &str, span: Span) -> Option<Typed> {
        if let Some(item) = self.items.iter().rev().find(|item| item.name == name) {
            let ty = item.ty.clone()?;
            let taint = item.taint.clone();
            return Some(read(Expr::Item(name.to_owned()), &ty, taint, name, span));
        }
        let declared = match self.names {
            Names::Placeholders(known) => return self.placeholder(known, name, span),
            Names::Flow(declared) => declared,
        };
        if let Some(ty) = declared.vars.get(name) {
            let ty = ty.clone()?;
            if !ty.is_optional() && !self.known.contains(name) {
                self.needs.push(Need { path: name.to_owned(), span });
            }
            let what = declared.untrusted.get(name).cloned();
            let taint = Taint {
                secret: None,
                untrusted: what.map(|what| Mark::by(name, what, span)),
                params: declared.given.get(name).cloned().unwrap_or_default(),
            };
            return Some(read(Expr::Read(Slot::Var(name.to_owned())), &ty, taint, name, span));
        }
        if let Some(ty) = declared.params.get(name) {
            let taint = Taint { params: BTreeSet::from([name.to_owned()]), ..Taint::NONE };
            return Some(read(Expr::Read(Slot::Param(name.to_owned())), ty.as_ref()?, taint, name, span));
        }
        if declared.refused.contains(name) {
            return None;
        }
        let mut near = None;
        let help = match name {
            "settings" => Some("write `settings.NAME`".to_owned()),
            "null" => Some("there is no such value; whether something is there is asked with `has(…)`".to_owned()),
            "call" => Some("write `call.from`, `call.to`, `call.id` or `call.started`".to_owned()),
            "state" => Some("write `state.entered`".to_owned()),
            "signals" if !declared.signals.is_empty() => Some("write `signals.NAME`".to_owned()),
            _ if declared.lenders.contains(name) => Some(format!("write `{name}.NAME`: one of its constants or hours")),
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
            .meant(name, near)
            .for_want_of("value", name),
        )
    }

    fn placeholder(&mut self, known: &BTreeMap<String, Option<Type>>, name: &str, span: Span) -> Option<Typed> {
        if let Some(ty) = known.get(name) {
            return Some(read(Expr::Read(Slot::Argument(name.to_owned())), ty.as_ref()?, Taint::NONE, name, span));
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
        let item = self.items.iter().any(|item| item.name == name);
        item || match self.names {
            Names::Placeholders(known) => known.contains_key(name),
            Names::Flow(declared) => declared.vars.contains_key(name) || declared.params.contains_key(name),
        }
    }

    /// Whether a name stands for something, by itself or before a dot.
    #[must_use]
    pub fn is_taken(&self, name: &str) -> bool {
        let before_a_dot = match self.names {
            Names::Placeholders(_) => false,
            Names::Flow(declared) => matches!(name, "call" | "settings") || declared.lenders.contains(name),
        };
        before_a_dot || self.sees(name)
    }

    /// A field: of `settings`, of `call`, or of a record.
    pub fn field(&mut self, record: &written::Expr, name: &Word, optional: bool, span: Span) -> Option<Typed> {
        if let (written::ExprKind::Name(root), Names::Flow(declared)) = (&record.kind, self.names) {
            match root.as_str() {
                "settings" => return self.setting(declared, name),
                "call" => return self.call_field(name, span),
                "state" if !self.sees("state") => return self.state_field(name),
                "signals" if !self.sees("signals") => return self.signal_data(declared, name, span),
                service if declared.lenders.contains(service) && !self.sees(service) => {
                    return self.lent(declared, service, record.span.0, name, span);
                }
                _ => {}
            }
        }
        if let (Some((declared, calendar, hours)), "next_open") = (self.hours(record), name.value.as_str()) {
            return self.next_open(declared, &calendar, &hours);
        }
        let record_span = record.span.0;
        let typed = self.infer(record)?;
        let (absent, typed) = match typed.ty {
            Type::Optional(inner) if optional => (true, Typed { expr: typed.expr, ty: *inner, taint: typed.taint }),
            _ if optional => {
                return self.refuse(
                    Diagnostic::new(Code::F0408, "`?.` after a value that is always there", span, "not needed")
                        .help("write `.`"),
                );
            }
            _ => (false, self.plain(typed, record_span)?),
        };
        let fields = typed.ty.fields();
        if fields.is_empty() {
            let finding = Diagnostic::new(
                Code::F0408,
                format!("`{}` has no fields", typed.ty),
                name.span,
                format!("no field `{}` here", name.value),
            );
            return self.refuse(match typed.ty {
                Type::Time => finding.help("a time has them in a zone: `x.in_zone(\"Europe/London\")`"),
                _ => finding,
            });
        }
        let Some((_, ty)) = fields.iter().find(|(field, _)| *field == name.value) else {
            let known: Vec<&str> = fields.iter().map(|(field, _)| field.as_str()).collect();
            let message = format!("unknown field `{}`", name.value);
            let finding = Diagnostic::new(Code::F0105, message, name.span, "no such field")
                .help(format!("its fields are {}", some_of(known.iter().copied())));
            let near = near(&name.value, known.iter().copied());
            return self.refuse(match typed.ty {
                Type::Record(_) => finding.meant(&name.value, near),
                _ => finding.misspelt_for(&name.value, near),
            });
        };
        // Of a record that only holds a secret, the other fields can be told.
        let secret = typed.taint.secret.filter(|mark| mark.whole);
        let taint = Taint { secret, ..typed.taint };
        if let Expr::Const(Value::Record(mut values)) = typed.expr {
            let value = values.remove(&name.value).unwrap_or(Value::Absent);
            return Some(read(Expr::Const(value), ty, taint, &name.value, span));
        }
        let record = Box::new(typed.expr);
        let field = name.value.clone();
        Some(if absent {
            let ty = Type::Optional(Box::new(ty.present().clone()));
            read(Expr::OptionalField(record, field), &ty, taint, &name.value, span)
        } else {
            read(Expr::Field(record, field), ty, taint, &name.value, span)
        })
    }

    fn setting(&mut self, declared: &Declared, name: &Word) -> Option<Typed> {
        if let Some(ty) = declared.settings.get(name.value.as_str()) {
            let expr = Expr::Read(Slot::Setting(name.value.clone()));
            return Some(read(expr, ty.as_ref()?, Taint::NONE, &format!("settings.{}", name.value), name.span));
        }
        let near = declared.near(&name.value, declared.settings.keys().copied());
        if declared.unread.may_hold(&name.value) {
            return None;
        }
        self.refuse(
            Diagnostic::new(Code::F0105, format!("unknown setting `{}`", name.value), name.span, "not declared")
                .help(format!("declare it: `settings {{ {}: text }}`", name.value))
                .meant(&name.value, near)
                .for_want_of("setting", &name.value),
        )
    }

    fn state_field(&mut self, name: &Word) -> Option<Typed> {
        if name.value == "entered" {
            return Some(Typed { expr: Expr::Read(Slot::Entered), ty: Type::Time, taint: Taint::NONE });
        }
        let message = format!("unknown field `state.{}`", name.value);
        self.refuse(
            Diagnostic::new(Code::F0105, message, name.span, "no such field")
                .help("a state has entered, the time at which it was entered")
                .misspelt(&name.value, ["entered"]),
        )
    }

    /// `signals.free`: what came along with the last `free` that was taken; absent before.
    fn signal_data(&mut self, declared: &Declared, name: &Word, span: Span) -> Option<Typed> {
        let Some(ty) = declared.signals.get(name.value.as_str()) else {
            if declared.unread.may_hold(&name.value) || declared.unread.may_hold("signals") {
                return None;
            }
            let near = declared.near(&name.value, declared.signals.keys().copied());
            let message = format!("unknown signal `{}`", name.value);
            return self.refuse(
                Diagnostic::new(Code::F0105, message, name.span, "the flow takes no such signal")
                    .help(format!("declare it with what comes along: `signal {}: {{ desk: text }}`", name.value))
                    .meant(&name.value, near),
            );
        };
        let Some(ty) = ty else {
            let message = format!("nothing comes along with the signal `{}`", name.value);
            return self.refuse(
                Diagnostic::new(Code::F0105, message, name.span, "it is declared without a type")
                    .help(format!("declare what comes along: `signal {}: {{ desk: text }}`", name.value)),
            );
        };
        let what = format!("`signals.{}` is what came from outside", name.value);
        let taint = Taint { untrusted: Some(Mark::certain(what, span)), ..Taint::NONE };
        let ty = Type::Optional(Box::new(ty.as_ref()?.present().clone()));
        let expr = Expr::Read(Slot::Signal(name.value.clone()));
        Some(read(expr, &ty, taint, &format!("signals.{}", name.value), span))
    }

    /// Whether this is `call.headers`, of which one header at a time is asked for.
    #[must_use]
    pub fn is_headers(&self, e: &written::Expr) -> bool {
        let written::ExprKind::Field(root, name) = &e.kind else { return false };
        let call = matches!(&root.kind, written::ExprKind::Name(root) if root == "call");
        call && name.value == "headers" && matches!(self.names, Names::Flow(_))
    }

    /// `call.headers.get("X-Case")`: a text that may be absent.
    pub fn header(&mut self, method: &Word, args: &[written::Expr], span: Span) -> Option<Typed> {
        let example = "write `call.headers.get(\"X-Case\")`";
        if method.value != "get" {
            let message = format!("`call.headers` has no `{}`", method.value);
            return self.refuse(Diagnostic::new(Code::F0408, message, method.span, "only `get`").help(example));
        }
        let [arg] = args else {
            let label = format!("{} given", args.len());
            return self.refuse(Diagnostic::new(Code::F0408, "`get` takes 1 argument", span, label).help(example));
        };
        let at = arg.span.0;
        let written::ExprKind::Text(name) = &arg.kind else {
            let finding =
                Diagnostic::new(Code::F0408, "the header is not written here", at, "a text in quotes is required");
            return self.refuse(finding.help(example));
        };
        if !headers::is_name(name) {
            let help = format!("letters, digits and `. ! % * _ + ~ -`, at most {}", headers::NAME_CHARS);
            let message = format!("`{name}` cannot name a header");
            return self.refuse(Diagnostic::new(Code::F0108, message, at, "no call has such a header").help(help));
        }
        let what = format!("`call.headers.get(\"{name}\")` is what came with the call");
        let taint = Taint { untrusted: Some(Mark::certain(what, span)), ..Taint::NONE };
        let ty = Type::Optional(Box::new(Type::Text));
        Some(Typed { expr: Expr::Read(Slot::Header(headers::known_as(name))), ty, taint })
    }

    fn call_field(&mut self, name: &Word, span: Span) -> Option<Typed> {
        if name.value == "headers" {
            return self.refuse(
                Diagnostic::new(Code::F0105, "`call.headers` is no value by itself", span, "these are all its headers")
                    .help("ask for one by its name: `call.headers.get(\"X-Case\")`"),
            );
        }
        let Some(field) = CallField::ALL.into_iter().find(|field| field.word() == name.value) else {
            let known: Vec<&str> = CallField::ALL.map(CallField::word).into_iter().chain(["headers"]).collect();
            let message = format!("unknown field `call.{}`", name.value);
            return self.refuse(
                Diagnostic::new(Code::F0105, message, name.span, "no such field")
                    .help(format!("a call has {}", known.join(", ")))
                    .misspelt(&name.value, known.iter().copied()),
            );
        };
        let ty = match field {
            CallField::From | CallField::Id | CallField::Locale => Type::Text,
            CallField::Started => Type::Time,
            CallField::To => Type::Endpoint,
        };
        let claimed = || Mark::certain("`call.from` is what the caller claims".to_owned(), span);
        let untrusted = (field == CallField::From).then(claimed);
        Some(Typed { expr: Expr::Read(Slot::Call(field)), ty, taint: Taint { untrusted, ..Taint::NONE } })
    }

    /// A constant of a service, or hours of a calendar, which by themselves are nothing.
    fn lent(&mut self, declared: &Declared, lender: &str, at: Span, name: &Word, span: Span) -> Option<Typed> {
        let lent = &declared.world.lent;
        if let Some((ty, value)) = lent.constants(lender).and_then(|constants| constants.get(&name.value)) {
            return Some(read(Expr::Const(value.clone()), ty, Taint::NONE, &name.value, span));
        }
        // One in error has been said where it stands.
        if lent.may_have(lender, &name.value) {
            return None;
        }
        let hours = lent.hours(lender);
        if hours.is_some_and(|hours| hours.contains(&name.value)) {
            let message = format!("`{lender}.{}` is no value by itself", name.value);
            let finding = Diagnostic::new(Code::F0105, message, span, "these are hours");
            return self.refuse(finding.help(format!("write `{lender}.{}.next_open`", name.value)));
        }
        let known = || {
            let constants = lent.constants(lender).into_iter().flat_map(|constants| constants.keys());
            constants.chain(hours.into_iter().flatten()).map(String::as_str)
        };
        let (what, has) = if hours.is_some() { ("hours", "calendar") } else { ("constant", "service") };
        let finding =
            Diagnostic::new(Code::F0105, format!("unknown {what} `{lender}.{}`", name.value), name.span, "not there")
                .and(at, format!("a {has} in `use`"));
        let near = declared.near(&name.value, known());
        let has = match known().collect::<Vec<_>>().join(", ") {
            none if none.is_empty() => format!("`{lender}` has no {what}"),
            names => format!("`{lender}` has {names}"),
        };
        self.refuse(finding.help(has).meant(&name.value, near))
    }

    /// `office.main`, where `office` is a calendar in `use`.
    fn hours(&self, e: &written::Expr) -> Option<(&'a Declared<'a>, String, Word)> {
        let (Names::Flow(declared), written::ExprKind::Field(root, hours)) = (self.names, &e.kind) else {
            return None;
        };
        let written::ExprKind::Name(calendar) = &root.kind else { return None };
        let used = declared.lenders.contains(calendar.as_str()) && !self.sees(calendar);
        (used && declared.world.lent.hours(calendar).is_some()).then(|| (declared, calendar.clone(), hours.clone()))
    }

    fn next_open(&mut self, declared: &Declared, calendar: &str, hours: &Word) -> Option<Typed> {
        let known = declared.world.lent.hours(calendar)?;
        if known.contains(&hours.value) {
            let slot = Slot::NextOpen { calendar: calendar.to_owned(), hours: hours.value.clone() };
            return Some(Typed::clean(Expr::Read(slot), Type::Time));
        }
        let message = format!("unknown hours `{calendar}.{}`", hours.value);
        let near = declared.near(&hours.value, known.iter().map(String::as_str));
        let names: Vec<&str> = known.iter().map(String::as_str).collect();
        self.refuse(
            Diagnostic::new(Code::F0105, message, hours.span, "the calendar has no such hours")
                .help(format!("`{calendar}` has {}", names.join(", ")))
                .meant(&hours.value, near),
        )
    }
}

/// A named value: its type without an outer `secret`, which goes to its taint.
fn read(expr: Expr, ty: &Type, taint: Taint, name: &str, span: Span) -> Typed {
    Typed { expr, ty: ty.told(), taint: taint.with_type(ty, name, span) }
}
