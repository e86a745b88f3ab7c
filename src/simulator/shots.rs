//! Any of the runtime's one-shots, so that one loop can drive them all.

use crate::machine::command::OpRef;
use crate::runtime::accept::{Accept, Accepted};
use crate::runtime::dispatch::Dispatch;
use crate::runtime::errand::Errand;
use crate::runtime::fire::{Fire, Fired};
use crate::runtime::inbox::{Inbox, Kept};
use crate::runtime::let_go::LetGo;
use crate::runtime::recover::Recover;
use crate::runtime::shot::{Got, Next, OneShot};
use crate::runtime::signal::Deliver;
use crate::runtime::turn::{Turn, Verdict};

/// One of them.
#[derive(Debug)]
pub(super) enum Shot {
    Accept(Box<Accept>),
    Deliver(Box<Deliver>),
    Dispatch(Box<Dispatch>),
    Errand(Box<Errand>),
    Fire(Fire),
    Inbox(Box<Inbox>),
    LetGo(LetGo),
    Recover(Recover),
    Turn(Box<Turn>),
}

/// What came of it.
#[derive(Debug)]
pub(super) enum End {
    Accepted(Result<Accepted, String>),
    Delivered,
    Errands(Vec<OpRef>),
    Fired(Fired),
    Kept(Result<Kept, String>),
    Nothing,
    Recovered(Result<(), String>),
    Verdict(Verdict),
}

impl Shot {
    pub(super) fn start(&mut self, now: i64) -> Next<End> {
        match self {
            Shot::Accept(shot) => ended(shot.start(now), End::Accepted),
            Shot::Deliver(shot) => ended(shot.start(now), |_| End::Delivered),
            Shot::Dispatch(shot) => ended(shot.start(now), End::Errands),
            Shot::Errand(shot) => ended(shot.start(now), |()| End::Nothing),
            Shot::Fire(shot) => ended(shot.start(now), End::Fired),
            Shot::Inbox(shot) => ended(shot.start(now), End::Kept),
            Shot::LetGo(shot) => ended(shot.start(now), |_| End::Nothing),
            Shot::Recover(shot) => ended(shot.start(now), |live| End::Recovered(live.map(|_| ()))),
            Shot::Turn(shot) => ended(shot.start(now), End::Verdict),
        }
    }

    pub(super) fn got(&mut self, got: Got, now: i64) -> Next<End> {
        match self {
            Shot::Accept(shot) => ended(shot.got(got, now), End::Accepted),
            Shot::Deliver(shot) => ended(shot.got(got, now), |_| End::Delivered),
            Shot::Dispatch(shot) => ended(shot.got(got, now), End::Errands),
            Shot::Errand(shot) => ended(shot.got(got, now), |()| End::Nothing),
            Shot::Fire(shot) => ended(shot.got(got, now), End::Fired),
            Shot::Inbox(shot) => ended(shot.got(got, now), End::Kept),
            Shot::LetGo(shot) => ended(shot.got(got, now), |_| End::Nothing),
            Shot::Recover(shot) => ended(shot.got(got, now), |live| End::Recovered(live.map(|_| ()))),
            Shot::Turn(shot) => ended(shot.got(got, now), End::Verdict),
        }
    }
}

fn ended<E>(next: Next<E>, end: impl Fn(E) -> End) -> Next<End> {
    match next {
        Next::Want(want) => Next::Want(want),
        Next::Done(came) => Next::Done(end(came)),
    }
}
