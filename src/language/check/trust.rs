//! What a value may not be used for: a secret is never told, and what callers say never chooses who is called.
//!
//! Every typed expression carries its [`Taint`]. Whatever is made of a secret is one, its last digits too; only `has()` and
//! `size()` are free of it. A condition may ask anything of a secret: it shows nothing but the way that is taken. Whoever puts
//! a value somewhere asks [`refused`] with the [`Place`].

use crate::language::check::exprs::Typed;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::types::Type;
use crate::language::source::Span;
use crate::language::syntax::ast;
use crate::language::syntax::expr::{Expr, ExprKind};
use std::collections::{BTreeMap, BTreeSet};

/// What clings to a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taint {
    /// It is or holds a secret: which, and where that is read.
    pub secret: Option<Mark>,
    /// Somebody outside chose it: who, and where that is read.
    pub untrusted: Option<Mark>,
    /// The parameters of the flow that it is made of: whoever runs the flow answers for them.
    pub params: BTreeSet<String>,
}

/// Where a taint comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// In words: `card` is secret.
    pub what: String,
    /// Where it is read.
    pub span: Span,
    /// It clings to the whole value, not only to some fields of it.
    pub whole: bool,
    /// The variables by which alone it came, each with what is said of it and where it is read. Whether they hold such a value
    /// there is for the ways to say; empty where it is certain.
    pub by: BTreeMap<String, (String, Span)>,
}

impl Mark {
    /// One that is certain.
    #[must_use]
    pub fn certain(what: String, span: Span) -> Mark {
        Mark { what, span, whole: true, by: BTreeMap::new() }
    }

    /// One that clings to what a variable holds, if that holds such a value where it is read.
    #[must_use]
    pub fn by(name: &str, what: String, span: Span) -> Mark {
        Mark { by: BTreeMap::from([(name.to_owned(), (what.clone(), span))]), ..Mark::certain(what, span) }
    }

    fn and(self, other: &Mark) -> Mark {
        match (self.by.is_empty(), other.by.is_empty()) {
            (true, _) => self,
            (false, true) => other.clone(),
            (false, false) => {
                let mut by = other.by.clone();
                by.extend(self.by);
                Mark { by, ..self }
            }
        }
    }
}

impl Taint {
    /// Nothing clings to it.
    pub const NONE: Taint = Taint { secret: None, untrusted: None, params: BTreeSet::new() };

    /// What clings to a value made of two.
    #[must_use]
    pub fn and(mut self, other: &Taint) -> Taint {
        self.secret = match (self.secret, &other.secret) {
            (Some(mine), Some(other)) => Some(Mark { whole: mine.whole || other.whole, ..mine }),
            (mine, other) => mine.or_else(|| other.clone()),
        };
        self.untrusted = match (self.untrusted, &other.untrusted) {
            (Some(mine), Some(other)) => Some(mine.and(other)),
            (mine, other) => mine.or_else(|| other.clone()),
        };
        self.params.extend(other.params.iter().cloned());
        self
    }

    /// The same, and a secret of this name if the type is or holds one.
    #[must_use]
    pub fn with_type(mut self, ty: &Type, name: &str, span: Span) -> Taint {
        if ty.is_secret() && self.secret.is_none() {
            let whole = matches!(ty.present(), Type::Secret(_));
            let what = if whole { "is secret" } else { "holds a secret" };
            self.secret = Some(Mark { whole, ..Mark::certain(format!("`{name}` {what}"), span) });
        }
        self
    }
}

/// Where a value goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// An argument of a service's operation or of a flow; whether the parameter is declared `secret`.
    Argument {
        /// It is.
        secret: bool,
    },
    /// Who calls, as those called are shown.
    CallerId,
    /// What a `decide` asks.
    Condition,
    /// A header of the call.
    Header,
    /// Keys that are sent.
    Keys,
    /// What makes a request to a service known as a repetition; it goes along as a header.
    Once,
    /// What the platform is told besides: a locale, an id of another call.
    Platform,
    /// Words that are spoken.
    Prompt,
    /// The payload of a signal.
    Signal,
    /// An SSML document.
    Ssml,
    /// Whom to dial, transfer to, add or redirect to.
    Target,
    /// An address on the net.
    Url,
    /// A variable that it is saved to; whether it is declared `secret`.
    Variable {
        /// It is.
        secret: bool,
    },
}

impl Place {
    /// What would become of a secret there, in words; `None` where it may stand.
    fn tells(self) -> Option<&'static str> {
        match self {
            Place::Argument { secret: true } | Place::Condition | Place::Variable { secret: true } => None,
            Place::Argument { secret: false } => Some("given to a parameter that is not secret"),
            Place::CallerId => Some("shown to those who are called"),
            Place::Header | Place::Once => Some("sent in a header"),
            Place::Keys => Some("sent as keys"),
            Place::Platform => Some("told to the platform"),
            Place::Prompt | Place::Ssml => Some("spoken"),
            Place::Signal => Some("sent in a signal"),
            Place::Target => Some("dialled"),
            Place::Url => Some("sent in an address"),
            Place::Variable { secret: false } => Some("saved where it is not secret"),
        }
    }

    /// What an untrusted value would do there, in words; `None` where it may stand.
    pub fn obeys(self) -> Option<(&'static str, &'static str)> {
        match self {
            Place::Target => Some(("an untrusted value would be dialled", "whoever calls chooses this number")),
            Place::Header | Place::Once => {
                Some(("an untrusted value would be sent in a header", "whoever calls chooses what it says"))
            }
            Place::Url => {
                Some(("an untrusted value would be part of an address", "whoever calls chooses where it leads"))
            }
            Place::Argument { .. }
            | Place::CallerId
            | Place::Condition
            | Place::Keys
            | Place::Platform
            | Place::Prompt
            | Place::Signal
            | Place::Ssml
            | Place::Variable { .. } => None,
        }
    }
}

/// The finding where a value stands that may not stand there. `span` is the whole value.
#[must_use]
pub fn refused(typed: &Typed, span: Span, place: Place) -> Option<Diagnostic> {
    if let (Some(secret), Some(tells)) = (&typed.taint.secret, place.tells()) {
        let finding = Diagnostic::new(Code::F0410, format!("a secret would be {tells}"), secret.span, &secret.what);
        let help = match place {
            Place::Variable { .. } => "declare the variable `secret` too",
            Place::Argument { .. } => "a secret goes only to parameters that are declared `secret`",
            Place::CallerId
            | Place::Condition
            | Place::Header
            | Place::Keys
            | Place::Once
            | Place::Platform
            | Place::Prompt
            | Place::Signal
            | Place::Ssml
            | Place::Target
            | Place::Url => {
                "a secret goes only to an operation's parameter that is declared `secret`; ask `has()` or `size()` of it"
            }
        };
        return Some(finding.help(help));
    }
    let untrusted = typed.taint.untrusted.as_ref().filter(|mark| mark.by.is_empty())?;
    chosen_outside(place, span, (&untrusted.what, untrusted.span))
}

/// The finding where a value that somebody outside chose may not stand: what is said of it, and where it is read.
#[must_use]
pub fn chosen_outside(place: Place, span: Span, (what, read): (&str, Span)) -> Option<Diagnostic> {
    let (message, label) = place.obeys()?;
    let finding = Diagnostic::new(Code::F0409, message, span, label).and(read, what);
    Some(finding.help(match place {
        Place::Once => "`call.id` is a key that nobody chooses; without `once` the call and the state make one",
        Place::Target => {
            "take the number from a setting or a parameter, or say where such numbers may begin: `allow dial_collected \"+44\"`"
        }
        _ => "take it from a setting, a parameter or a service",
    }))
}

/// The variables whose values people choose by what they press and say: their names, and why they are not trusted.
/// `doubted` says which operations of services are not trusted either.
#[must_use]
pub fn heard(flow: &ast::Flow, doubted: impl Fn(&str) -> bool) -> BTreeMap<&str, String> {
    let saves = flow.states.iter().filter(|state| {
        // What a service or the platform answers is trusted.
        !matches!(state.kind.value.as_str(), "invoke" | "query" | "take_message" | "set" | "run")
    });
    let answers = flow.states.iter().filter(|state| state.kind.value == "invoke").filter_map(|state| {
        let Some(ast::Value::Literal(operation)) = &state.operand else { return None };
        let save = state.save.as_ref().filter(|_| doubted(&operation.value))?;
        Some((
            save.value.as_str(),
            format!("`{}` is what `{}` answers, which is untrusted", save.value, operation.value),
        ))
    });
    let saved = saves.filter_map(|state| state.save.as_ref());
    let collected = flow.states.iter().filter(|state| state.kind.value == "collect");
    let collected = collected.filter_map(|state| match &state.operand {
        Some(ast::Value::Literal(word)) => Some(word),
        _ => None,
    });
    let names = saved.chain(collected).map(|word| word.value.as_str());
    let pressed = names.map(|name| (name, format!("`{name}` is what somebody pressed")));
    answers.chain(pressed).collect()
}

/// Which values are made of which, by what variables are set to.
pub struct Copies<'a> {
    /// The variables that a name is copied to.
    to: BTreeMap<&'a str, Vec<&'a str>>,
    /// Variables that hold what comes from outside, and what that is.
    outside: Vec<(&'a str, String)>,
}

impl<'a> Copies<'a> {
    /// Of all the values given to variables.
    #[must_use]
    pub fn of(values: impl Iterator<Item = (&'a str, &'a Expr)>) -> Copies<'a> {
        let mut copies = Copies { to: BTreeMap::new(), outside: Vec::new() };
        for (name, value) in values {
            mentions(value, |mentioned| match mentioned {
                Mentioned::Name(of) => copies.to.entry(of).or_default().push(name),
                Mentioned::Outside(what) => copies.outside.push((name, what)),
            });
        }
        copies
    }

    /// Adds the variables that untrusted ones are copied to, by way of others too.
    pub fn spread(&self, heard: &mut BTreeMap<&'a str, String>) {
        for (name, of) in &self.outside {
            heard.entry(name).or_insert_with(|| made_of(name, of));
        }
        let mut open: Vec<&str> = heard.keys().copied().collect();
        while let Some(of) = open.pop() {
            for name in self.to.get(of).into_iter().flatten() {
                if !heard.contains_key(name) {
                    heard.insert(name, made_of(name, of));
                    open.push(name);
                }
            }
        }
    }

    /// The parameters that each variable is made of, by way of others too.
    #[must_use]
    pub fn of_params(&self, params: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, BTreeSet<String>> {
        let mut made: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for param in params {
            let mut open = vec![param];
            while let Some(of) = open.pop() {
                for name in self.to.get(of).into_iter().flatten() {
                    if made.entry(name).or_default().insert(param.to_owned()) {
                        open.push(name);
                    }
                }
            }
        }
        made
    }
}

fn made_of(name: &str, of: &str) -> String {
    format!("`{name}` is made of `{of}`, which is not trusted")
}

/// What a value is made of.
enum Mentioned<'a> {
    /// A name.
    Name(&'a str),
    /// Something that somebody outside chooses.
    Outside(String),
}

/// Everything that a value is made of.
fn mentions<'a>(value: &'a Expr, mut found: impl FnMut(Mentioned<'a>)) {
    let mut open = vec![value];
    while let Some(next) = open.pop() {
        match &next.kind {
            ExprKind::Name(name) => found(Mentioned::Name(name)),
            ExprKind::Field(record, name) => match &record.kind {
                ExprKind::Name(root) if root == "call" && matches!(name.value.as_str(), "from" | "headers") => {
                    found(Mentioned::Outside(format!("call.{}", name.value)));
                }
                ExprKind::Name(root) if root == "signals" => {
                    found(Mentioned::Outside(format!("signals.{}", name.value)));
                }
                _ => open.push(record),
            },
            ExprKind::OptionalField(inner, _) | ExprKind::Unary(_, inner) => open.push(inner),
            ExprKind::Method(of, _, more) => {
                open.push(of);
                open.extend(more);
            }
            ExprKind::Call(_, more) | ExprKind::List(more) => open.extend(more),
            ExprKind::Binary(_, a, b) => open.extend([a.as_ref(), b.as_ref()]),
            // What is asked decides which of two values is taken; it is not itself taken.
            ExprKind::Conditional(_, a, b) => open.extend([a.as_ref(), b.as_ref()]),
            ExprKind::Bool(_)
            | ExprKind::Broken
            | ExprKind::Decimal(_)
            | ExprKind::Duration(_)
            | ExprKind::Int(_)
            | ExprKind::Text(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::language::check::exprs::Typed;
    use crate::language::check::trust::{Copies, Mark, Place, Taint, refused};
    use crate::language::diagnostic::Code;
    use crate::language::flow::expr::Expr;
    use crate::language::flow::types::Type;
    use crate::language::flow::value::Value;
    use crate::language::source::{FileId, Span};
    use crate::language::syntax::expr;
    use crate::language::syntax::place;
    use std::collections::BTreeMap;

    const PLACES: [Place; 15] = [
        Place::Argument { secret: false },
        Place::Argument { secret: true },
        Place::CallerId,
        Place::Condition,
        Place::Header,
        Place::Keys,
        Place::Once,
        Place::Platform,
        Place::Prompt,
        Place::Signal,
        Place::Ssml,
        Place::Target,
        Place::Url,
        Place::Variable { secret: false },
        Place::Variable { secret: true },
    ];

    fn places(taint: &Taint) -> Vec<(Place, Code)> {
        let expr = Expr::Const(Value::Bool(true));
        let typed = Typed { expr, ty: Type::Bool, taint: taint.clone() };
        let refusal = |place| Some((place, refused(&typed, Span::default(), place)?.code));
        PLACES.into_iter().filter_map(refusal).collect()
    }

    #[test]
    fn secrets_go_to_secret_parameters_only() {
        let mark = Mark::certain(String::new(), Span::default());
        let taint = Taint { secret: Some(mark.clone()), ..Taint::NONE };
        let free = [Place::Argument { secret: true }, Place::Condition, Place::Variable { secret: true }];
        let refusals = places(&taint);
        assert_eq!(refusals.len(), PLACES.len() - free.len());
        assert!(refusals.iter().all(|(place, code)| !free.contains(place) && *code == Code::F0410));
        let taint = Taint { untrusted: Some(mark), ..Taint::NONE };
        let refusals = places(&taint);
        assert_eq!(refusals, [Place::Header, Place::Once, Place::Target, Place::Url].map(|place| (place, Code::F0409)));
        assert!(places(&Taint::NONE).is_empty());
    }

    #[test]
    fn copies_of_the_untrusted_are_untrusted() {
        let read = |text: &str| expr::parse(text, &place::Place::exact(FileId(0), 0, text.len())).0;
        let (a, b, c) = (read("x.trim()"), read("has(q) ? \"1\" : y"), read("x == \"1\" ? \"2\" : \"3\""));
        let (d, e) = (read("call.from"), read("call.headers.get(\"X-Case\").orValue(\"\")"));
        let f = read("signals.free?.desk.orValue(\"\")");
        let mut heard = BTreeMap::from([("x", String::new())]);
        let copies = Copies::of([("z", &b), ("y", &a), ("w", &c), ("v", &d), ("t", &e), ("u", &f)].into_iter());
        copies.spread(&mut heard);
        assert_eq!(heard.keys().copied().collect::<Vec<_>>(), ["t", "u", "v", "x", "y", "z"]);
        let made = copies.of_params(["x", "q"].into_iter());
        assert_eq!(made.keys().copied().collect::<Vec<_>>(), ["y", "z"]);
    }
}
