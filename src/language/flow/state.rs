//! States, typed: what each kind needs to be carried out.

use crate::language::flow::expr::Expr;
use crate::language::flow::prompt::Prompt;
use crate::platform::tones::Tone;
use serde::{Deserialize, Serialize};

/// A state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Its name.
    pub name: String,
    /// The group it stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Switches the call's locale on entry; the value is a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<Expr>,
    /// What it does.
    pub kind: Kind,
}

/// What a state does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Brings somebody in.
    Add {
        /// The participant's name.
        name: String,
        /// Whom to ring.
        target: Expr,
        /// The caller id shown.
        from: Option<Expr>,
        /// How long to ring, in milliseconds.
        ring_for: Expr,
        /// Sent along, by name.
        headers: Vec<(String, Expr)>,
    },
    /// Answers the incoming call.
    Answer,
    /// Fills one variable.
    Collect {
        /// The variable; its type says what is valid.
        save: String,
        /// What is listened for.
        input: Input,
        /// How it asks.
        question: Question,
        /// Keys that end the input; not part of it.
        stop: Vec<Tone>,
        /// Longest pause between two keys, in milliseconds.
        between_keys: Expr,
        /// Silence that ends speech, in milliseconds.
        end_silence: Option<Expr>,
    },
    /// Connects to a call that is going on.
    Connect {
        /// Which: an id, a text.
        to: Expr,
        /// What kind of id.
        by: Locator,
    },
    /// Goes where the first true branch leads.
    Decide {
        /// The conditions in order; `else` is the label [`crate::language::flow::label::Label::Else`].
        branches: Vec<Expr>,
    },
    /// Places the call.
    Dial {
        /// Whom to ring.
        to: Vec<Expr>,
        /// The caller id shown.
        from: Option<Expr>,
        /// How long to ring, in milliseconds.
        ring_for: Expr,
    },
    /// Reads a calendar.
    Hours {
        /// The calendar.
        calendar: String,
        /// Its hours.
        hours: String,
    },
    /// Asks a service.
    Invoke {
        /// The service.
        service: String,
        /// The operation.
        operation: String,
        /// Arguments by name.
        args: Vec<(String, Expr)>,
        /// Where its result goes: a variable.
        save: Option<String>,
        /// Said while it works.
        meanwhile: Option<Prompt>,
        /// The idempotency key, a text; the call and the operation's number when missing.
        once: Option<Expr>,
        /// How long it may take, in milliseconds; what the service says when missing.
        timeout: Option<Expr>,
    },
    /// Says its words and ends the call.
    Hangup {
        /// The flow's result.
        result: Option<String>,
        /// The last words.
        play: Option<Prompt>,
        /// End the call for everyone.
        everyone: bool,
    },
    /// Asks one of several.
    Menu {
        /// The choices.
        choices: Vec<Choice>,
        /// How it asks.
        question: Question,
    },
    /// Fetches a participant from another call of ours.
    Move {
        /// The participant's name, there and here.
        name: String,
        /// The other call's id, a text.
        from: Expr,
    },
    /// Mutes a participant.
    Mute {
        /// Whom.
        name: String,
    },
    /// Plays.
    Play {
        /// What.
        prompt: Prompt,
        /// Who hears it; everybody when missing.
        hear: Option<String>,
        /// Again and again.
        looped: bool,
        /// Cuts off what plays.
        interrupt: bool,
        /// Keys do not cut it off.
        must_hear: bool,
    },
    /// Asks the platform how the call stands.
    Query {
        /// What of it.
        what: Query,
        /// Where the answer goes: a variable.
        save: Option<String>,
    },
    /// Listens; the platform's own fields.
    Recognize {
        /// What for.
        input: Input,
        /// How it asks; asked once, so `retry` is zero.
        question: Question,
        /// Where what was heard goes: a variable.
        save: Option<String>,
        /// Most keys; 0 where no keys are listened for.
        max_tones: u32,
        /// Keys that end the input.
        stop: Vec<Tone>,
        /// Longest pause between two keys, in milliseconds.
        between_keys: Expr,
        /// Silence that ends speech, in milliseconds.
        end_silence: Option<Expr>,
    },
    /// Sends the incoming call elsewhere, unanswered.
    Redirect {
        /// Where to.
        to: Expr,
    },
    /// Refuses the incoming call.
    Reject {
        /// Why, as the platform is told.
        reason: Reason,
    },
    /// Puts somebody out.
    Remove {
        /// Whom.
        name: String,
    },
    /// Runs another flow.
    Run {
        /// Which.
        flow: String,
        /// Its parameters.
        args: Vec<(String, Expr)>,
    },
    /// Sends keys to a participant.
    SendKeys {
        /// The keys: `digits` or text made of keys.
        keys: Expr,
        /// To whom; the party when missing.
        to: Option<String>,
    },
    /// Changes variables; `locale` switches the call's locale.
    Set {
        /// Values by variable, in the order written.
        values: Vec<(String, Expr)>,
    },
    /// Sends a signal to another call of ours.
    Signal {
        /// The signal.
        name: String,
        /// The other call's id, a text.
        to: Expr,
        /// What comes along.
        args: Vec<(String, Expr)>,
    },
    /// Records what the party says.
    TakeMessage {
        /// Where the recording goes: a variable.
        save: String,
        /// Said before.
        play: Option<Prompt>,
        /// Longest, in milliseconds.
        max: Expr,
        /// Shortest that counts, in milliseconds.
        min: Expr,
        /// Keys that end it.
        stop: Vec<Tone>,
        /// Silence that ends it, in milliseconds.
        silence: Option<Expr>,
    },
    /// Hands the call over.
    Transfer {
        /// To whom.
        to: Expr,
        /// Said before.
        play: Option<Prompt>,
        /// Which participant goes; the party of a one-to-one call when missing.
        who: Option<String>,
        /// The caller id shown.
        from: Option<Expr>,
        /// Sent along, by name.
        headers: Vec<(String, Expr)>,
    },
    /// Waits; rules may end it early.
    Wait {
        /// How long, in milliseconds.
        time: Expr,
    },
}

/// What a question listens for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// Keys.
    Dtmf,
    /// Words.
    Speech,
    /// Either; the first that comes counts.
    SpeechOrDtmf,
}

/// Every input with the word authors write.
pub const INPUTS: [(Input, &str); 3] =
    [(Input::Dtmf, "dtmf"), (Input::Speech, "speech"), (Input::SpeechOrDtmf, "speech_or_dtmf")];

/// What a `connect` is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Locator {
    /// A group call's id.
    Group,
    /// A room's id.
    Room,
    /// A server call id.
    ServerCall,
}

/// Every locator with the word authors write.
pub const LOCATORS: [(Locator, &str); 3] =
    [(Locator::Group, "group"), (Locator::Room, "room"), (Locator::ServerCall, "server_call")];

/// Why an incoming call is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The line is busy.
    Busy,
    /// The caller may not call.
    Forbidden,
    /// No reason given.
    None,
}

/// Every reason with the word authors write.
pub const REASONS: [(Reason, &str); 3] =
    [(Reason::Busy, "busy"), (Reason::Forbidden, "forbidden"), (Reason::None, "none")];

/// What of a call is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Query {
    /// The call: a text, the platform's word for its state.
    Call,
    /// One participant, by name: muted, held.
    Participant(String),
    /// Everybody: a list of endpoints.
    Participants,
}

/// A group of states.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// What holds while a call is in one of its states, in the order in which it is brought about.
    pub conditions: Vec<Condition>,
}

/// A condition of the line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Somebody is on hold.
    Hold {
        /// Who.
        who: String,
        /// What they hear.
        music: Option<Prompt>,
    },
    /// The call is recorded.
    RecordingActive,
    /// A recording that is going on pauses.
    RecordingPaused,
    /// The call's media is streamed.
    Streaming,
    /// What is said is transcribed, in this locale.
    Transcription(Expr),
}

/// A choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Its name.
    pub name: String,
    /// Its key.
    pub key: Option<Tone>,
    /// Its phrases.
    pub phrases: Vec<String>,
}

/// How a question is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The first time.
    pub ask: Prompt,
    /// The second, third … time after silence; the last repeats. Empty: the default wording, then `ask`.
    pub after_no_input: Vec<Prompt>,
    /// The same after something that is not valid.
    pub after_no_match: Vec<Prompt>,
    /// How often it is asked again after silence.
    pub retry_no_input: u32,
    /// How often it is asked again after something that is not valid.
    pub retry_no_match: u32,
    /// How long the first input may take, in milliseconds.
    pub first_key: Expr,
    /// Input does not stop the question.
    pub must_hear: bool,
    /// Who is asked and listened to; the party when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hear: Option<String>,
}

impl Kind {
    /// The kind as the graph shows it: menus and collects are recognitions.
    #[must_use]
    pub fn graph_kind(&self) -> &'static str {
        match self {
            Kind::Add { .. } => "add",
            Kind::Answer => "answer",
            Kind::Collect { .. } | Kind::Menu { .. } | Kind::Recognize { .. } => "recognize",
            Kind::Connect { .. } => "connect",
            Kind::Decide { .. } => "decide",
            Kind::Dial { .. } => "dial",
            Kind::Hangup { .. } => "hangup",
            Kind::Hours { .. } => "hours",
            Kind::Invoke { .. } => "invoke",
            Kind::Move { .. } => "move",
            Kind::Mute { .. } => "mute",
            Kind::Play { .. } => "play",
            Kind::Query { .. } => "query",
            Kind::Redirect { .. } => "redirect",
            Kind::Reject { .. } => "reject",
            Kind::Remove { .. } => "remove",
            Kind::Run { .. } => "run",
            Kind::SendKeys { .. } => "send_keys",
            Kind::Set { .. } => "set",
            Kind::Signal { .. } => "signal",
            Kind::TakeMessage { .. } => "take_message",
            Kind::Transfer { .. } => "transfer",
            Kind::Wait { .. } => "wait",
        }
    }

    /// Which form of a recognition it is.
    #[must_use]
    pub fn form(&self) -> Option<&'static str> {
        match self {
            Kind::Collect { .. } => Some("collect"),
            Kind::Menu { .. } => Some("menu"),
            Kind::Recognize { .. } => Some("raw"),
            _ => None,
        }
    }

    /// Whether it needs the line: rules are live in it, and it is not entered when the line is gone.
    #[must_use]
    pub fn needs_line(&self) -> bool {
        match self {
            Kind::Add { .. }
            | Kind::Collect { .. }
            | Kind::Menu { .. }
            | Kind::Move { .. }
            | Kind::Mute { .. }
            | Kind::Play { .. }
            | Kind::Query { .. }
            | Kind::Recognize { .. }
            | Kind::Remove { .. }
            | Kind::SendKeys { .. }
            | Kind::TakeMessage { .. }
            | Kind::Transfer { .. }
            | Kind::Wait { .. } => true,
            Kind::Answer
            | Kind::Connect { .. }
            | Kind::Decide { .. }
            | Kind::Dial { .. }
            | Kind::Hangup { .. }
            | Kind::Hours { .. }
            | Kind::Invoke { .. }
            | Kind::Redirect { .. }
            | Kind::Reject { .. }
            | Kind::Run { .. }
            | Kind::Set { .. }
            | Kind::Signal { .. } => false,
        }
    }
}
