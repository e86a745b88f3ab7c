//! A `flowc` that keeps running while the test goes on. Dropped, it is killed and waited for: no test leaves one behind.

use crate::harness::Folder;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// A running `flowc`.
pub(crate) struct Background {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
    /// Its home and working directory live as long as it does.
    _home: Folder,
}

impl Background {
    /// Takes a started process under watch.
    pub(crate) fn watch(mut child: Child, home: Folder) -> Background {
        let (sender, lines) = channel();
        follow(child.stdout.take().expect("piped"), sender.clone());
        follow(child.stderr.take().expect("piped"), sender);
        drop(child.stdin.take());
        Background { child, lines, seen: Vec::new(), _home: home }
    }

    /// Waits for a line, on standard output or error, that contains `words`, and gives it back. Lines before it are passed.
    pub(crate) fn wait_for(&mut self, words: &str, time_out: Duration) -> String {
        let deadline = Instant::now() + time_out;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => {
                    self.seen.push(line.clone());
                    if line.contains(words) {
                        return line;
                    }
                }
                Err(RecvTimeoutError::Timeout) => panic!("no line with `{words}` in {time_out:?}\n{}", self.said()),
                Err(RecvTimeoutError::Disconnected) => panic!("it ended without `{words}`\n{}", self.said()),
            }
        }
    }

    /// Waits for the process to end by itself.
    pub(crate) fn wait(&mut self, time_out: Duration) -> ExitStatus {
        crate::harness::wait(&mut self.child, time_out)
            .unwrap_or_else(|| panic!("it did not end within {time_out:?}\n{}", self.said()))
    }

    /// Kills it as `kill -9` does, and waits until it is gone.
    pub(crate) fn kill(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Sends it a signal, such as `TERM`, by what every shell has built in.
    pub(crate) fn signal(&self, name: &str) {
        let done = std::process::Command::new("sh").arg("-c").arg(format!("kill -{name} {}", self.id())).status();
        assert!(done.expect("there is a shell").success(), "{name} cannot be sent");
    }

    /// Its process id.
    #[must_use]
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Everything it has said so far.
    pub(crate) fn said(&mut self) -> String {
        self.seen.extend(self.lines.try_iter());
        self.seen.join("\n")
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.kill();
    }
}

fn follow(pipe: impl Read + Send + 'static, sender: Sender<String>) {
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).split(b'\n') {
            let Ok(line) = line else { return };
            if sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                return;
            }
        }
    });
}
