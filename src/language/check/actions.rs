//! States that other flows, services, participants, calendars and signals take part in.

use crate::language::check::doubt::Passed;
use crate::language::check::exprs::Exprs;
use crate::language::check::given::{self, Argument, Wanted};
use crate::language::check::headers;
use crate::language::check::listening;
use crate::language::check::literals;
use crate::language::check::names::{Declared, Signature};
use crate::language::check::people;
use crate::language::check::presence::{Presence, Presences};
use crate::language::check::prompts::Keys;
use crate::language::check::request;
use crate::language::check::states::{self, BETWEEN_KEYS, END_SILENCE, RING, States, option};
use crate::language::check::trust::{self, Place};
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::call::CallKind;
use crate::language::flow::expr::Expr;
use crate::language::flow::service::{Operation, TIMEOUT_MS};
use crate::language::flow::state::{INPUTS, Input, Kind, LOCATORS, Locator, Query, REASONS, Reason};
use crate::language::flow::types::Type;
use crate::language::source::{Spanned, Word};
use crate::language::syntax::ast;
use crate::language::syntax::expr as written;
use crate::platform::limits;

/// Longest wait of one state: a call may live no longer.
const WAIT: literals::Bounds = literals::Bounds::of_seconds(1..=limits::LONGEST_WAIT_SECONDS);
/// How long a message may be.
const MESSAGE: literals::Bounds = literals::Bounds::of_seconds(1..=limits::LONGEST_MESSAGE_SECONDS);
/// How long a service may take, as its operations may say too.
const ASKED: literals::Bounds = literals::Bounds { ms: TIMEOUT_MS, whole: false };

impl<'a> States<'a> {
    pub(super) fn add(&mut self, written: &'a ast::State, exprs: &mut Exprs) -> Option<Kind> {
        let name = self.participant(written, exprs);
        let target = states::endpoint(option(written, "target")?, Place::Target, exprs);
        let from = self.caller_id(written, exprs);
        let ring_for = states::duration(option(written, "ring_for"), limits::DEFAULT_RING_MS, &RING, exprs);
        let headers = headers::headers(written, option(written, "target"), exprs);
        let (target, from) = (target?, from?);
        if from.is_none() && states::is_number(&target) {
            // A number needs a caller id; other endpoints do not, and an expression may be either.
            if let Expr::Const(_) = target {
                return exprs.refuse(
                    Diagnostic::new(Code::F0110, "a phone is rung without a caller id", written.kind.span, "no `from`")
                        .help("say which of your numbers calls: `from settings.our_number`"),
                );
            }
        }
        Some(Kind::Add { name: name?, target, from, ring_for: ring_for?, headers: headers? })
    }

    /// A caller id, if one is written.
    pub(super) fn caller_id(&mut self, written: &ast::State, exprs: &mut Exprs) -> Option<Option<Expr>> {
        match option(written, "from") {
            Some(value) => states::endpoint(value, Place::CallerId, exprs).map(Some),
            None => Some(None),
        }
    }

    /// The participant that is the operand.
    pub(super) fn participant(&self, written: &ast::State, exprs: &mut Exprs) -> Option<String> {
        let Some(ast::Value::Literal(word)) = &written.operand else { return None };
        self.person(word, exprs)
    }

    fn person(&self, word: &Word, exprs: &mut Exprs) -> Option<String> {
        match people::known(word, self.declared) {
            Ok(name) => Some(name),
            Err(finding) => {
                exprs.findings.extend(finding);
                None
            }
        }
    }

    /// Who hears and is heard; the party when nothing is said.
    pub(super) fn hear(&self, written: &ast::State, exprs: &mut Exprs) -> Option<Option<String>> {
        let Some(ast::Value::Literal(word)) = option(written, "hear") else { return Some(None) };
        match people::listener(word, self.declared) {
            Ok(name) => Some(name),
            Err(finding) => {
                exprs.findings.extend(finding);
                None
            }
        }
    }

    pub(super) fn collect(&mut self, written: &'a ast::State, exprs: &mut Exprs) -> Option<Kind> {
        let Some(ast::Value::Literal(word)) = &written.operand else { return None };
        let question = self.question(written, &mut Keys::None, self.retry, exprs);
        let ty = self.variable(word, exprs);
        let input = match option(written, "by") {
            Some(ast::Value::Literal(by)) => given::listed(by, &INPUTS, "an input", exprs).map(Some),
            _ => Some(None),
        };
        let by_keys =
            matches!(ty.as_ref().map(Type::bare), Some(Type::Digits { .. })) && input != Some(Some(Input::Speech));
        let stop = if by_keys { listening::end_of_digits(written, exprs) } else { listening::end(written, exprs) };
        let value = option(written, "between_keys");
        let between_keys = states::duration(value, limits::DEFAULT_BETWEEN_KEYS_MS, &BETWEEN_KEYS, exprs);
        let end_silence = given::maybe_duration(option(written, "end_silence"), &END_SILENCE, exprs);
        let (ty, input) = (ty?, input?);
        let input = match (ty.bare(), input) {
            (Type::Digits { .. }, input) => input.unwrap_or(Input::Dtmf),
            (Type::Text, None | Some(Input::Speech)) => Input::Speech,
            (Type::Text, Some(_)) => {
                let message = format!("`{}` holds `text`, of which nobody knows how many keys it has", word.value);
                return exprs.refuse(
                    Diagnostic::new(Code::F0406, message, word.span, "keys are collected into `digits(n..m)`")
                        .help(format!("declare it: `var {}: digits(1..12)?`", word.value)),
                );
            }
            (other, _) => {
                let message = format!("`{}` holds `{other}`, which nobody types or says", word.value);
                return exprs.refuse(
                    Diagnostic::new(Code::F0406, message, word.span, "this cannot be collected")
                        .help("collect `digits(n..m)` by keys, or `text` by speech"),
                );
            }
        };
        listening::fits(written, input, exprs);
        if input != Input::Dtmf {
            self.used.speech_at(written.kind.span);
        }
        let question = question?;
        self.spoken_again(written, &question);
        Some(Kind::Collect {
            save: word.value.clone(),
            input,
            question,
            stop: stop?,
            between_keys: between_keys?,
            end_silence: end_silence?,
        })
    }

    pub(super) fn connect(&mut self, written: &ast::State, exprs: &mut Exprs) -> Option<Kind> {
        let to = given::expression(written.operand.as_ref()?, &Type::Text, Place::Platform, exprs);
        let by = match option(written, "by") {
            Some(ast::Value::Literal(by)) => given::listed(by, &LOCATORS, "an id of a call", exprs)?,
            _ => Locator::ServerCall,
        };
        Some(Kind::Connect { to: to?, by })
    }

    pub(super) fn hours(&mut self, written: &ast::State, exprs: &mut Exprs) -> Option<Kind> {
        let Some(ast::Value::Literal(word)) = &written.operand else { return None };
        let (calendar, hours) = self.declared.hours(word).map_err(|finding| exprs.findings.extend(finding)).ok()?;
        Some(Kind::Hours { calendar, hours })
    }

    pub(super) fn invoke(&mut self, written: &'a ast::State, exprs: &mut Exprs) -> Option<Kind> {
        let meanwhile = self.maybe_prompt(option(written, "meanwhile"), exprs);
        let once = match option(written, "once") {
            Some(value) => given::expression(value, &Type::Text, Place::Once, exprs).map(Some),
            None => Some(None),
        };
        let timeout = given::maybe_duration(option(written, "timeout"), &ASKED, exprs);
        let word = match written.operand.as_ref()? {
            ast::Value::Literal(word) => word,
            ast::Value::Request { method, url } => {
                let service = request::name(method, url, written, exprs)?;
                return Some(request::invoke(service, meanwhile?, once?, timeout?));
            }
            _ => return None,
        };
        let operation = self.operation(word, exprs)?;
        let wanted: Vec<Wanted> = operation
            .args
            .iter()
            .map(|arg| Wanted {
                name: arg.name.clone(),
                ty: Some(arg.ty.clone()),
                required: !arg.ty.is_optional(),
                secret: arg.secret,
            })
            .collect();
        let args = given::arguments(&written.args, &wanted, word, exprs).map(given::exprs);
        let save = match (&written.save, &operation.ok) {
            (None, _) => Some(None),
            (Some(save), None) => {
                let message = format!("`{}` has no result to save", word.value);
                exprs.refuse(Diagnostic::new(Code::F0101, message, save.span, "nothing comes back"))
            }
            (Some(save), Some(ty)) => self.saved_as(save, Some(ty), exprs).map(Some),
        };
        let (service, operation) = word.value.split_once('.')?;
        Some(Kind::Invoke {
            service: service.to_owned(),
            operation: operation.to_owned(),
            args: args?,
            save: save?,
            meanwhile: meanwhile?,
            once: once?,
            timeout: timeout?,
        })
    }

    fn operation(&self, word: &Word, exprs: &mut Exprs) -> Option<&'a Operation> {
        let declared: &'a Declared<'a> = self.declared;
        let Some((service, name)) = word.value.split_once('.') else {
            let message = format!("`{}` does not name a service and its operation", word.value);
            return exprs.refuse(
                Diagnostic::new(Code::F0116, message, word.span, "no dot here").help("write it like `crm.find`"),
            );
        };
        if declared.refused.contains(service) || declared.unread.may_hold(service) {
            return None;
        }
        let Some(known) = declared.services.get(service) else {
            let near = declared.near(service, declared.services.keys().copied());
            let message = format!("unknown service `{service}`");
            return exprs.refuse(
                Diagnostic::new(Code::F0116, message, word.span, "the flow uses no service of this name")
                    .help(format!("name it: `use {service}`"))
                    .meant_in(&word.value, 0..service.len(), near),
            );
        };
        match known.operations.get(name) {
            // One in error has been said where it stands.
            Some(entry) => return entry.value.as_ref(),
            None if known.incomplete => return None,
            None => {}
        }
        let near = declared.near(name, known.operations.keys().map(String::as_str));
        let all: Vec<&str> = known.operations.keys().map(String::as_str).collect();
        let message = format!("service `{service}` has no operation `{name}`");
        exprs.refuse(
            Diagnostic::new(Code::F0116, message, word.span, "no such operation")
                .help(format!("it has {}", all.join(", ")))
                .meant_in(&word.value, service.len() + 1..word.value.len(), near),
        )
    }

    pub(super) fn query(&mut self, written: &ast::State, exprs: &mut Exprs) -> Option<Kind> {
        let Some(ast::Value::Literal(word)) = &written.operand else { return None };
        let (what, ty) = match word.value.as_str() {
            "call" => (Query::Call, Type::Text),
            "participants" => (Query::Participants, Type::List(Box::new(Type::Text))),
            _ => {
                let fields = vec![("muted".to_owned(), Type::Bool), ("held".to_owned(), Type::Bool)];
                (Query::Participant(self.person(word, exprs)?), Type::Record(fields))
            }
        };
        let save = match &written.save {
            Some(save) => Some(self.saved_as(save, Some(&ty), exprs)?),
            None => None,
        };
        Some(Kind::Query { what, save })
    }

    pub(super) fn redirect(&mut self, written: &ast::State, exprs: &mut Exprs) -> Option<Kind> {
        if let Some(ast::Value::List(_, span)) = &written.operand {
            return exprs.refuse(
                Diagnostic::new(Code::F0010, "a call is redirected to one target", span.0, "this is a list")
                    .help("to ring several, `answer` and `add` them in turn"),
            );
        }
        Some(Kind::Redirect { to: states::endpoint(written.operand.as_ref()?, Place::Target, exprs)? })
    }

    pub(super) fn reject(&mut self, written: &ast::State, exprs: &mut Exprs) -> Option<Kind> {
        let reason = match &written.operand {
            Some(ast::Value::Literal(word)) => given::listed(word, &REASONS, "a reason", exprs)?,
            _ => Reason::None,
        };
        Some(Kind::Reject { reason })
    }

    pub(super) fn move_here(&mut self, written: &ast::State, exprs: &mut Exprs) -> Option<Kind> {
        let name = self.participant(written, exprs);
        let from = given::expression(option(written, "from")?, &Type::Text, Place::Platform, exprs);
        Some(Kind::Move { name: name?, from: from? })
    }

    pub(super) fn run(&mut self, written: &ast::State, exprs: &mut Exprs) -> Option<Kind> {
        let Some(ast::Value::Literal(word)) = &written.operand else { return None };
        let name = word.value.as_str();
        let declared: &'a Declared<'a> = self.declared;
        if declared.refused.contains(name) || declared.unread.may_hold(name) {
            return None;
        }
        let Some(signature) = declared.flows.get(name) else {
            let near = declared.near(name, declared.flows.keys().copied());
            let message = format!("unknown flow `{name}`");
            let label = if declared.world.flows.contains_key(name) {
                "the project has it, but this flow does not use it"
            } else {
                "the flow uses none of this name"
            };
            return exprs.refuse(
                Diagnostic::new(Code::F0116, message, word.span, label)
                    .help(format!("name it: `use {name}`"))
                    .meant(name, near),
            );
        };
        if let Some(finding) = runs_here(word, signature) {
            return exprs.refuse(finding);
        }
        let wanted: Vec<Wanted> = signature
            .params
            .iter()
            .map(|(name, ty, required)| Wanted {
                name: name.clone(),
                ty: ty.clone(),
                required: *required,
                secret: ty.as_ref().is_some_and(Type::is_secret),
            })
            .collect();
        let args = given::arguments(&written.args, &wanted, word, exprs);
        let passed = |arg: &Argument| Passed {
            flow: name.to_owned(),
            param: arg.name.clone(),
            span: arg.span,
            untrusted: arg.value.taint.untrusted.clone(),
            params: arg.value.taint.params.clone(),
        };
        exprs.passed.extend(args.iter().flatten().map(passed));
        let args = args.map(given::exprs);
        Some(Kind::Run { flow: name.to_owned(), args: args? })
    }

    pub(super) fn send_keys(&mut self, written: &ast::State, exprs: &mut Exprs) -> Option<Kind> {
        let keys = listening::sent(written.operand.as_ref()?, exprs)?;
        let to = match option(written, "to") {
            Some(ast::Value::Literal(word)) if word.value != "party" => Some(self.person(word, exprs)?),
            _ => None,
        };
        Some(Kind::SendKeys { keys, to })
    }

    pub(super) fn set(&mut self, written: &ast::State, presence: &mut Presences, exprs: &mut Exprs) -> Option<Kind> {
        let mut values = Vec::new();
        let mut whole = !written.partial;
        if written.args.is_empty() && !written.partial {
            let message = format!("`{}` sets nothing", written.name.value);
            return exprs.refuse(
                Diagnostic::new(Code::F0110, message, written.kind.span, "no variable here")
                    .help("write `set tries = tries + 1`"),
            );
        }
        for (name, value) in &written.args {
            if name.value == "locale" && !self.declared.vars.contains_key("locale") {
                if let written::ExprKind::Text(text) = &value.kind {
                    let word = Spanned::new(text.clone(), value.span.0);
                    match exprs.found(literals::locale(&word)) {
                        Some(locale) if !self.locales.contains(&locale) => self.locales.push(locale),
                        Some(_) => {}
                        None => {
                            whole = false;
                            continue;
                        }
                    }
                }
                if !matches!(value.kind, written::ExprKind::Text(_)) {
                    self.any_locale.get_or_insert(value.span.0);
                }
                match exprs.check_at(value, &Type::Text, Place::Platform) {
                    Some(expr) => values.push((name.value.clone(), expr)),
                    None => whole = false,
                }
                continue;
            }
            let ty = self.variable(name, exprs);
            // A variable that may be absent is given a value, or made absent by one that may be.
            let typed = ty.and_then(|ty| {
                let place = Place::Variable { secret: ty.is_secret() };
                exprs.check_typed_at(value, &ty, place)
            });
            match typed {
                Some(typed) => {
                    presence.set(&name.value, &typed);
                    exprs.copied.push((name.value.clone(), typed.taint.untrusted.clone()));
                    // What was shown of the old value says nothing of the new one.
                    let fields = format!("{}.", name.value);
                    exprs.known.retain(|known| *known != name.value && !known.starts_with(&fields));
                    if presence.of(&name.value) == Some(&Presence::Sure) {
                        exprs.known.insert(name.value.clone());
                    }
                    values.push((name.value.clone(), typed.expr));
                }
                None => whole = false,
            }
        }
        whole.then_some(Kind::Set { values })
    }

    pub(super) fn signal(&mut self, written: &ast::State, exprs: &mut Exprs) -> Option<Kind> {
        let Some(ast::Value::Literal(word)) = &written.operand else { return None };
        let to = given::expression(option(written, "to")?, &Type::Text, Place::Platform, exprs);
        let mut args = Vec::new();
        let mut whole = true;
        for (name, value) in &written.args {
            let typed = exprs.infer_plain(value);
            match typed.map(|typed| (trust::refused(&typed, value.span.0, Place::Signal), typed)) {
                Some((None, typed)) => args.push((name.value.clone(), typed.expr)),
                Some((Some(finding), _)) => {
                    exprs.findings.push(finding);
                    whole = false;
                }
                None => whole = false,
            }
        }
        Some(Kind::Signal { name: word.value.clone(), to: to?, args: whole.then_some(args)? })
    }

    pub(super) fn take_message(&mut self, written: &ast::State, exprs: &mut Exprs) -> Option<Kind> {
        let Some(ast::Value::Literal(word)) = &written.operand else { return None };
        let ty = self.variable(word, exprs);
        let play = self.maybe_prompt(option(written, "play"), exprs);
        let max = states::duration(option(written, "max"), limits::DEFAULT_MESSAGE_MS, &MESSAGE, exprs);
        let min = states::duration(option(written, "min"), limits::SHORTEST_MESSAGE_MS, &MESSAGE, exprs);
        let stop = listening::end(written, exprs);
        let silence = given::maybe_duration(option(written, "silence"), &END_SILENCE, exprs);
        match ty?.bare() {
            Type::Recording => {}
            other => {
                let message = format!("`{}` holds `{other}`, and a message is a `recording`", word.value);
                return exprs.refuse(
                    Diagnostic::new(Code::F0406, message, word.span, "what was said is saved here")
                        .help(format!("declare it: `var {}: recording?`", word.value)),
                );
            }
        }
        let silence = silence?;
        if silence.is_some() {
            // Listening for silence is listening to speech.
            self.used.speech_at(written.kind.span);
        }
        Some(Kind::TakeMessage { save: word.value.clone(), play: play?, max: max?, min: min?, stop: stop?, silence })
    }

    pub(super) fn wait(&mut self, written: &ast::State, exprs: &mut Exprs) -> Option<Kind> {
        let time = states::duration(written.operand.as_ref(), 0, &WAIT, exprs)?;
        Some(Kind::Wait { time })
    }

    /// The type of a variable that something is saved to.
    pub(super) fn variable(&self, word: &Word, exprs: &mut Exprs) -> Option<Type> {
        if let Some(ty) = self.declared.vars.get(word.value.as_str()) {
            return ty.clone();
        }
        if self.declared.unread.may_hold(&word.value) {
            return None;
        }
        let is_param = self.declared.params.contains_key(word.value.as_str());
        let what = if is_param { "no variable but a parameter:" } else { "unknown variable" };
        let message = format!("{what} `{}`", word.value);
        let label = if is_param { "a parameter is not saved to" } else { "no variable has this name" };
        let finding = Diagnostic::new(Code::F0115, message, word.span, label);
        exprs.refuse(if is_param {
            finding.help("a parameter keeps its value; save to a variable of another name")
        } else {
            let near = self.declared.near(&word.value, self.declared.vars.keys().copied());
            let help = format!("declare it: `var {}: text?`", word.value);
            finding.help(help).meant(&word.value, near).for_want_of("value", &word.value)
        })
    }

    /// A variable that takes a value of this type.
    fn saved_as(&self, word: &Word, ty: Option<&Type>, exprs: &mut Exprs) -> Option<String> {
        let have = self.variable(word, exprs);
        let (have, ty) = (have?, ty?);
        if have.present() == ty.present() {
            return Some(word.value.clone());
        }
        let message = format!("`{}` holds `{have}`, and what comes back is `{ty}`", word.value);
        exprs.refuse(Diagnostic::new(Code::F0406, message, word.span, "another type").help(format!(
            "declare it: `var {}: {}?`",
            word.value,
            ty.present()
        )))
    }
}

/// What may not be run: a flow that begins a call of its own.
fn runs_here(word: &Word, signature: &Signature) -> Option<Diagnostic> {
    match signature.call {
        None | Some(CallKind::Any | CallKind::Live) => None,
        Some(other) => {
            let message = format!("flow `{}` begins calls of its own", word.value);
            Some(
                Diagnostic::new(Code::F0209, message, word.span, format!("it begins `{}`", other.word()))
                    .help("a flow that others run begins `live` where it has the line, `any` where it never needs one"),
            )
        }
    }
}
