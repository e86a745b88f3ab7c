//! The service as a process over a store that outlives it, and the platform it works for.

use crate::chaos::books::Phase;
use crate::chaos::check::{self, Verdict};
use crate::chaos::platform::{Platform, Rules};
use crate::harness::{Background, Flowc, Folder, free_port};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// Answered: a question, a prompt, then a transfer or a while and another prompt.
const DESK: &str = r#"flowc 1
flow desk inbound
settings { sales: phone }
returns handed_over | served | abandoned | nobody
default failed -> sorry
always party left -> return abandoned
start pick_up

pick_up: answer -> team { failed -> return abandoned }
team: menu ask "For sales press {key sales}, for our times press {key times}.", retry 3 {
  sales = 1 -> words
  times = 2 -> think
  exhausted -> sorry
}
words: play "One moment, please." -> hand_over
hand_over: transfer settings.sales -> return handed_over {
  busy | no_answer | declined | unreachable -> sorry
}
think: wait 2s -> told
told: play "We are open from nine to five." -> bye
bye: hangup served
sorry: hangup nobody, play "Sorry."
"#;
/// Placed: a prompt, then the end.
const REMINDER: &str = r#"flowc 1
flow reminder outbound
param to: phone
settings { sales: phone }
returns told | no_contact
default failed -> gone
always party left -> return no_contact
start ring

ring: dial to, from settings.sales, ring_for 30s -> say {
  busy | no_answer | declined | unreachable | failed -> return no_contact
}
say: play "We see you tomorrow at ten." -> bye
bye: hangup told
gone: hangup no_contact
"#;
const SETTINGS: &str = "[settings]\nsales = \"+441632960111\"\n";

/// How long a start may take on a machine that has much else to do; how long it took is printed.
const READY: Duration = Duration::from_secs(180);
/// From when on a start is looked at.
const LONG: Duration = Duration::from_secs(3);
/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long it may take until all is over, with deadlines for what was lost.
const SETTLING: Duration = Duration::from_secs(240);

/// A service and its platform.
pub(crate) struct Desk {
    pub(crate) platform: Platform,
    pub(crate) port: u16,
    pub(crate) service: Background,
    /// What else the service is told.
    told: fn(Flowc) -> Flowc,
    project: Folder,
    store: Folder,
    _threads: Runtime,
}

impl Desk {
    /// A service told more on its command line or in its environment, over an empty store.
    pub(crate) fn open(seed: u64, rules: Rules, told: fn(Flowc) -> Flowc) -> Desk {
        Desk::open_in(seed, rules, told, Folder::new())
    }

    /// The same, its store in this folder.
    pub(crate) fn open_in(seed: u64, rules: Rules, told: fn(Flowc) -> Flowc, store: Folder) -> Desk {
        let port = free_port();
        let (platform, threads) = Platform::start(seed, port, rules);
        let project =
            Folder::new().with("desk.flow", DESK).with("reminder.flow", REMINDER).with("flowc.toml", SETTINGS);
        let service = command(&platform, port, &project, &store, told).start();
        let mut desk = Desk { platform, port, service, told, project, store, _threads: threads };
        desk.wait_ready();
        desk
    }

    /// Kills the service as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        self.service.kill();
    }

    /// Starts it again over its store; how long it took until calls could be taken.
    pub(crate) fn start(&mut self) -> Duration {
        self.start_told(self.told)
    }

    /// The same, told something else from now on.
    pub(crate) fn start_told(&mut self, told: fn(Flowc) -> Flowc) -> Duration {
        self.told = told;
        let began = Instant::now();
        self.service = self.another().start();
        self.wait_ready();
        began.elapsed()
    }

    /// A process over the same store, not started yet.
    pub(crate) fn another(&self) -> Flowc {
        command(&self.platform, self.port, &self.project, &self.store, self.told)
    }

    fn wait_ready(&mut self) {
        let (began, mut synced) = (Instant::now(), Duration::ZERO);
        while !is_ready(self.port) {
            if began.elapsed() > READY {
                panic!("not ready in {READY:?}: {}\n{}", self.trouble(synced), self.service.said());
            }
            if began.elapsed() > LONG {
                // A disk that others keep busy holds up every commit.
                synced = synced.max(sync_beside(&self.store));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        if began.elapsed() > LONG {
            eprintln!("ready only after {:?}: {}", began.elapsed(), self.trouble(synced));
        }
    }

    /// What the process had to wait for.
    fn trouble(&self, synced: Duration) -> String {
        let (ran, waited) = processor_ms(self.service.id());
        format!("it ran {ran} ms and waited {waited} ms for a processor; a sync beside its store took {synced:?}")
    }

    /// The file of its store.
    pub(crate) fn database(&self) -> PathBuf {
        self.store.path().join("calls.db")
    }

    /// Waits until something is so.
    pub(crate) fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so() {
            assert!(Instant::now() < deadline, "never {what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Settles under the right clock.
    pub(crate) fn settle(&mut self) -> (Verdict, Duration) {
        self.settle_in(0)
    }

    /// Nobody calls any more; waits until every line is over and every call of the service's too, or long enough. Then the
    /// service, whose clock is ahead by so much, is killed and its store held against the books. How long it took.
    pub(crate) fn settle_in(&mut self, ahead_ms: i64) -> (Verdict, Duration) {
        self.platform.keep_up(0);
        let began = Instant::now();
        while began.elapsed() < SETTLING {
            let up = self.platform.books().lines.iter().any(|line| line.phase != Phase::Over);
            if !up && check::live(&self.database()) == 0 {
                break;
            }
            std::thread::sleep(Duration::from_millis(250));
        }
        let took = began.elapsed();
        self.kill();
        (check::against(&self.platform.books(), &self.database(), ahead_ms), took)
    }
}

/// How long it takes now to have a small file on the disk.
fn sync_beside(folder: &Folder) -> Duration {
    let began = Instant::now();
    let mut file = std::fs::File::create(folder.join("beside")).expect("files can be made");
    file.write_all(&[1; 4_096]).and_then(|()| file.sync_all()).expect("files can be written");
    began.elapsed()
}

/// How long the threads of a process have run, and have waited until they could, in milliseconds.
fn processor_ms(process: u32) -> (u64, u64) {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let mut sums = (0, 0);
    for thread in threads {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).unwrap_or_default();
        let mut words = text.split_whitespace().map(|word| word.parse::<u64>().unwrap_or(0) / 1_000_000);
        sums = (sums.0 + words.next().unwrap_or(0), sums.1 + words.next().unwrap_or(0));
    }
    sums
}

/// Whether it says within a moment that calls can be taken. The kit's client has more patience than is wanted here.
fn is_ready(port: u16) -> bool {
    let moment = Duration::from_millis(1_000);
    let Ok(mut stream) = TcpStream::connect_timeout(&SocketAddr::from(([127, 0, 0, 1], port)), moment) else {
        return false;
    };
    let mut answer = [0; 12];
    stream.set_read_timeout(Some(moment)).is_ok()
        && stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n").is_ok()
        && stream.read_exact(&mut answer).is_ok()
        && answer.ends_with(b"200")
}

fn command(platform: &Platform, port: u16, project: &Folder, store: &Folder, told: fn(Flowc) -> Flowc) -> Flowc {
    let service = Flowc::new(["serve"])
        .arg(project.path().as_os_str())
        .arg("--listen")
        .arg(format!("127.0.0.1:{port}"))
        .arg("--store")
        .arg(format!("sqlite:{}", store.path().join("calls.db").display()))
        .arg("--ai-endpoint")
        .arg("https://ai.example/")
        .arg("--max-calls-per-number")
        .arg("100000")
        .env("ACS_CONNECTION_STRING", &format!("endpoint=http://127.0.0.1:{};accesskey=aGVsbG8=", platform.port()));
    told(service)
}
