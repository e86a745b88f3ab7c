//! What flows ask for, then and now: which request now is which one then, and whether somebody on the line would notice a difference.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::machine::command::{ChoiceOffer, Command, Listen, Media, OpRef};
use crate::machine::event::{EventKind, Heard, WebhookKind};
use crate::platform::tones::Tone;
use crate::runtime::doc::InputKind;
use crate::runtime::recorded::Asked;
use std::collections::BTreeMap;

/// Requests then and now.
#[derive(Clone, Debug, Default)]
pub(super) struct Pairs {
    ops: BTreeMap<u64, u64>,
    /// Names of choices, by the request then.
    choices: BTreeMap<(u64, String), String>,
}

impl Pairs {
    /// What happened, to the requests as they are now.
    pub(super) fn input(&self, input: &InputKind) -> InputKind {
        let InputKind::Event(kind) = input else { return input.clone() };
        let mut kind = kind.clone();
        match &mut kind {
            EventKind::Webhook(webhook) => {
                if let (WebhookKind::RecognizeCompleted(Heard::Choice(name)), Some(op)) =
                    (&mut webhook.kind, webhook.op)
                    && let Some(now) = self.choices.get(&(op.op, name.clone()))
                {
                    name.clone_from(now);
                }
                if let Some(op) = &mut webhook.op {
                    self.rename(op);
                }
            }
            EventKind::Invoked { op, .. } | EventKind::Response { op, .. } | EventKind::Signalled { op, .. } => {
                self.rename(op);
            }
            EventKind::Begin
            | EventKind::Defect { .. }
            | EventKind::Due
            | EventKind::OperatorHangUp
            | EventKind::SaidToBeOver
            | EventKind::Signal { .. } => {}
        }
        InputKind::Event(kind)
    }

    fn rename(&self, op: &mut OpRef) {
        op.op = self.ops.get(&op.op).copied().unwrap_or(op.op);
    }

    /// How a request differs from the one in its place; where it does not they are one from here on.
    pub(super) fn differ(&mut self, was: Option<&Asked>, now: Option<&Asked>) -> Option<(String, String)> {
        let differs = match (was, now) {
            (Some(was), Some(now)) => differs(&was.command, &now.command),
            (was, now) => {
                let shown = |asked: Option<&Asked>| match asked {
                    Some(asked) => shown(&asked.command),
                    None => "nothing more".to_owned(),
                };
                Some((shown(was), shown(now)))
            }
        };
        if let (None, Some(was), Some(now)) = (&differs, was, now) {
            self.ops.insert(was.op.op, now.op.op);
            if let (
                Command::Recognize { listen: Listen::Choices { choices: then, .. }, .. },
                Command::Recognize { listen: Listen::Choices { choices, .. }, .. },
            ) = (&was.command, &now.command)
            {
                for (then, choice) in then.iter().zip(choices) {
                    self.choices.insert((was.op.op, then.name.clone()), choice.name.clone());
                }
            }
        }
        differs
    }
}

fn differs(was: &Command, now: &Command) -> Option<(String, String)> {
    let same = match (was, now) {
        (Command::Play { media: was, looped, .. }, Command::Play { media: now, looped: looped_now, .. }) => {
            looped == looped_now && words(was) == words(now)
        }
        (Command::Recognize { media: was, listen, .. }, Command::Recognize { media: now, listen: listen_now, .. }) => {
            if words(was) == words(now) && keys(listen) != keys(listen_now) {
                return Some((keys(listen), keys(listen_now)));
            }
            words(was) == words(now)
        }
        (Command::Transfer { to: was, .. }, Command::Transfer { to: now, .. })
        | (Command::Add { who: was, .. }, Command::Add { who: now, .. })
        | (Command::Redirect { to: was, .. }, Command::Redirect { to: now, .. })
        | (Command::SendKeys { who: was, .. }, Command::SendKeys { who: now, .. }) => was == now,
        (Command::Create { to: was, .. }, Command::Create { to: now, .. }) => was == now,
        (
            Command::Invoke { service, operation, .. },
            Command::Invoke { service: service_now, operation: operation_now, .. },
        ) => (service, operation) == (service_now, operation_now),
        _ => was.name() == now.name(),
    };
    (!same).then(|| (shown(was), shown(now)))
}

/// A request, as people would say it.
fn shown(command: &Command) -> String {
    match command {
        Command::Play { media, .. } | Command::Recognize { media, .. } => format!("said \"{}\"", words(media)),
        Command::Transfer { to, .. } => format!("put through to {}", to.0),
        Command::Add { who, .. } => format!("brought in {}", who.0),
        Command::Redirect { to, .. } => format!("sent on to {}", to.0),
        Command::Create { to, .. } => {
            format!("called {}", to.iter().map(|who| who.as_str()).collect::<Vec<_>>().join(", "))
        }
        Command::Invoke { service, operation, .. } => format!("asked {service}.{operation}"),
        other => format!("asked for {}", other.name().replace('_', " ")),
    }
}

/// The words of media, or the names of their files.
pub(crate) fn words(media: &[Media]) -> String {
    let all: Vec<&str> = media
        .iter()
        .map(|one| match one {
            Media::File { file } => file.as_str(),
            Media::Ssml { ssml } => ssml.as_str(),
            Media::Text { text, .. } => text.as_str(),
        })
        .collect();
    all.join(" ")
}

/// What a question listens for, as people would say it.
pub(crate) fn keys(listen: &Listen) -> String {
    let tones = |tones: &[Tone]| tones.iter().map(|tone| tone.word()).collect::<Vec<_>>().join(" ");
    let dtmf = |max: u32, stop: &[Tone]| {
        let end = if stop.is_empty() { String::new() } else { format!(", ended by {}", tones(stop)) };
        format!("up to {max} key{}{end}", if max == 1 { "" } else { "s" })
    };
    match listen {
        Listen::Dtmf { max_tones, stop, .. } => format!("took {}", dtmf(*max_tones, stop)),
        Listen::Choices { choices, .. } => {
            let one = |choice: &ChoiceOffer| {
                let key = choice.key.map(|key| key.word().to_owned());
                let all: Vec<String> =
                    key.into_iter().chain(choice.phrases.iter().map(|phrase| format!("\"{phrase}\""))).collect();
                all.join(" or ")
            };
            format!("took {}", choices.iter().map(one).collect::<Vec<_>>().join("; "))
        }
        Listen::Speech { .. } => "took words".to_owned(),
        Listen::SpeechOrDtmf { max_tones, stop, .. } => format!("took words, or {}", dtmf(*max_tones, stop)),
    }
}
