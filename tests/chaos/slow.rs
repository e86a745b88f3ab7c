//! Thousands of connections that say nothing, or say it a byte at a time, while calls go on beside them.

use crate::chaos::desk::Desk;
use crate::chaos::platform::Rules;
use crate::chaos::{figure, one_at_a_time, seed};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

/// Lines that are kept up.
const LIVE: usize = 30;
/// Sockets of both processes that are not held.
const SPARED: u64 = 1_000;
/// How long a socket waits between two bytes.
const DRIP: Duration = Duration::from_millis(900);

#[test]
fn good_webhooks_go_through_beside_slow_senders() {
    let _alone = one_at_a_time();
    let (seed, wanted) = (seed(), figure("FLOWC_SOCKETS", 5_000));
    let held = wanted.min(open_files().saturating_sub(SPARED));
    if held <= 100 {
        return eprintln!("slow senders: not run: ulimit -n leaves {held} sockets");
    }
    let mut desk = Desk::open(seed, Rules::default(), |service| service.arg("--max-connections").arg("8000"));
    desk.platform.keep_up(LIVE);
    desk.until("so many lines", || desk.platform.books().live() >= LIVE * 9 / 10);
    std::thread::sleep(Duration::from_secs(8));
    let before = std::mem::take(&mut desk.platform.books().took);
    let crowd = Crowd::gather(desk.port, held);
    desk.until("so many sockets", || crowd.open.load(Ordering::Relaxed) as u64 >= held * 9 / 10);
    desk.platform.books().took.clear();
    std::thread::sleep(Duration::from_secs(figure("FLOWC_SLOW_SECONDS", 12)));
    let beside = std::mem::take(&mut desk.platform.books().took);
    let (open, dropped) = (crowd.open.load(Ordering::Relaxed), crowd.dropped.load(Ordering::Relaxed));
    drop(crowd);
    let (verdict, settling) = desk.settle();
    let posted = desk.platform.books().posted;
    let unheard = desk.platform.books().unheard.clone();
    eprintln!(
        "slow senders: seed {seed}, {held} sockets of {wanted} wanted ({open} open at the end, {dropped} dropped by the service), \
         webhooks alone {}, beside them {}, not acknowledged at once {unheard:?}, {} calls, settled in {settling:?}",
        times(before),
        times(beside.clone()),
        verdict.calls,
    );
    verdict.none();
    assert!(beside.len() > LIVE, "no webhooks came beside the slow senders");
    // A machine that has much else to do is late for some.
    assert!(unheard.values().sum::<usize>() * 20 < posted, "of {posted} webhooks were not acknowledged: {unheard:?}");
    assert!(dropped > 0, "slow senders are dropped some time");
}

/// Median and 99th of a hundred.
fn times(mut took: Vec<Duration>) -> String {
    took.sort_unstable();
    let at = |percent: usize| took.get((took.len() * percent / 100).min(took.len().saturating_sub(1)));
    let none = Duration::ZERO;
    format!(
        "{} of {:?} at the median and {:?} at the 99th of 100",
        took.len(),
        at(50).unwrap_or(&none),
        at(99).unwrap_or(&none)
    )
}

/// How many files this process may have open.
fn open_files() -> u64 {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(1_024)
}

/// Slow senders; gone when dropped.
struct Crowd {
    open: Arc<AtomicUsize>,
    dropped: Arc<AtomicUsize>,
    _threads: tokio::runtime::Runtime,
}

impl Crowd {
    fn gather(port: u16, sockets: u64) -> Crowd {
        let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let threads = threads.expect("threads can be had");
        let (open, dropped) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        for one in 0..sockets {
            let (open, dropped) = (Arc::clone(&open), Arc::clone(&dropped));
            threads.spawn(async move {
                loop {
                    let Ok(socket) = TcpStream::connect(("127.0.0.1", port)).await else {
                        tokio::time::sleep(DRIP).await;
                        continue;
                    };
                    open.fetch_add(1, Ordering::Relaxed);
                    drip(socket, one % 3).await;
                    open.fetch_sub(1, Ordering::Relaxed);
                    dropped.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        Crowd { open, dropped, _threads: threads }
    }
}

/// Says nothing, a head or a body in drops, until nobody listens any more.
async fn drip(mut socket: TcpStream, manner: u64) {
    let head = "POST /events/incoming HTTP/1.1\r\nhost: h\r\ncontent-length: 5000\r\nx-long: ";
    let text = match manner {
        0 => String::new(),
        1 => head.to_owned() + &"x".repeat(500),
        _ => head.to_owned() + "\r\n\r\n" + &"[".repeat(500),
    };
    let at_once = if manner == 2 { head.len() + 4 } else { text.len().min(1) };
    if socket.write_all(&text.as_bytes()[..at_once]).await.is_err() {
        return;
    }
    let mut rest = text.as_bytes()[at_once..].iter();
    loop {
        tokio::select! {
            _ = socket.readable() => {
                let mut bytes = [0; 512];
                match socket.try_read(&mut bytes) {
                    Ok(0) | Err(_) => return,
                    Ok(_) => {}
                }
            }
            () = tokio::time::sleep(DRIP) => {
                if let Some(byte) = rest.next() && socket.write_all(std::slice::from_ref(byte)).await.is_err() {
                    return;
                }
            }
        }
    }
}
