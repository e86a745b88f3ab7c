//! `kill -9`, over and over, while two hundred calls are kept going.

use crate::chaos::desk::Desk;
use crate::chaos::dice::Dice;
use crate::chaos::platform::Rules;
use crate::chaos::{figure, one_at_a_time, seed};
use std::time::Duration;

/// Lines that are kept up.
const LIVE: usize = 200;

#[test]
fn no_call_and_no_event_is_lost_by_kills() {
    let _alone = one_at_a_time();
    let (seed, kills) = (seed(), figure("FLOWC_KILLS", 50));
    let mut dice = Dice::new(seed ^ 1);
    let mut desk = Desk::open(seed, Rules::default(), |service| service);
    desk.platform.keep_up(LIVE);
    desk.until("so many lines", || desk.platform.books().live() >= LIVE * 9 / 10);
    // A run of many has time for the pauses of real life.
    let between = if kills > 100 { (1_000, 3_000) } else { (300, 1_000) };
    let mut ready = Vec::new();
    for kill in 0..kills {
        // What is lost in the first half is found out by deadlines meanwhile.
        desk.platform.lose(if kill * 2 < kills { 10 } else { 0 });
        std::thread::sleep(dice.between(between));
        desk.kill();
        ready.push(desk.start());
    }
    let (verdict, settling) = desk.settle();
    ready.sort_unstable();
    let books = desk.platform.books();
    eprintln!(
        "kills: seed {seed}, {kills} kills, {} calls, {} webhooks acknowledged ({} tries, {} never came, {} late), \
         ready again after {:?} at the longest ({:?} in the middle), {} of {} prompts doubled, {} callers gave up, settled in {:?}",
        verdict.calls,
        verdict.webhooks,
        books.posted,
        books.lost,
        verdict.late,
        ready.last().copied().unwrap_or(Duration::ZERO),
        ready.get(ready.len() / 2).copied().unwrap_or(Duration::ZERO),
        verdict.doubled,
        verdict.prompts,
        books.given_up,
        settling,
    );
    drop(books);
    verdict.none();
    assert!(verdict.calls >= LIVE && verdict.webhooks >= LIVE, "nothing was tried: {verdict:?}");
}
