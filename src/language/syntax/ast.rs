//! The syntax tree that both spellings build. Names are words, values are as written but sorted by shape; what they mean
//! is found out by `check`. Twins build equal trees (spans do not count).

use crate::language::source::{FileId, Span, Spanned, Word};
use crate::language::syntax::expr::Expr;
use crate::language::syntax::template::Template;

/// Which spelling a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// `*.flow`.
    Native,
    /// `*.flow.yaml`.
    Yaml,
}

/// One flow file.
#[derive(Clone, Debug)]
pub struct Flow {
    /// The file.
    pub file: FileId,
    /// Its spelling.
    pub spelling: Spelling,
    /// `flow NAME`; missing when the file forgot it (a finding says so).
    pub name: Option<Word>,
    /// How it begins: `inbound`, `outbound`, `live`, …, as written.
    pub call: Option<Word>,
    /// `locale`, as written or as an expression.
    pub locale: Option<Value>,
    /// `settings`.
    pub settings: Vec<Declaration>,
    /// `params`.
    pub params: Vec<Declaration>,
    /// `vars`.
    pub vars: Vec<Declaration>,
    /// `returns`.
    pub returns: Vec<Word>,
    /// `use`.
    pub uses: Vec<Word>,
    /// `defaults`.
    pub defaults: Defaults,
    /// Rules that hold everywhere (`always`).
    pub always: Vec<Route>,
    /// `start`.
    pub start: Option<Word>,
    /// `needs`: how the line must stand when the flow begins.
    pub needs: Vec<Need>,
    /// `participants`.
    pub participants: Vec<Word>,
    /// `signals`, with the type of what comes along.
    pub signals: Vec<Signal>,
    /// `policy`.
    pub policies: Vec<Policy>,
    /// `allow`.
    pub allows: Vec<Allow>,
    /// `groups`, in the order written.
    pub groups: Vec<Group>,
    /// The states, in the order written, those of groups included.
    pub states: Vec<State>,
    /// Where the flow's head stands, for findings about what is missing.
    pub head: Span,
    /// Whether a piece of the file could not be read. A finding has said so, so nothing more is said of what seems missing.
    pub partial: bool,
}

impl Flow {
    /// A flow of which nothing has been read.
    #[must_use]
    pub fn empty(file: FileId, spelling: Spelling) -> Flow {
        Flow {
            file,
            spelling,
            name: None,
            call: None,
            locale: None,
            settings: Vec::new(),
            params: Vec::new(),
            vars: Vec::new(),
            returns: Vec::new(),
            uses: Vec::new(),
            defaults: Defaults::default(),
            always: Vec::new(),
            start: None,
            needs: Vec::new(),
            participants: Vec::new(),
            signals: Vec::new(),
            policies: Vec::new(),
            allows: Vec::new(),
            groups: Vec::new(),
            states: Vec::new(),
            head: Span::new(file, 0, 0),
            partial: false,
        }
    }
}

impl State {
    /// A state of which only the name and the kind have been read.
    #[must_use]
    pub fn named(name: Word, kind: Word, span: Span) -> State {
        State {
            name,
            kind,
            group: None,
            operand: None,
            args: Vec::new(),
            save: None,
            options: Vec::new(),
            choices: Vec::new(),
            branches: Vec::new(),
            routes: Vec::new(),
            partial: false,
            span: SpanOnly(span),
        }
    }
}

impl Value {
    /// Stands where a value could not be read.
    #[must_use]
    pub fn broken(span: Span) -> Value {
        Value::Expr(Expr::broken(span))
    }
}

impl Target {
    /// Stands where a target could not be read.
    #[must_use]
    pub fn broken(span: Span) -> Target {
        let to = Destination::State(Spanned::new(String::new(), span));
        Target { to, limit: None, span: SpanOnly(span) }
    }
}

/// A setting, parameter or variable.
#[derive(Clone, Debug, PartialEq)]
pub struct Declaration {
    /// Its name.
    pub name: Word,
    /// Its type.
    pub ty: TypeExpr,
    /// A parameter's value when the caller gives none.
    pub default: Option<Expr>,
}

/// A type as written.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeExpr {
    /// What was written.
    pub kind: TypeKind,
    /// Where. (Twins may differ here, so equality of trees looks at `kind`; see [`Spanned`].)
    pub span: SpanOnly,
}

/// A span that never makes two trees differ.
#[derive(Clone, Copy, Debug, Default)]
pub struct SpanOnly(pub Span);

impl PartialEq for SpanOnly {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for SpanOnly {}

/// The shapes of a type.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeKind {
    /// `text`, `phone`, or a name with a dot (`clinic.Slot`).
    Named(String),
    /// `digits(8)` has equal bounds; `digits(4..6)`.
    Digits {
        /// Fewest.
        min: u32,
        /// Most.
        max: u32,
    },
    /// `enum(gold, standard)`.
    Enum(Vec<Word>),
    /// `{ id: text, at: time }`.
    Record(Vec<(Word, TypeExpr)>),
    /// `T?`.
    Optional(Box<TypeExpr>),
    /// `list T`.
    List(Box<TypeExpr>),
    /// `secret T`.
    Secret(Box<TypeExpr>),
}

/// `needs recording active`.
#[derive(Clone, Debug, PartialEq)]
pub struct Need {
    /// What: `recording`.
    pub part: Word,
    /// How: `active`.
    pub value: Word,
}

/// A signal the flow takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// Its name.
    pub name: Word,
    /// The type of what comes along; nothing does when missing.
    pub ty: Option<TypeExpr>,
}

/// A promise about the flow that `check` is to prove.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Which of the closed list.
    pub kind: PolicyKind,
    /// The whole policy.
    pub span: SpanOnly,
}

/// The policies there are.
#[derive(Clone, Debug, PartialEq)]
pub enum PolicyKind {
    /// `never recording active while collecting secret`.
    Never {
        /// `recording`.
        part: Word,
        /// `active`.
        value: Word,
    },
    /// `nobody left behind`.
    NobodyLeftBehind,
    /// `from every menu reach human within 2 presses and 60s when office.main is open`.
    ReachHuman {
        /// Most presses, as written.
        presses: Word,
        /// Longest time, as written.
        within: Word,
        /// Only while these hours are open.
        when: Option<Word>,
    },
    /// `silent party ends within 5m`.
    SilentPartyEnds {
        /// As written.
        within: Word,
    },
    /// `every call ends within 1h`.
    EveryCallEnds {
        /// As written.
        within: Word,
    },
    /// `silence at most 4s`.
    Silence {
        /// As written.
        most: Word,
    },
    /// `menus at most 5 choices`.
    Menus {
        /// As written.
        most: Word,
    },
}

/// Something that is refused or warned of unless it is allowed.
#[derive(Clone, Debug, PartialEq)]
pub struct Allow {
    /// `dial_collected`, `raw_line_control`, or the code of a warning.
    pub what: Word,
    /// Prefixes, or the reason.
    pub values: Vec<Word>,
}

/// States that share rules, and perhaps a condition of the line.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Its name.
    pub name: Word,
    /// What holds while a call is in one of its states; then the group is a scope.
    pub conditions: Vec<Condition>,
    /// Where to when a condition cannot be brought about.
    pub otherwise: Option<Target>,
    /// Its rules.
    pub routes: Vec<Route>,
    /// Whether a piece of it could not be read.
    pub partial: bool,
    /// The whole group's head.
    pub span: SpanOnly,
}

/// A condition of the line.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// `recording active`, `recording paused`.
    Recording(Word),
    /// `agent on hold to please_wait`.
    Hold {
        /// Who is held.
        who: Word,
        /// What they hear meanwhile.
        music: Option<Prompt>,
    },
    /// `streaming on`.
    Streaming(Word),
    /// `transcription en-GB`: the locale.
    Transcription(Value),
}

/// `defaults`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Defaults {
    /// `retry`.
    pub retry: Option<Value>,
    /// Where outcomes go that a state does not route (`failed`, `exhausted`).
    pub routes: Vec<Route>,
}

/// A state.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Its name.
    pub name: Word,
    /// Its kind as written; unknown kinds are kept so that `check` can suggest one.
    pub kind: Word,
    /// The group it stands in.
    pub group: Option<Word>,
    /// What stands right behind the kind: a prompt of `play`, a target of `transfer`, a result of `hangup`, …
    pub operand: Option<Value>,
    /// Arguments of `invoke`, `run` and `signal`; what `set` sets.
    pub args: Vec<(Word, Expr)>,
    /// The variable the state saves to.
    pub save: Option<Word>,
    /// Options by name, in the order written. Names are those of [`crate::language::syntax::fields`].
    pub options: Vec<Opt>,
    /// The choices of a menu.
    pub choices: Vec<Choice>,
    /// The branches of a decide.
    pub branches: Vec<Branch>,
    /// Where outcomes and events lead. The success (`then`, `->`) is [`Trigger::Success`].
    pub routes: Vec<Route>,
    /// Whether a piece of it could not be read (see [`Flow::partial`]). Then the kind may be an empty word too.
    pub partial: bool,
    /// The whole state.
    pub span: SpanOnly,
}

/// One option of a state.
#[derive(Clone, Debug, PartialEq)]
pub struct Opt {
    /// Its name.
    pub name: Word,
    /// Its value.
    pub value: Value,
}

/// A value, sorted by its field's shape. Where one could not be read stands [`crate::language::syntax::expr::ExprKind::Broken`].
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A bare word option, or `true`.
    Flag(SpanOnly),
    /// A literal as written, quotes and escapes resolved: a number, a duration, a phone number, a key, a name. The field types it.
    Literal(Word),
    /// An expression.
    Expr(Expr),
    /// Several literals or expressions (`dial` of a list).
    List(Vec<Value>, SpanOnly),
    /// A prompt.
    Prompt(Prompt),
    /// `retry`: a count for both reasons, or one each.
    Retry(Retry),
    /// `reprompt`.
    Reprompt(Reprompt),
    /// `headers`: values by name.
    Headers(Vec<(Word, Expr)>, SpanOnly),
    /// A request written in place: `GET "https://…"`.
    Request {
        /// `GET`, `POST`, …, as written.
        method: Word,
        /// The address.
        url: Word,
    },
}

/// How often a question is asked again.
#[derive(Clone, Debug, PartialEq)]
pub struct Retry {
    /// After silence; as written.
    pub no_input: Option<Word>,
    /// After something that is not valid; as written.
    pub no_match: Option<Word>,
    /// The whole value.
    pub span: SpanOnly,
}

/// The wording of the second, third … time. One list for both reasons fills both.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reprompt {
    /// After silence.
    pub no_input: Vec<Prompt>,
    /// After something that is not valid.
    pub no_match: Vec<Prompt>,
}

/// Something to play.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompt {
    /// One after the other.
    pub parts: Vec<PromptPart>,
    /// The whole prompt.
    pub span: SpanOnly,
}

/// One part of a prompt.
#[derive(Clone, Debug, PartialEq)]
pub enum PromptPart {
    /// A prompt of a library, by name, with arguments.
    Named {
        /// Its name.
        name: Word,
        /// Arguments by placeholder.
        args: Vec<(Word, Expr)>,
    },
    /// Words written in place.
    Text(Template),
    /// A text that an expression gives.
    TextExpr(Expr),
    /// SSML written in place.
    Ssml(Template),
    /// An audio file: URL or path within the project.
    File(Word),
}

/// A choice of a menu.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Its name, which is its outcome.
    pub name: Word,
    /// Its key as written (`1`, `star`); `*` and `#` are read as `star` and `pound`, so that twins are equal.
    pub key: Option<Word>,
    /// Its phrases.
    pub phrases: Vec<Word>,
    /// Where it leads; may also stand in the state's routes under the choice's name.
    pub target: Option<Target>,
}

/// A branch of a decide.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// When; `None` is `else`.
    pub condition: Option<Expr>,
    /// Where to.
    pub target: Target,
    /// The whole branch.
    pub span: SpanOnly,
}

/// Where one or several outcomes or events lead. Those joined on one line share one counter.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// What leads there.
    pub triggers: Vec<Trigger>,
    /// Where.
    pub target: Target,
    /// The whole route.
    pub span: SpanOnly,
}

/// What a route reacts to.
#[derive(Clone, Debug, PartialEq)]
pub enum Trigger {
    /// `then`, `->`: the kind's success.
    Success(SpanOnly),
    /// An outcome by name, a choice included.
    Outcome(Word),
    /// `party left`, `agent left`: who.
    Left(Word),
    /// `after 4m`: the duration as written.
    After(Word),
    /// `key 0`, `key star 7 by agent`.
    Key {
        /// The keys, in words where they are signs.
        keys: Word,
        /// Whose; anybody's when missing.
        by: Option<Word>,
        /// The whole trigger.
        span: SpanOnly,
    },
    /// `signal NAME`.
    Signal(Word),
}

/// Where a route leads.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Where.
    pub to: Destination,
    /// At most so often, then elsewhere.
    pub limit: Option<Limit>,
    /// The whole target.
    pub span: SpanOnly,
}

/// `limit 3 else elsewhere`.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// The count as written.
    pub times: Word,
    /// Where to afterwards.
    pub otherwise: Destination,
}

/// The end of an edge. A state with an empty name stands where a target could not be read; a finding has said so.
#[derive(Clone, Debug, PartialEq)]
pub enum Destination {
    /// A state.
    State(Word),
    /// `return` or `return RESULT`.
    Return {
        /// The result.
        result: Option<Word>,
        /// The whole phrase.
        span: SpanOnly,
    },
}

/// A prompt library file (`prompts: NAME`), YAML only.
#[derive(Clone, Debug)]
pub struct Library {
    /// The file.
    pub file: FileId,
    /// Its name.
    pub name: Word,
    /// Voice by locale.
    pub voices: Vec<(Word, Word)>,
    /// The prompts.
    pub prompts: Vec<LibraryPrompt>,
}

/// A prompt of a library.
#[derive(Clone, Debug)]
pub struct LibraryPrompt {
    /// Its name.
    pub name: Word,
    /// Its placeholders with their types.
    pub takes: Vec<(Word, TypeExpr)>,
    /// Wording by locale.
    pub wordings: Vec<(Word, Wording)>,
}

/// How a prompt sounds in one locale.
#[derive(Clone, Debug)]
pub enum Wording {
    /// Words.
    Text(Template),
    /// SSML.
    Ssml(Template),
    /// A recording, with the words it says.
    File {
        /// URL or path within the project.
        file: Word,
        /// Its words.
        transcript: Option<Template>,
    },
}

/// A caller's script (`scenario: …`), the core that `flowc dev --call` plays. YAML only.
#[derive(Clone, Debug)]
pub struct Script {
    /// The file.
    pub file: FileId,
    /// Its title.
    pub title: Word,
    /// The flow it is for.
    pub flow: Option<Word>,
    /// `given.params`: JSON-like values as written, by parameter.
    pub params: Vec<(Word, serde_json::Value)>,
    /// The steps.
    pub steps: Vec<Step>,
}

/// A step of a script, with the participant it is for (`None`: the party).
#[derive(Clone, Debug)]
pub struct Step {
    /// `NAME:` before the step.
    pub who: Option<Word>,
    /// What happens.
    pub act: Act,
    /// The whole step.
    pub span: Span,
}

/// What a step does or expects.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// `call from NUMBER [to NUMBER]`.
    CallFrom {
        /// The caller.
        from: Word,
        /// The number called; any when missing.
        to: Option<Word>,
    },
    /// `answer after T`, `answer`: milliseconds.
    AnswerAfter(u64),
    /// `busy`.
    Busy,
    /// `decline`.
    Decline,
    /// `no answer`.
    NoAnswer,
    /// `hear a, b` and `hear "words"`.
    Hear(Vec<Spanned<Expected>>),
    /// `hear start of X`.
    HearStart(Spanned<Expected>),
    /// `press 1 2 pound`.
    Press(Vec<crate::platform::tones::Tone>),
    /// `say words`.
    Say(String),
    /// `silence` (waits out the running question) and `silence 6s`: milliseconds.
    Silence(Option<u64>),
    /// `hang up`.
    HangUp,
}

/// What is to be heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A prompt of a library, in any locale.
    Prompt(String),
    /// A text that contains these words; letter case, punctuation and runs of space ignored.
    Words(String),
}

impl Value {
    /// Where it stands.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Value::Flag(span) | Value::List(_, span) | Value::Headers(_, span) => span.0,
            Value::Request { method, url } => method.span.to(url.span),
            Value::Literal(word) => word.span,
            Value::Expr(expr) => expr.span.0,
            Value::Prompt(prompt) => prompt.span.0,
            Value::Retry(retry) => retry.span.0,
            Value::Reprompt(reprompt) => {
                let mut spans = reprompt.no_input.iter().chain(&reprompt.no_match).map(|prompt| prompt.span.0);
                let first = spans.next().unwrap_or_default();
                spans.fold(first, Span::to)
            }
        }
    }
}
