//! A flow and its head: what it declares, promises and allows, its groups and defaults, and types as written.

use crate::language::source::{FileId, Span, Word};
use crate::language::syntax::ast::{Prompt, Route, SpanOnly, Spelling, State, Target, Value};
use crate::language::syntax::expr::Expr;

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
    /// Where. (Twins may differ here, so equality of trees looks at `kind`; see [`crate::language::source::Spanned`].)
    pub span: SpanOnly,
}

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
    /// The group's head.
    pub span: SpanOnly,
    /// All of it, its states too.
    pub whole: SpanOnly,
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
