//! A process that is stopped for longer than its claims are good, and goes on as if nothing had been.

use crate::chaos::desk::Desk;
use crate::chaos::platform::Rules;
use crate::chaos::{figure, one_at_a_time, seed};
use std::time::Duration;

/// Lines that are kept up.
const LIVE: usize = 60;

#[test]
fn nothing_is_doubled_by_a_process_that_slept() {
    let _alone = one_at_a_time();
    let (seed, seconds) = (seed(), figure("FLOWC_STOP_SECONDS", 8));
    let mut desk = Desk::open(seed, Rules::default(), |service| service);
    desk.platform.keep_up(LIVE);
    desk.until("so many lines", || desk.platform.books().live() >= LIVE * 9 / 10);
    std::thread::sleep(Duration::from_secs(3));
    desk.service.signal("STOP");
    // It holds its store: nobody can overtake it.
    let another = desk.another().run();
    std::thread::sleep(Duration::from_secs(seconds));
    desk.service.signal("CONT");
    let served = desk.platform.books().acknowledged.len();
    desk.until("calls go on", || desk.platform.books().acknowledged.len() > served + LIVE);
    let (verdict, settling) = desk.settle();
    let books = desk.platform.books();
    eprintln!(
        "stopped: seed {seed}, for {seconds} s, {} calls, {} webhooks acknowledged, {} never came, {} of {} prompts doubled, \
         {} callers gave up, {} asked after, settled in {settling:?}",
        verdict.calls,
        verdict.webhooks,
        books.lost,
        verdict.doubled,
        verdict.prompts,
        books.given_up,
        verdict.asked_after,
    );
    drop(books);
    verdict.none();
    assert_eq!(another.status, Some(3), "{another:?}");
    assert!(another.stderr.contains("open in another process"), "{}", another.stderr);
}
