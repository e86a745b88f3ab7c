//! What callers answer to a question for a secret, and where of all that it can be seen.

use crate::language::flow::state::Input;
use crate::language::flow::types::Type;
use crate::language::flow::value::Value;
use crate::machine::call::Origin;
use crate::machine::event::{EventKind, Heard, Webhook, WebhookKind};
use crate::machine::hush::masked;
use crate::machine::keys::Watch;
use crate::machine::tests::Drive;
use crate::machine::tests::collect::asking;
use crate::platform::codes;
use crate::platform::hidden::Hidden;
use crate::platform::tones::Tone;

fn asked(ty: Type, input: Input) -> Drive {
    let mut drive = Drive::of(asking(ty, input), Origin::Inbound { context: "ctx".into() });
    let (op, _) = drive.last();
    drive.webhook(Some(op), codes::OK, WebhookKind::CallConnected);
    drive.call.watches.push(Watch { op: 90, who: "party".into(), past: i64::MIN });
    drive.call.watches.push(Watch { op: 91, who: "agent".into(), past: i64::MIN });
    drive
}

fn secret() -> Type {
    Type::Secret(Box::new(Type::Digits { min: 3, max: 4 }))
}

/// What is kept of an event of the call as it is now.
fn kept(drive: &Drive, op: u64, kind: WebhookKind) -> WebhookKind {
    let op = Some(crate::machine::command::OpRef { op, attempt: 1 });
    let webhook = Webhook { op, facts: Default::default(), code: codes::OK, kind };
    match masked(&drive.program, &drive.call, &EventKind::Webhook(webhook), drive.at) {
        EventKind::Webhook(webhook) => webhook.kind,
        other => panic!("a webhook stays one: {other:?}"),
    }
}

fn tone(key: Tone) -> WebhookKind {
    WebhookKind::ContinuousDtmfRecognitionToneReceived { tone: Hidden(Some(key)), sequence: 1 }
}

const KEYS: [Tone; 4] = [Tone::Seven, Tone::Three, Tone::Nine, Tone::Eight];

fn answer() -> WebhookKind {
    WebhookKind::RecognizeCompleted(Heard::Tones(KEYS.to_vec().into()))
}

fn zeros() -> WebhookKind {
    WebhookKind::RecognizeCompleted(Heard::Tones(vec![Tone::Zero; 4].into()))
}

#[test]
fn the_answer_to_a_question_for_a_secret_is_masked_and_no_other() {
    let drive = asked(secret(), Input::Dtmf);
    let (op, _) = drive.last();
    assert_eq!(kept(&drive, op.op, answer()), zeros());
    assert_eq!(kept(&drive, 90, tone(Tone::Seven)), tone(Tone::Zero));
    assert_eq!(kept(&drive, 91, tone(Tone::Seven)), tone(Tone::Seven), "the agent was not asked");
    let spoken = asked(Type::Secret(Box::new(Type::Text)), Input::Speech);
    let (op, _) = spoken.last();
    let said = |words: &str| WebhookKind::RecognizeCompleted(Heard::Speech(words.to_owned().into()));
    assert_eq!(kept(&spoken, op.op, said("open sesame")), said("…"));
    let open = asked(Type::Digits { min: 3, max: 4 }, Input::Dtmf);
    let (op, _) = open.last();
    assert_eq!(kept(&open, op.op, answer()), answer());
    assert_eq!(kept(&open, 90, tone(Tone::Seven)), tone(Tone::Seven));
}

#[test]
fn what_comes_late_is_masked_too() {
    let mut drive = asked(secret(), Input::Dtmf);
    let (op, _) = drive.last();
    drive.says(answer());
    assert_eq!(drive.call.state, "filled");
    assert_eq!(kept(&drive, op.op, answer()), zeros());
    assert_eq!(kept(&drive, 90, tone(Tone::Seven)), tone(Tone::Zero));
    assert_eq!(kept(&drive, 91, tone(Tone::Seven)), tone(Tone::Seven));
    drive.at += 5_001;
    assert_eq!(kept(&drive, op.op, answer()), zeros(), "its own answer, however late");
    assert_eq!(kept(&drive, 90, tone(Tone::Seven)), tone(Tone::Seven));
    assert_eq!(kept(&drive, op.op + 1, answer()), answer(), "the answer to a later question");
}

#[test]
fn the_masked_answer_leads_the_same_way() {
    let (mut told, mut hidden) = (asked(secret(), Input::Dtmf), asked(secret(), Input::Dtmf));
    told.says(answer());
    hidden.says(zeros());
    assert_eq!(told.call.state, hidden.call.state);
}

#[test]
fn a_call_keeps_a_secret_until_it_is_over_and_never_prints_it() {
    let mut drive = asked(secret(), Input::Dtmf);
    drive.says(answer());
    let digits = |digits: &str| Some(Value::Digits(digits.to_owned()));
    assert_eq!(drive.call.vars.get("account").cloned(), digits("7398"));
    assert!(!format!("{:?}", drive.call).contains("7398"));
    drive.webhook(None, codes::OK, WebhookKind::CallDisconnected);
    assert!(drive.call.is_ended());
    assert_eq!(drive.call.vars.get("account").cloned(), digits("0000"));
}
