//! Short names of what happens to a call: for history, measures and the points of crash tests. There are as many of them as
//! there are kinds; nothing that came with an event is in one.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::machine::event::{EventKind, WebhookKind};
use crate::runtime::doc::InputKind;

/// What an input is called.
#[must_use]
pub fn of_input(kind: &InputKind) -> String {
    match kind {
        InputKind::Recovered => "recovered".to_owned(),
        InputKind::Claimed { .. } => "claimed".to_owned(),
        InputKind::Event(EventKind::Defect { .. }) => "defect".to_owned(),
        InputKind::Event(EventKind::Begin) => "begin".to_owned(),
        InputKind::Event(EventKind::Due) => "due".to_owned(),
        InputKind::Event(EventKind::SaidToBeOver) => "said_to_be_over".to_owned(),
        InputKind::Event(EventKind::OperatorHangUp) => "operator".to_owned(),
        InputKind::Event(EventKind::Invoked { .. }) => "invoked".to_owned(),
        InputKind::Event(EventKind::Signal { .. }) => "signal".to_owned(),
        InputKind::Event(EventKind::Signalled { .. }) => "signalled".to_owned(),
        InputKind::Event(EventKind::Response { .. }) => "answer".to_owned(),
        InputKind::Event(EventKind::Webhook(webhook)) => of_webhook(&webhook.kind),
    }
}

/// What a webhook is called: the name it is stored under.
#[must_use]
pub fn of_webhook(kind: &WebhookKind) -> String {
    match serde_json::to_value(kind) {
        Ok(serde_json::Value::String(name)) => name,
        Ok(serde_json::Value::Object(object)) => object.keys().next().cloned().unwrap_or_default(),
        Ok(_) | Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use crate::machine::event::{Heard, WebhookKind};
    use crate::runtime::kind::of_webhook;

    #[test]
    fn a_name_has_nothing_of_what_came_with_it() {
        assert_eq!(of_webhook(&WebhookKind::PlayCompleted), "play_completed");
        assert_eq!(of_webhook(&WebhookKind::RecognizeCompleted(Heard::Speech("me".into()))), "recognize_completed");
        assert_eq!(of_webhook(&WebhookKind::Unknown { name: "Foreign".into() }), "unknown");
    }
}
