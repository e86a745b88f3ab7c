//! Runs the `flowc` binary hermetically: an empty environment, a folder of its own as home and working directory, a fixed
//! width, and an end to waiting.
#![allow(dead_code, reason = "a kit for all tests; what one of them does not need, another does")]

pub(crate) mod background;
pub(crate) mod fake_cloud;
pub(crate) mod http;
pub(crate) mod listener;
pub(crate) mod phone_line;
pub(crate) mod project;
pub(crate) mod recorder;
#[cfg(unix)]
pub(crate) mod typist;

pub(crate) use background::Background;
pub(crate) use project::Folder;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A run that takes longer is killed and the test fails.
const TIME_OUT: Duration = Duration::from_secs(60);

/// A run of `flowc` that is being put together.
pub(crate) struct Flowc {
    args: Vec<OsString>,
    environment: BTreeMap<String, String>,
    stdin: Vec<u8>,
    home: Folder,
    cwd: Option<PathBuf>,
    time_out: Duration,
}

/// What a run left behind.
#[must_use = "a run that nobody looks at tests nothing"]
#[derive(Debug)]
pub(crate) struct Output {
    /// Exit code; `None` when a signal ended it.
    pub(crate) status: Option<i32>,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

impl Flowc {
    /// A run with these arguments.
    pub(crate) fn new<A: Into<OsString>>(args: impl IntoIterator<Item = A>) -> Flowc {
        Flowc {
            args: args.into_iter().map(Into::into).collect(),
            environment: BTreeMap::new(),
            stdin: Vec::new(),
            home: Folder::new(),
            cwd: None,
            time_out: TIME_OUT,
        }
    }

    /// With one more argument.
    #[must_use]
    pub(crate) fn arg(mut self, arg: impl Into<OsString>) -> Flowc {
        self.args.push(arg.into());
        self
    }

    /// With a variable in the environment.
    #[must_use]
    pub(crate) fn env(mut self, name: &str, value: &str) -> Flowc {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// With something to read.
    #[must_use]
    pub(crate) fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Flowc {
        self.stdin = bytes.into();
        self
    }

    /// In a folder; else in an empty one.
    #[must_use]
    pub(crate) fn in_folder(mut self, folder: &Path) -> Flowc {
        self.cwd = Some(folder.to_path_buf());
        self
    }

    /// With less or more patience.
    #[must_use]
    pub(crate) fn time_out(mut self, time_out: Duration) -> Flowc {
        self.time_out = time_out;
        self
    }

    /// Runs to the end.
    pub(crate) fn run(self) -> Output {
        let mut child = self.command().spawn().expect("the binary was built for this test");
        let feeder = feed(&mut child, self.stdin.clone());
        let stdout = drain(child.stdout.take().expect("piped"));
        let stderr = drain(child.stderr.take().expect("piped"));
        let status = wait(&mut child, self.time_out);
        feeder.join().expect("the feeding thread does not panic");
        let (stdout, stderr) = (stdout.join().expect("no panic"), stderr.join().expect("no panic"));
        let Some(status) = status else {
            panic!(
                "flowc {:?} ran longer than {:?}\n--- stdout\n{stdout}\n--- stderr\n{stderr}",
                self.args, self.time_out
            );
        };
        Output { status: status.code(), stdout, stderr }
    }

    /// Starts it and leaves it running until the guard is dropped.
    pub(crate) fn start(self) -> Background {
        let child = self.command().spawn().expect("the binary was built for this test");
        Background::watch(child, self.home)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flowc"));
        command
            .args(&self.args)
            .env_clear()
            .env("HOME", self.home.path())
            .env("COLUMNS", "80")
            .envs(&self.environment)
            .current_dir(self.cwd.as_deref().unwrap_or(self.home.path()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

impl Output {
    /// Demands an exit code; shows everything when it is another.
    pub(crate) fn expect(self, status: i32) -> Output {
        assert_eq!(self.status, Some(status), "\n--- stdout\n{}\n--- stderr\n{}", self.stdout, self.stderr);
        self
    }

    /// Each line of standard output as JSON.
    pub(crate) fn json_lines(&self) -> Vec<serde_json::Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
    }
}

/// A port that nobody else is given: below those the system hands out by itself, each one once in this process.
#[must_use]
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 10_000 + (std::process::id() % 200) as u16 * 100;
    for _ in 0..20_000 {
        let port = 10_000 + (first - 10_000 + NEXT.fetch_add(1, Ordering::Relaxed)) % 22_000;
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("loopback has no free port");
}

fn feed(child: &mut Child, bytes: Vec<u8>) -> JoinHandle<()> {
    let mut stdin = child.stdin.take().expect("piped");
    std::thread::spawn(move || {
        // The process may have ended without reading.
        let _ = stdin.write_all(&bytes);
    })
}

fn drain(mut pipe: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Waits for the end; kills what does not come to it.
fn wait(child: &mut Child, time_out: Duration) -> Option<std::process::ExitStatus> {
    let deadline = Instant::now() + time_out;
    loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            return Some(status);
        }
        if Instant::now() > deadline {
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
