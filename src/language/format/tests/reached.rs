//! Which constructs of the language random flows have held, and which they never made.

use std::collections::BTreeSet;

use crate::language::flow::expr::{Each, Function};
use crate::language::syntax::ast::{
    Condition, Declaration, Destination, Flow, PolicyKind, Prompt, PromptPart, Reprompt, Route, State, Target, Trigger,
    TypeExpr, TypeKind, Value,
};
use crate::language::syntax::expr::{Binary, Expr, ExprKind, Unary};
use crate::language::syntax::fields::{KINDS, Shape};
use crate::language::syntax::template::{Piece, Template};

/// Forms that have no table of their own. Each is told by a match below, which a new one makes incomplete.
const FORMS: &[&str] = &[
    "condition hold",
    "condition hold with music",
    "condition recording",
    "condition streaming",
    "condition transcription",
    "default of a declaration",
    "defaults retry",
    "defaults route",
    "rule",
    "rule of a group",
    "group else",
    "allow",
    "allow with reasons",
    "need",
    "signal",
    "signal with a type",
    "return",
    "return with a result",
    "limit",
    "choice key",
    "choice phrase",
    "choice without a target",
    "else",
    "if",
    "save",
    "args",
    "policy every call",
    "policy menus",
    "policy never",
    "policy nobody",
    "policy reach",
    "policy reach when",
    "policy silence",
    "policy silent",
    "prompt arguments",
    "prompt file",
    "prompt list",
    "prompt named",
    "prompt ssml",
    "prompt text",
    "prompt text expression",
    "template key",
    "template text",
    "template value",
    "template value with a form",
    "trigger after",
    "trigger key",
    "trigger key by",
    "trigger left",
    "trigger outcome",
    "trigger signal",
    "trigger success",
    "several triggers",
    "type digits",
    "type enum",
    "type list",
    "type named",
    "type optional",
    "type record",
    "type secret",
    "value flag",
    "value headers",
    "value list",
    "value literal",
    "value request",
    "value expression",
    "retry for each reason",
    "retry for one reason",
    "retry for both reasons",
    "reprompt for each reason",
    "reprompt for one reason",
    "reprompt for both reasons",
    "bool",
    "conditional",
    "decimal",
    "duration",
    "field",
    "int",
    "items",
    "name",
    "optional field",
    "quoted",
    "unary !",
    "unary -",
    "call date",
    "call has",
    "call local_time",
    "call money",
    "call size",
    "call spoken",
    "call time",
];

/// All that flows can hold.
fn wanted() -> BTreeSet<String> {
    let mut wanted: BTreeSet<String> = FORMS.iter().map(|form| (*form).to_owned()).collect();
    for row in KINDS {
        wanted.insert(row.name.to_owned());
        wanted.extend(row.options.iter().map(|option| format!("{} {}", row.name, option.name)));
        wanted.extend(row.operand.filter(|operand| !operand.required).map(|_| format!("{} alone", row.name)));
        wanted.extend(row.saves.then(|| format!("{} saves", row.name)));
    }
    wanted.extend(Function::ALL.map(|function| format!("method {}", function.word())));
    wanted.extend(Each::ALL.map(|each| format!("method {}", each.word())));
    use Binary::{Add, And, Div, Eq, Ge, Gt, In, Le, Lt, Mul, Ne, Or, Sub};
    let signs = [Add, And, Div, Eq, Ge, Gt, In, Le, Lt, Mul, Ne, Or, Sub];
    wanted.extend(signs.map(|sign| format!("binary {}", sign.symbol())));
    wanted
}

/// What was made so far.
#[derive(Default)]
pub(crate) struct Reached {
    seen: BTreeSet<String>,
}

impl Reached {
    /// What was never made.
    pub(crate) fn missing(&self) -> Vec<String> {
        wanted().difference(&self.seen).cloned().collect()
    }

    fn see(&mut self, what: impl Into<String>) {
        self.seen.insert(what.into());
    }

    fn see_if(&mut self, is: bool, what: &str) {
        if is {
            self.see(what);
        }
    }

    /// Takes note of a flow.
    pub(crate) fn flow(&mut self, flow: &Flow) {
        for one in flow.settings.iter().chain(&flow.params).chain(&flow.vars) {
            self.declaration(one);
        }
        flow.locale.iter().for_each(|value| self.value(value));
        for retry in flow.defaults.retry.iter() {
            self.see("defaults retry");
            self.value(retry);
        }
        self.see_if(!flow.defaults.routes.is_empty(), "defaults route");
        self.see_if(!flow.always.is_empty(), "rule");
        self.see_if(!flow.needs.is_empty(), "need");
        self.routes(&flow.always);
        self.routes(&flow.defaults.routes);
        for signal in &flow.signals {
            self.see(if signal.ty.is_some() { "signal with a type" } else { "signal" });
            signal.ty.iter().for_each(|ty| self.ty(ty));
        }
        flow.allows.iter().for_each(|one| self.see(if one.values.is_empty() { "allow" } else { "allow with reasons" }));
        flow.policies.iter().for_each(|policy| self.see(self::policy(&policy.kind)));
        for group in &flow.groups {
            group.conditions.iter().for_each(|condition| self.condition(condition));
            self.see_if(group.otherwise.is_some(), "group else");
            self.see_if(!group.routes.is_empty(), "rule of a group");
            self.routes(&group.routes);
        }
        flow.states.iter().for_each(|state| self.state(state));
    }

    fn state(&mut self, state: &State) {
        let kind = &state.kind.value;
        self.see(kind.as_str());
        let has_operand =
            KINDS.iter().any(|row| row.name == kind && row.operand.is_some_and(|o| o.shape != Shape::Flag));
        self.see_if(has_operand && state.operand.is_none(), &format!("{kind} alone"));
        state.operand.iter().for_each(|value| self.value(value));
        for option in &state.options {
            self.see(format!("{kind} {}", option.name.value));
            self.value(&option.value);
        }
        if state.save.is_some() {
            self.see("save");
            self.see(format!("{kind} saves"));
        }
        self.arguments("args", &state.args);
        for choice in &state.choices {
            self.see_if(choice.key.is_some(), "choice key");
            self.see_if(!choice.phrases.is_empty(), "choice phrase");
            self.see_if(choice.target.is_none(), "choice without a target");
            choice.target.iter().for_each(|target| self.target(target));
        }
        for branch in &state.branches {
            self.see(if branch.condition.is_some() { "if" } else { "else" });
            branch.condition.iter().for_each(|condition| self.expr(condition));
            self.target(&branch.target);
        }
        self.routes(&state.routes);
    }

    fn routes(&mut self, routes: &[Route]) {
        for route in routes {
            self.see_if(route.triggers.len() > 1, "several triggers");
            for trigger in &route.triggers {
                self.see(match trigger {
                    Trigger::Success(_) => "trigger success",
                    Trigger::Outcome(_) => "trigger outcome",
                    Trigger::Left(_) => "trigger left",
                    Trigger::After(_) => "trigger after",
                    Trigger::Key { by: None, .. } => "trigger key",
                    Trigger::Key { by: Some(_), .. } => "trigger key by",
                    Trigger::Signal(_) => "trigger signal",
                });
            }
            self.target(&route.target);
        }
    }

    fn target(&mut self, target: &Target) {
        if let Destination::Return { result, .. } = &target.to {
            self.see(if result.is_some() { "return with a result" } else { "return" });
        }
        self.see_if(target.limit.is_some(), "limit");
    }

    fn condition(&mut self, condition: &Condition) {
        match condition {
            Condition::Recording(_) => self.see("condition recording"),
            Condition::Streaming(_) => self.see("condition streaming"),
            Condition::Transcription(_) => self.see("condition transcription"),
            Condition::Hold { music, .. } => {
                self.see(if music.is_some() { "condition hold with music" } else { "condition hold" });
            }
        }
    }

    fn declaration(&mut self, one: &Declaration) {
        self.ty(&one.ty);
        for default in one.default.iter() {
            self.see("default of a declaration");
            self.expr(default);
        }
    }

    fn ty(&mut self, ty: &TypeExpr) {
        let (word, inner): (&str, Vec<&TypeExpr>) = match &ty.kind {
            TypeKind::Named(_) => ("type named", Vec::new()),
            TypeKind::Digits { .. } => ("type digits", Vec::new()),
            TypeKind::Enum(_) => ("type enum", Vec::new()),
            TypeKind::Record(fields) => ("type record", fields.iter().map(|(_, ty)| ty).collect()),
            TypeKind::Optional(inner) => ("type optional", vec![&**inner]),
            TypeKind::List(inner) => ("type list", vec![&**inner]),
            TypeKind::Secret(inner) => ("type secret", vec![&**inner]),
        };
        self.see(word);
        inner.into_iter().for_each(|ty| self.ty(ty));
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Flag(_) => self.see("value flag"),
            Value::Literal(_) => self.see("value literal"),
            Value::Request { .. } => self.see("value request"),
            Value::Expr(expr) => {
                self.see("value expression");
                self.expr(expr);
            }
            Value::List(items, _) => {
                self.see("value list");
                items.iter().for_each(|item| self.value(item));
            }
            Value::Headers(headers, _) => self.arguments("value headers", headers),
            Value::Prompt(prompt) => self.prompt(prompt),
            Value::Retry(retry) => {
                let counts = (&retry.no_input, &retry.no_match);
                self.see(format!(
                    "retry for {}",
                    reasons(counts.0.is_none() || counts.1.is_none(), counts.0 == counts.1)
                ));
            }
            Value::Reprompt(Reprompt { no_input, no_match }) => {
                let which = reasons(no_input.is_empty() || no_match.is_empty(), no_input == no_match);
                self.see(format!("reprompt for {which}"));
                no_input.iter().chain(no_match).for_each(|prompt| self.prompt(prompt));
            }
        }
    }

    fn prompt(&mut self, prompt: &Prompt) {
        self.see_if(prompt.parts.len() > 1, "prompt list");
        for part in &prompt.parts {
            match part {
                PromptPart::Named { args, .. } => {
                    self.see("prompt named");
                    self.arguments("prompt arguments", args);
                }
                PromptPart::Text(template) => self.template("prompt text", template),
                PromptPart::Ssml(template) => self.template("prompt ssml", template),
                PromptPart::File(_) => self.see("prompt file"),
                PromptPart::TextExpr(expr) => {
                    self.see("prompt text expression");
                    self.expr(expr);
                }
            }
        }
    }

    fn template(&mut self, what: &str, template: &Template) {
        self.see(what);
        for piece in &template.pieces {
            self.see(match piece {
                Piece::Text(_) => "template text",
                Piece::Key { .. } => "template key",
                Piece::Value { form: None, .. } => "template value",
                Piece::Value { form: Some(_), .. } => "template value with a form",
            });
        }
    }

    fn arguments<N>(&mut self, what: &str, args: &[(N, Expr)]) {
        self.see_if(!args.is_empty(), what);
        args.iter().for_each(|(_, value)| self.expr(value));
    }

    fn expr(&mut self, expr: &Expr) {
        let (what, inner): (String, Vec<&Expr>) = match &expr.kind {
            ExprKind::Bool(_) => ("bool".into(), Vec::new()),
            ExprKind::Int(_) => ("int".into(), Vec::new()),
            ExprKind::Decimal(_) => ("decimal".into(), Vec::new()),
            ExprKind::Text(_) => ("quoted".into(), Vec::new()),
            ExprKind::Duration(_) => ("duration".into(), Vec::new()),
            ExprKind::Name(_) => ("name".into(), Vec::new()),
            ExprKind::Field(of, _) => ("field".into(), vec![of]),
            ExprKind::OptionalField(of, _) => ("optional field".into(), vec![of]),
            ExprKind::Call(name, args) => (format!("call {}", name.value), args.iter().collect()),
            ExprKind::Method(of, name, args) => {
                (format!("method {}", name.value), std::iter::once(&**of).chain(args).collect())
            }
            ExprKind::Unary(Unary::Not, of) => ("unary !".into(), vec![of]),
            ExprKind::Unary(Unary::Neg, of) => ("unary -".into(), vec![of]),
            ExprKind::Binary(sign, left, right) => (format!("binary {}", sign.symbol()), vec![left, right]),
            ExprKind::Conditional(a, b, c) => ("conditional".into(), vec![a, b, c]),
            ExprKind::List(items) => ("items".into(), items.iter().collect()),
            ExprKind::Broken => ("broken".into(), Vec::new()),
        };
        self.see(what);
        inner.into_iter().for_each(|expr| self.expr(expr));
    }
}

fn reasons(one: bool, both: bool) -> &'static str {
    match (one, both) {
        (true, _) => "one reason",
        (false, true) => "both reasons",
        (false, false) => "each reason",
    }
}

fn policy(kind: &PolicyKind) -> &'static str {
    match kind {
        PolicyKind::Never { .. } => "policy never",
        PolicyKind::NobodyLeftBehind => "policy nobody",
        PolicyKind::ReachHuman { when: None, .. } => "policy reach",
        PolicyKind::ReachHuman { when: Some(_), .. } => "policy reach when",
        PolicyKind::SilentPartyEnds { .. } => "policy silent",
        PolicyKind::EveryCallEnds { .. } => "policy every call",
        PolicyKind::Silence { .. } => "policy silence",
        PolicyKind::Menus { .. } => "policy menus",
    }
}

#[test]
fn what_was_not_made_is_named() {
    let nothing = Reached::default().missing();
    for one in
        ["play", "play hear", "hangup alone", "invoke saves", "trigger left", "method map", "binary in", "type enum"]
    {
        assert!(nothing.iter().any(|missing| missing == one), "{one}");
    }
}
