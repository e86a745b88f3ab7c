//! Requests that were not carried out wait, and what ends the line passes by them.

use crate::machine::command::{Command, OpRef};
use crate::machine::event::{Answer, EventKind};
use crate::platform::codes::Code;
use crate::provider::Outcome;
use crate::runtime::dispatch::Dispatch;
use crate::runtime::dispatch::made::{call, found, pending, play, transfer};
use crate::runtime::doc::{Doc, InputKind};
use crate::runtime::shot::{Got, Next, OneShot, Want};
use std::sync::Arc;

/// A call that is up and has ordered this, in this order.
fn doc(commands: Vec<Command>) -> Doc {
    let outbox = commands.into_iter().zip(1..).map(|(command, number)| pending(number, command)).collect();
    Doc { outbox, ..call("c", "leg") }
}

/// One that has sent its first request and was told so at 1000.
fn told(commands: Vec<Command>, outcome: Outcome) -> (Dispatch, u64) {
    let mut dispatch = Dispatch::new("c".into(), String::new(), "p", Some(Arc::new(doc(commands))));
    assert!(matches!(dispatch.start(990), Next::Want(Want::Send(..))));
    match dispatch.got(Got::Sent(outcome), 1_000) {
        Next::Want(Want::Pause { call, ms }) if call == "c" => (dispatch, ms),
        other => panic!("{other:?}"),
    }
}

/// What is done when it is looked again at this time, with this to be sent.
fn woken(dispatch: &mut Dispatch, commands: Vec<Command>, at: i64) -> Next<Vec<OpRef>> {
    assert!(matches!(dispatch.got(Got::Waited, at), Next::Want(Want::Load { .. })));
    dispatch.got(found(&doc(commands)), at)
}

fn is_sent(next: &Next<Vec<OpRef>>, name: &str) -> bool {
    matches!(next, Next::Want(Want::Send(request, _)) if request.command.name() == name)
}

#[test]
fn what_ends_the_line_passes_by_words_that_wait() {
    let too_many = || Outcome::Throttled { after_ms: 30_000 };
    for end in [Command::HangUp, Command::Terminate] {
        let (mut dispatch, ms) = told(vec![play()], too_many());
        assert!((30_000..33_000).contains(&ms), "{ms}");
        let next = woken(&mut dispatch, vec![play(), Command::GetCall, end.clone()], 1_500);
        assert!(is_sent(&next, end.name()), "{next:?}");
        // Refused too, it waits for its own time; the words do not come before theirs.
        let Next::Want(Want::Pause { ms, .. }) = dispatch.got(Got::Sent(Outcome::Throttled { after_ms: 2_000 }), 1_600)
        else {
            panic!("no pause")
        };
        assert!((2_000..2_200).contains(&ms), "{ms}");
        let next = woken(&mut dispatch, vec![play(), Command::GetCall, end.clone()], 1_600 + 2_200);
        assert!(is_sent(&next, end.name()), "{next:?}");
    }
    // Whoever is to be transferred would be lost with the line.
    let (mut dispatch, _) = told(vec![transfer()], too_many());
    let next = woken(&mut dispatch, vec![transfer(), Command::HangUp], 1_500);
    assert!(matches!(next, Next::Want(Want::Pause { .. })), "{next:?}");
}

#[test]
fn whoever_is_woken_early_waits_for_the_rest() {
    let (mut dispatch, ms) = told(vec![play()], Outcome::Throttled { after_ms: 10_000 });
    let Next::Want(Want::Pause { ms: rest, .. }) = woken(&mut dispatch, vec![play()], 5_000) else {
        panic!("no pause")
    };
    assert_eq!(rest, ms - 4_000);
    assert!(is_sent(&woken(&mut dispatch, vec![play()], 1_000_i64.saturating_add_unsigned(ms)), "play"));
    // What nobody wants any more is not waited for.
    let (mut dispatch, _) = told(vec![play()], Outcome::Throttled { after_ms: 10_000 });
    let mut later = doc(vec![play(), transfer()]);
    later.outbox.remove(0);
    assert!(matches!(dispatch.got(Got::Waited, 2_000), Next::Want(Want::Load { .. })));
    assert!(is_sent(&dispatch.got(found(&later), 2_000), "transfer"));
}

#[test]
fn two_minutes_without_the_platform_are_survived_and_no_more() {
    let mut dispatch = Dispatch::new("c".into(), String::new(), "p", Some(Arc::new(doc(vec![transfer()]))));
    let mut now = 0;
    let mut next = dispatch.start(now);
    let mut sent = 0;
    let turns = loop {
        next = match next {
            Next::Want(Want::Send(request, _)) => {
                assert_eq!(request.first_sent, 0, "one first time for all of them");
                sent += 1;
                dispatch.got(Got::Sent(Outcome::NotNow { after_ms: 500 }), now)
            }
            Next::Want(Want::Pause { ms, .. }) => {
                now += i64::try_from(ms).expect("a time");
                dispatch.got(Got::Waited, now)
            }
            Next::Want(Want::Load { .. }) => dispatch.got(found(&doc(vec![transfer()])), now),
            Next::Want(Want::Turns(turns)) => break turns,
            other => panic!("{other:?}"),
        };
    };
    assert!((108_000..=120_000).contains(&now) && sent < 25, "{sent} attempts in {now} ms");
    let InputKind::Event(EventKind::Response { answer, .. }) = &turns[0].inputs[0].kind else { panic!("{turns:?}") };
    assert_eq!(*answer, Answer::Refused { code: Code::new(429, 0) });
}
