//! What durability costs: the same conversation carried by `flowc serve`, by an app written by hand for it that keeps nothing, and
//! by one that keeps a row a call and a row a webhook; processor time of each against the others, in turns. Then how long webhooks
//! take to be acknowledged at a given rate, and what many live calls weigh.
//!
//! `cargo bench --bench runtime`; shorter or longer by `CALLS`, `ROUNDS`, `SECONDS` and `LIVE` in the environment.

#[path = "../child.rs"]
mod child;
#[path = "../listen.rs"]
mod listen;
#[path = "../signing.rs"]
mod signing;

mod app;
mod cloud;
mod live;
mod rows;

use crate::child::{Process, flowc, percentile, size};
use crate::cloud::{Cloud, REQUESTS, Told};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Calls at a time.
const AT_ONCE: usize = 50;
/// Offered loads, in webhooks a second.
const RATES: [usize; 2] = [1_000, 3_000];

/// The measured flow: answer, menu, key, play, hang up.
pub(crate) const FLOW: &str = "flowc 1
flow ivr inbound
start pick_up

pick_up: answer -> ask
ask: menu ask \"For the opening hours press {key doors}.\", retry 1 {
  doors = 1 -> tell
  exhausted -> bye
}
tell: play \"We are open from nine to five.\" -> bye
bye: hangup
";

/// Somebody who carries the conversation.
struct Service {
    name: &'static str,
    process: Process,
    address: String,
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads");
    if let [_, mode, platform, rest @ ..] = args.as_slice()
        && mode == "--app"
    {
        return runtime.block_on(app::serve(platform, rest.first().map(Path::new)));
    }
    runtime.block_on(measured());
}

async fn measured() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let (cloud, platform) = Cloud::start().await;
    let mut services = vec![
        by_hand("by hand, keeps nothing", &platform, None),
        by_hand("by hand, keeps rows", &platform, Some(folder.path().join("rows.db"))),
        served("flowc serve", folder.path(), &platform, flowc()),
    ];
    if let Some(other) = std::env::var_os("AGAINST") {
        services.push(served("flowc serve, the other", &folder.path().join("other"), &platform, other));
    }
    compared(&cloud, &services).await;
    for rate in RATES {
        for service in &services[1..] {
            pressed(&cloud, service, rate).await;
        }
    }
    drop(services);
    live::measured(folder.path(), &cloud, &platform).await;
}

fn by_hand(name: &'static str, platform: &str, store: Option<PathBuf>) -> Service {
    let mut command = Command::new(std::env::current_exe().expect("a path"));
    command.arg("--app").arg(platform).args(store);
    let (process, address) = Process::start(command, |line| line.strip_prefix("listening on ").map(str::to_owned));
    Service { name, process, address }
}

fn served(name: &'static str, folder: &Path, platform: &str, binary: OsString) -> Service {
    let (process, address) = serve(binary, folder, &folder.join("flowc.db"), platform);
    Service { name, process, address }
}

/// A real binary, over this store.
pub(crate) fn serve(binary: OsString, folder: &Path, store: &Path, platform: &str) -> (Process, String) {
    let project = folder.join("project");
    std::fs::create_dir_all(&project).expect("a folder");
    std::fs::write(project.join("ivr.flow"), FLOW).expect("a file");
    let mut command = Command::new(binary);
    command
        .arg("serve")
        .arg(&project)
        .args(["--listen", "127.0.0.1:0", "--ai-endpoint", "https://ai.example.com/"])
        .arg("--store")
        .arg(format!("sqlite:{}", store.display()))
        .arg("--acs-connection-string")
        .arg(format!("endpoint={platform}/;accesskey={}", signing::KEY));
    Process::start(command, |line| Some(line.strip_prefix("flowc: serving ")?.split_once(" on ")?.1.trim().to_owned()))
}

/// The processor time of each for the same calls, in turns, so that whatever else the machine does slows all of them.
async fn compared(cloud: &Cloud, services: &[Service]) {
    let (calls, rounds) = (size("CALLS", 1_000), size("ROUNDS", 7));
    println!("{calls} calls a round, {AT_ONCE} at a time; processor seconds for 1,000 calls");
    let mut seconds = vec![Vec::new(); services.len()];
    for round in 0..=rounds {
        for (service, seconds) in services.iter().zip(&mut seconds) {
            let before = service.process.processor();
            let told = cloud.converse(&service.address, calls, AT_ONCE).await;
            tokio::time::sleep(Duration::from_millis(300)).await;
            let used = (service.process.processor() - before) * 1_000.0 / calls as f64;
            is_whole(&told, calls, service.name);
            // The first round warms up.
            if round > 0 {
                seconds.push(used);
            }
        }
    }
    for (service, seconds) in services.iter().zip(&seconds) {
        let [least, middle, most] = spread(seconds.clone());
        println!("  {:24} least {least:5.2}  middle {middle:5.2}  most {most:5.2}", service.name);
    }
    let [nothing, rows, flowc, other @ ..] = seconds.as_slice() else { return };
    let than = [("keeps nothing", nothing), ("keeps rows", rows)];
    for (name, than) in than.into_iter().chain(other.iter().map(|other| ("the other", other))) {
        let ratios = flowc.iter().zip(than).map(|(ours, theirs)| ours / theirs).collect();
        let [least, middle, most] = spread(ratios);
        println!("  flowc serve against {name:14} least {least:.2}  middle {middle:.2}  most {most:.2}");
    }
}

/// Figures of calls that did not all go as they should would mean nothing.
fn is_whole(told: &Told, calls: usize, name: &str) {
    let expected = calls as u64 * REQUESTS;
    let found = (told.whole, told.refused, told.requests);
    assert_eq!(found, (calls, 0, expected), "{name}: calls that came to their end, refusals, requests");
}

/// How long webhooks take to be acknowledged at this rate.
async fn pressed(cloud: &Cloud, service: &Service, rate: usize) {
    let seconds = size("SECONDS", 10);
    let before = service.process.processor();
    let told = cloud.press(&service.address, rate, seconds).await;
    let used = service.process.processor() - before;
    let took = told.took.as_secs_f64();
    println!(
        "{rate} webhooks/s offered to {}: {:.0}/s in {took:.1} s, acknowledged p50 {:.1} ms, p99 {:.1} ms, refused {}, \
         {:.2} processors",
        service.name,
        told.acknowledged.len() as f64 / took,
        percentile(&told.acknowledged, 50),
        percentile(&told.acknowledged, 99),
        told.refused,
        used / took,
    );
}

/// Least, middle and greatest.
fn spread(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [percentile(&values, 0), percentile(&values, 50), percentile(&values, 100)]
}
