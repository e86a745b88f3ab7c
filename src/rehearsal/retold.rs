//! A recorded call as a scenario: what the caller did after which words, what services answered, how phones behaved. It plays the
//! call again, and can be changed. What other calls told it, it is told from outside.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::invoke::json;
use crate::language::flow::label::Label;
use crate::language::flow::state::{Kind, State};
use crate::language::flow::value::{Value, Values};
use crate::language::graph::Program;
use crate::language::source::{FileId, Span, Spanned, Word};
use crate::language::syntax::ast::{
    Act, Answers, Caller, Expect, Expected, Failing, Script, ScriptedAnswer, ScriptedPhone, Step,
};
use crate::machine::command::{Command, Listen, Media, OpRef};
use crate::machine::event::{Answer, EventKind, Heard, Webhook, WebhookKind};
use crate::machine::trace::Trace;
use crate::platform::codes::{self, Code, not_reached};
use crate::platform::outcomes::Outcome;
use crate::platform::speech::fold;
use crate::platform::tones::Tone;
use crate::rehearsal::hearing::{is_aside, is_beep, prompt_of};
use crate::runtime::doc::InputKind;
use crate::runtime::recorded::Recorded;
use std::collections::{BTreeMap, BTreeSet};

/// How long a call may go on after the last step before somebody has to say that it does, in milliseconds.
const LINGER_MS: i64 = 40_000;
/// Waits before a signal or a key that are shorter need not be told, in milliseconds.
const SHORTEST_MS: u64 = 50;
/// What a message said, nobody knows.
const MESSAGE: &str = "a message";
/// How long after a question's answer its keys may still be reported, in milliseconds.
const LATE_MS: i64 = 1_000;
/// Most characters of words that are to be heard.
const HEARD: usize = 60;

/// Whether a call told another one something, or took somebody out of it: its scenario needs that call, of which a recording says
/// nothing.
#[must_use]
pub fn reaches_out(recorded: &Recorded) -> bool {
    recorded.lines.iter().any(|line| match &line.input {
        InputKind::Event(EventKind::Signalled { found, .. }) => *found,
        InputKind::Event(EventKind::Webhook(webhook)) => {
            matches!(webhook.kind, WebhookKind::MoveParticipantSucceeded { .. })
        }
        _ => false,
    })
}

/// The scenario of a call.
#[must_use]
pub fn script(recorded: &Recorded, program: &Program) -> Script {
    let head = &recorded.head;
    let mut teller = Teller {
        program,
        settings: &head.settings,
        asked: BTreeMap::new(),
        states: BTreeMap::new(),
        tried: BTreeMap::new(),
        steps: Vec::new(),
        answers: Vec::new(),
        phones: Vec::new(),
        fails: Vec::new(),
        leaves: false,
        last: 0,
        answered: None,
        loose: BTreeSet::new(),
        result: None,
    };
    if head.inbound {
        teller.act(0, Act::CallFrom { from: word(&head.from), to: Some(word(&head.to)) });
    }
    recorded.lines.iter().for_each(|line| teller.line(line.after, &line.input, &line.trace, &line.commands));
    let end = recorded.lines.last().map_or(0, |line| line.after);
    if end - teller.last > LINGER_MS {
        teller.act(end, Act::Silence(Some(u64::try_from(end - teller.last).unwrap_or(0))));
    }
    let params = head.params.iter().filter_map(|(name, value)| Some((word(name), json::of(value)?)));
    let plain: String =
        head.call.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { ' ' }).collect();
    let title = format!("call {}", plain.split_whitespace().collect::<Vec<_>>().join(" "));
    Script {
        file: FileId(0),
        title: word(&title),
        flow: Some(word(&head.flow)),
        params: params.collect(),
        answers: teller.answers,
        clock: Some(spanned(head.at)),
        caller: Caller {
            name: None,
            headers: head.headers.iter().map(|(name, value)| (word(name), word(value))).collect(),
        },
        phones: teller.phones,
        calls: Vec::new(),
        stands: Vec::new(),
        fails: teller.fails,
        steps: teller.steps,
        expect: Expect { result: teller.result.as_deref().map(word), ..Expect::default() },
    }
}

struct Teller<'p> {
    program: &'p Program,
    /// Whose numbers are made up here: the project has its own.
    settings: &'p Values,
    /// What was asked for, and when.
    asked: BTreeMap<u64, (Command, i64)>,
    /// The flow's states that asked.
    states: BTreeMap<u64, String>,
    tried: BTreeMap<String, u32>,
    steps: Vec<Step>,
    answers: Vec<(Word, Vec<ScriptedAnswer>)>,
    phones: Vec<ScriptedPhone>,
    fails: Vec<Failing>,
    /// The line is going because the flow or a transfer ends it.
    leaves: bool,
    /// When the last step was.
    last: i64,
    /// When a question was answered last.
    answered: Option<i64>,
    /// Media that were not heard to their end yet.
    loose: BTreeSet<u64>,
    result: Option<String>,
}

impl Teller<'_> {
    fn act(&mut self, at: i64, act: Act) {
        self.last = at;
        let more = matches!(act, Act::Hear(_)).then(|| self.steps.last_mut()).flatten();
        if let (Act::Hear(all), Some(Step { act: Act::Hear(before), .. })) = (&act, more) {
            before.extend(all.iter().cloned());
            return;
        }
        self.steps.push(Step { who: None, act, span: nowhere() });
    }

    /// A message was left: something was said before it was over.
    fn takes(&mut self, at: i64, from: &str, label: &Label) {
        let takes_message = |state: &State| matches!(state.kind, Kind::TakeMessage { .. });
        let recorded = *label == Label::Outcome(Outcome::Recorded);
        if !recorded || !self.program.state(from).is_some_and(takes_message) {
            return;
        }
        let over = self.steps.pop_if(|step| matches!(step.act, Act::Silence(None)));
        self.act(at, Act::Say(MESSAGE.to_owned()));
        self.steps.extend(over);
    }

    /// Somebody does something then, and not because of what was heard last.
    fn waits(&mut self, at: i64) {
        let waits = u64::try_from(at - self.last).unwrap_or(0);
        if waits >= SHORTEST_MS {
            self.act(at, Act::Silence(Some(waits)));
        }
    }

    fn line(&mut self, at: i64, input: &InputKind, trace: &[Trace], commands: &[crate::runtime::recorded::Asked]) {
        if let InputKind::Event(kind) = input {
            self.event(at, kind);
        }
        for entry in trace {
            match entry {
                Trace::Ordered { op, state, .. } => drop(self.states.insert(op.op, state.clone())),
                Trace::Ended { result, .. } => self.result.clone_from(result),
                Trace::Entered { .. }
                | Trace::Fault { .. }
                | Trace::Ignored { .. }
                | Trace::Returned { .. }
                | Trace::Running { .. } => {}
                Trace::Took { from, label, .. } => self.takes(at, from, label),
            }
        }
        for asked in commands {
            match &asked.command {
                Command::HangUp | Command::Redirect { .. } | Command::Reject { .. } | Command::Terminate => {
                    self.leaves = true
                }
                Command::Play { .. } | Command::Recognize { .. } => drop(self.loose.insert(asked.op.op)),
                _ => {}
            }
            self.asked.insert(asked.op.op, (asked.command.clone(), at));
        }
    }

    fn event(&mut self, at: i64, kind: &EventKind) {
        match kind {
            EventKind::Webhook(webhook) => self.webhook(at, webhook),
            EventKind::Invoked { op, outcome, value, .. } => {
                self.invoked(at, *op, outcome, value.as_ref().and_then(json::of))
            }
            EventKind::Response { op, answer: Answer::Refused { .. } } => self.refused(*op),
            EventKind::Response { op, answer: Answer::Accepted(_) | Answer::Unknown } => drop(self.tries(*op)),
            EventKind::Signal { name, data } => {
                self.waits(at);
                self.act(at, Act::Signal { name: word(name), data: data.as_ref().and_then(json::of) });
            }
            EventKind::Begin
            | EventKind::Defect { .. }
            | EventKind::Due
            | EventKind::OperatorHangUp
            | EventKind::SaidToBeOver
            | EventKind::Signalled { .. } => {}
        }
    }

    fn tries(&mut self, op: OpRef) -> Option<(String, u32)> {
        let state = self.states.get(&op.op)?.clone();
        let nth = self.tried.entry(state.clone()).or_default();
        *nth += 1;
        Some((state, *nth))
    }

    fn refused(&mut self, op: OpRef) {
        if let Some((state, nth)) = self.tries(op) {
            self.fails.push(Failing { state: word(&state), nth: Some(nth) });
        }
    }

    fn invoked(&mut self, at: i64, op: OpRef, outcome: &str, value: Option<serde_json::Value>) {
        let Some((Command::Invoke { service, operation, .. }, since)) = self.asked.get(&op.op) else { return };
        let takes = u64::try_from(at - since).unwrap_or(0);
        let answer = ScriptedAnswer { outcome: word(outcome), value, takes };
        let name = format!("{service}.{operation}");
        match self.answers.iter_mut().find(|(known, _)| known.value == name) {
            Some((_, all)) => all.push(answer),
            None => self.answers.push((word(&name), vec![answer])),
        }
    }

    fn webhook(&mut self, at: i64, webhook: &Webhook) {
        let Some(op) = webhook.op.map(|op| op.op) else {
            if matches!(webhook.kind, WebhookKind::CallDisconnected) {
                self.disconnected(at);
            }
            return;
        };
        let asked =
            self.asked.get(&op).map(|(command, since)| (command.clone(), u64::try_from(at - since).unwrap_or(0)));
        match (&webhook.kind, asked) {
            (WebhookKind::CallDisconnected, _) => self.disconnected(at),
            (WebhookKind::PlayCompleted, Some((Command::Play { media, looped: false, .. }, _))) => {
                self.loose.remove(&op);
                self.hears(at, &media);
            }
            (WebhookKind::RecognizeCompleted(heard), Some((Command::Recognize { media, listen, .. }, _))) => {
                self.loose.remove(&op);
                self.answered = Some(at);
                self.hears(at, &media);
                self.answers(at, heard, &listen, webhook.code);
            }
            (WebhookKind::RecognizeFailed, Some((Command::Recognize { media, listen, .. }, _))) => {
                self.loose.remove(&op);
                self.hears(at, &media);
                self.fails_to_answer(at, &listen, webhook.code);
            }
            (WebhookKind::PlayCanceled | WebhookKind::PlayFailed | WebhookKind::RecognizeCanceled, _) => {
                self.loose.remove(&op);
            }
            (WebhookKind::ContinuousDtmfRecognitionToneReceived { tone, .. }, _) => {
                // A question's own keys are told with its answer.
                let asks = |op: &u64| matches!(self.asked.get(op), Some((Command::Recognize { .. }, _)));
                let question = self.loose.iter().any(asks) || self.answered.is_some_and(|when| at - when < LATE_MS);
                if let Some(tone) = tone.0.filter(|_| !question) {
                    self.waits(at);
                    self.act(at, Act::Press(vec![tone]));
                }
            }
            (WebhookKind::CallConnected, Some((Command::Create { .. }, after))) => {
                self.steps.insert(0, Step { who: None, act: Act::AnswerAfter(after), span: nowhere() });
            }
            (WebhookKind::CreateCallFailed, Some((Command::Create { .. }, _))) => {
                let act = match not_reached(webhook.code) {
                    Outcome::Busy => Act::Busy,
                    Outcome::Declined => Act::Decline,
                    _ => Act::NoAnswer,
                };
                self.leaves = true;
                self.act(at, act);
            }
            (WebhookKind::CallTransferAccepted, _) => self.leaves = true,
            (WebhookKind::AddParticipantSucceeded, Some((Command::Add { who, .. }, after))) => {
                self.phone(&who, Answers::After(after));
            }
            (
                WebhookKind::AddParticipantFailed | WebhookKind::CallTransferFailed,
                Some((Command::Add { who, .. } | Command::Transfer { to: who, .. }, _)),
            ) => {
                let answers = match not_reached(webhook.code) {
                    Outcome::Busy => Answers::Busy,
                    Outcome::Declined => Answers::Decline,
                    Outcome::Unreachable => Answers::Unreachable,
                    _ => Answers::Never,
                };
                self.phone(&who, answers);
            }
            _ => {}
        }
    }

    fn phone(&mut self, who: &str, answers: Answers) {
        let is_it = |value: &Value| matches!(value, Value::Phone(number) if number == who);
        let setting = self.settings.iter().find(|(_, value)| is_it(value));
        let who = setting.map_or_else(|| who.to_owned(), |(name, _)| format!("settings.{name}"));
        if self.phones.iter().all(|phone| phone.who.value != who) {
            self.phones.push(ScriptedPhone { who: word(&who), answers, steps: Vec::new() });
        }
    }

    /// The caller leaves, unless the flow has them leave.
    fn disconnected(&mut self, at: i64) {
        if std::mem::replace(&mut self.leaves, true) {
            return;
        }
        let loose = self.loose.iter().next_back().and_then(|op| self.asked.get(op));
        let begun = match loose {
            Some((Command::Play { media, .. } | Command::Recognize { media, .. }, since)) => {
                media.first().map(|one| (spoken(self.program, one), *since))
            }
            _ => None,
        };
        if let Some((words, since)) = begun {
            self.act(since, Act::HearStart(spanned(words)));
        }
        let waits = u64::try_from(at - self.last).unwrap_or(0);
        if waits > 0 {
            self.act(at, Act::Silence(Some(waits)));
        }
        self.act(at, Act::HangUp);
    }

    fn hears(&mut self, at: i64, media: &[Media]) {
        let all: Vec<Spanned<Expected>> = media
            .iter()
            .filter(|one| {
                let plain = match one {
                    Media::File { file } => file,
                    Media::Ssml { ssml } => ssml,
                    Media::Text { text, .. } => text,
                };
                !is_aside(self.program, plain) && !is_beep(plain)
            })
            .map(|one| spoken(self.program, one))
            .filter(|words| !matches!(words, Expected::Words(words) if words.is_empty()))
            .map(spanned)
            .collect();
        if !all.is_empty() {
            self.act(at, Act::Hear(all));
        }
    }

    fn answers(&mut self, at: i64, heard: &Heard, listen: &Listen, code: Code) {
        match heard {
            Heard::Tones(tones) => {
                let mut tones = tones.clone();
                if code == codes::STOP_TONE
                    && let Listen::Dtmf { stop, .. } | Listen::SpeechOrDtmf { stop, .. } = listen
                {
                    tones.extend(stop.first());
                }
                self.act(at, if tones.is_empty() { Act::Silence(None) } else { Act::Press(tones.0) });
            }
            Heard::Choice(name) => {
                let Listen::Choices { choices, .. } = listen else { return };
                let Some(choice) = choices.iter().find(|choice| choice.name == *name) else { return };
                match (choice.key, choice.phrases.first()) {
                    (Some(key), _) if code != codes::CHOICE_BY_PHRASE => self.act(at, Act::Press(vec![key])),
                    (_, Some(words)) => self.act(at, Act::Say(words.clone())),
                    (Some(key), None) => self.act(at, Act::Press(vec![key])),
                    (None, None) => {}
                }
            }
            Heard::Speech(words) => self.act(at, Act::Say(fold(words))),
            Heard::Nothing => self.act(at, Act::Silence(None)),
        }
    }

    fn fails_to_answer(&mut self, at: i64, listen: &Listen, code: Code) {
        let free = |listen: &Listen| {
            let taken: Vec<Tone> = match listen {
                Listen::Choices { choices, .. } => choices.iter().filter_map(|choice| choice.key).collect(),
                Listen::Dtmf { .. } | Listen::Speech { .. } | Listen::SpeechOrDtmf { .. } => Vec::new(),
            };
            "9876543210".chars().filter_map(Tone::from_char).find(|tone| !taken.contains(tone))
        };
        match code {
            codes::WRONG_KEY => self.act(at, free(listen).map_or(Act::Silence(None), |key| Act::Press(vec![key]))),
            codes::WRONG_PHRASE => self.act(at, Act::Say("something else".to_owned())),
            codes::BETWEEN_TONES => self.act(at, Act::Press(vec![Tone::One])),
            _ => self.act(at, Act::Silence(None)),
        }
    }
}

/// What is heard of media, as a script says it: by the prompt's name, else by its first words.
fn spoken(program: &Program, media: &Media) -> Expected {
    let text = match media {
        Media::File { file } => match prompt_of(program, file) {
            Some(name) => return Expected::Prompt(name.to_owned()),
            None => return Expected::Words(fold(file)),
        },
        Media::Text { text, .. } => text.0.clone(),
        Media::Ssml { ssml } => {
            let mut inside = false;
            let outside = |c: &char| {
                let was = inside;
                inside = (*c == '<' || inside) && *c != '>';
                !was && !inside
            };
            ssml.chars().filter(outside).collect()
        }
    };
    if let Some(name) = prompt_of(program, &text) {
        return Expected::Prompt(name.to_owned());
    }
    let mut words = String::new();
    for word in fold(&text).split(' ') {
        if words.len() + word.len() > HEARD {
            break;
        }
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
    }
    Expected::Words(words)
}

fn nowhere() -> Span {
    Span::new(FileId(0), 0, 0)
}

fn spanned<T>(value: T) -> Spanned<T> {
    Spanned { value, span: nowhere() }
}

fn word(text: &str) -> Word {
    spanned(text.to_owned())
}
