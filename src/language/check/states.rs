//! Written states to typed ones: what each kind needs to be carried out, and what has to be there for it.

use crate::language::check::doubt::{Doubt, Passed};
use crate::language::check::exprs::{Exprs, Names, Need};
use crate::language::check::facts::facts;
use crate::language::check::fields;
use crate::language::check::given;
use crate::language::check::headers;
use crate::language::check::listening;
use crate::language::check::literals::{self, Bounds};
use crate::language::check::names::Declared;
use crate::language::check::people;
use crate::language::check::presence::Presences;
use crate::language::check::prompts::{self, Keys, Used};
use crate::language::check::questions;
use crate::language::check::trust::{Mark, Place};
use crate::language::diagnostic::{Code, Diagnostic, Severity};
use crate::language::flow::call::CallKind;
use crate::language::flow::expr::Expr;
use crate::language::flow::prompt::Prompt;
use crate::language::flow::state::{Choice, INPUTS, Input, Kind, Question, State};
use crate::language::flow::types::Type;
use crate::language::flow::value::Value;
use crate::language::source::{Span, Word};
use crate::language::syntax::ast;
use crate::platform::limits;
use crate::platform::tones::Tone;
use std::collections::BTreeSet;

/// What one state came to.
pub struct Parts {
    /// The state; `None` when a finding says what is wrong.
    pub state: Option<State>,
    /// What it reads that has to be there.
    pub needs: Vec<Need>,
    /// What a `set` leaves behind.
    pub set: Presences,
    /// The variables that a `set` sets, one after the other, with what of the value somebody outside chose.
    pub copied: Vec<(String, Option<Mark>)>,
    /// Values that may be untrusted where they may not be.
    pub doubts: Vec<Doubt>,
    /// What a `run` gives to the flow it runs.
    pub passed: Vec<Passed>,
    /// What each way out of a decide shows to be there: branches in order, then `else`.
    pub shown: Vec<BTreeSet<String>>,
}

/// Types the states of a flow.
pub struct States<'a> {
    /// What the flow declares.
    pub declared: &'a Declared<'a>,
    /// How it begins.
    pub call: Option<CallKind>,
    /// Retries where a question says none: after silence, after something that is not valid.
    pub retry: (u32, u32),
    /// Locales that states switch to.
    pub locales: Vec<String>,
    /// Where a locale is first a value, known in the call alone.
    pub any_locale: Option<Span>,
    /// Library prompts used.
    pub used: Used,
    /// Findings.
    pub findings: Vec<Diagnostic>,
}

pub(super) const RING: Bounds = Bounds::of_seconds(limits::RING_FOR_SECONDS);
const FIRST_KEY: Bounds = Bounds::of_whole_seconds(limits::FIRST_KEY_SECONDS);
pub(super) const BETWEEN_KEYS: Bounds = Bounds::of_whole_seconds(limits::BETWEEN_KEYS_SECONDS);
pub(super) const END_SILENCE: Bounds = Bounds { ms: limits::END_SILENCE_MS, whole: false };

impl<'a> States<'a> {
    /// Types one state.
    pub fn state(&mut self, written: &'a ast::State) -> Parts {
        let mut exprs = Exprs::new(Names::Flow(self.declared));
        let (mut shown, mut set) = (Vec::new(), Presences::default());
        if !written.partial {
            fields::missing(written, &mut exprs.findings);
        }
        let locale = match option(written, "locale") {
            Some(value) => self.locale(value, &mut exprs).map(Some),
            None => Some(None),
        };
        let kind = match written.kind.value.as_str() {
            "answer" => Some(Kind::Answer),
            "decide" => decide(written, &mut exprs, &mut shown),
            "dial" => self.dial(written, &mut exprs),
            "hangup" => self.hangup(written, &mut exprs),
            "menu" => self.menu(written, &mut exprs),
            "play" => self.play(written, &mut exprs),
            "recognize" => self.recognize(written, &mut exprs),
            "transfer" => self.transfer(written, &mut exprs),
            "add" => self.add(written, &mut exprs),
            "collect" => self.collect(written, &mut exprs),
            "connect" => self.connect(written, &mut exprs),
            "hours" => self.hours(written, &mut exprs),
            "invoke" => self.invoke(written, &mut exprs),
            "move" => self.move_here(written, &mut exprs),
            "mute" => self.participant(written, &mut exprs).map(|name| Kind::Mute { name }),
            "query" => self.query(written, &mut exprs),
            "redirect" => self.redirect(written, &mut exprs),
            "reject" => self.reject(written, &mut exprs),
            "remove" => self.participant(written, &mut exprs).map(|name| Kind::Remove { name }),
            "run" => self.run(written, &mut exprs),
            "send_keys" => self.send_keys(written, &mut exprs),
            "set" => self.set(written, &mut set, &mut exprs),
            "signal" => self.signal(written, &mut exprs),
            "take_message" => self.take_message(written, &mut exprs),
            "wait" => self.wait(written, &mut exprs),
            // Unknown: said elsewhere.
            _ => None,
        };
        if written.partial || self.declared.unread.may_hold(&written.name.value) {
            // The choice or the words may stand in the piece that could not be read.
            exprs.findings.retain(|finding| !matches!(finding.code, Code::F0113 | Code::F0507));
        }
        self.findings.append(&mut exprs.findings);
        let state = match (locale, kind) {
            (Some(locale), Some(kind)) => Some(State {
                name: written.name.value.clone(),
                group: written.group.as_ref().map(|group| group.value.clone()),
                locale,
                kind,
            }),
            _ => None,
        };
        let Exprs { needs, doubts, passed, copied, .. } = exprs;
        Parts { state, needs, set, copied, doubts, passed, shown }
    }

    /// A locale: a literal is noted as one the flow speaks.
    pub fn locale(&mut self, value: &ast::Value, exprs: &mut Exprs) -> Option<Expr> {
        match value {
            ast::Value::Literal(word) => {
                let locale = exprs.found(literals::locale(word))?;
                if !self.locales.contains(&locale) {
                    self.locales.push(locale.clone());
                }
                Some(Expr::Const(Value::Text(locale)))
            }
            ast::Value::Expr(expr) => {
                let locale = exprs.check_at(expr, &Type::Text, Place::Platform)?;
                self.any_locale.get_or_insert(expr.span.0);
                Some(locale)
            }
            _ => None,
        }
    }

    fn dial(&mut self, written: &ast::State, exprs: &mut Exprs) -> Option<Kind> {
        let targets: &[ast::Value] = match written.operand.as_ref()? {
            ast::Value::List(values, _) => values,
            single => std::slice::from_ref(single),
        };
        if targets.is_empty() {
            return exprs.refuse(
                Diagnostic::new(Code::F0404, "nobody is dialled", written.kind.span, "the list is empty")
                    .help("name whom to ring: `dial to`, or `dial [first, second]`"),
            );
        }
        // A user of an application is no phone, and needs no caller id.
        let mut phones = false;
        let mut one = |target: &ast::Value| {
            let ast::Value::Expr(expr) = target else {
                let target = endpoint(target, Place::Target, exprs)?;
                phones |= is_number(&target);
                return Some(target);
            };
            let typed = exprs.check_typed_at(expr, &Type::Endpoint, Place::Target)?;
            phones |= is_number(&typed.expr) && *typed.ty.present() != Type::AcsUser;
            Some(typed.expr)
        };
        let to: Vec<Option<Expr>> = targets.iter().map(&mut one).collect();
        let from = match option(written, "from") {
            Some(value) => Some(endpoint(value, Place::CallerId, exprs)?),
            None => None,
        };
        let ring_for = duration(option(written, "ring_for"), limits::DEFAULT_RING_MS, &RING, exprs);
        let to = to.into_iter().collect::<Option<Vec<Expr>>>()?;
        if from.is_none() && phones {
            return exprs.refuse(
                Diagnostic::new(Code::F0110, "a phone is dialled without a caller id", written.kind.span, "no `from`")
                    .help("say which of your numbers calls: `from settings.our_number`"),
            );
        }
        Some(Kind::Dial { to, from, ring_for: ring_for? })
    }

    fn hangup(&mut self, written: &ast::State, exprs: &mut Exprs) -> Option<Kind> {
        let result = match &written.operand {
            Some(ast::Value::Literal(word)) => Some(word),
            _ => None,
        };
        let play = self.maybe_prompt(option(written, "play"), exprs)?;
        let result = result.map(|word| word.value.clone());
        Some(Kind::Hangup { result, play, everyone: option(written, "everyone").is_some() })
    }

    fn play(&mut self, written: &ast::State, exprs: &mut Exprs) -> Option<Kind> {
        let prompt = self.prompt(written.operand.as_ref()?, &mut Keys::None, exprs)?;
        let flag = |name| option(written, name).is_some();
        // Where nothing is said everybody hears it; the party alone is named like anybody else.
        let party = matches!(option(written, "hear"), Some(ast::Value::Literal(word)) if word.value == "party");
        let hear = self.hear(written, exprs)?.or_else(|| party.then(|| "party".to_owned()));
        Some(Kind::Play {
            prompt,
            hear,
            looped: flag("loop"),
            interrupt: flag("interrupt"),
            must_hear: flag("must_hear"),
        })
    }

    fn transfer(&mut self, written: &ast::State, exprs: &mut Exprs) -> Option<Kind> {
        let to = endpoint(written.operand.as_ref()?, Place::Target, exprs);
        let play = self.maybe_prompt(option(written, "play"), exprs);
        let who = match option(written, "who") {
            Some(ast::Value::Literal(word)) => match people::listener(word, self.declared) {
                // The party of a group is one among others: said, it is they who are handed over, and the line stays.
                Ok(who) => Some(Some(who.unwrap_or_else(|| "party".to_owned()))),
                Err(finding) => {
                    exprs.findings.extend(finding);
                    None
                }
            },
            _ => Some(None),
        };
        let from = self.caller_id(written, exprs);
        let headers = headers::headers(written, written.operand.as_ref(), exprs);
        Some(Kind::Transfer { to: to?, play: play?, who: who?, from: from?, headers: headers? })
    }

    fn menu(&mut self, written: &'a ast::State, exprs: &mut Exprs) -> Option<Kind> {
        let choices = questions::choices(written, &mut exprs.findings);
        let mut keys = Keys::Menu(written);
        let question = self.question(written, &mut keys, self.retry, exprs);
        let (choices, question) = (choices?, question?);
        if choices.iter().any(|choice: &Choice| !choice.phrases.is_empty()) {
            self.used.speech_at(written.kind.span);
            exprs.findings.extend(too_long_for_speech(&question.first_key, written));
        }
        self.spoken_again(written, &question);
        Some(Kind::Menu { choices, question })
    }

    /// The default wording of a question asked again is spoken.
    pub(super) fn spoken_again(&mut self, written: &ast::State, question: &Question) {
        let again = (question.retry_no_input > 0 && question.after_no_input.is_empty())
            || (question.retry_no_match > 0 && question.after_no_match.is_empty());
        if again {
            self.used.speech_at(written.kind.span);
        }
    }

    fn recognize(&mut self, written: &'a ast::State, exprs: &mut Exprs) -> Option<Kind> {
        let input = match &written.operand {
            Some(ast::Value::Literal(word)) => given::listed(word, &INPUTS, "an input", exprs),
            _ => None,
        };
        let question = self.question(written, &mut Keys::None, (0, 0), exprs);
        let save = self.save(written, exprs);
        let max_tones = match option(written, "max_tones") {
            Some(ast::Value::Literal(word)) => exprs.found(literals::count(word, 1..=limits::MOST_TONES)),
            Some(_) => None,
            None if matches!(input, Some(Input::Speech) | None) => Some(0),
            None => {
                let message = format!("`{}` has no `max_tones`", written.name.value);
                let label = "how many keys are listened for?";
                exprs.refuse(Diagnostic::new(Code::F0110, message, written.kind.span, label))
            }
        };
        let stop = stop(option(written, "stop"), exprs);
        let value = option(written, "between_keys");
        let between_keys = duration(value, limits::DEFAULT_BETWEEN_KEYS_MS, &BETWEEN_KEYS, exprs);
        let end_silence = match option(written, "end_silence") {
            Some(value) => Some(duration(Some(value), 0, &END_SILENCE, exprs)?),
            None => None,
        };
        let input = input?;
        listening::fits(written, input, exprs);
        if input != Input::Dtmf {
            self.used.speech_at(written.kind.span);
        }
        Some(Kind::Recognize {
            input,
            end_silence,
            question: question?,
            save: save?,
            max_tones: max_tones?,
            stop: stop?,
            between_keys: between_keys?,
        })
    }

    /// The variable saved to, if any.
    fn save(&self, written: &ast::State, exprs: &mut Exprs) -> Option<Option<String>> {
        let Some(word) = &written.save else { return Some(None) };
        let ty = self.variable(word, exprs)?;
        match ty.bare() {
            Type::Text => Some(Some(word.value.clone())),
            other => {
                let message = format!("`{}` holds `{other}`, and keys are `text`", word.value);
                exprs.refuse(
                    Diagnostic::new(Code::F0406, message, word.span, "what was pressed is saved as text")
                        .help(format!("declare it: `var {}: text?`", word.value)),
                )
            }
        }
    }

    pub(super) fn question(
        &mut self,
        written: &'a ast::State,
        keys: &mut Keys,
        retry: (u32, u32),
        exprs: &mut Exprs,
    ) -> Option<Question> {
        let ask = self.prompt(option(written, "ask")?, keys, exprs);
        let (no_input, no_match) = match option(written, "reprompt") {
            Some(ast::Value::Reprompt(reprompt)) => {
                (self.prompts(&reprompt.no_input, keys, exprs), self.prompts(&reprompt.no_match, keys, exprs))
            }
            _ => (Some(Vec::new()), Some(Vec::new())),
        };
        let retry = match option(written, "retry") {
            Some(value) => self::retry(value, retry, &mut exprs.findings),
            None => Some(retry),
        };
        let value = option(written, "first_key");
        let first_key = duration(value, limits::DEFAULT_FIRST_KEY_MS, &FIRST_KEY, exprs);
        let (retry_no_input, retry_no_match) = retry?;
        Some(Question {
            ask: ask?,
            after_no_input: no_input?,
            after_no_match: no_match?,
            retry_no_input,
            retry_no_match,
            first_key: first_key?,
            must_hear: option(written, "must_hear").is_some(),
            hear: self.hear(written, exprs)?,
        })
    }

    fn prompt(&mut self, value: &ast::Value, keys: &mut Keys, exprs: &mut Exprs) -> Option<Prompt> {
        match value {
            ast::Value::Prompt(prompt) => self.prompt_of(prompt, keys, exprs),
            _ => None,
        }
    }

    pub(super) fn prompt_of(&mut self, prompt: &ast::Prompt, keys: &mut Keys, exprs: &mut Exprs) -> Option<Prompt> {
        prompts::prompt(prompt, self.declared, exprs, keys, &mut self.used)
    }

    fn prompts(&mut self, written: &[ast::Prompt], keys: &mut Keys, exprs: &mut Exprs) -> Option<Vec<Prompt>> {
        let typed: Vec<Option<Prompt>> =
            written.iter().map(|prompt| prompts::prompt(prompt, self.declared, exprs, keys, &mut self.used)).collect();
        typed.into_iter().collect()
    }

    pub(super) fn maybe_prompt(&mut self, value: Option<&ast::Value>, exprs: &mut Exprs) -> Option<Option<Prompt>> {
        match value {
            Some(value) => self.prompt(value, &mut Keys::None, exprs).map(Some),
            None => Some(None),
        }
    }
}

/// An option of a state.
#[must_use]
pub fn option<'a>(state: &'a ast::State, name: &str) -> Option<&'a ast::Value> {
    state.options.iter().find(|option| option.name.value == name).map(|option| &option.value)
}

/// How often a question is asked again: what is not said is as in `otherwise`.
pub fn retry(value: &ast::Value, otherwise: (u32, u32), findings: &mut Vec<Diagnostic>) -> Option<(u32, u32)> {
    let ast::Value::Retry(retry) = value else { return None };
    let mut count = |word: &Option<Word>, otherwise| match word {
        Some(word) => literals::count(word, 0..=limits::MOST_REPEATS).map_err(|finding| findings.push(finding)).ok(),
        None => Some(otherwise),
    };
    let no_input = count(&retry.no_input, otherwise.0);
    // One count for both reasons stands in both places; one finding is enough for it.
    let same = retry.no_input.as_ref().map(|word| word.span) == retry.no_match.as_ref().map(|word| word.span);
    let no_match = if same && retry.no_input.is_some() { no_input } else { count(&retry.no_match, otherwise.1) };
    Some((no_input?, no_match?))
}

fn decide(written: &ast::State, exprs: &mut Exprs, shown: &mut Vec<BTreeSet<String>>) -> Option<Kind> {
    let mut conditions = Vec::new();
    let mut whole = true;
    // A branch is looked at when those before it were false.
    for branch in &written.branches {
        let Some(condition) = &branch.condition else {
            shown.push(exprs.known.clone());
            continue;
        };
        match exprs.check(condition, &Type::Bool) {
            Some(condition) => {
                shown.push(&exprs.known | &facts(&condition, true));
                exprs.known.extend(facts(&condition, false));
                conditions.push(condition);
            }
            None => {
                shown.push(exprs.known.clone());
                whole = false;
            }
        }
    }
    whole.then_some(Kind::Decide { branches: conditions })
}

/// Somebody to dial or to transfer to, or who calls: an endpoint that may stand in this place.
pub(super) fn endpoint(value: &ast::Value, place: Place, exprs: &mut Exprs) -> Option<Expr> {
    match value {
        ast::Value::Literal(word) => exprs.found(literals::endpoint(word)).map(Expr::Const),
        ast::Value::Expr(expr) => exprs.check_at(expr, &Type::Endpoint, place),
        _ => None,
    }
}

/// Whether a target may be a phone number: anything but another endpoint written out.
pub(super) fn is_number(target: &Expr) -> bool {
    match target {
        Expr::Const(Value::Phone(id)) => id.starts_with('+') || id.starts_with("4:"),
        _ => true,
    }
}

pub(super) fn duration(value: Option<&ast::Value>, default: u64, bounds: &Bounds, exprs: &mut Exprs) -> Option<Expr> {
    let constant = |ms: u64| Some(Expr::Const(Value::Duration(i64::try_from(ms).ok()?)));
    let (ms, span) = match value {
        None => return constant(default),
        Some(ast::Value::Literal(word)) => (i64::try_from(exprs.found(literals::duration(word))?).ok()?, word.span),
        Some(ast::Value::Expr(expr)) => {
            let computed = exprs.check(expr, &Type::Duration)?;
            match given::known(&computed) {
                Some(Value::Duration(ms)) => (ms, expr.span.0),
                _ => return Some(computed),
            }
        }
        Some(_) => return None,
    };
    constant(exprs.found(literals::within(ms, bounds, span))?)
}

/// The platform hears speech for a shorter time than keys; longer is likely a mistake.
fn too_long_for_speech(first_key: &Expr, written: &ast::State) -> Option<Diagnostic> {
    let Expr::Const(Value::Duration(ms)) = first_key else { return None };
    if ms.unsigned_abs() <= limits::FIRST_KEY_SPEECH_SECONDS * 1000 {
        return None;
    }
    let most = limits::FIRST_KEY_SPEECH_SECONDS;
    let span = value_span(option(written, "first_key")?).unwrap_or(written.kind.span);
    let mut finding =
        Diagnostic::new(Code::F0404, "a long wait for speech", span, format!("the platform names {most}s as the most"));
    finding.severity = Severity::Warning;
    Some(finding)
}

fn value_span(value: &ast::Value) -> Option<Span> {
    match value {
        ast::Value::Literal(word) => Some(word.span),
        ast::Value::Expr(expr) => Some(expr.span.0),
        _ => None,
    }
}

pub(super) fn stop(value: Option<&ast::Value>, exprs: &mut Exprs) -> Option<Vec<Tone>> {
    let values = match value {
        None => return Some(Vec::new()),
        Some(ast::Value::List(values, _)) => values.as_slice(),
        Some(single) => std::slice::from_ref(single),
    };
    let mut tones = Vec::new();
    for value in values {
        let ast::Value::Literal(word) = value else { return None };
        tones.extend(exprs.found(literals::keys(word))?);
    }
    tones.sort_unstable();
    tones.dedup();
    Some(tones)
}
