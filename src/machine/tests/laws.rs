//! The laws that hold for any events at all.

use crate::machine::call::{Call, Line, Origin, Phase};
use crate::machine::command::OpRef;
use crate::machine::event::{
    Answer, ConnectionState, Event, EventKind, Facts, Heard, Present, Said, Webhook, WebhookKind,
};
use crate::machine::step;
use crate::machine::tests::Drive;
use crate::machine::tests::adding::{AGENT, PARTY};
use crate::machine::tests::collect::account;
use crate::machine::tests::dial::reminder;
use crate::machine::tests::invoke::asking;
use crate::machine::tests::keys::keyed;
use crate::machine::tests::message;
use crate::machine::tests::run::nested;
use crate::machine::tests::scopes;
use crate::machine::tests::signal::signalling;
use crate::machine::tests::wait::waiting;
use crate::machine::tests::watches;
use crate::platform::codes::{self, Code};
use crate::platform::hidden::Hidden;
use crate::platform::tones::Tone;
use proptest::prelude::*;

fn any_kind() -> impl Strategy<Value = WebhookKind> {
    prop_oneof![
        Just(WebhookKind::AnswerFailed),
        Just(WebhookKind::CallConnected),
        Just(WebhookKind::CallDisconnected),
        Just(WebhookKind::CallTransferAccepted),
        Just(WebhookKind::CallTransferFailed),
        Just(WebhookKind::CreateCallFailed),
        (0..9i64, 0..4usize, any::<bool>()).prop_map(|(sequence, who, held)| {
            let there = |id: &str| Present { id: id.to_owned().into(), muted: false, held };
            let people = [vec![], vec![PARTY], vec![AGENT], vec![PARTY, AGENT]];
            WebhookKind::ParticipantsUpdated { sequence, people: people[who].iter().map(|id| there(id)).collect() }
        }),
        Just(WebhookKind::AddParticipantSucceeded),
        Just(WebhookKind::AddParticipantFailed),
        Just(WebhookKind::HoldFailed),
        Just(WebhookKind::ContinuousDtmfRecognitionToneFailed),
        (0..3i64).prop_map(|sequence| WebhookKind::ContinuousDtmfRecognitionToneReceived {
            tone: Hidden(Some(Tone::Zero)),
            sequence,
        }),
        Just(WebhookKind::StartRecordingFailed),
        any::<bool>().prop_map(|active| WebhookKind::RecordingStateChanged { recording: "rec".into(), active }),
        Just(WebhookKind::PlayCanceled),
        Just(WebhookKind::PlayCompleted),
        Just(WebhookKind::PlayFailed),
        Just(WebhookKind::PlayStarted),
        Just(WebhookKind::RecognizeCanceled),
        (0..3usize).prop_map(|key| {
            WebhookKind::RecognizeCompleted(Heard::Tones(vec![[Tone::One, Tone::Two, Tone::Nine][key]].into()))
        }),
        Just(WebhookKind::RecognizeCompleted(Heard::Nothing)),
        Just(WebhookKind::RecognizeCompleted(Heard::Speech("twelve".into()))),
        (0..4usize, 0..6i64).prop_map(|(key, sequence)| {
            let tone = [Some(Tone::Zero), Some(Tone::Asterisk), Some(Tone::Seven), None][key];
            WebhookKind::ContinuousDtmfRecognitionToneReceived { tone: Hidden(tone), sequence }
        }),
        Just(WebhookKind::RecognizeFailed),
    ]
}

/// An event; the operation is the newest, an older one, or nobody's.
#[derive(Clone, Debug)]
enum Act {
    Webhook(u8, i32, WebhookKind),
    Answer(u8, u8),
    Invoked(u8, usize),
    Signal(usize),
    Signalled(u8, bool),
    Wait(i64),
    Operator,
    SaidToBeOver,
}

fn any_act() -> impl Strategy<Value = Act> {
    let sub =
        prop_oneof![Just(0), Just(8508), Just(8510), Just(8531), Just(8534), Just(7015), Just(560_486), Just(9999)];
    prop_oneof![
        12 => (0..3u8, sub, any_kind()).prop_map(|(op, sub, kind)| Act::Webhook(op, sub, kind)),
        6 => (0..3u8, 0..7u8).prop_map(|(op, answer)| Act::Answer(op, answer)),
        2 => (0..3u8, 0..3usize).prop_map(|(op, outcome)| Act::Invoked(op, outcome)),
        2 => (0..3usize).prop_map(Act::Signal),
        1 => (0..3u8, any::<bool>()).prop_map(|(op, found)| Act::Signalled(op, found)),
        6 => (0..120_000i64).prop_map(Act::Wait),
        1 => Just(Act::Operator),
        1 => Just(Act::SaidToBeOver),
    ]
}

fn kind_of(act: &Act, drive: &Drive) -> EventKind {
    let op = |which: u8| {
        let newest = drive.call.ops;
        OpRef { op: newest.saturating_sub(u64::from(which)), attempt: 1 }
    };
    let accepted = |state| Answer::Accepted(Facts { state, ..Facts::default() });
    match act {
        Act::Webhook(which, sub, kind) => EventKind::Webhook(Webhook {
            op: (*which < 2).then(|| op(*which)),
            facts: Facts { connection: Some("conn".into()), ..Facts::default() },
            code: Code::new(400, *sub),
            kind: kind.clone(),
        }),
        Act::Answer(which, answer) => EventKind::Response {
            op: op(*which),
            answer: match answer {
                0 => accepted(None),
                1 => Answer::Unknown,
                2 => Answer::Refused { code: codes::refusal::NOT_ESTABLISHED },
                3 => Answer::Refused { code: codes::refusal::NOT_FOUND },
                4 => accepted(Some(ConnectionState::Connected)),
                5 => {
                    let ids = Said {
                        invitation: Some("inv".into()),
                        recording: Some("rec".into()),
                        people: vec![],
                        ..Said::default()
                    };
                    Answer::Accepted(Facts { said: Some(Box::new(ids)), ..Facts::default() })
                }
                _ => accepted(Some(ConnectionState::Disconnected)),
            },
        },
        Act::Invoked(which, outcome) => EventKind::Invoked {
            op: op(*which),
            outcome: ["ok", "missing", "failed"][*outcome].to_owned(),
            value: None,
            reason: None,
        },
        Act::Signal(name) => EventKind::Signal { name: ["go", "ready", "unknown"][*name].to_owned(), data: None },
        Act::Signalled(which, found) => EventKind::Signalled { op: op(*which), found: *found },
        Act::Wait(_) => EventKind::Due,
        Act::Operator => EventKind::OperatorHangUp,
        Act::SaidToBeOver => EventKind::SaidToBeOver,
    }
}

/// Whether the scopes of a call whose state has begun are those of that state's group.
fn has_its_scope(drive: &Drive) -> bool {
    let call = &drive.call;
    if call.phase != Phase::Running || call.line != Line::Up || call.crossing.is_some() || !call.frames.is_empty() {
        return true;
    }
    let group = drive.program.state(&call.state).and_then(|state| state.group.clone());
    let group = group.filter(|name| drive.program.groups.contains_key(name));
    call.scopes.iter().map(|scope| scope.group.clone()).eq(group)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(2_026),
        ..ProptestConfig::default()
    })]

    /// Whatever happens: a call is over or has a reason to wake up; what is over orders nothing and stays as it is; operation
    /// numbers are new; the same input gives the same bytes; a webhook that comes twice is one; the document reads back; a
    /// state that runs has the scope of its group and no other; and time alone ends every call.
    #[test]
    fn laws(which in 0..11usize, acts in proptest::collection::vec(any_act(), 0..40)) {
        let inbound = |program| Drive::of(program, Origin::Inbound { context: "ctx".into() });
        let mut drive = match which {
            0 => Drive::of(reminder(), Origin::Outbound),
            1 => inbound(waiting()),
            2 => inbound(nested()),
            3 => inbound(account()),
            4 => inbound(scopes::program(scopes::recorded_and_held())),
            5 => inbound(message::program()),
            6 => inbound(watches::program(None)),
            7 => inbound(asking()),
            8 => inbound(signalling()),
            9 => inbound(keyed()),
            _ => Drive::new(),
        };
        for act in &acts {
            if let Act::Wait(ms) = act {
                drive.at += ms;
            }
            let kind = kind_of(act, &drive);
            let before = drive.call.clone();
            let event = Event { at: drive.at, kind: kind.clone() };
            prop_assert_eq!(step(&drive.program, &before, &event), step(&drive.program, &before, &event));
            let taken = drive.give(kind.clone());
            if let EventKind::Webhook(_) = &kind {
                let again = step(&drive.program, &drive.call, &Event { at: drive.at, kind });
                prop_assert_eq!((again.commands, &again.call), (vec![], &drive.call));
            }
            if before.is_ended() {
                prop_assert_eq!(&taken.commands, &vec![]);
                prop_assert_eq!(&drive.call, &before);
            }
            prop_assert!(drive.call.is_ended() || drive.call.next_due().is_some(), "stuck: {:?}", drive.call);
            for ordered in &taken.commands {
                prop_assert!(ordered.op.op > before.ops || ordered.op.attempt > 1);
            }
            prop_assert!(has_its_scope(&drive), "{:?}", drive.call);
            let bytes = serde_json::to_vec(&drive.call).expect("a call is plain data");
            prop_assert_eq!(&serde_json::from_slice::<Call>(&bytes).expect("and reads back"), &drive.call);
        }
        for _ in 0..1_000 {
            let Some(due) = drive.call.next_due() else { break };
            drive.at = drive.at.max(due);
            drive.give(EventKind::Due);
        }
        prop_assert!(drive.call.is_ended(), "time alone does not end it: {:?}", drive.call);
    }
}
