//! A process under measurement: started, asked by the system what it has used, and ended with the bench.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// Ticks of a second in which the system counts processor time.
const TICKS: f64 = 100.0;

/// A process; killed when it is dropped.
pub(crate) struct Process {
    child: Child,
}

impl Process {
    /// Starts it and waits for a line, of either output, of which `told` makes something.
    pub(crate) fn start<T>(mut command: Command, told: impl Fn(&str) -> Option<T>) -> (Process, T) {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let lines = lines(child.stdout.take(), child.stderr.take());
        let process = Process { child };
        let deadline = Instant::now() + Duration::from_secs(60);
        let mut all = String::new();
        while let Ok(line) = lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            if let Some(found) = told(&line) {
                // What comes later is read and dropped, so that nobody waits for room to say it.
                std::thread::spawn(move || while lines.recv().is_ok() {});
                return (process, found);
            }
            all.push_str(&line);
            all.push('\n');
        }
        panic!("{command:?} did not begin; it said:\n{all}")
    }

    /// Processor time it has used, its own and the system's for it, in seconds.
    pub(crate) fn processor(&self) -> f64 {
        processor(&self.child.id().to_string())
    }

    /// Memory it has, in bytes.
    pub(crate) fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()).and_then(|kib| kib.parse::<u64>().ok());
        kib.expect("the process runs") * 1024
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Processor time of a process, in seconds; `self` is this one.
pub(crate) fn processor(process: &str) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name, in brackets, may have spaces.
    let after = stat.rsplit_once(") ").map(|(_, after)| after).unwrap_or_default();
    let ticks: Vec<f64> = after.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse().ok()).collect();
    assert_eq!(ticks.len(), 2, "processor time is read from /proc, and the process runs");
    ticks.iter().sum::<f64>() / TICKS
}

/// The lines of both outputs as they come.
fn lines(stdout: Option<ChildStdout>, stderr: Option<ChildStderr>) -> std::sync::mpsc::Receiver<String> {
    let (tell, lines) = std::sync::mpsc::channel();
    let outputs: [Option<Box<dyn std::io::Read + Send>>; 2] =
        [stdout.map(|output| Box::new(output) as _), stderr.map(|output| Box::new(output) as _)];
    for output in outputs.into_iter().flatten() {
        let tell = tell.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let _ = tell.send(line);
            }
        });
    }
    lines
}

/// The value below which so many percent of the sorted values are.
pub(crate) fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(at).copied().unwrap_or(f64::NAN)
}

/// A number from the environment, for a longer or a shorter run.
pub(crate) fn size(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// The binary: the one that was built along, or another release, by `FLOWC` in the environment.
pub(crate) fn flowc() -> std::ffi::OsString {
    std::env::var_os("FLOWC").unwrap_or_else(|| env!("CARGO_BIN_EXE_flowc").into())
}
