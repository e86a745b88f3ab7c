//! The one table of what a state may say: kinds, operands, options and their shapes. Both readers sort values by it, and
//! `check` finds unknown and missing fields with it.

/// The shape a value must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A bare word, or `true`.
    Flag,
    /// A whole number.
    Count,
    /// `6s`, or an expression of that type.
    Duration,
    /// A phone number or other endpoint as a literal, or an expression.
    Endpoint,
    /// One or several of them.
    Endpoints,
    /// Telephone keys (`pound`, `#`).
    Keys,
    /// A name: of a result, a participant, an input kind.
    Name,
    /// A prompt.
    Prompt,
    /// `retry`.
    Retry,
    /// `reprompt`.
    Reprompt,
    /// A locale as a literal, or an expression.
    Locale,
    /// The kind has choices instead of an operand.
    Choices,
    /// The kind has branches instead of an operand.
    Branches,
}

/// An operand: what stands right behind the kind.
#[derive(Clone, Copy, Debug)]
pub struct Operand {
    /// Its shape.
    pub shape: Shape,
    /// Whether it must be there.
    pub required: bool,
}

/// An option.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name, the same in both spellings.
    pub name: &'static str,
    /// Its shape.
    pub shape: Shape,
    /// Whether it must be there.
    pub required: bool,
}

/// A kind of state.
#[derive(Clone, Copy, Debug)]
pub struct KindRow {
    /// Its name.
    pub name: &'static str,
    /// What stands behind it; `None` when nothing may.
    pub operand: Option<Operand>,
    /// Its options.
    pub options: &'static [Field],
    /// Whether it may save to a variable (`x = …`, `save: x`).
    pub saves: bool,
    /// Whether this release offers it.
    pub offered: bool,
}

const fn field(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, required: false }
}

const fn required(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, required: true }
}

const fn operand(shape: Shape, required: bool) -> Option<Operand> {
    Some(Operand { shape, required })
}

const fn not_yet(name: &'static str) -> KindRow {
    KindRow { name, operand: None, options: &[], saves: false, offered: false }
}

/// Every kind of state.
pub const KINDS: &[KindRow] = &[
    KindRow { name: "answer", operand: None, options: &[field("locale", Shape::Locale)], saves: false, offered: true },
    KindRow {
        name: "dial",
        operand: operand(Shape::Endpoints, true),
        options: &[field("from", Shape::Endpoint), field("ring_for", Shape::Duration), field("locale", Shape::Locale)],
        saves: false,
        offered: true,
    },
    KindRow {
        name: "play",
        operand: operand(Shape::Prompt, true),
        options: &[field("loop", Shape::Flag), field("interrupt", Shape::Flag), field("locale", Shape::Locale)],
        saves: false,
        offered: true,
    },
    KindRow {
        name: "menu",
        operand: operand(Shape::Choices, true),
        options: &[
            required("ask", Shape::Prompt),
            field("retry", Shape::Retry),
            field("reprompt", Shape::Reprompt),
            field("first_key", Shape::Duration),
            field("must_hear", Shape::Flag),
            field("locale", Shape::Locale),
        ],
        saves: false,
        offered: true,
    },
    KindRow {
        name: "recognize",
        operand: operand(Shape::Name, true),
        options: &[
            required("ask", Shape::Prompt),
            required("max_tones", Shape::Count),
            field("stop", Shape::Keys),
            field("first_key", Shape::Duration),
            field("between_keys", Shape::Duration),
            field("must_hear", Shape::Flag),
            field("locale", Shape::Locale),
        ],
        saves: true,
        offered: true,
    },
    KindRow { name: "decide", operand: operand(Shape::Branches, true), options: &[], saves: false, offered: true },
    KindRow {
        name: "transfer",
        operand: operand(Shape::Endpoint, true),
        options: &[field("play", Shape::Prompt), field("locale", Shape::Locale)],
        saves: false,
        offered: true,
    },
    KindRow {
        name: "hangup",
        operand: operand(Shape::Name, false),
        options: &[field("play", Shape::Prompt), field("everyone", Shape::Flag), field("locale", Shape::Locale)],
        saves: false,
        offered: true,
    },
    not_yet("add"),
    not_yet("collect"),
    not_yet("connect"),
    not_yet("group"),
    not_yet("hours"),
    not_yet("invoke"),
    not_yet("move"),
    not_yet("mute"),
    not_yet("query"),
    not_yet("redirect"),
    not_yet("reject"),
    not_yet("remove"),
    not_yet("run"),
    not_yet("send_keys"),
    not_yet("set"),
    not_yet("signal"),
    not_yet("take_message"),
    not_yet("wait"),
];

/// Words that no state, variable, choice or other name may be.
pub const RESERVED: &[&str] = &[
    "flow",
    "returns",
    "return",
    "param",
    "settings",
    "use",
    "var",
    "participant",
    "default",
    "always",
    "policy",
    "allow",
    "needs",
    "start",
    "group",
    "while",
    "if",
    "else",
    "limit",
    "call",
    "true",
    "false",
];

/// The row of a kind.
#[must_use]
pub fn kind(name: &str) -> Option<&'static KindRow> {
    KINDS.iter().find(|row| row.name == name)
}

impl KindRow {
    /// The option of a name.
    #[must_use]
    pub fn option(&self, name: &str) -> Option<&'static Field> {
        self.options.iter().find(|field| field.name == name)
    }
}

/// Whether `word` may be a name: `[a-z][a-z0-9_]*`, not reserved, not a kind of state.
#[must_use]
pub fn is_name(word: &str) -> bool {
    let mut bytes = word.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// Whether `word` is kept for the language.
#[must_use]
pub fn is_reserved(word: &str) -> bool {
    RESERVED.contains(&word) || kind(word).is_some()
}
