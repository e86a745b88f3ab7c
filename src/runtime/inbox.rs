//! Webhooks of one call, as their body came: what can be read takes a turn, what cannot is set aside, and a line that nobody
//! would ever hang up is named.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::machine::event::{EventKind, WebhookKind};
use crate::planted::{Bug, planted};
use crate::provider::acs::from_wire::webhook;
use crate::runtime::doc::{Input, InputKind};
use crate::runtime::shot::{Asked, Got, MISMATCH, Next, OneShot, Want};
use crate::runtime::turn::Verdict;
use crate::store::Quarantined;

/// One delivery to one call's callback address.
#[derive(Debug)]
pub struct Inbox {
    call: String,
    inputs: Vec<Input>,
    /// What is still to be noted: kind and reason.
    notes: Vec<(String, String)>,
    /// The application's leg, as the events name it.
    connection: Option<String>,
    /// Whether one of the events says that the line is up.
    connected: bool,
    turned: bool,
    let_go: bool,
}

/// What came of a delivery that is durable now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// A line that the platform says is ours but no live call has.
    pub let_go: Option<String>,
}

impl Inbox {
    /// A delivery to the callback address of `call`.
    #[must_use]
    pub fn new(call: String, body: &[u8]) -> Inbox {
        let mut inbox = Inbox {
            call,
            inputs: Vec::new(),
            notes: Vec::new(),
            connection: None,
            connected: false,
            turned: false,
            let_go: false,
        };
        let elements = match webhook::read(body) {
            Ok(elements) => elements,
            Err(error) => {
                inbox.notes.push(("webhook".to_owned(), error.to_string()));
                return inbox;
            }
        };
        let mut unreadable = Vec::new();
        for element in elements {
            match element {
                Ok(one) => {
                    inbox.connected |= one.webhook.kind == WebhookKind::CallConnected;
                    if inbox.connection.is_none() {
                        inbox.connection.clone_from(&one.webhook.facts.connection);
                    }
                    inbox.inputs.push(Input {
                        key: format!("webhook:{}", one.key),
                        kind: InputKind::Event(EventKind::Webhook(one.webhook)),
                    });
                }
                Err(bad) => unreadable.push(bad),
            }
        }
        if let Some(first) = unreadable.first() {
            // One note a delivery, however much of it cannot be read.
            let mut reason = format!("{} of its events cannot be read; the first: {}", unreadable.len(), first.reason);
            if planted(Bug::BodyKept) {
                reason.push_str(&String::from_utf8_lossy(body));
            }
            inbox.notes.push((first.wire_type.clone(), reason));
        }
        inbox
    }

    /// Notes first, then the turn, then what the turn left to note.
    fn next(&mut self, now: i64) -> Next<Result<Kept, String>> {
        if let Some((detail, reason)) = self.notes.pop() {
            return Next::Want(Want::SetAside(Quarantined { at: now, reason, call: self.call.clone(), detail }));
        }
        if self.turned || self.inputs.is_empty() {
            let let_go = self.connection.take().filter(|_| self.let_go);
            return Next::Done(Ok(Kept { let_go }));
        }
        self.turned = true;
        let inputs = std::mem::take(&mut self.inputs);
        Next::Want(Want::Turns(vec![Asked { call: self.call.clone(), inputs }]))
    }
}

impl OneShot for Inbox {
    /// Or why the store cannot be used now: the sender may try again.
    type End = Result<Kept, String>;

    fn start(&mut self, now: i64) -> Next<Self::End> {
        self.next(now)
    }

    fn got(&mut self, got: Got, now: i64) -> Next<Self::End> {
        match got {
            Got::SetAside(Ok(())) => self.next(now),
            Got::SetAside(Err(error)) => Next::Done(Err(error.to_string())),
            Got::Turned(verdicts) => {
                for verdict in verdicts {
                    match verdict {
                        Verdict::Applied { .. } | Verdict::Duplicate => {}
                        // A line that came about after its call was over: nobody would ever hang it up.
                        Verdict::Ended => self.let_go |= self.connected,
                        Verdict::Unknown => {
                            self.notes.push(("webhook".to_owned(), "no such call".to_owned()));
                            self.let_go = true;
                        }
                        Verdict::Broken(reason) => self.notes.push(("webhook".to_owned(), reason)),
                        Verdict::Busy(_) if planted(Bug::AcknowledgedBeforeCommit) => {}
                        Verdict::Busy(reason) => return Next::Done(Err(reason)),
                    }
                }
                self.next(now)
            }
            Got::Loaded(_)
            | Got::Program(_)
            | Got::Committed(_)
            | Got::Due(_)
            | Got::NextDue(_)
            | Got::Sent(_)
            | Got::Invoked(_)
            | Got::Waited => Next::Done(Err(MISMATCH.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::runtime::inbox::{Inbox, Kept};
    use crate::runtime::shot::{Got, Next, OneShot, Want};
    use crate::runtime::turn::Verdict;
    use crate::store::Error;

    fn event(kind: &str) -> String {
        let data = serde_json::json!({
            "callConnectionId": "line", "serverCallId": "s", "correlationId": "k", "version": "2024-09-15",
        });
        serde_json::json!({
            "id": "e1", "source": "calling/callConnections/line", "type": format!("Microsoft.Communication.{kind}"),
            "data": data, "time": "2026-01-01T00:00:00Z", "specversion": "1.0", "subject": "calling",
        })
        .to_string()
    }

    /// What a delivery wants done, given the turn's verdict, and how it ends.
    fn delivered(body: &str, verdict: &Verdict) -> (Vec<&'static str>, Result<Kept, String>) {
        let mut inbox = Inbox::new("c".to_owned(), body.as_bytes());
        let (mut next, mut wants) = (inbox.start(1), Vec::new());
        loop {
            next = match next {
                Next::Want(Want::SetAside(_)) => {
                    wants.push("set aside");
                    inbox.got(Got::SetAside(Ok(())), 2)
                }
                Next::Want(Want::Turns(_)) => {
                    wants.push("turn");
                    inbox.got(Got::Turned(vec![verdict.clone()]), 2)
                }
                Next::Want(other) => panic!("{other:?}"),
                Next::Done(end) => return (wants, end),
            };
        }
    }

    #[test]
    fn only_what_can_be_read_takes_a_turn() {
        let good = format!("[{},{{\"type\": 3}}]", event("CallConnected"));
        assert_eq!(delivered(&good, &Verdict::Duplicate), (vec!["set aside", "turn"], Ok(Kept { let_go: None })));
        assert_eq!(delivered("nonsense", &Verdict::Duplicate), (vec!["set aside"], Ok(Kept { let_go: None })));
        assert_eq!(delivered("[]", &Verdict::Duplicate), (vec![], Ok(Kept { let_go: None })));
    }

    #[test]
    fn a_line_that_nobody_has_is_let_go() {
        let line = Ok(Kept { let_go: Some("line".to_owned()) });
        let connected = format!("[{}]", event("CallConnected"));
        let other = format!("[{}]", event("PlayCompleted"));
        assert_eq!(delivered(&connected, &Verdict::Ended), (vec!["turn"], line.clone()));
        assert_eq!(delivered(&other, &Verdict::Ended), (vec!["turn"], Ok(Kept { let_go: None })));
        assert_eq!(delivered(&other, &Verdict::Unknown), (vec!["turn", "set aside"], line));
    }

    #[test]
    fn nothing_is_accepted_while_the_store_cannot_be_used() {
        let connected = format!("[{}]", event("CallConnected"));
        assert!(delivered(&connected, &Verdict::Busy("full".to_owned())).1.is_err());
        let mut inbox = Inbox::new("c".to_owned(), b"nonsense");
        inbox.start(1);
        let end = inbox.got(Got::SetAside(Err(Error::Full("x".to_owned()))), 2);
        assert!(matches!(end, Next::Done(Err(_))));
    }
}
