//! Personal data, made up: the same number is the same made-up number throughout a call, a text keeps its shape. What the flow's own
//! text or its settings say is nobody's, and stays; so do keys, amounts, dates and the words of enums.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::language::flow::secret::MASK;
use crate::language::flow::value::{Value, Values};
use crate::language::graph::Program;
use crate::machine::event::{Answer, EventKind, Facts, Heard, Webhook, WebhookKind};
use crate::platform::identifier::Identifier;
use crate::runtime::doc::InputKind;
use std::collections::{BTreeMap, BTreeSet};

/// Words by which people say numbers, or yes and no: they say nothing of who says them.
const PLAIN_WORDS: &[&str] = &[
    "double", "eight", "eleven", "five", "four", "hash", "nine", "no", "nought", "oh", "one", "pound", "seven", "six",
    "star", "ten", "three", "triple", "twelve", "two", "yes", "zero",
];

/// What was made up so far.
#[derive(Clone, Debug)]
pub struct Mask {
    keep: bool,
    known: BTreeSet<String>,
    made: BTreeMap<String, String>,
    numbers: u32,
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
                Value::Text(text) => drop(known.insert(text.clone())),
                Value::List(items) => open.extend(items),
                Value::Record(fields) => open.extend(fields.values()),
                _ => {}
            }
        }
        Mask { keep, known, made: BTreeMap::new(), numbers: 0 }
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
            Identifier::Phone(_) => who.to_owned(),
            Identifier::Unknown(_) if who.is_empty() || who == "anonymous" => who.to_owned(),
            Identifier::Unknown(_) => self.made(who, |n| format!("somebody-{n}")),
        }
    }

    /// An id of the platform's.
    fn id(&mut self, id: &str) -> String {
        self.made(id, |n| format!("id-{n}"))
    }

    /// A text: its letters and digits are others, its length is the same.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        if self.keep || text == MASK || self.known.contains(text) {
            return text.to_owned();
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
    fn words(&self, words: &str) -> String {
        if self.keep || words == MASK || self.known.contains(words) {
            return words.to_owned();
        }
        let plain = |word: &str| {
            let bare: String = word.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
            PLAIN_WORDS.contains(&bare.as_str()) || bare.chars().all(|c| c.is_ascii_digit())
        };
        let words = words.split(' ').map(|word| if plain(word) { word.to_owned() } else { self.text(word) });
        words.collect::<Vec<_>>().join(" ")
    }

    /// Values.
    pub fn values(&mut self, values: &Values) -> Values {
        values.iter().map(|(name, value)| (name.clone(), self.value(value))).collect()
    }

    /// A value; its depth is bounded by its type.
    pub fn value(&mut self, value: &Value) -> Value {
        match value {
            Value::Phone(who) => Value::Phone(self.who(who)),
            Value::Text(text) => Value::Text(self.text(text)),
            Value::List(items) => Value::List(items.iter().map(|item| self.value(item)).collect()),
            Value::Record(fields) => Value::Record(self.values(fields)),
            Value::Absent
            | Value::Bool(_)
            | Value::Date(_)
            | Value::Decimal(_)
            | Value::Digits(_)
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
                present.id = self.who(&present.id);
            }
            for (who, id) in &mut said.participants {
                (*who, *id) = (self.who(who), self.id(id));
            }
        }
        facts
    }

    /// Something that happened.
    pub fn input(&mut self, input: &InputKind) -> InputKind {
        match input {
            InputKind::Event(kind) => InputKind::Event(self.event(kind)),
            InputKind::Claimed { .. } | InputKind::Recovered => input.clone(),
        }
    }

    fn event(&mut self, kind: &EventKind) -> EventKind {
        match kind {
            EventKind::Webhook(webhook) => EventKind::Webhook(self.webhook(webhook)),
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

    fn webhook(&mut self, webhook: &Webhook) -> Webhook {
        let kind = match &webhook.kind {
            WebhookKind::RecognizeCompleted(Heard::Speech(words)) => {
                WebhookKind::RecognizeCompleted(Heard::Speech(self.words(words)))
            }
            WebhookKind::MoveParticipantSucceeded { who } => {
                WebhookKind::MoveParticipantSucceeded { who: who.as_ref().map(|who| self.who(who)) }
            }
            WebhookKind::ParticipantsUpdated { sequence, people } => {
                let mut people = people.clone();
                for present in &mut people {
                    present.id = self.who(&present.id);
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
    use crate::runtime::recorded::mask::Mask;
    use std::collections::{BTreeMap, BTreeSet};

    fn mask(keep: bool) -> Mask {
        let known = BTreeSet::from(["gold".to_owned()]);
        Mask { keep, known, made: BTreeMap::new(), numbers: 0 }
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
        let mask = mask(false);
        assert_eq!(mask.text("Ada Lovelace, 12 B"), "Xxx Xxxxxxxx, 00 X");
        assert_eq!(mask.text("gold"), "gold");
        assert_eq!(mask.words("double four seven, Ada"), "double four seven, Xxx");
    }

    #[test]
    fn nothing_is_made_up_where_everything_is_kept() {
        let mut mask = mask(true);
        assert_eq!(mask.who("+4915112345678"), "+4915112345678");
        assert_eq!(mask.text("Ada"), "Ada");
    }
}
