//! Spans of calls, each with up to six things that happened in it: what the permutations shuffle.

use crate::machine::call::Origin;
use crate::machine::event::{Answer, EventKind, Facts, Heard, Present, Said, WebhookKind};
use crate::machine::tests::adding::{self, AGENT, PARTY};
use crate::machine::tests::permutations::{Happened, LEG, News, Of, Span};
use crate::machine::tests::scopes::recording;
use crate::machine::tests::{Drive, dial, keys, message, recognize, scopes};
use crate::platform::codes::{self, Code};
use crate::platform::hidden::Hidden;
use crate::platform::outcomes::Outcome;
use crate::platform::tones::Tone;

type Names = &'static [&'static str];

fn happened(name: &'static str, of: Of, after: Names, code: Code, kind: WebhookKind) -> Happened {
    Happened { name, of, after, news: News::Told(LEG, code, kind) }
}

fn fine(name: &'static str, of: Of, after: Names, kind: WebhookKind) -> Happened {
    happened(name, of, after, codes::OK, kind)
}

fn taken(name: &'static str, request: &'static str, said: Said) -> Happened {
    let facts = Facts { connection: Some(LEG.to_owned()), said: Some(Box::new(said)), ..Facts::default() };
    Happened { name, of: Of::Request(request, 1), after: &[], news: News::Taken(facts) }
}

/// Somebody hangs up.
fn gone(after: Names) -> Happened {
    happened("gone", Of::Nobody, after, codes::ENDED_BY_PARTICIPANT, WebhookKind::CallDisconnected)
}

/// The line goes because we hang it up.
fn hung_up(after: Names) -> Happened {
    happened("gone", Of::Because("hang_up", 1), after, codes::ENDED_BY_REQUEST, WebhookKind::CallDisconnected)
}

fn connected(name: &'static str) -> Happened {
    fine(name, Of::Request("answer", 1), &[], WebhookKind::CallConnected)
}

fn pressed(name: &'static str, nth: usize, after: Names, keys: &[Tone]) -> Happened {
    let kind = WebhookKind::RecognizeCompleted(Heard::Tones(keys.to_vec().into()));
    happened(name, Of::Request("recognize", nth), after, codes::MAXIMUM_TONES, kind)
}

fn cut(name: &'static str, nth: usize, after: Names) -> Happened {
    happened(name, Of::Request("recognize", nth), after, codes::CANCELLED, WebhookKind::RecognizeCanceled)
}

fn played(name: &'static str, nth: usize, after: Names) -> Happened {
    fine(name, Of::Request("play", nth), after, WebhookKind::PlayCompleted)
}

fn started(nth: usize, after: Names) -> Happened {
    fine("started", Of::Request("play", nth), after, WebhookKind::PlayStarted)
}

fn roster(name: &'static str, of: Of, after: Names, sequence: i64, people: &[(&str, bool)]) -> Happened {
    let present = |(id, held): &(&str, bool)| Present { id: (*id).to_owned().into(), muted: false, held: *held };
    let people = people.iter().map(present).collect();
    fine(name, of, after, WebhookKind::ParticipantsUpdated { sequence, people })
}

fn tone(name: &'static str, who: crate::machine::command::OpRef, after: Names, key: Tone, sequence: i64) -> Happened {
    let kind = WebhookKind::ContinuousDtmfRecognitionToneReceived { tone: Hidden(Some(key)), sequence };
    fine(name, Of::This(who), after, kind)
}

const ALONE: &[(&str, bool)] = &[(PARTY, false)];
const BOTH: &[(&str, bool)] = &[(PARTY, false), (AGENT, false)];
const PIN: &[Tone] = &[Tone::One, Tone::Two, Tone::Three, Tone::Four];

/// The words before a transfer are being said.
fn saying() -> Drive {
    let mut drive = Drive::connected();
    drive.press(Tone::One);
    drive
}

fn handing_over() -> Drive {
    let mut drive = saying();
    drive.says(WebhookKind::PlayCompleted);
    drive
}

/// Nobody knew what became of the question: it was asked once more.
fn asked_once_more() -> Drive {
    let mut drive = Drive::connected();
    let (op, _) = drive.last();
    drive.give(EventKind::Response { op, answer: Answer::Unknown });
    drive
}

fn dialling() -> Drive {
    Drive::of(dial::reminder(), Origin::Outbound)
}

fn dialling_on_its_leg() -> Drive {
    let mut drive = dialling();
    let (op, _) = drive.last();
    drive.answer(op, "leg-1");
    drive
}

/// A message of some seconds.
fn speaking() -> Drive {
    let mut drive = message::recording_now(false);
    drive.later(2_000);
    drive
}

fn inviting() -> Drive {
    Drive::answered(adding::program())
}

pub(super) fn spans() -> Vec<Span> {
    let mut all = inbound();
    all.extend(questions());
    all.extend(outbound());
    all.extend(groups());
    all
}

fn inbound() -> Vec<Span> {
    let whole = |code| {
        vec![
            connected("connected"),
            roster("roster", Of::Because("answer", 1), &["connected"], 1, ALONE),
            pressed("chosen", 1, &["connected"], &[Tone::One]),
            played("said", 1, &["chosen"]),
            fine("accepted", Of::Request("transfer", 1), &["said"], WebhookKind::CallTransferAccepted),
            happened("gone", Of::Because("transfer", 1), &["accepted"], code, WebhookKind::CallDisconnected),
        ]
    };
    let busy = |name, after| {
        let code = codes::not_reached_code(Outcome::Busy);
        happened(name, Of::Request("transfer", 1), after, code, WebhookKind::CallTransferFailed)
    };
    vec![
        Span { name: "handed over", begin: Drive::new, events: whole(codes::OK), ends: &["handed_over"] },
        Span {
            name: "handed over, as the line says",
            begin: Drive::new,
            events: whole(codes::ENDED_BY_TRANSFER),
            ends: &["handed_over"],
        },
        Span {
            name: "words, then handed over",
            begin: saying,
            events: vec![
                started(1, &[]),
                played("said", 1, &["started"]),
                played("said again", 1, &["said"]),
                pressed("another key", 1, &[], &[Tone::Two]),
                fine("accepted", Of::Request("transfer", 1), &["said"], WebhookKind::CallTransferAccepted),
                happened(
                    "gone",
                    Of::Because("transfer", 1),
                    &["accepted"],
                    codes::ENDED_BY_PARTICIPANT,
                    WebhookKind::CallDisconnected,
                ),
            ],
            ends: &["handed_over"],
        },
        Span {
            name: "a desk that is busy",
            begin: handing_over,
            events: vec![
                busy("busy", &[]),
                busy("busy again", &["busy"]),
                played("said again", 1, &[]),
                started(2, &[]),
                played("said", 2, &["started"]),
                hung_up(&["said"]),
            ],
            ends: &["nobody"],
        },
        Span {
            name: "a message",
            begin: message::asked_for,
            events: vec![
                taken("taken", "start_recording", Said { recording: Some("rec".into()), ..Said::default() }),
                fine("active", Of::Because("start_recording", 1), &[], recording("rec", true)),
                fine("active again", Of::Because("start_recording", 1), &["active"], recording("rec", true)),
                played("beeped", 2, &["active"]),
                happened(
                    "stopped",
                    Of::Request("recognize", 1),
                    &["beeped"],
                    codes::STOP_TONE,
                    WebhookKind::RecognizeCompleted(Heard::Tones(vec![Tone::Pound].into())),
                ),
                fine("inactive", Of::Because("stop_recording", 1), &["stopped"], recording("rec", false)),
            ],
            // It lasts for no second: that is no message.
            ends: &["empty"],
        },
        Span {
            name: "a message, and the line goes",
            begin: speaking,
            events: vec![
                happened(
                    "stopped",
                    Of::Request("recognize", 1),
                    &[],
                    codes::STOP_TONE,
                    WebhookKind::RecognizeCompleted(Heard::Tones(vec![Tone::Pound].into())),
                ),
                played("beeped again", 2, &[]),
                fine("active again", Of::Because("start_recording", 1), &[], recording("rec", true)),
                roster("roster", Of::Nobody, &[], 1, ALONE),
                gone(&["stopped"]),
                // With the line the recording goes, whichever is told first.
                fine("inactive", Of::Nobody, &["active again"], recording("rec", false)),
            ],
            ends: &["recorded"],
        },
    ]
}

fn questions() -> Vec<Span> {
    let silent =
        |name, after| happened(name, Of::Request("recognize", 1), after, codes::SILENCE, WebhookKind::RecognizeFailed);
    let wrong = |name, after| {
        happened(name, Of::Request("recognize", 1), after, codes::WRONG_KEY, WebhookKind::RecognizeFailed)
    };
    vec![
        Span {
            name: "a choice, and the line goes",
            begin: Drive::connected,
            events: vec![
                connected("connected again"),
                roster("roster", Of::Nobody, &[], 1, ALONE),
                pressed("chosen", 1, &[], &[Tone::One]),
                pressed("chosen again", 1, &["chosen"], &[Tone::One]),
                happened("cut", Of::Request("play", 1), &[], codes::CANCELLED, WebhookKind::PlayCanceled),
                gone(&["chosen"]),
            ],
            ends: &["abandoned"],
        },
        Span {
            name: "a question cut off, and the line goes",
            begin: Drive::connected,
            events: vec![
                connected("connected again"),
                roster("roster", Of::Nobody, &[], 1, ALONE),
                cut("cut", 1, &[]),
                cut("cut again", 1, &["cut"]),
                gone(&["cut"]),
                happened("gone again", Of::Nobody, &["gone"], codes::OK, WebhookKind::CallDisconnected),
            ],
            ends: &["abandoned"],
        },
        Span {
            name: "silence, then a choice",
            begin: Drive::connected,
            events: vec![
                silent("silent", &[]),
                silent("silent again", &["silent"]),
                pressed("chosen", 2, &[], &[Tone::One]),
                pressed("chosen again", 2, &["chosen"], &[Tone::One]),
                played("said", 1, &[]),
                fine("accepted", Of::Request("transfer", 1), &["said"], WebhookKind::CallTransferAccepted),
            ],
            ends: &["handed_over"],
        },
        Span {
            name: "a question asked once more",
            begin: asked_once_more,
            events: vec![
                cut("first cut", 1, &[]),
                pressed("chosen", 2, &["first cut"], &[Tone::One]),
                pressed("chosen again", 2, &["chosen"], &[Tone::One]),
                connected("connected again"),
                played("said", 1, &[]),
                fine("accepted", Of::Request("transfer", 1), &["said"], WebhookKind::CallTransferAccepted),
            ],
            ends: &["handed_over"],
        },
        Span {
            name: "a pin and rosters",
            begin: recognize::asked,
            events: vec![
                pressed("pressed", 1, &[], PIN),
                pressed("pressed again", 1, &["pressed"], PIN),
                roster("roster 1", Of::Nobody, &[], 1, ALONE),
                roster("roster 2", Of::Nobody, &["roster 1"], 2, BOTH),
                connected("connected again"),
                hung_up(&["pressed"]),
            ],
            ends: &["right"],
        },
        Span {
            name: "a wrong key and its tone",
            begin: keys::menu,
            events: vec![
                wrong("wrong", &[]),
                wrong("wrong again", &["wrong"]),
                tone("zero", keys::PARTY, &[], Tone::Zero, 1),
                tone("zero again", keys::PARTY, &["zero"], Tone::Zero, 1),
                connected("connected again"),
                hung_up(&[]),
            ],
            ends: &["zero"],
        },
        Span {
            name: "a choice, and a key of somebody else",
            begin: keys::menu,
            events: vec![
                pressed("chosen", 1, &[], &[Tone::One]),
                pressed("chosen again", 1, &["chosen"], &[Tone::One]),
                tone("zero", keys::AGENT, &[], Tone::Zero, 1),
                tone("zero again", keys::AGENT, &["zero"], Tone::Zero, 1),
                connected("connected again"),
                hung_up(&[]),
            ],
            ends: &["zero"],
        },
        Span {
            name: "keys one after the other",
            begin: keys::rest,
            events: vec![
                tone("star", keys::PARTY, &[], Tone::Asterisk, 1),
                tone("star again", keys::PARTY, &["star"], Tone::Asterisk, 1),
                tone("seven", keys::PARTY, &["star"], Tone::Seven, 2),
                tone("seven again", keys::PARTY, &["seven"], Tone::Seven, 2),
                tone("somebody else's", keys::AGENT, &[], Tone::Five, 1),
                pressed("chosen again", 1, &[], &[Tone::One]),
            ],
            ends: &["starred"],
        },
    ]
}

fn outbound() -> Vec<Span> {
    let on = |leg, happened: Happened| match happened.news {
        News::Told(_, code, kind) => Happened { news: News::Told(leg, code, kind), ..happened },
        News::Taken(facts) => {
            let facts = Facts { connection: Some(leg.to_owned()), ..facts };
            Happened { news: News::Taken(facts), ..happened }
        }
    };
    let busy = |name, after| {
        let code = codes::not_reached_code(Outcome::Busy);
        on("leg-1", happened(name, Of::Request("create", 1), after, code, WebhookKind::CreateCallFailed))
    };
    vec![
        Span {
            name: "a callee who answers",
            begin: dialling,
            events: vec![
                taken("taken", "create", Said::default()),
                fine("answered", Of::Request("create", 1), &[], WebhookKind::CallConnected),
                roster("roster", Of::Because("create", 1), &["answered"], 1, ALONE),
                started(1, &["answered"]),
                played("said", 1, &["started"]),
                hung_up(&["said"]),
            ],
            ends: &["told"],
        },
        Span {
            name: "a callee who is busy, and dialled again",
            begin: dialling_on_its_leg,
            events: vec![
                busy("busy", &[]),
                busy("busy again", &["busy"]),
                on("leg-1", gone(&["busy"])),
                on("leg-2", Happened { of: Of::Request("create", 2), ..taken("taken", "create", Said::default()) }),
                on("leg-2", fine("answered", Of::Request("create", 2), &[], WebhookKind::CallConnected)),
                on("leg-2", played("said", 1, &["answered"])),
            ],
            ends: &["told"],
        },
    ]
}

fn groups() -> Vec<Span> {
    let joined = |name, after| fine(name, Of::Request("add", 1), after, WebhookKind::AddParticipantSucceeded);
    vec![
        Span {
            name: "somebody joins, and the line goes",
            begin: inviting,
            events: vec![
                taken("taken", "add", Said { invitation: Some("inv".into()), ..Said::default() }),
                joined("joined", &[]),
                joined("joined again", &["joined"]),
                roster("roster 1", Of::Nobody, &[], 1, ALONE),
                roster("roster 2", Of::Nobody, &["roster 1"], 2, BOTH),
                gone(&["joined", "roster 2"]),
            ],
            ends: &["party_left"],
        },
        Span {
            name: "recorded and on hold",
            begin: || scopes::entering().0,
            events: vec![
                taken("taken", "start_recording", Said { recording: Some("rec".into()), ..Said::default() }),
                fine("active", Of::Because("start_recording", 1), &[], recording("rec", true)),
                taken("hold taken", "hold", Said::default()),
                roster("held", Of::Because("hold", 1), &[], 5, &[(PARTY, false), (AGENT, true)]),
                roster("an old roster", Of::Nobody, &[], 1, BOTH),
                played("said", 1, &[]),
            ],
            ends: &["left"],
        },
    ]
}
