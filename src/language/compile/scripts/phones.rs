//! Who is described in a scenario: phones that can be called, each once, and a caller whose headers a call can carry.

use crate::language::compile::scripts::{begins, misfits, running};
use crate::language::compile::{CompiledFlow, values};
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::expr::{Expr, Slot};
use crate::language::flow::state::Kind;
use crate::language::flow::types::Type;
use crate::language::flow::value::{Value, Values, is_endpoint};
use crate::language::graph::{CallKind, Program};
use crate::language::source::{Span, Word};
use crate::language::syntax::ast::{Act, Script, Step};
use crate::platform::headers::{self, Kind as HeaderKind};
use crate::platform::identifier::Identifier;
use std::collections::BTreeMap;

/// Before the name of a setting.
const SETTINGS: &str = "settings.";
/// Before the name of a parameter.
const PARAMS: &str = "params.";
/// A caller whose number is not told.
const ANONYMOUS: [&str; 2] = ["anonymous", "4:anonymous"];

/// Everything wrong with those whom a scenario describes.
pub(super) fn check(script: &Script, flow: &CompiledFlow, program: &Program) -> Vec<Diagnostic> {
    let given = script.params.iter().map(|(name, value)| (name.value.clone(), value.clone())).collect();
    let params = values::params(program, &given, None, None).ok();
    let phones = Phones { script, flow, program, params };
    let mut found = phones.check();
    found.extend(numbers(script));
    found.extend(caller(script, flow, program));
    found
}

struct Phones<'a> {
    script: &'a Script,
    flow: &'a CompiledFlow,
    program: &'a Program,
    /// The call's parameters, where they fit.
    params: Option<Values>,
}

impl Phones<'_> {
    fn check(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let mut described: BTreeMap<String, Span> = BTreeMap::new();
        for phone in &self.script.phones {
            match self.who(&phone.who) {
                Ok(who) => {
                    if let Some(first) = described.get(&who) {
                        let finding = Diagnostic::new(
                            Code::F0702,
                            "a phone is described twice",
                            phone.who.span,
                            "the second time",
                        );
                        found.push(finding.and(*first, "the first time"));
                    } else if let Some(step) = self.begun(&who) {
                        let message = "how this phone is answered is said twice";
                        let finding = Diagnostic::new(Code::F0702, message, phone.who.span, "the party's phone");
                        found.push(finding.and(step, "here too").help("leave one of them out"));
                    }
                    described.entry(who).or_insert(phone.who.span);
                }
                Err(finding) => found.push(*finding),
            }
            found.extend(gone(&phone.steps));
        }
        found
    }

    /// Whom a phone is of: a raw id, or the name of a setting.
    fn who(&self, who: &Word) -> Result<String, Box<Diagnostic>> {
        if let Some(name) = who.value.strip_prefix(SETTINGS) {
            return self.setting(who, name);
        }
        if let Some(name) = who.value.strip_prefix(PARAMS) {
            return self.param(who, name);
        }
        if is_endpoint(&who.value) {
            return Ok(Identifier::parse(&who.value).raw_id());
        }
        let message = format!("`{}` cannot be called", who.value);
        let finding = Diagnostic::new(Code::F0702, message, who.span, "neither a phone number nor a raw id");
        let help = "write `+`, the country code and the number in quotes, such as \"+441632960111\"; or a setting or a \
                    parameter that holds one, such as `settings.sales`";
        Err(Box::new(finding.help(help).did_you_mean(&who.value, self.names().iter().map(String::as_str))))
    }

    fn setting(&self, who: &Word, name: &str) -> Result<String, Box<Diagnostic>> {
        let ty = running(self.program).find_map(|program| program.settings.get(name));
        let declared = self.flow.settings.get(name);
        match ty {
            Some(ty) if !is_somebody(ty) => Err(Box::new(self.nobody(who, ty, declared.copied()))),
            None if declared.is_none() => Err(Box::new(self.unknown(who, "setting"))),
            Some(_) | None => Ok(who.value.clone()),
        }
    }

    fn param(&self, who: &Word, name: &str) -> Result<String, Box<Diagnostic>> {
        let Some(param) = self.program.params.get(name) else { return Err(Box::new(self.unknown(who, "parameter"))) };
        if !is_somebody(&param.ty) {
            return Err(Box::new(self.nobody(who, &param.ty, None)));
        }
        // A parameter that does not fit has its own finding.
        match self.params.as_ref().and_then(|params| params.get(name)) {
            Some(Value::Phone(text)) => Ok(Identifier::parse(text).raw_id()),
            Some(Value::Absent) => {
                let message = format!("`{}` is nobody in this scenario", who.value);
                let finding = Diagnostic::new(Code::F0702, message, who.span, "it has no value");
                Err(Box::new(finding.help(format!("give `{name}` under `params`"))))
            }
            Some(_) | None => Ok(who.value.clone()),
        }
    }

    fn nobody(&self, who: &Word, ty: &Type, declared: Option<Span>) -> Diagnostic {
        let message = format!("`{}` is nobody who can be called", who.value);
        let label = format!("it is a `{ty}`");
        let finding = match declared {
            Some(span) => Diagnostic::new(Code::F0702, message, who.span, label).and(span, "declared here"),
            None => misfits(self.flow, message, who.span, label, "the flow"),
        };
        finding.help("a phone is a number, or a setting or parameter of type `phone`, `acs_user` or `endpoint`")
    }

    fn unknown(&self, who: &Word, what: &str) -> Diagnostic {
        let message = format!("unknown {what} `{}`", who.value);
        let label = format!("the flow has no {what} of this name");
        let finding = misfits(self.flow, message, who.span, label, "the flow");
        finding.did_you_mean(&who.value, self.names().iter().map(String::as_str))
    }

    /// Settings and parameters that can be called.
    fn names(&self) -> Vec<String> {
        let settings = running(self.program).flat_map(|program| &program.settings);
        let settings = settings.filter(|(_, ty)| is_somebody(ty)).map(|(name, _)| format!("{SETTINGS}{name}"));
        let params = self.program.params.iter().filter(|(_, param)| is_somebody(&param.ty));
        settings.chain(params.map(|(name, _)| format!("{PARAMS}{name}"))).collect()
    }

    /// The first step, where it says of this phone how it is answered: the flow dials one parameter, and this is its value.
    fn begun(&self, who: &str) -> Option<Span> {
        let step = self.script.steps.first().filter(|step| begins(&step.act))?;
        let mut dialled = running(self.program).flat_map(Program::states).filter_map(|(_, state)| match &state.kind {
            Kind::Dial { to, .. } => Some(to),
            _ => None,
        });
        let (to, None) = (dialled.next()?, dialled.next()) else { return None };
        let [Expr::Read(Slot::Param(name))] = to.as_slice() else { return None };
        match self.params.as_ref()?.get(name)? {
            Value::Phone(text) => (Identifier::parse(text).raw_id() == who).then_some(step.span),
            _ => None,
        }
    }
}

/// Whether values of a type can be called.
fn is_somebody(ty: &Type) -> bool {
    matches!(ty.bare(), Type::AcsUser | Type::Endpoint | Type::Phone)
}

/// A step of somebody who has hung up.
pub(super) fn gone(steps: &[Step]) -> Option<Diagnostic> {
    let left = steps.iter().position(|step| step.act == Act::HangUp)?;
    let more = steps.get(left + 1)?;
    let finding = Diagnostic::new(Code::F0702, "this is never reached", more.span, "they have left by now");
    Some(finding.and(steps[left].span, "with this step").help("`hang up` is the last step"))
}

/// Numbers of `call from` that are none.
fn numbers(script: &Script) -> Vec<Diagnostic> {
    let calls = script.steps.iter().filter_map(|step| match &step.act {
        Act::CallFrom { from, to } => Some([Some((from, true)), to.as_ref().map(|to| (to, false))]),
        _ => None,
    });
    calls.flatten().flatten().filter_map(|(number, caller)| no_number(number, caller)).collect()
}

/// A number that is none, of a caller or of somebody who is called.
pub(super) fn no_number(number: &Word, caller: bool) -> Option<Diagnostic> {
    let fits = is_endpoint(&number.value) || caller && ANONYMOUS.contains(&number.value.as_str());
    (!fits).then(|| {
        let message = format!("`{}` is neither a phone number nor a raw id", number.value);
        let label = if caller { "nobody calls from here" } else { "nobody can call this" };
        let finding = Diagnostic::new(Code::F0702, message, number.span, label);
        finding.help("write `+`, the country code and the number, such as `+441632960100`")
    })
}

/// What comes along with a call that comes in.
fn caller(script: &Script, flow: &CompiledFlow, program: &Program) -> Vec<Diagnostic> {
    let caller = &script.caller;
    let first = caller.name.as_ref().or(caller.headers.first().map(|(name, _)| name));
    if let Some(first) = first.filter(|_| program.call == CallKind::Outbound) {
        let message = "nobody calls an outbound flow".to_owned();
        let finding = misfits(flow, message, first.span, "no call brings this along", "the flow dials");
        return vec![finding.help("leave `caller` out")];
    }
    let from = script.steps.iter().find_map(|step| match &step.act {
        Act::CallFrom { from, .. } => Some(HeaderKind::of(&from.value)),
        _ => None,
    });
    let mut found = Vec::new();
    let mut seen: BTreeMap<String, Span> = BTreeMap::new();
    for (name, _) in &caller.headers {
        let most = headers::longest_name(&name.value, from);
        if !headers::is_name(&name.value) || name.value.len() > most {
            let message = format!("`{}` cannot name a header", name.value);
            let finding = Diagnostic::new(Code::F0702, message, name.span, "no call carries it");
            found.push(finding.help(format!("letters, digits and `. ! % * _ + ~ -`, at most {most}")));
        } else if let Some(first) = seen.insert(headers::known_as(&name.value), name.span) {
            let message = format!("header `{}` stands twice", name.value);
            let finding = Diagnostic::new(Code::F0702, message, name.span, "the second time");
            found.push(finding.and(first, "the same header to a flow"));
        }
    }
    found
}
