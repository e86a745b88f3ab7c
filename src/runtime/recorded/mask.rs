//! Personal data, made up: the same number is the same made-up number throughout a call, whether it is called, keyed in, said or
//! answered; a text keeps its shape. What the flow's own text or its settings say is nobody's, and stays; so do single keys, amounts,
//! dates and the words of enums.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::language::flow::secret::MASK;
use crate::language::flow::value::{Value, Values};
use crate::language::graph::Program;
use crate::machine::command::{Command, Listen};
use crate::machine::event::{Answer, EventKind, Facts, Heard, Webhook, WebhookKind};
use crate::platform::hidden::Hidden;
use crate::platform::identifier::Identifier;
use crate::platform::tones::Tone;
use crate::runtime::doc::{InputKind, Line};
use crate::runtime::recorded::Asked;
use std::collections::{BTreeMap, BTreeSet};

/// Words by which people say numbers, or yes and no: they say nothing of who says them.
const PLAIN_WORDS: &[&str] =
    &["double", "eleven", "hash", "no", "nought", "oh", "pound", "star", "ten", "triple", "twelve", "yes"];
/// Digits, as people say them.
const DIGIT_WORDS: [&str; 10] = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
/// Fewest digits that are a number of somebody's; fewer are a choice, or how many of something.
const A_NUMBER: usize = 3;
/// Fewest digits of a telephone number that is not written with its country; shorter ones are services'.
const A_PHONE: usize = 6;
/// How long after a question without an answer its keys may still be reported, in milliseconds.
const LATE_MS: i64 = 5_000;

/// What was made up so far.
#[derive(Clone, Debug)]
pub struct Mask {
    keep: bool,
    known: BTreeSet<String>,
    made: BTreeMap<String, String>,
    numbers: u32,
    /// Which made-up digits.
    choice: u32,
    /// Whether there are made-up digits.
    has_digits: bool,
    /// What was keyed in to questions, by their requests.
    answers: BTreeMap<u64, Vec<Tone>>,
    /// The question whose keys are reported now.
    asking: Option<Asking>,
}

/// A question for keys.
#[derive(Clone, Debug)]
struct Asking {
    op: u64,
    /// How many keys of its answer were reported.
    reported: usize,
    /// Until when keys are taken for part of it, where it has been left without an answer.
    until: Option<i64>,
}

impl Mask {
    /// Nothing yet, for calls of this program.
    #[must_use]
    pub fn of(program: &Program, settings: &Values, keep: bool) -> Mask {
        let mut known = BTreeSet::new();
        for program in program.flows.values().map(AsRef::as_ref).chain([program]) {
            let form = serde_json::from_slice(&program.to_bytes());
            texts(&form.unwrap_or_default(), &mut known);
        }
        let mut open: Vec<&Value> = settings.values().collect();
        while let Some(value) = open.pop() {
            match value {
                Value::Digits(text) | Value::Text(text) => drop(known.insert(text.clone())),
                Value::List(items) => open.extend(items),
                Value::Record(fields) => open.extend(fields.values()),
                _ => {}
            }
        }
        Mask::knowing(known, keep)
    }

    fn knowing(known: BTreeSet<String>, keep: bool) -> Mask {
        Mask {
            keep,
            known,
            made: BTreeMap::new(),
            numbers: 0,
            choice: 0,
            has_digits: false,
            answers: BTreeMap::new(),
            asking: None,
        }
    }

    /// The same, that will make up other digits; and knows what will be keyed in.
    #[must_use]
    pub fn other(&self, choice: u32, lines: &[Line]) -> Mask {
        let answered = lines.iter().filter_map(|line| match &line.input {
            InputKind::Event(EventKind::Webhook(Webhook {
                op: Some(op),
                kind: WebhookKind::RecognizeCompleted(Heard::Tones(tones)),
                ..
            })) => Some((op.op, tones.0.clone())),
            InputKind::Event(_) | InputKind::Claimed { .. } | InputKind::Recovered => None,
        });
        Mask { choice, answers: answered.collect(), ..self.clone() }
    }

    /// Whether some digits are made up: a flow may decide by others in another way.
    #[must_use]
    pub fn has_digits(&self) -> bool {
        self.has_digits
    }

    /// What the flow asks for from here on.
    pub fn asks(&mut self, commands: &[Asked]) {
        for asked in commands {
            if let Command::Recognize { listen, .. } = &asked.command {
                let is_free = matches!(listen, Listen::Dtmf { .. } | Listen::SpeechOrDtmf { .. });
                self.asking = is_free.then_some(Asking { op: asked.op.op, reported: 0, until: None });
            }
        }
    }

    fn made(&mut self, real: &str, make: impl FnOnce(u32) -> String) -> String {
        if self.keep || real.is_empty() || self.known.contains(real) {
            return real.to_owned();
        }
        if let Some(made) = self.made.get(real) {
            return made.clone();
        }
        let made = make(self.numbers);
        self.numbers += 1;
        self.made.insert(real.to_owned(), made.clone());
        made
    }

    /// Somebody: a number or a raw id, as flows or as the platform writes it.
    pub fn who(&mut self, who: &str) -> String {
        match Identifier::parse(who) {
            Identifier::Phone(number) if number.starts_with('+') => {
                let made = self.made(&number, |n| format!("+441632960{:03}", n % 1_000));
                if who.starts_with("4:") { format!("4:{made}") } else { made }
            }
            Identifier::AcsUser(_) => self
                .made(who, |n| format!("8:acs:11111111-2222-3333-4444-555555555555_0000000a-bbbb-cccc-dddd-{n:012x}")),
            Identifier::TeamsUser(_) => self.made(who, |n| format!("8:orgid:00000000-0000-4000-8000-{n:012x}")),
            Identifier::TeamsApp(_) => self.made(who, |n| format!("28:orgid:00000000-0000-4000-8000-{n:012x}")),
            Identifier::Phone(number) if number.chars().filter(char::is_ascii_digit).count() >= A_PHONE => {
                let made = self.made(&number, |n| format!("01632960{:03}", n % 1_000));
                if who.starts_with("4:") { format!("4:{made}") } else { made }
            }
            Identifier::Phone(_) => who.to_owned(),
            Identifier::Unknown(_) if who.is_empty() || who == "anonymous" => who.to_owned(),
            Identifier::Unknown(_) => self.made(who, |n| format!("somebody-{n}")),
        }
    }

    /// An id of the platform's.
    fn id(&mut self, id: &str) -> String {
        self.made(id, |n| format!("id-{n}"))
    }

    /// Digits that somebody keyed in or said, or that a service has of them: as many others. Zeros alone are a secret's.
    fn digits(&mut self, real: &str) -> String {
        let count = real.chars().filter(char::is_ascii_digit).count();
        if count < A_NUMBER || !real.contains(|c: char| c.is_ascii_digit() && c != '0') {
            return real.to_owned();
        }
        let choice = self.choice;
        let made = self.made(real, |n| other_digits(real, count, n, choice));
        self.has_digits |= made != real;
        made
    }

    /// A text: its letters and digits are others, its length is the same.
    pub fn text(&mut self, text: &str) -> String {
        if self.keep || text == MASK || self.known.contains(text) {
            return text.to_owned();
        }
        if text.chars().all(|c| c.is_ascii_digit()) {
            return self.digits(text);
        }
        let shape = |c: char| match c {
            _ if c.is_uppercase() => 'X',
            _ if c.is_alphabetic() => 'x',
            _ if c.is_numeric() => '0',
            _ => c,
        };
        text.chars().map(shape).collect()
    }

    /// Words somebody said.
    fn words(&mut self, words: &str) -> String {
        if self.keep || words == MASK || self.known.contains(words) {
            return words.to_owned();
        }
        let said: Vec<(&str, String)> = words.split(' ').map(|word| (word, bare(word))).collect();
        let digit_word = |bare: &str| DIGIT_WORDS.iter().position(|digit| *digit == bare);
        let is_number = |bare: &str| !bare.is_empty() && bare.chars().all(|c| c.is_ascii_digit());
        let mut real = String::new();
        for (_, bare) in &said {
            match digit_word(bare) {
                Some(digit) => real.push_str(&digit.to_string()),
                None if is_number(bare) => real.push_str(bare),
                None => {}
            }
        }
        let made = self.digits(&real);
        let mut made = made.chars();
        let mut other = |c: char| if c.is_ascii_digit() { made.next().unwrap_or('0') } else { c };
        let mut all: Vec<String> = Vec::new();
        for (word, bare) in &said {
            all.push(match digit_word(bare) {
                Some(_) => {
                    let digit = other('0').to_digit(10).and_then(|digit| usize::try_from(digit).ok()).unwrap_or(0);
                    DIGIT_WORDS.get(digit).map_or_else(String::new, |word| (*word).to_owned())
                }
                None if is_number(bare) => word.chars().map(&mut other).collect(),
                None if PLAIN_WORDS.contains(&bare.as_str()) => (*word).to_owned(),
                None => self.text(word),
            });
        }
        all.join(" ")
    }

    /// A key by itself: one of a question's answer is the one that the made-up answer has there.
    fn tone(&mut self, tone: Tone, at: i64) -> Tone {
        let left = |asking: &Asking| asking.until.is_some_and(|until| at > until);
        if self.keep || !tone.to_char().is_ascii_digit() || self.asking.as_ref().is_none_or(left) {
            return tone;
        }
        let Some(asking) = &mut self.asking else { return tone };
        let Some(answer) = self.answers.get(&asking.op).cloned() else { return Tone::Zero };
        let reported = asking.reported;
        if reported >= answer.len() {
            return tone;
        }
        asking.reported += 1;
        self.tones(&answer).get(reported).copied().unwrap_or(Tone::Zero)
    }

    fn tones(&mut self, tones: &[Tone]) -> Vec<Tone> {
        let real: String = tones.iter().map(|tone| tone.to_char()).collect();
        self.digits(&real).chars().filter_map(Tone::from_char).collect()
    }

    /// Values.
    pub fn values(&mut self, values: &Values) -> Values {
        values.iter().map(|(name, value)| (name.clone(), self.value(value))).collect()
    }

    /// A value; its depth is bounded by its type.
    pub fn value(&mut self, value: &Value) -> Value {
        match value {
            Value::Phone(who) => Value::Phone(self.who(who)),
            Value::Digits(digits) => Value::Digits(self.digits(digits)),
            Value::Text(text) => Value::Text(self.text(text)),
            Value::List(items) => Value::List(items.iter().map(|item| self.value(item)).collect()),
            Value::Record(fields) => Value::Record(self.values(fields)),
            Value::Absent
            | Value::Bool(_)
            | Value::Date(_)
            | Value::Decimal(_)
            | Value::Duration(_)
            | Value::Enum(_)
            | Value::Int(_)
            | Value::LocalTime(_)
            | Value::Money(_)
            | Value::Time(_) => value.clone(),
        }
    }

    /// Facts.
    pub fn facts(&mut self, facts: &Facts) -> Facts {
        let mut facts = facts.clone();
        for id in [&mut facts.connection, &mut facts.server_call, &mut facts.correlation].into_iter().flatten() {
            *id = self.id(id);
        }
        if let Some(said) = &mut facts.said {
            for id in [&mut said.invitation, &mut said.recording].into_iter().flatten() {
                *id = self.id(id);
            }
            for present in &mut said.people {
                present.id = self.who(&present.id).into();
            }
            for (who, id) in &mut said.participants {
                (*who, *id) = (self.who(who).into(), self.id(id));
            }
        }
        facts
    }

    /// Something that happened.
    pub fn input(&mut self, input: &InputKind, at: i64) -> InputKind {
        match input {
            InputKind::Event(kind) => InputKind::Event(self.event(kind, at)),
            InputKind::Claimed { .. } | InputKind::Recovered => input.clone(),
        }
    }

    fn event(&mut self, kind: &EventKind, at: i64) -> EventKind {
        match kind {
            EventKind::Webhook(webhook) => EventKind::Webhook(self.webhook(webhook, at)),
            EventKind::Response { op, answer: Answer::Accepted(facts) } => {
                EventKind::Response { op: *op, answer: Answer::Accepted(self.facts(facts)) }
            }
            EventKind::Invoked { op, outcome, value, reason } => EventKind::Invoked {
                op: *op,
                outcome: outcome.clone(),
                value: value.as_ref().map(|value| self.value(value)),
                reason: reason.clone(),
            },
            EventKind::Signal { name, data } => {
                EventKind::Signal { name: name.clone(), data: data.as_ref().map(|data| self.value(data)) }
            }
            EventKind::Begin
            | EventKind::Defect { .. }
            | EventKind::Due
            | EventKind::OperatorHangUp
            | EventKind::Response { answer: Answer::Refused { .. } | Answer::Unknown, .. }
            | EventKind::SaidToBeOver
            | EventKind::Signalled { .. } => kind.clone(),
        }
    }

    fn webhook(&mut self, webhook: &Webhook, at: i64) -> Webhook {
        let kind = match &webhook.kind {
            WebhookKind::RecognizeCompleted(Heard::Speech(words)) => {
                WebhookKind::RecognizeCompleted(Heard::Speech(self.words(words).into()))
            }
            WebhookKind::RecognizeCompleted(Heard::Tones(tones)) => {
                WebhookKind::RecognizeCompleted(Heard::Tones(self.tones(tones).into()))
            }
            WebhookKind::ContinuousDtmfRecognitionToneReceived { tone, sequence } => {
                let tone = Hidden(tone.0.map(|tone| self.tone(tone, at)));
                WebhookKind::ContinuousDtmfRecognitionToneReceived { tone, sequence: *sequence }
            }
            WebhookKind::RecognizeCanceled | WebhookKind::RecognizeFailed => {
                let op = webhook.op.map(|op| op.op);
                if let Some(asking) = self.asking.as_mut().filter(|asking| Some(asking.op) == op) {
                    asking.until = Some(at.saturating_add(LATE_MS));
                }
                webhook.kind.clone()
            }
            WebhookKind::MoveParticipantSucceeded { who } => {
                WebhookKind::MoveParticipantSucceeded { who: who.as_ref().map(|who| self.who(who).into()) }
            }
            WebhookKind::ParticipantsUpdated { sequence, people } => {
                let mut people = people.clone();
                for present in &mut people {
                    present.id = self.who(&present.id).into();
                }
                WebhookKind::ParticipantsUpdated { sequence: *sequence, people }
            }
            WebhookKind::RecordingStateChanged { recording, active } => {
                WebhookKind::RecordingStateChanged { recording: self.id(recording), active: *active }
            }
            other => other.clone(),
        };
        Webhook { op: webhook.op, facts: self.facts(&webhook.facts), code: webhook.code, kind }
    }
}

/// A word without letter case and marks.
fn bare(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase()
}

/// Digits in the places of digits. They say nothing of the real ones: `n` counts what is made up, `choice` is another try.
fn other_digits(real: &str, count: usize, n: u32, choice: u32) -> String {
    let mut made = if choice == 0 {
        let number = format!("{:0count$}", u64::from(n) + 1);
        number[number.len() - count..].to_owned()
    } else {
        let mut state = u64::from(choice) << 32 | u64::from(n);
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b'0' + u8::try_from((state >> 40) % 10).unwrap_or(0))
        };
        next();
        (0..count).map(|_| next()).collect()
    };
    let mut made = made.drain(..);
    real.chars().map(|c| if c.is_ascii_digit() { made.next().unwrap_or('0') } else { c }).collect()
}

/// The texts of a JSON value.
fn texts(json: &serde_json::Value, into: &mut BTreeSet<String>) {
    let mut open = vec![json];
    while let Some(json) = open.pop() {
        match json {
            serde_json::Value::String(text) => drop(into.insert(text.clone())),
            serde_json::Value::Array(items) => open.extend(items),
            serde_json::Value::Object(fields) => open.extend(fields.values()),
            serde_json::Value::Bool(_) | serde_json::Value::Null | serde_json::Value::Number(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::language::flow::value::Value;
    use crate::platform::tones::Tone;
    use crate::runtime::recorded::mask::{Asking, Mask};
    use std::collections::BTreeSet;

    fn mask(keep: bool) -> Mask {
        Mask::knowing(BTreeSet::from(["gold".to_owned(), "20406080".to_owned()]), keep)
    }

    #[test]
    fn the_same_number_is_the_same_made_up_number_however_it_is_written() {
        let mut mask = mask(false);
        let first = mask.who("+4915112345678");
        assert_eq!(first, "+441632960000");
        assert_eq!(mask.who("4:+4915112345678"), format!("4:{first}"));
        assert_eq!(mask.who("+4915112345679"), "+441632960001");
        assert_eq!(mask.value(&Value::Phone("+4915112345678".to_owned())), Value::Phone(first));
        assert_eq!(mask.who("anonymous"), "anonymous");
        let user = "8:acs:99999999-2222-3333-4444-555555555555_0000000a-bbbb-cccc-dddd-eeeeeeeeeeee";
        assert!(mask.who(user).starts_with("8:acs:1111") && mask.who(user) == mask.who(user));
    }

    #[test]
    fn texts_keep_their_shape_and_what_the_flow_says_itself() {
        let mut mask = mask(false);
        assert_eq!(mask.text("Ada Lovelace, 12 B"), "Xxx Xxxxxxxx, 00 X");
        assert_eq!(mask.text("gold"), "gold");
        assert_eq!(mask.words("double four seven, Ada"), "double four seven Xxx");
    }

    #[test]
    fn the_same_digits_are_the_same_made_up_ones_however_they_come() {
        let mut mask = mask(false);
        let keys: Vec<Tone> = "47112".chars().filter_map(Tone::from_char).collect();
        assert_eq!(mask.tones(&keys).iter().map(|tone| tone.to_char()).collect::<String>(), "00001");
        assert_eq!(mask.text("47112"), "00001");
        assert_eq!(mask.value(&Value::Digits("47112".to_owned())), Value::Digits("00001".to_owned()));
        assert_eq!(mask.words("it is four seven one one two"), "xx xx zero zero zero zero one");
        assert_eq!(mask.words("47 11 2."), "00 00 1.");
        assert_eq!(mask.digits("815-4711"), "000-0002");
        assert!(mask.has_digits());
        for stays in ["20406080", "12", "0000"] {
            assert_eq!(mask.digits(stays), stays);
        }
        let other = mask.other(1, &[]).digits("9876");
        assert!(other.len() == 4 && other != mask.other(2, &[]).digits("9876"), "{other}");
        assert_eq!(mask.who("4:01715551234"), "4:01632960002");
        assert_eq!(mask.who("4:112"), "4:112");
    }

    #[test]
    fn keys_that_are_reported_one_by_one_are_those_of_the_made_up_answer() {
        let tones = |keys: &str| keys.chars().filter_map(Tone::from_char).collect::<Vec<_>>();
        let mut mask = mask(false);
        mask.answers.insert(7, tones("4711"));
        mask.asking = Some(Asking { op: 7, reported: 0, until: None });
        let told: Vec<Tone> = tones("4711").into_iter().map(|key| mask.tone(key, 0)).collect();
        assert_eq!(told, tones("0001"));
        assert_eq!(mask.tones(&tones("4711")), tones("0001"));
        // Its answer is whole: what is pressed now is something else.
        assert_eq!(mask.tone(Tone::Nine, 0), Tone::Nine);
        // A question without an answer has nothing that may be told, and a while after it neither.
        mask.asking = Some(Asking { op: 8, reported: 0, until: Some(5_000) });
        assert_eq!((mask.tone(Tone::Nine, 5_000), mask.tone(Tone::Nine, 5_001)), (Tone::Zero, Tone::Nine));
        assert_eq!(mask.tone(Tone::Pound, 0), Tone::Pound);
    }

    #[test]
    fn nothing_is_made_up_where_everything_is_kept() {
        let mut mask = mask(true);
        assert_eq!(mask.who("+4915112345678"), "+4915112345678");
        assert_eq!(mask.text("Ada"), "Ada");
    }
}
