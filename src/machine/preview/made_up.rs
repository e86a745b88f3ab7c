//! A program whose one state can be entered without a call: every expression of it that is no constant has become a constant
//! that says in angle brackets what it was.

use crate::language::flow::expr::{Expr, Slot};
use crate::language::flow::prompt::{LibraryPrompt, Part, Piece, Prompt, Sound, Words};
use crate::language::flow::state::{Condition, Kind, Question, State};
use crate::language::flow::types::Type;
use crate::language::flow::value::Value;
use crate::language::graph::{Node, Program};
use crate::platform::limits;
use petgraph::graph::NodeIndex;
use std::collections::BTreeMap;

/// A program of which one state can be entered without a call.
pub(super) struct Filled {
    pub(super) program: Program,
    /// The locale it is spoken in.
    pub(super) locale: String,
    pub(super) assumed: Vec<String>,
}

/// Makes the program of a state.
pub(super) fn fill(program: &Program, node: NodeIndex) -> Option<Filled> {
    let Node::State(state) = &program.graph[node] else { return None };
    let mut filling = Filling { from: program, prompts: program.prompts.clone(), assumed: Vec::new() };
    let locale = filling.locale(state);
    let kind = filling.kind(&state.kind);
    let group = state.group.as_ref().and_then(|name| program.groups.get(name));
    let conditions = group.map(|group| group.conditions.iter().map(|one| filling.condition(one)).collect());
    let Filling { prompts, assumed, .. } = filling;
    let mut program = program.clone();
    (program.prompts, program.locale) = (prompts, None);
    if let (Some(name), Some(conditions)) = (&state.group, conditions)
        && let Some(group) = program.groups.get_mut(name)
    {
        group.conditions = conditions;
    }
    program.graph[node] = Node::State(State { locale: None, kind, ..state.clone() });
    Some(Filled { program, locale, assumed })
}

/// Whether a recording must be going on before the state's group is entered.
pub(super) fn pauses(program: &Program, state: &State) -> bool {
    let group = state.group.as_ref().and_then(|name| program.groups.get(name));
    group.is_some_and(|group| group.conditions.contains(&Condition::RecordingPaused))
}

/// A participant's id, of the kind that the flow adds under this name.
pub(super) fn participant(program: &Program, name: &str) -> String {
    let added = program.states().find_map(|(_, state)| match &state.kind {
        Kind::Add { name: added, target, .. } if added == name => Some(target),
        _ => None,
    });
    match added {
        Some(target) => endpoint_of(program, target, name),
        None => format!("4:<{name}>"),
    }
}

/// An id that stands for an expression: of a phone, unless the expression is known to be something else.
fn endpoint_of(program: &Program, expr: &Expr, shown: &str) -> String {
    let id = match expr {
        Expr::Const(Value::Phone(id)) => return id.clone(),
        other => type_of(program, other),
    };
    match id.as_ref().map(Type::bare) {
        Some(Type::AcsUser) => format!("8:acs:<{shown}>"),
        Some(Type::Endpoint) => format!("<{shown}>"),
        Some(_) | None => format!("4:<{shown}>"),
    }
}

/// The type of a named value or of its field.
fn type_of(program: &Program, expr: &Expr) -> Option<Type> {
    match expr {
        Expr::Read(Slot::Param(name)) => program.params.get(name).map(|param| param.ty.clone()),
        Expr::Read(Slot::Setting(name)) => program.settings.get(name).cloned(),
        Expr::Read(Slot::Var(name)) => program.vars.get(name).cloned(),
        Expr::Field(record, field) | Expr::OptionalField(record, field) => match type_of(program, record)?.bare() {
            Type::Record(fields) => fields.iter().find(|(name, _)| name == field).map(|(_, ty)| ty.clone()),
            _ => None,
        },
        Expr::OrValue(first, _) => type_of(program, first),
        _ => None,
    }
}

struct Filling<'p> {
    from: &'p Program,
    /// The library prompts, and those of the state with their arguments in place.
    prompts: BTreeMap<String, LibraryPrompt>,
    assumed: Vec<String>,
}

impl Filling<'_> {
    /// The locale at the state: its own, else the flow's.
    fn locale(&mut self, state: &State) -> String {
        match state.locale.as_ref().or(self.from.locale.as_ref()) {
            Some(Expr::Const(Value::Text(locale))) => locale.clone(),
            None => limits::DEFAULT_LOCALE.to_owned(),
            Some(computed) => {
                let known = self.from.prompts.values().find_map(|prompt| prompt.wordings.keys().next());
                let locale = known.map_or(limits::DEFAULT_LOCALE, String::as_str).to_owned();
                self.assumed.push(format!("the locale is `{computed}`; shown is {locale}"));
                locale
            }
        }
    }

    fn endpoint(&self, expr: &Expr) -> Expr {
        Expr::Const(Value::Phone(endpoint_of(self.from, expr, &expr.to_string())))
    }

    fn text(expr: &Expr) -> Expr {
        match expr {
            Expr::Const(_) => expr.clone(),
            other => Expr::Const(Value::Text(format!("<{other}>"))),
        }
    }

    fn texts(values: &[(String, Expr)]) -> Vec<(String, Expr)> {
        values.iter().map(|(name, value)| (name.clone(), Self::text(value))).collect()
    }

    /// A time; one that is computed is shown as its default.
    fn time(&mut self, option: &str, expr: &Expr, default: u64) -> Expr {
        if let Expr::Const(_) = expr {
            return expr.clone();
        }
        let shown = Expr::Const(Value::Duration(i64::try_from(default).unwrap_or(0)));
        self.assumed.push(format!("`{option}` is `{expr}`; shown is {shown}"));
        shown
    }

    fn maybe_time(&mut self, option: &str, expr: Option<&Expr>, default: u64) -> Option<Expr> {
        expr.map(|expr| self.time(option, expr, default))
    }

    fn kind(&mut self, kind: &Kind) -> Kind {
        let mut filled = kind.clone();
        match &mut filled {
            Kind::Add { target, from, ring_for, headers, .. } => {
                *target = self.endpoint(target);
                *from = from.as_ref().map(|from| self.endpoint(from));
                *ring_for = self.time("ring_for", ring_for, limits::DEFAULT_RING_MS);
                *headers = Self::texts(headers);
            }
            Kind::Collect { question, between_keys, end_silence, .. }
            | Kind::Recognize { question, between_keys, end_silence, .. } => {
                *question = self.question(question);
                *between_keys = self.time("between_keys", between_keys, limits::DEFAULT_BETWEEN_KEYS_MS);
                *end_silence = self.maybe_time("end_silence", end_silence.as_ref(), limits::DEFAULT_END_SILENCE_MS);
            }
            Kind::Connect { to, .. } => *to = Self::text(to),
            Kind::Dial { to, from, ring_for } => {
                *to = to.iter().map(|to| self.endpoint(to)).collect();
                *from = from.as_ref().map(|from| self.endpoint(from));
                *ring_for = self.time("ring_for", ring_for, limits::DEFAULT_RING_MS);
            }
            Kind::Hangup { play, .. } => *play = play.as_ref().map(|prompt| self.prompt(prompt)),
            Kind::Invoke { args, meanwhile, once, timeout, .. } => {
                *args = Self::texts(args);
                *meanwhile = meanwhile.as_ref().map(|prompt| self.prompt(prompt));
                *once = once.as_ref().map(Self::text);
                *timeout = None;
            }
            Kind::Menu { question, .. } => *question = self.question(question),
            Kind::Move { from, .. } => *from = Self::text(from),
            Kind::Play { prompt, .. } => *prompt = self.prompt(prompt),
            Kind::Redirect { to } => *to = self.endpoint(to),
            Kind::SendKeys { keys, .. } => {
                if !matches!(keys, Expr::Const(_)) {
                    self.assumed.push(format!("the keys are `{keys}`; shown is 0"));
                    *keys = Expr::Const(Value::Digits("0".to_owned()));
                }
            }
            Kind::Signal { to, args, .. } => {
                *to = Self::text(to);
                *args = Self::texts(args);
            }
            Kind::TakeMessage { play, max, min, silence, .. } => {
                *play = play.as_ref().map(|prompt| self.prompt(prompt));
                *max = self.time("max", max, limits::DEFAULT_MESSAGE_MS);
                *min = self.time("min", min, limits::SHORTEST_MESSAGE_MS);
                *silence = self.maybe_time("silence", silence.as_ref(), limits::DEFAULT_END_SILENCE_MS);
            }
            Kind::Transfer { to, play, from, headers, .. } => {
                *to = self.endpoint(to);
                *play = play.as_ref().map(|prompt| self.prompt(prompt));
                *from = from.as_ref().map(|from| self.endpoint(from));
                *headers = Self::texts(headers);
            }
            Kind::Wait { time } => *time = Expr::Const(Value::Duration(1_000)),
            Kind::Answer
            | Kind::Decide { .. }
            | Kind::Hours { .. }
            | Kind::Mute { .. }
            | Kind::Query { .. }
            | Kind::Reject { .. }
            | Kind::Remove { .. }
            | Kind::Run { .. }
            | Kind::Set { .. } => {}
        }
        filled
    }

    fn condition(&mut self, condition: &Condition) -> Condition {
        match condition {
            Condition::Hold { who, music } => {
                Condition::Hold { who: who.clone(), music: music.as_ref().map(|prompt| self.prompt(prompt)) }
            }
            Condition::Transcription(locale) => Condition::Transcription(Self::text(locale)),
            Condition::RecordingActive | Condition::RecordingPaused | Condition::Streaming => condition.clone(),
        }
    }

    fn question(&mut self, question: &Question) -> Question {
        Question {
            ask: self.prompt(&question.ask),
            first_key: self.time("first_key", &question.first_key, limits::DEFAULT_FIRST_KEY_MS),
            ..question.clone()
        }
    }

    fn prompt(&mut self, prompt: &Prompt) -> Prompt {
        let parts = prompt.parts.iter().map(|part| match part {
            Part::File(file) => Part::File(file.clone()),
            Part::Named { prompt, args } => self.named(prompt, args),
            Part::Ssml(words) => Part::Ssml(filled(words, &BTreeMap::new())),
            Part::Text(words) => Part::Text(filled(words, &BTreeMap::new())),
        });
        Prompt { parts: parts.collect() }
    }

    /// A library prompt with these arguments in its words.
    fn named(&mut self, key: &str, args: &BTreeMap<String, Expr>) -> Part {
        let Some(prompt) = self.prompts.get(key) else {
            return Part::Named { prompt: key.to_owned(), args: BTreeMap::new() };
        };
        let mut prompt = prompt.clone();
        for wording in prompt.wordings.values_mut() {
            match &mut wording.sound {
                Sound::File { .. } => {}
                Sound::Ssml(words) | Sound::Text(words) => *words = filled(words, args),
            }
        }
        // No prompt of a library has such a name, and each use of one has arguments of its own.
        let own = format!("{key} {}", self.prompts.len());
        self.prompts.insert(own.clone(), prompt);
        let known = |value: &Expr| matches!(value, Expr::Const(_));
        let constant = |value: &Expr| if known(value) { value.clone() } else { Expr::Const(Value::Absent) };
        let args = args.iter().map(|(name, value)| (name.clone(), constant(value))).collect();
        Part::Named { prompt: own, args }
    }
}

/// Words in which everything that is not known stands in angle brackets.
fn filled(words: &Words, args: &BTreeMap<String, Expr>) -> Words {
    let pieces = words.pieces.iter().map(|piece| {
        let Piece::Value(expr, form) = piece else { return piece.clone() };
        let meant = if let Expr::Read(Slot::Argument(name)) = expr { args.get(name) } else { None };
        let meant = meant.unwrap_or(expr);
        if matches!(meant, Expr::Const(_)) {
            return Piece::Value(meant.clone(), *form);
        }
        Piece::Text(match form.word() {
            Some(form) => format!("<{meant} {form}>"),
            None => format!("<{meant}>"),
        })
    });
    Words { pieces: pieces.collect() }
}
