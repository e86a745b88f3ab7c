//! What is sent, what an outcome means, and what comes too late.

use crate::machine::command::{Command, OpRef};
use crate::machine::event::{Answer, EventKind, Facts};
use crate::machine::people::Person;
use crate::platform::codes::Code;
use crate::provider::Outcome;
use crate::runtime::dispatch::Dispatch;
use crate::runtime::dispatch::attempt::{After, Tried, after};
use crate::runtime::dispatch::made::{self, found, pending, play, transfer};
use crate::runtime::doc::{Doc, InputKind, Pending, repeat_id};
use crate::runtime::shot::{Got, Next, OneShot, Want};
use crate::store::Found;
use std::sync::Arc;

fn sends_until_report(pending: &Pending) -> u32 {
    let mut tried = Tried::default();
    for sends in 1..100 {
        if let After::Report { .. } = after(pending, Outcome::Unknown, &mut tried, 0) {
            return sends;
        }
    }
    panic!("never reported");
}

#[test]
fn media_of_unknown_fate_is_the_machines_to_decide_and_others_are_tried_longer() {
    let play = pending(3, play());
    assert_eq!(sends_until_report(&play), 1);
    let transfer = pending(3, transfer());
    assert_eq!(sends_until_report(&transfer), 6);
    let definite = Outcome::Definite(Answer::Accepted(Facts::default()));
    assert!(matches!(after(&transfer, definite, &mut Tried::default(), 0), After::Report { after_ms: 0, .. }));
}

#[test]
fn a_request_that_was_not_carried_out_is_tried_again_when_the_platform_says_so() {
    let transfer = pending(3, transfer());
    let again = |outcome| match after(&transfer, outcome, &mut Tried::default(), 0) {
        After::Again { after_ms } => after_ms,
        After::Report { .. } => panic!("given up at once"),
    };
    assert!((7_000..7_700).contains(&again(Outcome::Throttled { after_ms: 7_000 })));
    assert!((500..550).contains(&again(Outcome::NotNow { after_ms: 500 })));
    assert_eq!(again(Outcome::NotTried { after_ms: 120 }), 120);
}

#[test]
fn the_repeat_id_is_stable_and_shaped_as_version_four() {
    let op = OpRef { op: 3, attempt: 1 };
    assert_eq!(repeat_id("c", op), repeat_id("c", op));
    assert_ne!(repeat_id("c", op), repeat_id("d", op));
    assert_eq!(repeat_id("c", op).get_version_num(), 4);
}

/// The document of a call whose people are these, on the leg `other-leg`.
fn doc(people: &[(&str, &str)]) -> Doc {
    let mut doc = made::call("other", "other-leg");
    for (name, id) in people {
        let person = Person { id: (*id).into(), joined: true, seen: true, muted: false, held: false };
        doc.call.people.insert((*name).to_owned(), person);
    }
    doc
}

#[test]
fn whoever_is_moved_is_looked_up_on_the_other_call() {
    let fetch = Command::Move { name: "agent".into(), call: "other".into(), there: None };
    let ours = Doc { outbox: vec![pending(3, fetch)], ..doc(&[]) };
    let asked = || {
        let mut dispatch = Dispatch::new("c".into(), String::new(), "p", None);
        dispatch.start(0);
        let next = dispatch.got(found(&ours), 0);
        assert!(matches!(next, Next::Want(Want::Load { call, .. }) if call == "other"));
        dispatch
    };
    for (people, expected) in [
        (vec![("agent", "8:acs:ada")], "8:acs:ada"),
        (vec![("1/agent", "8:acs:bob")], "8:acs:bob"),
        (vec![("clerk", "8:acs:eve")], "+441632960100"),
    ] {
        let Next::Want(Want::Send(request, _)) = asked().got(found(&doc(&people)), 0) else { panic!("not sent") };
        let Command::Move { there: Some(there), .. } = request.command else { panic!("{:?}", request.command) };
        assert_eq!((there.who.as_str(), there.connection.as_str()), (expected, "other-leg"));
    }
    let Next::Want(Want::Turns(turns)) = asked().got(Got::Loaded(Ok(Found::Unknown)), 0) else { panic!("no report") };
    assert!(format!("{turns:?}").contains("8558"), "{turns:?}");
}

#[test]
fn a_call_that_rang_too_long_is_not_answered_any_more() {
    let answer = || Pending { not_after: Some(25_000), ..pending(3, Command::Answer { context: "ctx".into() }) };
    let wanted = |pending: Pending| {
        let mut doc = doc(&[]);
        doc.outbox.push(pending);
        let mut dispatch = Dispatch::new("other".into(), "https://x.example/callbacks/other/mac".into(), "p", None);
        dispatch.start(25_001);
        dispatch.got(found(&doc), 25_001)
    };
    let Next::Want(Want::Turns(turns)) = wanted(answer()) else { panic!("it is sent") };
    let InputKind::Event(EventKind::Response { answer: told, .. }) = &turns[0].inputs[0].kind else {
        panic!("{turns:?}")
    };
    assert_eq!(*told, Answer::Refused { code: Code::new(408, 0) });
    // One that a process which died may have sent is sent however late it is: to learn what became of it.
    let given_on = wanted(Pending { given_on: true, ..answer() });
    assert!(matches!(given_on, Next::Want(Want::Send(..))), "{given_on:?}");
    // So is one that this process has sent in time, when it stood still before it knew what became of it.
    let mut doc = doc(&[]);
    doc.outbox.push(answer());
    let mut dispatch = Dispatch::new("other".into(), "https://x.example".into(), "p", Some(Arc::new(doc.clone())));
    assert!(matches!(dispatch.start(24_000), Next::Want(Want::Send(..))));
    assert!(matches!(dispatch.got(Got::Sent(Outcome::Unknown), 24_001), Next::Want(Want::Pause { .. })));
    assert!(matches!(dispatch.got(Got::Waited, 25_001), Next::Want(Want::Load { .. })));
    let again = dispatch.got(found(&doc), 25_001);
    assert!(matches!(again, Next::Want(Want::Send(..))), "{again:?}");
}
