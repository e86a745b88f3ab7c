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
    /// A name, perhaps with dots, and arguments: of an operation, a flow, a signal.
    Call,
    /// A name with dots: of hours.
    Dotted,
    /// An expression.
    Expr,
    /// Values by name, sent along.
    Headers,
    /// Keys to send: as a literal, or an expression.
    Tones,
    /// What is set: values by name.
    Assignments,
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

const fn row(name: &'static str, operand: Option<Operand>, options: &'static [Field]) -> KindRow {
    KindRow { name, operand, options, saves: false, offered: true }
}

const fn saving(name: &'static str, operand: Option<Operand>, options: &'static [Field]) -> KindRow {
    KindRow { name, operand, options, saves: true, offered: true }
}

const LOCALE: Field = field("locale", Shape::Locale);
const RING_FOR: Field = field("ring_for", Shape::Duration);
const HEADERS: Field = field("headers", Shape::Headers);
const HEAR: Field = field("hear", Shape::Name);
const ASK: Field = required("ask", Shape::Prompt);
const RETRY: Field = field("retry", Shape::Retry);
const REPROMPT: Field = field("reprompt", Shape::Reprompt);
const FIRST_KEY: Field = field("first_key", Shape::Duration);
const BETWEEN_KEYS: Field = field("between_keys", Shape::Duration);
const END_SILENCE: Field = field("end_silence", Shape::Duration);
const MUST_HEAR: Field = field("must_hear", Shape::Flag);
const FROM: Field = field("from", Shape::Endpoint);

/// Every kind of state.
pub const KINDS: &[KindRow] = &[
    row("answer", None, &[LOCALE]),
    row("reject", operand(Shape::Name, false), &[]),
    // One, as on the wire; that a list is none of it can be said best where its meaning is known.
    row("redirect", operand(Shape::Endpoints, true), &[]),
    row("dial", operand(Shape::Endpoints, true), &[FROM, RING_FOR, LOCALE]),
    row("connect", operand(Shape::Expr, true), &[field("by", Shape::Name), LOCALE]),
    row(
        "play",
        operand(Shape::Prompt, true),
        &[HEAR, field("loop", Shape::Flag), field("interrupt", Shape::Flag), MUST_HEAR, LOCALE],
    ),
    row("menu", operand(Shape::Choices, true), &[ASK, HEAR, RETRY, REPROMPT, FIRST_KEY, MUST_HEAR, LOCALE]),
    row(
        "collect",
        operand(Shape::Name, true),
        &[
            ASK,
            HEAR,
            field("by", Shape::Name),
            field("end", Shape::Keys),
            RETRY,
            REPROMPT,
            FIRST_KEY,
            BETWEEN_KEYS,
            END_SILENCE,
            MUST_HEAR,
            LOCALE,
        ],
    ),
    saving(
        "recognize",
        operand(Shape::Name, true),
        &[
            ASK,
            HEAR,
            field("max_tones", Shape::Count),
            field("stop", Shape::Keys),
            FIRST_KEY,
            BETWEEN_KEYS,
            END_SILENCE,
            MUST_HEAR,
            LOCALE,
        ],
    ),
    row("decide", operand(Shape::Branches, true), &[]),
    row(
        "transfer",
        operand(Shape::Endpoint, true),
        &[field("play", Shape::Prompt), field("who", Shape::Name), FROM, HEADERS, LOCALE],
    ),
    row("hangup", operand(Shape::Name, false), &[field("play", Shape::Prompt), field("everyone", Shape::Flag), LOCALE]),
    row("add", operand(Shape::Name, true), &[required("target", Shape::Endpoint), FROM, RING_FOR, HEADERS]),
    row("remove", operand(Shape::Name, true), &[]),
    row("move", operand(Shape::Name, true), &[required("from", Shape::Expr)]),
    row("mute", operand(Shape::Name, true), &[]),
    row("send_keys", operand(Shape::Tones, true), &[field("to", Shape::Name)]),
    row("wait", operand(Shape::Duration, true), &[]),
    row(
        "take_message",
        operand(Shape::Name, true),
        &[
            field("play", Shape::Prompt),
            field("max", Shape::Duration),
            field("min", Shape::Duration),
            field("end", Shape::Keys),
            field("silence", Shape::Duration),
            LOCALE,
        ],
    ),
    saving(
        "invoke",
        operand(Shape::Call, true),
        &[field("meanwhile", Shape::Prompt), field("once", Shape::Expr), field("timeout", Shape::Duration)],
    ),
    saving("query", operand(Shape::Name, true), &[]),
    row("signal", operand(Shape::Call, true), &[required("to", Shape::Expr)]),
    row("run", operand(Shape::Call, true), &[]),
    row("hours", operand(Shape::Dotted, true), &[]),
    row("set", operand(Shape::Assignments, true), &[]),
];

/// Words that open a group instead of a state's kind.
pub const GROUPS: &[&str] = &["group", "while"];

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
